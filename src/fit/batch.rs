//! The criterion of a single grouping factor: no group touches another, so that eight of them are taken side by side,
//! each in a lane of its own. What is computed is that of `criterion` and `gradient`. The widest instructions that the
//! processor has are chosen when it runs; sums keep their order and no product is fused with one, so that they do not
//! depend on the processor.

// Indices as in the formulas.
#![allow(clippy::needless_range_loop)]

use super::criterion::Entry;
use pulp::{Arch, NullaryFnOnce};

/// Groups side by side.
const LANES: usize = 8;

/// One number of each of them.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Lane([f64; LANES]);

const ZERO: Lane = Lane([0.0; LANES]);
const ONE: Lane = Lane([1.0; LANES]);

impl Lane {
    #[inline(always)]
    fn map(self, f: impl Fn(usize, f64) -> f64) -> Self {
        let mut out = self;
        for lane in 0..LANES {
            out.0[lane] = f(lane, self.0[lane]);
        }
        out
    }

    #[inline(always)]
    fn times(self, b: Self) -> Self {
        self.map(|lane, v| v * b.0[lane])
    }

    #[inline(always)]
    fn plus(self, a: Self, b: Self) -> Self {
        self.map(|lane, v| v + a.0[lane] * b.0[lane])
    }

    #[inline(always)]
    fn minus(self, a: Self, b: Self) -> Self {
        self.map(|lane, v| v - a.0[lane] * b.0[lane])
    }

    #[inline(always)]
    fn plus_scaled(self, factor: f64, a: Self) -> Self {
        self.map(|lane, v| v + factor * a.0[lane])
    }

    fn total(&self) -> f64 {
        let [a, b, c, d, e, f, g, h] = self.0;
        ((a + b) + (c + d)) + ((e + f) + (g + h))
    }
}

type Square<const K: usize> = [[Lane; K]; K];

/// Block sizes that loops are made for; smaller blocks are filled up with columns of zeros, which change nothing.
const SIZES: [usize; 9] = [1, 2, 3, 4, 5, 6, 8, 12, 16];

macro_rules! sized {
    ($arch:expr, $size:expr, $name:ident => $body:expr) => {
        match $size {
            1 => sized!(@ $arch, 1, $name => $body),
            2 => sized!(@ $arch, 2, $name => $body),
            3 => sized!(@ $arch, 3, $name => $body),
            4 => sized!(@ $arch, 4, $name => $body),
            5 => sized!(@ $arch, 5, $name => $body),
            6 => sized!(@ $arch, 6, $name => $body),
            8 => sized!(@ $arch, 8, $name => $body),
            12 => sized!(@ $arch, 12, $name => $body),
            _ => sized!(@ $arch, 16, $name => $body),
        }
    };
    (@ $arch:expr, $k:literal, $name:ident => $body:expr) => {{
        const $name: usize = $k;
        $arch.dispatch($body)
    }};
}

/// The blocks of Z'Z and Z'[X y] of all groups, in lanes; groups that fill up the last lanes are zero and change
/// nothing.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    /// What the processor can do.
    instructions: Arch,
    /// Columns a group, and the size they are filled up to.
    k: usize,
    size: usize,
    /// Columns of [X y].
    w: usize,
    /// size × size lanes for every eight groups.
    a: Vec<Lane>,
    /// w × size lanes for every eight groups, column by column.
    b: Vec<Lane>,
    /// U = M⁻¹Λ'[X y], as `b`.
    u: Vec<Lane>,
    /// E = B − AΛU, as `b`.
    e: Vec<Lane>,
    /// Σ AΛM⁻¹.
    product: Vec<f64>,
}

/// Row-major blocks of `rows` × `columns`, side by side; `place` says where an entry stands among `size`.
fn lanes(
    blocks: &[f64],
    (rows, columns): (usize, usize),
    size: usize,
    place: impl Fn(usize, usize) -> usize,
) -> Vec<Lane> {
    let groups = blocks.len() / (rows * columns).max(1);
    let mut out = vec![ZERO; groups.div_ceil(LANES) * size];
    for (group, block) in blocks.chunks_exact(rows * columns).enumerate() {
        let own = &mut out[group / LANES * size..][..size];
        for (at, value) in block.iter().enumerate() {
            own[place(at / columns, at % columns)].0[group % LANES] = *value;
        }
    }
    out
}

impl Batch {
    /// From the blocks of the groups, k×k and k×w, row-major; `None` when they are too large for lanes.
    pub(super) fn new(diag: &[f64], right: &[f64], k: usize, w: usize) -> Option<Self> {
        let size = *SIZES.iter().find(|size| **size >= k)?;
        let a = lanes(diag, (k, k), size * size, |row, column| row * size + column);
        let b = lanes(right, (k, w), w * size, |row, column| column * size + row);
        Some(Self {
            instructions: Arch::new(),
            k,
            size,
            w,
            u: vec![ZERO; b.len()],
            e: vec![ZERO; b.len()],
            a,
            b,
            product: vec![],
        })
    }

    /// Takes W'W off the lower triangle of `s`; log|M|. `None` when M is not positive definite.
    pub(super) fn forward(&mut self, lambda: &[f64], s: &mut [f64]) -> Option<f64> {
        sized!(self.instructions, self.size, K => Forward::<K> { batch: self, lambda, s })
    }

    /// 2 Σ AΛM⁻¹ − 2 Σ E K U' at the entries of θ, of the last [`Batch::forward`].
    pub(super) fn backward(&self, kernel: &[f64], template: &[Entry]) -> Vec<f64> {
        let sum = sized!(self.instructions, self.size, K => Backward::<K> { batch: self, kernel });
        let at = |t: &Entry| t.row * self.size + t.col;
        template.iter().map(|t| 2.0 * (self.product[at(t)] - sum[at(t)])).collect()
    }
}

/// [`Batch::forward`] by blocks of a size.
struct Forward<'a, const K: usize> {
    batch: &'a mut Batch,
    lambda: &'a [f64],
    s: &'a mut [f64],
}

/// [`Batch::backward`] by blocks of a size: Σ E K U'.
struct Backward<'a, const K: usize> {
    batch: &'a Batch,
    kernel: &'a [f64],
}

/// Replaces the lower triangle of M by its Cholesky factor with the inverse of its diagonal; the product of the
/// diagonal's entries, and whether M is positive definite.
#[inline(always)]
fn factor<const K: usize>(m: &mut Square<K>) -> (Lane, bool) {
    let (mut roots, mut definite) = (ONE, true);
    for j in 0..K {
        let mut pivot = m[j][j];
        for c in 0..j {
            pivot = pivot.minus(m[j][c], m[j][c]);
        }
        definite &= pivot.0.iter().fold(true, |all, p| all & (*p > 0.0) & (*p < f64::INFINITY));
        // Of roots, so that many large pivots do not overflow.
        let root = pivot.map(|_, p| p.sqrt());
        roots = roots.times(root);
        let inverse = root.map(|_, r| 1.0 / r);
        m[j][j] = inverse;
        for i in j + 1..K {
            let mut v = m[i][j];
            for c in 0..j {
                v = v.minus(m[i][c], m[j][c]);
            }
            m[i][j] = v.times(inverse);
        }
    }
    (roots, definite)
}

/// v ← L⁻¹ v, of a factor by [`factor`].
#[inline(always)]
fn lower<const K: usize>(l: &Square<K>, v: &mut [Lane; K]) {
    for i in 0..K {
        let mut t = v[i];
        for c in 0..i {
            t = t.minus(l[i][c], v[c]);
        }
        v[i] = t.times(l[i][i]);
    }
}

/// v ← L⁻ᵀ v, of a factor by [`factor`].
#[inline(always)]
fn upper<const K: usize>(l: &Square<K>, v: &mut [Lane; K]) {
    for i in (0..K).rev() {
        let mut t = v[i];
        for c in i + 1..K {
            t = t.minus(l[c][i], v[c]);
        }
        v[i] = t.times(l[i][i]);
    }
}

impl<const K: usize> NullaryFnOnce for Forward<'_, K> {
    type Output = Option<f64>;

    #[inline(always)]
    fn call(self) -> Option<f64> {
        let Batch { k, w, a, b, u, e, product, .. } = self.batch;
        let (k, w) = (*k, *w);
        let mut lambda = [[0.0; K]; K];
        for (row, from) in lambda.iter_mut().zip(self.lambda.chunks_exact(k)) {
            row[..k].copy_from_slice(from);
        }
        let (mut log, mut roots) = (0.0, ONE);
        let (mut squares, mut sum) = (vec![ZERO; w * (w + 1) / 2], [[ZERO; K]; K]);
        let mut wide = vec![[ZERO; K]; w];
        let left = a.as_chunks::<K>().0.as_chunks::<K>().0.iter().zip(b.as_chunks::<K>().0.chunks_exact(w));
        let right = u.as_chunks_mut::<K>().0.chunks_exact_mut(w).zip(e.as_chunks_mut::<K>().0.chunks_exact_mut(w));
        for ((a, b), (u, e)) in left.zip(right) {
            let (mut al, mut m): (Square<K>, Square<K>) = ([[ZERO; K]; K], [[ZERO; K]; K]);
            for i in 0..K {
                for j in 0..K {
                    for c in j..K {
                        al[i][j] = al[i][j].plus_scaled(lambda[c][j], a[i][c]);
                    }
                }
            }
            for i in 0..K {
                for j in 0..=i {
                    m[i][j] = if i == j { ONE } else { ZERO };
                    for c in i..K {
                        m[i][j] = m[i][j].plus_scaled(lambda[c][i], al[c][j]);
                    }
                }
            }
            let (own, definite) = factor(&mut m);
            if !definite {
                return None;
            }
            // Logarithms of products of many.
            let both = roots.times(own);
            if both.0.iter().all(|p| *p < 1e200) {
                roots = both;
            } else {
                log += 2.0 * roots.0.iter().map(|p| p.ln()).sum::<f64>();
                roots = own;
            }
            for (x, b) in b.iter().enumerate() {
                let mut v = [ZERO; K];
                for i in 0..K {
                    for c in i..K {
                        v[i] = v[i].plus_scaled(lambda[c][i], b[c]);
                    }
                }
                lower(&m, &mut v);
                wide[x] = v;
                for (to, other) in squares[x * (x + 1) / 2..].iter_mut().zip(&wide[..=x]) {
                    for c in 0..K {
                        *to = to.plus(v[c], other[c]);
                    }
                }
                upper(&m, &mut v);
                u[x] = v;
                for i in 0..K {
                    let mut left = b[i];
                    for j in 0..K {
                        left = left.minus(al[i][j], v[j]);
                    }
                    e[x][i] = left;
                }
            }
            for (row, to) in al.iter_mut().zip(&mut sum) {
                lower(&m, row);
                upper(&m, row);
                for (to, v) in to.iter_mut().zip(row) {
                    *to = to.plus_scaled(1.0, *v);
                }
            }
        }
        for x in 0..w {
            let own = &squares[x * (x + 1) / 2..][..=x];
            self.s[x * w..].iter_mut().zip(own).for_each(|(s, square)| *s -= square.total());
        }
        *product = sum.as_flattened().iter().map(Lane::total).collect();
        log += 2.0 * roots.0.iter().map(|p| p.ln()).sum::<f64>();
        log.is_finite().then_some(log)
    }
}

impl<const K: usize> NullaryFnOnce for Backward<'_, K> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn call(self) -> Vec<f64> {
        let Batch { w, u, e, .. } = self.batch;
        let mut sum = [[ZERO; K]; K];
        let (u, e) = (u.as_chunks::<K>().0.chunks_exact(*w), e.as_chunks::<K>().0.chunks_exact(*w));
        let mut ku = vec![[ZERO; K]; *w];
        for (u, e) in u.zip(e) {
            for (ku, kernel) in ku.iter_mut().zip(self.kernel.chunks_exact(*w)) {
                let mut own = [ZERO; K];
                for (u, factor) in u.iter().zip(kernel) {
                    for c in 0..K {
                        own[c] = own[c].plus_scaled(*factor, u[c]);
                    }
                }
                *ku = own;
            }
            for (e, ku) in e.iter().zip(&ku) {
                for i in 0..K {
                    for j in 0..K {
                        sum[i][j] = sum[i][j].plus(e[i], ku[j]);
                    }
                }
            }
        }
        sum.as_flattened().iter().map(Lane::total).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Arch, Batch};
    use crate::fit::{Criterion, CrossProducts, Entry, Method};

    #[test]
    fn sums_do_not_depend_on_the_instructions() {
        for k in [1, 2, 4, 7] {
            let wave = |at: usize| (at as f64 * 0.7391).sin();
            let mut diag = vec![];
            for group in 0..19 {
                diag.extend((0..k * k).map(|at| if at % (k + 1) == 0 { 9.0 + wave(group) } else { 0.3 }));
            }
            let right: Vec<f64> = (0..19 * k * 5).map(|at| wave(at * at)).collect();
            let lambda: Vec<f64> = (0..k * k).map(|at| if at / k >= at % k { 0.3 + wave(at) } else { 0.0 }).collect();
            let kernel: Vec<f64> = (0..25).map(|at| wave(at / 5 + at % 5)).collect();
            let template: Vec<Entry> = (0..k).map(|row| Entry { factor: 0, row, col: row / 2 }).collect();
            let run = |instructions: Arch| {
                let mut batch = Batch { instructions, ..Batch::new(&diag, &right, k, 5).unwrap() };
                let mut s = vec![1.0; 25];
                let log = batch.forward(&lambda, &mut s).unwrap();
                let gradient = batch.backward(&kernel, &template);
                [vec![log], s, gradient].concat().iter().map(|v| v.to_bits()).collect::<Vec<_>>()
            };
            assert_eq!(run(Arch::new()), run(Arch::Scalar));
        }
    }

    #[test]
    fn lanes_agree_with_the_plain_way_for_blocks_of_any_size() {
        for k in [1, 2, 3, 5, 7, 9, 16, 17] {
            let mut sums = CrossProducts::new(vec![k], 3);
            let wave = |at: usize| (at as f64 * 0.7391).sin() + (at as f64 * 0.2113).cos();
            for row in 0..600 {
                let z: Vec<f64> = (0..k).map(|c| if c == 0 { 1.0 } else { wave(row * (2 * c + 1)) }).collect();
                // 21 groups: the last eight are not full.
                sums.add(&[(row % 21) as u32], &z, &[1.0, wave(row * 37), wave(row * 101) + wave(row % 21)]);
            }
            let lower = (0..k).flat_map(|col| (col..k).map(move |row| Entry { factor: 0, row, col }));
            let template: Vec<Entry> = lower.collect();
            let theta: Vec<f64> =
                template.iter().enumerate().map(|(at, e)| if e.row == e.col { 0.6 } else { 0.1 * wave(at) }).collect();
            let mut criterion = Criterion::new(&sums, template, Method::Reml).unwrap();
            let plain = criterion.value(&theta).unwrap();
            let (deviance, gradient) = criterion.gradient(&theta).unwrap();
            assert!((deviance - plain).abs() < 1e-11 * plain.abs(), "{k} columns: {deviance} and {plain}");
            for (at, slope) in gradient.iter().enumerate() {
                let mut moved = |by: f64| {
                    let mut theta = theta.clone();
                    theta[at] += by;
                    criterion.value(&theta).unwrap()
                };
                let expected = (moved(1e-4) - moved(-1e-4)) / 2e-4;
                assert!((slope - expected).abs() < 1e-5, "{k} columns, entry {at}: {slope} and {expected}");
            }
        }
    }
}
