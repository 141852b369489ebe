//! The interaction of two effects as a product: `(A * B)_{ij}`, `(\alpha_i \beta_j)` beside `A_i` and `B_j`, where covariates
//! would have a coefficient.

use crate::error::Span;
use crate::syntax::{Expr, Index, Kind, Name, Statement, Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// Gives the factors of `b3*(A × B)_jt` the indices that they have elsewhere, `A_j` and `B_t` or `B_jt`: those behind the
/// bracket, which is the place of both, are of the product.
pub(super) fn covariates(system: &mut System) {
    let mut spelled: BTreeMap<Name, BTreeSet<Vec<Index>>> = BTreeMap::new();
    for symbol in system.used() {
        spelled.entry(symbol.name.clone()).or_default().insert(symbol.indices.clone());
    }
    let own = |symbol: &Symbol| {
        let forms = spelled.get(&symbol.name).filter(|forms| forms.len() == 2 && symbol.indices.len() == 2)?;
        let own = forms.iter().find(|indices| indices.len() == 1)?;
        own.iter().all(|index| symbol.indices.contains(index)).then(|| own.clone())
    };
    for statement in &mut system.statements {
        statement.each_expr(&mut |expr| {
            let Kind::Product(factors) = &mut expr.kind else { return };
            let meant: Vec<Option<Vec<Index>>> = factors.iter().map(|f| f.symbol().and_then(own)).collect();
            let all: BTreeSet<Index> = meant.iter().flatten().flatten().cloned().collect();
            let spans: Vec<Span> = factors.iter().map(|f| f.span).collect();
            let beside = |at: usize| spans.iter().filter(|span| **span == spans[at]).count() > 1;
            let one_place = meant.iter().enumerate().all(|(at, own)| own.is_none() || beside(at));
            if meant.iter().flatten().count() == 2 && all.len() == 2 || one_place && !all.is_empty() {
                for (factor, indices) in factors.iter_mut().zip(meant) {
                    if let (Kind::Symbol(symbol), Some(indices)) = (&mut factor.kind, indices) {
                        symbol.indices = indices;
                    }
                }
            }
        });
    }
}

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
