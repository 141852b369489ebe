y ~ z + x + (1 | j)
