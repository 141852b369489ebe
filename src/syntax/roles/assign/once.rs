//! Symbols that stand once in a model: random effects in one place, numbered fixed effects before one covariate.

use super::super::{Factor, Monomial, Role};
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
    /// `β_1j = γ_10 + …`, or two covariates of one, has the number of another. One mean of two coefficients is a smaller
    /// model, and so is a slope of a sum in brackets.
    pub(super) fn fixed_of_one_covariate(&self, opened: &[Vec<Monomial<'_>>]) -> Result<()> {
        let mut first: BTreeMap<Key, (usize, &Symbol, &Monomial<'_>)> = BTreeMap::new();
        for (side, monomial) in opened.iter().enumerate().flat_map(|(side, all)| all.iter().map(move |m| (side, m))) {
            for symbol in monomial.symbols() {
                let key = symbol.key();
                let numbered = key.name.tag.chars().any(|c| c.is_ascii_digit());
                if !numbered || self.roles.get(&key) != Some(&Role::Fixed) {
                    continue;
                }
                let (before, other, its) = *first.entry(key).or_insert((side, symbol, monomial));
                let alone = |m: &Monomial<'_>| m.factors.len() == 1;
                let meant = match before == side {
                    true => alone(monomial) || alone(its) || other.span == symbol.span || same(its, monomial),
                    false => alone(monomial) && alone(its) || before == 0,
                };
                if meant {
                    continue;
                }
                let message = match before == side {
                    true => format!("{symbol} multiplies two covariates"),
                    false => {
                        let lefts = [before, side].map(|side| &self.draft.definitions[side - 1].symbol);
                        format!("{symbol} stands in the equation of {} and in that of {}", lefts[0], lefts[1])
                    }
                };
                return Diagnostic::error(Code::AmbiguousRole, message)
                    .at(symbol.span, "again here")
                    .at(other.span, "first here")
                    .help(
                        "each fixed effect has a number of its own: γ_01 in the equation of β_0j, γ_11 in that of β_1j",
                    )
                    .into();
            }
        }
        Ok(())
    }
}

/// Whether two products have the same factors.
fn same(one: &Monomial<'_>, other: &Monomial<'_>) -> bool {
    let words = |monomial: &Monomial<'_>| {
        let mut words: Vec<String> = monomial
            .factors
            .iter()
            .map(|factor| match factor {
                Factor::Symbol(symbol) => symbol.to_string(),
                Factor::Data(expr) => expr.to_string(),
                Factor::Number(number) => (*number).to_owned(),
            })
            .collect();
        words.sort();
        words
    };
    words(one) == words(other)
}
