//! Rows of plain text as they are typed: indices with a bare comma between them, `y_i,j = b_0 + u_i + e_i,j`, or behind a
//! blank, `b_1 Blur ij`, an x for the sign of a product, and blanks alone before a law.

/// The row with the signs that are meant, in as many bytes; `None` when it has none of them.
pub(in crate::read) fn signs(row: &str) -> Option<String> {
    if row.contains(['\\', '$']) || !row.contains('=') {
        // `N(c(0, 0), Psi)`: a vector of R.
        let vectors = row.contains("(c(").then(|| row.replace("(c(", "( ("));
        return join(vectors.as_deref().unwrap_or(row)).or(vectors);
    }
    let joined = join(row);
    let apart = behind_blanks(joined.as_deref().unwrap_or(row));
    let apart = behind_functions(apart.as_deref().or(joined.as_deref()).unwrap_or(row)).or(apart);
    let times = products(apart.as_deref().or(joined.as_deref()).unwrap_or(row));
    let plain = times.or(apart).or(joined);
    laws(plain.as_deref().unwrap_or(row)).or(plain)
}

/// The row with a comma before every law that stands two blanks behind an equation, `… + u_j + e_ij  e_ij ~ N(0, s)`.
fn laws(row: &str) -> Option<String> {
    let mut out = row.to_owned();
    for (at, _) in row.match_indices(['~', '∼']) {
        let before = row[..at].trim_end();
        let symbol = before.rsplit(' ').next().unwrap_or_default();
        let gap = before[..before.len() - symbol.len()].trim_end_matches(' ');
        let apart = before.len() - symbol.len() > gap.len() + 1;
        let ended = gap.ends_with(|c: char| c.is_alphanumeric() || c == ')') && gap.contains(['=', '~', '∼']);
        if apart && ended && symbol.contains('_') {
            out.replace_range(gap.len()..=gap.len(), ",");
        }
    }
    (out != row).then_some(out)
}

/// The row with the indices behind a function within it, `log(speed)ijk = …`.
fn behind_functions(row: &str) -> Option<String> {
    let mut out = row.to_owned();
    for (at, _) in row.match_indices(')') {
        let Some(indices) =
            INDICES.iter().find(|i| row[at + 1..].strip_prefix(**i).is_some_and(|r| r.starts_with(' ')))
        else {
            continue;
        };
        let of = row[..at].rfind('(').map_or("", |open| &row[..open]);
        if ["log", "ln", "sqrt", "exp"].iter().any(|function| of.ends_with(function)) {
            out.replace_range(at..at + indices.len() + 2, &format!("_{indices})"));
        }
    }
    (out != row).then_some(out)
}

/// Indices that stand apart from their names: runs of letters that are no words.
const INDICES: [&str; 4] = ["ij", "ijk", "jk", "ijt"];

/// The row with `_` before indices that stand behind a name and a blank.
fn behind_blanks(row: &str) -> Option<String> {
    let mut out = row.to_owned();
    for (at, _) in row.match_indices(' ') {
        let next = row[at + 1..].split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
        if INDICES.contains(&next) && row[..at].ends_with(|c: char| c.is_ascii_alphanumeric()) {
            out.replace_range(at..=at, "_");
        }
    }
    (out != row).then_some(out)
}

/// The row with `*` for every `x`, where each stands with blanks between two names and none by itself.
fn products(row: &str) -> Option<String> {
    let tokens: Vec<&str> = row.split(' ').collect();
    // A coefficient has a number and small letters: `b1 x` may be a product with x.
    let is_name = |token: Option<&&str>| {
        token.is_some_and(|token| {
            let word = token.trim_matches(['(', ')', ',']);
            word.starts_with(char::is_uppercase) || word.split('_').next().is_some_and(|name| name.len() > 2)
        })
    };
    let between = |at: usize| at > 0 && is_name(tokens.get(at - 1)) && is_name(tokens.get(at + 1));
    let mut places = tokens.iter().enumerate().filter(|(_, token)| token.trim_matches(['(', ')', '+']) == "x");
    let found = places.clone().count() > 0 && places.all(|(at, token)| *token == "x" && between(at));
    found.then(|| row.replace(" x ", " * "))
}

/// The row with indices side by side that have a bare comma; `None` when the left side has none.
fn join(row: &str) -> Option<String> {
    let left = row.split(['=', '~', '∼']).next().filter(|left| left.len() < row.len() && !row.contains('\\'))?;
    let list = left.match_indices('_').find_map(|(at, _)| left.get(at..at + 4).filter(|list| is_list(list)))?;
    let mut out = String::with_capacity(row.len());
    let mut rest = row;
    while let Some(at) = rest.find(list) {
        let end = at + list.len();
        let whole = !rest[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
        out.push_str(&rest[..at]);
        if whole {
            out.extend(list.chars().filter(|c| *c != ',').chain([' ']));
        } else {
            out.push_str(list);
        }
        rest = &rest[end..];
    }
    Some(out + rest)
}

/// `_i,j`
fn is_list(list: &str) -> bool {
    matches!(list.as_bytes(), [b'_', b'a'..=b'z', b',', b'a'..=b'z'])
}

#[cfg(test)]
mod tests {
    use super::{join, signs};

    #[test]
    fn the_indices_of_the_left_side_are_joined_everywhere() {
        assert_eq!(join("y_i,j = b + u_i + e_i,j").as_deref(), Some("y_ij  = b + u_i + e_ij "));
        for row in ["y_ij ~ N(mu_i,s)", "u_i, v_j ~ N(0, s)", "y = b_i,j", "y_i,jk = b"] {
            assert!(join(row).is_none_or(|joined| joined == row), "{row}");
        }
    }

    #[test]
    fn blanks_and_letters_for_signs() {
        let said = signs("err = b0j + b1j Blur ij + b3j (Blur ij x Contrast ij) + e ij");
        assert_eq!(said.as_deref(), Some("err = b0j + b1j Blur_ij + b3j (Blur_ij * Contrast_ij) + e_ij"));
        let said = signs("y_ij = mu + b_i + e_ij  e_ij ~ N(0, s),  b_i ~ N(0, t)");
        assert_eq!(said.as_deref(), Some("y_ij = mu + b_i + e_ij, e_ij ~ N(0, s),  b_i ~ N(0, t)"));
        for row in ["y_ij = b1 x + b2 x z_ij + e_ij", "y_ij ~ N(b1 x ij, s)", "we call y_ij = b0 + it"] {
            assert_eq!(signs(row), None, "{row}");
        }
    }
}
