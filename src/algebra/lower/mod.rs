//! From the equations as written to the model as meant: substitution and expansion by the e-graph, one column a
//! monomial, random effects gathered by grouping factor and covariance.

mod columns;
mod covariance;
mod data;
mod forms;
mod groups;
mod letters;
mod remarks;
mod senses;
mod translate;
mod variances;

use super::{Reading, contrasts, reduce};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Covariance, Facts, Grouping, Model, RExpr, RandomTerm, Term};
use crate::syntax::{Expr, IMPLIED, Key, Role, Roles, System, names_residual, roles};
use groups::Groups;
use translate::Translation;

pub use data::column;
pub use senses::{Sense, senses};
pub use translate::{Meaning, Translation as Translated};

/// What the equations of a system come to: roles, and the equations over atoms with the meaning of each.
///
/// # Errors
/// As [`lower`].
pub fn equations(system: &System, facts: &Facts, notes: &mut Notes) -> Result<(Roles, Translated)> {
    let roles = roles(system, notes)?;
    let translation = Translation::new(&roles, facts)?;
    Ok((roles, translation))
}

/// Reads the meaning of a system.
///
/// # Errors
/// An undefined symbol, a missing residual, two responses, a chain whose lines disagree, nothing random, a product of
/// unknowns, a variance that changes from group to group: each with its place.
pub fn lower(system: System, facts: &Facts, mut notes: Notes) -> Result<Reading> {
    let (roles, translation) = equations(&system, facts, &mut notes)?;
    remarks::one_set_of_indices(&roles, facts, &mut notes)?;
    let groups = Groups::new(&roles, &system, facts);
    let reduced = reduce(&translation.equations)?;
    forms::agree(&roles, &system, &translation, facts, &mut notes)?;
    let design = columns::design(&translation, &reduced.poly, &roles, facts, &mut notes)?;
    let fixed: Vec<Term> = design.fixed.iter().map(|(_, term)| term.clone()).collect();
    let fixed = contrasts::collapse(&fixed, &design.factors);
    let mut model = Model::new(response(&roles, facts)).with_fixed(fixed);
    let (family, link) = family(&roles);
    model = model.with_family(family, link);
    remarks::mean_for_response(&roles, &model, &mut notes);
    for offset in &design.offsets {
        model = model.with_offset(offset.clone());
    }
    for term in covariance::random_terms(&roles, &translation, &design, &groups, &mut notes)? {
        model = model.with_random(term);
    }
    if model.family() != "gaussian" {
        model = residual_of_generalised(model, &roles, &groups, &mut notes);
    }
    if model.random().is_empty() {
        match no_pooling(&roles) {
            Some(note) => notes.push(note),
            None => return nothing_random(&roles),
        }
    }
    model = groups.levels(model, &translation, &roles, facts);
    remarks::below_its_equation(&roles, &mut notes);
    remarks::other_order(&roles, &mut notes);
    remarks::remark(&model, &translation, &design, &groups, &mut notes)?;
    let mut lexicon = letters::lexicon(&roles, &translation, &design, &groups, facts);
    lexicon.categories = design.factors;
    lexicon.declare_categories(&model, facts);
    Ok(Reading { model, lexicon, system: Some(system), notes })
}

/// The response as R says it: `Y`, or `log(Y)` for a transformed one with a residual.
fn response(roles: &Roles, facts: &Facts) -> RExpr {
    let column = RExpr::name(data::column(&roles.response.symbol.name, facts));
    match (&roles.response.left.kind, has_residual(roles)) {
        (crate::syntax::Kind::Call(..), true) if family(roles).0 == "gaussian" => {
            data::covariate(&roles.response.left, roles, facts)
        }
        _ => match &roles.response.trials {
            Some(size) => counts(column, size, facts),
            None => column,
        },
    }
}

/// R's response of a binomial count: `cbind(y, n - y)`.
fn counts(column: RExpr, size: &crate::syntax::Expr, facts: &Facts) -> RExpr {
    let size = match (&size.kind, size.symbol()) {
        (crate::syntax::Kind::Number(number), _) => RExpr::Number(number.clone()),
        (_, Some(symbol)) => RExpr::name(data::column(&symbol.name, facts)),
        _ => return column,
    };
    RExpr::counts(column, size)
}

fn has_residual(roles: &Roles) -> bool {
    roles.roles.values().any(|r| *r == Role::Residual)
}

/// R's family and link. A link on the left without a residual is a generalised model.
fn family(roles: &Roles) -> (String, String) {
    let response = &roles.response;
    let linked = response.left.symbol().is_none();
    let link = if linked && response.link == "identity" {
        match &response.left.kind {
            crate::syntax::Kind::Call(name, _) if data::function(name) == "log" && is_odds(&response.left) => {
                "logit".into()
            }
            crate::syntax::Kind::Call(name, _) if !response.is_transformed() => data::function(name),
            _ => response.link.clone(),
        }
    } else {
        response.link.clone()
    };
    if response.family != "gaussian" {
        return (response.family.clone(), link);
    }
    // y ~ N(μ, σ²) with log μ = η: the link is of the mean, not of y.
    if has_residual(roles) && link == "log" && !linked {
        return ("gaussian".into(), link);
    }
    // A residual beside a log is the logarithm of a normal response, unless the letter is that of a mean; beside the other
    // links it is a slip.
    let mean = ["λ", "μ"].contains(&response.symbol.name.base.as_str());
    if (has_residual(roles) && link == "log" && !(linked && mean)) || link == "identity" {
        return ("gaussian".into(), "identity".into());
    }
    let family = if link == "log" { "poisson" } else { "binomial" };
    (family.into(), link)
}

fn is_odds(left: &crate::syntax::Expr) -> bool {
    left.children().iter().any(|c| matches!(c.kind, crate::syntax::Kind::Quotient(..)))
}

/// A generalised model has no residual: for counts an observation-level effect is kept, for counts of successes when it
/// has a law, so where it is all that is random and no law says that the response is 0 or 1, and so where it is a Greek
/// letter and none of residuals, as `γ_ij` of an item response model; otherwise it is dropped.
fn residual_of_generalised(model: Model, roles: &Roles, groups: &Groups, notes: &mut Notes) -> Model {
    let Some((key, _)) = roles.roles.iter().find(|(_, r)| **r == Role::Residual) else { return model };
    let own = roles.laws.iter().find(|law| law.keys.contains(key));
    let law = own.is_some();
    let span = roles.equation.symbols().into_iter().find(|s| s.is(key)).map(|s| s.span).unwrap_or_default();
    let of_proportions = roles.response.family == "gaussian" && model.random().is_empty();
    // `h_ij ~ N(0, σ_h²)`
    let scales =
        own.iter().flat_map(|law| law.covariance.rows.iter().flatten().flatten()).flat_map(|cell| cell.symbols());
    let labelled = scales.into_iter().any(|scale| scale.name.tag == key.name.base);
    let is_effect = labelled || !key.name.base.is_ascii();
    let of_pairs = !names_residual(&key.name) && is_effect && key.indices.len() > 1;
    if model.family() == "poisson" || law && (roles.response.trials.is_some() || of_proportions || of_pairs) {
        if model.family() != "poisson" && roles.response.trials.is_none() {
            let message = format!("{key} is an effect of each observation: the responses are taken as proportions");
            let note = Diagnostic::note(Code::AmbiguousRole, message).at(span, "");
            notes.push(note.help("responses of 0 and 1 say nothing of it; write their law, `y ~ Binomial(n, p)`"));
        }
        let group: Grouping = groups.grouping(&key.indices);
        return model.with_random(RandomTerm::new(group, [Term::intercept()], Covariance::Unstructured));
    }
    let message = format!("{key} was dropped: a model of 0/1 responses has no residual");
    notes.push(Diagnostic::note(Code::OutOfScope, message).at(span, "dropped"));
    model
}

/// Coefficients that brackets look up for each group, `\alpha_{j[i]}`, and that are fixed: no pooling (Gelman & Hill 2007,
/// section 12.2), the model that one with random effects is compared with.
fn no_pooling(roles: &Roles) -> Option<Diagnostic> {
    let sides = std::iter::once(&roles.equation).chain(roles.definitions.iter().map(|d| &d.right));
    let mut looked_up = sides.flat_map(Expr::symbols).filter(|s| s.indices.iter().any(|index| !index.of.is_empty()));
    let effect = looked_up.find(|s| roles.role(s) == Some(Role::Fixed))?;
    let message = format!("nothing besides the response is random: {effect} is fixed for each group, without pooling");
    let note = Diagnostic::note(Code::NoRandomPart, message).at(effect.span, "");
    Some(note.help("`lm` or `glm` fits the formula; for partial pooling write a law with a variance to be estimated"))
}

fn nothing_random(roles: &Roles) -> Result<Reading> {
    let residual = roles.roles.iter().find(|(_, r)| **r == Role::Residual).map(|(k, _)| k);
    // Y_ij of a linear model would be Y_i: the second index tells of groups.
    let grouped = residual.is_some_and(|key| key.indices.len() > 1);
    // The residual of `y_i ~ N(mean, σ²)` has no name.
    let name = |key: &Key| if key.name.mark.ends_with(IMPLIED) { "the residual".to_owned() } else { key.to_string() };
    let residual = residual.map(name);
    // The effects of the groups are there, and fixed.
    let fixed = roles.roles.iter().any(|(key, role)| *role == Role::Fixed && !key.indices.is_empty());
    let lower = !fixed && grouped
        || roles.roles.iter().any(|(k, r)| *r == Role::Covariate && !k.indices.is_empty() && !roles.is_full(k));
    let span = roles.equation.span;
    let Some(residual) = residual else {
        return Diagnostic::error(Code::NoRandomPart, "nothing in this model is random").at(span, "").into();
    };
    if lower {
        return Diagnostic::error(Code::CompositeError, format!("{residual} seems to be the whole error: the random effects in it cannot be known"))
            .at(span, format!("nothing random besides {residual}"))
            .help("write the error out, such as `(u_{0j} + u_{1j} R_{ij} + \\epsilon_{ij})`, or add its definition as a second equation")
            .into();
    }
    Diagnostic::error(
        Code::NoRandomPart,
        format!("nothing random besides {residual}: this is a linear model, not a multilevel one"),
    )
    .at(span, "")
    .help("add the random effects, such as `+ u_{0j}`")
    .into()
}
