//! What a word or a single letter of another alphabet says as the base of a symbol.

use super::commands;
use super::indices::Piece;
use super::source::snake;
use super::symbols::Raw;
use crate::error::Span;
use crate::syntax::Accent;

/// The symbol of a word: a Greek letter by its name, a letter with an accent, a letter with a number behind a dot.
pub(super) fn word(text: &str, span: Span) -> Raw {
    let mut accents = vec![];
    let plain = text.replace("\\_", "_").replace(snake::JOINER, "_");
    let mut subscripts = vec![];
    let mut base: String = commands::spelled(&plain).map_or(plain, str::to_owned);
    // b.0 and gamma.01 are numbered as programs number; `ses.2` is a column.
    if let Some((letters, number)) = base.split_once('.')
        && number.chars().all(|c| c.is_ascii_digit())
        && let Some(letter) = commands::spelled(letters).or(Some(letters).filter(|l| l.len() == 1))
    {
        subscripts.push(vec![Piece::Digits(number.to_owned())]);
        base = letter.to_owned();
    }
    let mut chars = base.chars();
    // A precomposed accent on a single letter: ȳ, ŷ, ũ.
    if let (Some(only), None) = (chars.next(), chars.next())
        && let Some((letter, accent)) = decompose(only)
    {
        base = letter.to_string();
        accents.push(accent);
    }
    let mut chars = base.chars();
    if let (Some(letter), None) = (chars.next().and_then(unbold), chars.next()) {
        base = letter.into();
        accents.push(Accent::Bold);
    }
    Raw { base, accents, subscripts, span, ..Raw::default() }
}

/// The plain letter of a bold mathematical one: 𝐗, 𝛃.
fn unbold(c: char) -> Option<char> {
    let shift = |start: u32, plain: char| char::from_u32(plain as u32 + (c as u32 - start));
    match c {
        '\u{1d400}'..='\u{1d419}' => shift(0x1d400, 'A'),
        '\u{1d41a}'..='\u{1d433}' => shift(0x1d41a, 'a'),
        '\u{1d6a8}'..='\u{1d6b8}' | '\u{1d6ba}'..='\u{1d6c0}' => shift(0x1d6a8, 'Α'),
        '\u{1d6c2}'..='\u{1d6da}' => shift(0x1d6c2, 'α'),
        _ => None,
    }
}

fn decompose(c: char) -> Option<(char, Accent)> {
    const TABLE: &[(&str, &str, Accent)] = &[
        ("āēīōūȳ", "aeiouy", Accent::Bar),
        ("âêîôûŷŵẑ", "aeiouywz", Accent::Hat),
        ("ãẽĩõũỹṽñ", "aeiouyvn", Accent::Tilde),
        ("ẏẋ", "yx", Accent::Dot),
    ];
    TABLE.iter().find_map(|(marked, plain, accent)| {
        let at = marked.chars().position(|m| m == c)?;
        Some((plain.chars().nth(at)?, *accent))
    })
}

/// The micro sign is a μ.
pub(super) fn unmicro(letter: &str) -> String {
    letter.replace('µ', "μ")
}
