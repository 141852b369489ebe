//! The one test binary.

mod algebra;
mod algebra_random;
mod cases;

mod chain;
mod check;
mod check_data;
mod cli;
mod covariates;
mod derive;
mod dialects;
mod docs;
mod equations;
mod explain;
mod fit_closed;
mod fit_equations;
mod fit_parts;
mod fit_peers;
mod fit_reference;
mod fit_simulate;
mod fit_support;
mod fit_trouble;
mod json;
mod layers;
mod lmer;
mod lmer_write;
mod lower;
mod mutations;
mod raise;
mod roundtrip;
mod show;
mod show_page;
mod typeset;
mod typeset_outputs;
