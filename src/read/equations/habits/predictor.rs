//! A linear predictor by itself, `\eta_{ij} = \beta_0 + \beta_1 x_{ij} + u_j`, in a text that names its link or law.

use crate::error::{Code, Diagnostic, Notes};
use crate::read::equations::functions;
use crate::syntax::{Expr, Key, Kind, Name, Statement, Symbol, System};
use std::collections::BTreeSet;

/// Puts the link around a linear predictor that nothing else is said of: it is the link of a mean that has no letter.
pub(super) fn link(system: &mut System, text: &str, notes: &mut Notes) {
    let [statement] = &mut equations(system)[..] else { return };
    let Statement::Equation { left, rights, .. } = &mut **statement else { return };
    let Some(symbol) = left.symbol().cloned() else { return };
    let named = || text.to_lowercase().contains("linear predictor");
    let is_predictor = symbol.name.base == "η" || symbol.name.greek().is_some() && named();
    let whole = |term: &Expr| term.symbol().is_some_and(|s| s.key().indices == symbol.key().indices);
    let has_residual = rights.iter().flat_map(Expr::summands).any(whole);
    if !is_predictor || has_residual || symbol.indices.is_empty() {
        return;
    }
    let Some(link) = functions::link(text).map(|link| link.name).filter(|link| *link != "identity") else { return };
    let message =
        format!("{symbol} is the linear predictor of a response without a letter: read under the {link} link");
    let note = Diagnostic::note(Code::AmbiguousRole, message).at(left.span, "");
    notes.push(note.help("name what is observed, such as `y ~ Bernoulli(p)` with `logit(p) = …`"));
    *left = Expr::new(Kind::Call(link.to_owned(), vec![symbol.into()]), left.span);
}

/// The equations of what nothing else uses and no law is of.
fn equations(system: &mut System) -> Vec<&mut Statement> {
    let used: BTreeSet<Name> = system.used().map(|s| s.name.clone()).collect();
    let lawful: BTreeSet<Key> =
        system.laws().flat_map(Statement::lefts).flat_map(Expr::symbols).map(Symbol::key).collect();
    let is_free = |statement: &&mut Statement| match statement {
        Statement::Equation { left, .. } => {
            left.symbols().iter().all(|s| !used.contains(&s.name) && !lawful.contains(&s.key()))
        }
        _ => false,
    };
    system.statements.iter_mut().filter(is_free).collect()
}
