//! A statement for each member of a set: `\beta_{k,j} \sim N(\beta_k, \sigma_k)` where the text says that k is one of
//! `\{Age, Distance\}`, and the equations have `\beta_{Age,j}` and `\beta_{Distance,j}`.

use crate::error::{Code, Diagnostic, Notes};
use crate::read::equations::symbols;
use crate::syntax::{Expr, Key, Name, Statement, Symbol, System};
use std::collections::BTreeSet;

/// The most members of a set that are written out.
const MAX_MEMBERS: usize = 100;

/// Writes out the statements whose left side has a letter of a set.
pub(super) fn write_out(system: &mut System, text: &str, notes: &mut Notes) {
    for (letter, members) in sets(text) {
        let is_of = |statement: &Statement| statement.lefts().iter().flat_map(Expr::symbols).any(|s| has(s, &letter));
        let mut elsewhere = system.statements.iter().filter(|s| !is_of(s)).flat_map(Statement::rights);
        if elsewhere.any(|right| right.symbols().iter().any(|s| has(s, &letter))) {
            continue;
        }
        let used: Vec<Key> = system.used().map(Symbol::key).collect();
        let mut made: Vec<Statement> = vec![];
        for statement in &system.statements {
            let meant =
                |symbol: &Symbol| members.iter().all(|member| used.contains(&of(symbol, &letter, member).key()));
            match statement.lefts() {
                [left] if left.symbol().is_some_and(|s| has(s, &letter) && meant(s)) => {
                    let message =
                        format!("{left} is written out for each of {}", members.join(", "), left = left.symbols()[0]);
                    notes.push(Diagnostic::note(Code::AssumedIndex, message).at(left.span, ""));
                    for member in &members {
                        let mut statement = statement.clone();
                        statement.each_symbol(&mut |symbol| {
                            if has(symbol, &letter) {
                                *symbol = of(symbol, &letter, member);
                            }
                        });
                        made.push(statement);
                    }
                }
                _ => made.push(statement.clone()),
            }
        }
        system.statements = made;
    }
}

fn has(symbol: &Symbol, letter: &str) -> bool {
    symbol.indices.iter().any(|index| index.letter == letter)
}

/// A symbol with a member in the place of the letter.
fn of(symbol: &Symbol, letter: &str, member: &str) -> Symbol {
    if !has(symbol, letter) {
        return symbol.clone();
    }
    let indices = symbol.indices.iter().filter(|index| index.letter != letter).cloned().collect();
    let name = Name { tag: format!("{member}{}", symbol.name.tag), ..symbol.name.clone() };
    Symbol { name, indices, span: symbol.span }
}

/// The set that the text says first of each letter: `k \in \{a, b\}`, `k ∈ {1, 2}`.
fn sets(text: &str) -> Vec<(String, Vec<String>)> {
    let signs = text.match_indices("\\in").chain(text.match_indices('∈'));
    let set = |(at, sign): (usize, &str)| {
        let before = text[..at].trim_end_matches([' ', '$', '`']);
        let letter = before.chars().next_back().filter(char::is_ascii_lowercase)?;
        let rest = &before[..before.len() - 1];
        if rest.ends_with("_{") || rest.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '\\')) {
            return None;
        }
        let after = text[at + sign.len()..].trim_start();
        let inside = after.strip_prefix("\\{").or_else(|| after.strip_prefix('{'))?;
        let members: Vec<String> =
            inside[..inside.find('}')?].trim_end_matches('\\').split(',').map(|m| symbols::clean(m.trim())).collect();
        let word = |m: &String| !m.is_empty() && m.chars().all(|c| c.is_alphanumeric());
        let is_list = (2..=MAX_MEMBERS).contains(&members.len()) && members.iter().all(word);
        is_list.then(|| (letter.to_string(), members))
    };
    let mut letters = BTreeSet::new();
    signs.filter_map(set).filter(|(letter, _)| letters.insert(letter.clone())).collect()
}
