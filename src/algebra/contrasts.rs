//! Categorical covariates as dummies, as R codes them: in a term, a factor has a dummy for every category but the
//! reference when the term without it is in the model too, and one for every category otherwise (treatment contrasts;
//! R's `model.matrix`, Chambers and Hastie 1992, section 2.4.1).

use super::Categories;
use crate::error::{Code, Diagnostic, Result};
use crate::model::{Covariance, Model, RExpr, RandomTerm, Term};
use std::collections::{BTreeMap, BTreeSet};

/// The categories of each factor, by its column.
pub(super) type Factors = BTreeMap<String, Categories>;

/// The model with every factor as its dummies.
///
/// # Errors
/// `CannotSay` where R's coding depends on the order in which the terms are written.
pub(super) fn expand(model: &Model, factors: &Factors) -> Result<Model> {
    let random = model.random().iter().map(|term| &term.terms[..]);
    for terms in random.chain([model.fixed()]) {
        if let Some(term) = terms.iter().find(|term| depends_on_order(term, terms, factors)) {
            let message = format!("R codes {term} by the order of the terms, and equations have none");
            return Diagnostic::error(Code::CannotSay, message)
                .help("put its lower-order terms into the model, or write the model in `lmer`")
                .into();
        }
    }
    let mut made = Model::new(model.response().clone()).with_family(model.family(), model.link());
    made = made.with_fixed(expanded(model.fixed(), factors));
    for offset in model.offsets() {
        made = made.with_offset(offset.clone());
    }
    for term in model.random() {
        // Independent terms are `(1 | g) + (0 + f | g)`: each is coded by itself, and the dummies of one covary.
        let (parts, covariance) = match term.covariance {
            Covariance::Diagonal => (term.terms.chunks(1).collect(), Covariance::Unstructured),
            other => (vec![&term.terms[..]], other),
        };
        for part in parts {
            let terms = expanded(part, factors);
            made = made.with_random(RandomTerm::new(term.group.clone(), terms, covariance));
        }
    }
    for (covariate, level) in model.levels() {
        made = made.with_level(covariate.clone(), level.clone());
    }
    Ok(made)
}

/// Whether a product is coded by contrasts only because another product of as many covariates stands before it.
fn depends_on_order(term: &Term, among: &[Term], factors: &Factors) -> bool {
    term.factors().iter().any(|factor| {
        let is_factor = matches!(factor, RExpr::Name(name) if factors.contains_key(name));
        let holds =
            |other: &&Term| *other != term && term.factors().iter().all(|f| f == factor || other.factors().contains(f));
        let mut margins = among.iter().filter(holds).map(Term::degree).filter(|degree| *degree <= term.degree());
        is_factor
            && term.degree() > 1
            && margins.next().is_some_and(|first| first == term.degree() && margins.all(|d| d == first))
    })
}

/// The terms with every factor as its dummies.
fn expanded(terms: &[Term], factors: &Factors) -> Vec<Term> {
    let coded = coded(terms, factors);
    terms.iter().flat_map(|term| coded[term].iter().cloned()).collect()
}

/// The columns of each term: `TermCode` of R's model.c.
fn coded<'a>(terms: &'a [Term], factors: &Factors) -> BTreeMap<&'a Term, Vec<Term>> {
    let mut order: Vec<&Term> = terms.iter().collect();
    order.sort_by_key(|term| term.degree());
    let has_intercept = order.first().is_some_and(|term| term.is_intercept());
    let mut all_coded = !has_intercept;
    let mut made = BTreeMap::new();
    for (at, term) in order.iter().enumerate() {
        let mut columns = vec![Term::intercept()];
        for factor in term.factors() {
            let choices: Vec<RExpr> = match factor {
                RExpr::Name(name) if factors.contains_key(name) => {
                    let rest: Vec<&RExpr> = term.factors().iter().filter(|f| *f != factor).collect();
                    let margin = |other: &&Term| rest.iter().all(|r| other.factors().contains(r));
                    let mut contrasts = rest.is_empty() || order[..at].iter().any(margin);
                    // The first factor is full when there is no intercept.
                    contrasts &= !std::mem::take(&mut all_coded);
                    factors[name].coded(contrasts).map(|c| RExpr::dummy(name, c)).collect()
                }
                _ => vec![factor.clone()],
            };
            columns = choices.iter().flat_map(|c| columns.iter().map(|t| t.times(&Term::new([c.clone()])))).collect();
        }
        made.insert(*term, columns);
    }
    made
}

/// The term with every dummy as its factor.
pub fn erased(term: &Term) -> Term {
    Term::new(term.factors().iter().map(|factor| match factor.as_dummy() {
        Some((name, _)) => RExpr::name(name),
        None => factor.clone(),
    }))
}

/// The terms with dummies as factors where these dummies are just the coding of that factor; each dummy that is not
/// is the covariate `I(f == "b")`.
pub(super) fn collapse(terms: &[Term], factors: &Factors) -> Vec<Term> {
    let mut seen = BTreeSet::new();
    let is_dummy = |factor: &RExpr| factor.as_dummy().is_some();
    if !terms.iter().flat_map(Term::factors).any(is_dummy) {
        return terms.iter().filter(|term| seen.insert((*term).clone())).cloned().collect();
    }
    let alone: BTreeSet<Term> = strays(terms, factors);
    let arranged = arranged(terms, factors);
    let place: BTreeMap<&Term, usize> = arranged.iter().zip(0..).collect();
    let mut terms: Vec<(Term, &Term)> = terms.iter().map(|term| (erased(term), term)).collect();
    terms.sort_by_key(|(whole, _)| place.get(whole));
    let made = terms.into_iter().map(|(whole, term)| if alone.contains(&whole) { covariates(term) } else { whole });
    made.filter(|term| seen.insert(term.clone())).collect()
}

/// The terms, each once, with every dummy as its factor. A factor that has all its dummies stands before the others: R
/// codes the first so when there is no intercept.
fn arranged(terms: &[Term], factors: &Factors) -> Vec<Term> {
    let mut made: Vec<Term> = vec![];
    for term in terms.iter().map(erased) {
        if !made.contains(&term) {
            made.push(term);
        }
    }
    let is_full = |whole: &Term| match whole.factors() {
        [RExpr::Name(name)] => factors.get(name).is_some_and(|categories| {
            terms.iter().filter(|t| erased(t) == *whole && *t != whole).count() == categories.all().count()
        }),
        _ => false,
    };
    if let Some(at) = made.iter().position(is_full) {
        let first =
            made.iter().position(|term| matches!(term.factors(), [RExpr::Name(name)] if factors.contains_key(name)));
        made[first.unwrap_or(at)..=at].rotate_right(1);
    }
    made
}

/// The terms of factors whose dummies are not their coding.
fn strays(terms: &[Term], factors: &Factors) -> BTreeSet<Term> {
    let mut alone = BTreeSet::new();
    loop {
        let kept: Vec<Term> = arranged(terms, factors).into_iter().filter(|term| !alone.contains(term)).collect();
        let coded = coded(&kept, factors);
        let is_coding = |whole: &Term| {
            let wanted: BTreeSet<&Term> = coded[whole].iter().collect();
            terms.iter().filter(|t| erased(t) == *whole).collect::<BTreeSet<_>>() == wanted
        };
        let has_dummy = |whole: &Term| terms.iter().any(|t| erased(t) == *whole && t != whole);
        let more: Vec<Term> = kept.iter().filter(|t| has_dummy(t) && !is_coding(t)).cloned().collect();
        if more.is_empty() {
            return alone;
        }
        alone.extend(more);
    }
}

/// Each dummy of the term as a covariate of its own, as [`collapse`] leaves it when it must.
pub(super) fn covariates(term: &Term) -> Term {
    Term::new(term.factors().iter().map(|factor| match factor.as_dummy() {
        Some(_) => RExpr::call("I", [factor.clone()]),
        None => factor.clone(),
    }))
}
