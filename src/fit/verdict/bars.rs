//! Barred covariates: `\bar{X}_j` is the mean of X over group j, `\bar{X}` without index the mean of all. The two have
//! one column name, `X_bar`; here they become what they are.

use crate::algebra::{Comparison, Lexicon, Reading};
use crate::error::{Code, Diagnostic, Notes};
use crate::model::{Facts, Level, Model, RExpr, RandomTerm, Term};
use crate::syntax::{self, Accent, Role};
use std::collections::BTreeMap;

/// The column without its bar.
fn plain(name: &syntax::Name) -> Option<String> {
    let mut plain = name.clone();
    (plain.accents.pop() == Some(Accent::Bar)).then(|| plain.column())
}

/// The reading with every bar without index replaced by the mean over all observations, where the column without the
/// bar is a covariate too.
pub(super) fn resolve(reading: &Reading, notes: &mut Notes) -> Reading {
    let mut out = reading.clone();
    let Some(roles) = reading.system.as_ref().and_then(|s| syntax::roles(s, &mut vec![]).ok()) else { return out };
    let mut means: BTreeMap<String, RExpr> = BTreeMap::new();
    for (key, role) in &roles.roles {
        if *role == Role::Covariate
            && key.indices.is_empty()
            && let Some(of) = plain(&key.name)
            // Beside an index reading has told what it is.
            && !roles.roles.keys().any(|k| (k.name == key.name || k.name.column() == of) && !k.indices.is_empty())
        {
            let message = format!("{} has no index: taken as the mean of {of} over all observations", key.name);
            notes.push(Diagnostic::note(Code::AssumedIndex, message));
            means.insert(key.name.column(), RExpr::call("mean", [RExpr::name(of)]));
        }
    }
    if !means.is_empty() {
        let map = |expr: &RExpr| replace(expr, &means);
        out.model = map_model(&reading.model, &map);
        out.lexicon = map_lexicon(&reading.lexicon, &map);
    }
    out
}

/// Declares barred covariates with the index of a group as means over that group.
pub(super) fn define(readings: &[Reading; 2], comparison: &Comparison, facts: &mut Facts) {
    for (reading, model) in readings.iter().zip(&comparison.models) {
        for (column, name) in &reading.lexicon.covariates {
            let (RExpr::Name(column), Some(of)) = (column, plain(name)) else { continue };
            let known = model.covariates().iter().any(|c| c.names().contains(&of.as_str()));
            if let Some(Level::Group(group)) = model.level(&RExpr::name(column.clone()))
                && known
                && !facts.define.contains_key(column)
            {
                let groups = group.factors().iter().map(RExpr::name);
                let groups = groups.reduce(|a, b| RExpr::call(":", [a, b])).unwrap_or(RExpr::Null);
                let mean = RExpr::call("mean", [RExpr::call("|", [RExpr::name(of), groups])]);
                facts.define.insert(column.clone(), mean.to_string());
            }
        }
    }
}

fn replace(expr: &RExpr, by: &BTreeMap<String, RExpr>) -> RExpr {
    match expr {
        RExpr::Name(name) => by.get(name).unwrap_or(expr).clone(),
        RExpr::Call(head, arguments) => {
            RExpr::Call(head.clone(), arguments.iter().map(|(n, a)| (n.clone(), replace(a, by))).collect())
        }
        other => other.clone(),
    }
}

fn map_term(term: &Term, map: &dyn Fn(&RExpr) -> RExpr) -> Term {
    Term::new(term.factors().iter().map(map))
}

/// The model with other covariates.
pub(super) fn map_model(model: &Model, map: &dyn Fn(&RExpr) -> RExpr) -> Model {
    let mut out = Model::new(map(model.response()))
        .with_family(model.family(), model.link())
        .with_fixed(model.fixed().iter().map(|t| map_term(t, map)));
    for offset in model.offsets() {
        out = out.with_offset(map(offset));
    }
    for term in model.random() {
        let terms = term.terms.iter().map(|t| map_term(t, map));
        out = out.with_random(RandomTerm::new(term.group.clone(), terms, term.covariance));
    }
    for (covariate, level) in model.levels() {
        out = out.with_level(map(covariate), level.clone());
    }
    out
}

/// The letters of the model with other covariates.
pub(super) fn map_lexicon(lexicon: &Lexicon, map: &dyn Fn(&RExpr) -> RExpr) -> Lexicon {
    let term = |t: &Term| map_term(t, map);
    Lexicon {
        covariates: lexicon.covariates.iter().map(|(c, n)| (map(c), n.clone())).collect(),
        fixed: lexicon.fixed.iter().map(|(t, n)| (term(t), n.clone())).collect(),
        coefficients: lexicon.coefficients.iter().map(|((g, t), n)| ((g.clone(), term(t)), n.clone())).collect(),
        effects: lexicon.effects.iter().map(|((g, t), n)| ((g.clone(), term(t)), n.clone())).collect(),
        covariances: lexicon
            .covariances
            .iter()
            .map(|((g, a, b), e)| {
                let (a, b) = (term(a), term(b));
                let (low, high) = if a <= b { (a, b) } else { (b, a) };
                ((g.clone(), low, high), e.clone())
            })
            .collect(),
        ..lexicon.clone()
    }
}
