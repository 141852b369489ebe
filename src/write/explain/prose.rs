//! Sentences: words, mathematics and R code, one after the other.

use super::render::{Spell, wrapped};
use crate::syntax::{Expr, Kind};
use crate::write::estimates::{exponent, power_of_ten};

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words, as they are; names among them are hostile and are escaped by each format.
    Words(String),
    /// An expression or equality.
    Math(Expr),
    /// R code.
    Code(String),
}

/// Words with mathematics and code among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose(pub Vec<Part>);

impl Prose {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As plain text with Unicode mathematics.
    pub fn text(&self) -> String {
        Spell::TEXT.prose(self)
    }

    /// As a sentence: a capital at the beginning, a full stop at the end.
    pub fn sentence(&self) -> Self {
        let mut made = self.clone().capital();
        let stops = matches!(made.0.last(), Some(Part::Words(words)) if words.ends_with(['.', ':', '!', '?']));
        if !stops {
            made.push(".");
        }
        made
    }

    /// As plain text, broken at blanks so that a line has at most `width` characters.
    pub fn lines(&self, width: usize) -> Vec<String> {
        wrapped(&self.text(), width)
    }

    /// R code.
    pub(super) fn code(text: impl Into<String>) -> Self {
        Self(vec![Part::Code(text.into())])
    }

    /// Adds what is to follow.
    pub(super) fn push(&mut self, more: impl Into<Self>) {
        for part in more.into().0 {
            match (self.0.last_mut(), part) {
                (Some(Part::Words(words)), Part::Words(more)) => words.push_str(&more),
                (_, part) => self.0.push(part),
            }
        }
    }

    /// The sentence with a capital at its beginning.
    pub(in crate::write) fn capital(mut self) -> Self {
        if let Some(Part::Words(words)) = self.0.first_mut()
            && let Some(first) = words.chars().next()
        {
            *words = first.to_uppercase().chain(words.chars().skip(1)).collect();
        }
        self
    }

    /// `a, b and c`.
    pub(super) fn list(items: impl IntoIterator<Item = Self>) -> Self {
        let items: Vec<Self> = items.into_iter().collect();
        let mut made = Self::default();
        let last = items.len().saturating_sub(1);
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                made.push(if at == last { " and " } else { ", " });
            }
            made.push(item);
        }
        made
    }
}

impl From<&str> for Prose {
    fn from(words: &str) -> Self {
        if words.is_empty() { Self::default() } else { Self(vec![Part::Words(words.to_owned())]) }
    }
}
impl From<String> for Prose {
    fn from(words: String) -> Self {
        words.as_str().into()
    }
}
impl From<&String> for Prose {
    fn from(words: &String) -> Self {
        words.as_str().into()
    }
}
impl From<Expr> for Prose {
    fn from(expr: Expr) -> Self {
        Self(vec![Part::Math(expr)])
    }
}
impl From<&Expr> for Prose {
    fn from(expr: &Expr) -> Self {
        expr.clone().into()
    }
}
impl From<&Prose> for Prose {
    fn from(prose: &Prose) -> Self {
        prose.clone()
    }
}

/// A sentence of its parts.
macro_rules! say {
    ($($part:expr),* $(,)?) => {{
        let mut prose = $crate::write::explain::prose::Prose::default();
        $(prose.push($part);)*
        prose
    }};
}
pub(super) use say;

/// `left = right`.
pub(super) fn equal(left: &Expr, right: &Expr) -> Expr {
    Kind::Call("=".into(), vec![left.clone(), right.clone()]).into()
}

/// A number with four significant digits; a negative one as the negative of its size, so that signs fold.
pub(in crate::write) fn number(value: f64) -> Expr {
    let size = match power_of_ten(value, 4) {
        Some((scale, power)) => Expr::product(vec![Expr::number(digits(value.abs() * scale)), power]),
        None => Expr::number(digits(value.abs())),
    };
    if value < 0.0 { Kind::Negative(Box::new(size)).into() } else { size }
}

/// The digits of a number, four of them significant.
pub(super) fn digits(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".into() } else { value.to_string() };
    }
    let decimals = (3 - exponent(value, 4)).max(0) as usize;
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

pub(super) fn squared(expr: &Expr) -> Expr {
    Kind::Power(Box::new(expr.clone()), Box::new(Expr::number(2))).into()
}

/// The square root; of a square, what is squared.
pub(super) fn root(expr: &Expr) -> Expr {
    match &expr.kind {
        Kind::Power(base, two) if matches!(&two.kind, Kind::Number(n) if n == "2") => (**base).clone(),
        _ => Kind::Call("sqrt".into(), vec![expr.clone()]).into(),
    }
}

pub(super) fn quotient(above: Expr, below: Expr) -> Expr {
    Kind::Quotient(Box::new(above), Box::new(below)).into()
}

pub(super) fn negative(expr: Expr) -> Expr {
    match expr.kind {
        Kind::Negative(inner) => *inner,
        _ => Kind::Negative(Box::new(expr)).into(),
    }
}
