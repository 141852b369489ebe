//! Coefficients whose label is a letter of an index, `\beta_B B_i + \beta_t w_t`, and other names of a covariate.

use super::beside::pass_over;
use crate::error::{Code, Diagnostic, Notes};
use crate::syntax::{Expr, Key, Kind, Law, Name, Statement, Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// Tells coefficients apart that one letter says, `β(Time) + β(Phase) + β(Time × Phase)`: each is that of what stands in the
/// brackets behind it.
pub(super) fn applied(system: &mut System, text: &str, notes: &mut Notes) {
    let before_bracket = |symbol: &Symbol| {
        let is_plain = symbol.name.greek().is_some() && symbol.name.tag.is_empty() && symbol.indices.is_empty();
        is_plain && text.get(symbol.span.end..).is_some_and(|rest| rest.trim_start().starts_with('('))
    };
    let mut uses: BTreeMap<Key, (usize, bool)> = BTreeMap::new();
    for symbol in system.used() {
        let (count, bracketed) = uses.entry(symbol.key()).or_insert((0, true));
        (*count, *bracketed) = (*count + 1, *bracketed && before_bracket(symbol));
    }
    let told = |s: &&Symbol| matches!(uses.get(&s.key()), Some((2.., true)));
    let Some(first) = system.used().find(told).cloned() else { return };
    let message = format!("{first} before brackets is read as a coefficient of each of them");
    notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(first.span, ""));
    for statement in &mut system.statements {
        statement.each_expr(&mut |expr| {
            let Kind::Product(factors) = &mut expr.kind else { return };
            let Some((coefficient, of)) = factors.split_first_mut() else { return };
            if let Kind::Symbol(symbol) = &mut coefficient.kind
                && told(&&*symbol)
            {
                let names = of.iter().flat_map(Expr::symbols).map(|s| s.name.column());
                symbol.name.tag = names.collect::<Vec<_>>().join("_");
            }
        });
    }
}

/// Takes the index of a slope for its label, where its letter has labels on other slopes and nothing else says that it
/// varies.
pub(super) fn slopes(system: &mut System, notes: &mut Notes) {
    let lefts: BTreeSet<Key> = system.lefts().flat_map(Expr::symbols).map(Symbol::key).collect();
    let is_label =
        |s: &Symbol| s.indices.is_empty() && s.name.tag.chars().all(char::is_alphabetic) && !s.name.tag.is_empty();
    let lone = |s: &Symbol| match &s.indices[..] {
        [index] => s.name.tag.is_empty() && index.of.is_empty() && !lefts.contains(&s.key()),
        _ => false,
    };
    let (mut labels, mut slopes): (BTreeSet<&str>, Vec<&Symbol>) = (BTreeSet::new(), vec![]);
    let mut others: BTreeSet<Key> = BTreeSet::new();
    for term in system.statements.iter().flat_map(Statement::rights).flat_map(Expr::summands) {
        let parts: Vec<&Symbol> = term.factors().iter().filter_map(Expr::symbol).collect();
        match parts.split_first() {
            Some((first, [_, ..])) if is_label(first) => drop(labels.insert(&first.name.base)),
            Some((first, [_, ..])) if lone(first) => slopes.push(first),
            _ => others.extend(term.symbols().into_iter().map(Symbol::key)),
        }
    }
    let told =
        |s: &&&Symbol| !s.name.base.is_ascii() && labels.contains(s.name.base.as_str()) && !others.contains(&s.key());
    let found: BTreeMap<Key, Symbol> = slopes.iter().filter(told).map(|s| (s.key(), (*s).clone())).collect();
    for slope in found.values() {
        let message =
            format!("{slope} is read as the slope with the label {}, as others have one", slope.indices[0].letter);
        notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(slope.span, ""));
    }
    if found.is_empty() {
        return;
    }
    system.each_symbol(&mut |symbol| {
        if found.contains_key(&symbol.key()) {
            symbol.name.tag = symbol.indices[0].letter.clone();
            symbol.indices.clear();
        }
    });
}

/// Takes the index of a scale for its label where it tells no groups apart: `\alpha_j \sim N(\mu, \sigma_{\text{school}})` is
/// of the schools, and so is the prior of that scale. The scale of a response or of a residual may have groups.
pub(super) fn scales(system: &mut System) {
    let is_lone = |s: &Symbol| {
        let lone = matches!(&s.indices[..], [index] if index.of.is_empty());
        lone && s.name.tag.is_empty() && matches!(s.name.base.as_str(), "σ" | "τ")
    };
    let is_scale = |s: &Symbol| is_lone(s) && s.indices[0].letter.chars().count() > 1;
    let most = system
        .lefts()
        .flat_map(Expr::symbols)
        .filter(|s| !is_scale(s))
        .map(|s| s.indices.len())
        .max()
        .unwrap_or_default();
    let used: BTreeSet<&Name> = system.used().map(|s| &s.name).collect();
    let (mut of_rows, mut labels): (BTreeSet<Key>, BTreeSet<Key>) = Default::default();
    for statement in &system.statements {
        let Statement::Distribution { left, law: Law::Normal { covariance, .. }, .. } = statement else { continue };
        let left: Vec<&Symbol> = left.iter().flat_map(Expr::symbols).collect();
        let scales = covariance.rows.iter().flatten().flatten().flat_map(Expr::symbols);
        if left.iter().any(|s| s.indices.len() == most && !used.contains(&s.name)) {
            of_rows.extend(scales.map(Symbol::key));
        } else if left.iter().all(|s| !s.indices.is_empty() && s.indices.len() < most) {
            // `\beta_j \sim N(0, \sigma_i)`: no index of the effect.
            let apart = |scale: &&Symbol| is_lone(scale) && !left.iter().any(|s| s.indices.contains(&scale.indices[0]));
            labels.extend(scales.filter(apart).map(Symbol::key));
        }
    }
    system.each_symbol(&mut |symbol| {
        let told = is_scale(symbol) || labels.contains(&symbol.key());
        if told && !of_rows.contains(&symbol.key()) {
            symbol.name.tag = symbol.indices.remove(0).letter;
        }
    });
}

/// Takes the second left side of `w_{ij} = \log(y_{ij}) = \beta_0 + …` for the response: w is another name of it.
pub(super) fn responses(system: &mut System, notes: &mut Notes) {
    const TRANSFORMS: [&str; 4] = ["log", "log2", "log10", "sqrt"];
    for statement in &mut system.statements {
        let Statement::Equation { left, rights, .. } = statement else { continue };
        let transformed = |of: &[Expr], name: &Symbol| {
            of.len() == 1 && of[0].symbol().is_some_and(|s| s.indices == name.indices && !s.indices.is_empty())
        };
        if let (Some(name), [Expr { kind: Kind::Call(function, of), .. }, _, ..]) = (left.symbol(), &rights[..])
            && TRANSFORMS.contains(&function.as_str())
            && transformed(of, name)
        {
            let message = format!("{name} is another name of {}", rights[0]);
            notes.push(Diagnostic::note(Code::Skipped, message).at(left.span, ""));
            *left = rights.remove(0);
        }
    }
}

/// Takes the index of a mean for its label where nothing says that it varies, `\alpha_p \sim N(\mu_p, \sigma_p)`: that of an
/// effect is one number.
pub(super) fn means(system: &mut System) {
    let lefts: BTreeSet<Key> = system.lefts().flat_map(Expr::symbols).map(Symbol::key).collect();
    let uses = system.uses(Symbol::key);
    let used: BTreeSet<&Name> = uses.keys().map(|key| &key.name).collect();
    let mut labels: BTreeSet<Key> = BTreeSet::new();
    for statement in system.laws() {
        if let Statement::Distribution { left, law: Law::Normal { mean, .. }, .. } = statement
            && let ([effect], [mean]) = (&left[..], &mean[..])
            && let (Some(effect), Some(mean)) = (effect.symbol(), mean.symbol())
            && effect.indices == mean.indices
            && matches!(&mean.indices[..], [index] if index.of.is_empty())
            && used.contains(&effect.name)
            && !lefts.contains(&mean.key())
            && uses.get(&mean.key()) == Some(&1)
        {
            labels.insert(mean.key());
        }
    }
    system.each_symbol(&mut |symbol| {
        if labels.contains(&symbol.key()) {
            symbol.name.tag.push_str(&symbol.indices.remove(0).letter);
        }
    });
}

/// Passes over `x_{ij} = m_{ij}`, another name of a covariate that is multiplied wherever it stands.
pub(super) fn names(system: &mut System, notes: &mut Notes) {
    let uses = system.uses(|symbol| symbol.name.clone());
    let count = |s: &Symbol| uses.get(&s.name).copied().unwrap_or_default();
    let summands = system.statements.iter().flat_map(Statement::rights).flat_map(Expr::summands);
    // What stands by itself is a mean, or has an equation or a law of its own.
    let mut alone: BTreeMap<&Name, usize> = BTreeMap::new();
    system.lefts().chain(summands).filter_map(Expr::symbol).for_each(|s| *alone.entry(&s.name).or_default() += 1);
    let is_alone = |s: &Symbol| alone.get(&s.name).copied().unwrap_or_default() > 1;
    let is_data = |s: &Symbol| s.name.base.is_ascii() && s.name.tag.is_empty() && s.indices.len() > 1;
    let why = |statement: &Statement| match statement {
        Statement::Equation { left, rights, .. } => match (left.symbol(), &rights[..]) {
            (Some(name), [right]) => {
                let of =
                    right.symbol().filter(|of| is_data(of) && is_data(name) && of.key().indices == name.key().indices);
                let named = of.is_some_and(|of| count(of) == 1 && count(name) > 0 && !is_alone(of) && !is_alone(name));
                named.then_some("another name of a covariate was skipped")
            }
            _ => None,
        },
        _ => None,
    };
    let whys = system.statements.iter().map(why).collect();
    pass_over(system, whys, "skipped", notes);
}
