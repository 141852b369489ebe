//! Whether a text that nothing marks as math, a code fence or inline code, says equations of a model: code has relations
//! too; and which symbols a formula is of that cannot be read.

use super::scan;
use crate::read::equations::expressions::Builder;
use crate::read::equations::grammar::{Grammar, Pair, Rule};
use crate::read::equations::has_relation;
use crate::syntax::{Expr, Symbol};
use pest::Parser;

/// The most characters of a left side that are looked at when it cannot be read.
const MAX_LEFT: usize = 200;

/// The most indices that tell a subscript from a word in a name of code, `y_tij` from `y_train`.
const MAX_INDICES: usize = 4;

/// Whether a row is an indexed symbol that is equal to a sum of indexed ones or to one, or that has a law.
pub(super) fn says_equation(text: &str) -> bool {
    if !has_relation(text) || scan::region(text, 0, &mut vec![]).is_err() {
        return false;
    }
    Grammar::parse(Rule::hierarchical, text)
        .is_ok_and(|pairs| pairs.flat_map(pest::iterators::Pair::into_inner).any(|entry| is_equation(&entry)))
}

fn is_equation(entry: &Pair<'_>) -> bool {
    let mut inner = entry.clone().into_inner();
    let (Some(sides), Some(tail)) = (inner.next(), inner.next()) else { return false };
    // Code ends its statements and has its own assignments.
    if entry.as_rule() != Rule::statement || entry.as_str().contains(['"', '\'', '`']) {
        return false;
    }
    match tail.as_rule() {
        Rule::distribution => indexed(&sides) > 0,
        Rule::chain => {
            let marked = indexed(&tail);
            let sum = tail.into_inner().flatten().any(|p| p.as_rule() == Rule::sum_sign);
            // `Yij = γ00 + u0j + εij`: the left side has an index without a mark.
            marked > usize::from(sum) || (indexed(&sides) > 0 && marked > 0)
        }
        _ => false,
    }
}

/// How many symbols have indices.
fn indexed(pair: &Pair<'_>) -> usize {
    let is_index = |p: &Pair<'_>| match p.as_rule() {
        Rule::subscript | Rule::bracket_index | Rule::unicode_subscript | Rule::flat_index => {
            let script = p.as_str().trim_start_matches("<sub>").trim_end_matches("</sub>");
            let letters = script.chars().filter(|c| c.is_alphabetic()).count();
            (1..=MAX_INDICES).contains(&letters)
        }
        // `u0j`
        Rule::word => {
            let after =
                p.as_str().trim_start_matches(char::is_alphabetic).trim_start_matches(|c: char| c.is_ascii_digit());
            (1..=MAX_INDICES).contains(&after.len()) && after.chars().all(|c| c.is_ascii_lowercase())
        }
        _ => false,
    };
    pair.clone().into_inner().flatten().filter(is_index).count()
}

impl Builder<'_> {
    /// The symbols before the first relation of a text that cannot be read whole; none when these cannot be read either.
    pub(in crate::read) fn left_of(&mut self, text: &str) -> Vec<Symbol> {
        let end = ["=", "\\sim", "∼", "~"].iter().filter_map(|sign| text.find(sign)).min();
        // A sum is no definition.
        let left = Some(&text[..end.unwrap_or(0)]).filter(|left| !left.contains(['+', '-'])).unwrap_or_default();
        let before = self.notes.len();
        let starts = left.char_indices().take(MAX_LEFT).filter(|(at, c)| {
            (c.is_alphabetic() || *c == '\\') && !left[..*at].ends_with(|c: char| c.is_alphabetic() || c == '\\')
        });
        let parsed = starts.filter_map(|(at, _)| Grammar::parse(Rule::factor, &left[at..]).ok()).flatten();
        let read: Vec<Expr> = parsed.filter_map(|factor| self.factor(&factor).ok()).flatten().collect();
        self.notes.truncate(before);
        read.iter().flat_map(Expr::symbols).cloned().collect()
    }
}
