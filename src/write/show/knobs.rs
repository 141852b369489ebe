//! The numbers of a picture, as sliders show them: where they stand, and how far they go.

use super::axis::{Basis, Parts, Scale, written};

/// What a number of the model does to a picture. Columns are counted: those of the covariate of the horizontal axis, and
/// those of the covariate that parts the groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The fixed effect of the product of a column of the axis and one of the parts; of the intercept without both.
    Fixed(Option<usize>, Option<usize>),
    /// The variance of the random effect of a column of the axis; of the intercept without one.
    Variance(Option<usize>),
    /// The correlation of the random effects of the intercept and of a column of the axis.
    Correlation(usize),
}

/// A number of the picture, as its slider shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Knob {
    /// What it does.
    pub role: Role,
    /// The script knows it by this name.
    pub what: String,
    /// What it is, in words.
    pub words: String,
    /// The item whose value it is.
    pub number: Option<u16>,
    /// The least value.
    pub low: f64,
    /// The greatest value.
    pub high: f64,
    /// Where it stands at first.
    pub value: f64,
    /// The decimals shown.
    pub decimals: usize,
}

impl Knob {
    /// The value as it is shown.
    pub fn shown(&self) -> String {
        written(self.value, self.decimals)
    }
}

/// A number that the model has.
pub(super) struct Given {
    pub(super) role: Role,
    pub(super) words: String,
    pub(super) number: Option<u16>,
    pub(super) estimate: Option<f64>,
}

/// Where the numbers of a picture stand.
pub(super) struct Place<'a> {
    /// The columns of the axis, and its range.
    pub(super) bases: &'a [Basis],
    pub(super) x: [f64; 2],
    pub(super) parts: Option<&'a Parts>,
    /// The residual standard deviation.
    pub(super) sigma: Option<f64>,
}

impl Place<'_> {
    /// How far a number moves the lines, for each unit of its own.
    fn size(&self, role: Role) -> f64 {
        let across = |column: Option<usize>| column.map_or(1.0, |column| self.bases[column].size(self.x));
        match role {
            Role::Fixed(x, z) => across(x) * z.zip(self.parts).map_or(1.0, |(z, parts)| parts.size(z)),
            Role::Variance(x) => across(x),
            Role::Correlation(_) => 1.0,
        }
    }
}

/// `slope`, `slope 2`, `interaction 1 2`.
fn name(role: Role) -> String {
    let counted = |word: &str, at: usize| if at == 0 { word.to_owned() } else { format!("{word} {}", at + 1) };
    match role {
        Role::Fixed(None, None) => "intercept".into(),
        Role::Fixed(Some(x), None) => counted("slope", x),
        Role::Fixed(None, Some(z)) => counted("treatment", z),
        Role::Fixed(Some(0), Some(0)) => "interaction".into(),
        Role::Fixed(Some(x), Some(z)) => format!("interaction {} {}", x + 1, z + 1),
        Role::Variance(None) => "intercept variance".into(),
        Role::Variance(Some(x)) => counted("slope variance", x),
        Role::Correlation(x) => counted("correlation", x),
    }
}

/// Least, greatest and first value of a number that nothing is known of, of a column that is at most 1.
fn invented(role: Role, bases: &[Basis]) -> [f64; 3] {
    let nth = |values: [f64; 5], at: usize| values[at % 5];
    let curve = |x: usize| matches!(bases[x], Basis::Power(power) if power > 1);
    match role {
        Role::Fixed(None, None) => [-2.0, 2.0, 0.0],
        Role::Fixed(Some(x), None) if curve(x) => [-3.0, 3.0, 0.6],
        Role::Fixed(Some(x), None) => [-3.0, 3.0, nth([1.0, 1.8, -0.6, 1.4, -1.2], x)],
        Role::Fixed(None, Some(z)) => [-2.0, 2.0, nth([1.0, -0.7, 1.8, 0.5, -1.4], z)],
        Role::Fixed(Some(x), Some(_)) if curve(x) => [-3.0, 3.0, 0.0],
        Role::Fixed(Some(x), Some(z)) => [-3.0, 3.0, nth([-0.8, 0.6, -0.2, 0.9, -1.2], x + z)],
        Role::Variance(None) => [0.0, 2.0, 0.5],
        Role::Variance(Some(_)) => [0.0, 2.0, 0.4],
        Role::Correlation(_) => [-1.0, 1.0, 0.3],
    }
}

/// The sliders of the numbers that there are; and whether they stand at estimates. One number that is not estimated makes
/// up all of them.
pub(super) fn knobs(given: Vec<Given>, place: &Place<'_>) -> (Vec<Knob>, bool) {
    // Without a variance there is no correlation to estimate.
    let needed = |given: &&Given| !matches!(given.role, Role::Correlation(_));
    let estimated = !given.is_empty() && given.iter().filter(needed).all(|given| given.estimate.is_some());
    // How far apart lines are, roughly: sliders go a few times as far.
    let apart = given.iter().map(|given| {
        let value = given.estimate.unwrap_or(0.0);
        match given.role {
            Role::Fixed(None, None) | Role::Correlation(_) => 0.0,
            Role::Fixed(..) => value.abs() * place.size(given.role),
            Role::Variance(_) => value.sqrt() * place.size(given.role),
        }
    });
    let unit = apart.fold(place.sigma.unwrap_or(0.0), f64::max);
    let level = given.iter().find(|given| given.role == Role::Fixed(None, None)).and_then(|given| given.estimate);
    let unit = if unit > 0.0 { unit } else { level.map_or(1.0, |value| value.abs().max(1.0)) };
    let made = given.into_iter().map(|given| {
        let Given { role, words, number, estimate } = given;
        let size = place.size(role);
        let knob = |[low, high]: [f64; 2], value, decimals| Knob {
            role,
            what: name(role),
            words,
            number,
            low,
            high,
            value,
            decimals,
        };
        if !estimated {
            let per = if matches!(role, Role::Variance(_)) { size.powi(2) } else { size };
            let [low, high, value] = invented(role, place.bases).map(|value| value / per);
            let decimals = Scale::around([low, high]).decimals + 1;
            return knob([low, high], value, decimals.max(2));
        }
        let value = estimate.unwrap_or(0.0);
        let range = match role {
            Role::Correlation(_) => [-1.0, 1.0],
            Role::Fixed(None, None) => [value - 3.0 * unit, value + 3.0 * unit],
            Role::Fixed(..) => about(value, unit / size),
            Role::Variance(_) => [0.0, (3.0 * value).max(unit * unit / 4.0 / size / size)],
        };
        let scale = Scale::around(range);
        let range = if matches!(role, Role::Correlation(_)) { range } else { scale.range() };
        knob(range, value, scale.decimals + 2)
    });
    (made.collect(), estimated)
}

/// A range around 0 that holds a value.
fn about(value: f64, unit: f64) -> [f64; 2] {
    let size = (2.0 * value.abs()).max(unit);
    [-size, size]
}
