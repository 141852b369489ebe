//! Letters: Unicode subscripts and superscripts, and the parts of a symbol's scripts.

use crate::syntax::Symbol;
use crate::syntax::greek::command;

/// Characters that Unicode has as subscripts.
#[rustfmt::skip]
const SUBSCRIPTS: &[(char, char)] = &[
    ('0', '₀'), ('1', '₁'), ('2', '₂'), ('3', '₃'), ('4', '₄'), ('5', '₅'), ('6', '₆'), ('7', '₇'), ('8', '₈'),
    ('9', '₉'), ('a', 'ₐ'), ('e', 'ₑ'), ('h', 'ₕ'), ('i', 'ᵢ'), ('j', 'ⱼ'), ('k', 'ₖ'), ('l', 'ₗ'), ('m', 'ₘ'),
    ('n', 'ₙ'), ('o', 'ₒ'), ('p', 'ₚ'), ('r', 'ᵣ'), ('s', 'ₛ'), ('t', 'ₜ'), ('u', 'ᵤ'), ('v', 'ᵥ'), ('x', 'ₓ'),
];

/// Characters that Unicode has as superscripts; only digits, since terminals often lack the letters.
#[rustfmt::skip]
const SUPERSCRIPTS: &[(char, char)] = &[
    ('0', '⁰'), ('1', '¹'), ('2', '²'), ('3', '³'), ('4', '⁴'), ('5', '⁵'), ('6', '⁶'), ('7', '⁷'), ('8', '⁸'),
    ('9', '⁹'),
];

fn shifted(text: &str, table: &[(char, char)]) -> Option<String> {
    text.chars().map(|c| table.iter().find(|(plain, _)| *plain == c).map(|(_, s)| *s)).collect()
}

/// The text in subscript characters, when all of them exist.
pub(super) fn subscript(text: &str) -> Option<String> {
    shifted(text, SUBSCRIPTS)
}

/// The text in superscript characters, when all of them exist.
pub(super) fn superscript(text: &str) -> Option<String> {
    shifted(text, SUPERSCRIPTS)
}

/// The plain character of a Unicode subscript (`true`) or superscript (`false`).
pub(in crate::write) fn plain(script: char) -> Option<(char, bool)> {
    let find = |table: &[(char, char)]| table.iter().find(|(_, s)| *s == script).map(|(p, _)| *p);
    find(SUBSCRIPTS).map(|p| (p, true)).or_else(|| find(SUPERSCRIPTS).map(|p| (p, false)))
}

/// What may be printed of a hostile name: controls, zero-width and bidirectional characters never are.
pub(in crate::write) fn visible(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().map(|c| if c == '\n' || c == '\t' { ' ' } else { c }).filter(|c| !hidden(*c)).collect()
}

/// One part of a subscript or superscript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Atom {
    /// Digits.
    Digits(String),
    /// One letter, Latin or Greek.
    Letter(char),
    /// A word, or anything else: text.
    Word(String),
    /// Text that would read as something else if it were bare: a label `j`, a mark `2`, a word that is an index.
    Quoted(String),
    /// `,`, `[`, `]`, `(` or `)`.
    Mark(char),
    /// The letter of one of several groups of a kind, `j_1`.
    Numbered(char, char),
}

/// Splits a label into digits, letters and words; a label with other characters is one word.
fn atoms(text: &str) -> Vec<Atom> {
    let mut found = vec![];
    if text.chars().any(|c| !(c.is_ascii_alphanumeric() || c == ',' || command(c).is_some())) {
        return vec![Atom::Word(visible(text))];
    }
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = |test: fn(&char) -> bool| rest.chars().take_while(test).map(char::len_utf8).sum::<usize>();
        let length = if first.is_ascii_digit() { run(char::is_ascii_digit) } else { run(char::is_ascii_alphabetic) };
        let length = length.max(if first.is_ascii_alphanumeric() { 0 } else { first.len_utf8() });
        let (part, tail) = rest.split_at(length);
        found.push(match first {
            ',' => Atom::Mark(','),
            _ if first.is_ascii_digit() => Atom::Digits(part.into()),
            _ if part.chars().count() == 1 => Atom::Letter(first),
            _ => Atom::Word(part.into()),
        });
        rest = tail;
    }
    found
}

/// Appends `next`, with a comma where the two would run together.
fn join(parts: &mut Vec<Atom>, next: Vec<Atom>, after_label: bool) {
    let clash = match (parts.last(), next.first()) {
        (Some(Atom::Word(_) | Atom::Quoted(_)), Some(_)) | (Some(Atom::Digits(_)), Some(Atom::Digits(_))) => true,
        (Some(Atom::Letter(_)), Some(next)) => after_label || matches!(next, Atom::Word(_) | Atom::Quoted(_)),
        _ => false,
    };
    if clash {
        parts.push(Atom::Mark(','));
    }
    parts.extend(next);
}

/// A letter and its number, `j_1`.
fn numbered(index: &str) -> Option<Atom> {
    let mut chars = index.chars();
    let (letter, '_', number, None) = (chars.next()?, chars.next()?, chars.next()?, chars.next()) else { return None };
    (letter.is_ascii_lowercase() && number.is_ascii_digit()).then_some(Atom::Numbered(letter, number))
}

/// The most letters that are indices when they stand together; more are read as a label.
const MAX_TOGETHER: usize = 5;

/// `j`, or `j[i]`.
fn index(symbol: &Symbol, superscript: bool) -> Vec<Atom> {
    let mut parts = vec![];
    let wanted = symbol.indices.iter().filter(|i| i.superscript == superscript);
    let apart = superscript || wanted.clone().count() > MAX_TOGETHER;
    for index in wanted {
        let quote = |atom| match atom {
            Atom::Word(word) => Atom::Quoted(word),
            _ => atom,
        };
        let letters = |text: &str| numbered(text).map_or_else(|| atoms(text), |atom| vec![atom]);
        let mut one: Vec<Atom> = letters(&index.letter).into_iter().map(quote).collect();
        if !index.of.is_empty() {
            one.push(Atom::Mark('['));
            for (position, of) in index.of.iter().enumerate() {
                if position > 0 {
                    one.push(Atom::Mark(','));
                }
                one.extend(letters(of));
            }
            one.push(Atom::Mark(']'));
        }
        if apart && !parts.is_empty() {
            parts.push(Atom::Mark(','));
        }
        join(&mut parts, one, false);
    }
    parts
}

/// A letter that is taken for an index by every reader, or between a number and indices: `b_{0,\text{d},ij}`.
fn index_like(atom: &Atom, between: bool) -> bool {
    match atom {
        Atom::Letter(letter) => ('i'..='n').contains(letter) || between && letter.is_ascii_lowercase(),
        Atom::Word(word) => word.chars().all(|c| matches!(c, 'i' | 'j' | 'k')),
        _ => false,
    }
}

/// Everything below the line: label, then indices.
pub(super) fn below(symbol: &Symbol) -> Vec<Atom> {
    let between = !symbol.indices.is_empty() && symbol.name.tag.starts_with(|c: char| c.is_ascii_digit());
    let mut parts: Vec<Atom> = atoms(&symbol.name.tag)
        .into_iter()
        .map(|atom| {
            let quote = index_like(&atom, between);
            match atom {
                Atom::Letter(letter) if quote => Atom::Quoted(letter.into()),
                Atom::Word(word) if quote => Atom::Quoted(word),
                _ => atom,
            }
        })
        .collect();
    join(&mut parts, index(symbol, false), true);
    parts
}

/// Everything above the line: mark, then groups in parentheses.
pub(super) fn above(symbol: &Symbol) -> Vec<Atom> {
    // Digits alone would be a power.
    let quote = |atom| match atom {
        Atom::Digits(digits) => Atom::Quoted(digits),
        _ => atom,
    };
    let mut parts: Vec<Atom> = atoms(&symbol.name.mark).into_iter().map(quote).collect();
    let groups = index(symbol, true);
    if !groups.is_empty() {
        parts.push(Atom::Mark('('));
        parts.extend(groups);
        parts.push(Atom::Mark(')'));
    }
    parts
}
