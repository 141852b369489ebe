//! What says a model that is no linear or generalised linear mixed model of lme4: refused with its reason.

use super::names::is_parameter_like;
use super::response::Side;
use super::{Role, Roles};
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::syntax::{Expr, Key, Kind, Law, Matrix, Name, Statement, Symbol, System};
use std::collections::BTreeSet;

/// The refusal of a sum over a set whose members are not told.
pub fn unnamed_sum(span: Span) -> Diagnostic {
    Diagnostic::error(Code::OutOfScope, "a sum over a set that is not named cannot be written as a formula")
        .at(span, "which terms are added up?")
        .help("write every term: `\\beta_1 x_{1ij} + \\beta_2 x_{2ij}`")
}

/// The refusal of vectors and matrices.
pub(super) fn matrix_form(message: String, span: Span, label: &str) -> Diagnostic {
    Diagnostic::error(Code::OutOfScope, message)
        .at(span, label)
        .help("write the model one symbol at a time: `Y_{ij} = \\beta_0 + \\beta_1 X_{ij} + u_j + \\epsilon_{ij}`")
}

/// The refusal of a product of two unknowns.
pub(super) fn not_linear(symbol: &Symbol, other: &Symbol) -> Result<()> {
    Diagnostic::error(Code::NotLinear, format!("{other} and {symbol} are both unknown and multiply each other"))
        .at(symbol.span, "here")
        .help("mlnote reads models that are linear in their coefficients and random effects")
        .into()
}

/// The refusal of a left side that names nothing.
pub(super) fn no_left_side<T>(left: &Expr) -> Result<T> {
    let message = "the left side of this equation is neither a symbol nor a known function of one";
    Err(Box::new(
        Diagnostic::error(Code::Syntax, message)
            .at(left.span, "here")
            .help("write one symbol on the left: `Y_{ij} = …`, `\\beta_{0j} = …`, `\\text{logit}(p_{ij}) = …`"),
    ))
}

/// Refuses an equation of a variance in what each observation has.
pub(super) fn variance(system: &System) -> Result<()> {
    let scale = system.statements.iter().find_map(|statement| match statement {
        Statement::Equation { left, rights, .. } => Some(left).filter(|left| is_location_scale(left, rights)),
        _ => None,
    });
    scale.map_or(Ok(()), |scale| location_scale(scale).into())
}

/// Whether an equation says a variance by what each observation has, `\sigma^2_{\epsilon_{ij}} = \exp(\tau_0 + \tau_1 x_{ij})`.
pub fn is_location_scale(left: &Expr, rights: &[Expr]) -> bool {
    let of = match &left.kind {
        Kind::Power(of, by) if **by == Expr::number(2) => of.symbol(),
        _ => left.symbol(),
    };
    let is_effect = |term: &&Expr| {
        let factors = term.factors();
        factors.len() > 1 && factors.iter().filter_map(|factor| factor.symbol()).any(|s| !s.indices.is_empty())
    };
    let is_linear = |right: &Expr| {
        let inside = match &right.kind {
            Kind::Call(name, inside) if name == "exp" => inside.first().unwrap_or(right),
            _ => right,
        };
        inside.summands().len() > 1 && inside.summands().iter().any(is_effect)
    };
    of.is_some_and(|s| s.name.base == "σ" && s.name.accents.is_empty()) && rights.iter().any(is_linear)
}

fn location_scale(scale: &Expr) -> Diagnostic {
    let named: Vec<String> = scale.symbols().iter().map(ToString::to_string).collect();
    Diagnostic::error(Code::OutOfScope, format!("the scale {} has an equation of its own", named.join(", ")))
        .at(scale.span, "a location-scale model")
        .help("in a linear mixed model the residual variance is one number; drop this equation and the index of the scale")
}

/// Refuses what says another kind of model: laws that are not ours, a scale with an equation, residuals that follow each
/// other. A law of a symbol that only variances use is a prior.
pub(super) fn outside(
    system: &System,
    sides: &[Side],
    used: &BTreeSet<Key>,
    foreign: &[(Symbol, String, Span)],
    notes: &mut Notes,
) -> Result<()> {
    let mut scales: BTreeSet<Key> = sides.iter().filter_map(|s| s.variance.as_ref()).flat_map(scale).collect();
    scales.extend(system.statements.iter().flat_map(|s| match s {
        Statement::Distribution { law: Law::Normal { covariance, .. }, .. } => scale(covariance),
        _ => vec![],
    }));
    for (symbol, law, span) in foreign {
        if scales.contains(&symbol.key()) && !used.contains(&symbol.key()) {
            notes.push(skipped(&[symbol.clone().into()], *span));
            continue;
        }
        return Err(Box::new(foreign_law(symbol, law, *span)));
    }
    for side in sides {
        // rho_model = 0: a value is no equation.
        let is_value = !side.rights.is_empty() && side.rights.iter().all(|right| right.symbols().is_empty());
        if scales.contains(&side.symbol.key()) && !side.symbol.indices.is_empty() && !is_value {
            return location_scale(&side.left).into();
        }
        if let Some(covariance) =
            side.variance.as_ref().filter(|v| v.rows.len() > 1 && !used.contains(&side.symbol.key()))
        {
            return Diagnostic::error(
                Code::OutOfScope,
                format!("the residuals of {} have a covariance matrix of their own", side.symbol),
            )
            .at(covariance.span, "not one variance")
            .help("lme4 takes residuals as independent, with one variance; nlme::gls or glmmTMB fit such models")
            .into();
        }
        let factors = side.rights.iter().flat_map(Expr::summands).filter(|part| part.symbol().is_none());
        if let Some(itself) = factors.flat_map(Expr::symbols).find(|s| !s.indices.is_empty() && s.same(&side.symbol)) {
            return Diagnostic::error(Code::OutOfScope, format!("{} depends on itself", side.symbol))
                .at(itself.span, "the left side of its own equation")
                .help("the value of an earlier occasion is a covariate, `Y_{i,t-1}`")
                .into();
        }
        if let Some(effect) = side.rights.iter().find_map(compared) {
            return Diagnostic::error(Code::OutOfScope, format!("{effect} is one of two values of the same effect"))
                .at(effect.span, "taken from the other: a comparison in pairs")
                .help("lme4 has no effects of several groups at once; see the R packages BradleyTerry2 and brms (mm)")
                .into();
        }
        let lagged = |s: &&Symbol| {
            s.name.base == side.symbol.name.base
                && s.name.accents == side.symbol.name.accents
                && s.name.tag.contains("lag")
        };
        if let Some(before) =
            side.rights.iter().flat_map(|r| r.symbols()).find(lagged).filter(|_| used.contains(&side.symbol.key()))
        {
            return Diagnostic::error(Code::OutOfScope, format!("{} depends on the one before it", side.symbol))
                .at(before.span, "an autoregressive error")
                .help(
                    "lme4 takes residuals as independent; nlme::lme with corAR1 or glmmTMB with ar1 fits such a model",
                )
                .into();
        }
    }
    Ok(())
}

/// The effect that is taken from another of its name, `α_i - α_j`.
fn compared(right: &Expr) -> Option<&Symbol> {
    let summands = right.summands();
    let taken = summands.iter().filter_map(|part| match &part.kind {
        Kind::Negative(inner) => inner.symbol().filter(|s| !s.indices.is_empty()),
        _ => None,
    });
    let added: Vec<&Symbol> = summands.iter().filter_map(|part| part.symbol()).collect();
    taken.filter(|s| s.name.greek().is_some() || s.name.base.len() == 1).find(|s| {
        added.iter().any(|other| other.name == s.name && other.indices.len() == s.indices.len() && !other.same(s))
    })
}

/// Refuses a definition by cases of what is no covariate.
pub(super) fn coded(coded: &[Symbol], roles: &Roles) -> Result<()> {
    let others: BTreeSet<&Name> =
        roles.roles.iter().filter(|(_, role)| **role != Role::Covariate).map(|(key, _)| &key.name).collect();
    match coded.iter().find(|s| others.contains(&s.name) || s.name == roles.response.symbol.name) {
        Some(symbol) => Err(Box::new(by_cases(
            symbol.span,
            format!("{symbol} is defined by cases and is no covariate of the model"),
        ))),
        None => Ok(()),
    }
}

/// The refusal of an equation by cases.
pub fn by_cases(span: Span, message: String) -> Diagnostic {
    Diagnostic::error(Code::OutOfScope, message)
        .at(span, "defined by cases")
        .help("mlnote passes over the coding of a covariate; a response, coefficient or effect has one equation")
}

/// The indexed symbols of a variance.
pub(super) fn scale(covariance: &Matrix) -> Vec<Key> {
    let cells = covariance.rows.iter().flatten().flatten();
    cells.flat_map(|cell| cell.symbols()).filter(|s| !s.indices.is_empty()).map(Symbol::key).collect()
}

pub(super) fn foreign_law(symbol: &Symbol, law: &str, span: Span) -> Diagnostic {
    let read = "mlnote reads normal responses and effects, and binomial (Bernoulli) and Poisson responses";
    let (message, help) = match fitted_by(law) {
        Some(call) => (
            format!("{symbol} follows a law that mlnote does not read: {law}"),
            format!("{read}; lme4 fits this one by `{call}`"),
        ),
        None => (format!("{symbol} follows a law that lme4 does not fit: {law}"), read.to_owned()),
    };
    Diagnostic::error(Code::OutOfScope, message).at(span, "this distribution").help(help)
}

/// How lme4 fits a law of a response that mlnote does not read.
fn fitted_by(law: &str) -> Option<&'static str> {
    let plain: String = law.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
    match plain.as_str() {
        "gamma" => Some("glmer(…, family = Gamma)"),
        "inversegaussian" | "invgaussian" => Some("glmer(…, family = inverse.gaussian)"),
        "nb" | "negbin" | "negbinomial" | "negativebinomial" | "gammapoisson" => Some("glmer.nb(…)"),
        _ => None,
    }
}

/// Refuses `\beta_j^T x_{ij}`, a vector of coefficients, whose law is of `\beta_j`.
pub(super) fn transposed(system: &System) -> Result<()> {
    let is_row = |s: &&Symbol| s.name.is_transposed() && is_parameter_like(&s.name);
    match system.used().find(is_row) {
        Some(row) => matrix_form(format!("{row} is a vector or matrix"), row.span, "vector notation").into(),
        None => Ok(()),
    }
}

pub(super) fn skipped(left: &[Expr], span: Span) -> Diagnostic {
    let names: Vec<String> = left.iter().flat_map(|l| l.symbols()).map(ToString::to_string).collect();
    Diagnostic::note(Code::Skipped, format!("the prior of {} was skipped", names.join(", "))).at(span, "")
}
