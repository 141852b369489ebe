//! Reading a text and writing the model in another notation: `cargo bench --bench convert`.

use criterion::{Criterion, criterion_group, criterion_main};
use mlnote::model::Facts;
use mlnote::read::read;
use mlnote::write::{Style, writer};
use std::hint::black_box;

/// The random-slopes model of the case folders in each notation.
const SPELLINGS: [(&str, &str); 4] = [
    ("hierarchical", include_str!("../tests/cases/random-slopes/hierarchical.tex")),
    ("bracket", include_str!("../tests/cases/random-slopes/bracket.tex")),
    ("reduced", include_str!("../tests/cases/random-slopes/reduced.tex")),
    ("lmer", include_str!("../tests/cases/random-slopes/lmer.R")),
];

/// Equations with a Level-1 slope for each of `covariates`.
fn wide(covariates: usize) -> String {
    let slopes: String = (1..=covariates).map(|k| format!(" + \\beta_{{{k}}} X_{{{k}ij}}")).collect();
    format!("Y_{{ij}} &= \\beta_{{0j}}{slopes} + e_{{ij}} \\\\\n\\beta_{{0j}} &= \\gamma_{{00}} + u_{{0j}}")
}

fn convert(text: &str, to: &str) -> String {
    let reading = read(text, None, &Facts::default()).expect("a model");
    (writer(to).expect("a notation").write)(&reading, &Style::default(), &mut vec![]).expect("can be said")
}

fn conversions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("convert");
    for (from, text) in SPELLINGS {
        let to = if from == "lmer" { "hierarchical" } else { "lmer" };
        group.bench_function(format!("{from} to {to}"), |bencher| bencher.iter(|| convert(black_box(text), to)));
    }
    group.finish();
    let mut group = criterion.benchmark_group("read");
    for covariates in [50, 100, 200, 400] {
        let text = wide(covariates);
        group.bench_function(covariates.to_string(), |bencher| {
            bencher.iter(|| read(black_box(&text), None, &Facts::default()).expect("a model"));
        });
    }
    group.finish();
}

criterion_group!(benches, conversions);
criterion_main!(benches);
