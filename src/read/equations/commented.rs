//! Equations in the comments of a program: its code is no part of the model.

use super::evidence::says_equation;
use crate::error::Span;

/// Marks of comments: R and Python, C and Stata, SAS and Stata, LaTeX.
const MARKS: [&str; 5] = ["#", "//", "* ", "%", "--"];

/// What lines of code hold, and equations do not.
const CODE: [&str; 8] = ["<-", "::", "gen ", "replace ", "library(", "import ", "function(", "def "];

/// The comments of a text, runs of lines, when they say equations and other lines are code; `None` otherwise.
pub(super) fn rows(text: &str) -> Option<Vec<Span>> {
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
    use super::rows;

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
}
