//! The letters an author chose, beside the model: which symbol names which fixed effect, coefficient, random effect,
//! variance. A conversion between equation notations keeps them; a formula gets letters from the scheme in `raise`.

use crate::error::Notes;
use crate::model::{Facts, Grouping, Model, RExpr, Reference, Term};
use crate::syntax::{Expr, Name, System};
use std::collections::{BTreeMap, BTreeSet};

/// Which letters name what. Every map may lack entries: `raise` fills them by the Raudenbush-Bryk scheme.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lexicon {
    /// The symbol of the response and of each covariate, by R expression (`RExpr::Name` of its column).
    pub covariates: BTreeMap<RExpr, Name>,
    /// The columns that are written without index, and only within expressions of data: the c of `b (R_ij - c)`.
    pub constants: BTreeSet<String>,
    /// The symbol of each fixed effect.
    pub fixed: BTreeMap<Term, Name>,
    /// The symbol of each coefficient: by the grouping factor whose groups it varies over and the term it multiplies.
    pub coefficients: BTreeMap<(Grouping, Term), Name>,
    /// The symbol of each random effect: by grouping factor and the term it multiplies.
    pub effects: BTreeMap<(Grouping, Term), Name>,
    /// Variance (both terms equal) or covariance of random effects, as written; the two terms in ascending order.
    pub covariances: BTreeMap<(Grouping, Term, Term), Expr>,
    /// The residual.
    pub residual: Option<Name>,
    /// The residual's variance as written.
    pub variance: Option<Expr>,
    /// The index letter of the observation.
    pub observation: Option<String>,
    /// The index letter of each factor.
    pub letters: BTreeMap<String, String>,
    /// The order of the index letters on the response (`["i", "j"]`); empty when unknown.
    pub order: Vec<String>,
    /// The categories of each categorical covariate, by its column, as far as they are declared or written.
    pub categories: BTreeMap<String, Categories>,
    /// The covariates that are known to be categorical and of which no categories are known.
    pub categorical: BTreeMap<String, Reference>,
    /// The covariates that are known to be numbers.
    pub numeric: BTreeSet<String>,
}

/// The categories of a factor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Categories {
    /// The category that the others are compared with; `None` when only dummies of the others were seen.
    pub reference: Option<String>,
    /// The categories besides the reference, in order.
    pub others: Vec<String>,
}

impl Categories {
    /// The categories of a declaration, the reference first.
    pub fn new(all: &[String]) -> Self {
        Self { reference: all.first().cloned(), others: all.iter().skip(1).cloned().collect() }
    }

    /// Every known category, the reference first.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.reference.iter().chain(&self.others)
    }

    /// The categories that have a dummy: by contrasts all but the reference.
    pub(super) fn coded(&self, contrasts: bool) -> impl Iterator<Item = &String> {
        self.all().skip(usize::from(contrasts && self.reference.is_some()))
    }
}

impl Lexicon {
    /// Takes over what is declared of the covariates that the model has: their categories, or that they are numbers.
    pub fn declare_categories(&mut self, model: &Model, facts: &Facts) {
        let covariates = model.covariates();
        for name in covariates.iter().flat_map(|covariate| covariate.names()) {
            if let Some(all) = facts.factor.get(name).filter(|all| all.len() > 1) {
                self.categories.insert(name.to_owned(), Categories::new(all));
            }
        }
        for covariate in covariates {
            let RExpr::Name(name) = covariate else { continue };
            if self.categories.contains_key(name) {
                continue;
            }
            if let Some(reference) = facts.categorical.get(name) {
                self.categorical.insert(name.clone(), reference.clone());
            } else if facts.numeric.contains(name) {
                self.numeric.insert(name.clone());
            }
        }
    }

    /// Whether a covariate is known to be categorical.
    pub fn is_categorical(&self, covariate: &RExpr) -> bool {
        matches!(covariate, RExpr::Name(name) if self.categories.contains_key(name) || self.categorical.contains_key(name))
    }

    /// What is known of the categories of a covariate: `None` when it is not known to be categorical.
    pub fn reference(&self, covariate: &str) -> Option<Reference> {
        match self.categories.get(covariate) {
            Some(Categories { reference: Some(reference), .. }) => Some(Reference::Category(reference.clone())),
            Some(_) => Some(Reference::Unknown),
            None => self.categorical.get(covariate).cloned(),
        }
    }

    /// The factors of which all categories are known, the reference among them.
    pub fn declared(&self) -> impl Iterator<Item = (&String, &Categories)> {
        self.categories.iter().filter(|(_, categories)| categories.reference.is_some())
    }

    /// A covariate that is known to be categorical and of which no categories are known, and how to name them.
    pub fn unnamed(&self) -> Option<(&str, String)> {
        let (factor, reference) = self.categorical.iter().next()?;
        let shown = reference.category().unwrap_or("reference");
        Some((factor, format!("name them, the reference first: `--factor {factor}={shown},…`, or give `--data`")))
    }

    /// Adds to the facts what the text itself says of its covariates.
    pub fn tell(&self, facts: &mut Facts) {
        for (name, categories) in self.declared() {
            if !facts.factor.contains_key(name) {
                facts.factor.insert(name.clone(), categories.all().cloned().collect());
            }
        }
        self.categorical.iter().for_each(|(name, reference)| facts.learn_categorical(name, reference.clone()));
        self.numeric.iter().for_each(|name| facts.learn_numeric(name));
    }
}

/// What a reader gives back: the model, its author's letters, the system as written (none for a formula), notes.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The model as meant.
    pub model: Model,
    /// The author's letters.
    pub lexicon: Lexicon,
    /// The equations as written; `None` when the source was a formula or JSON.
    pub system: Option<System>,
    /// Assumptions and remarks, with their places in the source.
    pub notes: Notes,
}
