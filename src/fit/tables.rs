//! Estimates as tables: Markdown, LaTeX (booktabs), CSV.

use super::criterion::Method;
use super::result::{Fit, Modes};
use super::summary::Summary;
use serde::Serialize;
use std::fmt::Write;

impl Summary<'_> {
    /// Two Markdown tables: fixed effects, variances.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        for (rows, left) in [(self.fixed_rows(), 1), (self.random_rows(), 2)] {
            let wide = rows.iter().map(Vec::len).max().unwrap_or(0);
            for (at, row) in rows.iter().enumerate() {
                let cells = (0..wide).map(|c| row.get(c).map_or(String::new(), |s| escape_markdown(s)));
                let _ = writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "));
                if at == 0 {
                    let rule = (0..wide).map(|c| if c < left { "---" } else { "--:" });
                    let _ = writeln!(out, "| {} |", rule.collect::<Vec<_>>().join(" | "));
                }
            }
            out.push('\n');
        }
        let (words, loglik) = self.foot();
        let _ = writeln!(out, "{} {loglik}", escape_markdown(&words));
        out
    }

    /// A LaTeX table for booktabs.
    pub fn latex(&self) -> String {
        let random = self.random_rows();
        let wide = random.iter().map(Vec::len).max().unwrap_or(0);
        let mut out = String::from(
            "% \\usepackage{booktabs}\n\\begin{tabular}{lrrr}\n\\toprule\nFixed effect & Estimate & SE & $t$ \\\\\n\\midrule\n",
        );
        for row in &self.fixed_rows()[1..] {
            let _ = writeln!(out, "{} \\\\", cells(row, 4, 1));
        }
        out.push_str("\\bottomrule\n\\end{tabular}\n\n");
        let _ = writeln!(out, "\\begin{{tabular}}{{ll{}}}\n\\toprule", "r".repeat(wide.max(3) - 2));
        let head = if wide > 4 { " & Corr" } else { "" };
        let _ =
            writeln!(out, "Groups & Name & Variance & SD{head}{} \\\\\n\\midrule", " &".repeat(wide.saturating_sub(5)));
        for row in &random[1..] {
            let _ = writeln!(out, "{} \\\\", cells(row, wide, 2));
        }
        let (words, loglik) = self.foot();
        let foot = format!("{} {}", escape_latex(&words), latex_number(&loglik));
        let _ = writeln!(out, "\\bottomrule\n\\end{{tabular}}\n\n\\noindent {foot}");
        out
    }

    /// What stands below the tables: the words, and the log-likelihood that they end with.
    fn foot(&self) -> (String, String) {
        let fit = self.fit;
        let groups: Vec<String> = fit.groups.iter().map(|(name, count)| format!("{count} groups of {name}")).collect();
        let method = if fit.method == Method::Ml { "ML" } else { "REML" };
        let words = format!("{method}; {} observations, {}; log-likelihood", fit.n, groups.join(", "));
        (words, format!("{:.2}", fit.loglik))
    }
}

fn cells(row: &[String], wide: usize, left: usize) -> String {
    (0..wide)
        .map(|c| match row.get(c) {
            None => String::new(),
            Some(text) if c >= left => latex_number(text),
            Some(text) => escape_latex(text),
        })
        .collect::<Vec<_>>()
        .join(" & ")
}

/// A cell of numbers, with a minus rather than a hyphen.
fn latex_number(text: &str) -> String {
    text.strip_prefix('-').map_or_else(|| escape_latex(text), |size| format!("$-${}", escape_latex(size)))
}

fn escape_markdown(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\r' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '>' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

fn escape_latex(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '{' | '}' | '$' | '&' | '#' | '%' | '_' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A text cell of CSV: quoted where needed; what a spreadsheet would run as a formula gets a `'` in front, a number does
/// not.
pub(crate) fn csv_text(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) && text.parse::<f64>().is_err();
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// One random effect, or coefficient, of one group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ByGroup {
    /// The grouping factor.
    pub group: String,
    /// The group.
    pub level: String,
    /// R's name of the column.
    pub term: String,
    /// The value.
    pub value: f64,
}

/// What is fitted to a row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ByRow {
    /// The row of the table, from 1.
    pub row: usize,
    /// The fitted value, the offset included.
    pub fitted: f64,
    /// The residual.
    pub residual: f64,
}

fn long(modes: &[Modes]) -> Vec<ByGroup> {
    let of = |of: &Modes| {
        let rows = of.labels.iter().zip(&of.values);
        let cells =
            rows.flat_map(|(level, row)| of.terms.iter().zip(row).map(move |(term, value)| (level, term, value)));
        let own = |(level, term, value): (&String, &String, &f64)| ByGroup {
            group: of.group.clone(),
            level: level.clone(),
            term: term.clone(),
            value: *value,
        };
        cells.map(own).collect::<Vec<_>>()
    };
    modes.iter().flat_map(of).collect()
}

fn csv(cells: &[ByGroup]) -> String {
    let mut out = String::from("group,level,term,value\n");
    for ByGroup { group, level, term, value } in cells {
        let _ = writeln!(out, "{},{},{},{value}", csv_text(group), csv_text(level), csv_text(term));
    }
    out
}

impl Fit {
    /// The conditional modes, one by one.
    pub fn ranef(&self) -> Vec<ByGroup> {
        long(&self.modes)
    }

    /// The coefficients of each group, one by one.
    pub fn coef(&self) -> Vec<ByGroup> {
        long(&self.coefficients())
    }

    /// Fitted values and residuals with the rows of the table that they belong to.
    pub fn by_row(&self) -> Vec<ByRow> {
        let pairs = self.fitted.iter().zip(&self.residuals).enumerate();
        let row = |at: usize| self.kept.as_ref().map_or(at, |k| k[at] as usize) + 1;
        pairs.map(|(at, (fitted, residual))| ByRow { row: row(at), fitted: *fitted, residual: *residual }).collect()
    }

    /// The conditional modes as CSV: group, level, term, value.
    pub fn ranef_csv(&self) -> String {
        csv(&self.ranef())
    }

    /// The coefficients of each group as CSV: group, level, term, value.
    pub fn coef_csv(&self) -> String {
        csv(&self.coef())
    }

    /// Row of the table (from 1), fitted value, residual, as CSV.
    pub fn fitted_csv(&self) -> String {
        let mut out = String::from("row,fitted,residual\n");
        for ByRow { row, fitted, residual } in self.by_row() {
            let _ = writeln!(out, "{row},{fitted},{residual}");
        }
        out
    }
}
