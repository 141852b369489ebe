//! From a design to sums: columns are turned to a well-conditioned basis on the way, and every estimate is carried back.

use super::basis::Basis;
use super::criterion::{Entry, Method};
use super::design::Design;
use super::sums::CrossProducts;

/// Where a column lies and how far it spreads: what a random effect is judged by (is its variance zero?).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// Its mean, or 0 where the term has no intercept.
    pub origin: f64,
    /// Its root mean square about that.
    pub unit: f64,
}

/// Sums of a design in turned columns, the template of Λ, and the way back.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The sums.
    pub sums: CrossProducts,
    /// Where each θ stands, blocks in the order of [`Design::random`], each by columns of its lower triangle.
    pub template: Vec<Entry>,
    /// For each block: its factor and its first column there.
    pub place: Vec<(usize, usize)>,
    /// The turn of [X y].
    pub wide: Basis,
    /// The turn of each block of Z.
    pub blocks: Vec<Basis>,
    /// Units of the columns of each block.
    pub z: Vec<Vec<Unit>>,
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

/// Rows that are turned and summed at a time: their columns stay in the cache.
const ROWS: usize = 1024;

impl Prepared {
    /// Reads the rows once.
    pub fn new(design: &Design) -> Self {
        let mut wide_columns: Vec<&[f64]> = design.x.iter().map(|c| &c.values[..]).collect();
        wide_columns.push(&design.y);
        let intercept = design.x.iter().any(|c| c.name == "(Intercept)");
        let wide = Basis::with_response(&wide_columns, intercept);
        let mut sizes = vec![0; design.groups.len()];
        let (mut place, mut template, mut z, mut blocks) = (vec![], vec![], vec![], vec![]);
        for block in &design.random {
            let constant = block.columns.iter().any(|c| c.name == "(Intercept)");
            let one = Unit { origin: 0.0, unit: 1.0 };
            let units = block.columns.iter().map(|c| match &c.name[..] {
                "(Intercept)" => one,
                _ => unit(&c.values, constant),
            });
            z.push(units.collect::<Vec<_>>());
            let columns: Vec<&[f64]> = block.columns.iter().map(|c| &c.values[..]).collect();
            blocks.push(Basis::orthogonal(&columns));
            let first = sizes[block.groups];
            place.push((block.groups, first));
            for col in 0..block.columns.len() {
                for row in col..block.columns.len() {
                    template.push(Entry { factor: block.groups, row: first + row, col: first + col });
                }
            }
            sizes[block.groups] += block.columns.len();
        }
        let mut sums = CrossProducts::new(sizes, wide_columns.len());
        for (f, group) in design.groups.iter().enumerate() {
            sums.reserve(f, group.labels.len());
        }
        let mut turned = vec![vec![]; wide_columns.len()];
        let mut factors: Vec<Vec<Vec<f64>>> = sums.sizes.iter().map(|k| vec![vec![]; *k]).collect();
        let mut start = 0;
        while start < design.rows() {
            let rows = start..(start + ROWS).min(design.rows());
            wide.turn(&wide_columns, rows.clone(), &mut turned);
            for ((block, basis), (factor, first)) in design.random.iter().zip(&blocks).zip(&place) {
                let columns: Vec<&[f64]> = block.columns.iter().map(|c| &c.values[..]).collect();
                basis.turn(&columns, rows.clone(), &mut factors[*factor][*first..*first + columns.len()]);
            }
            let groups: Vec<&[u32]> = design.groups.iter().map(|g| &g.index[rows.clone()]).collect();
            sums.add_rows(&groups, &factors, &turned);
            start = rows.end;
        }
        Self { sums, template, place, wide, blocks, z }
    }

    /// The number of columns of X.
    fn columns(&self) -> usize {
        self.sums.width - 1
    }

    /// The unit of y: a power of two.
    pub fn unit(&self) -> f64 {
        self.wide.entry(self.columns(), self.columns())
    }

    /// What to add to the deviance of the turned problem.
    pub fn shift(&self, method: Method) -> f64 {
        let (n, p) = (self.sums.rows as f64, self.columns() as f64);
        match method {
            Method::Ml => 2.0 * n * self.unit().ln(),
            Method::Reml => 2.0 * (n - p) * self.unit().ln() + 2.0 * self.wide.log(self.columns()),
        }
    }

    /// The fixed effects in the data's units from those of the turned problem.
    pub fn fixed(&self, beta: &[f64]) -> Vec<f64> {
        let y = self.columns();
        let whole: Vec<f64> = beta.iter().enumerate().map(|(i, b)| b * self.unit() + self.wide.entry(i, y)).collect();
        self.wide.back(&whole)
    }

    /// The same linear map without the part of y that was taken out beforehand: for columns of a covariance matrix.
    pub fn linear(&self, beta: &[f64]) -> Vec<f64> {
        self.wide.back(&beta.iter().map(|b| b * self.unit()).collect::<Vec<_>>())
    }

    /// A block's random effects (or a column of its Λ) in the data's units, but for the unit of y.
    pub fn random(&self, block: usize, turned: &[f64]) -> Vec<f64> {
        self.blocks[block].back(turned)
    }

    /// A block's Λ in the data's units as its effects are judged: each by the spread of its column, the intercept where
    /// the columns have their means.
    pub fn judged(&self, block: usize, relative: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let units = &self.z[block];
        let mut out: Vec<Vec<f64>> =
            relative.iter().zip(units).map(|(row, u)| row.iter().map(|v| v * u.unit).collect()).collect();
        for (row, u) in relative.iter().zip(units).filter(|(_, u)| u.origin != 0.0) {
            out[0].iter_mut().zip(row).for_each(|(o, v)| *o += u.origin * v);
        }
        out
    }
}
