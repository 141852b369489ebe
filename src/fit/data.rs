//! Tables: CSV or TSV with a header, read once; only the columns asked for are kept, each as numbers or as interned
//! categories.

use crate::error::{Code, Diagnostic, Result};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;

/// The code of a missing category.
pub const MISSING: u32 = u32::MAX;

/// A categorical column: a code a row, the category of each code in order of appearance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Categories {
    /// Index into `names`, or [`MISSING`].
    pub codes: Vec<u32>,
    /// The categories.
    pub names: Vec<String>,
}

impl Categories {
    /// Interns a sequence of categories; `None` is missing.
    pub fn intern<'a>(cells: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut interner = Interner::default();
        for cell in cells {
            interner.push(cell.map(str::as_bytes));
        }
        interner.finish()
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers; a missing value is NaN.
    Numeric(Vec<f64>),
    /// Text.
    Text(Categories),
}

/// Which columns a reader keeps, and how.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Ids of grouping factors: always text, `001` stays `001`.
    pub ids: BTreeSet<String>,
    /// Categorical covariates: text even when they look like numbers.
    pub text: BTreeSet<String>,
    /// Other columns: numbers, or text when the first cell that is not missing is no number.
    pub plain: BTreeSet<String>,
    /// Keep every column of the file as a plain one.
    pub all: bool,
}

/// A table in memory.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: usize,
    columns: BTreeMap<String, Column>,
    ids: BTreeMap<String, Categories>,
    header: Vec<String>,
}

fn bad(message: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Code::BadData, message))
}

/// The name in `names` that is nearest to `name`, when it is near enough to be a slip.
pub(crate) fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |a: &str, b: &str| {
        let b: Vec<char> = b.to_lowercase().chars().collect();
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, ca) in a.to_lowercase().chars().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, cb) in b.iter().enumerate() {
                let substituted = diagonal + usize::from(ca != *cb);
                diagonal = row[j + 1];
                row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
            }
        }
        row[b.len()]
    };
    let limit = 1 + name.chars().count() / 3;
    names.into_iter().map(|n| (distance(name, n), n)).filter(|(d, _)| *d <= limit).min().map(|(_, n)| n)
}

impl Table {
    /// An empty table of so many rows, to be filled by [`Table::push`].
    pub fn with_rows(rows: usize) -> Self {
        Self { rows, ..Self::default() }
    }

    /// Adds or replaces a column.
    ///
    /// # Errors
    /// `BadData` when its length is not the number of rows, or a value is infinite.
    pub fn push(&mut self, name: impl Into<String>, column: Column) -> Result<()> {
        let name = name.into();
        let length = match &column {
            Column::Numeric(values) => {
                if let Some(row) = values.iter().position(|v| v.is_infinite()) {
                    return Err(bad(format!("column `{name}` is infinite in row {}", row + 1)));
                }
                values.len()
            }
            Column::Text(text) => text.codes.len(),
        };
        if length != self.rows {
            return Err(bad(format!("column `{name}` has {length} values; the table has {} rows", self.rows)));
        }
        if !self.header.contains(&name) {
            self.header.push(name.clone());
        }
        self.columns.insert(name, column);
        Ok(())
    }

    /// Reads a table with a header row, streaming; `delimiter` `None` takes tab when the header holds one, comma
    /// otherwise. Empty cells, `NA` and `NaN` are missing.
    ///
    /// # Errors
    /// `BadData` with the line: ragged rows, duplicate or empty headers, infinite numbers, no rows, invalid UTF-8;
    /// `MissingColumn` with the nearest name; `NotNumeric` with line and value.
    ///
    /// ```
    /// use mlnote::fit::{Column, Table, Wanted};
    /// let wanted = Wanted { ids: ["g".to_owned()].into(), all: true, ..Wanted::default() };
    /// let table = Table::read(&b"g,x\n001,1.5\n1,NA\n"[..], None, &wanted).unwrap();
    /// assert_eq!(table.id("g").unwrap().names, ["001", "1"]);
    /// assert!(matches!(table.column("x").unwrap(), Column::Numeric(x) if x[0] == 1.5 && x[1].is_nan()));
    /// ```
    pub fn read(reader: impl Read, delimiter: Option<u8>, wanted: &Wanted) -> Result<Self> {
        let mut reader = std::io::BufReader::with_capacity(1 << 16, reader);
        let delimiter = match delimiter {
            Some(byte) => byte,
            None => {
                let start = std::io::BufRead::fill_buf(&mut reader).map_err(|e| bad(format!("cannot read: {e}")))?;
                let line = start.split(|b| *b == b'\n').next().unwrap_or(start);
                if line.contains(&b'\t') { b'\t' } else { b',' }
            }
        };
        let mut csv =
            csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(reader);
        let mut record = csv::ByteRecord::new();
        let next = |csv: &mut csv::Reader<_>, record: &mut csv::ByteRecord| {
            csv.read_byte_record(record).map_err(|e| bad(format!("cannot read the table: {e}")))
        };
        if !next(&mut csv, &mut record)? {
            return Err(bad("the table is empty: it needs a header row"));
        }
        let header = header(&record)?;
        let mut sinks = sinks(&header, wanted)?;
        let mut rows = 0usize;
        while next(&mut csv, &mut record)? {
            let line = || record.position().map_or(0, csv::Position::line);
            if record.len() != header.len() {
                if record.len() == 1 && record[0].is_empty() {
                    continue;
                }
                return Err(bad(format!(
                    "line {} has {} cells; the header has {}",
                    line(),
                    record.len(),
                    header.len()
                )));
            }
            for sink in &mut sinks {
                sink.push(&record[sink.position], &line)?;
            }
            rows += 1;
        }
        if rows == 0 {
            return Err(bad("the table has a header and no rows"));
        }
        let mut table = Self { rows, header, ..Self::default() };
        for sink in sinks {
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

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The names of the file's columns in order, kept or not.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// A column by name.
    ///
    /// # Errors
    /// `MissingColumn` with the nearest name.
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.columns.get(name).ok_or_else(|| self.missing(name))
    }

    /// Whether the table has this column, as covariate or id.
    pub fn has(&self, name: &str) -> bool {
        self.columns.contains_key(name) || self.ids.contains_key(name)
    }

    /// A column as ids of groups.
    ///
    /// # Errors
    /// `MissingColumn` with the nearest name.
    pub fn id(&self, name: &str) -> Result<Categories> {
        match (self.ids.get(name), self.columns.get(name)) {
            (Some(ids), _) => Ok(ids.clone()),
            (None, Some(Column::Text(text))) => Ok(text.clone()),
            (None, Some(Column::Numeric(values))) => {
                let mut interner = Interner::default();
                for value in values {
                    let text = (!value.is_nan()).then(|| value.to_string());
                    interner.push(text.as_deref().map(str::as_bytes));
                }
                Ok(interner.finish())
            }
            (None, None) => Err(self.missing(name)),
        }
    }

    fn missing(&self, name: &str) -> Box<Diagnostic> {
        missing_column(name, &self.header)
    }
}

fn missing_column(name: &str, header: &[String]) -> Box<Diagnostic> {
    let near = nearest(name, header.iter().map(String::as_str));
    let help = match near {
        Some(near) => format!("did you mean `{near}`? otherwise say which column it is: `--column {name}=…`"),
        None => format!("say which column it is with `--column {name}=…`; the table has {}", header.join(", ")),
    };
    Box::new(Diagnostic::error(Code::MissingColumn, format!("the table has no column `{name}`")).help(help))
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
struct Interner {
    seen: HashMap<Vec<u8>, u32>,
    last: Option<(Vec<u8>, u32)>,
    out: Categories,
}

impl Interner {
    fn push(&mut self, cell: Option<&[u8]>) {
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

    fn finish(self) -> Categories {
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
    let text = std::str::from_utf8(cell).ok()?;
    text.trim().parse::<f64>().ok()
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

/// Whether a covariate has one value within every group (missing cells aside); `None` when a column is missing.
///
/// ```
/// use mlnote::fit::{constant_within, Table, Wanted};
/// let all = Wanted { all: true, ..Wanted::default() };
/// let table = Table::read(&b"g,x,z\na,1,5\na,2,5\nb,1,7\n"[..], None, &all).unwrap();
/// assert_eq!((constant_within(&table, "z", &["g"]), constant_within(&table, "x", &["g"])), (Some(true), Some(false)));
/// ```
pub fn constant_within(table: &Table, covariate: &str, group: &[&str]) -> Option<bool> {
    let cell = |row: usize| match table.columns.get(covariate) {
        Some(Column::Numeric(values)) => Some((!values[row].is_nan()).then(|| (values[row] + 0.0).to_bits())),
        Some(Column::Text(text)) => {
            let code = text.codes[row];
            Some((code != MISSING).then_some(u64::from(code)))
        }
        None => None,
    };
    let ids: Vec<Categories> = group.iter().map(|g| table.id(g).ok()).collect::<Option<_>>()?;
    let mut first: HashMap<Vec<u32>, u64> = HashMap::new();
    for row in 0..table.rows {
        let Some(value) = cell(row)? else { continue };
        let key: Vec<u32> = ids.iter().map(|i| i.codes[row]).collect();
        if *first.entry(key).or_insert(value) != value {
            return Some(false);
        }
    }
    Some(true)
}
