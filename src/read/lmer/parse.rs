//! The grammar's pairs to expressions: precedence, numbers, escapes.

use super::node::{Arguments, Kind, Node};
use super::scan;
use crate::error::{Code, Diagnostic, Result, Span};
use crate::read::stray;
use pest::Parser;
use pest::error::ErrorVariant;
use pest::iterators::Pair;
use pest::pratt_parser::{Assoc, Op, PrattParser};
use std::sync::OnceLock;

#[allow(missing_docs, reason = "the derive makes one item a rule, and the grammar explains them")]
mod grammar {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/lmer.pest"]
    pub(super) struct Grammar;
}
use grammar::{Grammar, Rule};

/// R's precedence, lowest first (R Language Definition, 10.3.1).
fn precedence() -> &'static PrattParser<Rule> {
    static PRATT: OnceLock<PrattParser<Rule>> = OnceLock::new();
    PRATT.get_or_init(|| {
        PrattParser::new()
            .op(Op::infix(Rule::assign_equal, Assoc::Right))
            .op(Op::infix(Rule::assign_left, Assoc::Right))
            .op(Op::infix(Rule::assign_right, Assoc::Left))
            .op(Op::infix(Rule::tilde, Assoc::Left) | Op::prefix(Rule::one_sided))
            .op(Op::infix(Rule::or, Assoc::Left))
            .op(Op::infix(Rule::and, Assoc::Left))
            .op(Op::prefix(Rule::not))
            .op(Op::infix(Rule::compare, Assoc::Left))
            .op(Op::infix(Rule::add, Assoc::Left))
            .op(Op::infix(Rule::multiply, Assoc::Left))
            .op(Op::infix(Rule::special, Assoc::Left))
            .op(Op::infix(Rule::colon, Assoc::Left))
            .op(Op::prefix(Rule::sign))
            .op(Op::infix(Rule::power, Assoc::Right))
            .op(Op::postfix(Rule::member)
                | Op::postfix(Rule::index)
                | Op::postfix(Rule::double_index)
                | Op::postfix(Rule::arguments))
    })
}

/// Every expression of the text, in order.
///
/// # Errors
/// What [`scan::check`] refuses, and `Syntax`.
pub(in crate::read) fn program(text: &str) -> Result<Vec<Node>> {
    scan::check(text, scan::Language::R)?;
    let pairs = Grammar::parse(Rule::program, text).map_err(|e| Box::new(syntax(text, &e)))?;
    pairs.flat_map(Pair::into_inner).filter(|p| p.as_rule() == Rule::line).map(expression).collect()
}

/// A single expression, in which newlines are blanks.
///
/// # Errors
/// What [`scan::check`] refuses, and `Syntax`.
pub(in crate::read) fn single(text: &str) -> Result<Node> {
    scan::check(text, scan::Language::R)?;
    let mut pairs = Grammar::parse(Rule::single, text).map_err(|e| Box::new(syntax(text, &e)))?;
    match pairs.next().and_then(|single| single.into_inner().next()) {
        Some(inner) => expression(inner),
        None => Diagnostic::error(Code::Syntax, "there is no expression").into(),
    }
}

fn syntax(text: &str, error: &pest::error::Error<Rule>) -> Diagnostic {
    let at = stray::place(error);
    let rest = &text[at..];
    let word = rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.')).count().max(1);
    let found: String = rest.chars().take(word).collect();
    let operand = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => {
            positives.iter().any(|r| matches!(r, Rule::name | Rule::number | Rule::brackets | Rule::sign))
        }
        ErrorVariant::CustomError { .. } => false,
    };
    let (message, label) = match (found.as_str(), operand) {
        ("", true) => {
            ("the expression ends where something is still to come".into(), "a name, number or bracket is missing here")
        }
        ("", false) => ("the expression is not complete".into(), "here"),
        (word, true) => (format!("`{word}` cannot stand here"), "a name, number or bracket belongs here"),
        (word, false) => (format!("`{word}` cannot stand here"), "an operator belongs here, or nothing"),
    };
    let diagnostic = Diagnostic::error(Code::Syntax, message).at(Span::new(at, at + found.len()), label);
    match found.as_str() {
        "," => diagnostic.help("to name the data, write the whole call: `lmer(formula, data = dat)`"),
        "{" | "function" | "if" | "for" | "while" | "repeat" => {
            diagnostic.help("R's control structures are not part of a formula; a name like this goes in backticks")
        }
        "else" | "in" | "next" | "break" => {
            diagnostic.help(format!("`{found}` is a word of R; as a name it goes in backticks"))
        }
        _ => diagnostic,
    }
}

fn place(pair: &Pair<'_, Rule>) -> Span {
    let span = pair.as_span();
    Span::new(span.start(), span.end())
}

fn expression(pair: Pair<'_, Rule>) -> Result<Node> {
    precedence()
        .map_primary(primary)
        .map_prefix(|op, right| {
            let right = right?;
            let span = place(&op).join(right.span);
            Ok(Node::call(op.as_str(), [right], span))
        })
        .map_postfix(|left, op| postfix(left?, op))
        .map_infix(|left, op, right| infix(left?, &op, right?))
        .parse(pair.into_inner())
}

fn infix(left: Node, op: &Pair<'_, Rule>, right: Node) -> Result<Node> {
    let span = left.span.join(right.span);
    let compares = |n: &Node| matches!(n.as_call(), Some(("==" | "!=" | "<" | ">" | "<=" | ">=", _)));
    match op.as_rule() {
        Rule::compare if compares(&left) => Diagnostic::error(Code::Syntax, "comparisons cannot follow one another")
            .at(place(op), "second comparison")
            .into(),
        Rule::power => Ok(Node::call("^", [left, right], span)),
        Rule::assign_right => Ok(Node::call("<-", [right, left], span)),
        _ => Ok(Node::call(op.as_str(), [left, right], span)),
    }
}

fn postfix(left: Node, op: Pair<'_, Rule>) -> Result<Node> {
    let span = left.span.join(place(&op));
    let rule = op.as_rule();
    let mut inner = op.into_inner();
    if rule == Rule::member {
        let (Some(mark), Some(member)) = (inner.next(), inner.next()) else {
            return Diagnostic::error(Code::Syntax, "a name is missing here").at(span, "").into();
        };
        return Ok(Node::call(mark.as_str(), [left, primary(member)?], span));
    }
    let mut arguments: Arguments = inner.map(argument).collect::<Result<_>>()?;
    let head = match rule {
        Rule::index => "[".to_owned(),
        Rule::double_index => "[[".to_owned(),
        _ => {
            if matches!(&arguments[..], [(None, Node { kind: Kind::Null, span })] if span.start == span.end) {
                arguments.clear();
            }
            return Ok(Node::new(Kind::Call(function(&left)?, arguments), span));
        }
    };
    arguments.insert(0, (None, left));
    Ok(Node::new(Kind::Call(head, arguments), span))
}

/// The name of a function: `log`, `stats::poly`.
fn function(node: &Node) -> Result<String> {
    match &node.kind {
        Kind::Name(name) | Kind::Text(name) => return Ok(name.clone()),
        Kind::Call(mark, parts) if mark == "::" || mark == ":::" => {
            if let [(_, Node { kind: Kind::Name(package), .. }), (_, Node { kind: Kind::Name(name), .. })] = &parts[..]
            {
                return Ok(format!("{package}{mark}{name}"));
            }
        }
        _ => {}
    }
    Diagnostic::error(Code::Syntax, "this is called like a function and is not a name")
        .at(node.span, "called here")
        .help("is an operator missing before the bracket?")
        .into()
}

fn argument(pair: Pair<'_, Rule>) -> Result<(Option<String>, Node)> {
    let span = place(&pair);
    let (mut name, mut value) = (None, Node::new(Kind::Null, Span::new(span.start, span.start)));
    for part in pair.into_inner() {
        if part.as_rule() == Rule::argument_name {
            for word in part.into_inner() {
                if let Kind::Name(word) | Kind::Text(word) = primary(word)?.kind {
                    name = Some(word);
                }
            }
        } else {
            value = expression(part)?;
        }
    }
    Ok((name, value))
}

fn primary(pair: Pair<'_, Rule>) -> Result<Node> {
    let (span, text) = (place(&pair), pair.as_str());
    let kind = match pair.as_rule() {
        Rule::number => number(text),
        Rule::text => Kind::Text(unescape(&text[1..text.len() - 1], span)?),
        Rule::quoted => Kind::Name(unescape(&text[1..text.len() - 1], span)?),
        Rule::constant => match text {
            "NULL" => Kind::Null,
            "TRUE" => Kind::Number(text.into(), 1.0),
            "FALSE" => Kind::Number(text.into(), 0.0),
            _ => Kind::Number(text.into(), f64::NAN),
        },
        Rule::brackets => match pair.into_inner().next() {
            Some(inner) => return Ok(Node::call("(", [expression(inner)?], span)),
            None => Kind::Null,
        },
        _ => Kind::Name(text.to_owned()),
    };
    Ok(Node::new(kind, span))
}

/// A number of R, or of a language that writes numbers as R does, as R prints it.
pub(in crate::read) fn number(text: &str) -> Kind {
    let digits = text.trim_end_matches(['L', 'i']);
    let value = match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        Some(hexadecimal) => {
            hexadecimal.chars().filter_map(|c| c.to_digit(16)).fold(0.0, |v, d| v * 16.0 + f64::from(d))
        }
        None => digits.parse().unwrap_or(f64::NAN),
    };
    match &text[digits.len()..] {
        "" => Kind::Number(deparsed(value), value),
        "i" => Kind::Number(format!("{}i", deparsed(value)), f64::NAN),
        suffix if value.abs() < 1e15 && value.fract() == 0.0 => Kind::Number(format!("{value:.0}{suffix}"), value),
        _ => Kind::Number(deparsed(value), value),
    }
}

/// A number as R's `deparse` prints it: 15 significant digits, fixed notation unless the scientific one is shorter.
fn deparsed(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "NaN".into() } else { "Inf".into() };
    }
    let scientific = format!("{value:.14e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = i32::try_from(mantissa.chars().filter(char::is_ascii_digit).count()).unwrap_or(15);
    let decimals = usize::try_from(digits - 1 - exponent).unwrap_or(0);
    let fixed = format!("{value:.decimals$}");
    let sign = if exponent < 0 { '-' } else { '+' };
    let scientific = format!("{mantissa}e{sign}{:02}", exponent.abs());
    if fixed.len() <= scientific.len() { fixed } else { scientific }
}

/// A string or quoted name without its escapes (R's `?Quotes`).
fn unescape(text: &str, span: Span) -> Result<String> {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        let escaped = chars.next();
        let made = match escaped {
            Some('n') => Some('\n'),
            Some('t') => Some('\t'),
            Some('r') => Some('\r'),
            Some('\n') => Some('\n'),
            Some(c @ ('\\' | '`' | '"' | '\'' | ' ')) => Some(c),
            Some(kind @ ('x' | 'u' | 'U')) => {
                let braces = chars.next_if_eq(&'{').is_some();
                let longest = match kind {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let mut code = 0;
                let mut read = 0;
                while read < longest
                    && let Some(digit) = chars.peek().and_then(|c| c.to_digit(16))
                {
                    code = code * 16 + digit;
                    read += 1;
                    chars.next();
                }
                let closed = !braces || chars.next_if_eq(&'}').is_some();
                if read > 0 && closed { char::from_u32(code).filter(|c| *c != '\0') } else { None }
            }
            _ => None,
        };
        let Some(made) = made else {
            let shown = escaped.map(String::from).unwrap_or_default();
            return Diagnostic::error(Code::Syntax, format!("`\\{shown}` is no escape that is read here"))
                .at(span, "in here")
                .into();
        };
        plain.push(made);
    }
    Ok(plain)
}
