//! R's formulas with lme4's random-effects terms, bare or in the call that fits them.

pub(super) mod bars;
pub(super) mod call;
pub(super) mod dialect;
mod kin;
pub(super) mod node;
pub(super) mod parse;
pub(super) mod parts;
pub(super) mod scan;
pub(super) mod script;
pub(super) mod terms;
pub(super) mod traps;

use crate::algebra::Reading;
use crate::error::{Notes, Result};
use crate::model::{Facts, Model, RExpr};
use crate::read::{Glance, equations};
use dialect::LME4;
use parts::{OF_LME4, Parts};
use script::FirstCall;

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
    let wrapped = script::script(&cleaned.text, &mut Facts::default(), &mut vec![])
        .and_then(|script| call::unwrap(&script, &mut vec![]))
        .map_err(|e| Box::new(cleaned.restore(*e)))?;
    Ok(wrapped.formula.expr())
}

/// Reads a formula to a model. Directives in its comments count, `facts` win over them.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    parts::formulas(text, facts, model)
}

/// Whether the text looks like an R formula or a call with one: it has a `~`, and neither LaTeX commands nor a top-level
/// `=` nor a distribution after the `~`.
pub(super) fn detect(glance: &Glance<'_>) -> bool {
    let (text, own) = (glance.text, glance.code());
    match own.call {
        FirstCall::None if glance.has_displays() => return false,
        FirstCall::Code(_) if glance.has_images() => return false,
        FirstCall::Code(_) => return true,
        // Equations may stand in a text that has the call too, after them.
        FirstCall::AfterEquations => return false,
        FirstCall::None => {}
    }
    if equations::in_comments(text) {
        return false;
    }
    let code: String = own.text.lines().map(|l| l.split('#').next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    if !code.contains('~') {
        return false;
    }
    // Three backticks fence rows, and quote none.
    let unquoted = unquoted(&code.replace("```", ""));
    let distribution =
        ["N", "Normal", "normal", "MVN", "Bernoulli", "Binomial", "Poisson", "Uniform", "i.i.d.", "iid", "𝒩"];
    let is_law = |right: &str| {
        let right = right.trim_start();
        distribution.iter().any(|d| right.strip_prefix(d).is_some_and(|r| r.trim_start().starts_with(['(', 'N', '['])))
    };
    let drawn = code.split('~').skip(1).any(is_law);
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

fn model(text: &str, facts: &mut Facts, notes: &mut Notes) -> Result<Model> {
    let script = script::script(text, facts, notes)?;
    let wrapped = call::unwrap(&script, notes)?;
    let (response, right) = parts::sides(&wrapped.formula)?;
    let random = bars::random(right, &LME4, &|f| traps::is_categorical(f, facts), notes)?;
    let fixed = bars::fixed(right, &LME4);
    let parts = Parts { random, family: wrapped.family, offset: wrapped.offset, ..Parts::new(response, right, fixed) };
    parts.model(&OF_LME4, facts, notes)
}
