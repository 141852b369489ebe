//! Errors in the arguments themselves, and `--help` and `--version`.

use super::context::ERROR;
use super::output::say;
use super::render::{Place, object};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use mlnote::error::Code;
use mlnote::write::WRITERS;
use std::process::ExitCode;

/// Shows what clap has to say: help on stdout, a wrong argument on stderr with status 2.
pub(crate) fn report(mut error: clap::Error, json: bool) -> ExitCode {
    let lacking = |value: &ContextValue| matches!(value, ContextValue::Strings(names) if names.iter().any(|n| n.starts_with("--to ")));
    if error.get(ContextKind::InvalidArg).is_some_and(lacking) && error.kind() == ErrorKind::MissingRequiredArgument {
        let names: Vec<&str> = WRITERS.iter().map(|writer| writer.name).collect();
        let tip = format!("the notations are {}", names.join(", "));
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    if !error.use_stderr() {
        // Help into a closed pipe is nobody's error.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if json && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        say(&format!(
            "{}\n",
            object(Code::BadArgument.slug(), &message(&error), &Place::default(), help(&error).as_deref())
        ));
    } else {
        let _ = error.print();
    }
    ExitCode::from(ERROR)
}

/// The first paragraph, without its `error: `.
fn message(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
    first.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn help(error: &clap::Error) -> Option<String> {
    let kinds = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
        ContextKind::Suggested,
    ];
    let found = kinds.into_iter().find_map(|kind| error.get(kind))?;
    match found {
        ContextValue::String(near) => Some(format!("did you mean `{near}`?")),
        ContextValue::StyledStrs(tips) => Some(tips.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
        ContextValue::Strings(near) if !near.is_empty() => Some(format!("did you mean `{}`?", near.join("` or `"))),
        _ => None,
    }
}
