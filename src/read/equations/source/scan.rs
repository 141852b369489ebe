//! Checks in one pass over the text, before any parsing: characters, commands, bracket depth and balance.

use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::read::equations::commands;
use crate::read::text::{MAX_DEPTH, too_deep};
use crate::syntax::unnamed_sum;
use std::ops::Range;

/// Commands that put braces on an expression, with a label.
const BRACES: [&str; 4] = ["\\underbrace", "\\overbrace", "\\underbracket", "\\overbracket"];

/// Commands that lost their backslash: `"\text{…}"` printed by a program that took `\t` for a tab.
///
/// # Errors
/// `ForbiddenCharacter` at the first one, with the command's beginning as the fix.
fn eaten(text: &str) -> Result<()> {
    for (eaten, command) in
        [("\text{", r"\text"), ("\theta", r"\theta"), ("\times", r"\times"), ("\u{c}rac{", r"\frac")]
    {
        if let Some(at) = text.find(eaten) {
            let span = Span::new(at, at + 1);
            return Diagnostic::error(
                Code::ForbiddenCharacter,
                format!("a control character stands where {command} began"),
            )
            .at(span, "the backslash and the letter behind it were lost")
            .help(format!("write `{command}`; in code strings the backslash is doubled"))
            .fix(span, &command[..2])
            .into();
        }
    }
    Ok(())
}

/// Forbidden characters, macro commands: of the whole text, comments aside.
///
/// # Errors
/// `ForbiddenCharacter`, `UnknownCommand`.
pub(in crate::read) fn text(text: &str) -> Result<()> {
    crate::read::check_text(text)?;
    eaten(text)?;
    let bare = blank_comments(text);
    if let Some(span) = character_code(&bare) {
        let code = &text[span.start..span.end];
        return Diagnostic::error(Code::UnknownCommand, format!("`{code}` is not carried out"))
            .at(span, "TeX takes this for a character by its code")
            .help("write the character itself; `^` in a text is `\\textasciicircum{}`")
            .into();
    }
    for (span, name) in command_names(&bare) {
        // \def\labelenumi{…}: how the items of a list are numbered, as pandoc writes it.
        let numbers_items = bare[span.end..].starts_with("\\labelenum");
        if commands::MACROS.contains(&name) && !names_itself(&bare[span.start..]) && !numbers_items {
            return Diagnostic::error(Code::UnknownCommand, format!("`\\{name}` is not carried out"))
                .at(span, "macros are never expanded and no file is fetched")
                .help("write out what the command stands for")
                .into();
        }
    }
    help_pages(text)
}

/// `\DeclareMathOperator{\E}{E}` makes nothing that is not read by its name.
fn names_itself(text: &str) -> bool {
    let name = || {
        let (command, said) = text.strip_prefix("\\DeclareMathOperator{\\")?.split_once("}{")?;
        Some(said.split_once('}')?.0 == command && command.bytes().all(|b| b.is_ascii_alphabetic()))
    };
    name().unwrap_or_default()
}

/// The first `^^5c` or `^^M`: TeX replaces it by a character before it looks at anything else (Knuth 1984, chapter 8).
fn character_code(text: &str) -> Option<Span> {
    let hex = |b: &u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    text.match_indices("^^").find_map(|(at, _)| {
        let (before, after) = (text.as_bytes()[..at].last(), &text.as_bytes()[at + 2..]);
        let length = match after {
            [a, b, ..] if hex(a) && hex(b) => 4,
            [b'A'..=b'Z', ..] => 3,
            _ => return None,
        };
        (before != Some(&b'^')).then(|| Span::new(at, at + length))
    })
}

/// The depth of braces in `\eqn{…}` and `\deqn{…}` of R's help pages, whose end is found by them.
fn help_pages(text: &str) -> Result<()> {
    let mut start = 0;
    while let Some(at) = text[start..].find("eqn{") {
        start += at + "eqn{".len();
        let (mut depth, mut escaped) = (1, false);
        for (at, byte) in text.bytes().enumerate().skip(start) {
            match byte {
                b'{' if !escaped => depth += 1,
                b'}' if !escaped => depth -= 1,
                _ => {}
            }
            escaped = byte == b'\\' && !escaped;
            if depth > MAX_DEPTH {
                return too_deep(Span::new(at, at + 1)).into();
            }
            if depth == 0 {
                start = at;
                break;
            }
        }
        if depth > 0 {
            break;
        }
    }
    Ok(())
}

/// Every `\command` of letters, with its place.
pub(in crate::read) fn command_names(text: &str) -> impl Iterator<Item = (Span, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            if bytes[at] != b'\\' {
                at += 1;
                continue;
            }
            let start = at;
            at += 1;
            let end = at + bytes[at..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
            if end > at {
                at = end;
                return Some((Span::new(start, end), &text[start + 1..end]));
            }
            at += 1;
        }
        None
    })
}

/// What stands under or over braces, `\underbrace{…}_{\text{fixed} \atop \text{part}}`: a label is not read.
fn brace_labels(region: &str) -> Vec<Range<usize>> {
    let mut labels: Vec<Range<usize>> = vec![];
    // The braces that are open: whether they are the argument of such a command, and where a label began.
    let mut open: Vec<(bool, Option<usize>)> = vec![];
    let (mut argument, mut escaped) = (false, false);
    for (at, byte) in region.bytes().enumerate() {
        match byte {
            _ if escaped => {}
            b'{' => {
                let before = region[..at].trim_end();
                let label = argument && before.ends_with(['_', '^']);
                open.push((BRACES.iter().any(|name| before.ends_with(name)), label.then_some(at)));
                argument = false;
            }
            b'}' => {
                let (of_braces, label) = open.pop().unwrap_or_default();
                labels.extend(label.map(|start| start..at));
                argument = of_braces;
            }
            b'_' | b'^' | b' ' | b'\n' | b'\r' | b'\t' => {}
            _ => argument = false,
        }
        escaped = byte == b'\\' && !escaped;
    }
    labels
}

/// One opened bracket.
struct Opened<'a> {
    mark: &'a str,
    name: &'a str,
    at: usize,
    law: bool,
}

/// Commands, bracket depth and balance of one math region; `base` is where it stands in the text.
///
/// # Errors
/// `UnknownCommand`, `TooLarge` (too deep), `Unbalanced`.
pub(in crate::read) fn region(region: &str, base: usize, notes: &mut Notes) -> Result<()> {
    if let Some(at) = region.find("%*%").filter(|_| !region.contains('\\')) {
        return Diagnostic::error(Code::OutOfScope, "`%*%` is a product of matrices")
            .at(Span::new(base + at, base + at + 3), "here")
            .help("write the model one symbol at a time: `Y_ij = beta_0 + beta_1 X_ij + u_j + e_ij`")
            .into();
    }
    let region = &blank_comments(region);
    let labels = brace_labels(region);
    for (span, name) in command_names(region) {
        if labels.iter().any(|label| label.contains(&span.start)) {
            continue;
        }
        if matches!(name, "sum" | "prod" | "int") {
            let row = region[..span.start].rfind("\\\\").map_or(0, |at| at + 2);
            if !is_mean_of_data(&region[row..]) {
                return unnamed_sum(Span::new(base + span.start, base + span.end)).into();
            }
        } else if !commands::is_known(name) {
            return unknown_command(Span::new(base + span.start, base + span.end), name);
        }
    }
    if let Some(at) = region.find('∑').filter(|_| !is_mean_of_data(region)) {
        return unnamed_sum(Span::new(base + at, base + at + '∑'.len_utf8())).into();
    }
    let mut open: Vec<Opened<'_>> = vec![];
    let bytes = region.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &region[at..];
        if let Some(length) = word(rest) {
            at += length;
            continue;
        }
        let (mark, name, length) = token(rest);
        let here = Span::new(base + at, base + at + length);
        match mark {
            "(" | "[" | "{" | "\\{" | "\\begin" => {
                open.push(Opened { mark, name, at, law: mark == "(" && follows_law(&region[..at]) });
            }
            ")" | "]" | "}" | "\\}" | "\\end" | "\\right." => close(&mut open, mark, name, here, base, notes)?,
            _ => {}
        }
        if open.len() > MAX_DEPTH {
            return too_deep(here).into();
        }
        at += length;
    }
    match open.as_slice() {
        [] => Ok(()),
        [only] if only.law => {
            let span = Span::new(base + only.at, base + only.at + 1);
            notes.push(
                Diagnostic::note(Code::Unbalanced, "a `)` is missing at the end of the distribution; it was added")
                    .at(span, "opened here"),
            );
            Ok(())
        }
        [.., last] => {
            let shown = if last.mark == "\\begin" { format!("\\begin{{{}}}", last.name) } else { last.mark.to_owned() };
            if last.mark == "\\begin" && open.len() == 1 && !last.name.contains("matrix") && last.name != "array" {
                notes.push(
                    Diagnostic::note(Code::Unbalanced, format!("`{shown}` is not closed; it was closed at the end"))
                        .at(Span::new(base + last.at, base + last.at + shown.len()), "opened here"),
                );
                return Ok(());
            }
            Diagnostic::error(Code::Unbalanced, format!("`{shown}` is opened and never closed"))
                .at(Span::new(base + last.at, base + last.at + shown.len()), "opened here")
                .help("close it, or delete it")
                .into()
        }
    }
}

/// The region with comments made blank, so that places stay. In plain text a percent sign, `b1*(ELL%)`, `3% of all`, starts
/// one at the start of a line only, and ` # ` starts a remark.
fn blank_comments(region: &str) -> String {
    let mut out = String::with_capacity(region.len());
    let plain = !region.contains('\\');
    let (mut comment, mut escaped, mut before, mut begins) = (false, false, ' ', true);
    for (at, c) in region.char_indices() {
        let starts = match c {
            '%' => !escaped && (begins || !plain),
            '#' => plain && before == ' ' && region[at + 1..].starts_with(' '),
            _ => false,
        };
        comment = (comment || starts) && c != '\n';
        escaped = c == '\\' && !escaped;
        begins = c == '\n' || begins && c.is_whitespace();
        before = c;
        if comment {
            out.extend(std::iter::repeat_n(' ', c.len_utf8()));
        } else {
            out.push(c);
        }
    }
    out
}

/// The length of a command of text with its argument, `\text{a]b}`: a lone bracket in a word closes and opens nothing.
fn word(rest: &str) -> Option<usize> {
    let commands = ["\\text", "\\mathrm", "\\mbox", "\\operatorname", "\\textit", "\\textrm"];
    let inside = commands.iter().find_map(|command| rest.strip_prefix(command)?.strip_prefix('{'))?;
    let body = &inside[..inside.find(['{', '}', '\\'])?];
    inside[body.len()..].starts_with('}').then(|| rest.len() - inside.len() + body.len() + 1)
}

/// The bracket at the start of the text, the name of its environment, and the length to move on by.
fn token(rest: &str) -> (&str, &str, usize) {
    let Some(first) = rest.chars().next() else { return ("", "", 1) };
    if first != '\\' {
        let length = first.len_utf8();
        return (&rest[..length], "", length);
    }
    for begin in ["\\begin", "\\end"] {
        if let Some(after) = rest.strip_prefix(begin)
            && let Some(inner) = after.trim_start().strip_prefix('{')
            && let Some(close) = inner.find('}')
        {
            let length = rest.len() - inner.len() + close + 1;
            return (&rest[..begin.len()], &inner[..close], length);
        }
    }
    if let Some(after) = rest.strip_prefix("\\right") {
        let dot = after.trim_start();
        if dot.starts_with('.') {
            return ("\\right.", "", rest.len() - dot.len() + 1);
        }
    }
    let second = rest[1..].chars().next().map_or(0, char::len_utf8);
    (&rest[..1 + second], "", 1 + second)
}

/// Whether a law's name stands right before a bracket.
fn follows_law(before: &str) -> bool {
    let before = before.trim_end().trim_end_matches("\\left").trim_end().trim_end_matches('}');
    ["N", "Normal", "MVN"].iter().any(|law| {
        before.strip_suffix(law).is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

fn close(open: &mut Vec<Opened<'_>>, mark: &str, name: &str, here: Span, base: usize, notes: &mut Notes) -> Result<()> {
    let Some(last) = open.last() else {
        if mark == "\\right." {
            return Ok(());
        }
        let shown = if mark == "\\end" { format!("\\end{{{name}}}") } else { mark.to_owned() };
        return Diagnostic::error(Code::Unbalanced, format!("`{shown}` closes nothing"))
            .at(here, "nothing is open here")
            .help("delete it, or open it before")
            .into();
    };
    let opened = Span::new(base + last.at, base + last.at + last.mark.len());
    match (last.mark, mark) {
        ("(", ")") | ("[", "]") | ("{", "}") | ("\\{", "\\}") | (_, "\\right.") => {}
        ("\\begin", "\\end") => {
            if last.name != name {
                notes.push(
                    Diagnostic::note(
                        Code::Unbalanced,
                        format!("`\\begin{{{}}}` is closed by `\\end{{{name}}}`; they were taken as a pair", last.name),
                    )
                    .at(here, "closed here")
                    .at(opened, "opened here"),
                );
            }
        }
        // (0, 1] is an interval.
        ("(", "]") | ("[", ")") => {
            return Diagnostic::error(Code::Unbalanced, format!("`{}` is closed by `{mark}`", last.mark))
                .at(here, "closed here")
                .at(opened, "opened here")
                .into();
        }
        (opener, _) => {
            let shown = if opener == "\\begin" { format!("\\begin{{{}}}", last.name) } else { opener.to_owned() };
            return Diagnostic::error(Code::Unbalanced, format!("`{shown}` is still open where `{mark}` closes"))
                .at(here, "closed here")
                .at(opened, "opened here")
                .help(format!("close `{shown}` before this place"))
                .into();
        }
    }
    open.pop();
    Ok(())
}

/// Whether a row says what a mean of data is, `\bar{x}_j = \frac{1}{n_j} \sum_i x_{ij}`: it defines a covariate.
pub(in crate::read) fn is_mean_of_data(row: &str) -> bool {
    let Some((left, right)) = row.split_once('=') else { return false };
    let sum = right.split("\\\\").next().unwrap_or("");
    (sum.contains("\\sum") || sum.contains(['∑', 'Σ']))
        && (left.contains("\\bar") || left.contains("\\overline") || left.contains(['\u{304}', '\u{305}']))
}

fn unknown_command(span: Span, name: &str) -> Result<()> {
    let error = Diagnostic::error(Code::UnknownCommand, format!("the command `\\{name}` has no meaning in a model"))
        .at(span, "not known");
    match commands::nearest(name) {
        Some(near) => error.help(format!("did you mean `\\{near}`?")).fix(span, format!("\\{near}")).into(),
        None => error.help("write the name as `\\text{…}` if it is a variable; macros are not expanded").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn commands_that_became_a_tab_are_told() {
        let error = text("$y_{ij} = \\gamma\text{age}_{ij}$").unwrap_err();
        assert_eq!(error.fix.map(|f| f.text).as_deref(), Some(r"\t"));
        assert!(text("a\ttext b").is_ok());
    }
}
