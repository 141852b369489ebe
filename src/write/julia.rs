//! Julia's MixedModels.jl: `fit(MixedModel, @formula(…), dat)`.

use super::Style;
use super::engine::{AS_IN_R, Language, arithmetic, cannot, gaussian_without_offset, literal, other_reference};
use super::fold::folded;
use crate::algebra::Reading;
use crate::error::{Notes, Result};
use crate::model::{Covariance, Grouping, Model, RExpr, RandomTerm, Reference, Term};

const JULIA: Language = Language {
    engine: "MixedModels.jl",
    power: "^",
    functions: AS_IN_R,
    reserved: &[
        "baremodule",
        "begin",
        "break",
        "catch",
        "const",
        "continue",
        "do",
        "else",
        "elseif",
        "end",
        "export",
        "false",
        "finally",
        "for",
        "function",
        "global",
        "if",
        "import",
        "in",
        "isa",
        "let",
        "local",
        "macro",
        "module",
        "quote",
        "return",
        "struct",
        "true",
        "try",
        "using",
        "where",
        "while",
    ],
    longest: usize::MAX,
    folds_case: false,
};

/// Writes the call.
pub(super) fn write(reading: &Reading, style: &Style, notes: &mut Notes) -> Result<String> {
    let model = &reading.model;
    gaussian_without_offset(&model.clone().with_family("gaussian", "identity"), "MixedModels.jl")?;
    let mut protects = false;
    let mut covariate = |expr: &RExpr| covariate(expr, &mut protects);
    let mut summands = side(model.fixed(), &mut covariate)?;
    for term in model.random() {
        summands.push(random(term, reading, &mut covariate)?);
    }
    let response = covariate(model.response())?;
    let formula = format!("@formula({response} ~ {})", summands.join(" + "));
    let law = law(model)?;
    let mut options = vec![format!("contrasts = Dict({})", contrasts(reading, notes).join(", "))];
    if law.is_empty() {
        options.push(format!("REML = {}", !style.ml));
    }
    // Names that MixedModels.jl has and does not export.
    let own = [("StatsModels", "protect", protects), ("GLM", "CloglogLink", law.contains("CloglogLink"))];
    let own = own.iter().filter(|(.., used)| *used).map(|(of, name, _)| format!("using MixedModels.{of}: {name}\n"));
    let using = "using MixedModels\n".to_owned() + &own.collect::<String>();
    let data = name(&style.data_name);
    let head = format!("fit(MixedModel, {formula}, {data}{law}");
    let line = format!("{head}; {})", options.join(", "));
    let text = if line.len() <= style.width {
        line
    } else {
        let formula = match formula.len() + 5 <= style.width {
            true => formula,
            false => format!("@formula({response} ~\n        {})", summands.join(" +\n        ")),
        };
        format!("fit(MixedModel,\n    {formula},\n    {data}{law};\n    {})", options.join(",\n    "))
    };
    Ok(format!("{using}{text}\n"))
}

/// The distribution and link of a generalised model.
fn law(model: &Model) -> Result<String> {
    let (family, link) = match (model.family(), model.link()) {
        ("gaussian", "identity") => return Ok(String::new()),
        ("binomial", "logit") => ("Bernoulli", "LogitLink"),
        ("binomial", "probit") => ("Bernoulli", "ProbitLink"),
        ("binomial", "cloglog") => ("Bernoulli", "CloglogLink"),
        ("poisson", "log") => ("Poisson", "LogLink"),
        (family, link) => {
            let help = "Bernoulli and Poisson models can be said; dispersion is not estimated by MixedModels.jl";
            return cannot("MixedModels.jl", format!("the family {family} with link {link}"), help);
        }
    };
    Ok(format!(", {family}(), {link}()"))
}

/// Grouping factors are categorical whatever their columns hold; covariates have their reference.
fn contrasts(reading: &Reading, notes: &mut Notes) -> Vec<String> {
    let symbol =
        |column: &str| if is_identifier(column) { format!(":{column}") } else { format!("Symbol({})", string(column)) };
    let mut all: Vec<String> = vec![];
    for factor in reading.model.groupings().into_iter().flat_map(Grouping::factors) {
        let entry = format!("{} => Grouping()", symbol(factor));
        if !all.contains(&entry) {
            all.push(entry);
        }
    }
    for (factor, categories) in &reading.lexicon.categories {
        if let Some(reference) = &categories.reference {
            let spelled = |category: &String| literal(category, categories.all(), string);
            let levels: Vec<String> = categories.all().map(spelled).collect();
            let (base, levels) = (spelled(reference), levels.join(", "));
            all.push(format!("{} => DummyCoding(base = {base}, levels = [{levels}])", symbol(factor)));
        }
    }
    for (factor, reference) in &reading.lexicon.categorical {
        let base = match reference {
            Reference::Category(reference) => format!("base = {}", literal(reference, [reference], string)),
            _ => String::new(),
        };
        all.push(format!("{} => DummyCoding({base})", symbol(factor)));
        if *reference == Reference::Last {
            notes.push(other_reference("MixedModels.jl", factor));
        }
    }
    all
}

/// `1 + R + Z + R & Z`.
fn side(terms: &[Term], covariate: &mut dyn FnMut(&RExpr) -> Result<String>) -> Result<Vec<String>> {
    let intercept = if terms.iter().any(Term::is_intercept) { "1" } else { "0" };
    let mut summands = vec![intercept.to_owned()];
    for summand in folded(terms) {
        let factors = summand.factors.iter().map(&mut *covariate).collect::<Result<Vec<_>>>()?;
        summands.push(factors.join(if summand.folded { " * " } else { " & " }));
    }
    Ok(summands)
}

fn random(term: &RandomTerm, reading: &Reading, covariate: &mut dyn FnMut(&RExpr) -> Result<String>) -> Result<String> {
    let is_factor = |c: &RExpr| reading.lexicon.is_categorical(c);
    let group: Vec<String> = term.group.factors().iter().map(|factor| name(factor)).collect();
    let bar = format!("{} | {}", side(&term.terms, covariate)?.join(" + "), group.join(" & "));
    match term.covariance {
        Covariance::Unstructured => Ok(format!("({bar})")),
        Covariance::Diagonal if term.terms.iter().flat_map(Term::factors).any(is_factor) => {
            let why = "zerocorr also parts the categories of a categorical covariate, which lme4's `||` keeps together";
            cannot("MixedModels.jl", why, "make a column of 0 and 1 for each category first")
        }
        Covariance::Diagonal => Ok(format!("zerocorr({bar})")),
        other => {
            let why = format!("its random effects of {} are {}", term.group, other.word());
            cannot("MixedModels.jl", why, "unstructured and uncorrelated effects can be said")
        }
    }
}

/// A column, a function of one, or a calculation that `@formula` must leave alone.
fn covariate(expr: &RExpr, protects: &mut bool) -> Result<String> {
    let text = arithmetic(expr, &JULIA, &mut |column| Ok(name(column)))?;
    let is_function = matches!(expr, RExpr::Call(head, _) if JULIA.functions.iter().any(|(r, _)| r == head));
    if matches!(expr, RExpr::Name(_)) || is_function {
        return Ok(text);
    }
    *protects = true;
    Ok(format!("protect({text})"))
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !JULIA.reserved.contains(&name)
}

/// `Y`, `var"foul.diff"`: a raw string, in which a backslash is one unless it stands before a quote.
fn name(column: &str) -> String {
    if is_identifier(column) {
        return column.to_owned();
    }
    let mut raw = String::with_capacity(column.len());
    let mut backslashes = 0;
    for c in column.chars().chain(['"']) {
        if c == '"' {
            raw.extend(std::iter::repeat_n('\\', backslashes + 1));
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        raw.push(c);
    }
    // The last quote closes the string, unescaped.
    raw.truncate(raw.len() - 2);
    format!("var\"{raw}\"")
}

/// A string in which nothing is interpolated.
fn string(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            '\\' | '"' | '$' => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    format!("\"{escaped}\"")
}
