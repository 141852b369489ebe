//! Variances that are not one number: refused, since lme4 fits none of them.

use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::syntax::{Accent, Expr, Key, Kind, Role, Roles, Symbol};

/// A variance that carries an index, or depends on a group or a covariate, is another model.
///
/// # Errors
/// `OutOfScope` with the place of the variance.
pub(super) fn constant(roles: &Roles, notes: &mut Notes) -> Result<()> {
    for law in &roles.laws {
        if let ([effect], [[Some(value)]]) =
            (&law.keys[..], &law.covariance.rows.iter().map(Vec::as_slice).collect::<Vec<_>>()[..])
            && let Some(matrix) = between_groups(effect, value, roles)
        {
            return Diagnostic::error(Code::OutOfScope, format!("{effect} covaries by the matrix {}", matrix.name.base))
                .at(matrix.span, "not a multiple of the identity")
                .help("lme4 takes the effects of different groups as independent; packages for kinship or phylogeny fit such models")
                .into();
        }
        for cell in law.covariance.rows.iter().flatten().flatten() {
            if let Some(symbol) = cell.symbols().into_iter().find(|s| varies(s, &law.keys, roles)) {
                return refusal(symbol);
            }
        }
    }
    let residual = roles.roles.iter().find(|(_, role)| **role == Role::Residual).map(|(key, _)| key);
    for (keys, value) in &roles.moments {
        let of_response = |k: &Key| roles.response.symbol.name == k.name;
        let residuals = |k: &Key| residual.is_some_and(|r| r.name == k.name);
        let two = keys.len() == 2 && keys[0].indices != keys[1].indices && !value.is_zero();
        let of_rows = keys.iter().any(|k| residuals(k) || of_response(k));
        let indexed = symbols(value).into_iter().any(|s| !s.indices.is_empty() && !names_effect(s, roles));
        // Cov(y_ij, y_kj) = τ²: what the model says already, unless it falls with a distance or changes with a group.
        if keys.iter().any(of_response) && (!indexed && !is_distance(value) || is_of_law(value, roles)) {
            let message = "a variance or covariance of the response follows from the model: passed over";
            notes.push(Diagnostic::note(Code::Skipped, message).at(value.span, ""));
            continue;
        }
        if of_rows && two {
            return residual_refusal("the residuals covary", value.span);
        }
        if keys.len() == 2 && is_distance(value) {
            return residual_refusal("effects or residuals covary by their distance", value.span);
        }
        if of_rows && indexed {
            return residual_refusal("the residual variance changes", value.span);
        }
        if let Some(symbol) = symbols(value).into_iter().find(|s| varies(s, keys, roles)) {
            return refusal(symbol);
        }
    }
    Ok(())
}

/// The matrix by which the effects of different groups covary, `g_i \sim N(0, \sigma_g^2 K)`: a capital letter that
/// multiplies the variance of one effect and is no identity. That of several effects of a group is their covariance.
fn between_groups<'e>(effect: &Key, variance: &'e Expr, roles: &Roles) -> Option<&'e Symbol> {
    let Kind::Product(factors) = &variance.kind else { return None };
    let is_scale = |f: &Expr| f.symbols().iter().any(|s| matches!(s.name.base.as_str(), "σ" | "τ"));
    let is_matrix = |s: &&Symbol| {
        let letter = s.name.base.len() == 1 && s.name.base.starts_with(|c: char| c.is_ascii_uppercase());
        letter && !matches!(s.name.base.as_str(), "I" | "N") && s.indices.is_empty() && s.name.tag.is_empty()
    };
    let is_effect = |(key, role): (&Key, &Role)| {
        matches!(role, Role::Random | Role::Residual)
            && key.name.base == effect.name.base
            && key.name.tag == effect.name.tag
    };
    let of_one = effect.indices.is_empty() || !effect.name.accents.contains(&Accent::Bold);
    let matrix = factors.iter().filter_map(Expr::symbol).find(is_matrix)?;
    (of_one && factors.iter().any(is_scale) && roles.roles.iter().any(is_effect)).then_some(matrix)
}

/// Whether a variance is that of the law of a generalised response with one parameter: `μ_ij` of a Poisson law, `p (1 - p)`
/// of a binomial one.
fn is_of_law(variance: &Expr, roles: &Roles) -> bool {
    let is_mean = |s: &&Symbol| roles.role(s) == Some(Role::Coefficient) && roles.is_full(&s.key());
    match roles.response.family.as_str() {
        "poisson" => variance.symbol().as_ref().is_some_and(is_mean),
        "binomial" => variance.symbols().iter().all(is_mean),
        _ => false,
    }
}

/// Notes the random effects whose variance is a number: it may be a prior, by which nothing is learnt of the others.
pub(super) fn of_numbers(roles: &Roles, notes: &mut Notes) {
    for law in roles.laws.iter().filter(|law| law.keys.iter().any(|k| roles.roles.get(k) == Some(&Role::Random))) {
        let cells: Vec<&Expr> = law.covariance.rows.iter().flatten().flatten().collect();
        if let ([key], [value]) = (&law.keys[..], &cells[..])
            && value.symbols().is_empty()
            && !value.is_zero()
        {
            let message = format!("the variance of {key} is a number: taken as one to be estimated");
            notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(law.span, "").help(
                "if this is a prior and no variance is to be estimated, the groups have fixed effects: `factor(group)` in a formula",
            ));
        }
    }
}

/// The symbols of a value, but for those that it is a variance of: `Var(u_j) + Var(e_ij)`.
fn symbols(value: &Expr) -> Vec<&Symbol> {
    match &value.kind {
        Kind::Call(name, _) if ["Var", "Cov", "Cor"].contains(&name.as_str()) => vec![],
        Kind::Symbol(symbol) => vec![symbol],
        _ => value.children().into_iter().flat_map(symbols).collect(),
    }
}

/// `ρ^{|t - s|}`: what stands above is no number; or `exp(-d)`.
fn is_distance(value: &Expr) -> bool {
    match &value.kind {
        Kind::Call(name, _) if name == "exp" => true,
        Kind::Power(_, power) if !power.symbols().is_empty() => true,
        Kind::Symbol(symbol) => !symbol.name.mark.is_empty(),
        _ => value.children().into_iter().any(is_distance),
    }
}

/// Whether a symbol of the variance of some effects is another number for each group: it has an index that is not just
/// that of its effect, `τ_j` of u_j, or says one in its label, `σ_{g_i}`, `σ_{\text{sex}(ij)}`, `σ^{(j)}`.
fn varies(symbol: &Symbol, effects: &[Key], roles: &Roles) -> bool {
    // σ² I_{n_j}: the index of an identity matrix says how large it is.
    if symbol.name.base == "I" {
        return false;
    }
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
