//! Deciding whether two spellings are one model: `cargo bench --bench check`. Reading is not counted; "2" is the verdict of
//! the first two witnesses, "3" that verdict with the fits of the third.

use criterion::{Criterion, criterion_group, criterion_main};
use mlnote::algebra::Reading;
use mlnote::fit::{Word, verdict};
use mlnote::model::Facts;
use mlnote::read::read;
use std::hint::black_box;

/// Pairs that people compare, with their verdicts.
const PAIRS: [(&str, &str, &str, Word); 7] = [
    (
        "two equations",
        include_str!("../tests/cases/random-slopes/hierarchical.tex"),
        include_str!("../tests/cases/random-slopes/reduced.tex"),
        Word::Same,
    ),
    (
        "equations and formula",
        include_str!("../tests/cases/random-slopes/hierarchical.tex"),
        include_str!("../tests/cases/random-slopes/lmer.R"),
        Word::Same,
    ),
    (
        "three levels",
        include_str!("../tests/cases/three-levels/hierarchical.tex"),
        include_str!("../tests/cases/three-levels/lmer.R"),
        Word::Same,
    ),
    ("dropped covariance", "Y ~ R * Z + X + S + (R | id)", "Y ~ R * Z + X + S + (R || id)", Word::Different),
    ("moved slope", "Y ~ R * Z + X + (R | id)", "Y ~ R * Z + X + (X | id)", Word::Different),
    ("shifted covariate", "Y ~ R * Z + (R | id)", "Y ~ I(R - 1) * Z + (I(R - 1) | id)", Word::Equivalent),
    ("classes in schools", "Y ~ X + (1 | school / class)", "Y ~ X + (1 | school) + (1 | school:class)", Word::Same),
];

fn check(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("check");
    group.sample_size(20);
    let facts = Facts::default();
    for (name, a, b, word) in PAIRS {
        let readings: [Reading; 2] = [a, b].map(|text| read(text, None, &facts).expect("a model"));
        let decide = || verdict([&readings[0], &readings[1]], [a, b], &facts).expect("witnesses agree");
        assert_eq!(decide().word, word, "{name}");
        group.bench_function(format!("{name}, 2"), |bencher| bencher.iter(|| black_box(decide())));
        group.bench_function(format!("{name}, 3"), |bencher| {
            bencher.iter(|| black_box(decide().fits().expect("witnesses agree")));
        });
    }
    group.finish();
}

criterion_group!(benches, check);
criterion_main!(benches);
