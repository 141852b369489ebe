//! What the calls of the engines share: how their groupings nest, names that a language cannot spell, arithmetic.

use crate::algebra::{Categories, Reading};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Grouping, Model, RExpr, Reference, Term};
use std::collections::BTreeMap;

/// How a language writes names and arithmetic.
pub(super) struct Language {
    /// The engine, as messages name it.
    pub(super) engine: &'static str,
    /// `^` or `**`.
    pub(super) power: &'static str,
    /// R's functions of one number, and their names here.
    pub(super) functions: &'static [(&'static str, &'static str)],
    /// Words that no column may be called, in lower case.
    pub(super) reserved: &'static [&'static str],
    /// The longest name.
    pub(super) longest: usize,
    /// Whether `x` and `X` are one name.
    pub(super) folds_case: bool,
}

/// Functions that a language calls as R does.
pub(super) const AS_IN_R: &[(&str, &str)] =
    &[("log", "log"), ("log2", "log2"), ("log10", "log10"), ("exp", "exp"), ("sqrt", "sqrt"), ("abs", "abs")];

/// The refusal of an engine that cannot say the model, with the nearest thing to do.
pub(super) fn cannot<T>(engine: &str, why: impl AsRef<str>, help: impl Into<String>) -> Result<T> {
    Diagnostic::error(Code::CannotSay, format!("{engine} cannot say this model: {}", why.as_ref())).help(help).into()
}

/// The grouping factors from the outermost to the innermost, each with the factor that it adds to the one before
/// (`school`, then `class` for `school:class`; the first of its factors for the outermost); `None` when they do not nest
/// one factor at a time.
pub(super) fn nesting(model: &Model) -> Option<Vec<(&Grouping, &str)>> {
    let mut groups = model.groupings();
    groups.sort_by_key(|group| group.factors().len());
    let mut chain: Vec<(&Grouping, &str)> = vec![];
    for group in groups {
        let outer: &[String] = chain.last().map_or(&[], |(outer, _)| outer.factors());
        let mut added = group.factors().iter().filter(|factor| !outer.contains(factor));
        let own = added.next()?;
        let is_step = added.next().is_none() && group.factors().len() == outer.len() + 1;
        if !chain.is_empty() && !is_step {
            return None;
        }
        chain.push((group, own));
    }
    Some(chain)
}

/// Every column of the model, each once.
pub(super) fn columns(model: &Model) -> Vec<&str> {
    let mut all: Vec<&str> = vec![];
    let calculated = std::iter::once(model.response()).chain(model.covariates()).chain(model.offsets());
    let covariates = calculated.flat_map(RExpr::names);
    for name in covariates.chain(model.groupings().into_iter().flat_map(Grouping::factors).map(String::as_str)) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// A name for the cells of several factors: `school_class`.
pub(super) fn cells(group: &Grouping) -> String {
    group.factors().join("_")
}

/// Refuses what only an engine for generalised models, or with offsets, can fit.
pub(super) fn gaussian_without_offset(model: &Model, engine: &str) -> Result<()> {
    if model.family() != "gaussian" || model.link() != "identity" {
        return cannot(engine, format!("its family is {}", model.family()), "`glmmtmb`, `brms` or `lmer` can say it");
    }
    match model.offsets() {
        [] => Ok(()),
        [offset, ..] => {
            let help = format!("subtract the offset from the response first: it is a linear model in Y - {offset}");
            cannot(engine, "it has an offset", help)
        }
    }
}

/// Factors, each with the line of R that puts its reference first: R would take the first in the alphabet.
pub(super) fn r_factors<'r>(reading: &'r Reading, data: &str) -> Vec<(&'r String, String)> {
    let line = |(name, categories): (&'r String, &Categories)| {
        let levels: Vec<String> = categories.all().map(|c| RExpr::Text(c.clone()).to_string()).collect();
        let column = format!("{data}${}", RExpr::name(name));
        (name, format!("{column} <- factor({column}, levels = c({}))", levels.join(", ")))
    };
    let known = reading.lexicon.categorical.iter().map(|(name, reference)| {
        let column = format!("{data}${}", RExpr::name(name));
        let reference = match reference {
            Reference::Category(reference) => RExpr::Text(reference.clone()).to_string(),
            Reference::Last => format!("nlevels(factor({column}))"),
            Reference::First | Reference::Unknown => return (name, format!("{column} <- factor({column})")),
        };
        (name, format!("{column} <- relevel(factor({column}), ref = {reference})"))
    });
    reading.lexicon.declared().map(line).chain(known).collect()
}

/// The lines of [`r_factors`], before a call.
pub(super) fn r_factor_lines(reading: &Reading, data: &str) -> impl Iterator<Item = String> {
    r_factors(reading, data).into_iter().map(|(_, line)| line)
}

/// A category as a table holds it: a number when all are.
pub(super) fn literal<'c>(
    category: &str,
    all: impl IntoIterator<Item = &'c String>,
    text: impl Fn(&str) -> String,
) -> String {
    let is_number = |c: &String| c.parse::<i64>().is_ok_and(|number| number.to_string() == *c);
    if all.into_iter().all(is_number) { category.to_owned() } else { text(category) }
}

/// The note that an engine compares categories with another one than the source.
pub(super) fn other_reference(engine: &str, factor: &str) -> Diagnostic {
    let message = format!("{engine} compares the categories of {factor} with another one than the source");
    Diagnostic::note(Code::FormulaTrap, message).help("the model is the same; its coefficients differ")
}

/// Refuses a categorical covariate of which no categories are known, for programs that have a column for each.
pub(super) fn known_categories(reading: &Reading, engine: &str) -> Result<()> {
    match reading.lexicon.unnamed() {
        None => Ok(()),
        Some((factor, help)) => {
            cannot(engine, format!("{factor} is categorical, and its categories are not known"), help)
        }
    }
}

/// The terms without the intercept, each as its product; `times` stands between the covariates.
pub(super) fn products(
    terms: &[Term],
    times: &str,
    mut covariate: impl FnMut(&RExpr) -> Result<String>,
) -> Result<Vec<String>> {
    let terms = terms.iter().filter(|term| !term.is_intercept());
    terms.map(|term| Ok(term.factors().iter().map(&mut covariate).collect::<Result<Vec<_>>>()?.join(times))).collect()
}

/// An expression as the language calculates it.
///
/// # Errors
/// `CannotSay` for what is not arithmetic, and for functions that the language does not have.
pub(super) fn arithmetic(
    expr: &RExpr,
    language: &Language,
    name: &mut dyn FnMut(&str) -> Result<String>,
) -> Result<String> {
    let refuse = |expr: &RExpr| {
        cannot(language.engine, format!("`{expr}` is an expression of R"), "make it a column of the data first")
    };
    let (head, arguments) = match expr {
        RExpr::Name(column) => return name(column),
        RExpr::Number(text) => return Ok(text.clone()),
        RExpr::Call(head, arguments) => (head.as_str(), &arguments[..]),
        _ => return refuse(expr),
    };
    if let Some((of, Some(base))) = expr.as_logarithm() {
        return arithmetic(&to_base(of, base, language), language, name);
    }
    if arguments.iter().any(|(argument, _)| argument.is_some()) {
        return refuse(expr);
    }
    let mut part = |at: usize| arithmetic(&arguments[at].1, language, name);
    match (head, arguments.len()) {
        ("I", 1) => part(0),
        ("(", 1) => Ok(format!("({})", part(0)?)),
        ("-" | "+", 1) => Ok(format!("{head}{}", part(0)?)),
        ("+" | "-" | "*" | "/", 2) => Ok(format!("{} {head} {}", part(0)?, part(1)?)),
        ("^", 2) => Ok(format!("{}{}{}", part(0)?, language.power, part(1)?)),
        (function, 1) => match language.functions.iter().find(|(r, _)| *r == function) {
            Some((_, own)) => Ok(format!("{own}({})", part(0)?)),
            None => refuse(expr),
        },
        _ => refuse(expr),
    }
}

/// A logarithm to a base: by a function of its own where the language has one, as a quotient elsewhere.
fn to_base(of: &RExpr, base: &RExpr, language: &Language) -> RExpr {
    let own = format!("log{base}");
    if language.functions.iter().any(|(r, _)| *r == own) && matches!(base, RExpr::Number(_)) {
        return RExpr::call(own, [of.clone()]);
    }
    let quotient = RExpr::call("/", [of, base].map(|part| RExpr::call("log", [part.clone()])));
    RExpr::call("(", [quotient])
}

/// The names of the columns in a language that cannot quote: those that it cannot spell are renamed, and what is
/// calculated is a column made before the call.
pub(super) struct Names<'l> {
    language: &'l Language,
    spelled: BTreeMap<String, String>,
    /// The columns to make: name and arithmetic.
    pub(super) made: Vec<(String, String)>,
    renamed: Vec<(String, String)>,
}

impl<'l> Names<'l> {
    /// No names yet.
    pub(super) fn new(language: &'l Language) -> Self {
        Self { language, spelled: BTreeMap::new(), made: vec![], renamed: vec![] }
    }

    /// The column, renamed when the language cannot spell it.
    pub(super) fn column(&mut self, name: &str) -> String {
        if let Some(known) = self.spelled.get(name) {
            return known.clone();
        }
        let own = self.free(name);
        if own != name {
            self.renamed.push((name.to_owned(), own.clone()));
        }
        self.spelled.insert(name.to_owned(), own.clone());
        own
    }

    /// The covariate: a column, or one to be made.
    ///
    /// # Errors
    /// Those of [`arithmetic`].
    pub(super) fn covariate(&mut self, expr: &RExpr) -> Result<String> {
        if let RExpr::Name(name) = expr {
            return Ok(self.column(name));
        }
        let key = expr.to_string();
        if let Some(known) = self.spelled.get(&key) {
            return Ok(known.clone());
        }
        let language = self.language;
        let value = arithmetic(expr, language, &mut |name| Ok(self.column(name)))?;
        let own = self.free(key.trim_start_matches("I(").trim_end_matches(')'));
        self.made.push((own.clone(), value));
        self.spelled.insert(key, own.clone());
        Ok(own)
    }

    /// A name of the program's own that no column has.
    pub(super) fn own(&mut self, wanted: &str) -> String {
        let own = self.free(wanted);
        // No column has a name with a NUL character.
        self.spelled.insert(format!("\0{own}"), own.clone());
        own
    }

    /// One note about the columns that have another name here.
    pub(super) fn note(&self, notes: &mut Notes) {
        self.note_with(notes, "rename the columns of the data in the same way");
    }

    /// Likewise, with other help.
    pub(super) fn note_with(&self, notes: &mut Notes, help: &str) {
        if self.renamed.is_empty() {
            return;
        }
        let list: Vec<String> = self.renamed.iter().map(|(from, to)| format!("`{from}` is {to}")).collect();
        let message = format!("{} cannot spell every name: {}", self.language.engine, list.join(", "));
        let note = Diagnostic::note(Code::Renamed, message);
        notes.push(note.help(help));
    }

    /// A name that the language can spell and nothing else has.
    fn free(&self, name: &str) -> String {
        let mut plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        while plain.contains("__") {
            plain = plain.replace("__", "_");
        }
        if name.chars().any(|c| !c.is_ascii_alphanumeric() && c != '_') || plain.is_empty() {
            plain = plain.trim_matches('_').to_owned();
        }
        if !plain.starts_with(|c: char| c.is_ascii_alphabetic())
            || self.language.reserved.contains(&plain.to_lowercase().as_str())
        {
            plain.insert_str(0, "v_");
        }
        plain.truncate(self.language.longest);
        let same = |other: &str, name: &str| match self.language.folds_case {
            true => other.eq_ignore_ascii_case(name),
            false => other == name,
        };
        let taken = |name: &str| self.spelled.values().any(|other| same(other, name));
        let mut own = plain.clone();
        for number in 2.. {
            if !taken(&own) {
                break;
            }
            let tail = format!("_{number}");
            own = plain.chars().take(self.language.longest - tail.len()).collect::<String>() + &tail;
        }
        own
    }
}
