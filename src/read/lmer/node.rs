//! R expressions with the places they were read from.

use crate::error::Span;
use crate::model::RExpr;

/// Arguments of a call, named or not.
pub(in crate::read) type Arguments = Vec<Argument>;

/// One argument, with its name when it has one.
pub(in crate::read) type Argument = (Option<String>, Node);

/// What an expression is.
#[derive(Clone, Debug)]
pub(in crate::read) enum Kind {
    /// A name, without backticks.
    Name(String),
    /// A number or constant: as R prints it, and its value (`NaN` for `NA` and its kin).
    Number(String, f64),
    /// A character string.
    Text(String),
    /// `NULL`, or an empty argument.
    Null,
    /// A call; operators and brackets are calls too.
    Call(String, Arguments),
}

/// An expression and its place.
#[derive(Clone, Debug)]
pub(in crate::read) struct Node {
    /// What it is.
    pub(in crate::read) kind: Kind,
    /// Where.
    pub(in crate::read) span: Span,
}

impl Node {
    /// A node.
    pub(in crate::read) fn new(kind: Kind, span: Span) -> Self {
        Self { kind, span }
    }

    /// A call with unnamed arguments.
    pub(in crate::read) fn call(head: &str, arguments: impl IntoIterator<Item = Self>, span: Span) -> Self {
        Self::new(Kind::Call(head.to_owned(), arguments.into_iter().map(|a| (None, a)).collect()), span)
    }

    /// The expression without places.
    pub(in crate::read) fn expr(&self) -> RExpr {
        match &self.kind {
            Kind::Name(name) => RExpr::Name(name.clone()),
            Kind::Number(text, _) => RExpr::Number(text.clone()),
            Kind::Text(text) => RExpr::Text(text.clone()),
            Kind::Null => RExpr::Null,
            Kind::Call(head, arguments) => {
                RExpr::Call(head.clone(), arguments.iter().map(|(n, a)| (n.clone(), a.expr())).collect())
            }
        }
    }

    /// Head and arguments of a call.
    pub(in crate::read) fn as_call(&self) -> Option<(&str, &[Argument])> {
        match &self.kind {
            Kind::Call(head, arguments) => Some((head, arguments)),
            _ => None,
        }
    }

    /// The arguments of a call of this head.
    pub(in crate::read) fn as_call_of(&self, head: &str) -> Option<&[Argument]> {
        self.as_call().filter(|(own, _)| *own == head).map(|(_, arguments)| arguments)
    }

    /// Whether it is `left | right` or `left || right`.
    pub(in crate::read) fn is_bar(&self) -> bool {
        matches!(self.as_call(), Some(("|" | "||", [_, _])))
    }

    /// Whether there is a bar anywhere in it.
    pub(in crate::read) fn has_bar(&self) -> bool {
        self.is_bar() || self.as_call().is_some_and(|(_, arguments)| arguments.iter().any(|(_, a)| a.has_bar()))
    }

    /// The expression within brackets around it.
    pub(in crate::read) fn unwrapped(&self) -> &Self {
        let mut node = self;
        while let Some([(_, inner)]) = node.as_call_of("(") {
            node = inner;
        }
        node
    }
}
