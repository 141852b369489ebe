//! Two readings side by side: one model with other letters, or the differences, each worded for a reader. Canonical rows
//! decide: the same fixed effects, the same random effects of the same grouping factors with the same covariances.

mod difference;
mod letters;
mod place;
mod regroup;

use super::Reading;
use crate::model::Model;
use std::collections::{BTreeMap, BTreeSet};

pub use difference::{Aspect, Difference, Side, differences};
pub use letters::Pair;
pub use place::{Place, places};

/// What the comparison of two readings found.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Both models with their grouping factors under common names.
    pub models: [Model; 2],
    /// The common name of each grouping factor, for each side.
    pub names: [BTreeMap<String, String>; 2],
    /// Whether no other renaming of grouping factors fits as well.
    pub unique: bool,
    /// Whether the models are one without any renaming of grouping factors.
    pub unrenamed: bool,
    /// What each letter of one side is called on the other; only letters that stand for the same thing.
    pub letters: Vec<Pair>,
    /// The differences, the most telling first; none when the models are one.
    pub differences: Vec<Difference>,
}

impl Comparison {
    /// Whether both are one model, whatever the letters.
    pub fn is_equal(&self) -> bool {
        self.differences.is_empty()
    }

    /// Whether nothing is called by another name.
    pub fn is_same(&self) -> bool {
        self.is_equal() && self.unrenamed && self.letters.iter().all(|pair| !pair.is_renamed())
    }
}

/// Compares two readings. Grouping factors that an equation calls by an index letter, or by a word of its prose, stand
/// for the other side's factors; those in `declared` (`--index`) stand for themselves. The ids of the factors in
/// `unique` are not reused, so that `school:class` and `class` are the same groups.
pub fn compare(a: &Reading, b: &Reading, declared: &BTreeMap<String, String>, unique: &BTreeSet<String>) -> Comparison {
    let (names, only) = regroup::match_names(a, b, declared, unique);
    let models = regroup::common(&a.model, &b.model, &names, unique);
    let differences = differences(&models[0], &models[1]);
    let letters = letters::pairs([a, b], &names);
    Comparison { models, names, unique: only, unrenamed: a.model == b.model, letters, differences }
}
