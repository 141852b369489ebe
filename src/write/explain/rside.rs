//! Where R shows what: `fixef()`, `coef()`, `ranef()`, `VarCorr()`, `sigma()` in the symbols of the model.

use super::prose::{Prose, equal, root, say};
use super::random::quoted;
use super::words::Words;
use super::{Formula, Section};
use crate::algebra::erased;
use crate::model::Term;
use crate::syntax::Expr;

impl Words<'_> {
    /// The section on R's functions, for a fit of lme4.
    pub(super) fn in_r(&self) -> Section {
        let mut section = Section::new("r", "Where R shows it");
        let model = &self.symbols.model;
        let columns = model.fixed().iter().zip(&self.symbols.fixed);
        let code = |text: &str| Prose::code(text);
        let columns = columns.map(|(term, symbol)| say![symbol, " as ", code(&term.column())]);
        if !model.fixed().is_empty() {
            section.sentences.push(say![code("fixef()"), " gives the fixed effects: ", Prose::list(columns), "."]);
        }
        section.sentences.extend(self.folded());
        for group in model.groupings() {
            let noun = self.group(group);
            let name = quoted(&group.to_string());
            let effects: Vec<(&Term, &Expr)> = self
                .blocks()
                .filter(|(term, _)| term.group == *group)
                .flat_map(|(term, symbols)| term.terms.iter().zip(&symbols.effects))
                .collect();
            let list = Prose::list(effects.iter().map(|(_, e)| (*e).into()));
            section.sentences.push(say![
                code(&format!("ranef()${name}")),
                format!(" gives the random effects of each {}: ", noun.one),
                list,
                ". They are deviations around 0; no fixed effect is in them."
            ]);
            let mut sums: Vec<Prose> = vec![];
            for (term, effect) in &effects {
                let sum = match self.fixed(term) {
                    Some(fixed) => Expr::sum(vec![fixed.clone(), (*effect).clone()]),
                    None => (*effect).clone(),
                };
                sums.push(say![sum, " as ", code(&term.column())]);
            }
            section.sentences.push(say![
                code(&format!("coef()${name}")),
                " gives fixed plus random effects: ",
                Prose::list(sums),
                "."
            ]);
            let pooled: Vec<Prose> = model
                .fixed()
                .iter()
                .zip(&self.symbols.fixed)
                .filter(|(t, _)| !effects.iter().any(|(e, _)| e == t))
                .map(|(_, s)| s.into())
                .collect();
            if !pooled.is_empty() {
                let is = if pooled.len() == 1 {
                    " stands in a column of its own, the same in every row."
                } else {
                    " stand in columns of their own, the same in every row."
                };
                section.sentences.push(say![Prose::list(pooled), is]);
            }
            self.not_the_coefficient(&mut section, group, &name);
        }
        if !model.random().is_empty() {
            let shown: Vec<Prose> = self
                .blocks()
                .flat_map(|(_, symbols)| {
                    (0..symbols.effects.len()).filter_map(|at| symbols.covariances[at][at].as_ref())
                })
                .map(|variance| root(variance).into())
                .collect();
            let correlated = self.blocks().any(|(t, s)| t.terms.len() > 1 && s.covariances[1][0].is_some());
            let and = if correlated { " and the correlations" } else { "" };
            section.sentences.push(say![
                code("VarCorr()"),
                if shown.len() == 1 { " prints the standard deviation " } else { " prints the standard deviations " },
                Prose::list(shown),
                and,
                "; the variances are in ",
                code("as.data.frame(VarCorr())"),
                ", column ",
                code("vcov"),
                "."
            ]);
        }
        match &self.symbols.variance {
            Some(variance) => section.sentences.push(say![code("sigma()"), " gives ", root(variance), "."]),
            None => section.sentences.push(say![
                "The family has no residual variance: ",
                code("sigma()"),
                " gives 1, which is no parameter."
            ]),
        }
        section
    }

    /// What a formula folds: `R * Z`.
    fn folded(&self) -> Option<Prose> {
        let mut stars: Vec<Prose> = vec![];
        let fixed: Vec<Term> = self.symbols.model.fixed().iter().map(erased).collect();
        for term in fixed.iter().filter(|term| term.degree() == 2) {
            let [one, other] = term.factors() else { continue };
            let whole = [one, other].iter().all(|part| fixed.contains(&Term::new([(*part).clone()])));
            let code = |text: String| Prose::code(text);
            let star =
                say![code(format!("{one} * {other}")), " stands for ", code(format!("{one} + {other} + {term}"))];
            if whole && !stars.contains(&star) {
                stars.push(star);
            }
        }
        (!stars.is_empty()).then(|| say!["In a formula ", Prose::list(stars), "."])
    }

    /// A coefficient of the equations is not what `coef()` gives when its equation has group covariates.
    fn not_the_coefficient(&self, section: &mut Section, group: &crate::model::Grouping, name: &str) {
        for c in self.symbols.coefficients.iter().filter(|c| c.group == *group) {
            let predictors: Vec<&Term> = c.fixed.iter().filter(|t| **t != c.term).collect();
            if predictors.is_empty() || c.fixed.len() == predictors.len() {
                continue;
            }
            let above = self.blocks().filter(|(t, _)| t.group != *group && group.is_within(&t.group));
            let above = above.flat_map(|(t, s)| t.terms.iter().zip(&s.effects)).filter(|(t, _)| **t == c.term);
            let above: Vec<Prose> = above.map(|(_, effect)| effect.into()).collect();
            let fixed = predictors.iter().filter_map(|t| self.fixed(t)).map(Prose::from);
            let fixed: Vec<Prose> = fixed.chain(above).collect();
            let one = fixed.len() == 1;
            section.sentences.push(say![
                "The column ",
                Prose::code(c.term.column()),
                " of ",
                Prose::code(format!("coef()${name}")),
                " is not ",
                &c.symbol,
                ": it lacks what ",
                Prose::list(fixed),
                if one { " adds." } else { " add." }
            ]);
            let full = Formula::new(say![&c.symbol], c.right.clone(), None);
            if !section.formulas.contains(&full) {
                section.formulas.push(full);
            }
        }
    }

    /// What is random in the reduced form.
    pub(super) fn total_error(&self) -> Option<Prose> {
        let mut parts: Vec<Expr> = vec![];
        for (term, symbols) in self.blocks() {
            let of = term.terms.iter().zip(&symbols.effects);
            parts.extend(of.map(|(t, effect)| Expr::product(vec![effect.clone(), self.product(t)])));
        }
        if parts.is_empty() {
            return None;
        }
        let residual = self.symbols.residual.clone()?;
        let noun = self.group(self.symbols.model.groupings().first()?).one;
        let total = Expr::sum(parts.into_iter().chain([residual]).collect());
        Some(say![
            "The total random error is ",
            total,
            format!(
                ": by this a prediction of a new {} misses, when the random effects of its {noun} are not known. The rest \
                 of the reduced form is the structural part. Econometricians write the total as one error.",
                self.unit.one
            )
        ])
    }

    /// Covariates that are the same for all observations of one group, and what their indices tell of it.
    pub(super) fn constant_within(&self) -> Vec<Prose> {
        let all = self.symbols.response.symbol().map(|response| response.indices.clone()).unwrap_or_default();
        let mut made = vec![];
        for group in self.symbols.model.groupings() {
            let own = self.symbols.model.covariates().into_iter().filter(|c| self.level(c).as_ref() == Some(group));
            let symbols: Vec<Expr> = own.map(|c| self.symbol(c)).collect();
            let Some(first) = symbols.iter().find_map(Expr::symbol) else { continue };
            let (is, stands) = if symbols.len() == 1 { (" is", "it stands") } else { (" are", "they stand") };
            let (one, unit) = (self.group(group).one, &self.unit);
            let same = format!("{is} the same for all {} of one {one}", unit.many);
            let list = Prose::list(symbols.iter().map(Prose::from));
            if first.indices.iter().any(|index| index.letter == self.symbols.observation) {
                made.push(say![list, same, format!(": the indices of the {} hide it, the data show it.", unit.one)]);
            } else if all.len() > first.indices.len() {
                let mut sentence = say![list, same, format!(", so {stands} with its index alone.")];
                if made.is_empty() {
                    sentence.push(say![
                        format!(" Written with those of the {}, ", unit.one),
                        Expr::from(crate::syntax::Symbol::new(first.name.clone(), all.clone())),
                        ", the model is the same; that it is constant is then hidden in the data."
                    ]);
                }
                made.push(sentence);
            }
        }
        made
    }

    /// What stands for what: the response, the covariates with labels, the groups.
    pub(super) fn cast(&self) -> Vec<Prose> {
        let mut all = vec![];
        let model = &self.symbols.model;
        let response = model.response().clone();
        let label = self.label(&response).map_or_else(Prose::default, |l| format!(", {l},").into());
        let letter = |name: &str| Expr::from(crate::syntax::Symbol::new(crate::syntax::Name::new(name), vec![]));
        let mut place = say![
            &self.symbols.response,
            label,
            format!(" is the response of {} ", self.unit.one),
            letter(&self.symbols.observation)
        ];
        let mut groupings = model.groupings();
        groupings.sort_by_key(|g| std::cmp::Reverse(g.factors().len()));
        for (at, group) in groupings.iter().enumerate() {
            // Crossed groups do not lie in each other.
            let word = if at == 0 || groupings[at - 1].is_within(group) { "in" } else { "and" };
            let named = |f: &&String| !self.group(group).one.ends_with(&format!(" {f}"));
            let mut letters = group.factors().iter().filter(named).filter_map(|f| self.symbols.letters.get(f));
            let last = letters.next_back().map_or_else(Prose::default, |l| say![" ", letter(l)]);
            place.push(say![format!(" {word} {}", self.group(group).one), last]);
        }
        all.push(say![place, "."]);
        let single = model.groupings().into_iter().filter(|group| group.factors().len() == 1);
        let bracketed = single.filter_map(|group| {
            let index = letter(self.symbols.letters.get(&group.factors()[0])?);
            Some(say![index, "[", letter(&self.symbols.observation), "] is the ", self.group(group).one])
        });
        let bracketed: Vec<Prose> = bracketed.collect();
        if !bracketed.is_empty() && bracketed.len() == model.groupings().len() {
            let unit = format!(" of {} ", self.unit.one);
            all.push(say!["In brackets, ", Prose::list(bracketed), unit, letter(&self.symbols.observation), "."]);
        }
        for covariate in model.covariates() {
            if covariate.as_dummy().is_some() {
                continue;
            }
            let Some(label) = self.label(covariate) else { continue };
            let symbol = self.symbol(covariate);
            let words = match self.scale(covariate) {
                super::words::Scale::Indicator(Some((one, zero))) => say![
                    equal(&symbol, &Expr::number(1)),
                    format!(" is {one}, "),
                    equal(&symbol, &Expr::number(0)),
                    format!(" is {zero}.")
                ],
                _ => say![symbol, format!(" is {label}.")],
            };
            all.push(words);
        }
        all
    }
}
