//! The profiled deviance and its gradient from cross-products (Bates, Mächler, Bolker and Walker 2015): the cost of an
//! evaluation does not depend on the number of rows.
//!
//! At θ, with A = Z'Z, B = Z'[X y], C = [X y]'[X y]: M = Λ'AΛ + I = LL' (equation 18), W = L⁻¹Λ'B (equations 49 and 50),
//! S = C − W'W = RR' (equation 51). The last pivot of R is the root of the penalised residual sum of squares r² (equation
//! 19 at its minimum); ML: d = log|M| + n (1 + log(2π r²/n)) (equation 35), REML: d = log|M| + log|S_X| +
//! (n − p)(1 + log(2π r²/(n − p))) (equation 42).

use super::batch::Batch;
use super::dense;
use super::pattern::{FILL, Pattern};
use super::small::{add_ab, add_atb, cholesky, solve_lower, solve_upper};
use super::sums::CrossProducts;
use crate::error::Result;
use nalgebra::DMatrix;

/// Maximum likelihood or restricted maximum likelihood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Maximum likelihood.
    Ml,
    /// Restricted maximum likelihood, lme4's default.
    #[default]
    Reml,
}

/// Where an entry of θ stands: in the lower triangle of the factor's block of Λ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The grouping factor.
    pub factor: usize,
    /// Row in its block.
    pub row: usize,
    /// Column in its block.
    pub col: usize,
}

/// The criterion as a function of θ: the profiled deviance by ML (Bates et al. 2015, equation 35) or REML (equation 42).
#[derive(Debug)]
pub struct Criterion {
    pub(super) method: Method,
    pub(super) rows: f64,
    pub(super) width: usize,
    pub(super) gram: Vec<f64>,
    pub(super) pattern: Pattern,
    pub(super) template: Vec<Entry>,
    pub(super) work: Work,
    /// The quicker way, of a single factor.
    batch: Option<Batch>,
}

/// Room for one evaluation.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) lambda: Vec<Vec<f64>>,
    pub(super) diag: Vec<f64>,
    pub(super) off: Vec<f64>,
    pub(super) right: Vec<f64>,
    pub(super) dense: DMatrix<f64>,
    pub(super) dense_right: DMatrix<f64>,
    pub(super) panel: DMatrix<f64>,
    pub(super) spare: Vec<f64>,
}

/// What one factorisation gives.
#[derive(Clone, Debug)]
pub struct Profile {
    /// −2 log-likelihood at its maximum over β and σ.
    pub deviance: f64,
    /// The penalised residual sum of squares.
    pub rss: f64,
    /// Its degrees of freedom: n, or n − p by REML.
    pub df: f64,
    /// The fixed effects (equation 52).
    pub beta: Vec<f64>,
    /// R_X⁻¹, row-major, so that R_X⁻ᵀ R_X⁻¹ = (X'V⁻¹X)⁻¹ (equation 55 without σ²).
    pub root: Vec<f64>,
    /// The spherical random effects u (equations 10 and 53), by factor (order of the sums), group and column.
    pub spherical: Vec<Vec<f64>>,
}

pub(super) struct Core {
    pub(super) deviance: f64,
    pub(super) rss: f64,
    pub(super) df: f64,
    /// The Cholesky factor of S.
    pub(super) r: Vec<f64>,
}

impl Criterion {
    /// The criterion of sums with a template of Λ.
    ///
    /// # Errors
    /// `TooLarge` when crossed factors leave too many columns.
    pub fn new(sums: &CrossProducts, template: Vec<Entry>, method: Method) -> Result<Self> {
        let pattern = Pattern::new(sums)?;
        let work = Work {
            lambda: sums.sizes.iter().map(|k| vec![0.0; k * k]).collect(),
            diag: vec![0.0; pattern.diag.len()],
            off: vec![0.0; pattern.fill],
            right: vec![0.0; pattern.right.len()],
            dense: DMatrix::zeros(pattern.dense, pattern.dense),
            dense_right: DMatrix::zeros(pattern.dense, sums.width),
            panel: DMatrix::zeros(pattern.panel, if pattern.panel > 0 { pattern.dense } else { 0 }),
            spare: vec![],
        };
        let gram = sums.gram.clone();
        let batch = match &pattern.parts[..] {
            [only] => Batch::new(&pattern.diag, &pattern.right, only.k, sums.width),
            _ => None,
        };
        Ok(Self { batch, method, rows: sums.rows as f64, width: sums.width, gram, pattern, template, work })
    }

    /// The number of parameters θ.
    pub fn parameters(&self) -> usize {
        self.template.len()
    }

    /// A rough count of multiplications an evaluation takes, to choose how many starts are affordable.
    pub fn cost(&self) -> f64 {
        let nodes: usize =
            self.pattern.parts.iter().map(|p| p.count * p.k * (p.k + self.width) * self.width.max(p.k)).sum();
        let links: f64 = self.pattern.links.iter().map(|l| (l.len() * l.len()) as f64).sum();
        nodes as f64 + 4.0 * links + 2.0 * (self.pattern.dense as f64).powi(3)
    }

    /// Deviance at θ; `None` where it cannot be computed (overflow, or a residual sum of squares of zero).
    pub fn value(&mut self, theta: &[f64]) -> Option<f64> {
        self.factorise(theta).map(|core| core.deviance)
    }

    /// Deviance and gradient at θ.
    pub fn gradient(&mut self, theta: &[f64]) -> Option<(f64, Vec<f64>)> {
        let (core, gradient) = match self.batch.take() {
            Some(mut batch) => {
                self.place(theta);
                let mut s = self.gram.clone();
                let log = batch.forward(&self.work.lambda[0], &mut s);
                self.batch = Some(batch);
                let core = self.core(log?, s)?;
                let kernel = self.kernel(&core);
                let gradient = self.batch.as_ref()?.backward(&kernel, &self.template);
                (core, gradient)
            }
            None => {
                let core = self.factorise(theta)?;
                let gradient = self.differentiate(&core);
                (core, gradient)
            }
        };
        gradient.iter().all(|g| g.is_finite()).then_some((core.deviance, gradient))
    }

    /// Everything at θ that estimates are made of.
    pub fn profile(&mut self, theta: &[f64]) -> Option<Profile> {
        let core = self.factorise(theta)?;
        let (gamma, root) = self.fixed(&core);
        self.back_substitute();
        let (w, p) = (self.width, self.width - 1);
        let mut spherical = vec![vec![]; self.pattern.parts.len()];
        for part in &self.pattern.parts {
            let rows = &self.work.right[part.right..part.right + part.count * part.k * w];
            spherical[part.factor] =
                rows.chunks_exact(w).map(|row| row.iter().zip(&gamma).map(|(u, g)| u * g).sum()).collect();
        }
        let beta = gamma[..p].iter().map(|g| -g).collect();
        Some(Profile { deviance: core.deviance, rss: core.rss, df: core.df, beta, root, spherical })
    }

    /// Puts θ in its places of Λ.
    fn place(&mut self, theta: &[f64]) {
        for (entry, value) in self.template.iter().zip(theta) {
            let k = self.pattern.parts.iter().find(|p| p.factor == entry.factor).map_or(1, |p| p.k);
            self.work.lambda[entry.factor][entry.row * k + entry.col] = *value;
        }
    }

    fn factorise(&mut self, theta: &[f64]) -> Option<Core> {
        self.place(theta);
        let w = self.width;
        let pattern = &self.pattern;
        let work = &mut self.work;
        // M = Λ'AΛ + I and the right sides Λ'B.
        work.right.fill(0.0);
        work.diag.fill(0.0);
        for part in &pattern.parts {
            let (k, lambda) = (part.k, &work.lambda[part.factor]);
            let mut al = vec![0.0; k * k];
            for g in 0..part.count {
                let (d, r) = (part.diag + g * k * k, part.right + g * k * w);
                al.fill(0.0);
                add_ab(&mut al, 1.0, &pattern.diag[d..d + k * k], lambda, (k, k, k));
                let block = &mut work.diag[d..d + k * k];
                add_atb(block, 1.0, lambda, &al, (k, k, k));
                for i in 0..k {
                    block[i * k + i] += 1.0;
                }
                add_atb(&mut work.right[r..r + k * w], 1.0, lambda, &pattern.right[r..r + k * w], (k, k, w));
            }
        }
        work.off.fill(0.0);
        work.dense.fill(0.0);
        let mut al: Vec<f64> = vec![];
        for (node, links) in pattern.links.iter().enumerate() {
            let own = pattern.part_of(node);
            let sparse = (pattern.part[node] as usize) < pattern.sparse;
            for link in links.iter().filter(|l| l.a != FILL) {
                let other = pattern.part_of(link.node as usize);
                let (k, h) = (own.k, other.k);
                al.clear();
                al.resize(k * h, 0.0);
                add_ab(&mut al, 1.0, &pattern.off[link.a..link.a + k * h], &work.lambda[other.factor], (k, h, h));
                let lambda = &work.lambda[own.factor];
                if sparse {
                    add_atb(&mut work.off[link.c..link.c + k * h], 1.0, lambda, &al, (k, k, h));
                } else {
                    let mut block = vec![0.0; k * h];
                    add_atb(&mut block, 1.0, lambda, &al, (k, k, h));
                    let (i, j) = (column(own, node), column(other, link.node as usize));
                    scatter(&mut work.dense, &block, (i, j), (k, h), 1.0);
                }
            }
        }
        let log = self.eliminate()?;
        let mut s = self.gram.clone();
        let right = &self.work.right;
        for row in right.chunks_exact(w) {
            for i in 0..w {
                let f = row[i];
                if f != 0.0 {
                    s[i * w..i * w + i + 1].iter_mut().zip(row).for_each(|(s, b)| *s -= f * b);
                }
            }
        }
        self.core(log, s)
    }

    /// The deviance from log|M| and S.
    fn core(&self, log: f64, mut s: Vec<f64>) -> Option<Core> {
        let w = self.width;
        let p = w - 1;
        // A residual sum of squares within rounding of zero (y is of size one) has no logarithm worth having.
        let log_s = cholesky(&mut s, w)?;
        let rss = s[p * w + p] * s[p * w + p];
        if rss <= self.rows * 1e-15 {
            return None;
        }
        let log_x = log_s - rss.ln();
        let (df, extra) = match self.method {
            Method::Ml => (self.rows, 0.0),
            Method::Reml => (self.rows - p as f64, log_x),
        };
        let deviance = log + extra + df * (1.0 + (2.0 * std::f64::consts::PI * rss / df).ln());
        deviance.is_finite().then_some(Core { deviance, rss, df, r: s })
    }

    /// Cholesky factor of M in the order of nodes, and W = L⁻¹ (right sides); the log-determinant of M.
    fn eliminate(&mut self) -> Option<f64> {
        let w = self.width;
        let pattern = &self.pattern;
        let work = &mut self.work;
        let mut log = 0.0;
        let nodes = pattern.parts.get(pattern.sparse).map_or(pattern.links.len(), |p| p.first);
        for part in &pattern.parts[pattern.sparse..] {
            let k = part.k;
            for g in 0..part.count {
                let (d, c) = (part.diag + g * k * k, part.column + g * k);
                scatter(&mut work.dense, &work.diag[d..d + k * k], (c, c), (k, k), 1.0);
            }
        }
        let mut update: Vec<f64> = vec![];
        for node in 0..nodes {
            let k = pattern.part_of(node).k;
            let (d, r) = pattern.at(node, w);
            log += cholesky(&mut work.diag[d..d + k * k], k)?;
            let l = &work.diag[d..d + k * k];
            solve_lower(l, k, &mut work.right[r..r + k * w], w);
            let links = &pattern.links[node];
            for link in links {
                let h = pattern.part_of(link.node as usize).k;
                solve_lower(l, k, &mut work.off[link.c..link.c + k * h], h);
            }
            let panel = pattern.panel > 0;
            for (at, one) in links.iter().enumerate() {
                let (n1, part1) = (one.node as usize, pattern.part_of(one.node as usize));
                let h = part1.k;
                let c1 = one.c..one.c + k * h;
                let (d1, r1) = pattern.at(n1, w);
                let (from, to) = split(&mut work.right, r..r + k * w, r1..r1 + h * w);
                add_atb(to, -1.0, &work.off[c1.clone()], from, (h, k, w));
                if panel {
                    continue;
                }
                let dense1 = (pattern.part[n1] as usize) >= pattern.sparse;
                if dense1 {
                    // Both are in the dense rest from here on.
                    let i = column(part1, n1);
                    for two in &links[at..] {
                        let n2 = two.node as usize;
                        let part2 = pattern.part_of(n2);
                        let j = column(part2, n2);
                        if k == 1 && h == 1 && part2.k == 1 {
                            work.dense[(j, i)] -= work.off[one.c] * work.off[two.c];
                            continue;
                        }
                        update.clear();
                        update.resize(part2.k * h, 0.0);
                        add_atb(
                            &mut update,
                            -1.0,
                            &work.off[two.c..two.c + k * part2.k],
                            &work.off[c1.clone()],
                            (part2.k, k, h),
                        );
                        for a in 0..part2.k {
                            for b in 0..h {
                                work.dense[(j + a, i + b)] += update[a * h + b];
                            }
                        }
                    }
                    continue;
                }
                add_atb(&mut work.diag[d1..d1 + h * h], -1.0, &work.off[c1.clone()], &work.off[c1.clone()], (h, k, h));
                for two in &links[at + 1..] {
                    let Ok(slot) = pattern.links[n1].binary_search_by_key(&two.node, |l| l.node) else { continue };
                    let h2 = pattern.part_of(two.node as usize).k;
                    let target = pattern.links[n1][slot].c;
                    let (from, to) = work.off.split_at_mut(target);
                    add_atb(&mut to[..h * h2], -1.0, &from[c1.clone()], &from[two.c..two.c + k * h2], (h, k, h2));
                }
            }
        }
        if pattern.panel > 0 {
            gather(pattern, &work.off, &mut work.panel);
            let across = work.panel.transpose();
            work.dense.gemm(-1.0, &across, &work.panel, 1.0);
        }
        if pattern.dense > 0 {
            log += dense::cholesky(&mut work.dense)?;
            self.dense_right(true);
            let work = &mut self.work;
            work.dense.solve_lower_triangular_mut(&mut work.dense_right);
            self.dense_right(false);
        }
        Some(log)
    }

    /// Copies the right sides of the dense rest into its matrix, or back.
    pub(super) fn dense_right(&mut self, into: bool) {
        let (pattern, work, w) = (&self.pattern, &mut self.work, self.width);
        for part in &pattern.parts[pattern.sparse..] {
            for row in 0..part.count * part.k {
                for c in 0..w {
                    let (from, to) = (part.right + row * w + c, (part.column + row, c));
                    if into {
                        work.dense_right[to] = work.right[from];
                    } else {
                        work.right[from] = work.dense_right[to];
                    }
                }
            }
        }
    }

    /// γ = (−β, 1) and R_X⁻¹ from the factor of S.
    pub(super) fn fixed(&self, core: &Core) -> (Vec<f64>, Vec<f64>) {
        let (w, p) = (self.width, self.width - 1);
        let mut rx = vec![0.0; p * p];
        for i in 0..p {
            rx[i * p..(i + 1) * p].copy_from_slice(&core.r[i * w..i * w + p]);
        }
        let mut beta: Vec<f64> = core.r[p * w..p * w + p].to_vec();
        solve_upper(&rx, p, &mut beta, 1);
        let mut root = vec![0.0; p * p];
        (0..p).for_each(|i| root[i * p + i] = 1.0);
        solve_lower(&rx, p, &mut root, p);
        let gamma = beta.iter().map(|b| -b).chain([1.0]).collect();
        (gamma, root)
    }
}

/// The first column of a node in the dense rest.
pub(crate) fn column(part: &super::pattern::Part, node: usize) -> usize {
    part.column + (node - part.first) * part.k
}

/// Adds a row-major block to the lower triangle of the dense rest, at rows and columns of two nodes (first ≤ second).
fn scatter(dense: &mut DMatrix<f64>, block: &[f64], (i, j): (usize, usize), (k, h): (usize, usize), s: f64) {
    for a in 0..k {
        for b in 0..h {
            dense[(j + b, i + a)] += s * block[a * h + b];
        }
    }
}

/// Copies the blocks between the sparse part and the dense rest into one matrix.
pub(crate) fn gather(pattern: &Pattern, off: &[f64], panel: &mut DMatrix<f64>) {
    let own = &pattern.parts[0];
    for node in 0..own.count {
        for link in &pattern.links[node] {
            let other = pattern.part_of(link.node as usize);
            let (row, col) = (node * own.k, column(other, link.node as usize));
            for x in 0..own.k {
                for y in 0..other.k {
                    panel[(row + x, col + y)] = off[link.c + x * other.k + y];
                }
            }
        }
    }
}

/// Two disjoint ranges of one slice, the first to read, the second to write.
pub(crate) fn split(
    values: &mut [f64],
    from: std::ops::Range<usize>,
    to: std::ops::Range<usize>,
) -> (&[f64], &mut [f64]) {
    if from.start < to.start {
        let (left, right) = values.split_at_mut(to.start);
        (&left[from], &mut right[..to.end - to.start])
    } else {
        let (left, right) = values.split_at_mut(from.start);
        (&right[..from.end - from.start], &mut left[to])
    }
}
