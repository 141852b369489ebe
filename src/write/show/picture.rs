//! The picture of a model: the lines of the groups of one grouping factor, over a covariate, and the variance between
//! groups as a function of it. The numbers are invented; which of them there are is the model's.

use super::{Terms, svg};
use crate::algebra::{Reading, Sense};
use crate::model::{Covariance, Grouping, Level, Model, RExpr, Term};

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

/// A number of the picture, as its slider shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Knob {
    /// What it moves; the script knows it by this name.
    pub what: &'static str,
    /// The item whose value it is.
    pub number: Option<u16>,
    /// The least value.
    pub low: f64,
    /// The greatest value.
    pub high: f64,
    /// Where it stands at first.
    pub value: f64,
}

/// What a slider can move: name, least, greatest, first value.
const KNOBS: &[(&str, f64, f64, f64)] = &[
    ("intercept", -2.0, 2.0, 0.0),
    ("slope", -1.5, 1.5, 0.5),
    ("treatment", -2.0, 2.0, 1.0),
    ("interaction", -1.5, 1.5, -0.4),
    ("intercept variance", 0.0, 2.0, 0.5),
    ("slope variance", 0.0, 0.5, 0.1),
    ("correlation", -1.0, 1.0, 0.3),
];

/// The lines of the groups of one grouping factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The grouping factor, in R's spelling.
    pub group: String,
    /// The response, or what a linked model is linear in.
    pub response: String,
    /// The covariate of the horizontal axis; none when the model has no covariate to draw over.
    pub over: Option<String>,
    /// The covariate that is 0 for one half of the groups and 1 for the other.
    pub halves: Option<String>,
    /// The numbers that the model has.
    pub knobs: Vec<Knob>,
    /// The items that the lines of the groups show: random effects and coefficients.
    pub lines: Vec<u16>,
    /// Invented deviations, one a group: mean 0, variance 1, no correlation.
    pub draws: Vec<[f64; 2]>,
}

/// One for each grouping factor of the model.
pub fn pictures(reading: &Reading, terms: &Terms, treatment: Option<&str>) -> Vec<Picture> {
    let groupings: Vec<Grouping> = reading.model.groupings().into_iter().cloned().collect();
    groupings.iter().map(|group| Picture::of(reading, terms, group, treatment)).collect()
}

impl Picture {
    /// The picture of one grouping factor.
    fn of(reading: &Reading, terms: &Terms, group: &Grouping, treatment: Option<&str>) -> Self {
        let model = &reading.model;
        let numeric = |term: &&Term| term.degree() == 1 && !reading.lexicon.categories.contains_key(&term.to_string());
        let blocks = || model.random().iter().filter(|block| block.group == *group);
        let slope = blocks().flat_map(|block| &block.terms).find(numeric);
        let halves = halves(model, group, slope, treatment, &numeric);
        let over = slope.or_else(|| over(model, halves, &numeric));
        let product = over.zip(halves).map(|(x, z)| x.times(z));
        let fixed = |term: &Term| model.fixed().contains(term).then(|| terms.number(&Sense::Fixed(term.clone())));
        let effect = |term: &Term| blocks().any(|block| block.terms.contains(term));
        let spread = |term: &Term| effect(term).then(|| terms.number(&Sense::Spread(group.clone(), term.clone())));
        let intercept = Term::intercept();
        let together = over.filter(|x| {
            blocks().any(|block| {
                let both = block.terms.contains(&intercept) && block.terms.contains(x);
                both && block.covariance != Covariance::Diagonal
            })
        });
        let pair = |x: &Term| terms.number(&Sense::Together(group.clone(), intercept.clone(), x.clone()));
        // In the order of `KNOBS`; none where the model has no such number.
        let numbers: [Option<Option<u16>>; 7] = [
            fixed(&intercept),
            over.and_then(fixed),
            halves.and_then(fixed),
            product.as_ref().and_then(fixed),
            spread(&intercept),
            over.and_then(spread),
            together.map(pair),
        ];
        let knob = |(row, number): (&(&'static str, f64, f64, f64), Option<Option<u16>>)| {
            Some(Knob { what: row.0, number: number?, low: row.1, high: row.2, value: row.3 })
        };
        let shown = [Some(&intercept), over];
        let of_lines = shown.into_iter().flatten().flat_map(|term| {
            let key = (group.clone(), term.clone());
            [Sense::Effect(key.0.clone(), key.1.clone()), Sense::Coefficient(key.0, key.1)]
        });
        let linear = model.family() == "gaussian" && model.link() == "identity";
        let response = model.response().to_string();
        Self {
            group: group.to_string(),
            response: if linear { response } else { format!("{} of the mean of {response}", model.link()) },
            over: over.map(Term::to_string),
            halves: halves.map(Term::to_string),
            knobs: KNOBS.iter().zip(numbers).filter_map(knob).collect(),
            lines: of_lines.filter_map(|sense| terms.number(&sense)).collect(),
            draws: standardised(),
        }
    }

    /// The value of a number; 0 when the model has no such number.
    pub fn value(&self, what: &str) -> f64 {
        self.knobs.iter().find(|knob| knob.what == what).map_or(0.0, |knob| knob.value)
    }

    /// The item of a number.
    pub fn number(&self, what: &str) -> Option<u16> {
        self.knobs.iter().find(|knob| knob.what == what)?.number
    }

    /// What the fixed effects predict at `x`, in the first (0) or second (1) half of the groups.
    pub fn mean(&self, x: f64, half: f64) -> f64 {
        self.value("intercept")
            + self.value("slope") * x
            + (self.value("treatment") + self.value("interaction") * x) * half
    }

    /// The half that a group lies in.
    pub fn half(&self, group: usize) -> f64 {
        if self.halves.is_some() && group % 2 == 1 { 1.0 } else { 0.0 }
    }

    /// The line of a group at `x`.
    pub fn line(&self, group: usize, x: f64) -> f64 {
        let [a, b] = self.draws.get(group).copied().unwrap_or_default();
        let rho = self.value("correlation");
        let intercept = self.value("intercept variance").sqrt() * a;
        let slope = self.value("slope variance").sqrt() * (rho * a + (1.0 - rho * rho).max(0.0).sqrt() * b);
        self.mean(x, self.half(group)) + intercept + slope * x
    }

    /// The variance between groups at `x`: τ_00 + 2 τ_10 x + τ_11 x².
    pub fn variance(&self, x: f64) -> f64 {
        let (intercept, slope) = (self.value("intercept variance"), self.value("slope variance"));
        intercept + 2.0 * self.value("correlation") * (intercept * slope).sqrt() * x + slope * x * x
    }

    /// The drawing as an `svg` element.
    pub fn svg(&self) -> String {
        svg::picture(self).into_string()
    }
}

/// The covariate by which the groups fall into halves: the treatment; else one that is constant within groups, an
/// interaction with the slope first.
fn halves<'m>(
    model: &'m Model,
    group: &Grouping,
    slope: Option<&Term>,
    treatment: Option<&str>,
    numeric: &dyn Fn(&&'m Term) -> bool,
) -> Option<&'m Term> {
    let level = |term: &&Term| matches!(model.level(&term.factors()[0]), Some(Level::Group(of)) if group.is_within(of));
    let unknown = |term: &&Term| model.level(&term.factors()[0]).is_none();
    let others = || model.fixed().iter().filter(|term| numeric(term) && Some(*term) != slope);
    let crosses = |term: &&Term| slope.is_some_and(|x| model.fixed().contains(&x.times(term)));
    let named = |term: &&Term| treatment.is_some_and(|name| term.factors()[0] == RExpr::name(name));
    let treated = others().find(named);
    let grouped = || others().filter(|t| level(t)).find(|t| crosses(t)).or_else(|| others().find(|t| level(t)));
    treated.or_else(grouped).or_else(|| others().filter(unknown).find(|t| crosses(t)))
}

/// The covariate to draw over when no slope varies: one of the lowest Level, or of an unknown one.
fn over<'m>(model: &'m Model, halves: Option<&Term>, numeric: &dyn Fn(&&'m Term) -> bool) -> Option<&'m Term> {
    let others = || model.fixed().iter().filter(|term| numeric(term) && Some(*term) != halves);
    let level = |term: &Term| model.level(&term.factors()[0]);
    let lowest = others().find(|term| matches!(level(term), Some(Level::Observation)));
    lowest.or_else(|| others().find(|term| level(term).is_none()))
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
