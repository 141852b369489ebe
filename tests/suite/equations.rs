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

#[test]
fn plain_and_unicode_text_reads_as_latex_does() {
    let expected = "Y[i,j] = β_0[j] + β_1[j] R[i,j] + e[i,j]
        β_0[j] = γ_00 + γ_01 W[j] + u_0[j]
        e[i,j] ~ N(0, σ^2)";
    for text in [
        "Y_ij = beta_0j + beta_1j*R_ij + e_ij\nbeta_0j = gamma_00 + gamma_01*W_j + u_0j\ne_ij ~ N(0, sigma^2)",
        "Y_ij = β₀ⱼ + β₁ⱼ R_ij + e_ij\nβ₀ⱼ = γ₀₀ + γ₀₁ W_j + u₀ⱼ\neᵢⱼ ∼ N(0, σ²)",
        "Y_ij = β_0j + β_1jR_ij + e_ij\nβ_0j = γ_00 + γ_01W_j + u_0j\ne_ij ~ N(0, σ²)",
        "Level 1: Y_ij = β0j + β1j × R_ij + e_ij\nLevel 2:\n  β0j = γ00 + γ01·W_j + u_0j  (intercept)\n- e_ij ~ N(0, σ²)",
        "Yij = β0j + β1jRij + eij\nβ0j = γ00 + γ01Wj + u0j\neij ~ N(0, σ2)\n".replace("σ2", "σ²").as_str(),
        "Y<sub>ij</sub> = β<sub>0j</sub> + β<sub>1j</sub> R<sub>ij</sub> + e<sub>ij</sub>\n\
         β<sub>0j</sub> = γ<sub>00</sub> + γ<sub>01</sub>W<sub>j</sub> + u<sub>0j</sub>\ne<sub>ij</sub> ~ N(0, σ<sup>2</sup>)",
        "#' > Y_ij = β_0j\n#' >   + β_1j R_ij\n#' >   + e_ij\n#' β_0j = γ_00 +\n#'   γ_01 W_j + u_0j\n#' e_ij ~ N(0, σ^2)",
        r"Y_{ij} = \beta_{0j} + \beta_{1j} R_{ij} + e_{ij}
          \beta_{0j} = \gamma_{00} + \gamma_{01} W_j + u_{0j}
          e_{ij} \sim N(0, \sigma^2)",
    ] {
        says(text, expected);
    }
}

#[test]
fn words_are_one_symbol() {
    says(
        r"$$\text{Reading Score}_{ij} = \beta_{0j} + \beta_1 ses_{ij} + \beta_2\mathrm{log\_pay}_{ij}
            + \beta_3 foul.diff_{ij} + \beta_4 time + \operatorname{school type}_j + \gamma_1x_{ij} + \varepsilon_{ij}$$",
        "Reading Score[i,j] = β_0[j] + β_1 ses[i,j] + β_2 log_pay[i,j] + β_3 foul.diff[i,j] + β_4 time \
         + school type[j] + γ_1 x[i,j] + ε[i,j]",
    );
    says(
        "weight_ij = γ00 + γ10*age_ij + u0j + e_ij\nu0j ~ N(0, σ_school)",
        "weight[i,j] = γ_00 + γ_10 age[i,j] + u_0[j] + e[i,j]
        u_0[j] ~ N(0, σ_school)",
    );
    says("score_ij = β0j + β1j*trial_norm + e_ij", "score[i,j] = β_0[j] + β_1[j] trial_norm + e[i,j]");
    says("weightij = β0j + β1j (Age) + rij", "weight[i,j] = β_0[j] + β_1[j] Age + r[i,j]");
}

#[test]
fn numbered_families_without_subscript_marks() {
    let expected = "Y[i,j] = b_0[j] + b_1[j] x1[i,j] + e[i,j]\n b_0[j] = g_00 + g_01 w[j] + u_0[j]";
    says("Y_ij = b0_j + b1_j * x1_ij + e_ij\nb0_j = g00 + g01 * w_j + u0_j", expected);
    says("Y_ij = b0j + b1j * x1_ij + e_ij\nb0j = g00 + g01 * w_j + u0j", expected);
    says("Y_ij = beta0 + beta1j * x1_ij + e_ij", "Y[i,j] = β_0 + β_1[j] x1[i,j] + e[i,j]");
}

#[test]
fn numbers_labels_and_indices_in_subscripts() {
    says(
        r"$$Y_{ij} = \gamma_{00} + \tau_R X_{1ij} + \beta_{0, j} + \gamma_{c,ij} + \operatorname{arm}_{\operatorname{new}}
            + \bar X_{\cdot j} + \bar{X}_{.j} + \tilde{u}_j + \mathbf{w}_j + \hat b + e'_{ij}$$
          $$u_j \sim N(\mu_{\beta_{1j}}, \sigma^2_{\alpha_j}), \quad v_j \sim N(0, \sigma_u^{2})$$",
        "Y[i,j] = γ_00 + τ_R X_1[i,j] + β_0[j] + γ_c[i,j] + arm_new + X.bar[j] + X.bar[j] + u.tilde[j] + w.bold[j] \
         + b.hat + e.prime[i,j]
        u[j] ~ N(μ_β1j, σ_αj^2)
        v[j] ~ N(0, σ_u^2)",
    );
    says("x̄_j = μ + ũ_j\nȳ_j = x̄_j", "x.bar[j] = μ + u.tilde[j]\n y.bar[j] = x.bar[j]");
}

#[test]
fn brackets_in_indices() {
    says(
        r"$$y_i = \alpha_{j[i],k[i]} + \beta_{1j[i]} x_i + \gamma_{\text{TANK}[i]} + \delta_j[i] + e_i$$
          $$\log\bigg(\frac{p_{i[gh]j}}{1 - p_{i[gh]j}}\bigg) = a_i$$",
        "y[i] = α[j[i],k[i]] + β_1[j[i]] x[i] + γ[TANK[i]] + δ[j[i]] + e[i]
        log(p[i[g,h],j] / (1 - p[i[g,h],j])) = a[i]",
    );
    says("y_i = alpha_j[i] + e_i\nalpha_j ~ N(mu_a, sd_a)", "y[i] = α[j[i]] + e[i]\n α[j] ~ N(μ_a, sd_a)");
}

#[test]
fn superscripts_are_powers_groups_or_marks() {
    says(
        r"$$\text{Y}^{(c|s)}_{ij} = \beta_0^{(s)} + \beta^{(c|s)}_{1} \text{age}^{2}_{i} + \beta^{W} x_i^2 + \eta_{ij}^{(c|s)}$$",
        "Y[i,j,(c),(s)] = β_0[(s)] + β_1[(c),(s)] age[i]^2 + β^W x[i]^2 + η[i,j,(c),(s)]",
    );
}

#[test]
fn a_mark_on_the_use_only_is_dropped_with_a_note() {
    let mut notes = vec![];
    let text = r"$$\begin{aligned} y_i &\sim N(\gamma_{1k[i]}^{\alpha} x_i, \sigma^2) \\ \gamma_{1k} &\sim N(0, \tau) \end{aligned}$$";
    let system = read_system(text, &Facts::default(), &mut notes).unwrap();
    assert_eq!(system.to_string(), "y[i] ~ N(γ_1[k[i]] x[i], σ^2)\nγ_1[k] ~ N(0, τ)\n");
    assert_eq!((notes.len(), notes[0].code), (1, Code::IndexDropped));
}

#[test]
fn sums_go_on_over_rows_and_chains_have_several_right_sides() {
    says(
        r"\begin{align*}
        Y_{ij} &= [\alpha_0 + \beta_0 x_{ij} + \\
          & \textrm{} \beta_1 z_i x_{ij}] \\
          &\quad + (u_i + v_i x_{ij}) - e_{ij} \nonumber \\
          &= \alpha_0 + \left( \beta_0 + \beta_1 z_i \right) \times x_{ij} \\
          &{} + u_i + v_i \cdot x_{ij} - e_{ij}
        \end{align*}
        $$= \alpha_0$$",
        "Y[i,j] = (α_0 + β_0 x[i,j] + β_1 z[i] x[i,j]) + (u[i] + v[i] x[i,j]) - e[i,j] \
         = α_0 + (β_0 + β_1 z[i]) x[i,j] + u[i] + v[i] x[i,j] - e[i,j] = α_0",
    );
}

#[test]
fn doubled_plus_is_noted() {
    let mut notes = vec![];
    let text = "y_ij = b_0 + + u_j + e_ij";
    let system = read_system(text, &Facts::default(), &mut notes).unwrap();
    assert_eq!(system.to_string(), "y[i,j] = b_0 + u[j] + e[i,j]\n");
    assert_eq!(place(text, &notes[0]), "+ +");
}

#[test]
fn distributions() {
    for (law, expected) in [
        (r"\sim N(0, \sigma^2)", "N(0, σ^2)"),
        (r"\overset{iid}{\sim} \mathcal{N}(0,\sigma^2)", "N(0, σ^2)"),
        (r"\stackrel{\text{i.i.d.}}{\sim} \mathrm{N}\!\left( 0, \; \sigma^2 \right)", "N(0, σ^2)"),
        (r"\sim_{iid} \mathcal N[0, \sigma^2]", "N(0, σ^2)"),
        (r"\thicksim \text{Normal}(0, \sigma^2)", "N(0, σ^2)"),
        (r"\sim NID(0, \sigma^2)", "N(0, σ^2)"),
        (r"\sim N(0, \sigma^2) = N(0, 1)", "N(0, σ^2)"),
        (r"\sim \operatorname{Poisson}(\lambda_i)", "Poisson(λ[i])"),
        (r"\sim \text{half-Cauchy}(0, 5)", "half-Cauchy(0, 5)"),
    ] {
        says(&format!("$$ e_i {law}. $$"), &format!("e[i] ~ {expected}"));
    }
}

#[test]
fn joint_distributions() {
    let expected = "[u_0[j]; u_1[j]] ~ N([0; 0], [τ_00, _; τ_10, τ_11])";
    let cells = r"\tau_{00} & \\ \tau_{10} & \tau_{11} \\";
    for text in [
        format!(
            r"\begin{{bmatrix}} u_{{0j}} \\ u_{{1j}} \end{{bmatrix}} \sim MVN\left( \begin{{pmatrix}} 0 \\ 0 \end{{pmatrix}}, \begin{{pmatrix}} {cells} \end{{pmatrix}} \right)"
        ),
        format!(
            r"\left[ \begin{{array}}{{c}} u_{{0j}} \\ u_{{1j}} \end{{array}} \right] \sim N \left( \left[ \begin{{array}}{{c}} 0 \\ 0 \end{{array}} \right], \left[ \begin{{array}}{{cc}} {cells} \end{{array}} \right] \right)."
        ),
        format!(
            r"\begin{{pmatrix}} u_{{0j}} \\ u_{{1j}} \end{{pmatrix}} \sim N \begin{{bmatrix}} \begin{{pmatrix}} 0 \\ 0 \end{{pmatrix}}\!\!,& \begin{{pmatrix}} {cells} \end{{pmatrix}} \end{{bmatrix}}"
        ),
        format!(r"(u_{{0j}}, u_{{1j}})' \sim N_2\left( (0, 0)^T, \begin{{pmatrix}} {cells} \end{{pmatrix}} \right)"),
        format!(
            r"\left( \begin{{array}}{{c}} \begin{{aligned}} &u_{{0j}} \\ &u_{{1j}} \end{{aligned}} \end{{array}} \right) \sim N\left( \left( \begin{{array}}{{c}} \begin{{aligned}} &0 \\ &0 \end{{aligned}} \end{{array}} \right) , \left( \begin{{array}}{{cc}} {cells} \end{{array}} \right) \right)"
        ),
    ] {
        says(&format!("$${text}$$"), expected);
    }
    says(
        r"$$u_{0j}, u_{1j} \sim N(\mathbf 0, \Sigma), \text{ with } \Sigma = \begin{bmatrix} a & b \\ b & c \end{bmatrix}$$",
        "[u_0[j]; u_1[j]] ~ N(0, [a, b; b, c])",
    );
}

#[test]
fn matrices_in_plain_brackets() {
    says(
        "[u_0j, u_1j]' ~ N([0, 0]', [[τ_00, τ_10], [τ_10, τ_11]])",
        "[u_0[j]; u_1[j]] ~ N([0; 0], [τ_00, τ_10; τ_10, τ_11])",
    );
}

#[test]
fn a_product_of_matrices_is_any_covariance() {
    let mut notes = vec![];
    let text = r"$$(a_j, b_j) \sim N(0, \begin{pmatrix} s & 0 \\ 0 & t \end{pmatrix} \mathbf{R})$$";
    let system = read_system(text, &Facts::default(), &mut notes).unwrap();
    assert_eq!(system.to_string(), "[a[j]; b[j]] ~ N(0, [])\n");
    assert_eq!(notes[0].code, Code::AssumedCovariance);
}

#[test]
fn arrays_and_fences_of_equations() {
    let expected = "Y[i,j] = β_0[j] + e[i,j]\n β_0[j] = γ_00 + u_0[j]";
    for text in [
        r"$$\left\{\begin{array}{l} Y_{ij} = \beta_{0j} + e_{ij} \\ \beta_{0j} = \gamma_{00} + u_{0j} \end{array}\right.$$",
        r"\begin{eqnarray} Y_{ij} &=& \beta_{0j} + e_{ij} \\ \beta_{0j} &=& \gamma_{00} + u_{0j} \end{eqnarray}",
        r"$$\begin{cases} Y_{ij} = \beta_{0j} + e_{ij} \\ \beta_{0j} = \gamma_{00} + u_{0j} \end{cases}$$",
        "```math\nY_{ij} = \\beta_{0j} + e_{ij}\n```\nand ```math\n\\beta_{0j} = \\gamma_{00} + u_{0j}\n```",
        r"The \deqn{Y_{ij} = \beta_{0j} + e_{ij}} with \eqn{\beta_{0j} = \gamma_{00} + u_{0j}}.",
        "We assume that alpha = 0.05 in all tests.\nY_ij = β_0j + e_ij\ny_ij = outcome of pupil i\nβ_0j = γ_00 + u_0j",
    ] {
        says(text, expected);
    }
}

#[test]
fn moments_and_links() {
    says(
        r"\text{logit}(p_{ij}) = \beta_{0j} + \ln(x_{ij}) + \sqrt{z_j} + e_{ij} \\
          \operatorname{Var}(u_{0j}) = \tau_{00} \\ \text{Cov}(u_{0j}, u_{1j}) = 0 \\ E(u_{0j}) = 0 \\
          \text{logit}^{-1}(\eta_{ij}) = p_{ij} \\ \text{logit}(\Pr(y_{ij} = 1 \mid u_j)) = \eta_{ij} \\
          \log(E[c_{ij}]) = \eta_{ij}",
        "logit(p[i,j]) = β_0[j] + log(x[i,j]) + sqrt(z[j]) + e[i,j]
        Var(u_0[j]) = τ_00
        Cov(u_0[j], u_1[j]) = 0
        inv_logit(η[i,j]) = p[i,j]
        logit(y[i,j]) = η[i,j]
        log(c[i,j]) = η[i,j]",
    );
}

#[test]
fn words_after_a_distribution_name_the_group() {
    says(
        r"$$\alpha_{j} \sim N(\mu, \tau) \text{, for school:pupil j = 1,} \dots \text{,J}$$
          $$\beta_k \sim N(0, \tau) \text{ for item } k = 1, \ldots, K$$",
        "α[j] ~ N(μ, τ)
        β[k] ~ N(0, τ)
        group j school:pupil
        group k item",
    );
}

#[test]
fn ornament_is_passed_over() {
    says(
        r"$$\begin{alignat*}{1}
        \text{Level 1 (pupils)} \\
        Y_{ij} =&\: \underbrace{\gamma_{00} + \gamma_{10} x_{ij}}_{\text{fixed}} + {\color{red}{u_{j}}} + \textcolor{blue}{e_{ij}}
          \label{eq:a} \tag{3} \\
        \quad \\
        \text{Ebene 2:} & u_{j} \sim N(0, \tau^2) \qquad (2.1)
        \end{alignat*}$$",
        "Y[i,j] = γ_00 + γ_10 x[i,j] + u[j] + e[i,j]
        u[j] ~ N(0, τ^2)",
    );
}

#[test]
fn a_document_is_read_around_its_prose() {
    let text = "# Growth\n\nAbout 5% of $n$ pupils; it cost $5. See `$x = y$`.\n\n```r\nlmer(y ~ x + (1 | g))\n```\n\n\
        For $i = 1, \\ldots, n_j$ in class $j$:\n\\begin{equation}\n% before: $Y = 3$\n\
        Y_{ti} = \\pi_{0i} + \\pi_{1i} wave_{ti} + e_{ti} (\\#eq:one)\n\\end{equation}\n\
        where $\\pi_{0i} = \\beta_{00} + r_{0i}$ and $\\pi_{1i} = \\beta_{10}$; $wave_{ti} = 0$ at first, \
        $\\tau_{10} = \\tau_{01}$, $\\beta_{10} \\neq 0$. In R: lmer($Y \\sim wave + (1|id)$, data = dat).\n";
    let system = system(text);
    assert_eq!(
        system.to_string(),
        "Y[t,i] = π_0[i] + π_1[i] wave[t,i] + e[t,i]\nπ_0[i] = β_00 + r_0[i]\nπ_1[i] = β_10\n"
    );
    let skipped: Vec<&str> = system.skipped.iter().map(|s| &text[s.start..s.end]).collect();
    for part in ["i = 1, \\ldots, n_j", "wave_{ti} = 0", "\\tau_{10} = \\tau_{01}", "Y \\sim wave + (1|id)"] {
        assert!(skipped.contains(&part), "{part} in {skipped:?}");
    }
}

#[test]
fn directives_are_not_equations() {
    says(
        "# mlnote: index j = school\n% mlnote: level school = W\nY_ij = a + u_j + e_ij % mlnote: label a = \"mean\"",
        "Y[i,j] = a + u[j] + e[i,j]",
    );
}

#[test]
fn every_statement_has_its_place() {
    let text = "$$Y_{ij} = \\mu + u_j,\\quad u_j \\sim N(0, \\tau^2)$$";
    let spans: Vec<&str> = system(text).statements.iter().map(|s| &text[s.span().start..s.span().end]).collect();
    assert_eq!(spans, ["Y_{ij} = \\mu + u_j", "u_j \\sim N(0, \\tau^2)"]);
}

/// Letters of a mathematical face are read as plain ones, and their places end between them.
#[test]
fn places_hold_whole_letters() {
    let text = "𝑤𝑖𝑗 = 𝛽0 + 𝑢𝑗 + 𝑒𝑖𝑗\n𝑢𝑗 ~ 𝑁(0, 𝜏²)";
    let spans: Vec<&str> = system(text).statements.iter().map(|s| &text[s.span().start..s.span().end]).collect();
    assert_eq!(spans.len(), 2);
    assert!(text.starts_with(spans[0]) && spans[0].contains("𝑢𝑗"), "{spans:?}");
    assert_eq!(place("𝑤𝑖𝑗 = 𝛽0 +", &refused("𝑤𝑖𝑗 = 𝛽0 +")), "");
}

#[test]
fn refusals_name_the_place() {
    for (text, code, at) in [
        ("Y_ij = \u{202e}x", Code::ForbiddenCharacter, "\u{202e}"),
        (r"$$Y_{ij} = \bta_0$$", Code::UnknownCommand, r"\bta"),
        (r"$$Y_i \text{ ~ Normal}(\mu, \sig)$$", Code::UnknownCommand, r"\sig"),
        (r"$$Y_i \text{ ∼ Normal}(\mu, \sig)$$", Code::UnknownCommand, r"\sig"),
        (r"\newcommand{\b}{\beta} $$Y = \b$$", Code::UnknownCommand, r"\newcommand"),
        (r"\input{model} $$Y_{ij} = u_j$$", Code::UnknownCommand, r"\input"),
        ("$$Y_{ij} = (a + b$$", Code::Unbalanced, "("),
        ("$$Y_{ij} = a + b)$$", Code::Unbalanced, ")"),
        ("$$Y_{ij} = (a + b]$$", Code::Unbalanced, "]"),
        (r"$$Y_{ij} = \begin{pmatrix} a$$", Code::Unbalanced, r"\begin{pmatrix}"),
        ("$$Y_{ij} = a_ + b$$", Code::Syntax, "_"),
        ("$$Y_{ij} = a + $$", Code::Syntax, ""),
        (r"$$Y_{ij} = a + \dots + b$$", Code::OutOfScope, r"\dots"),
        (r"$Y_{ij} = a + \dots + b$", Code::OutOfScope, r"\dots"),
        (r"$$Y = \begin{pmatrix} a \\ b \end{pmatrix} c$$", Code::OutOfScope, r"\begin{pmatrix} a \\ b \end{pmatrix}"),
        ("$$= a + b$$", Code::Syntax, "= a + b"),
        ("just words", Code::MissingResponse, "just words"),
    ] {
        let error = refused(text);
        assert_eq!(error.code, code, "{text}: {error}");
        assert_eq!(place(text, &error), at, "{text}: {error}");
    }
    let error = refused(r"$$Y_{ij} = \gama_{00} + e_{ij}$$");
    assert_eq!(error.fix.map(|f| f.text).as_deref(), Some(r"\gamma"));
}

#[test]
fn a_missing_bracket_after_a_law_is_added_with_a_note() {
    let mut notes = vec![];
    let text = r"$$y_i \sim N(\mu_i, \sigma^2$$";
    let system = read_system(text, &Facts::default(), &mut notes).unwrap();
    assert_eq!(system.to_string(), "y[i] ~ N(μ[i], σ^2)\n");
    assert_eq!((notes[0].code, place(text, &notes[0])), (Code::Unbalanced, "("));
}

#[test]
fn deep_and_long_inputs_are_linear_or_refused() {
    let start = std::time::Instant::now();
    let deep = |n: usize| format!("$$Y_{{ij}} = {}x_{{ij}}{}$$", "(".repeat(n), ")".repeat(n));
    says(&deep(120), "Y[i,j] = x[i,j]");
    assert_eq!(refused(&deep(129)).code, Code::TooLarge);
    let braces = format!("$$Y = {}x{}$$", "{".repeat(120), "}".repeat(120));
    says(&braces, "Y = x");
    let sum: Vec<String> = (0..2000).map(|n| format!(r"\beta_{{{n}}} x_{{{n}ij}}")).collect();
    assert_eq!(system(&format!("$$Y_{{ij}} = {}$$", sum.join(" + "))).statements.len(), 1);
    for unit in ["~", "(", "$", "\\(", "a,", "\\\\ ", "{}", "=", "\\begin{pmatrix}", "_", "a\n", "$$", "`", "<!--", "&"]
    {
        let text = unit.repeat(20_000);
        let _ = read_system(&text, &Facts::default(), &mut vec![]);
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
