//! The picture of a model: the lines of the groups of one grouping factor, over a covariate, and the variance between
//! groups as a function of it. Which numbers there are is the model's; their values are estimates, or made up.

use super::axis::{Axis, Parts};
use super::{Terms, knobs, svg};
use crate::algebra::{Reading, Sense, erased};
use crate::model::{Covariance, Grouping, Level, Model, RExpr, Term};
use crate::write::estimates::Estimates;
use crate::write::explain::{ExplainOptions, Explanation};

pub use knobs::Knob;

/// Invented deviations of twelve groups in intercept and slope, before they are made to have mean 0, variance 1 and no
/// correlation.
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
    /// The covariate that has one value in one half of the groups and another in the other.
    pub halves: Option<Parts>,
    /// The numbers that the model has.
    pub knobs: Vec<Knob>,
    /// Whether every number is an estimate, rather than made up.
    pub estimated: bool,
    /// The items that the lines of the groups show: random effects and coefficients.
    pub lines: Vec<u16>,
    /// Invented deviations, one a group: mean 0, variance 1, no correlation.
    pub draws: Vec<[f64; 2]>,
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

    /// Whether a term is one column of numbers: no product, no factor.
    fn is_numeric(&self, term: &Term) -> bool {
        let factor = |term: &Term| self.reading.lexicon.categories.contains_key(&erased(term).to_string());
        term.degree() == 1 && !factor(term)
    }

    /// The first dummy of a factor, as far as the equations write dummies; another term as it is.
    fn column(&self, term: &Term) -> Term {
        let numbers = self.terms.numbers(&Sense::Fixed(term.clone()));
        let first = numbers.first().and_then(|number| self.terms.item(*number)).map(|item| &item.sense);
        match first {
            Some(Sense::Fixed(column)) => column.clone(),
            _ => term.clone(),
        }
    }

    /// The picture of one grouping factor.
    fn picture(&self, group: &Grouping) -> Picture {
        let model = self.model();
        let blocks = || model.random().iter().filter(|block| block.group == *group);
        let slopes = || blocks().flat_map(|block| &block.terms).filter(|term| term.degree() == 1);
        let slope = slopes().find(|term| self.is_numeric(term)).or_else(|| slopes().next());
        let halves = self.halves(group, slope);
        let over = slope.or_else(|| self.over(halves)).map(|term| self.column(term));
        let halves = halves.map(|term| self.column(term));
        let product = over.as_ref().zip(halves.as_ref()).map(|(x, z)| x.times(z));
        let same = |own: &Term, term: &Term| own == term || *own == erased(term);
        let fixed = |term: &Term| {
            let is_in = model.fixed().iter().any(|own| same(own, term));
            is_in.then(|| (self.terms.number(&Sense::Fixed(term.clone())), self.fixed(term)))
        };
        let effect = |term: &Term| blocks().any(|block| block.terms.iter().any(|own| same(own, term)));
        let estimates = self.known.estimates.as_ref();
        let spread = |term: &Term| {
            let estimate = estimates.and_then(|e| e.covariance(group, term, term));
            let number = || self.terms.number(&Sense::Spread(group.clone(), term.clone()));
            effect(term).then(|| (number(), estimate))
        };
        let intercept = Term::intercept();
        let together = over.as_ref().filter(|x| {
            blocks().any(|block| {
                let has = |term: &Term| block.terms.iter().any(|own| same(own, term));
                has(&intercept) && has(x) && block.covariance != Covariance::Diagonal
            })
        });
        let pair = |x: &Term| {
            let number = self.terms.number(&Sense::Together(group.clone(), intercept.clone(), x.clone()));
            (number, estimates.and_then(|e| e.correlation(group, &intercept, x)))
        };
        let over_axis = over.as_ref().map(|term| self.axis(term));
        let parts = halves.as_ref().map(|term| self.parts(term));
        let numbers = [
            fixed(&intercept),
            over.as_ref().and_then(fixed),
            halves.as_ref().and_then(fixed),
            product.as_ref().and_then(fixed),
            spread(&intercept),
            over.as_ref().and_then(spread),
            together.map(pair),
        ];
        let sigma = estimates.and_then(|e: &Estimates| e.sigma);
        let (knobs, estimated) = knobs::knobs(numbers, over_axis.as_ref(), parts.as_ref(), sigma);
        let shown = [Some(&intercept), over.as_ref()];
        let of_lines = shown.into_iter().flatten().flat_map(|term| {
            let key = (group.clone(), term.clone());
            [Sense::Effect(key.0.clone(), key.1.clone()), Sense::Coefficient(key.0, key.1)]
        });
        let linear = model.family() == "gaussian" && model.link() == "identity";
        let response = model.response().to_string();
        Picture {
            group: group.to_string(),
            groups: self.called(group),
            response: if linear { response } else { format!("{} of the mean of {response}", model.link()) },
            over: over_axis,
            halves: parts,
            knobs,
            estimated,
            lines: of_lines.filter_map(|sense| self.terms.number(&sense)).collect(),
            draws: standardised(),
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
    fn values(&self, term: &Term) -> Option<[String; 2]> {
        let covariate = term.factors().first()?;
        if let Some(values) = self.explanation.and_then(|explanation| explanation.values.get(covariate)) {
            return Some(values.clone());
        }
        let all = self.reading.lexicon.categories.get(&covariate.to_string())?;
        let mut names = all.all();
        Some([names.next()?.clone(), names.next()?.clone()])
    }

    fn axis(&self, term: &Term) -> Axis {
        let range = self.known.data.get(&term.to_string()).map(|range| [range.low, range.high]);
        Axis::new(&erased(term).to_string(), self.values(term), range)
    }

    fn parts(&self, term: &Term) -> Parts {
        let range = self.known.data.get(&term.to_string()).map(|range| [range.low, range.high]);
        let treatment =
            self.known.treatment.as_deref().is_some_and(|name| erased(term).factors()[0] == RExpr::name(name));
        Parts::new(&erased(term).to_string(), self.values(term), range, treatment)
    }

    /// The covariate by which the groups fall into halves: the treatment; else one that is constant within groups, an
    /// interaction with the slope first.
    fn halves(&self, group: &Grouping, slope: Option<&Term>) -> Option<&Term> {
        let model = self.model();
        let level =
            |term: &&Term| matches!(model.level(&term.factors()[0]), Some(Level::Group(of)) if group.is_within(of));
        let unknown = |term: &&Term| model.level(&term.factors()[0]).is_none();
        let others = || model.fixed().iter().filter(|term| term.degree() == 1 && Some(*term) != slope);
        let crosses = |term: &&Term| slope.is_some_and(|x| model.fixed().contains(&x.times(term)));
        let treatment = self.known.treatment.as_deref();
        let named = |term: &&Term| treatment.is_some_and(|name| term.factors()[0] == RExpr::name(name));
        let treated = others().find(named);
        let grouped = || others().filter(level).find(crosses).or_else(|| others().find(level));
        treated.or_else(grouped).or_else(|| others().filter(unknown).find(crosses))
    }

    /// The covariate to draw over when no slope varies: one of the lowest Level, or of an unknown one; numbers first.
    fn over(&self, halves: Option<&Term>) -> Option<&Term> {
        let others = || self.model().fixed().iter().filter(|term| term.degree() == 1 && Some(*term) != halves);
        let level = |term: &Term| self.model().level(&term.factors()[0]);
        let lowest = |term: &&Term| matches!(level(term), Some(Level::Observation));
        let unknown = |term: &&Term| level(term).is_none();
        let numbers = || others().filter(|term| self.is_numeric(term));
        let number = numbers().find(lowest).or_else(|| numbers().find(unknown));
        number.or_else(|| others().find(lowest)).or_else(|| others().find(unknown))
    }
}

impl Picture {
    /// The value of a number; 0 when the model has no such number.
    pub fn value(&self, what: &str) -> f64 {
        self.knobs.iter().find(|knob| knob.what == what).map_or(0.0, |knob| knob.value)
    }

    /// The item of a number.
    pub fn number(&self, what: &str) -> Option<u16> {
        self.knobs.iter().find(|knob| knob.what == what)?.number
    }

    /// What the fixed effects predict at `x`, in groups where the covariate of the halves is `z`.
    pub fn mean(&self, x: f64, z: f64) -> f64 {
        self.value("intercept")
            + self.value("slope") * x
            + (self.value("treatment") + self.value("interaction") * x) * z
    }

    /// The values of the covariate of the halves.
    pub fn parts(&self) -> [f64; 2] {
        self.halves.as_ref().map_or([0.0, 0.0], |parts| parts.values)
    }

    /// The half that a group lies in: 0 or 1.
    pub fn half(&self, group: usize) -> usize {
        if self.halves.is_some() { group % 2 } else { 0 }
    }

    /// The line of a group at `x`.
    pub fn line(&self, group: usize, x: f64) -> f64 {
        let [a, b] = self.draws.get(group).copied().unwrap_or_default();
        let rho = self.value("correlation");
        let intercept = self.value("intercept variance").sqrt() * a;
        let slope = self.value("slope variance").sqrt() * (rho * a + (1.0 - rho * rho).max(0.0).sqrt() * b);
        self.mean(x, self.parts()[self.half(group)]) + intercept + slope * x
    }

    /// The variance between groups at `x`: τ_00 + 2 τ_10 x + τ_11 x².
    pub fn variance(&self, x: f64) -> f64 {
        let (intercept, slope) = (self.value("intercept variance"), self.value("slope variance"));
        intercept + 2.0 * self.value("correlation") * (intercept * slope).sqrt() * x + slope * x * x
    }

    /// The least and greatest value of the horizontal axis.
    pub fn x(&self) -> [f64; 2] {
        self.over.as_ref().map_or(super::axis::UNKNOWN, |axis| axis.x)
    }

    /// The least and greatest value of any line. Lines are straight: these lie at the ends.
    pub fn extent(&self) -> [f64; 2] {
        let ends = self.x();
        let groups = (0..self.draws.len()).flat_map(|group| ends.map(|x| self.line(group, x)));
        let means = self.parts().into_iter().flat_map(|z| ends.map(|x| self.mean(x, z)));
        groups.chain(means).fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], y| [low.min(y), high.max(y)])
    }

    /// The greatest variance between groups: of a parabola that opens upwards, at an end.
    pub fn greatest(&self) -> f64 {
        self.x().map(|x| self.variance(x)).into_iter().fold(0.0, f64::max)
    }

    /// The drawing as an `svg` element. `home` is the picture with the numbers it had at first: its axes hold, unless the
    /// lines leave them.
    pub fn svg(&self, home: &Self) -> String {
        svg::picture(self, home).into_string()
    }
}

/// The shapes with mean 0, variance 1 and no correlation, so that the picture shows just the numbers of the sliders.
fn standardised() -> Vec<[f64; 2]> {
    let n = SHAPES.len() as f64;
    let scaled = |values: Vec<f64>| -> Vec<f64> {
        let mean = values.iter().sum::<f64>() / n;
        let sd = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        values.into_iter().map(|v| (v - mean) / sd).collect()
    };
    let first = scaled(SHAPES.iter().map(|s| s[0]).collect());
    let second = scaled(SHAPES.iter().map(|s| s[1]).collect());
    let shared = first.iter().zip(&second).map(|(a, b)| a * b).sum::<f64>() / n;
    let apart = scaled(first.iter().zip(second).map(|(a, b)| b - shared * a).collect());
    first.into_iter().zip(apart).map(|(a, b)| [a, b]).collect()
}
