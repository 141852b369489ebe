//! Models in the words of other engines: names that a language cannot hold, categories, estimators, what is refused.

use mlnote::error::{Code, Result};
use mlnote::model::Facts;
use mlnote::read::read;
use mlnote::write::{Style, WRITERS, writer};

fn write_with(formula: &str, to: &str, facts: &Facts, style: &Style) -> Result<(String, Vec<String>)> {
    let reading = read(formula, Some("lmer"), facts).unwrap();
    let mut notes = vec![];
    let text = (writer(to).unwrap().write)(&reading, style, &mut notes)?;
    Ok((text, notes.iter().map(ToString::to_string).collect()))
}

fn write(formula: &str, to: &str) -> String {
    write_with(formula, to, &Facts::default(), &Style::default()).unwrap_or_else(|e| panic!("{to}: {e}")).0
}

fn refusal(formula: &str, to: &str) -> String {
    let error = write_with(formula, to, &Facts::default(), &Style::default()).unwrap_err();
    assert!(error.code == Code::CannotSay && error.help.is_some(), "{error:?}");
    error.message.clone()
}

#[test]
fn names_that_a_language_cannot_hold_are_changed_and_noted() {
    let formula = "`a b` ~ foul.diff + `foul_diff` + `if` + (1 | `1st`)";
    let (text, notes) = write_with(formula, "stata", &Facts::default(), &Style::default()).unwrap();
    assert_eq!(text, "mixed a_b foul_diff foul_diff_2 v_if || v_1st:, reml\n");
    assert_eq!(
        notes,
        ["Stata cannot spell every name: `a b` is a_b, `foul.diff` is foul_diff, `foul_diff` is foul_diff_2, \
          `if` is v_if, `1st` is v_1st"]
    );
    // SAS and SPSS hold x and X for one name, Stata for two.
    assert!(write("Y ~ x + X + (1 | g)", "sas").contains("model Y = x X_2 /"));
    assert!(write("Y ~ x + X + (1 | g)", "spss").contains("WITH x X_2\n"));
    assert!(write("Y ~ x + X + (1 | g)", "stata").contains("Y x X ||"));
    let long = "a".repeat(40);
    let text = write(&format!("Y ~ {long} + {long}b + (1 | g)"), "stata");
    assert!(
        text.contains(&format!(" {} ", "a".repeat(32))) && text.contains(&format!(" {}_2 ", "a".repeat(30))),
        "{text}"
    );
}

#[test]
fn names_that_a_language_can_quote_are_quoted() {
    let formula = "`y\"'` ~ `class` + `end` + (1 | `my g`)";
    assert!(write(formula, "julia").contains(r#"@formula(var"y\"'" ~ 1 + class + var"end" + (1 | var"my g"))"#));
    let text = write(formula, "statsmodels");
    assert!(text.contains(r#""Q('y\"\\'') ~ 1 + Q('class') + end""#) && text.contains(r#"groups="my g""#), "{text}");
    assert!(write("Y ~ `class x` + (1 | `my g`)", "bambi").contains("\"Y ~ 1 + `class x` + (1 | `my g`)\""));
    assert!(write("Y ~ `x y` + (1 | `my g`)", "nlme").contains("random = ~ 1 | `my g`"));
}

#[test]
fn every_call_names_its_estimator() {
    let ml = Style { ml: true, ..Style::default() };
    for (to, reml_word, ml_word) in [
        ("nlme", "method = \"REML\"", "method = \"ML\""),
        ("glmmtmb", "REML = TRUE", "REML = FALSE"),
        ("julia", "REML = true", "REML = false"),
        ("statsmodels", "reml=True", "reml=False"),
        ("sas", "method=reml", "method=ml"),
        ("spss", "/METHOD=REML", "/METHOD=ML"),
        ("stata", " reml", " ml"),
    ] {
        let formula = "Y ~ X + (X | g)";
        assert!(write(formula, to).contains(reml_word), "{to}");
        let (text, _) = write_with(formula, to, &Facts::default(), &ml).unwrap();
        assert!(text.contains(ml_word) && !text.contains(reml_word), "{text}");
    }
}

#[test]
fn categories_keep_their_reference() {
    let mut facts = Facts::default();
    facts.add("factor", "f = low, high").unwrap();
    for (to, words) in [
        ("nlme", "dat$f <- factor(dat$f, levels = c(\"low\", \"high\"))\nlme("),
        ("glmmtmb", "dat$f <- factor(dat$f, levels = c(\"low\", \"high\"))\nglmmTMB("),
        ("julia", ":f => DummyCoding(base = \"low\", levels = [\"low\", \"high\"])"),
        ("statsmodels", "C(f, levels=['low', 'high'])"),
        ("bambi", "C(f, Treatment('low'))"),
        ("sas", "class g f(ref='low');"),
        ("spss", "MIXED Y BY f WITH x"),
        (
            "stata",
            "label define f_code 1 \"low\" 2 \"high\"\nencode f, generate(f_code) label(f_code)\n\
             mixed Y ib1.f_code x ib1.f_code#c.x ||",
        ),
    ] {
        let (text, _) = write_with("Y ~ f * x + (1 | g)", to, &facts, &Style::default()).unwrap();
        assert!(text.contains(words), "{text}");
    }
}

/// A `$` would put the value of a variable into a string of Julia; in `var"…"` a backslash is one but before a quote.
#[test]
fn nothing_in_a_string_of_julia_is_calculated() {
    let mut facts = Facts::default();
    facts.add("factor", "f = $(rm(\"x\")), b\\").unwrap();
    let (text, _) = write_with(r"Y ~ f + `a\\b` + (1 | `g\\`)", "julia", &facts, &Style::default()).unwrap();
    assert!(text.contains(r#"base = "\$(rm(\"x\"))", levels = ["\$(rm(\"x\"))", "b\\"]"#), "{text}");
    assert!(text.contains(r#"+ var"a\b" + (1 | var"g\\")"#), "{text}");
}

/// Categories that are numbers are numbers in a table of Python; a quote is not escaped in formulae.
#[test]
fn categories_of_python_are_spelled_as_its_tables_hold_them() {
    for (categories, to, words) in [
        ("1, 2, 3", "statsmodels", "C(f, levels=[1, 2, 3])"),
        ("1, 2, 3", "bambi", "C(f, Treatment(1))"),
        ("01, 2", "statsmodels", "C(f, levels=['01', '2'])"),
        ("it's, b", "statsmodels", r"C(f, levels=['it\\'s', 'b'])"),
        ("it's, b", "bambi", r#"C(f, Treatment(\"it's\"))"#),
    ] {
        let mut facts = Facts::default();
        facts.add("factor", &format!("f = {categories}")).unwrap();
        let (text, _) = write_with("Y ~ f + (1 | g)", to, &facts, &Style::default()).unwrap();
        assert!(text.contains(words), "{text}");
    }
}

/// lmer drops incomplete rows; patsy and bambi stop at them unless told.
#[test]
fn incomplete_rows_are_left_out_as_lmer_leaves_them() {
    assert!(write("Y ~ X + (1 | g)", "statsmodels").contains("dat.dropna(subset=[\"Y\", \"X\", \"g\"]),\n"));
    assert!(write("Y ~ X + (1 | g)", "bambi").contains("dropna=True"));
    assert!(write("Y ~ X + (1 | g)", "nlme").contains("na.action = na.omit"));
}

/// patsy looks a function up among the columns first.
#[test]
fn a_column_that_hides_a_function_is_refused() {
    assert!(refusal("Y ~ C + (1 | a) + (1 | b)", "statsmodels").contains("the column `C` hides"));
    assert!(refusal("Y ~ np + log(x) + (1 | g)", "statsmodels").contains("the column `np` hides"));
    assert!(write("Y ~ C + (1 | g)", "statsmodels").contains("\"Y ~ 1 + C\""));
}

#[test]
fn what_an_engine_cannot_say_is_refused_with_the_reason() {
    assert!(refusal("Y ~ X + (X | g)", "bambi").contains("independent ones only"));
    assert!(refusal("Y ~ X + (X | a) + (1 | b)", "nlme").contains("a is crossed with others"));
    assert!(refusal("Y ~ X + (X | a) + (X | b)", "stata").contains("only one of crossed factors may have slopes"));
    assert!(refusal("Y ~ X + (1 | a) + (X | a:b)", "statsmodels").contains("only those of the outermost factor may"));
    assert!(refusal("Y ~ X + (1 | g) + (X | g)", "brms").contains("stands in it twice"));
    assert!(refusal("Y ~ I(exp(X)) + (1 | g)", "glmmtmb").contains("for a covariance structure"));
    for to in ["nlme", "julia", "statsmodels", "spss", "stata", "sas"] {
        assert!(refusal("Y ~ X + offset(w) + (1 | g)", to).contains("offset"), "{to}");
    }
    for to in ["julia", "statsmodels", "bambi", "sas", "spss", "stata", "stan", "jags"] {
        assert!(refusal("Y ~ poly(X, 2) + (1 | g)", to).contains("is an expression of R"), "{to}");
    }
}

/// Stata, SAS and SPSS have no formulas: a product of random slopes and a calculated covariate are columns.
#[test]
fn columns_are_made_before_the_call() {
    let formula = "Y ~ log(x) + I((x - m)^2) + (1 + x:z | g)";
    assert_eq!(
        write(formula, "stata"),
        "generate double log_x = ln(x)\ngenerate double x_m_2 = (x - m)^2\ngenerate double x_z = x * z\n\
         mixed Y log_x x_m_2 || g: x_z, covariance(unstructured) reml\n"
    );
    assert!(
        write(formula, "sas")
            .starts_with("data dat_made;\n  set dat;\n  log_x = log(x);\n  x_m_2 = (x - m)**2;\nrun;\n")
    );
    assert!(
        write(formula, "spss").starts_with("COMPUTE log_x = LN(x).\nCOMPUTE x_m_2 = (x - m)**2.\nEXECUTE.\nMIXED Y")
    );
}

/// A step that makes columns leaves the table of the user as it is, and there is no statement without variables.
#[test]
fn sas_writes_to_a_table_of_its_own() {
    let text = write("Y ~ log(x) + (1 | g)", "sas");
    assert!(text.contains("data dat_made;\n  set dat;") && text.contains("proc mixed data=dat_made "), "{text}");
    assert_eq!(write("Y ~ x", "sas"), "proc mixed data=dat method=reml;\n  model Y = x / solution;\nrun;\n");
    // The longest name is still one that is not the user's.
    let style = Style { data_name: "d".repeat(32), ..Style::default() };
    let (text, _) = write_with("Y ~ log(x) + (1 | g)", "sas", &Facts::default(), &style).unwrap();
    assert!(!text.starts_with(&format!("data {};", "d".repeat(32))), "{text}");
}

/// `class` within `department` within `school`: the ids of classes may be reused in every department.
#[test]
fn statsmodels_names_all_factors_below_the_outermost() {
    let text = write("Y ~ X + (1 | school/department/class)", "statsmodels");
    assert!(text.contains("\"department\": \"0 + C(department)\""), "{text}");
    assert!(text.contains("\"department:class\": \"0 + C(department):C(Q('class'))\""), "{text}");
}

#[test]
fn no_model_makes_a_writer_fail_in_another_way() {
    for formula in ["Y ~ 1 + (1 | g)", "Y ~ 0 + (0 + x | a:b:c)", "log(Y) ~ x + (1 | g)", "Y ~ x:z + cs(f | g)"] {
        for row in WRITERS {
            match write_with(formula, row.name, &Facts::default(), &Style::default()) {
                Ok((text, _)) => assert!(text.ends_with('\n'), "{formula}, {}", row.name),
                Err(error) => assert_eq!(error.code, Code::CannotSay, "{formula}, {}", row.name),
            }
        }
    }
}

/// What is constant within a group is given once a group, and stands in the equations of the groups.
#[test]
fn programs_hold_covariates_at_their_level() {
    let mut facts = Facts::default();
    for (kind, text) in [("level", "school = W"), ("level", "school:class = Z"), ("level", "1 = X")] {
        facts.add(kind, text).unwrap();
    }
    let formula = "Y ~ X * Z + W + (1 | school) + (X | school:class)";
    let (text, _) = write_with(formula, "stan", &facts, &Style::default()).unwrap();
    for line in [
        "  vector[N] X;\n",
        "  vector[J_school] W;  // a value for each group of school\n",
        "  vector[J_school_class] Z;  // a value for each group of school_class\n",
        "  array[J_school_class] int<lower=1, upper=J_school> school_of_school_class;\n",
        "  vector[J_school] beta_00 = gamma_000 + gamma_001 * W + u_00;\n",
        "  vector[J_school_class] pi_0 = beta_00[school_of_school_class] + beta_01 * Z\n      + r[, 1];\n",
        "  vector[J_school_class] pi_1 = beta_10 + beta_11 * Z + r[, 2];\n",
        "  vector[N] mu = pi_0[school_class] + pi_1[school_class] .* X;\n",
        "Z = d$Z[first$school_class]",
        "\"W\": d[\"W\"].to_numpy()[first[\"school\"]]",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let (text, _) = write_with(formula, "jags", &facts, &Style::default()).unwrap();
    for line in [
        "    mu[n] <- pi_0[school_class[n]] + pi_1[school_class[n]] * X[n]\n",
        "    B[j, 1:2] ~ dmnorm(B_hat[j, 1:2], Tau_r[1:2, 1:2])\n",
        "    B_hat[j, 1] <- beta_00[school_of_school_class[j]] + beta_01 * Z[j]\n",
        "    beta_00[j] ~ dnorm(gamma_000 + gamma_001 * W[j], pow(sigma_u_00, -2))\n",
        "  p_r[2, 1] ~ dbeta(2, 2)\n",
        "W = d$W[first$school]",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

/// LKJ(2) of three correlations: the first partial correlations have half a degree more (Lewandowski et al. 2009).
#[test]
fn correlations_of_jags_have_the_law_of_stans() {
    let text = write("Y ~ x + z + (x + z | g)", "jags");
    let shapes: Vec<&str> = text.lines().filter(|line| line.contains("dbeta")).map(str::trim).collect();
    let wanted = ["p_u[2, 1] ~ dbeta(2.5, 2.5)", "p_u[3, 1] ~ dbeta(2.5, 2.5)", "p_u[3, 2] ~ dbeta(2, 2)"];
    assert_eq!(shapes, wanted);
    assert!(write("Y ~ x + z + (x + z | g)", "stan").contains("L_u ~ lkj_corr_cholesky(2);"));
}

/// A coefficient is drawn around its equation; what has none is drawn around zero.
#[test]
fn effects_without_a_coefficient_are_drawn_around_zero() {
    let text = write("Y ~ X + (1 | a) + (X | b)", "jags");
    assert!(text.contains("    u_0[j] ~ dnorm(0, pow(sigma_u_0, -2))\n"), "{text}");
    assert!(text.contains("    v[j, 1:2] ~ dmnorm(c(0, 0), Tau_v[1:2, 1:2])\n"), "{text}");
}

fn levels(all: &[(&str, &str)]) -> Facts {
    let mut facts = Facts::default();
    all.iter().for_each(|(group, covariates)| facts.add("level", &format!("{group} = {covariates}")).unwrap());
    facts
}

fn ml() -> Style {
    Style { ml: true, ..Style::default() }
}

#[test]
fn mplus_says_where_every_covariate_varies_and_which_effects_covary() {
    let facts = levels(&[("school", "W"), ("school:class", "Z"), ("1", "X, S")]);
    let formula = "Y ~ X * Z + S:Z + W + (1 | school) + (X || school:class)";
    let (text, _) = write_with(formula, "mplus", &facts, &ml()).unwrap();
    for part in [
        "  CLUSTER = school school_c;\n  WITHIN = X Z_S;\n  BETWEEN = (school_c) Z (school) W;\nDEFINE:\n  Z_S = Z * S;\n",
        "  TYPE = THREELEVEL RANDOM;\n  ESTIMATOR = ML;\n",
        "  %WITHIN%\n  s_2 | Y ON X;\n  Y ON Z_S;\n  Y;\n",
        "  %BETWEEN school_c%\n  Y ON Z;\n  s_2 ON Z;\n  Y;\n  s_2;\n  Y WITH s_2@0;\n",
        "  %BETWEEN school%\n  Y ON W;\n  Y;\n  s_2@0;\n  Y WITH s_2@0;\n",
        "school_c = as.integer(interaction(d$school, d$class, drop = TRUE))",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    // A slope without a mean, an intercept without a variance.
    let (text, _) = write_with("Y ~ 1 + (0 + X | g)", "mplus", &Facts::default(), &ml()).unwrap();
    assert!(text.contains("  %BETWEEN%\n  Y@0;\n  s;\n  Y WITH s@0;\n  [s@0];\n"), "{text}");
    // Names of eight letters, no two the same but for capitals.
    let (text, notes) =
        write_with("Y ~ prior_score_a + prior_score_b + y + (1 | g)", "mplus", &Facts::default(), &ml()).unwrap();
    assert!(
        text.contains("  NAMES = Y prior_sc prior__2 y_2 g;\n") && notes.iter().any(|n| n.contains("`y` is y_2")),
        "{text}"
    );
    assert!(text.lines().all(|line| line.len() <= 90), "{text}");
}

#[test]
fn what_has_no_reml_is_refused_or_says_ml() {
    assert!(refusal("Y ~ X + (1 | g)", "mplus").contains("it has no REML"));
    assert!(refusal("Y ~ X + (1 | a/b)", "hlm").contains("HLM3 has no REML"));
    assert!(refusal("Y ~ X + (1 | a) + (1 | b)", "hlm").contains("HCM2 has no REML"));
    assert!(write("Y ~ X + (1 | g)", "hlm").contains("    Estimation: Restricted maximum likelihood\n"));
    for (to, words) in [("mplus", "  ESTIMATOR = ML;\n"), ("hlm", "    Estimation: Full maximum likelihood\n")] {
        let (text, _) = write_with("Y ~ X + (1 | a/b)", to, &Facts::default(), &ml()).unwrap();
        assert!(text.contains(words), "{text}");
    }
    // By Bayes whatever is asked for, and said so.
    let (text, notes) = write_with("Y ~ X + (1 | a) + (1 | b)", "mplus", &Facts::default(), &Style::default()).unwrap();
    assert!(text.contains("  TYPE = CROSSCLASSIFIED;\n  ESTIMATOR = BAYES;\n"), "{text}");
    assert!(notes.iter().any(|note| note.contains("Bayes alone")), "{notes:?}");
}

#[test]
fn what_mplus_and_hlm_cannot_say_is_refused() {
    let refused = |formula: &str, to: &str, why: &str| {
        let error = write_with(formula, to, &Facts::default(), &ml()).unwrap_err();
        assert!(error.code == Code::CannotSay && error.help.is_some() && error.message.contains(why), "{error:?}");
    };
    refused("Y ~ X + (1 | a/b/c)", "mplus", "it has 4 Levels");
    refused("Y ~ X + (X | a) + (1 | b)", "mplus", "varies over one of two crossed factors");
    refused("Y ~ X + (1 | a/b) + (1 | c)", "mplus", "nested and crossed");
    refused("Y ~ X + (1 | g) + (X | g)", "mplus", "stands in it twice");
    refused("Y ~ X + (X || g)", "hlm", "all random effects of g covary there");
    refused("Y ~ X", "hlm", "it has no random effects");
    refused("Y ~ X + (1 | a) + (1 | b) + (1 | c)", "hlm", "more crossed factors than two");
    for to in ["mplus", "hlm"] {
        refused("Y ~ poly(X, 2) + (1 | g)", to, "is an expression of R");
        refused("glmer(Y ~ X + (1 | g), data = d, family = binomial(link = \"cloglog\"))", to, "link cloglog");
    }
}

/// The equations of HLM are of the hierarchical notation, and mean the model.
#[test]
fn equations_of_hlm_read_back() {
    for (formula, facts) in [
        ("Y ~ R * Z + X + S + (R | j)", levels(&[("j", "Z"), ("1", "R, X, S")])),
        ("Y ~ 0 + X + S + (0 + X | j)", levels(&[("1", "X, S")])),
        ("Y ~ X * W * V + S + (X | k) + (1 | k:j)", levels(&[("k", "W"), ("k:j", "V"), ("1", "X, S")])),
    ] {
        let (text, _) = write_with(formula, "hlm", &facts, &ml()).unwrap();
        let equations = text.split("Settings\n").next().unwrap();
        let back = read(equations, Some("hierarchical"), &Facts::default()).unwrap();
        let meant = read(formula, Some("lmer"), &facts).unwrap();
        assert_eq!(back.model, meant.model, "{text}");
    }
    let facts = levels(&[("a", "V"), ("b", "W"), ("1", "X")]);
    let (text, _) = write_with("Y ~ X * V + W + (X | a) + (1 | b)", "hlm", &facts, &ml()).unwrap();
    for line in ["π_0jk = θ_0 + b_00j + c_00k + γ_01*(V_j) + β_01*(W_k)\n", "π_1jk = θ_1 + b_10j + γ_11*(V_j)\n"]
    {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(text.contains("    Random terms off: c_10k\n"), "{text}");
}

/// A column keeps its name before anything that the program names; no name ends the comment it stands in.
#[test]
fn programs_keep_their_names_apart() {
    let formula = "Y ~ N + mu + sigma + mean + J_g + u_0 + `gamma_00` + (1 | g)";
    let text = write(formula, "stan");
    for line in
        ["vector[N_2] N;", "real gamma_00_2;", "u_0_2 = sigma_u_0_2 * z_u_0_2;", "vector[N_2] v_mean;", "mu_2 = "]
    {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let text = write("j ~ n + p + (n | g)", "jags");
    assert!(
        text.contains("    j[n_2] ~ dnorm(mu[n_2], pow(sigma, -2))\n") && text.contains("for (j_2 in 1:J_g)"),
        "{text}"
    );
    let text = write("`a*/b` ~ `c\"\n*/` + (1 | `e/*`)", "stan");
    let ends = text.lines().filter(|line| !line.starts_with("//") && line.contains("*/"));
    assert!(ends.clone().count() == 2 && ends.clone().all(|line| line == "*/"), "{text}");
    assert!(text.contains(r"a_b = d$`a*\u002fb`"), "{text}");
}

#[test]
fn programs_have_the_families_that_equations_have() {
    let glmer = |family: &str| format!("glmer(Y ~ X + (1 | g), data = dat, family = {family})");
    for (family, stan, jags) in [
        ("binomial", "Y ~ bernoulli_logit(eta);", "    Y[n] ~ dbern(p[n])\n    logit(p[n]) <- "),
        ("binomial(link = \"probit\")", "Y ~ bernoulli(Phi(eta));", "    probit(p[n]) <- "),
        ("binomial(link = \"cloglog\")", "Y ~ bernoulli(inv_cloglog(eta));", "    cloglog(p[n]) <- "),
        ("poisson", "Y ~ poisson_log(eta);", "    Y[n] ~ dpois(lambda[n])\n    log(lambda[n]) <- "),
    ] {
        assert!(write(&glmer(family), "stan").contains(stan), "{family}");
        assert!(write(&glmer(family), "jags").contains(jags), "{family}");
    }
    let sqrt = glmer("poisson(link = \"sqrt\")");
    for to in ["stan", "jags"] {
        assert!(refusal(&sqrt, to).contains("the family poisson with link sqrt"));
    }
}
