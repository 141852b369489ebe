//! The walk over an expression, the same for every format: where brackets go, how signs fold, where a sum may break.

use super::marks::{self, Marks};
use crate::syntax::{Expr, Face, Kind, Name, Symbol, greek};

/// How one format spells the parts.
pub(super) trait Dialect {
    /// Whether a quotient is written on the line (`a / b`) and so needs brackets as a product does.
    const INLINE: bool;
    /// Between arguments.
    const COMMA: &'static str;
    /// A symbol with its scripts.
    fn symbol(&self, symbol: &Symbol) -> String;
    /// A number without sign.
    fn number(&self, digits: &str) -> String;
    /// `+` or `-`: between two summands (`binary`), or before the first.
    fn sign(&self, negative: bool, binary: bool) -> &'static str;
    /// Between two summands of one line.
    fn gap(&self) -> &'static str;
    /// Round brackets; `tall` when what stands inside is higher than a line.
    fn brackets(&self, tall: bool) -> (&'static str, &'static str);
    /// A quotient.
    fn quotient(&self, above: &str, below: &str) -> String;
    /// A power; `base` was written as `text`.
    fn power(&self, base: &Expr, text: &str, exponent: &str) -> String;
    /// A function of arguments.
    fn call(&self, name: &str, arguments: &[String]) -> String;
    /// A comparison between two arguments.
    fn infix(&self, name: &str) -> Option<&'static str>;
    /// Between two factors.
    fn times(&self, left: &Expr, right: &Expr) -> &'static str;
    /// The width of what is printed, marks not counted.
    fn width(&self, text: &str) -> usize;
    /// The symbols whose pieces are marked.
    fn marks(&self) -> Option<&Marks> {
        None
    }
}

/// Where an expression stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Alone, or inside brackets.
    Whole,
    /// In a sum.
    Summand,
    /// In a product.
    Factor,
    /// Under an exponent or under a stroke.
    Base,
}

/// The whole expression on one line.
pub(super) fn whole<D: Dialect>(d: &D, expr: &Expr) -> String {
    at(d, expr, Place::Whole)
}

/// Whether it is higher than a line.
pub(super) fn tall(expr: &Expr) -> bool {
    matches!(expr.kind, Kind::Quotient(..)) || expr.children().into_iter().any(tall)
}

/// Takes a minus off: `-x`, `-0.5`.
fn unsigned(expr: &Expr) -> (bool, Expr) {
    match &expr.kind {
        Kind::Negative(inner) => (true, (**inner).clone()),
        Kind::Number(digits) if digits.starts_with('-') => (true, Kind::Number(digits[1..].into()).into()),
        _ => (false, expr.clone()),
    }
}

fn bracketed<D: Dialect>(d: &D, expr: &Expr, text: &str) -> String {
    let (open, close) = d.brackets(!D::INLINE && tall(expr));
    format!("{open}{text}{close}")
}

fn at<D: Dialect>(d: &D, expr: &Expr, place: Place) -> String {
    let (text, loose) = match &expr.kind {
        Kind::Sum(parts) => (sum(d, parts), place != Place::Whole),
        Kind::Product(parts) => (product(d, parts), place == Place::Base),
        Kind::Negative(inner) => {
            (format!("{}{}", d.sign(true, false), at(d, inner, Place::Summand)), place != Place::Whole)
        }
        Kind::Quotient(above, below) if D::INLINE => {
            let text = d.quotient(&at(d, above, Place::Factor), &at(d, below, Place::Base));
            (text, matches!(place, Place::Factor | Place::Base))
        }
        Kind::Quotient(above, below) => (d.quotient(&whole(d, above), &whole(d, below)), place == Place::Base),
        Kind::Power(base, exponent) => {
            (d.power(base, &at(d, base, Place::Base), &whole(d, exponent)), place == Place::Base)
        }
        Kind::Number(digits) => match digits.strip_prefix('-') {
            Some(digits) => (format!("{}{}", d.sign(true, false), d.number(digits)), place != Place::Whole),
            None => (d.number(digits), false),
        },
        Kind::Symbol(symbol) => {
            let raised = !super::letters::above(symbol).is_empty()
                || symbol.name.accents.last() == Some(&crate::syntax::Accent::Prime);
            (d.symbol(symbol), place == Place::Base && raised)
        }
        // The category in `I(f == "b")`.
        Kind::Call(name, arguments) if arguments.is_empty() && name.starts_with('"') => {
            let name = Name { base: name.trim_matches('"').to_owned(), face: Face::Upright, ..Name::default() };
            (d.symbol(&Symbol::new(name, vec![])), false)
        }
        Kind::Call(name, arguments) => {
            let texts: Vec<String> = arguments.iter().map(|a| whole(d, a)).collect();
            match d.infix(name) {
                Some(between) if texts.len() > 1 => (texts.join(between), place != Place::Whole),
                _ => (d.call(name, &texts), place == Place::Base),
            }
        }
    };
    let text = match d.marks() {
        Some(marks) => marks::around(expr, text, marks),
        None => text,
    };
    if loose { bracketed(d, expr, &text) } else { text }
}

/// A factor of a product, beside the others.
fn factor<D: Dialect>(d: &D, parts: &[Expr], part: &Expr, text: String) -> String {
    let Some(marks) = d.marks() else { return text };
    let mut all: Vec<u16> = vec![];
    for number in parts.iter().flat_map(|p| marks::numbers(p, marks)) {
        if !all.contains(&number) {
            all.push(number);
        }
    }
    marks::shared(&all, part, text, marks)
}

fn sum<D: Dialect>(d: &D, parts: &[Expr]) -> String {
    let mut text = String::new();
    for (position, part) in parts.iter().enumerate() {
        let (negative, part) = unsigned(part);
        if position > 0 {
            text.push_str(d.gap());
        }
        if position > 0 || negative {
            text.push_str(d.sign(negative, position > 0));
        }
        text.push_str(&at(d, &part, Place::Summand));
    }
    text
}

fn product<D: Dialect>(d: &D, parts: &[Expr]) -> String {
    let mut text = String::new();
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            text.push_str(d.times(&parts[position - 1], part));
        }
        text.push_str(&factor(d, parts, part, at(d, part, Place::Factor)));
    }
    text
}

/// A part of an expression that no line break divides.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Its text, with the sign before it.
    pub(super) text: String,
    /// How many broken brackets stand around it.
    pub(super) depth: usize,
    /// It opens a bracket that goes on in the next piece, and so begins a line.
    pub(super) opens: bool,
}

/// The expression in pieces between which a line may break, each at most `limit` wide where that can be had: at the
/// signs of the outermost sum, and inside round brackets only when a summand alone is too wide. Never empty.
pub(super) fn pieces<D: Dialect>(d: &D, expr: &Expr, limit: usize) -> Vec<Piece> {
    pieces_at(d, expr, Place::Whole, limit, 0)
}

fn pieces_at<D: Dialect>(d: &D, expr: &Expr, place: Place, limit: usize, depth: usize) -> Vec<Piece> {
    let text = at(d, expr, place);
    let top = place == Place::Whole && matches!(expr.kind, Kind::Sum(_));
    let unbreakable = d.width(&text) + 2 * depth <= limit || tall(expr);
    let whole = vec![Piece { text, depth, opens: false }];
    if unbreakable && !top {
        return whole;
    }
    match &expr.kind {
        Kind::Sum(parts) => {
            let mut found: Vec<Piece> = vec![];
            for (position, part) in parts.iter().enumerate() {
                let (negative, part) = unsigned(part);
                let inside = depth + usize::from(!top);
                let mut inner = pieces_at(d, &part, Place::Summand, limit, inside);
                if position > 0 || negative {
                    inner[0].text.insert_str(0, d.sign(negative, position > 0));
                }
                found.append(&mut inner);
            }
            if !top {
                let (open, close) = d.brackets(false);
                wrap(&mut found, open, close);
                found[0].depth = depth;
                found[0].opens = true;
            }
            found
        }
        Kind::Product(parts) if place != Place::Base => {
            let mut found = vec![Piece { text: String::new(), depth, opens: false }];
            for (position, part) in parts.iter().enumerate() {
                let gap = if position > 0 { d.times(&parts[position - 1], part) } else { "" };
                let mut inner = pieces_at(d, part, Place::Factor, limit, depth);
                if let [whole] = &mut inner[..] {
                    whole.text = factor(d, parts, part, std::mem::take(&mut whole.text));
                }
                let first = found.len() == 1;
                if let Some(head) = found.pop() {
                    inner[0].text.insert_str(0, &format!("{}{gap}", head.text));
                    inner[0].depth = head.depth;
                    inner[0].opens &= first;
                }
                found.append(&mut inner);
            }
            found
        }
        _ => whole,
    }
}

/// Puts text before the first and after the last piece.
pub(super) fn wrap(pieces: &mut [Piece], before: &str, after: &str) {
    if let Some(first) = pieces.first_mut() {
        first.text.insert_str(0, before);
    }
    if let Some(last) = pieces.last_mut() {
        last.text.push_str(after);
    }
}

/// Whether its text begins with a digit.
pub(super) fn starts_with_number(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Number(digits) => !digits.starts_with('-'),
        Kind::Power(base, _) => starts_with_number(base),
        Kind::Product(parts) | Kind::Sum(parts) => parts.first().is_some_and(starts_with_number),
        Kind::Quotient(above, _) => starts_with_number(above),
        _ => false,
    }
}

/// A symbol whose base is a word.
pub(super) fn word(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Symbol(symbol) => symbol.name.base.chars().count() > 1,
        Kind::Power(base, _) => word(base),
        _ => false,
    }
}

/// A bare Latin letter or word before a bracket would read as a function's name.
pub(super) fn reads_as_call(left: &Expr, right: &Expr) -> bool {
    let bare = |s: &Symbol| {
        s.indices.is_empty()
            && s.name.tag.is_empty()
            && s.name.mark.is_empty()
            && s.name.base.starts_with(|c: char| greek::command(c).is_none())
    };
    let opens = matches!(right.kind, Kind::Sum(_) | Kind::Negative(_) | Kind::Call(..) | Kind::Quotient(..))
        || matches!(&right.kind, Kind::Power(base, _) if base.symbol().is_none())
        || matches!(&right.kind, Kind::Number(n) if n.starts_with('-'));
    opens && left.symbol().is_some_and(bare)
}

/// An estimate with its standard error, `1.89(0.14)` beside or `1.89_(0.14)` under it: estimate, error, whether under.
pub(super) fn with_error(digits: &str) -> Option<(&str, &str, bool)> {
    let (value, error) = digits.strip_suffix(')')?.split_once('(')?;
    let number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let under = value.ends_with('_');
    let value = value.trim_end_matches('_');
    (number(value) && number(error)).then_some((value, error, under))
}

/// A number's digits as decimals (`1e-3` would read as a product); `None` when it is no number.
pub(super) fn decimals(digits: &str) -> Option<String> {
    if !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return Some(digits.into());
    }
    digits.parse::<f64>().ok().filter(|v| v.is_finite()).map(|v| v.to_string())
}
