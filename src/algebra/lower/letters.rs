//! The lexicon: which letter the author gave to what.

use super::columns::Design;
use super::data;
use super::groups::Groups;
use super::translate::{Meaning, Translation};
use crate::algebra::{AtomId, Lexicon, Tree, contrasts};
use crate::model::{Facts, Grouping, RExpr, Term};
use crate::syntax::{Key, Role, Roles};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn lexicon(
    roles: &Roles,
    translation: &Translation,
    design: &Design,
    groups: &Groups<'_>,
    facts: &Facts,
) -> Lexicon {
    let written = |key: &Key| !roles.implied.contains(key);
    let mut lexicon = Lexicon::default();
    let response = &roles.response.symbol;
    lexicon.covariates.insert(RExpr::name(data::column(&response.name, facts)), response.name.clone());
    for (key, role) in &roles.roles {
        match role {
            Role::Covariate => {
                let covariate = data::symbol(&key.clone().into(), roles, facts);
                let whole = data::untagged(&key.name);
                let column = data::column(&whole, facts);
                if covariate.as_dummy().is_some_and(|(factor, _)| factor == column) {
                    lexicon.covariates.insert(RExpr::name(column), whole);
                }
                lexicon.covariates.insert(covariate, key.name.clone());
            }
            Role::Residual if written(key) => lexicon.residual = Some(key.name.clone()),
            _ => {}
        }
    }
    for (atom, term) in &design.fixed {
        if let Some(Meaning::Fixed(key)) = translation.meanings.get(atom)
            && written(key)
        {
            lexicon.fixed.extend(keys(term).map(|term| (term, key.name.clone())));
        }
    }
    for (key, term) in design.random.iter().filter(|(key, _)| written(key)) {
        let group = groups.grouping(&key.indices);
        lexicon.effects.extend(keys(term).map(|term| ((group.clone(), term), key.name.clone())));
    }
    for (key, term) in coefficient_terms(roles, translation) {
        if written(&key) && !roles.is_full(&key) && !key.indices.is_empty() {
            let group = groups.grouping(&key.indices);
            lexicon.coefficients.extend(keys(&term).map(|term| ((group.clone(), term), key.name.clone())));
        }
    }
    lexicon.constants = constants(roles, design, facts);
    laws(roles, design, groups, &mut lexicon);
    letters(roles, groups, &mut lexicon);
    lexicon
}

/// Symbols without index that stand in data expressions only, beside what has an index.
fn constants(roles: &Roles, design: &Design, facts: &Facts) -> BTreeSet<String> {
    let covariates = |indexed: bool| -> BTreeSet<String> {
        let of =
            roles.roles.iter().filter(|(key, role)| **role == Role::Covariate && key.indices.is_empty() != indexed);
        of.map(|(key, _)| data::column(&key.name, facts)).collect()
    };
    let (indexed, mut found) = (covariates(true), covariates(false));
    let terms = design.fixed.iter().map(|(_, term)| term).chain(design.random.iter().map(|(_, term)| term));
    let mut inside: BTreeSet<&str> = BTreeSet::new();
    let mut elsewhere: BTreeSet<&str> = BTreeSet::new();
    for expr in terms.flat_map(Term::factors).chain(&design.offsets) {
        let names = expr.names();
        let beside = !matches!(expr, RExpr::Name(_)) && names.iter().any(|name| indexed.contains(*name));
        if beside { inside.extend(names) } else { elsewhere.extend(names) }
    }
    found.retain(|name| !indexed.contains(name) && inside.contains(&**name) && !elsewhere.contains(&**name));
    found
}

/// The term as it is, and with its dummies as covariates: the model has one or the other.
fn keys(term: &Term) -> impl Iterator<Item = Term> {
    [term.clone(), contrasts::covariates(term)].into_iter()
}

/// What each coefficient multiplies, by following the equations downwards from the response.
pub(super) fn coefficient_terms(roles: &Roles, translation: &Translation) -> Vec<(Key, Term)> {
    let mut found: Vec<(Key, Term)> = vec![];
    let mut queue: Vec<(&Tree, Term)> = vec![(&translation.equations.root, Term::intercept())];
    while let Some((tree, above)) = queue.pop() {
        for summand in summands(tree) {
            let mut term = above.clone();
            let mut coefficient: Option<AtomId> = None;
            for atom in summand {
                match translation.meanings.get(&atom) {
                    Some(Meaning::Covariate { covariate, .. }) => term = term.times(&Term::new([covariate.clone()])),
                    Some(Meaning::Coefficient(_)) => coefficient = Some(atom),
                    _ => {}
                }
            }
            let Some(atom) = coefficient else { continue };
            let Some(Meaning::Coefficient(key)) = translation.meanings.get(&atom) else { continue };
            if found.iter().any(|(k, _)| k == key) {
                continue;
            }
            found.push((key.clone(), term.clone()));
            if let Some((_, right)) = translation.equations.definitions.iter().find(|(a, _)| *a == atom) {
                queue.push((right, term));
            }
        }
    }
    found.retain(|(key, _)| roles.roles.get(key) == Some(&Role::Coefficient));
    found
}

/// The products of a sum as lists of atoms, brackets opened one by one; enough to see what a coefficient multiplies.
fn summands(tree: &Tree) -> Vec<Vec<AtomId>> {
    match tree {
        Tree::Sum(parts) => parts.iter().flat_map(summands).collect(),
        Tree::Product(parts) => parts.iter().fold(vec![vec![]], |all, part| {
            let opened = summands(part);
            all.iter().flat_map(|left| opened.iter().map(move |right| [&left[..], &right[..]].concat())).collect()
        }),
        Tree::Atom(atom) => vec![vec![*atom]],
        Tree::Number(_) => vec![vec![]],
    }
}

/// Variances and covariances as the author wrote them.
fn laws(roles: &Roles, design: &Design, groups: &Groups<'_>, lexicon: &mut Lexicon) {
    let effects: BTreeMap<&Key, (Grouping, &Term)> =
        design.random.iter().map(|(key, term)| (key, (groups.grouping(&key.indices), term))).collect();
    for law in &roles.laws {
        for (row, cells) in law.covariance.rows.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let Some(value) = cell.as_ref().filter(|c| !c.is_zero() && !c.symbols().is_empty()) else { continue };
                let (Some(a), Some(b)) = (law.keys.get(row), law.keys.get(column)) else { continue };
                if roles.roles.get(a) == Some(&Role::Residual) {
                    lexicon.variance = Some(value.clone());
                }
                if law.keys.len() > 1 && law.covariance.rows.len() < law.keys.len() {
                    continue; // Σ named only
                }
                let (Some((group, first)), Some((_, second))) = (effects.get(a), effects.get(b)) else { continue };
                let (low, high) = if first <= second { (first, second) } else { (second, first) };
                lexicon
                    .covariances
                    .entry((group.clone(), (*low).clone(), (*high).clone()))
                    .or_insert_with(|| value.clone());
            }
        }
    }
}

fn letters(roles: &Roles, groups: &Groups<'_>, lexicon: &mut Lexicon) {
    let response = &roles.response.symbol.indices;
    lexicon.order = response.iter().map(|i| i.letter.clone()).collect();
    lexicon.observation = lexicon.order.iter().find(|l| !groups.letters.contains(*l)).cloned();
    for letter in &groups.letters {
        for factor in groups.factor(letter).split(':').take(1) {
            lexicon.letters.insert(factor.to_owned(), letter.clone());
        }
    }
}
