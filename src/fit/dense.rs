//! Blocked Cholesky factor and inverse of a dense matrix; the work is in matrix products.

use nalgebra::DMatrix;

const BLOCK: usize = 64;
const WIDE: usize = 256;

/// Replaces the lower triangle by the Cholesky factor (the upper one is zeroed); the log-determinant, or `None` when
/// the matrix is not positive definite. Right-looking by blocks (Golub and Van Loan, algorithm 4.2.4).
pub(crate) fn cholesky(m: &mut DMatrix<f64>) -> Option<f64> {
    let n = m.nrows();
    let mut log = 0.0;
    let mut start = 0;
    while start < n {
        let b = BLOCK.min(n - start);
        for j in start..start + b {
            let mut pivot = m[(j, j)];
            for c in start..j {
                pivot -= m[(j, c)] * m[(j, c)];
            }
            if pivot.is_nan() || pivot <= 0.0 || pivot.is_infinite() {
                return None;
            }
            log += pivot.ln();
            let root = pivot.sqrt();
            m[(j, j)] = root;
            // Column j below the diagonal, over the rest of the panel.
            for c in start..j {
                let f = m[(j, c)];
                if f != 0.0 {
                    let (left, mut right) = m.columns_range_pair_mut(c, j);
                    let height = n - j - 1;
                    right.rows_mut(j + 1, height).axpy(-f, &left.rows(j + 1, height), 1.0);
                }
            }
            m.view_mut((j + 1, j), (n - j - 1, 1)).scale_mut(1.0 / root);
        }
        let below = start + b;
        let mut at = below;
        while at < n {
            let width = BLOCK.min(n - at);
            let left = m.view((at, start), (n - at, b)).clone_owned();
            let right = left.rows(0, width).transpose();
            m.view_mut((at, at), (n - at, width)).gemm(-1.0, &left, &right, 1.0);
            at += width;
        }
        start = below;
    }
    m.fill_upper_triangle(0.0, 1);
    Some(log)
}

/// The inverse of L Lᵀ, both triangles.
pub(crate) fn inverse(l: &DMatrix<f64>) -> DMatrix<f64> {
    let n = l.nrows();
    let mut inv = DMatrix::<f64>::zeros(n, n);
    // L⁻¹ by block rows: row block r is L_rr⁻¹ (I − Σ_c L_rc L⁻¹_c).
    let mut start = 0;
    while start < n {
        let b = BLOCK.min(n - start);
        let mut row = DMatrix::<f64>::zeros(b, start + b);
        // The rows so far are triangular: by wide blocks, only their columns up to the diagonal.
        let mut from = 0;
        while from < start {
            let high = WIDE.min(start - from);
            let end = from + high;
            let known = inv.view((from, 0), (high, end));
            row.view_mut((0, 0), (b, end)).gemm(-1.0, &l.view((start, from), (b, high)), &known, 1.0);
            from = end;
        }
        row.view_mut((0, start), (b, b)).fill_diagonal(1.0);
        l.view((start, start), (b, b)).solve_lower_triangular_mut(&mut row);
        inv.view_mut((start, 0), (b, start + b)).copy_from(&row);
        start += b;
    }
    let mut out = DMatrix::<f64>::zeros(n, n);
    let mut start = 0;
    while start < n {
        let b = BLOCK.min(n - start);
        // Rows from `start` on are all that columns of this block share with columns before them.
        let own = inv.view((start, start), (n - start, b)).transpose();
        out.view_mut((start, 0), (b, start + b)).gemm(1.0, &own, &inv.view((start, 0), (n - start, start + b)), 0.0);
        start += b;
    }
    out.fill_upper_triangle_with_lower_triangle();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factor_and_inverse_of_several_blocks() {
        let n = 150;
        let base = DMatrix::from_fn(n, n, |i, j| ((i * 7 + j * 13) % 17) as f64 / 17.0);
        let full = &base * base.transpose() + DMatrix::identity(n, n);
        let mut l = full.clone();
        let log = cholesky(&mut l).unwrap();
        let expected = full.clone().cholesky().unwrap().l().diagonal().iter().map(|d| 2.0 * d.ln()).sum::<f64>();
        assert!((log - expected).abs() < 1e-9);
        assert!((&l * l.transpose() - &full).abs().max() < 1e-10);
        assert!((inverse(&l) * &full - DMatrix::identity(n, n)).abs().max() < 1e-9);
        full.clone().fill(0.0);
        let mut bad = DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 2.0, 1.0]);
        assert!(cholesky(&mut bad).is_none());
    }
}
