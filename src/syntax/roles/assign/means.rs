//! Which effects have a mean, the fixed effect of the same columns.

use super::super::names::{EFFECT_LETTERS, MEAN_LETTERS};
use super::super::response::{Draft, deviation};
use super::super::{Definition, Factor, Monomial, Role};
use super::Assigner;
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::syntax::{Expr, Key, Kind, Symbol};
use std::collections::{BTreeMap, BTreeSet};

impl Draft {
    /// Coefficients without a second-level statement vary around a mean.
    pub(super) fn vary_around_means(&mut self, bare: Vec<Symbol>, notes: &mut Notes) {
        for symbol in bare {
            let message = format!("{symbol} has no second-level statement: taken as a mean plus a random effect");
            notes.push(Diagnostic::note(Code::AssumedRandom, message).at(symbol.span, ""));
            let deviation = deviation(&symbol);
            let mean = Symbol { indices: vec![], ..deviation.clone() };
            self.implied.extend([deviation.key(), mean.key()]);
            let right = Expr::new(Kind::Sum(vec![mean.into(), deviation.into()]), symbol.span);
            self.definitions.push(Definition { span: symbol.span, symbol, rights: vec![right.clone()], right });
        }
    }
}

/// The columns of the data that have a fixed effect in the combined equation.
pub(super) struct FixedColumns {
    /// What multiplies each side there.
    outer: Vec<BTreeSet<String>>,
    all: BTreeSet<BTreeSet<String>>,
}

impl FixedColumns {
    fn combined(&self, side: usize, columns: &BTreeSet<String>) -> BTreeSet<String> {
        self.outer[side].union(columns).cloned().collect()
    }

    /// Whether a fixed effect multiplies the same columns as an effect does that stands beside `columns` in a side.
    pub(super) fn has(&self, side: usize, columns: &BTreeSet<String>) -> bool {
        self.all.contains(&self.combined(side, columns))
    }

    /// A fixed effect stands beside `columns` in a side.
    pub(super) fn add(&mut self, side: usize, columns: &BTreeSet<String>) {
        self.all.insert(self.combined(side, columns));
    }
}

impl Assigner<'_> {
    /// The columns that fixed effects multiply, as far as they are known.
    pub(super) fn fixed_columns(&self, opened: &[Vec<Monomial<'_>>]) -> FixedColumns {
        let is_fixed = |s: &Symbol| self.roles.get(&s.key()) == Some(&Role::Fixed);
        let mut columns = FixedColumns { outer: self.outer_columns(opened), all: BTreeSet::new() };
        for (side, monomial) in opened.iter().enumerate().flat_map(|(side, all)| all.iter().map(move |m| (side, m))) {
            if monomial.symbols().any(is_fixed) {
                columns.add(side, &self.columns(monomial));
            }
        }
        columns
    }

    /// Whether an undeclared symbol is a coefficient with a mean: by its letter; or no letter of effects and with a number,
    /// `y_ti = η_0i + η_1i t_ti + τ d_ti + e_ti`, or where nothing that is written is fixed.
    pub(super) fn may_have_mean(&self, unknown: &Symbol, opened: &[Vec<Monomial<'_>>]) -> bool {
        let base = unknown.name.base.as_str();
        let is_written = |s: &Symbol| !self.draft.implied.contains(&s.key());
        let all = || opened.iter().flatten().flat_map(Monomial::symbols);
        MEAN_LETTERS.contains(&base.to_lowercase().as_str())
            || !EFFECT_LETTERS.contains(&base)
                && (unknown.name.is_numbered() || all().all(|s| !s.indices.is_empty() || !is_written(s)))
    }

    /// Whether an effect of the same letter stands beside a fixed intercept, `α + γ_0i + γ_1i t`: one is no mean, nor is the
    /// other.
    pub(super) fn is_kin_of_deviation(
        &self,
        slope: &Symbol,
        all: &[Monomial<'_>],
        has_fixed: impl Fn(&Monomial<'_>) -> bool,
    ) -> bool {
        let coefficient = |s: &Symbol| self.roles.get(&s.key()) == Some(&Role::Coefficient);
        let is_kin = |s: &Symbol| {
            s.name.base == slope.name.base
                && s.key().indices == slope.key().indices
                && !s.same(slope)
                && !coefficient(s)
        };
        all.iter().any(|m| m.factors.len() == 1 && m.symbols().any(is_kin) && has_fixed(m))
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
        let mut users: BTreeMap<Key, (usize, BTreeSet<String>)> = BTreeMap::new();
        for (side, monomial) in opened.iter().enumerate().flat_map(|(side, all)| all.iter().map(move |m| (side, m))) {
            for symbol in monomial.symbols() {
                users.entry(symbol.key()).or_insert_with(|| (side, self.columns(monomial)));
            }
        }
        // Sides stand in the order written, so that one pass for each depth reaches all.
        for _ in 0..opened.len() {
            let mut settled = true;
            for (place, definition) in self.draft.definitions.iter().enumerate() {
                let Some((side, columns)) = users.get(&definition.symbol.key()) else { continue };
                let columns = outer[*side].union(columns).cloned().collect();
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
