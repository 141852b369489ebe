//! Texts that make parsers slow, each four times, twice as large every time: `cargo bench --bench hostile`. Time that is
//! linear in the size shows as one throughput.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mlnote::model::Facts;
use mlnote::read::read;
use std::hint::black_box;

/// A family of texts by a size.
type Family = (&'static str, fn(usize) -> String);

/// An equation around what a family repeats.
fn equation(middle: &str) -> String {
    format!("$$Y_{{ij}} = \\beta_0 + {middle} + u_j + e_{{ij}}$$")
}

fn sum(of: usize, summand: impl Fn(usize) -> String) -> String {
    (0..of).map(summand).collect::<Vec<_>>().join(" + ")
}

/// The factor of a number, up to 675, by a word.
fn factor(number: usize) -> String {
    let letter = |of: usize| char::from(b'a' + (of % 26) as u8);
    format!("Factor{}{}_i", letter(number / 26), letter(number))
}

const FAMILIES: [Family; 22] = [
    ("sum of covariates", |n| equation(&sum(n, |k| format!("\\beta_{{{k}}} x_{{{k},ij}}")))),
    ("one covariate again and again", |n| equation(&sum(n, |_| "\\beta_1 x_{ij}".to_owned()))),
    ("nested brackets, refused", |n| equation(&format!("{}x_{{ij}}{}", "(".repeat(16 * n), ")".repeat(16 * n)))),
    ("brackets side by side", |n| equation(&"(x_{ij})".repeat(n))),
    ("alternating signs", |n| equation(&format!("{}x_{{ij}}", "+ -".repeat(n)))),
    ("environments that never end", |n| format!("\\begin{{align}} {}", "Y_{ij} = \\begin{aligned} ".repeat(n))),
    ("coefficients without equations", |n| format!("y_ij = m + {} + e_ij", sum(n / 8, |k| format!("a{k}_i x{k}_ij")))),
    ("words beside an effect", |n| format!("y_ij = m + u_j + {} + e_ij, u_j ~ N(0, s)", sum(n / 4, factor))),
    ("effects of named groups", |n| {
        let laws = (0..n / 8).map(|k| format!("$$\\alpha_{{{}}} \\sim N(a, s)$$", "K".repeat(1 + k % 80)));
        format!("$$y_i = {} + e_i$$ {}", sum(n / 8, |_| "\\alpha_{KA}".to_owned()), laws.collect::<String>())
    }),
    ("blanks", |n| equation(&format!("{}x_{{ij}}", " ".repeat(64 * n)))),
    ("blanks before a bracket", |n| equation(&format!("x_{{ij}}{}(ab", " ".repeat(64 * n)))),
    ("braces in braces", |n| equation(&format!("{}x{}", "{".repeat(16 * n), "}".repeat(16 * n)))),
    ("dollars", |n| "$$ ".repeat(16 * n)),
    ("displays with prose between", |n| "$$a_{ij} = b$$\nand then\n".repeat(n)),
    ("fences without a language", |n| "```\nY_ij = b_j + e_ij\n```\n".repeat(n)),
    ("rows in braces", |n| format!("$${}$$", "{Y_{ij} = b_j} ".repeat(n))),
    ("a subscript", |n| equation(&format!("x_{{{}}}", "a".repeat(16 * n)))),
    ("commands that nobody knows", |n| equation(&"\\unknownword ".repeat(n))),
    ("lines without meaning", |n| format!("{}Y_ij = b_0 + u_j + e_ij", "So it is, as we said (p. 3).\n".repeat(n))),
    ("formula, sum", |n| format!("y ~ {} + (1 | g)", sum(2 * n / 5, |k| format!("x{k}")))),
    ("formula, nested brackets", |n| format!("y ~ {}x{} + (1 | g)", "(".repeat(16 * n), ")".repeat(16 * n))),
    ("formula, operators", |n| format!("y ~ x {}", "* : ^ ~ | ".repeat(n))),
];

fn families(criterion: &mut Criterion) {
    for (name, family) in FAMILIES {
        let mut group = criterion.benchmark_group(name);
        for size in [250, 500, 1_000, 2_000] {
            let text = family(size);
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(size.to_string(), |bencher| {
                // Read or refused, as the family has it.
                bencher.iter(|| read(black_box(&text), None, &Facts::default()).is_ok());
            });
        }
        group.finish();
    }
}

criterion_group!(benches, families);
criterion_main!(benches);
