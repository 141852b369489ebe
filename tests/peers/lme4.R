# Makes lme4.json: figures of lme4 for the models of tests/suite/fit_peers.rs, each refined to the best of several
# optimisers with tight tolerances. Run: Rscript lme4.R > lme4.json
suppressMessages(library(lme4))

# The same generator as in the test: Lehmer's, exact in doubles; a sum of twelve uniforms stands for a normal.
state <- 1
uniform <- function() { state <<- (16807 * state) %% 2147483647; state / 2147483647 }
normal <- function() { s <- 0; for (i in 1:12) s <- s + uniform(); round((s - 6) * 1e4) / 1e4 }
make <- function(seed, spread) {
  state <<- seed
  G <- 24; H <- 9
  gi <- sapply(1:G, function(i) normal() * spread); gs <- sapply(1:G, function(i) normal() * spread * 0.5)
  hi <- sapply(1:H, function(i) normal() * spread * 0.7); ki <- sapply(1:(G * 3), function(i) normal() * spread * 0.6)
  z <- sapply(1:G, function(i) normal())
  rows <- list()
  for (g in 1:G) for (r in 1:(9 + g %% 5)) {
    h <- floor(uniform() * H) + 1; k <- floor(uniform() * 3) + 1
    f <- c("a", "b", "c")[floor(uniform() * 3) + 1]
    x <- normal(); w <- 5 + 2 * normal(); e <- normal()
    y <- 2 + 0.5 * x - 0.4 * z[g] + 0.3 * x * z[g] + (f == "b") * 0.6 + gi[g] + gs[g] * x + hi[h] + ki[(g - 1) * 3 + k] + e
    rows[[length(rows) + 1]] <- data.frame(g = sprintf("%02d", g), h = paste0("h", h), k = k, f = f, x = x, w = w, z = z[g],
                                           y = round(y * 1e4) / 1e4)
  }
  do.call(rbind, rows)
}
data <- list(A = make(1, 1), B = make(7, 0.02), C = make(99, 0.3))
for (n in names(data)) { data[[n]]$f <- factor(data[[n]]$f); data[[n]]$k <- factor(data[[n]]$k) }
models <- list(
  c("A", "y ~ 1 + (1 | g)"), c("A", "y ~ 1 + x + (1 | g)"), c("A", "y ~ 1 + x + z + x:z + (1 + x | g)"),
  c("A", "y ~ 1 + x + z + x:z + f + w + (1 + x | g)"), c("A", "y ~ 1 + x + (1 | g) + (0 + x | g)"),
  c("A", "y ~ 1 + x + (0 + x | g)"), c("A", "y ~ 0 + x + (1 | g)"), c("A", "y ~ 1 + (1 + x | g)"),
  c("A", "y ~ 0 + f + (1 | g)"), c("A", "y ~ 1 + f + f:x + (1 | g)"), c("A", "y ~ 1 + x:f + (1 | g)"),
  c("A", "y ~ 1 + f + (0 + f | g)"), c("A", "y ~ 1 + f + (1 + f | g)"), c("A", "y ~ 1 + (1 | h)"),
  c("A", "y ~ 1 + x + (1 | g) + (1 | h)"), c("A", "y ~ 1 + x + (1 + x | g) + (1 | h)"),
  c("A", "y ~ 1 + x + (1 + x | g) + (1 + x | h)"), c("A", "y ~ 1 + x + (1 | g) + (1 | g:k)"),
  c("A", "y ~ 1 + x + (1 + x | g) + (1 | g:k)"), c("A", "y ~ 1 + x + (1 | g) + (1 | g:k) + (1 | h)"),
  c("A", "y ~ 1 + x + w + (1 + x + w | g)"), c("A", "y ~ 1 + poly(x, 2) + (1 | g)"),
  c("A", "y ~ 1 + x + I(x^2) + (1 | g)"), c("A", "y ~ 1 + log(w + 20) + (1 | g)"), c("A", "y ~ 1 + scale(w) + (1 + x | g)"),
  c("B", "y ~ 1 + x + (1 | g)"), c("B", "y ~ 1 + x + (1 + x | g)"), c("B", "y ~ 1 + x + (1 | g) + (1 | h)"),
  c("B", "y ~ 1 + x + w + (1 + x + w | g)"), c("B", "y ~ 1 + x + (1 | g) + (1 | g:k)"),
  c("C", "y ~ 1 + x + (1 + x | g)"), c("C", "y ~ 1 + x + w + (1 + x + w | g)"), c("C", "y ~ 1 + f + (1 + f | g)"),
  c("C", "y ~ 1 + x + (1 + x | g) + (1 + x | h)"),
  c("A", "y ~ 0 + (1 | g)"), c("A", "y ~ 0 + (1 + x | g)"), c("A", "y ~ 1 + x + w + z + (1 + x + w + z | h)"),
  c("A", "y ~ 1 + x + I(x > 0) + (1 | g) + (1 + I(x > 0) | h)"), c("B", "y ~ 1 + x + (1 + x | g) + (1 + x | h)"),
  c("A", "y ~ 1 + poly(x, 2, raw = TRUE) + (1 + poly(x, 2, raw = TRUE) | g)"), c("B", "y ~ 1 + f + (0 + f | g)"),
  c("A", "y ~ 1 + x + (1 + x | g) + (1 + x | g:k)"), c("A", "y ~ 1 + log(w + 20, base = 2) + scale(x, FALSE) + (1 | g)"))

best <- function(formula, d, reml) {
  fits <- list()
  add <- function(opt, ctrl, start = NULL) {
    f <- try(suppressMessages(suppressWarnings(lmer(formula, d, REML = reml, start = start,
      control = lmerControl(optimizer = opt, optCtrl = ctrl, calc.derivs = FALSE,
        check.nobs.vs.nRE = "ignore", check.conv.singular = "ignore")))), silent = TRUE)
    if (!inherits(f, "try-error")) fits[[length(fits) + 1]] <<- f
  }
  n <- list(xtol_abs = 1e-13, ftol_abs = 1e-14, xtol_rel = 1e-13, ftol_rel = 1e-15, maxeval = 1e5)
  add("bobyqa", list(rhoend = 1e-11, maxfun = 1e5)); add("nloptwrap", n); add("Nelder_Mead", list(FtolAbs = 1e-13, XtolRel = 1e-13, maxfun = 1e5))
  pick <- function() fits[[which.min(sapply(fits, function(f) -2 * as.numeric(logLik(f))))]]
  add("bobyqa", list(rhoend = 1e-11, rhobeg = 1e-3, maxfun = 1e5), getME(pick(), "theta")); add("nloptwrap", n, getME(pick(), "theta"))
  pick()
}
number <- function(v) paste0("[", paste(sprintf("%.12g", v), collapse = ","), "]")
cat("[\n")
for (i in seq_along(models)) for (reml in c(TRUE, FALSE)) {
  m <- models[[i]]; f <- best(as.formula(m[2]), data[[m[1]]], reml)
  cat(sprintf('{"data":"%s","formula":"%s","method":"%s","loglik":%.12g,"names":[%s],"fixed":%s,"se":%s,"theta":%s,"sigma":%.12g}%s\n',
    m[1], m[2], if (reml) "REML" else "ML", as.numeric(logLik(f)), if (length(fixef(f))) paste0('"', names(fixef(f)), '"', collapse = ",") else "",
    number(fixef(f)), number(sqrt(diag(as.matrix(vcov(f))))), number(getME(f, "theta")), sigma(f),
    if (i == length(models) && !reml) "" else ","))
}
cat("]\n")
