//! The one test binary.

mod cli;
mod layers;
mod typeset;
