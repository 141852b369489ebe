//! `mlnote convert`: one notation to another.

use super::flags::Notation;
use super::{Context, Failure, InputArgs, Outcome, Status, WriteArgs};
use mlnote::error::{Code, Diagnostic};
use mlnote::write;
use serde_json::json;
use std::rc::Rc;

/// Write a model in another notation
#[derive(clap::Args)]
pub(crate) struct Convert {
    /// A file, `-` for stdin, or the text itself
    #[arg(value_name = "INPUT")]
    input: String,
    /// The notation to write
    #[arg(long, value_name = "NOTATION", value_parser = Notation::Write)]
    to: String,
    #[command(flatten)]
    reading: InputArgs,
    #[command(flatten)]
    writing: WriteArgs,
}

impl Convert {
    /// Reads, writes.
    pub(crate) fn run(&self, context: &mut Context) -> Outcome {
        let writer = write::writer(&self.to)?;
        let (source, reading) = context.read(&self.input, &self.reading)?;
        let facts = Context::facts(&source, &self.reading, &reading)?;
        let mut style = self.writing.style(&facts)?;
        let mut notes = vec![];
        if self.writing.numbers().wanted() {
            if !writer.is_equations() {
                return refuse(writer.name);
            }
            let (data, ml) = (self.reading.data.as_ref(), self.writing.is_ml());
            style.numbers = self.writing.numbers().numbers(&reading, &facts, data, ml, &mut notes)?;
        }
        let text = (writer.write)(&reading, &style, &mut notes)
            .map_err(|diagnostic| Failure { diagnostic, source: Some(Rc::clone(&source)) })?;
        context.note(&source, notes);
        if context.json() {
            context.answer_json(json!({"notation": writer.name, "text": text}));
        } else {
            context.answer(&text);
        }
        Ok(Status::Done)
    }
}

/// What is fitted has no estimates yet.
fn refuse(notation: &str) -> Outcome {
    let message = format!("`{notation}` states the model that is to be fitted, and has no place for estimates");
    let help = "write them in `hierarchical`, `bracket` or `reduced`; `mlnote explain --table` has them as a table";
    Err(Box::new(Diagnostic::error(Code::CannotSay, message).help(help)).into())
}
