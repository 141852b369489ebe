//! The design of equations as written: each unknown is switched on alone and the right sides are evaluated, symbol by
//! symbol, on data. Nothing is substituted, multiplied out or simplified, so that this way knows nothing of `algebra`.

use super::data::{Column, MISSING};
use super::evaluate::Source;
use super::functions::unary;
use crate::algebra::{self, Reading};
use crate::error::{Code, Diagnostic, Result};
use crate::model::RExpr;
use crate::syntax::{self, Accent, EffectLaw, Expr, Key, Kind, Name, Role, Roles, Symbol};
use std::collections::{BTreeMap, BTreeSet};

/// The columns of a system of equations.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// What each fixed effect multiplies; one with indices has a column for each of their values.
    pub fixed: Vec<(Key, Vec<f64>)>,
    /// What each random effect multiplies; its key carries the letters of its groups.
    pub effects: Vec<(Key, Vec<f64>)>,
    /// What stands without an unknown.
    pub offset: Vec<f64>,
    /// Pairs of `effects` whose covariance is a free parameter.
    pub covary: Vec<(usize, usize)>,
    /// What the laws leave open.
    pub unstated: Unstated,
    /// Constraints that no random-effects term has: one variance for two effects, a single covariance left out.
    pub constraints: Vec<String>,
}

/// Groups, by their index letters, of which it is not said whether their random effects covary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unstated {
    /// No law at all: the usual reading is that they covary.
    pub silent: Vec<BTreeSet<String>>,
    /// A law for each effect: the usual reading is that they are independent.
    pub separate: Vec<BTreeSet<String>>,
}

/// What the laws of a reading leave open; nothing for a formula.
pub(super) fn unstated(reading: &Reading) -> Unstated {
    let Some(roles) = reading.system.as_ref().and_then(|s| syntax::roles(s, &mut vec![]).ok()) else {
        return Unstated::default();
    };
    let effects = roles.roles.iter().filter(|(_, role)| **role == Role::Random).map(|(key, _)| (key.clone(), vec![]));
    let mut written = Written { effects: effects.collect(), ..Written::default() };
    covariances(&roles, &mut written);
    written.unstated
}

/// Evaluates the equations as written, on the rows of a table.
///
/// # Errors
/// `MissingColumn`, `NotNumeric` of the table; `OutOfScope` for a function without a value here; `NotLinear` when the
/// unknowns do not enter linearly.
pub fn design_as_written(roles: &Roles, source: &Source<'_>) -> Result<Written> {
    let evaluator = Evaluator { roles, source, rows: source.table.rows() };
    let offset = evaluator.with(None)?;
    let mut written = Written { offset: offset.clone(), ..Written::default() };
    for (key, role) in &roles.roles {
        if matches!(role, Role::Coefficient | Role::Covariate) {
            continue;
        }
        let column: Vec<f64> = evaluator.with(Some((key, 1.0)))?.iter().zip(&offset).map(|(v, o)| v - o).collect();
        let twice = evaluator.with(Some((key, 2.0)))?;
        if twice.iter().zip(&offset).zip(&column).any(|((t, o), c)| (t - o - 2.0 * c).abs() > 1e-9 * (1.0 + c.abs())) {
            return Diagnostic::error(Code::NotLinear, format!("the model is not linear in {key}")).into();
        }
        match role {
            Role::Fixed => written.fixed.extend(evaluator.cells(key, column)?.into_iter().map(|c| (key.clone(), c))),
            Role::Random => written.effects.push((key.clone(), column)),
            _ if column.iter().any(|v| (v - 1.0).abs() > 1e-9) => {
                return Diagnostic::error(Code::OutOfScope, format!("{key} is multiplied by a covariate")).into();
            }
            _ => {}
        }
    }
    covariances(roles, &mut written);
    Ok(written)
}

struct Evaluator<'a> {
    roles: &'a Roles,
    source: &'a Source<'a>,
    rows: usize,
}

/// One unknown and its value; all others are zero.
type On<'a> = Option<(&'a Key, f64)>;

impl Evaluator<'_> {
    fn with(&self, on: On<'_>) -> Result<Vec<f64>> {
        self.value(&self.roles.equation, on, 0)
    }

    /// A column for each value of the indices of a fixed effect, `α_j`: what it multiplies on the rows of that value.
    fn cells(&self, key: &Key, column: Vec<f64>) -> Result<Vec<Vec<f64>>> {
        if key.indices.is_empty() {
            return Ok(vec![column]);
        }
        let ids = key.indices.iter().map(|letter| self.source.table.id(letter)).collect::<Result<Vec<_>>>()?;
        let mut found: BTreeMap<Vec<u32>, Vec<f64>> = BTreeMap::new();
        for (row, value) in column.into_iter().enumerate() {
            let cell = ids.iter().map(|id| id.codes[row]).collect();
            found.entry(cell).or_insert_with(|| vec![0.0; self.rows])[row] = value;
        }
        Ok(found.into_values().collect())
    }

    fn value(&self, expr: &Expr, on: On<'_>, depth: usize) -> Result<Vec<f64>> {
        if depth > 400 {
            return Diagnostic::error(Code::Circular, "the equations go in a circle, or nest too deeply").into();
        }
        let of = |part: &Expr| self.value(part, on, depth + 1);
        let fold = |parts: &[Expr], start: f64, f: fn(f64, f64) -> f64| -> Result<Vec<f64>> {
            parts.iter().try_fold(vec![start; self.rows], |all, part| Ok(zip(&all, &of(part)?, f)))
        };
        match &expr.kind {
            Kind::Sum(parts) => fold(parts, 0.0, |a, b| a + b),
            Kind::Product(parts) => fold(parts, 1.0, |a, b| a * b),
            Kind::Negative(inner) => Ok(of(inner)?.iter().map(|v| -v).collect()),
            Kind::Quotient(a, b) => Ok(zip(&of(a)?, &of(b)?, |a, b| a / b)),
            Kind::Power(a, b) => Ok(zip(&of(a)?, &of(b)?, f64::powf)),
            Kind::Number(text) => match text.parse::<f64>() {
                Ok(value) => Ok(vec![value; self.rows]),
                Err(_) => {
                    Diagnostic::error(Code::OutOfScope, format!("`{text}` has no value")).at(expr.span, "").into()
                }
            },
            Kind::Symbol(symbol) => self.symbol(symbol, on, depth),
            Kind::Call(name, arguments) => match (function(name), &arguments[..]) {
                (Some(f), [only]) => Ok(of(only)?.into_iter().map(f).collect()),
                (None, [only]) if name == "mean" => {
                    let values = of(only)?;
                    let mean = values.iter().sum::<f64>() / values.len() as f64;
                    Ok(vec![mean; values.len()])
                }
                _ => {
                    let message = format!("the function `{name}` has no value here");
                    Diagnostic::error(Code::OutOfScope, message).at(expr.span, "").into()
                }
            },
        }
    }

    fn symbol(&self, symbol: &Symbol, on: On<'_>, depth: usize) -> Result<Vec<f64>> {
        let key = symbol.key();
        match self.roles.roles.get(&key) {
            Some(Role::Coefficient) => match self.roles.definition(&key) {
                Some(definition) => self.value(&definition.right, on, depth + 1),
                None => Diagnostic::error(Code::UndefinedSymbol, format!("{symbol} has no equation"))
                    .at(symbol.span, "")
                    .into(),
            },
            Some(Role::Covariate) => self.covariate(symbol),
            Some(_) => Ok(vec![on.filter(|(k, _)| **k == key).map_or(0.0, |(_, value)| value); self.rows]),
            None => {
                let message = format!("{symbol} is not part of the model");
                Diagnostic::error(Code::UndefinedSymbol, message).at(symbol.span, "").into()
            }
        }
    }

    fn covariate(&self, symbol: &Symbol) -> Result<Vec<f64>> {
        if let Some(truth) = self.category(symbol) {
            return Ok(truth);
        }
        let expr = covariate_of(symbol, self.roles, self.source);
        let value = self.source.evaluate(&expr)?;
        self.source.as_numbers(value, &expr)
    }
}

impl Evaluator<'_> {
    /// Whether each row is in the category that a symbol stands for: one whose factor and category are declared, or a
    /// word with a word in its subscript and no index.
    fn category(&self, symbol: &Symbol) -> Option<Vec<f64>> {
        let Source { table, facts } = self.source;
        let name = &symbol.name;
        let column = algebra::column(name, facts);
        if table.has(&column) || facts.define.contains_key(&column) {
            return None;
        }
        let mut whole = name.clone();
        whole.tag.clear();
        let (factor, category) = match facts.dummy(&name.column()) {
            Some((factor, category)) => (factor.to_owned(), category),
            None if symbol.indices.is_empty() && name.base.chars().count() > 1 && !name.tag.is_empty() => {
                (algebra::column(&whole, facts), name.tag.as_str())
            }
            None => return None,
        };
        let Ok(Column::Text(text)) = table.column(&factor) else { return None };
        let code = text.names.iter().position(|n| n == category).map(|c| c as u32);
        let truth = |c: &u32| if *c == MISSING { f64::NAN } else { f64::from(Some(*c) == code) };
        Some(text.codes.iter().map(truth).collect())
    }
}

/// The column of a covariate. A bar without index is the mean of all rows, of the column without the bar when that is
/// there and varies from row to row, else of the barred column itself when the bar stands with an index too.
fn covariate_of(symbol: &Symbol, roles: &Roles, source: &Source<'_>) -> RExpr {
    let column = |name: &Name| algebra::column(name, source.facts);
    let barred = column(&symbol.name);
    if symbol.indices.is_empty() && symbol.name.accents.last() == Some(&Accent::Bar) {
        let mut plain = symbol.name.clone();
        plain.accents.pop();
        let stands = |name: &Name| roles.roles.keys().any(|k| k.name == *name && !k.indices.is_empty());
        if !stands(&plain) && stands(&symbol.name) {
            return RExpr::call("mean", [RExpr::name(barred)]);
        }
        let of_group = stands(&plain) && !roles.roles.keys().any(|k| k.name == plain && roles.is_full(k));
        let plain = column(&plain);
        if !of_group && source.table.has(&plain) {
            return RExpr::call("mean", [RExpr::name(plain)]);
        }
    }
    RExpr::name(barred)
}

fn zip(a: &[f64], b: &[f64], f: fn(f64, f64) -> f64) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect()
}

fn function(name: &str) -> Option<fn(f64) -> f64> {
    match name.trim_start_matches('\\') {
        "ln" => Some(f64::ln),
        "logit" => Some(|v| (v / (1.0 - v)).ln()),
        name => unary(name),
    }
}

/// Which effects covary, by the laws and moments as stated; effects without any law covary freely.
fn covariances(roles: &Roles, written: &mut Written) {
    let mut by_group: BTreeMap<BTreeSet<String>, Vec<usize>> = BTreeMap::new();
    for (at, (key, _)) in written.effects.iter().enumerate() {
        by_group.entry(roles.closure.cells(&key.indices)).or_default().push(at);
    }
    for (letters, members) in &by_group {
        group(roles, letters, members, written);
    }
    shared_variances(roles, written);
}

fn law_of<'a>(roles: &'a Roles, key: &Key) -> Option<&'a EffectLaw> {
    roles.laws.iter().find(|law| law.keys.contains(key))
}

fn group(roles: &Roles, letters: &BTreeSet<String>, members: &[usize], written: &mut Written) {
    let keys: Vec<Key> = members.iter().map(|at| written.effects[*at].0.clone()).collect();
    let stated = |a: &Key, b: &Key| {
        roles.moments.iter().find(|(keys, _)| keys.len() == 2 && keys.contains(a) && keys.contains(b)).map(|(_, v)| v)
    };
    let any_zero = keys.iter().any(|a| keys.iter().any(|b| a != b && stated(a, b).is_some_and(Expr::is_zero)));
    let (mut silent, mut separate) = (false, false);
    for (i, a) in keys.iter().enumerate() {
        for (j, b) in keys.iter().enumerate().take(i) {
            let (law_a, law_b) = (law_of(roles, a), law_of(roles, b));
            let free = match (stated(a, b), law_a, law_b) {
                (Some(value), _, _) => !value.is_zero(),
                (None, Some(x), Some(y)) if x.span == y.span && x.keys.len() > 1 => x.lets_covary(a, b),
                (None, Some(x), Some(y)) => {
                    separate |= x.keys.len() == 1 && y.keys.len() == 1 && !any_zero;
                    false
                }
                (None, None, None) if !any_zero => {
                    silent = true;
                    true
                }
                _ => false,
            };
            if free {
                written.covary.push((members[j], members[i]));
            }
        }
    }
    written.unstated.silent.extend(silent.then(|| letters.clone()));
    written.unstated.separate.extend(separate.then(|| letters.clone()));
    partial(members, written);
}

/// A block of effects of which some pairs covary and others do not is no random-effects term.
fn partial(members: &[usize], written: &mut Written) {
    let joined = |a: usize, b: usize| {
        written.covary.contains(&(a.min(b), a.max(b))) || written.covary.contains(&(a.max(b), a.min(b)))
    };
    let mut found = vec![];
    for (at, a) in members.iter().enumerate() {
        for b in &members[..at] {
            let through = members.iter().any(|c| c != a && c != b && joined(*a, *c) && joined(*b, *c));
            if through && !joined(*a, *b) {
                let name = |at: usize| written.effects[at].0.to_string();
                found.push(format!("{} and {} have no covariance of their own", name(*b), name(*a)));
            }
        }
    }
    written.constraints.extend(found);
}

/// One symbol as the variance of two effects.
fn shared_variances(roles: &Roles, written: &mut Written) {
    let mut seen: Vec<(&Expr, &Key)> = vec![];
    for law in &roles.laws {
        for (at, key) in law.keys.iter().enumerate() {
            let cell = law.covariance.rows.get(at).and_then(|row| row.get(at)).and_then(Option::as_ref);
            let full = law.covariance.rows.len() == law.keys.len();
            let Some(cell) = cell.filter(|c| full && !c.is_zero()) else { continue };
            if let Kind::Number(value) = &cell.kind {
                written.constraints.push(format!("{key} has the variance {value}"));
                continue;
            }
            if let Some((_, first)) = seen.iter().find(|(other, k)| *other == cell && *k != key) {
                written.constraints.push(format!("{first} and {key} have one variance"));
            }
            seen.push((cell, key));
        }
    }
}
