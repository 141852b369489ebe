//! Chains of equalities, compared line by line.

use mlnote::algebra::{ChangeKind, Line, check_chain, equations};
use mlnote::error::Code;
use mlnote::model::Facts;
use mlnote::read::{equations::read_system, read};

/// Level 2 of the model that every chain here is about.
const LEVELS: &str = "β_0j = γ_00 + γ_01 Z_j + u_0j\nβ_1j = γ_10 + γ_11 Z_j + u_1j\n";

fn chain(lines: &[&str]) -> (String, Vec<Line>) {
    let text = format!("Y_ij = {}\n{LEVELS}", lines.join("\n = "));
    let (facts, mut notes) = (Facts::default(), vec![]);
    let system = read_system(&text, &facts, &mut notes).unwrap();
    let (roles, translation) = equations(&system, &facts, &mut notes).unwrap();
    let lines = check_chain(&roles, &translation, &facts).unwrap();
    (text, lines)
}

const FIRST: &str = "β_0j + β_1j R_ij + ε_ij";

/// The kinds and words of the changes of the last line, with the texts of the two places.
fn last(lines: &[&str]) -> Vec<(ChangeKind, String, String, String)> {
    let (text, lines) = chain(lines);
    let changes = &lines.last().unwrap().changes;
    let at = |span: mlnote::error::Span| text[span.start..span.end].to_owned();
    changes.iter().map(|c| (c.kind, c.words.clone(), at(c.here), at(c.there))).collect()
}

#[test]
fn the_textbook_chain_holds() {
    let (text, lines) = chain(&[
        FIRST,
        "(γ_00 + γ_01 Z_j + u_0j) + (γ_10 + γ_11 Z_j + u_1j) R_ij + ε_ij",
        "γ_00 + γ_01 Z_j + γ_10 R_ij + γ_11 Z_j R_ij + (u_0j + u_1j R_ij + ε_ij)",
        "γ_00 + (γ_01 + γ_11 R_ij) Z_j + γ_10 R_ij + (u_0j + u_1j R_ij + ε_ij)",
    ]);
    assert_eq!(lines.len(), 4);
    assert!(lines.iter().all(|line| line.changes.is_empty() && line.strangers.is_empty()));
    assert!(lines[1..].iter().all(|line| line.before.is_some()));
    assert!(read(&text, None, &Facts::default()).is_ok());
}

#[test]
fn a_slope_at_the_wrong_covariate_is_named_with_both_places() {
    let good = "γ_00 + γ_01 Z_j + γ_10 R_ij + γ_11 Z_j R_ij + u_0j + u_1j R_ij + ε_ij";
    let bad = "(γ_00 + u_0j) + (γ_01 + γ_11 R_ij + u_1j) Z_j + γ_10 R_ij + ε_ij";
    let found = last(&[FIRST, good, bad]);
    let words = "u_1j multiplies Z_j here, R_ij in the line before";
    assert_eq!(found, [(ChangeKind::Moved, words.into(), "u_1j".into(), "u_1j".into())]);
}

#[test]
fn each_kind_of_change_is_told_apart() {
    let good = "γ_00 + γ_01 Z_j + γ_10 R_ij + γ_11 Z_j R_ij + u_0j + u_1j R_ij + ε_ij";
    let case =
        |line: &str| last(&[FIRST, good, line]).into_iter().map(|(kind, words, ..)| (kind, words)).collect::<Vec<_>>();
    assert_eq!(
        case("γ_00 + γ_01 Z_j + γ_10 R_ij + u_0j + u_1j R_ij + ε_ij"),
        [(ChangeKind::Missing, "γ_11 Z_j R_ij is missing".into())]
    );
    assert_eq!(
        case("γ_00 + γ_01 Z_j + γ_10 R_ij + γ_11 Z_j R_ij + u_0j + u_1j R_ij + u_1j Z_j + ε_ij"),
        [(ChangeKind::Extra, "u_1j Z_j is not in the line before".into())]
    );
    assert_eq!(
        case("γ_00 + γ_00 + γ_01 Z_j + γ_10 R_ij + γ_11 Z_j R_ij + u_0j + u_1j R_ij + ε_ij"),
        [(ChangeKind::Number, "2 γ_00 here, γ_00 in the line before".into())]
    );
    assert_eq!(
        case("γ_00 + γ_01 Z_j + γ_10 R_ij + γ_11 Z_j R_ij + u_0j + u_1j + ε_ij"),
        [(ChangeKind::Moved, "u_1j stands alone here, multiplies R_ij in the line before".into())]
    );
    assert_eq!(
        case("γ_00 + γ_01 Z_j + γ_01 R_ij + γ_11 Z_j R_ij + u_0j + u_1j R_ij + ε_ij"),
        [(ChangeKind::Swapped, "R_ij is multiplied by γ_01 here, by γ_10 in the line before".into())]
    );
}

#[test]
fn a_broken_chain_is_an_error_of_the_reader_at_the_symbol() {
    let text =
        format!("Y_ij = {FIRST}\n = γ_00 + γ_01 Z_j + γ_10 R_ij + γ_11 Z_j R_ij + u_0j + u_1j Z_j + ε_ij\n{LEVELS}");
    let error = read(&text, None, &Facts::default()).unwrap_err();
    assert_eq!(error.code, Code::ChainBroken);
    let place = error.labels[0].span;
    assert_eq!(&text[place.start..place.end], "u_1j");
    // In the line before, u_1j stands inside a coefficient: the whole line is shown.
    let place = error.labels[1].span;
    assert_eq!(text[place.start..place.end].trim(), FIRST);
}

#[test]
fn a_line_with_one_error_for_all_is_not_compared() {
    let (_, lines) = chain(&[FIRST, "γ_00 + γ_01 Z_j + γ_10 R_ij + γ_11 Z_j R_ij + ω_ij"]);
    assert_eq!((lines[1].strangers.len(), lines[1].before, lines[1].changes.len()), (1, None, 0));
}
