//! `mlnote man`: the manual page.

use super::{Cli, Context, Failure, Outcome, Status, input};
use clap::CommandFactory;
use mlnote::error::{Code, Diagnostic};

/// Print the manual page, in roff
#[derive(clap::Args)]
pub(crate) struct Man {}

impl Man {
    /// Prints the page of mlnote, then those of its commands.
    pub(crate) fn run(&self, context: &mut Context) -> Outcome {
        let mut page = vec![];
        let mut command = Cli::command();
        command.build();
        let mut render = |command: &clap::Command| {
            clap_mangen::Man::new(command.clone()).render(&mut page).map_err(|error| {
                let message = format!("the manual page cannot be made: {}", input::reason(&error));
                Failure::from(Box::new(Diagnostic::error(Code::UnreadableFile, message)))
            })
        };
        render(&command)?;
        command.get_subcommands().try_for_each(render)?;
        context.answer(&String::from_utf8_lossy(&page));
        Ok(Status::Done)
    }
}
