//! Level equations with Gelman and Hill's brackets: `Y_i = β_0j[i] + …`, where `j[i]` is the group of observation `i`.

use super::{Style, equations};
use crate::algebra::{Form, Reading};
use crate::error::{Notes, Result};

/// Writes the level equations.
pub(super) fn write(reading: &Reading, style: &Style, notes: &mut Notes) -> Result<String> {
    equations::write(reading, Form::Bracket, style, notes)
}
