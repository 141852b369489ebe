#!/bin/sh
# InstEval, the data of lme4's own package: mlnote and lme4 in turn, in one run. Needs Rscript with lme4 and GNU time.
#   benches/peers/insteval.sh target/release/mlnote
set -eu
mlnote=$(realpath "$1")
cd "$(mktemp -d)"
trap 'rm -r "$PWD"' EXIT
formula='y ~ service + (1 | s) + (1 | d) + (1 | dept:service)'
Rscript -e 'suppressMessages(library(lme4)); write.csv(InstEval, "insteval.csv", row.names = FALSE, quote = FALSE)'
for round in 1 2 3; do
    /usr/bin/time -f "mlnote, file to estimates: user %U s, elapsed %e s, peak %M kB" \
        "$mlnote" fit "$formula" --data insteval.csv --json --quiet | grep '"loglik"'
    Rscript - "$formula" <<'R'
suppressMessages(library(lme4))
formula <- as.formula(commandArgs(TRUE)[1])
d <- read.csv("insteval.csv")
for (n in c("s", "d", "service", "dept")) d[[n]] <- factor(d[[n]])
time <- system.time(fit <- lmer(formula, d))
cat(sprintf("lme4, fit alone: user %.2f s, elapsed %.2f s; loglik %.9f\n", time[["user.self"]], time[["elapsed"]], logLik(fit)))
R
done
