//! Indices with a bare comma between them in plain text, `y_i,j = b_0 + u_i + e_i,j`: those of the left side tell.

/// The row with such indices side by side, in as many bytes; `None` when the left side has none.
pub(super) fn join(row: &str) -> Option<String> {
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
    use super::join;

    #[test]
    fn the_indices_of_the_left_side_are_joined_everywhere() {
        assert_eq!(join("y_i,j = b + u_i + e_i,j").as_deref(), Some("y_ij  = b + u_i + e_ij "));
        for row in ["y_ij ~ N(mu_i,s)", "u_i, v_j ~ N(0, s)", "y = b_i,j", "y_i,jk = b"] {
            assert!(join(row).is_none_or(|joined| joined == row), "{row}");
        }
    }
}
