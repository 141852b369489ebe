//! The hierarchical notation (double-index): an equation a Level, indices `ij`, groups in subscripts or superscripts.

use super::equations::{self, Notation};
use crate::algebra::Reading;
use crate::error::Result;
use crate::model::Facts;

/// Reads the equations and what they mean.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    equations::read(text, facts, Notation::Hierarchical)
}
