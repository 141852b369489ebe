//! Tables that are summed in parts give what the whole table gives.

use crate::fit_peers::formula;
use mlnote::algebra::Lexicon;
use mlnote::fit::{
    Column, Design, Fit, Method, Rows, Settings, Simulated, Sizes, Table, fit, fit_design, fit_rows, simulate, wanted,
};
use mlnote::model::{Facts, Model};

fn drawn(model: &Model, facts: &Facts, groups: &[(&str, usize)], per_group: usize) -> Simulated {
    let sizes = Sizes {
        groups: groups.iter().map(|(n, c)| ((*n).to_owned(), *c)).collect(),
        per_group: (per_group, per_group),
    };
    simulate(model, facts, &Lexicon::default(), None, &sizes, &Settings::default()).unwrap()
}

fn whole(model: &Model, table: &Table, facts: &Facts) -> Fit {
    let mut notes = vec![];
    let design = Design::new(model, table, facts, &mut notes).unwrap();
    fit_design(&design, Method::Reml, notes).unwrap()
}

#[track_caller]
fn same(a: &Fit, b: &Fit) {
    assert!((a.loglik - b.loglik).abs() < 1e-8 * b.loglik.abs().max(1.0), "{} {}", a.loglik, b.loglik);
    assert_eq!((a.n, &a.aliased, &a.groups, a.singular), (b.n, &b.aliased, &b.groups, b.singular));
    let messages = |f: &Fit| f.notes.iter().map(|n| n.message.clone()).collect::<Vec<_>>();
    assert_eq!(messages(a), messages(b));
    for (x, y) in a.fixed.iter().zip(&b.fixed) {
        assert_eq!(x.term, y.term);
        assert!((x.estimate - y.estimate).abs() < 1e-6 * y.se && (x.se / y.se - 1.0).abs() < 1e-6, "{x:?} {y:?}");
    }
    for (x, y) in a.theta.iter().zip(&b.theta) {
        assert!((x - y).abs() < 1e-5, "{:?} {:?}", a.theta, b.theta);
    }
    for (x, y) in a.modes.iter().zip(&b.modes) {
        assert_eq!((&x.group, &x.terms, &x.labels), (&y.group, &y.terms, &y.labels));
        let apart = x.values.iter().flatten().zip(y.values.iter().flatten()).map(|(x, y)| (x - y).abs());
        assert!(apart.fold(0.0, f64::max) < 1e-5 * b.sigma);
    }
}

#[test]
fn a_table_in_parts() {
    let mut facts = Facts::default();
    facts.add("factor", "f = low, mid, high").unwrap();
    for (text, groups, per_group) in [
        ("y ~ 1 + f + x + z + x:z + (1 + x | g)", &[("g", 120)][..], 280),
        ("y ~ 1 + x + (0 + x | g) + (1 | h) + (1 | g:h)", &[("g", 60), ("h", 9)], 600),
    ] {
        let model = formula(text);
        let mut data = drawn(&model, &facts, groups, per_group).table;
        // Missing cells, and a column that others span.
        let Ok(Column::Numeric(mut x)) = data.column("x").cloned() else { panic!() };
        x.iter_mut().step_by(997).for_each(|v| *v = f64::NAN);
        data.push("x", Column::Numeric(x)).unwrap();
        let model = model.with_fixed([crate::fit_support::term("I(2 * x - 1)")]);
        assert!(data.rows() > 1 << 15, "{}", data.rows());
        let (parts, all) = (fit(&model, &data, &facts, Method::Reml).unwrap(), whole(&model, &data, &facts));
        same(&parts, &all);
        assert_eq!(parts.aliased, ["I(2 * x - 1)"]);
        assert!(parts.kept.is_some() && parts.kept == all.kept);
        let far = parts.fitted.iter().zip(&all.fitted).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(far < 1e-5 * all.sigma && parts.residuals.len() == all.n, "{far}");
    }
}

#[test]
fn a_file_in_parts() {
    let facts = Facts::default();
    let model = formula("y ~ 1 + x + z + x:z + (1 + x | g)");
    let data = drawn(&model, &facts, &[("g", 50)], 40);
    let csv = data.csv().unwrap();
    let read = |model: &Model, csv: &str, kept: usize| {
        let rows = Rows::open(csv.as_bytes(), None, &wanted(model, &facts).unwrap()).unwrap();
        fit_rows(model, rows, kept, &facts, Method::Reml, &mut |_, _| {}).unwrap()
    };
    let table = Table::read(csv.as_bytes(), None, &wanted(&model, &facts).unwrap()).unwrap();
    let all = whole(&model, &table, &facts);
    let parts = read(&model, &csv, 500).unwrap();
    same(&parts, &all);
    assert!(parts.residuals.is_empty() && all.residuals.len() == 2000);
    // All rows fit: nothing is let go.
    assert_eq!(read(&model, &csv, 2000).unwrap().residuals.len(), 2000);
    // What needs every row, or is not foretold by the first ones, is left to the whole table.
    assert!(read(&formula("y ~ 1 + scale(x) + (1 | g)"), &csv, 500).is_none());
    let late = format!("{csv}1,oops,0,0\n");
    let header = csv.lines().next().unwrap();
    assert_eq!(header.matches(',').count(), 3, "{header}");
    assert!(
        Rows::open(late.as_bytes(), None, &wanted(&model, &facts).unwrap())
            .and_then(|rows| fit_rows(&model, rows, 500, &facts, Method::Reml, &mut |_, _| {}))
            .is_err()
    );
    // A category that comes late.
    let (mut early, mut g) = (String::from("g,f,y\n"), 0);
    for row in 0..900 {
        g = if row % 30 == 0 { g + 1 } else { g };
        let f = if row > 800 { "c" } else { ["a", "b"][row % 2] };
        early.push_str(&format!("{g},{f},{}\n", (row * 7919 % 101) as f64 / 10.0));
    }
    let by_f = formula("y ~ 1 + f + (1 | g)");
    assert!(read(&by_f, &early, 300).is_none());
    assert_eq!(read(&by_f, &early, 900).unwrap().fixed.len(), 3);
}
