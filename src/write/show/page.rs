//! A model as one page that needs nothing but itself: no network, no other file. Names are text wherever they stand:
//! the template escapes them, and the page's policy runs no script and takes no style but its own.

use super::picture::{Knob, Picture, Role, pictures};
use super::{Panel, Sheet, Walk, svg, words};
use crate::algebra::Reading;
use crate::error::{Notes, Result};
use crate::model::Facts;
use crate::syntax::Expr;
use crate::write::typeset::{self, MarkedText, Marks, Part, Reason, Run};
use crate::write::{ExplainOptions, Format, Style};
use base64::Engine;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const SCRIPT: &str = include_str!("page.js");
const STYLE: &str = include_str!("page.css");
/// Printed characters of a line, so that a notation fits half of a screen.
const WIDTH: usize = 58;
/// Printed characters of a line that has the whole screen.
const WHOLE: usize = 100;
/// Printed characters of a line on a phone.
const NARROW: usize = 40;

/// The page of a model.
///
/// # Errors
/// Those of [`Sheet::new`].
pub fn page(
    reading: &Reading,
    facts: &Facts,
    style: &Style,
    known: &ExplainOptions,
    notes: &mut Notes,
) -> Result<String> {
    let style = Style { format: Format::Mathml, width: WIDTH, ..style.clone() };
    let sheet = Sheet::new(reading, facts, &style, known, notes)?;
    let known = ExplainOptions { treatment: style.treatment.clone(), ..known.clone() };
    let pictures = pictures(reading, &sheet.terms, sheet.explanation.as_ref(), &known);
    let narrow = sheet.rewritten(reading, &Style { width: NARROW, ..style });
    Ok(document(&sheet, &narrow, &pictures, reading).into_string())
}

/// A source of the policy: this text and no other.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text)))
}

fn document(sheet: &Sheet, narrow: &[Panel], pictures: &[Picture], reading: &Reading) -> Markup {
    let style = format!("{}{STYLE}", svg::STYLE);
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(&style),
        hash(SCRIPT)
    );
    let response = reading.model.response().to_string();
    let folded = sheet.panels.iter().find(|panel| panel.name == "lmer").and_then(|panel| panel.text.as_ref().ok());
    let each = sheet.term_by_term(reading).filter(|each| folded.is_some_and(|text| text.plain() != each.plain()));
    let (programs, notations): (Vec<&Panel>, Vec<&Panel>) = sheet.panels.iter().partition(|panel| panel.is_program());
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "A model of " (response) }
                style { (PreEscaped(&style)) }
            }
            body {
                header {
                    h1 { "A model of " (response) }
                    p { "One model in " (notations.len()) " notations. Point at a term, tap it, or go from symbol to symbol "
                        "with the arrow keys: it is lit wherever it stands. A click keeps it lit; Escape lets it go." }
                }
                main {
                    section.notations aria-label="Notations" {
                        @for panel in notations {
                            @let narrow = narrow.iter().find(|other| other.name == panel.name);
                            (notation(panel, narrow, each.as_ref().filter(|_| panel.name == "lmer")))
                        }
                    }
                    @if let Ok(walk) = &sheet.walk { (derivation(walk)) }
                    @for (at, picture) in pictures.iter().enumerate() { (figure(sheet, picture, at)) }
                    (words::explanation(sheet))
                    (words::parameters(sheet))
                    @if !programs.is_empty() { (others(&programs)) }
                }
                p #said role="status" aria-live="polite" {}
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// Marked text as elements: `text` is markup already (MathML), or is escaped here.
fn marked(text: &MarkedText, element: &str, markup: bool) -> Markup {
    let mut out = String::new();
    for run in text.runs() {
        match run {
            Run::Begin(numbers) => out.push_str(&format!("<{element} data-t=\"{}\">", svg::list(&numbers))),
            Run::End => out.push_str(&format!("</{element}>")),
            Run::Text(text) if markup => out.push_str(text),
            Run::Text(text) => out.push_str(&html! { (text) }.into_string()),
        }
    }
    PreEscaped(out)
}

fn math(text: &MarkedText) -> Markup {
    marked(text, "mrow", true)
}

/// An expression, its symbols marked.
pub(super) fn expression(expr: &Expr, marks: &Marks) -> Markup {
    math(&typeset::marked_expr(expr, Format::Mathml, marks))
}

/// Words with symbols among them.
fn words(reason: &Reason, marks: &Marks) -> Markup {
    html! {
        @for part in &reason.0 {
            @match part {
                Part::Words(words) => (words),
                Part::Math(expr) => (expression(expr, marks)),
            }
        }
    }
}

/// Mathematics for a wide and for a narrow screen: the style shows one of them.
fn fitting(wide: &MarkedText, narrow: &MarkedText) -> Markup {
    html! {
        @if wide == narrow {
            div.scroll { (math(wide)) }
        } @else {
            div.scroll.wide { (math(wide)) }
            div.scroll.narrow { (math(narrow)) }
        }
    }
}

fn notation(panel: &Panel, narrow: Option<&Panel>, each: Option<&MarkedText>) -> Markup {
    let source = format!("source-{}", panel.name);
    html! {
        article.card id=(panel.name) {
            div.head {
                h2 { (panel.name) }
                @if panel.text.is_ok() { (copy(panel)) }
            }
            p.about { (panel.about) }
            @match &panel.text {
                Ok(text) if panel.equations => {
                    (fitting(text, narrow.and_then(|panel| panel.text.as_ref().ok()).unwrap_or(text)))
                    details { summary { "LaTeX" } pre id=(source) { (panel.source) } }
                }
                Ok(text) => {
                    pre.scroll { code { (marked(text, "span", false)) } }
                    @if let Some(each) = each {
                        p.about { "Term by term:" }
                        pre.scroll { code { (marked(each, "span", false)) } }
                    }
                    pre hidden id=(source) { (panel.source) }
                }
                Err(error) => { p.refused { "Cannot be said so: " (error.message) "." } }
            }
        }
    }
}

/// The calls of other programs, of which the script shows one at a time.
fn others(panels: &[&Panel]) -> Markup {
    html! {
        section.card.programs aria-labelledby="programs" {
            h2 #programs { "The same model in other programs" }
            div.tabs role="tablist" aria-labelledby="programs" hidden {
                @for panel in panels {
                    button.tab.cannot[panel.text.is_err()] type="button" role="tab" id=(format!("tab-{}", panel.name))
                        aria-controls=(format!("program-{}", panel.name)) { (panel.name) }
                }
            }
            @for panel in panels {
                div.program id=(format!("program-{}", panel.name)) aria-label=(panel.name) {
                    div.head {
                        p.about { strong { (panel.name) } " – " (panel.about) }
                        @if panel.text.is_ok() { (copy(panel)) }
                    }
                    @match &panel.text {
                        Ok(_) => { pre id=(format!("source-{}", panel.name)) { (panel.source) } }
                        Err(error) => { p.refused { "Cannot be said so: " (error.message) "." } }
                    }
                }
            }
        }
    }
}

fn copy(panel: &Panel) -> Markup {
    html! {
        button.copy type="button" data-copy=(format!("source-{}", panel.name))
            aria-label=(format!("Copy the source of {}", panel.name)) { "Copy" }
    }
}

fn derivation(walk: &Walk) -> Markup {
    html! {
        section.card.derivation aria-labelledby="derivation" {
            div.head {
                h2 #derivation { "From the levels to one equation" }
                div.walk hidden {
                    button #back type="button" { "Back" }
                    output #step {}
                    button #next type="button" { "Next" }
                    button #all type="button" aria-pressed="false" { "All steps" }
                }
            }
            ol.steps {
                @for ((line, reason), touched) in walk.lines.iter().zip(&walk.touched) {
                    @let shown = |width| walk.line(line, Format::Mathml, width);
                    li.step data-touched=(svg::list(touched)) {
                        p.reason {
                            @match reason {
                                Some(reason) => (words(reason, &walk.marks)),
                                None => "The equation of the lowest Level",
                            }
                        }
                        (fitting(&shown(WHOLE), &shown(NARROW)))
                    }
                }
            }
            @if let (Some(wide), Some(narrow)) = (walk.econometric(Format::Mathml, WHOLE), walk.econometric(Format::Mathml, NARROW)) {
                div.econometric {
                    p.about { "With one error for everything random, as econometricians write it:" }
                    (fitting(&wide, &narrow))
                }
            }
        }
    }
}

fn figure(sheet: &Sheet, picture: &Picture, at: usize) -> Markup {
    let (home, most) = svg::home(picture);
    let [(lines, _), (variance, _)] = svg::frames(picture, picture);
    let over = |xs: &[f64]| -> Vec<Vec<f64>> {
        picture.bases.iter().map(|basis| xs.iter().map(|x| basis.at(*x)).collect()).collect()
    };
    let role = |knob: &Knob| match knob.role {
        Role::Fixed(x, z) => json!({"fixed": [x, z]}),
        Role::Variance(x) => json!({"variance": x}),
        Role::Correlation(x) => json!({"correlation": x}),
    };
    let all = || picture.knobs.iter();
    let data = json!({
        "draws": picture.draws,
        "parts": picture.parts.as_ref().map_or_else(|| vec![vec![]], |parts| parts.columns.clone()),
        "corners": picture.corners(),
        "points": picture.points(),
        "over": {"corners": over(&picture.corners()), "points": over(&picture.points())},
        "roles": all().map(|knob| (&knob.what, role(knob))).collect::<BTreeMap<_, _>>(),
        "values": all().map(|knob| (&knob.what, knob.value)).collect::<BTreeMap<_, _>>(),
        "home": home,
        "most": most,
        "lines": lines,
        "variance": variance,
    });
    // In a script element only `<` could end the text early.
    let data = data.to_string().replace('<', "\\u003c");
    let title = format!("figure-{at}");
    html! {
        section.card.figure aria-labelledby=(title) {
            div.head {
                h2 id=(title) { "The " (picture.groups) ", " (svg::caption(picture)) }
                button.reset type="button" { "Reset" }
            }
            p.about { (about(picture)) }
            div.plot {
                (svg::picture(picture, picture))
                form.knobs autocomplete="off" {
                    @for knob in &picture.knobs {
                        @let id = format!("knob-{at}-{}", knob.what.replace(' ', "-"));
                        div.knob data-t=[knob.number] {
                            label for=(id) { (label(sheet, knob)) }
                            input id=(id) type="range" name=(knob.what) min=(knob.low) max=(knob.high) step="any" value=(knob.value) data-decimals=(knob.decimals);
                            output for=(id) { (knob.shown()) }
                        }
                    }
                }
            }
            script.data type="application/json" { (PreEscaped(data)) }
        }
    }
}

/// What the picture shows, and what its numbers are.
fn about(picture: &Picture) -> String {
    let numbers = if picture.estimated {
        "The sliders stand at the estimates; the twelve groups drawn are made up, with just their variances and correlation."
    } else {
        "Values and groups are made up: the sliders show what each number of the model does to the groups."
    };
    let range = match &picture.over {
        Some(axis) if picture.estimated && !axis.known => {
            format!(" Estimates do not tell the range of {}; data would.", axis.name)
        }
        _ => String::new(),
    };
    let some = |(name, more): &(String, usize)| format!(" Of {name}, {more} more categories are not drawn.");
    let left_out: String = picture.left_out.iter().map(some).collect();
    format!("{numbers}{range}{left_out} Other random effects and covariates are held at 0.")
}

/// What a slider moves, with the symbol of the model.
fn label(sheet: &Sheet, knob: &Knob) -> Markup {
    let item = knob.number.and_then(|number| sheet.terms.item(number));
    html! {
        @match (knob.role, item) {
            // A correlation has no symbol of its own where the model is written with covariances.
            (Role::Correlation(_), Some(item)) => { (knob.words) ", in " (words::symbol(item)) }
            (_, Some(item)) => { (words::symbol(item)) " " (knob.words) }
            (_, None) => (knob.words),
        }
    }
}
