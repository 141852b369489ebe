//! What every class of the e-graph means: its polynomial, coefficients plugged in. Two forms in one class must have one
//! polynomial; each union is held to it.

use super::equations::Checked;
use super::language::{Graph, Node, poly};
use super::{AtomId, AtomKind, Atoms, Poly};
use crate::error::{Code, Diagnostic, Result};
use egg::{Analysis, DidMerge, Id};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The meaning of atoms, and whether anything went wrong.
#[derive(Clone, Debug, Default)]
pub(super) struct Meaning {
    kinds: BTreeMap<AtomId, AtomKind>,
    values: BTreeMap<AtomId, Poly>,
    /// The coefficients that are to be plugged in; all of them, unless a derivation says otherwise.
    pub(super) plugged: BTreeSet<AtomId>,
    /// The atoms that terms are collected by.
    pub(super) focus: BTreeSet<AtomId>,
    unsound: usize,
    overflow: Option<Diagnostic>,
}

impl Meaning {
    /// The meaning of the atoms of checked equations.
    pub(super) fn new(atoms: &Atoms, checked: &Checked) -> Self {
        Self {
            kinds: atoms.iter().map(|(id, atom)| (id, atom.kind)).collect(),
            values: checked.values.clone(),
            plugged: checked.values.keys().copied().collect(),
            ..Self::default()
        }
    }

    /// What an atom is.
    pub(super) fn kind(&self, atom: AtomId) -> AtomKind {
        if self.values.contains_key(&atom) {
            return AtomKind::Coefficient;
        }
        self.kinds.get(&atom).copied().unwrap_or(AtomKind::Data { level: 1 })
    }

    /// The polynomial of an atom.
    pub(super) fn value(&self, atom: AtomId) -> Poly {
        self.values.get(&atom).cloned().unwrap_or_else(|| Poly::atom(atom))
    }

    /// Whether every monomial of the polynomial holds a random effect or the residual.
    pub(super) fn is_random(&self, poly: &Poly) -> bool {
        !poly.is_empty() && poly.terms().iter().all(|(m, _)| m.atoms().any(|a| self.kind(a).is_random()))
    }

    /// Nothing when all went well.
    ///
    /// # Errors
    /// `TooLarge` when a number overflowed, `Fault` when two forms of different polynomials were called equal.
    pub(super) fn verdict(&self) -> Result<()> {
        if let Some(overflow) = &self.overflow {
            return overflow.clone().into();
        }
        match self.unsound {
            0 => Ok(()),
            n => Diagnostic::error(Code::Fault, format!("{n} of the rewriting steps changed the model")).into(),
        }
    }

    fn noted(&mut self, result: Result<Poly>) -> Arc<Poly> {
        Arc::new(result.unwrap_or_else(|error| {
            self.overflow.get_or_insert(*error);
            Poly::default()
        }))
    }
}

impl Analysis<Node> for Meaning {
    type Data = Arc<Poly>;

    fn make(graph: &mut Graph, node: &Node, _: Id) -> Arc<Poly> {
        let result = match node {
            Node::Number(value) => Ok(Poly::number(*value)),
            Node::Atom(atom) => Ok(graph.analysis.value(*atom)),
            Node::Sum(parts) => Poly::sum(parts.iter().map(|id| poly(graph, *id))),
            Node::Product(parts) => {
                parts.iter().try_fold(Poly::number(1), |product, id| product.times(poly(graph, *id)))
            }
        };
        graph.analysis.noted(result)
    }

    fn merge(&mut self, kept: &mut Arc<Poly>, other: Arc<Poly>) -> DidMerge {
        self.unsound += usize::from(*kept != other);
        DidMerge(false, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::{Equations, Tree};
    use crate::syntax::{Name, Symbol};

    #[test]
    fn a_wrong_union_is_a_fault() {
        let mut atoms = Atoms::default();
        let mut add = |base| atoms.add(Symbol::new(Name::new(base), vec![]), AtomKind::Parameter).unwrap();
        let (a, b) = (add("a"), add("b"));
        let root = Tree::sum(vec![Tree::Atom(a), Tree::Atom(b)]);
        let equations = Equations { atoms, left: None, root, definitions: vec![] };
        let meaning = Meaning::new(&equations.atoms, &equations.check().unwrap());
        let mut graph = Graph::new(meaning);
        let [a, b] = [a, b].map(|atom| graph.add(Node::Atom(atom)));
        graph.union_trusted(a, a, "same");
        assert!(graph.analysis.verdict().is_ok());
        graph.union_trusted(a, b, "wrong");
        graph.rebuild();
        assert_eq!(graph.analysis.verdict().unwrap_err().code, Code::Fault);
    }
}
