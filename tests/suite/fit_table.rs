//! Tables as text: every row is read as crate csv reads it, however the bytes come.

use mlnote::fit::{Chance, Column, Table, Wanted};
use std::io::Read;

/// Gives a few bytes at a time.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fn columns() -> Wanted {
    let one = |name: &str| [name.to_owned()].into();
    Wanted { text: one("t"), ids: one("g"), plain: one("x"), all: false }
}

/// Ids, text and numbers of each row as crate csv reads them.
fn expected(text: &str) -> Vec<(String, String, f64)> {
    let mut csv = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let missing = |cell: &str| matches!(cell, "" | "NA");
    let name = |cell: &str| if missing(cell) { "(missing)".to_owned() } else { cell.to_owned() };
    let row = |r: csv::StringRecord| (name(&r[0]), name(&r[2]), r[1].parse().unwrap_or(f64::NAN));
    csv.records().map(|r| row(r.unwrap())).collect()
}

fn rows(table: &Table) -> Vec<(String, String, f64)> {
    let Column::Text(text) = table.column("t").unwrap() else { panic!("text is text") };
    let Column::Numeric(x) = table.column("x").unwrap() else { panic!("numbers are numbers") };
    let ids = table.id("g").unwrap();
    let name = |codes: &[u32], names: &[String], row: usize| {
        names.get(codes[row] as usize).cloned().unwrap_or_else(|| "(missing)".into())
    };
    (0..table.rows()).map(|r| (name(&ids.codes, &ids.names, r), name(&text.codes, &text.names, r), x[r])).collect()
}

#[test]
fn rows_are_those_of_crate_csv() {
    let plain = ["a", "001", "1", "b c", "NA", "", "é", "'q'", "5\" pipe", "x\"y\""];
    let quoted = ["\"a\"", "\"b,c\"", "\"\"", "\"NA\""];
    let hard = ["\"say \"\"no\"\"\"", "\"two\nlines\"", "\"cr\rlf\"", "\"a\"b"];
    let numbers = ["1", "-0.5", "1e3", "NA", "", "12345678901234567890", ".5", "\"7\"", "+2"];
    let mut chance = Chance::new(3);
    for case in 0..60 {
        let end = ["\n", "\r\n"][chance.below(2)];
        let mut text = format!("g,x,t{end}");
        if case % 4 == 0 {
            text = format!("\u{feff}\"g\",x,\"t\"{end}");
        }
        // Before the third part no case needs crate csv, later every one does from some row on.
        let hard_from = [usize::MAX, 0, 500][case % 3];
        for row in 0..600 {
            let cell = |chance: &mut Chance| {
                let choice = chance.below(if row >= hard_from { 12 } else { 10 });
                match choice {
                    0..8 => plain[chance.below(plain.len())],
                    8..10 => quoted[chance.below(quoted.len())],
                    _ => hard[chance.below(hard.len())],
                }
            };
            // The first row says that x is a number.
            let x = if row == 0 { "4" } else { numbers[chance.below(numbers.len())] };
            text.push_str(&format!("{},{x},{}{end}", cell(&mut chance), cell(&mut chance)));
            if chance.below(20) == 0 {
                text.push_str(end);
            }
        }
        if chance.below(2) == 0 {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        let wanted = expected(&text);
        for drip in [1, 7, 4096] {
            let read = Table::read(Drip(text.as_bytes(), drip), None, &columns());
            let read = rows(&read.unwrap_or_else(|e| panic!("{e} {}", &text[..200])));
            assert_eq!(format!("{read:?}"), format!("{wanted:?}"), "case {case}");
        }
    }
}

#[test]
fn errors_name_the_line() {
    let long = "a,1,u\n".repeat(60_000);
    for (before, lines) in
        [("", 1), ("a,1,u\r\n\r\n\nb,2,v\r\n", 5), ("\"a\nb\",1,\"u\n\n\"\nb,2,\"v\"\"\"\n", 6), (&long[..], 60_001)]
    {
        for (row, words) in [
            ("a,1", "has 2 cells; the header has 3"),
            ("a,1,2,3", "has 4 cells; the header has 3"),
            ("a,one,u", "column `x` is not numeric: `one`"),
            ("a,inf,u", "column `x` is infinite: `inf`"),
        ] {
            // One number before, so that the column is numeric.
            let text = format!("g,x,t\n{before}a,1,u\n{row}\nb,1,v\n");
            let error = Table::read(text.as_bytes(), None, &columns()).unwrap_err();
            assert!(error.message.contains(words), "{error}");
            let line = error.message.split("line ").nth(1).unwrap();
            let line: usize = line.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap();
            assert_eq!(line, lines + 2, "{error}");
        }
    }
    let bytes = b"g,x,t\n\xff,1,u\n";
    let error = Table::read(&bytes[..], None, &columns()).unwrap_err();
    assert!(error.message.contains("line 2: column `g` is not valid UTF-8"), "{error}");
}

#[test]
fn quotes_that_are_not_closed() {
    let told = |text: &str, drip: usize| {
        let error = Table::read(Drip(text.as_bytes(), drip), None, &columns()).unwrap_err();
        let line = error.table.as_ref().and_then(|t| t.line).unwrap_or_default();
        (error.message.clone(), line, error.help.clone().unwrap_or_default())
    };
    for drip in [1, 4096] {
        for (text, line) in [
            ("g,x,t\na,1,u\nb,2,\"v\nc,3,w\n", 3),
            ("g,x,t\na,1,\"u", 2),
            ("g,x,t\r\na,1,u\r\n\"b,2,v\r\nc,3,w\r\n", 3),
            // The quote that stays open is not the first one of its row.
            ("g,x,t\na,1,u\n\"b\nb\",2,\"v\n\n", 4),
            // A doubled quote does not close.
            ("g,x,t\na,1,\"u\"\"\nb,2,v\n", 2),
            ("g,x,\"t\na,1,u\nb,2,v\n", 1),
        ] {
            let (message, at, help) = told(text, drip);
            assert_eq!(message, format!("the quote (`\"`) that opens in line {line} is never closed"), "{text:?}");
            assert!(at == line && help.starts_with("close it in the same cell"), "{text:?}: {at} {help}");
        }
        // Closed by the next quote, which was meant to open.
        let (message, line, help) = told("g,x,t\na,\"1,u\nb,2,v\nc,3,\"w\"\n", drip);
        assert_eq!((message.as_str(), line), ("line 2 has 2 cells; the header has 3", 2), "{help}");
        assert!(help.contains("opens in line 2 is closed in line 4: is one missing before that?"), "{help}");
    }
    // What is told ends before the file does.
    let (message, line, _) = told(&format!("g,x,t\na,1,u\nb,2,\"v\n{}", "c,3,w\n".repeat(3_000_000)), 1 << 20);
    assert_eq!((message.as_str(), line), ("the row that begins in line 3 is longer than 16 MiB", 3));
    let (message, line, _) = told(&"x".repeat(40 << 20), 1 << 20);
    assert_eq!((message.as_str(), line), ("the row that begins in line 1 is longer than 16 MiB", 1));
    // Closed ones are no trouble, at the end of the text too, nor are cells that look like what follows it.
    for text in ["g,x,t\na,1,\"u\"", "g,x,t\na,1,\"u\nv\"", "g,x,t\na,1,\"u\n\0\"\n", "g,x,t\na,1,\"\"\"\"\n\n"] {
        assert_eq!(rows(&Table::read(text.as_bytes(), None, &columns()).unwrap()).len(), 1, "{text:?}");
    }
}

#[test]
fn semicolons_separate_where_commas_are_decimals() {
    let read = |text: &str, delimiter: Option<u8>| Table::read(text.as_bytes(), delimiter, &columns());
    for text in ["g;x;t\na;1,5;u\nb;-2;v,w\n\"c\";,25;\n", "g;x;t\r\na;1.5;u\r\nb;-2,0;\"v,w\"\r\nc;2,5e-1;NA\r\n"] {
        let read: Vec<(String, f64)> = rows(&read(text, None).unwrap()).into_iter().map(|(g, _, x)| (g, x)).collect();
        assert_eq!(read, [("a".to_owned(), 1.5), ("b".to_owned(), -2.0), ("c".to_owned(), 0.25)]);
    }
    for (cell, told) in [("1.234,5", "`1.234,5`"), ("1,2,3", "`1,2,3`")] {
        let error = read(&format!("g;x;t\na;1;u\nb;{cell};v\n"), None).unwrap_err();
        assert!(error.message.contains("column `x` is not numeric") && error.message.contains(told), "{error}");
    }
    // A comma or a tab in the header decides first.
    assert_eq!(rows(&read("g,x,t\na;b,1,u\n", None).unwrap())[0].0, "a;b");
    assert_eq!(rows(&read("g\tx\tt\na;b\t1\tu\n", None).unwrap())[0].0, "a;b");
}
