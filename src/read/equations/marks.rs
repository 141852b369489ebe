//! `\gamma_{1k[i]}^{\alpha}` in one place and `\gamma_{1k}` in its distribution: equatiomatic marks the use and not the
//! definition.

use crate::error::{Code, Diagnostic, Notes, Span};
use crate::syntax::{Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// Takes the mark off symbols that are defined without it, when only one mark is used with that letter and number.
pub(super) fn drop_lone(system: &mut System, notes: &mut Notes) {
    let mut bare: BTreeSet<(String, String)> = BTreeSet::new();
    let mut marks: BTreeMap<(String, String), BTreeMap<String, Span>> = BTreeMap::new();
    for statement in &mut system.statements {
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
    marks.retain(|key, marks| bare.contains(key) && marks.len() == 1);
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

fn key(symbol: &Symbol) -> (String, String) {
    (symbol.name.base.clone(), symbol.name.tag.clone())
}
