//! Reading tables into the columns that are wanted, whole or in parts.

use super::data::{Categories, Column, Table, Wanted, bad, bad_line};
use super::lines::Lines;
use super::sink::{Sink, Sort, sinks};
use crate::error::Result;
use std::io::Read;

/// Where rows come from.
pub(super) trait Feed {
    /// Gives the next rows to the sinks, at most so many; how many there were. The sinks hold no rows yet.
    ///
    /// # Errors
    /// `BadData`, `NotNumeric` with the place.
    fn fill(&mut self, sinks: &mut [Sink], most: usize) -> Result<usize>;
}

/// A table that is being read.
pub struct Rows<'a> {
    feed: Box<dyn Feed + 'a>,
    header: Vec<String>,
    sinks: Vec<Sink>,
    done: usize,
}

impl<'a> Rows<'a> {
    /// Reads the header of a text.
    ///
    /// # Errors
    /// As [`Table::read`], of the header.
    pub fn open(reader: impl Read + 'a, delimiter: Option<u8>, wanted: &Wanted) -> Result<Self> {
        let (mut lines, record) = Lines::open(reader, delimiter)?;
        let header = header(&record)?;
        let mut sinks = sinks(&header, wanted)?;
        lines.plan(&mut sinks);
        Ok(Self { feed: Box::new(lines), header, sinks, done: 0 })
    }

    /// Reads the schema of a Parquet file: a `std::fs::File`, or `bytes::Bytes`. Null and NaN are missing, a text is
    /// never; columns of dates, times and lists are refused.
    ///
    /// # Errors
    /// `BadData` when it is no Parquet file or its compression is not known; `MissingColumn`, `NotNumeric`.
    #[cfg(feature = "parquet")]
    pub fn parquet(file: impl parquet::file::reader::ChunkReader + 'static, wanted: &Wanted) -> Result<Self> {
        let (feed, header, sinks) = super::parquet::Parquet::open(file, wanted)?;
        Ok(Self { feed: Box::new(feed), header, sinks, done: 0 })
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
    ///
    /// # Errors
    /// As [`Table::read`].
    pub fn table(mut self) -> Result<Table> {
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
        let rows = self.feed.fill(&mut self.sinks, most)?;
        self.done += rows;
        Ok(rows)
    }
}

fn header(record: &csv::ByteRecord) -> Result<Vec<String>> {
    let mut names: Vec<String> = vec![];
    for (position, cell) in record.iter().enumerate() {
        let cell = if position == 0 { cell.strip_prefix("\u{feff}".as_bytes()).unwrap_or(cell) } else { cell };
        let text = std::str::from_utf8(cell).map_err(|_| bad_line(1, "the header is not valid UTF-8"))?.trim();
        if !text.is_empty() && names.iter().any(|n| n == text) {
            return Err(bad_line(1, format!("the header has two columns called `{text}` (line 1)")));
        }
        names.push(text.to_owned());
    }
    Ok(names)
}
