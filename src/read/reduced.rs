//! The reduced notation (combined, mixed): everything plugged into one equation.

use super::equations::{self, Notation};
use crate::algebra::Reading;
use crate::error::Result;
use crate::model::Facts;

/// Equations that define nothing for each other.
pub(super) fn detect(text: &str) -> bool {
    equations::notation(text) == Some(Notation::Reduced)
}

/// Reads the equations and what they mean.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    equations::read(text, facts, Notation::Reduced)
}
