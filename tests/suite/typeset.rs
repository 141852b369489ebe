//! Typesetting of hand-made systems: snapshots read by eye.

use mlnote::error::Span;
use mlnote::syntax::{Accent, Expr, Face, Index, Kind, Law, Matrix, Name, Statement, Symbol, System};
use mlnote::write::Format;
use mlnote::write::typeset::{self, Layout};

pub(super) const FORMATS: [Format; 3] = [Format::Tex, Format::Unicode, Format::Mathml];

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/typeset"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// `sym("β", "0", "j")`; every character of `indices` is an index.
fn sym(base: &str, tag: &str, indices: &str) -> Symbol {
    Symbol::new(Name::tagged(base, tag), indices.chars().map(Index::new).collect())
}

pub(super) fn e(base: &str, tag: &str, indices: &str) -> Expr {
    sym(base, tag, indices).into()
}

fn word(base: &str, indices: &str) -> Expr {
    let mut symbol = sym(base, "", indices);
    symbol.name.face = Face::Upright;
    symbol.into()
}

fn n(value: u32) -> Expr {
    Expr::number(value)
}

pub(super) fn sum(parts: &[Expr]) -> Expr {
    Expr::sum(parts.to_vec())
}

fn times(parts: &[Expr]) -> Expr {
    Expr::product(parts.to_vec())
}

fn minus(part: Expr) -> Expr {
    Kind::Negative(Box::new(part)).into()
}

fn over(above: Expr, below: Expr) -> Expr {
    Kind::Quotient(Box::new(above), Box::new(below)).into()
}

fn power(base: Expr, exponent: Expr) -> Expr {
    Kind::Power(Box::new(base), Box::new(exponent)).into()
}

fn call(name: &str, arguments: &[Expr]) -> Expr {
    Kind::Call(name.into(), arguments.to_vec()).into()
}

pub(super) fn equation(left: Expr, rights: &[Expr]) -> Statement {
    Statement::Equation { left, rights: rights.to_vec(), span: Span::default() }
}

pub(super) fn matrix(rows: &[&[Option<Expr>]]) -> Matrix {
    Matrix { rows: rows.iter().map(|r| r.to_vec()).collect(), span: Span::default() }
}

pub(super) fn normal(left: &[Expr], mean: &[Expr], covariance: Matrix) -> Statement {
    let law = Law::Normal { mean: mean.to_vec(), covariance };
    Statement::Distribution { left: left.to_vec(), law, span: Span::default() }
}

fn scalar(left: Expr, variance: Expr) -> Statement {
    normal(&[left], &[n(0)], matrix(&[&[Some(variance)]]))
}

pub(super) fn system(statements: Vec<Statement>) -> System {
    System { statements, ..System::default() }
}

fn sigma2(tag: &str) -> Expr {
    power(e("σ", tag, ""), n(2))
}

fn slopes_equations() -> Vec<Statement> {
    let y = sum(&[
        e("β", "0", "j"),
        times(&[e("β", "1", "j"), e("R", "", "ij")]),
        times(&[e("β", "2", ""), e("X", "", "ij")]),
        e("ϵ", "", "ij"),
    ]);
    let intercept = sum(&[
        e("γ", "00", ""),
        times(&[e("γ", "01", ""), e("Z", "", "j")]),
        times(&[e("γ", "02", ""), e("S", "", "j")]),
        e("u", "0", "j"),
    ]);
    let slope = sum(&[e("γ", "10", ""), times(&[e("γ", "11", ""), e("Z", "", "j")]), e("u", "1", "j")]);
    vec![
        equation(e("Y", "", "ij"), &[y]),
        equation(e("β", "0", "j"), &[intercept]),
        equation(e("β", "1", "j"), &[slope]),
        scalar(e("ϵ", "", "ij"), sigma2("")),
    ]
}

/// The paper's random-slopes model with τ's.
pub(super) fn slopes_tau() -> System {
    let tau = |tag: &str| Some(e("τ", tag, ""));
    let mut statements = slopes_equations();
    let covariance = matrix(&[&[tau("00"), tau("10")], &[tau("10"), tau("11")]]);
    statements.push(normal(&[e("u", "0", "j"), e("u", "1", "j")], &[n(0), n(0)], covariance));
    system(statements)
}

/// The same with σ and ρ, and a blank cell.
pub(super) fn slopes_sigma() -> System {
    let mut statements = slopes_equations();
    let rho = times(&[e("ρ", "", ""), e("σ", "α", ""), e("σ", "R", "")]);
    let covariance = matrix(&[&[Some(sigma2("α")), Some(rho)], &[None, Some(sigma2("R"))]]);
    statements.push(normal(&[e("u", "0", "j"), e("u", "1", "j")], &[n(0), n(0)], covariance));
    system(statements)
}

/// Pupils in classes in schools, three random effects at one level.
pub(super) fn three_level() -> System {
    let y = sum(&[e("π", "0", "jk"), times(&[e("π", "1", "jk"), word("pretest", "ijk")]), e("e", "", "ijk")]);
    let middle = |t: &str| sum(&[e("β", &format!("{t}0"), "k"), e("r", t, "jk")]);
    let top = |t: &str| {
        let slope = times(&[e("γ", &format!("{t}01"), ""), word("SES", "k")]);
        sum(&[e("γ", &format!("{t}00"), ""), slope, e("u", &format!("{t}0"), "k")])
    };
    let omega = |tag: &str| Some(e("ω", tag, ""));
    system(vec![
        equation(e("Y", "", "ijk"), &[y]),
        equation(e("π", "0", "jk"), &[middle("0")]),
        equation(e("π", "1", "jk"), &[middle("1")]),
        equation(e("β", "00", "k"), &[top("0")]),
        equation(e("β", "10", "k"), &[top("1")]),
        scalar(e("e", "", "ijk"), sigma2("")),
        normal(
            &[e("u", "00", "k"), e("u", "10", "k"), e("u", "20", "k")],
            &[n(0), n(0), n(0)],
            matrix(&[
                &[omega("00"), omega("01"), omega("02")],
                &[None, omega("11"), omega("12")],
                &[None, None, omega("22")],
            ]),
        ),
    ])
}

fn of(base: &str, tag: &str, letter: &str) -> Expr {
    Symbol::new(Name::tagged(base, tag), vec![Index::of(letter, "i")]).into()
}

/// Gelman-Hill brackets: the law of the response holds its mean.
pub(super) fn bracket() -> System {
    let mean = sum(&[of("α", "", "j"), times(&[of("β", "1", "j"), e("x", "", "i")])]);
    let named = Symbol::new(Name::new("α"), vec![Index::of("TANK", "i")]);
    let logit = call("logit", &[e("p", "", "i")]);
    let alpha = sum(&[e("γ", "0α", ""), times(&[e("γ", "1α", ""), e("u", "", "j")])]);
    system(vec![
        normal(&[e("y", "", "i")], &[mean], matrix(&[&[Some(sigma2("y"))]])),
        normal(&[e("α", "", "j")], &[alpha], matrix(&[&[Some(sigma2("α"))]])),
        Statement::Distribution {
            left: vec![e("S", "", "i")],
            law: Law::Other { name: "Binomial".into(), arguments: vec![e("n", "", "i"), e("p", "", "i")] },
            span: Span::default(),
        },
        equation(logit, &[named.into()]),
        Statement::Moment {
            of: "Cov".into(),
            symbols: vec![sym("u", "0", "j"), sym("u", "1", "j")],
            value: n(0),
            span: Span::default(),
        },
        normal(&[e("b", "0", "j"), e("b", "1", "j")], &[n(0)], matrix(&[&[Some(e("Σ", "", ""))]])),
    ])
}

pub(super) fn long_sum() -> Expr {
    let mut parts = vec![e("γ", "00", "")];
    for k in 1..=9 {
        let term = times(&[e("γ", &format!("{k}0"), ""), e("X", &k.to_string(), "ij")]);
        parts.push(if k == 4 { minus(term) } else { term });
    }
    let random: Vec<Expr> = (0..=9)
        .map(|k| times(&[e("u", &k.to_string(), "j"), if k == 0 { n(1) } else { e("X", &k.to_string(), "ij") }]))
        .collect();
    parts.push(times(&[sum(&random), word("Treatment", "j")]));
    parts.push(e("ε", "", "ij"));
    Expr::sum(parts)
}

/// Names as an attacker would choose them.
const HOSTILE: [&str; 9] = [
    r"}\input{/etc/passwd}",
    "a$b%c#d&e_f~g^h",
    "^^5c",
    "<script>alert('x')</script>",
    "\\",
    "\u{202e}evil\nname",
    "日本語",
    "naïve αβ",
    "]]>",
];

pub(super) fn hostile() -> System {
    let tags = HOSTILE.iter().map(|t| times(&[e("β", t, "j"), word(t, "ij")]));
    let calls = HOSTILE.iter().map(|t| call(t, &[Symbol::new(Name::new("x"), vec![Index::new(*t)]).into()]));
    let marked = HOSTILE.iter().map(|t| {
        let mut symbol = sym("γ", "0", "");
        symbol.name.mark = (*t).into();
        symbol.indices.push(Index { superscript: true, ..Index::of(*t, *t) });
        symbol.into()
    });
    let numbers = HOSTILE.iter().map(|t| Kind::Number((*t).into()).into());
    let law = Law::Other { name: HOSTILE[0].into(), arguments: vec![word(HOSTILE[1], "i")] };
    system(vec![
        equation(e("Y", "", "ij"), &[Expr::sum(tags.collect())]),
        equation(e("Y", "", "ij"), &[Expr::sum(calls.collect())]),
        equation(e("Y", "", "ij"), &[Expr::sum(marked.collect())]),
        equation(e("Y", "", "ij"), &[Expr::sum(numbers.collect())]),
        Statement::Distribution { left: vec![word(HOSTILE[3], "i")], law, span: Span::default() },
        Statement::Moment {
            of: HOSTILE[0].into(),
            symbols: vec![sym(HOSTILE[4], HOSTILE[0], "")],
            value: n(0),
            span: Span::default(),
        },
    ])
}

/// One expression for each rule of brackets, signs, accents and scripts.
pub(super) fn zoo() -> Vec<Expr> {
    let accented = |base: &str, accents: &[Accent]| -> Expr {
        let mut symbol = sym(base, "", "j");
        symbol.name.accents = accents.to_vec();
        symbol.into()
    };
    let group: Expr = Symbol::new(Name::tagged("β", "0"), vec![Index { superscript: true, ..Index::new("k") }]).into();
    let mut marked = sym("γ", "0", "");
    marked.name.mark = "α".into();
    let (a, b, c) = (e("a", "", ""), e("b", "", ""), e("c", "", ""));
    vec![
        sum(&[a.clone(), minus(b.clone()), minus(sum(&[a.clone(), b.clone()]))]),
        sum(&[minus(a.clone()), minus(minus(b.clone())), Expr::number("0.5")]),
        times(&[sum(&[a.clone(), b.clone()]), minus(c.clone()), n(2), Expr::number("0.001")]),
        minus(times(&[a.clone(), b.clone()])),
        power(sum(&[a.clone(), b.clone()]), n(2)),
        power(e("σ", "school", ""), n(2)),
        power(group.clone(), n(2)),
        power(marked.into(), n(3)),
        power(power(a.clone(), n(2)), n(10)),
        times(&[over(a.clone(), sum(&[b.clone(), c.clone()])), c.clone()]),
        over(over(a.clone(), b.clone()), times(&[b.clone(), c.clone()])),
        power(over(a.clone(), b.clone()), n(2)),
        call("log", &[over(e("p", "", "ij"), sum(&[n(1), minus(e("p", "", "ij"))]))]),
        times(&[
            call("log", std::slice::from_ref(&a)),
            call("sqrt", &[e("τ", "00", "")]),
            call("logit", std::slice::from_ref(&b)),
        ]),
        times(&[e("β", "1", ""), call("<", &[word("age", "i"), n(18)])]),
        times(&[word("age", ""), sum(&[a.clone(), b.clone()])]),
        times(&[word("age", "i"), word("View Partner", "ij"), e("pre_test", "", "ij")]),
        accented("X", &[Accent::Bar]),
        accented("SES", &[Accent::Bar]),
        accented("β", &[Accent::Hat, Accent::Bold]),
        accented("β", &[Accent::Bold]),
        accented("Γ", &[Accent::Bold]),
        accented("x", &[Accent::Bold]),
        times(&[word("prior.score", "i"), word("at_risk", ""), e("alpha", "", "j"), e("é", "", "j"), word("ab_1", "")]),
        accented("Y", &[Accent::Tilde, Accent::Prime]),
        accented("x", &[Accent::Dot]),
        e("τ", "R", ""),
        e("τ", "R", "j"),
        e("β", "0school", "j"),
        e("u", "male", "j"),
        e("β", "αR", ""),
        Symbol::new(Name::tagged("β", "0"), vec![Index::of("j", "i")]).into(),
        group,
        e("Α", "ο", "j"),
    ]
}

/// What is printed in another spelling than it has, or read as something else.
fn respelt() -> Vec<Expr> {
    let (a, b) = (e("a", "", ""), e("b", "", ""));
    vec![
        sum(&[a.clone(), Expr::number("-0.5")]),
        times(&[b.clone(), Expr::number("1e-3"), Expr::number("-2")]),
        power(a.clone(), sum(&[b.clone(), n(1)])),
        power(a.clone(), minus(b)),
        times(&[a.clone(), Kind::Product(vec![a.clone(), a.clone()]).into()]),
        call("inv_logit", std::slice::from_ref(&a)),
        call("NULL -> x", &[a]),
        call("exp", &[]),
    ]
}

#[test]
fn systems() {
    let cases = [
        ("slopes_tau", slopes_tau()),
        ("slopes_sigma", slopes_sigma()),
        ("three_level", three_level()),
        ("bracket", bracket()),
    ];
    for (name, system) in cases {
        for (format, suffix) in FORMATS.into_iter().zip(["tex", "unicode", "mathml"]) {
            let text = typeset::system(&system, format, &Layout::default()).unwrap();
            snapshot(&format!("{name}_{suffix}"), &text);
        }
    }
}

#[test]
fn options() {
    let layout = Layout {
        level_labels: true,
        ranges: true,
        iid: true,
        label_equations: Some(typeset::Labels::new("")),
        ..Layout::default()
    };
    let mut text = String::new();
    for format in FORMATS {
        text += &typeset::system(&slopes_tau(), format, &layout).unwrap();
        text += "\n";
    }
    snapshot("options", &text);
    let standalone = Layout { standalone: true, ..Layout::default() };
    snapshot("standalone", &typeset::system(&slopes_tau(), Format::Tex, &standalone).unwrap());
}

#[test]
fn long_sums_wrap() {
    let system = system(vec![equation(e("Y", "", "ij"), &[long_sum()])]);
    let mut text = String::new();
    for (format, width) in [(Format::Tex, 80), (Format::Tex, 50), (Format::Unicode, 80), (Format::Unicode, 50)] {
        let shown = typeset::system(&system, format, &Layout { width, ..Layout::default() }).unwrap();
        if format == Format::Unicode {
            assert!(shown.lines().all(|l| l.chars().count() <= width), "{shown}");
        }
        text += &shown;
        text += "\n";
    }
    snapshot("long_sums", &text);
}

#[test]
fn a_very_long_sum_is_written() {
    let sum = Expr::sum((0..50_000).map(|k| e("x", &k.to_string(), "i")).collect());
    for format in FORMATS {
        let text = typeset::system(
            &system(vec![equation(e("y", "", "i"), std::slice::from_ref(&sum))]),
            format,
            &Layout::default(),
        );
        assert!(text.unwrap().lines().count() > 1_000);
    }
}

#[test]
fn derivations() {
    let level_1 = sum(&[e("β", "0", "j"), times(&[e("β", "1", "j"), e("R", "", "ij")]), e("ϵ", "", "ij")]);
    let parts =
        [e("γ", "00", ""), e("u", "0", "j"), e("γ", "10", ""), e("u", "1", "j"), e("R", "", "ij"), e("ϵ", "", "ij")];
    let [g0, u0, g1, u1, r, eps] = parts;
    let plugged =
        sum(&[sum(&[g0.clone(), u0.clone()]), times(&[sum(&[g1.clone(), u1.clone()]), r.clone()]), eps.clone()]);
    let expanded = sum(&[g0, u0, times(&[g1, r.clone()]), times(&[u1, r]), eps]);
    let lines = [
        (level_1, None),
        (plugged, Some("plug in β_0j and β₁ⱼ".to_owned())),
        (expanded, Some("remove the brackets; 100% of R_ij".to_owned())),
    ];
    let mut text = String::new();
    for format in FORMATS {
        for width in [100, 60] {
            text += &typeset::steps(&e("Y", "", "ij"), &lines, format, &Layout { width, ..Layout::default() });
            text += "\n";
        }
    }
    snapshot("derivation", &text);
}

#[test]
fn expressions() {
    let mut text = String::new();
    for expr in zoo().into_iter().chain(respelt()) {
        for format in FORMATS {
            text += &typeset::expr(&expr, format);
            text += "\n";
        }
        text += "\n";
    }
    snapshot("expressions", &text);
}

#[test]
fn hostile_names_stay_text() {
    let mut text = String::new();
    for format in FORMATS {
        text += &typeset::system(&hostile(), format, &Layout { standalone: true, ..Layout::default() }).unwrap();
        text += "\n";
    }
    snapshot("hostile", &text);
}
