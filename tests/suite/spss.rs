//! SPSS's MIXED: spellings of the manual, of UCLA's pages and of the menus, each beside its lmer formula.

use super::cli::run;
use super::engines::{has, mangle, reading, refused, same};
use mlnote::error::Code;

#[test]
fn each_command_is_its_formula() {
    for (text, formula) in [
        (
            "MIXED Y WITH R Z X S /FIXED=R Z X S | SSTYPE(3) /METHOD=REML /PRINT=SOLUTION\n  /RANDOM=INTERCEPT | SUBJECT(id) COVTYPE(VC).",
            "Y ~ R + Z + X + S + (1 | id)",
        ),
        (
            "MIXED Y WITH R Z X S /FIXED=R Z R*Z X S | SSTYPE(3) /METHOD=REML /PRINT=SOLUTION\n  /RANDOM=INTERCEPT R | SUBJECT(id) COVTYPE(UN).",
            "Y ~ R * Z + X + S + (R | id)",
        ),
        ("MIXED Y WITH R\n /FIXED=R\n /RANDOM=INTERCEPT R | SUBJECT(id) COVTYPE(DIAG).", "Y ~ R + (R || id)"),
        ("MIXED Y WITH R\n /FIXED=R\n /RANDOM=INTERCEPT R | SUBJECT(id).", "Y ~ R + (R || id)"),
        (
            "MIXED Y WITH X /FIXED=X | SSTYPE(3) /METHOD=REML\n  /RANDOM=INTERCEPT | SUBJECT(school) COVTYPE(VC)\n  /RANDOM=INTERCEPT | SUBJECT(school*class) COVTYPE(VC).",
            "Y ~ X + (1 | school/class)",
        ),
        (
            "MIXED Y WITH X /FIXED=X\n  /RANDOM=INTERCEPT | SUBJECT(student) COVTYPE(VC)\n  /RANDOM=INTERCEPT | SUBJECT(item) COVTYPE(VC).",
            "Y ~ X + (1 | student) + (1 | item)",
        ),
        ("MIXED Y WITH R /FIXED=R /RANDOM=R | SUBJECT(id) COVTYPE(VC).", "Y ~ R + (0 + R | id)"),
        (
            "MIXED mathach BY sector WITH ses\n  /CRITERIA=CIN(95) MXITER(100) MXSTEP(10) SCORING(1) SINGULAR(0.000000000001) HCONVERGE(0, ABSOLUTE)\n  /FIXED=sector ses sector*ses | SSTYPE(3)\n  /METHOD=REML\n  /PRINT=G  SOLUTION TESTCOV\n  /RANDOM=INTERCEPT ses | SUBJECT(school) COVTYPE(UN)\n  /EMMEANS=TABLES(sector) COMPARE ADJ(LSD).",
            "mathach ~ sector * ses + (ses | school)",
        ),
        (
            "mixed y with x\n /fixed = x\n /random = intercept x | subject(id) covtype(unr)\n /print = solution.",
            "y ~ x + (x | id)",
        ),
        ("MIXED y BY school WITH x /FIXED=x /RANDOM=school school*x.", "y ~ x + (x || school)"),
        (
            "MIXED y BY school class WITH x /FIXED=x /RANDOM=school class(school) | COVTYPE(VC).",
            "y ~ x + (1 | school/class)",
        ),
        (
            "MIXED y BY f, h WITH x /FIXED=f, h, f BY h, x WITHIN f | NOINT SSTYPE(1) /RANDOM=INTERCEPT | SUBJECT(id).",
            "y ~ 0 + f * h + f:x + (1 | id)",
        ),
        ("MIXED y WITH x /FIXED=x x*x /RANDOM=INTERCEPT | SUBJECT(id).", "y ~ x + I(x^2) + (1 | id)"),
        ("MIXED y /PRINT=SOLUTION /RANDOM=INTERCEPT | SUBJECT(id).", "y ~ 1 + (1 | id)"),
        ("MIXED y WITH x /FIXED=x /RANDOM=INTERCEPT x | SUBJECT(id) COVTYPE(ID).", "y ~ x + diag(x | id, hom = TRUE)"),
        ("MIXED y WITH x /FIXED=x /RANDOM=INTERCEPT x | SUBJECT(id) COVTYPE(CSH).", "y ~ x + cs(x | id)"),
        (
            "DATASET ACTIVATE DataSet1.\n* a comment.\nCOMPUTE lx = LN(x).\nCOMPUTE cz = z - 2.5.\nEXECUTE.\n\nMIXED y WITH lx cz /* here */\n  /FIXED=lx cz\n  /RANDOM=INTERCEPT | SUBJECT(id).\n",
            "y ~ log(x) + I(z - 2.5) + (1 | id)",
        ),
        (
            "MIXED y WITH x /FIXED=x /RANDOM=INTERCEPT | SUBJECT(id) /REPEATED=time | SUBJECT(id) COVTYPE(ID).",
            "y ~ x + (1 | id)",
        ),
    ] {
        same("spss", text, formula);
    }
}

#[test]
fn what_is_assumed_is_noted() {
    let notes = same("spss", "MIXED y WITH x /FIXED=x /RANDOM=INTERCEPT x | SUBJECT(id).", "y ~ x + (x || id)");
    has(&notes, Code::AssumedCovariance, "SPSS takes the random effects of id as independent");
    let text = "MIXED y BY f /FIXED=f /RANDOM=INTERCEPT | SUBJECT(id).";
    has(&same("spss", text, "y ~ f + (1 | id)"), Code::Skipped, "`f` is categorical");
    let help = reading("spss", text).unwrap().notes.iter().find_map(|n| n.help.clone()).unwrap();
    assert!(help.contains("SPSS compares them with the last"), "{help}");
}

#[test]
fn what_cannot_be_read_is_refused_at_its_place() {
    for (text, why) in [
        (
            "MIXED y WITH x /FIXED=x /REPEATED=t | SUBJECT(id) COVTYPE(AR1).",
            (Code::OutOfScope, "REPEATED=t | SUBJECT(id) COVTYPE(AR1)", "residuals"),
        ),
        (
            "MIXED y WITH x /FIXED=x /RANDOM=INTERCEPT x | SUBJECT(id) COVTYPE(TP).",
            (Code::OutOfScope, "COVTYPE(TP)", "UNR"),
        ),
        (
            "MIXED y WITH x /FIXED=x /RANDOM=INTERCEPT x | SUBJECT(id) COVTYPE(UNS).",
            (Code::UnknownName, "COVTYPE(UNS)", "UN"),
        ),
        (
            "MIXED y WITH x /FIXED=x /REGWGT=w /RANDOM=INTERCEPT | SUBJECT(id).",
            (Code::OutOfScope, "REGWGT=w", "weights"),
        ),
        (
            "MIXED y WITH x /FIXED=x /RANDOM=INTERCEPT | SUBJECT(class(school)).",
            (Code::Syntax, "SUBJECT(class(school))", "no nesting"),
        ),
        ("MIXED y WITH x /FIXED=x z /RANDOM=INTERCEPT | SUBJECT(id).", (Code::UndefinedSymbol, "z", "after WITH")),
        (
            "MIXED y WITH x1 TO x5 /FIXED=x1 /RANDOM=INTERCEPT | SUBJECT(id).",
            (Code::NeedsInfo, "x1 TO x5", "name each column"),
        ),
        ("MIXED y WITH x /FIXED=x /RANDOM=INTERCEPT.", (Code::OutOfScope, "INTERCEPT", "`SUBJECT(id)`")),
        (
            "MIXED y WITH x /FIXED=x /RANDM=INTERCEPT | SUBJECT(id).",
            (Code::UnknownName, "RANDM=INTERCEPT | SUBJECT(id)", "did you mean `random`?"),
        ),
        (
            "GENLINMIXED\n  /DATA_STRUCTURE SUBJECTS=id\n  /FIELDS TARGET=y.",
            (Code::OutOfScope, "GENLINMIXED\n  /DATA_STRUCTURE SUBJECTS=id\n  /FIELDS TARGET=y", "MIXED is read"),
        ),
    ] {
        refused("spss", text, why);
    }
}

#[test]
fn a_default_makes_another_model() {
    let text = "MIXED y WITH x /FIXED=x /RANDOM=INTERCEPT x | SUBJECT(id).";
    let (status, told, notes) = run(&["check", text, "mixed y x || id: x, covariance(unstructured)"]);
    assert_eq!(status, 1, "{told}{notes}");
    assert!(told.starts_with("different: B correlates the random effects of id, A does not"), "{told}");
    assert!(notes.contains("SPSS takes the random effects of id as independent"), "{notes}");
    let (status, told, _) = run(&["check", text, "mixed y x || id: x"]);
    assert_eq!(status, 0, "{told}");
}

#[test]
fn no_text_makes_it_panic() {
    let text = "COMPUTE é = LN(x).\nMIXED y BY f (ORDER=ASCENDING) WITH x é /CRITERIA=CIN(95) /FIXED=f x*é f(x*é) | NOINT SSTYPE(3) /RANDOM=INTERCEPT x | SUBJECT(a*b) COVTYPE(UN) /SAVE='ü'.";
    mangle("spss", &[text]);
    let deep = format!("MIXED y /FIXED={}{}", "(".repeat(100_000), ")".repeat(100_000));
    refused("spss", &deep, (Code::TooLarge, "(", "deeper"));
    let _ = reading("spss", &format!("MIXED y WITH x /FIXED={}.", "x ".repeat(50_000)));
}
