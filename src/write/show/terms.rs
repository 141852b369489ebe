//! What can be pointed at in a model: every parameter, coefficient, random effect and spread, each with a number, the
//! part of the model it belongs to, and what it is to the others. The numbers mark the pieces of every notation.

use crate::algebra::{Reading, Sense, erased, senses, symbols};
use crate::error::{Code, Diagnostic, Result};
use crate::model::{Covariance, Facts, Grouping, Model, RExpr, Term};
use crate::syntax::{Expr, Kind, Law, Statement, Symbol, System};
use crate::write::equations;
use crate::write::explain::{Part as Spelled, Prose};
use crate::write::typeset::Marks;
use std::collections::BTreeMap;

/// The part of a model that something belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Shared by all groups.
    Fixed,
    /// A coefficient: fixed effects and a deviation together.
    Mixed,
    /// Deviations of groups, and how they spread.
    Random,
    /// The residual, and how it spreads.
    Residual,
}

impl Part {
    /// One word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Mixed => "coefficient",
            Self::Random => "random",
            Self::Residual => "residual",
        }
    }
}

/// How two things of a model are related.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kin {
    /// The other is how far this one spreads over the groups: the variance of a random effect.
    Spread,
    /// The other is what spreads: the random effect of a variance.
    Spreads,
    /// The other is how a group deviates from this one: the random effect beside the fixed effect of a term.
    Deviation,
    /// The other is what this one deviates from.
    Mean,
    /// The other is a part of this coefficient.
    Piece,
    /// The other is the coefficient that this one is a part of.
    Whole,
}

impl Kin {
    /// In words, after the other's symbol.
    pub fn words(self) -> &'static str {
        match self {
            Self::Spread => "is its spread",
            Self::Spreads => "is what spreads",
            Self::Deviation => "is a group's deviation from it",
            Self::Mean => "is what it deviates from",
            Self::Piece => "is a part of it",
            Self::Whole => "is the coefficient it is a part of",
        }
    }
}

/// Something that can be pointed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub sense: Sense,
    /// As the level equations print it; `None` when the model has no equations.
    pub symbol: Option<Expr>,
    /// The part it belongs to.
    pub part: Part,
    /// What it is, in words.
    pub words: Prose,
    /// Its relations to others, by their numbers.
    pub kin: Vec<(Kin, u16)>,
}

impl Item {
    /// The term of the model that it is about, in R's spelling: `R:Z`, `1` for an intercept, `R | id` for a random
    /// effect and its spread; empty for the residual.
    pub fn term(&self) -> String {
        match &self.sense {
            Sense::Fixed(term) => term.to_string(),
            Sense::Coefficient(group, term) | Sense::Effect(group, term) | Sense::Spread(group, term) => {
                format!("{term} | {group}")
            }
            Sense::Together(group, one, other) => format!("{one}, {other} | {group}"),
            _ => String::new(),
        }
    }
}

/// Everything in a model that can be pointed at. The number of an item is its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Fixed effects, coefficients, random effects, their spreads, the residual and its spread.
    pub items: Vec<Item>,
    facts: Facts,
    columns: Columns,
}

/// The covariate of each column that R itself makes: `poly(x, 2)` of `poly(x, 2)1`.
type Columns = BTreeMap<RExpr, RExpr>;

impl Terms {
    /// The items of a model, with the symbols of its level equations where it has equations.
    pub fn new(reading: &Reading, facts: &Facts) -> Self {
        let raised = equations::raised(reading, crate::algebra::Form::Hierarchical, &Default::default(), &mut vec![]);
        let mut facts = facts.clone();
        let system = match raised {
            Ok((system, declared)) => {
                for (kind, name, value) in declared {
                    // A fact that the equations declare is well formed.
                    facts.add(kind, &format!("{name} = {value}")).ok();
                }
                system
            }
            Err(_) => System::default(),
        };
        let known = senses(&system, &facts).unwrap_or_default();
        let of_system = printed(&system)
            .into_iter()
            .filter_map(|expr| Some((known.get(&base(expr)?.key())?.clone(), expr.clone())));
        let mut printed: Vec<(Sense, Expr)> = of_system.collect();
        if system.statements.is_empty() {
            printed = spoken(reading);
        }
        let symbol = |sense: &Sense| printed.iter().find(|(own, _)| own == sense).map(|(_, expr)| expr.clone());
        let mut written: Vec<&Sense> = vec![];
        for (sense, _) in &printed {
            if !written.contains(&sense) {
                written.push(sense);
            }
        }
        let columns = columns(&reading.model, &written);
        let all = everything(&reading.model, &written, &columns);
        let items = all.iter().map(|sense| Item {
            symbol: symbol(sense),
            part: part(sense),
            words: words(sense, &symbol),
            kin: kin(sense, &all),
            sense: sense.clone(),
        });
        Self { items: items.collect(), facts, columns }
    }

    /// The number of what a symbol stands for.
    pub fn number(&self, sense: &Sense) -> Option<u16> {
        let at = self.items.iter().position(|item| item.sense == *sense)?;
        u16::try_from(at).ok()
    }

    /// The numbers of what a piece of a formula stands for: several for a factor, which has one for each dummy.
    pub fn numbers(&self, sense: &Sense) -> Vec<u16> {
        let same = |item: &Item| item.sense == *sense || whole(&item.sense, &self.columns) == *sense;
        (0..).zip(&self.items).filter(|(_, item)| same(item)).map(|(number, _)| number).collect()
    }

    /// The item of a number.
    pub fn item(&self, number: u16) -> Option<&Item> {
        self.items.get(usize::from(number))
    }

    /// The marks of the symbols of a system of this model; none when it cannot be read.
    pub fn marks(&self, system: &System) -> Marks {
        let known = senses(system, &self.facts).unwrap_or_default();
        known.into_iter().filter_map(|(key, sense)| Some((key, self.number(&sense)?))).collect()
    }

    /// The items that a word names: the term of a fixed effect (`R`, `R:Z`, `1`), which its coefficient and deviations
    /// share, or one symbol (`γ_11`, `gamma_11`, `u_1j`).
    ///
    /// # Errors
    /// `UnknownName`, with the nearest term and all of them.
    pub fn named(&self, word: &str) -> Result<Vec<u16>> {
        let wanted = match word {
            "1" | "(Intercept)" => Term::intercept(),
            _ => Term::new(word.split(':').map(|name| RExpr::name(name.trim()))),
        };
        let symbol = equations::name(word).map(|name| name.to_string()).unwrap_or_default();
        let of = |sense: &Sense| match sense {
            Sense::Fixed(term) | Sense::Coefficient(_, term) | Sense::Effect(_, term) => {
                [term, &erased(term), &joined(term, &self.columns)]
                    .iter()
                    .any(|t| **t == wanted || t.to_string() == word)
            }
            _ => false,
        };
        let is = |item: &Item| {
            let printed = item.symbol.as_ref().and_then(base);
            of(&item.sense) || printed.is_some_and(|s| s.to_string() == symbol || s.to_string() == word)
        };
        let found: Vec<u16> = (0..).zip(&self.items).filter(|(_, item)| is(item)).map(|(number, _)| number).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let terms = self.items.iter().filter_map(|item| match &item.sense {
            Sense::Fixed(term) => Some(term.to_string()),
            _ => None,
        });
        let symbols = self.items.iter().filter_map(|item| item.symbol.as_ref().and_then(base).map(Symbol::to_string));
        let known: Vec<String> = terms.chain(symbols).collect();
        Diagnostic::unknown(Code::UnknownName, "term or symbol of this model", word, known.iter().map(String::as_str))
            .into()
    }
}

/// The symbol of a symbol, or of a power of one.
pub(super) fn base(expr: &Expr) -> Option<&Symbol> {
    match &expr.kind {
        Kind::Power(base, _) => base.symbol(),
        _ => expr.symbol(),
    }
}

/// Every symbol of a system as it is written, a variance such as `σ²` with its power.
fn printed(system: &System) -> Vec<&Expr> {
    fn walk<'a>(expr: &'a Expr, found: &mut Vec<&'a Expr>) {
        if base(expr).is_some() {
            found.push(expr);
        } else {
            expr.children().into_iter().for_each(|part| walk(part, found));
        }
    }
    let mut found = vec![];
    for statement in &system.statements {
        let parts: Vec<&Expr> = match statement {
            Statement::Equation { left, rights, .. } => std::iter::once(left).chain(rights).collect(),
            Statement::Distribution { left, law: Law::Normal { mean, covariance }, .. } => {
                left.iter().chain(mean).chain(covariance.rows.iter().flatten().flatten()).collect()
            }
            Statement::Distribution { left, law: Law::Other { arguments, .. }, .. } => {
                left.iter().chain(arguments).collect()
            }
            Statement::Moment { value, .. } => vec![value],
        };
        parts.into_iter().for_each(|part| walk(part, &mut found));
    }
    found
}

/// What the symbols that explanations use stand for, of a model that no equation can show.
fn spoken(reading: &Reading) -> Vec<(Sense, Expr)> {
    let Ok(all) = symbols(reading, &Default::default(), &mut vec![]) else { return vec![] };
    let fixed = all.model.fixed().iter().zip(&all.fixed).map(|(term, symbol)| (Sense::Fixed(term.clone()), symbol));
    let mut made: Vec<(Sense, Expr)> = fixed.map(|(sense, symbol)| (sense, symbol.clone())).collect();
    made.extend(
        all.coefficients.iter().map(|c| (Sense::Coefficient(c.group.clone(), c.term.clone()), c.symbol.clone())),
    );
    for (block, own) in all.model.random().iter().zip(&all.random) {
        for (at, term) in block.terms.iter().enumerate() {
            made.push((Sense::Effect(block.group.clone(), term.clone()), own.effects[at].clone()));
            for (before, other) in block.terms[..=at].iter().enumerate() {
                let (low, high) = if other <= term { (other, term) } else { (term, other) };
                let sense = match before == at {
                    true => Sense::Spread(block.group.clone(), term.clone()),
                    false => Sense::Together(block.group.clone(), low.clone(), high.clone()),
                };
                made.extend(own.covariances[at][before].clone().map(|symbol| (sense, symbol)));
            }
        }
    }
    made.extend(all.residual.map(|symbol| (Sense::Residual, symbol)));
    made.extend(all.variance.map(|symbol| (Sense::ResidualSpread, symbol)));
    made
}

/// Which of the covariates written are columns of one of the model's.
fn columns(model: &Model, written: &[&Sense]) -> Columns {
    let names = written.iter().filter_map(|sense| match sense {
        Sense::Fixed(term) | Sense::Effect(_, term) => Some(term.factors()),
        _ => None,
    });
    let of = |name: &RExpr| {
        let text = match name {
            RExpr::Name(text) => text.trim_end_matches(|c: char| c.is_ascii_digit()),
            _ => return None,
        };
        let calls = model.covariates().into_iter().filter(|c| matches!(c, RExpr::Call(..)));
        let covariate = calls.into_iter().find(|c| c.to_string() == text)?;
        Some((name.clone(), covariate.clone()))
    };
    names.flatten().filter_map(of).collect()
}

/// The term with every dummy as its factor, and every column that R makes as what it is a column of.
fn joined(term: &Term, columns: &Columns) -> Term {
    Term::new(erased(term).factors().iter().map(|factor| columns.get(factor).unwrap_or(factor).clone()))
}

/// A sense with its terms as the model has them.
fn whole(sense: &Sense, columns: &Columns) -> Sense {
    let joined = |term: &Term| joined(term, columns);
    match sense {
        Sense::Fixed(term) => Sense::Fixed(joined(term)),
        Sense::Coefficient(group, term) => Sense::Coefficient(group.clone(), joined(term)),
        Sense::Effect(group, term) => Sense::Effect(group.clone(), joined(term)),
        Sense::Spread(group, term) => Sense::Spread(group.clone(), joined(term)),
        Sense::Together(group, one, other) => Sense::Together(group.clone(), joined(one), joined(other)),
        other => other.clone(),
    }
}

/// What a model has, in its order; a factor as the dummies that are `written`.
fn everything(model: &Model, written: &[&Sense], columns: &Columns) -> Vec<Sense> {
    let mut all: Vec<Sense> = vec![];
    let mut add = |sense: Sense| {
        let dummies = written.iter().filter(|s| ***s != sense && whole(s, columns) == sense);
        let mut found: Vec<Sense> = dummies.map(|s| (*s).clone()).collect();
        if found.is_empty() {
            found.push(sense);
        }
        for sense in found {
            if !all.contains(&sense) {
                all.push(sense);
            }
        }
    };
    model.fixed().iter().cloned().map(Sense::Fixed).for_each(&mut add);
    written.iter().filter(|s| matches!(s, Sense::Coefficient(..))).for_each(|s| add((*s).clone()));
    let effects = || model.random().iter().flat_map(|block| block.terms.iter().map(|term| (block.group.clone(), term)));
    effects().for_each(|(group, term)| add(Sense::Effect(group, term.clone())));
    effects().for_each(|(group, term)| add(Sense::Spread(group, term.clone())));
    for block in model.random().iter().filter(|block| block.covariance == Covariance::Unstructured) {
        for (at, one) in block.terms.iter().enumerate() {
            for other in &block.terms[..at] {
                let (low, high) = if one <= other { (one, other) } else { (other, one) };
                add(Sense::Together(block.group.clone(), low.clone(), high.clone()));
            }
        }
    }
    // The covariances of the dummies of one factor.
    written.iter().filter(|s| matches!(s, Sense::Together(..))).for_each(|s| add((*s).clone()));
    if model.family() == "gaussian" {
        // Under a link the response is no mean plus a residual.
        if model.link() == "identity" {
            add(Sense::Residual);
        }
        add(Sense::ResidualSpread);
    }
    all
}

fn part(sense: &Sense) -> Part {
    match sense {
        Sense::Coefficient(..) => Part::Mixed,
        Sense::Effect(..) | Sense::Spread(..) | Sense::Together(..) => Part::Random,
        Sense::Residual | Sense::ResidualSpread => Part::Residual,
        Sense::Fixed(_) | Sense::Response | Sense::Covariate(_) => Part::Fixed,
    }
}

/// `the intercept`, `the slope of R`, `the interaction of R and Z`.
fn quantity(term: &Term) -> String {
    let shown = |factor: &RExpr| match factor.as_dummy() {
        Some((factor, category)) => format!("{factor} {category}"),
        None => factor.to_string(),
    };
    let factors: Vec<String> = term.factors().iter().map(shown).collect();
    match &factors[..] {
        [] => "the intercept".into(),
        [one] if term.factors()[0].as_dummy().is_some() => format!("the difference that {one} makes"),
        [one] => format!("the slope of {one}"),
        [most @ .., last] => format!("the interaction of {} and {last}", most.join(", ")),
    }
}

fn words(sense: &Sense, symbol: &dyn Fn(&Sense) -> Option<Expr>) -> Prose {
    let shown = |group: &Grouping, term: &Term| match symbol(&Sense::Effect(group.clone(), term.clone())) {
        Some(effect) => Spelled::Math(effect),
        None => Spelled::Words(quantity(term)),
    };
    let text = match sense {
        Sense::Fixed(term) => format!("{}, shared by all groups", quantity(term)),
        Sense::Coefficient(group, term) => match group.factors() {
            [one] => format!("{} in one group of {one}", quantity(term)),
            all => format!("{} in one cell of {}", quantity(term), all.join(" and ")),
        },
        Sense::Effect(group, term) => {
            format!("how far one group of {group} is from the mean of all, in {}", quantity(term))
        }
        Sense::Spread(group, term) => {
            let over = Spelled::Words(format!(" spreads over the groups of {group}"));
            return Prose(vec![Spelled::Words("how far ".into()), shown(group, term), over]);
        }
        Sense::Together(group, one, other) => {
            let [how, and, together] = ["how ", " and ", " go together"].map(|words| Spelled::Words(words.into()));
            return Prose(vec![how, shown(group, one), and, shown(group, other), together]);
        }
        Sense::Residual => "what is left of one observation".into(),
        Sense::ResidualSpread => "how far the residual spreads".into(),
        Sense::Response => "the response".into(),
        Sense::Covariate(covariate) => covariate.to_string(),
    };
    text.into()
}

/// The relations of a thing to the others.
fn kin(sense: &Sense, all: &[Sense]) -> Vec<(Kin, u16)> {
    let related = |other: &Sense| match (sense, other) {
        (Sense::Fixed(a), Sense::Effect(_, b)) if a == b => Some(Kin::Deviation),
        (Sense::Effect(_, a), Sense::Fixed(b)) if a == b => Some(Kin::Mean),
        (Sense::Effect(g, a), Sense::Spread(h, b)) if (g, a) == (h, b) => Some(Kin::Spread),
        (Sense::Spread(g, a), Sense::Effect(h, b)) if (g, a) == (h, b) => Some(Kin::Spreads),
        (Sense::Together(g, a, b), Sense::Effect(h, c)) if g == h && (a == c || b == c) => Some(Kin::Spreads),
        (Sense::Residual, Sense::ResidualSpread) => Some(Kin::Spread),
        (Sense::ResidualSpread, Sense::Residual) => Some(Kin::Spreads),
        (Sense::Coefficient(g, a), Sense::Effect(h, b)) if (g, a) == (h, b) => Some(Kin::Piece),
        (Sense::Effect(g, a), Sense::Coefficient(h, b)) if (g, a) == (h, b) => Some(Kin::Whole),
        (Sense::Coefficient(_, a), Sense::Fixed(b)) if a == b => Some(Kin::Piece),
        (Sense::Fixed(a), Sense::Coefficient(_, b)) if a == b => Some(Kin::Whole),
        _ => None,
    };
    (0..).zip(all).filter_map(|(number, other)| Some((related(other)?, number))).collect()
}
