//! Are two readings one model up to the letters? A model that is linear in its unknowns is a set of rows, one an unknown:
//! a fixed effect is the term it multiplies, a (co)variance the grouping factor and the two terms. Two models are the same
//! up to renaming exactly when these sets are equal; an index letter that nothing declares is a
//! letter too.

use super::rows::{Quantity, Rows, renamings};
use super::{Lexicon, Reading};
use crate::error::Span;
use crate::model::{Grouping, Term};
use crate::syntax::{Law, Name, Statement, Symbol, System};
use std::collections::BTreeMap;

/// How two models stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The same terms, the same letters.
    Same,
    /// The same terms, other letters.
    Renamed,
    /// Other terms, or another covariance structure.
    Different,
    /// The same when something holds that nobody said.
    NeedsInfo,
}

/// Which model is a special case of which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nested {
    /// The first is the second with some parameters at zero or equal.
    FirstInSecond,
    /// The second is the first with some parameters at zero or equal.
    SecondInFirst,
}

/// One difference: what, and where it stands in each source when it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// In a sentence without full stop.
    pub words: String,
    /// The place in the first source.
    pub first: Option<Span>,
    /// The place in the second source.
    pub second: Option<Span>,
}

/// What comparing two readings found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// How they stand to each other.
    pub relation: Relation,
    /// The letters that differ, first to second; only between models that agree.
    pub renaming: Vec<(Name, Name)>,
    /// The grouping factors that go by another name, first to second.
    pub groups: Vec<(String, String)>,
    /// Every difference, the most important first.
    pub differences: Vec<Difference>,
    /// Which is a special case of which, when they differ.
    pub nested: Option<Nested>,
    /// What to say when something is missing.
    pub help: Option<String>,
}

/// The letters that name the same thing in both readings, equal ones included, each pair once. Grouping factors are
/// matched as [`compare`] matches them.
pub fn mapping(first: &Reading, second: &Reading) -> Vec<(Name, Name)> {
    letters(first, second, &best(first, second).0)
}

/// Compares two readings term by term.
pub fn compare(first: &Reading, second: &Reading) -> Comparison {
    let (names, a, b) = best(first, second);
    let differences = differences(&Sides { first, second, names: &names }, &a, &b);
    let groups = names.iter().filter(|(from, to)| from != to).map(|(f, t)| (f.clone(), t.clone())).collect();
    let mut comparison =
        Comparison { relation: Relation::Same, renaming: vec![], groups, differences, nested: None, help: None };
    if a == b {
        comparison.renaming = letters(first, second, &names).into_iter().filter(|(x, y)| x != y).collect();
        if !comparison.renaming.is_empty() || !comparison.groups.is_empty() {
            comparison.relation = Relation::Renamed;
        }
        return comparison;
    }
    comparison.relation = Relation::Different;
    comparison.nested = match (a.is_within(&b), b.is_within(&a)) {
        (true, false) => Some(Nested::FirstInSecond),
        (false, true) => Some(Nested::SecondInFirst),
        _ => None,
    };
    if let Some((inner, outer)) = a.nested_ids(&b).or_else(|| b.nested_ids(&a)) {
        comparison.relation = Relation::NeedsInfo;
        comparison.nested = None;
        let words =
            format!("`{outer}:{inner}` and `{inner}` are the same groups only when no {inner} is in two {outer}s");
        comparison.differences.insert(0, Difference { words, first: None, second: None });
        comparison.help = Some(format!("say `--ids {inner}=unique`, or `--ids {inner}=reused`"));
    }
    comparison
}

/// The names of the first reading's grouping factors in the second, with the rows of both under those names: of all
/// ways to match letters, the one that leaves the fewest differences.
fn best(first: &Reading, second: &Reading) -> (BTreeMap<String, String>, Rows, Rows) {
    let b = Rows::new(second, &BTreeMap::new());
    let mut chosen: Option<(usize, BTreeMap<String, String>, Rows)> = None;
    for names in renamings(first, second) {
        let a = Rows::new(first, &names);
        let distance = a.distance(&b);
        if chosen.as_ref().is_none_or(|best| distance < best.0) {
            chosen = Some((distance, names, a));
        }
    }
    match chosen {
        Some((_, names, a)) => (names, a, b),
        None => (BTreeMap::new(), Rows::new(first, &BTreeMap::new()), b),
    }
}

fn renamed(group: &Grouping, names: &BTreeMap<String, String>) -> Grouping {
    Grouping::new(group.factors().iter().map(|f| names.get(f).unwrap_or(f).clone()))
}

fn letters(first: &Reading, second: &Reading, names: &BTreeMap<String, String>) -> Vec<(Name, Name)> {
    let (a, b): (&Lexicon, &Lexicon) = (&first.lexicon, &second.lexicon);
    let mut pairs: Vec<(Name, Name)> = vec![];
    let mut add = |x: Option<&Name>, y: Option<&Name>| {
        if let (Some(x), Some(y)) = (x, y)
            && !pairs.contains(&(x.clone(), y.clone()))
        {
            pairs.push((x.clone(), y.clone()));
        }
    };
    for (covariate, name) in &a.covariates {
        add(Some(name), b.covariates.get(covariate));
    }
    for (term, name) in &a.fixed {
        add(Some(name), b.fixed.get(term));
    }
    for ((group, term), name) in &a.coefficients {
        add(Some(name), b.coefficients.get(&(renamed(group, names), term.clone())));
    }
    for ((group, term), name) in &a.effects {
        add(Some(name), b.effects.get(&(renamed(group, names), term.clone())));
    }
    for ((group, low, high), value) in &a.covariances {
        let other = b.covariances.get(&(renamed(group, names), low.clone(), high.clone()));
        let name = |value: &crate::syntax::Expr| value.symbol().map(|symbol| symbol.name.clone());
        add(name(value).as_ref(), other.and_then(name).as_ref());
    }
    add(a.residual.as_ref(), b.residual.as_ref());
    pairs
}

/// Both readings, and the names of the first one's factors in the second.
struct Sides<'a> {
    first: &'a Reading,
    second: &'a Reading,
    names: &'a BTreeMap<String, String>,
}

impl Sides<'_> {
    /// The letters of a quantity in each reading.
    fn names(&self, quantity: &Quantity) -> [Option<Name>; 2] {
        let old: BTreeMap<&String, &String> = self.names.iter().map(|(from, to)| (to, from)).collect();
        let back = |group: &Grouping| {
            Grouping::new(group.factors().iter().map(|f| old.get(f).map_or_else(|| f.clone(), |from| (*from).clone())))
        };
        let of = |lexicon: &Lexicon, group: &dyn Fn(&Grouping) -> Grouping| match quantity {
            Quantity::Fixed(term) => lexicon.fixed.get(term).cloned(),
            Quantity::Covariance(by, low, high) if low == high => {
                lexicon.effects.get(&(group(by), low.clone())).cloned()
            }
            Quantity::Covariance(..) => None,
            Quantity::Residual => lexicon.residual.clone(),
        };
        [of(&self.first.lexicon, &back), of(&self.second.lexicon, &Grouping::clone)]
    }

    fn difference(&self, words: String, quantity: Option<&Quantity>) -> Difference {
        let [a, b] = quantity.map(|q| self.names(q)).unwrap_or_default();
        let place = |reading: &Reading, name: Option<Name>| place(reading.system.as_ref()?, &name?);
        Difference { words, first: place(self.first, a), second: place(self.second, b) }
    }
}

/// The first place of a name in a system.
fn place(system: &System, name: &Name) -> Option<Span> {
    let symbols = system.statements.iter().flat_map(|statement| -> Vec<&Symbol> {
        match statement {
            Statement::Equation { left, rights, .. } => {
                rights.iter().chain([left]).flat_map(|expr| expr.symbols()).collect()
            }
            Statement::Distribution { left, law, .. } => {
                let inside = match law {
                    Law::Normal { mean, .. } => mean,
                    Law::Other { arguments, .. } => arguments,
                };
                left.iter().chain(inside).flat_map(|expr| expr.symbols()).collect()
            }
            Statement::Moment { symbols, .. } => symbols.iter().collect(),
        }
    });
    symbols.filter(|symbol| symbol.name == *name).map(|symbol| symbol.span).find(|span| *span != Span::default())
}

fn differences(sides: &Sides, a: &Rows, b: &Rows) -> Vec<Difference> {
    let mut found = vec![];
    for (what, x, y) in [
        ("response", a.response.to_string(), b.response.to_string()),
        ("family", a.family.clone(), b.family.clone()),
        ("link", a.link.clone(), b.link.clone()),
    ] {
        if x != y {
            found.push(sides.difference(format!("the {what} is {x} in the first and {y} in the second"), None));
        }
    }
    let names = [("first", "second"), ("second", "first")];
    for ((has, lacks), (one, other)) in names.into_iter().zip([(a, b), (b, a)]) {
        for term in one.fixed.difference(&other.fixed) {
            let words = format!("the {has} has {}, the {lacks} has not", fixed(term));
            found.push(sides.difference(words, Some(&Quantity::Fixed(term.clone()))));
        }
        for offset in one.offsets.difference(&other.offsets) {
            found.push(sides.difference(format!("the {has} has the offset {offset}, the {lacks} has not"), None));
        }
    }
    for ((has, lacks), (one, other)) in names.into_iter().zip([(a, b), (b, a)]) {
        for quantity in one.covariances.difference(&other.covariances) {
            let Quantity::Covariance(group, low, high) = quantity else { continue };
            let variances = [low, high].map(|t| Quantity::Covariance(group.clone(), t.clone(), t.clone()));
            let words = if low == high {
                format!("the {has} has {}, the {lacks} has not", random(low, group))
            } else if variances.iter().all(|v| other.covariances.contains(v)) {
                let [low, high] = [low, high].map(effect);
                format!("{low} and {high} by {group} are correlated in the {has} and independent in the {lacks}")
            } else {
                continue; // told by the missing effect
            };
            found.push(sides.difference(words, Some(if low == high { quantity } else { &variances[1] })));
        }
    }
    for ((has, lacks), (one, other)) in names.into_iter().zip([(a, b), (b, a)]) {
        for equal in one.equal.difference(&other.equal) {
            let all: Vec<String> = equal.iter().map(Quantity::to_string).collect();
            let words = format!("one letter stands for {} in the {has}, not in the {lacks}", all.join(" and "));
            found.push(sides.difference(words, equal.first()));
        }
    }
    if found.is_empty() && a != b {
        found.push(sides.difference("the random effects are split into other random-effects terms".into(), None));
    }
    found
}

fn fixed(term: &Term) -> String {
    if term.is_intercept() { "a fixed intercept".into() } else { format!("the fixed effect of {term}") }
}

fn effect(term: &Term) -> String {
    if term.is_intercept() { "the random intercept".into() } else { format!("the random slope of {term}") }
}

fn random(term: &Term, group: &Grouping) -> String {
    let kind = if term.is_intercept() { "a random intercept".into() } else { format!("a random slope of {term}") };
    format!("{kind} by {group}")
}
