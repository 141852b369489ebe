//! How the packages of R read bars: their words for covariance structures, and `||`.

use crate::model::Covariance;

/// How a package reads bars.
pub(in crate::read) struct Dialect {
    /// The package.
    pub(in crate::read) package: &'static str,
    /// Its words for covariance structures, and what they say.
    pub(in crate::read) structures: &'static [(&'static str, Structure)],
    /// Whether these take `hom = TRUE`.
    pub(in crate::read) has_hom: bool,
    /// Words that are refused, and why.
    pub(in crate::read) refused: &'static [(&'static str, &'static str)],
    /// `||`: whether the terms are written out, so that a categorical covariate keeps its block; elsewhere it is `diag()`.
    pub(in crate::read) writes_out: bool,
}

/// What a word around a bar says.
#[derive(Clone, Copy)]
pub(in crate::read) enum Structure {
    /// Unstructured.
    Us,
    /// This structure.
    Plain(Covariance),
    /// The one without and the one with `hom = TRUE`.
    Hom(Covariance, Covariance),
    /// Likewise, with `hom = TRUE` where nothing is said.
    HomUnlessSaid(Covariance, Covariance),
}

impl Dialect {
    /// What a word says, when it is one of the package.
    pub(super) fn structure(&self, word: &str) -> Option<Structure> {
        self.structures.iter().find(|(own, _)| *own == word).map(|(_, structure)| *structure)
    }
}

const OF_JULIA: &str = "is a word of MixedModels.jl; lme4 does not know it";
const OF_GLMMTMB: &str = "is a word of glmmTMB; lme4 does not know it";

/// lme4, version 2.
pub(in crate::read) const LME4: Dialect = Dialect {
    package: "lme4",
    structures: &[
        ("us", Structure::Us),
        ("diag", Structure::Hom(Covariance::Diagonal, Covariance::EqualDiagonal)),
        ("cs", Structure::Hom(Covariance::CompoundSymmetry, Covariance::EqualCompoundSymmetry)),
        ("ar1", Structure::HomUnlessSaid(Covariance::UnequalAr1, Covariance::Ar1)),
    ],
    has_hom: true,
    refused: &[
        ("zerocorr", OF_JULIA),
        ("fulldummy", OF_JULIA),
        ("toep", OF_GLMMTMB),
        ("homdiag", OF_GLMMTMB),
        ("homcs", OF_GLMMTMB),
        ("homtoep", OF_GLMMTMB),
        ("hetar1", OF_GLMMTMB),
        ("rr", OF_GLMMTMB),
        ("ou", OF_GLMMTMB),
        ("gau", OF_GLMMTMB),
        ("mat", OF_GLMMTMB),
        ("propto", OF_GLMMTMB),
        ("equalto", OF_GLMMTMB),
    ],
    writes_out: true,
};
