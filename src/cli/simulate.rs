//! `mlnote simulate`: data drawn from a model.

use super::fit::table;
use super::{Context, Failure, InputArgs, Outcome, Status, output};
use mlnote::algebra::{Lexicon, Reading};
use mlnote::error::{Code, Diagnostic, Result};
use mlnote::fit::{self, Settings, Sizes};
use mlnote::model::Facts;
use mlnote::{read, write};
use std::path::PathBuf;

/// Draw data from a model, as CSV
#[derive(clap::Args)]
pub(crate) struct Simulate {
    /// A file, `-` for stdin, or the text itself
    #[arg(value_name = "INPUT")]
    input: String,
    #[command(flatten)]
    reading: InputArgs,
    /// How many groups a grouping factor has; a nested one, in each group above it
    #[arg(long, value_name = "school=50", value_delimiter = ',')]
    groups: Vec<String>,
    /// How many observations in each innermost group; `5-30` for unequal ones
    #[arg(long, value_name = "N", default_value = "20")]
    per_group: String,
    /// The seed: the same bytes each time
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The value of a parameter, by symbol or R's name; the others are drawn
    #[arg(long, value_name = "gamma_{01}=0.5", allow_hyphen_values = true)]
    set: Vec<String>,
    /// Write the true values to this file, as JSON
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Draw this many responses for the one design
    #[arg(long, value_name = "N", default_value_t = 1)]
    replicates: usize,
}

fn bad<T>(flag: &str, value: &str, form: &str) -> Result<T> {
    Diagnostic::error(Code::BadArgument, format!("--{flag} {value}: not of the form `{form}`")).into()
}

impl Simulate {
    fn sizes(&self) -> Result<Sizes> {
        let mut sizes = Sizes::default();
        for text in &self.groups {
            match text.split_once('=').map(|(name, n)| (name.trim(), n.trim().parse::<usize>())) {
                Some((name, Ok(count))) if count > 0 && !name.is_empty() => sizes.groups.insert(name.to_owned(), count),
                _ => return bad("groups", text, "school=50"),
            };
        }
        let ends = self.per_group.split_once('-').unwrap_or((&self.per_group, &self.per_group));
        match (ends.0.trim().parse::<usize>(), ends.1.trim().parse::<usize>()) {
            (Ok(few), Ok(many)) if 0 < few && few <= many => sizes.per_group = (few, many),
            _ => return bad("per-group", &self.per_group, "20` or `5-30"),
        }
        Ok(sizes)
    }

    fn settings(&self) -> Result<Settings> {
        let mut settings = Settings { seed: self.seed, replicates: self.replicates, ..Settings::default() };
        for text in &self.set {
            // The last `=`: a category in a name may hold one.
            match text.rsplit_once('=').map(|(name, value)| (name.trim(), value.trim().parse::<f64>())) {
                Some((name, Ok(value))) if value.is_finite() && !name.is_empty() => {
                    settings.set.push((name.to_owned(), value));
                }
                _ => return bad("set", text, "gamma_{01}=0.5"),
            }
        }
        Ok(settings)
    }

    /// Reads the model, draws, writes.
    pub(crate) fn run(&self, context: &mut Context) -> Outcome {
        let (sizes, settings) = (self.sizes()?, self.settings()?);
        let (source, reading) = context.read_without_data(&self.input, &self.reading)?;
        let facts = Context::facts(&source, &self.reading, &reading)?;
        let data = match &self.reading.data {
            Some(path) => {
                let mut wanted = fit::wanted(&reading.model, &facts)?;
                // The response is what is drawn.
                for name in reading.model.response().names() {
                    wanted.plain.remove(facts.column.get(name).map_or(name, String::as_str));
                }
                Some(table(path, &wanted)?)
            }
            None => None,
        };
        let lexicon = letters(&reading, &facts);
        let drawn = fit::simulate(&reading.model, &facts, &lexicon, data.as_ref(), &sizes, &settings)?;
        context.note(&source, drawn.notes.clone());
        let truth = serde_json::to_value(&drawn.truth).unwrap_or_default();
        if let Some(path) = &self.truth {
            output::deliver(&format!("{truth:#}\n"), Some(path))
                .map_err(|d| Failure { diagnostic: d, source: None })?;
        }
        if context.json() {
            context.answer_json(serde_json::json!({"truth": truth, "data": drawn.csv()?}));
        } else {
            context.answer(&drawn.csv()?);
        }
        Ok(Status::Done)
    }
}

/// The author's letters; for a formula, those it is written with as equations.
fn letters(reading: &Reading, facts: &Facts) -> Lexicon {
    if !reading.lexicon.fixed.is_empty() {
        return reading.lexicon.clone();
    }
    let equations = write::writer("hierarchical")
        .and_then(|writer| (writer.write)(reading, &write::Style::default(), &mut vec![]))
        .and_then(|text| read::read(&text, Some("hierarchical"), facts));
    equations.map(|r| r.lexicon).unwrap_or_default()
}
