//! Kernels on small row-major blocks, without allocation.

/// Replaces the lower triangle of a symmetric k×k block by its Cholesky factor; the sum of the logs of the pivots'
/// squares, or `None` when it is not positive definite. The upper triangle is set to zero.
pub(crate) fn cholesky(m: &mut [f64], k: usize) -> Option<f64> {
    let mut log = 0.0;
    for j in 0..k {
        let mut pivot = m[j * k + j];
        for c in 0..j {
            pivot -= m[j * k + c] * m[j * k + c];
        }
        if pivot.is_nan() || pivot <= 0.0 || pivot.is_infinite() {
            return None;
        }
        log += pivot.ln();
        let root = pivot.sqrt();
        m[j * k + j] = root;
        for i in j + 1..k {
            let mut v = m[i * k + j];
            for c in 0..j {
                v -= m[i * k + c] * m[j * k + c];
            }
            m[i * k + j] = v / root;
        }
        for i in 0..j {
            m[i * k + j] = 0.0;
        }
    }
    Some(log)
}

/// The root of the sum of squares; the squares may be out of reach of numbers.
pub(crate) fn norm(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = values.clone().fold(0.0f64, |most, v| most.max(v.abs()));
    if largest == 0.0 { 0.0 } else { largest * values.map(|v| (v / largest).powi(2)).sum::<f64>().sqrt() }
}

/// b ← L⁻¹ b for k×w `b`.
pub(crate) fn solve_lower(l: &[f64], k: usize, b: &mut [f64], w: usize) {
    for i in 0..k {
        let (done, rest) = b.split_at_mut(i * w);
        let row = &mut rest[..w];
        for c in 0..i {
            let f = l[i * k + c];
            if f != 0.0 {
                row.iter_mut().zip(&done[c * w..(c + 1) * w]).for_each(|(r, d)| *r -= f * d);
            }
        }
        let pivot = 1.0 / l[i * k + i];
        row.iter_mut().for_each(|r| *r *= pivot);
    }
}

/// b ← L⁻ᵀ b for k×w `b`.
pub(crate) fn solve_upper(l: &[f64], k: usize, b: &mut [f64], w: usize) {
    for i in (0..k).rev() {
        let (head, done) = b.split_at_mut((i + 1) * w);
        let row = &mut head[i * w..];
        for c in i + 1..k {
            let f = l[c * k + i];
            if f != 0.0 {
                let from = (c - i - 1) * w;
                row.iter_mut().zip(&done[from..from + w]).for_each(|(r, d)| *r -= f * d);
            }
        }
        let pivot = 1.0 / l[i * k + i];
        row.iter_mut().for_each(|r| *r *= pivot);
    }
}

/// c ← c + s a b, with a m×k and b k×n.
pub(crate) fn add_ab(c: &mut [f64], s: f64, a: &[f64], b: &[f64], (m, k, n): (usize, usize, usize)) {
    for i in 0..m {
        let row = &mut c[i * n..(i + 1) * n];
        for l in 0..k {
            let f = s * a[i * k + l];
            if f != 0.0 {
                row.iter_mut().zip(&b[l * n..(l + 1) * n]).for_each(|(r, b)| *r += f * b);
            }
        }
    }
}

/// c ← c + s aᵀ b, with a k×m and b k×n.
pub(crate) fn add_atb(c: &mut [f64], s: f64, a: &[f64], b: &[f64], (m, k, n): (usize, usize, usize)) {
    for l in 0..k {
        let from = &b[l * n..(l + 1) * n];
        for i in 0..m {
            let f = s * a[l * m + i];
            if f != 0.0 {
                c[i * n..(i + 1) * n].iter_mut().zip(from).for_each(|(r, b)| *r += f * b);
            }
        }
    }
}

/// c ← c + s a bᵀ, with a m×k and b n×k.
pub(crate) fn add_abt(c: &mut [f64], s: f64, a: &[f64], b: &[f64], (m, k, n): (usize, usize, usize)) {
    for i in 0..m {
        for j in 0..n {
            let dot: f64 = a[i * k..(i + 1) * k].iter().zip(&b[j * k..(j + 1) * k]).map(|(x, y)| x * y).sum();
            c[i * n + j] += s * dot;
        }
    }
}
