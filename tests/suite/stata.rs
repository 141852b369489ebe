//! Stata's commands: spellings of manuals and forums, each beside the lmer formula of its model; what is noted, refused.

use super::cli::run;
use mlnote::algebra::Reading;
use mlnote::error::{Code, Diagnostic};
use mlnote::model::Facts;
use mlnote::read::{detect, read, reader};

/// The reading, by detection.
pub(crate) fn stata(text: &str) -> Result<Reading, Box<Diagnostic>> {
    (reader("stata").unwrap().read)(text, &Facts::default())
}

/// Asserts that a command is detected and is the model of a formula, up to its Levels.
#[track_caller]
fn same(command: &str, formula: &str) -> Vec<(Code, String)> {
    assert_eq!(detect(command).map_or("nothing", |r| r.name), "stata", "{command}");
    let reading = stata(command).unwrap_or_else(|e| panic!("{command}: {e}"));
    let meant = read(formula, Some("lmer"), &Facts::default()).unwrap();
    assert_eq!(reading.model, meant.model, "{command}\n{}\n{formula}\n{}", reading.model, meant.model);
    for label in reading.notes.iter().flat_map(|note| &note.labels) {
        assert!(command.get(label.span.start..label.span.end).is_some(), "{command}: {label:?}");
    }
    reading.notes.iter().map(|note| (note.code, note.message.clone())).collect()
}

#[track_caller]
fn refused(command: &str, code: Code, place: &str) -> Box<Diagnostic> {
    let error = stata(command).map(|r| r.model.to_string()).expect_err(command);
    assert_eq!(error.code, code, "{command}: {error:?}");
    let span = error.labels.first().expect("a place").span;
    assert_eq!(command.get(span.start..span.end), Some(place), "{command}: {error:?}");
    assert!(error.help.is_some() || error.code == Code::OutOfScope, "{error:?}");
    error
}

/// The six reference models, and Stata's manual ([ME] mixed, [ME] melogit), UCLA and forum spellings.
#[test]
fn each_spelling_is_its_formula() {
    for (command, formula) in [
        ("mixed Y R Z X S || id:, reml", "Y ~ R + Z + X + S + (1 | id)"),
        ("mixed Y c.R##c.Z X S || id: R, covariance(unstructured) reml", "Y ~ R * Z + X + S + (R | id)"),
        ("mixed Y c.R##c.Z X S || id: R, reml", "Y ~ R * Z + X + S + (R || id)"),
        ("mixed Y X || school: || class:, reml", "Y ~ X + (1 | school/class)"),
        ("mixed Y X || _all: R.student || item:, reml", "Y ~ X + (1 | student) + (1 | item)"),
        ("mixed Y X || _all: R.student || _all: R.item", "Y ~ X + (1 | student) + (1 | item)"),
        ("mixed Y c.R##c.Z X S || id: R, noconstant reml", "Y ~ R * Z + X + S + (0 + R | id)"),
        ("mixed weight week || id:", "weight ~ week + (1 | id)"),
        ("mixed weight week || id: week, covariance(unstructured)", "weight ~ week + (week | id)"),
        (
            "mixed gsp private emp hwy water other unemp || region: hwy unemp || state: unemp, nolog nogroup nofetable",
            "gsp ~ private + emp + hwy + water + other + unemp + (hwy + unemp || region) + (unemp || region:state)",
        ),
        ("xtmixed y x, || id: x, cov(un) mle var", "y ~ x + (x | id)"),
        ("mixed y x || id: x, cov(ind)", "y ~ x + (x || id)"),
        ("mixed y x || id: x, cov(exch)", "y ~ x + cs(x | id, hom = TRUE)"),
        ("mixed y x || id: x, covar(id) stddeviations", "y ~ x + diag(x | id, hom = TRUE)"),
        ("mixed y x || id:, cov(identity)", "y ~ x + (1 | id)"),
        ("mixed y x || school: x, cov(un) || school: z, nocons", "y ~ x + (x | school) + (0 + z | school)"),
        ("mixed y x, noconstant || id:", "y ~ 0 + x + (1 | id)"),
        ("mixed y || id:", "y ~ 1 + (1 | id)"),
        ("mixed y x", "y ~ x"),
        ("MIXED Y X || SCHOOL: X, COV(UN)", "Y ~ X + (X | SCHOOL)"),
        ("mixed y i.f##c.x || g: if z > 2", "y ~ f * x + (1 | g)"),
        ("mixed y ib2.f#c.x c.x || g:", "y ~ x + f:x + (1 | g)"),
        ("mixed y c.(a b)##c.x || g:", "y ~ (a + b) * x + (1 | g)"),
        ("mixed y c.a##c.b##c.d || g:", "y ~ a * b * d + (1 | g)"),
        ("mixed y c.x##c.x || g:", "y ~ x + I(x^2) + (1 | g)"),
        ("mixed y c.x#c.x#c.x || g:", "y ~ I(x^3) + (1 | g)"),
        ("mixed y 2.f || g:", "y ~ I(f == \"2\") + (1 | g)"),
        ("mixed y i.time || g: time", "y ~ factor(time) + (time || g)"),
        ("mixed y i.f || g: i.f, cov(un)", "y ~ f + (f | g)"),
        ("xi: mixed y i.f*x || g:", "y ~ f * x + (1 | g)"),
        ("mixed y x || g:, residuals(independent) vce(robust) dfmethod(satterthwaite)", "y ~ x + (1 | g)"),
        ("melogit y x || g:, or intpoints(7)", "glmer(y ~ x + (1 | g), family = binomial)"),
        ("meprobit y x || g:", "glmer(y ~ x + (1 | g), family = binomial(\"probit\"))"),
        ("mepoisson y x, exposure(e) irr || g:", "glmer(y ~ x + offset(log(e)) + (1 | g), family = poisson)"),
        (
            "meglm y x, offset(w) family(bernoulli) link(cloglog) || g:",
            "glmer(y ~ x + offset(w) + (1 | g), family = binomial(\"cloglog\"))",
        ),
        ("meglm y x || g:", "y ~ x + (1 | g)"),
        ("xtmelogit y x || a: || b: x, cov(un)", "glmer(y ~ x + (1 | a) + (x | a:b), family = binomial)"),
    ] {
        same(command, formula);
    }
}

/// Whole do-files and logs.
#[test]
fn what_stands_around_the_command_is_taken_in() {
    for (script, formula) in [
        (
            "use \"http://www.stata-press.com/data/r18/pig\", clear\nmixed weight week || id:\nestat icc\n",
            "weight ~ week + (1 | id)",
        ),
        (
            "* a comment\nmixed y x /// levels follow\n    || school: x, /* all of it */ cov(un) // done\n",
            "y ~ x + (x | school)",
        ),
        (". mixed y x || id: x, ///\n> cov(un)\n", "y ~ x + (x | id)"),
        ("#delimit ;\nmixed y x\n  || id: ;\n", "y ~ x + (1 | id)"),
        ("quietly eststo m1: mixed y x || id:\nlrtest m0 m1", "y ~ x + (1 | id)"),
        ("gen double x2 = x^2\ngen lx = ln(x)\nmixed y lx x2 || g:", "y ~ log(x) + I(x^2) + (1 | g)"),
        ("gen xz = x*z\nmixed y x z xz || g:", "y ~ x * z + (1 | g)"),
        ("gen xc = x - 2\ngen xcz = xc * z\nmixed y xc z xcz || g: xcz", "y ~ I(x - 2) * z + (I(x - 2):z || g)"),
        ("gen ly = ln(y)\nmixed ly x || g:", "log(y) ~ x + (1 | g)"),
        ("gen x2 = cond(x > 1, 1, 0)\nmixed y x2 || g:", "y ~ x2 + (1 | g)"),
        ("gen x2 = 1 if x > 1\nmixed y x2 || g:", "y ~ x2 + (1 | g)"),
        ("egen cell = group(a b)\nmixed y || _all: R.cell || d:", "y ~ 1 + (1 | a:b) + (1 | d)"),
        ("encode town, gen(town_id)\nmixed y || town_id:", "y ~ 1 + (1 | town)"),
    ] {
        same(script, formula);
    }
    let script = "label define s 1 \"public\" 2 \"private\"\nencode sector, gen(code) label(s)\nmixed y ib2.code || g:";
    let reading = stata(script).unwrap();
    let categories: Vec<&String> = reading.lexicon.categories["sector"].all().collect();
    assert_eq!(categories, ["private", "public"]);
}

/// Comments of every language may declare facts.
#[test]
fn comments_declare_facts() {
    for (notation, text) in [
        ("stata", "* mlnote: factor f = low, high\nmixed y i.f || g:"),
        ("stata", "mixed y i.f || g: // mlnote: factor f = low, high"),
        ("stata", "/* mlnote: factor f = low, high */ mixed y i.f || g:"),
        ("sas", "* mlnote: factor f = low, high;\nproc mixed; class g f; model y = f; random g; run;"),
        ("spss", "* mlnote: factor f = low, high.\nMIXED y BY f /FIXED=f /RANDOM=INTERCEPT | SUBJECT(g)."),
        ("statsmodels", "# mlnote: factor f = low, high\nsmf.mixedlm('y ~ C(f)', d, groups='g')"),
    ] {
        let reading = (reader(notation).unwrap().read)(text, &Facts::default()).unwrap();
        let categories: Vec<&String> = reading.lexicon.categories["f"].all().collect();
        assert_eq!(categories, ["low", "high"], "{text}");
        assert!(!reading.notes.iter().any(|note| note.message.contains("categories")), "{:?}", reading.notes);
    }
    let slip = stata("* mlnote: factr f = low, high\nmixed y i.f || g:").expect_err("no such directive");
    assert_eq!(slip.code, Code::UnknownName);
}

#[test]
fn what_is_assumed_is_noted() {
    let has = |notes: &[(Code, String)], code: Code, words: &str| {
        assert!(notes.iter().any(|(own, message)| *own == code && message.contains(words)), "{words}: {notes:?}");
    };
    let notes = same("mixed y x || school: x", "y ~ x + (x || school)");
    has(&notes, Code::AssumedCovariance, "Stata takes the random effects of school as independent");
    let notes = same("mixed y x || school: x, cov(un) reml", "y ~ x + (x | school)");
    assert!(notes.is_empty(), "{notes:?}");
    let notes = same("mixed y x z x#c.z || school:", "y ~ x + z + factor(x):z + (1 | school)");
    has(&notes, Code::FormulaTrap, "`x` in a product without `c.` is categorical");
    let notes = same("mixed y i.f if z == 1 in 1/10 || school:", "y ~ f + (1 | school)");
    has(&notes, Code::Skipped, "`if` is about the data");
    has(&notes, Code::Skipped, "`in` is about the data");
    has(&notes, Code::Skipped, "`f` is categorical");
    has(&same("gen lx = ln(x)\nmixed y lx || g:", "y ~ log(x) + (1 | g)"), Code::Renamed, "`log(x)`");
}

#[test]
fn what_lies_outside_is_refused_by_name() {
    for (command, place, words) in [
        ("mixed y x [pw=w] || id:", "[pw=w]", "weights"),
        ("mixed y x || id:, pweight(w)", "pweight(w)", "weights"),
        ("svy: mixed y x || id:", "mixed", "weighs"),
        ("by sex: mixed y x || id:", "mixed", "one model for each"),
        ("mixed y x || id:, residuals(ar 1, t(week))", "residuals(ar 1, t(week))", "other times"),
        ("mixed y x || id:, residuals(independent, by(sex))", "residuals(independent, by(sex))", "its variance"),
        ("mixed y L.x || id:", "L.x", "other times"),
        ("mixed y x || id: i.f", "id: i.f", "independent random effect"),
        ("mixed y x || id: x, cov(fixed(M))", "cov(fixed(M))", "constrains"),
        ("mixed y x || _all: x", "|| _all: x", "one group holds all"),
        ("melogit y x, binomial(n) || g:", "binomial(n)", "several trials"),
        ("meologit y x || g:", "meologit", "an ordinal model"),
        ("meglm y x, family(gamma) || g:", "family(gamma)", "gamma"),
    ] {
        let error = refused(command, Code::OutOfScope, place);
        assert!(error.message.contains(words), "{error:?}");
    }
}

#[test]
fn slips_are_refused_at_their_place() {
    for (command, code, place, help) in [
        ("mixed y x || id", Code::Syntax, "", "write `|| id:`"),
        ("mixed y x | id:", Code::Syntax, ":", "write `|| school: x`"),
        ("mixed y x1-x5 || id:", Code::NeedsInfo, "x1-x5", "name each column"),
        ("mixed y x* || id:", Code::NeedsInfo, "x*", "name each column"),
        ("mixed y x || id: x, covarience(un)", Code::UnknownName, "covarience", "did you mean `covariance`?"),
        ("mixed y x || id: x, cov(unstructred)", Code::UnknownName, "unstructred", "did you mean `unstructured`?"),
        ("mixed y x || id:, noconstant", Code::Syntax, "|| id:, noconstant", "leave out `noconstant`"),
        ("mixed y x || a:\nmixed y x || b:", Code::TwoResponses, "mixed y x || b:", "--model 2"),
        ("mixed y x || id: || _all: R.item", Code::Syntax, "_all: R.item", "put it first"),
        ("mixed y x || id: (x", Code::Unbalanced, "", ""),
    ] {
        let error = stata(command).map(|r| r.model.to_string()).expect_err(command);
        assert_eq!(error.code, code, "{command}: {error:?}");
        let span = error.labels[0].span;
        assert_eq!(&command[span.start..span.end], place, "{command}: {error:?}");
        assert!(error.help.as_deref().unwrap_or("").contains(help), "{command}: {error:?}");
    }
    let facts = Facts { model: Some(2), ..Facts::default() };
    let second = (reader("stata").unwrap().read)("mixed y x || a:\nmixed y x || b:", &facts).unwrap();
    assert_eq!(second.model.groupings()[0].to_string(), "b");
}

/// The texts of others are left to them.
#[test]
fn other_texts_are_not_taken_for_it() {
    for (text, name) in [
        ("mixed <- lmer(y ~ x + (1 | g), data = d)", "lmer"),
        ("lmer(mixed ~ x + (x || g))", "lmer"),
        ("mixed ~ x + (1 | g)", "lmer"),
        ("Mixed models are fitted:\n\n$$y_{ij} = \\beta_0 + u_j + e_{ij}$$", "reduced"),
    ] {
        assert_eq!(detect(text).map_or("nothing", |r| r.name), name, "{text}");
    }
    let spss = "MIXED y BY f WITH x\n  /FIXED=x\n  /RANDOM=INTERCEPT | SUBJECT(id).";
    assert_ne!(detect(spss).map_or("nothing", |r| r.name), "stata");
}

/// The same-looking command and call are two models, and `check` says why.
#[test]
fn a_default_makes_another_model() {
    let (status, told, notes) = run(&["check", "mixed y x || school: x", "lmer(y ~ x + (x | school), data = dat)"]);
    assert_eq!(status, 1, "{told}{notes}");
    assert!(told.starts_with("different: B correlates the random effects of school, A does not"), "{told}");
    assert!(told.contains("A is a special case of B"), "{told}");
    assert!(notes.contains("Stata takes the random effects of school as independent"), "{notes}");
    let (status, told, _) =
        run(&["check", "mixed y x || school: x, cov(un)", "lmer(y ~ x + (x | school), data = dat)"]);
    assert_eq!(status, 0, "{told}");
}

#[test]
fn no_text_makes_it_panic() {
    let long = format!("mixed y {} || g:", "c.x##".repeat(3000));
    let deep = format!("mixed y c.{}x{} || g:", "(".repeat(200_000), ")".repeat(200_000));
    let many = format!("mixed y {} || g:", (0..20).map(|i| format!("c.x{i}")).collect::<Vec<_>>().join("##"));
    for text in [
        long.as_str(),
        deep.as_str(),
        many.as_str(),
        "",
        "mixed",
        "mixed ,",
        "mixed y ||",
        "mixed y || :",
        "mixed y || g: , cov(",
        "mixed y || g:, \"",
        "/*",
        "*",
        "#",
        "#delimit ;",
        "mixed é#ü || ñ: ß",
        "gen = \nmixed y || g:",
        "label define\nmixed y|| g:",
        "mixed y x || g: R. , x",
        "mixed y ib(.f || g:",
        "mixed y (((x || g:",
        "xi: : mixed y || g:",
        "qui",
        "egen x = group(\nmixed y || x:",
        "label define a 1 \"\nencode f, gen( label(\nmixed y i.f || g:",
        "mixed y \u{feff}x || g:",
        "mixed y if || g: in",
        "label define words 1\" low\"\nencode f, gen(code) label(words)\nmixed y ib1.code || g:",
    ] {
        let _ = detect(text);
        let _ = stata(text).map(|r| r.model.to_string());
    }
    assert_eq!(stata(&deep).expect_err("deep").code, Code::TooLarge);
    assert_eq!(stata(&many).expect_err("many").code, Code::TooLarge);
}

#[test]
fn messages_spell_controls_that_facts_say_by_number() {
    let text = "* mlnote: factor \\u{3}b = \\u{3}c | d\nmixed y x || g:";
    let error = read(text, Some("stata"), &Facts::default()).unwrap_err();
    assert!(error.message.contains("\\u{3}b") && !error.message.contains('\u{3}'), "{error:?}");
}
