//! Means under a link that do not stand alone: the exposure of a count, `\lambda_{ij} = n_{ij} \theta_{ij}` with
//! `\log \theta_{ij} = …`, whose logarithm is an offset (McCullagh & Nelder 1989, §6.2), and `\alpha_j \sim N(\log \mu_j, ·)`
//! with `\log \mu_j = …`.

use super::Definition;
use super::links::{link_of, target};
use super::response::Draft;
use crate::error::{Code, Diagnostic, Result};
use crate::syntax::{Expr, Key, Kind, Law, Statement, Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// The system with each exposure as an offset, and a function of a symbol that has an equation as a symbol.
pub(super) fn plain(system: &mut System) {
    let is_call = |e: &Expr| matches!(&e.kind, Kind::Call(name, _) if link_of(name).is_some() || name == "exp");
    let mut calls = system.statements.iter().flat_map(|s| s.lefts().iter().chain(s.rights()));
    if !calls.any(|side| std::iter::once(side).chain(side.children()).any(is_call)) {
        return;
    }
    let told: BTreeSet<Key> = system.lefts().filter_map(|left| target(left).map(|(symbol, _)| symbol.key())).collect();
    let is_data = |e: &Expr| e.symbols().iter().all(|s| !s.indices.is_empty() && !told.contains(&s.key()));
    for statement in &mut system.statements {
        rates(statement, &is_data);
        for right in sides(statement) {
            exponentials(right, &is_data);
        }
    }
    exposures(system, &is_data);
    functions(system);
}

/// The right sides of an equation and the arguments of a law.
fn sides(statement: &mut Statement) -> Vec<&mut Expr> {
    match statement {
        Statement::Equation { rights, .. } => rights.iter_mut().collect(),
        Statement::Distribution { law: Law::Other { arguments, .. }, .. } => arguments.iter_mut().collect(),
        Statement::Distribution { law: Law::Normal { mean, .. }, .. } => mean.iter_mut().collect(),
        Statement::Moment { .. } => vec![],
    }
}

fn log(of: Expr) -> Expr {
    let span = of.span;
    Expr::new(Kind::Call("log".to_owned(), vec![of]), span)
}

/// `predictor + log(exposure)`, the exposure first, as it is written.
fn offset(predictor: &mut Expr, exposure: Expr) {
    *predictor = Expr::new(Kind::Sum(vec![log(exposure), predictor.clone()]), predictor.span);
}

/// `\log(\lambda_{ij} / n_{ij}) = …`
fn rates(statement: &mut Statement, is_data: &dyn Fn(&Expr) -> bool) {
    if let Statement::Equation { left, rights, .. } = statement
        && let Kind::Call(name, arguments) = &left.kind
        && link_of(name) == Some("log")
        && let [Expr { kind: Kind::Quotient(mean, exposure), .. }] = &arguments[..]
        && let Some(symbol) = mean.symbol()
        // log(p_2ij / p_1ij) is of two categories.
        && exposure.symbols().iter().all(|s| s.name.base != symbol.name.base)
        && is_data(exposure)
    {
        rights.iter_mut().for_each(|right| offset(right, (**exposure).clone()));
        *left = Expr::new(Kind::Call(name.clone(), vec![(**mean).clone()]), left.span);
    }
}

/// The one factor of a product that is no data, and the product of the others.
fn multiplied(expr: &Expr, is_data: &dyn Fn(&Expr) -> bool) -> Option<(Expr, Expr)> {
    let Kind::Product(factors) = &expr.kind else { return None };
    let (data, others): (Vec<&Expr>, Vec<&Expr>) = factors.iter().partition(|factor| is_data(factor));
    let [only] = &others[..] else { return None };
    let exposure = Expr { span: data.first()?.span, ..Expr::product(data.into_iter().cloned().collect()) };
    Some(((*only).clone(), exposure))
}

/// `n_{ij} \exp(…)`
fn exponentials(right: &mut Expr, is_data: &dyn Fn(&Expr) -> bool) {
    if let Some((Expr { kind: Kind::Call(name, mut arguments), span }, exposure)) = multiplied(right, is_data)
        && name == "exp"
        && let [predictor] = &mut arguments[..]
    {
        offset(predictor, exposure);
        *right = Expr::new(Kind::Call(name, arguments), span);
    }
}

/// `n_{ij} \theta_{ij}`, where θ_ij has an equation under a log and stands nowhere else: θ_ij is the mean itself from there on.
fn exposures(system: &mut System, is_data: &dyn Fn(&Expr) -> bool) {
    let under_log = |s: &Statement| match s {
        Statement::Equation { left, .. } => target(left).filter(|(_, link)| *link == Some("log")).map(|(s, _)| s.key()),
        _ => None,
    };
    let linked: BTreeSet<Key> = system.statements.iter().filter_map(under_log).collect();
    let uses = system.uses(Symbol::key);
    let mut found: BTreeMap<Key, Expr> = BTreeMap::new();
    for side in system.statements.iter_mut().flat_map(sides) {
        if let Some((mean, exposure)) = multiplied(side, is_data)
            && let Some(key) = mean.symbol().map(Symbol::key)
            && linked.contains(&key)
            && uses.get(&key) == Some(&1)
        {
            *side = mean;
            found.insert(key, exposure);
        }
    }
    for statement in system.statements.iter_mut().filter(|_| !found.is_empty()) {
        let exposure = under_log(statement).and_then(|key| found.get(&key));
        if let (Statement::Equation { rights, .. }, Some(exposure)) = (&mut *statement, exposure) {
            rights.iter_mut().for_each(|right| offset(right, exposure.clone()));
        }
    }
}

/// `\log \mu_j` on the left of one equation and within the right sides of others, where μ_j stands nowhere else: a symbol.
fn functions(system: &mut System) {
    let mut lefts: BTreeMap<Key, Expr> = BTreeMap::new();
    for statement in &system.statements {
        if let Statement::Equation { left, .. } = statement
            && let Some((symbol, Some(_))) = target(left)
        {
            lefts.insert(symbol.key(), left.clone());
        }
    }
    if lefts.is_empty() {
        return;
    }
    let mut uses: BTreeMap<Key, (usize, usize)> = BTreeMap::new();
    for statement in &system.statements {
        // `\eta = \log(\mu)` says what the link is.
        let is_whole = |e: &Expr| matches!(statement, Statement::Equation { .. }) && target(e).is_some();
        for right in statement.rights() {
            right.symbols().into_iter().for_each(|s| uses.entry(s.key()).or_default().0 += 1);
            if !is_whole(right) {
                right.clone().each(&mut |e| {
                    if let Some((symbol, Some(_))) = target(e).filter(|(s, _)| lefts.get(&s.key()) == Some(e)) {
                        uses.entry(symbol.key()).or_default().1 += 1;
                    }
                });
            }
        }
    }
    lefts.retain(|key, _| uses.get(key).is_some_and(|(all, called)| *called > 0 && all == called));
    for statement in system.statements.iter_mut().filter(|_| !lefts.is_empty()) {
        statement.each_expr(&mut |e| {
            if let Some((symbol, Some(_))) = target(e).filter(|(s, _)| lefts.get(&s.key()) == Some(e)) {
                *e = Expr::new(Kind::Symbol(symbol), e.span);
            }
        });
    }
}

/// Refuses a symbol under a link that is not the mean of the response, or stands elsewhere as well: such a model is not
/// linear under one link.
///
/// # Errors
/// `NotLinear` with the place where it stands.
pub(super) fn alone(draft: &Draft) -> Result<()> {
    if draft.linked.is_empty() {
        return Ok(());
    }
    let linked: BTreeSet<Key> = draft.linked.iter().map(Symbol::key).collect();
    let mut means: BTreeSet<Key> = BTreeSet::new();
    let mut rights: Vec<&Expr> = draft.rights.iter().flat_map(Expr::terms).collect();
    while let Some(right) = rights.pop() {
        let Some(mean) = right.symbol().filter(|mean| means.insert(mean.key())) else { continue };
        rights.extend(draft.definitions.iter().find(|d| d.symbol.same(mean)).map(|d| &d.right));
    }
    let compound = draft.rights.iter().flat_map(Expr::terms).filter(|term| term.symbol().is_none());
    let plugged_in = |d: &&Definition| means.contains(&d.symbol.key()) && d.right.symbol().is_some();
    let others = draft.definitions.iter().filter(|d| !plugged_in(d)).map(|d| &d.right);
    let Some(place) = compound.chain(others).flat_map(Expr::symbols).find(|s| linked.contains(&s.key())) else {
        return Ok(());
    };
    Diagnostic::error(Code::NotLinear, format!("{place} has an equation under a link and stands among other terms here"))
        .at(place.span, "not the mean of the response by itself")
        .help("a model has one linear predictor under one link; write an exposure as `\\log \\lambda_{ij} = \\log n_{ij} + …`")
        .into()
}
