//! R's formulas with lme4's random-effects terms, bare or in the call that fits them.

mod bars;
mod call;
mod node;
mod parse;
mod scan;
mod terms;
mod traps;

use super::directives::directives;
use super::known;
use crate::algebra::{Lexicon, Reading};
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Facts, Grouping, Level, Model, RExpr};
use node::{Kind, Node};

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
    let declared = directives(text)?;
    let mut all = declared.facts.clone();
    all.extend(facts.clone());
    let cleaned = scan::clean(text);
    let mut notes = vec![];
    let model = model(&cleaned.text, &all, &mut notes).map_err(|e| Box::new(cleaned.restore(*e)))?;
    let notes = notes.into_iter().map(|n| cleaned.restore(n));
    let notes = cleaned.notes.iter().cloned().chain(notes).collect();
    let mut lexicon = Lexicon::default();
    for (letter, factor) in &all.index {
        lexicon.letters.insert(factor.clone(), letter.clone());
    }
    lexicon.declare_categories(&model, &all);
    let reading = Reading { model, lexicon, system: None, notes };
    // The flags' own facts are checked by whoever gave them.
    known::check(std::slice::from_ref(&reading), &declared.facts).map_err(|e| Box::new(declared.place(*e, text)))?;
    Ok(reading)
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

fn model(text: &str, facts: &Facts, notes: &mut Notes) -> Result<Model> {
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
    let formula = &wrapped.formula;
    let (response, right) = match formula.as_call_of("~") {
        Some([(_, response), (_, right)]) => (response, right),
        _ => {
            return Diagnostic::error(Code::MissingResponse, "the formula has no response")
                .at(formula.span, "nothing stands left of `~`")
                .help("write `Y ~ …`")
                .into();
        }
    };
    check_response(response)?;
    let random = bars::random(right, &|f| traps::is_categorical(f, facts), notes)?;
    let fixed = bars::fixed(right).unwrap_or_else(|| Node::new(Kind::Number("1".into(), 1.0), right.span));
    let expansion = terms::expand(Some(response), &fixed)?;
    notes.extend(expansion.notes.iter().cloned());
    let mut model = Model::new(response.expr()).with_fixed(expansion.all());
    if let Some((family, link)) = wrapped.family {
        model = model.with_family(family, link);
    }
    let argument = wrapped.offset.map(|o| o.expr());
    for offset in expansion.offsets.into_iter().map(|(o, _)| o).chain(argument) {
        model = model.with_offset(offset);
    }
    for (term, _) in &random {
        model = model.with_random(term.clone());
    }
    let model = with_levels(model, facts)?;
    traps::fixed(&model, right.span, notes);
    traps::random(&model, &random, facts, notes);
    if random.is_empty() {
        notes.push(traps::no_random(formula.span));
    }
    Ok(model)
}

fn check_response(response: &Node) -> Result<()> {
    let problem = match &response.kind {
        Kind::Text(_) => Some(("a string is no response", "a name that is not plain goes in backticks")),
        Kind::Number(..) | Kind::Null => Some(("a number is no response", "name the column of the response")),
        Kind::Call(head, _) if head == "~" => Some(("a formula has one `~`", "delete the second one")),
        Kind::Call(..) if response.has_bar() => {
            Some(("there is a random-effects term in the response", "it goes right of `~`"))
        }
        _ => None,
    };
    match problem {
        Some((message, help)) => {
            Diagnostic::error(Code::FormulaRefused, message).at(response.span, "here").help(help).into()
        }
        None => Ok(()),
    }
}

/// Adds the declared Levels of the model's covariates.
fn with_levels(mut model: Model, facts: &Facts) -> Result<Model> {
    let known: Vec<Grouping> = model.groupings().into_iter().cloned().collect();
    for (covariate, level) in &facts.level {
        let expr = parse_expression(covariate).map_err(|e| {
            Box::new(Diagnostic::error(
                Code::BadArgument,
                format!("`level`: `{covariate}` is no covariate: {}", e.message),
            ))
        })?;
        if !model.covariates().contains(&&expr) {
            continue;
        }
        let level = if level.is_empty() {
            Level::Observation
        } else {
            let group = Grouping::new(level.split(':').map(str::trim));
            Level::Group(known.iter().find(|k| **k == group).cloned().unwrap_or(group))
        };
        model = model.with_level(expr, level);
    }
    Ok(model)
}
