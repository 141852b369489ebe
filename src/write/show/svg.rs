//! The drawing of a picture: lines above, the variance between groups below. The script of the page moves the same
//! elements; what both must agree on is in [`Frame`], [`frames`] and [`Scale`].

use super::Terms;
use super::axis::Scale;
use super::picture::{Picture, Role, pictures};
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Result};
use crate::model::Facts;
use crate::write::Style;
use crate::write::explain::{ExplainOptions, explain};
use maud::{Markup, PreEscaped, html};

/// The style of a drawing.
pub(super) const STYLE: &str = include_str!("picture.css");

/// A plot: the values of its axes and the place of its corners in the drawing.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub(super) struct Frame {
    /// Values at the left and right edge.
    pub(super) x: [f64; 2],
    /// Values at the bottom and top edge.
    pub(super) y: [f64; 2],
    /// The left and right edge.
    pub(super) across: [f64; 2],
    /// The bottom and top edge.
    pub(super) up: [f64; 2],
}

const ACROSS: [f64; 2] = [52.0, 466.0];
/// Bottom and top of the plot of lines, below the names of two parts.
const LINES: [f64; 2] = [304.0, 44.0];
/// Bottom and top of the plot of the variance.
const VARIANCE: [f64; 2] = [466.0, 366.0];
/// Width and height of a drawing.
const SIZE: [f64; 2] = [480.0, 510.0];
/// Height of the name of a part.
const NAME: f64 = 18.0;
/// Printed width of a letter of a tick, roughly.
const LETTER: f64 = 6.5;
/// Room above and below the lines, as a share of their extent: sliders move them into it before the axis gives way.
const ROOM: f64 = 0.25;

impl Frame {
    /// Where a value stands across.
    pub(super) fn across(&self, x: f64) -> f64 {
        self.across[0] + (x - self.x[0]) / (self.x[1] - self.x[0]) * (self.across[1] - self.across[0])
    }

    /// Where a value stands upwards.
    pub(super) fn up(&self, y: f64) -> f64 {
        self.up[0] + (y - self.y[0]) / (self.y[1] - self.y[0]) * (self.up[1] - self.up[0])
    }
}

/// What the axes hold at least, whatever the sliders say: the lines at first with some room, and twice the variance.
pub(super) fn home(picture: &Picture) -> ([f64; 2], f64) {
    let [low, high] = picture.extent();
    let room = ROOM * (high - low);
    ([low - room, high + room], 2.0 * picture.greatest())
}

/// How far the plots stand lower, to leave room for the names of more than two parts.
fn down(picture: &Picture) -> f64 {
    NAME * picture.count().saturating_sub(2) as f64
}

/// Width and height of a drawing.
pub(super) fn size(picture: &Picture) -> [f64; 2] {
    [SIZE[0], SIZE[1] + down(picture)]
}

/// The two plots, with the steps of their upright axes. They hold what they held at first and what they show now.
pub(super) fn frames(picture: &Picture, at_first: &Picture) -> [(Frame, Scale); 2] {
    let ([low, high], greatest) = home(at_first);
    let [least, most] = picture.extent();
    let lines = Scale::around([low.min(least), high.max(most)]);
    let variance = Scale::around([0.0, greatest.max(picture.greatest())]);
    let down = down(picture);
    let frame = |scale: Scale, up: [f64; 2]| {
        (Frame { x: picture.x(), y: scale.range(), across: ACROSS, up: up.map(|place| place + down) }, scale)
    };
    [frame(lines, LINES), frame(variance, VARIANCE)]
}

/// Two decimals: a hundredth of a pixel.
pub(super) fn place(value: f64) -> String {
    format!("{value:.2}")
}

/// The numbers of an attribute `data-t`.
pub(super) fn list(numbers: &[u16]) -> String {
    numbers.iter().map(u16::to_string).collect::<Vec<_>>().join(" ")
}

/// A line through its corners.
fn polyline(class: &str, marks: &[u16], frame: Frame, corners: &[f64], y: impl Fn(f64) -> f64) -> Markup {
    let point = |x: &f64| format!("{},{}", place(frame.across(*x)), place(frame.up(y(*x))));
    let points: Vec<String> = corners.iter().map(point).collect();
    html! { polyline class=(class) data-t=[(!marks.is_empty()).then(|| list(marks))] points=(points.join(" ")) {} }
}

fn axes(frame: Frame, scale: Scale, label: &str, picture: &Picture) -> Markup {
    let (left, right) = (frame.across[0], frame.across[1]);
    let (bottom, top) = (frame.up[0], frame.up[1]);
    html! {
        line.axis x1=(place(left)) y1=(place(bottom)) x2=(place(right)) y2=(place(bottom)) {}
        line.axis x1=(place(left)) y1=(place(bottom)) x2=(place(left)) y2=(place(top)) {}
        @if let Some(axis) = &picture.over {
            @if axis.x[0] < 0.0 && 0.0 < axis.x[1] {
                line.zero x1=(place(frame.across(0.0))) y1=(place(bottom)) x2=(place(frame.across(0.0))) y2=(place(top)) {}
            }
            @let ticks = axis.ticks();
            @let last = ticks.len().saturating_sub(1);
            @for (at, (x, words)) in ticks.iter().enumerate() {
                // Words at the ends keep within the drawing.
                @let anchor = match &axis.values {
                    Some(_) if at == 0 => "start",
                    Some(_) if at == last => "end",
                    _ => "middle",
                };
                text.tick x=(place(frame.across(*x))) y=(place(bottom + 16.0)) text-anchor=(anchor) {
                    (short(words, (right - left) / ticks.len() as f64))
                }
            }
            text.label x=(place((left + right) / 2.0)) y=(place(bottom + 33.0)) text-anchor="middle" { (axis.name) }
        }
        g.ticks {
            @for (y, words) in scale.ticks() {
                text.tick x=(place(left - 6.0)) y=(place(frame.up(y) + 4.0)) text-anchor="end" { (words) }
            }
        }
        text.label x=(place(left)) y=(place(top - 10.0)) { (label) }
    }
}

/// Words that fit a width; longer ones end with an ellipsis.
fn short(words: &str, width: f64) -> String {
    let room = (width / LETTER).max(2.0) as usize;
    match words.chars().count() > room {
        true => words.chars().take(room - 1).chain(['…']).collect(),
        false => words.to_owned(),
    }
}

/// What the numbers of a drawing are.
pub(super) fn caption(picture: &Picture) -> &'static str {
    if picture.estimated { "at the estimates" } else { "with made-up values" }
}

/// The drawing as it stands in a page: its style is the page's.
pub(super) fn picture(picture: &Picture, at_first: &Picture) -> Markup {
    let over = picture.over.as_ref().map(|axis| axis.name.as_str()).unwrap_or_default();
    // The mean of a part shows the numbers of its own columns; the first those of all.
    let of_part = |part: usize| {
        let own = |column: usize| {
            picture.parts.as_ref().is_some_and(|parts| parts.columns.get(part).is_some_and(|row| row[column] != 0.0))
        };
        let mut numbers = picture.numbers(|role| matches!(role, Role::Fixed(_, Some(column)) if own(column)));
        if numbers.is_empty() || part == 0 {
            numbers = picture.numbers(|role| matches!(role, Role::Fixed(_, None)));
        }
        numbers
    };
    let spread = picture.numbers(|role| !matches!(role, Role::Fixed(..)));
    let [(lines, scale), (variance, steps)] = frames(picture, at_first);
    let (corners, points) = (picture.corners(), picture.points());
    let described = format!(
        "Lines of {} {}{}, {}; below, the variance between them",
        picture.draws.len(),
        picture.groups,
        if over.is_empty() { String::new() } else { format!(" over {over}") },
        caption(picture)
    );
    let names = picture.parts.as_ref().map(|parts| parts.words.as_slice()).unwrap_or_default();
    html! {
        svg.picture xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {} {}", size(picture)[0], size(picture)[1]))
            role="img" aria-label=(described) {
            (axes(lines, scale, &picture.response, picture))
            @for group in 0..picture.draws.len() {
                @let class = format!("group part-{}", picture.part(group));
                (polyline(&class, &picture.lines, lines, &corners, |x| picture.line(group, x)))
            }
            @for part in 0..picture.count() {
                (polyline(&format!("mean part-{part}"), &of_part(part), lines, &corners, |x| picture.mean(x, part)))
            }
            @for (part, name) in names.iter().enumerate() {
                @let y = 14.0 + NAME * part as f64;
                polyline class=(format!("sample part-{part}")) points=(format!("{},{} {},{}", ACROSS[1] - 34.0, y - 4.0, ACROSS[1], y - 4.0)) {}
                text class=(format!("label part-{part}")) text-anchor="end" x=(place(ACROSS[1] - 42.0)) y=(y) { (name) }
            }
            (axes(variance, steps, &format!("variance between {}", picture.groups), picture))
            (polyline("variance", &spread, variance, &points, |x| picture.variance(x)))
        }
    }
}

/// The pictures of a model as a file of their own, with what is `known` besides the model.
///
/// # Errors
/// `UnknownName` for a treatment or indicator that is no covariate, or for estimates of another model.
pub fn drawing(reading: &Reading, facts: &Facts, style: &Style, known: &ExplainOptions) -> Result<String> {
    let known = ExplainOptions { treatment: style.treatment.clone(), ..known.clone() };
    let explanation = match explain(reading, facts, &known, &mut vec![]) {
        Ok(explanation) => Some(explanation),
        Err(error) if error.code == Code::UnknownName => return Err(error),
        Err(_) => None,
    };
    if let Some(name) = &style.treatment
        && explanation.is_none()
    {
        let covariates: Vec<String> = reading.model.covariates().iter().map(ToString::to_string).collect();
        if !covariates.contains(name) {
            let known = covariates.iter().map(String::as_str);
            return Diagnostic::unknown(Code::UnknownName, "covariate", name, known).into();
        }
    }
    Ok(file(&pictures(reading, &Terms::new(reading, facts), explanation.as_ref(), &known)))
}

/// The drawings as a file of their own, below each other.
pub fn file(pictures: &[Picture]) -> String {
    let heights = pictures.iter().map(|one| size(one)[1] + 20.0);
    let tops = heights.clone().scan(0.0, |top, height| Some(std::mem::replace(top, *top + height)));
    let height: f64 = heights.sum();
    let page = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {} {height}", SIZE[0]))
            width=(SIZE[0]) height=(height) {
            style { (PreEscaped(STYLE)) }
            rect.paper width="100%" height="100%" {}
            @for (top, one) in tops.zip(pictures) {
                @let own = size(one)[1];
                svg y=(top) width=(SIZE[0]) height=(own) { (picture(one, one)) }
                text.picture x=(ACROSS[0]) y=(top + own + 8.0) { tspan.tick { "The " (one.groups) ", " (caption(one)) } }
            }
        }
    };
    page.into_string() + "\n"
}
