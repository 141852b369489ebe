//! The way from the level equations to the reduced form, line by line, with what it comes to.

use super::typeset::{self, Layout, Part, Reason};
use super::{Format, Style};
use crate::algebra::{
    self, AtomId, AtomKind, Atoms, Equations, Form, Meaning, RaiseOptions, Reading, Shape, Step, Translated, Tree,
    raise, to_expr,
};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::Facts;
use crate::syntax::{Expr, Face, Kind, Law, Name, Statement, Symbol, System};
use std::cell::Cell;
use std::collections::BTreeSet;

/// A derivation to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// The left side of the response's equation.
    pub left: Expr,
    /// The right sides, each with the reason why it follows from the one before; the first has none.
    pub lines: Vec<(Expr, Option<Reason>)>,
    /// The terms without random effects and residual.
    pub structural: Expr,
    /// The random effects and the residual.
    pub error: Expr,
    /// The same model as econometricians write it, one error and its definition; none when it cannot be said so.
    pub econometric: Vec<Statement>,
    /// The equations that the first line was taken from.
    pub system: System,
    /// For each line after the first, the names of the rules that lead to it, in order.
    pub rules: Vec<Vec<&'static str>>,
    /// For each line after the first, the symbols that its step works on: what is plugged in and what comes in its
    /// place, what a bracket is multiplied by and what stands in it, what is moved.
    pub touched: Vec<Vec<Symbol>>,
}

/// Derives a shape of the reduced form from the equations of a reading; those of a formula, and those of a reduced form,
/// which has nothing to plug in, are raised first, with notes. `treatment` is the covariate that `by-treatment` collects by.
///
/// # Errors
/// Those of [`raise`], [`algebra::equations`] and [`algebra::derive`]; `UnknownName` for a treatment that is no covariate.
pub fn derivation(
    reading: &Reading,
    shape: &Shape,
    treatment: Option<&str>,
    facts: &Facts,
    notes: &mut Notes,
) -> Result<Derived> {
    let written = reading.system.as_ref().map(|system| meaning(system, facts)).transpose()?;
    let (system, (mut left, mut translated)) = match reading.system.clone().zip(written) {
        Some(found) if has_levels(&found.1.1.equations) && !found.0.statements.iter().any(is_centred) => found,
        _ => {
            let system = raise(reading, Form::Hierarchical, &RaiseOptions::default(), notes)?;
            let meaning = meaning(&system, facts)?;
            (system, meaning)
        }
    };
    let options = RaiseOptions { composite: true, treatment: treatment.map(str::to_owned), ..RaiseOptions::default() };
    let combined = raise(reading, Form::Reduced, &options, &mut vec![]).map(|system| system.statements);
    let equation = |statement: &Statement| matches!(statement, Statement::Equation { .. });
    let mut econometric: Vec<Statement> = combined.unwrap_or_default().into_iter().filter(equation).collect();
    let linked = reading.model.family() != "gaussian" || reading.model.link() != "identity";
    if let (true, Some(Statement::Equation { left: scaled, .. })) = (linked, econometric.first()) {
        // The response has a law, not an equation: the equation is that of its mean on the scale of the link.
        left = scaled.clone();
        // What is left of `y_ij ~ N(μ_ij, σ²)` beside its mean is on no scale of a link.
        let is_residual = |part: &&Tree| match part {
            Tree::Atom(atom) => translated.equations.atoms.kind(*atom) == AtomKind::Residual,
            _ => false,
        };
        let mean: Vec<&Tree> = translated.equations.root.summands().iter().filter(|part| !is_residual(part)).collect();
        let of_mean = |(atom, _): &&(AtomId, Tree)| mean == [&Tree::Atom(*atom)];
        if let Some((_, right)) = translated.equations.definitions.iter().find(of_mean) {
            translated.equations.root = right.clone();
        }
        // There is no residual: what is random alone is no other form.
        if econometric.len() == 1 {
            econometric.clear();
        }
    }
    let equations = &translated.equations;
    let focus = treatment.map(|name| focus(&translated, name)).transpose()?.unwrap_or_default();
    let derived = algebra::derive(equations, shape, &focus)?;
    let print = |tree| to_expr(tree, &equations.atoms);
    let steps = derived.steps.iter().map(|step| (print(&step.after), Some(words(step, &equations.atoms))));
    let structural = print(&derived.structural);
    if let Some(Statement::Equation { rights, .. }) = econometric.first_mut() {
        rights.iter_mut().for_each(|right| *right = in_order(right, &structural));
    }
    Ok(Derived {
        left,
        lines: std::iter::once((print(&derived.start), None)).chain(steps).collect(),
        structural,
        error: print(&derived.error),
        econometric,
        system,
        rules: derived.steps.iter().map(|step| step.reasons.iter().map(|reason| reason.rule).collect()).collect(),
        touched: derived.steps.iter().map(|step| touched(step, equations)).collect(),
    })
}

/// The symbols that a step works on.
fn touched(step: &Step, equations: &Equations) -> Vec<Symbol> {
    let kind = |atom: &AtomId| equations.atoms.kind(*atom);
    let mut found = step.touched();
    for atom in step.touched() {
        match equations.definitions.iter().find(|(defined, _)| *defined == atom) {
            Some((_, right)) => found.extend(right.atoms()),
            None if kind(&atom).is_data() => {
                let with = step.after.summands().iter().map(Tree::atoms).filter(|atoms| atoms.contains(&atom));
                found.extend(with.flatten().filter(|atom| !kind(atom).is_data()));
            }
            None => {}
        }
    }
    if step.reasons.iter().any(|reason| reason.rule == algebra::GATHER) {
        let random = |atom: &AtomId| kind(atom).is_random();
        found.extend(step.after.atoms().into_iter().filter(random));
    }
    let symbols = found.iter().filter_map(|atom| equations.atoms.get(*atom)?.expr.symbol().cloned());
    let mut once: Vec<Symbol> = vec![];
    for symbol in symbols {
        if !once.contains(&symbol) {
            once.push(symbol);
        }
    }
    once
}

/// The combined form with the terms of the structural part as the derivation ordered them, its one error last.
fn in_order(combined: &Expr, structural: &Expr) -> Expr {
    let Some(error) = combined.children().last().copied().filter(|_| matches!(combined.kind, Kind::Sum(_))) else {
        return combined.clone();
    };
    Expr::sum(structural.terms().iter().chain([error]).cloned().collect())
}

/// The reasons of a step as one phrase: `distribute R_ij, remove brackets`.
fn words(step: &Step, atoms: &Atoms) -> Reason {
    let mut phrase = Reason::default();
    for (position, reason) in step.reasons.iter().enumerate() {
        let comma = if position > 0 { ", " } else { "" };
        phrase = phrase.then(Part::Words(format!("{comma}{}", reason.words)));
        for (number, atom) in reason.atoms.iter().enumerate() {
            let gap = match number {
                0 => " ",
                last if last + 1 == reason.atoms.len() => " and ",
                _ => ", ",
            };
            let symbol = atoms.get(*atom).map(|atom| Part::Math(atom.expr.clone()));
            phrase = symbol.into_iter().fold(phrase.then(Part::Words(gap.into())), Reason::then);
        }
    }
    phrase
}

/// Whether there is something to plug in, other than the mean that a law of the response names.
fn has_levels(equations: &Equations) -> bool {
    equations.definitions.iter().any(|(atom, _)| equations.root != Tree::Atom(*atom))
}

/// Whether it is a law around a mean, `α_j ~ N(γ_0 + γ_1 Z_j, τ²)`: its random effect has no symbol to derive with.
fn is_centred(statement: &Statement) -> bool {
    let Statement::Distribution { law: Law::Normal { mean, .. }, .. } = statement else { return false };
    mean.iter().any(|mean| !mean.symbols().is_empty())
}

fn meaning(system: &System, facts: &Facts) -> Result<(Expr, Translated)> {
    // What is remarked here was remarked when the model was read.
    let (roles, translated) = algebra::equations(system, facts, &mut vec![])?;
    Ok((roles.response.left, translated))
}

/// The atoms of a covariate, by its symbol or its column; of a factor, those of its dummies.
fn focus(translated: &Translated, wanted: &str) -> Result<Vec<AtomId>> {
    let mut known = BTreeSet::new();
    let mut found = vec![];
    for (id, atom) in translated.equations.atoms.iter().filter(|(_, atom)| matches!(atom.kind, AtomKind::Data { .. })) {
        let (column, factor) = match translated.meanings.get(&id) {
            Some(Meaning::Covariate { covariate, .. }) => {
                (covariate.to_string(), covariate.as_dummy().map(|(factor, _)| factor.to_owned()))
            }
            _ => continue,
        };
        let symbol = atom.expr.symbol();
        let spellings = symbol.map(|s| [s.name.to_string(), s.to_string(), s.name.spell()]).into_iter().flatten();
        if column == wanted
            || factor.as_deref() == Some(wanted)
            || spellings.into_iter().any(|spelling| spelling == wanted)
        {
            found.push(id);
        }
        known.insert(factor.unwrap_or(column));
    }
    if found.is_empty() {
        return Diagnostic::unknown(Code::UnknownName, "covariate", wanted, known.iter().map(String::as_str)).into();
    }
    Ok(found)
}

impl Derived {
    /// The derivation as displays: the lines, the two parts of the last one, the econometric form.
    ///
    /// # Errors
    /// Those of [`typeset::system`].
    pub fn text(&self, style: &Style) -> Result<String> {
        // The numbers go on from one display to the next.
        let used = Cell::new(0);
        let layout = |rows: usize| {
            let mut layout = Layout { standalone: false, ..Layout::from(style) };
            layout.label_equations = layout.label_equations.map(|labels| labels.after(used.replace(used.get() + rows)));
            layout
        };
        let steps = |left: &Expr, lines: &[(Expr, Option<Reason>)]| {
            typeset::steps(left, lines, style.format, &layout(lines.len()))
        };
        let part = |title: &str, part: &Expr| match style.format {
            // Plain text quotes a word with blanks, so that it reads back; this one is not read back.
            Format::Unicode => {
                let solid = title.replace(' ', "x");
                let text = steps(&Symbol::new(Name::new(&*solid), vec![]).into(), &[(part.clone(), None)]);
                text.strip_prefix(&solid).map_or_else(|| text.clone(), |rest| format!("{title}{rest}"))
            }
            _ => {
                let title = Name { face: Face::Upright, ..Name::new(title) };
                steps(&Symbol::new(title, vec![]).into(), &[(part.clone(), None)])
            }
        };
        let mut displays = vec![
            steps(&self.left, &self.lines),
            part("structural part", &self.structural),
            part("total random error", &self.error),
        ];
        if !self.econometric.is_empty() {
            let system = System { statements: self.econometric.clone(), ..System::default() };
            displays.push(typeset::system(&system, style.format, &layout(self.econometric.len()))?);
        }
        let text = displays.join("\n");
        Ok(if style.standalone && style.format == Format::Tex { typeset::document(&text) } else { text })
    }
}
