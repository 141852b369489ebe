//! New letters for symbols, asked for by the one who writes.

use crate::error::{Code, Diagnostic, Result};
use crate::syntax::{Expr, Kind, Law, Name, Statement, Symbol, System};
use std::collections::BTreeSet;

/// Replaces names all at once. An index may be part of what is asked: `β_{1j}` to `α_{1j}` is `β_1` to `α_1` where
/// the symbol carries `j`.
///
/// # Errors
/// `UnknownName` when no symbol has the old name, `BadArgument` when the new one belongs to another symbol.
pub(super) fn apply(system: &mut System, renames: &[(Name, Name)]) -> Result<()> {
    if renames.is_empty() {
        return Ok(());
    }
    let mut present: BTreeSet<(Name, String)> = BTreeSet::new();
    visit(system, &mut |symbol| {
        present.insert((symbol.name.clone(), letters(symbol)));
    });
    let mut pairs: Vec<(Name, Name)> = vec![];
    for (from, to) in renames {
        let found: Vec<(Name, Name)> = present
            .iter()
            .filter_map(|(name, indices)| Some((name.clone(), target(name, indices, from, to)?)))
            .collect();
        if found.is_empty() {
            let names: BTreeSet<String> = present.iter().map(|(name, _)| spelled(name)).collect();
            let names: Vec<String> = names.into_iter().collect();
            return Diagnostic::error(Code::UnknownName, format!("no symbol is called {}", spelled(from)))
                .help(format!("the symbols are {}", names.join(", ")))
                .into();
        }
        pairs.extend(found);
    }
    for (from, to) in &pairs {
        let kept = present.iter().any(|(name, _)| name == to && pairs.iter().all(|(old, _)| old != name));
        let twice = pairs.iter().any(|(old, new)| new == to && old != from);
        if kept || twice {
            let message = format!("{} cannot be called {}: another symbol is", spelled(from), spelled(to));
            return Diagnostic::error(Code::BadArgument, message).help("choose a letter that is free").into();
        }
    }
    visit(system, &mut |symbol| {
        if let Some((_, to)) = pairs.iter().find(|(from, _)| *from == symbol.name) {
            symbol.name = to.clone();
        }
    });
    Ok(())
}

/// What the name becomes under one renaming; `None` when the renaming does not speak of it.
fn target(name: &Name, indices: &str, from: &Name, to: &Name) -> Option<Name> {
    if name == from {
        return Some(to.clone());
    }
    let with_indices = Name { tag: format!("{}{indices}", name.tag), ..name.clone() };
    if indices.is_empty() || with_indices != *from {
        return None;
    }
    let tag = to.tag.strip_suffix(indices).unwrap_or(&to.tag).to_owned();
    Some(Name { tag, ..to.clone() })
}

fn letters(symbol: &Symbol) -> String {
    symbol.indices.iter().map(|index| index.letter.as_str()).collect()
}

fn spelled(name: &Name) -> String {
    let tag = if name.tag.is_empty() { String::new() } else { format!("_{}", name.tag) };
    format!("{}{tag}", name.base)
}

fn visit(system: &mut System, f: &mut dyn FnMut(&mut Symbol)) {
    for statement in &mut system.statements {
        match statement {
            Statement::Equation { left, rights, .. } => {
                walk(left, f);
                rights.iter_mut().for_each(|right| walk(right, f));
            }
            Statement::Distribution { left, law, .. } => {
                left.iter_mut().for_each(|left| walk(left, f));
                match law {
                    Law::Normal { mean, covariance } => {
                        mean.iter_mut().for_each(|mean| walk(mean, f));
                        covariance.rows.iter_mut().flatten().flatten().for_each(|cell| walk(cell, f));
                    }
                    Law::Other { arguments, .. } => arguments.iter_mut().for_each(|argument| walk(argument, f)),
                }
            }
            Statement::Moment { symbols, value, .. } => {
                symbols.iter_mut().for_each(&mut *f);
                walk(value, f);
            }
        }
    }
}

fn walk(expr: &mut Expr, f: &mut dyn FnMut(&mut Symbol)) {
    match &mut expr.kind {
        Kind::Sum(parts) | Kind::Product(parts) | Kind::Call(_, parts) => {
            parts.iter_mut().for_each(|part| walk(part, f))
        }
        Kind::Negative(part) => walk(part, f),
        Kind::Quotient(one, other) | Kind::Power(one, other) => {
            walk(one, f);
            walk(other, f);
        }
        Kind::Symbol(symbol) => f(symbol),
        Kind::Number(_) => {}
    }
}
