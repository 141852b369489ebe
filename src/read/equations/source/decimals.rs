//! Numbers with a comma for the decimal point, `y_{ij} = 3,5 + 0,2 \cdot x_{ij}`: said with a point, in as many bytes.

/// The math with such numbers said so; `None` when it has none. They stand between an operator and a sign of multiplication:
/// other commas part what a list holds.
pub(super) fn points(math: &str) -> Option<String> {
    let is_digit = |c: char| c.is_ascii_digit();
    let found = math.match_indices(',').map(|(at, _)| at).filter(|at| {
        let (before, behind) = (&math[..*at], &math[at + 1..]);
        let (head, tail) = (before.trim_end_matches(is_digit), behind.trim_start_matches(is_digit));
        let operator = head.trim_end().ends_with(['+', '-', '−', '=', '&']);
        let times = ["\\cdot", "\\times", "·", "×", "*"].iter().any(|sign| tail.trim_start().starts_with(sign));
        head.len() < before.len() && tail.len() < behind.len() && operator && times
    });
    let found: Vec<usize> = found.collect();
    let mut out = (!found.is_empty()).then(|| math.to_owned())?;
    found.into_iter().for_each(|at| out.replace_range(at..=at, "."));
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::points;

    #[test]
    fn commas_of_numbers_are_points() {
        assert_eq!(points(r"y &= 3,50 \cdot a - 0,2*x_{i,j}").as_deref(), Some(r"y &= 3.50 \cdot a - 0.2*x_{i,j}"));
        for math in [r"u \sim N(0,5 \cdot \tau)", "x_{1,2} * 3", "i = 1,2", "y = a + 1,2"] {
            assert_eq!(points(math), None, "{math}");
        }
    }
}
