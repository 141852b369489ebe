//! Braces that only group, `{y = (a + u} + b)x` and the `{ y = a } \\ & { + b }` of scanned pages: TeX does not mind where
//! they stand, and they say nothing.

/// The math with one pair of braces for two, `\mu_{{ij}}`, as templates of programs escape them.
pub(super) fn undouble(math: &str) -> Option<String> {
    let mut out = math.to_owned();
    for (at, _) in math.match_indices("{{") {
        let inside = &math[at + 2..];
        if let Some(end) = inside.find(['{', '}']).filter(|end| inside[*end..].starts_with("}}")) {
            out.replace_range(at + 1..at + 2, " ");
            out.replace_range(at + 2 + end..at + 3 + end, " ");
        }
    }
    (out != math).then_some(out)
}

/// Braces in each other beyond this hold no rows: to look into all of them would take the square of their number.
const MAX_DEPTH: usize = 8;

/// An opened bracket or brace.
struct Opened {
    at: usize,
    mark: u8,
    /// Whether a brace holds neither a script nor an argument.
    bare: bool,
}

/// The math with blanks for the braces that cross its brackets or hold a part of a row; `None` where none do or where one of
/// them says something.
pub(super) fn uncross(math: &str) -> Option<String> {
    if !math.contains('{') {
        return None;
    }
    let mut open: Vec<Opened> = vec![];
    let (mut crossing, mut whole): (Vec<usize>, Vec<usize>) = (vec![], vec![]);
    // The bare braces whose bracket closed before them.
    let mut left = 0_usize;
    let bytes = math.as_bytes();
    for (at, mark) in bytes.iter().copied().enumerate() {
        if at > 0 && bytes[at - 1] == b'\\' {
            continue;
        }
        match mark {
            b'(' | b'{' => open.push(Opened { at, mark, bare: mark == b'{' && groups(&math[..at]) }),
            b'}' => {
                let own = open.iter().rposition(|opened| opened.mark == b'{');
                match own {
                    Some(own) if own + 1 == open.len() => {
                        let Opened { at: start, bare, .. } = open.remove(own);
                        let part = if bare && own < MAX_DEPTH { part_of_row(&math[start + 1..at]) } else { None };
                        match part {
                            Some(Part::Of) => crossing.extend([start, at]),
                            Some(Part::Whole) => whole.extend([start, at]),
                            None => {}
                        }
                    }
                    Some(own) if open[own].bare => crossing.extend([open.remove(own).at, at]),
                    None if left > 0 => {
                        left -= 1;
                        crossing.push(at);
                    }
                    _ => return None,
                }
            }
            b')' => {
                let own = open.iter().rposition(|opened| opened.mark == b'(')?;
                // What was opened within the bracket and is still open.
                for inner in open.drain(own..).skip(1) {
                    if !inner.bare {
                        return None;
                    }
                    crossing.push(inner.at);
                    left += 1;
                }
            }
            _ => {}
        }
    }
    let balanced = open.is_empty() && left == 0 && !crossing.is_empty();
    balanced.then(|| {
        let mut out = math.to_owned();
        crossing.iter().chain(&whole).for_each(|at| out.replace_range(at..=at, " "));
        out
    })
}

/// What of a row stands in braces.
enum Part {
    /// It begins or ends with an operator, or at an ampersand.
    Of,
    /// It has a relation. What goes on in other braces is a part as well.
    Whole,
}

fn part_of_row(inside: &str) -> Option<Part> {
    const DECLARATIONS: [&str; 7] = ["\\color", "\\bf", "\\rm", "\\it", "\\cal", "\\small", "\\large"];
    let operator = |c: char| matches!(c, '+' | '-' | '=' | '&');
    let inside = inside.trim_matches(|c: char| c.is_whitespace() || c == '~');
    if DECLARATIONS.iter().any(|command| inside.starts_with(command)) {
        None
    } else if inside.starts_with(operator) || inside.ends_with(operator) || inside.contains('&') {
        Some(Part::Of)
    } else {
        inside.contains('=').then_some(Part::Whole)
    }
}

/// Whether a brace behind a text only groups: it follows no sign of a script, no command and no other argument.
fn groups(before: &str) -> bool {
    let before = before.trim_end();
    // \tag*{…}
    let before = before.strip_suffix('*').unwrap_or(before);
    let command = before.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let is_argument = command.len() < before.len() && command.ends_with('\\');
    let last = before.strip_suffix('}').and_then(|rest| rest.rsplit_once('{'));
    if last.is_some_and(|(command, name)| command.ends_with("\\begin") && name != "array") {
        return true;
    }
    !(is_argument || before.ends_with(['_', '^', '}', ']', '\\']))
}

#[cfg(test)]
mod tests {
    use super::uncross;

    #[test]
    fn braces_cross_brackets() {
        for (math, said) in [
            ("{y = (a + u) + (b}} + v)x", None),
            ("{y = (a + u) + (b} + v)x", Some(" y = (a + u) + (b  + v)x")),
            ("(a + {u) + b}", Some("(a +  u) + b ")),
            ("y_{(i} + b)", None),
            ("(a_{ij} + {b})", None),
            (r"\frac{(a}{b)}", None),
        ] {
            assert_eq!(uncross(math).as_deref(), said, "{math}");
        }
    }
}
