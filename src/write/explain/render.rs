//! An explanation as text, Markdown, LaTeX, HTML and JSON. Names are hostile: each format escapes all words.

use super::prose::{Part, Prose};
use super::{Entry, Explanation, Formula, Section};
use crate::syntax::Expr;
use crate::write::Format;
use crate::write::estimates::Estimate;
use crate::write::typeset;
use serde_json::{Value, json};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// The formats of an explanation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExplainFormat {
    /// Plain text with Unicode mathematics.
    #[default]
    Text,
    /// Markdown with LaTeX between `$`.
    Markdown,
    /// LaTeX, a fragment.
    Tex,
    /// HTML with MathML, a fragment.
    Html,
}

/// How a format spells the parts of a sentence.
pub(super) struct Spell {
    format: Format,
    around: (&'static str, &'static str),
    words: fn(&str) -> String,
    code: fn(&str) -> String,
}

impl Spell {
    pub(super) const TEXT: Self =
        Self { format: Format::Unicode, around: ("", ""), words: typeset::visible, code: typeset::visible };
    pub(super) const MARKDOWN: Self =
        Self { format: Format::Tex, around: ("$", "$"), words: markdown, code: markdown_code };
    pub(super) const TEX: Self =
        Self { format: Format::Tex, around: ("$", "$"), words: typeset::escape, code: tex_code };
    pub(super) const HTML: Self =
        Self { format: Format::Mathml, around: ("", ""), words: typeset::markup, code: html_code };

    /// An expression among words.
    pub(super) fn math(&self, expr: &Expr) -> String {
        format!("{}{}{}", self.around.0, self.bare(expr), self.around.1)
    }

    /// An expression by itself.
    pub(super) fn bare(&self, expr: &Expr) -> String {
        let text = typeset::expr(expr, self.format);
        // Sentences are not read back: a name with blanks or brackets needs no marks around it.
        if self.format == Format::Unicode { unquoted(&text) } else { text }
    }

    /// A number; in HTML one of digits alone needs no element of its own.
    pub(super) fn number(&self, value: f64) -> String {
        let number = super::prose::number(value);
        match self.format {
            Format::Mathml if typeset::is_digits(&number) => typeset::expr(&number, Format::Unicode),
            _ => self.math(&number),
        }
    }

    pub(super) fn code(&self, text: &str) -> String {
        if text.is_empty() { String::new() } else { (self.code)(text) }
    }

    pub(super) fn prose(&self, prose: &Prose) -> String {
        let part = |part: &Part| match part {
            Part::Words(words) => (self.words)(words),
            Part::Math(expr) => self.math(expr),
            Part::Code(code) => self.code(code),
        };
        prose.0.iter().map(part).collect()
    }

    /// A whole sentence.
    fn sentence(&self, prose: &Prose) -> String {
        self.prose(&prose.clone().capital())
    }

    /// `name: formula = value`.
    fn formula(&self, formula: &Formula) -> String {
        let name = self.prose(&formula.name.clone().capital());
        let value = formula.value.as_ref().map(|v| format!(" = {}", self.bare(v))).unwrap_or_default();
        match self.format {
            Format::Mathml => {
                let value = formula.value.as_ref().map(|v| format!(" = {}", self.bare(v))).unwrap_or_default();
                format!("{name}: {}{value}", self.bare(&formula.formula))
            }
            _ => {
                let formula = self.bare(&formula.formula);
                // Fractions as large as in a display.
                let style = if formula.contains(r"\frac") { r"\displaystyle " } else { "" };
                format!("{name}: {}{style}{formula}{value}{}", self.around.0, self.around.1)
            }
        }
    }

    /// `Estimate 2.5 (standard error 0.1).`
    fn estimate(&self, estimate: Estimate) -> String {
        let number = |v: f64| self.number(v);
        match estimate.se {
            Some(se) => format!("Estimate {} (standard error {}).", number(estimate.value), number(se)),
            None => format!("Estimate {}.", number(estimate.value)),
        }
    }

    /// The meaning as a sentence, the estimate, more sentences.
    fn body(&self, entry: &Entry) -> String {
        let mut sentences = vec![self.sentence(&entry.meaning) + "."];
        sentences.extend(entry.estimate.map(|e| self.estimate(e)));
        sentences.extend(entry.sentences.iter().map(|s| self.sentence(s)));
        sentences.join(" ")
    }
}

impl Explanation {
    /// In a format; text breaks at 80 characters.
    pub fn render(&self, format: ExplainFormat) -> String {
        match format {
            ExplainFormat::Text => self.text(80),
            ExplainFormat::Markdown => self.markdown(),
            ExplainFormat::Tex => self.tex(),
            ExplainFormat::Html => self.html(),
        }
    }

    /// Plain text with Unicode mathematics, broken at a width.
    pub fn text(&self, width: usize) -> String {
        let spell = &Spell::TEXT;
        let mut out = String::new();
        let mut block = |text: &str, indent: usize| {
            for line in wrapped(text, width.saturating_sub(indent)) {
                let _ = writeln!(out, "{}{line}", " ".repeat(indent));
            }
        };
        for (at, section) in self.sections.iter().enumerate() {
            if at > 0 {
                block("", 0);
            }
            block(section.title, 0);
            block(&"─".repeat(section.title.width()), 0);
            section.sentences.iter().for_each(|s| block(&spell.sentence(s), 0));
            for entry in &section.entries {
                let name =
                    if entry.r.is_empty() { String::new() } else { format!("   in R: {}", spell.code(&entry.r)) };
                block(&format!("{}{name}", spell.math(&entry.symbol)), 0);
                block(&spell.body(entry), 4);
                entry.formulas.iter().for_each(|f| block(&spell.formula(f), 4));
            }
            section.formulas.iter().for_each(|f| block(&spell.formula(f), 4));
        }
        out
    }

    /// Markdown with LaTeX between `$`.
    pub fn markdown(&self) -> String {
        let spell = &Spell::MARKDOWN;
        let mut blocks = vec![];
        for section in &self.sections {
            blocks.push(format!("## {}", section.title));
            if !section.sentences.is_empty() {
                blocks.push(section.sentences.iter().map(|s| spell.sentence(s)).collect::<Vec<_>>().join(" "));
            }
            let mut list: Vec<String> = vec![];
            for entry in &section.entries {
                let name = if entry.r.is_empty() { String::new() } else { format!(" ({})", spell.code(&entry.r)) };
                list.push(format!("- {}{name}: {}", spell.math(&entry.symbol), spell.body(entry)));
                list.extend(entry.formulas.iter().map(|f| format!("    - {}", spell.formula(f))));
            }
            list.extend(section.formulas.iter().map(|f| format!("- {}", spell.formula(f))));
            if !list.is_empty() {
                blocks.push(list.join("\n"));
            }
        }
        blocks.join("\n\n") + "\n"
    }

    /// LaTeX that needs amsmath: headings, and a description list of symbols.
    pub fn tex(&self) -> String {
        let spell = &Spell::TEX;
        let mut out = String::new();
        for section in &self.sections {
            let _ = writeln!(out, "\\subsection*{{{}}}", section.title);
            for sentence in &section.sentences {
                let _ = writeln!(out, "{}", spell.sentence(sentence));
            }
            list(
                &mut out,
                "description",
                section.entries.iter().map(|entry| {
                    let name = if entry.r.is_empty() { String::new() } else { format!(" {}.", spell.code(&entry.r)) };
                    let mut item = format!("\\item[{}]{name} {}\n", spell.math(&entry.symbol), spell.body(entry));
                    list(&mut item, "itemize", entry.formulas.iter().map(|f| format!("\\item {}\n", spell.formula(f))));
                    item
                }),
            );
            list(&mut out, "itemize", section.formulas.iter().map(|f| format!("\\item {}\n", spell.formula(f))));
        }
        out
    }

    /// HTML with MathML: sections with headings, description lists of symbols.
    pub fn html(&self) -> String {
        let spell = &Spell::HTML;
        let mut out = String::new();
        for section in &self.sections {
            let _ = writeln!(out, "<section id=\"explain-{}\">\n<h2>{}</h2>", section.id, section.title);
            for sentence in &section.sentences {
                let _ = writeln!(out, "<p>{}</p>", spell.sentence(sentence));
            }
            if !section.entries.is_empty() {
                out += "<dl>\n";
                for entry in &section.entries {
                    let _ = write!(out, "<dt>{}", spell.math(&entry.symbol));
                    if !entry.r.is_empty() {
                        let _ = write!(out, " {}", spell.code(&entry.r));
                    }
                    let _ =
                        writeln!(out, "</dt>\n<dd><p>{}</p>{}</dd>", spell.body(entry), items(spell, &entry.formulas));
                }
                out += "</dl>\n";
            }
            out += &items(spell, &section.formulas);
            out += "</section>\n";
        }
        out
    }

    /// Everything as JSON: expressions as Unicode text and LaTeX, sentences as text.
    pub fn json(&self) -> Value {
        let sections = self.sections.iter().map(|section: &Section| {
            json!({
                "id": section.id, "title": section.title, "sentences": texts(&section.sentences),
                "entries": section.entries.iter().map(entry_json).collect::<Vec<_>>(),
                "formulas": section.formulas.iter().map(formula_json).collect::<Vec<_>>(),
            })
        });
        json!({"sections": sections.collect::<Vec<_>>(), "parameters": self.table().json()})
    }
}

fn texts(sentences: &[Prose]) -> Vec<String> {
    sentences.iter().map(|s| Spell::TEXT.sentence(s)).collect()
}

fn entry_json(entry: &Entry) -> Value {
    json!({
        "symbol": Spell::TEXT.bare(&entry.symbol), "tex": Spell::TEX.bare(&entry.symbol), "kind": entry.kind.word(),
        "r": entry.r, "term": entry.term.as_ref().map(ToString::to_string),
        "group": entry.group.as_ref().map(ToString::to_string),
        "meaning": Spell::TEXT.prose(&entry.meaning),
        "conditions": entry.conditions.iter().map(|c| Spell::TEXT.prose(c)).collect::<Vec<_>>(),
        "sentences": texts(&entry.sentences),
        "formulas": entry.formulas.iter().map(formula_json).collect::<Vec<_>>(),
        "estimate": entry.estimate.map(|e| e.value), "se": entry.estimate.and_then(|e| e.se),
    })
}

fn formula_json(formula: &Formula) -> Value {
    json!({
        "name": Spell::TEXT.prose(&formula.name), "formula": Spell::TEXT.bare(&formula.formula),
        "tex": Spell::TEX.bare(&formula.formula), "value": formula.value.as_ref().map(|v| Spell::TEXT.bare(v)),
    })
}

fn list(out: &mut String, environment: &str, items: impl Iterator<Item = String>) {
    let items: String = items.collect();
    if !items.is_empty() {
        let _ = writeln!(out, "\\begin{{{environment}}}\n{items}\\end{{{environment}}}");
    }
}

fn items(spell: &Spell, formulas: &[Formula]) -> String {
    if formulas.is_empty() {
        return String::new();
    }
    let items: String = formulas.iter().map(|f| format!("<li>{}</li>\n", spell.formula(f))).collect();
    format!("<ul>\n{items}</ul>\n")
}

/// The text in lines of at most `width` characters where blanks allow it.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().filter(|line| line.is_empty() || line.width() + 1 + word.width() <= width);
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The text without `\text{…}` around names.
fn unquoted(text: &str) -> String {
    let mut parts = text.split(r"\text{");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}') {
            Some((name, rest)) => out.extend([name, rest]),
            None => out.push_str(part),
        }
    }
    out
}

fn markdown(text: &str) -> String {
    let mut out = String::new();
    for c in typeset::visible(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '$' | '~' | '!' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// Code between more backticks than it holds.
fn markdown_code(text: &str) -> String {
    let text = typeset::visible(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let gap = if longest > 0 { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}

fn tex_code(text: &str) -> String {
    format!("\\texttt{{{}}}", typeset::escape(text))
}

fn html_code(text: &str) -> String {
    format!("<code>{}</code>", typeset::markup(text))
}
