//! Small words for models and tables in the tests of fits.

use mlnote::fit::{Fit, Method, Table, Wanted, fit};
use mlnote::model::{Covariance, Facts, Grouping, Model, RandomTerm, Term};

/// A term from R's label: `1`, `x`, `x:z`, with expressions in R's words.
pub(crate) fn term(label: &str) -> Term {
    if label == "1" {
        return Term::intercept();
    }
    Term::new(label.split(':').map(|part| mlnote::fit::parse_expression(part).unwrap()))
}

/// `model("y", "1 + x", &["1 + x | g", "1 + x || h"])`.
pub(crate) fn model(response: &str, fixed: &str, random: &[&str]) -> Model {
    let terms = |list: &str| list.split(" + ").filter(|t| *t != "0").map(term).collect::<Vec<_>>();
    let mut model = Model::new(mlnote::fit::parse_expression(response).unwrap()).with_fixed(terms(fixed));
    for bar in random {
        let (covariance, mark) =
            if bar.contains("||") { (Covariance::Diagonal, " || ") } else { (Covariance::Unstructured, " | ") };
        let (list, group) = bar.split_once(mark).unwrap();
        model = model.with_random(RandomTerm::new(Grouping::new(group.split(':')), terms(list), covariance));
    }
    model
}

pub(crate) fn table(csv: &str) -> Table {
    let probe = csv.lines().next().unwrap();
    let ids = probe.split(',').filter(|c| c.starts_with(['g', 'h', 's'])).map(str::to_owned).collect();
    Table::read(csv.as_bytes(), None, &Wanted { ids, all: true, ..Wanted::default() }).unwrap()
}

pub(crate) fn both(model: &Model, table: &Table) -> (Fit, Fit) {
    let facts = Facts::default();
    (fit(model, table, &facts, Method::Reml).unwrap(), fit(model, table, &facts, Method::Ml).unwrap())
}

#[track_caller]
pub(crate) fn near(actual: f64, expected: f64, tolerance: f64) {
    assert!(
        (actual - expected).abs() <= tolerance * expected.abs().max(1.0),
        "{actual} is not {expected} (off by {:e})",
        actual - expected
    );
}

/// The log-likelihood, to 1e-9.
#[track_caller]
pub(crate) fn loglik(fit: &Fit, expected: f64) {
    near(fit.loglik - expected, 0.0, 1.1e-9 * expected.abs().max(1.0).log10().max(1.0));
    assert!(fit.converged, "{:?}", fit.certificate);
}
