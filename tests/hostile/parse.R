# Rscript parse.R NAMES FILE...: parses what mlnote wrote for R. The covariate of NUMBER-*.R is a symbol, whose name is line
# NUMBER of NAMES, and nothing is called that a call of a model does not need.
arguments <- commandArgs(TRUE)
names <- readLines(arguments[1], encoding = "UTF-8")
allowed <- c("~", "+", "*", "|", "(", ":", "=", "library", "lmer", "lme", "glmmTMB", "brm", "list", "gaussian", "bf")
failed <- FALSE
for (file in arguments[-1]) {
    name <- names[as.integer(sub("-.*", "", basename(file)))]
    parsed <- parse(file, encoding = "UTF-8", keep.source = FALSE)
    every <- unlist(lapply(parsed, all.names))
    variables <- unlist(lapply(parsed, all.vars))
    called <- setdiff(every, c(variables, allowed))
    if (!name %in% variables || length(called) > 0) {
        cat(file, ": ", if (length(called)) paste("calls", toString(called)) else "the name is lost", "\n", sep = "")
        failed <- TRUE
    }
}
cat(length(arguments) - 1, "files parsed by", R.version.string, "\n")
quit(status = as.integer(failed))
