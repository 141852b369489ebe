//! SPSS: `MIXED`.

use super::Style;
use super::engine::{self, Language, Names, cannot, products};
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Covariance, RExpr, RandomTerm, Reference, Term};

const SPSS: Language = Language {
    engine: "SPSS",
    power: "**",
    functions: &[("log", "LN"), ("log10", "LG10"), ("exp", "EXP"), ("sqrt", "SQRT"), ("abs", "ABS")],
    reserved: &["all", "and", "by", "eq", "ge", "gt", "intercept", "le", "lt", "ne", "not", "or", "to", "with"],
    longest: 64,
    folds_case: true,
};

/// Writes the command, after those that make the columns it needs.
pub(super) fn write(reading: &Reading, style: &Style, notes: &mut Notes) -> Result<String> {
    let model = &reading.model;
    engine::gaussian_without_offset(model, "SPSS MIXED")?;
    let RExpr::Name(response) = model.response() else {
        return cannot("SPSS", format!("`{}` is not a column", model.response()), "make the response a column first");
    };
    let mut names = Names::new(&SPSS);
    let response = names.column(response);
    let fixed = products(model.fixed(), "*", |covariate| names.covariate(covariate))?;
    let random = model.random().iter().map(|term| random(term, reading, &mut names)).collect::<Result<Vec<_>>>()?;
    let (mut factors, mut covariates): (Vec<String>, Vec<String>) = (vec![], vec![]);
    for covariate in model.covariates() {
        let list = if reading.lexicon.is_categorical(covariate) { &mut factors } else { &mut covariates };
        list.push(names.covariate(covariate)?);
    }
    let known = reading.lexicon.categories.keys();
    let other = reading.lexicon.categorical.iter().filter(|(_, reference)| **reference != Reference::Last);
    for name in known.chain(other.map(|(name, _)| name)).filter(|name| factors.contains(&names.column(name))) {
        let message = format!("SPSS compares the categories of {name} with the last one, R with the first");
        notes.push(Diagnostic::note(Code::FormulaTrap, message).help("the model is the same; its coefficients differ"));
    }
    names.note(notes);
    let mut text = String::new();
    if !names.made.is_empty() {
        text.extend(names.made.iter().map(|(name, value)| format!("COMPUTE {name} = {value}.\n")));
        text += "EXECUTE.\n";
    }
    let with = |word: &str, list: &[String]| match list {
        [] => String::new(),
        list => format!(" {word} {}", list.join(" ")),
    };
    let intercept = if model.has_intercept() { "" } else { " NOINT" };
    let method = if style.ml { "ML" } else { "REML" };
    text += &format!("MIXED {response}{}{}\n", with("BY", &factors), with("WITH", &covariates));
    let fixed = if fixed.is_empty() { String::new() } else { format!("{} ", fixed.join(" ")) };
    text += &format!("  /FIXED={fixed}|{intercept} SSTYPE(3)\n  /METHOD={method}\n  /PRINT=SOLUTION\n");
    Ok(text + &random.join("\n") + ".\n")
}

/// One `/RANDOM` subcommand.
fn random(term: &RandomTerm, reading: &Reading, names: &mut Names) -> Result<String> {
    let factor = term.terms.iter().flat_map(Term::factors).find(|covariate| reading.lexicon.is_categorical(covariate));
    if let (Some(factor), true) = (factor, term.terms.len() > 1) {
        let why = format!("the random effects of {factor} covary with others, and SPSS gives every category one");
        return cannot("SPSS", why, "make a column of 0 and 1 for each category first");
    }
    let slopes = products(&term.terms, "*", |covariate| names.covariate(covariate))?;
    let intercept = term.terms.iter().any(Term::is_intercept).then(|| "INTERCEPT".to_owned());
    let effects: Vec<String> = intercept.into_iter().chain(slopes).collect();
    let structure = match term.covariance {
        _ if term.terms.len() == 1 && factor.is_none() => "VC",
        Covariance::Unstructured => "UN",
        Covariance::Diagonal => "DIAG",
        Covariance::EqualDiagonal => "ID",
        Covariance::CompoundSymmetry => "CSH",
        Covariance::EqualCompoundSymmetry => "CS",
        Covariance::Ar1 => "AR1",
        Covariance::UnequalAr1 => "ARH1",
    };
    let subject: Vec<String> = term.group.factors().iter().map(|factor| names.column(factor)).collect();
    Ok(format!("  /RANDOM={} | SUBJECT({}) COVTYPE({structure})", effects.join(" "), subject.join("*")))
}
