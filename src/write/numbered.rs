//! Equations with the estimates in the places of their parameters.

use super::Format;
use super::estimates::{Estimate, exponent, power_of_ten};
use super::style::{Errors, Numbers};
use super::typeset;
use crate::algebra::Symbols;
use crate::error::{Code, Diagnostic, Result};
use crate::model::Term;
use crate::syntax::{Accent, Expr, Key, Kind, Law, Statement, Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// Significant digits of a standard error, to whose last digit its estimate is rounded.
const ERROR_DIGITS: usize = 2;
/// Significant digits of a number that has no standard error.
const DIGITS: usize = 3;

/// Puts a number in place of each parameter: of the fixed effects, and of variances, standard deviations, covariances
/// and correlations whichever the equations name.
///
/// # Errors
/// `UnknownName` when a parameter has no estimate or an estimate no parameter; `CannotSay` when a variance is written so
/// that its number has no place.
pub(super) fn fill(system: &mut System, symbols: &Symbols, numbers: &Numbers) -> Result<()> {
    let places = places(symbols, numbers)?;
    let number = |symbol: &Symbol| places.get(&symbol.key()).cloned();
    let put = |expr: &mut Expr| *expr = folded(&expr.replace(&number));
    for statement in &mut system.statements {
        match statement {
            Statement::Equation { rights, .. } => rights.iter_mut().for_each(put),
            Statement::Distribution { law: Law::Normal { mean, covariance }, .. } => {
                mean.iter_mut().chain(covariance.rows.iter_mut().flatten().flatten()).for_each(put);
            }
            Statement::Distribution { law: Law::Other { arguments, .. }, .. } => arguments.iter_mut().for_each(put),
            Statement::Moment { value, .. } => put(value),
        }
    }
    if numbers.hat {
        predict(system, symbols.residual.as_ref().and_then(Expr::symbol));
    }
    Ok(())
}

/// The expression with the sign of a number before its product: `- 0.42 X` rather than `+ -0.42 X`.
fn folded(expr: &Expr) -> Expr {
    let all = |parts: &[Expr]| parts.iter().map(folded).collect();
    let kind = match &expr.kind {
        Kind::Sum(parts) => Kind::Sum(all(parts)),
        Kind::Product(parts) => {
            let mut parts: Vec<Expr> = all(parts);
            let mut negative = false;
            for part in &mut parts {
                if let Kind::Negative(inner) = &part.kind {
                    *part = (**inner).clone();
                    negative = !negative;
                } else if let Kind::Number(digits) = &mut part.kind
                    && let Some(plain) = digits.strip_prefix('-')
                {
                    *digits = plain.to_owned();
                    negative = !negative;
                }
            }
            let product = Expr::from(Kind::Product(parts));
            if negative { Kind::Negative(Box::new(product)) } else { product.kind }
        }
        other => other.clone(),
    };
    Expr::new(kind, expr.span)
}

/// The number of each parameter.
fn places(symbols: &Symbols, numbers: &Numbers) -> Result<BTreeMap<Key, Expr>> {
    let estimates = &numbers.estimates;
    estimates.check(&symbols.model)?;
    let mut places = Places { numbers, known: BTreeMap::new(), replaced: BTreeMap::new() };
    for (term, symbol) in symbols.model.fixed().iter().zip(&symbols.fixed) {
        let Some(estimate) = estimates.fixed(term) else {
            return missing(symbol, &term.column(), "the fit dropped it as collinear, or is of another model");
        };
        // A term without a letter of its own, such as an offset, has no place for a number.
        if let Some(symbol) = symbol.symbol() {
            places.replaced.insert(symbol.key(), written(&estimate, numbers));
        }
    }
    for (term, random) in symbols.model.random().iter().zip(&symbols.random) {
        let known = |one: &Term, other: &Term| estimates.covariance(&term.group, one, other);
        for (at, effect) in term.terms.iter().enumerate() {
            let Some(cell) = &random.covariances[at][at] else { continue };
            let Some(value) = known(effect, effect) else {
                return missing(cell, &format!("{} by {}", effect.column(), term.group), "the fit is of another model");
            };
            places.variance(cell, value)?;
        }
        for (row, one) in term.terms.iter().enumerate() {
            for (at, other) in term.terms[..row].iter().enumerate() {
                let Some(cell) = &random.covariances[row][at] else { continue };
                let correlation = estimates.correlation(&term.group, one, other);
                match known(one, other) {
                    Some(value) => places.covariance(cell, value, correlation)?,
                    None => {
                        let what = format!("{} with {} by {}", one.column(), other.column(), term.group);
                        return missing(cell, &what, "the fit has them independent");
                    }
                }
            }
        }
    }
    if let Some(variance) = &symbols.variance {
        match estimates.sigma {
            Some(sigma) => places.variance(variance, sigma * sigma)?,
            None => return missing(variance, "sigma", "the fit has no residual"),
        }
    }
    Ok(places.replaced)
}

/// A parameter without an estimate.
fn missing<T>(symbol: &Expr, name: &str, why: &str) -> Result<T> {
    let symbol = typeset::expr(symbol, Format::Unicode);
    Diagnostic::error(Code::UnknownName, format!("there is no estimate of {symbol} (`{name}`): {why}"))
        .help("write the model that was fitted; a symbol that is not called as its column is told by `--column Y=reading`")
        .into()
}

/// Numbers by symbol.
struct Places<'a> {
    numbers: &'a Numbers,
    known: BTreeMap<Key, f64>,
    replaced: BTreeMap<Key, Expr>,
}

impl Places<'_> {
    fn put(&mut self, symbol: &Symbol, value: f64) -> Result<()> {
        let key = symbol.key();
        // One letter for two variances says that they are equal, which the fit does not.
        if self.known.get(&key).is_some_and(|other| (other - value).abs() > 1e-9 * value.abs()) {
            let message = format!("{symbol} stands for two numbers, {} and {value}", self.known[&key]);
            return Diagnostic::error(Code::CannotSay, message)
                .help("name the covariances by `--covariance tau`")
                .into();
        }
        self.known.insert(key.clone(), value);
        self.replaced.insert(key, plain(value, self.numbers.digits.unwrap_or(DIGITS)));
        Ok(())
    }

    /// `τ_00` is the variance, the σ of `σ_0²` the standard deviation.
    fn variance(&mut self, cell: &Expr, value: f64) -> Result<()> {
        match &cell.kind {
            Kind::Symbol(symbol) => self.put(symbol, value),
            Kind::Power(base, exponent) => match (base.symbol(), &exponent.kind) {
                (Some(symbol), Kind::Number(two)) if two == "2" => self.put(symbol, value.sqrt()),
                _ => no_place(cell),
            },
            Kind::Number(_) => Ok(()),
            _ => no_place(cell),
        }
    }

    /// `τ_10` is the covariance, the ρ of `ρ σ_0 σ_1` what the covariance is of the product of the others.
    fn covariance(&mut self, cell: &Expr, value: f64, correlation: Option<f64>) -> Result<()> {
        let factors = cell.factors();
        let mut others = 1.0;
        let mut unknown = vec![];
        for factor in factors {
            match (factor.symbol(), &factor.kind) {
                (_, Kind::Number(number)) => others *= number.parse().unwrap_or(f64::NAN),
                (Some(symbol), _) => match self.known.get(&symbol.key()) {
                    Some(value) => others *= value,
                    None => unknown.push(symbol),
                },
                _ => return no_place(cell),
            }
        }
        let [symbol] = unknown[..] else { return no_place(cell) };
        if factors.len() == 1 {
            return self.put(symbol, value);
        }
        match correlation {
            _ if others != 0.0 && others.is_finite() => self.put(symbol, value / others),
            Some(correlation) => self.put(symbol, correlation),
            None => {
                let message = format!("the fit has no number for {symbol}: a variance is zero");
                Diagnostic::error(Code::CannotSay, message).help("name the covariances by `--covariance tau`").into()
            }
        }
    }
}

fn no_place<T>(cell: &Expr) -> Result<T> {
    let cell = typeset::expr(cell, Format::Unicode);
    Diagnostic::error(
        Code::CannotSay,
        format!("the number of {cell} has no place: it is no symbol and no square of one"),
    )
    .help("name the covariances by `--covariance tau` or `--covariance sigma`")
    .into()
}

/// A fixed effect as it is written, with its standard error when that is asked for: `1.89`, `1.89(0.14)` beside and
/// `1.89_(0.14)` under it. What rounds to nothing keeps its sign: `-0.00`.
fn written(estimate: &Estimate, numbers: &Numbers) -> Expr {
    let Some(error) = estimate.se.filter(|se| *se > 0.0 && se.is_finite()) else {
        return plain(estimate.value, numbers.digits.unwrap_or(DIGITS));
    };
    let digits = numbers.digits.unwrap_or(ERROR_DIGITS);
    scaled(estimate.value.abs().max(error), digits, |scale| {
        let error = significant(error * scale, digits);
        let decimals = error.split_once('.').map_or(0, |(_, after)| after.len());
        let value = format!("{:.decimals$}", estimate.value * scale);
        match numbers.errors {
            Errors::None => value,
            Errors::Beside => format!("{value}({error})"),
            Errors::Under => format!("{value}_({error})"),
        }
    })
}

/// A number without a standard error.
fn plain(value: f64, digits: usize) -> Expr {
    scaled(value, digits, |scale| significant(value * scale, digits))
}

/// What is written of a size; when that is too small for decimals, what is written of its multiple, times a power of ten.
fn scaled(size: f64, digits: usize, write: impl Fn(f64) -> String) -> Expr {
    match power_of_ten(size, digits) {
        Some((scale, power)) => Expr::product(vec![Expr::number(write(scale)), power]),
        None => Expr::number(write(1.0)),
    }
}

/// The value to so many significant digits, as decimals; closing zeros are digits too.
fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".into();
    }
    let decimals = i32::try_from(digits).unwrap_or(1) - 1 - exponent(value, digits);
    format!("{value:.*}", usize::try_from(decimals.max(0)).unwrap_or(0))
}

/// The equations as predictions: hats on what stands left and on the random effects, the residual left out. The laws
/// stay as they are: they are those of the effects, not of their predictions.
fn predict(system: &mut System, residual: Option<&Symbol>) {
    let residual = residual.map(Symbol::key);
    let mut keys = BTreeSet::new();
    for statement in &system.statements {
        match statement {
            Statement::Equation { left, .. } => keys.extend(left.symbols().into_iter().map(Symbol::key)),
            Statement::Distribution { left, .. } => keys.extend(left.iter().flat_map(Expr::symbols).map(Symbol::key)),
            Statement::Moment { .. } => {}
        }
    }
    let hat = |symbol: &Symbol| {
        keys.contains(&symbol.key()).then(|| {
            let mut hatted = symbol.clone();
            hatted.name.accents.push(Accent::Hat);
            hatted.into()
        })
    };
    for statement in &mut system.statements {
        match statement {
            Statement::Equation { left, rights, .. } => {
                *left = left.replace(&hat);
                for right in rights {
                    *right = without(right, residual.as_ref()).replace(&hat);
                }
            }
            Statement::Distribution { law: Law::Other { arguments, .. }, .. } => {
                arguments.iter_mut().for_each(|argument| *argument = argument.replace(&hat));
            }
            _ => {}
        }
    }
}

/// The sum without a summand.
fn without(expr: &Expr, dropped: Option<&Key>) -> Expr {
    let Kind::Sum(parts) = &expr.kind else { return expr.clone() };
    let kept = parts.iter().filter(|part| part.symbol().is_none_or(|symbol| Some(&symbol.key()) != dropped));
    let kept: Vec<Expr> = kept.map(|part| without(part, dropped)).collect();
    Expr::new(Expr::sum(kept).kind, expr.span)
}

#[cfg(test)]
mod tests {
    use super::{Format, folded, plain, significant, typeset};

    #[test]
    fn digits_are_significant() {
        for (value, digits, text) in [
            (0.0996, 2, "0.10"),
            (0.15987, 3, "0.160"),
            (-0.41775, 2, "-0.42"),
            (123.4, 2, "123"),
            (99.96, 3, "100"),
            (0.0, 3, "0"),
            (1.5e-14, 2, "0.000000000000015"),
        ] {
            assert_eq!(significant(value, digits), text);
        }
        for (value, digits, text) in [
            (0.00012, 2, "0.00012"),
            (9.996e-7, 3, "0.00000100"),
            (-1.26e-8, 2, "−1.3 · 10⁻⁸"),
            (9.96e-21, 2, "1.0 · 10⁻²⁰"),
        ] {
            assert_eq!(typeset::expr(&folded(&plain(value, digits)), Format::Unicode), text);
        }
    }
}
