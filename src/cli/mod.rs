//! Arguments, and one file a command. A command is a struct of arguments with a `run`, and a row in `commands!`.

mod check;
mod check_data;
mod check_forms;
mod completions;
mod context;
mod convert;
mod derive;
mod explain;
mod fit;
mod flags;
mod input;
mod man;
mod notations;
mod numbers;
mod output;
mod paint;
mod render;
mod show;
mod simulate;
mod usage;

use clap::{CommandFactory, FromArgMatches, Parser};
use std::process::ExitCode;

pub(crate) use context::{Context, Failure, Outcome, Status};
pub(crate) use flags::{InputArgs, WriteArgs};
pub(crate) use input::Source;

/// Reads multilevel models in any notation and writes them in any other
///
/// mlnote reads a multilevel (mixed) model as equations of levels, as one reduced equation or as an lmer formula, knows
/// what the model means, and writes it in any other notation.
///
/// INPUT is a file, `-` for standard input, or the text itself when it contains `~`, `=`, `||` or `\sim` and no such file exists.
#[derive(Parser)]
#[command(
    name = "mlnote",
    version,
    max_term_width = 100,
    after_help = "Exit status: 0 done, or the verdict is same or equivalent; 1 the verdict is different; \
                  2 an error, with nothing on standard output; 3 the verdict is needs-info."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    general: flags::General,
    #[command(subcommand)]
    command: Command,
}

/// Declares the commands, in the order of the help: module, name.
macro_rules! commands {
    ($($module:ident::$name:ident)*) => {
        #[derive(clap::Subcommand)]
        enum Command { $($name(Box<$module::$name>),)* }

        impl Command {
            fn run(&self, context: &mut Context) -> Outcome {
                match self { $(Self::$name(command) => command.run(context),)* }
            }
        }
    };
}

commands! {
    convert::Convert
    show::Show
    derive::Derive
    check::Check
    explain::Explain
    fit::Fit
    simulate::Simulate
    notations::Notations
    completions::Completions
    man::Man
}

/// Runs the command line of this process.
pub(crate) fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    output::report_faults(output::wants_json(&words));
    let matches = match Cli::command().color(output::clap_color(&words)).try_get_matches_from(&words) {
        Ok(matches) => matches,
        Err(error) => return usage::report(error, output::wants_json(&words)),
    };
    match Cli::from_arg_matches(&matches) {
        Ok(cli) => {
            let mut context = Context::new(cli.general);
            let outcome = cli.command.run(&mut context);
            context.finish(outcome)
        }
        Err(error) => usage::report(error, output::wants_json(&words)),
    }
}
