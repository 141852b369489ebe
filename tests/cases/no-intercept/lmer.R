D ~ 0 + T + C + (0 + T | j)
