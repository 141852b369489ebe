//! Tables in Parquet files, read row group by row group; only with the feature `parquet`.

use super::data::{Wanted, bad, missing_column};
use super::rows::Feed;
use super::sink::{Interner, Sink, Sort, sinks};
use crate::error::{Code, Diagnostic, Result};
use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

/// A Parquet file that is being read.
pub(super) struct Parquet<R: ChunkReader + 'static> {
    file: SerializedFileReader<R>,
    /// The column of each sink.
    leaves: Vec<Leaf>,
    /// The readers of the row group, by sink.
    readers: Vec<ColumnReader>,
    /// The next row group.
    next: usize,
    /// Rows of this one that are not read yet.
    left: usize,
    /// Rows read so far.
    done: usize,
}

/// A column of the file.
#[derive(Clone, Copy)]
struct Leaf {
    at: usize,
    optional: bool,
    unsigned: bool,
    /// Whole numbers are to be divided by ten this many times.
    scale: i32,
}

/// A cell as the file has it.
enum Cell<'a> {
    Number(f64),
    /// A whole number, which keeps all its digits as an id.
    Whole(i128),
    Flag(bool),
    Text(&'a [u8]),
}

fn unreadable(error: &ParquetError) -> Box<Diagnostic> {
    bad(format!("cannot read the Parquet file: {error}"))
}

/// What a column holds; an error for what is neither number nor text.
fn leaf(column: &ColumnDescriptor, at: usize, name: &str) -> Result<(Leaf, bool)> {
    use ConvertedType as C;
    let (logical, converted) = (column.logical_type_ref(), column.converted_type());
    let whole = matches!(logical, None | Some(LogicalType::Integer(_)))
        && !matches!(
            converted,
            C::DATE | C::TIME_MILLIS | C::TIME_MICROS | C::TIMESTAMP_MILLIS | C::TIMESTAMP_MICROS | C::DECIMAL
        );
    let decimal = matches!(logical, Some(LogicalType::Decimal(_))) || converted == C::DECIMAL;
    let words = matches!(logical, None | Some(LogicalType::String | LogicalType::Enum | LogicalType::Json))
        && converted != C::DECIMAL;
    let flat = column.path().parts().len() == 1 && column.max_rep_level() == 0;
    let text = match column.physical_type() {
        Type::INT32 | Type::INT64 if whole || decimal => false,
        Type::FLOAT | Type::DOUBLE => false,
        Type::BOOLEAN => true,
        Type::BYTE_ARRAY if words => true,
        _ => return Err(neither(name)),
    };
    if !flat {
        return Err(neither(name));
    }
    let unsigned = matches!(converted, C::UINT_8 | C::UINT_16 | C::UINT_32 | C::UINT_64);
    let scale = if decimal { column.type_scale() } else { 0 };
    Ok((Leaf { at, optional: column.max_def_level() > 0, unsigned, scale }, text))
}

fn neither(name: &str) -> Box<Diagnostic> {
    let message = format!("column `{name}` holds neither numbers nor text: dates, times and lists are not read");
    Box::new(Diagnostic::error(Code::NotNumeric, message).help("make it a number or a text before writing the file"))
}

impl<R: ChunkReader + 'static> Parquet<R> {
    /// Reads the schema; the header and the sinks of what is wanted.
    ///
    /// # Errors
    /// `BadData` for a file that is no Parquet file, `MissingColumn`, `NotNumeric` for dates and nested columns.
    pub(super) fn open(file: R, wanted: &Wanted) -> Result<(Self, Vec<String>, Vec<Sink>)> {
        let file = SerializedFileReader::new(file).map_err(|e| unreadable(&e))?;
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        let names = schema.columns().iter().map(|c| c.path().parts().first().cloned().unwrap_or_default());
        let mut header: Vec<String> = names.collect();
        header.dedup();
        let mut sinks = sinks(&header, wanted)?;
        let mut leaves = vec![];
        for sink in &mut sinks {
            let own = |c: &parquet::schema::types::ColumnDescPtr| c.path().parts().first() == Some(&sink.name);
            let Some(at) = schema.columns().iter().position(own) else {
                return Err(missing_column(&sink.name, &header));
            };
            let (leaf, text) = leaf(&schema.column(at), at, &sink.name)?;
            leaves.push(leaf);
            if matches!(sink.kind, Sort::Unknown(_)) {
                sink.kind = if text { Sort::Text(Interner::default()) } else { Sort::Number(vec![]) };
            }
        }
        Ok((Self { file, leaves, readers: vec![], next: 0, left: 0, done: 0 }, header, sinks))
    }

    /// Opens the next row group that has rows; whether there is one.
    fn advance(&mut self) -> Result<bool> {
        while self.left == 0 {
            if self.next == self.file.num_row_groups() {
                return Ok(false);
            }
            let group = self.file.get_row_group(self.next).map_err(|e| unreadable(&e))?;
            let readers =
                self.leaves.iter().map(|leaf| group.get_column_reader(leaf.at)).collect::<std::result::Result<_, _>>();
            self.readers = readers.map_err(|e| unreadable(&e))?;
            self.left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            self.next += 1;
        }
        Ok(true)
    }
}

impl<R: ChunkReader + 'static> Feed for Parquet<R> {
    fn fill(&mut self, sinks: &mut [Sink], most: usize) -> Result<usize> {
        let mut rows = 0;
        while rows < most && self.advance()? {
            let count = self.left.min(most - rows);
            for ((sink, leaf), reader) in sinks.iter_mut().zip(&self.leaves).zip(&mut self.readers) {
                let mut row = self.done;
                let mut push = |cell: Option<Cell<'_>>| {
                    row += 1;
                    take(sink, cell, row)
                };
                let ten = 10f64.powi(leaf.scale);
                let whole = |v: i128| if leaf.scale == 0 { Cell::Whole(v) } else { Cell::Number(v as f64 / ten) };
                let many = leaf.optional;
                match reader {
                    ColumnReader::Int32ColumnReader(r) => read(r, count, many, |v: Option<&i32>| {
                        push(v.map(|v| whole(if leaf.unsigned { i128::from(*v as u32) } else { i128::from(*v) })))
                    }),
                    ColumnReader::Int64ColumnReader(r) => read(r, count, many, |v: Option<&i64>| {
                        push(v.map(|v| whole(if leaf.unsigned { i128::from(*v as u64) } else { i128::from(*v) })))
                    }),
                    ColumnReader::FloatColumnReader(r) => {
                        read(r, count, many, |v: Option<&f32>| push(v.map(|v| Cell::Number(f64::from(*v)))))
                    }
                    ColumnReader::DoubleColumnReader(r) => {
                        read(r, count, many, |v: Option<&f64>| push(v.map(|v| Cell::Number(*v))))
                    }
                    ColumnReader::BoolColumnReader(r) => {
                        read(r, count, many, |v: Option<&bool>| push(v.map(|v| Cell::Flag(*v))))
                    }
                    ColumnReader::ByteArrayColumnReader(r) => {
                        read(r, count, many, |v: Option<&parquet::data_type::ByteArray>| {
                            push(v.map(|v| Cell::Text(v.data())))
                        })
                    }
                    _ => Err(neither(&sink.name)),
                }?;
            }
            self.left -= count;
            self.done += count;
            rows += count;
        }
        Ok(rows)
    }
}

/// Gives the next `count` cells of a column, `None` for those that are null.
fn read<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    count: usize,
    optional: bool,
    mut push: impl FnMut(Option<&T::T>) -> Result<()>,
) -> Result<()> {
    let (mut levels, mut values) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut records = 0;
    while records < count {
        let asked = count - records;
        let (more, ..) =
            reader.read_records(asked, Some(&mut levels), None, &mut values).map_err(|e| unreadable(&e))?;
        if more == 0 {
            return Err(bad("cannot read the Parquet file: a column is shorter than its row group"));
        }
        records += more;
    }
    let mut values = values.iter();
    for at in 0..count {
        let there = !optional || levels.get(at).is_some_and(|l| *l > 0);
        push(if there { values.next() } else { None })?;
    }
    Ok(())
}

/// Puts a cell of a row in its column.
fn take(sink: &mut Sink, cell: Option<Cell<'_>>, row: usize) -> Result<()> {
    let name = &sink.name;
    match &mut sink.kind {
        Sort::Number(values) => values.push(match cell {
            None => f64::NAN,
            Some(Cell::Number(v)) if v.is_infinite() => {
                return Err(bad(format!("column `{name}` is infinite in row {row}")));
            }
            Some(Cell::Number(v)) => v,
            Some(Cell::Whole(v)) => v as f64,
            Some(Cell::Flag(_) | Cell::Text(_)) => return Err(neither(name)),
        }),
        Sort::Id(interner) | Sort::Text(interner) => {
            let valid = match cell {
                None => interner.push(None),
                Some(Cell::Number(v)) if v.is_nan() => interner.push(None),
                Some(Cell::Number(v)) => interner.push(Some(v.to_string().as_bytes())),
                Some(Cell::Whole(v)) => interner.push(Some(v.to_string().as_bytes())),
                Some(Cell::Flag(v)) => interner.push(Some(if v { b"TRUE" } else { b"FALSE" })),
                Some(Cell::Text(text)) => interner.push(Some(text)),
            };
            if !valid {
                return Err(bad(format!("row {row}: column `{name}` is not valid UTF-8")));
            }
        }
        Sort::Unknown(count) => *count += 1,
    }
    Ok(())
}
