//! Words of plain text that say indices or several symbols at once, without subscript marks: `u0j`, `Weightij`,
//! `u1jXij`.

use super::commands;
use super::indices::Letters;
use super::symbols::Raw;
use crate::error::Span;
use crate::syntax::{Face, Index, Name, Symbol};

/// The symbols that a word stands for; `None` for a word that is just a name. `base` is where the region stands.
pub(super) fn symbols(raw: &Raw, letters: &Letters, base: usize) -> Option<Vec<Symbol>> {
    if letters.flat.is_empty() || !raw.subscripts.is_empty() || raw.face == Face::Upright || !raw.base.is_ascii() {
        return None;
    }
    let chunks = chunks(&raw.base, letters).unwrap_or_else(|| vec![ending(&raw.base, &letters.flat)]);
    let told = |c: &Chunk<'_>| {
        // Where subscripts are marked, only `u0j`, `eij` and `Wj` are symbols with indices.
        let upper = c.letter.chars().all(char::is_uppercase);
        letters.words
            || !c.indices.is_empty() && (!c.digits.is_empty() || c.letter.len() == 1 && (c.indices.len() > 1 || upper))
    };
    let named = chunks.iter().all(|c| c.digits.is_empty() && c.indices.is_empty());
    if named || !chunks.iter().all(told) {
        return None;
    }
    let mut at = base + raw.span.start;
    let symbol = |chunk: Chunk<'_>| {
        let end = at + chunk.letter.len() + chunk.digits.len() + chunk.indices.len();
        let span = Span::new(std::mem::replace(&mut at, end), end);
        let base = commands::spelled(chunk.letter).unwrap_or(chunk.letter);
        Symbol {
            name: Name::tagged(base, chunk.digits),
            indices: chunk.indices.chars().map(Index::new).collect(),
            span,
        }
    };
    Some(chunks.into_iter().map(symbol).collect())
}

/// A part of a word: letter or word, digits, index letters.
struct Chunk<'a> {
    letter: &'a str,
    digits: &'a str,
    indices: &'a str,
}

/// Letter, digits, indices, again and again: `WjXij`, `u1jXij`, `F01Wj`; every one must have digits or indices.
fn chunks<'a>(word: &'a str, letters: &Letters) -> Option<Vec<Chunk<'a>>> {
    if commands::spelled(word).is_some() {
        return None;
    }
    let (mut found, mut rest) = (vec![], word);
    while !rest.is_empty() {
        rest.chars().next().filter(char::is_ascii_alphabetic)?;
        let (letter, after) = rest.split_at(1);
        let (digits, after) =
            after.split_at(after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len());
        let fits = |l: &&String| {
            after.strip_prefix(l.as_str()).is_some_and(|r| !r.starts_with(|c: char| c.is_ascii_lowercase()))
        };
        let length = letters.flat.iter().chain(&letters.fewer).find(fits).map_or(0, String::len);
        let (indices, after) = after.split_at(length);
        if digits.is_empty() && indices.is_empty() {
            return None;
        }
        rest = after;
        found.push(Chunk { letter, digits, indices });
    }
    Some(found)
}

/// A word with an index string at its end: `Weightij`, `boyschj`.
fn ending<'a>(word: &'a str, flat: &[String]) -> Chunk<'a> {
    let length = flat.iter().find(|l| word.len() > l.len() + 1 && word.ends_with(l.as_str())).map_or(0, String::len);
    let (letter, indices) = word.split_at(word.len() - length);
    Chunk { letter, digits: "", indices }
}
