//! Marks of coefficients as equatiomatic sets them: `\gamma_{1k[i]}^{\alpha}` in one place and `\gamma_{1k}` in its
//! distribution, and numbers that start anew in the equation of every group.

use crate::error::{Code, Diagnostic, Notes, Span};
use crate::syntax::{Expr, Key, Kind, Law, Statement, Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// Takes the mark off symbols that are defined without it, when only one mark is used with that letter and number.
pub(super) fn drop_lone(system: &mut System, notes: &mut Notes) {
    let mut bare: BTreeSet<(String, String)> = BTreeSet::new();
    let mut marks: BTreeMap<(String, String), BTreeMap<String, Span>> = BTreeMap::new();
    let mut apart: BTreeSet<(String, String)> = BTreeSet::new();
    for statement in &mut system.statements {
        // `ε_ij = α_i + ε^*_ij` tells the two from each other.
        let lefts: BTreeSet<(String, String)> = statement.lefts().iter().filter_map(Expr::symbol).map(key).collect();
        let rights = statement.rights().iter().flat_map(Expr::symbols).filter(|s| !s.name.mark.is_empty()).map(key);
        apart.extend(rights.filter(|of| lefts.contains(of)));
        statement.each_left_symbol(&mut |symbol| {
            if symbol.name.mark.is_empty() && !symbol.indices.is_empty() {
                bare.insert(key(symbol));
            }
        });
        statement.each_symbol(&mut |symbol| {
            // A transposed vector stays one.
            if !symbol.name.mark.is_empty() && !symbol.name.is_transposed() {
                marks.entry(key(symbol)).or_default().entry(symbol.name.mark.clone()).or_insert(symbol.span);
            }
        });
    }
    marks.retain(|key, marks| bare.contains(key) && !apart.contains(key) && marks.len() == 1);
    if marks.is_empty() {
        return;
    }
    for statement in &mut system.statements {
        statement.each_symbol(&mut |symbol| {
            if marks.contains_key(&key(symbol)) {
                symbol.name.mark.clear();
            }
        });
    }
    for ((base, tag), marks) in marks {
        for (mark, span) in marks {
            let message =
                format!("{base}_{tag} is used with the mark {mark} and defined without it: taken as one symbol");
            notes.push(Diagnostic::note(Code::IndexDropped, message).at(span, "with the mark"));
        }
    }
}

/// Numbers the marked coefficients of two covariates apart, `\gamma_1^\alpha` in the means of `\alpha_j` and of `\alpha_k`:
/// a group has covariates of its own.
pub(super) fn number(system: &mut System, notes: &mut Notes) {
    let mut first: BTreeMap<Key, (Key, usize)> = BTreeMap::new();
    for statement in &mut system.statements {
        let Statement::Distribution { left, law: Law::Normal { mean, .. }, .. } = statement else { continue };
        for (left, mean) in left.iter().zip(mean) {
            let Some(owner) = left.symbol().map(Symbol::key) else { continue };
            let mut terms: Vec<&mut Expr> = match &mut mean.kind {
                Kind::Sum(parts) => parts.iter_mut().collect(),
                _ => vec![mean],
            };
            for (at, term) in terms.iter_mut().enumerate() {
                term.each_symbol(&mut |symbol| {
                    let of = symbol.key();
                    if symbol.name.mark.is_empty() || symbol.name.is_transposed() || !of.indices.is_empty() {
                        return;
                    }
                    let (before, place) = first.entry(of).or_insert_with(|| (owner.clone(), at)).clone();
                    if before == owner && place == at {
                        return;
                    }
                    let message = format!("{symbol} stands before another covariate in the equation of {before}");
                    let note = Diagnostic::note(Code::AmbiguousRole, message).at(symbol.span, "taken as another");
                    notes.push(note.help("each fixed effect has a number of its own"));
                    symbol.name.mark.push_str(&format!("{}{at}", owner.indices.iter().cloned().collect::<String>()));
                });
            }
        }
    }
}

fn key(symbol: &Symbol) -> (String, String) {
    (symbol.name.base.clone(), symbol.name.tag.clone())
}
