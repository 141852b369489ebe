//! The e-graph's language: sums and products of any length, their parts sorted by construction. Sorting takes the place
//! of rules for commutativity and associativity, which make the graph of twelve terms explode.

use super::analysis::Meaning;
use super::{AtomId, Monomial, Poly, Tree};
use egg::{Id, RecExpr, define_language};

define_language! {
    /// A node. Parts of sums and products are sorted by [`rank`]; none is empty.
    pub(super) enum Node {
        "+" = Sum(Box<[Id]>),
        "*" = Product(Box<[Id]>),
        Number(i64),
        Atom(AtomId),
    }
}

/// The e-graph: every class knows its polynomial.
pub(super) type Graph = egg::EGraph<Node, Meaning>;

/// A term over classes: what a rule takes and gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// A class, whatever its form.
    Class(Id),
    /// A sum.
    Sum(Vec<Term>),
    /// A product.
    Product(Vec<Term>),
    /// A number.
    Number(i64),
    /// An atom.
    Atom(AtomId),
}

/// The polynomial of a class.
pub(super) fn poly(graph: &Graph, id: Id) -> &Poly {
    &graph[id].data
}

/// Restores the e-graph's invariants after unions. egg stamps each rebuilding with a clock that, when first asked, takes
/// milliseconds to calibrate itself; nobody reads the stamps, so they are given one that stands still.
pub(super) fn rebuild(graph: &mut Graph) {
    quanta::with_clock(&quanta::Clock::mock().0, || graph.rebuild());
}

/// What parts are sorted by: monomials before sums, then the smallest monomial.
pub(super) fn rank(poly: &Poly) -> (bool, Monomial) {
    (poly.len() > 1, poly.lead())
}

impl Term {
    /// A monomial times a number, its factors in ascending order.
    pub(super) fn monomial(monomial: Monomial, coefficient: i64) -> Self {
        let number = (coefficient != 1 || monomial == Monomial::ONE).then_some(Self::Number(coefficient));
        Self::product(number.into_iter().chain(monomial.atoms().map(Self::Atom)).collect())
    }

    /// A sum of parts that are sorted already.
    pub(super) fn sum(mut parts: Vec<Self>) -> Self {
        match (parts.len(), parts.pop()) {
            (1, Some(only)) => only,
            (_, Some(last)) => {
                parts.push(last);
                Self::Sum(parts)
            }
            (_, None) => Self::Number(0),
        }
    }

    /// A product of parts that are sorted already.
    pub(super) fn product(mut parts: Vec<Self>) -> Self {
        match (parts.len(), parts.pop()) {
            (1, Some(only)) => only,
            (_, Some(last)) => {
                parts.push(last);
                Self::Product(parts)
            }
            (_, None) => Self::Number(1),
        }
    }

    /// Adds the term as it stands, without looking for an equal form: explanations speak of exactly this form.
    pub(super) fn add(&self, graph: &mut Graph) -> Id {
        match self {
            Self::Class(id) => *id,
            Self::Number(value) => graph.add_uncanonical(Node::Number(*value)),
            Self::Atom(atom) => graph.add_uncanonical(Node::Atom(*atom)),
            Self::Sum(parts) => {
                let ids = parts.iter().map(|part| part.add(graph)).collect();
                graph.add_uncanonical(Node::Sum(ids))
            }
            Self::Product(parts) => {
                let ids = parts.iter().map(|part| part.add(graph)).collect();
                graph.add_uncanonical(Node::Product(ids))
            }
        }
    }
}

/// The tree as an expression of the e-graph: parts sorted, empty sums and products as numbers.
pub(super) fn to_nodes(tree: &Tree, meaning: &Meaning) -> RecExpr<Node> {
    fn walk(tree: &Tree, meaning: &Meaning, nodes: &mut RecExpr<Node>) -> (Id, Poly) {
        let sorted = |parts: &[Tree], nodes: &mut RecExpr<Node>| {
            let mut parts: Vec<(Id, Poly)> = parts.iter().map(|part| walk(part, meaning, nodes)).collect();
            parts.sort_by_key(|part| rank(&part.1));
            let polys = parts.iter().map(|part| part.1.clone()).collect::<Vec<_>>();
            (parts.iter().map(|part| part.0).collect::<Box<[Id]>>(), polys)
        };
        match tree {
            Tree::Number(value) => (nodes.add(Node::Number(*value)), Poly::number(*value)),
            Tree::Atom(atom) => (nodes.add(Node::Atom(*atom)), meaning.value(*atom)),
            Tree::Sum(parts) if parts.is_empty() => (nodes.add(Node::Number(0)), Poly::default()),
            Tree::Product(parts) if parts.is_empty() => (nodes.add(Node::Number(1)), Poly::number(1)),
            Tree::Sum(parts) => {
                let (ids, polys) = sorted(parts, nodes);
                (nodes.add(Node::Sum(ids)), Poly::sum(&polys).unwrap_or_default())
            }
            Tree::Product(parts) => {
                let (ids, polys) = sorted(parts, nodes);
                let product = polys.iter().try_fold(Poly::number(1), |product, part| product.times(part));
                (nodes.add(Node::Product(ids)), product.unwrap_or_default())
            }
        }
    }
    let mut nodes = RecExpr::default();
    walk(tree, meaning, &mut nodes);
    nodes
}

/// The expression as a tree, in the order of the e-graph.
pub(super) fn to_tree(nodes: &RecExpr<Node>) -> Tree {
    fn walk(nodes: &RecExpr<Node>, id: Id) -> Tree {
        let parts = |ids: &[Id]| ids.iter().map(|part| walk(nodes, *part)).collect();
        match &nodes[id] {
            Node::Sum(ids) => Tree::Sum(parts(ids)),
            Node::Product(ids) => Tree::Product(parts(ids)),
            Node::Number(value) => Tree::Number(*value),
            Node::Atom(atom) => Tree::Atom(*atom),
        }
    }
    walk(nodes, nodes.root())
}
