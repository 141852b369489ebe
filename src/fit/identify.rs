//! Can the variances be told apart at all? The response's covariance is V = Σ φ_a G_a + σ²I; the parameters are
//! identified when the G_a and I, seen through M = I − X(X'X)⁻¹X', are linearly independent. Decided from the sums,
//! before fitting, by the rank of the matrix tr(G_a M G_b M).

use super::design::Design;
use super::pattern::{FILL, Pattern};
use super::prepare::Prepared;
use super::small::{cholesky, solve_lower};
use crate::error::{Code, Diagnostic, Notes, Result};
use nalgebra::{DMatrix, SymmetricEigen};

/// Eigenvalues of the normalised matrix below this count as zero (angles below 1e-5).
const TOLERANCE: f64 = 1e-10;

/// A (co)variance parameter: its factor, the two columns there, and what it is called.
struct Parameter {
    factor: usize,
    row: usize,
    col: usize,
    name: String,
}

/// Refuses a design whose random effects lie within the fixed effects or cannot be told from the residual; notes
/// parameters that cannot be told from each other (the likelihood is still right, its maximiser not unique).
///
/// # Errors
/// `NotIdentified`; `TooLarge` as in the criterion.
pub fn check(design: &Design, prepared: &Prepared, notes: &mut Notes) -> Result<()> {
    let pattern = Pattern::new(&prepared.sums)?;
    let parameters = parameters(design, prepared);
    let (gram, plain) = gram(&pattern, prepared, &parameters);
    let m = parameters.len();
    for (a, parameter) in parameters.iter().enumerate() {
        if parameter.row == parameter.col && gram[(a, a)] <= 1e-9 * plain[a] {
            let message =
                format!("the {} lies within the fixed effects: nothing is left to estimate it from", parameter.name);
            let help =
                "is the grouping factor, or something constant within its groups, also a categorical fixed effect?";
            return Err(Box::new(Diagnostic::error(Code::NotIdentified, message).help(help)));
        }
    }
    let scale: Vec<f64> = (0..=m).map(|a| gram[(a, a)].max(f64::MIN_POSITIVE).sqrt()).collect();
    let normal = DMatrix::from_fn(m + 1, m + 1, |a, b| gram[(a, b)] / scale[a] / scale[b]);
    let eigen = SymmetricEigen::new(normal);
    for (at, value) in eigen.eigenvalues.iter().enumerate() {
        if *value > TOLERANCE {
            continue;
        }
        let null = eigen.eigenvectors.column(at);
        let heavy: Vec<usize> = (0..=m).filter(|a| null[*a].abs() > 1e-3 * null.amax()).collect();
        let names: Vec<&str> =
            heavy.iter().map(|a| parameters.get(*a).map_or("residual variance", |p| p.name.as_str())).collect();
        let message = format!("these cannot be told apart by any data of this design: {}", names.join("; "));
        if heavy.contains(&m) {
            let help = "with so few observations a group, the random effects take the place of the residual; use fewer";
            return Err(Box::new(Diagnostic::error(Code::NotIdentified, message).help(help)));
        }
        notes.push(
            Diagnostic::note(Code::NotIdentified, message).help(
                "the log-likelihood and the fixed effects are right; only sums of these parameters have one value",
            ),
        );
    }
    Ok(())
}

fn parameters(design: &Design, prepared: &Prepared) -> Vec<Parameter> {
    let mut out = vec![];
    for (block, (factor, first)) in design.random.iter().zip(&prepared.place) {
        let group = &design.groups[*factor].name;
        for col in 0..block.columns.len() {
            for row in col..block.columns.len() {
                let name = if row == col {
                    format!("variance of {} by {group}", block.columns[row].name)
                } else {
                    format!("covariance of {} and {} by {group}", block.columns[col].name, block.columns[row].name)
                };
                out.push(Parameter { factor: *factor, row: first + row, col: first + col, name });
            }
        }
    }
    out
}

/// tr(G_a M G_b M) with the identity last, and tr(G_a G_a).
///
/// With P = Z'X(X'X)⁻¹X'Z: tr(G_a M G_b M) = tr(E_a A E_b A) − 2 tr(E_a A E_b P) + tr(E_a P E_b P); the first two sums
/// run over linked groups only, the last is tr(F_a F_b) with F_a = R⁻ᵀ X'Z E_a Z'X R⁻¹.
fn gram(pattern: &Pattern, prepared: &Prepared, parameters: &[Parameter]) -> (DMatrix<f64>, Vec<f64>) {
    let (w, m) = (prepared.sums.width, parameters.len());
    let p = w - 1;
    let mut r: Vec<f64> = (0..p).flat_map(|i| prepared.sums.gram[i * w..i * w + p].to_vec()).collect();
    // X has full rank by construction; should rounding say otherwise, nothing is projected out.
    let ranked = cholesky(&mut r, p).is_some();
    // B R⁻¹ of every node, so that P is a product of these.
    let mut root: Vec<Vec<f64>> = vec![];
    for node in 0..pattern.links.len() {
        let k = pattern.part_of(node).k;
        let (_, at) = pattern.at(node, w);
        let mut t = vec![0.0; p * k];
        for i in 0..k {
            for j in 0..p {
                t[j * k + i] = pattern.right[at + i * w + j];
            }
        }
        if ranked {
            solve_lower(&r, p, &mut t, k)
        } else {
            t.fill(0.0)
        }
        root.push(t);
    }
    let projected = |i: usize, j: usize, ki: usize, kj: usize| -> Vec<f64> {
        let mut out = vec![0.0; ki * kj];
        for c in 0..p {
            for x in 0..ki {
                for y in 0..kj {
                    out[x * kj + y] += root[i][c * ki + x] * root[j][c * kj + y];
                }
            }
        }
        out
    };
    let mut gram = DMatrix::zeros(m + 1, m + 1);
    let mut plain = vec![0.0; m];
    let by_factor = |f: usize| parameters.iter().enumerate().filter(move |(_, q)| q.factor == f);
    for node in 0..pattern.links.len() {
        let own = pattern.part_of(node);
        let (d, _) = pattern.at(node, w);
        let k = own.k;
        let mut visit = |other: usize, a: &[f64], h: usize, both: f64| {
            let q = projected(node, other, k, h);
            for (one, pa) in by_factor(own.factor) {
                for (two, pb) in by_factor(pattern.part_of(other).factor) {
                    let mut sum = 0.0;
                    let mut bare = 0.0;
                    for (r1, c1) in ends(pa) {
                        for (r2, c2) in ends(pb) {
                            let (x, y) = (c1 * h + r2, r1 * h + c2);
                            sum += a[x] * a[y] - a[x] * q[y] - q[x] * a[y];
                            bare += a[x] * a[y];
                        }
                    }
                    gram[(one, two)] += both * sum;
                    if other != node {
                        gram[(two, one)] += both * sum;
                    }
                    if one == two {
                        plain[one] += both * bare;
                    }
                }
            }
        };
        visit(node, &pattern.diag[d..d + k * k], k, 1.0);
        for link in pattern.links[node].iter().filter(|l| l.a != FILL) {
            let h = pattern.part_of(link.node as usize).k;
            visit(link.node as usize, &pattern.off[link.a..link.a + k * h], h, 1.0);
        }
        let q = projected(node, node, k, k);
        for (one, pa) in by_factor(own.factor) {
            let trace: f64 = ends(pa).map(|(r, c)| pattern.diag[d + c * k + r] - q[c * k + r]).sum();
            gram[(one, m)] += trace;
            gram[(m, one)] += trace;
        }
    }
    gram[(m, m)] = prepared.sums.rows as f64 - p as f64;
    let inner: Vec<DMatrix<f64>> = parameters
        .iter()
        .map(|pa| {
            let mut f = DMatrix::zeros(p, p);
            for part in pattern.parts.iter().filter(|part| part.factor == pa.factor) {
                for own in &root[part.first..part.first + part.count] {
                    for (r, c) in ends(pa) {
                        for i in 0..p {
                            let left = own[i * part.k + r];
                            if left != 0.0 {
                                for j in 0..p {
                                    f[(i, j)] += left * own[j * part.k + c];
                                }
                            }
                        }
                    }
                }
            }
            f
        })
        .collect();
    for a in 0..m {
        for b in 0..m {
            gram[(a, b)] += inner[a].component_mul(&inner[b].transpose()).sum();
        }
    }
    (gram, plain)
}

/// The places of the ones of a parameter's basis matrix.
fn ends(p: &Parameter) -> impl Iterator<Item = (usize, usize)> + use<> {
    let (row, col) = (p.row, p.col);
    std::iter::once((row, col)).chain((row != col).then_some((col, row)))
}
