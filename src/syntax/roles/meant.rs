//! Laws whose symbol is not the one that they are of.

use super::response::Draft;
use crate::error::{Code, Diagnostic, Notes};
use crate::syntax::{Expr, Key, Kind, Symbol};
use std::collections::BTreeSet;

/// A law stated for a coefficient with an equation, or for a symbol with an index dropped, means the effect used there.
pub(super) fn laws(draft: &mut Draft, notes: &mut Notes) {
    let used: BTreeSet<Key> = draft.used().map(Symbol::key).collect();
    let declared: BTreeSet<Key> = draft.laws.iter().flat_map(|l| &l.keys).cloned().collect();
    let is_used = |key: &Key| used.iter().any(|k| k.name.base == key.name.base) || draft.implied.contains(key);
    // Keys are in the order of their names.
    let indexed = |key: &Key| -> Vec<&Key> {
        let first = Key { name: key.name.clone(), indices: BTreeSet::new() };
        let named = used.range(first..).take_while(|other| other.name == key.name);
        named.filter(|other| !other.indices.is_empty()).collect()
    };
    for law in &mut draft.laws {
        for key in &mut law.keys {
            if let Some(definition) = draft.definitions.iter().find(|d| d.symbol.is(key)) {
                let alone: Vec<Key> = match &definition.right.kind {
                    Kind::Sum(parts) => parts
                        .iter()
                        .filter_map(Expr::symbol)
                        .filter(|s| !s.indices.is_empty())
                        .map(Symbol::key)
                        .collect(),
                    _ => vec![],
                };
                if let [only] = &alone[..] {
                    let message =
                        format!("the distribution is stated for {key}; read as that of its random effect {only}");
                    notes.push(Diagnostic::note(Code::IndexMismatch, message).at(law.span, ""));
                    *key = only.clone();
                }
            } else if !used.contains(key) {
                let near = indexed(key);
                if let [only] = &near[..]
                    && declared.contains(*only)
                    && only.indices.is_subset(&key.indices)
                {
                    continue;
                }
                if let [only] = &near[..] {
                    let message = format!("(index) {key} in the distribution, {only} in the equation");
                    notes.push(Diagnostic::note(Code::IndexDropped, message).at(law.span, ""));
                    *key = (*only).clone();
                } else if !key.indices.is_empty() && !is_used(key) && draft.response.symbol.name != key.name {
                    let message = format!("the distribution of {key} was skipped: no equation has this symbol");
                    let note = Diagnostic::note(Code::Skipped, message).at(law.span, "");
                    let meant = |k: &&Key| {
                        k.name.tag == key.name.tag
                            && k.indices == key.indices
                            && !declared.contains(k)
                            && draft.definitions.iter().all(|d| !d.symbol.is(k))
                    };
                    let meant: Vec<&Key> = used.iter().filter(meant).collect();
                    notes.push(match &meant[..] {
                        [only] => note.help(format!("was {only} meant?")),
                        _ => note,
                    });
                }
            }
        }
    }
    for (keys, value) in &mut draft.moments {
        for key in keys {
            let near = indexed(key);
            if let ([only], false, false) = (&near[..], used.contains(key), key.indices.is_empty()) {
                let message = format!("(index) {key} in a covariance, {only} in the equation");
                notes.push(Diagnostic::note(Code::IndexDropped, message).at(value.span, ""));
                *key = (*only).clone();
            }
        }
    }
}
