//! Brackets that text and math share: a remark that ends outside of its text, `\text{[prior of }\sigma]`, is blanked; one of
//! arguments, `\text{Poisson(}\lambda)`, stands behind the text; and the mark of WordPress, `$latex Y_{ij} = …$`. In as many bytes.

/// The longest remark that is looked at, in bytes.
const MAX_REMARK: usize = 300;

/// The math with such brackets outside; `None` when it has none.
pub(super) fn part(math: &str) -> Option<String> {
    let marked = math.strip_prefix("latex ").map(|rest| format!("      {rest}")).or_else(|| without_percents(math));
    let opened = arguments(marked.as_deref().unwrap_or(math)).or(marked);
    blank(opened.as_deref().unwrap_or(math)).or(opened)
}

/// Plain text with `%` in a name, `b1*(ELL%) + u_j`: only at the start of a line, or in LaTeX, is it a comment.
fn without_percents(math: &str) -> Option<String> {
    // `x_ij %*% b` is R's product of matrices.
    if math.contains('\\') || !math.contains('%') || math.contains("%*%") {
        return None;
    }
    let comment = |row: &str| row.trim_start().starts_with('%');
    let rows = math.split_inclusive('\n');
    Some(rows.map(|row| if comment(row) { row.to_owned() } else { row.replace('%', " ") }).collect())
}

fn arguments(math: &str) -> Option<String> {
    let mut out: Option<String> = None;
    for (at, _) in math.match_indices("(}") {
        let name = math[..at].trim_end_matches(|c: char| c.is_ascii_alphabetic());
        if name.len() < at
            && ["\\text{", "\\textrm{", "\\mathrm{", "\\operatorname{"].iter().any(|text| name.ends_with(text))
        {
            out.get_or_insert_with(|| math.to_owned()).replace_range(at..at + 2, "}(");
        }
    }
    out
}

fn blank(math: &str) -> Option<String> {
    let mut out: Option<String> = None;
    let mut read = 0;
    for (start, opened) in math.match_indices("\\text{[") {
        if start < read {
            continue;
        }
        let body = &math[start + opened.len()..];
        let body = &body[..(0..=body.len().min(MAX_REMARK)).rfind(|at| body.is_char_boundary(*at)).unwrap_or(0)];
        let row = body.split("\\\\").next().unwrap_or_default();
        let (Some(close), Some(end)) = (row.find('}'), row.find(']')) else { continue };
        // Braces within are another matter.
        if end < close || row[..close].contains('{') {
            continue;
        }
        let end = start + opened.len() + end + 1;
        out.get_or_insert_with(|| math.to_owned()).replace_range(start..end, &blanks(&math[start..end]));
        read = end;
    }
    out
}

fn blanks(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::{blank, part};

    #[test]
    fn remarks_that_end_outside_are_blank() {
        for (math, said) in [
            (r"u &\sim N(0, 1) &\text{[effects}] \\ a = b", r"u &\sim N(0, 1) &                 \\ a = b"),
            (r"s \sim U(0, 9) \text{[prior of }\sigma_{a}]", r"s \sim U(0, 9)                             "),
        ] {
            assert_eq!(blank(math).as_deref(), Some(said));
        }
        assert_eq!(part(r"y \sim \text{Poisson(}\lambda)").as_deref(), Some(r"y \sim \text{Poisson}(\lambda)"));
        for math in [r"y \text{[mean]} = x", r"y \text{[mean} \\ a]", "y = [x]"] {
            assert_eq!(blank(math), None, "{math}");
        }
    }
}
