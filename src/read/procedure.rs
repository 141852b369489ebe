//! What the procedures of SAS and SPSS share: categorical variables are declared, effects are products of variables, and
//! random effects stand with a subject and a covariance structure.

use super::columns::{Columns, product};
use super::lmer::parts::{self, Engine};
use super::lmer::traps;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Covariance, Facts, Grouping, Model, RExpr, RandomTerm, Reference, Term};
use std::collections::BTreeMap;
use std::ops::Range;

/// The most terms that a statement may have.
pub(super) const MAX_TERMS: usize = 10_000;
/// The most covariates in one product.
const MAX_DEGREE: usize = 8;

/// A name and its place.
pub(super) type Named = (String, Span);

/// The categorical variables of an effect, and its numbers as factors of a product.
type Parted = (Vec<String>, Vec<(RExpr, bool)>);

/// A product of variables as it stands: `R*Z`, `class(school)`.
#[derive(Clone, Debug)]
pub(super) struct Effect {
    /// The variables, those in brackets first; empty for the intercept.
    pub(super) names: Vec<Named>,
    /// Where.
    pub(super) span: Span,
}

/// How random effects covary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Structure {
    /// A variance for each effect: the default of both engines.
    Components,
    /// One of the model's own structures.
    Of(Covariance),
}

/// Random effects of one statement.
pub(super) struct Random {
    /// The effects.
    pub(super) effects: Vec<Effect>,
    /// The variables of the subject, the outermost first; empty without one.
    pub(super) subject: Vec<Named>,
    /// How they covary; `None` when it is not said.
    pub(super) structure: Option<Structure>,
    /// The statement.
    pub(super) span: Span,
}

/// A model as a procedure says it.
pub(super) struct Procedure {
    /// What remarks call the engine and its words.
    pub(super) words: Words,
    /// The columns made before.
    pub(super) columns: Columns,
    /// The categorical variables, in small letters, with their reference and the place.
    pub(super) classes: BTreeMap<String, (Reference, Span)>,
    /// The first spelling of each name.
    spellings: BTreeMap<String, String>,
}

/// What remarks say.
pub(super) struct Words {
    /// The engine.
    pub(super) engine: &'static str,
    /// For remarks on any model.
    pub(super) remarks: Engine,
    /// How effects that covary are asked for.
    pub(super) covary: &'static str,
    /// How a group is named.
    pub(super) subject: &'static str,
}

/// The place of a statement.
pub(super) fn span(place: &Range<usize>) -> Span {
    Span::new(place.start, place.end)
}

/// The place of a pair in the source, without the blanks behind it; its text begins at `offset`.
pub(super) fn place<R: pest::RuleType>(pair: &pest::iterators::Pair<'_, R>, offset: usize) -> Span {
    let start = offset + pair.as_span().start();
    Span::new(start, start + pair.as_str().trim_end().len())
}

impl Procedure {
    /// A procedure with nothing declared.
    pub(super) fn new(words: Words, columns: Columns) -> Self {
        Self { words, columns, classes: BTreeMap::new(), spellings: BTreeMap::new() }
    }

    /// The name as it was first spelled: upper and lower case are one.
    pub(super) fn name(&mut self, name: &str) -> String {
        self.spellings.entry(name.to_lowercase()).or_insert_with(|| name.to_owned()).clone()
    }

    fn is_class(&self, name: &str) -> bool {
        self.classes.contains_key(&name.to_lowercase())
    }

    /// A column as one expression.
    pub(super) fn one(&mut self, (name, span): &Named) -> RExpr {
        let own = self.name(name);
        self.columns.one(&own, *span)
    }

    /// The categorical and the numeric variables of an effect.
    fn parted(&mut self, effect: &Effect) -> Parted {
        let (mut classes, mut numbers) = (vec![], vec![]);
        for (name, span) in &effect.names {
            let own = self.name(name);
            if self.is_class(name) {
                classes.push(own);
            } else {
                numbers.extend(self.columns.factors(&own, *span).into_iter().map(|factor| (factor, false)));
            }
        }
        (classes, numbers)
    }

    /// The term of a fixed effect.
    ///
    /// # Errors
    /// `TooLarge` for too many covariates in one product.
    pub(super) fn fixed(&mut self, effect: &Effect) -> Result<Term> {
        let mut factors = vec![];
        for (name, span) in &effect.names {
            let own = self.name(name);
            if self.is_class(name) {
                factors.push((RExpr::name(own), true));
            } else {
                factors.extend(self.columns.factors(&own, *span).into_iter().map(|factor| (factor, false)));
            }
        }
        limited(product(&factors), effect.span)
    }

    /// The random-effects terms of a statement.
    fn random(&mut self, random: &Random, notes: &mut Notes) -> Result<Vec<(RandomTerm, Span)>> {
        let subject: Vec<String> = random.subject.iter().map(|(name, _)| self.name(name)).collect();
        let parted: Vec<Parted> = random.effects.iter().map(|e| self.parted(e)).collect();
        if parted.is_empty() {
            return Diagnostic::error(Code::Syntax, "there are no random effects here")
                .at(random.span, "")
                .help("name the intercept, which is not implied, and the covariates of the slopes")
                .into();
        }
        let structure = random.structure.unwrap_or(Structure::Components);
        let alone = parted.len() == 1;
        let has_classes = parted.iter().any(|(classes, _)| !classes.is_empty());
        let Structure::Of(covariance) = structure else {
            if random.structure.is_none() && !alone && !has_classes {
                let Words { engine, covary, .. } = self.words;
                let message = format!("{engine} takes the random effects of {} as independent", subject.join(":"));
                let note = Diagnostic::note(Code::AssumedCovariance, message).at(random.span, "no structure is given");
                notes.push(note.help(format!("effects that covary, as those of `(x | g)` do, are {covary}")));
            }
            return parted.iter().zip(&random.effects).map(|(p, e)| self.component(&subject, p, e)).collect();
        };
        if has_classes {
            let ([(classes, numbers)], [effect]) = (&parted[..], &random.effects[..]) else {
                return Err(Box::new(categories(&parted, random.span)));
            };
            return match covariance {
                Covariance::EqualDiagonal => {
                    Ok(vec![self.component(&subject, &(classes.clone(), numbers.clone()), effect)?])
                }
                Covariance::Diagonal => Err(Box::new(categories(&parted, random.span))),
                _ => {
                    let factors = classes.iter().map(|c| (RExpr::name(c.clone()), true)).chain(numbers.iter().cloned());
                    let term = limited(product(&factors.collect::<Vec<_>>()), effect.span)?;
                    let group = self.group(&subject, &[], effect.span)?;
                    Ok(vec![(RandomTerm::new(group, [term], covariance), random.span)])
                }
            };
        }
        let group = self.group(&subject, &[], random.span)?;
        let terms: Result<Vec<Term>> =
            parted.iter().zip(&random.effects).map(|((_, numbers), e)| limited(product(numbers), e.span)).collect();
        let covariance = if alone { Covariance::Unstructured } else { covariance };
        Ok(vec![(RandomTerm::new(group, terms?, covariance), random.span)])
    }

    /// One effect with a variance of its own; categories are groups within the subject.
    fn component(
        &self,
        subject: &[String],
        (classes, numbers): &Parted,
        effect: &Effect,
    ) -> Result<(RandomTerm, Span)> {
        let group = self.group(subject, classes, effect.span)?;
        let term = limited(product(numbers), effect.span)?;
        Ok((RandomTerm::new(group, [term], Covariance::Unstructured), effect.span))
    }

    fn group(&self, subject: &[String], classes: &[String], span: Span) -> Result<Grouping> {
        if subject.is_empty() && classes.is_empty() {
            return Diagnostic::error(
                Code::OutOfScope,
                "one group holds all observations: its effect is no random one",
            )
            .at(span, "here")
            .help(format!("name the group: {}", self.words.subject))
            .into();
        }
        Ok(Grouping::new(subject.iter().chain(classes).cloned()))
    }

    /// The model of fixed and random effects; `begun` has the response and the family.
    ///
    /// # Errors
    /// `OutOfScope` for random effects that no model here has, `TooLarge`.
    pub(super) fn model(
        mut self,
        begun: Model,
        intercept: bool,
        (fixed, right): (&[Effect], Span),
        random: &[Random],
        facts: &mut Facts,
        notes: &mut Notes,
    ) -> Result<Model> {
        let mut terms = vec![];
        if intercept {
            terms.push(Term::intercept());
        }
        for effect in fixed {
            terms.push(self.fixed(effect)?);
        }
        let mut model = begun.with_fixed(terms);
        let mut written = vec![];
        for statement in random {
            written.extend(self.random(statement, notes)?);
        }
        for (term, _) in &written {
            model = model.with_random(term.clone());
        }
        self.declare(&model, facts, notes);
        self.columns.note(notes);
        let model = parts::with_levels(model, facts)?;
        traps::fixed(&model, right, &self.words.remarks, notes);
        traps::random(&model, &written, facts, notes);
        if written.is_empty() {
            notes.push(traps::no_random(right, &self.words.remarks));
        }
        Ok(model)
    }

    /// Tells which covariates are categorical, and notes what the text does not say of them; all others are numbers.
    fn declare(&self, model: &Model, facts: &mut Facts, notes: &mut Notes) {
        for covariate in model.covariates() {
            if let RExpr::Name(name) = covariate
                && !self.is_class(name)
            {
                facts.learn_numeric(name);
            }
        }
        for (class, (reference, span)) in &self.classes {
            let Some(name) = self.spellings.get(class) else { continue };
            let is_covariate = model.covariates().iter().any(|c| **c == RExpr::name(name.clone()));
            if !is_covariate || facts.factor.contains_key(name) || facts.numeric.contains(name) {
                continue;
            }
            let message = format!("`{name}` is categorical; its categories are in the data");
            let note = Diagnostic::note(Code::Skipped, message).at(*span, "said here");
            facts.learn_categorical(name, reference.clone());
            let last = if *reference == Reference::Last {
                format!("; {} compares them with the last, R with the first", self.words.engine)
            } else {
                String::new()
            };
            let shown = reference.category().unwrap_or("reference");
            notes.push(note.help(format!(
                "name them, the reference first: `--factor {name}={shown},…`; in R, make it a factor{last}"
            )));
        }
    }
}

fn categories(parted: &[Parted], span: Span) -> Diagnostic {
    let name = parted.iter().find_map(|(classes, _)| classes.first()).map_or("", String::as_str);
    let message = format!("each category of `{name}` has a random effect of its own beside others");
    Diagnostic::error(Code::OutOfScope, message)
        .at(span, "here")
        .help("make a column of 0 and 1 for each category first")
}

fn limited(term: Term, span: Span) -> Result<Term> {
    if term.degree() <= MAX_DEGREE {
        return Ok(term);
    }
    Diagnostic::error(Code::TooLarge, format!("a product has more than {MAX_DEGREE} covariates"))
        .at(span, "here")
        .into()
}
