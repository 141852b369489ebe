//! Presentation MathML straight from the tree. Only the elements and attributes spelt here are emitted; text is escaped.

use super::Reason;
use super::layout::{Layout, indent};
use super::letters::{Atom, above, below, visible};
use super::marks::{self, Marks};
use super::rows::{Block, Page, Range, Relation, Row};
use super::walk::{Dialect, decimals, whole, with_error};
use crate::syntax::{Accent, Expr, Kind, Name, Symbol};
use unicode_width::UnicodeWidthChar;

/// The MathML dialect.
#[derive(Default)]
pub(super) struct Mathml<'m> {
    /// The symbols whose pieces are marked.
    pub(super) marks: Option<&'m Marks>,
}

/// Comparisons, as a call is named and as it is printed.
#[rustfmt::skip]
const COMPARISONS: &[(&str, &str)] = &[
    ("<", "<mo>&lt;</mo>"), (">", "<mo>&gt;</mo>"), ("<=", "<mo>≤</mo>"), ("≤", "<mo>≤</mo>"), (">=", "<mo>≥</mo>"),
    ("≥", "<mo>≥</mo>"), ("=", "<mo>=</mo>"), ("==", "<mo>=</mo>"), ("!=", "<mo>≠</mo>"), ("≠", "<mo>≠</mo>"),
    ("|", "<mo>∣</mo>"),
    (r"\le", "<mo>≤</mo>"), (r"\leq", "<mo>≤</mo>"), (r"\ge", "<mo>≥</mo>"), (r"\geq", "<mo>≥</mo>"),
    (r"\ne", "<mo>≠</mo>"), (r"\neq", "<mo>≠</mo>"), (r"\lt", "<mo>&lt;</mo>"), (r"\gt", "<mo>&gt;</mo>"),
    (r"\mid", "<mo>∣</mo>"), (r"\vert", "<mo>∣</mo>"),
];

/// Text for the inside of an element of MathML or HTML, or of an attribute in quotes.
pub(in crate::write) fn markup(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// One letter, a word, or other text.
fn identifier(text: &str) -> String {
    let element = if !text.is_empty() && text.chars().all(char::is_alphanumeric) { "mi" } else { "mtext" };
    format!("<{element}>{}</{element}>", markup(text))
}

fn row(parts: &[String]) -> String {
    match parts {
        [one] => one.clone(),
        _ => format!("<mrow>{}</mrow>", parts.concat()),
    }
}

/// The scripts as one element; nothing for nothing.
fn atoms(parts: &[Atom]) -> Option<String> {
    let shown: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Atom::Digits(digits) => format!("<mn>{digits}</mn>"),
            Atom::Letter(letter) => identifier(&letter.to_string()),
            Atom::Word(word) | Atom::Quoted(word) => identifier(word),
            Atom::Mark(mark) => format!("<mo stretchy=\"false\">{mark}</mo>"),
            Atom::Numbered(letter, number) => {
                format!("<msub>{}<mn>{number}</mn></msub>", identifier(&letter.to_string()))
            }
        })
        .collect();
    (!shown.is_empty()).then(|| row(&shown))
}

fn base(name: &Name) -> String {
    let mut out = identifier(&name.base);
    for accent in &name.accents {
        let mark = match accent {
            Accent::Bar => "¯",
            Accent::Tilde => "~",
            Accent::Hat => "^",
            Accent::Dot => "˙",
            Accent::Prime => {
                out = format!("<msup>{out}<mo>′</mo></msup>");
                continue;
            }
            Accent::Bold => {
                out = format!("<mstyle mathvariant=\"bold\">{out}</mstyle>");
                continue;
            }
        };
        out = format!("<mover accent=\"true\">{out}<mo>{mark}</mo></mover>");
    }
    out
}

fn scripted(base: &str, low: Option<String>, high: Option<String>) -> String {
    match (low, high) {
        (None, None) => base.into(),
        (Some(low), None) => format!("<msub>{base}{low}</msub>"),
        (None, Some(high)) => format!("<msup>{base}{high}</msup>"),
        (Some(low), Some(high)) => format!("<msubsup>{base}{low}{high}</msubsup>"),
    }
}

/// A name without indices.
pub(super) fn name(name: &Name) -> String {
    Mathml::default().symbol(&Symbol::new(name.clone(), vec![]))
}

impl Dialect for Mathml<'_> {
    const INLINE: bool = false;
    const COMMA: &'static str = "<mo>,</mo>";

    fn symbol(&self, symbol: &Symbol) -> String {
        scripted(&base(&symbol.name), atoms(&below(symbol)), atoms(&above(symbol)))
    }

    fn number(&self, digits: &str) -> String {
        match with_error(digits) {
            Some((value, error, under)) => {
                let error =
                    format!("<mrow><mo stretchy=\"false\">(</mo><mn>{error}</mn><mo stretchy=\"false\">)</mo></mrow>");
                match under {
                    true => format!("<munder><mn>{value}</mn>{error}</munder>"),
                    false => format!("<mrow><mn>{value}</mn><mspace width=\"0.17em\"/>{error}</mrow>"),
                }
            }
            None => decimals(digits).map_or_else(|| identifier(digits), |d| format!("<mn>{d}</mn>")),
        }
    }

    fn sign(&self, negative: bool, binary: bool) -> &'static str {
        match (negative, binary) {
            (true, true) => "<mo form=\"infix\">−</mo>",
            (false, true) => "<mo form=\"infix\">+</mo>",
            (true, false) => "<mo form=\"prefix\">−</mo>",
            (false, false) => "",
        }
    }

    fn gap(&self) -> &'static str {
        ""
    }

    fn brackets(&self, tall: bool) -> (&'static str, &'static str) {
        if tall {
            ("<mo>(</mo>", "<mo>)</mo>")
        } else {
            ("<mo stretchy=\"false\">(</mo>", "<mo stretchy=\"false\">)</mo>")
        }
    }

    fn quotient(&self, above: &str, below: &str) -> String {
        format!("<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>")
    }

    fn power(&self, base_expr: &Expr, text: &str, exponent: &str) -> String {
        let high = Some(format!("<mrow>{exponent}</mrow>"));
        match &base_expr.kind {
            Kind::Symbol(symbol) if !text.starts_with("<mo") || text.starts_with("<mover") => {
                scripted(&base(&symbol.name), atoms(&below(symbol)), high)
            }
            _ => scripted(&format!("<mrow>{text}</mrow>"), None, high),
        }
    }

    fn call(&self, name: &str, arguments: &[String]) -> String {
        let inside = arguments.join(Self::COMMA);
        if name == "sqrt" {
            return format!("<msqrt>{inside}</msqrt>");
        }
        let (open, close) = self.brackets(inside.contains("<mfrac"));
        let head = match name.strip_prefix("inv_") {
            Some(inverse) => format!("<msup>{}<mrow><mo>−</mo><mn>1</mn></mrow></msup>", identifier(inverse)),
            None => identifier(name),
        };
        format!("<mrow>{head}<mo>\u{2061}</mo>{open}{inside}{close}</mrow>")
    }

    fn infix(&self, name: &str) -> Option<&'static str> {
        COMPARISONS.iter().find(|(n, _)| *n == name).map(|(_, t)| *t)
    }

    fn times(&self, left: &Expr, right: &Expr) -> &'static str {
        if super::walk::starts_with_number(right) {
            "<mo>·</mo>"
        } else if super::walk::word(left) || super::walk::word(right) {
            "<mspace width=\"0.17em\"/>"
        } else {
            "<mo>\u{2062}</mo>"
        }
    }

    fn width(&self, text: &str) -> usize {
        let (mut total, mut inside, mut entity) = (0, false, false);
        for c in marks::bare(text).chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                _ if inside => {}
                '&' => entity = true,
                ';' if entity => {
                    entity = false;
                    total += 1;
                }
                _ if entity => {}
                '+' | '−' => total += 3,
                _ => total += c.width().unwrap_or(0),
            }
        }
        total
    }

    fn marks(&self) -> Option<&Marks> {
        self.marks
    }
}

fn table(class: &str, rows: &[String]) -> String {
    format!("<mtable class=\"{class}\">{}</mtable>", rows.concat())
}

fn cell(inside: &str) -> String {
    format!("<mtd>{inside}</mtd>")
}

impl Page for Mathml<'_> {
    fn matrix(&self, cells: &[Vec<String>]) -> Block {
        let rows: Vec<String> =
            cells.iter().map(|r| format!("<mtr>{}</mtr>", r.iter().map(|c| cell(c)).collect::<String>())).collect();
        Block::line(format!("<mrow><mo>(</mo>{}<mo>)</mo></mrow>", table("matrix", &rows)))
    }

    fn law(&self, name: &str, arguments: &[Block], tall: bool) -> Block {
        let head = identifier(name);
        if arguments.is_empty() {
            return Block::line(head);
        }
        let inside: Vec<String> = arguments.iter().map(|a| a.lines.concat()).collect();
        let (open, close) = self.brackets(tall);
        Block::line(format!("<mrow>{head}{open}{}{close}</mrow>", inside.join(Self::COMMA)))
    }

    fn ranges(&self, ranges: &[Range]) -> String {
        let one = |r: &Range| {
            let (index, end) = (identifier(&r.letter), self.symbol(&r.end));
            format!("<mrow>{index}<mo>=</mo><mn>1</mn><mo>,</mo><mo>…</mo><mo>,</mo>{end}</mrow>")
        };
        let worded = ranges.iter().any(|r| !r.word.is_empty());
        let mut out = String::new();
        for (position, range) in ranges.iter().enumerate() {
            let gap = if range.word.is_empty() { "" } else { " " };
            out += &match position {
                0 => format!("<mtext>for {}{gap}</mtext>", markup(&range.word)),
                _ if worded => format!("<mtext> and {}{gap}</mtext>", markup(&range.word)),
                _ => "<mo>;</mo>".into(),
            };
            out += &one(range);
        }
        out
    }

    fn reason(&self, reason: &Reason) -> String {
        let text = reason.spell(markup, |expr| format!("</mtext>{}<mtext>", whole(self, expr)));
        if text.is_empty() { String::new() } else { format!("<mtext>({text})</mtext>").replace("<mtext></mtext>", "") }
    }

    fn dot(&self) -> &'static str {
        "<mo>·</mo>"
    }

    fn assemble(&self, rows: &[Row], _layout: &Layout) -> String {
        let labelled = rows.iter().any(|r| r.level.is_some());
        let noted = rows.iter().any(|r| !r.note.is_empty() && !r.note_below);
        let numbered = rows.iter().any(|r| r.number.is_some());
        let mut lines: Vec<String> = vec![];
        let mut line = |label: &str, left: &str, relation: &str, right: &str, note: &str, number: &str| {
            let mut cells = vec![];
            if labelled {
                cells.push(td("left", "level", label));
            }
            cells.push(td("right", "left-side", left));
            cells.push(td("center", "relation", relation));
            cells.push(td("left", "right-side", right));
            if noted {
                cells.push(td("left", "note", note));
            }
            if numbered {
                cells.push(td("right", "number", number));
            }
            lines.push(format!("  <mtr>{}</mtr>\n", cells.concat()));
        };
        for row in rows {
            let label = row.level.map(|l| format!("<mtext>Level {l}:</mtext>")).unwrap_or_default();
            let relation = match row.relation {
                Relation::Equal => "<mo>=</mo>",
                Relation::Tilde => "<mo>∼</mo>",
                Relation::Iid => "<mover><mo>∼</mo><mtext>iid</mtext></mover>",
            };
            let number = row.number.map(|n| format!("<mtext>({n})</mtext>")).unwrap_or_default();
            let note = if row.note_below { "" } else { &row.note };
            for (position, part) in row.right.lines.iter().enumerate() {
                if position == 0 {
                    line(&label, &row.left.lines.concat(), relation, part, note, &number);
                } else {
                    let (steps, part) = indent(part);
                    line("", "", "", &format!("<mspace width=\"{}em\"/>{part}", 2 * steps), "", "");
                }
            }
            if row.note_below {
                line("", "", "", &format!("<mspace width=\"2em\"/>{}", row.note), "", "");
            }
        }
        let open = "<math xmlns=\"http://www.w3.org/1998/Math/MathML\" display=\"block\">";
        format!("{open}\n<mtable class=\"equations\" displaystyle=\"true\">\n{}</mtable>\n</math>\n", lines.concat())
    }
}

fn td(align: &str, class: &str, inside: &str) -> String {
    format!("<mtd class=\"{class}\" columnalign=\"{align}\">{inside}</mtd>")
}

/// An expression as an element of its own.
pub(super) fn inline(inside: &str) -> String {
    format!("<math xmlns=\"http://www.w3.org/1998/Math/MathML\">{inside}</math>")
}
