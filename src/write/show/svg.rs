//! The drawing of a picture: lines above, the variance between groups below. The script of the page moves the same
//! elements; what both must agree on is in [`Frame`], [`frames`] and [`Scale`].

use super::Terms;
use super::axis::Scale;
use super::picture::{Picture, pictures};
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
/// Bottom and top of the plot of lines.
const LINES: [f64; 2] = [304.0, 44.0];
/// Bottom and top of the plot of the variance.
const VARIANCE: [f64; 2] = [466.0, 366.0];
/// Width and height of a drawing.
pub(super) const SIZE: [f64; 2] = [480.0, 510.0];
/// Points of the curve of the variance.
pub(super) const POINTS: usize = 41;
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

/// The two plots, with the steps of their upright axes. They hold what they held at first and what they show now.
pub(super) fn frames(picture: &Picture, at_first: &Picture) -> [(Frame, Scale); 2] {
    let ([low, high], greatest) = home(at_first);
    let [least, most] = picture.extent();
    let lines = Scale::around([low.min(least), high.max(most)]);
    let variance = Scale::around([0.0, greatest.max(picture.greatest())]);
    let frame = |scale: Scale, up| (Frame { x: picture.x(), y: scale.range(), across: ACROSS, up }, scale);
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

fn segment(class: &str, marks: &[u16], frame: Frame, y: impl Fn(f64) -> f64) -> Markup {
    let [left, right] = frame.x;
    html! {
        line class=(class) data-t=[(!marks.is_empty()).then(|| list(marks))]
            x1=(place(frame.across(left))) y1=(place(frame.up(y(left))))
            x2=(place(frame.across(right))) y2=(place(frame.up(y(right)))) {}
    }
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
            @for (at, (x, words)) in ticks.iter().enumerate() {
                // Words at the ends keep within the drawing.
                @let anchor = match (&axis.values, at) { (Some(_), 0) => "start", (Some(_), _) => "end", _ => "middle" };
                text.tick x=(place(frame.across(*x))) y=(place(bottom + 16.0)) text-anchor=(anchor) { (words) }
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

/// What the numbers of a drawing are.
pub(super) fn caption(picture: &Picture) -> &'static str {
    if picture.estimated { "at the estimates" } else { "with made-up values" }
}

/// The drawing as it stands in a page: its style is the page's.
pub(super) fn picture(picture: &Picture, at_first: &Picture) -> Markup {
    let over = picture.over.as_ref().map(|axis| axis.name.as_str()).unwrap_or_default();
    let mean: Vec<u16> = ["intercept", "slope"].iter().filter_map(|what| picture.number(what)).collect();
    let second: Vec<u16> = ["treatment", "interaction"].iter().filter_map(|what| picture.number(what)).collect();
    let spread: Vec<u16> =
        ["intercept variance", "slope variance", "correlation"].iter().filter_map(|w| picture.number(w)).collect();
    let names: &[&str] = &["half-0", "half-1"];
    let [(lines, scale), (variance, steps)] = frames(picture, at_first);
    let step = (variance.x[1] - variance.x[0]) / (POINTS - 1) as f64;
    let curve: Vec<String> = (0..POINTS)
        .map(|at| variance.x[0] + step * at as f64)
        .map(|x| format!("{},{}", place(variance.across(x)), place(variance.up(picture.variance(x)))))
        .collect();
    let described = format!(
        "Lines of {} {}{}, {}; below, the variance between them",
        picture.draws.len(),
        picture.groups,
        if over.is_empty() { String::new() } else { format!(" over {over}") },
        caption(picture)
    );
    let [first, other] = picture.parts();
    html! {
        svg.picture xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {} {}", SIZE[0], SIZE[1]))
            role="img" aria-label=(described) {
            (axes(lines, scale, &picture.response, picture))
            @for group in 0..picture.draws.len() {
                (segment(&format!("group {}", names[picture.half(group)]), &picture.lines, lines, |x| picture.line(group, x)))
            }
            (segment("mean half-0", &mean, lines, |x| picture.mean(x, first)))
            @if let Some(halves) = &picture.halves {
                (segment("mean half-1", &second, lines, |x| picture.mean(x, other)))
                text.label text-anchor="end" x=(place(ACROSS[1])) y="14" {
                    tspan.half-0 { (halves.words[0]) }
                }
                text.label text-anchor="end" x=(place(ACROSS[1])) y="32" {
                    tspan.half-1 { (halves.words[1]) " (dashed)" }
                }
            }
            (axes(variance, steps, &format!("variance between {}", picture.groups), picture))
            polyline.variance data-t=[(!spread.is_empty()).then(|| list(&spread))] points=(curve.join(" ")) {}
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
    let height = (SIZE[1] + 20.0) * pictures.len() as f64;
    let page = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {} {height}", SIZE[0]))
            width=(SIZE[0]) height=(height) {
            style { (PreEscaped(STYLE)) }
            rect.paper width="100%" height="100%" {}
            @for (at, one) in pictures.iter().enumerate() {
                @let top = (SIZE[1] + 20.0) * at as f64;
                svg y=(top) width=(SIZE[0]) height=(SIZE[1]) { (picture(one, one)) }
                text.picture x=(ACROSS[0]) y=(top + SIZE[1] + 8.0) { tspan.tick { "The " (one.groups) ", " (caption(one)) } }
            }
        }
    };
    page.into_string() + "\n"
}
