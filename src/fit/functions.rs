//! The functions of R that expressions may use.

use super::evaluate::{HelpWith, Value, map, refuse};
use crate::error::{Code, Result};
use crate::model::RExpr;

pub(crate) fn binary(op: &str) -> Option<fn(f64, f64) -> f64> {
    Some(match op {
        "+" => |a, b| a + b,
        "-" => |a, b| a - b,
        "*" => |a, b| a * b,
        "/" => |a, b| a / b,
        "^" => f64::powf,
        "%%" => |a, b| a - b * (a / b).floor(),
        "%/%" => |a, b| (a / b).floor(),
        "<" => |a, b| f64::from(a < b),
        ">" => |a, b| f64::from(a > b),
        "<=" => |a, b| f64::from(a <= b),
        ">=" => |a, b| f64::from(a >= b),
        "&" | "&&" => |a, b| f64::from(a != 0.0 && b != 0.0),
        "|" | "||" => |a, b| f64::from(a != 0.0 || b != 0.0),
        _ => return None,
    })
}

pub(crate) fn unary(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "log" => f64::ln,
        "log2" => f64::log2,
        "log10" => f64::log10,
        "log1p" => f64::ln_1p,
        "exp" => f64::exp,
        "expm1" => f64::exp_m1,
        "sqrt" => f64::sqrt,
        "abs" => f64::abs,
        "sin" => f64::sin,
        "cos" => f64::cos,
        "tan" => f64::tan,
        "tanh" => f64::tanh,
        "floor" => f64::floor,
        "ceiling" => f64::ceil,
        "trunc" => f64::trunc,
        // R's integers have 32 bits; what is larger becomes NA.
        "as.integer" => |v| if v.abs() < 2_147_483_648.0 { v.trunc() } else { f64::NAN },
        "round" => f64::round_ties_even,
        "sign" => |v| if v == 0.0 { 0.0 } else { v.signum() },
        "plogis" => |v| 1.0 / (1.0 + (-v).exp()),
        _ => return None,
    })
}

pub(crate) fn summarise(function: &str, values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    match function {
        "sum" => values.iter().sum(),
        "min" => values.iter().copied().fold(f64::INFINITY, f64::min),
        "max" => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        "length" => n,
        "sd" => (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt(),
        "median" if !values.is_empty() => {
            values.sort_by(f64::total_cmp);
            let half = values.len() / 2;
            if values.len() % 2 == 1 { values[half] } else { (values[half - 1] + values[half]) / 2.0 }
        }
        _ => mean,
    }
}

/// What a column is centred or divided by.
#[derive(Clone, Copy)]
pub(crate) enum By {
    /// What the data say.
    Data,
    /// A number.
    Number(f64),
    /// It is left as it is.
    Nothing,
}

/// R's `scale`: centred by the mean, divided by the root of the sum of squares over n − 1.
pub(crate) fn scaled(x: &[f64], centre: By, scale: By) -> Vec<f64> {
    let seen = || x.iter().filter(|v| !v.is_nan());
    let origin = match centre {
        By::Data => summarise("mean", seen().copied()),
        By::Number(value) => value,
        By::Nothing => 0.0,
    };
    let unit = match scale {
        By::Data => (seen().map(|v| (v - origin).powi(2)).sum::<f64>() / (seen().count() as f64 - 1.0)).sqrt(),
        By::Number(value) => value,
        By::Nothing => 1.0,
    };
    x.iter().map(|v| (v - origin) / unit).collect()
}

/// R's `poly`: powers, or the orthogonal polynomials of the sample with unit norm (Kennedy and Gentle 1980, pp.
/// 343-344), by the three-term recurrence; leading coefficients are positive, as in R.
pub(crate) fn polynomial(expr: &RExpr, x: &[f64], degree: usize, raw: bool) -> Result<Value> {
    if raw {
        return Ok(Value::Matrix((1..=degree).map(|k| (k.to_string(), map(x, |v| v.powi(k as i32)))).collect()));
    }
    let missing = x.iter().filter(|v| v.is_nan()).count();
    if missing > 0 {
        let message = format!("missing values are not allowed in `{expr}`: {missing} of {} rows have one", x.len());
        let help = "orthogonal polynomials are of all rows, and R refuses them too: take these rows out of the table, or \
                    use `raw = TRUE`, which drops them";
        return Err(refuse(Code::BadData, message).help_with(help));
    }
    let mut distinct: Vec<u64> = x.iter().map(|v| (v + 0.0).to_bits()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    if degree >= distinct.len() {
        let message = format!("`{expr}` needs more than {degree} different values; there are {}", distinct.len());
        return Err(refuse(Code::BadData, message));
    }
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    let centred: Vec<f64> = x.iter().map(|v| v - mean).collect();
    let (mut before, mut now) = (vec![0.0; x.len()], vec![1.0; x.len()]);
    let (mut norm_before, mut norm) = (1.0, x.len() as f64);
    let mut columns = vec![];
    for k in 1..=degree {
        let alpha = centred.iter().zip(&now).map(|(x, p)| x * p * p).sum::<f64>() / norm;
        let beta = if k == 1 { 0.0 } else { norm / norm_before };
        let next: Vec<f64> = (0..x.len()).map(|i| (centred[i] - alpha) * now[i] - beta * before[i]).collect();
        (before, now) = (now, next);
        norm_before = norm;
        norm = now.iter().map(|p| p * p).sum();
        let root = norm.sqrt();
        columns.push((k.to_string(), now.iter().map(|p| p / root).collect()));
    }
    Ok(Value::Matrix(columns))
}
