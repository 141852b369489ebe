//! Functions of an index, `y_i(t) = \beta_0 + u_i + \epsilon_i(t)`: said as another index, `y_{it}`, in as many bytes.

/// The math with such symbols said so; `None` when no left side is one.
pub(super) fn index(math: &str) -> Option<String> {
    let letter = ["t", "s"].into_iter().find(|letter| is_left_side(math, letter))?;
    let call = format!("({letter})");
    let mut out = math.to_owned();
    for (at, _) in math.match_indices(&call) {
        let before = &math[..at];
        let subscript = before.strip_suffix(|c: char| c.is_ascii_lowercase()).is_some_and(|head| head.ends_with('_'));
        let said = if before.ends_with('}') && before.rfind('{').is_some_and(|open| before[..open].ends_with('_')) {
            out.replace_range(at - 1..at, ",");
            format!("{letter}}} ")
        } else if subscript {
            let index = &before[at - 1..];
            out.replace_range(at - 1..at, "{");
            format!("{index}{letter}}}")
        } else if before.ends_with(|c: char| c.is_alphabetic()) {
            format!("_{letter} ")
        } else {
            continue;
        };
        out.replace_range(at..at + call.len(), &said);
    }
    Some(out)
}

/// Whether a symbol with the letter in brackets right behind it stands before a relation.
fn is_left_side(math: &str, letter: &str) -> bool {
    let call = format!("({letter})");
    math.match_indices(&call).any(|(at, _)| {
        let behind = math[at + call.len()..].trim_start_matches([' ', '&']);
        let relation = ["=", "~", "∼", "\\sim"].iter().any(|sign| behind.starts_with(sign));
        // The head of a function, f(t), is another matter than a symbol with an index.
        let before = &math[..at];
        let symbol = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '{' | '}' | ','));
        let word = &before[symbol.len()..];
        let starts = symbol.trim_end().is_empty() || symbol.ends_with(['\n', '&', '$', ' ', '\\', '{', ',']);
        relation && starts && (word.contains('_') || word.len() == 1 && !matches!(word, "f" | "g" | "h" | "s"))
    })
}

#[cfg(test)]
mod tests {
    use super::index;

    #[test]
    fn functions_of_an_index_are_symbols_with_it() {
        for (math, said) in [
            (r"y_i(t) = m_i(t) + \epsilon_i(t)", r"y_{it} = m_{it} + \epsilon_{it}"),
            (r"y_{ij}(t) = u_{j} + e_{ij}(t)", r"y_{ij,t}  = u_{j} + e_{ij,t} "),
            (r"z(t) &= a + b t + \epsilon(t)", r"z_t  &= a + b t + \epsilon_t "),
        ] {
            assert_eq!(index(math).as_deref(), Some(said), "{math}");
        }
        for math in [r"y_{ij} = \beta_1 (t) + e_{ij}", "f(t) = a", r"y_i = u_i(t)", "h(t) ~ x"] {
            assert_eq!(index(math), None, "{math}");
        }
    }
}
