//! A command as a model: fixed effects, then one random-effects term a level.

use super::options::{self, About};
use super::script::Command;
use super::variables::Variables;
use super::{MODELS, PANEL, Rule, STATA, place};
use crate::error::{Code, Diagnostic, Notes, Result, Span, nearest};
use crate::model::{Covariance, Facts, Grouping, Model, RExpr, RandomTerm, Term};
use crate::read::lmer::{parts, traps};
use pest::iterators::Pair;

/// Structures of `covariance()` with the fewest letters they may be cut to.
const STRUCTURES: &[(&str, usize, Covariance)] = &[
    ("unstructured", 2, Covariance::Unstructured),
    ("independent", 3, Covariance::Diagonal),
    ("identity", 2, Covariance::EqualDiagonal),
    ("exchangeable", 2, Covariance::EqualCompoundSymmetry),
];

/// An option as it stands.
struct Given {
    about: About,
    name: &'static str,
    argument: String,
    span: Span,
    inside: Span,
}

/// The model of a command.
pub(super) fn model(
    command: Pair<'_, Rule>,
    place_of: &Command,
    variables: &mut Variables,
    facts: &mut Facts,
    notes: &mut Notes,
) -> Result<Model> {
    let offset = place_of.place.start;
    let whole = place_of.span();
    let (mut fixed, mut levels) = (None, vec![]);
    for pair in command.into_inner() {
        match pair.as_rule() {
            Rule::part => fixed = Some(pair),
            Rule::level => levels.push(pair),
            _ => {}
        }
    }
    let mut terms = vec![];
    let mut given = vec![];
    let mut right = whole;
    if let Some(part) = fixed {
        right = place(&part, offset);
        given = own_options(&part, offset, notes)?;
        terms.extend(part.into_inner().filter(|p| p.as_rule() == Rule::term));
    }
    if terms.is_empty() {
        return Diagnostic::error(Code::MissingResponse, "the command has no response")
            .at(whole, "nothing follows its name")
            .help("the response is the first variable: `mixed y x || school:`")
            .into();
    }
    let response = terms.remove(0);
    let name = response.as_str().trim();
    if !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Diagnostic::error(Code::Syntax, format!("`{name}` is no response"))
            .at(place(&response, offset), "the response is one column")
            .into();
    }
    let all = terms.iter().chain(levels.iter()).cloned();
    all.for_each(|pair| variables.see_numbers(pair));
    let mut model = Model::new(variables.one(name, place(&response, offset)));
    let mut fixed = variables.terms(terms.into_iter(), offset, notes)?;
    if !given.iter().any(|o| o.about == About::NoConstant) {
        fixed.insert(0, Term::intercept());
    }
    let mut random = vec![];
    let mut above: Vec<String> = vec![];
    for level in levels {
        let (term, options) = one_level(level, offset, &mut above, variables, notes)?;
        random.push(term);
        given.extend(options.into_iter().filter(|o| !matches!(o.about, About::NoConstant | About::Covariance)));
    }
    random.extend(panel(place_of, &given, &above, variables, notes)?);
    let told = |option: &Given| matches!(option.name, "reml" | "mle" | "ml");
    if matches!(place_of.verb.as_str(), "mixed" | "xtmixed") && !given.iter().any(told) {
        let note = Diagnostic::note(Code::Skipped, "the command names no estimator: Stata fits by ML, lmer by REML");
        let help = "the model is the same; `mlnote fit --ml` gives this command's estimates";
        notes.push(note.at(whole, "").help(help));
    }
    let (family, link) = family(&place_of.verb, &given)?;
    model = model.with_family(family, link).with_fixed(fixed);
    for option in &given {
        model = whole_option(model, option, variables)?;
    }
    model = random.iter().fold(model, |model, (term, _)| model.with_random(term.clone()));
    variables.declare(facts, notes);
    variables.note(notes);
    let model = parts::with_levels(model, facts)?;
    traps::fixed(&model, right, &STATA, notes);
    traps::random(&model, &random, facts, notes);
    if random.is_empty() {
        notes.push(traps::no_random(whole, &STATA));
    }
    Ok(model)
}

/// The options of a part; conditions are noted, weights refused.
fn own_options(part: &Pair<'_, Rule>, offset: usize, notes: &mut Notes) -> Result<Vec<Given>> {
    let mut given = vec![];
    for pair in part.clone().into_inner() {
        let span = place(&pair, offset);
        match pair.as_rule() {
            Rule::condition | Rule::range => {
                let word = if pair.as_rule() == Rule::condition { "if" } else { "in" };
                let note = Diagnostic::note(Code::Skipped, format!("`{word}` is about the data, not the model"));
                notes.push(note.at(span, "skipped"));
            }
            Rule::weight => {
                return Diagnostic::error(Code::OutOfScope, "weights change the distribution of the response")
                    .at(span, "here")
                    .help("models with weights are not read")
                    .into();
            }
            Rule::options => {
                for option in pair.into_inner() {
                    given.push(one_option(option, offset)?);
                }
            }
            _ => {}
        }
    }
    Ok(given)
}

fn one_option(option: Pair<'_, Rule>, offset: usize) -> Result<Given> {
    let span = place(&option, offset);
    let mut inner = option.into_inner();
    let word = inner.next().map(|p| (p.as_str().to_owned(), place(&p, offset))).unwrap_or_default();
    let inside = inner.next().and_then(|brackets| brackets.into_inner().next());
    let argument = inside.as_ref().map(|p| p.as_str().trim().to_owned()).unwrap_or_default();
    let inside = inside.map_or(span, |p| place(&p, offset));
    match options::option(&word.0) {
        Some((name, About::Outside(why))) => {
            Diagnostic::error(Code::OutOfScope, format!("`{name}`: {why}")).at(span, "here").into()
        }
        Some((name, about)) => Ok(Given { about, name, argument, span, inside }),
        None => {
            let near = nearest(&word.0.to_lowercase(), options::names());
            let help = near.map_or("it may change the model: leave it out if it does not".to_owned(), |near| {
                format!("did you mean `{near}`?")
            });
            Diagnostic::error(Code::UnknownName, format!("no option of these commands is called `{}`", word.0))
                .at(word.1, "given here")
                .help(help)
                .into()
        }
    }
}

/// What the options of the whole command say.
fn whole_option(model: Model, option: &Given, variables: &mut Variables) -> Result<Model> {
    let column = |variables: &mut Variables| {
        let plain = !option.argument.is_empty() && option.argument.chars().all(|c| c.is_alphanumeric() || c == '_');
        if plain {
            return Ok(variables.one(&option.argument, option.inside));
        }
        let error = Diagnostic::error(Code::Syntax, format!("`{}()` holds the name of one column", option.name));
        Err(Box::new(error.at(option.inside, "here")))
    };
    match option.about {
        About::Offset => Ok(model.with_offset(column(variables)?)),
        About::Exposure => {
            let exposure = column(variables)?;
            Ok(model.with_offset(RExpr::call("log", [exposure])))
        }
        About::Residuals if option.argument.starts_with("ind") && !option.argument.contains("by(") => Ok(model),
        About::Residuals => {
            let what = if option.argument.contains("by(") { "each group its variance" } else { "other times" };
            Diagnostic::error(Code::OutOfScope, format!("`residuals({})` gives the residuals {what}", option.argument))
                .at(option.span, "here")
                .help("in a linear mixed model residuals are independent, of one variance; nlme and glmmTMB fit others")
                .into()
        }
        _ => Ok(model),
    }
}

/// The random intercept of a command for panels: `xtreg y x, re i(id)`, or with the groups of `xtset`.
fn panel(
    command: &Command,
    given: &[Given],
    above: &[String],
    variables: &Variables,
    notes: &mut Notes,
) -> Result<Option<(RandomTerm, Span)>> {
    let of = |about: About| given.iter().find(|option| option.about == about);
    let group = of(About::PanelGroup);
    if !PANEL.contains(&command.verb.as_str()) {
        return match of(About::Panel).or(group) {
            None => Ok(None),
            Some(option) => {
                let message = format!("`{}` has no option `{}`", command.verb, option.name);
                let error = Diagnostic::error(Code::UnknownName, message).at(option.span, "given here");
                error.help("the groups stand after `||`: `|| id:`").into()
            }
        };
    }
    if !above.is_empty() {
        let message = format!("`{}` has one random intercept and no `||`", command.verb);
        return Diagnostic::error(Code::Syntax, message).at(command.span(), "").help("`mixed` has levels").into();
    }
    let Some(name) = group.map(|option| option.argument.as_str()).or(variables.panel()) else {
        return Diagnostic::error(Code::NeedsInfo, "the groups of the panel are not in the text")
            .at(command.span(), "which column are they?")
            .help("name them: `i(id)`, or `xtset id` before it")
            .into();
    };
    if command.verb == "xtreg" && !given.iter().any(|option| option.name == "mle") {
        let note = Diagnostic::note(Code::Skipped, "`xtreg, re` estimates by generalised least squares, lmer by REML");
        notes.push(note.at(command.span(), "").help("the model is the same"));
    }
    let span = group.map_or(command.span(), |option| option.span);
    let group = Grouping::new(variables.cells(name));
    Ok(Some((RandomTerm::new(group, [Term::intercept()], Covariance::Unstructured), span)))
}

/// Family and link by R's names.
fn family(verb: &str, given: &[Given]) -> Result<(&'static str, &'static str)> {
    let (_, family, link) = MODELS.iter().find(|(name, ..)| *name == verb).copied().unwrap_or(MODELS[0]);
    if verb != "meglm" {
        return Ok((family, link));
    }
    let of = |about: About| given.iter().find(|o| o.about == about);
    let (family, link) = match of(About::Family) {
        None => (family, link),
        Some(option) => match option.argument.as_str() {
            "gaussian" | "gau" => ("gaussian", "identity"),
            "bernoulli" | "bern" | "binomial" | "bin" => ("binomial", "logit"),
            "poisson" | "poi" | "p" => ("poisson", "log"),
            other => {
                return Diagnostic::error(Code::OutOfScope, format!("the family `{other}` is not read"))
                    .at(option.span, "here")
                    .help("there are gaussian, bernoulli and poisson")
                    .into();
            }
        },
    };
    let Some(option) = of(About::Link) else { return Ok((family, link)) };
    let known = ["identity", "log", "logit", "probit", "cloglog"];
    match known.iter().find(|link| **link == option.argument) {
        Some(link) => Ok((family, link)),
        None => Err(Box::new(
            Diagnostic::unknown(Code::UnknownName, "link", &option.argument, known).at(option.inside, "here"),
        )),
    }
}

/// `|| school: x z, covariance(unstructured)`.
fn one_level(
    level: Pair<'_, Rule>,
    offset: usize,
    above: &mut Vec<String>,
    variables: &mut Variables,
    notes: &mut Notes,
) -> Result<((RandomTerm, Span), Vec<Given>)> {
    let whole = place(&level, offset);
    let mut inner = level.into_inner();
    let (Some(name), Some(part)) = (inner.next(), inner.find(|p| p.as_rule() == Rule::part)) else {
        return Diagnostic::error(Code::Syntax, "a level has a name and a colon").at(whole, "here").into();
    };
    let given = own_options(&part, offset, notes)?;
    let list: Vec<Pair<'_, Rule>> = part.into_inner().filter(|p| p.as_rule() == Rule::term).collect();
    let head = place(&name, offset).join(list.last().map_or(place(&name, offset), |p| place(p, offset)));
    let is_all = name.as_str() == "_all";
    if is_all && !above.is_empty() {
        return Diagnostic::error(
            Code::Syntax,
            "`_all` stands below another level, and the levels go from the outside in",
        )
        .at(head, "all observations within one group")
        .help("put it first: `|| _all: R.item || id: x`")
        .into();
    }
    if !is_all {
        for factor in variables.cells(name.as_str()) {
            if !above.contains(&factor) {
                above.push(factor);
            }
        }
    }
    // `R.f` is a random intercept over the categories of f within the level.
    if let [only] = &list[..]
        && let Some(factor) = only.as_str().trim().strip_prefix("R.")
    {
        let mut factors = above.clone();
        factors.extend(variables.cells(factor.trim()));
        let term = RandomTerm::new(Grouping::new(factors), [Term::intercept()], Covariance::Unstructured);
        return Ok(((term, head), given));
    }
    if is_all {
        return Diagnostic::error(Code::OutOfScope, "one group holds all observations: its effect is no random one")
            .at(whole, "`_all:`")
            .help("crossed factors are `|| _all: R.item`")
            .into();
    }
    let mut effects = variables.terms(list.into_iter(), offset, notes)?;
    let constant = !given.iter().any(|o| o.about == About::NoConstant);
    if constant {
        effects.insert(0, Term::intercept());
    }
    if effects.is_empty() {
        return Diagnostic::error(Code::Syntax, "a level without random effects")
            .at(whole, "`noconstant`, and no slope")
            .help("name the covariate of a slope, or leave out `noconstant`")
            .into();
    }
    let structure = given.iter().find(|o| o.about == About::Covariance);
    let covariance = match structure {
        Some(option) => structured(option)?,
        None => Covariance::Diagonal,
    };
    if let Some(factor) = effects.iter().flat_map(Term::factors).find(|f| variables.is_categorical(f))
        && !(constant && covariance == Covariance::Unstructured)
    {
        let message = format!("each category of `{factor}` has an independent random effect of its own");
        return Diagnostic::error(Code::OutOfScope, message)
            .at(head, "here")
            .help("make a column of 0 and 1 for each category first, or write `covariance(unstructured)`")
            .into();
    }
    if structure.is_none() && effects.len() > 1 {
        let message = format!("Stata takes the random effects of {} as independent", Grouping::new(above.clone()));
        let note = Diagnostic::note(Code::AssumedCovariance, message).at(head, "no `covariance()` is given");
        notes.push(note.help("effects that covary, as those of `(x | g)` do, are `covariance(unstructured)`"));
    }
    let alone = effects.len() == 1;
    let covariance = if alone { Covariance::Unstructured } else { covariance };
    Ok(((RandomTerm::new(Grouping::new(above.clone()), effects, covariance), head), given))
}

fn structured(option: &Given) -> Result<Covariance> {
    let word = option.argument.to_lowercase();
    let names = |(name, least, _): &&(&str, usize, Covariance)| word.len() >= *least && name.starts_with(&word);
    if let Some((_, _, covariance)) = STRUCTURES.iter().find(names) {
        return Ok(*covariance);
    }
    if word.starts_with("fixed") || word.starts_with("pattern") {
        return Diagnostic::error(Code::OutOfScope, format!("`covariance({word})` constrains single (co)variances"))
            .at(option.span, "here")
            .help("unstructured, independent, identity and exchangeable are read")
            .into();
    }
    let known = STRUCTURES.iter().map(|(name, ..)| *name);
    Err(Box::new(
        Diagnostic::unknown(Code::UnknownName, "covariance structure", &option.argument, known)
            .at(option.inside, "here"),
    ))
}
