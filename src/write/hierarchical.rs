//! One equation a Level with double indices, as in Raudenbush and Bryk: `Y_ij = β_0j + …`, `β_0j = γ_00 + u_0j`.

use super::{Style, equations};
use crate::algebra::{Form, Reading};
use crate::error::{Notes, Result};

/// Writes the level equations.
pub(super) fn write(reading: &Reading, style: &Style, notes: &mut Notes) -> Result<String> {
    equations::write(reading, Form::Hierarchical, style, notes)
}
