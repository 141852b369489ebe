//! Laws of numbers only: `\beta_{\text{treatment}[i]}` with `\beta_j \sim N(0, 0.5)` has a prior and no variance to be
//! estimated, so that each value of the index has a fixed effect (McElreath's index variables); so has `\alpha_i` with
//! `\alpha_i \sim N(0, 1000)` beside effects whose variance is estimated.

use crate::error::{Code, Diagnostic, Notes};
use crate::syntax::{EFFECT_LETTERS, Expr, Key, Kind, Law, Name, Statement, Symbol, System};
use std::collections::BTreeSet;

/// Takes such laws out of the system and counts their symbols among those that the text calls fixed. They are coefficients
/// that stand alone as summands, with brackets or beside an effect whose variance has a letter. Where other laws have
/// numbers too, the numbers are estimates.
pub(super) fn set_apart(system: &mut System, notes: &mut Notes) {
    let rights = || system.statements.iter().flat_map(Statement::rights);
    let estimated: BTreeSet<Key> = system.statements.iter().filter_map(estimated_law).map(Symbol::key).collect();
    let estimates = (rights().flat_map(Expr::summands).filter_map(Expr::symbol)).any(|s| estimated.contains(&s.key()));
    let wide: BTreeSet<Key> = system.statements.iter().filter_map(wide_law).map(Symbol::key).collect();
    let is_prior = |s: &&Symbol| is_index_variable(s) || estimates && is_coefficient(s) && wide.contains(&s.key());
    let alone: Vec<Symbol> =
        rights().flat_map(Expr::summands).filter_map(Expr::symbol).filter(is_prior).cloned().collect();
    let is_estimate = |statement: &Statement| {
        numbered_law(statement).is_some_and(|symbol| !alone.iter().any(|s| s.name == symbol.name))
    };
    if alone.is_empty() || system.statements.iter().any(is_estimate) {
        return;
    }
    let others: Vec<&Name> = rights().flat_map(|right| in_products(right)).map(|s| &s.name).collect();
    let mut fixed: Vec<Symbol> = vec![];
    let mut kept: Vec<Statement> = vec![];
    for statement in &system.statements {
        let prior = numbered_law(statement).filter(|symbol| symbol.indices.len() == 1);
        let found = prior.and_then(|symbol| alone.iter().find(|s| s.name == symbol.name && !others.contains(&&s.name)));
        match found {
            Some(symbol) => {
                let message = format!("the law of {symbol} has numbers only: taken as the prior of fixed effects");
                let note = Diagnostic::note(Code::Skipped, message).at(statement.span(), "");
                notes.push(note.help("for a random effect, write its variance as a letter"));
                fixed.push(symbol.clone());
            }
            None => kept.push(statement.clone()),
        }
    }
    system.statements = kept;
    system.fixed.extend(fixed);
}

/// `\beta_{\text{treatment}[i]}`: a coefficient of one index that brackets look up, and no letter of deviations.
fn is_index_variable(symbol: &Symbol) -> bool {
    matches!(&symbol.indices[..], [index] if !index.of.is_empty()) && is_coefficient(symbol)
}

/// One index, and no letter of deviations.
fn is_coefficient(symbol: &Symbol) -> bool {
    symbol.indices.len() == 1 && !EFFECT_LETTERS.contains(&symbol.name.base.as_str())
}

/// The symbol of a law of numbers whose variance is that of a vague prior.
fn wide_law(statement: &Statement) -> Option<&Symbol> {
    /// No effect of a standardised response has a larger variance.
    const VAGUE: f64 = 10.0;
    let Statement::Distribution { law: Law::Normal { covariance, .. }, .. } = statement else { return None };
    let variance = covariance.rows.iter().flatten().flatten().next()?;
    let Kind::Number(number) = &variance.kind else { return None };
    numbered_law(statement).filter(|_| number.parse::<f64>().is_ok_and(|number| number >= VAGUE))
}

/// The indexed symbol of a normal law around zero whose variance has a letter.
fn estimated_law(statement: &Statement) -> Option<&Symbol> {
    let Statement::Distribution { left, law: Law::Normal { mean, covariance }, .. } = statement else { return None };
    let ([left], [mean]) = (&left[..], &mean[..]) else { return None };
    let estimated = covariance.rows.iter().flatten().flatten().any(|cell| !cell.symbols().is_empty());
    left.symbol().filter(|symbol| estimated && mean.is_zero() && is_coefficient(symbol))
}

/// The symbols that stand in products.
fn in_products(expr: &Expr) -> Vec<&Symbol> {
    let summands = expr.summands().into_iter();
    summands.filter(|part| !matches!(part.kind, Kind::Symbol(_))).flat_map(Expr::symbols).collect()
}

/// The indexed symbol of a normal law around zero, or of a response, whose variance is a number.
fn numbered_law(statement: &Statement) -> Option<&Symbol> {
    let Statement::Distribution { left, law: Law::Normal { mean, covariance }, .. } = statement else { return None };
    let ([left], [mean]) = (&left[..], &mean[..]) else { return None };
    let cells: Vec<&Expr> = covariance.rows.iter().flatten().flatten().collect();
    let number = cells.len() == 1 && cells[0].symbols().is_empty();
    let around = mean.is_zero() || !mean.symbols().is_empty();
    left.symbol().filter(|symbol| number && around && !symbol.indices.is_empty())
}
