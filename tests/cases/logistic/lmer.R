glmer(Y ~ X + Z + (1 | j), data = dat, family = binomial)
