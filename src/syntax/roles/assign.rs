//! Gives every symbol its role.

mod asked;
mod kin;
mod means;
mod once;
mod residual;

use super::monomials::Hint;
use super::names::{
    EFFECT_LETTERS, is_beside, is_effects_notation, is_parameter_like, is_row_vector, is_sum, is_vector, is_word,
    may_be_row,
};
use super::outside::{matrix_form, not_linear, unnamed_sum};
use super::response::Draft;
use super::{Factor, Monomial, Role, Roles, monomials, owners};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::syntax::{Accent, Expr, Key, Name, Symbol};
use std::collections::{BTreeMap, BTreeSet};

struct Assigner<'a> {
    draft: &'a Draft,
    owners: BTreeMap<Key, Symbol>,
    observation: BTreeSet<String>,
    defined: BTreeSet<Key>,
    declared: BTreeSet<Key>,
    roles: BTreeMap<Key, Role>,
}

pub(super) fn assign(mut draft: Draft, notes: &mut Notes) -> Result<Roles> {
    let equation = model_side(&draft);
    let (roles, owners, observation) = loop {
        let mut assigner = Assigner::new(&draft, &equation);
        let sides: Vec<&Expr> = std::iter::once(&equation).chain(draft.definitions.iter().map(|d| &d.right)).collect();
        let mut opened: Vec<Vec<Monomial<'_>>> = vec![];
        for side in &sides {
            opened.push(monomials(side, &|s| assigner.hint(s))?);
        }
        let said = notes.len();
        assigner.unindexed(&opened, notes)?;
        let bare = assigner.undeclared(&opened, notes)?;
        if !bare.is_empty() {
            // What was said of the others is said again.
            notes.truncate(said);
            draft.vary_around_means(bare, notes);
            continue;
        }
        assigner.groups_are_named(&opened)?;
        assigner.indices(&opened, notes)?;
        assigner.residual(&opened, notes)?;
        assigner.used_in_one_place(&opened)?;
        assigner.of_one_group(&opened[0])?;
        assigner.fixed_of_one_covariate(&opened)?;
        break (assigner.roles, assigner.owners, assigner.observation);
    };
    Ok(Roles {
        response: draft.response,
        equation,
        rights: draft.rights,
        definitions: draft.definitions,
        roles,
        laws: draft.laws,
        moments: draft.moments,
        implied: draft.implied,
        owners,
        closure: draft.closure,
        observation,
        covarying: None,
    })
}

/// The right side that is the model: the first that uses a coefficient with an equation; the last of a chain without.
fn model_side(draft: &Draft) -> Expr {
    let defined: BTreeSet<Key> = draft.definitions.iter().map(|d| d.symbol.key()).collect();
    let level_wise = draft.rights.iter().find(|r| r.symbols().iter().any(|s| defined.contains(&s.key())));
    level_wise.or(draft.rights.last()).cloned().unwrap_or_else(|| Expr::number(0))
}

impl<'a> Assigner<'a> {
    fn new(draft: &'a Draft, equation: &Expr) -> Self {
        let observation = draft.closure.of(&draft.response.symbol.key().indices);
        let defined: BTreeSet<Key> = draft.definitions.iter().map(|d| d.symbol.key()).collect();
        let declared: BTreeSet<Key> = draft.laws.iter().flat_map(|l| &l.keys).cloned().collect();
        Self {
            draft,
            owners: owners(equation, &draft.definitions, &draft.implied),
            observation,
            defined,
            declared,
            roles: BTreeMap::new(),
        }
    }

    fn hint(&self, symbol: &Symbol) -> Hint {
        let key = symbol.key();
        if self.defined.contains(&key) || self.declared.contains(&key) || self.draft.implied.contains(&key) {
            Hint::Declared
        } else if !key.indices.is_empty() || is_word(&key.name) {
            Hint::None
        } else if is_parameter_like(&key.name) {
            Hint::Parameter
        } else {
            Hint::Letter
        }
    }

    fn is_full(&self, key: &Key) -> bool {
        let all = self.draft.closure.of(&key.indices);
        all == self.observation
    }

    fn is_known_unknown(&self, key: &Key) -> bool {
        self.defined.contains(key)
            || self.declared.contains(key)
            || matches!(self.roles.get(key), Some(Role::Random | Role::Residual | Role::Coefficient))
    }

    /// Rules 1, 2, 4 and 5: coefficients, declared effects, fixed effects and what they multiply.
    fn unindexed(&mut self, opened: &[Vec<Monomial<'_>>], notes: &mut Notes) -> Result<()> {
        for key in &self.defined {
            self.roles.insert(key.clone(), Role::Coefficient);
        }
        for key in self.declared.iter().chain(&self.draft.implied) {
            let role = match (key.indices.is_empty(), self.is_full(key)) {
                (true, _) => Role::Fixed,
                (false, true) => Role::Residual,
                (false, false) => Role::Random,
            };
            self.roles.entry(key.clone()).or_insert(role);
        }
        let all: Vec<&Monomial<'_>> = opened.iter().flatten().collect();
        // A row vector stands before what it multiplies: where a primed symbol is a term by itself, primes are part of names.
        let primed = |s: &Symbol| s.name.accents.contains(&Accent::Prime);
        let primes_transpose = !all.iter().any(|m| m.factors.len() == 1 && m.symbols().any(primed));
        // One bold coefficient with a number is bold for emphasis.
        let bold = |s: &&Symbol| s.name.accents.contains(&Accent::Bold);
        let bolds: BTreeSet<Key> = all.iter().flat_map(|m| m.symbols()).filter(bold).map(Symbol::key).collect();
        let emphasised = bolds.len() == 1 && bolds.iter().all(|key| key.name.is_numbered());
        // Beside an intercept of its own, `X_ij β` is a covariate: a row of a matrix has the 1 of the intercept.
        let intercept = all.iter().any(|m| m.factors.len() == 1 && m.symbols().any(|s| s.indices.is_empty()));
        for monomial in &all {
            let symbols: Vec<&Symbol> = monomial.symbols().collect();
            if let Some(row) = symbols.iter().find(|s| intercept && !s.indices.is_empty() && may_be_row(s, &symbols)) {
                let message = format!("{row} before a coefficient without number is taken as one covariate");
                let note = Diagnostic::note(Code::AmbiguousRole, message).at(row.span, "or a row of a matrix?");
                notes.push(note.help("write each of several covariates with its coefficient"));
            }
            let is_sum = |s: &&&Symbol| is_sum(s, &symbols);
            if let Some(sum) = symbols.iter().find(is_sum) {
                return unnamed_sum(sum.span).into();
            }
            if let Some(symbol) = symbols.iter().find(|s| {
                is_vector(&s.name, primes_transpose) && !(emphasised && bold(s))
                    || is_row_vector(s, &symbols, primes_transpose)
                    || (!intercept || s.indices.is_empty()) && may_be_row(s, &symbols)
            }) {
                let message = format!("{symbol} is a vector or matrix");
                return matrix_form(message, symbol.span, "vector notation").into();
            }
            if let Some(symbol) = symbols.iter().find(|s| self.is_unnamed_interaction(s, &all)) {
                return Diagnostic::error(
                    Code::OutOfScope,
                    format!("{symbol} is the interaction of two effects that are not named"),
                )
                .at(symbol.span, "effects notation of analysis of variance")
                .help("say which effects are fixed, write the factors as covariates with coefficients, or write a formula: `y ~ a * b + (1 | g)`")
                .into();
            }
            let unknown = symbols.iter().find(|s| self.is_known_unknown(&s.key())).map(|s| (*s).clone());
            if unknown.is_none() {
                self.ask_index(&symbols)?;
            }
            let parameter = match &unknown {
                Some(_) => None,
                None => self.parameter(&symbols, monomial),
            };
            let number = monomial.factors.iter().any(|f| matches!(f, Factor::Number(_)));
            if let Some(parameter) = &parameter {
                self.set(parameter, Role::Fixed)?;
            }
            let mut taken = false;
            for symbol in symbols {
                let key = symbol.key();
                if self.is_known_unknown(&key) {
                    if (taken && unknown.as_ref().is_some_and(|u| !u.is(&key))) || parameter.is_some() {
                        return not_linear(symbol, unknown.as_ref().or(parameter.as_ref()).unwrap_or(symbol));
                    }
                    taken = true;
                } else if parameter.as_ref().is_some_and(|p| p.is(&key)) {
                } else if unknown.is_some() || parameter.is_some() || number {
                    let beside_greek = parameter.as_ref().is_some_and(|p| is_beside(&key.name, &p.name));
                    if key.indices.is_empty() && is_parameter_like(&key.name) && !beside_greek {
                        return not_linear(symbol, unknown.as_ref().or(parameter.as_ref()).unwrap_or(symbol));
                    }
                    // A loading: `\lambda_j \eta_i` is a product of two unknowns.
                    if let Some(effect) = unknown.as_ref().filter(|effect| self.is_loading(&key, &effect.key())) {
                        return not_linear(symbol, effect);
                    }
                    self.covariate(symbol, notes)?;
                }
            }
            self.data(monomial)?;
        }
        Ok(())
    }

    /// Whether a Greek letter of other groups than the effect that it multiplies is no covariate.
    fn is_loading(&self, key: &Key, effect: &Key) -> bool {
        !key.name.base.is_ascii()
            && is_parameter_like(&key.name)
            && !key.indices.is_empty()
            && !self.is_full(key)
            && key.indices.is_disjoint(&effect.indices)
            && !effect.indices.is_empty()
    }

    /// The fixed effect of a product without a known unknown: its symbol without index, if it has one.
    fn parameter(&self, symbols: &[&Symbol], monomial: &Monomial<'_>) -> Option<Symbol> {
        // The index of time is data itself, `η_1i t`.
        let is_time = |s: &Symbol| s.name == Name::new("t") && self.observation.contains("t");
        let is_data = |s: &Symbol| self.roles.get(&s.key()) == Some(&Role::Covariate) || is_time(s);
        let bare: Vec<&&Symbol> = symbols.iter().filter(|s| s.indices.is_empty() && !is_data(s)).collect();
        let by = |f: &dyn Fn(&Name) -> bool| bare.iter().find(|s| f(&s.name)).map(|s| (**s).clone());
        let chosen = by(&|n| bare.iter().any(|s| is_beside(&s.name, n)))
            .or_else(|| by(&is_parameter_like))
            .or_else(|| by(&|n| !is_word(n)));
        // A lone word beside indexed symbols is a covariate without index, not a parameter.
        let words =
            || (bare.len() > 1 || monomial.factors.len() == 1).then(|| bare.first().map(|s| (**s).clone())).flatten();
        chosen.or_else(words)
    }

    fn set(&mut self, symbol: &Symbol, role: Role) -> Result<()> {
        match self.roles.insert(symbol.key(), role) {
            Some(old) if old != role => {
                let word = |r| match r {
                    Role::Covariate => "a covariate",
                    Role::Fixed => "a fixed effect",
                    Role::Random => "a random effect",
                    Role::Residual => "the residual",
                    Role::Coefficient => "a coefficient",
                };
                Diagnostic::error(
                    Code::AmbiguousRole,
                    format!("{symbol} stands for two things: {} and {}", word(old), word(role)),
                )
                .at(symbol.span, format!("here as {}", word(role)))
                .help("give the two different letters or numbers")
                .into()
            }
            _ => Ok(()),
        }
    }

    fn covariate(&mut self, symbol: &Symbol, notes: &mut Notes) -> Result<()> {
        if symbol.indices.is_empty() && !self.roles.contains_key(&symbol.key()) {
            let of = self.owners.get(&symbol.key()).map_or("the response".to_owned(), ToString::to_string);
            let message = format!("{symbol} has no index: taken to have those of {of}");
            notes.push(Diagnostic::note(Code::AssumedIndex, message).at(symbol.span, ""));
        }
        if EFFECT_LETTERS.contains(&symbol.name.base.as_str())
            && !symbol.indices.is_empty()
            && !self.is_full(&symbol.key())
            && !self.roles.contains_key(&symbol.key())
        {
            if symbol.name.tag == "0" {
                return Diagnostic::error(Code::AmbiguousRole, format!("{symbol} is multiplied by a coefficient"))
                    .at(symbol.span, "an effect has the number 0, and no covariate")
                    .help(format!("write `+ {symbol}` if it is a random intercept"))
                    .into();
            }
            let message = format!("{symbol} is multiplied by a coefficient: taken as a covariate");
            notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(symbol.span, ""));
        }
        self.set(symbol, Role::Covariate)
    }

    /// Everything inside a data expression is data.
    fn data(&mut self, monomial: &Monomial<'_>) -> Result<()> {
        for factor in &monomial.factors {
            if let Factor::Data(expr) = factor {
                for symbol in expr.symbols() {
                    self.set(symbol, Role::Covariate)?;
                }
            }
        }
        Ok(())
    }

    /// Rule 3: what is left carries indices and has neither equation nor distribution. Returns the coefficients that
    /// should be read as mean plus deviation, with which all others get their roles anew.
    fn undeclared(&mut self, opened: &[Vec<Monomial<'_>>], notes: &mut Notes) -> Result<Vec<Symbol>> {
        let mut bare = vec![];
        match self.undeclared_in(opened, &mut bare, notes) {
            Err(error) if bare.is_empty() => Err(error),
            _ => Ok(bare),
        }
    }

    fn undeclared_in(&mut self, opened: &[Vec<Monomial<'_>>], bare: &mut Vec<Symbol>, notes: &mut Notes) -> Result<()> {
        let mut fixed = self.fixed_columns(opened);
        for (side, monomial) in opened.iter().enumerate().flat_map(|(side, all)| all.iter().map(move |m| (side, m))) {
            let symbols: Vec<&Symbol> = monomial.symbols().collect();
            let known = symbols.iter().any(|s| self.roles.get(&s.key()).is_some_and(|r| *r != Role::Covariate));
            let number = monomial.factors.iter().any(|f| matches!(f, Factor::Number(_)));
            let open: Vec<&Symbol> = symbols.iter().copied().filter(|s| !self.roles.contains_key(&s.key())).collect();
            if known || number || open.is_empty() {
                continue;
            }
            let mut lower: Vec<&Symbol> = open.iter().copied().filter(|s| !self.is_full(&s.key())).collect();
            lower.sort_by_key(|s| s.indices.is_empty());
            let covered = symbols.len() > open.len() || monomial.factors.len() > symbols.len();
            let unknown: &Symbol = match (&open[..], &lower[..]) {
                ([only], _) => only,
                (_, [only]) => only,
                // Laird and Ware's y_i = X_i β + Z_i b_i + ε_i.
                ([design, effects], [])
                    if design.name.base == "Z" && matches!(effects.name.base.as_str(), "b" | "u" | "γ") =>
                {
                    let message = format!("{design} {effects} is a matrix times a vector");
                    return matrix_form(message, design.span, "matrix form").into();
                }
                (all, []) if !covered => {
                    return Diagnostic::error(Code::UndefinedSymbol, format!("no coefficient multiplies {}", all[0]))
                        .at(all[0].span, "a product of level-1 symbols without an unknown")
                        .help("write its coefficient: a symbol without the index of the observation")
                        .into();
                }
                // x_j β_i: the Greek letter is the coefficient, wherever it stands.
                (_, [first, ..]) => lower.iter().find(|s| !s.name.base.is_ascii()).unwrap_or(first),
                (all, []) => all[0],
            };
            if unknown.indices.is_empty() {
                // a word without index that multiplies level-1 data: `slope x_ij`
                self.set(unknown, Role::Fixed)?;
                for symbol in open.iter().filter(|s| !s.same(unknown)) {
                    self.set(symbol, Role::Covariate)?;
                }
                fixed.add(side, &self.columns(monomial));
                continue;
            }
            let alone = monomial.factors.len() == 1;
            // `\beta_0 + b_0i + b_1i x`, `b_1i = \gamma z_i + u_1i`: the first has its mean beside it.
            if !alone || !fixed.has(side, &BTreeSet::new()) {
                self.check_undefined(unknown)?;
            }
            if self.is_full(&unknown.key()) {
                if !alone {
                    return Diagnostic::error(Code::OutOfScope, format!("{unknown} varies from observation to observation and is multiplied by a covariate"))
                        .at(unknown.span, "here")
                        .help("a residual whose size depends on a covariate is not a linear mixed model; if this is a coefficient, drop the index of the observation")
                        .into();
                }
                continue;
            }
            let called = self.draft.fixed.contains(&unknown.key());
            // `(gl)_ij` has a letter for each of its effects.
            let of_letters = unknown.name.base.chars().count() == unknown.indices.len() && unknown.indices.len() > 1;
            if called && is_word(&unknown.name) && !is_effects_notation(&unknown.name) && !of_letters {
                let message = format!("the text calls {unknown} fixed, and no coefficient multiplies it");
                return Err(Box::new(
                    Diagnostic::error(Code::AmbiguousRole, message)
                        .at(unknown.span, "a covariate, or an effect?")
                        .help(format!("write its coefficient, `\\beta_1 {unknown}`")),
                ));
            }
            if self.is_predictor(side) {
                let why = match called {
                    true => Some("is fixed by the text"),
                    false if !alone => None,
                    false if self.is_occasion(&unknown.key()) && !self.draft.random.contains(&unknown.key()) => {
                        Some("has no distribution and its index is of no group")
                    }
                    false => self.ask(unknown, &opened[side])?,
                };
                if let Some(why) = why {
                    let message = format!("{unknown} {why}: a fixed effect for each value of the index");
                    notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(unknown.span, ""));
                    self.set(unknown, Role::Fixed)?;
                    for symbol in open.iter().filter(|s| !s.same(unknown)) {
                        self.set(symbol, Role::Covariate)?;
                    }
                    fixed.add(side, &self.columns(monomial));
                    continue;
                }
            }
            // What stands alone in an equation of a coefficient with fixed effects is its deviation.
            let is_fixed = |s: &Symbol| self.roles.get(&s.key()) == Some(&Role::Fixed);
            let is_deviation =
                alone && !self.is_predictor(side) && opened[side].iter().flat_map(Monomial::symbols).any(is_fixed);
            let mean = !is_deviation && self.may_have_mean(unknown, opened);
            let mut columns = self.columns(monomial);
            columns.extend(open.iter().filter(|s| !s.same(unknown)).map(|s| s.name.column()));
            if mean
                && !fixed.has(side, &columns)
                && (alone || !self.is_kin_of_deviation(unknown, &opened[side], |m| fixed.has(side, &self.columns(m))))
            {
                self.defined.insert(unknown.key());
                self.set(unknown, Role::Coefficient)?;
                for symbol in open.iter().filter(|s| !s.same(unknown)) {
                    self.set(symbol, Role::Covariate)?;
                }
                fixed.add(side, &self.columns(monomial));
                bare.push(unknown.clone());
                continue;
            }
            let message = format!("{unknown} has no distribution: taken as random");
            notes.push(Diagnostic::note(Code::AssumedRandom, message).at(unknown.span, ""));
            self.set(unknown, Role::Random)?;
            for symbol in open.iter().filter(|s| !s.same(unknown)) {
                self.set(symbol, Role::Covariate)?;
            }
        }
        Ok(())
    }

    /// Whether a side is of the response, or of a linear predictor with its indices, or under a link with none.
    fn is_predictor(&self, side: usize) -> bool {
        let is_full = |symbol: &Symbol| self.is_full(&symbol.key());
        let is_bare = |symbol: &Symbol| symbol.indices.is_empty() && self.draft.linked.iter().any(|s| s.same(symbol));
        let of = |side: usize| &self.draft.definitions[side - 1].symbol;
        side == 0 || is_full(of(side)) || is_bare(of(side))
    }

    /// Whether the index of a symbol counts the observations within the groups that the equations of coefficients are
    /// about: `β_t` in `Y_ti = β_t + π_0i + …` is a fixed effect for each occasion.
    fn is_occasion(&self, key: &Key) -> bool {
        let groups: BTreeSet<String> =
            self.draft.definitions.iter().flat_map(|d| self.draft.closure.of(&d.symbol.key().indices)).collect();
        key.indices.len() == 1
            && !groups.is_empty()
            && self.draft.closure.is_empty()
            && key.indices.is_disjoint(&groups)
            && key.indices.union(&groups).cloned().collect::<BTreeSet<_>>() == self.observation
    }

    /// No random effect has an index that the left side of its equation lacks. One over groups of those groups is kept:
    /// `π_0j = … + v_0k` where j is nested in k.
    fn indices(&self, opened: &[Vec<Monomial<'_>>], notes: &mut Notes) -> Result<()> {
        let response = &self.draft.response.symbol;
        let lefts = std::iter::once(response).chain(self.draft.definitions.iter().map(|d| &d.symbol));
        for (place, (left, side)) in lefts.zip(opened).enumerate() {
            let mine = self.draft.closure.of(&left.key().indices);
            // `α_pond[i]` says itself whose index it has.
            let bracketed = |s: &Symbol| s.indices.iter().any(|i| !i.of.is_empty());
            let random = |s: &&Symbol| self.roles.get(&s.key()) == Some(&Role::Random) && !bracketed(s);
            let coefficient =
                |s: &&Symbol| place == 0 && self.roles.get(&s.key()) == Some(&Role::Coefficient) && !bracketed(s);
            for effect in side.iter().flat_map(Monomial::symbols).filter(|s| random(s) || coefficient(s)) {
                let key = effect.key();
                let all = self.draft.closure.of(&key.indices);
                let apart = self.is_predictor(place) && mine.is_disjoint(&all);
                if let (true, Some(index)) = (apart, key.indices.iter().find(|index| index.chars().count() == 1)) {
                    let message = format!("{index} is no index of {left}: taken as a group of each observation");
                    notes.push(Diagnostic::note(Code::IndexMismatch, message).at(effect.span, ""));
                }
                let wrong = match place {
                    _ if apart => false,
                    0 => !all.is_subset(&mine),
                    _ => {
                        !all.is_subset(&mine)
                            && (!all.is_subset(&self.observation)
                                || self.is_occasion(&key)
                                || self.is_below(left, &all))
                    }
                };
                if let (true, Some(index)) = (wrong, all.difference(&mine).next()) {
                    let help = match place {
                        0 => "give the response every index of an observation".to_owned(),
                        _ => format!("give it the indices of {left}, or move it to the equation it belongs to"),
                    };
                    return Diagnostic::error(
                        Code::IndexMismatch,
                        format!("{effect} carries an index that {left} does not: {index}"),
                    )
                    .at(effect.span, format!("in the equation of {left}"))
                    .help(help)
                    .into();
                }
            }
        }
        Ok(())
    }

    /// Whether the equation that uses a coefficient is about units with these indices too: `β_00k` of `π_0jk = β_00k + …`
    /// is of what j is nested in, so that its own equation cannot hold `u_00j`.
    fn is_below(&self, coefficient: &Symbol, indices: &BTreeSet<String>) -> bool {
        self.draft.definitions.iter().any(|d| {
            indices.is_subset(&self.draft.closure.of(&d.symbol.key().indices))
                && d.right.symbols().iter().any(|s| s.same(coefficient))
        })
    }
}
