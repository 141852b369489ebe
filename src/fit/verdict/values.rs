//! What two texts say of the values of a covariate: categories, and which one the others are compared with, or a number.
//! Where they differ, one side's covariate becomes what R calls it (`factor(x)`, `relevel(f, ref = "b")`), so that rows
//! and spaces see two covariates and decide what that makes of the models.

use super::bars::{map_lexicon, map_model};
use super::questions::Question;
use super::{Case, Judgement};
use crate::algebra::{Reading, Side, compare};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::fit::categories::order;
use crate::fit::witness::{Relation, Scenario};
use crate::model::{Facts, RExpr, Reference};
use std::collections::{BTreeMap, BTreeSet};

/// What a text says of a covariate.
#[derive(Clone, PartialEq, Eq)]
enum Values {
    /// Its categories when they are known, and the one that the others are compared with.
    Categories(Vec<String>, Reference),
    /// It is a number.
    Number,
    /// Nothing.
    Silent,
}

/// What the texts say of their covariates, put together.
#[derive(Default)]
pub(super) struct Agreed {
    /// Categories that are named of covariates whose categories are not known.
    pub(super) named: BTreeMap<String, Vec<String>>,
    /// How the texts differ, in words.
    told: Vec<String>,
    /// Covariates that are categorical in one text, while the other one, of this side, is silent.
    silent: Vec<(String, Side)>,
    /// Whether the models were one before that was looked at.
    same_terms: bool,
}

/// Puts together what both texts say; `facts` become what holds for both, after it the readings differ as they must.
pub(super) fn agree(readings: &mut [Reading; 2], facts: &mut Facts, notes: &mut Notes) -> Agreed {
    let mut agreed = Agreed { same_terms: same_terms(readings, facts), ..Agreed::default() };
    let names: BTreeSet<String> = readings.iter().flat_map(|r| r.model.covariates()).filter_map(plain).collect();
    for name in names {
        let sides = [0, 1].map(|at| values(&readings[at], &name, facts));
        match sides {
            [Some(Values::Categories(a, first)), Some(Values::Categories(b, second))] => {
                let found = || facts.factor.get(&name).cloned().unwrap_or_default();
                let all = [a, b].into_iter().find(|all| !all.is_empty()).unwrap_or_else(found);
                let references = [first, second].map(|reference| named(reference, &all));
                agreed.name(&name, &references);
                let common = agreed.compared(readings, &name, references, notes);
                set_categories(facts, &name, all, common);
            }
            [Some(Values::Number), Some(Values::Categories(..))] => {
                agreed.number(readings, &name, Side::B);
                set_numeric(facts, &name);
            }
            [Some(Values::Categories(..)), Some(Values::Number)] => {
                agreed.number(readings, &name, Side::A);
                set_numeric(facts, &name);
            }
            [Some(Values::Categories(all, reference)), other] | [other, Some(Values::Categories(all, reference))] => {
                if other == Some(Values::Silent) {
                    let side = if values(&readings[0], &name, facts) == other { Side::A } else { Side::B };
                    agreed.silent.push((name.clone(), side));
                }
                let reference = named(reference, &all);
                agreed.name(&name, std::slice::from_ref(&reference));
                set_categories(facts, &name, all, reference);
            }
            [Some(Values::Number), _] | [_, Some(Values::Number)] => set_numeric(facts, &name),
            _ => {}
        }
    }
    agreed
}

fn same_terms(readings: &[Reading; 2], facts: &Facts) -> bool {
    compare(&readings[0], &readings[1], &facts.index, &BTreeSet::new()).is_equal()
}

fn plain(covariate: &RExpr) -> Option<String> {
    if let RExpr::Name(name) = covariate { Some(name.clone()) } else { None }
}

/// What a reading says of a covariate, else what is declared or found in the data; `None` when its model has none of that
/// name.
fn values(reading: &Reading, name: &str, facts: &Facts) -> Option<Values> {
    reading.model.covariates().into_iter().find(|covariate| plain(covariate).is_some_and(|own| own == name))?;
    let lexicon = &reading.lexicon;
    Some(if let Some(reference) = lexicon.reference(name) {
        let all = lexicon.categories.get(name).filter(|known| known.reference.is_some());
        Values::Categories(all.map_or(vec![], |known| known.all().cloned().collect()), reference)
    } else if lexicon.numeric.contains(name) || facts.numeric.contains(name) {
        Values::Number
    } else if let Some(all) = facts.factor.get(name) {
        Values::Categories(all.clone(), all.first().map_or(Reference::Unknown, |c| Reference::Category(c.clone())))
    } else if reading.system.is_some() {
        // A letter that one coefficient multiplies.
        Values::Number
    } else {
        Values::Silent
    })
}

/// The first and the last of known categories by name.
fn named(reference: Reference, all: &[String]) -> Reference {
    let sorted = order(all);
    let at = match reference {
        Reference::First => sorted.first(),
        Reference::Last => sorted.last(),
        _ => None,
    };
    at.map_or(reference.clone(), |at| Reference::Category(all[*at].clone()))
}

fn words(reference: &Reference) -> String {
    match reference {
        Reference::Unknown => "one that it does not name".to_owned(),
        Reference::First => "the first".to_owned(),
        Reference::Last => "the last".to_owned(),
        Reference::Category(category) => format!("`{category}`"),
    }
}

impl Agreed {
    /// Whether the models differ in the values of covariates alone.
    pub(super) fn tells(&self) -> bool {
        self.same_terms && !self.told.is_empty()
    }

    /// How the texts differ.
    pub(super) fn told(&self) -> String {
        self.told.join("; ")
    }

    /// Two texts that compare the categories with one of them each; the reference that both have from then on.
    fn compared(
        &mut self,
        readings: &mut [Reading; 2],
        name: &str,
        references: [Reference; 2],
        notes: &mut Notes,
    ) -> Reference {
        let inner = RExpr::name(name);
        let [a, b] = references;
        let message = format!("A compares the categories of {name} with {}, B with {}", words(&a), words(&b));
        let (side, common, other) = match (a, b) {
            (a, b) if a == b => return a,
            (a @ Reference::Category(_), Reference::Category(b)) => (1, a, RExpr::Text(b)),
            (Reference::First, Reference::Last) => (1, Reference::First, RExpr::call("nlevels", [inner.clone()])),
            (Reference::Last, Reference::First) => (0, Reference::First, RExpr::call("nlevels", [inner.clone()])),
            // Which category that is, is in the data.
            (a, b) => {
                let note = Diagnostic::note(Code::FormulaTrap, message);
                notes.push(note.help("the coefficients agree when that is one category; the model is one in any case"));
                return if a == Reference::Unknown { b } else { a };
            }
        };
        self.told.push(message);
        let releveled = RExpr::Call("relevel".into(), vec![(None, inner), (Some("ref".into()), other)]);
        replace(&mut readings[side], name, &releveled);
        common
    }

    /// A number of one text that is categories in the other one, `side`.
    fn number(&mut self, readings: &mut [Reading; 2], name: &str, side: Side) {
        self.told.push(format!("{side} takes {name} as categories, {} as a number", side.other()));
        replace(&mut readings[side.at()], name, &RExpr::call("factor", [RExpr::name(name)]));
    }

    fn name(&mut self, name: &str, references: &[Reference]) {
        let all = self.named.entry(name.to_owned()).or_default();
        for reference in references {
            if let Some(category) = reference.category()
                && !all.iter().any(|known| known == category)
            {
                all.push(category.to_owned());
            }
        }
    }
}

/// Puts another covariate in the place of one.
fn replace(reading: &mut Reading, name: &str, by: &RExpr) {
    let map = |covariate: &RExpr| match covariate {
        RExpr::Name(own) if own == name => by.clone(),
        other => other.clone(),
    };
    reading.model = map_model(&reading.model, &map);
    reading.lexicon = map_lexicon(&reading.lexicon, &map);
}

fn set_numeric(facts: &mut Facts, name: &str) {
    facts.factor.remove(name);
    facts.categorical.remove(name);
    facts.numeric.insert(name.to_owned());
}

fn set_categories(facts: &mut Facts, name: &str, mut all: Vec<String>, reference: Reference) {
    facts.numeric.remove(name);
    if all.is_empty() {
        facts.categorical.insert(name.to_owned(), reference);
        return;
    }
    if let Reference::Category(first) = reference
        && let Some(at) = all.iter().position(|category| *category == first)
    {
        all[..=at].rotate_right(1);
    }
    facts.factor.insert(name.to_owned(), all);
}

/// Is a covariate categorical in the text that does not say so? Asked where the models are one when it is.
pub(super) fn silent(case: &Case<'_>, scenario: &Scenario, base: &Judgement) -> Result<Option<Question>> {
    if base.relation != Relation::Equal {
        return Ok(None);
    }
    for (name, side) in &case.agreed.silent {
        let mut readings = case.readings.clone();
        replace(&mut readings[side.other().at()], name, &RExpr::call("factor", [RExpr::name(name)]));
        let mut numeric = scenario.clone();
        set_numeric(&mut numeric.facts, name);
        numeric.categorical.remove(name);
        let other = Case { readings, ..*case };
        if other.judge(&numeric)?.relation == Relation::Equal {
            continue;
        }
        let told = side.other();
        return Ok(Some(Question {
            needed: true,
            reason: format!(
                "it depends on whether {name} is categorical in {side}: if it is, as in {told}, A and B are equivalent; if it is \
                 a number there, {told} has a coefficient for each category, and {side} one for all"
            ),
            help: format!("say `--factor {name}=categorical`, or write `factor({name})` in {side}"),
        }));
    }
    Ok(None)
}
