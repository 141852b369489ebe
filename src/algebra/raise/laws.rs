//! Distribution statements: of the residual and of every random-effects term.

use super::{Covariances, Plan};
use crate::algebra::Lexicon;
use crate::error::Span;
use crate::model::{Covariance, RandomTerm};
use crate::syntax::{Expr, Kind, Law, Matrix, Name, Statement, Symbol};

impl Plan<'_> {
    /// `ϵ_ij ~ N(0, σ²)`.
    pub(super) fn residual_law(&self, lexicon: &Lexicon) -> Statement {
        normal(vec![self.residual()], vec![vec![Some(self.residual_variance(lexicon))]])
    }

    /// `σ²`.
    pub(super) fn residual_variance(&self, lexicon: &Lexicon) -> Expr {
        lexicon.variance.clone().unwrap_or_else(|| {
            let plain = Name::new(&self.names.sigma);
            let symbols = || lexicon.covariances.values().flat_map(Expr::symbols);
            let taken = self.options.covariance == Covariances::Author && symbols().any(|s| s.name == plain);
            squared(if taken { Name::tagged(&self.names.sigma, &self.names.residual.base) } else { plain })
        })
    }

    /// The law of each random-effects term: univariate for one effect, joint with the whole matrix for several, zeros
    /// written where the model has them, so that no reader has to assume anything.
    pub(super) fn random_laws(&self, lexicon: &Lexicon) -> Vec<Statement> {
        let mut blocks: Vec<(usize, &RandomTerm)> = self.model.random().iter().enumerate().collect();
        // Stable: the finest groups first, as the equations come.
        blocks.sort_by_key(|(_, term)| std::cmp::Reverse(term.group.factors().len()));
        blocks.into_iter().map(|(block, term)| self.law(block, term, lexicon)).collect()
    }

    fn law(&self, block: usize, term: &RandomTerm, lexicon: &Lexicon) -> Statement {
        let mut places: Vec<usize> = (0..self.effects.len()).filter(|&at| self.effects[at].block == block).collect();
        places.sort_by_key(|&at| self.names.ordinals[at]);
        let left = places.iter().map(|&at| self.effect(at, Some(&term.group))).collect();
        let cell = |&row: &usize, &column: &usize| {
            if row == column || term.covariance == Covariance::Unstructured {
                self.covariance(row, column, term, lexicon)
            } else {
                Expr::number(0)
            }
        };
        let rows = places.iter().map(|row| places.iter().map(|column| Some(cell(row, column))).collect()).collect();
        normal(left, rows)
    }

    /// The variance of an effect, or the covariance of two.
    pub(super) fn covariance(&self, row: usize, column: usize, term: &RandomTerm, lexicon: &Lexicon) -> Expr {
        let (one, other) = (&self.effects[row], &self.effects[column]);
        let (low, high) = (self.names.ordinals[row], self.names.ordinals[column]);
        let (low, high) = (low.min(high), low.max(high));
        let (first, second) = if one.term <= other.term { (one.term, other.term) } else { (other.term, one.term) };
        // An effect that an earlier random-effects term of the same groups has too needs a variance of its own.
        let again = (0..row.min(column)).any(|at| {
            let earlier = &self.effects[at];
            earlier.block < one.block && earlier.group == one.group && (earlier.term == first || earlier.term == second)
        });
        let author = lexicon.covariances.get(&(one.group.clone(), first.clone(), second.clone()));
        if self.options.covariance == Covariances::Author
            && !again
            && let Some(author) = author
        {
            return author.clone();
        }
        match self.options.covariance {
            Covariances::Sigma => {
                let several = self.model.groupings().len() > 1 || again;
                let letter = |at: usize| if several { self.names.effects[at].base.clone() } else { String::new() };
                let sigma = |at: usize| {
                    let number = self.names.ordinals[at];
                    Name::tagged(&self.names.sigma, format!("{}{number}", letter(at)))
                };
                if row == column {
                    return squared(sigma(row));
                }
                let pair = if term.terms.len() > 2 { digits(low, high) } else { String::new() };
                let rho = Name::tagged(&self.names.rho, letter(row) + &pair);
                let (a, b) =
                    if self.names.ordinals[row] < self.names.ordinals[column] { (row, column) } else { (column, row) };
                Expr::product([rho, sigma(a), sigma(b)].into_iter().map(plain).collect())
            }
            _ => plain(Name::tagged(&self.names.tau[one.group], digits(high, low))),
        }
    }
}

/// Two numbers as one tag; a comma where the digits alone could mean something else.
fn digits(one: usize, other: usize) -> String {
    let separator = if one.max(other) > 9 { "," } else { "" };
    format!("{one}{separator}{other}")
}

fn plain(name: Name) -> Expr {
    Symbol::new(name, vec![]).into()
}

fn squared(name: Name) -> Expr {
    Kind::Power(Box::new(plain(name)), Box::new(Expr::number(2))).into()
}

fn normal(left: Vec<Expr>, rows: Vec<Vec<Option<Expr>>>) -> Statement {
    let mean = left.iter().map(|_| Expr::number(0)).collect();
    Statement::Distribution {
        left,
        law: Law::Normal { mean, covariance: Matrix { rows, span: Span::default() } },
        span: Span::default(),
    }
}
