//! Effects of the group that a variable says of each observation, `\alpha_{D_i}` with `\alpha_j \sim N(…)` or
//! `\alpha_D \sim N(…)` (McElreath 2020), and `\alpha_D` by itself: the same as `\alpha_{D[i]}`.

use crate::error::{Code, Diagnostic, Notes};
use crate::syntax::{Expr, Index, Law, Name, Statement, Symbol, System};
use std::collections::BTreeMap;

/// Gives such effects the index that is meant, where a law or an equation says what they are in another group or in all.
pub(super) fn index(system: &mut System, notes: &mut Notes) {
    let lefts: Vec<Symbol> = system.lefts().flat_map(Expr::symbols).cloned().collect();
    let is_observation =
        |of: &str| lefts.iter().any(|s| matches!(&s.indices[..], [index] if index.letter == of && index.of.is_empty()));
    let mut groups = by_themselves(system, &lefts);
    for symbol in system.used() {
        let Some((group, of)) = group(symbol).filter(|(_, of)| is_observation(of)) else { continue };
        let bare = Name { tag: String::new(), ..symbol.name.clone() };
        let labelled = Name { tag: group.to_owned(), ..symbol.name.clone() };
        let is_stated = |left: &Symbol| match &left.indices[..] {
            [] => left.name == labelled,
            [index] => left.name == bare && index.of.is_empty() && index.letter != of,
            _ => false,
        };
        if lefts.iter().any(is_stated) {
            groups.insert(symbol.name.clone(), (Index::of(group, of), symbol.clone()));
        }
    }
    for (name, (index, symbol)) in &groups {
        let message = format!("{name} is read as the effect of the group {} of each observation", index.letter);
        notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(symbol.span, ""));
    }
    let labelled: BTreeMap<Name, &str> = (groups.iter())
        .map(|(name, (index, _))| (Name { tag: index.letter.clone(), ..name.clone() }, index.letter.as_str()))
        .collect();
    system.each_symbol(&mut |symbol| {
        if !symbol.indices.is_empty() {
        } else if let Some((index, _)) = groups.get(&symbol.name) {
            (symbol.indices, symbol.name.tag) = (vec![index.clone()], String::new());
        } else if let Some(group) = labelled.get(&symbol.name) {
            (symbol.indices, symbol.name.tag) = (vec![Index::new(*group)], String::new());
        }
    });
}

/// The effects with a group in capitals or by its word below them that are terms of the one sum of observations, and have a law with a
/// scale that is estimated.
fn by_themselves(system: &System, lefts: &[Symbol]) -> BTreeMap<Name, (Index, Symbol)> {
    let estimated: Vec<&Symbol> =
        (system.laws().filter(|law| scale(law).is_some_and(|scale| !scale.symbols().is_empty())))
            .flat_map(Statement::lefts)
            .filter_map(Expr::symbol)
            .collect();
    let of = lefts.iter().find_map(|s| match &s.indices[..] {
        [index] if index.of.is_empty() && !estimated.iter().any(|law| law.same(s)) => Some(index.letter.clone()),
        _ => None,
    });
    let Some(of) = of else { return BTreeMap::new() };
    let is_capital = |tag: &str| !tag.is_empty() && tag.chars().all(|c| c.is_ascii_uppercase());
    let is_word = |tag: &str| tag.len() > 2 && tag.chars().all(|c| c.is_ascii_lowercase());
    let has_law = |s: &&Symbol| {
        estimated.iter().any(|law| match &law.indices[..] {
            [] => law.name == s.name && (is_capital(&s.name.tag) || is_word(&s.name.tag)),
            [index] => {
                let bare = Name { tag: String::new(), ..s.name.clone() };
                is_capital(&s.name.tag) && law.name == bare && index.of.is_empty() && index.letter != of
            }
            _ => false,
        })
    };
    let alone = system.statements.iter().flat_map(Statement::rights).flat_map(Expr::summands).filter_map(Expr::symbol);
    alone
        .filter(|s| s.indices.is_empty() && has_law(s))
        .map(|s| (s.name.clone(), (Index::of(&s.name.tag, &of), s.clone())))
        .collect()
}

/// The variance of a normal law of one symbol.
fn scale(law: &Statement) -> Option<&Expr> {
    match law {
        Statement::Distribution { law: Law::Normal { covariance, .. }, .. } => {
            covariance.rows.first()?.first()?.as_ref()
        }
        _ => None,
    }
}

/// The variable below a symbol and its index.
fn group(symbol: &Symbol) -> Option<(&str, &str)> {
    let (group, of) = symbol.name.tag.rsplit_once('_')?;
    let is_name = !group.is_empty() && group.chars().all(|c| c.is_ascii_alphabetic());
    (symbol.indices.is_empty() && is_name).then(|| (group, of.trim_matches(['{', '}'])))
}
