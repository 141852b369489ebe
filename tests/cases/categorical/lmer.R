# mlnote: factor sector = public, private, church
# mlnote: level school = sector
# mlnote: level 1 = SES
lmer(score ~ SES * sector + (SES | school), data = dat)
