//! Equations to be worked on, and what is checked before any work: definitions in order, sizes, depths.

use super::poly::{MAX_DEGREE, MAX_TERMS, degree_error, terms_error};
use super::{AtomId, AtomKind, Atoms, Poly, Tree};
use crate::error::{Code, Diagnostic, Result};
use std::collections::{BTreeMap, BTreeSet};

/// How deep sums and products may nest once every coefficient is plugged in.
const MAX_DEPTH: usize = 200;

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

/// What one tree comes to, without multiplying it out: terms, factors of the longest, nesting.
#[derive(Clone, Copy)]
struct Extent {
    terms: usize,
    degree: usize,
    depth: usize,
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
        for atom in self.sorted(&checked.definitions)? {
            let tree = &checked.definitions[&atom];
            let extent = allowed(tree, &extents)?;
            extents.insert(atom, Extent { depth: extent.depth + 1, ..extent });
            let value = value(tree, &checked.values)?;
            checked.values.insert(atom, value);
            checked.sorted.push(atom);
        }
        allowed(&self.root, &extents)?;
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

/// The size of a tree with its coefficients plugged in, found without plugging in.
fn allowed(tree: &Tree, known: &BTreeMap<AtomId, Extent>) -> Result<Extent> {
    let extent = measure(tree, known, MAX_DEPTH)?;
    if extent.terms > MAX_TERMS {
        return Err(terms_error(extent.terms));
    }
    if extent.degree > MAX_DEGREE { Err(degree_error()) } else { Ok(extent) }
}

fn measure(tree: &Tree, known: &BTreeMap<AtomId, Extent>, room: usize) -> Result<Extent> {
    let too_deep = || Box::new(Diagnostic::error(Code::TooLarge, format!("brackets nest deeper than {MAX_DEPTH}")));
    let parts = || tree.children().iter().map(|part| measure(part, known, room - 1));
    let extent = match tree {
        Tree::Number(_) => Extent { terms: 1, degree: 0, depth: 1 },
        Tree::Atom(atom) => known.get(atom).copied().unwrap_or(Extent { terms: 1, degree: 1, depth: 1 }),
        _ if room == 0 => return Err(too_deep()),
        Tree::Sum(_) => parts().try_fold(Extent { terms: 0, degree: 0, depth: 0 }, |all, part| {
            part.map(|p| Extent {
                terms: all.terms.saturating_add(p.terms),
                degree: all.degree.max(p.degree),
                depth: all.depth.max(p.depth + 1),
            })
        })?,
        Tree::Product(_) => parts().try_fold(Extent { terms: 1, degree: 0, depth: 0 }, |all, part| {
            part.map(|p| Extent {
                terms: all.terms.saturating_mul(p.terms),
                degree: all.degree.saturating_add(p.degree),
                depth: all.depth.max(p.depth + 1),
            })
        })?,
    };
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
