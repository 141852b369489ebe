//! Balanced designs with closed forms: the log-likelihood to 1e-9.

use crate::fit_support::{both, loglik, model, near, table};

/// A one-way table from groups of values.
fn one_way(groups: &[&[f64]]) -> String {
    let mut csv = "g,y\n".to_owned();
    for (g, values) in groups.iter().enumerate() {
        for y in *values {
            csv.push_str(&format!("{g},{y}\n"));
        }
    }
    csv
}

/// REML and ML of a balanced one-way layout: σ², τ², log-likelihood, by the sums of squares.
fn by_hand(groups: &[&[f64]], reml: bool) -> (f64, f64, f64) {
    let (a, n) = (groups.len() as f64, groups[0].len() as f64);
    let total = a * n;
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let grand = groups.iter().map(|g| mean(g)).sum::<f64>() / a;
    let between: f64 = groups.iter().map(|g| n * (mean(g) - grand).powi(2)).sum();
    let within: f64 = groups.iter().map(|g| g.iter().map(|y| (y - mean(g)).powi(2)).sum::<f64>()).sum();
    let df = if reml { a - 1.0 } else { a };
    let mse = within / (a * (n - 1.0));
    let (sigma, tau) = match (between / df - mse) / n {
        tau if tau > 0.0 => (mse, tau),
        _ => ((between + within) / if reml { total - 1.0 } else { total }, 0.0),
    };
    let lambda = sigma + n * tau;
    let log2pi = (2.0 * std::f64::consts::PI).ln();
    let quadratic = within / sigma + between / lambda + a * (n - 1.0) * sigma.ln();
    let deviance = if reml {
        (total - 1.0) * log2pi + total.ln() + df * lambda.ln() + quadratic
    } else {
        total * log2pi + a * lambda.ln() + quadratic
    };
    (sigma, tau, -deviance / 2.0)
}

#[track_caller]
fn check(groups: &[&[f64]]) {
    let (reml, ml) = both(&model("y", "1", &["1 | g"]), &table(&one_way(groups)));
    for (fit, by_reml) in [(reml, true), (ml, false)] {
        let (sigma, tau, log) = by_hand(groups, by_reml);
        loglik(&fit, log);
        near(fit.sigma.powi(2) / sigma, 1.0, 1e-6);
        let own = fit.random[0].sd[0].powi(2);
        if tau == 0.0 {
            assert!(own < 1e-8 * sigma && fit.singular, "{own}");
            assert!(fit.notes.iter().any(|n| n.message.contains("variance of (Intercept) by g")));
        } else {
            near(own / tau, 1.0, 1e-6);
            assert!(!fit.singular);
        }
    }
}

const DYESTUFF: &[&[f64]] = &[
    &[1545.0, 1440.0, 1440.0, 1520.0, 1580.0],
    &[1540.0, 1555.0, 1490.0, 1560.0, 1495.0],
    &[1595.0, 1550.0, 1605.0, 1510.0, 1560.0],
    &[1445.0, 1440.0, 1595.0, 1465.0, 1545.0],
    &[1595.0, 1630.0, 1515.0, 1635.0, 1625.0],
    &[1520.0, 1455.0, 1450.0, 1480.0, 1445.0],
];

#[test]
fn one_way_layouts() {
    check(DYESTUFF);
    check(&[&[1.0, 3.0], &[4.0, 6.0], &[8.0, 8.0]]);
    check(&[&[1.0, 9.0], &[2.0, 8.0], &[3.0, 7.0]]);
    // REML inside, ML on the boundary.
    check(&[&[0.0, 1.0, 2.0], &[1.1, 2.2, 3.1], &[0.1, 1.4, 2.6]]);
}

#[test]
fn dyestuff_has_the_published_figures() {
    let (reml, ml) = both(&model("y", "1", &["1 | g"]), &table(&one_way(DYESTUFF)));
    loglik(&reml, -159.8271384211);
    loglik(&ml, -163.6635299406);
    near(reml.sigma.powi(2), 2451.25, 1e-6);
    near(reml.random[0].sd[0].powi(2), 1764.05, 1e-6);
    near(reml.fixed[0].estimate, 1527.5, 1e-9);
    near(reml.fixed[0].se, 19.38341, 1e-6);
    assert_eq!(reml.groups, [("g".to_owned(), 6)]);
}

#[test]
fn a_large_origin_is_harmless() {
    // The NIST sets SmLs: nine groups around a large constant.
    for origin in [0.0, 1e6, 1e9] {
        let groups: Vec<Vec<f64>> = (0..9)
            .map(|g| {
                (0..21)
                    .map(|i| {
                        let centre = if g == 0 { 0.4 } else { 0.3 + 0.1 * (g % 3) as f64 };
                        origin + (centre * 1024.0f64).round() / 1024.0 + if i % 2 == 0 { 0.125 } else { -0.125 }
                    })
                    .collect()
            })
            .collect();
        let slices: Vec<&[f64]> = groups.iter().map(Vec::as_slice).collect();
        let centred: Vec<Vec<f64>> = groups.iter().map(|g| g.iter().map(|y| y - origin).collect()).collect();
        let plain: Vec<&[f64]> = centred.iter().map(Vec::as_slice).collect();
        let (reml, ml) = both(&model("y", "1", &["1 | g"]), &table(&one_way(&slices)));
        loglik(&reml, by_hand(&plain, true).2);
        loglik(&ml, by_hand(&plain, false).2);
    }
}

/// Six subjects at four times with a covariate of the subject: closed by the balanced growth curve.
const GROWTH: &str = "s,t,w,y\n1,-3,0,2\n1,-1,0,4\n1,1,0,5\n1,3,0,9\n2,-3,0,1\n2,-1,0,2\n2,1,0,4\n2,3,0,5\n3,-3,0,3\n\
    3,-1,0,3\n3,1,0,6\n3,3,0,6\n4,-3,1,5\n4,-1,1,9\n4,1,1,12\n4,3,1,18\n5,-3,1,4\n5,-1,1,6\n5,1,1,11\n5,3,1,13\n\
    6,-3,1,6\n6,-1,1,8\n6,1,1,9\n6,3,1,15\n";

#[test]
fn growth_with_a_cross_level_interaction() {
    let table = table(GROWTH);
    let (reml, ml) = both(&model("y", "1 + t + w + t:w", &["1 + t || s"]), &table);
    loglik(&ml, -39.2949660695);
    loglik(&reml, -40.2641301832);
    for (effect, expected) in reml.fixed.iter().zip([25.0 / 6.0, 0.8, 5.5, 0.9]) {
        near(effect.estimate, expected, 1e-9);
    }
    near(reml.sigma.powi(2), 1.1, 1e-7);
    near(reml.random[0].sd[0].powi(2), 1.0583333333, 1e-6);
    near(reml.random[1].sd[0].powi(2), 0.045, 1e-6);
    near(ml.random[1].sd[0].powi(2), 0.011666666667, 1e-6);
    let (reml, ml) = both(&model("y", "1 + t + w + t:w", &["1 + t | s"]), &table);
    loglik(&ml, -37.7643088144);
    loglik(&reml, -39.0358204711);
    assert!(reml.singular && ml.singular);
    assert!(reml.notes.iter().any(|n| n.message.contains("correlation of (Intercept) and t by s")), "{:?}", reml.notes);
}

#[test]
fn nested_layout() {
    let values = [[10, 12], [14, 15], [20, 23], [18, 19], [30, 29], [35, 38]];
    let mut csv = "g,h,y\n".to_owned();
    for (cell, pair) in values.iter().enumerate() {
        for y in pair {
            csv.push_str(&format!("{},{},{y}\n", cell / 2, cell % 2));
        }
    }
    let (reml, ml) = both(&model("y", "1", &["1 | g", "1 | g:h"]), &table(&csv));
    loglik(&reml, -29.8256875002);
    loglik(&ml, -32.4153904241);
    assert_eq!((reml.random[0].group.as_str(), reml.random[1].group.as_str()), ("g:h", "g"));
    near(reml.random[0].sd[0].powi(2), 32.0 / 3.0, 1e-6);
    near(reml.random[1].sd[0].powi(2), 99.4166666667, 1e-6);
    near(ml.random[1].sd[0].powi(2), 64.3263888889, 1e-6);
}

#[test]
fn blocks_and_crossed_layouts() {
    let rows = [[5, 7, 9], [6, 9, 10], [2, 5, 5], [8, 9, 14]];
    let mut csv = "g,h,t,y\n".to_owned();
    for (b, row) in rows.iter().enumerate() {
        for (t, y) in row.iter().enumerate() {
            csv.push_str(&format!("{b},{t},t{t},{y}\n"));
        }
    }
    let table = table(&csv);
    let (reml, ml) = both(&model("y", "1 + t", &["1 | g"]), &table);
    loglik(&reml, -19.9635405115);
    loglik(&ml, -22.1193728587);
    near(reml.sigma.powi(2), 1.1944444444, 1e-6);
    near(ml.random[0].sd[0].powi(2), 5.0, 1e-6);
    let (reml, ml) = both(&model("y", "1", &["1 | g", "1 | h"]), &table);
    loglik(&reml, -24.8594200649);
    loglik(&ml, -26.3049866488);
    near(reml.random[0].sd[0].powi(2), 6.6666666667, 1e-6);
    near(reml.random[1].sd[0].powi(2), 4.2222222222, 1e-6);
}
