//! Reading equations: each idiom in a text of our own, and what it says.

use mlnote::error::{Code, Diagnostic};
use mlnote::model::Facts;
use mlnote::read::equations::{read_symbol, read_system};
use mlnote::syntax::System;

fn system(text: &str) -> System {
    read_system(text, &Facts::default(), &mut vec![]).unwrap_or_else(|e| panic!("{e}\n{:?}\n{text}", e.labels))
}

#[track_caller]
fn says(text: &str, expected: &str) {
    let lines: Vec<&str> = expected.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    assert_eq!(system(text).to_string().trim_end(), lines.join("\n"), "\n{text}");
}

#[track_caller]
fn refused(text: &str) -> Diagnostic {
    *read_system(text, &Facts::default(), &mut vec![]).expect_err(text)
}

#[track_caller]
fn place<'t>(text: &'t str, diagnostic: &Diagnostic) -> &'t str {
    let span = diagnostic.labels[0].span;
    &text[span.start..span.end]
}

#[test]
fn level_equations_in_an_environment() {
    says(
        r"\begin{align*}
        S_{ij} &= \beta_{0j} + \beta_{1j} A_{ij} + \beta_2 B_{ij} + \epsilon_{ij} \\
        \beta_{0j} &= \gamma_{00} + \gamma_{01} W_j + u_{0j}, \\[1em]
        \beta_{1j} &= \gamma_{10} + u_{1j}.
        \end{align*}",
        "S[i,j] = β_0[j] + β_1[j] A[i,j] + β_2 B[i,j] + ϵ[i,j]
        β_0[j] = γ_00 + γ_01 W[j] + u_0[j]
        β_1[j] = γ_10 + u_1[j]",
    );
}

#[test]
fn joint_distribution_with_mismatched_environments() {
    says(
        r"$y_{ij} = u_{0j} + u_{1j} x_{ij} + e_{ij}$ where
        $\begin{pmatrix} u_{0j} \\ u_{1j} \end{pmatrix} \sim N \begin{bmatrix} 0 \\ 0 \end{pmatrix}, \quad
        \begin{pmatrix} \tau_{00} & \tau_{10} \\ & \tau_{11} \end{pmatrix}$",
        "y[i,j] = u_0[j] + u_1[j] x[i,j] + e[i,j]
        [u_0[j]; u_1[j]] ~ N([0; 0], [τ_00, τ_10; _, τ_11])",
    );
}

#[test]
fn a_row_without_relation_is_refused_where_it_stands() {
    let text =
        r"$$\begin{aligned} Y_{ij} &= \beta_0 + (\beta_1 \times x_i) \\ & (\beta_2 z_i) + e_{ij} \end{aligned}$$";
    let error = refused(text);
    assert_eq!((error.code, place(text, &error)), (Code::Syntax, r"(\beta_2 z_i) + e_{ij}"));
}

#[test]
fn one_symbol() {
    for text in [r"\gamma_{01}", "gamma_{01}", "γ_01", "γ₀₁"] {
        let symbol = read_symbol(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!((symbol.name.base.as_str(), symbol.name.tag.as_str()), ("γ", "01"), "{text}");
    }
    assert_eq!(read_symbol("tau + 1").unwrap_err().code, Code::BadArgument);
}
