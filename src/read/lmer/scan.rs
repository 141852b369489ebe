//! Before the grammar: limits, forbidden characters, brackets; and LaTeX around a formula, taken off.

use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::MAX_OPERATORS;
use crate::read::text::{MAX_DEPTH, check_text};

/// A text ready for the grammar, and where its bytes stood in the source.
pub(super) struct Cleaned {
    /// The text.
    pub(super) text: String,
    origin: Vec<usize>,
    /// What was taken off.
    pub(super) notes: Notes,
}

impl Cleaned {
    fn place(&self, at: usize) -> usize {
        self.origin.get(at).or(self.origin.last()).copied().unwrap_or(0)
    }

    /// The same diagnostic with the places of the source.
    pub(super) fn restore(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        let back = |s: Span| Span::new(self.place(s.start), self.place(s.end));
        for label in &mut diagnostic.labels {
            label.span = back(label.span);
        }
        if let Some(fix) = &mut diagnostic.fix {
            fix.span = back(fix.span);
        }
        diagnostic
    }
}

/// LaTeX that may stand around or within a printed formula, and what R calls it.
const LATEX: &[(&str, &str)] = &[
    ("\\sim", "~"),
    ("\\mid", "|"),
    ("\\vert", "|"),
    ("\\*", "*"),
    ("\\_", "_"),
    ("\\~", "~"),
    ("\\|", "|"),
    ("\\quad", " "),
    ("\\texttt", ""),
    ("\\textit", ""),
    ("\\text", ""),
    ("\\mathrm", ""),
    ("\\mathit", ""),
    ("\\operatorname", ""),
    ("\\,", " "),
    ("\\;", " "),
    ("\\ ", " "),
    ("\\(", " "),
    ("\\)", " "),
    ("\\[", " "),
    ("\\]", " "),
    ("{", ""),
    ("}", ""),
    ("$", " "),
];

/// Whether the text is set in LaTeX: one of the commands above, or `$` where R has no place for it.
pub(super) fn is_latex(text: &str) -> bool {
    let dollar = text
        .find('$')
        .is_some_and(|at| text[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || c == '(' || c == '='));
    let quoted = text.contains(['`', '"', '\'']);
    dollar || (!quoted && LATEX.iter().any(|(latex, _)| latex.starts_with('\\') && text.contains(latex)))
}

/// Takes off a byte-order mark and LaTeX.
pub(super) fn clean(source: &str) -> Cleaned {
    let mut cleaned = Cleaned { text: String::new(), origin: vec![], notes: vec![] };
    let latex = is_latex(source);
    let mut at = 0;
    if source.starts_with('\u{feff}') {
        at = '\u{feff}'.len_utf8();
        let note = Diagnostic::note(Code::Skipped, "a byte-order mark was skipped");
        cleaned.notes.push(note.at(Span::new(0, 0), ""));
    }
    while let Some(c) = source[at..].chars().next() {
        let may_be_known = latex && matches!(c, '\\' | '{' | '}' | '$');
        let known = LATEX.iter().filter(|_| may_be_known).find(|(command, _)| source[at..].starts_with(command));
        if let Some((command, put)) = known {
            cleaned.origin.extend(std::iter::repeat_n(at, put.len()));
            cleaned.text.push_str(put);
            at += command.len();
        } else {
            cleaned.origin.extend(at..at + c.len_utf8());
            cleaned.text.push(c);
            at += c.len_utf8();
        }
    }
    cleaned.origin.push(source.len());
    if latex {
        let note = Diagnostic::note(Code::Skipped, "the LaTeX around the formula was skipped")
            .help("`$`, `\\sim`, `\\*` and their kin were read as R would write them");
        cleaned.notes.push(note);
    }
    cleaned
}

/// The printed look-alikes of R's signs.
fn meant(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{2212}' | '\u{2013}' | '\u{2014}' => "-",
        '×' | '·' | '⋅' | '∗' => "*",
        '～' | '∼' | '˜' => "~",
        '｜' | '∣' | '│' => "|",
        '“' | '”' => "\"",
        '‘' | '’' => "'",
        '\u{a0}' => " ",
        '＋' => "+",
        '（' => "(",
        '）' => ")",
        _ => return None,
    })
}

/// Whose quotes a text has. Comments of Julia are taken off before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::read) enum Language {
    /// R.
    R,
    /// Julia.
    Julia,
}

/// One open bracket and what it holds so far.
struct Open {
    bracket: char,
    at: usize,
    operators: usize,
    /// Operators that bind to the right and nest: `^`, signs.
    chain: usize,
    /// Operators that nest until the bracket closes: `!`, `~`, assignments.
    nest: usize,
    /// Operators and depth of everything around it.
    around: (usize, usize),
}

impl Open {
    fn new(bracket: char, at: usize, around: (usize, usize)) -> Self {
        Self { bracket, at, operators: 0, chain: 0, nest: 0, around }
    }

    fn load(&self) -> (usize, usize) {
        (self.around.0 + self.operators, self.around.1 + self.nest.max(self.chain))
    }
}

/// Checks characters, depth and brackets in one pass, so that nothing after it can run out of stack.
///
/// # Errors
/// `TooLarge`, `ForbiddenCharacter`, `Unbalanced`, `Syntax` (a printed look-alike of an R sign).
pub(in crate::read) fn check(text: &str, language: Language) -> Result<()> {
    check_text(text)?;
    let mut open = vec![Open::new(' ', 0, (0, 0))];
    let mut chars = text.char_indices().peekable();
    let mut operand = false;
    while let Some((at, c)) = chars.next() {
        let span = Span::new(at, at + c.len_utf8());
        match c {
            // A transpose, `x'`, and a member, `x.y`: trees that grow by one.
            '\'' | '.' if language == Language::Julia && operand => {
                if let Some(here) = open.last_mut() {
                    here.operators += 1;
                }
            }
            '#' => {
                while chars.next_if(|(_, c)| !matches!(c, '\n' | '\r')).is_some() {}
                continue;
            }
            // An operator of R's user, `%in%`, may hold anything.
            '%' if language == Language::R => {
                let rest = &text[at + 1..];
                if let Some(end) = rest.find(['%', '\n', '\r']).filter(|end| rest[*end..].starts_with('%')) {
                    while chars.next_if(|(inner, _)| *inner <= at + 1 + end).is_some() {}
                }
            }
            '`' | '"' | '\'' => {
                let mut closed = false;
                while let Some((_, inner)) = chars.next() {
                    if inner == '\\' {
                        chars.next();
                    } else if inner == c {
                        closed = true;
                        break;
                    }
                }
                if !closed {
                    let what = if c == '`' { "name in backticks" } else { "string" };
                    let error = Diagnostic::error(Code::Unbalanced, format!("the {what} is never closed"));
                    return error.at(span, "opened here").into();
                }
                operand = true;
                continue;
            }
            _ => {}
        }
        if let Some(sign) = meant(c).filter(|_| language == Language::R) {
            let what = if sign == " " { "a no-break space".into() } else { format!("`{c}`") };
            let error = Diagnostic::error(Code::Syntax, format!("{what} is not a sign of R")).at(span, "here");
            return error.help(format!("write `{sign}`")).fix(span, sign).into();
        }
        let top = open.len() - 1;
        let here = &mut open[top];
        match c {
            '(' | '[' | '{' => {
                here.operators += usize::from(operand);
                let (operators, depth) = here.load();
                open.push(Open::new(c, at, (operators, depth + 1)));
                operand = false;
            }
            ')' | ']' | '}' => {
                let expected = match c {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                if here.bracket == ' ' {
                    let error = Diagnostic::error(Code::Unbalanced, format!("`{c}` closes nothing"));
                    return error.at(span, "no bracket is open here").into();
                }
                if here.bracket != expected {
                    let message = format!("`{c}` does not close `{}`", here.bracket);
                    let opened = Span::new(here.at, here.at + 1);
                    return Diagnostic::error(Code::Unbalanced, message)
                        .at(span, "here")
                        .at(opened, "opened here")
                        .into();
                }
                open.pop();
                operand = true;
            }
            ',' | ';' => {
                (here.operators, here.chain, here.nest) = (0, 0, 0);
                operand = false;
            }
            '\n' | '\r' if here.bracket == ' ' && operand => (here.operators, here.chain, here.nest) = (0, 0, 0),
            '^' => {
                here.chain += 1;
                operand = false;
            }
            '-' | '+' if !operand => here.chain += 1,
            '!' | '~' | '=' => {
                (here.nest, here.chain) = (here.nest + 1, 0);
                operand = false;
            }
            '<' | '>' if matches!(chars.peek(), Some((_, '-' | '<'))) => here.nest += 1,
            '+' | '-' | '*' | '/' | ':' | '%' | '|' | '&' | '<' | '>' | '$' | '@' => {
                here.operators += 1;
                // `*` may be half of `**`, which binds as `^` does.
                here.chain = if c == '*' || c == '$' || c == '@' { here.chain + 1 } else { 0 };
                operand = false;
            }
            c if c.is_whitespace() => {}
            _ => operand = true,
        }
        let (operators, depth) = open.last().map_or((0, 0), Open::load);
        if depth > MAX_DEPTH {
            let error = Diagnostic::error(Code::TooLarge, format!("the expression is nested deeper than {MAX_DEPTH}"));
            return error.at(span, "here").into();
        }
        if operators > MAX_OPERATORS {
            let message = format!("the expression has more than {MAX_OPERATORS} operators");
            return Diagnostic::error(Code::TooLarge, message).at(span, "here").into();
        }
    }
    match open.last() {
        Some(Open { bracket, at, .. }) if *bracket != ' ' => {
            let error = Diagnostic::error(Code::Unbalanced, format!("`{bracket}` is never closed"));
            error.at(Span::new(*at, at + 1), "opened here").into()
        }
        _ => Ok(()),
    }
}
