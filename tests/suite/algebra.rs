//! Substitution, expansion, derivation: the e-graph against the polynomial, and both against the textbook.

use mlnote::algebra::{AtomId, AtomKind, Atoms, Equations, MAX_TERMS, Monomial, Shape, Tree, derive, reduce};
use mlnote::error::Code;
use mlnote::syntax::{Name, Symbol};
use std::collections::HashMap;

/// Equations from text: `b0 = g00 + g01 Z`, the response's first. The first letter says the role: a b c g parameter
/// (coefficient with an equation), u v random, Z S W level 2, e residual, other letters level 1.
pub(crate) struct Written {
    pub(crate) equations: Equations,
    ids: HashMap<String, AtomId>,
}

impl Written {
    pub(crate) fn new(lines: &[&str]) -> Self {
        let defined: Vec<&str> = lines.iter().filter_map(|line| line.split_once('=')).map(|(l, _)| l.trim()).collect();
        let equations = Equations { atoms: Atoms::default(), left: None, root: Tree::Number(0), definitions: vec![] };
        let mut written = Self { equations, ids: HashMap::new() };
        for (at, line) in lines.iter().enumerate() {
            let (left, right) = line.split_once('=').unwrap();
            let left = written.atom(left.trim(), &defined);
            let spaced = right.replace('(', " ( ").replace(')', " ) ");
            let words: Vec<&str> = spaced.split_whitespace().collect();
            let mut next = 0;
            let tree = written.sum(&words, &mut next, &defined);
            match at {
                0 => (written.equations.left, written.equations.root) = (Some(left), tree),
                _ => written.equations.definitions.push((left, tree)),
            }
        }
        written
    }

    fn atom(&mut self, name: &str, defined: &[&str]) -> AtomId {
        let kind = match name.chars().next().unwrap() {
            _ if defined[1..].contains(&name) => AtomKind::Coefficient,
            'a' | 'b' | 'c' | 'g' => AtomKind::Parameter,
            'u' | 'v' => AtomKind::Random,
            'Z' | 'S' => AtomKind::Data { level: 2 },
            'W' => AtomKind::Data { level: 3 },
            'e' => AtomKind::Residual,
            _ => AtomKind::Data { level: 1 },
        };
        let id = self.equations.atoms.add(Symbol::new(Name::new(name), vec![]), kind).unwrap();
        self.ids.insert(name.to_owned(), id);
        id
    }

    fn sum(&mut self, words: &[&str], next: &mut usize, defined: &[&str]) -> Tree {
        let mut parts = vec![vec![]];
        while *next < words.len() && words[*next] != ")" {
            let word = words[*next];
            *next += 1;
            let factor = match word {
                "+" => {
                    parts.push(vec![]);
                    continue;
                }
                "(" => {
                    let inner = self.sum(words, next, defined);
                    *next += 1;
                    inner
                }
                number if number.parse::<i64>().is_ok() => Tree::Number(number.parse().unwrap()),
                name => Tree::Atom(self.atom(name, defined)),
            };
            parts.last_mut().unwrap().push(factor);
        }
        Tree::sum(parts.into_iter().map(Tree::product).collect())
    }

    pub(crate) fn show(&self, tree: &Tree) -> String {
        let inner = |tree: &Tree| match tree {
            Tree::Sum(_) => format!("({})", self.show(tree)),
            _ => self.show(tree),
        };
        match tree {
            Tree::Sum(parts) => parts.iter().map(inner).collect::<Vec<_>>().join(" + "),
            Tree::Product(parts) => parts.iter().map(inner).collect::<Vec<_>>().join(" "),
            Tree::Number(number) => number.to_string(),
            Tree::Atom(atom) => self.equations.atoms.spell(*atom),
        }
    }

    /// The symbol's row.
    pub(crate) fn id(&self, name: &str) -> AtomId {
        self.ids[name]
    }

    fn refused(&self) -> Code {
        reduce(&self.equations).unwrap_err().code
    }
}

/// Seed paper, section 3.
pub(crate) const SLOPES: &[&str] =
    &["Y = b0 + b1 R + b2 X + e", "b0 = g00 + g01 Z + g02 S + u0", "b1 = g10 + g11 Z + u1"];

#[test]
fn a_bracket_that_holds_itself_is_opened_once() {
    // b1 - 2 + 2 is b1: the class of b0 is a part of itself.
    let written = Written::new(&["Y = b0 R + e", "b0 = -2 + 2 + b1", "b1 = g0 + u"]);
    let reduced = reduce(&written.equations).unwrap();
    assert_eq!(written.show(&reduced.expanded), "g0 R + u R + e");
    let shape = Shape::named("expanded").unwrap();
    assert_eq!(written.show(derive(&written.equations, shape, &[]).unwrap().end()), "g0 R + u R + e");
}

#[test]
fn numbers_that_could_overflow_on_some_way_are_refused_on_every_way() {
    let huge = i64::MAX.to_string();
    for right in [format!("{huge} a + a + e"), format!("{huge} a + -1 (a + a) + e"), format!("0 ({huge} a) ({huge} b)")]
    {
        assert_eq!(Written::new(&[&format!("Y = {right}")]).refused(), Code::TooLarge, "{right}");
    }
    assert!(reduce(&Written::new(&[&format!("Y = {huge} a")]).equations).is_ok());
}

#[test]
fn the_textbook_model_is_plugged_in_and_multiplied_out() {
    let written = Written::new(SLOPES);
    let reduced = reduce(&written.equations).unwrap();
    let line = "(g00 + g01 Z + g02 S + u0) + (g10 + g11 Z + u1) R + b2 X + e";
    assert_eq!(written.show(&reduced.substituted), line);
    let line = "g00 + g01 Z + g02 S + u0 + g10 R + g11 Z R + u1 R + b2 X + e";
    assert_eq!(written.show(&reduced.expanded), line);
    assert_eq!(reduced.terms.len(), 9);
    assert_eq!(reduced.terms[5], (1, ["g11", "Z", "R"].map(|name| written.id(name)).to_vec()));
    let monomial = Monomial::new([written.id("R"), written.id("u1")]).unwrap();
    assert_eq!(reduced.poly.coefficient(monomial), 1);
}

#[test]
fn three_levels_are_plugged_in_to_the_end() {
    let written = Written::new(&[
        "Y = b0 + b1 R + e",
        "b0 = b00 + b01 Z + u0",
        "b1 = b10 + u1",
        "b00 = g000 + g001 W + v0",
        "b01 = g010",
        "b10 = g100 + v1",
    ]);
    let reduced = reduce(&written.equations).unwrap();
    let line = "((g000 + g001 W + v0) + g010 Z + u0) + ((g100 + v1) + u1) R + e";
    assert_eq!(written.show(&reduced.substituted), line);
    let line = "g000 + g001 W + v0 + g010 Z + u0 + g100 R + v1 R + u1 R + e";
    assert_eq!(written.show(&reduced.expanded), line);
}

#[test]
fn the_unknown_goes_before_what_it_multiplies() {
    let written = Written::new(&["Y = R b1 + e", "b1 = Z g11 + u1"]);
    assert_eq!(written.show(&reduce(&written.equations).unwrap().expanded), "g11 R Z + u1 R + e");
}

#[test]
fn degenerate_equations_have_an_answer() {
    for (lines, substituted, expanded) in [
        (&["Y = 0"][..], "0", "0"),
        (&["Y = 7"], "7", "7"),
        (&["Y = R"], "R", "R"),
        (&["Y = R + R"], "R + R", "2 R"),
        (&["Y = R + -1 R"], "R + -1 R", "0"),
        (&["Y = 0 R + e"], "e + 0 R", "e"),
        (&["Y = R R + 2 3 R"], "R R + 2 3 R", "R R + 6 R"),
        (&["Y = b0", "b0 = g0"], "g0", "g0"),
        (&["Y = b0 b0", "b0 = g0 + u0"], "(g0 + u0) (g0 + u0)", "g0 g0 + 2 g0 u0 + u0 u0"),
        (&["Y = b0 R", "b0 = 0"], "0 R", "0"),
        (&["Y = (R + -1 R) X + e"], "e + (R + -1 R) X", "e"),
        (&["Y = ((g0 + u0) + (u1 + g1)) + e"], "((g0 + u0) + (u1 + g1)) + e", "g0 + u0 + u1 + g1 + e"),
        (&["Y = g0 + -1 (g1 + -2 u) R"], "g0 + -1 (g1 + -2 u) R", "g0 + -1 g1 R + 2 u R"),
    ] {
        let written = Written::new(lines);
        let reduced = reduce(&written.equations).unwrap_or_else(|error| panic!("{lines:?}: {error}"));
        assert_eq!(written.show(&reduced.substituted), substituted, "{lines:?}");
        assert_eq!(written.show(&reduced.expanded), expanded, "{lines:?}");
    }
    let bare = Equations { root: Tree::Sum(vec![]), ..Written::new(&["Y = 1"]).equations };
    assert_eq!(reduce(&bare).unwrap().expanded, Tree::Number(0));
}

#[test]
fn wrong_equations_are_refused_by_kind() {
    let circle = Written::new(&["Y = b0 + e", "b0 = g0 + b1 Z", "b1 = g1 + b2", "b2 = b1 Z"]);
    let error = reduce(&circle.equations).unwrap_err();
    assert_eq!(error.code, Code::Circular);
    assert_eq!(error.message, "the equations go in a circle: b1 needs b2 needs b1");
    assert_eq!(Written::new(&["Y = b0", "b0 = b0 + u"]).refused(), Code::Circular);
    assert_eq!(Written::new(&["Y = b0", "b0 = g0", "b0 = g1"]).refused(), Code::DefinedTwice);
    let mut undefined = Written::new(&["Y = b0 + e", "b0 = g0"]);
    undefined.equations.definitions.clear();
    assert_eq!(undefined.refused(), Code::UndefinedSymbol);
}

#[test]
fn what_is_too_large_is_refused_before_it_is_multiplied_out() {
    let nine = "Y = R R R R R R R R R";
    assert_eq!(Written::new(&[nine]).refused(), Code::TooLarge);
    let sum = |n: usize| (0..n).map(|i| format!("g{i}")).collect::<Vec<_>>().join(" + ");
    let wide = format!("Y = ({}) ({})", sum(101), sum(100));
    assert_eq!(Written::new(&[&wide]).refused(), Code::TooLarge);
    let power = format!("Y = {}", format!("({}) ", sum(1000)).repeat(8));
    assert_eq!(Written::new(&[&power]).refused(), Code::TooLarge);
    assert_eq!(Written::new(&[&format!("Y = {}", sum(MAX_TERMS + 1))]).refused(), Code::TooLarge);
    assert_eq!(Written::new(&["Y = 9223372036854775807 R + R"]).refused(), Code::TooLarge);
    assert_eq!(Written::new(&["Y = 9223372036854775807 2 R"]).refused(), Code::TooLarge);
    let chain: Vec<String> = (1..=3000).map(|i| format!("b{i} = b{} + u{i}", i + 1)).collect();
    let lines: Vec<&str> =
        ["Y = b1"].into_iter().chain(chain.iter().map(String::as_str)).chain(["b3001 = g0"]).collect();
    assert_eq!(Written::new(&lines).refused(), Code::TooLarge);
}

/// The lines of a derivation with their reasons.
fn lines(written: &Written, shape: &str, treatment: &[&str]) -> String {
    let treatment: Vec<AtomId> = treatment.iter().map(|name| written.id(name)).collect();
    let derivation = derive(&written.equations, Shape::named(shape).unwrap(), &treatment).unwrap();
    let mut text = format!("  {}\n", written.show(&derivation.start));
    for step in &derivation.steps {
        let reason = step.words(|atom| written.equations.atoms.spell(atom));
        text += &format!("= {}   [{reason}]\n", written.show(&step.after));
    }
    text + &format!("structural {}\nerror {}\n", written.show(&derivation.structural), written.show(&derivation.error))
}

#[test]
fn the_chain_of_the_random_slopes_model_is_the_textbook_one() {
    let written = Written::new(SLOPES);
    assert_eq!(
        lines(&written, "by-treatment", &["Z"]),
        "  b0 + b1 R + b2 X + e
= (g00 + g01 Z + g02 S + u0) + (g10 + g11 Z + u1) R + b2 X + e   [plug in b0 and b1]
= g00 + g01 Z + g02 S + u0 + g10 R + g11 Z R + u1 R + b2 X + e   [distribute R, remove brackets]
= g00 + g01 Z + g02 S + g10 R + g11 Z R + b2 X + u0 + u1 R + e   [gather the random terms]
= g00 + (g01 + g11 R) Z + g02 S + g10 R + b2 X + (u0 + u1 R + e)   [collect Z, name the total random error]
structural g00 + (g01 + g11 R) Z + g02 S + g10 R + b2 X
error u0 + u1 R + e
"
    );
    let bundled = lines(&written, "bundled", &[]);
    let line = "= (g00 + u0) + g01 Z + g02 S + (g10 + g11 Z + u1) R + b2 X + e   [bundle fixed and random effects]";
    assert!(bundled.contains(line), "{bundled}");
    assert!(lines(&written, "by-treatment", &[]).contains("[collect Z, name"));
    let expanded = lines(&written, "expanded", &[]);
    assert!(expanded.contains("b2 X + u0 + u1 R + e   [gather the random terms]\nstructural g00"), "{expanded}");
    let by_level_1 = lines(&written, "by-level-1", &[]);
    assert!(by_level_1.contains("= (g00 + g01 Z + g02 S + u0) + (g10 + g11 Z + u1) R + b2 X + e   [collect R]"));
    assert!(!lines(&written, "level-wise", &[]).contains('='));
}

#[test]
fn the_chain_of_the_random_intercept_model_is_the_textbook_one() {
    let written = Written::new(&["Y = b0 + b1 R + b2 X + e", "b0 = g0 + g1 Z + g2 S + u"]);
    assert_eq!(
        lines(&written, "by-treatment", &["Z"]),
        "  b0 + b1 R + b2 X + e
= (g0 + g1 Z + g2 S + u) + b1 R + b2 X + e   [plug in b0]
= g0 + g1 Z + g2 S + b1 R + b2 X + (u + e)   [remove brackets, gather the random terms, name the total random error]
structural g0 + g1 Z + g2 S + b1 R + b2 X
error u + e
"
    );
    assert!(lines(&written, "by-level-1", &[]).contains("\n= (g0 + g1 Z + g2 S + u) + b1 R + b2 X + e   [collect]"));
}

#[test]
fn three_levels_take_two_rounds_of_plugging_in() {
    let written = Written::new(&[
        "Y = b0 + b1 R + e",
        "b0 = b00 + b01 Z + u0",
        "b1 = b10 + b11 Z + u1",
        "b00 = g000 + g001 W + v0",
        "b01 = g010 + v2",
        "b10 = g100 + v1",
        "b11 = g110 + g111 W",
    ]);
    assert_eq!(
        lines(&written, "by-treatment", &["Z"]),
        "  b0 + b1 R + e
= (b00 + b01 Z + u0) + (b10 + b11 Z + u1) R + e   [plug in b0 and b1]
= ((g000 + g001 W + v0) + (g010 + v2) Z + u0) + ((g100 + v1) + (g110 + g111 W) Z + u1) R + e   \
[plug in b00, b01, b10 and b11]
= g000 + g001 W + v0 + g010 Z + v2 Z + u0 + g100 R + v1 R + g110 Z R + g111 W Z R + u1 R + e   \
[distribute Z and R, remove brackets]
= g000 + g001 W + g010 Z + g100 R + g110 Z R + g111 W Z R + v0 + v2 Z + u0 + v1 R + u1 R + e   \
[gather the random terms]
= g000 + g001 W + (g010 + g110 R + g111 W R) Z + g100 R + (v0 + v2 Z + u0 + v1 R + u1 R + e)   \
[collect Z, name the total random error]
structural g000 + g001 W + (g010 + g110 R + g111 W R) Z + g100 R
error v0 + v2 Z + u0 + v1 R + u1 R + e
"
    );
}

#[test]
fn crossed_effects_and_a_scrambled_line_end_in_order() {
    let written = Written::new(&["Y = e + u + R b1 + g0 + v", "b1 = u1 + g1 + v1"]);
    assert_eq!(
        lines(&written, "by-treatment", &[]),
        "  e + u + R b1 + g0 + v
= e + u + (u1 + g1 + v1) R + g0 + v   [plug in b1]
= e + u + u1 R + g1 R + v1 R + g0 + v   [distribute R, remove brackets]
= g1 R + g0 + (u + u1 R + v1 R + v + e)   [gather the random terms, name the total random error]
structural g1 R + g0
error u + u1 R + v1 R + v + e
"
    );
}

#[test]
fn a_model_in_its_shape_already_has_no_steps() {
    let written = Written::new(&["Y = g0 + g1 R + (u + e)"]);
    let derivation = derive(&written.equations, Shape::named("substituted").unwrap(), &[]).unwrap();
    assert_eq!((derivation.steps.len(), written.show(derivation.end())), (0, "g0 + g1 R + (u + e)".into()));
    assert_eq!(written.show(&derivation.error), "u + e");
    let fixed = Written::new(&["Y = g0 + g1 R"]);
    assert_eq!(lines(&fixed, "by-treatment", &[]), "  g0 + g1 R\nstructural g0 + g1 R\nerror 0\n");
}

#[test]
fn large_products_are_multiplied_out_and_derived() {
    let sum = |letter: &str, n: usize| (0..n).map(|i| format!("{letter}{i}")).collect::<Vec<_>>().join(" + ");
    let product = |n: usize| Written::new(&[&format!("Y = ({}) ({})", sum("g", n), sum("X", n))]);
    let written = product(40);
    assert_eq!(reduce(&written.equations).unwrap().terms.len(), 1600);
    let derivation = derive(&product(20).equations, Shape::named("bundled").unwrap(), &[]).unwrap();
    let rules: Vec<&str> = derivation.steps.iter().flat_map(|step| &step.reasons).map(|reason| reason.rule).collect();
    assert_eq!(rules, ["distribute", "bundle"]);
    let error = derive(&product(50).equations, Shape::named("expanded").unwrap(), &[]).unwrap_err();
    assert_eq!((error.code, error.message.contains("2500 terms")), (Code::TooLarge, true));
}
