//! Statements: equations (with their chains) and distributions; a system of them is one model as written.

use super::{Expr, Kind, Symbol};
use crate::error::Span;
use std::collections::BTreeMap;

/// A matrix as written, row by row; a blank cell is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// Rows of cells.
    pub rows: Vec<Vec<Option<Expr>>>,
    /// Where.
    pub span: Span,
}

impl Matrix {
    /// Whether only cells of the diagonal are not zero; a blank cell is.
    pub fn is_diagonal(&self) -> bool {
        let off = |(r, row): (usize, &Vec<Option<Expr>>)| {
            row.iter().enumerate().filter(|(c, _)| *c != r).all(|(_, cell)| cell.as_ref().is_none_or(Expr::is_zero))
        };
        self.rows.len() > 1 && self.rows.iter().enumerate().all(off)
    }
}

/// The right side of `~`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Law {
    /// `N(mean, covariance)`: one mean and one variance for a univariate law, a column and a matrix for a joint one.
    /// `covariance` holds one cell `Σ` when only the name of a matrix is given; its `rows` are empty when nothing is.
    Normal {
        /// The means, one a left side; a single `0` may stand for all of them.
        mean: Vec<Expr>,
        /// The variance or covariance matrix.
        covariance: Matrix,
    },
    /// Any other law, by name: `Bernoulli`, `Binomial`, `Poisson`, `Exponential`, …, with its arguments.
    Other {
        /// As written.
        name: String,
        /// The arguments.
        arguments: Vec<Expr>,
    },
}

/// What an index letter was said to stand for: `for school j = 1, …, J`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The letter.
    pub letter: String,
    /// The name given, `school`; empty when only a range was given.
    pub name: String,
    /// Where.
    pub span: Span,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// `left = right`, or a chain `left = right = right …` (two or more right sides).
    Equation {
        /// The left side as written: a symbol, or a link function of one (`logit(p_ij)`).
        left: Expr,
        /// The right sides in order; never empty.
        rights: Vec<Expr>,
        /// The whole statement.
        span: Span,
    },
    /// `left ~ law`; several left sides for a column vector.
    Distribution {
        /// One or more left sides.
        left: Vec<Expr>,
        /// The right side.
        law: Law,
        /// The whole statement.
        span: Span,
    },
    /// `Var(u) = …`, `Cov(u, v) = …`, `corr(u, v) = …`.
    Moment {
        /// `Var`, `Cov` or `Cor`.
        of: String,
        /// One symbol for a variance, two otherwise.
        symbols: Vec<Symbol>,
        /// The value; the number 0 for independence.
        value: Expr,
        /// The whole statement.
        span: Span,
    },
}

impl Statement {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Equation { span, .. } | Self::Distribution { span, .. } | Self::Moment { span, .. } => *span,
        }
    }

    /// The left sides: what it says something of. A moment has none.
    pub fn lefts(&self) -> &[Expr] {
        match self {
            Self::Equation { left, .. } => std::slice::from_ref(left),
            Self::Distribution { left, .. } => left,
            Self::Moment { .. } => &[],
        }
    }

    /// Does something to every symbol of its left sides.
    pub fn each_left_symbol(&mut self, act: &mut dyn FnMut(&mut Symbol)) {
        match self {
            Self::Equation { left, .. } => left.each_symbol(act),
            Self::Distribution { left, .. } => left.iter_mut().for_each(|left| left.each_symbol(act)),
            Self::Moment { .. } => {}
        }
    }

    /// The right sides: those of an equation, the means of a normal law, the arguments of another. A moment has none.
    pub fn rights(&self) -> &[Expr] {
        match self {
            Self::Equation { rights, .. } => rights,
            Self::Distribution { law: Law::Normal { mean, .. }, .. } => mean,
            Self::Distribution { law: Law::Other { arguments, .. }, .. } => arguments,
            Self::Moment { .. } => &[],
        }
    }

    /// Does something to every expression of it, the innermost first.
    pub fn each_expr(&mut self, act: &mut dyn FnMut(&mut Expr)) {
        let exprs: Vec<&mut Expr> = match self {
            Self::Equation { left, rights, .. } => std::iter::once(left).chain(rights).collect(),
            Self::Distribution { left, law: Law::Normal { mean, covariance }, .. } => {
                left.iter_mut().chain(mean).chain(covariance.rows.iter_mut().flatten().flatten()).collect()
            }
            Self::Distribution { left, law: Law::Other { arguments, .. }, .. } => {
                left.iter_mut().chain(arguments).collect()
            }
            Self::Moment { value, .. } => vec![value],
        };
        exprs.into_iter().for_each(|expr| expr.each(act));
    }

    /// Does something to every symbol of it.
    pub fn each_symbol(&mut self, act: &mut dyn FnMut(&mut Symbol)) {
        if let Self::Moment { symbols, .. } = self {
            symbols.iter_mut().for_each(&mut *act);
        }
        self.each_expr(&mut |expr| {
            if let Kind::Symbol(symbol) = &mut expr.kind {
                act(symbol);
            }
        });
    }
}

/// What a text says in words of the covariance of random effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covarying {
    /// That there is none.
    pub independent: bool,
    /// The sentence.
    pub span: Span,
}

/// A model as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// In the order written.
    pub statements: Vec<Statement>,
    /// Names that the text gives to index letters.
    pub groups: Vec<Group>,
    /// Symbols that the text calls fixed, `where \tau_i are fixed treatment effects`.
    pub fixed: Vec<Symbol>,
    /// Symbols that the text calls random, `the random block effects b_j`.
    pub random: Vec<Symbol>,
    /// Symbols that the text defines by cases, `x_{ij} = 1 if …`: covariates.
    pub coded: Vec<Symbol>,
    /// Whether the text says in words that the random effects of a group covary.
    pub covarying: Option<Covarying>,
    /// Parts of the text that were passed over (prose, labels, ranges), for the asking.
    pub skipped: Vec<Span>,
}

impl System {
    /// Other statements of the same text: what it says of indices and symbols holds for them too.
    #[must_use]
    pub fn with_statements(&self, statements: Vec<Statement>) -> Self {
        Self {
            statements,
            groups: self.groups.clone(),
            fixed: self.fixed.clone(),
            random: self.random.clone(),
            coded: self.coded.clone(),
            covarying: self.covarying,
            skipped: self.skipped.clone(),
        }
    }

    /// The left sides of its statements: what it says something of.
    pub fn lefts(&self) -> impl Iterator<Item = &Expr> {
        self.statements.iter().flat_map(Statement::lefts)
    }

    /// The statements that say a distribution.
    pub fn laws(&self) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(|statement| matches!(statement, Statement::Distribution { .. }))
    }

    /// The symbols on right sides, in their order, each as often as it stands there.
    pub fn used(&self) -> impl Iterator<Item = &Symbol> {
        self.statements.iter().flat_map(Statement::rights).flat_map(Expr::symbols)
    }

    /// How often symbols stand on right sides, by their key or name.
    pub fn uses<Of: Ord>(&self, of: impl Fn(&Symbol) -> Of) -> BTreeMap<Of, usize> {
        let mut uses = BTreeMap::new();
        self.used().for_each(|symbol| *uses.entry(of(symbol)).or_default() += 1);
        uses
    }

    /// Does something to every symbol of it.
    pub fn each_symbol(&mut self, act: &mut dyn FnMut(&mut Symbol)) {
        self.statements.iter_mut().for_each(|statement| statement.each_symbol(act));
    }
}
