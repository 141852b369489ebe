//! Expressions as written. A sum inside a sum, or inside a product, was written in brackets.

use super::Symbol;
use crate::error::Span;

/// An expression with its place in the source. Equality ignores the place.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// Where.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Two or more summands in the order written.
    Sum(Vec<Expr>),
    /// Two or more factors in the order written.
    Product(Vec<Expr>),
    /// `- x`.
    Negative(Box<Expr>),
    /// `a / b`, `\frac{a}{b}`.
    Quotient(Box<Expr>, Box<Expr>),
    /// `x^2`; the exponent is an expression.
    Power(Box<Expr>, Box<Expr>),
    /// A number as written: `1`, `0.75`. An estimate that is written has its standard error with it, beside
    /// `1.89(0.14)` or under `1.89_(0.14)`.
    Number(String),
    /// A symbol.
    Symbol(Symbol),
    /// A function of arguments: `log`, `logit`, `exp`, `sqrt`, `Var`; also an inequality or other opaque call.
    Call(String, Vec<Expr>),
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}
impl Eq for Expr {}

impl From<Kind> for Expr {
    fn from(kind: Kind) -> Self {
        Self { kind, span: Span::default() }
    }
}

impl From<Symbol> for Expr {
    fn from(symbol: Symbol) -> Self {
        Self { span: symbol.span, kind: Kind::Symbol(symbol) }
    }
}

impl Expr {
    /// An expression that was read.
    pub fn new(kind: Kind, span: Span) -> Self {
        Self { kind, span }
    }

    /// A number that was made.
    pub fn number(value: impl ToString) -> Self {
        Kind::Number(value.to_string()).into()
    }

    /// The sum of the parts: `0` for none, the part itself for one.
    pub fn sum(mut parts: Vec<Self>) -> Self {
        match parts.len() {
            0 => Self::number(0),
            1 => parts.remove(0),
            _ => Kind::Sum(parts).into(),
        }
    }

    /// The parts of a sum; of anything else, the whole.
    pub fn terms(&self) -> &[Self] {
        match &self.kind {
            Kind::Sum(parts) => parts,
            _ => std::slice::from_ref(self),
        }
    }

    /// The parts of a product; of anything else, the whole.
    pub fn factors(&self) -> &[Self] {
        match &self.kind {
            Kind::Product(parts) => parts,
            _ => std::slice::from_ref(self),
        }
    }

    /// The parts of a sum and of the sums within it; of anything else, the whole.
    pub fn summands(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::Sum(parts) => parts.iter().flat_map(Self::summands).collect(),
            _ => vec![self],
        }
    }

    /// The product of the parts: `1` for none, the part itself for one; products inside are opened.
    pub fn product(parts: Vec<Self>) -> Self {
        let mut flat: Vec<Self> = Vec::with_capacity(parts.len());
        for part in parts {
            match part.kind {
                Kind::Product(inner) => flat.extend(inner),
                Kind::Number(ref n) if n == "1" => {}
                _ => flat.push(part),
            }
        }
        match flat.len() {
            0 => Self::number(1),
            1 => flat.remove(0),
            _ => Kind::Product(flat).into(),
        }
    }

    /// The symbol, when it is one.
    pub fn symbol(&self) -> Option<&Symbol> {
        match &self.kind {
            Kind::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }

    /// Does something to every expression in it, the innermost first, and to itself.
    pub fn each(&mut self, act: &mut dyn FnMut(&mut Self)) {
        match &mut self.kind {
            Kind::Sum(parts) | Kind::Product(parts) | Kind::Call(_, parts) => {
                parts.iter_mut().for_each(|part| part.each(act));
            }
            Kind::Negative(inner) => inner.each(act),
            Kind::Quotient(a, b) | Kind::Power(a, b) => {
                a.each(act);
                b.each(act);
            }
            Kind::Symbol(_) | Kind::Number(_) => {}
        }
        act(self);
    }

    /// Does something to every symbol in it.
    pub fn each_symbol(&mut self, act: &mut dyn FnMut(&mut Symbol)) {
        self.each(&mut |expr| {
            if let Kind::Symbol(symbol) = &mut expr.kind {
                act(symbol);
            }
        });
    }

    /// Whether it is the number zero.
    pub fn is_zero(&self) -> bool {
        matches!(&self.kind, Kind::Number(text) if text.parse() == Ok(0.0))
    }

    /// The parts directly below.
    pub fn children(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::Sum(parts) | Kind::Product(parts) | Kind::Call(_, parts) => parts.iter().collect(),
            Kind::Negative(part) => vec![part],
            Kind::Quotient(a, b) | Kind::Power(a, b) => vec![a, b],
            Kind::Number(_) | Kind::Symbol(_) => vec![],
        }
    }

    /// Every symbol in it, in the order written.
    pub fn symbols(&self) -> Vec<&Symbol> {
        fn walk<'a>(expr: &'a Expr, found: &mut Vec<&'a Symbol>) {
            if let Kind::Symbol(symbol) = &expr.kind {
                found.push(symbol);
            }
            for child in expr.children() {
                walk(child, found);
            }
        }
        let mut found = vec![];
        walk(self, &mut found);
        found
    }

    /// The same expression with some symbols replaced; `with` gives the replacement, or `None` to keep the symbol.
    #[must_use]
    pub fn replace(&self, with: &dyn Fn(&Symbol) -> Option<Self>) -> Self {
        let all = |parts: &[Self]| parts.iter().map(|p| p.replace(with)).collect();
        let boxed = |part: &Self| Box::new(part.replace(with));
        let kind = match &self.kind {
            Kind::Symbol(symbol) => return with(symbol).unwrap_or_else(|| self.clone()),
            Kind::Number(text) => Kind::Number(text.clone()),
            Kind::Sum(parts) => Kind::Sum(all(parts)),
            Kind::Product(parts) => Kind::Product(all(parts)),
            Kind::Call(name, parts) => Kind::Call(name.clone(), all(parts)),
            Kind::Negative(part) => Kind::Negative(boxed(part)),
            Kind::Quotient(a, b) => Kind::Quotient(boxed(a), boxed(b)),
            Kind::Power(a, b) => Kind::Power(boxed(a), boxed(b)),
        };
        Self::new(kind, self.span)
    }
}
