//! Which of the models of a text is meant.

use crate::error::{Code, Diagnostic, Result, Span};

/// The model with the number of `--model`, or the only one; `None` without models and number.
///
/// # Errors
/// `BadArgument` for a number that no model has; `TwoResponses` for several models without one.
pub(super) fn chosen<T>(models: Vec<T>, number: Option<usize>, span: impl Fn(&T) -> Span) -> Result<Option<T>> {
    match (number, &models[..]) {
        (Some(number), _) => numbered(models, number).map(Some),
        (None, [first, second, ..]) => {
            Diagnostic::error(Code::TwoResponses, format!("the text holds {} models", models.len()))
                .at(span(second), "the second")
                .at(span(first), "the first")
                .help("choose one by its number: `--model 2`")
                .into()
        }
        (None, _) => Ok(models.into_iter().next()),
    }
}

/// The model with a number.
///
/// # Errors
/// `BadArgument` when no model has it.
pub(super) fn numbered<T>(mut models: Vec<T>, number: usize) -> Result<T> {
    let count = models.len();
    if (1..=count).contains(&number) {
        return Ok(models.swap_remove(number - 1));
    }
    let count = if count == 1 { "one model".to_owned() } else { format!("{count} models") };
    Diagnostic::error(Code::BadArgument, format!("--model {number}: the text holds {count}")).into()
}

/// The refusal of formulas of which none is chosen, by the places of two of them.
pub(super) fn more_than_one(first: Span, second: Span) -> Diagnostic {
    Diagnostic::error(Code::FormulaRefused, "there is more than one model")
        .at(second, "the second")
        .at(first, "the first")
        .help("give one, or choose one by its number: `--model 2`")
}
