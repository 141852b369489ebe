//! Index letters: one for the observation, one for each factor, and their order on a symbol.

use super::Form;
use crate::algebra::Lexicon;
use crate::model::{Grouping, Model};
use crate::syntax::{Group, Index};
use std::collections::{BTreeMap, BTreeSet};

const OBSERVATION: [&str; 5] = ["i", "t", "n", "m", "o"];
const GROUPS: [&str; 18] = ["j", "k", "l", "m", "n", "h", "g", "s", "c", "p", "q", "r", "d", "b", "f", "v", "w", "a"];

/// Which letter indexes what.
pub(super) struct Letters {
    observation: String,
    letters: BTreeMap<String, String>,
    order: Vec<String>,
    bracket: bool,
    /// In the bracket form of nested groups: the letter of each grouping factor.
    nested: Vec<(BTreeSet<String>, String)>,
}

impl Letters {
    /// The author's letters; a factor whose name is one small letter keeps it; the others take j, k, l, … from the
    /// innermost outwards.
    pub(super) fn choose(model: &Model, lexicon: &Lexicon, form: Form) -> Self {
        let factors = factors(model);
        // A covariate called `j` would make `j_{ij}`: readable, but no one should have to.
        let mut taken: BTreeSet<String> =
            model.covariates().iter().flat_map(|c| c.names()).map(str::to_owned).collect();
        taken.extend(model.response().names().into_iter().map(str::to_owned));
        // A word is an index in brackets only, `pond[i]`.
        let own = |letter: &&String| form == Form::Bracket || letter.chars().count() == 1;
        let mut letters: BTreeMap<String, String> =
            factors.iter().filter_map(|f| Some((f.clone(), lexicon.letters.get(f).filter(own)?.clone()))).collect();
        for factor in &factors {
            let own = factor.len() == 1 && factor.chars().all(|c| c.is_ascii_lowercase());
            if own && !letters.values().any(|l| l == factor) && lexicon.observation.as_ref() != Some(factor) {
                letters.entry(factor.clone()).or_insert_with(|| factor.clone());
            }
        }
        taken.extend(letters.values().cloned());
        let observation = lexicon.observation.clone().unwrap_or_else(|| free(&OBSERVATION, &taken));
        taken.insert(observation.clone());
        for factor in &factors {
            if !letters.contains_key(factor) {
                let letter = free(&GROUPS, &taken);
                taken.insert(letter.clone());
                letters.insert(factor.clone(), letter);
            }
        }
        let mut order: Vec<String> = vec![];
        let used = factors.iter().map(|f| letters[f].clone());
        let wanted: Vec<String> = std::iter::once(observation.clone()).chain(used).collect();
        let author = lexicon.order.iter().filter(|letter| wanted.contains(letter));
        for letter in author.chain(&wanted) {
            if !order.contains(letter) {
                order.push(letter.clone());
            }
        }
        Self { observation, letters, order, bracket: form == Form::Bracket, nested: vec![] }
    }

    /// The indices of the response.
    pub(super) fn response(&self) -> Vec<Index> {
        if self.bracket {
            return vec![Index::new(&self.observation)];
        }
        self.order.iter().map(Index::new).collect()
    }

    /// Gives each of nested grouping factors (from the finest to the coarsest) one letter of its own, so that the bracket
    /// form can say `j[i]` and `k[j]` instead of carrying `j` and `k` everywhere. Nothing changes when a factor adds
    /// several names to the one above, or a covariate varies over other groups.
    pub(super) fn nest(&mut self, stages: &[Grouping], reaches: impl IntoIterator<Item = BTreeSet<String>>) {
        let sets: Vec<BTreeSet<String>> = stages.iter().map(|g| g.factors().iter().cloned().collect()).collect();
        let nothing = BTreeSet::new();
        let coarser = sets.iter().skip(1).chain([&nothing]);
        let own: Vec<Vec<String>> =
            sets.iter().zip(coarser).map(|(set, c)| set.difference(c).cloned().collect()).collect();
        let single = own.iter().all(|names| names.len() == 1);
        if self.bracket && single && reaches.into_iter().all(|reach| sets.contains(&reach)) {
            let letters = own.iter().flatten().filter_map(|name| self.letters.get(name).cloned());
            self.nested = sets.iter().cloned().zip(letters).collect();
        }
    }

    /// The indices of a symbol that varies over these factors, in the equation of what varies over `place` (`None` for
    /// the response); in the bracket form they are looked up from there: `j[i]`, `k[j]`.
    pub(super) fn group(&self, factors: &BTreeSet<String>, place: Option<&Grouping>) -> Vec<Index> {
        let nested =
            |wanted: &BTreeSet<String>| self.nested.iter().find(|(set, _)| set == wanted).map(|(_, letter)| letter);
        if let Some(letter) = nested(factors) {
            let from = match place {
                None => Some(&self.observation),
                Some(group) => nested(&group.factors().iter().cloned().collect()).filter(|from| *from != letter),
            };
            return vec![from.map_or_else(|| Index::new(letter), |from| Index::of(letter, from))];
        }
        let mut letters: Vec<&String> = factors.iter().filter_map(|f| self.letters.get(f)).collect();
        letters.sort_by_key(|letter| self.order.iter().position(|o| o == *letter));
        let index = |letter: &String| match self.bracket && place.is_none() {
            true => Index::of(letter, &self.observation),
            false => Index::new(letter),
        };
        letters.into_iter().map(index).collect()
    }

    /// The letter of the observation, and that of each factor.
    pub(super) fn all(&self) -> (&str, &BTreeMap<String, String>) {
        (&self.observation, &self.letters)
    }

    /// Factors whose name is not their letter, in the order of the letters.
    pub(super) fn groups(&self) -> Vec<Group> {
        let named = |letter: &String| {
            let (name, _) = self.letters.iter().find(|(name, l)| *l == letter && *name != letter)?;
            Some(Group { letter: letter.clone(), name: name.clone(), span: Default::default() })
        };
        self.order.iter().filter_map(named).collect()
    }
}

/// Every factor that a random effect varies over, the innermost of the finest grouping first.
fn factors(model: &Model) -> Vec<String> {
    let mut groupings = model.groupings();
    groupings.sort_by_key(|g| std::cmp::Reverse(g.factors().len()));
    let mut seen: Vec<String> = vec![];
    for factor in groupings.into_iter().flat_map(|g| g.factors().iter().rev()) {
        if !seen.contains(factor) {
            seen.push(factor.clone());
        }
    }
    seen
}

/// The first letter that is not taken; past the list, numbered words (`g1`), so that there always is one.
fn free(letters: &[&str], taken: &BTreeSet<String>) -> String {
    let free = letters.iter().map(|&letter| letter.to_owned()).find(|letter| !taken.contains(letter));
    free.unwrap_or_else(|| (1..).map(|n| format!("g{n}")).find(|word| !taken.contains(word)).unwrap_or_default())
}
