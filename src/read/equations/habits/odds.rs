//! The mean of a response under a link: `P(y = 1)`, odds, `log(-log(1 - p))`, and what is ordinal.

use crate::syntax::{Expr, Key, Kind, Law, Name, Statement, Symbol, System, family_of};
use std::collections::BTreeSet;

/// `P(Y ≤ k)`, alone or under a link.
pub(in crate::read) fn cumulative(left: &Expr) -> Option<&Expr> {
    let order = ["≤", "≥", "\\le", "\\ge", "<", ">", "\\lt", "\\gt"];
    let is_order = matches!(&left.kind, Kind::Call(name, _) if order.iter().any(|sign| name.starts_with(sign)));
    if is_order { Some(left) } else { left.children().into_iter().find_map(cumulative) }
}

/// The `p` of `log(-log(1 - p))`.
pub(in crate::read) fn log_log(left: &Expr) -> Option<Expr> {
    let call = |e: &Expr, name: &str| match &e.kind {
        Kind::Call(own, arguments) if own == name && arguments.len() == 1 => Some(arguments[0].clone()),
        _ => None,
    };
    let Kind::Negative(inner) = call(left, "log")?.kind else { return None };
    taken_from_one(&call(&inner, "log")?).cloned()
}

/// The `p` of `1 - p`.
fn taken_from_one(expr: &Expr) -> Option<&Expr> {
    let Kind::Sum(parts) = &expr.kind else { return None };
    match &parts[..] {
        [one, Expr { kind: Kind::Negative(p), .. }] if one.kind == Kind::Number("1".into()) => Some(p),
        _ => None,
    }
}

/// Under a link function, `P(y = 1)` and `E(y | u)` are the mean of `y`, which the link is said of; so are they in odds.
pub(in crate::read) fn mean(expr: &mut Expr) {
    if let Kind::Call(name, arguments) = &expr.kind
        && (name == "P" || name == "E")
        && let [of] = arguments.as_slice()
        && let Some(symbol) = of.symbols().first()
    {
        *expr = Expr::new(Kind::Symbol((*symbol).clone()), expr.span);
    }
    // \log(\mu_{ij} | u_i): the mean of the groups with these effects.
    if let Some(symbol) = before_bar(expr) {
        *expr = Expr::new(Kind::Symbol(symbol.clone()), expr.span);
    }
    if let Kind::Quotient(above, below) = &expr.kind
        && let Some((symbol, "1")) = event(above)
        && is_complement(below, symbol)
    {
        let own = || Expr::from(symbol.clone());
        let rest = Expr::new(Kind::Negative(Box::new(own())), below.span);
        let rest = Expr::new(Kind::Sum(vec![Expr::number(1), rest]), below.span);
        expr.kind = Kind::Quotient(Box::new(own()), Box::new(rest));
    }
}

/// `p_ij = P(Y_ij = 1)` beside `logit(p_ij) = …` says that Y follows a Bernoulli law; so does `p_ij = E(Y_ij)`, and under a
/// logarithm a Poisson law.
pub(in crate::read) fn laws(system: &mut System) {
    let linked = |mean: &Symbol| {
        system.statements.iter().find_map(|statement| match statement {
            Statement::Equation { left: Expr { kind: Kind::Call(link, of), .. }, .. } => {
                let is_mean = of.iter().flat_map(Expr::symbols).any(|s| s.same(mean));
                let law = match link.as_str() {
                    "logit" | "probit" | "cloglog" => "Bernoulli",
                    // The logarithm of odds is a logit.
                    "log" if matches!(of.first()?.kind, Kind::Quotient(..)) => "Bernoulli",
                    "log" => "Poisson",
                    _ => return None,
                };
                is_mean.then_some(law)
            }
            _ => None,
        })
    };
    let law = |statement: &Statement| {
        let Statement::Equation { left, rights, span } = statement else { return None };
        let (mean, [right]) = (left.symbol()?, &rights[..]) else { return None };
        let response = match &right.kind {
            Kind::Call(name, of) if name == "E" => before_bar(of.first()?).or(of.first()?.symbol())?,
            Kind::Call(..) => event(right).filter(|(_, value)| *value == "1")?.0,
            _ => return None,
        };
        let name = linked(mean).filter(|_| !response.indices.is_empty() && !response.same(mean))?.to_owned();
        let law = Law::Other { name, arguments: vec![left.clone()] };
        Some(Statement::Distribution { left: vec![response.clone().into()], law, span: *span })
    };
    let laws: Vec<Option<Statement>> = system.statements.iter().map(law).collect();
    for (statement, law) in system.statements.iter_mut().zip(laws) {
        if let Some(law) = law {
            *statement = law;
        }
    }
}

/// `\log(\lambda_i) \sim N(\beta_0 + \beta_1 x_i, \sigma^2)` beside a law with the mean λ_i: the linear predictor and an effect
/// of each observation around it.
pub(in crate::read) fn overdispersed(system: &mut System) {
    let means: BTreeSet<Key> = system.statements.iter().flat_map(of_counts).map(Symbol::key).collect();
    let taken = |base: &str| system.used().chain(system.lefts().flat_map(Expr::symbols)).any(|s| s.name.base == base);
    let Some(letter) = ["ε", "ϵ", "ξ", "ω"].into_iter().find(|letter| !taken(letter)) else { return };
    let mut laws = vec![];
    for statement in &mut system.statements {
        let Statement::Distribution { left, law: Law::Normal { mean, covariance }, span } = statement else { continue };
        let ([Expr { kind: Kind::Call(link, of), .. }], [mean]) = (&left[..], &mean[..]) else { continue };
        let Some(symbol) = of.first().and_then(Expr::symbol).filter(|s| means.contains(&s.key())) else {
            continue;
        };
        if !["log", "logit", "probit"].contains(&link.as_str()) {
            continue;
        }
        let effect = Symbol { span: *span, ..Symbol::new(Name::new(letter), symbol.indices.clone()) };
        let law = Law::Normal { mean: vec![Expr::number(0)], covariance: covariance.clone() };
        laws.push(Statement::Distribution { left: vec![effect.clone().into()], law, span: *span });
        let right = Expr::sum(vec![mean.clone(), effect.into()]);
        *statement = Statement::Equation { left: left[0].clone(), rights: vec![right], span: *span };
    }
    system.statements.extend(laws);
}

/// The symbols in the law of a generalised response.
fn of_counts(statement: &Statement) -> Vec<&Symbol> {
    match statement {
        Statement::Distribution { law: Law::Other { name, arguments }, .. } if family_of(name).is_some() => {
            arguments.iter().filter_map(Expr::symbol).collect()
        }
        _ => vec![],
    }
}

/// The symbol that is conditional on others, `\mu_{ij} | u_i`.
pub(in crate::read) fn before_bar(expr: &Expr) -> Option<&Symbol> {
    match &expr.kind {
        Kind::Call(bar, parts) if matches!(bar.as_str(), "|" | "\\mid" | "\\vert" | "\\big|") => {
            parts.first()?.symbol()
        }
        _ => None,
    }
}

/// The `y` and the `1` of `P(y = 1)`.
fn event(expr: &Expr) -> Option<(&Symbol, &str)> {
    match &expr.kind {
        Kind::Call(name, arguments) if name == "P" => match &arguments.first()?.kind {
            Kind::Call(sign, sides) if sign == "=" => match &sides[..] {
                [of, Expr { kind: Kind::Number(value), .. }, ..] => Some((of.symbol()?, value)),
                _ => None,
            },
            Kind::Symbol(symbol) => Some((symbol, "1")),
            _ => None,
        },
        // p(y)
        Kind::Product(parts) => match &parts[..] {
            [p, y] if p.symbol().is_some_and(is_probability) => Some((y.symbol()?, "1")),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a letter is the p of `p(y)`.
fn is_probability(symbol: &Symbol) -> bool {
    symbol.indices.is_empty() && symbol.name.tag.is_empty() && matches!(symbol.name.base.as_str(), "p" | "P" | "π")
}

/// Whether this is `1 - P(y = 1)` or `P(y = 0)`. Another category of `y` is not: those odds are of a multinomial law.
fn is_complement(expr: &Expr, of: &Symbol) -> bool {
    // A sum of another kind is no event either.
    let (expr, value) = taken_from_one(expr).map_or((expr, "0"), |rest| (rest, "1"));
    event(expr).is_some_and(|(symbol, own)| symbol.same(of) && own == value)
}
