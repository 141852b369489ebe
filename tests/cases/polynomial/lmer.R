y ~ poly(x, 2) + (1 | g)
