//! Rows of plain text that say a law behind words, `u_j = effect of the school ~ N(0, τ²)`.

/// The row without the words, in as many bytes; `None` when it has none.
pub(super) fn law(row: &str) -> Option<String> {
    let (left, right) = row.split_once('=')?;
    let sign = right.find(['~', '∼'])?;
    let (words, law) = right.split_at(sign);
    let is_word = |word: &str| word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '(' | ')' | ','));
    let is_said = words.split_whitespace().count() > 1 && words.split_whitespace().all(is_word);
    let is_symbol =
        !left.trim().contains(char::is_whitespace) && left.contains(|c: char| c == '_' || c.is_alphabetic());
    (is_said && is_symbol && !row.contains('\\') && !law.contains('='))
        .then(|| format!("{left}{}{law}", " ".repeat(1 + words.len())))
}

#[cfg(test)]
mod tests {
    use super::law;

    #[test]
    fn words_before_a_law_are_dropped() {
        let row = "w_ij = random whole-plot effect ~ N(0, σ²)";
        let said = law(row).expect("a law");
        assert_eq!(said.split_whitespace().collect::<Vec<_>>(), ["w_ij", "~", "N(0,", "σ²)"]);
        assert_eq!(said.find('~'), row.find('~'));
        for row in ["y_ij = b0 + u_j ~ N(0, s)", "u_j ~ N(0, s)", "y = a ~ N(0, 1)", r"u_j = the effect \sim N(0, s)"] {
            assert_eq!(law(row), None, "{row}");
        }
    }
}
