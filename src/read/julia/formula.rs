//! `@formula` in R's words: the algebra of terms is R's, but for `&`; all else is a function of columns.

use super::super::lmer::node::{Kind, Node};
use super::super::lmer::parts::{Parts, sides};
use super::super::lmer::terms::{Expansion, expand};
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Covariance, Grouping, RExpr, RandomTerm, Term};

fn refuse(code: Code, message: impl Into<String>, span: Span, label: &str, help: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(code, message).at(span, label).help(help))
}

/// The parts of the model that a formula says.
///
/// # Errors
/// `FormulaRefused` and `FormulaTrap` for what Julia refuses or would calculate instead, `OutOfScope` for codings that
/// no formula of R has.
pub(super) fn parts(formula: &Node, is_categorical: &dyn Fn(&RExpr) -> bool, notes: &mut Notes) -> Result<Parts> {
    let (response, right) = sides(formula)?;
    let (mut fixed, mut bars) = (None, vec![]);
    for summand in summands(right) {
        if summand.has_bar() {
            bars.push(summand);
            continue;
        }
        let term = algebra(summand, false)?;
        fixed = Some(match fixed {
            None => term,
            Some(sum) => Node::call("+", [sum, term], right.span),
        });
    }
    let mut random: Vec<(RandomTerm, Span)> = vec![];
    for bar in bars {
        for term in terms(bar, &random, is_categorical, notes)? {
            random.push((term, bar.span));
        }
    }
    Ok(Parts { random, ..Parts::new(&column(response)?, right, fixed) })
}

/// The summands of a sum, which nests to the left: it is walked, not recursed into. Brackets around a sum fall away.
fn summands(node: &Node) -> Vec<&Node> {
    let (mut rest, mut summands) = (vec![node], vec![]);
    while let Some(node) = rest.pop() {
        match node.as_call() {
            Some(("+", arguments)) => rest.extend(arguments.iter().map(|(_, a)| a)),
            Some(("(", [(_, inner)])) if inner.as_call_of("+").is_some() => rest.push(inner),
            _ => summands.push(node),
        }
    }
    summands.reverse();
    summands
}

/// The random-effects terms of `(… | g)` or `zerocorr(… | g)`; nested groups outermost first.
fn terms(
    summand: &Node,
    before: &[(RandomTerm, Span)],
    is_categorical: &dyn Fn(&RExpr) -> bool,
    notes: &mut Notes,
) -> Result<Vec<RandomTerm>> {
    let (bar, uncorrelated) = match summand.as_call() {
        Some(("(", [(_, inner)])) if inner.is_bar() => (inner, false),
        Some(("zerocorr", [(_, inner)])) if inner.unwrapped().is_bar() => (inner.unwrapped(), true),
        Some(("|" | "||", _)) => {
            let label = "without brackets, everything left of `|` belongs to it";
            let help = "put brackets around each random-effects term: `(1 + x | g)`";
            return Err(refuse(Code::FormulaTrap, "a random-effects term without brackets", summand.span, label, help));
        }
        Some((head, _)) => {
            let message = format!("a random-effects term within `{head}`");
            let help = "it is added: `+ (1 + x | g)`, uncorrelated `+ zerocorr(1 + x | g)`";
            return Err(refuse(Code::FormulaRefused, message, summand.span, "here", help));
        }
        None => return Ok(vec![]),
    };
    let Some((sign, [(_, left), (_, right)])) = bar.as_call() else { return Ok(vec![]) };
    if sign == "||" {
        let help = "uncorrelated effects are `zerocorr(1 + x | g)`";
        return Err(refuse(Code::FormulaRefused, "Julia's formulas have no `||`", bar.span, "here", help));
    }
    if left.has_bar() || right.has_bar() {
        let help = "put brackets around each random-effects term: `(x | g) + (1 | h)`";
        return Err(refuse(Code::FormulaRefused, "there is a bar within a bar", bar.span, "here", help));
    }
    let (effects, said) = effects(left)?;
    if let Some(both) = effects
        .terms
        .iter()
        .flat_map(Term::factors)
        .find_map(|f| right.expr().names().iter().find(|n| f.names().contains(n)).map(|n| (*n).to_owned()))
    {
        let message = format!("`{both}` stands on both sides of `|`");
        return Err(refuse(Code::FormulaRefused, message, bar.span, "MixedModels.jl refuses this", "drop it from one"));
    }
    if let Some(factor) = effects.terms.iter().flat_map(Term::factors).find(|f| uncorrelated && is_categorical(f)) {
        let message = format!("`zerocorr` of the categorical `{factor}` has a variance for each contrast");
        let help = format!("make a dummy covariate of each category, or write `(1 | g) + (0 + {factor} | g)`");
        return Err(refuse(Code::OutOfScope, message, bar.span, "", &help));
    }
    let covariance = if uncorrelated { Covariance::Diagonal } else { Covariance::Unstructured };
    let mut random = vec![];
    for group in groups(right)? {
        let has_intercept = |(t, _): &(RandomTerm, Span)| t.group == group && t.terms.iter().any(Term::is_intercept);
        let earlier = before.iter().find(|term| has_intercept(term)).map(|(_, span)| *span);
        let intercept = match (said, earlier) {
            (true, _) => effects.intercept,
            (false, None) => true,
            (false, Some(earlier)) => {
                let message = format!("a second term of `{group}` has no intercept of its own unless `1 +` says so");
                let note = Diagnostic::note(Code::FormulaTrap, message).at(bar.span, "read as `0 +`");
                notes.push(note.at(earlier, "the first").help("lme4 gives it a second intercept"));
                false
            }
        };
        let all = intercept.then(Term::intercept).into_iter().chain(effects.terms.iter().cloned());
        let all: Vec<Term> = all.collect();
        if all.is_empty() {
            let help = "write `1` for a random intercept, or name the covariate of a random slope";
            let message = "a random-effects term without effects";
            return Err(refuse(Code::FormulaRefused, message, left.span, "nothing is left of the bar", help));
        }
        random.push(RandomTerm::new(group, all, covariance));
    }
    Ok(random)
}

/// The effects left of a bar, and whether the intercept is said.
fn effects(left: &Node) -> Result<(Expansion, bool)> {
    let said = summands(left).iter().any(|s| matches!(s.kind, Kind::Number(..)));
    let omits = summands(left).iter().any(|s| matches!(s.kind, Kind::Number(_, 0.0)));
    let alone = omits && summands(left).len() == 2;
    let expansion = expand(None, &algebra(left, alone)?)?;
    Ok((expansion, said))
}

/// The grouping factors right of a bar: `a & b` are the cells, `a / b` is `a` and `a & b`.
fn groups(right: &Node) -> Result<Vec<Grouping>> {
    let expansion = expand(None, &algebra(right, false)?)?;
    let name = |f: &RExpr| if let RExpr::Name(name) = f { Some(name.clone()) } else { None };
    let names = |term: &Term| term.factors().iter().map(name).collect::<Option<Vec<_>>>();
    match expansion.terms.iter().map(names).collect::<Option<Vec<_>>>() {
        Some(groups) if !groups.is_empty() => Ok(groups.into_iter().map(Grouping::new).collect()),
        _ => {
            let message = "a grouping factor is a column, or columns joined by `&` and `/`";
            let help = "make a column of this first and name it";
            Err(refuse(Code::FormulaRefused, message, right.span, "not a column", help))
        }
    }
}

/// An expression of terms; whatever is no sign of the algebra is a covariate. `full` says whether `fulldummy` is what
/// R's coding does here anyway.
fn algebra(node: &Node, full: bool) -> Result<Node> {
    let Some((head, arguments)) = node.as_call() else { return Ok(node.clone()) };
    let both = |sign: &str| -> Result<Node> {
        let parts = arguments.iter().map(|(_, a)| algebra(a, full)).collect::<Result<Vec<_>>>()?;
        Ok(Node::call(sign, parts, node.span))
    };
    match (head, arguments) {
        ("+" | "*" | "^", _) => both(head),
        ("/", [(_, a), (_, b)]) => {
            if let Some(number) = [a, b].into_iter().find(|n| matches!(n.unwrapped().kind, Kind::Number(..))) {
                let message = "`/` in a formula nests, it does not divide";
                let help = "a quotient goes in `protect(…)`";
                return Err(refuse(Code::FormulaRefused, message, number.span, "a number cannot be nested", help));
            }
            both("/")
        }
        ("&", _) => both(":"),
        ("(", [(_, inner)]) => match inner.as_call_of("-") {
            Some(_) => covariate(inner),
            None => both("("),
        },
        ("-", _) => {
            let message = "`-` does not take a term out: Julia calculates with everything left of it";
            let help = "no intercept is `0 +`; other terms are left out; a difference is `protect(x - z)`";
            Err(refuse(Code::FormulaTrap, message, node.span, "all of this would be one covariate", help))
        }
        ("fulldummy", [(_, only)]) if full => algebra(only, false),
        ("fulldummy", _) => {
            let message = "`fulldummy` has a column for each category beside the intercept, which no formula of R says";
            let help = "`(0 + f | g)` has each category without the intercept; or make a dummy covariate of each";
            Err(refuse(Code::OutOfScope, message, node.span, "here", help))
        }
        ("zerocorr", _) => {
            let help = "it goes around a random-effects term: `zerocorr(1 + x | g)`";
            Err(refuse(Code::FormulaRefused, "`zerocorr` without a random-effects term", node.span, "here", help))
        }
        _ => covariate(node),
    }
}

/// A covariate that is calculated: `I(…)` around what R's formulas take as their own.
fn covariate(node: &Node) -> Result<Node> {
    let node = match node.as_call() {
        Some(("protect", [(_, inner)])) => inner,
        _ => node,
    };
    let made = column(node)?;
    let own = matches!(made.as_call(), Some(("+" | "-" | "*" | "/" | "^" | ":" | "(", _)));
    Ok(if own { Node::call("I", [made], node.span) } else { made })
}

/// A column or a calculation of columns, in R's words.
fn column(node: &Node) -> Result<Node> {
    let Some((head, arguments)) = node.as_call() else { return Ok(node.clone()) };
    let parts = || arguments.iter().map(|(name, a)| Ok((name.clone(), column(a)?))).collect::<Result<Vec<_>>>();
    let made = |head: &str| Ok(Node::new(Kind::Call(head.to_owned(), parts()?), node.span));
    match (head, arguments) {
        ("protect", [(_, inner)]) => column(inner),
        ("abs2", [(_, inner)]) => {
            let two = Node::new(Kind::Number("2".into(), 2.0), node.span);
            Ok(Node::call("^", [column(inner)?, two], node.span))
        }
        ("." | ":" | "'" | "[" | "tuple" | "@formula" | "=" | "=>", _) => {
            let help = "columns stand in a formula by their names; `var\"a b\"` is a name that is not plain";
            Err(refuse(Code::FormulaRefused, "this is no column of the data", node.span, "here", help))
        }
        ("%", _) => made("%%"),
        ("~", _) => Err(refuse(Code::FormulaRefused, "a formula has one `~`", node.span, "", "delete the second one")),
        _ => made(head),
    }
}
