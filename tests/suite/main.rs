//! The one test binary.

mod algebra;
mod cli;
mod equations;
mod layers;
mod lmer;
mod raise;
mod typeset;
