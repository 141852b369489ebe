//! Chains of equalities: does each line say what the line before says? Lines are compared as polynomials, and what
//! differs is told term by term, with the places of the symbols.

use super::equations::value;
use super::{AtomId, Atoms, Meaning, Monomial, Poly, Translated};
use crate::error::{Code, Diagnostic, Result, Span};
use crate::model::Facts;
use crate::syntax::{Expr, Roles, Symbol};
use std::collections::BTreeMap;

/// One right side of the response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The whole right side.
    pub span: Span,
    /// The symbols in it that the model does not define; such a line is not compared.
    pub strangers: Vec<Symbol>,
    /// The last line before it that was compared; none for the first.
    pub before: Option<Span>,
    /// What is not as in that line; empty when the line follows.
    pub changes: Vec<Change>,
}

/// One difference between two lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What kind of difference.
    pub kind: ChangeKind,
    /// In words: `u_1j multiplies Z_j here, R_ij in the line before`.
    pub words: String,
    /// The symbol concerned in this line, or the whole line.
    pub here: Span,
    /// The symbol concerned in the line before, or the whole line.
    pub there: Span,
}

/// The kinds of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// An unknown multiplies something else.
    Moved,
    /// The same covariates are multiplied by another unknown.
    Swapped,
    /// The number in front of a term.
    Number,
    /// A term of the line before is missing.
    Missing,
    /// A term is not in the line before.
    Extra,
}

impl Line {
    /// The error for a line that does not follow; `None` when it does.
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        let first = self.changes.first()?;
        let words: Vec<&str> = self.changes.iter().map(|change| change.words.as_str()).collect();
        let message = format!("this line does not follow from the line before: {}", words.join("; "));
        let error = Diagnostic::error(Code::ChainBroken, message).at(first.here, "here").at(first.there, "before");
        Some(error.help("correct the line, or give the two models one at a time"))
    }
}

/// Compares every right side of the response with the one before it.
///
/// # Errors
/// As [`super::reduce`].
pub fn check_chain(roles: &Roles, translation: &Translated, facts: &Facts) -> Result<Vec<Line>> {
    let mut lines: Vec<Line> = vec![];
    // One table of atoms for all lines: each line's table is the one before, with additions.
    let mut known = translation.clone();
    let mut before: Option<(&Expr, Poly)> = None;
    for right in &roles.rights {
        let strangers: Vec<Symbol> = right.symbols().into_iter().filter(|s| roles.role(s).is_none()).cloned().collect();
        let mut line = Line { span: right.span, strangers, before: before.as_ref().map(|b| b.0.span), changes: vec![] };
        if line.strangers.is_empty() {
            known = known.with_right(right, roles, facts)?;
            let values = known.equations.check()?.values;
            let poly = value(&merged(&known.equations.root, &known.meanings), &values)?;
            if let Some((there, old)) = &before {
                line.changes = Comparison { atoms: &known.equations.atoms, here: right, there }.changes(old, &poly)?;
            }
            before = Some((right, poly));
        } else {
            line.before = None;
        }
        lines.push(line);
    }
    Ok(lines)
}

/// The tree with one atom for each number that stands where a parameter is expected: 0.5 is 0.5 in every line.
fn merged(tree: &super::Tree, meanings: &BTreeMap<AtomId, Meaning>) -> super::Tree {
    use super::Tree;
    let parts = |parts: &[Tree]| parts.iter().map(|part| merged(part, meanings)).collect();
    match tree {
        Tree::Sum(inner) => Tree::Sum(parts(inner)),
        Tree::Product(inner) => Tree::Product(parts(inner)),
        Tree::Atom(atom) => {
            let Some(Meaning::Value(text)) = meanings.get(atom) else { return tree.clone() };
            let first = meanings.iter().find(|(_, m)| matches!(m, Meaning::Value(other) if other == text));
            first.map_or_else(|| tree.clone(), |(id, _)| Tree::Atom(*id))
        }
        number => number.clone(),
    }
}

struct Comparison<'a> {
    atoms: &'a Atoms,
    here: &'a Expr,
    there: &'a Expr,
}

/// A term that only one of two lines has.
type Lone = (Monomial, i64);

impl Comparison<'_> {
    fn changes(&self, old: &Poly, new: &Poly) -> Result<Vec<Change>> {
        let (mut missing, mut extra, mut changes): (Vec<Lone>, Vec<Lone>, Vec<Change>) = (vec![], vec![], vec![]);
        for (monomial, _) in new.minus(old)?.terms() {
            match (old.coefficient(*monomial), new.coefficient(*monomial)) {
                (was, 0) => missing.push((*monomial, was)),
                (0, is) => extra.push((*monomial, is)),
                (was, is) => {
                    let words =
                        format!("{} here, {} in the line before", self.term(*monomial, is), self.term(*monomial, was));
                    changes.push(self.change(ChangeKind::Number, words, *monomial, *monomial));
                }
            }
        }
        missing.retain(|old| {
            let pair = |same: &dyn Fn(Monomial) -> Monomial| {
                let wanted = same(old.0);
                (wanted != Monomial::ONE)
                    .then(|| extra.iter().position(|new| same(new.0) == wanted && new.1 == old.1))
                    .flatten()
            };
            let (moved, swapped) = (pair(&|m| self.unknowns(m)), pair(&|m| self.covariates(m)));
            let (kind, at) = match (moved, swapped) {
                (Some(at), _) => (ChangeKind::Moved, at),
                (_, Some(at)) => (ChangeKind::Swapped, at),
                _ => return true,
            };
            let (new, _) = extra.remove(at);
            let words = if kind == ChangeKind::Moved {
                let (is, was) = (self.beside(new), self.beside(old.0));
                let was = if is.starts_with("multiplies ") { was.trim_start_matches("multiplies ") } else { &was };
                format!("{} {is} here, {was} in the line before", self.name(self.unknowns(new)))
            } else {
                let [is, was] = [new, old.0].map(|m| self.name(self.unknowns(m)));
                format!("{} is multiplied by {is} here, by {was} in the line before", self.name(self.covariates(new)))
            };
            changes.push(self.change(kind, words, new, old.0));
            false
        });
        for (monomial, number) in missing {
            let words = format!("{} is missing", self.term(monomial, number));
            changes.push(self.change(ChangeKind::Missing, words, monomial, monomial));
        }
        for (monomial, number) in extra {
            let words = format!("{} is not in the line before", self.term(monomial, number));
            changes.push(self.change(ChangeKind::Extra, words, monomial, monomial));
        }
        changes.sort_by_key(|change| change.kind);
        Ok(changes)
    }

    fn change(&self, kind: ChangeKind, words: String, new: Monomial, old: Monomial) -> Change {
        Change { kind, words, here: self.place(new, self.here), there: self.place(old, self.there) }
    }

    fn unknowns(&self, monomial: Monomial) -> Monomial {
        monomial.filter(|atom| !self.atoms.kind(atom).is_data())
    }

    fn covariates(&self, monomial: Monomial) -> Monomial {
        monomial.filter(|atom| self.atoms.kind(atom).is_data())
    }

    fn beside(&self, monomial: Monomial) -> String {
        match self.covariates(monomial) {
            Monomial::ONE => "stands alone".into(),
            data => format!("multiplies {}", self.name(data)),
        }
    }

    /// The symbols of a term, unknowns first.
    fn name(&self, monomial: Monomial) -> String {
        let mut atoms: Vec<AtomId> = monomial.atoms().collect();
        atoms.sort_by_key(|atom| self.atoms.kind(*atom).is_data());
        atoms.into_iter().map(|atom| self.atoms.spell(atom)).collect::<Vec<_>>().join(" ")
    }

    fn term(&self, monomial: Monomial, number: i64) -> String {
        match (number, monomial) {
            (_, Monomial::ONE) => number.to_string(),
            (1, _) => self.name(monomial),
            (-1, _) => format!("-{}", self.name(monomial)),
            _ => format!("{number} {}", self.name(monomial)),
        }
    }

    /// Where the term's unknown stands in a line; the whole line when it stands inside a coefficient.
    fn place(&self, monomial: Monomial, line: &Expr) -> Span {
        let keys: Vec<_> =
            monomial.atoms().filter_map(|a| Some((a, self.atoms.get(a)?.expr.symbol()?.key()))).collect();
        let unknown = keys.iter().find(|(atom, _)| !self.atoms.kind(*atom).is_data()).or(keys.first());
        let found = unknown.and_then(|(_, key)| line.symbols().into_iter().find(|symbol| symbol.is(key)));
        found.map_or(line.span, |symbol| symbol.span)
    }
}
