//! Indices below a label in a subscript: `u_{dM_j}` is that of dM in group j, `\mu_{M_{ij}}` the mean of `M_{ij}`.

use super::indices::{Piece, text};
use crate::syntax::Index;
use std::collections::BTreeSet;

/// What varies so: effects, residuals and means. `\beta_{X_j}` is the coefficient of `X_j`, `\sigma_{u_j}` the scale of `u_j`,
/// for all groups.
const BEARERS: [&str; 13] = ["u", "U", "v", "w", "e", "r", "ε", "ϵ", "ζ", "ξ", "ν", "μ", "η"];

/// The label of a part of a subscript and the indices below it; none where the label may be an index itself.
pub(super) fn below(base: &str, part: &[Piece], is_index: impl Fn(&str) -> bool) -> Option<(String, Vec<Index>)> {
    let said: String = part.iter().map(text).collect();
    let (label, letters) = said.split_once('_').filter(|_| BEARERS.contains(&base))?;
    let letters: Vec<String> = letters.trim_matches(['{', '}']).chars().map(String::from).collect();
    let distinct = letters.iter().collect::<BTreeSet<_>>().len() == letters.len();
    let indices = !letters.is_empty() && distinct && letters.iter().all(|letter| is_index(letter));
    let labels = !label.is_empty() && !is_index(label);
    (indices && labels).then(|| (label.to_owned(), letters.into_iter().map(Index::new).collect()))
}

/// `i_j`, two letters of which one stands below the other.
pub(super) fn is_chain(part: &[Piece]) -> bool {
    matches!(part, [Piece::Letter(_), Piece::Label(mark), Piece::Letter(_)] if mark == "_")
}
