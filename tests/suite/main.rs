//! The one test binary.

mod algebra;
mod cli;
mod layers;
mod typeset;
