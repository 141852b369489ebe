//! Variances that are not one number: refused, since lme4 fits none of them.

use crate::error::{Code, Diagnostic, Result, Span};
use crate::syntax::{Key, Role, Roles, Symbol};

/// A variance that carries an index, or depends on a group or a covariate, is another model.
///
/// # Errors
/// `OutOfScope` with the place of the variance.
pub(super) fn constant(roles: &Roles) -> Result<()> {
    for law in &roles.laws {
        for cell in law.covariance.rows.iter().flatten().flatten() {
            if let Some(symbol) = cell.symbols().into_iter().find(|s| varies(s, &law.keys, roles)) {
                return refusal(symbol);
            }
        }
    }
    let residual = roles.roles.iter().find(|(_, role)| **role == Role::Residual).map(|(key, _)| key);
    for (keys, value) in &roles.moments {
        let residuals = |k: &Key| residual.is_some_and(|r| r.name == k.name) || roles.response.symbol.name == k.name;
        let two = keys.len() == 2 && keys[0].indices != keys[1].indices && !value.is_zero();
        if keys.iter().any(residuals) && two {
            return residual_refusal("the residuals covary", value.span);
        }
        if keys.iter().any(residuals)
            && value.symbols().iter().any(|s| !s.indices.is_empty() && !names_effect(s, roles))
        {
            return residual_refusal("the residual variance changes", value.span);
        }
        if let Some(symbol) = value.symbols().into_iter().find(|s| varies(s, keys, roles)) {
            return refusal(symbol);
        }
    }
    Ok(())
}

/// Whether a symbol of the variance of some effects is another number for each group: it has an index that is not just
/// that of its effect, `τ_j` of u_j, or says one in its label, `σ_{g_i}`, `σ_{\text{sex}(ij)}`, `σ^{(j)}`.
fn varies(symbol: &Symbol, effects: &[Key], roles: &Roles) -> bool {
    if symbol.indices.is_empty() {
        return said_in_label(symbol, roles);
    }
    let own = |k: &Key| k.indices == symbol.key().indices && roles.roles.get(k) == Some(&Role::Random);
    !effects.iter().any(own) && !names_effect(symbol, roles)
}

/// `σ_{u(j)}`: the brackets say which effect, not which group.
fn names_effect(symbol: &Symbol, roles: &Roles) -> bool {
    matches!(&symbol.indices[..], [index] if !index.of.is_empty() && is_name(&index.letter, roles))
}

/// Whether a label ends in indices: `g_i`, `sex_ij`, `[i]`; but `u_j` and `ε_ij` say whose variance it is.
fn said_in_label(symbol: &Symbol, roles: &Roles) -> bool {
    let indices =
        |text: &str| !text.is_empty() && text.chars().all(|c| roles.observation.contains(c.encode_utf8(&mut [0; 4])));
    let below = symbol.name.tag.rsplit_once('_').is_some_and(|(of, letters)| indices(letters) && !is_name(of, roles));
    let bracketed = |text: &str, open: char, close: char| {
        let inside = text.split_once(open).and_then(|(of, rest)| Some((of, rest.split_once(close)?.0)));
        inside.is_some_and(|(of, letters)| indices(letters) && !is_name(of, roles))
    };
    below || [&symbol.name.tag, &symbol.name.mark].iter().any(|t| bracketed(t, '[', ']') || bracketed(t, '(', ')'))
}

/// Whether a label names an effect, the residual, a coefficient or the response.
fn is_name(label: &str, roles: &Roles) -> bool {
    let bare = label.trim_end_matches(|c: char| c.is_ascii_digit());
    let response = &roles.response.symbol.name.base;
    let named = |(key, role): (&Key, &Role)| {
        key.name.base == bare && matches!(role, Role::Random | Role::Residual | Role::Coefficient)
    };
    !bare.is_empty() && (bare == response || roles.roles.iter().any(named))
}

fn refusal(symbol: &Symbol) -> Result<()> {
    Diagnostic::error(Code::OutOfScope, format!("the variance {symbol} changes from group to group"))
        .at(symbol.span, "a variance with an index")
        .help("models with unequal variances (heteroscedastic, location-scale) are not linear mixed models of lme4; drop the index if the variance is the same everywhere")
        .into()
}

fn residual_refusal(what: &str, span: Span) -> Result<()> {
    Diagnostic::error(Code::OutOfScope, format!("{what}: lme4 takes residuals as independent, with one variance"))
        .at(span, "here")
        .help("nlme::lme or glmmTMB fit such models")
        .into()
}
