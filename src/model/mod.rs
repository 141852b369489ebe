//! The model as meant: response, fixed effects, random-effects terms, residual. Canonical, without spans, built only
//! through smart constructors, so that `==` is "the same model with the same names".

mod build;
mod escape;
mod facts;
mod random;
mod rexpr;
mod term;

pub use build::Model;
pub use escape::{escape, unescape};
pub use facts::{Facts, Ids, Reference};
pub use random::{Covariance, Grouping, RandomTerm};
pub use rexpr::{MAX_OPERATORS, RExpr};
pub use term::{Level, Term};
