//! The page in a real browser: what lights when it is pointed at, what the steps show, what the sliders draw. Needs
//! `chromedriver` and Chromium on the path, and the feature `browser`.

mod driver;

use driver::Browser;
use mlnote::read;
use mlnote::write::show::{Picture, Terms, pictures};
use mlnote::write::{ExplainOptions, explain};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

const SLOPES: &str = "tests/cases/random-slopes/hierarchical.tex";
const PAGES: [&str; 4] = [
    "tests/cases/random-intercept/hierarchical.tex",
    SLOPES,
    "tests/cases/three-levels/hierarchical.tex",
    "tests/cases/crossed/hierarchical.tex",
];
const TAB: &str = "\u{e004}";
const DOWN: &str = "\u{e015}";
const ESCAPE: &str = "\u{e00c}";
const HOME: &str = "\u{e011}";
const END: &str = "\u{e010}";

/// Every test of the page, one after the other: there is one browser.
#[test]
fn the_page() {
    let browser = &Browser::start();
    pointing_lights_one_term_everywhere(browser);
    a_spread_is_kin_and_not_the_same(browser);
    fingers_and_keys_point_too(browser);
    the_derivation_goes_step_by_step(browser);
    sliders_draw_what_the_model_says(browser);
    sources_are_copied(browser);
    programs_that_can_say_the_model_come_first(browser);
    every_page_fits_its_window(browser);
    hostile_names_do_nothing(browser);
    the_page_follows_its_reader(browser);
}

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// The number of a symbol, as the page numbers it.
fn number(file: &str, symbol: &str) -> u16 {
    let text = read(file);
    let facts = read::directives(&text).unwrap().facts;
    let reading = read::read(&text, None, &facts).unwrap();
    Terms::new(&reading, &facts).named(symbol).unwrap()[0]
}

/// The texts of the pieces of a class, by the notation or part of the page they stand in; blanks left out.
fn texts(browser: &Browser, class: &str) -> BTreeMap<String, Vec<String>> {
    let script = "
        const found = {};
        for (const piece of document.querySelectorAll(`mrow.${arguments[0]}, span.${arguments[0]}`)) {
          if (!piece.checkVisibility() || piece.parentElement.closest(`.${arguments[0]}`) || piece.closest('.step:not(.now)')) continue;
          const place = piece.closest('article, p[id]')?.id || piece.closest('section').getAttribute('aria-labelledby');
          (found[place] ||= []).push(piece.textContent.replace(/[\\s\\u2061\\u2062]/g, ''));
        }
        return found;";
    serde_json::from_value(browser.execute(script, vec![json!(class)])).unwrap()
}

fn pointing_lights_one_term_everywhere(browser: &Browser) {
    browser.open_model(SLOPES);
    assert!(texts(browser, "on").is_empty());
    (0..3).for_each(|_| browser.click("#next"));
    let interaction = number(SLOPES, "gamma_11");
    browser.point(&format!("#reduced mrow[data-t='{interaction}']"));
    let lit = texts(browser, "on");
    assert_eq!(lit["hierarchical"], ["γ11Zj"]);
    assert_eq!(lit["bracket"], ["γ11Zj"]);
    assert_eq!(lit["reduced"], ["γ11ZjRij"]);
    assert_eq!(lit["lmer"], ["R*Z", "R:Z"]);
    // In the last line, and in the form with one error.
    assert_eq!(lit["derivation"], ["γ11ZjRij", "γ11ZjRij"]);
    // It is lit in the sentences about others too.
    assert!(lit["words"].len() > 3 && lit["words"].iter().all(|piece| piece.starts_with("γ11")), "{lit:?}");
    // The picture, the slider and the row of the table are lit; another row is not.
    let count = |selector: &str| browser.count(&format!("{selector}.on"));
    assert_eq!((count(".mean.part-1"), count("tr"), count(".entry"), count(".knob")), (1, 1, 1, 1));
    assert_eq!(count(".group"), 0);
    let said = browser.text("#said");
    assert!(said.contains("slope of") && said.contains("changes"), "{said}");
    // What is not lit fades: the two have other colours.
    let color = "return getComputedStyle(document.querySelector(arguments[0])).color";
    let lit = browser.execute(color, vec![json!(format!("#reduced mrow[data-t='{interaction}']"))]);
    let faded = browser.execute(color, vec![json!("#reduced math")]);
    assert_ne!(lit, faded);
    // Away from every term, nothing is lit.
    browser.point("h1");
    assert!(texts(browser, "on").is_empty() && browser.count("body.lit") == 0);
}

fn a_spread_is_kin_and_not_the_same(browser: &Browser) {
    browser.open_model(SLOPES);
    let (effect, spread) = (number(SLOPES, "u_1j"), number(SLOPES, "tau_11"));
    browser.point(&format!("#hierarchical mrow[data-t='{spread}']"));
    let (lit, kin) = (texts(browser, "on"), texts(browser, "kin"));
    assert_eq!(
        (&lit["hierarchical"], &kin["hierarchical"]),
        (&vec!["τ11".to_owned()], &vec!["u1j".into(), "u1j".into()])
    );
    assert!(browser.text("#said").contains("is what spreads"));
    browser.point(&format!("#reduced mrow[data-t='{effect}']"));
    let (lit, kin) = (texts(browser, "on"), texts(browser, "kin"));
    assert_eq!(lit["reduced"], ["u1jRij", "u1j"]);
    assert!(kin["reduced"].contains(&"τ11".to_owned()) && kin["reduced"].contains(&"γ10Rij".to_owned()), "{kin:?}");
    assert_eq!(browser.count(".group.on"), 12);
    let said = browser.text("#said");
    assert!(said.contains("is its spread") && said.contains("is what it deviates from"), "{said}");
}

fn fingers_and_keys_point_too(browser: &Browser) {
    browser.open_model(SLOPES);
    let slope = number(SLOPES, "gamma_10");
    browser.tap(&format!("#hierarchical mrow[data-t='{slope}']"));
    assert_eq!(texts(browser, "on")["reduced"], ["γ10Rij"]);
    assert!(browser.url().ends_with(&format!("#t={slope}")));
    // It stays lit until it is let go.
    browser.point("h1");
    assert_eq!(texts(browser, "on")["reduced"], ["γ10Rij"]);
    browser.keys(ESCAPE);
    assert!(texts(browser, "on").is_empty());
    // With keys alone: all symbols are one stop of the tab key, and arrows go from one to the next.
    browser.open_model(SLOPES);
    let stops = "return Array.from(document.querySelectorAll('button.term')).filter((b) => b.tabIndex === 0).length";
    assert_eq!(browser.execute(stops, vec![]), json!(1));
    let focused = |number: u16| browser.count(&format!(".entry[data-t='{number}'] button:focus")) == 1;
    assert!((0..60).any(|_| {
        browser.keys(TAB);
        browser.count("button.term:focus") == 1
    }));
    browser.keys(DOWN);
    assert!(focused(slope) && texts(browser, "on")["reduced"] == ["γ10Rij"]);
    browser.keys(HOME);
    assert!(focused(number(SLOPES, "gamma_00")));
    browser.keys(END);
    assert!(focused(number(SLOPES, "sigma")) && browser.execute(stops, vec![]) == json!(1));
    browser.keys(TAB);
    assert_eq!(browser.count("button.term:focus"), 0);
    // A link says what is lit.
    browser.open_at(&format!("#t={}", number(SLOPES, "beta_2")));
    assert_eq!(texts(browser, "on")["reduced"], ["β2Xij"]);
}

fn the_derivation_goes_step_by_step(browser: &Browser) {
    browser.open_model(SLOPES);
    let shown = || browser.visible(".step");
    assert_eq!((shown(), browser.text("#step")), (1, "1 of 4".into()));
    // What it comes to is not told before it is there.
    assert_eq!(browser.visible(".econometric"), 0);
    assert!(texts(browser, "touched").is_empty());
    browser.click("#next");
    assert_eq!((shown(), browser.text("#step")), (2, "2 of 4".into()));
    // Plugging in touches what is plugged in, and not the rest.
    let touched = &texts(browser, "touched")["derivation"];
    assert!(touched.contains(&"β0j".to_owned()) && touched.contains(&"u1j".to_owned()), "{touched:?}");
    assert!(!touched.contains(&"β2Xij".to_owned()), "{touched:?}");
    browser.click("#next");
    let touched = &texts(browser, "touched")["derivation"];
    assert!(touched.contains(&"γ11ZjRij".to_owned()) && !touched.contains(&"γ00".to_owned()), "{touched:?}");
    browser.click("#next");
    let touched = &texts(browser, "touched")["derivation"];
    assert_eq!(touched, &["u0j", "u1jRij", "ϵij"]);
    assert_eq!(browser.visible(".econometric"), 1);
    let disabled = "return ['back', 'next'].map((id) => document.getElementById(id).disabled)";
    assert_eq!(browser.execute(disabled, vec![]), json!([false, true]));
    browser.click("#back");
    assert_eq!((shown(), browser.text("#step")), (3, "3 of 4".into()));
    browser.click("#all");
    assert_eq!((shown(), browser.visible(".econometric")), (4, 1));
}

/// The corners of lines of the first picture, as they are drawn: of the groups, of the means, of the variance.
fn drawn(browser: &Browser) -> [Vec<Vec<[f64; 2]>>; 3] {
    let script = "
        const figure = document.querySelector('.figure');
        const points = (line) => line.getAttribute('points').split(' ').map((point) => point.split(',').map(Number));
        return ['.group', '.mean', '.variance'].map((of) => Array.from(figure.querySelectorAll(of), points));";
    serde_json::from_value(browser.execute(script, vec![])).unwrap()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.02
}

fn sliders_draw_what_the_model_says(browser: &Browser) {
    let text = read(SLOPES);
    sliders_of(browser, &text, |browser| browser.open_model(SLOPES));
    // Without a variance of slopes or of intercepts, every group has the line of its half.
    browser.press("#knob-0-slope-variance", HOME);
    browser.press("#knob-0-intercept-variance", HOME);
    let [groups, means, curve] = drawn(browser);
    for (at, group) in groups.iter().enumerate() {
        assert!(group.iter().zip(&means[at % 2]).all(|(a, b)| near(a[1], b[1])), "{group:?} {means:?}");
    }
    assert!(curve[0].iter().all(|point| near(point[1], curve[0][0][1])));
    // A factor of several categories on the axis and another between the groups; a curve.
    for model in [
        "# mlnote: factor f = no, some, much\n# mlnote: factor arm = control, low, high\n# mlnote: level g = arm\n\
         y ~ f * arm + (f | g)",
        "# mlnote: level g = z\ny ~ x * z + I(x^2) + (x + I(x^2) | g)",
    ] {
        sliders_of(browser, model, |browser| browser.open(&[model]));
    }
}

/// Moves every slider of a model to an end, and compares.
fn sliders_of(browser: &Browser, text: &str, open: impl Fn(&Browser)) {
    let facts = read::directives(text).unwrap().facts;
    let reading = read::read(text, None, &facts).unwrap();
    let known = ExplainOptions::default();
    let explanation = explain(&reading, &facts, &known, &mut vec![]).ok();
    let home = pictures(&reading, &Terms::new(&reading, &facts), explanation.as_ref(), &known).remove(0);
    let mut picture = home.clone();
    open(browser);
    agree(browser, &picture, &home);
    for at in 0..picture.knobs.len() {
        let moved = &mut picture.knobs[at];
        let key = if at % 3 == 0 { HOME } else { END };
        moved.value = if key == END { moved.high } else { moved.low };
        let id = format!("knob-0-{}", moved.what.replace(' ', "-"));
        let shown = moved.shown();
        browser.press(&format!("#{id}"), key);
        assert_eq!(browser.text(&format!("output[for={id}]")), shown);
        agree(browser, &picture, &home);
    }
    browser.click(".reset");
    agree(browser, &home, &home);
}

/// What is drawn is what the library draws for these numbers.
fn agree(browser: &Browser, picture: &Picture, home: &Picture) {
    let shown = drawn(browser);
    let svg = picture.svg(home);
    for (name, shown) in ["group", "mean", "variance"].into_iter().zip(shown) {
        let lines = svg.split("<polyline ").filter(|line| line.starts_with(&format!("class=\"{name}")));
        let lines: Vec<&str> =
            lines.map(|line| line.split("points=\"").nth(1).unwrap().split('"').next().unwrap()).collect();
        assert_eq!(shown.len(), lines.len(), "{name}");
        for (shown, line) in shown.iter().zip(lines) {
            assert_eq!(shown.len(), line.split(' ').count(), "{name}");
            for (point, expected) in shown.iter().zip(line.split(' ')) {
                let (x, y) = expected.split_once(',').unwrap();
                let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
                assert!(near(point[0], x) && near(point[1], y), "{name}: {point:?} {expected}");
                // Whatever the sliders say, nothing is drawn outside.
                assert!((0.0..=560.0).contains(&y), "{name}: {expected}");
            }
        }
    }
    // The ticks are those of the axes.
    let ticks =
        "return Array.from(document.querySelector('.figure').querySelectorAll('g.ticks text'), (t) => t.outerHTML)";
    let ticks: Vec<String> = serde_json::from_value(browser.execute(ticks, vec![])).unwrap();
    let expected: Vec<&str> = svg.split("<g class=\"ticks\">").skip(1).flat_map(|g| g.split("</g>").next()).collect();
    let expected: Vec<String> = expected.concat().split_inclusive("</text>").map(str::to_owned).collect();
    assert_eq!(ticks.len(), expected.len(), "{ticks:?} {expected:?}");
    for (tick, expected) in ticks.iter().zip(&expected) {
        let inside = |tag: &str| tag.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert_eq!(inside(tick), inside(expected));
        assert!(near(attribute(tick, "y"), attribute(expected, "y")), "{tick} {expected}");
    }
}

fn attribute(tag: &str, name: &str) -> f64 {
    tag.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
}

fn sources_are_copied(browser: &Browser) {
    browser.open_model(SLOPES);
    browser.click("#lmer button.copy");
    browser.until("return document.querySelector('#lmer button.copy').textContent === 'Copied'");
    let source = browser.execute("return document.getElementById('source-lmer').textContent", vec![]);
    assert_eq!(source, json!("Y ~ R * Z + X + S + (R | id)\n"));
}

/// The first program that can say the model is shown first; those that cannot say why when they are chosen.
fn programs_that_can_say_the_model_come_first(browser: &Browser) {
    browser.open_model("tests/cases/logistic/hierarchical.tex");
    let shown = || browser.execute("return document.querySelector('.program:not([hidden])').id", vec![]);
    assert_eq!(shown(), json!("program-glmmtmb"));
    browser.click("#tab-nlme");
    assert!(shown() == json!("program-nlme") && browser.text("#program-nlme").contains("Cannot be said so"));
}

fn every_page_fits_its_window(browser: &Browser) {
    for model in PAGES {
        browser.open_model(model);
        for width in [1280, 768, 390] {
            browser.width(width);
            let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            assert_eq!(browser.execute(wide, vec![]), json!(0), "{model} at {width}");
            // Nothing that is shown needs to be moved sideways, at least for the models of the paper.
            let cut = "return Array.from(document.querySelectorAll('.scroll')).filter((e) => e.checkVisibility())
                .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)";
            assert_eq!(browser.execute(cut, vec![]), json!([]), "{model} at {width}");
            // The script ran and the style was taken: the policy lets just these through.
            assert!(browser.visible(".walk") == 1, "{model}");
            let radius = "return getComputedStyle(document.querySelector('.card')).borderTopLeftRadius";
            assert_ne!(browser.execute(radius, vec![]), json!("0px"), "{model}");
            // Equations stand one below the other, at the sign: the relations have one left edge.
            let edges = "
                const edges = Array.from(document.querySelectorAll('#hierarchical mtd.relation'))
                  .filter((cell) => cell.checkVisibility()).map((cell) => Math.round(cell.getBoundingClientRect().left));
                return new Set(edges).size";
            assert_eq!(browser.execute(edges, vec![]), json!(1), "{model}");
        }
    }
    browser.width(1280);
}

fn hostile_names_do_nothing(browser: &Browser) {
    let name = "</script><img src=x onerror=\"document.title='taken'\">";
    browser.open(&[&format!("`{name}` ~ x + (1 + x | `{name}`)")]);
    let state: Value = browser
        .execute("return [document.querySelectorAll('img').length, document.querySelector('h1').textContent]", vec![]);
    assert_eq!(state[0], json!(0));
    assert!(state[1].as_str().unwrap().contains(name), "{state}");
    assert!(!browser.execute("return document.title", vec![]).as_str().unwrap().starts_with("taken"));
    browser.press("#knob-0-intercept-variance", END);
    assert_eq!(browser.text("output[for=knob-0-intercept-variance]"), "2.00");
    // Labels and categories are words of sentences, axes and buttons.
    let (label, factor) = (format!("x=at {name}"), format!("f=a,{name}"));
    browser.open(&["y ~ x + f + (x | g)", "--level=g=f", "--label", &label, "--factor", &factor, "--treatment=f"]);
    assert_eq!(browser.count("img"), 0);
    assert!(browser.text(".words").contains(name) && browser.text(".picture").contains(name));
    assert!(!browser.execute("return document.title", vec![]).as_str().unwrap().starts_with("taken"));
}

/// Dark where the reader wants it dark, still where nothing is to move, and on paper everything that matters.
fn the_page_follows_its_reader(browser: &Browser) {
    browser.open_model(SLOPES);
    browser.media("", &[("prefers-color-scheme", "light")]);
    assert_eq!(browser.style("body", "background-color"), "rgb(255, 255, 255)");
    assert!(contrast(browser) > 7.0);
    browser.media("", &[("prefers-color-scheme", "dark")]);
    assert_ne!(browser.style("body", "background-color"), "rgb(255, 255, 255)");
    assert!(contrast(browser) > 7.0);
    let moves = || browser.style("mrow[data-t]", "transition-duration") != "0s";
    assert!(moves());
    browser.media("", &[("prefers-reduced-motion", "reduce")]);
    assert!(!moves());
    // On paper: black on white, every step, no buttons but what names a symbol.
    browser.media("print", &[("prefers-color-scheme", "dark")]);
    assert_eq!(browser.style("body", "background-color"), "rgb(255, 255, 255)");
    assert!(contrast(browser) > 7.0);
    assert_eq!((browser.visible(".step"), browser.visible(".copy"), browser.visible(".walk")), (4, 0, 0));
    browser.media("", &[]);
}

/// The contrast of text to what is behind it, as WCAG measures it.
fn contrast(browser: &Browser) -> f64 {
    let luminance = |color: String| -> f64 {
        let parts = color.trim_start_matches("rgb(").trim_end_matches(')').split(", ");
        let linear = parts
            .map(|part| part.parse::<f64>().unwrap() / 255.0)
            .map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
        linear.zip([0.2126, 0.7152, 0.0722]).map(|(c, weight)| c * weight).sum()
    };
    let (text, behind) = (browser.style("h1", "color"), browser.style("body", "background-color"));
    let (a, b) = (luminance(text) + 0.05, luminance(behind) + 0.05);
    a.max(b) / a.min(b)
}
