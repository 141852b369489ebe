//! The call around a formula: `lmer(Y ~ X + (1 | id), data = dat)`, `fit <- glmer(…, family = binomial)`.

use super::node::{Argument, Kind, Node};
use crate::error::{Code, Diagnostic, Notes, Result, Span};

/// Family and link by R's names; the first link of a family is its default.
pub(in crate::read) const FAMILIES: &[(&str, &[&str])] = &[
    ("gaussian", &["identity", "log", "inverse"]),
    ("binomial", &["logit", "probit", "cauchit", "log", "cloglog"]),
    ("poisson", &["log", "identity", "sqrt"]),
];

/// Functions that are read, with the names of their first arguments.
const FUNCTIONS: &[(&str, &[&str])] = &[
    ("lmer", &["formula", "data", "REML", "control", "start", "verbose", "subset", "weights", "na.action", "offset"]),
    ("glmer", &["formula", "data", "family", "control", "start", "verbose", "nAGQ", "subset", "weights", "na.action"]),
    ("lm", &["formula", "data", "subset", "weights", "na.action"]),
    ("glm", &["formula", "family", "data", "weights", "subset", "na.action"]),
];

/// Arguments that say how to fit or print and nothing about the model.
const SETTINGS: &[&str] =
    &["REML", "control", "start", "verbose", "nAGQ", "devFunOnly", "na.action", "model", "method"];

/// A formula and what the call around it says.
pub(super) struct Wrapped {
    /// The formula, a call of `~`.
    pub(super) formula: Node,
    /// Family and link, when the call has one.
    pub(super) family: Option<(String, String)>,
    /// The argument `offset`.
    pub(super) offset: Option<Node>,
}

/// Takes the formula out of an assignment and a call.
///
/// # Errors
/// `FormulaRefused` when there is no formula, `OutOfScope` for weights, families and functions beyond these,
/// `UnknownName` for an argument that does not exist.
pub(super) fn unwrap(node: Node, notes: &mut Notes) -> Result<Wrapped> {
    let value = match node.as_call() {
        Some(("<-" | "<<-" | "=", [(_, target), (_, value)]))
            if matches!(target.kind, Kind::Name(_)) && target.span.start < value.span.start =>
        {
            value.clone()
        }
        _ => node,
    };
    let value = value.unwrapped();
    match value.as_call() {
        Some(("~", _)) => Ok(Wrapped { formula: value.clone(), family: None, offset: None }),
        Some((head, arguments)) => match FUNCTIONS.iter().find(|(name, _)| *name == bare(head)) {
            Some((name, positions)) => call(name, positions, arguments, value.span, notes),
            None => Err(Box::new(no_formula(value, head))),
        },
        None => Err(Box::new(no_formula(value, ""))),
    }
}

/// The name without its package.
fn bare(head: &str) -> &str {
    head.rsplit("::").next().unwrap_or(head)
}

fn no_formula(node: &Node, head: &str) -> Diagnostic {
    let error =
        Diagnostic::error(Code::FormulaRefused, "this is no formula").at(node.span, "there is no `~` at its top");
    match head {
        "<-" => error.help("assignments are read as `fit <- lmer(…)`"),
        _ if RUNNABLE.contains(&bare(head)) => {
            error.help(format!("`{head}()` is not read; its formula is, in `lmer(formula, data = dat)`"))
        }
        _ => error.help("a formula is `response ~ terms + (terms | group)`"),
    }
}

const RUNNABLE: &[&str] =
    &["lme", "glmmTMB", "brm", "gls", "gam", "bam", "nlmer", "glmer.nb", "blmer", "stan_lmer", "MixedModel"];

fn call(function: &str, positions: &[&str], arguments: &[Argument], span: Span, notes: &mut Notes) -> Result<Wrapped> {
    let mut free = positions.iter().filter(|p| !arguments.iter().any(|(name, _)| name.as_deref() == Some(p)));
    let (mut formula, mut family, mut offset) = (None, None, None);
    for (name, value) in arguments {
        let name = match name {
            Some(name) => name.as_str(),
            None => free.next().copied().unwrap_or("..."),
        };
        match name {
            "formula" => formula = Some(value.unwrapped().clone()),
            "data" => {}
            "family" => family = Some(read_family(value)?),
            "offset" => offset = Some(value.clone()),
            "weights" => {
                return Diagnostic::error(Code::OutOfScope, "weights change the distribution of the residuals")
                    .at(value.span, "here")
                    .help("models with weights are not read")
                    .into();
            }
            "subset" | "contrasts" => {
                let note = Diagnostic::note(Code::Skipped, format!("`{name}` is about the data, not the model"));
                notes.push(note.at(value.span, "skipped"));
            }
            setting if SETTINGS.contains(&setting) => {
                let note = Diagnostic::note(Code::Skipped, format!("`{name}` is about the fitting, not the model"));
                notes.push(note.at(value.span, "skipped"));
            }
            other => {
                let known = positions.iter().chain(SETTINGS).chain(&["family", "contrasts"]).copied();
                let kind = format!("argument of `{function}()`");
                return Diagnostic::unknown(Code::UnknownName, &kind, other, known).at(value.span, "given here").into();
            }
        }
    }
    let Some(formula) = formula else {
        return Diagnostic::error(Code::FormulaRefused, format!("`{function}()` without a formula"))
            .at(span, "")
            .into();
    };
    if formula.as_call_of("~").is_none() {
        let error = Diagnostic::error(Code::FormulaRefused, "the formula of this call is not written out");
        return error.at(formula.span, "there is no `~` here").help("put the formula itself here").into();
    }
    if function.starts_with('l') && family.is_some() {
        let note = Diagnostic::note(
            Code::FormulaTrap,
            format!("`{function}()` has no families; it is read as `g{function}()`"),
        );
        notes.push(note.at(span, ""));
    }
    if function.starts_with('g') && family.is_none() {
        let note = Diagnostic::note(Code::FormulaTrap, format!("`{function}()` without `family` is Gaussian"));
        notes.push(note.at(span, ""));
    }
    Ok(Wrapped { formula, family, offset })
}

/// `binomial`, `"binomial"`, `binomial()`, `binomial("probit")`, `binomial(link = probit)`.
fn read_family(node: &Node) -> Result<(String, String)> {
    let (name, link) = match &node.kind {
        Kind::Name(name) | Kind::Text(name) => (name.as_str(), None),
        Kind::Call(head, arguments) => match &arguments[..] {
            [] => (head.as_str(), None),
            [(label, link)] if label.as_deref().is_none_or(|l| l == "link") => (head.as_str(), Some(link)),
            _ => {
                return Diagnostic::error(Code::OutOfScope, "a family has a link and nothing else")
                    .at(node.span, "")
                    .into();
            }
        },
        _ => ("", None),
    };
    let name = bare(name);
    let Some((family, links)) = FAMILIES.iter().find(|(family, _)| *family == name) else {
        let known: Vec<_> = FAMILIES.iter().map(|(f, _)| *f).collect();
        return Diagnostic::error(Code::OutOfScope, "this family is not read")
            .at(node.span, "")
            .help(format!("there are {}", known.join(", ")))
            .into();
    };
    let Some(link) = link else { return Ok(((*family).to_owned(), links[0].to_owned())) };
    match &link.kind {
        Kind::Name(l) | Kind::Text(l) if links.contains(&l.as_str()) => Ok(((*family).to_owned(), l.clone())),
        _ => Diagnostic::error(Code::OutOfScope, format!("the {family} family has no such link here"))
            .at(link.span, "")
            .help(format!("there are {}", links.join(", ")))
            .into(),
    }
}
