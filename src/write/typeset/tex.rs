//! LaTeX with amsmath: `\begin{aligned}` inside `$$`, which Markdown, pandoc and a plain document all take.
//! A closed list of commands and escaped text is all that is ever emitted, whatever the names hold.

use super::Reason;
use super::layout::{Layout, indent};
use super::letters::{Atom, above, below, plain, visible};
use super::rows::{Block, Page, Range, Relation, Row};
use super::walk::{Dialect, decimals, reads_as_call, starts_with_number, whole, with_error, word};
use crate::syntax::greek::command;
use crate::syntax::{Accent, Expr, Face, Kind, Name, Symbol};
use std::collections::BTreeSet;
use std::fmt::Write;
use unicode_width::UnicodeWidthChar;

/// The LaTeX dialect.
pub(super) struct Tex;

/// Functions that LaTeX has as commands.
const FUNCTIONS: &[&str] =
    &["log", "ln", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "min", "max", "det"];

/// Comparisons, as a call is named and as it is printed.
#[rustfmt::skip]
const COMPARISONS: &[(&str, &str)] = &[
    ("<", " < "), (">", " > "), ("<=", r" \le "), ("≤", r" \le "), (">=", r" \ge "), ("≥", r" \ge "),
    ("=", " = "), ("==", " = "), ("!=", r" \ne "), ("≠", r" \ne "), ("|", r" \mid "),
    (r"\le", r" \le "), (r"\leq", r" \le "), (r"\ge", r" \ge "), (r"\geq", r" \ge "), (r"\ne", r" \ne "),
    (r"\neq", r" \ne "), (r"\lt", " < "), (r"\gt", " > "), (r"\mid", r" \mid "), (r"\vert", r" \mid "),
];

/// Text for the inside of `\text{}`.
pub(in crate::write) fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        match c {
            '\\' => out.push_str(r"\textbackslash{}"),
            '~' => out.push_str(r"\textasciitilde{}"),
            '^' => out.push_str(r"\textasciicircum{}"),
            '<' => out.push_str(r"\textless{}"),
            '>' => out.push_str(r"\textgreater{}"),
            '|' => out.push_str(r"\textbar{}"),
            '{' | '}' | '$' | '&' | '#' | '_' | '%' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

fn text(word: &str) -> String {
    format!(r"\text{{{}}}", escape(word))
}

fn atoms(parts: &[Atom]) -> String {
    let mut out = String::new();
    for (position, part) in parts.iter().enumerate() {
        match part {
            Atom::Digits(digits) => out.push_str(digits),
            Atom::Letter(letter) => {
                out.push_str(&letter_text(*letter));
                let latin = |a: Option<&Atom>| matches!(a, Some(Atom::Letter(l)) if l.is_ascii());
                // A command swallows the letter after it.
                if !letter.is_ascii() && latin(parts.get(position + 1)) {
                    out.push(' ');
                }
            }
            Atom::Word(word) | Atom::Quoted(word) => out.push_str(&text(word)),
            Atom::Mark(mark) => out.push(*mark),
            Atom::Numbered(letter, number) => out.extend([*letter, '_', *number]),
        }
    }
    out
}

fn letter_text(letter: char) -> String {
    match command(letter) {
        Some(command) => command.into(),
        None if letter.is_ascii_alphabetic() => letter.into(),
        None => text(&letter.to_string()),
    }
}

/// `_j`, `_{ij}`; nothing for nothing.
fn script(sign: char, inside: &str) -> String {
    match inside.chars().count() {
        0 => String::new(),
        1 => format!("{sign}{inside}"),
        _ => format!("{sign}{{{inside}}}"),
    }
}

fn base(name: &Name) -> String {
    let mut letters = name.base.chars();
    let single = match (letters.next(), letters.next()) {
        (Some(letter), None) => Some(letter),
        _ => None,
    };
    let mut out = match single {
        Some(letter) if name.face == Face::Italic || command(letter).is_some() => letter_text(letter),
        _ => text(&name.base),
    };
    for accent in &name.accents {
        let wide = single.is_none();
        let before = match accent {
            Accent::Prime => {
                out.push('\'');
                continue;
            }
            Accent::Bar => {
                if wide {
                    r"\overline"
                } else {
                    r"\bar"
                }
            }
            Accent::Tilde => {
                if wide {
                    r"\widetilde"
                } else {
                    r"\tilde"
                }
            }
            Accent::Hat => {
                if wide {
                    r"\widehat"
                } else {
                    r"\hat"
                }
            }
            Accent::Dot => r"\dot",
            Accent::Bold if single.is_some_and(|l| l.is_ascii_alphabetic()) => r"\mathbf",
            Accent::Bold => r"\boldsymbol",
        };
        out = format!("{before}{{{out}}}");
    }
    out
}

/// A name without indices.
pub(super) fn name(name: &Name) -> String {
    Tex.symbol(&Symbol::new(name.clone(), vec![]))
}

impl Dialect for Tex {
    const INLINE: bool = false;
    const COMMA: &'static str = ", ";

    fn symbol(&self, symbol: &Symbol) -> String {
        let mut out = base(&symbol.name);
        let above = atoms(&above(symbol));
        if out.ends_with('\'') && !above.is_empty() {
            out = format!("{{{out}}}");
        }
        out.push_str(&script('_', &atoms(&below(symbol))));
        // Superscript labels keep their braces: a bare `^2` is a power.
        if !above.is_empty() {
            let _ = write!(out, "^{{{above}}}");
        }
        out
    }

    fn number(&self, digits: &str) -> String {
        match with_error(digits) {
            Some((value, error, true)) => return format!(r"\underset{{({error})}}{{{value}}}"),
            Some((value, error, false)) => return format!(r"{value}\,({error})"),
            None => {}
        }
        decimals(digits).unwrap_or_else(|| text(digits))
    }

    fn sign(&self, negative: bool, binary: bool) -> &'static str {
        match (negative, binary) {
            (true, true) => "- ",
            (false, true) => "+ ",
            (true, false) => "-",
            (false, false) => "",
        }
    }

    fn gap(&self) -> &'static str {
        " "
    }

    fn brackets(&self, tall: bool) -> (&'static str, &'static str) {
        if tall { (r"\left( ", r" \right)") } else { ("(", ")") }
    }

    fn quotient(&self, above: &str, below: &str) -> String {
        format!(r"\frac{{{above}}}{{{below}}}")
    }

    fn power(&self, _base: &Expr, text: &str, exponent: &str) -> String {
        format!("{text}{}", script('^', exponent))
    }

    fn call(&self, name: &str, arguments: &[String]) -> String {
        let inside = arguments.join(", ");
        if name == "sqrt" {
            return format!(r"\sqrt{{{inside}}}");
        }
        let head = match name.strip_prefix("inv_") {
            Some(inverse) => format!("{}^{{-1}}", law_name(inverse)),
            None => law_name(name),
        };
        let (open, close) = self.brackets(inside.contains(r"\frac") || inside.contains(r"\sqrt"));
        format!("{head}{open}{inside}{close}")
    }

    fn infix(&self, name: &str) -> Option<&'static str> {
        COMPARISONS.iter().find(|(n, _)| *n == name).map(|(_, t)| *t)
    }

    fn times(&self, left: &Expr, right: &Expr) -> &'static str {
        let call = |e: &Expr| matches!(e.kind, Kind::Call(..));
        if starts_with_number(right) || reads_as_call(left, right) {
            r" \cdot "
        } else if word(left) || word(right) || call(left) {
            r" \, "
        } else {
            " "
        }
    }

    fn width(&self, text: &str) -> usize {
        width(text)
    }
}

/// `\log`, `\operatorname{logit}`, or a single letter.
fn law_name(name: &str) -> String {
    match name {
        _ if FUNCTIONS.contains(&name) => format!(r"\{name}"),
        _ if name.len() == 1 && name.chars().all(|c| c.is_ascii_alphabetic()) => name.into(),
        _ if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()) => format!(r"\operatorname{{{name}}}"),
        _ => text(name),
    }
}

/// Commands that print nothing of their own, and those that print more than one character.
#[rustfmt::skip]
const WIDTHS: &[(&str, usize)] = &[
    ("left", 0), ("right", 0), ("text", 0), ("operatorname", 0), ("mathbf", 0), ("boldsymbol", 0), ("bar", 0),
    ("overline", 0), ("underset", 0), ("hat", 0), ("widehat", 0), ("tilde", 0), ("widetilde", 0), ("dot", 0), ("frac", 0),
    ("quad", 2), ("sim", 3), ("cdot", 3), ("le", 3), ("ge", 3), ("ne", 3), ("mid", 3), ("ldots", 3), ("log", 3),
    ("ln", 2), ("exp", 3), ("sin", 3), ("cos", 3), ("tan", 3), ("sinh", 4), ("cosh", 4), ("tanh", 4), ("arctan", 6),
    ("min", 3), ("max", 3), ("det", 3),
];

/// Printed characters of LaTeX source of this module's making.
fn width(source: &str) -> usize {
    const BEGIN: &str = r"\begin{pmatrix}";
    const END: &str = r"\end{pmatrix}";
    if let Some((head, rest)) = source.split_once(BEGIN)
        && let Some((body, tail)) = rest.split_once(END)
    {
        let mut columns: Vec<usize> = vec![];
        for line in body.split(r" \\ ") {
            for (position, cell) in line.split(" & ").enumerate() {
                columns.resize(columns.len().max(position + 1), 0);
                columns[position] = columns[position].max(width(cell));
            }
        }
        return width(head) + columns.iter().map(|c| c + 2).sum::<usize>() + width(tail);
    }
    let (mut total, mut depth) = (0, 0usize);
    // Inside `\text{}` blanks and signs are characters like others; the depth of its brace.
    let mut words: Option<usize> = None;
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let mut name = String::new();
                while let Some(letter) = chars.next_if(char::is_ascii_alphabetic) {
                    name.push(letter);
                }
                if name == "text" && words.is_none() {
                    words = Some(depth);
                }
                total += match WIDTHS.iter().find(|(n, _)| *n == name) {
                    Some((_, width)) => *width,
                    None if name.is_empty() => usize::from(chars.next() != Some(',')),
                    None => 1,
                };
            }
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                words = words.filter(|outer| *outer != depth);
            }
            '_' | '^' | '&' | '$' => {}
            ' ' => total += usize::from(words.is_some()),
            '+' | '-' | '=' if words.is_none() => total += 2,
            _ => total += c.width().unwrap_or(0),
        }
    }
    total
}

impl Page for Tex {
    fn matrix(&self, cells: &[Vec<String>]) -> Block {
        let rows: Vec<String> = cells.iter().map(|row| row.join(" & ").trim_end().to_owned()).collect();
        Block::line(format!(r"\begin{{pmatrix}} {} \end{{pmatrix}}", rows.join(r" \\ ")))
    }

    fn law(&self, name: &str, arguments: &[Block], tall: bool) -> Block {
        let head = law_name(name);
        if arguments.is_empty() {
            return Block::line(head);
        }
        let inside: Vec<String> = arguments.iter().map(|a| a.lines.concat()).collect();
        let (open, close) = self.brackets(tall);
        Block::line(format!("{head}{open}{}{close}", inside.join(", ")))
    }

    fn ranges(&self, ranges: &[Range]) -> String {
        let one = |r: &Range| format!(r"{} = 1, \ldots, {}", atoms(&[letter_atom(&r.letter)]), self.symbol(&r.end));
        let worded = ranges.iter().any(|r| !r.word.is_empty());
        let mut out = String::new();
        for (position, range) in ranges.iter().enumerate() {
            let gap = if range.word.is_empty() { "" } else { " " };
            let _ = match position {
                0 => write!(out, r"\text{{for {}{gap}}} ", escape(&range.word)),
                _ if worded => write!(out, r" \text{{ and {}{gap}}} ", escape(&range.word)),
                _ => write!(out, r", \; "),
            };
            out.push_str(&one(range));
        }
        out
    }

    fn reason(&self, reason: &Reason) -> String {
        // Symbols such as `β_0j` or `β₀ⱼ` among the words are set as mathematics.
        let word = |word: &str| math_word(word).unwrap_or_else(|| escape(word));
        let words = |text: &str| visible(text).split(' ').map(word).collect::<Vec<_>>().join(" ");
        format!(r"\text{{({})}}", reason.spell(words, |expr| format!("${}$", whole(self, expr))))
    }

    fn dot(&self) -> &'static str {
        r"\cdot"
    }

    fn assemble(&self, rows: &[Row], layout: &Layout) -> String {
        let mut lines: Vec<String> = vec![];
        let labelled = rows.iter().any(|r| r.level.is_some());
        let noted = rows.iter().any(|r| !r.note.is_empty() && !r.note_below);
        for row in rows {
            let label = match row.level {
                Some(level) => format!(r"\text{{Level {level}:}} && "),
                None if labelled => "&& ".into(),
                None => String::new(),
            };
            let margin = if labelled { "&& " } else { "" };
            let relation = match row.relation {
                Relation::Equal => "=",
                Relation::Tilde => r"\sim",
                Relation::Iid => r"\overset{\text{iid}}{\sim}",
            };
            let left = row.left.lines.concat();
            let gap = if left.is_empty() { "" } else { " " };
            for (position, line) in row.right.lines.iter().enumerate() {
                let mut out = if position == 0 {
                    format!("{label}{left}{gap}&{relation} {line}")
                } else {
                    let (steps, line) = indent(line);
                    // A sign after an empty group is set as between two summands.
                    let sign = if line.starts_with(['+', '-']) { "{} " } else { "" };
                    format!("{margin}&{} {sign}{line}", space(steps))
                };
                if position == 0 && !row.note.is_empty() && !row.note_below {
                    let _ = write!(out, " && {}", row.note);
                }
                match (row.number.filter(|_| position == 0), &layout.label_equations) {
                    (Some(number), Some(_)) if layout.markdown => {
                        let column = if noted && row.note_below | row.note.is_empty() { " && &&" } else { " &&" };
                        let _ = write!(out, "{column} ({number})");
                    }
                    (Some(number), Some(labels)) => {
                        let _ = write!(out, r" \label{{{}}}", labels.key(number));
                    }
                    (None, Some(_)) if !layout.markdown => out.push_str(r" \notag"),
                    _ => {}
                }
                lines.push(out);
            }
            if row.note_below {
                let unnumbered = if is_labelled(layout) { r" \notag" } else { "" };
                lines.push(format!(r"{margin}&\qquad {}{unnumbered}", row.note));
            }
        }
        display(&lines.join(" \\\\\n"), lines.len(), layout)
    }
}

/// Horizontal space of so many quads.
fn space(quads: usize) -> String {
    match quads {
        0 | 1 => r"\quad".into(),
        _ => format!(r"\qquad{}", r" \quad".repeat(quads - 2)),
    }
}

fn letter_atom(letter: &str) -> Atom {
    let mut chars = letter.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Atom::Letter(c),
        _ => Atom::Word(letter.into()),
    }
}

/// More rows than this do not fit on a page.
const PAGE: usize = 30;

/// Whether rows have labels, which only an environment of LaTeX takes: Markdown takes no such thing.
fn is_labelled(layout: &Layout) -> bool {
    layout.label_equations.is_some() && !layout.markdown
}

fn display(rows: &str, count: usize, layout: &Layout) -> String {
    let (open, close) = match (is_labelled(layout), layout.standalone) {
        (true, _) => ("\\begin{align}\n", "\n\\end{align}\n"),
        (false, true) if count > PAGE => ("\\begin{align*}\n", "\n\\end{align*}\n"),
        (false, true) => ("\\[\n\\begin{aligned}\n", "\n\\end{aligned}\n\\]\n"),
        (false, false) => ("$$\n\\begin{aligned}\n", "\n\\end{aligned}\n$$\n"),
    };
    let body = format!("{open}{rows}{close}");
    if layout.standalone { document(&body) } else { body }
}

/// A document around a body; letters that pdfTeX does not know are declared.
pub(in crate::write) fn document(body: &str) -> String {
    let mut out = String::from("\\documentclass{article}\n\\usepackage[margin=1in]{geometry}\n");
    out.push_str("\\usepackage{amsmath}\n\\allowdisplaybreaks\n");
    out.push_str(&declared(body));
    let _ = write!(out, "\\pagestyle{{empty}}\n\\begin{{document}}\n{body}\\end{{document}}\n");
    out
}

/// Declarations of the letters in a body that pdfTeX does not know.
pub(in crate::write) fn declared(body: &str) -> String {
    let mut out = String::new();
    let foreign: BTreeSet<char> = body.chars().filter(|c| *c as u32 > 0x17f).collect();
    if !foreign.is_empty() {
        out.push_str("\\ifdefined\\DeclareUnicodeCharacter\n");
        for letter in foreign {
            let code = letter as u32;
            let shown = command(letter)
                .map_or_else(|| format!(r"\fbox{{\tiny {code:04X}}}"), |c| format!(r"\ensuremath{{{c}}}"));
            let _ = writeln!(out, r"\DeclareUnicodeCharacter{{{code:04X}}}{{{shown}}}");
        }
        out.push_str("\\fi\n");
    }
    out
}

/// `$\beta_{0j}$` of `β_0j`, `β_{0j}`, `β₀ⱼ`, with punctuation around it kept; `None` for an ordinary word.
fn math_word(word: &str) -> Option<String> {
    let inner = word.trim_matches(['(', ')', ',', '.', ';', ':']);
    let (before, after) = word.split_once(inner)?;
    let mut letters = inner.chars();
    let head = letters.next()?;
    let rest: String = letters.collect();
    let (mut low, mut high) = (String::new(), String::new());
    let tail = match rest.strip_prefix('_') {
        Some(tail) => {
            let tail = tail.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(tail);
            let good = !tail.is_empty() && tail.chars().all(|c| c.is_ascii_alphanumeric() || "[],".contains(c));
            low.push_str(if good { tail } else { return None });
            ""
        }
        None => &rest,
    };
    for c in tail.chars() {
        match plain(c)? {
            (letter, true) => low.push(letter),
            (letter, false) => high.push(letter),
        }
    }
    if low.is_empty() && high.is_empty() && command(head).is_none() || !head.is_alphabetic() {
        return None;
    }
    let math = format!("{}{}{}", letter_text(head), script('_', &low), script('^', &high));
    Some(format!("{}${math}${}", escape(before), escape(after)))
}
