//! A model as it is shown: every notation with the same things marked in each, the derivation, what each thing is.

mod axis;
mod explained;
mod handout;
mod knobs;
mod page;
mod picture;
mod svg;
mod terms;
mod words;

pub use axis::{Axis, Basis, Parts};
pub use handout::handout;
pub use page::page;
pub use picture::{Knob, Picture, Role, pictures};
pub use svg::{drawing, file};
pub use terms::{Item, Kin, Part, Terms};

use super::explain::{ExplainOptions, Explanation, explain};
use super::typeset::{self, Labels, Layout, MarkedText, Marks, Reason};
use super::{Format, LmerStyle, Style, WRITERS, derivation, equations, lmer};
use crate::algebra::{Reading, Shape};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::Facts;
use crate::syntax::{Expr, Statement, System};

/// One notation of the model.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Its name on the command line.
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// Whether it is equations, typeset in the format asked for, rather than the text of a program.
    pub equations: bool,
    /// The model in it, or why it cannot be said in it.
    pub text: Result<MarkedText>,
    /// What is copied: LaTeX for equations, the text of a program.
    pub source: String,
}

/// The derivation of the reduced form, with marks.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The left side.
    pub left: Expr,
    /// The right sides, each with the reason why it follows from the one before.
    pub lines: Vec<(Expr, Option<Reason>)>,
    /// For each line, the numbers of what its step works on; none for the first.
    pub touched: Vec<Vec<u16>>,
    /// The same model with one error, as econometricians write it.
    pub econometric: Vec<Statement>,
    /// The marks of its symbols.
    pub marks: Marks,
    /// The numbers of its lines.
    pub numbers: Option<Labels>,
}

impl Panel {
    /// Whether it is the call of another program, rather than a notation that people read.
    pub fn is_program(&self) -> bool {
        !self.equations && self.name != "lmer"
    }
}

/// Everything that is shown of a model.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What can be pointed at.
    pub terms: Terms,
    /// The notations, in the order of [`WRITERS`]; JSON, which nobody reads, is left out.
    pub panels: Vec<Panel>,
    /// The derivation, or why there is none.
    pub walk: Result<Walk>,
    /// What everything means; `None` for a model that no sentences are made for.
    pub explanation: Option<Explanation>,
}

impl Sheet {
    /// Writes every notation in a style, derives the reduced form, collected by the treatment of the style when it has
    /// one, and explains it with what is `known`.
    ///
    /// # Errors
    /// `UnknownName` for a treatment or indicator that is no covariate, or for estimates of another model; a notation that
    /// cannot say the model is no error.
    pub fn new(
        reading: &Reading,
        facts: &Facts,
        style: &Style,
        known: &ExplainOptions,
        notes: &mut Notes,
    ) -> Result<Self> {
        let terms = Terms::new(reading, facts);
        let mut said = vec![];
        // The numbers of equations go on from one display to the next.
        let mut numbers = style.label_equations.as_deref().map(Labels::new);
        let writers = WRITERS.iter().filter(|w| w.name != "json");
        let panels = writers.map(|w| panel(w, reading, &terms, style, &mut numbers, &mut said)).collect();
        let shape = Shape::named(if style.treatment.is_some() { "by-treatment" } else { "expanded" });
        let walk = match shape {
            Some(shape) => walk(reading, shape, facts, style, &terms, &mut said).map(|walk| Walk { numbers, ..walk }),
            None => Diagnostic::error(Code::CannotSay, "there is no such shape").into(),
        };
        if let Err(error) = &walk
            && error.code == Code::UnknownName
        {
            return Err(error.clone());
        }
        let known = ExplainOptions { treatment: style.treatment.clone(), ..known.clone() };
        let explanation = match explain(reading, facts, &known, &mut said) {
            Ok(explanation) => Some(explanation),
            Err(error) if error.code == Code::UnknownName => return Err(error),
            Err(_) => None,
        };
        for note in said {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        Ok(Self { terms, panels, walk, explanation })
    }

    /// The notations that people read, written again in another style.
    pub(super) fn rewritten(&self, reading: &Reading, style: &Style) -> Vec<Panel> {
        let shown = |writer: &&super::Writer| self.panels.iter().any(|p| p.name == writer.name && !p.is_program());
        let mut numbers = style.label_equations.as_deref().map(Labels::new);
        // What was remarked on is the same.
        let writers = WRITERS.iter().filter(shown);
        writers.map(|writer| panel(writer, reading, &self.terms, style, &mut numbers, &mut vec![])).collect()
    }

    /// The formula with a piece for every term; `None` when there is none.
    pub fn term_by_term(&self, reading: &Reading) -> Option<MarkedText> {
        let style = Style { lmer: LmerStyle::Expanded, ..Style::default() };
        lmer::marked(reading, &style, &|sense| self.terms.numbers(sense)).ok()
    }
}

fn panel(
    writer: &super::Writer,
    reading: &Reading,
    terms: &Terms,
    style: &Style,
    numbers: &mut Option<Labels>,
    notes: &mut Notes,
) -> Panel {
    let form = equations::FORMS.iter().find(|(name, _)| *name == writer.name).map(|(_, form)| *form);
    let text = match form {
        Some(form) => equations::raised(reading, form, style, notes).and_then(|(system, _)| {
            let layout = Layout { label_equations: numbers.clone(), ..equations::layout(&system, form, style, notes) };
            *numbers = numbers.take().map(|labels| labels.after(typeset::numbered(&system)));
            typeset::marked_system(&system, style.format, &layout, &terms.marks(&system))
        }),
        None if writer.name == "lmer" => lmer::marked(reading, style, &|sense| terms.numbers(sense)),
        // What a program does by its own lights is said where its call is asked for.
        None => (writer.write)(reading, style, &mut vec![]).map(|text| MarkedText::unmarked(&text)),
    };
    let source = Style { format: Format::Tex, ..style.clone() };
    // What was remarked on is the same.
    let source = (writer.write)(reading, &source, &mut vec![]).unwrap_or_default();
    Panel { name: writer.name, about: writer.about, equations: form.is_some(), text, source }
}

fn walk(
    reading: &Reading,
    shape: &Shape,
    facts: &Facts,
    style: &Style,
    terms: &Terms,
    notes: &mut Notes,
) -> Result<Walk> {
    let derived = derivation(reading, shape, style.treatment.as_deref(), facts, notes)?;
    let marks = terms.marks(&derived.system);
    let number = |symbols: &Vec<crate::syntax::Symbol>| {
        symbols.iter().filter_map(|symbol| marks.get(&symbol.key()).copied()).collect()
    };
    let touched = std::iter::once(vec![]).chain(derived.touched.iter().map(number)).collect();
    Ok(Walk {
        left: derived.left,
        lines: derived.lines,
        touched,
        econometric: derived.econometric,
        marks,
        numbers: None,
    })
}

impl Walk {
    /// The lines as one display.
    pub fn text(&self, format: Format, width: usize) -> MarkedText {
        let layout = Layout { width, label_equations: self.numbers.clone(), ..Layout::default() };
        typeset::marked_steps(&self.left, &self.lines, format, &layout, &self.marks)
    }

    /// One line by itself.
    fn line(&self, line: &Expr, format: Format, width: usize) -> MarkedText {
        let layout = Layout { width, ..Layout::default() };
        typeset::marked_steps(&self.left, &[(line.clone(), None)], format, &layout, &self.marks)
    }

    /// The model with one error; `None` when it cannot be said so.
    pub fn econometric(&self, format: Format, width: usize) -> Option<MarkedText> {
        if self.econometric.is_empty() {
            return None;
        }
        let system = System { statements: self.econometric.clone(), ..System::default() };
        let label_equations = self.numbers.clone().map(|labels| labels.after(self.lines.len()));
        let layout = Layout { width, label_equations, ..Layout::default() };
        typeset::marked_system(&system, format, &layout, &self.marks).ok()
    }
}
