//! How fast fits are. `cargo bench --bench fit` measures small cases with criterion; with `MLNOTE_PEERS=1` it prints the
//! table of docs/performance.md instead: every case against lme4 (Rscript with lme4 must be there), in one run.

use criterion::Criterion;
use mlnote::algebra::Lexicon;
use mlnote::fit::{Method, Settings, Simulated, Sizes, Table, fit, simulate, wanted};
use mlnote::model::{Facts, Model};
use mlnote::read;
use std::hint::black_box;
use std::io::Write;
use std::process::Command;
use std::time::Instant;

/// Name, formula, groups, observations in each.
type Case = (&'static str, &'static str, &'static [(&'static str, usize)], usize);

const TWO_LEVEL: &str = "Y ~ R * Z + X + S + (R | id)";
const CASES: &[Case] = &[
    ("two-level, 10^4 rows, 1,000 groups", TWO_LEVEL, &[("id", 1000)], 10),
    ("two-level, 10^5 rows, 1,000 groups", TWO_LEVEL, &[("id", 1000)], 100),
    ("two-level, 10^5 rows, 10,000 groups", TWO_LEVEL, &[("id", 10_000)], 10),
    ("two-level, 10^6 rows, 10,000 groups", TWO_LEVEL, &[("id", 10_000)], 100),
    ("5×5 covariance, 2·10^4 rows", "Y ~ a + b + c + d + (a + b + c + d | id)", &[("id", 500)], 40),
    (
        "nested, intercepts, 10^5 rows",
        "Y ~ X + (1 | school) + (1 | school:class)",
        &[("school", 200), ("class", 5)],
        100,
    ),
    ("nested, slope, 10^5 rows", "Y ~ X + (X | school) + (1 | school:class)", &[("school", 200), ("class", 5)], 100),
    (
        "crossed 4×4 + 4×4, 7,700 rows",
        "Y ~ a + b + c + (a + b + c | item) + (a + b + c | subject)",
        &[("subject", 77), ("item", 25)],
        100,
    ),
    ("crossed 4,000 × 179, 2·10^5 rows", "Y ~ X + (1 | s) + (1 | t)", &[("s", 4000), ("t", 179)], 50),
];

fn case(formula: &str, groups: &[(&str, usize)], per_group: usize) -> (Model, Facts, Simulated) {
    let facts = Facts::default();
    let model = read::read(formula, Some("lmer"), &facts).expect("a formula").model;
    let sizes = Sizes {
        groups: groups.iter().map(|(n, c)| ((*n).to_owned(), *c)).collect(),
        per_group: (per_group, per_group),
    };
    let drawn = simulate(&model, &facts, &Lexicon::default(), None, &sizes, &Settings::default()).expect("data");
    (model, facts, drawn)
}

fn measured(criterion: &mut Criterion) {
    for (name, formula, groups, per_group) in &CASES[..2] {
        let (model, facts, drawn) = case(formula, groups, *per_group);
        criterion.bench_function(name, |b| {
            b.iter(|| fit(black_box(&model), &drawn.table, &facts, Method::Reml).expect("a fit"));
        });
    }
}

fn table() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/lme4.R");
    println!(
        "| model | read CSV | fit | lme4 fit | ratio of fits | lme4 with reading | ratio of all | log-likelihood apart |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for (name, formula, groups, per_group) in CASES {
        let (model, facts, drawn) = case(formula, groups, *per_group);
        let mut file = tempfile::NamedTempFile::with_suffix(".csv").expect("a file");
        file.write_all(drawn.csv().expect("CSV").as_bytes()).expect("written");
        drop(drawn);
        let (mut reading, mut fitting, mut loglik) = (f64::INFINITY, f64::INFINITY, 0.0);
        for _ in 0..3 {
            let start = Instant::now();
            let open = std::fs::File::open(file.path()).expect("open");
            let table = Table::read(open, None, &wanted(&model, &facts).expect("columns")).expect("table");
            reading = reading.min(start.elapsed().as_secs_f64());
            let start = Instant::now();
            let fit = fit(&model, &table, &facts, Method::Reml).expect("a fit");
            fitting = fitting.min(start.elapsed().as_secs_f64());
            loglik = fit.loglik;
            if std::env::var_os("MLNOTE_VERBOSE").is_some() {
                eprintln!("{name}: {:?}", fit.certificate);
            }
        }
        let out = Command::new("Rscript").arg(script).arg(file.path()).arg(formula).output().expect("Rscript");
        let text = String::from_utf8_lossy(&out.stdout);
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|w| w.parse().ok()).collect();
        let [read_r, fit_r, log_r] = numbers[..] else { panic!("{text} {}", String::from_utf8_lossy(&out.stderr)) };
        println!(
            "| {name} | {reading:.3} | {fitting:.4} | {fit_r:.2} | {:.0} | {:.2} | {:.0} | {:.1e} |",
            fit_r / fitting,
            read_r + fit_r,
            (read_r + fit_r) / (reading + fitting),
            (loglik - log_r).abs()
        );
    }
}

fn main() {
    if std::env::var_os("MLNOTE_PEERS").is_some() {
        return table();
    }
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    measured(&mut criterion);
    criterion.final_summary();
}
