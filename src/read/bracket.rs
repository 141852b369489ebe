//! The bracket notation (Gelman and Hill 2007): observation i, and j[i] for its group.

use super::equations::{self, Notation};
use crate::algebra::Reading;
use crate::error::Result;
use crate::model::Facts;

/// Reads the equations and what they mean.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    equations::read(text, facts, Notation::Bracket)
}
