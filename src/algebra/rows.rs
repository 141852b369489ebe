//! A model as a set of rows, one an unknown; and the ways to match the grouping factors of two readings.

use super::Reading;
use crate::model::{Covariance, Grouping, RExpr, Term};
use crate::syntax::{Expr, Name};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// An unknown by what it does, not by its letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Quantity {
    /// The parameter that multiplies a term.
    Fixed(Term),
    /// The variance (terms equal) or covariance of random effects, terms ascending.
    Covariance(Grouping, Term, Term),
    /// The residual's variance.
    Residual,
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(term) if term.is_intercept() => f.write_str("the fixed intercept"),
            Self::Fixed(term) => write!(f, "the fixed effect of {term}"),
            Self::Covariance(group, low, high) if low == high => write!(f, "the variance of {low} by {group}"),
            Self::Covariance(group, low, high) => write!(f, "the covariance of {low} and {high} by {group}"),
            Self::Residual => f.write_str("the residual variance"),
        }
    }
}

/// The rows of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rows {
    pub(super) response: RExpr,
    pub(super) family: String,
    pub(super) link: String,
    pub(super) fixed: BTreeSet<Term>,
    pub(super) offsets: BTreeSet<RExpr>,
    /// Free variances and covariances.
    pub(super) covariances: BTreeSet<Quantity>,
    /// Those that stand in more than one random-effects term, once more for each.
    repeated: Vec<Quantity>,
    /// Unknowns that one letter makes equal.
    pub(super) equal: BTreeSet<BTreeSet<Quantity>>,
}

impl Rows {
    /// The rows of a reading, its grouping factors under new names.
    pub(super) fn new(reading: &Reading, names: &BTreeMap<String, String>) -> Self {
        let model = &reading.model;
        let group = |group: &Grouping| Grouping::new(group.factors().iter().map(|f| names.get(f).unwrap_or(f).clone()));
        let (mut covariances, mut repeated) = (BTreeSet::new(), vec![]);
        for random in model.random() {
            let free = |at: usize, with: usize| at == with || random.covariance == Covariance::Unstructured;
            for (at, one) in random.terms.iter().enumerate() {
                for (with, other) in random.terms.iter().enumerate().skip(at).filter(|(with, _)| free(at, *with)) {
                    let (low, high) = if at == with || one <= other { (one, other) } else { (other, one) };
                    let quantity = Quantity::Covariance(group(&random.group), low.clone(), high.clone());
                    if !covariances.insert(quantity.clone()) {
                        repeated.push(quantity);
                    }
                }
            }
        }
        repeated.sort();
        Self {
            response: model.response().clone(),
            family: model.family().to_owned(),
            link: model.link().to_owned(),
            fixed: model.fixed().iter().cloned().collect(),
            offsets: model.offsets().iter().cloned().collect(),
            covariances,
            repeated,
            equal: equal(reading, &group),
        }
    }

    /// How many rows only one of the two has.
    pub(super) fn distance(&self, other: &Self) -> usize {
        let random = self.covariances.symmetric_difference(&other.covariances).count();
        let rest = self.equal.symmetric_difference(&other.equal).count();
        random + rest + usize::from(self.repeated != other.repeated)
    }

    /// Whether `other` with some parameters at zero or equal is `self`.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        let same = |rows: &Self| (rows.response.clone(), rows.family.clone(), rows.link.clone(), rows.offsets.clone());
        same(self) == same(other)
            && self.fixed.is_subset(&other.fixed)
            && self.covariances.is_subset(&other.covariances)
            && other.equal.iter().all(|set| self.equal.iter().any(|own| set.is_subset(own)))
            && self.repeated == other.repeated
    }

    /// The factor whose ids tell whether the models agree, and the one around it: `self` has `school:class` where
    /// `other` has `class`, and there is no other difference.
    pub(super) fn nested_ids(&self, other: &Self) -> Option<(String, String)> {
        let mut renamed = self.clone();
        let mut found = None;
        let mut short = |quantity: &Quantity| match quantity {
            Quantity::Covariance(group, low, high) => {
                let factors = group.factors();
                let inner = Grouping::new(factors.iter().rev().take(1).cloned());
                let is_short = factors.len() > 1
                    && other.covariances.iter().any(|q| matches!(q, Quantity::Covariance(g, ..) if *g == inner));
                if let ([.., outer, last], true) = (factors, is_short) {
                    found = Some((last.clone(), outer.clone()));
                    return Quantity::Covariance(inner, low.clone(), high.clone());
                }
                quantity.clone()
            }
            _ => quantity.clone(),
        };
        renamed.covariances = self.covariances.iter().map(&mut short).collect();
        renamed.equal = self.equal.iter().map(|set| set.iter().map(&mut short).collect()).collect();
        found.filter(|_| renamed == *other)
    }
}

/// Sets of unknowns with one letter.
fn equal(reading: &Reading, group: &dyn Fn(&Grouping) -> Grouping) -> BTreeSet<BTreeSet<Quantity>> {
    let lexicon = &reading.lexicon;
    let mut by_name: BTreeMap<&Name, BTreeSet<Quantity>> = BTreeMap::new();
    for (term, name) in lexicon.fixed.iter().filter(|(term, _)| reading.model.fixed().contains(term)) {
        by_name.entry(name).or_default().insert(Quantity::Fixed(term.clone()));
    }
    let mut by_value: Vec<(&Expr, BTreeSet<Quantity>)> = vec![];
    let covariances = lexicon
        .covariances
        .iter()
        .map(|((by, low, high), value)| (value, Quantity::Covariance(group(by), low.clone(), high.clone())));
    for (value, quantity) in covariances.chain(lexicon.variance.iter().map(|value| (value, Quantity::Residual))) {
        match by_value.iter_mut().find(|(known, _)| *known == value) {
            Some((_, set)) => drop(set.insert(quantity)),
            None => by_value.push((value, BTreeSet::from([quantity]))),
        }
    }
    by_name.into_values().chain(by_value.into_iter().map(|(_, set)| set)).filter(|set| set.len() > 1).collect()
}

/// The most factors that are matched by trying; more keep their names.
const MAX_FACTORS: usize = 5;

/// The ways to call the first reading's grouping factors by names of the second, the plainest first. A name that a
/// source gives stays; an index letter that nothing declares may stand for any factor.
pub(super) fn renamings(first: &Reading, second: &Reading) -> Vec<BTreeMap<String, String>> {
    let [a, b] = [first, second].map(|reading| {
        let mut seen: Vec<String> = vec![];
        for factor in reading.model.groupings().into_iter().flat_map(Grouping::factors) {
            if !seen.contains(factor) {
                seen.push(factor.clone());
            }
        }
        seen
    });
    let mut ways = vec![BTreeMap::new()];
    if a.len().max(b.len()) > MAX_FACTORS {
        return ways;
    }
    for from in &a {
        let mut next = vec![];
        for way in &ways {
            let taken: BTreeSet<&String> = BTreeMap::values(way).collect();
            let mut candidates: Vec<&String> = b.iter().filter(|to| !taken.contains(to)).collect();
            candidates.sort_by_key(|to| *to != from);
            let fits = |to: &&&String| *to == &from || is_letter(first, from) || is_letter(second, to);
            for to in candidates.iter().filter(fits) {
                let mut longer = way.clone();
                longer.insert(from.clone(), (*to).clone());
                next.push(longer);
            }
            next.push(way.clone());
        }
        ways = next;
    }
    ways
}

/// Whether a factor's name is only the index letter of equations.
fn is_letter(reading: &Reading, factor: &str) -> bool {
    reading.system.is_some()
        && factor.chars().count() == 1
        && reading.lexicon.letters.get(factor).is_none_or(|l| l == factor)
}
