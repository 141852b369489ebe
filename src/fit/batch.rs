//! The criterion of a single grouping factor: no group touches another, so that eight of them are taken side by side,
//! each in a lane of its own. What is computed is that of `criterion` and `gradient`.

use super::criterion::Entry;

/// Groups side by side.
const LANES: usize = 8;

/// One number of each of them.
type Lane = [f64; LANES];

const ZERO: Lane = [0.0; LANES];

#[inline(always)]
fn add(to: &mut Lane, a: &Lane, b: &Lane) {
    for lane in 0..LANES {
        to[lane] += a[lane] * b[lane];
    }
}

#[inline(always)]
fn subtract(to: &mut Lane, a: &Lane, b: &Lane) {
    for lane in 0..LANES {
        to[lane] -= a[lane] * b[lane];
    }
}

#[inline(always)]
fn scale(to: &mut Lane, by: &Lane) {
    for lane in 0..LANES {
        to[lane] *= by[lane];
    }
}

#[inline(always)]
fn add_times(to: &mut Lane, factor: f64, a: &Lane) {
    for lane in 0..LANES {
        to[lane] += factor * a[lane];
    }
}

fn total(lane: &Lane) -> f64 {
    let [a, b, c, d, e, f, g, h] = lane;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// The blocks of Z'Z and Z'[X y] of all groups, in lanes; groups that fill up the last lanes are zero and change
/// nothing.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    /// Columns a group.
    k: usize,
    /// Columns of [X y].
    w: usize,
    /// k×k lanes for every eight groups.
    a: Vec<Lane>,
    /// k×w lanes for every eight groups.
    b: Vec<Lane>,
    /// U = M⁻¹Λ'[X y], as `b`.
    u: Vec<Lane>,
    /// E = B − AΛU, as `b`.
    e: Vec<Lane>,
    /// Σ AΛM⁻¹.
    product: Vec<f64>,
}

/// Blocks of `size` numbers, side by side.
fn lanes(blocks: &[f64], size: usize) -> Vec<Lane> {
    let groups = blocks.len() / size.max(1);
    let mut out = vec![ZERO; groups.div_ceil(LANES) * size];
    for (group, block) in blocks.chunks_exact(size).enumerate() {
        let from = group / LANES * size;
        for (lane, value) in out[from..from + size].iter_mut().zip(block) {
            lane[group % LANES] = *value;
        }
    }
    out
}

impl Batch {
    /// From the blocks of the groups, k×k and k×w, row-major.
    pub(super) fn new(diag: &[f64], right: &[f64], k: usize, w: usize) -> Self {
        let (a, b) = (lanes(diag, k * k), lanes(right, k * w));
        Self { k, w, u: b.clone(), e: b.clone(), a, b, product: vec![0.0; k * k] }
    }

    /// Takes W'W off the lower triangle of `s`; log|M|. `None` when M is not positive definite.
    pub(super) fn forward(&mut self, lambda: &[f64], s: &mut [f64]) -> Option<f64> {
        let (k, w) = (self.k, self.w);
        let mut log = 0.0;
        // AΛ, M and its factor with the inverse of its diagonal, a row of AΛM⁻¹, ΛU.
        let (mut al, mut m, mut row, mut lu) = (vec![ZERO; k * k], vec![ZERO; k * k], vec![ZERO; k], vec![ZERO; w]);
        let (mut squares, mut product) = (vec![ZERO; w * w], vec![ZERO; k * k]);
        let chunks = self.a.chunks_exact(k * k).zip(self.b.chunks_exact(k * w));
        for ((a, b), (u, e)) in chunks.zip(self.u.chunks_exact_mut(k * w).zip(self.e.chunks_exact_mut(k * w))) {
            al.fill(ZERO);
            for i in 0..k {
                for j in 0..k {
                    for c in j..k {
                        add_times(&mut al[i * k + j], lambda[c * k + j], &a[i * k + c]);
                    }
                }
            }
            m.fill(ZERO);
            for i in 0..k {
                for j in 0..=i {
                    for c in i..k {
                        add_times(&mut m[i * k + j], lambda[c * k + i], &al[c * k + j]);
                    }
                }
                m[i * k + i].iter_mut().for_each(|v| *v += 1.0);
            }
            let mut pivots = [1.0; LANES];
            for j in 0..k {
                let mut pivot = m[j * k + j];
                for c in 0..j {
                    let l = m[j * k + c];
                    subtract(&mut pivot, &l, &l);
                }
                if !pivot.iter().all(|p| *p > 0.0 && p.is_finite()) {
                    return None;
                }
                for lane in 0..LANES {
                    let root = pivot[lane].sqrt();
                    // Of roots, so that many large pivots do not overflow.
                    pivots[lane] *= root;
                    m[j * k + j][lane] = 1.0 / root;
                }
                let inverse = m[j * k + j];
                for i in j + 1..k {
                    let mut v = m[i * k + j];
                    for c in 0..j {
                        subtract(&mut v, &m[i * k + c], &m[j * k + c]);
                    }
                    scale(&mut v, &inverse);
                    m[i * k + j] = v;
                }
            }
            log += 2.0 * pivots.iter().map(|p| p.ln()).sum::<f64>();
            // W = L⁻¹Λ'B.
            for i in 0..k {
                let (done, rest) = u.split_at_mut(i * w);
                for (x, to) in rest[..w].iter_mut().enumerate() {
                    let mut v = ZERO;
                    for c in i..k {
                        add_times(&mut v, lambda[c * k + i], &b[c * w + x]);
                    }
                    for c in 0..i {
                        subtract(&mut v, &m[i * k + c], &done[c * w + x]);
                    }
                    scale(&mut v, &m[i * k + i]);
                    *to = v;
                }
            }
            for own in u.chunks_exact(w) {
                for (x, left) in own.iter().enumerate() {
                    for (to, right) in squares[x * w..].iter_mut().zip(&own[..=x]) {
                        add(to, left, right);
                    }
                }
            }
            // U = L⁻ᵀW.
            for i in (0..k).rev() {
                let (head, done) = u.split_at_mut((i + 1) * w);
                for (x, v) in head[i * w..].iter_mut().enumerate() {
                    for c in i + 1..k {
                        subtract(v, &m[c * k + i], &done[(c - i - 1) * w + x]);
                    }
                    scale(v, &m[i * k + i]);
                }
            }
            e.copy_from_slice(b);
            for c in 0..k {
                lu.fill(ZERO);
                for j in 0..=c {
                    let factor = lambda[c * k + j];
                    lu.iter_mut().zip(&u[j * w..(j + 1) * w]).for_each(|(to, u)| add_times(to, factor, u));
                }
                for i in 0..k {
                    let own = &a[i * k + c];
                    e[i * w..(i + 1) * w].iter_mut().zip(&lu).for_each(|(e, lu)| subtract(e, own, lu));
                }
            }
            for i in 0..k {
                row.copy_from_slice(&al[i * k..(i + 1) * k]);
                for j in 0..k {
                    for c in 0..j {
                        let (done, rest) = row.split_at_mut(j);
                        subtract(&mut rest[0], &m[j * k + c], &done[c]);
                    }
                    scale(&mut row[j], &m[j * k + j]);
                }
                for j in (0..k).rev() {
                    for c in j + 1..k {
                        let (head, done) = row.split_at_mut(j + 1);
                        subtract(&mut head[j], &m[c * k + j], &done[c - j - 1]);
                    }
                    scale(&mut row[j], &m[j * k + j]);
                }
                product[i * k..(i + 1) * k].iter_mut().zip(&row).for_each(|(p, r)| add_times(p, 1.0, r));
            }
        }
        for (s, square) in s.iter_mut().zip(&squares) {
            *s -= total(square);
        }
        self.product = product.iter().map(total).collect();
        log.is_finite().then_some(log)
    }

    /// 2 Σ AΛM⁻¹ − 2 Σ E K U' at the entries of θ, of the last [`Batch::forward`].
    pub(super) fn backward(&self, kernel: &[f64], template: &[Entry]) -> Vec<f64> {
        let (k, w) = (self.k, self.w);
        let (mut ku, mut sum) = (vec![ZERO; k * w], vec![ZERO; k * k]);
        for (u, e) in self.u.chunks_exact(k * w).zip(self.e.chunks_exact(k * w)) {
            for (to, own) in ku.chunks_exact_mut(w).zip(u.chunks_exact(w)) {
                for (to, kernel) in to.iter_mut().zip(kernel.chunks_exact(w)) {
                    *to = ZERO;
                    own.iter().zip(kernel).for_each(|(u, f)| add_times(to, *f, u));
                }
            }
            for (i, e) in e.chunks_exact(w).enumerate() {
                for (j, ku) in ku.chunks_exact(w).enumerate() {
                    let to = &mut sum[i * k + j];
                    e.iter().zip(ku).for_each(|(e, ku)| add(to, e, ku));
                }
            }
        }
        let at = |t: &Entry| t.row * k + t.col;
        template.iter().map(|t| 2.0 * (self.product[at(t)] - total(&sum[at(t)]))).collect()
    }
}
