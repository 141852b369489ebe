//! Data drawn from models, and models compared on drawn data.

use crate::cli::run;
use crate::fit_peers::formula;
use mlnote::algebra::Lexicon;
use mlnote::error::Code;
use mlnote::fit::{Method, Settings, Sizes, compare, constant_within, fit, simulate};
use mlnote::model::{Facts, Grouping, Level, RExpr};

fn sizes(groups: &[(&str, usize)], per_group: usize) -> Sizes {
    Sizes { groups: groups.iter().map(|(n, c)| ((*n).to_owned(), *c)).collect(), per_group: (per_group, per_group) }
}

#[test]
fn estimates_come_back() {
    let model = formula("y ~ 1 + x + z + x:z + (1 + x | school)")
        .with_level(RExpr::name("z"), Level::Group(Grouping::new(["school"])));
    let set = [("(Intercept)", 2.0), ("x", 0.5), ("z", -1.0), ("x:z", 0.25), ("var(x | school)", 0.25), ("sigma", 0.7)];
    let settings = Settings { set: set.iter().map(|(n, v)| ((*n).to_owned(), *v)).collect(), seed: 4, replicates: 2 };
    let sizes = sizes(&[("school", 200)], 15);
    let draw = || simulate(&model, &Facts::default(), &Lexicon::default(), None, &sizes, &settings).unwrap();
    let drawn = draw();
    assert_eq!(drawn.csv().unwrap(), draw().csv().unwrap());
    assert_eq!(
        (drawn.table.rows(), drawn.responses.len(), drawn.columns.as_slice()),
        (3000, 2, ["school", "x", "z", "y"].map(str::to_owned).as_slice())
    );
    assert_eq!(constant_within(&drawn.table, "z", &["school"]), Some(true));
    assert_eq!(constant_within(&drawn.table, "x", &["school"]), Some(false));
    let fit = fit(&model, &drawn.table, &Facts::default(), Method::Reml).unwrap();
    for effect in &fit.fixed {
        let truth = set.iter().find(|(n, _)| *n == effect.term).unwrap().1;
        assert!((effect.estimate - truth).abs() < 4.0 * effect.se, "{effect:?}");
    }
    assert!((fit.random[0].sd[1] - 0.5).abs() < 0.1 && (fit.sigma - 0.7).abs() < 0.05);
    assert_eq!(drawn.truth.random[0].covariance[1][1], 0.25);
}

#[test]
fn layouts() {
    let facts = Facts::default();
    let draw = |text: &str, groups: &[(&str, usize)], per: usize| {
        simulate(&formula(text), &facts, &Lexicon::default(), None, &sizes(groups, per), &Settings::default()).unwrap()
    };
    let nested = draw("y ~ 1 + (1 | a) + (1 | a:b)", &[("a", 4), ("b", 3)], 5);
    assert_eq!(nested.table.rows(), 60);
    assert_eq!(nested.table.id("b").unwrap().names.len(), 3);
    let crossed = draw("y ~ 1 + (1 | subject) + (1 | item)", &[("subject", 6), ("item", 10)], 10);
    let fit = fit(&formula("y ~ 1 + (1 | subject) + (1 | item)"), &crossed.table, &facts, Method::Reml).unwrap();
    assert_eq!(fit.groups, [("item".to_owned(), 10), ("subject".to_owned(), 6)]);
    let wrong = simulate(
        &formula("y ~ 1 + (1 | a)"),
        &facts,
        &Lexicon::default(),
        None,
        &sizes(&[("b", 3)], 5),
        &Settings::default(),
    );
    assert_eq!(wrong.unwrap_err().code, Code::UnknownName);
    let settings = Settings { set: vec![("gamma_{77}".into(), 1.0)], ..Settings::default() };
    let wrong = simulate(&formula("y ~ 1 + (1 | a)"), &facts, &Lexicon::default(), None, &Sizes::default(), &settings);
    assert!(wrong.unwrap_err().help.unwrap().contains("(Intercept)"));
    let logged = draw("log(y) ~ 1 + f + (1 | a)", &[("a", 4)], 5);
    assert!(logged.responses[0].iter().all(|y| *y > 0.0));
}

#[test]
fn equal_models_fit_equally_and_others_do_not() {
    let facts = Facts::default();
    let two = |a: &str, b: &str| compare(&formula(a), &formula(b), &facts, None, 3).unwrap();
    assert!(two("y ~ 1 + x + (1 + x | g)", "y ~ 1 + I(2 * x - 1) + (1 + I(2 * x - 1) | g)").agree());
    assert!(two("y ~ 1 + x + (1 | g)", "y ~ 1 + x + (1 | g)").agree());
    assert!(!two("y ~ 1 + x + (1 | g)", "y ~ 1 + x + (1 + x | g)").agree());
    assert!(!two("y ~ 1 + x + (1 | g) + (0 + x | g)", "y ~ 1 + x + (1 + x | g)").agree());
}

#[test]
fn commands() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, truth) = (path("d.csv"), path("t.json"));
    let model = "y ~ 1 + x + (1 + x | school)";
    let flags =
        ["--groups", "school=12", "--per-group", "5-9", "--seed", "3", "--set", "gamma_{10}=0.5", "--set", "sigma=0.5"];
    let (status, csv, errors) = run(&[&["simulate", model, "--truth", &truth, "--output", &data], &flags[..]].concat());
    assert_eq!((status, csv.as_str()), (0, ""), "{errors}");
    let told: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&truth).unwrap()).unwrap();
    assert_eq!((&told["fixed"][1]["value"], &told["sigma"]), (&0.5.into(), &0.5.into()));
    let (status, text, errors) = run(&["fit", model, "--data", &data]);
    assert_eq!(status, 0, "{errors}");
    for part in [
        "fit by REML",
        "Random effects:",
        "Groups",
        "Std.Dev.",
        "Corr",
        "Number of obs:",
        "school, 12",
        "t value",
        "(Intr)",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (_, json, _) = run(&["fit", model, "--data", &data, "--ml", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "method",
            "loglik",
            "deviance",
            "fixed",
            "random",
            "sigma",
            "theta",
            "n",
            "groups",
            "converged",
            "singular",
            "notes"
        ]
    );
    assert_eq!(
        (&json["method"], &json["groups"]["school"], &json["converged"]),
        (&"ML".into(), &12.into(), &true.into())
    );
    let (_, modes, _) = run(&["fit", model, "--data", &data, "--ranef"]);
    assert_eq!(modes.lines().count(), 1 + 24);
    assert!(modes.starts_with("group,level,term,value\nschool,1,(Intercept),"));
    let (_, coef, _) = run(&["fit", model, "--data", &data, "--coef"]);
    assert!(coef.lines().nth(2).unwrap().starts_with("school,1,x,"));
    let (_, fitted, _) = run(&["fit", model, "--data", &data, "--fitted"]);
    assert_eq!(fitted.lines().count(), std::fs::read_to_string(&data).unwrap().lines().count());
    // As JSON the same numbers are a member of the answer.
    for (flag, csv) in [("ranef", &modes), ("coef", &coef), ("fitted", &fitted)] {
        let (_, json, _) = run(&["fit", model, "--data", &data, &format!("--{flag}"), "--json"]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let text = |v: &serde_json::Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
        let line = |v: &serde_json::Value| v.as_object().unwrap().values().map(text).collect::<Vec<_>>();
        let rows: Vec<Vec<String>> = json[flag].as_array().unwrap().iter().map(line).collect();
        let expected: Vec<Vec<&str>> = csv.lines().skip(1).map(|l| l.split(',').collect()).collect();
        assert_eq!(rows.len(), expected.len());
        for (own, expected) in rows.iter().zip(&expected) {
            for (own, expected) in own.iter().zip(expected) {
                // The reader of JSON may be a last digit off.
                let number = |text: &str| text.parse::<f64>().unwrap();
                let same = own == expected || (number(own) / number(expected) - 1.0).abs() < 1e-15;
                assert!(same, "{flag}: {own} {expected}");
            }
        }
        let both = run(&["fit", model, "--data", &data, &format!("--{flag}"), "--format", "tex"]);
        assert!(both.0 == 2 && both.1.is_empty() && both.2.contains("cannot be used with"), "{both:?}");
    }
    let (_, tex, _) = run(&["fit", model, "--data", &data, "--format", "tex"]);
    assert!(tex.contains("\\toprule") && !tex.contains("_x"));
    let (_, markdown, _) = run(&["fit", model, "--data", &data, "--format", "markdown"]);
    assert!(markdown.contains("| --- | --: |"));
    let (status, out, errors) = run(&["fit", model, "--data", &path("no.csv")]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(errors.contains("no.csv"));
    assert_eq!(run(&["fit", model]).0, 2);
    // Covariates from a table, another response.
    let (status, again, errors) = run(&["simulate", model, "--data", &data, "--seed", "9"]);
    assert_eq!(status, 0, "{errors}");
    assert_eq!(again.lines().count(), fitted.lines().count());
}

#[test]
fn trouble_in_a_file_has_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.csv").display().to_string();
    for (text, code, line) in [
        ("g,x,y\na,1,2\nb,1\n", "bad-data", Some(3)),
        ("g,x,y\na,1,2\n\nb,one,2\n", "not-numeric", Some(4)),
        ("g,x,y\na,1,inf\n", "bad-data", Some(2)),
        ("g,x,x\na,1,2\n", "bad-data", Some(1)),
        ("g,x,y\na,1,\"2\n", "bad-data", Some(2)),
        ("g,x\na,1\n", "missing-column", None),
    ] {
        std::fs::write(&path, text).unwrap();
        for flags in [&["fit", "y ~ x + (1 | g)"][..], &["check", "y ~ x + (1 | g)", "y ~ x + (x | g)"]] {
            let (status, out, error) = run(&[flags, &["--data", &path, "--json"]].concat());
            assert_eq!((status, out.as_str()), (2, ""), "{text:?}");
            let error: serde_json::Value = serde_json::from_str(&error).unwrap();
            let place = (error["error"].as_str(), error["file"].as_str(), error["line"].as_u64());
            assert_eq!(place, (Some(code), Some(path.as_str()), line), "{error}");
            assert!(error["column"].is_null());
        }
    }
}

#[test]
fn ids_come_back_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.csv").display().to_string();
    let ids = ["-1", "-2.5", "+3", "-a", "=b", "@c", "007", "7"];
    let row = |at: usize| format!("{},{}\n", ids[at % 8], (at * 7919 % 101) as f64 + 5.0 * (at % 8) as f64);
    std::fs::write(&path, (0..64).map(row).fold("g,y\n".to_owned(), |all, row| all + &row)).unwrap();
    let (_, modes, errors) = run(&["fit", "y ~ 1 + (1 | g)", "--data", &path, "--ranef"]);
    let mut levels: Vec<&str> = modes.lines().skip(1).map(|l| l.split(',').nth(1).unwrap()).collect();
    levels.sort_unstable();
    // What a spreadsheet would run is marked, numbers are not.
    assert_eq!(levels, ["'-a", "'=b", "'@c", "+3", "-1", "-2.5", "007", "7"], "{errors}");
    let (_, json, _) = run(&["fit", "y ~ 1 + (1 | g)", "--data", &path, "--ranef", "--json"]);
    assert!(json.contains("\"=b\"") && json.contains("\"-a\""), "{json}");
}

/// Names that R quotes: the fit calls its columns as R does, and its numbers find their parameters.
#[test]
fn names_that_need_quotes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let row = |at: usize| {
        let y = at * 7919 % 101 + 9 * (at % 8) + 40 * (at % 3);
        format!("s {},{},{},{y}\n", at % 8, at * 37 % 11, ["p", "q", "r"][at % 3])
    };
    let data = path("d.csv");
    std::fs::write(&data, (0..72).map(row).fold("group id,my x,my f,body mass\n".to_owned(), |all, r| all + &r))
        .unwrap();
    let formula = "`body mass` ~ `my x` + `my f` + (`my x` | `group id`)";
    let (status, json, errors) = run(&["fit", formula, "--data", &data, "--json"]);
    assert_eq!(status, 0, "{errors}");
    let fit: serde_json::Value = serde_json::from_str(&json).unwrap();
    let names: Vec<&str> = fit["fixed"].as_array().unwrap().iter().map(|f| f["term"].as_str().unwrap()).collect();
    assert_eq!(names, ["(Intercept)", "`my x`", "`my f`q", "`my f`r"]);
    std::fs::write(path("fit.json"), &json).unwrap();
    let factor = ["--factor", "my f=p,q,r"];
    let (status, tex, errors) = run(&[&["convert", formula, "--to", "hierarchical"], &factor[..]].concat());
    assert_eq!(status, 0, "{errors}");
    let estimates = ["--estimates", &path("fit.json")];
    let with = run(&[&["convert", formula, "--to", "hierarchical"], &factor[..], &estimates].concat());
    assert_eq!(with.0, 0, "{}", with.2);
    let category = fit["fixed"][2]["estimate"].as_f64().unwrap();
    assert!(with.1.contains(&format!(r"{category:.1} \, \text{{my f}}_{{q,ij}}")), "{}", with.1);
    // Every parameter of the equations has its estimate, those of categories too.
    std::fs::write(path("m.tex"), tex).unwrap();
    let (status, text, errors) = run(&["fit", &path("m.tex"), "--data", &data]);
    assert_eq!(status, 0, "{errors}");
    let symbols = text.split_once("In the symbols of the equations:\n").unwrap().1.split("\n\n").next().unwrap();
    let about: Vec<&str> =
        symbols.lines().map(|l| l.split_once(" = ").unwrap().1.split_once("  ").unwrap().1.trim()).collect();
    for name in ["(Intercept)", "`my x`", "`my f`q", "`my f`r", "residual variance"] {
        assert!(about.contains(&name), "{name}: {symbols}");
    }
    assert!(about.contains(&"variance of `my x` by group id"), "{symbols}");
}
