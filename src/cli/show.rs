//! `mlnote show`: every notation of a model side by side, the derivation, what each thing is.

use super::flags::{PaperArgs, choice};
use super::numbers::KnownArgs;
use super::paint::Paint;
use super::{Context, Failure, InputArgs, Outcome, Status};
use mlnote::error::{Diagnostic, visible};
use mlnote::write::show::{self, Panel, Sheet, Terms};
use mlnote::write::typeset::{self, MarkedText};
use mlnote::write::{Format, Style};
use serde_json::json;
use std::rc::Rc;

/// Show a model in every notation, with the derivation and what each term is
///
/// In a terminal, the fixed part, the random part and the residual are told apart by colour, and `--term` marks one term
/// in all of them.
#[derive(clap::Args)]
pub(crate) struct Show {
    /// A file, `-` for stdin, or the text itself
    #[arg(value_name = "INPUT")]
    input: String,
    /// What to make: `text` for the terminal, `html` for a page to explore, `tex` for a handout that compiles, `svg` for
    /// the picture of the groups alone
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = choice(TARGETS))]
    format: Target,
    /// Mark one term (`R`, `R:Z`, `1`) or one symbol (`gamma_11`) wherever it stands
    #[arg(long, value_name = "R")]
    term: Option<String>,
    /// The covariate that was randomised: its effects are called effects, and its terms are bracketed together in the
    /// reduced form
    #[arg(long, value_name = "Z")]
    treatment: Option<String>,
    #[command(flatten)]
    known: KnownArgs,
    /// Lay out for this many printed characters; as wide as the terminal when not given
    #[arg(long, value_name = "N")]
    width: Option<usize>,
    #[command(flatten)]
    paper: PaperArgs,
    #[command(flatten)]
    reading: InputArgs,
}

/// What to make.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Text,
    Html,
    Tex,
    Svg,
}
const TARGETS: &[(&str, Target)] =
    &[("text", Target::Text), ("html", Target::Html), ("tex", Target::Tex), ("svg", Target::Svg)];

/// Columns of a page that is not a terminal.
const COLUMNS: usize = 80;
/// Columns between notations side by side.
const GAP: usize = 4;

impl Show {
    /// Reads, writes every notation, lays out.
    pub(crate) fn run(&self, context: &mut Context) -> Outcome {
        let (source, reading) = context.read(&self.input, &self.reading)?;
        let facts = Context::facts(&source, &self.reading, &reading)?;
        let failed = |diagnostic| Failure { diagnostic, source: Some(Rc::clone(&source)) };
        let width = self.width.unwrap_or_else(columns);
        let mut notes = vec![];
        let mut style = Style { format: Format::Unicode, width, treatment: self.treatment.clone(), ..Style::default() };
        self.paper.add(&mut style, &facts);
        let known = self.known.options(self.reading.data.as_ref(), &reading, &facts, &mut notes)?;
        let made = match self.format {
            Target::Html => Some(show::page(&reading, &facts, &style, &known, &mut notes)),
            Target::Tex => Some(show::handout(&reading, &facts, &style, &known, &mut notes)),
            Target::Svg => Some(show::drawing(&reading, &facts, &style, &known)),
            Target::Text => None,
        };
        if let Some(made) = made {
            let made = made.map_err(failed)?;
            context.note(&source, notes);
            match context.json() {
                true => context.answer_json(json!({"text": made})),
                false => context.answer(&made),
            }
            return Ok(Status::Done);
        }
        let sheet = Sheet::new(&reading, &facts, &style, &known, &mut notes).map_err(failed)?;
        let lit = self.term.as_deref().map(|word| sheet.terms.named(word)).transpose().map_err(failed)?;
        context.note(&source, notes);
        if context.json() {
            context.answer_json(json(&sheet));
            return Ok(Status::Done);
        }
        context.answer(&text(&sheet, width, &context.paint(lit.unwrap_or_default())));
        Ok(Status::Done)
    }
}

/// The width of the terminal.
fn columns() -> usize {
    terminal_size::terminal_size().map_or(COLUMNS, |(terminal_size::Width(columns), _)| usize::from(columns))
}

fn text(sheet: &Sheet, width: usize, paint: &Paint) -> String {
    let (programs, panels): (Vec<&Panel>, Vec<&Panel>) = sheet.panels.iter().partition(|panel| panel.is_program());
    let blocks: Vec<Vec<MarkedText>> = panels.iter().map(|panel| block(panel)).collect();
    let titles: Vec<&str> = panels.iter().map(|panel| panel.name).collect();
    let mut out = String::new();
    for row in rows(&blocks, width) {
        beside(&titles[row.clone()], &blocks[row], paint, &sheet.terms, &mut out);
        out.push('\n');
    }
    if let Ok(walk) = &sheet.walk {
        let mut lines: Vec<MarkedText> = walk.text(Format::Unicode, width.saturating_sub(2)).lines().collect();
        if let Some(text) = walk.econometric(Format::Unicode, width.saturating_sub(2)) {
            lines.push(MarkedText::default());
            lines.extend(text.lines());
        }
        beside(&["derivation"], &[lines], paint, &sheet.terms, &mut out);
        out.push('\n');
    }
    out.push_str(&table(sheet, width, paint));
    let names: Vec<&str> = programs.iter().filter(|panel| panel.text.is_ok()).map(|panel| panel.name).collect();
    if !names.is_empty() {
        out.push_str(&format!("\nmlnote convert --to writes it for: {}\n", names.join(", ")));
    }
    out
}

/// A notation as lines; the reason when it cannot be said.
fn block(panel: &Panel) -> Vec<MarkedText> {
    match &panel.text {
        Ok(text) => text.lines().collect(),
        Err(error) => vec![MarkedText::unmarked(&format!("({})", visible(&error.message)))],
    }
}

/// Which blocks stand side by side: as many as fit, in order.
fn rows(blocks: &[Vec<MarkedText>], width: usize) -> Vec<std::ops::Range<usize>> {
    let size = |block: &Vec<MarkedText>| 2 + block.iter().map(MarkedText::width).max().unwrap_or(0);
    let mut rows: Vec<std::ops::Range<usize>> = vec![];
    let mut used = 0;
    for (at, block) in blocks.iter().enumerate() {
        match rows.last_mut() {
            Some(row) if used + GAP + size(block) <= width => {
                row.end = at + 1;
                used += GAP + size(block);
            }
            _ => {
                rows.push(at..at + 1);
                used = size(block);
            }
        }
    }
    rows
}

/// Blocks side by side under their titles.
fn beside(titles: &[&str], blocks: &[Vec<MarkedText>], paint: &Paint, terms: &Terms, out: &mut String) {
    let widths: Vec<usize> = titles
        .iter()
        .zip(blocks)
        .map(|(title, block)| block.iter().map(|l| 2 + l.width()).max().unwrap_or(0).max(title.len()))
        .collect();
    let mut put = |cells: Vec<(String, usize)>| {
        let mut line = String::new();
        for ((text, used), width) in cells.into_iter().zip(&widths) {
            line.push_str(&text);
            line.push_str(&" ".repeat(width + GAP - used.min(width + GAP)));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    };
    put(titles.iter().map(|title| (paint.title(title), title.len())).collect());
    for at in 0..blocks.iter().map(Vec::len).max().unwrap_or(0) {
        let lines: Vec<MarkedText> = blocks.iter().map(|b| b.get(at).cloned().unwrap_or_default()).collect();
        put(lines.iter().map(|line| (format!("  {}", paint.text(line, terms)), 2 + line.width())).collect());
        let carets: Vec<String> = lines.iter().map(|line| paint.carets(line)).collect();
        if carets.iter().any(|line| !line.is_empty()) {
            put(carets.into_iter().map(|line| (format!("  {line}"), 2 + line.len())).collect());
        }
    }
}

/// The least columns of a meaning.
const LEAST: usize = 30;

/// What each thing is: symbol, term, estimate where it is known, meaning; of what is marked every sentence, and what is
/// related to it.
fn table(sheet: &Sheet, width: usize, paint: &Paint) -> String {
    let terms = &sheet.terms;
    let symbol = |at: usize| {
        let printed = terms.items[at].symbol.as_ref().map(|symbol| typeset::expr(symbol, Format::Unicode));
        printed.unwrap_or_default()
    };
    let all = || (0..).zip(&terms.items);
    let estimate = |number: u16| sheet.entry(number).and_then(|entry| entry.estimate).map(|e| e.to_string());
    let rows: Vec<[String; 3]> = all()
        .map(|(number, item)| [symbol(usize::from(number)), item.term(), estimate(number).unwrap_or_default()])
        .collect();
    let wide = |text: &String| MarkedText::unmarked(text).width();
    let column = |at: usize| match rows.iter().map(|row| wide(&row[at])).max().unwrap_or(0) {
        0 => 0,
        width => width + 2,
    };
    let columns = [column(0), column(1), column(2)];
    let indent = 2 + columns.iter().sum::<usize>();
    let room = width.saturating_sub(indent).max(LEAST);
    let mut out = format!("{}\n", paint.title("terms"));
    for (number, row) in (0..).zip(&rows) {
        let mut head = String::new();
        for (cell, width) in row.iter().zip(columns) {
            head.push_str(cell);
            head.push_str(&" ".repeat(width.saturating_sub(wide(cell))));
        }
        let mut lines = sheet.meaning(number).lines(room);
        if paint.is_lit(number) {
            let sentences = sheet.entry(number).map_or(&[][..], |entry| &entry.sentences);
            lines.extend(sentences.iter().flat_map(|sentence| sentence.sentence().lines(room)));
            let kin = terms.items[usize::from(number)].kin.iter();
            // What is lit itself needs no word.
            let others = kin.filter(|(_, other)| !paint.is_lit(*other));
            lines.extend(others.map(|(kin, other)| format!("{} {}", symbol(usize::from(*other)), kin.words())));
        }
        for (at, line) in lines.iter().enumerate() {
            let mark = if at == 0 && paint.is_lit(number) && !paint.colored() { "> " } else { "  " };
            let before = if at == 0 { head.clone() } else { " ".repeat(indent - 2) };
            let line = visible(&format!("{before}{line}"));
            out.push_str(mark);
            out.push_str(&paint.whole(line.trim_end(), number, terms));
            out.push('\n');
        }
    }
    out
}

fn json(sheet: &Sheet) -> serde_json::Value {
    let refused = |error: &Diagnostic| error.message.clone();
    let panels = sheet.panels.iter().map(|panel| match &panel.text {
        Ok(text) => json!({"notation": panel.name, "text": text.plain()}),
        Err(error) => json!({"notation": panel.name, "refused": refused(error)}),
    });
    let terms = (0..).zip(&sheet.terms.items).map(|(number, item)| {
        let entry = sheet.entry(number);
        let estimate = entry.and_then(|entry| entry.estimate);
        let sentences = entry.map_or(&[][..], |entry| &entry.sentences);
        json!({
            "symbol": item.symbol.as_ref().map(|symbol| typeset::expr(symbol, Format::Unicode)),
            "term": item.term(),
            "part": item.part.word(),
            "words": sheet.meaning(number).text(),
            "sentences": sentences.iter().map(|sentence| sentence.sentence().text()).collect::<Vec<_>>(),
            "estimate": estimate.map(|e| e.value),
            "se": estimate.and_then(|e| e.se),
        })
    });
    let steps = sheet.walk.as_ref().map(|walk| {
        let step = |(line, reason): &(_, Option<typeset::Reason>)| {
            json!({"right": typeset::expr(line, Format::Unicode), "reason": reason.as_ref().map(ToString::to_string)})
        };
        walk.lines.iter().map(step).collect::<Vec<_>>()
    });
    json!({
        "notations": panels.collect::<Vec<_>>(),
        "derivation": steps.unwrap_or_default(),
        "terms": terms.collect::<Vec<_>>(),
    })
}
