//! The rewriting rules: big steps under their textbook names, one row each. There is none for order or bracketing of
//! equal operations: sums and products are sorted by construction.

use super::analysis::Meaning;
use super::equations::Equations;
use super::language::{Graph, Node, Term, poly, rank, rebuild, to_nodes, to_tree};
use super::{AtomId, AtomKind, Monomial, Poly, Tree};
use crate::error::Result;
use egg::Id;
use std::collections::BTreeMap;

/// What a rule makes of a node: the node's form and the form equal to it; `None` when it has nothing to do.
type Rewritten = Option<(Term, Term)>;

/// One rule.
pub struct Rule {
    /// Its name in proofs and in docs/rules.md.
    pub name: &'static str,
    /// What a line of a derivation calls it; the atoms concerned follow.
    pub words: &'static str,
    /// The identity, as docs/rules.md shows it.
    pub identity: &'static str,
    /// When it applies, in a sentence.
    pub about: &'static str,
    pub(super) rewrite: fn(&Graph, &Node) -> Rewritten,
}

/// Every rule.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    Rule { name: "distribute",      words: "distribute",                  identity: "(a + b) R = a R + b R",
           about: "A product with sums in it is multiplied out at once.",                        rewrite: distribute },
    Rule { name: "remove brackets", words: "remove brackets",             identity: "(a + b) + c = a + b + c",
           about: "All sums within a sum are opened at once.",                                   rewrite: remove_brackets },
    Rule { name: "tidy",            words: "add like terms",           identity: "2 a b + a b = 3 a b",
           about: "Numbers are multiplied, like terms added, zeros dropped.",                    rewrite: tidy },
    Rule { name: "collect level 1", words: "collect",                     identity: "a R + b R Z + c = (a + b Z) R + c",
           about: "Terms with the same level-1 covariates share one bracket.",                   rewrite: collect_level_1 },
    Rule { name: "collect level 2", words: "collect",                     identity: "a Z + b R Z + c = (a + b R) Z + c",
           about: "Terms with the same chosen covariates share one bracket; random terms stay.", rewrite: collect_level_2 },
    Rule { name: "bundle",          words: "bundle fixed and random effects", identity: "a R + u R + c = (a + u) R + c",
           about: "Terms with the same level-1 covariates share one bracket, random effects included; the rest by its covariates.",  rewrite: bundle },
    Rule { name: "name the error",  words: "name the total random error", identity: "a + u + e = a + (u + e)",
           about: "Two or more random terms of a sum get a bracket of their own.",               rewrite: name_the_error },
];

/// The rules of multiplying out; they end in one sum of sorted monomials.
pub(super) const EXPAND: &[&str] = &["distribute", "remove brackets", "tidy"];

impl Rule {
    /// The rule of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.name == name)
    }

    /// Every place in the response's equation where the rule applies at once: the form there and the form equal to it.
    /// With `treatment` as the covariates to collect by.
    ///
    /// # Errors
    /// As [`super::reduce`].
    pub fn apply(&self, equations: &Equations, treatment: &[AtomId]) -> Result<Vec<(Tree, Tree)>> {
        let checked = equations.check()?;
        let mut meaning = Meaning::new(&equations.atoms, &checked);
        meaning.focus = treatment.iter().copied().collect();
        let root = to_nodes(&equations.root, &meaning);
        let mut graph = Graph::new(meaning);
        graph.add_expr(&root);
        rebuild(&mut graph);
        let nodes = graph.classes().flat_map(|class| &class.nodes);
        let found: Vec<_> = nodes.filter_map(|node| (self.rewrite)(&graph, node)).collect();
        let mut tree = |term: &Term| {
            let id = term.add(&mut graph);
            to_tree(&graph.id_to_expr(id))
        };
        Ok(found.iter().map(|(from, to)| (tree(from), tree(to))).collect())
    }
}

/// docs/rules.md, written from the table.
pub fn rules_page() -> String {
    let mut page = String::from(
        "# Rewriting rules\n\nEvery derivation is made of these steps, of plugging in (a coefficient is replaced by its \
         right side) and of gathering (the random terms go to the end). There \
         are no rules for the order of terms or factors: sums and products are sorted by construction. Every step is checked by the polynomial of both sides, every printed line again.\n\nThis page is written from the \
         table in src/algebra/rules.rs; a test holds it.\n\n| rule | in a derivation | identity | applies |\n|---|---|---|---|\n",
    );
    for rule in RULES {
        page += &format!("| {} | {} | `{}` | {} |\n", rule.name, rule.words, rule.identity, rule.about);
    }
    page
}

/// Rounds after which [`saturate`] gives up; a round opens every bracket whose parts are open.
const MAX_ROUNDS: usize = 256;
/// Nodes after which [`saturate`] gives up.
const MAX_NODES: usize = 400_000;

/// Applies the rules until nothing changes. `false` when a limit was met before.
pub(super) fn saturate(graph: &mut Graph, names: &[&str]) -> bool {
    let rules: Vec<&Rule> = names.iter().filter_map(|name| Rule::named(name)).collect();
    rebuild(graph);
    for _ in 0..MAX_ROUNDS {
        let mut changed = false;
        for rule in &rules {
            // Only sums and products can be rewritten; ids ascend, so parts come before wholes.
            let kinds = [Node::Sum([].into()), Node::Product([].into())].map(|node| egg::Language::discriminant(&node));
            let mut ids: Vec<Id> = kinds.iter().filter_map(|kind| graph.classes_for_op(kind)).flatten().collect();
            ids.sort_unstable();
            ids.dedup();
            for id in ids {
                let found: Vec<_> = graph[id].nodes.iter().filter_map(|node| (rule.rewrite)(graph, node)).collect();
                for (from, to) in found {
                    let (from, to) = (from.add(graph), to.add(graph));
                    changed |= graph.union_trusted(from, to, rule.name);
                }
            }
        }
        rebuild(graph);
        if graph.total_number_of_nodes() > MAX_NODES {
            return false;
        }
        if !changed {
            return true;
        }
    }
    false
}

fn classes(ids: &[Id]) -> Vec<Term> {
    ids.iter().map(|id| Term::Class(*id)).collect()
}

fn terms(graph: &Graph, id: Id) -> usize {
    poly(graph, id).len()
}

/// A class of several terms as a sum of classes of one term each, none like another. With like terms the class could
/// hold itself (`z = 1 - 1 + z`), and opening it would never end.
fn flat(graph: &Graph, id: Id) -> Option<&[Id]> {
    graph[id].nodes.iter().find_map(|node| match node {
        Node::Sum(parts) if parts.len() == terms(graph, id) && parts.iter().all(|part| terms(graph, *part) == 1) => {
            Some(&parts[..])
        }
        _ => None,
    })
}

/// A part, and its parts when it is a sum.
type Opened<'a> = (Id, Option<&'a [Id]>);

/// The parts of a sum or product, sums among them opened; `None` when there is no sum, or one not yet flat.
fn opened<'a>(graph: &'a Graph, parts: &'a [Id]) -> Option<Vec<Opened<'a>>> {
    if parts.iter().all(|part| terms(graph, *part) <= 1) {
        return None;
    }
    let open = |part: &Id| {
        if terms(graph, *part) <= 1 { Some((*part, None)) } else { Some((*part, Some(flat(graph, *part)?))) }
    };
    parts.iter().map(open).collect()
}

/// The form of a part that was opened: its flat sum, or the class.
fn as_found((id, sum): &Opened) -> Term {
    sum.map_or(Term::Class(*id), |parts| Term::Sum(classes(parts)))
}

fn distribute(graph: &Graph, node: &Node) -> Rewritten {
    let Node::Product(parts) = node else { return None };
    if parts.iter().any(|part| terms(graph, *part) == 0) {
        return None;
    }
    let factors = opened(graph, parts)?;
    let mut products = vec![(Monomial::ONE, 1i64)];
    for (id, sum) in &factors {
        let own = [*id];
        let summands = sum.unwrap_or(&own);
        let mut next = Vec::with_capacity(products.len() * summands.len());
        for (monomial, coefficient) in &products {
            for part in summands {
                let (m, c) = *poly(graph, *part).terms().first()?;
                next.push((monomial.times(m)?, coefficient.checked_mul(c)?));
            }
        }
        products = next;
    }
    products.sort_unstable();
    let to = products.into_iter().map(|(monomial, coefficient)| Term::monomial(monomial, coefficient)).collect();
    Some((Term::Product(factors.iter().map(as_found).collect()), Term::sum(to)))
}

fn remove_brackets(graph: &Graph, node: &Node) -> Rewritten {
    let Node::Sum(parts) = node else { return None };
    let summands = opened(graph, parts)?;
    let mut all: Vec<Id> = vec![];
    for (id, sum) in &summands {
        match sum {
            Some(inner) => all.extend(*inner),
            None => all.push(*id),
        }
    }
    all.sort_by_key(|id| rank(poly(graph, *id)));
    Some((Term::Sum(summands.iter().map(as_found).collect()), Term::Sum(classes(&all))))
}

fn tidy(graph: &Graph, node: &Node) -> Rewritten {
    let (from, parts, is_sum) = match node {
        Node::Sum(parts) => (Term::Sum(classes(parts)), parts, true),
        Node::Product(parts) => (Term::Product(classes(parts)), parts, false),
        _ => return None,
    };
    if !is_sum && parts.iter().any(|part| terms(graph, *part) == 0) {
        return Some((from, Term::Number(0)));
    }
    if parts.iter().any(|part| terms(graph, *part) > 1) {
        return None;
    }
    if !is_sum {
        let single = |id: &Id| poly(graph, *id).terms().first().copied();
        let mut product = (Monomial::ONE, 1i64);
        for part in parts.iter() {
            let (monomial, coefficient) = single(part)?;
            product = (product.0.times(monomial)?, product.1.checked_mul(coefficient)?);
        }
        let to = Term::monomial(product.0, product.1);
        return (!is_written(graph, &to, parts)).then_some((from, to));
    }
    let mut like: BTreeMap<Monomial, Vec<Id>> = BTreeMap::new();
    for part in parts.iter().filter(|part| terms(graph, **part) == 1) {
        like.entry(poly(graph, *part).lead()).or_default().push(*part);
    }
    if like.len() == parts.len() {
        return None;
    }
    let mut to = vec![];
    for (monomial, ids) in like {
        let coefficient =
            ids.iter().try_fold(0i64, |sum, id| sum.checked_add(poly(graph, *id).coefficient(monomial)))?;
        match (&ids[..], coefficient) {
            (_, 0) => {}
            ([only], _) => to.push(Term::Class(*only)),
            _ => to.push(Term::monomial(monomial, coefficient)),
        }
    }
    Some((from, Term::sum(to)))
}

/// Whether the product stands there already.
fn is_written(graph: &Graph, term: &Term, parts: &[Id]) -> bool {
    let is = |term: &Term, id: Id| match term {
        Term::Number(value) => graph[id].nodes.contains(&Node::Number(*value)),
        Term::Atom(atom) => graph[id].nodes.contains(&Node::Atom(*atom)),
        _ => false,
    };
    matches!(term, Term::Product(terms) if terms.len() == parts.len() && terms.iter().zip(parts).all(|(t, id)| is(t, *id)))
}

/// What [`collect`] does with terms.
struct Collecting<'a> {
    /// The factors of a term that its group shares.
    key: &'a dyn Fn(Monomial, AtomId) -> bool,
    /// Whether random effects are collected too.
    random: bool,
    /// Whether the terms without such a factor get a bracket too.
    rest: bool,
}

/// Brackets the terms of a flat sum that share their key. The residual is never bracketed.
fn collect(graph: &Graph, node: &Node, how: &Collecting) -> Rewritten {
    let Node::Sum(parts) = node else { return None };
    if parts.iter().any(|part| terms(graph, *part) != 1) {
        return None;
    }
    let kind = |atom| graph.analysis.kind(atom);
    let mut groups: BTreeMap<Monomial, Vec<Id>> = BTreeMap::new();
    let mut alone: Vec<Id> = vec![];
    for part in parts.iter() {
        let monomial = poly(graph, *part).lead();
        let shared = monomial.filter(|a| (how.key)(monomial, a));
        let residual = monomial.atoms().any(|a| kind(a) == AtomKind::Residual);
        let random = !how.random && monomial.atoms().any(|a| kind(a).is_random());
        if residual || random || shared == Monomial::ONE && !how.rest {
            alone.push(*part);
        } else {
            groups.entry(shared).or_default().push(*part);
        }
    }
    if groups.values().all(|ids| ids.len() < 2)
        || (alone.is_empty() && groups.len() == 1 && groups.contains_key(&Monomial::ONE))
    {
        return None;
    }
    let mut to: Vec<((bool, Monomial), Term)> =
        alone.iter().map(|id| (rank(poly(graph, *id)), Term::Class(*id))).collect();
    for (shared, ids) in groups {
        let whole = Poly::sum(ids.iter().map(|id| poly(graph, *id))).ok()?;
        let term = match &ids[..] {
            [only] => Term::Class(*only),
            _ if shared == Monomial::ONE => Term::Sum(classes(&ids)),
            _ => {
                let rest = |m: &Monomial| m.filter(|a| !(how.key)(*m, a));
                let mut inner: Vec<(Monomial, i64)> = ids
                    .iter()
                    .filter_map(|id| poly(graph, *id).terms().first().copied())
                    .map(|(m, c)| (rest(&m), c))
                    .collect();
                inner.sort_unstable();
                let bracket = Term::sum(inner.into_iter().map(|(m, c)| Term::monomial(m, c)).collect());
                Term::Product(shared.atoms().map(Term::Atom).chain([bracket]).collect())
            }
        };
        to.push((rank(&whole), term));
    }
    to.sort_by_key(|part| part.0);
    Some((Term::Sum(classes(parts)), Term::sum(to.into_iter().map(|part| part.1).collect())))
}

fn collect_level_1(graph: &Graph, node: &Node) -> Rewritten {
    let key = |_, atom| graph.analysis.kind(atom) == AtomKind::Data { level: 1 };
    collect(graph, node, &Collecting { key: &key, random: true, rest: true })
}

fn collect_level_2(graph: &Graph, node: &Node) -> Rewritten {
    let key = |_, atom| graph.analysis.focus.contains(&atom);
    collect(graph, node, &Collecting { key: &key, random: false, rest: false })
}

fn bundle(graph: &Graph, node: &Node) -> Rewritten {
    let level_1 = |atom| graph.analysis.kind(atom) == AtomKind::Data { level: 1 };
    let key = |monomial: Monomial, atom| {
        if monomial.atoms().any(level_1) { level_1(atom) } else { graph.analysis.kind(atom).is_data() }
    };
    collect(graph, node, &Collecting { key: &key, random: true, rest: true })
}

fn name_the_error(graph: &Graph, node: &Node) -> Rewritten {
    let Node::Sum(parts) = node else { return None };
    let (random, fixed): (Vec<Id>, Vec<Id>) = parts.iter().partition(|id| graph.analysis.is_random(poly(graph, **id)));
    if random.len() < 2 || fixed.is_empty() {
        return None;
    }
    let error = Poly::sum(random.iter().map(|id| poly(graph, *id))).ok()?;
    let mut to: Vec<_> = fixed.iter().map(|id| (rank(poly(graph, *id)), Term::Class(*id))).collect();
    to.push((rank(&error), Term::Sum(classes(&random))));
    to.sort_by_key(|part| part.0);
    Some((Term::Sum(classes(parts)), Term::Sum(to.into_iter().map(|part| part.1).collect())))
}
