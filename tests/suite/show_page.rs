//! The page, the picture and the handout: what they hold, whatever the names are.

use super::cli::run;
use super::show::cases;
use base64::Engine;
use mlnote::model::Facts;
use mlnote::read;
use mlnote::write::show::{Picture, Role, Terms, drawing, handout, page, pictures};
use mlnote::write::{Estimates, ExplainOptions, Range, Style, explain};
use sha2::{Digest, Sha256};

const SLOPES: &str = "Y_ij = b_0j + b_1j R_ij + b_2 X_ij + e_ij
b_0j = g_00 + g_01 Z_j + u_0j
b_1j = g_10 + g_11 Z_j + u_1j";
const HOSTILE: &str = "`</script><img onerror=\"alert(1)\" src=x>`";

fn reading(text: &str) -> (mlnote::algebra::Reading, Facts) {
    let facts = read::directives(text).unwrap().facts;
    (read::read(text, None, &facts).unwrap(), facts)
}

fn page_of(text: &str) -> String {
    let (reading, facts) = reading(text);
    page(&reading, &facts, &Style::default(), &ExplainOptions::default(), &mut vec![]).unwrap()
}

fn pictures_of(text: &str) -> Vec<Picture> {
    pictures_with(text, &ExplainOptions::default())
}

fn pictures_with(text: &str, known: &ExplainOptions) -> Vec<Picture> {
    let (reading, facts) = reading(text);
    let explanation = explain(&reading, &facts, known, &mut vec![]).ok();
    pictures(&reading, &Terms::new(&reading, &facts), explanation.as_ref(), known)
}

fn over(picture: &Picture) -> Option<&str> {
    picture.over.as_ref().map(|axis| axis.name.as_str())
}

fn halves(picture: &Picture) -> Option<&str> {
    picture.parts.as_ref().map(|parts| parts.name.as_str())
}

/// What stands between an opening and a closing tag, everywhere.
fn inside<'a>(page: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    page.split(open).skip(1).map(|rest| rest.split(close).next().unwrap()).collect()
}

/// Panics unless every element is closed in its place.
fn well_formed(text: &str) {
    const VOID: [&str; 3] = ["meta", "input", "!DOCTYPE"];
    const RAW: [&str; 2] = ["script", "style"];
    let (mut open, mut rest): (Vec<&str>, &str) = (vec![], text);
    while let Some(at) = rest.find('<') {
        let tag = &rest[at + 1..at + rest[at..].find('>').expect("a tag ends")];
        rest = &rest[at + tag.len() + 2..];
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        match (tag.starts_with('/'), VOID.contains(&name) || tag.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(name), "before {:?}", &rest[..rest.len().min(80)]),
            (false, true) => {}
            (false, false) if RAW.contains(&name) => {
                rest = &rest[rest.find(&format!("</{name}>")).unwrap() + name.len() + 3..]
            }
            (false, false) => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn the_page_runs_and_loads_nothing_but_its_own() {
    let page = page_of(SLOPES);
    let policy = inside(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"")[0].replace("&#39;", "'");
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    let hash = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
    let (style, script) = (inside(&page, "<style>", "</style>"), inside(&page, "<script>", "</script>"));
    assert_eq!((style.len(), script.len()), (1, 1));
    assert!(policy.contains(&format!("style-src 'sha256-{}'", hash(style[0]))), "{policy}");
    assert!(policy.contains(&format!("script-src 'sha256-{}'", hash(script[0]))), "{policy}");
    for word in
        [" style=\"", " src=", "<link", "<img", "@import", "url(", "fetch(", "XMLHttpRequest", "innerHTML", "eval("]
    {
        assert!(!page.contains(word), "{word}");
    }
    let outside = page.replace("http://www.w3.org/1998/Math/MathML", "").replace("http://www.w3.org/2000/svg", "");
    assert!(!outside.contains("http:") && !outside.contains("https:"));
}

#[test]
fn every_case_has_a_page_with_all_notations_and_terms() {
    for file in cases() {
        let text = std::fs::read_to_string(&file).unwrap();
        let page = page_of(&text);
        well_formed(&page);
        let (reading, facts) = reading(&text);
        let items = Terms::new(&reading, &facts).items.len();
        for number in 0..items {
            assert!(
                page.contains(&format!("<div class=\"entry\" data-t=\"{number}\"")),
                "{}: {number}",
                file.display()
            );
        }
        for writer in mlnote::write::WRITERS.iter().filter(|writer| writer.name != "json") {
            let copy = format!("data-copy=\"source-{}\"", writer.name);
            let written = (writer.write)(&reading, &Style::default(), &mut vec![]).is_ok();
            assert_eq!(page.contains(&copy), written, "{}: {}", file.display(), writer.name);
        }
    }
}

#[test]
fn groups_are_called_by_their_word() {
    let called = |model: &str| pictures_of(model).into_iter().map(|picture| picture.groups).collect::<Vec<_>>();
    assert_eq!(called("y ~ x + (x | school_id)"), ["schools"]);
    assert_eq!(called("y ~ x + (1 | school/class)"), ["schools", "classes"]);
    assert_eq!(called("y ~ x + (1 | id)"), ["groups"]);
    assert_eq!(called("y ~ x + (1 | i) + (1 | q)"), ["groups of i", "groups of q"]);
    let page = page_of("# mlnote: label g = town\ny ~ x + (x | g)");
    assert!(page.contains("The towns, with made-up values") && page.contains("variance between towns"));
}

#[test]
fn hostile_names_are_text() {
    let models = [
        format!("{HOSTILE} ~ {HOSTILE} + (1 | g)"),
        format!("y ~ {HOSTILE} + ({HOSTILE} | {HOSTILE})"),
        r#"y ~ `"><svg onload=x>` + (1 | `]]>--&lt;`)"#.to_owned(),
    ];
    for model in models {
        let page = page_of(&model);
        well_formed(&page);
        let lower = page.to_lowercase();
        assert!(!lower.contains("<img") && !lower.contains("<svg onload"), "{model}");
        assert_eq!(inside(&page, "<script", "</script>").len(), 1 + pictures_of(&model).len(), "{model}");
        let (reading, facts) = reading(&model);
        let drawn = drawing(&reading, &facts, &Style::default(), &ExplainOptions::default()).unwrap();
        well_formed(&drawn);
        assert!(!drawn.contains("<img") && !drawn.contains("<script"), "{model}");
        let tex = handout(&reading, &facts, &Style::default(), &ExplainOptions::default(), &mut vec![]).unwrap();
        assert!(!tex.contains(r"\input") && tex.contains(r"\textless{}"), "{model}: {tex}");
    }
    assert!(page_of(&format!("y ~ {HOSTILE} + (1 | g)")).contains("&lt;/script&gt;&lt;img onerror="));
}

/// The variance of the lines of a picture at `x` around what the fixed effects predict.
fn spread(picture: &Picture, x: f64) -> f64 {
    let deviation = |group: usize| picture.line(group, x) - picture.mean(x, picture.part(group));
    let all: Vec<f64> = (0..picture.draws.len()).map(deviation).collect();
    assert!(all.iter().sum::<f64>().abs() < 1e-9, "deviations have mean 0");
    all.iter().map(|d| d * d).sum::<f64>() / all.len() as f64
}

#[test]
fn the_lines_spread_as_the_numbers_say() {
    let mut picture = pictures_of(SLOPES).remove(0);
    for (intercept, slope, correlation) in [(0.5, 0.1, 0.3), (1.0, 0.0, 0.0), (0.25, 0.4, -0.9), (0.0, 0.3, 1.0)] {
        for knob in &mut picture.knobs {
            match knob.role {
                Role::Variance(None) => knob.value = intercept,
                Role::Variance(Some(_)) => knob.value = slope,
                Role::Correlation(_) => knob.value = correlation,
                Role::Fixed(..) => {}
            }
        }
        for x in [-2.0_f64, -0.5, 0.0, 1.0, 2.0] {
            let expected = intercept + 2.0 * correlation * (intercept * slope).sqrt() * x + slope * x * x;
            assert!((spread(&picture, x) - expected).abs() < 1e-9 && (picture.variance(x) - expected).abs() < 1e-12);
        }
    }
    let [a, b] = [picture.mean(1.0, 1) - picture.mean(1.0, 0), picture.mean(0.0, 1) - picture.mean(0.0, 0)];
    let value = |x, z| picture.value(Role::Fixed(x, z));
    assert!((a - b - value(Some(0), Some(0))).abs() < 1e-12 && (b - value(None, Some(0))).abs() < 1e-12);
}

#[test]
fn a_picture_has_the_numbers_that_the_model_has() {
    let knobs = |picture: &Picture| picture.knobs.iter().map(|knob| knob.what.clone()).collect::<Vec<_>>();
    let slopes = pictures_of(SLOPES);
    assert_eq!((over(&slopes[0]), halves(&slopes[0])), (Some("R"), Some("Z")));
    let all = ["intercept", "slope", "treatment", "interaction", "intercept variance", "slope variance", "correlation"];
    assert_eq!(knobs(&slopes[0]), all);
    let alone = pictures_of("y ~ 1 + (1 | g)");
    assert_eq!((over(&alone[0]), knobs(&alone[0])), (None, vec!["intercept".into(), "intercept variance".into()]));
    let apart = pictures_of("y ~ x + (x || g)");
    assert_eq!(knobs(&apart[0]), ["intercept", "slope", "intercept variance", "slope variance"]);
    let crossed = pictures_of("y ~ x + (1 | item) + (0 + x | subject)");
    assert_eq!(
        (crossed[0].group.as_str(), knobs(&crossed[0])),
        ("item", ["intercept", "slope", "intercept variance"].map(String::from).to_vec())
    );
    assert_eq!(
        (crossed[1].group.as_str(), knobs(&crossed[1])),
        ("subject", ["intercept", "slope", "slope variance"].map(String::from).to_vec())
    );
    let logistic = pictures_of("glmer(y ~ x + (1 | g), family = binomial)");
    assert_eq!(logistic[0].response, "logit of the mean of y");
    // A covariate of a finer Level cannot part the groups of a coarser one.
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/three-levels/hierarchical.tex"));
    let three = pictures_of(&text.unwrap());
    let parts: Vec<_> = three.iter().map(|picture| (picture.group.as_str(), halves(picture))).collect();
    assert!(parts.contains(&("school", Some("W"))), "{parts:?}");
}

#[test]
fn a_factor_is_an_axis_of_its_categories() {
    let text = "# mlnote: factor f = no, some, much\n# mlnote: factor arm = control, low, high\n# mlnote: level g = arm\n\
        y ~ f * arm + (f | g)";
    let mut picture = pictures_of(text).remove(0);
    let axis = picture.over.clone().unwrap();
    assert_eq!((axis.name.as_str(), axis.x, axis.known), ("f", [0.0, 2.0], true));
    assert_eq!(axis.values, Some(["no", "some", "much"].map(String::from).to_vec()));
    assert_eq!(picture.parts.as_ref().unwrap().words, ["control", "low", "high"]);
    assert_eq!((picture.count(), picture.corners()), (3, vec![0.0, 1.0, 2.0]));
    let page = page_of(text);
    for words in ["f: some against no", "arm: high against control", "interaction of much and high"] {
        assert!(page.contains(words), "{words}");
    }
    let knobs: Vec<&str> = picture.knobs.iter().map(|knob| knob.what.as_str()).collect();
    let fixed = ["intercept", "slope", "slope 2", "treatment", "treatment 2"];
    let products = ["interaction", "interaction 1 2", "interaction 2 1", "interaction 2 2"];
    let random = ["intercept variance", "slope variance", "slope variance 2", "correlation", "correlation 2"];
    assert_eq!(knobs, [&fixed[..], &products, &random].concat());
    // Each slider belongs to a symbol of its own.
    let numbers: std::collections::BTreeSet<Option<u16>> = picture.knobs.iter().map(|knob| knob.number).collect();
    assert!(numbers.len() == knobs.len() && !numbers.contains(&None), "{numbers:?}");
    // The mean of an arm at a category is the sum of what the model says of both.
    for (at, knob) in picture.knobs.iter_mut().enumerate() {
        knob.value = f64::from(1 << at.min(9));
    }
    let value = |x, z| picture.value(Role::Fixed(x, z));
    for (x, part) in [(0, 0), (1, 0), (0, 2), (2, 1), (2, 2)] {
        let column = |at: usize| at.checked_sub(1);
        let (own, other) = (column(x), column(part));
        let mut wanted = value(None, None);
        wanted += own.map_or(0.0, |_| value(own, None)) + other.map_or(0.0, |_| value(None, other));
        wanted += own.zip(other).map_or(0.0, |_| value(own, other));
        assert_eq!(picture.mean(x as f64, part), wanted, "{x} {part}");
    }
    // The variance between groups at a category: τ_00 + 2 ρ √(τ_00 τ_22) + τ_22.
    for knob in &mut picture.knobs {
        match knob.role {
            Role::Variance(None) => knob.value = 0.5,
            Role::Variance(Some(at)) => knob.value = [0.2, 0.9][at],
            Role::Correlation(at) => knob.value = [0.5, -0.6][at],
            Role::Fixed(..) => {}
        }
    }
    for (x, slope, rho) in [(0.0, 0.0_f64, 0.0), (1.0, 0.2, 0.5), (2.0, 0.9, -0.6)] {
        let wanted = 0.5 + 2.0 * rho * (0.5 * slope).sqrt() + slope;
        assert!((picture.variance(x) - wanted).abs() < 1e-12, "{x}");
    }
    // A covariate of numbers comes first.
    assert_eq!(over(&pictures_of("# mlnote: factor f = a, b\ny ~ f + x + (f + x | g)")[0]), Some("x"));
    // More categories than can be told apart are left out, and that is said.
    let many = "# mlnote: factor f = a, b, c, d, e, h, k\ny ~ f + (1 | g)";
    let picture = &pictures_of(many)[0];
    assert_eq!((picture.corners().len(), picture.left_out.clone()), (5, vec![("f".to_owned(), 2)]));
    assert!(page_of(many).contains("Of f, 2 more categories are not drawn."));
    // Without an intercept every category has its own mean.
    let full = "# mlnote: factor f = a, b, c\ny ~ 0 + f + (1 | g)";
    let picture = &pictures_of(full)[0];
    let value = |at| picture.value(Role::Fixed(Some(at), None));
    assert_eq!([0.0, 1.0, 2.0].map(|x| picture.mean(x, 0)), [value(0), value(1), value(2)]);
    assert!(page_of(full).contains("f: a<"));
}

#[test]
fn powers_of_a_covariate_are_one_curve() {
    let picture = &pictures_of("y ~ x + I(x^2) + z + (x | g)")[0];
    assert_eq!((over(picture), picture.bases.len(), picture.corners().len()), (Some("x"), 2, 41));
    let value = |x, z| picture.value(Role::Fixed(x, z));
    for x in [-2.0, 0.5, 1.0] {
        let wanted = value(None, None) + value(Some(0), None) * x + value(Some(1), None) * x * x;
        assert!((picture.mean(x, 0) - wanted).abs() < 1e-12);
    }
    // What only R can make has no place on an axis.
    assert_eq!(over(&pictures_of("y ~ poly(x, 2) + (1 | g)")[0]), None);
    assert_eq!(over(&pictures_of("y ~ poly(x, 2) + log(w) + (1 | g)")[0]), Some("log(w)"));
}

const FIT: &str = r#"{"method": "REML", "fixed": [
    {"term": "(Intercept)", "estimate": 50, "se": 1.5}, {"term": "R", "estimate": -8, "se": 0.5},
    {"term": "Z", "estimate": 3, "se": 0.75}, {"term": "X", "estimate": 0.25, "se": 0.01},
    {"term": "R:Z", "estimate": 2.5, "se": 0.5}],
    "random": [{"group": "j", "terms": ["(Intercept)", "R"], "sd": [4, 3], "corr": [[1, -0.5], [-0.5, 1]]}], "sigma": 9}"#;

#[test]
fn a_picture_stands_at_the_estimates() {
    let known = ExplainOptions { estimates: Some(Estimates::read(FIT).unwrap()), ..ExplainOptions::default() };
    let picture = &pictures_with(SLOPES, &known)[0];
    let values: Vec<f64> = picture.knobs.iter().map(|knob| knob.value).collect();
    assert_eq!(values, [50.0, -8.0, 3.0, 2.5, 16.0, 9.0, -0.5]);
    assert!(picture.estimated && !picture.over.as_ref().unwrap().known);
    for knob in &picture.knobs {
        assert!(knob.low <= knob.value && knob.value <= knob.high && knob.low < knob.high, "{knob:?}");
    }
    // The data tell the range of R, and which values of Z to compare.
    let data = [("R", 10.0, 90.0, false), ("Z", 0.0, 1.0, true)];
    let data = data.map(|(name, low, high, indicator)| (name.to_owned(), Range { low, high, indicator }));
    let known = ExplainOptions { data: data.into(), ..known };
    let picture = &pictures_with(SLOPES, &known)[0];
    assert_eq!((picture.x(), &picture.parts.as_ref().unwrap().columns), ([10.0, 90.0], &vec![vec![0.0], vec![1.0]]));
    // Whatever the sliders say, everything drawn lies within the axes.
    for (at, end) in (0..picture.knobs.len()).flat_map(|at| [(at, true), (at, false)]) {
        let mut moved = picture.clone();
        moved.knobs[at].value = if end { moved.knobs[at].high } else { moved.knobs[at].low };
        for point in inside(&moved.svg(picture), " points=\"", "\"").into_iter().flat_map(|points| points.split(' ')) {
            let (x, y) = point.split_once(',').unwrap();
            let within = |place: &str, end: f64| (0.0..=end).contains(&place.parse::<f64>().unwrap());
            assert!(within(x, 480.0) && within(y, 510.0), "{at} {point}");
        }
    }
    // What is not estimated is made up, and so is everything beside it.
    let part =
        FIT.replace(r#"{"term": "R:Z", "estimate": 2.5, "se": 0.5}"#, r#"{"term": "Z", "estimate": 3, "se": 1}"#);
    let known = ExplainOptions { estimates: Some(Estimates::read(&part).unwrap()), ..ExplainOptions::default() };
    assert!(!pictures_with(SLOPES, &known)[0].estimated);
    let drawn = |flags: &[&str]| run(&[&["show", SLOPES, "--quiet", "--format", "svg"], flags].concat()).1;
    assert!(drawn(&[]).contains("with made-up values"));
}

#[test]
fn each_format_is_an_answer_of_its_own() {
    for (format, start) in [("html", "<!DOCTYPE html>"), ("svg", "<svg "), ("tex", "\\documentclass{article}")] {
        let (status, stdout, stderr) = run(&["show", SLOPES, "--quiet", "--format", format]);
        assert!(status == 0 && stdout.starts_with(start), "{format}: {stderr}");
        let (status, stdout, _) = run(&["show", SLOPES, "--quiet", "--format", format, "--treatment", "Q"]);
        assert_eq!((status, stdout.as_str()), (2, ""), "{format}");
    }
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/cli/show"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("handout", run(&["show", SLOPES, "--quiet", "--format", "tex"]).1);
        insta::assert_snapshot!("picture", run(&["show", SLOPES, "--quiet", "--format", "svg"]).1);
    });
}
