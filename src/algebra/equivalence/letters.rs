//! Which letter of one side is which of the other.

use super::regroup::rename_group;
use crate::algebra::{Lexicon, Reading};
use crate::model::{Grouping, RExpr, Term};
use crate::syntax::{Expr, Index, Kind, Name, Symbol};
use std::collections::BTreeMap;

/// One thing, and what each side calls it. A side without letters (a formula) calls it by its term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What it is: `fixed effect`, `random effect`, `variance`, ….
    pub part: &'static str,
    /// Of what: a term, a grouping factor.
    pub of: String,
    /// A's name and B's name; `None` when a side has no name for it.
    pub names: [Option<String>; 2],
    /// Whether a side has no letters and calls it by its term.
    pub by_term: bool,
}

impl Pair {
    /// Whether both sides have a letter for it, and not the same one.
    pub fn is_renamed(&self) -> bool {
        !self.by_term && self.is_told()
    }

    /// Whether both sides name it, by different names.
    pub fn is_told(&self) -> bool {
        matches!(&self.names, [Some(a), Some(b)] if a != b)
    }
}

struct Letters<'a> {
    reading: &'a Reading,
    names: &'a BTreeMap<String, String>,
}

impl<'a> Letters<'a> {
    fn lexicon(&self) -> &'a Lexicon {
        &self.reading.lexicon
    }

    fn group(&self, group: &Grouping) -> Grouping {
        rename_group(group, self.names)
    }

    /// The symbol with the index letters of its groups.
    fn symbol(&self, name: &Name, group: &Grouping) -> String {
        let letters = group.factors().iter().map(|f| self.lexicon().letters.get(f).unwrap_or(f));
        let mut indices: Vec<String> = letters.cloned().collect();
        let place = |l: &String| self.lexicon().order.iter().position(|o| o == l).unwrap_or(usize::MAX);
        indices.sort_by_key(place);
        Symbol::new(name.clone(), indices.into_iter().map(Index::new).collect()).to_string()
    }

    fn has_letters(&self) -> bool {
        self.reading.system.is_some() || !self.lexicon().fixed.is_empty() || !self.lexicon().effects.is_empty()
    }
}

/// Gathers pairs by what they stand for, in order.
#[derive(Default)]
struct Gathered(Vec<(&'static str, String, [Option<String>; 2])>);

impl Gathered {
    fn add(&mut self, part: &'static str, of: String, side: usize, name: String) {
        let at = self.0.iter().position(|(p, o, _)| *p == part && *o == of).unwrap_or_else(|| {
            self.0.push((part, of, [None, None]));
            self.0.len() - 1
        });
        self.0[at].2[side].get_or_insert(name);
    }
}

/// Every letter of both sides.
pub(super) fn pairs(readings: [&Reading; 2], names: &[BTreeMap<String, String>; 2]) -> Vec<Pair> {
    let sides = [0, 1].map(|at| Letters { reading: readings[at], names: &names[at] });
    let mut out = Gathered::default();
    for (side, letters) in sides.iter().enumerate() {
        for (own, common) in letters.names {
            out.add("grouping factor", common.clone(), side, own.clone());
        }
    }
    for (side, letters) in sides.iter().enumerate() {
        let lexicon = letters.lexicon();
        let alike = |term: &Term| if term.is_intercept() { "intercept".to_owned() } else { term.to_string() };
        let key = |term: &Term| Term::new(sorted(term)).to_string();
        for term in letters.reading.model.fixed() {
            let name = match lexicon.fixed.get(term) {
                Some(name) => name.to_string(),
                None if letters.has_letters() => continue,
                // the order of a product's factors is no name
                None => key(term),
            };
            out.add("fixed effect", if term.is_intercept() { alike(term) } else { key(term) }, side, name);
        }
        for random in letters.reading.model.random() {
            let group = letters.group(&random.group);
            for term in &random.terms {
                let of = format!("{} | {group}", Term::new(sorted(term)));
                match lexicon.effects.get(&(random.group.clone(), term.clone())) {
                    Some(name) => out.add("random effect", of, side, letters.symbol(name, &random.group)),
                    None if letters.has_letters() => {}
                    None => out.add("random effect", of, side, format!("({term} | {})", random.group)),
                }
            }
        }
        for ((group, low, high), value) in &lexicon.covariances {
            let group = letters.group(group);
            let (part, of) = if low == high {
                ("variance", format!("{} | {group}", Term::new(sorted(low))))
            } else {
                ("covariance", format!("{}, {} | {group}", Term::new(sorted(low)), Term::new(sorted(high))))
            };
            out.add(part, of, side, plain(value));
        }
        if let Some(name) = &lexicon.residual {
            out.add("residual", String::new(), side, name.to_string());
        }
        if let Some(value) = &lexicon.variance {
            out.add("residual variance", String::new(), side, plain(value));
        }
        for ((group, term), name) in &lexicon.coefficients {
            let of = format!("{} | {}", Term::new(sorted(term)), letters.group(group));
            out.add("coefficient", of, side, letters.symbol(name, group));
        }
        for (column, name) in &lexicon.covariates {
            let part = if column == letters.reading.model.response() { "response" } else { "covariate" };
            out.add(part, column.to_string(), side, name.to_string());
        }
    }
    let formula = sides.iter().any(|s| !s.has_letters());
    let pair = |(part, of, names)| Pair { by_term: formula && part != "grouping factor", part, of, names };
    out.0.into_iter().map(pair).collect()
}

/// The covariates of a term in one order, so that `R:Z` and `Z:R` have one label.
fn sorted(term: &Term) -> Vec<RExpr> {
    let mut factors = term.factors().to_vec();
    factors.sort();
    factors
}

/// A variance or covariance as plain text: `σ_0²`, `ρ σ_0 σ_1`.
fn plain(expr: &Expr) -> String {
    let list = |parts: &[Expr], between: &str| parts.iter().map(plain).collect::<Vec<_>>().join(between);
    match &expr.kind {
        Kind::Symbol(symbol) => symbol.to_string(),
        Kind::Number(text) => text.clone(),
        Kind::Sum(parts) => format!("({})", list(parts, " + ")),
        Kind::Product(parts) => list(parts, " "),
        Kind::Negative(inner) => format!("-{}", plain(inner)),
        Kind::Quotient(a, b) => format!("{}/{}", plain(a), plain(b)),
        Kind::Power(base, power) => match &power.kind {
            Kind::Number(two) if two == "2" => format!("{}²", plain(base)),
            _ => format!("{}^{}", plain(base), plain(power)),
        },
        Kind::Call(name, arguments) => format!("{name}({})", list(arguments, ", ")),
    }
}
