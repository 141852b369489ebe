//! Random-effects terms `(expr | factor)`.

use super::Term;
use std::collections::BTreeSet;
use std::fmt;

/// A grouping factor: one factor (`school`), or the cells of several (`school:class`, class within school). Equality
/// ignores the order; `Display` keeps it, outermost first.
#[derive(Clone, Debug)]
pub struct Grouping {
    factors: Vec<String>,
}

impl Grouping {
    /// The cells of the factors, outermost first; a repeated one counts once. Never empty.
    pub fn new(factors: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut seen: Vec<String> = Vec::new();
        for factor in factors {
            let factor = factor.into();
            if !seen.contains(&factor) {
                seen.push(factor);
            }
        }
        assert!(!seen.is_empty(), "a grouping factor has at least one name");
        Self { factors: seen }
    }

    /// The names, outermost first.
    pub fn factors(&self) -> &[String] {
        &self.factors
    }

    /// Whether the groups of `self` lie within the groups of `outer` by their names: `school:class` within `school`.
    pub fn is_within(&self, outer: &Self) -> bool {
        outer.factors.iter().all(|f| self.factors.contains(f))
    }

    fn identity(&self) -> BTreeSet<&String> {
        self.factors.iter().collect()
    }
}

impl PartialEq for Grouping {
    fn eq(&self, other: &Self) -> bool {
        self.factors.len() == other.factors.len() && self.is_within(other)
    }
}
impl Eq for Grouping {}
impl PartialOrd for Grouping {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Grouping {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.factors.len(), self.identity()).cmp(&(other.factors.len(), other.identity()))
    }
}
impl std::hash::Hash for Grouping {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl fmt::Display for Grouping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.factors.join(":"))
    }
}

/// The covariance structure of one random-effects term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Covariance {
    /// All variances and covariances free.
    Unstructured,
    /// Covariances zero between the terms: lme4's `||`. A term of several columns (a factor) keeps its own block.
    Diagonal,
    /// Covariances zero and one variance for all columns: lme4's `diag(…, hom = TRUE)`.
    EqualDiagonal,
    /// One correlation for all pairs: lme4's `cs(…)`.
    CompoundSymmetry,
    /// One variance and one correlation: lme4's `cs(…, hom = TRUE)`.
    EqualCompoundSymmetry,
    /// Correlations ρ, ρ², … along the columns, one variance: lme4's `ar1(…)`.
    Ar1,
    /// Likewise with a variance for each column: lme4's `ar1(…, hom = FALSE)`.
    UnequalAr1,
}

impl Covariance {
    /// Every structure.
    pub const ALL: &'static [Self] = &[
        Self::Unstructured,
        Self::Diagonal,
        Self::EqualDiagonal,
        Self::CompoundSymmetry,
        Self::EqualCompoundSymmetry,
        Self::Ar1,
        Self::UnequalAr1,
    ];

    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unstructured => "unstructured",
            Self::Diagonal => "diagonal",
            Self::EqualDiagonal => "equal-diagonal",
            Self::CompoundSymmetry => "compound-symmetry",
            Self::EqualCompoundSymmetry => "equal-compound-symmetry",
            Self::Ar1 => "ar1",
            Self::UnequalAr1 => "unequal-ar1",
        }
    }

    /// Whether it is beyond unstructured and diagonal: only a formula of lme4 2 (or its like) can say it.
    pub fn is_structured(self) -> bool {
        !matches!(self, Self::Unstructured | Self::Diagonal)
    }
}

/// Several random effects of one grouping factor that share a covariance matrix.
#[derive(Clone, Debug)]
pub struct RandomTerm {
    /// Right of the bar.
    pub group: Grouping,
    /// Left of the bar, the intercept among them when there is one; never empty, no term twice.
    pub terms: Vec<Term>,
    /// How they covary.
    pub covariance: Covariance,
}

impl RandomTerm {
    /// A term; one random effect alone is always unstructured.
    pub fn new(group: Grouping, terms: impl IntoIterator<Item = Term>, covariance: Covariance) -> Self {
        let mut seen: Vec<Term> = Vec::new();
        for term in terms {
            if !seen.contains(&term) {
                seen.push(term);
            }
        }
        // A structure may speak of the columns of one categorical term.
        let alone = seen.len() < 2 && !covariance.is_structured();
        let covariance = if alone { Covariance::Unstructured } else { covariance };
        Self { group, terms: seen, covariance }
    }

    fn identity(&self) -> (&Grouping, BTreeSet<&Term>, Covariance) {
        (&self.group, self.terms.iter().collect(), self.covariance)
    }
}

impl PartialEq for RandomTerm {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}
impl Eq for RandomTerm {}
impl PartialOrd for RandomTerm {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for RandomTerm {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.identity().cmp(&other.identity())
    }
}
