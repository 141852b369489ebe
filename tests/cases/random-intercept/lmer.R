lmer(Y ~ R + Z + X + S + (1 | id), data = dat)
