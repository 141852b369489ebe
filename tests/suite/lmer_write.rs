//! Models written as R formulas; what is written reads back.

use mlnote::algebra::{Lexicon, Reading};
use mlnote::error::{Code, Diagnostic};
use mlnote::model::{Covariance, Facts, Grouping, Model, RExpr, RandomTerm, Term};
use mlnote::read::{READERS, parse_expression};
use mlnote::write::{LmerStyle, Style, WRITERS};
use proptest::prelude::*;

fn read_with(text: &str, facts: &Facts) -> Result<Reading, Box<Diagnostic>> {
    let reader = READERS.iter().find(|r| r.name == "lmer").expect("a row");
    (reader.read)(text, facts)
}

fn read(text: &str) -> Model {
    read_with(text, &Facts::default()).unwrap_or_else(|e| panic!("{text}: {e}")).model
}

fn write(model: &Model, style: &Style) -> String {
    let reading = Reading { model: model.clone(), lexicon: Lexicon::default(), system: None, notes: vec![] };
    let writer = WRITERS.iter().find(|w| w.name == "lmer").expect("a row");
    (writer.write)(&reading, style, &mut vec![]).unwrap_or_else(|e| panic!("{model}: {e}"))
}

const STYLES: [LmerStyle; 3] = [LmerStyle::Compact, LmerStyle::Explicit, LmerStyle::Expanded];

#[test]
fn formulas_are_written_in_three_styles() {
    let written = |text: &str| STYLES.map(|lmer| write(&read(text), &Style { lmer, ..Style::default() }));
    for (text, expected) in [
        (
            "Y ~ R*Z + X + S + (R|id)",
            [
                "Y ~ R * Z + X + S + (R | id)\n",
                "Y ~ 1 + R * Z + X + S + (1 + R | id)\n",
                "Y ~ 1 + R + Z + X + S + R:Z + (1 + R | id)\n",
            ],
        ),
        ("y ~ (1|a/b)", ["y ~ 1 + (1 | a) + (1 | a:b)\n"; 3]),
        ("y ~ 0 + (1|g)", ["y ~ 0 + (1 | g)\n"; 3]),
        ("y ~ cs(0 + f | g, TRUE)", ["y ~ 1 + cs(0 + f | g)\n"; 3]),
        ("y ~ cs(0 + f | g, hom = TRUE)", ["y ~ 1 + cs(0 + f | g, hom = TRUE)\n"; 3]),
        ("y ~ ar1(0 + f | g)", ["y ~ 1 + ar1(0 + f | g)\n"; 3]),
        ("y ~ ar1(0 + f | g, hom = FALSE)", ["y ~ 1 + ar1(0 + f | g, hom = FALSE)\n"; 3]),
        ("y ~ diag(0 + f | g, hom = TRUE)", ["y ~ 1 + diag(0 + f | g, hom = TRUE)\n"; 3]),
        ("y ~ 0 + x + (0 + x|g)", ["y ~ 0 + x + (0 + x | g)\n"; 3]),
        (
            "y ~ x + offset(log(w)) + (x || g)",
            [
                "y ~ x + offset(log(w)) + (1 | g) + (0 + x | g)\n",
                "y ~ 1 + x + offset(log(w)) + (1 | g) + (0 + x | g)\n",
                "y ~ 1 + x + offset(log(w)) + (1 | g) + (0 + x | g)\n",
            ],
        ),
        (
            "log(y) ~ `my x`:(z > 0) + I(x^2) + (`my x` | `2nd`)",
            [
                "log(y) ~ I(x^2) + `my x`:(z > 0) + (`my x` | `2nd`)\n",
                "log(y) ~ 1 + I(x^2) + `my x`:(z > 0) + (1 + `my x` | `2nd`)\n",
                "log(y) ~ 1 + I(x^2) + `my x`:(z > 0) + (1 + `my x` | `2nd`)\n",
            ],
        ),
        (
            "glmer(y ~ x + (1 | g), family = binomial(\"probit\"))",
            [
                "glmer(y ~ x + (1 | g), data = dat, family = binomial(link = \"probit\"))\n",
                "glmer(y ~ 1 + x + (1 | g), data = dat, family = binomial(link = \"probit\"))\n",
                "glmer(y ~ 1 + x + (1 | g), data = dat, family = binomial(link = \"probit\"))\n",
            ],
        ),
    ] {
        assert_eq!(written(text), expected.map(str::to_owned), "{text}");
    }
}

#[test]
fn long_formulas_break_after_operators() {
    let model = read("reading ~ risk*treatment + prior + quality + (risk | school) + (1 | school:class)");
    let narrow = Style { width: 40, ..Style::default() };
    assert_eq!(
        write(&model, &narrow),
        "reading ~ risk * treatment + prior +\n    quality + (risk | school) +\n    (1 | school:class)\n"
    );
    let call = write(&model, &Style { width: 60, ml: true, ..Style::default() });
    assert_eq!(
        call,
        "lmer(\n    reading ~ risk * treatment + prior + quality +\n        (risk | school) + (1 | school:class),\n    data = dat,\n    REML = FALSE\n)\n"
    );
    assert_eq!(read(&call), model);
}

#[test]
fn what_r_cannot_spell_is_refused() {
    let bar = RExpr::call("|", [RExpr::name("a"), RExpr::name("b")]);
    let y = || RExpr::name("y");
    for model in [
        Model::new(RExpr::Null),
        Model::new(y()).with_fixed([Term::new([RExpr::call("f", [bar])])]),
        Model::new(y()).with_fixed([Term::covariate(".")]),
        Model::new(y()).with_fixed([Term::covariate("")]),
        Model::new(y()).with_fixed([Term::new([RExpr::Number("2".into())])]),
        Model::new(y()).with_fixed([Term::new([RExpr::call("offset", [RExpr::name("a")])])]),
        Model::new(y()).with_fixed([Term::new([RExpr::call(">", [RExpr::call("offset", [y()]), y()])])]),
        Model::new(y()).with_family("beta", "logit"),
    ] {
        let reading = Reading { model, lexicon: Lexicon::default(), system: None, notes: vec![] };
        let writer = WRITERS.iter().find(|w| w.name == "lmer").expect("a row");
        let error = (writer.write)(&reading, &Style::default(), &mut vec![]).expect_err("no formula");
        assert_eq!(error.code, Code::CannotSay, "{error}");
    }
}

/// Covariates of every kind: plain and hostile names, calls, comparisons.
fn covariates() -> impl Strategy<Value = RExpr> {
    let name = prop::sample::select(vec![
        "a",
        "b",
        "c",
        "x1",
        "foul.diff",
        ".h",
        "été",
        "学校",
        "my var",
        "if",
        "TRUE",
        "x²",
        "a`b",
        "back\\slash",
        "a:b",
        "new\nline",
        "hidden\u{200b}",
        "2nd",
        "(1 | g)",
        "\"quoted\"",
        "y",
    ]);
    let call = prop::sample::select(vec![
        "log(a)",
        "I(a^2)",
        "I((a + b) * -c)",
        "a > 0",
        "!a",
        "a & b == 1",
        "poly(a, 2, raw = TRUE)",
        "stats::poly(b, 3)",
        "dd$x",
        "m[, 1]",
        "l[[\"k\"]]",
        "a %o% b",
        "a%%2",
        "f(`my var` = \"s\\\"t\")",
        "C(f, contr.sum)",
        "I(1e-5 * a)",
        "ifelse(a <= 2, \"low\", 'high')",
        "`odd fun`(a)",
    ]);
    prop_oneof![
        3 => name.prop_map(RExpr::name),
        1 => call.prop_map(|text| parse_expression(text).expect("written above")),
    ]
}

fn products(most: usize) -> impl Strategy<Value = Vec<Term>> {
    let pool = prop::collection::vec(covariates(), 1..5);
    (pool, prop::collection::vec(any::<u8>(), 0..most), any::<bool>()).prop_map(|(pool, masks, closed)| {
        let subset = |mask: u8| {
            let chosen = pool.iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1);
            Term::new(chosen.map(|(_, covariate)| covariate.clone()))
        };
        let mut terms: Vec<Term> = vec![];
        for mask in masks {
            // Closed under products, or any sets at all.
            let parts = (1..=mask).filter(|part| part & !mask == 0 && (closed || *part == mask));
            terms.extend(parts.map(subset));
            terms.push(subset(mask));
        }
        terms
    })
}

fn models() -> impl Strategy<Value = Model> {
    let group =
        prop::sample::subsequence(vec!["school", "class", "my group", "a", "g:h"], 1..4).prop_map(Grouping::new);
    let covariance = prop::sample::select(vec![Covariance::Unstructured, Covariance::Diagonal]);
    let random = (group, products(4), covariance).prop_map(|(group, terms, how)| RandomTerm::new(group, terms, how));
    let families = vec![("gaussian", "identity"), ("binomial", "logit"), ("poisson", "log"), ("binomial", "probit")];
    (
        covariates(),
        products(5),
        prop::collection::vec(random, 0..4),
        prop::collection::vec(covariates(), 0..2),
        prop::sample::select(families),
    )
        .prop_map(|(response, fixed, random, offsets, (family, link))| {
            let model = Model::new(response).with_fixed(fixed).with_family(family, link);
            let model = offsets.into_iter().fold(model, Model::with_offset);
            random.into_iter().fold(model, Model::with_random)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_model_reads_back_from_every_style(model in models(), width in 1_usize..120, ml in any::<bool>()) {
        for lmer in STYLES {
            let text = write(&model, &Style { lmer, width, ml, ..Style::default() });
            let back = read_with(&text, &Facts::default());
            let back = back.map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?.model;
            prop_assert_eq!(&back, &model, "{}", text);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in r#"[ayg01 ~+\-*/^:|()\[\]$@`"'%#!<>=.,;\\\n²é−]{0,40}"#) {
        let answer = read_with(&text, &Facts::default());
        if let Err(error) = answer {
            for label in &error.labels {
                prop_assert!(text.get(label.span.start..label.span.end).is_some(), "{:?}", error);
            }
        }
    }
}
