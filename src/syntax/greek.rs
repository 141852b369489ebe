//! Greek letters and their names.

use std::collections::BTreeSet;

/// Greek letters, and `ℓ`, with their LaTeX commands. `ϵ` and `ε`, `ϕ` and `φ` are different letters.
#[rustfmt::skip]
const LETTERS: &[(&str, &str)] = &[
    ("α", r"\alpha"), ("β", r"\beta"), ("γ", r"\gamma"), ("δ", r"\delta"), ("ϵ", r"\epsilon"), ("ε", r"\varepsilon"),
    ("ζ", r"\zeta"), ("η", r"\eta"), ("θ", r"\theta"), ("ϑ", r"\vartheta"), ("ι", r"\iota"), ("κ", r"\kappa"),
    ("λ", r"\lambda"), ("μ", r"\mu"), ("ν", r"\nu"), ("ξ", r"\xi"), ("π", r"\pi"), ("ϖ", r"\varpi"),
    ("ρ", r"\rho"), ("ϱ", r"\varrho"), ("σ", r"\sigma"), ("ς", r"\varsigma"), ("τ", r"\tau"), ("υ", r"\upsilon"),
    ("ϕ", r"\phi"), ("φ", r"\varphi"), ("χ", r"\chi"), ("ψ", r"\psi"), ("ω", r"\omega"), ("Γ", r"\Gamma"),
    ("Δ", r"\Delta"), ("Θ", r"\Theta"), ("Λ", r"\Lambda"), ("Ξ", r"\Xi"), ("Π", r"\Pi"), ("Σ", r"\Sigma"),
    ("Υ", r"\Upsilon"), ("Φ", r"\Phi"), ("Ψ", r"\Psi"), ("Ω", r"\Omega"), ("ℓ", r"\ell"),
];

/// The LaTeX command of a letter: `\gamma`.
pub fn command(letter: char) -> Option<&'static str> {
    LETTERS.iter().find(|(known, _)| known.starts_with(letter)).map(|(_, command)| *command)
}

/// The name of a letter: `gamma`.
///
/// ```
/// use mlnote::syntax::greek;
/// assert_eq!((greek::name('γ'), greek::letter("gamma")), (Some("gamma"), Some("γ")));
/// ```
pub fn name(letter: char) -> Option<&'static str> {
    command(letter).map(|command| &command[1..])
}

/// The letter of a name.
pub fn letter(name: &str) -> Option<&'static str> {
    LETTERS.iter().find(|(_, command)| &command[1..] == name).map(|(letter, _)| *letter)
}

/// The small letter that a name with a capital says where a number follows: `Beta0` is β_0, where `Beta` alone, which has
/// no capital letter of its own, is a column.
pub fn numbered(name: &str, number: &str) -> Option<&'static str> {
    const CAPITALS: [(&str, &str); 5] = [("Alpha", "α"), ("Beta", "β"), ("Epsilon", "ϵ"), ("Zeta", "ζ"), ("Tau", "τ")];
    let known = CAPITALS.iter().find(|(known, _)| *known == name);
    known.map(|(_, letter)| *letter).filter(|_| number.starts_with(|c: char| c.is_ascii_digit()))
}

/// The letters that a text writes as letters and never by their names.
///
/// ```
/// let found = mlnote::syntax::greek::written("θ_ij = b + α u + e, where \\alpha is known");
/// assert_eq!(found.into_iter().collect::<String>(), "θ");
/// ```
pub fn written(text: &str) -> BTreeSet<char> {
    let letters: BTreeSet<char> = text.chars().filter(|c| !c.is_ascii()).collect();
    let whole = |at: usize, name: &str| {
        !text[..at].ends_with(|c: char| c.is_ascii_alphabetic())
            && !text[at + name.len()..].starts_with(|c: char| c.is_ascii_alphabetic())
    };
    let is_named = |name: &str| text.match_indices(name).any(|(at, _)| whole(at, name));
    letters.into_iter().filter(|letter| name(*letter).is_some_and(|name| !is_named(name))).collect()
}

/// Every name.
pub fn names() -> impl Iterator<Item = &'static str> {
    LETTERS.iter().map(|(_, command)| &command[1..])
}
