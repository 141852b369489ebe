//! Writers: model to text. One row a notation.

mod bambi;
mod bracket;
mod brms;
mod derivation;
mod engine;
mod equations;
mod estimates;
mod explain;
mod fold;
mod glmmtmb;
mod hierarchical;
mod hlm;
mod jags;
mod json;
mod julia;
mod lmer;
mod mplus;
mod nlme;
mod numbered;
mod program;
mod pymer4;
mod python;
mod reduced;
mod sas;
pub mod show;
mod spss;
mod stan;
mod stata;
mod statsmodels;
mod style;
pub mod typeset;

use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result};

pub use derivation::{Derived, derivation};
pub use estimates::{Estimate, Estimates};
pub use explain::{
    Entry, EntryKind, ExplainFormat, ExplainOptions, Explanation, Formula, ParameterRow, ParameterTable, Part, Prose,
    Range, Section, explain,
};
pub use style::{CovarianceStyle, Errors, Format, Indices, LmerStyle, Numbers, Residual, Style};

/// A notation that can be written.
pub struct Writer {
    /// Its name on the command line.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// One line about it.
    pub about: &'static str,
    /// Writes the model, or refuses with what it cannot say; notes tell what was assumed.
    pub write: fn(&Reading, &Style, &mut Notes) -> Result<String>,
}

impl Writer {
    /// Whether it writes equations, which have places for numbers.
    pub fn is_equations(&self) -> bool {
        equations::FORMS.iter().any(|(name, _)| *name == self.name)
    }
}

/// Every notation that can be written.
#[rustfmt::skip]
pub const WRITERS: &[Writer] = &[
    Writer { name: "hierarchical", aliases: &["double-index"], about: "one equation a Level, Yᵢⱼ = β₀ⱼ + …", write: hierarchical::write },
    Writer { name: "bracket", aliases: &["gelman-hill"], about: "one equation a Level, brackets j[i] for the group of observation i", write: bracket::write },
    Writer { name: "reduced", aliases: &["combined"], about: "one equation, Yᵢⱼ = γ₀₀ + … + (u₀ⱼ + ϵᵢⱼ)", write: reduced::write },
    Writer { name: "lmer", aliases: &["lme4"], about: "R's formula with random-effects terms, as lme4 reads it", write: lmer::write },
    Writer { name: "json", aliases: &[], about: "the model itself, for programs", write: json::write },
    Writer { name: "nlme", aliases: &[], about: "R's nlme, a call of lme", write: nlme::write },
    Writer { name: "glmmtmb", aliases: &["glmmTMB"], about: "R's glmmTMB", write: glmmtmb::write },
    Writer { name: "brms", aliases: &[], about: "R's brms, a call of brm", write: brms::write },
    Writer { name: "julia", aliases: &["mixedmodels"], about: "Julia's MixedModels.jl", write: julia::write },
    Writer { name: "statsmodels", aliases: &[], about: "Python's statsmodels, a call of mixedlm", write: statsmodels::write },
    Writer { name: "bambi", aliases: &[], about: "Python's bambi", write: bambi::write },
    Writer { name: "pymer4", aliases: &[], about: "Python's pymer4, a call of lmer or glmer", write: pymer4::write },
    Writer { name: "sas", aliases: &[], about: "SAS's PROC MIXED and PROC GLIMMIX", write: sas::write },
    Writer { name: "spss", aliases: &[], about: "SPSS's MIXED", write: spss::write },
    Writer { name: "stata", aliases: &[], about: "Stata's mixed, melogit, mepoisson", write: stata::write },
    Writer { name: "stan", aliases: &[], about: "a program in Stan, in the style of Gelman and Hill", write: stan::write },
    Writer { name: "jags", aliases: &[], about: "a model in JAGS, in the style of Gelman and Hill", write: jags::write },
    Writer { name: "mplus", aliases: &[], about: "Mplus, two and three Levels", write: mplus::write },
    Writer { name: "hlm", aliases: &[], about: "the equations and settings of HLM", write: hlm::write },
];

/// The writer of a notation, by its name or one of its other names.
///
/// # Errors
/// `UnknownNotation`, with the nearest name and the list.
pub fn writer(name: &str) -> Result<&'static Writer> {
    let found = WRITERS.iter().find(|w| w.name == name || w.aliases.contains(&name));
    found.ok_or_else(|| {
        let known = WRITERS.iter().flat_map(|w| std::iter::once(w.name).chain(w.aliases.iter().copied()));
        Box::new(Diagnostic::unknown(Code::UnknownNotation, "notation to write", name, known))
    })
}
