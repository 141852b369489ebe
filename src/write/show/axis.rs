//! The axes of a picture: round steps, the range of a covariate, what its values are called.

/// The range of a covariate of which nothing is known.
pub(super) const UNKNOWN: [f64; 2] = [-2.0, 2.0];
/// Steps that an axis has at most.
const STEPS: f64 = 5.0;

/// The covariate of the horizontal axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The covariate, in R's spelling.
    pub name: String,
    /// Its least and greatest value.
    pub x: [f64; 2],
    /// What its two values are called, when it has just 0 and 1.
    pub values: Option<[String; 2]>,
    /// Whether the range is known, from data or because it is 0 and 1.
    pub known: bool,
}

impl Axis {
    pub(super) fn new(name: &str, values: Option<[String; 2]>, range: Option<[f64; 2]>) -> Self {
        let wide = range.filter(|[low, high]| low < high);
        let x = if values.is_some() { [0.0, 1.0] } else { wide.unwrap_or(UNKNOWN) };
        Self { name: name.to_owned(), x, known: values.is_some() || wide.is_some(), values }
    }

    /// Where ticks stand, and what is written there.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        match &self.values {
            Some(values) => [0.0, 1.0].into_iter().zip(values.iter().cloned()).collect(),
            None => Scale::within(self.x).ticks(),
        }
    }
}

/// The covariate by which groups fall into halves.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// The covariate, in R's spelling.
    pub name: String,
    /// Its value in each half.
    pub values: [f64; 2],
    /// What is said of each half: `Z = 0`, `treated`.
    pub words: [String; 2],
    /// Whether it is the treatment, so that a difference is its effect.
    pub treatment: bool,
}

impl Parts {
    pub(super) fn new(name: &str, called: Option<[String; 2]>, range: Option<[f64; 2]>, treatment: bool) -> Self {
        let values = match (&called, range) {
            (None, Some([low, high])) if low < high => Scale::within([low, high]).range(),
            _ => [0.0, 1.0],
        };
        let words = match called {
            Some(words) => {
                words.map(|word| if word.parse::<f64>().is_ok() { format!("{name} = {word}") } else { word })
            }
            None => {
                let decimals = if values == [0.0, 1.0] { 0 } else { Scale::within(values).decimals };
                values.map(|value| format!("{name} = {}", written(value, decimals)))
            }
        };
        Self { name: name.to_owned(), values, words, treatment }
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
