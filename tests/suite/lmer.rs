//! R's formulas: what is read, refused, noted.

use mlnote::algebra::Reading;
use mlnote::error::{Code, Diagnostic, Span};
use mlnote::model::{Covariance, Facts, Model};
use mlnote::read::{Glance, READERS};

fn read_with(text: &str, facts: &Facts) -> Result<Reading, Box<Diagnostic>> {
    let reader = READERS.iter().find(|r| r.name == "lmer").expect("a row");
    (reader.read)(text, facts)
}

fn reading(text: &str) -> Reading {
    read_with(text, &Facts::default()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn read(text: &str) -> Model {
    reading(text).model
}

fn refused(text: &str) -> Box<Diagnostic> {
    match read_with(text, &Facts::default()) {
        Ok(reading) => panic!("{text} was read:\n{}", reading.model),
        Err(error) => error,
    }
}

fn terms(text: &str) -> String {
    read(text).fixed().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn random(text: &str) -> Vec<String> {
    let list = |m: &Model| {
        m.random()
            .iter()
            .map(|t| {
                let effects: Vec<_> = t.terms.iter().map(ToString::to_string).collect();
                let bar = if t.covariance == Covariance::Diagonal { "||" } else { "|" };
                format!("{} {bar} {}", effects.join(" "), t.group)
            })
            .collect()
    };
    list(&read(text))
}

fn codes(text: &str) -> Vec<Code> {
    reading(text).notes.iter().map(|n| n.code).collect()
}

#[test]
fn fixed_parts_expand_as_in_r() {
    for (right, expected) in [
        ("1", "1"),
        ("0", ""),
        ("-1", ""),
        ("0 + 1", "1"),
        ("0 + a + 1", "1 a"),
        ("a - 0", "1 a"),
        ("a - (b - 1)", "1 a"),
        ("(0 + a)*b", "a b a:b"),
        ("1*a", "1"),
        ("a*1", "1 a"),
        ("1/a", "1"),
        ("a:1", "1"),
        ("R*Z", "1 R Z R:Z"),
        ("Z:R + R", "1 R Z:R"),
        ("R + Z:R", "1 R R:Z"),
        ("a*b - b:a", "1 a b"),
        ("a*b - a", "1 b a:b"),
        ("(a+b)^2", "1 a b a:b"),
        ("(a+b)**2L", "1 a b a:b"),
        ("(a+b+c)^2 - a:c", "1 a b c a:b b:c"),
        ("a*b*c", "1 a b c a:b a:c b:c a:b:c"),
        ("a*b*c*d - a:b:c:d", "1 a b c d a:b a:c b:c a:d b:d c:d a:b:c a:b:d a:c:d b:c:d"),
        ("a/b/c", "1 a a:b a:b:c"),
        ("(a+b)/c", "1 a b a:b:c"),
        ("a/(b+c)", "1 a a:b a:c"),
        ("a %in% (b+c)", "1 a:b:c"),
        ("a %in% b:c", "1 a:b:c"),
        ("a:b^2", "1 a:b"),
        ("a*b:c", "1 a b:c a:b:c"),
        ("a + a", "1 a"),
        ("a:a", "1 a"),
        ("-a + b", "1 b"),
        ("NULL + a", "1 a"),
        ("TRUE + a + FALSE", "a"),
        ("1L + a - 1e0", "a"),
        ("c:a + b:a + a", "1 a c:a a:b"),
        ("I( x^2 ) + I(x ^ 2)", "1 I(x^2)"),
        ("poly(x,2):z", "1 poly(x, 2):z"),
        ("log(x,base=2)", "1 log(x, base = 2)"),
        ("stats::poly(x, 2, raw=T)", "1 stats::poly(x, 2, raw = T)"),
        ("!a + b", "1 !a + b"),
        ("a > 0", "1 a > 0"),
        ("dd$x + m[ ,1] + l[['k']]", "1 dd$x m[, 1] l[[\"k\"]]"),
        ("`my var`*`if`", "1 `my var` `if` `my var`:`if`"),
        ("été + 学校 + .x + a.b_1", "1 été 学校 .x a.b_1"),
        ("x %% 2 + a %o% b", "1 x%%2 a %o% b"),
        ("I(1e5*x) + I(x/0.50) + I(0x10)", "1 I(1e+05 * x) I(x/0.5) I(16)"),
    ] {
        assert_eq!(terms(&format!("y ~ {right}")), expected, "{right}");
    }
}

#[test]
fn random_parts_expand_as_in_lme4() {
    for (right, expected) in [
        ("(x|g)", &["1 x | g"][..]),
        ("(1 + x | g)", &["1 x | g"]),
        ("(0 + x | g)", &["x | g"]),
        ("(x - 1 | g)", &["x | g"]),
        ("(-1 + x | g)", &["x | g"]),
        ("(x + 0 + 1 | g)", &["1 x | g"]),
        ("(-x | g)", &["1 | g"]),
        ("(x*z | g)", &["1 x z x:z | g"]),
        ("(x || g)", &["1 x || g"]),
        ("(0 + x || g)", &["x | g"]),
        ("(x*z || g)", &["1 x z x:z || g"]),
        ("(1 | g) + (0 + x | g)", &["1 x || g"]),
        ("(0 + x | g) + (1 | g) + (0 + z | g)", &["x 1 z || g"]),
        ("(1 | g) + (0 + x | h)", &["1 | g", "x | h"]),
        ("(x | g) + (1 | g)", &["1 x | g", "1 | g"]),
        ("diag(x | g)", &["1 x || g"]),
        ("us(x | g)", &["1 x | g"]),
        ("us((x | g))", &["1 x | g"]),
        ("(1 | a/b)", &["1 | a", "1 | a:b"]),
        ("(x | a/b/c)", &["1 x | a", "1 x | a:b", "1 x | a:b:c"]),
        ("(1 | a:b)", &["1 | a:b"]),
        ("(1 | a + b)", &["1 | a", "1 | b"]),
        ("(1 | a*b)", &["1 | a", "1 | b", "1 | a:b"]),
        ("(1 | (a/b)/c)", &["1 | a", "1 | a:b", "1 | a:b:c"]),
        ("(x || a/b)", &["1 x || a", "1 x || a:b"]),
        ("(1 | factor(a))", &["1 | a"]),
        ("(1 | interaction(a, b))", &["1 | a:b"]),
        ("(1 | `my g`)", &["1 | my g"]),
    ] {
        assert_eq!(random(&format!("y ~ x*z + {right}")), expected, "{right}");
    }
}

#[test]
fn cells_of_factors_are_the_same_however_written() {
    assert_eq!(read("y ~ (1 | a/b)"), read("y ~ (1 | b:a) + (1 | a)"));
    assert_eq!(read("y ~ (x || g)"), read("y ~ (0 + x | g) + (1 | g)"));
    assert_ne!(read("y ~ (x || g)"), read("y ~ (x | g)"));
    assert_ne!(read("y ~ x:z + x"), read("y ~ x*z"));
}

#[test]
fn what_r_refuses_is_refused_with_its_place() {
    for (text, code, place) in [
        ("y ~ a + 2", Code::FormulaRefused, "2"),
        ("y ~ a^1", Code::FormulaRefused, "1"),
        ("y ~ (a + b)^n", Code::FormulaRefused, "n"),
        ("y ~ a + \"b\"", Code::FormulaRefused, "\"b\""),
        ("y ~ a + Inf", Code::FormulaRefused, "Inf"),
        ("y ~ x ~ z", Code::FormulaRefused, "y ~ x"),
        ("y ~ (a ~ b)", Code::FormulaRefused, "a ~ b"),
        ("~ x + (1 | g)", Code::MissingResponse, "~ x + (1 | g)"),
        ("y ~ x\n + z", Code::FormulaRefused, "+ z"),
        ("y ~ x; z ~ x", Code::FormulaRefused, "z ~ x"),
        ("y ~ x -> z", Code::FormulaRefused, "y ~ x -> z"),
        ("y + x", Code::FormulaRefused, "y + x"),
        ("y ~ x + (1 || g)", Code::FormulaRefused, "1 || g"),
        ("y ~ x + (x || `my g`)", Code::FormulaRefused, "`my g`"),
        ("y ~ x + (0 | g)", Code::FormulaRefused, "0"),
        ("y ~ x + (1 | cut(z, 5))", Code::FormulaRefused, "cut(z, 5)"),
        ("y ~ x + 1 | g + (1 | h)", Code::FormulaRefused, "g + (1 | h)"),
        ("y ~ x + (offset(w) | g)", Code::FormulaTrap, "offset(w)"),
        ("y ~ offset(w) > x", Code::FormulaTrap, "offset(w) > x"),
        ("y ~ x + diag(factor(x) | g)", Code::OutOfScope, "factor(x) | g"),
        ("y ~ x + toep(x | g)", Code::OutOfScope, "toep(x | g)"),
        ("y ~ .", Code::NeedsInfo, "."),
        ("y ~ x +", Code::Syntax, ""),
        ("y ~ x +* z", Code::Syntax, "*"),
        ("y ~ x + (1 | g), data = d", Code::Syntax, ","),
        ("y ~ x y", Code::Syntax, "y"),
        ("y ~ 2x", Code::Syntax, "x"),
        ("y ~ if", Code::Syntax, "if"),
        ("y ~ x²", Code::Syntax, "²"),
        ("y ~ a < b < c", Code::Syntax, "<"),
        ("y ~ x − z", Code::Syntax, "−"),
        ("y ~ (x", Code::Unbalanced, "("),
        ("y ~ x)", Code::Unbalanced, ")"),
        ("y ~ (x]", Code::Unbalanced, "]"),
        ("y ~ `x", Code::Unbalanced, "`"),
        ("y ~ x\u{202e}", Code::ForbiddenCharacter, "\u{202e}"),
        ("y ~ `x\u{200b}`", Code::ForbiddenCharacter, "\u{200b}"),
        ("", Code::FormulaRefused, ""),
    ] {
        let error = refused(text);
        let Span { start, end } = error.labels[0].span;
        assert_eq!((error.code, &text[start..end]), (code, place), "{text}: {error}");
    }
}

#[test]
fn what_surprises_is_noted() {
    for (text, code) in [
        ("y ~ x", Code::NoRandomPart),
        ("y ~ 1*x + (1 | g)", Code::FormulaTrap),
        ("y ~ 0 + x + 1 + (1 | g)", Code::FormulaTrap),
        ("y ~ (a + b)/x + (1 | g)", Code::FormulaTrap),
        ("y ~ x + offset(w) - offset(w) + (1 | g)", Code::FormulaTrap),
        ("y ~ x + 1 | g", Code::FormulaTrap),
        ("y ~ x - (1 | g)", Code::FormulaTrap),
        ("y ~ x*(1 | g)", Code::FormulaTrap),
        ("y ~ f(x | g)", Code::FormulaTrap),
        ("y ~ x + (factor(x) || g)", Code::FormulaTrap),
        ("y ~ x + (x | g) + (1 | g)", Code::FormulaTrap),
        ("y ~ x + g + (1 | g)", Code::FormulaTrap),
        ("y ~ x + y + (1 | g)", Code::FormulaTrap),
        ("y ~ x + (y | g)", Code::FormulaTrap),
        ("y ~ x + (1 | factor(g))", Code::FormulaTrap),
        ("y ~ x + (1 | 1) + (1 | g)", Code::FormulaTrap),
        ("y ~ z + (x | g)", Code::EffectWithoutFixed),
        ("y ~ x:z + (1 | g)", Code::InteractionAlone),
        ("cbind(a, b) ~ x + (1 | g)", Code::FormulaTrap),
    ] {
        assert!(codes(text).contains(&code), "{text}: {:?}", reading(text).notes);
    }
    for text in [
        "y ~ x + (1 | g)",
        "y ~ R * Z + X + S + (R | id)",
        "y ~ 0 + x + (x | g)",
        "y ~ x + (1 | a/b)",
        "y ~ a*b*c + (1|g)",
    ] {
        assert_eq!(codes(text), [], "{text}");
    }
}

#[test]
fn layout_does_not_matter_inside_brackets_and_after_operators() {
    let plain = read("y ~ x + z + (x | g)");
    for text in [
        "y~x+z+(x|g)",
        "y ~ x +\n  z + # why\n  (x\n | g)\n",
        "\n\n y ~\r\n x +\r\n z + (x|g)\r\n",
        "y ~ (x\n + z) + (x |\n g);",
        "(y ~ x + z + (x | g))",
        "\u{feff}y ~ x + z + (x | g)",
        "fit <- lmer(y ~ x + z + (x | g), data = dat)",
        "fit = lme4::lmer(\n  formula = y ~ x\n    + z + (x | g),\n  data = dat, REML = FALSE\n)",
        "library(lme4)\nlmer(data = dat, y ~ x + z + (x | g))",
        "lmer( $y \\sim x + z + (x|g)$, data=dat )",
        "$$lmer( y ~ x + z + (x|g), data=dat )$$",
        "$y \\sim x + z + (x \\mid g)$",
    ] {
        assert_eq!(reading(text).model, plain, "{text}");
    }
    assert_eq!(read("lmer( $Y \\sim R \\* Z + (R|id)$, data=dat )"), read("Y ~ R*Z + (R | id)"));
}

#[test]
fn families_and_arguments_of_the_call_are_read() {
    for (family, expected) in [
        ("binomial", ("binomial", "logit")),
        ("\"poisson\"", ("poisson", "log")),
        ("binomial()", ("binomial", "logit")),
        ("binomial(link = \"probit\")", ("binomial", "probit")),
        ("stats::binomial(cloglog)", ("binomial", "cloglog")),
        ("gaussian", ("gaussian", "identity")),
    ] {
        let model = read(&format!("glmer(y ~ x + (1 | g), data = d, family = {family})"));
        assert_eq!((model.family(), model.link()), expected, "{family}");
        assert_eq!(model, read(&format!("glmer(y ~ x + (1 | g), d, {family})")), "{family}");
    }
    let offset = read("lmer(y ~ x + offset(a) + (1 | g), d, offset = log(b))");
    assert_eq!(offset.offsets().iter().map(ToString::to_string).collect::<Vec<_>>(), ["a", "log(b)"]);
    assert_eq!(refused("lmer(y ~ x + (1 | g), weights = w)").code, Code::OutOfScope);
    assert_eq!(refused("glmer(y ~ x + (1 | g), family = Gamma)").code, Code::OutOfScope);
    assert_eq!(refused("lmer(formula, data = d)").code, Code::FormulaRefused);
    let misspelt = refused("lmer(y ~ x + (1 | g), dta = d)");
    assert_eq!(misspelt.code, Code::UnknownName);
    assert!(misspelt.help.is_some_and(|help| help.starts_with("did you mean `data`?")));
}

#[test]
fn declared_facts_reach_the_model() {
    let text = "# mlnote: index j = school\n# mlnote: level school = Z\ny ~ x*Z + (x | school) + (1 | school:class)";
    let reading = reading(text);
    assert_eq!(reading.lexicon.letters["school"], "j");
    assert!(reading.model.to_string().contains("level    Z: school"), "{}", reading.model);
    let mut flags = Facts::default();
    flags.add("level", "class:school = Z").unwrap();
    flags.add("index", "k = school").unwrap();
    let flagged = read_with(text, &flags).unwrap();
    assert_eq!(flagged.lexicon.letters["school"], "k");
    assert!(flagged.model.to_string().contains("level    Z: school:class"), "{}", flagged.model);
    let noted = self::reading("# mlnote: level g = x\ny ~ x + (x | g)").notes;
    assert_eq!(noted[0].code, Code::SlopeOfGroupCovariate);
    let categorical = self::reading("# mlnote: factor f = a, b, c\ny ~ f + (f || g)").notes;
    assert_eq!(categorical[0].code, Code::FormulaTrap);
    let absent = refused("# mlnote: index j = g\n# mlnote: level schol = x\ny ~ x + (x | g)");
    assert_eq!((absent.code, absent.labels[0].span), (Code::UnknownName, Span::new(32, 47)));
    let unknown = refused("# mlnote: levl school = Z\ny ~ x");
    assert_eq!((unknown.code, unknown.labels[0].span), (Code::UnknownName, Span::new(10, 25)));
}

#[test]
fn places_are_those_of_the_source() {
    let text = "lmer( $y \\sim x \\* 2 + (1|g)$, data=dat )";
    let at = refused(text).labels[0].span;
    assert_eq!(&text[at.start..at.end], "2");
}

#[test]
fn hostile_sizes_are_refused_before_they_are_expanded() {
    let names: Vec<String> = (0..20).map(|k| format!("x{k}")).collect();
    let deep = |open: &str, close: &str, n: usize| format!("y ~ {}a{}", open.repeat(n), close.repeat(n));
    for text in [
        format!("y ~ {}", names.join("*")),
        format!("y ~ ({})^20", names.join("+")),
        format!("y ~ ({0}):({0})", (0..150).map(|k| format!("x{k}")).collect::<Vec<_>>().join("+")),
        "y ~ a*b*c*d*e*f*g*h*i".to_owned(),
        deep("(", ")", 129),
        deep("f(", ")", 129),
        deep("-", "", 200_000),
        deep("!", "", 200_000),
        deep("", "^a", 200_000),
        deep("", "[1]", 200_000),
        deep("", "$b", 200_000),
        deep("", "+b", 200_000),
        deep("b~", "", 100_000),
    ] {
        assert_eq!(refused(&text).code, Code::TooLarge, "{}", &text[..40]);
    }
    assert_eq!(terms(&deep("(", ")", 120)), "1 a");
    assert_eq!(read(&format!("y ~ {}", vec!["a"; 900].join("+"))), read("y ~ a"));
    assert_eq!(read(&format!("y ~ {}", vec!["a"; 90].join("*"))), read("y ~ a"));
}

#[test]
fn formulas_are_told_from_equations() {
    let row = READERS.iter().find(|r| r.name == "lmer").expect("a row");
    let detect = |text: &str| (row.detect)(&Glance::new(text));
    for text in [
        "Y ~ X + (1 | g)",
        "# a model\nY ~ X",
        "fit_1 <- lme4::lmer(Y ~ X",
        "library(lme4)\nm = glmer(Y ~ X + (1 | g), family = binomial)",
        "m = lmer(Y ~ X + (1|g), data = dat)",
        "lmer( $Y \\sim R * Z + X + S + (R|id)$, data=dat )",
        "I(a = b) ~ x",
        "Y ~ (X",
        "y_1 ~ `a = b`",
    ] {
        assert!(detect(text), "{text}");
    }
    for text in [
        "Y_{ij} = \\beta_{0j} + \\epsilon_{ij}",
        "\\epsilon_{ij} \\sim N(0, \\sigma^2)",
        "u_j ~ N(0, tau)",
        "y_i ~ Normal(mu_i, sigma)",
        "Y_ij = β_0j + ε_ij\nε_ij ~ N(0, σ²)",
        "{\"response\": \"Y ~\"}",
        "no model",
        "$$Y_{ij} = \\beta_{0j} + \\epsilon_{ij}$$ or, in R, lmer(Y ~ 1 + (1 | id))",
        "$y_{ij} \\sim x_{ij}$",
    ] {
        assert!(!detect(text), "{text}");
    }
}
