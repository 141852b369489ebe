//! The numbers of a picture, as sliders show them: where they stand, and how far they go.

use super::axis::{Axis, Parts, Scale, UNKNOWN, written};

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
    /// The decimals shown.
    pub decimals: usize,
}

impl Knob {
    /// The value as it is shown.
    pub fn shown(&self) -> String {
        written(self.value, self.decimals)
    }
}

/// What a slider can move: name, least, greatest, first value where nothing is estimated.
const KNOBS: [(&str, f64, f64, f64); 7] = [
    ("intercept", -2.0, 2.0, 0.0),
    ("slope", -1.5, 1.5, 0.5),
    ("treatment", -2.0, 2.0, 1.0),
    ("interaction", -1.5, 1.5, -0.4),
    ("intercept variance", 0.0, 2.0, 0.5),
    ("slope variance", 0.0, 0.5, 0.1),
    ("correlation", -1.0, 1.0, 0.3),
];

/// The sliders of the numbers that there are, in the order of [`KNOBS`], each with its item and its estimate; and whether
/// they stand at estimates. One number that is not estimated makes up all of them.
pub(super) fn knobs(
    numbers: [Option<(Option<u16>, Option<f64>)>; 7],
    over: Option<&Axis>,
    parts: Option<&Parts>,
    sigma: Option<f64>,
) -> (Vec<Knob>, bool) {
    let there = || numbers.iter().flatten();
    // Without a variance there is no correlation to estimate.
    let needed = || numbers[..6].iter().flatten();
    let estimated = there().next().is_some() && needed().all(|(_, estimate)| estimate.is_some());
    let value = |at: usize| numbers[at].and_then(|(_, estimate)| estimate).unwrap_or(0.0);
    let x = over.map_or(UNKNOWN, |axis| axis.x);
    let reach = x[0].abs().max(x[1].abs()).max(f64::MIN_POSITIVE);
    let z = parts.map_or(1.0, |parts| parts.values[0].abs().max(parts.values[1].abs())).max(f64::MIN_POSITIVE);
    // How far apart lines are, roughly: sliders go a few times as far.
    let apart = [
        value(1) * (x[1] - x[0]),
        value(2) * z,
        value(3) * z * reach,
        value(4).sqrt(),
        value(5).sqrt() * reach,
        sigma.unwrap_or(0.0),
    ];
    let unit = apart.into_iter().map(f64::abs).fold(0.0, f64::max);
    let unit = if unit > 0.0 { unit } else { value(0).abs().max(1.0) };
    let made = KNOBS.iter().enumerate().filter_map(|(at, &(what, low, high, invented))| {
        let (number, estimate) = numbers[at]?;
        if !estimated {
            // Per unit of the covariate, so that the lines are as far apart whatever its range.
            let per = match what {
                "slope" | "interaction" => 2.0 / reach,
                "slope variance" => (2.0 / reach).powi(2),
                _ => 1.0,
            };
            let per = per / if matches!(what, "treatment" | "interaction") { z } else { 1.0 };
            let decimals = Scale::around([low * per, high * per]).decimals + 1;
            return Some(Knob {
                what,
                number,
                low: low * per,
                high: high * per,
                value: invented * per,
                decimals: decimals.max(2),
            });
        }
        let value = estimate.unwrap_or(0.0);
        let range = match what {
            "correlation" => [-1.0, 1.0],
            "intercept" => [value - 3.0 * unit, value + 3.0 * unit],
            "slope" => about(value, unit / reach),
            "treatment" => about(value, unit / z),
            "interaction" => about(value, unit / reach / z),
            "intercept variance" => [0.0, (3.0 * value).max(unit * unit / 4.0)],
            _ => [0.0, (3.0 * value).max(unit * unit / 4.0 / reach / reach)],
        };
        let scale = Scale::around(range);
        let [low, high] = if what == "correlation" { range } else { scale.range() };
        Some(Knob { what, number, low, high, value, decimals: scale.decimals + 2 })
    });
    (made.collect(), estimated)
}

/// A range around 0 that holds a value.
fn about(value: f64, unit: f64) -> [f64; 2] {
    let size = (2.0 * value.abs()).max(unit);
    [-size, size]
}
