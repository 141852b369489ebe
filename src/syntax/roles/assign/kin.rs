//! Effects and their groups: every effect names its own, and those of one letter, `u_0j` and `u_1j`, are of one.

use super::super::names::EFFECT_LETTERS;
use super::super::{Monomial, Role};
use super::Assigner;
use crate::error::{Code, Diagnostic, Result};
use crate::syntax::Symbol;

impl Assigner<'_> {
    /// `\zeta_0i + \zeta_1j x_ij`: an intercept and a slope of one letter over two groups that have no other effect, and no
    /// law of their own, have lost an index.
    pub(super) fn of_one_group(&self, model: &[Monomial<'_>]) -> Result<()> {
        let effects = |alone: bool| {
            let sides = model.iter().filter(move |m| (m.factors.len() == 1) == alone);
            sides.flat_map(Monomial::symbols).filter(|s| self.roles.get(&s.key()) == Some(&Role::Random))
        };
        let open = |s: &&Symbol| s.name.is_numbered() && !self.declared.contains(&s.key()) && s.indices.len() == 1;
        let only = |s: &Symbol| {
            let group = s.key().indices;
            effects(true).chain(effects(false)).filter(|other| other.key().indices == group).count() == 1
        };
        let slip = effects(true).filter(|s| s.name.tag == "0").filter(open).find_map(|intercept| {
            let slope = effects(false).filter(|slope| slope.name.base == intercept.name.base).find(open)?;
            let apart = slope.key().indices.is_disjoint(&intercept.key().indices);
            (apart && only(intercept) && only(slope)).then_some((intercept, slope))
        });
        let Some((intercept, slope)) = slip else { return Ok(()) };
        Diagnostic::error(
            Code::IndexMismatch,
            format!("{intercept} and {slope} have one letter and vary over two groups"),
        )
        .at(slope.span, "of these groups")
        .at(intercept.span, "and of those")
        .help(format!("give them one index; if two groups are meant, write a law for each, `{intercept} ~ N(0, τ²)`"))
        .into()
    }

    /// `γ_00 = θ_000 + v_00`: a letter of effects beside an intercept, without the index of its groups.
    pub(super) fn groups_are_named(&self, opened: &[Vec<Monomial<'_>>]) -> Result<()> {
        for side in opened {
            let constants = || side.iter().filter(|m| m.factors.len() == 1).flat_map(Monomial::symbols);
            let is_fixed = |s: &&Symbol| s.indices.is_empty() && self.roles.get(&s.key()) == Some(&Role::Fixed);
            let is_effect = |s: &&Symbol| EFFECT_LETTERS.contains(&s.name.base.as_str());
            if let Some(effect) = constants().filter(is_fixed).find(is_effect)
                && constants().filter(is_fixed).any(|s| !is_effect(&s))
            {
                return Diagnostic::error(
                    Code::IndexMissing,
                    format!("{effect} stands beside an intercept and has no index"),
                )
                .at(effect.span, "the effect of which groups?")
                .help("give it the index of its groups, such as `v_{00k}`")
                .into();
            }
        }
        Ok(())
    }
}
