//! Python's pymer4: lme4's formula in a string, which goes to R without its blanks.

use super::lmer::bars;
use super::lmer::call::{FAMILIES, read_family};
use super::lmer::dialect::LME4;
use super::lmer::node::{Kind, Node};
use super::lmer::parse::single;
use super::lmer::parts::{self, OF_LME4, Parts};
use super::lmer::traps;
use super::python::{self, Call, Formulas, Method, Py, Value};
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Facts, Model, Reference};
use crate::read::Glance;

/// The classes: `Lmer` up to 0.8, the others from 0.9 on.
const WORDS: &[&str] = &["lmer(", "glmer(", "Lmer("];
/// What they take, in order.
const POSITIONS: &[&str] = &["formula", "data", "family", "link", "weights"];

/// Whether a script of Python names pymer4, or calls one of its classes with a string.
pub(super) fn detect(glance: &Glance<'_>) -> bool {
    let quoted = |word: &str| {
        let arguments = glance.text.split(word).skip(1);
        arguments.map(str::trim_start).any(|rest| rest.trim_start_matches(['f', 'r']).starts_with(['"', '\'']))
    };
    glance.text.contains("pymer4") && glance.text.contains("mer(")
        || quoted("lmer(") && !glance.text.contains("<-")
        || quoted("Lmer(")
}

fn is_model(function: &Py) -> bool {
    matches!(function.last_name(), Some("lmer" | "glmer" | "Lmer"))
}

/// Reads the one model of a script.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    python::reading(text, facts, WORDS, is_model, model)
}

fn model(call: &Call, formulas: &mut Formulas<'_>, facts: &mut Facts, notes: &mut Notes) -> Result<Model> {
    let (mut formula, mut family, mut link) = (None, None, None);
    for (name, value) in call.named(POSITIONS) {
        match name.as_str() {
            "formula" => formula = Some(value),
            "data" => {}
            "family" => family = Some(value),
            "link" => link = Some(value),
            "weights" => {
                return refuse("weights change the distribution of the residuals", value.span, "leave them out");
            }
            other => return call.unknown(other, value, POSITIONS).into(),
        }
    }
    let (text, places) = formulas.text(call.formula(formula)?)?;
    let node = places.parse(text)?;
    // pymer4 takes every blank out before R sees the formula.
    let bare = node.expr().to_string().replace(' ', "");
    if single(&bare).map(|bare| bare.expr()) != Ok(node.expr()) {
        let what = format!("pymer4 takes every blank out of the formula: R reads `{bare}`");
        return refuse(what, node.span, "rename the column or the category that has blanks");
    }
    for method in &call.methods {
        fitting(method, formulas, facts, notes)?;
    }
    let (response, right) = parts::sides(&node)?;
    let random = bars::random(right, &LME4, &|f| traps::is_categorical(f, facts), notes)?;
    let family =
        family.map(|family| law(&formulas.value(family), link.map(|link| formulas.value(link)))).transpose()?;
    let parts = Parts { random, family, ..Parts::new(response, right, bars::fixed(right, &LME4)) };
    parts.model(&OF_LME4, facts, notes)
}

/// What a method says of the model: which covariates have categories.
fn fitting(method: &Method, formulas: &Formulas<'_>, facts: &mut Facts, notes: &mut Notes) -> Result<()> {
    for (name, value) in &method.arguments {
        match (method.name.as_str(), name.as_deref()) {
            ("set_factors", _) | ("fit", Some("factors")) => categories(&formulas.value(value), facts, notes),
            ("set_contrasts", _) | ("fit", Some("ordered")) => notes.push(contrasts(value.span)),
            ("set_transforms", _) | ("fit", Some("rank" | "rank_group")) => {
                let help = "write the covariate as it is calculated, as `scale(x)` in the formula";
                return refuse("this makes other covariates of the columns", value.span, help);
            }
            ("fit", Some("REML")) => {
                let note = Diagnostic::note(Code::Skipped, "`REML` is about the fitting, not the model");
                notes.push(note.at(value.span, "skipped"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// `"f"`, `["f", "g"]`, `{"f": ["a", "b"]}`, `{"f": {"a": 1, "b": -1}}`.
fn categories(given: &Py, facts: &mut Facts, notes: &mut Notes) {
    let word = |py: &Py| match &py.value {
        Value::Text(text, _) | Value::Number(text) => Some(text.clone()),
        _ => None,
    };
    match &given.value {
        Value::Text(name, _) => facts.learn_categorical(name, Reference::First),
        Value::List(all) => all.iter().filter_map(word).for_each(|f| facts.learn_categorical(&f, Reference::First)),
        Value::Dict(entries) => {
            for (name, own) in entries.iter().filter_map(|(key, own)| Some((word(key)?, own))) {
                let Value::List(all) = &own.value else {
                    facts.learn_categorical(&name, Reference::Unknown);
                    notes.push(contrasts(own.span));
                    continue;
                };
                if !facts.numeric.contains(&name) {
                    facts.factor.entry(name).or_insert_with(|| all.iter().filter_map(word).collect());
                }
            }
        }
        _ => {}
    }
}

fn contrasts(span: Span) -> Diagnostic {
    let note = Diagnostic::note(Code::FormulaTrap, "the contrasts are others than those of R: the model is the same");
    note.at(span, "not read").help("its coefficients differ")
}

/// Family and link by R's names.
fn law(family: &Py, link: Option<Py>) -> Result<(String, String)> {
    let word = |py: &Py| if let Value::Text(text, _) = &py.value { text.clone() } else { String::new() };
    let link = link.filter(|link| word(link) != "default");
    let link = link.map(|link| Node::new(Kind::Text(word(&link)), link.span));
    read_family(&Node::call(&word(family), link, family.span), FAMILIES)
}

fn refuse<T>(what: impl Into<String>, span: Span, help: &str) -> Result<T> {
    Diagnostic::error(Code::OutOfScope, what).at(span, "here").help(help).into()
}
