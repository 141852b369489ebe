//! The shapes an equation can be printed in. A shape is a row of weights: the e-graph holds every form, the cheapest is
//! taken. A new way of writing is a new row.

use super::language::{Graph, Node, poly};
use super::rules::EXPAND;
use super::{AtomKind, Monomial};
use egg::{CostFunction, Extractor, Id, Language, RecExpr};

/// One shape.
pub struct Shape {
    /// Its name on the command line.
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// Whether the random terms go to the end.
    pub gathered: bool,
    /// The rules that lead to it from the multiplied-out form.
    pub(super) rules: &'static [&'static str],
    pub(super) weights: Weights,
}

/// What a form costs, beside its size.
#[derive(Clone, Copy, Default)]
pub(super) struct Weights {
    /// Whether the coefficients that are to be plugged in must not occur.
    pub(super) plugged: bool,
    /// A sum below a sum or product, or a like term.
    pub(super) open: u64,
    /// An atom to collect by.
    pub(super) focus: u64,
    /// A level-1 covariate.
    pub(super) level_1: u64,
    /// A covariate.
    pub(super) data: u64,
    /// Two terms of one sum with the same covariates (of level 1, when these weigh).
    pub(super) pair: u64,
    /// Two terms of the outermost sum, the one with the residual, with the same covariates.
    pub(super) outer_pair: u64,
    /// A random term among others in one sum.
    pub(super) mixed: u64,
}

/// Every coefficient plugged in, nothing else preferred.
pub(super) const NONE: Weights =
    Weights { plugged: true, open: 0, focus: 0, level_1: 0, data: 0, pair: 0, outer_pair: 0, mixed: 0 };

/// Every shape.
#[rustfmt::skip]
pub const SHAPES: &[Shape] = &[
    Shape { name: "level-wise",   about: "the equation as its author wrote it, coefficients by their symbols",
            gathered: false, rules: &[],                                    weights: Weights { plugged: false, ..NONE } },
    Shape { name: "substituted",  about: "every coefficient plugged in, in brackets",
            gathered: false, rules: &[],                                    weights: NONE },
    Shape { name: "expanded",     about: "multiplied out, random terms at the end",
            gathered: true,  rules: EXPAND,                                 weights: Weights { open: 1000, ..NONE } },
    Shape { name: "by-treatment", about: "the terms of the treatment in one bracket, the random terms in another",
            gathered: true,  rules: &["collect level 2", "name the error"], weights: Weights { focus: 1000, mixed: 10, ..NONE } },
    Shape { name: "by-level-1",   about: "each level-1 covariate once, with all that multiplies it in one bracket",
            gathered: false, rules: &["collect level 1"],                   weights: Weights { level_1: 1000, pair: 10, ..NONE } },
    Shape { name: "bundled",      about: "each level-1 covariate once, the intercept in one bracket with its random effect",
            gathered: false, rules: &["bundle"],                            weights: Weights { level_1: 1000, outer_pair: 10, ..NONE } },
];

impl Shape {
    /// The shape of that name.
    ///
    /// ```
    /// assert!(mlnote::algebra::Shape::named("by-treatment").is_some_and(|shape| shape.gathered));
    /// ```
    pub fn named(name: &str) -> Option<&'static Self> {
        SHAPES.iter().find(|shape| shape.name == name)
    }

    /// The weights of the multiplied-out form.
    pub(super) fn expanded() -> Weights {
        Self::named("expanded").map_or(NONE, |shape| shape.weights)
    }
}

/// A coefficient that is to be plugged in costs more than all else.
const FORBIDDEN: u64 = 1 << 40;

struct Cost<'a>(&'a Graph, Weights);

impl Cost<'_> {
    fn own(&self, node: &Node) -> u64 {
        let (graph, weights) = (self.0, self.1);
        let many = |id: &&Id| poly(graph, **id).len() > 1;
        match node {
            Node::Number(_) => 0,
            Node::Atom(atom) => match graph.analysis.kind(*atom) {
                _ if weights.plugged && graph.analysis.plugged.contains(atom) => FORBIDDEN,
                _ if graph.analysis.focus.contains(atom) && weights.focus > 0 => weights.focus,
                AtomKind::Data { level: 1 } => weights.level_1 + weights.data,
                AtomKind::Data { .. } => weights.data,
                _ => 0,
            },
            Node::Product(parts) => weights.open * parts.iter().filter(many).count() as u64,
            Node::Sum(parts) => {
                let open = weights.open * (parts.iter().filter(many).count() as u64 + self.like(parts));
                open.saturating_add(self.pairs(parts)).saturating_add(self.mixed(parts))
            }
        }
    }

    /// Terms of a sum beyond the first that are the same but for a number.
    fn like(&self, parts: &[Id]) -> u64 {
        let mut monomials: Vec<Monomial> = parts.iter().map(|id| poly(self.0, *id).lead()).collect();
        monomials.sort_unstable();
        monomials.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64
    }

    /// Terms of a sum beyond the first that have the same covariates (of level 1, when these weigh), unless all have.
    fn pairs(&self, parts: &[Id]) -> u64 {
        let weights = self.1;
        let meaning = &self.0.analysis;
        let residual = |m: Monomial| m.atoms().any(|a| meaning.kind(a) == AtomKind::Residual);
        let is_outer = || parts.iter().any(|id| poly(self.0, *id).terms().iter().any(|(m, _)| residual(*m)));
        if weights.pair == 0 && (weights.outer_pair == 0 || !is_outer()) {
            return 0;
        }
        let single = |id: &&Id| {
            let poly = poly(self.0, **id);
            poly.len() == 1 && !residual(poly.lead())
        };
        let counts = |kind: AtomKind| match kind {
            AtomKind::Data { level } => level == 1 || weights.level_1 == 0 || weights.outer_pair > 0,
            _ => false,
        };
        let covariates = |id: &Id| poly(self.0, *id).lead().filter(|a| counts(meaning.kind(a)));
        let mut designs: Vec<Monomial> = parts.iter().filter(single).map(covariates).collect();
        designs.sort_unstable();
        if designs.len() == parts.len() && designs.first() == designs.last() {
            return 0;
        }
        (weights.pair + weights.outer_pair) * designs.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64
    }

    /// Random terms among others, when there are two or more.
    fn mixed(&self, parts: &[Id]) -> u64 {
        if self.1.mixed == 0 {
            return 0;
        }
        let random = parts.iter().filter(|id| self.0.analysis.is_random(poly(self.0, **id))).count();
        if random < 2 || random == parts.len() { 0 } else { self.1.mixed * random as u64 }
    }
}

impl CostFunction<Node> for Cost<'_> {
    type Cost = (u64, u64);

    fn cost<C: FnMut(Id) -> Self::Cost>(&mut self, node: &Node, mut costs: C) -> Self::Cost {
        node.fold((self.own(node), 1), |sum: Self::Cost, id| {
            let part = costs(id);
            (sum.0.saturating_add(part.0), sum.1.saturating_add(part.1))
        })
    }
}

/// The cheapest form of a class.
pub(super) fn extract(graph: &Graph, root: Id, weights: Weights) -> RecExpr<Node> {
    Extractor::new(graph, Cost(graph, weights)).find_best(root).1
}
