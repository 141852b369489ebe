//! SAS: `PROC MIXED`, and `PROC GLIMMIX` for generalised models.

use super::Style;
use super::engine::{AS_IN_R, Language, Names, cannot, products};
use crate::algebra::Reading;
use crate::error::{Notes, Result};
use crate::model::{Covariance, Grouping, Model, RExpr, RandomTerm, Reference, Term};

const SAS: Language = Language {
    engine: "SAS",
    power: "**",
    functions: AS_IN_R,
    reserved: &[
        "intercept",
        "residual",
        "and",
        "eq",
        "ge",
        "gt",
        "in",
        "le",
        "lt",
        "ne",
        "not",
        "or",
        "_n_",
        "_error_",
    ],
    longest: 32,
    folds_case: true,
};

/// Writes the step, after a data step that makes the columns it needs.
pub(super) fn write(reading: &Reading, style: &Style, notes: &mut Notes) -> Result<String> {
    let model = &reading.model;
    let RExpr::Name(response) = model.response() else {
        return cannot("SAS", format!("`{}` is not a column", model.response()), "make the response a column first");
    };
    let mut names = Names::new(&SAS);
    let response = names.column(response);
    let fixed = products(model.fixed(), "*", |covariate| names.covariate(covariate))?;
    let random = model.random().iter().map(|term| random(term, reading, &mut names)).collect::<Result<Vec<_>>>()?;
    let classes = classes(reading, &mut names);
    let (procedure, method, law) = procedure(model, style.ml)?;
    let mut options = vec!["solution".to_owned()];
    if !model.has_intercept() {
        options.insert(0, "noint".to_owned());
    }
    options.extend(law);
    match model.offsets() {
        [] => {}
        [offset] if procedure == "glimmix" => options.push(format!("offset={}", names.covariate(offset)?)),
        [offset, ..] => {
            let help = format!("subtract it from the response first: it is a linear model in Y - {offset}");
            return cannot("SAS", "it has an offset", help);
        }
    }
    names.note(notes);
    let mut tables = Names::new(&SAS);
    let mut data = tables.column(&style.data_name);
    let mut text = String::new();
    if !names.made.is_empty() {
        // A new table: the user's own stays as it is.
        let made = tables.column(&format!("{}_made", style.data_name));
        text += &format!("data {made};\n  set {data};\n");
        text.extend(names.made.iter().map(|(name, value)| format!("  {name} = {value};\n")));
        text += "run;\n";
        data = made;
    }
    text += &format!("proc {procedure} data={data} method={method};\n");
    if !classes.is_empty() {
        text += &format!("  class {};\n", classes.join(" "));
    }
    // Without it SAS models the smaller category.
    let event = if model.family() == "binomial" { "(event='1')" } else { "" };
    let head: Vec<String> = std::iter::once(format!("  model {response}{event} =")).chain(fixed).collect();
    text += &format!("{} / {};\n", head.join(" "), options.join(" "));
    text.extend(random.iter().map(|line| format!("  {line};\n")));
    Ok(text + "run;\n")
}

/// The procedure, its method and the options that name the family.
fn procedure(model: &Model, ml: bool) -> Result<(&'static str, &'static str, Vec<String>)> {
    let generalised = |law: &str| Ok(("glimmix", "laplace", vec![law.to_owned()]));
    match (model.family(), model.link()) {
        ("gaussian", "identity") => Ok(("mixed", if ml { "ml" } else { "reml" }, vec![])),
        ("binomial", link @ ("logit" | "probit" | "cloglog")) => generalised(&format!("dist=binary link={link}")),
        ("poisson", "log") => generalised("dist=poisson link=log"),
        (family, link) => cannot("SAS", format!("the family {family} with link {link}"), "see PROC GLIMMIX"),
    }
}

/// Grouping factors and categorical covariates, these with their reference.
fn classes(reading: &Reading, names: &mut Names) -> Vec<String> {
    let groups = reading.model.groupings().into_iter().flat_map(Grouping::factors);
    let mut classes: Vec<String> = vec![];
    for factor in groups {
        let own = names.column(factor);
        if !classes.contains(&own) {
            classes.push(own);
        }
    }
    for (name, categories) in &reading.lexicon.categories {
        let own = names.column(name);
        classes.push(match &categories.reference {
            Some(reference) => format!("{own}(ref='{}')", reference.replace('\'', "''")),
            None => own,
        });
    }
    for (name, reference) in &reading.lexicon.categorical {
        let own = names.column(name);
        classes.push(match reference {
            Reference::Category(reference) => format!("{own}(ref='{}')", reference.replace('\'', "''")),
            Reference::First => format!("{own}(ref=first)"),
            Reference::Last | Reference::Unknown => own,
        });
    }
    classes
}

/// One `RANDOM` statement.
fn random(term: &RandomTerm, reading: &Reading, names: &mut Names) -> Result<String> {
    let factor = term.terms.iter().flat_map(Term::factors).find(|covariate| reading.lexicon.is_categorical(covariate));
    if let (Some(factor), true) = (factor, term.terms.len() > 1) {
        let why = format!("the random effects of {factor} covary with others, and SAS gives every category one");
        return cannot("SAS", why, "make a column of 0 and 1 for each category first");
    }
    let slopes = products(&term.terms, "*", |covariate| names.covariate(covariate))?;
    let intercept = term.terms.iter().any(Term::is_intercept).then(|| "intercept".to_owned());
    let effects: Vec<String> = intercept.into_iter().chain(slopes).collect();
    let structure = match term.covariance {
        _ if term.terms.len() == 1 && factor.is_none() => "",
        Covariance::Unstructured => " type=un",
        Covariance::Diagonal => " type=un(1)",
        Covariance::EqualDiagonal => " type=toep(1)",
        Covariance::CompoundSymmetry => " type=csh",
        Covariance::EqualCompoundSymmetry => " type=cs",
        Covariance::Ar1 => " type=ar(1)",
        Covariance::UnequalAr1 => " type=arh(1)",
    };
    Ok(format!("random {} / subject={}{structure}", effects.join(" "), subject(&term.group, names)))
}

/// `school`, `class(school)`.
fn subject(group: &Grouping, names: &mut Names) -> String {
    let factors: Vec<String> = group.factors().iter().map(|factor| names.column(factor)).collect();
    match &factors[..] {
        [only] => only.clone(),
        [outer @ .., inner] => format!("{inner}({})", outer.join(" ")),
        [] => String::new(),
    }
}
