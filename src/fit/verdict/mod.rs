//! Are two spellings the same model? The canonical rows (`algebra::compare`) and the spaces on generic data
//! (`fit::witness`) each give an answer of their own; a verdict needs both, and their disagreement is a fault of mlnote.
//! When the answer hangs on a fact that nobody gave, the answers under each reading of it are compared.

mod bars;
mod fits;
mod questions;
mod values;

use super::witness::{self, Columns, Relation, Scenario};
use crate::algebra::{Aspect, Comparison, Difference, Place, Reading, Side, compare, places};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Facts, Grouping, Ids, RExpr, Term};
pub use fits::Fits;
use questions::Question;
use std::collections::BTreeSet;
use values::Agreed;

/// Of a factor with more categories than this the first ones stand for all: what is true of four is true of forty.
const MOST_CATEGORIES: usize = 4;

/// The answer in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// The same terms under the same names.
    Same,
    /// The same set of distributions of the response; letters, coding or parameters differ.
    Equivalent,
    /// Another set of distributions.
    Different,
    /// It depends on a fact that was not given.
    NeedsInfo,
}

impl Word {
    /// The word as printed.
    pub fn text(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Equivalent => "equivalent",
            Self::Different => "different",
            Self::NeedsInfo => "needs-info",
        }
    }
}

/// A verdict with its reason.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// In one word.
    pub word: Word,
    /// In a sentence, without a full stop.
    pub reason: String,
    /// How to give the missing fact.
    pub help: Option<String>,
    /// What the canonical rows say.
    pub comparison: Comparison,
    /// What the spaces say; `None` when they cannot be computed, with the reason among the notes.
    pub columns: Option<Columns>,
    /// Which is a part of the other, when they are different and one is.
    pub nested: Option<Relation>,
    /// The first difference in each text.
    pub places: [Option<Place>; 2],
    /// Assumptions on which the verdict stands.
    pub notes: Notes,
    /// The facts that hold for both models.
    pub facts: Facts,
    /// The data on which the spaces were compared.
    scenario: Scenario,
}

/// The readings with what is known of them.
pub(crate) struct Case<'a> {
    readings: [Reading; 2],
    facts: &'a Facts,
    /// Whether the equations of a side are evaluated as written; not when its covariances are taken another way.
    as_written: [bool; 2],
    agreed: &'a Agreed,
}

/// The answer under one reading of the facts.
pub(crate) struct Judgement {
    comparison: Comparison,
    columns: Option<Columns>,
    relation: Relation,
    /// What the canonical rows cannot say.
    constraint: Option<String>,
    notes: Notes,
    /// As given, with what the comparison adds to it.
    scenario: Scenario,
}

/// Decides whether two readings are the same model. `texts` are their sources, `facts` what was declared.
///
/// # Errors
/// `Fault` when the canonical rows and the spaces disagree.
pub fn verdict(readings: [&Reading; 2], texts: [&str; 2], facts: &Facts) -> Result<Verdict> {
    let mut notes = vec![];
    let mut resolved = readings.map(|reading| bars::resolve(reading, &mut notes));
    let mut facts = facts.clone();
    let agreed = values::agree(&mut resolved, &mut facts, &mut notes);
    let case = Case { readings: resolved, facts: &facts, as_written: [true, true], agreed: &agreed };
    let scenario = case.scenario(&mut notes);
    let judgement = case.judge(&scenario)?;
    let missing = questions::missing(&case, &scenario, &judgement)?;
    notes.extend(judgement.notes.iter().cloned());
    let mut verdict = case.word(judgement, texts);
    match missing {
        Some(Question { needed: true, reason, help, .. }) => {
            verdict.word = Word::NeedsInfo;
            verdict.reason = reason;
            verdict.help = Some(help);
            verdict.nested = None;
        }
        Some(Question { reason, help, .. }) => notes.push(Diagnostic::note(Code::NeedsInfo, reason).help(help)),
        None => {}
    }
    verdict.notes = notes;
    verdict.facts = facts;
    Ok(verdict)
}

impl<'a> Case<'a> {
    fn both(&self) -> [&Reading; 2] {
        [&self.readings[0], &self.readings[1]]
    }

    /// The facts as given, and what goes without saying: a factor that groups is categorical; a barred covariate with
    /// the index of a group is the mean over that group.
    fn scenario(&self, notes: &mut Notes) -> Scenario {
        let unique: BTreeSet<String> =
            self.facts.ids.iter().filter(|(_, ids)| **ids == Ids::Unique).map(|(name, _)| name.clone()).collect();
        let mut scenario = Scenario { facts: self.facts.clone(), unique, ..Scenario::default() };
        for (covariate, group) in self.facts.level.iter().filter(|(_, group)| !group.is_empty()) {
            let factors = group.split(':').map(|f| f.trim().to_owned());
            scenario.constant.insert(covariate.clone(), Grouping::new(factors));
        }
        scenario.everywhere = self.readings.iter().flat_map(|r| r.lexicon.constants.clone()).collect();
        for name in &scenario.everywhere {
            let message = format!("{name} has no index and stands beside a covariate: taken as one number");
            notes.push(Diagnostic::note(Code::AssumedIndex, message));
        }
        for (factor, categories) in &mut scenario.facts.factor {
            // A few stand for all, but for those that an equation names by a dummy.
            let named = |category: &String| {
                let covariates = self.readings.iter().flat_map(|r| r.model.covariates()).flat_map(RExpr::names);
                covariates.into_iter().any(|c| self.facts.dummy(c) == Some((factor, category)))
            };
            let compared = self.agreed.named.get(factor);
            let mut at = 0;
            categories.retain(|category| {
                at += 1;
                at <= MOST_CATEGORIES || named(category) || compared.is_some_and(|all| all.contains(category))
            });
        }
        scenario.categorical.extend(self.facts.categorical.keys().cloned());
        scenario.named.clone_from(&self.agreed.named);
        for reading in &self.readings {
            let factors = reading.model.groupings().into_iter().flat_map(|g| g.factors().iter().cloned());
            scenario.categorical.extend(factors);
        }
        scenario
    }

    fn judge(&self, scenario: &Scenario) -> Result<Judgement> {
        let [a, b] = self.both();
        let mut comparison = compare(a, b, &self.facts.index, &scenario.unique);
        let mut notes = vec![];
        let apart = |d: &Difference| matches!(d.aspect, Aspect::Response | Aspect::Family);
        if comparison.differences.iter().any(apart) {
            let relation = Relation::Neither;
            return Ok(Judgement {
                comparison,
                columns: None,
                relation,
                constraint: None,
                notes,
                scenario: scenario.clone(),
            });
        }
        let mut scenario = scenario.clone();
        bars::define(&self.readings, &comparison, &mut scenario.facts);
        let columns = match witness::columns([a, b], self.as_written, &comparison, &scenario) {
            Ok(columns) => Some(columns),
            Err(why) => {
                let message = format!("the design matrices could not be compared: {}", why.message);
                notes.push(Diagnostic { labels: vec![], ..Diagnostic::note(why.code, message) });
                None
            }
        };
        let (relation, constraint) = settle(&comparison, columns.as_ref(), &mut notes)?;
        let multiples = columns.as_ref().map_or(&[][..], |c| &c.multiples);
        let equal = comparison.is_equal();
        for (row, factor) in multiples.iter().filter(|_| equal) {
            if let [_, Some(name)] = &mut comparison.letters[*row].names {
                name.insert_str(0, factor);
            }
        }
        Ok(Judgement { comparison, columns, relation, constraint, notes, scenario })
    }

    /// The one side that has numbers in the place of fixed effects.
    fn valued(&self) -> Option<Side> {
        let has = |side: &Side| self.readings[side.at()].notes.iter().any(|n| n.code == Code::AssumedValue);
        let both: Vec<Side> = Side::BOTH.into_iter().filter(has).collect();
        if let [only] = both[..] { Some(only) } else { None }
    }

    fn word(&self, judgement: Judgement, texts: [&str; 2]) -> Verdict {
        let Judgement { comparison, columns, relation, constraint, scenario, .. } = judgement;
        let telling = telling(&comparison, columns.as_ref());
        let (word, reason) = match (relation, comparison.is_equal()) {
            (Relation::Equal, true) if comparison.is_same() => match self.valued() {
                None => (Word::Same, "the same terms under the same names".to_owned()),
                Some(side) => (
                    Word::NeedsInfo,
                    format!(
                        "it depends on whether the numbers in {side} are estimates: if they are, A and B are the same model; \
                         if they are given, {side} is a special case of {}",
                        side.other()
                    ),
                ),
            },
            (Relation::Equal, true) => (Word::Equivalent, renamed(&comparison)),
            (Relation::Equal, false) if self.agreed.tells() => (
                Word::Equivalent,
                format!("{}: other coefficients, the same means and covariances", self.agreed.told()),
            ),
            (Relation::Equal, false) => (
                Word::Equivalent,
                format!("other terms, the same means and covariances: {}", own_terms(&comparison.differences)),
            ),
            (_, _) if self.agreed.tells() => (Word::Different, self.agreed.told()),
            (_, _) => (Word::Different, constraint.unwrap_or_else(|| first(&telling))),
        };
        let nested =
            (word == Word::Different && matches!(relation, Relation::AInB | Relation::BInA)).then_some(relation);
        let places = match telling.first().filter(|_| word == Word::Different) {
            Some(difference) => places(difference, self.both(), texts, &comparison),
            None => [None, None],
        };
        let help = (word == Word::NeedsInfo).then(|| "write a letter for each number that is estimated".to_owned());
        Verdict {
            word,
            reason,
            help,
            comparison,
            columns,
            nested,
            places,
            notes: vec![],
            facts: Facts::default(),
            scenario,
        }
    }
}

/// One relation from two witnesses.
fn settle(comparison: &Comparison, columns: Option<&Columns>, notes: &mut Notes) -> Result<(Relation, Option<String>)> {
    let Some(columns) = columns else {
        let relation = if comparison.is_equal() { Relation::Equal } else { Relation::Neither };
        return Ok((relation, None));
    };
    for (side, found) in ["A", "B"].iter().zip(&columns.unidentified) {
        for what in found {
            notes.push(Diagnostic::note(Code::NotIdentified, format!("{side} is not identified: {what}")));
        }
    }
    let [a, b] = &columns.constraints;
    let constraint = (a != b).then(|| match (a.first(), b.first()) {
        (Some(what), _) => format!("in A {what}, in B not so"),
        (None, Some(what)) => format!("in B {what}, in A not so"),
        (None, None) => String::new(),
    });
    match (columns.relation(), comparison.is_equal(), &constraint) {
        (Some(Relation::Equal) | None, true, None) => Ok((Relation::Equal, None)),
        (relation, _, Some(_)) => {
            let narrower = if a.is_empty() { Relation::BInA } else { Relation::AInB };
            let relation = match relation {
                Some(Relation::Equal) if a.is_empty() || b.is_empty() => narrower,
                Some(Relation::Equal) | None => Relation::Neither,
                Some(other) => other,
            };
            Ok((relation, constraint))
        }
        (Some(relation), true, None) => Diagnostic::error(
            Code::Fault,
            format!("a fault of mlnote: the terms of A and B agree, their design matrices do not ({relation:?})"),
        )
        .help("please report the two models")
        .into(),
        (Some(relation), false, None) => Ok((relation, None)),
        (None, false, None) => {
            let message = "the covariances span one space; whether the same values are allowed could not be told";
            notes.push(Diagnostic::note(Code::NotIdentified, message));
            Ok((Relation::Neither, None))
        }
    }
}

/// The differences that make a difference: where the means agree as a whole, other fixed effects do not matter.
fn telling(comparison: &Comparison, columns: Option<&Columns>) -> Vec<Difference> {
    let matters = |d: &&Difference| match (d.aspect, columns) {
        (_, None) | (Aspect::Response | Aspect::Family, _) => true,
        (Aspect::Fixed | Aspect::Offset, Some(c)) => c.mean != Relation::Equal,
        (_, Some(c)) => c.covariance != Some(Relation::Equal),
    };
    let kept: Vec<Difference> = comparison.differences.iter().filter(matters).cloned().collect();
    if kept.is_empty() { comparison.differences.clone() } else { kept }
}

/// The first difference, and how many more there are.
pub(crate) fn first(differences: &[Difference]) -> String {
    match differences {
        [] => "the covariances of the response differ".to_owned(),
        [only] => only.message.clone(),
        [first, second] => format!("{}; {}", first.message, second.message),
        [first, rest @ ..] => format!("{} (and {} more differences)", first.message, rest.len()),
    }
}

/// What each side has that the other says in other terms.
fn own_terms(differences: &[Difference]) -> String {
    let list = |side: Side| -> String {
        let mut found: Vec<String> = vec![];
        for difference in differences.iter().filter(|d| d.more.is_none_or(|more| more == side)) {
            let terms: Vec<String> = difference.terms[side.at()].iter().map(ToString::to_string).collect();
            let group = difference.groups[side.at()].as_ref().map_or(String::new(), ToString::to_string);
            match difference.aspect {
                Aspect::Fixed if difference.terms[side.at()].iter().all(Term::is_intercept) => {
                    found.push("an intercept".to_owned());
                }
                Aspect::Fixed => found.extend(terms),
                Aspect::Offset => found.extend(terms.iter().map(|t| format!("the offset {t}"))),
                Aspect::Effect | Aspect::Group => found.extend(terms.iter().map(|t| format!("({t} | {group})"))),
                Aspect::Covariance => found.push(format!("covariances of {group}")),
                Aspect::Response | Aspect::Family => {}
            }
        }
        let more = found.len().saturating_sub(3);
        found.truncate(3);
        let shown = found.join(", ");
        if more > 0 { format!("{shown} and {more} more") } else { shown }
    };
    match (list(Side::A).as_str(), list(Side::B).as_str()) {
        ("", "") => first(differences),
        (a, "") => format!("A has {a} besides what B has"),
        ("", b) => format!("B has {b} besides what A has"),
        (a, b) => format!("A has {a} where B has {b}"),
    }
}

fn renamed(comparison: &Comparison) -> String {
    let changed: Vec<String> = comparison
        .letters
        .iter()
        .filter(|p| p.is_renamed())
        .filter_map(|p| match &p.names {
            [Some(a), Some(b)] => Some(format!("{a} is {b}")),
            _ => None,
        })
        .collect();
    match &changed[..] {
        [] if !comparison.unrenamed => "the same model: the groups are the same by other names".to_owned(),
        [] => "the same model".to_owned(),
        [one] => format!("the same model by other names: {one}"),
        [one, two] => format!("the same model by other names: {one}, {two}"),
        [one, two, rest @ ..] => format!("the same model by other names: {one}, {two} and {} more", rest.len()),
    }
}

/// The columns of both sides, each once, in order.
pub(crate) fn covariates(readings: [&Reading; 2]) -> Vec<String> {
    let mut seen: Vec<String> = vec![];
    for expr in readings.into_iter().flat_map(|r| r.model.covariates()) {
        if let RExpr::Name(name) = expr
            && !seen.contains(name)
        {
            seen.push(name.clone());
        }
    }
    seen
}
