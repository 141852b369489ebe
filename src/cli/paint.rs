//! Colours of marked text in a terminal: one for each part of the model, or one term lit and the rest faint. Without
//! colours a lit piece is underlined by carets.

use super::Context;
use super::flags::Color;
use anstyle::{AnsiColor, Style};
use mlnote::write::show::{Part, Terms};
use mlnote::write::typeset::{MarkedText, Run};

/// How marked text is shown.
pub(crate) struct Paint {
    colored: bool,
    lit: Vec<u16>,
}

impl Context {
    /// Colours of the answer, as `--color`, `NO_COLOR` and the terminal have it; `lit` are the numbers to mark.
    pub(crate) fn paint(&self, lit: Vec<u16>) -> Paint {
        let colored = match self.general.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => self.general.output.is_none() && super::output::color_by_itself(&std::io::stdout()),
        };
        Paint { colored, lit }
    }
}

/// Blue, yellow and magenta are told apart by the colour-blind, on dark and on light.
fn style(part: Part) -> Style {
    match part {
        Part::Fixed => AnsiColor::Blue.on_default(),
        Part::Mixed => Style::new(),
        Part::Random => AnsiColor::Yellow.on_default(),
        Part::Residual => AnsiColor::Magenta.on_default(),
    }
}

impl Paint {
    /// Whether there are colours.
    pub(crate) fn colored(&self) -> bool {
        self.colored
    }

    /// Whether a number is to be marked.
    pub(crate) fn is_lit(&self, number: u16) -> bool {
        self.lit.contains(&number)
    }

    /// A heading.
    pub(crate) fn title(&self, text: &str) -> String {
        self.styled(text, Style::new().bold())
    }

    /// A line that belongs to one thing.
    pub(crate) fn whole(&self, text: &str, number: u16, terms: &Terms) -> String {
        self.styled(text, self.style_of(&[number], terms))
    }

    /// A marked line.
    pub(crate) fn text(&self, text: &MarkedText, terms: &Terms) -> String {
        if !self.colored {
            return text.plain();
        }
        let mut open: Vec<Vec<u16>> = vec![];
        let mut out = String::new();
        for run in text.runs() {
            match run {
                Run::Begin(numbers) => open.push(numbers),
                Run::End => drop(open.pop()),
                Run::Text(text) => {
                    // What lights a piece from outside lights what stands in it, as a product in a folded one.
                    let inner = open.last().cloned().unwrap_or_default();
                    let all: Vec<u16> = open.iter().rev().flatten().copied().collect();
                    let numbers = if self.lit.is_empty() { inner } else { all };
                    out.push_str(&self.styled(text, self.style_of(&numbers, terms)));
                }
            }
        }
        out
    }

    /// Carets under the lit pieces of a line; nothing with colours.
    pub(crate) fn carets(&self, text: &MarkedText) -> String {
        let mut out = String::new();
        if self.colored || self.lit.is_empty() {
            return out;
        }
        let mut open: Vec<Vec<u16>> = vec![];
        for run in text.runs() {
            match run {
                Run::Begin(numbers) => open.push(numbers),
                Run::End => drop(open.pop()),
                Run::Text(text) => {
                    let lit = open.iter().flatten().any(|number| self.is_lit(*number));
                    let width = MarkedText::unmarked(text).width();
                    out.push_str(&if lit { "^" } else { " " }.repeat(width));
                }
            }
        }
        out.trim_end().to_owned()
    }

    fn style_of(&self, numbers: &[u16], terms: &Terms) -> Style {
        if self.lit.is_empty() {
            let part = numbers.first().and_then(|number| terms.item(*number)).map(|item| item.part);
            return part.map(style).unwrap_or_default();
        }
        match numbers.iter().find(|number| self.is_lit(**number)).and_then(|number| terms.item(*number)) {
            Some(item) => style(item.part).bold().underline(),
            None => Style::new().dimmed(),
        }
    }

    fn styled(&self, text: &str, style: Style) -> String {
        if self.colored && style != Style::new() && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}
