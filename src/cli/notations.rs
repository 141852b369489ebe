//! `mlnote notations`: what can be read and written.

use super::{Context, Outcome, Status};
use mlnote::read::READERS;
use mlnote::write::WRITERS;
use serde_json::json;

/// List the notations that can be read and written
#[derive(clap::Args)]
pub(crate) struct Notations {}

struct Row {
    name: &'static str,
    aliases: &'static [&'static str],
    about: &'static str,
    read: bool,
    write: bool,
}

/// Every notation once, in the order of the tables.
fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = vec![];
    for r in READERS {
        rows.push(Row { name: r.name, aliases: r.aliases, about: r.about, read: true, write: false });
    }
    for w in WRITERS {
        match rows.iter_mut().find(|row| row.name == w.name) {
            Some(row) => row.write = true,
            None => rows.push(Row { name: w.name, aliases: w.aliases, about: w.about, read: false, write: true }),
        }
    }
    rows
}

impl Notations {
    /// Lists the rows of the tables.
    pub(crate) fn run(&self, context: &mut Context) -> Outcome {
        if context.json() {
            let list: Vec<_> = rows()
                .iter()
                .map(|row| {
                    json!({"name": row.name, "aliases": row.aliases, "about": row.about,
                           "read": row.read, "write": row.write})
                })
                .collect();
            context.answer_json(json!({"notations": list}));
            return Ok(Status::Done);
        }
        let name = |row: &Row| match row.aliases {
            [] => row.name.to_owned(),
            aliases => format!("{} ({})", row.name, aliases.join(", ")),
        };
        let width = rows().iter().map(|row| name(row).chars().count()).max().unwrap_or(0);
        for row in rows() {
            let verbs = match (row.read, row.write) {
                (true, true) => "read, write",
                (true, false) => "read",
                (false, _) => "write",
            };
            context.answer(&format!("{:width$}  {verbs:11}  {}", name(&row), row.about));
        }
        Ok(Status::Done)
    }
}
