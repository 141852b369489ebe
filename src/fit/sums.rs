//! Cross-products: everything that the criterion needs from the rows. They add, so that parts of a table can be summed
//! apart and merged; after this the number of rows no longer matters.

use pulp::{Arch, NullaryFnOnce};
use std::collections::HashMap;

/// The sums of products over rows of Z, X and y: Z'Z in blocks by groups, Z'[X y], [X y]'[X y].
///
/// Layout, `w = p + 1` (the columns of X, then y), `k` columns of factor `f`, all blocks row-major:
/// `diag[f]` holds a k×k block for each group (its sum of z z'), `right[f]` a k×w block for each group (z [x y]'),
/// `pairs[(f, g)]` with f < g a k_f×k_g block for each pair of groups that share a row, `gram` the w×w matrix.
/// As SQL aggregates: one `GROUP BY` over each factor, one over each pair of factors, one over all.
///
/// ```
/// use mlnote::fit::CrossProducts;
/// let (mut all, mut part) = (CrossProducts::new(vec![1], 2), CrossProducts::new(vec![1], 2));
/// all.add(&[0], &[1.0], &[1.0, 3.0]);
/// part.add(&[1], &[1.0], &[1.0, 5.0]);
/// all.merge(&part);
/// assert_eq!((all.rows, all.right[0].as_slice(), all.gram.as_slice()), (2, &[1.0, 3.0, 1.0, 5.0][..], &[2.0, 8.0, 8.0, 34.0][..]));
/// ```
#[derive(Clone, Debug, Default)]
pub struct CrossProducts {
    /// The number of rows.
    pub rows: u64,
    /// Columns of each factor.
    pub sizes: Vec<usize>,
    /// Columns of [X y].
    pub width: usize,
    /// Blocks of Z'Z, by factor.
    pub diag: Vec<Vec<f64>>,
    /// Blocks of Z'[X y], by factor.
    pub right: Vec<Vec<f64>>,
    /// Blocks of Z'Z between factors, by f < g.
    pub pairs: HashMap<(usize, usize), Pairs>,
    /// [X y]'[X y].
    pub gram: Vec<f64>,
}

/// The blocks of Z'Z between the groups of two factors.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// Which block belongs to a pair of groups.
    pub place: HashMap<(u32, u32), usize, Mixer>,
    /// The blocks.
    pub blocks: Vec<f64>,
}

/// A hash of two small numbers: SipHash would take longer than the sums.
pub type Mixer = std::hash::BuildHasherDefault<Mix>;

/// See [`Mixer`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Mix(u64);

impl std::hash::Hasher for Mix {
    fn finish(&self) -> u64 {
        let x = (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        x ^ (x >> 29)
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.write_u32(u32::from(*b)));
    }
    fn write_u32(&mut self, value: u32) {
        self.0 = (self.0.rotate_left(31) ^ u64::from(value)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    }
}

impl CrossProducts {
    /// No rows yet, for factors with `sizes` columns and `width` columns of [X y].
    pub fn new(sizes: Vec<usize>, width: usize) -> Self {
        let empty = vec![vec![]; sizes.len()];
        Self {
            rows: 0,
            width,
            diag: empty.clone(),
            right: empty,
            pairs: HashMap::new(),
            gram: vec![0.0; width * width],
            sizes,
        }
    }

    /// The number of groups of a factor so far.
    pub fn groups(&self, factor: usize) -> usize {
        let k = self.sizes[factor];
        self.diag[factor].len() / (k * k).max(1)
    }

    /// Makes room for the groups of a factor.
    pub fn reserve(&mut self, factor: usize, groups: usize) {
        let k = self.sizes[factor];
        if self.groups(factor) < groups {
            self.diag[factor].resize(groups * k * k, 0.0);
            self.right[factor].resize(groups * k * self.width, 0.0);
        }
    }

    /// Adds a row: its group in each factor, its values of z (the factors' columns one after the other), of [x y].
    pub fn add(&mut self, groups: &[u32], z: &[f64], xy: &[f64]) {
        let w = self.width;
        self.rows += 1;
        let mut from = 0;
        for (f, group) in groups.iter().enumerate() {
            let (k, group) = (self.sizes[f], *group as usize);
            let z = &z[from..from + k];
            from += k;
            self.reserve(f, group + 1);
            let diag = &mut self.diag[f][group * k * k..(group + 1) * k * k];
            for (row, a) in diag.chunks_exact_mut(k).zip(z) {
                row.iter_mut().zip(z).for_each(|(d, b)| *d += a * b);
            }
            let right = &mut self.right[f][group * k * w..(group + 1) * k * w];
            for (row, a) in right.chunks_exact_mut(w).zip(z) {
                row.iter_mut().zip(xy).for_each(|(d, b)| *d += a * b);
            }
        }
        let mut from = 0;
        for f in 0..groups.len() {
            let kf = self.sizes[f];
            let mut other = from + kf;
            for g in f + 1..groups.len() {
                let kg = self.sizes[g];
                let pairs = self.pairs.entry((f, g)).or_default();
                let next = pairs.blocks.len();
                let at = *pairs.place.entry((groups[f], groups[g])).or_insert(next);
                if at == next {
                    pairs.blocks.resize(next + kf * kg, 0.0);
                }
                for (row, a) in pairs.blocks[at..at + kf * kg].chunks_exact_mut(kg).zip(&z[from..from + kf]) {
                    row.iter_mut().zip(&z[other..other + kg]).for_each(|(d, b)| *d += a * b);
                }
                other += kg;
            }
            from += kf;
        }
        for (row, a) in self.gram.chunks_exact_mut(w).zip(xy) {
            row.iter_mut().zip(xy).for_each(|(d, b)| *d += a * b);
        }
    }

    /// Adds rows by columns: the group of each row in each factor, the factors' columns of z, the columns of [x y].
    /// Blocks of rows are summed by themselves first, which keeps digits.
    pub fn add_rows(&mut self, groups: &[&[u32]], z: &[Vec<Vec<f64>>], xy: &[Vec<f64>]) {
        // With the widest instructions there are; the order of the sums, and so every bit, is the same with all of them.
        Arch::new().dispatch(AddRows { sums: self, groups, z, xy });
    }

    #[inline(always)]
    fn add_columns(&mut self, groups: &[&[u32]], z: &[Vec<Vec<f64>>], xy: &[Vec<f64>]) {
        let (w, rows) = (self.width, xy.first().map_or(0, Vec::len));
        self.rows += rows as u64;
        for i in 0..w {
            for j in 0..=i {
                let sum = dot(&xy[i], &xy[j]);
                self.gram[i * w + j] += sum;
                if i != j {
                    self.gram[j * w + i] += sum;
                }
            }
        }
        for (f, groups) in groups.iter().enumerate() {
            let mut start = 0;
            while start < rows {
                let group = groups[start];
                let end = start + groups[start..].iter().take_while(|g| **g == group).count();
                self.add_run(f, group as usize, start..end, &z[f], xy);
                start = end;
            }
        }
        for f in 0..groups.len() {
            for g in f + 1..groups.len() {
                let mut start = 0;
                while start < rows {
                    let key = (groups[f][start], groups[g][start]);
                    let run = groups[f][start..].iter().zip(&groups[g][start..]).take_while(|(a, b)| (**a, **b) == key);
                    let end = start + run.count();
                    self.add_pair((f, g), key, start..end, &z[f], &z[g]);
                    start = end;
                }
            }
        }
    }

    /// Adds rows of one group.
    #[inline(always)]
    fn add_run(&mut self, f: usize, group: usize, rows: std::ops::Range<usize>, z: &[Vec<f64>], xy: &[Vec<f64>]) {
        let (k, w) = (self.sizes[f], self.width);
        self.reserve(f, group + 1);
        let diag = &mut self.diag[f][group * k * k..(group + 1) * k * k];
        let right = &mut self.right[f][group * k * w..(group + 1) * k * w];
        for a in 0..k {
            let own = &z[a][rows.clone()];
            for b in 0..=a {
                let sum = dot(own, &z[b][rows.clone()]);
                diag[a * k + b] += sum;
                if a != b {
                    diag[b * k + a] += sum;
                }
            }
            for (c, column) in xy.iter().enumerate() {
                right[a * w + c] += dot(own, &column[rows.clone()]);
            }
        }
    }

    /// Adds rows that share a pair of groups.
    #[inline(always)]
    fn add_pair(
        &mut self,
        (f, g): (usize, usize),
        key: (u32, u32),
        rows: std::ops::Range<usize>,
        zf: &[Vec<f64>],
        zg: &[Vec<f64>],
    ) {
        let (kf, kg) = (self.sizes[f], self.sizes[g]);
        let pairs = self.pairs.entry((f, g)).or_default();
        let next = pairs.blocks.len();
        let at = *pairs.place.entry(key).or_insert(next);
        if at == next {
            pairs.blocks.resize(next + kf * kg, 0.0);
        }
        for (a, left) in zf.iter().enumerate() {
            for (b, right) in zg.iter().enumerate() {
                pairs.blocks[at + a * kg + b] += dot(&left[rows.clone()], &right[rows.clone()]);
            }
        }
    }

    /// The sums of some of the columns of [X y].
    pub(super) fn with_columns(&self, columns: &[usize]) -> Self {
        let w = self.width;
        let pick = |m: &Vec<f64>| m.chunks_exact(w).flat_map(|row| columns.iter().map(|c| row[*c])).collect::<Vec<_>>();
        let rows: Vec<f64> = columns.iter().flat_map(|c| self.gram[c * w..(c + 1) * w].to_vec()).collect();
        Self {
            rows: self.rows,
            sizes: self.sizes.clone(),
            width: columns.len(),
            diag: self.diag.clone(),
            right: self.right.iter().map(pick).collect(),
            pairs: self.pairs.clone(),
            gram: pick(&rows),
        }
    }

    /// Adds the sums of other rows of the same design; groups keep their numbers.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        for f in 0..self.sizes.len() {
            self.reserve(f, other.groups(f));
            self.diag[f].iter_mut().zip(&other.diag[f]).for_each(|(a, b)| *a += b);
            self.right[f].iter_mut().zip(&other.right[f]).for_each(|(a, b)| *a += b);
        }
        for (key, theirs) in &other.pairs {
            let size = self.sizes[key.0] * self.sizes[key.1];
            let ours = self.pairs.entry(*key).or_default();
            for (groups, from) in &theirs.place {
                let next = ours.blocks.len();
                let at = *ours.place.entry(*groups).or_insert(next);
                if at == next {
                    ours.blocks.resize(next + size, 0.0);
                }
                let block = &theirs.blocks[*from..from + size];
                ours.blocks[at..at + size].iter_mut().zip(block).for_each(|(a, b)| *a += b);
            }
        }
        self.gram.iter_mut().zip(&other.gram).for_each(|(a, b)| *a += b);
    }
}

/// [`CrossProducts::add_rows`].
struct AddRows<'a> {
    sums: &'a mut CrossProducts,
    groups: &'a [&'a [u32]],
    z: &'a [Vec<Vec<f64>>],
    xy: &'a [Vec<f64>],
}

impl NullaryFnOnce for AddRows<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.sums.add_columns(self.groups, self.z, self.xy);
    }
}

/// The inner product, in eight partial sums that the processor can take side by side.
#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0f64; 8];
    let (mut left, mut right) = (a.chunks_exact(8), b.chunks_exact(8));
    for (a, b) in (&mut left).zip(&mut right) {
        for i in 0..8 {
            sums[i] += a[i] * b[i];
        }
    }
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(a, b)| a * b).sum();
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + b) + (c + d)) + ((e + f) + (g + h)) + rest
}
