//! The drawing of a picture: lines above, the variance between groups below. The script of the page moves the same
//! elements; what both must agree on is in [`Frame`].

use super::Terms;
use super::picture::{Picture, pictures};
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Result};
use crate::model::Facts;
use crate::write::Style;
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

/// The plot of lines.
pub(super) const LINES: Frame = Frame { x: [-2.0, 2.0], y: [-5.0, 5.0], across: [46.0, 470.0], up: [290.0, 14.0] };
/// The plot of the variance.
pub(super) const VARIANCE: Frame = Frame { x: [-2.0, 2.0], y: [0.0, 4.0], across: [46.0, 470.0], up: [454.0, 344.0] };
/// Width and height of a drawing.
pub(super) const SIZE: [f64; 2] = [480.0, 490.0];
/// Points of the curve of the variance.
pub(super) const POINTS: usize = 41;

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

fn axes(frame: Frame, ticks: &[f64], label: &str, over: &str) -> Markup {
    let (left, right) = (frame.across[0], frame.across[1]);
    let (bottom, top) = (frame.up[0], frame.up[1]);
    html! {
        line.axis x1=(place(left)) y1=(place(bottom)) x2=(place(right)) y2=(place(bottom)) {}
        line.axis x1=(place(left)) y1=(place(bottom)) x2=(place(left)) y2=(place(top)) {}
        @if !over.is_empty() {
            line.zero x1=(place(frame.across(0.0))) y1=(place(bottom)) x2=(place(frame.across(0.0))) y2=(place(top)) {}
            @for x in [-2.0, -1.0, 0.0, 1.0, 2.0] {
                text.tick x=(place(frame.across(x))) y=(place(bottom + 15.0)) text-anchor="middle" { (x) }
            }
            text.label x=(place(right)) y=(place(bottom + 30.0)) text-anchor="end" { (over) }
        }
        @for y in ticks {
            text.tick x=(place(left - 6.0)) y=(place(frame.up(*y) + 4.0)) text-anchor="end" { (y) }
        }
        text.label x=(place(left + 6.0)) y=(place(top + 4.0)) { (label) }
    }
}

/// The drawing as it stands in a page: its style is the page's.
pub(super) fn picture(picture: &Picture) -> Markup {
    let over = picture.over.as_deref().unwrap_or_default();
    let mean: Vec<u16> = ["intercept", "slope"].iter().filter_map(|what| picture.number(what)).collect();
    let second: Vec<u16> = ["treatment", "interaction"].iter().filter_map(|what| picture.number(what)).collect();
    let spread: Vec<u16> =
        ["intercept variance", "slope variance", "correlation"].iter().filter_map(|w| picture.number(w)).collect();
    let names: &[&str] = &["half-0", "half-1"];
    let step = (VARIANCE.x[1] - VARIANCE.x[0]) / (POINTS - 1) as f64;
    let curve: Vec<String> = (0..POINTS)
        .map(|at| VARIANCE.x[0] + step * at as f64)
        .map(|x| format!("{},{}", place(VARIANCE.across(x)), place(VARIANCE.up(picture.variance(x)))))
        .collect();
    let described = format!(
        "Lines of {} groups of {}{}; below, the variance between them",
        picture.draws.len(),
        picture.group,
        if over.is_empty() { String::new() } else { format!(" over {over}") }
    );
    html! {
        svg.picture xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {} {}", SIZE[0], SIZE[1]))
            role="img" aria-label=(described) {
            (axes(LINES, &[-4.0, -2.0, 0.0, 2.0, 4.0], &picture.response, over))
            svg x="0" y="0" width=(SIZE[0]) height=(LINES.up[0]) viewBox=(format!("0 0 {} {}", SIZE[0], LINES.up[0])) {
                @for group in 0..picture.draws.len() {
                    @let half = picture.half(group);
                    (segment(&format!("group {}", names[usize::from(half > 0.0)]), &picture.lines, LINES, |x| picture.line(group, x)))
                }
                (segment("mean half-0", &mean, LINES, |x| picture.mean(x, 0.0)))
                @if picture.halves.is_some() {
                    (segment("mean half-1", &second, LINES, |x| picture.mean(x, 1.0)))
                }
            }
            @if let Some(halves) = &picture.halves {
                text.label.half-0 x=(place(LINES.across[1])) y="24" text-anchor="end" { (format!("{halves} = 0")) }
                text.label.half-1 x=(place(LINES.across[1])) y="40" text-anchor="end" { (format!("{halves} = 1, dashed")) }
            }
            (axes(VARIANCE, &[0.0, 2.0, 4.0], &format!("variance between {}", picture.group), over))
            svg x="0" y=(place(VARIANCE.up[1])) width=(SIZE[0]) height=(place(VARIANCE.up[0] - VARIANCE.up[1]))
                viewBox=(format!("0 {} {} {}", VARIANCE.up[1], SIZE[0], VARIANCE.up[0] - VARIANCE.up[1])) {
                polyline.variance data-t=[(!spread.is_empty()).then(|| list(&spread))] points=(curve.join(" ")) {}
            }
        }
    }
}

/// The pictures of a model as a file of their own.
///
/// # Errors
/// `UnknownName` for a treatment that is no covariate.
pub fn drawing(reading: &Reading, facts: &Facts, style: &Style) -> Result<String> {
    if let Some(name) = &style.treatment {
        let covariates: Vec<String> = reading.model.covariates().iter().map(ToString::to_string).collect();
        if !covariates.contains(name) {
            let known = covariates.iter().map(String::as_str);
            return Diagnostic::unknown(Code::UnknownName, "covariate", name, known).into();
        }
    }
    Ok(file(&pictures(reading, &Terms::new(reading, facts), style.treatment.as_deref())))
}

/// The drawings as a file of their own, below each other.
pub fn file(pictures: &[Picture]) -> String {
    let height = SIZE[1] * pictures.len() as f64;
    let page = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {} {height}", SIZE[0]))
            width=(SIZE[0]) height=(height) {
            style { (PreEscaped(STYLE)) }
            rect.paper width="100%" height="100%" {}
            @for (at, one) in pictures.iter().enumerate() {
                svg y=(SIZE[1] * at as f64) width=(SIZE[0]) height=(SIZE[1]) { (picture(one)) }
            }
        }
    };
    page.into_string() + "\n"
}
