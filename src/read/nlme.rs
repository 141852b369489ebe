//! nlme: `lme`, whose random part is a formula, a list by grouping factor, or matrices of `pd…` classes (Pinheiro and
//! Bates 2000, section 4.2; `?lme`, `?pdClasses`).

use super::lmer::call::Signature;
use super::lmer::node::{Kind, Node};
use super::lmer::parts::{self, Engine, Parts};
use super::lmer::script::{FirstCall, Made, Script, bare, script};
use super::lmer::terms::expand;
use super::lmer::traps;
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Covariance, Facts, Grouping, Model, RExpr, RandomTerm, Term};
use crate::read::Glance;

const NLME: Engine = Engine {
    language: "R",
    product: ":",
    no_random: "lme needs `random = ~ 1 | group`; `gls` and `lm` fit it without",
};

const FUNCTION: Signature = Signature {
    name: "lme",
    positions: &[
        "fixed",
        "data",
        "random",
        "correlation",
        "weights",
        "subset",
        "method",
        "na.action",
        "control",
        "contrasts",
        "keep.data",
    ],
    settings: &["method", "na.action", "control", "keep.data"],
};

/// Classes of matrices and what they say.
const CLASSES: &[(&str, Covariance)] = &[
    ("pdSymm", Covariance::Unstructured),
    ("pdLogChol", Covariance::Unstructured),
    ("pdNatural", Covariance::Unstructured),
    ("pdDiag", Covariance::Diagonal),
    ("pdIdent", Covariance::EqualDiagonal),
    ("pdCompSymm", Covariance::EqualCompoundSymmetry),
];

/// Whether the first function that fits a formula is of nlme.
pub(super) fn detect(glance: &Glance<'_>) -> bool {
    matches!(glance.code().call, FirstCall::Code("lme" | "gls" | "nlme"))
}

/// Reads the call of `lme`.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    parts::formulas(text, facts, model)
}

fn refuse<T>(code: Code, what: impl Into<String>, span: Span, label: &str, help: impl Into<String>) -> Result<T> {
    Diagnostic::error(code, what).at(span, label).help(help).into()
}

fn model(text: &str, facts: &mut Facts, notes: &mut Notes) -> Result<Model> {
    let script = script(text, facts, notes)?;
    let call = &script.model;
    let arguments = match call.as_call() {
        Some((head, arguments)) if bare(head) == FUNCTION.name => arguments,
        Some((head, _)) if bare(head) == "gls" => {
            let what = "`gls` has no random effects: it gives the residuals a covariance of their own";
            let help = "`lme(…, random = ~ 1 | g)` is near to `gls(…, correlation = corCompSymm(form = ~ 1 | g))`";
            return refuse(Code::OutOfScope, what, call.span, "", help);
        }
        Some((head, _)) if bare(head) == "nlme" => {
            let what = "`nlme` fits models that are not linear in their parameters";
            return refuse(Code::NotLinear, what, call.span, "", "`lme` fits linear ones");
        }
        _ => return Err(parts::not_the_call(call, FUNCTION.name)),
    };
    let (mut fixed, mut random) = (None, None);
    for (name, value) in FUNCTION.named(arguments) {
        match name {
            "fixed" => fixed = Some(script.value(value)),
            "random" => random = Some(script.value(value)),
            "correlation" | "weights" if matches!(value.kind, Kind::Null) => {}
            "correlation" => {
                let what = "`correlation` lets residuals depend on each other, which no model here has";
                return refuse(Code::OutOfScope, what, value.span, "here", "without it, the model is read");
            }
            "weights" => {
                let what = "`weights` gives residuals variances of their own, which no model here has";
                return refuse(Code::OutOfScope, what, value.span, "here", "without it, the model is read");
            }
            _ => FUNCTION.pass(name, value, notes)?,
        }
    }
    let formula = FUNCTION.formula(fixed, call.span)?;
    let (response, right) = parts::sides(&formula)?;
    if right.has_bar() {
        let what = "`lme` has its random-effects terms in `random`";
        return refuse(Code::FormulaRefused, what, right.span, "a bar stands in here", "`random = ~ 1 + x | g`");
    }
    let Some(random) = random else {
        let what =
            "without `random`, `lme` takes the fixed terms and the groups of a `groupedData`, which is not known here";
        return refuse(Code::NeedsInfo, what, call.span, "", "say it: `random = ~ 1 | group`");
    };
    let categorical = |f: &RExpr| {
        traps::is_categorical(f, facts)
            || matches!(f, RExpr::Name(name) if matches!(script.made.get(name), Some(Made::Factor(..))))
    };
    let mut reader = Random { script: &script, categorical: &categorical, terms: vec![], notes };
    reader.random(random)?;
    let random = reader.terms;
    Parts { random, ..Parts::new(response, right, Some(right.clone())) }.model(&NLME, facts, notes)
}

/// The random part as it is read.
struct Random<'r> {
    script: &'r Script,
    categorical: &'r dyn Fn(&RExpr) -> bool,
    terms: Vec<(RandomTerm, Span)>,
    notes: &'r mut Notes,
}

/// Some random effects of one grouping factor and how they covary.
struct Block<'n> {
    right: &'n Node,
    covariance: Covariance,
    span: Span,
}

impl Random<'_> {
    fn random(&mut self, node: &Node) -> Result<()> {
        match node.as_call() {
            Some(("~", [(_, right)])) => match right.unwrapped().as_call() {
                Some(("|", [(_, left), (_, groups)])) => {
                    let block = |span| Block { right: left, covariance: Covariance::Unstructured, span };
                    let mut outer: Vec<String> = vec![];
                    for group in nested(groups) {
                        let grouping = self.inner(&mut outer, &column(group)?);
                        self.add(&grouping, vec![block(node.span)])?;
                    }
                    Ok(())
                }
                _ => no_group(node),
            },
            Some((head, arguments)) if matches!(bare(head), "list" | "reStruct") => {
                if bare(head) == "reStruct" {
                    let Some((_, first)) = arguments.first() else { return no_group(node) };
                    return self.random(self.script.value(first));
                }
                let mut outer: Vec<String> = vec![];
                for (name, value) in arguments {
                    let value = self.script.value(value);
                    let (name, blocks) = match (name, barred(value)) {
                        (Some(name), _) => (name.clone(), blocks(value)?),
                        (None, Some((left, group))) => {
                            let covariance = Covariance::Unstructured;
                            (column(group)?, vec![Block { right: left, covariance, span: value.span }])
                        }
                        (None, None) => return no_group(value),
                    };
                    let grouping = self.inner(&mut outer, &name);
                    self.add(&grouping, blocks)?;
                }
                Ok(())
            }
            Some((head, _)) if bare(head).starts_with("pd") => no_group(node),
            _ => {
                let help = "`random = ~ 1 + x | g`, or `random = list(g = pdDiag(~ x))`";
                refuse(Code::FormulaRefused, "this is no random part of `lme`", node.span, "here", help)
            }
        }
    }

    /// The groups of a factor within those of the ones before it.
    fn inner(&self, outer: &mut Vec<String>, name: &str) -> Grouping {
        match self.script.made.get(name) {
            Some(Made::Cells(cells)) => outer.extend(cells.iter().cloned()),
            _ => outer.push(name.to_owned()),
        }
        Grouping::new(outer.iter().cloned())
    }

    /// Adds the random effects of one grouping factor.
    fn add(&mut self, group: &Grouping, blocks: Vec<Block<'_>>) -> Result<()> {
        let is_constant = |name: &String| matches!(self.script.made.get(name), Some(Made::Constant));
        if let [only] = group.factors()
            && is_constant(only)
        {
            return blocks.iter().try_for_each(|block| self.crossed(block));
        }
        // Within one group that holds all, an inner factor is the outer one.
        let group = Grouping::new(group.factors().iter().filter(|name| !is_constant(name)).cloned());
        for block in blocks {
            let effects = self.effects(&block)?;
            let alone = effects == [Term::intercept()];
            let covariance = if alone { Covariance::Unstructured } else { block.covariance };
            let factor = effects.iter().flat_map(Term::factors).find(|f| (self.categorical)(f));
            match (covariance, factor) {
                (Covariance::Diagonal, Some(factor)) => {
                    let what = format!("`pdDiag` of the categorical `{factor}` has a variance for each contrast");
                    let help = format!(
                        "make a dummy covariate of each category, or blocks: `pdBlocked(list(~ 1, ~ 0 + {factor}))`"
                    );
                    return refuse(Code::OutOfScope, what, block.span, "", help);
                }
                (Covariance::EqualDiagonal, None) if effects.len() == 1 => {
                    let message = format!(
                        "`{}` is taken for a factor of `{group}`; were `{group}` the same in every row, its own groups would vary",
                        effects[0]
                    );
                    let note = Diagnostic::note(Code::FormulaTrap, message).at(block.span, "");
                    let help = format!("put `dat${group} <- factor(1)` before the call if that is meant");
                    self.notes.push(note.help(help));
                }
                _ => {}
            }
            self.terms.push((RandomTerm::new(group.clone(), effects, covariance), block.span));
        }
        Ok(())
    }

    /// `pdIdent(~ 0 + item)` in a group that holds all: the items vary, and independently.
    fn crossed(&mut self, block: &Block<'_>) -> Result<()> {
        let effects = self.effects(block)?;
        let [effect] = &effects[..] else { return everywhere(block) };
        if block.covariance != Covariance::EqualDiagonal || effect.is_intercept() {
            return everywhere(block);
        }
        let is_group = |f: &RExpr| match f {
            RExpr::Name(name) => matches!(self.script.made.get(name), Some(Made::Factor(..) | Made::Cells(_))),
            _ => false,
        };
        let factors = effect.factors();
        let at = factors.iter().position(is_group).unwrap_or(0);
        let Some(RExpr::Name(name)) = factors.get(at) else { return everywhere(block) };
        let group = self.inner(&mut vec![], name);
        let rest = factors.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, f)| f.clone());
        let term = RandomTerm::new(group, [Term::new(rest)], Covariance::Unstructured);
        self.terms.push((term, block.span));
        Ok(())
    }

    fn effects(&mut self, block: &Block<'_>) -> Result<Vec<Term>> {
        let expansion = expand(None, block.right)?;
        self.notes.extend(expansion.notes.iter().cloned());
        if let Some((_, span)) = expansion.offsets.first() {
            let help = "put it in the fixed formula";
            return refuse(Code::FormulaRefused, "an offset among random effects", *span, "here", help);
        }
        let effects = expansion.all();
        if effects.is_empty() {
            let help = "write `~ 1` for a random intercept";
            return refuse(Code::FormulaRefused, "a grouping factor without random effects", block.span, "here", help);
        }
        Ok(effects)
    }
}

fn everywhere<T>(block: &Block<'_>) -> Result<T> {
    let what =
        "in a group that holds everything, only `pdIdent(~ 0 + factor)` is a random-effects term of the models here";
    let help = "each gives one crossed factor: `pdBlocked(list(pdIdent(~ 0 + a), pdIdent(~ 0 + b)))`";
    refuse(Code::OutOfScope, what, block.span, "here", help)
}

fn no_group<T>(node: &Node) -> Result<T> {
    let what = "no grouping factor is named: it would be that of a `groupedData`, which is not known here";
    refuse(Code::NeedsInfo, what, node.span, "here", "name it: `~ x | group`, `list(group = pdDiag(~ x))`")
}

/// `a/b/c` as its parts, the outermost first.
fn nested(groups: &Node) -> Vec<&Node> {
    let (mut rest, mut parts) = (groups.unwrapped(), vec![]);
    while let Some([(_, outer), (_, inner)]) = rest.as_call_of("/") {
        parts.push(inner.unwrapped());
        rest = outer.unwrapped();
    }
    parts.push(rest);
    parts.reverse();
    parts
}

fn column(group: &Node) -> Result<String> {
    match &group.unwrapped().kind {
        Kind::Name(name) => Ok(name.clone()),
        _ => {
            let help = "make a column of the cells first: `dat$ab <- interaction(dat$a, dat$b)`";
            refuse(Code::FormulaRefused, "a grouping factor of `lme` is a column", group.span, "not a column", help)
        }
    }
}

/// `~ x | g`: its two sides.
fn barred(node: &Node) -> Option<(&Node, &Node)> {
    match node.as_call_of("~")? {
        [(_, right)] => match right.unwrapped().as_call_of("|")? {
            [(_, left), (_, group)] => Some((left, group)),
            _ => None,
        },
        _ => None,
    }
}

/// `~ x`: its right side.
fn one_sided(node: &Node) -> Option<&Node> {
    match node.unwrapped().as_call_of("~")? {
        [(_, right)] if !right.has_bar() => Some(right),
        _ => None,
    }
}

/// What is given for one grouping factor: `~ x`, `pdDiag(~ x)`, `pdBlocked(list(…))`.
fn blocks(node: &Node) -> Result<Vec<Block<'_>>> {
    let node = node.unwrapped();
    if let Some(right) = one_sided(node) {
        return Ok(vec![Block { right, covariance: Covariance::Unstructured, span: node.span }]);
    }
    let Some((head, arguments)) = node.as_call() else { return no_matrix(node) };
    let given = |wanted: &str| arguments.iter().find(|(name, _)| name.as_deref() == Some(wanted)).map(|(_, a)| a);
    let first =
        arguments.first().filter(|(name, _)| name.as_deref().is_none_or(|name| name == "value")).map(|(_, a)| a);
    if bare(head) == "pdBlocked" {
        let Some(list) = first.and_then(|list| list.as_call_of("list")) else { return no_matrix(node) };
        let classes = given("pdClass");
        let mut all = vec![];
        for (at, (_, entry)) in list.iter().enumerate() {
            let mut own = blocks(entry)?;
            if let (Some(_), [block], Some(classes)) = (one_sided(entry), &mut own[..], classes) {
                block.covariance = class(classes, at)?;
            }
            all.append(&mut own);
        }
        return Ok(all);
    }
    let Some((_, covariance)) = CLASSES.iter().find(|(class, _)| *class == bare(head)) else { return no_matrix(node) };
    match given("form").or(first).and_then(one_sided) {
        Some(right) => Ok(vec![Block { right, covariance: *covariance, span: node.span }]),
        None => {
            let what = format!("`{head}()` without a formula of its effects");
            refuse(Code::FormulaRefused, what, node.span, "here", format!("write `{head}(~ x)`"))
        }
    }
}

/// The class of a block: `pdClass = "pdDiag"` for all, or `c("pdSymm", "pdDiag")`.
fn class(classes: &Node, at: usize) -> Result<Covariance> {
    let text = |node: &Node| if let Kind::Text(text) = &node.kind { Some(text.clone()) } else { None };
    let named = match classes.as_call_of("c") {
        Some(all) => all.get(at).or(all.last()).and_then(|(_, node)| text(node)),
        None => text(classes),
    };
    match CLASSES.iter().find(|(class, _)| Some(*class) == named.as_deref()) {
        Some((_, covariance)) => Ok(*covariance),
        None => no_matrix(classes),
    }
}

fn no_matrix<T>(node: &Node) -> Result<T> {
    let known: Vec<&str> = CLASSES.iter().map(|(class, _)| *class).chain(["pdBlocked"]).collect();
    let what = "this is no formula and no class of matrices that is read";
    refuse(Code::OutOfScope, what, node.span, "here", format!("there are {}", known.join(", ")))
}
