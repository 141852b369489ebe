//! Why a line follows from the one before: words, with expressions among them.

use super::Format;
use crate::syntax::Expr;
use std::fmt;

/// One part of a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words; a symbol among them such as `β_0j` is set as mathematics where that is known to be one.
    Words(String),
    /// An expression, set as mathematics.
    Math(Expr),
}

/// Words with expressions among them. `Display` is plain text.
///
/// ```
/// use mlnote::write::typeset::{Part, Reason};
/// let reason = Reason::from("plug in ").then(Part::Math(mlnote::syntax::Expr::number(2)));
/// assert_eq!(reason.to_string(), "plug in 2");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason(pub Vec<Part>);

impl Reason {
    /// With another part after those there are.
    #[must_use]
    pub fn then(mut self, part: Part) -> Self {
        self.0.push(part);
        self
    }

    /// Each part as a format spells it.
    pub(super) fn spell(&self, words: impl Fn(&str) -> String, math: impl Fn(&Expr) -> String) -> String {
        let part = |part: &Part| match part {
            Part::Words(text) => words(text),
            Part::Math(expr) => math(expr),
        };
        self.0.iter().map(part).collect()
    }
}

impl From<&str> for Reason {
    fn from(words: &str) -> Self {
        Self(vec![Part::Words(words.to_owned())])
    }
}

impl From<String> for Reason {
    fn from(words: String) -> Self {
        Self(vec![Part::Words(words)])
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spell(str::to_owned, |expr| super::expr(expr, Format::Unicode)))
    }
}
