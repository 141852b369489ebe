//! The polynomial normal form: a sum of monomials with whole coefficients, sorted. It decides equality, checks every
//! union of the e-graph and every printed line, and never goes through the e-graph itself.

use super::AtomId;
use crate::error::{Code, Diagnostic, Result};

/// The most terms an expansion may have.
pub const MAX_TERMS: usize = 10_000;
/// The most factors a monomial may have.
pub const MAX_DEGREE: usize = 8;

/// A product of up to eight atoms, repeated ones included; the empty product is 1. Sixteen bits an atom, ascending
/// from the top, so that comparing the numbers compares the atoms one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Monomial(u128);

impl Monomial {
    /// The empty product.
    pub const ONE: Self = Self(0);

    /// The product of the atoms; `None` over [`MAX_DEGREE`].
    pub fn new(atoms: impl IntoIterator<Item = AtomId>) -> Option<Self> {
        let mut sorted: Vec<u16> = atoms.into_iter().take(MAX_DEGREE + 1).map(AtomId::number).collect();
        if sorted.len() > MAX_DEGREE {
            return None;
        }
        sorted.sort_unstable();
        Some(Self(
            (0u32..).zip(sorted).fold(0, |packed, (place, atom)| packed | u128::from(atom) << (112 - 16 * place)),
        ))
    }

    /// The atoms in ascending order.
    pub fn atoms(self) -> impl Iterator<Item = AtomId> {
        (0..MAX_DEGREE).rev().map(move |place| (self.0 >> (16 * place)) as u16).filter_map(AtomId::from_number)
    }

    /// The product; `None` over [`MAX_DEGREE`].
    pub fn times(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::ONE, one) | (one, Self::ONE) => Some(one),
            _ => Self::new(self.atoms().chain(other.atoms())),
        }
    }

    /// The product of those atoms that `keep` says.
    #[must_use]
    pub fn filter(self, keep: impl Fn(AtomId) -> bool) -> Self {
        Self::new(self.atoms().filter(|atom| keep(*atom))).unwrap_or(self)
    }
}

/// A sum of monomials times whole numbers: ascending, each monomial once, no coefficient zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Poly(Vec<(Monomial, i64)>);

impl Poly {
    /// A number.
    pub fn number(value: i64) -> Self {
        Self::from_monomial(Monomial::ONE, value)
    }

    /// One atom.
    pub fn atom(atom: AtomId) -> Self {
        Self(Monomial::new([atom]).map(|m| (m, 1)).into_iter().collect())
    }

    /// One monomial times a number.
    pub fn from_monomial(monomial: Monomial, coefficient: i64) -> Self {
        Self(if coefficient == 0 { vec![] } else { vec![(monomial, coefficient)] })
    }

    /// Monomials and coefficients in ascending order.
    pub fn terms(&self) -> &[(Monomial, i64)] {
        &self.0
    }

    /// The number of terms.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it is zero.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The smallest monomial; 1 for zero.
    pub fn lead(&self) -> Monomial {
        self.0.first().map_or(Monomial::ONE, |term| term.0)
    }

    /// The coefficient of a monomial.
    pub fn coefficient(&self, monomial: Monomial) -> i64 {
        self.0.binary_search_by_key(&monomial, |term| term.0).map_or(0, |at| self.0[at].1)
    }

    /// The sum.
    ///
    /// # Errors
    /// `TooLarge` when a coefficient overflows or there are over [`MAX_TERMS`] terms.
    pub fn sum<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Result<Self> {
        Self::gather(parts.into_iter().flat_map(|part| part.0.iter().copied()).collect())
    }

    /// The product.
    ///
    /// # Errors
    /// `TooLarge` when a monomial has over [`MAX_DEGREE`] factors, a coefficient overflows, or multiplying out would
    /// make over [`MAX_TERMS`] terms; the number is known before anything is multiplied.
    pub fn times(&self, other: &Self) -> Result<Self> {
        let size = self.len().saturating_mul(other.len());
        if size > MAX_TERMS {
            return Err(terms_error(size));
        }
        let mut terms = Vec::with_capacity(size);
        for (left, a) in &self.0 {
            for (right, b) in &other.0 {
                terms.push((
                    left.times(*right).ok_or_else(degree_error)?,
                    a.checked_mul(*b).ok_or_else(overflow_error)?,
                ));
            }
        }
        Self::gather(terms)
    }

    /// Terms of `self` that `other` lacks or has with another coefficient; the difference `self - other`.
    ///
    /// # Errors
    /// `TooLarge` when a coefficient overflows.
    pub fn minus(&self, other: &Self) -> Result<Self> {
        Self::sum([self, &other.times(&Self::number(-1))?])
    }

    fn gather(mut terms: Vec<(Monomial, i64)>) -> Result<Self> {
        terms.sort_unstable_by_key(|term| term.0);
        let mut kept: Vec<(Monomial, i64)> = Vec::with_capacity(terms.len());
        for (monomial, coefficient) in terms {
            match kept.last_mut() {
                Some(last) if last.0 == monomial => {
                    last.1 = last.1.checked_add(coefficient).ok_or_else(overflow_error)?;
                }
                _ => kept.push((monomial, coefficient)),
            }
        }
        kept.retain(|term| term.1 != 0);
        if kept.len() > MAX_TERMS { Err(terms_error(kept.len())) } else { Ok(Self(kept)) }
    }
}

/// The expansion has too many terms.
pub(super) fn terms_error(terms: usize) -> Box<Diagnostic> {
    let count = if terms == usize::MAX { "more terms than can be counted".into() } else { format!("{terms} terms") };
    Box::new(
        Diagnostic::error(
            Code::TooLarge,
            format!("multiplied out, the equations have {count}; {MAX_TERMS} is the limit"),
        )
        .help("write fewer sums inside products"),
    )
}

/// A product has too many factors.
pub(super) fn degree_error() -> Box<Diagnostic> {
    let text = format!("multiplied out, a term has over {MAX_DEGREE} factors; {MAX_DEGREE} is the limit");
    Box::new(Diagnostic::error(Code::TooLarge, text).help("write fewer factors in one product"))
}

/// A coefficient does not fit.
pub(super) fn overflow_error() -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Code::TooLarge, "a number in front of a term is too large"))
}
