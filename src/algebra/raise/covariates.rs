//! Covariates in equations: an R expression as mathematics, every column with its indices.

use super::Letters;
use crate::algebra::{Lexicon, Reading};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Grouping, Level, Model, RExpr, RandomTerm, Term};
use crate::syntax::{Accent, Expr, Face, Index, Kind, Name, Symbol};
use std::collections::BTreeSet;

/// Functions of one number that an equation can show.
const FUNCTIONS: &[&str] = &["log", "log2", "log10", "exp", "sqrt", "abs"];
/// Functions of R that stand for several columns.
const SEVERAL: &[&str] = &["poly", "ns", "bs", "factor", "as.factor", "ordered", "cut", "interaction", "s", "te"];

/// Over what a covariate varies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// From observation to observation.
    Observation,
    /// From group to group of these factors.
    Group(BTreeSet<String>),
}

/// The covariates of one model.
pub(super) struct Covariates<'a> {
    model: &'a Model,
    lexicon: &'a Lexicon,
    all: bool,
    known: BTreeSet<&'a str>,
}

impl<'a> Covariates<'a> {
    /// `all` puts every covariate in the response's equation, with the response's indices.
    pub(super) fn new(model: &'a Model, lexicon: &'a Lexicon, all: bool) -> Self {
        let known = model.groupings().into_iter().flat_map(|g| g.factors()).map(String::as_str).collect();
        Self { model, lexicon, all, known }
    }

    /// Over what the covariate varies; the observation when that is not known, or when no random effect varies over
    /// its groups, so that there is no index for them.
    pub(super) fn reach(&self, covariate: &RExpr) -> Reach {
        if self.all {
            return Reach::Observation;
        }
        self.stated(covariate).unwrap_or(Reach::Observation)
    }

    /// The Level stated for the expression itself, else the finest of its columns' Levels.
    fn stated(&self, covariate: &RExpr) -> Option<Reach> {
        match self.model.level(covariate) {
            Some(Level::Group(group)) if group.factors().iter().all(|f| self.known.contains(f.as_str())) => {
                return Some(Reach::Group(group.factors().iter().cloned().collect()));
            }
            Some(_) => return Some(Reach::Observation),
            None => {}
        }
        if matches!(covariate, RExpr::Name(_)) {
            return None;
        }
        let mut union = BTreeSet::new();
        for name in covariate.names() {
            match self.stated(&RExpr::name(name))? {
                Reach::Observation => return Some(Reach::Observation),
                Reach::Group(factors) => union.extend(factors),
            }
        }
        (!union.is_empty()).then_some(Reach::Group(union))
    }

    /// The groups over which the model's covariates vary.
    pub(super) fn reaches(&self) -> Vec<BTreeSet<String>> {
        let columns = self.model.covariates().into_iter().chain(self.model.offsets());
        let all = columns.flat_map(|c| c.names().into_iter().map(RExpr::name).chain([c.clone()]));
        let group = |covariate: RExpr| match self.reach(&covariate) {
            Reach::Group(factors) => Some(factors),
            Reach::Observation => None,
        };
        all.filter_map(group).collect()
    }

    /// One note about all the covariates whose Level had to be assumed.
    pub(super) fn note_unknown(&self, notes: &mut Notes) {
        let Some(first) = self.model.groupings().first().copied() else { return };
        if self.all {
            return;
        }
        let mut unknown: Vec<String> = vec![];
        for covariate in self.model.covariates().into_iter().filter(|c| self.stated(c).is_none()) {
            let name = covariate.as_dummy().map_or_else(|| covariate.to_string(), |(factor, _)| factor.to_owned());
            if !unknown.contains(&name) {
                unknown.push(name);
            }
        }
        if unknown.is_empty() {
            return;
        }
        let list = unknown.join(", ");
        let them = if unknown.len() == 1 { "it has" } else { "they have" };
        notes.push(
            Diagnostic::note(
                Code::AssumedLevel,
                format!("the Level of {list} is not known; {them} the indices of the response"),
            )
            .help(format!(
                "say which are constant within a group, `--level {first}={0}`, and which are not, `--level 1={0}`",
                unknown.join(",")
            )),
        );
    }

    /// The covariate as it stands in an equation of the observation, or of groups.
    ///
    /// # Errors
    /// `CannotSay` for calls that stand for several columns or that an equation cannot show.
    pub(super) fn write(&self, covariate: &RExpr, letters: &Letters, place: Option<&Grouping>) -> Result<Expr> {
        let indices = |reach: &Reach| match reach {
            Reach::Observation => letters.response(),
            Reach::Group(factors) => letters.group(factors, place),
        };
        let whole = self.reach(covariate);
        if let Some((factor, category)) = self.known_dummy(covariate) {
            return Ok(self.dummy(factor, category, indices(&whole)).into());
        }
        if let Some(name) = self.lexicon.covariates.get(covariate) {
            return Ok(Symbol::new(name.clone(), indices(&whole)).into());
        }
        let column = |name: &str| {
            let column = RExpr::name(name);
            let stated = if self.all { None } else { self.stated(&column) };
            let symbol = self.lexicon.covariates.get(&column).cloned().unwrap_or_else(|| named(name));
            let constant = self.lexicon.constants.contains(name);
            let indices = if constant { vec![] } else { indices(&stated.unwrap_or_else(|| whole.clone())) };
            Symbol::new(symbol, indices).into()
        };
        let expr = math(covariate, covariate, &column, &|name| self.whole_mean(name))?;
        match &expr.kind {
            // Whoever reads `β 2 X` takes the 2 for a part of β, and the sign of `β (-X)` too.
            Kind::Negative(_) => refuse_scaled(covariate),
            Kind::Product(parts) if parts.iter().any(|p| p.symbols().is_empty()) => refuse_scaled(covariate),
            _ => Ok(expr),
        }
    }

    /// One note for each covariate that an equation can only show as a product of covariates.
    pub(super) fn note_products(&self, notes: &mut Notes) {
        for covariate in self.model.covariates() {
            if let Some(product) = as_product(covariate) {
                let product: Vec<String> = product.into_iter().map(RExpr::to_string).collect();
                let message = format!("{covariate} is written as a product, which reads as {}", product.join(":"));
                let note = Diagnostic::note(Code::AmbiguousRole, message);
                notes.push(note.help("the columns are the same when none of them is categorical"));
            }
        }
    }

    /// The factor and category of a dummy, alone or as `I(f == "b")`, when its categories are known.
    fn known_dummy<'e>(&self, covariate: &'e RExpr) -> Option<(&'e str, &'e str)> {
        let inner = match covariate {
            RExpr::Call(head, arguments) if head == "I" && arguments.len() == 1 => &arguments[0].1,
            other => other,
        };
        inner.as_dummy().filter(|(factor, _)| self.lexicon.categories.contains_key(*factor))
    }

    /// A dummy: the symbol of the factor with the category below it. One whose factor has no declared reference has no
    /// indices, since readers take it for a dummy only then.
    fn dummy(&self, factor: &str, category: &str, indices: Vec<Index>) -> Symbol {
        let of = |covariate: &RExpr| self.lexicon.covariates.get(covariate).cloned();
        let name = of(&RExpr::dummy(factor, category)).unwrap_or_else(|| {
            let whole = of(&RExpr::name(factor)).filter(|name| name.tag.is_empty()).unwrap_or_else(|| named(factor));
            Name { tag: category.to_owned(), face: Face::Upright, ..whole }
        });
        let declared = self.lexicon.categories.get(factor).is_some_and(|c| c.reference.is_some());
        Symbol::new(name, if declared { indices } else { vec![] })
    }

    /// The response, with all its indices.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(super) fn response(&self, letters: &Letters) -> Result<Expr> {
        let response = self.model.response();
        let column = |name: &str| {
            let symbol = self.lexicon.covariates.get(&RExpr::name(name)).cloned().unwrap_or_else(|| named(name));
            Symbol::new(symbol, letters.response()).into()
        };
        math(response, response, &column, &|_| None)
    }

    /// The bar without index that is read as the mean of a column over all rows: the column must stand in the model for
    /// itself, vary from row to row, and no column be the barred one without its bar.
    fn whole_mean(&self, column: &str) -> Option<Name> {
        let covariates = self.model.covariates();
        let stands = |name: &str| covariates.iter().any(|c| stands(c, name));
        let mut name = self.lexicon.covariates.get(&RExpr::name(column)).cloned().unwrap_or_else(|| named(column));
        if name.accents.last() == Some(&Accent::Bar) {
            let mut plain = name.clone();
            plain.accents.pop();
            return (stands(column) && !stands(&plain.column())).then_some(name);
        }
        name.accents.push(Accent::Bar);
        let of_group = matches!(self.model.level(&RExpr::name(column)), Some(Level::Group(_)));
        (stands(column) && !of_group).then_some(name)
    }
}

/// Whether an equation can show the expression.
pub(super) fn is_shown(expr: &RExpr) -> bool {
    let symbol = |name: &str| Symbol::new(named(name), vec![]).into();
    let shown = math(expr, expr, &symbol, &|name| stands(expr, name).then(|| named(name)));
    let scaled = |expr: &Expr| match &expr.kind {
        Kind::Negative(_) => true,
        Kind::Product(parts) => parts.iter().any(|p| p.symbols().is_empty()),
        _ => false,
    };
    shown.is_ok_and(|expr| !scaled(&expr))
}

/// Whether a column stands in an expression other than as its mean.
fn stands(expr: &RExpr, column: &str) -> bool {
    match expr {
        RExpr::Name(name) => name == column,
        RExpr::Call(head, arguments) => head != "mean" && arguments.iter().any(|(_, a)| stands(a, column)),
        _ => false,
    }
}

/// The expression as mathematics: what a column is, and what the mean of a column is, if an equation can say it.
fn math(
    expr: &RExpr,
    whole: &RExpr,
    column: &dyn Fn(&str) -> Expr,
    mean: &dyn Fn(&str) -> Option<Name>,
) -> Result<Expr> {
    let refuse = |why: &str| {
        Diagnostic::error(Code::CannotSay, format!("`{whole}` {why}"))
            .help("make it a column of the data first, or write the model in `lmer`")
            .into()
    };
    let (head, arguments) = match expr {
        RExpr::Name(name) => return Ok(column(name)),
        RExpr::Number(text) => return Ok(Expr::number(text)),
        RExpr::Text(_) | RExpr::Null => return refuse("holds something that is not a number"),
        RExpr::Call(head, arguments) => (head.as_str(), &arguments[..]),
    };
    if SEVERAL.contains(&head) {
        return refuse("stands for several columns, and an equation names each");
    }
    if arguments.iter().any(|(name, _)| name.is_some()) {
        return refuse("has an argument that an equation cannot show");
    }
    if let ("mean", [(None, RExpr::Name(name))]) = (head, arguments)
        && let Some(bar) = mean(name)
    {
        return Ok(Symbol::new(bar, vec![]).into());
    }
    let part = |at: usize| math(&arguments[at].1, whole, column, mean);
    let expr = match (head, arguments.len()) {
        ("(" | "I", 1) | ("+", 1) => part(0)?,
        ("-", 1) => Kind::Negative(Box::new(part(0)?)).into(),
        ("+", 2) => add(part(0)?, is_sum(&arguments[0].1), part(1)?),
        ("-", 2) => add(part(0)?, is_sum(&arguments[0].1), Kind::Negative(Box::new(part(1)?)).into()),
        ("*", 2) => Expr::from(Kind::Product(vec![part(0)?, part(1)?])),
        ("/", 2) => Kind::Quotient(Box::new(part(0)?), Box::new(part(1)?)).into(),
        ("^", 2) => Kind::Power(Box::new(part(0)?), Box::new(part(1)?)).into(),
        (function, 1) if FUNCTIONS.contains(&function) => Kind::Call(function.into(), vec![part(0)?]).into(),
        _ => return refuse("is a call that an equation cannot show"),
    };
    Ok(expr)
}

/// The factors of `I(a * b)`.
fn as_product(covariate: &RExpr) -> Option<Vec<&RExpr>> {
    let RExpr::Call(head, arguments) = covariate else { return None };
    let [(None, inner)] = &arguments[..] else { return None };
    Some(multiplied(inner)).filter(|product| head == "I" && product.len() > 1)
}

/// The model as its equations show it: each covariate `I(a * b)` as the product `a:b`.
pub fn as_shown(model: &Model) -> Model {
    let factors = |factor: &RExpr| match as_product(factor) {
        Some(product) => product.into_iter().cloned().collect(),
        None => vec![factor.clone()],
    };
    let shown = |terms: &[Term]| -> Vec<Term> {
        terms.iter().map(|term| Term::new(term.factors().iter().flat_map(factors))).collect()
    };
    let plain = Model::new(model.response().clone()).with_family(model.family(), model.link());
    let fixed = plain.with_fixed(shown(model.fixed()));
    let all = model.offsets().iter().fold(fixed, |all, offset| all.with_offset(offset.clone()));
    let random = |term: &RandomTerm| RandomTerm::new(term.group.clone(), shown(&term.terms), term.covariance);
    model.random().iter().map(random).fold(all, Model::with_random)
}

/// What a product multiplies.
fn multiplied(expr: &RExpr) -> Vec<&RExpr> {
    match expr {
        RExpr::Call(head, parts) if head == "*" => parts.iter().flat_map(|(_, part)| multiplied(part)).collect(),
        other => vec![other],
    }
}

fn refuse_scaled<T>(covariate: &RExpr) -> Result<T> {
    let message = format!("in an equation the number in `{covariate}` would be read as a part of its coefficient");
    Diagnostic::error(Code::CannotSay, message)
        .help("make it a column of the data first, or write the model in `lmer`")
        .into()
}

/// The columns of the model whose name is not the one that their symbol says, whether Greek letters are written as letters
/// or by their names: the symbol and the column.
///
/// # Errors
/// `CannotSay` when two columns would have one symbol, as `a b` and `a_b`.
///
/// ```
/// use mlnote::algebra::{Lexicon, Reading, column_names};
/// use mlnote::model::{Model, RExpr};
/// let reading =
///     |name| Reading { model: Model::new(RExpr::name(name)), lexicon: Lexicon::default(), system: None, notes: vec![] };
/// assert!(column_names(&reading("score")).unwrap().is_empty());
/// assert_eq!(column_names(&reading("my score")).unwrap()[0].0.column(), "my_score");
/// ```
pub fn column_names(reading: &Reading) -> Result<Vec<(Name, String)>> {
    let model = &reading.model;
    let expressions = std::iter::once(model.response()).chain(model.covariates()).chain(model.offsets());
    let columns: BTreeSet<&str> = expressions.flat_map(|e| e.names()).collect();
    let symbol = |column: &str| {
        let name = reading.lexicon.covariates.get(&RExpr::name(column)).cloned().unwrap_or_else(|| named(column));
        // Means over several groups have one symbol, which its indices tell apart.
        let shared = |of: &&RExpr, n: &Name| {
            **of != RExpr::name(column) && *n == name && name.accents.last() == Some(&Accent::Bar)
        };
        let told = reading.lexicon.covariates.iter().any(|(of, n)| shared(&of, n));
        (!told).then(|| (name, column.to_owned()))
    };
    let mut named: Vec<(Name, String)> = columns.into_iter().filter_map(symbol).collect();
    for (at, (name, column)) in named.iter().enumerate() {
        if let Some((_, first)) = named[..at].iter().find(|(other, _)| other.column() == name.column()) {
            return Diagnostic::error(
                Code::CannotSay,
                format!("the columns `{first}` and `{column}` would have one symbol in equations"),
            )
            .help("rename one of them in the data and in the model")
            .into();
        }
    }
    named.retain(|(name, column)| name.greek().is_some() || name.column() != *column);
    Ok(named)
}

/// `a + b + c` is one sum of three; `(a + b) + c` keeps its brackets.
fn add(left: Expr, open: bool, right: Expr) -> Expr {
    match left.kind {
        Kind::Sum(mut parts) if open => {
            parts.push(right);
            Kind::Sum(parts).into()
        }
        _ => Kind::Sum(vec![left, right]).into(),
    }
}

fn is_sum(expr: &RExpr) -> bool {
    matches!(expr, RExpr::Call(head, arguments) if (head == "+" || head == "-") && arguments.len() == 2)
}

/// The symbol of a column that no author named: a letter as it is, anything longer as an upright word. Blanks of any kind
/// and number are one blank, as typesetting has them.
fn named(column: &str) -> Name {
    let words = column.split_whitespace().collect::<Vec<_>>().join(" ");
    let face = if words.chars().count() == 1 { Face::Italic } else { Face::Upright };
    Name { face, ..Name::new(if words.is_empty() { column.to_owned() } else { words }) }
}
