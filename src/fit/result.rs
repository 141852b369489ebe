//! What a fit gives.

use super::criterion::Method;
use super::design::Design;
use super::optimise::Certificate;
use crate::error::Notes;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// A fixed effect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FixedEffect {
    /// R's name of the column.
    pub term: String,
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub se: f64,
    /// Their ratio.
    pub t: f64,
}

/// The standard deviations and correlations of a random-effects term.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RandomEffects {
    /// The grouping factor.
    pub group: String,
    /// R's names of the columns.
    pub terms: Vec<String>,
    /// Standard deviations.
    pub sd: Vec<f64>,
    /// The correlation matrix; `null` beside a standard deviation of zero.
    #[serde(serialize_with = "rows")]
    pub corr: Vec<Vec<f64>>,
    /// Covariances, row by row.
    #[serde(skip)]
    pub covariance: Vec<Vec<f64>>,
}

fn rows<S: Serializer>(matrix: &[Vec<f64>], serializer: S) -> Result<S::Ok, S::Error> {
    let cell = |v: &f64| v.is_finite().then_some(*v);
    serializer.collect_seq(matrix.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>()))
}

/// Conditional modes of the random effects of one grouping factor (Bates et al. 2015): b = Λu (equation
/// 11) at the mode of u (equation 58).
#[derive(Clone, Debug, PartialEq)]
pub struct Modes {
    /// The grouping factor.
    pub group: String,
    /// R's names of the columns of all its terms.
    pub terms: Vec<String>,
    /// The names of the groups.
    pub labels: Vec<String>,
    /// A row for each group.
    pub values: Vec<Vec<f64>>,
}

/// A fitted linear mixed model. Serialises to the answer of `mlnote fit --json`.
#[derive(Clone, Debug, Serialize)]
pub struct Fit {
    /// ML or REML.
    #[serde(serialize_with = "method_name")]
    pub method: Method,
    /// The (restricted) log-likelihood.
    pub loglik: f64,
    /// −2 times it (lme4 calls it "REML criterion" by REML).
    pub deviance: f64,
    /// Fixed effects.
    pub fixed: Vec<FixedEffect>,
    /// Random-effects terms in lme4's order.
    pub random: Vec<RandomEffects>,
    /// The residual standard deviation.
    pub sigma: f64,
    /// Relative covariance parameters, in lme4's order.
    pub theta: Vec<f64>,
    /// Observations.
    pub n: usize,
    /// Groups of each grouping factor.
    #[serde(serialize_with = "map")]
    pub groups: Vec<(String, usize)>,
    /// Whether gradient and Hessian certify the optimum.
    pub converged: bool,
    /// Whether a variance or correlation is at its boundary.
    pub singular: bool,
    /// What is to be known, in sentences.
    #[serde(serialize_with = "sentences")]
    pub notes: Notes,
    /// The covariance matrix of the fixed effects; zero or infinite where a square of the response's unit is.
    #[serde(skip)]
    pub vcov: Vec<Vec<f64>>,
    /// The correlations of the estimates of the fixed effects.
    #[serde(skip)]
    pub correlations: Vec<Vec<f64>>,
    /// Columns of X that were dropped.
    #[serde(skip)]
    pub aliased: Vec<String>,
    /// Conditional modes.
    #[serde(skip)]
    pub modes: Vec<Modes>,
    /// Fitted values, the offset included.
    #[serde(skip)]
    pub fitted: Vec<f64>,
    /// Residuals.
    #[serde(skip)]
    pub residuals: Vec<f64>,
    /// The rows of the table in use, `None` when all.
    #[serde(skip)]
    pub kept: Option<Vec<u32>>,
    /// How sure the optimum is.
    #[serde(skip)]
    pub certificate: Certificate,
    /// The model as an R formula's parts, for the heading.
    #[serde(skip)]
    pub title: String,
}

fn method_name<S: Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match method {
        Method::Ml => "ML",
        Method::Reml => "REML",
    })
}

fn map<S: Serializer>(groups: &[(String, usize)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(groups.len()))?;
    for (name, count) in groups {
        map.serialize_entry(name, count)?;
    }
    map.end()
}

fn sentences<S: Serializer>(notes: &Notes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(notes.iter().map(|n| &n.message))
}

impl Fit {
    /// The number of parameters: fixed effects, θ and σ.
    pub fn parameters(&self) -> usize {
        self.fixed.len() + self.theta.len() + 1
    }

    /// Akaike's criterion.
    pub fn aic(&self) -> f64 {
        self.deviance + 2.0 * self.parameters() as f64
    }

    /// Schwarz's criterion, by the number of observations as in lme4.
    pub fn bic(&self) -> f64 {
        self.deviance + (self.n as f64).ln() * self.parameters() as f64
    }

    /// Appends fitted values and residuals of the rows of a design, whose groups are numbered as the modes stand.
    pub(super) fn add_rows(&mut self, design: &Design) {
        let from = self.fitted.len();
        self.fitted.extend(design.offset.as_ref().map_or_else(|| vec![0.0; design.rows()], Clone::clone));
        let fitted = &mut self.fitted[from..];
        for column in &design.x {
            if let Some(effect) = self.fixed.iter().find(|f| f.term == column.name) {
                fitted.iter_mut().zip(column.values.iter()).for_each(|(f, x)| *f += effect.estimate * x);
            }
        }
        let mut next = vec![0; self.modes.len()];
        for block in &design.random {
            let groups = &design.groups[block.groups];
            let Some(at) = self.modes.iter().position(|m| m.group == groups.name) else { continue };
            for column in &block.columns {
                let place = next[at];
                next[at] += 1;
                let effects = &self.modes[at].values;
                let rows = groups.index.iter().zip(column.values.iter());
                fitted.iter_mut().zip(rows).for_each(|(f, (group, z))| *f += effects[*group as usize][place] * z);
            }
        }
        let rows = design.y.iter().zip(fitted.iter()).enumerate();
        let residuals = rows.map(|(row, (y, f))| y + design.offset.as_ref().map_or(0.0, |o| o[row]) - f);
        self.residuals.extend(residuals);
    }

    /// Puts groups in the order of their names: by number when all are numbers, as text otherwise.
    pub(super) fn sort_modes(&mut self) {
        for modes in &mut self.modes {
            let numbers: Option<Vec<f64>> = modes.labels.iter().map(|l| l.parse().ok()).collect();
            let mut order: Vec<usize> = (0..modes.labels.len()).collect();
            match numbers {
                Some(numbers) => order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b])),
                None => order.sort_by(|a, b| modes.labels[*a].cmp(&modes.labels[*b])),
            }
            modes.labels = order.iter().map(|i| modes.labels[*i].clone()).collect();
            modes.values = order.iter().map(|i| modes.values[*i].clone()).collect();
        }
    }

    /// Fixed effects plus conditional modes, by group: what lme4's `coef` gives.
    pub fn coefficients(&self) -> Vec<Modes> {
        self.modes
            .iter()
            .map(|modes| {
                let extra = modes.terms.iter().filter(|t| !self.fixed.iter().any(|f| f.term == **t)).cloned();
                let terms: Vec<String> = self.fixed.iter().map(|f| f.term.clone()).chain(extra).collect();
                let value = |row: &Vec<f64>, term: &String| {
                    let fixed = self.fixed.iter().find(|f| f.term == *term).map_or(0.0, |f| f.estimate);
                    fixed + modes.terms.iter().zip(row).filter(|(t, _)| *t == term).map(|(_, v)| v).sum::<f64>()
                };
                Modes {
                    group: modes.group.clone(),
                    labels: modes.labels.clone(),
                    values: modes.values.iter().map(|row| terms.iter().map(|t| value(row, t)).collect()).collect(),
                    terms,
                }
            })
            .collect()
    }
}
