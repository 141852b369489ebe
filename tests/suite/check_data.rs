//! `mlnote check A B --data FILE`: what the data decide, and the fits side by side.

use super::cli::run;
use serde_json::Value;
use std::path::Path;

/// Classes within schools, class ids used again in every school, a factor, a covariate of schools.
fn table(folder: &Path) -> String {
    let path = folder.join("d.csv").to_str().unwrap().to_owned();
    let model = "y ~ x + f + Z + (x | school) + (1 | school:class)";
    let flags = ["--factor=f=a,b,c", "--level=school=Z", "--groups=school=9", "--groups=class=3", "--per-group=7"];
    assert_eq!(run(&[&["simulate", model, "--seed=3", "--quiet", "--output", &path], &flags[..]].concat()).0, 0);
    path
}

fn check(a: &str, b: &str, data: &str, flags: &[&str]) -> (i32, Value, String) {
    let all = [&["check", a, b, "--data", data], flags].concat();
    let (status, stdout, stderr) = run(&[&all[..], &["--json"]].concat());
    assert!(status == 0 || status == 1, "{stderr}");
    (status, serde_json::from_str(&stdout).unwrap(), run(&all).1)
}

#[test]
fn one_model_in_two_notations_has_one_fit() {
    let folder = tempfile::tempdir().unwrap();
    let data = table(folder.path());
    let levels = "y_ij = b_0j + b_1j x_ij + e_ij; b_0j = g_00 + g_01 Z_j + u_0j; b_1j = g_10 + u_1j";
    let (status, answer, text) = check(levels, "y ~ x + Z + (x | school)", &data, &[]);
    assert_eq!((status, &answer["verdict"]), (0, &"equivalent".into()));
    let fits = &answer["data"];
    assert!(fits["difference"].as_f64().unwrap().abs() < 1e-6, "{fits}");
    assert_eq!((&fits["A"]["parameters"], &fits["B"]["n"]), (&7.into(), &189.into()));
    let (_, alone, _) = run(&["fit", "y ~ x + Z + (x | school)", "--data", &data, "--ml", "--json"]);
    let alone: Value = serde_json::from_str(&alone).unwrap();
    assert_eq!((&fits["A"]["loglik"], &fits["B"]["sigma"]), (&alone["loglik"], &alone["sigma"]));
    for line in ["fixed effect of Z", "sd of x by school", "correlation of intercept and x by school", "log-likelihood"]
    {
        let row = text.lines().find(|l| l.trim_start().starts_with(line)).unwrap_or_else(|| panic!("{line}: {text}"));
        let cells: Vec<&str> = row.split_whitespace().rev().take(2).collect();
        assert_eq!(cells[0], cells[1], "{row}");
    }
    // Letters of both sides stand beside what they name.
    let other = levels.replace("g_10", "h").replace("g_01", "k");
    let (_, _, text) = check(levels, &other, &data, &["--index=j=school"]);
    assert!(text.contains("fixed effect of x (g_10 | h)"), "{text}");
}

#[test]
fn facts_that_decide_are_taken_from_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let data = table(folder.path());
    let (nested, crossed) = ("y ~ x + (1 | school/class)", "y ~ x + (1 | school) + (1 | class)");
    assert_eq!(run(&["check", nested, crossed]).0, 3);
    let (status, answer, text) = check(nested, crossed, &data, &[]);
    assert_eq!((status, &answer["verdict"]), (1, &"different".into()));
    assert!(text.contains("sd of intercept by school:class"), "{text}");
    assert!(answer["notes"].to_string().contains("the ids of class are reused"), "{answer}");
    let (double, single) = ("y ~ f + (f || school)", "y ~ f + (f | school)");
    assert_eq!(run(&["check", double, single]).0, 3);
    let (status, answer, _) = check(double, single, &data, &[]);
    assert_eq!((status, &answer["verdict"]), (0, &"equivalent".into()));
    assert!(answer["data"]["difference"].as_f64().unwrap().abs() < 1e-5);
    // A number called like a factor.
    let renamed = ["--column", "f=x"];
    let (status, answer, _) = check(double, single, &data, &renamed);
    assert_eq!((status, &answer["nested"]), (1, &"A in B".into()));
    let (a, b) = (&answer["data"]["A"]["loglik"], &answer["data"]["B"]["loglik"]);
    assert!(a.as_f64() <= b.as_f64(), "{answer}");
}

#[test]
fn unique_ids_are_found_in_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("u.csv");
    let mut text = String::from("school,class,x,y\n");
    for row in 0..96 {
        let class = row / 8;
        let (x, y) = ((row * 37 % 19) as f64 / 4.0, (row * 53 % 29) as f64 / 3.0 + f64::from(class % 5));
        text += &format!("s{},c{class},{x},{y}\n", class / 3);
    }
    std::fs::write(&path, text).unwrap();
    let (nested, crossed) = ("y ~ x + (1 | school/class)", "y ~ x + (1 | school) + (1 | class)");
    let (status, answer, _) = check(nested, crossed, path.to_str().unwrap(), &[]);
    assert_eq!((status, &answer["verdict"]), (0, &"equivalent".into()));
    assert_eq!(answer["data"]["A"]["n"], 96);
}

#[test]
fn what_fits_say_of_themselves_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flat.csv");
    // The same rows in every group: none differs from the others.
    let mut text = String::from("g,x,y\n");
    for row in 0..60 {
        let (x, y) = (row / 6 * 37 % 19, row / 6 * 53 % 29);
        text += &if row == 7 { format!("{},{x},NA\n", row % 6) } else { format!("{},{x},{y}\n", row % 6) };
    }
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let (_, stdout, _) = run(&["check", "y ~ x + (1 | g)", "y ~ 1 + x + (1 | g)", "--data", path]);
    assert_eq!(stdout.matches("A and B: 1 of 60 rows dropped").count(), 1, "{stdout}");
    assert_eq!(stdout.matches("A and B: the variance of (Intercept) by g").count(), 1, "{stdout}");
    let (_, stdout, _) = run(&["check", "y ~ x + (1 | g)", "log(y + 1) ~ x + (1 | g)", "--data", path]);
    assert!(stdout.contains("rows dropped"), "{stdout}");
}

#[test]
fn tables_that_do_not_fit_the_models_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = table(folder.path());
    let (status, stdout, stderr) = run(&["check", "y ~ x + (1 | school)", "y ~ xx + (1 | school)", "--data", &data]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("the table has no column `xx`") && stderr.contains("did you mean `x`?"), "{stderr}");
    let (status, stdout, stderr) = run(&["check", "y_ij = a + u_j + e_ij = a + e_ij + u_j", "--data", &data]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("needs two models"), "{stderr}");
}
