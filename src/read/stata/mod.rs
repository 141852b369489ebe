//! Stata: `mixed` and its kin, in a do-file or a log.

mod levels;
mod options;
mod script;
mod variables;

use super::chosen::chosen;
use super::columns::Columns;
use super::lmer::parts::{self, Engine};
use super::stray;
use super::text::check_depth;
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Facts, Model};
use crate::read::Glance;
use pest::Parser;
use pest::iterators::Pair;
use script::{Command, Script, script};

#[allow(missing_docs, reason = "the derive makes one item a rule, and the grammar explains them")]
mod grammar {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/stata.pest"]
    pub(super) struct Grammar;
}
use grammar::{Grammar, Rule};

const STATA: Engine =
    Engine { language: "Stata", product: "#", no_random: "a random intercept is `|| group:`, after the fixed effects" };

/// Commands that are read, with the family and link they fit.
const MODELS: &[(&str, &str, &str)] = &[
    ("mixed", "gaussian", "identity"),
    ("xtmixed", "gaussian", "identity"),
    ("meglm", "gaussian", "identity"),
    ("melogit", "binomial", "logit"),
    ("meqrlogit", "binomial", "logit"),
    ("xtmelogit", "binomial", "logit"),
    ("meprobit", "binomial", "probit"),
    ("mecloglog", "binomial", "cloglog"),
    ("mepoisson", "poisson", "log"),
    ("meqrpoisson", "poisson", "log"),
    ("xtmepoisson", "poisson", "log"),
    ("xtreg", "gaussian", "identity"),
    ("xtlogit", "binomial", "logit"),
    ("xtprobit", "binomial", "probit"),
    ("xtcloglog", "binomial", "cloglog"),
];

/// Those whose one random intercept is that of the panel.
const PANEL: &[&str] = &["xtreg", "xtlogit", "xtprobit", "xtcloglog"];

/// Commands for other models, and what these are.
const OTHERS: &[(&str, &str)] = &[
    ("menbreg", "a negative binomial model"),
    ("meologit", "an ordinal model"),
    ("meoprobit", "an ordinal model"),
    ("mestreg", "a survival model"),
    ("metobit", "a censored model"),
    ("meintreg", "a censored model"),
    ("menl", "a nonlinear model"),
    ("gllamm", "a model in words of its own: `i(id)` with `nrf()` and `eqs()` is `|| id: x` of these"),
    (
        "xtpoisson",
        "a random intercept whose law is gamma unless `normal` is said: `mepoisson y x || id:` has a normal one",
    ),
    ("xtnbreg", "a negative binomial model"),
    ("xtologit", "an ordinal model"),
    ("xtoprobit", "an ordinal model"),
    ("xttobit", "a censored model"),
    ("xtintreg", "a censored model"),
    ("xtgee", "means alone, without random effects"),
    ("xtgls", "covariances of residuals, without random effects"),
    ("xtpcse", "covariances of residuals, without random effects"),
    ("xtrc", "a regression in each group: `mixed y x || id: x` is the nearest"),
    ("xtabond", "a regression on earlier values of the response"),
    ("xtivreg", "a model with instruments"),
    ("xthtaylor", "a model with instruments"),
    ("gsem", "a structural equation model"),
];

/// Commands that say nothing about a model: data, display, results.
const SILENT: &[&str] = &[
    "about",
    "append",
    "assert",
    "browse",
    "cd",
    "clear",
    "codebook",
    "collapse",
    "compress",
    "count",
    "de",
    "des",
    "describe",
    "di",
    "display",
    "do",
    "drop",
    "esttab",
    "estat",
    "est",
    "estimates",
    "exit",
    "expand",
    "export",
    "format",
    "generate",
    "gen",
    "g",
    "egen",
    "encode",
    "global",
    "graph",
    "gsort",
    "import",
    "infile",
    "insheet",
    "isid",
    "keep",
    "label",
    "la",
    "list",
    "local",
    "log",
    "lrtest",
    "margins",
    "marginsplot",
    "merge",
    "more",
    "order",
    "outreg2",
    "predict",
    "preserve",
    "recode",
    "ren",
    "rename",
    "replace",
    "reshape",
    "restore",
    "save",
    "scatter",
    "set",
    "sort",
    "su",
    "sum",
    "summarize",
    "svyset",
    "sysuse",
    "tab",
    "table",
    "tabstat",
    "tabulate",
    "test",
    "testparm",
    "lincom",
    "twoway",
    "use",
    "webuse",
    "xtdescribe",
    "xtset",
    "xtsum",
    "tsset",
    "bysort",
    "estadd",
    "clonevar",
    "destring",
    "decode",
    "mean",
    "histogram",
    "corr",
    "correlate",
    "pwcorr",
    "regress",
    "reg",
    "version",
    "capture",
    "cls",
    "run",
    "ssc",
    "net",
    "which",
    "help",
    "unab",
    "center",
    "xtile",
    "pctile",
    "drawnorm",
];

/// Stata's functions of one number, and R's names for them.
const FUNCTIONS: &[(&str, &str)] =
    &[("ln", "log"), ("log", "log"), ("log10", "log10"), ("exp", "exp"), ("sqrt", "sqrt"), ("abs", "abs")];

/// Whether a text is Stata's: it has a command for multilevel models with levels, `||`, or nothing but commands.
pub(super) fn detect(glance: &Glance<'_>) -> bool {
    let text = glance.text;
    let names = MODELS.iter().map(|(name, ..)| *name).chain(OTHERS.iter().map(|(name, _)| *name));
    let known = |word: &str| names.clone().any(|name| name == word);
    if glance.has_displays() {
        return false;
    }
    let lower = text.get(..text.len().min(1 << 20)).unwrap_or(text).to_lowercase();
    if !names.clone().any(|name| lower.contains(name)) {
        return false;
    }
    let script = script(text);
    let mut models = script.commands.iter().filter(|c| known(&c.verb)).peekable();
    if models.peek().is_none() {
        return false;
    }
    let has_levels = |c: &Command| c.rest(&script.text).contains("||") && is_list(c.rest(&script.text));
    let only_commands = || {
        let told = |c: &Command| SILENT.contains(&c.verb.as_str()) || known(&c.verb) && is_list(c.rest(&script.text));
        let spss = ["/fixed", "/random", "/print", " by ", " with "].iter().any(|word| lower.contains(word));
        !spss && script.commands.iter().all(told)
    };
    models.any(has_levels) || only_commands()
}

/// Whether names follow the command, and nothing that is no list of them.
fn is_list(rest: &str) -> bool {
    let first = rest.split("||").next().unwrap_or("");
    rest.starts_with(char::is_whitespace)
        && rest.trim_start().starts_with(|c: char| c.is_alphabetic() || c == '_')
        && !first.contains(['~', '\\', '$', '^', '{'])
        && !first.split_whitespace().nth(1).is_some_and(|word| word.starts_with(['=', '<']))
}

/// Reads the one model of a do-file.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    let script = script(text);
    check_depth(&script.text, Some('\n'))?;
    parts::reading(text, facts, |all, notes| model(&script, all, notes))
}

fn model(script: &Script, facts: &mut Facts, notes: &mut Notes) -> Result<Model> {
    let others = script.commands.iter().find_map(|c| OTHERS.iter().find(|(n, _)| *n == c.verb).map(|o| (c, o.1)));
    let models: Vec<&Command> =
        script.commands.iter().filter(|c| MODELS.iter().any(|(name, ..)| *name == c.verb)).collect();
    let number = facts.model.filter(|_| !models.is_empty());
    let chosen = chosen(models, number, |command| command.span())?;
    let chosen = chosen.ok_or_else(|| Box::new(nothing(script, others)))?;
    prefixes(chosen, notes)?;
    let mut columns = Columns::new(false);
    let mut codes = vec![];
    for command in script.commands.iter().take_while(|c| c.place.start < chosen.place.start) {
        made(command, script, &mut columns, &mut codes);
    }
    let text = &script.text[chosen.place.clone()];
    let mut pairs = Grammar::parse(Rule::command, text).map_err(|e| Box::new(syntax(text, chosen.place.start, &e)))?;
    let Some(command) = pairs.next() else { return Err(Box::new(nothing(script, None))) };
    levels::model(command, chosen, &mut variables::Variables::new(columns, codes), facts, notes)
}

/// The refusal of a text without a command that is read.
fn nothing(script: &Script, other: Option<(&Command, &str)>) -> Diagnostic {
    match other {
        Some((command, what)) => {
            let place = Span::new(command.place.start, command.place.start + command.verb.len());
            Diagnostic::error(Code::OutOfScope, format!("`{}` fits {what}", command.verb))
                .at(place, "here")
                .help("`mixed`, `meglm`, `melogit`, `meprobit`, `mecloglog`, `mepoisson` and `xtreg, re` are read")
        }
        None => {
            let names: Vec<&str> = MODELS.iter().map(|(name, ..)| *name).collect();
            let place = script.commands.first().map(Command::span).unwrap_or_default();
            let error = Diagnostic::error(Code::Syntax, "there is no command that fits a multilevel model");
            error.at(place, "not read").help(format!("there are {}", names.join(", ")))
        }
    }
}

/// Prefixes that change the model are refused, others noted.
fn prefixes(command: &Command, notes: &mut Notes) -> Result<()> {
    let place = Span::new(command.place.start, command.place.start + command.verb.len());
    for prefix in &command.prefixes {
        match prefix.as_str() {
            "svy" => {
                return Diagnostic::error(Code::OutOfScope, "`svy:` weighs the observations")
                    .at(place, "the command after it")
                    .help("models with weights are not read; without the prefix it is")
                    .into();
            }
            "by" | "bysort" | "bys" | "statsby" | "rolling" => {
                return Diagnostic::error(
                    Code::OutOfScope,
                    format!("`{prefix}:` fits one model for each of its groups"),
                )
                .at(place, "the command after it")
                .help("give the command without the prefix")
                .into();
            }
            "nestreg" | "stepwise" | "fp" | "mfp" | "simulate" | "permute" => {
                return Diagnostic::error(Code::OutOfScope, format!("`{prefix}:` fits several models"))
                    .at(place, "the command after it")
                    .help("give the command without the prefix")
                    .into();
            }
            "bayes" => {
                let note = Diagnostic::note(Code::Skipped, "`bayes:` adds priors; the model is that of the command");
                notes.push(note.at(place, "the command after it"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A column that a command makes: `generate x2 = x^2`, `egen cell = group(a b)`, `encode f, generate(code)`.
fn made(command: &Command, script: &Script, columns: &mut Columns, codes: &mut Vec<variables::Coding>) {
    let rest = command.rest(&script.text);
    let verb = command.verb.as_str();
    let is = |word: &str, least: usize| verb.len() >= least && word.starts_with(verb);
    if is("generate", 1) || verb == "replace" {
        let Some((left, value)) = rest.split_once('=') else { return };
        let Some(name) = left.split_whitespace().next_back() else { return };
        let end = value.find(" if ").unwrap_or(value.len());
        // What holds for some rows only is a column of its own.
        let value = if end < value.len() { "" } else { value.split(", ").next().unwrap_or("") };
        columns.define(name, value, FUNCTIONS);
    } else if verb == "egen" {
        let Some((left, value)) = rest.split_once('=') else { return };
        let (Some(name), value) = (left.split_whitespace().next_back(), value.trim()) else { return };
        let inside = value.strip_prefix("group(").and_then(|v| v.split_once(')')).map(|(inside, _)| inside);
        if let Some(inside) = inside {
            let factors = inside.split_whitespace().map(str::to_owned).collect();
            codes.push(variables::Coding::Cells { name: name.to_owned(), factors });
        }
    } else if verb == "xtset" {
        let columns = rest.split(',').next().unwrap_or("").split_whitespace().next();
        codes.extend(columns.map(|name| variables::Coding::Panel { name: name.to_owned() }));
    } else if is("encode", 3) {
        let Some((of, options)) = rest.split_once(',') else { return };
        let argument = |option: &str| {
            let at = options.find(option)?;
            let inside = options[at..].split_once('(')?.1.split_once(')')?.0;
            Some(inside.trim().to_owned())
        };
        if let (Some(of), Some(name)) = (of.split_whitespace().next(), argument("gen")) {
            columns.alias(&name, of);
            let label = argument("label").unwrap_or_else(|| name.clone());
            codes.push(variables::Coding::Encoded { name: name.clone(), of: of.to_owned(), label });
        }
    } else if is("label", 2) {
        let mut words = rest.trim_start().splitn(3, char::is_whitespace);
        if let (Some("define" | "def" | "de"), Some(label), Some(values)) = (words.next(), words.next(), words.next()) {
            codes.push(variables::Coding::Labels { label: label.to_owned(), values: labels(values) });
        }
    }
}

/// `1 "low" 2 "high"`.
fn labels(text: &str) -> Vec<(String, String)> {
    let mut all = vec![];
    let mut rest = text.trim_start();
    while let Some((number, after)) = rest.split_once(char::is_whitespace) {
        let after = after.trim_start();
        let Some(quoted) = after.strip_prefix('"') else { break };
        let Some((word, after)) = quoted.split_once('"') else { break };
        all.push((number.to_owned(), word.to_owned()));
        rest = after.trim_start();
    }
    all
}

fn syntax(text: &str, offset: usize, error: &pest::error::Error<Rule>) -> Diagnostic {
    let at = stray::place(error);
    let found = stray::word(text, at);
    let place = Span::new(offset + at, offset + at + found.len());
    let before = text[..at].trim_end();
    let after_bars = before.rsplit("||").next().unwrap_or("");
    let open = text[..at].matches('(').count() > text[..at].matches(')').count();
    let diagnostic = |message: String, label: &str| Diagnostic::error(Code::Syntax, message).at(place, label);
    if open && found.is_empty() {
        return Diagnostic::error(Code::Unbalanced, "a bracket is not closed").at(place, "the command ends here");
    }
    if before.contains("||") && !after_bars.contains(':') && !after_bars.trim().is_empty() {
        return diagnostic("a level has no colon".into(), "`:` belongs here")
            .help(format!("write `|| {}:`, then its slopes", after_bars.trim()));
    }
    match found {
        "" => diagnostic("the command ends where something is still to come".into(), "here"),
        "|" | ":" if before.contains('|') && !before.contains("||") => {
            diagnostic("a level begins with `||`".into(), "here").help("write `|| school: x`")
        }
        "~" => diagnostic("`~` is not a sign of Stata".into(), "here")
            .help("the response is the first name: `mixed y x || school:`"),
        word => {
            diagnostic(format!("`{word}` cannot stand here"), "a variable, `||`, or a comma and options belong here")
        }
    }
}

/// The place of a pair in the source.
fn place(pair: &Pair<'_, Rule>, offset: usize) -> Span {
    let span = pair.as_span();
    Span::new(offset + span.start(), offset + span.end())
}
