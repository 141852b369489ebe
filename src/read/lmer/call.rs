//! The call around a formula: `lmer(Y ~ X + (1 | id), data = dat)`, `fit <- glmer(…, family = binomial)`.

use super::kin;
use super::node::{Argument, Kind, Node};
use super::script::{FITTING, Script, bare};
use crate::error::{Code, Diagnostic, Notes, Result, Span};

/// Families and their links by R's names; the first link of a family is its default.
pub(in crate::read) type Families = &'static [(&'static str, &'static [&'static str])];

/// What lme4 and most packages fit.
pub(in crate::read) const FAMILIES: Families = &[
    ("gaussian", &["identity", "log", "inverse"]),
    ("binomial", &["logit", "probit", "cauchit", "log", "cloglog"]),
    ("poisson", &["log", "identity", "sqrt"]),
];

/// A function of R that fits a formula, and its arguments.
pub(in crate::read) struct Signature {
    /// Its name.
    pub(in crate::read) name: &'static str,
    /// The names of its first arguments, in order.
    pub(in crate::read) positions: &'static [&'static str],
    /// Those of any place that say how to fit or print and nothing about the model.
    pub(in crate::read) settings: &'static [&'static str],
}

/// A function with lme4's settings.
pub(super) const fn of_lme4(name: &'static str, positions: &'static [&'static str]) -> Signature {
    let settings = &["REML", "control", "start", "verbose", "nAGQ", "devFunOnly", "na.action", "model", "method"];
    Signature { name, positions, settings }
}

const FUNCTIONS: &[Signature] = &[
    of_lme4(
        "lmer",
        &["formula", "data", "REML", "control", "start", "verbose", "subset", "weights", "na.action", "offset"],
    ),
    of_lme4(
        "glmer",
        &["formula", "data", "family", "control", "start", "verbose", "nAGQ", "subset", "weights", "na.action"],
    ),
    of_lme4("lm", &["formula", "data", "subset", "weights", "na.action"]),
    of_lme4("glm", &["formula", "family", "data", "weights", "subset", "na.action"]),
];

impl Signature {
    /// The arguments by their names, which R lets be cut short, those without one by their places.
    pub(in crate::read) fn named<'a>(&self, arguments: &'a [Argument]) -> Vec<(&'a str, &'a Node)> {
        let whole = |name: &'a str| {
            let mut long = self.positions.iter().filter(|p| p.starts_with(name));
            match (self.positions.contains(&name) || self.settings.contains(&name), long.next(), long.next()) {
                (false, Some(only), None) => only,
                _ => name,
            }
        };
        let named = |p: &str| arguments.iter().any(|(name, _)| name.as_deref().is_some_and(|name| whole(name) == p));
        let mut free = self.positions.iter().filter(|p| !named(p));
        let name = |(name, value): &'a Argument| match name {
            Some(name) => (whole(name), value),
            None => (free.next().copied().unwrap_or("..."), value),
        };
        arguments.iter().map(name).collect()
    }

    /// Passes over an argument that says nothing about the model, with a note.
    ///
    /// # Errors
    /// `OutOfScope` for weights, `UnknownName` for an argument that does not exist.
    pub(in crate::read) fn pass(&self, name: &str, value: &Node, notes: &mut Notes) -> Result<()> {
        let subject = match name {
            "data" => return Ok(()),
            "weights" => {
                return Diagnostic::error(Code::OutOfScope, "weights change the distribution of the residuals")
                    .at(value.span, "here")
                    .help("models with weights are not read")
                    .into();
            }
            "subset" | "contrasts" => "data",
            setting if self.settings.contains(&setting) => "fitting",
            other => {
                let mut known: Vec<&str> = vec![];
                for word in self.positions.iter().chain(self.settings).chain(&["family", "contrasts"]) {
                    if !known.contains(word) {
                        known.push(word);
                    }
                }
                let kind = format!("argument of `{}()`", self.name);
                return Diagnostic::unknown(Code::UnknownName, &kind, other, known).at(value.span, "given here").into();
            }
        };
        let note = Diagnostic::note(Code::Skipped, format!("`{name}` is about the {subject}, not the model"));
        notes.push(note.at(value.span, "skipped"));
        Ok(())
    }

    /// The formula that a call is given, itself a call of `~`.
    ///
    /// # Errors
    /// `FormulaRefused` when there is none, or it is not written out.
    pub(in crate::read) fn formula(&self, given: Option<&Node>, call: Span) -> Result<Node> {
        let Some(formula) = given else {
            let error = Diagnostic::error(Code::FormulaRefused, format!("`{}()` without a formula", self.name));
            return error.at(call, "").into();
        };
        if formula.as_call_of("~").is_none() {
            let error = Diagnostic::error(Code::FormulaRefused, "the formula of this call is not written out");
            return error.at(formula.span, "there is no `~` here").help("put the formula itself here").into();
        }
        Ok(formula.clone())
    }
}

/// A formula and what the call around it says.
pub(super) struct Wrapped {
    /// The formula, a call of `~`.
    pub(super) formula: Node,
    /// Family and link, when the call has one.
    pub(super) family: Option<(String, String)>,
    /// The argument `offset`.
    pub(super) offset: Option<Node>,
}

/// Takes the formula out of a call.
///
/// # Errors
/// `FormulaRefused` when there is no formula, `OutOfScope` for weights, families and functions beyond these,
/// `UnknownName` for an argument that does not exist.
pub(super) fn unwrap(script: &Script, notes: &mut Notes) -> Result<Wrapped> {
    let value = &script.model;
    match value.as_call() {
        Some(("~", _)) => Ok(Wrapped { formula: value.clone(), family: None, offset: None }),
        Some((head, arguments)) => match FUNCTIONS.iter().find(|function| function.name == bare(head)) {
            Some(function) => call(function, arguments, script, notes),
            None => match kin::find(bare(head)) {
                Some(kin) => {
                    notes.push(kin.note().at(value.span, "read as lme4 reads the formula"));
                    call(&kin.signature, &kin.shared(arguments), script, notes)
                }
                None => Err(Box::new(no_formula(value, head))),
            },
        },
        None => Err(Box::new(no_formula(value, ""))),
    }
}

fn no_formula(node: &Node, head: &str) -> Diagnostic {
    let error =
        Diagnostic::error(Code::FormulaRefused, "this is no formula").at(node.span, "there is no `~` at its top");
    if let Some((fits, nearest)) = kin::other(bare(head)) {
        return Diagnostic::error(Code::OutOfScope, format!("`{}()` fits {fits}", bare(head)))
            .at(node.span, "not read")
            .help(nearest);
    }
    match head {
        "<-" => error.help("assignments are read as `fit <- lmer(…)`"),
        _ if FITTING.contains(&bare(head)) => {
            error.help(format!("`{head}()` is not read here; its formula is, in `lmer(formula, data = dat)`"))
        }
        _ => error.help("a formula is `response ~ terms + (terms | group)`"),
    }
}

fn call(function: &Signature, arguments: &[Argument], script: &Script, notes: &mut Notes) -> Result<Wrapped> {
    let (span, name) = (script.model.span, function.name);
    let (mut formula, mut family, mut offset) = (None, None, None);
    for (argument, value) in function.named(arguments) {
        match argument {
            "formula" => formula = Some(script.value(value)),
            "family" => family = Some(read_family(value, FAMILIES)?),
            "offset" => offset = Some(value.clone()),
            _ => function.pass(argument, value, notes)?,
        }
    }
    let formula = function.formula(formula, span)?;
    if matches!(name, "lmer" | "lm") && family.is_some() {
        let message = format!("`{name}()` has no families; it is read as `g{name}()`");
        notes.push(Diagnostic::note(Code::FormulaTrap, message).at(span, ""));
    }
    if matches!(name, "glmer" | "glm") && family.is_none() {
        let message = format!("`{name}()` without `family` is Gaussian");
        notes.push(Diagnostic::note(Code::FormulaTrap, message).at(span, ""));
    }
    Ok(Wrapped { formula, family, offset })
}

/// `binomial`, `"binomial"`, `binomial()`, `binomial("probit")`, `binomial(link = probit)`.
pub(in crate::read) fn read_family(node: &Node, families: Families) -> Result<(String, String)> {
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
    let Some((family, links)) = families.iter().find(|(family, _)| *family == name) else {
        let known: Vec<_> = families.iter().map(|(f, _)| *f).collect();
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
