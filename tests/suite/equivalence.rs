//! Comparing readings: same, renamed, different with a reason and the direction of nesting.

use mlnote::algebra::{Comparison, Nested, Reading, Relation, compare, mapping};
use mlnote::model::Facts;
use mlnote::read::read;

fn reading(text: &str) -> Reading {
    read(text, None, &Facts::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn compared(first: &str, second: &str) -> Comparison {
    compare(&reading(first), &reading(second))
}

fn words(comparison: &Comparison) -> Vec<&str> {
    comparison.differences.iter().map(|difference| difference.words.as_str()).collect()
}

const LEVELS: &str = "Y_ij = β_0j + β_1j R_ij + β_2 X_ij + ε_ij
β_0j = γ_00 + γ_01 Z_j + u_0j
β_1j = γ_10 + γ_11 Z_j + u_1j
\\begin{pmatrix} u_{0j} \\\\ u_{1j} \\end{pmatrix} \\sim N\\left( 0, \\begin{pmatrix} τ_{00} & τ_{10} \\\\ τ_{10} & τ_{11} \\end{pmatrix} \\right)";
const OTHER_LETTERS: &str = "Y_ij = μ + τ Z_j + δ R_ij + τ_R Z_j R_ij + β X_ij + (v_j + w_j R_ij + e_ij)
\\begin{pmatrix} v_j \\\\ w_j \\end{pmatrix} \\sim N\\left( 0, \\begin{pmatrix} ω & φ \\\\ φ & ψ \\end{pmatrix} \\right)";
const FORMULA: &str = "Y ~ R * Z + X + (R | j)";

#[test]
fn a_text_is_the_same_model_as_itself_and_as_its_formula() {
    for other in [LEVELS, FORMULA, "Y ~ 1 + X + Z * R + (1 + R | j)"] {
        let comparison = compared(LEVELS, other);
        assert_eq!((comparison.relation, words(&comparison)), (Relation::Same, vec![]), "{other}");
        assert!(comparison.renaming.is_empty() && comparison.nested.is_none());
    }
}

#[test]
fn other_letters_are_told_letter_by_letter() {
    let comparison = compared(LEVELS, OTHER_LETTERS);
    assert_eq!((comparison.relation, words(&comparison)), (Relation::Renamed, vec![]));
    let pairs: Vec<String> = comparison.renaming.iter().map(|(a, b)| format!("{a} {b}")).collect();
    for pair in ["γ_00 μ", "γ_01 τ", "γ_10 δ", "γ_11 τ_R", "β_2 β", "u_0 v", "u_1 w", "ε e", "τ_00 ω", "τ_11 ψ"]
    {
        assert!(pairs.contains(&pair.to_owned()), "{pair} in {pairs:?}");
    }
    let all = mapping(&reading(LEVELS), &reading(OTHER_LETTERS));
    assert!(all.iter().any(|(a, b)| a == b) && all.len() > pairs.len(), "covariates keep their letters");
}

#[test]
fn an_index_letter_stands_for_any_factor_and_a_named_factor_for_itself() {
    let comparison = compared(LEVELS, "Y ~ R * Z + X + (R | school)");
    assert_eq!(comparison.relation, Relation::Renamed);
    assert_eq!(comparison.groups, [("j".to_owned(), "school".to_owned())]);
    let comparison = compared("Y ~ R + (R | school)", "Y ~ R + (R | town)");
    assert_eq!(comparison.relation, Relation::Different);
    assert_eq!(words(&comparison)[0], "the first has a random intercept by school, the second has not");
}

#[test]
fn crossed_letters_are_matched_so_that_most_agrees() {
    let crossed = "Y_ijk = γ + β X_ijk + u_j + v_k + w_k X_ijk + ε_ijk";
    let comparison = compared(crossed, "Y ~ X + (1 | item) + (X | person)");
    assert_eq!((comparison.relation, words(&comparison)), (Relation::Renamed, vec![]));
    let groups = [("j", "item"), ("k", "person")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(comparison.groups, groups);
}

#[test]
fn the_first_difference_is_told_with_its_places_and_the_direction_of_nesting() {
    let smaller = "Y_ij = β_0j + β_1j R_ij + β_2 X_ij + ε_ij\nβ_0j = γ_00 + γ_01 Z_j + u_0j\nβ_1j = γ_10 + u_1j";
    let comparison = compared(smaller, LEVELS);
    assert_eq!(comparison.relation, Relation::Different);
    assert_eq!(comparison.nested, Some(Nested::FirstInSecond));
    assert_eq!(words(&comparison), ["the second has the fixed effect of R:Z, the first has not"]);
    let place = comparison.differences[0].second.unwrap();
    assert_eq!(&LEVELS[place.start..place.end], "γ_11");
    assert_eq!(comparison.differences[0].first, None);
    assert_eq!(compared(LEVELS, smaller).nested, Some(Nested::SecondInFirst));

    let no_slope = "Y_ij = β_0j + β_1j R_ij + β_2 X_ij + ε_ij\nβ_0j = γ_00 + γ_01 Z_j + u_0j\nβ_1j = γ_10 + γ_11 Z_j";
    let comparison = compared(no_slope, LEVELS);
    assert_eq!(words(&comparison), ["the second has a random slope of R by j, the first has not"]);
    let place = comparison.differences[0].second.unwrap();
    assert_eq!(&LEVELS[place.start..place.end], "u_1j");

    let neither = compared("Y ~ R + (1 | g)", "Y ~ X + (1 | g)");
    assert_eq!((neither.relation, neither.nested), (Relation::Different, None));
    assert_eq!(neither.differences.len(), 2);
}

#[test]
fn covariance_response_and_family_count() {
    let comparison = compared("Y ~ R + (R | g)", "Y ~ R + (R || g)");
    let told =
        "the random intercept and the random slope of R by g are correlated in the first and independent in the second";
    assert_eq!((words(&comparison), comparison.nested), (vec![told], Some(Nested::SecondInFirst)));
    assert_eq!(compared("Y ~ R + (R || g)", "Y ~ R + (1 | g) + (0 + R | g)").relation, Relation::Same);
    let comparison = compared("Y ~ R + (1 | g)", "log(Y) ~ R + (1 | g)");
    assert_eq!(
        (words(&comparison), comparison.nested),
        (vec!["the response is Y in the first and log(Y) in the second"], None)
    );
}

#[test]
fn one_letter_for_two_variances_is_a_smaller_model() {
    let split = "Y_ij = γ_0 + γ_1 R_ij + u_0j + u_1j R_ij + ε_ij
u_0j ~ N(0, τ_0)
u_1j ~ N(0, τ_1)";
    let tied = split.replace("τ_1", "τ_0");
    let comparison = compared(&tied, split);
    assert_eq!((comparison.relation, comparison.nested), (Relation::Different, Some(Nested::FirstInSecond)));
    let told =
        "one letter stands for the variance of 1 by j and the variance of R by j in the first, not in the second";
    assert_eq!(words(&comparison), [told]);
    assert_eq!(compared(&tied, &tied).relation, Relation::Same);
}

#[test]
fn ids_that_may_be_reused_are_asked_for() {
    let comparison = compared("Y ~ R + (1 | school / class)", "Y ~ R + (1 | school) + (1 | class)");
    assert_eq!(comparison.relation, Relation::NeedsInfo);
    let told = "`school:class` and `class` are the same groups only when no class is in two schools";
    assert_eq!(words(&comparison)[0], told);
    assert_eq!(comparison.help.as_deref(), Some("say `--ids class=unique`, or `--ids class=reused`"));
    assert_eq!(compared("Y ~ (1 | school) + (1 | class)", "Y ~ (1 | school / class)").relation, Relation::NeedsInfo);
    assert_eq!(
        compared("Y ~ (1 | school / class)", "Y ~ X + (1 | school) + (1 | class)").relation,
        Relation::Different
    );
}

#[test]
fn no_single_edit_is_called_the_same_model() {
    let base = "Y ~ R * Z + X + (R | g) + (1 | h)";
    for edited in [
        "V ~ R * Z + X + (R | g) + (1 | h)",
        "Y ~ R + Z + X + (R | g) + (1 | h)",
        "Y ~ R * Z + (R | g) + (1 | h)",
        "Y ~ R * Z + V + (R | g) + (1 | h)",
        "Y ~ 0 + R * Z + X + (R | g) + (1 | h)",
        "Y ~ R * Z + X + (0 + R | g) + (1 | h)",
        "Y ~ R * Z + X + (R || g) + (1 | h)",
        "Y ~ R * Z + X + (X | g) + (1 | h)",
        "Y ~ R * Z + X + (R + X | g) + (1 | h)",
        "Y ~ R * Z + X + (R | h) + (1 | g)",
        "Y ~ R * Z + X + (R | g)",
        "Y ~ R * Z + X + (R | g) + (1 | k)",
        "Y ~ R * Z + X + offset(V) + (R | g) + (1 | h)",
    ] {
        let there = compared(base, edited);
        assert_eq!((there.relation, there.renaming.len()), (Relation::Different, 0), "{edited}");
        assert!(!there.differences.is_empty(), "{edited}");
        let back = compared(edited, base);
        let turned = back.nested.map(|nested| match nested {
            Nested::FirstInSecond => Nested::SecondInFirst,
            Nested::SecondInFirst => Nested::FirstInSecond,
        });
        assert_eq!((back.relation, turned), (Relation::Different, there.nested), "{edited}");
    }
}
