Y ~ Z + S + (1 | j)
