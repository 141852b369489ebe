//! Spans, error kinds and diagnostics as values. Rendering (carets, JSON, colour) happens at the edge, in `cli`.

use std::fmt;

/// A range of bytes in the source text, `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The range `start..end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest range that holds both. An empty span at 0 (made, not read) is ignored.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self == Self::default(), other == Self::default()) {
            (true, _) => other,
            (_, true) => self,
            _ => Self { start: self.start.min(other.start), end: self.end.max(other.end) },
        }
    }
}

/// How serious a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The answer could not be given.
    Error,
    /// The answer was given; this is what was assumed.
    Note,
}

/// A place in the source and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What, in a few words; may be empty.
    pub text: String,
}

/// A replacement that would mend the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What to replace.
    pub span: Span,
    /// With what.
    pub text: String,
}

/// A place in a table of data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InTable {
    /// The file, as its reader was told; the library does not know it.
    pub file: Option<String>,
    /// The line of the file, from 1.
    pub line: Option<u64>,
}

/// An error or a note: a value, rendered by the caller. The first label is the place, the others explain.
///
/// ```
/// use mlnote::error::{Code, Diagnostic, Span};
/// let d = Diagnostic::error(Code::UndefinedSymbol, "β_1j has no equation").at(Span::new(4, 8), "used here");
/// assert_eq!(d.code.slug(), "undefined-symbol");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The kind of trouble.
    pub code: Code,
    /// Error or note.
    pub severity: Severity,
    /// One sentence, lower case, without a full stop.
    pub message: String,
    /// Places in the source, the most important first.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// A replacement that mends it.
    pub fix: Option<Fix>,
    /// Where it is in a table, when it is about one.
    pub table: Option<InTable>,
}

impl Diagnostic {
    /// An error without a place yet.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        let message = visible(&message.into());
        Self { code, severity: Severity::Error, message, labels: vec![], help: None, fix: None, table: None }
    }

    /// A note: what was assumed or skipped.
    pub fn note(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::error(code, message) }
    }

    /// An error for a word that is none of the known ones: the nearest of them, and the list.
    ///
    /// ```
    /// use mlnote::error::{Code, Diagnostic};
    /// let d = Diagnostic::unknown(Code::UnknownNotation, "notation", "lmr", ["bracket", "lmer"]);
    /// assert_eq!(d.message, "no notation is called `lmr`");
    /// assert_eq!(d.help.unwrap(), "did you mean `lmer`? known are: bracket, lmer");
    /// ```
    pub fn unknown<'a>(code: Code, kind: &str, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let list = if known.is_empty() { "none".into() } else { known.join(", ") };
        let help = match nearest(word, known) {
            Some(near) => format!("did you mean `{near}`? known are: {list}"),
            None => format!("known are: {list}"),
        };
        Self::error(code, format!("no {kind} is called `{word}`")).help(help)
    }

    /// Replaces the message.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = visible(&message.into());
        self
    }

    /// Adds a place.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: visible(&text.into()) });
        self
    }

    /// Adds a line of a table.
    #[must_use]
    pub fn in_line(mut self, line: u64) -> Self {
        self.table = Some(InTable { line: Some(line), ..InTable::default() });
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(visible(&text.into()));
        self
    }

    /// Adds a replacement that mends it.
    #[must_use]
    pub fn fix(mut self, span: Span, text: impl Into<String>) -> Self {
        self.fix = Some(Fix { span, text: text.into() });
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Diagnostic {}

/// The known word nearest to one that is not known: equal but for case, or at most a third of its letters differ.
///
/// ```
/// use mlnote::error::nearest;
/// assert_eq!(nearest("heirarchical", ["lmer", "hierarchical"]), Some("hierarchical"));
/// assert_eq!(nearest("school", ["R", "Z"]), None);
/// ```
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = word.to_lowercase().chars().take(64).collect();
    let close = |name: &&'a str| {
        let letters: Vec<char> = name.to_lowercase().chars().take(64).collect();
        let distance = edits(&wanted, &letters);
        (distance * 3 <= wanted.len().max(letters.len())).then_some((distance, *name))
    };
    known.into_iter().filter_map(|name| close(&name)).min().map(|(_, name)| name)
}

/// The number of letters to insert, delete, replace or swap with their neighbour (restricted Damerau-Levenshtein).
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = vec![];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        (before, above) = (above, row);
    }
    above[b.len()]
}

/// What is wrong with a character of a text, if anything is: it hides or reorders what is read.
pub fn hidden(c: char) -> Option<&'static str> {
    Some(match c {
        '\t' | '\n' | '\r' | '\u{0C}' => return None,
        '\0' => "a NUL character",
        c if c.is_control() => "a control character",
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            "a bidirectional control character"
        }
        '\u{00AD}' | '\u{180E}' | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' => {
            "a zero-width character"
        }
        '\u{FE00}'..='\u{FE0F}' | '\u{E0000}'..='\u{E01EF}' => "an invisible selector or tag character",
        '\u{2028}' | '\u{2029}' => "an invisible line separator",
        _ => return None,
    })
}

/// A text with what is [`hidden`] in it, and other controls but line ends, spelled by number, so that no message commands a
/// terminal or hides what it says.
///
/// ```
/// assert_eq!(mlnote::error::visible("a\u{1b}[2J\n"), "a\\u{1b}[2J\n");
/// ```
pub fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if (c.is_control() && c != '\n') || hidden(c).is_some() {
            out.extend(c.escape_unicode())
        } else {
            out.push(c)
        }
        out
    })
}

/// What every fallible step of the library returns. The error is boxed: the happy path stays small.
pub type Result<T> = std::result::Result<T, Box<Diagnostic>>;

impl<T> From<Diagnostic> for Result<T> {
    fn from(diagnostic: Diagnostic) -> Self {
        Err(Box::new(diagnostic))
    }
}

/// Notes gathered on the way.
pub type Notes = Vec<Diagnostic>;

/// Declares the kinds of diagnostics: name, slug, explanation. One row a kind.
macro_rules! codes {
    ($($name:ident $slug:literal $about:literal)*) => {
        /// The kinds of diagnostics: thing + fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $about] $name,)* }

        impl Code {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable word for programs (`--json`).
            pub fn slug(self) -> &'static str { match self { $(Self::$name => $slug,)* } }

            /// One sentence that explains the kind.
            pub fn about(self) -> &'static str { match self { $(Self::$name => $about,)* } }
        }
    };
}

#[rustfmt::skip]
codes! {
    Syntax              "syntax"               "The text is not of this notation's grammar."
    Unbalanced          "unbalanced"           "A bracket, brace or environment is opened and not closed, or closed and not opened."
    UnknownCommand      "unknown-command"      "A LaTeX command that has no meaning in a model."
    ForbiddenCharacter  "forbidden-character"  "A control, bidirectional or zero-width character, or invalid UTF-8."
    LookAlike           "look-alike"           "Two names differ only by letters that look the same."
    TooLarge            "too-large"            "The input or its expansion is over a limit."
    UndefinedSymbol     "undefined-symbol"     "A symbol is used that nothing defines."
    DefinedTwice        "defined-twice"        "A symbol has two equations."
    UnusedEquation      "unused-equation"      "An equation defines a symbol that no other equation uses."
    Circular            "circular"             "Equations define each other in a circle."
    IndexMismatch       "index-mismatch"       "A symbol has other indices in one place than in another."
    IndexMissing        "index-missing"        "A coefficient is used without its index."
    IndexDropped        "index-dropped"        "An index was dropped in a distribution statement; the model is clear all the same."
    MissingResidual     "missing-residual"     "The response's equation has no residual."
    MissingResponse     "missing-response"     "No equation has a response on its left."
    TwoResponses        "two-responses"        "Two different symbols, or two different right sides, for the response."
    NoRandomPart        "no-random-part"       "Nothing random besides the residual."
    CompositeError      "composite-error"      "One error stands for the random effects and the residual: the covariance cannot be known."
    RepeatedEffect      "repeated-effect"      "One random effect stands in two equations."
    NotLinear           "not-linear"           "The model is not linear in its unknowns."
    ChainBroken         "chain-broken"         "A line of a derivation does not follow from the one before."
    FormsDisagree       "forms-disagree"       "The level-wise and the combined form are different models."
    OutOfScope          "out-of-scope"         "The text says a model that lies outside linear and generalised linear mixed models."
    AmbiguousRole       "ambiguous-role"       "The position of a symbol does not tell what it is."
    AssumedRandom       "assumed-random"       "A symbol without a distribution was taken as random."
    AssumedCovariance   "assumed-covariance"   "The covariance of the random effects was not stated and was assumed."
    AssumedLevel        "assumed-level"        "The Level of a covariate is not known and was assumed."
    AssumedIndex        "assumed-index"        "A covariate without index takes the indices of the response."
    AssumedValue        "assumed-value"        "A number stands where a parameter is expected."
    SlopeOfGroupCovariate "slope-of-group-covariate" "A random slope of a covariate that is constant within the group."
    EffectWithoutFixed  "effect-without-fixed" "A random effect of a covariate that has no fixed effect."
    InteractionAlone    "interaction-alone"    "A product of covariates without its lower-order terms."
    Skipped             "skipped"              "A part of the text was skipped."
    Renamed             "renamed"              "A name that the notation cannot spell has another one there."
    CannotSay           "cannot-say"           "The notation asked for cannot say this model."
    FormulaRefused      "formula-refused"      "R or lme4 refuses this formula."
    FormulaTrap         "formula-trap"         "R accepts this formula and means something surprising by it."
    UnknownNotation     "unknown-notation"     "No notation has this name."
    UnknownName         "unknown-name"         "A flag or directive names something that the model does not have."
    BadArgument         "bad-argument"         "A flag's value cannot be read."
    UnreadableFile      "unreadable-file"      "A file cannot be read or written."
    BadJson             "bad-json"             "The JSON is not a model."
    BadData             "bad-data"             "The table cannot be used: ragged rows, duplicate headers, infinite values, no rows."
    MissingColumn       "missing-column"       "The table has no such column."
    NotNumeric          "not-numeric"          "A column must be numeric and holds text."
    DroppedRows         "dropped-rows"         "Rows with missing values were dropped."
    RankDeficient       "rank-deficient"       "Fixed-effects columns are collinear; some were dropped."
    NotIdentified       "not-identified"       "The parameters cannot be told apart by any data of this design."
    BinaryResponse      "binary-response"      "The response is 0 or 1 in every row: a logistic model may be meant."
    Singular            "singular"             "A variance or correlation is estimated at its boundary."
    NotConverged        "not-converged"        "The optimiser did not reach a certified optimum."
    NeedsInfo           "needs-info"           "The answer depends on a fact that was not given."
    Fault               "fault"                "A fault of mlnote: two independent ways disagree."
}

#[cfg(test)]
mod tests {
    use super::Code;
    use std::collections::HashSet;

    #[test]
    fn slugs_are_unique() {
        let slugs: HashSet<_> = Code::ALL.iter().map(|c| c.slug()).collect();
        assert_eq!(slugs.len(), Code::ALL.len());
    }
}
