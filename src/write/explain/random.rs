//! What the coefficients, the random effects and their variances, covariances and correlations mean.

use super::normal::normal;
use super::prose::{Prose, equal, negative, number, quotient, root, say, squared};
use super::words::{Noun, Scale, Value, Words};
use super::{Entry, EntryKind, Formula};
use crate::algebra::RandomSymbols;
use crate::model::{Covariance, RExpr, RandomTerm, Term};
use crate::syntax::{Expr, Kind};
use crate::write::estimates::Estimate;

impl Words<'_> {
    /// The coefficients that have equations of their own: random intercepts and random coefficients.
    pub(super) fn coefficient_entries(&self) -> Vec<Entry> {
        let random = |group: &_, term: &Term| {
            self.symbols.model.random().iter().any(|r| r.group == *group && r.terms.contains(term))
        };
        let entry = |c: &crate::algebra::Coefficient| {
            let noun = self.group(&c.group);
            let mut entry = Entry::new(EntryKind::Coefficient, c.symbol.clone(), String::new());
            let varies = random(&c.group, &c.term);
            let own: Vec<(RExpr, Value)> = self
                .symbols
                .model
                .covariates()
                .into_iter()
                .filter(|x| self.level(x).is_none() && !c.term.factors().contains(x))
                .filter(|x| c.term.is_intercept() || self.together(c.term.factors(), x))
                .map(|x| (x.clone(), Value::Zero))
                .collect();
            entry.meaning = match c.term.factors() {
                [] => say![
                    if varies { "random intercept: " } else { "intercept: " },
                    self.expected(),
                    " of ",
                    self.population(&own),
                    format!(" in one {}", noun.one)
                ],
                [only] => say![
                    if varies { "random coefficient: the " } else { "coefficient: the " },
                    self.relation(only),
                    format!(" in one {}", noun.one)
                ],
                _ => say!["coefficient of ", self.product(&c.term), format!(" in one {}", noun.one)],
            };
            entry.conditions = self.conditions(&own);
            entry.formulas.push(Formula::new("its equation".into(), c.right.clone(), self.numbers(&c.right)));
            if c.term.is_intercept() && varies && self.is_linear() {
                entry.sentences.push(format!("Different {} have different means.", noun.many).into());
            }
            entry
        };
        self.symbols.coefficients.iter().map(entry).collect()
    }

    fn together(&self, factors: &[RExpr], other: &RExpr) -> bool {
        let with = |t: &&Term| factors.iter().all(|f| t.factors().contains(f)) && t.factors().contains(other);
        self.symbols.model.fixed().iter().any(|t| with(&t))
    }

    /// The fixed effects of covariates whose slope is the same in every group: completely pooled.
    pub(super) fn pooled(&self) -> Vec<Prose> {
        let model = &self.symbols.model;
        if model.random().is_empty() {
            return vec![];
        }
        let in_equations: Vec<&Term> = self.symbols.coefficients.iter().flat_map(|c| &c.fixed).collect();
        let effects = |t: &Term| model.random().iter().any(|r| r.terms.contains(t));
        let pooled: Vec<(&Term, &Expr)> = model
            .fixed()
            .iter()
            .zip(&self.symbols.fixed)
            .filter(|(t, _)| !t.is_intercept() && !in_equations.contains(t) && !effects(t))
            .filter(|(t, _)| t.factors().iter().any(|f| self.level(f).is_none()))
            .collect();
        if pooled.is_empty() {
            return vec![];
        }
        let mut nouns: Vec<Prose> = vec![];
        for group in model.groupings() {
            let noun: Prose = self.group(group).many.as_str().into();
            if !nouns.contains(&noun) {
                nouns.push(noun);
            }
        }
        let many = Prose::list(nouns);
        let one = pooled.len() == 1;
        let symbols = Prose::list(pooled.iter().map(|(_, s)| (*s).into()));
        let products = Prose::list(pooled.iter().map(|(t, _)| self.product(t).into()));
        vec![
            say![
                symbols.clone(),
                if one { " is completely pooled: all " } else { " are completely pooled: all " },
                many,
                " have the same relation between ",
                &self.symbols.response,
                " and ",
                products,
                "."
            ],
            say![
                "That is why ",
                symbols,
                if one {
                    " has no equation of its own and no group's index."
                } else {
                    " have no equation of their own and no group's index."
                }
            ],
        ]
    }

    /// What coefficients that vary over the same groups are called together.
    pub(super) fn random_coefficients(&self) -> Vec<Prose> {
        let mut made = vec![];
        for (term, _) in self.blocks() {
            let own = |c: &&crate::algebra::Coefficient| c.group == term.group && term.terms.contains(&c.term);
            let own: Vec<_> = self.symbols.coefficients.iter().filter(own).collect();
            let Some(intercept) = own.iter().find(|c| c.term.is_intercept()).filter(|_| own.len() > 1) else {
                continue;
            };
            made.push(say![
                Prose::list(own.iter().map(|c| (&c.symbol).into())),
                format!(" are random coefficients, since each {} has its own; ", self.group(&term.group).one),
                &intercept.symbol,
                " is called the random intercept."
            ]);
        }
        made
    }

    /// The random effects.
    pub(super) fn effect_entries(&self) -> Vec<Entry> {
        let mut entries = vec![];
        for (term, symbols) in self.blocks() {
            let noun = self.group(&term.group);
            for (effect, of) in symbols.effects.iter().zip(&term.terms) {
                let mut entry = Entry::new(
                    EntryKind::Effect,
                    effect.clone(),
                    format!("ranef()${}", quoted(&term.group.to_string())),
                );
                let coefficient = self
                    .symbols
                    .coefficients
                    .iter()
                    .find(|c| c.group == term.group && c.term == *of)
                    .map(|c| &c.symbol);
                entry.meaning = match coefficient {
                    Some(symbol) => say![
                        format!(
                            "random effect: how far the {} of one {} lies from what its equation predicts; the residual of the equation of ",
                            if of.is_intercept() { "intercept" } else { "coefficient" },
                            noun.one
                        ),
                        symbol
                    ],
                    None if of.is_intercept() => say![format!("random effect: the deviation of one {}", noun.one)],
                    None => {
                        say![format!("random effect: the deviation of one {} in the ", noun.one), self.slope_of(of)]
                    }
                };
                if !of.is_intercept() && self.fixed(of).is_none() {
                    entry.sentences.push(say![
                        "There is no fixed effect of ",
                        self.product(of),
                        format!(": the mean of the slopes over {} is fixed at 0.", noun.many)
                    ]);
                }
                entry.term = Some(of.clone());
                entry.group = Some(term.group.clone());
                entries.push(entry);
            }
        }
        entries
    }

    pub(super) fn blocks(&self) -> impl Iterator<Item = (&RandomTerm, &RandomSymbols)> {
        self.symbols.model.random().iter().zip(&self.symbols.random)
    }

    /// `slope of R_ij`, `difference between …`.
    fn slope_of(&self, term: &Term) -> Prose {
        match term.factors() {
            [only] => self.relation(only),
            _ => say!["coefficient of ", self.product(term)],
        }
    }

    /// Variances, covariances, correlations; the residual's variance.
    pub(super) fn variance_entries(&self) -> Vec<Entry> {
        let mut entries = vec![];
        for (term, symbols) in self.blocks() {
            let size = term.terms.len();
            for row in 0..size {
                for at in 0..=row {
                    let Some(symbol) = &symbols.covariances[row][at] else { continue };
                    if row == at {
                        entries.push(self.variance(term, symbols, row, symbol));
                    } else {
                        entries.extend(self.covariance(term, symbols, row, at, symbol));
                    }
                }
            }
        }
        if let Some(variance) = &self.symbols.variance {
            let mut entry = Entry::new(EntryKind::Residual, variance.clone(), "Residual".into());
            let line = match self.symbols.model.groupings().is_empty() {
                false => "around what the fixed and random effects give together",
                true => "around what the fixed effects give",
            };
            entry.meaning = match (&self.symbols.residual, &self.symbols.mean) {
                (Some(residual), _) => {
                    say![format!("the variance of {} {line}: of the residual ", self.unit.many), residual]
                }
                (None, Some(mean)) => say![format!("the variance of {} around their mean ", self.unit.many), mean],
                _ => say![format!("the variance of {} {line}", self.unit.many)],
            };
            entry.sentences.push("It is not the total variance.".into());
            let sigma = self.options.estimates.as_ref().and_then(|e| e.sigma);
            entry.estimate = sigma.map(|s| Estimate { value: s * s, se: None });
            entries.push(entry);
        }
        entries
    }

    fn variance(&self, term: &RandomTerm, symbols: &RandomSymbols, at: usize, symbol: &Expr) -> Entry {
        let noun = self.group(&term.group);
        let of = &term.terms[at];
        let mut entry = Entry::new(EntryKind::Variance, symbol.clone(), r_variance(term, at, at));
        (entry.term, entry.group) = (Some(of.clone()), Some(term.group.clone()));
        let predictors = self.predictors(term, of);
        let left = if predictors.is_empty() {
            Prose::default()
        } else {
            let leaves = if predictors.len() == 1 { " leaves" } else { " leave" };
            say![", as far as ", Prose::list(predictors), leaves, " it unexplained"]
        };
        let slopes: Vec<&Term> = term.terms.iter().filter(|t| !t.is_intercept()).collect();
        let value = self.options.estimates.as_ref().and_then(|e| e.covariance(&term.group, of, of));
        entry.estimate = value.map(|value| Estimate { value, se: None });
        if of.is_intercept() {
            let origin = Prose::list(slopes.iter().map(|t| equal(&self.product(t), &Expr::number(0)).into()));
            let place = if slopes.is_empty() { Prose::default() } else { say![" at ", origin] };
            entry.meaning = say![
                format!("the variance of the random intercept: of the differences between {}", noun.many),
                place,
                left
            ];
        } else {
            entry.meaning = say![
                format!("the variance of the random slope: how the "),
                self.slope_of(of),
                format!(" differs between {}", noun.many),
                left
            ];
        }
        let deviation = root(symbol);
        match value {
            Some(value) if value <= 0.0 => entry.sentences.push(
                "It is estimated at its boundary, 0: these data do not tell it from 0. That is no proof that nothing varies."
                    .into(),
            ),
            Some(value) => entry.sentences.push(say!["The standard deviation is ", equal(&deviation, &number(value.sqrt())), "."]),
            None => {}
        }
        let mean = self.fixed(of);
        if !(of.is_intercept() && mean.is_none()) {
            self.spread(&mut entry, of, mean, &deviation, &noun);
        }
        if of.is_intercept() && slopes.len() == 1 && term.covariance == Covariance::Unstructured {
            self.shifted(&mut entry, term, symbols, at);
        } else if of.is_intercept() && !slopes.is_empty() {
            entry.sentences.push(
                format!(
                    "It depends on the origin of {}: another zero is another variance.",
                    if slopes.len() == 1 { "the covariate" } else { "these covariates" }
                )
                .into(),
            );
            if term.covariance == Covariance::Diagonal {
                entry.sentences.push(
                    "The covariance is fixed at 0, which can hold at one origin only: a shift of the \
                    covariate makes it another model."
                        .into(),
                );
            }
        }
        entry
    }

    /// Where 95 % of the groups lie.
    fn spread(&self, entry: &mut Entry, of: &Term, mean: Option<&Expr>, deviation: &Expr, noun: &Noun) {
        let what = match (of.is_intercept(), of.factors()) {
            (true, _) => format!("About 95 % of {} have an intercept between ", noun.many).into(),
            (_, [only]) if self.scale(only) == Scale::Number => {
                say![format!("About 95 % of {} have a slope of ", noun.many), self.symbol(only), " between "]
            }
            (_, [only]) => say![format!("In about 95 % of {} the ", noun.many), self.relation(only), " is between "],
            _ => say![format!("About 95 % of {} have a coefficient between ", noun.many)],
        };
        let others = self.predictors_of(of).into_iter().filter(|c| !of.is_intercept() || self.level(c).is_some());
        let others: Vec<(RExpr, Value)> = others.map(|c| (c, Value::Zero)).collect();
        let centre = mean.cloned().unwrap_or_else(|| Expr::number(0));
        let width = Expr::product(vec![Expr::number("1.96"), deviation.clone()]);
        let bounds = match mean {
            Some(_) => {
                say![Expr::sum(vec![centre.clone(), negative(width.clone())]), " and ", Expr::sum(vec![centre, width])]
            }
            None => say![negative(width.clone()), " and ", width],
        };
        entry.sentences.push(say![
            what,
            bounds,
            self.place(&others),
            ". This is the spread of ",
            &noun.many,
            ", not the uncertainty of an estimate."
        ]);
        let estimates = self.options.estimates.as_ref();
        let value = estimates.zip(entry.group.as_ref()).and_then(|(e, g)| e.sd(g, of));
        let centre = match mean {
            Some(_) => estimates.and_then(|e| e.fixed(of)).map(|e| e.value),
            None => Some(0.0),
        };
        if let (Some(sd), Some(centre)) = (value.filter(|sd| *sd > 0.0), centre) {
            let (low, high) = (centre - 1.96 * sd, centre + 1.96 * sd);
            let mut sentence = say!["With the estimates: between ", number(low), " and ", number(high)];
            if !of.is_intercept() {
                let below = 100.0 * normal(-centre / sd);
                sentence.push(format!("; the share of {} where it is negative is {} %", noun.many, percent(below)));
            }
            sentence.push(".");
            entry.sentences.push(sentence);
        }
    }

    /// How the intercept's variance and covariance change when the zero of the one random slope is moved to c.
    fn shifted(&self, entry: &mut Entry, term: &RandomTerm, symbols: &RandomSymbols, at: usize) {
        let slope = 1 - at.min(1);
        let (Some(both), Some(own)) = (&symbols.covariances[slope][at], &symbols.covariances[slope][slope]) else {
            return;
        };
        let covariate = self.product(&term.terms[slope]);
        let c = Expr::from(crate::syntax::Symbol::new(crate::syntax::Name::new("c"), vec![]));
        let variance = Expr::sum(vec![
            entry.symbol.clone(),
            Expr::product(vec![Expr::number(2), c.clone(), both.clone()]),
            Expr::product(vec![squared(&c), own.clone()]),
        ]);
        let covariance = Expr::sum(vec![both.clone(), Expr::product(vec![c.clone(), own.clone()])]);
        entry.sentences.push(say![
            "It depends on the origin: with ",
            Expr::sum(vec![covariate, negative(c.clone())]),
            " in the place of the covariate it becomes ",
            variance,
            " and the covariance ",
            covariance,
            "; ",
            own,
            " stays as it is."
        ]);
    }

    fn covariance(
        &self,
        term: &RandomTerm,
        symbols: &RandomSymbols,
        row: usize,
        at: usize,
        symbol: &Expr,
    ) -> Vec<Entry> {
        let noun = self.group(&term.group);
        let (one, other) = (&term.terms[at], &term.terms[row]);
        let name = |t: &Term| if t.is_intercept() { "intercept".into() } else { self.slope_of(t) };
        let estimates = self.options.estimates.as_ref();
        let mut entry = Entry::new(EntryKind::Covariance, symbol.clone(), r_variance(term, at, row));
        entry.group = Some(term.group.clone());
        entry.meaning = say![
            format!("the covariance (not the correlation) of the random effects "),
            &symbols.effects[at],
            " and ",
            &symbols.effects[row]
        ];
        let origin = || say![" where ", equal(&self.product(other), &Expr::number(0))];
        entry.sentences.push(say![
            format!("When it is positive, {} with a larger ", noun.many),
            name(one),
            if one.is_intercept() { origin() } else { Prose::default() },
            " tend to have a larger ",
            name(other),
            " (larger in the algebraic sense: less negative is larger)."
        ]);
        if one.is_intercept() {
            entry
                .sentences
                .push("It changes, and can change its sign, when the origin of the covariate is moved.".into());
        }
        entry.sentences.push("The covariance of A and B is that of B and A, so it is written once.".into());
        entry.estimate =
            estimates.and_then(|e| e.covariance(&term.group, one, other)).map(|value| Estimate { value, se: None });
        let (Some(first), Some(second)) = (&symbols.covariances[at][at], &symbols.covariances[row][row]) else {
            return vec![entry];
        };
        let ratio = quotient(symbol.clone(), Expr::product(vec![root(first), root(second)]));
        let written = factor_rho(symbol);
        let rho = written.clone().unwrap_or_else(|| self.rho(term, at, row));
        let mut correlation = Entry::new(EntryKind::Correlation, rho, r_variance(term, at, row));
        correlation.group = Some(term.group.clone());
        correlation.meaning = say!["the correlation of ", &symbols.effects[at], " and ", &symbols.effects[row]];
        if written.is_none() {
            let back = Expr::product(vec![correlation.symbol.clone(), root(first), root(second)]);
            correlation.formulas.push(Formula::new("the correlation".into(), ratio, None));
            correlation.formulas.push(Formula::new("the covariance in terms of it".into(), back, None));
        }
        correlation.estimate =
            estimates.and_then(|e| e.correlation(&term.group, one, other)).map(|value| Estimate { value, se: None });
        if correlation.estimate.is_some_and(|e| e.value.abs() > 0.9999) {
            correlation
                .sentences
                .push("It is estimated at its boundary: these data do not tell it from a perfect correlation.".into());
        }
        if one.is_intercept() {
            correlation.sentences.push("Like the covariance, it depends on the origin of the covariate.".into());
        }
        vec![entry, correlation]
    }

    /// ρ, with a number when there are several.
    fn rho(&self, term: &RandomTerm, at: usize, row: usize) -> Expr {
        let several =
            self.symbols.model.random().iter().map(|r| r.terms.len() * (r.terms.len() - 1) / 2).sum::<usize>() > 1;
        let block = self.symbols.model.random().iter().position(|r| std::ptr::eq(r, term)).unwrap_or(0);
        let base = ["ρ", "r", "κ"].into_iter().find(|b| !self.names(b)).unwrap_or("corr");
        let tag = match (several, self.symbols.model.random().len() > 1) {
            (false, _) => String::new(),
            (true, false) => format!("{row}{at}"),
            (true, true) => format!("{block}{row}{at}"),
        };
        crate::syntax::Symbol::new(crate::syntax::Name::tagged(base, tag), vec![]).into()
    }

    fn names(&self, base: &str) -> bool {
        let s = self.symbols;
        let all = s.fixed.iter().chain(s.covariates.values()).chain(s.random.iter().flat_map(|r| &r.effects));
        all.chain([&s.response]).flat_map(Expr::symbols).any(|symbol| symbol.name.base == base)
    }

    /// The covariates of the groups themselves in the equation of a coefficient.
    fn predictors(&self, term: &RandomTerm, of: &Term) -> Vec<Prose> {
        let found = self.symbols.coefficients.iter().find(|c| c.group == term.group && c.term == *of);
        let covariates = found.into_iter().flat_map(|c| c.fixed.iter().flat_map(Term::factors));
        let mut seen: Vec<&RExpr> = vec![];
        for covariate in covariates.filter(|c| !of.factors().contains(c) && self.level(c).as_ref() == Some(&term.group))
        {
            if !seen.contains(&covariate) {
                seen.push(covariate);
            }
        }
        seen.into_iter().map(|c| self.symbol(c).into()).collect()
    }

    /// The covariates that have a product with a term.
    fn predictors_of(&self, term: &Term) -> Vec<RExpr> {
        let mut seen = vec![];
        let with = self.symbols.model.fixed().iter().filter(|t| term.factors().iter().all(|f| t.factors().contains(f)));
        for factor in with.flat_map(Term::factors).filter(|f| !term.factors().contains(f)) {
            if !seen.contains(factor) {
                seen.push(factor.clone());
            }
        }
        seen
    }
}

/// The correlation in a covariance written `ρ σ_0 σ_1`.
fn factor_rho(covariance: &Expr) -> Option<Expr> {
    match &covariance.kind {
        Kind::Product(parts) if parts.len() == 3 => Some(parts[0].clone()),
        _ => None,
    }
}

/// As the summary of lme4 names it: the group, then one term or two.
fn r_variance(term: &RandomTerm, one: usize, other: usize) -> String {
    let mut names = vec![term.terms[one].column()];
    if one != other {
        names.push(term.terms[other].column());
    }
    format!("{}: {}", term.group, names.join(", "))
}

/// A name after `$`.
pub(super) fn quoted(name: &str) -> String {
    RExpr::name(name).to_string()
}

pub(super) fn percent(value: f64) -> String {
    if value > 0.0 && value < 0.01 { "under 0.01".into() } else { format!("{value:.2}") }
}
