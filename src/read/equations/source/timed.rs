//! Functions of an index, `y_i(t) = \beta_0 + u_i + \epsilon_i(t)`: said as another index, `y_{it}`, in as many bytes.

/// The math with such symbols said so; `None` when no left side is one.
pub(super) fn index(math: &str) -> Option<String> {
    let indexed = at_times(math);
    by_time(indexed.as_deref().unwrap_or(math)).or(indexed)
}

/// `y_i(t_{ij}) = \beta_0 + u_i + \epsilon_i(t_{ij})`: the values at the times t_ij are `y_{ij}`.
fn at_times(math: &str) -> Option<String> {
    let mut out: Option<String> = None;
    let mut left = false;
    for (at, opened) in math.match_indices("(t_") {
        let inside = &math[at + opened.len()..];
        let braced = inside.strip_prefix('{').and_then(|inside| Some(inside.split_at_checked(2)?.0));
        let letters = braced.unwrap_or(inside.get(..2).unwrap_or_default());
        let end = at + opened.len() + if braced.is_some() { 4 } else { 2 };
        let closed =
            math.get(end - usize::from(braced.is_some())..=end).is_some_and(|end| end.trim_start_matches('}') == ")");
        let before = &math[..at];
        let own = before.strip_suffix('}').unwrap_or(before);
        let (Some(owner), true) = (own.chars().next_back(), closed && letters.bytes().all(|b| b.is_ascii_lowercase()))
        else {
            continue;
        };
        let start = own.len() - owner.len_utf8();
        let mark = own[..start].trim_end_matches('{');
        if !letters.contains(owner) || !mark.ends_with('_') {
            continue;
        }
        left |= ["=", "~", "∼", "\\sim"]
            .iter()
            .any(|sign| math[end + 1..].trim_start_matches([' ', '&']).starts_with(sign));
        out.get_or_insert_with(|| math.to_owned()).replace_range(
            mark.len()..=end,
            &format!("{{{letters}}}{}", " ".repeat(end + 1 - mark.len() - letters.len() - 2)),
        );
    }
    out.filter(|_| left)
}

fn by_time(math: &str) -> Option<String> {
    let letter = ["t", "s"].into_iter().find(|letter| is_left_side(math, letter))?;
    let mut out = math.to_owned();
    for (at, opened) in math.match_indices(&format!("({letter}")) {
        let before = &math[..at];
        let Some(inside) = time(&math[at + 1..], opened.len() - 1) else { continue };
        let lag = inside.contains('-');
        let stem = before.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let (start, said) =
            if before.ends_with('}') && before.rfind('{').is_some_and(|open| before[..open].ends_with('_')) {
                (at - 1, format!(",{inside}}} "))
            } else if stem.ends_with('_') && (1..=3).contains(&(at - stem.len())) {
                (stem.len(), format!("{{{}{inside}}}", &before[stem.len()..]))
            } else if before.ends_with(|c: char| c.is_alphabetic()) && !lag {
                (at, format!("_{inside} "))
            } else {
                continue;
            };
        out.replace_range(start..at + inside.len() + 2, &said);
    }
    Some(out)
}

/// What stands in brackets behind a letter of so many bytes and before their end: nothing, or the lag of `t - 1`.
fn time(inside: &str, letter: usize) -> Option<&str> {
    let rest = inside[letter..].trim_start_matches(' ');
    let lag = rest.strip_prefix('-').map(|lag| lag.trim_start_matches(' '));
    let number = lag.map(|lag| lag.trim_start_matches(|c: char| c.is_ascii_digit())).filter(|end| lag != Some(end));
    let end = number.unwrap_or(rest).trim_start_matches(' ');
    end.starts_with(')').then(|| &inside[..inside.len() - end.len()])
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
            (r"y_i(t_{ij}) = u_{0i} + e_i(t_{ij})", r"y_{ij}      = u_{0i} + e_{ij}     "),
            (r"Y_{i}(t_{ij}) = t_{ij}", r"Y_{ij}        = t_{ij}"),
            ("y_i(t_ij) ~ N(m_i(t_ij), s)", "y_{ij}    ~ N(m_{ij}   , s)"),
            ("y_ijk(t) = u_k + e_ijk(t)", "y_{ijkt} = u_k + e_{ijkt}"),
            (r"y_i(t) = b y_i(t - 1) + u_i", r"y_{it} = b y_{it - 1} + u_i"),
        ] {
            assert_eq!(index(math).as_deref(), Some(said), "{math}");
        }
        for math in [r"y_{ij} = \beta_1 (t) + e_{ij}", "f(t) = a", r"y_i = u_i(t)", "h(t) ~ x"] {
            assert_eq!(index(math), None, "{math}");
        }
    }
}
