//! What a name looks like, where its place alone does not tell.

use crate::syntax::{Accent, Name, Symbol};

/// Letters that, alone and undeclared, name a coefficient with a mean rather than a deviation. Only this one choice is
/// left to letters (design: letters break ties).
pub(super) const MEAN_LETTERS: &[&str] = &["α", "β", "γ", "π", "μ", "a", "b", "intercept"];

/// Letters of random effects by custom; as data they are worth a note.
pub const EFFECT_LETTERS: &[&str] = &["u", "U", "v", "ζ", "ξ", "ν", "r"];

/// Letters of residuals by custom; as a factor of a product one may have lost its sign.
pub const RESIDUAL_LETTERS: &[&str] = &["e", "ε", "ϵ", "r"];

/// What words for a residual start with, and what stands in them, in several languages: `eps`, `errore`, `RandomError`.
const RESIDUAL_STARTS: [&str; 2] = ["eps", "err"];
const RESIDUAL_WORDS: [&str; 4] = ["error", "resid", "noise", "fehler"];

/// Whether a name is one of residuals by custom: a letter or a word.
pub fn names_residual(name: &Name) -> bool {
    let base = name.base.to_lowercase();
    RESIDUAL_LETTERS.contains(&name.base.as_str())
        || RESIDUAL_STARTS.iter().any(|start| base.starts_with(start))
        || RESIDUAL_WORDS.iter().any(|word| base.contains(word))
}

/// Whether a symbol without index looks like a parameter: a Greek letter, or a letter with a number.
pub(super) fn is_parameter_like(name: &Name) -> bool {
    let greek = name.base.chars().all(|c| matches!(c, 'α'..='ω' | 'Α'..='Ω' | 'ϵ' | 'ϕ' | 'ϑ' | 'ϱ' | 'ϖ'));
    let numbered = || format!("{}{}", name.base, name.tag).chars().nth(1).is_some_and(|c| c.is_ascii_digit());
    greek || (!is_word(name) && !is_of_data(name) && numbered())
}

/// A letter of variables by custom: `x1` is no parameter where `b1` is one.
fn is_of_data(name: &Name) -> bool {
    name.base.starts_with(['x', 'X', 'z', 'Z']) && !is_word(name)
}

/// `x_1` beside `\beta_1`: a Latin letter that names no effect or coefficient, and a Greek one; a letter of data beside
/// one of another kind, `x1` of `b1*x1`; or a Greek letter by itself beside a coefficient with a number or of its name,
/// `\beta_\gamma \gamma`.
pub(super) fn is_beside(name: &Name, parameter: &Name) -> bool {
    let base = name.base.as_str();
    if name.greek().is_some() && name.tag.is_empty() && name.base != parameter.base {
        return parameter.is_numbered() || parameter.tag == name.base;
    }
    let effect = EFFECT_LETTERS.contains(&base) || RESIDUAL_LETTERS.contains(&base) || MEAN_LETTERS.contains(&base);
    let other = !parameter.base.is_ascii() || is_of_data(name);
    base.is_ascii() && !effect && other && is_parameter_like(parameter)
}

/// Bold, or transposed: `\mathbf{X}`, `\gamma'`. Primes that only tell symbols from others transpose nothing.
pub(super) fn is_vector(name: &Name, primes_transpose: bool) -> bool {
    let transposed = (primes_transpose && name.accents.contains(&Accent::Prime)) || name.mark == "T";
    name.accents.contains(&Accent::Bold) || name.mark == "⊤" || (transposed && is_parameter_like(name))
}

/// `x_{ij}' β`: data with a prime before a parameter without number. A prime says of a letter of any script that it is a
/// vector, `x_it'b`.
pub(super) fn is_row_vector(symbol: &Symbol, all: &[&Symbol], primes_transpose: bool) -> bool {
    let primed = (primes_transpose && symbol.name.accents.contains(&Accent::Prime)) || symbol.name.mark == "T";
    let bare = |s: &&Symbol| {
        !s.same(symbol)
            && s.indices.is_empty()
            && s.name.tag.is_empty()
            && (is_parameter_like(&s.name) || s.name.base.chars().count() == 1)
    };
    primed && all.len() == 2 && all.iter().any(bare)
}

/// `X_{ij} β`, `X β`: data of a capital letter before a parameter without number, which may be a row of a matrix.
pub(super) fn may_be_row(symbol: &Symbol, all: &[&Symbol]) -> bool {
    let bare = |s: &&Symbol| s.indices.is_empty() && s.name.tag.is_empty() && is_parameter_like(&s.name);
    let capital = matches!(symbol.name.base.as_str(), "X" | "Z" | "W") && symbol.name.tag.is_empty();
    let leads = all.first().is_some_and(|first| first.same(symbol));
    all.len() == 2 && capital && leads && all.iter().any(bare)
}

/// `Σ_k β_k x_ik`, `Σ β_k x_ik`; by its word, which may also be the name of a column, before two factors or with its range:
/// `sum_k b_k x_ik`, `sum_{k=1}^p b_k`.
pub(super) fn is_sum(symbol: &Symbol, all: &[&Symbol]) -> bool {
    let leads = || all.first().is_some_and(|first| first.same(symbol));
    match symbol.name.base.as_str() {
        "Σ" | "∑" => !symbol.indices.is_empty() || all.len() > 2,
        "sum" | "Sum" | "prod" => leads() && (all.len() > 2 || symbol.name.tag.contains('=')),
        _ => false,
    }
}

/// `(αβ)_{jk}`.
pub fn is_effects_notation(name: &Name) -> bool {
    name.base.chars().count() > 1 && name.base.chars().all(|c| matches!(c, 'α'..='ω'))
}

/// More than a letter, and more than a letter with a number (`b1`).
pub(super) fn is_word(name: &Name) -> bool {
    let mut chars = name.base.chars();
    chars.next();
    name.base.chars().count() > 1 && !chars.all(|c| c.is_ascii_digit())
}
