# Times lme4 for benches/fit.rs: Rscript lme4.R data.csv formula; prints seconds to read, seconds to fit, log-likelihood.
suppressMessages(library(lme4))
arguments <- commandArgs(trailingOnly = TRUE)
reading <- system.time(d <- read.csv(arguments[1]))[["elapsed"]]
for (n in intersect(names(d), c("id", "school", "class", "subject", "item", "s", "t"))) d[[n]] <- factor(d[[n]])
fitting <- system.time(f <- suppressWarnings(suppressMessages(lmer(as.formula(arguments[2]), d))))[["elapsed"]]
cat(reading, fitting, sprintf("%.10f", as.numeric(logLik(f))), "\n")
