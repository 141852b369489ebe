//! Linear dependence among the columns of X: later columns that earlier ones span are dropped, as lme4 does.

use super::frame::Named;
use crate::error::{Code, Diagnostic};

/// Rows that are looked at first.
const SAMPLE: usize = 2_000;

/// A column is dependent when the part that the earlier columns do not explain is below this share of its size (R's
/// `qr(tol = 1e-7)`).
pub const TOLERANCE: f64 = 1e-7;

/// Splits the columns into independent ones and dropped ones, these with the names of the columns that span them.
///
/// Gram-Schmidt in the order of the columns, twice a column for accuracy; after an intercept, columns are centred
/// first, so that a large origin does not pass for collinearity.
pub fn independent(columns: Vec<Named>) -> (Vec<Named>, Vec<(String, Vec<String>)>) {
    let rows = columns.first().map_or(0, |c| c.values.len());
    if rows > 2 * SAMPLE {
        // Columns that are well apart on some rows are independent on all of them.
        let pick = |c: &Named| {
            let some = c.values.iter().step_by(rows / SAMPLE).copied().collect::<Vec<_>>();
            Named { name: c.name.clone(), values: some.into() }
        };
        if split(columns.iter().map(pick).collect(), 1e-3).1.is_empty() {
            return (columns, vec![]);
        }
    }
    split(columns, TOLERANCE)
}

/// What is told of a dropped column.
pub(crate) fn told(name: &str, of: &[String]) -> Diagnostic {
    let why = match of {
        [] => "it is zero in every row".to_owned(),
        of => format!("it is a linear combination of {}", of.join(", ")),
    };
    Diagnostic::note(Code::RankDeficient, format!("`{name}` was dropped from the fixed effects: {why}")).help(format!(
        "columns count as collinear when the part not explained by the others is below {TOLERANCE:e} of their size"
    ))
}

fn split(columns: Vec<Named>, tolerance: f64) -> (Vec<Named>, Vec<(String, Vec<String>)>) {
    let n = columns.first().map_or(0, |c| c.values.len());
    let constant = columns.iter().position(|c| c.values.iter().all(|v| *v == c.values[0] && *v != 0.0));
    let mut basis: Vec<Vec<f64>> = vec![];
    let mut kept: Vec<Named> = vec![];
    // Each basis vector in terms of the kept columns, to name the aliases.
    let mut recipes: Vec<Vec<f64>> = vec![];
    let mut dropped = vec![];
    for (at, column) in columns.into_iter().enumerate() {
        let mut v: Vec<f64> = column.values.to_vec();
        if constant.is_some_and(|c| c < at) && n > 0 {
            let mean = v.iter().sum::<f64>() / n as f64;
            v.iter_mut().for_each(|x| *x -= mean);
        }
        let largest = v.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        let origin = column.values.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        let mut recipe = vec![0.0; kept.len() + 1];
        let mut independent = largest > 1e-14 * origin && largest > 0.0;
        if independent {
            v.iter_mut().for_each(|x| *x /= largest);
            let size = norm(&v);
            for _ in 0..2 {
                for (b, of) in basis.iter().zip(&recipes) {
                    let share: f64 = b.iter().zip(&v).map(|(b, v)| b * v).sum();
                    v.iter_mut().zip(b).for_each(|(v, b)| *v -= share * b);
                    recipe.iter_mut().zip(of).for_each(|(r, o)| *r -= share * o);
                }
            }
            let left = norm(&v);
            independent = left > tolerance * size;
            if independent {
                v.iter_mut().for_each(|x| *x /= left);
                *recipe.last_mut().unwrap_or(&mut 0.0) = 1.0 / largest;
                recipe.iter_mut().for_each(|r| *r /= left);
            }
        }
        if independent {
            basis.push(v);
            recipes.push(recipe);
            kept.push(column);
        } else {
            let scale = |i: usize| norm(&kept[i].values) / norm(&column.values).max(f64::MIN_POSITIVE);
            let heavy = |i: &usize| (recipe[*i] * scale(*i) * largest.max(1e-300)).abs() > 1e-6;
            let mut of: Vec<String> = (0..kept.len()).filter(heavy).map(|i| kept[i].name.clone()).collect();
            if of.is_empty() && origin > 0.0 {
                of.extend(kept.first().map(|k| k.name.clone()));
            }
            dropped.push((column.name, of));
        }
    }
    (kept, dropped)
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}
