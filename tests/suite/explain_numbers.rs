//! `mlnote explain` with estimates: numbers are those of arithmetic.

use super::explain::{case, explained, facts, keep, line, says};
use mlnote::model::Facts;
use mlnote::read::read;
use mlnote::write::{Estimates, ExplainOptions, explain};

const FIT: &str = r#"{"method": "REML", "loglik": 0, "deviance": 0, "fixed": [
    {"term": "(Intercept)", "estimate": 50, "se": 1.5, "t": 0}, {"term": "R", "estimate": -8, "se": 0.5, "t": 0},
    {"term": "Z", "estimate": 3, "se": 0.75, "t": 0}, {"term": "X", "estimate": 0.25, "se": 0.01, "t": 0},
    {"term": "S", "estimate": 1.25, "se": 0.5, "t": 0}, {"term": "R:Z", "estimate": 2.5, "se": 0.5, "t": 0}],
    "random": [{"group": "id", "terms": ["(Intercept)", "R"], "sd": [4, 3], "corr": [[1, -0.5], [-0.5, 1]]}],
    "sigma": 9, "theta": [], "n": 1000, "groups": {"id": 50}, "converged": true, "singular": false, "notes": []}"#;

#[test]
fn estimates_stand_where_their_parameters_stood() {
    let options = ExplainOptions {
        treatment: Some("Z".into()),
        estimates: Some(Estimates::read(FIT).unwrap()),
        ..ExplainOptions::default()
    };
    let reading = case("random-slopes");
    let facts = facts(&[("label", "R = at risk")]);
    let explained = explain(&reading, &facts, &options, &mut vec![]).unwrap();
    says(
        &line(&explained),
        &[
            "Estimate 50 (standard error 1.5).",
            // −8 + 2.5 Z and 3 + 2.5 R; 3 + 2.5 for those at risk.
            "γ₁₀ + γ₁₁ Zⱼ = −8 + 2.5 Zⱼ",
            "γ₀₁ + γ₁₁ Rᵢⱼ = 3 + 2.5 Rᵢⱼ",
            "Average treatment effect for at-risk observations (Rᵢⱼ = 1): γ₀₁ + γ₁₁ = 3 + 2.5 = 5.5",
            // 16, and 16 + 2 (−6) + 9.
            "where Rᵢⱼ = 1: 16 and 13.",
            "τ₀₀ + 2 τ₁₀ Rᵢⱼ + τ₁₁ Rᵢⱼ² = 16 − 12 Rᵢⱼ + 9 Rᵢⱼ²",
            // −8 ± 1.96 · 3; Φ(8/3) = 0.99617 (R: pnorm(8/3)).
            "between −13.88 and −2.12; the share of groups where it is negative is 99.62 %",
        ],
    );
    let table = explained.table();
    let row = |symbol: &str| table.json().as_array().unwrap().iter().find(|r| r["symbol"] == symbol).unwrap().clone();
    assert_eq!((row("γ₁₁")["estimate"].as_f64(), row("γ₁₁")["se"].as_f64()), (Some(2.5), Some(0.5)));
    assert_eq!((row("τ₁₀")["estimate"].as_f64(), row("σ²")["estimate"].as_f64()), (Some(-6.0), Some(81.0)));
    keep("table-tex", &table.tex());
    keep("table-markdown", &table.markdown());
    keep("table-text", &table.text(80));
}

#[test]
fn intraclass_correlation_and_design_effect() {
    let fit = r#"{"method": "ML", "fixed": [{"term": "(Intercept)", "estimate": 1, "se": 1}], "random":
        [{"group": "g", "terms": ["(Intercept)"], "sd": [2], "corr": [[1]]}], "sigma": 4, "n": 110, "groups": {"g": 10}}"#;
    let options = ExplainOptions { estimates: Some(Estimates::read(fit).unwrap()), ..ExplainOptions::default() };
    let text = line(&explained("y ~ 1 + (1 | g)", &[], &options));
    // 4 / (4 + 16); 1 + (11 − 1) 0.2; 1 ± 1.96 · 2.
    says(&text, &["= 0.2", "1 + (n̄ − 1) ICC = 3", "With the estimates: between −2.92 and 4.92."]);
}

#[test]
fn numbers_too_small_for_decimals_are_no_zeros() {
    let fit = FIT.replace("\"estimate\": -8, \"se\": 0.5", "\"estimate\": -8.25e-14, \"se\": 5e-15");
    let options = ExplainOptions { estimates: Some(Estimates::read(&fit).unwrap()), ..ExplainOptions::default() };
    let explained = explain(&case("random-slopes"), &Facts::default(), &options, &mut vec![]).unwrap();
    says(&line(&explained), &["Estimate −8.25 · 10⁻¹⁴ (standard error 5 · 10⁻¹⁵)."]);
    says(&explained.table().tex(), &[r"$-8.25 \cdot 10^{-14}$ & $5 \cdot 10^{-15}$"]);
}

#[test]
fn estimates_of_another_model_are_refused() {
    let options = ExplainOptions { estimates: Some(Estimates::read(FIT).unwrap()), ..ExplainOptions::default() };
    let reading = read("Y ~ R + Z + X + S + (R | id)", None, &Facts::default()).unwrap();
    let error = explain(&reading, &Facts::default(), &options, &mut vec![]).unwrap_err();
    assert!(error.message.contains("`R:Z`"), "{error}");
    for text in ["{", "[]", r#"{"fixed": []}"#, r#"{"fixed": [{"term": 1}], "random": []}"#] {
        assert!(Estimates::read(text).is_err(), "{text}");
    }
}
