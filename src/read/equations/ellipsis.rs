//! Dots between two numbers: in a vector or list before a law, `\gamma_1, \dots, \gamma_7`, `u_{0j} \\ \vdots \\ u_{5j}`,
//! and in a sum, `\beta_1 x_{1ij} + \dots + \beta_5 x_{5ij}`.

use super::expressions::Builder;
use super::grammar::{Pair, Rule};
use super::matrices;
use super::symbols;
use crate::error::{Code, Diagnostic, Result, Span};
use crate::syntax::{Expr, Kind, Matrix, Name, Symbol};

/// The most members that dots stand for.
const MAX_MEMBERS: u32 = 100;

/// The most steps from the term before the dots of a sum to the one behind.
const MAX_STEPS: u32 = 50;

/// A member of a list: an expression, or dots.
#[derive(Clone, Debug)]
enum Member {
    Of(Expr),
    Dots(Span),
}

impl Builder<'_> {
    /// What stands before a law, a vector as its cells, and whether some of it is dots.
    ///
    /// # Errors
    /// `OutOfScope` for dots that say nothing; those of the expressions.
    pub(super) fn before_law(&mut self, sides: &[Pair<'_>]) -> Result<(Vec<Expr>, bool)> {
        let mut members = vec![];
        for side in sides {
            let cells = match matrices::rows(side) {
                Some(rows) => rows.into_iter().flatten().collect(),
                None => vec![Some(side.clone())],
            };
            for cell in cells {
                match cell {
                    Some(cell) if !is_dots(&cell) => members.push(Member::Of(self.expression(&cell)?)),
                    Some(cell) => members.push(Member::Dots(self.span(&cell))),
                    // A blank cell, or `\vdots` by itself.
                    None if side.as_str().contains("dots") => members.push(Member::Dots(self.span(side))),
                    None => {}
                }
            }
        }
        let dotted = members.iter().any(|member| matches!(member, Member::Dots(_)));
        Ok((fill(&members)?, dotted))
    }

    /// The terms that dots in a sum stand for, before `next`, which may be taken away, or at its end; none, with a note, where the text leaves out
    /// what it does not name.
    ///
    /// # Errors
    /// `OutOfScope` where terms are meant that the dots do not tell.
    pub(super) fn at_dots(&mut self, before: &[Expr], next: Option<(&Expr, bool)>, dots: Span) -> Result<Vec<Expr>> {
        if are_left_out(before, next.map(|(next, _)| next)) {
            let message = "the text leaves terms out here: the model has those that it writes";
            self.notes.push(Diagnostic::note(Code::Skipped, message).at(dots, "skipped").help("write every term"));
            return Ok(vec![]);
        }
        match next {
            Some((next, false)) => terms(before, next, dots),
            _ => unknown_terms(dots),
        }
    }
}

/// Whether an expression is nothing but dots.
fn is_dots(expression: &Pair<'_>) -> bool {
    symbols::only(expression.clone()).is_some_and(|term| is_dots_term(&term))
}

/// Whether a term is nothing but dots.
pub(super) fn is_dots_term(term: &Pair<'_>) -> bool {
    let primary = symbols::only(term.clone()).and_then(symbols::only);
    primary.is_some_and(|primary| primary.as_rule() == Rule::dots)
}

/// The left sides with what dots stand for between two numbers. Of symbols without an index, whose law is a prior or that
/// of numbered effects, dots that say no numbers are left out.
///
/// # Errors
/// `OutOfScope` for dots between indexed symbols that are not numbered in a row.
fn fill(members: &[Member]) -> Result<Vec<Expr>> {
    let bare = members.iter().all(|member| match member {
        Member::Of(expr) => expr.symbols().iter().all(|s| s.indices.is_empty()),
        Member::Dots(_) => true,
    });
    let mut filled: Vec<Expr> = vec![];
    for (at, member) in members.iter().enumerate() {
        match member {
            Member::Of(expr) => filled.push(expr.clone()),
            Member::Dots(dots) => {
                let next = members.get(at + 1).and_then(|next| match next {
                    Member::Of(expr) => expr.symbol(),
                    Member::Dots(_) => None,
                });
                let before = filled.last().and_then(Expr::symbol);
                match before.zip(next).and_then(|(first, last)| between(first, last)) {
                    Some(symbols) => filled.extend(symbols.into_iter().map(Expr::from)),
                    None if bare => {}
                    None => return unnumbered(*dots),
                }
            }
        }
    }
    Ok(filled)
}

/// The symbols between two that differ in their number only.
fn between(first: &Symbol, last: &Symbol) -> Option<Vec<Symbol>> {
    let steps = steps(first, last).filter(|steps| (1..=MAX_MEMBERS).contains(steps))?;
    Some((1..steps).map(|by| moved(first, by)).collect())
}

/// How far the number of one symbol is from that of another that differs in nothing else. Of numbers of two digits, such
/// as those of `γ_{01}` and `γ_{21}`, each digit counts something.
fn steps(first: &Symbol, last: &Symbol) -> Option<u32> {
    let ((name, from), (other, to)) = (numbered(&first.name)?, numbered(&last.name)?);
    let one_row = from.len() < 2 || (from.len() == to.len() && from[..from.len() - 1] == to[..to.len() - 1]);
    if name != other || first.key().indices != last.key().indices || !one_row {
        return None;
    }
    to.parse::<u32>().ok()?.checked_sub(from.parse().ok()?)
}

/// A name without its number, and the number: behind its label, or, as plain text has it, behind its letters, `b1`.
fn numbered(name: &Name) -> Option<(Name, &str)> {
    let own = if name.tag.is_empty() { &name.base } else { &name.tag };
    let stem = own.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = Some(&own[stem.len()..]).filter(|number| !number.is_empty() && number.len() < 8)?;
    let mut rest = name.clone();
    match name.tag.is_empty() {
        true if stem.is_empty() => return None,
        true => rest.base = format!("{stem}#"),
        false if stem.is_empty() => rest.tag.clear(),
        false => return None,
    }
    Some((rest, number))
}

/// The symbol whose number is so much greater.
fn moved(symbol: &Symbol, by: u32) -> Symbol {
    let mut symbol = symbol.clone();
    let Some((_, number)) = numbered(&symbol.name) else { return symbol };
    let next = format!("{:0width$}", number.parse::<u32>().unwrap_or(0) + by, width = number.len());
    let Name { base, tag, .. } = &symbol.name;
    match tag.is_empty() {
        true => symbol.name.base = format!("{}{next}", base.trim_end_matches(|c: char| c.is_ascii_digit())),
        false => symbol.name.tag = next,
    }
    symbol
}

/// The terms that dots stand for between the last of those before and another: every number moves by one from each to
/// the next, as it does between the two before the dots.
///
/// # Errors
/// `OutOfScope` where the two terms differ in more than their numbers.
fn terms(before: &[Expr], last: &Expr, dots: Span) -> Result<Vec<Expr>> {
    let steps = before.last().and_then(|first| {
        let by_one = match before {
            [.., previous, _] => moves(previous, first).is_none_or(|moves| moves.iter().all(|by| *by == Some(1))),
            _ => true,
        };
        let moves = moves(first, last)?;
        let steps = (*moves.first()?).filter(|steps| (1..=MAX_STEPS).contains(steps))?;
        (by_one && moves.iter().all(|by| *by == Some(steps))).then_some((first, steps))
    });
    match steps {
        Some((first, steps)) => Ok((1..steps).map(|by| term(first, by)).collect()),
        None => unknown_terms(dots),
    }
}

/// Whether dots in a sum only say that it has terms more: no numbered covariate stands before them, whose row would go on,
/// and behind them nothing or another kind of term, with an index, `\beta_1 x_{ij} + \dots + u_j`.
fn are_left_out(before: &[Expr], next: Option<&Expr>) -> bool {
    let last: Vec<&Symbol> = before.last().map(Expr::symbols).unwrap_or_default();
    let is_row = last.iter().skip(1).next_back().is_some_and(|symbol| numbered(&symbol.name).is_some());
    let is_other = |next: &Expr| {
        let kin = |s: &&Symbol| last.first().is_some_and(|first| first.name.base == s.name.base);
        let alone = next.symbol().is_some();
        next.symbols().iter().any(|s| !s.indices.is_empty()) && (alone || !next.symbols().iter().any(kin))
    };
    before.len() > 1 && !is_row && next.is_none_or(is_other)
}

/// The refusal of a sum or product whose dots say nothing.
pub(super) fn unknown_terms<T>(dots: Span) -> Result<T> {
    Diagnostic::error(Code::OutOfScope, "a sum or product with dots cannot be read")
        .at(dots, "these dots")
        .help("write every term")
        .into()
}

/// How far each number of a term is from that of another, where the two differ in nothing else.
fn moves(first: &Expr, last: &Expr) -> Option<Vec<Option<u32>>> {
    let all = |first: &[Expr], last: &[Expr]| -> Option<Vec<Option<u32>>> {
        let parts = first.iter().zip(last).filter(|_| first.len() == last.len());
        let found: Option<Vec<_>> = parts.map(|(first, last)| moves(first, last)).collect();
        found.map(|found| found.concat()).filter(|_| first.len() == last.len())
    };
    match (&first.kind, &last.kind) {
        (Kind::Symbol(first), Kind::Symbol(last)) => match (numbered(&first.name), numbered(&last.name)) {
            (Some((name, _)), Some((other, _))) if name == other => Some(vec![steps(first, last)]),
            _ => (first == last).then(Vec::new),
        },
        (Kind::Number(first), Kind::Number(last)) => (first == last).then(Vec::new),
        (Kind::Product(first), Kind::Product(last)) => all(first, last),
        (Kind::Call(name, first), Kind::Call(other, last)) if name == other => all(first, last),
        (Kind::Power(first, by), Kind::Power(last, other)) if by == other => moves(first, last),
        _ => None,
    }
}

/// The term whose numbers are so much greater.
fn term(first: &Expr, by: u32) -> Expr {
    let mut term = first.clone();
    term.each_symbol(&mut |symbol| *symbol = moved(symbol, by));
    term
}

/// A covariance matrix that is written with dots, for the members that they stand for: without covariances, a matrix of
/// variances only; with covariances, any matrix.
pub(super) fn covariance(matrix: Matrix, members: usize) -> Matrix {
    if matrix.rows.len() < 2 || matrix.rows.len() == members {
        return matrix;
    }
    let rows = if matrix.is_diagonal() { vec![vec![None; members]; members] } else { vec![] };
    Matrix { rows, span: matrix.span }
}

fn unnumbered<T>(dots: Span) -> Result<T> {
    Diagnostic::error(Code::OutOfScope, "it cannot be told what these dots stand for")
        .at(dots, "between two numbers, as in u_0, …, u_3, they would be clear")
        .help("write every effect")
        .into()
}
