//! glmmTMB: lme4's formula in a call that names its estimator.

use super::engine::{self, cannot};
use super::{Style, lmer};
use crate::algebra::Reading;
use crate::error::{Notes, Result};
use crate::model::{Covariance, RExpr};

/// Words that glmmTMB takes for a covariance structure wherever they stand (glmmTMB 1.1.15, R/enum.R).
const STRUCTURES: &[&str] = &[
    "diag", "us", "cs", "ar1", "ou", "exp", "gau", "mat", "toep", "rr", "homdiag", "propto", "hetar1", "homcs",
    "homtoep", "equalto",
];

/// Writes the call.
pub(super) fn write(reading: &Reading, style: &Style, _: &mut Notes) -> Result<String> {
    let model = &reading.model;
    for term in model.random() {
        if let Covariance::EqualDiagonal | Covariance::EqualCompoundSymmetry | Covariance::UnequalAr1 = term.covariance
        {
            let help = "versions from 1.1.13 on have `homdiag`, `homcs` and `hetar1`";
            return cannot(
                "glmmTMB",
                format!("its random effects of {} are {}", term.group, term.covariance.word()),
                help,
            );
        }
    }
    if let Some((covariate, head)) = model.covariates().into_iter().find_map(|c| Some((c, structure(c)?))) {
        let why = format!("it takes the `{head}` in `{covariate}` for a covariance structure");
        return cannot("glmmTMB", why, "make the covariate a column of the data first");
    }
    let gaussian = model.family() == "gaussian" && model.link() == "identity";
    let last = match gaussian {
        // glmer has no REML: only ML is the same.
        false => format!("family = {}(link = \"{}\")", model.family(), model.link()),
        true => format!("REML = {}", if style.ml { "FALSE" } else { "TRUE" }),
    };
    let mut lines = vec!["library(glmmTMB)".to_owned()];
    lines.extend(engine::r_factor_lines(reading, &lmer::column(&style.data_name)?));
    lines.push(lmer::call_of("glmmTMB", model, style, vec![last])?);
    Ok(lines.join("\n"))
}

/// A call in the covariate, however deep, that glmmTMB 1.1.5 takes for a covariance structure: `I(exp(x))` too.
fn structure(expr: &RExpr) -> Option<&str> {
    match expr {
        RExpr::Call(head, _) if STRUCTURES.contains(&head.as_str()) => Some(head),
        RExpr::Call(_, arguments) => arguments.iter().find_map(|(_, argument)| structure(argument)),
        _ => None,
    }
}
