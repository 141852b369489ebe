//! The axes of a picture: round steps, the range of a covariate, what its values are called, what a column is over it.

/// The range of a covariate of which nothing is known.
pub(super) const UNKNOWN: [f64; 2] = [-2.0, 2.0];
/// Steps that an axis has at most.
const STEPS: f64 = 5.0;
/// Points of a curve.
const POINTS: usize = 41;
/// Categories of a factor that are drawn at most.
pub(super) const MOST: usize = 5;

/// The covariate of the horizontal axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The covariate, in R's spelling.
    pub name: String,
    /// Its least and greatest value; the categories of a factor stand at 0, 1, 2, ….
    pub x: [f64; 2],
    /// What its values are called, when it has just 0 and 1 or is a factor.
    pub values: Option<Vec<String>>,
    /// Whether the range is known, from data or because its values are.
    pub known: bool,
}

impl Axis {
    pub(super) fn new(name: &str, values: Option<Vec<String>>, range: Option<[f64; 2]>) -> Self {
        let wide = range.filter(|[low, high]| low < high);
        let x = match &values {
            Some(values) => [0.0, values.len().saturating_sub(1).max(1) as f64],
            None => wide.unwrap_or(UNKNOWN),
        };
        Self { name: name.to_owned(), x, known: values.is_some() || wide.is_some(), values }
    }

    /// Where ticks stand, and what is written there.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        match &self.values {
            Some(values) => values.iter().enumerate().map(|(at, word)| (at as f64, word.clone())).collect(),
            None => Scale::within(self.x).ticks(),
        }
    }

    /// Between these a line is straight, a curve nearly so.
    pub(super) fn corners(&self, curved: bool) -> Vec<f64> {
        match &self.values {
            Some(values) if values.len() > 2 => (0..values.len()).map(|at| at as f64).collect(),
            _ if curved => points(self.x),
            _ => self.x.to_vec(),
        }
    }
}

/// Points of a curve over a range.
pub(super) fn points([low, high]: [f64; 2]) -> Vec<f64> {
    let step = (high - low) / (POINTS - 1) as f64;
    (0..POINTS).map(|at| low + step * at as f64).collect()
}

/// What a column of the model is over the horizontal axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The covariate, or a power of it.
    Power(i32),
    /// Whether the covariate is the category at this place.
    Category(usize),
}

impl Basis {
    /// Its value.
    pub fn at(self, x: f64) -> f64 {
        match self {
            Self::Power(power) => x.powi(power),
            Self::Category(place) => f64::from(u8::from((x - place as f64).abs() < 0.5)),
        }
    }

    /// Its greatest size over a range.
    pub(super) fn size(self, [low, high]: [f64; 2]) -> f64 {
        match self {
            Self::Power(_) => self.at(low).abs().max(self.at(high).abs()).max(f64::MIN_POSITIVE),
            Self::Category(_) => 1.0,
        }
    }
}

/// The covariate by which groups fall into parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// The covariate, in R's spelling.
    pub name: String,
    /// What is said of each part: `Z = 0`, `treated`.
    pub words: Vec<String>,
    /// For each part, the value of each of the covariate's columns.
    pub columns: Vec<Vec<f64>>,
    /// Whether it is the treatment, so that a difference is its effect.
    pub treatment: bool,
}

impl Parts {
    /// Two parts by a covariate of numbers.
    pub(super) fn halves(name: &str, called: Option<Vec<String>>, range: Option<[f64; 2]>, treatment: bool) -> Self {
        let values = match (&called, range) {
            (None, Some([low, high])) if low < high => Scale::within([low, high]).range(),
            _ => [0.0, 1.0],
        };
        let decimals = if values == [0.0, 1.0] { 0 } else { Scale::within(values).decimals };
        let numbers = || values.map(|value| written(value, decimals)).to_vec();
        let word = |word: String| if word.parse::<f64>().is_ok() { format!("{name} = {word}") } else { word };
        let is = |number: String| format!("{name} = {number}");
        let words = match called {
            Some(words) => words.into_iter().map(word).collect(),
            None => numbers().into_iter().map(is).collect(),
        };
        let columns = values.map(|value| vec![value]).to_vec();
        Self { name: name.to_owned(), words, columns, treatment }
    }

    /// A part for each category; `places` has that of each column.
    pub(super) fn categories(name: &str, words: Vec<String>, places: &[usize], treatment: bool) -> Self {
        let row = |part: usize| places.iter().map(|place| f64::from(u8::from(*place == part))).collect();
        let columns = (0..words.len()).map(row).collect();
        Self { name: name.to_owned(), words, columns, treatment }
    }

    /// The greatest size of a column.
    pub(super) fn size(&self, column: usize) -> f64 {
        let sizes = self.columns.iter().filter_map(|row| row.get(column)).map(|value| value.abs());
        sizes.fold(f64::MIN_POSITIVE, f64::max)
    }
}

/// A range with round steps: multiples of 1, 2 or 5 times a power of ten.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    /// The ends, in steps.
    ends: [f64; 2],
    /// The size of a step.
    pub(super) step: f64,
    /// Decimals that tell one step from the next.
    pub(super) decimals: usize,
}

impl Scale {
    /// The script of the page does the same, and must give the same numbers.
    fn step(width: f64) -> (f64, i32) {
        let raw = width / STEPS;
        // A power of ten that comes out a trifle small is one all the same.
        let power = (raw.log10() + 1e-9).floor() as i32;
        let size = 10f64.powi(power);
        let times = [1.0, 2.0, 5.0].into_iter().find(|times| times * size >= raw * (1.0 - 1e-9));
        times.map_or((10.0 * size, power + 1), |times| (times * size, power))
    }

    fn of(range: [f64; 2], round: fn(f64, f64) -> [f64; 2]) -> Self {
        let [low, mut high] = range;
        if high.partial_cmp(&low) != Some(std::cmp::Ordering::Greater) {
            high = low + 1.0;
        }
        let (step, power) = Self::step(high - low);
        Self { ends: round(low / step, high / step), step, decimals: usize::try_from(-power).unwrap_or(0) }
    }

    /// The least range of whole steps that holds a range.
    pub(super) fn around(range: [f64; 2]) -> Self {
        Self::of(range, |low, high| [(low + 1e-9).floor(), (high - 1e-9).ceil()])
    }

    /// The whole steps within a range.
    pub(super) fn within(range: [f64; 2]) -> Self {
        Self::of(range, |low, high| [(low - 1e-9).ceil(), (high + 1e-9).floor()])
    }

    /// The ends.
    pub(super) fn range(&self) -> [f64; 2] {
        self.ends.map(|end| end * self.step)
    }

    /// Where ticks stand, and what is written there.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let count = (self.ends[1] - self.ends[0]).clamp(0.0, 20.0) as usize;
        let at = (0..=count).map(|at| (self.ends[0] + at as f64) * self.step);
        at.map(|value| (value, written(value, self.decimals))).collect()
    }
}

/// A number with a minus sign, and none before a zero.
pub(super) fn written(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(size) if size.chars().all(|c| matches!(c, '0' | '.')) => size.to_owned(),
        Some(size) => format!("−{size}"),
        None => text,
    }
}
