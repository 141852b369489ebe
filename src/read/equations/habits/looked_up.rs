//! Effects of the group that a variable says of each observation, `\alpha_{D_i}` with `\alpha_j \sim N(…)` or
//! `\alpha_D \sim N(…)` (McElreath 2020), and `\alpha_D` by itself: the same as `\alpha_{D[i]}`.

use crate::error::{Code, Diagnostic, Notes};
use crate::syntax::{Expr, Index, Law, Name, Statement, Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// Gives such effects the index that is meant, where a law or an equation says what they are in another group or in all.
pub(super) fn index(system: &mut System, notes: &mut Notes) {
    let lefts: Vec<Symbol> = system.lefts().flat_map(Expr::symbols).cloned().collect();
    let stated = Stated::by(lefts.iter());
    let observations: BTreeSet<&str> = stated.each.iter().map(|(_, letter)| letter.as_str()).collect();
    let mut groups = by_themselves(system, &lefts);
    for symbol in system.used() {
        let Some((group, of)) = group(symbol).filter(|(_, of)| observations.contains(of)) else { continue };
        let labelled = Name { tag: group.to_owned(), ..symbol.name.clone() };
        if stated.all.contains(&labelled) || stated.elsewhere(&symbol.name, of) {
            groups.insert(symbol.name.clone(), (Index::of(group, of), symbol.clone()));
        }
    }
    for (name, (index, symbol)) in &groups {
        let message = format!("{name} is read as the effect of the group {} of each observation", index.letter);
        notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(symbol.span, ""));
    }
    let labelled: BTreeMap<Name, &str> = (groups.iter())
        .map(|(name, (index, _))| (Name { tag: index.letter.clone(), ..name.clone() }, index.letter.as_str()))
        .collect();
    system.each_symbol(&mut |symbol| {
        if !symbol.indices.is_empty() {
            return;
        }
        let own = groups.get(&symbol.name).map(|(index, _)| index.clone());
        if let Some(index) = own.or_else(|| labelled.get(&symbol.name).map(|group| Index::new(*group))) {
            (symbol.indices, symbol.name.tag) = (vec![index], String::new());
        }
    });
}

/// What the left sides, or some of them, state by name.
struct Stated {
    /// Of all groups: without an index.
    all: BTreeSet<Name>,
    /// Of each: with one index, which is its letter.
    each: BTreeSet<(Name, String)>,
}

impl Stated {
    fn by<'a>(lefts: impl Iterator<Item = &'a Symbol>) -> Self {
        let mut stated = Self { all: BTreeSet::new(), each: BTreeSet::new() };
        for left in lefts {
            match &left.indices[..] {
                [] => stated.all.insert(left.name.clone()),
                [index] if index.of.is_empty() => stated.each.insert((left.name.clone(), index.letter.clone())),
                _ => false,
            };
        }
        stated
    }

    /// Whether the name without its label is stated of each of something other than `of`.
    fn elsewhere(&self, name: &Name, of: &str) -> bool {
        let bare = Name { tag: String::new(), ..name.clone() };
        let mut letters = self.each.range((bare.clone(), String::new())..).take_while(|(name, _)| *name == bare);
        letters.any(|(_, letter)| letter != of)
    }
}

/// The effects with a group in capitals or by its word below them that are terms of the one sum of observations,
/// and have a law with a scale that is estimated.
fn by_themselves(system: &System, lefts: &[Symbol]) -> BTreeMap<Name, (Index, Symbol)> {
    let estimated = system.laws().filter(|law| scale(law).is_some_and(|scale| !scale.symbols().is_empty()));
    let estimated = Stated::by(estimated.flat_map(Statement::lefts).filter_map(Expr::symbol));
    let of = lefts.iter().find_map(|s| match &s.indices[..] {
        [index] if index.of.is_empty() && !estimated.each.contains(&(s.name.clone(), index.letter.clone())) => {
            Some(index.letter.clone())
        }
        _ => None,
    });
    let Some(of) = of else { return BTreeMap::new() };
    let is_capital = |tag: &str| !tag.is_empty() && tag.chars().all(|c| c.is_ascii_uppercase());
    let is_word = |tag: &str| tag.len() > 2 && tag.chars().all(|c| c.is_ascii_lowercase());
    let has_law = |s: &Symbol| {
        (is_capital(&s.name.tag) || is_word(&s.name.tag)) && estimated.all.contains(&s.name)
            || is_capital(&s.name.tag) && estimated.elsewhere(&s.name, &of)
    };
    let alone = system.statements.iter().flat_map(Statement::rights).flat_map(Expr::summands).filter_map(Expr::symbol);
    alone
        .filter(|s| s.indices.is_empty() && has_law(s))
        .map(|s| (s.name.clone(), (Index::of(&s.name.tag, &of), s.clone())))
        .collect()
}

/// The variance of a normal law of one symbol.
fn scale(law: &Statement) -> Option<&Expr> {
    match law {
        Statement::Distribution { law: Law::Normal { covariance, .. }, .. } => {
            covariance.rows.first()?.first()?.as_ref()
        }
        _ => None,
    }
}

/// The variable below a symbol and its index.
fn group(symbol: &Symbol) -> Option<(&str, &str)> {
    let (group, of) = symbol.name.tag.rsplit_once('_')?;
    let is_name = !group.is_empty() && group.chars().all(|c| c.is_ascii_alphabetic());
    (symbol.indices.is_empty() && is_name).then(|| (group, of.trim_matches(['{', '}'])))
}
