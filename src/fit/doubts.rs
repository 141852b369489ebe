//! What can be fitted and is perhaps not what was meant: notes.

use super::design::Groups;
use crate::error::{Code, Diagnostic, Notes};
use crate::model::RExpr;
use std::collections::HashMap;

/// What the responses so far look like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Responses {
    first: f64,
    /// Whether there are two different ones.
    pub(super) vary: bool,
    /// Whether all are 0 or 1.
    binary: bool,
}

impl Responses {
    pub(super) fn new() -> Self {
        Self { first: f64::NAN, vary: false, binary: true }
    }

    pub(super) fn add(&mut self, y: &[f64]) {
        if self.first.is_nan() {
            self.first = y.first().copied().unwrap_or(f64::NAN);
        }
        self.vary = self.vary || y.iter().any(|v| *v != self.first);
        self.binary = self.binary && y.iter().all(|v| *v == 0.0 || *v == 1.0);
    }

    /// Notes a response that a logistic model is usually made for.
    pub(super) fn note(&self, response: &RExpr, notes: &mut Notes) {
        if self.binary && self.vary {
            let message = format!("the response `{response}` is 0 or 1 in every row, and is fitted as a normal one");
            let help =
                "if a logistic model is meant, `glmer` with `family = binomial` fits it; mlnote reads and writes it";
            notes.push(Diagnostic::note(Code::BinaryResponse, message).help(help));
        }
    }
}

/// Notes ids that are one as numbers, or but for spaces, and two as texts.
pub(super) fn ids(groups: &Groups, notes: &mut Notes) {
    let plain = |label: &str| -> Vec<String> {
        let part =
            |part: &str| part.trim().parse::<f64>().map_or_else(|_| part.trim().to_owned(), |v| (v + 0.0).to_string());
        label.split(':').map(part).collect()
    };
    let mut seen: HashMap<Vec<String>, &str> = HashMap::with_capacity(groups.labels.len());
    let twice = groups.labels.iter().find_map(|label| seen.insert(plain(label), label).map(|before| (before, label)));
    if let Some((one, other)) = twice {
        let message =
            format!("`{}` and `{}` are two groups of `{}`", one.escape_debug(), other.escape_debug(), groups.name);
        let help = "ids are texts: if these are one group, spell them alike in the data";
        notes.push(Diagnostic::note(Code::LookAlike, message).help(help));
    }
}
