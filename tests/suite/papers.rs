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
        for (to, format) in EQUATIONS.iter().flat_map(|to| [(to, Format::Tex), (to, Format::Unicode)]) {
            for style in styles() {
                let style = Style { format, ..style };
                let Ok(text) = (writer(to).unwrap().write)(&reading, &style, &mut vec![]) else { continue };
                assert!(text.lines().all(|line| line == line.trim_end()), "{name}\n{text}");
                // The definition of the one error makes a reduced form look like one equation a Level.
                if style.residual == Residual::Split {
                    assert_eq!(detect(&text).unwrap().name, *to, "{name}\n{text}");
                }
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
