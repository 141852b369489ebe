//! Dots in a vector or list before a law: `\gamma_1, \dots, \gamma_7`, `u_{0j} \\ \vdots \\ u_{5j}`.

use super::expressions::Builder;
use super::grammar::{Pair, Rule};
use super::matrices;
use super::symbols;
use crate::error::{Code, Diagnostic, Result, Span};
use crate::syntax::{Expr, Matrix, Name, Symbol};

/// The most members that dots stand for.
const MAX_MEMBERS: u32 = 100;

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
}

/// Whether an expression is nothing but dots.
fn is_dots(expression: &Pair<'_>) -> bool {
    let factor = symbols::only(expression.clone()).and_then(symbols::only);
    factor.and_then(symbols::only).is_some_and(|primary| primary.as_rule() == Rule::dots)
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

/// The symbols between two that differ in their number only. Of numbers of two digits, such as those of `γ_{01}` and
/// `γ_{21}`, each digit counts something.
fn between(first: &Symbol, last: &Symbol) -> Option<Vec<Symbol>> {
    let same = Name { tag: String::new(), ..first.name.clone() } == Name { tag: String::new(), ..last.name.clone() };
    let (from, to) = (&first.name.tag, &last.name.tag);
    let number = |tag: &str| tag.parse::<u32>().ok().filter(|_| tag.chars().all(|c| c.is_ascii_digit()));
    let (low, high) = (number(from)?, number(to)?);
    let one_row = from.len() < 2 || (from.len() == to.len() && from[..from.len() - 1] == to[..to.len() - 1]);
    if !same || first.key().indices != last.key().indices || low >= high || high - low > MAX_MEMBERS || !one_row {
        return None;
    }
    let width = if from.len() == to.len() { from.len() } else { 0 };
    let numbered = |n: u32| {
        let mut symbol = first.clone();
        symbol.name.tag = format!("{n:0width$}");
        symbol
    };
    Some((low + 1..high).map(numbered).collect())
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
