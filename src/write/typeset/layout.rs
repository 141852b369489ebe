//! Where lines break, and the choices of a page.

use super::walk::Piece;
use crate::write::{Format, Style};
use pretty::{Doc, RcDoc};
use std::collections::BTreeMap;

/// How the rows are numbered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// Stands in every label, `eq:NAME-1`; `eq:1` when empty. Only letters, digits, `-`, `.` and `:` are written.
    pub name: String,
    /// The number of the first row.
    pub first: usize,
}

impl Labels {
    /// Numbers from 1.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), first: 1 }
    }

    /// The numbers after so many rows.
    pub(in crate::write) fn after(mut self, rows: usize) -> Self {
        self.first += rows;
        self
    }

    /// The label of a number, `eq:NAME-1`.
    pub(super) fn key(&self, number: usize) -> String {
        let kept = |c: &char| c.is_ascii_alphanumeric() || "-.:".contains(*c);
        let name: String = self.name.chars().filter(kept).collect();
        if name.is_empty() { format!("eq:{number}") } else { format!("eq:{name}-{number}") }
    }
}

/// The choices of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Width in printed characters at which lines break.
    pub width: usize,
    /// LaTeX: a document that compiles rather than a fragment.
    pub standalone: bool,
    /// LaTeX: for Markdown, where numbers are printed rather than labelled.
    pub markdown: bool,
    /// Gather the statements by Level, and write `Level 1:` before the first of each.
    pub level_labels: bool,
    /// Write the range of the indices (`i = 1, …, n_j`) after each distribution.
    pub ranges: bool,
    /// What the index letters are called in ranges: `for school j = 1, …, J`.
    pub words: BTreeMap<String, String>,
    /// Write `iid` over the `~` of distributions with constant parameters.
    pub iid: bool,
    /// Number the rows.
    pub label_equations: Option<Labels>,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            width: 80,
            standalone: false,
            markdown: false,
            level_labels: false,
            ranges: false,
            words: BTreeMap::new(),
            iid: false,
            label_equations: None,
        }
    }
}

impl From<&Style> for Layout {
    fn from(style: &Style) -> Self {
        Self {
            width: style.width,
            standalone: style.standalone && style.format != Format::Markdown,
            markdown: style.format == Format::Markdown,
            level_labels: style.level_labels,
            ranges: style.ranges,
            words: BTreeMap::new(),
            iid: style.iid,
            label_equations: style.label_equations.as_deref().map(Labels::new),
        }
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
