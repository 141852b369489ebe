//! Index letters as grouping factors, and the Levels of covariates.

use super::translate::{Meaning, Translation};
use crate::model::{Facts, Grouping, Level, Model, RExpr};
use crate::syntax::{Key, Role, Roles, System};
use std::collections::{BTreeMap, BTreeSet};

/// What the index letters stand for.
pub(super) struct Groups<'a> {
    roles: &'a Roles,
    names: BTreeMap<String, String>,
    /// Letters that some group carries.
    pub(super) letters: BTreeSet<String>,
    /// All letters, outermost group first.
    outer_first: Vec<String>,
}

impl<'a> Groups<'a> {
    pub(super) fn new(roles: &'a Roles, system: &System, facts: &Facts) -> Self {
        let mut names: BTreeMap<String, String> =
            system.groups.iter().filter(|g| !g.name.is_empty()).map(|g| (g.letter.clone(), g.name.clone())).collect();
        names.extend(facts.index.clone());
        let random: Vec<BTreeSet<String>> = roles
            .roles
            .iter()
            .filter(|(_, role)| **role == Role::Random)
            .map(|(key, _)| roles.closure.cells(&key.indices))
            .collect();
        let defined = roles.definitions.iter().map(|d| roles.closure.cells(&d.symbol.key().indices));
        let letters: BTreeSet<String> =
            random.iter().cloned().chain(defined.filter(|d| *d != roles.observation)).flatten().collect();
        // Outer letters form groups by themselves or with fewer others; ties follow the response, whose lowest Level
        // stands first (ijk, i lowest) or last (Roback and Legler).
        let written: Vec<String> = roles.response.symbol.indices.iter().map(|i| i.letter.clone()).collect();
        let lowest_first = written.first().is_some_and(|first| !letters.contains(first));
        let place = |l: &String| {
            let at = written.iter().position(|w| w == l).unwrap_or(written.len());
            if lowest_first { usize::MAX - at } else { at }
        };
        let mut outer_first: Vec<String> = roles.observation.union(&letters).cloned().collect();
        outer_first.sort_by_key(|l| {
            let smallest = random.iter().filter(|r| r.contains(l)).map(BTreeSet::len).min().unwrap_or(usize::MAX);
            (smallest, place(l))
        });
        Self { roles, names, letters, outer_first }
    }

    /// The factor that a letter stands for.
    pub(super) fn factor(&self, letter: &str) -> String {
        self.names.get(letter).cloned().unwrap_or_else(|| letter.to_owned())
    }

    /// The grouping factor of an index set.
    pub(super) fn grouping(&self, indices: &BTreeSet<String>) -> Grouping {
        let cells = self.roles.closure.cells(indices);
        let ordered = self.outer_first.iter().filter(|l| cells.contains(*l));
        let unknown = cells.iter().filter(|l| !self.outer_first.contains(l));
        let factors: Vec<String> = ordered
            .chain(unknown)
            .flat_map(|l| self.factor(l).split(':').map(str::to_owned).collect::<Vec<_>>())
            .collect();
        Grouping::new(factors)
    }

    /// The Level at which a symbol varies; `None` when its indices do not tell.
    pub(super) fn level(&self, key: &Key) -> Option<Level> {
        if key.indices.is_empty() {
            return None;
        }
        if self.roles.is_full(key) || !self.roles.closure.cells(&key.indices).is_subset(&self.letters) {
            return Some(Level::Observation);
        }
        Some(Level::Group(self.grouping(&key.indices)))
    }

    /// Adds what the indices, and what was declared, say of the Levels of covariates.
    pub(super) fn levels(&self, mut model: Model, translation: &Translation, roles: &Roles, facts: &Facts) -> Model {
        let mut levels: BTreeMap<RExpr, Level> = BTreeMap::new();
        let whole = |covariate: RExpr| match covariate.as_dummy() {
            Some((factor, _)) => RExpr::name(factor),
            None => covariate,
        };
        for (key, role) in &roles.roles {
            if *role == Role::Covariate
                && let Some(level) = self.level(&Key { indices: roles.indices_of(key), ..key.clone() })
            {
                levels.insert(whole(super::data::symbol(&key.clone().into(), roles, facts)), level);
            }
        }
        for meaning in translation.meanings.values() {
            if let Meaning::Covariate { covariate, indices, .. } = meaning
                && let Some(level) = self.level(&Key { name: crate::syntax::Name::default(), indices: indices.clone() })
            {
                levels.insert(whole(covariate.clone()), level);
            }
        }
        for (name, group) in &facts.level {
            let level =
                if group.is_empty() { Level::Observation } else { Level::Group(Grouping::new(group.split(':'))) };
            levels.insert(RExpr::name(name), level);
        }
        for (covariate, level) in levels {
            model = model.with_level(covariate, level);
        }
        model
    }
}
