//! Which index implies which: `j[i]` says that observation i has a group j.

use crate::syntax::{Expr, Statement, Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// `i` implies `j` when `j[i]` is written somewhere.
#[derive(Clone, Debug, Default)]
pub struct Closure {
    implies: BTreeMap<String, BTreeSet<String>>,
    nests: BTreeMap<String, BTreeSet<String>>,
}

impl Closure {
    /// Gathers every bracket of a system.
    pub fn of_system(system: &System) -> Self {
        let mut closure = Self::default();
        for statement in &system.statements {
            for (symbol, is_left) in symbols(statement) {
                for index in &symbol.indices {
                    // `i[gh]` on a left side: game i is of teams g and h. `j[i]`: group j of observation i.
                    if is_left && index.of.len() > 1 {
                        closure.implies.entry(index.letter.clone()).or_default().extend(index.of.iter().cloned());
                    } else {
                        for lower in &index.of {
                            closure.implies.entry(lower.clone()).or_default().insert(index.letter.clone());
                        }
                        // m(ij) is of the pair: i alone lies within no m.
                        if let [lower] = &index.of[..] {
                            closure.nests.entry(lower.clone()).or_default().insert(index.letter.clone());
                        }
                    }
                }
            }
        }
        closure
    }

    /// The indices with all that they imply.
    pub fn of(&self, indices: &BTreeSet<String>) -> BTreeSet<String> {
        Self::follow(&self.implies, indices)
    }

    /// The indices that name the groups of `indices`: with `k[j]`, class j of school k has the cells `jk`. A membership
    /// on the left, `i[gh]`, does not count: game i is a group by itself.
    pub fn cells(&self, indices: &BTreeSet<String>) -> BTreeSet<String> {
        Self::follow(&self.nests, indices)
    }

    fn follow(map: &BTreeMap<String, BTreeSet<String>>, indices: &BTreeSet<String>) -> BTreeSet<String> {
        let mut all = indices.clone();
        if map.is_empty() {
            return all;
        }
        loop {
            let more: BTreeSet<String> = all.iter().filter_map(|i| map.get(i)).flatten().cloned().collect();
            let before = all.len();
            all.extend(more);
            if all.len() == before {
                return all;
            }
        }
    }

    /// Whether any bracket was written.
    pub fn is_empty(&self) -> bool {
        self.implies.is_empty()
    }
}

/// Every symbol of a statement, and whether it stands on the left.
pub(super) fn symbols(statement: &Statement) -> Vec<(&Symbol, bool)> {
    let left = statement.lefts().iter().flat_map(Expr::symbols).map(|s| (s, true));
    let right = statement.rights().iter().flat_map(Expr::symbols).map(|s| (s, false));
    match statement {
        Statement::Moment { symbols, .. } => symbols.iter().map(|s| (s, false)).collect(),
        _ => left.chain(right).collect(),
    }
}
