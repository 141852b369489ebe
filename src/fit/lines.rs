//! Splitting a text into rows and cells. Most tables hold no line break within quotes and no doubled quote: their rows
//! are split where they lie in a buffer, numbers without being cut out first. From the first row on that is not so
//! simple, crate csv reads.

use super::data::bad;
use super::rows::Feed;
use super::sink::{Sink, Sort};
use crate::error::{Code, Diagnostic, Result};
use memchr::{memchr, memchr_iter, memchr2, memchr3, memrchr};
use std::io::{Chain, Cursor, ErrorKind, Read};

/// Bytes read at a time.
const BUFFER: usize = 1 << 17;

/// A text that is being read.
pub(super) struct Lines<R> {
    delimiter: u8,
    /// The sinks of each cell of a row.
    plan: Vec<Vec<usize>>,
    lane: Lane<R>,
}

enum Lane<R> {
    Plain(Plain<R>),
    Full(Full<R>),
}

/// Rows that are split in place.
struct Plain<R> {
    /// `None` when it is given on.
    reader: Option<R>,
    buffer: Vec<u8>,
    /// The next row.
    at: usize,
    /// The end of the last whole row.
    end: usize,
    /// The end of what was read.
    filled: usize,
    /// Whether there is no more to read.
    done: bool,
    /// The line of the next row, from 1.
    line: u64,
}

/// What follows the text that crate csv is given: at the end of a cell it says that a quote is still open.
const END: &[u8] = b"\n\0";

/// Bytes that a row may have: an open quote does not read a whole file into memory.
const LONGEST: usize = 1 << 24;

/// Gives a row only so many bytes.
struct Rationed<R> {
    inner: R,
    left: usize,
    /// Whether there is no more.
    ended: bool,
}

impl<R: Read> Read for Rationed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let length = buffer.len().min(self.left);
        let count = self.inner.read(&mut buffer[..length])?;
        self.left -= count;
        self.ended = count == 0;
        Ok(count)
    }
}

/// What was read already, the rest, and [`END`].
type Whole<R> = Chain<Chain<Cursor<Vec<u8>>, R>, &'static [u8]>;

/// Rows that crate csv splits.
struct Full<R> {
    csv: csv::Reader<Rationed<Whole<R>>>,
    record: csv::ByteRecord,
    /// Lines before those that it counts.
    before: u64,
}

/// What a row turned out to be.
enum Took {
    Row,
    Blank,
    /// Not simple, or not of the header's width.
    Hard,
}

fn unreadable(error: impl std::fmt::Display) -> Box<Diagnostic> {
    bad(format!("cannot read the table: {error}"))
}

fn too_long(line: u64) -> Box<Diagnostic> {
    let message = format!("the row that begins in line {line} is longer than {} MiB", LONGEST >> 20);
    let help = "is a quote (`\"`) opened and not closed?";
    Box::new(Diagnostic::error(Code::BadData, message).help(help).in_line(line))
}

/// The cell of a record in which a quote stays open to the end, told by [`END`].
fn open_quote(record: &csv::ByteRecord) -> bool {
    record.iter().next_back().is_some_and(|cell| cell.len() >= END.len() && cell.ends_with(END))
}

/// The line in which the last cell of a record begins, for a record that begins in `line`.
fn last_cell(record: &csv::ByteRecord, line: u64) -> u64 {
    let before = record.iter().take(record.len().saturating_sub(1));
    line + before.map(|cell| memchr_iter(b'\n', cell).count() as u64).sum::<u64>()
}

fn never_closed(line: u64) -> Box<Diagnostic> {
    let message = format!("the quote (`\"`) that opens in line {line} is never closed");
    let help = "close it in the same cell; a quote within quotes is written twice: `\"\"`";
    Box::new(Diagnostic::error(Code::BadData, message).help(help).in_line(line))
}

fn splitter(delimiter: u8) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(delimiter).has_headers(false).flexible(true);
    builder
}

impl<R: Read> Lines<R> {
    /// Reads the header; `delimiter` as in [`super::Table::read`].
    ///
    /// # Errors
    /// `BadData` when the text cannot be read or is empty.
    pub(super) fn open(reader: R, delimiter: Option<u8>) -> Result<(Self, csv::ByteRecord)> {
        let buffer = vec![0; BUFFER];
        let mut plain = Plain { reader: Some(reader), buffer, at: 0, end: 0, filled: 0, done: false, line: 1 };
        let mut record = csv::ByteRecord::new();
        let mut least = 0;
        loop {
            plain.refill()?;
            if plain.filled < least && !plain.done {
                continue;
            }
            let text = &plain.buffer[..plain.filled];
            let first = text.split(|b| *b == b'\n').next().unwrap_or(text);
            let has = |byte: u8| memchr(byte, first).is_some();
            let delimiter = delimiter.unwrap_or(match (has(b'\t'), has(b','), has(b';')) {
                (true, _, _) => b'\t',
                (false, false, true) => b';',
                _ => b',',
            });
            let mut csv = splitter(delimiter).from_reader(text);
            let found = csv.read_byte_record(&mut record).map_err(unreadable)?;
            let mut at = csv.position().byte() as usize;
            if at == text.len() && !plain.done {
                if text.len() > LONGEST {
                    return Err(too_long(1));
                }
                // Not from the start for every few bytes that come.
                least = 2 * text.len();
                continue;
            }
            if at == text.len() {
                let mut whole = csv::ByteRecord::new();
                splitter(delimiter).from_reader(text.chain(END)).read_byte_record(&mut whole).map_err(unreadable)?;
                if open_quote(&whole) {
                    return Err(never_closed(last_cell(&whole, 1)));
                }
            }
            if !found {
                return Err(bad("the table is empty: it needs a header row"));
            }
            if at > 0 && text[at - 1] == b'\r' && text.get(at) == Some(&b'\n') {
                at += 1;
            }
            plain.line += memchr_iter(b'\n', &text[..at]).count() as u64;
            plain.at = at;
            return Ok((Self { delimiter, plan: vec![vec![]; record.len()], lane: Lane::Plain(plain) }, record));
        }
    }

    /// Learns which cells the sinks take.
    pub(super) fn plan(&mut self, sinks: &mut [Sink]) {
        for (at, sink) in sinks.iter_mut().enumerate() {
            self.plan[sink.position].push(at);
            // Semicolons stand where commas are taken by decimals.
            sink.decimal_comma = self.delimiter == b';';
        }
    }
}

impl<R: Read> Feed for Lines<R> {
    fn fill(&mut self, sinks: &mut [Sink], most: usize) -> Result<usize> {
        let mut rows = 0;
        while rows < most {
            match &mut self.lane {
                Lane::Plain(plain) => {
                    if plain.at >= plain.end && !plain.refill()? {
                        break;
                    }
                    match plain.row(sinks, &self.plan, self.delimiter)? {
                        Took::Row => rows += 1,
                        Took::Blank => {}
                        Took::Hard => {
                            sinks.iter_mut().for_each(|sink| sink.truncate(rows));
                            let Some(reader) = plain.reader.take() else { break };
                            let rest = Cursor::new(plain.buffer[plain.at..plain.filled].to_vec());
                            let whole = Rationed { inner: rest.chain(reader).chain(END), left: LONGEST, ended: false };
                            let csv = splitter(self.delimiter).buffer_capacity(BUFFER).from_reader(whole);
                            let record = csv::ByteRecord::new();
                            self.lane = Lane::Full(Full { csv, record, before: plain.line - 1 });
                        }
                    }
                }
                Lane::Full(full) => match full.row(sinks, self.plan.len())? {
                    Some(Took::Row) => rows += 1,
                    Some(_) => {}
                    None => break,
                },
            }
        }
        Ok(rows)
    }
}

impl<R: Read> Plain<R> {
    /// Reads on until there is a whole row more, or the end; whether there is one.
    fn refill(&mut self) -> Result<bool> {
        self.buffer.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.at = 0;
        let mut seen = self.filled;
        loop {
            if self.filled == self.buffer.len() {
                if self.filled > LONGEST {
                    return Err(too_long(self.line));
                }
                self.buffer.resize(2 * self.buffer.len(), 0);
            }
            if !self.done {
                let Some(reader) = &mut self.reader else { return Ok(false) };
                match reader.read(&mut self.buffer[self.filled..]) {
                    Ok(0) => self.done = true,
                    Ok(count) => self.filled += count,
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(error) => return Err(unreadable(error)),
                }
            }
            if let Some(last) = memrchr(b'\n', &self.buffer[seen..self.filled]) {
                self.end = seen + last + 1;
                return Ok(true);
            }
            if self.done {
                if self.filled > 0 && self.buffer[self.filled - 1] != b'\n' {
                    // The last line may lack its end.
                    self.buffer[self.filled] = b'\n';
                    self.filled += 1;
                }
                self.end = self.filled;
                return Ok(self.filled > 0);
            }
            seen = self.filled;
        }
    }

    fn row(&mut self, sinks: &mut [Sink], plan: &[Vec<usize>], delimiter: u8) -> Result<Took> {
        let text = &self.buffer[..self.end];
        let mut at = self.at;
        if let Some((next, true)) = after(text, at, delimiter) {
            (self.at, self.line) = (next, self.line + 1);
            return Ok(Took::Blank);
        }
        for (place, takers) in plan.iter().enumerate() {
            let last = place + 1 == plan.len();
            if let [only] = takers[..]
                && let Sort::Number(values) = &mut sinks[only].kind
                && let Ok((value, used)) = fast_float2::parse_partial::<f64, _>(&text[at..])
                && value.is_finite()
                && let Some((next, ends)) = after(text, at + used, delimiter)
            {
                if ends != last {
                    return Ok(Took::Hard);
                }
                values.push(value);
                at = next;
                continue;
            }
            let Some((cell, next, ends)) = cell(text, at, delimiter) else { return Ok(Took::Hard) };
            if ends != last {
                return Ok(Took::Hard);
            }
            for taker in takers {
                sinks[*taker].push(cell, self.line)?;
            }
            at = next;
        }
        (self.at, self.line) = (at, self.line + 1);
        Ok(Took::Row)
    }
}

/// Where the next cell begins if a cell ends at `at`, and whether the row ends with it.
fn after(text: &[u8], at: usize, delimiter: u8) -> Option<(usize, bool)> {
    match text.get(at)? {
        b'\n' => Some((at + 1, true)),
        b'\r' if text.get(at + 1) == Some(&b'\n') => Some((at + 2, true)),
        byte if *byte == delimiter => Some((at + 1, false)),
        _ => None,
    }
}

/// The cell that begins at `at`, and what [`after`] says of its end; `None` when it is not simple.
fn cell(text: &[u8], at: usize, delimiter: u8) -> Option<(&[u8], usize, bool)> {
    let rest = &text[at..];
    let (cell, end) = match rest.strip_prefix(b"\"") {
        Some(quoted) => {
            let length = memchr(b'"', quoted)?;
            if memchr2(b'\n', b'\r', &quoted[..length]).is_some() {
                return None;
            }
            (&quoted[..length], at + length + 2)
        }
        None => {
            let length = memchr3(delimiter, b'\n', b'\r', rest)?;
            (&rest[..length], at + length)
        }
    };
    after(text, end, delimiter).map(|(next, ends)| (cell, next, ends))
}

impl<R: Read> Full<R> {
    fn row(&mut self, sinks: &mut [Sink], width: usize) -> Result<Option<Took>> {
        self.csv.get_mut().left = LONGEST;
        let line = self.before + self.csv.position().line();
        match self.csv.read_byte_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => {
                let long = matches!(error.kind(), csv::ErrorKind::Io(why) if why.kind() == ErrorKind::FileTooLarge);
                return Err(if long { too_long(line) } else { unreadable(error) });
            }
        }
        let record = &self.record;
        let line = self.before + record.position().map_or(0, csv::Position::line);
        if self.csv.get_ref().ended {
            // Nothing is left but what follows the text.
            return if open_quote(record) { Err(never_closed(last_cell(record, line))) } else { Ok(None) };
        }
        if record.len() != width {
            if record.len() == 1 && record[0].is_empty() {
                return Ok(Some(Took::Blank));
            }
            return Err(self.ragged(line, width));
        }
        for sink in sinks {
            sink.push(&record[sink.position], line)?;
        }
        Ok(Some(Took::Row))
    }

    /// The row has more cells than the header, or fewer; perhaps since a quote closes too late.
    fn ragged(&self, line: u64, width: usize) -> Box<Diagnostic> {
        let cells = self.record.len();
        let message = format!("line {line} has {cells} cells; the header has {width}");
        let error = Diagnostic::error(Code::BadData, message).in_line(line);
        let breaks = |cell: &[u8]| memchr_iter(b'\n', cell).count() as u64;
        let Some(wide) = self.record.iter().position(|cell| breaks(cell) > 0) else { return Box::new(error) };
        let opens = line + self.record.iter().take(wide).map(breaks).sum::<u64>();
        let closes = opens + breaks(&self.record[wide]);
        Box::new(error.help(format!(
            "the quote (`\"`) that opens in line {opens} is closed in line {closes}: is one missing before that?"
        )))
    }
}
