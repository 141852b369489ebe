//! Readers: text to model. One row a notation.

mod bambi;
mod bracket;
mod brms;
mod chosen;
mod columns;
mod directives;
pub mod equations;
mod glance;
mod glmmtmb;
mod hierarchical;
mod json;
mod julia;
mod known;
mod lmer;
mod lookalike;
mod nlme;
mod procedure;
mod pymer4;
mod python;
mod reduced;
mod sas;
mod spss;
mod stata;
mod statsmodels;
mod stray;
mod text;

use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Result};
use crate::model::Facts;

pub use directives::{Directives, directives};
pub use equations::{Outline, models};
pub use glance::Glance;
pub use lmer::{parse_expression, parse_formula};
pub use text::check_text;

/// A notation that can be read.
pub struct Reader {
    /// Its name on the command line.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// One line about it.
    pub about: &'static str,
    /// Whether a text looks like this notation, told from a glance; the first row that says yes reads it.
    pub detect: fn(&Glance<'_>) -> bool,
    /// Reads a text; spans in errors and notes are bytes of that text.
    pub read: fn(&str, &Facts) -> Result<Reading>,
}

/// Every notation that can be read, in the order of detection.
#[rustfmt::skip]
pub const READERS: &[Reader] = &[
    Reader { name: "json", aliases: &[], about: "the model itself, for programs", detect: json::detect, read: json::read },
    Reader { name: "julia", aliases: &["mixedmodels"], about: "Julia's MixedModels.jl", detect: julia::detect, read: julia::read },
    Reader { name: "sas", aliases: &[], about: "SAS's PROC MIXED and PROC GLIMMIX", detect: sas::detect, read: sas::read },
    Reader { name: "spss", aliases: &[], about: "SPSS's MIXED", detect: spss::detect, read: spss::read },
    Reader { name: "statsmodels", aliases: &[], about: "Python's statsmodels: mixedlm", detect: statsmodels::detect, read: statsmodels::read },
    Reader { name: "bambi", aliases: &[], about: "Python's bambi: Model", detect: bambi::detect, read: bambi::read },
    Reader { name: "pymer4", aliases: &[], about: "Python's pymer4: lmer and glmer", detect: pymer4::detect, read: pymer4::read },
    Reader { name: "stata", aliases: &[], about: "Stata's mixed and its kin", detect: stata::detect, read: stata::read },
    Reader { name: "glmmtmb", aliases: &["glmmTMB"], about: "R's glmmTMB", detect: glmmtmb::detect, read: glmmtmb::read },
    Reader { name: "brms", aliases: &[], about: "R's brms, a call of brm or bf", detect: brms::detect, read: brms::read },
    Reader { name: "nlme", aliases: &[], about: "R's nlme, a call of lme", detect: nlme::detect, read: nlme::read },
    Reader { name: "lmer", aliases: &["lme4"], about: "R's formula with random-effects terms, as lme4 reads it", detect: lmer::detect, read: lmer::read },
    Reader { name: "bracket", aliases: &["gelman-hill"], about: "equations with brackets, j[i] for the group of observation i", detect: equations::detect, read: bracket::read },
    Reader { name: "hierarchical", aliases: &["double-index"], about: "an equation for each Level, indices ij", detect: equations::detect, read: hierarchical::read },
    Reader { name: "reduced", aliases: &["combined"], about: "one equation with everything plugged in", detect: equations::detect, read: reduced::read },
];

/// The reader of a notation, by its name or one of its other names.
///
/// # Errors
/// `UnknownNotation`, with the nearest name and the list.
pub fn reader(name: &str) -> Result<&'static Reader> {
    let found = READERS.iter().find(|r| r.name == name || r.aliases.contains(&name));
    found.ok_or_else(|| {
        let known = READERS.iter().flat_map(|r| std::iter::once(r.name).chain(r.aliases.iter().copied()));
        Box::new(Diagnostic::unknown(Code::UnknownNotation, "notation to read", name, known))
    })
}

/// The reader whose notation the text is in.
///
/// # Errors
/// `UnknownNotation` when it looks like none.
pub fn detect(text: &str) -> Result<&'static Reader> {
    let found = guess(text)?;
    match equations::Notation::named(found.name) {
        Some(_) => equations::notation(text).map_or(Ok(found), |notation| reader(notation.name())),
        None => Ok(found),
    }
}

/// A reader that can read the text: any of those of equations reads them all, and telling which is to read them.
fn guess(text: &str) -> Result<&'static Reader> {
    let glance = Glance::new(text);
    READERS.iter().find(|r| (r.detect)(&glance)).ok_or_else(|| {
        let names: Vec<_> = READERS.iter().map(|r| r.name).collect();
        let message = "the notation of this text is not recognised";
        let help = format!("say which it is with `--from`: {}", names.join(", "));
        Box::new(Diagnostic::error(Code::UnknownNotation, message).help(help))
    })
}

/// Reads a text of the named notation, or of the one it looks like.
///
/// # Errors
/// `TooLarge`; those of [`check_text`], [`reader`], [`detect`] and of the notation's reader; `UnknownName` for a fact about a
/// covariate or grouping factor that the model does not have.
pub fn read(text: &str, notation: Option<&str>, facts: &Facts) -> Result<Reading> {
    check_size(text, facts)?;
    check_text(text)?;
    let reader = notation.map_or_else(|| guess(text), reader)?;
    let mut reading = (reader.read)(text, facts)?;
    known::check(std::slice::from_ref(&reading), facts)?;
    reading.notes.extend(lookalike::notes(&reading, text));
    Ok(reading)
}

/// Refuses a text of more bytes than the facts allow.
fn check_size(text: &str, facts: &Facts) -> Result<()> {
    let limit = facts.max_bytes.unwrap_or(1 << 20);
    if text.len() <= limit {
        return Ok(());
    }
    Diagnostic::error(Code::TooLarge, format!("the text has {} bytes; the limit is {limit}", text.len()))
        .help("raise the limit with `--max-bytes`")
        .into()
}

/// Two readings with the facts of both, or the trouble and which of the two texts it is in.
pub type PairResult = std::result::Result<([Reading; 2], Facts), (Option<usize>, Box<Diagnostic>)>;

/// Reads two texts, each in the named notation or the one it looks like, that are told the same facts: directives in
/// one text hold for both, and a fact may be about one of the two models only.
///
/// # Errors
/// The place in `texts` of the text that cannot be read (`None` for a fact that neither model knows), with the errors
/// of [`read`].
pub fn read_both(texts: [&str; 2], notations: [Option<&str>; 2], facts: &Facts) -> PairResult {
    let mut all = Facts::default();
    for (at, text) in texts.iter().enumerate() {
        check_size(text, facts).and_then(|()| check_text(text)).map_err(|e| (Some(at), e))?;
        all.extend(directives(text).map_err(|e| (Some(at), e))?.facts);
    }
    all.extend(facts.clone());
    let one = |at: usize| -> Result<Reading> {
        let reader = notations[at].map_or_else(|| guess(texts[at]), reader)?;
        let mut reading = (reader.read)(texts[at], &all)?;
        reading.notes.extend(lookalike::notes(&reading, texts[at]));
        Ok(reading)
    };
    let readings = [one(0).map_err(|e| (Some(0), e))?, one(1).map_err(|e| (Some(1), e))?];
    known::check(&readings, facts).map_err(|e| (None, e))?;
    Ok((readings, all))
}
