//! From a design to sums: columns are centred and scaled on the way, and every estimate is carried back exactly.

use super::criterion::{Entry, Method};
use super::design::Design;
use super::sums::CrossProducts;

/// A shift and a unit: value = origin + unit × scaled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// What is subtracted.
    pub origin: f64,
    /// What is divided by.
    pub unit: f64,
}

impl Unit {
    /// Origin, and one over the unit: a product is cheaper than a quotient.
    fn inverse(self) -> (f64, f64) {
        (self.origin, 1.0 / self.unit)
    }
}

/// Sums of a design in centred and scaled columns, the template of Λ, and the way back.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The sums.
    pub sums: CrossProducts,
    /// Where each θ stands, blocks in the order of [`Design::random`], each by columns of its lower triangle.
    pub template: Vec<Entry>,
    /// For each block: its factor and its first column there.
    pub place: Vec<(usize, usize)>,
    /// Units of y.
    pub y: Unit,
    /// Units of the columns of X.
    pub x: Vec<Unit>,
    /// Units of the columns of each block.
    pub z: Vec<Vec<Unit>>,
    /// Where the fixed intercept stands in X.
    pub intercept: Option<usize>,
}

/// Mean and root mean square about it (or about zero), safe for any magnitude.
fn unit(values: &[f64], centre: bool) -> Unit {
    let n = values.len() as f64;
    let origin = if centre { values.iter().sum::<f64>() / n } else { 0.0 };
    let square = values.iter().map(|v| (v - origin) * (v - origin)).sum::<f64>() / n;
    let size = square.sqrt();
    // In the usual range the plain sums do; the rest is for very large, very small and constant columns.
    if square.is_finite() && size > 1e-100 && size > 1e-12 * origin.abs() {
        return Unit { origin, unit: size };
    }
    let largest = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    if largest == 0.0 {
        return Unit { origin: 0.0, unit: 1.0 };
    }
    let origin = if centre { values.iter().map(|v| v / largest).sum::<f64>() / n * largest } else { 0.0 };
    let spread = values.iter().fold(0.0f64, |m, v| m.max((v - origin).abs()));
    if spread <= 1e-15 * largest {
        return Unit { origin: 0.0, unit: largest };
    }
    let square = values.iter().map(|v| ((v - origin) / spread).powi(2)).sum::<f64>() / n;
    Unit { origin, unit: (spread * square.sqrt()).max(1e-307) }
}

impl Prepared {
    /// Reads the rows once.
    pub fn new(design: &Design) -> Self {
        let intercept = design.x.iter().position(|c| c.name == "(Intercept)");
        let x: Vec<Unit> = design
            .x
            .iter()
            .enumerate()
            .map(|(at, c)| match intercept {
                Some(i) if i == at => Unit { origin: 0.0, unit: 1.0 },
                other => unit(&c.values, other.is_some()),
            })
            .collect();
        let y = unit(&design.y, intercept.is_some());
        let mut sizes = vec![0; design.groups.len()];
        let (mut place, mut template, mut z) = (vec![], vec![], vec![]);
        for block in &design.random {
            let constant = block.columns.iter().any(|c| c.name == "(Intercept)");
            z.push(
                block
                    .columns
                    .iter()
                    .map(|c| {
                        if c.name == "(Intercept)" {
                            Unit { origin: 0.0, unit: 1.0 }
                        } else {
                            unit(&c.values, constant)
                        }
                    })
                    .collect::<Vec<_>>(),
            );
            let first = sizes[block.groups];
            place.push((block.groups, first));
            for col in 0..block.columns.len() {
                for row in col..block.columns.len() {
                    template.push(Entry { factor: block.groups, row: first + row, col: first + col });
                }
            }
            sizes[block.groups] += block.columns.len();
        }
        let mut sums = CrossProducts::new(sizes, x.len() + 1);
        for (f, group) in design.groups.iter().enumerate() {
            sums.reserve(f, group.labels.len());
        }
        // The columns of Z, factor by factor.
        let mut columns: Vec<(&[f64], (f64, f64))> = vec![];
        for factor in 0..design.groups.len() {
            for (block, units) in design.random.iter().zip(&z).filter(|(b, _)| b.groups == factor) {
                columns.extend(block.columns.iter().zip(units).map(|(c, u)| (&c.values[..], u.inverse())));
            }
        }
        let mut wide: Vec<(&[f64], (f64, f64))> =
            design.x.iter().zip(&x).map(|(c, u)| (&c.values[..], u.inverse())).collect();
        wide.push((&design.y, y.inverse()));
        let (mut zs, mut xy) = (vec![0.0; columns.len()], vec![0.0; wide.len()]);
        let mut groups = vec![0u32; design.groups.len()];
        for row in 0..design.rows() {
            for (out, (values, (origin, by))) in zs.iter_mut().zip(&columns) {
                *out = (values[row] - origin) * by;
            }
            for (out, (values, (origin, by))) in xy.iter_mut().zip(&wide) {
                *out = (values[row] - origin) * by;
            }
            for (out, group) in groups.iter_mut().zip(&design.groups) {
                *out = group.index[row];
            }
            sums.add(&groups, &zs, &xy);
        }
        Self { sums, template, place, y, x, z, intercept }
    }

    /// What to add to the deviance of the scaled problem.
    pub fn shift(&self, method: Method) -> f64 {
        let (n, p) = (self.sums.rows as f64, self.x.len() as f64);
        match method {
            Method::Ml => 2.0 * n * self.y.unit.ln(),
            Method::Reml => 2.0 * (n - p) * self.y.unit.ln() + 2.0 * self.x.iter().map(|u| u.unit.ln()).sum::<f64>(),
        }
    }

    /// The fixed effects in the data's units from those of the scaled problem (`shift` adds the origin of y).
    pub fn fixed(&self, beta: &[f64], shift: bool) -> Vec<f64> {
        let mut out: Vec<f64> = beta.iter().zip(&self.x).map(|(b, u)| b / u.unit * self.y.unit).collect();
        let back: f64 = out.iter().zip(&self.x).map(|(b, u)| b * u.origin).sum();
        if let Some(first) = self.intercept {
            out[first] += if shift { self.y.origin } else { 0.0 } - back;
        }
        out
    }

    /// A block's random effects (or a column of its Λ) in the data's units, but for the unit of y.
    pub fn random(&self, block: usize, scaled: &[f64]) -> Vec<f64> {
        let units = &self.z[block];
        let mut out: Vec<f64> = scaled.iter().zip(units).map(|(b, u)| b / u.unit).collect();
        let back: f64 = out.iter().zip(units).map(|(b, u)| b * u.origin).sum();
        if back != 0.0 {
            out[0] -= back;
        }
        out
    }
}
