//! glmmTMB: lme4's formula with more words for covariance structures, in a call that fits by ML unless told otherwise.

use super::lmer::bars;
use super::lmer::call::{FAMILIES, Signature, read_family};
use super::lmer::dialect::{Dialect, Structure};
use super::lmer::node::{Kind, Node};
use super::lmer::parts::{self, Engine, Parts};
use super::lmer::script::{FirstCall, bare, script};
use super::lmer::traps;
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Covariance, Facts, Model, RExpr};
use crate::read::Glance;

const GLMMTMB: Engine = Engine {
    language: "R",
    product: ":",
    no_random: "glmmTMB fits this all the same; a random intercept is `+ (1 | group)`",
};

const SPATIAL: &str = "has correlations that fall with the distance of coordinates, which no model here has";

/// The words of R/enum.R, glmmTMB 1.1.15.
const BARS: Dialect = Dialect {
    package: "glmmTMB",
    structures: &[
        ("us", Structure::Us),
        ("diag", Structure::Plain(Covariance::Diagonal)),
        ("homdiag", Structure::Plain(Covariance::EqualDiagonal)),
        ("cs", Structure::Plain(Covariance::CompoundSymmetry)),
        ("homcs", Structure::Plain(Covariance::EqualCompoundSymmetry)),
        ("ar1", Structure::Plain(Covariance::Ar1)),
        ("hetar1", Structure::Plain(Covariance::UnequalAr1)),
    ],
    has_hom: false,
    refused: &[
        ("toep", "has a correlation for each distance of the columns, which no model here has"),
        ("homtoep", "has a correlation for each distance of the columns, which no model here has"),
        ("rr", "has fewer dimensions than columns, which no model here has"),
        ("propto", "is proportional to a matrix that is given, which no model here has"),
        ("equalto", "is equal to a matrix that is given, which no model here has"),
        ("ou", SPATIAL),
        ("exp", SPATIAL),
        ("gau", SPATIAL),
        ("mat", SPATIAL),
        ("zerocorr", "is a word of MixedModels.jl; glmmTMB does not know it"),
        ("gr", "is a word of brms; glmmTMB does not know it"),
    ],
    writes_out: false,
};

const FUNCTION: Signature = Signature {
    name: "glmmTMB",
    positions: &[
        "formula",
        "data",
        "family",
        "ziformula",
        "dispformula",
        "weights",
        "offset",
        "contrasts",
        "na.action",
        "se",
        "verbose",
        "doFit",
        "control",
        "REML",
        "start",
        "map",
        "sparseX",
        "priors",
        "subset",
    ],
    settings: &["na.action", "se", "verbose", "doFit", "control", "REML", "start", "sparseX"],
};

/// Whether the first function that fits a formula is `glmmTMB`.
pub(super) fn detect(glance: &Glance<'_>) -> bool {
    matches!(glance.code().call, FirstCall::Code("glmmTMB"))
}

/// Reads the call, or the formula alone as glmmTMB reads it.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    parts::formulas(text, facts, model)
}

fn model(text: &str, facts: &mut Facts, notes: &mut Notes) -> Result<Model> {
    let script = script(text, facts, notes)?;
    let call = &script.model;
    let (mut formula, mut family, mut offset, mut estimator) = (None, None, None, false);
    match call.as_call() {
        Some(("~", _)) => {
            formula = Some(call);
            estimator = true;
        }
        Some((head, arguments)) if bare(head) == FUNCTION.name => {
            for (name, value) in FUNCTION.named(arguments) {
                match name {
                    "formula" => formula = Some(script.value(value)),
                    "family" => family = Some(read_family(script.value(value), FAMILIES)?),
                    "offset" => offset = Some(value.clone()),
                    "ziformula" if is_only(value, 0.0) => {}
                    "ziformula" => {
                        return refuse(
                            "zeros from a model of their own are no part of a generalised linear mixed model",
                            value.span,
                            "`ziformula = ~ 0`, the default, has none",
                        );
                    }
                    "dispformula" if is_only(value, 1.0) => {}
                    "dispformula" => {
                        return refuse(
                            "a residual variance that depends on covariates is no part of the models here",
                            value.span,
                            "`dispformula = ~ 1`, the default, has one variance",
                        );
                    }
                    "map" => {
                        let what = "parameters that are held at a value make another model";
                        return refuse(what, value.span, "without `map`, the model is read");
                    }
                    "priors" => {
                        return refuse(
                            "priors make another model of the parameters",
                            value.span,
                            "without `priors`, the model is read",
                        );
                    }
                    name => {
                        estimator |= name == "REML";
                        FUNCTION.pass(name, value, notes)?;
                    }
                }
            }
        }
        _ => return Err(parts::not_the_call(call, FUNCTION.name)),
    }
    let formula = FUNCTION.formula(formula, call.span)?;
    if !estimator && family.as_ref().is_none_or(|(family, _)| family == "gaussian") {
        let message = "the call names no estimator: glmmTMB fits by ML, lmer by REML";
        let note = Diagnostic::note(Code::Skipped, message).at(call.span, "");
        notes.push(note.help("the model is the same; `mlnote fit --ml` gives this call's estimates"));
    }
    let (response, right) = parts::sides(&formula)?;
    smooth(right)?;
    let categorical = |f: &RExpr| traps::is_categorical(f, facts);
    let random = bars::random(right, &BARS, &categorical, notes)?;
    let fixed = bars::fixed(right, &BARS);
    let parts = Parts { random, family, offset, ..Parts::new(response, right, fixed) };
    parts.model(&GLMMTMB, facts, notes)
}

/// Refuses mgcv's smooths, which glmmTMB takes from version 1.1.8 on.
fn smooth(node: &Node) -> Result<()> {
    let Some((head, arguments)) = node.as_call() else { return Ok(()) };
    if ["s", "te", "ti", "t2"].contains(&head) {
        let what = format!("`{head}()` is a smooth function of unknown shape, which no model here has");
        return refuse(&what, node.span, "a polynomial is `poly(x, 2)`");
    }
    arguments.iter().try_for_each(|(_, argument)| smooth(argument))
}

/// Whether it is `~ 0` or `~ 1`.
fn is_only(formula: &Node, number: f64) -> bool {
    match formula.unwrapped().as_call_of("~") {
        Some([(_, Node { kind: Kind::Number(_, value), .. })]) => value.to_bits() == number.to_bits(),
        _ => false,
    }
}

fn refuse<T>(what: &str, span: Span, help: &str) -> Result<T> {
    Diagnostic::error(Code::OutOfScope, what).at(span, "here").help(help).into()
}
