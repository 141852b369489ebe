//! The hierarchical notation (double-index): an equation a Level, indices `ij`, groups in subscripts or superscripts.

use super::equations::{self, Notation};
use crate::algebra::Reading;
use crate::error::Result;
use crate::model::Facts;

/// Equations of which one at least defines what another uses.
pub(super) fn detect(text: &str) -> bool {
    equations::notation(text) == Some(Notation::Hierarchical)
}

/// Reads the equations and what they mean.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    equations::read(text, facts, Notation::Hierarchical)
}
