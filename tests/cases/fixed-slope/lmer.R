Y ~ X * W + (1 | j)
