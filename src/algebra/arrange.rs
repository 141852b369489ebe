//! The author's order. The e-graph sorts; before a line is printed its terms and factors go back to where the author's
//! own text puts them. Only the order changes; the caller checks the polynomial.

use super::equations::{Checked, value};
use super::{AtomId, AtomKind, Atoms, Monomial, Poly, Tree};
use crate::error::Result;
use std::collections::{BTreeMap, HashMap};

/// Where each term of the multiplied-out equation stands when plugging in and multiplying out keep the author's order.
pub(super) struct Order<'a> {
    atoms: &'a Atoms,
    checked: &'a Checked,
    places: HashMap<Monomial, (usize, Vec<AtomId>)>,
}

/// Whether random terms stay where they arise or go to the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Random {
    /// As they arise.
    InPlace,
    /// Structural terms, then random effects, then the residual.
    Last,
}

/// Sorts summands: part of the line, then place.
type Place = (u8, usize);

impl<'a> Order<'a> {
    /// Multiplies out by hand, in order.
    pub(super) fn new(atoms: &'a Atoms, root: &Tree, checked: &'a Checked) -> Self {
        let mut expanded: BTreeMap<AtomId, Vec<Vec<AtomId>>> = BTreeMap::new();
        for atom in &checked.sorted {
            let terms = in_order(&checked.definitions[atom], &expanded);
            expanded.insert(*atom, terms);
        }
        let mut places = HashMap::new();
        for (place, mut factors) in in_order(root, &expanded).into_iter().enumerate() {
            // The unknown goes before what it multiplies: γ_11 Z_j R_ij.
            factors.sort_by_key(|atom| atoms.kind(*atom).is_data());
            if let Some(monomial) = Monomial::new(factors.iter().copied()) {
                places.entry(monomial).or_insert((place, factors));
            }
        }
        Self { atoms, checked, places }
    }

    /// The tree with its terms and factors in the author's order.
    ///
    /// # Errors
    /// `TooLarge`, which does not happen for a tree of equations that were checked.
    pub(super) fn arrange(&self, tree: &Tree, random: Random) -> Result<Tree> {
        self.walk(tree, Monomial::ONE, random)
    }

    fn place(&self, poly: &Poly, context: Monomial, random: Random) -> Place {
        let place = |monomial: &Monomial| {
            let whole = monomial.times(context).unwrap_or(*monomial);
            self.places.get(&whole).map_or(usize::MAX, |place| place.0)
        };
        let part = |monomial: &Monomial| {
            let kinds = |kind| monomial.atoms().any(|a| self.atoms.kind(a) == kind);
            match random {
                Random::InPlace => 0,
                Random::Last if kinds(AtomKind::Residual) => 2,
                Random::Last => u8::from(kinds(AtomKind::Random)),
            }
        };
        let places = poly.terms().iter().map(|(monomial, _)| (part(monomial), place(monomial)));
        places.min().unwrap_or((0, usize::MAX))
    }

    fn walk(&self, tree: &Tree, context: Monomial, random: Random) -> Result<Tree> {
        match tree {
            Tree::Sum(parts) => {
                let mut placed = parts
                    .iter()
                    .map(|part| {
                        let poly = value(part, &self.checked.values)?;
                        Ok((self.place(&poly, context, random), self.walk(part, context, random)?))
                    })
                    .collect::<Result<Vec<_>>>()?;
                placed.sort_by_key(|part| part.0);
                Ok(Tree::sum(placed.into_iter().map(|part| part.1).collect()))
            }
            Tree::Product(parts) => self.product(parts, context, random),
            leaf => Ok(leaf.clone()),
        }
    }

    /// Numbers, then unknowns and brackets, then covariates.
    fn product(&self, parts: &[Tree], context: Monomial, random: Random) -> Result<Tree> {
        let polys = parts.iter().map(|part| value(part, &self.checked.values)).collect::<Result<Vec<_>>>()?;
        let around = |skipped: usize| {
            let others = polys.iter().enumerate().filter(|(at, _)| *at != skipped).map(|(_, poly)| poly.lead());
            others.fold(context, |product, m| product.times(m).unwrap_or(product))
        };
        let whole = around(usize::MAX);
        let order: &[AtomId] = self.places.get(&whole).map_or(&[], |place| &place.1);
        let mut placed = vec![];
        for (at, part) in parts.iter().enumerate() {
            let class = match part {
                Tree::Number(_) => 0,
                Tree::Atom(atom) if self.atoms.kind(*atom).is_data() && !self.checked.values.contains_key(atom) => 3,
                Tree::Atom(_) => 1,
                _ => 2,
            };
            let factor = match part {
                Tree::Atom(atom) => order.iter().position(|a| a == atom).unwrap_or(order.len()),
                _ => 0,
            };
            placed.push(((class, factor), self.walk(part, around(at), random)?));
        }
        placed.sort_by_key(|part| part.0);
        Ok(Tree::product(placed.into_iter().map(|part| part.1)))
    }
}

/// Every term of the tree multiplied out, factors and terms in the order written; numbers count for nothing here.
fn in_order(tree: &Tree, known: &BTreeMap<AtomId, Vec<Vec<AtomId>>>) -> Vec<Vec<AtomId>> {
    match tree {
        Tree::Number(_) => vec![vec![]],
        Tree::Atom(atom) => known.get(atom).cloned().unwrap_or_else(|| vec![vec![*atom]]),
        Tree::Sum(parts) => parts.iter().flat_map(|part| in_order(part, known)).collect(),
        Tree::Product(parts) => parts.iter().fold(vec![vec![]], |products, part| {
            let summands = in_order(part, known);
            products
                .iter()
                .flat_map(|product| summands.iter().map(move |s| product.iter().chain(s).copied().collect()))
                .collect()
        }),
    }
}
