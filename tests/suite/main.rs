//! The one test binary.

mod algebra;
mod algebra_random;
mod chain;
mod cli;
mod derive;
mod docs;
mod equations;
mod equivalence;
mod fit_closed;
mod fit_support;
mod json;
mod layers;
mod lmer;
mod lmer_write;
mod lower;
mod raise;
mod roundtrip;
mod typeset;
