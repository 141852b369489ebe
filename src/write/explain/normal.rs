//! The normal law.

/// The distribution function of the standard normal law, by the series of erf near 0 and the continued fraction of its
/// complement beyond (Abramowitz and Stegun 7.1.5, 7.1.14); to about 1e-12.
pub(super) fn normal(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let root_pi = std::f64::consts::PI.sqrt();
    let upper = if x < 2.5 {
        let (mut term, mut sum, mut n) = (x, x, 0.0);
        while term.abs() > 1e-17 * sum.abs() && n < 200.0 {
            n += 1.0;
            term *= -x * x / n;
            sum += term / (2.0 * n + 1.0);
        }
        0.5 * (1.0 - 2.0 / root_pi * sum)
    } else {
        let fraction = (1..=120).rev().fold(x, |below, n| x + f64::from(n) / 2.0 / below);
        0.5 * (-x * x).exp() / root_pi / fraction
    };
    if z > 0.0 { 1.0 - upper } else { upper }
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn normal_law() {
        // R: pnorm(c(-1.7674, 0, 1.96, -4, -8))
        for (z, p) in [
            (0.0, 0.5),
            (1.96, 0.975_002_104_851_779_5),
            (-4.0, 3.167_124_183_311_986e-5),
            (-8.0, 6.220_960_574_271_785e-16),
        ] {
            assert!(
                (normal(z) - p).abs() < 1e-12 * (1.0 + p / 1e-3) && (normal(z) / p - 1.0).abs() < 1e-8,
                "{z}: {}",
                normal(z)
            );
        }
    }
}
