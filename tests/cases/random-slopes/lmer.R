lmer(Y ~ R * Z + X + S + (R | id), data = dat)
