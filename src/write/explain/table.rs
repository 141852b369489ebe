//! The parameter table of a methods section: symbol, R's name, meaning, estimate where it is known.

use super::prose::Prose;
use super::{EntryKind, ExplainFormat, Explanation};
use crate::syntax::Expr;
use crate::write::estimates::Estimate;
use crate::write::explain::render::Spell;
use serde_json::{Value, json};
use std::fmt::Write;

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterRow {
    /// The symbol.
    pub symbol: Expr,
    /// What it is.
    pub kind: EntryKind,
    /// What R calls it, or where R shows it.
    pub r: String,
    /// What it means, as a clause.
    pub meaning: Prose,
    /// Its estimate.
    pub estimate: Option<Estimate>,
}

/// Every parameter of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterTable {
    /// Fixed effects, then variances and covariances, then the residual's variance.
    pub rows: Vec<ParameterRow>,
}

impl Explanation {
    /// The parameters as a table.
    pub fn table(&self) -> ParameterTable {
        let rows = self.entries().filter(|entry| entry.kind.is_parameter()).map(|entry| ParameterRow {
            symbol: entry.symbol.clone(),
            kind: entry.kind,
            r: entry.r.clone(),
            meaning: entry.meaning.clone(),
            estimate: entry.estimate,
        });
        ParameterTable { rows: rows.collect() }
    }
}

impl ParameterTable {
    fn head(&self) -> Vec<&'static str> {
        let known = |f: fn(&ParameterRow) -> bool| self.rows.iter().any(f);
        let mut head = vec!["Symbol", "In R", "Meaning"];
        if known(|r| r.estimate.is_some()) {
            head.push("Estimate");
        }
        if known(|r| r.estimate.is_some_and(|e| e.se.is_some())) {
            head.push("SE");
        }
        head
    }

    /// The cells of a row, as a format spells them; the meaning with a capital.
    fn cells(&self, row: &ParameterRow, spell: &Spell) -> Vec<String> {
        let head = self.head();
        let meaning = row.meaning.clone().capital();
        let mut cells = vec![spell.math(&row.symbol), spell.code(&row.r), spell.prose(&meaning)];
        let shown = |value: Option<f64>| value.map_or_else(String::new, |v| spell.number(v));
        if head.contains(&"Estimate") {
            cells.push(shown(row.estimate.map(|e| e.value)));
        }
        if head.contains(&"SE") {
            cells.push(shown(row.estimate.and_then(|e| e.se)));
        }
        cells
    }

    /// In a format; text has lines of about 80 characters.
    pub fn render(&self, format: ExplainFormat) -> String {
        match format {
            ExplainFormat::Text => self.text(80),
            ExplainFormat::Markdown => self.markdown(),
            ExplainFormat::Tex => self.tex(),
            ExplainFormat::Html => self.html(),
        }
    }

    /// LaTeX that needs the packages booktabs and amsmath; the meaning breaks over lines.
    pub fn tex(&self) -> String {
        let head = self.head();
        let numbers = "r".repeat(head.len() - 3);
        let width = if head.len() > 3 { "0.4" } else { "0.5" };
        let mut out = format!(
            "\\begin{{tabular}}{{@{{}}llp{{{width}\\linewidth}}{numbers}@{{}}}}\n\\toprule\n{} \\\\\n\\midrule\n",
            head.join(" & ")
        );
        for row in &self.rows {
            let _ = writeln!(out, "{} \\\\", self.cells(row, &Spell::TEX).join(" & "));
        }
        out + "\\bottomrule\n\\end{tabular}\n"
    }

    /// LaTeX that breaks over pages, for a document of its own; needs the packages amsmath, booktabs, longtable and array.
    pub fn longtable(&self) -> String {
        let head = self.head();
        let ragged = |width: &str| format!(">{{\\raggedright\\arraybackslash}}p{{{width}\\linewidth}}");
        let meaning = if head.len() > 3 { "0.42" } else { "0.58" };
        let columns = format!("@{{}}l{}{}{}@{{}}", ragged("0.22"), ragged(meaning), "r".repeat(head.len() - 3));
        let mut out =
            format!("\\begin{{longtable}}{{{columns}}}\n\\toprule\n{} \\\\\n\\midrule\n\\endhead\n", head.join(" & "));
        for row in &self.rows {
            let _ = writeln!(out, "{} \\\\", self.cells(row, &Spell::TEX).join(" & "));
        }
        out + "\\bottomrule\n\\end{longtable}\n"
    }

    /// A table in Markdown (pipes), mathematics between `$`.
    pub fn markdown(&self) -> String {
        let head = self.head();
        let rule: Vec<&str> = (0..head.len()).map(|at| if at > 2 { "---:" } else { "---" }).collect();
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut out = line(head.iter().map(|h| (*h).to_owned()).collect()) + &format!("|{}|\n", rule.join("|"));
        for row in &self.rows {
            let cells = self.cells(row, &Spell::MARKDOWN).into_iter().map(|cell| cell.replace('|', "\\|"));
            out += &line(cells.collect());
        }
        out
    }

    /// Aligned columns, the meaning broken so that a line has about `width` characters.
    pub fn text(&self, width: usize) -> String {
        use unicode_width::UnicodeWidthStr;
        let head: Vec<String> = self.head().iter().map(|h| (*h).to_owned()).collect();
        let rows: Vec<Vec<String>> =
            std::iter::once(head).chain(self.rows.iter().map(|row| self.cells(row, &Spell::TEXT))).collect();
        let columns = rows[0].len();
        let wide = |c: usize| rows.iter().map(|r| r[c].width()).max().unwrap_or(0);
        let others: usize = (0..columns).filter(|&c| c != 2).map(|c| wide(c) + 2).sum();
        let meaning = wide(2).min(width.saturating_sub(others).max(24));
        let mut out = String::new();
        for row in &rows {
            let lines = super::render::wrapped(&row[2], meaning);
            for (at, line) in lines.iter().enumerate() {
                let mut text = String::new();
                for (c, whole) in row.iter().enumerate() {
                    let cell = match (c, at) {
                        (2, _) => line,
                        (_, 0) => whole.as_str(),
                        _ => "",
                    };
                    let size = if c == 2 { meaning } else { wide(c) };
                    let pad = " ".repeat(size.saturating_sub(cell.width()));
                    text += &if c > 2 { format!("{pad}{cell}  ") } else { format!("{cell}{pad}  ") };
                }
                let _ = writeln!(out, "{}", text.trim_end());
            }
        }
        out
    }

    /// An HTML table.
    pub fn html(&self) -> String {
        let cell = |tag: &str, text: &str| format!("<{tag}>{text}</{tag}>");
        let line = |tag: &str, cells: &[String]| {
            format!("<tr>{}</tr>\n", cells.iter().map(|c| cell(tag, c)).collect::<String>())
        };
        let head: Vec<String> = self.head().iter().map(|h| (*h).to_owned()).collect();
        let body: String = self.rows.iter().map(|row| line("td", &self.cells(row, &Spell::HTML))).collect();
        format!("<table>\n<thead>{}</thead>\n<tbody>\n{body}</tbody>\n</table>\n", line("th", &head).trim_end())
    }

    /// Rows as JSON; symbols as Unicode text and LaTeX, meanings as text.
    pub fn json(&self) -> Value {
        let row = |row: &ParameterRow| {
            json!({
                "symbol": Spell::TEXT.math(&row.symbol), "tex": Spell::TEX.bare(&row.symbol), "kind": row.kind.word(),
                "r": row.r, "meaning": Spell::TEXT.prose(&row.meaning),
                "estimate": row.estimate.map(|e| e.value), "se": row.estimate.and_then(|e| e.se),
            })
        };
        Value::Array(self.rows.iter().map(row).collect())
    }
}
