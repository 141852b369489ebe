//! Names that look the same and are not: a Cyrillic `а` beside a Latin `a`.

use super::Reading;
use crate::error::{Code, Diagnostic, Notes, Span};
use crate::model::RExpr;
use std::collections::{BTreeMap, BTreeSet};
use unicode_security::confusable_detection::skeleton;

/// One note for each two names of the models that a reader cannot tell apart (Unicode Technical Standard 39, section
/// 4), with the place of the second in the text. Names of ASCII letters are told apart by their face (`l`, `1`), and a
/// Greek letter beside its Latin twin (`ν`, `v`) is what equations are made of: neither is noted.
pub(super) fn notes(reading: &Reading, text: &str) -> Notes {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut notes = vec![];
    for name in names(reading) {
        if name.chars().all(is_greek) {
            continue;
        }
        let alike: String = skeleton(&name).collect();
        match seen.get(&alike) {
            Some(other) if !(name.is_ascii() && other.is_ascii()) => {
                let (odd, plain) = if name.is_ascii() { (other, &name) } else { (&name, other) };
                let strange = odd.chars().find(|c| !c.is_ascii()).unwrap_or_default();
                let message = format!("two names look like `{plain}`: one has the letter U+{:04X}", strange as u32);
                let at = text.find(odd.as_str()).map_or(0..0, |at| at..at + odd.len());
                let note = Diagnostic::note(Code::LookAlike, message).at(Span::new(at.start, at.end), "");
                notes.push(note.help("if they are meant to be one name, write both with the same letters"));
            }
            Some(_) => {}
            None => drop(seen.insert(alike, name)),
        }
    }
    notes
}

/// Every name once: columns, grouping factors, symbols.
fn names(reading: &Reading) -> BTreeSet<String> {
    let (model, lexicon) = (&reading.model, &reading.lexicon);
    let columns = model.covariates().into_iter().chain(model.offsets()).chain([model.response()]);
    let mut names: BTreeSet<String> = columns.flat_map(RExpr::names).map(str::to_owned).collect();
    names.extend(model.groupings().into_iter().flat_map(|g| g.factors().iter().cloned()));
    let unknowns = lexicon.fixed.values().chain(lexicon.coefficients.values()).chain(lexicon.effects.values());
    names.extend(unknowns.map(|name| name.base.clone()));
    names
}

fn is_greek(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{3ff}')
}
