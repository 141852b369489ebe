//! Typesetting: equation systems, expressions and symbols as LaTeX, Unicode text or MathML.
//!
//! One walk over the tree (`walk`) decides brackets, signs and breaks; one step (`rows`) turns statements into rows; each
//! format only spells the parts.

mod layout;
mod letters;
mod marks;
mod mathml;
mod reason;
mod rows;
mod tex;
mod unicode;
mod walk;

use super::Format;
use crate::error::Result;
use crate::syntax::{Expr, Kind, Name, Statement, Symbol, System};

pub use layout::{Labels, Layout};
pub(super) use letters::{plain, visible};
pub use marks::{MarkedText, Marks, Run};
pub(super) use marks::{width, wrap};
pub use reason::{Part, Reason};
pub(super) use tex::{declared, document, escape};

use mathml::Mathml;
pub(in crate::write) use mathml::markup;
use rows::Page;
use tex::Tex;
use unicode::Unicode;

/// A system as a display: one statement a row, aligned at `=` and `~`, long sums broken at their signs. The text ends
/// with a line feed.
///
/// # Errors
/// None at present; a format that cannot say a statement would refuse with [`crate::error::Code::CannotSay`].
///
/// ```
/// use mlnote::syntax::{Expr, Index, Name, Statement, Symbol, System};
/// use mlnote::write::{Format, typeset};
/// let y = Symbol::new(Name::new("Y"), vec![Index::new("i"), Index::new("j")]);
/// let beta = Symbol::new(Name::tagged("β", "0"), vec![Index::new("j")]);
/// let equation = Statement::Equation { left: y.into(), rights: vec![Expr::from(beta)], span: Default::default() };
/// let system = System { statements: vec![equation], ..System::default() };
/// assert_eq!(typeset::system(&system, Format::Unicode, &typeset::Layout::default()).unwrap(), "Yᵢⱼ = β₀ⱼ\n");
/// ```
pub fn system(system: &System, format: Format, layout: &Layout) -> Result<String> {
    Ok(system_text(system, format, layout, None))
}

/// As [`system`], with the pieces of marked symbols marked; LaTeX has no marks.
///
/// # Errors
/// Those of [`system`].
pub fn marked_system(system: &System, format: Format, layout: &Layout, marks: &Marks) -> Result<MarkedText> {
    let text = system_text(system, format, layout, Some(marks));
    Ok(MarkedText::new(text, || system_text(system, format, layout, None)))
}

fn system_text(system: &System, format: Format, layout: &Layout, marks: Option<&Marks>) -> String {
    fn show<P: Page>(page: &P, system: &System, layout: &Layout) -> String {
        page.assemble(&rows::system(page, system, layout), layout)
    }
    match format {
        Format::Tex | Format::Markdown => show(&Tex, system, layout),
        Format::Unicode => show(&Unicode { marks }, system, layout),
        Format::Mathml => show(&Mathml { marks }, system, layout),
    }
}

/// How many rows of a display of the system have numbers.
pub fn numbered(system: &System) -> usize {
    let rows = |statement: &Statement| match statement {
        Statement::Equation { rights, .. } => rights.len(),
        Statement::Distribution { .. } | Statement::Moment { .. } => 1,
    };
    system.statements.iter().map(rows).sum()
}

/// The lines of a derivation, `left = … = …`, each with the reason why it follows.
pub fn steps<R>(left: &Expr, lines: &[(Expr, Option<R>)], format: Format, layout: &Layout) -> String
where
    R: Clone + Into<Reason>,
{
    let lines: Vec<_> = lines.iter().map(|(line, reason)| (line.clone(), reason.clone().map(Into::into))).collect();
    steps_text(left, &lines, format, layout, None)
}

/// As [`steps`], with the pieces of marked symbols marked.
pub fn marked_steps(
    left: &Expr,
    lines: &[(Expr, Option<Reason>)],
    format: Format,
    layout: &Layout,
    marks: &Marks,
) -> MarkedText {
    let text = steps_text(left, lines, format, layout, Some(marks));
    MarkedText::new(text, || steps_text(left, lines, format, layout, None))
}

fn steps_text(
    left: &Expr,
    lines: &[(Expr, Option<Reason>)],
    format: Format,
    layout: &Layout,
    marks: Option<&Marks>,
) -> String {
    fn show<P: Page>(page: &P, left: &Expr, lines: &[(Expr, Option<Reason>)], layout: &Layout) -> String {
        page.assemble(&rows::steps(page, left, lines, layout), layout)
    }
    match format {
        Format::Tex | Format::Markdown => show(&Tex, left, lines, layout),
        Format::Unicode => show(&Unicode { marks }, left, lines, layout),
        Format::Mathml => show(&Mathml { marks }, left, lines, layout),
    }
}

/// An expression on one line, without delimiters (`$`); MathML comes in its own `<math>` element.
pub fn expr(expr: &Expr, format: Format) -> String {
    expr_text(expr, format, None)
}

/// As [`expr`], with the pieces of marked symbols marked.
pub fn marked_expr(expr: &Expr, format: Format, marks: &Marks) -> MarkedText {
    MarkedText::new(expr_text(expr, format, Some(marks)), || expr_text(expr, format, None))
}

fn expr_text(expr: &Expr, format: Format, marks: Option<&Marks>) -> String {
    match format {
        Format::Tex | Format::Markdown => walk::whole(&Tex, expr),
        Format::Unicode => walk::whole(&Unicode { marks }, expr),
        Format::Mathml => mathml::inline(&walk::whole(&Mathml { marks }, expr)),
    }
}

/// Whether an expression is a number with its sign, that is text in every format.
pub(super) fn is_digits(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Number(_) => true,
        Kind::Negative(inner) => is_digits(inner),
        _ => false,
    }
}

/// A symbol with its indices, without delimiters.
pub fn symbol(symbol: &Symbol, format: Format) -> String {
    expr(&symbol.clone().into(), format)
}

/// A name without indices, without delimiters.
pub fn name(name: &Name, format: Format) -> String {
    match format {
        Format::Tex | Format::Markdown => tex::name(name),
        Format::Unicode => unicode::name(name),
        Format::Mathml => mathml::inline(&mathml::name(name)),
    }
}
