//! nlme: `lme`, whose random part is a list by grouping factor (Pinheiro and Bates 2000, section 4.2).

use super::engine::{self, cannot, cells};
use super::{Style, lmer};
use crate::algebra::Reading;
use crate::error::{Notes, Result};
use crate::model::{Covariance, Grouping, Model, RExpr, RandomTerm, Term};

/// Writes the call, after the columns that it needs.
pub(super) fn write(reading: &Reading, style: &Style, _: &mut Notes) -> Result<String> {
    let model = &reading.model;
    engine::gaussian_without_offset(model, "nlme::lme")?;
    let fixed = Model::new(model.response().clone()).with_fixed(model.fixed().iter().cloned());
    let data = lmer::column(&style.data_name)?;
    let mut lines = vec!["library(nlme)".to_owned()];
    lines.extend(engine::r_factor_lines(reading, &data));
    let random = match engine::nesting(model) {
        Some(chain) => nested(model, &chain, reading, &data, &mut lines)?,
        None => crossed(model, &data, &mut lines)?,
    };
    let method = if style.ml { "ML" } else { "REML" };
    let arguments = vec![format!("random = {random}"), "na.action = na.omit".into(), format!("method = \"{method}\"")];
    lines.push(lmer::call_of("lme", &fixed, style, arguments)?);
    Ok(lines.join("\n"))
}

/// `~ R | id`, or a list from the outermost grouping factor to the innermost.
fn nested(
    model: &Model,
    chain: &[(&Grouping, &str)],
    reading: &Reading,
    data: &str,
    lines: &mut Vec<String>,
) -> Result<String> {
    let mut parts = vec![];
    for (at, (group, own)) in chain.iter().enumerate() {
        // nlme takes the groups of an inner factor within those of the outer one.
        let name = if at == 0 { column(group, data, lines)? } else { lmer::column(own)? };
        let terms: Vec<&RandomTerm> = model.random().iter().filter(|term| term.group == **group).collect();
        parts.push((name, matrix(&terms, reading)?));
    }
    match &parts[..] {
        [(name, formula)] if formula.starts_with('~') => Ok(format!("{formula} | {name}")),
        parts => {
            let entries: Vec<String> = parts.iter().map(|(name, matrix)| format!("{name} = {matrix}")).collect();
            Ok(format!("list({})", entries.join(", ")))
        }
    }
}

/// The covariance of all the random effects of one grouping factor.
fn matrix(terms: &[&RandomTerm], reading: &Reading) -> Result<String> {
    let is_factor = |c: &RExpr| reading.lexicon.is_categorical(c);
    let mut blocks: Vec<String> = vec![];
    for term in terms {
        let formula = format!("~ {}", lmer::side(&term.terms)?);
        let has_factor = term.terms.iter().flat_map(Term::factors).any(is_factor);
        match term.covariance {
            Covariance::Unstructured => blocks.push(formula),
            Covariance::Diagonal if has_factor => {
                for effect in &term.terms {
                    blocks.push(format!("~ {}", lmer::side(std::slice::from_ref(effect))?));
                }
            }
            Covariance::Diagonal => blocks.push(format!("pdDiag({formula})")),
            Covariance::EqualDiagonal => blocks.push(format!("pdIdent({formula})")),
            Covariance::EqualCompoundSymmetry => blocks.push(format!("pdCompSymm({formula})")),
            other => {
                let why = format!("its random effects of {} are {}", term.group, other.word());
                return cannot("nlme::lme", why, "`lmer` of lme4 2 can say it");
            }
        }
    }
    match &mut blocks[..] {
        [only] => Ok(std::mem::take(only)),
        several => {
            let symmetric = |block: &String| match block.strip_prefix('~') {
                Some(formula) => format!("pdSymm(~{formula})"),
                None => block.clone(),
            };
            Ok(format!("pdBlocked(list({}))", several.iter().map(symmetric).collect::<Vec<_>>().join(", ")))
        }
    }
}

/// Crossed factors as effects of one group that holds all: one variance each, so that effects cannot covary.
fn crossed(model: &Model, data: &str, lines: &mut Vec<String>) -> Result<String> {
    let mut blocks = vec![];
    for term in model.random() {
        if term.terms.len() > 1 && term.covariance != Covariance::Diagonal {
            let why = format!("{} is crossed with others, and its random effects covary", term.group);
            return cannot("nlme::lme", why, "`lmer`, `glmmtmb` and `julia` can say it");
        }
        let group = column(&term.group, data, lines)?;
        let factor = format!("{data}${group} <- factor({data}${group})");
        if !lines.contains(&factor) {
            lines.push(factor);
        }
        for effect in &term.terms {
            let product = Term::covariate(group_name(&term.group)).times(effect);
            blocks.push(format!("pdIdent(~ {})", lmer::side(&[product])?));
        }
    }
    lines.push(format!("{data}$everyone <- factor(1)"));
    Ok(format!("list(everyone = pdBlocked(list({})))", blocks.join(", ")))
}

fn group_name(group: &Grouping) -> String {
    if let [only] = group.factors() { only.clone() } else { cells(group) }
}

/// The column of a grouping factor; cells get one of their own.
fn column(group: &Grouping, data: &str, lines: &mut Vec<String>) -> Result<String> {
    let name = lmer::column(&group_name(group))?;
    if group.factors().len() > 1 {
        let factors = group.factors().iter().map(|f| Ok(format!("{data}${}", lmer::column(f)?)));
        let factors: Vec<String> = factors.collect::<Result<_>>()?;
        let line = format!("{data}${name} <- interaction({}, drop = TRUE)", factors.join(", "));
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    Ok(name)
}
