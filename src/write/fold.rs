//! Products folded into `*`: R, Z, R:Z as `R * Z`, wherever nothing is lost by it.

use crate::model::{RExpr, Term};

/// One summand of a formula.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Summand {
    /// The covariates, in the order they are written.
    pub(super) factors: Vec<RExpr>,
    /// `*`: every product of some of them; else `:`, the product of all.
    pub(super) folded: bool,
}

/// Every term by itself, `:` in products. The intercept is left out.
pub(super) fn plain(terms: &[Term]) -> Vec<Summand> {
    let terms = terms.iter().filter(|t| !t.is_intercept());
    terms.map(|t| Summand { factors: t.factors().to_vec(), folded: false }).collect()
}

/// The same terms, with a product and all its lower-order terms as one `*`, where the first of them stood; the largest
/// products first, no term in two of them. The intercept is left out.
pub(super) fn folded(terms: &[Term]) -> Vec<Summand> {
    let terms: Vec<&Term> = terms.iter().filter(|t| !t.is_intercept()).collect();
    let mut used = vec![false; terms.len()];
    let mut summands: Vec<(usize, Summand)> = vec![];
    let mut products: Vec<&Term> = terms.iter().copied().filter(|t| t.degree() > 1).collect();
    products.sort_by_key(|t| std::cmp::Reverse(t.degree()));
    for product in products {
        let Some(members) = members(product, &terms) else { continue };
        if members.iter().any(|&m| used[m]) {
            continue;
        }
        for &member in &members {
            used[member] = true;
        }
        let mut singles: Vec<usize> = members.iter().copied().filter(|&m| terms[m].degree() == 1).collect();
        singles.sort_unstable();
        let factors = singles.iter().flat_map(|&m| terms[m].factors().to_vec()).collect();
        let first = members.into_iter().min().unwrap_or(0);
        summands.push((first, Summand { factors, folded: true }));
    }
    for (at, term) in terms.iter().enumerate().filter(|(at, _)| !used[*at]) {
        summands.push((at, Summand { factors: term.factors().to_vec(), folded: false }));
    }
    summands.sort_by_key(|(at, _)| *at);
    summands.into_iter().map(|(_, summand)| summand).collect()
}

/// Where the products of some of a term's covariates stand, when all of them do.
fn members(product: &Term, terms: &[&Term]) -> Option<Vec<usize>> {
    // Every one of 2^n - 1 products must be among the terms: a longer product cannot have them all.
    let n = u32::try_from(product.degree()).ok()?;
    let needed = 1_usize.checked_shl(n)? - 1;
    if needed > terms.len() {
        return None;
    }
    let within = |t: &Term| t.factors().iter().all(|f| product.factors().contains(f));
    let members: Vec<usize> = (0..terms.len()).filter(|&at| within(terms[at])).collect();
    (members.len() == needed).then_some(members)
}

#[cfg(test)]
mod tests {
    use super::folded;
    use crate::model::Term;

    fn fold(terms: &[&str]) -> String {
        let terms: Vec<Term> = terms
            .iter()
            .map(|t| t.split(':').map(Term::covariate).reduce(|a, b| a.times(&b)).unwrap_or_default())
            .collect();
        let text = |s: super::Summand| {
            let factors: Vec<_> = s.factors.iter().map(ToString::to_string).collect();
            factors.join(if s.folded { "*" } else { ":" })
        };
        folded(&terms).into_iter().map(text).collect::<Vec<_>>().join(" + ")
    }

    #[test]
    fn products_fold_when_all_lower_terms_are_there() {
        assert_eq!(fold(&["R", "Z", "X", "S", "R:Z"]), "R*Z + X + S");
        assert_eq!(fold(&["Z", "S", "R", "Z:R", "X"]), "Z*R + S + X");
        assert_eq!(fold(&["X", "R", "R:Z"]), "X + R + R:Z");
        assert_eq!(fold(&["a", "b", "c", "a:b", "a:c", "b:c", "a:b:c"]), "a*b*c");
        assert_eq!(fold(&["a", "b", "c", "a:b", "a:c", "b:c"]), "a*b + c + a:c + b:c");
        assert_eq!(fold(&["a:b:c", "a", "b", "a:b"]), "a:b:c + a*b");
    }
}
