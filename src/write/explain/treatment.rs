//! The average treatment effect for each subgroup, and of each arm.

use super::prose::{Prose, negative, say};
use super::words::{Scale, Value, Words};
use super::{Formula, Section};
use crate::model::{RExpr, Term};
use crate::syntax::Expr;

impl Words<'_> {
    /// Whether a covariate is the treatment, or one of its arms.
    pub(super) fn is_treatment(&self, covariate: &RExpr) -> bool {
        self.treatments.contains(covariate)
    }

    /// ` of low against control`; nothing for a treatment that groups have or have not.
    pub(super) fn of_arm(&self, arm: &RExpr) -> String {
        self.against(arm).map_or_else(String::new, |arm| format!(" of {arm}"))
    }

    /// `the treatment`, `the treatment low against control`.
    pub(super) fn the_treatment(&self, arm: &RExpr) -> String {
        self.against(arm).map_or_else(|| "the treatment".into(), |arm| format!("the treatment {arm}"))
    }

    fn against(&self, arm: &RExpr) -> Option<String> {
        match self.scale(arm) {
            Scale::Dummy { category, reference: Some(reference), .. } => {
                Some(format!("{category} against {reference}"))
            }
            Scale::Dummy { category, reference: None, .. } => Some(category),
            _ => None,
        }
    }

    /// Whether it is a category of a factor that has a coefficient for each: without an intercept there is no reference.
    pub(super) fn has_own_mean(&self, covariate: &RExpr) -> bool {
        self.reference(covariate).is_some()
    }

    /// The dummy of the category that others are compared with, when it has a coefficient of its own.
    fn reference(&self, covariate: &RExpr) -> Option<RExpr> {
        let Scale::Dummy { factor, reference: Some(reference), .. } = self.scale(covariate) else { return None };
        let dummy = RExpr::dummy(&factor, &reference);
        self.fixed(&Term::new([dummy.clone()])).is_some().then_some(dummy)
    }

    /// What an arm changes the coefficient of a term by.
    fn change(&self, arm: &RExpr, term: &Term) -> Option<Expr> {
        let own = self.fixed(&Term::new([arm.clone()]).times(term))?.clone();
        let reference = self.reference(arm).and_then(|reference| self.fixed(&Term::new([reference]).times(term)));
        Some(match reference {
            Some(reference) => Expr::sum(vec![own, negative(reference.clone())]),
            None => own,
        })
    }

    /// The section on the treatment; empty when none was named.
    pub(super) fn treated(&self) -> Section {
        let mut section = Section::new("treatment", "The treatment");
        let reference = self.treatments.first().and_then(|arm| self.reference(arm));
        let arms: Vec<&RExpr> = self.treatments.iter().filter(|arm| Some(*arm) != reference.as_ref()).collect();
        for arm in &arms {
            self.arm(arm, &mut section);
        }
        for (at, arm) in arms.iter().enumerate() {
            for other in &arms[..at] {
                self.arms(arm, other, &mut section);
            }
        }
        let random = self.symbols.model.random().iter().flat_map(|r| &r.terms);
        if random.flat_map(Term::factors).any(|factor| self.is_treatment(factor)) {
            section.sentences.push("The treatment effect itself varies between groups; this is its mean.".into());
        }
        let about = |term: &Term| term.factors().iter().any(|factor| self.is_treatment(factor));
        let fixed = self.symbols.model.fixed().iter().zip(&self.symbols.fixed);
        let rest = fixed.filter(|(term, _)| !term.is_intercept() && !about(term)).map(|(_, symbol)| symbol.into());
        let rest: Vec<Prose> = rest.collect();
        if !rest.is_empty() && !section.sentences.is_empty() {
            let are = if rest.len() == 1 { " is an adjustment" } else { " are adjustments" };
            let no_part = if rest.len() == 1 { ": it is" } else { ": they are" };
            section.sentences.push(say![Prose::list(rest), are, no_part, " no part of a treatment effect."]);
        }
        section
    }

    /// The effect of one arm, for each subgroup.
    fn arm(&self, arm: &RExpr, section: &mut Section) {
        let Some(base) = self.change(arm, &Term::intercept()) else { return };
        let effect = if self.is_linear() { "average treatment effect" } else { "treatment effect" };
        let effect = say![effect, self.of_arm(arm)];
        let zeros = self.moderators(arm);
        if zeros.is_empty() {
            let whom = match self.scale(arm) {
                Scale::Dummy { factor, category, .. } => format!(" where {factor} = {category}."),
                Scale::Indicator(_) => " for the treated.".into(),
                Scale::Number => " per unit of it.".into(),
            };
            section.sentences.push(say![
                &base,
                " is the ",
                effect,
                format!(", the same for all {}: a shift of ", self.unit.many),
                self.expected(),
                " by ",
                &base,
                whom
            ]);
            return;
        }
        let name = say![&effect, " for ", self.population(&zeros)];
        section.formulas.push(Formula::new(name, base.clone(), self.numbers(&base)));
        for (moderator, _) in &zeros {
            let Some(change) = self.change(arm, &Term::new([moderator.clone()])) else { continue };
            let others = zeros.iter().filter(|(m, _)| m != moderator && !same_factor(m, moderator)).cloned();
            let here: Vec<(RExpr, Value)> = [(moderator.clone(), Value::One)].into_iter().chain(others).collect();
            let sum = Expr::sum(vec![base.clone(), change.clone()]);
            let name = say![&effect, " for ", self.population(&here)];
            section.formulas.push(Formula::new(name, sum.clone(), self.numbers(&sum)));
            let of_arm = self.of_arm(arm);
            let mut sentence = match self.scale(moderator) {
                Scale::Number => say![
                    format!("The treatment effect{of_arm} changes by "),
                    &change,
                    " per unit of ",
                    self.symbol(moderator)
                ],
                _ => say![
                    format!("The effects{of_arm} for the two differ by "),
                    &change,
                    format!(": if it is not 0, {} works differently for ", self.the_treatment(arm)),
                    self.compared(moderator)
                ],
            };
            if self.level(moderator).is_none() {
                let gap = if self.scale(moderator) == Scale::Number { "" } else { " (the gap)" };
                let changes = format!(", and {} changes the ", self.the_treatment(arm));
                sentence.push(say![changes, self.relation(moderator), gap, " by ", &change]);
            }
            section.sentences.push(say![sentence, "."]);
        }
    }

    /// How two arms differ, neither of which is the reference.
    fn arms(&self, arm: &RExpr, other: &RExpr, section: &mut Section) {
        let category = |arm: &RExpr| arm.as_dummy().map(|(_, category)| category.to_owned()).unwrap_or_default();
        let own = |arm: &RExpr| self.fixed(&Term::new([arm.clone()])).cloned();
        let (Some(one), Some(two)) = (own(arm), own(other)) else { return };
        let zeros = self.moderators(arm);
        let whom = if zeros.is_empty() { Prose::default() } else { say![" for ", self.population(&zeros)] };
        let difference = Expr::sum(vec![one, negative(two)]);
        let name = say![format!("effect of {} against {}", category(arm), category(other)), whom];
        section.formulas.push(Formula::new(name, difference.clone(), self.numbers(&difference)));
    }

    /// The covariates that have a product with an arm, each at 0.
    fn moderators(&self, arm: &RExpr) -> Vec<(RExpr, Value)> {
        let mut all: Vec<(RExpr, Value)> = vec![];
        let products = self.symbols.model.fixed().iter().filter(|t| t.degree() == 2 && t.factors().contains(arm));
        for factor in products.flat_map(Term::factors).filter(|factor| *factor != arm) {
            all.push((factor.clone(), Value::Zero));
        }
        all
    }
}

/// Whether two covariates are dummies of one factor.
pub(super) fn same_factor(one: &RExpr, other: &RExpr) -> bool {
    let factor = |c: &RExpr| c.as_dummy().map(|(factor, _)| factor.to_owned());
    factor(one).is_some() && factor(one) == factor(other)
}
