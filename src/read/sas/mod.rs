//! SAS: `PROC MIXED`, `PROC GLIMMIX` and `PROC HPMIXED`, in a program.

mod script;
mod statements;

use super::chosen::chosen;
use super::columns::Columns;
use super::lmer::parts::{self, Engine};
use super::procedure::{Procedure, Words, span};
use super::stray;
use super::text::check_depth;
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Facts, Model};
use crate::read::Glance;
use pest::Parser;
use pest::iterators::Pair;
use script::{Script, script};
use std::ops::Range;

#[allow(missing_docs, reason = "the derive makes one item a rule, and the grammar explains them")]
mod grammar {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/sas.pest"]
    pub(super) struct Grammar;
}
use grammar::{Grammar, Rule};

fn words() -> Words {
    Words {
        engine: "SAS",
        remarks: Engine {
            language: "SAS",
            product: "*",
            no_random: "a random intercept is `random intercept / subject=group;`",
        },
        covary: "`type=un`",
        subject: "`subject=id`",
    }
}

/// Procedures for other models, and what these are.
const OTHERS: &[(&str, &str)] = &[
    ("nlmixed", "a nonlinear model"),
    ("bglimm", "a model in the words of another procedure"),
    ("hplmixed", "a model in the words of another procedure"),
];

/// SAS's functions of one number, and R's names for them.
const FUNCTIONS: &[(&str, &str)] =
    &[("log", "log"), ("log10", "log10"), ("log2", "log2"), ("exp", "exp"), ("sqrt", "sqrt"), ("abs", "abs")];

/// Statements of these procedures that are about tests, output and the fitting.
const SILENT: &[&str] = &[
    "contrast",
    "covtest",
    "estimate",
    "format",
    "id",
    "label",
    "lsmeans",
    "lsmestimate",
    "nloptions",
    "ods",
    "output",
    "prior",
    "slice",
    "store",
    "title",
    "footnote",
    "options",
    "test",
    "code",
    "file",
    "libname",
    "filename",
    "%let",
    "%put",
    "%include",
    "attrib",
    "length",
];

/// The procedure that a statement begins.
fn procedure_of(statement: &str) -> Option<String> {
    let mut words = statement.split_whitespace();
    let is_proc = words.next().is_some_and(|word| word.eq_ignore_ascii_case("proc"));
    is_proc.then(|| words.next().map(str::to_lowercase)).flatten()
}

fn is_model(name: &str) -> bool {
    matches!(name, "mixed" | "glimmix" | "hpmixed")
}

/// Whether a text has one of these procedures.
pub(super) fn detect(glance: &Glance<'_>) -> bool {
    let text = glance.text;
    if glance.has_displays() {
        return false;
    }
    let lower = text.to_lowercase();
    let mut rest = lower.as_str();
    let mut before = ' ';
    while let Some(at) = rest.find("proc") {
        let ahead = rest[..at].chars().next_back().unwrap_or(before);
        let after = &rest[at + 4..];
        let name: String = after.trim_start().chars().take_while(|c| c.is_alphanumeric()).collect();
        let known = is_model(&name) || OTHERS.iter().any(|(other, _)| *other == name);
        if known && after.starts_with(char::is_whitespace) && !ahead.is_alphanumeric() && after.contains(';') {
            return true;
        }
        before = 'c';
        rest = after;
    }
    false
}

/// Reads the one model of a program.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    let script = script(text);
    check_depth(&script.text, Some(';'))?;
    parts::reading(text, facts, |all, notes| model(&script, all, notes))
}

fn model(script: &Script, facts: &mut Facts, notes: &mut Notes) -> Result<Model> {
    let heads: Vec<(usize, String)> = script
        .statements
        .iter()
        .enumerate()
        .filter_map(|(at, place)| Some((at, procedure_of(script.of(place))?)))
        .collect();
    let models: Vec<&(usize, String)> = heads.iter().filter(|(_, name)| is_model(name)).collect();
    let number = facts.model.filter(|_| !models.is_empty());
    let chosen = chosen(models, number, |(at, _)| span(&script.statements[*at]))?;
    let (at, name) = chosen.ok_or_else(|| Box::new(nothing(script, &heads)))?;
    let mut columns = Columns::new(true);
    for place in &script.statements[..*at] {
        made(script.of(place), &mut columns);
    }
    let own: Vec<Range<usize>> = script.statements[*at..]
        .iter()
        .enumerate()
        .take_while(|(ahead, place)| {
            let verb = script.verb(place);
            *ahead == 0 || !matches!(verb.as_str(), "run" | "quit" | "proc" | "data")
        })
        .map(|(_, place)| place.clone())
        .collect();
    statements::model(script, &own, name, Procedure::new(words(), columns), facts, notes)
}

/// The refusal of a text without a procedure that is read.
fn nothing(script: &Script, heads: &[(usize, String)]) -> Diagnostic {
    let other = heads.iter().find_map(|(at, name)| OTHERS.iter().find(|(n, _)| n == name).map(|o| (*at, o)));
    match other {
        Some((at, (name, what))) => {
            Diagnostic::error(Code::OutOfScope, format!("PROC {} fits {what}", name.to_uppercase()))
                .at(span(&script.statements[at]), "here")
                .help("PROC MIXED, PROC GLIMMIX and PROC HPMIXED are read")
        }
        None => Diagnostic::error(Code::Syntax, "there is no procedure that fits a multilevel model")
            .at(script.statements.first().map(span).unwrap_or_default(), "not read")
            .help("PROC MIXED, PROC GLIMMIX and PROC HPMIXED are read"),
    }
}

/// A column that a statement of a data step makes.
fn made(statement: &str, columns: &mut Columns) {
    let Some((name, value)) = statement.split_once('=') else { return };
    let name = name.trim();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if plain {
        columns.define(name, value, FUNCTIONS);
    }
}

/// The statement by a rule of the grammar.
fn parsed<'a>(rule: Rule, text: &'a str, offset: usize) -> Result<Pair<'a, Rule>> {
    let syntax = |at: usize| {
        let found = stray::word(text, at);
        let place = Span::new(offset + at, offset + at + found.len());
        let error = match found {
            "" => Diagnostic::error(Code::Syntax, "the statement ends where something is still to come"),
            "&" => Diagnostic::error(Code::NeedsInfo, "a macro variable stands for what is not in the text"),
            found => Diagnostic::error(Code::Syntax, format!("`{found}` cannot stand here")),
        };
        let error = error.at(place, "a variable, `/` and options, or `;` belong here");
        match found {
            "&" => error.help("write the variables themselves"),
            "model" | "random" | "class" | "repeated" | "run" => error.help("is a `;` missing before it?"),
            _ => error,
        }
    };
    let mut pairs = Grammar::parse(rule, text).map_err(|e| Box::new(syntax(stray::place(&e))))?;
    pairs.next().ok_or_else(|| Box::new(syntax(0)))
}
