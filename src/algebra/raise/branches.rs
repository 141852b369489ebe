//! The equations as a tree of what they hold: for writers that spell equations in a language of their own.

use super::covariates::Reach;
use super::tree::{Item, Node};
use super::{Form, Plan, RaiseOptions, planned};
use crate::algebra::Reading;
use crate::error::{Notes, Result};
use crate::model::{Grouping, Model, RExpr, Term};
use crate::syntax::Name;

/// One equation: its right side, a sum.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Over which groups its left side varies; `None` for the response.
    pub group: Option<Grouping>,
    /// The summands, in the order of writing.
    pub summands: Vec<Summand>,
}

impl Branch {
    /// The covariates of this equation and of those below it, each with the groups within which it is constant.
    pub fn covariates(&self) -> Vec<(&RExpr, Option<&Grouping>)> {
        let mut found = vec![];
        for summand in &self.summands {
            found.extend(summand.times.iter().map(|(expr, group)| (expr, group.as_ref())));
            if let Role::Coefficient(below) = &summand.role {
                found.extend(below.covariates());
            }
        }
        found
    }
}

/// A symbol times covariates.
#[derive(Clone, Debug)]
pub struct Summand {
    /// The symbol.
    pub name: Name,
    /// What it is.
    pub role: Role,
    /// What it multiplies in the whole model.
    pub term: Term,
    /// What it multiplies in this equation: each covariate with the groups within which it is constant, `None` for one
    /// that varies from observation to observation.
    pub times: Vec<(RExpr, Option<Grouping>)>,
}

/// What a symbol of an equation is.
#[derive(Clone, Debug)]
pub enum Role {
    /// A fixed effect.
    Fixed,
    /// A coefficient with an equation of its own.
    Coefficient(Branch),
    /// A random effect: the place of its random-effects term in the model, and its place there.
    Effect(usize, usize),
}

/// The model with every factor as its dummies, and the equation of its response with those below it. The covariance
/// structures and the family are not looked at.
///
/// # Errors
/// `CannotSay` for a coding of categorical covariates that equations cannot show.
pub fn branches(reading: &Reading, form: Form, notes: &mut Notes) -> Result<(Model, Branch)> {
    planned(reading, form, &RaiseOptions::default(), notes, |plan| Ok((plan.model.clone(), plan.branch(&plan.root))))
}

impl Plan<'_> {
    fn branch(&self, node: &Node) -> Branch {
        let with = |times: &[RExpr]| {
            let group = |covariate: &RExpr| match self.covariates.reach(covariate) {
                Reach::Observation => None,
                Reach::Group(factors) => Some(self.grouping(&Grouping::new(factors))),
            };
            times.iter().map(|covariate| (covariate.clone(), group(covariate))).collect()
        };
        let summand = |item: &Item| match item {
            Item::Fixed { term, times } => Summand {
                name: self.names.fixed.get(term).cloned().unwrap_or_default(),
                role: Role::Fixed,
                term: term.clone(),
                times: with(times),
            },
            Item::Coefficient { term, times, node, .. } => {
                let key = node.group.clone().map(|group| (group, term.clone()));
                Summand {
                    name: key.and_then(|key| self.names.coefficients.get(&key)).cloned().unwrap_or_default(),
                    role: Role::Coefficient(self.branch(node)),
                    term: term.clone(),
                    times: with(times),
                }
            }
            Item::Effect { effect, times } => {
                let own = &self.effects[*effect];
                let place = self.effects[..*effect].iter().filter(|other| other.block == own.block).count();
                Summand {
                    name: self.names.effects[*effect].clone(),
                    role: Role::Effect(own.block, place),
                    term: own.term.clone(),
                    times: with(times),
                }
            }
        };
        Branch { group: node.group.clone(), summands: node.items.iter().map(summand).collect() }
    }

    /// The grouping factor as the model spells it, its factors in the model's order.
    fn grouping(&self, group: &Grouping) -> Grouping {
        self.model.groupings().into_iter().find(|own| *own == group).unwrap_or(group).clone()
    }
}
