//! Symbols that stand once in a model: random effects in one place, numbered fixed effects in one equation.

use super::super::{Monomial, Role};
use super::Assigner;
use crate::error::{Code, Diagnostic, Result};
use crate::syntax::{Key, Symbol};
use std::collections::BTreeMap;

impl Assigner<'_> {
    /// One random effect in two places is one effect with a strange covariate, not two effects.
    pub(super) fn used_in_one_place(&self, opened: &[Vec<Monomial<'_>>]) -> Result<()> {
        let mut first: BTreeMap<Key, &Symbol> = BTreeMap::new();
        for symbol in opened.iter().flatten().flat_map(Monomial::symbols) {
            let key = symbol.key();
            if matches!(self.roles.get(&key), Some(Role::Random | Role::Residual))
                && let Some(before) = first.insert(key, symbol)
            {
                return Diagnostic::error(
                    Code::RepeatedEffect,
                    format!("the random effect {symbol} stands in two places"),
                )
                .at(symbol.span, "again here")
                .at(before.span, "first here")
                .help("each random effect has a number of its own: u_0j for the intercept, u_1j for the first slope")
                .into();
            }
        }
        Ok(())
    }

    /// A numbered fixed effect that multiplies something in the equations of two coefficients, `β_0j = γ_00 + γ_10 W_j` and
    /// `β_1j = γ_10 + …`, has the number of another.
    pub(super) fn fixed_in_one_equation(&self, opened: &[Vec<Monomial<'_>>]) -> Result<()> {
        let mut first: BTreeMap<Key, (usize, &Symbol, bool)> = BTreeMap::new();
        for (side, all) in opened.iter().enumerate().skip(1) {
            for (symbol, alone) in all.iter().flat_map(|m| m.symbols().map(|s| (s, m.factors.len() == 1))) {
                let key = symbol.key();
                let numbered = key.name.tag.chars().any(|c| c.is_ascii_digit());
                if !numbered || self.roles.get(&key) != Some(&Role::Fixed) {
                    continue;
                }
                let (before, other, too) = *first.entry(key).or_insert((side, symbol, alone));
                // One mean of two coefficients is a smaller model.
                if before != side && !(alone && too) {
                    let lefts = [before, side].map(|side| &self.draft.definitions[side - 1].symbol);
                    return Diagnostic::error(
                        Code::AmbiguousRole,
                        format!("{symbol} stands in the equation of {} and in that of {}", lefts[0], lefts[1]),
                    )
                    .at(symbol.span, "again here")
                    .at(other.span, "first here")
                    .help(
                        "each fixed effect has a number of its own: γ_01 in the equation of β_0j, γ_11 in that of β_1j",
                    )
                    .into();
                }
            }
        }
        Ok(())
    }
}
