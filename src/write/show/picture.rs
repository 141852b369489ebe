//! The picture of a model: the lines of the groups of one grouping factor, over a covariate, and the variance between
//! groups as a function of it. Which numbers there are is the model's; their values are estimates, or made up.

use super::axis::{Axis, Basis, MOST, Parts, UNKNOWN, points};
use super::knobs::{self, Given, Place};
use super::{Terms, svg};
use crate::algebra::{Reading, Sense, erased};
use crate::model::{Covariance, Grouping, Level, Model, RExpr, Term};
use crate::write::explain::{ExplainOptions, Explanation, power_of};

pub use knobs::{Knob, Role};

/// Invented deviations of twelve groups in intercept and slope, before they are made to have mean 0, variance 1 and no
/// correlation. Further columns are these in another order.
const SHAPES: [[f64; 2]; 12] = [
    [-1.6, 0.4],
    [-1.2, -0.9],
    [-0.8, 1.1],
    [-0.6, -1.4],
    [-0.3, 0.2],
    [-0.1, -0.5],
    [0.2, 1.6],
    [0.4, -0.1],
    [0.6, -1.1],
    [0.9, 0.8],
    [1.2, -0.3],
    [1.7, 0.6],
];

/// The lines of the groups of one grouping factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The grouping factor, in R's spelling.
    pub group: String,
    /// What its groups are called.
    pub groups: String,
    /// The response, or what a linked model is linear in.
    pub response: String,
    /// The covariate of the horizontal axis; none when the model has no covariate to draw over.
    pub over: Option<Axis>,
    /// Its columns: itself and its powers, or a factor's categories.
    pub bases: Vec<Basis>,
    /// The covariate by which the groups fall into parts.
    pub parts: Option<Parts>,
    /// The numbers that the model has.
    pub knobs: Vec<Knob>,
    /// Whether every number is an estimate, rather than made up.
    pub estimated: bool,
    /// How many categories of a factor there are beyond those that are drawn.
    pub left_out: Vec<(String, usize)>,
    /// The items that the lines of the groups show: random effects and coefficients.
    pub lines: Vec<u16>,
    /// Invented deviations, one row a group: mean 0, variance 1, no correlation. The first is that of the intercept, the
    /// others are what is left of the columns'.
    pub draws: Vec<Vec<f64>>,
}

/// One for each grouping factor of the model, with what is `known`: the treatment, estimates, ranges of covariates.
pub fn pictures(
    reading: &Reading,
    terms: &Terms,
    explanation: Option<&Explanation>,
    known: &ExplainOptions,
) -> Vec<Picture> {
    let groupings: Vec<Grouping> = reading.model.groupings().into_iter().cloned().collect();
    let from = Source { reading, terms, explanation, known };
    groupings.iter().map(|group| from.picture(group)).collect()
}

/// What pictures are made from.
struct Source<'a> {
    reading: &'a Reading,
    terms: &'a Terms,
    explanation: Option<&'a Explanation>,
    known: &'a ExplainOptions,
}

impl Source<'_> {
    fn model(&self) -> &Model {
        &self.reading.model
    }

    /// The columns of a term: the dummies of a factor as far as its categories are known, else the term itself; none for
    /// a product, and for what only R can make, as `poly(x, 2)`.
    fn columns(&self, term: &Term) -> Vec<Term> {
        let items = self.terms.items.iter().filter_map(|item| match &item.sense {
            Sense::Fixed(own) | Sense::Effect(_, own) if erased(own) == *term => Some(own),
            _ => None,
        });
        let mut found: Vec<Term> = vec![];
        for own in items.filter(|_| term.degree() == 1) {
            if !found.contains(own) {
                found.push(own.clone());
            }
        }
        found
    }

    /// The categories of a factor, the reference first; `None` for a covariate of numbers.
    fn categories(&self, term: &Term) -> Option<Vec<String>> {
        let all = self.reading.lexicon.categories.get(&erased(term).to_string())?;
        let is_coded = self.columns(&erased(term)).iter().any(|column| column.factors()[0].as_dummy().is_some());
        is_coded.then(|| all.all().cloned().collect())
    }

    /// The columns of the dummies whose categories are drawn, with their places.
    fn places(&self, term: &Term, categories: &[String]) -> Vec<(Term, usize)> {
        let place = |column: Term| {
            let category = column.factors()[0].as_dummy()?.1.to_owned();
            let at = categories.iter().position(|own| *own == category)?;
            Some((column, at)).filter(|_| at < MOST)
        };
        self.columns(term).into_iter().filter_map(place).collect()
    }

    /// A covariate to draw over with its columns, and what each is.
    fn bases(&self, term: &Term) -> Vec<(Term, Basis)> {
        if let Some(categories) = self.categories(term) {
            return self.places(term, &categories).into_iter().map(|(t, at)| (t, Basis::Category(at))).collect();
        }
        let power = |other: &Term| {
            let [covariate] = other.factors() else { return None };
            let power = i32::try_from(power_of(covariate)?).ok()?;
            let own = term.factors()[0].names() == covariate.names() && matches!(term.factors()[0], RExpr::Name(_));
            Some((other.clone(), Basis::Power(power))).filter(|_| own)
        };
        let powers = self.model().fixed().iter().filter_map(power);
        std::iter::once((term.clone(), Basis::Power(1))).chain(powers).collect()
    }

    /// The covariate that parts the groups, with its columns.
    fn parts(&self, term: &Term) -> (Parts, Vec<Term>) {
        let name = erased(term).to_string();
        let treatment = self.known.treatment.as_deref() == Some(&*name);
        if let Some(mut categories) = self.categories(term) {
            let (columns, places): (Vec<Term>, Vec<usize>) = self.places(term, &categories).into_iter().unzip();
            categories.truncate(MOST);
            return (Parts::categories(&name, categories, &places, treatment), columns);
        }
        let range = self.known.data.get(&name).map(|range| [range.low, range.high]);
        (Parts::halves(&name, self.values(term), range, treatment), vec![term.clone()])
    }

    /// The picture of one grouping factor.
    fn picture(&self, group: &Grouping) -> Picture {
        let model = self.model();
        let blocks = || model.random().iter().filter(|block| block.group == *group);
        let is_drawn = |term: &&Term| !self.columns(term).is_empty();
        let slopes = || blocks().flat_map(|block| &block.terms).filter(is_drawn);
        let slope = slopes().find(|term| self.categories(term).is_none()).or_else(|| slopes().next());
        let halves = self.halves(group, slope);
        let over = slope.or_else(|| self.over(halves));
        let (x_terms, bases): (Vec<Term>, Vec<Basis>) =
            over.map(|term| self.bases(term)).unwrap_or_default().into_iter().unzip();
        let axis = over.map(|term| self.axis(term));
        let parted = halves.map(|term| self.parts(term));
        let (parts, z_terms) = parted.map_or((None, vec![]), |(parts, terms)| (Some(parts), terms));
        let mut given = vec![];
        let columns = |all: &[Term]| -> Vec<Option<usize>> { (0..all.len()).map(Some).collect() };
        let part = |at: Option<usize>, all: &[Term]| at.map_or_else(Term::intercept, |at| all[at].clone());
        let (none, xs, zs) = (vec![None], columns(&x_terms), columns(&z_terms));
        for (across, between) in [(&none, &none), (&xs, &none), (&none, &zs), (&xs, &zs)] {
            for (x, z) in across.iter().flat_map(|x| between.iter().map(move |z| (*x, *z))) {
                let (own, other) = (part(x, &x_terms), part(z, &z_terms));
                let term = own.times(&other);
                if model.fixed().iter().any(|fixed| same(fixed, &term)) {
                    let words = self.effect_words(&own, &other, parts.as_ref().is_some_and(|parts| parts.treatment));
                    given.push(self.given(Role::Fixed(x, z), words, &Sense::Fixed(term.clone()), self.fixed(&term)));
                }
            }
        }
        let estimates = self.known.estimates.as_ref();
        for x in none.iter().chain(&xs) {
            let term = part(*x, &x_terms);
            if blocks().any(|block| block.terms.iter().any(|own| same(own, &term))) {
                let estimate = estimates.and_then(|e| e.covariance(group, &term, &term));
                let words = match x {
                    Some(at) if matches!(bases[*at], Basis::Category(_)) => {
                        format!("slope variance, {}", called(&term))
                    }
                    Some(_) => "slope variance".into(),
                    None => "intercept variance".into(),
                };
                given.push(self.given(Role::Variance(*x), words, &Sense::Spread(group.clone(), term), estimate));
            }
        }
        let intercept = Term::intercept();
        for (at, term) in x_terms.iter().enumerate() {
            let together = |block: &&crate::model::RandomTerm| {
                let has = |term: &Term| block.terms.iter().any(|own| same(own, term));
                has(&intercept) && has(term) && block.covariance != Covariance::Diagonal
            };
            if blocks().any(|block| together(&block)) {
                let estimate = estimates.and_then(|e| e.correlation(group, &intercept, term));
                let sense = Sense::Together(group.clone(), intercept.clone(), term.clone());
                given.push(self.given(Role::Correlation(at), "correlation".into(), &sense, estimate));
            }
        }
        let x = axis.as_ref().map_or(UNKNOWN, |axis| axis.x);
        let place = Place { bases: &bases, x, parts: parts.as_ref(), sigma: estimates.and_then(|e| e.sigma) };
        let (knobs, estimated) = knobs::knobs(given, &place);
        let of_lines = std::iter::once(&intercept).chain(&x_terms).flat_map(|term| {
            let key = (group.clone(), term.clone());
            [Sense::Effect(key.0.clone(), key.1.clone()), Sense::Coefficient(key.0, key.1)]
        });
        let linear = model.family() == "gaussian" && model.link() == "identity";
        let response = model.response().to_string();
        let beyond = |term: &Term| {
            let more = self.categories(term)?.len().checked_sub(MOST).filter(|more| *more > 0)?;
            Some((erased(term).to_string(), more))
        };
        Picture {
            group: group.to_string(),
            groups: self.called(group),
            response: if linear { response } else { format!("{} of the mean of {response}", model.link()) },
            over: axis,
            draws: standardised(1 + bases.len()),
            bases,
            parts,
            knobs,
            estimated,
            left_out: over.into_iter().chain(halves).filter_map(beyond).collect(),
            lines: of_lines.filter_map(|sense| self.terms.number(&sense)).collect(),
        }
    }

    fn given(&self, role: Role, words: String, sense: &Sense, estimate: Option<f64>) -> Given {
        Given { role, words, number: self.terms.number(sense), estimate }
    }

    /// What a fixed effect is: `slope of R`, `effect of Z`, `f: some`, `interaction of R and Z`.
    fn effect_words(&self, x: &Term, z: &Term, treatment: bool) -> String {
        let one = |term: &Term, word: &str| match term.factors()[0].as_dummy() {
            Some(_) => self.against(term),
            None => format!("{word} of {term}"),
        };
        match (x.is_intercept(), z.is_intercept()) {
            (true, true) => "intercept".into(),
            (false, true) => one(x, if power_of(&x.factors()[0]).is_some() { "coefficient" } else { "slope" }),
            (true, false) => one(z, if treatment { "effect" } else { "coefficient" }),
            (false, false) => format!("interaction of {} and {}", called(x), called(z)),
        }
    }

    /// `f: some against no`; of a factor without a reference, the category alone.
    fn against(&self, dummy: &Term) -> String {
        let Some((factor, category)) = dummy.factors()[0].as_dummy() else { return dummy.to_string() };
        let reference = self.reading.lexicon.categories.get(factor).and_then(|all| all.reference.as_ref());
        let coded = |reference: &&String| {
            !self.columns(&erased(dummy)).contains(&Term::new([RExpr::dummy(factor, reference.as_str())]))
        };
        match reference.filter(coded) {
            Some(reference) => format!("{factor}: {category} against {reference}"),
            None => format!("{factor}: {category}"),
        }
    }

    /// What the groups are called.
    fn called(&self, group: &Grouping) -> String {
        let known = self.explanation.and_then(|explanation| explanation.groups.get(group));
        known.cloned().unwrap_or_else(|| format!("groups of {group}"))
    }

    fn fixed(&self, term: &Term) -> Option<f64> {
        self.known.estimates.as_ref()?.fixed(term).map(|estimate| estimate.value)
    }

    /// What the values 0 and 1 of a covariate are called; `None` for a covariate of other values too.
    fn values(&self, term: &Term) -> Option<Vec<String>> {
        let covariate = term.factors().first()?;
        let values = self.explanation.and_then(|explanation| explanation.values.get(covariate));
        values.map(|values| values.to_vec())
    }

    fn axis(&self, term: &Term) -> Axis {
        let range = self.known.data.get(&term.to_string()).map(|range| [range.low, range.high]);
        let categories = self.categories(term).map(|all| all.into_iter().take(MOST).collect());
        Axis::new(&erased(term).to_string(), categories.or_else(|| self.values(term)), range)
    }

    /// The covariate by which the groups fall into parts: the treatment; else one that is constant within groups, an
    /// interaction with the slope first.
    fn halves(&self, group: &Grouping, slope: Option<&Term>) -> Option<&Term> {
        let model = self.model();
        let level =
            |term: &&Term| matches!(model.level(&term.factors()[0]), Some(Level::Group(of)) if group.is_within(of));
        let unknown = |term: &&Term| model.level(&term.factors()[0]).is_none();
        let is_drawn = |term: &&Term| Some(*term) != slope && !self.columns(term).is_empty();
        let others = || model.fixed().iter().filter(is_drawn);
        let crosses = |term: &&Term| slope.is_some_and(|x| model.fixed().contains(&x.times(term)));
        let treatment = self.known.treatment.as_deref();
        let named = |term: &&Term| treatment.is_some_and(|name| term.factors()[0] == RExpr::name(name));
        let treated = others().find(named);
        let grouped = || others().filter(level).find(crosses).or_else(|| others().find(level));
        treated.or_else(grouped).or_else(|| others().filter(unknown).find(crosses))
    }

    /// The covariate to draw over when no slope varies: one of the lowest Level, or of an unknown one; numbers first.
    fn over(&self, halves: Option<&Term>) -> Option<&Term> {
        let is_drawn = |term: &&Term| Some(*term) != halves && !self.columns(term).is_empty();
        let others = || self.model().fixed().iter().filter(is_drawn);
        let level = |term: &Term| self.model().level(&term.factors()[0]);
        let lowest = |term: &&Term| matches!(level(term), Some(Level::Observation));
        let unknown = |term: &&Term| level(term).is_none();
        // A power is drawn with what it is a power of.
        let numbers =
            || others().filter(|term| self.categories(term).is_none() && power_of(&term.factors()[0]).is_none());
        let number = numbers().find(lowest).or_else(|| numbers().find(unknown));
        number.or_else(|| others().find(lowest)).or_else(|| others().find(unknown))
    }
}

/// Whether a term of the model is this one, or the factor that it is a dummy of.
fn same(own: &Term, term: &Term) -> bool {
    own == term || *own == erased(term)
}

/// A covariate, or the category of a dummy.
fn called(term: &Term) -> String {
    term.factors()[0].as_dummy().map_or_else(|| term.to_string(), |(_, category)| category.to_owned())
}

impl Picture {
    /// The value of a number; 0 when the model has no such number.
    pub fn value(&self, role: Role) -> f64 {
        self.knobs.iter().find(|knob| knob.role == role).map_or(0.0, |knob| knob.value)
    }

    /// The items of the numbers of some roles.
    pub(super) fn numbers(&self, wanted: impl Fn(Role) -> bool) -> Vec<u16> {
        self.knobs.iter().filter(|knob| wanted(knob.role)).filter_map(|knob| knob.number).collect()
    }

    /// What the fixed effects predict at `x`, in the groups of a part.
    pub fn mean(&self, x: f64, part: usize) -> f64 {
        let across = |column: Option<usize>| column.map_or(1.0, |column| self.bases[column].at(x));
        let row = self.parts.as_ref().and_then(|parts| parts.columns.get(part));
        let between = |column: Option<usize>| match column {
            Some(column) => row.and_then(|row| row.get(column)).copied().unwrap_or(0.0),
            None => 1.0,
        };
        let shares = self.knobs.iter().map(|knob| match knob.role {
            Role::Fixed(x, z) => knob.value * across(x) * between(z),
            _ => 0.0,
        });
        shares.sum()
    }

    /// How many parts the groups fall into.
    pub fn count(&self) -> usize {
        self.parts.as_ref().map_or(1, |parts| parts.words.len())
    }

    /// The part that a group lies in.
    pub fn part(&self, group: usize) -> usize {
        group % self.count()
    }

    /// For each column of a standardised deviation how much of it lies in the line at `x`: that of the intercept, then what
    /// is left of each column of the axis.
    fn loads(&self, x: f64) -> Vec<f64> {
        let deviation = |column: Option<usize>| self.value(Role::Variance(column)).max(0.0).sqrt();
        let mut loads = vec![deviation(None)];
        for (at, basis) in self.bases.iter().enumerate() {
            let size = deviation(Some(at)) * basis.at(x);
            let rho = self.value(Role::Correlation(at));
            loads[0] += rho * size;
            loads.push((1.0 - rho * rho).max(0.0).sqrt() * size);
        }
        loads
    }

    /// The line of a group at `x`.
    pub fn line(&self, group: usize, x: f64) -> f64 {
        let draws = self.draws.get(group).map(Vec::as_slice).unwrap_or_default();
        let deviation: f64 = draws.iter().zip(self.loads(x)).map(|(draw, load)| draw * load).sum();
        self.mean(x, self.part(group)) + deviation
    }

    /// The variance between groups at `x`: with one slope τ_00 + 2 τ_10 x + τ_11 x².
    pub fn variance(&self, x: f64) -> f64 {
        self.loads(x).into_iter().map(|load| load * load).sum()
    }

    /// The least and greatest value of the horizontal axis.
    pub fn x(&self) -> [f64; 2] {
        self.over.as_ref().map_or(UNKNOWN, |axis| axis.x)
    }

    /// Where lines have corners.
    pub fn corners(&self) -> Vec<f64> {
        let curved = self.bases.iter().any(|basis| matches!(basis, Basis::Power(power) if *power != 1));
        self.over.as_ref().map_or_else(|| UNKNOWN.to_vec(), |axis| axis.corners(curved))
    }

    /// Where the curve of the variance has corners.
    pub fn points(&self) -> Vec<f64> {
        match self.bases.first() {
            Some(Basis::Category(_)) => self.corners(),
            _ => points(self.x()),
        }
    }

    /// The least and greatest value of any line.
    pub fn extent(&self) -> [f64; 2] {
        let corners = self.corners();
        let groups = (0..self.draws.len()).flat_map(|group| corners.iter().map(move |x| self.line(group, *x)));
        let means = (0..self.count()).flat_map(|part| corners.iter().map(move |x| self.mean(*x, part)));
        groups.chain(means).fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], y| [low.min(y), high.max(y)])
    }

    /// The greatest variance between groups that is drawn.
    pub fn greatest(&self) -> f64 {
        self.points().into_iter().map(|x| self.variance(x)).fold(0.0, f64::max)
    }

    /// The drawing as an `svg` element. `home` is the picture with the numbers it had at first: its axes hold, unless the
    /// lines leave them.
    pub fn svg(&self, home: &Self) -> String {
        svg::picture(self, home).into_string()
    }
}

/// So many columns of the shapes with mean 0, variance 1 and no correlation, so that the picture shows just the numbers of
/// the sliders; a row a group.
fn standardised(columns: usize) -> Vec<Vec<f64>> {
    let n = SHAPES.len();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n as f64;
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / n as f64;
    let mut made: Vec<Vec<f64>> = vec![];
    for column in 0..columns {
        let shape = |group: usize| SHAPES[(group * if column < 2 { 1 } else { 5 } + 3 * (column / 2)) % n][column % 2];
        let raw: Vec<f64> = (0..n).map(shape).collect();
        let middle = mean(&raw);
        let mut values: Vec<f64> = raw.iter().map(|value| value - middle).collect();
        for before in &made {
            let shared = product(&values, before);
            values.iter_mut().zip(before).for_each(|(value, other)| *value -= shared * other);
        }
        let size = product(&values, &values).sqrt();
        made.push(values.into_iter().map(|value| value / size).collect());
    }
    (0..n).map(|group| made.iter().map(|column| column[group]).collect()).collect()
}
