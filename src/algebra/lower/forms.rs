//! Several right sides for one response must be one model: the lines of a chain, the level-wise and the combined form.

use super::translate::Translation;
use crate::algebra::check_chain;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::Facts;
use crate::syntax::{Expr, Kind, Roles, Symbol, System};

/// Whether a symbol is a factor of a product in an expression.
fn is_multiplied(expr: &Expr, symbol: &Symbol) -> bool {
    let factor = |part: &Expr| part.symbol().is_some_and(|s| s.same(symbol));
    match &expr.kind {
        Kind::Product(parts) if parts.iter().any(factor) => true,
        _ => expr.children().into_iter().any(|child| is_multiplied(child, symbol)),
    }
}

/// The symbol of a group that says that a line and the model are alternatives, of which neither is a step to the other:
/// `y_i = α_j[i] + β x_i` beside `y_i = α + β_j[i] x_i`. Each has an index where the other has none.
fn alternative<'l>(strangers: &'l [Symbol], line: &Expr, roles: &Roles) -> Option<&'l Symbol> {
    let bare = |all: &[&Symbol], s: &Symbol| all.iter().any(|own| own.name == s.name && own.indices.is_empty());
    let (own, model) = (line.symbols(), roles.equation.symbols());
    let of_group = |s: &&Symbol| !s.indices.is_empty() && !roles.is_full(&s.key()) && bare(&model, s);
    let stranger = strangers.iter().find(of_group)?;
    model.iter().any(|s| !s.indices.is_empty() && bare(&own, s)).then_some(stranger)
}

pub(super) fn agree(
    roles: &Roles,
    system: &System,
    translation: &Translation,
    facts: &Facts,
    notes: &mut Notes,
) -> Result<()> {
    if roles.rights.len() < 2 {
        return Ok(());
    }
    let statement =
        |span: Span| system.statements.iter().position(|s| s.span().start <= span.start && span.end <= s.span().end);
    for (line, right) in check_chain(roles, translation, facts)?.iter().zip(&roles.rights) {
        if let Some(mut broken) = line.diagnostic() {
            if line.before.is_some_and(|before| statement(before) != statement(line.span)) {
                broken.code = Code::FormsDisagree;
                let rest = broken.message.split_once(": ").map_or("", |(_, rest)| rest);
                broken.message = format!("two forms of one model are given, and they disagree: {rest}");
            }
            return broken.into();
        }
        let is_covariate = |s: &&Symbol| roles.is_full(&s.key()) && is_multiplied(right, s);
        if let Some(stranger) = line.strangers.iter().find(is_covariate) {
            let message = format!("{stranger} is a covariate of this line and stands in no other");
            return Diagnostic::error(Code::ChainBroken, message)
                .at(stranger.span, "here")
                .at(line.span, "in this line")
                .help("write one symbol for it in every line")
                .into();
        }
        if let Some(stranger) = alternative(&line.strangers, right, roles)
            && statement(line.span) != statement(roles.equation.span)
        {
            let message =
                format!("the text has two models of {}: {stranger} stands in one alone", roles.response.symbol);
            return Diagnostic::error(Code::TwoResponses, message)
                .at(stranger.span, "in this model alone")
                .help("give one model at a time; a symbol of both needs its equation or its law")
                .into();
        }
        match &line.strangers[..] {
            [] => {}
            [composite] if roles.is_full(&composite.key()) => {
                let message = format!("{composite} is taken as the total random error of the other line");
                notes.push(Diagnostic::note(Code::CompositeError, message).at(composite.span, ""));
            }
            [first, ..] => {
                let message = format!("a line with {first}, which the model does not define, was not compared");
                notes.push(Diagnostic::note(Code::Skipped, message).at(line.span, ""));
            }
        }
    }
    Ok(())
}
