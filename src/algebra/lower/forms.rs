//! Several right sides for one response must be one model: the lines of a chain, the level-wise and the combined form.

use super::translate::Translation;
use crate::algebra::check_chain;
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::Facts;
use crate::syntax::Roles;

pub(super) fn agree(roles: &Roles, translation: &Translation, facts: &Facts, notes: &mut Notes) -> Result<()> {
    if roles.rights.len() < 2 {
        return Ok(());
    }
    for line in check_chain(roles, translation, facts)? {
        if let Some(broken) = line.diagnostic() {
            return broken.into();
        }
        match &line.strangers[..] {
            [] => {}
            [composite] if roles.is_full(&composite.key()) => {
                let message = format!("{composite} is taken as the total random error of the other line");
                notes.push(Diagnostic::note(Code::CompositeError, message).at(composite.span, ""));
            }
            [first, ..] => {
                let message = format!("a line with {first}, which the model does not define, was not compared");
                notes.push(Diagnostic::note(Code::Skipped, message).at(line.span, ""));
            }
        }
    }
    Ok(())
}
