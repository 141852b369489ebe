//! What each parameter of a model means: sentences with mathematics among them, held as values; text, Markdown, LaTeX,
//! HTML and JSON are made from these (`render`). Research on wordings and their pitfalls: Gelman and Hill (2007),
//! Raudenbush and Bryk (2002), Snijders and Bosker (2012).

mod fixed;
mod normal;
mod prose;
mod random;
mod render;
mod rside;
mod shares;
mod table;
mod treatment;
mod words;

use super::estimates::{Estimate, Estimates};
use crate::algebra::{Covariances, RaiseOptions, Reading, symbols};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Facts, Grouping, RExpr, Term};
use crate::syntax::Expr;
use std::collections::{BTreeMap, BTreeSet};

pub(in crate::write) use fixed::power_of;
pub(in crate::write) use prose::number;
pub use prose::{Part, Prose};
pub use render::ExplainFormat;
pub use table::{ParameterRow, ParameterTable};

pub(in crate::write) use words::noun;
use words::{Value, Words};

/// What is known besides the model and the declared facts.
#[derive(Clone, Debug, Default)]
pub struct ExplainOptions {
    /// The covariate whose effect is causal, by its column or symbol; only with it there are causal words.
    pub treatment: Option<String>,
    /// Covariates that are 0 or 1, by their columns.
    pub indicators: BTreeSet<String>,
    /// What the data say of columns.
    pub data: BTreeMap<String, Range>,
    /// Estimates of this model.
    pub estimates: Option<Estimates>,
    /// Names of variances and covariances.
    pub covariance: Covariances,
}

/// The values of a column of the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The smallest.
    pub low: f64,
    /// The largest.
    pub high: f64,
    /// Whether there are no others than 0 and 1, and both.
    pub indicator: bool,
}

/// The kinds of symbols that are explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntryKind {
    /// A fixed effect.
    Fixed,
    /// A coefficient with an equation of its own.
    Coefficient,
    /// A random effect.
    Effect,
    /// The variance of a random effect.
    Variance,
    /// The covariance of two random effects.
    Covariance,
    /// Their correlation: no parameter of its own beside the covariance.
    Correlation,
    /// The residual's variance.
    Residual,
}

impl EntryKind {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fixed => "fixed effect",
            Self::Coefficient => "coefficient",
            Self::Effect => "random effect",
            Self::Variance => "variance",
            Self::Covariance => "covariance",
            Self::Correlation => "correlation",
            Self::Residual => "residual variance",
        }
    }

    /// Whether it is a parameter of the model.
    pub fn is_parameter(self) -> bool {
        matches!(self, Self::Fixed | Self::Variance | Self::Covariance | Self::Residual)
    }
}

/// One symbol and what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// It, with its indices.
    pub symbol: Expr,
    /// What R calls it, or where R shows it; empty when R has no name for it.
    pub r: String,
    /// The term it belongs to, factors as dummies.
    pub term: Option<Term>,
    /// The grouping factor it belongs to.
    pub group: Option<Grouping>,
    /// What it is, as a clause: no capital, no full stop.
    pub meaning: Prose,
    /// Under which conditions this holds.
    pub conditions: Vec<Prose>,
    /// More, in sentences.
    pub sentences: Vec<Prose>,
    /// What is computed from it.
    pub formulas: Vec<Formula>,
    /// Its estimate.
    pub estimate: Option<Estimate>,
}

impl Entry {
    fn new(kind: EntryKind, symbol: Expr, r: String) -> Self {
        let none = Prose::default();
        Self {
            kind,
            symbol,
            r,
            term: None,
            group: None,
            meaning: none,
            conditions: vec![],
            sentences: vec![],
            formulas: vec![],
            estimate: None,
        }
    }
}

/// A quantity that parameters make.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    /// What it is.
    pub name: Prose,
    /// In the symbols of the model.
    pub formula: Expr,
    /// With the estimates in it.
    pub value: Option<Expr>,
}

impl Formula {
    fn new(name: Prose, formula: Expr, value: Option<Expr>) -> Self {
        Self { name, formula, value }
    }
}

/// A part of an explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// A stable word: `model`, `fixed`, `coefficients`, `effects`, `variances`, `variance`, `treatment`, `r`.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// Sentences before the entries.
    pub sentences: Vec<Prose>,
    /// Symbols and their meanings.
    pub entries: Vec<Entry>,
    /// What parameters make together.
    pub formulas: Vec<Formula>,
}

impl Section {
    fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title, sentences: vec![], entries: vec![], formulas: vec![] }
    }

    fn of(id: &'static str, title: &'static str, sentences: Vec<Prose>, entries: Vec<Entry>) -> Self {
        Self { sentences, entries, ..Self::new(id, title) }
    }

    fn is_empty(&self) -> bool {
        self.sentences.is_empty() && self.entries.is_empty() && self.formulas.is_empty()
    }
}

/// What a model's parameters mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// In the order of reading.
    pub sections: Vec<Section>,
    /// What the values 0 and 1 of a covariate are called, of those that have no others.
    pub values: BTreeMap<RExpr, [String; 2]>,
    /// What the groups of each grouping factor are called.
    pub groups: BTreeMap<Grouping, String>,
}

impl Explanation {
    /// Every entry, in the order of reading.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.sections.iter().flat_map(|section| &section.entries)
    }
}

/// Explains every parameter of a model. Notes tell what was assumed.
///
/// # Errors
/// Those of [`symbols`]; `UnknownName` for a treatment or indicator that is no covariate, or for estimates of another
/// model.
///
/// ```
/// use mlnote::model::Facts;
/// use mlnote::write::{ExplainFormat, ExplainOptions, explain};
/// let reading = mlnote::read::read("Y ~ X + (1 | school)", None, &Facts::default()).unwrap();
/// let explained = explain(&reading, &Facts::default(), &ExplainOptions::default(), &mut vec![]).unwrap();
/// assert!(explained.text(80).contains("averaged over schools"));
/// assert!(explained.render(ExplainFormat::Markdown).contains("`sigma()` gives $\\sigma$"));
/// ```
pub fn explain(reading: &Reading, facts: &Facts, options: &ExplainOptions, notes: &mut Notes) -> Result<Explanation> {
    let raise = RaiseOptions { covariance: options.covariance, ..RaiseOptions::default() };
    let symbols = symbols(reading, &raise, notes)?;
    if let Some(estimates) = &options.estimates {
        estimates.check(&symbols.model)?;
    }
    let find = |wanted: &str| -> Result<RExpr> {
        let known = symbols.model.covariates();
        let is = |c: &&&RExpr| {
            let symbol = reading.lexicon.covariates.get(**c);
            words::column(c) == wanted || symbol.is_some_and(|s| s.to_string() == wanted || s.spell() == wanted)
        };
        let dummy = |c: &&&RExpr| c.as_dummy().is_some_and(|(factor, _)| factor == wanted);
        let found = known.iter().find(is).or_else(|| known.iter().find(dummy));
        found.map(|c| (**c).clone()).ok_or_else(|| {
            let names: Vec<String> = known.iter().map(|c| words::column(c)).collect();
            Box::new(Diagnostic::unknown(Code::UnknownName, "covariate", wanted, names.iter().map(String::as_str)))
        })
    };
    let treatment = options.treatment.as_deref().map(find).transpose()?;
    let treatments = match treatment.as_ref().map(|found| (found, found.as_dummy())) {
        Some((_, Some((factor, _)))) => {
            let arm = |c: &&RExpr| c.as_dummy().is_some_and(|(of, _)| of == factor);
            symbols.model.covariates().into_iter().filter(arm).cloned().collect()
        }
        _ => treatment.into_iter().collect(),
    };
    let mut indicators = BTreeSet::new();
    for indicator in &options.indicators {
        indicators.insert(words::column(&find(indicator)?));
    }
    let options = &ExplainOptions { indicators, ..options.clone() };
    let words = Words::new(&symbols, &reading.lexicon, facts, options, treatments);
    let values = symbols.model.covariates().into_iter().filter_map(|c| Some((c.clone(), words.values(c)?))).collect();
    let groups = symbols.model.groupings().into_iter().map(|group| (group.clone(), words.group(group).many)).collect();
    Ok(Explanation { sections: words.sections(), values, groups })
}

impl Words<'_> {
    fn sections(&self) -> Vec<Section> {
        let mut about = self.cast();
        about.extend(self.constant_within());
        about.extend(self.total_error());
        if !self.symbols.model.has_intercept() {
            about.push(self.without_intercept());
        }
        for offset in &self.symbols.offsets {
            about.push(prose::say![offset, " is an offset: a covariate whose coefficient is 1."]);
        }
        let mut fixed = self.fixed_entries();
        for entry in &mut fixed {
            entry.formulas.dedup();
        }
        let mut coefficients =
            Section::of("coefficients", "Coefficients of the Levels", vec![], self.coefficient_entries());
        coefficients.sentences = self.pooled();
        coefficients.sentences.extend(self.random_coefficients());
        let sections = [
            Section::of("model", "The model", about, vec![]),
            Section::of("fixed", "Fixed effects", self.scale_sentences(), fixed),
            self.treated(),
            coefficients,
            Section::of("effects", "Random effects", vec![], self.effect_entries()),
            Section::of("variances", "Variances and covariances", vec![], self.variance_entries()),
            self.shares(),
            self.in_r(),
        ];
        sections.into_iter().filter(|section| !section.is_empty()).collect()
    }

    /// On which scale the coefficients of another family than the normal lie.
    fn scale_sentences(&self) -> Vec<Prose> {
        if self.is_linear() {
            return vec![];
        }
        let mut made = vec![prose::say!["The coefficients are differences in ", self.expected(), "."]];
        if let Some(mean) = &self.symbols.mean
            && self.symbols.model.family() == "binomial"
        {
            made.push(prose::say![
                mean,
                " is the probability of ",
                prose::equal(&self.symbols.response, &Expr::number(1)),
                "."
            ]);
        }
        if let Some(group) = self.symbols.model.groupings().first() {
            let noun = self.group(group);
            made.push(
                format!(
                    "They compare within one {}, with the same random effects; averaged over {}, the differences are \
                     smaller.",
                    noun.one, noun.many
                )
                .into(),
            );
        }
        made
    }

    fn without_intercept(&self) -> Prose {
        let full =
            self.symbols.model.fixed().iter().any(|t| matches!(t.factors(), [only] if only.as_dummy().is_some()));
        if full {
            return "There is no intercept: each category of the first factor has a mean of its own.".into();
        }
        let zeros: Vec<(RExpr, Value)> =
            self.symbols.model.fixed().iter().flat_map(Term::factors).map(|f| (f.clone(), Value::Zero)).collect();
        prose::say![
            "There is no intercept: the model fixes ",
            self.expected(),
            " at 0 for ",
            self.population(&zeros),
            "."
        ]
    }
}
