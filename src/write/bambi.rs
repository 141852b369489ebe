//! Python's bambi: `bmb.Model`, with formulae's formula.

use super::Style;
use super::engine::{Language, arithmetic, cannot, literal, other_reference, products};
use super::python::{NUMPY, quoted};
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Covariance, Model, RExpr, RandomTerm, Reference, Term};

const BAMBI: Language =
    Language { engine: "bambi", power: "**", functions: NUMPY, reserved: &[], longest: usize::MAX, folds_case: false };

/// Writes the model and its fit.
pub(super) fn write(reading: &Reading, style: &Style, notes: &mut Notes) -> Result<String> {
    let model = &reading.model;
    if let [offset, ..] = model.offsets() {
        let help = format!("add `offset({offset})` by hand; formulae reads it, untested here");
        return cannot("bambi", "it has an offset", help);
    }
    let mut summands = side(model.fixed(), reading)?;
    for term in model.random() {
        summands.extend(random(term, reading)?);
    }
    let formula = format!("{} ~ {}", covariate(model.response(), reading)?, summands.join(" + "));
    let note =
        Diagnostic::note(Code::FormulaTrap, "bambi is Bayesian: the call takes its default priors, not REML or ML");
    notes.push(note.help("`priors={…}` sets others"));
    let last = reading.lexicon.categorical.iter().filter(|(_, reference)| **reference == Reference::Last);
    notes.extend(last.map(|(factor, _)| other_reference("bambi", factor)));
    let mut arguments = vec![quoted(&formula), style.data_name.clone()];
    arguments.extend(family(model)?);
    // lmer leaves rows with missing values out; bambi refuses them.
    arguments.push("dropna=True".into());
    let mut text = String::from("import bambi as bmb\n");
    if formula.contains("np.") {
        text += "import numpy as np\n";
    }
    let line = format!("model = bmb.Model({})", arguments.join(", "));
    text += &if line.len() <= style.width {
        line
    } else {
        format!("model = bmb.Model(\n    {},\n)", arguments.join(",\n    "))
    };
    Ok(text + "\nresults = model.fit()\n")
}

fn family(model: &Model) -> Result<Vec<String>> {
    Ok(match (model.family(), model.link()) {
        ("gaussian", "identity") => vec![],
        ("binomial", link @ ("logit" | "probit" | "cloglog")) => {
            vec!["family=\"bernoulli\"".into(), format!("link=\"{link}\"")]
        }
        ("poisson", "log") => vec!["family=\"poisson\"".into()],
        (family, link) => return cannot("bambi", format!("the family {family} with link {link}"), "see `bmb.Family`"),
    })
}

fn side(terms: &[Term], reading: &Reading) -> Result<Vec<String>> {
    let intercept = if terms.iter().any(Term::is_intercept) { "1" } else { "0" };
    let mut summands = vec![intercept.to_owned()];
    summands.extend(products(terms, ":", |c| covariate(c, reading))?);
    Ok(summands)
}

/// A bar for each random effect: bambi has no correlations.
fn random(term: &RandomTerm, reading: &Reading) -> Result<Vec<String>> {
    let categorical = term.terms.iter().flat_map(Term::factors).any(|c| reading.lexicon.is_categorical(c));
    let parted = !term.covariance.is_structured() && (term.terms.len() == 1 || term.covariance == Covariance::Diagonal);
    if categorical || !parted {
        let why = format!("the random effects of {} covary, and bambi has independent ones only", term.group);
        return cannot("bambi", why, "the nearest that it can say is the model with `||`");
    }
    let group: Vec<String> = term.group.factors().iter().map(|factor| name(factor)).collect();
    let bar = |effect: &Term| {
        let left = if effect.is_intercept() { vec!["1".into()] } else { side(std::slice::from_ref(effect), reading)? };
        Ok(format!("({} | {})", left.join(" + "), group.join(":")))
    };
    term.terms.iter().map(bar).collect()
}

/// A column, `C(f, Treatment('a'))` for a categorical one, `np.log(x)`, `I(x**2)`.
fn covariate(expr: &RExpr, reading: &Reading) -> Result<String> {
    if let RExpr::Name(column) = expr
        && let Some(reference) = reading.lexicon.reference(column)
    {
        let Reference::Category(reference) = reference else { return Ok(format!("C({})", name(column))) };
        // formulae has strings without escapes, and no lists.
        let quote = if reference.contains('\'') { '"' } else { '\'' };
        if reference.contains(quote) {
            return cannot("bambi", format!("`{reference}` is a category with quotes"), "rename the category");
        }
        let all = reading.lexicon.categories.get(column).map_or(vec![&reference], |known| known.all().collect());
        let reference = literal(&reference, all, |text| format!("{quote}{text}{quote}"));
        return Ok(format!("C({}, Treatment({reference}))", name(column)));
    }
    let text = arithmetic(expr, &BAMBI, &mut |column| Ok(name(column)))?;
    let is_function = matches!(expr, RExpr::Call(head, _) if NUMPY.iter().any(|(r, _)| r == head));
    Ok(if matches!(expr, RExpr::Name(_)) || is_function { text } else { format!("I({text})") })
}

/// formulae has R's backticks.
fn name(column: &str) -> String {
    let plain = column.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && column.chars().all(|c| c.is_alphanumeric() || c == '_');
    if plain { column.to_owned() } else { format!("`{}`", column.replace('`', "")) }
}
