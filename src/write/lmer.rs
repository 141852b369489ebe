//! Models as R formulas, in the form that means the same to lme4 1 and 2, glmmTMB and brms: one bar a block,
//! uncorrelated effects as bars of their own, never `||` (Bates et al. 2015, table 2).

use super::fold::{Summand, folded, plain};
use super::style::{LmerStyle, Style};
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Covariance, Grouping, Model, RExpr, RandomTerm, Term};
use pretty::RcDoc;

/// Continuation lines are indented by this.
const INDENT: isize = 4;
/// Families that lme4 fits, by R's names.
const FAMILIES: &[&str] = &["gaussian", "binomial", "poisson", "Gamma", "inverse.gaussian"];
/// Operators that bind looser than `:`: a covariate made by one goes in brackets.
const LOOSE: &[&str] = &["==", "!=", "<", ">", "<=", ">=", "&", "&&", "!", "%%"];
/// Operators and brackets that a formula takes as its own: a covariate made by one goes in `I()`.
const OWN: &[&str] = &["+", "-", "*", "/", "^", ":", "%in%", "("];
/// Calls that lme4 takes as something other than a covariate.
const SPECIAL: &[&str] = &["offset", "us", "diag", "cs", "ar1", "~", "<-", "<<-", "=", "?"];

/// Writes the formula; the whole call when the model is not Gaussian or fitting by ML is asked for.
///
/// # Errors
/// `CannotSay` for a response, covariate or grouping factor that R cannot spell in a formula.
pub(super) fn write(reading: &Reading, style: &Style, _notes: &mut Notes) -> Result<String> {
    let model = &reading.model;
    let formula = formula(model, style)?;
    let gaussian = model.family() == "gaussian" && model.link() == "identity";
    let document = if gaussian && !style.ml { formula } else { call(model, style, formula, gaussian)? };
    let mut text = vec![];
    // Writing to memory cannot fail.
    document.render(style.width, &mut text).ok();
    let mut text = String::from_utf8_lossy(&text).into_owned();
    text.push('\n');
    Ok(text)
}

fn cannot(message: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Code::CannotSay, message))
}

fn call<'a>(model: &Model, style: &Style, formula: RcDoc<'a>, gaussian: bool) -> Result<RcDoc<'a>> {
    let function = match (model.random().is_empty(), gaussian) {
        (true, true) => "lm",
        (true, false) => "glm",
        (false, true) => "lmer",
        (false, false) => "glmer",
    };
    let mut arguments = vec![formula, RcDoc::text(format!("data = {}", column(&style.data_name)?))];
    if !gaussian {
        if !FAMILIES.contains(&model.family()) {
            return Err(cannot(format!("lme4 has no family `{}`", model.family())));
        }
        arguments.push(RcDoc::text(format!(
            "family = {}(link = {})",
            model.family(),
            RExpr::Text(model.link().to_owned())
        )));
    } else if function == "lmer" {
        arguments.push(RcDoc::text("REML = FALSE"));
    }
    let inner = RcDoc::line_().append(RcDoc::intersperse(arguments, RcDoc::text(",").append(RcDoc::line())));
    Ok(RcDoc::text(format!("{function}(")).append(inner.nest(INDENT)).append(RcDoc::line_()).append(")").group())
}

fn formula<'a>(model: &Model, style: &Style) -> Result<RcDoc<'a>> {
    let mut summands: Vec<RcDoc<'a>> = side(model.fixed(), style.lmer)?.into_iter().map(RcDoc::text).collect();
    for offset in model.offsets() {
        spellable(offset)?;
        summands.push(RcDoc::text(format!("offset({offset})")));
    }
    for term in model.random() {
        match term.covariance {
            Covariance::Unstructured => summands.push(bar(term, &term.terms, style.lmer)?),
            Covariance::EqualDiagonal => summands.push(tagged("diag", ", hom = TRUE", term, style.lmer)?),
            Covariance::CompoundSymmetry => summands.push(tagged("cs", "", term, style.lmer)?),
            Covariance::EqualCompoundSymmetry => summands.push(tagged("cs", ", hom = TRUE", term, style.lmer)?),
            Covariance::Ar1 => summands.push(tagged("ar1", "", term, style.lmer)?),
            Covariance::UnequalAr1 => summands.push(tagged("ar1", ", hom = FALSE", term, style.lmer)?),
            Covariance::Diagonal => {
                for effect in &term.terms {
                    summands.push(bar(term, std::slice::from_ref(effect), style.lmer)?);
                }
            }
        }
    }
    let response = response(model.response())?;
    Ok(RcDoc::text(format!("{response} ~")).append(RcDoc::softline()).append(sum(summands)).nest(INDENT))
}

/// The summands with `+` between them, as many on a line as fit.
fn sum(summands: Vec<RcDoc<'_>>) -> RcDoc<'_> {
    RcDoc::intersperse(summands, RcDoc::text(" +").append(RcDoc::softline()))
}

fn bar<'a>(term: &RandomTerm, effects: &[Term], style: LmerStyle) -> Result<RcDoc<'a>> {
    let left = side(effects, style)?.into_iter().map(RcDoc::text).collect();
    let group = grouping(&term.group)?;
    Ok(RcDoc::text("(").append(sum(left).nest(INDENT)).append(format!(" | {group})")))
}

/// A bar with a covariance structure of lme4 2: `cs(0 + f | g)`.
fn tagged<'a>(word: &'a str, option: &'a str, term: &RandomTerm, style: LmerStyle) -> Result<RcDoc<'a>> {
    let left = side(&term.terms, style)?.into_iter().map(RcDoc::text).collect();
    let group = grouping(&term.group)?;
    Ok(RcDoc::text(format!("{word}(")).append(sum(left).nest(INDENT)).append(format!(" | {group}{option})")))
}

/// The summands of one side of a bar, or of the fixed part: the intercept said as the style wants it.
fn side(terms: &[Term], style: LmerStyle) -> Result<Vec<String>> {
    let products = if style == LmerStyle::Expanded { plain(terms) } else { folded(terms) };
    let intercept = terms.iter().any(Term::is_intercept);
    let said = match (intercept, products.is_empty()) {
        (false, _) => Some("0"),
        (true, false) if style == LmerStyle::Compact => None,
        (true, _) => Some("1"),
    };
    said.map(|s| Ok(s.to_owned())).into_iter().chain(products.iter().map(summand)).collect()
}

fn summand(summand: &Summand) -> Result<String> {
    let factors: Vec<String> = summand.factors.iter().map(covariate).collect::<Result<_>>()?;
    Ok(factors.join(if summand.folded { " * " } else { ":" }))
}

/// A covariate as it stands in a formula: in `I()` or in brackets where the formula would read it otherwise.
fn covariate(expr: &RExpr) -> Result<String> {
    spellable(expr)?;
    // R takes every covariate whose text begins so for an offset.
    if matches!(expr, RExpr::Call(..)) && expr.to_string().starts_with("offset(") {
        return Err(cannot(format!("R takes the whole of `{expr}` for an offset")));
    }
    match expr {
        RExpr::Name(_) => Ok(expr.to_string()),
        RExpr::Call(head, arguments) => match head.as_str() {
            special if SPECIAL.contains(&special) => Err(cannot(format!("`{expr}` is no covariate to lme4"))),
            own if OWN.contains(&own) => Ok(format!("I({expr})")),
            loose if LOOSE.contains(&loose) || (loose.starts_with('%') && arguments.len() == 2) => {
                Ok(format!("({expr})"))
            }
            _ => Ok(expr.to_string()),
        },
        _ => Err(cannot(format!("`{expr}` is no covariate to R"))),
    }
}

fn response(expr: &RExpr) -> Result<String> {
    spellable(expr)?;
    match expr {
        RExpr::Name(_) => Ok(expr.to_string()),
        RExpr::Call(head, _) if !SPECIAL.contains(&head.as_str()) => Ok(expr.to_string()),
        _ => Err(cannot(format!("`{expr}` is no response to R"))),
    }
}

/// Refuses what lme4 reads otherwise wherever it stands: bars, `.`, names that R cannot hold.
fn spellable(expr: &RExpr) -> Result<()> {
    match expr {
        RExpr::Name(name) => column(name).map(drop),
        RExpr::Call(head, _) if head == "|" || head == "||" => {
            Err(cannot(format!("lme4 takes the bar of `{expr}` for a random-effects term")))
        }
        RExpr::Call(_, arguments) => arguments.iter().try_for_each(|(_, a)| spellable(a)),
        _ => Ok(()),
    }
}

fn column(name: &str) -> Result<String> {
    match name {
        "" => Err(cannot("R has no name of no letters")),
        "." => Err(cannot("`.` is no name in a formula: it stands for every column")),
        _ if name.contains('\0') => Err(cannot("R has no names with a NUL character")),
        _ => Ok(RExpr::name(name).to_string()),
    }
}

fn grouping(group: &Grouping) -> Result<String> {
    let names: Vec<String> = group.factors().iter().map(|f| column(f)).collect::<Result<_>>()?;
    Ok(names.join(":"))
}
