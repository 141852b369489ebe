//! A tilde for an equals sign in plain text, as formulas of R have it: `y_ij ~ b0 + b1*x_ij + u_j + e_ij` adds its residual up.

use crate::syntax::RESIDUAL_LETTERS;

/// The row with an equals sign for such a tilde, in as many bytes; `None` when it has none.
pub(super) fn equals(row: &str) -> Option<String> {
    let (left, right) = row.split_once('~').filter(|(_, right)| !right.contains(['~', '=', '|', '\\', ',', ';']))?;
    let name = left.trim().rsplit(' ').next().unwrap_or_default();
    let terms: Vec<&str> = right.split('+').map(str::trim).collect();
    let is_residual = |term: &&str| {
        let letters: String = term.chars().take_while(|c| c.is_alphabetic()).collect();
        let word = if letters == "eps" || letters == "epsilon" { "ε" } else { letters.as_str() };
        term.contains('_') && RESIDUAL_LETTERS.contains(&word) && !term.contains([' ', '*', '('])
    };
    let sum = terms.len() > 2 && terms.last().is_some_and(is_residual);
    (name.contains('_') && sum && !left.contains(['=', '\\', '$'])).then(|| format!("{left}={right}"))
}

#[cfg(test)]
mod tests {
    use super::equals;

    #[test]
    fn a_sum_with_its_residual_is_an_equation() {
        let said = "y_ij = b0 + b1*x_ij + u_j + e_ij";
        assert_eq!(equals("y_ij ~ b0 + b1*x_ij + u_j + e_ij").as_deref(), Some(said));
        for row in ["y_ij ~ N(b0 + u_j + e_ij, s)", "y ~ x + (1 | g)", "y_ij ~ x + z", "u_j ~ N(0, s)"] {
            assert_eq!(equals(row), None, "{row}");
        }
    }
}
