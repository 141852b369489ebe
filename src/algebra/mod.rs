//! From the equations as written to the model as meant and back; egg lives here, and only here.

mod analysis;
mod arrange;
mod chain;
mod contrasts;
mod derive;
mod document;
mod equations;
mod equivalence;
mod language;
mod lexicon;
mod lower;
mod poly;
mod raise;
mod rules;
mod shapes;
mod substitute;
mod tree;

pub use chain::{Change, ChangeKind, Line, check_chain};
pub use contrasts::erased;
pub use derive::{Derivation, GATHER, Reason, Step, derive};
pub use document::{Finding, StatedForm, check_forms};
pub use equations::Equations;
pub use equivalence::{Aspect, Comparison, Difference, Pair, Place, Side, compare, differences, places};
pub use lexicon::{Categories, Lexicon, Reading};
pub use lower::{Meaning, Sense, Translated, column, equations, lower, senses};
pub use poly::{MAX_DEGREE, MAX_TERMS, Monomial, Poly};
pub use raise::{
    Branch, Coefficient, Covariances, Form, RaiseOptions, RandomSymbols, Role, Summand, Symbols, as_shown, branches,
    column_names, raise, raise_changed, symbols,
};
pub use rules::{RULES, Rule, rules_page};
pub use shapes::{SHAPES, Shape};
pub use substitute::{Reduced, reduce};
pub use tree::{Atom, AtomId, AtomKind, Atoms, Tree, to_expr};
