//! SAS's procedures: spellings of the manual, of UCLA's pages and of Singer (1998), each beside its lmer formula.

use super::cli::run;
use super::engines::{has, mangle, reading, refused, same};
use mlnote::error::Code;

fn mixed(class: &str, model: &str, random: &str) -> String {
    format!("proc mixed data=d method=reml;\n  class {class};\n  model {model};\n  {random}\nrun;\n")
}

#[test]
fn each_procedure_is_its_formula() {
    for (class, model, random, formula) in [
        ("id", "Y = R Z X S / solution", "random intercept / subject=id;", "Y ~ R + Z + X + S + (1 | id)"),
        (
            "id",
            "Y = R Z R*Z X S / solution",
            "random intercept R / subject=id type=un;",
            "Y ~ R * Z + X + S + (R | id)",
        ),
        (
            "id",
            "Y = R Z R*Z X S / solution",
            "random intercept R / subject=id type=vc;",
            "Y ~ R * Z + X + S + (R || id)",
        ),
        ("id", "Y = R Z R*Z X S / solution", "random int R / sub=id;", "Y ~ R * Z + X + S + (R || id)"),
        ("id", "Y = R Z R*Z X S / solution", "random R / subject=id;", "Y ~ R * Z + X + S + (0 + R | id)"),
        (
            "school class",
            "Y = X / solution",
            "random intercept / subject=school; random intercept / subject=class(school);",
            "Y ~ X + (1 | school/class)",
        ),
        ("school class", "Y = X", "random school class(school);", "Y ~ X + (1 | school/class)"),
        ("school class", "Y = X", "random intercept class / subject=school;", "Y ~ X + (1 | school/class)"),
        ("school class", "Y = X", "random int / subject=school*class;", "Y ~ X + (1 | school:class)"),
        (
            "student item",
            "Y = X",
            "random intercept / subject=student; random intercept / subject=item;",
            "Y ~ X + (1 | student) + (1 | item)",
        ),
        ("student item", "Y = X", "random student item;", "Y ~ X + (1 | student) + (1 | item)"),
        ("school", "Y = X", "random school school*X;", "Y ~ X + (X || school)"),
        ("id", "Y = A|B|C@2 / s", "random int / subject=id;", "Y ~ (A + B + C)^2 + (1 | id)"),
        ("id f", "Y = f|X / s", "random int / subject=id;", "Y ~ f * X + (1 | id)"),
        ("id f", "Y = f X(f) / s noint", "random int / subject=id;", "Y ~ 0 + f + X:f + (1 | id)"),
        ("id", "Y = X X*X / s", "random int / subject=id;", "Y ~ X + I(X^2) + (1 | id)"),
        ("id", "Y = / solution", "random intercept / subject=id;", "Y ~ 1 + (1 | id)"),
        ("id", "Y = X / noint solution ddfm=kr", "random intercept X / subject=id type=csh;", "Y ~ 0 + X + cs(X | id)"),
        ("id", "Y = X / cl ddfm=satterthwaite", "random intercept X / type=fa0(2) sub=id g gcorr;", "Y ~ X + (X | id)"),
        ("id", "Y = X", "random intercept X / type=un(1) subject=id;", "Y ~ X + (X || id)"),
        ("id f", "Y = X", "random f / type=un subject=id;", "Y ~ X + (0 + f | id)"),
        ("id f", "Y = X", "random f / type=cs subject=id;", "Y ~ X + cs(0 + f | id, hom = TRUE)"),
        ("id", "y = x", "random Intercept X / subject=ID type=un;", "y ~ x + (x | id)"),
        ("id", "Y = X", "random intercept / subject=id; repeated / subject=id;", "Y ~ X + (1 | id)"),
    ] {
        same("sas", &mixed(class, model, random), formula);
    }
}

#[test]
fn what_stands_around_the_procedure_is_taken_in() {
    for (text, formula) in [
        (
            "data d2; set d; lx = log(x); x2 = x**2; cx = x - 2.5; run;\nproc sort data=d2; by id; run;\nproc mixed data=d2 covtest noclprint; class id; model y = lx x2 cx / s; random int / sub=id; run; quit;",
            "y ~ log(x) + I(x^2) + I(x - 2.5) + (1 | id)",
        ),
        (
            "/* a; comment */\n* another one;\nPROC MIXED DATA=hsb METHOD=ML COVTEST;\n  CLASS school;\n  MODEL mathach = meanses / SOLUTION DDFM=BW NOTEST;\n  RANDOM INTERCEPT / SUBJECT=school;\n  TITLE 'means; as outcomes';\nRUN;",
            "mathach ~ meanses + (1 | school)",
        ),
        (
            "proc glimmix data=d method=quad; class id; model y(event='1') = x / dist=binary link=logit s; random int / subject=id; run;",
            "glmer(y ~ x + (1 | id), family = binomial)",
        ),
        (
            "proc glimmix; class id; model y = x / dist=poisson offset=w; random int x / subject=id type=chol; run;",
            "glmer(y ~ x + offset(w) + (x | id), family = poisson)",
        ),
        ("proc hpmixed data=d; class id; model y = x; random id; run;", "y ~ x + (1 | id)"),
        (
            "proc mixed data=d; class id f(ref='low'); model y = f; random int / subject=id; lsmeans f / diff; estimate 'a' f 1 -1; run;",
            "y ~ f + (1 | id)",
        ),
    ] {
        same("sas", text, formula);
    }
}

#[test]
fn what_is_assumed_is_noted() {
    let notes = same("sas", &mixed("id", "Y = X", "random intercept X / subject=id;"), "Y ~ X + (X || id)");
    has(&notes, Code::AssumedCovariance, "SAS takes the random effects of id as independent");
    let notes = same("sas", &mixed("id", "Y = X", "random intercept X / subject=id type=un;"), "Y ~ X + (X | id)");
    assert!(notes.is_empty(), "{notes:?}");
    let notes = same("sas", &mixed("id f", "Y = f", "where X > 2; random intercept / subject=id;"), "Y ~ f + (1 | id)");
    has(&notes, Code::Skipped, "`f` is categorical");
    has(&notes, Code::Skipped, "WHERE is about the data");
    let odds = |response: &str| {
        let text =
            format!("proc glimmix; class id; model {response} = X / dist=binary; random intercept / subject=id;");
        reading("sas", &text).unwrap().notes.iter().any(|note| note.message.contains("models the lowest category"))
    };
    assert!(odds("Y") && odds("Y(event='0')") && !odds("Y(event='1')") && !odds("Y(descending)"));
    let counts = |options: &str| {
        format!("proc glimmix; class center; model SideEffect/n = x / {options} s; random intercept / subject=center;")
    };
    for (options, link) in [("", "logit"), ("dist=binomial link=probit", "probit")] {
        let expected =
            format!("glmer(cbind(SideEffect, n - SideEffect) ~ x + (1 | center), family = binomial(\"{link}\"))");
        let notes = same("sas", &counts(options), &expected);
        assert!(notes.is_empty(), "{notes:?}");
    }
    refused("sas", &counts("dist=poisson"), (Code::FormulaRefused, "/n", "has no trials"));
    let own = reading("sas", &mixed("id f", "Y = f", "random intercept / subject=id;")).unwrap();
    let help = own.notes.iter().find_map(|n| n.help.clone()).unwrap();
    assert!(help.contains("SAS compares them with the last, R with the first"), "{help}");
}

#[test]
fn what_cannot_be_read_is_refused_at_its_place() {
    for (class, model, random, why) in [
        (
            "id",
            "y = x",
            "random int / subject=id; repeated / type=ar(1) subject=id;",
            (Code::OutOfScope, "repeated / type=ar(1) subject=id", "residuals"),
        ),
        ("id", "y = x", "random int / subject=id group=sex;", (Code::OutOfScope, "group=sex", "of its own")),
        ("id", "y = x", "random int x / subject=id type=toep;", (Code::OutOfScope, "type=toep", "un(1)")),
        ("id", "y = x", "random int / subject=id; weight w;", (Code::OutOfScope, "weight w", "weights")),
        ("id", "y = x", "random int / subject=id; by sex;", (Code::OutOfScope, "by sex", "each of its groups")),
        ("id", "y = x", "random int x;", (Code::OutOfScope, "int", "`subject=id`")),
        (
            "id f",
            "y = x",
            "random int f / subject=id type=un;",
            (Code::OutOfScope, "random int f / subject=id type=un", "0 and 1"),
        ),
        ("id", "y = &x", "random int / subject=id;", (Code::NeedsInfo, "model y = &x", "macro")),
        ("id", "y = x1-x5", "random int / subject=id;", (Code::NeedsInfo, "x1-x5", "name each column")),
        (
            "id",
            "y = x / sollution",
            "random int / subject=id;",
            (Code::UnknownName, "sollution", "did you mean `solution`?"),
        ),
        ("id", "y/n = x", "random int / subject=id;", (Code::FormulaRefused, "/n", "only PROC GLIMMIX")),
        (
            "id",
            "y = x",
            "randm int / subject=id;",
            (Code::UnknownName, "randm int / subject=id", "did you mean `random`?"),
        ),
    ] {
        refused("sas", &mixed(class, model, random), why);
    }
    refused("sas", "proc nlmixed data=d; parms a=1; run;", (Code::OutOfScope, "proc nlmixed data=d", "nonlinear"));
    refused(
        "sas",
        "proc mixed; class id; random int / subject=id; run;",
        (Code::MissingResponse, "proc mixed", "model y = x"),
    );
    let two = "proc mixed; class a; model y=x; random a; run; proc mixed; class a; model y=; random a; run;";
    refused("sas", two, (Code::TwoResponses, "proc mixed", "--model 2"));
}

/// Without TYPE= the effects are independent: not lmer's model, and `check` says why.
#[test]
fn a_default_makes_another_model() {
    let text = mixed("id", "y = x / s", "random intercept x / subject=id;");
    let (status, told, notes) = run(&["check", &text, "lmer(y ~ x + (x | id))"]);
    assert_eq!(status, 1, "{told}{notes}");
    assert!(told.starts_with("different: B correlates the random effects of id, A does not"), "{told}");
    assert!(notes.contains("SAS takes the random effects of id as independent"), "{notes}");
}

#[test]
fn no_text_makes_it_panic() {
    let text = "data é; set d; x2 = x**2; run; proc mixed data=d(where=(x>1)); class id f(ref=\"ü\") / ref=first; model y(event='1') = x|f@2 x*x g(f) / s ddfm=kr(a(b)); random int x / subject=a(b c) type=un(1); run;";
    mangle("sas", &[text]);
    let deep = format!("proc mixed {}{};", "(".repeat(100_000), ")".repeat(100_000));
    refused("sas", &deep, (Code::TooLarge, "(", "deeper"));
    let many = format!(
        "proc mixed; model y = {}; random id; run;",
        (0..20).map(|i| format!("x{i}")).collect::<Vec<_>>().join("|")
    );
    assert_eq!(reading("sas", &many).expect_err("many").code, Code::TooLarge);
    let _ = reading("sas", &format!("proc mixed; model y = {}; run;", "x ".repeat(100_000)));
}
