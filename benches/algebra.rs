//! Reducing and deriving models of 5 to 800 terms: `cargo bench --bench algebra`.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use mlnote::algebra::{AtomId, AtomKind, Atoms, Equations, Shape, Tree, derive, reduce};
use mlnote::syntax::{Name, Symbol};
use std::hint::black_box;

/// A two-level model whose reduced form has about `terms` terms: one level-1 equation with slopes, each of which has
/// an equation with level-2 covariates and a random effect.
fn model(terms: usize) -> Equations {
    let width = (terms as f64).sqrt().ceil() as usize;
    let mut atoms = Atoms::default();
    let mut add = |base: &str, tag: String, kind| -> AtomId {
        atoms.add(Symbol::new(Name::tagged(base, tag), vec![]), kind).expect("few atoms")
    };
    let (mut root, mut definitions, mut left) = (vec![], vec![], terms.saturating_sub(1));
    for row in 0..width {
        let inner = left.min(width);
        if inner == 0 {
            break;
        }
        left -= inner;
        let mut sum = vec![];
        for column in 0..inner.saturating_sub(1) {
            let gamma = Tree::Atom(add("γ", format!("{row}.{column}"), AtomKind::Parameter));
            let z = (column > 0).then(|| Tree::Atom(add("Z", column.to_string(), AtomKind::Data { level: 2 })));
            sum.push(Tree::product([gamma].into_iter().chain(z)));
        }
        sum.push(Tree::Atom(add("u", row.to_string(), AtomKind::Random)));
        let beta = add("β", row.to_string(), AtomKind::Coefficient);
        let x = (row > 0).then(|| Tree::Atom(add("X", row.to_string(), AtomKind::Data { level: 1 })));
        root.push(Tree::product([Tree::Atom(beta)].into_iter().chain(x)));
        definitions.push((beta, Tree::sum(sum)));
    }
    root.push(Tree::Atom(add("ε", String::new(), AtomKind::Residual)));
    Equations { atoms, left: None, root: Tree::sum(root), definitions }
}

fn algebra(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reduce");
    for terms in [5, 10, 20, 50, 100, 200, 400, 800] {
        let equations = model(terms);
        assert_eq!(reduce(&equations).expect("a sound model").terms.len(), terms);
        group.bench_function(terms.to_string(), |bencher| {
            bencher.iter_batched(|| &equations, |e| reduce(black_box(e)), BatchSize::SmallInput);
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("derive");
    let shape = Shape::named("by-treatment").expect("a shape of the table");
    for terms in [20, 200, 800] {
        let equations = model(terms);
        group.bench_function(terms.to_string(), |bencher| {
            bencher.iter(|| derive(black_box(&equations), shape, &[]));
        });
    }
    group.finish();
}

criterion_group!(benches, algebra);
criterion_main!(benches);
