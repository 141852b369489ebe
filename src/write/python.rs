//! Formulas of Python: patsy's, for statsmodels.

use super::engine::{Language, arithmetic, literal};
use crate::algebra::Reading;
use crate::error::Result;
use crate::model::{RExpr, Reference};

/// Words that Python keeps.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];
/// R's functions of one number in numpy.
pub(super) const NUMPY: &[(&str, &str)] = &[
    ("log", "np.log"),
    ("log2", "np.log2"),
    ("log10", "np.log10"),
    ("exp", "np.exp"),
    ("sqrt", "np.sqrt"),
    ("abs", "np.abs"),
];

/// Covariates in patsy's language.
pub(super) struct Patsy<'a> {
    reading: &'a Reading,
    language: Language,
    /// Whether anything was calculated by numpy.
    pub(super) uses_numpy: bool,
}

impl<'a> Patsy<'a> {
    /// The covariates of a reading.
    pub(super) fn new(reading: &'a Reading, engine: &'static str) -> Self {
        let language = Language {
            engine,
            power: "**",
            functions: NUMPY,
            reserved: KEYWORDS,
            longest: usize::MAX,
            folds_case: false,
        };
        Self { reading, language, uses_numpy: false }
    }

    /// A column, `C(f, levels=['a', 'b'])` for a categorical one, `np.log(x)`, `I(x**2)`.
    ///
    /// # Errors
    /// Those of [`arithmetic`].
    pub(super) fn covariate(&mut self, expr: &RExpr) -> Result<String> {
        if let RExpr::Name(column) = expr {
            let known = self.reading.lexicon.categories.get(column).filter(|c| c.reference.is_some());
            return Ok(match known {
                Some(known) => {
                    let levels: Vec<String> = known.all().map(|c| literal(c, known.all(), single)).collect();
                    format!("C({}, levels=[{}])", name(column), levels.join(", "))
                }
                None => match self.reading.lexicon.categorical.get(column) {
                    None => name(column),
                    Some(Reference::First | Reference::Unknown) => format!("C({})", name(column)),
                    // patsy counts a number that is no category from the end.
                    Some(Reference::Last) => format!("C({}, Treatment(-1))", name(column)),
                    Some(Reference::Category(reference)) => {
                        format!("C({}, Treatment({}))", name(column), literal(reference, [reference], single))
                    }
                },
            });
        }
        let text = arithmetic(expr, &self.language, &mut |column| Ok(name(column)))?;
        self.uses_numpy |= text.contains("np.");
        let is_function = matches!(expr, RExpr::Call(head, _) if NUMPY.iter().any(|(r, _)| r == head));
        Ok(if is_function { text } else { format!("I({text})") })
    }

    /// Whether a covariate has categories.
    pub(super) fn is_categorical(&self, covariate: &RExpr) -> bool {
        self.reading.lexicon.is_categorical(covariate)
    }

    /// The function in a text that a column of its name hides: patsy looks names up in the data first.
    pub(super) fn hidden(&self, text: &str) -> Option<&'static str> {
        let model = &self.reading.model;
        let columns: Vec<&str> =
            std::iter::once(model.response()).chain(model.covariates()).flat_map(RExpr::names).collect();
        let groups = model.groupings();
        let has = |name: &str| columns.contains(&name) || groups.iter().any(|g| g.factors().iter().any(|f| f == name));
        let used = [("C", "C("), ("Q", "Q("), ("I", "I("), ("np", "np.")];
        used.into_iter().find(|(name, sign)| text.contains(sign) && has(name)).map(|(name, _)| name)
    }

    /// A grouping factor as categories.
    pub(super) fn category(&self, column: &str) -> String {
        format!("C({})", name(column))
    }
}

/// `Y`, `Q('class')`: patsy reads names as Python does.
fn name(column: &str) -> String {
    if is_identifier(column) { column.to_owned() } else { format!("Q({})", single(column)) }
}

/// Whether Python takes the word for a name.
pub(super) fn is_identifier(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && word.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !KEYWORDS.contains(&word)
}

/// A string of Python in single quotes.
fn single(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A string of Python in double quotes, on one line.
pub(super) fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('\n', "\\n").replace('\r', "\\r"))
}
