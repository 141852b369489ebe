//! Columns that a script makes before its model: what each is made of, in R's words.

use super::lmer::parse_expression;
use crate::error::{Code, Diagnostic, Notes, Span};
use crate::model::{RExpr, Term};
use std::collections::BTreeMap;

/// The columns that are made, by name.
#[derive(Default)]
pub(super) struct Columns {
    made: BTreeMap<String, Made>,
    /// Whether `x` and `X` are one name.
    folds_case: bool,
    used: Vec<(String, Span)>,
}

struct Made {
    factors: Vec<RExpr>,
}

/// The most covariates that definitions may be made of, one within the other.
const MAX_NAMES: usize = 1000;

impl Columns {
    /// No columns yet.
    pub(super) fn new(folds_case: bool) -> Self {
        Self { folds_case, ..Self::default() }
    }

    fn key(&self, name: &str) -> String {
        if self.folds_case { name.to_lowercase() } else { name.to_owned() }
    }

    /// Takes note of `name = value`, arithmetic of this language; what R could not calculate stays a column of the data.
    pub(super) fn define(&mut self, name: &str, value: &str, functions: &[(&str, &str)]) {
        let meant = parse_expression(value).ok().and_then(|expr| self.meant(&expr, functions));
        let key = self.key(name);
        match meant {
            // A column made of itself is another one from there on, and has no other name.
            Some(expr) if expr.names().iter().any(|other| self.key(other) == key) => drop(self.made.remove(&key)),
            Some(expr) if expr.names().len() <= MAX_NAMES && !expr.names().is_empty() => {
                drop(self.made.insert(key, Made { factors: factors(&expr) }));
            }
            _ => drop(self.made.remove(&key)),
        }
    }

    /// Another name of a column: text as numbers.
    pub(super) fn alias(&mut self, name: &str, of: &str) {
        let key = self.key(name);
        self.made.insert(key, Made { factors: vec![RExpr::name(of)] });
    }

    /// The covariates whose product a column is: itself, when it was not made here.
    pub(super) fn factors(&mut self, name: &str, span: Span) -> Vec<RExpr> {
        match self.made.get(&self.key(name)) {
            Some(made) => {
                if !self.used.iter().any(|(other, _)| other == name) {
                    self.used.push((name.to_owned(), span));
                }
                made.factors.clone()
            }
            None => vec![RExpr::name(name)],
        }
    }

    /// The column as one expression.
    pub(super) fn one(&mut self, name: &str, span: Span) -> RExpr {
        let mut factors = self.factors(name, span);
        match factors.len() {
            1 => factors.remove(0),
            _ => factors.into_iter().reduce(|a, b| RExpr::call("*", [a, b])).map_or(RExpr::Null, wrapped),
        }
    }

    /// One note about the made columns that the model has.
    pub(super) fn note(&self, notes: &mut Notes) {
        for (name, span) in &self.used {
            if let Some(made) = self.made.get(&self.key(name)) {
                let whole = Term::new(made.factors.iter().cloned());
                let message = format!("`{name}` is read as what it is made of, `{whole}`");
                notes.push(Diagnostic::note(Code::Renamed, message).at(*span, "made above"));
            }
        }
    }

    /// The expression in R's words, made columns replaced; `None` for what is no arithmetic of numbers.
    fn meant(&self, expr: &RExpr, functions: &[(&str, &str)]) -> Option<RExpr> {
        Some(match expr {
            RExpr::Name(name) => match self.made.get(&self.key(name)) {
                Some(made) => {
                    let bare = made.factors.iter().map(bare);
                    let product = bare.reduce(|a, b| RExpr::call("*", [a, b]))?;
                    if is_operation(&product) { RExpr::call("(", [product]) } else { product }
                }
                None => expr.clone(),
            },
            RExpr::Number(_) | RExpr::Text(_) => expr.clone(),
            RExpr::Call(head, arguments) if arguments.iter().all(|(name, _)| name.is_none()) => {
                let own = match (head.as_str(), arguments.len()) {
                    ("+" | "-", 1 | 2) | ("*" | "/" | "^", 2) | ("(", 1) => head.clone(),
                    ("==" | "!=" | "<" | ">" | "<=" | ">=", 2) => head.clone(),
                    (_, 1) => {
                        let own = head.to_lowercase();
                        functions.iter().find(|(name, _)| *name == own)?.1.to_owned()
                    }
                    _ => return None,
                };
                let arguments: Option<Vec<RExpr>> = arguments.iter().map(|(_, a)| self.meant(a, functions)).collect();
                RExpr::call(own, arguments?)
            }
            _ => return None,
        })
    }
}

/// Whether it is an operator with its operands.
fn is_operation(expr: &RExpr) -> bool {
    matches!(expr, RExpr::Call(head, _) if !head.starts_with(char::is_alphabetic) && head != "(")
}

/// As it stands in a formula: an operation is `I(…)`.
fn wrapped(expr: RExpr) -> RExpr {
    if is_operation(&expr) { RExpr::call("I", [expr]) } else { expr }
}

/// What `I()` holds.
fn bare(expr: &RExpr) -> RExpr {
    match expr {
        RExpr::Call(head, arguments) if head == "I" && arguments.len() == 1 => arguments[0].1.clone(),
        other => other.clone(),
    }
}

/// The covariates of a product, each once; one covariate for all else.
fn factors(expr: &RExpr) -> Vec<RExpr> {
    fn gather(expr: &RExpr, all: &mut Vec<RExpr>) {
        match expr {
            RExpr::Call(head, arguments) if head == "*" && arguments.len() == 2 => {
                arguments.iter().for_each(|(_, a)| gather(a, all));
            }
            RExpr::Call(head, arguments) if head == "(" && arguments.len() == 1 => gather(&arguments[0].1, all),
            other => all.push(wrapped(other.clone())),
        }
    }
    let mut all = vec![];
    gather(expr, &mut all);
    let is_number = |e: &RExpr| e.names().is_empty();
    let twice = |at: usize, e: &RExpr| all[..at].contains(e);
    if all.iter().any(is_number) || all.iter().enumerate().any(|(at, e)| twice(at, e)) {
        return vec![wrapped(expr.clone())];
    }
    all
}

/// A product as a term: a number that stands in it several times is a power, as `c.x#c.x` is x².
pub(super) fn product(factors: &[(RExpr, bool)]) -> Term {
    let mut powers: Vec<(RExpr, bool, usize)> = vec![];
    for (factor, categorical) in factors {
        match powers.iter_mut().find(|(other, ..)| other == factor) {
            Some((_, _, power)) => *power += 1,
            None => powers.push((factor.clone(), *categorical, 1)),
        }
    }
    Term::new(powers.into_iter().map(|(factor, categorical, power)| {
        if categorical || power == 1 {
            return factor;
        }
        let base = bare(&factor);
        let base = if is_operation(&base) { RExpr::call("(", [base]) } else { base };
        RExpr::call("I", [RExpr::call("^", [base, RExpr::Number(power.to_string())])])
    }))
}
