//! What the tests of engines' spellings share.

use mlnote::algebra::Reading;
use mlnote::error::{Code, Diagnostic};
use mlnote::model::Facts;
use mlnote::read::{detect, read, reader};

/// The reading of a text by a notation.
pub(crate) fn reading(notation: &str, text: &str) -> Result<Reading, Box<Diagnostic>> {
    (reader(notation).unwrap().read)(text, &Facts::default())
}

/// Asserts that a text is detected and is the model of a formula of lmer; its notes.
#[track_caller]
pub(crate) fn same(notation: &str, text: &str, formula: &str) -> Vec<(Code, String)> {
    assert_eq!(detect(text).map_or("nothing", |r| r.name), notation, "{text}");
    let own = reading(notation, text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
    let meant = read(formula, Some("lmer"), &Facts::default()).unwrap();
    assert_eq!(own.model, meant.model, "{text}\n{}\n{formula}\n{}", own.model, meant.model);
    for label in own.notes.iter().flat_map(|note| &note.labels) {
        assert!(text.get(label.span.start..label.span.end).is_some(), "{text}: {label:?}");
    }
    own.notes.iter().map(|note| (note.code, note.message.clone())).collect()
}

/// Asserts a refusal with its kind, its place and some of its words or of its help.
#[track_caller]
pub(crate) fn refused(notation: &str, text: &str, (code, place, words): (Code, &str, &str)) {
    let error = reading(notation, text).map(|r| r.model.to_string()).expect_err(text);
    assert_eq!(error.code, code, "{text}: {error:?}");
    let span = error.labels.first().expect("a place").span;
    assert_eq!(text.get(span.start..span.end), Some(place), "{text}: {error:?}");
    let told = format!("{} {}", error.message, error.help.as_deref().unwrap_or_default());
    assert!(told.contains(words), "{text}: {error:?}");
}

/// Asserts that there is a note of this kind with these words.
#[track_caller]
pub(crate) fn has(notes: &[(Code, String)], code: Code, words: &str) {
    assert!(notes.iter().any(|(own, message)| *own == code && message.contains(words)), "{words}: {notes:?}");
}

/// Reads and detects every text that the given ones become when they are cut short or lose a piece: none may panic.
pub(crate) fn mangle(notation: &str, texts: &[&str]) {
    for text in texts {
        let cuts: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        for (k, &at) in cuts.iter().enumerate() {
            let later = cuts[(k + 3).min(cuts.len() - 1)];
            for mangled in [text[..at].to_owned(), text[at..].to_owned(), format!("{}{}", &text[..at], &text[later..])]
            {
                let _ = detect(&mangled);
                if let Ok(own) = reading(notation, &mangled) {
                    assert!(!own.model.to_string().is_empty());
                }
            }
        }
    }
}
