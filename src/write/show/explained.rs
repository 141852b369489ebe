//! What an explanation says of the things that can be pointed at.

use super::Sheet;
use super::terms::base;
use crate::syntax::Expr;
use crate::write::explain::{Entry, Prose};
use crate::write::typeset::Marks;

impl Sheet {
    /// The number of what an expression stands for: a symbol, or a power of one.
    pub fn number(&self, symbol: &Expr) -> Option<u16> {
        let key = base(symbol)?.key();
        let is = |shown: &Expr| base(shown).is_some_and(|s| s.key() == key);
        let at = self.terms.items.iter().position(|item| item.symbol.as_ref().is_some_and(is))?;
        u16::try_from(at).ok()
    }

    /// What is explained of a thing.
    pub fn entry(&self, number: u16) -> Option<&Entry> {
        self.explanation.as_ref()?.entries().find(|entry| self.number(&entry.symbol) == Some(number))
    }

    /// What a thing is: as explained, or in few words where nothing is.
    pub fn meaning(&self, number: u16) -> Prose {
        let few = || self.terms.item(number).map(|item| item.words.clone()).unwrap_or_default();
        self.entry(number).map_or_else(few, |entry| entry.meaning.clone())
    }

    /// The marks of the symbols in sentences.
    pub(super) fn marks(&self) -> Marks {
        let symbols = (0..)
            .zip(&self.terms.items)
            .filter_map(|(number, item)| Some((base(item.symbol.as_ref()?)?.key(), number)));
        symbols.collect()
    }

    /// The things that are not explained: the residual, or all of them when there are no sentences.
    pub(super) fn unexplained(&self) -> Vec<u16> {
        (0..).zip(&self.terms.items).map(|(number, _)| number).filter(|number| self.entry(*number).is_none()).collect()
    }
}
