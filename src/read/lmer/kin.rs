//! Functions of R with lme4's formula, and what they do besides; functions with a formula of another kind, and what they fit.

use super::call::{Signature, of_lme4};
use super::node::Argument;
use crate::error::{Code, Diagnostic};

/// A function that fits the model of lme4's formula in a way of its own.
pub(super) struct Kin {
    /// Its arguments.
    pub(super) signature: Signature,
    /// Arguments that lme4 does not have; none says anything about the model.
    own: &'static [&'static str],
    /// What it does besides.
    does: &'static str,
    /// What that means here.
    means: &'static str,
}

const BAYES: &str = "the estimates are not REML or ML";

const BLME: &[&str] = &["cov.prior", "fixef.prior", "resid.prior"];
const RSTANARM: &[&str] = &[
    "prior",
    "prior_intercept",
    "prior_aux",
    "prior_covariance",
    "prior_PD",
    "algorithm",
    "adapt_delta",
    "QR",
    "sparse",
    "chains",
    "iter",
    "warmup",
    "thin",
    "cores",
    "seed",
    "refresh",
    "init",
];
const AFEX: &[&str] = &[
    "type",
    "per_parameter",
    "args_test",
    "test_intercept",
    "check_contrasts",
    "expand_re",
    "all_fit",
    "set_data_arg",
    "progress",
    "cl",
    "return",
    "sig_symbols",
];
const ROBUST: &[&str] = &["rho.e", "rho.b", "rho.sigma.e", "rho.sigma.b", "rel.tol", "max.iter", "doFit", "init"];

const fn kin(
    name: &'static str,
    positions: &'static [&'static str],
    own: &'static [&'static str],
    does: &'static str,
    means: &'static str,
) -> Kin {
    Kin { signature: of_lme4(name, positions), own, does, means }
}

/// Which (blme 1.0, rstanarm 2.32, afex 1.4, robustlmm 3.3, gamm4 0.2, MCMCglmm 2.36, MASS 7.3, mmrm 0.3: their manuals).
const KIN: &[Kin] = &[
    kin("blmer", &["formula", "data"], BLME, "blme adds priors to the covariances of random effects", BAYES),
    kin("bglmer", &["formula", "data", "family"], BLME, "blme adds priors to the covariances of random effects", BAYES),
    kin("stan_lmer", &["formula", "data"], RSTANARM, "rstanarm is Bayesian and has priors of its own", BAYES),
    kin(
        "stan_glmer",
        &["formula", "data", "family"],
        RSTANARM,
        "rstanarm is Bayesian and has priors of its own",
        BAYES,
    ),
    kin(
        "mixed",
        &["formula", "data"],
        AFEX,
        "afex codes factors by contr.sum and tests each term",
        "the model is lmer's; its coefficients of factors differ",
    ),
    kin(
        "rlmer",
        &["formula", "data"],
        ROBUST,
        "robustlmm weighs outlying observations down",
        "the estimates are not REML or ML",
    ),
];

/// The kin of a name.
pub(super) fn find(name: &str) -> Option<&'static Kin> {
    KIN.iter().find(|kin| kin.signature.name == name)
}

impl Kin {
    /// The arguments that are not the function's own.
    pub(super) fn shared(&self, arguments: &[Argument]) -> Vec<Argument> {
        let is_own = |name: &Option<String>| name.as_deref().is_some_and(|name| self.own.contains(&name));
        arguments.iter().filter(|(name, _)| !is_own(name)).cloned().collect()
    }

    /// What the function does besides, as a note.
    pub(super) fn note(&self) -> Diagnostic {
        Diagnostic::note(Code::Skipped, self.does).help(self.means)
    }
}

/// Functions that fit something else, what that is, and the nearest that is read.
const OTHERS: &[(&str, &str, &str)] = &[
    (
        "glmer.nb",
        "a negative binomial model, whose dispersion is estimated",
        "with `glmer(…, family = poisson)` it is read, without dispersion",
    ),
    ("nlmer", "a nonlinear model", "the linear ones are `lmer(y ~ x + (x | g))`"),
    (
        "gam",
        "smooth functions of unknown shape",
        "a polynomial is `poly(x, 2)`, a random intercept `(1 | g)` instead of `s(g, bs = \"re\")`",
    ),
    (
        "bam",
        "smooth functions of unknown shape",
        "a polynomial is `poly(x, 2)`, a random intercept `(1 | g)` instead of `s(g, bs = \"re\")`",
    ),
    ("gamm", "smooth functions of unknown shape", "without them the model is `lme(y ~ x, random = ~ x | g)`"),
    (
        "gamm4",
        "smooth functions of unknown shape",
        "without them the model is `lmer(y ~ x + (x | g))`: `random =` holds its bars",
    ),
    (
        "MCMCglmm",
        "a model in words of its own",
        "`random = ~ us(1 + x):g` is `lmer(y ~ x + (x | g))`, `idh(1 + x):g` is `(x || g)`",
    ),
    (
        "glmmPQL",
        "nlme's words by penalised quasi-likelihood",
        "the model is `glmer(y ~ x + (x | g), family = binomial)`",
    ),
    (
        "mmrm",
        "covariances of residuals, and no random effects",
        "`us(visit | id)` is no random-effects term there; `cs(visit | id)` is near `(1 | id)`",
    ),
];

/// What a function fits, when it is known and not read, and the nearest that is.
pub(super) fn other(name: &str) -> Option<(&'static str, &'static str)> {
    OTHERS.iter().find(|(own, ..)| *own == name).map(|(_, fits, nearest)| (*fits, *nearest))
}
