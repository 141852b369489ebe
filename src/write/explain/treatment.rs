//! The average treatment effect for each subgroup.

use super::prose::{Prose, say};
use super::words::{Scale, Value, Words};
use super::{Formula, Section};
use crate::model::{RExpr, Term};
use crate::syntax::Expr;

impl Words<'_> {
    /// The section on the treatment; empty when none was named.
    pub(super) fn treated(&self) -> Section {
        let mut section = Section::new("treatment", "The treatment");
        let Some(treatment) = &self.treatment else { return section };
        let own = Term::new([treatment.clone()]);
        let Some(base) = self.fixed(&own) else { return section };
        let effect = if self.is_linear() { "average treatment effect" } else { "treatment effect" };
        let mut moderators: Vec<RExpr> = vec![];
        let products = self.symbols.model.fixed().iter().filter(|t| t.degree() == 2 && t.factors().contains(treatment));
        for factor in products.flat_map(Term::factors).filter(|f| *f != treatment) {
            moderators.push(factor.clone());
        }
        if moderators.is_empty() {
            section.sentences.push(say![
                base,
                format!(" is the {effect}, the same for all {}: a shift of ", self.unit.many),
                self.expected(),
                " by ",
                base,
                " for the treated."
            ]);
        }
        let zeros: Vec<(RExpr, Value)> = moderators.iter().map(|m| (m.clone(), Value::Zero)).collect();
        if !moderators.is_empty() {
            let name = say![format!("{effect} for "), self.population(&zeros)];
            section.formulas.push(Formula::new(name, base.clone(), self.numbers(base)));
        }
        for moderator in &moderators {
            let Some(change) = self.fixed(&own.times(&Term::new([moderator.clone()]))) else { continue };
            let others = zeros.iter().filter(|(m, _)| m != moderator && !same_factor(m, moderator)).cloned();
            let here: Vec<(RExpr, Value)> = [(moderator.clone(), Value::One)].into_iter().chain(others).collect();
            let sum = Expr::sum(vec![base.clone(), change.clone()]);
            let name = say![format!("{effect} for "), self.population(&here)];
            section.formulas.push(Formula::new(name, sum.clone(), self.numbers(&sum)));
            let mut sentence = match self.scale(moderator) {
                Scale::Number => {
                    say!["The treatment effect changes by ", change, " per unit of ", self.symbol(moderator)]
                }
                _ => say![
                    "The effects for the two differ by ",
                    change,
                    ": if it is not 0, the treatment works differently for ",
                    self.compared(moderator)
                ],
            };
            if self.level(moderator).is_none() {
                sentence.push(say![
                    ", and the treatment changes the ",
                    self.relation(moderator),
                    self.gap(moderator),
                    " by ",
                    change
                ]);
            }
            section.sentences.push(say![sentence, "."]);
        }
        if self.symbols.model.random().iter().any(|r| r.terms.contains(&own)) {
            section.sentences.push("The treatment effect itself varies between groups; this is its mean.".into());
        }
        section
    }

    /// ` (the gap)` after the difference between two kinds of observations.
    fn gap(&self, covariate: &RExpr) -> Prose {
        match self.scale(covariate) {
            Scale::Number => Prose::default(),
            _ => " (the gap)".into(),
        }
    }
}

fn same_factor(one: &RExpr, other: &RExpr) -> bool {
    let factor = |c: &RExpr| c.as_dummy().map(|(factor, _)| factor.to_owned());
    factor(one).is_some() && factor(one) == factor(other)
}
