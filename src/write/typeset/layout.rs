//! Where lines break, and the choices of a page.

use super::walk::Piece;
use crate::write::Style;
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

impl From<&Style> for Layout {
    fn from(style: &Style) -> Self {
        Self { width: style.width, standalone: style.standalone, ..Self::default() }
    }
}

/// Columns by which a line after the first hangs, and each line inside a broken bracket once more.
pub(super) const HANG: usize = 2;

/// Fills lines of `limit` printed characters with the pieces. Widths are of what is printed, not of the source. Lines
/// after the first begin with their indent in blanks, [`HANG`] for each step.
pub(super) fn fill(pieces: &[Piece], width: impl Fn(&str) -> usize, limit: usize) -> Vec<String> {
    let sized = |piece: &Piece| {
        RcDoc::<()>::new(Doc::RenderLen(width(&piece.text), RcDoc::new(Doc::OwnedText(piece.text.as_str().into()))))
    };
    let mut parts = pieces.iter();
    let Some(first) = parts.next() else { return vec![String::new()] };
    let rest = parts.map(|piece| {
        let indent = isize::try_from(HANG * (piece.depth + 1)).unwrap_or_default();
        // Lines break at will before a piece, and always before a bracket that is itself broken.
        let gap = if piece.opens { RcDoc::hardline() } else { RcDoc::line() };
        gap.append(sized(piece)).nest(indent).group()
    });
    let doc = sized(first).append(balanced(rest.collect()));
    doc.pretty(limit).to_string().lines().map(|line| line.trim_end().to_owned()).collect()
}

/// All of them in order, as a tree that stays flat: a chain of thousands would overflow the stack when it is dropped.
fn balanced(mut docs: Vec<RcDoc<'_, ()>>) -> RcDoc<'_, ()> {
    while docs.len() > 1 {
        let mut halved = Vec::with_capacity(docs.len().div_ceil(2));
        let mut rest = docs.into_iter();
        while let Some(left) = rest.next() {
            halved.push(match rest.next() {
                Some(right) => left.append(right),
                None => left,
            });
        }
        docs = halved;
    }
    docs.pop().unwrap_or_else(RcDoc::nil)
}

/// A line's indent in steps of [`HANG`], and the line without it.
pub(super) fn indent(line: &str) -> (usize, &str) {
    let text = line.trim_start_matches(' ');
    ((line.len() - text.len()) / HANG, text)
}
