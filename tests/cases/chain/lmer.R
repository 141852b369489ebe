Y ~ X + X:Z + (1 | j)
