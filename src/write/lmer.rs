//! Models as R formulas, in the form that means the same to lme4 1 and 2, glmmTMB and brms: one bar a block,
//! uncorrelated effects as bars of their own, never `||` (Bates et al. 2015, table 2).

use super::fold::{Summand, folded, plain};
use super::style::{LmerStyle, Style};
use super::typeset::{MarkedText, width, wrap};
use crate::algebra::{Reading, Sense};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Covariance, Grouping, MAX_OPERATORS, Model, RExpr, RandomTerm, Term};
use pretty::{Doc, RcDoc};

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
pub(super) fn write(reading: &Reading, style: &Style, notes: &mut Notes) -> Result<String> {
    let written = text(reading, style, &|_| vec![])?;
    notes.extend(factors(reading, &column(&style.data_name)?));
    Ok(written)
}

/// A note of each covariate that a formula has as a number, or with another reference, unless the data say otherwise: a
/// formula has no words for its categories.
fn factors(reading: &Reading, data: &str) -> Vec<Diagnostic> {
    let is_numeric = |category: &String| category.parse::<f64>().is_ok();
    let as_text = |name: &String| {
        let known = reading.lexicon.categories.get(name).filter(|known| known.reference.is_some());
        known.is_some_and(|known| !known.all().all(is_numeric) && known.all().min() == known.all().next())
    };
    let note = |(name, line): (&String, String)| {
        let message =
            format!("`{name}` has categories, and a formula has no words for them: R takes numbers as numbers");
        let message = message + ", and compares with the first category in the alphabet";
        Diagnostic::note(Code::FormulaTrap, message).help(format!("make it a factor first: `{line}`"))
    };
    super::engine::r_factors(reading, data).into_iter().filter(|(name, _)| !as_text(name)).map(note).collect()
}

/// As [`write`], each term marked with the number of its fixed effect or random effect; the sign of a folded product
/// with those of the products that it stands for.
///
/// # Errors
/// Those of [`write`].
pub(super) fn marked(reading: &Reading, style: &Style, mark: Mark) -> Result<MarkedText> {
    let plain = text(reading, style, &|_| vec![])?;
    Ok(MarkedText::new(text(reading, style, mark)?, || plain))
}

/// The numbers that a piece bears.
type Mark<'m> = &'m dyn Fn(&Sense) -> Vec<u16>;

fn text(reading: &Reading, style: &Style, mark: Mark) -> Result<String> {
    let model = &reading.model;
    let formula = formula(model, style, mark)?;
    check_size(&rendered(&formula, style.width))?;
    let gaussian = model.family() == "gaussian" && model.link() == "identity";
    let document = if gaussian && !style.ml { formula } else { fit(model, style, formula, gaussian)? };
    Ok(rendered(&document, style.width))
}

/// Refuses a formula that no reader would take: the operators are counted as they nest, those of a closed bracket no more.
fn check_size(formula: &str) -> Result<()> {
    let (mut open, mut most, mut quote) = (vec![0], 0, None);
    for c in formula.chars() {
        match (quote, c) {
            (Some(mark), c) => quote = (c != mark).then_some(mark),
            (None, '`' | '"') => quote = Some(c),
            (None, '(' | '[') => open.push(open.last().map_or(0, |count| count + 1)),
            (None, ')' | ']') if open.len() > 1 => drop(open.pop()),
            (None, c) if "+-*/:%|&<>$@^!~=".contains(c) => {
                if let Some(count) = open.last_mut() {
                    *count += 1;
                }
            }
            _ => {}
        }
        most = most.max(open.last().copied().unwrap_or(0));
    }
    if most <= MAX_OPERATORS {
        return Ok(());
    }
    let message = format!("the formula would have more than {MAX_OPERATORS} operators, which no formula is read with");
    Diagnostic::error(Code::TooLarge, message).help("write the model in `json`").into()
}

fn rendered(document: &RcDoc, width: usize) -> String {
    let mut text = vec![];
    // Writing to memory cannot fail.
    document.render(width, &mut text).ok();
    let mut text = String::from_utf8_lossy(&text).into_owned();
    text.push('\n');
    text
}

/// The call of a function of R that takes the model's formula first: `function(formula, data = dat, arguments)`.
///
/// # Errors
/// Those of [`write`].
pub(super) fn call_of(function: &str, model: &Model, style: &Style, arguments: Vec<String>) -> Result<String> {
    let formula = formula(model, style, &|_| vec![])?;
    let data = format!("data = {}", column(&style.data_name)?);
    let arguments = [data].into_iter().chain(arguments).map(RcDoc::text);
    Ok(rendered(&call(function, std::iter::once(formula).chain(arguments)), style.width))
}

/// The terms as one side of a formula: `R`, `0 + R`, `1`.
///
/// # Errors
/// `CannotSay` for a covariate that R cannot spell in a formula.
pub(super) fn side(terms: &[Term]) -> Result<String> {
    let side = Side { style: LmerStyle::Compact, mark: &|_| vec![] };
    Ok(rendered(&sum(side.write(terms)?), usize::MAX).trim_end().to_owned())
}

fn cannot(message: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Code::CannotSay, message))
}

fn call<'a>(function: &str, arguments: impl IntoIterator<Item = RcDoc<'a>>) -> RcDoc<'a> {
    let inner = RcDoc::line_().append(RcDoc::intersperse(arguments, RcDoc::text(",").append(RcDoc::line())));
    RcDoc::text(format!("{function}(")).append(inner.nest(INDENT)).append(RcDoc::line_()).append(")").group()
}

fn fit<'a>(model: &Model, style: &Style, formula: RcDoc<'a>, gaussian: bool) -> Result<RcDoc<'a>> {
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
    Ok(call(function, arguments))
}

fn formula<'a>(model: &Model, style: &Style, mark: Mark) -> Result<RcDoc<'a>> {
    let fixed = Side { style: style.lmer, mark: &|term| mark(&Sense::Fixed(term.clone())) };
    let mut summands = fixed.write(model.fixed())?;
    for offset in model.offsets() {
        spellable(offset)?;
        summands.push(RcDoc::text(format!("offset({offset})")));
    }
    for term in model.random() {
        let effect = |of: &Term| mark(&Sense::Effect(term.group.clone(), of.clone()));
        let side = Side { style: style.lmer, mark: &effect };
        match term.covariance {
            Covariance::Unstructured => summands.push(bar(term, &term.terms, &side)?),
            Covariance::EqualDiagonal => summands.push(tagged("diag", ", hom = TRUE", term, &side)?),
            Covariance::CompoundSymmetry => summands.push(tagged("cs", "", term, &side)?),
            Covariance::EqualCompoundSymmetry => summands.push(tagged("cs", ", hom = TRUE", term, &side)?),
            Covariance::Ar1 => summands.push(tagged("ar1", "", term, &side)?),
            Covariance::UnequalAr1 => summands.push(tagged("ar1", ", hom = FALSE", term, &side)?),
            Covariance::Diagonal => {
                for effect in &term.terms {
                    summands.push(bar(term, std::slice::from_ref(effect), &side)?);
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

fn bar<'a>(term: &RandomTerm, effects: &[Term], side: &Side) -> Result<RcDoc<'a>> {
    let left = side.write(effects)?;
    let group = grouping(&term.group)?;
    Ok(RcDoc::text("(").append(sum(left).nest(INDENT)).append(format!(" | {group})")))
}

/// A bar with a covariance structure of lme4 2: `cs(0 + f | g)`.
fn tagged<'a>(word: &'a str, option: &'a str, term: &RandomTerm, side: &Side) -> Result<RcDoc<'a>> {
    let left = side.write(&term.terms)?;
    let group = grouping(&term.group)?;
    Ok(RcDoc::text(format!("{word}(")).append(sum(left).nest(INDENT)).append(format!(" | {group}{option})")))
}

/// One side of a bar, or the fixed part: how it is spelt, and the mark of each of its terms.
struct Side<'m> {
    style: LmerStyle,
    mark: &'m dyn Fn(&Term) -> Vec<u16>,
}

impl Side<'_> {
    /// The summands, the intercept said as the style wants it.
    fn write<'a>(&self, terms: &[Term]) -> Result<Vec<RcDoc<'a>>> {
        let products = if self.style == LmerStyle::Expanded { plain(terms) } else { folded(terms) };
        let intercept = terms.iter().any(Term::is_intercept);
        let said = match (intercept, products.is_empty()) {
            (false, _) => Some("0".to_owned()),
            (true, false) if self.style == LmerStyle::Compact => None,
            (true, _) => Some(self.marked(&Term::intercept(), "1".into())),
        };
        let summands = products.iter().map(|product| self.summand(product, terms));
        said.map(Ok).into_iter().chain(summands).map(|text| text.map(sized)).collect()
    }

    fn summand(&self, summand: &Summand, terms: &[Term]) -> Result<String> {
        let factors = summand.factors.iter();
        if !summand.folded {
            let factors: Vec<String> = factors.map(covariate).collect::<Result<_>>()?;
            return Ok(self.marked(&Term::new(summand.factors.iter().cloned()), factors.join(":")));
        }
        let factors: Vec<String> =
            factors.map(|f| Ok(self.marked(&Term::new([f.clone()]), covariate(f)?))).collect::<Result<_>>()?;
        let within = |t: &&Term| t.degree() > 1 && t.factors().iter().all(|f| summand.factors.contains(f));
        let mut products: Vec<&Term> = terms.iter().filter(within).collect();
        products.sort_by_key(|t| std::cmp::Reverse(t.degree()));
        let numbers: Vec<u16> = products.into_iter().flat_map(|t| (self.mark)(t)).collect();
        Ok(wrap(&numbers, factors.join(" * ")))
    }

    fn marked(&self, term: &Term, text: String) -> String {
        wrap(&(self.mark)(term), text)
    }
}

/// A text whose marks have no width.
fn sized<'a>(text: String) -> RcDoc<'a> {
    RcDoc::new(Doc::RenderLen(width(&text), RcDoc::new(Doc::OwnedText(text.into()))))
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

pub(super) fn column(name: &str) -> Result<String> {
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
