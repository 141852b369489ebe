//! Derivations: from the equation as written to a shape, line by line, each line with its reason. One small e-graph a
//! phase (plug in, multiply out, collect), so that a proof cannot wander through another phase's equalities; the
//! explanation of each phase becomes one line of a textbook.

use super::analysis::Meaning;
use super::arrange::{Order, Random};
use super::equations::{Checked, Equations, value};
use super::language::{Graph, Node, to_nodes, to_tree};
use super::rules::{EXPAND, Rule, saturate};
use super::shapes::{Shape, Weights, extract};
use super::substitute::{PLUG_IN, agree, plug_in, unfinished};
use super::{AtomId, AtomKind, Tree};
use crate::error::{Code, Diagnostic, Result};
use egg::FlatTerm;
use std::collections::BTreeSet;

/// Derivations of more terms are not for reading.
const MAX_DERIVED: usize = 2_000;
/// The name of the step that only moves the random terms to the end.
pub const GATHER: &str = "gather";

/// Why a line follows from the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The rule's name: `plug in`, `gather`, or one of [`super::RULES`].
    pub rule: &'static str,
    /// In words; the atoms follow.
    pub words: &'static str,
    /// What is plugged in, distributed, collected.
    pub atoms: Vec<AtomId>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was done, in order.
    pub reasons: Vec<Reason>,
    /// The line before.
    pub before: Tree,
    /// The line.
    pub after: Tree,
}

impl Step {
    /// The reasons as one phrase: `distribute R_ij, remove brackets`.
    pub fn words(&self, mut spell: impl FnMut(AtomId) -> String) -> String {
        let mut phrase = |reason: &Reason| {
            let names: Vec<String> = reason.atoms.iter().map(|atom| spell(*atom)).collect();
            match &names[..] {
                [] => reason.words.to_owned(),
                [only] => format!("{} {only}", reason.words),
                [most @ .., last] => format!("{} {} and {last}", reason.words, most.join(", ")),
            }
        };
        self.reasons.iter().map(&mut phrase).collect::<Vec<_>>().join(", ")
    }

    /// Every atom that the reasons name.
    pub fn touched(&self) -> Vec<AtomId> {
        let mut seen = BTreeSet::new();
        self.reasons.iter().flat_map(|reason| &reason.atoms).copied().filter(|atom| seen.insert(*atom)).collect()
    }
}

/// A derivation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivation {
    /// The right side as its author wrote it.
    pub start: Tree,
    /// The lines after it; none when it has the shape already.
    pub steps: Vec<Step>,
    /// The terms without random effects or residual: as the last line has them when it keeps them apart, else
    /// multiplied out.
    pub structural: Tree,
    /// The total random error, multiplied out; 0 when there is none.
    pub error: Tree,
}

impl Derivation {
    /// The last line.
    pub fn end(&self) -> &Tree {
        self.steps.last().map_or(&self.start, |step| &step.after)
    }
}

/// Derives a shape from the equations. `treatment` says by which covariates `by-treatment` collects; none means every
/// covariate of level 2 or higher.
///
/// # Errors
/// As [`super::reduce`]; `TooLarge` over 2,000 terms.
pub fn derive(equations: &Equations, shape: &Shape, treatment: &[AtomId]) -> Result<Derivation> {
    let checked = equations.check()?;
    if checked.value.len() > MAX_DERIVED {
        let text =
            format!("a derivation of {} terms is not for reading; {MAX_DERIVED} is the limit", checked.value.len());
        return Diagnostic::error(Code::TooLarge, text).into();
    }
    let mut meaning = Meaning::new(&equations.atoms, &checked);
    meaning.focus = match treatment {
        [] => equations.atoms.iter().filter(|(_, a)| is_high(a.kind)).map(|(id, _)| id).collect(),
        chosen => chosen.iter().copied().collect(),
    };
    let order = Order::new(&equations.atoms, &equations.root, &checked);
    let mut work = Work { order, checked: &checked, meaning, lines: vec![(vec![], equations.root.clone())] };
    if shape.weights.plugged {
        work.plug_in()?;
    }
    if !shape.rules.is_empty() {
        work.rewrite(EXPAND, Shape::expanded(), Random::InPlace)?;
        let mut random = Random::InPlace;
        if shape.gathered {
            work.gather()?;
            random = Random::Last;
        }
        if shape.rules != EXPAND {
            work.rewrite(shape.rules, shape.weights, random)?;
        }
    }
    let whole = work.order.arrange(&Tree::of(&checked.value), Random::Last)?;
    let (mut structural, error) = work.apart(&whole)?.unwrap_or((whole, Tree::Number(0)));
    if let Some((as_printed, _)) = work.apart(work.last())? {
        structural = as_printed;
    }
    Ok(Derivation { start: equations.root.clone(), steps: work.steps()?, structural, error })
}

fn is_high(kind: AtomKind) -> bool {
    matches!(kind, AtomKind::Data { level } if level > 1)
}

/// A derivation under way.
struct Work<'a> {
    order: Order<'a>,
    checked: &'a Checked,
    meaning: Meaning,
    /// Each line and what led to it; the first is the start.
    lines: Vec<(Vec<Reason>, Tree)>,
}

impl Work<'_> {
    fn last(&self) -> &Tree {
        match self.lines.last() {
            Some(line) => &line.1,
            None => &Tree::Number(0),
        }
    }

    /// Plugs in the coefficients of the line, again until there are none: one line a round.
    fn plug_in(&mut self) -> Result<()> {
        loop {
            let mut seen = BTreeSet::new();
            seen.extend(self.last().atoms().into_iter().filter(|a| self.checked.values.contains_key(a)));
            if seen.is_empty() {
                return Ok(());
            }
            let mut meaning = self.meaning.clone();
            meaning.plugged = seen;
            let definitions = &self.checked.definitions;
            let weights = Weights { plugged: true, ..Weights::default() };
            let (after, reasons) = phase(self.last(), meaning, weights, |graph| {
                plug_in(graph, definitions);
                true
            })?;
            let after = self.order.arrange(&after, Random::InPlace)?;
            self.lines.push((reasons, after));
        }
    }

    /// Applies rules until nothing changes and takes the cheapest form; no line when that is the form there was.
    fn rewrite(&mut self, rules: &[&str], weights: Weights, random: Random) -> Result<()> {
        let (after, reasons) = phase(self.last(), self.meaning.clone(), weights, |graph| saturate(graph, rules))?;
        let after = self.order.arrange(&after, random)?;
        if after == *self.last() || reasons.is_empty() {
            return Ok(());
        }
        let used = |reason: &Reason, name: &str| reason.rule == name;
        // The error is named in the line that gathers it, unless terms are collected in between.
        let joins = reasons.iter().all(|reason| used(reason, "name the error"))
            && self.lines.last().is_some_and(|line| line.0.iter().any(|reason| used(reason, GATHER)));
        self.push(joins, reasons, after);
        Ok(())
    }

    /// Moves the random terms to the end.
    fn gather(&mut self) -> Result<()> {
        let gathered = self.order.arrange(self.last(), Random::Last)?;
        if gathered == *self.last() {
            return Ok(());
        }
        // Opening brackets alone is too little for a line.
        let joins = self.lines.last().is_some_and(|line| {
            !line.0.is_empty() && line.0.iter().all(|reason| ["remove brackets", "tidy"].contains(&reason.rule))
        });
        self.push(joins, vec![Reason { rule: GATHER, words: "gather the random terms", atoms: vec![] }], gathered);
        Ok(())
    }

    fn push(&mut self, joins: bool, reasons: Vec<Reason>, after: Tree) {
        match self.lines.last_mut() {
            Some(line) if joins => {
                line.0.extend(reasons);
                line.1 = after;
            }
            _ => self.lines.push((reasons, after)),
        }
    }

    /// The summands without and with random terms; `None` when one has both.
    fn apart(&self, tree: &Tree) -> Result<Option<(Tree, Tree)>> {
        let mut parts = (vec![], vec![]);
        for part in tree.summands() {
            let poly = value(part, &self.checked.values)?;
            let random =
                poly.terms().iter().filter(|(m, _)| m.atoms().any(|a| self.meaning.kind(a).is_random())).count();
            match random {
                0 if poly.is_empty() => {}
                0 => parts.0.push(part.clone()),
                all if all == poly.len() => parts.1.push(part.clone()),
                _ => return Ok(None),
            }
        }
        Ok(Some((Tree::sum(parts.0), Tree::sum(parts.1))))
    }

    /// The lines as steps, each checked by its polynomial.
    fn steps(self) -> Result<Vec<Step>> {
        for (_, tree) in &self.lines {
            agree(tree, self.checked)?;
        }
        let pairs = self.lines.windows(2).filter_map(|pair| match pair {
            [(_, before), (reasons, after)] => Some((before.clone(), reasons.clone(), after.clone())),
            _ => None,
        });
        Ok(pairs.map(|(before, reasons, after)| Step { reasons, before, after }).collect())
    }
}

/// One e-graph: the line, what `work` finds equal to it, the cheapest form, and why it is equal.
fn phase(
    line: &Tree,
    meaning: Meaning,
    weights: Weights,
    work: impl FnOnce(&mut Graph) -> bool,
) -> Result<(Tree, Vec<Reason>)> {
    let from = to_nodes(line, &meaning);
    let mut graph = Graph::new(meaning).with_explanations_enabled();
    let root = graph.add_expr_uncanonical(&from);
    let done = work(&mut graph);
    graph.analysis.verdict()?;
    if !done {
        return Err(unfinished());
    }
    let to = extract(&graph, root, weights);
    if from == to {
        return Ok((line.clone(), vec![]));
    }
    let mut explanation = graph.explain_equivalence(&from, &to);
    let flat = explanation.make_flat_explanation();
    let mut reasons: Vec<Reason> = vec![];
    for pair in flat.windows(2) {
        if let [before, after] = pair {
            note(before, after, &mut reasons);
        }
    }
    let place = |reason: &Reason| super::RULES.iter().position(|rule| rule.name == reason.rule);
    reasons.sort_by_key(place);
    // The proof goes by the e-graph's order, the reader by the line's.
    let written = line.atoms();
    for reason in &mut reasons {
        reason.atoms.sort_by_key(|atom| written.iter().position(|a| a == atom));
    }
    Ok((to_tree(&to), reasons))
}

/// Adds the rule of one step of a proof, and the atoms it concerns, to the reasons.
fn note(before: &FlatTerm<Node>, after: &FlatTerm<Node>, reasons: &mut Vec<Reason>) {
    let Some(name) = after.forward_rule else {
        return before.children.iter().zip(&after.children).for_each(|(b, a)| note(b, a, reasons));
    };
    let (rule, words, atoms) = if name.as_str() == PLUG_IN {
        (PLUG_IN, "plug in", leaves(before))
    } else if let Some(rule) = Rule::named(name.as_str()) {
        let atoms = match rule.name {
            "distribute" => factors(before),
            "collect level 1" | "collect level 2" => after.children.iter().flat_map(factors).collect(),
            _ => vec![],
        };
        (rule.name, rule.words, atoms)
    } else {
        return;
    };
    let reason = match reasons.iter_mut().find(|reason| reason.rule == rule) {
        Some(reason) => reason,
        None => {
            reasons.push(Reason { rule, words, atoms: vec![] });
            match reasons.last_mut() {
                Some(reason) => reason,
                None => return,
            }
        }
    };
    for atom in atoms {
        if !reason.atoms.contains(&atom) {
            reason.atoms.push(atom);
        }
    }
}

/// The atom of a leaf.
fn leaves(term: &FlatTerm<Node>) -> Vec<AtomId> {
    if let Node::Atom(atom) = term.node { vec![atom] } else { vec![] }
}

/// The atoms beside the brackets of a product; none when it has no brackets.
fn factors(term: &FlatTerm<Node>) -> Vec<AtomId> {
    let is_sum = |part: &FlatTerm<Node>| matches!(part.node, Node::Sum(_));
    if !matches!(term.node, Node::Product(_)) || !term.children.iter().any(is_sum) {
        return vec![];
    }
    term.children.iter().flat_map(leaves).collect()
}
