//! `mlnote explain`: what each parameter means, in sentences, or as a table.

use super::flags::choice;
use super::numbers::KnownArgs;
use super::{Context, Failure, InputArgs, Outcome, Status};
use mlnote::algebra::Covariances;
use mlnote::write::{ExplainFormat, ExplainOptions, explain};
use serde_json::json;
use std::rc::Rc;

/// Say what each parameter means
///
/// Sentences for every fixed effect with the conditions under which it holds, for the coefficients, random effects,
/// variances and correlations; what varies where; what R's fixef(), coef(), ranef(), VarCorr() and sigma() return.
/// A difference is called an effect only of the covariate that `--treatment` names.
#[derive(clap::Args)]
pub(crate) struct Explain {
    /// A file, `-` for stdin, or the text itself
    #[arg(value_name = "INPUT")]
    input: String,
    /// The covariate that was randomised: its effects are called effects, for each subgroup
    #[arg(long, value_name = "Z")]
    treatment: Option<String>,
    #[command(flatten)]
    known: KnownArgs,
    /// Name the covariances τ, or σ and ρ; as the author does when not given
    #[arg(long, value_name = "NAMES", value_parser = choice(COVARIANCE))]
    covariance: Option<Covariances>,
    /// The parameters as a table instead: symbol, R's name, meaning, estimate where known
    #[arg(long)]
    table: bool,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = choice(FORMAT))]
    format: Shown,
    /// Break lines of text at this many characters
    #[arg(long, value_name = "N", default_value_t = 80)]
    width: usize,
    #[command(flatten)]
    reading: InputArgs,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Known(ExplainFormat),
    Json,
}

const FORMAT: &[(&str, Shown)] = &[
    ("text", Shown::Known(ExplainFormat::Text)),
    ("markdown", Shown::Known(ExplainFormat::Markdown)),
    ("tex", Shown::Known(ExplainFormat::Tex)),
    ("html", Shown::Known(ExplainFormat::Html)),
    ("json", Shown::Json),
];
const COVARIANCE: &[(&str, Covariances)] = &[("tau", Covariances::Tau), ("sigma", Covariances::Sigma)];

impl Explain {
    /// Reads the model, and estimates or data; explains.
    pub(crate) fn run(&self, context: &mut Context) -> Outcome {
        let (source, reading) = context.read(&self.input, &self.reading)?;
        let facts = Context::facts(&source, &self.reading, &reading)?;
        let failed = |diagnostic| Failure { diagnostic, source: Some(Rc::clone(&source)) };
        let mut notes = vec![];
        let options = ExplainOptions {
            treatment: self.treatment.clone(),
            covariance: self.covariance.unwrap_or_default(),
            ..self.known.options(self.reading.data.as_ref(), &reading, &facts, &mut notes)?
        };
        let explained = explain(&reading, &facts, &options, &mut notes).map_err(failed)?;
        context.note(&source, notes);
        let table = self.table.then(|| explained.table());
        match self.format {
            _ if context.json() || self.format == Shown::Json => context.answer_json(match table {
                Some(table) => json!({"parameters": table.json()}),
                None => explained.json(),
            }),
            Shown::Json => {}
            Shown::Known(format) => context.answer(&match (table, format) {
                (Some(table), ExplainFormat::Text) => table.text(self.width),
                (Some(table), format) => table.render(format),
                (None, ExplainFormat::Text) => explained.text(self.width),
                (None, format) => explained.render(format),
            }),
        }
        Ok(Status::Done)
    }
}
