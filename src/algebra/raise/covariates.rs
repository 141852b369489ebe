//! Covariates in equations: an R expression as mathematics, every column with its indices.

use super::Letters;
use crate::algebra::{Lexicon, Reading};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Grouping, Level, Model, RExpr};
use crate::syntax::{Expr, Face, Kind, Name, Symbol};
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
        let unknown: Vec<String> =
            self.model.covariates().into_iter().filter(|c| self.stated(c).is_none()).map(RExpr::to_string).collect();
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
            .help(format!("say which are constant within a group: `--level {first}={}`", unknown.join(","))),
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
        if let Some(name) = self.lexicon.covariates.get(covariate) {
            return Ok(Symbol::new(name.clone(), indices(&self.reach(covariate))).into());
        }
        let whole = self.reach(covariate);
        self.math(covariate, covariate, &|name| {
            let column = RExpr::name(name);
            let stated = if self.all { None } else { self.stated(&column) };
            let symbol = self.lexicon.covariates.get(&column).cloned().unwrap_or_else(|| named(name));
            Symbol::new(symbol, indices(&stated.unwrap_or_else(|| whole.clone()))).into()
        })
    }

    /// The response, with all its indices.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(super) fn response(&self, letters: &Letters) -> Result<Expr> {
        let response = self.model.response();
        self.math(response, response, &|name| {
            let symbol = self.lexicon.covariates.get(&RExpr::name(name)).cloned().unwrap_or_else(|| named(name));
            Symbol::new(symbol, letters.response()).into()
        })
    }

    fn math(&self, expr: &RExpr, whole: &RExpr, column: &dyn Fn(&str) -> Expr) -> Result<Expr> {
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
        let part = |at: usize| self.math(&arguments[at].1, whole, column);
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
}

/// The columns of the model whose name is not the one that their symbol says: the symbol and the column.
///
/// ```
/// use mlnote::algebra::{Lexicon, Reading, column_names};
/// use mlnote::model::{Model, RExpr};
/// let reading =
///     |name| Reading { model: Model::new(RExpr::name(name)), lexicon: Lexicon::default(), system: None, notes: vec![] };
/// assert!(column_names(&reading("score")).is_empty());
/// assert_eq!(column_names(&reading("my score"))[0].0.column(), "my_score");
/// ```
pub fn column_names(reading: &Reading) -> Vec<(Name, String)> {
    let model = &reading.model;
    let expressions = std::iter::once(model.response()).chain(model.covariates()).chain(model.offsets());
    let columns: BTreeSet<&str> = expressions.flat_map(|e| e.names()).collect();
    let symbol = |column: &str| {
        let name = reading.lexicon.covariates.get(&RExpr::name(column)).cloned().unwrap_or_else(|| named(column));
        (name.column() != column).then(|| (name, column.to_owned()))
    };
    columns.into_iter().filter_map(symbol).collect()
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

/// The symbol of a column that no author named: a letter as it is, anything longer as an upright word.
fn named(column: &str) -> Name {
    let face = if column.chars().count() == 1 { Face::Italic } else { Face::Upright };
    Name { face, ..Name::new(column) }
}
