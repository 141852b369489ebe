//! The model and its smart constructors.

use super::{Covariance, Grouping, Level, RExpr, RandomTerm, Term};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A linear or generalised linear mixed model.
///
/// Invariants, kept by the constructors: no fixed effect twice; per grouping factor the random effects that share no
/// covariance with others are one diagonal term (`(1 | g) + (0 + x | g)` is `Diagonal [1, x]`); a term of one random
/// effect is unstructured; no random-effects term twice. Equality ignores the order of terms, and the levels of
/// covariates: these are facts about data, the distribution of the response is the same (Bates et al. 2015).
#[derive(Clone, Debug)]
pub struct Model {
    response: RExpr,
    family: String,
    link: String,
    fixed: Vec<Term>,
    offsets: Vec<RExpr>,
    random: Vec<RandomTerm>,
    levels: BTreeMap<RExpr, Level>,
}

impl Model {
    /// A Gaussian model without effects.
    pub fn new(response: RExpr) -> Self {
        Self {
            response: response.bracketed(),
            family: "gaussian".into(),
            link: "identity".into(),
            fixed: vec![],
            offsets: vec![],
            random: vec![],
            levels: BTreeMap::new(),
        }
    }

    /// Sets family and link, by R's names (`binomial`, `logit`).
    #[must_use]
    pub fn with_family(mut self, family: impl Into<String>, link: impl Into<String>) -> Self {
        (self.family, self.link) = (family.into(), link.into());
        self
    }

    /// Adds fixed effects in this order (the intercept is a term like others).
    #[must_use]
    pub fn with_fixed(mut self, terms: impl IntoIterator<Item = Term>) -> Self {
        let mut seen: BTreeSet<Term> = self.fixed.iter().cloned().collect();
        self.fixed.extend(terms.into_iter().filter(|term| seen.insert(term.clone())));
        if let Some(at) = self.fixed.iter().position(Term::is_intercept) {
            let intercept = self.fixed.remove(at);
            self.fixed.insert(0, intercept);
        }
        self
    }

    /// Adds an offset: a covariate with coefficient 1.
    #[must_use]
    pub fn with_offset(mut self, offset: RExpr) -> Self {
        self.offsets.push(offset.bracketed());
        self
    }

    /// Adds a random-effects term; uncorrelated effects of one grouping factor are gathered in one diagonal term.
    #[must_use]
    pub fn with_random(mut self, term: RandomTerm) -> Self {
        let loose = |t: &RandomTerm| {
            t.covariance == Covariance::Diagonal || (t.terms.len() == 1 && !t.covariance.is_structured())
        };
        if !loose(&term) {
            self.random.extend((!term.terms.is_empty()).then_some(term));
            return self;
        }
        for effect in term.terms {
            let home = |t: &&mut RandomTerm| t.group == term.group && loose(t) && !t.terms.contains(&effect);
            if let Some(old) = self.random.iter_mut().find(home) {
                old.terms.push(effect);
                old.covariance = Covariance::Diagonal;
            } else {
                self.random.push(RandomTerm::new(term.group.clone(), [effect], Covariance::Unstructured));
            }
        }
        self
    }

    /// Says at which Level a covariate varies.
    #[must_use]
    pub fn with_level(mut self, covariate: RExpr, level: Level) -> Self {
        self.levels.insert(covariate.bracketed(), level);
        self
    }

    /// The response.
    pub fn response(&self) -> &RExpr {
        &self.response
    }

    /// R's name of the family: `gaussian`, `binomial`, `poisson`.
    pub fn family(&self) -> &str {
        &self.family
    }

    /// R's name of the link: `identity`, `logit`, `log`, `probit`.
    pub fn link(&self) -> &str {
        &self.link
    }

    /// The fixed effects in order, the intercept first when there is one.
    pub fn fixed(&self) -> &[Term] {
        &self.fixed
    }

    /// Whether there is a fixed intercept.
    pub fn has_intercept(&self) -> bool {
        self.fixed.iter().any(Term::is_intercept)
    }

    /// The offsets.
    pub fn offsets(&self) -> &[RExpr] {
        &self.offsets
    }

    /// The random-effects terms in order.
    pub fn random(&self) -> &[RandomTerm] {
        &self.random
    }

    /// The grouping factors of the random-effects terms, each once, in order of appearance.
    pub fn groupings(&self) -> Vec<&Grouping> {
        let mut seen: Vec<&Grouping> = vec![];
        for term in &self.random {
            if !seen.contains(&&term.group) {
                seen.push(&term.group);
            }
        }
        seen
    }

    /// The Level of a covariate; `None` when unknown.
    pub fn level(&self, covariate: &RExpr) -> Option<&Level> {
        self.levels.get(covariate)
    }

    /// The known levels.
    pub fn levels(&self) -> &BTreeMap<RExpr, Level> {
        &self.levels
    }

    /// Every covariate of the fixed and random parts, each once, in order of appearance.
    pub fn covariates(&self) -> Vec<&RExpr> {
        let mut seen: BTreeSet<&RExpr> = BTreeSet::new();
        let random = self.random.iter().flat_map(|t| &t.terms);
        self.fixed.iter().chain(random).flat_map(Term::factors).filter(|factor| seen.insert(factor)).collect()
    }

    fn identity(&self) -> impl PartialEq + '_ {
        let random: BTreeMap<&RandomTerm, usize> = self.random.iter().fold(BTreeMap::new(), |mut counts, term| {
            *counts.entry(term).or_default() += 1;
            counts
        });
        (
            (&self.response, &self.family, &self.link),
            self.fixed.iter().collect::<BTreeSet<_>>(),
            self.offsets.iter().collect::<BTreeSet<_>>(),
            random,
        )
    }
}

impl PartialEq for Model {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}
impl Eq for Model {}

/// The canonical text form, used in snapshots: one line a part.
impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |terms: &[Term]| terms.iter().map(Term::to_string).collect::<Vec<_>>().join(", ");
        writeln!(f, "response {}", self.response)?;
        if self.family != "gaussian" || self.link != "identity" {
            writeln!(f, "family   {} ({})", self.family, self.link)?;
        }
        writeln!(f, "fixed    {}", list(&self.fixed))?;
        for offset in &self.offsets {
            writeln!(f, "offset   {offset}")?;
        }
        for term in &self.random {
            writeln!(f, "random   {} | {} {}", list(&term.terms), term.group, term.covariance.word())?;
        }
        for (covariate, level) in &self.levels {
            match level {
                Level::Observation => writeln!(f, "level    {covariate}: observation")?,
                Level::Group(group) => writeln!(f, "level    {covariate}: {group}")?,
            }
        }
        Ok(())
    }
}
