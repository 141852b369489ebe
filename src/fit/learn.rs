//! What data say of facts that nobody declared: Levels of covariates, which are categorical, whether ids are reused.

use super::data::{MISSING, Table};
use super::levels::{factors, levels};
use super::{Wanted, wanted};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Facts, Ids, Level, Model, RExpr};
use std::collections::{BTreeSet, HashMap};

/// The columns that either of two models needs.
///
/// # Errors
/// As [`wanted`].
pub fn wanted_by_both(models: [&Model; 2], facts: &Facts) -> Result<Wanted> {
    let mut all = wanted(models[0], facts)?;
    let other = wanted(models[1], facts)?;
    all.ids.extend(other.ids);
    all.text.extend(other.text);
    all.plain.extend(other.plain);
    Ok(all)
}

/// The facts as declared and, where nothing is declared, as a table shows them; each that it adds is a note.
///
/// # Errors
/// Those of [`levels`] and [`factors`].
pub fn learn(models: [&Model; 2], table: &Table, facts: &Facts, notes: &mut Notes) -> Result<Facts> {
    let mut out = facts.clone();
    let mut told: Vec<String> = vec![];
    for model in models {
        for (name, categories) in factors(model, table, &out)? {
            told.push(format!("{name} is a factor of {} categories", categories.len()));
            out.factor.insert(name, categories);
        }
        for name in model.covariates().into_iter().flat_map(RExpr::names) {
            if !out.factor.contains_key(name) {
                out.numeric.insert(name.to_owned());
            }
        }
    }
    for model in models {
        for (covariate, level) in levels(model, table, &out)? {
            let name = covariate.to_string();
            if out.level.contains_key(&name) || models.iter().any(|m| m.level(&covariate).is_some()) {
                continue;
            }
            if let Level::Group(group) = &level {
                told.push(format!("{name} is constant within {group}"));
            }
            out.level.insert(
                name,
                match level {
                    Level::Observation => String::new(),
                    Level::Group(group) => group.to_string(),
                },
            );
        }
        for grouping in model.groupings() {
            for (at, factor) in grouping.factors().iter().enumerate().skip(1) {
                if !out.ids.contains_key(factor) {
                    let unique = is_unique(factor, &grouping.factors()[..at], table, facts)?;
                    let (ids, word) = if unique { (Ids::Unique, "unique") } else { (Ids::Reused, "reused") };
                    told.push(format!("the ids of {factor} are {word}"));
                    out.ids.insert(factor.clone(), ids);
                }
            }
        }
    }
    if !told.is_empty() {
        notes.push(Diagnostic::note(Code::AssumedLevel, format!("by the data, {}", told.join(", "))));
    }
    Ok(out)
}

/// Whether each id of a factor lies in one group of the factors above it.
fn is_unique(factor: &str, above: &[String], table: &Table, facts: &Facts) -> Result<bool> {
    let column = |name: &str| facts.column.get(name).map_or(name, String::as_str).to_owned();
    let own = table.id(&column(factor))?.codes;
    let mut parents = vec![];
    for name in above {
        parents.push(table.id(&column(name))?.codes);
    }
    let mut seen: HashMap<u32, BTreeSet<Vec<u32>>> = HashMap::new();
    for (row, id) in own.iter().enumerate().filter(|(_, id)| **id != MISSING) {
        seen.entry(*id).or_default().insert(parents.iter().map(|p| p[row]).collect());
    }
    Ok(seen.values().all(|groups| groups.len() == 1))
}
