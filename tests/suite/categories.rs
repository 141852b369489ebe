//! What a text of an engine says of the values of a covariate, and no more: categories with one to compare with, or a
//! number. Writers say it, `check` compares it, fits obey it.

use super::cli::run;
use mlnote::error::Code;
use mlnote::fit::{Word, verdict};
use mlnote::model::{Facts, Reference};
use mlnote::read::{read, read_both};
use mlnote::write::{Style, writer};

/// Each text, and what it says of `f`; `x` is a number in the three engines where nothing else can be.
const SAID: &[(&str, Option<Reference>)] = &[
    ("mixed y i.f x || g:", Some(Reference::First)),
    ("mixed y ib2.f x || g:", None),
    ("mixed y ib(first).f##c.x || g:", Some(Reference::First)),
    ("mixed y ib(last).f x || g:", Some(Reference::Last)),
    ("mixed y ib(freq).f x || g:", Some(Reference::Unknown)),
    ("proc mixed; class f g; model y = f x; random intercept / subject=g; run;", Some(Reference::Last)),
    ("proc mixed; class f(ref=first) g; model y = f x; random intercept / subject=g; run;", Some(Reference::First)),
    ("proc mixed; class f(ref='2') g; model y = f x; random intercept / subject=g; run;", None),
    ("MIXED y BY f WITH x /FIXED=f x /RANDOM=INTERCEPT | SUBJECT(g).", Some(Reference::Last)),
    ("smf.mixedlm('y ~ C(f) + x', d, groups='g')", Some(Reference::First)),
    ("smf.mixedlm('y ~ C(f, Treatment(-1)) + x', d, groups='g')", Some(Reference::Last)),
    ("smf.mixedlm('y ~ C(f, Treatment(reference=2)) + x', d, groups='g')", None),
    ("bmb.Model('y ~ C(f) + x + (1|g)', d)", Some(Reference::First)),
    ("fit(MixedModel, @formula(y ~ f + x + (1|g)), d; contrasts = Dict(:f => DummyCoding()))", Some(Reference::First)),
    ("fit(MixedModel, @formula(y ~ f + x + (1|g)), d; contrasts = Dict(:f => DummyCoding(base = \"2\")))", None),
    (
        "fit(MixedModel, @formula(y ~ f + x + (1|g)), d; contrasts = Dict(:f => EffectsCoding()))",
        Some(Reference::Unknown),
    ),
    ("d$f <- factor(d$f)\nlmer(y ~ f + x + (1 | g), d)", Some(Reference::First)),
    ("d$f <- relevel(factor(d$f), ref = \"2\")\nlmer(y ~ f + x + (1 | g), d)", None),
    ("d$f <- factor(d$f)\nd$f <- relevel(d$f, \"2\")\nd$f <- factor(d$f)\nlme(y ~ f + x, d, ~ 1 | g)", None),
];

#[test]
fn a_text_says_what_it_knows_of_categories() {
    for (text, said) in SAID {
        let reading = read(text, None, &Facts::default()).unwrap_or_else(|e| panic!("{text}: {e}"));
        let said = said.clone().unwrap_or(Reference::Category("2".into()));
        assert_eq!(reading.lexicon.categorical.get("f"), Some(&said), "{text}");
        assert!(reading.lexicon.categories.is_empty(), "{text}");
        let only_numbers = ["mixed", "proc", "MIXED"].iter().any(|word| text.starts_with(word));
        assert_eq!(reading.lexicon.numeric.contains("x"), only_numbers, "{text}");
        // Through JSON nothing is lost.
        let json = (writer("json").unwrap().write)(&reading, &Style::default(), &mut vec![]).unwrap();
        let back = read(&json, Some("json"), &Facts::default()).unwrap();
        assert_eq!((back.lexicon, back.model), (reading.lexicon, reading.model), "{json}");
    }
    let moved =
        "d$f <- factor(d$f, levels = c(\"a\", \"b\"))\nd$f <- relevel(d$f, ref = \"b\")\nlmer(y ~ f + (1 | g), d)";
    let reading = read(moved, None, &Facts::default()).unwrap();
    assert_eq!(reading.lexicon.categories["f"].all().collect::<Vec<_>>(), ["b", "a"]);
}

/// Flags win over the text, and a flag that says little is no hindrance to a text that says more.
#[test]
fn flags_win_over_the_text() {
    let said = |flag: &str, text: &str| {
        let mut facts = Facts::default();
        facts.add("factor", flag).unwrap();
        read(text, None, &facts).unwrap().lexicon
    };
    assert_eq!(said("f = categorical", "mixed y ib2.f || g:").reference("f"), Some(Reference::Category("2".into())));
    assert_eq!(said("f = 3, …", "mixed y ib2.f || g:").reference("f"), Some(Reference::Category("3".into())));
    assert_eq!(said("f = 3", "y ~ f + (1 | g)").reference("f"), Some(Reference::Category("3".into())));
    assert_eq!(said("f = categorical", "y ~ f + (1 | g)").reference("f"), Some(Reference::Unknown));
    let known = said("f = a, b", "mixed y ib2.f || g:");
    assert!(known.categorical.is_empty() && known.categories["f"].all().count() == 2);
    assert!(said("f = numeric", "mixed y i.f || g:").numeric.contains("f"));
    assert!(said("x = categorical", "mixed y x || g:").is_categorical(&mlnote::model::RExpr::name("x")));
}

/// What each engine is told of the categories, by what is known of the reference.
#[test]
fn writers_say_what_is_known() {
    let (first, last, second) = ("mixed y i.f || g:", "mixed y ib(last).f || g:", "mixed y ib2.f || g:");
    for (to, text, words, noted) in [
        ("nlme", first, "dat$f <- factor(dat$f)\n", false),
        ("glmmtmb", second, "dat$f <- relevel(factor(dat$f), ref = \"2\")\n", false),
        ("brms", last, "dat$f <- relevel(factor(dat$f), ref = nlevels(factor(dat$f)))\n", false),
        ("julia", first, ":f => DummyCoding())", false),
        ("julia", second, ":f => DummyCoding(base = 2))", false),
        ("julia", last, ":f => DummyCoding())", true),
        ("statsmodels", first, "1 + C(f)", false),
        ("statsmodels", second, "1 + C(f, Treatment(2))", false),
        ("statsmodels", last, "1 + C(f, Treatment(-1))", false),
        ("bambi", first, "1 + C(f) +", false),
        ("bambi", second, "1 + C(f, Treatment(2)) +", false),
        ("bambi", last, "1 + C(f) +", true),
        ("sas", first, "class g f(ref=first);", false),
        ("sas", second, "class g f(ref='2');", false),
        ("sas", last, "class g f;", false),
        ("spss", first, "MIXED y BY f\n", true),
        ("spss", last, "MIXED y BY f\n", false),
        ("stata", first, "mixed y i.f ||", true),
        ("stata", second, "mixed y ib2.f ||", true),
        ("stata", last, "mixed y ib(last).f ||", true),
    ] {
        let reading = read(text, None, &Facts::default()).unwrap();
        let mut notes = vec![];
        let written = (writer(to).unwrap().write)(&reading, &Style::default(), &mut notes).unwrap();
        assert!(written.contains(words), "{to}: {written}");
        let has_note = notes.iter().any(|note| note.code == Code::FormulaTrap && note.message.contains("categories"));
        assert_eq!(has_note, noted, "{to}: {notes:?}");
        // What is written says the same again, where the engine can.
        if let Ok(back) = read(&written, Some(to), &Facts::default()).map(|back| back.lexicon)
            && !has_note
            && !written.contains("nlevels")
        {
            assert_eq!(back.reference("f"), reading.lexicon.reference("f"), "{to}: {written}");
        }
    }
    // What has a column for each category is refused until they are named.
    for to in ["hierarchical", "bracket", "reduced", "stan", "jags", "mplus", "hlm"] {
        let reading = read(second, None, &Facts::default()).unwrap();
        let style = Style { ml: true, ..Style::default() };
        let refused = (writer(to).unwrap().write)(&reading, &style, &mut vec![]).unwrap_err();
        assert_eq!(refused.code, Code::CannotSay, "{to}");
        assert!(refused.help.as_ref().unwrap().contains("`--factor f=2,…`"), "{refused}");
    }
}

fn judged(a: &str, b: &str) -> (Word, String) {
    let (readings, facts) = read_both([a, b], [None, None], &Facts::default()).unwrap();
    let verdict = verdict([&readings[0], &readings[1]], [a, b], &facts).unwrap();
    // Fits to drawn data must not object.
    verdict.fits().unwrap();
    (verdict.word, verdict.reason)
}

#[test]
fn check_says_which_categories_are_compared_with_which() {
    let sas = "proc mixed; class f g; model y = f; random intercept / subject=g; run;";
    for (a, b, word, told) in [
        (
            "mixed y ib3.f || g:",
            "mixed y ib2.f || g:",
            Word::Equivalent,
            "A compares the categories of f with `3`, B with `2`",
        ),
        (sas, "mixed y i.f || g:", Word::Equivalent, "A compares the categories of f with the last, B with the first"),
        ("mixed y i.f || g:", sas, Word::Equivalent, "A compares the categories of f with the first, B with the last"),
        ("d$f <- factor(d$f, levels = c(\"b\", \"a\"))\nlmer(y ~ f + (1 | g), d)", sas, Word::Same, "the same terms"),
        (
            "d$f <- factor(d$f, levels = c(\"a\", \"b\"))\nlmer(y ~ f + (1 | g), d)",
            sas,
            Word::Equivalent,
            "A compares the categories of f with `a`, B with `b`",
        ),
        (
            "proc mixed; class g; model y = f; random intercept / subject=g; run;",
            "mixed y i.f || g:",
            Word::Different,
            "B takes f as categories, A as a number",
        ),
        ("mixed y c.f || g:", "smf.mixedlm('y ~ C(f)', d, groups='g')", Word::Different, "B takes f as categories"),
        ("mixed y i.f || g:", "y ~ f + (1 | g)", Word::NeedsInfo, "it depends on whether f is categorical in B"),
        ("y ~ f + (1 | g)", "mixed y i.f || g:", Word::NeedsInfo, "it depends on whether f is categorical in A"),
        (
            "mixed y i.f || g:",
            "y ~ factor(f) + (1 | g)",
            Word::Equivalent,
            "other terms, the same means and covariances: A has f",
        ),
        // A number to Stata: nothing is asked about it, however it is called.
        ("mixed y f || g: f", "y ~ f + (f || g)", Word::Same, "the same terms"),
        ("mixed y f || g: f", "y ~ f + (f | g)", Word::Different, "B correlates the random effects of g"),
    ] {
        let (found, reason) = judged(a, b);
        assert!(found == word && reason.starts_with(told), "{a}\n{b}\n{found:?}: {reason}");
    }
}

/// By the categories of the table the first and the last have names, and a number is seen to be one.
#[test]
fn a_table_tells_the_categories() {
    let table = std::env::temp_dir().join(format!("mlnote-categories-{}.csv", std::process::id()));
    let rows: String = (0..60)
        .map(|row| {
            let (f, g) = (9 + row % 3, row / 6);
            format!("{}.5,{f},{g}\n", (row * 7) % 11 + f + g)
        })
        .collect();
    std::fs::write(&table, format!("y,f,g\n{rows}")).unwrap();
    let data = table.to_str().unwrap();
    let check = |a: &str, b: &str| run(&["check", "--quiet", a, b, "--data", data]).1;
    assert!(check("mixed y i.f || g:", "mixed y ib9.f || g:").starts_with("same"));
    let sas = "proc mixed; class f g; model y = f; random intercept / subject=g; run;";
    let told = check("mixed y i.f || g:", sas);
    assert!(told.contains("A compares the categories of f with `9`, B with `11`"), "{told}");
    assert!(
        check("mixed y i.f || g:", "y ~ f + (1 | g)").starts_with("different: A takes f as categories, B as a number")
    );
    // Fits have the coefficients of the engine: 9 comes before 10 and 11, as numbers do.
    let terms = |text: &str| {
        let fit: serde_json::Value = serde_json::from_str(&run(&["fit", "--json", text, "--data", data]).1).unwrap();
        let name = |effect: &serde_json::Value| effect["term"].as_str().unwrap().to_owned();
        fit["fixed"].as_array().unwrap().iter().map(name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(terms("mixed y i.f || g:"), "(Intercept) f10 f11");
    assert_eq!(terms("mixed y ib10.f || g:"), "(Intercept) f9 f11");
    assert_eq!(terms(sas), "(Intercept) f9 f10");
    assert_eq!(terms("mixed y f || g:"), "(Intercept) f");
    let (status, _, stderr) = run(&["fit", "mixed y ib7.f || g:", "--data", data]);
    assert!(status == 2 && stderr.contains("no row of `f` is \"7\""), "{stderr}");
    std::fs::remove_file(table).unwrap();
}
