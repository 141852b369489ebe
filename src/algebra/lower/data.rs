//! Data expressions as R says them.

use crate::model::{Facts, RExpr};
use crate::syntax::{Accent, Expr, Key, Kind, Name, Role, Roles, Symbol, greek};

/// The column of a symbol: the one that is declared for it, by its own letters or by their names (`α`, `alpha`), or
/// that of its name, as the text writes its letter.
///
/// ```
/// use mlnote::{algebra::column, model::Facts, syntax::Name};
/// let mut facts = Facts::default();
/// assert_eq!(column(&Name::new("α"), &facts), "alpha");
/// facts.add("column", "α = angle").unwrap();
/// assert_eq!(column(&Name::new("α"), &facts), "angle");
/// ```
pub fn column(name: &Name, facts: &Facts) -> String {
    let column = name.column();
    if let Some(declared) = facts.column.get(&column).or_else(|| facts.column.get(&name.to_string())) {
        return declared.clone();
    }
    let letter = name.base.chars().next().filter(|letter| facts.letters.contains(letter));
    match letter.and_then(|letter| Some((letter, column.strip_prefix(greek::name(letter)?)?))) {
        Some((letter, rest)) => format!("{letter}{rest}"),
        None => column,
    }
}

/// The covariate that a symbol stands for: a column, or the dummy of a category. A dummy is one whose factor and
/// category are declared, or, as equatiomatic prints it, a word without index whose subscript is a word:
/// `\operatorname{group}_{\operatorname{low}}` is the category `low` of `group`. Beside `X_ij` or `\bar{X}_j`, a
/// `\bar{X}` without index is the mean of all.
pub(super) fn symbol(symbol: &Symbol, roles: &Roles, facts: &Facts) -> RExpr {
    let name = &symbol.name;
    if let Some(of) = whole_mean(symbol, roles) {
        return RExpr::call("mean", [RExpr::name(column(&of, facts))]);
    }
    let whole = name.column();
    if let Some((factor, category)) = facts.dummy(&whole)
        && !facts.define.contains_key(&whole)
    {
        return RExpr::dummy(factor, category);
    }
    if symbol.indices.is_empty() && name.base.chars().count() > 1 && !name.tag.is_empty() {
        return RExpr::dummy(column(&untagged(name), facts), &name.tag);
    }
    RExpr::name(group_mean(symbol, roles, facts).unwrap_or_else(|| column(name, facts)))
}

/// The column of a mean over a group beside the mean of the same covariate over another: `x_bar_jk` and `x_bar_k` of
/// `\bar{x}_{jk}` and `\bar{x}_k`.
fn group_mean(symbol: &Symbol, roles: &Roles, facts: &Facts) -> Option<String> {
    let key = symbol.key();
    let other = |(k, role): (&Key, &Role)| {
        *role == Role::Covariate && k.name == key.name && !k.indices.is_empty() && k.indices != key.indices
    };
    if symbol.name.accents.last() != Some(&Accent::Bar) || key.indices.is_empty() || !roles.roles.iter().any(other) {
        return None;
    }
    let letters: String = key.indices.iter().map(String::as_str).collect();
    let tag = if symbol.name.tag.is_empty() { letters } else { format!("{}_{letters}", symbol.name.tag) };
    Some(column(&Name { tag, ..symbol.name.clone() }, facts))
}

/// What a bar without index is the mean of: of the covariate of each observation, or, since over the rows the mean of the
/// groups' means is that of the covariate, of the same bar with an index. The mean of what is of groups is none over the
/// rows, where larger groups count more: it stays a column.
fn whole_mean(symbol: &Symbol, roles: &Roles) -> Option<Name> {
    let mut of = symbol.name.clone();
    if of.accents.pop() != Some(Accent::Bar) || !symbol.indices.is_empty() {
        return None;
    }
    let stands = |name: &Name, whole: bool| {
        let is = |k: &Key| k.name == *name && !k.indices.is_empty() && (!whole || roles.is_full(k));
        roles.roles.iter().any(|(k, r)| *r == Role::Covariate && is(k))
    };
    let of = Some(of).filter(|of| stands(of, true));
    of.or_else(|| Some(symbol.name.clone()).filter(|bar| stands(bar, false)))
}

/// The name without what stands below it.
pub(super) fn untagged(name: &Name) -> Name {
    Name { tag: String::new(), ..name.clone() }
}

/// R's name of a function.
pub(super) fn function(name: &str) -> String {
    match name.trim_start_matches('\\') {
        "ln" => "log".into(),
        "le" | "leq" | "≤" => "<=".into(),
        "ge" | "geq" | "≥" => ">=".into(),
        "lt" => "<".into(),
        "gt" => ">".into(),
        other => other.to_owned(),
    }
}

/// A data expression as a covariate: `I(X - X_bar)`, `I(X^2)`, `log(X)`, `X`.
pub(super) fn covariate(expr: &Expr, roles: &Roles, facts: &Facts) -> RExpr {
    match r(expr, roles, facts) {
        inner @ RExpr::Call(..) if !matches!(expr.kind, Kind::Call(..)) => RExpr::call("I", [inner]),
        other => other,
    }
}

/// The expression in R's syntax, brackets where R needs them.
fn r(expr: &Expr, roles: &Roles, facts: &Facts) -> RExpr {
    let bracketed = |e: &Expr| match &e.kind {
        Kind::Sum(_) | Kind::Negative(_) | Kind::Product(_) | Kind::Quotient(..) => {
            RExpr::call("(", [r(e, roles, facts)])
        }
        _ => r(e, roles, facts),
    };
    match &expr.kind {
        Kind::Symbol(symbol) => self::symbol(symbol, roles, facts),
        Kind::Number(text) => RExpr::Number(text.clone()),
        Kind::Negative(inner) => RExpr::call("-", [bracketed(inner)]),
        Kind::Sum(parts) => parts
            .iter()
            .map(|part| match &part.kind {
                Kind::Negative(inner) => ("-", bracketed(inner)),
                Kind::Sum(_) => ("+", bracketed(part)),
                _ => ("+", r(part, roles, facts)),
            })
            .fold(None, |sum: Option<RExpr>, (op, part)| {
                Some(match (sum, op) {
                    (None, "+") => part,
                    (None, op) => RExpr::call(op, [part]),
                    (Some(sum), op) => RExpr::call(op, [sum, part]),
                })
            })
            .unwrap_or(RExpr::Number("0".into())),
        Kind::Product(parts) => {
            parts.iter().map(bracketed).reduce(|a, b| RExpr::call("*", [a, b])).unwrap_or(RExpr::Number("1".into()))
        }
        Kind::Quotient(a, b) => RExpr::call("/", [bracketed(a), bracketed(b)]),
        Kind::Power(a, b) => RExpr::call("^", [bracketed(a), bracketed(b)]),
        // The category of an indicator.
        Kind::Call(name, arguments) if arguments.is_empty() && name.starts_with('"') => {
            RExpr::Text(name.trim_matches('"').to_owned())
        }
        Kind::Call(name, arguments) => RExpr::call(function(name), arguments.iter().map(|a| r(a, roles, facts))),
    }
}
