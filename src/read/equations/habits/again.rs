//! What a text says a second time in another way: a law beside the equation that it follows from, an equation in the running
//! text that a display gives whole, a covariate whose index of the group is left out once.

use crate::error::{Code, Diagnostic, Notes, Span};
use crate::syntax::{Accent, Expr, Key, Kind, Law, Name, Statement, Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// Drops what only says in words what a side is: sides of chains, and `y_ij = outcome` beside the equation of y_ij.
pub(super) fn words(system: &mut System) {
    let is_word = |e: &Expr| {
        let plain = |s: &Symbol| s.indices.is_empty() && s.name.tag.is_empty() && s.name.base.len() > 3;
        e.symbol().is_some_and(|s| plain(s) && s.name.base.bytes().all(|b| b.is_ascii_lowercase()))
    };
    let is_phrase = |e: &Expr| matches!(&e.kind, Kind::Product(words) if words.iter().all(is_word));
    let said = |statement: &Statement| match statement {
        Statement::Equation { left, rights, .. } => Some((left.symbol()?.key(), rights.clone())),
        _ => None,
    };
    let in_words = |rights: &[Expr]| rights.iter().all(|right| is_word(right) || is_phrase(right));
    let equations = system.statements.iter().filter_map(said);
    let calculated: BTreeSet<Key> = equations.filter(|(_, rights)| !in_words(rights)).map(|(key, _)| key).collect();
    let is_gloss = |(key, rights): (Key, Vec<Expr>)| {
        !key.indices.is_empty() && in_words(&rights) && (calculated.contains(&key) || rights.iter().all(is_phrase))
    };
    let skipped = &mut system.skipped;
    system.statements.retain(|statement| {
        let gloss = said(statement).is_some_and(is_gloss);
        skipped.extend(gloss.then(|| statement.span()));
        !gloss
    });
    for statement in &mut system.statements {
        if let Statement::Equation { rights, .. } = statement
            && rights.len() > 1
        {
            rights.retain(|right| !says_parts(right));
        }
    }
}

/// Whether a side of a chain only says in words what its parts are, `= fixed effects + random effect + residual`.
fn says_parts(right: &Expr) -> bool {
    let word =
        |e: &Expr| e.symbol().is_some_and(|s| s.indices.is_empty() && s.name.tag.is_empty() && s.name.base.len() > 2);
    let phrase = |e: &Expr| matches!(&e.kind, Kind::Product(parts) if parts.iter().all(word));
    let parts = right.summands();
    parts.len() > 1
        && parts.iter().all(|part| word(part) || phrase(part))
        && parts.into_iter().filter(|p| phrase(p)).count() > 1
}

/// `β_{0j} \sim N(β_0, τ)` beside `β_{0j} = β_0 + u_{0j}`: the law is that of the effect.
pub(in crate::read) fn laws_of_equations(system: &mut System, notes: &mut Notes) {
    let mut drop: BTreeSet<usize> = BTreeSet::new();
    let declared: BTreeSet<Key> = system.statements.iter().filter_map(centred_law).map(Symbol::key).collect();
    let mut equations: BTreeMap<Key, Vec<Vec<Expr>>> = BTreeMap::new();
    for (key, summands) in system.statements.iter().filter_map(equation) {
        equations.entry(key).or_default().push(summands);
    }
    for (at, statement) in system.statements.iter_mut().enumerate() {
        let Statement::Distribution { left, law: Law::Normal { mean, .. }, span } = statement else { continue };
        let ([only], [centre]) = (&left[..], &mean[..]) else { continue };
        let Some(effect) = only
            .symbol()
            .and_then(|s| equations.get(&s.key())?.iter().find_map(|summands| effect_of(s, summands, centre)))
        else {
            continue;
        };
        if declared.contains(&effect.key()) {
            let message = "the distribution says again what the equation and that of its effect do";
            notes.push(Diagnostic::note(Code::Skipped, message).at(*span, ""));
            drop.insert(at);
        } else {
            (*left, *mean) = (vec![effect.into()], vec![Expr::number(0)]);
        }
    }
    let mut at = 0..;
    system.statements.retain(|_| at.next().is_some_and(|at| !drop.contains(&at)));
}

/// The symbol that a normal law around zero is of.
fn centred_law(statement: &Statement) -> Option<&Symbol> {
    match statement {
        Statement::Distribution { left, law: Law::Normal { mean, .. }, .. } if mean.iter().all(Expr::is_zero) => {
            left.first().filter(|_| left.len() == 1).and_then(Expr::symbol)
        }
        _ => None,
    }
}

/// An indexed symbol and the summands of its equation.
fn equation(statement: &Statement) -> Option<(Key, Vec<Expr>)> {
    let Statement::Equation { left, rights, .. } = statement else { return None };
    let symbol = left.symbol().filter(|s| !s.indices.is_empty())?;
    Some((symbol.key(), rights.last()?.summands().into_iter().cloned().collect()))
}

/// The effect of a coefficient's equation that is left when the mean of its law is taken away.
fn effect_of(coefficient: &Symbol, summands: &[Expr], mean: &Expr) -> Option<Symbol> {
    let mut rest: Vec<&Expr> = summands.iter().collect();
    for part in mean.summands() {
        let at = rest.iter().position(|other| *other == part)?;
        rest.remove(at);
    }
    match rest[..] {
        [only] => only.symbol().filter(|s| s.key().indices == coefficient.key().indices).cloned(),
        _ => None,
    }
}

/// Passes over equations of coefficients in the running text, `inline`, which displays say otherwise: they are steps on the
/// way to these.
pub(in crate::read) fn steps(system: &mut System, inline: &[Span], notes: &mut Notes) {
    let is_inline = |span: Span| inline.iter().any(|region| region.start <= span.start && span.end <= region.end);
    let displayed: BTreeSet<Key> =
        system.statements.iter().filter(|s| !is_inline(s.span())).filter_map(equation).map(|(key, _)| key).collect();
    let uses = system.uses(Symbol::key);
    let used: BTreeSet<Key> = uses.keys().cloned().collect();
    // Where the model has all that it says, it may differ from it.
    let has_own = |statement: &Statement| {
        let mut own: BTreeMap<Key, usize> = BTreeMap::new();
        statement.rights().iter().flat_map(Expr::symbols).for_each(|s| *own.entry(s.key()).or_default() += 1);
        own.iter().any(|(key, count)| uses.get(key) == Some(count))
    };
    let lefts = |s: &Statement| s.lefts().iter().filter_map(Expr::symbol).cloned().collect::<Vec<_>>();
    let response =
        (system.statements.iter().filter(|s| !is_inline(s.span()) && centred_law(s).is_none()).flat_map(lefts))
            .find(|s| !s.indices.is_empty() && !used.contains(&s.key()));
    system.statements.retain(|statement| {
        let Some((key, _)) = equation(statement).filter(|_| is_inline(statement.span())) else { return true };
        let message = match &response {
            _ if displayed.contains(&key) && used.contains(&key) => {
                "an equation of the running text was passed over: a display has one of the same symbol"
            }
            // `$a_j = \mu + \sigma \alpha_j$` behind the displays of the model only gives a name.
            Some(response) if response.name != key.name && !used.contains(&key) && has_own(statement) => {
                "an equation of the running text was passed over: nothing uses its symbol"
            }
            _ => return true,
        };
        notes.push(Diagnostic::note(Code::Skipped, message).at(statement.span(), ""));
        false
    });
}

/// `x_{ij} - x_j`: the mean of the group, without its bar.
pub(in crate::read) fn means(system: &mut System, notes: &mut Notes) {
    fn walk(expr: &Expr, found: &mut BTreeMap<Key, Symbol>) {
        if let Kind::Sum(terms) = &expr.kind
            && let [Expr { kind: Kind::Symbol(value), .. }, Expr { kind: Kind::Negative(mean), .. }] = &terms[..]
            && let Some(mean) = mean.symbol().filter(|mean| mean.name == value.name)
            && !mean.indices.is_empty()
            && mean.indices.len() < value.indices.len()
            && mean.key().indices.is_subset(&value.key().indices)
        {
            found.insert(mean.key(), mean.clone());
        }
        expr.children().into_iter().for_each(|child| walk(child, found));
    }
    let mut found = BTreeMap::new();
    system.statements.iter().flat_map(Statement::rights).for_each(|right| walk(right, &mut found));
    for mean in found.values() {
        let message = format!("{mean} is taken away from what has more indices: read as its mean over the group");
        notes.push(Diagnostic::note(Code::AssumedIndex, message).at(mean.span, ""));
    }
    if !found.is_empty() {
        system.each_symbol(&mut |symbol| {
            if found.contains_key(&symbol.key()) {
                symbol.name.accents.push(Accent::Bar);
            }
        });
    }
}

/// `time_t` beside `time_{ti}`, where nothing else is of t alone: the same covariate, an index left out.
pub(in crate::read) fn covariates(system: &mut System, notes: &mut Notes) {
    let mut spelled: BTreeMap<Name, BTreeMap<Key, Symbol>> = BTreeMap::new();
    let mut owners: BTreeMap<BTreeSet<String>, BTreeSet<Name>> = BTreeMap::new();
    system.each_symbol(&mut |symbol| {
        if !symbol.indices.is_empty() {
            owners.entry(symbol.key().indices).or_default().insert(symbol.name.clone());
            spelled.entry(symbol.name.clone()).or_default().entry(symbol.key()).or_insert_with(|| symbol.clone());
        }
    });
    let mut meant: BTreeMap<Key, Symbol> = BTreeMap::new();
    for (_, forms) in spelled.iter().filter(|(name, _)| name.base.chars().count() > 1) {
        let forms: Vec<(&Key, &Symbol)> = forms.iter().take(3).collect();
        let [first, second] = forms[..] else { continue };
        for ((short, _), (key, long)) in [(first, second), (second, first)] {
            let alone = owners.get(&short.indices).is_none_or(|names| names.len() == 1);
            if alone && short.indices.len() < key.indices.len() && short.indices.is_subset(&key.indices) {
                meant.insert(short.clone(), long.clone());
            }
        }
    }
    let mut told: BTreeSet<Key> = BTreeSet::new();
    system.each_symbol(&mut |symbol| {
        if let Some(long) = meant.get(&symbol.key()) {
            if told.insert(symbol.key()) {
                let message = format!("{symbol} is read as {long}: no group has the index alone");
                notes.push(Diagnostic::note(Code::IndexDropped, message).at(symbol.span, ""));
            }
            symbol.indices.clone_from(&long.indices);
        }
    });
}

/// `mood_i` of the levels beside `mood_{ti}` of the combined form, or the other way round: one column of the data, whose
/// index one of them leaves out.
pub(in crate::read) fn covariates_of_forms(system: &mut System, notes: &mut Notes) {
    let mut forms: BTreeMap<Key, Vec<&Expr>> = BTreeMap::new();
    for statement in &system.statements {
        if let Statement::Equation { left, rights, .. } = statement
            && let Some(left) = left.symbol().filter(|s| !s.indices.is_empty())
        {
            forms.entry(left.key()).or_default().extend(rights);
        }
    }
    let is_combined = |form: &Expr| !form.symbols().iter().any(|s| forms.contains_key(&s.key()));
    let mut spelled: [BTreeMap<&Name, BTreeMap<Key, &Symbol>>; 2] = Default::default();
    for rights in forms.values() {
        let two = !rights.iter().all(|form| is_combined(form));
        for right in rights {
            let words = right.symbols().into_iter().filter(|s| s.name.base.chars().count() > 1);
            words.for_each(|symbol| {
                let of = &mut spelled[usize::from(two && is_combined(right))];
                of.entry(&symbol.name).or_default().insert(symbol.key(), symbol);
            });
        }
    }
    let only = |forms: &BTreeMap<Key, &Symbol>| forms.values().next().filter(|_| forms.len() == 1).copied().cloned();
    let mut meant: BTreeMap<Key, Symbol> = BTreeMap::new();
    for (name, combined) in &spelled[1] {
        let (Some(one), Some(other)) = (only(combined), spelled[0].get(name).and_then(only)) else { continue };
        for (short, long) in [(&one, &other), (&other, &one)] {
            let (few, many) = (short.key().indices, long.key().indices);
            if few.len() < many.len() && few.is_subset(&many) {
                let message = format!("{short} of one form is read as {long} of the other");
                notes.push(Diagnostic::note(Code::IndexDropped, message).at(short.span, ""));
                meant.insert(short.key(), long.clone());
            }
        }
    }
    system.each_symbol(&mut |symbol| {
        if let Some(long) = meant.get(&symbol.key()) {
            symbol.indices.clone_from(&long.indices);
        }
    });
}
