//! Coefficients whose subscript holds a letter that is no index: a letter for a digit, or the number of any coefficient.

use super::closure::{Closure, symbols};
use crate::error::{Code, Diagnostic, Result};
use crate::syntax::{Expr, Key, Kind, Statement, Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// The digit that a letter is often written for.
fn digit(letter: char) -> Option<char> {
    match letter {
        'l' | 'I' => Some('1'),
        'o' | 'O' => Some('0'),
        _ => None,
    }
}

/// Refuses `β_lj` beside `β_0j`, and `β_qj = γ_q0 + u_qj` for each of `β_0j`, `β_1j`.
///
/// # Errors
/// `LookAlike` with the symbol that was meant; `UndefinedSymbol` with the equations to write.
pub(super) fn check(system: &System, closure: &Closure) -> Result<()> {
    let all: Vec<(&Symbol, bool)> = system.statements.iter().flat_map(symbols).collect();
    let families: BTreeSet<&str> =
        all.iter().filter(|(s, _)| s.name.is_numbered()).map(|(s, _)| s.name.base.as_str()).collect();
    let used: BTreeSet<Key> = all.iter().filter(|(_, left)| !left).map(|(s, _)| s.key()).collect();
    // Whatever is an index of a group is one of the observation, or brackets say so.
    let responses =
        all.iter().filter(|(s, left)| *left && !used.contains(&s.key()) && !families.contains(s.name.base.as_str()));
    let observation = closure.of(&responses.flat_map(|(s, _)| s.key().indices).collect());
    let index = |c: char| observation.contains(c.encode_utf8(&mut [0; 4]));
    if observation.is_empty() {
        return Ok(());
    }
    ones(system, &all, &families)?;
    for (symbol, left) in &all {
        let plain = symbol.name.mark.is_empty() && symbol.indices.iter().all(|i| i.of.is_empty() && !i.superscript);
        if !plain || !families.contains(symbol.name.base.as_str()) {
            continue;
        }
        let script: String =
            std::iter::once(symbol.name.tag.as_str()).chain(symbol.indices.iter().map(|i| i.letter.as_str())).collect();
        let mut rest = script.chars();
        let Some(first) = rest.next().filter(|c| !index(*c) && c.is_ascii_alphabetic()) else { continue };
        let rest = rest.as_str();
        let told = |c: char| c.is_ascii_digit() || index(c);
        if !rest.contains(told) || !rest.chars().all(|c| told(c) || digit(c).is_some()) {
            continue;
        }
        let base = &symbol.name.base;
        if digit(first).is_some() {
            let meant: String = script.chars().map(|c| digit(c).filter(|_| !index(c)).unwrap_or(c)).collect();
            return Diagnostic::error(
                Code::LookAlike,
                format!("{symbol} has the letter {first} where other symbols of its name have a digit"),
            )
            .at(symbol.span, format!("`{base}_{meant}` is likely meant"))
            .help(format!("write {base}_{meant} with a digit; an index {first} would stand on the response too"))
            .into();
        }
        if *left && first.is_ascii_lowercase() && !used.contains(&symbol.key()) && rest.chars().all(index) {
            general(symbol, first, rest, &all, system)?;
        }
    }
    Ok(())
}

/// `β_i x_i` beside `β_0`, where nothing says what β_i is: a slope that varies as its covariate does is none, and i stands
/// where 1 is meant.
fn ones(system: &System, all: &[(&Symbol, bool)], families: &BTreeSet<&str>) -> Result<()> {
    let is_one = |s: &Symbol| {
        let letter =
            matches!(&s.indices[..], [only] if ["i", "l"].contains(&only.letter.as_str()) && only.of.is_empty());
        let base = s.name.base.as_str();
        letter && s.name.tag.is_empty() && families.contains(base) && !base.is_ascii()
    };
    let lefts: BTreeSet<Key> = all.iter().filter(|(_, left)| *left).map(|(s, _)| s.key()).collect();
    let mut bases: BTreeMap<BTreeSet<String>, BTreeSet<&str>> = BTreeMap::new();
    for (symbol, _) in all {
        bases.entry(symbol.key().indices).or_default().insert(&symbol.name.base);
    }
    let told = |symbol: &Symbol| lefts.contains(&symbol.key());
    // The covariate, and no effect of the same group.
    let alone = |symbol: &Symbol| bases.get(&symbol.key().indices).is_some_and(|bases| bases.len() == 2);
    let mut products: Vec<&[Expr]> = vec![];
    system.statements.iter().flat_map(Statement::rights).for_each(|right| products_in(right, &mut products));
    for parts in products {
        let symbols: Vec<&Symbol> = parts.iter().filter_map(Expr::symbol).collect();
        let Some(symbol) = symbols.iter().find(|s| is_one(s) && !told(s) && alone(s)) else { continue };
        if let Some(covariate) = symbols.iter().find(|s| !s.same(symbol) && s.key().indices == symbol.key().indices) {
            let base = &symbol.name.base;
            return Diagnostic::error(Code::LookAlike, format!("{symbol} has the letter i where {base}_0 has a digit"))
                .at(symbol.span, format!("`{base}_1` is likely meant"))
                .help(format!("write {base}_1 with a digit; a slope of {covariate} that varies with i needs a law"))
                .into();
        }
    }
    Ok(())
}

fn products_in<'e>(expr: &'e Expr, found: &mut Vec<&'e [Expr]>) {
    if let Kind::Product(parts) = &expr.kind {
        found.push(parts);
    }
    expr.children().into_iter().for_each(|child| products_in(child, found));
}

/// `β_qj = γ_q0 + u_qj` where `β_0j` and `β_1j` are used and have no equation.
fn general(symbol: &Symbol, number: char, rest: &str, all: &[(&Symbol, bool)], system: &System) -> Result<()> {
    let mine: BTreeSet<String> = rest.chars().map(String::from).collect();
    let family = |s: &Symbol| {
        s.name.base == symbol.name.base && s.key().indices == mine && s.name.tag.chars().all(|c| c.is_ascii_digit())
    };
    let mut meant: Vec<&Symbol> = vec![];
    for (other, _) in all.iter().filter(|(s, left)| !left && family(s)) {
        let defined = all.iter().any(|(s, left)| *left && s.same(other));
        if !defined && !meant.iter().any(|m| m.same(other)) {
            meant.push(other);
        }
    }
    let Some(first) = meant.first() else { return Ok(()) };
    let names: Vec<String> = meant.iter().map(ToString::to_string).collect();
    let rights = system.statements.iter().find_map(|s| match s {
        Statement::Equation { left, rights, .. } if left.symbol().is_some_and(|l| l.same(symbol)) => rights.last(),
        _ => None,
    });
    let right = rights.map(|right| {
        let parts: Vec<String> = right.symbols().iter().map(|s| s.to_string()).collect();
        parts.join(" + ").replace(number, &first.name.tag)
    });
    let example = right.map_or(String::new(), |right| format!(", such as `{first} = {right}`"));
    Diagnostic::error(
        Code::UndefinedSymbol,
        format!("{symbol} is shorthand for any coefficient of its kind: {} have no equation", names.join(", ")),
    )
    .at(symbol.span, format!("{number} stands for the number of each"))
    .at(first.span, "used here")
    .help(format!("write one equation for each of them{example}"))
    .into()
}
