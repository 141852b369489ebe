//! Equations to be worked on, and what is checked before any work: definitions in order, sizes, depths.

use super::poly::{MAX_DEGREE, MAX_TERMS, degree_error, overflow_error, terms_error};
use super::{AtomId, AtomKind, Atoms, Poly, Tree};
use crate::error::{Code, Diagnostic, Result};
use std::collections::{BTreeMap, BTreeSet};

/// How deep sums and products may nest once every coefficient is plugged in.
const MAX_DEPTH: usize = 200;
/// How many terms the products of all equations may have together. Less than would bring the e-graph to its own limit,
/// where it would depend on the order of work whether the answer is a result or a refusal.
const MAX_WORK: usize = 100_000;

/// `left = root`, where every coefficient in `root` has a definition. A one-level model has none.
#[derive(Clone, Debug)]
pub struct Equations {
    /// The symbols.
    pub atoms: Atoms,
    /// The response, when it is one symbol.
    pub left: Option<AtomId>,
    /// The right side of the response's equation, in the author's order.
    pub root: Tree,
    /// The other equations, in the author's order. What has one is a coefficient, whatever its kind says.
    pub definitions: Vec<(AtomId, Tree)>,
}

/// Equations found sound, with their polynomials.
pub(super) struct Checked {
    /// The definitions by their symbol.
    pub(super) definitions: BTreeMap<AtomId, Tree>,
    /// The coefficients, each after those its definition uses.
    pub(super) sorted: Vec<AtomId>,
    /// Each coefficient in terms of parameters, random effects and data.
    pub(super) values: BTreeMap<AtomId, Poly>,
    /// The response likewise.
    pub(super) value: Poly,
}

/// What one tree comes to, without multiplying it out. In whatever order its parts are worked on, nothing in between is
/// larger.
#[derive(Clone, Copy, Default)]
struct Extent {
    terms: usize,
    /// Factors of the longest term.
    degree: usize,
    /// Nesting.
    depth: usize,
    /// The numbers in front of the terms, added up without their signs.
    weight: u64,
    /// The terms of all products in it, those of plugged-in coefficients excepted.
    work: usize,
}

impl Equations {
    /// Orders the definitions and expands the polynomials.
    ///
    /// # Errors
    /// `DefinedTwice`, `UndefinedSymbol` for a coefficient without definition, `Circular`, `TooLarge`.
    pub(super) fn check(&self) -> Result<Checked> {
        let mut definitions = BTreeMap::new();
        for (atom, tree) in &self.definitions {
            if definitions.insert(*atom, tree.clone()).is_some() {
                return Err(self.about(Code::DefinedTwice, *atom, "has two equations"));
            }
        }
        let trees = definitions.values().chain([&self.root]);
        for atom in trees.flat_map(Tree::atoms) {
            if self.atoms.kind(atom) == AtomKind::Coefficient && !definitions.contains_key(&atom) {
                return Err(self.about(Code::UndefinedSymbol, atom, "has no equation"));
            }
        }
        let mut checked = Checked { definitions, sorted: vec![], values: BTreeMap::new(), value: Poly::default() };
        let mut extents = BTreeMap::new();
        let mut work = 0usize;
        for atom in self.sorted(&checked.definitions)? {
            let tree = &checked.definitions[&atom];
            let extent = allowed(tree, &extents, &mut work)?;
            extents.insert(atom, Extent { depth: extent.depth + 1, work: 0, ..extent });
            let value = value(tree, &checked.values)?;
            checked.values.insert(atom, value);
            checked.sorted.push(atom);
        }
        allowed(&self.root, &extents, &mut work)?;
        checked.value = value(&self.root, &checked.values)?;
        Ok(checked)
    }

    /// The coefficients, each after those its definition uses.
    fn sorted(&self, definitions: &BTreeMap<AtomId, Tree>) -> Result<Vec<AtomId>> {
        let uses: BTreeMap<AtomId, BTreeSet<AtomId>> = definitions
            .iter()
            .map(|(atom, tree)| (*atom, tree.atoms().into_iter().filter(|a| definitions.contains_key(a)).collect()))
            .collect();
        let mut waiting: BTreeMap<AtomId, usize> = uses.iter().map(|(atom, used)| (*atom, used.len())).collect();
        let mut users: BTreeMap<AtomId, Vec<AtomId>> = BTreeMap::new();
        for (atom, used) in &uses {
            used.iter().for_each(|u| users.entry(*u).or_default().push(*atom));
        }
        let mut sorted: Vec<AtomId> = waiting.iter().filter(|w| *w.1 == 0).map(|w| *w.0).collect();
        let mut next = 0;
        while let Some(atom) = sorted.get(next).copied() {
            next += 1;
            waiting.remove(&atom);
            for user in users.get(&atom).into_iter().flatten() {
                if let Some(left) = waiting.get_mut(user) {
                    *left -= 1;
                    if *left == 0 {
                        sorted.push(*user);
                    }
                }
            }
        }
        if waiting.is_empty() { Ok(sorted) } else { Err(self.circle(&uses, &waiting)) }
    }

    /// Names one circle among the definitions that could not be ordered: every one of them uses another.
    fn circle(&self, uses: &BTreeMap<AtomId, BTreeSet<AtomId>>, stuck: &BTreeMap<AtomId, usize>) -> Box<Diagnostic> {
        let mut path: Vec<AtomId> = stuck.keys().take(1).copied().collect();
        while let Some(next) = path.last().and_then(|last| uses[last].iter().find(|u| stuck.contains_key(u))) {
            if let Some(start) = path.iter().position(|seen| seen == next) {
                path.drain(..start);
                break;
            }
            path.push(*next);
        }
        let names: Vec<String> = path.iter().chain(path.first()).map(|atom| self.atoms.spell(*atom)).collect();
        let message = format!("the equations go in a circle: {}", names.join(" needs "));
        let spans = path.iter().filter_map(|atom| Some(self.atoms.get(*atom)?.expr.span));
        let error = spans.fold(Diagnostic::error(Code::Circular, message), |error, span| error.at(span, ""));
        Box::new(error.help("an equation may only use symbols of higher Levels"))
    }

    fn about(&self, code: Code, atom: AtomId, what: &str) -> Box<Diagnostic> {
        let span = self.atoms.get(atom).map(|a| a.expr.span).unwrap_or_default();
        Box::new(Diagnostic::error(code, format!("{} {what}", self.atoms.spell(atom))).at(span, ""))
    }
}

/// The size of a tree with its coefficients plugged in, found without plugging in; its work is added.
fn allowed(tree: &Tree, known: &BTreeMap<AtomId, Extent>, work: &mut usize) -> Result<Extent> {
    let extent = measure(tree, known, MAX_DEPTH)?;
    *work = work.saturating_add(extent.work);
    if extent.terms > MAX_TERMS {
        return Err(terms_error(extent.terms));
    }
    if extent.degree > MAX_DEGREE {
        return Err(degree_error());
    }
    if extent.weight > i64::MAX as u64 {
        return Err(overflow_error());
    }
    if *work > MAX_WORK {
        let message = format!("multiplied out, the products have {work} terms; {MAX_WORK} is the limit");
        return Diagnostic::error(Code::TooLarge, message).help("write fewer sums inside products").into();
    }
    Ok(extent)
}

fn measure(tree: &Tree, known: &BTreeMap<AtomId, Extent>, room: usize) -> Result<Extent> {
    let too_deep = || Box::new(Diagnostic::error(Code::TooLarge, format!("brackets nest deeper than {MAX_DEPTH}")));
    let atom = Extent { terms: 1, degree: 1, depth: 1, weight: 1, work: 0 };
    let (start, product) = match tree {
        // Zero is one term here, so that a product with it is as large as with another number.
        Tree::Number(number) => return Ok(Extent { degree: 0, weight: number.unsigned_abs().max(1), ..atom }),
        Tree::Atom(id) => return Ok(known.get(id).copied().unwrap_or(atom)),
        _ if room == 0 => return Err(too_deep()),
        Tree::Sum(_) => (Extent::default(), false),
        Tree::Product(_) => (Extent { terms: 1, weight: 1, ..Extent::default() }, true),
    };
    let mut extent = start;
    for part in tree.children() {
        let part = measure(part, known, room - 1)?;
        extent.depth = extent.depth.max(part.depth + 1);
        extent.work = extent.work.saturating_add(part.work);
        if product {
            extent.terms = extent.terms.saturating_mul(part.terms);
            extent.degree = extent.degree.saturating_add(part.degree);
            extent.weight = extent.weight.saturating_mul(part.weight);
        } else {
            extent.terms = extent.terms.saturating_add(part.terms);
            extent.degree = extent.degree.max(part.degree);
            extent.weight = extent.weight.saturating_add(part.weight);
        }
    }
    // An empty sum is zero, written as a number.
    (extent.terms, extent.weight) = (extent.terms.max(1), extent.weight.max(1));
    if product {
        extent.work = extent.work.saturating_add(extent.terms);
    }
    if extent.depth > MAX_DEPTH { Err(too_deep()) } else { Ok(extent) }
}

/// The polynomial of a tree; atoms with a known value are replaced by it.
///
/// # Errors
/// `TooLarge`, as [`Poly::sum`] and [`Poly::times`] say.
pub(super) fn value(tree: &Tree, known: &BTreeMap<AtomId, Poly>) -> Result<Poly> {
    match tree {
        Tree::Number(number) => Ok(Poly::number(*number)),
        Tree::Atom(atom) => Ok(known.get(atom).cloned().unwrap_or_else(|| Poly::atom(*atom))),
        Tree::Sum(parts) => {
            let parts = parts.iter().map(|part| value(part, known)).collect::<Result<Vec<_>>>()?;
            Poly::sum(&parts)
        }
        Tree::Product(parts) => {
            parts.iter().try_fold(Poly::number(1), |product, part| product.times(&value(part, known)?))
        }
    }
}
