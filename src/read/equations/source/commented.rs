//! Equations in the comments of a program: its code is no part of the model.

use super::evidence::says_equation;
use crate::error::Span;

/// Marks of comments: R and Python, C and Stata, SAS and Stata, LaTeX.
const MARKS: [&str; 5] = ["#", "//", "* ", "%", "--"];

/// What lines of code hold, and equations do not.
const CODE: [&str; 12] = [
    "<-",
    "::",
    "gen ",
    "replace ",
    "library(",
    "import ",
    "function(",
    "def ",
    "print(",
    "cat(",
    "message(",
    "console.log(",
];

/// The comments of a text, runs of lines, when they say equations and other lines are code; `None` otherwise.
pub(in crate::read) fn rows(text: &str) -> Option<Vec<Span>> {
    let mut start = 0;
    let mut runs: Vec<Span> = vec![];
    let (mut code, mut said) = (false, false);
    for line in text.split_inclusive('\n') {
        let span = Span::new(start, start + line.len());
        start = span.end;
        let trimmed = line.trim();
        match MARKS.iter().find_map(|mark| trimmed.strip_prefix(mark)) {
            Some(comment) => {
                said = said || is_equation(comment);
                match runs.last_mut().filter(|run| run.end == span.start) {
                    Some(run) => run.end = span.end,
                    None => runs.push(span),
                }
            }
            None => code = code || CODE.iter().any(|sign| trimmed.contains(sign)) || is_call(trimmed),
        }
    }
    (code && said).then_some(runs)
}

/// The text with `=` for the arrow of R in comments that say a sum, `# y <- g00 + u0j + eij`, in as many bytes.
pub(in crate::read) fn equate(text: &str) -> Option<String> {
    if !text.contains("<-") {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let comment = MARKS.iter().any(|mark| line.trim_start().starts_with(mark));
        let right =
            line.split_once("<-").map(|(_, right)| right).filter(|_| comment && line.matches("<-").count() == 1);
        let sum = right.is_some_and(|right| right.matches('+').count() > 1 && !line.contains(['=', '~', '(', '"']));
        out.push_str(&if sum { line.replace("<-", "= ") } else { line.to_owned() });
    }
    (out != text).then_some(out)
}

/// The text with block comments, `/* … */`, as lines behind `#`, in as many bytes; so are lines that all start with a star,
/// a part of one. `None` when it has none.
pub(in crate::read) fn unblock(text: &str) -> Option<String> {
    let starred = |line: &str| {
        let line = line.trim();
        line.is_empty() || line == "*/" || line == "*" || line.starts_with("* ")
    };
    let mut inside = text.lines().all(starred) && text.lines().count() > 1;
    if !(inside || text.contains("/*") && text.contains("*/")) {
        return None;
    }
    let part = inside;
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        let (margin, mut body) = line.split_at(indent);
        let opens = !inside && body.starts_with("/*");
        let mut said = margin.to_owned();
        if opens {
            let mark = body.len() - body[1..].trim_start_matches('*').len();
            said.push('#');
            said.extend(std::iter::repeat_n(' ', mark - 1));
            body = &body[mark..];
        } else if inside && body.starts_with('*') && !body.starts_with("*/") {
            said.push('#');
            body = &body[1..];
        } else if inside && margin.starts_with([' ', '\t']) && !body.is_empty() {
            said.replace_range(..1, "#");
        }
        inside |= opens;
        while let Some((before, after)) = body.split_once(if inside { "*/" } else { "/*" }) {
            said.push_str(before);
            said.push_str("  ");
            body = after;
            inside = !inside;
        }
        said.push_str(body);
        out.push_str(&said);
        inside |= part;
    }
    Some(out)
}

/// The text without the marks of comments, quotations, or comments of HTML, where every line has one, in as many bytes.
pub(in crate::read) fn uncomment(text: &str) -> Option<String> {
    /// Those of R and roxygen, LaTeX and MATLAB, C, SQL and Haskell, and of a quotation.
    const MARKS: [&str; 5] = ["#", "%", "//", "--", ">"];
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let of_html = |line: &str| line.starts_with("<!--") && line.ends_with("-->");
    let first = lines().next()?;
    if lines().all(of_html) && lines().count() > 1 {
        return Some(text.replace("<!--", "    ").replace("-->", "   "));
    }
    let mark = MARKS.into_iter().find(|mark| first.starts_with(mark))?;
    if !lines().all(|line| line.starts_with(mark)) || mark != "%" && lines().count() < 2 {
        return None;
    }
    let unmarked = |line: &str| {
        let body = line.trim_start_matches([' ', '\t']).trim_start_matches(mark).trim_start_matches(['/', '\'', '!']);
        let body = if mark == "--" { body.strip_prefix(" |").unwrap_or(body) } else { body };
        " ".repeat(line.len() - body.len()) + body
    };
    Some(text.split_inclusive('\n').map(unmarked).collect())
}

/// Whether a comment says an equation, behind a label or not.
fn is_equation(comment: &str) -> bool {
    let comment = comment.trim_start_matches(['#', '/', '*', '\'', ' ', '\t']);
    says_equation(comment) || comment.split_once(':').is_some_and(|(_, said)| says_equation(said.trim()))
}

/// A call with named arguments: `rnorm(n, mean = 0)`.
fn is_call(line: &str) -> bool {
    line.split_once('(').is_some_and(|(name, arguments)| {
        name.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.') && name.len() > 1 && {
            let named = arguments.split_once(" = ").or_else(|| arguments.split_once('='));
            named.is_some_and(|(word, _)| word.rsplit([',', ' ']).next().is_some_and(|w| !w.contains(['_', '\\', '['])))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{rows, unblock};

    #[test]
    fn comments_beside_code_are_told_apart() {
        let text = "u <- rnorm(9)\n# y_ij = a + u_j + e_ij\n# u_j ~ N(0, s)\nfit(y)\n";
        let found: Vec<&str> = rows(text).expect("code").iter().map(|run| &text[run.start..run.end]).collect();
        assert_eq!(found, ["# y_ij = a + u_j + e_ij\n# u_j ~ N(0, s)\n"]);
        for other in ["# y_ij = a + u_j + e_ij\n", "# Level 1\ny_ij = a_j + e_ij\na_j = g + u_j", "x <- 3\n# a note\n"]
        {
            assert_eq!(rows(other), None, "{other}");
        }
    }

    #[test]
    fn block_comments_are_lines() {
        for (text, said) in [
            ("/* y = a */\n/** b", "#  y = a   \n#   b"),
            ("/**\n * y = a +\n *   b\n */\nx;", "#  \n # y = a +\n #   b\n#  \nx;"),
            ("x;\n/* y = a\n   + b */", "x;\n#  y = a\n#  + b   "),
            (" * y = a +\n *   b\n", " # y = a +\n #   b\n"),
        ] {
            assert_eq!(unblock(text).as_deref(), Some(said), "{text}");
        }
        for text in ["y = a * b\n * c", "y = a", "x */ y"] {
            assert_eq!(unblock(text), None, "{text}");
        }
    }
}
