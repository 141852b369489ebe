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
    let first = text.chars().next()?;
    Some((first as usize % of, &text[first.len_utf8()..]))
}

/// R's formulas.
pub fn lmer(text: &str) {
    timed(text, || drop(oracle::read(text, Some("lmer"))));
}

/// Equations in one of the three notations, by the first character.
pub fn equations(text: &str) {
    let Some((at, text)) = choice(text, 3) else { return };
    timed(text, || drop(oracle::read(text, Some(["hierarchical", "bracket", "reduced"][at]))));
}

/// The model itself.
pub fn json(text: &str) {
    timed(text, || drop(oracle::read(text, Some("json"))));
}

/// Detection, directives, containers and the list of models.
pub fn document(text: &str) {
    timed(text, || oracle::outline(text));
    timed(text, || drop(oracle::read(text, None)));
}

/// What is read is written, in a notation by the first character, and read back.
pub fn write_after_read(text: &str) {
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
