//! Which effects have a mean, the fixed effect of the same columns.

use super::super::names::{EFFECT_LETTERS, MEAN_LETTERS};
use super::super::response::deviation;
use super::super::{Factor, Monomial, Role};
use super::Assigner;
use crate::error::{Code, Diagnostic, Result};
use crate::syntax::Symbol;
use std::collections::BTreeSet;

impl Assigner<'_> {
    /// Whether a fixed effect multiplies the same columns as an effect does that stands beside `columns` in a side.
    pub(super) fn has_fixed(&self, opened: &[Vec<Monomial<'_>>], side: usize, columns: BTreeSet<String>) -> bool {
        let outer = self.outer_columns(opened);
        let of = |side: usize, columns: BTreeSet<String>| outer[side].union(&columns).cloned().collect::<BTreeSet<_>>();
        let wanted = of(side, columns);
        let fixed = |m: &Monomial<'_>| m.symbols().any(|s| self.roles.get(&s.key()) == Some(&Role::Fixed));
        opened.iter().enumerate().any(|(side, all)| all.iter().any(|m| fixed(m) && of(side, self.columns(m)) == wanted))
    }

    /// Whether an undeclared symbol is a coefficient with a mean: by its letter; or no letter of effects where nothing that is
    /// written is fixed, `y_ti = η_0i + η_1i t_ti + e_ti`.
    pub(super) fn may_have_mean(&self, unknown: &Symbol, opened: &[Vec<Monomial<'_>>]) -> bool {
        let base = unknown.name.base.as_str();
        let is_written = |s: &Symbol| !self.draft.implied.contains(&s.key());
        let all = || opened.iter().flatten().flat_map(Monomial::symbols);
        MEAN_LETTERS.contains(&base.to_lowercase().as_str())
            || !EFFECT_LETTERS.contains(&base) && all().all(|s| !s.indices.is_empty() || !is_written(s))
    }

    /// Whether an effect of the same letter stands beside a fixed intercept, `α + γ_0i + γ_1i t`: one is no mean, nor is the
    /// other.
    pub(super) fn is_kin_of_deviation(&self, slope: &Symbol, opened: &[Vec<Monomial<'_>>], side: usize) -> bool {
        let coefficient = |s: &Symbol| self.roles.get(&s.key()) == Some(&Role::Coefficient);
        let is_kin = |s: &Symbol| {
            s.name.base == slope.name.base
                && s.key().indices == slope.key().indices
                && !s.same(slope)
                && !coefficient(s)
        };
        let mut alone = opened[side].iter().filter(|m| m.factors.len() == 1 && m.symbols().any(is_kin));
        alone.any(|m| self.has_fixed(opened, side, self.columns(m)))
    }

    /// A symbol of the family of the coefficients, without an equation of its own, was forgotten; where the text has none
    /// for its kin either, all of them vary.
    pub(super) fn check_undefined(&self, unknown: &Symbol) -> Result<()> {
        let key = unknown.key();
        let written = |d: &&Symbol| !self.draft.implied.contains(&deviation(d).key());
        let kin = self.draft.definitions.iter().map(|d| &d.symbol).filter(written).find(|d| {
            d.name.base == key.name.base && d.key().indices == key.indices && d.name.accents == key.name.accents
        });
        match kin {
            Some(kin) => {
                Diagnostic::error(Code::UndefinedSymbol, format!("{unknown} is used here but has no equation"))
                    .at(unknown.span, "no equation defines it")
                    .help(format!(
                        "add its equation, as {kin} has one, or drop its index if it is the same in all groups"
                    ))
                    .into()
            }
            None => Ok(()),
        }
    }

    /// The covariates of a product, and what it holds of data.
    pub(super) fn columns(&self, monomial: &Monomial<'_>) -> BTreeSet<String> {
        let is_covariate = |s: &Symbol| self.roles.get(&s.key()) == Some(&Role::Covariate);
        let column = |factor: &Factor<'_>| match factor {
            Factor::Symbol(symbol) => is_covariate(symbol).then(|| symbol.name.column()),
            Factor::Data(expr) => Some(expr.to_string()),
            Factor::Number(_) => None,
        };
        monomial.factors.iter().filter_map(column).collect()
    }

    /// What multiplies each side in the combined equation: the covariates beside its coefficient, `x_ij` for the side of
    /// `β_1j` in `y_ij = β_0j + β_1j x_ij`.
    fn outer_columns(&self, opened: &[Vec<Monomial<'_>>]) -> Vec<BTreeSet<String>> {
        let mut outer = vec![BTreeSet::new(); opened.len()];
        // Sides stand in the order written, so that one pass for each depth reaches all.
        for _ in 0..opened.len() {
            let mut settled = true;
            for (place, definition) in self.draft.definitions.iter().enumerate() {
                let user = opened.iter().enumerate().flat_map(|(side, all)| all.iter().map(move |m| (side, m)));
                let Some((side, monomial)) =
                    user.clone().find(|(_, m)| m.symbols().any(|s| s.same(&definition.symbol)))
                else {
                    continue;
                };
                let columns = outer[side].union(&self.columns(monomial)).cloned().collect();
                settled &= outer[place + 1] == columns;
                outer[place + 1] = columns;
            }
            if settled {
                break;
            }
        }
        outer
    }
}
