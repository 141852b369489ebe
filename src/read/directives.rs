//! Facts declared in comments: `% mlnote: index j = school` (LaTeX), `# mlnote: level school = Z, S` (R, Julia, Python),
//! `* mlnote: level school = Z` (Stata, SAS, SPSS), `// mlnote: …`, `/* mlnote: … */`.

use crate::error::{Code, Diagnostic, Result, Span};
use crate::model::Facts;
use crate::syntax::greek;

/// What the kinds of directives are called.
const KINDS: &[&str] = &["index", "level", "factor", "define", "label", "column", "ids"];

/// The facts of a text and the places of the lines that declare them.
#[derive(Clone, Debug, Default)]
pub struct Directives {
    /// What is declared, and which Greek letters are written as letters.
    pub facts: Facts,
    /// Kind and place of each declaration, in order.
    pub spans: Vec<(String, Span)>,
}

impl Directives {
    /// The refusal of a fact (`--level: …`) with the place of the directive in `text` that states it.
    pub(super) fn place(&self, mut refusal: Diagnostic, text: &str) -> Diagnostic {
        let Some((kind, message)) = refusal.message.strip_prefix("--").and_then(|m| m.split_once(": ")) else {
            return refusal;
        };
        let word = message.rsplit('`').nth(1).unwrap_or_default();
        let states = |span: &Span| text.get(span.start..span.end).is_some_and(|t| t.contains(word));
        let span = self.spans.iter().filter(|(own, _)| own == kind).map(|(_, span)| *span).find(states);
        let message = format!("directive `{kind}`: {message}");
        refusal = refusal.with_message(message);
        match span {
            Some(span) => refusal.at(span, "stated here"),
            None => refusal,
        }
    }
}

/// Reads the directives of a text: every comment (`%`, `#`, `*`, `//`, `/*`) that begins with `mlnote:`. Other comments are
/// not looked at.
///
/// # Errors
/// `UnknownName` for a kind that does not exist, `BadArgument` for a value that cannot be read, both with their place.
///
/// ```
/// let text = "# mlnote: index j = school\nY ~ X + (1 | school) # mlnote: level school = X";
/// let facts = mlnote::read::directives(text).unwrap().facts;
/// assert_eq!((facts.index["j"].as_str(), facts.level["X"].as_str()), ("school", "school"));
/// ```
pub fn directives(text: &str) -> Result<Directives> {
    let mut found = Directives::default();
    found.facts.letters = greek::written(text);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some((at, body)) = body(line) {
            let trimmed = body.trim();
            let at = start + at + (body.len() - body.trim_start().len());
            let span = Span::new(at, at + trimmed.len());
            let (kind, rest) = trimmed.split_once(char::is_whitespace).unwrap_or((trimmed, ""));
            if !KINDS.contains(&kind) {
                let error = Diagnostic::unknown(Code::UnknownName, "directive", kind, KINDS.iter().copied());
                return error.at(span, "here").into();
            }
            found.facts.add(kind, rest).map_err(|e| Box::new(e.at(span, "here")))?;
            found.spans.push((kind.to_owned(), span));
        }
        start += line.len();
    }
    Ok(found)
}

/// What follows `mlnote:` in a comment, and at which byte of the line.
fn body(line: &str) -> Option<(usize, &str)> {
    let at = line.find("mlnote:")?;
    let before = line[..at].trim_end();
    let start = at + "mlnote:".len();
    let body = line[start..].trim_end();
    let body = if before.ends_with("/*") {
        body.split_once("*/").map_or(body, |(inside, _)| inside)
    } else if before.trim_start() == "*" {
        // The mark at the end of the comments of SAS and SPSS.
        body.trim_end_matches([';', '.'])
    } else if before.ends_with(['%', '#']) || before.ends_with("//") {
        body
    } else {
        return None;
    };
    Some((start, body))
}
