//! brms: lme4's formula with groups of its own, `(1 |ID| gr(g, cor = FALSE))`, in a call of `brm` or `bf`.

use super::lmer::bars;
use super::lmer::call::{Families, Signature, read_family};
use super::lmer::dialect::Dialect;
use super::lmer::node::{Kind, Node};
use super::lmer::parts::{self, Engine, Parts};
use super::lmer::script::{FirstCall, Script, bare, script};
use super::lmer::traps;
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Covariance, Facts, Grouping, Model, RExpr, RandomTerm, Term};
use crate::read::Glance;

const BRMS: Engine = Engine {
    language: "R",
    product: ":",
    no_random: "brms fits this all the same; a random intercept is `+ (1 | group)`",
};

const BARS: Dialect = Dialect { package: "brms", structures: &[], has_hom: false, refused: SPECIAL, writes_out: false };

const FUNCTION: Signature = Signature {
    name: "brm",
    positions: &["formula", "data", "family", "prior", "autocor", "data2", "cov_ranef", "sample_prior"],
    settings: &[
        "prior",
        "data2",
        "sample_prior",
        "sparse",
        "knots",
        "drop_unused_levels",
        "stanvars",
        "stan_funs",
        "fit",
        "save_pars",
        "save_ranef",
        "save_mevars",
        "save_all_pars",
        "init",
        "inits",
        "chains",
        "iter",
        "warmup",
        "thin",
        "cores",
        "threads",
        "opencl",
        "normalize",
        "control",
        "algorithm",
        "backend",
        "future",
        "silent",
        "refresh",
        "seed",
        "save_model",
        "stan_model_args",
        "file",
        "file_compress",
        "file_refit",
        "empty",
        "rename",
        "output_dir",
    ],
};

const FORMULA: Signature = Signature { name: "bf", positions: &["formula"], settings: &["center", "cmc", "loop"] };

/// Families of the models here, by brms' names: the first link is the default.
const FAMILIES: Families = &[
    ("gaussian", &["identity", "log", "inverse"]),
    ("bernoulli", &["logit", "probit", "cauchit", "log", "cloglog"]),
    ("binomial", &["logit", "probit", "cauchit", "log", "cloglog"]),
    ("poisson", &["log", "identity", "sqrt"]),
];

const SMOOTH: &str = "is a smooth function of unknown shape, which no model here has; a polynomial is `poly(x, 2)`";
const RESIDUALS: &str = "lets residuals follow each other, which no model here has";
const SPATIAL: &str = "lets neighbours be alike, which no model here has";

/// Words of brms for terms that are beyond linear and generalised linear mixed models.
const SPECIAL: &[(&str, &str)] = &[
    ("s", SMOOTH),
    ("t2", SMOOTH),
    ("te", SMOOTH),
    ("ti", SMOOTH),
    ("gp", "is a Gaussian process, which no model here has"),
    (
        "mo",
        "estimates the distances between ordered categories, which no model here does; a factor has a step for each",
    ),
    ("me", "has errors in a covariate, which no model here has"),
    ("mi", "imputes missing values, which no model here does"),
    ("cs", "has an effect for each category of the response, which no model here has"),
    ("ar", RESIDUALS),
    ("ma", RESIDUALS),
    ("arma", RESIDUALS),
    ("cosy", RESIDUALS),
    ("unstr", RESIDUALS),
    ("sar", SPATIAL),
    ("car", SPATIAL),
    ("fcor", "gives the covariance of the residuals, which no model here does"),
    ("mvbind", "makes several responses, and a model here has one"),
    ("mmc", "weighs several memberships, which no model here does"),
];

/// Whether the first function that fits a formula is of brms.
pub(super) fn detect(glance: &Glance<'_>) -> bool {
    matches!(glance.code().call, FirstCall::Code("brm" | "bf" | "brmsformula"))
}

/// Reads the call, or the formula alone as brms reads it.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    parts::formulas(text, facts, model)
}

/// What the calls around a formula say.
#[derive(Default)]
struct Said {
    formula: Option<Node>,
    family: Option<(String, String)>,
    is_fit: bool,
}

fn refuse<T>(code: Code, what: impl Into<String>, span: Span, help: impl Into<String>) -> Result<T> {
    Diagnostic::error(code, what).at(span, "here").help(help).into()
}

fn model(text: &str, facts: &mut Facts, notes: &mut Notes) -> Result<Model> {
    let script = script(text, facts, notes)?;
    let mut said = Said::default();
    unwrap(&script.model, &script, &mut said, notes)?;
    let formula = FUNCTION.formula(said.formula.as_ref(), script.model.span)?;
    if said.is_fit {
        let message = "brms draws from the posterior under its priors: the model is read, the priors are not";
        notes.push(Diagnostic::note(Code::Skipped, message).at(script.model.span, ""));
    }
    let (left, right) = parts::sides(&formula)?;
    let (response, trials) = response(left)?;
    let family = said.family.map(|(family, link)| match family.as_str() {
        "bernoulli" => ("binomial".to_owned(), link),
        _ => (family, link),
    });
    if trials && family.as_ref().is_none_or(|(family, _)| family != "binomial") {
        return refuse(Code::FormulaRefused, "only the binomial family has trials", left.span, "`family = binomial()`");
    }
    special(&response)?;
    special(right)?;
    let random = random(right, &|f| traps::is_categorical(f, facts), notes)?;
    let fixed = bars::fixed(right, &BARS).map(|node| intercept(&node));
    Parts { random, family, ..Parts::new(&response, right, fixed) }.model(&BRMS, facts, notes)
}

/// Takes `brm(bf(y ~ x), family = …)` apart; `bf(…) + family` too.
fn unwrap(node: &Node, script: &Script, said: &mut Said, notes: &mut Notes) -> Result<()> {
    let node = script.value(node);
    match node.as_call() {
        Some(("~", _)) => said.formula = Some(node.clone()),
        Some(("+", [(_, left), (_, right)])) => {
            unwrap(left, script, said, notes)?;
            let right = script.value(right);
            let is_family = |name: &str| FAMILIES.iter().any(|(family, _)| *family == bare(name));
            match &right.kind {
                Kind::Name(name) | Kind::Call(name, _) if is_family(name) => {
                    said.family = Some(read_family(right, FAMILIES)?);
                }
                _ => {
                    let what = "of what is added to a formula of brms, only a family is read";
                    return refuse(Code::OutOfScope, what, right.span, "formulas of one response are read");
                }
            }
        }
        Some((head, arguments)) if matches!(bare(head), "bf" | "brmsformula") => {
            let arguments = FORMULA.named(arguments);
            let is_false = |value: &Node| matches!(&value.kind, Kind::Number(text, _) if text == "FALSE");
            if let Some((_, value)) = arguments.iter().find(|(name, value)| *name == "nl" && !is_false(value)) {
                let what = "a formula that is not linear in its parameters";
                return refuse(Code::NotLinear, what, value.span, "write the linear formula out");
            }
            for (name, value) in arguments {
                match name {
                    "formula" => unwrap(value, script, said, notes)?,
                    "family" => said.family = Some(read_family(script.value(value), FAMILIES)?),
                    "nl" => {}
                    "..." => return part(value),
                    name if FORMULA.settings.contains(&name) => FORMULA.pass(name, value, notes)?,
                    _ => return part(value),
                }
            }
        }
        Some((head, arguments)) if bare(head) == FUNCTION.name => {
            said.is_fit = true;
            for (name, value) in FUNCTION.named(arguments) {
                match name {
                    "formula" => unwrap(value, script, said, notes)?,
                    "family" => said.family = Some(read_family(script.value(value), FAMILIES)?),
                    "autocor" | "cov_ranef" => {
                        let what = format!("`{name}` gives a covariance that no model here has");
                        return refuse(Code::OutOfScope, what, value.span, "without it, the model is read");
                    }
                    _ => FUNCTION.pass(name, value, notes)?,
                }
            }
        }
        _ => return Err(parts::not_the_call(node, FUNCTION.name)),
    }
    Ok(())
}

/// `sigma ~ x` and its kin in `bf()`.
fn part<T>(value: &Node) -> Result<T> {
    let parameter = match value.as_call_of("~") {
        Some([(_, parameter), _]) => parameter.expr().to_string(),
        _ => "this".to_owned(),
    };
    let what = match parameter.as_str() {
        "sigma" => "a residual deviation that depends on covariates is no part of the models here".to_owned(),
        parameter => format!("an equation for `{parameter}` is no part of the models here"),
    };
    refuse(Code::OutOfScope, what, value.span, "without it, the model of the mean is read")
}

/// The response without what is said of it: `y | trials(n)` is n trials with y successes.
fn response(left: &Node) -> Result<(Node, bool)> {
    let Some([(_, response), (_, said)]) = left.as_call_of("|") else { return Ok((left.clone(), false)) };
    match said.as_call() {
        Some(("trials", [(_, trials)])) => Ok((parts::counts(response, trials, left.span), true)),
        Some((word, _)) => {
            let (what, help) = match word {
                "weights" => ("weights change the distribution of the residuals", "models with weights are not read"),
                "se" => ("residual deviations that are given are those of a meta-analysis", "they are not read"),
                "cens" | "trunc" => ("a response that is cut off has another distribution", "it is not read"),
                "mi" => ("missing responses that are imputed are no part of the models here", "drop them"),
                "rate" => ("a rate has an offset", "write `+ offset(log(…))`"),
                _ => ("what stands behind `|` says something that no model here has", "without it, the model is read"),
            };
            refuse(Code::OutOfScope, format!("`{word}()`: {what}"), said.span, help)
        }
        None => refuse(Code::FormulaRefused, "a response is one column", said.span, "`y | trials(n)` has trials"),
    }
}

/// Refuses the special terms, wherever they stand.
fn special(node: &Node) -> Result<()> {
    let Some((head, arguments)) = node.as_call() else { return Ok(()) };
    if let Some((word, why)) = SPECIAL.iter().find(|(word, _)| *word == bare(head)) {
        return refuse(Code::OutOfScope, format!("`{word}()` {why}"), node.span, "without it, the model is read");
    }
    arguments.iter().try_for_each(|(_, a)| special(a))
}

/// `0 + Intercept` is an intercept with a prior of its own.
fn intercept(node: &Node) -> Node {
    let is_said = |node: &Node| node.expr().names().contains(&"Intercept");
    let one = Kind::Number("1".into(), 1.0);
    match (&node.kind, node.as_call()) {
        (Kind::Name(name), _) if name == "Intercept" => Node::new(one, node.span),
        (_, Some(("+", [(_, left), (_, right)]))) if is_said(node) => {
            let side = |side: &Node| match side.kind {
                Kind::Number(_, 0.0) => Node::new(one.clone(), side.span),
                _ => intercept(side),
            };
            Node::call("+", [side(left), side(right)], node.span)
        }
        _ => node.clone(),
    }
}

/// The random-effects terms. Those of one ID and grouping factor covary.
fn random(right: &Node, categorical: &dyn Fn(&RExpr) -> bool, notes: &mut Notes) -> Result<Vec<(RandomTerm, Span)>> {
    let mut all: Vec<(RandomTerm, Span, Option<String>)> = vec![];
    for bar in found(right, true, notes) {
        let (plain, id) = plain(bar)?;
        for (term, span) in bars::random(&plain, &BARS, categorical, notes)? {
            add(&mut all, term, span, id.as_deref(), notes)?;
        }
    }
    Ok(all.into_iter().map(|(term, span, _)| (term, span)).collect())
}

/// Every bar, in order. What is subtracted, brms drops.
fn found<'n>(node: &'n Node, added: bool, notes: &mut Notes) -> Vec<&'n Node> {
    if !node.has_bar() {
        return vec![];
    }
    if node.is_bar() {
        if !added {
            let note = Diagnostic::note(Code::FormulaTrap, "brms drops a random-effects term that is subtracted");
            notes.push(note.at(node.span, "dropped").help("lme4 keeps it"));
            return vec![];
        }
        return vec![node];
    }
    let Some((head, arguments)) = node.as_call() else { return vec![] };
    let each = arguments.iter().enumerate();
    each.flat_map(|(at, (_, a))| found(a, added && !(head == "-" && at + 1 == arguments.len()), notes)).collect()
}

/// A bar in lme4's words, in brackets, and its ID: `(x |i| gr(g, cor = FALSE))` is `(x || g)` with the ID `i`.
fn plain(bar: &Node) -> Result<(Node, Option<String>)> {
    let Some((sign, [(_, left), (_, group)])) = bar.as_call() else { return Ok((bar.clone(), None)) };
    let (left, id) = match left.as_call() {
        Some(("|", [(_, effects), (_, id)])) if sign == "|" => (effects, Some(id)),
        Some((inner, [_, (_, id)])) if inner == "|" || inner == "||" => {
            let what = "an ID joins terms, and `||` parts them";
            return refuse(Code::FormulaRefused, what, id.span, "write `(x |ID| g)` or `(x || g)`");
        }
        _ => (left, None),
    };
    let id = match id {
        None => None,
        Some(id) => match &id.kind {
            Kind::Name(name) | Kind::Number(name, _) => Some(name.clone()),
            _ => {
                let what = "an ID between two bars is a name";
                return refuse(Code::FormulaRefused, what, id.span, "write `(x |ID| g)`");
            }
        },
    };
    let (group, correlated) = grouping(group)?;
    if id.is_some() && !correlated {
        let what = "an ID joins terms, and `cor = FALSE` parts them";
        return refuse(Code::OutOfScope, what, bar.span, "drop one of the two");
    }
    let sign = if sign == "||" || !correlated { "||" } else { "|" };
    let bar = Node::call(sign, [left.clone(), group], bar.span);
    Ok((Node::call("(", [bar.clone()], bar.span), id))
}

/// `gr(g, cor = FALSE)`: the group, and whether its effects covary.
fn grouping(group: &Node) -> Result<(Node, bool)> {
    let Some((head, arguments)) = group.as_call() else { return Ok((group.clone(), true)) };
    match bare(head) {
        "gr" => {
            let mut correlated = true;
            let mut plain = vec![];
            for (name, value) in arguments {
                match name.as_deref() {
                    None => plain.push(value),
                    Some("cor") => correlated = !matches!(&value.kind, Kind::Number(text, _) if text == "FALSE"),
                    Some("dist") if matches!(&value.kind, Kind::Text(text) if text == "gaussian") => {}
                    Some(option) => {
                        let (what, help) = match option {
                            "by" => ("a covariance for each category", "without `by`, all groups share one"),
                            "cov" => ("groups that are alike, as kin are", "without `cov`, they are independent"),
                            "dist" => ("random effects of another distribution", "`dist = \"gaussian\"` is read"),
                            "id" => ("an ID outside the bars", "write it between them: `(x |ID| g)`"),
                            _ => ("an option that is not known", "`cor = FALSE` is read"),
                        };
                        return refuse(Code::OutOfScope, format!("`{option}` in `gr()`: {what}"), value.span, help);
                    }
                }
            }
            match plain[..] {
                [] => refuse(Code::FormulaRefused, "`gr()` without a grouping factor", group.span, "write `gr(g)`"),
                [first] => Ok((first.clone(), correlated)),
                [_, second, ..] => {
                    let what = "`gr()` takes one grouping factor";
                    refuse(Code::FormulaRefused, what, second.span, "cells of several are `a:b`, without `gr()`")
                }
            }
        }
        "mm" => {
            let what = "`mm()`: an observation in several groups of one factor is no part of the models here";
            refuse(Code::OutOfScope, what, group.span, "groups that each observation is in one of are read")
        }
        "+" | "*" | "^" | "-" | "%in%" => {
            let what = format!("brms has no `{head}` right of a bar");
            refuse(Code::FormulaRefused, what, group.span, "write a term for each: `(1 | a) + (1 | b)`")
        }
        _ => Ok((group.clone(), true)),
    }
}

/// Adds a term: to the one of the same ID and group, if there is one.
fn add(
    all: &mut Vec<(RandomTerm, Span, Option<String>)>,
    term: RandomTerm,
    span: Span,
    id: Option<&str>,
    notes: &mut Notes,
) -> Result<()> {
    let same = |group: &Grouping| *group == term.group;
    for (other, place, _) in all.iter().filter(|(other, ..)| same(&other.group)) {
        if other.terms == term.terms && other.terms.len() == 1 && id.is_none() {
            let note =
                Diagnostic::note(Code::FormulaTrap, format!("brms takes `({} | {})` once", term.terms[0], term.group));
            notes.push(note.at(span, "again here").at(*place, "the first").help("lme4 fits two"));
            return Ok(());
        }
        if let Some(twice) = term.terms.iter().find(|t| other.terms.contains(t)) {
            let what = if twice.is_intercept() { "the intercept".to_owned() } else { format!("`{twice}`") };
            let message = format!("{what} varies over `{}` in two terms, which brms refuses", term.group);
            return Diagnostic::error(Code::FormulaRefused, message)
                .at(span, "here")
                .at(*place, "and here")
                .help("leave it out of one with `0 +`")
                .into();
        }
    }
    let joins = |(other, _, own): &&mut (RandomTerm, Span, Option<String>)| {
        id.is_some() && own.as_deref() == id && same(&other.group)
    };
    if let Some((other, place, _)) = all.iter_mut().find(joins) {
        let terms: Vec<Term> = other.terms.iter().chain(&term.terms).cloned().collect();
        *other = RandomTerm::new(term.group.clone(), terms, Covariance::Unstructured);
        *place = place.join(span);
        return Ok(());
    }
    all.push((term, span, id.map(str::to_owned)));
    Ok(())
}
