//! Stata: `mixed`, and `melogit` and its kin for generalised models.

use super::Style;
use super::engine::{self, Language, Names, cannot, cells, products};
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Covariance, Grouping, Model, RExpr, RandomTerm, Reference, Term};
use std::collections::BTreeSet;

const STATA: Language = Language {
    engine: "Stata",
    power: "^",
    functions: &[("log", "ln"), ("log10", "log10"), ("exp", "exp"), ("sqrt", "sqrt"), ("abs", "abs")],
    reserved: &[
        "_all", "_b", "_coef", "_cons", "_n", "_pi", "_pred", "_rc", "_se", "_skip", "byte", "double", "float", "if",
        "in", "int", "long", "str", "using", "with",
    ],
    longest: 32,
    folds_case: false,
};

/// Writes the commands.
pub(super) fn write(reading: &Reading, style: &Style, notes: &mut Notes) -> Result<String> {
    let model = &reading.model;
    let mut writer = Writer { reading, names: Names::new(&STATA), lines: vec![], others: BTreeSet::new() };
    let command = command(model)?;
    let generalised = command != "mixed";
    let RExpr::Name(response) = model.response() else {
        return cannot("Stata", format!("`{}` is not a column", model.response()), "make the response a column first");
    };
    let mut equation = vec![command.to_owned(), writer.names.column(response)];
    equation.extend(writer.terms(model.fixed())?);
    let mut options = vec![];
    if !model.has_intercept() {
        options.push("noconstant".to_owned());
    }
    match model.offsets() {
        [] => {}
        [offset] if generalised => options.push(format!("offset({})", writer.names.covariate(offset)?)),
        _ => engine::gaussian_without_offset(&model.clone().with_family("gaussian", "identity"), "Stata")?,
    }
    let mut parts = vec![equation.join(" ") + &listed(&options)];
    parts.extend(writer.levels(model)?);
    let last = match (generalised, style.ml) {
        // As glmer; Stata's own is adaptive quadrature.
        (true, _) => ", intmethod(laplace)",
        (false, true) => ", mle",
        (false, false) => ", reml",
    };
    if let Some(part) = parts.last_mut() {
        *part = if part.contains(',') { format!("{part} {}", &last[2..]) } else { format!("{part}{last}") };
    }
    writer.names.note(notes);
    notes.extend(writer.others.iter().map(|factor| engine::other_reference("Stata", factor)));
    if let Some(factor) = reading.lexicon.categorical.keys().next() {
        let message = format!("the categories of {factor} are not known: they are taken to be numbers");
        let help = format!("text is encoded first, as it is when they are named: `--factor {factor}=…`");
        notes.push(Diagnostic::note(Code::FormulaTrap, message).help(help));
    }
    let made = writer.names.made.iter().map(|(name, value)| format!("generate double {name} = {value}\n"));
    let lines: String = writer.lines.iter().cloned().chain(made).collect();
    Ok(lines + &broken(&parts, style.width))
}

/// The command of the family.
fn command(model: &Model) -> Result<&'static str> {
    Ok(match (model.family(), model.link()) {
        ("gaussian", "identity") => "mixed",
        ("binomial", "logit") => "melogit",
        ("binomial", "probit") => "meprobit",
        ("binomial", "cloglog") => "mecloglog",
        ("poisson", "log") => "mepoisson",
        (family, link) => {
            return cannot("Stata", format!("the family {family} with link {link}"), "see Stata's `meglm`");
        }
    })
}

struct Writer<'a> {
    reading: &'a Reading,
    names: Names<'static>,
    lines: Vec<String>,
    /// The factors whose reference is another one here.
    others: BTreeSet<String>,
}

impl Writer<'_> {
    fn is_categorical(&self, covariate: &RExpr) -> bool {
        self.reading.lexicon.is_categorical(covariate)
    }

    /// Factor variables: `c.R#c.Z`, `i.sector`, a covariate alone without its `c.`.
    fn terms(&mut self, terms: &[Term]) -> Result<Vec<String>> {
        let alone: Vec<bool> = terms.iter().filter(|t| !t.is_intercept()).map(|t| t.degree() == 1).collect();
        let mut written = products(terms, "#", |covariate| match covariate {
            RExpr::Name(name) if self.is_categorical(covariate) => self.factor(name),
            _ => Ok(format!("c.{}", self.names.covariate(covariate)?)),
        })?;
        for (term, alone) in written.iter_mut().zip(alone) {
            if alone && let Some(name) = term.strip_prefix("c.") {
                *term = name.to_owned();
            }
        }
        Ok(written)
    }

    /// A factor variable, which Stata holds as numbers: text is encoded, the reference as 1.
    fn factor(&mut self, name: &str) -> Result<String> {
        let own = self.names.column(name);
        let Some(categories) = self.reading.lexicon.categories.get(name) else {
            return Ok(self.unnamed(name, &own));
        };
        if categories.all().all(|category| category.parse::<u32>().is_ok()) {
            let base = categories.all().next().map_or("", String::as_str);
            return Ok(format!("ib{base}.{own}"));
        }
        if let Some(odd) = categories.all().find(|category| category.contains(['"', '`', '\n'])) {
            let why = format!("`{}` is a category with a quote", odd.escape_debug());
            return cannot("Stata", why, "rename the category");
        }
        let code = self.names.column(&format!("{name}_code"));
        let words = categories.all().zip(1..).map(|(category, number)| format!(" {number} \"{category}\""));
        let line =
            format!("label define {code}{}\nencode {own}, generate({code}) label({code})\n", words.collect::<String>());
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
        Ok(format!("ib1.{code}"))
    }

    /// A factor variable of which no categories are known: its numbers.
    fn unnamed(&mut self, name: &str, own: &str) -> String {
        let operator = match self.reading.lexicon.categorical.get(name) {
            Some(Reference::Last) => "ib(last)".to_owned(),
            Some(Reference::Category(base)) if base.parse::<u32>().is_ok() => format!("ib{base}"),
            Some(Reference::Category(_)) => {
                self.others.insert(name.to_owned());
                "i".to_owned()
            }
            _ => "i".to_owned(),
        };
        format!("{operator}.{own}")
    }

    /// One `|| level: …` for each random-effects term, the outermost first.
    fn levels(&mut self, model: &Model) -> Result<Vec<String>> {
        let mut parts = vec![];
        match engine::nesting(model) {
            Some(chain) => {
                for (group, own) in chain {
                    let name = if group.factors().len() == 1 || parts.is_empty() {
                        self.group(group)
                    } else {
                        self.names.column(own)
                    };
                    for term in model.random().iter().filter(|term| term.group == *group) {
                        parts.push(self.level(&name, term)?);
                    }
                }
            }
            None => {
                let simple = |term: &RandomTerm| matches!(&term.terms[..], [only] if only.is_intercept());
                let slopes: Vec<&Grouping> =
                    model.random().iter().filter(|term| !simple(term)).map(|term| &term.group).collect();
                let last = slopes.first().copied().or(model.random().last().map(|term| &term.group));
                if let Some(other) = slopes.iter().find(|group| Some(**group) != last) {
                    let why =
                        format!("it crosses {other} with others, and only one of crossed factors may have slopes");
                    return cannot("Stata", why, "`lmer` and `julia` can say it");
                }
                for group in model.groupings().into_iter().filter(|group| Some(*group) != last) {
                    parts.push(format!("|| _all: R.{}", self.group(group)));
                }
                for term in model.random().iter().filter(|term| Some(&term.group) == last) {
                    let name = self.group(&term.group);
                    parts.push(self.level(&name, term)?);
                }
            }
        }
        Ok(parts)
    }

    /// The column of a grouping factor; for cells a column that numbers them.
    fn group(&mut self, group: &Grouping) -> String {
        if let [factor] = group.factors() {
            return self.names.column(factor);
        }
        let known = cells(group);
        let name = self.names.column(&known);
        let factors: Vec<String> = group.factors().iter().map(|factor| self.names.column(factor)).collect();
        let line = format!("egen {name} = group({})\n", factors.join(" "));
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
        name
    }

    fn level(&mut self, group: &str, term: &RandomTerm) -> Result<String> {
        if let Some(factor) = term.terms.iter().flat_map(Term::factors).find(|covariate| self.is_categorical(covariate))
        {
            let why = format!("{factor} is categorical and has random effects");
            return cannot("Stata", why, "make a column of 0 and 1 for each category first");
        }
        let slopes =
            term.terms.iter().filter(|t| !t.is_intercept()).map(|t| self.slope(t)).collect::<Result<Vec<_>>>()?;
        let mut options = vec![];
        if !term.terms.iter().any(Term::is_intercept) {
            options.push("noconstant".to_owned());
        }
        if term.terms.len() > 1 {
            let structure = match term.covariance {
                Covariance::Unstructured => "unstructured",
                Covariance::Diagonal => "independent",
                Covariance::EqualDiagonal => "identity",
                Covariance::EqualCompoundSymmetry => "exchangeable",
                other => {
                    let why = format!("a {} covariance of random effects", other.word());
                    return cannot("Stata", why, "unstructured, independent, identity and exchangeable can be said");
                }
            };
            options.push(format!("covariance({structure})"));
        }
        let head: Vec<String> = std::iter::once(format!("|| {group}:")).chain(slopes).collect();
        Ok(head.join(" ") + &listed(&options))
    }

    /// A slope stands for one column: a product must be made first.
    fn slope(&mut self, term: &Term) -> Result<String> {
        match term.factors() {
            [only] => self.names.covariate(only),
            factors => {
                let product = factors.iter().cloned().reduce(|a, b| RExpr::call("*", [a, b]));
                self.names.covariate(&product.unwrap_or(RExpr::Null))
            }
        }
    }
}

fn listed(options: &[String]) -> String {
    if options.is_empty() { String::new() } else { format!(", {}", options.join(" ")) }
}

/// One line when it fits; else one a level, each but the last ended by `///`.
fn broken(parts: &[String], width: usize) -> String {
    let line = parts.join(" ");
    if line.len() <= width { line + "\n" } else { parts.join(" ///\n    ") + "\n" }
}
