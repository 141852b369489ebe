//! Commands near those that are read: what has lme4's grammar is read with a note on what else it does, what fits another
//! model is refused by name, with the nearest that is read.

use mlnote::error::Code;
use mlnote::model::Facts;
use mlnote::read::read;

#[test]
fn what_says_the_same_model_is_read() {
    for (text, formula, noted) in [
        ("lmerTest::lmer(y ~ x + (x | g), d)", "y ~ x + (x | g)", ""),
        ("blme::blmer(y ~ x + (x | g), d, cov.prior = wishart)", "y ~ x + (x | g)", "blme adds priors"),
        ("m <- rstanarm::stan_lmer(y ~ x + (1 | g), data = d, chains = 4)", "y ~ x + (1 | g)", "rstanarm is Bayesian"),
        ("afex::mixed(y ~ x + (x || g), d, method = \"KR\")", "y ~ x + (x || g)", "afex codes factors by contr.sum"),
        ("rlmer(y ~ x + (1 | g), d)", "y ~ x + (1 | g)", "robustlmm weighs"),
        ("xtreg y x, re i(id)", "y ~ x + (1 | id)", "generalised least squares"),
        ("xtset id year\nxtreg y x z, mle", "y ~ x + z + (1 | id)", ""),
        ("xtmixed y x || g: x, cov(uns) reml", "y ~ x + (x | g)", ""),
        ("mixed y x || g: x, cov(uns)", "y ~ x + (x | g)", "Stata fits by ML"),
    ] {
        let reading = read(text, None, &Facts::default()).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(reading.model, read(formula, None, &Facts::default()).unwrap().model, "{text}");
        let is_noted = reading.notes.iter().any(|note| note.message.contains(noted));
        assert!(is_noted || noted.is_empty(), "{text}: {:?}", reading.notes);
    }
    let family = read("xtset id\nxtlogit y x", None, &Facts::default()).unwrap().model;
    assert_eq!((family.family(), family.link(), family.random().len()), ("binomial", "logit", 1));
    let family = read("stan_glmer(y ~ x + (1 | g), d, family = poisson)", None, &Facts::default()).unwrap().model;
    assert_eq!(family.family(), "poisson");
}

#[test]
fn what_fits_another_model_is_refused_by_name() {
    for (text, said, nearest) in [
        ("glmer.nb(y ~ x + (1 | g), d)", "`glmer.nb()` fits a negative binomial model", "glmer(…, family = poisson)"),
        ("MCMCglmm(y ~ x, random = ~ us(1 + x):g, data = d)", "`MCMCglmm()` fits", "lmer(y ~ x + (x | g))"),
        ("gamm4(y ~ s(x), random = ~ (1 | g), data = d)", "`gamm4()` fits smooth functions", "lmer("),
        ("glmmPQL(y ~ x, random = ~ 1 | g, family = binomial, data = d)", "`glmmPQL()` fits", "glmer("),
        ("mmrm(y ~ x + us(visit | id), d)", "`mmrm()` fits covariances of residuals", "(1 | id)"),
        ("nlmer(y ~ x + (x | g), d)", "`nlmer()` fits a nonlinear model", "lmer("),
        ("gllamm y x, i(id) adapt", "`gllamm` fits a model in words of its own", "mixed"),
        ("xtpoisson y x, re i(id)", "`xtpoisson` fits a random intercept whose law is gamma", "mepoisson"),
        ("xtreg y x, fe i(id)", "the effects of the groups are fixed", ""),
        ("xtreg y x, re", "the groups of the panel are not in the text", "i(id)"),
        ("mixed y x || g:, re", "`mixed` has no option `re`", "|| id:"),
        ("GENLINMIXED /DATA_STRUCTURE SUBJECTS=g /FIELDS TARGET=y.", "GENLINMIXED is not read", "MIXED"),
        ("proc nlmixed; model y ~ normal(b, 1); random u ~ normal(0, s) subject=g; run;", "PROC NLMIXED fits", "MIXED"),
        (
            "BinomialBayesMixedGLM.from_formula('y ~ x', {'g': '0 + C(g)'}, d)",
            "statsmodels' BinomialBayesMixedGLM is not read",
            "glmer(",
        ),
    ] {
        let error = read(text, None, &Facts::default()).map(|r| r.model.to_string()).unwrap_err();
        assert!(error.code != Code::Fault && !error.labels.is_empty(), "{text}: {error:?}");
        let told = format!("{} {}", error, error.help.clone().unwrap_or_default());
        assert!(told.contains(said) && told.contains(nearest), "{text}: {told}");
    }
}
