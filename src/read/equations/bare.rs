//! A response whose indices are left out, `Pulse = β0j + β1j (Time) + rij`: its residual says them.

use super::worded;
use crate::error::{Code, Diagnostic, Notes};
use crate::syntax::{Expr, Index, Key, RESIDUAL_LETTERS, Statement, Symbol, System};
use std::collections::BTreeSet;

/// Gives a response without indices those of the symbol that stands alone in its equation with the most of them; where
/// words name the groups, `RT = β_0 + u_{subject} + ε`, that symbol has none and gets i. Only where no other left side
/// can be the response.
pub(super) fn index(system: &mut System, notes: &mut Notes) {
    // `Y_{satisfaction}`: a word is no index.
    let is_bare = |symbol: &Symbol| symbol.indices.is_empty() && symbol.name.tag.chars().all(char::is_alphabetic);
    let equated = |statement: &Statement| matches!(statement, Statement::Equation { left, .. } if left.symbol().is_some_and(is_bare));
    if !system.statements.iter().any(equated) {
        return;
    }
    let rights = system.statements.iter().flat_map(Statement::rights);
    let used: BTreeSet<Key> = rights.flat_map(Expr::symbols).map(Symbol::key).collect();
    let is_free = |symbol: &Symbol| !used.contains(&symbol.key());
    let mut lefts = system.statements.iter().flat_map(Statement::lefts).flat_map(Expr::symbols);
    if lefts.any(|left| !left.indices.is_empty() && is_free(left)) {
        return;
    }
    let found = system.statements.iter().find_map(|statement| {
        let Statement::Equation { left, rights, .. } = statement else { return None };
        let response = left.symbol().filter(|s| is_bare(s) && is_free(s))?;
        // Brackets around a part of a sum change nothing.
        let parts = rights.first()?.summands();
        let alone: Vec<&Symbol> = parts.iter().filter_map(|part| part.symbol()).collect();
        let most = alone.iter().map(|s| s.indices.len()).max()?;
        let is_worded = most == 0 && parts.iter().any(|part| worded::effect(part).is_some());
        let mut largest = alone
            .iter()
            .filter(|s| s.indices.len() == most && (most > 0 || RESIDUAL_LETTERS.contains(&s.name.base.as_str())));
        let residual = largest.next().filter(|_| (most > 1 || is_worded) && largest.next().is_none())?;
        Some((response.clone(), (*residual).clone()))
    });
    let Some((response, residual)) = found else { return };
    let indices = if residual.indices.is_empty() { vec![Index::new("i")] } else { residual.indices.clone() };
    let message = match residual.indices.is_empty() {
        true => format!("{response} and {residual} have no index: taken to have that of the observation"),
        false => format!("{response} has no index: taken to have those of {residual}"),
    };
    notes.push(Diagnostic::note(Code::AssumedIndex, message).at(response.span, ""));
    system.each_symbol(&mut |symbol| {
        if symbol.same(&response) || symbol.same(&residual) {
            symbol.indices.clone_from(&indices);
        }
    });
}
