//! The random part: every `(expr | factor)` of a right side, and what is left of it without them.

use super::dialect::{Dialect, Structure};
use super::node::{Argument, Kind, Node};
use super::terms::expand;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Covariance, Grouping, RExpr, RandomTerm, Term};

/// One bar and how it is to be read.
struct Bar<'a> {
    left: &'a Node,
    group: &'a Node,
    /// Uncorrelated: `||`, `diag()`.
    loose: Option<Loose>,
    /// A structure beyond these: `cs()`, `ar1()`, `diag(…, hom = TRUE)`.
    structure: Option<Covariance>,
    span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Loose {
    DoubleBar,
    Diag,
}

/// The random-effects terms of a right side, in order; nested groups outermost first.
///
/// # Errors
/// `FormulaRefused` for what the package refuses, `OutOfScope` for covariance structures beyond it and the models here,
/// `FormulaTrap` for an offset in a bar, which is taken as a fixed one.
pub(in crate::read) fn random(
    right: &Node,
    dialect: &Dialect,
    categorical: &dyn Fn(&RExpr) -> bool,
    notes: &mut Notes,
) -> Result<Vec<(RandomTerm, Span)>> {
    let mut bars = vec![];
    walk(right, (true, false), dialect, &mut bars, notes)?;
    let mut random = vec![];
    for bar in &bars {
        let effects = expand(None, bar.left)?;
        notes.extend(effects.notes.iter().cloned());
        if let Some((_, span)) = effects.offsets.first() {
            return Diagnostic::error(
                Code::FormulaTrap,
                format!("an offset in a random-effects term is taken as a fixed offset by {}", dialect.package),
            )
            .at(*span, "here")
            .help("move it out of the brackets: `+ offset(…) + (1 | g)`")
            .into();
        }
        let terms = effects.all();
        if terms.is_empty() {
            return Diagnostic::error(Code::FormulaRefused, "a random-effects term without effects")
                .at(bar.left.span, "nothing is left of the bar")
                .help("write `1` for a random intercept, or name the covariate of a random slope")
                .into();
        }
        let covariance = match (bar.structure, bar.loose) {
            (Some(structure), _) => structure,
            (None, None) => Covariance::Unstructured,
            (None, Some(kind)) => {
                loose(bar, kind, dialect, &effects.terms, categorical, notes)?;
                Covariance::Diagonal
            }
        };
        for group in groups(bar.group, dialect, notes)? {
            random.push((RandomTerm::new(group, terms.iter().cloned(), covariance), bar.span));
        }
    }
    Ok(random)
}

fn loose(
    bar: &Bar<'_>,
    kind: Loose,
    dialect: &Dialect,
    slopes: &[Term],
    categorical: &dyn Fn(&RExpr) -> bool,
    notes: &mut Notes,
) -> Result<()> {
    let writes_out = kind == Loose::DoubleBar && dialect.writes_out;
    if writes_out && slopes.is_empty() {
        return Diagnostic::error(Code::FormulaRefused, "lme4 cannot read `||` without a slope on its left")
            .at(bar.span, "")
            .help("a random intercept alone is `(1 | g)`")
            .into();
    }
    if writes_out && bar.group.expr().to_string().contains('`') {
        return Diagnostic::error(Code::FormulaRefused, "lme4 cannot read `||` with a group in backticks")
            .at(bar.group.span, "this name")
            .help("write the terms out: `(1 | g) + (0 + x | g)`")
            .into();
    }
    let Some(factor) = slopes.iter().flat_map(Term::factors).find(|f| categorical(f)) else { return Ok(()) };
    if !writes_out {
        let word = if kind == Loose::Diag { "diag()" } else { "||" };
        let message = format!("`{word}` of the categorical `{factor}` has a variance for each contrast");
        return Diagnostic::error(Code::OutOfScope, message)
            .at(bar.span, "")
            .help(format!("make a dummy covariate of each category, or write `(1 | g) + (0 + {factor} | g)`"))
            .into();
    }
    let message = format!("`||` does not part the columns of the categorical `{factor}`: they keep their correlations");
    let note = Diagnostic::note(Code::FormulaTrap, message).at(bar.span, "here");
    notes.push(note.help("make a dummy covariate of each category to have them uncorrelated"));
    Ok(())
}

/// The grouping factors right of a bar: `a/b` is `a` and `a:b`.
fn groups(node: &Node, dialect: &Dialect, notes: &mut Notes) -> Result<Vec<Grouping>> {
    let package = dialect.package;
    let plain = plain_groups(node, dialect, notes)?;
    let expansion = expand(None, &plain)?;
    let names = |term: &Term| -> Option<Vec<String>> {
        let name = |f: &RExpr| if let RExpr::Name(name) = f { Some(name.clone()) } else { None };
        term.factors().iter().map(name).collect()
    };
    if expansion.terms.is_empty() {
        let message = format!("{package} drops a random-effects term without grouping factor");
        let note = Diagnostic::note(Code::FormulaTrap, message);
        notes.push(note.at(node.span, "no factor is named here").help("name the grouping factor"));
    }
    let named: Option<Vec<_>> = expansion.terms.iter().map(names).collect();
    match named {
        Some(groups) => Ok(groups.into_iter().map(Grouping::new).collect()),
        None => {
            Diagnostic::error(Code::FormulaRefused, "a grouping factor is a column, or columns joined by `:` and `/`")
                .at(node.span, "not a column")
                .help(format!("{package} finds only columns here; make one of this first and name it"))
                .into()
        }
    }
}

/// The group expression with `factor(a)` as `a` and `interaction(a, b)` as `a:b`, which is what they mean here.
fn plain_groups(node: &Node, dialect: &Dialect, notes: &mut Notes) -> Result<Node> {
    let Some((head, arguments)) = node.as_call() else { return Ok(node.clone()) };
    let values = || arguments.iter().map(|(_, a)| a);
    let meant = match (head, arguments) {
        ("factor" | "as.factor", [(None, only)]) => Some(only.clone()),
        ("interaction", [(None, _), ..]) if arguments.iter().all(|(name, _)| name.is_none()) => {
            values().cloned().reduce(|left, right| Node::call(":", [left, right], node.span))
        }
        _ => None,
    };
    if let Some(meant) = meant {
        let message = format!("`{}` is read as `{}`", node.expr(), meant.expr());
        let note = Diagnostic::note(Code::FormulaTrap, message).at(node.span, "grouping factors are factors anyway");
        notes.push(note.help(format!("{} itself only finds plain columns here", dialect.package)));
        return plain_groups(&meant, dialect, notes);
    }
    if node.has_bar() {
        return Diagnostic::error(Code::FormulaRefused, "there is a bar within what stands right of a bar")
            .at(node.span, "all of this is the group")
            .help("put brackets around each random-effects term: `(x | g) + (1 | h)`")
            .into();
    }
    match head {
        "(" | "+" | "-" | "*" | "/" | ":" | "^" | "%in%" => {
            let arguments = arguments.iter().map(|(name, a)| Ok((name.clone(), plain_groups(a, dialect, notes)?)));
            Ok(Node::new(Kind::Call(head.to_owned(), arguments.collect::<Result<_>>()?), node.span))
        }
        _ => Ok(node.clone()),
    }
}

/// Finds the bars as lme4 does: through operators and calls, of which the first two arguments count. `place` says whether
/// the node is added, and whether it stands in brackets of its own.
fn walk<'a>(
    node: &'a Node,
    place: (bool, bool),
    dialect: &Dialect,
    bars: &mut Vec<Bar<'a>>,
    notes: &mut Notes,
) -> Result<()> {
    let (summand, bracketed) = place;
    let Some((head, arguments)) = node.as_call() else { return Ok(()) };
    if !node.has_bar() {
        return Ok(());
    }
    let added = || format!("{} adds a random-effects term wherever it stands", dialect.package);
    if node.is_bar() {
        let message = match (summand, bracketed) {
            (true, true) => None,
            (true, false) => Some("without brackets, everything left of `|` is in the random-effects term".to_owned()),
            (false, _) => Some(format!("{}: only `+` makes sense before it", added())),
        };
        if let Some(message) = message {
            let note = Diagnostic::note(Code::FormulaTrap, message).at(node.span, "this is the term");
            notes.push(note.help("write the term in brackets and add it: `+ (x | g)`"));
        }
        return bars_of(node, (head == "||").then_some(Loose::DoubleBar), bars);
    }
    match (head, arguments) {
        (word, [(_, bar), options @ ..]) if dialect.structure(word).is_some() && bar.unwrapped().is_bar() => {
            if !summand {
                let note = Diagnostic::note(Code::FormulaTrap, added());
                notes.push(note.at(node.span, "this is added"));
            }
            structured(node, dialect, options, bars, notes)
        }
        ("(", [(_, inner)]) => walk(inner, (summand, true), dialect, bars, notes),
        ("+", _) => arguments.iter().try_for_each(|(_, a)| walk(a, (summand, false), dialect, bars, notes)),
        ("-" | "*" | "/" | ":" | "^", _) => arguments.iter().enumerate().try_for_each(|(at, (_, a))| {
            let summand = summand && head == "-" && at == 0 && arguments.len() == 2;
            walk(a, (summand, false), dialect, bars, notes)
        }),
        (word, _) => {
            if let Some((_, reason)) = dialect.refused.iter().find(|(own, _)| *own == word) {
                let help = if word == "zerocorr" {
                    "uncorrelated effects are `(x || g)` in lme4"
                } else {
                    "unstructured is `(x | g)`, uncorrelated `(x || g)`"
                };
                return Diagnostic::error(Code::OutOfScope, format!("`{word}()` {reason}"))
                    .at(node.span, "")
                    .help(help)
                    .into();
            }
            if let Some((_, late)) = arguments.iter().skip(2).find(|(_, a)| a.has_bar()) {
                return Diagnostic::error(Code::FormulaRefused, "a random-effects term inside a call")
                    .at(late.span, format!("{} does not look here", dialect.package))
                    .help("add it outside: `+ (x | g)`")
                    .into();
            }
            arguments.iter().try_for_each(|(_, a)| walk(a, (false, false), dialect, bars, notes))
        }
    }
}

fn bars_of<'a>(node: &'a Node, loose: Option<Loose>, bars: &mut Vec<Bar<'a>>) -> Result<()> {
    let Some((_, [(_, left), (_, group)])) = node.as_call() else { return Ok(()) };
    if left.has_bar() {
        return Diagnostic::error(Code::FormulaRefused, "there is a bar within what stands left of a bar")
            .at(left.span, "all of this has random effects")
            .help("put brackets around each random-effects term: `(x | g) + (1 | h)`")
            .into();
    }
    bars.push(Bar { left, group, loose, structure: None, span: node.span });
    Ok(())
}

fn structured<'a>(
    node: &'a Node,
    dialect: &Dialect,
    options: &[Argument],
    bars: &mut Vec<Bar<'a>>,
    notes: &mut Notes,
) -> Result<()> {
    let Some((word, [(_, bar), ..])) = node.as_call() else { return Ok(()) };
    let (bar, package) = (bar.unwrapped(), dialect.package);
    let Some(structure) = dialect.structure(word) else { return Ok(()) };
    if bar.as_call_of("||").is_some() {
        let message = format!("`||` within `{word}()`: {package} forgets the `{word}()`");
        let note = Diagnostic::note(Code::FormulaTrap, message);
        notes.push(note.at(node.span, "here").help("write `|`"));
        return bars_of(bar, Some(Loose::DoubleBar), bars);
    }
    let mut homogeneous = matches!(structure, Structure::HomUnlessSaid(..));
    for (name, value) in options {
        match (name.as_deref(), &value.kind) {
            _ if matches!(structure, Structure::Plain(_)) || !dialect.has_hom => {
                return Diagnostic::error(
                    Code::FormulaRefused,
                    format!("`{word}()` of {package} has no such argument"),
                )
                .at(value.span, "given here")
                .help(format!("it is `{word}(x | g)`"))
                .into();
            }
            (Some("hom"), Kind::Number(text, _)) if text == "TRUE" || text == "FALSE" => homogeneous = text == "TRUE",
            (Some("hom"), _) => {
                return Diagnostic::error(Code::FormulaRefused, "`hom` is `TRUE` or `FALSE`, written out")
                    .at(value.span, "here")
                    .into();
            }
            _ => {
                let message = format!("{package} ignores this argument of `{word}()`");
                let note = Diagnostic::note(Code::FormulaTrap, message);
                notes.push(
                    note.at(value.span, "ignored").help("the one argument it knows is `hom = TRUE` or `hom = FALSE`"),
                );
            }
        }
    }
    let structure = match structure {
        Structure::Us => return bars_of(bar, None, bars),
        Structure::Plain(structure) => structure,
        Structure::Hom(_, structure) | Structure::HomUnlessSaid(_, structure) if homogeneous => structure,
        Structure::Hom(structure, _) | Structure::HomUnlessSaid(structure, _) => structure,
    };
    if structure == Covariance::Diagonal {
        return bars_of(bar, Some(Loose::Diag), bars);
    }
    let before = bars.len();
    bars_of(bar, None, bars)?;
    bars.iter_mut().skip(before).for_each(|b| b.structure = Some(structure));
    Ok(())
}

/// The fixed part: the right side with every bar taken out, as lme4 takes it out. `None` when nothing is left.
pub(in crate::read) fn fixed(right: &Node, dialect: &Dialect) -> Option<Node> {
    without_bars(&without_structures(right, dialect))
}

/// `us(x | g)` as `(x | g)`; lme4 2 also makes `diag(x)` plain `x`.
fn without_structures(node: &Node, dialect: &Dialect) -> Node {
    let Some((head, arguments)) = node.as_call() else { return node.clone() };
    match arguments {
        [(_, first), ..] if dialect.structure(head).is_some() => Node::call("(", [first.clone()], node.span),
        _ => {
            let parts = arguments
                .iter()
                .enumerate()
                .map(|(at, (name, a))| (name.clone(), if at < 2 { without_structures(a, dialect) } else { a.clone() }));
            Node::new(Kind::Call(head.to_owned(), parts.collect()), node.span)
        }
    }
}

fn without_bars(node: &Node) -> Option<Node> {
    if !node.has_bar() {
        return Some(node.clone());
    }
    let (head, arguments) = node.as_call()?;
    if node.is_bar() || (head != "(" && arguments.iter().any(|(_, a)| a.is_bar())) {
        return None;
    }
    let rebuilt = |parts: Vec<Node>| {
        let names = arguments.iter().map(|(name, _)| name.clone());
        let rest = arguments.iter().skip(parts.len()).map(|(_, a)| a.clone()).collect::<Vec<_>>();
        Node::new(Kind::Call(head.to_owned(), names.zip(parts.into_iter().chain(rest)).collect()), node.span)
    };
    match arguments {
        [(_, only)] => without_bars(only).map(|a| rebuilt(vec![a])),
        [(_, left), (_, right), ..] => match (without_bars(left), without_bars(right)) {
            (None, right) => right,
            (left, None) => left,
            (Some(left), Some(right)) => Some(rebuilt(vec![left, right])),
        },
        [] => None,
    }
}
