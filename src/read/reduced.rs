//! The reduced notation (combined, mixed): everything plugged into one equation.

use super::equations::{self, Notation};
use crate::algebra::Reading;
use crate::error::Result;
use crate::model::Facts;

/// Reads the equations and what they mean.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    equations::read(text, facts, Notation::Reduced)
}
