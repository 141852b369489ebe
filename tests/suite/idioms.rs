//! Equations as people write them: `tests/idioms/*.txt`, each text with the model it says or the code of its refusal, and
//! the codes of the notes it must have.

use mlnote::error::Severity;
use mlnote::model::Facts;
use mlnote::read::read;
use mlnote::write::{LmerStyle, Style, writer};
use std::path::Path;

struct Idiom {
    title: String,
    text: String,
    answer: String,
    notes: Vec<String>,
}

fn idioms() -> Vec<Idiom> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/idioms");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut found = vec![];
    for file in files {
        let content = std::fs::read_to_string(&file).unwrap();
        for case in format!("\n{content}").split("\n## ").skip(1) {
            let (title, rest) = case.split_once('\n').unwrap();
            let (text, answer) = rest.rsplit_once("\n=> ").unwrap_or_else(|| panic!("no answer: {title}"));
            let mut lines = answer.lines();
            let answer = lines.next().unwrap().to_owned();
            let notes = lines.filter_map(|l| l.strip_prefix("notes ")).flat_map(str::split_whitespace);
            let name = file.file_stem().unwrap().to_string_lossy();
            found.push(Idiom {
                title: format!("{name}: {title}"),
                text: text.to_owned(),
                answer,
                notes: notes.map(str::to_owned).collect(),
            });
        }
    }
    found
}

/// What a text is read to, as the files say it, and the codes of its notes.
fn answer(text: &str) -> (String, Vec<String>) {
    let reading = match read(text, None, &Facts::default()) {
        Ok(reading) => reading,
        Err(error) => {
            assert_eq!(error.severity, Severity::Error);
            assert!(!error.message.is_empty() && error.help.is_some() | !error.labels.is_empty(), "{error}");
            return (format!("error {}", error.code.slug()), vec![]);
        }
    };
    let style = Style { lmer: LmerStyle::Expanded, width: 1000, ..Style::default() };
    let written = (writer("lmer").unwrap().write)(&reading, &style, &mut vec![]);
    let written = written.unwrap_or_else(|e| panic!("{e}\n{text}"));
    let formula = written
        .trim()
        .trim_start_matches("glmer(")
        .trim_start_matches("glm(")
        .split(", data = ")
        .next()
        .unwrap()
        .trim();
    let formula = formula.split(",\n").next().unwrap().trim();
    let family = match (reading.model.family(), reading.model.link()) {
        ("gaussian", "identity") => String::new(),
        (family, link) => format!("{family}({link}) "),
    };
    let notes = reading.notes.iter().map(|note| note.code.slug().to_owned());
    (format!("{family}{formula}"), notes.collect())
}

#[test]
fn each_idiom_says_its_model_or_is_refused_by_its_reason() {
    let mut wrong = vec![];
    let idioms = idioms();
    for idiom in &idioms {
        let (said, notes) = answer(&idiom.text);
        if said != idiom.answer || idiom.notes.iter().any(|code| !notes.contains(code)) {
            wrong.push(format!("{}\n  {}\n  {said} {notes:?}, expected {:?}", idiom.title, idiom.answer, idiom.notes));
        }
    }
    assert!(idioms.len() > 100);
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), idioms.len(), wrong.join("\n"));
}

/// Line ends of other systems, blanks around, and a comment change nothing.
#[test]
fn the_container_does_not_change_an_idiom() {
    for idiom in idioms() {
        for other in [idiom.text.replace('\n', "\r\n"), format!("\n\n{}\n\n", idiom.text)] {
            assert_eq!(answer(&other), answer(&idiom.text), "{}\n{other}", idiom.title);
        }
    }
}
