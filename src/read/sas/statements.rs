//! The statements of a procedure as a model.

use super::script::Script;
use super::{Rule, SILENT, parsed};
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Covariance, Facts, Model, RExpr, Reference};
use crate::read::procedure::{Effect, MAX_TERMS, Named, Procedure, Random, Structure, place, span};
use pest::iterators::Pair;
use std::ops::Range;

/// Options of MODEL, RANDOM and REPEATED that are about tests, output and the fitting.
const FITTING: &[&str] = &[
    "alpha",
    "alphap",
    "chisq",
    "cl",
    "corrb",
    "covb",
    "covbi",
    "ddf",
    "ddfm",
    "e",
    "e1",
    "e2",
    "e3",
    "full",
    "g",
    "gc",
    "gci",
    "gcorr",
    "gi",
    "htype",
    "influence",
    "intercept",
    "lcomponents",
    "ldata",
    "nofullz",
    "notest",
    "or",
    "oddsratio",
    "outp",
    "outpm",
    "outpred",
    "outpredm",
    "r",
    "rc",
    "rci",
    "rcorr",
    "rcorri",
    "reflinp",
    "residual",
    "ri",
    "s",
    "singchol",
    "singres",
    "singular",
    "solution",
    "stdcoef",
    "v",
    "vc",
    "vci",
    "vciry",
    "vcorr",
    "vi",
    "xpvix",
    "xpvixi",
    "zeta",
    "cholesky",
    "chol",
    "inititer",
    "smooth",
];

/// One option, with its value.
struct Setting {
    name: String,
    value: String,
    product: Option<Vec<Named>>,
    span: Span,
}

/// The model of the statements of a procedure.
pub(super) fn model(
    script: &Script,
    own: &[Range<usize>],
    name: &str,
    mut procedure: Procedure,
    facts: &mut Facts,
    notes: &mut Notes,
) -> Result<Model> {
    let head = own.first().cloned().unwrap_or(0..0);
    let (mut response, mut random) = (None, vec![]);
    for at in own.iter().skip(1) {
        let (text, offset) = (script.of(at), at.start);
        if text.contains('&') && matches!(script.verb(at).as_str(), "model" | "random" | "class") {
            return Diagnostic::error(Code::NeedsInfo, "a macro variable stands for what is not in the text")
                .at(span(at), "in this statement")
                .help("write the variables themselves")
                .into();
        }
        match script.verb(at).as_str() {
            "class" | "classes" => classes(parsed(Rule::class, text, offset)?, offset, &mut procedure),
            "model" if response.is_some() => {
                return Diagnostic::error(Code::TwoResponses, "the procedure has two MODEL statements")
                    .at(span(at), "the second")
                    .into();
            }
            "model" => response = Some((at.clone(), parsed(Rule::model, text, offset)?)),
            "random" => random.push((at.clone(), parsed(Rule::random, text, offset)?)),
            "repeated" => repeated(parsed(Rule::repeated, text, offset)?, at, offset)?,
            "weight" | "freq" => {
                return Diagnostic::error(Code::OutOfScope, "weights change the distribution of the response")
                    .at(span(at), "here")
                    .help("models with weights are not read")
                    .into();
            }
            "by" => {
                return Diagnostic::error(Code::OutOfScope, "BY fits one model for each of its groups")
                    .at(span(at), "here")
                    .help("give the procedure without it")
                    .into();
            }
            "effect" => {
                return Diagnostic::error(Code::OutOfScope, "constructed effects are not read")
                    .at(span(at), "here")
                    .help("make the columns in a data step, and name them")
                    .into();
            }
            "parms" if text.to_lowercase().contains("hold") || text.to_lowercase().contains("eqcons") => {
                return Diagnostic::error(Code::OutOfScope, "covariance parameters are held at values")
                    .at(span(at), "here")
                    .into();
            }
            "where" => {
                let note = Diagnostic::note(Code::Skipped, "WHERE is about the data, not the model");
                notes.push(note.at(span(at), "skipped"));
            }
            "parms" => {}
            verb if SILENT.contains(&verb) => {}
            verb => {
                let known = ["class", "model", "random", "repeated", "where", "weight", "by"].into_iter();
                return Diagnostic::unknown(
                    Code::UnknownName,
                    "statement of these procedures",
                    verb,
                    known.chain(SILENT.iter().copied()),
                )
                .at(span(at), "here")
                .into();
            }
        }
    }
    let Some((at, pair)) = response else {
        return Diagnostic::error(Code::MissingResponse, "the procedure has no MODEL statement")
            .at(span(&head), "in this procedure")
            .help("write `model y = x / solution;`")
            .into();
    };
    let offset = at.start;
    let mut fixed: Vec<Effect> = vec![];
    let mut settings = vec![];
    let (mut begun, mut category, mut trials) = (None, None, None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::name => begun = Some((part.as_str().to_owned(), place(&part, offset))),
            Rule::trials if name == "glimmix" => {
                trials = Some((part.as_str()[1..].trim().to_owned(), place(&part, offset)))
            }
            Rule::trials => {
                return Diagnostic::error(Code::FormulaRefused, "only PROC GLIMMIX has trials")
                    .at(place(&part, offset), "the number of trials")
                    .help("`proc glimmix` takes `model y/n = x`")
                    .into();
            }
            Rule::brackets => category = Some((part.as_str().to_lowercase(), place(&part, offset))),
            Rule::effect => fixed.extend(effects(part, offset)?),
            Rule::setting => settings.push(setting(part, offset)),
            _ => {}
        }
    }
    let Some(begun) = begun else { return Diagnostic::error(Code::MissingResponse, "MODEL without response").into() };
    let mut response = procedure.one(&begun);
    if let Some(trials) = &trials {
        response = RExpr::counts(response, procedure.one(trials));
    }
    let mut model = Model::new(response);
    let (mut intercept, mut law, mut link) = (true, None, None);
    for option in settings {
        match option.name.as_str() {
            "noint" => intercept = false,
            "dist" | "distribution" | "d" | "error" if name == "glimmix" => law = Some(option),
            "link" if name == "glimmix" => link = Some(option),
            "offset" if name == "glimmix" => {
                let column = procedure.one(&(option.value.clone(), option.span));
                model = model.with_offset(column);
            }
            other => known(other, option.span)?,
        }
    }
    let (family, own_link) = family(law.as_ref(), link.as_ref(), trials.as_ref())?;
    if trials.is_none() && (family == "binomial" || category.is_some()) {
        modelled(category, begun.1, own_link, notes)?;
    }
    model = model.with_family(family, own_link);
    let mut statements = vec![];
    for (at, pair) in random {
        statements.push(one_random(pair, &at, &mut procedure)?);
    }
    procedure.model(model, intercept, (&fixed, span(&at)), &statements, facts, notes)
}

/// The category of a binary response that is modelled: PROC GLIMMIX takes the lowest unless another is named, lme4 the 1.
fn modelled(brackets: Option<(String, Span)>, response: Span, link: &str, notes: &mut Notes) -> Result<()> {
    let (said, at) = brackets.unwrap_or((String::new(), response));
    let said = said.replace(['\'', '"'], "").replace(" =", "=").replace("= ", "=").replace(['(', ')'], " ");
    let says = |words: &[&str]| said.split_whitespace().any(|word| words.contains(&word));
    if says(&["event=1", "event=last", "ref=0", "ref=first", "desc", "descending"]) {
        return Ok(());
    }
    let named =
        (said.contains("event=") || said.contains("ref=")) && !says(&["event=0", "event=first", "ref=1", "ref=last"]);
    if named {
        let note = Diagnostic::note(Code::Skipped, "which category of the response is 1 is about the data");
        notes.push(note.at(at, "skipped"));
        return Ok(());
    }
    let message = "PROC GLIMMIX models the lowest category of the response here, lme4 the 1";
    let help = "to model the 1, write `y(event='1')`";
    if link == "cloglog" {
        return Diagnostic::error(Code::OutOfScope, message).at(at, "another model with this link").help(help).into();
    }
    let note =
        Diagnostic::note(Code::FormulaTrap, message).at(at, "the same model, its coefficients with the other sign");
    notes.push(note.help(help));
    Ok(())
}

/// An option that says nothing about the model, or an error.
fn known(name: &str, span: Span) -> Result<()> {
    if FITTING.contains(&name) {
        return Ok(());
    }
    let known = FITTING.iter().copied().chain(["noint", "type", "subject", "group", "dist", "link", "offset"]);
    Err(Box::new(Diagnostic::unknown(Code::UnknownName, "option", name, known).at(span, "given here")))
}

/// `class id f(ref='low');`.
fn classes(pair: Pair<'_, Rule>, offset: usize, procedure: &mut Procedure) {
    let mut all: Option<String> = None;
    let mut found = vec![];
    for part in pair.into_inner() {
        let span = place(&part, offset);
        if part.as_rule() == Rule::setting {
            let setting = setting(part, offset);
            all = (setting.name == "ref").then_some(setting.value).or(all);
            continue;
        }
        let mut inner = part.into_inner();
        let Some(name) = inner.next() else { continue };
        let reference = inner.next().and_then(|brackets| {
            let text = brackets.as_str();
            let at = text.to_lowercase().find("ref=")?;
            let value = text.get(at + 4..)?.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'));
            Some(match quote {
                Some(quote) => value[1..].split(quote).next().unwrap_or("").to_owned(),
                None => value.split([' ', ')', ',']).next().unwrap_or("").to_owned(),
            })
        });
        procedure.name(name.as_str());
        found.push((name.as_str().to_lowercase(), reference, span));
    }
    for (name, reference, span) in found {
        let reference = match reference.or_else(|| all.clone()) {
            None => Reference::Last,
            Some(word) if word.eq_ignore_ascii_case("last") => Reference::Last,
            Some(word) if word.eq_ignore_ascii_case("first") => Reference::First,
            Some(category) => Reference::Category(category),
        };
        procedure.classes.insert(name, (reference, span));
    }
}

fn setting(pair: Pair<'_, Rule>, offset: usize) -> Setting {
    let span = place(&pair, offset);
    let mut setting = Setting { name: String::new(), value: String::new(), product: None, span };
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::name => setting.name = part.as_str().to_lowercase(),
            Rule::value => {
                setting.value = part.as_str().trim().trim_matches(['\'', '"']).to_owned();
                let product = part.into_inner().find(|p| p.as_rule() == Rule::product);
                setting.product = product.map(|p| names(p, offset));
            }
            _ => setting.value = part.as_str().trim_matches(['(', ')']).trim().to_owned(),
        }
    }
    setting
}

/// The variables of a product, those in brackets before the one they stand behind.
fn names(product: Pair<'_, Rule>, offset: usize) -> Vec<Named> {
    let mut all: Vec<Named> = vec![];
    for part in product.into_inner() {
        let (mut own, mut outer) = (None, vec![]);
        for piece in part.into_inner() {
            match piece.as_rule() {
                Rule::nest => {
                    outer.extend(piece.into_inner().map(|name| (name.as_str().to_owned(), place(&name, offset))));
                }
                _ => own = Some((piece.as_str().to_owned(), place(&piece, offset))),
            }
        }
        for named in outer.into_iter().chain(own) {
            all.push(named);
        }
    }
    all
}

/// `A|B@2` written out.
fn effects(pair: Pair<'_, Rule>, offset: usize) -> Result<Vec<Effect>> {
    let span = place(&pair, offset);
    if let Some(list) = pair.clone().into_inner().flatten().find(|p| p.as_rule() == Rule::several) {
        return Diagnostic::error(
            Code::NeedsInfo,
            format!("`{}` is a list that only the data can tell", list.as_str()),
        )
        .at(place(&list, offset), "which columns are these?")
        .help("name each column")
        .into();
    }
    let (mut bases, mut most) = (vec![], usize::MAX);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::product => bases.push(names(part, offset)),
            Rule::order => {
                let digits = part.into_inner().next().map(|d| d.as_str().to_owned()).unwrap_or_default();
                most = digits.parse().unwrap_or(usize::MAX).max(1);
            }
            _ => {}
        }
    }
    let mut made: Vec<(Vec<Named>, usize)> = vec![];
    for base in bases {
        if made.len() * 2 > MAX_TERMS {
            return Diagnostic::error(Code::TooLarge, format!("the products have more than {MAX_TERMS} terms"))
                .at(span, "here")
                .into();
        }
        let joined: Vec<(Vec<Named>, usize)> = made
            .iter()
            .filter(|(_, count)| *count < most)
            .map(|(names, count)| (names.iter().chain(&base).cloned().collect(), count + 1))
            .collect();
        made.push((base, 1));
        made.extend(joined);
    }
    Ok(made.into_iter().map(|(names, _)| Effect { names, span }).collect())
}

/// Family and link by R's names.
fn family(
    law: Option<&Setting>,
    link: Option<&Setting>,
    trials: Option<&(String, Span)>,
) -> Result<(&'static str, &'static str)> {
    let refuse = |option: &Setting| {
        Diagnostic::error(Code::OutOfScope, format!("`{}={}` is not read", option.name, option.value))
            .at(option.span, "here")
            .help("there are normal, binary and poisson, with the links identity, logit, probit, cloglog and log")
    };
    let (family, default) = match law.map(|o| o.value.to_lowercase()).as_deref() {
        None | Some("binomial" | "bin") if trials.is_some() => ("binomial", "logit"),
        Some(law) if let Some((_, span)) = trials => {
            return Diagnostic::error(Code::FormulaRefused, format!("the distribution {law} has no trials"))
                .at(*span, "the number of trials")
                .help("`y/n` is `dist=binomial`")
                .into();
        }
        None | Some("normal" | "gaussian" | "g" | "gauss") => ("gaussian", "identity"),
        Some("binary" | "b" | "binomial" | "bin") => ("binomial", "logit"),
        Some("poisson" | "poi" | "p") => ("poisson", "log"),
        Some(_) => return law.map_or(Ok(("gaussian", "identity")), |option| Err(Box::new(refuse(option)))),
    };
    let Some(option) = link else { return Ok((family, default)) };
    match option.value.to_lowercase().as_str() {
        "identity" | "id" => Ok((family, "identity")),
        "logit" => Ok((family, "logit")),
        "probit" => Ok((family, "probit")),
        "cloglog" | "cll" => Ok((family, "cloglog")),
        "log" => Ok((family, "log")),
        _ => Err(Box::new(refuse(option))),
    }
}

/// `random intercept R / subject=id type=un;`.
fn one_random(pair: Pair<'_, Rule>, at: &Range<usize>, procedure: &mut Procedure) -> Result<Random> {
    let offset = at.start;
    let mut random = Random { effects: vec![], subject: vec![], structure: None, span: span(at) };
    let mut kind = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::effect => {
                for effect in effects(part, offset)? {
                    random.effects.push(intercept(effect, procedure)?);
                }
            }
            Rule::setting => {
                let setting = setting(part, offset);
                match setting.name.as_str() {
                    "subject" | "sub" => random.subject = subject(&setting)?,
                    "type" => kind = Some(setting),
                    "group" | "grp" => {
                        return Diagnostic::error(Code::OutOfScope, "each group has a covariance matrix of its own")
                            .at(setting.span, "here")
                            .into();
                    }
                    "gdata" | "knotmethod" | "weight" => {
                        return Diagnostic::error(Code::OutOfScope, format!("`{}=` changes the model", setting.name))
                            .at(setting.span, "here")
                            .into();
                    }
                    other => known(other, setting.span)?,
                }
            }
            _ => {}
        }
    }
    random.structure = kind.map(|setting| structure(&setting, random.effects.len())).transpose()?;
    Ok(random)
}

/// `intercept` as the effect without variables.
fn intercept(effect: Effect, procedure: &Procedure) -> Result<Effect> {
    let is = |word: &str| matches!(&effect.names[..], [(name, _)] if name.eq_ignore_ascii_case(word));
    if is("_residual_") {
        return Diagnostic::error(Code::OutOfScope, "the residuals have a covariance of their own")
            .at(effect.span, "here")
            .help("in a linear mixed model residuals are independent, of one variance")
            .into();
    }
    let named = |word: &str| is(word) && !procedure.classes.contains_key(word);
    if named("intercept") || named("int") {
        return Ok(Effect { names: vec![], ..effect });
    }
    Ok(effect)
}

fn subject(setting: &Setting) -> Result<Vec<Named>> {
    match &setting.product {
        Some(names) if !names.is_empty() => Ok(names.clone()),
        // `subject=intercept` is one group of all.
        _ => {
            Diagnostic::error(Code::Syntax, "a subject is a variable, `a*b` or `b(a)`").at(setting.span, "here").into()
        }
    }
}

/// `type=` of a RANDOM statement with so many effects.
fn structure(setting: &Setting, effects: usize) -> Result<Structure> {
    let word: String = setting.value.to_lowercase().split_whitespace().collect();
    Ok(Structure::Of(match word.as_str() {
        "vc" | "simple" => return Ok(Structure::Components),
        "un" | "unr" | "chol" | "unr(0)" => Covariance::Unstructured,
        "un(1)" => Covariance::Diagonal,
        "toep(1)" => Covariance::EqualDiagonal,
        "cs" | "csr" => Covariance::EqualCompoundSymmetry,
        "csh" => Covariance::CompoundSymmetry,
        "ar(1)" => Covariance::Ar1,
        "arh(1)" => Covariance::UnequalAr1,
        // A Cholesky factor with as many columns as there are effects.
        full if full == format!("fa0({effects})") => Covariance::Unstructured,
        _ => {
            return Diagnostic::error(Code::OutOfScope, format!("`type={}` is not read", setting.value))
                .at(setting.span, "here")
                .help("there are vc, un, un(1), cs, csh, ar(1), arh(1) and toep(1)")
                .into();
        }
    }))
}

/// REPEATED says a model of the residuals; one of independent residuals of one variance changes nothing.
fn repeated(pair: Pair<'_, Rule>, at: &Range<usize>, offset: usize) -> Result<()> {
    let mut settings = pair.into_inner().filter(|p| p.as_rule() == Rule::setting).map(|p| setting(p, offset));
    let changes = settings.any(|s| match s.name.as_str() {
        "type" => !matches!(s.value.to_lowercase().as_str(), "vc" | "simple"),
        "group" | "grp" | "local" | "hlm" | "hlps" => true,
        _ => false,
    });
    if !changes {
        return Ok(());
    }
    Diagnostic::error(Code::OutOfScope, "REPEATED gives the residuals a covariance")
        .at(span(at), "here")
        .help("in a linear mixed model residuals are independent, of one variance; a random intercept is `random intercept / subject=id;`")
        .into()
}
