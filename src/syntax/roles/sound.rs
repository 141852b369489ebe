//! What must hold of a draft before roles are found in it: its link is that of the mean of the response, its residuals are
//! independent, as its laws are written; its means are defined and its effects have groups.

use super::linked;
use super::response::{Draft, deviation};
use crate::error::{Code, Diagnostic, Result};
use crate::syntax::{Accent, Expr, Key, Symbol};
use std::collections::{BTreeMap, BTreeSet};

/// Checks them in this order.
pub(super) fn check(draft: &Draft) -> Result<()> {
    linked::alone(draft)?;
    normal_under_link(draft)?;
    mean_is_defined(draft)?;
    effects_have_indices(draft)?;
    lawful_effects_are_used(draft)?;
    joint_effects_are_used(draft)
}

/// A normal law whose mean stands under a link: R's `gaussian` has a log, no logit.
fn normal_under_link(draft: &Draft) -> Result<()> {
    let own = deviation(&draft.response.symbol).key();
    let law = draft.laws.iter().find(|law| law.keys.contains(&own) && !law.covariance.rows.is_empty());
    let link = draft.response.link.as_str();
    let Some(law) = law.filter(|_| draft.response.family == "gaussian" && !["identity", "log"].contains(&link)) else {
        return Ok(());
    };
    Diagnostic::error(Code::OutOfScope, format!("a normal response whose mean stands under a {link}"))
        .at(law.span, "lme4 fits no such model")
        .help("for zeros and ones write `Bernoulli(p)`, for a normal response its mean itself or the logarithm of it")
        .into()
}

/// The mean of a law that is one symbol of every observation has an equation, or says nothing: `y_ij ~ Bernoulli(p_ij)`.
fn mean_is_defined(draft: &Draft) -> Result<()> {
    let all = draft.closure.of(&draft.response.symbol.key().indices);
    let own = deviation(&draft.response.symbol);
    let lawful = draft.response.family != "gaussian" || draft.implied.contains(&own.key());
    let Some(right) = draft.rights.last().filter(|_| lawful) else { return Ok(()) };
    let symbols: Vec<&Symbol> = right.symbols().into_iter().filter(|s| !s.same(&own)).collect();
    let [mean] = symbols[..] else { return Ok(()) };
    let key = mean.key();
    let defined =
        draft.definitions.iter().any(|d| d.symbol.is(&key)) || draft.laws.iter().any(|l| l.keys.contains(&key));
    if defined || draft.closure.of(&key.indices) != all {
        return Ok(());
    }
    Diagnostic::error(Code::UndefinedSymbol, format!("{mean} has no equation"))
        .at(mean.span, format!("the mean of {}", draft.response.symbol))
        .help(format!("add it, such as `{mean} = \\beta_0 + u_j`, with the link around it if there is one: `\\text{{logit}}({mean}) = …`"))
        .into()
}

/// `(a, b_j) ~ N(0, Σ)`: what varies together varies between the same groups, and `a` names none.
fn effects_have_indices(draft: &Draft) -> Result<()> {
    let used: BTreeSet<Key> = draft.used().map(Symbol::key).collect();
    let laws = draft.laws.iter().flat_map(|law| law.keys.iter().map(move |key| (law, key)));
    let Some((law, bare)) = laws.into_iter().find(|(_, key)| key.indices.is_empty() && used.contains(key)) else {
        return Ok(());
    };
    Diagnostic::error(
        Code::IndexMismatch,
        format!("{bare} has the distribution of a random effect, but no index of a group"),
    )
    .at(law.span, "")
    .help("give it the index of its groups, here and in the equation; or leave it out of the distribution")
    .into()
}

/// The law of `b_ij` beside `b_i` with a law of its own: a term of b_ij was lost.
fn lawful_effects_are_used(draft: &Draft) -> Result<()> {
    let used: BTreeSet<Key> = draft.used().map(Symbol::key).collect();
    let laws = || draft.laws.iter().flat_map(|law| law.keys.iter().map(move |key| (law.span, key)));
    let lost = laws().filter(|(_, key)| !used.contains(key) && !key.indices.is_empty()).find_map(|(span, key)| {
        let near = |other: &&Key| other.name == key.name && other.indices.is_subset(&key.indices);
        let mut kin = used.iter().filter(near).filter(|other| laws().any(|(_, own)| own == *other));
        kin.next().map(|kin| (span, key, kin))
    });
    let Some((span, key, kin)) = lost else { return Ok(()) };
    Diagnostic::error(
        Code::UnusedEquation,
        format!("nothing uses {key}, which has a distribution beside that of {kin}"),
    )
    .at(span, "")
    .help(format!("add {key} to the equation, or take its distribution out"))
    .into()
}

/// `(u_0j, u_1j, u_2j) ~ N(0, Σ)` where the equations have u_0j and u_2j: a term of u_1j was lost.
fn joint_effects_are_used(draft: &Draft) -> Result<()> {
    let used: BTreeSet<Key> = draft.used().map(Symbol::key).collect();
    let is_known = |key: &Key| {
        used.contains(key) || draft.implied.contains(key) || draft.definitions.iter().any(|d| d.symbol.is(key))
    };
    for law in draft.laws.iter().filter(|law| law.keys.len() > 1) {
        let alike = |key: &Key, other: &Key| key.name.base == other.name.base && key.indices == other.indices;
        let beside = |key: &Key| law.keys.iter().find(|other| is_known(other) && alike(key, other));
        let lost = law.keys.iter().filter(|key| !is_known(key));
        if let Some((key, other)) = lost.filter_map(|key| Some((key, beside(key)?))).next() {
            return Diagnostic::error(
                Code::UnusedEquation,
                format!("nothing uses {key}, which has a joint distribution with {other}"),
            )
            .at(law.span, "")
            .help(format!("add its term to the equations, or take {key} out of the distribution"))
            .into();
        }
    }
    Ok(())
}

/// `\mathbf{e}_j ~ N(0, V)`, `\epsilon_i ~ N(0, R)` and `(\epsilon_{i1}, \epsilon_{i2}) ~ N(0, R)` say that the residuals
/// within a group are independent only where the matrix is `σ^2 I`.
pub(super) fn independent_residuals(draft: &Draft) -> Result<()> {
    let all = draft.closure.of(&draft.response.symbol.key().indices);
    let mut used: BTreeMap<(&str, &str), BTreeSet<BTreeSet<String>>> = BTreeMap::new();
    for symbol in draft.used() {
        used.entry((&symbol.name.base, &symbol.name.tag)).or_default().insert(symbol.key().indices);
    }
    for law in &draft.laws {
        let bold = law.keys.iter().any(|key| key.name.accents.contains(&Accent::Bold));
        let of_group = |key: &Key| {
            let whole = Some("").filter(|_| law.keys.len() > 1);
            let tags = [Some(key.name.tag.as_str()), whole].into_iter().flatten();
            let same: Vec<_> = tags.filter_map(|tag| used.get(&(&key.name.base, tag))).flatten().collect();
            !key.indices.is_empty()
                && same.iter().any(|indices| draft.closure.of(indices) == all)
                && same.iter().all(|indices| **indices != key.indices)
        };
        if !law.keys.iter().all(of_group) {
            continue;
        }
        let simple = |s: &Symbol| s.name.base == "I" || (s.name.base == "σ" && s.indices.is_empty());
        // A variance has a small letter.
        let is_matrix =
            |s: &Symbol| bold || s.name.base.starts_with(char::is_uppercase) || s.name.accents.contains(&Accent::Bold);
        let cells = law.covariance.rows.iter().flatten().flatten();
        if let Some(structure) = cells.flat_map(Expr::symbols).find(|s| !simple(s) && is_matrix(s)) {
            return Diagnostic::error(
                Code::OutOfScope,
                format!("the residuals of a group have the covariance {structure}"),
            )
            .at(structure.span, "not a multiple of the identity")
            .help("lme4 takes residuals as independent, with one variance; nlme::lme or glmmTMB fit such models")
            .into();
        }
    }
    Ok(())
}
