//! Which symbol is the residual.

use super::super::names::{EFFECT_LETTERS, RESIDUAL_LETTERS, is_parameter_like, is_word, names_residual};
use super::super::outside::scale;
use super::super::{Monomial, Role};
use super::Assigner;
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::syntax::{Expr, Kind, Symbol};

impl Assigner<'_> {
    /// The residual: alone, with every index of the response.
    pub(super) fn residual(&mut self, opened: &[Vec<Monomial<'_>>], notes: &mut Notes) -> Result<()> {
        let gaussian = self.draft.response.family == "gaussian";
        let alone: Vec<&Symbol> = opened
            .iter()
            .flatten()
            .filter(|m| m.factors.len() == 1)
            .flat_map(Monomial::symbols)
            .filter(|s| self.is_full(&s.key()))
            .filter(|s| matches!(self.roles.get(&s.key()), None | Some(Role::Residual)))
            .collect();
        let mut keys: Vec<&&Symbol> = vec![];
        for symbol in &alone {
            if !keys.iter().any(|k| k.same(symbol)) {
                keys.push(symbol);
            }
        }
        let declared = |s: &Symbol| self.roles.get(&s.key()) == Some(&Role::Residual);
        let chosen: Vec<Symbol> = match &keys[..] {
            [only] => vec![(**only).clone()],
            several => several.iter().filter(|s| declared(s)).map(|s| (**s).clone()).collect(),
        };
        let offsets: Vec<Symbol> =
            keys.iter().filter(|k| !chosen.iter().any(|c| c.same(k))).map(|k| (**k).clone()).collect();
        let is_error = |s: &Symbol| {
            is_parameter_like(&s.name) || EFFECT_LETTERS.contains(&s.name.base.as_str()) || names_residual(&s.name)
        };
        // What refuses a variance of each observation says more.
        let scaled = self.draft.laws.iter().any(|law| {
            chosen.iter().any(|c| law.keys.contains(&c.key()))
                && scale(&law.covariance).iter().any(|key| self.is_full(key))
        });
        match (&chosen[..], &keys[..], gaussian) {
            ([only], ..) if scaled || !gaussian || !offsets.iter().any(is_error) => {
                for offset in &offsets {
                    let message = format!("{offset} has no coefficient: taken as an offset");
                    notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(offset.span, ""));
                    self.set(offset, Role::Covariate)?;
                }
                self.set(only, Role::Residual)
            }
            (_, [], true) => self.missing_residual(),
            (_, [], false) => Ok(()),
            (_, [first, ..], _) => Diagnostic::error(
                Code::AmbiguousRole,
                format!("{first} and {} both stand alone with every index of the response", keys[keys.len() - 1]),
            )
            .at(keys[keys.len() - 1].span, "one of them is the residual")
            .at(first.span, "what is the other?")
            .help("write the coefficient of a covariate, or state which is the residual: `\\epsilon_{ij} \\sim N(0, \\sigma^2)`")
            .into(),
        }
    }

    fn missing_residual(&mut self) -> Result<()> {
        let response = &self.draft.response.symbol;
        if let Kind::Call(link, of) = &self.draft.response.left.kind
            && !self.draft.response.is_transformed()
        {
            // A link on the left: a generalised model has none. But the logarithm of what is observed, and of no odds, is no
            // link.
            let odds = of.iter().any(|of| matches!(of.kind, Kind::Quotient(..)));
            if !matches!(link.as_str(), "log" | "ln") || odds || !is_word(&response.name) {
                return Ok(());
            }
            let message =
                format!("{} has no residual, and nothing says that {response} is a count", self.draft.response.left);
            return Diagnostic::error(Code::MissingResidual, message)
                .at(self.draft.span, "the logarithm of a measure, or of the mean of a count?")
                .help(format!("add `+ \\epsilon_{{ij}}` if {response} is measured; write `{response} ~ Poisson(\\lambda_{{ij}})` if it is counted"))
                .into();
        }
        let lower = self.observation.iter().find(|i| {
            self.roles.iter().any(|(k, r)| *r == Role::Random && k.indices.len() == 1 && k.indices.contains(*i))
                && !self.draft.definitions.iter().any(|d| d.symbol.key().indices.contains(*i))
        });
        let mut error = Diagnostic::error(Code::MissingResidual, format!("the equation of {response} has no residual"))
            .at(self.draft.span, "no symbol stands alone with every index of the response");
        let covariate = |s: &&&Symbol| self.roles.get(&s.key()) == Some(&Role::Covariate) && self.is_full(&s.key());
        let factors: Vec<&Symbol> = self.draft.rights.iter().flat_map(Expr::symbols).collect();
        let glued = factors.iter().filter(covariate).find(|s| RESIDUAL_LETTERS.contains(&s.name.base.as_str()));
        if let Some(glued) = glued {
            error = Diagnostic::error(
                Code::MissingResidual,
                format!("{glued} is a factor of a product, and the equation of {response} has no residual"),
            )
            .at(glued.span, "a `+` is missing before it, if it is the residual")
            .help(format!("write `+ {glued}`; if it is a covariate, add the residual, such as `+ \\epsilon_{{ij}}`"));
        } else if let Some(index) = lower {
            error = error.help(format!(
                "a symbol carries only {index}: if it is the residual, give it every index of {response}"
            ));
        } else {
            error = error.help("add one, such as `+ \\epsilon_{ij}`, or state the distribution of the response");
        }
        error.into()
    }
}
