//! The grammar's pairs to expressions. Heads of calls are Julia's signs; `a.b` is a call of `.`, a vector of `[`.

use super::super::lmer::node::{Argument, Arguments, Kind, Node};
use super::super::lmer::parse::number;
use super::super::lmer::scan::{self, Language};
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
    #[grammar = "../grammar/julia.pest"]
    pub(super) struct Grammar;
}
use grammar::{Grammar, Rule};

/// Julia's precedence, lowest first: `|` binds as `+` does, `&` as `*` (Julia manual, "Operator precedence").
fn precedence() -> &'static PrattParser<Rule> {
    static PRATT: OnceLock<PrattParser<Rule>> = OnceLock::new();
    PRATT.get_or_init(|| {
        PrattParser::new()
            .op(Op::infix(Rule::assign, Assoc::Right))
            .op(Op::infix(Rule::tilde, Assoc::Right))
            .op(Op::infix(Rule::pair, Assoc::Right))
            .op(Op::infix(Rule::or, Assoc::Right))
            .op(Op::infix(Rule::and, Assoc::Right))
            .op(Op::infix(Rule::compare, Assoc::Left))
            .op(Op::infix(Rule::add, Assoc::Left))
            .op(Op::infix(Rule::multiply, Assoc::Left))
            .op(Op::prefix(Rule::sign) | Op::prefix(Rule::not) | Op::prefix(Rule::timed))
            .op(Op::infix(Rule::power, Assoc::Right))
            .op(Op::postfix(Rule::curly)
                | Op::postfix(Rule::arguments)
                | Op::postfix(Rule::member)
                | Op::postfix(Rule::transpose))
    })
}

/// The text with its comments as blanks, byte for byte. Comments `#= … =#` nest.
pub(super) fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.char_indices().peekable();
    let (mut quoted, mut escaped, mut block, mut line) = (false, false, 0_usize, false);
    while let Some((at, c)) = chars.next() {
        let rest = &text[at..];
        if !quoted && !line && (rest.starts_with("#=") || block > 0 && rest.starts_with("=#")) {
            block = if c == '#' { block + 1 } else { block - 1 };
            chars.next();
            out.push_str("  ");
            continue;
        }
        line = (line || (c == '#' && !quoted && block == 0)) && !matches!(c, '\n' | '\r');
        if (block > 0 || line) && !matches!(c, '\n' | '\r') {
            out.extend(std::iter::repeat_n(' ', c.len_utf8()));
            continue;
        }
        out.push(c);
        // The character '"' opens no string.
        if !quoted && rest.starts_with("'\"'") {
            chars.next();
            chars.next();
            out.push_str("\"'");
            continue;
        }
        if c == '"' && !escaped && block == 0 {
            quoted = !quoted;
        }
        escaped = quoted && c == '\\' && !escaped;
    }
    out
}

/// Every statement of the text in order, those that are not of the grammar left out.
///
/// # Errors
/// What [`scan::check`] refuses, and `Syntax`.
pub(super) fn program(text: &str) -> Result<Vec<Node>> {
    scan::check(text, Language::Julia)?;
    let pairs = Grammar::parse(Rule::program, text).map_err(|e| Box::new(syntax(text, &e)))?;
    pairs.flat_map(Pair::into_inner).filter(|p| p.as_rule() == Rule::line).map(expression).collect()
}

fn syntax(text: &str, error: &pest::error::Error<Rule>) -> Diagnostic {
    let at = stray::place(error);
    let found = stray::word(text, at);
    let operand = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => {
            positives.iter().any(|r| matches!(r, Rule::name | Rule::number | Rule::brackets | Rule::sign))
        }
        ErrorVariant::CustomError { .. } => false,
    };
    let label = if operand { "a name, number or bracket belongs here" } else { "an operator belongs here, or nothing" };
    let message = match found {
        "" => "the expression ends where something is still to come".to_owned(),
        word => format!("`{word}` cannot stand here"),
    };
    let diagnostic = Diagnostic::error(Code::Syntax, message).at(Span::new(at, at + found.len()), label);
    match found {
        ":" => diagnostic.help("Julia's sign of an interaction is `&`").fix(Span::new(at, at + 1), "&"),
        "." => diagnostic.help("a name with dots is written `var\"a.b\"`"),
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
            if op.as_rule() == Rule::timed {
                return Ok(right);
            }
            let span = place(&op).join(right.span);
            Ok(Node::call(op.as_str(), [right], span))
        })
        .map_postfix(|left, op| postfix(left?, op))
        .map_infix(|left, op, right| {
            let (left, right) = (left?, right?);
            let span = left.span.join(right.span);
            Ok(Node::call(op.as_str(), [left, right], span))
        })
        .parse(pair.into_inner())
}

fn postfix(left: Node, op: Pair<'_, Rule>) -> Result<Node> {
    let span = left.span.join(place(&op));
    match op.as_rule() {
        Rule::member => {
            let parts = [Ok(left)].into_iter().chain(op.into_inner().map(primary));
            Ok(Node::call(".", parts.collect::<Result<Vec<_>>>()?, span))
        }
        Rule::arguments => {
            let mut arguments = Arguments::new();
            for part in op.into_inner() {
                if part.as_rule() == Rule::keywords {
                    let keywords = part.into_inner().map(argument).collect::<Result<Arguments>>()?;
                    arguments.extend(keywords.into_iter().map(keyword));
                } else {
                    arguments.push(argument(part)?);
                }
            }
            Ok(Node::new(Kind::Call(function(&left)?, arguments), span))
        }
        Rule::transpose => Ok(Node::call("'", [left], span)),
        // Dict{Symbol,Any}: the types of what it holds.
        _ => Ok(Node { span, ..left }),
    }
}

/// The name of a function without its module: `fit`, `MixedModels.fit`.
fn function(node: &Node) -> Result<String> {
    match (&node.kind, node.as_call_of(".")) {
        (Kind::Name(name), _) => Ok(name.clone()),
        (_, Some([_, (_, Node { kind: Kind::Name(name), .. })])) => Ok(name.clone()),
        _ => Diagnostic::error(Code::Syntax, "this is called like a function and is not a name")
            .at(node.span, "called here")
            .help("is an operator missing before the bracket?")
            .into(),
    }
}

fn argument(pair: Pair<'_, Rule>) -> Result<(Option<String>, Node)> {
    let (mut name, span) = (None, place(&pair));
    for part in pair.into_inner() {
        if part.as_rule() == Rule::name {
            name = Some(part.as_str().to_owned());
        } else {
            return Ok((name, expression(part)?));
        }
    }
    Ok((name, Node::new(Kind::Null, span)))
}

/// `f(; levels)` is `f(; levels = levels)`.
fn keyword((name, value): Argument) -> Argument {
    match (&name, &value.kind) {
        (None, Kind::Name(own)) => (Some(own.clone()), value),
        _ => (name, value),
    }
}

fn primary(pair: Pair<'_, Rule>) -> Result<Node> {
    let (span, text) = (place(&pair), pair.as_str());
    let rule = pair.as_rule();
    let parts = || pair.clone().into_inner().map(expression).collect::<Result<Vec<_>>>();
    let kind = match rule {
        Rule::number => number(&text.replace('_', "")),
        Rule::text | Rule::character => Kind::Text(unescape(&text[1..text.len() - 1])),
        Rule::named => Kind::Name(raw(&text[4..text.len() - 1])),
        Rule::symbol => {
            let named = pair.into_inner().map(primary).collect::<Result<Vec<_>>>()?;
            return Ok(Node::call(":", named, span));
        }
        Rule::formula => return Ok(Node::call("@formula", parts()?, span)),
        Rule::brackets => {
            let (commas, parts): (Vec<_>, Vec<_>) = pair.into_inner().partition(|p| p.as_rule() == Rule::comma);
            let name = if parts.len() == 1 && commas.is_empty() { "(" } else { "tuple" };
            return Ok(Node::call(name, parts.into_iter().map(expression).collect::<Result<Vec<_>>>()?, span));
        }
        Rule::vector => return Ok(Node::call("[", parts()?, span)),
        _ => match text {
            "true" => Kind::Number("TRUE".into(), 1.0),
            "false" => Kind::Number("FALSE".into(), 0.0),
            name => Kind::Name(name.to_owned()),
        },
    };
    Ok(Node::new(kind, span))
}

/// What stands in quotes after `var`: a backslash is one, but before a quote (Julia manual, "Raw String Literals").
fn raw(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut backslashes = 0;
    for c in text.chars().chain(['"']) {
        if c == '\\' {
            backslashes += 1;
            continue;
        }
        let kept = if c == '"' { backslashes / 2 } else { backslashes };
        plain.extend(std::iter::repeat_n('\\', kept));
        backslashes = 0;
        plain.push(c);
    }
    plain.pop();
    plain
}

/// A string without its escapes; of those that Julia has, the ones that a category may hold.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => plain.push('\n'),
                Some('t') => plain.push('\t'),
                other => plain.extend(other),
            },
            c => plain.push(c),
        }
    }
    plain
}
