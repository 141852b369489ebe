//! Effects of one letter, which are of one group: `u_0j` and `u_1j`.

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
        let numbered = |s: &Symbol| s.name.tag.chars().all(|c| c.is_ascii_digit()) && !s.name.tag.is_empty();
        let open = |s: &&Symbol| numbered(s) && !self.declared.contains(&s.key()) && s.indices.len() == 1;
        let only = |s: &Symbol| {
            let group = s.key().indices;
            effects(true).chain(effects(false)).filter(|other| other.key().indices == group).count() == 1
        };
        let slip = effects(true).filter(open).find_map(|intercept| {
            let slope = effects(false).filter(open).find(|slope| slope.name.base == intercept.name.base)?;
            let apart = slope.key().indices.is_disjoint(&intercept.key().indices);
            (apart && intercept.name.tag == "0" && only(intercept) && only(slope)).then_some((intercept, slope))
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
}
