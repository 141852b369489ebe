//! What each symbol of a system is to the model: so that two notations of one model can be laid side by side, symbol
//! for symbol, whatever letters they use.

use super::columns;
use super::groups::Groups;
use super::letters::coefficient_terms;
use super::translate::{Meaning, Translation};
use crate::algebra::{Poly, reduce};
use crate::error::Result;
use crate::model::{Facts, Grouping, RExpr, Term};
use crate::syntax::{Expr, Key, Role, Roles, System};
use std::collections::BTreeMap;

/// What a symbol stands for in the model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sense {
    /// The response.
    Response,
    /// A covariate.
    Covariate(RExpr),
    /// A coefficient: the groups it varies over, and what it multiplies.
    Coefficient(Grouping, Term),
    /// The fixed effect of a term.
    Fixed(Term),
    /// A random effect: its groups, and what it multiplies.
    Effect(Grouping, Term),
    /// The residual.
    Residual,
    /// The variance of a random effect, or its standard deviation: how far the deviations of the groups spread.
    Spread(Grouping, Term),
    /// The covariance of two random effects of the same groups, or their correlation; the terms in ascending order.
    Together(Grouping, Term, Term),
    /// The variance of the residual, or its standard deviation.
    ResidualSpread,
}

/// The sense of every symbol of a system that has one.
///
/// # Errors
/// As [`super::lower`].
pub fn senses(system: &System, facts: &Facts) -> Result<BTreeMap<Key, Sense>> {
    // What is remarked here was remarked when the model was read.
    let (roles, translation) = super::equations(system, facts, &mut vec![])?;
    let groups = Groups::new(&roles, system, facts);
    let reduced = reduce(&translation.equations)?;
    let design = columns::design(&translation, &reduced.poly, &roles, facts, &mut vec![])?;
    let mut found = BTreeMap::new();
    found.insert(roles.response.symbol.key(), Sense::Response);
    for meaning in translation.meanings.values() {
        match meaning {
            Meaning::Covariate { covariate, .. } => {
                let key = roles.roles.iter().find(|(key, role)| {
                    **role == Role::Covariate && super::data::column(&key.name, facts) == covariate.to_string()
                });
                found.extend(key.map(|(key, _)| (key.clone(), Sense::Covariate(covariate.clone()))));
            }
            Meaning::Residual(key) => drop(found.insert(key.clone(), Sense::Residual)),
            _ => {}
        }
    }
    // The categories of one factor have a fixed effect each and one term: `design` keeps the first.
    found.extend(fixed_by_product(&translation, &reduced.poly));
    for (atom, term) in &design.fixed {
        if let Some(Meaning::Fixed(key)) = translation.meanings.get(atom) {
            found.insert(key.clone(), Sense::Fixed(term.clone()));
        }
    }
    for (key, term) in &design.random {
        found.insert(key.clone(), Sense::Effect(groups.grouping(&key.indices), term.clone()));
    }
    for (key, term) in coefficient_terms(&roles, &translation) {
        if !key.indices.is_empty() && !roles.is_full(&key) {
            let sense = Sense::Coefficient(groups.grouping(&key.indices), term);
            found.insert(key, sense);
        }
    }
    spreads(&roles, &mut found);
    Ok(found)
}

fn fixed_by_product(translation: &Translation, poly: &Poly) -> Vec<(Key, Sense)> {
    let mut found = vec![];
    for (monomial, _) in poly.terms() {
        let mut factors = vec![];
        let mut unknown = None;
        for atom in monomial.atoms() {
            match translation.meanings.get(&atom) {
                Some(Meaning::Covariate { covariate, .. }) => factors.push(covariate.clone()),
                Some(Meaning::Fixed(key)) => unknown = Some(key.clone()),
                _ => {}
            }
        }
        found.extend(unknown.map(|key| (key, Sense::Fixed(Term::new(factors)))));
    }
    found
}

/// Variances first, since a covariance may be written with standard deviations: `ρ σ_0 σ_1`.
fn spreads(roles: &Roles, found: &mut BTreeMap<Key, Sense>) {
    let mut values: Vec<(&Key, &Key, &Expr)> = vec![];
    for law in &roles.laws {
        for (row, cells) in law.covariance.rows.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                if let (Some(a), Some(b), Some(value)) = (law.keys.get(row), law.keys.get(column), cell) {
                    values.push((a, b, value));
                }
            }
        }
    }
    for (keys, value) in &roles.moments {
        match &keys[..] {
            [one] => values.push((one, one, value)),
            [a, b] => values.push((a, b, value)),
            _ => {}
        }
    }
    values.sort_by_key(|(a, b, _)| a != b);
    for (a, b, value) in values {
        let sense = match (found.get(a), found.get(b)) {
            (Some(Sense::Residual), _) => Sense::ResidualSpread,
            (Some(Sense::Effect(group, term)), _) if a == b => Sense::Spread(group.clone(), term.clone()),
            (Some(Sense::Effect(group, one)), Some(Sense::Effect(_, other))) => {
                let (low, high) = if one <= other { (one, other) } else { (other, one) };
                Sense::Together(group.clone(), low.clone(), high.clone())
            }
            _ => continue,
        };
        for symbol in value.symbols() {
            found.entry(symbol.key()).or_insert_with(|| sense.clone());
        }
    }
}
