//! Where a grammar stopped, and what stands there.

use pest::RuleType;
use pest::error::{Error, InputLocation};

/// The byte at which the grammar could not go on.
pub(super) fn place<R: RuleType>(error: &Error<R>) -> usize {
    match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    }
}

/// The word or sign that stands at a byte; nothing at the end.
pub(super) fn word(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let end = if end == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { end };
    &rest[..end]
}
