//! Python's statsmodels: `mixedlm` with `groups`, `re_formula` and `vc_formula`.

use super::lmer::node::{Kind, Node};
use super::lmer::parts::{self, Engine, Parts};
use super::lmer::terms::expand;
use super::python::{self, Call, Formulas, Py, Value};
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Covariance, Facts, Grouping, Model, RExpr, RandomTerm, Term};
use crate::read::Glance;

const STATSMODELS: Engine = Engine {
    language: "patsy",
    product: ":",
    no_random: "give `groups=`; a model without random effects is `smf.ols`",
};

/// What `mixedlm` takes, in order; the rest is about the data or the fitting.
const POSITIONS: &[&str] =
    &["formula", "data", "re_formula", "vc_formula", "subset", "use_sparse", "missing", "groups"];

/// Whether the text calls `mixedlm` or `MixedLM`.
pub(super) fn detect(glance: &Glance<'_>) -> bool {
    let text = glance.text;
    !glance.has_displays() && WORDS.iter().any(|word| text.contains(word))
}

const WORDS: &[&str] =
    &["mixedlm(", "MixedLM.from_formula(", "MixedLM(", "BayesMixedGLM(", "BayesMixedGLM.from_formula("];
/// How the classes end that fit generalised models.
const BAYES: &str = "BayesMixedGLM";

fn is_model(function: &Py) -> bool {
    match &function.value {
        Value::Name(name) | Value::Member(_, name) if name == "mixedlm" || name == "MixedLM" => true,
        Value::Member(of, name) if name == "from_formula" => {
            of.last_name().is_some_and(|class| class == "MixedLM" || class.ends_with(BAYES))
        }
        Value::Name(name) | Value::Member(_, name) => name.ends_with(BAYES),
        _ => false,
    }
}

/// Reads the one model of a script.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    python::reading(text, facts, WORDS, is_model, model)
}

fn model(call: &Call, formulas: &mut Formulas<'_>, facts: &mut Facts, notes: &mut Notes) -> Result<Model> {
    if let Some(class) = [Some(&call.function), call.of.as_ref()].into_iter().flatten().find(|c| c.ends_with(BAYES)) {
        return Diagnostic::error(Code::OutOfScope, format!("statsmodels' {class} is not read"))
            .at(call.span, "a generalised model by variational Bayes")
            .help("its component `\"0 + C(g)\"` is `(1 | g)`: bambi and `glmer(…, family = binomial)` say the model")
            .into();
    }
    if call.function == "MixedLM" {
        return Err(Box::new(matrices(call.span)));
    }
    let mut given: Vec<(String, &Py)> = vec![];
    for (name, value) in call.named(POSITIONS) {
        match name.as_str() {
            "formula" | "groups" | "re_formula" | "vc_formula" => given.push((name, value)),
            "data" | "missing" | "use_sparse" | "eval_env" | "" => {}
            "subset" => {
                let note = Diagnostic::note(Code::Skipped, "`subset` is about the data, not the model");
                notes.push(note.at(value.span, "skipped"));
            }
            other => {
                let known = POSITIONS.iter().copied();
                return Diagnostic::unknown(Code::UnknownName, "argument of `mixedlm()`", other, known)
                    .at(value.span, "given here")
                    .into();
            }
        }
    }
    let argument = |name: &str| given.iter().find(|(own, _)| own == name).map(|(_, value)| *value);
    let Some(formula) = argument("formula") else { return Err(Box::new(matrices(call.span))) };
    let formula = formulas.parse(formula)?;
    let none = |py: &&Py| !matches!(&py.value, Value::Name(name) if name == "None");
    let re_formula = argument("re_formula").filter(none).map(|py| formulas.parse(py)).transpose()?;
    let mut components = vec![];
    if let Some(py) = argument("vc_formula").filter(none) {
        let Value::Dict(entries) = formulas.value(py).value else {
            return Diagnostic::error(Code::NeedsInfo, "the variance components are not in the text")
                .at(py.span, "a dictionary belongs here")
                .help("write it out: `vc_formula={\"class\": \"0 + C(class)\"}`")
                .into();
        };
        for (_, entry) in &entries {
            components.push((formulas.parse(entry)?, entry.span));
        }
    }
    let Some(groups) = argument("groups") else {
        return Diagnostic::error(Code::Syntax, "`mixedlm()` without `groups`")
            .at(call.span, "no grouping factor is named")
            .help("name it: `groups=\"school\"`")
            .into();
    };
    let place = groups.span;
    let groups = formulas.grouping(groups)?;
    let meant = formulas.meant(&formula, false, notes)?;
    let (response, right) = parts::sides(&meant)?;
    if right.has_bar() {
        return Diagnostic::error(Code::FormulaRefused, "statsmodels has no `|` in its formulas")
            .at(right.span, "in here")
            .help("random effects are `groups=`, `re_formula=` and `vc_formula=`")
            .into();
    }
    let mut parts = Parts::new(response, right, Some(right.clone()));
    let own = match (&re_formula, components.is_empty()) {
        (Some(node), _) => Some((one_sided(node).clone(), node.span)),
        (None, true) => Some((Node::new(Kind::Number("1".into(), 1.0), place), place)),
        // With components and without `re_formula` there is no intercept of the groups.
        (None, false) => None,
    };
    if let Some((node, span)) = own {
        let node = formulas.meant(&node, false, notes)?;
        let terms = expand(None, &node)?.all();
        if groups.is_empty() {
            return Err(Box::new(everyone(span)));
        }
        if terms.is_empty() {
            return Diagnostic::error(Code::Syntax, "`re_formula` without effects").at(span, "here").into();
        }
        let covariance = fitted(call, formulas, notes)?;
        parts.random.push((RandomTerm::new(Grouping::new(groups.clone()), terms, covariance), span));
    }
    for (node, span) in components {
        let node = formulas.meant(one_sided(&node), true, notes)?;
        parts.random.push((component(&node, span, &groups, facts, notes)?, span));
    }
    formulas.declare(facts, notes);
    parts.model(&STATSMODELS, facts, notes)
}

/// One variance: of an effect over the categories of a factor within the groups, or of a slope of the groups.
fn component(node: &Node, span: Span, groups: &[String], facts: &Facts, notes: &mut Notes) -> Result<RandomTerm> {
    let expansion = expand(None, node)?;
    let mut effects: Vec<(Vec<String>, Term)> = vec![];
    for term in expansion.all() {
        let (mut factors, mut numbers) = (vec![], vec![]);
        for factor in term.factors() {
            match factor {
                RExpr::Call(head, arguments) if head == "factor" => match &arguments[..] {
                    [(_, RExpr::Name(name))] => factors.push(name.clone()),
                    _ => numbers.push(factor.clone()),
                },
                RExpr::Name(name) if facts.factor.contains_key(name) => factors.push(name.clone()),
                other => numbers.push(other.clone()),
            }
        }
        effects.push((factors, Term::new(numbers)));
    }
    let Some((cells, _)) = effects.iter().max_by_key(|(factors, _)| factors.len()).cloned() else {
        return Diagnostic::error(Code::Syntax, "a variance component without effects").at(span, "here").into();
    };
    if effects.iter().any(|(factors, _)| *factors != cells) {
        return Diagnostic::error(Code::OutOfScope, "the categories and the intercept have one variance here")
            .at(span, "in this component")
            .help("write `0 + C(f)`, and one component for each variance")
            .into();
    }
    if cells.is_empty() {
        for name in effects.iter().flat_map(|(_, term)| term.factors()).filter(|f| matches!(f, RExpr::Name(_))) {
            let message = format!("`{name}` is taken as a number: a slope that varies over the groups");
            let note = Diagnostic::note(Code::AmbiguousRole, message).at(span, "in this component");
            notes.push(note.help(format!("if it holds categories, write `0 + C({name})`")));
        }
    }
    if groups.is_empty() && cells.is_empty() {
        return Err(Box::new(everyone(span)));
    }
    let grouping = Grouping::new(groups.iter().cloned().chain(cells));
    let terms: Vec<Term> = effects.into_iter().map(|(_, term)| term).collect();
    let covariance = if terms.len() > 1 { Covariance::EqualDiagonal } else { Covariance::Unstructured };
    Ok(RandomTerm::new(grouping, terms, covariance))
}

/// What `.fit()` says: of the covariances of the groups' effects, those that `free=` has as zeros are held at 0.
fn fitted(call: &Call, formulas: &Formulas<'_>, notes: &mut Notes) -> Result<Covariance> {
    let mut covariance = Covariance::Unstructured;
    let fits = call.methods.iter().filter(|method| method.name == "fit");
    for (name, value) in fits.flat_map(|method| &method.arguments) {
        match name.as_deref() {
            Some("reml") => {
                let note = Diagnostic::note(Code::Skipped, "`reml` is about the fitting, not the model");
                notes.push(note.at(value.span, "skipped"));
            }
            Some("free") => {
                if !is_diagonal(&formulas.value(value)) {
                    return Diagnostic::error(Code::NeedsInfo, "`free` holds some covariances at 0")
                        .at(value.span, "which are they?")
                        .help("`MixedLMParams.from_components(np.ones(2), np.eye(2))`, the identity, is read: none covary")
                        .into();
                }
                covariance = Covariance::Diagonal;
            }
            _ => {}
        }
    }
    Ok(covariance)
}

/// `MixedLMParams.from_components(np.ones(2), np.eye(2))`.
fn is_diagonal(free: &Py) -> bool {
    let Value::Call(function, arguments) = &free.value else { return false };
    let is = |at: usize, name: &str, known: &[&str]| {
        let value = arguments.iter().find(|(own, _)| own.as_deref() == Some(name));
        let value = value.or_else(|| arguments.get(at).filter(|(own, _)| own.is_none()));
        let Some(Value::Call(function, _)) = value.map(|(_, value)| &value.value) else { return false };
        function.last_name().is_some_and(|name| known.contains(&name))
    };
    function.last_name() == Some("from_components")
        && is(0, "fe_params", &["ones"])
        && is(1, "cov_re", &["eye", "identity"])
}

/// What stands right of the `~` of a formula without response.
fn one_sided(node: &Node) -> &Node {
    match node.as_call_of("~") {
        Some([(_, right)]) => right,
        _ => node,
    }
}

fn matrices(span: Span) -> Diagnostic {
    Diagnostic::error(Code::OutOfScope, "the model is given as matrices, not as a formula")
        .at(span, "here")
        .help("write it as `smf.mixedlm(\"y ~ x\", data, groups=\"school\")`")
}

fn everyone(span: Span) -> Diagnostic {
    Diagnostic::error(Code::OutOfScope, "one group holds all observations: its effect is no random one")
        .at(span, "here")
        .help("leave out `re_formula`, and give each factor as a component: `vc_formula={\"item\": \"0 + C(item)\"}`")
}
