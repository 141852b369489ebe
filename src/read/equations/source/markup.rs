//! Texts in which equations are wrapped: HTML and strings of code or JSON. What is not math is blanked and entities and
//! escapes are said as the letters they stand for, each in as many bytes as it took, so that every place stays.

use super::{commented, faces, foreign, fragments, images, starred, strings};
use crate::syntax::greek;
use std::borrow::Cow;

/// HTML elements that may stand around or inside an equation; `sub` and `sup` are read by the grammar.
const ELEMENTS: &[&str] = &[
    "p",
    "i",
    "em",
    "b",
    "strong",
    "br",
    "hr",
    "li",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "div",
    "span",
    "td",
    "th",
    "tr",
    "table",
    "tbody",
    "thead",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "code",
    "pre",
    "html",
    "head",
    "title",
    "body",
    "center",
    "blockquote",
    "font",
    "small",
    "big",
    "var",
    "u",
    "section",
    "article",
    "main",
    "figure",
    "figcaption",
    "a",
];

/// Elements that stay within their line.
const INLINE: &[&str] = &["i", "em", "b", "strong", "span", "code", "font", "small", "big", "var", "u", "a"];

/// Entities and what they stand for; a Greek letter's entity is its name.
const ENTITIES: &[(&str, &str)] = &[
    ("lt", "<"),
    ("gt", ">"),
    ("sim", "∼"),
    ("minus", "−"),
    ("times", "×"),
    ("middot", "·"),
    ("sdot", "⋅"),
    ("sigmaf", "ς"),
    ("thetasym", "ϑ"),
    ("hellip", "…"),
    ("le", "≤"),
    ("ge", "≥"),
    ("ne", "≠"),
    ("isin", "∈"),
    ("prime", "′"),
    ("sum", "∑"),
    ("quot", " "),
    ("ndash", "–"),
    ("mdash", "—"),
    ("plus", "+"),
    ("equals", "="),
    ("lowbar", "_"),
    ("thinsp", " "),
];

/// The text with HTML and escapes said plainly; `None` when it has neither.
pub(in crate::read) fn unwrap(text: &str) -> Option<String> {
    let faced = faces::plain(text);
    let faced = commented::unblock(faced.as_deref().unwrap_or(text)).or(faced);
    let faced = commented::equate(faced.as_deref().unwrap_or(text)).or(faced);
    let faced = commented::uncomment(faced.as_deref().unwrap_or(text)).or(faced);
    let faced = starred::plain(faced.as_deref().unwrap_or(text)).or(faced);
    uncover(faced.as_deref().unwrap_or(text)).or(faced)
}

fn uncover(text: &str) -> Option<String> {
    // The relation itself may be an entity, in a string of code.
    if text.contains("&#61;") {
        let plain = unmark(text);
        return uncover(&plain).or(Some(plain)).filter(|plain| plain != text);
    }
    let rendered = images::unrender(text);
    let strings = match &rendered {
        Some(_) => rendered,
        None if is_escaped(text) => {
            Some(strings::unquote(text, Some(unescape)).unwrap_or_else(|| unescape(&unquote(text))))
        }
        None => strings::unquote(text, None),
    };
    let strings = unescape_marks(strings.as_deref().unwrap_or(text)).or(strings);
    let strings = fragments::join(strings.as_deref().unwrap_or(text)).or(strings);
    let plain = strings.as_deref().unwrap_or(text);
    let html = plain.contains('<') || plain.contains('&');
    let unmarked = html.then(|| unmark(plain)).filter(|unmarked| unmarked != plain);
    let plain = unmarked.or(strings);
    let plain = faces::overlined(plain.as_deref().unwrap_or(text)).or(plain);
    let plain = delimit(plain.as_deref().unwrap_or(text)).or(plain);
    let plain = undouble(plain.as_deref().unwrap_or(text)).or(plain);
    let plain = unbold(plain.as_deref().unwrap_or(text)).or(plain);
    foreign::part(plain.as_deref().unwrap_or(text)).or(plain)
}

/// The text with the underscores and other marks that Markdown escapes, `y\_ij`, where no backslash is of LaTeX. The byte
/// stands behind the mark.
fn unescape_marks(text: &str) -> Option<String> {
    const MARKS: [char; 7] = ['_', '*', '~', '[', ']', '|', '#'];
    // Where other underscores or marked letters say the indices, `\_` is of names.
    let only = text.matches('_').count() == text.matches("\\_").count() && !text.contains(['ᵢ', 'ⱼ', 'ₖ', 'ₜ']);
    let escapes = text.match_indices('\\').all(|(at, _)| text[at + 1..].starts_with(MARKS));
    // So do blogs in LaTeX: `y\_{ij} = b\_0 + u\_{0j}`.
    let delimited = text.contains("\\$\\$");
    if (only || delimited) && text.matches("\\_{").count() > 1 && text.contains(['$', '\\']) {
        return Some(undelimit(&text.replace("\\_", "_ ")));
    }
    (only && escapes && text.contains("\\_")).then(|| {
        MARKS.iter().fold(text.to_owned(), |text, mark| text.replace(&format!("\\{mark}"), &format!("{mark} ")))
    })
}

/// The text with dollars for `\\$`, and for the `\\` that pages of packages in Markdown leave of `\\(` and `\\)`, in as
/// many bytes.
fn undelimit(text: &str) -> String {
    if text.replace("\\$", "").contains('$') || text.contains("\\begin") {
        return text.to_owned();
    }
    let text = text.replace("\\$\\$", "  $$").replace("\\$", " $");
    let parts: Vec<&str> = text.split("\\\\").collect();
    let paired = parts.len() % 2 == 1 && parts.iter().skip(1).step_by(2).all(|math| !math.contains("\n\n"));
    let is_symbol = |math: &&str| !math.trim().is_empty() && !math.contains('$');
    if !paired || !parts.iter().skip(1).step_by(2).all(is_symbol) {
        return text;
    }
    let signs = [" $", "$ "];
    let mut out = String::with_capacity(text.len());
    for (at, part) in parts.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { signs[(at + 1) % 2] });
        out.push_str(part);
    }
    out
}

/// The text with `\\[ … \\]` and `\\( … \\)` as the delimiters that Markdown escapes so; every command within has one
/// backslash.
fn undouble(text: &str) -> Option<String> {
    let mut out = text.to_owned();
    for (open, close) in [(r"\\[", r"\\]"), (r"\\(", r"\\)")] {
        let mut at = 0;
        while let Some(start) = out[at..].find(open).map(|length| at + length) {
            let Some(end) = out[start..].find(close).map(|length| start + length) else { break };
            let inside = &out[start + open.len()..end];
            at = end + close.len();
            // `\\[4pt]` ends a row.
            if inside.starts_with(|c: char| c.is_ascii_digit()) || inside.contains("\n\n") || inside.contains(open) {
                continue;
            }
            out.replace_range(start..start + 2, r" \");
            out.replace_range(end..end + 2, r" \");
        }
    }
    (out != text).then_some(out)
}

/// The text without the marks of bold words where no math is marked: `- **e_ij ~ N(0, s^2)** is noise`. Those of a power,
/// `x**2`, touch what stands before.
fn unbold(text: &str) -> Option<String> {
    if text.contains('$') || !text.contains("**") {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while let Some((before, body, after)) = bold(rest) {
            out.push_str(before);
            out.push_str("  ");
            out.push_str(body);
            out.push_str("  ");
            rest = after;
        }
        out.push_str(rest);
    }
    (out != text).then_some(out)
}

/// What stands before the first bold words of a line, the words, and what stands behind.
fn bold(line: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = line.split_once("**")?;
    let (body, after) = rest.split_once("**")?;
    let opens = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ')' | ']' | '}' | '_' | '*'));
    let touches = |c: char| c.is_whitespace() || c == '*';
    let closes = !after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '*'));
    (opens && closes && !body.is_empty() && !body.starts_with(touches) && !body.ends_with(touches))
        .then_some((before, body, after))
}

/// Lines that hold `[` and `]` alone as `\[` and `\]`, which lost their backslashes where text was pasted. The backslash
/// takes the byte of the blank within.
fn delimit(text: &str) -> Option<String> {
    if text.contains("\\[") || !["[\n", "[\r\n"].iter().any(|open| text.contains(open)) {
        return None;
    }
    let mut out = text.to_owned();
    let (mut start, mut open) = (0, None);
    for line in text.split_inclusive('\n') {
        match (line.trim(), open) {
            ("[", None) => open = line.find('[').filter(|at| line.len() > at + 1).map(|at| start + at),
            ("]", Some(at)) => {
                let close = start + line.len() - line.trim_start().len();
                if close > at + 2 && out[..close].ends_with(char::is_whitespace) {
                    out.replace_range(at..at + 2, "\\[");
                    out.replace_range(close - 1..=close, "\\]");
                }
                open = None;
            }
            _ => {}
        }
        start += line.len();
    }
    (out != text).then_some(out)
}

/// The text with all blanked that stands around its strings and between them, a row for each, when every command stands in
/// one: `{"level 1": "…", "level 2": "…"}`, `model = "…"`. A string before a colon is a name; strings with blanks or a `+`
/// between them are one.
fn unquote(text: &str) -> Cow<'_, str> {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    let mut joined = false;
    let blank = |out: &mut String, outside: &str| {
        out.extend(outside.chars().flat_map(|c| std::iter::repeat_n(if c == '\n' { c } else { ' ' }, c.len_utf8())));
    };
    while let Some(at) = rest.find('"') {
        let (outside, inside) = (&rest[..at], &rest[at + 1..]);
        let mut escaped = false;
        let end = inside.bytes().position(|b| {
            let ends = b == b'"' && !escaped;
            escaped = b == b'\\' && !escaped;
            ends
        });
        let Some(end) = end.filter(|_| !outside.contains('\\')) else { return Cow::Borrowed(text) };
        if joined {
            out.extend(std::iter::repeat_n(' ', outside.len() + 1));
        } else {
            blank(&mut out, outside);
            out.push('\n');
        }
        rest = &inside[end + 1..];
        joined = rest.trim_start().trim_start_matches('+').trim_start().starts_with('"');
        if rest.trim_start().starts_with(':') {
            blank(&mut out, &inside[..end])
        } else {
            out.push_str(&inside[..end])
        }
        out.push(if joined { ' ' } else { '\n' });
    }
    if out.is_empty() || rest.contains('\\') {
        return Cow::Borrowed(text);
    }
    blank(&mut out, rest);
    Cow::Owned(out)
}

/// Whether a text is JSON, or every LaTeX command stands behind an even number of backslashes, as in a string of code.
fn is_escaped(text: &str) -> bool {
    let braced = text.trim_start().starts_with(['{', '[', '"']);
    if braced && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return true;
    }
    let mut found = false;
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let run = rest[at..].bytes().take_while(|b| *b == b'\\').count();
        let after = &rest[at + run..];
        let name = &after[..after.bytes().take_while(u8::is_ascii_alphabetic).count()];
        if name.len() > 1 && crate::read::equations::commands::is_known(name) {
            if run % 2 == 1 {
                return false;
            }
            found = true;
        }
        rest = after;
    }
    found
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let letter =
            rest.strip_prefix("\\u").and_then(|hex| hex.get(..4)).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let (said, length) = match (rest.as_bytes().get(1), letter.and_then(char::from_u32)) {
            (_, Some(c)) if !c.is_control() => (c.to_string(), 6),
            _ if rest.starts_with("\\\\\\\\") => ("\\\\".to_owned(), 4),
            (Some(b'\\'), _) => ("\\".to_owned(), 2),
            (Some(b'n' | b'r'), _) => ("\n".to_owned(), 2),
            (Some(b't' | b'"' | b'\''), _) => (" ".to_owned(), 2),
            _ => ("\\".to_owned(), 1),
        };
        out.extend(std::iter::repeat_n(' ', length - said.len()));
        out.push_str(&said);
        rest = &rest[length..];
    }
    out + rest
}

/// The text with elements and entities of HTML said plainly.
pub(in crate::read) fn unmark(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = if rest.starts_with('<') { tag(rest) } else { entity(rest) };
        match taken {
            Some((said, length)) => {
                out.push_str(&said);
                out.extend(std::iter::repeat_n(' ', length - said.len()));
                rest = &rest[length..];
            }
            None => {
                out.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

/// A tag at the start of the text: what it says, and its length.
fn tag(text: &str) -> Option<(String, usize)> {
    let body = &text[1..text.find('>').filter(|end| *end < 300)?];
    let length = body.len() + 2;
    if body.starts_with('!') {
        return body.starts_with("!DOCTYPE").then(|| (String::new(), length));
    }
    // A fragment of JSX: <>…</>.
    if body.is_empty() || body == "/" {
        return Some(("\n".to_owned(), length));
    }
    let name = body.trim_start_matches('/');
    let name = &name[..name.bytes().take_while(u8::is_ascii_alphanumeric).count()];
    let lower = name.to_ascii_lowercase();
    if lower == "sub" || lower == "sup" {
        let said = if body.starts_with('/') { format!("</{lower}>") } else { format!("<{lower}>") };
        return Some((said, length));
    }
    let rest = body.trim_start_matches('/')[name.len()..].chars().next();
    if !ELEMENTS.contains(&lower.as_str()) || !rest.is_none_or(|c| c == ' ' || c == '/' || c == '\n') {
        return None;
    }
    Some((if INLINE.contains(&lower.as_str()) { " " } else { "\n" }.to_owned(), length))
}

/// An entity at the start of the text: what it says, and its length.
fn entity(text: &str) -> Option<(String, usize)> {
    let name = &text[1..text.find(';').filter(|end| *end < 12)?];
    let number = name.strip_prefix('#').and_then(|n| match n.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => n.parse().ok(),
    });
    let said = match number.and_then(char::from_u32) {
        Some(c) if c.is_control() || c == '\u{a0}' => " ".to_owned(),
        Some(c) => c.to_string(),
        None => {
            let greek = greek::letter(name).map(|letter| if letter == "ϵ" { "ε" } else { letter });
            greek.or_else(|| ENTITIES.iter().find(|(known, _)| *known == name).map(|(_, said)| *said))?.to_owned()
        }
    };
    (said.len() <= name.len() + 2).then(|| (said, name.len() + 2))
}

#[cfg(test)]
mod tests {
    use super::unwrap;

    #[test]
    fn places_stay() {
        for (text, said) in [
            ("<i>y</i><sub class=\"a\">ij</sub> = &beta;", "   y    <sub>          ij</sub> = β    "),
            ("a<br/>b", "a\n    b"),
            (r#"{"t": "\\beta_1\n\\\\ x"}"#, " \n \n  \n \\beta_1 \n  \\\\ x\n "),
            (r#"a = ["\u03b2 = \\mu", 'b']"#, "     \n    β =  \\mu\n      "),
            ("a\n[\ny = b\n]\nc", "a\n\\[y = b\\]\nc"),
            ("[\r\ny = b\r\n ]\r\n", "\\[\ny = b\r\n\\]\r\n"),
            ("- **y ~ N(a, b)** is **so**", "-   y ~ N(a, b)   is   so  "),
            (r#"\\beta "a" \\mu"#, " \\beta \"a\"  \\mu"),
        ] {
            let plain = unwrap(text).expect("wrapped");
            assert_eq!((plain.as_str(), plain.len()), (said, text.len()), "{text}");
        }
    }

    #[test]
    fn other_texts_are_left_alone() {
        for text in [
            r"$$y_{ij} &= \beta < 3 \\ \mu$$",
            "y ~ x & z < 3 'a'",
            r"x \\beta and \mu 'q'",
            "a < b > c",
            "y = a**2 + b ** c + f(x)**d ***",
            "α_j[i] + log[x] [b] + α_{POND[i]}",
        ] {
            assert_eq!(unwrap(text), None, "{text}");
        }
    }
}
