//! The interaction of two effects as a product: `(A * B)_{ij}`, `(\\alpha_i \\beta_j)` beside `A_i` and `B_j`, where covariates
//! would have a coefficient.

use crate::syntax::{Expr, Kind, Name, Statement, Symbol, System};

/// Reads such products as one effect, `AB_{ij}`.
pub(super) fn effects(system: &mut System) {
    for statement in &mut system.statements {
        let Statement::Equation { rights, .. } = statement else { continue };
        for right in rights {
            let Kind::Sum(terms) = &mut right.kind else { continue };
            let alone: Vec<Symbol> =
                terms.iter().filter_map(Expr::symbol).filter(|s| s.indices.len() == 1).cloned().collect();
            // A_ij of A_i, which stands by itself, or that A_i.
            let of = |factor: &Symbol| {
                let is_of = |s: &&Symbol| s.name.base == factor.name.base && factor.indices.contains(&s.indices[0]);
                alone.iter().find(is_of).map(|s| s.indices[0].clone())
            };
            for term in terms {
                let Kind::Product(factors) = &term.kind else { continue };
                if let [one, other] = &factors[..]
                    && let (Some(one), Some(other)) = (one.symbol(), other.symbol())
                    && let (Some(first), Some(second)) = (of(one), of(other))
                    && first != second
                    && (one.indices == other.indices || one.indices.len() == 1 && other.indices.len() == 1)
                {
                    let name = Name::new(format!("{}{}", one.name.base, other.name.base));
                    *term = Symbol { name, indices: vec![first, second], span: term.span }.into();
                }
            }
        }
    }
}
