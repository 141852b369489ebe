//! What each fixed effect means: the intercept with its zeros, differences with the conditions under which they hold,
//! products read both ways, terms of one covariate read together.

use super::prose::{Prose, digits, equal, number, say};
use super::treatment::same_factor;
use super::words::{Scale, Value, Words};
use super::{Entry, EntryKind, Formula};
use crate::model::{RExpr, Term};
use crate::syntax::{Expr, Kind};

type Conditions = Vec<(RExpr, Value)>;

impl Words<'_> {
    /// An entry for each fixed effect, in the model's order.
    pub(super) fn fixed_entries(&self) -> Vec<Entry> {
        let fixed = self.symbols.model.fixed().iter().zip(&self.symbols.fixed);
        fixed.map(|(term, symbol)| self.fixed_entry(term, symbol)).collect()
    }

    fn fixed_entry(&self, term: &Term, symbol: &Expr) -> Entry {
        let mut entry = Entry::new(EntryKind::Fixed, symbol.clone(), term.column());
        entry.estimate = self.options.estimates.as_ref().and_then(|e| e.fixed(term));
        entry.term = Some(term.clone());
        match term.factors() {
            [] => self.intercept(&mut entry),
            [only] => self.single(only, &mut entry),
            factors => self.product_of(factors, &mut entry),
        }
        let value = entry.estimate.map(|e| e.value);
        if let (Some(ratio), false, Some(value)) = (self.ratio(), term.is_intercept(), value) {
            entry.sentences.push(say![format!("As {ratio}: "), equal(&exp(symbol), &number(value.exp())), "."]);
        } else if let (Some(ratio), false) = (self.ratio(), term.is_intercept()) {
            entry.sentences.push(say![format!("The {ratio} is "), exp(symbol), "."]);
        }
        entry
    }

    /// Every covariate at zero, each once; dummies of one factor stand for its reference category.
    fn zeros(&self) -> Conditions {
        let mut seen: Conditions = vec![];
        for factor in self.symbols.model.fixed().iter().flat_map(Term::factors) {
            if !seen.iter().any(|(c, _)| c == factor) {
                seen.push((factor.clone(), Value::Zero));
            }
        }
        // Where x is 0, so is its square.
        let plain: Vec<RExpr> = seen.iter().map(|(c, _)| c.clone()).filter(|c| matches!(c, RExpr::Name(_))).collect();
        seen.retain(|(c, _)| power_of(c).is_none() || !c.names().iter().all(|n| plain.contains(&RExpr::name(*n))));
        seen
    }

    fn intercept(&self, entry: &mut Entry) {
        let zeros = self.zeros();
        entry.conditions = self.conditions(&zeros);
        entry.meaning = match (self.is_linear(), zeros.is_empty()) {
            (true, true) => say![self.expected(), " over all ", &self.unit.many, self.averaged()],
            _ => say![self.expected(), " of ", self.population(&zeros), self.averaged()],
        };
        if !zeros.is_empty() && self.is_linear() {
            entry.sentences.push("It is the grand mean only when every covariate is centred at its mean.".into());
        }
        for (covariate, _) in &zeros {
            let Some(range) = self.options.data.get(&super::words::column(covariate)) else { continue };
            if range.low > 0.0 || range.high < 0.0 {
                entry.sentences.push(say![
                    "In the data, ",
                    self.symbol(covariate),
                    " lies between ",
                    number(range.low),
                    " and ",
                    number(range.high),
                    ": at 0 the model is extrapolated; centre the covariate to have an intercept within the data."
                ]);
            }
        }
    }

    /// `, in a school whose random effects are 0`.
    fn average_group(&self) -> Prose {
        let groups = self.symbols.model.groupings();
        let names: Vec<Prose> = groups.iter().map(|g| say!["one ", self.group(g).one]).collect();
        if names.is_empty() { Prose::default() } else { say![", where the random effects are 0"] }
    }

    /// The coefficient of a category whose factor has no reference: no difference, but a mean.
    fn mean_of(&self, covariate: &RExpr, entry: &mut Entry) {
        let others = self.zeros().into_iter().filter(|(c, _)| !same_factor(c, covariate));
        let here: Conditions = std::iter::once((covariate.clone(), Value::One)).chain(others).collect();
        entry.conditions = self.conditions(&here);
        entry.meaning = say![self.expected(), " of ", self.population(&here), self.averaged()];
    }

    /// `, averaged over schools`; for a linked model the one where the random effects are 0.
    fn averaged(&self) -> Prose {
        if !self.is_linear() {
            return self.average_group();
        }
        let groupings = self.symbols.model.groupings();
        let groups: Vec<Prose> = groupings.iter().map(|g| self.group(g).many.as_str().into()).collect();
        if groups.is_empty() { Prose::default() } else { say![", averaged over ", Prose::list(groups)] }
    }

    /// The covariates that share a term with all of these: their values change what a coefficient of these means.
    fn companions(&self, of: &[RExpr]) -> Conditions {
        let mut found: Conditions = vec![];
        let terms = self.symbols.model.fixed().iter().filter(|t| of.iter().all(|f| t.factors().contains(f)));
        for other in terms.flat_map(Term::factors) {
            if !of.contains(other) && !found.iter().any(|(c, _)| c == other) {
                found.push((other.clone(), Value::Zero));
            }
        }
        found
    }

    /// Other terms made of the same columns: `I(x^2)` beside `x`.
    fn relatives(&self, covariate: &RExpr) -> Vec<&Term> {
        let names = root_names(covariate);
        let kin = |t: &&Term| {
            let [other] = t.factors() else { return false };
            other != covariate && !is_dummy(other) && root_names(other).iter().any(|n| names.contains(n))
        };
        self.symbols.model.fixed().iter().filter(kin).collect()
    }

    fn single(&self, covariate: &RExpr, entry: &mut Entry) {
        let conditions = self.companions(std::slice::from_ref(covariate));
        if let Some(call) = several(covariate) {
            entry.meaning = say!["the coefficients of the columns of ", Prose::code(call), self.place(&conditions)];
            entry
                .sentences
                .push("They are not read alone: together they make a curve, or the differences of categories.".into());
            return;
        }
        let relatives = self.relatives(covariate);
        let centred = |other: &&&Term| is_centred(&other.factors()[0]) || is_mean(&other.factors()[0]);
        entry.conditions = self.conditions(&conditions);
        if relatives.iter().any(|r| !centred(&r)) && !is_mean(covariate) && !is_centred(covariate) {
            return self.one_of_several(covariate, &relatives, entry);
        }
        if let Some(log) = logarithm(covariate) {
            let (base, change) = log;
            let of = self.inside(covariate);
            entry.meaning = say![
                "the difference in ",
                self.expected(),
                " when ",
                of,
                format!(" is {base} times as large"),
                self.place(&conditions)
            ];
            if change != 1.0 {
                let doubled = Expr::product(vec![Expr::number(digits(change)), entry.symbol.clone()]);
                entry.sentences.push(say!["When it doubles, the difference is ", doubled, "."]);
            }
            return;
        }
        let group = self.level(covariate);
        let many = group.as_ref().map_or_else(|| self.unit.many.clone(), |g| self.group(g).many);
        let numeric = self.scale(covariate) == Scale::Number;
        if self.has_own_mean(covariate) {
            return self.mean_of(covariate, entry);
        }
        if self.is_treatment(covariate) {
            let effect = if self.is_linear() { "the average treatment effect" } else { "the treatment effect" };
            let effect = say![effect, self.of_arm(covariate)];
            entry.meaning = match conditions.is_empty() {
                true => say![effect, ": the difference in ", self.expected(), " between ", self.compared(covariate)],
                false => say![effect, " for ", self.population(&conditions)],
            };
            if !conditions.is_empty() {
                entry.sentences.push(say![
                    "It is the difference in ",
                    self.expected(),
                    " between ",
                    self.compared(covariate),
                    self.place(&conditions),
                    "."
                ]);
            }
        } else {
            entry.meaning = say![
                "the difference in ",
                self.expected(),
                " between ",
                self.compared(covariate),
                self.place(&conditions)
            ];
            let varies = self.varying(covariate);
            if !varies.is_empty() && self.is_linear() {
                entry.meaning.push(say![", averaged over ", Prose::list(varies)]);
            }
        }
        if self.symbols.model.fixed().len() > 2 {
            entry.sentences.push("All other covariates are equal in this comparison.".into());
        }
        self.within_and_between(covariate, &relatives, numeric, entry);
        if let Scale::Dummy { .. } = self.scale(covariate) {
            entry.sentences.push("It compares two categories; it is not a change by one unit.".into());
        }
        if !conditions.is_empty() {
            let slope = self.slope(covariate);
            let name = say![self.relation(covariate)];
            entry.sentences.push(say![
                "It is not an overall value: the ",
                &name,
                " depends on ",
                Prose::list(conditions.iter().map(|(c, _)| self.symbol(c).into())),
                "."
            ]);
            entry.formulas.push(Formula::new(name, slope.clone(), self.numbers(&slope)));
        } else if group.is_some() && self.symbols.model.covariates().len() > 1 {
            let others = self.symbols.model.covariates().into_iter().filter(|c| *c != covariate && !is_dummy(c));
            let slopes: Vec<Prose> = others
                .filter(|c| {
                    self.is_treatment(c) || !self.varying(c).is_empty() || !self.companions(&[(*c).clone()]).is_empty()
                })
                .map(|c| say!["the ", self.relation(c)])
                .collect();
            if !slopes.is_empty() {
                entry.sentences.push(say![
                    self.symbol(covariate),
                    " moves whole ",
                    &many,
                    " up or down; it has no product with another \
                     covariate, so it does not relate to ",
                    either(slopes),
                    "."
                ]);
            }
        }
    }

    /// Grouping factors whose groups have a slope of their own for the covariate.
    fn varying(&self, covariate: &RExpr) -> Vec<Prose> {
        let own = Term::new([covariate.clone()]);
        let random = self.symbols.model.random().iter().filter(|r| r.terms.contains(&own));
        random.map(|r| self.group(&r.group).many.as_str().into()).collect()
    }

    fn within_and_between(&self, covariate: &RExpr, relatives: &[&Term], numeric: bool, entry: &mut Entry) {
        let Some(grouping) = self.symbols.model.groupings().first().copied() else { return };
        let noun = self.group(grouping);
        let mean = relatives.iter().find(|r| is_mean(&r.factors()[0])).and_then(|t| self.fixed(t));
        let within = relatives.iter().find(|r| !is_mean(&r.factors()[0])).copied();
        if is_mean(covariate) {
            let Some((within, symbol)) = within.and_then(|t| Some((t, self.fixed(t)?))) else { return };
            let own = entry.symbol.clone();
            entry.sentences.push(if is_centred(&within.factors()[0]) {
                let contextual = Expr::sum(vec![own, super::prose::negative(symbol.clone())]);
                say![
                    format!("It compares {}; the comparison within {} is ", noun.many, noun.many),
                    symbol,
                    ". Their difference, the contextual difference, is ",
                    contextual,
                    "."
                ]
            } else {
                let between = Expr::sum(vec![own, symbol.clone()]);
                say![
                    "It is the contextual difference: between and within differ by it. ",
                    format!("Within {} the slope is ", noun.many),
                    symbol,
                    format!(", between {} it is ", noun.many),
                    between,
                    "."
                ]
            });
        } else if mean.is_some() {
            entry.sentences.push(format!("It compares {} of one {}.", self.unit.many, noun.one).into());
        } else if numeric
            && self.level(covariate).is_none()
            && self.symbols.model.level(covariate).is_some()
            && !is_centred(covariate)
        {
            entry.sentences.push(say![
                self.symbol(covariate),
                format!(
                    " is not centred within {}: one coefficient stands for the relation within {} and for that between them.",
                    noun.many, noun.many
                )
            ]);
        }
    }

    /// `x` beside `I(x^2)`, `poly(x, 2)1`: to be read together.
    fn one_of_several(&self, covariate: &RExpr, relatives: &[&Term], entry: &mut Entry) {
        let own = Term::new([covariate.clone()]);
        let model = &self.symbols.model;
        let all: Vec<&Term> = model.fixed().iter().filter(|t| **t == own || relatives.contains(t)).collect();
        let parts = all.iter().filter_map(|t| Some(Expr::product(vec![self.fixed(t)?.clone(), self.product(t)])));
        let curve = Expr::sum(parts.collect());
        let plain = matches!(covariate, RExpr::Name(_)) && !own.column().contains('(');
        entry.meaning = match (plain, power_of(covariate)) {
            (true, _) => say![
                "the slope of ",
                self.symbol(covariate),
                " where ",
                equal(&self.symbol(covariate), &Expr::number(0)),
                self.place(&self.companions(std::slice::from_ref(covariate)))
            ],
            (false, Some(2)) => {
                say!["half of what the slope of ", self.inside(covariate), " changes by, per unit of it"]
            }
            _ => say!["one coefficient of the curve that its terms make together"],
        };
        entry.sentences.push(say![
            "It is not read alone: ",
            self.expected(),
            " depends on the terms together, ",
            curve,
            "."
        ]);
    }

    fn product_of(&self, factors: &[RExpr], entry: &mut Entry) {
        let conditions = self.companions(factors);
        entry.conditions = self.conditions(&conditions);
        let place = self.place(&conditions);
        if factors.len() > 2 {
            let (last, rest) = (&factors[factors.len() - 1], &factors[..factors.len() - 1]);
            let rest = Term::new(rest.to_vec());
            entry.meaning = say![
                "what the coefficient of ",
                self.product(&rest),
                " differs by between ",
                self.compared(last),
                place
            ];
            entry.sentences.push(say![
                "A product of ",
                factors.len().to_string(),
                " covariates is symmetric: any of them may be the one that changes what the others do together."
            ]);
            return;
        }
        // The covariate of the coarser groups is the one that moves the other's slope.
        let (moves, moved) = if self.level(&factors[0]).is_some()
            || self.level(&factors[1]).is_none() && self.is_treatment(&factors[0])
        {
            (&factors[0], &factors[1])
        } else {
            (&factors[1], &factors[0])
        };
        entry.meaning = say!["what the ", self.relation(moved), " changes by between ", self.compared(moves), &place];
        if self.is_treatment(moves) {
            let arm = self.the_treatment(moves);
            entry.meaning = say!["what ", arm, " changes the ", self.relation(moved), " by", &place];
        } else if self.is_treatment(moved) {
            entry.meaning =
                say!["what the ", self.relation(moved), " differs by between ", self.compared(moves), &place];
        }
        for (one, other) in [(moved, moves), (moves, moved)] {
            let slope = self.slope(one);
            match (self.scale(other), self.fixed(&Term::new([one.clone()])), conditions.is_empty()) {
                (Scale::Indicator(_), Some(base), true) if self.companions(std::slice::from_ref(one)).len() == 1 => {
                    let both = Expr::sum(vec![base.clone(), entry.symbol.clone()]);
                    entry.sentences.push(say![
                        "The ",
                        self.relation(one),
                        " is ",
                        base,
                        self.place(&[(other.clone(), Value::Zero)]),
                        " and ",
                        both.clone(),
                        self.place(&[(other.clone(), Value::One)]),
                        "; ",
                        &entry.symbol,
                        " is the change."
                    ]);
                    let shown = self.numbers(&both);
                    entry.formulas.push(Formula::new(
                        say![self.relation(one), self.place(&[(other.clone(), Value::One)])],
                        both,
                        shown,
                    ));
                }
                _ => {}
            }
            let name = say![self.relation(one)];
            entry.formulas.push(Formula::new(name, slope.clone(), self.numbers(&slope)));
        }
        if self.level(moves).is_some() && self.level(moved).is_none() {
            let term = Term::new(factors.to_vec());
            entry.sentences.push(say![
                "It is a cross-level interaction: the product ",
                self.product(&term),
                " is of covariates of different Levels."
            ]);
        }
    }

    /// What stands in the brackets of `log(x)`, `I(x^2)`.
    fn inside(&self, covariate: &RExpr) -> Prose {
        fn symbol(expr: &Expr) -> Expr {
            match &expr.kind {
                Kind::Call(_, inner) if inner.len() == 1 => inner[0].clone(),
                Kind::Power(base, _) => symbol(base),
                _ => expr.clone(),
            }
        }
        symbol(&self.symbol(covariate)).into()
    }
}

/// `a or b`, `a, b or c`.
fn either(items: Vec<Prose>) -> Prose {
    let last = items.len().saturating_sub(1);
    let mut made = Prose::default();
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            made.push(if at == last { " or " } else { ", " });
        }
        made.push(item);
    }
    made
}

fn exp(symbol: &Expr) -> Expr {
    Kind::Call("exp".into(), vec![symbol.clone()]).into()
}

fn is_dummy(covariate: &RExpr) -> bool {
    match covariate {
        RExpr::Call(head, inner) if head == "I" && inner.len() == 1 => inner[0].1.as_dummy().is_some(),
        other => other.as_dummy().is_some(),
    }
}

/// The columns that a covariate is made of; for `poly(x, 2)1` those in its brackets, a mean's own column.
fn root_names(covariate: &RExpr) -> Vec<String> {
    let made = |name: &str| match name.split_once('(') {
        Some((_, inside)) => {
            inside.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').next().map(str::to_owned)
        }
        None => Some(name.strip_suffix("_bar").unwrap_or(name).to_owned()),
    };
    covariate.names().into_iter().filter_map(made).collect()
}

/// A call that stands for columns that only R knows: `ns(x, 3)`.
fn several(covariate: &RExpr) -> Option<&str> {
    let RExpr::Name(name) = covariate else { return None };
    // `log(x, base = 2)` has no equation, but it is one column.
    let (head, _) = name.split_once('(').filter(|(head, _)| *head != "log")?;
    (name.ends_with(')') && !head.is_empty() && head.chars().all(|c| c.is_alphanumeric() || "._:".contains(c)))
        .then_some(name)
}

/// `X_bar`: the mean of a group.
fn is_mean(covariate: &RExpr) -> bool {
    matches!(covariate, RExpr::Name(name) if name.ends_with("_bar"))
}

/// `I(X - X_bar)`.
fn is_centred(covariate: &RExpr) -> bool {
    let RExpr::Call(head, arguments) = covariate else { return false };
    match (head.as_str(), &arguments[..]) {
        ("I" | "(", [(_, inner)]) => is_centred(inner),
        ("-", [(_, _), (_, mean)]) => is_mean(mean),
        _ => false,
    }
}

/// The power of a column that a covariate is: 2 of `I(x^2)`.
pub(in crate::write) fn power_of(covariate: &RExpr) -> Option<u32> {
    let RExpr::Call(head, arguments) = covariate else { return None };
    match (head.as_str(), &arguments[..]) {
        ("I" | "(", [(_, inner)]) => power_of(inner),
        ("^", [(_, RExpr::Name(_)), (_, RExpr::Number(power))]) => power.parse().ok(),
        _ => None,
    }
}

/// The base of a logarithm, and what doubling adds to it.
fn logarithm(covariate: &RExpr) -> Option<(&'static str, f64)> {
    let RExpr::Call(head, arguments) = covariate else { return None };
    match (head.as_str(), arguments.len()) {
        ("log", 1) => Some(("e = 2.718…", std::f64::consts::LN_2)),
        ("log2", 1) => Some(("2", 1.0)),
        ("log10", 1) => Some(("10", std::f64::consts::LOG10_2)),
        _ => None,
    }
}
