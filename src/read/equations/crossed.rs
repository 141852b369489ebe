//! The interaction of two effects as a product in brackets: `(A * B)_{ij}` beside `A_i` and `B_j`, where covariates would have
//! a coefficient.

use crate::syntax::{Expr, Kind, Name, Statement, Symbol, System};

/// Reads such products as one effect, `AB_{ij}`.
pub(super) fn effects(system: &mut System) {
    for statement in &mut system.statements {
        let Statement::Equation { rights, .. } = statement else { continue };
        for right in rights {
            let Kind::Sum(terms) = &mut right.kind else { continue };
            let alone: Vec<Symbol> = terms.iter().filter_map(Expr::symbol).cloned().collect();
            // A_ij of A_i, which stands by itself.
            let is_of = |factor: &Symbol| {
                alone
                    .iter()
                    .any(|s| s.name == factor.name && s.indices.len() == 1 && factor.indices.contains(&s.indices[0]))
            };
            for term in terms {
                let Kind::Product(factors) = &term.kind else { continue };
                let symbols: Vec<&Symbol> = factors.iter().filter_map(Expr::symbol).collect();
                if let [one, other] = symbols[..]
                    && factors.len() == 2
                    && one.indices == other.indices
                    && one.indices.len() == 2
                    && is_of(one)
                    && is_of(other)
                {
                    let name = Name::new(format!("{}{}", one.name.base, other.name.base));
                    *term = Symbol { name, indices: one.indices.clone(), span: term.span }.into();
                }
            }
        }
    }
}
