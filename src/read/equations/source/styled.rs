//! Commands that change how an equation looks and not what it says: slides shown piece by piece, colours and bold around
//! more than a symbol, macros of the author's own. They are blanked, in as many bytes as they took.

use super::scan::command_names;
use crate::error::{Code, Diagnostic, Notes, Span};
use crate::read::equations::commands;
use crate::syntax::greek;
use std::collections::BTreeMap;

/// Commands of slides; each may say in angle brackets when it shows its argument.
const SLIDES: [&str; 6] = ["pause", "alert", "only", "uncover", "visible", "onslide"];

/// Names that authors give to their own macro for `\overset{\text{iid}}{\sim}`.
const LAW_SIGNS: [&str; 10] =
    ["ind", "iid", "simiid", "simind", "iidsim", "indsim", "distas", "distr", "isdist", "follows"];

/// What the names of functions begin with: a macro of the author's that may be one is not read.
const FUNCTIONS: [&str; 37] = [
    "log", "ln", "exp", "odds", "prob", "inv", "sig", "soft", "link", "sqrt", "root", "var", "cov", "cor", "mean",
    "avg", "std", "stand", "scal", "cent", "demean", "lag", "diff", "abs", "max", "min", "indic", "norm", "rank",
    "cdf", "pdf", "phi", "fun", "trans", "sum", "ilogit", "tan",
];

/// Arrows that may stand before an equation.
const HENCE: [&str; 5] = ["Rightarrow", "Longrightarrow", "implies", "iff", "therefore"];

/// Switches of plain TeX to another face that no rule of the grammar passes over.
const FONTS: [&str; 3] = ["cal", "sf", "tt"];

const COLOURS: [&str; 2] = ["color", "textcolor"];
const BOLD: [&str; 5] = ["boldsymbol", "bm", "bv", "mathbf", "pmb"];
const UPRIGHT: [&str; 4] = ["operatorname", "text", "mathrm", "textrm"];

/// Functions of data that a text may hold with its argument.
const OF_DATA: [&str; 4] = ["log", "exp", "sqrt", "ln"];

/// The most macros of the author's own that are looked at, and the longest argument of a command.
const MAX_OWN: usize = 100;
const MAX_ARGUMENT: usize = 2000;

/// Operators that an expression neither starts nor ends with.
const LOOSE: [&str; 11] = ["+", "-", "−", "=", "*", "·", "×", "\\times", "\\cdot", "\\sim", ","];

/// The math without such commands, in as many bytes; `None` when it has none. `base` is where it stands.
pub(super) fn plain(math: &str, base: usize, notes: &mut Notes) -> Option<String> {
    let found: Vec<(Span, &str)> = command_names(math).filter(|(_, name)| is_looked_at(name)).collect();
    if found.is_empty() {
        return None;
    }
    let mut styled = Styled { math, close: closings(math), out: None };
    let unknown = found.iter().filter(|(_, name)| !commands::is_known(name)).take(MAX_OWN);
    let own: Vec<Own> = unknown.filter_map(|(span, name)| styled.own(*span, name)).collect();
    let sum = own.iter().any(|own| own.sum);
    for own in own.iter().filter(|own| sum || own.sum) {
        styled.unwrap(own.command, own.body);
        let name = &math[own.command.start..own.command.end];
        let message = format!("`{name}`, a macro of the text's own, was taken for how its argument looks");
        let at = Span::new(base + own.command.start, base + own.command.end);
        notes.push(Diagnostic::note(Code::UnknownCommand, message).at(at, "its argument is read as it stands"));
    }
    for (span, name) in found {
        match name {
            _ if SLIDES.contains(&name) => styled.slide(span),
            _ if COLOURS.contains(&name) => styled.colour(span),
            _ if BOLD.contains(&name) => styled.bold(span),
            _ if UPRIGHT.contains(&name) => styled.calculation(span),
            "overline" => styled.rule(span),
            "underset" | "overset" => styled.label(span),
            "DeclareMathOperator" => styled.declaration(span),
            // The author's own name of an operator that is read in letters.
            "diag" => styled.write(span.start, " "),
            _ if HENCE.contains(&name) && styled.starts_row(span.start) => styled.blank(span),
            _ if FONTS.contains(&name) => styled.blank(span),
            _ if LAW_SIGNS.contains(&name) && styled.is_law_sign(span.end) => {
                styled.blank(span);
                styled.write(span.start, "∼");
                let at = Span::new(base + span.start, base + span.end);
                let message = format!("`\\{name}`, a macro of the text's own, was read as `\\sim`");
                notes.push(Diagnostic::note(Code::UnknownCommand, message).at(at, "before a law"));
            }
            _ => {}
        }
    }
    String::from_utf8(styled.out?).ok()
}

fn is_looked_at(name: &str) -> bool {
    let listed = ["overline", "underset", "overset", "DeclareMathOperator"].contains(&name) || HENCE.contains(&name);
    [&COLOURS[..], &BOLD, &UPRIGHT].iter().any(|names| names.contains(&name)) || listed || !commands::is_known(name)
}

/// Where each brace that opens is closed.
fn closings(math: &str) -> BTreeMap<usize, usize> {
    let (mut open, mut found, mut escaped) = (vec![], BTreeMap::new(), false);
    for (at, byte) in math.bytes().enumerate() {
        match byte {
            b'{' if !escaped => open.push(at),
            b'}' if !escaped => {
                open.pop().map(|start| found.insert(start, at));
            }
            _ => {}
        }
        escaped = byte == b'\\' && !escaped;
    }
    found
}

/// A macro of the author's own around a whole side or a whole term.
struct Own {
    command: Span,
    /// With its braces.
    body: Span,
    /// Whether more than one term stands in it.
    sum: bool,
}

struct Styled<'m> {
    math: &'m str,
    close: BTreeMap<usize, usize>,
    out: Option<Vec<u8>>,
}

impl Styled<'_> {
    /// Blanks a stretch that begins and ends between characters.
    fn blank(&mut self, span: Span) {
        let out = self.out.get_or_insert_with(|| self.math.as_bytes().to_vec());
        out[span.start..span.end].iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
    }

    /// Whether a row starts at a place.
    fn starts_row(&self, at: usize) -> bool {
        let before = self.math[..at].trim_end_matches(|c: char| c.is_whitespace() || c == '&');
        let begun = || {
            let near = before.get(before.len().saturating_sub("\\begin{equation*}".len())..).unwrap_or(before);
            near.rsplit_once("\\begin{").is_some_and(|(_, name)| name.ends_with('}') && !name.contains(' '))
        };
        before.is_empty() || before.ends_with("\\\\") || begun()
    }

    fn write(&mut self, at: usize, said: &str) {
        let out = self.out.get_or_insert_with(|| self.math.as_bytes().to_vec());
        out[at..at + said.len()].copy_from_slice(said.as_bytes());
    }

    /// Blanks a command and the braces of its argument.
    fn unwrap(&mut self, command: Span, body: Span) {
        self.blank(Span::new(command.start, body.start + 1));
        self.blank(Span::new(body.end - 1, body.end));
    }

    /// The argument in braces at a place, blanks before it passed over.
    fn argument(&self, at: usize) -> Option<Span> {
        let start = at + self.math[at..].find(|c: char| !c.is_whitespace())?;
        self.close.get(&start).filter(|end| **end - start < MAX_ARGUMENT).map(|end| Span::new(start, end + 1))
    }

    /// What stands in braces.
    fn inside(&self, body: Span) -> &str {
        &self.math[body.start + 1..body.end - 1]
    }

    /// `\DeclareMathOperator{\E}{E}`: an operator that is read by its name needs no declaration.
    fn declaration(&mut self, command: Span) {
        let Some(name) = self.argument(command.end) else { return };
        let Some(said) = self.argument(name.end) else { return };
        self.blank(Span::new(command.start, said.end));
    }

    /// `\underset{\text{error}}{\varepsilon_{ij}}`: a term with its name below it; `\overset{\text{iid}}{\sim}` and
    /// `\underset{\sim}{iid}` are signs.
    fn label(&mut self, command: Span) {
        let Some(label) = self.argument(command.end) else { return };
        let Some(body) = self.argument(label.end) else { return };
        if self.inside(label).trim() == "\\sim" {
            self.blank(Span::new(command.start, body.end));
            self.write(command.start, "∼");
            return;
        }
        if self.inside(body).trim_start_matches(|c: char| c.is_ascii_punctuation()).contains(char::is_alphanumeric)
            && !["\\sim", "\\thicksim", "\\to"].iter().any(|sign| self.inside(body).contains(sign))
        {
            self.blank(Span::new(command.start, label.end));
        }
    }

    /// A bar over a whole equation is the rule above the result of a sum.
    fn rule(&mut self, command: Span) {
        if let Some(body) = self.argument(command.end)
            && self.inside(body).contains(['=', '∼'])
        {
            self.unwrap(command, body);
        }
    }

    /// `\operatorname{\log(days\ +\ 1)}`, `\operatorname{days^2}`: a calculation in upright letters, as equatiomatic sets it.
    fn calculation(&mut self, command: Span) {
        // `I(\mathrm{Treat_{ij} = B})`: a condition.
        let bracketed = self.math[..command.start].trim_end().ends_with(['(', '[', '{']);
        let is_condition = |said: &str| bracketed && said.contains('_') && said.matches('=').count() == 1;
        let body = self.argument(command.end);
        let says = |body: &Span| is_calculation(self.inside(*body)) || is_condition(self.inside(*body));
        if let Some(body) = body.filter(says) {
            self.unwrap(command, body);
        }
    }

    /// `\pause`, `\alert<2>{…}`.
    fn slide(&mut self, command: Span) {
        let mut end = command.end;
        if let Some(inside) = self.math[end..].strip_prefix('<')
            && let Some(length) = inside.find('>').filter(|length| *length < 20)
        {
            end += length + 2;
        }
        self.blank(Span::new(command.start, end));
        let takes = &self.math[command.start + 1..command.end] != "pause" && self.math[end..].starts_with('{');
        if let Some(body) = self.argument(end).filter(|body| takes && is_loose(self.inside(*body))) {
            self.unwrap(command, body);
        }
    }

    /// `\color{blue}{a + }`: what the colour is put on goes on outside; `\color{blue}` changes the colour of what follows.
    fn colour(&mut self, command: Span) {
        let mut end = command.end;
        if let Some(inside) = self.math[end..].strip_prefix('[')
            && let Some(length) = inside.find(']').filter(|length| *length < 20)
        {
            end += length + 2;
        }
        let Some(colour) = self.argument(end) else { return };
        let body = self.argument(colour.end);
        if let Some(body) = body.filter(|body| is_loose(self.inside(*body)) || self.is_side(command, *body)) {
            self.unwrap(command, body);
        } else if &self.math[command.start + 1..command.end] == "color" {
            self.blank(Span::new(command.start, colour.end));
            // `x{\color{red}{_{low}}}`: a coloured subscript.
            if let Some(body) = body.filter(|body| self.inside(*body).trim_start().starts_with(['_', '^'])) {
                self.blank(Span::new(body.start, body.start + 1));
                self.blank(Span::new(body.end - 1, body.end));
                let open = self.math[..command.start].trim_end().len().wrapping_sub(1);
                let close = body.end + self.math[body.end..].find(|c: char| !c.is_whitespace()).unwrap_or_default();
                if self.close.get(&open) == Some(&close) {
                    self.blank(Span::new(open, open + 1));
                    self.blank(Span::new(close, close + 1));
                }
            }
        }
    }

    /// Whether a group is a whole right side.
    fn is_side(&self, command: Span, body: Span) -> bool {
        let before = self.math[..command.start].trim_end();
        let after = self.math[body.end..].trim_start();
        let ends = after.is_empty() || after.starts_with("\\\\") || after.starts_with(['.', ',', '&']);
        ends && ["\\sim", "~", "∼", "="].iter().any(|sign| before.ends_with(sign))
    }

    /// `\boldsymbol{y_{ij} = …}`: bold around a whole equation or sum makes no vector; `\mathbf{Two-level:}` is a label.
    fn bold(&mut self, command: Span) {
        if let Some(body) = self.argument(command.end).filter(|body| {
            let inside = self.inside(*body);
            !inside.trim_end().ends_with(':') && (is_loose(inside) || is_sum(inside))
        }) {
            self.unwrap(command, body);
        }
    }

    /// Whether the name of a law follows.
    fn is_law_sign(&self, at: usize) -> bool {
        let rest = self.math[at..].trim_start_matches(|c: char| c.is_whitespace() || c == '&' || c == '~');
        let named = ["\\text", "\\mathrm", "\\mathcal", "\\operatorname", "\\mathsf", "\\mbox", "\\mathit"];
        let rest = named.iter().find_map(|command| rest.strip_prefix(command)).map_or(rest, |rest| rest.trim_start());
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let name = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        rest.starts_with(|c: char| c.is_ascii_uppercase())
            && rest[name..].trim_start_matches('}').trim_start().starts_with(['(', '_', '\\', '['])
    }

    /// A macro that is unknown, has one argument, and wraps a whole side or term.
    fn own(&self, command: Span, name: &str) -> Option<Own> {
        let lower = name.to_ascii_lowercase();
        let is_styling = name.len() >= 4
            && !commands::is_known(name)
            && !commands::MACROS.contains(&name)
            && !SLIDES.contains(&name)
            && commands::nearest(name).is_none()
            && !FUNCTIONS.iter().any(|function| lower.starts_with(function))
            && !["logit", "probit", "odds", "prob", "link", "log"].iter().any(|function| lower.ends_with(function));
        if !is_styling || !self.math[command.end..].starts_with('{') {
            return None;
        }
        let body = self.argument(command.end)?;
        let blank = |c: char| c.is_whitespace() || c == '&';
        let before = self.math[..command.start].trim_end_matches(blank);
        let row = before.rsplit("\\\\").next().unwrap_or_default();
        let begun = row.rsplit_once("\\begin{").map_or(row, |(_, row)| row.split_once('}').map_or("", |(_, row)| row));
        // The columns of an array.
        let begun = begun.trim_start();
        let begun = match begun.strip_prefix('{').and_then(|row| row.split_once('}')) {
            Some((columns, row)) if columns.chars().all(|c| "lcr| ".contains(c)) => row,
            _ => begun,
        };
        let starts =
            begun.trim().is_empty() || ["+", "-", "−", "=", "\\sim", "∼"].iter().any(|sign| before.ends_with(sign));
        let after = self.math[body.end..].trim_start_matches(blank);
        let ends = after.is_empty()
            || ["+", "-", "−", "=", ",", ".", ";", "\\sim", "∼", "\\\\", "\\end{", "\\quad", "\\label", "\\tag"]
                .iter()
                .any(|sign| after.starts_with(sign));
        // `\gmat{\Sigma}`: no function is taken of a matrix.
        let inside = self.inside(body).trim();
        let matrix = inside.strip_prefix('\\').unwrap_or(inside);
        let is_matrix = matrix.starts_with(|c: char| c.is_ascii_uppercase())
            && (greek::letter(matrix).is_some() || inside.len() == 1);
        (is_matrix || starts && ends).then(|| Own { command, body, sum: is_matrix || is_sum(inside) })
    }
}

/// Whether an upright text is a function, a power or a product of names, and not a name.
fn is_calculation(text: &str) -> bool {
    let is_name = |name: &str| {
        let name = name.trim_matches([' ', '\\']).replace("\\_", "");
        name.starts_with(char::is_alphabetic) && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_'))
    };
    let text = text.trim();
    let function = text.strip_prefix('\\').unwrap_or(text).split_once('(').filter(|(name, _)| OF_DATA.contains(name));
    let power = text.split_once('^').is_some_and(|(name, by)| is_name(name) && by.parse::<u8>().is_ok_and(|by| by > 1));
    function.is_some_and(|(_, rest)| rest.ends_with(')')) || power || text.contains('*') && text.split('*').all(is_name)
}

/// Whether an argument is no expression by itself: it goes on outside, or is an equation or rows.
fn is_loose(inside: &str) -> bool {
    let inside = inside.trim_matches(|c: char| c.is_whitespace() || c == '&');
    LOOSE.iter().any(|sign| inside.starts_with(sign) || inside.ends_with(sign))
        || outside_brackets(inside, &["=", "∼", "\\sim", "\\\\", "&"])
}

/// Whether an argument has more than one term.
fn is_sum(inside: &str) -> bool {
    outside_brackets(inside, &["+", "-", "−", "=", "\\cdot", "\\times"])
}

/// Whether a sign stands in a text outside every bracket.
fn outside_brackets(text: &str, signs: &[&str]) -> bool {
    let mut depth = 0_i64;
    text.char_indices().any(|(at, c)| {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth -= 1,
            _ => {}
        }
        depth == 0 && at > 0 && signs.iter().any(|sign| text[at..].starts_with(sign))
    })
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn places_stay() {
        for (math, said) in [
            (r"y = a \pause + \alert<2>{b +} c", "y = a + b + c"),
            (r"y = \color{red}{a + } b", "y = a + b"),
            (r"\color{red}{a + b} x", "{a + b} x"),
            (r"\color{red}a \color{red}\sim \color{red}{N(0, s)} \\", r"a \sim N(0, s) \\"),
            (r"\boldsymbol {y = a}", "y = a"),
            (r"e_i \iid N(0, s)", "e_i ∼ N(0, s)"),
            (r"\result{y} = & \steady{a + b x} + \wobbly{u}", "y = & a + b x + u"),
        ] {
            let mut notes = vec![];
            let plain = plain(math, 0, &mut notes).expect("styled");
            let words: Vec<&str> = plain.split_whitespace().collect();
            assert_eq!((words.join(" ").as_str(), plain.len()), (said, math.len()), "{math}");
        }
    }

    #[test]
    fn what_may_say_something_stays() {
        for math in [
            r"y = a + b \shape{x} + e",
            r"\result{y} = a + b x",
            r"p = \expit{a + b x}",
            r"\lagged{y} = \steady{a}{b} + c",
            r"\mathbf{0} \ind x",
        ] {
            assert_eq!(plain(math, 0, &mut vec![]), None, "{math}");
        }
    }
}
