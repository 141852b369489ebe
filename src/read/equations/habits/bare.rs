//! A response whose indices are left out, `Pulse = β0j + β1j (Time) + rij`: its residual says them; under a link,
//! `logit(p) = β_0 + β_1 x_{ij} + u_j`, the rest of its equation does.

use super::worded;
use crate::error::{Code, Diagnostic, Notes};
use crate::syntax::{Expr, Index, Key, Kind, Law, Name, Statement, Symbol, System, family_of, names_residual};
use std::collections::BTreeSet;

/// Letters for what tells observations apart where only their groups are named.
const OBSERVATIONS: [&str; 4] = ["i", "j", "k", "n"];

/// A response without indices, and those that it is taken to have.
struct Bare {
    response: Symbol,
    /// What says them, when one symbol does.
    by: Option<Symbol>,
    indices: Vec<Index>,
}

/// Gives a response without indices those of the symbol that stands alone in its equation with the most of them; where
/// words name the groups, `RT = β_0 + u_{subject} + ε`, that symbol has none and gets i. Under a link it gets all that
/// stand in its equation, and by a law those of its mean. Only where no other left side can be the response.
pub(super) fn index(system: &mut System, notes: &mut Notes) {
    let bare = |s: &Statement| s.lefts().iter().flat_map(Expr::symbols).any(is_bare);
    if !system.statements.iter().any(bare) {
        return;
    }
    let used: BTreeSet<Key> = system.used().map(Symbol::key).collect();
    let observed: Vec<Symbol> = system.statements.iter().filter_map(of_law).cloned().collect();
    let is_free = |symbol: &Symbol| !used.contains(&symbol.key());
    // α_j of α_{j[i],k[i]} is no response.
    let names: BTreeSet<&Name> = system.used().map(|symbol| &symbol.name).collect();
    if system.lefts().flat_map(Expr::symbols).any(|left| !left.indices.is_empty() && !names.contains(&left.name)) {
        return;
    }
    let found = system.statements.iter().find_map(|statement| match equated(statement)? {
        (response, true) if is_bare(response) && (is_free(response) || is_mean(system, response)) => {
            under_link(response, statement)
        }
        (response, false) if is_bare(response) && is_free(response) => by_residual(response, statement),
        _ => None,
    });
    let found = found.or_else(|| system.statements.iter().find_map(|statement| by_bracket(statement, &is_free)));
    let found = found.or_else(|| system.statements.iter().find_map(|statement| by_mean(system, statement, &is_free)));
    let Some(Bare { response, by, indices }) = found else { return };
    let message = match &by {
        Some(residual) if residual.indices.is_empty() => {
            format!("{response} and {residual} have no index: taken to have that of the observation")
        }
        Some(residual) => format!("{response} has no index: taken to have those of {residual}"),
        None => format!("{response} has no index: taken to have that of the observation"),
    };
    notes.push(Diagnostic::note(Code::AssumedIndex, message).at(response.span, ""));
    let same = |symbol: &Symbol, other: &Symbol| symbol.same(other);
    system.each_symbol(&mut |symbol| {
        let of_mean = by.is_none() && observed.iter().any(|o| same(symbol, o) && is_bare(o));
        if same(symbol, &response) || by.as_ref().is_some_and(|by| same(symbol, by)) || of_mean {
            symbol.indices.clone_from(&indices);
        }
    });
}

/// `y_{i[t]} \sim N(\alpha_i + \beta_i x_{i[t]}, ·)`: occasion t of person i, where i has coefficients of its own, as `y_{it}`.
pub(super) fn occasions(system: &mut System, notes: &mut Notes) {
    let used: BTreeSet<Key> = system.used().map(Symbol::key).collect();
    let lefts = || system.lefts().flat_map(Expr::symbols);
    let response = lefts().find_map(|symbol| match &symbol.indices[..] {
        [Index { letter, of, .. }] if of.len() == 1 && !used.contains(&symbol.key()) => Some((symbol, letter, &of[0])),
        _ => None,
    });
    let Some((response, group, occasion)) = response else { return };
    // y_{j[i]} beside α_{j[i]} is another matter: there the coefficients are looked up.
    let is_plain = |index: &Index| index.letter == *group && index.of.is_empty();
    if !system.used().any(|symbol| matches!(&symbol.indices[..], [index] if is_plain(index))) {
        return;
    }
    let message = format!("{response} is read as the value of occasion {occasion} of {group}");
    notes.push(Diagnostic::note(Code::AssumedIndex, message).at(response.span, ""));
    let (group, occasion) = (group.clone(), occasion.clone());
    system.each_symbol(&mut |symbol| {
        if let [index] = &mut symbol.indices[..]
            && index.letter == group
            && index.of == [occasion.clone()]
        {
            index.of.clear();
            symbol.indices.push(Index::new(occasion.clone()));
        }
    });
}

/// Gives the residual of a response the indices that it leaves out, `y_ij = b0 + u_j + e`: the last term of a sum in which
/// nothing else stands alone with all of them, beside another term by itself.
pub(super) fn residual(system: &mut System, notes: &mut Notes) {
    let used: BTreeSet<Key> = system.used().map(Symbol::key).collect();
    let found = system.statements.iter().find_map(|statement| {
        let (response, false) = equated(statement)? else { return None };
        let [right] = statement.rights() else { return None };
        let parts = right.summands();
        let (last, others) = parts.split_last()?;
        let residual = last.symbol()?;
        let is_residual = is_bare(residual) && residual.name.tag.is_empty() && names_residual(&residual.name);
        let whole = |s: &&Symbol| response.indices.iter().all(|i| s.indices.iter().any(|own| own.letter == i.letter));
        let mut alone = others.iter().filter_map(|part| part.symbol());
        let is_left_out = is_residual && alone.clone().next().is_some() && !alone.any(|s| whole(&s));
        let is_response = !response.indices.is_empty() && !used.contains(&response.key());
        (is_left_out && is_response).then(|| (residual.clone(), response.clone()))
    });
    let Some((residual, response)) = found else { return };
    let message = format!("{residual} has no index: taken to have those of {response}");
    notes.push(Diagnostic::note(Code::AssumedIndex, message).at(residual.span, ""));
    system.each_symbol(&mut |symbol| {
        if symbol.same(&residual) {
            symbol.indices.clone_from(&response.indices);
        }
    });
}

/// `Y_{satisfaction}`: a word is no index.
fn is_bare(symbol: &Symbol) -> bool {
    symbol.indices.is_empty() && symbol.name.tag.chars().all(char::is_alphabetic)
}

/// The symbol that an equation is of, and whether a link stands around it.
fn equated(statement: &Statement) -> Option<(&Symbol, bool)> {
    let Statement::Equation { left, .. } = statement else { return None };
    match &left.kind {
        Kind::Symbol(symbol) => Some((symbol, false)),
        Kind::Call(name, _) if ["logit", "log", "probit", "cloglog", "E"].contains(&name.as_str()) => {
            let symbols = left.symbols();
            let first = *symbols.first()?;
            symbols.iter().all(|s| s.same(first)).then_some((first, true))
        }
        _ => None,
    }
}

/// The symbol that a law of a generalised model is of.
fn of_law(statement: &Statement) -> Option<&Symbol> {
    match statement {
        Statement::Distribution { left, law: Law::Other { name, .. }, .. } if family_of(name).is_some() => {
            left.first().and_then(Expr::symbol)
        }
        _ => None,
    }
}

/// Whether a symbol is used as the mean of a law, and nowhere else.
fn is_mean(system: &System, symbol: &Symbol) -> bool {
    let uses = |statement: &&Statement| statement.rights().iter().flat_map(Expr::symbols).any(|s| s.same(symbol));
    system.statements.iter().filter(uses).all(|statement| of_law(statement).is_some_and(is_bare))
}

/// `y \sim N(\mu_{j[i]}, \sigma)`, `y \sim Bernoulli(…)`: the bracket says the index of the response.
fn by_bracket(statement: &Statement, is_free: &dyn Fn(&Symbol) -> bool) -> Option<Bare> {
    let Statement::Distribution { left, law, .. } = statement else { return None };
    let mean = match law {
        Law::Normal { mean, .. } => mean,
        Law::Other { name, arguments } if family_of(name).is_some() => arguments,
        Law::Other { .. } => return None,
    };
    let [response] = &left[..] else { return None };
    let response = response.symbol().filter(|s| is_bare(s) && is_free(s))?;
    Some(Bare { response: response.clone(), by: None, indices: vec![Index::new(bracketed(mean)?)] })
}

/// `y \sim N(\mu_{ij}, \sigma)` with `\mu_{ij} = …`: the mean says the indices of the response.
fn by_mean(system: &System, statement: &Statement, is_free: &dyn Fn(&Symbol) -> bool) -> Option<Bare> {
    let Statement::Distribution { left, law: Law::Normal { mean, .. }, .. } = statement else { return None };
    let ([response], [mean]) = (&left[..], &mean[..]) else { return None };
    let response = response.symbol().filter(|s| is_bare(s) && is_free(s))?;
    let mean = mean.symbol()?;
    let of_mean = |s: &&Statement| equated(s).is_some_and(|(symbol, linked)| !linked && symbol.same(mean));
    let equation = system.statements.iter().find(of_mean)?;
    let indices = match &mean.indices[..] {
        [] => bracketed(equation.rights()).map(|letter| vec![Index::new(letter)]).or_else(|| observed(equation))?,
        own => own.to_vec(),
    };
    Some(Bare { response: response.clone(), by: Some(mean.clone()), indices })
}

/// The i of the first j[i].
fn bracketed(rights: &[Expr]) -> Option<String> {
    rights.iter().flat_map(Expr::symbols).flat_map(|s| &s.indices).find_map(|index| index.of.first()).cloned()
}

fn under_link(response: &Symbol, statement: &Statement) -> Option<Bare> {
    let indices = observed(statement)?;
    (!indices.is_empty()).then(|| Bare { response: response.clone(), by: None, indices })
}

/// The indices of an observation: all that stand in its equation, and one more where an effect has them all.
fn observed(statement: &Statement) -> Option<Vec<Index>> {
    let right = statement.rights().first()?;
    let symbols = right.symbols();
    let mut indices: Vec<Index> = vec![];
    for index in symbols.iter().flat_map(|s| &s.indices) {
        let of = index.of.iter().map(|of| Index::new(of.clone()));
        let own = if index.of.is_empty() { vec![index.clone()] } else { of.collect() };
        for index in own {
            if !indices.iter().any(|known| known.letter == index.letter) {
                indices.push(index);
            }
        }
    }
    let parts = right.summands();
    // An effect of the observation itself would be one of overdispersion.
    let whole = |s: &Symbol| indices.iter().all(|index| s.indices.iter().any(|own| own.letter == index.letter));
    let is_effect = parts.iter().filter_map(|part| part.symbol()).any(|s| !s.indices.is_empty() && whole(s));
    let is_worded = indices.is_empty() && parts.iter().any(|part| worded::effect(part).is_some());
    if is_effect || is_worded {
        let letter = OBSERVATIONS.iter().find(|letter| indices.iter().all(|index| index.letter != **letter))?;
        indices.insert(0, Index::new(*letter));
    }
    Some(indices)
}

fn by_residual(response: &Symbol, statement: &Statement) -> Option<Bare> {
    // Brackets around a part of a sum change nothing.
    let parts = statement.rights().first()?.summands();
    let alone: Vec<&Symbol> = parts.iter().filter_map(|part| part.symbol()).collect();
    let most = alone.iter().map(|s| s.indices.len()).max()?;
    let is_worded = most == 0 && parts.iter().any(|part| worded::effect(part).is_some());
    let mut largest = alone.iter().filter(|s| s.indices.len() == most && (most > 0 || names_residual(&s.name)));
    let Some(residual) = largest.next().filter(|_| (most > 1 || is_worded) && largest.next().is_none()) else {
        return beside_effects(response, statement, &alone);
    };
    let indices = if residual.indices.is_empty() { vec![Index::new("i")] } else { residual.indices.clone() };
    Some(Bare { response: response.clone(), by: Some((*residual).clone()), indices })
}

/// `Fitness = β_0 + β_1 x + u_i + ε`: response and residual have none, and the effects have those of their groups.
fn beside_effects(response: &Symbol, statement: &Statement, alone: &[&Symbol]) -> Option<Bare> {
    let is_residual = |s: &&&Symbol| is_bare(s) && names_residual(&s.name);
    let mut bare = alone.iter().filter(is_residual);
    let residual = bare.next().filter(|_| bare.next().is_none())?;
    if alone.iter().all(|s| s.indices.is_empty()) {
        return None;
    }
    let indices = observed(statement)?;
    Some(Bare { response: response.clone(), by: Some((*residual).clone()), indices })
}
