//! Scripts of R: the one statement that says the model, and what the others say of its columns.

use super::node::{Argument, Kind, Node};
use super::{parse, scan};
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Facts, Reference};
use crate::read::chosen::{more_than_one, numbered};
use std::collections::BTreeMap;

/// Functions that fit a formula, whatever reads them.
pub(in crate::read) const FITTING: &[&str] = &[
    "lmer",
    "glmer",
    "lm",
    "glm",
    "lme",
    "gls",
    "nlme",
    "glmmTMB",
    "brm",
    "bf",
    "brmsformula",
    "gam",
    "bam",
    "gamm",
    "gamm4",
    "nlmer",
    "glmer.nb",
    "blmer",
    "bglmer",
    "mixed",
    "rlmer",
    "stan_lmer",
    "stan_glmer",
    "glmmPQL",
    "mmrm",
    "MCMCglmm",
];

/// Functions that give back or show what their first argument says.
const AROUND: &[&str] =
    &["summary", "print", "try", "invisible", "suppressWarnings", "suppressMessages", "system.time"];

/// How a column of the data was made.
#[derive(Clone, Debug)]
pub(in crate::read) enum Made {
    /// The same in every row: `factor(1)`.
    Constant,
    /// A factor: its categories when they are written, else its reference.
    Factor(Vec<String>, Reference),
    /// The cells of several columns: `interaction(a, b)`.
    Cells(Vec<String>),
}

/// What a script says.
pub(in crate::read) struct Script {
    /// The value of the statement that says the model: a formula or a call.
    pub(in crate::read) model: Node,
    /// The columns that were made before it.
    pub(in crate::read) made: BTreeMap<String, Made>,
    /// What other names stand for.
    named: BTreeMap<String, Node>,
}

impl Script {
    /// What an expression is, a name replaced by what it was given.
    pub(in crate::read) fn value<'n>(&'n self, node: &'n Node) -> &'n Node {
        match &node.kind {
            Kind::Name(name) => self.named.get(name).unwrap_or(node).unwrapped(),
            _ => node.unwrapped(),
        }
    }
}

/// The name of a function without its package.
pub(in crate::read) fn bare(head: &str) -> &str {
    head.rsplit("::").next().unwrap_or(head).trim_start_matches(':')
}

/// The value of an assignment to a name, or the node itself.
pub(super) fn assigned(node: &Node) -> (Option<&str>, &Node) {
    match node.as_call() {
        Some(("<-" | "<<-" | "=", [(_, Node { kind: Kind::Name(name), span }), (_, value)]))
            if span.start < value.span.start =>
        {
            (Some(name), value.unwrapped())
        }
        _ => (None, node.unwrapped()),
    }
}

/// The fit that a statement shows, times or names: `(m <- lmer(…))`, `m <- try(lmer(…))`, `summary(lmer(…))`.
fn shown(statement: &Node) -> (Option<&str>, &Node) {
    let (mut named, mut node) = assigned(statement.unwrapped());
    while let Some((head, [(None, inner), ..])) = node.as_call()
        && AROUND.contains(&bare(head))
    {
        let (name, inside) = assigned(inner.unwrapped());
        (named, node) = (named.or(name), inside);
    }
    (named, node)
}

/// Reads the statements of a script. The categories of factors go to `facts`, which win over them; the other statements
/// are noted as skipped.
///
/// # Errors
/// `FormulaRefused` when there is no model, or more than one and none chosen; `BadArgument` for a number that none has;
/// those of the grammar.
pub(in crate::read) fn script(text: &str, facts: &mut Facts, notes: &mut Notes) -> Result<Script> {
    let (mut calls, mut formulas, mut others) = (vec![], vec![], vec![]);
    let (mut made, mut named) = (BTreeMap::new(), BTreeMap::new());
    let mut before = None;
    for statement in parse::program(text)? {
        let (name, value) = shown(&statement);
        let head = value.as_call().map(|(head, _)| bare(head));
        let sign = matches!(statement.as_call(), Some(("+" | "-", [_])));
        if sign && before.is_some() {
            return Err(continues(statement.span, before));
        }
        match head {
            Some("~") => formulas.push(value.clone()),
            Some(head) if FITTING.contains(&head) => calls.push(value.clone()),
            Some("+") if first_summand(value).is_some_and(|head| FITTING.contains(&head)) => calls.push(value.clone()),
            _ => others.push((statement.clone(), column(&statement))),
        }
        before = matches!(head, Some("~")).then_some(statement.span);
        if let Some(name) = name {
            named.insert(name.to_owned(), value.clone());
        }
    }
    // A formula that a call names is no model of its own.
    let models = if calls.iter().any(|call| !is_part(call)) {
        calls.into_iter().filter(|call| !is_part(call)).collect()
    } else {
        calls.into_iter().chain(formulas).collect()
    };
    let model = chosen(models, &others, facts.model, text)?;
    for (statement, column) in others {
        if statement.span.start > model.span.start {
            notes.push(skipped(&statement));
            continue;
        }
        match column {
            Some((name, column)) => {
                let column = again(column, made.get(&name));
                // Cells stay cells when they are made a factor.
                match made.get(&name) {
                    Some(Made::Cells(_)) if matches!(column, Made::Factor(..)) => {}
                    _ => drop(made.insert(name, column)),
                }
            }
            None => notes.push(skipped(&statement)),
        }
    }
    for (name, column) in &made {
        match column {
            Made::Factor(categories, reference) if categories.len() < 2 => {
                facts.learn_categorical(name, reference.clone());
            }
            Made::Factor(categories, _) => {
                facts.factor.entry(name.clone()).or_insert_with(|| categories.clone());
            }
            _ => {}
        }
    }
    Ok(Script { model, made, named })
}

/// A column made anew of itself: `relevel()` puts one of its categories first.
fn again(column: Made, before: Option<&Made>) -> Made {
    match (column, before) {
        (Made::Factor(own, Reference::Category(first)), Some(Made::Factor(all, _))) if own.is_empty() => {
            let at = all.iter().position(|category| *category == first);
            let all = at.map_or(vec![], |at| {
                let mut all = all.clone();
                all[..=at].rotate_right(1);
                all
            });
            Made::Factor(all, Reference::Category(first))
        }
        // Sorting does not undo the order of a factor.
        (Made::Factor(own, Reference::First), Some(before @ Made::Factor(..))) if own.is_empty() => before.clone(),
        (column, _) => column,
    }
}

/// `bf(…)`: a formula, not yet a fit.
fn is_part(call: &Node) -> bool {
    let head = call.as_call().map(|(head, _)| bare(head));
    matches!(head, Some("bf" | "brmsformula"))
        || head == Some("+") && first_summand(call).is_some_and(|head| head == "bf" || head == "brmsformula")
}

fn first_summand(node: &Node) -> Option<&str> {
    match node.as_call()? {
        ("+", [(_, left), _]) => first_summand(left),
        (head, _) => Some(bare(head)),
    }
}

fn skipped(statement: &Node) -> Diagnostic {
    let attaches = matches!(statement.as_call(), Some((head, _)) if matches!(bare(head), "library" | "require" | "suppressPackageStartupMessages"));
    let message = match attaches {
        true => "loading a package says nothing about the model",
        false => "this statement is not read",
    };
    Diagnostic::note(Code::Skipped, message).at(statement.span, "skipped")
}

fn continues(second: Span, first: Option<Span>) -> Box<Diagnostic> {
    let message = "the formula is complete at the end of its line, and R reads on with another expression";
    let error = Diagnostic::error(Code::FormulaRefused, message).at(second, "R drops this");
    let error = first.into_iter().fold(error, |error, span| error.at(span, "the formula"));
    Box::new(error.help("end the line with the operator, or put the right side in brackets"))
}

fn chosen(
    models: Vec<Node>,
    others: &[(Node, Option<(String, Made)>)],
    number: Option<usize>,
    text: &str,
) -> Result<Node> {
    match (number, models.len()) {
        (Some(number), _) => numbered(models, number),
        (None, 1) => numbered(models, 1),
        // What it is will be said by whoever wants a model.
        (None, 0) if others.iter().any(|(other, column)| column.is_none() && !is_skipped(other)) => {
            let other = others.iter().find(|(other, column)| column.is_none() && !is_skipped(other));
            Ok(other.map_or_else(|| Node::new(Kind::Null, Span::default()), |(other, _)| other.clone()))
        }
        (None, 0) => Diagnostic::error(Code::FormulaRefused, "there is no formula")
            .at(Span::new(0, text.len()), "")
            .help("a formula is `response ~ terms + (terms | group)`")
            .into(),
        (None, _) => more_than_one(models[0].span, models[1].span).into(),
    }
}

fn is_skipped(node: &Node) -> bool {
    matches!(node.as_call(), Some((head, _)) if matches!(bare(head), "library" | "require" | "suppressPackageStartupMessages"))
}

/// `dat$f <- factor(dat$f, levels = c("a", "b"))`: the column, and how it is made, when that says anything.
fn column(statement: &Node) -> Option<(String, Made)> {
    let ("<-" | "<<-" | "=", [(_, target), (_, value)]) = statement.as_call()? else { return None };
    Some((member(target)?, made(value.unwrapped())?))
}

/// The column of `dat$f`, `dat[["f"]]`, or of `f` itself.
fn member(node: &Node) -> Option<String> {
    match node.unwrapped().as_call()? {
        ("$" | "[[", [_, (_, Node { kind: Kind::Name(name) | Kind::Text(name), .. })]) => Some(name.clone()),
        _ => None,
    }
}

fn made(value: &Node) -> Option<Made> {
    let Some((head, arguments)) = value.as_call() else {
        return matches!(value.kind, Kind::Number(..) | Kind::Text(_)).then_some(Made::Constant);
    };
    let named = |wanted: &str| arguments.iter().find(|(name, _)| name.as_deref() == Some(wanted)).map(|(_, a)| a);
    let plain: Vec<&Node> = arguments.iter().filter(|(name, _)| name.is_none()).map(|(_, a)| a.unwrapped()).collect();
    let is_constant = || plain.first().is_some_and(|a| matches!(made(a), Some(Made::Constant)));
    match bare(head) {
        "factor" | "as.factor" | "ordered" | "as.character" | "rep" if is_constant() => Some(Made::Constant),
        "factor" | "as.factor" | "ordered" | "as.character" => {
            let levels = named("labels").or(named("levels")).or(plain.get(1).copied());
            let reference = if bare(head) == "ordered" { Reference::Unknown } else { Reference::First };
            Some(Made::Factor(levels.and_then(strings).unwrap_or_default(), reference))
        }
        "relevel" => Some(Made::Factor(
            vec![],
            match named("ref").or(plain.get(1).copied()).map(|node| &node.kind) {
                Some(Kind::Text(category)) => Reference::Category(category.clone()),
                _ => Reference::Unknown,
            },
        )),
        "interaction" | "paste" | "paste0" => {
            let cells = plain.iter().map(|a| member(a)).collect::<Option<Vec<_>>>()?;
            (cells.len() > 1).then_some(Made::Cells(cells))
        }
        _ => None,
    }
}

/// The strings of `c("a", "b")`.
fn strings(node: &Node) -> Option<Vec<String>> {
    let text = |(_, node): &Argument| match &node.kind {
        Kind::Text(text) | Kind::Number(text, _) => Some(text.clone()),
        _ => None,
    };
    node.as_call_of("c")?.iter().map(text).collect()
}

/// The first function that fits a formula in a text.
pub(in crate::read) enum FirstCall {
    /// Its name, without its package.
    Code(&'static str),
    /// It stands after equations.
    AfterEquations,
    /// There is none.
    None,
}

/// The text without the LaTeX around a formula.
pub(in crate::read) fn without_latex(source: &str) -> String {
    scan::clean(source).text
}

/// Finds the first function that fits a formula in a text without LaTeX.
pub(in crate::read) fn first_call(text: &str) -> FirstCall {
    let code = code(text);
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_');
    let mut start = 0;
    while let Some(found) = code[start..].find('(') {
        let at = start + found;
        let head = code[..at].trim_end();
        let word_at =
            head.rfind(|c| !is_word(c)).map_or(0, |at| at + head[at..].chars().next().map_or(1, char::len_utf8));
        if let Some(function) = FITTING.iter().find(|function| **function == &head[word_at..]) {
            let before = head[..word_at].trim_end_matches(|c: char| is_word(c) || c == ':').trim_end();
            return if is_script(&text[..before.len()]) {
                FirstCall::Code(function)
            } else {
                FirstCall::AfterEquations
            };
        }
        start = at + 1;
    }
    FirstCall::None
}

/// Whether what stands before a call is code, not equations.
fn is_script(before: &str) -> bool {
    let before = before.strip_suffix("<-").or(before.strip_suffix('=')).unwrap_or(before);
    if !before.contains(['=', '\\', '~']) {
        return true;
    }
    let Ok(statements) = parse::program(before) else { return false };
    statements.iter().all(|statement| match statement.as_call() {
        Some(("=" | "<-" | "<<-", [(_, target), (_, value)])) => {
            let makes = |head: &str| head.starts_with(|c: char| c.is_alphabetic()) || head == "~";
            !matches!(target.kind, Kind::Name(_)) || value.as_call().is_none_or(|(head, _)| makes(head))
        }
        _ => true,
    })
}

/// The text with its comments and strings as blanks.
fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut quote, mut escaped, mut comment) = (None, false, false);
    for c in text.chars() {
        let ends = matches!(c, '\n' | '\r');
        comment = !ends && (comment || quote.is_none() && c == '#');
        let was_quoted = quote.is_some();
        match quote {
            Some(open) if open == c && !escaped => quote = None,
            None if !comment && matches!(c, '"' | '\'' | '`') => quote = Some(c),
            _ => {}
        }
        escaped = quote.is_some() && c == '\\' && !escaped;
        if (comment || was_quoted || quote.is_some()) && !ends {
            out.extend(std::iter::repeat_n(' ', c.len_utf8()));
        } else {
            out.push(c);
        }
    }
    out
}
