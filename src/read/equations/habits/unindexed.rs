//! Equations by level without any index, as HLM prints them: `Y = B0 + B1*X + r` with `B0 = G00 + u0`. What has an equation
//! of its own with a deviation varies between groups.

use crate::error::{Code, Diagnostic, Notes};
use crate::syntax::{EFFECT_LETTERS, Expr, Index, Name, Statement, Symbol, System, names_residual};
use std::collections::BTreeSet;

/// Gives the response, its residual and its covariates the indices i and j, and the coefficients and their deviations j.
pub(super) fn levels(system: &mut System, notes: &mut Notes) {
    let Some(Levels { response, of_rows, of_groups }) = found(system) else { return };
    let message = "no symbol has an index: the coefficients with equations are taken to vary between groups, named j";
    let note = Diagnostic::note(Code::AssumedIndex, message).at(response.span, "an observation i of group j");
    notes.push(note.help("write the indices, `Y_ij = B0_j + …`, to name the groups"));
    let (row, group) = (Index::new("i"), Index::new("j"));
    system.each_symbol(&mut |symbol| {
        let name = &symbol.name;
        if of_rows.contains(name) {
            symbol.indices = vec![row.clone(), group.clone()];
        } else if of_groups.contains(name) {
            symbol.indices = vec![group.clone()];
        }
    });
}

struct Levels {
    response: Symbol,
    of_rows: BTreeSet<Name>,
    of_groups: BTreeSet<Name>,
}

fn found(system: &System) -> Option<Levels> {
    let all = || system.used().chain(system.lefts().flat_map(Expr::symbols));
    if all().any(|symbol| !symbol.indices.is_empty()) {
        return None;
    }
    let equations: Vec<(&Symbol, &[Expr])> = system.statements.iter().filter_map(equation).collect();
    let lefts: BTreeSet<&Name> = equations.iter().map(|(left, _)| &left.name).collect();
    let alone = |rights: &[Expr]| -> Vec<Symbol> {
        let parts = rights.iter().flat_map(Expr::summands).filter_map(Expr::symbol);
        parts.filter(|symbol| is_deviation(&symbol.name) && !lefts.contains(&symbol.name)).cloned().collect()
    };
    let uses = |rights: &[Expr]| rights.iter().flat_map(Expr::symbols).any(|symbol| lefts.contains(&symbol.name));
    let (first, second): (Vec<_>, Vec<_>) = equations.iter().partition(|(_, rights)| uses(rights));
    // The response has one equation by level, and no coefficient has a third level.
    let [(response, rights)] = first[..] else { return None };
    let used: BTreeSet<&Name> = rights.iter().flat_map(Expr::symbols).map(|symbol| &symbol.name).collect();
    let is_coefficient = |left: &Symbol| used.contains(&left.name) && left.name != response.name;
    let (of_coefficients, others): (Vec<_>, Vec<_>) = second.into_iter().partition(|(left, _)| is_coefficient(left));
    if others.iter().any(|(left, _)| left.name != response.name) {
        return None;
    }
    let [residual] = &alone(rights)[..] else { return None };
    let deviations: BTreeSet<Name> =
        of_coefficients.iter().flat_map(|(_, rights)| alone(rights)).map(|s| s.name).collect();
    if deviations.is_empty() || deviations.contains(&residual.name) {
        return None;
    }
    let coefficients: BTreeSet<Name> = of_coefficients.iter().map(|(left, _)| left.name.clone()).collect();
    let slopes = rights.iter().flat_map(Expr::summands).filter(|part| part.symbol().is_none()).map(Expr::symbols);
    let slopes = slopes.filter(|symbols| symbols.iter().any(|symbol| coefficients.contains(&symbol.name)));
    let covariates = slopes.flatten().map(|symbol| symbol.name.clone()).filter(|name| !coefficients.contains(name));
    Some(Levels {
        response: (*response).clone(),
        of_rows: covariates.chain([response.name.clone(), residual.name.clone()]).collect(),
        of_groups: coefficients.iter().chain(&deviations).cloned().collect(),
    })
}

fn equation(statement: &Statement) -> Option<(&Symbol, &[Expr])> {
    let Statement::Equation { left, rights, .. } = statement else { return None };
    Some((left.symbol()?, rights))
}

/// A letter by custom of residuals and of random effects, with a number or without: `r`, `u0`.
fn is_deviation(name: &Name) -> bool {
    let letter = name.base.trim_end_matches(|c: char| c.is_ascii_digit());
    names_residual(name) || EFFECT_LETTERS.contains(&letter) || letter == "e" || letter == "R"
}
