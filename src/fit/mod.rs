//! Linear mixed models on data: tables, design matrices, the profiled criterion, its minimum, what to tell of it.
//!
//! The steps are public: [`wanted`] and [`Table::read`] (columns), [`Design::new`] (X, Z, y), [`Prepared::new`] (sums),
//! [`identify::check`], [`Criterion`] (deviance and gradient at θ), [`optimise::minimise`], [`fit`] (all of them).

mod basis;
mod batch;
mod categories;
mod compare;
mod criterion;
mod data;
mod dense;
mod design;
mod doubts;
mod equations;
mod estimate;
mod evaluate;
mod frame;
mod functions;
mod gradient;
pub mod identify;
mod learn;
mod levels;
mod lines;
pub mod optimise;
#[cfg(feature = "parquet")]
mod parquet;
mod parse;
mod pattern;
mod prepare;
pub mod rank;
mod result;
mod rows;
mod simulate;
mod sink;
mod small;
mod starts;
mod stream;
mod summary;
mod sums;
mod tables;
mod truth;
mod verdict;
mod witness;
mod written;

pub use basis::Basis;
pub use compare::{Comparison, compare, union};
pub use criterion::{Criterion, Entry, Method, Profile};
pub use data::{Categories, Column, MISSING, Table, Wanted, constant_within};
pub use design::{Design, Groups, RandomBlock};
pub use equations::{WrittenDesign, WrittenEffect, evaluate as evaluate_equations};
pub use estimate::{Watch, fit, fit_design, fit_watched};
pub use evaluate::{Source, Value, wanted};
pub use frame::{Frame, Named, Shared};
pub use learn::{learn, wanted_by_both};
pub use levels::{factors, levels};
pub use parse::parse_expression;
pub use prepare::{Prepared, Unit};
pub use result::{Fit, FixedEffect, Modes, RandomEffects};
pub use rows::Rows;
pub use simulate::{Chance, Settings, Simulated, Sizes, simulate};
pub use stream::{KEPT, fit_rows};
pub use summary::Summary;
pub use sums::{CrossProducts, Mix, Mixer, Pairs};
pub use tables::{ByGroup, ByRow};
pub use truth::{TrueEffect, TrueRandom, Truth};
pub use verdict::{Fits, Verdict, Word, verdict};
pub use witness::{Columns, Relation};
pub use written::{Unstated, Written, design_as_written};
