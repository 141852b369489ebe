//! The base of a logarithm goes by name, by the start of its name or by place, as R matches arguments.

use crate::cli::run;
use crate::fit_peers::formula;
use crate::fit_support::table;
use mlnote::error::Code;
use mlnote::fit::{Method, Rows, Source, Value, fit, fit_rows, parse_expression, wanted};
use mlnote::model::Facts;
use std::fmt::Write;

fn numbers(expr: &str, csv: &str) -> Vec<f64> {
    let table = table(csv);
    let facts = Facts::default();
    match (Source { table: &table, facts: &facts }).evaluate(&parse_expression(expr).unwrap()).unwrap() {
        Value::Number(values) => values,
        other => panic!("{expr}: {other:?}"),
    }
}

#[test]
fn the_base_is_matched_as_r_matches_it() {
    let csv = "x,b\n8,2\n64,4\n1000,10\n";
    for expr in
        ["log(x, 2)", "log(x, base = 2)", "log(x, b = 2)", "log(base = 2, x)", "log(2, x = x)", "log(ba = 2, x = x)"]
    {
        assert_eq!(numbers(expr, csv)[..2], [3.0, 6.0], "{expr}");
    }
    // R takes the base row by row: log(c(8, 64, 1000), c(2, 4, 10)).
    for expr in ["log(x, b)", "log(x, base = b)", "log(base = b, x)"] {
        let values = numbers(expr, csv);
        assert!(values.iter().zip([3.0, 3.0, 3.0]).all(|(a, b)| (a - b).abs() < 1e-15), "{expr}: {values:?}");
    }
    let (table, facts) = (table(csv), Facts::default());
    let source = Source { table: &table, facts: &facts };
    for wrong in [
        "log(x, y = 2)",
        "log(x, 2, 3)",
        "log(x, base = 2, 3)",
        "log(base = 2)",
        "log(x, B = 2)",
        "log(x, base = 2, b = 3)",
    ] {
        let error = source.evaluate(&parse_expression(wrong).unwrap()).unwrap_err();
        assert_eq!(error.code, Code::BadArgument, "{wrong}: {error}");
        assert!(error.help.as_ref().is_some_and(|h| h.contains("log(x, base = 2)")), "{error:?}");
    }
}

#[test]
fn a_base_changes_units_and_nothing_else() {
    let mut csv = String::from("g,x,b,y\n");
    for row in 0..60 {
        let (x, y) = (1 + row * 37 % 50, f64::from(row * 7919 % 101) / 10.0 + f64::from(row / 6));
        writeln!(csv, "{},{x},3,{y}", row / 6).unwrap();
    }
    let facts = Facts::default();
    let plain = fit(&formula("y ~ 1 + log(x) + (1 + log(x) | g)"), &table(&csv), &facts, Method::Ml).unwrap();
    for (log, base) in [("log(x, base = 3)", 3f64), ("log(base = 2, x)", 2.0), ("log(x, base = b)", 3.0)] {
        let model = formula(&format!("y ~ 1 + {log} + (1 + {log} | g)"));
        let needed = wanted(&model, &facts).unwrap();
        let rows = || Rows::open(csv.as_bytes(), None, &needed).unwrap();
        let whole = fit(&model, &rows().table().unwrap(), &facts, Method::Ml).unwrap();
        let streamed = fit_rows(&model, rows(), 20, &facts, Method::Ml, &mut |_, _| {}).unwrap().expect("row by row");
        for fit in [whole, streamed] {
            assert!((fit.loglik - plain.loglik).abs() < 1e-8, "{log}: {} {}", fit.loglik, plain.loglik);
            let slope = fit.fixed[1].estimate / base.ln();
            assert!((slope - plain.fixed[1].estimate).abs() < 1e-6, "{log}: {slope}");
        }
    }
}

/// What stdout holds of a command that ends well.
#[track_caller]
fn out(arguments: &[&str]) -> String {
    let (status, stdout, stderr) = run(arguments);
    assert_eq!(status, 0, "{arguments:?}: {stderr}");
    stdout
}

#[test]
fn writers_keep_the_base_or_say_that_they_cannot() {
    for log in ["log(x, base = 2)", "log(base = 2, x)", "log(x, b = 2)"] {
        let text = format!("lmer(y ~ {log} + (1 | g), d)");
        assert!(out(&["convert", &text, "--to", "lmer"]).contains(log), "{log}");
        assert!(out(&["convert", &text, "--to", "mixedmodels"]).contains("log2(x)"), "{log}");
        assert!(out(&["convert", &text, "--to", "statsmodels"]).contains("np.log2(x)"), "{log}");
        // Stata has no log2.
        assert!(out(&["convert", &text, "--to", "stata"]).contains("(ln(x) / ln(2))"), "{log}");
        let (status, _, stderr) = run(&["convert", &text, "--to", "hierarchical"]);
        assert!(status == 2 && stderr.contains("equation cannot show"), "{stderr}");
        assert!(!out(&["explain", &text]).contains("together they make a curve"), "{log}");
        assert_eq!(run(&["check", &text, "lmer(y ~ log2(x) + (1 | g), d)"]).0, 0, "{log}");
        assert_eq!(run(&["check", &text, "lmer(y ~ log(x, 2) + (1 | g), d)"]).0, 0, "{log}");
        // Another base is another unit, not another model.
        assert_eq!(run(&["check", &text, "lmer(y ~ log(x) + (1 | g), d)"]).0, 0, "{log}");
        assert_eq!(run(&["check", &text, "lmer(y ~ x + (1 | g), d)"]).0, 1, "{log}");
    }
}

#[test]
fn a_response_in_logarithms_is_drawn() {
    let flags = ["--groups", "g=4", "--per-group", "3", "--seed", "1"];
    let draw = |formula: &str| -> Vec<f64> {
        let csv = out(&[&["simulate", formula][..], &flags].concat());
        let at = csv.lines().next().unwrap().split(',').position(|name| name == "y").unwrap();
        csv.lines().skip(1).map(|line| line.split(',').nth(at).unwrap().parse().unwrap()).collect()
    };
    let plain = draw("y ~ x + (1 | g)");
    for (response, base) in
        [("log(y, base = 3)", 3f64), ("log2(y)", 2.0), ("log10(y)", 10.0), ("log(y)", std::f64::consts::E)]
    {
        let drawn = draw(&format!("{response} ~ x + (1 | g)"));
        assert!(drawn.iter().zip(&plain).all(|(y, v)| (y.ln() / base.ln() - v).abs() < 1e-4), "{response}");
    }
}
