//! Estimates as tables: Markdown, LaTeX (booktabs), CSV.

use super::criterion::Method;
use super::result::{Fit, Modes};
use super::summary::Summary;
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

/// A text cell of CSV: quoted where needed; what a spreadsheet would run as a formula gets a `'` in front.
pub(crate) fn csv_text(text: &str) -> String {
    let text =
        if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn long(modes: &[Modes]) -> String {
    let mut out = String::from("group,level,term,value\n");
    for of in modes {
        for (label, row) in of.labels.iter().zip(&of.values) {
            for (term, value) in of.terms.iter().zip(row) {
                let _ = writeln!(out, "{},{},{},{value}", csv_text(&of.group), csv_text(label), csv_text(term));
            }
        }
    }
    out
}

impl Fit {
    /// The conditional modes as CSV: group, level, term, value.
    pub fn ranef_csv(&self) -> String {
        long(&self.modes)
    }

    /// The coefficients of each group as CSV: group, level, term, value.
    pub fn coef_csv(&self) -> String {
        long(&self.coefficients())
    }

    /// Row of the table (from 1), fitted value, residual, as CSV.
    pub fn fitted_csv(&self) -> String {
        let mut out = String::from("row,fitted,residual\n");
        for (at, (fitted, residual)) in self.fitted.iter().zip(&self.residuals).enumerate() {
            let row = self.kept.as_ref().map_or(at, |k| k[at] as usize) + 1;
            let _ = writeln!(out, "{row},{fitted},{residual}");
        }
        out
    }
}
