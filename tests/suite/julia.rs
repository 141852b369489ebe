//! MixedModels.jl: the spellings of its documentation, its own meaning of what looks like R, what it refuses.

use mlnote::error::{Code, Diagnostic, Span};
use mlnote::model::Facts;
use mlnote::read::{detect, read};
use mlnote::write::{Style, writer};

/// The formula of lme4 for what a text of Julia says.
fn lmer(text: &str) -> String {
    let reading = read(text, Some("julia"), &Facts::default()).unwrap_or_else(|e| panic!("{text}: {e}"));
    let style = Style { width: 1000, ..Style::default() };
    (writer("lmer").unwrap().write)(&reading, &style, &mut vec![]).unwrap().trim_end().to_owned()
}

fn codes(text: &str) -> Vec<Code> {
    read(text, Some("julia"), &Facts::default()).unwrap().notes.iter().map(|note| note.code).collect()
}

fn refused(text: &str) -> Diagnostic {
    match read(text, Some("julia"), &Facts::default()) {
        Err(error) => *error,
        Ok(reading) => panic!("{text} reads as\n{}", reading.model),
    }
}

#[test]
fn formulas_mean_what_mixed_models_makes_of_them() {
    for (formula, expected) in [
        ("reaction ~ 1 + days + (1 + days|subj)", "reaction ~ days + (days | subj)"),
        ("y ~ R * Z + X + zerocorr(1 + R | id)", "y ~ R * Z + X + (1 | id) + (0 + R | id)"),
        ("y ~ 0 + X + (0 + X | id)", "y ~ 0 + X + (0 + X | id)"),
        ("y ~ X + (X | id)", "y ~ X + (X | id)"),
        ("y ~ 1 + X + (1 | school / class)", "y ~ X + (1 | school) + (1 | school:class)"),
        ("y ~ 1 + X + (1 | school & class)", "y ~ X + (1 | school:class)"),
        ("y ~ 1 + (1|student) + (1|item)", "y ~ 1 + (1 | student) + (1 | item)"),
        ("y ~ 1 + (1 | (a + b))", "y ~ 1 + (1 | a) + (1 | b)"),
        ("y ~ 1 + days + (1|subj) + (days|subj)", "y ~ days + (1 | subj) + (0 + days | subj)"),
        ("y ~ 1 + days + (1|subj) + zerocorr(days|subj)", "y ~ days + (1 | subj) + (0 + days | subj)"),
        ("y ~ 1 + (a + b + c)^2 + (1|g)", "y ~ a * b + c + a:c + b:c + (1 | g)"),
        ("y ~ 1 + a & b & c + (1|g)", "y ~ a:b:c + (1 | g)"),
        ("y ~ (a + b) & c + (1|g)", "y ~ a:c + b:c + (1 | g)"),
        ("y ~ 1 + a / b + (1|g)", "y ~ a + a:b + (1 | g)"),
        ("use ~ 1 + age + abs2(age) + (1 | urban & dist)", "use ~ age + I(age^2) + (1 | urban:dist)"),
        ("1000 / reaction ~ 1 + days + (1|subj)", "1000/reaction ~ days + (1 | subj)"),
        ("log(y) ~ 1 + exp(x) + (1|g)", "log(y) ~ exp(x) + (1 | g)"),
        ("y ~ 1 + protect(x^2) + protect((x - m) / 2.50) + (1|g)", "y ~ I(x^2) + I((x - m)/2.5) + (1 | g)"),
        ("y ~ 1 + (x - z) + (1|g)", "y ~ I(x - z) + (1 | g)"),
        (r#"var"the y" ~ 1 + var"a.b" & β₁ + (1 | var"my \"g\"")"#, r#"`the y` ~ a.b:`β₁` + (1 | `my "g"`)"#),
        (r"y ~ 1 + (0 + fulldummy(f) | g)", "y ~ 1 + (0 + f | g)"),
    ] {
        assert_eq!(lmer(&format!("@formula({formula})")), expected, "{formula}");
    }
}

#[test]
fn calls_of_every_kind_are_read() {
    let formula = "@formula(y ~ 1 + x + (1 + x | g))";
    for text in [
        format!("fit(MixedModel, {formula}, df)"),
        format!("m1 = fit(LinearMixedModel, {formula}, df; REML = true, progress = false)"),
        format!("m1 = let f = {formula}\n    fit(MixedModel, f, df; contrasts, progress = false)\nend"),
        format!("m1 = let f = {formula}; fit(MixedModel, f, df) end"),
        format!("begin f = {formula}; fit(MixedModel, f, df) end"),
        format!("fit(MixedModel, {formula}, dataset(:sleepstudy), contrasts = Dict(:g => Grouping()))"),
        format!("lmm({formula}, df)"),
        format!("m = MixedModels.lmm({formula}, df,)"),
        format!("m = fit!(LinearMixedModel({formula}, df), REML=true)"),
        format!("const f = {formula};\nm = @time fit(MixedModel, f, df)\nVarCorr(m)"),
        format!("f = {formula}"),
        "@formula y ~ 1 + x +\n (1 + x | g)".to_owned(),
        format!(
            "using MixedModels, CSV # a ' comment\n#= and #= another =# ) =#\ndf = CSV.read(\"a;b\", DataFrame)\ndf.z = df.x'; for i in 1:2; end\n{formula}\n"
        ),
    ] {
        assert_eq!(lmer(&text), "y ~ x + (x | g)", "{text}");
        assert_eq!(detect(&text).unwrap().name, "julia", "{text}");
    }
    for (law, expected) in [
        ("Bernoulli()", "binomial(link = \"logit\")"),
        ("Bernoulli(), ProbitLink(); fast = true", "binomial(link = \"probit\")"),
        ("Poisson()", "poisson(link = \"log\")"),
    ] {
        let text = lmer(&format!("glmm({formula}, df, {law})"));
        assert!(text.starts_with("glmer(") && text.contains(expected), "{text}");
    }
    assert_eq!(lmer(&format!("fit(MixedModel, {formula}, df, Normal(), IdentityLink())")), "y ~ x + (x | g)");
}

#[test]
fn the_codings_tell_the_categories() {
    let text = r#"levels = ["low", "mid", "high"]
        codes = Dict(:g => Grouping(), :f => DummyCoding(; base = "mid", levels), Symbol("a b") => DummyCoding(levels=["x", "y"]))
        fit(MixedModel, @formula(y ~ 1 + f + var"a b" + (1|g)), df; REML=true, contrasts=codes)"#;
    let reading = read(text, None, &Facts::default()).unwrap();
    let all = |name: &str| reading.lexicon.categories[name].all().cloned().collect::<Vec<_>>().join(", ");
    assert_eq!((all("f").as_str(), all("a b").as_str()), ("mid, low, high", "x, y"));
    let mut facts = Facts::default();
    facts.add("factor", "f = high, mid, low").unwrap();
    let told = read(text, None, &facts).unwrap();
    assert_eq!(told.lexicon.categories["f"].reference.as_deref(), Some("high"));
}

#[test]
fn what_julia_refuses_is_refused_with_its_place() {
    for (text, code, place) in [
        ("@formula(y ~ x - 1 + (1|g))", Code::FormulaTrap, "x - 1"),
        ("@formula(y ~ x + (x||g))", Code::FormulaRefused, "x||g"),
        ("@formula(y ~ x + 1|g)", Code::FormulaTrap, "x + 1|g"),
        ("@formula(y ~ x + (x|x))", Code::FormulaRefused, "x|x"),
        ("@formula(y ~ x + (1|log(g)))", Code::FormulaRefused, "log(g)"),
        ("@formula(y ~ x + (0|g))", Code::FormulaRefused, "0"),
        ("@formula(y ~ x * (1|g))", Code::FormulaRefused, "x * (1|g)"),
        ("@formula(y ~ x + zerocorr(x))", Code::FormulaRefused, "zerocorr(x)"),
        ("@formula(y ~ x + ((1|g)|h))", Code::FormulaRefused, "(1|g)|h"),
        ("@formula(y ~ x + (1 + fulldummy(f)|g))", Code::OutOfScope, "fulldummy(f)"),
        ("@formula(y ~ x:z + (1|g))", Code::Syntax, ":"),
        ("@formula(y ~ a.b + (1|g))", Code::FormulaRefused, "a.b"),
        ("@formula(y ~ x / 2 + (1|g))", Code::FormulaRefused, "2"),
        ("@formula(y ~ x + 2 + (1|g))", Code::FormulaRefused, "2"),
        ("@formula(~ x + (1|g))", Code::Syntax, "~"),
        ("@formula(y ~ (x + (1|g)", Code::Unbalanced, "("),
        ("fit(MixedModel, @formula(y ~ x + (1|g)), df; wts = df.w)", Code::OutOfScope, "df.w"),
        ("fit(MixedModel, @formula(y ~ x + (1|g)), df; offset = df.w)", Code::OutOfScope, "df.w"),
        ("fit(MixedModel, @formula(y ~ x + (1|g)), df; σ = 1)", Code::OutOfScope, "1"),
        ("fit(MixedModel, @formula(y ~ x + (1|g)), df, Gamma())", Code::OutOfScope, "Gamma()"),
        ("fit(MixedModel, @formula(y ~ x + (1|g)), df, Poisson(), LogitLink())", Code::OutOfScope, "LogitLink()"),
        ("fit(MixedModel, @formula(y ~ x + (1|g)), df; REMl = true)", Code::UnknownName, "true"),
        (
            "a = lmm(@formula(y ~ x + (1|g)), d)\nb = lmm(@formula(y ~ x), d)",
            Code::FormulaRefused,
            "lmm(@formula(y ~ x), d)",
        ),
        ("lmm(f, d) # @formula", Code::FormulaRefused, "f"),
    ] {
        let error = refused(text);
        let Span { start, end } = error.labels[0].span;
        assert_eq!((error.code, &text[start..end]), (code, place), "{text}: {error}");
        assert!(error.help.is_some() || code == Code::Syntax || code == Code::Unbalanced, "{text}");
    }
    assert!(refused("@formula(y ~ zerocorr(f|g))\n# mlnote: factor f = a, b").message.contains("categorical `f`"));
}

#[test]
fn what_is_silent_is_noted() {
    let call = |options: &str| format!("lmm(@formula(y ~ 1 + x + (x|g)), d{options})");
    assert_eq!(codes("@formula(y ~ 1 + x + (x|g))"), []);
    // Its default is ML, not REML.
    let message = |text: &str| {
        let notes = read(text, None, &Facts::default()).unwrap().notes;
        notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert!(message(&call("")).contains("fits by ML"), "{}", message(&call("")));
    assert!(!message(&call("; REML=true")).contains("fits by ML"));
    assert!(message(&call("; REML=true, contrasts=Dict(:x => EffectsCoding())")).contains("`EffectsCoding` changes"));
    assert_eq!(codes("@formula(y ~ 1 + x + (1|g) + (x|g))"), [Code::FormulaTrap]);
    assert_eq!(codes("@formula(y ~ 1 + x)"), [Code::NoRandomPart]);
}

#[test]
fn hostile_sizes_are_refused() {
    let formula = |open: &str, close: &str, n: usize| format!("@formula(y ~ {}x{})", open.repeat(n), close.repeat(n));
    for text in [
        formula("(", ")", 200_000),
        formula("f(", ")", 200_000),
        formula("[", "]", 200_000),
        formula("-", "", 200_000),
        formula("!", "", 200_000),
        formula("", "^x", 200_000),
        formula("", "+x", 200_000),
        formula("", "'", 200_000),
        formula("", ".a", 200_000),
        formula("x=>", "", 200_000),
        formula("x=", "", 200_000),
        formula("@time ", "", 200_000),
        formula("", "{}", 200_000),
        format!("{} @formula(y ~ x)", "(".repeat(200_000)),
        format!("@formula(y ~ {})", (0..20).map(|k| format!("x{k}")).collect::<Vec<_>>().join("*")),
        format!("@formula(y ~ ({})^9)", (0..20).map(|k| format!("x{k}")).collect::<Vec<_>>().join("+")),
    ] {
        let shown: String = text.chars().take(40).collect();
        match read(&text, Some("julia"), &Facts::default()) {
            Err(error) => {
                assert!(matches!(error.code, Code::TooLarge | Code::Unbalanced | Code::Syntax), "{shown}: {error}")
            }
            Ok(reading) => panic!("{shown} reads as {}", reading.model),
        }
    }
    let nested = format!("{} {} @formula(y ~ x)", "#=".repeat(100_000), "=#".repeat(100_000));
    assert_eq!(lmer(&nested), "y ~ x");
}
