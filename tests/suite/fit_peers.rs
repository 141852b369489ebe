//! Figures of lme4 1.1-31, refined to the best of its optimisers, made by tests/peers/lme4.R on data that both sides
//! generate alike, and by tests/peers/unusual.R on tables that lie beside it.

use crate::fit_support::{model, near};
use mlnote::fit::{Categories, Column, Method, Table, fit, wanted};
use mlnote::model::{Facts, Model};
use serde_json::Value;

/// Lehmer's generator, exact in doubles; a sum of twelve uniforms stands for a normal.
struct Lehmer(f64);

impl Lehmer {
    fn uniform(&mut self) -> f64 {
        self.0 = (16807.0 * self.0) % 2_147_483_647.0;
        self.0 / 2_147_483_647.0
    }

    fn normal(&mut self) -> f64 {
        let mut s = 0.0;
        for _ in 0..12 {
            s += self.uniform();
        }
        ((s - 6.0) * 1e4).round_ties_even() / 1e4
    }
}

fn text(cells: &[String]) -> Column {
    Column::Text(Categories::intern(cells.iter().map(|c| Some(c.as_str()))))
}

/// The tables A, B and C of lme4.R.
pub(crate) fn make(name: &str) -> Table {
    let (seed, spread) = match name {
        "A" => (1.0, 1.0),
        "B" => (7.0, 0.02),
        _ => (99.0, 0.3),
    };
    let mut chance = Lehmer(seed);
    let mut draw = |n: usize, scale: f64| -> Vec<f64> { (0..n).map(|_| chance.normal() * scale).collect() };
    let (gi, gs, hi) = (draw(24, spread), draw(24, spread * 0.5), draw(9, spread * 0.7));
    let (ki, z) = (draw(72, spread * 0.6), draw(24, 1.0));
    let (mut ids, mut numbers) = (vec![vec![]; 4], vec![vec![]; 4]);
    for g in 1..=24usize {
        for _ in 0..9 + g % 5 {
            let h = (chance.uniform() * 9.0).floor() as usize + 1;
            let k = (chance.uniform() * 3.0).floor() as usize + 1;
            let f = ["a", "b", "c"][(chance.uniform() * 3.0).floor() as usize];
            let (x, w, e) = (chance.normal(), 5.0 + 2.0 * chance.normal(), 0.0);
            let e: f64 = e + chance.normal();
            let zg = z[g - 1];
            let b = if f == "b" { 0.6 } else { 0.0 };
            let y = 2.0 + 0.5 * x - 0.4 * zg
                + 0.3 * x * zg
                + b
                + gi[g - 1]
                + gs[g - 1] * x
                + hi[h - 1]
                + ki[(g - 1) * 3 + k - 1]
                + e;
            for (list, id) in ids.iter_mut().zip([format!("{g:02}"), format!("h{h}"), k.to_string(), f.to_owned()]) {
                list.push(id);
            }
            for (list, v) in numbers.iter_mut().zip([x, w, zg, (y * 1e4).round_ties_even() / 1e4]) {
                list.push(v);
            }
        }
    }
    let mut table = Table::with_rows(numbers[0].len());
    for (name, cells) in ["g", "h", "k", "f"].iter().zip(&ids) {
        table.push(*name, text(cells)).unwrap();
    }
    for (name, values) in ["x", "w", "z", "y"].iter().zip(numbers) {
        table.push(*name, Column::Numeric(values)).unwrap();
    }
    table
}

/// `y ~ 1 + x + (1 + x | g)`, every term written.
pub(crate) fn formula(text: &str) -> Model {
    let (response, right) = text.split_once(" ~ ").unwrap();
    let (mut fixed, mut bars, mut depth, mut part) = (vec![], vec![], 0, String::new());
    for piece in right.split(" + ") {
        part = if part.is_empty() { piece.to_owned() } else { format!("{part} + {piece}") };
        depth += piece.matches('(').count() as i32 - piece.matches(')').count() as i32;
        if depth == 0 {
            match part.strip_prefix('(').filter(|_| part.contains(" | ")) {
                Some(bar) => bars.push(bar.trim_end_matches(')').to_owned()),
                None => fixed.push(part.clone()),
            }
            part.clear();
        }
    }
    // A plus inside a function's brackets is no sum of terms.
    let mut built = model(response, "0", &bars.iter().map(String::as_str).collect::<Vec<_>>());
    for term in fixed.iter().filter(|t| *t != "0") {
        built = built.with_fixed([crate::fit_support::term(term)]);
    }
    built
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// The entries of ΛΛ', term by term, from θ by columns of the lower triangles.
fn relative(theta: &[f64], sizes: &[usize]) -> Vec<f64> {
    let (mut out, mut at) = (vec![], 0);
    for k in sizes {
        let mut lambda = vec![vec![0.0; *k]; *k];
        for col in 0..*k {
            for row in lambda.iter_mut().skip(col) {
                row[col] = theta[at];
                at += 1;
            }
        }
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        out.extend(lambda.iter().flat_map(|a| lambda.iter().map(move |b| dot(a, b))));
    }
    assert_eq!(at, theta.len());
    out
}

#[test]
fn figures_of_lme4() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../peers/lme4.json")).unwrap();
    assert!(rows.len() >= 50);
    for row in &rows {
        let about = format!("{} {} {}", row["data"], row["formula"], row["method"]);
        let table = make(row["data"].as_str().unwrap());
        let method = if row["method"] == "ML" { Method::Ml } else { Method::Reml };
        let fit = fit(&formula(row["formula"].as_str().unwrap()), &table, &Facts::default(), method).unwrap();
        let expected = row["loglik"].as_f64().unwrap();
        assert!((fit.loglik - expected).abs() < 1e-6, "{about}: {} for {expected}, {:?}", fit.loglik, fit.certificate);
        assert!(fit.converged, "{about}: {:?}", fit.certificate);
        let names: Vec<&str> = row["names"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
        assert_eq!(fit.fixed.iter().map(|f| f.term.as_str()).collect::<Vec<_>>(), names, "{about}");
        for ((effect, estimate), se) in fit.fixed.iter().zip(numbers(&row["fixed"])).zip(numbers(&row["se"])) {
            assert!((effect.estimate - estimate).abs() < 1e-5 * (estimate.abs() + se), "{about}: {effect:?}");
            assert!((effect.se - se).abs() < 1e-5 * se, "{about}: {effect:?} {se}");
        }
        near(fit.sigma, row["sigma"].as_f64().unwrap(), 1e-5);
        let theirs = numbers(&row["theta"]);
        if !fit.singular {
            for (own, theirs) in fit.theta.iter().zip(&theirs) {
                assert!((own - theirs).abs() < 1e-5 * theirs.abs().max(0.1), "{about}: {:?} {theirs}", fit.theta);
            }
        }
        // At the boundary θ is not unique below a pivot of zero, but ΛΛ' is.
        let sizes: Vec<usize> = fit.random.iter().map(|r| r.terms.len()).collect();
        let (own, theirs) = (relative(&fit.theta, &sizes), relative(&theirs, &sizes));
        let largest = theirs.iter().fold(0.01f64, |m, v| m.max(v.abs()));
        for (own, theirs) in own.iter().zip(&theirs) {
            assert!((own - theirs).abs() < 1e-5 * largest, "{about}: {own} {theirs}, {:?} {}", fit.theta, row["theta"]);
        }
    }
}

/// Figures of unusual.R: groups of one row, ids used again, cells without rows, slopes alone, offsets, missing values.
#[test]
fn designs_that_are_seldom_tried() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../peers/unusual.json")).unwrap();
    assert!(rows.len() >= 90);
    let (whole, missing) = (include_str!("../peers/unusual.csv"), include_str!("../peers/unusual-missing.csv"));
    let facts = Facts::default();
    for row in &rows {
        let (text, reml) = (row["formula"].as_str().unwrap(), row["method"] == "REML");
        let about = format!("{}{text} {}", row["data"], row["method"]);
        let model = mlnote::read::read(text, Some("lmer"), &facts).unwrap_or_else(|e| panic!("{about}: {e}")).model;
        let csv = if row["data"] == "" { whole } else { missing };
        let table = Table::read(csv.as_bytes(), None, &wanted(&model, &facts).unwrap()).unwrap();
        let fit = fit(&model, &table, &facts, if reml { Method::Reml } else { Method::Ml })
            .unwrap_or_else(|e| panic!("{about}: {e}"));
        let expected = row["loglik"].as_f64().unwrap();
        assert!((fit.loglik - expected).abs() < 1e-6, "{about}: {} for {expected}, {:?}", fit.loglik, fit.certificate);
        assert!(fit.converged, "{about}: {:?}", fit.certificate);
        assert_eq!(fit.n as u64, row["n"].as_u64().unwrap(), "{about}");
        let names: Vec<&str> = row["names"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
        assert_eq!(fit.fixed.iter().map(|f| f.term.as_str()).collect::<Vec<_>>(), names, "{about}");
        for ((effect, estimate), se) in fit.fixed.iter().zip(numbers(&row["fixed"])).zip(numbers(&row["se"])) {
            assert!(
                (effect.estimate - estimate).abs() < 1e-5 * (estimate.abs() + se),
                "{about}: {effect:?} {estimate}"
            );
            assert!((effect.se - se).abs() < 1e-5 * se, "{about}: {effect:?} {se}");
        }
        let sigma = row["sigma"].as_f64().unwrap();
        assert!((fit.sigma / sigma - 1.0).abs() < 1e-5, "{about}: {} {sigma}", fit.sigma);
    }
}

/// Where lme4's own criterion loses digits (by REML up to 8e-3 of these log-likelihoods): optima by arithmetic of 60 digits on
/// the same doubles, from the products of each group (Newton's method in θ).
#[test]
fn nearly_collinear_columns_and_far_origins() {
    let table = make("A");
    for (text, reml, ml) in [
        (
            "y ~ 1 + x + I(x + 1e-06 * w) + (1 | g)",
            (0.965972423479, -485.175833679894),
            (0.947571380877, -494.951128519305),
        ),
        (
            "y ~ 1 + x + I(x + 1e-07 * w) + (1 | g)",
            (0.965972423478, -482.873248586940),
            (0.947571380877, -494.951128519338),
        ),
        ("y ~ 1 + I(x + 1e6) + (1 | g)", (0.965005944611, -497.040808741377), (0.944673497393, -495.203849993865)),
        ("I(y + 1e8) ~ 1 + x + (1 | g)", (0.965005944755, -497.040808705145), (0.944673497534, -495.203849957470)),
    ] {
        for (method, (theta, loglik)) in [(Method::Reml, reml), (Method::Ml, ml)] {
            let fit = fit(&formula(text), &table, &Facts::default(), method).unwrap();
            assert!(fit.aliased.is_empty() && fit.converged, "{text}: {:?}", fit.certificate);
            assert!((fit.loglik - loglik).abs() < 1e-8, "{text} {method:?}: {} for {loglik}", fit.loglik);
            assert!((fit.theta[0] - theta).abs() < 1e-6, "{text} {method:?}: {} for {theta}", fit.theta[0]);
        }
    }
}
