//! What a careful reader would remark about the model.

use super::columns::Design;
use super::data;
use super::groups::Groups;
use super::translate::{Meaning, Translation};
use crate::algebra::{AtomId, contrasts};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Facts, Level, Model, RExpr, Term};
use crate::syntax::{Accent, Expr, Key, Role, Roles, Symbol};
use std::collections::{BTreeMap, BTreeSet};

/// A covariate in the equation of a coefficient that has an index which the coefficient lacks: the formula is the same,
/// but a group has no one value of it.
pub(super) fn below_its_equation(roles: &Roles, notes: &mut Notes) {
    let mut seen: Vec<Key> = vec![];
    for definition in &roles.definitions {
        let own = roles.closure.of(&definition.symbol.key().indices);
        for symbol in definition.right.symbols() {
            let key = symbol.key();
            let lacking: Vec<String> = roles.closure.of(&key.indices).difference(&own).cloned().collect();
            if lacking.is_empty() || roles.roles.get(&key) != Some(&Role::Covariate) || seen.contains(&key) {
                continue;
            }
            let coefficient = &definition.symbol;
            let message =
                format!("{symbol} stands in the equation of {coefficient}, which has no index {}", lacking.join(", "));
            let help = format!(
                "kept as written; if {symbol} is constant within a group, give it the indices of {coefficient}"
            );
            notes.push(Diagnostic::note(Code::IndexMismatch, message).at(symbol.span, "").help(help));
            seen.push(key);
        }
    }
}

/// A covariate of each observation whose indices stand in another order than those of the response.
pub(super) fn other_order(roles: &Roles, notes: &mut Notes) {
    let letters = |s: &Symbol| s.indices.iter().map(|i| i.letter.clone()).collect::<Vec<_>>();
    let response = &roles.response.symbol;
    let wanted = letters(response);
    let mut seen: BTreeSet<Key> = BTreeSet::new();
    for symbol in roles.equation.symbols() {
        let own = letters(symbol);
        let same = own.len() == wanted.len() && own.iter().all(|letter| wanted.contains(letter));
        if same && own != wanted && seen.insert(symbol.key()) {
            let message = format!("the indices of {symbol} stand in another order than those of {response}");
            notes.push(Diagnostic::note(Code::IndexMismatch, message).at(symbol.span, "taken as the same observation"));
        }
    }
}

/// One name with two sets of indices would be one column: `X_ij - X_j` would be 0.
///
/// # Errors
/// `IndexMismatch` for a covariate with other indices elsewhere in the same equations; means over several groups are as
/// many columns, with a note.
pub(super) fn one_set_of_indices(roles: &Roles, facts: &Facts, notes: &mut Notes) -> Result<()> {
    let rights = std::iter::once(&roles.equation).chain(roles.definitions.iter().map(|d| &d.right));
    let covariate = |s: &&Symbol| !s.indices.is_empty() && roles.roles.get(&s.key()) == Some(&Role::Covariate);
    let mut first: BTreeMap<String, &Symbol> = BTreeMap::new();
    let mut told: BTreeSet<[String; 2]> = BTreeSet::new();
    for symbol in rights.flat_map(Expr::symbols).filter(covariate) {
        let before = *first.entry(symbol.name.column()).or_insert(symbol);
        let all = |s: &Symbol| roles.closure.of(&s.key().indices);
        if all(before) != all(symbol) {
            let mean = |s: &Symbol| s.name.accents.last() == Some(&Accent::Bar) && !roles.is_full(&s.key());
            if mean(before) && mean(symbol) {
                let columns = [before, symbol].map(|s| data::symbol(s, roles, facts).to_string());
                if told.insert(columns.clone()) {
                    let message = format!(
                        "{before} and {symbol} are means over two groups: the columns {} and {}",
                        columns[0], columns[1]
                    );
                    notes.push(Diagnostic::note(Code::Renamed, message).at(symbol.span, ""));
                }
                continue;
            }
            let message = format!("{before} and {symbol} have one name and different indices");
            let bar = match symbol.name.accents.last() {
                Some(Accent::Bar) => String::new(),
                _ => format!("a mean over a group has a bar, `\\bar{{{}}}_j`; ", symbol.name),
            };
            return Diagnostic::error(Code::IndexMismatch, message)
                .at(symbol.span, "here")
                .at(before.span, "and here")
                .help(format!("{bar}two covariates have two names; one has the same indices everywhere"))
                .into();
        }
    }
    Ok(())
}

/// What is odd about slopes and products.
///
/// # Errors
/// `EffectWithoutFixed` for a random slope of `x_1` beside a fixed one of `x`.
pub(super) fn remark(
    model: &Model,
    translation: &Translation,
    design: &Design,
    groups: &Groups<'_>,
    notes: &mut Notes,
) -> Result<()> {
    let span = |atom: Option<AtomId>| {
        atom.and_then(|a| translation.equations.atoms.get(a)).map(|a| a.expr.span).unwrap_or_default()
    };
    let of_fixed: BTreeSet<&str> =
        model.fixed().iter().flat_map(|term| term.factors().iter().flat_map(|factor| factor.names())).collect();
    for (key, term) in &design.random {
        let group = groups.grouping(&key.indices);
        let place = span(translation.equations.atoms.find(key));
        let constant =
            |covariate: &&RExpr| matches!(model.level(covariate), Some(Level::Group(g)) if group.is_within(g));
        let term = &contrasts::erased(term);
        let occasion = key.indices.iter().map(|i| RExpr::call("factor", [RExpr::name(i.clone())]));
        let own = Term::new(term.factors().iter().cloned().chain(occasion));
        if let Some((fixed, _)) = design.fixed.iter().find(|(_, fixed)| *fixed == own) {
            let message =
                format!("{key} is random beside a fixed effect of each group: nothing is left that it varies around");
            return Diagnostic::error(Code::NotIdentified, message)
                .at(place, "random")
                .at(span(Some(*fixed)), "fixed for each value of the same index")
                .help("keep one of the two")
                .into();
        }
        if let Some(covariate) = term.factors().iter().find(constant) {
            let message = format!("{key} is a random slope of {covariate}, which is constant within {group}");
            let help = format!(
                "such a slope only makes the variance between groups depend on {covariate}; was {key} meant for another covariate?"
            );
            notes.push(Diagnostic::note(Code::SlopeOfGroupCovariate, message).at(place, "").help(help));
        } else if !term.is_intercept() && !model.fixed().contains(term) {
            let message = format!("{key} varies the slope of {term}, which has no fixed effect");
            if let Some(other) = named_alike(term, &of_fixed) {
                return Diagnostic::error(Code::EffectWithoutFixed, message)
                    .at(place, "")
                    .help(format!("is {other} meant, which has one? Give it one name everywhere"))
                    .into();
            }
            notes.push(Diagnostic::note(Code::EffectWithoutFixed, message).at(place, ""));
        }
    }
    for (atom, _) in design.fixed.iter().filter(|(_, term)| term.is_intercept()) {
        let Some(Meaning::Fixed(key)) = translation.meanings.get(atom) else { continue };
        // Not `b0`, which plain text may hold as one word.
        if key.name.base.chars().count() > 2 && key.name.base.chars().all(char::is_alphabetic) {
            let message = format!("the word {key} stands alone: it is read as the intercept, a fixed effect");
            let note = Diagnostic::note(Code::AmbiguousRole, message).at(span(Some(*atom)), "");
            notes.push(note.help("a covariate has a coefficient before it"));
        }
    }
    for term in model.fixed().iter().filter(|t| t.degree() > 1) {
        let lower: Vec<String> = term
            .factors()
            .iter()
            .map(|f| Term::new([f.clone()]))
            .filter(|main| !model.fixed().contains(main))
            .map(|main| main.to_string())
            .collect();
        if !lower.is_empty() {
            let message = format!("the product {term} stands without {}", lower.join(" and "));
            let atom = design.fixed.iter().find(|(_, t)| contrasts::erased(t) == *term).map(|(a, _)| *a);
            let note = Diagnostic::note(Code::InteractionAlone, message).at(span(atom), "");
            // Year:Charter beside Year08.
            let near = lower.iter().find_map(|missing| {
                let mut mains = model.fixed().iter().filter(|main| main.degree() == 1).map(Term::to_string);
                Some((missing, mains.find(|main| is_numbered(main, missing))?))
            });
            notes.push(match near {
                Some((missing, main)) => {
                    note.help(format!("is {missing} the {main} of another term? Give it one name"))
                }
                None => note,
            });
        }
    }
    Ok(())
}

/// A covariate with a fixed effect whose name is that of a slope but for a number: `x` of `x_1`. The slope's own name
/// stands in no fixed effect.
fn named_alike<'m>(slope: &'m Term, fixed: &BTreeSet<&'m str>) -> Option<&'m str> {
    let [RExpr::Name(own)] = slope.factors() else { return None };
    let bare = |name: &'m str| name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
    let numbered = || fixed.range(own.as_str()..).take_while(|name| name.starts_with(own.as_str()));
    let other = match bare(own) == own {
        true => numbered().find(|name| bare(name) == own),
        false => fixed.get(bare(own)),
    };
    other.copied().filter(|_| !fixed.contains(own.as_str()))
}

/// Whether a name is another with digits behind it.
fn is_numbered(name: &str, of: &str) -> bool {
    let digits = name.strip_prefix(of).unwrap_or_default();
    of.len() > 1 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Letters of means by custom: what is observed has another name.
const MEANS: [&str; 8] = ["p", "π", "μ", "λ", "θ", "η", "P", "prob"];

/// `logit(p_ij) = …` with no word on what follows it: p is taken for the response.
pub(super) fn mean_for_response(roles: &Roles, model: &Model, notes: &mut Notes) {
    let symbol = &roles.response.symbol;
    if model.family() == "gaussian"
        || roles.response.family != "gaussian"
        || !MEANS.contains(&symbol.name.base.as_str())
    {
        return;
    }
    let law = if model.family() == "poisson" { "Poisson" } else { "Bernoulli" };
    let message = format!("no law has the mean {symbol}: it is taken for the response itself");
    notes.push(
        Diagnostic::note(Code::AmbiguousRole, message)
            .at(roles.response.left.span, "")
            .help(format!("name what is observed, such as `y ~ {law}({symbol})`")),
    );
}
