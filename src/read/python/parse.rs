//! Statements of Python as values with their places.

use crate::error::{Code, Diagnostic, Result, Span};
use crate::read::stray;
use pest::Parser;
use pest::iterators::Pair;

#[allow(missing_docs, reason = "the derive makes one item a rule, and the grammar explains them")]
mod grammar {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/python.pest"]
    pub(super) struct Grammar;
}
use grammar::{Grammar, Rule};

/// An expression.
#[derive(Clone, Debug)]
pub(in crate::read) struct Py {
    /// What it is.
    pub(in crate::read) value: Value,
    /// Where.
    pub(in crate::read) span: Span,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub(in crate::read) enum Value {
    /// A string, and the place of each of its bytes in the source.
    Text(String, Vec<usize>),
    /// A string that is calculated: `f"…"`.
    Formatted,
    /// A number.
    Number(String),
    /// A name.
    Name(String),
    /// `[a, b]` or `(a, b)`.
    List(Vec<Py>),
    /// `{a: b}`.
    Dict(Vec<(Py, Py)>),
    /// `f(a, b=c)`.
    Call(Box<Py>, Vec<(Option<String>, Py)>),
    /// `a.b`.
    Member(Box<Py>, String),
    /// `a[b]`.
    Index(Box<Py>, Vec<Py>),
    /// Operands and the signs between them.
    Operation(Vec<Py>, Vec<String>),
    /// A sign and its operand.
    Signed(String, Box<Py>),
}

impl Py {
    /// The last name of `a.b.c`.
    pub(in crate::read) fn last_name(&self) -> Option<&str> {
        match &self.value {
            Value::Name(name) | Value::Member(_, name) => Some(name),
            _ => None,
        }
    }

    /// The column that `df["x"]`, `df.x` or `"x"` is.
    pub(in crate::read) fn column(&self) -> Option<&str> {
        match &self.value {
            Value::Text(name, _) => Some(name),
            Value::Index(of, keys) if matches!(of.value, Value::Name(_)) => match &keys[..] {
                [Self { value: Value::Text(name, _), .. }] => Some(name),
                _ => None,
            },
            Value::Member(of, name) if matches!(of.value, Value::Name(_)) => Some(name),
            _ => None,
        }
    }
}

/// A statement: what is assigned to, and the value.
pub(in crate::read) struct Statement {
    /// Left of `=`.
    pub(in crate::read) targets: Vec<Py>,
    /// The value.
    pub(in crate::read) value: Py,
}

/// Reads a statement that stands at `offset` of the source.
///
/// # Errors
/// `Syntax` for what is no assignment and no expression of these.
pub(in crate::read) fn statement(text: &str, offset: usize) -> Result<Statement> {
    let pairs = Grammar::parse(Rule::statement, text).map_err(|e| {
        let at = stray::place(&e);
        let found = stray::word(text, at);
        let (code, message) = match found {
            "" => (Code::Unbalanced, "the call ends where something is still to come".to_owned()),
            found => (Code::Syntax, format!("`{found}` cannot stand here")),
        };
        let span = Span::new(offset + at, offset + at + found.len());
        Box::new(Diagnostic::error(code, message).at(span, "a comma, a bracket or a value is missing here"))
    })?;
    let mut targets = vec![];
    let mut value = None;
    for pair in pairs.flat_map(Pair::into_inner) {
        match pair.as_rule() {
            Rule::target => targets.extend(pair.into_inner().map(|p| expression(p, offset))),
            Rule::expression => value = Some(expression(pair, offset)),
            _ => {}
        }
    }
    match value {
        Some(value) => Ok(Statement { targets, value }),
        None => Diagnostic::error(Code::Syntax, "there is no expression").at(Span::new(offset, offset), "").into(),
    }
}

fn place(pair: &Pair<'_, Rule>, offset: usize) -> Span {
    let span = pair.as_span();
    Span::new(offset + span.start(), offset + span.start() + pair.as_str().trim_end().len())
}

fn expression(pair: Pair<'_, Rule>, offset: usize) -> Py {
    let span = place(&pair, offset);
    let (mut operands, mut signs) = (vec![], vec![]);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::operator => signs.push(part.as_str().to_owned()),
            _ => operands.push(operand(part, offset)),
        }
    }
    if operands.len() == 1 {
        return operands.remove(0);
    }
    Py { value: Value::Operation(operands, signs), span }
}

fn operand(pair: Pair<'_, Rule>, offset: usize) -> Py {
    let start = offset + pair.as_span().start();
    let mut signs = vec![];
    let mut made: Option<Py> = None;
    for part in pair.into_inner() {
        let span = Span::new(start, place(&part, offset).end);
        match (part.as_rule(), made.take()) {
            (Rule::sign, _) => signs.push(part.as_str().to_owned()),
            (Rule::member, Some(of)) => {
                let name = part.into_inner().next().map(|p| p.as_str().to_owned()).unwrap_or_default();
                made = Some(Py { value: Value::Member(Box::new(of), name), span });
            }
            (Rule::arguments, Some(of)) => {
                let arguments = part.into_inner().map(|p| argument(p, offset)).collect();
                made = Some(Py { value: Value::Call(Box::new(of), arguments), span });
            }
            (Rule::index, Some(of)) => {
                let keys = part.into_inner().map(|p| expression(p, offset)).collect();
                made = Some(Py { value: Value::Index(Box::new(of), keys), span });
            }
            (_, _) => made = Some(primary(part, offset)),
        }
    }
    let made = made.unwrap_or(Py { value: Value::List(vec![]), span: Span::new(start, start) });
    signs.into_iter().rev().fold(made, |inner, sign| {
        let span = Span::new(start, inner.span.end);
        Py { value: Value::Signed(sign, Box::new(inner)), span }
    })
}

fn argument(pair: Pair<'_, Rule>, offset: usize) -> (Option<String>, Py) {
    let mut label = None;
    let span = place(&pair, offset);
    let mut value = Py { value: Value::List(vec![]), span };
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::label => label = Some(part.as_str().trim().to_owned()),
            _ => value = expression(part, offset),
        }
    }
    (label, value)
}

fn primary(pair: Pair<'_, Rule>, offset: usize) -> Py {
    let span = place(&pair, offset);
    let value = match pair.as_rule() {
        Rule::texts => text(pair, offset),
        Rule::number => Value::Number(pair.as_str().to_owned()),
        Rule::name => Value::Name(pair.as_str().to_owned()),
        Rule::dict => Value::Dict(
            pair.into_inner()
                .filter_map(|pair| {
                    let mut both = pair.into_inner().map(|p| expression(p, offset));
                    Some((both.next()?, both.next()?))
                })
                .collect(),
        ),
        Rule::tuple => {
            let mut items: Vec<Py> = pair.into_inner().map(|p| expression(p, offset)).collect();
            if items.len() == 1 {
                return items.remove(0);
            }
            Value::List(items)
        }
        _ => Value::List(pair.into_inner().map(|p| expression(p, offset)).collect()),
    };
    Py { value, span }
}

/// Strings that stand beside each other are one.
fn text(pair: Pair<'_, Rule>, offset: usize) -> Value {
    let (mut plain, mut origin) = (String::new(), vec![]);
    for part in pair.into_inner() {
        let mut raw = false;
        for piece in part.into_inner() {
            if piece.as_rule() == Rule::kind {
                let kind = piece.as_str().to_lowercase();
                if kind.contains('f') {
                    return Value::Formatted;
                }
                raw = kind.contains('r');
                continue;
            }
            let start = offset + piece.as_span().start();
            let mut chars = piece.as_str().char_indices().peekable();
            while let Some((at, c)) = chars.next() {
                let c = match (c, raw) {
                    ('\\', false) => match chars.next().map(|(_, c)| c) {
                        Some('n' | '\n') | None => ' ',
                        Some('t') => '\t',
                        Some(other) => other,
                    },
                    _ => c,
                };
                // The place of a byte; the last byte of a character of several is the last of what is written for it.
                origin.extend(std::iter::repeat_n(start + at, c.len_utf8()));
                if c.len_utf8() > 1
                    && let Some(last) = origin.last_mut()
                {
                    *last = start + chars.peek().map_or(piece.as_str().len(), |(next, _)| *next) - 1;
                }
                plain.push(c);
            }
        }
    }
    Value::Text(plain, origin)
}
