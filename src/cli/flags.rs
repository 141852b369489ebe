//! Flags that mean the same wherever they apply.

use super::{Context, numbers};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use mlnote::algebra::Reading;
use mlnote::error::{Code, Diagnostic, Notes, Result};
use mlnote::fit::Method;
use mlnote::model::Facts;
use mlnote::read::READERS;
use mlnote::write::{CovarianceStyle, Errors, Format, Indices, LmerStyle, Numbers, Residual, Style, WRITERS};
use std::path::PathBuf;

/// Flags of every command.
#[derive(Args)]
#[command(next_help_heading = "General")]
pub(crate) struct General {
    /// Give the answer as JSON on stdout, an error as JSON on stderr
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Write the answer to this file, whole or not at all, rather than to stdout
    #[arg(long, short, global = true, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Take every note for an error
    #[arg(long, global = true)]
    pub(crate) strict: bool,
    /// Do not show notes
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Colour notes and errors
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_parser = choice(COLOR))]
    pub(crate) color: Color,
    /// Refuse inputs of more bytes than this
    #[arg(long, global = true, value_name = "N", default_value_t = 1 << 20, hide_short_help = true)]
    pub(crate) max_bytes: u64,
}

/// When to use colour.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
const COLOR: &[(&str, Color)] = &[("auto", Color::Auto), ("always", Color::Always), ("never", Color::Never)];

/// Flags of every command that reads a model.
#[derive(Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct InputArgs {
    /// The notation of INPUT; detected when it is not given
    #[arg(long, value_name = "NOTATION", value_parser = Notation::Read)]
    pub(crate) from: Option<String>,
    /// The index letter stands for this grouping factor
    #[arg(long, value_name = "j=school")]
    index: Vec<String>,
    /// These covariates are constant within the groups of this factor (`1=R`: vary between observations)
    #[arg(long, value_name = "school=Z,S")]
    level: Vec<String>,
    /// Data from which the levels of covariates are taken
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) data: Option<PathBuf>,
    /// A label for a symbol or column, used in sentences
    #[arg(long, value_name = "R=\"at risk\"")]
    label: Vec<String>,
    /// The symbol stands for this column of the data
    #[arg(long, value_name = "Y=reading")]
    column: Vec<String>,
    /// A categorical covariate and its categories, the reference first (`f=a,…` when the others are not known,
    /// `f=categorical` when none is), or `x=numeric`
    #[arg(long, value_name = "f=a,b,c")]
    factor: Vec<String>,
    /// A covariate made from others, as an R expression
    #[arg(long, value_name = "xc = x - 2.5")]
    define: Vec<String>,
    /// Whether the ids of a nested factor are `reused` in every group above it or `unique`
    #[arg(long, value_name = "class=reused|unique")]
    ids: Vec<String>,
    /// Which of the models in the text is meant, when it holds several
    #[arg(long, value_name = "N")]
    model: Option<usize>,
}

impl InputArgs {
    /// What the flags declare.
    ///
    /// # Errors
    /// `BadArgument` for a value that cannot be read.
    pub(crate) fn facts(&self) -> Result<Facts> {
        let mut facts = Facts { model: self.model, ..Facts::default() };
        let kinds = [
            ("index", &self.index),
            ("level", &self.level),
            ("label", &self.label),
            ("column", &self.column),
            ("factor", &self.factor),
            ("define", &self.define),
            ("ids", &self.ids),
        ];
        for (kind, values) in kinds {
            for value in values {
                facts.add(kind, value).map_err(|mut error| {
                    error.message = format!("--{kind} {value}: {}", error.message);
                    error
                })?;
            }
        }
        Ok(facts)
    }
}

/// Flags of every command that writes a model.
#[derive(Args)]
#[command(next_help_heading = "Writing")]
pub(crate) struct WriteArgs {
    /// How equations are typeset
    #[arg(long, value_name = "FORMAT", default_value = "tex", value_parser = choice(FORMAT))]
    format: Format,
    /// A LaTeX document that compiles, rather than a fragment
    #[arg(long)]
    standalone: bool,
    #[command(flatten)]
    numbers: NumberArgs,
    #[command(flatten)]
    paper: PaperArgs,
    /// Break lines at this many printed characters
    #[arg(long, value_name = "N", default_value_t = 80)]
    width: usize,
    /// `R * Z + (R | id)`, `1 + R * Z + (1 + R | id)` or `1 + R + Z + R:Z + (1 + R | id)`
    #[arg(long, value_name = "STYLE", default_value = "compact", value_parser = choice(LMER))]
    lmer_style: LmerStyle,
    /// Name the covariances τ, or σ and ρ; as the author does when not given
    #[arg(long, value_name = "NAMES", value_parser = choice(COVARIANCE))]
    covariance: Option<CovarianceStyle>,
    /// Write u + ε, or one ε with its definition
    #[arg(long, value_name = "PART", default_value = "split", value_parser = choice(RESIDUAL))]
    residual: Residual,
    /// Index covariates by their levels (`Z_j`), or all of them as the response (`Z_ij`)
    #[arg(long, value_name = "INDICES", default_value = "levels", value_parser = choice(INDICES))]
    indices: Indices,
    /// Bracket together the terms of this covariate in the reduced form
    #[arg(long, value_name = "Z")]
    treatment: Option<String>,
    /// Another letter for a symbol
    #[arg(long, value_name = "gamma_{01}=tau")]
    rename: Vec<String>,
    /// The name of the data in calls
    #[arg(long, value_name = "NAME", default_value = "dat")]
    data_name: String,
    /// Calls that fit by ML rather than REML
    #[arg(long)]
    ml: bool,
}

/// Numbers in the places of parameters.
#[derive(Args)]
pub(crate) struct NumberArgs {
    /// Put estimates in the places of the parameters of equations: those of `mlnote fit --json`; without a file those of
    /// a fit on `--data` (by REML, with `--ml` by ML)
    #[arg(long, value_name = "fit.json", num_args = 0..=1)]
    estimates: Option<Option<PathBuf>>,
    /// Standard errors of the fixed effects, beside their estimates or under them
    #[arg(long, value_name = "WHERE", requires = "estimates", value_parser = choice(ERRORS))]
    se: Option<Errors>,
    /// Significant digits of standard errors, to which estimates are rounded (2 when not given), and of variances (3)
    #[arg(long, value_name = "N", requires = "estimates", value_parser = clap::value_parser!(u8).range(1..=9))]
    digits: Option<u8>,
    /// Write the predictions: hats on the response, the coefficients and the random effects, no residual
    #[arg(long, requires = "estimates", conflicts_with = "residual")]
    hat: bool,
}

impl NumberArgs {
    /// Whether numbers are asked for.
    pub(crate) fn wanted(&self) -> bool {
        self.estimates.is_some()
    }

    /// The numbers; the notes of a fit are taken over.
    ///
    /// # Errors
    /// `BadArgument` without a file and without data; those of reading the file, and of the fit.
    pub(crate) fn numbers(
        &self,
        reading: &Reading,
        facts: &Facts,
        data: Option<&PathBuf>,
        ml: bool,
        notes: &mut Notes,
    ) -> Result<Option<Numbers>> {
        let estimates = match (&self.estimates, data) {
            (None, _) => return Ok(None),
            (Some(Some(path)), _) => numbers::estimates(path)?,
            (Some(None), Some(data)) => {
                let method = if ml { Method::Ml } else { Method::Reml };
                numbers::fitted(data, reading, facts, method, notes)?
            }
            (Some(None), None) => {
                return Diagnostic::error(Code::BadArgument, "--estimates: there is neither a fit nor data to fit on")
                    .help("give the file of `mlnote fit --json`, or the data by `--data FILE`")
                    .into();
            }
        };
        let digits = self.digits.map(usize::from);
        Ok(Some(Numbers { estimates, errors: self.se.unwrap_or_default(), digits, hat: self.hat }))
    }
}

/// What papers write beside the equations.
#[derive(Args)]
pub(crate) struct PaperArgs {
    /// Write `iid` over the `~` of distributions with constant parameters
    #[arg(long)]
    iid: bool,
    /// Write after each distribution what its indices range over, `for school j = 1, …, J`; words come from the names of
    /// the grouping factors, `--label school="secondary school"` and `--index i=student`
    #[arg(long)]
    ranges: bool,
    /// Gather the equations by Level, each Level labelled
    #[arg(long)]
    level_labels: bool,
    /// Number the equations, each with a LaTeX label: `eq:1`, with a NAME `eq:NAME-1`; printed numbers in Markdown
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = label_name)]
    label_equations: Option<String>,
}

impl PaperArgs {
    /// Adds the choices to a style; `facts` have the words.
    pub(crate) fn add(&self, style: &mut Style, facts: &Facts) {
        (style.iid, style.ranges, style.level_labels) = (self.iid, self.ranges, self.level_labels);
        style.label_equations.clone_from(&self.label_equations);
        style.words.extend(facts.index.clone());
        style.words.extend(facts.label.clone());
    }
}

/// A name that a LaTeX label takes.
pub(crate) fn label_name(text: &str) -> std::result::Result<String, String> {
    match text.chars().find(|c| !c.is_ascii_alphanumeric() && !"-.:".contains(*c)) {
        Some(odd) => Err(format!("`{odd}` cannot stand in a label: letters, digits, `-`, `.` and `:` can")),
        None => Ok(text.to_owned()),
    }
}

/// The words of `--format`.
pub(crate) const FORMAT: &[(&str, Format)] =
    &[("tex", Format::Tex), ("markdown", Format::Markdown), ("unicode", Format::Unicode), ("mathml", Format::Mathml)];
const LMER: &[(&str, LmerStyle)] =
    &[("compact", LmerStyle::Compact), ("explicit", LmerStyle::Explicit), ("expanded", LmerStyle::Expanded)];
const COVARIANCE: &[(&str, CovarianceStyle)] = &[("tau", CovarianceStyle::Tau), ("sigma", CovarianceStyle::Sigma)];
const ERRORS: &[(&str, Errors)] = &[("beside", Errors::Beside), ("under", Errors::Under)];
const RESIDUAL: &[(&str, Residual)] = &[("split", Residual::Split), ("composite", Residual::Composite)];
const INDICES: &[(&str, Indices)] = &[("levels", Indices::Levels), ("all", Indices::All)];

impl WriteArgs {
    /// The numbers that are asked for.
    pub(crate) fn numbers(&self) -> &NumberArgs {
        &self.numbers
    }

    /// Whether fits are by ML.
    pub(crate) fn is_ml(&self) -> bool {
        self.ml
    }

    /// The choices as the writers take them.
    ///
    /// # Errors
    /// `BadArgument` for a `--rename` that cannot be read.
    pub(crate) fn style(&self, facts: &Facts) -> Result<Style> {
        let mut style = Style {
            format: self.format,
            width: self.width,
            standalone: self.standalone,
            lmer: self.lmer_style,
            covariance: self.covariance.unwrap_or_default(),
            residual: self.residual,
            indices: self.indices,
            treatment: self.treatment.clone(),
            data_name: self.data_name.clone(),
            ml: self.ml,
            ..Style::default()
        };
        self.paper.add(&mut style, facts);
        for text in &self.rename {
            match text.split_once('=').map(|(old, new)| (old.trim(), new.trim())) {
                Some((old, new)) if !old.is_empty() && !new.is_empty() => {
                    style.rename.insert(old.to_owned(), new.to_owned());
                }
                _ => {
                    let message = format!("--rename {text}: not of the form `old=new`");
                    return Diagnostic::error(Code::BadArgument, message).help("such as `gamma_{01}=tau`").into();
                }
            }
        }
        Ok(style)
    }
}

/// A parser of one word of a list, and what each means.
pub(crate) fn choice<T: Copy + Send + Sync + 'static>(
    rows: &'static [(&'static str, T)],
) -> impl TypedValueParser<Value = T> {
    let meaning = move |word: String| rows.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    PossibleValuesParser::new(rows.iter().map(|(name, _)| *name)).try_map(move |word| {
        let message = format!("`{word}` is not on the list");
        meaning(word).ok_or(message)
    })
}

/// A parser of names of notations. It lists them, for help and completions, and takes any word: the tables know better
/// what to say about a wrong one.
#[derive(Clone, Copy)]
pub(crate) enum Notation {
    /// Notations that can be read.
    Read,
    /// Notations that can be written.
    Write,
}

impl TypedValueParser for Notation {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> std::result::Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let row = |name: &'static str, aliases: &'static [&'static str]| PossibleValue::new(name).aliases(aliases);
        Some(match self {
            Self::Read => Box::new(READERS.iter().map(move |r| row(r.name, r.aliases))),
            Self::Write => Box::new(WRITERS.iter().map(move |w| row(w.name, w.aliases))),
        })
    }
}

impl Context {
    /// Whether the answer is wanted as JSON.
    pub(crate) fn json(&self) -> bool {
        self.general.json
    }
}
