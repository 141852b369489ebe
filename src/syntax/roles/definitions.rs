//! Rewritings that leave the system a plain one: a coefficient with several brackets is the sum of its parts, a
//! covariate defined from others is written out.

use super::Closure;
use super::names::is_word;
use crate::error::{Code, Diagnostic, Notes, Span};
use crate::syntax::{Expr, Group, Index, Key, Kind, Law, Statement, Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// The system with combined coefficients and derived covariates written out.
pub(super) fn inline(system: &System, closure: &Closure, notes: &mut Notes) -> System {
    let mut system = system.clone();
    drop_calculations(&mut system, notes);
    let defined = lefts(&system);
    rewrite(&mut system, &|symbol| combined(symbol, &defined));
    while let Some((key, right)) = derived(&system, closure) {
        system
            .statements
            .retain(|s| !matches!(s, Statement::Equation { left, .. } if left.symbol().is_some_and(|l| l.is(&key))));
        rewrite(&mut system, &|symbol| (symbol.is(&key)).then(|| right.clone()));
    }
    system
}

/// Passes over how a covariate is calculated from what has no index, `x_ij = distance / 10`: it is a column.
fn drop_calculations(system: &mut System, notes: &mut Notes) {
    let is_data = |s: &Symbol| s.indices.is_empty() && s.name.tag.is_empty() && is_word(&s.name);
    let calculated = |statement: &Statement| {
        let Statement::Equation { left, rights, .. } = statement else { return None };
        let symbols: Vec<&Symbol> = rights.iter().flat_map(Expr::symbols).collect();
        let symbol = left.symbol().filter(|s| !s.indices.is_empty())?;
        (!symbols.is_empty() && symbols.into_iter().all(is_data)).then(|| (symbol.key(), statement.span()))
    };
    let found: Vec<(Key, Span)> = system.statements.iter().filter_map(calculated).collect();
    if found.is_empty() {
        return;
    }
    let summands = || system.statements.iter().flat_map(Statement::rights).flat_map(Expr::summands);
    let alone: BTreeSet<Key> = summands().filter_map(Expr::symbol).map(Symbol::key).collect();
    let products = summands().filter(|part| part.symbol().is_none());
    let multiplied: BTreeSet<Key> = products.flat_map(Expr::symbols).map(Symbol::key).collect();
    let is_column = |key: &Key| multiplied.contains(key) && !alone.contains(key);
    for (key, span) in found.iter().filter(|(key, _)| is_column(key)) {
        let message = format!("how {key} is calculated was skipped: it is a column of the data");
        notes.push(Diagnostic::note(Code::Skipped, message).at(*span, ""));
    }
    system.statements.retain(|statement| calculated(statement).is_none_or(|(key, _)| !is_column(&key)));
}

/// Every symbol that stands alone on a left side, with its index set.
fn lefts(system: &System) -> Lefts {
    let (mut found, mut seen) = (Lefts::new(), BTreeSet::new());
    for symbol in system.lefts().filter_map(Expr::symbol) {
        if seen.insert(symbol.key()) {
            found.entry(letter(symbol)).or_default().push(symbol.clone());
        }
    }
    found
}

/// Symbols by their letter and number, each once, in the order written.
type Lefts = BTreeMap<(String, String), Vec<Symbol>>;

fn letter(symbol: &Symbol) -> (String, String) {
    (symbol.name.base.clone(), symbol.name.tag.clone())
}

/// `\alpha_{j[i],k[i]}` where only α_j and α_k have laws: their sum (equatiomatic's notation). A superscript that
/// names the parent coefficient does not matter for finding the parts.
fn combined(symbol: &Symbol, defined: &Lefts) -> Option<Expr> {
    let alike = defined.get(&letter(symbol))?;
    let indices = symbol.key().indices;
    if indices.is_empty() || alike.iter().any(|d| d.same(symbol)) {
        return None;
    }
    let is_part = |d: &&Symbol| {
        d.name.accents == symbol.name.accents && !d.indices.is_empty() && d.key().indices.is_subset(&indices)
    };
    let parts: Vec<&Symbol> = alike.iter().filter(is_part).collect();
    let covered: BTreeSet<String> = parts.iter().flat_map(|p| p.key().indices).collect();
    // Disjoint parts: `a_{ij} = a_i + u_{ij}` nests, and is left alone.
    let disjoint = parts.iter().map(|p| p.key().indices.len()).sum::<usize>() == covered.len();
    if covered != indices || !disjoint {
        return named_group(symbol, defined);
    }
    if let [only] = parts[..] {
        // A star names no coefficient: `ε_ij = α_i + ε^*_ij`.
        let named = symbol.name.mark.contains(char::is_alphanumeric);
        return named.then(|| Symbol { span: symbol.span, ..only.clone() }.into());
    }
    Some({
        Expr::new(
            Kind::Sum(parts.iter().map(|p| Expr::from(Symbol { span: symbol.span, ..(*p).clone() })).collect()),
            symbol.span,
        )
    })
}

/// `\alpha_{\text{tank}[i]}` or `\alpha_{s[i]}` with `\alpha_j \sim …`: the law's letter stands for the group that the
/// bracket names.
fn named_group(symbol: &Symbol, defined: &Lefts) -> Option<Expr> {
    let [index] = &symbol.indices[..] else { return None };
    let alike = defined.get(&letter(symbol))?;
    let mut same = alike.iter().filter(|d| d.name == symbol.name && d.indices.len() == 1);
    let (only, None) = (same.next()?, same.next()) else { return None };
    // A law whose own index is a word is of that group alone.
    let stands_for = only.indices[0].letter.chars().count() == 1;
    (!index.of.is_empty() && stands_for && index.letter != only.indices[0].letter).then(|| {
        let indices = vec![Index { letter: only.indices[0].letter.clone(), ..index.clone() }];
        Symbol { indices, ..symbol.clone() }.into()
    })
}

/// `\alpha_j \sim …` and `\gamma_j \sim …` for `\alpha_{\text{actor}[i]}` and `\gamma_{\text{block}[i]}`: one letter for the
/// values of several groups. Each law gets the word that its symbol has in brackets.
fn tell_apart(system: &mut System) {
    let defined = lefts(system);
    let mut words: BTreeMap<String, BTreeMap<Key, Index>> = BTreeMap::new();
    for symbol in system.used() {
        if let Some(meant) = named_group(symbol, &defined).as_ref().and_then(Expr::symbol) {
            let key = Symbol { indices: vec![Index::new(meant.indices[0].letter.clone())], ..meant.clone() }.key();
            let index = Index::new(symbol.indices[0].letter.clone());
            words.entry(meant.indices[0].letter.clone()).or_default().insert(key, index);
        }
    }
    words.retain(|_, of| of.values().collect::<BTreeSet<_>>().len() > 1);
    let renamed: BTreeMap<Key, Index> = words.into_values().flatten().collect();
    for statement in system.statements.iter_mut().filter(|_| !renamed.is_empty()) {
        statement.each_left_symbol(&mut |symbol| {
            if let Some(index) = renamed.get(&symbol.key()) {
                symbol.indices = vec![index.clone()];
            }
        });
    }
}

/// The word of `\alpha_{\text{tank}[i]}` is the name of the grouping factor that the law's letter stands for.
pub fn name_groups(system: &mut System) {
    tell_apart(system);
    let defined = &lefts(system);
    let mut named: Vec<Group> = vec![];
    for statement in &system.statements {
        for symbol in statement.rights().iter().flat_map(Expr::symbols) {
            if let Some(letter) =
                named_group(symbol, defined).and_then(|e| Some(e.symbol()?.indices.first()?.letter.clone()))
            {
                named.push(Group { letter, name: symbol.indices[0].letter.clone(), span: symbol.span });
            }
        }
    }
    labels(system, &named);
    for group in named {
        if system.groups.iter().all(|g| g.letter != group.letter || g.name.is_empty()) {
            system.groups.push(group);
        }
    }
}

/// `\zeta_j \sim N(b_s, \tau^2_s)`, where j stands for the group s of `\zeta_{s[i]}`: s says whose mean and variance they are.
fn labels(system: &mut System, named: &[Group]) {
    let names: BTreeMap<String, String> = named.iter().map(|g| (g.letter.clone(), g.name.clone())).collect();
    for statement in system.statements.iter_mut().filter(|_| !named.is_empty()) {
        let left = statement.lefts().iter().find_map(Expr::symbol);
        let [index] = left.map_or(&[][..], |left| &left.indices) else { continue };
        let Some(name) = names.get(&index.letter).filter(|_| matches!(statement, Statement::Distribution { .. }))
        else {
            continue;
        };
        statement.each_symbol(&mut |symbol| {
            if let [index] = &symbol.indices[..]
                && index.letter == *name
                && symbol.name.tag.is_empty()
            {
                symbol.name.tag = name.clone();
                symbol.indices.clear();
            }
        });
    }
}

/// A definition that holds data only: its symbol is multiplied by an unknown wherever it stands, its right side is a
/// compound of indexed symbols that nothing defines.
fn derived(system: &System, closure: &Closure) -> Option<(Key, Expr)> {
    let defined: BTreeSet<Key> = lefts(system).values().flatten().map(Symbol::key).collect();
    let unknown = |s: &Symbol| s.indices.is_empty() || defined.contains(&s.key());
    let mut rights: BTreeMap<Key, &Expr> = BTreeMap::new();
    for statement in &system.statements {
        if let Statement::Equation { left, rights: all, .. } = statement
            && let (Some(symbol), [right]) = (left.symbol(), &all[..])
            && !symbol.indices.is_empty()
            && matches!(right.kind, Kind::Sum(_) | Kind::Quotient(..) | Kind::Power(..) | Kind::Call(..))
            && right
                .symbols()
                .iter()
                .all(|s| !unknown(s) && closure.of(&s.key().indices).is_subset(&closure.of(&symbol.key().indices)))
            && !right.symbols().is_empty()
        {
            rights.insert(symbol.key(), right);
        }
    }
    rights.into_iter().find(|(key, _)| multiplied_everywhere(system, key, &unknown)).map(|(k, r)| (k, r.clone()))
}

/// Whether the symbol is used, and always beside an unknown factor.
fn multiplied_everywhere(system: &System, key: &Key, unknown: &dyn Fn(&Symbol) -> bool) -> bool {
    fn walk(expr: &Expr, beside: bool, key: &Key, unknown: &dyn Fn(&Symbol) -> bool, uses: &mut Vec<bool>) {
        match &expr.kind {
            Kind::Symbol(symbol) if symbol.is(key) => uses.push(beside),
            Kind::Product(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    let other = parts
                        .iter()
                        .enumerate()
                        .any(|(i, p)| i != at && p.symbols().iter().any(|s| !s.is(key) && unknown(s)));
                    walk(part, beside || other, key, unknown, uses);
                }
            }
            _ => expr.children().into_iter().for_each(|c| walk(c, beside, key, unknown, uses)),
        }
    }
    let mut uses = vec![];
    for statement in &system.statements {
        match statement {
            Statement::Equation { rights, .. } => rights.iter().for_each(|r| walk(r, false, key, unknown, &mut uses)),
            Statement::Distribution { law: Law::Normal { mean, .. }, .. } => {
                mean.iter().for_each(|m| walk(m, false, key, unknown, &mut uses));
            }
            _ => {}
        }
    }
    !uses.is_empty() && uses.into_iter().all(|beside| beside)
}

/// Replaces symbols on every right side.
fn rewrite(system: &mut System, with: &dyn Fn(&Symbol) -> Option<Expr>) {
    for statement in &mut system.statements {
        match statement {
            Statement::Equation { rights, .. } => rights.iter_mut().for_each(|r| *r = r.replace(with)),
            Statement::Distribution { law: Law::Normal { mean, .. }, .. } => {
                mean.iter_mut().for_each(|m| *m = m.replace(with));
            }
            Statement::Distribution { .. } | Statement::Moment { .. } => {}
        }
    }
}
