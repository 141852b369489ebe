//! nlme, glmmTMB and brms: the spellings people paste, their own meaning of what looks like lme4, what is refused.

use super::cli::run;
use mlnote::error::{Code, Diagnostic, Span};
use mlnote::model::Facts;
use mlnote::read::{detect, read};
use mlnote::write::{Style, writer};

/// The formula of lme4 for what a text says, and the notation it was detected as.
fn lmer(text: &str) -> (String, &'static str) {
    let reading = read(text, None, &Facts::default()).unwrap_or_else(|e| panic!("{text}: {e}"));
    let style = Style { width: 1000, ..Style::default() };
    let formula = (writer("lmer").unwrap().write)(&reading, &style, &mut vec![]).unwrap().trim_end().to_owned();
    (formula, detect(text).unwrap().name)
}

fn codes(text: &str) -> Vec<Code> {
    let notes = read(text, None, &Facts::default()).unwrap().notes;
    notes.iter().map(|note| note.code).filter(|code| *code != Code::Skipped).collect()
}

#[track_caller]
fn refused(text: &str, code: Code, place: &str) -> Diagnostic {
    let error = match read(text, None, &Facts::default()) {
        Err(error) => *error,
        Ok(reading) => panic!("{text} reads as\n{}", reading.model),
    };
    let Span { start, end } = error.labels[0].span;
    assert_eq!((error.code, &text[start..end]), (code, place), "{text}: {error}");
    assert!(error.help.is_some(), "{text}: {error}");
    error
}

#[test]
fn calls_of_nlme_are_read() {
    for (text, expected) in [
        ("lme(Y ~ R + Z + X + S, random = ~ 1 | id, data = d)", "Y ~ R + Z + X + S + (1 | id)"),
        ("lme(Y ~ R * Z + X + S, random = ~ R | id, data = d)", "Y ~ R * Z + X + S + (R | id)"),
        ("lme(Y ~ R * Z, random = list(id = pdDiag(~ R)), data = d)", "Y ~ R * Z + (1 | id) + (0 + R | id)"),
        ("lme(Y ~ R, random = ~ 0 + R | id, data = d)", "Y ~ R + (0 + R | id)"),
        ("lme(Y ~ R, d, ~ R - 1 | id)", "Y ~ R + (0 + R | id)"),
        (
            "m <- nlme::lme(fixed = Y ~ X, data = d, random = ~ 1 | school/class)",
            "Y ~ X + (1 | school) + (1 | school:class)",
        ),
        ("lme(Y ~ X, d, ~ X | a/b/c)", "Y ~ X + (X | a) + (X | a:b) + (X | a:b:c)"),
        ("lme(Y ~ X, random = list(school = ~ X, class = ~ 1), data = d)", "Y ~ X + (X | school) + (1 | school:class)"),
        ("lme(Y ~ X, random = list(~ 1 | school, ~ X | class), data = d)", "Y ~ X + (1 | school) + (X | school:class)"),
        ("lme(Y ~ X, random = reStruct(list(g = pdSymm(~ X))), data = d)", "Y ~ X + (X | g)"),
        ("lme(Y ~ X, random = list(g = pdLogChol(form = ~ X)), data = d)", "Y ~ X + (X | g)"),
        ("lme(Y ~ X, random = list(g = pdBlocked(list(~ 1, ~ X - 1))), data = d)", "Y ~ X + (1 | g) + (0 + X | g)"),
        (
            "lme(Y ~ X + Z, random = list(g = pdBlocked(list(~ X, ~ Z - 1), pdClass = c(\"pdSymm\", \"pdDiag\"))), data = d)",
            "Y ~ X + Z + (X | g) + (0 + Z | g)",
        ),
        ("lme(Y ~ X, random = list(g = pdIdent(~ X)), data = d)", "Y ~ X + diag(X | g, hom = TRUE)"),
        (
            "d$f <- factor(d$f)\nlme(Y ~ f, d, random = list(g = pdCompSymm(~ f - 1)))",
            "Y ~ f + cs(0 + f | g, hom = TRUE)",
        ),
        ("lme(Y ~ X, random = list(g = pdIdent(~ 1)), data = d)", "Y ~ X + (1 | g)"),
        (
            "d$one <- factor(1)\nlme(Y ~ X, random = list(one = pdBlocked(list(pdIdent(~ 0 + student), pdIdent(~ item - 1)))), data = d)",
            "Y ~ X + (1 | student) + (1 | item)",
        ),
        (
            "d$a <- factor(d$a); d$all <- rep(1, nrow(d))\nlme(Y ~ X, random = list(all = pdIdent(~ 0 + X:a)), data = d)",
            "Y ~ X + (0 + X | a)",
        ),
        ("d$ab <- interaction(d$a, d$b)\nlme(Y ~ X, random = ~ 1 | ab, data = d)", "Y ~ X + (1 | a:b)"),
        (
            "lme(log(Y) ~ I(X^2), data = d, random = ~ 1 | g, method = \"ML\", na.action = na.omit)",
            "log(Y) ~ I(X^2) + (1 | g)",
        ),
        ("f <- Y ~ X\nm <- lme(f, random = ~ X | g, data = d)\nsummary(m)", "Y ~ X + (X | g)"),
        ("m <- try(nlme::lme(fixed = log(Y) ~ X, random = ~1|g, data = d), silent = TRUE)", "log(Y) ~ X + (1 | g)"),
        ("(m <- lme(Y ~ X, d, random = ~ X | g))\nsummary(m)", "Y ~ X + (X | g)"),
        ("suppressWarnings(print(summary(lme(Y ~ X, d, random = ~ X | g))))", "Y ~ X + (X | g)"),
    ] {
        assert_eq!(lmer(text), (expected.to_owned(), "nlme"), "{text}");
    }
}

#[test]
fn calls_of_glmmtmb_are_read() {
    for (text, expected) in [
        ("glmmTMB(Y ~ R * Z + (1 + R | id), data = d, REML = TRUE)", "Y ~ R * Z + (R | id)"),
        ("glmmTMB(Y ~ R * Z + (R || id), d)", "Y ~ R * Z + (1 | id) + (0 + R | id)"),
        ("glmmTMB(Y ~ R + (1 || id), d)", "Y ~ R + (1 | id)"),
        ("m1 = glmmTMB::glmmTMB(Y ~ R + diag(1 + R | id), data = d)", "Y ~ R + (1 | id) + (0 + R | id)"),
        ("glmmTMB(Y ~ R + us(R | id), data = d)", "Y ~ R + (R | id)"),
        ("glmmTMB(Y ~ f + cs(0 + f | g) + homcs(0 + f | h), d)", "Y ~ f + cs(0 + f | g) + cs(0 + f | h, hom = TRUE)"),
        ("glmmTMB(Y ~ f + homdiag(0 + f | g), d)", "Y ~ f + diag(0 + f | g, hom = TRUE)"),
        (
            "glmmTMB(Y ~ f + ar1(0 + f | g) + hetar1(0 + f | h), d)",
            "Y ~ f + ar1(0 + f | g) + ar1(0 + f | h, hom = FALSE)",
        ),
        (
            "glmmTMB(Y ~ R + (1 | a/b) + offset(w), d, ziformula = ~0, dispformula = ~ 1)",
            "Y ~ R + offset(w) + (1 | a) + (1 | a:b)",
        ),
        (
            "glmmTMB(n ~ R + (1 | g), data = d, family = poisson)",
            "glmer(n ~ R + (1 | g), data = dat, family = poisson(link = \"log\"))",
        ),
        (
            "glmmTMB(cbind(a, b) ~ R + (1 | g), d, family = binomial(link = \"probit\"))",
            "glmer(cbind(a, b) ~ R + (1 | g), data = dat, family = binomial(link = \"probit\"))",
        ),
    ] {
        assert_eq!(lmer(text), (expected.to_owned(), "glmmtmb"), "{text}");
    }
}

#[test]
fn calls_of_brms_are_read() {
    for (text, expected) in [
        ("brm(Y ~ R * Z + (1 + R | id), data = d)", "Y ~ R * Z + (R | id)"),
        ("fit <- brms::brm(formula = bf(Y ~ R + (R || id)), data = d, chains = 2)", "Y ~ R + (1 | id) + (0 + R | id)"),
        ("brm(Y ~ R + (R | gr(id, cor = FALSE)), d)", "Y ~ R + (1 | id) + (0 + R | id)"),
        ("brm(Y ~ R + (R | gr(id, dist = \"gaussian\")), d)", "Y ~ R + (R | id)"),
        ("brm(Y ~ R + (1 |i| id) + (0 + R |i| id), d)", "Y ~ R + (R | id)"),
        ("brm(Y ~ R + (1 |i| id) + (0 + R |k| id) + (1 |i| item), d)", "Y ~ R + (1 | id) + (0 + R | id) + (1 | item)"),
        ("brm(Y ~ R + (1 |i| school/class) + (0 + R |i| school), d)", "Y ~ R + (R | school) + (1 | school:class)"),
        ("brm(Y ~ 0 + Intercept + R + (1 | id), d)", "Y ~ R + (1 | id)"),
        ("brm(Y ~ R + (1 | a/b) + (1 | c:d), d)", "Y ~ R + (1 | a) + (1 | a:b) + (1 | c:d)"),
        ("brm(bf(Y ~ R + (1 | id)) + gaussian(), d)", "Y ~ R + (1 | id)"),
        ("f <- bf(Y ~ R + (1 | id))\nbrm(f, data = d, family = gaussian())", "Y ~ R + (1 | id)"),
        ("bf(Y ~ R + (1 | id), nl = FALSE)", "Y ~ R + (1 | id)"),
        (
            "brm(y ~ R + (1 | id), d, family = bernoulli())",
            "glmer(y ~ R + (1 | id), data = dat, family = binomial(link = \"logit\"))",
        ),
        (
            "brm(y | trials(n) ~ R + (1 | id), d, family = binomial(\"probit\"))",
            "glmer(cbind(y, n - y) ~ R + (1 | id), data = dat, family = binomial(link = \"probit\"))",
        ),
        (
            "brm(y | trials(1) ~ R + (1 | id), d, family = binomial)",
            "glmer(y ~ R + (1 | id), data = dat, family = binomial(link = \"logit\"))",
        ),
    ] {
        assert_eq!(lmer(text), (expected.to_owned(), "brms"), "{text}");
    }
}

#[test]
fn what_lies_outside_is_refused_by_name() {
    let lme = |rest: &str| format!("lme(Y ~ X, d, {rest})");
    for (text, code, place) in [
        (lme("method = \"ML\""), Code::NeedsInfo, lme("method = \"ML\"").as_str()),
        (lme("random = ~ X"), Code::NeedsInfo, "~ X"),
        (lme("random = pdDiag(~ X)"), Code::NeedsInfo, "pdDiag(~ X)"),
        (lme("random = ~ 1 | a:b"), Code::FormulaRefused, "a:b"),
        (lme("random = ~ 0 | a"), Code::FormulaRefused, "~ 0 | a"),
        (lme("random = list(g = pdStrange(~ X))"), Code::OutOfScope, "pdStrange(~ X)"),
        (lme("random = list(g = pdDiag(~ factor(X)))"), Code::OutOfScope, "pdDiag(~ factor(X))"),
        (lme("~ 1 | g, weights = varIdent(form = ~ 1 | f)"), Code::OutOfScope, "varIdent(form = ~ 1 | f)"),
        (lme("~ 1 | g, correlation = corAR1()"), Code::OutOfScope, "corAR1()"),
        (lme("randm = ~ 1 | g"), Code::UnknownName, "~ 1 | g"),
        ("lme(Y ~ X + (1 | g), d)".into(), Code::FormulaRefused, "X + (1 | g)"),
        ("d$one <- 1\nlme(Y ~ X, d, random = list(one = ~ X))".into(), Code::OutOfScope, "~ X"),
        ("gls(Y ~ X, d)".into(), Code::OutOfScope, "gls(Y ~ X, d)"),
        ("nlme(Y ~ a * X, d)".into(), Code::NotLinear, "nlme(Y ~ a * X, d)"),
        ("glmmTMB(Y ~ X + (1 | g), d, ziformula = ~ 1)".into(), Code::OutOfScope, "~ 1"),
        ("glmmTMB(Y ~ X + (1 | g), d, dispformula = ~ X)".into(), Code::OutOfScope, "~ X"),
        ("glmmTMB(Y ~ X + (1 | g), d, family = nbinom2)".into(), Code::OutOfScope, "nbinom2"),
        ("glmmTMB(Y ~ X + (1 | g), d, weights = w)".into(), Code::OutOfScope, "w"),
        ("glmmTMB(Y ~ X + rr(X | g, d = 2), d)".into(), Code::OutOfScope, "rr(X | g, d = 2)"),
        ("glmmTMB(Y ~ X + toep(0 + f | g), d)".into(), Code::OutOfScope, "toep(0 + f | g)"),
        ("glmmTMB(Y ~ X + (factor(f) || g), d)".into(), Code::OutOfScope, "factor(f) || g"),
        ("glmmTMB(Y ~ X + (1 | g), d, zi = ~ 1)".into(), Code::OutOfScope, "~ 1"),
        ("glmmTMB(Y ~ s(X, k = 5) + (1 | g), d)".into(), Code::OutOfScope, "s(X, k = 5)"),
        ("brm(mvbind(a, b) ~ X + (1 | g), d)".into(), Code::OutOfScope, "mvbind(a, b)"),
        ("brm(Y ~ X + (1 | g) + (X | g), d)".into(), Code::FormulaRefused, "X | g"),
        ("brm(Y ~ X + (1 | a + b), d)".into(), Code::FormulaRefused, "a + b"),
        ("brm(Y ~ X + (Z |i| gr(g, cor = FALSE)), d)".into(), Code::OutOfScope, "Z |i| gr(g, cor = FALSE)"),
        ("brm(Y ~ X + (1 | gr(g, by = f)), d)".into(), Code::OutOfScope, "f"),
        ("brm(Y ~ X + (1 | gr(g, cov = A)), d)".into(), Code::OutOfScope, "A"),
        ("brm(Y ~ X + (1 | mm(a, b)), d)".into(), Code::OutOfScope, "mm(a, b)"),
        ("brm(Y | weights(w) ~ X + (1 | g), d)".into(), Code::OutOfScope, "weights(w)"),
        ("brm(Y | se(s) ~ 1 + (1 | g), d)".into(), Code::OutOfScope, "se(s)"),
        ("brm(bf(Y ~ X + (1 | g), sigma ~ X), d)".into(), Code::OutOfScope, "sigma ~ X"),
        ("brm(bf(Y ~ a * X, a ~ 1, nl = TRUE), d)".into(), Code::NotLinear, "TRUE"),
        ("brm(Y ~ s(X) + (1 | g), d)".into(), Code::OutOfScope, "s(X)"),
        ("brm(Y ~ mo(X) + (1 | g), d)".into(), Code::OutOfScope, "mo(X)"),
        ("brm(Y ~ me(X, s) + (1 | g), d)".into(), Code::OutOfScope, "me(X, s)"),
        ("brm(Y ~ X + ar(gr = g) + (1 | g), d)".into(), Code::OutOfScope, "ar(gr = g)"),
        ("brm(Y ~ mi(X) + (1 | g), d)".into(), Code::OutOfScope, "mi(X)"),
        ("brm(Y ~ X + (1 | g), d, family = student())".into(), Code::OutOfScope, "student()"),
        ("brm(mvbind(a, b) + bf(x), d)".into(), Code::FormulaRefused, "mvbind(a, b)"),
        ("brm(Y ~ X + (1 | g), iters = 5)".into(), Code::UnknownName, "5"),
    ] {
        refused(&text, code, place);
    }
}

#[test]
fn what_is_silent_is_noted() {
    assert_eq!(codes("brm(Y ~ X + (1 | g) + (1 | g), d)"), [Code::FormulaTrap]);
    assert_eq!(codes("brm(Y ~ X - (1 | g), d)"), [Code::FormulaTrap, Code::NoRandomPart]);
    assert_eq!(codes("glmmTMB(Y ~ X - (1 | g), d)"), [Code::FormulaTrap]);
    let one = "lme(Y ~ X + item, d, random = list(one = pdIdent(~ 0 + item)))";
    assert_eq!(codes(one), [Code::FormulaTrap]);
    let said = |text: &str| {
        let notes = read(text, None, &Facts::default()).unwrap().notes;
        notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert!(said("glmmTMB(Y ~ X + (1 | g), d)").contains("fits by ML"));
    assert!(!said("glmmTMB(Y ~ X + (1 | g), d, REML = TRUE)").contains("fits by ML"));
    assert!(said("brm(Y ~ X + (1 | g), d)").contains("the priors are not"));
}

/// The same script for each engine and for lme4: what it says of the columns is read with the call.
#[test]
fn scripts_tell_the_categories() {
    for (call, notation) in [
        ("lmer(y ~ f * x + (x | id), data = dat)", "lmer"),
        ("lme(y ~ f * x, data = dat, random = ~ x | id)", "nlme"),
        ("glmmTMB(y ~ f * x + (x | id), data = dat)", "glmmtmb"),
        ("brm(y ~ f * x + (x | id), data = dat)", "brms"),
    ] {
        let text = format!(
            "# a 'script'\nlibrary(lme4)\ndat = read.csv(\"a.csv\", header = TRUE)\n\
             dat$`f` <- factor(dat$f, levels = c(\"low\", \"mid\", \"high\"))\ndat$id <- as.factor(dat$id)\n\
             dat[[\"g\"]] <- factor(dat$g, labels = c(\"a\", \"b\"))\nm1 <- {call}\nsummary(m1)\nanova(m1)\n"
        );
        assert_eq!(lmer(&text), ("y ~ f * x + (x | id)".to_owned(), notation), "{call}");
        let reading = read(&text, None, &Facts::default()).unwrap();
        let categories: Vec<&String> = reading.lexicon.categories["f"].all().collect();
        assert_eq!(categories, ["low", "mid", "high"], "{call}");
        let mut facts = Facts::default();
        facts.add("factor", "f = high, low, mid").unwrap();
        let told = read(&text, None, &facts).unwrap();
        assert_eq!(told.lexicon.categories["f"].reference.as_deref(), Some("high"));
    }
}

#[test]
fn several_models_of_a_script_are_chosen_by_number() {
    let text = "m1 <- lme(y ~ 1, d, ~ 1 | g)\nm2 <- lme(y ~ x, d, ~ 1 | g)\n";
    assert_eq!(read(text, None, &Facts::default()).unwrap_err().code, Code::FormulaRefused);
    let second = read(text, None, &Facts { model: Some(2), ..Facts::default() }).unwrap();
    assert_eq!(second.model.fixed().len(), 2);
    let third = read(text, None, &Facts { model: Some(3), ..Facts::default() }).unwrap_err();
    assert_eq!(third.code, Code::BadArgument);
}

#[test]
fn engines_are_checked_against_each_other() {
    for (a, b, verdict, reason) in [
        ("lme(y ~ x, d, random = ~ x | g)", "lmer(y ~ x + (x | g), d)", "same", ""),
        ("lme(y ~ x, d, random = ~ 1 | a/b)", "fit(MixedModel, @formula(y ~ 1 + x + (1 | a/b)), d)", "same", ""),
        ("glmmTMB(y ~ x + diag(x | g), d)", "y ~ x + (x | g)", "different", "correlates the random effects of g"),
        ("brm(y ~ x + (1 |i| g) + (0 + x |i| g), d)", "y ~ x + (x | g)", "same", ""),
        ("brm(y ~ x + (1 | g) + (0 + x | g), d)", "y ~ x + (x | g)", "different", "correlates the random effects of g"),
        ("lmm(@formula(y ~ 1 + x + (1 | g) + (x | g)), d)", "glmmTMB(y ~ x + (x || g), d)", "same", ""),
    ] {
        let (_, out, err) = run(&["check", "--quiet", a, b]);
        assert!(out.starts_with(verdict) && out.contains(reason), "{a}\n{b}\n{out}{err}");
    }
}

#[test]
fn equations_with_a_call_after_them_are_equations() {
    for text in [
        "Y_ij = b_0j + e_ij\nb_0j = g_00 + u_0j\n\nlme(Y ~ 1, random = ~ 1 | j)",
        "$$Y_{ij} = \\beta_{0j} + e_{ij}$$ $$\\beta_{0j} = \\gamma_{00} + u_{0j}$$ or brm(Y ~ 1 + (1 | j))",
    ] {
        let seen = detect(text).unwrap().name;
        assert_eq!(seen, "hierarchical", "{text}");
    }
}

#[test]
fn hostile_sizes_are_refused() {
    for (open, close) in
        [("(", ")"), ("pdDiag(", ")"), ("list(a = ", ")"), ("~", ""), ("-", ""), ("gr(", ")"), ("1 |", "")]
    {
        for call in [
            format!("lme(y ~ x, d, random = {}x{})", open.repeat(100_000), close.repeat(100_000)),
            format!("glmmTMB(y ~ {}x{}, d)", open.repeat(100_000), close.repeat(100_000)),
            format!("brm(y ~ (1 | {}x{}), d)", open.repeat(100_000), close.repeat(100_000)),
        ] {
            let error = read(&call, None, &Facts::default()).unwrap_err();
            assert_eq!(error.code, Code::TooLarge, "{open}: {error}");
        }
    }
    for call in [
        format!("lme(y ~ x, d, random = ~ {} | g)", (0..20).map(|k| format!("x{k}")).collect::<Vec<_>>().join("*")),
        format!("brm(y ~ (1 | {}), d)", (0..200).map(|k| format!("x{k}")).collect::<Vec<_>>().join("/")),
        format!("lme(y ~ x, d, ~ 1 | {})", (0..200).map(|k| format!("x{k}")).collect::<Vec<_>>().join("/")),
    ] {
        match read(&call, None, &Facts::default()) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.code, Code::TooLarge, "{error}"),
        }
    }
}
