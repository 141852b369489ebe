//! A trust-region method in unconstrained θ: the boundary θ = 0 is an interior point of a symmetric function. The
//! Hessian comes from differences of the analytic gradient and is kept up by SR1 updates (Conn, Gould and Toint 2000,
//! sections 7.3 and 8.4); its eigenvalues are taken by absolute value, so that saddles repel.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// A function with its gradient; `None` where it cannot be computed.
pub type Objective<'a> = dyn FnMut(&[f64]) -> Option<(f64, Vec<f64>)> + 'a;

/// How sure the optimum is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Certificate {
    /// The largest entry of the gradient.
    pub gradient: f64,
    /// What a Newton step would still gain.
    pub decrement: f64,
    /// The smallest eigenvalue of the Hessian.
    pub curvature: f64,
    /// Times that negative curvature at a stationary point (the boundary) was left.
    pub restarts: usize,
    /// Starting points used.
    pub starts: usize,
    /// Evaluations of value and gradient.
    pub evaluations: usize,
    /// Whether gradient and Hessian say that this is a local minimum.
    pub converged: bool,
}

/// A minimum.
#[derive(Clone, Debug)]
pub struct Minimum {
    /// Where.
    pub theta: Vec<f64>,
    /// The value there.
    pub value: f64,
    /// How sure.
    pub certificate: Certificate,
}

/// A gain below this counts as none.
const TOLERANCE: f64 = 1e-10;
/// A gain below this is near enough for Newton steps with a fresh Hessian.
const NEAR: f64 = 1e-4;
const ITERATIONS: usize = 200;

struct State {
    theta: DVector<f64>,
    value: f64,
    gradient: DVector<f64>,
}

fn at(f: &mut Objective<'_>, theta: &DVector<f64>, count: &mut usize) -> Option<State> {
    *count += 1;
    let (value, gradient) = f(theta.as_slice())?;
    value.is_finite().then(|| State { theta: theta.clone(), value, gradient: DVector::from_vec(gradient) })
}

/// The Hessian by forward differences of the gradient.
fn hessian(f: &mut Objective<'_>, here: &State, count: &mut usize) -> DMatrix<f64> {
    let n = here.theta.len();
    let mut h = DMatrix::zeros(n, n);
    for i in 0..n {
        let step = 1e-5 * (1.0 + here.theta[i].abs());
        for sign in [1.0, -1.0] {
            let mut moved = here.theta.clone();
            moved[i] += sign * step;
            if let Some(there) = at(f, &moved, count) {
                h.set_column(i, &((there.gradient - &here.gradient) / (sign * step)));
                break;
            }
        }
    }
    (&h + h.transpose()) * 0.5
}

/// The step of the trust region with the eigenvalues by absolute value.
fn step(values: &DVector<f64>, vectors: &DMatrix<f64>, gradient: &DVector<f64>, radius: f64) -> DVector<f64> {
    let floor = 1e-10 * values.amax().max(1e-10);
    let g = vectors.transpose() * gradient;
    let shifted = |shift: f64| {
        let s = DVector::from_fn(g.len(), |i, _| -g[i] / (values[i].abs().max(floor) + shift));
        vectors * s
    };
    let mut s = shifted(0.0);
    if s.norm() > radius {
        let (mut low, mut high) = (0.0, 1.0);
        while shifted(high).norm() > radius {
            high *= 4.0;
        }
        for _ in 0..50 {
            let middle = (low + high) / 2.0;
            if shifted(middle).norm() > radius { low = middle } else { high = middle }
        }
        s = shifted(high);
    }
    s
}

/// Descends from a start to a stationary point; its Hessian is by differences there.
///
/// `known` is the value of a certified minimum with its Hessian: it serves as a first guess, and coming near the same value
/// ends the search.
fn descend(
    f: &mut Objective<'_>,
    start: State,
    known: Option<&(f64, DMatrix<f64>)>,
    count: &mut usize,
) -> (State, DMatrix<f64>, bool) {
    let mut here = start;
    let mut h = known.map_or_else(|| hessian(f, &here, count), |(_, h)| h.clone());
    let (mut fresh, mut radius, mut failures) = (known.is_none(), 1.0f64, 0);
    // Once only: the Hessian was made anew near the end.
    let mut close = false;
    for _ in 0..ITERATIONS {
        let eigen = SymmetricEigen::new(h.clone());
        let (values, vectors) = (eigen.eigenvalues, eigen.eigenvectors);
        let floor = 1e-10 * values.amax().max(1e-10);
        let g = vectors.transpose() * &here.gradient;
        let mut gain: f64 = g.iter().zip(values.iter()).map(|(g, w)| 0.5 * g * g / w.abs().max(floor)).sum();
        // Rounding in the deviance hides gains below this.
        let noise = 2e-14 * here.value.abs();
        if gain < NEAR && known.is_some_and(|(best, _)| (here.value - best).abs() < 2.0 * NEAR) {
            return (here, h, true);
        }
        if gain < NEAR && fresh {
            gain = polish(f, &mut here, &values, &vectors, count).unwrap_or(gain);
        }
        if gain < TOLERANCE.max(noise) || radius < 1e-10 {
            if fresh {
                return (here, h, gain < 1e-6);
            }
            h = hessian(f, &here, count);
            fresh = true;
            radius = radius.max(1e-3);
            continue;
        }
        if gain < NEAR && !fresh && !close {
            (h, fresh, close) = (hessian(f, &here, count), true, true);
            continue;
        }
        let s = step(&values, &vectors, &here.gradient, radius);
        let bent = &vectors * DMatrix::from_diagonal(&values.map(f64::abs)) * vectors.transpose();
        let predicted = -(here.gradient.dot(&s) + 0.5 * s.dot(&(&bent * &s)));
        let tried = at(f, &(&here.theta + &s), count);
        let Some(there) = tried else {
            radius = s.norm() * 0.25;
            continue;
        };
        let ratio = (here.value - there.value) / predicted.max(f64::MIN_POSITIVE);
        // SR1, from the true change of the gradient.
        let change = &there.gradient - &here.gradient;
        let miss = &change - &h * &s;
        let scale = miss.dot(&s);
        if scale.abs() > 1e-8 * miss.norm() * s.norm() && scale != 0.0 {
            h += &miss * miss.transpose() / scale;
            fresh = false;
        }
        let quiet = predicted < 100.0 * noise.max(1e-12) && there.value - here.value <= 10.0 * noise.max(1e-13);
        if ratio > 1e-4 || quiet {
            if ratio > 0.75 && s.norm() > 0.8 * radius {
                radius = (radius * 3.0).min(1e4);
            } else if ratio < 0.25 {
                radius = (s.norm() * 0.5).max(1e-9);
            }
            here = there;
            failures = 0;
            fresh = false;
        } else {
            radius = s.norm() * 0.25;
            failures += 1;
            if failures % 3 == 0 && !fresh {
                h = hessian(f, &here, count);
                fresh = true;
            }
        }
    }
    let h = hessian(f, &here, count);
    (here, h, false)
}

/// Newton steps with a positive definite Hessian, judged by the gradient, which is exact for longer than the deviance;
/// what a further step would gain, when at least one was taken.
fn polish(
    f: &mut Objective<'_>,
    here: &mut State,
    values: &DVector<f64>,
    vectors: &DMatrix<f64>,
    count: &mut usize,
) -> Option<f64> {
    if values.min() <= 1e-6 * values.amax() {
        return None;
    }
    let mut gain = None;
    for _ in 0..4 {
        let g = vectors.transpose() * &here.gradient;
        let s = vectors * DVector::from_fn(g.len(), |i, _| -g[i] / values[i]);
        if s.amax() < 1e-9 {
            break;
        }
        match at(f, &(&here.theta + &s), count) {
            Some(there)
                if there.gradient.norm() < 0.5 * here.gradient.norm()
                    && there.value <= here.value + 1e-12 * here.value.abs().max(1.0) =>
            {
                *here = there;
                let g = vectors.transpose() * &here.gradient;
                gain = Some(g.iter().zip(values.iter()).map(|(g, w)| 0.5 * g * g / w).sum());
            }
            _ => break,
        }
    }
    gain
}

/// Minimises a function of θ, for a fit the profiled deviance (Bates et al. 2015, equation 35 or 42) with the gradient
/// that equation 46 begins, from the starts in turn and keeps the best; stationary points with negative curvature are
/// left.
///
/// `more` decides, from the best so far and the number of starts used, whether the next start is worth taking.
pub fn minimise(f: &mut Objective<'_>, starts: &[Vec<f64>], more: &dyn Fn(&Minimum, usize) -> bool) -> Option<Minimum> {
    let mut best: Option<Minimum> = None;
    let (mut count, mut used, mut restarts) = (0, 0, 0);
    let mut known: Option<(f64, DMatrix<f64>)> = None;
    for start in starts {
        if best.as_ref().is_some_and(|b| !more(b, used)) {
            break;
        }
        used += 1;
        let Some(mut from) = at(f, &DVector::from_row_slice(start), &mut count) else { continue };
        for _ in 0..10 {
            let (here, h, still) = descend(f, from, known.as_ref(), &mut count);
            let eigen = SymmetricEigen::new(h.clone());
            let lowest = eigen.eigenvalues.imin();
            let curvature = eigen.eigenvalues[lowest];
            let down = curvature < -1e-5 * eigen.eigenvalues.amax().max(1.0);
            let mut escape = None;
            if down {
                let v = eigen.eigenvectors.column(lowest).into_owned();
                for length in [0.5, 0.1, 0.02, 0.004] {
                    for sign in [1.0, -1.0] {
                        let there = at(f, &(&here.theta + &v * (sign * length)), &mut count);
                        if let Some(there) = there
                            && there.value < here.value - 1e-11 * here.value.abs().max(1.0)
                            && escape.as_ref().is_none_or(|e: &State| there.value < e.value)
                        {
                            escape = Some(there);
                        }
                    }
                }
            }
            if best.as_ref().is_none_or(|b| here.value < b.value - 1e-9) {
                let floor = 1e-10 * eigen.eigenvalues.amax().max(1e-10);
                let g = eigen.eigenvectors.transpose() * &here.gradient;
                let decrement =
                    g.iter().zip(eigen.eigenvalues.iter()).map(|(g, w)| 0.5 * g * g / w.abs().max(floor)).sum();
                best = Some(Minimum {
                    theta: here.theta.as_slice().to_vec(),
                    value: here.value,
                    certificate: Certificate {
                        gradient: here.gradient.amax(),
                        decrement,
                        curvature,
                        converged: still && !(down && escape.is_some()),
                        ..Certificate::default()
                    },
                });
            }
            // A regular minimum: away from the boundary, certified.
            if known.is_none() && still && curvature > 1e-6 * eigen.eigenvalues.amax() {
                known = Some((here.value, h));
            }
            match escape {
                Some(there) => {
                    restarts += 1;
                    from = there;
                }
                None => break,
            }
        }
    }
    if let Some(best) = &mut best {
        let certificate = &mut best.certificate;
        (certificate.starts, certificate.restarts, certificate.evaluations) = (used, restarts, count);
    }
    best
}
