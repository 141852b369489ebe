//! Python's pymer4: lme4's formula in a string.

use super::engine::{self, cannot, other_reference};
use super::python::quoted;
use super::{Style, lmer};
use crate::algebra::Reading;
use crate::error::{Notes, Result};
use crate::model::{RExpr, Reference};

/// Writes the model and its fit, for version 0.9.
pub(super) fn write(reading: &Reading, style: &Style, notes: &mut Notes) -> Result<String> {
    let model = &reading.model;
    let gaussian = model.family() == "gaussian" && model.link() == "identity";
    if gaussian && style.ml {
        return cannot("pymer4", "its `lmer` has REML alone", "without `--ml` it can be said");
    }
    if model.random().is_empty() {
        return cannot("pymer4", "nothing in it is random", "`lmer` writes it as a call of `lm` or `glm`");
    }
    if !["gaussian", "binomial", "poisson"].contains(&model.family()) {
        return cannot("pymer4", format!("its family is {}", model.family()), "`lmer` can say it");
    }
    // The formula alone is what lme4 has for a Gaussian model.
    let linear = Reading { model: model.clone().with_family("gaussian", "identity"), ..reading.clone() };
    let wide = Style { ml: false, width: usize::MAX, ..style.clone() };
    let formula = lmer::write(&linear, &wide, &mut vec![])?.trim_end().to_owned();
    let columns = engine::columns(model);
    let mut calculated = std::iter::once(model.response()).chain(model.covariates()).chain(model.offsets());
    let blanks = columns.iter().any(|name| name.contains(' ')) || calculated.any(has_blank);
    if blanks || formula.contains("< -") {
        let why = format!("it takes every blank out of `{formula}`, which R then reads otherwise");
        return cannot("pymer4", why, "rename the column or the category, or make the covariate a column first");
    }
    let columns: Vec<String> = columns.into_iter().map(quoted).collect();
    let mut arguments =
        vec![quoted(&formula), format!("data={}.drop_nulls([{}])", style.data_name, columns.join(", "))];
    if !gaussian {
        arguments.extend([format!("family={}", quoted(model.family())), format!("link={}", quoted(model.link()))]);
    }
    let class = if gaussian { "lmer" } else { "glmer" };
    let call = format!("from pymer4.models import {class}\nmodel = {class}(\n    {},\n)", arguments.join(",\n    "));
    Ok(std::iter::once(call).chain(factors(reading, notes)).collect::<Vec<_>>().join("\n") + "\nmodel.fit()\n")
}

/// Whether a string in it has a blank.
fn has_blank(expr: &RExpr) -> bool {
    match expr {
        RExpr::Call(_, arguments) => arguments.iter().any(|(_, argument)| has_blank(argument)),
        text => matches!(text, RExpr::Text(text) if text.contains(' ')),
    }
}

/// The lines that make columns categorical, the reference first.
fn factors(reading: &Reading, notes: &mut Notes) -> Vec<String> {
    let entries: Vec<String> = reading
        .lexicon
        .declared()
        .map(|(name, categories)| {
            let all: Vec<String> = categories.all().map(|category| quoted(category)).collect();
            format!("{}: [{}]", quoted(name), all.join(", "))
        })
        .collect();
    let categorical = &reading.lexicon.categorical;
    let others = categorical.iter().filter(|(_, known)| matches!(known, Reference::Category(_) | Reference::Last));
    notes.extend(others.map(|(name, _)| other_reference("pymer4", name)));
    let names: Vec<String> = categorical.keys().map(|name| quoted(name)).collect();
    let named = (!entries.is_empty()).then(|| format!("model.set_factors({{{}}})", entries.join(", ")));
    named.into_iter().chain((!names.is_empty()).then(|| format!("model.set_factors([{}])", names.join(", ")))).collect()
}
