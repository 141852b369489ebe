//! How a notation is to be written: every choice that does not change the model.

use super::estimates::Estimates;
use std::collections::BTreeMap;

/// How equations are typeset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// LaTeX (amsmath).
    #[default]
    Tex,
    /// LaTeX in Markdown, for pandoc and Quarto too: a display between `$$`, whose numbers are printed.
    Markdown,
    /// Plain text with Unicode letters, subscripts and superscripts.
    Unicode,
    /// MathML.
    Mathml,
}

/// `R * Z + (R | id)`; `1 + R * Z + (1 + R | id)`; `1 + R + Z + R:Z + (1 + R | id)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LmerStyle {
    /// Products folded, intercepts implied.
    #[default]
    Compact,
    /// Products folded, intercepts written.
    Explicit,
    /// Every term written.
    Expanded,
}

/// Variances and covariances by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CovarianceStyle {
    /// As the author wrote them; τ's where nothing was written.
    #[default]
    Author,
    /// τ_00, τ_10, τ_11.
    Tau,
    /// σ_0², ρ σ_0 σ_1, σ_1².
    Sigma,
}

/// The random part of the reduced form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Residual {
    /// u + ε.
    #[default]
    Split,
    /// One ε with its definition.
    Composite,
}

/// The indices of covariates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Indices {
    /// Z_j and R_ij, by Level.
    #[default]
    Levels,
    /// Everything ij.
    All,
}

/// Standard errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Errors {
    /// Not written.
    #[default]
    None,
    /// In brackets after the estimate.
    Beside,
    /// In brackets below the estimate; plain text has them beside it.
    Under,
}

/// Numbers in place of parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// The estimates.
    pub estimates: Estimates,
    /// Standard errors of fixed effects.
    pub errors: Errors,
    /// Significant digits of standard errors, to which their estimates are rounded, and of what has none; 2 and 3 when
    /// not given.
    pub digits: Option<usize>,
    /// As predictions: hats on response, coefficients and random effects, and no residual.
    pub hat: bool,
}

/// Every choice of writing.
#[derive(Clone, Debug)]
pub struct Style {
    /// Typesetting of equations.
    pub format: Format,
    /// Width in printed characters at which lines break.
    pub width: usize,
    /// A document that compiles rather than a fragment.
    pub standalone: bool,
    /// `iid` over the `~` of distributions whose parameters are constant.
    pub iid: bool,
    /// After each distribution the ranges of its indices: `for j = 1, …, J`.
    pub ranges: bool,
    /// What the groups of a factor, or the observations of an index letter, are called in ranges.
    pub words: BTreeMap<String, String>,
    /// The statements gathered by Level, each Level labelled.
    pub level_labels: bool,
    /// Numbered equations; the name stands in their labels (`eq:NAME-1`), which are `eq:1` when it is empty.
    pub label_equations: Option<String>,
    /// Numbers in place of the parameters of equations.
    pub numbers: Option<Numbers>,
    /// Shape of formulas.
    pub lmer: LmerStyle,
    /// Names of covariances.
    pub covariance: CovarianceStyle,
    /// Random part of the reduced form.
    pub residual: Residual,
    /// Indices of covariates.
    pub indices: Indices,
    /// The covariate whose terms are bracketed together in the reduced form.
    pub treatment: Option<String>,
    /// New letters: symbol as written in LaTeX or Unicode, to symbol.
    pub rename: BTreeMap<String, String>,
    /// Name of the data in calls.
    pub data_name: String,
    /// Write ML rather than REML calls.
    pub ml: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            format: Format::default(),
            width: 80,
            standalone: false,
            iid: false,
            ranges: false,
            words: BTreeMap::new(),
            level_labels: false,
            label_equations: None,
            numbers: None,
            lmer: LmerStyle::default(),
            covariance: CovarianceStyle::default(),
            residual: Residual::default(),
            indices: Indices::default(),
            treatment: None,
            rename: BTreeMap::new(),
            data_name: "dat".into(),
            ml: false,
        }
    }
}
