//! Rows of prose that have a relation and are no equations.

use super::habits::worded;
use super::source::document::Kind as Place;
use super::source::scan;
use crate::syntax::{Expr, Kind, RESIDUAL_LETTERS, Symbol, is_location_scale};

/// The symbol of a left side with words before it, as a sentence has it: `hence v_i`. None of a sum, `the one-way v_i`.
pub(super) fn behind_words(left: &Expr) -> Option<Vec<Symbol>> {
    let factors = match &left.kind {
        Kind::Product(factors) => factors,
        Kind::Sum(_) => return Some(vec![]),
        _ => return None,
    };
    let is_word = |s: &Symbol| s.indices.is_empty() && s.name.tag.is_empty() && s.name.base.chars().count() > 1;
    let (last, words) = factors.split_last()?;
    let is_said = words.iter().all(|word| word.symbol().is_some_and(is_word));
    is_said.then(|| last.symbol().cloned().map(|symbol| vec![symbol]))?
}

/// Whether a row says a law of a parameter, a variance or a correlation: a prior, however it is spelled. `before` is the entry before it.
pub(super) fn is_law_of_scale(before: &str, row: &str) -> bool {
    const SCALES: [&str; 16] = [
        "\\sigma", "\\tau", "\\rho", "\\lambda", "\\phi", "\\nu", "\\omega", "\\Omega", "\\Sigma", "\\psi", "σ", "τ",
        "ρ", "λ", "Ω", "Σ",
    ];
    const NAMES: [&str; 7] = ["sigma", "tau", "rho", "omega", "σ", "τ", "ρ"];
    let whole = if row.trim_start().starts_with('\\') { format!("{before}{row}") } else { row.to_owned() };
    if is_precision(row) || is_precision(&whole) {
        return true;
    }
    let plain = row.split_once('~').filter(|_| !row.contains('\\'));
    // γ_* stands for every γ with a label.
    let is_scale = |left: &str| NAMES.iter().any(|name| left.starts_with(name)) || left.ends_with("_*");
    if plain.is_some_and(|(left, _)| is_scale(left.trim())) {
        return true;
    }
    let Some((left, _)) = ["\\sim", "∼"].iter().find_map(|sign| row.split_once(sign)) else { return false };
    let left = if left.trim().is_empty() { before } else { left };
    let left = left.trim_start_matches(|c: char| c.is_whitespace() || c == '&');
    // A parameter has a number below, if anything.
    let name = left.strip_prefix('\\').unwrap_or_default().trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let number = name.trim().trim_matches(['_', '{', '}', ' ', '&']);
    let is_parameter =
        left.starts_with('\\') && name.len() < left.len() - 1 && number.chars().all(|c| c.is_ascii_digit());
    !left.contains('=') && (is_parameter || SCALES.iter().any(|scale| left.starts_with(scale)))
}

/// Whether a row says the law of a precision or of the logarithm of a scale: `\tau = 1/\sigma^2 \sim Ga(a, b)`,
/// `\log(\tau) \sim …`.
pub(super) fn is_precision(row: &str) -> bool {
    let Some((left, _)) = ["\\sim", "∼", "~"].iter().find_map(|sign| row.split_once(sign)) else { return false };
    let left = left.replace([' ', '&', '{', '}'], "");
    let of_scale = |of: &str| ["\\sigma", "\\tau", "σ", "τ", "sigma", "tau"].iter().any(|scale| of.starts_with(scale));
    let logarithm = ["log(", "\\log(", "\\ln(", "ln("].iter().find_map(|log| left.strip_prefix(log));
    let inverse = left.strip_prefix("1/").or_else(|| left.split_once("=1/").map(|(_, of)| of));
    logarithm.or(inverse).is_some_and(of_scale)
}

/// Whether a symbol is a parameter, `β_0`, which a line in words may explain.
fn is_glossed(left: &Expr) -> bool {
    left.symbol().is_some_and(|s| s.indices.is_empty() && s.name.base.chars().count() == 1 && !s.name.tag.is_empty())
}

/// Whether words say something, with a part of it in brackets: `intercept (log-odds of a word)`.
fn is_said(right: &Expr) -> bool {
    let is_word = |s: &&Symbol| s.indices.is_empty() && s.name.tag.is_empty() && s.name.base.is_ascii();
    let symbols = right.symbols();
    let long = |s: &&&Symbol| s.name.base.len() > 2;
    matches!(&right.kind, Kind::Product(parts) if parts.iter().any(|part| matches!(part.kind, Kind::Sum(_))))
        && symbols.iter().all(is_word)
        && symbols.iter().filter(long).count() > 2
}

/// Whether a sum has a residual and an effect of a group that a word names: a model without an index.
fn has_effect_and_residual(right: &Expr) -> bool {
    let residual = |s: &Symbol| RESIDUAL_LETTERS.contains(&s.name.base.as_str()) && s.name.tag.is_empty();
    right.summands().iter().any(|part| part.symbol().is_some_and(residual))
        && right.summands().into_iter().any(|part| worded::effect(part).is_some())
}

/// `(PO)_ij = Interaction`: one word for a symbol with indices.
fn names_effect(left: &Expr, right: &Expr) -> bool {
    let is_word = |s: &Symbol| s.indices.is_empty() && s.name.tag.is_empty() && s.name.base.len() > 4;
    let capital = |s: &&Symbol| s.name.base.starts_with(|c: char| c.is_ascii_uppercase());
    left.symbol().is_some_and(|s| !s.indices.is_empty()) && right.symbol().filter(capital).is_some_and(is_word)
}

/// Whether words stand beside one that only a sentence has: `delta_LAeq for observation i in park j`.
fn is_phrase(right: &Expr) -> bool {
    const OF_SENTENCES: [&str; 10] = ["for", "of", "the", "with", "from", "per", "in", "by", "on", "at"];
    let Kind::Product(parts) = &right.kind else { return false };
    let words = || parts.iter().filter_map(Expr::symbol).filter(|s| s.name.tag.is_empty());
    let plain = |s: &&Symbol| s.name.base.len() > 3 && s.name.base.bytes().all(|b| b.is_ascii_lowercase());
    words().any(|s| s.indices.is_empty() && OF_SENTENCES.contains(&s.name.base.as_str())) && words().any(|s| plain(&s))
}

/// Whether both are of one name and differ in their indices.
fn is_other_value(left: &Expr, right: &Expr) -> bool {
    matches!((left.symbol(), right.symbol()), (Some(l), Some(r)) if l.name == r.name && l.indices.len() == r.indices.len() && l != r)
}

/// Whether a symbol is said to be its own index.
fn is_own_index(left: &Expr, right: &Expr) -> bool {
    matches!((left.symbol(), right.symbol()), (Some(l), Some(r)) if r.indices.is_empty() && l.indices.iter().any(|index| index.letter == r.name.base))
}

/// Equations that define nothing: a value mentioned in prose, an expectation, a glossary entry.
pub(super) fn is_prose(place: Place, left: &Expr, rights: &[Expr]) -> bool {
    let number = |e: &Expr| match &e.kind {
        Kind::Negative(inner) => matches!(inner.kind, Kind::Number(_)),
        kind => matches!(kind, Kind::Number(_)),
    };
    // `mu = mu`
    if left.symbol().is_some() && rights.iter().all(|right| right == left) {
        return true;
    }
    if matches!(&left.kind, Kind::Call(name, _) if name == "E" || name == "Cov" || name == "Var" || name == "Cor")
        && (rights.iter().all(number) || rights.iter().all(|r| r.symbol().is_some()))
    {
        return true;
    }
    let word = |e: &Expr| e.symbol().is_some_and(|s| s.indices.is_empty() && s.name.tag.is_empty());
    let bare = |e: &Expr| e.symbols().iter().all(|s| s.indices.is_empty());
    // `\mu_{\alpha_j} = \gamma_0 + \gamma_1 z_j`: what has data on its right may be a mean.
    let is_mean =
        || left.symbol().is_some_and(|s| s.name.base == "μ" && !s.name.tag.is_empty()) && !rights.iter().all(bare);
    let value = || rights.iter().any(number) || bare(left) && !is_mean();
    match place {
        // `t_ij = t_kj` is said of a design, `-γ_0j = c_j` of another parametrisation.
        Place::Inline if matches!(left.kind, Kind::Negative(_)) => true,
        Place::Inline if rights.iter().all(|right| is_other_value(left, right)) => true,
        // `t_j = j`
        Place::Inline if rights.iter().all(|right| is_own_index(left, right)) => true,
        Place::Inline => value() && !rights.iter().any(has_effect_and_residual) && !is_location_scale(left, rights),
        // "y_ij = outcome of student i", "we assume that alpha = 0.05": words in a row, without any operator.
        Place::Lines | Place::Aside => {
            let sentence = |e: &Expr, least| matches!(&e.kind, Kind::Product(parts) if parts.len() > least && parts.iter().all(word));
            // "tau_0^2, tau_1^2 = variance of random effects - hyperparameters"
            let plain = |part: &&Expr| match &part.kind {
                Kind::Negative(inner) => word(inner) || sentence(inner, 1),
                _ => word(part) || sentence(part, 1),
            };
            let said = |part: &&Expr| match &part.kind {
                Kind::Negative(inner) => sentence(inner, 2),
                _ => sentence(part, 2),
            };
            let of_words = |e: &Expr| e.summands().iter().all(plain) && e.summands().iter().any(said);
            (place == Place::Aside && value())
                || rights.iter().all(|right| names_effect(left, right) || is_phrase(right))
                || rights.iter().all(of_words)
                || rights.iter().all(|right| sentence(right, 2))
                || is_glossed(left) && rights.iter().all(|right| is_said(right) || sentence(right, 1))
                || (sentence(left, 1)
                    && rights.iter().all(|right| right.symbols().iter().all(|s| s.indices.is_empty())))
        }
        Place::Display => false,
    }
}

/// Whether a row says something beside the model: a mean of data, a density of parameters, an expected mean square.
pub(super) fn is_beside_model(row: &str) -> bool {
    scan::is_mean_of_data(row) || is_mean_square(row) || is_density(row) || is_drawn_scale(row)
}

/// Whether a row says that the logarithm of a scale has a law, `\sigma^a = \exp(\mathcal{N}(0, 2))`.
fn is_drawn_scale(row: &str) -> bool {
    let plain: String = row.chars().filter(|c| !(c.is_whitespace() || "\\&{}".contains(*c))).collect();
    let right =
        plain.split_once("=exp(").filter(|(left, _)| ["sigma", "tau", "σ", "τ"].iter().any(|s| left.starts_with(s)));
    right.is_some_and(|(_, of)| ["N(", "mathcalN(", "Normal(", "normal("].iter().any(|law| of.starts_with(law)))
}

/// Whether a row says a density of parameters, `p(\beta_0, \beta_1) = 1` or `p(\tau) \propto 1`.
fn is_density(row: &str) -> bool {
    let inside = row.trim_start().strip_prefix("p(").and_then(|rest| rest.split_once(')'));
    let is_parameter = |part: &str| {
        let letter = part.trim_start();
        let indexed = letter.split_once('_').is_some_and(|(_, below)| below.contains(['i', 'j']));
        letter.starts_with(['\\', 'α', 'β', 'γ', 'μ', 'σ', 'τ', 'θ']) && !letter.contains('|') && !indexed
    };
    inside.is_some_and(|(of, _)| of.split(',').all(is_parameter))
}

/// Whether a row says the expectation of a mean square of an analysis of variance: `E[MSR] = σ² + k τ²`.
fn is_mean_square(row: &str) -> bool {
    row.starts_with("E[MS") || row.starts_with("E(MS")
}
