//! Reading CSV and TSV: row by row, into the columns that are wanted, whole or in parts.

use super::data::{Categories, Column, MISSING, Table, Wanted, bad, missing_column};
use crate::error::{Code, Diagnostic, Result};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::io::{BufReader, Read};

/// A table that is being read.
pub struct Rows<R> {
    csv: csv::Reader<BufReader<R>>,
    record: csv::ByteRecord,
    header: Vec<String>,
    sinks: Vec<Sink>,
    done: usize,
}

impl<R: Read> Rows<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// As [`Table::read`], of the header.
    pub fn open(reader: R, delimiter: Option<u8>, wanted: &Wanted) -> Result<Self> {
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        let delimiter = match delimiter {
            Some(byte) => byte,
            None => {
                let start = std::io::BufRead::fill_buf(&mut reader).map_err(|e| bad(format!("cannot read: {e}")))?;
                let line = start.split(|b| *b == b'\n').next().unwrap_or(start);
                if line.contains(&b'\t') { b'\t' } else { b',' }
            }
        };
        let mut csv = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(reader);
        let mut record = csv::ByteRecord::new();
        if !csv.read_byte_record(&mut record).map_err(broken)? {
            return Err(bad("the table is empty: it needs a header row"));
        }
        let header = header(&record)?;
        let sinks = sinks(&header, wanted)?;
        Ok(Self { csv, record, header, sinks, done: 0 })
    }

    /// The next rows, at most so many; `None` at the end. Ids carry the codes that they have in the whole table, without
    /// names: see [`Rows::id_names`].
    ///
    /// # Errors
    /// As [`Table::read`].
    pub fn part(&mut self, most: usize) -> Result<Option<Table>> {
        let rows = self.fill(most)?;
        if rows == 0 {
            if self.done == 0 {
                return Err(bad("the table has a header and no rows"));
            }
            return Ok(None);
        }
        let mut table = Table { rows, header: self.header.clone(), ..Table::default() };
        for sink in &mut self.sinks {
            let name = self.header[sink.position].clone();
            match &mut sink.kind {
                Sort::Id(interner) => {
                    let codes = std::mem::take(&mut interner.out.codes);
                    table.ids.insert(name, Categories { codes, names: vec![] });
                }
                Sort::Text(interner) => {
                    let codes = std::mem::take(&mut interner.out.codes);
                    let names = interner.out.names.clone();
                    table.columns.insert(name, Column::Text(Categories { codes, names }));
                }
                Sort::Number(values) => {
                    let room = Vec::with_capacity(values.len());
                    table.columns.insert(name, Column::Numeric(std::mem::replace(values, room)));
                }
                Sort::Unknown(count) => {
                    table.columns.insert(name, Column::Numeric(vec![f64::NAN; std::mem::take(count)]));
                }
            }
        }
        Ok(Some(table))
    }

    /// The names of the groups of an id, as far as it was read.
    pub fn id_names(&self, name: &str) -> Option<&[String]> {
        self.sinks.iter().find(|s| s.name == name).and_then(|s| match &s.kind {
            Sort::Id(interner) => Some(&interner.out.names[..]),
            _ => None,
        })
    }

    /// Gives the ids of a part the names of their groups: a table of its own.
    pub fn name(&self, part: &mut Table) {
        for (name, ids) in &mut part.ids {
            ids.names = self.id_names(name).unwrap_or_default().to_vec();
        }
    }

    /// All rows that are left, as one table.
    pub(super) fn whole(mut self) -> Result<Table> {
        if self.fill(usize::MAX)? == 0 {
            return Err(bad("the table has a header and no rows"));
        }
        let mut table = Table { rows: self.done, header: self.header, ..Table::default() };
        for sink in self.sinks {
            let name = table.header[sink.position].clone();
            match sink.kind {
                Sort::Id(interner) => drop(table.ids.insert(name, interner.finish())),
                Sort::Text(interner) => drop(table.columns.insert(name, Column::Text(interner.finish()))),
                Sort::Number(values) => drop(table.columns.insert(name, Column::Numeric(values))),
                Sort::Unknown(rows) => drop(table.columns.insert(name, Column::Numeric(vec![f64::NAN; rows]))),
            }
        }
        Ok(table)
    }

    fn fill(&mut self, most: usize) -> Result<usize> {
        let mut rows = 0;
        while rows < most && self.csv.read_byte_record(&mut self.record).map_err(broken)? {
            let record = &self.record;
            let line = || record.position().map_or(0, csv::Position::line);
            if record.len() != self.header.len() {
                if record.len() == 1 && record[0].is_empty() {
                    continue;
                }
                let (cells, wide) = (record.len(), self.header.len());
                return Err(bad(format!("line {} has {cells} cells; the header has {wide}", line())));
            }
            for sink in &mut self.sinks {
                sink.push(&record[sink.position], &line)?;
            }
            rows += 1;
        }
        self.done += rows;
        Ok(rows)
    }
}

fn broken(error: csv::Error) -> Box<Diagnostic> {
    bad(format!("cannot read the table: {error}"))
}

fn header(record: &csv::ByteRecord) -> Result<Vec<String>> {
    let mut names: Vec<String> = vec![];
    for (position, cell) in record.iter().enumerate() {
        let cell = if position == 0 { cell.strip_prefix("\u{feff}".as_bytes()).unwrap_or(cell) } else { cell };
        let text = std::str::from_utf8(cell).map_err(|_| bad("the header is not valid UTF-8"))?.trim();
        if !text.is_empty() && names.iter().any(|n| n == text) {
            return Err(bad(format!("the header has two columns called `{text}` (line 1)")));
        }
        names.push(text.to_owned());
    }
    Ok(names)
}

/// Interns byte strings; the category of the row before is tried first, since files are mostly sorted by group.
#[derive(Default)]
pub(super) struct Interner {
    seen: HashMap<Vec<u8>, u32, BuildHasherDefault<rustc_hash::FxHasher>>,
    last: Option<(Vec<u8>, u32)>,
    out: Categories,
}

impl Interner {
    pub(super) fn push(&mut self, cell: Option<&[u8]>) {
        let Some(cell) = cell else {
            self.out.codes.push(MISSING);
            return;
        };
        if let Some((bytes, code)) = &self.last
            && bytes == cell
        {
            self.out.codes.push(*code);
            return;
        }
        let code = match self.seen.get(cell) {
            Some(code) => *code,
            None => {
                let code = self.out.names.len() as u32;
                self.out.names.push(String::from_utf8_lossy(cell).into_owned());
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
    }

    pub(super) fn finish(self) -> Categories {
        self.out
    }
}

enum Sort {
    Id(Interner),
    Text(Interner),
    Number(Vec<f64>),
    /// Only missing cells so far.
    Unknown(usize),
}

struct Sink {
    position: usize,
    name: String,
    kind: Sort,
}

fn sinks(header: &[String], wanted: &Wanted) -> Result<Vec<Sink>> {
    let mut sinks = vec![];
    let find = |name: &String| header.iter().position(|h| h == name).ok_or_else(|| missing_column(name, header));
    for name in &wanted.ids {
        sinks.push(Sink { position: find(name)?, name: name.clone(), kind: Sort::Id(Interner::default()) });
    }
    for name in &wanted.text {
        sinks.push(Sink { position: find(name)?, name: name.clone(), kind: Sort::Text(Interner::default()) });
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
            sinks.push(Sink { position: find(&name)?, name, kind: Sort::Unknown(0) });
        }
    }
    Ok(sinks)
}

fn is_missing(cell: &[u8]) -> bool {
    matches!(cell, b"" | b"NA" | b"NaN" | b"nan")
}

/// A number as files spell it; `inf` and its kin are left to the caller.
fn number(cell: &[u8]) -> Option<f64> {
    match fast_float2::parse(cell) {
        Ok(value) => Some(value),
        Err(_) => fast_float2::parse(cell.trim_ascii()).ok(),
    }
}

impl Sink {
    fn push(&mut self, cell: &[u8], line: &dyn Fn() -> u64) -> Result<()> {
        let missing = is_missing(cell);
        if matches!(self.kind, Sort::Id(_) | Sort::Text(_)) && !missing && std::str::from_utf8(cell).is_err() {
            return Err(bad(format!("line {}: column `{}` is not valid UTF-8", line(), self.name)));
        }
        match &mut self.kind {
            Sort::Id(interner) | Sort::Text(interner) => interner.push((!missing).then_some(cell)),
            Sort::Number(values) if missing => values.push(f64::NAN),
            Sort::Number(values) => match number(cell) {
                Some(value) if value.is_finite() => values.push(value),
                Some(_) => return Err(self.infinite(cell, line())),
                None => return Err(self.not_numeric(cell, line())),
            },
            Sort::Unknown(rows) if missing => *rows += 1,
            Sort::Unknown(rows) => match number(cell) {
                Some(value) if value.is_finite() => {
                    let mut values = vec![f64::NAN; *rows];
                    values.push(value);
                    self.kind = Sort::Number(values);
                }
                Some(_) => return Err(self.infinite(cell, line())),
                // `1,5` and `1_000` are slips of the pen, not categories.
                None if cell.iter().all(|b| b.is_ascii_digit() || b"+-.,_ ".contains(b)) => {
                    return Err(self.not_numeric(cell, line()));
                }
                None => {
                    let mut interner = Interner::default();
                    (0..*rows).for_each(|_| interner.push(None));
                    self.kind = Sort::Text(interner);
                    return self.push(cell, line);
                }
            },
        }
        Ok(())
    }

    fn infinite(&self, cell: &[u8], line: u64) -> Box<Diagnostic> {
        let value = String::from_utf8_lossy(cell);
        bad(format!("column `{}` is infinite: `{}` in line {line}", self.name, value.escape_debug()))
    }

    fn not_numeric(&self, cell: &[u8], line: u64) -> Box<Diagnostic> {
        let value = String::from_utf8_lossy(cell);
        Box::new(
            Diagnostic::error(
                Code::NotNumeric,
                format!("column `{}` is not numeric: `{}` in line {line}", self.name, value.escape_debug()),
            )
            .help(format!(
                "mend the cell or write NA; if the column is categorical, say so: `--factor {}=…`",
                self.name
            )),
        )
    }
}
