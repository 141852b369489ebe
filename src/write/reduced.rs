//! One equation for the response, the random part in brackets: `Y_ij = γ_00 + … + (u_0j + ϵ_ij)`.

use super::{Style, equations};
use crate::algebra::{Form, Reading};
use crate::error::{Notes, Result};

/// Writes the combined equation.
pub(super) fn write(reading: &Reading, style: &Style, notes: &mut Notes) -> Result<String> {
    equations::write(reading, Form::Reduced, style, notes)
}
