//! Changes of variables, `\Delta y_{ij} = \beta_0 + \beta_1 \Delta x_{ij} + u_j + \epsilon_{ij}`: a column each, where Δ by
//! itself would be a coefficient, as that of `\Delta T_{ij}` is.

use crate::error::{Code, Diagnostic, Notes};
use crate::syntax::{Expr, Kind, Name, Statement, Symbol, System};

/// Reads `\Delta x_{ij}` as one symbol: on the left, behind a coefficient, and where the response is a change.
pub(super) fn name(system: &mut System, notes: &mut Notes) {
    let mut first: Option<Symbol> = None;
    let of_response = system.lefts().any(|left| change(left).is_some());
    for statement in &mut system.statements {
        if let Statement::Equation { left, .. } = statement
            && let Some(symbol) = change(left)
        {
            first.get_or_insert(symbol.clone());
            *left = symbol.into();
        }
        statement.each_expr(&mut |expr| {
            let Kind::Product(factors) = &mut expr.kind else { return };
            let Some(at) = (1..factors.len()).find(|at| changed(&factors[at - 1], &factors[*at]).is_some()) else {
                return;
            };
            if factors.len() > 2 || of_response {
                let symbol = changed(&factors[at - 1], &factors[at]);
                first = first.take().or_else(|| symbol.clone());
                factors.splice(at - 1..=at, symbol.map(Expr::from));
            }
        });
    }
    if let Some(change) = first {
        let message = format!("Δ is read as the change of a variable: {change} is one column");
        notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(change.span, "or a coefficient?"));
    }
}

/// The change that a product of two says.
fn change(expr: &Expr) -> Option<Symbol> {
    match &expr.kind {
        Kind::Product(factors) if factors.len() == 2 => changed(&factors[0], &factors[1]),
        _ => None,
    }
}

/// The column of Δ before a variable of Latin letters.
fn changed(delta: &Expr, of: &Expr) -> Option<Symbol> {
    let is_delta = delta.symbol().is_some_and(|s| s.name == Name::new("Δ") && s.indices.is_empty());
    let symbol = of.symbol().filter(|s| is_delta && s.name.base.is_ascii() && !s.indices.is_empty())?;
    let name = Name { base: format!("Delta_{}", symbol.name.base), ..symbol.name.clone() };
    Some(Symbol { name, span: delta.span.join(of.span), ..symbol.clone() })
}
