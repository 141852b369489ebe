//! Tables in Parquet files give what the same table gives as text. Only with the feature `parquet`.

use crate::cli::run;
use crate::fit_peers::formula;
use mlnote::error::Code;
use mlnote::fit::{Chance, Column, Method, Rows, Table, Wanted, fit, fit_rows, wanted};
use mlnote::model::Facts;
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::fmt::Write as _;
use std::io::{Read, Seek, Write as _};
use std::sync::Arc;

const SCHEMA: &str = "message table {
    optional binary g (STRING);
    optional double x;
    required int64 y;
    required boolean b;
    required int32 id (INTEGER(32, false));
    optional int32 cents (DECIMAL(9, 2));
    required int32 day (DATE);
}";

/// A file of so many row groups of 300 rows, and the same table as CSV.
fn written(groups: usize, compression: Compression) -> (std::fs::File, String) {
    written_as(groups, WriterProperties::builder().set_compression(compression).build())
}

fn written_as(groups: usize, properties: WriterProperties) -> (std::fs::File, String) {
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let file = tempfile::tempfile().unwrap();
    let mut writer = SerializedFileWriter::new(file.try_clone().unwrap(), schema, Arc::new(properties)).unwrap();
    let mut csv = String::from("g,x,y,b,id,cents\n");
    let mut chance = Chance::new(4);
    for _ in 0..groups {
        let (mut g, mut x, mut y, mut b, mut id, mut cents) = (vec![], vec![], vec![], vec![], vec![], vec![]);
        let (mut has_g, mut has_x, mut has_cents) = (vec![], vec![], vec![]);
        for row in 0..300 {
            let there = |chance: &mut Chance| i16::from(chance.below(40) > 0);
            let (at, value) = (chance.below(20), (chance.normal() * 1e4).round() / 1e4);
            has_g.push(there(&mut chance));
            has_x.push(there(&mut chance));
            has_cents.push(there(&mut chance));
            let (name, whole) = (format!("0{at}"), (100.0 * value + 30.0 * at as f64).round() as i64 + row % 7);
            let (flag, number, price) = (row % 3 == 0, u32::MAX - at as u32, 100 * at as i32 + 7);
            let cell = |has: &[i16], text: String| if has[has.len() - 1] > 0 { text } else { "NA".into() };
            let decimal = format!("{at}.07");
            let (gc, xc, cc) = (cell(&has_g, name.clone()), cell(&has_x, value.to_string()), cell(&has_cents, decimal));
            let truth = if flag { "TRUE" } else { "FALSE" };
            writeln!(csv, "{gc},{xc},{whole},{truth},{number},{cc}").unwrap();
            g.extend((has_g.last() == Some(&1)).then(|| ByteArray::from(name.as_str())));
            x.extend((has_x.last() == Some(&1)).then_some(value));
            cents.extend((has_cents.last() == Some(&1)).then_some(price));
            y.push(whole);
            b.push(flag);
            id.push(number as i32);
        }
        let mut group = writer.next_row_group().unwrap();
        macro_rules! column {
            ($kind:ty, $values:expr, $levels:expr) => {
                let mut column = group.next_column().unwrap().unwrap();
                column.typed::<$kind>().write_batch(&$values, $levels, None).unwrap();
                column.close().unwrap();
            };
        }
        column!(ByteArrayType, g, Some(&has_g));
        column!(DoubleType, x, Some(&has_x));
        column!(Int64Type, y, None);
        column!(BoolType, b, None);
        column!(Int32Type, id, None);
        column!(Int32Type, cents, Some(&has_cents));
        column!(Int32Type, vec![5; 300], None);
        group.close().unwrap();
    }
    writer.close().unwrap();
    (file, csv)
}

fn every() -> Wanted {
    let names = |list: &[&str]| list.iter().map(|n| (*n).to_owned()).collect();
    Wanted { ids: names(&["g", "id"]), text: names(&[]), plain: names(&["x", "y", "b", "cents"]), all: false }
}

fn same(a: &Table, b: &Table) {
    assert_eq!(a.rows(), b.rows());
    for name in ["g", "id"] {
        assert_eq!(a.id(name).unwrap(), b.id(name).unwrap(), "{name}");
    }
    for name in ["x", "y", "b", "cents"] {
        match (a.column(name).unwrap(), b.column(name).unwrap()) {
            (Column::Numeric(a), Column::Numeric(b)) => {
                assert!(a.iter().zip(b).all(|(a, b)| a == b || a.is_nan() && b.is_nan()), "{name}");
            }
            (a, b) => assert_eq!(a, b, "{name}"),
        }
    }
}

#[test]
fn parquet_is_read_as_text_is() {
    let (gzip, zstd) = (Compression::GZIP(GzipLevel::default()), Compression::ZSTD(ZstdLevel::default()));
    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::LZ4_RAW, gzip, zstd] {
        // Values in a dictionary of the row group, or one by one; both kinds of pages.
        for (dictionary, version) in [(true, WriterVersion::PARQUET_1_0), (false, WriterVersion::PARQUET_2_0)] {
            let properties = WriterProperties::builder().set_compression(compression).set_writer_version(version);
            let (file, csv) = written_as(3, properties.set_dictionary_enabled(dictionary).build());
            let table = Rows::parquet(file, &every()).unwrap().table().unwrap();
            same(&table, &Table::read(csv.as_bytes(), None, &every()).unwrap());
            assert_eq!(table.id("id").unwrap().names[0].len(), 10);
        }
    }
}

/// A file on disk, for the command line.
fn on_disk(mut file: std::fs::File) -> tempfile::NamedTempFile {
    let mut named = tempfile::Builder::new().suffix(".parquet").tempfile().unwrap();
    file.rewind().unwrap();
    std::io::copy(&mut file, &mut named).unwrap();
    named
}

#[test]
fn the_command_line_fits_parquet_as_csv() {
    let (file, csv) = written(2, Compression::ZSTD(ZstdLevel::default()));
    let parquet = on_disk(file);
    let text = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    std::fs::write(text.path(), csv).unwrap();
    for flags in [&["--json"][..], &["--ranef"], &["--coef"], &["--fitted"], &["--format", "markdown", "--ml"]] {
        let fit = |path: &std::path::Path| {
            let formula = "y ~ 1 + x + b + cents + (1 + x | g)";
            let (status, stdout, stderr) =
                run(&[&["fit", formula, "--data", path.to_str().unwrap()][..], flags].concat());
            assert_eq!(status, 0, "{stderr}");
            stdout
        };
        assert_eq!(fit(parquet.path()), fit(text.path()), "{flags:?}");
    }
}

#[test]
fn files_that_are_no_tables_are_refused_by_the_command_line() {
    let refused = |bytes: &[u8], formula: &str, words: &str| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let named = on_disk(file);
        let (status, stdout, stderr) = run(&["fit", formula, "--data", named.path().to_str().unwrap()]);
        assert!(status == 2 && stdout.is_empty() && stderr.contains(words), "{status} {stderr}");
    };
    let mut whole = vec![];
    let mut file = written(1, Compression::SNAPPY).0;
    file.rewind().unwrap();
    file.read_to_end(&mut whole).unwrap();
    refused(&whole, "y ~ 1 + xx + (1 | g)", "did you mean `x`");
    refused(&whole, "y ~ 1 + day + (1 | g)", "dates, times and lists are not read");
    refused(&whole, "y ~ 1 + x + (1 | day)", "dates, times and lists are not read");
    refused(&whole, "g ~ 1 + x + (1 | id)", "must be numeric and holds text");
    refused(&whole[..whole.len() / 2], "y ~ 1 + x + (1 | g)", "cannot read the Parquet file");
    refused(b"PAR1 and no more", "y ~ 1 + x + (1 | g)", "cannot read the Parquet file");
    refused(b"this is no table\n", "y ~ 1 + x + (1 | g)", "no column");
    // A page that was damaged on the way.
    let mut damaged = whole.clone();
    damaged[4..200].iter_mut().for_each(|b| *b ^= 0x5a);
    refused(&damaged, "y ~ 1 + x + (1 | g)", "cannot read the Parquet file");
    // Every byte of the footer matters, and none makes it panic.
    let end = whole.len() - 8;
    for at in (end.saturating_sub(600)..end + 8).step_by(7) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xff;
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&damaged).unwrap();
        let _ = Rows::parquet(file, &every()).and_then(Rows::table);
    }
}

#[test]
fn a_fit_streams_from_parquet() {
    let (file, csv) = written(4, Compression::SNAPPY);
    let (model, facts) = (formula("y ~ 1 + x + b + (1 + x | g)"), Facts::default());
    let needed = wanted(&model, &facts).unwrap();
    let rows = Rows::parquet(file, &needed).unwrap();
    let streamed = fit_rows(&model, rows, 200, &facts, Method::Reml, &mut |_, _| {}).unwrap().unwrap();
    let whole = fit(&model, &Table::read(csv.as_bytes(), None, &needed).unwrap(), &facts, Method::Reml).unwrap();
    assert!((streamed.loglik - whole.loglik).abs() < 1e-8 * whole.loglik.abs());
    assert_eq!((streamed.n, &streamed.groups), (whole.n, &whole.groups));
    assert!(streamed.n < 1200 && streamed.residuals.is_empty(), "{}", streamed.n);
}

#[test]
fn what_parquet_cannot_give() {
    let open = |name: &str| {
        let wanted = Wanted { plain: [name.to_owned()].into(), ..Wanted::default() };
        Rows::parquet(written(1, Compression::SNAPPY).0, &wanted).map(|_| ()).unwrap_err()
    };
    assert_eq!(open("day").code, Code::NotNumeric);
    assert_eq!(open("Y").code, Code::MissingColumn);
    let text = tempfile::tempfile().unwrap();
    let error = Rows::parquet(text, &every()).map(|_| ()).unwrap_err();
    assert!(error.message.contains("cannot read the Parquet file"), "{error}");
}
