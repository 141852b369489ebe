//! From the model as meant back to equations: which equations there are, which symbols stand in them, which letters and
//! numbers they carry. The author's letters are kept; what has none is named by the scheme of Raudenbush and Bryk
//! (Hierarchical Linear Models, 2nd ed. 2002): β over γ for two Levels, π over β over γ for three.

mod branches;
mod covariates;
mod forms;
mod laws;
mod letters;
mod names;
mod rename;
mod symbols;
mod tree;

use super::{Reading, contrasts};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Grouping, Model, Term};
use crate::syntax::{Name, System};

pub use branches::{Branch, Role, Summand, branches};
pub use covariates::{as_shown, column_names};
pub use symbols::{Coefficient, RandomSymbols, Symbols, symbols};

use covariates::Covariates;
use letters::Letters;
use names::Names;
use tree::Node;

/// The three ways to spread a model over equations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// One equation a Level: `Y_ij = β_0j + …`, `β_0j = γ_00 + u_0j`.
    #[default]
    Hierarchical,
    /// The same with Gelman and Hill's brackets: `Y_i = β_0j[i] + …`.
    Bracket,
    /// One equation: `Y_ij = γ_00 + … + (u_0j + ϵ_ij)`.
    Reduced,
}

/// Variances and covariances by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Covariances {
    /// As the author wrote them; τ's where nothing was written.
    #[default]
    Author,
    /// τ_00, τ_10, τ_11.
    Tau,
    /// σ_0², ρ σ_0 σ_1, σ_1².
    Sigma,
}

/// Choices that do not change the model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RaiseOptions {
    /// Names of variances and covariances.
    pub covariance: Covariances,
    /// In the reduced form: one ε for the whole random part, with a second equation that defines it.
    pub composite: bool,
    /// Every covariate with the indices of the response, in the response's equation.
    pub all_indices: bool,
    /// The covariate whose terms are bracketed together in the reduced form: `(γ_01 + γ_11 R_ij) Z_j`.
    pub treatment: Option<String>,
    /// New names for symbols. An index may stand at the end of the tag: `β_{1j}` as base `β`, tag `1j`.
    pub rename: Vec<(Name, Name)>,
}

/// One random effect of the model: its random-effects term, grouping factor and what it multiplies.
struct Effect<'a> {
    block: usize,
    group: &'a Grouping,
    term: &'a Term,
}

/// Everything the forms write from.
struct Plan<'a> {
    model: &'a Model,
    options: &'a RaiseOptions,
    form: Form,
    effects: Vec<Effect<'a>>,
    letters: Letters,
    covariates: Covariates<'a>,
    names: Names,
    root: Node,
}

/// The equations of a model in one of the three forms. Distribution statements are always given, so that the text read
/// back is the same model.
///
/// # Errors
/// `CannotSay` when a covariate, the response, the family or the coding of a categorical covariate has no equation; `UnknownName` when a renaming or the
/// treatment names nothing of the model; `BadArgument` when a renaming would make two symbols one.
///
/// ```
/// use mlnote::algebra::{Form, Lexicon, RaiseOptions, Reading, raise};
/// use mlnote::model::{Covariance, Grouping, Model, RExpr, RandomTerm, Term};
/// let model = Model::new(RExpr::name("Y"))
///     .with_fixed([Term::intercept(), Term::covariate("R")])
///     .with_random(RandomTerm::new(Grouping::new(["id"]), [Term::intercept()], Covariance::Unstructured));
/// let reading = Reading { model, lexicon: Lexicon::default(), system: None, notes: vec![] };
/// let mut notes = vec![];
/// let system = raise(&reading, Form::Hierarchical, &RaiseOptions::default(), &mut notes).unwrap();
/// assert_eq!(system.statements.len(), 4); // Y_ij, β_0j, and the laws of ϵ_ij and u_0j
/// assert_eq!((system.groups[0].letter.as_str(), system.groups[0].name.as_str()), ("j", "id"));
/// ```
pub fn raise(reading: &Reading, form: Form, options: &RaiseOptions, notes: &mut Notes) -> Result<System> {
    check_family(&reading.model)?;
    check_covariance(&reading.model)?;
    let mut system = planned(reading, form, options, notes, |plan| plan.system(&reading.lexicon))?;
    rename::apply(&mut system, &options.rename)?;
    Ok(system)
}

/// As [`raise`], with a change that is told what each symbol stands for, before any renaming.
///
/// # Errors
/// Those of [`raise`] and of the change.
pub fn raise_changed(
    reading: &Reading,
    form: Form,
    options: &RaiseOptions,
    notes: &mut Notes,
    change: impl FnOnce(&mut System, &Symbols) -> Result<()>,
) -> Result<System> {
    check_family(&reading.model)?;
    check_covariance(&reading.model)?;
    let mut system = planned(reading, form, options, notes, |plan| {
        let mut system = plan.system(&reading.lexicon)?;
        change(&mut system, &plan.symbols(reading)?)?;
        Ok(system)
    })?;
    rename::apply(&mut system, &options.rename)?;
    Ok(system)
}

/// A covariance matrix of so many random effects has as many cells as an expansion may have terms.
const MAX_EFFECTS: usize = 100;

/// Makes the plan of a form and uses it.
fn planned<T>(
    reading: &Reading,
    form: Form,
    options: &RaiseOptions,
    notes: &mut Notes,
    use_plan: impl FnOnce(&Plan) -> Result<T>,
) -> Result<T> {
    let lexicon = &reading.lexicon;
    if let Some((factor, help)) = lexicon.unnamed() {
        let message = format!("equations have a symbol for each category of {factor}, and these are not known");
        return Diagnostic::error(Code::CannotSay, message).help(help).into();
    }
    if reading.model.covariates().contains(&reading.model.response()) {
        let message = format!(
            "the response `{}` is a covariate too: an equation would have it on both sides",
            reading.model.response()
        );
        return Diagnostic::error(Code::CannotSay, message).help("take it out of the right side").into();
    }
    let model = &contrasts::expand(&reading.model, &lexicon.categories)?;
    let count: usize = model.random().iter().map(|term| term.terms.len()).sum();
    if count > MAX_EFFECTS {
        let message = format!("{count} random effects: equations have at most {MAX_EFFECTS}");
        return Diagnostic::error(Code::TooLarge, message).help("write the model in `lmer` or `json`").into();
    }
    let mut letters = Letters::choose(model, lexicon, form);
    let covariates = Covariates::new(model, lexicon, options.all_indices);
    covariates.note_unknown(notes);
    covariates.note_products(notes);
    let effects: Vec<Effect> = model
        .random()
        .iter()
        .enumerate()
        .flat_map(|(block, term)| term.terms.iter().map(move |t| Effect { block, group: &term.group, term: t }))
        .collect();
    let stages = chain(model);
    let root = tree::build(model, lexicon, &effects, stages.as_deref(), &covariates, form);
    if let Some(stages) = &stages
        && root.looks_up(stages)
    {
        letters.nest(stages, covariates.reaches());
    }
    let names = Names::choose(model, lexicon, &effects, stages.as_deref(), &root, options.covariance);
    use_plan(&Plan { model, options, form, effects, letters, covariates, names, root })
}

/// The grouping factors from the finest to the coarsest when each lies within the next; `None` when some are crossed.
fn chain(model: &Model) -> Option<Vec<Grouping>> {
    let mut groupings: Vec<Grouping> = model.groupings().into_iter().cloned().collect();
    groupings.sort_by_key(|g| std::cmp::Reverse(g.factors().len()));
    groupings.windows(2).all(|pair| pair[0].is_within(&pair[1])).then_some(groupings)
}

/// A matrix of equal variances or equal correlations would need its equalities told by repeated letters, which readers
/// take for an unstructured one.
fn check_covariance(model: &Model) -> Result<()> {
    let Some(term) = model.random().iter().find(|t| t.covariance.is_structured()) else { return Ok(()) };
    let message =
        format!("the {} covariance of the random effects of {} has no equation", term.covariance.word(), term.group);
    Diagnostic::error(Code::CannotSay, message).help("write the model in `lmer`, for lme4 2").into()
}

/// Families with equations: the normal, also of a mean under a logarithm, Bernoulli, Poisson.
fn check_family(model: &Model) -> Result<()> {
    match (model.family(), model.link()) {
        ("gaussian", "identity" | "log") | ("binomial", "logit" | "probit" | "cloglog") | ("poisson", "log") => Ok(()),
        (family, link) => Diagnostic::error(
            Code::CannotSay,
            format!("equations are not written for the family {family} with link {link}"),
        )
        .help("gaussian (identity, log), binomial (logit, probit, cloglog) and poisson (log) can be written; `lmer` can say the others")
        .into(),
    }
}
