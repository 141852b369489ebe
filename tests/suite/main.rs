//! The one test binary.

mod algebra;
mod cli;
mod layers;
mod lmer;
mod raise;
mod typeset;
