//! `mlnote derive`: the lines, the parts, the shapes, from every kind of source.

use super::cli::run;
use serde_json::Value;

const SLOPES: &str = "score_ij = b_0j + b_1j age_ij + e_ij
b_0j = g_00 + g_01 urban_j + u_0j
b_1j = g_10 + g_11 urban_j + u_1j";

fn derive(input: &str, flags: &[&str]) -> String {
    let (status, stdout, stderr) = run(&[&["derive", input, "--quiet"], flags].concat());
    assert_eq!((status, stderr.as_str()), (0, ""), "{input}");
    stdout
}

fn lines(input: &str, flags: &[&str]) -> Value {
    serde_json::from_str(&derive(input, &[flags, &["--json"]].concat())).unwrap()
}

#[test]
fn the_steps_are_shown_with_their_reasons() {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/cli/derive"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("expanded", derive(SLOPES, &[]));
        insta::assert_snapshot!("by_treatment", derive(SLOPES, &["--treatment", "urban"]));
        insta::assert_snapshot!("bundled_tex", derive(SLOPES, &["--shape", "bundled", "--format", "tex"]));
        insta::assert_snapshot!("formula", derive("y ~ x * z + (x | g)", &["--level=g=z", "--level=1=x", "--width=60"]));
    });
}

#[test]
fn every_source_of_a_model_has_a_derivation() {
    let reduced = "y_ij = a + b x_ij + (u_j + e_ij)";
    let json = r#"{"response": "y", "fixed": ["1", "x"], "random": [{"group": "j", "terms": ["1"]}], "names": {}} ~"#;
    for source in [reduced, "y ~ x + (1 | j)", json.trim_end_matches(" ~")] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        std::fs::write(&path, source).unwrap();
        let steps = lines(path.to_str().unwrap(), &[]);
        let told = steps["steps"].as_array().unwrap();
        assert!(!told.is_empty() && told[0]["before"] == steps["start"], "{source}: {steps}");
        assert!(told.windows(2).all(|pair| pair[0]["after"] == pair[1]["before"]), "{source}: {steps}");
        assert!(
            told.iter().all(|step| step["rules"].as_array().is_some_and(|rules| !rules.is_empty())),
            "{source}: {steps}"
        );
        assert!(steps["structural"].as_str().unwrap().contains('x'), "{source}: {steps}");
        assert!(steps["error"].as_str().unwrap().contains('u'), "{source}: {steps}");
        assert_eq!(steps["econometric"].as_array().unwrap().len(), 2, "{source}: {steps}");
    }
}

#[test]
fn a_linked_mean_is_derived_on_the_scale_of_its_link() {
    let logistic = "Y_ij ~ Bernoulli(p_ij), logit(p_ij) = b_0j + b_1 X_ij, b_0j = g_0 + u_j";
    let inverse = "Y_ij ~ Bernoulli(logit^{-1}(b_0j + b_1 X_ij)), b_0j = g_0 + u_j";
    let wanted = "logit(pᵢⱼ) = b₀ⱼ + b₁ Xᵢⱼ\n           = (g₀ + uⱼ) + b₁ Xᵢⱼ\n               (plug in b₀ⱼ)\n";
    for model in [logistic, inverse] {
        let text = derive(model, &[]);
        assert!(text.starts_with(wanted), "{text}");
    }
    // A reduced form is raised first, as that of a linear model is.
    let text = derive("Y_ij ~ Bernoulli(p_ij), logit(p_ij) = g_0 + b_1 X_ij + u_j", &[]);
    assert!(text.starts_with("logit(pᵢⱼ) = β₀ⱼ + b₁ Xᵢⱼ\n") && text.contains("(plug in β₀ⱼ)"), "{text}");
    let text = derive("Y_ij ~ N(mu_ij, s), log(mu_ij) = b_0j + b_1 X_ij, b_0j = g_0 + u_j", &[]);
    assert!(text.starts_with("log(μᵢⱼ) = b₀ⱼ + b₁ Xᵢⱼ\n") && text.contains("error = uⱼ"), "{text}");
    // There is no residual, and so no form with one error instead.
    assert_eq!(lines(logistic, &[])["econometric"], serde_json::json!([]));
    let text = derive("glmer(y ~ x + (x | g), family = poisson)", &["--level=1=x"]);
    assert!(text.starts_with("log(λ_{ig}) = β_{0g} + β_{1g} x_{ig}\n"), "{text}");
}

#[test]
fn laws_around_means_are_derived_with_symbols_for_what_they_leave_out() {
    let text = derive("y_ij ~ N(\\mu_ij, \\sigma^2), \\mu_ij = a_j + b x_ij, a_j ~ N(g_0 + g_1 z_j, t^2)", &[]);
    assert!(text.starts_with("yᵢⱼ = aⱼ + b xᵢⱼ + ϵᵢⱼ\n    = (g₀ + g₁ zⱼ + u₀ⱼ) + b xᵢⱼ + ϵᵢⱼ\n"), "{text}");
}

#[test]
fn the_last_line_has_the_shape_asked_for() {
    let last = |shape| {
        let steps = lines(SLOPES, &["--shape", shape]);
        steps["steps"].as_array().unwrap().last().unwrap()["after"].as_str().unwrap().to_owned()
    };
    assert!(!last("expanded").contains('('));
    assert!(last("by-treatment").contains(") urban"), "{}", last("by-treatment"));
    assert!(last("bundled").contains("(g₀₀ + u₀ⱼ)"), "{}", last("bundled"));
}

#[test]
fn a_step_tells_its_rule_and_what_it_touches() {
    let steps = lines("y_ij = b_0j + e_ij\nb_0j = g_00 + g_01 z_j + u_0j", &[]);
    let first = &steps["steps"][0];
    assert_eq!(first["rules"], serde_json::json!(["plug in"]), "{steps}");
    assert_eq!(first["touched"], serde_json::json!(["b₀ⱼ", "g₀₀", "g₀₁", "zⱼ", "u₀ⱼ"]), "{steps}");
    assert_eq!((&first["before"], &first["after"]), (&"b₀ⱼ + eᵢⱼ".into(), &"(g₀₀ + g₀₁ zⱼ + u₀ⱼ) + eᵢⱼ".into()));
}

#[test]
fn a_treatment_that_is_no_covariate_is_refused() {
    let (status, stdout, stderr) = run(&["derive", SLOPES, "--treatment", "urbann", "--quiet"]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("did you mean `urban`?"), "{stderr}");
}

#[test]
fn a_factor_is_collected_by_each_of_its_categories() {
    let flags = ["--treatment=f", "--shape=by-treatment", "--format=unicode", "--level=g=f", "--level=1=x"];
    let model = ["derive", "y ~ x * f + (x | g)", "--factor=f=a,b,c", "--quiet"];
    let (status, stdout, stderr) = run(&[&model[..], &flags].concat());
    assert_eq!(status, 0, "{stderr}");
    assert!(stdout.contains("(γ₀₁ + γ₁₁ x_{ig}) f_{b,g} + (γ₀₂ + γ₁₂ x_{ig}) f_{c,g}"), "{stdout}");
}
