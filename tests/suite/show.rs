//! `mlnote show` in a terminal, and the marks behind it.

use super::cli::{mlnote, run};
use mlnote::algebra::Sense;
use mlnote::model::Facts;
use mlnote::read;
use mlnote::syntax::Kind;
use mlnote::write::show::{Kin, Part, Sheet};
use mlnote::write::typeset::{self, MarkedText, Run};
use mlnote::write::{EntryKind, ExplainOptions, Format, Style};
use serde_json::Value;
use std::path::PathBuf;

const SLOPES: &str = "Y_ij = b_0j + b_1j R_ij + b_2 X_ij + e_ij
b_0j = g_00 + g_01 Z_j + u_0j
b_1j = g_10 + g_11 Z_j + u_1j";

/// Every file of tests/cases.
pub(crate) fn cases() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let models = std::fs::read_dir(folder).unwrap().map(|model| model.unwrap().path());
    let mut files: Vec<PathBuf> =
        models.flat_map(|model| std::fs::read_dir(model).unwrap().map(|file| file.unwrap().path())).collect();
    files.sort();
    files
}

/// A sheet of a text.
pub(crate) fn sheet(text: &str, format: Format) -> Sheet {
    let facts = read::directives(text).unwrap().facts;
    let reading = read::read(text, None, &facts).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let style = Style { format, ..Style::default() };
    Sheet::new(&reading, &facts, &style, &ExplainOptions::default(), &mut vec![]).unwrap()
}

fn show(input: &str, flags: &[&str]) -> String {
    let (status, stdout, stderr) = run(&[&["show", input, "--quiet"], flags].concat());
    assert_eq!((status, stderr.as_str()), (0, ""), "{input}");
    stdout
}

/// The text of the pieces that bear what a symbol stands for, in one notation.
fn pieces(sheet: &Sheet, notation: &str, symbol: &str) -> Vec<String> {
    pieces_of(sheet, notation, sheet.terms.named(symbol).unwrap()[0])
}

fn pieces_of(sheet: &Sheet, notation: &str, number: u16) -> Vec<String> {
    let panel = sheet.panels.iter().find(|panel| panel.name == notation).unwrap();
    lit(panel.text.as_ref().unwrap(), number)
}

fn lit(text: &MarkedText, number: u16) -> Vec<String> {
    let (mut open, mut found): (Vec<(bool, String)>, Vec<String>) = (vec![], vec![]);
    for run in text.runs() {
        match run {
            Run::Begin(numbers) => open.push((numbers.contains(&number), String::new())),
            Run::Text(text) => open.iter_mut().for_each(|(_, inside)| inside.push_str(text)),
            Run::End => {
                let (bears, inside) = open.pop().unwrap();
                let again = open.iter().any(|(outer, _)| *outer);
                found.extend((bears && !again).then_some(inside));
            }
        }
    }
    assert!(open.is_empty());
    found
}

#[test]
fn notations_stand_below_or_beside_each_other() {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/cli/show"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("narrow", show(SLOPES, &["--width=60"]));
        insta::assert_snapshot!("wide", show(SLOPES, &["--width=120", "--treatment=Z"]));
        insta::assert_snapshot!("term", show(SLOPES, &["--width=100", "--term=R:Z"]));
        insta::assert_snapshot!("colors", show(SLOPES, &["--width=60", "--color=always", "--term=u_1j"]).replace('\u{1b}', "ESC"));
        insta::assert_snapshot!("crossed", show("y ~ x + (1 | item) + (1 + x | subject)", &["--width=100"]));
        insta::assert_snapshot!("formula_only", show("y ~ x + cs(1 + x | g)", &["--width=100"]));
    });
}

#[test]
fn a_term_is_marked_in_every_notation() {
    let sheet = sheet(SLOPES, Format::Unicode);
    for (symbol, hierarchical, reduced, formula) in [
        ("g_11", vec!["g₁₁ Zⱼ"], vec!["g₁₁ Zⱼ Rᵢⱼ"], vec!["R * Z"]),
        ("g_10", vec!["g₁₀"], vec!["g₁₀ Rᵢⱼ"], vec!["R"]),
        ("b_2", vec!["b₂ Xᵢⱼ"], vec!["b₂ Xᵢⱼ"], vec!["X"]),
        ("u_1j", vec!["u₁ⱼ", "u₁ⱼ"], vec!["u₁ⱼ Rᵢⱼ", "u₁ⱼ"], vec!["R"]),
        ("e_ij", vec!["eᵢⱼ", "eᵢⱼ"], vec!["eᵢⱼ", "eᵢⱼ"], vec![]),
        ("tau_11", vec!["τ₁₁"], vec!["τ₁₁"], vec![]),
        ("tau_10", vec!["τ₁₀", "τ₁₀"], vec!["τ₁₀", "τ₁₀"], vec![]),
        ("sigma", vec!["σ²"], vec!["σ²"], vec![]),
        ("b_1j", vec!["b₁ⱼ Rᵢⱼ", "b₁ⱼ"], vec![], vec![]),
    ] {
        assert_eq!(pieces(&sheet, "hierarchical", symbol), hierarchical, "{symbol}");
        assert_eq!(pieces(&sheet, "reduced", symbol), reduced, "{symbol}");
        assert_eq!(pieces(&sheet, "lmer", symbol), formula, "{symbol}");
    }
}

#[test]
fn what_no_equation_shows_is_marked_all_the_same() {
    let sheet = sheet("y ~ poly(x, 2) * z + ns(w, 3) + (poly(x, 2) | g)", Format::Unicode);
    for (word, symbols) in [
        ("poly(x, 2)", &["γ₁₀", "γ₂₀", "β_{1g}", "β_{2g}", "u_{1g}", "u_{2g}"][..]),
        ("poly(x, 2)2", &["γ₂₀", "β_{2g}", "u_{2g}"]),
        ("ns(w, 3)", &["β₄"]),
    ] {
        let named = sheet.terms.named(word).unwrap();
        let shown = named.iter().filter_map(|number| sheet.terms.item(*number)?.symbol.as_ref());
        let shown: Vec<String> = shown.map(|symbol| typeset::expr(symbol, Format::Unicode)).collect();
        assert_eq!(shown, symbols, "{word}");
        for number in named {
            assert!(sheet.entry(number).is_some());
            let piece = word.trim_end_matches('2');
            assert!(pieces_of(&sheet, "lmer", number).iter().all(|lit| lit.contains(piece)), "{word}");
        }
    }
    assert_eq!(pieces_of(&sheet, "lmer", sheet.terms.named("γ_20").unwrap()[0]), ["poly(x, 2)"]);
}

#[test]
fn a_spread_is_told_apart_from_what_spreads() {
    let sheet = sheet(SLOPES, Format::Unicode);
    let item = |symbol: &str| sheet.terms.item(sheet.terms.named(symbol).unwrap()[0]).unwrap();
    let number = |symbol: &str| sheet.terms.named(symbol).unwrap()[0];
    assert!(item("u_1j").kin.contains(&(Kin::Spread, number("tau_11"))));
    assert!(item("tau_11").kin.contains(&(Kin::Spreads, number("u_1j"))));
    assert_eq!(
        (item("tau_11").part, item("g_10").part, item("e_ij").part),
        (Part::Random, Part::Fixed, Part::Residual)
    );
    assert!(!sheet.terms.named("R").unwrap().contains(&number("tau_11")));
    let text = show(SLOPES, &["--term=R", "--width=100"]);
    assert!(text.contains("τ₁₁ is its spread"), "{text}");
}

#[test]
fn each_step_tells_what_it_works_on() {
    let sheet = sheet(SLOPES, Format::Unicode);
    let walk = sheet.walk.as_ref().unwrap();
    let touched = |step: usize, symbol: &str| walk.touched[step].contains(&sheet.terms.named(symbol).unwrap()[0]);
    assert_eq!((walk.lines.len(), walk.touched.len()), (4, 4));
    assert!(walk.touched[0].is_empty());
    assert!(
        touched(1, "b_1j") && touched(1, "g_11") && touched(1, "u_0j") && !touched(1, "e_ij") && !touched(1, "b_2")
    );
    assert!(touched(2, "g_10") && touched(2, "u_1j") && !touched(2, "g_00"));
    assert!(touched(3, "u_0j") && touched(3, "e_ij") && !touched(3, "g_11"));
}

#[test]
fn marks_change_no_text_and_every_symbol_of_a_model_has_its_own() {
    for file in cases() {
        let text = std::fs::read_to_string(&file).unwrap();
        let sheet = sheet(&text, Format::Unicode);
        let facts = read::directives(&text).unwrap().facts;
        let reading = read::read(&text, None, &facts).unwrap();
        for panel in sheet.panels.iter().filter(|panel| panel.text.is_ok()) {
            let marked = panel.text.as_ref().unwrap();
            let writer = mlnote::write::writer(panel.name).unwrap();
            let style = Style { format: Format::Unicode, ..Style::default() };
            let plain = (writer.write)(&reading, &style, &mut vec![]).unwrap();
            let plain: String =
                plain.lines().filter(|l| !l.starts_with("# mlnote")).map(|l| format!("{l}\n")).collect();
            assert_eq!(marked.plain(), plain, "{}: {}", file.display(), panel.name);
        }
        let reduced = sheet.panels.iter().find(|panel| panel.name == "reduced").unwrap();
        let Ok(reduced) = &reduced.text else { continue };
        for (number, item) in (0..).zip(&sheet.terms.items) {
            let shown = lit(reduced, number);
            // Coefficients are gone from the reduced form.
            assert_eq!(shown.is_empty(), item.part == Part::Mixed, "{}: {item:?}", file.display());
            assert!(item.symbol.is_some(), "{}: {item:?}", file.display());
        }
    }
}

#[test]
fn names_with_the_characters_of_marks_are_shown_without_marks() {
    let facts = Facts::default();
    for name in ["a\u{f0001}\u{ffffc}b", "\u{ffffd}\u{ffffd}"] {
        let text = format!("y ~ `{name}` + (1 | g)");
        let Ok(reading) = read::read(&text, Some("lmer"), &facts) else { continue };
        for format in [Format::Unicode, Format::Mathml] {
            let style = Style { format, ..Style::default() };
            let sheet = Sheet::new(&reading, &facts, &style, &ExplainOptions::default(), &mut vec![]).unwrap();
            for text in sheet.panels.iter().filter_map(|panel| panel.text.as_ref().ok()) {
                assert!(text.runs().iter().all(|run| matches!(run, Run::Text(_))), "{text:?}");
            }
        }
    }
}

#[test]
fn the_answer_can_be_json() {
    let answer: Value = serde_json::from_str(&show(SLOPES, &["--json"])).unwrap();
    let names: Vec<&str> =
        answer["notations"].as_array().unwrap().iter().map(|n| n["notation"].as_str().unwrap()).collect();
    let written: Vec<&str> = mlnote::write::WRITERS.iter().map(|w| w.name).filter(|name| *name != "json").collect();
    assert_eq!(names, written);
    assert_eq!(answer["derivation"].as_array().unwrap().len(), 4);
    let terms = answer["terms"].as_array().unwrap();
    assert!(terms.iter().any(|term| term["symbol"] == "g₁₁" && term["term"] == "R:Z" && term["part"] == "fixed"));
}

#[test]
fn colours_are_used_when_asked_for() {
    let colored = |flags: &[&str], no_color: bool| {
        let mut command = mlnote(&[&["show", SLOPES, "--quiet"], flags].concat());
        if no_color {
            command.env("NO_COLOR", "1");
        }
        String::from_utf8(command.output().unwrap().stdout).unwrap().contains('\u{1b}')
    };
    assert!(!colored(&[], false) && !colored(&["--color=never"], false) && !colored(&[], true));
    assert!(colored(&["--color=always"], false));
}

#[test]
fn a_term_that_is_not_there_is_refused_with_the_nearest() {
    let (status, stdout, stderr) = run(&["show", SLOPES, "--term", "R:Y", "--quiet"]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("no term or symbol of this model is called `R:Y`"), "{stderr}");
    let (status, _, stderr) = run(&["show", SLOPES, "--treatment", "Q", "--quiet"]);
    assert!(status == 2 && stderr.contains("`Q`"), "{stderr}");
}

#[test]
fn every_symbol_is_explained_in_every_case() {
    for file in cases() {
        let sheet = sheet(&std::fs::read_to_string(&file).unwrap(), Format::Unicode);
        let Some(explanation) = &sheet.explanation else {
            panic!("{}: no explanation", file.display());
        };
        // Both say the same things of the same model: only the residual has no entry of its own, and only a correlation
        // is not a symbol of the equations.
        for (number, item) in (0..).zip(&sheet.terms.items).filter(|(_, item)| item.sense != Sense::Residual) {
            assert!(sheet.entry(number).is_some(), "{}: {:?}", file.display(), item.sense);
        }
        for entry in explanation.entries().filter(|entry| entry.kind != EntryKind::Correlation) {
            // A covariance may be written as ρ σ σ, of which each has a meaning of its own.
            let is_product = entry.kind == EntryKind::Covariance && matches!(entry.symbol.kind, Kind::Product(_));
            let number = sheet.number(&entry.symbol);
            assert!(number.is_some() != is_product, "{}: {}", file.display(), entry.symbol);
        }
    }
}

#[test]
fn estimates_stand_beside_their_symbols() {
    let folder = tempfile::tempdir().unwrap();
    let (data, fit) = (folder.path().join("data.csv"), folder.path().join("fit.json"));
    let (data, fit) = (data.to_str().unwrap(), fit.to_str().unwrap());
    let model = "Y ~ R * Z + (R | id)";
    let drawn = ["--groups=id=30", "--per-group=8", "--seed=2", "--level=id=Z", "--set=gamma_{10}=2", "--quiet"];
    let (status, _, stderr) = run(&[&["simulate", model, "--output", data], &drawn[..]].concat());
    assert_eq!(status, 0, "{stderr}");
    let (status, _, stderr) = run(&["fit", model, "--data", data, "--json", "--quiet", "--output", fit]);
    assert_eq!(status, 0, "{stderr}");
    let fitted: Value = serde_json::from_str(&std::fs::read_to_string(fit).unwrap()).unwrap();
    let slope = fitted["fixed"].as_array().unwrap().iter().find(|e| e["term"] == "R").unwrap();
    for numbers in [&["--data", data][..], &["--estimates", fit], &["--data", data, "--estimates", fit]] {
        let answer: Value = serde_json::from_str(&show(model, &[numbers, &["--json"]].concat())).unwrap();
        let shown = answer["terms"].as_array().unwrap().iter().find(|t| t["symbol"] == "γ₁₀").unwrap();
        let near = |a: &Value, b: &Value| (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-9;
        assert!(near(&shown["estimate"], &slope["estimate"]) && near(&shown["se"], &slope["se"]), "{numbers:?}");
        let text = show(model, numbers);
        let line = text.lines().find(|line| line.trim_start().starts_with("γ₁₀  R")).unwrap();
        assert!(line.contains(&format!("{:.2}", slope["estimate"].as_f64().unwrap())), "{line}");
        let tex = show(model, &[numbers, &["--format=tex"]].concat());
        assert!(tex.contains("& Estimate & SE \\\\"), "{tex}");
    }
    // Those of another model are refused.
    let (status, stdout, stderr) = run(&["show", "Y ~ R + (R | id)", "--estimates", fit, "--quiet"]);
    assert!((status, stdout.as_str()) == (2, "") && stderr.contains("of another model"), "{stderr}");
}
