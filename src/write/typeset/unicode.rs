//! Plain text with Unicode letters: `Yᵢⱼ = β₀ⱼ + β₁ⱼ Rᵢⱼ + ϵᵢⱼ`. Where Unicode lacks a character for a subscript or
//! superscript, the whole script is written as in LaTeX, `β_{0j[i]}`. Matrices are drawn over several lines.

use super::Reason;
use super::layout::Layout;
use super::letters::{Atom, above, below, plain, subscript, superscript, visible};
use super::marks::{Marks, bare, width};
use super::rows::{Block, Page, Range, Relation, Row};
use super::tex;
use super::walk::{Dialect, decimals, reads_as_call, starts_with_number, whole, with_error};
use crate::syntax::{Accent, Expr, Name, Symbol, greek};

/// The Unicode dialect.
#[derive(Default)]
pub(super) struct Unicode<'m> {
    /// The symbols whose pieces are marked.
    pub(super) marks: Option<&'m Marks>,
}

/// Comparisons, as a call is named and as it is printed.
#[rustfmt::skip]
const COMPARISONS: &[(&str, &str)] = &[
    ("<", " < "), (">", " > "), ("<=", " ≤ "), ("≤", " ≤ "), (">=", " ≥ "), ("≥", " ≥ "), ("=", " = "), ("==", " = "),
    ("!=", " ≠ "), ("≠", " ≠ "), ("|", " | "),
    (r"\le", " ≤ "), (r"\leq", " ≤ "), (r"\ge", " ≥ "), (r"\geq", " ≥ "), (r"\ne", " ≠ "), (r"\neq", " ≠ "),
    (r"\lt", " < "), (r"\gt", " > "), (r"\mid", " | "), (r"\vert", " | "),
];

/// A word as it is, `_` escaped; one that would read as anything else is quoted as LaTeX does.
fn word(text: &str) -> String {
    // Marks of Arabic and its kin are alphabetic, and no letters; the micro sign reads as a μ.
    let own = |c: char| c != 'µ' && width(c.encode_utf8(&mut [0; 4])) > 0;
    let letter = |c: char| c.is_alphabetic() && greek::command(c).is_none() && plain(c).is_none() && own(c);
    let part =
        |part: &str| part.starts_with(letter) && part.chars().all(|c| letter(c) || c.is_ascii_digit() || c == '_');
    let bare =
        text.split('.').all(part) && greek::letter(text).is_none() && !["where", "with", "and", "for"].contains(&text);
    // One letter with an accent of its own (ȳ) would read as the letter and a mark.
    let marked = matches!(text.chars().next(), Some('\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}'));
    let single = text.chars().count() == 1;
    // `x0` starts a family: x0 and x1 would read as x_0 and x_1.
    let family = text
        .strip_prefix(|c: char| c.is_ascii_alphabetic())
        .is_some_and(|number| number.starts_with('0') && number.chars().all(|c| c.is_ascii_digit()));
    let bare = bare && !family;
    if bare && !(single && marked) || single && !marked && text.chars().all(|c| c.is_alphabetic() && own(c)) {
        text.replace('_', r"\_")
    } else {
        quoted(text)
    }
}

fn quoted(text: &str) -> String {
    format!(r"\text{{{}}}", tex::escape(text))
}

/// The bold letter of a plain one.
fn bold(letter: char) -> Option<char> {
    let shift = |first: char, start: u32| char::from_u32(start + (letter as u32).checked_sub(first as u32)?);
    match letter {
        'A'..='Z' => shift('A', 0x1d400),
        'a'..='z' => shift('a', 0x1d41a),
        'Α'..='Ω' => shift('Α', 0x1d6a8),
        'α'..='ω' => shift('α', 0x1d6c2),
        _ => None,
    }
}

fn base(name: &Name) -> String {
    let mut out = word(&name.base);
    for accent in &name.accents {
        let mut letters = out.chars();
        let mark = match accent {
            Accent::Bar => '\u{304}',
            Accent::Tilde => '\u{303}',
            Accent::Hat => '\u{302}',
            Accent::Dot => '\u{307}',
            Accent::Prime => {
                out.push('′');
                continue;
            }
            Accent::Bold => {
                out = match (letters.next().and_then(bold), letters.next()) {
                    (Some(letter), None) => letter.into(),
                    _ => format!(r"\boldsymbol{{{out}}}"),
                };
                continue;
            }
        };
        out = if name.base.chars().count() == 1 {
            format!("{out}{mark}")
        } else {
            let command = match accent {
                Accent::Bar => r"\overline",
                Accent::Tilde => r"\widetilde",
                Accent::Hat => r"\widehat",
                _ => r"\dot",
            };
            format!("{command}{{{out}}}")
        };
    }
    out
}

/// Scripts as LaTeX writes them.
fn atoms(parts: &[Atom]) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            Atom::Digits(text) => out.push_str(text),
            Atom::Word(text) => out.push_str(&word(text)),
            Atom::Quoted(text) => out.push_str(&quoted(text)),
            Atom::Letter(c) | Atom::Mark(c) => out.push(*c),
            Atom::Numbered(letter, number) => out.extend([*letter, '_', *number]),
        }
    }
    out
}

fn script(sign: char, inside: &str) -> String {
    match inside.chars().count() {
        0 => String::new(),
        1 => format!("{sign}{inside}"),
        _ => format!("{sign}{{{inside}}}"),
    }
}

/// A name without indices.
pub(super) fn name(name: &Name) -> String {
    Unicode::default().symbol(&Symbol::new(name.clone(), vec![]))
}

impl Dialect for Unicode<'_> {
    const INLINE: bool = true;
    const COMMA: &'static str = ", ";

    fn symbol(&self, symbol: &Symbol) -> String {
        let (low, high) = (below(symbol), atoms(&above(symbol)));
        let words = low.iter().any(|a| matches!(a, Atom::Word(_) | Atom::Quoted(_)));
        let low = atoms(&low);
        let low = subscript(&low).filter(|_| !words).unwrap_or_else(|| script('_', &low));
        let high = match high.strip_prefix('(') {
            _ if high.is_empty() => high,
            Some(_) => format!("^{high}"),
            None => script('^', &high),
        };
        format!("{}{low}{high}", base(&symbol.name))
    }

    fn number(&self, digits: &str) -> String {
        if let Some((value, error, _)) = with_error(digits) {
            return format!("{value} ({error})");
        }
        decimals(digits).unwrap_or_else(|| word(digits))
    }

    fn sign(&self, negative: bool, binary: bool) -> &'static str {
        match (negative, binary) {
            (true, true) => "− ",
            (false, true) => "+ ",
            (true, false) => "−",
            (false, false) => "",
        }
    }

    fn gap(&self) -> &'static str {
        " "
    }

    fn brackets(&self, _tall: bool) -> (&'static str, &'static str) {
        ("(", ")")
    }

    fn quotient(&self, above: &str, below: &str) -> String {
        format!("{above} / {below}")
    }

    fn power(&self, _base: &Expr, text: &str, exponent: &str) -> String {
        let raised = match exponent.strip_prefix('−') {
            Some(size) if size.chars().all(|c| c.is_ascii_digit()) => superscript(size).map(|size| format!("⁻{size}")),
            _ => superscript(exponent).filter(|e| !e.is_empty()),
        };
        format!("{text}{}", raised.unwrap_or_else(|| script('^', exponent)))
    }

    fn call(&self, name: &str, arguments: &[String]) -> String {
        if let ("sqrt", [one]) = (name, arguments) {
            let simple = bare(one).chars().all(|c| c.is_alphanumeric() || c == '_');
            return if simple { format!("√{one}") } else { format!("√({one})") };
        }
        // A function's name may hold what a variable's cannot: `inv_logit`.
        let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let head = if plain { name.to_owned() } else { word(name) };
        format!("{head}({})", arguments.join(", "))
    }

    fn infix(&self, name: &str) -> Option<&'static str> {
        COMPARISONS.iter().find(|(n, _)| *n == name).map(|(_, t)| *t)
    }

    fn times(&self, left: &Expr, right: &Expr) -> &'static str {
        if starts_with_number(right) || reads_as_call(left, right) { " · " } else { " " }
    }

    fn width(&self, text: &str) -> usize {
        width(text)
    }

    fn marks(&self) -> Option<&Marks> {
        self.marks
    }
}

/// Blocks side by side, their base lines on one line.
fn beside(blocks: &[Block]) -> Block {
    let baseline = blocks.iter().map(|b| b.baseline).max().unwrap_or(0);
    let height = blocks.iter().map(|b| b.lines.len() + baseline - b.baseline).max().unwrap_or(1);
    let mut lines = vec![String::new(); height];
    for block in blocks {
        let width = block.lines.iter().map(|l| width(l)).max().unwrap_or(0);
        for (position, line) in lines.iter_mut().enumerate() {
            let own = (position + block.baseline).checked_sub(baseline).and_then(|p| block.lines.get(p));
            line.push_str(&pad(own.map_or("", String::as_str), width));
        }
    }
    Block { lines, baseline }
}

fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// A round bracket of `height` lines.
fn bracket(height: usize, baseline: usize, [top, middle, bottom, small]: [&str; 4]) -> Block {
    let piece = |position| match position {
        _ if height == 1 => small,
        0 => top,
        p if p + 1 == height => bottom,
        _ => middle,
    };
    Block { lines: (0..height).map(|p| piece(p).to_owned()).collect(), baseline }
}

fn enclose(inside: Block) -> Block {
    let (height, baseline) = (inside.lines.len(), inside.baseline);
    let open = bracket(height, baseline, ["⎛", "⎜", "⎝", "("]);
    let close = bracket(height, baseline, ["⎞", "⎟", "⎠", ")"]);
    beside(&[open, inside, close])
}

impl Page for Unicode<'_> {
    const IID: usize = 4;

    fn matrix(&self, cells: &[Vec<String>]) -> Block {
        let columns = cells.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> =
            (0..columns).map(|c| cells.iter().filter_map(|r| r.get(c)).map(|t| width(t)).max().unwrap_or(0)).collect();
        let line = |row: &Vec<String>| {
            let padded = widths.iter().enumerate().map(|(c, w)| pad(row.get(c).map_or("", String::as_str), *w));
            padded.collect::<Vec<_>>().join("  ")
        };
        enclose(Block { lines: cells.iter().map(line).collect(), baseline: cells.len().saturating_sub(1) / 2 })
    }

    fn law(&self, name: &str, arguments: &[Block], _tall: bool) -> Block {
        if arguments.is_empty() {
            return Block::line(word(name));
        }
        let mut inside = vec![];
        for (position, argument) in arguments.iter().enumerate() {
            if position > 0 {
                inside.push(Block::line(", "));
            }
            inside.push(argument.clone());
        }
        beside(&[Block::line(word(name)), enclose(beside(&inside))])
    }

    fn ranges(&self, ranges: &[Range]) -> String {
        let one = |r: &Range| format!("{} = 1, …, {}", word(&r.letter), self.symbol(&r.end));
        if ranges.iter().all(|r| r.word.is_empty()) {
            return format!("for {}", ranges.iter().map(one).collect::<Vec<_>>().join("; "));
        }
        let worded = |r: &Range| format!("{}{}{}", r.word, if r.word.is_empty() { "" } else { " " }, one(r));
        format!("for {}", ranges.iter().map(worded).collect::<Vec<_>>().join(" and "))
    }

    fn reason(&self, reason: &Reason) -> String {
        let text = reason.spell(visible, |expr| whole(self, expr));
        if text.is_empty() { String::new() } else { format!("({text})") }
    }

    fn dot(&self) -> &'static str {
        "·"
    }

    fn assemble(&self, rows: &[Row], _layout: &Layout) -> String {
        let labels = if rows.iter().any(|r| r.level.is_some()) { 10 } else { 0 };
        let left = widest(rows.iter().map(|r| &r.left));
        let rights = right_sides(rows);
        let full = widest(&rights);
        let mut out = String::new();
        for (row, right) in rows.iter().zip(rights) {
            let level = row.level.map(|l| format!("Level {l}:")).unwrap_or_default();
            let relation = if row.relation == Relation::Equal { " = " } else { " ~ " };
            let mut parts =
                vec![Block::line(pad(&level, labels)), spread(&row.left, left), Block::line(relation), right];
            if let Some(number) = row.number {
                parts[3] = spread(&parts[3], full);
                parts.push(Block::line(format!("  ({number})")));
            }
            for line in beside(&parts).lines {
                out.push_str(line.trim_end());
                out.push('\n');
            }
            if row.note_below {
                out.push_str(&" ".repeat(labels + left + 5));
                out.push_str(&row.note);
                out.push('\n');
            }
        }
        out
    }
}

/// The right sides with their notes in one column.
fn right_sides(rows: &[Row]) -> Vec<Block> {
    let noted = |row: &Row| !row.note.is_empty() && !row.note_below;
    let right = |row: &Row| match row.relation {
        Relation::Iid => beside(&[Block::line("iid "), row.right.clone()]),
        _ => row.right.clone(),
    };
    let plain: Vec<Block> = rows.iter().map(right).collect();
    let column = widest(rows.iter().zip(&plain).filter(|(row, _)| noted(row)).map(|(_, block)| block));
    let with_note = |(row, block): (&Row, Block)| match noted(row) {
        true => beside(&[spread(&block, column), Block::line(format!("  {}", row.note))]),
        false => block,
    };
    rows.iter().zip(plain).map(with_note).collect()
}

/// The width of the widest line.
fn widest<'a>(blocks: impl IntoIterator<Item = &'a Block>) -> usize {
    blocks.into_iter().flat_map(|b| &b.lines).map(|l| width(l)).max().unwrap_or(0)
}

/// Pads every line to a width.
fn spread(block: &Block, width: usize) -> Block {
    Block { lines: block.lines.iter().map(|l| pad(l, width)).collect(), baseline: block.baseline }
}
