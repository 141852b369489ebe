//! Random effects whose group is a word in the place of an index: `v_{\text{Site}}`, `u_{school}`, `b_{\text{int[school]}}`.
//! The word is the group of each observation, as in `v_{\text{Site}[i]}`; `u_{\text{class}|\text{school}}` is of classes within
//! schools.

use crate::error::{Code, Diagnostic, Notes, Span};
use crate::syntax::{Expr, Index, Kind, Law, Matrix, RESIDUAL_LETTERS, Statement, Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// Letters of random effects by custom, and none of anything else.
const LETTERS: [&str; 3] = ["u", "v", "ζ"];

/// Gives effects that are named by a word the index that the word says. They stand in sums, and a normal law around zero
/// with a variance that is no number says that they are random; or their letter is one of effects by custom.
pub(in crate::read) fn index(system: &mut System, notes: &mut Notes) {
    let mut found: BTreeMap<(String, String), (bool, Span)> = BTreeMap::new();
    for statement in &system.statements {
        if let Statement::Equation { left, rights, .. } = statement
            && left.symbols().iter().any(|s| !s.indices.is_empty())
        {
            for part in rights.iter().flat_map(Expr::summands) {
                if let Some(symbol) = effect(part) {
                    found.entry(key(symbol)).or_insert((false, symbol.span));
                }
            }
        }
    }
    for statement in &system.statements {
        if let Statement::Distribution { left, law: Law::Normal { mean, covariance }, .. } = statement
            && estimated(covariance)
        {
            let around_zero = mean.iter().all(Expr::is_zero);
            let told = |s: &&Symbol| around_zero || is_bracketed(&s.name.tag);
            for symbol in left.iter().flat_map(Expr::symbols).filter(told) {
                found.entry(key(symbol)).and_modify(|(law, _)| *law = true);
            }
        }
    }
    let lawful = found.iter().filter(|((_, tag), (law, _))| *law && is_bracketed(tag));
    let groups: BTreeSet<String> = lawful.map(|((_, tag), _)| word(tag).1.to_owned()).collect();
    let told = |tag: &str| is_bracketed(tag) && groups.contains(word(tag).1);
    found.retain(|(base, tag), (law, _)| *law || LETTERS.contains(&base.as_str()) || told(tag));
    if found.is_empty() {
        return;
    }
    let Some(of) = observation(system) else { return };
    for ((base, tag), (_, span)) in &found {
        let message = format!("{base}_{tag} is read as the effect of the group {} of each observation", word(tag).1);
        notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(*span, ""));
    }
    system.each_symbol(&mut |symbol| {
        if symbol.indices.is_empty() && found.contains_key(&key(symbol)) {
            let (number, groups) = word(&symbol.name.tag);
            let indices = groups.split('|').map(|group| Index::of(group, &of)).collect();
            (symbol.indices, symbol.name.tag) = (indices, number.to_owned());
        }
    });
}

/// The index that tells observations apart: of those of the left side with the most, one that no symbol of groups carries.
fn observation(system: &System) -> Option<String> {
    let most = system
        .lefts()
        .flat_map(Expr::symbols)
        .max_by_key(|s| s.indices.len())
        .filter(|s| !s.indices.is_empty())?
        .clone();
    let rights = system.statements.iter().flat_map(|statement| match statement {
        Statement::Equation { rights, .. } => rights.iter().flat_map(Expr::symbols).collect(),
        _ => vec![],
    });
    let of_groups: Vec<&Symbol> = rights.filter(|s| s.indices.len() < most.indices.len()).collect();
    let is_free = |index: &&Index| !of_groups.iter().any(|s| s.indices.iter().any(|own| own.letter == index.letter));
    most.indices.iter().find(is_free).or(most.indices.first()).map(|index| index.letter.clone())
}

fn key(symbol: &Symbol) -> (String, String) {
    (symbol.name.base.clone(), symbol.name.tag.clone())
}

/// The number and the word of `0,school` and `0school`, the label and the word of `int[school]`.
fn word(tag: &str) -> (&str, &str) {
    let bracketed = || tag.strip_suffix(']')?.split_once('[');
    let glued = || tag.split_at(tag.len() - tag.trim_start_matches(|c: char| c.is_ascii_digit()).len());
    bracketed().or_else(|| tag.rsplit_once(',')).unwrap_or_else(glued)
}

/// Whether the word of a group stands in brackets, `int[school]`: what has a law is a coefficient of it, with any mean.
fn is_bracketed(tag: &str) -> bool {
    tag.ends_with(']')
}

/// The effect that a term of a sum is: by itself, or times a variable when its letter is one of effects or
/// brackets tell.
pub(in crate::read) fn effect(term: &Expr) -> Option<&Symbol> {
    let worded = |s: &Symbol| {
        let (number, group) = word(&s.name.tag);
        s.indices.is_empty()
            && number.chars().all(|c| c.is_ascii_digit() || is_bracketed(&s.name.tag) && c.is_alphabetic())
            && group.split('|').all(|word| word.chars().count() > 2 && word.chars().all(char::is_alphabetic))
            && !["intercept", "slope"].contains(&group.to_lowercase().as_str())
            // The word behind the letter of a residual is no group.
            && !RESIDUAL_LETTERS.contains(&s.name.base.as_str())
    };
    match &term.kind {
        Kind::Symbol(symbol) => Some(symbol).filter(|s| worded(s)),
        Kind::Product(factors) => {
            let mut effects = factors.iter().filter_map(Expr::symbol).filter(|s| worded(s));
            let told = |s: &&Symbol| LETTERS.contains(&s.name.base.as_str()) || is_bracketed(&s.name.tag);
            effects.next().filter(|s| effects.next().is_none() && told(s))
        }
        _ => None,
    }
}

/// Whether a variance is a symbol: a number is that of a prior.
fn estimated(covariance: &Matrix) -> bool {
    covariance.rows.iter().flatten().flatten().any(|cell| !cell.symbols().is_empty())
}
