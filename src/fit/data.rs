//! Tables: CSV or TSV with a header, read once; only the columns asked for are kept, each as numbers or as interned
//! categories.

use super::rows::Rows;
use super::sink::Interner;
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
    pub(super) rows: usize,
    pub(super) columns: BTreeMap<String, Column>,
    pub(super) ids: BTreeMap<String, Categories>,
    pub(super) header: Vec<String>,
}

pub(super) fn bad(message: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Code::BadData, message))
}

/// The same, of a line.
pub(super) fn bad_line(line: u64, message: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Code::BadData, message).in_line(line))
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

    /// Reads a table with a header row, streaming; `delimiter` `None` takes tab when the header holds one, semicolon when
    /// it holds one and no comma (`1,5` is a number then), comma otherwise. Empty cells, `NA` and `NaN` are missing.
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
        Rows::open(reader, delimiter, wanted)?.table()
    }

    /// Rows `from..to` of the columns that are wanted, every `step`-th; ids without the names of their groups. `None`
    /// when a column is missing, or an id is kept as numbers.
    pub(crate) fn part(&self, wanted: &Wanted, rows: std::ops::Range<usize>, step: usize) -> Option<Self> {
        let take = |codes: &[u32]| every(&codes[rows.clone()], step);
        let mut out = Self { rows: rows.len().div_ceil(step), header: self.header.clone(), ..Self::default() };
        for name in &wanted.ids {
            let codes = match (self.ids.get(name), self.columns.get(name)) {
                (Some(ids), _) => take(&ids.codes),
                (None, Some(Column::Text(text))) => take(&text.codes),
                _ => return None,
            };
            out.ids.insert(name.clone(), Categories { codes, names: vec![] });
        }
        for name in wanted.text.iter().chain(&wanted.plain) {
            let column = match self.columns.get(name)? {
                Column::Numeric(values) => Column::Numeric(every(&values[rows.clone()], step)),
                Column::Text(text) => Column::Text(Categories { codes: take(&text.codes), names: text.names.clone() }),
            };
            out.columns.insert(name.clone(), column);
        }
        Some(out)
    }

    /// The names of the groups of an id, without its codes.
    pub(crate) fn id_names(&self, name: &str) -> Option<&[String]> {
        match (self.ids.get(name), self.columns.get(name)) {
            (Some(ids), _) => Some(&ids.names),
            (None, Some(Column::Text(text))) => Some(&text.names),
            _ => None,
        }
    }

    /// The codes of an id.
    pub(crate) fn id_codes(&self, name: &str) -> Option<&[u32]> {
        match (self.ids.get(name), self.columns.get(name)) {
            (Some(ids), _) => Some(&ids.codes),
            (None, Some(Column::Text(text))) => Some(&text.codes),
            _ => None,
        }
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

/// Every `step`-th value.
fn every<T: Copy>(values: &[T], step: usize) -> Vec<T> {
    if step == 1 { values.to_vec() } else { values.iter().step_by(step).copied().collect() }
}

pub(super) fn missing_column(name: &str, header: &[String]) -> Box<Diagnostic> {
    let near = nearest(name, header.iter().map(String::as_str));
    let help = match near {
        Some(near) => format!("did you mean `{near}`? otherwise say which column it is: `--column {name}=…`"),
        None => format!("say which column it is with `--column {name}=…`; the table has {}", header.join(", ")),
    };
    Box::new(Diagnostic::error(Code::MissingColumn, format!("the table has no column `{name}`")).help(help))
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
