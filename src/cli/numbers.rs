//! Numbers for a model from outside: estimates of a fit, and what data say of covariates.

use mlnote::algebra::Reading;
use mlnote::error::{Code, Diagnostic, Result};
use mlnote::fit::{self, Column, Method, Table};
use mlnote::model::{Facts, RExpr};
use mlnote::write::{Estimates, ExplainOptions, Range};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What the data say of columns, and the estimates.
type Numbers = (BTreeMap<String, Range>, Option<Estimates>);

/// What is known of a model beside its text.
#[derive(clap::Args)]
pub(crate) struct KnownArgs {
    /// The covariate is 0 or 1; known already of the treatment, of labels such as "at risk" or "boy/girl", and from data
    #[arg(long, value_name = "R")]
    indicator: Vec<String>,
    /// Estimates of this model, from `mlnote fit --json`; with `--data` alone the model is fitted
    #[arg(long, value_name = "fit.json")]
    estimates: Option<PathBuf>,
}

impl KnownArgs {
    /// For sentences, with what `--data` says; with data alone the model is fitted by REML when it can be, else a note says
    /// why not.
    ///
    /// # Errors
    /// `UnreadableFile` or `BadArgument` for estimates that cannot be read; `BadArgument` for data from standard input,
    /// which would be read twice.
    pub(crate) fn options(
        &self,
        table: Option<&PathBuf>,
        reading: &Reading,
        facts: &Facts,
        notes: &mut Vec<Diagnostic>,
    ) -> Result<ExplainOptions> {
        let given = self.estimates.as_ref();
        let (ranges, fitted) = match table {
            Some(path) => data(path, reading, facts, given.is_none(), notes)?,
            None => Numbers::default(),
        };
        let estimates = given.map(|path| estimates(path)).transpose()?.or(fitted);
        let indicators = self.indicator.iter().cloned().collect();
        Ok(ExplainOptions { indicators, data: ranges, estimates, ..ExplainOptions::default() })
    }
}

/// Reads `mlnote fit --json`.
///
/// # Errors
/// `UnreadableFile`, or `BadArgument` when it is no such answer.
pub(super) fn estimates(path: &Path) -> Result<Estimates> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Box::new(Diagnostic::error(Code::UnreadableFile, format!("`{name}` cannot be read: {error}")))
    })?;
    Estimates::read(&text).map_err(|mut error| {
        error.message = format!("{name}: {}", error.message);
        error
    })
}

/// What the data say of the covariates, and the estimates by REML when the model can be fitted on them; else a note.
fn data(path: &Path, reading: &Reading, facts: &Facts, wanted: bool, notes: &mut Vec<Diagnostic>) -> Result<Numbers> {
    twice(path)?;
    let table = match super::fit::table(path, &fit::wanted(&reading.model, facts)?) {
        Ok(table) => table,
        Err(error) => {
            notes.push(Diagnostic::note(Code::Skipped, format!("no estimates: {}", error.message)));
            return Ok((BTreeMap::new(), None));
        }
    };
    let ranges = ranges(reading, &table, facts);
    if !wanted {
        return Ok((ranges, None));
    }
    match fit::fit(&reading.model, &table, facts, Method::Reml) {
        Ok(fitted) => Ok((ranges, Some(taken(fitted, notes)?))),
        Err(error) => {
            notes.push(Diagnostic::note(Code::Skipped, format!("no estimates: {}", error.message)));
            Ok((ranges, None))
        }
    }
}

/// The estimates of a fit on data.
///
/// # Errors
/// `BadArgument` for data from standard input, which would be read twice; those of reading the data and of the fit.
pub(super) fn fitted(
    path: &Path,
    reading: &Reading,
    facts: &Facts,
    method: Method,
    notes: &mut Vec<Diagnostic>,
) -> Result<Estimates> {
    twice(path)?;
    let table = super::fit::table(path, &fit::wanted(&reading.model, facts)?)?;
    taken(fit::fit(&reading.model, &table, facts, method)?, notes)
}

/// The estimates of a fit, whose notes are taken over.
fn taken(mut fitted: fit::Fit, notes: &mut Vec<Diagnostic>) -> Result<Estimates> {
    notes.append(&mut fitted.notes);
    Estimates::read(&serde_json::to_string(&fitted).unwrap_or_default())
}

fn twice(path: &Path) -> Result<()> {
    if path != Path::new("-") {
        return Ok(());
    }
    Diagnostic::error(Code::BadArgument, "the data are read twice, and standard input only once")
        .help("give `--data` a file")
        .into()
}

fn ranges(reading: &Reading, table: &Table, facts: &Facts) -> BTreeMap<String, Range> {
    let names = reading.model.covariates().into_iter().filter_map(|c| match c {
        RExpr::Name(name) => Some(name),
        _ => None,
    });
    let range = |name: &String| {
        let column = facts.column.get(name).unwrap_or(name);
        let Ok(Column::Numeric(values)) = table.column(column) else { return None };
        let known = || values.iter().copied().filter(|v| v.is_finite());
        let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
        let indicator = (low, high) == (0.0, 1.0) && known().all(|v| v == 0.0 || v == 1.0);
        (low <= high).then(|| (name.clone(), Range { low, high, indicator }))
    };
    names.filter_map(range).collect()
}
