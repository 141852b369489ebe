//! The places of a system and of a diagnostic in a text that was read in another form of as many bytes.

use crate::error::{Diagnostic, Span};
use crate::syntax::{Expr, Kind, Law, Statement, System};

/// Does something to every place of a system.
pub(super) fn each(system: &mut System, act: &mut dyn FnMut(&mut Span)) {
    for statement in &mut system.statements {
        match statement {
            Statement::Equation { left, rights, span } => {
                act(span);
                of_expr(left, act);
                rights.iter_mut().for_each(|right| of_expr(right, act));
            }
            Statement::Distribution { left, law, span } => {
                act(span);
                left.iter_mut().for_each(|left| of_expr(left, act));
                match law {
                    Law::Normal { mean, covariance } => {
                        act(&mut covariance.span);
                        mean.iter_mut().for_each(|mean| of_expr(mean, act));
                        covariance.rows.iter_mut().flatten().flatten().for_each(|cell| of_expr(cell, act));
                    }
                    Law::Other { arguments, .. } => arguments.iter_mut().for_each(|a| of_expr(a, act)),
                }
            }
            Statement::Moment { symbols, value, span, .. } => {
                act(span);
                symbols.iter_mut().for_each(|symbol| act(&mut symbol.span));
                of_expr(value, act);
            }
        }
    }
    system.groups.iter_mut().for_each(|group| act(&mut group.span));
    system.skipped.iter_mut().for_each(&mut *act);
    let told = system.fixed.iter_mut().chain(&mut system.random).chain(&mut system.coded);
    told.for_each(|symbol| act(&mut symbol.span));
    system.covarying.iter_mut().for_each(|said| act(&mut said.span));
}

fn of_expr(expr: &mut Expr, act: &mut dyn FnMut(&mut Span)) {
    act(&mut expr.span);
    match &mut expr.kind {
        Kind::Sum(parts) | Kind::Product(parts) | Kind::Call(_, parts) => {
            parts.iter_mut().for_each(|part| of_expr(part, act));
        }
        Kind::Negative(part) => of_expr(part, act),
        Kind::Quotient(a, b) | Kind::Power(a, b) => {
            of_expr(a, act);
            of_expr(b, act);
        }
        Kind::Symbol(symbol) => act(&mut symbol.span),
        Kind::Number(_) => {}
    }
}

/// The place in whole characters of a text, the next ones on both sides.
pub(super) fn whole(text: &str, span: &mut Span) {
    let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let ceil = |at: usize| (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    *span = Span::new(floor(span.start), ceil(span.end));
}

/// The places of a diagnostic in whole characters; a replacement of a part of one is none.
pub(super) fn of_diagnostic(text: &str, diagnostic: &mut Diagnostic) {
    diagnostic.labels.iter_mut().for_each(|label| whole(text, &mut label.span));
    let parts = |span: Span| !text.is_char_boundary(span.start) || !text.is_char_boundary(span.end);
    if diagnostic.fix.as_ref().is_some_and(|fix| parts(fix.span)) {
        diagnostic.fix = None;
    }
}
