//! The words of a model: what observations and groups are called, what a covariate's values are called, who is spoken of.

use super::ExplainOptions;
use super::prose::{Prose, equal, number, say};
use crate::algebra::{Lexicon, Symbols};
use crate::model::{Facts, Grouping, Level, RExpr, Term};
use crate::syntax::{Expr, Kind};

/// One and many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Noun {
    pub(super) one: String,
    pub(super) many: String,
}

impl Noun {
    pub(super) fn new(one: &str) -> Self {
        Self { one: one.to_owned(), many: plural(one) }
    }
}

/// A value of a covariate at which something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Zero,
    One,
}

/// What the values of a covariate are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// A number.
    Number,
    /// 0 or 1, with words for both as far as there are any.
    Indicator(Option<(String, String)>),
    /// Whether a factor has this category; its reference category.
    Dummy { factor: String, category: String, reference: Option<String> },
}

/// Prepositions and verbs with which the label of a state begins: "at risk", "has a degree".
const STATES: &[&str] = &[
    "at", "in", "on", "under", "with", "without", "below", "above", "from", "not", "is", "has", "was", "had", "of",
    "over",
];

/// The word that the name of a factor is, if it is one: `school` of `school_id`, `schoolID` or `id_school`; none of `id`.
pub(in crate::write) fn noun(factor: &str) -> Option<String> {
    let lower = factor.to_lowercase();
    let mark = ['_', '.', '-'];
    let stem = lower.strip_suffix("id").map_or(lower.as_str(), |s| s.trim_end_matches(mark));
    let stem = stem.strip_prefix("id").and_then(|s| s.strip_prefix(mark)).unwrap_or(stem);
    (stem.chars().count() > 2 && stem.chars().all(char::is_alphabetic)).then(|| stem.to_owned())
}

/// Everything that gives words.
pub(super) struct Words<'a> {
    pub(super) symbols: &'a Symbols,
    pub(super) lexicon: &'a Lexicon,
    pub(super) facts: &'a Facts,
    pub(super) options: &'a ExplainOptions,
    /// The treatment; of one with several arms, the dummy of each.
    pub(super) treatments: Vec<RExpr>,
    pub(super) unit: Noun,
}

impl<'a> Words<'a> {
    pub(super) fn new(
        symbols: &'a Symbols,
        lexicon: &'a Lexicon,
        facts: &'a Facts,
        options: &'a ExplainOptions,
        treatments: Vec<RExpr>,
    ) -> Self {
        let unit =
            facts.index.get(&symbols.observation).map_or_else(|| Noun::new("observation"), |word| Noun::new(word));
        Self { symbols, lexicon, facts, options, treatments, unit }
    }

    /// What the groups are called.
    pub(super) fn group(&self, group: &Grouping) -> Noun {
        let factors = group.factors();
        let groupings = self.symbols.model.groupings();
        let alone = |factor: &String| groupings.iter().any(|g| g.factors() == std::slice::from_ref(factor));
        if factors.len() > 1 && factors.iter().all(alone) {
            let named = |f: &String| self.name_of(f).unwrap_or_else(|| f.clone());
            let of = factors.iter().map(named).collect::<Vec<_>>().join(" and ");
            return Noun { one: format!("pair of {of}"), many: format!("pairs of {of}") };
        }
        self.factor(&factors[factors.len() - 1])
    }

    fn factor(&self, factor: &str) -> Noun {
        if let Some(name) = self.name_of(factor) {
            return Noun::new(&name);
        }
        match self.symbols.model.groupings().iter().flat_map(|g| g.factors()).any(|other| other != factor) {
            true => Noun { one: format!("group of {factor}"), many: format!("groups of {factor}") },
            false => Noun::new("group"),
        }
    }

    fn finest_first(&self) -> Vec<&Grouping> {
        let mut all = self.symbols.model.groupings();
        all.sort_by_key(|g| std::cmp::Reverse(g.factors().len()));
        all
    }

    /// The word of a factor: its label, or its own name when that is a word; `school_id` is `school`.
    fn name_of(&self, factor: &str) -> Option<String> {
        self.facts.label.get(factor).cloned().or_else(|| noun(factor))
    }

    /// The covariate's symbol with its indices.
    pub(super) fn symbol(&self, covariate: &RExpr) -> Expr {
        self.symbols.covariates.get(covariate).cloned().unwrap_or_else(|| Expr::number(1))
    }

    /// The fixed effect of a term.
    pub(super) fn fixed(&self, term: &Term) -> Option<&Expr> {
        let at = self.symbols.model.fixed().iter().position(|t| t == term)?;
        self.symbols.fixed.get(at)
    }

    /// What multiplies a coefficient: the covariates of a term.
    pub(super) fn product(&self, term: &Term) -> Expr {
        Expr::product(term.factors().iter().map(|f| self.symbol(f)).collect())
    }

    /// The groups within which the covariate is constant; `None` when it varies within them, or that is not known.
    pub(super) fn level(&self, covariate: &RExpr) -> Option<Grouping> {
        let model = &self.symbols.model;
        let finest = |names: Vec<&str>| {
            let levels: Option<Vec<&Level>> = names.iter().map(|n| model.level(&RExpr::name(*n))).collect();
            let all: Option<Vec<&Grouping>> = levels?
                .into_iter()
                .map(|level| match level {
                    Level::Group(group) => Some(group),
                    Level::Observation => None,
                })
                .collect();
            all?.into_iter().max_by_key(|g| g.factors().len()).cloned()
        };
        let stated = match model.level(covariate) {
            Some(Level::Group(group)) => Some(group.clone()),
            Some(Level::Observation) => None,
            None => finest(covariate.names()),
        };
        stated.filter(|group| model.groupings().iter().any(|g| g.is_within(group)))
    }

    /// The label of a covariate, by its column or its symbol.
    pub(super) fn label(&self, covariate: &RExpr) -> Option<&String> {
        let column = column(covariate);
        let symbol = || self.lexicon.covariates.get(covariate).map(ToString::to_string);
        self.facts.label.get(&column).or_else(|| self.facts.label.get(&symbol()?))
    }

    /// What the values of a covariate are.
    pub(super) fn scale(&self, covariate: &RExpr) -> Scale {
        let inner = match covariate {
            RExpr::Call(head, arguments) if head == "I" && arguments.len() == 1 => &arguments[0].1,
            other => other,
        };
        if let Some((factor, category)) = inner.as_dummy() {
            let reference = self.lexicon.categories.get(factor).and_then(|c| c.reference.clone());
            return Scale::Dummy { factor: factor.to_owned(), category: category.to_owned(), reference };
        }
        let label = self.label(covariate);
        if let Some((one, zero)) = label.and_then(|label| label.split_once('/')) {
            return Scale::Indicator(Some((one.trim().to_owned(), zero.trim().to_owned())));
        }
        let is_treatment = self.is_treatment(covariate);
        let name = column(covariate);
        let state = |label: &String| STATES.contains(&label.split(' ').next().unwrap_or_default());
        let range = self.options.data.get(&name);
        let indicator = range.is_some_and(|r| r.indicator)
            || self.options.indicators.contains(&name)
            || is_treatment && range.is_none()
            || (range.is_none() && !self.facts.numeric.contains(&name) && label.is_some_and(state));
        match (indicator, label) {
            (false, _) => Scale::Number,
            (true, None) if is_treatment => Scale::Indicator(Some(("treated".into(), "control".into()))),
            (true, Some(label)) if label.starts_with("not ") => {
                Scale::Indicator(Some((label.clone(), label["not ".len()..].to_owned())))
            }
            (true, label) => Scale::Indicator(label.map(|label| (label.clone(), format!("not {label}")))),
        }
    }

    /// What the values 0 and 1 are called; `None` for a covariate of other values too.
    pub(super) fn values(&self, covariate: &RExpr) -> Option<[String; 2]> {
        match self.scale(covariate) {
            Scale::Number => None,
            Scale::Indicator(None) => Some(["0".into(), "1".into()]),
            Scale::Indicator(Some((one, zero))) => Some([zero, one]),
            Scale::Dummy { category, reference, .. } => {
                Some([reference.unwrap_or_else(|| format!("not {category}")), category])
            }
        }
    }

    /// `at-risk` before a noun.
    fn adjective(&self, covariate: &RExpr, value: Value) -> Option<String> {
        let Scale::Indicator(Some((one, zero))) = self.scale(covariate) else { return None };
        let word = if value == Value::One { one } else { zero };
        Some(word.replace(' ', "-"))
    }

    /// `X_ij = 0`, or for a dummy `sector = public`.
    fn condition(&self, covariate: &RExpr, value: Value) -> Prose {
        let at = |value: Value| equal(&self.symbol(covariate), &Expr::number(u8::from(value == Value::One)));
        match (self.scale(covariate), value) {
            (Scale::Dummy { factor, category, .. }, Value::One) => say![format!("{factor} = {category}")],
            (Scale::Dummy { factor, reference: Some(reference), .. }, Value::Zero) => {
                say![format!("{factor} = {reference} (the reference category)")]
            }
            _ => say![at(value)],
        }
    }

    /// Each condition by itself, once.
    pub(super) fn conditions(&self, all: &[(RExpr, Value)]) -> Vec<Prose> {
        let mut seen: Vec<Prose> = vec![];
        for (covariate, value) in all {
            let condition = self.condition(covariate, *value);
            if !seen.contains(&condition) {
                seen.push(condition);
            }
        }
        seen
    }

    /// Who is spoken of: `not-at-risk students (R_ij = 0) with X_ij = 0 in control schools (Z_j = 0)`. Conditions on
    /// several dummies of one factor are one condition.
    pub(super) fn population(&self, conditions: &[(RExpr, Value)]) -> Prose {
        let groupings = self.finest_first();
        let mut made = self.described(&self.unit.many, conditions.iter().filter(|(c, _)| self.level(c).is_none()));
        for group in groupings {
            let own = || conditions.iter().filter(|(c, _)| self.level(c).as_ref() == Some(group));
            if own().next().is_some() {
                made.push(" in ");
                made.push(self.described(&self.group(group).many, own()));
            }
        }
        let known = |c: &RExpr| self.level(c).is_none_or(|g| self.symbols.model.groupings().contains(&&g));
        let rest: Vec<Prose> =
            conditions.iter().filter(|(c, _)| !known(c)).map(|(c, v)| self.condition(c, *v)).collect();
        if !rest.is_empty() {
            made.push(" at ");
            made.push(Prose::list(rest));
        }
        made
    }

    /// Only the groups of a population, or only the observations when they have conditions: `in control schools`.
    pub(super) fn place(&self, conditions: &[(RExpr, Value)]) -> Prose {
        if conditions.is_empty() {
            return Prose::default();
        }
        if conditions.iter().any(|(c, _)| self.level(c).is_none()) {
            return say![" for ", self.population(conditions)];
        }
        let mut made = Prose::default();
        for group in self.finest_first() {
            let own = || conditions.iter().filter(|(c, _)| self.level(c).as_ref() == Some(group));
            if own().next().is_some() {
                made.push(" in ");
                made.push(self.described(&self.group(group).many, own()));
            }
        }
        if made.is_empty() { say![" for ", self.population(conditions)] } else { made }
    }

    fn described<'c>(&self, noun: &str, conditions: impl Iterator<Item = &'c (RExpr, Value)>) -> Prose {
        let (mut before, mut brackets, mut after): (String, Vec<Prose>, Vec<Prose>) = Default::default();
        for (covariate, value) in conditions {
            let condition = self.condition(covariate, *value);
            match self.adjective(covariate, *value) {
                Some(adjective) => {
                    before += &format!("{adjective} ");
                    brackets.push(condition);
                }
                None if !after.contains(&condition) => after.push(condition),
                None => {}
            }
        }
        let mut made = say![before, noun];
        if !brackets.is_empty() {
            made.push(say![" (", Prose::list(brackets), ")"]);
        }
        if !after.is_empty() {
            made.push(say![" with ", Prose::list(after)]);
        }
        made
    }

    /// Who differs: `at-risk and not-at-risk students`, `students that differ by 1 in X_ij`.
    pub(super) fn compared(&self, covariate: &RExpr) -> Prose {
        let many = self.level(covariate).map_or_else(|| self.unit.many.clone(), |g| self.group(&g).many);
        match self.scale(covariate) {
            Scale::Dummy { factor, category, reference } => {
                let other = reference.map_or_else(|| "the reference category".into(), |r| format!("{factor} = {r}"));
                say![format!("{many} with {factor} = {category} and {many} with {other}")]
            }
            Scale::Indicator(None) => {
                let at = |v: u8| equal(&self.symbol(covariate), &Expr::number(v));
                say![&many, " with ", at(1), " and ", &many, " with ", at(0)]
            }
            Scale::Indicator(Some((one, zero))) => {
                let [one, zero] = [one, zero].map(|word| word.replace(' ', "-"));
                say![format!("{one} and {zero} {many}")]
            }
            Scale::Number => {
                say![&many, " that differ by 1 in ", self.symbol(covariate), self.meaning(covariate)]
            }
        }
    }

    /// ` (prior reading level)` after a symbol whose label is a name.
    pub(super) fn meaning(&self, covariate: &RExpr) -> Prose {
        match (self.label(covariate), self.scale(covariate)) {
            (Some(label), Scale::Number) => format!(" ({label})").into(),
            _ => Prose::default(),
        }
    }

    /// What a coefficient of the covariate is: the slope, or for two values the difference between them.
    pub(super) fn relation(&self, covariate: &RExpr) -> Prose {
        match self.scale(covariate) {
            Scale::Number => say!["slope of ", self.symbol(covariate)],
            _ if self.is_treatment(covariate) => say!["treatment effect", self.of_arm(covariate)],
            _ => say!["difference between ", self.compared(covariate)],
        }
    }

    /// The expected response on the scale of the coefficients: `Y_ij`, or the log-odds.
    pub(super) fn expected(&self) -> Prose {
        let response = || self.symbols.response.clone();
        let name = |text: &str| say![text, response()];
        let event = || equal(&self.symbols.response, &Expr::number(1));
        match (self.symbols.model.family(), self.symbols.model.link()) {
            ("gaussian", "identity") => name("the expected "),
            ("binomial", "logit") => say!["the log-odds of ", event()],
            ("binomial", "probit") => say!["the probit of the probability of ", event()],
            ("binomial", "cloglog") => say!["the complementary log-log of the probability of ", event()],
            (_, "log") => name("the log of the expected "),
            (_, "identity") => name("the expected "),
            (_, link) => say![format!("the {link} of the expected "), response()],
        }
    }

    /// What `exp()` of a difference is, where it is something.
    pub(super) fn ratio(&self) -> Option<&'static str> {
        match (self.symbols.model.family(), self.symbols.model.link()) {
            ("binomial", "logit") => Some("odds ratio"),
            (_, "log") => Some("ratio of the expected values"),
            _ => None,
        }
    }

    /// Whether coefficients are differences of means.
    pub(super) fn is_linear(&self) -> bool {
        self.symbols.model.link() == "identity"
    }

    /// The sum of the terms that have the covariate, without it: its slope given the others.
    pub(super) fn slope(&self, covariate: &RExpr) -> Expr {
        let terms = self.symbols.model.fixed().iter().zip(&self.symbols.fixed);
        let parts = terms.filter(|(t, _)| t.factors().contains(covariate)).map(|(term, symbol)| {
            let others = term.factors().iter().filter(|f| *f != covariate).map(|f| self.symbol(f));
            Expr::product(std::iter::once(symbol.clone()).chain(others).collect())
        });
        Expr::sum(parts.collect())
    }

    /// The expression with estimates in the place of the fixed effects; `None` when one is missing.
    pub(super) fn numbers(&self, expr: &Expr) -> Option<Expr> {
        let estimates = self.options.estimates.as_ref()?;
        let terms = self.symbols.model.fixed().iter().zip(&self.symbols.fixed);
        let known: Vec<(&Expr, Expr)> =
            terms.filter_map(|(term, symbol)| Some((symbol, number(estimates.fixed(term)?.value)))).collect();
        let complete = self.symbols.fixed.iter().filter(|s| expr.symbols().contains(&s.symbol().unwrap_or(&unnamed())));
        if complete.clone().any(|s| !known.iter().any(|(k, _)| *k == s)) {
            return None;
        }
        let filled = signed(expr.replace(&|s| {
            let found = known.iter().find(|(symbol, _)| symbol.symbol() == Some(s));
            found.map(|(_, value)| value.clone())
        }));
        let total = || self.total(expr);
        Some(match &filled.kind {
            Kind::Sum(_) if filled.symbols().is_empty() => {
                total().map_or(filled.clone(), |sum| equal(&filled, &number(sum)))
            }
            _ => filled,
        })
    }

    /// A sum of fixed effects, from the estimates as they are.
    fn total(&self, expr: &Expr) -> Option<f64> {
        match &expr.kind {
            Kind::Sum(parts) => parts.iter().map(|part| self.total(part)).sum(),
            Kind::Negative(inner) => Some(-self.total(inner)?),
            _ => {
                let at = self.symbols.fixed.iter().position(|symbol| symbol.symbol() == expr.symbol())?;
                let term = self.symbols.model.fixed().get(at).filter(|_| expr.symbol().is_some())?;
                Some(self.options.estimates.as_ref()?.fixed(term)?.value)
            }
        }
    }
}

fn unnamed() -> crate::syntax::Symbol {
    crate::syntax::Symbol::new(crate::syntax::Name::default(), vec![])
}

/// Signs out of products: `(-2) x` as `-(2 x)`, so that a sum subtracts.
fn signed(expr: Expr) -> Expr {
    match expr.kind {
        Kind::Sum(parts) => Expr::sum(parts.into_iter().map(signed).collect()),
        Kind::Product(mut parts) => match parts.first().map(|p| p.kind.clone()) {
            Some(Kind::Negative(inner)) => {
                parts[0] = *inner;
                super::prose::negative(Expr::product(parts))
            }
            _ => Expr::product(parts),
        },
        _ => expr,
    }
}

/// The column of a covariate, as flags and data call it; the text of one that is made of columns.
pub(super) fn column(covariate: &RExpr) -> String {
    match (covariate.as_dummy(), covariate) {
        (Some((factor, _)), _) => factor.to_owned(),
        (None, RExpr::Name(name)) => name.clone(),
        _ => covariate.to_string(),
    }
}

/// The plural of an English noun, by the usual rules and a few exceptions.
fn plural(one: &str) -> String {
    const IRREGULAR: &[(&str, &str)] = &[
        ("child", "children"),
        ("person", "people"),
        ("man", "men"),
        ("woman", "women"),
        ("mouse", "mice"),
        ("series", "series"),
        ("half", "halves"),
    ];
    let head = one.rsplit(' ').next().unwrap_or(one);
    let stem = &one[..one.len() - head.len()];
    if let Some((_, many)) = IRREGULAR.iter().find(|(single, _)| *single == head) {
        return format!("{stem}{many}");
    }
    let before = |n: usize| head.chars().rev().nth(n);
    let vowel = |c: Option<char>| c.is_some_and(|c| "aeiou".contains(c));
    let ends = |ending: &str| head.ends_with(ending);
    if ends("s") || ends("x") || ends("z") || ends("ch") || ends("sh") {
        format!("{one}es")
    } else if ends("y") && !vowel(before(1)) {
        format!("{}ies", &one[..one.len() - 1])
    } else {
        format!("{one}s")
    }
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn plurals() {
        for (one, many) in [
            ("school", "schools"),
            ("class", "classes"),
            ("city", "cities"),
            ("day", "days"),
            ("child", "children"),
            ("test item", "test items"),
            ("branch", "branches"),
        ] {
            assert_eq!(plural(one), many);
        }
    }
}
