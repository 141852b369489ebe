//! `mlnote check FILE`: do the lines of one text agree with the model that it gives?

use super::render::place_of;
use super::{Context, Failure, InputArgs, Outcome, Status};
use mlnote::algebra::{Finding, StatedForm, check_forms};
use mlnote::error::{Code, Diagnostic, visible};
use mlnote::read;
use mlnote::read::equations::read_system;
use serde_json::{Value, json};
use std::rc::Rc;

/// Reads the equations of one text and holds each right side of the response against its model.
pub(super) fn run(context: &mut Context, input: &str, flags: &InputArgs) -> Outcome {
    if flags.data.is_some() {
        let refused =
            Diagnostic::error(Code::BadArgument, "`--data` needs two models: the lines of one text are not fitted");
        return Err(Box::new(refused.help("give a second input")).into());
    }
    let source = context.open(input)?;
    let place = |diagnostic| Failure { diagnostic, source: Some(Rc::clone(&source)) };
    let mut facts = read::directives(&source.text).map_err(place)?.facts;
    facts.extend(flags.facts()?);
    read::check_text(&source.text).map_err(place)?;
    let mut notes = vec![];
    let system = read_system(&source.text, &facts, &mut notes).map_err(place)?;
    let (models, forms) = check_forms(&system, &facts).map_err(place)?;
    if forms.is_empty() {
        return Err(place(Box::new(
            Diagnostic::error(Code::BadArgument, "the text has one form of the model: there is nothing to compare")
                .help("give a second input, or a text with a chain or with level-wise and combined forms"),
        )));
    }
    let broken: Vec<&StatedForm> = forms.iter().filter(|f| f.finding.is_broken()).collect();
    let unread = forms.iter().filter(|f| matches!(f.finding, Finding::Unread(_))).count();
    let line_of = |form: &StatedForm| place_of(&source, form.span).0;
    let (word, status, reason) = match &broken[..] {
        [] if unread > 0 => {
            ("needs-info", Status::NeedsInfo, format!("{unread} of {} lines cannot be read as models", forms.len()))
        }
        [] => (
            "equivalent",
            Status::Done,
            match forms.len() {
                1 => "the line agrees with its model".to_owned(),
                n => format!("{n} lines agree with their models"),
            },
        ),
        [first, ..] => {
            let Finding::Broken { words, here, .. } = &first.finding else { return Ok(Status::Done) };
            ("different", Status::Different, format!("line {}: {words}", place_of(&source, *here).0))
        }
    };
    if context.json() {
        let lines: Vec<Value> = forms
            .iter()
            .map(|form| {
                let (kind, words, at) = told(form);
                let (line, column, _) = place_of(&source, at);
                json!({"line": line, "column": column, "finding": kind, "message": words})
            })
            .collect();
        context.answer_json(json!({
            "verdict": word, "reason": reason, "renaming": {}, "nested": Value::Null,
            "witnesses": {"algebra": word, "columns": Value::Null, "fits": Value::Null},
            "models": models, "lines": lines,
        }));
        return Ok(status);
    }
    let mut out = format!("{word}: {}\n", visible(&reason));
    for form in &broken {
        let Finding::Broken { here, there, words } = &form.finding else { continue };
        for (at, text) in [(here, words.as_str()), (there, "the model")] {
            let (line, column, shown) = place_of(&source, *at);
            out += &format!("\n{}:{line}:{column}\n{shown} {}\n", visible(&source.name), visible(text));
        }
    }
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    out += &format!(
        "\n{}, {} held against {}:\n",
        count(models, "model"),
        count(forms.len(), "line"),
        if models == 1 { "it" } else { "them" }
    );
    for form in &forms {
        let (kind, words, _) = told(form);
        let words = if words.is_empty() { String::new() } else { format!(": {words}") };
        out += &format!("  line {:<5} {kind}{}\n", line_of(form), visible(&words));
    }
    context.answer(&out);
    Ok(status)
}

fn told(form: &StatedForm) -> (&'static str, String, mlnote::error::Span) {
    match &form.finding {
        Finding::Follows => ("follows", String::new(), form.span),
        Finding::Accepted(words) => ("accepted", words.clone(), form.span),
        Finding::Broken { words, here, .. } => ("broken", words.clone(), *here),
        Finding::Repeats => ("repeats", "the slip of the line before".into(), form.span),
        Finding::Unread(why) => ("not read", why.message.clone(), form.span),
    }
}
