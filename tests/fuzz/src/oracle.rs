//! What must hold of any text at all, whoever wrote it: it is read or refused with its place; what was read is written in
//! every notation so that it reads back to the same model, or refused. The fuzz targets of `tests/fuzz` hold random texts
//! to this.

use mlnote::algebra::{Reading, SHAPES};
use mlnote::error::{Code, Diagnostic};
use mlnote::model::Facts;
use mlnote::read::{check_text, models, reader};
use mlnote::write::{ExplainOptions, Format, Style, WRITERS, derivation, explain};

/// The notations that say all of a model they can write; the others are calls of engines.
pub(crate) const WHOLE: [&str; 5] = ["hierarchical", "bracket", "reduced", "lmer", "json"];

/// Panics unless each place lies in the text, between characters, and no hidden character of the text is repeated.
fn stands_in(diagnostic: &Diagnostic, text: &str) {
    let fix = diagnostic.fix.iter().map(|fix| fix.span);
    for span in diagnostic.labels.iter().map(|label| label.span).chain(fix) {
        assert!(text.get(span.start..span.end).is_some(), "{span:?} is no place in {text:?}: {diagnostic}");
    }
    let said = diagnostic.labels.iter().map(|label| &label.text).chain(&diagnostic.help).chain([&diagnostic.message]);
    for words in said {
        assert!(check_text(words).is_ok(), "hidden characters in {words:?}, from {text:?}");
    }
}

/// Reads a text in a notation, or in the one it looks like; holds notes and refusals to what they must be.
pub(crate) fn read(text: &str, notation: Option<&str>) -> Option<Reading> {
    match mlnote::read::read(text, notation, &Facts::default()) {
        Ok(reading) => {
            reading.notes.iter().for_each(|note| stands_in(note, text));
            Some(reading)
        }
        Err(error) => {
            assert!(!error.message.is_empty());
            stands_in(&error, text);
            None
        }
    }
}

/// The list of models in a document, each with its place.
pub(crate) fn outline(text: &str) {
    if check_text(text).is_err() {
        return;
    }
    match models(text, &Facts::default()) {
        Ok(all) => assert!(!all.is_empty() && all.iter().all(|m| m.line <= text.lines().count()), "{text:?}"),
        Err(error) => stands_in(&error, text),
    }
}

/// Writes what was read in one notation and typesetting, and reads it back; the reason why the two are not one model.
///
/// # Errors
/// What was written is refused, or is another model.
pub(crate) fn survives(reading: &Reading, notation: &str, format: Format) -> Result<(), String> {
    let writer = WRITERS.iter().find(|w| w.name == notation).ok_or("no such notation")?;
    let style = Style { format, ..Style::default() };
    let Ok(written) = (writer.write)(reading, &style, &mut vec![]) else { return Ok(()) };
    if check_text(&written).is_err() {
        return Err(format!("{notation} writes hidden characters: {written:?}"));
    }
    // A linear model is written, with a note; of equations it is refused, since there a random effect was forgotten.
    if reading.model.random().is_empty() && !["lmer", "json"].contains(&notation) {
        return Ok(());
    }
    if !WHOLE.contains(&notation) || (format == Format::Mathml && !["lmer", "json"].contains(&notation)) {
        return Ok(());
    }
    let back = reader(notation).and_then(|reader| (reader.read)(&written, &Facts::default()));
    let back = back.map_err(|error| format!("{notation} writes what it refuses, {error}:\n{written}"))?;
    if back.model == reading.model {
        return Ok(());
    }
    Err(format!("{notation} writes another model:\n{}\n{written}\n{}", reading.model, back.model))
}

/// The steps to the reduced form in every shape, and the sentences: found or refused, and never a disagreement of mlnote
/// with itself.
pub(crate) fn told(reading: &Reading) {
    let facts = Facts::default();
    let sound = |error: Box<Diagnostic>| assert!(error.code != Code::Fault, "{error}\n{}", reading.model);
    if let Ok(said) = explain(reading, &facts, &ExplainOptions::default(), &mut vec![]) {
        assert!(!said.text(80).is_empty());
    }
    for shape in SHAPES {
        let derived = derivation(reading, shape, None, &facts, &mut vec![]);
        if let Err(error) = derived.and_then(|derived| derived.text(&Style::default())) {
            sound(error);
        }
    }
}
