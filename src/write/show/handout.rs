//! A model as a LaTeX document to be handed out: every notation, the derivation, the parameters, what each means.

use super::{Panel, Sheet, Walk};
use crate::algebra::Reading;
use crate::error::{Notes, Result};
use crate::model::Facts;
use crate::write::explain::Part;
use crate::write::typeset::{self, declared, escape};
use crate::write::{ExplainOptions, Format, Style};
use std::fmt::Write;

/// Printed characters of a line of equations, and of a program.
const WIDTH: usize = 66;
/// The packages are in every TeX distribution.
const HEAD: &str = r"\documentclass{article}
\usepackage{amsmath}
\usepackage{booktabs}
\usepackage{longtable}
\usepackage{array}
\usepackage[margin=2.2cm]{geometry}
\renewcommand{\labelitemi}{$\bullet$}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt}
\raggedright
";

/// The document; it compiles with plain pdflatex.
///
/// # Errors
/// Those of [`Sheet::new`].
pub fn handout(
    reading: &Reading,
    facts: &Facts,
    style: &Style,
    known: &ExplainOptions,
    notes: &mut Notes,
) -> Result<String> {
    let style = Style { format: Format::Tex, width: WIDTH, ..style.clone() };
    let sheet = Sheet::new(reading, facts, &style, known, notes)?;
    let mut out = String::new();
    // Writing to a string cannot fail.
    writeln!(out, "\\section*{{A model of {}}}", escape(&reading.model.response().to_string())).ok();
    for panel in sheet.panels.iter().filter(|panel| !panel.is_program()) {
        notation(panel, &mut out);
    }
    if let Ok(walk) = &sheet.walk {
        derivation(walk, &mut out);
    }
    match &sheet.explanation {
        Some(explanation) => {
            out.push_str("\\subsection*{The parameters}\n");
            out.push_str(&explanation.table().longtable());
            out.push_str(&explanation.tex());
        }
        None => terms(&sheet, &mut out),
    }
    Ok(format!("{HEAD}{}\\begin{{document}}\n{out}\\end{{document}}\n", declared(&out)))
}

/// The text of a program, its lines and blanks kept.
fn code(text: &str) -> String {
    let line = |line: &str| {
        format!("\\texttt{{{}}}", escape(line).replace(' ', "\\ ").replace(r"\textasciitilde{}", r"$\sim$"))
    };
    text.trim_end().lines().map(line).collect::<Vec<_>>().join("\\\\\n")
}

fn notation(panel: &Panel, out: &mut String) {
    writeln!(out, "\\subsection*{{{}}}", escape(panel.name)).ok();
    match &panel.text {
        Ok(text) if panel.equations => out.push_str(&text.plain()),
        Ok(text) => writeln!(out, "{{\\small {}\\par}}", code(&text.plain())).unwrap_or_default(),
        Err(error) => writeln!(out, "Cannot be said so: {}.", escape(&error.message)).unwrap_or_default(),
    }
}

fn derivation(walk: &Walk, out: &mut String) {
    out.push_str("\\subsection*{From the levels to one equation}\n");
    out.push_str(&walk.text(Format::Tex, WIDTH).plain());
    if let Some(text) = walk.econometric(Format::Tex, WIDTH) {
        out.push_str("\nWith one error for everything random, as econometricians write it:\n");
        out.push_str(&text.plain());
    }
}

/// What each thing is, in few words.
fn terms(sheet: &Sheet, out: &mut String) {
    out.push_str("\\subsection*{What each symbol is}\n");
    let columns =
        r"@{}l>{\raggedright\arraybackslash}p{0.26\textwidth}l>{\raggedright\arraybackslash}p{0.42\textwidth}@{}";
    writeln!(out, "\\begin{{longtable}}{{{columns}}}\n\\toprule\nsymbol & R & part & meaning \\\\\n\\midrule").ok();
    for item in &sheet.terms.items {
        let symbol = item.symbol.as_ref().map(|symbol| format!("${}$", typeset::expr(symbol, Format::Tex)));
        let term = item.term();
        let term = if term.is_empty() { String::new() } else { code(&term) };
        let words = item.words.0.iter().map(|part| match part {
            Part::Words(words) => escape(words),
            Part::Math(expr) => format!("${}$", typeset::expr(expr, Format::Tex)),
            Part::Code(text) => code(text),
        });
        let (symbol, words) = (symbol.unwrap_or_default(), words.collect::<String>());
        writeln!(out, "{symbol} & {term} & {} & {words} \\\\", item.part.word()).ok();
    }
    out.push_str("\\bottomrule\n\\end{longtable}\n");
}
