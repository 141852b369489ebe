//! Where the search begins.

use super::optimise::Objective;
use super::prepare::Prepared;
use super::small::cholesky;

/// Starting points: what one step of expectation and maximisation makes of the identity, lme4's start; then smaller and
/// larger ones, and some with correlations of either sign.
pub(super) fn starts(prepared: &Prepared, objective: &mut Objective<'_>) -> Vec<Vec<f64>> {
    let make = |diagonal: f64, off: &dyn Fn(usize) -> f64| -> Vec<f64> {
        prepared.template.iter().enumerate().map(|(at, e)| if e.row == e.col { diagonal } else { off(at) }).collect()
    };
    let alternate = |at: usize| if at.is_multiple_of(2) { 0.5 } else { -0.5 };
    let identity = make(1.0, &|_| 0.0);
    let first = objective(&identity).and_then(|(_, gradient)| expected(prepared, &gradient));
    vec![
        first.unwrap_or(identity),
        make(0.3, &|_| 0.0),
        make(0.5, &|at| alternate(at)),
        make(0.5, &|at| -alternate(at)),
        make(0.1, &|_| 0.1),
        make(2.0, &|at| 2.0 * alternate(at / 2)),
        make(0.05, &|_| -0.3),
    ]
}

/// A step of expectation and maximisation (Laird and Ware 1982) from Λ = I: the next ΛΛ' is what uu'/σ² is expected to
/// be, given the data, on average over a factor's groups: I − ∂d/∂(ΛΛ') / groups, where the gradient is 2 ∂d/∂(ΛΛ').
fn expected(prepared: &Prepared, gradient: &[f64]) -> Option<Vec<f64>> {
    let mut out = Vec::with_capacity(gradient.len());
    let mut at = 0;
    for ((factor, _), units) in prepared.place.iter().zip(&prepared.z) {
        let (k, groups) = (units.len(), prepared.sums.groups(*factor) as f64);
        let mut block = vec![0.0; k * k];
        for col in 0..k {
            for row in col..k {
                let one = if row == col { 1.0 } else { 0.0 };
                block[row * k + col] = one - gradient[at] / (2.0 * groups);
                at += 1;
            }
        }
        cholesky(&mut block, k)?;
        out.extend((0..k).flat_map(|col| (col..k).map(move |row| row * k + col)).map(|cell| block[cell]));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::{Criterion, Entry, Method, Unit};
    use super::*;
    use crate::fit::{Basis, CrossProducts};

    #[test]
    fn the_first_step_descends() {
        // Random intercepts of g and h and a slope by g, on rows of a fixed pattern.
        let mut sums = CrossProducts::new(vec![2, 1], 3);
        for row in 0..120u32 {
            let (g, h) = (row % 12, row / 12 % 5);
            let x = f64::from(row * 7 % 11) / 5.0 - 1.0;
            let noise = f64::from(row * 31 % 17) / 8.0 - 1.0;
            let y = f64::from(g * 5 % 12) / 3.0 - 2.0
                + x * (f64::from(g * 7 % 12) / 6.0 - 1.0)
                + f64::from(h) / 4.0
                + noise;
            sums.add(&[g, h], &[1.0, x, 1.0], &[1.0, x, y]);
        }
        let entry = |factor, row, col| Entry { factor, row, col };
        let template = vec![entry(0, 0, 0), entry(0, 1, 0), entry(0, 1, 1), entry(1, 0, 0)];
        let unit = Unit { origin: 0.0, unit: 1.0 };
        let basis = Basis::scaled(&[]);
        let prepared = Prepared {
            sums: sums.clone(),
            template: template.clone(),
            place: vec![(0, 0), (1, 0)],
            wide: basis.clone(),
            blocks: vec![basis.clone(), basis],
            z: vec![vec![unit; 2], vec![unit]],
        };
        for method in [Method::Ml, Method::Reml] {
            let mut criterion = Criterion::new(&sums, template.clone(), method).unwrap();
            let first = starts(&prepared, &mut |theta: &[f64]| criterion.gradient(theta)).remove(0);
            let (before, after) = (criterion.value(&[1.0, 0.0, 1.0, 1.0]).unwrap(), criterion.value(&first).unwrap());
            assert!(after < before - 1.0, "{before} {after} at {first:?}");
        }
    }
}
