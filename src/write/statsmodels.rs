//! Python's statsmodels: `mixedlm`, with one grouping variable and variance components within its groups.

use super::Style;
use super::engine::{self, cannot, products};
use super::python::{Patsy, quoted};
use crate::algebra::Reading;
use crate::error::{Notes, Result};
use crate::model::{Covariance, Grouping, Model, RExpr, RandomTerm, Term};

/// Writes the call.
pub(super) fn write(reading: &Reading, style: &Style, _: &mut Notes) -> Result<String> {
    let model = &reading.model;
    engine::gaussian_without_offset(model, "statsmodels")?;
    let mut writer = Writer { patsy: Patsy::new(reading, "statsmodels"), components: vec![], own: None };
    let data = &style.data_name;
    let mut lines = vec!["import statsmodels.formula.api as smf".to_owned()];
    let formula = format!("{} ~ {}", writer.patsy.covariate(model.response())?, writer.side(model.fixed())?);
    let groups = match engine::nesting(model) {
        Some(chain) => writer.nested(model, &chain, data, &mut lines)?,
        None => writer.crossed(model, data, &mut lines)?,
    };
    if writer.patsy.uses_numpy {
        lines.insert(0, "import numpy as np".into());
    }
    // lmer leaves incomplete rows out; patsy stops at them, and `missing="drop"` loses columns named by Q().
    let complete = format!(
        "{data}.dropna(subset=[{}])",
        engine::columns(model).into_iter().map(quoted).collect::<Vec<_>>().join(", ")
    );
    let mut arguments = vec![quoted(&formula), complete, format!("groups={}", quoted(&groups))];
    let without_intercept = writer.own.as_ref().is_some_and(|own| own.starts_with('0'));
    if let Some(own) = &writer.own {
        arguments.push(format!("re_formula={}", quoted(own)));
    }
    if !writer.components.is_empty() {
        let entries: Vec<String> =
            writer.components.iter().map(|(name, formula)| format!("{}: {}", quoted(name), quoted(formula))).collect();
        arguments.push(format!("vc_formula={{{}}}", entries.join(", ")));
    }
    if let Some(name) = writer.patsy.hidden(&arguments.concat()) {
        let why = format!("the column `{name}` hides what is called {name} in its formulas");
        return cannot("statsmodels", why, "rename the column of the data");
    }
    let reml = if style.ml { "False" } else { "True" };
    // Without a random intercept the default optimiser may stop at an infinite likelihood.
    let method = if without_intercept { ", method=[\"bfgs\"]" } else { "" };
    let line = format!("smf.mixedlm({}).fit(reml={reml}{method})", arguments.join(", "));
    lines.push(if line.len() <= style.width {
        line
    } else {
        format!("smf.mixedlm(\n    {},\n).fit(reml={reml}{method})", arguments.join(",\n    "))
    });
    Ok(lines.join("\n") + "\n")
}

struct Writer<'a> {
    patsy: Patsy<'a>,
    components: Vec<(String, String)>,
    own: Option<String>,
}

impl Writer<'_> {
    fn side(&mut self, terms: &[Term]) -> Result<String> {
        let intercept = if terms.iter().any(Term::is_intercept) { "1" } else { "0" };
        let mut summands = vec![intercept.to_owned()];
        summands.extend(products(terms, ":", |covariate| self.patsy.covariate(covariate))?);
        Ok(summands.join(" + "))
    }

    /// The outermost factor has `re_formula`, what covaries in it; everything else is a component of one variance.
    fn nested(
        &mut self,
        model: &Model,
        chain: &[(&Grouping, &str)],
        data: &str,
        lines: &mut Vec<String>,
    ) -> Result<String> {
        let Some(((outer, _), inner)) = chain.split_first() else {
            return cannot("statsmodels", "it has no random effects", "`statsmodels.formula.api.ols` fits it");
        };
        for term in model.random().iter().filter(|term| term.group == **outer) {
            match term.covariance {
                Covariance::Unstructured if self.own.is_none() => self.own = Some(self.side(&term.terms)?),
                Covariance::Diagonal if self.own.is_none() && term.terms.iter().any(Term::is_intercept) => {
                    self.own = Some("1".into());
                    let slopes = term.terms.iter().filter(|effect| !effect.is_intercept()).cloned();
                    self.parts(&RandomTerm::new(term.group.clone(), slopes, Covariance::Diagonal), None)?;
                }
                _ => self.parts(term, None)?,
            }
        }
        for (group, _) in inner {
            // All that is below the outermost: the ids of the innermost may be reused.
            let below = group.factors().iter().filter(|factor| !outer.factors().contains(factor));
            let below: Vec<String> = below.cloned().collect();
            for term in model.random().iter().filter(|term| term.group == **group) {
                self.parts(term, Some(&below))?;
            }
        }
        if let [only] = outer.factors() {
            return Ok(only.clone());
        }
        let name = engine::cells(outer);
        let columns: Vec<String> =
            outer.factors().iter().map(|factor| format!("{data}[{}].astype(str)", quoted(factor))).collect();
        lines.push(format!("{data}[{}] = {}", quoted(&name), columns.join(" + \":\" + ")));
        Ok(name)
    }

    /// One group that holds all; every effect is a component.
    fn crossed(&mut self, model: &Model, data: &str, lines: &mut Vec<String>) -> Result<String> {
        for term in model.random() {
            self.parts(term, Some(term.group.factors()))?;
        }
        lines.push(format!("{data}[\"everyone\"] = 1"));
        Ok("everyone".into())
    }

    /// A component for each effect, over the categories of `factors` within the groups.
    fn parts(&mut self, term: &RandomTerm, factors: Option<&[String]>) -> Result<()> {
        let parted = term.terms.len() == 1 || term.covariance == Covariance::Diagonal;
        if term.covariance.is_structured() || !parted {
            let why =
                format!("the random effects of {} covary, and only those of the outermost factor may", term.group);
            return cannot("statsmodels", why, "`lmer`, `glmmtmb` and `julia` can say it");
        }
        if let Some(factor) = term.terms.iter().flat_map(Term::factors).find(|c| self.patsy.is_categorical(c)) {
            let why = format!("the categories of {factor} would have one variance, as groups within {}", term.group);
            return cannot("statsmodels", why, "make a column of 0 and 1 for each category first");
        }
        for effect in &term.terms {
            let categorical = factors.unwrap_or_default().iter().map(|factor| self.patsy.category(factor));
            let mut product: Vec<String> = categorical.collect();
            product.extend(effect.factors().iter().map(|c| self.patsy.covariate(c)).collect::<Result<Vec<_>>>()?);
            let formula = if product.is_empty() { "1".into() } else { format!("0 + {}", product.join(":")) };
            let names: Vec<String> = factors
                .unwrap_or_default()
                .iter()
                .cloned()
                .chain(effect.factors().iter().map(RExpr::to_string))
                .collect();
            self.components.push((if names.is_empty() { "Intercept".into() } else { names.join(":") }, formula));
        }
        Ok(())
    }
}
