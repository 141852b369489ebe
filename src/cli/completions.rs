//! `mlnote completions`: completions for a shell.

use super::{Cli, Context, Outcome, Status};
use clap::CommandFactory;
use clap_complete::Shell;

/// Print completions for a shell
#[derive(clap::Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    pub(crate) fn run(&self, context: &mut Context) -> Outcome {
        let mut script = vec![];
        clap_complete::generate(self.shell, &mut Cli::command(), "mlnote", &mut script);
        context.answer(&String::from_utf8_lossy(&script));
        Ok(Status::Done)
    }
}
