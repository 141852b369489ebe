//! Coefficients that are divided by data, `\beta / s_{ij}`: each multiplies what is one over the data.

use crate::syntax::{Expr, Kind, Statement, Symbol, System};

/// Says such terms of sums as products.
pub(super) fn multiply(system: &mut System) {
    for statement in &mut system.statements {
        let Statement::Equation { rights, .. } = statement else { continue };
        for right in rights {
            match &mut right.kind {
                Kind::Sum(terms) => terms.iter_mut().for_each(term),
                _ => term(right),
            }
        }
    }
}

fn term(expr: &mut Expr) {
    let Kind::Quotient(top, bottom) = &expr.kind else { return };
    let is_coefficient = |s: &Symbol| s.indices.is_empty() && s.name.accents.is_empty() && s.name.greek().is_some();
    let is_data = |s: &&Symbol| !s.indices.is_empty() && s.name.base.is_ascii();
    let factors: Vec<Expr> = top.factors().to_vec();
    let coefficients = factors.iter().filter_map(Expr::symbol).filter(|s| is_coefficient(s)).count();
    let below = bottom.symbols();
    if coefficients != 1 || below.is_empty() || !below.iter().all(is_data) {
        return;
    }
    let (coefficient, others): (Vec<Expr>, Vec<Expr>) =
        factors.into_iter().partition(|factor| factor.symbol().is_some_and(is_coefficient));
    let above = if others.is_empty() { Expr::number(1) } else { Expr::product(others) };
    let quotient = Expr::new(Kind::Quotient(Box::new(above), bottom.clone()), expr.span);
    expr.kind = Kind::Product(coefficient.into_iter().chain([quotient]).collect());
}
