//! Columns that are being read: numbers, or categories that are interned.

use super::data::{Categories, MISSING, Wanted, bad_line, missing_column};
use crate::error::{Code, Diagnostic, Result};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// Interns byte strings; the category of the row before is tried first, since files are mostly sorted by group.
#[derive(Default)]
pub(super) struct Interner {
    seen: HashMap<Vec<u8>, u32, BuildHasherDefault<rustc_hash::FxHasher>>,
    last: Option<(Vec<u8>, u32)>,
    pub(super) out: Categories,
}

impl Interner {
    /// The next cell; `false` when it is not valid UTF-8.
    pub(super) fn push(&mut self, cell: Option<&[u8]>) -> bool {
        let Some(cell) = cell else {
            self.out.codes.push(MISSING);
            return true;
        };
        if let Some((bytes, code)) = &self.last
            && bytes == cell
        {
            self.out.codes.push(*code);
            return true;
        }
        let code = match self.seen.get(cell) {
            Some(code) => *code,
            None => {
                let Ok(name) = std::str::from_utf8(cell) else { return false };
                let code = self.out.names.len() as u32;
                self.out.names.push(name.to_owned());
                self.seen.insert(cell.to_vec(), code);
                code
            }
        };
        match &mut self.last {
            Some((bytes, old)) => {
                bytes.clear();
                bytes.extend_from_slice(cell);
                *old = code;
            }
            None => self.last = Some((cell.to_vec(), code)),
        }
        self.out.codes.push(code);
        true
    }

    pub(super) fn finish(self) -> Categories {
        self.out
    }
}

/// What a column holds.
pub(super) enum Sort {
    Id(Interner),
    Text(Interner),
    Number(Vec<f64>),
    /// Only missing cells so far.
    Unknown(usize),
}

/// A column that is being read.
pub(super) struct Sink {
    /// Its place in the header.
    pub(super) position: usize,
    pub(super) name: String,
    pub(super) kind: Sort,
    /// Whether `1,5` is a number.
    pub(super) decimal_comma: bool,
}

impl Sink {
    fn new(position: usize, name: &str, kind: Sort) -> Self {
        Self { position, name: name.to_owned(), kind, decimal_comma: false }
    }
}

/// The columns of a header that are wanted.
///
/// # Errors
/// `MissingColumn` with the nearest name.
pub(super) fn sinks(header: &[String], wanted: &Wanted) -> Result<Vec<Sink>> {
    let mut sinks = vec![];
    let find = |name: &String| header.iter().position(|h| h == name).ok_or_else(|| missing_column(name, header));
    for name in &wanted.ids {
        sinks.push(Sink::new(find(name)?, name, Sort::Id(Interner::default())));
    }
    for name in &wanted.text {
        sinks.push(Sink::new(find(name)?, name, Sort::Text(Interner::default())));
    }
    let mut plain: Vec<String> = vec![];
    for name in &wanted.plain {
        find(name)?;
        plain.push(name.clone());
    }
    if wanted.all {
        plain.extend(header.iter().filter(|h| !h.is_empty()).cloned());
    }
    for name in plain {
        if !wanted.text.contains(&name) && !sinks.iter().any(|s| s.name == name && !matches!(s.kind, Sort::Id(_))) {
            sinks.push(Sink::new(find(&name)?, &name, Sort::Unknown(0)));
        }
    }
    Ok(sinks)
}

fn is_missing(cell: &[u8]) -> bool {
    matches!(cell, b"" | b"NA" | b"NaN" | b"nan")
}

/// A number as files spell it; `inf` and its kin are left to the caller.
fn number(cell: &[u8], decimal_comma: bool) -> Option<f64> {
    if let Ok(value) = fast_float2::parse(cell) {
        return Some(value);
    }
    let cell = cell.trim_ascii();
    match cell.iter().position(|b| *b == b',') {
        Some(at) if decimal_comma && !cell.contains(&b'.') => {
            fast_float2::parse([&cell[..at], b".", &cell[at + 1..]].concat()).ok()
        }
        _ => fast_float2::parse(cell).ok(),
    }
}

impl Sink {
    /// Takes a cell of line `line`.
    ///
    /// # Errors
    /// `BadData`, `NotNumeric` with column, cell and line.
    pub(super) fn push(&mut self, cell: &[u8], line: u64) -> Result<()> {
        let missing = is_missing(cell);
        match &mut self.kind {
            Sort::Id(interner) | Sort::Text(interner) => {
                if !interner.push((!missing).then_some(cell)) {
                    return Err(bad_line(line, format!("line {line}: column `{}` is not valid UTF-8", self.name)));
                }
            }
            Sort::Number(values) if missing => values.push(f64::NAN),
            Sort::Number(values) => match number(cell, self.decimal_comma) {
                Some(value) if value.is_finite() => values.push(value),
                Some(_) => return Err(self.infinite(cell, line)),
                None => return Err(self.not_numeric(cell, line)),
            },
            Sort::Unknown(rows) if missing => *rows += 1,
            Sort::Unknown(rows) => match number(cell, self.decimal_comma) {
                Some(value) if value.is_finite() => {
                    let mut values = vec![f64::NAN; *rows];
                    values.push(value);
                    self.kind = Sort::Number(values);
                }
                Some(_) => return Err(self.infinite(cell, line)),
                // `1,5` and `1_000` are slips of the pen, not categories.
                None if cell.iter().all(|b| b.is_ascii_digit() || b"+-.,_ ".contains(b)) => {
                    return Err(self.not_numeric(cell, line));
                }
                None => {
                    let mut interner = Interner::default();
                    interner.out.codes.resize(*rows, MISSING);
                    self.kind = Sort::Text(interner);
                    return self.push(cell, line);
                }
            },
        }
        Ok(())
    }

    /// Forgets all but the first rows.
    pub(super) fn truncate(&mut self, rows: usize) {
        match &mut self.kind {
            Sort::Id(interner) | Sort::Text(interner) => interner.out.codes.truncate(rows),
            Sort::Number(values) => values.truncate(rows),
            Sort::Unknown(count) => *count = rows.min(*count),
        }
    }

    fn infinite(&self, cell: &[u8], line: u64) -> Box<Diagnostic> {
        let value = String::from_utf8_lossy(cell);
        bad_line(line, format!("column `{}` is infinite: `{}` in line {line}", self.name, value.escape_debug()))
    }

    fn not_numeric(&self, cell: &[u8], line: u64) -> Box<Diagnostic> {
        let value = String::from_utf8_lossy(cell);
        Box::new(
            Diagnostic::error(
                Code::NotNumeric,
                format!("column `{}` is not numeric: `{}` in line {line}", self.name, value.escape_debug()),
            )
            .in_line(line)
            .help(format!(
                "mend the cell or write NA; if the column is categorical, say so: `--factor {}=…`",
                self.name
            )),
        )
    }
}
