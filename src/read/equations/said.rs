//! What the prose says of a symbol: `where \tau_i are fixed treatment effects`.

use crate::syntax::{Expr, Statement, Symbol, System};
use std::collections::BTreeMap;

/// Words that may stand between a symbol and what it is said to be.
const BETWEEN: [&str; 13] =
    ["is", "are", "the", "a", "an", "as", "denotes", "denote", "represents", "represent", "being", "were", "was"];

/// The longest spelling of a symbol that is looked for, in bytes.
const MAX_SPELLING: usize = 64;

/// The symbols of right sides that the text calls fixed right behind their name.
pub(super) fn fixed(system: &System, text: &str) -> Vec<Symbol> {
    let called: Vec<&str> = ["fixed", "Fixed"]
        .iter()
        .flat_map(|word| text.match_indices(word))
        .filter_map(|(at, _)| before_words(&text[..at]))
        .collect();
    if called.is_empty() {
        return vec![];
    }
    let rights = system.statements.iter().flat_map(|statement| match statement {
        Statement::Equation { rights, .. } => rights.iter().flat_map(Expr::symbols).collect(),
        _ => vec![],
    });
    let spelled = |symbol: &Symbol| text.get(symbol.span.start..symbol.span.end).map(str::to_owned);
    let symbols: BTreeMap<String, &Symbol> =
        rights.filter(|s| !s.indices.is_empty()).filter_map(|s| Some((spelled(s)?, s))).collect();
    let ends_in = |before: &&str| {
        let starts = before.char_indices().rev().map(|(at, _)| at).take_while(|at| before.len() - at <= MAX_SPELLING);
        let whole = |at: &usize| {
            !before[..*at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '\\' || c == '_')
        };
        starts.filter(whole).find_map(|at| symbols.get(&before[at..]).map(|s| (*s).clone()))
    };
    called.iter().filter_map(ends_in).collect()
}

/// What stands before the marks and little words at the end of a text; nothing when no little word or mark does.
fn before_words(text: &str) -> Option<&str> {
    let mark = |c: char| c.is_whitespace() || "$`*)\\:–—=-".contains(c);
    let mut rest = text.trim_end_matches(mark);
    while let Some(word) = BETWEEN.iter().find(|word| {
        rest.len() > word.len() && rest.is_char_boundary(rest.len() - word.len()) && rest.ends_with(**word) && {
            rest[..rest.len() - word.len()].ends_with(mark)
        }
    }) {
        rest = rest[..rest.len() - word.len()].trim_end_matches(mark);
    }
    (rest.len() < text.len()).then_some(rest)
}
