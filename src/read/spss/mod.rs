//! SPSS: the command `MIXED`, in a file of syntax.

mod script;

use super::chosen::chosen;
use super::columns::Columns;
use super::lmer::parts::{self, Engine};
use super::procedure::{Effect, Named, Procedure, Random, Structure, Words, place, span};
use super::stray;
use super::text::check_depth;
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Covariance, Facts, Model, Reference};
use crate::read::Glance;
use pest::Parser;
use pest::iterators::Pair;
use script::{Script, script};
use std::ops::Range;

#[allow(missing_docs, reason = "the derive makes one item a rule, and the grammar explains them")]
mod grammar {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/spss.pest"]
    pub(super) struct Grammar;
}
use grammar::{Grammar, Rule};

fn words() -> Words {
    Words {
        engine: "SPSS",
        remarks: Engine {
            language: "SPSS",
            product: "*",
            no_random: "a random intercept is `/RANDOM=INTERCEPT | SUBJECT(group)`",
        },
        covary: "`COVTYPE(UN)`",
        subject: "`SUBJECT(id)`",
    }
}

/// SPSS's functions of one number, and R's names for them.
const FUNCTIONS: &[(&str, &str)] =
    &[("ln", "log"), ("lg10", "log10"), ("exp", "exp"), ("sqrt", "sqrt"), ("abs", "abs")];

/// Subcommands about tests, output and the fitting; three letters are enough of each.
const SILENT: &[&str] = &["criteria", "dfmethod", "emmeans", "method", "missing", "outfile", "print", "save", "test"];

/// Whether a text has the command MIXED with a subcommand, or GENLINMIXED.
pub(super) fn detect(glance: &Glance<'_>) -> bool {
    let text = glance.text;
    if glance.has_displays() || !text.to_lowercase().contains("mixed") {
        return false;
    }
    let script = script(text);
    script.commands.iter().any(|place| {
        let command = script.text[place.clone()].to_lowercase();
        let has = |words: &[&str]| {
            command.split('/').skip(1).any(|s| words.iter().any(|word| s.trim_start().starts_with(word)))
        };
        match script.verb(place).as_str() {
            "mixed" => !command.contains("||") && has(&["fix", "ran", "pri", "met", "rep", "cri"]),
            "genlinmixed" => has(&["data_structure", "fields", "fixed", "target", "random"]),
            _ => false,
        }
    })
}

/// Reads the one model of a file.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    let script = script(text);
    check_depth(&script.text, None)?;
    parts::reading(text, facts, |all, notes| model(&script, all, notes))
}

fn model(script: &Script, facts: &mut Facts, notes: &mut Notes) -> Result<Model> {
    let models: Vec<&Range<usize>> = script.commands.iter().filter(|place| script.verb(place) == "mixed").collect();
    let number = facts.model.filter(|_| !models.is_empty());
    let chosen = chosen(models, number, |place| span(place))?.ok_or_else(|| Box::new(nothing(script)))?;
    let mut columns = Columns::new(true);
    for place in script.commands.iter().take_while(|place| place.start < chosen.start) {
        let text = &script.text[place.clone()];
        let made = text.get(7..).filter(|_| script.verb(place) == "compute").and_then(|rest| rest.split_once('='));
        if let Some((name, value)) = made {
            columns.define(name.trim(), value, FUNCTIONS);
        }
    }
    let (text, offset) = (&script.text[chosen.clone()], chosen.start);
    let mut pairs = Grammar::parse(Rule::command, text).map_err(|e| Box::new(syntax(text, offset, &e)))?;
    match pairs.next() {
        Some(command) => subcommands(command, chosen, Procedure::new(words(), columns), facts, notes),
        None => Err(Box::new(nothing(script))),
    }
}

/// The refusal of a text without the command.
fn nothing(script: &Script) -> Diagnostic {
    match script.commands.iter().find(|place| script.verb(place) == "genlinmixed") {
        Some(place) => Diagnostic::error(Code::OutOfScope, "GENLINMIXED is not read")
            .at(span(place), "here")
            .help("the command MIXED is read; generalised models are read in `lmer`, `sas` and `stata`"),
        None => Diagnostic::error(Code::Syntax, "there is no command MIXED")
            .at(script.commands.first().map(span).unwrap_or_default(), "not read")
            .help("write `MIXED y WITH x /FIXED=x /RANDOM=INTERCEPT | SUBJECT(id).`"),
    }
}

fn subcommands(
    command: Pair<'_, Rule>,
    whole: &Range<usize>,
    mut procedure: Procedure,
    facts: &mut Facts,
    notes: &mut Notes,
) -> Result<Model> {
    let offset = whole.start;
    let mut response = None;
    let (mut declared, mut fixed, mut random) = (vec![], None, vec![]);
    for part in command.into_inner() {
        let here = place(&part, offset);
        match part.as_rule() {
            Rule::name => response = Some((part.as_str().to_owned(), here)),
            rule @ (Rule::by | Rule::with) => {
                for item in part.into_inner() {
                    let at = place(&item, offset);
                    match item.as_rule() {
                        Rule::several => return Err(Box::new(several(item.as_str(), at))),
                        Rule::name => {
                            let name = item.as_str().to_lowercase();
                            if rule == Rule::by {
                                procedure.classes.insert(name.clone(), (Reference::Last, at));
                            }
                            procedure.name(item.as_str());
                            declared.push(name);
                        }
                        _ => {}
                    }
                }
            }
            Rule::fixed => fixed = Some((part, here)),
            Rule::random => random.push((part, here)),
            Rule::repeated => repeated(part, here, offset)?,
            Rule::other => other(&part, here)?,
            _ => {}
        }
    }
    let Some(response) = response else {
        return Diagnostic::error(Code::MissingResponse, "MIXED without response").at(span(whole), "here").into();
    };
    let begun = Model::new(procedure.one(&response));
    let mut intercept = true;
    let (mut effects, mut right) = (vec![], span(whole));
    if let Some((part, here)) = fixed {
        right = here;
        let (own, settings) = listed(part, offset);
        effects = own;
        for (name, _, at) in settings {
            match name.as_str() {
                "noint" => intercept = false,
                "sstype" => {}
                other => return Err(Box::new(unknown(other, &["noint", "sstype"], at))),
            }
        }
    }
    let mut statements = vec![];
    for (part, here) in random {
        statements.push(one_random(part, here, offset, &procedure)?);
    }
    for (name, at) in effects.iter().chain(statements.iter().flat_map(|s| &s.effects)).flat_map(|e| &e.names) {
        if !declared.contains(&name.to_lowercase()) {
            let error =
                Diagnostic::error(Code::UndefinedSymbol, format!("`{name}` is neither after BY nor after WITH"));
            return error.at(*at, "here").help("name it after WITH (a number) or BY (categories)").into();
        }
    }
    procedure.model(begun, intercept, (&effects, right), &statements, facts, notes)
}

/// The effects of a subcommand, and what stands after the bar: name, inside of the brackets, place.
fn listed(part: Pair<'_, Rule>, offset: usize) -> (Vec<Effect>, Vec<(String, String, Span)>) {
    let (mut effects, mut settings) = (vec![], vec![]);
    for piece in part.into_inner() {
        let here = place(&piece, offset);
        match piece.as_rule() {
            Rule::effects => {
                for effect in piece.into_inner() {
                    let span = place(&effect, offset);
                    effects.push(Effect { names: names(effect, offset), span });
                }
            }
            Rule::setting => {
                let mut inner = piece.into_inner();
                let Some(name) = inner.next() else { continue };
                let inside = inner.next().map(|b| b.as_str().trim_matches(['(', ')']).trim().to_owned());
                settings.push((name.as_str().to_lowercase(), inside.unwrap_or_default(), here));
            }
            _ => {}
        }
    }
    (effects, settings)
}

/// The variables of an effect, those that it is nested in first.
fn names(effect: Pair<'_, Rule>, offset: usize) -> Vec<Named> {
    let mut all = vec![];
    for part in effect.into_inner().filter(|p| p.as_rule() == Rule::part) {
        let (mut own, mut outer) = (None, vec![]);
        for piece in part.into_inner() {
            let named = (piece.as_str().to_owned(), place(&piece, offset));
            match piece.as_rule() {
                Rule::nest => {
                    outer.extend(piece.into_inner().map(|name| (name.as_str().to_owned(), place(&name, offset))));
                }
                Rule::name if own.is_none() => own = Some(named),
                Rule::name => outer.push(named),
                _ => {}
            }
        }
        all.extend(outer.into_iter().chain(own));
    }
    all
}

/// `/RANDOM=INTERCEPT R | SUBJECT(id) COVTYPE(UN)`.
fn one_random(part: Pair<'_, Rule>, here: Span, offset: usize, procedure: &Procedure) -> Result<Random> {
    let (effects, settings) = listed(part, offset);
    let intercept = |effect: Effect| match &effect.names[..] {
        [(name, _)] if name.eq_ignore_ascii_case("intercept") && !procedure.classes.contains_key("intercept") => {
            Effect { names: vec![], ..effect }
        }
        _ => effect,
    };
    let mut random =
        Random { effects: effects.into_iter().map(intercept).collect(), subject: vec![], structure: None, span: here };
    for (name, inside, at) in settings {
        match name.get(..3).unwrap_or(&name) {
            "sub" if inside.contains('(') => {
                return Diagnostic::error(Code::Syntax, "SUBJECT is a list of variables, and no nesting")
                    .at(at, "here")
                    .help("the groups of `class` within those of `school` are `SUBJECT(school*class)`")
                    .into();
            }
            "sub" => {
                let names = inside.split(|c: char| c.is_whitespace() || c == '*' || c == ',');
                random.subject = names.filter(|n| !n.is_empty()).map(|n| (n.to_owned(), at)).collect();
            }
            "cov" => random.structure = Some(structure(&inside, at)?),
            "sol" => {}
            _ => return Err(Box::new(unknown(&name, &["subject", "covtype", "solution"], at))),
        }
    }
    Ok(random)
}

fn structure(word: &str, at: Span) -> Result<Structure> {
    Ok(Structure::Of(match word.to_lowercase().as_str() {
        "vc" => return Ok(Structure::Components),
        "un" | "unr" => Covariance::Unstructured,
        "diag" => Covariance::Diagonal,
        "id" => Covariance::EqualDiagonal,
        "cs" | "csr" => Covariance::EqualCompoundSymmetry,
        "csh" => Covariance::CompoundSymmetry,
        "ar1" => Covariance::Ar1,
        "arh1" => Covariance::UnequalAr1,
        "ad1" | "arma11" | "fa1" | "fah1" | "hf" | "tp" | "tph" => {
            return Diagnostic::error(Code::OutOfScope, format!("the structure {} is not read", word.to_uppercase()))
                .at(at, "here")
                .help("there are VC, UN, UNR, DIAG, ID, CS, CSR, CSH, AR1 and ARH1")
                .into();
        }
        _ => {
            let known = ["VC", "UN", "UNR", "DIAG", "ID", "CS", "CSR", "CSH", "AR1", "ARH1"];
            let error = Diagnostic::unknown(Code::UnknownName, "covariance structure", word, known);
            return error.at(at, "here").into();
        }
    }))
}

/// REPEATED says a model of the residuals; one of independent residuals of one variance changes nothing.
fn repeated(part: Pair<'_, Rule>, here: Span, offset: usize) -> Result<()> {
    let (_, settings) = listed(part, offset);
    let is_plain =
        settings.iter().any(|(name, inside, _)| name.starts_with("cov") && inside.eq_ignore_ascii_case("id"));
    if is_plain {
        return Ok(());
    }
    Diagnostic::error(Code::OutOfScope, "REPEATED gives the residuals a covariance")
        .at(here, "here")
        .help(
            "in a linear mixed model residuals are independent, of one variance; a random intercept is \
             `/RANDOM=INTERCEPT | SUBJECT(id)`",
        )
        .into()
}

fn other(part: &Pair<'_, Rule>, here: Span) -> Result<()> {
    let word: String = part.as_str().chars().take_while(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    if word.starts_with("reg") {
        return Diagnostic::error(Code::OutOfScope, "weights change the distribution of the response")
            .at(here, "here")
            .help("models with weights are not read")
            .into();
    }
    if word.len() >= 3 && SILENT.iter().any(|name| name.starts_with(&word)) {
        return Ok(());
    }
    let known = SILENT.iter().copied().chain(["fixed", "random", "repeated"]);
    Err(Box::new(Diagnostic::unknown(Code::UnknownName, "subcommand of MIXED", &word, known).at(here, "here")))
}

fn unknown(word: &str, known: &[&str], at: Span) -> Diagnostic {
    Diagnostic::unknown(Code::UnknownName, "keyword here", word, known.iter().copied()).at(at, "given here")
}

fn several(text: &str, at: Span) -> Diagnostic {
    Diagnostic::error(Code::NeedsInfo, format!("`{}` is a list that only the data can tell", text.trim()))
        .at(at, "which columns are these?")
        .help("name each column")
}

fn syntax(text: &str, offset: usize, error: &pest::error::Error<Rule>) -> Diagnostic {
    let at = stray::place(error);
    let found = stray::word(text, at);
    let place = Span::new(offset + at, offset + at + found.len());
    match found {
        "" => Diagnostic::error(Code::Syntax, "the command ends where something is still to come").at(place, "here"),
        found => Diagnostic::error(Code::Syntax, format!("`{found}` cannot stand here"))
            .at(place, "a variable, a subcommand or the full stop belong here"),
    }
}
