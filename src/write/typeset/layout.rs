//! Where lines break, and the choices of a page.

use pretty::{Doc, RcDoc};

/// The choices of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Width in printed characters at which lines break.
    pub width: usize,
    /// LaTeX: a document that compiles rather than a fragment.
    pub standalone: bool,
    /// Write `Level 1:` before the first statement of each Level.
    pub level_labels: bool,
    /// Write the range of the indices (`i = 1, …, n_j`) after each distribution.
    pub ranges: bool,
    /// Write `iid` over the `~` of distributions with constant parameters.
    pub iid: bool,
    /// Number the rows.
    pub label_equations: bool,
}

impl Default for Layout {
    fn default() -> Self {
        Self { width: 80, standalone: false, level_labels: false, ranges: false, iid: false, label_equations: false }
    }
}

/// Fills lines of `limit` printed characters with the pieces; lines after the first are `hang` characters shorter.
/// A piece is never broken. Widths are of what is printed, not of the source.
pub(super) fn fill(pieces: &[String], width: impl Fn(&str) -> usize, limit: usize, hang: usize) -> Vec<String> {
    let sized = |piece: &String| {
        RcDoc::<()>::new(Doc::RenderLen(width(piece), RcDoc::new(Doc::OwnedText(piece.as_str().into()))))
    };
    let mut parts = pieces.iter();
    let Some(first) = parts.next() else { return vec![String::new()] };
    let rest = parts.map(|piece| RcDoc::line().append(sized(piece)).group());
    let hang = isize::try_from(hang).unwrap_or_default();
    let doc = sized(first).append(RcDoc::concat(rest)).nest(hang);
    doc.pretty(limit).to_string().lines().map(|line| line.trim().to_owned()).collect()
}
