//! The equation system as the author wrote it: symbols with indices, equations, chains of equalities, distribution
//! statements. Every node has its span in the source; equality ignores spans and typefaces.

mod expr;
pub mod greek;
mod roles;
mod show;
mod spelling;
mod statement;
mod symbol;

pub use expr::{Expr, Kind};
pub use roles::{
    Closure, Definition, EFFECT_LETTERS, EffectLaw, Factor, IMPLIED, Monomial, RESIDUAL_LETTERS, Response, Role, Roles,
    by_cases, family_of, is_effects_notation, is_location_scale, monomials, name_groups, names_residual, roles,
    unnamed_sum,
};
pub use statement::{Covarying, Group, Law, Matrix, Statement, System};
pub use symbol::{Accent, Face, Index, Key, Name, Symbol};
