//! A tilde that is none of a law: an equals sign, `y_ij ~ b0 + b1*x_ij + u_j + e_ij`, whose sum has its residual, and that
//! of a formula of R.

use crate::syntax::{RESIDUAL_LETTERS, greek};

/// The row with an equals sign for such a tilde, in as many bytes; `None` when it has none.
pub(in crate::read) fn equals(row: &str) -> Option<String> {
    let sign = if row.contains("\\sim") { "\\sim" } else { "~" };
    let (left, right) = row.split_once(sign)?;
    let others: &[char] = if sign == "~" { &['~', '=', '|', '\\', ',', ';'] } else { &['=', '|', '(', ',', ';', '&'] };
    if right.contains(others) || right.contains("\\sim") || right.contains("\\\\") || left.contains(['=', '$', '&']) {
        return None;
    }
    let name = left.trim().rsplit(' ').next().unwrap_or_default();
    let terms: Vec<&str> = right.trim_end_matches(['.', ' ', '\n']).split('+').map(str::trim).collect();
    let is_residual = |term: &&str| {
        let letters: String = term.trim_start_matches('\\').chars().take_while(|c| c.is_alphabetic()).collect();
        let word = if letters == "eps" { "ε" } else { greek::letter(&letters).unwrap_or(&letters) };
        term.contains('_') && RESIDUAL_LETTERS.contains(&word) && !term.contains([' ', '*', '('])
    };
    let sum = terms.len() > 2 && terms.last().is_some_and(is_residual);
    let blanks = " ".repeat(sign.len() - 1);
    (name.contains('_') && sum && (sign != "~" || !left.contains('\\'))).then(|| format!("{left}={blanks}{right}"))
}

/// Whether a row is a formula of R in TeX, `Y \\sim 1 + X + (1 \\mid g)`: a term has a bar in brackets.
pub(in crate::read) fn is_formula(row: &str) -> bool {
    let Some((_, right)) = row.split_once("\\sim").filter(|(left, right)| !left.contains('=') && !right.contains('='))
    else {
        return false;
    };
    let mut terms = right.split('(').zip(right.split('(').skip(1));
    terms.any(|(before, group)| {
        let inside = group.split(')').next().unwrap_or_default();
        let added = before.trim_end().strip_suffix("\\left").unwrap_or(before).trim_end().ends_with('+');
        added && ["|", "\\mid", "\\vert"].iter().any(|bar| inside.contains(bar))
    })
}

#[cfg(test)]
mod tests {
    use super::{equals, is_formula};

    #[test]
    fn a_sum_with_its_residual_is_an_equation() {
        let said = "y_ij = b0 + b1*x_ij + u_j + e_ij";
        assert_eq!(equals("y_ij ~ b0 + b1*x_ij + u_j + e_ij").as_deref(), Some(said));
        let typeset = "Y_{ij} =    \\beta_0 + u_j + \\epsilon_{ij}";
        assert_eq!(equals(r"Y_{ij} \sim \beta_0 + u_j + \epsilon_{ij}").as_deref(), Some(typeset));
        for row in [
            r"Y_{ij} \sim N(\mu + u_j + e_{ij}, s)",
            r"Y \sim x_{ij} + z_{ij}",
            "y_ij ~ N(b0 + u_j + e_ij, s)",
            "y ~ x + (1 | g)",
            "y_ij ~ x + z",
            "u_j ~ N(0, s)",
        ] {
            assert_eq!(equals(row), None, "{row}");
        }
        assert!(is_formula(r"\text{score} \sim 1 + x + (1 + x \mid g)"));
        assert!(!is_formula(r"y_{ij} \sim N(\mu + u_j | u_j, \sigma)"));
    }
}
