//! Subspaces by their ranks, and which covariance matrices a random part can make.

use super::structure::{Block, Structure};
use nalgebra::{DMatrix, DVector};

/// The part of a vector outside a space below which, relative to its size, it counts as inside.
const TOLERANCE: f64 = 1e-7;

/// An orthonormal basis that grows (Gram-Schmidt, twice a vector).
#[derive(Default)]
pub(super) struct Basis(Vec<Vec<f64>>);

impl Basis {
    /// The space of the vectors.
    pub(super) fn of<'a>(vectors: impl IntoIterator<Item = &'a Vec<f64>>) -> Self {
        let mut basis = Self::default();
        for vector in vectors {
            basis.add(vector);
        }
        basis
    }

    /// The dimension.
    pub(super) fn rank(&self) -> usize {
        self.0.len()
    }

    fn outside(&self, vector: &[f64]) -> Option<Vec<f64>> {
        let size = norm(vector);
        if size == 0.0 || !size.is_finite() {
            return None;
        }
        let mut rest: Vec<f64> = vector.iter().map(|v| v / size).collect();
        for _ in 0..2 {
            for b in &self.0 {
                let share: f64 = b.iter().zip(&rest).map(|(b, r)| b * r).sum();
                rest.iter_mut().zip(b).for_each(|(r, b)| *r -= share * b);
            }
        }
        let left = norm(&rest);
        (left > TOLERANCE).then(|| rest.into_iter().map(|r| r / left).collect())
    }

    /// Adds a vector; whether it was outside.
    pub(super) fn add(&mut self, vector: &[f64]) -> bool {
        match self.outside(vector) {
            Some(rest) => {
                self.0.push(rest);
                true
            }
            None => false,
        }
    }

    /// Whether the space holds a vector.
    pub(super) fn holds(&self, vector: &[f64]) -> bool {
        self.outside(vector).is_none()
    }
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The pairs of rows on which covariances are compared: those that share a group of some block, and the diagonal.
pub(super) fn cells(structures: [&Structure; 2], rows: usize) -> Vec<(usize, usize)> {
    let groups: Vec<&Vec<u32>> = structures.iter().flat_map(|s| &s.blocks).map(|b| &b.groups).collect();
    let mut cells = vec![];
    for i in 0..rows {
        cells.extend((0..i).filter(|j| groups.iter().any(|g| g[i] == g[*j])).map(|j| (j, i)));
        cells.push((i, i));
    }
    cells
}

/// Where a matrix G stands: block, effect and effect.
type Place = (usize, usize, usize);

/// The random part as matrices.
pub(super) struct Covariances {
    blocks: Vec<Block>,
    places: Vec<Place>,
    matrices: Vec<Vec<f64>>,
    /// The space that the matrices span.
    pub(super) span: Basis,
}

impl Covariances {
    /// The matrices of a random part, and of the residual when there is one.
    pub(super) fn new(structure: &Structure, cells: &[(usize, usize)], residual: bool) -> Self {
        let mut blocks = structure.blocks.clone();
        if residual {
            let rows = structure.offset.len();
            let groups = (0..rows as u32).collect();
            blocks.push(Block { groups, columns: vec![vec![1.0; rows]], pairs: vec![] });
        }
        let mut places = vec![];
        let mut matrices = vec![];
        for (at, block) in blocks.iter().enumerate() {
            let diagonal = (0..block.columns.len()).map(|k| (k, k));
            for (a, b) in diagonal.chain(block.pairs.iter().copied()) {
                places.push((at, a, b));
                matrices.push(matrix(block, a, b, cells));
            }
        }
        let span = Basis::of(&matrices);
        Self { blocks, places, matrices, span }
    }

    /// The number of variances and covariances.
    pub(super) fn parameters(&self) -> usize {
        self.matrices.len()
    }

    /// Whether every covariance of `self` is one that `other` can make; `None` when that cannot be told.
    pub(super) fn within(&self, other: &Self) -> Option<bool> {
        if !self.matrices.iter().all(|m| other.span.holds(m)) {
            return Some(false);
        }
        let family = Family::new(other);
        let mut told = true;
        for extreme in self.extremes() {
            match family.makes(&extreme) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => told = false,
            }
        }
        told.then_some(true)
    }

    /// Covariances on the edge of what the random part can make: one effect, or one line of effects, alone.
    fn extremes(&self) -> Vec<Vec<f64>> {
        let mut found = vec![];
        for (at, block) in self.blocks.iter().enumerate() {
            let k = block.columns.len();
            let mut add = |sigma: &dyn Fn(usize, usize) -> f64| {
                let mut sum = vec![0.0; self.matrices.first().map_or(0, Vec::len)];
                for (place, matrix) in self.places.iter().zip(&self.matrices).filter(|(p, _)| p.0 == at) {
                    let weight = sigma(place.1, place.2);
                    sum.iter_mut().zip(matrix).for_each(|(s, m)| *s += weight * m);
                }
                found.push(sum);
            };
            for e in 0..k {
                add(&|a, b| f64::from(a == e && b == e));
            }
            for &(p, q) in &block.pairs {
                for sign in [1.0, -1.0] {
                    add(&|a, b| match (a == p || a == q, b == p || b == q) {
                        (true, true) if a == b => 1.0,
                        (true, true) => sign,
                        _ => 0.0,
                    });
                }
            }
            if block.is_full() && k > 2 {
                for turn in 0..2 * k {
                    let v: Vec<f64> = (0..k).map(|e| ((turn * k + e) as f64 * 1.7 + 0.4).sin()).collect();
                    add(&|a, b| v[a] * v[b]);
                }
            }
        }
        found
    }
}

/// `x_a x_b' + x_b x_a'` within groups (`x_a x_a'` for a variance), on the cells.
fn matrix(block: &Block, a: usize, b: usize, cells: &[(usize, usize)]) -> Vec<f64> {
    let (x, y) = (&block.columns[a], &block.columns[b]);
    let value = |&(i, j): &(usize, usize)| match (block.groups[i] == block.groups[j], a == b) {
        (false, _) => 0.0,
        (true, true) => x[i] * x[j],
        (true, false) => x[i] * y[j] + y[i] * x[j],
    };
    cells.iter().map(value).collect()
}

/// Blocks whose matrices are independent, so that a covariance has one set of parameters in them.
struct Family<'a> {
    of: &'a Covariances,
    chosen: Vec<usize>,
    columns: Vec<usize>,
    scales: Vec<f64>,
    factor: Option<nalgebra::Cholesky<f64, nalgebra::Dyn>>,
    complete: bool,
}

impl<'a> Family<'a> {
    fn new(of: &'a Covariances) -> Self {
        let mut order: Vec<usize> = (0..of.blocks.len()).collect();
        order.sort_by_key(|b| std::cmp::Reverse(of.blocks[*b].columns.len()));
        let mut basis = Basis::default();
        let mut chosen = vec![];
        for block in order {
            let own: Vec<&Vec<f64>> =
                of.places.iter().zip(&of.matrices).filter(|(p, _)| p.0 == block).map(|(_, m)| m).collect();
            let trial = Basis::of(basis.0.iter().chain(own.iter().copied()));
            if trial.rank() == basis.rank() + own.len() {
                basis = trial;
                chosen.push(block);
            }
        }
        let complete = basis.rank() == of.span.rank();
        let columns: Vec<usize> = (0..of.places.len()).filter(|c| chosen.contains(&of.places[*c].0)).collect();
        let scales: Vec<f64> = columns.iter().map(|c| norm(&of.matrices[*c]).max(f64::MIN_POSITIVE)).collect();
        let gram = DMatrix::from_fn(columns.len(), columns.len(), |i, j| {
            let (x, y) = (&of.matrices[columns[i]], &of.matrices[columns[j]]);
            x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>() / (scales[i] * scales[j])
        });
        Self { of, chosen, columns, scales, factor: gram.cholesky(), complete }
    }

    /// Whether the covariance is Σ φ_k G_k with a positive semidefinite matrix in each block.
    fn makes(&self, target: &[f64]) -> Option<bool> {
        let factor = self.factor.as_ref()?;
        let right = DVector::from_iterator(
            self.columns.len(),
            self.columns
                .iter()
                .zip(&self.scales)
                .map(|(c, scale)| self.of.matrices[*c].iter().zip(target).map(|(m, t)| m * t).sum::<f64>() / scale),
        );
        let solution = factor.solve(&right);
        let value = |at: usize| solution[at] / self.scales[at];
        let mut sum = vec![0.0; target.len()];
        for (at, column) in self.columns.iter().enumerate() {
            sum.iter_mut().zip(&self.of.matrices[*column]).for_each(|(s, m)| *s += value(at) * m);
        }
        let gap: Vec<f64> = sum.iter().zip(target).map(|(s, t)| s - t).collect();
        if norm(&gap) > 1e-5 * norm(target) {
            return None;
        }
        let definite = self.chosen.iter().all(|block| {
            let k = self.of.blocks[*block].columns.len();
            let mut sigma = DMatrix::<f64>::zeros(k, k);
            for (at, column) in self.columns.iter().enumerate() {
                let (b, i, j) = self.of.places[*column];
                if b == *block {
                    sigma[(i, j)] = value(at);
                    sigma[(j, i)] = value(at);
                }
            }
            let largest = sigma.iter().fold(1e-3f64, |m, v| m.max(v.abs()));
            sigma.symmetric_eigenvalues().iter().all(|e| *e > -1e-5 * largest)
        });
        match (definite, self.complete) {
            (true, _) => Some(true),
            // Blocks that were left out might still make it.
            (false, true) if self.chosen.len() == self.of.blocks.len() => Some(false),
            (false, _) => None,
        }
    }
}
