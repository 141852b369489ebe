//! `mlnote explain`: the remarks of textbooks come out, every case folder is explained, hostile names
//! stay text.

use super::cli::run;
use mlnote::algebra::{Covariances, Reading};
use mlnote::model::Facts;
use mlnote::read::read;
use mlnote::write::{EntryKind, ExplainFormat, ExplainOptions, Explanation, explain};
use std::fs;
use std::path::Path;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");

pub(crate) fn keep(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/explain"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

pub(crate) fn case(name: &str) -> Reading {
    let folder = Path::new(CASES).join(name);
    let path = [folder.join("hierarchical.tex"), folder.join("lmer.R")].into_iter().find(|path| path.exists()).unwrap();
    read(&fs::read_to_string(path).unwrap(), None, &Facts::default()).unwrap()
}

pub(crate) fn facts(all: &[(&str, &str)]) -> Facts {
    let mut facts = Facts::default();
    all.iter().for_each(|(kind, text)| facts.add(kind, text).unwrap());
    facts
}

pub(crate) fn explained(text: &str, declared: &[(&str, &str)], options: &ExplainOptions) -> Explanation {
    let facts = facts(declared);
    explain(&read(text, None, &facts).unwrap(), &facts, options, &mut vec![]).unwrap()
}

/// As one line, so that a sentence can be looked for whatever the line breaks.
pub(crate) fn line(explanation: &Explanation) -> String {
    explanation.text(usize::MAX).lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

#[track_caller]
pub(crate) fn says(text: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(text.contains(sentence), "not said: {sentence}\n{text}");
    }
}

#[test]
fn every_case_is_explained() {
    let mut folders: Vec<String> =
        fs::read_dir(CASES).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    folders.sort();
    for name in folders {
        let reading = case(&name);
        let explained = explain(&reading, &Facts::default(), &ExplainOptions::default(), &mut vec![]).unwrap();
        let fixed = explained.entries().filter(|e| e.kind == EntryKind::Fixed).count();
        assert!(fixed >= reading.model.fixed().len(), "{name}");
        let text = explained.text(80);
        let causal = line(&explained).replace("fixed effect of", "");
        for word in ["effect of ", "causes", "impact", "treatment effect"] {
            assert!(!causal.contains(word), "{name}: `{word}` without a treatment\n{text}");
        }
        keep(&name, &text);
    }
}

/// The facts of the scenario: students in schools, at risk or not, schools treated or not.
const SCENARIO: &[(&str, &str)] =
    &[("index", "j = school"), ("index", "i = student"), ("label", "R = at risk"), ("label", "Y = reading level")];

fn scenario(name: &str) -> Explanation {
    let options = ExplainOptions { treatment: Some("Z".into()), ..ExplainOptions::default() };
    explained_as(&case_text(name), &options)
}

fn case_text(name: &str) -> String {
    let text = fs::read_to_string(Path::new(CASES).join(name).join("hierarchical.tex")).unwrap();
    text.lines().filter(|l| !l.contains("mlnote:")).map(|l| format!("{l}\n")).collect()
}

fn explained_as(text: &str, options: &ExplainOptions) -> Explanation {
    explained(text, SCENARIO, options)
}

/// Each remark that a text makes on a model, in few words, with the sentences that say it.
#[track_caller]
fn remarks(explanation: &Explanation, remarks: &[(&str, &[&str])]) {
    let text = line(explanation);
    for (remark, sentences) in remarks {
        assert!(!sentences.is_empty());
        let missing: Vec<&&str> = sentences.iter().filter(|sentence| !text.contains(**sentence)).collect();
        assert!(missing.is_empty(), "{remark}: not said: {missing:#?}\n{text}");
    }
}

/// The remarks of Miratrix (2019), section 2, in their order.
#[test]
fn remarks_on_the_random_intercept_model() {
    let explained = scenario("random-intercept");
    keep("paper-random-intercept", &explained.text(80));
    let random = "Random effect: how far the intercept of one school lies from what its equation predicts; the residual of \
                  the equation of αⱼ.";
    let zeros = "The expected Yᵢⱼ of not-at-risk students (Rᵢⱼ = 0) with Xᵢⱼ = 0 in control schools (Zⱼ = 0) with Sⱼ = 0, \
                 averaged over schools.";
    let total = "The total random error is uⱼ + ϵᵢⱼ: by this a prediction of a new student misses, when the random effects of \
                 its school are not known.";
    let effect = "γ₁ is the average treatment effect, the same for all students: a shift of the expected Yᵢⱼ by γ₁ for the \
                  treated.";
    remarks(
        &explained,
        &[
            (
                "σ_α² is the variance of the random intercept",
                &["σ_α²   in R: school: (Intercept) The variance of the random intercept"],
            ),
            ("α_j is the random intercept, u_j the random effect", &["αⱼ Random intercept: ", random]),
            ("u_j is the residual of the second Level", &["the residual of the equation of αⱼ"]),
            ("coef() has the mean in it", &["coef()$school gives fixed plus random effects: γ₀ + uⱼ as (Intercept)."]),
            (
                "ranef() is u_j alone",
                &["ranef()$school gives the random effects of each school: uⱼ.", "no fixed effect is in them"],
            ),
            (
                "γ_1 and γ_2 are in neither",
                &["The column (Intercept) of coef()$school is not αⱼ: it lacks what γ₁ and γ₂ add."],
            ),
            (
                "they are columns of their own",
                &["β₁, β₂, γ₁ and γ₂ stand in columns of their own, the same in every row."],
            ),
            (
                "R and X are completely pooled",
                &["β₁ and β₂ are completely pooled: all schools have the same relation between Yᵢⱼ and"],
            ),
            (
                "the intercept of a school",
                &["the expected Yᵢⱼ of not-at-risk students (Rᵢⱼ = 0) with Xᵢⱼ = 0 in one school."],
            ),
            ("schools differ in their means", &["Different schools have different means."]),
            (
                "treated schools lie γ_1 higher: the impact",
                &[
                    "The average treatment effect: the difference in the expected Yᵢⱼ between treated and control schools.",
                    effect,
                ],
            ),
            ("the total random error", &[total]),
            ("the rest is structural", &["The rest of the reduced form is the structural part."]),
            ("econometricians have one error", &["Econometricians write the total as one error."]),
            ("the reduced form shows a shift for treated students", &[effect]),
            ("γ_0 with every zero", &[zeros]),
            (
                "a school's covariate has the school's index",
                &["Zⱼ and Sⱼ are the same for all students of one school, so they stand with its index alone."],
            ),
            (
                "all could be indexed by ij",
                &[
                    "Written with those of the student, Zᵢⱼ, the model is the same; that it is constant is then hidden in the data.",
                ],
            ),
            (
                "the other coefficients are adjustments",
                &["β₁, β₂ and γ₂ are adjustments: they are no part of a treatment effect."],
            ),
        ],
    );
    // With the letters that tell what one cares about.
    let letters = "Y_ij = \\mu + \\tau Z_j + \\beta_1 S_j + \\beta_2 R_ij + \\beta_3 X_ij + (u_0j + \\epsilon_ij)";
    let options = ExplainOptions { treatment: Some("Z".into()), ..ExplainOptions::default() };
    remarks(
        &explained_as(letters, &options),
        &[
            ("τ is the effect of interest", &["τ is the average treatment effect, the same for all students"]),
            ("the βs are adjustments", &["β₁, β₂ and β₃ are adjustments: they are no part of a treatment effect."]),
            (
                "μ is the mean of the untreated at zero",
                &[
                    "μ   in R: (Intercept) The expected Yᵢⱼ of not-at-risk students (Rᵢⱼ = 0) with Xᵢⱼ = 0 in control schools (Zⱼ = 0) with Sⱼ = 0",
                    "It is the grand mean only when every covariate is centred at its mean.",
                ],
            ),
        ],
    );
}

/// Those of section 3.
#[test]
fn remarks_on_the_random_slopes_model() {
    let explained = scenario("random-slopes");
    keep("paper-random-slopes", &explained.text(80));
    let pooled = "β₂ is completely pooled: all schools have the same relation between Yᵢⱼ and Xᵢⱼ.";
    let gap = "The difference between at-risk and not-at-risk students is γ₁₀ in control schools (Zⱼ = 0) and γ₁₀ + γ₁₁ in \
               treated schools (Zⱼ = 1); γ₁₁ is the change.";
    let effects = [
        "Average treatment effect for not-at-risk students (Rᵢⱼ = 0): γ₀₁",
        "Average treatment effect for at-risk students (Rᵢⱼ = 1): γ₀₁ + γ₁₁",
    ];
    let school = "Sⱼ moves whole schools up or down; it has no product with another covariate, so it does not relate to the \
                  difference between at-risk and not-at-risk students or the treatment effect.";
    let total = "The total random error is u₀ⱼ + u₁ⱼ Rᵢⱼ + ϵᵢⱼ: by this a prediction of a new student misses";
    let zeros =
        "The expected Yᵢⱼ of not-at-risk students (Rᵢⱼ = 0) with Xᵢⱼ = 0 in control schools (Zⱼ = 0) with Sⱼ = 0";
    let cross = "It is a cross-level interaction: the product Rᵢⱼ Zⱼ is of covariates of different Levels.";
    let differ = "The effects for the two differ by γ₁₁: if it is not 0, the treatment works differently for at-risk and \
                  not-at-risk students, and the treatment changes the difference between at-risk and not-at-risk students \
                  (the gap) by γ₁₁.";
    remarks(
        &explained,
        &[
            ("two effects, one for each kind of student", &effects),
            (
                "schools differ in their gaps",
                &["how the difference between at-risk and not-at-risk students differs between schools"],
            ),
            ("τ_00", &["τ₀₀   in R: school: (Intercept) The variance of the random intercept"]),
            ("τ_11", &["τ₁₁   in R: school: R The variance of the random slope"]),
            (
                "τ_10 is a covariance, no correlation",
                &["The covariance (not the correlation) of the random effects u₀ⱼ and u₁ⱼ."],
            ),
            ("the correlation", &["The correlation: τ₁₀ / (√τ₀₀ √τ₁₁)"]),
            ("τ_10 is τ_01", &["The covariance of A and B is that of B and A, so it is written once."]),
            (
                "random intercept and random coefficient",
                &[
                    "β₀ⱼ Random intercept: ",
                    "β₁ⱼ Random coefficient: the difference between at-risk and not-at-risk students in one school.",
                ],
            ),
            (
                "both are random coefficients",
                &[
                    "β₀ⱼ and β₁ⱼ are random coefficients, since each school has its own; β₀ⱼ is called the random intercept.",
                ],
            ),
            (
                "the u are residuals of the second Level",
                &["the residual of the equation of β₀ⱼ", "the residual of the equation of β₁ⱼ"],
            ),
            (
                "coef() has the means in it",
                &["coef()$school gives fixed plus random effects: γ₀₀ + u₀ⱼ as (Intercept) and γ₁₀ + u₁ⱼ as R."],
            ),
            ("ranef() has not", &["ranef()$school gives the random effects of each school: u₀ⱼ and u₁ⱼ."]),
            ("X is completely pooled", &[pooled]),
            ("so β_2 has no equation and no j", &["That is why β₂ has no equation of its own and no group's index."]),
            (
                "the intercept of a school",
                &["Random intercept: the expected Yᵢⱼ of not-at-risk students (Rᵢⱼ = 0) with Xᵢⱼ = 0 in one school."],
            ),
            ("schools differ in their means", &["Different schools have different means."]),
            ("the gap in control and in treated schools", &[gap]),
            ("γ_01 and γ_01 + γ_11 are average effects", &effects),
            ("if γ_11 is not 0 they differ, and it is the change of the gap", &[differ]),
            ("S relates neither to the effect nor to the gap", &[school]),
            ("the total random error", &[total]),
            ("the rest is structural", &["The rest of the reduced form is the structural part."]),
            ("econometricians have one error", &["Econometricians write the total as one error."]),
            ("the reduced form shows that the effect differs by γ_11", &["Treatment effect: γ₀₁ + γ₁₁ Rᵢⱼ"]),
            ("the difference is an interaction of student and school", &[cross]),
            ("γ_00 with every zero", &[zeros]),
            (
                "γ_10 is the gap in control schools, over all schools",
                &[
                    "The difference in the expected Yᵢⱼ between at-risk and not-at-risk students in control schools (Zⱼ = 0), averaged over schools.",
                ],
            ),
            (
                "the intercept and its deviation bundled",
                &["Its equation: γ₀₀ + γ₀₁ Zⱼ + γ₀₂ Sⱼ + u₀ⱼ", "Its equation: γ₁₀ + γ₁₁ Zⱼ + u₁ⱼ"],
            ),
            (
                "what is not of interest is an adjustment",
                &["γ₁₀, β₂ and γ₀₂ are adjustments: they are no part of a treatment effect."],
            ),
            ("R unfolds R * Z", &["In a formula R * Z stands for R + Z + R:Z.", "γ₁₁ as R:Z"]),
            ("brackets ask for the school of a student", &["In brackets, j[i] is the school of student i."]),
        ],
    );
    // The covariance matrix in standard deviations and ρ.
    let options = ExplainOptions { covariance: Covariances::Sigma, ..ExplainOptions::default() };
    let text = line(&explained_as(&case_text("random-slopes"), &options));
    says(
        &text,
        &[
            "ρ   in R: school: (Intercept), R The correlation of u₀ⱼ and u₁ⱼ.",
            "ρ σ₀ σ₁",
            "σ₁²   in R: school: R The variance of the random slope",
        ],
    );
    says(&line(&explained), &["The covariance in terms of it: ρ √τ₀₀ √τ₁₁"]);
}

#[test]
fn a_treatment_of_several_arms_is_told_arm_by_arm() {
    let facts = [
        ("factor", "arm = control, low, high"),
        ("level", "school = arm"),
        ("level", "1 = R"),
        ("label", "R = at risk"),
        ("index", "i = student"),
    ];
    let options = ExplainOptions { treatment: Some("arm".into()), ..ExplainOptions::default() };
    let text = line(&explained("Y ~ R * arm + (R | school)", &facts, &options));
    for (arm, effect, change) in [("low", "γ₀₁", "γ₁₁"), ("high", "γ₀₂", "γ₁₂")] {
        let all = [
            "The average treatment effect of ARM against control for not-at-risk students (Rᵢⱼ = 0).",
            "Treatment effect of ARM against control: EFFECT + CHANGE Rᵢⱼ",
            "What the treatment ARM against control changes the difference between at-risk and not-at-risk students by.",
            "The effects of ARM against control for the two differ by CHANGE: if it is not 0, the treatment ARM against control \
             works differently for at-risk and not-at-risk students",
            "Average treatment effect of ARM against control for at-risk students (Rᵢⱼ = 1): EFFECT + CHANGE",
        ];
        let all = all.map(|said| said.replace("ARM", arm).replace("EFFECT", effect).replace("CHANGE", change));
        says(&text, &all.each_ref().map(String::as_str));
    }
    says(&text, &["Effect of high against low for not-at-risk students (Rᵢⱼ = 0): γ₀₂ − γ₀₁"]);
    let text = line(&explained("Y ~ R + arm + (1 | school)", &facts, &options));
    says(
        &text,
        &[
            "γ₀₁ is the average treatment effect of low against control, the same for all students: a shift of the expected Yᵢⱼ \
             by γ₀₁ where arm = low.",
            "Effect of high against low: γ₀₂ − γ₀₁",
        ],
    );
    // Without an intercept every arm has a mean, and effects are differences of means.
    let text = line(&explained("Y ~ 0 + arm + (1 | school)", &facts[..2], &options));
    says(
        &text,
        &[
            "γ₀₁   in R: armcontrol The expected Yᵢⱼ of observations in schools with arm = control, averaged over schools.",
            "γ₀₂ − γ₀₁ is the average treatment effect of low against control",
            "Effect of high against low: γ₀₃ − γ₀₂",
        ],
    );
    assert!(!text.contains("arm = control and schools with arm = control"), "{text}");
}

#[test]
fn remarks_on_the_same_model_in_other_letters() {
    let text = fs::read_to_string(Path::new(CASES).join("relettered/reduced.tex")).unwrap();
    let options = ExplainOptions { treatment: Some("Z".into()), ..ExplainOptions::default() };
    let text = line(&explained(&text, SCENARIO, &options));
    says(
        &text,
        &[
            // μ is the mean of those not treated, where every covariate is 0; what matters are τ and τ_R.
            "μ   in R: (Intercept) The expected Yᵢⱼ of not-at-risk students (Rᵢⱼ = 0) with Xᵢⱼ = 0 in control schools (Zⱼ = 0) \
             with Sⱼ = 0",
            "It is the grand mean only when every covariate is centred at its mean.",
            "Average treatment effect for not-at-risk students (Rᵢⱼ = 0): τ",
            "Average treatment effect for at-risk students (Rᵢⱼ = 1): τ + τ_R",
            "The effects for the two differ by τ_R",
        ],
    );
}

#[test]
fn a_treatment_that_data_know_as_a_dose_has_no_treated() {
    let range = mlnote::write::Range { low: 0.0, high: 5.0, indicator: false };
    let options = ExplainOptions {
        treatment: Some("Z".into()),
        data: [("Z".to_owned(), range)].into(),
        ..ExplainOptions::default()
    };
    let text = line(&explained("Y ~ X + Z + (1 | school)", &[("level", "school = Z"), ("level", "1 = X")], &options));
    says(
        &text,
        &[
            "The average treatment effect: the difference in the expected Yᵢⱼ between schools that differ by 1 in Zⱼ.",
            "a shift of the expected Yᵢⱼ by γ₀₁ per unit of it.",
        ],
    );
    assert!(!text.contains("treated") && !text.contains("control"), "{text}");
}

#[test]
fn a_variance_is_explained_by_covariates_of_its_own_groups() {
    let text =
        line(&explain(&case("three-levels"), &Facts::default(), &ExplainOptions::default(), &mut vec![]).unwrap());
    says(
        &text,
        &[
            "of the differences between schools, as far as Wₖ leaves it unexplained.",
            "of the differences between classes at Xᵢⱼₖ = 0, as far as Zⱼₖ leaves it unexplained.",
        ],
    );
}

#[test]
fn columns_that_only_r_knows_are_not_read_alone() {
    let text = line(&explained("y ~ ns(w, 3) + x + (1 | g)", &[], &ExplainOptions::default()));
    says(
        &text,
        &[
            "in R: ns(w, 3) The coefficients of the columns of ns(w, 3). They are not read alone",
            // Sentences are not read back: no LaTeX around a name.
            "of observations with ns(w, 3)_{ig} = 0 and x_{ig} = 0",
        ],
    );
    assert!(!text.contains("differ by 1 in ns"), "{text}");
}

#[test]
fn the_command_answers_in_every_format() {
    let model = "Y ~ R * Z + (R | school)";
    for format in ["text", "markdown", "tex", "html"] {
        for more in [&[][..], &["--table"]] {
            let arguments = [&["explain", model, "--format", format, "--quiet"], more].concat();
            let (status, stdout, stderr) = run(&arguments);
            assert_eq!((status, stderr.as_str()), (0, ""), "{format}");
            assert!(stdout.contains("Intercept"), "{format}: {stdout}");
        }
    }
    let (_, stdout, _) = run(&["explain", model, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["parameters"].as_array().unwrap().len(), 8);
    let (status, stdout, stderr) = run(&["explain", model, "--treatment", "Q"]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("no covariate is called `Q`"), "{stderr}");
}

#[test]
fn names_are_hostile() {
    let evil = "</script><img src>";
    let text = format!("`{evil}` ~ `{evil}x` + (1 | `{evil}g`)");
    let explained =
        explained(&text, &[("label", &format!("{evil}x = <b>$x_1$</b> & \\input{{x}}"))], &ExplainOptions::default());
    let html = explained.render(ExplainFormat::Html) + &explained.table().html();
    assert!(!html.contains("<img") && !html.contains("</script>") && !html.contains("<b>"), "{html}");
    let tex = explained.render(ExplainFormat::Tex) + &explained.table().tex();
    assert!(!tex.contains(r"\input{") && tex.contains(r"\textbackslash{}input"), "{tex}");
    let markdown = explained.render(ExplainFormat::Markdown);
    assert!(!markdown.contains("<b>") && !markdown.contains("\n<"), "{markdown}");
}
