//! A coefficient and its variable written as one word in TeX where neither stands elsewhere: `a + bu_j + \eta_j` is
//! `a + b u_j + \eta_j`, as the letter of the intercept and the other effect tell.

use crate::error::{Code, Diagnostic, Notes, Span};
use crate::syntax::{Expr, Face, Kind, Name, Statement, Symbol, System};
use std::collections::BTreeMap;

/// Parts words of two letters, of which the first is the next of the alphabet behind the intercept of their sum, and beside
/// which an effect of the same index stands: two effects of one group could not be told apart.
pub(super) fn part(system: &mut System, notes: &mut Notes) {
    let mut words: BTreeMap<String, usize> = BTreeMap::new();
    system.used().filter(|s| is_word(s)).for_each(|s| *words.entry(s.name.base.clone()).or_default() += 1);
    if words.is_empty() {
        return;
    }
    for statement in &mut system.statements {
        let Statement::Equation { rights, .. } = statement else { continue };
        for right in rights {
            let Kind::Sum(parts) = &mut right.kind else { continue };
            let alone: Vec<Symbol> = parts.iter().filter_map(Expr::symbol).cloned().collect();
            for part in parts.iter_mut() {
                let Some(word) = part.symbol().filter(|s| is_word(s)).cloned() else { continue };
                let beside = alone.iter().any(|s| !s.same(&word) && s.indices == word.indices && !is_word(s));
                if beside && words.get(&word.name.base) == Some(&1) && alone.iter().any(|s| precedes(s, &word)) {
                    let (first, second) = word.name.base.split_at(1);
                    let message = format!("{word} is read as the product of {first} and {second}");
                    notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(word.span, ""));
                    let Span { start, end } = word.span;
                    let coefficient =
                        Symbol { span: Span::new(start, start + 1), ..Symbol::new(Name::new(first), vec![]) };
                    let variable =
                        Symbol { name: Name::new(second), indices: word.indices, span: Span::new(start + 1, end) };
                    *part = Expr::new(Kind::Product(vec![coefficient.into(), variable.into()]), word.span);
                }
            }
        }
    }
}

/// Two letters with an index and nothing else.
fn is_word(symbol: &Symbol) -> bool {
    let name = &symbol.name;
    name.base.len() == 2
        && name.base.chars().all(|c| c.is_ascii_lowercase())
        && name.face == Face::Italic
        && Name::new(name.base.as_str()) == *name
        && !symbol.indices.is_empty()
}

/// Whether a symbol is the letter of the alphabet before that with which a word begins.
fn precedes(symbol: &Symbol, word: &Symbol) -> bool {
    let (letter, first) = (symbol.name.base.as_bytes(), word.name.base.as_bytes()[0]);
    symbol.indices.is_empty() && symbol.name.tag.is_empty() && letter.len() == 1 && letter[0] + 1 == first
}
