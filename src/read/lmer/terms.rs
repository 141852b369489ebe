//! R's algebra of formulas (`?formula`, `terms.formula`): from an expression to intercept, terms and offsets.
//!
//! A term is the set of its variables, held as their sorted positions in the list of variables, which is in order of
//! first appearance with the response first. Dialects that share R's algebra use this file as it is.

use super::node::{Kind, Node};
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{RExpr, Term};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The most terms a formula may expand to.
const MAX_TERMS: usize = 10_000;
/// The most covariates in one product.
const MAX_DEGREE: usize = 8;
/// The most pairs of terms that one operator may multiply.
const MAX_PAIRS: usize = 1_000_000;

type Product = Vec<usize>;

/// What a one-sided formula means.
#[derive(Debug)]
pub(in crate::read) struct Expansion {
    /// Whether there is an intercept.
    pub(in crate::read) intercept: bool,
    /// The terms without the intercept, by degree and then in order of expansion; factors in the order of variables.
    pub(in crate::read) terms: Vec<Term>,
    /// The arguments of `offset()`.
    pub(in crate::read) offsets: Vec<(RExpr, Span)>,
    /// What surprises.
    pub(in crate::read) notes: Notes,
}

impl Expansion {
    /// The terms with the intercept before them, when there is one.
    pub(in crate::read) fn all(&self) -> Vec<Term> {
        let intercept = self.intercept.then(Term::intercept);
        intercept.into_iter().chain(self.terms.iter().cloned()).collect()
    }
}

struct Algebra {
    variables: Vec<RExpr>,
    places: HashMap<RExpr, usize>,
    spans: Vec<Span>,
    intercept: bool,
    /// What a `1` means here: it flips in what is subtracted.
    parity: bool,
    /// The places of `0` and `1`, with what each said.
    said: Vec<(bool, Span)>,
    notes: Notes,
}

/// Expands the right side of a formula; the response only takes its place in the order of variables.
///
/// # Errors
/// `FormulaRefused` for what R refuses; `NeedsInfo` for `.`; `TooLarge` for more than 10,000 terms or 8 covariates in a
/// product, before anything is expanded.
pub(in crate::read) fn expand(response: Option<&Node>, right: &Node) -> Result<Expansion> {
    let mut algebra = Algebra {
        variables: vec![],
        places: HashMap::new(),
        spans: vec![],
        intercept: true,
        parity: true,
        said: vec![],
        notes: vec![],
    };
    if let Some(response) = response {
        algebra.variable(response);
    }
    algebra.gather(right)?;
    algebra.size(right)?;
    let mut products = algebra.encode(right)?;
    let offset = |v: &RExpr| matches!(v, RExpr::Call(head, _) if head == "offset");
    let mut offsets = vec![];
    for (variable, span) in algebra.variables.iter().zip(&algebra.spans).skip(usize::from(response.is_some())) {
        match variable {
            RExpr::Call(head, arguments) if head == "offset" => match &arguments[..] {
                [(_, inner)] => offsets.push((inner.clone(), *span)),
                _ => return refuse("`offset()` takes one argument", *span).into(),
            },
            // R looks at the first letters of the variable's text only.
            whole if whole.to_string().starts_with("offset(") => {
                let message = format!("R takes the whole of `{whole}` as an offset");
                return Diagnostic::error(Code::FormulaTrap, message)
                    .at(*span, "it begins with `offset(`")
                    .help("put brackets around the comparison, or write the offset last")
                    .into();
            }
            _ => {}
        }
    }
    products.retain(|p| !p.iter().any(|&v| offset(&algebra.variables[v])));
    products.sort_by_key(Vec::len);
    if products.last().is_some_and(|p| p.len() > MAX_DEGREE) {
        let message = format!("the formula has a product of more than {MAX_DEGREE} covariates");
        return Diagnostic::error(Code::TooLarge, message).at(right.span, "expanded from here").into();
    }
    if let [.., (last, span)] = algebra.said[..]
        && algebra.said.iter().any(|(said, _)| *said != last)
    {
        let word = if last { "with" } else { "without" };
        let note =
            Diagnostic::note(Code::FormulaTrap, format!("several `0` and `1`: R takes the last, {word} intercept"));
        algebra.notes.push(note.at(span, "the last one"));
    }
    let terms = products.into_iter().map(|p| Term::new(p.into_iter().map(|v| algebra.variables[v].clone()))).collect();
    Ok(Expansion { intercept: algebra.intercept, terms, offsets, notes: algebra.notes })
}

fn refuse(message: impl Into<String>, span: Span) -> Diagnostic {
    Diagnostic::error(Code::FormulaRefused, message).at(span, "")
}

fn unique(products: impl IntoIterator<Item = Product>) -> Vec<Product> {
    let mut seen = HashSet::new();
    products.into_iter().filter(|p| !p.is_empty() && seen.insert(p.clone())).collect()
}

fn union(a: &[usize], b: &[usize]) -> Product {
    a.iter().chain(b).copied().collect::<BTreeSet<_>>().into_iter().collect()
}

fn cross(left: &[Product], right: &[Product]) -> Vec<Product> {
    unique(left.iter().flat_map(|l| right.iter().map(move |r| union(l, r))))
}

fn joined(products: &[Product]) -> Product {
    products.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect()
}

/// The summands of a chain of `+` and `-`, with whether each is subtracted. Chains are long and nest to the left: they
/// are walked, not recursed into.
fn summands(node: &Node) -> Vec<(bool, &Node)> {
    let (mut first, mut parts) = (node, vec![]);
    while let Shape::Binary(op @ ("+" | "-"), left, right) = shape(first) {
        parts.push((op == "-", right));
        first = left;
    }
    parts.push((false, first));
    parts.reverse();
    parts
}

/// An operator of the algebra and its operands; everything else is a variable.
enum Shape<'a> {
    Number(f64),
    Nothing,
    Variable,
    Same(&'a Node),
    Negated(&'a Node),
    Binary(&'a str, &'a Node, &'a Node),
    Power(&'a Node, &'a Node),
}

fn shape(node: &Node) -> Shape<'_> {
    match &node.kind {
        Kind::Null => Shape::Nothing,
        Kind::Number(_, value) => Shape::Number(*value),
        Kind::Call(head, arguments) => match (head.as_str(), &arguments[..]) {
            ("(" | "+", [(_, only)]) => Shape::Same(only),
            ("-", [(_, only)]) => Shape::Negated(only),
            ("^", [(_, left), (_, right)]) => Shape::Power(left, right),
            (op @ ("+" | "-" | "*" | "/" | ":" | "%in%"), [(_, left), (_, right)]) => Shape::Binary(op, left, right),
            _ => Shape::Variable,
        },
        Kind::Name(_) | Kind::Text(_) => Shape::Variable,
    }
}

impl Algebra {
    fn variable(&mut self, node: &Node) -> usize {
        let expr = node.expr();
        if let Some(at) = self.places.get(&expr) {
            return *at;
        }
        let at = self.variables.len();
        self.places.insert(expr.clone(), at);
        self.variables.push(expr);
        self.spans.push(node.span);
        at
    }

    /// Fills the list of variables, left to right, and refuses what is no term.
    fn gather(&mut self, node: &Node) -> Result<()> {
        match shape(node) {
            Shape::Nothing => Ok(()),
            Shape::Number(value) if value == 0.0 || value == 1.0 => Ok(()),
            Shape::Number(_) => {
                let number = node.expr();
                refuse(format!("a number in a formula is `0` or `1`, not `{number}`"), node.span)
                    .help("a shift of a covariate goes in `I(x + 2)`; a known addend is an `offset()`")
                    .into()
            }
            Shape::Same(inner) | Shape::Negated(inner) => self.gather(inner),
            Shape::Binary("+" | "-", ..) => summands(node).into_iter().try_for_each(|(_, part)| self.gather(part)),
            Shape::Binary(_, left, right) => {
                self.gather(left)?;
                self.gather(right)
            }
            Shape::Power(base, power) => {
                exponent(power)?;
                self.gather(base)
            }
            Shape::Variable => match &node.kind {
                Kind::Text(_) => refuse("a string is no term", node.span).help("a name goes in backticks").into(),
                Kind::Name(name) if name == "." => Diagnostic::error(
                    Code::NeedsInfo,
                    "`.` stands for every other column of the data, which are not known here",
                )
                .at(node.span, "here")
                .help("write the covariates out")
                .into(),
                Kind::Call(head, _) if head == "~" => {
                    refuse("a formula has one `~`", node.span).help("delete the second one").into()
                }
                _ => {
                    self.variable(node);
                    Ok(())
                }
            },
        }
    }

    /// How many terms there can be at most, with the variables that occur: refused before it is expanded.
    fn size(&mut self, node: &Node) -> Result<(usize, BTreeSet<usize>)> {
        let (size, variables, pairs) = match shape(node) {
            Shape::Nothing | Shape::Number(_) => (0, BTreeSet::new(), 0),
            Shape::Variable => (1, BTreeSet::from([self.variable(node)]), 0),
            Shape::Same(inner) => return self.size(inner),
            Shape::Negated(inner) => (0, self.size(inner)?.1, 0),
            Shape::Power(base, power) => {
                let (size, variables) = self.size(base)?;
                let most = choices(size, exponent(power)?);
                let pairs = size.saturating_mul(most.min(subsets(&variables)));
                (most, variables, pairs)
            }
            Shape::Binary("+" | "-", ..) => {
                let (mut total, mut variables) = (0, BTreeSet::new());
                for (minus, part) in summands(node) {
                    let (size, more) = self.size(part)?;
                    total += if minus { 0 } else { size };
                    variables.extend(more);
                }
                (total, variables, 0)
            }
            Shape::Binary(op, left, right) => {
                let (l, mut variables) = self.size(left)?;
                let (r, more) = self.size(right)?;
                variables.extend(more);
                let size = match op {
                    "/" => l + r,
                    "%in%" => l,
                    ":" => l.saturating_mul(r),
                    _ => l.saturating_mul(r).saturating_add(l + r),
                };
                let pairs = if matches!(op, ":" | "*") { l.saturating_mul(r) } else { 0 };
                (size, variables, pairs)
            }
        };
        let size = size.min(subsets(&variables));
        if size > MAX_TERMS || pairs > MAX_PAIRS {
            let message = format!("the formula expands to more than {MAX_TERMS} terms");
            return Diagnostic::error(Code::TooLarge, message).at(node.span, "by this").into();
        }
        Ok((size, variables))
    }

    fn say(&mut self, value: f64, span: Span) {
        self.intercept = self.parity == (value == 1.0);
        self.said.push((self.intercept, span));
    }

    fn encode(&mut self, node: &Node) -> Result<Vec<Product>> {
        Ok(match shape(node) {
            Shape::Nothing => vec![],
            Shape::Number(value) => {
                self.say(value, node.span);
                vec![]
            }
            Shape::Variable => vec![vec![self.variable(node)]],
            Shape::Same(inner) => self.encode(inner)?,
            Shape::Negated(inner) => {
                self.subtracted(inner)?;
                vec![]
            }
            Shape::Power(base, power) => {
                let left = self.encode(base)?;
                let mut right = left.clone();
                for _ in 1..exponent(power)? {
                    let next = cross(&right, &left);
                    if next == right {
                        break;
                    }
                    right = next;
                }
                right
            }
            Shape::Binary("+" | "-", ..) => {
                let mut sum = vec![];
                for (minus, part) in summands(node) {
                    if minus {
                        let taken = self.subtracted(part)?;
                        sum.retain(|p| !taken.contains(p));
                    } else {
                        sum.extend(self.encode(part)?);
                    }
                }
                unique(sum)
            }
            Shape::Binary(op, left_node, right_node) => {
                let left = self.encode(left_node)?;
                let right = self.encode(right_node)?;
                if matches!(op, "*" | "/") && left.is_empty() && !right.is_empty() {
                    let note = Diagnostic::note(
                        Code::FormulaTrap,
                        format!("`{op}` after a left side without terms drops its right side"),
                    );
                    self.notes.push(note.at(node.span, "R makes nothing of this").help("write `+`"));
                }
                match op {
                    ":" => cross(&left, &right),
                    "*" | "/" if left.is_empty() => vec![],
                    "*" => {
                        let products = cross(&left, &right);
                        unique(left.into_iter().chain(right).chain(products))
                    }
                    "/" => {
                        let all = joined(&left);
                        if !left.contains(&all) && !right.is_empty() {
                            let message = "the right side of `/` is crossed with all of its left side at once";
                            let note = Diagnostic::note(Code::FormulaTrap, message).at(left_node.span, "all of this");
                            self.notes.push(note.help("to nest in each, write it out: `a/c + b/c`"));
                        }
                        let nested: Vec<_> = right.iter().map(|r| union(&all, r)).collect();
                        unique(left.into_iter().chain(nested))
                    }
                    _ => {
                        let all = joined(&right);
                        unique(left.iter().map(|l| union(l, &all)))
                    }
                }
            }
        })
    }

    fn subtracted(&mut self, node: &Node) -> Result<Vec<Product>> {
        self.parity = !self.parity;
        let taken = self.encode(node);
        self.parity = !self.parity;
        let taken = taken?;
        if taken.iter().flatten().any(|&v| matches!(&self.variables[v], RExpr::Call(head, _) if head == "offset")) {
            let note = Diagnostic::note(Code::FormulaTrap, "R keeps an offset that is subtracted");
            self.notes.push(note.at(node.span, "still an offset").help("delete it, or write `offset(-w)`"));
        }
        Ok(taken)
    }
}

/// The exponent of `(…)^n`, which saturates: more than the terms there can be changes nothing.
fn exponent(power: &Node) -> Result<usize> {
    let bad = |what: &str| {
        refuse(format!("the power in a formula is {what}"), power.span)
            .help("`(a + b)^2` is a + b + a:b; the square of a covariate is `I(x^2)`")
    };
    let Kind::Number(_, value) = power.kind else {
        return bad("a plain number of at least 2").into();
    };
    if value.is_nan() || value < 2.0 {
        return bad("at least 2").into();
    }
    // A float beyond usize saturates in the cast, and below 2 it was refused: truncation is R's own.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "explained above")]
    Ok((value as usize).min(MAX_TERMS))
}

/// How many products these variables can make.
fn subsets(variables: &BTreeSet<usize>) -> usize {
    u32::try_from(variables.len()).ok().and_then(|n| 1_usize.checked_shl(n)).unwrap_or(usize::MAX)
}

/// How many non-empty choices of at most `picks` out of `of` there are.
fn choices(of: usize, picks: usize) -> usize {
    let (mut total, mut binomial) = (0_usize, 1_usize);
    for k in 1..=picks.min(of) {
        binomial = binomial.saturating_mul(of - k + 1) / k;
        total = total.saturating_add(binomial);
        if total > MAX_TERMS {
            break;
        }
    }
    total
}
