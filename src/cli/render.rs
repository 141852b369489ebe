//! Diagnostics on the screen: the source line with carets, help, the mended line; or one JSON object.

use super::context::Failure;
use super::flags::Color;
use super::{Source, output};
use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use mlnote::error::{Code, Diagnostic, Severity, Span, visible};
use serde_json::{Value, json};
use std::cell::Cell;
use std::ops::Range;

/// How messages are shown on stderr.
pub(crate) struct Screen {
    renderer: Renderer,
    json: bool,
    used: Cell<bool>,
    notes: Cell<usize>,
}

/// The most notes that are shown with their lines; each takes time by the length of its line.
const MAX_NOTES: usize = 100;

impl Screen {
    /// A screen that may be coloured; `json` wins over colours.
    pub(crate) fn new(color: Color, json: bool) -> Self {
        let styled = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => output::color_by_itself(&std::io::stderr()),
        };
        Self {
            renderer: if styled { Renderer::styled() } else { Renderer::plain() },
            json,
            used: Cell::new(false),
            notes: Cell::new(0),
        }
    }

    /// Shows an error or a note.
    pub(crate) fn show(&self, failure: &Failure) {
        if failure.diagnostic.severity == Severity::Note && !self.json {
            let before = self.notes.replace(self.notes.get() + 1);
            if before == MAX_NOTES {
                output::say(&format!("\nnote: more than {MAX_NOTES} notes; `--json` has them all\n"));
            }
            if before >= MAX_NOTES {
                return;
            }
        }
        let text = if self.json { error_json(failure).to_string() } else { self.render(failure) };
        // Messages stand apart by an empty line.
        let gap = if self.used.replace(true) && !self.json { "\n" } else { "" };
        output::say(&format!("{gap}{text}\n"));
    }

    fn render(&self, failure: &Failure) -> String {
        let diagnostic = &failure.diagnostic;
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Note => Level::NOTE,
        };
        let title = level.primary_title(&diagnostic.message).id(diagnostic.code.slug());
        let group = Group::with_title(title);
        let help = diagnostic.help.as_deref();
        let shown = match &failure.source {
            Some(source) if diagnostic.code == Code::ForbiddenCharacter => {
                Some(Source { name: source.name.clone(), text: masked(&source.text) })
            }
            _ => None,
        };
        let placed = shown.as_ref().or(failure.source.as_deref()).filter(|_| !diagnostic.labels.is_empty());
        let report = match (placed, &diagnostic.fix) {
            (None, _) => {
                // Apart from each other: a group after another is joined to it by an empty line.
                let help = help.map(|text| Group::with_title(Level::HELP.secondary_title(text)));
                let parts = [group].into_iter().chain(help).map(|part| self.renderer.render(&[part]));
                return parts.collect::<Vec<_>>().join("\n");
            }
            (Some(source), None) => {
                let help = help.map(|text| Level::HELP.message(text));
                vec![group.element(snippet(diagnostic, source)).elements(help)]
            }
            (Some(source), Some(fix)) => {
                let patch = Patch::new(within(&source.text, fix.span), visible(&fix.text));
                let mended = Snippet::source(source.text.as_str()).path(visible(&source.name)).patch(patch);
                let title = Level::HELP.secondary_title(help.unwrap_or("write it so"));
                vec![group.element(snippet(diagnostic, source)), title.element(mended)]
            }
        };
        self.renderer.render(&report)
    }
}

fn snippet<'a>(diagnostic: &'a Diagnostic, source: &'a Source) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let annotations = diagnostic.labels.iter().enumerate().map(|(position, label)| {
        let kind = if position == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let text = (!label.text.is_empty()).then_some(&label.text);
        kind.span(within(&source.text, label.span)).label(text)
    });
    Snippet::source(source.text.as_str()).path(visible(&source.name)).annotations(annotations)
}

/// The text with hidden characters replaced by visible ones of as many bytes, so that places stay.
fn masked(text: &str) -> String {
    let mask = |c: char| match c {
        c if mlnote::read::check_text(c.encode_utf8(&mut [0; 4])).is_ok() => c,
        c => ['?', '¿', '\u{FFFD}', '\u{1F6C7}'][c.len_utf8() - 1],
    };
    text.chars().map(mask).collect()
}

/// The span as a range that surely lies in the text and on its characters.
fn within(text: &str, span: Span) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
    start..end
}

/// Line and column, from 1; the column counts characters.
fn position(source: &Source, span: Span) -> (usize, usize) {
    let before = &source.text[..within(&source.text, span).start];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// A place for programs: file, line and column.
#[derive(Default)]
pub(crate) struct Place<'a> {
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
}

/// The object of an error: `{"error", "message", "file", "line", "column", "help"}`.
pub(crate) fn object(slug: &str, message: &str, place: &Place, help: Option<&str>) -> Value {
    let Place { file, line, column } = place;
    json!({"error": slug, "message": message, "file": file, "line": line, "column": column, "help": help})
}

fn error_json(failure: &Failure) -> Value {
    let diagnostic = &failure.diagnostic;
    let place = match (&diagnostic.table, failure.source.as_deref()) {
        (Some(table), _) => {
            let line = table.line.and_then(|line| usize::try_from(line).ok());
            Place { file: table.file.as_deref(), line, column: None }
        }
        (None, Some(source)) => {
            let (line, column) = diagnostic.labels.first().map(|label| position(source, label.span)).unzip();
            Place { file: Some(&source.name), line, column }
        }
        (None, None) => Place::default(),
    };
    object(diagnostic.code.slug(), &diagnostic.message, &place, diagnostic.help.as_deref())
}

/// The object of a note: that of an error, with `note` for `error`.
pub(crate) fn note_json(failure: &Failure) -> Value {
    let mut note = json!({"note": failure.diagnostic.code.slug()});
    if let (Value::Object(note), Value::Object(rest)) = (&mut note, error_json(failure)) {
        note.extend(rest.into_iter().filter(|(name, _)| name != "error"));
    }
    note
}

/// Line and column of a place, and the line itself with carets under it; only its first line when it has several.
pub(crate) fn place_of(source: &Source, span: Span) -> (usize, usize, String) {
    use unicode_width::UnicodeWidthStr;
    let (line, column) = position(source, span);
    let range = within(&source.text, span);
    let start = source.text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = source.text[range.start..].find('\n').map_or(source.text.len(), |at| range.start + at);
    let marked = &source.text[range.start..range.end.min(end)];
    let shown = visible(&source.text[start..end].replace(['\t', '\r'], " "));
    let before = visible(&source.text[start..range.start].replace(['\t', '\r'], " "));
    let carets = "^".repeat(marked.trim_end().width().max(1));
    (line, column, format!("  {shown}\n  {}{carets}", " ".repeat(before.width())))
}
