//! Links and laws of generalised models, as they are written on the left, on the right and behind `~`.

use crate::syntax::{Expr, Key, Kind, Statement, Symbol, System};
use std::collections::BTreeSet;

/// R's name for a link function as written.
pub(super) fn link_of(name: &str) -> Option<&'static str> {
    match name.trim_start_matches('\\').to_lowercase().as_str() {
        "logit" | "log-odds" | "logodds" => Some("logit"),
        "log" | "ln" => Some("log"),
        "probit" => Some("probit"),
        "cloglog" => Some("cloglog"),
        _ => None,
    }
}

/// The link whose inverse a right side is, and what it is the inverse of: `\text{logit}^{-1}(…)`, `\Phi(…)`. `exp` is an
/// inverse link only where a law says so.
pub(super) fn inverse_link(right: &Expr, of_law: bool) -> Option<(&'static str, Expr)> {
    if let Some(inside) = inverse_odds(right) {
        return Some(("logit", inside));
    }
    let Kind::Call(name, arguments) = &right.kind else { return None };
    let [inside] = &arguments[..] else { return None };
    let link = match name.as_str() {
        "exp" if of_law => "log",
        name => link_of(name.strip_prefix("inv_")?)?,
    };
    Some((link, inside.clone()))
}

/// The logit of `exp(η) / (1 + exp(η))` or `1 / (1 + exp(-η))`.
fn inverse_odds(right: &Expr) -> Option<Expr> {
    fn exponent(e: &Expr) -> Option<&Expr> {
        match &e.kind {
            Kind::Call(name, arguments) if name == "exp" && arguments.len() == 1 => arguments.first(),
            _ => None,
        }
    }
    let one = |e: &Expr| matches!(&e.kind, Kind::Number(text) if text == "1");
    let Kind::Quotient(top, bottom) = &right.kind else { return None };
    let Kind::Sum(parts) = &bottom.kind else { return None };
    let below = match &parts[..] {
        [unit, rest] | [rest, unit] if one(unit) => exponent(rest)?,
        _ => return None,
    };
    match (exponent(top), &below.kind) {
        (Some(above), _) if above == below => Some(below.clone()),
        (None, Kind::Negative(inner)) if one(top) => Some((**inner).clone()),
        _ => None,
    }
}

/// `P(Y_ij = 1)`, `E(Y_ij | u_j)`: the mean of the symbol in it.
pub(super) fn mean_of(left: &Expr) -> Option<Symbol> {
    let Kind::Call(name, arguments) = &left.kind else { return None };
    if name != "P" && name != "E" {
        return None;
    }
    let symbols = arguments.first()?.symbols();
    symbols.first().filter(|s| !s.indices.is_empty()).map(|s| (*s).clone())
}

/// R's family of a law's name, with its canonical link.
pub fn family_of(name: &str) -> Option<(&'static str, &'static str)> {
    match name.to_lowercase().trim_matches(|c: char| !c.is_alphabetic()) {
        "bernoulli" | "bern" | "be" | "br" | "dbern" | "b" | "binomial" | "bin" | "binom" => {
            Some(("binomial", "logit"))
        }
        "poisson" | "pois" | "dpois" | "po" => Some(("poisson", "log")),
        _ => None,
    }
}

/// The symbol of a left side and the link function around it.
pub(super) fn target(left: &Expr) -> Option<(Symbol, Option<&'static str>)> {
    match &left.kind {
        Kind::Symbol(symbol) => Some((symbol.clone(), None)),
        Kind::Call(name, arguments) => match (&arguments[..], link_of(name)) {
            ([only], Some(link)) => match (&only.kind, link) {
                (Kind::Symbol(symbol), link) => Some((symbol.clone(), Some(link))),
                (Kind::Quotient(top, bottom), "log") => {
                    let symbol = top.symbol()?;
                    let complement = bottom.symbols();
                    (complement.len() == 1 && complement[0].same(symbol)).then(|| (symbol.clone(), Some("logit")))
                }
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The symbol that a left side says something of, as it stands, through a link, or transformed.
pub(super) fn measure(left: &Expr) -> Option<(Symbol, Option<&'static str>)> {
    target(left).or_else(|| Some((transformed(left)?, None)))
}

/// Functions that a measure is transformed by before it is a response.
const TRANSFORMATIONS: [&str; 8] = ["log", "ln", "log2", "log10", "log1p", "sqrt", "exp", "abs"];

/// The one symbol with indices of a transformed response, `\sqrt{y_{ij}}`, `\log(y_{ij} + 1)`.
pub(super) fn transformed(left: &Expr) -> Option<Symbol> {
    let Kind::Call(name, arguments) = &left.kind else { return None };
    let ([measure], [symbol]) = (&arguments[..], &left.symbols()[..]) else { return None };
    let is_measure = matches!(measure.kind, Kind::Symbol(_) | Kind::Sum(_) | Kind::Product(_) | Kind::Quotient(..));
    let known = TRANSFORMATIONS.contains(&name.trim_start_matches('\\'));
    (known && is_measure && !symbol.indices.is_empty()).then(|| (*symbol).clone())
}

/// Whether a left side is the name of a quantity before what it is of, `\text{BLUP}(\beta_0 + u_i)`.
pub(super) fn is_quantity(left: &Expr) -> bool {
    let Kind::Product(factors) = &left.kind else { return false };
    let name = factors.first().and_then(Expr::symbol).filter(|s| s.indices.is_empty() && s.name.tag.is_empty());
    let word = name.is_some_and(|s| s.name.base.len() > 2 && s.name.base.chars().all(|c| c.is_ascii_alphabetic()));
    word && matches!(factors.get(1).map(|factor| &factor.kind), Some(Kind::Sum(_)))
}

/// The symbol that a link stands around.
fn link_around(right: &Expr) -> Option<(Symbol, &'static str)> {
    target(right).and_then(|(symbol, link)| Some((symbol, link?)))
}

/// The symbols that are the mean of a law: the arguments of `Bernoulli`, `Poisson`, …, the mean of a normal one.
pub(super) fn law_means(system: &System) -> BTreeSet<Key> {
    system.laws().flat_map(Statement::rights).filter_map(Expr::symbol).map(Symbol::key).collect()
}

/// `log(p / (1 - p))` behind `logit(p) =`: the link written out.
pub(super) fn is_own_odds(left: &Expr, right: &Expr) -> bool {
    match (target(left), target(right)) {
        (Some((of, Some(_))), Some((symbol, Some(_)))) => of.same(&symbol),
        _ => false,
    }
}

/// The symbols that have equations.
pub(super) struct Equated {
    /// All of them.
    all: BTreeSet<Key>,
    /// Those with an equation that is not just the inverse of a link.
    plainly: BTreeSet<Key>,
}

impl Equated {
    pub(super) fn new(system: &System) -> Self {
        let (mut all, mut plainly) = (BTreeSet::new(), BTreeSet::new());
        for statement in &system.statements {
            if let Statement::Equation { left, rights, .. } = statement
                && let Some((symbol, _)) = target(left)
            {
                let is_plain = |right: &Expr| {
                    inverse_link(right, true).is_none() && !is_own_odds(left, right) && link_around(right).is_none()
                };
                if rights.iter().all(is_plain) {
                    plainly.insert(symbol.key());
                }
                all.insert(symbol.key());
            }
        }
        Self { all, plainly }
    }

    /// `\eta = \text{logit}(\mu)` as `\text{logit}(\mu) = \eta`, where \eta has an equation of its own and \mu is the mean of a
    /// law, or the link is that of a probability.
    pub(super) fn turned(&self, left: &Expr, rights: &[Expr], means: &BTreeSet<Key>) -> Option<(Expr, Vec<Expr>)> {
        let (predictor, [right]) = (left.symbol()?, rights) else { return None };
        let (mean, link) = link_around(right)?;
        let is_mean = link != "log" || means.contains(&mean.key());
        (self.plainly.contains(&predictor.key()) && is_mean).then(|| (right.clone(), vec![left.clone()]))
    }

    /// Whether an equation says only what the link is: `logit(p) = log(p / (1 - p))`, or `p = 1 / (1 + exp(-η))` with an η
    /// that has no equation beside another equation of p.
    pub(super) fn says_link(&self, left: &Expr, rights: &[Expr]) -> bool {
        if rights.iter().all(|right| is_own_odds(left, right)) {
            return true;
        }
        let is_undefined = |right: &Expr| {
            let inside = inverse_link(right, true).and_then(|(_, inside)| inside.symbol().cloned());
            inside.is_some_and(|eta| !self.all.contains(&eta.key()))
        };
        matches!(target(left), Some((symbol, None)) if self.plainly.contains(&symbol.key()))
            && rights.iter().all(is_undefined)
    }
}
