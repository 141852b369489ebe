//! What `summary()` of an lmer fit shows, and more: intraclass correlations, the variance function of a random slope,
//! the estimates under the author's symbols.

use super::criterion::Method;
use super::result::{Fit, RandomEffects};
use crate::algebra::Lexicon;
use crate::model::{Grouping, Term};
use crate::syntax::Name;
use std::fmt::Write;

/// A fit with what belongs in its heading.
#[derive(Clone, Copy, Debug)]
pub struct Summary<'a> {
    /// The fit.
    pub fit: &'a Fit,
    /// The formula, when it can be written.
    pub formula: Option<&'a str>,
    /// What the data are called.
    pub data: Option<&'a str>,
    /// The author's symbols.
    pub lexicon: Option<&'a Lexicon>,
}

/// Numbers with the decimals that give the smallest of them `digits` significant digits, as R's `format`; a very large
/// or small magnitude goes to scientific notation.
pub(crate) fn column(values: &[f64], digits: i32) -> Vec<String> {
    let sizes = || values.iter().map(|v| v.abs()).filter(|v| *v > 0.0 && v.is_finite());
    let (low, high) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
    if low < 1e-12 * high || high >= 1e15 || (high > 0.0 && high < 1e-5) {
        return values
            .iter()
            .map(|v| if *v == 0.0 { "0".into() } else { format!("{v:.*e}", digits as usize - 1) })
            .collect();
    }
    let decimals = if low.is_finite() { (digits - 1 - low.log10().floor() as i32).clamp(0, 12) as usize } else { 0 };
    values.iter().map(|v| if v.is_nan() { "NaN".into() } else { format!("{v:.decimals$}") }).collect()
}

/// A (co)variance from two standard deviations and their correlation, also where it is out of the range of a number.
fn product(a: f64, b: f64, correlation: f64, digits: i32) -> String {
    // The correlation with what does not vary is not defined.
    let plain = if a == 0.0 || b == 0.0 { 0.0 } else { a * b * correlation };
    if a == 0.0 || b == 0.0 || correlation == 0.0 || plain.is_finite() && plain.abs() >= 1e-290 {
        return column(&[plain], digits).remove(0);
    }
    let power = |v: f64| v.log10().floor();
    let (high, low) = (power(a), power(b));
    let mantissa = (a / 10f64.powf(high)) * (b / 10f64.powf(low)) * correlation;
    let own = mantissa.abs().log10().floor();
    format!("{:.*}e{}", digits as usize - 1, mantissa / 10f64.powf(own), high + low + own)
}

/// Left-aligned first columns, right-aligned others.
fn grid(rows: &[Vec<String>], left: usize) -> String {
    let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|s| s.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(c, cell)| {
                let pad = " ".repeat(width(c) - cell.chars().count());
                if c < left { format!("{cell}{pad}") } else { format!("{pad}{cell}") }
            })
            .collect();
        let _ = writeln!(out, "{}", cells.join(" ").trim_end());
    }
    out
}

/// R's type 7 quantiles: minimum, quartiles, maximum.
fn quartiles(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1) as f64;
    [0.0, 0.25, 0.5, 0.75, 1.0]
        .iter()
        .map(|q| {
            let at = q * last;
            let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
            low + (high - low) * at.fract()
        })
        .collect()
}

impl Summary<'_> {
    /// As lme4's `summary()` prints it.
    pub fn text(&self) -> String {
        let fit = self.fit;
        let mut out = String::new();
        let method = match fit.method {
            Method::Reml => "REML",
            Method::Ml => "maximum likelihood",
        };
        let _ = writeln!(out, "Linear mixed model fit by {method}");
        if let Some(formula) = self.formula {
            let _ = writeln!(out, "Formula: {formula}");
        }
        if let Some(data) = self.data {
            let _ = writeln!(out, "   Data: {data}");
        }
        out.push('\n');
        match fit.method {
            Method::Reml => {
                let _ = writeln!(out, "REML criterion at convergence: {}", column(&[fit.deviance], 5)[0]);
            }
            Method::Ml => {
                let values = [fit.aic(), fit.bic(), fit.loglik, fit.deviance];
                let mut cells: Vec<String> = values.iter().map(|v| format!("{v:.1}")).collect();
                cells.push((fit.n as i64 - fit.parameters() as i64).to_string());
                let head = ["AIC", "BIC", "logLik", "deviance", "df.resid"].map(str::to_owned).to_vec();
                out.push_str(&grid(&[head, cells], 0));
            }
        }
        if !fit.residuals.is_empty() {
            out.push_str("\nScaled residuals:\n");
            let scaled: Vec<f64> = fit.residuals.iter().map(|r| r / fit.sigma).collect();
            let cells = quartiles(&scaled).iter().map(|v| format!("{v:.4}")).collect();
            out.push_str(&grid(&[["Min", "1Q", "Median", "3Q", "Max"].map(str::to_owned).to_vec(), cells], 0));
        }
        out.push_str("\nRandom effects:\n");
        out.push_str(&grid(&self.random_rows(), 2));
        let groups: Vec<String> = fit.groups.iter().map(|(name, count)| format!("{name}, {count}")).collect();
        let _ = writeln!(out, "Number of obs: {}, groups: {}", fit.n, groups.join("; "));
        if !fit.fixed.is_empty() {
            out.push_str("\nFixed effects:\n");
            out.push_str(&grid(&self.fixed_rows(), 1));
        }
        if fit.fixed.len() > 1 {
            out.push_str("\nCorrelation of Fixed Effects:\n");
            out.push_str(&grid(&self.correlation_rows(), 1));
        }
        if !fit.aliased.is_empty() {
            let _ = writeln!(out, "\nDropped from the fixed effects as collinear: {}", fit.aliased.join(", "));
        }
        for section in [self.symbols(), self.shares()] {
            if !section.is_empty() {
                out.push('\n');
                out.push_str(&section);
            }
        }
        out
    }

    /// Groups, Name, Variance, Std.Dev., Corr.
    pub(crate) fn random_rows(&self) -> Vec<Vec<String>> {
        let fit = self.fit;
        let mut sds: Vec<f64> = fit.random.iter().flat_map(|r| r.sd.clone()).collect();
        sds.push(fit.sigma);
        let tell = |v: &f64| v.abs() > 1e-7 * fit.sigma;
        let clean: Vec<f64> = sds.iter().map(|v| if tell(v) { *v } else { 0.0 }).collect();
        let squares: Vec<f64> = clean.iter().map(|s| s * s).collect();
        let in_range = squares.iter().zip(&clean).all(|(v, s)| v.is_finite() && (*v >= 1e-290 || *s == 0.0));
        let variances = match in_range {
            true => column(&squares, 4),
            false => clean.iter().map(|s| product(*s, *s, 1.0, 4)).collect(),
        };
        let sds = column(&clean, 4);
        let mut rows = vec![["Groups", "Name", "Variance", "Std.Dev."].map(str::to_owned).to_vec()];
        if fit.random.iter().any(|r| r.terms.len() > 1) {
            rows[0].push("Corr".into());
        }
        let mut at = 0;
        let mut names: Vec<&str> = vec![];
        for term in &fit.random {
            // lme4 numbers several terms of one factor: id, id.1.
            let before = names.iter().filter(|n| **n == term.group).count();
            let label = if before == 0 { term.group.clone() } else { format!("{}.{before}", term.group) };
            names.push(&term.group);
            for (i, name) in term.terms.iter().enumerate() {
                let group = if i == 0 { label.clone() } else { String::new() };
                let mut row = vec![group, name.clone(), variances[at].clone(), sds[at].clone()];
                row.extend(term.corr[i][..i].iter().map(|c| format!("{c:.2}")));
                rows.push(row);
                at += 1;
            }
        }
        rows.push(vec!["Residual".into(), String::new(), variances[at].clone(), sds[at].clone()]);
        rows
    }

    /// Name, Estimate, Std. Error, t value.
    pub(crate) fn fixed_rows(&self) -> Vec<Vec<String>> {
        let fixed = &self.fit.fixed;
        let all: Vec<f64> = fixed.iter().flat_map(|f| [f.estimate, f.se]).collect();
        let shown = column(&all, 4);
        let mut rows = vec![["", "Estimate", "Std. Error", "t value"].map(str::to_owned).to_vec()];
        for (at, effect) in fixed.iter().enumerate() {
            rows.push(vec![
                effect.term.clone(),
                shown[2 * at].clone(),
                shown[2 * at + 1].clone(),
                format!("{:.3}", effect.t),
            ]);
        }
        rows
    }

    fn correlation_rows(&self) -> Vec<Vec<String>> {
        let short = |name: &str| -> String {
            if name == "(Intercept)" { "(Intr)".into() } else { name.chars().take(6).collect() }
        };
        let fixed = &self.fit.fixed;
        let last = fixed.len() - 1;
        let mut rows =
            vec![std::iter::once(String::new()).chain(fixed[..last].iter().map(|f| short(&f.term))).collect()];
        for (i, effect) in fixed.iter().enumerate().skip(1) {
            let cell = |j: usize| format!("{:.3}", self.fit.correlations[i][j]);
            let name = effect.term.chars().take(11).collect();
            rows.push(std::iter::once(name).chain((0..i).map(cell)).collect());
        }
        rows
    }

    /// The estimates under the symbols of the equations; empty without them.
    pub fn symbols(&self) -> String {
        let Some(lexicon) = self.lexicon else { return String::new() };
        let fit = self.fit;
        let mut lines: Vec<(String, String, String)> = vec![];
        let shown = |value: f64| column(&[value], 5).remove(0);
        for effect in &fit.fixed {
            let found = lexicon.fixed.iter().find(|(term, _)| term.column() == effect.term);
            if let Some((_, name)) = found {
                lines.push((spelled(name), shown(effect.estimate), effect.term.clone()));
            }
        }
        for term in &fit.random {
            let place = |grouping: &Grouping, of: &Term| {
                (grouping.to_string() == term.group)
                    .then(|| term.terms.iter().position(|t| *t == of.column()))
                    .flatten()
            };
            for ((grouping, a, b), symbol) in &lexicon.covariances {
                let (Some(i), Some(j)) = (place(grouping, a), place(grouping, b)) else { continue };
                let about = if i == j {
                    format!("variance of {} by {}", term.terms[i], term.group)
                } else {
                    format!("covariance of {} and {} by {}", term.terms[j], term.terms[i], term.group)
                };
                lines.push((symbol.to_string(), product(term.sd[i], term.sd[j], term.corr[i][j], 5), about));
                if i != j {
                    let label = format!("ρ({}, {})", term.terms[j], term.terms[i]);
                    lines.push((label, shown(term.corr[i][j]), "correlation".into()));
                }
            }
        }
        if let Some(variance) = &lexicon.variance {
            let value = product(fit.sigma, fit.sigma, 1.0, 5);
            lines.push((variance.to_string(), value, "residual variance".into()));
        }
        if lines.is_empty() {
            return String::new();
        }
        let rows: Vec<Vec<String>> = lines
            .into_iter()
            .map(|(symbol, value, about)| vec![symbol, "=".into(), value, format!("  {about}")])
            .collect();
        format!("In the symbols of the equations:\n{}", grid(&rows, 4))
    }

    /// Intraclass correlations where every term is an intercept; the variance between groups as a function of the
    /// covariate where a term is an intercept and one slope: v(x) = τ00 + 2 τ01 x + τ11 x².
    pub fn shares(&self) -> String {
        let fit = self.fit;
        let mut out = String::new();
        let intercept = |r: &RandomEffects| r.terms == ["(Intercept)"];
        if fit.random.iter().all(intercept) {
            // In units of the residual: no overflow.
            let parts: Vec<f64> = fit.random.iter().map(|r| (r.sd[0] / fit.sigma).powi(2)).collect();
            let total = 1.0 + parts.iter().sum::<f64>();
            for (term, part) in fit.random.iter().zip(parts) {
                let _ = writeln!(
                    out,
                    "Intraclass correlation of {}: {:.4} (its variance over the sum of all, residual included)",
                    term.group,
                    part / total
                );
            }
        }
        for term in &fit.random {
            if let ([first, slope], [around, steep]) = (&term.terms[..], &term.sd[..])
                && first == "(Intercept)"
                && *steep > 0.0
            {
                let correlation = term.corr[1][0];
                let [a, b, c] = [(around, around, 1.0), (around, steep, correlation), (steep, steep, 1.0)]
                    .map(|(a, b, r)| product(*a, *b, r, 4));
                let sign = |v: &str| v.strip_prefix('-').map_or_else(|| format!("+ {v}"), |v| format!("- {v}"));
                let lowest = column(&[if *around > 0.0 { -correlation * (around / steep) } else { 0.0 }], 4).remove(0);
                let _ = writeln!(
                    out,
                    "Variance between groups of {} at {slope} = x: {a} {} · 2x + {c} x², smallest at x = {lowest}",
                    term.group,
                    sign(&b)
                );
            }
        }
        out
    }
}

pub(crate) fn spelled(name: &Name) -> String {
    let mut out = name.base.clone();
    for (sign, part) in [('_', &name.tag), ('^', &name.mark)] {
        if !part.is_empty() {
            out.push(sign);
            out.push_str(part);
        }
    }
    out
}
