//! Effects written as a scale times a standard normal symbol, `\bar\alpha + \sigma_\alpha z_j` with `z_j \sim N(0, 1)`,
//! which programs call non-centred: the product is the effect, and the scale its standard deviation.

use crate::syntax::{Expr, Key, Kind, Law, Matrix, Name, Statement, Symbol, System, names_residual};
use std::collections::{BTreeMap, BTreeSet};

/// A symbol with a standard normal law.
#[derive(Default)]
struct Standard {
    /// The statement that is its law.
    at: usize,
    /// How often it is used, and how often as a factor.
    uses: usize,
    products: usize,
    /// What it is multiplied by in every product so far, in the order of the first.
    scales: Vec<Symbol>,
}

/// Says such products as the effect alone, with the square of the scale as its variance.
pub(super) fn undo(system: &mut System) {
    apart(system);
    without_index(system);
    residual(system);
    let mut found = standard(system);
    if found.is_empty() {
        return;
    }
    for right in system.statements.iter().flat_map(Statement::rights) {
        count(right, &mut found);
    }
    let above_zero: BTreeSet<Key> = system.statements.iter().flat_map(above_zero).map(Symbol::key).collect();
    let is_scale = |s: &&Symbol| ["σ", "τ"].contains(&s.name.base.as_str()) || above_zero.contains(&s.key());
    let scales: BTreeMap<Key, (usize, Symbol)> = found
        .into_iter()
        .filter(|(_, standard)| standard.uses == standard.products)
        .filter_map(|(key, standard)| Some((key, (standard.at, standard.scales.iter().find(is_scale)?.clone()))))
        .collect();
    for statement in &mut system.statements {
        statement.each_expr(&mut |expr| divide(expr, &scales));
    }
    for (at, scale) in scales.into_values() {
        if let Statement::Distribution { law: Law::Normal { covariance, .. }, .. } = &mut system.statements[at] {
            let variance = Kind::Power(Box::new(scale.into()), Box::new(Expr::number(2)));
            covariance.rows = vec![vec![Some(Expr::new(variance, covariance.span))]];
        }
    }
}

/// Gives each of several symbols its own law, `z_j, w_j ~ N(0, 1)`: one number is the variance of each.
fn apart(system: &mut System) {
    let is_of_each = |law: &Law| {
        let Law::Normal { mean, covariance } = law else { return false };
        let lone = |cell: &Expr| matches!(&cell.kind, Kind::Number(text) if text.parse() == Ok(1.0));
        let cells: Vec<&Expr> = covariance.rows.iter().flatten().flatten().collect();
        matches!((&mean[..], &cells[..]), ([mean], [one]) if mean.is_zero() && lone(one))
    };
    let split = |statement: Statement| match statement {
        Statement::Distribution { left, law, span } if left.len() > 1 && is_of_each(&law) => {
            left.into_iter().map(|side| Statement::Distribution { left: vec![side], law: law.clone(), span }).collect()
        }
        other => vec![other],
    };
    system.statements = std::mem::take(&mut system.statements).into_iter().flat_map(split).collect();
}

/// `+ σ ε_ij`, where no law says that ε is standard normal and nothing else stands alone with its indices.
fn residual(system: &mut System) {
    let lawful: BTreeSet<Key> =
        system.laws().flat_map(Statement::lefts).filter_map(Expr::symbol).map(Symbol::key).collect();
    for statement in &mut system.statements {
        let Statement::Equation { left, rights, .. } = statement else { continue };
        let (Some(response), [Expr { kind: Kind::Sum(terms), .. }]) = (left.symbol(), &mut rights[..]) else {
            continue;
        };
        let full = |s: &Symbol| !s.indices.is_empty() && s.indices == response.indices;
        if terms.iter().filter_map(Expr::symbol).any(full) {
            continue;
        }
        for term in terms {
            let factors = term.factors();
            if let [Some(scale), Some(error)] = [factors.first(), factors.last()].map(|part| part?.symbol())
                && factors.len() == 2
                && scale.indices.is_empty()
                && scale.name.base == "σ"
                && full(error)
                && names_residual(&error.name)
                && !lawful.contains(&error.key())
            {
                *term = error.clone().into();
            }
        }
    }
}

/// `u_1 = \tau_1 z_1` with `z_1 \sim N(0, 1)`, which says no index, is a law of `u_1`.
fn without_index(system: &mut System) {
    let standard: BTreeMap<Key, usize> = (system.statements.iter().enumerate())
        .filter_map(|(at, s)| Some((standard_normal(s)?.key(), at)).filter(|(key, _)| key.indices.is_empty()))
        .collect();
    let mut spent: BTreeSet<usize> = BTreeSet::new();
    for statement in &mut system.statements {
        let Statement::Equation { left, rights, span } = &*statement else { continue };
        let (Some(effect), [Expr { kind: Kind::Product(parts), .. }]) = (left.symbol(), &rights[..]) else { continue };
        let [Some(one), Some(other)] = [parts.first(), parts.last()].map(|part| part?.symbol()) else { continue };
        let told =
            [(one, other), (other, one)].into_iter().find_map(|(z, scale)| Some((*standard.get(&z.key())?, scale)));
        let Some((at, scale)) = told.filter(|(_, scale)| parts.len() == 2 && scale.indices.is_empty()) else {
            continue;
        };
        let variance = Kind::Power(Box::new(scale.clone().into()), Box::new(Expr::number(2)));
        let covariance = Matrix { rows: vec![vec![Some(Expr::new(variance, *span))]], span: *span };
        let law = Law::Normal { mean: vec![Expr::number(0)], covariance };
        *statement = Statement::Distribution { left: vec![effect.clone().into()], law, span: *span };
        spent.insert(at);
    }
    let mut at = 0..;
    system.statements.retain(|_| at.next().is_some_and(|at| !spent.contains(&at)));
}

/// The symbols with a law `z_j \sim N(0, 1)`, as the equations have them: the law may have another index, or none.
fn standard(system: &System) -> BTreeMap<Key, Standard> {
    let laws: Vec<(usize, &Symbol)> =
        system.statements.iter().enumerate().filter_map(|(at, s)| Some((at, standard_normal(s)?))).collect();
    if laws.is_empty() {
        return BTreeMap::new();
    }
    let indexed: BTreeMap<&Name, Key> =
        system.used().filter(|s| !s.indices.is_empty()).map(|s| (&s.name, s.key())).collect();
    let key = |symbol: &Symbol| indexed.get(&symbol.name).cloned();
    laws.into_iter().filter_map(|(at, s)| Some((key(s)?, Standard { at, ..Standard::default() }))).collect()
}

fn standard_normal(statement: &Statement) -> Option<&Symbol> {
    let Statement::Distribution { left, law: Law::Normal { mean, covariance }, .. } = statement else { return None };
    let is_one = |cell: &Expr| matches!(&cell.kind, Kind::Number(text) if text.parse() == Ok(1.0));
    let cells: Vec<&Expr> = covariance.rows.iter().flatten().flatten().collect();
    let standard = mean.iter().all(Expr::is_zero) && matches!(cells[..], [one] if is_one(one));
    match &left[..] {
        [only] if standard => only.symbol(),
        _ => None,
    }
}

/// Counts the uses of the symbols in an expression, and what they are multiplied by.
fn count(expr: &Expr, found: &mut BTreeMap<Key, Standard>) {
    if let Some(standard) = expr.symbol().and_then(|symbol| found.get_mut(&symbol.key())) {
        standard.uses += 1;
    }
    if let Kind::Product(parts) = &expr.kind {
        let symbols: Vec<&Symbol> = parts.iter().filter_map(Expr::symbol).collect();
        let bare = || symbols.iter().copied().filter(|s| s.indices.is_empty());
        for symbol in &symbols {
            let Some(standard) = found.get_mut(&symbol.key()) else { continue };
            match standard.products {
                0 => standard.scales = bare().cloned().collect(),
                _ => standard.scales.retain(|scale| bare().any(|s| s.same(scale))),
            }
            standard.products += 1;
        }
    }
    expr.children().into_iter().for_each(|child| count(child, found));
}

/// The symbols that a law above zero is of.
fn above_zero(statement: &Statement) -> Vec<&Symbol> {
    const POSITIVE: [&str; 8] = ["exp", "half", "gamma", "invgamma", "inversegamma", "cauchy", "lognormal", "uniform"];
    match statement {
        Statement::Distribution { left, law: Law::Other { name, .. }, .. } => {
            let name = name.to_lowercase().replace(['-', ' ', '_'], "");
            let is_positive = POSITIVE.iter().any(|start| name.starts_with(start));
            left.iter().filter(|_| is_positive).filter_map(Expr::symbol).filter(|s| s.indices.is_empty()).collect()
        }
        _ => vec![],
    }
}

/// Takes the scales out of a product that has effects for factors.
fn divide(expr: &mut Expr, scales: &BTreeMap<Key, (usize, Symbol)>) {
    let Kind::Product(parts) = &mut expr.kind else { return };
    let own: Vec<&Symbol> =
        parts.iter().filter_map(Expr::symbol).filter_map(|s| scales.get(&s.key())).map(|(_, scale)| scale).collect();
    for scale in own {
        if let Some(at) = parts.iter().position(|part| part.symbol().is_some_and(|s| s.same(scale))) {
            parts.remove(at);
        }
    }
    if let [only] = &parts[..] {
        expr.kind = only.kind.clone();
    }
}
