//! The one test binary.

mod algebra;
mod cli;
mod layers;
mod raise;
mod typeset;
