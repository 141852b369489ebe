//! R expressions with the places they were read from.

use crate::error::Span;
use crate::model::RExpr;

/// Arguments of a call, named or not.
pub(crate) type Arguments = Vec<Argument>;

/// One argument, with its name when it has one.
pub(crate) type Argument = (Option<String>, Node);

/// What an expression is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
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
pub(crate) struct Node {
    /// What it is.
    pub(crate) kind: Kind,
    /// Where.
    pub(crate) span: Span,
}

impl Node {
    /// A node.
    pub(crate) fn new(kind: Kind, span: Span) -> Self {
        Self { kind, span }
    }

    /// A call with unnamed arguments.
    pub(crate) fn call(head: &str, arguments: impl IntoIterator<Item = Self>, span: Span) -> Self {
        Self::new(Kind::Call(head.to_owned(), arguments.into_iter().map(|a| (None, a)).collect()), span)
    }

    /// The expression without places.
    pub(crate) fn expr(&self) -> RExpr {
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
    pub(crate) fn as_call(&self) -> Option<(&str, &[Argument])> {
        match &self.kind {
            Kind::Call(head, arguments) => Some((head, arguments)),
            _ => None,
        }
    }

    /// The arguments of a call of this head.
    pub(crate) fn as_call_of(&self, head: &str) -> Option<&[Argument]> {
        self.as_call().filter(|(own, _)| *own == head).map(|(_, arguments)| arguments)
    }

    /// Whether it is `left | right` or `left || right`.
    pub(crate) fn is_bar(&self) -> bool {
        matches!(self.as_call(), Some(("|" | "||", [_, _])))
    }

    /// Whether there is a bar anywhere in it.
    pub(crate) fn has_bar(&self) -> bool {
        self.is_bar() || self.as_call().is_some_and(|(_, arguments)| arguments.iter().any(|(_, a)| a.has_bar()))
    }

    /// The expression within brackets around it.
    pub(crate) fn unwrapped(&self) -> &Self {
        let mut node = self;
        while let Some([(_, inner)]) = node.as_call_of("(") {
            node = inner;
        }
        node
    }
}
