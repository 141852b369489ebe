//! The parameters that data are drawn with: set by name, or drawn.

use super::design::Design;
use super::simulate::{Chance, Settings};
use super::summary::spelled;
use crate::algebra::Lexicon;
use crate::error::{Code, Diagnostic, Result};
use crate::syntax::greek;
use serde::Serialize;

/// The value of a fixed effect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrueEffect {
    /// R's name.
    pub term: String,
    /// The author's symbol, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// The value.
    pub value: f64,
}

/// The covariance of a random-effects term.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrueRandom {
    /// The grouping factor.
    pub group: String,
    /// R's names of the columns.
    pub terms: Vec<String>,
    /// The covariance matrix.
    pub covariance: Vec<Vec<f64>>,
    /// A matrix F with F F' the covariance.
    #[serde(skip)]
    pub factor: Vec<Vec<f64>>,
}

/// Everything that data were drawn with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Truth {
    /// The seed.
    pub seed: u64,
    /// Fixed effects, in the order of X.
    pub fixed: Vec<TrueEffect>,
    /// Random-effects terms, in the order of the design.
    pub random: Vec<TrueRandom>,
    /// The residual standard deviation.
    pub sigma: f64,
}

/// A symbol without braces, blanks and backslashes, Greek letters as letters: `\gamma_{01}` is `γ_01`.
fn plain(text: &str) -> String {
    let bare: String = text.chars().filter(|c| !matches!(c, '\\' | '{' | '}' | ' ')).collect();
    let end = bare.find(|c: char| !c.is_alphabetic()).unwrap_or(bare.len());
    match greek::letter(&bare[..end]) {
        Some(letter) => format!("{letter}{}", &bare[end..]),
        None => bare.replace('²', "^2"),
    }
}

/// What a setting is about.
#[derive(Clone, Copy)]
enum Place {
    Fixed(usize),
    Covariance(usize, usize, usize),
    Sigma,
    Variance,
}

/// Draws parameters for a design, then sets those that are named.
///
/// # Errors
/// `UnknownName` for a setting of nothing in the model; `BadArgument` for a covariance matrix that is not one.
pub(crate) fn truth(design: &Design, lexicon: &Lexicon, settings: &Settings, chance: &mut Chance) -> Result<Truth> {
    let symbol = |term: &str| lexicon.fixed.iter().find(|(t, _)| t.column() == term).map(|(_, n)| spelled(n));
    let mut truth = Truth { seed: settings.seed, fixed: vec![], random: vec![], sigma: 1.0 };
    for column in &design.x {
        let value = (chance.normal() * 100.0).round() / 100.0;
        truth.fixed.push(TrueEffect { term: column.name.clone(), symbol: symbol(&column.name), value });
    }
    for block in &design.random {
        let k = block.columns.len();
        let mut factor = vec![vec![0.0; k]; k];
        for (i, row) in factor.iter_mut().enumerate() {
            for cell in row.iter_mut().take(i) {
                *cell = (0.3 * (2.0 * chance.uniform() - 1.0) * 100.0).round() / 100.0;
            }
            row[i] = ((0.5 + 0.5 * chance.uniform()) * 100.0).round() / 100.0;
        }
        let covariance = square(&factor);
        truth.random.push(TrueRandom {
            group: design.groups[block.groups].name.clone(),
            terms: block.columns.iter().map(|c| c.name.clone()).collect(),
            covariance,
            factor,
        });
    }
    let names = names(&truth, lexicon);
    let mut touched: Vec<(usize, usize, usize)> = vec![];
    for (key, value) in &settings.set {
        let wanted = plain(key);
        let found: Vec<Place> = names.iter().filter(|(n, _)| plain(n) == wanted || n == key).map(|(_, p)| *p).collect();
        if found.is_empty() {
            let known: Vec<&str> = names.iter().map(|(n, _)| n.as_str()).collect();
            return Err(Box::new(
                Diagnostic::error(Code::UnknownName, format!("the model has no parameter `{key}`"))
                    .help(format!("its parameters are {}", known.join(", "))),
            ));
        }
        for place in found {
            match place {
                Place::Fixed(at) => truth.fixed[at].value = *value,
                Place::Sigma if *value >= 0.0 => truth.sigma = *value,
                Place::Variance if *value >= 0.0 => truth.sigma = value.sqrt(),
                Place::Covariance(block, i, j) if i != j || *value >= 0.0 => {
                    truth.random[block].covariance[i][j] = *value;
                    truth.random[block].covariance[j][i] = *value;
                    touched.push((block, i, j));
                }
                _ => {
                    let message = format!("`{key}` = {value}: a variance is not negative");
                    return Diagnostic::error(Code::BadArgument, message).into();
                }
            }
        }
    }
    // A covariance that was drawn, beside a variance that was set, gives way.
    for (block, random) in truth.random.iter_mut().enumerate() {
        let set = |i: usize, j: usize| touched.contains(&(block, i, j)) || touched.contains(&(block, j, i));
        let k = random.terms.len();
        if (0..k).any(|i| (0..k).any(|j| set(i, j))) {
            for i in 0..k {
                for j in (0..k).filter(|j| *j != i && !set(i, *j)) {
                    random.covariance[i][j] = 0.0;
                }
            }
        }
        random.factor = root(&random.covariance).ok_or_else(|| {
            let message = format!("the covariance matrix by {} is not positive semidefinite", random.group);
            Box::new(
                Diagnostic::error(Code::BadArgument, message)
                    .help("a covariance is at most the product of the standard deviations"),
            )
        })?;
    }
    Ok(truth)
}

/// Every name that a parameter goes by.
fn names(truth: &Truth, lexicon: &Lexicon) -> Vec<(String, Place)> {
    let mut out = vec![];
    for (at, effect) in truth.fixed.iter().enumerate() {
        out.extend(effect.symbol.clone().map(|s| (s, Place::Fixed(at))));
        out.push((effect.term.clone(), Place::Fixed(at)));
    }
    for (block, random) in truth.random.iter().enumerate() {
        for i in 0..random.terms.len() {
            for j in 0..=i {
                let place = Place::Covariance(block, i, j);
                let (a, b) = (&random.terms[i], &random.terms[j]);
                if i == j {
                    out.push((format!("var({a} | {})", random.group), place));
                } else {
                    out.push((format!("cov({b}, {a} | {})", random.group), place));
                }
                for ((grouping, s, t), symbol) in &lexicon.covariances {
                    let (s, t) = (s.column(), t.column());
                    if grouping.to_string() == random.group && ((&s, &t) == (a, b) || (&t, &s) == (a, b)) {
                        out.push((symbol.to_string(), place));
                    }
                }
            }
        }
    }
    if let Some(variance) = &lexicon.variance {
        out.push((variance.to_string(), Place::Variance));
    }
    out.push(("sigma".into(), Place::Sigma));
    out
}

fn square(f: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    f.iter().map(|a| f.iter().map(|b| dot(a, b)).collect()).collect()
}

/// A lower-triangular root of a positive semidefinite matrix.
fn root(m: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let k = m.len();
    let mut l = vec![vec![0.0; k]; k];
    for j in 0..k {
        let pivot = m[j][j] - l[j][..j].iter().map(|v| v * v).sum::<f64>();
        let slack = 1e-9 * m[j][j].abs();
        if pivot < -slack || pivot.is_nan() {
            return None;
        }
        let pivot = if pivot <= slack { 0.0 } else { pivot.sqrt() };
        l[j][j] = pivot;
        for i in j + 1..k {
            let rest = m[i][j] - (0..j).map(|c| l[i][c] * l[j][c]).sum::<f64>();
            if pivot == 0.0 {
                if rest.abs() > 1e-6 * (m[i][i] * m[j][j]).sqrt().max(1e-12) {
                    return None;
                }
            } else {
                l[i][j] = rest / pivot;
            }
        }
    }
    Some(l)
}
