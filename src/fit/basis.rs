//! A basis of columns in which cross-products keep their digits. Sums of squares of columns that are nearly parallel (a
//! covariate far from zero beside its product with another) lose twice the digits that the columns share; so every row
//! is turned, on the way into the sums, to columns that are about orthogonal and of size one. The turn is made from a
//! sample of rows, applied to all of them, and undone in the estimates: it need not be exact, only known.

/// Rows that a basis is made from.
const SAMPLE: usize = 4_000;

/// A part of a column below this share of it is rounding.
const ROUNDING: f64 = 3e-15;

/// An upper-triangular map: column j is Σ_{i ≤ j} R_ij × (new column i).
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    /// A power of two for each column, so that squares neither overflow nor vanish.
    before: Vec<f64>,
    /// What is taken of each earlier new column, by column.
    take: Vec<Vec<f64>>,
    /// A power of two for each column, so that new columns are of size one.
    after: Vec<f64>,
}

/// The power of two next to one over a size.
fn power(size: f64) -> f64 {
    if size > 0.0 && size.is_finite() { (-size.log2().round().clamp(-1000.0, 1000.0)).exp2() } else { 1.0 }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn rms(v: &[f64]) -> f64 {
    (dot(v, v) / v.len().max(1) as f64).sqrt()
}

/// Rows of columns, evenly spread.
fn sample(columns: &[&[f64]]) -> Vec<Vec<f64>> {
    let rows = columns.first().map_or(0, |c| c.len());
    // A stride that shares no factor with common periods of tables.
    let step = if rows > 2 * SAMPLE { (rows / SAMPLE) | 1 } else { 1 };
    columns.iter().map(|c| c.iter().step_by(step).copied().collect()).collect()
}

impl Basis {
    /// Columns as they are, but for powers of two.
    pub fn scaled(columns: &[&[f64]]) -> Self {
        Self::made(columns, |_| false, None)
    }

    /// Gram-Schmidt in the order of the columns, twice a column (Golub and Van Loan 2013, section 5.2.8).
    pub fn orthogonal(columns: &[&[f64]]) -> Self {
        Self::made(columns, |_| true, None)
    }

    /// As [`Basis::orthogonal`], but the last column, the response, keeps the size it has about its mean.
    pub(crate) fn with_response(columns: &[&[f64]], centre: bool) -> Self {
        Self::made(columns, |_| true, Some(centre))
    }

    fn made(columns: &[&[f64]], turn: impl Fn(usize) -> bool, response: Option<bool>) -> Self {
        let columns = sample(columns);
        let mut basis = Self { before: vec![], take: vec![], after: vec![] };
        let mut made: Vec<Vec<f64>> = vec![];
        for (j, column) in columns.iter().enumerate() {
            let before = power(column.iter().fold(0.0f64, |m, v| m.max(v.abs())));
            let mut v: Vec<f64> = column.iter().map(|x| x * before).collect();
            let whole = rms(&v);
            let last = j + 1 == columns.len();
            let spread = response.filter(|_| last).map(|centre| {
                let mean = if centre { v.iter().sum::<f64>() / v.len().max(1) as f64 } else { 0.0 };
                rms(&v.iter().map(|x| x - mean).collect::<Vec<_>>())
            });
            let mut take = vec![0.0; j];
            for _ in 0..2 {
                for (i, earlier) in made.iter().enumerate().filter(|(i, _)| turn(*i)) {
                    let size = dot(earlier, earlier);
                    // A column that is all rounding has no direction.
                    if size > 1e-6 * earlier.len() as f64 {
                        let share = dot(earlier, &v) / size;
                        v.iter_mut().zip(earlier).for_each(|(v, e)| *v -= share * e);
                        take[i] += share;
                    }
                }
            }
            let left = spread.unwrap_or_else(|| rms(&v));
            let after = if left > ROUNDING * whole { power(left) } else { 1.0 };
            v.iter_mut().for_each(|v| *v *= after);
            made.push(v);
            basis.before.push(before);
            basis.take.push(take);
            basis.after.push(after);
        }
        basis
    }

    /// Turns rows `from..to` of columns, writing the new columns.
    pub fn turn(&self, columns: &[&[f64]], rows: std::ops::Range<usize>, out: &mut [Vec<f64>]) {
        for (j, column) in columns.iter().enumerate() {
            let (done, rest) = out.split_at_mut(j);
            let new = &mut rest[0];
            new.clear();
            let (before, after) = (self.before[j], self.after[j]);
            new.extend(column[rows.clone()].iter().map(|v| v * before));
            for (share, earlier) in self.take[j].iter().zip(done) {
                if *share != 0.0 {
                    new.iter_mut().zip(earlier.iter()).for_each(|(v, e)| *v -= share * e);
                }
            }
            if after != 1.0 {
                new.iter_mut().for_each(|v| *v *= after);
            }
        }
    }

    /// The map of some of the columns and of the last one, `last`; `onto(j, i)` is the coefficient of column j on the
    /// i-th new column that stays.
    pub(crate) fn restricted(&self, kept: &[usize], last: usize, onto: &dyn Fn(usize, usize) -> f64) -> Self {
        let mut out = Self { before: vec![], take: vec![], after: vec![] };
        for (at, j) in kept.iter().chain([&last]).enumerate() {
            out.before.push(self.before[*j]);
            out.after.push(self.after[*j]);
            out.take.push((0..at).map(|i| onto(*j, i) * self.before[*j]).collect());
        }
        out
    }

    /// R_ij.
    pub fn entry(&self, i: usize, j: usize) -> f64 {
        match i.cmp(&j) {
            std::cmp::Ordering::Less => self.take[j][i] / self.before[j],
            std::cmp::Ordering::Equal => 1.0 / (self.before[j] * self.after[j]),
            std::cmp::Ordering::Greater => 0.0,
        }
    }

    /// The sum of the logs of R's diagonal over the first columns.
    pub fn log(&self, columns: usize) -> f64 {
        self.before.iter().zip(&self.after).take(columns).map(|(b, a)| -b.ln() - a.ln()).sum()
    }

    /// R⁻¹ v over the first columns: coefficients of the columns from those of the new ones.
    pub fn back(&self, v: &[f64]) -> Vec<f64> {
        let mut out = v.to_vec();
        for j in (0..out.len()).rev() {
            out[j] *= self.before[j] * self.after[j];
            for i in 0..j {
                out[i] -= self.take[j][i] / self.before[j] * out[j];
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_turned_comes_back() {
        let x: Vec<f64> = (0..50).map(|i| 1e5 + f64::from(i * 7 % 11)).collect();
        let z: Vec<f64> = (0..50).map(|i| f64::from(i * 5 % 13) - 3.0).collect();
        let ones = vec![1.0; 50];
        let both: Vec<f64> = x.iter().zip(&z).map(|(x, z)| x * z).collect();
        let columns: Vec<&[f64]> = vec![&ones, &x, &z, &both];
        let basis = Basis::orthogonal(&columns);
        let mut out = vec![vec![]; 4];
        basis.turn(&columns, 0..50, &mut out);
        for (i, a) in out.iter().enumerate() {
            assert!((0.5..2.0).contains(&rms(a)), "{}", rms(a));
            for b in &out[..i] {
                assert!(dot(a, b).abs() < 1e-6 * 50.0);
            }
        }
        for (j, column) in columns.iter().enumerate() {
            for row in 0..50 {
                let sum: f64 = (0..=j).map(|i| basis.entry(i, j) * out[i][row]).sum();
                assert!((sum - column[row]).abs() <= 1e-14 * column[row].abs().max(1.0) * 10.0);
            }
        }
        // Coefficients: R (R⁻¹ v) = v.
        let v = [0.5, -1.0, 2.0, 0.25];
        let back = basis.back(&v);
        for (i, expected) in v.iter().enumerate() {
            let again: f64 = (i..4).map(|j| basis.entry(i, j) * back[j]).sum();
            assert!((again - expected).abs() < 1e-9, "{again}");
        }
    }
}
