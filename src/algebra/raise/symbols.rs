//! Every symbol of a model by what it stands for: the author's, or by the scheme of the equations. What no equation can
//! show (`poly(x, 2)`, `ns(x, 3)`) has a symbol here all the same, so that every model can be talked about.

use super::covariates::is_shown;
use super::tree::{Item, Node};
use super::{Form, Plan, RaiseOptions, check_covariance, planned};
use crate::algebra::{Lexicon, Reading};
use crate::error::{Notes, Result};
use crate::model::{Covariance, Grouping, Model, RExpr, RandomTerm, Term};
use crate::syntax::{Expr, Face, Name};
use std::collections::BTreeMap;

/// The symbols of a model, with their indices.
#[derive(Clone, Debug)]
pub struct Symbols {
    /// The model with every factor as its dummies and every `poly(x, k)` as its k columns, so that a term has one fixed
    /// effect.
    pub model: Model,
    /// The response.
    pub response: Expr,
    /// The fixed effect of each term of `model.fixed()`, in its order.
    pub fixed: Vec<Expr>,
    /// Each covariate of the fixed and random parts.
    pub covariates: BTreeMap<RExpr, Expr>,
    /// The coefficients with an equation of their own, Level after Level.
    pub coefficients: Vec<Coefficient>,
    /// The random-effects terms of `model.random()`, in its order.
    pub random: Vec<RandomSymbols>,
    /// The offsets.
    pub offsets: Vec<Expr>,
    /// The residual; `None` when the family has none.
    pub residual: Option<Expr>,
    /// The residual's variance; `None` when the family has none.
    pub variance: Option<Expr>,
    /// The mean of a response of another family than the normal.
    pub mean: Option<Expr>,
    /// The index letter of the observation.
    pub observation: String,
    /// The index letter of each factor of the grouping factors.
    pub letters: BTreeMap<String, String>,
}

/// A coefficient with an equation.
#[derive(Clone, Debug)]
pub struct Coefficient {
    /// Over which groups it varies.
    pub group: Grouping,
    /// What it multiplies in the whole model.
    pub term: Term,
    /// It.
    pub symbol: Expr,
    /// The right side of its equation.
    pub right: Expr,
    /// The terms of the fixed effects in it.
    pub fixed: Vec<Term>,
}

/// The symbols of a random-effects term.
#[derive(Clone, Debug)]
pub struct RandomSymbols {
    /// The random effects, in the order of the term.
    pub effects: Vec<Expr>,
    /// Their variances and covariances, in the same order; `None` where the model has a zero.
    pub covariances: Vec<Vec<Option<Expr>>>,
}

/// Names everything in a model. Notes tell what was assumed.
///
/// # Errors
/// `CannotSay` for a covariance structure or a coding of categorical covariates that equations cannot show.
pub fn symbols(reading: &Reading, options: &RaiseOptions, notes: &mut Notes) -> Result<Symbols> {
    check_covariance(&reading.model)?;
    let mut plain = Reading { model: shown(&reading.model, &reading.lexicon), ..reading.clone() };
    name_columns(&reading.model, &mut plain.lexicon);
    planned(&plain, Form::Hierarchical, options, notes, |plan| plan.symbols(&plain))
}

impl Plan<'_> {
    pub(super) fn symbols(&self, reading: &Reading) -> Result<Symbols> {
        let covariates = self.model.covariates().into_iter();
        let covariates = covariates.map(|c| Ok((c.clone(), self.covariates.write(c, &self.letters, None)?)));
        let mut first = 0;
        let random = self.model.random().iter().map(|term| {
            let places: Vec<usize> = (first..first + term.terms.len()).collect();
            first += term.terms.len();
            self.block(&places, term, reading)
        });
        let random = random.collect();
        let mut coefficients = vec![];
        self.gather(&self.root, &mut coefficients)?;
        let (observation, letters) = self.letters.all();
        Ok(Symbols {
            model: self.model.clone(),
            response: self.covariates.response(&self.letters)?,
            fixed: self.model.fixed().iter().map(|term| self.fixed(term)).collect(),
            covariates: covariates.collect::<Result<_>>()?,
            coefficients,
            random,
            offsets: self.offsets()?,
            residual: self.adds_residual().then(|| self.residual()),
            variance: (self.model.family() == "gaussian").then(|| self.residual_variance(&reading.lexicon)),
            mean: (!self.adds_residual()).then(|| self.mean()),
            observation: observation.to_owned(),
            letters: letters.clone(),
        })
    }

    fn block(&self, places: &[usize], term: &RandomTerm, reading: &Reading) -> RandomSymbols {
        let cell = |&row: &usize, &column: &usize| {
            let stated = row == column || term.covariance == Covariance::Unstructured;
            stated.then(|| self.covariance(row, column, term, &reading.lexicon))
        };
        RandomSymbols {
            effects: places.iter().map(|&at| self.effect(at, Some(&term.group))).collect(),
            covariances: places.iter().map(|row| places.iter().map(|column| cell(row, column)).collect()).collect(),
        }
    }

    /// The coefficients of an equation, then those of their equations.
    fn gather(&self, node: &Node, found: &mut Vec<Coefficient>) -> Result<()> {
        let below = || {
            node.items.iter().filter_map(|item| match item {
                Item::Coefficient { term, node, .. } => Some((term, node)),
                _ => None,
            })
        };
        for (term, node) in below() {
            let Some(group) = node.group.clone() else { continue };
            let symbol = self.coefficient(term, node, Some(&group));
            let right = Expr::sum(self.parts(node)?);
            let fixed = node.fixed().into_iter().cloned().collect();
            found.push(Coefficient { group, term: term.clone(), symbol, right, fixed });
        }
        below().try_for_each(|(_, node)| self.gather(node, found))
    }
}

/// The model with each covariate that no equation can show as what it stands for: `poly(x, 2)` as its columns
/// `poly(x, 2)1` and `poly(x, 2)2`, anything else as a column of that name.
fn shown(model: &Model, lexicon: &Lexicon) -> Model {
    let dummy = |covariate: &RExpr| match covariate {
        RExpr::Call(head, inner) if head == "I" && inner.len() == 1 => inner[0].1.as_dummy().is_some(),
        other => other.as_dummy().is_some(),
    };
    let known =
        |covariate: &RExpr| dummy(covariate) && covariate.names().iter().all(|n| lexicon.categories.contains_key(*n));
    let choices = |covariate: &RExpr| match (columns(covariate), covariate) {
        (Some(columns), _) => columns,
        (None, RExpr::Call(..)) if !known(covariate) && !is_shown(covariate) => {
            vec![RExpr::name(covariate.to_string())]
        }
        _ => vec![covariate.clone()],
    };
    let spread = |term: &Term| {
        let mut columns = vec![Term::intercept()];
        for factor in term.factors() {
            let choices = choices(factor);
            columns = choices.iter().flat_map(|c| columns.iter().map(|t| t.times(&Term::new([c.clone()])))).collect();
        }
        columns
    };
    let response = match is_shown(model.response()) {
        true => model.response().clone(),
        false => RExpr::name(model.response().to_string()),
    };
    let mut made = Model::new(response).with_family(model.family(), model.link());
    made = made.with_fixed(model.fixed().iter().flat_map(spread));
    for offset in model.offsets() {
        made = choices(offset).into_iter().fold(made, Model::with_offset);
    }
    for term in model.random() {
        made =
            made.with_random(RandomTerm::new(term.group.clone(), term.terms.iter().flat_map(spread), term.covariance));
    }
    for (covariate, level) in model.levels() {
        made = choices(covariate).into_iter().fold(made, |made, c| made.with_level(c, level.clone()));
    }
    made
}

/// The columns of `poly(x, k)` as `poly_1`, `poly_2`; of several such covariates with the names of their columns.
fn name_columns(model: &Model, lexicon: &mut Lexicon) {
    let several = model.covariates().into_iter().filter(|c| columns(c).is_some()).count() > 1;
    for covariate in model.covariates() {
        let base = if several { format!("poly{}", covariate.names().concat()) } else { "poly".to_owned() };
        for (at, column) in columns(covariate).into_iter().flatten().enumerate() {
            let name = Name { face: Face::Upright, ..Name::tagged(&base, (at + 1).to_string()) };
            lexicon.covariates.insert(column, name);
        }
    }
}

/// The columns of `poly(x, k)`, as R names them.
fn columns(covariate: &RExpr) -> Option<Vec<RExpr>> {
    let RExpr::Call(head, arguments) = covariate else { return None };
    let [(_, _), (degree, RExpr::Number(number)), rest @ ..] = &arguments[..] else { return None };
    let plain = head == "poly" && degree.as_ref().is_none_or(|d| d == "degree");
    let plain = plain && rest.iter().all(|(name, _)| name.as_deref() == Some("raw"));
    let degree: usize = number.parse().ok().filter(|d| (1..=9).contains(d) && plain)?;
    Some((1..=degree).map(|k| RExpr::name(format!("{covariate}{k}"))).collect())
}
