//! Equations of coefficients that the equation of the response says again, in which they are plugged in already:
//! `β_1j = γ_10 + γ_11 W_j + u_1j` beside `Y_ij = … + γ_10 X_ij + γ_11 W_j X_ij + u_1j X_ij + …`.

use super::monomials::Hint;
use super::{Factor, Monomial, monomials};
use crate::syntax::{Expr, Key, Symbol};
use std::collections::{BTreeMap, BTreeSet};

/// More equations that nothing uses are not looked at: the brackets of the response are opened for each.
pub(super) const MOST: usize = 32;

/// A product: whether it is subtracted, and its factors in the order of their names.
type Product = (bool, Vec<String>);

/// Whether a right side has each term of a sum times one product, which multiplies nothing else there.
pub(super) fn says(right: &Expr, sum: &Expr) -> bool {
    let own: BTreeSet<Key> = sum.symbols().into_iter().map(Symbol::key).collect();
    let hint = |symbol: &Symbol| if own.contains(&symbol.key()) { Hint::Declared } else { Hint::None };
    let products = |expr| Some(monomials(expr, &hint).ok()?.iter().map(product).collect::<Vec<Product>>());
    let (Some(all), Some(parts)) = (products(right), products(sum)) else { return false };
    let Some((_, first)) = parts.first() else { return false };
    let mut whole = all.iter().filter_map(|(_, factors)| without(factors, first));
    let (Some(times), None) = (whole.next(), whole.next()) else { return false };
    let mut counts: BTreeMap<&Product, usize> = BTreeMap::new();
    all.iter().for_each(|product| *counts.entry(product).or_default() += 1);
    let multiplied = |(negative, factors): &Product| {
        let mut factors: Vec<String> = factors.iter().chain(&times).cloned().collect();
        factors.sort();
        counts.get(&(*negative, factors)) == Some(&1)
    };
    let of_times = |(_, factors): &&Product| !times.is_empty() && without(factors, &times).is_some();
    parts.iter().all(multiplied) && all.iter().filter(of_times).count() <= parts.len()
}

fn product(monomial: &Monomial<'_>) -> Product {
    let name = |factor: &Factor<'_>| match factor {
        Factor::Symbol(symbol) => symbol.key().to_string(),
        Factor::Data(expr) => expr.to_string(),
        Factor::Number(number) => (*number).to_owned(),
    };
    let mut factors: Vec<String> = monomial.factors.iter().map(name).collect();
    factors.sort();
    (monomial.negative, factors)
}

/// The factors that are left when each of some is taken out once; `None` when one of them is missing.
fn without(factors: &[String], some: &[String]) -> Option<Vec<String>> {
    let mut left = factors.to_vec();
    for name in some {
        let at = left.iter().position(|own| own == name)?;
        left.remove(at);
    }
    Some(left)
}

/// Whether the terms of one side are some of those of another.
pub(super) fn is_part(side: &[Expr], whole: &[Expr]) -> bool {
    let terms: Vec<&Expr> = side.iter().flat_map(Expr::summands).collect();
    let all: Vec<&Expr> = whole.iter().flat_map(Expr::terms).collect();
    !terms.is_empty() && terms.len() < all.len() && terms.iter().all(|term| all.contains(term))
}
