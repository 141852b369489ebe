//! The places of a system and of a diagnostic in a text that was read in another form of as many bytes.

use crate::error::{Diagnostic, Span};
use crate::syntax::{Law, Statement, System};

/// Does something to every place of a system.
pub(in crate::read) fn each(system: &mut System, act: &mut dyn FnMut(&mut Span)) {
    for statement in &mut system.statements {
        match statement {
            Statement::Distribution { law: Law::Normal { covariance, .. }, span, .. } => {
                act(span);
                act(&mut covariance.span);
            }
            Statement::Equation { span, .. }
            | Statement::Distribution { span, .. }
            | Statement::Moment { span, .. } => {
                act(span);
            }
        }
        statement.each_expr(&mut |expr| act(&mut expr.span));
        statement.each_symbol(&mut |symbol| act(&mut symbol.span));
    }
    system.groups.iter_mut().for_each(|group| act(&mut group.span));
    system.skipped.iter_mut().for_each(&mut *act);
    let told = system.fixed.iter_mut().chain(&mut system.random).chain(&mut system.coded);
    told.for_each(|symbol| act(&mut symbol.span));
    system.covarying.iter_mut().for_each(|said| act(&mut said.span));
}

/// The place in whole characters of a text, the next ones on both sides.
pub(in crate::read) fn whole(text: &str, span: &mut Span) {
    let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let ceil = |at: usize| (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    *span = Span::new(floor(span.start), ceil(span.end));
}

/// The places of a diagnostic in whole characters; a replacement of a part of one is none.
pub(in crate::read) fn of_diagnostic(text: &str, diagnostic: &mut Diagnostic) {
    diagnostic.labels.iter_mut().for_each(|label| whole(text, &mut label.span));
    let parts = |span: Span| !text.is_char_boundary(span.start) || !text.is_char_boundary(span.end);
    if diagnostic.fix.as_ref().is_some_and(|fix| parts(fix.span)) {
        diagnostic.fix = None;
    }
}
