//! Names with blanks in them, `\beta_1 neighborhood support_{ij}`: words side by side behind a coefficient, none of which
//! stands anywhere else.

use crate::error::{Code, Diagnostic, Notes};
use crate::syntax::{Expr, Face, Kind, Name, Statement, Symbol, System};
use std::collections::BTreeMap;

/// Reads such words as one name.
pub(super) fn names(system: &mut System, text: &str, notes: &mut Notes) {
    responses(system, text, notes);
    let uses = system.uses(|symbol| symbol.name.clone());
    let mut pairs: BTreeMap<[Name; 2], usize> = BTreeMap::new();
    each_product(system, &mut |parts| {
        for pair in parts.windows(2) {
            if let Some(names) = words(pair, text) {
                *pairs.entry(names).or_default() += 1;
            }
        }
    });
    pairs.retain(|names, count| names.iter().all(|name| uses.get(name) == Some(count)));
    if pairs.is_empty() {
        return;
    }
    each_product(system, &mut |parts| {
        // A word may be the coefficient itself: `slope time_ij`.
        let told = parts.iter().filter_map(Expr::symbol).any(|s| !is_word(s));
        let is_pair = |pair: &[Expr]| words(pair, text).is_some_and(|names| pairs.contains_key(&names));
        let mut at = 0;
        while told && at < parts.len() {
            let length = 1 + parts[at..].windows(2).take_while(|pair| is_pair(pair)).count();
            let run: Vec<Symbol> = parts[at..at + length].iter().filter_map(Expr::symbol).cloned().collect();
            if let [first, .., last] = &run[..] {
                let span = first.span.join(last.span);
                let base = run.iter().map(|s| s.name.base.as_str()).collect::<Vec<_>>().join(" ");
                let message = format!("the words {base} are read as one name");
                let note = Diagnostic::note(Code::AmbiguousRole, message).at(span, "");
                notes.push(note.help("a product has a sign: `a * b`"));
                let name = Name { base, face: Face::Upright, ..last.name.clone() };
                parts.splice(at..at + length, [Symbol { name, indices: last.indices.clone(), span }.into()]);
            }
            at += 1;
        }
    });
}

/// `Visual Acuityij = …`: capital words before the last one, which has the indices of an observation or leaves them out.
fn responses(system: &mut System, text: &str, notes: &mut Notes) {
    for statement in &mut system.statements {
        let Statement::Equation { left, rights, .. } = statement else { continue };
        let Kind::Product(parts) = &left.kind else { continue };
        let capital = |symbol: &Symbol| symbol.name.base.starts_with(char::is_uppercase);
        let symbols: Vec<&Symbol> = parts.iter().filter_map(Expr::symbol).filter(|symbol| capital(symbol)).collect();
        let joined = parts.windows(2).all(|pair| words(pair, text).is_some());
        let [first, .., last] = symbols[..] else { continue };
        // Its residual says the indices that a response leaves out.
        let bare = last.indices.is_empty() && rights.iter().flat_map(Expr::symbols).any(|s| s.indices.len() > 1);
        if symbols.len() < parts.len() || !joined || last.indices.len() < 2 && !bare {
            continue;
        }
        let base = symbols.iter().map(|s| s.name.base.as_str()).collect::<Vec<_>>().join(" ");
        let span = first.span.join(last.span);
        let message = format!("the words {base} are read as one name");
        notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(span, ""));
        let name = Name { base, face: Face::Upright, ..last.name.clone() };
        *left = Symbol { name, indices: last.indices.clone(), span }.into();
    }
}

fn each_product(system: &mut System, act: &mut dyn FnMut(&mut Vec<Expr>)) {
    for statement in &mut system.statements {
        statement.each_expr(&mut |expr| {
            if let Kind::Product(parts) = &mut expr.kind {
                act(parts);
            }
        });
    }
}

/// The names of two words with a blank between them, of which only the second may have indices.
fn words(pair: &[Expr], text: &str) -> Option<[Name; 2]> {
    let [first, second] = pair else { return None };
    let (first, second) = (first.symbol()?, second.symbol()?);
    let between = text.get(first.span.end..second.span.start)?;
    let bare = first.indices.is_empty() && Name::new(first.name.base.as_str()) == first.name;
    let apart = !between.is_empty() && between.chars().all(|c| matches!(c, ' ' | '~'));
    (bare && apart && is_word(first) && is_word(second)).then(|| [first.name.clone(), second.name.clone()])
}

/// More than two letters and nothing else.
fn is_word(symbol: &Symbol) -> bool {
    symbol.name.base.len() > 2 && symbol.name.base.chars().all(|c| c.is_ascii_alphabetic() || c == ' ')
}
