//! Effects written as a scale times a standard normal symbol, `\bar\alpha + \sigma_\alpha z_j` with `z_j \sim N(0, 1)`,
//! which programs call non-centred: the product is the effect, and the scale its standard deviation.

use crate::syntax::{Expr, Key, Kind, Law, Statement, Symbol, System};

/// Says such products as the effect alone, with the square of the scale as its variance.
pub(super) fn undo(system: &mut System) {
    let standard: Vec<(usize, Symbol)> = system.statements.iter().enumerate().filter_map(standard_normal).collect();
    for (at, effect) in standard {
        let Some(key) = used_as(system, &effect) else { continue };
        let Some(scale) = scale_of(system, &key) else { continue };
        for statement in &mut system.statements {
            statement.each_expr(&mut |expr| divide(expr, &key, &scale.key()));
        }
        if let Statement::Distribution { law: Law::Normal { covariance, .. }, .. } = &mut system.statements[at] {
            let variance = Kind::Power(Box::new(scale.into()), Box::new(Expr::number(2)));
            covariance.rows = vec![vec![Some(Expr::new(variance, covariance.span))]];
        }
    }
}

/// The symbol of `z_j \sim N(0, 1)`, and which statement that is.
fn standard_normal((at, statement): (usize, &Statement)) -> Option<(usize, Symbol)> {
    let Statement::Distribution { left, law: Law::Normal { mean, covariance }, .. } = statement else { return None };
    let is_one = |cell: &Expr| matches!(&cell.kind, Kind::Number(text) if text.parse() == Ok(1.0));
    let cells: Vec<&Expr> = covariance.rows.iter().flatten().flatten().collect();
    let standard = mean.iter().all(Expr::is_zero) && matches!(cells[..], [one] if is_one(one));
    match &left[..] {
        [only] if standard => only.symbol().map(|s| (at, s.clone())),
        _ => None,
    }
}

/// The effect as the equations have it: its law may leave out the index.
fn used_as(system: &System, effect: &Symbol) -> Option<Key> {
    if !effect.indices.is_empty() {
        return Some(effect.key());
    }
    let mut used = system.statements.iter().flat_map(Statement::rights).flat_map(Expr::symbols);
    used.find(|s| s.name == effect.name && !s.indices.is_empty()).map(Symbol::key)
}

/// The scale that every use of an effect is multiplied by.
fn scale_of(system: &System, effect: &Key) -> Option<Symbol> {
    let rights = || system.statements.iter().flat_map(Statement::rights);
    let mut products = vec![];
    rights().for_each(|right| products_with(right, effect, &mut products));
    let uses = rights().flat_map(Expr::symbols).filter(|s| s.is(effect)).count();
    let first = products.first()?.iter().filter_map(Expr::symbol).find(|s| is_scale(system, s))?;
    let everywhere = products.iter().all(|parts| parts.iter().filter_map(Expr::symbol).any(|s| s.same(first)));
    (uses == products.len() && everywhere).then(|| first.clone())
}

/// The products that have the effect for a factor.
fn products_with<'e>(expr: &'e Expr, effect: &Key, found: &mut Vec<&'e [Expr]>) {
    if let Kind::Product(parts) = &expr.kind
        && parts.iter().filter_map(Expr::symbol).any(|s| s.is(effect))
    {
        found.push(parts);
    }
    expr.children().into_iter().for_each(|child| products_with(child, effect, found));
}

/// Whether a symbol is a standard deviation: by its letter, or by a law above zero.
fn is_scale(system: &System, symbol: &Symbol) -> bool {
    const POSITIVE: [&str; 8] = ["exp", "half", "gamma", "invgamma", "inversegamma", "cauchy", "lognormal", "uniform"];
    let above_zero = |statement: &Statement| match statement {
        Statement::Distribution { left, law: Law::Other { name, .. }, .. } => {
            let name = name.to_lowercase().replace(['-', ' ', '_'], "");
            left.iter().filter_map(Expr::symbol).any(|s| s.same(symbol))
                && POSITIVE.iter().any(|start| name.starts_with(start))
        }
        _ => false,
    };
    symbol.indices.is_empty()
        && (["σ", "τ"].contains(&symbol.name.base.as_str()) || system.statements.iter().any(above_zero))
}

/// Takes the scale out of a product that has the effect for a factor.
fn divide(expr: &mut Expr, effect: &Key, scale: &Key) {
    if let Kind::Product(parts) = &mut expr.kind
        && parts.iter().filter_map(Expr::symbol).any(|s| s.is(effect))
        && let Some(at) = parts.iter().position(|part| part.symbol().is_some_and(|s| s.is(scale)))
    {
        parts.remove(at);
        if let [only] = &parts[..] {
            expr.kind = only.kind.clone();
        }
    }
}
