//! Braces that only group, `{y = (a + u} + b)x`: TeX does not mind where they stand among brackets, and they say nothing.

/// An opened bracket or brace.
struct Opened {
    at: usize,
    mark: u8,
    /// Whether a brace holds neither a script nor an argument.
    bare: bool,
}

/// The math with blanks for the braces that cross its brackets; `None` where none do or where one of them says something.
pub(super) fn uncross(math: &str) -> Option<String> {
    if !math.contains('{') {
        return None;
    }
    let mut open: Vec<Opened> = vec![];
    let mut crossing: Vec<usize> = vec![];
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
                    Some(own) if own + 1 == open.len() => drop(open.pop()),
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
        crossing.iter().for_each(|at| out.replace_range(at..=at, " "));
        out
    })
}

/// Whether a brace behind a text only groups: it follows no sign of a script, no command and no other argument.
fn groups(before: &str) -> bool {
    let before = before.trim_end();
    let command = before.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let is_argument = command.len() < before.len() && command.ends_with('\\');
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
