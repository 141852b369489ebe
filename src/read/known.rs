//! Facts that name what the model does not have.

use super::Reading;
use super::lmer::parse_expression;
use crate::error::{Code, Diagnostic, Result};
use crate::model::{Facts, RExpr, Term};
use std::collections::BTreeSet;

/// Refuses a fact about a covariate or grouping factor that none of the models has: a misspelt name would be passed
/// over in silence.
///
/// # Errors
/// `UnknownName`, with the nearest name and the list.
pub(super) fn check(readings: &[Reading], facts: &Facts) -> Result<()> {
    let mut known = Known::default();
    for reading in readings {
        let own = Known::of(reading, facts);
        known.covariates.extend(own.covariates);
        known.groups.extend(own.groups);
    }
    let refuse = |kind: &str, what: &str, word: &str, names: &BTreeSet<String>| {
        let mut error = Diagnostic::unknown(Code::UnknownName, what, word, names.iter().map(String::as_str));
        error = error.with_message(format!("--{kind}: the model has no {what} `{word}`"));
        Err(Box::new(error))
    };
    for (covariate, group) in &facts.level {
        if !known.covariate(covariate) {
            return refuse("level", "covariate", covariate, &known.covariates);
        }
        if let Some(factor) = group.split(':').find(|f| !f.is_empty() && !known.groups.contains(*f)) {
            return refuse("level", "grouping factor", factor, &known.groups);
        }
    }
    // The observation's own letter may be given a word: it is no grouping factor.
    let observation = |letter: &str| {
        readings.iter().all(|r| match &r.lexicon.observation {
            Some(own) => own == letter,
            None => letter == "i" && !r.lexicon.letters.values().any(|other| other == letter),
        })
    };
    let groups = facts.index.iter().filter(|(letter, _)| !observation(letter)).map(|(_, factor)| factor);
    for factor in groups.chain(facts.ids.keys()) {
        if !known.groups.contains(factor) {
            let kind = if facts.ids.contains_key(factor) { "ids" } else { "index" };
            return refuse(kind, "grouping factor", factor, &known.groups);
        }
    }
    for (kind, names) in [
        ("factor", facts.factor.keys().chain(facts.categorical.keys()).collect::<Vec<_>>()),
        ("define", facts.define.keys().collect()),
    ] {
        if let Some(name) = names.into_iter().find(|name| !known.covariate(name)) {
            return refuse(kind, "covariate", name, &known.covariates);
        }
    }
    Ok(())
}

#[derive(Default)]
struct Known {
    covariates: BTreeSet<String>,
    groups: BTreeSet<String>,
}

impl Known {
    fn of(reading: &Reading, facts: &Facts) -> Self {
        let (model, lexicon) = (&reading.model, &reading.lexicon);
        let mut covariates = BTreeSet::new();
        let columns = model.covariates().into_iter().chain(model.offsets()).chain([model.response()]);
        for column in columns {
            covariates.insert(column.to_string());
            covariates.extend(column.names().into_iter().map(str::to_owned));
            covariates.extend(lexicon.covariates.get(column).map(ToString::to_string));
        }
        covariates.extend(model.fixed().iter().filter(|t| !t.is_intercept()).map(Term::to_string));
        // What a definition is made of is known too, and so is the symbol of a column.
        let made = facts.define.values().filter_map(|text| parse_expression(text).ok());
        covariates.extend(made.flat_map(|e| e.names().into_iter().map(str::to_owned).collect::<Vec<_>>()));
        covariates.extend(facts.column.keys().cloned());
        let groups = model.groupings().into_iter().flat_map(|g| g.factors().to_vec()).collect();
        Self { covariates, groups }
    }

    fn covariate(&self, text: &str) -> bool {
        self.covariates.contains(text)
            || parse_expression(text).is_ok_and(|expr: RExpr| self.covariates.contains(&expr.to_string()))
    }
}
