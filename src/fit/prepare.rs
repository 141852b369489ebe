//! From a design to sums: columns are turned to a well-conditioned basis on the way, and every estimate is carried back.

use super::basis::Basis;
use super::criterion::{Entry, Method};
use super::design::{Design, RandomBlock};
use super::rank::TOLERANCE;
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
        let mut wide: Vec<&[f64]> = design.x.iter().map(|c| &c.values[..]).collect();
        wide.push(&design.y);
        let intercept = design.x.iter().any(|c| c.name == "(Intercept)");
        let mut prepared = Self::start(&wide, intercept, &design.random, design.groups.len());
        for (f, group) in design.groups.iter().enumerate() {
            prepared.sums.reserve(f, group.labels.len());
        }
        let groups: Vec<&[u32]> = design.groups.iter().map(|g| &g.index[..]).collect();
        prepared.add(&wide, &design.random, &groups);
        prepared
    }

    /// No rows yet; bases and units are made from these columns of [X y] and of the blocks.
    pub(super) fn start(wide: &[&[f64]], intercept: bool, random: &[RandomBlock], factors: usize) -> Self {
        let mut sizes = vec![0; factors];
        let (mut place, mut z, mut blocks) = (vec![], vec![], vec![]);
        for block in random {
            let constant = block.columns.iter().any(|c| c.name == "(Intercept)");
            let one = Unit { origin: 0.0, unit: 1.0 };
            let units = block.columns.iter().map(|c| match &c.name[..] {
                "(Intercept)" => one,
                _ => unit(&c.values, constant),
            });
            z.push(units.collect::<Vec<_>>());
            let columns: Vec<&[f64]> = block.columns.iter().map(|c| &c.values[..]).collect();
            blocks.push(Basis::orthogonal(&columns));
            place.push((block.groups, sizes[block.groups]));
            sizes[block.groups] += block.columns.len();
        }
        let wide_basis = Basis::with_response(wide, intercept);
        let sums = CrossProducts::new(sizes, wide.len());
        let mut prepared = Self { sums, template: vec![], place, wide: wide_basis, blocks, z };
        prepared.lay_out();
        prepared
    }

    /// Puts the blocks in this order.
    pub(super) fn order(&mut self, order: &[usize]) {
        self.place = order.iter().map(|i| self.place[*i]).collect();
        self.blocks = order.iter().map(|i| self.blocks[*i].clone()).collect();
        self.z = order.iter().map(|i| self.z[*i].clone()).collect();
        self.lay_out();
    }

    fn lay_out(&mut self) {
        self.template.clear();
        for ((factor, first), units) in self.place.iter().zip(&self.z) {
            for col in 0..units.len() {
                for row in col..units.len() {
                    self.template.push(Entry { factor: *factor, row: first + row, col: first + col });
                }
            }
        }
    }

    /// Adds rows: their columns of [X y], of the blocks, their groups in each factor.
    pub(super) fn add(&mut self, wide: &[&[f64]], random: &[RandomBlock], groups: &[&[u32]]) {
        let total = wide.last().map_or(0, |y| y.len());
        let mut turned = vec![vec![]; wide.len()];
        let mut factors: Vec<Vec<Vec<f64>>> = self.sums.sizes.iter().map(|k| vec![vec![]; *k]).collect();
        let columns: Vec<Vec<&[f64]>> =
            random.iter().map(|b| b.columns.iter().map(|c| &c.values[..]).collect()).collect();
        let mut start = 0;
        while start < total {
            let rows = start..(start + ROWS).min(total);
            self.wide.turn(wide, rows.clone(), &mut turned);
            for ((columns, basis), (factor, first)) in columns.iter().zip(&self.blocks).zip(&self.place) {
                basis.turn(columns, rows.clone(), &mut factors[*factor][*first..*first + columns.len()]);
            }
            let groups: Vec<&[u32]> = groups.iter().map(|g| &g[rows.clone()]).collect();
            self.sums.add_rows(&groups, &factors, &turned);
            start = rows.end;
        }
    }

    /// Drops the columns of X that earlier ones span, decided from the sums; each with the columns that span it.
    /// `None` when the basis does not suit the rows, so that the sums have lost digits.
    pub(super) fn drop_dependent(&mut self, names: &[&str]) -> Option<Vec<(usize, Vec<usize>)>> {
        let (w, p) = (self.sums.width, self.columns());
        let g = |a: usize, b: usize| self.sums.gram[a * w + b];
        let intercept = names.first() == Some(&"(Intercept)");
        let mut l: Vec<Vec<f64>> = vec![];
        let (mut kept, mut gone): (Vec<usize>, Vec<usize>) = (vec![], vec![]);
        // Coefficients of the new columns that go, on those that stay.
        let mut recipes: Vec<Vec<f64>> = vec![];
        let from = usize::from(intercept);
        let centred = |a: usize, b: usize| if intercept { g(a, b) - g(a, 0) * g(b, 0) / g(0, 0) } else { g(a, b) };
        let size = |j: usize| -> f64 {
            let all = (from..=j).flat_map(|a| (from..=j).map(move |b| (a, b)));
            all.map(|(a, b)| self.wide.entry(a, j) * self.wide.entry(b, j) * centred(a, b)).sum::<f64>().max(0.0).sqrt()
        };
        for j in 0..p {
            let mut row: Vec<f64> = vec![];
            for (at, k) in kept.iter().enumerate() {
                let done: f64 = row.iter().zip(&l[at]).map(|(a, b)| a * b).sum();
                row.push((g(j, *k) - done) / l[at][at]);
            }
            let pivot = g(j, j) - row.iter().map(|v| v * v).sum::<f64>();
            let whole = if intercept && j == 0 { g(0, 0).sqrt() } else { size(j) };
            let left = self.wide.entry(j, j) * pivot.max(0.0).sqrt();
            if left > TOLERANCE * whole {
                if pivot < 1e-8 * g(j, j) {
                    return None;
                }
                row.push(pivot.sqrt());
                l.push(row);
                kept.push(j);
            } else {
                for at in (0..row.len()).rev() {
                    row[at] /= l[at][at];
                    for i in 0..at {
                        row[i] -= l[at][i] * row[at];
                    }
                }
                gone.push(j);
                recipes.push(row);
            }
        }
        if gone.is_empty() {
            return Some(vec![]);
        }
        // R of the columns that stay, on new columns that stay; and the columns that go on them.
        let onto = |j: usize, i: usize| -> f64 {
            let through = gone.iter().zip(&recipes).filter(|(d, _)| **d <= j);
            let extra: f64 = through.map(|(d, r)| r.get(i).copied().unwrap_or(0.0) * self.wide.entry(*d, j)).sum();
            (if kept[i] <= j { self.wide.entry(kept[i], j) } else { 0.0 }) + extra
        };
        let wide = self.wide.restricted(&kept, p, &onto);
        let spans = gone.iter().map(|d| {
            let v: Vec<f64> = (0..kept.len()).map(|i| onto(*d, i)).collect();
            let whole = size(*d).max(f64::MIN_POSITIVE);
            let coefficients = wide.back(&v);
            let heavy = |i: &usize| {
                let weight = if intercept && kept[*i] == 0 { 0.0 } else { size(kept[*i]) };
                (coefficients[*i] * weight).abs() > 1e-6 * whole
            };
            let mut of: Vec<usize> = (0..kept.len()).filter(heavy).map(|i| kept[i]).collect();
            if of.is_empty() && coefficients.iter().any(|c| *c != 0.0) {
                of.extend(kept.first());
            }
            (*d, of)
        });
        let spans = spans.collect();
        let columns: Vec<usize> = kept.iter().copied().chain([p]).collect();
        self.wide = wide;
        self.sums = self.sums.with_columns(&columns);
        Some(spans)
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

    /// The same linear map without the part of y that was taken out beforehand, and but for the unit of y: for columns
    /// of a covariance matrix, in which that unit stands squared and may be too large or too small for a number.
    pub fn linear(&self, beta: &[f64]) -> Vec<f64> {
        self.wide.back(beta)
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
