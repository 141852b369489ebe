//! Matrices drawn over several lines (`⎛u₀ⱼ⎞` above `⎝u₁ⱼ⎠`), as terminals show them: said again in one line, as LaTeX.
//!
//! The lines of a drawing are blanked and what they say is appended to the text, so that every other place stays where
//! it was; places in the appended lines then move back to the drawing.

use super::places;
use crate::error::{Diagnostic, Span};
use crate::syntax::System;
use unicode_width::UnicodeWidthChar;

/// A text whose drawings are said in lines at its end.
#[derive(Clone, Debug)]
pub(in crate::read) struct Undrawn {
    /// The text with the drawings blanked and the lines appended.
    pub(in crate::read) text: String,
    /// Each appended line, and the drawing that it says.
    moved: Vec<(Span, Span)>,
}

const OPEN: [char; 3] = ['⎛', '⎜', '⎝'];
const CLOSE: [char; 3] = ['⎞', '⎟', '⎠'];

/// Brackets in brackets that are followed; a law around its matrices needs one.
const MAX_NESTED: usize = 8;

/// Rewrites drawings; `None` when there are none that can be told.
pub(in crate::read) fn undraw(text: &str) -> Option<Undrawn> {
    // Math between delimiters is LaTeX; a line at the end of the text would be prose there.
    if !text.contains(OPEN) || text.contains('$') || text.contains("\\begin") {
        return None;
    }
    let mut blocks: Vec<Vec<Span>> = vec![];
    let mut at = 0;
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        let span = Span::new(at, at + line.trim_end_matches(['\n', '\r']).len());
        at += line.len();
        let first = line.chars().find(|c| OPEN.contains(c) || CLOSE.contains(c));
        match first {
            Some('⎛') => blocks.push(vec![span]),
            Some(_) if inside => blocks.last_mut()?.push(span),
            _ => {}
        }
        inside = first.is_some();
    }
    let mut out = Undrawn { text: text.to_owned(), moved: vec![] };
    let mut lines = String::new();
    for block in &blocks {
        let rows: Vec<Vec<String>> = block.iter().map(|span| columns(&text[span.start..span.end])).collect();
        let right = rows.iter().map(Vec::len).max().unwrap_or(0);
        let Some(said) = (Grid { rows: &rows, top: 0, bottom: rows.len(), left: 0, right }).say(0) else { continue };
        let start = text.len() + lines.len() + 1;
        lines.push('\n');
        lines.push_str(said.trim());
        out.moved
            .push((Span::new(start, text.len() + lines.len()), Span::new(block[0].start, block[block.len() - 1].end)));
        for span in block {
            out.text.replace_range(span.start..span.end, &" ".repeat(span.end - span.start));
        }
    }
    out.text.push_str(&lines);
    (!out.moved.is_empty()).then_some(out)
}

/// What stands in each column of a line: a letter with its combining marks; nothing in the second column of a wide one.
fn columns(line: &str) -> Vec<String> {
    let mut cells: Vec<String> = vec![];
    for c in line.chars() {
        match (c.width().unwrap_or(0), cells.last_mut()) {
            (0, Some(last)) => last.push(c),
            (width, _) => {
                cells.push(c.into());
                cells.extend((1..width).map(|_| String::new()));
            }
        }
    }
    cells
}

/// A rectangle of a drawing.
#[derive(Clone, Copy)]
struct Grid<'a> {
    rows: &'a [Vec<String>],
    top: usize,
    bottom: usize,
    left: usize,
    right: usize,
}

impl Grid<'_> {
    fn cell(&self, row: usize, column: usize) -> &str {
        self.rows[row].get(column).map_or("", String::as_str)
    }

    fn is(&self, row: usize, column: usize, glyphs: &[char]) -> bool {
        self.cell(row, column).starts_with(glyphs)
    }

    fn text(&self, row: usize, left: usize, right: usize) -> String {
        (left..right).map(|column| self.cell(row, column)).collect()
    }

    /// What it says in one line: characters on the base line, matrices, and brackets around matrices.
    fn say(&self, depth: usize) -> Option<String> {
        let base = (self.top..self.bottom).find(|row| self.has_text_outside(*row));
        let mut said = String::new();
        let mut column = self.left;
        while column < self.right {
            let Some(top) = (self.top..self.bottom).find(|row| self.is(*row, column, &['⎛'])) else {
                said.push_str(base.map_or("", |row| self.cell(row, column)));
                column += 1;
                continue;
            };
            let bottom = (top..self.bottom).find(|row| self.is(*row, column, &['⎝']))? + 1;
            let close = self.closing(top, column)?;
            let inner = Grid { top, bottom, left: column + 1, right: close, ..*self };
            let nested = (top..bottom).any(|row| (inner.left..close).any(|column| self.is(row, column, &OPEN)));
            said.push_str(&match nested {
                true if depth == MAX_NESTED => return None,
                true => format!("({})", inner.say(depth + 1)?),
                false => inner.matrix(),
            });
            column = close + 1;
        }
        Some(said)
    }

    /// Whether anything stands in the row outside every bracket.
    fn has_text_outside(&self, row: usize) -> bool {
        let mut depth = 0_usize;
        for column in self.left..self.right {
            if self.is(row, column, &OPEN) {
                depth += 1;
            } else if self.is(row, column, &CLOSE) {
                depth = depth.saturating_sub(1);
            } else if depth == 0 && !self.cell(row, column).trim().is_empty() {
                return true;
            }
        }
        false
    }

    /// The column of the bracket that closes the one opened at a place.
    fn closing(&self, row: usize, column: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for at in column..self.right {
            if self.is(row, at, &OPEN) {
                depth += 1;
            } else if self.is(row, at, &CLOSE) {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
        }
        None
    }

    /// Cells parted by two or more columns that are blank in every row.
    fn matrix(&self) -> String {
        let blank = |column: usize| (self.top..self.bottom).all(|row| self.cell(row, column).trim().is_empty());
        let mut cells: Vec<(usize, usize)> = vec![];
        for column in (self.left..self.right).filter(|column| !blank(*column)) {
            match cells.last_mut() {
                Some((_, end)) if column < *end + 2 => *end = column + 1,
                _ => cells.push((column, column + 1)),
            }
        }
        let row = |row: usize| {
            let texts = cells.iter().map(|(left, right)| self.text(row, *left, *right).trim().to_owned());
            texts.collect::<Vec<_>>().join(" & ")
        };
        let rows: Vec<String> = (self.top..self.bottom).map(row).collect();
        format!(r"\begin{{pmatrix}} {} \end{{pmatrix}}", rows.join(r" \\ "))
    }
}

impl Undrawn {
    fn back(&self, span: &mut Span) {
        if let Some((_, drawing)) = self.moved.iter().find(|(line, _)| span.start < line.end && line.start < span.end) {
            *span = *drawing;
        }
    }

    /// Moves the places of a diagnostic back to the drawing.
    pub(in crate::read) fn restore_diagnostic(&self, diagnostic: &mut Diagnostic) {
        diagnostic.labels.iter_mut().for_each(|label| self.back(&mut label.span));
        if let Some(fix) = &diagnostic.fix
            && self.moved.iter().any(|(line, _)| fix.span.end > line.start)
        {
            diagnostic.fix = None;
        }
    }

    /// Moves the places of a system back to the drawings.
    pub(in crate::read) fn restore(&self, system: &mut System) {
        places::each(system, &mut |span| self.back(span));
    }
}
