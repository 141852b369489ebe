//! What each symbol is. Letters never decide a role; position does: left side of another equation, coefficient;
//! `~ N(0, ·)`, random effect, or residual if it carries the indices of the response; no index, fixed effect; multiplied
//! by an unknown, covariate; alone in a sum with some of the response's indices, random effect (docs/reading.md).

mod assign;
mod closure;
mod definitions;
mod linked;
mod links;
mod meant;
mod monomials;
mod names;
mod outside;
mod response;
mod slips;
mod sound;
mod twice;

use super::{Covarying, Expr, Key, Matrix, Symbol, System};
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use std::collections::{BTreeMap, BTreeSet};

pub use closure::Closure;
pub use definitions::name_groups;
pub use links::family_of;
pub use monomials::{Factor, Monomial, monomials};
pub use names::{EFFECT_LETTERS, RESIDUAL_LETTERS, is_effects_notation, names_residual};
pub use outside::{by_cases, is_location_scale, unnamed_sum};
pub use response::IMPLIED;

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It has an equation of its own.
    Coefficient,
    /// A parameter shared by all groups.
    Fixed,
    /// A group's deviation.
    Random,
    /// The level-1 error.
    Residual,
    /// Data, or a constant inside a data expression.
    Covariate,
}

/// The equation of a coefficient.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The coefficient.
    pub symbol: Symbol,
    /// What it is.
    pub right: Expr,
    /// Every right side of its chain, the one taken among them.
    pub rights: Vec<Expr>,
    /// The whole statement.
    pub span: Span,
}

/// The law of one or several random effects, or of the residual.
#[derive(Clone, Debug)]
pub struct EffectLaw {
    /// The effects, in the order of the rows of the matrix.
    pub keys: Vec<Key>,
    /// The variance or covariance matrix; no rows when it was not given.
    pub covariance: Matrix,
    /// The whole statement.
    pub span: Span,
}

impl EffectLaw {
    /// Whether a joint law lets two effects covary. A blank triangle mirrors the other one, two blanks say nothing of the
    /// pair, as in a matrix of variances only; a matrix given by its name, or not at all, is unstructured.
    pub fn lets_covary(&self, a: &Key, b: &Key) -> bool {
        let place = |key: &Key| self.keys.iter().position(|k| k == key);
        let (Some(i), Some(j)) = (place(a), place(b)) else { return false };
        let rows = &self.covariance.rows;
        let cell = |r: usize, c: usize| rows.get(r).and_then(|row| row.get(c)).and_then(Option::as_ref);
        rows.len() < self.keys.len() || [cell(i, j), cell(j, i)].into_iter().flatten().any(|e| !e.is_zero())
    }
}

/// The left side of the model.
#[derive(Clone, Debug)]
pub struct Response {
    /// The symbol that is observed.
    pub symbol: Symbol,
    /// The left side as written: the symbol, or a transformation of it (`log(Y_ij)`).
    pub left: Expr,
    /// R's name of the family.
    pub family: String,
    /// R's name of the link.
    pub link: String,
    /// The number of trials of a binomial count; none for zeros and ones.
    pub trials: Option<Expr>,
}

impl Response {
    /// Whether the left side is a function of the response that is no link: `\sqrt{y_{ij}}`, `\log(y_{ij} + 1)`.
    pub fn is_transformed(&self) -> bool {
        links::target(&self.left).is_none() && links::transformed(&self.left).is_some()
    }
}

/// A system with the role of every symbol.
#[derive(Clone, Debug)]
pub struct Roles {
    /// The left side.
    pub response: Response,
    /// The right side that is taken as the model.
    pub equation: Expr,
    /// Every right side given for the response, in the order written.
    pub rights: Vec<Expr>,
    /// The equations of the coefficients, in the order written.
    pub definitions: Vec<Definition>,
    /// The role of every symbol that the model uses.
    pub roles: BTreeMap<Key, Role>,
    /// The laws of random effects and residual.
    pub laws: Vec<EffectLaw>,
    /// `Cov(u, v) = value` statements.
    pub moments: Vec<(Vec<Key>, Expr)>,
    /// Symbols that stand in no source: implied residuals and deviations of `α_j ~ N(mean, ·)`, means of undeclared coefficients.
    pub implied: BTreeSet<Key>,
    /// Covariates without an index that stand in equations of coefficients only, and the coefficient whose indices they have.
    pub owners: BTreeMap<Key, Symbol>,
    /// Which index implies which.
    pub closure: Closure,
    /// The indices of one observation, with all that they imply.
    pub observation: BTreeSet<String>,
    /// What the text says in words of the covariance of random effects.
    pub covarying: Option<Covarying>,
}

impl Roles {
    /// The role of a symbol; a symbol that the model does not use has none.
    pub fn role(&self, symbol: &Symbol) -> Option<Role> {
        self.roles.get(&symbol.key()).copied()
    }

    /// The definition of a coefficient.
    pub fn definition(&self, key: &Key) -> Option<&Definition> {
        self.definitions.iter().find(|d| d.symbol.is(key))
    }

    /// The indices of a covariate: its own, or those of the equations that it stands in.
    pub fn indices_of(&self, covariate: &Key) -> BTreeSet<String> {
        self.owners.get(covariate).map_or_else(|| covariate.indices.clone(), |owner| owner.key().indices)
    }

    /// Whether the symbol has as many indices as an observation.
    pub fn is_full(&self, key: &Key) -> bool {
        self.closure.of(&key.indices) == self.observation
    }

    /// Whether an expression holds data and constants only.
    pub fn is_data(&self, expr: &Expr) -> bool {
        let symbols = expr.symbols();
        !symbols.is_empty() && symbols.iter().all(|s| self.role(s) == Some(Role::Covariate))
    }
}

/// The coefficient whose indices a covariate without any has: it stands in equations of coefficients with these indices
/// only, as `Sector` in `β_0j = γ_00 + γ_01 Sector + u_0j`.
fn owners(equation: &Expr, definitions: &[Definition], implied: &BTreeSet<Key>) -> BTreeMap<Key, Symbol> {
    let bare = |expr: &Expr| -> BTreeSet<Key> {
        expr.symbols().into_iter().filter(|s| s.indices.is_empty()).map(Symbol::key).collect()
    };
    // `y_ji ~ N(μ_j, σ²)` with `μ_j = α_j + β_j IV`: the mean is said of every observation.
    let summands = equation.summands();
    let is_mean = |d: &&Definition| {
        let [mean, error] = summands[..] else { return false };
        mean.symbol().is_some_and(|s| s.same(&d.symbol)) && error.symbol().is_some_and(|s| implied.contains(&s.key()))
    };
    let mean = definitions.iter().find(is_mean).into_iter();
    let mut elsewhere: BTreeSet<Key> = mean.flat_map(|d| bare(&d.right)).chain(bare(equation)).collect();
    let mut owners: BTreeMap<Key, Symbol> = BTreeMap::new();
    for definition in definitions {
        for key in bare(&definition.right) {
            let first = owners.entry(key.clone()).or_insert_with(|| definition.symbol.clone());
            if first.key().indices != definition.symbol.key().indices {
                elsewhere.insert(key);
            }
        }
    }
    owners.retain(|key, _| !elsewhere.contains(key));
    owners
}

/// A response with the indices of observation and group, `Y_ij`, beside brackets that say the group of observation i.
fn mixed_indices(draft: &response::Draft, notes: &mut Notes) {
    let response = &draft.response.symbol;
    let plain: BTreeSet<String> = response.indices.iter().map(|i| i.letter.clone()).collect();
    let said = plain.iter().find(|letter| {
        let others: BTreeSet<String> = plain.iter().filter(|l| l != letter).cloned().collect();
        response.indices.iter().all(|i| i.of.is_empty()) && draft.closure.of(&others).contains(*letter)
    });
    if let Some(letter) = said {
        let message = format!(
            "{response} carries the index {letter}, which brackets elsewhere say of the observation: one notation is meant"
        );
        notes.push(Diagnostic::note(Code::IndexDropped, message).at(response.span, ""));
    }
}

/// Finds the role of every symbol.
///
/// # Errors
/// No response, two responses, a missing residual, an undefined symbol, an index mismatch that changes the grouping,
/// a product of unknowns: each with its place.
pub fn roles(system: &System, notes: &mut Notes) -> Result<Roles> {
    let closure = Closure::of_system(system);
    slips::check(system, &closure)?;
    outside::transposed(system)?;
    let mut inlined = definitions::inline(system, &closure, notes);
    linked::plain(&mut inlined);
    let draft = response::split(&inlined, closure, notes)?;
    mixed_indices(&draft, notes);
    let roles = Roles { covarying: system.covarying, ..assign::assign(draft, notes)? };
    outside::coded(&system.coded, &roles)?;
    Ok(roles)
}
