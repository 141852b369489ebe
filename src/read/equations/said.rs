//! What the prose says of a symbol: `where \tau_i are fixed treatment effects`.

use crate::error::Span;
use crate::syntax::{Expr, Statement, Symbol, System};

/// Words that may stand between a symbol and what it is said to be.
const BETWEEN: [&str; 13] =
    ["is", "are", "the", "a", "an", "as", "denotes", "denote", "represents", "represent", "being", "were", "was"];

/// The symbols of right sides that the text calls fixed right behind their name.
pub(super) fn fixed(system: &System, text: &str) -> Vec<Symbol> {
    let rights = system.statements.iter().flat_map(|statement| match statement {
        Statement::Equation { rights, .. } => rights.iter().flat_map(Expr::symbols).collect(),
        _ => vec![],
    });
    let mut found: Vec<Symbol> = vec![];
    for symbol in rights.filter(|s| !s.indices.is_empty()) {
        if !found.iter().any(|s| s.same(symbol)) && is_called_fixed(symbol.span, text) {
            found.push(symbol.clone());
        }
    }
    found
}

fn is_called_fixed(span: Span, text: &str) -> bool {
    let Some(spelled) = text.get(span.start..span.end).filter(|s| !s.is_empty()) else { return false };
    text.match_indices(spelled).filter(|(at, _)| *at != span.start).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let whole = !before.is_some_and(|c| c.is_alphanumeric() || c == '\\' || c == '_');
        whole && is_fixed(&text[at + spelled.len()..])
    })
}

/// Whether a text starts with a word for fixed, after marks and little words.
fn is_fixed(rest: &str) -> bool {
    let mark = |c: char| c.is_whitespace() || "$`*)\\:–—=-".contains(c);
    let mut rest = rest.trim_start_matches(mark);
    loop {
        let word = &rest[..rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len())];
        if word.eq_ignore_ascii_case("fixed") {
            return true;
        }
        if !BETWEEN.iter().any(|known| word.eq_ignore_ascii_case(known)) {
            return false;
        }
        rest = rest[word.len()..].trim_start_matches(mark);
    }
}
