//! Where a difference stands in the two texts.

use super::Comparison;
use super::difference::{Aspect, Difference, Side};
use super::regroup::rename_group;
use crate::algebra::Reading;
use crate::error::Span;
use crate::model::{Grouping, Term};
use crate::syntax::{Name, Statement, System};

/// A place in one text and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where.
    pub span: Span,
    /// What, in a few words.
    pub text: String,
}

/// The place of a difference in each text, where one can be shown.
pub fn places(
    difference: &Difference,
    readings: [&Reading; 2],
    texts: [&str; 2],
    comparison: &Comparison,
) -> [Option<Place>; 2] {
    [Side::A, Side::B].map(|side| {
        let at = side.at();
        let reading = readings[at];
        let group = difference.groups[at].as_ref().map(|common| {
            let own = reading.model.groupings().into_iter();
            own.into_iter().find(|g| rename_group(g, &comparison.names[at]) == *common).unwrap_or(common).clone()
        });
        let finder = Finder { reading, text: texts[at], group };
        let has = difference.more.is_none_or(|more| more == side);
        let terms = &difference.terms[at];
        let (span, text) = if has {
            (finder.of(difference.aspect, terms), "here".to_owned())
        } else {
            let missing = &difference.terms[side.other().at()];
            (finder.absent(difference.aspect, missing), absence(difference.aspect).to_owned())
        };
        span.map(|span| Place { span, text })
    })
}

fn absence(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Fixed | Aspect::Offset => "not in this equation",
        Aspect::Covariance => "no covariance",
        Aspect::Group => "nothing varies by it here",
        _ => "no such random effect",
    }
}

struct Finder<'a> {
    reading: &'a Reading,
    text: &'a str,
    group: Option<Grouping>,
}

impl Finder<'_> {
    /// Where the terms stand.
    fn of(&self, aspect: Aspect, terms: &[Term]) -> Option<Span> {
        match &self.reading.system {
            Some(system) => self.in_equations(system, aspect, terms),
            None => self.in_formula(aspect, terms),
        }
    }

    /// Where the terms would stand.
    fn absent(&self, aspect: Aspect, terms: &[Term]) -> Option<Span> {
        let Some(system) = &self.reading.system else {
            let bars = self.bars();
            return match aspect {
                Aspect::Effect | Aspect::Covariance => join(&bars),
                Aspect::Group => join(&self.all_bars()),
                _ => self.right_side(),
            };
        };
        let lexicon = &self.reading.lexicon;
        if aspect == Aspect::Covariance {
            return self.in_equations(system, aspect, terms);
        }
        let coefficient = self
            .group
            .as_ref()
            .zip(terms.first())
            .and_then(|(group, term)| lexicon.coefficients.get(&(group.clone(), term.clone())));
        let equation = coefficient.and_then(|name| equation_of(system, name));
        equation
            .or_else(|| system.statements.iter().find(|s| matches!(s, Statement::Equation { .. })).map(|s| s.span()))
    }

    fn in_equations(&self, system: &System, aspect: Aspect, terms: &[Term]) -> Option<Span> {
        let lexicon = &self.reading.lexicon;
        let effect = |term: &Term| lexicon.effects.get(&(self.group.clone()?, term.clone()));
        match aspect {
            Aspect::Fixed => terms.iter().find_map(|t| occurrence(system, lexicon.fixed.get(t)?)),
            Aspect::Effect | Aspect::Group => terms.iter().find_map(|t| occurrence(system, effect(t)?)),
            Aspect::Covariance => {
                let names: Vec<&Name> = terms.iter().filter_map(effect).collect();
                let stated = system.statements.iter().filter(|s| match s {
                    Statement::Distribution { left, .. } => {
                        left.iter().flat_map(|l| l.symbols()).any(|s| names.contains(&&s.name))
                    }
                    Statement::Moment { symbols, .. } => symbols.iter().any(|s| names.contains(&&s.name)),
                    Statement::Equation { .. } => false,
                });
                let spans: Vec<Span> = stated.map(Statement::span).collect();
                join(&spans).or_else(|| names.iter().find_map(|name| occurrence(system, name)))
            }
            Aspect::Offset => None,
            Aspect::Response | Aspect::Family => {
                let name = lexicon.covariates.get(self.reading.model.response())?;
                system.statements.iter().find_map(|s| match s {
                    Statement::Equation { left, .. } => {
                        left.symbols().iter().any(|s| s.name == *name).then_some(left.span)
                    }
                    _ => None,
                })
            }
        }
    }

    fn in_formula(&self, aspect: Aspect, terms: &[Term]) -> Option<Span> {
        match aspect {
            Aspect::Response | Aspect::Family => {
                let (left, _) = self.text.split_once('~')?;
                Some(Span::new(left.len() - left.trim_start().len(), left.trim_end().len()))
            }
            Aspect::Fixed | Aspect::Offset => {
                let words: Vec<String> = terms.iter().flat_map(Term::factors).map(ToString::to_string).collect();
                let bars = self.all_bars();
                let outside = |at: &usize| bars.iter().all(|b| *at < b.start || *at >= b.end);
                let start = self.text.find('~')?;
                let spans: Vec<Span> =
                    words.iter().filter_map(|w| word(self.text, w, start).find(|s| outside(&s.start))).collect();
                join(&spans).or_else(|| self.right_side())
            }
            Aspect::Effect | Aspect::Covariance | Aspect::Group => {
                let bars = self.bars();
                let bar = |w: &str| bars.iter().find_map(|b| word(self.text, w, b.start).find(|s| s.end <= b.end));
                let slope = terms.iter().filter(|t| !t.is_intercept()).flat_map(Term::factors);
                let found =
                    if aspect == Aspect::Effect { slope.map(ToString::to_string).find_map(|w| bar(&w)) } else { None };
                found.or_else(|| join(&bars))
            }
        }
    }

    fn right_side(&self) -> Option<Span> {
        let start = self.text.find('~')?;
        let end = self.text.trim_end().len();
        Some(Span::new(start + 1 + self.text[start + 1..].len() - self.text[start + 1..].trim_start().len(), end))
    }

    /// Every `( … | … )` of the formula.
    fn all_bars(&self) -> Vec<Span> {
        let mut open = vec![];
        let mut found = vec![];
        for (at, c) in self.text.char_indices() {
            match c {
                '(' => open.push(at),
                ')' => {
                    let Some(start) = open.pop() else { continue };
                    let inside = &self.text[start..at];
                    if inside.contains('|') && !found.iter().any(|s: &Span| s.start > start) {
                        found.push(Span::new(start, at + 1));
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// The random-effects terms of the grouping factor.
    fn bars(&self) -> Vec<Span> {
        let all = self.all_bars();
        let Some(group) = &self.group else { return all };
        let of = |span: &&Span| {
            let inside = &self.text[span.start..span.end];
            let right = inside.rsplit('|').next().unwrap_or(inside);
            group.factors().iter().all(|f| word(right, f, 0).next().is_some())
        };
        let own: Vec<Span> = all.iter().filter(of).copied().collect();
        if own.is_empty() { all } else { own }
    }
}

fn join(spans: &[Span]) -> Option<Span> {
    spans.iter().copied().reduce(Span::join)
}

/// Where the right sides use a symbol first.
fn occurrence(system: &System, name: &Name) -> Option<Span> {
    system.statements.iter().find_map(|statement| match statement {
        Statement::Equation { rights, .. } => {
            rights.iter().flat_map(|r| r.symbols()).find(|s| s.name == *name).map(|s| s.span)
        }
        // A coefficient whose law gives its mean: the deviation is not written.
        Statement::Distribution { left, .. } => {
            left.iter().flat_map(|l| l.symbols()).find(|s| s.name == *name).map(|s| s.span)
        }
        Statement::Moment { .. } => None,
    })
}

/// The statement that gives a coefficient.
fn equation_of(system: &System, name: &Name) -> Option<Span> {
    system.statements.iter().find_map(|statement| match statement {
        Statement::Equation { left, span, .. } => left.symbol().is_some_and(|s| s.name == *name).then_some(*span),
        _ => None,
    })
}

/// The places from `start` at which a name stands as a word of its own.
fn word<'a>(text: &'a str, name: &'a str, start: usize) -> impl Iterator<Item = Span> + 'a {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    text.get(start..).unwrap_or("").match_indices(name).filter_map(move |(at, _)| {
        let (from, to) = (start + at, start + at + name.len());
        let before = text[..from].chars().next_back().is_some_and(part);
        let after = text[to..].chars().next().is_some_and(part);
        (!before && !after && !name.is_empty()).then(|| Span::new(from, to))
    })
}
