//! What is asked of every source text before any grammar, which recurses: harmless characters, brackets not too deep.

use crate::error::{Code, Diagnostic, Result, Span, hidden};

/// Brackets nested deeper than this are refused.
pub(super) const MAX_DEPTH: usize = 128;

/// The refusal of a bracket that is nested too deep.
pub(super) fn too_deep(place: Span) -> Diagnostic {
    Diagnostic::error(Code::TooLarge, format!("brackets are nested deeper than {MAX_DEPTH}")).at(place, "here")
}

/// Holds the depth of the brackets of a script; at the character `fresh` all are closed.
///
/// # Errors
/// `TooLarge` at the first one that is too deep.
pub(super) fn check_depth(text: &str, fresh: Option<char>) -> Result<()> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if Some(c) == fresh => depth = 0,
            _ => {}
        }
        if depth > MAX_DEPTH {
            return too_deep(Span::new(at, at + 1)).into();
        }
    }
    Ok(())
}

/// Refuses characters that hide or reorder what is read: control characters (but tab, form feed and line ends), bidirectional
/// controls, zero-width characters, invisible operators, variation selectors and tags. A byte-order mark is a
/// zero-width character: whoever reads bytes takes off the first one.
///
/// # Errors
/// `ForbiddenCharacter` at the first one, with its removal as the fix.
///
/// ```
/// let error = mlnote::read::check_text("Y ~ \u{202E}X").unwrap_err();
/// assert_eq!(error.labels[0].span.start, 4);
/// ```
pub fn check_text(text: &str) -> Result<()> {
    for (at, c) in text.char_indices() {
        if let Some(kind) = hidden(c) {
            let span = Span::new(at, at + c.len_utf8());
            return Diagnostic::error(Code::ForbiddenCharacter, format!("{kind}, U+{:04X}, at byte {at}", c as u32))
                .at(span, "cannot be seen, and may change what is read")
                .help("remove it, or replace it by a visible character")
                .fix(span, "")
                .into();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_text;
    use crate::error::Code;

    #[test]
    fn visible_text_of_any_script_passes() {
        assert!(check_text("Y_ij = β₀ⱼ + ε_ij\r\n\t# ünïcode 学校 é\u{301}").is_ok());
    }

    #[test]
    fn hidden_characters_are_refused_with_their_byte() {
        for c in ['\0', '\u{1b}', '\u{7f}', '\u{85}', '\u{200b}', '\u{feff}', '\u{2066}', '\u{e0041}', '\u{2028}'] {
            let error = check_text(&format!("βY{c}")).expect_err("hidden");
            assert_eq!((error.code, error.labels[0].span.start), (Code::ForbiddenCharacter, 3), "{c:?}");
        }
    }
}
