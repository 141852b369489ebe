//! Terms: what a coefficient multiplies. And the Level at which a covariate varies.

use super::{Grouping, RExpr};
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The intercept (no factors), a covariate (one), or a product of covariates. Equality and order ignore the order of
/// the factors; `Display` is R's label, factors in the order given at construction (R's variable order), in brackets
/// where `:` would part them.
///
/// ```
/// use mlnote::model::{RExpr, Term};
/// let rz = Term::new([RExpr::name("R"), RExpr::name("Z")]);
/// let zr = Term::new([RExpr::name("Z"), RExpr::name("R")]);
/// assert_eq!(rz, zr);
/// assert_eq!((rz.to_string(), zr.to_string(), Term::intercept().to_string()), ("R:Z".into(), "Z:R".into(), "1".into()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Term {
    factors: Vec<RExpr>,
}

impl Term {
    /// The product of the covariates; a repeated one counts once, as in R.
    pub fn new(factors: impl IntoIterator<Item = RExpr>) -> Self {
        let mut seen = Vec::new();
        for factor in factors.into_iter().map(RExpr::bracketed) {
            if !seen.contains(&factor) {
                seen.push(factor);
            }
        }
        Self { factors: seen }
    }

    /// The intercept.
    pub fn intercept() -> Self {
        Self::default()
    }

    /// A single covariate by the name of its column.
    pub fn covariate(name: impl Into<String>) -> Self {
        Self::new([RExpr::name(name)])
    }

    /// Whether it is the intercept.
    pub fn is_intercept(&self) -> bool {
        self.factors.is_empty()
    }

    /// The covariates of the product, in R's order of variables.
    pub fn factors(&self) -> &[RExpr] {
        &self.factors
    }

    /// The number of covariates in the product.
    pub fn degree(&self) -> usize {
        self.factors.len()
    }

    /// The product of two terms.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        Self::new(self.factors.iter().chain(&other.factors).cloned())
    }

    /// R's name of the column of the term, with factors as dummies: `(Intercept)`, `R:Z`, `sectorprivate`.
    ///
    /// ```
    /// use mlnote::model::{RExpr, Term};
    /// assert_eq!(Term::new([RExpr::dummy("sector", "private"), RExpr::name("SES")]).column(), "sectorprivate:SES");
    /// assert_eq!((Term::intercept().column(), Term::covariate("my x").column()), ("(Intercept)".into(), "`my x`".into()));
    /// ```
    pub fn column(&self) -> String {
        if self.is_intercept() {
            return "(Intercept)".into();
        }
        let name = |covariate: &RExpr| match (covariate.as_dummy(), covariate) {
            (Some((factor, category)), _) => format!("{}{category}", RExpr::name(factor)),
            // A column that R itself made: `poly(x, 2)1`.
            (None, RExpr::Name(name)) if name.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with(')') => {
                name.clone()
            }
            (None, RExpr::Call(head, inner)) if head == "I" && inner.len() == 1 && inner[0].1.as_dummy().is_some() => {
                format!("{covariate}TRUE")
            }
            _ => covariate.to_string(),
        };
        self.factors.iter().map(name).collect::<Vec<_>>().join(":")
    }

    fn identity(&self) -> BTreeSet<&RExpr> {
        self.factors.iter().collect()
    }
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        // No factor stands twice, so that this is equality of sets, without making them.
        self.factors.len() == other.factors.len() && self.factors.iter().all(|f| other.factors.contains(f))
    }
}
impl Eq for Term {}
impl PartialOrd for Term {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Term {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (&self.factors[..], &other.factors[..]) {
            ([one], [other]) => one.cmp(other),
            (all, others) if all.len() != others.len() => all.len().cmp(&others.len()),
            _ => self.identity().cmp(&other.identity()),
        }
    }
}
impl Hash for Term {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_intercept() {
            return f.write_str("1");
        }
        for (position, factor) in self.factors.iter().enumerate() {
            if position > 0 {
                f.write_str(":")?;
            }
            match factor.is_loose() && self.factors.len() > 1 {
                true => write!(f, "({factor})")?,
                false => write!(f, "{factor}")?,
            }
        }
        Ok(())
    }
}

/// Where a covariate varies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// From observation to observation (level 1).
    Observation,
    /// Constant within each group of this grouping factor.
    Group(Grouping),
}
