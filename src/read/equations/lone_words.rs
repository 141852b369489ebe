//! Terms that are the names of covariates, `\log(\mu_{ij}) = Intercept + Sex + Food \times Sex + a_i`: the word for the
//! intercept says that the coefficients are left out.

use crate::error::{Code, Diagnostic, Notes};
use crate::syntax::{Expr, Kind, Name, Statement, Symbol, System};

/// Words for the intercept.
const INTERCEPTS: [&str; 4] = ["intercept", "const", "constant", "(intercept)"];

/// Words for the residual.
const RESIDUALS: [&str; 6] = ["error", "err", "noise", "resid", "residual", "eps"];

/// Gives such terms coefficients.
pub(super) fn give_coefficients(system: &mut System, notes: &mut Notes) {
    for statement in &mut system.statements {
        let Statement::Equation { left, rights, .. } = statement else { continue };
        let most = left.symbols().iter().map(|s| s.indices.len()).max().unwrap_or_default();
        for right in rights {
            let Kind::Sum(terms) = &mut right.kind else { continue };
            let is_intercept = |term: &Expr| term.symbol().is_some_and(|s| INTERCEPTS.contains(&lower(s).as_str()));
            if !terms.iter().any(is_intercept) {
                continue;
            }
            for term in terms.iter_mut().filter(|term| !is_intercept(term)) {
                if let Some(named) = name(term, most) {
                    let message = format!("{named} has no coefficient: given one, as the word for the intercept says");
                    notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(term.span, ""));
                    let span = term.span;
                    let coefficient = Symbol { name: Name::tagged("β", &named), indices: vec![], span };
                    *term = Expr::new(Kind::Product(vec![coefficient.into(), term.clone()]), span);
                }
            }
        }
    }
}

fn lower(symbol: &Symbol) -> String {
    symbol.name.base.to_lowercase()
}

/// The name of a term that is made of covariates only: words of no group, `Sex`, `Sex \times Food`.
fn name(term: &Expr, most: usize) -> Option<String> {
    let is_covariate = |s: &&Symbol| {
        s.name.base.chars().count() > 2
            && !RESIDUALS.contains(&lower(s).as_str())
            && (s.indices.is_empty() || s.indices.len() == most)
    };
    let factors: Vec<&Symbol> = match &term.kind {
        Kind::Symbol(symbol) => vec![symbol],
        Kind::Product(factors) => factors.iter().map(Expr::symbol).collect::<Option<_>>()?,
        _ => return None,
    };
    let words: Vec<String> = factors.iter().map(|s| s.name.base.clone()).collect();
    factors.iter().all(is_covariate).then(|| words.join(""))
}
