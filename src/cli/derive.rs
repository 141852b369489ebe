//! `mlnote derive`: the steps from the level equations to the reduced form.

use super::flags::{FORMAT, choice, label_name};
use super::{Context, Failure, InputArgs, Outcome, Status};
use mlnote::algebra::{SHAPES, Shape};
use mlnote::error::{Code, Diagnostic};
use mlnote::syntax::{Expr, Statement};
use mlnote::write::{Format, Style, derivation, typeset};
use serde_json::json;
use std::rc::Rc;

/// Show the steps from the level equations to the reduced form
///
/// The last line is the reduced form; below it stand its structural part (what the fixed effects predict), its total
/// random error, and the same model with one error, as econometricians write it. `--json` gives the steps as data: the
/// rules, the symbols they touch, the line before and after.
#[derive(clap::Args)]
pub(crate) struct Derive {
    /// A file, `-` for stdin, or the text itself
    #[arg(value_name = "INPUT")]
    input: String,
    /// The shape of the last line; `by-treatment` when there is a `--treatment`, else `expanded`
    #[arg(long, value_name = "SHAPE")]
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(SHAPES.iter().map(|shape| shape.name)))]
    shape: Option<String>,
    /// The covariate by which `--shape by-treatment` collects; those of Level 2 and higher when not given
    #[arg(long, value_name = "Z")]
    treatment: Option<String>,
    /// How equations are typeset
    #[arg(long, value_name = "FORMAT", default_value = "unicode", value_parser = choice(FORMAT))]
    format: Format,
    /// Break lines at this many printed characters
    #[arg(long, value_name = "N", default_value_t = 80)]
    width: usize,
    /// A LaTeX document that compiles, rather than displays
    #[arg(long)]
    standalone: bool,
    /// Number the equations, each with a LaTeX label: `eq:1`, with a NAME `eq:NAME-1`
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = label_name)]
    label_equations: Option<String>,
    #[command(flatten)]
    reading: InputArgs,
}

impl Derive {
    /// Reads, derives, typesets.
    pub(crate) fn run(&self, context: &mut Context) -> Outcome {
        let known = || SHAPES.iter().map(|shape| shape.name);
        let usual = if self.treatment.is_some() { "by-treatment" } else { "expanded" };
        let name = self.shape.as_deref().unwrap_or(usual);
        let shape = Shape::named(name)
            .ok_or_else(|| Box::new(Diagnostic::unknown(Code::BadArgument, "shape", name, known())))?;
        let (source, reading) = context.read(&self.input, &self.reading)?;
        let facts = Context::facts(&source, &self.reading, &reading)?;
        let failed = |diagnostic| Failure { diagnostic, source: Some(Rc::clone(&source)) };
        let mut notes = vec![];
        let treatment = self.treatment.as_deref();
        let derived = derivation(&reading, shape, treatment, &facts, &mut notes).map_err(failed)?;
        context.note(&source, notes);
        if !context.json() {
            let style = Style {
                format: self.format,
                width: self.width,
                standalone: self.standalone,
                label_equations: self.label_equations.clone(),
                ..Style::default()
            };
            context.answer(&derived.text(&style).map_err(failed)?);
            return Ok(Status::Done);
        }
        let print = |expr: &Expr| typeset::expr(expr, self.format);
        let worked = derived.rules.iter().zip(&derived.touched);
        let steps = derived.lines.windows(2).zip(worked).map(|(lines, (rules, touched))| {
            json!({
                "rules": rules,
                "reason": lines[1].1.as_ref().map(ToString::to_string),
                "touched": touched.iter().map(|symbol| print(&symbol.clone().into())).collect::<Vec<_>>(),
                "before": print(&lines[0].0),
                "after": print(&lines[1].0),
            })
        });
        let equations = derived.econometric.iter().filter_map(|statement| match statement {
            Statement::Equation { left, rights, .. } => {
                Some(json!({"left": print(left), "right": print(rights.first()?)}))
            }
            _ => None,
        });
        context.answer_json(json!({
            "shape": shape.name,
            "left": print(&derived.left),
            "start": derived.lines.first().map(|(line, _)| print(line)),
            "steps": steps.collect::<Vec<_>>(),
            "structural": print(&derived.structural),
            "error": print(&derived.error),
            "econometric": equations.collect::<Vec<_>>(),
        }));
        Ok(Status::Done)
    }
}
