//! A script or notebook of Python as its statements: comments and prompts become blanks byte for byte.

use crate::error::{Result, Span};
use crate::read::text::{MAX_DEPTH, too_deep};
use std::ops::Range;

/// A text without comments, and the places of its statements.
pub(in crate::read) struct Script {
    /// The text, as long as its source.
    pub(in crate::read) text: String,
    /// Each statement.
    pub(in crate::read) statements: Vec<Range<usize>>,
}

/// Parts a text into statements; a statement ends with its line unless a bracket or a string is open.
///
/// # Errors
/// `TooLarge` for brackets nested too deep.
pub(in crate::read) fn script(source: &str) -> Result<Script> {
    let mut out = String::with_capacity(source.len());
    let mut statements = vec![];
    let (mut at, mut start, mut depth) = (0, 0, 0_usize);
    let mut fresh = true;
    while let Some(c) = source[at..].chars().next() {
        let rest = &source[at..];
        if fresh {
            let prompt = [">>> ", "... "].iter().find(|mark| rest.starts_with(**mark)).map_or(0, |mark| mark.len());
            out.extend(std::iter::repeat_n(' ', prompt));
            at += prompt;
            fresh = false;
            if prompt > 0 {
                continue;
            }
        }
        let mut keep = c.len_utf8();
        match c {
            '#' => {
                let end = rest.find('\n').unwrap_or(rest.len());
                out.extend(std::iter::repeat_n(' ', end));
                at += end;
                continue;
            }
            '"' | '\'' => keep = string(rest),
            '(' | '[' | '{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return too_deep(Span::new(at, at + 1)).into();
                }
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '\n' => {
                fresh = true;
                let continued = out.trim_end_matches('\r').ends_with('\\');
                if depth == 0 && !continued {
                    statements.push(start..at);
                    start = at + 1;
                }
            }
            ';' if depth == 0 => {
                statements.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
        out.push_str(&source[at..at + keep]);
        at += keep;
    }
    statements.push(start..at);
    Ok(Script { text: out, statements })
}

/// The bytes of the string that begins here; to the end of the line when it is not closed.
fn string(text: &str) -> usize {
    let quote = &text[..1];
    let long = text.starts_with(&quote.repeat(3));
    let close = if long { quote.repeat(3) } else { quote.to_owned() };
    let mut at = close.len();
    while let Some(c) = text[at..].chars().next() {
        if text[at..].starts_with(&close) {
            return at + close.len();
        }
        if c == '\n' && !long {
            return at;
        }
        at += c.len_utf8();
        if c == '\\' {
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    at
}
