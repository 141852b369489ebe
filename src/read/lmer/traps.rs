//! What lme4 accepts in silence and a reader should know: notes on a model once it is read.

use super::parts::Engine;
use crate::error::{Code, Diagnostic, Notes, Span};
use crate::model::{Facts, Ids, Level, Model, RExpr, RandomTerm, Term};

fn note(code: Code, message: String, span: Span, label: &str, help: &str) -> Diagnostic {
    Diagnostic::note(code, message).at(span, label).help(help)
}

/// Notes on the fixed part.
pub(in crate::read) fn fixed(model: &Model, span: Span, engine: &Engine, notes: &mut Notes) {
    let response = model.response().names();
    for term in model.fixed() {
        if let Some(factor) = term.factors().iter().find(|f| **f == *model.response()) {
            let message = format!("the response `{factor}` stands on the right too");
            notes.push(note(Code::FormulaTrap, message, span, "in here", "R drops it with a warning"));
        }
        for part in lower(term) {
            if !part.is_intercept() && !model.fixed().contains(&part) {
                let message = format!("`{term}` without `{part}`");
                let Engine { language, product, .. } = engine;
                let help = format!("{language} does not add lower-order terms to `{product}`; `*` has them");
                notes.push(note(Code::InteractionAlone, message, span, "", &help));
                break;
            }
        }
    }
    for group in model.groupings() {
        if let [factor] = group.factors() {
            let alone = Term::covariate(factor.clone());
            if model.fixed().contains(&alone) && !response.contains(&factor.as_str()) {
                let message = format!("`{factor}` has fixed effects and is a grouping factor too");
                let help = "as a factor, its fixed effects leave no variance to the random intercept";
                notes.push(note(Code::FormulaTrap, message, span, "", help));
            }
        }
    }
    if model.response().to_string().starts_with("cbind(") && model.family() == "gaussian" {
        let help = "`glmer(…, family = binomial)` takes `cbind(successes, failures)`";
        notes.push(note(Code::FormulaTrap, "lmer refuses a response of several columns".into(), span, "", help));
    }
}

/// The products of one covariate less.
fn lower(term: &Term) -> impl Iterator<Item = Term> + '_ {
    let factors = term.factors();
    (0..factors.len())
        .map(move |skip| Term::new(factors.iter().enumerate().filter(|(at, _)| *at != skip).map(|(_, f)| f.clone())))
}

/// Notes on the random part, as it was written.
pub(in crate::read) fn random(model: &Model, written: &[(RandomTerm, Span)], facts: &Facts, notes: &mut Notes) {
    for (at, (term, span)) in written.iter().enumerate() {
        for effect in &term.terms {
            if effect.factors().contains(model.response()) {
                let message = format!("the response `{}` is left of a bar", model.response());
                notes.push(note(Code::FormulaTrap, message, *span, "here", "it is fitted in silence"));
            }
            if !effect.is_intercept() && !model.fixed().contains(effect) {
                let message = format!("`{effect}` varies over `{}` and has no fixed effect", term.group);
                let help =
                    format!("its mean over the groups is held at 0; add `{effect}` to the fixed part to estimate it");
                notes.push(note(Code::EffectWithoutFixed, message, *span, "here", &help));
            }
            for covariate in effect.factors() {
                if let Some(Level::Group(level)) = model.level(covariate)
                    && term.group.is_within(level)
                {
                    let message =
                        format!("`{covariate}` is constant within `{}` and has a random slope over it", term.group);
                    let help = "such a slope is not told apart from the random intercept by the means of the groups";
                    notes.push(note(Code::SlopeOfGroupCovariate, message, *span, "here", help));
                }
            }
        }
        let shared = |other: &RandomTerm| -> Option<String> {
            let twice = other.terms.iter().find(|t| term.terms.contains(t))?;
            Some(if twice.is_intercept() { "the intercept".to_owned() } else { format!("`{twice}`") })
        };
        if let Some((effect, earlier)) = written[..at]
            .iter()
            .filter(|(other, _)| other.group == term.group)
            .find_map(|(other, span)| shared(other).map(|effect| (effect, *span)))
        {
            let message = format!("{effect} varies over `{}` in two terms", term.group);
            let help = "the two variances cannot be told apart; leave it out of one with `0 +`";
            let twice = note(Code::FormulaTrap, message, *span, "here", help);
            notes.push(twice.at(earlier, "and here"));
        }
        if let [factor] = term.group.factors()
            && facts.ids.get(factor) == Some(&Ids::Reused)
        {
            let message = format!("the ids of `{factor}` are reused, so `{factor}` alone joins different groups");
            let help = format!("write `outer:{factor}` or `outer/{factor}`");
            notes.push(note(Code::FormulaTrap, message, *span, "here", &help));
        }
    }
}

/// Whether a covariate has several columns, or is a factor: declared, or made by a function that makes one.
pub(in crate::read) fn is_categorical(covariate: &RExpr, facts: &Facts) -> bool {
    match covariate {
        RExpr::Name(name) => facts.is_categorical(name),
        RExpr::Call(head, _) => matches!(
            head.as_str(),
            "factor"
                | "as.factor"
                | "relevel"
                | "ordered"
                | "C"
                | "cut"
                | "interaction"
                | "poly"
                | "ns"
                | "bs"
                | "splines::ns"
                | "splines::bs"
                | "stats::poly"
                | "as.character"
                | "=="
                | "!="
                | "<"
                | ">"
                | "<="
                | ">="
                | "!"
                | "&"
                | "|"
                | "is.na"
                | "%in%"
        ),
        _ => false,
    }
}

/// The word for a model without random part.
pub(in crate::read) fn no_random(span: Span, engine: &Engine) -> Diagnostic {
    Diagnostic::note(Code::NoRandomPart, "no random-effects term: only the residual is random")
        .at(span, "")
        .help(engine.no_random)
}
