//! Trouble is told: what must be refused, what must be noted, in which words.

use crate::fit_support::{model, table};
use mlnote::error::Code;
use mlnote::fit::{Method, Table, Wanted, constant_within, fit};
use mlnote::model::Facts;

fn read(text: &str) -> mlnote::error::Result<Table> {
    Table::read(text.as_bytes(), None, &Wanted { ids: ["g".to_owned()].into(), all: true, ..Wanted::default() })
}

#[track_caller]
fn refused(csv: &str, fixed: &str, random: &str, code: Code, words: &str) {
    let error = fit(&model("y", fixed, &[random]), &table(csv), &Facts::default(), Method::Reml).unwrap_err();
    assert_eq!(error.code, code, "{error}");
    assert!(error.message.contains(words), "{error}");
}

#[test]
fn tables_that_cannot_be_used() {
    for (text, code, words) in [
        ("g,x\na,1\nb\n", Code::BadData, "line 3 has 1 cells"),
        ("g,x,x\na,1,2\n", Code::BadData, "two columns called `x`"),
        ("g,x\na,Inf\n", Code::BadData, "column `x` is infinite: `Inf` in line 2"),
        ("g,x\na,1e999\n", Code::BadData, "in line 2"),
        ("g,x\na,1\nb,two\n", Code::NotNumeric, "column `x` is not numeric: `two` in line 3"),
        ("g,x\na,\"1,5\"\n", Code::NotNumeric, "`1,5` in line 2"),
        ("g,x\na,1_000\n", Code::NotNumeric, "`1_000` in line 2"),
        ("g,x\n", Code::BadData, "no rows"),
        ("", Code::BadData, "empty"),
        ("x\n1\n", Code::MissingColumn, "no column `g`"),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.code, code, "{text:?}: {error}");
        assert!(error.message.contains(words), "{text:?}: {error}");
    }
    let quoted = read("\u{feff}g,x\n\"a\nb\",1\n001,NA\n1,\n").unwrap();
    assert_eq!(quoted.id("g").unwrap().names, ["a\nb", "001", "1"]);
    let tabs = Table::read(&b"g\tx\na\t2\n"[..], None, &Wanted { all: true, ..Wanted::default() }).unwrap();
    assert!(tabs.has("x"));
    let missing = table("g,y\na,1\n").column("yy").unwrap_err();
    assert!(missing.help.unwrap().contains("did you mean `y`"));
}

#[test]
fn designs_that_cannot_be_fitted() {
    let plain = "g,x,y\na,1,1\na,2,3\nb,1,4\nb,3,6\nc,2,8\nc,5,7\n";
    refused("g,y\na,1\na,2\na,4\n", "1", "1 | g", Code::NotIdentified, "one group only");
    refused("g,y\na,1\nb,2\nc,4\n", "1", "1 | g", Code::NotIdentified, "every observation is a group of its own");
    refused(plain, "1 + x", "1 + x | g", Code::NotIdentified, "2 × 3 = 6 random effects for 6 observations");
    refused("g,y\na,1\na,1\nb,1\nb,1\n", "1", "1 | g", Code::NotIdentified, "constant");
    refused("g,y\na,1\na,1\nb,2\nb,2\nc,5\nc,5\n", "1", "1 | g", Code::NotIdentified, "residual variance is zero");
    refused(
        "g,x,y\na,1,2\na,2,4\nb,1,2\nb,3,6\nc,2,4\nc,5,10\n",
        "1 + x",
        "1 | g",
        Code::NotIdentified,
        "residual variance is zero",
    );
    refused(plain, "1 + g", "1 | g", Code::NotIdentified, "lies within the fixed effects");
    refused("g,y\na,x\na,y\nb,z\nb,y\n", "1", "1 | g", Code::NotNumeric, "holds text");
    refused(plain, "1 + xx", "1 | g", Code::MissingColumn, "no column `xx`");
    refused("g,x,y\na,0,1\na,1,2\nb,0,1\nb,2,3\n", "1 + log(x)", "1 | g", Code::BadData, "infinite in row 1");
    let gaps = "g,x,y\na,1,1\na,2,3\nb,NA,4\nb,3,6\nc,2,8\nc,5,7\nc,6,5\n";
    refused(gaps, "1 + poly(x, 2)", "1 | g", Code::BadData, "not allowed in `poly(x, 2)`: 1 of 7 rows have one");
    let raw = fit(&model("y", "1 + poly(x, 2, raw = TRUE)", &["1 | g"]), &table(gaps), &Facts::default(), Method::Ml);
    assert_eq!(raw.unwrap().n, 6);
    let binomial = model("y", "1", &["1 | g"]).with_family("binomial", "logit");
    let error = fit(&binomial, &table(plain), &Facts::default(), Method::Ml).unwrap_err();
    assert_eq!(error.code, Code::OutOfScope);
}

#[test]
fn no_row_is_complete() {
    let told = |csv: &str| {
        let error = fit(&model("y", "1 + x", &["1 | g"]), &table(csv), &Facts::default(), Method::Ml).unwrap_err();
        assert_eq!(error.code, Code::BadData);
        (error.message, error.help.unwrap())
    };
    let (message, help) = told("g,x,y\na,NA,1\na,,2\nNA,NA,3\nb,NA,4\n");
    assert_eq!(message, "no row is complete; missing are `x` in every row, `g` in 1 of 4");
    assert!(help.contains("nothing is known of x"), "{help}");
    let (message, help) = told("g,x,y\na,1,NA\na,NA,2\nb,NA,3\nb,2,NA\nb,NA,2\n");
    assert_eq!(message, "no row is complete; missing are `x` in 3 of 5, `y` in 2 of 5");
    assert!(help.contains("each row misses something"), "{help}");
}

#[test]
fn what_is_noted() {
    let csv = "g,x,d,z,y\na,1,2,0,1\na,2,4,0,NA\na,3,6,0,2.5\na,4,8,0,3\nb,1,2,1,4\nb,3,6,1,6\nb,5,10,1,6.5\nb,2,4,1,4\n\
        c,2,4,1,8\nc,5,10,1,7\nc,3,NA,1,8.5\nc,1,2,1,7\nd,1,2,0,2\nd,2,4,0,4\nd,4,8,0,3\nd,6,12,0,5\n";
    let table = table(csv);
    let fit = |fixed: &str, random: &[&str]| {
        fit(&model("y", fixed, random), &table, &Facts::default(), Method::Reml).unwrap()
    };
    let note = |fit: &mlnote::fit::Fit, code: Code| {
        fit.notes.iter().find(|n| n.code == code).unwrap_or_else(|| panic!("{code:?}: {:?}", fit.notes)).message.clone()
    };
    let one = fit("1 + x + d", &["1 | g"]);
    assert_eq!(note(&one, Code::DroppedRows), "2 of 16 rows dropped for missing values (y: 1, d: 1)");
    assert_eq!(
        note(&one, Code::RankDeficient),
        "`d` was dropped from the fixed effects: it is a linear combination of x"
    );
    assert_eq!((one.n, one.aliased.as_slice()), (14, &["d".to_owned()][..]));
    let slope = fit("1 + x", &["1 + z | g"]);
    assert!(note(&slope, Code::SlopeOfGroupCovariate).contains("`z` is constant within each group"));
    let told = note(&slope, Code::NotIdentified);
    assert!(told.contains("variance of z by g") && told.contains("covariance of (Intercept) and z by g"), "{told}");
    let twice = fit("1 + x", &["1 + x | g", "1 | g"]);
    assert!(note(&twice, Code::NotIdentified).contains("variance of (Intercept) by g"));
    // The likelihood is that of the one term.
    assert!((twice.loglik - fit("1 + x", &["1 + x | g"]).loglik).abs() < 1e-6);
}

/// The squares of these responses are no numbers of 64 bits.
#[test]
fn units_of_any_size_are_printed() {
    let fit = |power: i32| {
        let mut csv = String::from("g,x,y\n");
        for row in 0..40 {
            let (g, x) = (row / 4, row * 37 % 11);
            csv += &format!("{g},{x},{}e{power}\n", 20 + row * 7919 % 101 + 9 * (g * 5 % 7) + x * (g % 3 + 1));
        }
        fit(&model("y", "1 + x", &["1 + x | g"]), &table(&csv), &Facts::default(), Method::Reml)
    };
    let text = |power: i32| {
        let fit = fit(power).unwrap();
        let whole = mlnote::fit::Summary { fit: &fit, formula: None, data: None, lexicon: None }.text();
        whole.split_once("Random effects:").unwrap().1.to_owned()
    };
    let digits = |text: &str| -> Vec<f64> {
        let words = text.split(|c: char| c.is_whitespace() || c == ':');
        words.filter_map(|w| w.split('e').next().unwrap().parse().ok()).collect()
    };
    let plain = text(0);
    for power in [300, -300] {
        let own = text(power);
        assert!(!own.contains("inf") && !own.contains("NaN"), "{own}");
        assert!(own.contains(&format!("e{}", 2 * power)) || own.contains(&format!("e{}", 2 * power + 2)), "{own}");
        assert_eq!(digits(&own).len(), digits(&plain).len(), "{plain}\n{own}");
    }
    let error = fit(-322).unwrap_err();
    assert!(error.code == Code::BadData && error.message.contains("too small"), "{error}");
}

#[test]
fn where_a_covariate_varies() {
    let table = table("s,g,x,z\n1,a,1,5\n1,b,2,5\n2,a,3,6\n2,a,3,6\n");
    assert_eq!(constant_within(&table, "z", &["s"]), Some(true));
    assert_eq!(constant_within(&table, "x", &["s"]), Some(false));
    assert_eq!(constant_within(&table, "x", &["s", "g"]), Some(true));
    assert_eq!(constant_within(&table, "q", &["s"]), None);
}

#[test]
fn expressions_of_a_table() {
    use mlnote::fit::{Source, Value, parse_expression};
    let table = table("g,f,x\na,b,1\na,c,2\nb,b,6\nb,a,NA\n");
    let mut facts = Facts::default();
    facts.add("define", "m = mean(x | g)").unwrap();
    facts.add("define", "loop = loop + 1").unwrap();
    let source = Source { table: &table, facts: &facts };
    let number = |text: &str| match source.evaluate(&parse_expression(text).unwrap()).unwrap() {
        Value::Number(v) | Value::Logical(v) => v,
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(number("x - m")[..3], [-0.5, 0.5, 0.0]);
    assert_eq!(number("m"), [1.5, 1.5, 6.0, 6.0]);
    assert_eq!(number("-x^2 + 2 * x / 4")[..3], [-0.5, -3.0, -33.0]);
    assert_eq!(number("f == \"b\""), [1.0, 0.0, 1.0, 0.0]);
    assert_eq!(number("I(x > 1 & x < 3)")[..3], [0.0, 1.0, 0.0]);
    assert_eq!(number("ifelse(f != 'b', 1, 0)"), [0.0, 1.0, 0.0, 1.0]);
    assert_eq!(number("as.integer(x / 4 - 1)")[..3], [0.0, 0.0, 0.0]);
    assert_eq!(number("as.integer(-1.9 * x)")[..3], [-1.0, -3.0, -11.0]);
    assert_eq!((number("trunc(x / 4)")[2], number("as.numeric(x / 4)")[2]), (1.0, 1.5));
    assert!(number("as.integer(x * 1e9)")[..3].iter().map(|v| v.is_nan()).eq([false, false, true]));
    for (text, value) in [("mean(x, na.rm = TRUE)", 3.0), ("max(x, na.rm = T)", 6.0), ("median(x, na.rm = TRUE)", 2.0)]
    {
        assert_eq!(source.evaluate(&parse_expression(text).unwrap()).unwrap(), Value::Scalar(value), "{text}");
    }
    for text in ["x - mean(x)", "sd(x, na.rm = FALSE)"] {
        let error = source.evaluate(&parse_expression(text).unwrap()).unwrap_err();
        assert!(error.code == Code::BadData && error.message.ends_with("is missing, since 1 of 4 rows are"), "{error}");
        assert!(error.help.unwrap().contains("R gives NA for it"));
    }
    assert!(number("log(x, 2)")[1] == 1.0 && number("x")[3].is_nan());
    assert_eq!(source.evaluate(&parse_expression("loop").unwrap()).unwrap_err().code, Code::Circular);
    assert_eq!(source.evaluate(&parse_expression("system(x)").unwrap()).unwrap_err().code, Code::OutOfScope);
    for wrong in ["", "x +", "(x", "x y", "mean(x", "\"a", "1e", "x = = 2", "#"] {
        assert_eq!(parse_expression(wrong).unwrap_err().code, Code::BadArgument, "{wrong}");
    }
    let deep = "(".repeat(5000);
    assert_eq!(parse_expression(&deep).unwrap_err().code, Code::BadArgument);
}

#[test]
fn nothing_fixed_and_offsets() {
    let csv = "g,x,y\na,1,1\na,2,3\nb,1,4\nb,3,6\nc,2,8\nc,5,7\nd,1,-2\nd,2,-3\n";
    let table = table(csv);
    let facts = Facts::default();
    // Known by hand: no fixed effects, balanced groups of two; REML is ML.
    let bare = model("y", "0", &["1 | g"]);
    let (ml, reml) =
        (fit(&bare, &table, &facts, Method::Ml).unwrap(), fit(&bare, &table, &facts, Method::Reml).unwrap());
    let (within, between) = (0.5 * (4.0 + 4.0 + 1.0 + 1.0), 0.5 * (16.0 + 100.0 + 225.0 + 25.0));
    let (sigma, lambda): (f64, f64) = (within / 4.0, between / 4.0);
    let log = -0.5 * (8.0 * (2.0 * std::f64::consts::PI).ln() + 4.0 * sigma.ln() + 4.0 * lambda.ln() + 8.0);
    assert!((ml.loglik - log).abs() < 1e-9 && (reml.loglik - log).abs() < 1e-9, "{} {log}", ml.loglik);
    assert!(ml.fixed.is_empty() && ml.vcov.is_empty());
    // An offset is a fixed effect that is known to be 1.
    let plain = fit(&model("I(y - 2 * x)", "1", &["1 | g"]), &table, &facts, Method::Reml).unwrap();
    let with = model("y", "1", &["1 | g"]).with_offset(mlnote::fit::parse_expression("2 * x").unwrap());
    let with = fit(&with, &table, &facts, Method::Reml).unwrap();
    assert!((plain.loglik - with.loglik).abs() < 1e-10);
    assert!((with.fitted[0] - plain.fitted[0] - 2.0).abs() < 1e-9);
    assert!((with.residuals[3] - plain.residuals[3]).abs() < 1e-9);
    // A named argument that is not known is not passed over.
    let error = fit(&model("y", "1 + round(x, digits = 2)", &["1 | g"]), &table, &facts, Method::Ml).unwrap_err();
    assert_eq!(error.code, Code::OutOfScope);
}

#[test]
fn switches_of_scale_and_poly() {
    // As R 4.2 gives for c(1, 2, 4, 9): the switches by name and by place, as readers of formulas spell them.
    let values = |text: &str| {
        let reading = mlnote::read::read(&format!("y ~ {text} + (1 | g)"), Some("lmer"), &Facts::default()).unwrap();
        let table = table("g,y,x\na,1,1\na,2,2\nb,4,4\nb,3,9\n");
        let covariate = reading.model.covariates()[0].clone();
        match (mlnote::fit::Source { table: &table, facts: &Facts::default() }).evaluate(&covariate)? {
            mlnote::fit::Value::Number(v) => Ok(vec![v]),
            mlnote::fit::Value::Matrix(columns) => Ok(columns.into_iter().map(|(_, v)| v).collect()),
            other => panic!("{text}: {other:?}"),
        }
    };
    let by = |list: &[&str], expected: &[[f64; 4]]| {
        for text in list {
            let found: mlnote::error::Result<Vec<Vec<f64>>> = values(text);
            let found = found.unwrap();
            assert_eq!(found.len(), expected.len(), "{text}");
            let pairs = found.iter().flatten().zip(expected.iter().flatten());
            pairs.for_each(|(a, b)| assert!((a - b).abs() < 1e-6, "{text}: {found:?}"));
        }
    };
    let squares = [[1.0, 2.0, 4.0, 9.0], [1.0, 4.0, 16.0, 81.0]];
    by(&["poly(x, 2, raw = TRUE)", "poly(x, degree = 2, raw = T)", "poly(x, raw = TRUE, 2)"], &squares);
    let orthogonal = [[-0.486664, -0.324443, 0.0, 0.811107], [0.543239, -0.062765, -0.781312, 0.300838]];
    by(&["poly(x, 2)", "poly(x, 2, raw = FALSE)"], &orthogonal);
    by(&["scale(x)", "scale(x, TRUE, TRUE)"], &[[-0.842927, -0.561951, 0.0, 1.404879]]);
    by(&["scale(x, scale = FALSE)", "scale(x, TRUE, FALSE)", "scale(x, scale = F)"], &[[-3.0, -2.0, 0.0, 5.0]]);
    by(&["scale(x, FALSE)", "scale(x, center = FALSE)"], &[[0.171499, 0.342997, 0.685994, 1.543487]]);
    by(&["scale(x, 2, 4)", "scale(x, scale = 4, center = 2)", "scale(x, scale = 4, 2)"], &[[-0.25, 0.0, 0.5, 1.75]]);
    by(&["scale(x, FALSE, FALSE)"], &squares[..1]);
    by(&["ifelse(x > 3, TRUE, FALSE)"], &[[0.0, 0.0, 1.0, 1.0]]);
    for wrong in ["poly(x, 2, TRUE)", "poly(x, 2, raw = z)", "scale(x, z)", "scale(x, 1, 2, 3)", "scale(x, cent = F)"] {
        assert!(values(wrong).is_err(), "{wrong}");
    }
    let error = fit(
        &model("y", "1 + ordered(x)", &["1 | g"]),
        &table("g,x,y\na,1,1\na,2,2\nb,1,4\nb,2,3\n"),
        &Facts::default(),
        Method::Ml,
    );
    assert_eq!(error.unwrap_err().code, Code::OutOfScope);
}

#[test]
fn what_is_perhaps_not_meant() {
    let row = |g: &str, at: usize, y: f64| format!("{g},{},{},{y}\n", at * 37 % 11, at % 2);
    let fit = |ids: &[&str], y: &dyn Fn(usize) -> f64, fixed: &str, random: &str| {
        let rows = (0..48).map(|at| row(ids[at % ids.len()], at, y(at))).collect::<String>();
        fit(&model("y", fixed, &[random]), &table(&format!("g,x,z,y\n{rows}")), &Facts::default(), Method::Ml).unwrap()
    };
    let note = |fit: &mlnote::fit::Fit, code: Code| {
        fit.notes.iter().find(|n| n.code == code).map(|n| format!("{n}; {}", n.help.as_deref().unwrap_or_default()))
    };
    let number = |at: usize| (at * 7919 % 101) as f64 + 9.0 * (at % 8) as f64;
    for (ids, told) in [
        (&["001", "1", "2", "3"][..], Some("`001` and `1` are two groups of `g`")),
        (&["1", "1.0", "2", "3"], Some("`1` and `1.0` are two groups of `g`")),
        (&["a", "b", "a ", "3"], Some("`a` and `a ` are two groups of `g`")),
        (&["a", "A", "10", "1"], None),
    ] {
        let note = note(&fit(ids, &number, "1 + x", "1 | g"), Code::LookAlike);
        assert_eq!(note.as_deref().map(|n| n.split(';').next().unwrap()), told, "{ids:?}");
    }
    let ids = ["a", "b", "c", "d", "e", "f"];
    let told = note(&fit(&ids, &|at| f64::from(at * 7919 % 101 > 50), "1 + x", "1 | g"), Code::BinaryResponse).unwrap();
    assert!(told.starts_with("the response `y` is 0 or 1 in every row") && told.contains("binomial"), "{told}");
    assert_eq!(note(&fit(&ids, &|at| (at * 7919 % 101 % 3) as f64, "1 + x", "1 | g"), Code::BinaryResponse), None);
    // Collinear: a constant, and nearly so; the tolerance is told.
    for (term, of) in [("I(3 - 0 * x)", "(Intercept)"), ("I(x - 1e-9 * z)", "x")] {
        let told = note(&fit(&ids, &number, &format!("1 + x + {term}"), "1 | g"), Code::RankDeficient).unwrap();
        assert!(told.contains(&format!("linear combination of {of};")) && told.contains("below 1e-7"), "{told}");
    }
    // A full factor beside an intercept by the same groups: a covariance matrix with one dimension too many.
    let both = model("y", "1", &["1 | g", "0 + factor(z) | g"]);
    let rows = (0..48).map(|at| row(ids[at * 5 % 6], at / 3, number(at))).collect::<String>();
    let both = mlnote::fit::fit(&both, &table(&format!("g,x,z,y\n{rows}")), &Facts::default(), Method::Ml).unwrap();
    let told = note(&both, Code::NotIdentified).unwrap();
    assert!(told.contains("variance of (Intercept) by g; variance of factor(z)0 by g"), "{told}");
    // As many groups as rows but one.
    let almost: Vec<String> = (0..47).map(|g| format!("g{g}")).collect();
    let almost: Vec<&str> = almost.iter().map(String::as_str).collect();
    let told = note(&fit(&almost, &number, "1 + x", "1 | g"), Code::NotIdentified).unwrap();
    assert!(told.contains("`g` has 47 groups in 48 rows: most groups have one observation"), "{told}");
    // A category that is declared and absent, or stands only where a row is dropped.
    let rows = (0..48).map(|at| row(ids[at % 6], at, number(at))).collect::<String>();
    let rows = table(&format!("g,x,z,y\na,1,7,NA\n{rows}"));
    for declared in ["z = 0, 1, 5, 7", "z = 0, 1, 7"] {
        let mut facts = Facts::default();
        facts.add("factor", declared).unwrap();
        let fit = mlnote::fit::fit(&model("y", "1 + z", &["1 | g"]), &rows, &facts, Method::Ml).unwrap();
        assert_eq!(fit.fixed.iter().map(|f| &f.term[..]).collect::<Vec<_>>(), ["(Intercept)", "z1"]);
    }
    refused("g,y\na,TRUE\na,FALSE\nb,TRUE\nb,TRUE\n", "1", "1 | g", Code::NotNumeric, "is TRUE or FALSE");
}

/// The squares of standard errors and standard deviations of these covariates are no numbers of 64 bits.
#[test]
fn covariates_in_units_of_any_size() {
    let fit = |unit: f64| {
        let mut csv = String::from("g,x,y\n");
        for row in 0..60usize {
            let (g, x) = (row / 5, row * 37 % 11);
            let y = 20 + row * 7919 % 101 + 9 * (g * 5 % 7) + x * (g % 3 + 1);
            csv += &format!("{g},{:e},{y}\n", x as f64 * unit);
        }
        fit(&model("y", "1 + x", &["1 + x | g"]), &table(&csv), &Facts::default(), Method::Ml).unwrap()
    };
    let plain = fit(1.0);
    for unit in [1e200, 1e-200] {
        let own = fit(unit);
        assert!((own.loglik - plain.loglik).abs() < 1e-8, "{} {}", own.loglik, plain.loglik);
        for (own, plain) in [
            (own.fixed[1].estimate * unit, plain.fixed[1].estimate),
            (own.fixed[1].se * unit, plain.fixed[1].se),
            (own.fixed[1].t, plain.fixed[1].t),
            (own.correlations[0][1], plain.correlations[0][1]),
            (own.random[0].sd[1] * unit, plain.random[0].sd[1]),
            (own.random[0].corr[0][1], plain.random[0].corr[0][1]),
        ] {
            assert!((own / plain - 1.0).abs() < 1e-6, "{own} {plain}");
        }
        assert_eq!(own.singular, plain.singular);
    }
}
