//! Two models on the same generic data, without fitting either: y ~ N(Xβ, V) and V is linear in its parameters, so the
//! models agree exactly when the columns of X span one space, the matrices of the variances and covariances span one
//! space, and every covariance that one can make the other can make too.

mod generic;
mod spaces;
mod structure;

use crate::algebra::{Comparison, Reading};
use crate::error::Result;
use spaces::{Basis, Covariances};
use structure::Structure;

pub(super) use generic::{Scenario, is_coding};

/// How two sets of distributions lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// One set.
    Equal,
    /// A is a part of B.
    AInB,
    /// B is a part of A.
    BInA,
    /// Neither is a part of the other.
    Neither,
}

impl Relation {
    fn new(a_in_b: bool, b_in_a: bool) -> Self {
        match (a_in_b, b_in_a) {
            (true, true) => Self::Equal,
            (true, false) => Self::AInB,
            (false, true) => Self::BInA,
            (false, false) => Self::Neither,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Equal, x) | (x, Self::Equal) => x,
            (x, y) if x == y => x,
            _ => Self::Neither,
        }
    }
}

/// What the spaces say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The means.
    pub mean: Relation,
    /// The covariances; `None` when the spaces agree and it cannot be told whether the allowed values do.
    pub covariance: Option<Relation>,
    /// What is not identified on any data, for each side, in words.
    pub unidentified: [Vec<String>; 2],
    /// Constraints of each side that the model does not hold, in words.
    pub constraints: [Vec<String>; 2],
    /// Letters of A that are multiples of what they stand for in B: their row in the table of letters, and the factor
    /// as it is written before B's letter (`-`, `2 `).
    pub multiples: Vec<(usize, String)>,
}

impl Columns {
    /// Both together.
    pub fn relation(&self) -> Option<Relation> {
        self.covariance.map(|covariance| self.mean.and(covariance))
    }
}

/// Compares two readings under the names of a comparison on the data of a scenario.
///
/// # Errors
/// What cannot be evaluated: `OutOfScope` for unknown functions, `NotNumeric` for a categorical covariate in an equation.
pub(super) fn columns(
    readings: [&Reading; 2],
    as_written: [bool; 2],
    comparison: &Comparison,
    scenario: &Scenario,
) -> Result<Columns> {
    let models = [&comparison.models[0], &comparison.models[1]];
    let table = scenario.table(models)?;
    let structure = |at: usize| {
        if as_written[at] {
            Structure::of_reading(readings[at], models[at], &comparison.names[at], &table, &scenario.facts)
        } else {
            Structure::of_model(models[at], &table, &scenario.facts)
        }
    };
    let structures = [structure(0)?, structure(1)?];
    let [a, b] = &structures;
    let x = [Basis::of(&a.fixed), Basis::of(&b.fixed)];
    let shift: Vec<f64> = a.offset.iter().zip(&b.offset).map(|(a, b)| a - b).collect();
    let zero = shift.iter().all(|s| s.abs() < 1e-12);
    let mean = Relation::new(
        a.fixed.iter().all(|c| x[1].holds(c)) && (zero || x[1].holds(&shift)),
        b.fixed.iter().all(|c| x[0].holds(c)) && (zero || x[0].holds(&shift)),
    );
    let rows = table.rows().min(120);
    let cells = spaces::cells([a, b], rows);
    let residual = models[0].family() == "gaussian";
    let random = [a, b].map(|s| Covariances::new(s, &cells, residual));
    let within = (random[0].within(&random[1]), random[1].within(&random[0]));
    let covariance = match within {
        (Some(a_in_b), Some(b_in_a)) => Some(Relation::new(a_in_b, b_in_a)),
        _ => None,
    };
    let unidentified = [0, 1].map(|at| {
        let mut found = vec![];
        let (rank, count) = (x[at].rank(), structures[at].fixed.len());
        if rank < count {
            found.push(format!("of {count} fixed effects only {rank} can be told apart"));
        }
        let (rank, count) = (random[at].span.rank(), random[at].parameters());
        if rank < count {
            found.push(format!("of {count} variances and covariances only {rank} can be told apart"));
        }
        found
    });
    let multiples = multiples(comparison, &structures);
    let constraints = structures.map(|s| s.constraints);
    Ok(Columns { mean, covariance, unidentified, constraints, multiples })
}

/// Letters that stand for the same term and multiply it by other numbers: b in `- b x` is minus the b in `b x`.
fn multiples(comparison: &Comparison, structures: &[Structure; 2]) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, f64)> = vec![];
    for (row, pair) in comparison.letters.iter().enumerate() {
        let [Some(a), Some(b)] = &pair.names else { continue };
        let (Some(x), Some(y)) = (structures[0].letters.get(a), structures[1].letters.get(b)) else { continue };
        let largest = |v: &[f64]| v.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let Some(at) = (0..x.len()).find(|at| x[*at].abs() > 0.5 * largest(x)) else { continue };
        let factor = y[at] / x[at];
        let proportional = x.iter().zip(y).all(|(x, y)| (y - factor * x).abs() <= 1e-9 * (1.0 + y.abs()));
        if proportional && (factor - 1.0).abs() > 1e-9 {
            found.push((row, factor));
        }
    }
    // The covariance of two effects changes with both.
    for (row, pair) in comparison.letters.iter().enumerate().filter(|(_, p)| p.part == "covariance") {
        let Some((terms, group)) = pair.of.split_once(" | ") else { continue };
        let factor: f64 = terms
            .split(", ")
            .map(|term| {
                let of = format!("{term} | {group}");
                let effect = |(at, _): &&(usize, f64)| {
                    comparison.letters[*at].part == "random effect" && comparison.letters[*at].of == of
                };
                found.iter().find(effect).map_or(1.0, |f| f.1)
            })
            .product();
        if (factor - 1.0).abs() > 1e-9 {
            found.push((row, factor));
        }
    }
    let written = |factor: f64| {
        if (factor + 1.0).abs() < 1e-9 { "-".to_owned() } else { format!("{} ", (factor * 1e6).round() / 1e6) }
    };
    found.into_iter().map(|(row, factor)| (row, written(factor))).collect()
}
