//! What the prose says of a symbol: `where \tau_i are fixed treatment effects`.

use crate::syntax::{Expr, Statement, Symbol, System};
use std::collections::BTreeMap;

/// Words that may stand between a symbol and what it is said to be.
const BETWEEN: [&str; 13] =
    ["is", "are", "the", "a", "an", "as", "denotes", "denote", "represents", "represent", "being", "were", "was"];

/// The longest spelling of a symbol that is looked for, in bytes.
const MAX_SPELLING: usize = 64;

/// The most words between `fixed` or `random` and the symbol behind it: `random effects of the block b_j`.
const MAX_WORDS_BEFORE: usize = 5;

/// The symbols of right sides that the text calls fixed, and those that it calls random: right behind their name, or in
/// the words before it.
pub(super) fn fixed_and_random(system: &System, text: &str) -> (Vec<Symbol>, Vec<Symbol>) {
    if !["ixed", "andom"].iter().any(|word| text.contains(word)) {
        return (vec![], vec![]);
    }
    let rights = system.statements.iter().flat_map(|statement| match statement {
        Statement::Equation { rights, .. } => rights.iter().flat_map(Expr::symbols).collect(),
        _ => vec![],
    });
    let spelled = |symbol: &Symbol| text.get(symbol.span.start..symbol.span.end).map(str::to_owned);
    let symbols: BTreeMap<String, &Symbol> =
        rights.filter(|s| !s.indices.is_empty()).filter_map(|s| Some((spelled(s)?, s))).collect();
    (called(&symbols, text, "fixed", "random"), called(&symbols, text, "random", "fixed"))
}

/// The symbols that a word is said of, and not the other word.
fn called(symbols: &BTreeMap<String, &Symbol>, text: &str, word: &str, other: &str) -> Vec<Symbol> {
    let spellings = [word.to_owned(), format!("{}{}", word[..1].to_uppercase(), &word[1..])];
    let behind = spellings
        .iter()
        .flat_map(|word| text.match_indices(word))
        .filter_map(|(at, _)| before_words(&text[..at]))
        .flat_map(|before| listed(symbols, before));
    let before = symbols.iter().filter(|(spelling, _)| {
        text.match_indices(spelling.as_str()).any(|(at, _)| {
            if in_brackets(&text[at + spelling.len()..]) == Some(word) {
                return true;
            }
            let said = words_before(&text[..at]);
            said.iter().any(|w| w.eq_ignore_ascii_case(word)) && !said.iter().any(|w| w.eq_ignore_ascii_case(other))
        })
    });
    behind.chain(before.map(|(_, symbol)| (*symbol).clone())).collect()
}

/// The symbols at the end of a text: `\alpha_i and \beta_j`.
fn listed(symbols: &BTreeMap<String, &Symbol>, mut text: &str) -> Vec<Symbol> {
    let mut found = vec![];
    loop {
        let starts = text.char_indices().rev().map(|(at, _)| at).take_while(|at| text.len() - at <= MAX_SPELLING);
        let whole =
            |at: &usize| !text[..*at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '\\' || c == '_');
        let Some((at, symbol)) = starts.filter(whole).find_map(|at| Some((at, symbols.get(&text[at..])?))) else {
            return found;
        };
        found.push((*symbol).clone());
        let mark = |c: char| c.is_whitespace() || "$`*(),".contains(c);
        let rest = text[..at].trim_end_matches(mark);
        let rest = rest.strip_suffix(" and").unwrap_or(rest).trim_end_matches(mark);
        if rest.len() == text.len() {
            return found;
        }
        text = rest;
    }
}

/// The last word in brackets at the end of the clause that a text begins with: `is the effect of block j (assumed to be
/// random); …`.
fn in_brackets(text: &str) -> Option<&str> {
    let mut end = text.len();
    for stop in [";", ". ", ".\n", "$", "\\eqn", "\n\n"] {
        // The mark that closes the math of the symbol itself ends nothing.
        let from = text.len() - text.trim_start_matches(['$', '}', ')', '\\']).len();
        end = end.min(text[from..].find(stop).map_or(text.len(), |at| from + at));
    }
    let clause = text[..end].trim_end_matches(|c: char| c.is_whitespace() || ".,".contains(c)).strip_suffix(')')?;
    let clause = clause.strip_suffix("effect").unwrap_or(clause).trim_end();
    clause[clause.rfind('(')? + 1..].split(' ').next_back()
}

/// The words right before a place in its sentence, the nearest first.
fn words_before(text: &str) -> Vec<&str> {
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || "$`*(\\".contains(c));
    let clause = text.rsplit(|c: char| !(c.is_alphabetic() || c == '-' || c == ' ')).next().unwrap_or("");
    let within = |word: &&str| !["and", "or", "with", "but", "where", "are", "is"].contains(word);
    clause.split(' ').rev().filter(|word| !word.is_empty()).take_while(within).take(MAX_WORDS_BEFORE).collect()
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
