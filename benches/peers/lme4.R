# Times lme4 for benches/fit.rs: Rscript lme4.R data.csv formula; prints CPU seconds to read, CPU seconds to fit,
# log-likelihood.
suppressMessages(library(lme4))
arguments <- commandArgs(trailingOnly = TRUE)
cpu <- function(t) t[["user.self"]] + t[["sys.self"]]
reading <- cpu(system.time(d <- read.csv(arguments[1])))
for (n in intersect(names(d), c("id", "school", "class", "subject", "item", "s", "t"))) d[[n]] <- factor(d[[n]])
fitting <- cpu(system.time(f <- suppressWarnings(suppressMessages(lmer(as.formula(arguments[2]), d)))))
cat(reading, fitting, sprintf("%.10f", as.numeric(logLik(f))), "\n")
