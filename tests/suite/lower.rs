//! Equations as written, read to the model as meant: each idiom, each note, each refusal.

use mlnote::algebra::{Reading, lower};
use mlnote::error::{Code, Result};
use mlnote::model::Facts;
use mlnote::read::equations::read_system;

fn read(text: &str) -> Result<Reading> {
    let facts = Facts::default();
    let mut notes = vec![];
    let system = read_system(text, &facts, &mut notes)?;
    lower(system, &facts, notes)
}

/// `response ~ fixed | random; random` in one line.
fn model(text: &str) -> String {
    let reading = read(text).unwrap_or_else(|e| panic!("{text}\n{e:?}"));
    let list = |terms: &[mlnote::model::Term]| terms.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ");
    let random: Vec<String> = reading
        .model
        .random()
        .iter()
        .map(|t| {
            let bar = if t.covariance == mlnote::model::Covariance::Diagonal { "||" } else { "|" };
            format!("({} {bar} {})", list(&t.terms), t.group)
        })
        .collect();
    format!("{} ~ {} + {}", reading.model.response(), list(reading.model.fixed()), random.join(" + "))
}

fn codes(text: &str) -> Vec<Code> {
    read(text).unwrap_or_else(|e| panic!("{text}\n{e:?}")).notes.iter().map(|n| n.code).collect()
}

fn refusal(text: &str) -> Code {
    match read(text) {
        Ok(reading) => panic!("{text}\nwas read as\n{}", reading.model),
        Err(error) => {
            assert!(!error.labels.is_empty(), "{text}: no place in {error:?}");
            error.code
        }
    }
}

const LEVELS: &str = r"Y_{ij} &= \beta_{0j} + \beta_{1j} R_{ij} + \beta_2 X_{ij} + \epsilon_{ij} \\
\beta_{0j} &= \gamma_{00} + \gamma_{01} Z_j + \gamma_{02} S_j + u_{0j} \\
\beta_{1j} &= \gamma_{10} + \gamma_{11} Z_j + u_{1j} \\
";

#[test]
fn equations_mean_what_a_careful_reader_takes() {
    for (text, expected) in [
        (LEVELS, "Y ~ 1 + R + X + Z + S + R:Z + (1 + R | j)"),
        // Gelman and Hill: u_j is data, since it multiplies γ_1.
        (
            r"y_i \sim N(\alpha_{j[i]} + \beta x_i, \sigma_y^2) \\ \alpha_j \sim N(\gamma_0 + \gamma_1 u_j, \sigma_\alpha^2)",
            "y ~ 1 + x + u + (1 | j)",
        ),
        // crossed, observation k
        (
            r"y_k = \mu + a_{i[k]} + b_{q[k]} + \epsilon_k, \quad a_i \sim N(0, \sigma_a^2), \quad b_q \sim N(0, \sigma_b^2)",
            "y ~ 1 + (1 | i) + (1 | q)",
        ),
        // three levels, both index orders
        (
            r"Y_{ijk} = \pi_{0jk} + e_{ijk} \\ \pi_{0jk} = \beta_{00k} + r_{0jk} \\ \beta_{00k} = \gamma_{000} + u_{00k}",
            "Y ~ 1 + (1 | k) + (1 | k:j)",
        ),
        (
            r"Y_{ijk} = a_{ij} + \epsilon_{ijk} \\ a_{ij} = a_i + u_{ij} \\ a_i = \alpha_0 + \tilde u_i",
            "Y ~ 1 + (1 | i) + (1 | i:j)",
        ),
        // a covariate defined on its own line is data
        (
            r"Y_{ij} = \beta_0 + \beta_1 W_{ij} + u_j + e_{ij} \\ W_{ij} = X_{ij} - \bar X_j",
            "Y ~ 1 + I(X - X_bar) + (1 | j)",
        ),
        // time centring with a constant
        (
            r"Y_{ti} = \pi_{0i} + \pi_{1i} (a_{ti} - L) + e_{ti} \\ \pi_{0i} = \beta_{00} + r_{0i} \\ \pi_{1i} = \beta_{10} + r_{1i}",
            "Y ~ 1 + I(a - L) + (1 + I(a - L) | i)",
        ),
        // the bracket holds the unknowns here
        (
            r"Y_{ij} = \gamma_{00} + (\gamma_{01} + \gamma_{11} R_{ij} + u_{1j}) Z_j + u_{0j} + \epsilon_{ij}",
            "Y ~ 1 + Z + Z:R + (1 + Z | j)",
        ),
        // a non-randomly varying slope, a slope without its fixed effect, no intercept
        (
            r"Y_{ij} = \beta_{0j} + \beta_{1j} R_{ij} + e_{ij} \\ \beta_{0j} = \gamma_{00} + u_{0j} \\ \beta_{1j} = \gamma_{10} + \gamma_{11} Z_j",
            "Y ~ 1 + R + R:Z + (1 | j)",
        ),
        (
            r"Y_{ij} = \beta_{0j} + \beta_{1j} R_{ij} + e_{ij} \\ \beta_{0j} = \gamma_{00} + u_{0j} \\ \beta_{1j} = u_{1j}",
            "Y ~ 1 + (1 + R | j)",
        ),
        (r"Y_{ij} = \beta_1 X_{ij} + u_j + e_{ij}", "Y ~ X + (1 | j)"),
        // powers: X X is a square, Z_j W_j a product
        (
            r"Y_{ij} = \beta_0 + \beta_1 X_{ij} X_{ij} + \beta_2 Z_j W_j + u_j + e_{ij}",
            "Y ~ 1 + I(X^2) + Z:W + (1 | j)",
        ),
        // one parameter for two covariates is one column
        (r"Y_{ij} = \beta_0 + \beta_1 (X_{ij} + W_{ij}) + u_j + e_{ij}", "Y ~ 1 + I(X + W) + (1 | j)"),
        // estimates in place of parameters
        (
            r"Y_{ij} = \beta_{0j} + \beta_{1j} S_{ij} + e_{ij} \\ \beta_{0j} = 1.75 + u_{0j} \\ \beta_{1j} = 0.5 - 0.75 Z_j + u_{1j}",
            "Y ~ 1 + S + S:Z + (1 + S | j)",
        ),
        // a transformed response has a residual, a generalised one does not
        (r"\log(Y_{ij}) = \beta_0 + u_j + e_{ij}", "log(Y) ~ 1 + (1 | j)"),
        (r"\text{logit}(p_{ij}) = \beta_0 + \beta_1 x_{ij} + u_j", "p ~ 1 + x + (1 | j)"),
        // Kreft-like: the letter without the group index is the mean
        (r"Y_{ij} = \beta_{0j} + e_{ij} \\ \beta_{0j} = \beta_0 + b_{0j}", "Y ~ 1 + (1 | j)"),
        // equatiomatic: two groupings in one bracket
        (
            r"s_i \sim N(\alpha_{j[i],k[i]}, \sigma^2) \\ \alpha_j \sim N(\mu_{\alpha_j}, \sigma^2_{\alpha_j}) \\ \alpha_k \sim N(\mu_{\alpha_k}, \sigma^2_{\alpha_k})",
            "s ~ 1 + (1 | j) + (1 | k)",
        ),
    ] {
        assert_eq!(model(text), expected, "{text}");
    }
}

#[test]
fn a_covariate_without_coefficient_is_an_offset() {
    let text = r"Y_{ij} = \beta_0 + w_{ij} + u_j + e_{ij}, \quad e_{ij} \sim N(0, \sigma^2)";
    let reading = read(text).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(reading.model.offsets(), [mlnote::model::RExpr::name("w")]);
    assert_eq!(refusal(r"Y_{ij} = \beta_0 + w_{ij} + u_j + e_{ij}"), Code::AmbiguousRole);
}

#[test]
fn covariance_is_as_stated() {
    let joint = |matrix: &str| {
        format!(
            r"{LEVELS} \begin{{pmatrix}} u_{{0j}} \\ u_{{1j}} \end{{pmatrix}} \sim N\left( \begin{{pmatrix}} 0 \\ 0 \end{{pmatrix}}, {matrix} \right)"
        )
    };
    let random = |text: &str| model(text).split_once("R:Z + ").map(|(_, r)| r.to_owned());
    for (matrix, bar) in [
        (r"\begin{pmatrix} \tau_{00} & \tau_{01} \\ \tau_{01} & \tau_{11} \end{pmatrix}", "|"),
        (r"\begin{pmatrix} \sigma_\alpha^2 & \rho \sigma_\alpha \sigma_R \\ & \sigma_R^2 \end{pmatrix}", "|"),
        (r"\Sigma", "|"),
        (r"\begin{pmatrix} \tau_{00} & 0 \\ 0 & \tau_{11} \end{pmatrix}", "||"),
        (r"\begin{pmatrix} \tau_{00} & 0 \\ & \tau_{11} \end{pmatrix}", "||"),
    ] {
        assert_eq!(random(&joint(matrix)), Some(format!("(1 + R {bar} j)")), "{matrix}");
    }
    let separate = format!(r"{LEVELS} u_{{0j}} \sim N(0, \tau_{{00}}) \\ u_{{1j}} \sim N(0, \tau_{{11}})");
    assert_eq!(random(&separate), Some("(1 + R || j)".into()));
    assert!(codes(&separate).contains(&Code::AssumedCovariance));
    let moment = format!(r"{separate} \\ \mathrm{{Cov}}(u_{{0j}}, u_{{1j}}) = \tau_{{01}}");
    assert_eq!(random(&moment), Some("(1 + R | j)".into()));
}

#[test]
fn assumptions_are_noted() {
    assert!(codes(LEVELS).contains(&Code::AssumedRandom));
    assert!(codes(LEVELS).contains(&Code::AssumedCovariance));
    assert!(
        codes(r"Y_{ij} = \gamma_0 + (\gamma_1 + u_{1j}) Z_j + u_{0j} + e_{ij}").contains(&Code::SlopeOfGroupCovariate)
    );
    assert!(codes(r"y_i = \alpha_{j[i]} + \beta x_i + e_i").contains(&Code::AssumedRandom));
    assert!(codes(r"Y_{ij} = \beta_0 + \beta_1 time + u_j + e_{ij}").contains(&Code::AssumedIndex));
    let dropped = r"Y_{ijk} = \gamma_0 + U_{0jk} + V_{0k} + e_{ijk}, \quad U_{0j} \sim N(0, \tau^2), \quad V_{0k} \sim N(0, \omega^2)";
    assert!(codes(dropped).contains(&Code::IndexDropped));
    assert_eq!(model(dropped), "Y ~ 1 + (1 | k:j) + (1 | k)");
}

#[test]
fn a_chain_must_hold_and_the_level_wise_form_must_agree() {
    let chain = r"Y_{ij} &= (\gamma_0 + \gamma_1 Z_j + u_j) + \beta_1 R_{ij} + \epsilon_{ij} \\ &= \gamma_0 + \gamma_1 Z_j + \beta_1 R_{ij} + (u_j + \epsilon_{ij})";
    assert_eq!(model(chain), "Y ~ 1 + Z + R + (1 | j)");
    assert_eq!(refusal(&chain.replacen(r"\gamma_1 Z_j", r"\gamma_1 R_{ij}", 1)), Code::ChainBroken);
    let both = format!(
        r"{LEVELS} Y_{{ij}} = \gamma_{{00}} + \gamma_{{01}} Z_j + \gamma_{{02}} S_j + \gamma_{{10}} R_{{ij}} + \gamma_{{11}} Z_j R_{{ij}} + \beta_2 X_{{ij}} + u_{{0j}} + u_{{1j}} R_{{ij}} + \epsilon_{{ij}}"
    );
    assert_eq!(model(&both), model(LEVELS));
    assert_eq!(refusal(&both.replace("u_{1j} R_{ij} +", "u_{1j} Z_j +")), Code::FormsDisagree);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    for (text, code) in [
        (
            r"Y_{ij} = \beta_{0j} + \beta_{1j} X_{ij} + e_{ij} \\ \beta_{0j} = \gamma_{00} + u_{0j}",
            Code::UndefinedSymbol,
        ),
        (r"Y_{ij} = \beta_0 + \beta_1 X_{ij} + e_{ij} \\ \beta_{0j} = \gamma_{00} + u_{0j}", Code::IndexMissing),
        (
            r"Y_{ij} = \beta_{0j} + \beta_{1j} X_{ij} \\ \beta_{0j} = \gamma_{00} + u_{0j} \\ \beta_{1j} = \gamma_{10} + u_{1j}",
            Code::MissingResidual,
        ),
        (r"Y_{ij} = \beta_0 + u_j + e_{ij} \\ X_{ij} = \alpha_0 + v_j + d_{ij}", Code::TwoResponses),
        (
            r"Y_{ij} = \beta_{0j} + e_{ij} \\ \beta_{0j} = \gamma_{00} + u_{0j} \\ \beta_{0j} = \gamma_{00} + \gamma_{01} Z_j + u_{0j}",
            Code::DefinedTwice,
        ),
        (
            r"Y_{ij} = \beta_{0j} + \beta_{1j} X_{ij} + e_{ij} \\ \beta_{0j} = \gamma_{00} + u_{0j} \\ \beta_{1j} = \gamma_{10} + u_{0j}",
            Code::RepeatedEffect,
        ),
        (r"Y_{ij} = \gamma_0 + \gamma_1 Z_j + \beta_1 R_{ij} + \varepsilon_{ij}", Code::CompositeError),
        (r"Y_{i} = \beta_0 + \beta_1 x_i + e_i", Code::NoRandomPart),
        (r"Y_{ij} = \beta_0 + u_j + e_{ij}, \quad e_{ij} \sim N(0, \sigma_j^2)", Code::OutOfScope),
        (
            r"Y_{ij} = \beta_0 + u_j + x_{ij} e_{ij} + d_{ij}, e_{ij} \sim N(0, \sigma^2), d_{ij} \sim N(0, \tau)",
            Code::OutOfScope,
        ),
        (r"Y_{ij} = \beta_{0j} + e_{ij} \\ \beta_{0j} = \gamma_{00} \gamma_{01} Z_j + u_{0j}", Code::NotLinear),
        (r"Y_{ij} = \exp(\beta_{0j}) + e_{ij} \\ \beta_{0j} = \gamma_{00} + u_{0j}", Code::NotLinear),
        (
            r"Y_{ij} = \beta_{0j} + e_{ij} \\ \beta_{0j} = \alpha_{0j} + u_{0j} \\ \alpha_{0j} = \beta_{0j} + v_{0j}",
            Code::Circular,
        ),
        (r"y_{ij} = \mu + \alpha_i + \beta_j + (\alpha\beta)_{ij} + e_{ij}", Code::OutOfScope),
    ] {
        assert_eq!(refusal(text), code, "{text}");
    }
}

#[test]
fn a_bar_with_and_one_without_index_are_two_covariates() {
    let formula = |text: &str| {
        let reading = mlnote::read::read(text, None, &Facts::default()).unwrap();
        let lmer = mlnote::write::writer("lmer").unwrap();
        (lmer.write)(&reading, &mlnote::write::Style::default(), &mut vec![]).unwrap().trim_end().to_owned()
    };
    let levels = "y_ij = b_0j + b_1 (x_ij - \\bar{x}) + e_ij; b_0j = g_00 + g_01 \\bar{x}_j + u_0j";
    assert_eq!(formula(levels), "y ~ I(x - mean(x)) + x_bar + (1 | j)");
    assert_eq!(formula(&levels.replace("\\bar{x})", "\\bar{x}_j)")), "y ~ I(x - x_bar) + x_bar + (1 | j)");
}
