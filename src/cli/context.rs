//! What every command is given: ways to read models, a place for the answer, and the notes gathered on the way.

use super::flags::General;
use super::{InputArgs, Source, output, render};
use mlnote::algebra::Reading;
use mlnote::error::{Diagnostic, Notes, Severity};
use mlnote::fit;
use mlnote::model::{Facts, Level, RExpr};
use mlnote::read;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::rc::Rc;

/// How a command ended when it ended well.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Done, or the verdict is same or equivalent: 0.
    Done,
    /// The verdict is different: 1.
    Different,
    /// The verdict is needs-info: 3.
    NeedsInfo,
}

/// The exit status of every error.
pub(crate) const ERROR: u8 = 2;

/// An error or note with the text it is about.
pub(crate) struct Failure {
    /// What is to be said.
    pub(crate) diagnostic: Box<Diagnostic>,
    /// The text its places refer to.
    pub(crate) source: Option<Rc<Source>>,
}

impl From<Box<Diagnostic>> for Failure {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self { diagnostic, source: None }
    }
}

/// What a command gives back.
pub(crate) type Outcome = std::result::Result<Status, Failure>;

/// Flags of every command, the answer so far, the notes so far.
pub(crate) struct Context {
    /// Flags of every command.
    pub(crate) general: General,
    answer: String,
    notes: Vec<Failure>,
}

impl Context {
    /// A context without answer and notes.
    pub(crate) fn new(general: General) -> Self {
        Self { general, answer: String::new(), notes: vec![] }
    }

    /// Opens INPUT.
    pub(crate) fn open(&self, input: &str) -> Result<Rc<Source>, Failure> {
        Ok(Rc::new(Source::open(input, self.general.max_bytes)?))
    }

    /// Opens and reads INPUT; the notes of reading are taken over. Levels and categories that the text and the flags do not
    /// say come from `--data`.
    pub(crate) fn read(&mut self, input: &str, flags: &InputArgs) -> Result<(Rc<Source>, Reading), Failure> {
        let (source, mut reading) = self.read_quietly(input, flags)?;
        if let Some(path) = &flags.data {
            let declared = Self::facts(&source, flags, &reading)?;
            let mut wanted = fit::wanted(&reading.model, &declared)?;
            let covariates: Vec<&str> = reading.model.covariates().into_iter().flat_map(RExpr::names).collect();
            for name in reading.model.response().names().into_iter().filter(|name| !covariates.contains(name)) {
                wanted.plain.remove(declared.column.get(name).map_or(name, String::as_str));
            }
            let table = super::fit::table(path, &wanted)?;
            let levels = fit::levels(&reading.model, &table, &declared)?;
            let unknown = levels.into_iter().filter(|(covariate, _)| reading.model.level(covariate).is_none());
            let mut facts = self.facts_of(flags)?;
            facts.level.extend(unknown.map(|(covariate, level)| match level {
                Level::Observation => (covariate.to_string(), String::new()),
                Level::Group(group) => (covariate.to_string(), group.to_string()),
            }));
            facts.factor.extend(fit::factors(&reading.model, &table, &declared)?);
            // Again with what the data say, so that the remarks are about that.
            reading = Self::read_source(&source, flags, &facts)?;
        }
        self.note(&source, reading.notes.clone());
        Ok((source, reading))
    }

    /// As [`Context::read`], but for a command that reads `--data` itself and needs no Levels from it.
    pub(crate) fn read_without_data(
        &mut self,
        input: &str,
        flags: &InputArgs,
    ) -> Result<(Rc<Source>, Reading), Failure> {
        let (source, reading) = self.read_quietly(input, flags)?;
        self.note(&source, reading.notes.clone());
        Ok((source, reading))
    }

    fn read_quietly(&self, input: &str, flags: &InputArgs) -> Result<(Rc<Source>, Reading), Failure> {
        let facts = self.facts_of(flags)?;
        if let Some(name) = &flags.from {
            read::reader(name)?;
        }
        let source = self.open(input)?;
        let reading = Self::read_source(&source, flags, &facts)?;
        Ok((source, reading))
    }

    fn read_source(source: &Rc<Source>, flags: &InputArgs, facts: &Facts) -> Result<Reading, Failure> {
        read::read(&source.text, flags.from.as_deref(), facts)
            .map_err(|diagnostic| Failure { diagnostic, source: Some(Rc::clone(source)) })
    }

    /// What the text declares in directives and the flags declare, and what its code says of covariates; flags win.
    pub(crate) fn facts(source: &Rc<Source>, flags: &InputArgs, reading: &Reading) -> Result<Facts, Failure> {
        let mut facts = read::directives(&source.text)?.facts;
        facts.extend(flags.facts()?);
        reading.lexicon.tell(&mut facts);
        Ok(facts)
    }

    /// What the flags declare, with the limit of bytes.
    pub(crate) fn facts_of(&self, flags: &InputArgs) -> Result<Facts, Failure> {
        let limit = usize::try_from(self.general.max_bytes).unwrap_or(usize::MAX);
        Ok(Facts { max_bytes: Some(limit), ..flags.facts()? })
    }

    /// Takes over notes about a text.
    pub(crate) fn note(&mut self, source: &Rc<Source>, notes: Notes) {
        let about = |note| Failure { diagnostic: Box::new(note), source: Some(Rc::clone(source)) };
        self.notes.extend(notes.into_iter().map(about));
    }

    /// Takes over notes with or without a text.
    pub(crate) fn add_notes(&mut self, notes: impl IntoIterator<Item = Failure>) {
        self.notes.extend(notes);
    }

    /// Adds a text to the answer, ended by a line end.
    pub(crate) fn answer(&mut self, text: &str) {
        self.answer.push_str(text);
        if !text.ends_with('\n') {
            self.answer.push('\n');
        }
    }

    /// Adds a JSON object to the answer, with the notes gathered so far as its member `notes`.
    pub(crate) fn answer_json(&mut self, mut value: Value) {
        if let Value::Object(members) = &mut value {
            let notes: Vec<Value> = self.notes.iter().map(render::note_json).collect();
            members.insert("notes".into(), json!(notes));
        }
        self.answer(&format!("{value:#}"));
    }

    /// Shows notes and error or answer, and tells the exit status. On an error nothing is answered.
    pub(crate) fn finish(mut self, outcome: Outcome) -> ExitCode {
        let screen = render::Screen::new(self.general.color, self.general.json);
        let status = match outcome {
            Ok(status) => status,
            Err(failure) => {
                self.show_notes(&screen);
                screen.show(&failure);
                return ExitCode::from(ERROR);
            }
        };
        if self.general.strict && !self.notes.is_empty() {
            for note in &mut self.notes {
                note.diagnostic.severity = Severity::Error;
            }
            // As JSON, one object alone: a program reads one value from stderr.
            let shown = if self.general.json { 1 } else { self.notes.len() };
            self.notes.iter().take(shown).for_each(|note| screen.show(note));
            return ExitCode::from(ERROR);
        }
        self.show_notes(&screen);
        match output::deliver(&self.answer, self.general.output.as_deref()) {
            Ok(()) => ExitCode::from(match status {
                Status::Done => 0,
                Status::Different => 1,
                Status::NeedsInfo => 3,
            }),
            Err(error) => {
                screen.show(&error.into());
                ExitCode::from(ERROR)
            }
        }
    }

    /// As JSON the notes are a member of the answer instead.
    fn show_notes(&self, screen: &render::Screen) {
        if !self.general.quiet && !self.general.json {
            self.notes.iter().for_each(|note| screen.show(note));
        }
    }
}
