//! The one test binary.

mod lower;
mod algebra;
mod cli;
mod docs;
mod equations;
mod json;
mod layers;
mod lmer;
mod raise;
mod typeset;
