//! What each fuzz target does with a text. The time limit is on the processor's time, so that a busy machine finds nothing
//! that is not there; memory is limited by libFuzzer.

mod oracle;
mod seeds;

pub use seeds::seeds;

use cpu_time::ThreadTime;
use mlnote::write::{Format, WRITERS};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(1);

fn timed(text: &str, work: impl FnOnce()) {
    let start = ThreadTime::now();
    work();
    let taken = start.elapsed();
    assert!(taken < LIMIT, "{taken:?} for {} bytes", text.len());
}

/// One choice of `of` by the first character, and the text behind it; the rest is the same for every choice.
fn choice(text: &str, of: usize) -> Option<(usize, &str)> {
    if of == 1 {
        return Some((0, text));
    }
    let first = text.chars().next()?;
    Some((first as usize % of, &text[first.len_utf8()..]))
}

/// The grammars and the notations that each reads; one of several is chosen by the first character.
pub(crate) const GRAMMARS: [(&str, &[&str]); 9] = [
    ("lmer", &["lmer"]),
    ("equations", &["hierarchical", "bracket", "reduced"]),
    ("json", &["json"]),
    ("julia", &["julia"]),
    ("stata", &["stata"]),
    ("sas", &["sas"]),
    ("spss", &["spss"]),
    ("python", &["statsmodels", "bambi"]),
    ("nlme", &["nlme", "brms", "glmmtmb"]),
];

/// What `MLNOTE_TARGET` names: a grammar, `document` or `write_after_read`.
///
/// # Panics
/// There is no such target.
pub fn target() -> Box<dyn Fn(&str) + Send + Sync> {
    let name = std::env::var("MLNOTE_TARGET").unwrap_or_default();
    match name.as_str() {
        "document" => Box::new(document),
        "write_after_read" => Box::new(write_after_read),
        _ => {
            let (_, notations) = GRAMMARS.iter().find(|(grammar, _)| *grammar == name).expect("MLNOTE_TARGET is a target");
            Box::new(|text| grammar(text, notations))
        }
    }
}

/// A text of one grammar is read.
fn grammar(text: &str, notations: &[&str]) {
    let Some((at, text)) = choice(text, notations.len()) else { return };
    timed(text, || drop(oracle::read(text, Some(notations[at]))));
}

/// Detection, directives, containers and the list of models.
fn document(text: &str) {
    timed(text, || oracle::outline(text));
    timed(text, || drop(oracle::read(text, None)));
}

/// What is read is written, in a notation by the first character, and read back.
fn write_after_read(text: &str) {
    let Some((at, text)) = choice(text, 2 * WRITERS.len() + 2) else { return };
    let mut reading = None;
    timed(text, || reading = oracle::read(text, None));
    let Some(reading) = reading else { return };
    let format = if at % 2 == 0 { Format::Tex } else { Format::Unicode };
    timed(text, || match WRITERS.get(at / 2) {
        Some(writer) => {
            if let Err(why) = oracle::survives(&reading, writer.name, format) {
                panic!("{why}\nfrom\n{text}");
            }
        }
        None => oracle::told(&reading),
    });
}
