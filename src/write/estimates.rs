//! Estimates of a fit, by the parameters of the model: what `mlnote fit --json` prints, read back.

use crate::error::{Code, Diagnostic, Result};
use crate::model::{Grouping, Model, Term};
use crate::syntax::{Expr, Kind};
use crate::write::explain::number;
use crate::write::{Format, typeset};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// Numbers of a smaller exponent are multiples of a power of ten.
const LEAST: i32 = -6;

/// The estimate of a fixed effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub se: Option<f64>,
}

/// The estimate, its standard error in brackets where it has one.
impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |value: f64| typeset::expr(&number(value), Format::Unicode);
        match self.se {
            Some(se) => write!(f, "{} ({})", number(self.value), number(se)),
            None => f.write_str(&number(self.value)),
        }
    }
}

/// The estimates of one fit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimates {
    /// `ML` or `REML`.
    pub method: String,
    /// The residual standard deviation.
    pub sigma: Option<f64>,
    /// Observations.
    pub n: Option<f64>,
    fixed: BTreeMap<Vec<String>, Estimate>,
    random: Vec<Block>,
    groups: BTreeMap<Vec<String>, f64>,
}

#[derive(Clone, Debug, PartialEq)]
struct Block {
    group: Vec<String>,
    terms: Vec<Vec<String>>,
    sd: Vec<f64>,
    corr: Vec<Vec<Option<f64>>>,
}

impl Estimates {
    /// Reads the answer of `mlnote fit --json`.
    ///
    /// # Errors
    /// `BadArgument` when the text is no JSON, or not such an answer.
    ///
    /// ```
    /// use mlnote::model::Term;
    /// use mlnote::write::Estimates;
    /// let fit = r#"{"method": "ML", "fixed": [{"term": "(Intercept)", "estimate": 2.5, "se": 0.1, "t": 25}],
    ///              "random": [{"group": "g", "terms": ["(Intercept)"], "sd": [2], "corr": [[1]]}], "sigma": 3}"#;
    /// let estimates = Estimates::read(fit).unwrap();
    /// assert_eq!(estimates.fixed(&Term::intercept()).unwrap().value, 2.5);
    /// ```
    pub fn read(text: &str) -> Result<Self> {
        let bad = |what: &str| {
            Diagnostic::error(
                Code::BadArgument,
                format!("the estimates are not an answer of `mlnote fit --json`: {what}"),
            )
            .help("make them with `mlnote fit MODEL --data FILE --json > fit.json`")
        };
        let fit: Value = serde_json::from_str(text).map_err(|error| Box::new(bad(&error.to_string())))?;
        Self::from_json(&fit).map_err(|what| Box::new(bad(&what)))
    }

    fn from_json(fit: &Value) -> std::result::Result<Self, String> {
        let list = |name: &str| fit[name].as_array().ok_or_else(|| format!("there is no list `{name}`"));
        let mut found = Self {
            method: fit["method"].as_str().unwrap_or_default().to_owned(),
            sigma: fit["sigma"].as_f64(),
            n: fit["n"].as_f64(),
            ..Self::default()
        };
        for effect in list("fixed")? {
            let (Some(term), Some(value)) = (effect["term"].as_str(), effect["estimate"].as_f64()) else {
                return Err("a fixed effect needs a term and an estimate".into());
            };
            found.fixed.insert(pieces(term), Estimate { value, se: effect["se"].as_f64() });
        }
        for block in list("random")? {
            let words = |name: &str| -> Option<Vec<Vec<String>>> {
                block[name].as_array()?.iter().map(|v| v.as_str().map(pieces)).collect()
            };
            let sd: Option<Vec<f64>> = block["sd"].as_array().and_then(|all| all.iter().map(Value::as_f64).collect());
            let corr: Option<Vec<Vec<Option<f64>>>> = block["corr"].as_array().and_then(|rows| {
                rows.iter().map(|row| Some(row.as_array()?.iter().map(Value::as_f64).collect())).collect()
            });
            let whole = (block["group"].as_str(), words("terms"), sd, corr);
            let (Some(group), Some(terms), Some(sd), Some(corr)) = whole else {
                return Err("a random-effects term needs a group, terms, sd and corr".into());
            };
            let square = corr.len() == terms.len() && corr.iter().all(|row| row.len() == terms.len());
            if sd.len() != terms.len() || !square {
                return Err(format!("the sizes of sd and corr of `{group}` differ from that of its terms"));
            }
            found.random.push(Block { group: pieces(group), terms, sd, corr });
        }
        if let Some(groups) = fit["groups"].as_object() {
            found.groups = groups.iter().filter_map(|(name, n)| Some((pieces(name), n.as_f64()?))).collect();
        }
        Ok(found)
    }

    /// The estimate of the fixed effect of a term.
    pub fn fixed(&self, term: &Term) -> Option<Estimate> {
        self.fixed.get(&pieces(&term.column())).copied()
    }

    /// The standard deviation of the random effect of a term.
    pub fn sd(&self, group: &Grouping, term: &Term) -> Option<f64> {
        self.covariance(group, term, term).map(f64::sqrt)
    }

    /// A variance (both terms equal) or covariance of random effects of one random-effects term.
    pub fn covariance(&self, group: &Grouping, one: &Term, other: &Term) -> Option<f64> {
        let (block, i, j) = self.place(group, one, other)?;
        let product = block.sd[i] * block.sd[j];
        if i == j || product == 0.0 { Some(product) } else { block.corr[i][j].map(|r| r * product) }
    }

    /// The correlation of two random effects; `None` too when one of them has no variance.
    pub fn correlation(&self, group: &Grouping, one: &Term, other: &Term) -> Option<f64> {
        let (block, i, j) = self.place(group, one, other)?;
        block.corr[i][j].filter(|_| block.sd[i] > 0.0 && block.sd[j] > 0.0)
    }

    /// The number of groups.
    pub fn groups(&self, group: &Grouping) -> Option<f64> {
        self.groups.get(&pieces(&group.to_string())).copied()
    }

    fn place(&self, group: &Grouping, one: &Term, other: &Term) -> Option<(&Block, usize, usize)> {
        let (group, one, other) = (pieces(&group.to_string()), pieces(&one.column()), pieces(&other.column()));
        self.random.iter().filter(|block| block.group == group).find_map(|block| {
            let at = |term: &Vec<String>| block.terms.iter().position(|t| t == term);
            Some((block, at(&one)?, at(&other)?))
        })
    }

    /// Refuses estimates of another model: each estimate must have its term in the model, with factors as dummies.
    ///
    /// # Errors
    /// `UnknownName`, with the term that the model does not have.
    pub fn check(&self, model: &Model) -> Result<()> {
        let fixed: Vec<Vec<String>> = model.fixed().iter().map(|term| pieces(&term.column())).collect();
        let effect = |block: &Block, term: &Vec<String>| {
            let own = model.random().iter().filter(|r| pieces(&r.group.to_string()) == block.group);
            own.flat_map(|r| &r.terms).any(|t| pieces(&t.column()) == *term)
        };
        let stranger = self.fixed.keys().find(|term| !fixed.contains(term)).map(|t| t.join(":"));
        let stranger = stranger.or_else(|| {
            let all = self.random.iter().flat_map(|block| block.terms.iter().map(move |term| (block, term)));
            let found = all.into_iter().find(|(block, term)| !effect(block, term));
            found.map(|(block, term)| format!("{} by {}", term.join(":"), block.group.join(":")))
        });
        let Some(stranger) = stranger else { return Ok(()) };
        let message = format!("the estimates are of another model: it has no `{stranger}`");
        Diagnostic::error(Code::UnknownName, message)
            .help("fit this model; a symbol that is not called as its column is told by `--column Y=reading`, the categories of a factor by `--factor f=a,b,c`")
            .into()
    }
}

/// The decimal exponent of a number rounded to so many significant digits: that of 0.0996 to two is -1.
pub(super) fn exponent(value: f64, digits: usize) -> i32 {
    let rounded = format!("{:.*e}", digits.saturating_sub(1), value);
    rounded.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0)
}

/// For a number too small to be read as decimals, what it is multiplied by to be written, and the power of ten that
/// takes that back.
pub(super) fn power_of_ten(value: f64, digits: usize) -> Option<(f64, Expr)> {
    let exponent = exponent(value, digits);
    if value == 0.0 || !value.is_finite() || exponent >= LEAST {
        return None;
    }
    // 10^309 is no number any more.
    let exponent = exponent.max(-300);
    let power = Kind::Power(Box::new(Expr::number(10)), Box::new(Expr::number(exponent)));
    Some((10f64.powi(-exponent), power.into()))
}

/// The parts of a product's name, in ascending order: R writes them in the order of the formula.
fn pieces(name: &str) -> Vec<String> {
    let (mut parts, mut depth, mut open) = (vec![String::new()], 0_usize, None);
    for c in name.chars() {
        match (open, c) {
            (Some(quote), c) if quote == c => open = None,
            (None, '`' | '"' | '\'') => open = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth = depth.saturating_sub(1),
            (None, ':') if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts.sort();
    parts
}
