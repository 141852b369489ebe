//! Effects of which neither a law nor the text says whether they are fixed or random.

use super::super::names::{EFFECT_LETTERS, is_effects_notation, is_parameter_like, is_word};
use super::super::{Monomial, Role};
use super::Assigner;
use crate::error::{Code, Diagnostic, Result};
use crate::syntax::Symbol;

impl Assigner<'_> {
    /// Two effects of crossed indices, `\mu + \alpha_i + b_j`: where one of them is random by its law, the other without a
    /// law may well be fixed; where none has one, Greek letters and words may be the factors of an analysis of variance. Such
    /// an effect is asked for, not guessed; but where the text has the laws of another and of the residual, it has those of
    /// all that is random, and by custom Greek letters are fixed effects beside Latin ones of random effects (Searle,
    /// Casella and McCulloch 1992, section 1.4). Why an effect is fixed; nothing where it may be random.
    pub(super) fn ask(&self, unknown: &Symbol, model: &[Monomial<'_>]) -> Result<Option<&'static str>> {
        let key = unknown.key();
        let numbered = key.name.tag.chars().any(|c| c.is_ascii_digit());
        // Brackets are of Gelman and Hill, whose coefficients with a group's index are random.
        let bracketed = unknown.indices.iter().any(|i| !i.of.is_empty());
        if numbered || bracketed || self.draft.random.contains(&key) {
            return Ok(None);
        }
        let alone: Vec<&Symbol> = model.iter().filter(|m| m.factors.len() == 1).flat_map(Monomial::symbols).collect();
        // `u_patient_i` is of the letter u; but the factors of an analysis of variance, `u_i + v_j + (uv)_ij`, may be fixed.
        let letter = key.name.base.split('_').next().unwrap_or_default();
        let product = alone.iter().copied().find(|s| self.is_interaction(s, unknown, &alone));
        if EFFECT_LETTERS.contains(&letter) && product.is_none() {
            return Ok(None);
        }
        let mine = self.draft.closure.of(&key.indices);
        let crossed = |s: &&Symbol| {
            let all = self.draft.closure.of(&s.key().indices);
            !mine.is_subset(&all) && !all.is_subset(&mine)
        };
        let open = is_parameter_like(&key.name) || is_word(&key.name) || product.is_some();
        let others: Vec<&Symbol> = (alone.iter().copied().filter(crossed))
            .filter(|s| {
                let stated = self.declared.contains(&s.key()) || self.defined.contains(&s.key());
                let varies = !s.indices.is_empty() && !self.is_full(&s.key());
                varies && (stated || open && self.roles.get(&s.key()) != Some(&Role::Fixed))
            })
            .collect();
        let Some(other) = others.first() else { return Ok(None) };
        if self.is_lawful(&alone) && (!is_word(&key.name) || is_effects_notation(&key.name)) {
            return Ok(Some("has no distribution, as what is random has"));
        }
        let is_mean = |s: &&Symbol| s.indices.is_empty() && is_greek(s);
        let nested =
            alone.iter().any(|s| !s.indices.is_empty() && !s.same(unknown) && !self.is_full(&s.key()) && !crossed(s));
        if alone.iter().any(is_mean) && !nested && (is_greek(unknown) || is_latin(unknown)) {
            if is_greek(unknown) && others.iter().all(|s| is_latin(s)) {
                return Ok(Some("is a Greek letter beside a Latin one, as those of fixed effects are by custom"));
            }
            if is_latin(unknown) && others.iter().all(|s| is_greek(s)) {
                return Ok(None);
            }
        }
        let indices = key.indices.iter().cloned().collect::<String>();
        Diagnostic::error(
            Code::AmbiguousRole,
            format!("nothing says whether {unknown} is random or a fixed effect for each value of {indices}"),
        )
        .at(unknown.span, format!("beside {other}, of another index"))
        .help(format!("if it is random, write its law, `{unknown} ~ N(0, τ²)`; if not, say that `{unknown}` is fixed"))
        .into()
    }

    /// Whether the text has a law of one of some effects and that of the residual, so that it has those of all that is random.
    pub(super) fn is_lawful(&self, alone: &[&Symbol]) -> bool {
        let is_declared = |s: &Symbol| self.declared.contains(&s.key());
        let by_equation = |s: &Symbol| {
            let mut own = self.draft.definitions.iter().filter(|d| d.symbol.same(s));
            own.any(|d| d.right.symbols().into_iter().any(is_declared))
        };
        let has_law = |s: &&Symbol| (is_declared(s) || by_equation(s)) && !self.is_full(&s.key());
        let of_residual = || self.declared.iter().chain(&self.draft.implied).any(|key| self.is_full(key));
        (self.draft.response.family != "gaussian" || of_residual()) && !self.draft.strays && alone.iter().any(has_law)
    }

    /// `(αβ)_{jk}` whose role nothing tells: no word, no law of its own, and none of what else is random.
    pub(super) fn is_unnamed_interaction(&self, symbol: &Symbol, model: &[&Monomial<'_>]) -> bool {
        let key = symbol.key();
        let said = self.draft.fixed.contains(&key) || self.draft.random.contains(&key);
        let alone = || model.iter().filter(|m| m.factors.len() == 1).flat_map(|m| m.symbols()).collect::<Vec<_>>();
        is_effects_notation(&symbol.name) && !self.declared.contains(&key) && !said && !self.is_lawful(&alone())
    }

    /// Asks for an index that stands behind an effect, `δ_i × j`: its own, or a covariate of that name. That of time is
    /// one, `η_1i t`.
    pub(super) fn ask_index(&self, symbols: &[&Symbol]) -> Result<()> {
        let [effect, index] = symbols else { return Ok(()) };
        let is_index =
            index.indices.is_empty() && index.name.base != "t" && self.observation.contains(&index.name.base);
        if effect.indices.is_empty() || !is_index {
            return Ok(());
        }
        Diagnostic::error(Code::AmbiguousRole, format!("the index {index} stands as a factor behind {effect}"))
            .at(index.span, "an index of the effect, or a covariate?")
            .help(format!("write all indices of {effect} below it, or give the covariate another name"))
            .into()
    }

    /// Whether a symbol that neither a law nor the text says to be random is the interaction of another with one that is
    /// like it: `(ab)_ij` beside `a_i` and `b_j`.
    fn is_interaction(&self, product: &Symbol, factor: &Symbol, alone: &[&Symbol]) -> bool {
        let rest =
            [product.name.base.strip_prefix(&factor.name.base), product.name.base.strip_suffix(&factor.name.base)];
        if product.same(factor) || rest == [None, None] {
            return false;
        }
        let (key, of) = (product.key(), factor.key());
        let told = |key: &crate::syntax::Key| self.declared.contains(key) || self.draft.random.contains(key);
        let is_rest = |s: &&&Symbol| {
            let other = s.key();
            rest.contains(&Some(other.name.base.as_str()))
                && other.indices.union(&of.indices).eq(&key.indices)
                && other != of
                && !told(&other)
        };
        !told(&key) && of.indices.is_subset(&key.indices) && alone.iter().any(|s| is_rest(&s))
    }
}

/// Whether a symbol is one Greek letter with its indices.
fn is_greek(symbol: &Symbol) -> bool {
    symbol.name.tag.is_empty() && !symbol.name.base.is_ascii() && symbol.name.base.chars().count() == 1
}

/// Whether a symbol is one Latin letter with its indices.
fn is_latin(symbol: &Symbol) -> bool {
    symbol.name.tag.is_empty() && symbol.name.base.is_ascii() && symbol.name.base.len() == 1
}
