//! What the algebra works on: a table of atoms, and sums and products of them. Independent of how roles are found.

use super::{Monomial, Poly};
use crate::error::{Code, Diagnostic, Result};
use crate::syntax::{Expr, Key, Kind, Symbol};
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

/// A row of the table of [`Atoms`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AtomId(NonZeroU16);

impl AtomId {
    pub(super) fn number(self) -> u16 {
        self.0.get()
    }

    pub(super) fn from_number(number: u16) -> Option<Self> {
        NonZeroU16::new(number).map(Self)
    }

    fn row(self) -> usize {
        usize::from(self.0.get()) - 1
    }
}

/// The e-graph's notation, never shown to a reader: `@7`.
impl fmt::Display for AtomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.0)
    }
}

impl FromStr for AtomId {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        text.strip_prefix('@').and_then(|number| number.parse().ok()).map(Self).ok_or(())
    }
}

/// What an atom is to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AtomKind {
    /// A symbol with an equation of its own: `β_0j`.
    Coefficient,
    /// A fixed effect.
    Parameter,
    /// A random effect.
    Random,
    /// A covariate, or any other known factor; `level` 1 varies from observation to observation, 2 from group to
    /// group, 3 from group of groups to group of groups.
    Data {
        /// The Level it varies at.
        level: usize,
    },
    /// The residual.
    Residual,
}

impl AtomKind {
    /// Whether it is known from data.
    pub fn is_data(self) -> bool {
        matches!(self, Self::Data { .. })
    }

    /// Whether it is part of the error: a random effect or the residual.
    pub fn is_random(self) -> bool {
        matches!(self, Self::Random | Self::Residual)
    }
}

/// One atom: how it is written and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Atom {
    /// As it is to be printed: a symbol, or an expression that the algebra does not look into (`X^2`, `log(X)`).
    pub expr: Expr,
    /// What it is.
    pub kind: AtomKind,
}

/// The table of atoms. A symbol of the same name and indices is one atom.
#[derive(Clone, Debug, Default)]
pub struct Atoms {
    rows: Vec<Atom>,
    by_key: BTreeMap<Key, AtomId>,
}

impl Atoms {
    /// Adds an atom. A symbol that is already there keeps its first row and kind.
    ///
    /// # Errors
    /// `TooLarge` after 65,535 atoms.
    pub fn add(&mut self, expr: impl Into<Expr>, kind: AtomKind) -> Result<AtomId> {
        let expr = expr.into();
        let key = expr.symbol().map(Symbol::key);
        if let Some(known) = key.as_ref().and_then(|key| self.by_key.get(key)) {
            return Ok(*known);
        }
        let number = u16::try_from(self.rows.len() + 1).ok().and_then(AtomId::from_number);
        let Some(id) = number else {
            return Diagnostic::error(Code::TooLarge, "the equations have over 65,535 symbols").into();
        };
        self.rows.push(Atom { expr, kind });
        if let Some(key) = key {
            self.by_key.insert(key, id);
        }
        Ok(id)
    }

    /// The atom of a symbol.
    pub fn find(&self, key: &Key) -> Option<AtomId> {
        self.by_key.get(key).copied()
    }

    /// One row; `None` for an id of another table.
    pub fn get(&self, id: AtomId) -> Option<&Atom> {
        self.rows.get(id.row())
    }

    /// What an atom is; an id of another table is data.
    pub fn kind(&self, id: AtomId) -> AtomKind {
        self.get(id).map_or(AtomKind::Data { level: 1 }, |atom| atom.kind)
    }

    /// Every atom in the order added.
    pub fn iter(&self) -> impl Iterator<Item = (AtomId, &Atom)> {
        (1u16..).zip(&self.rows).filter_map(|(number, atom)| Some((AtomId::from_number(number)?, atom)))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The name of an atom in a message: `β_0j`.
    pub fn spell(&self, id: AtomId) -> String {
        match self.get(id).map(|atom| &atom.expr) {
            Some(Expr { kind: Kind::Symbol(symbol), .. }) => symbol.to_string(),
            Some(_) => "an expression".into(),
            None => "an unknown symbol".into(),
        }
    }
}

/// A sum or product of atoms and whole numbers, in the order it is to be printed. A sum inside a sum is bracketed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Tree {
    /// Summands.
    Sum(Vec<Tree>),
    /// Factors.
    Product(Vec<Tree>),
    /// A whole number.
    Number(i64),
    /// An atom.
    Atom(AtomId),
}

impl Tree {
    /// The sum of the parts: 0 for none, the part itself for one. Sums inside keep their brackets.
    pub fn sum(mut parts: Vec<Self>) -> Self {
        match (parts.len(), parts.pop()) {
            (1, Some(only)) => only,
            (_, Some(last)) => {
                parts.push(last);
                Self::Sum(parts)
            }
            (_, None) => Self::Number(0),
        }
    }

    /// The product of the parts: 1 for none, the part itself for one; products inside are opened, ones dropped.
    pub fn product(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = vec![];
        for part in parts {
            match part {
                Self::Product(inner) => flat.extend(inner),
                Self::Number(1) => {}
                other => flat.push(other),
            }
        }
        match (flat.len(), flat.pop()) {
            (1, Some(only)) => only,
            (_, Some(last)) => {
                flat.push(last);
                Self::Product(flat)
            }
            (_, None) => Self::Number(1),
        }
    }

    /// A polynomial, written out.
    pub fn of(poly: &Poly) -> Self {
        let factor = |(monomial, number): &(Monomial, i64)| {
            Self::product([Self::Number(*number)].into_iter().chain(monomial.atoms().map(Self::Atom)))
        };
        Self::sum(poly.terms().iter().map(factor).collect())
    }

    /// The summands; the tree itself when it is no sum.
    pub fn summands(&self) -> &[Self] {
        match self {
            Self::Sum(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }

    /// The parts directly below.
    pub fn children(&self) -> &[Self] {
        match self {
            Self::Sum(parts) | Self::Product(parts) => parts,
            Self::Number(_) | Self::Atom(_) => &[],
        }
    }

    /// Every atom in the order written, repeated ones repeated.
    pub fn atoms(&self) -> Vec<AtomId> {
        match self {
            Self::Atom(atom) => vec![*atom],
            other => other.children().iter().flat_map(Self::atoms).collect(),
        }
    }
}

/// The expression of a tree, for printing: negative numbers become minus signs.
pub fn to_expr(tree: &Tree, atoms: &Atoms) -> Expr {
    let negative = |inner: Expr| Expr::from(Kind::Negative(Box::new(inner)));
    match tree {
        Tree::Number(value) if *value < 0 => negative(Expr::number(value.unsigned_abs())),
        Tree::Number(value) => Expr::number(value),
        Tree::Atom(atom) => atoms.get(*atom).map_or_else(|| Expr::number(0), |atom| atom.expr.clone()),
        Tree::Sum(parts) => Expr::sum(parts.iter().map(|part| to_expr(part, atoms)).collect()),
        Tree::Product(parts) => match &parts[..] {
            [Tree::Number(value), rest @ ..] if *value < 0 => {
                let size = Expr::number(value.unsigned_abs());
                let rest = rest.iter().map(|part| to_expr(part, atoms));
                negative(Expr::product(std::iter::once(size).chain(rest).collect()))
            }
            _ => Expr::product(parts.iter().map(|part| to_expr(part, atoms)).collect()),
        },
    }
}
