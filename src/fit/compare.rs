//! The third witness of `check`: maximum likelihood of two models on data drawn from the union of both.

use super::Table;
use super::criterion::Method;
use super::estimate::fit;
use super::simulate::{Settings, Sizes, simulate};
use crate::algebra::Lexicon;
use crate::error::Result;
use crate::model::{Covariance, Facts, Model, RandomTerm, Term};

/// Log-likelihoods of two models on the same data.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// One pair for each data set.
    pub logliks: Vec<(f64, f64)>,
    /// The largest difference, relative to their size where that is above 1.
    pub difference: f64,
    /// Whether every optimum is certified.
    pub converged: bool,
}

impl Comparison {
    /// Whether they agree to 1e-8.
    pub fn agree(&self) -> bool {
        self.difference <= 1e-8
    }
}

/// A model that holds both: all fixed effects, and all random effects of a grouping factor with free covariances.
pub fn union(a: &Model, b: &Model) -> Model {
    let mut out = Model::new(a.response().clone()).with_fixed(a.fixed().iter().chain(b.fixed()).cloned());
    for offset in a.offsets() {
        out = out.with_offset(offset.clone());
    }
    let mut groups: Vec<RandomTerm> = vec![];
    for term in a.random().iter().chain(b.random()) {
        let mut terms: Vec<Term> = vec![];
        if let Some(at) = groups.iter().position(|g| g.group == term.group) {
            terms = groups.remove(at).terms;
        }
        terms.extend(term.terms.iter().cloned());
        terms.sort_by_key(|t| !t.is_intercept());
        groups.push(RandomTerm::new(term.group.clone(), terms, Covariance::Unstructured));
    }
    for term in groups {
        out = out.with_random(term);
    }
    for (covariate, level) in a.levels().iter().chain(b.levels()) {
        out = out.with_level(covariate.clone(), level.clone());
    }
    out
}

/// Fits both models by ML on two data sets drawn from their union. The models must share the names of their columns;
/// groups and covariates come from `layout`, or are drawn as well.
///
/// # Errors
/// What simulating and fitting refuse.
pub fn compare(a: &Model, b: &Model, facts: &Facts, layout: Option<&Table>, seed: u64) -> Result<Comparison> {
    let whole = union(a, b);
    let widest = whole.random().iter().map(|t| t.terms.len()).max().unwrap_or(1);
    let sizes = |count: usize| Sizes {
        groups: whole.groupings().iter().flat_map(|g| g.factors()).map(|f| (f.clone(), count)).collect(),
        per_group: (4 * widest + 2, 4 * widest + 6),
    };
    let mut logliks = vec![];
    let mut converged = true;
    for (at, count) in [8, 11].into_iter().enumerate() {
        let settings = Settings { seed: seed.wrapping_add(at as u64), ..Settings::default() };
        let drawn = simulate(&whole, facts, &Lexicon::default(), layout, &sizes(count), &settings)?;
        let one = fit(a, &drawn.table, facts, Method::Ml)?;
        let two = fit(b, &drawn.table, facts, Method::Ml)?;
        converged &= one.converged && two.converged;
        logliks.push((one.loglik, two.loglik));
    }
    let difference = logliks.iter().map(|(a, b)| (a - b).abs() / a.abs().max(1.0)).fold(0.0, f64::max);
    Ok(Comparison { logliks, difference, converged })
}
