//! `mlnote check A B --data FILE`: what the table says of facts, and both models fitted to it, side by side.

use super::fit::table;
use super::{Context, Failure};
use mlnote::algebra::{Pair, Reading, compare};
use mlnote::error::{Code, Diagnostic, visible};
use mlnote::fit::{Fit, Method, Relation, Table, Verdict, Word, fit, learn, wanted_by_both};
use mlnote::model::{Facts, Reference};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// Log-likelihoods of one model in two spellings, each at a certified optimum, are not further apart than this.
const APART: f64 = 1e-3;

/// Reads the columns that either model needs, and what they say of facts that nobody declared.
pub(super) fn read(
    context: &mut Context,
    path: &Path,
    readings: &[Reading; 2],
    facts: &Facts,
) -> Result<(Table, Facts), Failure> {
    let found = compare(&readings[0], &readings[1], &facts.index, &BTreeSet::new());
    let models = [&found.models[0], &found.models[1]];
    let table = table(path, &wanted_by_both(models, facts)?)?;
    let mut facts = facts.clone();
    let [a, b] = readings.each_ref().map(|reading| &reading.lexicon.categorical);
    // Where both texts have categories, numbers of the table are their names.
    a.keys().filter(|name| b.contains_key(*name)).for_each(|name| facts.learn_categorical(name, Reference::First));
    let mut notes = vec![];
    let facts = learn(models, &table, &facts, &mut notes)?;
    context.remark(notes);
    Ok((table, facts))
}

/// Both models fitted by maximum likelihood.
pub(super) struct Fitted {
    name: String,
    rows: usize,
    fits: [Result<Fit, String>; 2],
}

impl Fitted {
    /// Fits both models of a verdict to a table.
    ///
    /// # Errors
    /// `Fault` when the verdict says that they are one model, or that one holds the other, and the fits say otherwise.
    pub(super) fn new(path: &Path, table: &Table, verdict: &Verdict) -> Result<Self, Failure> {
        let one = |at: usize| {
            fit(&verdict.comparison.models[at], table, &verdict.facts, Method::Ml).map_err(|why| why.message)
        };
        let fitted = Self { name: path.display().to_string(), rows: table.rows(), fits: [one(0), one(1)] };
        let [Ok(a), Ok(b)] = &fitted.fits else { return Ok(fitted) };
        let gap = a.loglik - b.loglik;
        let limit = APART * (1.0 + 1e-6 * a.loglik.abs());
        let against = match (verdict.word, verdict.nested) {
            (Word::Same | Word::Equivalent, _) => gap.abs() > limit,
            (Word::Different, Some(Relation::AInB)) => gap > limit,
            (Word::Different, Some(Relation::BInA)) => -gap > limit,
            _ => false,
        };
        if against && a.n == b.n && a.converged && b.converged {
            let message = format!(
                "a fault of mlnote: terms and design matrices say `{}`, the fits do not: log-likelihood {:.6} and {:.6}",
                verdict.word.text(),
                a.loglik,
                b.loglik
            );
            let fault = Diagnostic::error(Code::Fault, message).help("please report the two models and the data");
            return Err(Box::new(fault).into());
        }
        Ok(fitted)
    }

    /// As a member of the answer.
    pub(super) fn to_json(&self) -> Value {
        let one = |fit: &Result<Fit, String>| match fit {
            Ok(fit) => {
                let mut value = serde_json::to_value(fit).unwrap_or_default();
                value["parameters"] = json!(fit.parameters());
                value
            }
            Err(why) => json!({ "error": why }),
        };
        let difference = match &self.fits {
            [Ok(a), Ok(b)] if a.n == b.n => json!(a.loglik - b.loglik),
            _ => Value::Null,
        };
        json!({
            "file": self.name, "rows": self.rows, "method": "ML",
            "A": one(&self.fits[0]), "B": one(&self.fits[1]), "difference": difference,
        })
    }

    /// What the fits say of themselves, with the model that it is said of; once where it is said of both.
    fn told(&self) -> Vec<(&'static str, &str)> {
        let of = |at: usize| self.fits[at].iter().flat_map(|fit| &fit.notes).map(|note| note.message.as_str());
        let (a, b): (Vec<&str>, Vec<&str>) = (of(0).collect(), of(1).collect());
        let first = a.iter().map(|m| (if b.contains(m) { "A and B" } else { "A" }, *m));
        first.chain(b.iter().filter(|m| !a.contains(m)).map(|m| ("B", *m))).collect()
    }

    /// As a table: a line for each thing that either model estimates.
    pub(super) fn to_text(&self, pairs: &[Pair]) -> String {
        let mut out = format!("\nfits by maximum likelihood, {}:\n", visible(&self.name));
        for (side, fit) in ["A", "B"].iter().zip(&self.fits) {
            if let Err(why) = fit {
                out += &format!("  {side} could not be fitted: {}\n", visible(why));
            }
        }
        let mut rows: Vec<(String, [String; 2])> = vec![];
        for (side, fit) in self.fits.iter().enumerate().filter_map(|(at, f)| Some((at, f.as_ref().ok()?))) {
            for (label, value) in lines(fit, pairs) {
                match rows.iter_mut().find(|(known, cells)| *known == label && cells[side].is_empty()) {
                    Some(row) => row.1[side] = value,
                    None => {
                        let mut cells = [String::new(), String::new()];
                        cells[side] = value;
                        rows.push((label, cells));
                    }
                }
            }
        }
        if rows.is_empty() {
            return out;
        }
        rows.sort_by_key(|(label, _)| ORDER.iter().position(|start| label.starts_with(start)));
        let wide = rows.iter().map(|r| r.0.chars().count()).max().unwrap_or(0);
        let column = |at: usize| rows.iter().map(|r| r.1[at].chars().count()).max().unwrap_or(0).max(1);
        let (first, second) = (column(0), column(1));
        out += &format!("  {:wide$}  {:>first$}  {:>second$}\n", "", "A", "B");
        for (label, [a, b]) in &rows {
            out += &format!("  {label:wide$}  {a:>first$}  {b:>second$}\n");
        }
        for (side, message) in self.told() {
            out += &format!("{side}: {}\n", visible(message));
        }
        if let [Ok(a), Ok(b)] = &self.fits
            && a.n != b.n
        {
            out += "the two do not use the same rows: their log-likelihoods cannot be compared\n";
        }
        out
    }
}

const TOTALS: [&str; 4] = ["log-likelihood", "parameters", "AIC", "observations"];
/// How the lines begin, in their order.
const ORDER: [&str; 8] =
    ["fixed", "sd of ", "correlation of ", "residual ", TOTALS[0], TOTALS[1], TOTALS[2], TOTALS[3]];

/// What one fit estimates, with the letters that name it.
fn lines(fit: &Fit, pairs: &[Pair]) -> Vec<(String, String)> {
    let plain = |name: &str| if name == "(Intercept)" { "intercept".to_owned() } else { name.to_owned() };
    let sorted = |name: &str| {
        let mut parts: Vec<&str> = name.split(':').collect();
        parts.sort_unstable();
        parts.join(":")
    };
    let letters = |part: &str, of: &str| {
        let pair = pairs.iter().find(|p| p.part == part && sorted(&p.of) == sorted(of) && !p.by_term);
        let names: Vec<&str> = pair.iter().flat_map(|p| p.names.iter().flatten()).map(String::as_str).collect();
        match names[..] {
            [] => String::new(),
            [a, b] if a != b => format!(" ({} | {})", visible(a), visible(b)),
            [a, ..] => format!(" ({})", visible(a)),
        }
    };
    let number = |v: f64| if v.is_finite() { format!("{v:.4}") } else { "-".to_owned() };
    let mut out = vec![];
    for effect in &fit.fixed {
        let name = plain(&effect.term);
        let what = if name == "intercept" {
            "fixed intercept".to_owned()
        } else {
            format!("fixed effect of {}", visible(&sorted(&name)))
        };
        out.push((what + &letters("fixed effect", &name), number(effect.estimate)));
    }
    for term in &fit.random {
        for (at, name) in term.terms.iter().enumerate() {
            let name = plain(name);
            let of = |name: &str| if name == "intercept" { "1".to_owned() } else { name.to_owned() };
            let symbol = letters("random effect", &format!("{} | {}", of(&name), term.group));
            out.push((format!("sd of {} by {}{symbol}", visible(&name), visible(&term.group)), number(term.sd[at])));
        }
        for (i, first) in term.terms.iter().enumerate() {
            for (j, second) in term.terms.iter().enumerate().take(i) {
                let (first, second) = (visible(&plain(first)), visible(&plain(second)));
                let label = format!("correlation of {second} and {first} by {}", visible(&term.group));
                out.push((label, number(term.corr[i][j])));
            }
        }
    }
    out.push(("residual sd".to_owned(), number(fit.sigma)));
    out.push((TOTALS[0].to_owned(), format!("{:.4}", fit.loglik)));
    out.push((TOTALS[1].to_owned(), fit.parameters().to_string()));
    out.push((TOTALS[2].to_owned(), format!("{:.4}", fit.aic())));
    out.push((TOTALS[3].to_owned(), fit.n.to_string()));
    out
}
