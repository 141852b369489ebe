//! One model in every spelling: `tests/cases/<model>/<notation>.{tex,R}`. All files of a folder read to one model; every
//! writer's output is a snapshot and reads back to it; a notation without a file must refuse, and say why. What the
//! engines' own spellings say of a model stands together in one snapshot, and is read back where it can be.

use mlnote::algebra::Reading;
use mlnote::error::Code;
use mlnote::model::{Facts, Model};
use mlnote::read::{detect, reader};
use mlnote::write::{Format, Style, WRITERS, Writer};
use std::fs;
use std::path::{Path, PathBuf};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");

/// The notations that people read, each with a file in the folders; the others are the words of engines.
const NOTATIONS: &[&str] = &["hierarchical", "bracket", "reduced", "lmer"];

fn is_engine(writer: &Writer) -> bool {
    writer.name != "json" && !NOTATIONS.contains(&writer.name)
}

/// What an engine's call says of a model: it has no word for the Level of a covariate.
fn said(model: &Model) -> Model {
    let bare = Model::new(model.response().clone()).with_family(model.family(), model.link());
    let bare = model.offsets().iter().cloned().fold(bare.with_fixed(model.fixed().iter().cloned()), Model::with_offset);
    model.random().iter().cloned().fold(bare, Model::with_random)
}

fn keep(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/cases"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

pub(crate) fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(CASES).unwrap().map(|e| e.unwrap().path()).collect();
    folders.sort();
    folders
}

/// The file named as the notation, whatever its extension.
pub(crate) fn file(folder: &Path, notation: &str) -> Option<String> {
    let mut paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let path = paths.find(|path| path.file_stem().is_some_and(|stem| stem == notation))?;
    Some(fs::read_to_string(path).unwrap())
}

/// What each file of a folder reads to, the notations in the order of the writers.
fn readings(folder: &Path, failures: &mut Vec<String>) -> Vec<(&'static str, Reading)> {
    let mut readings = vec![];
    for writer in WRITERS.iter().filter(|w| NOTATIONS.contains(&w.name)) {
        let Some(text) = file(folder, writer.name) else { continue };
        let reader = reader(writer.name).unwrap();
        let seen = detect(&text).map_or("nothing", |reader| reader.name);
        if seen != writer.name {
            failures.push(format!("{}: {} looks like {seen}", folder.display(), writer.name));
        }
        match (reader.read)(&text, &Facts::default()) {
            Ok(reading) => readings.push((writer.name, reading)),
            Err(error) => failures.push(format!("{} {}: {error}", folder.display(), writer.name)),
        }
    }
    readings
}

#[test]
fn every_spelling_is_the_model() {
    let mut failures = vec![];
    for folder in folders() {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let readings = readings(&folder, &mut failures);
        let Some((first, reading)) = readings.first() else { continue };
        let mut text = reading.model.to_string();
        for (notation, other) in &readings {
            assert_eq!(
                other.model, reading.model,
                "{name}: {notation} is not {first}\n{}\n{}",
                other.model, reading.model
            );
            for note in &other.notes {
                text += &format!("note     {notation}: {note}\n");
            }
        }
        keep(&format!("{name}.model"), &text);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_writer_says_the_model_or_refuses() {
    let mut failures = vec![];
    for folder in folders() {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        for (at, (from, reading)) in readings(&folder, &mut failures).iter().enumerate() {
            for writer in WRITERS.iter().filter(|w| !is_engine(w)) {
                let expected = writer.name == "json" || file(&folder, writer.name).is_some();
                for format in [Format::Tex, Format::Unicode] {
                    let style = Style { format, ..Style::default() };
                    let snapshot = at == 0 && format == Format::Tex;
                    let mut notes = vec![];
                    match (writer.write)(reading, &style, &mut notes) {
                        Ok(text) => {
                            assert!(expected, "{name}: {} says what it cannot say\n{text}", writer.name);
                            let back = (reader(writer.name).unwrap().read)(&text, &Facts::default());
                            let back =
                                back.unwrap_or_else(|e| panic!("{name}, {from} to {}: {e}\n{text}", writer.name));
                            assert_eq!(back.model, reading.model, "{name}, {from} to {}\n{text}", writer.name);
                            if snapshot && writer.name != "json" {
                                let notes: String = notes.iter().map(|note| format!("note: {note}\n")).collect();
                                keep(&format!("{name}.{}", writer.name), &(text + &notes));
                            }
                        }
                        Err(error) => {
                            if expected {
                                failures.push(format!("{name}: {} refuses: {error}", writer.name));
                            }
                            if snapshot {
                                let help = error.help.as_deref().unwrap_or_default();
                                keep(&format!("{name}.{}", writer.name), &format!("refused: {error}\nhelp: {help}\n"));
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_engine_says_the_model_or_refuses() {
    for folder in folders() {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let readings = readings(&folder, &mut vec![]);
        let (_, reading) = readings.first().expect("a spelling of the model");
        let mut all = String::new();
        for writer in WRITERS.iter().filter(|w| is_engine(w)) {
            let mut notes = vec![];
            all += &format!("== {} ==\n", writer.name);
            match (writer.write)(reading, &Style::default(), &mut notes) {
                Ok(text) => {
                    assert!(text.ends_with('\n') && !text.contains(" \n"), "{name}, {}: {text:?}", writer.name);
                    if let Ok(reader) = reader(writer.name) {
                        let seen = detect(&text).map_or("nothing", |reader| reader.name);
                        assert_eq!(seen, writer.name, "{name} looks like {seen}\n{text}");
                        let back = (reader.read)(&text, &Facts::default());
                        let back = back.unwrap_or_else(|e| panic!("{name}, {}: {e}\n{text}", writer.name));
                        assert_eq!(back.model, said(&reading.model), "{name}, {}\n{text}", writer.name);
                        if !back.lexicon.categories.is_empty() {
                            assert_eq!(back.lexicon.categories, reading.lexicon.categories, "{name}\n{text}");
                        }
                    }
                    all += &text;
                    all.extend(notes.iter().map(|note| format!("note: {note}\n")));
                }
                Err(error) => {
                    assert_eq!(error.code, Code::CannotSay, "{name}, {}: {error}", writer.name);
                    let help = error.help.as_deref().expect("what can be done");
                    all += &format!("refused: {error}\nhelp: {help}\n");
                    // An engine without REML says the model when ML is asked for.
                    if let Ok(text) = (writer.write)(reading, &Style { ml: true, ..Style::default() }, &mut vec![]) {
                        all += &format!("with --ml:\n{text}");
                    }
                }
            }
        }
        keep(&format!("{name}.engines"), &all);
    }
}
