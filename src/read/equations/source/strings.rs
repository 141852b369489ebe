//! Equations in the strings of a program: `print("y_ij ~ Poisson(λ_ij)")`, `<BlockMath math="…" />`, ``math={`…`}``. Where
//! strings say equations and nothing around them does, what stands around is blanked, so that every place stays.

use super::evidence::says_equation;
use super::lines::strip;
use super::{faces, markup, scan};
use crate::error::Span;
use crate::read::equations::{commands, has_relation};

/// What may stand before a string, and behind one.
const BEFORE: [char; 11] = ['(', '=', ',', '[', '{', ':', '+', '-', '"', '\'', '`'];
const BEHIND: [char; 12] = [')', ',', ']', '}', ';', ':', '+', '/', '>', '.', '"', '\''];

/// What marks a string before its first quote: those of Python, R's and JavaScript's raw ones.
const RAW: [&str; 5] = ["r", "R", "rf", "fr", "String.raw"];
const PREFIXES: [&str; 4] = ["f", "u", "b", "F"];

/// A string of a program.
struct Literal {
    /// With its quotes.
    whole: Span,
    /// Without.
    inside: Span,
    raw: bool,
}

/// The text with what stands around its strings blanked, and a row for each; `None` where they are not what says the
/// equations. Strings in quotes with blanks or a `+` between them are one, those in backticks with a `+`; one before a colon is a name. `escaped` is how a text says
/// what stands in its strings when it doubles the backslashes of LaTeX.
pub(super) fn unquote(text: &str, escaped: Option<fn(&str) -> String>) -> Option<String> {
    if !text.contains(['"', '\'', '`']) {
        return None;
    }
    // A dollar marks math wherever it stands.
    if text.contains('$') {
        return display(text);
    }
    let literals = literals(text);
    if !literals.iter().any(|literal| has_relation(&text[literal.inside.start..literal.inside.end])) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let (mut outside, mut at) = (String::new(), 0);
    let mut joined = false;
    for (number, literal) in literals.iter().enumerate() {
        let around = &text[at..literal.whole.start];
        outside.push_str(around);
        // A string is a value where code says an equation around it.
        outside.push('s');
        let gap = &text[literal.whole.end..literals.get(number + 1).map_or(text.len(), |next| next.whole.start)];
        let said = &text[literal.inside.start..literal.inside.end];
        // Markdown explains code so: `y_ij = b_0j + e_ij`: …
        let name = gap.trim_start().starts_with(':') && !has_relation(said);
        blank(&mut out, around, joined);
        // No language puts strings in backticks together without a sign; Markdown sets code between them.
        let told = !text[literal.whole.start..].starts_with('`') || gap.contains('+');
        joined = number + 1 < literals.len() && joins(gap) && told;
        out.extend(std::iter::repeat_n(' ', literal.inside.start - literal.whole.start));
        match escaped {
            _ if name => blank(&mut out, said, false),
            Some(unescape) => out.push_str(&unescape(said)),
            None if literal.raw || has_commands(said) => out.push_str(said),
            None => out.push_str(&unescape(said)),
        }
        out.extend(std::iter::repeat_n(' ', literal.whole.end - literal.inside.end - 1));
        out.push(if joined { ' ' } else { '\n' });
        at = literal.whole.end;
    }
    outside.push_str(&text[at..]);
    blank(&mut out, &text[at..], false);
    // Code in backticks that opens no string is Markdown's: `and `β_1j = γ_10 + u_1j``.
    (out.lines().any(says_row) && !outside.split(['\n', '`']).any(says_row)).then_some(out)
}

/// The text with `$$` around what calls set as equations beside text with dollars, `st.latex(r"…")`, in as many bytes.
fn display(text: &str) -> Option<String> {
    let mut out = text.to_owned();
    for Literal { whole, inside, raw } in literals(text) {
        let said = &text[inside.start..inside.end];
        let call = text[..whole.start].trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let called = call.strip_suffix('(').is_some_and(|call| call.to_lowercase().ends_with("latex"));
        if !called || !text[whole.end..].starts_with(')') || said.contains('$') || !said.lines().any(says_row) {
            continue;
        }
        if !raw {
            out.replace_range(inside.start..inside.end, &said.replace("\\\\", " \\"));
        }
        out.replace_range(inside.start - 2..inside.start, "$$");
        out.replace_range(inside.end..inside.end + 2, "$$");
    }
    (out != text).then_some(out)
}

/// Whether a line says an equation, with a label before it or not.
fn says_row(line: &str) -> bool {
    let plain = if line.contains(['<', '&']) { markup::unmark(line) } else { line.to_owned() };
    let plain = faces::overlined(&plain).unwrap_or(plain);
    let body = strip(&plain, Span::new(0, plain.len()));
    plain[body.start..body.end].lines().any(says_equation)
}

/// As many blanks as a text takes, with its lines or in one.
fn blank(out: &mut String, text: &str, joined: bool) {
    let blanks = |c: char| std::iter::repeat_n(if c == '\n' && !joined { c } else { ' ' }, c.len_utf8());
    out.extend(text.chars().flat_map(blanks));
}

/// Whether nothing but blanks, a `+` and the mark of a string stands between two.
fn joins(gap: &str) -> bool {
    let gap = gap.trim().trim_start_matches('+').trim_start();
    gap.is_empty() || RAW.contains(&gap) || PREFIXES.contains(&gap)
}

/// The strings of a text.
fn literals(text: &str) -> Vec<Literal> {
    let mut found: Vec<Literal> = vec![];
    let mut at = 0;
    while let Some(quote) = text[at..].find(['"', '\'', '`']).map(|length| at + length) {
        match literal(text, quote, found.last().map_or(0, |last| last.whole.end)) {
            Some(literal) => {
                at = literal.whole.end;
                found.push(literal);
            }
            None => at = quote + 1,
        }
    }
    found
}

/// The string that a quote opens; `read` is the end of the one before it.
fn literal(text: &str, quote: usize, read: usize) -> Option<Literal> {
    let mark = &text[quote..=quote];
    let before = &text[read..quote];
    let prefix = before.rfind(|c: char| !(c.is_ascii_alphabetic() || c == '.')).map_or(before, |at| {
        let rest = &before[at..];
        &rest[rest.chars().next().map_or(0, char::len_utf8)..]
    });
    let raw = RAW.contains(&prefix);
    let marked = raw || PREFIXES.contains(&prefix);
    let before = if marked { &before[..before.len() - prefix.len()] } else { before }.trim_end();
    // Strings on lines of their own are parts of one.
    let lined = || text.lines().filter(|line| line.trim_start().starts_with(mark)).count() > 1;
    let opened = match before.is_empty() {
        true => marked || read > 0 || lined(),
        false => before.ends_with(BEFORE) || before.ends_with("<-"),
    };
    if !opened {
        return None;
    }
    let triple = mark.repeat(3);
    let fence = if mark != "`" && text[quote..].starts_with(&triple) { triple.as_str() } else { mark };
    let start = quote + fence.len();
    let end = start + closing(&text[start..], fence, raw)?;
    let whole = Span::new(quote, end + fence.len());
    let inside = Span::new(start, end);
    let behind = text[whole.end..].trim_start_matches([' ', '\t']);
    let closed = behind.is_empty() || behind.starts_with(BEHIND) || behind.starts_with(['\n', '\r']);
    // An apostrophe of prose ends no word of code.
    let lined = fence != "'" || !text[start..end].contains('\n');
    (closed && lined).then_some(Literal { whole, inside, raw })
}

/// Where a string ends that starts with the text.
fn closing(text: &str, fence: &str, raw: bool) -> Option<usize> {
    if raw {
        return text.find(fence);
    }
    let mut escaped = false;
    text.bytes().enumerate().find_map(|(at, byte)| {
        let ends = !escaped && text.is_char_boundary(at) && text[at..].starts_with(fence);
        escaped = byte == b'\\' && !escaped;
        ends.then_some(at)
    })
}

/// Whether a string holds commands of LaTeX: `\n` and `\t` are the escapes they look like where no other does.
fn has_commands(said: &str) -> bool {
    scan::command_names(said).any(|(_, name)| !name.starts_with(['n', 't', 'r']) && commands::is_known(name))
}

/// Line ends, tabs and quotes for their escapes, in as many bytes.
fn unescape(said: &str) -> String {
    let said = said.replace("\\n", " \n").replace("\\t", "  ");
    said.replace("\\\"", " \"").replace("\\'", " '")
}

#[cfg(test)]
mod tests {
    use super::unquote;

    #[test]
    fn strings_are_rows_in_their_places() {
        for (text, said) in [
            (r#"print("\n y_ij ~ Poisson(λ_ij)")"#, "        \n y_ij ~ Poisson(λ_ij)\n "),
            (r#"<Tex math="y_{ij} = a + u_j" />"#, "           y_{ij} = a + u_j\n   "),
            ("m={`y_{ij} = \\nu + \\mu_j`}", "    y_{ij} = \\nu + \\mu_j\n "),
            ("cat('y_ij = a +' \n f'u_j')", "     y_ij = a +      u_j\n "),
            (r#"{"one": "y_ij = a + u_j"}"#, "  one\n   y_ij = a + u_j\n ".replace("one", "   ").as_str()),
        ] {
            let plain = unquote(text, None).expect("strings");
            assert_eq!((plain.as_str(), plain.len()), (said, text.len()), "{text}");
        }
    }

    #[test]
    fn other_texts_stay() {
        for text in [
            "the school's model says y_ij = a + u_j",
            r#"y_ij = a + u_j + I(x = "b_ij = u_j")"#,
            r#"print("done") # y_ij = a + u_j"#,
            r#"x = "a = b""#,
            r#""y_ij = a + u_j"#,
        ] {
            assert_eq!(unquote(text, None), None, "{text}");
        }
    }
}
