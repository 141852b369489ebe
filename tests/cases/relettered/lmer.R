Y ~ Z * R + S + X + (R | j)
