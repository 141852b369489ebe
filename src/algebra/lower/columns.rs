//! The expanded equation, one column an unknown.

use super::translate::{Meaning, Translation};
use crate::algebra::contrasts::Factors;
use crate::algebra::{AtomId, Categories, Poly};
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Facts, RExpr, Term};
use crate::syntax::{Key, Roles};
use std::cell::LazyCell;
use std::collections::BTreeMap;

/// What the unknowns multiply.
pub(super) struct Design {
    /// Fixed effects in model order: the atom and its term.
    pub(super) fixed: Vec<(AtomId, Term)>,
    /// Random effects in the author's order.
    pub(super) random: Vec<(Key, Term)>,
    /// Data without an unknown.
    pub(super) offsets: Vec<RExpr>,
    /// The categories of what stands as dummies.
    pub(super) factors: Factors,
}

/// One entry of an unknown's row: the data factors it multiplies, and the number.
type Row = Vec<(Vec<RExpr>, i64)>;

pub(super) fn design(
    translation: &Translation,
    poly: &Poly,
    roles: &Roles,
    facts: &Facts,
    notes: &mut Notes,
) -> Result<Design> {
    let mut rows: BTreeMap<AtomId, Row> = BTreeMap::new();
    let mut offsets = vec![];
    for (monomial, number) in poly.terms() {
        let mut unknown: Option<AtomId> = None;
        let mut factors = vec![];
        for atom in monomial.atoms() {
            match translation.meanings.get(&atom) {
                Some(Meaning::Covariate { covariate, .. }) => factors.push(covariate.clone()),
                _ if unknown.is_some() => return not_linear(translation, atom),
                _ => unknown = Some(atom),
            }
        }
        match unknown {
            Some(atom) => rows.entry(atom).or_default().push((factors, *number)),
            None if factors.is_empty() => {}
            None => offsets.push(column(&[(factors, *number)])),
        }
    }
    let order = translation.order();
    let places = level_wise_places(translation, roles);
    let variables = variable_order(&places, &order, &rows);
    let mut fixed = vec![];
    let mut random = vec![];
    for atom in &order {
        let Some(row) = rows.get(atom) else { continue };
        let term = term(row, &variables);
        match translation.meanings.get(atom) {
            Some(Meaning::Fixed(key)) => {
                let occasion = key.indices.iter().map(|i| RExpr::call("factor", [RExpr::name(i.clone())]));
                let term = Term::new(term.factors().iter().cloned().chain(occasion));
                constrained(row, &key.to_string(), span(translation, *atom), notes);
                fixed.push((*atom, term));
            }
            Some(Meaning::Value(text)) if text.parse() == Ok(0.0) => {
                let message = "a coefficient of 0 leaves its term out of the model";
                notes.push(Diagnostic::note(Code::Skipped, message).at(span(translation, *atom), "left out"));
            }
            Some(Meaning::Value(text)) => {
                let message = format!("the number {text} is read as the value of a fixed effect");
                notes.push(Diagnostic::note(Code::AssumedValue, message).at(span(translation, *atom), ""));
                fixed.push((*atom, term));
            }
            Some(Meaning::Random(key)) => {
                constrained(row, &key.to_string(), span(translation, *atom), notes);
                random.push((key.clone(), term));
            }
            Some(Meaning::Residual(_)) if row.iter().any(|(factors, _)| !factors.is_empty()) => {
                return Diagnostic::error(Code::OutOfScope, "the residual is multiplied by a covariate")
                    .at(span(translation, *atom), "here")
                    .help(
                        "a residual whose variance changes from observation to observation is not a linear mixed model",
                    )
                    .into();
            }
            _ => {}
        }
    }
    merge_same(&mut fixed, translation, roles, notes)?;
    fixed.sort_by_cached_key(|(_, t)| (t.degree(), level_wise_place(t, &places)));
    let factors = categories(translation, facts, notes);
    Ok(Design { fixed, random, offsets, factors })
}

/// The categories of every factor that stands as dummies: as declared, else those that have a dummy.
fn categories(translation: &Translation, facts: &Facts, notes: &mut Notes) -> Factors {
    let mut factors = Factors::new();
    for (atom, meaning) in &translation.meanings {
        let Meaning::Covariate { covariate, .. } = meaning else { continue };
        let Some((factor, category)) = covariate.as_dummy() else { continue };
        if let Some(all) = facts.factor.get(factor).filter(|all| all.len() > 1) {
            factors.insert(factor.to_owned(), Categories::new(all));
            continue;
        }
        let known = factors.entry(factor.to_owned()).or_default();
        if known.others.is_empty() {
            let message = format!("a word with a word below it is read as a category: {factor} is categorical");
            let note = Diagnostic::note(Code::AmbiguousRole, message).at(span(translation, *atom), "");
            notes.push(note.help(format!("say its categories, the reference first: `--factor {factor}=…,{category}`")));
        }
        known.others.push(category.to_owned());
    }
    factors
}

fn span(translation: &Translation, atom: AtomId) -> Span {
    translation.equations.atoms.get(atom).map(|a| a.expr.span).unwrap_or_default()
}

fn not_linear(translation: &Translation, atom: AtomId) -> Result<Design> {
    let name = translation.equations.atoms.spell(atom);
    Diagnostic::error(Code::NotLinear, format!("{name} multiplies another unknown"))
        .at(span(translation, atom), "here")
        .help("mlnote reads models that are linear in their coefficients and random effects")
        .into()
}

/// An unknown that multiplies several columns multiplies their sum.
fn constrained(row: &[(Vec<RExpr>, i64)], name: &str, span: Span, notes: &mut Notes) {
    if row.len() > 1 {
        let message = format!("{name} multiplies several columns: they are added up in one covariate");
        notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(span, ""));
    }
}

/// Several fixed effects of the same column cannot be told apart: one stands for all. One that a word names and that
/// multiplies nothing, `β_0 + β_{age}`, lacks the covariate of that name.
fn merge_same(
    fixed: &mut Vec<(AtomId, Term)>,
    translation: &Translation,
    roles: &Roles,
    notes: &mut Notes,
) -> Result<()> {
    let places = LazyCell::new(|| places(roles));
    let mut kept: BTreeMap<Term, AtomId> = BTreeMap::new();
    let mut merged: Vec<(AtomId, Term)> = vec![];
    for (atom, term) in fixed.drain(..) {
        let Some(before) = kept.get(&term) else {
            kept.insert(term.clone(), atom);
            merged.push((atom, term));
            continue;
        };
        if let Some(worded) = [atom, *before].into_iter().find(|a| term.is_intercept() && is_worded(translation, *a)) {
            let name = translation.equations.atoms.spell(worded);
            return Diagnostic::error(Code::NotIdentified, format!("{name} multiplies nothing and is no intercept"))
                .at(span(translation, worded), "the slope of what?")
                .help("write the covariate that it multiplies behind it")
                .into();
        }
        let (a, b) = (translation.equations.atoms.spell(*before), translation.equations.atoms.spell(atom));
        if stand_together(&places, [*before, atom].map(|a| span(translation, a))) {
            let message = match term.is_intercept() {
                true => format!("{a} and {b} both multiply nothing"),
                false => format!("{a} and {b} multiply one covariate, {term}"),
            };
            return Diagnostic::error(Code::NotIdentified, message)
                .at(span(translation, atom), "the slope of what?")
                .at(span(translation, *before), "beside this one")
                .help("each fixed effect of an equation has a covariate of its own, but for one intercept")
                .into();
        }
        let message = format!("{a} and {b} multiply the same column ({term}): only their sum is identified");
        notes.push(Diagnostic::note(Code::NotIdentified, message).at(span(translation, atom), ""));
    }
    *fixed = merged;
    Ok(())
}

/// The equation and the term in it where each symbol stands.
fn places(roles: &Roles) -> BTreeMap<Span, (usize, usize)> {
    let rights = std::iter::once(&roles.equation).chain(roles.definitions.iter().map(|d| &d.right));
    let mut found = BTreeMap::new();
    for (equation, right) in rights.enumerate() {
        for (term, part) in right.summands().into_iter().enumerate() {
            found.extend(part.symbols().iter().map(|symbol| (symbol.span, (equation, term))));
        }
    }
    found
}

/// Whether two symbols are in two terms of one equation as it is written: `b_00 + b_01 + u_0j`. In `(β_B - β_W) x̄_j` they
/// are in one.
fn stand_together(places: &BTreeMap<Span, (usize, usize)>, spans: [Span; 2]) -> bool {
    match spans.map(|span| places.get(&span)) {
        [Some((equation, term)), Some((other, its))] => equation == other && term != its,
        _ => false,
    }
}

/// Whether a word names a coefficient, and not as the intercept.
fn is_worded(translation: &Translation, atom: AtomId) -> bool {
    let symbol = translation.equations.atoms.get(atom).and_then(|a| a.expr.symbol());
    symbol.is_some_and(|s| {
        let said = if s.name.tag.is_empty() { &s.name.base } else { &s.name.tag };
        let word: String = said.chars().take_while(|c| c.is_alphabetic()).collect();
        word.chars().count() > 2 && !word.to_lowercase().starts_with("int")
    })
}

/// Where covariates stand by their Levels, 0 first: in level-wise equations the lower Levels come first, as
/// `R * Z + X + S` has them in the paper; a reduced form, which has no places, keeps the order written.
fn level_wise_places(translation: &Translation, roles: &Roles) -> BTreeMap<RExpr, usize> {
    let mut places = BTreeMap::new();
    if roles.definitions.is_empty() {
        return places;
    }
    let full = roles.observation.len();
    for meaning in translation.meanings.values() {
        if let Meaning::Covariate { covariate, indices } = meaning {
            let all = roles.closure.of(indices).len();
            let size = if all == 0 { full } else { all.min(full) };
            places.entry(covariate.clone()).or_insert(full - size);
        }
    }
    places
}

/// The place of a term: that of its covariate of the lowest Level.
fn level_wise_place(term: &Term, places: &BTreeMap<RExpr, usize>) -> usize {
    term.factors().iter().filter_map(|factor| places.get(factor)).min().copied().unwrap_or(0)
}

/// The order of covariates inside a product: as they first stand alone, then as they first appear.
fn variable_order(
    places: &BTreeMap<RExpr, usize>,
    order: &[AtomId],
    rows: &BTreeMap<AtomId, Row>,
) -> BTreeMap<RExpr, usize> {
    let all = || order.iter().filter_map(|a| rows.get(a)).flatten().map(|(factors, _)| factors);
    let mut mains: Vec<&RExpr> = all().filter(|factors| factors.len() == 1).flatten().collect();
    mains.sort_by_key(|main| places.get(*main).copied().unwrap_or(0));
    let mut variables = BTreeMap::new();
    for factor in mains.into_iter().chain(all().flatten()) {
        let next = variables.len();
        variables.entry(factor.clone()).or_insert(next);
    }
    variables
}

/// The term of an unknown.
fn term(row: &[(Vec<RExpr>, i64)], variables: &BTreeMap<RExpr, usize>) -> Term {
    match row {
        [(factors, _)] => {
            let mut factors = powers(factors);
            factors.sort_by_key(|f| variables.get(f).copied().unwrap_or(variables.len()));
            Term::new(factors)
        }
        several => Term::new([column(several)]),
    }
}

/// `X X` is `I(X^2)`: in a formula `X:X` would be X.
fn powers(factors: &[RExpr]) -> Vec<RExpr> {
    let mut counts: Vec<(RExpr, usize)> = vec![];
    for factor in factors {
        match counts.iter_mut().find(|(f, _)| f == factor) {
            Some((_, count)) => *count += 1,
            None => counts.push((factor.clone(), 1)),
        }
    }
    counts
        .into_iter()
        .map(|(factor, count)| match count {
            1 => factor,
            n => RExpr::call("I", [RExpr::call("^", [inner(factor), RExpr::Number(n.to_string())])]),
        })
        .collect()
}

/// Without `I( )`, in brackets where needed.
fn inner(factor: RExpr) -> RExpr {
    match factor {
        RExpr::Call(head, mut arguments) if head == "I" && arguments.len() == 1 => match arguments.remove(0).1 {
            call @ RExpr::Call(..) => RExpr::call("(", [call]),
            other => other,
        },
        other => other,
    }
}

/// A sum of products as one covariate: `I(a + 2 * b)`.
fn column(row: &[(Vec<RExpr>, i64)]) -> RExpr {
    let product = |(factors, number): &(Vec<RExpr>, i64)| {
        let parts = powers(factors).into_iter().map(inner);
        let size = RExpr::Number(number.unsigned_abs().to_string());
        let all = if number.unsigned_abs() == 1 && !factors.is_empty() { None } else { Some(size) };
        all.into_iter().chain(parts).reduce(|a, b| RExpr::call("*", [a, b])).unwrap_or(RExpr::Number("1".into()))
    };
    let mut sum: Option<RExpr> = None;
    for entry in row {
        let op = if entry.1 < 0 { "-" } else { "+" };
        sum = Some(match sum {
            None if op == "+" => product(entry),
            None => RExpr::call("-", [product(entry)]),
            Some(sum) => RExpr::call(op, [sum, product(entry)]),
        });
    }
    match sum {
        Some(name @ RExpr::Name(_)) => name,
        Some(call @ RExpr::Call(..)) if matches!(&call, RExpr::Call(head, _) if RExpr::is_syntactic(head)) => call,
        Some(other) => RExpr::call("I", [other]),
        None => RExpr::Number("0".into()),
    }
}
