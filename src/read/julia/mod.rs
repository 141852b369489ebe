//! Julia's MixedModels.jl: `fit(MixedModel, @formula(…), dat)`, its kin, or the formula alone.

mod formula;
mod parse;

use super::chosen::{more_than_one, numbered};
use super::lmer::call::FAMILIES;
use super::lmer::node::{Argument, Kind, Node};
use super::lmer::parts::{self, Engine, Parts};
use super::lmer::traps;
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Facts, Model, RExpr, Reference};
use crate::read::Glance;
use std::collections::{BTreeMap, BTreeSet};

const MIXED_MODELS: Engine = Engine {
    language: "Julia",
    product: "&",
    no_random: "MixedModels.jl refuses this; GLM.jl fits it; a random intercept is `+ (1 | group)`",
};

/// Functions that take a formula; `fit` has the type of the model before it.
const FUNCTIONS: &[&str] =
    &["fit", "lmm", "glmm", "LinearMixedModel", "GeneralizedLinearMixedModel", "MixedModel", "lm", "glm"];

/// Arguments that say how to fit and nothing about the model.
const SETTINGS: &[&str] = &[
    "REML",
    "progress",
    "verbose",
    "fast",
    "nAGQ",
    "thin",
    "amalgamate",
    "optimizer",
    "backend",
    "init_from_lmm",
    "fitlog",
    "RFPthreshold",
    "sortlevels",
    "dropcollinear",
];

/// Distributions and R's names of the families.
const DISTRIBUTIONS: &[(&str, &str)] = &[("Normal", "gaussian"), ("Bernoulli", "binomial"), ("Poisson", "poisson")];

/// Links and R's names of them.
const LINKS: &[(&str, &str)] = &[
    ("IdentityLink", "identity"),
    ("LogitLink", "logit"),
    ("ProbitLink", "probit"),
    ("CloglogLink", "cloglog"),
    ("CauchitLink", "cauchit"),
    ("LogLink", "log"),
    ("SqrtLink", "sqrt"),
    ("InverseLink", "inverse"),
];

/// Whether the text has Julia's macro for formulas, and no equations before it.
pub(super) fn detect(glance: &Glance<'_>) -> bool {
    if !glance.text.contains("@formula") {
        return false;
    }
    let code = parse::without_comments(glance.text);
    code.find("@formula").is_some_and(|at| !code[..at].contains(['\\', '~']))
}

/// Reads the one model of a script.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    let code = parse::without_comments(text);
    parts::reading(text, facts, |all, notes| model(&code, all, notes))
}

/// What the statements before the model named.
type Named = BTreeMap<String, Node>;

fn model(code: &str, facts: &mut Facts, notes: &mut Notes) -> Result<Model> {
    let mut named = Named::new();
    let (mut fits, mut formulas) = (vec![], vec![]);
    for statement in parse::program(code)? {
        let value = match statement.as_call_of("=") {
            Some([(_, Node { kind: Kind::Name(name), .. }), (_, value)]) => {
                named.insert(name.clone(), value.clone());
                value.clone()
            }
            _ => statement,
        };
        let value = value.unwrapped();
        match fit_call(value) {
            Some(call) => fits.push((call.clone(), named.clone())),
            None if value.as_call_of("@formula").is_some() => formulas.push((value.clone(), named.clone())),
            None => {}
        }
    }
    let candidates = if fits.is_empty() { formulas } else { fits };
    let (call, named) = chosen(candidates, facts.model, code)?;
    said(&call, &named, facts, notes)
}

/// The call of a function that fits a formula; `fit!(LinearMixedModel(…))` is its inside.
fn fit_call(node: &Node) -> Option<&Node> {
    match node.as_call()? {
        ("fit!", [(_, first), ..]) => fit_call(first),
        (head, [_, ..]) if FUNCTIONS.contains(&head) => Some(node),
        _ => None,
    }
}

fn chosen(all: Vec<(Node, Named)>, number: Option<usize>, code: &str) -> Result<(Node, Named)> {
    match (number, all.len()) {
        (Some(number), _) => numbered(all, number),
        (None, 1) => numbered(all, 1),
        (None, 0) => Diagnostic::error(Code::FormulaRefused, "there is no formula")
            .at(Span::new(0, code.len()), "")
            .help("a formula is `@formula(response ~ 1 + terms + (1 + terms | group))`")
            .into(),
        (None, _) => more_than_one(all[0].0.span, all[1].0.span).into(),
    }
}

/// What a name stands for, when an earlier statement says so.
fn value<'n>(node: &'n Node, named: &'n Named) -> &'n Node {
    match &node.kind {
        Kind::Name(name) => named.get(name).unwrap_or(node).unwrapped(),
        _ => node.unwrapped(),
    }
}

/// The model that a call says.
fn said(call: &Node, named: &Named, facts: &mut Facts, notes: &mut Notes) -> Result<Model> {
    let Some((head, arguments)) = call.as_call() else { return Err(no_formula(call)) };
    if head == "@formula" {
        let parts = formula::parts(inside(call)?, &|f| traps::is_categorical(f, facts), notes)?;
        return parts.model(&MIXED_MODELS, facts, notes);
    }
    let mut places = arguments.iter().filter(|(name, _)| name.is_none()).map(|(_, value)| value);
    if head == "fit" {
        places.next();
    }
    let Some(formula) = places.next().map(|node| value(node, named)) else { return Err(no_formula(call)) };
    let formula = inside(formula)?;
    places.next();
    let family = family(places.next(), places.next(), named)?;
    let keywords: Vec<(&str, &Node)> =
        arguments.iter().filter_map(|(name, value)| Some((name.as_deref()?, value))).collect();
    let mut categorical = BTreeSet::new();
    for &(name, node) in &keywords {
        match name {
            "contrasts" => contrasts(value(node, named), named, facts, &mut categorical, notes),
            "wts" | "weights" => {
                let error = Diagnostic::error(Code::OutOfScope, "weights change the distribution of the residuals");
                return error.at(node.span, "here").help("models with weights are not read").into();
            }
            "offset" => {
                let error = Diagnostic::error(Code::OutOfScope, "an offset as a vector is no column of the formula");
                let help = "`lmer`, `glmmtmb` and `brms` have `offset(w)` in the formula";
                return error.at(node.span, "here").help(help).into();
            }
            "σ" | "sigma" => {
                let error = Diagnostic::error(Code::OutOfScope, "a residual whose deviation is given is not estimated");
                return error.at(node.span, "here").help("without it, the model is read").into();
            }
            setting if SETTINGS.contains(&setting) => {
                let note = Diagnostic::note(Code::Skipped, format!("`{name}` is about the fitting, not the model"));
                notes.push(note.at(node.span, "skipped"));
            }
            other => {
                let known = SETTINGS.iter().copied().chain(["contrasts", "weights", "offset"]);
                let error = Diagnostic::unknown(Code::UnknownName, &format!("argument of `{head}`"), other, known);
                return error.at(node.span, "given here").into();
            }
        }
    }
    let gaussian = family.as_ref().is_none_or(|(family, _)| family == "gaussian");
    if gaussian && !keywords.iter().any(|(name, _)| *name == "REML") {
        let note =
            Diagnostic::note(Code::Skipped, "the call names no estimator: MixedModels.jl fits by ML, lmer by REML");
        notes.push(note.at(call.span, "").help("the model is the same; `mlnote fit --ml` gives this call's estimates"));
    }
    let is_categorical =
        |f: &RExpr| traps::is_categorical(f, facts) || matches!(f, RExpr::Name(name) if categorical.contains(name));
    let parts = formula::parts(formula, &is_categorical, notes)?;
    Parts { family, ..parts }.model(&MIXED_MODELS, facts, notes)
}

/// The formula within the macro.
fn inside(node: &Node) -> Result<&Node> {
    match node.as_call_of("@formula") {
        Some([(_, formula)]) => Ok(formula.unwrapped()),
        _ => Err(no_formula(node)),
    }
}

fn no_formula(node: &Node) -> Box<Diagnostic> {
    let error = Diagnostic::error(Code::FormulaRefused, "the formula of this call is not written out");
    Box::new(error.at(node.span, "no `@formula` here").help("put the formula itself here: `@formula(…)`"))
}

/// `Bernoulli(), ProbitLink()`.
fn family(law: Option<&Node>, link: Option<&Node>, named: &Named) -> Result<Option<(String, String)>> {
    let word = |node: &Node| match &value(node, named).kind {
        Kind::Name(name) | Kind::Call(name, _) => name.clone(),
        _ => String::new(),
    };
    let Some(law) = law else { return Ok(None) };
    let Some((_, family)) = DISTRIBUTIONS.iter().find(|(name, _)| *name == word(law)) else {
        let known: Vec<&str> = DISTRIBUTIONS.iter().map(|(name, _)| *name).collect();
        let help = match word(law).as_str() {
            "Binomial" => {
                "it is the law of a share and needs weights, which are not read; of 0 and 1 it is `Bernoulli()`".into()
            }
            _ => format!("there are {}", known.join(", ")),
        };
        let error = Diagnostic::error(Code::OutOfScope, "this distribution is not read");
        return error.at(law.span, "here").help(help).into();
    };
    let links = FAMILIES.iter().find(|(name, _)| name == family).map_or(&[][..], |(_, links)| *links);
    let Some(link) = link else { return Ok(Some(((*family).into(), links[0].into()))) };
    match LINKS.iter().find(|(name, _)| *name == word(link)) {
        Some((_, own)) if links.contains(own) => Ok(Some(((*family).into(), (*own).into()))),
        _ => {
            let known = LINKS.iter().filter(|(_, own)| links.contains(own)).map(|(name, _)| *name);
            let error = Diagnostic::error(Code::OutOfScope, format!("the {family} family has no such link here"));
            error.at(link.span, "here").help(format!("there are {}", known.collect::<Vec<_>>().join(", "))).into()
        }
    }
}

/// `Dict(:g => Grouping(), :f => DummyCoding(base = "a", levels = ["a", "b"]))`: the categories of covariates.
fn contrasts(dict: &Node, named: &Named, facts: &mut Facts, categorical: &mut BTreeSet<String>, notes: &mut Notes) {
    for (_, entry) in dict.as_call_of("Dict").unwrap_or_default() {
        let Some([(_, key), (_, coding)]) = entry.as_call_of("=>") else { continue };
        let name = match (key.as_call_of(":"), key.as_call_of("Symbol")) {
            (Some([(_, Node { kind: Kind::Name(name), .. })]), _)
            | (_, Some([(_, Node { kind: Kind::Text(name), .. })])) => name.clone(),
            _ => continue,
        };
        let coding = value(coding, named);
        let Some((word, arguments)) = coding.as_call() else { continue };
        if word == "Grouping" {
            continue;
        }
        categorical.insert(name.clone());
        // What the entry says is told below; that it is no number is told in any case.
        facts.learn_categorical(&name, Reference::Unknown);
        if word != "DummyCoding" && word != "FullDummyCoding" {
            let message = format!("`{word}` changes what the fixed effects of `{name}` mean, not what is fitted");
            notes.push(Diagnostic::note(Code::Skipped, message).at(coding.span, "read as R codes a factor"));
        }
        let argument = |wanted: &str| {
            let is = |(name, _): &&Argument| name.as_deref() == Some(wanted);
            arguments.iter().find(is).map(|(_, node)| value(node, named))
        };
        let text = |node: &Node| match &node.kind {
            Kind::Text(text) | Kind::Number(text, _) => Some(text.clone()),
            _ => None,
        };
        let base = argument("base").and_then(text);
        let levels = argument("levels").and_then(|node| node.as_call_of("["));
        let levels: Vec<String> = levels.unwrap_or_default().iter().filter_map(|(_, node)| text(node)).collect();
        if facts.factor.contains_key(&name) || word == "FullDummyCoding" {
            continue;
        }
        match (levels.is_empty(), base) {
            (false, base) => {
                let base = base.unwrap_or_else(|| levels[0].clone());
                let others = levels.into_iter().filter(|level| *level != base);
                let all = std::iter::once(base.clone()).chain(others).collect();
                facts.factor.insert(name, all);
            }
            (true, Some(base)) => {
                facts.learn_categorical(&name, Reference::Category(base.clone()));
                let message = format!("the categories of `{name}` are not written, only the first, `{base}`");
                let note = Diagnostic::note(Code::Skipped, message).at(coding.span, "");
                notes.push(note.help(format!("`--factor '{name}={base}, …'` or `--data` tells them")));
            }
            (true, None) if word == "DummyCoding" => facts.learn_categorical(&name, Reference::First),
            (true, None) => {}
        }
    }
}
