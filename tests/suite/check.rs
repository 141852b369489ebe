//! Verdicts: every pair with its verdict and its reason as a reader would word it.

use super::cli::run;
use mlnote::fit::{Relation, Verdict, Word, verdict};
use mlnote::model::Facts;
use mlnote::read::read_both;

/// The two-level model with a random slope, level by level.
pub(crate) const LEVELS: &str = r"$$Y_{ij} = \beta_{0j} + \beta_{1j} R_{ij} + \beta_2 X_{ij} + \epsilon_{ij}$$
$$\beta_{0j} = \gamma_{00} + \gamma_{01} Z_j + \gamma_{02} S_j + u_{0j}$$
$$\beta_{1j} = \gamma_{10} + \gamma_{11} Z_j + u_{1j}$$";
/// Its covariances as τ's.
const TAU: &str = r"$$\begin{pmatrix} u_{0j} \\ u_{1j} \end{pmatrix} \sim N\left( \begin{pmatrix} 0 \\ 0 \end{pmatrix}, \begin{pmatrix} \tau_{00} & \tau_{10} \\ \tau_{10} & \tau_{11} \end{pmatrix} \right)$$";
/// Its covariances as σ's and ρ, the mirrored half left blank.
const SIGMA: &str = r"$$\begin{pmatrix} u_{0j} \\ u_{1j} \end{pmatrix} \sim N\left( \begin{pmatrix} 0 \\ 0 \end{pmatrix}, \begin{pmatrix} \sigma_\alpha^2 & \rho \sigma_\alpha \sigma_R \\ & \sigma_R^2 \end{pmatrix} \right)$$";
/// The same with other letters and one index set for all covariates.
const LETTERS: &str = r"$$Y_{ij} = \mu + \tau Z_{ij} + \beta_1 S_{ij} + \beta_2 R_{ij} + \beta_3 X_{ij} + \tau_R Z_{ij} R_{ij} + (u_{0j} + u_{1j} R_{ij} + \epsilon_{ij})$$";
/// Multiplied out.
const REDUCED: &str = r"$$Y_{ij} = \gamma_{00} + (\gamma_{01} + \gamma_{11} R_{ij}) Z_j + \gamma_{02} S_j + \gamma_{10} R_{ij} + \beta_2 X_{ij} + (u_{0j} + u_{1j} R_{ij} + \epsilon_{ij})$$";
/// With brackets.
const BRACKET: &str = r"$$Y_i = \beta_{0j[i]} + \beta_{1j[i]} R_i + \beta_2 X_i + \epsilon_i$$
$$\beta_{0j} = \gamma_{00} + \gamma_{01} Z_j + \gamma_{02} S_j + u_{0j}$$
$$\beta_{1j} = \gamma_{10} + \gamma_{11} Z_j + u_{1j}$$";
const LMER: &str = "Y ~ R * Z + X + S + (R | id)";

fn facts(flags: &[(&str, &str)]) -> Facts {
    let mut facts = Facts::default();
    flags.iter().for_each(|(kind, text)| facts.add(kind, text).unwrap());
    facts
}

#[track_caller]
fn decide(a: &str, b: &str, flags: &[(&str, &str)]) -> Verdict {
    let (readings, facts) =
        read_both([a, b], [None, None], &facts(flags)).unwrap_or_else(|(at, e)| panic!("{at:?}: {e}\nA {a}\nB {b}"));
    verdict([&readings[0], &readings[1]], [a, b], &facts).unwrap_or_else(|e| panic!("{e}\nA {a}\nB {b}"))
}

/// As [`decide`]; the third witness must not object, and agree on equal models where it can fit them.
#[track_caller]
fn confirmed(a: &str, b: &str, flags: &[(&str, &str)]) -> Verdict {
    let verdict = decide(a, b, flags);
    let fits = verdict.fits().unwrap_or_else(|e| panic!("{e}\nA {a}\nB {b}"));
    let equal = matches!(verdict.word, Word::Same | Word::Equivalent);
    assert!(fits.equal == Some(equal) || fits.why.is_some(), "{fits:?}\nA {a}\nB {b}");
    verdict
}

/// The word of the verdict on two texts.
pub(crate) fn judged(a: &str, b: &str) -> Word {
    decide(a, b, &[]).word
}

#[track_caller]
fn is(a: &str, b: &str, flags: &[(&str, &str)], word: Word, reason: &str) {
    for (a, b, turned) in [(a, b, false), (b, a, true)] {
        let verdict = if turned { decide(a, b, flags) } else { confirmed(a, b, flags) };
        assert_eq!(verdict.word, word, "A {a}\nB {b}\n{}", verdict.reason);
        if !turned {
            assert!(verdict.reason.contains(reason), "A {a}\nB {b}\n{}", verdict.reason);
        }
    }
}

#[track_caller]
fn inside(a: &str, b: &str, flags: &[(&str, &str)], nested: Option<Relation>, reason: &str) {
    let verdict = confirmed(a, b, flags);
    assert_eq!((verdict.word, verdict.nested), (Word::Different, nested), "A {a}\nB {b}\n{}", verdict.reason);
    assert!(verdict.reason.contains(reason), "A {a}\nB {b}\n{}", verdict.reason);
    let turned = nested.map(|n| if n == Relation::AInB { Relation::BInA } else { Relation::AInB });
    assert_eq!(decide(b, a, flags).nested, turned);
}

#[test]
fn the_spellings_of_one_model_are_one_model() {
    let tau = format!("{LEVELS}\n{TAU}");
    let all = [LEVELS, &tau, LETTERS, REDUCED, BRACKET, LMER];
    for (at, a) in all.iter().enumerate() {
        for b in &all[at..] {
            let verdict = decide(a, b, &[]);
            assert!(matches!(verdict.word, Word::Same | Word::Equivalent), "A {a}\nB {b}\n{}", verdict.reason);
            assert_eq!(verdict.columns.as_ref().and_then(|c| c.relation()), Some(Relation::Equal), "A {a}\nB {b}");
        }
    }
    is(LEVELS, REDUCED, &[], Word::Same, "the same terms");
    is(LEVELS, BRACKET, &[], Word::Same, "the same terms");
    is(LMER, "Y ~ 1 + R * Z + X + S + (1 + R | id)", &[], Word::Same, "the same terms");
    is(LMER, "Y ~ 1 + Z + S + R + Z:R + X + (1 + R | id)", &[], Word::Same, "the same terms");
    is(LEVELS, LMER, &[], Word::Equivalent, "j is id");
    is(LEVELS, LMER, &[("index", "j=id")], Word::Same, "the same terms");
}

#[test]
fn letters_are_mapped() {
    let verdict = decide(LETTERS, LEVELS, &[]);
    assert_eq!(verdict.word, Word::Equivalent);
    let name = |a: &str| {
        let pair = verdict.comparison.letters.iter().find(|p| p.names[0].as_deref() == Some(a)).unwrap();
        pair.names[1].clone().unwrap()
    };
    assert_eq!((name("μ"), name("τ_R"), name("β_1")), ("γ_00".into(), "γ_11".into(), "γ_02".into()));
    let (tau, sigma) = (format!("{LEVELS}\n{TAU}"), format!("{LEVELS}\n{SIGMA}"));
    is(&tau, &sigma, &[], Word::Equivalent, "τ_00 is σ_α²");
    // The same letters, another meaning: γ_01 and γ_02 have changed places.
    let swapped = LEVELS.replace("{01} Z_j + \\gamma_{02} S_j", "{02} Z_j + \\gamma_{01} S_j");
    is(LEVELS, &swapped, &[], Word::Equivalent, "γ_01 is γ_02, γ_02 is γ_01");
}

#[test]
fn correlated_slopes_are_not_independent_ones() {
    let (both, reason) = ("Y ~ R * Z + (R | id)", "A correlates the random effects of id, B does not");
    inside(both, "Y ~ R * Z + (R || id)", &[], Some(Relation::BInA), reason);
    inside(both, "Y ~ R * Z + (1 | id) + (0 + R | id)", &[], Some(Relation::BInA), reason);
    is("Y ~ R * Z + (R || id)", "Y ~ R * Z + (1 | id) + (0 + R | id)", &[], Word::Same, "");
    let zero = format!("{LEVELS}\n{}", TAU.replace("\\tau_{10}", "0"));
    inside(&format!("{LEVELS}\n{TAU}"), &zero, &[], Some(Relation::BInA), "A correlates the random effects of j");
    inside(&zero, LMER, &[], Some(Relation::AInB), "B correlates the random effects of id, A does not");
}

#[test]
fn a_slope_on_another_covariate_is_another_model() {
    // The published text attaches u_1j to Z_j in one line.
    let moved = r"$$Y_{ij} = (\gamma_{00} + u_{0j}) + (\gamma_{01} + \gamma_{11} R_{ij} + u_{1j}) Z_j + \gamma_{02} S_j + \gamma_{10} R_{ij} + \beta_2 X_{ij} + \epsilon_{ij}$$";
    inside(REDUCED, moved, &[], None, "a random effect of j belongs to R in A, to Z in B");
    inside(LMER, "Y ~ R * Z + X + S + (Z | id)", &[], None, "a random effect of id belongs to R in A, to Z in B");
    let verdict = decide(LEVELS, moved, &[]);
    let shown = |at: usize, text: &str| {
        let place = verdict.places[at].as_ref().unwrap();
        text[place.span.start..place.span.end].to_owned()
    };
    assert_eq!((shown(0, LEVELS), shown(1, moved)), ("u_{1j}".into(), "u_{1j}".into()));
}

#[test]
fn a_dropped_term_is_named() {
    let none = "Y ~ R + R:Z + (R | id)";
    inside("Y ~ R * Z + (R | id)", none, &[], Some(Relation::BInA), "B has no fixed effect of Z");
    let dropped = LEVELS.replace("\\gamma_{01} Z_j + ", "");
    inside(LEVELS, &dropped, &[], Some(Relation::BInA), "B has no fixed effect of Z");
    inside(
        LEVELS,
        "Y ~ R * Z + X + S + (1 | id)",
        &[],
        Some(Relation::BInA),
        "the random slope of R (by id) is in A only",
    );
    inside("y ~ x + (x | g)", "y ~ 0 + x + (x | g)", &[], Some(Relation::BInA), "B has no fixed intercept");
}

#[test]
fn nested_factors_depend_on_their_ids() {
    let nested = "y ~ x + (1 | school/class)";
    is(nested, "y ~ x + (1 | school) + (1 | school:class)", &[], Word::Same, "");
    let crossed = "y ~ x + (1 | school) + (1 | class)";
    is(nested, crossed, &[], Word::NeedsInfo, "whether the ids of class are unique");
    is(nested, crossed, &[("ids", "class=unique")], Word::Equivalent, "");
    is(nested, crossed, &[("ids", "class=reused")], Word::Different, "A groups by school:class, B by class");
    is(nested, "y ~ x + (1 | class)", &[], Word::Different, "A lets the intercept vary by school, B does not");
    let unique = [("ids", "class=unique")];
    inside(nested, "y ~ x + (1 | class)", &unique, Some(Relation::BInA), "A lets the intercept vary by school");
    inside("y ~ x + (1 | school)", "y ~ x + (1 | class)", &[], None, "A groups by school, B by class");
}

#[test]
fn factors_are_coded_as_r_codes_them() {
    let (cells, contrasts) = ("y ~ f + (0 + f | g)", "y ~ f + (f | g)");
    let symmetric = "y ~ f + (1 | g) + (1 | g:f)";
    let known = [("factor", "f=a,b,c")];
    is(cells, contrasts, &[], Word::NeedsInfo, "whether f is a factor");
    is(cells, contrasts, &known, Word::Equivalent, "other terms, the same means and covariances");
    is(cells, contrasts, &[("factor", "f=numeric")], Word::Different, "the random intercept of g is in B only");
    inside(symmetric, cells, &known, Some(Relation::AInB), "");
    inside(symmetric, contrasts, &known, Some(Relation::AInB), "");
    is("y ~ f + (f || g)", contrasts, &[], Word::NeedsInfo, "whether f is a factor");
    is("y ~ f + (f || g)", contrasts, &known, Word::Equivalent, "");
    is("y ~ 0 + f + (1 | g)", "y ~ f + (1 | g)", &known, Word::Equivalent, "");
    is("y ~ x + (0 + x | g)", "y ~ x + (x | g)", &[], Word::Different, "the random intercept of g is in B only");
}

#[test]
fn centring_matters_where_it_changes_what_varies() {
    let grand = [("define", "xc = x - 2.5")];
    is("y ~ x + (x | g)", "y ~ xc + (xc | g)", &grand, Word::Equivalent, "the same means and covariances");
    is("y ~ x + (x || g)", "y ~ xc + (xc || g)", &grand, Word::Different, "");
    is("y ~ x + (x || g)", "y ~ xs + (xs || g)", &[("define", "xs = x / 10")], Word::Equivalent, "");
    let group = [("define", "xm = mean(x | g)"), ("define", "xw = x - mean(x | g)")];
    inside("y ~ x + (1 | g)", "y ~ xw + (1 | g)", &group[1..], None, "");
    is("y ~ x + xm + (1 | g)", "y ~ xw + xm + (1 | g)", &group, Word::Equivalent, "");
    inside("y ~ x + xm + (x | g)", "y ~ xw + xm + (xw | g)", &group, None, "belongs to x in A, to xw in B");
    let equations = |centre: &str, mean: &str| {
        format!(
            r"$$y_{{ij}} = \beta_{{0j}} + \beta_1 (x_{{ij}} - {centre}) + e_{{ij}}$$
$$\beta_{{0j}} = \gamma_{{00}} {mean} + u_{{0j}}$$"
        )
    };
    let (by_group, by_all) = (r"\bar{x}_j", r"\bar{x}");
    let with = r"+ \gamma_{01} \bar{x}_j";
    is(&equations(by_group, ""), &equations(by_all, ""), &[], Word::Different, "");
    is(&equations(by_group, with), &equations(by_all, with), &[], Word::Equivalent, "");
}

#[test]
fn covariates_of_groups_are_not_lost_among_few_groups() {
    let levels = [("level", "g=Z,S,W")];
    let smaller = "y ~ Z + S + (1 | g)";
    inside(smaller, "y ~ Z + S + W + (1 | g)", &levels, Some(Relation::AInB), "A has no fixed effect of W");
    inside(smaller, "y ~ Z + W + (1 | g)", &levels, None, "B has no fixed effect of S");
}

#[test]
fn slopes_of_two_levels_are_told_apart() {
    let model = |random: &str| format!("y ~ x + {random}");
    let one = model("(x | school) + (1 | school:class)");
    let other = model("(1 | school) + (x | school:class)");
    let both = model("(x | school) + (x | school:class)");
    inside(&one, &other, &[], None, "the random slope of x (by school) is in A only");
    inside(&one, &both, &[], Some(Relation::AInB), "the random slope of x (by school:class) is in B only");
    inside(&other, &both, &[], Some(Relation::AInB), "the random slope of x (by school) is in B only");
}

#[test]
fn one_error_for_all_needs_its_definition() {
    let econometric = r"$$Y_{ij} = \gamma_{00} + \gamma_{10} R_{ij} + \gamma_{01} Z_j + \varepsilon_{ij}$$";
    let (status, stdout, _) = run(&["check", econometric, "Y ~ R + Z + (1 | id)"]);
    assert_eq!(status, 3);
    assert!(stdout.starts_with("needs-info: in A ε_ij seems to be the whole error"), "{stdout}");
}

#[test]
fn separate_distributions_do_not_state_independence() {
    let separate = format!("{LEVELS}\n$$u_{{0j}} \\sim N(0, \\tau_0^2)$$\n$$u_{{1j}} \\sim N(0, \\tau_1^2)$$");
    is(&separate, LMER, &[], Word::NeedsInfo, "A does not say whether u_0j and u_1j are independent");
    let independent = "Y ~ R * Z + X + S + (R || id)";
    is(&separate, independent, &[], Word::NeedsInfo, "if they are independent, A and B are equivalent");
    let stated = format!("{separate}\n$$\\text{{Cov}}(u_{{0j}}, u_{{1j}}) = 0$$");
    is(&stated, independent, &[], Word::Equivalent, "");
    is(&stated, LMER, &[], Word::Different, "B correlates");
}

#[test]
fn a_letter_that_changes_its_sign_or_scale_is_another_letter() {
    let model = |fixed: &str, random: &str| format!("Y_ij = a {fixed} + u_0j {random} + e_ij");
    let plain = model("+ b R_ij", "+ u_1j R_ij");
    is(&plain, &model("- b R_ij", "+ u_1j R_ij"), &[], Word::Equivalent, "b is -b");
    is(&plain, &model("+ b R_ij / 2", "+ u_1j R_ij"), &[], Word::Equivalent, "b is 0.5 b");
    is(&plain, &model("- c R_ij", "+ u_1j R_ij"), &[], Word::Equivalent, "b is -c");
    let law = r"$$\begin{pmatrix} u_{0j} \\ u_{1j} \end{pmatrix} \sim N\left(0, \begin{pmatrix} s & t \\ t & v \end{pmatrix}\right)$$";
    let turned = model("+ b R_ij", "- u_1j R_ij");
    is(
        &format!("$${plain}$$\n{law}"),
        &format!("$${turned}$$\n{law}"),
        &[],
        Word::Equivalent,
        "u_1j is -u_1j, t is -t",
    );
}

#[test]
fn numbers_in_the_place_of_letters_make_a_smaller_model_or_are_asked_about() {
    let free = "Y_ij = a + b R_ij + u_j + e_ij; u_j ~ N(0, t)";
    let standard = "Y_ij = a + b R_ij + u_j + e_ij; u_j ~ N(0, 1)";
    inside(standard, free, &[], Some(Relation::AInB), "in A u_j has the variance 1, in B not so");
    is(standard, standard, &[], Word::Same, "");
    let given = "Y_ij = 3 + b R_ij + u_j + e_ij; u_j ~ N(0, t)";
    is(given, free, &[], Word::NeedsInfo, "whether the numbers in A are estimates");
}

#[test]
fn a_number_that_is_subtracted_moves_the_origin() {
    let centred = "Y_ij = a_j + b_j (R_ij - c) + e_ij; a_j = g_0 + u_0j; b_j = g_1 + u_1j";
    is(centred, "Y ~ R + (R | id)", &[], Word::Equivalent, "A has I(R - c), (I(R - c) | id) where B has R, (R | id)");
    let independent = format!("{centred}; Cov(u_0j, u_1j) = 0");
    is(&independent, "Y ~ R + (R || id)", &[], Word::Different, "belongs to I(R - c) in A, to R in B");
}

#[test]
fn one_letter_in_two_places_is_a_smaller_model() {
    let two = "Y_ij = a + b R_ij + c Z_j + u_j + e_ij";
    inside(&two.replace('c', "b"), two, &[], Some(Relation::AInB), "B has no fixed effect of I(Z + R)");
    let levels = |slope: &str| format!("Y_ij = b_0j + b_1j R_ij + e_ij; b_0j = g_00 + u_0j; b_1j = {slope} + u_1j");
    inside(&levels("g_00"), &levels("g_10"), &[], Some(Relation::AInB), "B has no fixed effect of I(1 + R)");
    // One random effect in two places is a slip of the pen.
    let (status, stdout, stderr) = run(&["check", &levels("g_10").replace("u_1j", "u_0j"), &levels("g_10")]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("the random effect u_0j stands in two places"), "{stderr}");
}

#[test]
fn the_marginal_model_is_asked_for_its_error() {
    // Compound symmetry of the error allows negative correlations, a random intercept does not: not told apart here.
    let marginal = "Y_ij = b_0 + b_1 R_ij + e_ij";
    let (status, stdout, _) = run(&["check", marginal, "Y ~ R + (1 | id)"]);
    assert_eq!(status, 3, "{stdout}");
    assert!(stdout.starts_with("needs-info: in A e_ij seems to be the whole error"), "{stdout}");
    let defined = "Y_ij = b_0 + b_1 R_ij + w_ij; w_ij = u_j + e_ij";
    is(defined, "Y ~ R + (1 | id)", &[], Word::Equivalent, "j is id");
    inside("Y ~ R", "Y ~ R + (1 | id)", &[], Some(Relation::AInB), "B lets the intercept vary by id, A does not");
    let cs = "Y ~ R + cs(1 + R | id)";
    is(cs, "Y ~ R + (R | id)", &[], Word::Different, "compound-symmetry in A, unstructured or diagonal in B");
}

#[test]
fn factors_made_by_a_function_are_factors() {
    let (cells, contrasts) = ("y ~ factor(x) + (0 + factor(x) | g)", "y ~ factor(x) + (factor(x) | g)");
    is(cells, contrasts, &[], Word::Equivalent, "B has (1 | g) besides what A has");
    inside(
        "y ~ x + (1 | g)",
        "y ~ factor(x) + (1 | g)",
        &[],
        Some(Relation::AInB),
        "A has no fixed effect of factor(x)",
    );
    is("y ~ factor(f) + (1 | g)", "y ~ f + (1 | g)", &[], Word::NeedsInfo, "whether f is a factor");
    inside("y ~ x + I(x^2) + I(x^3) + (1 | g)", "y ~ factor(x) + (1 | g)", &[], Some(Relation::AInB), "");
}

#[test]
fn crossed_factors_and_their_cells_are_told_apart() {
    let crossed = "y ~ x + (1 | s) + (1 | i)";
    let cells = "y ~ x + (1 | s) + (1 | i) + (1 | s:i)";
    inside(crossed, cells, &[], Some(Relation::AInB), "B lets the intercept vary by s:i, A does not");
    is(crossed, "y ~ x + (1 | i) + (1 | s)", &[], Word::Same, "");
    inside("y ~ x + (x | s) + (1 | i)", "y ~ x + (1 | s) + (x | i)", &[], None, "the random slope of x (by i)");
    is("y ~ x + (1 | s:i)", "y ~ x + (1 | i:s)", &[], Word::Same, "");
}

#[test]
fn generalised_models_are_compared_by_terms_family_and_link() {
    let call = |terms: &str, family: &str| format!("glmer(y ~ x + {terms}, family = {family})");
    let logit = call("(x | g)", "binomial");
    is(&logit, &call("(1 + x | g)", "binomial(\"logit\")"), &[], Word::Same, "");
    is(&logit, &call("(x | g)", "binomial(\"probit\")"), &[], Word::Different, "binomial with probit link");
    is(&logit, "y ~ x + (x | g)", &[], Word::Different, "A is binomial with logit link, B is gaussian");
    inside(&logit, &call("(x || g)", "binomial"), &[], Some(Relation::BInA), "A correlates the random effects of g");
    is("y ~ x + offset(z) + (1 | g)", "lmer(y ~ x + (1 | g), offset = z)", &[], Word::Same, "");
    inside("y ~ x + offset(z) + (1 | g)", "y ~ x + (1 | g)", &[], None, "B has no offset z");
    is("y ~ x + z + offset(z) + (1 | g)", "y ~ x + z + (1 | g)", &[], Word::Equivalent, "A has the offset z");
}

#[test]
fn columns_of_other_names_are_asked_for() {
    let renamed = "reading ~ risk * Z + X + S + (risk | id)";
    is(LEVELS, renamed, &[("column", "R=risk"), ("column", "Y=reading")], Word::Equivalent, "");
    is("y ~ x + (1 | g)", "y ~ z + (1 | g)", &[], Word::Different, "B has no fixed effect of x");
}

#[test]
fn one_letter_for_two_variances_is_a_smaller_model() {
    let split = "Y_ij = γ_0 + γ_1 R_ij + u_0j + u_1j R_ij + ε_ij\nu_0j ~ N(0, τ_0)\nu_1j ~ N(0, τ_1)";
    let tied = split.replace("τ_1", "τ_0");
    inside(&tied, split, &[], Some(Relation::AInB), "in A u_0j and u_1j have one variance, in B not so");
    is(&tied, &tied, &[], Word::Same, "");
}

/// A text with two models, chains, other letters, one error for all, and one line that attaches u_1j to Z_j.
const DOCUMENT: &str = r"We have, for student i in school j,
$$Y_{ij} = \alpha_j + \beta_1 R_{ij} + \epsilon_{ij}$$
$$\alpha_j = \gamma_0 + \gamma_1 Z_j + u_j$$
Plugging in,
$$Y_{ij} = \beta_{0j} + \beta_1 R_{ij} + \epsilon_{ij}$$
$$= (\gamma_0 + \gamma_1 Z_j + u_j) + \beta_1 R_{ij} + \epsilon_{ij}$$
$$Y_{ij} = \gamma_0 + \gamma_1 Z_j + \beta_1 R_{ij} + \varepsilon_{ij}$$
$$Y_{ij} = \mu + \tau Z_{ij} + \beta_2 R_{ij} + (u_{0j} + \epsilon_{ij})$$
Now the slope varies as well:
$$Y_{ij} = \beta_{0j} + \beta_{1j} R_{ij} + \epsilon_{ij}$$
$$\beta_{0j} = \gamma_{00} + \gamma_{01} Z_j + u_{0j}$$
$$\beta_{1j} = \gamma_{10} + \gamma_{11} Z_j + u_{1j}$$
$$Y_{ij} = \gamma_{00} + (\gamma_{01} + \gamma_{11} R_{ij}) Z_j + \gamma_{10} R_{ij} + (u_{0j} + u_{1j} R_{ij} + \epsilon_{ij})$$
$$Y_{ij} = (\gamma_{00} + u_{0j}) + (\gamma_{01} + \gamma_{11} R_{ij} + u_{1j}) Z_j + \gamma_{10} R_{ij} + \epsilon_{ij}$$
";

#[test]
fn the_line_that_breaks_a_text_is_found_and_the_others_are_accepted() {
    let (status, stdout, _) = run(&["check", DOCUMENT]);
    assert_eq!(status, 1, "{stdout}");
    assert!(stdout.starts_with("different: line 14: u_1j multiplies Z_j here, R_ij in the model\n"), "{stdout}");
    assert_eq!(stdout.matches("broken").count(), 1, "{stdout}");
    let accepted = [
        "line 5     accepted: β_0j is not defined; it stands where α_j does in the model",
        "line 6     follows",
        "line 7     accepted: one error stands for the random effects and the residual",
        "line 8     accepted: other letters, the same model: μ is γ_0",
        "line 13    follows",
    ];
    for line in accepted {
        assert!(stdout.contains(line), "{line}\n{stdout}");
    }
    let shown: Vec<&str> = stdout.lines().filter(|l| l.trim_start().starts_with("^^^^^^ ")).collect();
    assert_eq!(shown.len(), 2, "carets in the line and in the model's equation: {stdout}");
    let mended =
        DOCUMENT.replace("R_{ij} + u_{1j}) Z_j + \\gamma_{10} R_{ij}", "R_{ij}) Z_j + (\\gamma_{10} + u_{1j}) R_{ij}");
    assert_eq!(run(&["check", &mended]).0, 0);
    let short =
        DOCUMENT.replace("+ \\gamma_1 Z_j + \\beta_1 R_{ij} + \\varepsilon", "+ \\beta_1 R_{ij} + \\varepsilon");
    let (status, stdout, _) = run(&["check", &short]);
    assert!(status == 1 && stdout.starts_with("different: line 7: Z γ_1 is missing"), "{stdout}");
}

#[test]
fn the_answer_as_json_and_the_exit_status() {
    let (status, stdout, _) = run(&["check", "--json", LETTERS, LEVELS]);
    let answer: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((status, &answer["verdict"]), (0, &"equivalent".into()));
    assert_eq!(answer["renaming"]["τ_R"], "γ_11");
    for witness in ["algebra", "columns", "fits"] {
        assert_eq!(answer["witnesses"][witness], "equal");
    }
    assert_eq!(answer["logliks"].as_array().unwrap().len(), 2);
    let (status, stdout, _) = run(&["check", "--json", LMER, "Y ~ R * Z + X + S + (R || id)"]);
    let answer: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((status, &answer["verdict"], &answer["nested"]), (1, &"different".into(), &"B in A".into()));
    assert_eq!((&answer["places"][1]["line"], &answer["places"][1]["column"]), (&1.into(), &21.into()));
    let (status, stdout, _) = run(&["check", "y ~ x + (1 | school/class)", "y ~ x + (1 | school) + (1 | class)"]);
    assert!(status == 3 && stdout.contains("--ids class=unique"), "{stdout}");
    let (status, stdout, _) = run(&["check", "y ~ x + (1 | g)", "y ~ x + ("]);
    assert_eq!((status, stdout.as_str()), (2, ""), "malformed text is an error, never a verdict");
}

#[test]
fn fixed_effects_of_an_index_are_those_of_its_factor() {
    const EFFECTS: &str =
        r"$$w_{ij} = \mu + \alpha_j + s_i + e_{ij}$$ where $\alpha_j$ is a fixed effect and $s_i \sim N(0, \tau^2)$";
    const SLOPES: &str = r"$$w_{ij} = \mu + \alpha_j + \beta_j d_{ij} + u_i + e_{ij}$$ where $\alpha_j$ and $\beta_j$ are fixed effects, $u_i$ is random.";
    const CROSSED: &str = r"$$w_{ijk} = \mu + \alpha_i + \beta_j + (\alpha\beta)_{ij} + b_k + e_{ijk}, \quad b_k \sim N(0, \tau^2), \quad e_{ijk} \sim N(0, \sigma^2)$$";
    is(EFFECTS, "w ~ factor(j) + (1 | i)", &[], Word::Same, "the same terms");
    is(SLOPES, "w ~ factor(j) + d:factor(j) + (1 | i)", &[], Word::Same, "the same terms");
    is(CROSSED, "w ~ factor(i) * factor(j) + (1 | k)", &[], Word::Same, "the same terms");
    is(EFFECTS, "w ~ 1 + (1 | i)", &[], Word::Different, "factor(j)");
    is(CROSSED, "w ~ factor(i) + factor(j) + (1 | k)", &[], Word::Different, "factor(i):factor(j)");
}
