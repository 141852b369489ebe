//! Characters that facts cannot hold as they are: they part the facts, end the mathematics or the comment around them,
//! or cannot be seen. A directive spells them by their number, `\u{24}` for `$`.

use crate::error::hidden;

/// A name or category as a directive spells it, so that [`unescape`] gives it back.
///
/// ```
/// use mlnote::model::{escape, unescape};
/// assert_eq!(escape("cost in $, net"), r"cost in \u{24}\u{2c} net");
/// assert_eq!(unescape(&escape(" a\n")), " a\n");
/// ```
pub fn escape(text: &str) -> String {
    let blanks = text.len() - text.trim_start().len()..text.trim_end().len();
    let mut escaped = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let special = matches!(c, '$' | '{' | '}' | '=' | ',' | '"') || text[at..].starts_with(r"\u");
        if special || c.is_control() || hidden(c).is_some() || !blanks.contains(&at) {
            escaped += &c.escape_unicode().to_string();
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// The text with each `\u{…}` replaced by its character; one that is no character stays as it is.
pub fn unescape(text: &str) -> String {
    let mut parts = text.split(r"\u{");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let character = part
            .split_once('}')
            .and_then(|(number, rest)| Some((u32::from_str_radix(number, 16).ok().and_then(char::from_u32)?, rest)));
        match character {
            Some((character, rest)) => {
                plain.push(character);
                plain += rest;
            }
            None => {
                plain += r"\u{";
                plain += part;
            }
        }
    }
    plain
}
