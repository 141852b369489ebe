//! Substitution: a coefficient's symbol and its right side become one class of the e-graph, so that every partly
//! plugged-in form is there at once; the form without coefficients is taken out, then the multiplied-out one. The
//! polynomial, which never saw the e-graph, must agree.

use super::analysis::Meaning;
use super::arrange::{Order, Random};
use super::equations::{Checked, Equations, value};
use super::language::{Graph, Node, rebuild, to_nodes, to_tree};
use super::rules::{EXPAND, saturate};
use super::shapes::{NONE, Shape, extract};
use super::{AtomId, Monomial, Poly, Tree};
use crate::error::{Code, Diagnostic, Result};
use std::collections::BTreeMap;

/// The equations with every coefficient plugged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reduced {
    /// The right side in parameters, random effects and data.
    pub poly: Poly,
    /// Plugged in, in brackets, in the author's order.
    pub substituted: Tree,
    /// Multiplied out, in the author's order.
    pub expanded: Tree,
    /// The terms of `expanded`: a number and the factors, unknowns before covariates, in the author's order.
    pub terms: Vec<(i64, Vec<AtomId>)>,
}

/// The name of a substitution in proofs.
pub(super) const PLUG_IN: &str = "plug in";

/// Plugs in and multiplies out.
///
/// # Errors
/// `DefinedTwice`, `UndefinedSymbol`, `Circular`, `TooLarge` (over 10,000 terms, eight factors in a term, 200 brackets
/// deep); `Fault` when the e-graph and the polynomial disagree.
///
/// ```
/// use mlnote::algebra::{reduce, AtomKind, Atoms, Equations, Tree};
/// use mlnote::syntax::{Name, Symbol};
/// let mut atoms = Atoms::default();
/// let mut add = |base: &str, kind| atoms.add(Symbol::new(Name::new(base), vec![]), kind).unwrap();
/// let [a, b] = [add("α", AtomKind::Coefficient), add("β", AtomKind::Parameter)];
/// let [x, u] = [add("X", AtomKind::Data { level: 1 }), add("u", AtomKind::Random)];
/// let sum = Tree::sum(vec![Tree::Atom(b), Tree::Atom(u)]);
/// let root = Tree::product([Tree::Atom(a), Tree::Atom(x)]);
/// let reduced = reduce(&Equations { atoms, left: None, root, definitions: vec![(a, sum)] }).unwrap();
/// assert_eq!(reduced.terms, vec![(1, vec![b, x]), (1, vec![u, x])]);
/// ```
pub fn reduce(equations: &Equations) -> Result<Reduced> {
    let checked = equations.check()?;
    let order = Order::new(&equations.atoms, &equations.root, &checked);
    let meaning = Meaning::new(&equations.atoms, &checked);
    let root = to_nodes(&equations.root, &meaning);
    let mut graph = Graph::new(meaning);
    let root = graph.add_expr(&root);
    plug_in(&mut graph, &checked.definitions);
    let plugged_in = to_tree(&extract(&graph, root, NONE));
    let done = saturate(&mut graph, EXPAND);
    graph.analysis.verdict()?;
    if !done {
        return Err(unfinished());
    }
    let multiplied_out = to_tree(&extract(&graph, root, Shape::expanded()));
    let [substituted, expanded] =
        [plugged_in, multiplied_out].map(|tree| -> Result<Tree> { order.arrange(&tree, Random::InPlace) });
    let (substituted, expanded) = (substituted?, expanded?);
    let terms = monomials(&expanded, &checked)?;
    for tree in [&substituted, &expanded] {
        agree(tree, &checked)?;
    }
    Ok(Reduced { poly: checked.value, substituted, expanded, terms })
}

/// Makes each symbol that is to be plugged in one class with its right side.
pub(super) fn plug_in(graph: &mut Graph, definitions: &BTreeMap<AtomId, Tree>) {
    let plugged = graph.analysis.plugged.clone();
    for (atom, tree) in definitions.iter().filter(|(atom, _)| plugged.contains(atom)) {
        let symbol = graph.add_uncanonical(Node::Atom(*atom));
        let nodes = to_nodes(tree, &graph.analysis);
        let right = graph.add_expr_uncanonical(&nodes);
        graph.union_trusted(symbol, right, PLUG_IN);
    }
    rebuild(graph);
}

/// The polynomial of a printed tree must be that of the equations.
///
/// # Errors
/// `Fault` when it is not.
pub(super) fn agree(tree: &Tree, checked: &Checked) -> Result<()> {
    if value(tree, &checked.values)? == checked.value {
        return Ok(());
    }
    Diagnostic::error(Code::Fault, "the rewritten equation and the polynomial are different models")
        .help("please report the equations")
        .into()
}

/// A limit was met before the rules were through.
pub(super) fn unfinished() -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Code::TooLarge, "the equations are too large to rewrite").help("write fewer brackets"))
}

/// The terms of a multiplied-out tree.
fn monomials(tree: &Tree, checked: &Checked) -> Result<Vec<(i64, Vec<AtomId>)>> {
    let fault = || Box::new(Diagnostic::error(Code::Fault, "a multiplied-out term is no product of symbols"));
    let mut terms = vec![];
    for part in tree.summands() {
        let factors = if let Tree::Product(factors) = part { &factors[..] } else { std::slice::from_ref(part) };
        let mut term = (1i64, vec![]);
        for factor in factors {
            match factor {
                Tree::Number(number) => term.0 = term.0.checked_mul(*number).ok_or_else(fault)?,
                Tree::Atom(atom) if !checked.values.contains_key(atom) => term.1.push(*atom),
                _ => return Err(fault()),
            }
        }
        if term.0 != 0 {
            terms.push(term);
        }
    }
    let written: Option<Vec<Monomial>> = terms.iter().map(|term| Monomial::new(term.1.iter().copied())).collect();
    if written.is_none_or(|all| all.len() != checked.value.len()) { Err(fault()) } else { Ok(terms) }
}
