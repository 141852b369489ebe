//! Model to equations: every form of every shape of model, in plain text.

use mlnote::algebra::{Covariances, Form, Lexicon, RaiseOptions, Reading, raise};
use mlnote::error::Code;
use mlnote::model::{Covariance, Grouping, Level, Model, RExpr, RandomTerm, Term};
use mlnote::syntax::{Accent, Expr, Kind, Law, Name, Statement, Symbol, System};
use mlnote::write::{Format, Style};
use std::fmt::Write as _;

const ONE: &str = "1";

fn term(text: &str) -> Term {
    Term::new(text.split(':').filter(|f| *f != ONE).map(RExpr::name))
}

fn terms(text: &str) -> Vec<Term> {
    text.split(' ').filter(|t| !t.is_empty()).map(term).collect()
}

fn group(text: &str) -> Grouping {
    Grouping::new(text.split(':'))
}

fn correlated(group_text: &str, text: &str) -> RandomTerm {
    RandomTerm::new(group(group_text), terms(text), Covariance::Unstructured)
}

/// A model with covariates of the observation in `low`, and of groups in `high` (`Z@school`).
fn model(fixed: &str, random: &[RandomTerm], low: &str, high: &str) -> Model {
    let mut model = Model::new(RExpr::name("Y")).with_fixed(terms(fixed));
    for term in random {
        model = model.with_random(term.clone());
    }
    for name in low.split(' ').filter(|n| !n.is_empty()) {
        model = model.with_level(RExpr::name(name), Level::Observation);
    }
    for pair in high.split(' ').filter(|n| !n.is_empty()) {
        let (name, of) = pair.split_once('@').unwrap();
        model = model.with_level(RExpr::name(name), Level::Group(group(of)));
    }
    model
}

fn reading(model: Model) -> Reading {
    Reading { model, lexicon: Lexicon::default(), system: None, notes: vec![] }
}

fn expr(e: &Expr) -> String {
    let list = |parts: &[Expr], by: &str| parts.iter().map(inner).collect::<Vec<_>>().join(by);
    match &e.kind {
        Kind::Sum(parts) => list(parts, " + ").replace("+ -", "- "),
        Kind::Product(parts) => list(parts, " "),
        Kind::Negative(part) => format!("-{}", inner(part)),
        Kind::Quotient(a, b) => format!("{}/{}", inner(a), inner(b)),
        Kind::Power(a, b) => format!("{}^{}", inner(a), inner(b)),
        Kind::Number(text) => text.clone(),
        Kind::Symbol(s) => symbol(s),
        Kind::Call(name, parts) => format!("{name}({})", list(parts, ", ")),
    }
}

fn inner(e: &Expr) -> String {
    if matches!(e.kind, Kind::Sum(_)) { format!("({})", expr(e)) } else { expr(e) }
}

fn symbol(s: &Symbol) -> String {
    let accents: String = s.name.accents.iter().map(|a| format!("{}.", a.word())).collect();
    let indices: String = s
        .indices
        .iter()
        .map(|i| if i.of.is_empty() { i.letter.clone() } else { format!("{}[{}]", i.letter, i.of.join(",")) })
        .collect();
    let below = s.name.tag.clone() + &indices;
    let below = if below.is_empty() { below } else { format!("_{below}") };
    format!("{accents}{}{below}", s.name.base)
}

fn text(system: &System) -> String {
    let mut out = String::new();
    for statement in &system.statements {
        match statement {
            Statement::Equation { left, rights, .. } => {
                writeln!(out, "{} = {}", expr(left), rights.iter().map(expr).collect::<Vec<_>>().join(" = ")).unwrap();
            }
            Statement::Distribution { left, law, .. } => {
                let left = left.iter().map(expr).collect::<Vec<_>>().join(", ");
                match law {
                    Law::Normal { mean, covariance } => {
                        let mean = mean.iter().map(expr).collect::<Vec<_>>().join(", ");
                        let row = |r: &Vec<Option<Expr>>| {
                            r.iter().map(|c| c.as_ref().map_or(String::new(), expr)).collect::<Vec<_>>().join(", ")
                        };
                        let rows = covariance.rows.iter().map(row).collect::<Vec<_>>().join("; ");
                        writeln!(out, "{left} ~ N({mean} | {rows})").unwrap();
                    }
                    Law::Other { name, arguments } => {
                        let arguments = arguments.iter().map(expr).collect::<Vec<_>>().join(", ");
                        writeln!(out, "{left} ~ {name}({arguments})").unwrap();
                    }
                }
            }
            Statement::Moment { .. } => writeln!(out, "moment").unwrap(),
        }
    }
    for group in &system.groups {
        writeln!(out, "{} is {}", group.letter, group.name).unwrap();
    }
    out
}

fn all(reading: &Reading) -> String {
    let mut out = String::new();
    for form in [Form::Hierarchical, Form::Bracket, Form::Reduced] {
        let mut notes = vec![];
        writeln!(out, "--- {form:?}").unwrap();
        match raise(reading, form, &RaiseOptions::default(), &mut notes) {
            Ok(system) => out.push_str(&text(&system)),
            Err(error) => writeln!(out, "{}: {error}", error.code.slug()).unwrap(),
        }
        for note in notes {
            writeln!(out, "note {}: {note}", note.code.slug()).unwrap();
        }
    }
    out
}

fn keep(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/raise"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn shapes() {
    let slopes = "1 R Z X S R:Z";
    let levels = ("R X", "Z@id S@id");
    let diagonal = RandomTerm::new(group("id"), terms("1 R"), Covariance::Diagonal);
    let cases: Vec<(&str, Model)> = vec![
        ("random-intercept", model("1 R X Z S", &[correlated("id", "1")], levels.0, levels.1)),
        ("random-slopes", model(slopes, &[correlated("id", "1 R")], levels.0, levels.1)),
        ("levels-unknown", model(slopes, &[correlated("id", "1 R")], "", "")),
        ("uncorrelated", model(slopes, &[diagonal], levels.0, levels.1)),
        ("slope-without-fixed", model("1 X", &[correlated("g", "1 X W")], "X W", "")),
        ("slope-without-intercept", model("1 X", &[correlated("g", "X")], "X", "")),
        ("no-intercept", model("X W", &[correlated("g", "X")], "X W", "")),
        ("non-random-slope", model("1 X Z X:Z", &[correlated("g", "1")], "X", "Z@g")),
        ("only-product", model("1 X:Z", &[correlated("g", "1")], "X", "Z@g")),
        ("slope-of-group-covariate", model("1 X Z", &[correlated("g", "1 Z X")], "X", "Z@g")),
        ("two-blocks", model("1 X W", &[correlated("g", "1 X"), correlated("g", "W")], "X W", "")),
        ("twice", model("1", &[correlated("g", "1"), correlated("g", "1")], "", "")),
        (
            "three-levels",
            model(
                "1 X Z W X:Z X:W Z:W X:Z:W",
                &[correlated("school:class", "1 X"), correlated("school", "1 X Z")],
                "X",
                "Z@school:class W@school",
            ),
        ),
        (
            "three-levels-skipping",
            model("1 X V", &[correlated("school:class", "1"), correlated("school", "X")], "X V", ""),
        ),
        (
            "four-levels",
            model("1 X", &[correlated("a1:b1:c1", "1"), correlated("a1:b1", "1 X"), correlated("a1", "1")], "X", ""),
        ),
        (
            "crossed",
            model("1 X Z W", &[correlated("student", "1 X"), correlated("item", "1")], "X", "Z@student W@item"),
        ),
        (
            "crossed-cell",
            model("1 X", &[correlated("s", "1"), correlated("q", "1 X"), correlated("s:q", "1")], "X", ""),
        ),
        ("nothing-random", model("1 X", &[], "X", "")),
        ("nothing-fixed", model("", &[correlated("g", "1")], "", "")),
        ("many-terms", model("1 a b c d f h l m n o p q", &[correlated("g", "1 q")], "a b c d f h l m n o p q", "")),
        ("letters-in-the-way", model("1 i j u ϵ σ τ β", &[correlated("school", "1 u")], "i j u ϵ σ τ β", "")),
        ("words", model("1 x_1 SES meanSES", &[correlated("school", "1 SES")], "x_1 SES", "meanSES@school")),
        ("logistic", model("1 X", &[correlated("g", "1")], "X", "").with_family("binomial", "logit")),
        ("poisson", model("1 X", &[correlated("g", "1")], "X", "").with_family("poisson", "log")),
        ("normal-of-a-log", model("1 X", &[correlated("g", "1")], "X", "").with_family("gaussian", "log")),
        ("other-family", model("1 X", &[correlated("g", "1")], "X", "").with_family("Gamma", "inverse")),
    ];
    for (name, model) in cases {
        let reading = reading(model);
        keep(name, &format!("{}{}", reading.model, all(&reading)));
    }
}

/// The letters of the seed's relettered reduced form.
fn relettered() -> Reading {
    let mut reading = reading(model("1 Z S R X Z:R", &[correlated("j", "1 R")], "R X", "Z@j S@j"));
    let lexicon = &mut reading.lexicon;
    for (t, name) in [
        ("1", Name::new("μ")),
        ("Z", Name::new("τ")),
        ("S", Name::tagged("β", "1")),
        ("R", Name::tagged("β", "2")),
        ("X", Name::tagged("β", "3")),
        ("Z:R", Name::tagged("τ", "R")),
    ] {
        lexicon.fixed.insert(term(t), name);
    }
    lexicon.effects.insert((group("j"), term("1")), Name::tagged("u", "0"));
    lexicon.effects.insert((group("j"), term("R")), Name::tagged("u", "1"));
    lexicon.residual = Some(Name::new("ϵ"));
    (lexicon.observation, lexicon.order) = (Some("i".into()), vec!["i".into(), "j".into()]);
    reading
}

#[test]
fn author_letters() {
    keep("relettered", &all(&relettered()));
    let mut plain = reading(model("1 Z S R X", &[correlated("s", "1")], "R X", "Z@s S@s"));
    let lexicon = &mut plain.lexicon;
    for (t, name) in [("1", "0"), ("Z", "1"), ("S", "2")] {
        lexicon.fixed.insert(term(t), Name::tagged("γ", name));
    }
    lexicon.fixed.insert(term("R"), Name::tagged("β", "1"));
    lexicon.fixed.insert(term("X"), Name::tagged("β", "2"));
    lexicon.effects.insert((group("s"), term("1")), Name::new("u"));
    (lexicon.observation, lexicon.order) = (Some("t".into()), vec!["t".into(), "s".into()]);
    keep("reduced-letters", &all(&plain));
    plain.lexicon.coefficients.insert((group("s"), term("1")), Name::new("α"));
    keep("alpha", &all(&plain));
}

#[test]
fn covariates_as_mathematics() {
    let x = || RExpr::name("X");
    let bar = || RExpr::name("X_bar");
    let centred = RExpr::call("I", [RExpr::call("-", [x(), bar()])]);
    let square = RExpr::call("I", [RExpr::call("^", [x(), RExpr::Number("2".into())])]);
    let log = RExpr::call("log", [RExpr::name("income")]);
    let model = Model::new(RExpr::call("log", [RExpr::name("y")]))
        .with_fixed([Term::intercept(), Term::new([centred.clone()]), Term::new([bar()]), Term::new([square])])
        .with_fixed([Term::new([log, centred.clone()])])
        .with_offset(RExpr::name("t0"))
        .with_random(RandomTerm::new(group("j"), [Term::intercept(), Term::new([centred])], Covariance::Unstructured))
        .with_level(x(), Level::Observation)
        .with_level(RExpr::name("income"), Level::Group(group("j")))
        .with_level(bar(), Level::Group(group("j")));
    let mut reading = reading(model);
    let mean = Name { accents: vec![Accent::Bar], ..Name::new("X") };
    reading.lexicon.covariates.insert(bar(), mean);
    keep("covariates", &all(&reading));
    for refused in [
        RExpr::call("poly", [x(), RExpr::Number("2".into())]),
        RExpr::call("factor", [x()]),
        RExpr::call("I", [RExpr::call("==", [x(), RExpr::Text("b".into())])]),
        RExpr::call("scale", [x()]),
    ] {
        let mut reading = reading.clone();
        reading.model = reading.model.with_fixed([Term::new([refused])]);
        let error = raise(&reading, Form::Reduced, &RaiseOptions::default(), &mut vec![]).unwrap_err();
        assert_eq!(error.code, Code::CannotSay);
    }
    // Y_ij = … + β Y_ij: which is the response?
    let own = Model::new(RExpr::name("Y")).with_fixed([Term::intercept(), Term::covariate("Y")]);
    let mut reading = reading.clone();
    reading.model = own.with_random(RandomTerm::new(group("j"), [Term::intercept()], Covariance::Unstructured));
    let error = raise(&reading, Form::Reduced, &RaiseOptions::default(), &mut vec![]).unwrap_err();
    assert!(error.message.contains("both sides"), "{error}");
}

#[test]
fn options() {
    let reading = reading(model("1 R Z X S R:Z", &[correlated("id", "1 R")], "R X", "Z@id S@id"));
    let raised = |form, options: RaiseOptions| match raise(&reading, form, &options, &mut vec![]) {
        Ok(system) => text(&system),
        Err(error) => format!("{}: {error}\n  {}\n", error.code.slug(), error.help.as_deref().unwrap_or_default()),
    };
    let plain = RaiseOptions::default;
    let rename = |from, to| RaiseOptions { rename: vec![(from, to)], ..plain() };
    let (gamma, alpha) = (Name::tagged("γ", "01"), Name::new("α"));
    let out = [
        raised(Form::Reduced, RaiseOptions { composite: true, ..plain() }),
        raised(Form::Reduced, RaiseOptions { treatment: Some("Z".into()), ..plain() }),
        raised(Form::Reduced, RaiseOptions { treatment: Some("Q".into()), ..plain() }),
        raised(Form::Reduced, RaiseOptions { all_indices: true, ..plain() }),
        raised(Form::Hierarchical, RaiseOptions { all_indices: true, ..plain() }),
        raised(Form::Hierarchical, RaiseOptions { covariance: Covariances::Sigma, ..plain() }),
        raised(Form::Hierarchical, rename(gamma.clone(), alpha.clone())),
        raised(Form::Hierarchical, rename(Name::tagged("β", "0j"), Name::tagged("α", "j"))),
        raised(Form::Hierarchical, rename(gamma.clone(), Name::tagged("γ", "00"))),
        raised(Form::Hierarchical, rename(Name::new("ω"), alpha)),
    ];
    keep("options", &out.join("\n"));
    let crossed = model("1", &[correlated("a1", "1 X"), correlated("b1", "1 X W")], "X W", "");
    let options = RaiseOptions { covariance: Covariances::Sigma, ..plain() };
    let reading = self::reading(crossed);
    keep("sigmas", &text(&raise(&reading, Form::Reduced, &options, &mut vec![]).unwrap()));
}

#[test]
fn written() {
    let model = model("1 R", &[correlated("school", "1 R")], "R", "")
        .with_level(RExpr::name("my g"), Level::Group(group("school")));
    let mut reading = reading(model);
    reading.model = reading.model.with_fixed([Term::covariate("my g")]);
    let mut out = String::new();
    for notation in ["hierarchical", "gelman-hill", "combined"] {
        let writer = mlnote::write::writer(notation).unwrap();
        for format in [Format::Tex, Format::Unicode] {
            let mut style = Style { format, ..Style::default() };
            style.rename.insert("gamma_{10}".into(), "\\delta".into());
            out += &(writer.write)(&reading, &style, &mut vec![]).unwrap();
        }
    }
    keep("written", &out);
    let mut style = Style::default();
    style.rename.insert("gamma_{10}".into(), "\\frac{1}{2}".into());
    let error = (mlnote::write::writer("reduced").unwrap().write)(&reading, &style, &mut vec![]).unwrap_err();
    assert_eq!(error.code, Code::BadArgument);
}
