//! What tells two models apart, in words.

use crate::model::{Covariance, Grouping, Model, Term};
use std::collections::{BTreeMap, BTreeSet};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

impl Side {
    /// A, B.
    pub const BOTH: [Self; 2] = [Self::A, Self::B];

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        if self == Self::A { Self::B } else { Self::A }
    }

    /// 0 or 1.
    pub fn at(self) -> usize {
        usize::from(self == Self::B)
    }
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Self::A { "A" } else { "B" })
    }
}

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// The left side.
    Response,
    /// Family or link.
    Family,
    /// A fixed effect that one side has.
    Fixed,
    /// An offset that one side has.
    Offset,
    /// A grouping factor that one side has.
    Group,
    /// A random effect that one side has.
    Effect,
    /// A covariance that one side has.
    Covariance,
}

impl Aspect {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Family => "family",
            Self::Fixed => "fixed-effect",
            Self::Offset => "offset",
            Self::Group => "grouping-factor",
            Self::Effect => "random-effect",
            Self::Covariance => "covariance",
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about.
    pub aspect: Aspect,
    /// The side that has something the other lacks; `None` when each has something of its own.
    pub more: Option<Side>,
    /// The terms that it is about, for each side that has them there: the moved slope is of R in A, of Z in B.
    pub terms: [Vec<Term>; 2],
    /// The grouping factor of each side, by its common name.
    pub groups: [Option<Grouping>; 2],
    /// In words, without a full stop.
    pub message: String,
}

type Pairs = BTreeSet<(Term, Term)>;

/// The random part of one grouping factor: each effect with how often it stands, and the pairs that covary.
#[derive(Default, PartialEq)]
struct Part {
    effects: BTreeMap<Term, usize>,
    pairs: Pairs,
    /// Terms with a covariance structure that is neither free nor diagonal.
    structures: BTreeSet<(Vec<Term>, &'static str)>,
}

fn parts(model: &Model) -> BTreeMap<&Grouping, Part> {
    let mut parts: BTreeMap<&Grouping, Part> = BTreeMap::new();
    for term in model.random() {
        let part = parts.entry(&term.group).or_default();
        for effect in &term.terms {
            *part.effects.entry(effect.clone()).or_default() += 1;
        }
        if term.covariance.is_structured() {
            let mut terms = term.terms.clone();
            terms.sort();
            part.structures.insert((terms, term.covariance.word()));
        }
        if term.covariance == Covariance::Unstructured {
            for (at, first) in term.terms.iter().enumerate() {
                for second in &term.terms[..at] {
                    let (low, high) = if first <= second { (first, second) } else { (second, first) };
                    part.pairs.insert((low.clone(), high.clone()));
                }
            }
        }
    }
    parts
}

/// The random effect in words: `the random intercept of id`, `the random slope of R of id`.
pub(super) fn effect(term: &Term, group: &Grouping) -> String {
    if term.is_intercept() {
        format!("the random intercept of {group}")
    } else {
        format!("the random slope of {term} (by {group})")
    }
}

fn and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn short(term: &Term) -> String {
    if term.is_intercept() { "the intercept".into() } else { format!("the slope of {term}") }
}

fn one(aspect: Aspect, more: Side, term: Option<Term>, group: Option<&Grouping>, message: String) -> Difference {
    let mut terms = [vec![], vec![]];
    terms[more.at()].extend(term);
    Difference { aspect, more: Some(more), terms, groups: [group.cloned(), group.cloned()], message }
}

/// The differences of two models under common names, in the order response, family, fixed effects, offsets, grouping
/// factors, random effects, covariances.
pub fn differences(a: &Model, b: &Model) -> Vec<Difference> {
    let mut found = vec![];
    let mut note = |aspect, message| {
        found.push(Difference { aspect, more: None, terms: [vec![], vec![]], groups: [None, None], message });
    };
    if a.response() != b.response() {
        note(Aspect::Response, format!("the response of A is {}, that of B is {}", a.response(), b.response()));
    }
    if (a.family(), a.link()) != (b.family(), b.link()) {
        let say = |m: &Model| format!("{} with {} link", m.family(), m.link());
        note(Aspect::Family, format!("A is {}, B is {}", say(a), say(b)));
    }
    let models = [a, b];
    for side in Side::BOTH {
        let (own, other) = (models[side.at()], models[side.other().at()]);
        for term in own.fixed().iter().filter(|t| !other.fixed().contains(t)) {
            let what = if term.is_intercept() { "fixed intercept".into() } else { format!("fixed effect of {term}") };
            let message = format!("{} has no {what}", side.other());
            found.push(one(Aspect::Fixed, side, Some(term.clone()), None, message));
        }
        for offset in own.offsets().iter().filter(|o| !other.offsets().contains(o)) {
            let message = format!("{} has no offset {offset}", side.other());
            let term = Term::new([offset.clone()]);
            found.push(one(Aspect::Offset, side, Some(term), None, message));
        }
    }
    random(a, b, &mut found);
    found
}

fn random(a: &Model, b: &Model, found: &mut Vec<Difference>) {
    let [left, right] = [parts(a), parts(b)];
    let only = |these: &BTreeMap<&Grouping, Part>, those: &BTreeMap<&Grouping, Part>| -> Vec<Grouping> {
        these.keys().filter(|g| !those.contains_key(*g)).map(|g| (*g).clone()).collect()
    };
    let alone = [only(&left, &right), only(&right, &left)];
    let list = |part: Option<&Part>| part.map_or(vec![], |p| p.effects.keys().cloned().collect());
    match (&alone[0][..], &alone[1][..]) {
        ([x], [y]) => {
            found.push(Difference {
                aspect: Aspect::Group,
                more: None,
                terms: [list(left.get(x)), list(right.get(y))],
                groups: [Some(x.clone()), Some(y.clone())],
                message: format!("A groups by {x}, B by {y}"),
            });
            // What else differs is told as if the two were one factor.
            part(x, left.get(x), right.get(y), found);
        }
        _ => {
            for side in Side::BOTH {
                for group in &alone[side.at()] {
                    let own = if side == Side::A { &left } else { &right };
                    let effects: Vec<String> = list(own.get(group)).iter().map(short).collect();
                    let message = format!("{side} lets {} vary by {group}, {} does not", and(&effects), side.other());
                    let mut difference = one(Aspect::Group, side, None, Some(group), message);
                    difference.terms[side.at()] = list(own.get(group));
                    found.push(difference);
                }
            }
        }
    }
    for (group, own) in &left {
        if let Some(other) = right.get(group) {
            part(group, Some(own), Some(other), found);
        }
    }
}

/// The differences within one grouping factor.
fn part(group: &Grouping, a: Option<&Part>, b: Option<&Part>, found: &mut Vec<Difference>) {
    let (Some(a), Some(b)) = (a, b) else { return };
    let extra = |own: &Part, other: &Part| -> Vec<Term> {
        own.effects
            .iter()
            .filter(|(t, n)| **n > other.effects.get(t).copied().unwrap_or(0))
            .map(|(t, _)| t.clone())
            .collect()
    };
    let only = [extra(a, b), extra(b, a)];
    if let ([x], [y]) = (&only[0][..], &only[1][..]) {
        let say = |t: &Term| if t.is_intercept() { "the intercept".into() } else { t.to_string() };
        found.push(Difference {
            aspect: Aspect::Effect,
            more: None,
            terms: [vec![x.clone()], vec![y.clone()]],
            groups: [Some(group.clone()), Some(group.clone())],
            message: format!("a random effect of {group} belongs to {} in A, to {} in B", say(x), say(y)),
        });
    } else {
        for side in Side::BOTH {
            for term in &only[side.at()] {
                let twice = if side == Side::A { b } else { a }.effects.contains_key(term);
                let often = if twice { " twice" } else { " only" };
                let message = format!("{} is in {side}{often}", effect(term, group));
                found.push(one(Aspect::Effect, side, Some(term.clone()), Some(group), message));
            }
        }
    }
    if a.structures != b.structures {
        let say = |p: &Part| p.structures.iter().next().map_or("unstructured or diagonal", |(_, word)| *word);
        found.push(Difference {
            aspect: Aspect::Covariance,
            more: None,
            terms: [a, b].map(|p| p.effects.keys().cloned().collect()),
            groups: [Some(group.clone()), Some(group.clone())],
            message: format!("the covariance of the random effects of {group} is {} in A, {} in B", say(a), say(b)),
        });
        return;
    }
    for side in Side::BOTH {
        let (own, other) = if side == Side::A { (a, b) } else { (b, a) };
        let known = |t: &Term| other.effects.contains_key(t);
        let pairs: Vec<&(Term, Term)> =
            own.pairs.difference(&other.pairs).filter(|(x, y)| known(x) && known(y)).collect();
        if pairs.is_empty() {
            continue;
        }
        let mut terms: Vec<Term> = pairs.iter().flat_map(|(x, y)| [x.clone(), y.clone()]).collect();
        terms.sort();
        terms.dedup();
        let effects: Vec<String> = terms.iter().map(short).collect();
        let all = own.effects.len() == terms.len();
        let what = if all {
            format!("the random effects of {group}")
        } else {
            format!("{} among the random effects of {group}", and(&effects))
        };
        let message = format!("{side} correlates {what}, {} does not", side.other());
        let mut difference = one(Aspect::Covariance, side, None, Some(group), message);
        difference.terms = [terms.clone(), terms];
        found.push(difference);
    }
}
