//! Several models in one text: each begins at an equation of a response, and is offered by its number.

use crate::algebra::{Aspect, Reading, differences, lower};
use crate::error::{Code, Diagnostic, Result, Span};
use crate::model::Facts;
use crate::read::chosen::numbered;
use crate::syntax::{Expr, Key, Kind, Law, Name, Statement, Symbol, System};
use std::collections::BTreeSet;

/// A model of a text, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Its number in the text, from 1: what `--model` takes.
    pub number: usize,
    /// The equation of its response.
    pub span: Span,
    /// The line on which that stands, from 1.
    pub line: usize,
    /// That equation on one line, cut off when it is long.
    pub row: String,
}

/// The parts of a system that could be models: one begins at an equation of a response with another name than the one
/// before, with level equations of its own after it, or after a model that has none.
pub(super) fn split(system: &System) -> Vec<System> {
    let used: BTreeSet<Key> = system.used().map(Symbol::key).collect();
    // `β_j` has a law where `β_{s[i]}` is used.
    let of_groups: BTreeSet<&Name> =
        system.used().filter(|s| matches!(&s.indices[..], [index] if !index.of.is_empty())).map(|s| &s.name).collect();
    let is_used = |s: &Symbol| used.contains(&s.key()) || s.indices.len() == 1 && of_groups.contains(&s.name);
    let response = |s: &Statement| left(s).filter(|s| !s.indices.is_empty() && !is_used(s)).cloned();
    let mut parts: Vec<Vec<Statement>> = vec![];
    let mut early: Vec<Statement> = vec![];
    let mut name: Option<Symbol> = None;
    for (at, statement) in system.statements.iter().enumerate() {
        let Some(symbol) = response(statement) else {
            parts.last_mut().unwrap_or(&mut early).push(statement.clone());
            continue;
        };
        let after = system.statements[at + 1..].iter().take_while(|s| response(s).is_none());
        let defined: BTreeSet<Key> = after.filter_map(left).map(Symbol::key).collect();
        let own = statement.rights().iter().flat_map(Expr::symbols).any(|s| defined.contains(&s.key()));
        let same = name.as_ref().is_some_and(|n| n.name == symbol.name);
        let level_wise = parts
            .last()
            .is_some_and(|part| part.iter().filter(|s| matches!(s, Statement::Equation { .. })).count() > 1);
        match parts.last_mut() {
            Some(part) if same && !own && level_wise => part.push(statement.clone()),
            _ => {
                let mut part = std::mem::take(&mut early);
                part.push(statement.clone());
                parts.push(part);
            }
        }
        name = Some(symbol);
    }
    parts.into_iter().map(|statements| system.with_statements(statements)).collect()
}

/// The symbol that a statement says something of: no law of a random effect.
fn left(statement: &Statement) -> Option<&Symbol> {
    match statement {
        Statement::Equation { left, .. } => match &left.kind {
            Kind::Symbol(symbol) => Some(symbol),
            Kind::Call(..) => left.symbols().into_iter().next(),
            _ => None,
        },
        Statement::Distribution { left, law: Law::Normal { mean, .. }, .. }
            if mean.iter().any(|m| !m.symbols().is_empty()) =>
        {
            left.first().and_then(Expr::symbol)
        }
        Statement::Distribution { left, law: Law::Other { .. }, .. } => left.first().and_then(Expr::symbol),
        _ => None,
    }
}

/// The models of a text that is not read as one.
pub(super) struct Parts {
    /// Each model once.
    pub(super) systems: Vec<System>,
    /// Where a model is said again, in another form.
    pub(super) again: Vec<Span>,
}

/// The parts, when a text that is not one model holds several, each of which can be read. Of those that say one model the
/// first is taken that assumes no covariances.
pub(super) fn several(system: &System, facts: &Facts) -> Option<Parts> {
    let parts = split(system);
    // `β_qj = …` is of coefficients that an equation uses by their numbers, and no model.
    let letters: BTreeSet<&str> = system.used().map(|s| s.name.base.as_str()).filter(|base| !base.is_ascii()).collect();
    let is_kin = |part: &System| {
        part.statements.iter().find_map(left).is_some_and(|response| letters.contains(response.name.base.as_str()))
    };
    if parts.len() < 2 || parts.iter().any(is_kin) {
        return None;
    }
    let mut found: Vec<(System, Reading)> = vec![];
    let mut again = vec![];
    for part in parts {
        let reading = lower(part.clone(), facts, vec![]).ok()?;
        let Some(same) = found.iter_mut().find(|(_, other)| says_the_same(other, &reading)) else {
            found.push((part, reading));
            continue;
        };
        let mut repeated = part;
        if assumes_covariance(&same.1) && !assumes_covariance(&reading) {
            std::mem::swap(&mut same.0, &mut repeated);
            same.1 = reading;
        }
        again.push(equation(&repeated));
    }
    Some(Parts { systems: found.into_iter().map(|(system, _)| system).collect(), again })
}

/// Whether two readings are of one model, apart from covariances that one of them does not state.
fn says_the_same(one: &Reading, other: &Reading) -> bool {
    // What takes no time, before what does: texts may hold thousands of models.
    if one.model.response() != other.model.response() {
        return false;
    }
    let assumed = assumes_covariance(one) || assumes_covariance(other);
    differences(&one.model, &other.model).iter().all(|d| assumed && d.aspect == Aspect::Covariance)
}

fn assumes_covariance(reading: &Reading) -> bool {
    reading.notes.iter().any(|note| note.code == Code::AssumedCovariance)
}

/// The equation of a part's response.
fn equation(part: &System) -> Span {
    part.statements.iter().find(|s| left(s).is_some()).map(Statement::span).unwrap_or_default()
}

/// What a list shows of the parts.
pub(super) fn outlines(parts: &[System], text: &str) -> Vec<Outline> {
    let outline = |(at, part): (usize, &System)| {
        let span = equation(part);
        let words: Vec<&str> = text.get(span.start..span.end).unwrap_or_default().split_whitespace().collect();
        let whole = words.join(" ");
        let mut row: String = whole.chars().take(60).collect();
        if row.len() < whole.len() {
            row.push('…');
        }
        let before = text.get(..span.start).unwrap_or_default();
        Outline { number: at + 1, span, line: before.matches('\n').count() + 1, row }
    };
    parts.iter().enumerate().map(outline).collect()
}

/// The refusal of a text with several models, each with its number, line and first row.
pub(super) fn refusal(outlines: &[Outline]) -> Diagnostic {
    let mut error = Diagnostic::error(Code::TwoResponses, format!("the text holds {} models", outlines.len()));
    for outline in outlines {
        error = error.at(outline.span, format!("model {}", outline.number));
    }
    let list: Vec<String> = outlines.iter().map(|o| format!("{} (line {}): {}", o.number, o.line, o.row)).collect();
    error.help(format!("choose one by its number, `--model 2`: {}", list.join("; ")))
}

/// The part with a number.
///
/// # Errors
/// `BadArgument` when there is none.
pub(super) fn choose(system: System, facts: &Facts, number: usize) -> Result<System> {
    numbered(several(&system, facts).map_or_else(|| vec![system], |parts| parts.systems), number)
}
