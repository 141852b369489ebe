//! Random-effects terms: which effects of a grouping factor covary, and how.

use super::columns::Design;
use super::groups::Groups;
use super::translate::Translation;
use super::variances;
use crate::algebra::contrasts;
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Covariance, Grouping, RandomTerm, Term};
use crate::syntax::{Covarying, IMPLIED, Key, Roles};
use std::collections::BTreeMap;

/// Gathers the random effects by grouping factor and law.
pub(super) fn random_terms(
    roles: &Roles,
    translation: &Translation,
    design: &Design,
    groups: &Groups<'_>,
    notes: &mut Notes,
) -> Result<Vec<RandomTerm>> {
    variances::constant(roles, notes)?;
    variances::of_numbers(roles, notes);
    let mut by_group: Vec<(Grouping, Vec<(Key, Term)>)> = vec![];
    for (key, term) in &design.random {
        let group = groups.grouping(&key.indices);
        match by_group.iter_mut().find(|(g, _)| *g == group) {
            Some((_, effects)) => effects.push((key.clone(), term.clone())),
            None => by_group.push((group, vec![(key.clone(), term.clone())])),
        }
    }
    let mut terms = vec![];
    for (group, mut effects) in by_group {
        effects.sort_by_key(|(_, term)| term.degree());
        told_apart(&effects, &group, translation)?;
        for block in blocks(roles, translation, &group, &effects, notes) {
            let block = contrasts::collapse(&block, &design.factors);
            terms.push(RandomTerm::new(group.clone(), block, Covariance::Unstructured));
        }
    }
    Ok(terms)
}

/// Refuses two random effects of one group on one column: one of them has lost its covariate.
fn told_apart(effects: &[(Key, Term)], group: &Grouping, translation: &Translation) -> Result<()> {
    let place = |key: &Key| {
        let atom = translation.equations.atoms.find(key);
        atom.and_then(|a| translation.equations.atoms.get(a)).map(|a| a.expr.span).unwrap_or_default()
    };
    for (at, (key, term)) in effects.iter().enumerate() {
        if let Some((first, _)) = effects[..at].iter().find(|(_, t)| t == term) {
            let what = if term.is_intercept() { "the intercept".to_owned() } else { format!("the slope of {term}") };
            return Diagnostic::error(
                Code::NotIdentified,
                format!(
                    "{} and {} both vary {what} between groups of {group}: only their sum is identified",
                    shown(first),
                    shown(key)
                ),
            )
            .at(place(key), "and this one")
            .at(place(first), "this one")
            .help("a random slope is written with its covariate, `u_{1j} X_{ij}`; delete one of the two otherwise")
            .into();
        }
    }
    Ok(())
}

/// The blocks of one grouping factor: effects that are joined by a law, a stated covariance or a shared silence.
fn blocks(
    roles: &Roles,
    translation: &Translation,
    group: &Grouping,
    effects: &[(Key, Term)],
    notes: &mut Notes,
) -> Vec<Vec<Term>> {
    let mut block: Vec<usize> = (0..effects.len()).collect();
    let join = |block: &mut [usize], a: usize, b: usize| {
        let (from, to) = (block[a].max(block[b]), block[a].min(block[b]));
        block.iter_mut().filter(|x| **x == from).for_each(|x| *x = to);
    };
    let at = |key: &Key| effects.iter().position(|(k, _)| k == key);
    let law_of = |key: &Key| roles.laws.iter().find(|l| l.keys.contains(key));
    let said = |independent: bool| roles.covarying.filter(|said| said.independent == independent);
    for law in roles.laws.iter().filter(|l| l.keys.len() > 1) {
        // The name of a matrix says less than the prose beside it.
        if let Some(said) = said(true).filter(|_| law.covariance.rows.len() < law.keys.len()) {
            if law.keys.iter().filter_map(at).count() > 1 {
                notes.push(in_words(group, said));
            }
            continue;
        }
        for (row, a) in law.keys.iter().enumerate() {
            for b in law.keys[..row].iter().filter(|b| law.lets_covary(a, b)) {
                if let (Some(a), Some(b)) = (at(a), at(b)) {
                    join(&mut block, a, b);
                }
            }
        }
    }
    let mut independent = false;
    for (keys, value) in &roles.moments {
        if let [a, b] = &keys[..]
            && let (Some(a), Some(b)) = (at(a), at(b))
        {
            if value.is_zero() { independent = true } else { join(&mut block, a, b) }
        }
    }
    let mut silent: Vec<usize> = (0..effects.len()).filter(|i| law_of(&effects[*i].0).is_none()).collect();
    // A law of one effect says nothing of another that has none.
    let mut stated = (0..effects.len()).filter(|i| law_of(&effects[*i].0).is_some());
    if let (Some(only), None, false) = (stated.next(), stated.next(), silent.is_empty()) {
        silent.push(only);
    }
    if let Some(said) = said(true).filter(|_| silent.len() > 1 && !independent) {
        notes.push(in_words(group, said));
    } else if silent.len() > 1 && !independent {
        silent.iter().skip(1).for_each(|i| join(&mut block, silent[0], *i));
        let message = format!("covariance of the random effects of {group} not stated: taken as unstructured");
        let first = translation.equations.atoms.find(&effects[silent[0]].0);
        let span = first.and_then(|a| translation.equations.atoms.get(a)).map(|a| a.expr.span).unwrap_or_default();
        notes.push(
            Diagnostic::note(Code::AssumedCovariance, message)
                .at(span, "")
                .help("state it, or write `(… || group)` for independent effects"),
        );
    }
    let single: Vec<&Key> =
        effects.iter().map(|(k, _)| k).filter(|k| law_of(k).is_some_and(|l| l.keys.len() == 1)).collect();
    let alone =
        single.iter().filter(|k| at(k).is_some_and(|i| block.iter().filter(|b| **b == block[i]).count() == 1)).count();
    let names = || single.iter().map(|k| shown(k)).collect::<Vec<_>>().join(" and ");
    if let Some(said) = said(false).filter(|_| alone > 1 && !independent) {
        single.iter().filter_map(|k| at(k)).reduce(|first, next| {
            join(&mut block, first, next);
            first
        });
        let message = format!("{} have separate distributions, and covary as the text says in words", names());
        notes.push(Diagnostic::note(Code::AssumedCovariance, message).at(said.span, ""));
    } else if alone > 1 && !independent {
        let message = format!("{} have separate distributions: taken as independent", names());
        let mut note =
            Diagnostic::note(Code::AssumedCovariance, message).help("give a joint distribution if they covary");
        if let Some(law) = law_of(single[0]) {
            note = note.at(law.span, "");
        }
        notes.push(note);
    }
    let mut gathered: BTreeMap<usize, Vec<Term>> = BTreeMap::new();
    for (position, (_, term)) in effects.iter().enumerate() {
        gathered.entry(block[position]).or_default().push(term.clone());
    }
    gathered.into_values().collect()
}

/// Where the prose says that the effects of a group are independent.
fn in_words(group: &Grouping, said: Covarying) -> Diagnostic {
    let message = format!("the random effects of {group} are independent: the text says so in words");
    Diagnostic::note(Code::AssumedCovariance, message).at(said.span, "")
}

/// The name of an effect in a message; the implied deviation of a coefficient by the coefficient's.
fn shown(key: &Key) -> String {
    let mut key = key.clone();
    key.name.mark = key.name.mark.trim_end_matches(IMPLIED).to_owned();
    key.to_string()
}
