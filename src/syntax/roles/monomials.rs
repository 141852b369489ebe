//! The products of a right side, brackets opened, data expressions kept whole.

use super::names::is_parameter_like;
use crate::error::{Code, Diagnostic, Result};
use crate::syntax::{Expr, Key, Kind, Name, Symbol};

/// A factor of a product.
#[derive(Clone, Copy, Debug)]
pub enum Factor<'a> {
    /// A symbol.
    Symbol(&'a Symbol),
    /// An expression of data: a power, a function, a difference of covariates.
    Data(&'a Expr),
    /// A number.
    Number(&'a str),
}

/// One summand of the opened right side.
#[derive(Clone, Debug, Default)]
pub struct Monomial<'a> {
    /// Whether it is subtracted.
    pub negative: bool,
    /// Its factors in the order written.
    pub factors: Vec<Factor<'a>>,
}

impl<'a> Monomial<'a> {
    /// The factors that are symbols.
    pub fn symbols(&self) -> impl Iterator<Item = &'a Symbol> + '_ {
        self.factors.iter().filter_map(|f| match f {
            Factor::Symbol(symbol) => Some(*symbol),
            _ => None,
        })
    }
}

/// How surely a symbol is an unknown before all roles are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hint {
    /// Nothing is known: an indexed symbol, or a word without index.
    None,
    /// A letter without index.
    Letter,
    /// A letter without index that looks like a parameter: Greek, or numbered.
    Parameter,
    /// It has an equation or a distribution.
    Declared,
}

const MOST: usize = 10_000;

/// Opens the brackets of a right side. A sum that multiplies an unknown and holds none is data, and stays whole.
///
/// # Errors
/// `NotLinear` for an unknown inside a power, quotient or function; `TooLarge` over 10,000 products.
pub fn monomials<'a>(expr: &'a Expr, hint: &dyn Fn(&Symbol) -> Hint) -> Result<Vec<Monomial<'a>>> {
    let strongest = |e: &Expr| e.symbols().into_iter().map(hint).max().unwrap_or(Hint::None);
    let whole = |e: &'a Expr| -> Result<Vec<Monomial<'a>>> {
        let is_unknown = |s: &&Symbol| {
            hint(s) == Hint::Declared || !matches!(e.kind, Kind::Sum(_) | Kind::Negative(_)) && is_coefficient(s)
        };
        if let Some(symbol) = e.symbols().into_iter().find(is_unknown) {
            return Diagnostic::error(
                Code::NotLinear,
                format!("the unknown {symbol} stands inside a function, power or quotient"),
            )
            .at(symbol.span, "here")
            .help("mlnote reads models that are linear in their coefficients and random effects")
            .into();
        }
        Ok(vec![Monomial { negative: false, factors: vec![Factor::Data(e)] }])
    };
    match &expr.kind {
        Kind::Symbol(symbol) => Ok(vec![Monomial { negative: false, factors: vec![Factor::Symbol(symbol)] }]),
        Kind::Number(text) => Ok(vec![Monomial { negative: false, factors: vec![Factor::Number(text)] }]),
        Kind::Negative(inner) => {
            let mut all = monomials(inner, hint)?;
            all.iter_mut().for_each(|m| m.negative = !m.negative);
            Ok(all)
        }
        Kind::Sum(parts) => {
            let mut all = vec![];
            for part in parts {
                all.extend(monomials(part, hint)?);
                too_many(all.len(), expr)?;
            }
            Ok(all)
        }
        Kind::Product(parts) => {
            let symbols = parts.iter().filter_map(Expr::symbol).map(hint).max().unwrap_or(Hint::None);
            let hints: Vec<Hint> = parts.iter().map(strongest).collect();
            let most = hints.iter().copied().max().unwrap_or(Hint::None);
            let mut all = vec![Monomial::default()];
            for (part, inside) in parts.iter().zip(hints.iter().copied()) {
                // (β_1 + u_1j) (age_ti − L): the unknown may stand in another bracket.
                let outside = if most > inside { most } else { symbols };
                let is_sum = matches!(part.kind, Kind::Sum(_) | Kind::Negative(_));
                // β_1j (age_ti − L): the product has its unknown outside, so the bracket is data.
                // u_1j (x_ij − x̄_j): so is a difference of one letter with and without an accent;
                // u_1j (x_ij − 12): and of a covariate of lower Level and a number.
                let lower = |part| parts.iter().filter_map(Expr::symbol).any(|unknown| is_shifted(part, unknown));
                let keep = is_sum
                    && (outside >= Hint::Letter || (parts.len() == 2 && (is_centred(part) || lower(part))))
                    && inside < Hint::Declared
                    && (outside == Hint::Declared || inside < Hint::Parameter);
                let opened = if keep { whole(part)? } else { monomials(part, hint)? };
                too_many(all.len() * opened.len(), expr)?;
                all = all.iter().flat_map(|left| opened.iter().map(move |right| join(left, right))).collect();
            }
            Ok(all)
        }
        Kind::Quotient(top, bottom)
            if bottom.symbols().is_empty() && (strongest(top) >= Hint::Parameter || holds_unknown(top, hint)) =>
        {
            monomials(top, hint)
        }
        Kind::Quotient(..) | Kind::Power(..) | Kind::Call(..) => whole(expr),
    }
}

/// `π_{1i}`: a Greek letter with a number and a group is no data.
fn is_coefficient(symbol: &Symbol) -> bool {
    !symbol.indices.is_empty()
        && symbol.name.accents.is_empty()
        && symbol.name.tag.starts_with(|c: char| c.is_ascii_digit())
        && !symbol.name.base.is_ascii()
        && is_parameter_like(&symbol.name)
}

/// `b R_ij`: a letter without index beside a covariate.
fn holds_unknown(expr: &Expr, hint: &dyn Fn(&Symbol) -> Hint) -> bool {
    let Kind::Product(parts) = &expr.kind else { return false };
    let hints: Vec<Hint> = parts.iter().filter_map(Expr::symbol).map(hint).collect();
    hints.contains(&Hint::Letter) && hints.contains(&Hint::None)
}

/// Whether a difference centres data: one letter twice, one of them with an accent, or with a word for its mean.
fn is_centred(expr: &Expr) -> bool {
    let Kind::Sum(parts) = &expr.kind else { return false };
    let [first, Expr { kind: Kind::Negative(second), .. }] = &parts[..] else { return false };
    match (first.symbol(), second.symbol()) {
        (Some(a), Some(b)) => {
            let accent = a.name.base == b.name.base && a.name.tag == b.name.tag && a.name.accents != b.name.accents;
            (accent || is_mean_of(&b.name, &a.name)) && !a.indices.is_empty()
        }
        _ => false,
    }
}

/// `x_mean` of `x`.
fn is_mean_of(mean: &Name, of: &Name) -> bool {
    const WORDS: [&str; 4] = ["mean", "avg", "bar", "average"];
    let column = mean.column();
    let word = column.strip_prefix(&of.column()).map(|word| word.trim_start_matches('_'));
    word.is_some_and(|word| WORDS.contains(&word))
}

/// Whether a difference is that of a number from a symbol which has all indices of `unknown` and more, or from data where
/// `unknown` is a Greek letter: `β_j (elo_i − 1800)`.
fn is_shifted(expr: &Expr, unknown: &Symbol) -> bool {
    let Kind::Sum(parts) = &expr.kind else { return false };
    let [first, second] = &parts[..] else { return false };
    let number = match &second.kind {
        Kind::Negative(inner) => &inner.kind,
        kind => kind,
    };
    let (own, wide) = (unknown.key().indices, first.symbol().map(Symbol::key));
    let greek = |key: &Key| is_parameter_like(&key.name);
    matches!(number, Kind::Number(_))
        && !own.is_empty()
        && wide.is_some_and(|wide| {
            own.is_subset(&wide.indices) && own.len() < wide.indices.len()
                || greek(&unknown.key()) && !greek(&wide) && !wide.indices.is_empty()
        })
}

fn join<'a>(left: &Monomial<'a>, right: &Monomial<'a>) -> Monomial<'a> {
    Monomial {
        negative: left.negative != right.negative,
        factors: left.factors.iter().chain(&right.factors).copied().collect(),
    }
}

fn too_many(count: usize, expr: &Expr) -> Result<()> {
    if count <= MOST {
        return Ok(());
    }
    Diagnostic::error(Code::TooLarge, format!("opening the brackets gives more than {MOST} products"))
        .at(expr.span, "this right side")
        .into()
}
