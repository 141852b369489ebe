//! The third witness: both models fitted by maximum likelihood to data drawn from a model that holds both. Equal fits
//! prove nothing (two models may reach one maximum on these data), so that they can only object to the other two.

use super::{Verdict, Word};
use crate::error::{Code, Diagnostic, Result};
use crate::fit::compare::{Comparison, compare};
use crate::fit::witness::Relation;

/// Log-likelihoods apart by more than this, each at a certified optimum, belong to two models.
const APART: f64 = 1e-4;
const SEED: u64 = 7;

/// What the fits say.
#[derive(Clone, Debug, PartialEq)]
pub struct Fits {
    /// Whether the log-likelihoods agree to 1e-8; `None` when that could not be told, with the reason in `why`.
    pub equal: Option<bool>,
    /// One pair of log-likelihoods for each data set.
    pub logliks: Vec<(f64, f64)>,
    /// Why there is no answer.
    pub why: Option<String>,
}

impl Fits {
    fn none(why: impl Into<String>) -> Self {
        Self { equal: None, logliks: vec![], why: Some(why.into()) }
    }
}

impl Verdict {
    /// Fits both models to two data sets drawn from their union, on the rows on which their spaces were compared.
    ///
    /// # Errors
    /// `Fault` when the fits contradict the verdict: equal models with two maxima, or a special case that reaches a
    /// higher one than the model that holds it.
    pub fn fits(&self) -> Result<Fits> {
        let [a, b] = &self.comparison.models;
        let Some(columns) = &self.columns else { return Ok(Fits::none("the design matrices could not be compared")) };
        if self.word == Word::NeedsInfo {
            return Ok(Fits::none("a fact is missing"));
        }
        if [a, b].iter().any(|m| m.family() != "gaussian") {
            return Ok(Fits::none("only linear models are fitted"));
        }
        if columns.constraints.iter().any(|c| !c.is_empty()) {
            return Ok(Fits::none("a fit knows no constraints between variances"));
        }
        let found = self.scenario.table([a, b]).and_then(|t| compare(a, b, &self.scenario.facts, Some(&t), SEED));
        match found {
            Ok(found) => self.settle(&found),
            Err(why) => Ok(Fits::none(why.message)),
        }
    }

    fn settle(&self, found: &Comparison) -> Result<Fits> {
        let relation = match (self.word, self.nested) {
            (Word::Same | Word::Equivalent, _) => Relation::Equal,
            (_, Some(nested)) => nested,
            _ => Relation::Neither,
        };
        let against = |(a, b): &(f64, f64)| match relation {
            Relation::Equal => (a - b).abs() > APART,
            Relation::AInB => a - b > APART,
            Relation::BInA => b - a > APART,
            Relation::Neither => false,
        };
        if found.converged && found.logliks.iter().any(against) {
            let pairs: Vec<String> = found.logliks.iter().map(|(a, b)| format!("{a:.6} and {b:.6}")).collect();
            let message = format!(
                "a fault of mlnote: terms and design matrices say `{}`, maximum likelihood on drawn data does not ({})",
                self.word.text(),
                pairs.join("; ")
            );
            return Diagnostic::error(Code::Fault, message).help("please report the two models").into();
        }
        let equal = match (found.agree(), relation) {
            (true, _) => Some(true),
            // Equal models whose optima are not sharp enough to tell.
            (false, Relation::Equal) => None,
            (false, _) => Some(false),
        };
        let why =
            equal.is_none().then(|| format!("the optima differ by {:.1e} of the log-likelihood", found.difference));
        Ok(Fits { equal, logliks: found.logliks.clone(), why })
    }
}
