//! Groups that the prose says to lie within others, `class j within school k`: where an equation has an effect of
//! each, `u_j + v_k`, that of the lower group is one of class j of school k.

use crate::error::{Code, Diagnostic, Notes};
use crate::syntax::{Expr, Index, Statement, Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// Words between an index and the group that it lies in.
const BETWEEN: [&str; 12] =
    ["nested", "is", "are", "each", "the", "a", "an", "which", "of", "clustered", "themselv", "grouped"];

/// Long words beside an index that are no name of what it counts, as [`words`] says them.
const OTHERS: [&str; 8] = ["index", "indexing", "denot", "where", "with", "within", "which", "nested"];

/// The most words that are looked at.
const MAX_WORDS: usize = 20_000;

/// Gives effects of a group that lies within another the index of that one.
pub(super) fn nest(system: &mut System, text: &str, notes: &mut Notes) {
    if !["nested", "within", "clustered"].iter().any(|word| text.contains(word)) {
        return;
    }
    let effects = effects(system);
    if effects.len() < 2 {
        return;
    }
    let words: Vec<String> = words(text).take(MAX_WORDS).collect();
    let names: BTreeMap<&String, BTreeSet<&str>> =
        effects.keys().map(|letter| (letter, names(&words, letter))).collect();
    let lies_in = |lower: &String, upper: &String| {
        is_in(&words, &BTreeSet::from([lower.as_str()]), &BTreeSet::from([upper.as_str()]))
            || is_in(&words, &names[lower], &names[upper])
    };
    for (lower, found) in &effects {
        let above: Vec<&String> =
            effects.keys().filter(|k| *k != lower && lies_in(lower, k) && !lies_in(k, lower)).collect();
        let [upper] = above[..] else { continue };
        let message = format!("the text says that {lower} lies within {upper}: {} has both indices", found[0]);
        notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(found[0].span, ""));
        let names: BTreeSet<_> = found.iter().map(|symbol| symbol.name.base.clone()).collect();
        system.each_symbol(&mut |symbol| {
            if names.contains(&symbol.name.base) && is_of(symbol, lower) {
                symbol.indices.push(Index::new(upper.clone()));
            }
        });
    }
}

/// The effects of one group each in the sum of a response that has all their indices, by that index.
fn effects(system: &System) -> BTreeMap<String, Vec<Symbol>> {
    let mut found: BTreeMap<String, Vec<Symbol>> = BTreeMap::new();
    let defined: BTreeSet<_> = system
        .statements
        .iter()
        .filter(|s| matches!(s, Statement::Equation { .. }))
        .flat_map(Statement::lefts)
        .flat_map(Expr::symbols)
        .map(|s| s.name.base.clone())
        .collect();
    for statement in &system.statements {
        let Statement::Equation { left, rights, .. } = statement else { continue };
        let own: BTreeSet<String> = left.symbols().iter().flat_map(|s| s.key().indices).collect();
        for symbol in rights.iter().flat_map(Expr::summands).filter_map(Expr::symbol) {
            if let [index] = &symbol.indices[..]
                && index.of.is_empty()
                && own.len() > 2
                && own.contains(&index.letter)
                && !defined.contains(&symbol.name.base)
            {
                found.entry(index.letter.clone()).or_default().push(symbol.clone());
            }
        }
    }
    found
}

fn is_of(symbol: &Symbol, letter: &str) -> bool {
    matches!(&symbol.indices[..], [index] if index.letter == letter && index.of.is_empty())
}

/// The words of a text in small letters, names of several in the singular; symbols with their subscripts are none.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let pieces = text.split(|c: char| c.is_whitespace() || ",.;:()".contains(c));
    pieces.filter_map(|piece| {
        let word = piece.trim_matches(|c: char| "$*`'\"".contains(c)).to_lowercase();
        let plain = !word.is_empty() && word.chars().all(|c| c.is_alphabetic() || c == '-');
        let one = word.strip_suffix('s').filter(|_| word.len() > 4).unwrap_or(&word);
        plain.then(|| if one.len() > 4 { one.trim_end_matches('e').to_owned() } else { one.to_owned() })
    })
}

/// What may be the name of what an index counts: the words beside it.
fn names<'w>(words: &'w [String], letter: &str) -> BTreeSet<&'w str> {
    let is_name = |word: &&String| word.len() > 3 && !OTHERS.contains(&word.as_str());
    let places = words.iter().enumerate().filter(|(_, word)| *word == letter).map(|(at, _)| at);
    places
        .flat_map(|at| {
            let before = words[..at].iter().rev().take(1).find(is_name);
            let behind = words[at + 1..].iter().take(2).find(is_name);
            before.into_iter().chain(behind).map(String::as_str)
        })
        .collect()
}

/// Whether the words say somewhere that one of some lies within one of others: `class j within school k`, or `classes nested in
/// schools`. The student i in school j may be in other schools as well.
fn is_in(words: &[String], lower: &BTreeSet<&str>, upper: &BTreeSet<&str>) -> bool {
    words.iter().enumerate().filter(|(_, word)| lower.contains(word.as_str())).any(|(at, _)| {
        let behind = &words[at + 1..];
        let gap = behind.iter().take_while(|word| BETWEEN.contains(&word.as_str())).count();
        let told = behind[..gap].iter().any(|word| matches!(word.as_str(), "nested" | "clustered"));
        let inside = behind.get(gap).is_some_and(|word| word == "within" || told && word == "in");
        let mut rest = behind.iter().skip(gap + 1).filter(|word| !BETWEEN.contains(&word.as_str())).take(2);
        inside && rest.any(|word| upper.contains(word.as_str()))
    })
}
