//! Marks: which printed piece belongs to which parameter of the model. A piece is wrapped in characters that no font
//! draws and no width counts, so that lines break and columns align as without them; who shows the text turns them into
//! colours or elements.

use crate::syntax::{Expr, Key, Kind, Symbol};
use std::collections::BTreeMap;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The number of each symbol that bears a mark.
pub type Marks = BTreeMap<Key, u16>;

/// A number is one character of the private plane 15, from here.
const FIRST: u32 = 0xf_0000;
/// The numbers are told; the piece begins.
const BEGIN: char = '\u{ffffc}';
/// The piece ends.
const END: char = '\u{ffffd}';

/// Whether a character is one of those that marks are made of.
fn is_mark(c: char) -> bool {
    (FIRST..=END as u32).contains(&(c as u32))
}

/// Printed width, marks not counted.
pub(in crate::write) fn width(text: &str) -> usize {
    if text.contains(is_mark) {
        text.chars().filter(|c| !is_mark(*c)).map(|c| c.width().unwrap_or(0)).sum()
    } else {
        text.width()
    }
}

/// The text with marks taken off.
pub(super) fn bare(text: &str) -> String {
    text.chars().filter(|c| !is_mark(*c)).collect()
}

/// A piece with the numbers it bears; as it is when there are none.
pub(in crate::write) fn wrap(numbers: &[u16], text: String) -> String {
    if numbers.is_empty() {
        return text;
    }
    let told: String = numbers.iter().filter_map(|n| char::from_u32(FIRST + u32::from(*n))).collect();
    format!("{told}{BEGIN}{text}{END}")
}

/// The numbers of an expression's symbols, each once, in the order written.
pub(super) fn numbers(expr: &Expr, marks: &Marks) -> Vec<u16> {
    let mut found = vec![];
    for number in expr.symbols().into_iter().filter_map(|symbol| marks.get(&symbol.key())) {
        if !found.contains(number) {
            found.push(*number);
        }
    }
    found
}

/// The expression as printed, with its number: a symbol, a power of one, a product with one marked symbol in it. A
/// product with several, such as `(γ_10 + u_1j) R_ij`, has its marks inside.
pub(super) fn around(expr: &Expr, text: String, marks: &Marks) -> String {
    let of = |symbol: &Symbol| marks.get(&symbol.key()).copied().into_iter().collect::<Vec<_>>();
    let own = match &expr.kind {
        Kind::Symbol(symbol) => of(symbol),
        Kind::Power(base, _) => base.symbol().map(of).unwrap_or_default(),
        Kind::Product(_) => Some(numbers(expr, marks)).filter(|all| all.len() == 1).unwrap_or_default(),
        _ => vec![],
    };
    wrap(&own, text)
}

/// A factor without a mark of its own, beside factors that bear `all`: it belongs to each of them.
pub(super) fn shared(all: &[u16], factor: &Expr, text: String, marks: &Marks) -> String {
    if all.len() < 2 || !numbers(factor, marks).is_empty() { text } else { wrap(all, text) }
}

/// Text of which some pieces bear marks. Pieces nest, and never go over the end of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarkedText(String);

/// A part of a marked text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run<'a> {
    /// A piece begins; the numbers it bears, the foremost first.
    Begin(Vec<u16>),
    /// Text.
    Text(&'a str),
    /// The innermost piece ends.
    End,
}

impl MarkedText {
    /// `text` was written with marks, `plain` without: a name that holds the characters of marks would be taken for
    /// them, and then there are none.
    pub(in crate::write) fn new(text: String, plain: impl FnOnce() -> String) -> Self {
        let plain = plain();
        if plain.contains(is_mark) { Self(bare(&plain)) } else { Self(text) }
    }

    /// Text without marks.
    pub fn unmarked(text: &str) -> Self {
        Self(bare(text))
    }

    /// The text alone.
    pub fn plain(&self) -> String {
        bare(&self.0)
    }

    /// Its lines.
    pub fn lines(&self) -> impl Iterator<Item = Self> {
        self.0.lines().map(|line| Self(line.to_owned()))
    }

    /// Its parts in order; every piece that begins ends.
    ///
    /// ```
    /// use mlnote::write::typeset::{MarkedText, Run};
    /// assert_eq!(MarkedText::unmarked("γ₀₀").runs(), [Run::Text("γ₀₀")]);
    /// ```
    pub fn runs(&self) -> Vec<Run<'_>> {
        let mut runs = vec![];
        let (mut numbers, mut start) = (vec![], 0);
        for (at, c) in self.0.char_indices().filter(|(_, c)| is_mark(*c)) {
            if at > start {
                runs.push(Run::Text(&self.0[start..at]));
            }
            start = at + c.len_utf8();
            match c {
                BEGIN => runs.push(Run::Begin(std::mem::take(&mut numbers))),
                END => runs.push(Run::End),
                _ => numbers.extend(u16::try_from(c as u32 - FIRST)),
            }
        }
        if start < self.0.len() {
            runs.push(Run::Text(&self.0[start..]));
        }
        runs
    }

    /// Printed width of the widest line.
    pub fn width(&self) -> usize {
        self.0.lines().map(width).max().unwrap_or(0)
    }
}
