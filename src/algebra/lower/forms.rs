//! Several right sides for one response must be one model: the lines of a chain, the level-wise and the combined form.

use super::translate::Translation;
use crate::algebra::{Monomial, reduce};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::Facts;
use crate::syntax::{Roles, Symbol};

pub(super) fn agree(roles: &Roles, translation: &Translation, facts: &Facts, notes: &mut Notes) -> Result<()> {
    if roles.rights.len() < 2 {
        return Ok(());
    }
    let model = reduce(&translation.equations)?.poly;
    for right in roles.rights.iter().filter(|r| r.span != roles.equation.span) {
        let strangers: Vec<&Symbol> = right.symbols().into_iter().filter(|s| roles.role(s).is_none()).collect();
        if let [composite] = &strangers[..]
            && roles.is_full(&composite.key())
        {
            let message = format!("{composite} is taken as the total random error of the other line");
            notes.push(Diagnostic::note(Code::CompositeError, message).at(composite.span, ""));
            continue;
        }
        if !strangers.is_empty() {
            let message = format!("a line with {}, which the model does not define, was not compared", strangers[0]);
            notes.push(Diagnostic::note(Code::Skipped, message).at(right.span, ""));
            continue;
        }
        let other = translation.with_right(right, roles, facts)?;
        let poly = reduce(&other.equations)?.poly;
        let difference = model.minus(&poly)?;
        if difference.is_empty() {
            continue;
        }
        let spell = |m: &Monomial| -> String {
            m.atoms().map(|a| other.equations.atoms.spell(a)).collect::<Vec<_>>().join(" ")
        };
        let missing: Vec<String> = difference.terms().iter().filter(|(_, n)| *n > 0).map(|(m, _)| spell(m)).collect();
        let extra: Vec<String> = difference.terms().iter().filter(|(_, n)| *n < 0).map(|(m, _)| spell(m)).collect();
        let mut parts = vec![];
        if !missing.is_empty() {
            parts.push(format!("{} is missing", missing.join(", ")));
        }
        if !extra.is_empty() {
            parts.push(format!("{} is too much", extra.join(", ")));
        }
        return Diagnostic::error(Code::ChainBroken, format!("this line is another model: {}", parts.join(", ")))
            .at(right.span, "does not agree")
            .at(roles.equation.span, "with this line")
            .help("correct the line, or give the two models one at a time")
            .into();
    }
    Ok(())
}
