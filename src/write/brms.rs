//! brms: lme4's formula in a call of `brm`.

use super::engine::{self, cannot};
use super::{Style, lmer};
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Model, RExpr};

/// Writes the call. A Bayesian engine has no REML; that its priors are its own is noted.
pub(super) fn write(reading: &Reading, style: &Style, notes: &mut Notes) -> Result<String> {
    let model = &reading.model;
    check(model)?;
    let note =
        Diagnostic::note(Code::FormulaTrap, "brms is Bayesian: the call takes its default priors, not REML or ML");
    notes.push(note.help("`prior = …` sets others; `get_prior()` with the same formula and data lists them"));
    let family = match (model.family(), model.link()) {
        ("gaussian", link) => format!("family = gaussian(link = \"{link}\")"),
        ("binomial", link) => format!("family = bernoulli(link = \"{link}\")"),
        (family, link) => format!("family = {family}(link = \"{link}\")"),
    };
    let mut lines = vec!["library(brms)".to_owned()];
    lines.extend(engine::r_factor_lines(reading, &lmer::column(&style.data_name)?));
    lines.push(lmer::call_of("brm", model, style, vec![family])?);
    Ok(lines.join("\n"))
}

/// What brms refuses, or takes for another model.
fn check(model: &Model) -> Result<()> {
    if let RExpr::Call(head, _) = model.response()
        && head == "cbind"
    {
        return cannot("brms", "its response has two columns", "write it as `successes | trials(size) ~ …`");
    }
    if let Some(term) = model.random().iter().find(|term| term.covariance.is_structured()) {
        let why = format!("its random effects of {} are {}", term.group, term.covariance.word());
        return cannot("brms", why, "unstructured and uncorrelated effects can be said");
    }
    let effects = model.random().iter().flat_map(|term| term.terms.iter().map(move |effect| (&term.group, effect)));
    let mut seen = vec![];
    for effect in effects {
        if seen.contains(&effect) {
            let why = format!("the random effect {} of {} stands in it twice", effect.1, effect.0);
            return cannot("brms", why, "drop one of the two");
        }
        seen.push(effect);
    }
    Ok(())
}
