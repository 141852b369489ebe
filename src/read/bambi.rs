//! Python's bambi: `bmb.Model` with formulae's formulas, whose random effects do not covary.

use super::lmer::dialect::LME4;
use super::lmer::node::{Kind, Node};
use super::lmer::parts::{self, Engine, Parts};
use super::lmer::{bars, traps};
use super::python::{self, Call, Formulas, Py, Value};
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Covariance, Facts, Model, RExpr, RandomTerm, Term};
use crate::read::Glance;

const BAMBI: Engine = Engine { language: "formulae", product: ":", no_random: "a random intercept is `+ (1 | group)`" };

/// What `Model` takes, in order.
const POSITIONS: &[&str] = &[
    "formula",
    "data",
    "family",
    "priors",
    "link",
    "categorical",
    "potentials",
    "dropna",
    "auto_scale",
    "noncentered",
    "center_predictors",
    "extra_namespace",
    "sparse_dot",
];

const FAMILIES: &str = "there are gaussian, bernoulli, binomial and poisson";

const WORDS: &[&str] = &["bmb.Model(", "bambi.Model(", "Model("];

/// Whether the text makes a model of bambi.
pub(super) fn detect(glance: &Glance<'_>) -> bool {
    let text = glance.text;
    WORDS[..2].iter().any(|word| text.contains(word)) || text.contains("from bambi import") && text.contains("Model(")
}

fn is_model(function: &Py) -> bool {
    match &function.value {
        Value::Name(name) => name == "Model",
        Value::Member(of, name) => name == "Model" && matches!(of.last_name(), Some("bmb" | "bambi")),
        _ => false,
    }
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
            "family" => family = Some(value),
            "link" => link = Some(value),
            "priors" => {
                let note = Diagnostic::note(Code::Skipped, "priors are no part of the model here");
                notes.push(note.at(value.span, "skipped"));
            }
            "potentials" => {
                return Diagnostic::error(Code::OutOfScope, "potentials change the distribution")
                    .at(value.span, "here")
                    .into();
            }
            known if POSITIONS.contains(&known) || known.is_empty() => {}
            other => return call.unknown(other, value, POSITIONS).into(),
        }
    }
    let formula = call.formula(formula)?;
    // `bmb.Formula("y ~ x", "sigma ~ x")`.
    let mut formula = formulas.value(formula);
    if let Value::Call(function, arguments) = &formula.value
        && function.last_name() == Some("Formula")
    {
        if let [_, (_, second), ..] = &arguments[..] {
            return Diagnostic::error(Code::OutOfScope, "the scale has an equation of its own")
                .at(second.span, "a distributional model")
                .help("in a linear mixed model the residual variance is one number")
                .into();
        }
        if let Some((_, first)) = arguments.first() {
            formula = first.clone();
        }
    }
    let node = formulas.parse(&formula)?;
    let (response, right) = parts::sides(&node)?;
    let (response, trials) = success(response, notes)?;
    let mut response = formulas.meant(&response, false, notes)?;
    if let Some(trials) = &trials {
        let span = trials.span.join(response.span);
        response = parts::counts(&response, &formulas.meant(trials, false, notes)?, span);
    }
    let right = &formulas.meant(right, false, notes)?;
    refused(right, false)?;
    formulas.declare(facts, notes);
    let mut parts = Parts::new(&response, right, bars::fixed(right, &LME4));
    let is_factor = |f: &RExpr| traps::is_categorical(f, facts) || formulas.is_categorical(f);
    for (term, span) in bars::random(right, &LME4, &is_factor, notes)? {
        if let Some(factor) = term.terms.iter().flat_map(Term::factors).find(|f| is_factor(f)) {
            return Diagnostic::error(
                Code::OutOfScope,
                format!("each category of {factor} has a random effect of its own"),
            )
            .at(span, "in here")
            .help("make a column of 0 and 1 for each category first")
            .into();
        }
        if term.terms.len() > 1 {
            let message = format!("bambi takes the random effects of {} as independent", term.group);
            let note = Diagnostic::note(Code::AssumedCovariance, message).at(span, "lme4's `||`");
            notes.push(note.help("bambi cannot say effects that covary, as those of lme4's `(x | g)` do"));
        }
        parts.random.push((RandomTerm::new(term.group, term.terms, Covariance::Diagonal), span));
    }
    parts.family = law(family.map(|py| formulas.value(py)), link.map(|py| formulas.value(py)), trials.as_ref())?;
    parts.model(&BAMBI, facts, notes)
}

/// The response, and how many trials it counts: `y['yes']` names the category that is 1, `p(y, n)` has n trials.
fn success(response: &Node, notes: &mut Notes) -> Result<(Node, Option<Node>)> {
    match response.as_call() {
        Some(("[", [(_, of), (_, category)])) => {
            let message = format!("`{}` is 1 where it is `{}`", of.expr(), category.expr());
            notes.push(Diagnostic::note(Code::Skipped, message).at(category.span, "the category that is modelled"));
            Ok((of.clone(), None))
        }
        Some(("p" | "prop" | "proportion", [(_, successes), (_, trials)])) => {
            Ok((successes.clone(), Some(trials.clone())))
        }
        Some(("p" | "prop" | "proportion" | "c" | "censored" | "truncated" | "weighted", _)) => {
            Diagnostic::error(Code::OutOfScope, format!("the response `{}` is not one column", response.expr()))
                .at(response.span, "here")
                .help("one column is read, or successes and trials: `p(y, n)`")
                .into()
        }
        _ => Ok((response.clone(), None)),
    }
}

/// Refuses what formulae 0.6.2 cannot read, or reads as something else, with which R's grammar has no trouble.
fn refused(node: &Node, in_bar: bool) -> Result<()> {
    let Kind::Call(head, arguments) = &node.kind else { return Ok(()) };
    let (message, help) = match head.as_str() {
        "||" => ("formulae cannot read `||`", "write `|`: its random effects do not covary"),
        "-" if in_bar && arguments.len() == 2 => {
            ("formulae takes nothing out left of `|`", "write `0 +` instead of `- 1`")
        }
        "%in%" => ("formulae drops what stands right of `%in%`", "write `a:b`, or `a` if that is meant"),
        // Within a function it is arithmetic.
        function if function.starts_with(char::is_alphabetic) => return Ok(()),
        _ => {
            let left = |at: usize| in_bar || head == "|" && at == 0;
            return arguments.iter().enumerate().try_for_each(|(at, (_, inner))| refused(inner, left(at)));
        }
    };
    Diagnostic::error(Code::FormulaRefused, message).at(node.span, "here").help(help).into()
}

/// Family and link by R's names.
fn law(family: Option<Py>, link: Option<Py>, trials: Option<&Node>) -> Result<Option<(String, String)>> {
    let is_binomial = family.as_ref().is_some_and(|py| matches!(&py.value, Value::Text(word, _) if word == "binomial"));
    if let Some(trials) = trials
        && !is_binomial
    {
        return Diagnostic::error(Code::FormulaRefused, "only the binomial family has trials")
            .at(trials.span, "the number of trials")
            .help("`family=\"binomial\"`")
            .into();
    }
    let Some(family) = family else { return Ok(None) };
    let Value::Text(word, _) = &family.value else {
        return Diagnostic::error(Code::OutOfScope, "this family is not read")
            .at(family.span, "here")
            .help(FAMILIES)
            .into();
    };
    let (name, links): (&str, &[&str]) = match word.as_str() {
        "gaussian" => ("gaussian", &["identity", "log", "inverse"]),
        "bernoulli" => ("binomial", &["logit", "probit", "cloglog"]),
        "binomial" if trials.is_some() => ("binomial", &["logit", "probit", "cloglog"]),
        "binomial" => {
            return Diagnostic::error(Code::FormulaRefused, "the binomial family of bambi counts successes of trials")
                .at(family.span, "the response has no trials")
                .help("write `p(y, n) ~ …`, or of 0 and 1 `family=\"bernoulli\"`")
                .into();
        }
        "poisson" => ("poisson", &["log", "identity"]),
        other => {
            return Diagnostic::error(Code::OutOfScope, format!("the family `{other}` is not read"))
                .at(family.span, "here")
                .help(FAMILIES)
                .into();
        }
    };
    let own = match &link {
        None => links[0],
        Some(Py { value: Value::Text(own, _), .. }) if links.contains(&own.as_str()) => own,
        Some(other) => {
            return Diagnostic::error(Code::OutOfScope, format!("the {word} family has no such link here"))
                .at(other.span, "here")
                .help(format!("there are {}", links.join(", ")))
                .into();
        }
    };
    Ok(Some((name.to_owned(), own.to_owned())))
}
