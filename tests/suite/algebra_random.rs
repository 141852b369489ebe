//! Random equations: the e-graph, the rules and the derivations against plain arithmetic modulo a prime, which shares
//! no code with either.

use crate::algebra::Written;
use mlnote::algebra::{
    AtomId, AtomKind, Atoms, Equations, RULES, Rule, SHAPES, Tree, derive, reduce, rules_page, to_expr,
};
use mlnote::error::Code;
use mlnote::syntax::{Name, Symbol};
use proptest::prelude::*;
use std::collections::HashMap;

/// Identities of degree 8 that fail hold at a random point with probability 8 / 2^61.
const PRIME: i128 = (1 << 61) - 1;
const KINDS: [AtomKind; 12] = [
    AtomKind::Coefficient,
    AtomKind::Coefficient,
    AtomKind::Coefficient,
    AtomKind::Parameter,
    AtomKind::Parameter,
    AtomKind::Parameter,
    AtomKind::Random,
    AtomKind::Random,
    AtomKind::Data { level: 1 },
    AtomKind::Data { level: 2 },
    AtomKind::Data { level: 3 },
    AtomKind::Residual,
];

/// The value of a tree at a point that `seed` chooses, coefficients by their definitions.
fn value(tree: &Tree, definitions: &HashMap<AtomId, &Tree>, seed: u64) -> i128 {
    match tree {
        Tree::Number(number) => i128::from(*number).rem_euclid(PRIME),
        Tree::Atom(atom) => match definitions.get(atom) {
            Some(right) => value(right, definitions, seed),
            None => {
                let number: u64 = atom.to_string()[1..].parse().unwrap();
                let mut x = (number ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                x = (x ^ (x >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                i128::from(x ^ (x >> 32)) % PRIME
            }
        },
        Tree::Sum(parts) => parts.iter().fold(0, |sum, part| (sum + value(part, definitions, seed)) % PRIME),
        Tree::Product(parts) => parts.iter().fold(1, |all, part| all * value(part, definitions, seed) % PRIME),
    }
}

fn table() -> (Atoms, Vec<AtomId>) {
    let mut atoms = Atoms::default();
    let rows = KINDS.iter().enumerate();
    let ids =
        rows.map(|(row, kind)| atoms.add(Symbol::new(Name::tagged("x", row.to_string()), vec![]), *kind).unwrap());
    let ids = ids.collect();
    (atoms, ids)
}

/// Trees over the rows `from..`: a definition uses later coefficients only, so that nothing is circular.
fn tree(from: usize) -> impl Strategy<Value = Tree> {
    let (_, ids) = table();
    let leaf = prop_oneof![
        6 => (from..KINDS.len()).prop_map(move |row| Tree::Atom(ids[row])),
        1 => (-2i64..=3).prop_map(Tree::Number),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 1..5).prop_map(Tree::Sum),
            1 => prop::collection::vec(inner, 1..3).prop_map(Tree::Product),
        ]
    })
}

prop_compose! {
    fn equations()(root in tree(0), first in tree(1), second in tree(2), third in tree(3)) -> Equations {
        let (atoms, ids) = table();
        let definitions = ids.into_iter().zip([first, second, third]).collect();
        Equations { atoms, left: None, root, definitions }
    }
}

fn defined(equations: &Equations) -> HashMap<AtomId, &Tree> {
    equations.definitions.iter().map(|(atom, right)| (*atom, right)).collect()
}

/// Few by habit; `PROPTEST_CASES=5000` for a thorough search.
fn config() -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let default = ProptestConfig::default();
    ProptestConfig { cases: if asked { default.cases } else { 100 }, failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn plugging_in_and_multiplying_out_keep_the_value(equations in equations(), seed: u64) {
        let definitions = defined(&equations);
        match reduce(&equations) {
            Err(error) => prop_assert_eq!(error.code, Code::TooLarge),
            Ok(reduced) => {
                let expected = value(&equations.root, &definitions, seed);
                let none = HashMap::new();
                prop_assert_eq!(value(&reduced.substituted, &none, seed), expected);
                prop_assert_eq!(value(&reduced.expanded, &none, seed), expected);
                prop_assert_eq!(value(&Tree::of(&reduced.poly), &none, seed), expected);
                let again = Equations { root: reduced.expanded.clone(), ..equations.clone() };
                prop_assert_eq!(reduce(&again).unwrap().terms, reduced.terms);
            }
        }
    }

    #[test]
    fn one_changed_number_is_another_polynomial(equations in equations(), at: prop::sample::Index, by in 1i64..4) {
        let Ok(reduced) = reduce(&equations) else { return Ok(()) };
        let (poly, mut terms) = (&reduced.poly, reduced.terms.clone());
        if !terms.is_empty() {
            let changed = at.index(terms.len());
            terms[changed].0 += by;
            let factors = |(number, atoms): (i64, Vec<AtomId>)| {
                Tree::product([Tree::Number(number)].into_iter().chain(atoms.into_iter().map(Tree::Atom)))
            };
            let root = Tree::sum(terms.into_iter().map(factors).collect());
            let other = Equations { root, ..equations.clone() };
            let difference = poly.minus(&reduce(&other).unwrap().poly).unwrap();
            prop_assert_eq!(difference.terms().iter().map(|term| term.1).collect::<Vec<_>>(), vec![-by]);
        }
    }

    #[test]
    fn every_line_of_every_derivation_has_the_value_of_the_first(equations in equations(), seed: u64) {
        let definitions = defined(&equations);
        let expected = value(&equations.root, &definitions, seed);
        for shape in SHAPES {
            match derive(&equations, shape, &[]) {
                Err(error) => prop_assert_eq!(error.code, Code::TooLarge),
                Ok(derivation) => {
                    for step in &derivation.steps {
                        prop_assert!(!step.reasons.is_empty() && step.before != step.after);
                        prop_assert_eq!(value(&step.after, &definitions, seed), expected, "{}", shape.name);
                    }
                    let apart = [derivation.structural, derivation.error].map(|part| value(&part, &definitions, seed));
                    prop_assert_eq!((apart[0] + apart[1]) % PRIME, expected);
                }
            }
        }
    }

    #[test]
    fn every_rule_keeps_the_value_wherever_it_applies(equations in equations(), seed: u64) {
        let definitions = defined(&equations);
        let level_2 = equations.atoms.iter().filter(|(_, a)| a.kind == AtomKind::Data { level: 2 }).map(|(id, _)| id);
        let level_2: Vec<AtomId> = level_2.collect();
        for rule in RULES {
            for (from, to) in rule.apply(&equations, &level_2).unwrap_or_default() {
                let sides = [&from, &to].map(|side| value(side, &definitions, seed));
                prop_assert_eq!(sides[0], sides[1], "{}: {:?} = {:?}", rule.name, from, to);
            }
        }
    }

    #[test]
    fn the_order_of_the_table_of_atoms_does_not_show(equations in equations(), shift in 1..KINDS.len()) {
        let rows: Vec<_> = equations.atoms.iter().map(|(id, atom)| (id, atom.clone())).collect();
        let mut atoms = Atoms::default();
        let mut new = HashMap::new();
        for (id, atom) in rows.iter().cycle().skip(shift).take(rows.len()) {
            new.insert(*id, atoms.add(atom.expr.clone(), atom.kind).unwrap());
        }
        fn renamed(tree: &Tree, new: &HashMap<AtomId, AtomId>) -> Tree {
            match tree {
                Tree::Atom(atom) => Tree::Atom(new[atom]),
                Tree::Sum(parts) => Tree::Sum(parts.iter().map(|part| renamed(part, new)).collect()),
                Tree::Product(parts) => Tree::Product(parts.iter().map(|part| renamed(part, new)).collect()),
                number => number.clone(),
            }
        }
        let definitions = equations.definitions.iter().map(|(atom, right)| (new[atom], renamed(right, &new)));
        let other = Equations { atoms, left: None, root: renamed(&equations.root, &new), definitions: definitions.collect() };
        match (reduce(&equations), reduce(&other)) {
            (Ok(one), Ok(two)) => {
                let [one, two] = [(one, &equations.atoms), (two, &other.atoms)].map(|(r, a)| to_expr(&r.expanded, a));
                prop_assert_eq!(one, two);
            }
            (one, two) => prop_assert_eq!(one.err().map(|e| e.code), two.err().map(|e| e.code), "{:?}", equations),
        }
    }
}

/// Brackets and products with their parts in a fixed order.
fn sorted(written: &Written, tree: &Tree) -> Tree {
    let parts = |parts: &[Tree]| {
        let mut parts: Vec<Tree> = parts.iter().map(|part| sorted(written, part)).collect();
        parts.sort_by_key(|part| written.show(part));
        parts
    };
    match tree {
        Tree::Sum(inner) => Tree::Sum(parts(inner)),
        Tree::Product(inner) => Tree::Product(parts(inner)),
        leaf => leaf.clone(),
    }
}

#[test]
fn every_rule_does_what_its_row_says() {
    for rule in RULES {
        // The right side is an equation of its own, so that both share one table of atoms.
        let (left, right) = rule.identity.split_once(" = ").unwrap();
        let written = Written::new(&[&format!("Y = {left}"), &format!("M = {right}")]);
        let (_, right) = &written.equations.definitions[0];
        let level_2 = if rule.identity.contains('Z') { vec![written.id("Z")] } else { vec![] };
        let found = rule.apply(&written.equations, &level_2).unwrap();
        let right = sorted(&written, right);
        let reached = found.iter().any(|(_, to)| sorted(&written, to) == right);
        assert!(
            reached,
            "{}: {left} gives {:?}",
            rule.name,
            found.iter().map(|f| written.show(&f.1)).collect::<Vec<_>>()
        );
    }
}

#[test]
fn what_is_no_identity_is_never_called_one() {
    for (left, right) in [
        ("(a + b) R", "a R + b"),
        ("(a + b) R", "a + b R"),
        ("(a + b) (a + b)", "a a + b b"),
        ("a R + b Z", "(a + b) R"),
        ("a + a", "a"),
        ("a a", "2 a"),
        ("a R Z", "a R + Z"),
        ("-1 (a + b)", "-1 a + b"),
        ("a + u + e", "a + u"),
        ("0 a + b", "a + b"),
    ] {
        let written = Written::new(&[&format!("Y = {left}"), &format!("M = {right}")]);
        let (_, right) = &written.equations.definitions[0];
        let other = Equations { root: right.clone(), definitions: vec![], ..written.equations.clone() };
        assert_ne!(reduce(&written.equations).unwrap().poly, reduce(&other).unwrap().poly, "{left}");
        let none = HashMap::new();
        assert_ne!(value(&written.equations.root, &none, 7), value(right, &none, 7), "{left}");
    }
}

#[test]
fn answers_do_not_depend_on_what_ran_before_or_beside() {
    let answer = || {
        let written = Written::new(crate::algebra::SLOPES);
        SHAPES.iter().map(|shape| derive(&written.equations, shape, &[]).unwrap()).collect::<Vec<_>>()
    };
    let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(answer)).collect();
    let expected = answer();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), expected);
    }
}

#[test]
fn the_page_of_rules_is_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, rules_page()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), rules_page(), "UPDATE_DOCS=1 cargo test writes it");
    assert!(RULES.iter().all(|rule| Rule::named(rule.name).is_some_and(|found| found.identity == rule.identity)));
}
