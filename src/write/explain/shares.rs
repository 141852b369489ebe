//! The variance between groups and the total variance as functions of the covariates, intraclass correlations, design
//! effect.

use super::prose::{Prose, equal, negative, number, quotient, say, squared};
use super::words::{Scale, Words};
use super::{Formula, Section};
use crate::model::{Covariance, Grouping, Term};
use crate::syntax::{Expr, Kind, Name, Symbol};

impl Words<'_> {
    /// The section on variances; empty for a model without random effects.
    pub(super) fn shares(&self) -> Section {
        let mut section = Section::new("variance", "How much varies where");
        let groupings: Vec<Grouping> = self.ordered();
        if groupings.is_empty() {
            return section;
        }
        let sloped = self.symbols.model.random().iter().any(|r| r.terms.iter().any(|t| !t.is_intercept()));
        for group in &groupings {
            let noun = self.group(group);
            let own = self.between(group, false);
            let numbers = self.between(group, true);
            let name = say![format!("variance between {}", noun.many)];
            if let Some(own) = own {
                section.formulas.push(Formula::new(name, own, numbers));
            }
        }
        if sloped {
            self.of_slopes(&mut section);
        }
        let Some(level_one) = self.level_one(false) else {
            let why = match self.symbols.model.family() {
                "gaussian" => "The residual variance is that of the response, not of its logarithm",
                _ => "The scale of this family has no residual variance",
            };
            section.sentences.push(format!("{why}, so there is no intraclass correlation on it.").into());
            return section;
        };
        let all = |numbers: bool| -> Option<Vec<Expr>> { groupings.iter().map(|g| self.between(g, numbers)).collect() };
        let total = |numbers: bool| Some(sum(all(numbers)?.into_iter().chain([self.level_one(numbers)?])));
        if let Some(whole) = total(false) {
            section.formulas.push(Formula::new("total variance, given the covariates".into(), whole, total(true)));
        }
        self.icc(&mut section, &groupings, sloped, &level_one);
        section
    }

    /// The grouping factors, the coarsest first.
    fn ordered(&self) -> Vec<Grouping> {
        let mut all: Vec<Grouping> = self.symbols.model.groupings().into_iter().cloned().collect();
        all.sort_by_key(|g| g.factors().len());
        all
    }

    /// Whether each grouping factor lies within the one before.
    fn nested(&self, groupings: &[Grouping]) -> bool {
        groupings.windows(2).all(|pair| pair[1].is_within(&pair[0]))
    }

    /// The variance between the groups of a factor at given values of the covariates; with estimates in it when `numbers`.
    fn between(&self, group: &Grouping, numbers: bool) -> Option<Expr> {
        let mut parts = vec![];
        for (term, symbols) in self.blocks().filter(|(term, _)| term.group == *group) {
            for row in 0..term.terms.len() {
                for at in 0..=row {
                    let Some(symbol) = &symbols.covariances[row][at] else { continue };
                    let times = if row == at { 1 } else { 2 };
                    let mut factors = match numbers {
                        true => {
                            let estimates = self.options.estimates.as_ref()?;
                            let value = estimates.covariance(group, &term.terms[row], &term.terms[at])?;
                            vec![number(f64::from(times) * value)]
                        }
                        false if times == 1 => vec![symbol.clone()],
                        false => vec![Expr::number(times), symbol.clone()],
                    };
                    let [one, other] = [at, row].map(|at| self.product(&term.terms[at]));
                    match row == at {
                        true if term.terms[at].is_intercept() => {}
                        true => factors.push(squared(&one)),
                        false => factors.extend([one, other]),
                    }
                    parts.push(product(factors));
                }
            }
        }
        Some(sum(parts))
    }

    /// The variance of Level 1 on the scale of the coefficients; `None` when there is none.
    fn level_one(&self, numbers: bool) -> Option<Expr> {
        let pi = || squared(&Symbol::new(Name::new("π"), vec![]).into());
        match (self.symbols.model.family(), self.symbols.model.link()) {
            ("gaussian", "identity") if numbers => Some(number(self.options.estimates.as_ref()?.sigma?.powi(2))),
            ("gaussian", "identity") => self.symbols.variance.clone(),
            ("binomial", "logit") => Some(quotient(pi(), Expr::number(3))),
            ("binomial", "cloglog") => Some(quotient(pi(), Expr::number(6))),
            ("binomial", "probit") => Some(Expr::number(1)),
            _ => None,
        }
    }

    fn of_slopes(&self, section: &mut Section) {
        for (term, symbols) in self.blocks() {
            let noun = self.group(&term.group);
            let slopes: Vec<usize> = (0..term.terms.len()).filter(|&at| !term.terms[at].is_intercept()).collect();
            let intercept = term.terms.iter().position(Term::is_intercept);
            let ([slope], Some(intercept), Covariance::Unstructured) = (&slopes[..], intercept, term.covariance) else {
                continue;
            };
            let cell = |a: usize, b: usize| symbols.covariances[a][b].clone();
            let (Some(base), Some(both), Some(own)) =
                (cell(intercept, intercept), cell(*slope, intercept), cell(*slope, *slope))
            else {
                continue;
            };
            let of = &term.terms[*slope];
            let x = self.product(of);
            let estimates = self.options.estimates.as_ref();
            let value = |a: &Term, b: &Term| estimates.and_then(|e| e.covariance(&term.group, a, b));
            let zero = Term::intercept();
            let values = (value(&zero, &zero), value(&zero, of), value(of, of));
            if let ([only], true) = (of.factors(), of.degree() == 1)
                && matches!(self.scale(only), Scale::Indicator(_) | Scale::Dummy { .. })
            {
                let one = Expr::sum(vec![base.clone(), product(vec![Expr::number(2), both.clone()]), own.clone()]);
                let mut sentence = say![
                    format!("Between {} it is ", noun.many),
                    &base,
                    " where ",
                    equal(&x, &Expr::number(0)),
                    " and ",
                    one,
                    " where ",
                    equal(&x, &Expr::number(1))
                ];
                if let (Some(a), Some(b), Some(c)) = values {
                    sentence.push(say![": ", number(a), " and ", number(a + 2.0 * b + c)]);
                }
                section.sentences.push(say![sentence, "."]);
            } else {
                let lowest = negative(quotient(both.clone(), own.clone()));
                let mut sentence = say![format!("The {} are most alike where ", noun.many), equal(&x, &lowest)];
                if let (_, Some(b), Some(c)) = values
                    && c > 0.0
                {
                    sentence.push(say![", which is ", number(-b / c)]);
                }
                section.sentences.push(say![sentence, "; away from it they differ more."]);
            }
            let dashed = x.replace(&|s| {
                let name = Name {
                    accents: s.name.accents.iter().copied().chain([crate::syntax::Accent::Prime]).collect(),
                    ..s.name.clone()
                };
                Some(Symbol::new(name, vec![]).into())
            });
            let plain = x.replace(&|s| Some(Symbol::new(s.name.clone(), vec![]).into()));
            let covariance = Expr::sum(vec![
                base,
                product(vec![both, Expr::sum(vec![plain.clone(), dashed.clone()])]),
                product(vec![own, plain.clone(), dashed.clone()]),
            ]);
            section.formulas.push(Formula::new(
                say![format!("covariance of two {} of one {}, at ", self.unit.many, noun.one), plain, " and ", dashed],
                covariance,
                None,
            ));
        }
    }

    fn icc(&self, section: &mut Section, groupings: &[Grouping], sloped: bool, level_one: &Expr) {
        let nested = self.nested(groupings);
        let latent = self.symbols.model.family() != "gaussian";
        for (at, group) in groupings.iter().enumerate() {
            // Of one class is of one school too.
            let shared: Vec<&Grouping> = if nested { groupings[..=at].iter().collect() } else { vec![group] };
            let share = |numbers: bool| {
                let above: Option<Vec<Expr>> = shared.iter().map(|g| self.between(g, numbers)).collect();
                let all: Option<Vec<Expr>> = groupings.iter().map(|g| self.between(g, numbers)).collect();
                let level_one = if numbers { self.level_one(true)? } else { level_one.clone() };
                Some(quotient(sum(above?), sum(all?.into_iter().chain([level_one]))))
            };
            let name = format!("intraclass correlation of two {} of one {}", self.unit.many, self.group(group).one);
            let Some(formula) = share(false) else { continue };
            let value = if sloped { share(true) } else { self.icc_value(&shared, groupings).map(number) };
            section.formulas.push(Formula::new(name.into(), formula, value));
        }
        let conditional = self.symbols.model.fixed().iter().any(|t| !t.is_intercept());
        let mut sentence: Prose =
            "The intraclass correlation is the share of the variance that is between groups".into();
        if conditional {
            sentence
                .push(", of the variance that the covariates leave unexplained (the residual intraclass correlation)");
        }
        if latent {
            sentence.push(", on the scale of a latent response");
        }
        section.sentences.push(say![sentence, "."]);
        if sloped {
            section
                .sentences
                .push("With a random slope it has no one value: it is a function of the covariate.".into());
        }
        if let ([group], false, false) = (groupings, sloped, latent) {
            let mean =
                Expr::from(Symbol::new(Name { accents: vec![crate::syntax::Accent::Bar], ..Name::new("n") }, vec![]));
            let icc = Expr::from(Symbol::new(Name { face: crate::syntax::Face::Upright, ..Name::new("ICC") }, vec![]));
            let formula = Expr::sum(vec![
                Expr::number(1),
                product(vec![Expr::sum(vec![mean.clone(), negative(Expr::number(1))]), icc]),
            ]);
            let estimates = self.options.estimates.as_ref();
            let size = estimates.and_then(|e| Some(e.n? / e.groups(group)?));
            let value = size.zip(self.icc_value(&[group], groupings)).map(|(n, icc)| number(1.0 + (n - 1.0) * icc));
            let noun = self.group(group);
            section.formulas.push(Formula::new("design effect".into(), formula, value));
            section.sentences.push(say![
                mean,
                format!(
                    " is the mean number of {} of one {}. By the design effect the variance of a mean is larger than \
                     if the {} were independent.",
                    self.unit.many, noun.one, self.unit.many
                )
            ]);
        }
    }

    /// The share of these groupings' intercept variances in all.
    fn icc_value(&self, shared: &[&Grouping], groupings: &[Grouping]) -> Option<f64> {
        let estimates = self.options.estimates.as_ref()?;
        let variance = |g: &Grouping| estimates.covariance(g, &Term::intercept(), &Term::intercept());
        let above: Option<f64> = shared.iter().map(|g| variance(g)).sum();
        let all: Option<f64> = groupings.iter().map(variance).sum();
        let level_one = match (self.symbols.model.family(), self.symbols.model.link()) {
            ("gaussian", "identity") => estimates.sigma?.powi(2),
            ("binomial", "logit") => std::f64::consts::PI.powi(2) / 3.0,
            ("binomial", "cloglog") => std::f64::consts::PI.powi(2) / 6.0,
            _ => 1.0,
        };
        let total = all? + level_one;
        (total > 0.0).then_some(above? / total)
    }
}

/// The sum, with sums inside it opened.
fn sum(parts: impl IntoIterator<Item = Expr>) -> Expr {
    let open = |part: Expr| match part.kind {
        Kind::Sum(inner) => inner,
        _ => vec![part],
    };
    Expr::sum(parts.into_iter().flat_map(open).collect())
}

/// The product, its sign before it.
fn product(parts: Vec<Expr>) -> Expr {
    let mut sign = false;
    let parts = parts
        .into_iter()
        .map(|part| match part.kind {
            Kind::Negative(inner) => {
                sign = !sign;
                *inner
            }
            _ => part,
        })
        .collect();
    if sign { negative(Expr::product(parts)) } else { Expr::product(parts) }
}
