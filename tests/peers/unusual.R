# Makes unusual.csv, unusual-missing.csv and unusual.json: figures of lme4 for designs that are seldom tried (groups of
# one row, ids used again in every group, cells without rows, slopes without intercepts, offsets, logical covariates,
# missing values), each refined to the best of several runs. Run in this folder: Rscript unusual.R
suppressMessages(library(lme4))
set.seed(42)
sizes <- c(1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 22, 25)
g <- rep(sprintf("s%02d", 1:20), sizes); n <- length(g)
k <- unlist(lapply(sizes, function(s) sample(1:3, s, TRUE)))
h <- sample(paste0("h", 1:12), n, TRUE); x <- round(rnorm(n), 4); w <- round(10 + 3 * rnorm(n), 3)
f <- sample(c("a", "b", "c", "d"), n, TRUE, c(.4, .3, .2, .1))
e <- ifelse(f == "d", "u", sample(c("u", "v", "w"), n, TRUE)); e[f == "b" & e == "w"] <- "v"
flag <- runif(n) > .4; o <- round(runif(n, 0, 3), 3); m <- sample(c(3, 10, 20), n, TRUE)
of_g <- rnorm(20); slope <- rnorm(20) * .5; of_h <- rnorm(12) * .6; of_k <- rnorm(60) * .7; at <- as.integer(factor(g))
y <- 2 + .5 * x - .2 * w + of_g[at] + slope[at] * x + of_h[as.integer(factor(h))] + of_k[(at - 1) * 3 + k] +
  (f == "b") * .8 + flag * .4 + rnorm(n)
d <- data.frame(g, k, h, x, w, f, e, flag, o, m, y = round(y, 4))
write.csv(d, "unusual.csv", row.names = FALSE, quote = FALSE)
for (v in c("x", "w", "f", "g", "flag", "y", "o")) d[[v]][sample(n, 7)] <- NA
write.csv(d, "unusual-missing.csv", row.names = FALSE, quote = FALSE)
models <- list(
  c("", "y ~ 0 + x + (0 + x | g)"), c("", "y ~ x + (0 + x | g) + (0 + w | g)"), c("", "y ~ x - 1 + (x - 1 | g)"),
  c("", "y ~ x * f + (1 | g)"), c("", "y ~ f * e + (1 | g)"), c("", "y ~ f:e + (1 | g)"), c("", "y ~ f * e * x + (1 | g)"),
  c("", "y ~ x + offset(o) + (1 | g)"), c("", "y ~ x + offset(log(w)) + offset(2 * o) + (x | g)"),
  c("", "I(y * 1e8) ~ x + (x | g)"), c("", "I(y * 1e-8) ~ x + (x | g)"), c("", "y ~ I(x * 1e6) + (1 | g)"),
  c("", "y ~ x + (1 | g / k)"), c("", "y ~ x + (x | g / k)"), c("", "y ~ x + (1 | g:k)"), c("", "y ~ x + (1 | k) + (1 | g)"),
  c("", "y ~ flag + (flag | g)"), c("", "y ~ flag * x + (1 | g)"), c("", "y ~ 0 + flag:f + (1 | g)"),
  c("", "y ~ f + (f || g)"), c("", "y ~ f + (1 | g) + (1 | g:f)"), c("", "y ~ factor(m) * x + (0 + factor(m) | h)"),
  c("", "y ~ poly(w, 3) + (1 | g)"), c("", "y ~ x + (1 + I(x > 0) | g)"), c("", "y ~ x:w + (x:w | g)"),
  c("", "y ~ x * w + (x * w | h)"), c("", "y ~ 1 + (1 | g) + (1 | h) + (1 | k)"), c("", "y ~ -1 + f + x:f + (1 | g)"),
  c("", "y ~ f / x + (1 | g)"), c("", "y ~ (x + w + f)^2 + (1 | h)"), c("", "log(y + 20) ~ x + (1 | g)"),
  c("", "y ~ scale(x) * scale(w) + (scale(x) | g)"), c("", "y ~ x + (x || g) + (w || h)"), c("", "y ~ as.integer(w) + (1 | g)"),
  c("", "y ~ I(x - mean(x)) + (1 | g)"), c("", "y ~ 0 + (1 | g) + (0 + x | h)"), c("", "y ~ x + w + I(x + w) + (1 | g)"),
  c("", "y ~ log(w, 2) + sqrt(w) + exp(x / 10) + (1 | g)"), c("", "y ~ ifelse(x > 0, x, 0) + (1 | g)"), c("", "y ~ x + (x | f)"),
  c("-missing", "y ~ x + (1 | g)"), c("-missing", "y ~ x * f + flag + (w | g)"), c("-missing", "y ~ x + offset(o) + (1 | g)"),
  c("-missing", "y ~ log(w) + factor(f) + (1 | g / k)"), c("-missing", "y ~ I(x > 0) + (1 | g)"),
  c("-missing", "y ~ scale(x) + (1 | g)"))
best <- function(formula, d, reml) {
  fits <- list()
  add <- function(opt, ctrl, start = NULL) {
    f <- try(suppressMessages(suppressWarnings(lmer(formula, d, REML = reml, start = start,
      control = lmerControl(optimizer = opt, optCtrl = ctrl, calc.derivs = FALSE, check.nobs.vs.nRE = "ignore",
        check.nobs.vs.nlev = "ignore", check.conv.singular = "ignore")))), silent = TRUE)
    if (!inherits(f, "try-error")) fits[[length(fits) + 1]] <<- f
  }
  add("bobyqa", list(rhoend = 1e-11, maxfun = 1e5))
  add("nloptwrap", list(xtol_abs = 1e-13, ftol_abs = 1e-14, xtol_rel = 1e-13, ftol_rel = 1e-15, maxeval = 1e5))
  pick <- function() fits[[which.min(sapply(fits, function(f) -2 * as.numeric(logLik(f))))]]
  add("bobyqa", list(rhoend = 1e-11, rhobeg = 1e-3, maxfun = 1e5), getME(pick(), "theta"))
  pick()
}
number <- function(v) paste0("[", paste(sprintf("%.10g", v), collapse = ","), "]")
rows <- c()
for (m in models) for (reml in c(TRUE, FALSE)) {
  f <- best(as.formula(m[2]), read.csv(paste0("unusual", m[1], ".csv")), reml)
  names <- if (length(fixef(f))) paste0('"', names(fixef(f)), '"', collapse = ",") else ""
  rows <- c(rows, sprintf('{"data":"%s","formula":"%s","method":"%s","n":%d,"loglik":%.12g,"names":[%s],"fixed":%s,"se":%s,"sigma":%.10g}',
    m[1], m[2], if (reml) "REML" else "ML", nobs(f), as.numeric(logLik(f)), names, number(fixef(f)),
    number(sqrt(diag(as.matrix(vcov(f))))), sigma(f)))
}
writeLines(c("[", paste(rows, collapse = ",\n"), "]"), "unusual.json")
