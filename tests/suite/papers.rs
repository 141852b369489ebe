//! What papers write beside the equations: `iid`, ranges, labels of Levels, numbers. With all of it the text still says
//! the model, and writing what was read gives the text again.

use super::cases::{file, folders};
use super::cli::run;
use mlnote::algebra::Reading;
use mlnote::fit::{Word, verdict};
use mlnote::model::Facts;
use mlnote::read::{detect, reader};
use mlnote::write::{CovarianceStyle, Format, Indices, Residual, Style, writer};

const EQUATIONS: [&str; 3] = ["hierarchical", "bracket", "reduced"];

/// Every choice of a paper at once, and some alone.
pub(crate) fn styles() -> Vec<Style> {
    let words = [("i", "pupil"), ("j", "secondary school"), ("k", "class"), ("s", "item")];
    let words = words.map(|(letter, word)| (letter.to_owned(), word.to_owned())).into();
    let told = Style {
        iid: true,
        ranges: true,
        words,
        level_labels: true,
        label_equations: Some("m:1".into()),
        ..Style::default()
    };
    vec![
        Style { iid: true, ranges: true, ..Style::default() },
        Style { level_labels: true, covariance: CovarianceStyle::Sigma, width: 40, ..Style::default() },
        Style { standalone: true, ..told.clone() },
        Style { indices: Indices::All, residual: Residual::Composite, ..told.clone() },
        told,
    ]
}

#[track_caller]
fn read(notation: &str, text: &str) -> Reading {
    (reader(notation).unwrap().read)(text, &Facts::default()).unwrap_or_else(|e| panic!("{notation}: {e}\n{text}"))
}

#[test]
fn every_choice_reads_back() {
    let mut written = 0;
    for folder in folders() {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let found = EQUATIONS.iter().find_map(|notation| Some((*notation, file(&folder, notation)?)));
        let Some((notation, source)) = found else { continue };
        let reading = read(notation, &source);
        let formats = [Format::Tex, Format::Markdown, Format::Unicode];
        for (to, format) in EQUATIONS.iter().flat_map(|to| formats.map(|format| (to, format))) {
            for style in styles() {
                let style = Style { format, ..style };
                let Ok(text) = (writer(to).unwrap().write)(&reading, &style, &mut vec![]) else { continue };
                assert!(text.lines().all(|line| line == line.trim_end()), "{name}\n{text}");
                assert_eq!(detect(&text).unwrap().name, *to, "{name}\n{text}");
                let back = read(to, &text);
                assert_eq!(back.model, reading.model, "{name}\n{text}");
                let again = (writer(to).unwrap().write)(&back, &style, &mut vec![]).unwrap();
                assert_eq!(again, text, "{name}: not a fixed point");
                written += 1;
                // The numbers, which go past the algebra, say so too.
                if style.label_equations.is_some() && !style.standalone && format == Format::Tex {
                    let both = verdict([&reading, &back], [&source, &text], &Facts::default()).unwrap();
                    assert!(matches!(both.word, Word::Same | Word::Equivalent), "{name}: {}\n{text}", both.reason);
                }
            }
        }
    }
    assert!(written > 300, "{written}");
}

/// The text of a conversion by the binary.
#[track_caller]
fn converted(arguments: &[&str]) -> String {
    let (status, text, errors) = run(&[&["convert", "--quiet"], arguments].concat());
    assert_eq!(status, 0, "{errors}");
    text
}

#[test]
fn ranges_take_words() {
    let model = "Y ~ R + (R | school_id)";
    let told = ["--ranges", "--format", "unicode", "--to", "hierarchical"];
    let text = converted(&[&told[..], &[model]].concat());
    assert!(text.contains("for i = 1, …, nⱼ and school j = 1, …, J\n"), "{text}");
    let words = ["--index", "i=pupil", "--label", "school_id=secondary school"];
    let text = converted(&[&told[..], &words, &[model]].concat());
    assert!(text.contains("for pupil i = 1, …, nⱼ and secondary school j = 1, …, J\n"), "{text}");
    // A word that would read as mathematics is left out.
    let text = converted(&[&told[..], &["--label", "school_id=S = 1"], &[model]].concat());
    assert!(text.contains("for i = 1, …, nⱼ; j = 1, …, J\n"), "{text}");
    // The name of a column is a word only as far as it is one.
    let [of_file, id, school] = [&[SLOPES][..], &["--index=j=id"], &["--index=j=schoolID"]];
    let said = "Y_ij = b_0j + e_ij, b_0j = g + u_0j";
    assert!(converted(&[&told[..], of_file].concat()).contains("for j = 1, …, J\n"));
    assert!(converted(&[&told[..], id, &[said]].concat()).contains("for j = 1, …, J\n"));
    let text = converted(&[&told[..], school, &[said]].concat());
    assert!(text.contains("for school j = 1, …, J\n") && text.contains("index j = schoolID\n"), "{text}");
    // A word is no name: the factor is still called j.
    let said = "Y_ij = b_0j + e_ij, b_0j = g + u_0j, u_0j ~ N(0, t)";
    for format in ["tex", "unicode"] {
        let text = converted(&["--ranges", "--format", format, "--to", "hierarchical", "--label", "j=school", said]);
        assert!(text.contains("school"), "{text}");
        assert_eq!(converted(&["--to", "lmer", &text]), "Y ~ 1 + (1 | j)\n");
    }
    assert_eq!(converted(&["--to", "lmer", &format!("{said} for every school j = 1, …, J")]), "Y ~ 1 + (1 | school)\n");
}

#[test]
fn numbers_are_labels_in_latex_and_printed_in_markdown() {
    let told = ["--label-equations=m", "--ranges", "--to", "hierarchical", SLOPES];
    let text = converted(&told);
    let labels: Vec<&str> = text.split("\\label{").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
    assert_eq!(labels, ["eq:m-1", "eq:m-2", "eq:m-3", "eq:m-4", "eq:m-5"]);
    assert!(text.starts_with("\\begin{align}\n"), "{text}");
    // Markdown keeps what stands between `$$` and drops environments and labels. The numbers stand right of the ranges.
    let text = converted(&[&["--format", "markdown", "--width=120"], &told[..]].concat());
    assert!(text.starts_with("$$\n") && text.ends_with("\n$$\n") && !text.contains("label"), "{text}");
    for (row, end) in [
        ("Y_{ij} &= ", "\\epsilon_{ij} && && (1) \\\\"),
        ("\\epsilon_{ij} &\\sim", "&& \\text{for } i = 1, \\ldots, n_j, \\; j = 1, \\ldots, J && (4) \\\\"),
    ] {
        let line = text.lines().find(|line| line.starts_with(row)).unwrap();
        assert!(line.ends_with(end), "{line}");
    }
    // In a handout and in a terminal the numbers go on from one display to the next.
    for (format, number) in [("tex", "\\label{eq:m-"), ("text", " (")] {
        let (status, text, errors) = run(&["show", "--quiet", "--format", format, "--label-equations=m", SLOPES]);
        assert_eq!(status, 0, "{errors}");
        let numbers = text.split(number).skip(1).filter_map(|rest| rest.split(['}', ')']).next()?.parse().ok());
        let mut numbers: Vec<usize> = numbers.collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=19).collect::<Vec<_>>(), "{text}");
    }
    let (_, page, _) = run(&["show", "--quiet", "--format", "html", "--label-equations", SLOPES]);
    // Twice each, for wide and for narrow screens.
    assert_eq!((page.matches("<mtext>(13)</mtext>").count(), page.matches("<mtext>(14)</mtext>").count()), (2, 0));
}

#[test]
fn levels_are_labelled_by_what_lies_in_what() {
    for to in ["hierarchical", "bracket"] {
        for (model, highest) in [
            ("y ~ x + (x | k)", 2),
            ("y ~ (1 | k/j)", 3),
            ("y ~ x + (x | subject) + (1 | item)", 2),
            ("y ~ (1 | a/b) + (1 | s)", 3),
        ] {
            let text = converted(&["--level-labels", "--format", "unicode", "--to", to, model]);
            let labels: Vec<&str> =
                text.lines().filter_map(|line| Some(line.strip_prefix("Level ")?.split_once(':')?.0)).collect();
            let wanted: Vec<String> = (1..=highest).map(|level: usize| level.to_string()).collect();
            assert_eq!(labels, wanted, "{text}");
        }
    }
    let (status, text, notes) = run(&["convert", "--level-labels", "--to", "reduced", "y ~ (1 | k)"]);
    assert!(status == 0 && !text.contains("Level") && notes.contains("no Levels to label"), "{text}{notes}");
}

const SLOPES: &str = "tests/cases/random-slopes/hierarchical.tex";
/// Estimates that no two parameters share.
const FIT: &str = r#"{"method": "REML", "fixed": [
  {"term": "(Intercept)", "estimate": 2.345, "se": 0.11}, {"term": "R", "estimate": -1.1, "se": 0.0996},
  {"term": "X", "estimate": 0.25, "se": 0.05}, {"term": "Z", "estimate": -0.31, "se": 0.12},
  {"term": "S", "estimate": 0.007, "se": 0.021}, {"term": "R:Z", "estimate": -0.004, "se": 0.3}],
  "random": [{"group": "id", "terms": ["(Intercept)", "R"], "sd": [0.5, 0.2], "corr": [[1, -0.3], [-0.3, 1]]}],
  "sigma": 1.5, "n": 100, "groups": {"id": 10}}"#;

/// A file of estimates, and the folder that keeps it.
fn estimates(fit: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fit.json");
    std::fs::write(&path, fit).unwrap();
    (folder, path.to_str().unwrap().to_owned())
}

#[test]
fn each_number_stands_where_its_parameter_stood() {
    let (_folder, fit) = estimates(FIT);
    let with = |more: &[&str]| converted(&[&["--estimates", &fit, "--format", "unicode"], more, &[SLOPES]].concat());
    let text = with(&["--to", "hierarchical"]);
    for line in [
        "Yᵢⱼ   = β₀ⱼ + β₁ⱼ Rᵢⱼ + 0.250 Xᵢⱼ + ϵᵢⱼ\n",
        "β₀ⱼ   = 2.35 − 0.31 Zⱼ + 0.007 Sⱼ + u₀ⱼ\n",
        "β₁ⱼ   = −1.10 − 0.00 Zⱼ + u₁ⱼ\n",
        "ϵᵢⱼ   ~ N(0, 1.50²)\n",
        "⎛0.250    −0.0300⎞",
        "⎝−0.0300  0.0400 ⎠",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    let text = with(&["--to", "reduced", "--se", "beside", "--width", "200"]);
    let first = "Yᵢⱼ   = 2.35 (0.11) − 0.31 (0.12) Zⱼ + 0.007 (0.021) Sⱼ − 1.10 (0.10) Rᵢⱼ − 0.00 (0.30) Zⱼ Rᵢⱼ + 0.250 (0.050) Xᵢⱼ + (u₀ⱼ + u₁ⱼ Rᵢⱼ + ϵᵢⱼ)";
    assert_eq!(text.lines().next(), Some(first), "{text}");
    // What is too small for decimals.
    let tiny = FIT.replace(r#"-1.1, "se": 0.0996"#, r#"-1.1e-9, "se": 2.34e-10"#).replace("-0.004", "-4e-13");
    let (_folder, tiny) = estimates(&tiny);
    let tiny = |more: &[&str]| converted(&[&["--estimates", &tiny, "--to=hierarchical", SLOPES], more].concat());
    let text = tiny(&["--se=beside", "--format=unicode"]);
    assert!(text.contains("β₁ⱼ   = −1.10 (0.23) · 10⁻⁹ − 0.00 (0.30) Zⱼ + u₁ⱼ\n"), "{text}");
    let text = tiny(&["--se=under"]);
    assert!(
        text.contains(r"= -\underset{(0.23)}{1.10} \cdot 10^{-9} - \underset{(0.30)}{0.00} Z_j + u_{1j}"),
        "{text}"
    );
    // The number of what the letter names: standard deviations and the correlation.
    let text = with(&["--to", "hierarchical", "--covariance", "sigma", "--digits", "2"]);
    assert!(text.contains("0.50²") && text.contains("0.20²") && text.contains("−0.30 · 0.50 · 0.20"), "{text}");
    let text = with(&["--to", "bracket", "--hat"]);
    assert!(text.starts_with("Y\u{302}ᵢ    = β\u{302}_{0j[i]} + β\u{302}_{1j[i]} Rᵢ + 0.250 Xᵢ\n"), "{text}");
    assert!(
        text.contains("β\u{302}₁ⱼ   = −1.10 − 0.00 Zⱼ + u\u{302}₁ⱼ\n") && text.contains("ϵᵢ    ~ N(0, 1.50²)\n"),
        "{text}"
    );
    assert!(!text.contains("mlnote:"), "{text}");
    let text = converted(&["--to", "hierarchical", "--estimates", &fit, "--se", "under", SLOPES]);
    assert!(text.contains(r"= \underset{(0.11)}{2.35} - \underset{(0.12)}{0.31} Z_j + "), "{text}");
}

#[test]
fn numbers_come_from_data_too() {
    let fitted = ["--data", "docs/example.csv", "--to", "reduced", "--format", "unicode", SLOPES, "--estimates"];
    let (reml, ml) = (converted(&fitted), converted(&[&fitted[..], &["--ml"]].concat()));
    assert!(reml.contains("Yᵢⱼ   = 1.89 + 0.50 Zⱼ") && reml.contains("0.944²"), "{reml}");
    assert!(ml.contains("0.940²"), "{ml}");
    // The data alone tell Levels, and put no numbers.
    assert!(converted(&fitted[..7]).contains("γ₀₀"));
}

#[test]
fn what_has_no_number_or_no_place_is_told() {
    let refused = |fit: &str, more: &[&str], wanted: &str| {
        let (_folder, fit) = estimates(fit);
        let (status, text, errors) = run(&[&["convert", "--estimates", &fit], more].concat());
        assert!(status == 2 && text.is_empty() && errors.contains(wanted), "{status} {text}{errors}");
    };
    let levels = ["--to", "hierarchical", SLOPES];
    refused(&FIT.replace(r#""fixed""#, r#""effects""#), &levels, "there is no list `fixed`");
    refused(
        &FIT.replace(r#"{"term": "S", "estimate": 0.007, "se": 0.021}, "#, ""),
        &levels,
        "there is no estimate of γ₀₂ (`S`)",
    );
    refused(&FIT.replace(r#""term": "X""#, r#""term": "Other""#), &levels, "it has no `Other`");
    refused(&FIT.replace(r#""sigma": 1.5, "#, ""), &levels, "there is no estimate of σ²");
    refused(&FIT.replace(r#""group": "id""#, r#""group": "g""#), &levels, "another model");
    let singular = FIT.replace("[0.5, 0.2]", "[0.5, 0]").replace("-0.3]", "null]").replace("[-0.3,", "[null,");
    refused(&singular, &["--to", "hierarchical", "--covariance", "sigma", SLOPES], "a variance is zero");
    for engine in ["lmer", "json", "sas", "brms"] {
        refused(FIT, &["--to", engine, SLOPES], "no place for estimates");
    }
    let (status, _, errors) = run(&["convert", "--to", "reduced", SLOPES, "--estimates"]);
    assert!(status == 2 && errors.contains("neither a fit nor data"), "{errors}");
}
