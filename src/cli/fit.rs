//! `mlnote fit`: estimates from data.

use super::flags::choice;
use super::input::reason;
use super::{Context, Failure, InputArgs, Outcome, Status};
use mlnote::error::{Code, Diagnostic, Result};
use mlnote::fit::{self, Method, Rows, Summary, Table, Wanted};
use mlnote::model::{Facts, Model};
use mlnote::write;
use serde_json::json;
use std::io::{IsTerminal, Read, Seek};
use std::path::Path;

/// Fit a model to data, as lme4 does
#[derive(clap::Args)]
pub(crate) struct Fit {
    /// A file, `-` for stdin, or the text itself
    #[arg(value_name = "INPUT")]
    input: String,
    #[command(flatten)]
    reading: InputArgs,
    /// Maximum likelihood rather than restricted maximum likelihood
    #[arg(long)]
    ml: bool,
    /// The conditional modes of the random effects, as CSV; with `--json` a member `ranef` of the answer
    #[arg(long, group = "what")]
    ranef: bool,
    /// Fixed effects plus conditional modes for each group, as CSV; with `--json` a member `coef`
    #[arg(long, group = "what")]
    coef: bool,
    /// Fitted values and residuals, as CSV; with `--json` a member `fitted`
    #[arg(long, group = "what")]
    fitted: bool,
    /// How the estimates are shown
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = choice(FORMATS), conflicts_with = "what")]
    format: Shown,
}

#[derive(Clone, Copy)]
enum Shown {
    Text,
    Tex,
    Markdown,
}
const FORMATS: &[(&str, Shown)] = &[("text", Shown::Text), ("tex", Shown::Tex), ("markdown", Shown::Markdown)];

/// Tabs by the extension; else the header decides.
fn delimiter(path: &Path) -> Option<u8> {
    matches!(path.extension()?.to_str()?, "tsv" | "tab").then_some(b'\t')
}

/// Opens a table: CSV, TSV (by the extension `.tsv` or the header), Parquet (by its first bytes), `-` for stdin.
///
/// # Errors
/// `UnreadableFile`, and what [`Rows::open`] says.
fn rows(path: &Path, wanted: &Wanted) -> Result<Rows<'static>> {
    if path.as_os_str() == "-" {
        return Rows::open(std::io::stdin().lock(), delimiter(path), wanted);
    }
    let unreadable = |error: std::io::Error| {
        let message = format!("`{}` cannot be read: {}", path.display(), reason(&error));
        Box::new(Diagnostic::error(Code::UnreadableFile, message))
    };
    let mut file = std::fs::File::open(path).map_err(unreadable)?;
    let told = file.metadata().map_err(unreadable)?;
    if told.is_file() && told.len() > 4 {
        let mut magic = [0; 4];
        file.read_exact(&mut magic).and_then(|()| file.rewind()).map_err(unreadable)?;
        if &magic == b"PAR1" {
            return parquet(file, wanted);
        }
    }
    Rows::open(Progress { inner: file, done: 0, told: 0, total: told.len() }, delimiter(path), wanted)
}

#[cfg(feature = "parquet")]
fn parquet(file: std::fs::File, wanted: &Wanted) -> Result<Rows<'static>> {
    Rows::parquet(file, wanted)
}

#[cfg(not(feature = "parquet"))]
fn parquet(_: std::fs::File, _: &Wanted) -> Result<Rows<'static>> {
    let error = Diagnostic::error(Code::BadData, "this is a Parquet file, which this build of mlnote does not read");
    let help = "install it with `cargo install mlnote --features parquet`, or write the table as CSV";
    Err(Box::new(error.help(help)))
}

/// Reads the columns of a table.
///
/// # Errors
/// `UnreadableFile`, and what [`Table::read`] says, with the file's name.
pub(crate) fn table(path: &Path, wanted: &Wanted) -> Result<Table> {
    rows(path, wanted).and_then(Rows::table).map_err(|mut error| {
        let file = path.display().to_string();
        if error.code != Code::UnreadableFile {
            error.message = format!("{file}: {}", error.message);
        }
        error.table.get_or_insert_default().file = Some(file);
        error
    })
}

/// Tells on a terminal how far a long fit is.
fn watch() -> impl FnMut(usize, f64) {
    let start = std::time::Instant::now();
    let mut told = 0;
    move |count, _| {
        let seconds = start.elapsed().as_secs();
        if seconds > told && seconds > 1 && std::io::stderr().is_terminal() {
            told = seconds;
            eprint!("\rfitting: {count} evaluations, {seconds} s\u{1b}[K");
        }
    }
}

/// Tells on a terminal how much of a long file is read.
struct Progress<R> {
    inner: R,
    done: u64,
    told: u64,
    total: u64,
}

/// Bytes between two words of progress.
const STRIDE: u64 = 64 << 20;

impl<R: Read> Read for Progress<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.done += count as u64;
        if self.done - self.told >= STRIDE && self.total > 2 * STRIDE && std::io::stderr().is_terminal() {
            self.told = self.done;
            eprint!("\rreading: {:.0} %\u{1b}[K", 100.0 * self.done as f64 / self.total as f64);
        }
        if count == 0 && self.told > 0 {
            self.told = 0;
            eprint!("\r\u{1b}[K");
        }
        Ok(count)
    }
}

impl Fit {
    /// Sums the rows of a file as they come, where that can be; else reads the whole table.
    fn estimate(&self, path: &Path, model: &Model, facts: &Facts, method: Method) -> Result<fit::Fit> {
        let wanted = fit::wanted(model, facts)?;
        let mut watch = watch();
        let clear = || {
            if std::io::stderr().is_terminal() {
                eprint!("\r\u{1b}[K");
            }
        };
        // A pipe cannot be read again when its rows turn out to need the whole table.
        if !self.fitted && std::fs::metadata(path).is_ok_and(|m| m.is_file()) {
            let part = |rows| fit::fit_rows(model, rows, fit::KEPT, facts, method, &mut watch);
            if let Ok(Some(fit)) = rows(path, &wanted).and_then(part) {
                clear();
                return Ok(fit);
            }
        }
        let fit = fit::fit_watched(model, &table(path, &wanted)?, facts, method, &mut watch);
        clear();
        fit
    }

    /// Reads model and data, fits, shows.
    pub(crate) fn run(&self, context: &mut Context) -> Outcome {
        let Some(path) = &self.reading.data else {
            let error = Diagnostic::error(Code::BadArgument, "no data: a fit needs `--data FILE`");
            return Err(Failure {
                diagnostic: Box::new(error.help("a CSV or TSV file with a header, `-` for stdin")),
                source: None,
            });
        };
        let (source, reading) = context.read_without_data(&self.input, &self.reading)?;
        let facts = Context::facts(&source, &self.reading, &reading)?;
        let method = if self.ml { Method::Ml } else { Method::Reml };
        let fit = self.estimate(path, &reading.model, &facts, method)?;
        context.note(&source, fit.notes.clone());
        if context.json() {
            let mut answer = serde_json::to_value(&fit).unwrap_or_default();
            let asked = [("ranef", self.ranef), ("coef", self.coef), ("fitted", self.fitted)];
            if let Some((name, _)) = asked.iter().find(|(_, asked)| *asked) {
                answer[*name] = match *name {
                    "ranef" => json!(fit.ranef()),
                    "coef" => json!(fit.coef()),
                    _ => json!(fit.by_row()),
                };
            }
            context.answer_json(answer);
            return Ok(Status::Done);
        }
        let lmer = write::writer("lmer")?;
        let formula = (lmer.write)(&reading, &write::Style::default(), &mut vec![]).ok();
        let summary = Summary {
            fit: &fit,
            formula: formula.as_deref().map(str::trim_end),
            data: path.file_name().and_then(|n| n.to_str()),
            lexicon: reading.system.as_ref().map(|_| &reading.lexicon),
        };
        context.answer(&match (self.ranef, self.coef, self.fitted, self.format) {
            (true, ..) => fit.ranef_csv(),
            (_, true, ..) => fit.coef_csv(),
            (_, _, true, _) => fit.fitted_csv(),
            (.., Shown::Text) => summary.text(),
            (.., Shown::Tex) => summary.latex(),
            (.., Shown::Markdown) => summary.markdown(),
        });
        Ok(Status::Done)
    }
}
