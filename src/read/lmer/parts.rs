//! The parts of a model that a formula and its call say, put together: the end of every reader of formulas, whatever
//! the engine.

use super::node::{Kind, Node};
use super::{parse_expression, scan, terms, traps};
use crate::algebra::{Lexicon, Reading};
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Facts, Grouping, Level, Model, RandomTerm};
use crate::read::directives::directives;
use crate::read::known;

/// What remarks call things in an engine.
pub(in crate::read) struct Engine {
    /// Its language.
    pub(in crate::read) language: &'static str,
    /// The sign of a product.
    pub(in crate::read) product: &'static str,
    /// What to do when nothing is random.
    pub(in crate::read) no_random: &'static str,
}

/// lme4.
pub(in crate::read) const OF_LME4: Engine = Engine {
    language: "R",
    product: ":",
    no_random: "lmer refuses this; lm fits it; a random intercept is `+ (1 | group)`",
};

/// The parts of a model, covariates in R's words.
pub(in crate::read) struct Parts {
    /// Left of `~`.
    pub(in crate::read) response: Node,
    /// The place of all that stands right of it.
    pub(in crate::read) right: Span,
    /// The fixed part, without bars.
    pub(in crate::read) fixed: Node,
    /// The random-effects terms, each with its place.
    pub(in crate::read) random: Vec<(RandomTerm, Span)>,
    /// Family and link by R's names, when they are said.
    pub(in crate::read) family: Option<(String, String)>,
    /// An offset that stands outside the formula.
    pub(in crate::read) offset: Option<Node>,
}

/// Response and right side of a formula.
///
/// # Errors
/// `MissingResponse`.
pub(in crate::read) fn sides(formula: &Node) -> Result<(&Node, &Node)> {
    match formula.as_call_of("~") {
        Some([(_, response), (_, right)]) => Ok((response, right)),
        _ => Diagnostic::error(Code::MissingResponse, "the formula has no response")
            .at(formula.span, "nothing stands left of `~`")
            .help("write `Y ~ …`")
            .into(),
    }
}

impl Parts {
    /// A Gaussian model without random effects; a fixed part that is not there is an intercept.
    pub(in crate::read) fn new(response: &Node, right: &Node, fixed: Option<Node>) -> Self {
        let intercept = || Node::new(Kind::Number("1".into(), 1.0), right.span);
        Self {
            response: response.clone(),
            right: right.span,
            fixed: fixed.unwrap_or_else(intercept),
            random: vec![],
            family: None,
            offset: None,
        }
    }

    /// The model, with the Levels that `facts` declare; `notes` gain what surprises in it.
    ///
    /// # Errors
    /// `FormulaRefused` for what is no response or no term; those of [`terms::expand`].
    pub(in crate::read) fn model(self, engine: &Engine, facts: &Facts, notes: &mut Notes) -> Result<Model> {
        check_response(&self.response)?;
        let expansion = terms::expand(Some(&self.response), &self.fixed)?;
        notes.extend(expansion.notes.iter().cloned());
        let mut model = Model::new(self.response.expr()).with_fixed(expansion.all());
        if let Some((family, link)) = self.family {
            model = model.with_family(family, link);
        }
        let argument = self.offset.map(|o| o.expr());
        for offset in expansion.offsets.into_iter().map(|(o, _)| o).chain(argument) {
            model = model.with_offset(offset);
        }
        for (term, _) in &self.random {
            model = model.with_random(term.clone());
        }
        let model = with_levels(model, facts)?;
        traps::fixed(&model, self.right, engine, notes);
        traps::random(&model, &self.random, facts, notes);
        if self.random.is_empty() {
            notes.push(traps::no_random(self.response.span.join(self.right), engine));
        }
        Ok(model)
    }
}

/// Reads a text whose comments may declare facts; `facts` win over these. `model` may add what the code of the text
/// says (the categories of a factor), which the facts given to it win over.
///
/// # Errors
/// Those of [`directives`] and of `model`; `UnknownName` for a directive about what the model does not have.
pub(in crate::read) fn reading(
    text: &str,
    facts: &Facts,
    model: impl FnOnce(&mut Facts, &mut Notes) -> Result<Model>,
) -> Result<Reading> {
    let declared = directives(text)?;
    let mut all = declared.facts.clone();
    all.extend(facts.clone());
    let mut notes = vec![];
    let model = model(&mut all, &mut notes)?;
    let mut lexicon = Lexicon::default();
    for (letter, factor) in &all.index {
        let grouping = model.groupings().into_iter().any(|g| g.factors().contains(factor));
        if letter == "i" && !grouping {
            // A word for the observations.
            lexicon.observation = Some(letter.clone());
        } else {
            lexicon.letters.insert(factor.clone(), letter.clone());
        }
    }
    lexicon.declare_categories(&model, &all);
    let reading = Reading { model, lexicon, system: None, notes };
    // The flags' own facts are checked by whoever gave them.
    known::check(std::slice::from_ref(&reading), &declared.facts).map_err(|e| Box::new(declared.place(*e, text)))?;
    Ok(reading)
}

/// Reads a text of R, LaTeX around it taken off: as [`reading`], with the places of the source.
///
/// # Errors
/// Those of [`reading`].
pub(in crate::read) fn formulas(
    text: &str,
    facts: &Facts,
    model: impl FnOnce(&str, &mut Facts, &mut Notes) -> Result<Model>,
) -> Result<Reading> {
    let cleaned = scan::clean(text);
    reading(text, facts, |all, notes| {
        let mut own = vec![];
        let model = model(&cleaned.text, all, &mut own).map_err(|e| Box::new(cleaned.restore(*e)))?;
        notes.extend(cleaned.notes.iter().cloned().chain(own.into_iter().map(|n| cleaned.restore(n))));
        Ok(model)
    })
}

/// The refusal of what is neither a formula nor a call of the function.
pub(in crate::read) fn not_the_call(node: &Node, function: &str) -> Box<Diagnostic> {
    let error = Diagnostic::error(Code::FormulaRefused, format!("this is no call of `{function}`"));
    Box::new(error.at(node.span, "here").help("without `--from`, the notation is detected from the call"))
}

/// A response that counts the successes of several trials, as R has it: `cbind(y, n - y)`. One trial is a response of 0 and 1.
pub(in crate::read) fn counts(successes: &Node, trials: &Node, span: Span) -> Node {
    if matches!(trials.kind, Kind::Number(_, 1.0)) {
        return successes.clone();
    }
    let failures = Node::call("-", [trials.clone(), successes.clone()], trials.span);
    Node::call("cbind", [successes.clone(), failures], span)
}

fn check_response(response: &Node) -> Result<()> {
    let problem = match &response.kind {
        Kind::Text(_) => Some(("a string is no response", "a name that is not plain goes in backticks")),
        Kind::Number(..) | Kind::Null => Some(("a number is no response", "name the column of the response")),
        Kind::Call(head, _) if head == "~" => Some(("a formula has one `~`", "delete the second one")),
        Kind::Call(..) if response.has_bar() => {
            Some(("there is a random-effects term in the response", "it goes right of `~`"))
        }
        _ => None,
    };
    match problem {
        Some((message, help)) => {
            Diagnostic::error(Code::FormulaRefused, message).at(response.span, "here").help(help).into()
        }
        None => Ok(()),
    }
}

/// Adds the declared Levels of the model's covariates.
pub(in crate::read) fn with_levels(mut model: Model, facts: &Facts) -> Result<Model> {
    let known: Vec<Grouping> = model.groupings().into_iter().cloned().collect();
    for (covariate, level) in &facts.level {
        let expr = parse_expression(covariate).map_err(|e| {
            Box::new(Diagnostic::error(
                Code::BadArgument,
                format!("`level`: `{covariate}` is no covariate: {}", e.message),
            ))
        })?;
        if !model.covariates().contains(&&expr) {
            continue;
        }
        let level = if level.is_empty() {
            Level::Observation
        } else {
            let group = Grouping::new(level.split(':').map(str::trim));
            Level::Group(known.iter().find(|k| **k == group).cloned().unwrap_or(group))
        };
        model = model.with_level(expr, level);
    }
    Ok(model)
}
