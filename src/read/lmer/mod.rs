//! R's formulas with lme4's random-effects terms, bare or in the call that fits them.

pub(super) mod bars;
pub(super) mod call;
pub(super) mod node;
pub(super) mod parse;
pub(super) mod parts;
pub(super) mod scan;
pub(super) mod terms;
pub(super) mod traps;

use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Facts, Model, RExpr};
use node::Node;
use parts::{LME4, Parts};

/// Reads an R expression: arithmetic, comparisons, calls. Newlines are blanks.
///
/// # Errors
/// `Syntax`, `Unbalanced`, `TooLarge`, `ForbiddenCharacter`; places are bytes of `text`.
///
/// ```
/// let centred = mlnote::read::parse_expression("x-2.50").unwrap();
/// assert_eq!(centred.to_string(), "x - 2.5");
/// ```
pub fn parse_expression(text: &str) -> Result<RExpr> {
    parse::single(text).map(|node| node.expr())
}

/// Reads a formula, or the formula of a call or an assignment, as R holds it: a call of `~`. Nothing is expanded.
///
/// # Errors
/// As [`parse_expression`]; `FormulaRefused` when there is no formula or more than one.
///
/// ```
/// let formula = mlnote::read::parse_formula("fit <- lmer(Y ~ R*Z + (R|id), data = dat)").unwrap();
/// assert_eq!(formula.to_string(), "Y ~ R * Z + (R | id)");
/// ```
pub fn parse_formula(text: &str) -> Result<RExpr> {
    let cleaned = scan::clean(text);
    let wrapped = parse::program(&cleaned.text)
        .and_then(|program| only_formula(program, &cleaned.text, &mut vec![]))
        .and_then(|node| call::unwrap(node, &mut vec![]))
        .map_err(|e| Box::new(cleaned.restore(*e)))?;
    Ok(wrapped.formula.expr())
}

/// Reads a formula to a model. Directives in its comments count, `facts` win over them.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    let cleaned = scan::clean(text);
    parts::reading(text, facts, |all, notes| {
        let mut own = vec![];
        let model = model(&cleaned.text, all, &mut own).map_err(|e| Box::new(cleaned.restore(*e)))?;
        notes.extend(cleaned.notes.iter().cloned().chain(own.into_iter().map(|n| cleaned.restore(n))));
        Ok(model)
    })
}

/// Whether the text looks like an R formula or a call with one: it has a `~`, and neither LaTeX commands nor a top-level
/// `=` nor a distribution after the `~`.
pub(super) fn detect(text: &str) -> bool {
    let cleaned = scan::clean(text).text;
    let code: String = cleaned.lines().map(|l| l.split('#').next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let call = ["lmer(", " lm(", "glm("].iter().filter_map(|call| code.find(call)).min();
    if let Some(at) = call {
        // Equations may stand in a text that has the call too, after them.
        let before = code[..at].trim_end_matches(|c: char| c.is_alphanumeric() || c == ':').trim_end();
        let before = before.strip_suffix('=').unwrap_or(before);
        return !before.contains(['=', '\\', '~']);
    }
    let Some((_, right)) = code.split_once('~') else { return false };
    let unquoted = unquoted(&code);
    let distribution = ["N", "Normal", "normal", "MVN", "Bernoulli", "Binomial", "Poisson", "i.i.d.", "iid", "𝒩"];
    let right = right.trim_start();
    let drawn =
        distribution.iter().any(|d| right.strip_prefix(d).is_some_and(|r| r.trim_start().starts_with(['(', 'N', '['])));
    let aligned = unquoted.split('&').skip(1).any(|rest| rest.trim_start().starts_with(['=', '~', '+', '\\']));
    let equation = unquoted.contains('\\') || ["_{", "^{"].iter().any(|mark| text.contains(mark));
    !drawn && !equation && !aligned && !has_equals(&unquoted) && !text.trim_start().starts_with('{')
}

/// The code without what stands in quotes or backticks.
fn unquoted(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut open: Option<char> = None;
    let mut escaped = false;
    for c in code.chars() {
        match open {
            Some(quote) if c == quote && !escaped => open = None,
            Some(_) => {}
            None if matches!(c, '`' | '"' | '\'') => open = Some(c),
            None => out.push(c),
        }
        escaped = open.is_some() && c == '\\' && !escaped;
    }
    out
}

/// Whether a lone `=` stands outside brackets and before the first `~`, as in an equation.
fn has_equals(code: &str) -> bool {
    let mut depth = 0_i32;
    let mut previous = ' ';
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '=' if depth <= 0 && !matches!(previous, '=' | '!' | '<' | '>') && chars.peek() != Some(&'=') => {
                return true;
            }
            _ => {}
        }
        previous = c;
    }
    false
}

/// The one expression of a script that holds the formula; `library()` lines before it are skipped.
fn only_formula(program: Vec<Node>, text: &str, notes: &mut Notes) -> Result<Node> {
    let attaches =
        |n: &Node| matches!(n.as_call(), Some(("library" | "require" | "suppressPackageStartupMessages", _)));
    let (attached, mut rest): (Vec<_>, Vec<_>) = program.into_iter().partition(attaches);
    for node in attached {
        notes.push(
            Diagnostic::note(Code::Skipped, "loading a package says nothing about the model").at(node.span, "skipped"),
        );
    }
    match rest.len() {
        0 => Diagnostic::error(Code::FormulaRefused, "there is no formula")
            .at(Span::new(0, text.len()), "")
            .help("a formula is `response ~ terms + (terms | group)`")
            .into(),
        1 => Ok(rest.remove(0)),
        _ => {
            let (first, second) = (rest[0].span, rest[1].span);
            let continues = matches!(rest[1].as_call(), Some(("+" | "-", [_])));
            let (message, help) = if continues {
                (
                    "the formula is complete at the end of its line, and R reads on with another expression",
                    "end the line with the operator, or put the right side in brackets",
                )
            } else {
                ("there is more than one expression", "give one formula, or choose one by its number: `--model 2`")
            };
            Diagnostic::error(Code::FormulaRefused, message)
                .at(second, "R drops this")
                .at(first, "the formula")
                .help(help)
                .into()
        }
    }
}

fn model(text: &str, facts: &mut Facts, notes: &mut Notes) -> Result<Model> {
    let mut program = parse::program(text)?;
    if let Some(number) = facts.model {
        let is_formula = |n: &Node| text.get(n.span.start..n.span.end).is_some_and(|t| t.contains('~'));
        let formulas: Vec<Node> = program.into_iter().filter(is_formula).collect();
        let count = formulas.len();
        program = formulas.into_iter().skip(number.wrapping_sub(1)).take(1).collect();
        if program.is_empty() {
            let count = if count == 1 { "one model".to_owned() } else { format!("{count} models") };
            return Diagnostic::error(Code::BadArgument, format!("--model {number}: the text holds {count}")).into();
        }
    }
    let node = only_formula(program, text, notes)?;
    let wrapped = call::unwrap(node, notes)?;
    let (response, right) = parts::sides(&wrapped.formula)?;
    let random = bars::random(right, &|f| traps::is_categorical(f, facts), notes)?;
    let fixed = bars::fixed(right);
    let parts = Parts { random, family: wrapped.family, offset: wrapped.offset, ..Parts::new(response, right, fixed) };
    parts.model(&LME4, facts, notes)
}
