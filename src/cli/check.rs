//! `mlnote check`: are two spellings the same model?

use super::check_data::{self, Fitted};
use super::check_forms;
use super::render::place_of;
use super::{Context, Failure, InputArgs, Outcome, Source, Status};
use mlnote::algebra::{Aspect, Pair, Place};
use mlnote::error::{Code, Notes, visible};
use mlnote::fit::{Fits, Relation, Verdict, Word, verdict};
use mlnote::read;
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// Decide whether two spellings are the same model, or whether the lines of one text agree
///
/// Verdicts: same (the same terms under the same names), equivalent (the same set of distributions of the response;
/// letters, coding or parameters differ), different (with the first difference, and which contains the other),
/// needs-info (with the fact that decides, and the flag that gives it).
#[derive(clap::Args)]
pub(crate) struct Check {
    /// A file, `-` for stdin, or the text itself
    #[arg(value_name = "A")]
    a: String,
    /// The other one; without it the lines of A are held against the model that A gives
    #[arg(value_name = "B")]
    b: Option<String>,
    #[command(flatten)]
    reading: InputArgs,
}

const SIDES: [&str; 2] = ["A", "B"];

impl Check {
    /// Reads both, compares.
    pub(crate) fn run(&self, context: &mut Context) -> Outcome {
        let Some(b) = &self.b else { return check_forms::run(context, &self.a, &self.reading) };
        let facts = context.facts_of(&self.reading)?;
        if let Some(name) = &self.reading.from {
            read::reader(name)?;
        }
        let sources = [context.open(&self.a)?, context.open(b)?];
        let texts = [sources[0].text.as_str(), sources[1].text.as_str()];
        let from = self.reading.from.as_deref();
        let (readings, facts) = match read::read_both(texts, [from, from], &facts) {
            Ok(read) => read,
            // One error for everything random: that the covariance is not known is an answer, not a slip of the pen.
            Err((Some(at), why)) if why.code == Code::CompositeError => {
                let places = [0, 1].map(|side| {
                    let label = why.labels.first().filter(|_| side == at)?;
                    Some(Place { span: label.span, text: label.text.clone() })
                });
                let reason = format!("in {} {}", SIDES[at], why.message);
                return Ok(answer(context, &sources, &Answer::missing(reason, why.help.clone(), places)));
            }
            Err((at, diagnostic)) => {
                return Err(Failure { diagnostic, source: at.map(|at| Rc::clone(&sources[at])) });
            }
        };
        for (source, reading) in sources.iter().zip(&readings) {
            context.note(source, reading.notes.clone());
        }
        let (table, facts) = match &self.reading.data {
            Some(path) => {
                let (table, facts) = check_data::read(context, path, &readings, &facts)?;
                (Some((path, table)), facts)
            }
            None => (None, facts),
        };
        let verdict = verdict([&readings[0], &readings[1]], texts, &facts)?;
        context.remark(verdict.notes.clone());
        let fits = verdict.fits()?;
        let on_data = table.map(|(path, table)| Fitted::new(path, &table, &verdict)).transpose()?;
        Ok(answer(context, &sources, &Answer { fits: Some(fits), on_data, ..Answer::of(verdict) }))
    }
}

/// What is to be told.
struct Answer {
    word: Word,
    reason: String,
    help: Option<String>,
    pairs: Vec<Pair>,
    nested: Option<Relation>,
    places: [Option<Place>; 2],
    differences: Vec<(Aspect, String)>,
    algebra: Option<bool>,
    columns: Option<Relation>,
    fits: Option<Fits>,
    on_data: Option<Fitted>,
}

impl Answer {
    fn of(verdict: Verdict) -> Self {
        let told = verdict.comparison.differences.iter().map(|d| (d.aspect, d.message.clone())).collect();
        Self {
            word: verdict.word,
            reason: verdict.reason,
            help: verdict.help,
            nested: verdict.nested,
            places: verdict.places,
            differences: told,
            algebra: Some(verdict.comparison.is_equal()),
            columns: verdict.columns.and_then(|c| c.relation()),
            pairs: verdict.comparison.letters,
            fits: None,
            on_data: None,
        }
    }

    fn missing(reason: String, help: Option<String>, places: [Option<Place>; 2]) -> Self {
        Self {
            word: Word::NeedsInfo,
            reason,
            help,
            places,
            pairs: vec![],
            nested: None,
            differences: vec![],
            algebra: None,
            columns: None,
            fits: None,
            on_data: None,
        }
    }
}

fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::Equal => "equal",
        Relation::AInB => "A in B",
        Relation::BInA => "B in A",
        Relation::Neither => "neither",
    }
}

/// Writes the answer; the exit status of the verdict.
fn answer(context: &mut Context, sources: &[Rc<Source>; 2], told: &Answer) -> Status {
    if context.json() {
        context.answer_json(to_json(sources, told));
    } else {
        context.answer(&to_text(sources, told));
    }
    match told.word {
        Word::Same | Word::Equivalent => Status::Done,
        Word::Different => Status::Different,
        Word::NeedsInfo => Status::NeedsInfo,
    }
}

fn to_json(sources: &[Rc<Source>; 2], told: &Answer) -> Value {
    let equal = matches!(told.word, Word::Same | Word::Equivalent);
    let mut renaming = Map::new();
    for pair in told.pairs.iter().filter(|p| equal && p.is_told()) {
        if let [Some(a), Some(b)] = &pair.names {
            renaming.entry(a.clone()).or_insert_with(|| json!(b));
        }
    }
    let differences: Vec<Value> =
        told.differences.iter().map(|(aspect, message)| json!({"kind": aspect.word(), "message": message})).collect();
    let places: Vec<Value> = (0..2)
        .filter_map(|at| {
            let place = told.places[at].as_ref()?;
            let (line, column, _) = place_of(&sources[at], place.span);
            Some(json!({"in": SIDES[at], "file": sources[at].name, "line": line, "column": column, "text": place.text}))
        })
        .collect();
    let fits = told.fits.as_ref();
    let fitted = fits.and_then(|f| f.equal).map(|equal| if equal { "equal" } else { "different" });
    let algebra = told.algebra.map(|equal| if equal { "equal" } else { "different" });
    let mut value = json!({
        "verdict": told.word.text(),
        "reason": told.reason,
        "renaming": renaming,
        "nested": told.nested.map(relation),
        "witnesses": {"algebra": algebra, "columns": told.columns.map(relation), "fits": fitted},
        "logliks": fits.map(|f| &f.logliks),
        "differences": differences,
        "places": places,
        "help": told.help,
    });
    if let Some(data) = &told.on_data {
        value["data"] = data.to_json();
    }
    value
}

fn to_text(sources: &[Rc<Source>; 2], told: &Answer) -> String {
    let mut out = format!("{}: {}\n", told.word.text(), visible(&told.reason));
    match told.nested {
        Some(Relation::AInB) => out += "A is a special case of B\n",
        Some(Relation::BInA) => out += "B is a special case of A\n",
        _ => {}
    }
    if let Some(help) = &told.help {
        out += &format!("{}\n", visible(help));
    }
    if matches!(told.word, Word::Same | Word::Equivalent) {
        out += &table(&told.pairs);
    }
    for at in 0..2 {
        if let Some(place) = &told.places[at] {
            let (line, column, shown) = place_of(&sources[at], place.span);
            out +=
                &format!("\n{}, {}:{line}:{column}\n{shown} {}\n", SIDES[at], visible(&sources[at].name), place.text);
        }
    }
    if let Some(data) = &told.on_data {
        out += &data.to_text(&told.pairs);
    }
    out
}

/// The mapping of letters, one thing a line; nothing when all names agree.
fn table(pairs: &[Pair]) -> String {
    let rows: Vec<[String; 3]> = pairs
        .iter()
        .filter(|p| p.is_told())
        .filter_map(|p| match &p.names {
            [Some(a), Some(b)] => Some([visible(a), visible(b), visible(&meaning(p))]),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let width = |at: usize| rows.iter().map(|r| r[at].chars().count()).max().unwrap_or(1);
    let (first, second) = (width(0), width(1));
    let line = |a: &str, b: &str, c: &str| format!("  {a:first$}  {b:second$}  {c}").trim_end().to_owned() + "\n";
    rows.iter().fold(format!("\n{}", line("A", "B", "")), |out, [a, b, c]| out + &line(a, b, c))
}

/// `fixed effect of R:Z`, `random effect (R | id)`, `fixed intercept`.
fn meaning(pair: &Pair) -> String {
    match (pair.part, pair.of.as_str()) {
        (part, "") => part.to_owned(),
        ("fixed effect", "intercept") => "fixed intercept".to_owned(),
        ("fixed effect", term) => format!("fixed effect of {term}"),
        (part @ ("grouping factor" | "covariate" | "response"), _) => part.to_owned(),
        (part, of) => format!("{part} ({of})"),
    }
}

impl Context {
    /// Takes over notes about both texts.
    pub(super) fn remark(&mut self, notes: Notes) {
        self.add_notes(notes.into_iter().map(|note| Box::new(note).into()));
    }
}
