//! pymer4: calls of both its interfaces, each beside the lmer formula of its model, and what goes to R otherwise.

use super::cli::run;
use super::engines::{has, mangle, reading, refused, same};
use mlnote::error::Code;

/// Version 0.9 and the ones before (their documentation).
#[test]
fn each_call_is_its_formula() {
    for (text, formula) in [
        (
            "from pymer4.models import lmer\nmodel = lmer('Reaction ~ Days + (Days | Subject)', data=sleep)\nmodel.fit(summary=True)",
            "Reaction ~ Days + (Days | Subject)",
        ),
        ("model = Lmer(\"DV ~ IV2 + (IV2|Group)\", data=df)\nprint(model.fit())", "DV ~ IV2 + (IV2 | Group)"),
        ("lmer('y ~ x^2 + (1|a/b)', df)", "y ~ x + (1 | a/b)"),
        (
            "from pymer4 import models\nformula = 'y ~ x + (x || g)'\nmodels.lmer(formula=formula, data=df)",
            "y ~ x + (x || g)",
        ),
        (
            "import polars as pl\nfrom pymer4.models import glmer\nm = glmer(\"y ~ x + (1|g)\", data=df, family='binomial', link='probit')",
            "glmer(y ~ x + (1 | g), family = binomial(\"probit\"))",
        ),
        ("Lmer('y ~ x + (1|g)', df, 'poisson').fit()", "glmer(y ~ x + (1 | g), family = poisson)"),
        ("glmer('y ~ x + (1|g)', df, family='binomial', link='default')", "glmer(y ~ x + (1 | g), family = binomial)"),
    ] {
        same("pymer4", text, formula);
    }
}

#[test]
fn methods_tell_which_covariates_have_categories() {
    for text in [
        "m = Lmer('y ~ f + (1|g)', data=d)\nm.fit(factors={'f': ['b', 'a']}, REML=False)",
        "from pymer4.models import lmer\nm = lmer('y ~ f + (1|g)', data=d)\nm.set_factors({'f': ['b', 'a']})\nm.fit()",
    ] {
        let own = reading("pymer4", text).unwrap();
        assert_eq!(own.lexicon.categories["f"].all().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(own.lexicon.categories["f"].reference.as_deref(), Some("b"));
    }
    let (_, text, _) = run(&["convert", "--to", "stata", "m = lmer('y ~ f + (1|g)', d)\nm.set_factors('f')"]);
    assert_eq!(text, "mixed y i.f || g:, reml\n");
    let notes =
        same("pymer4", "m = Lmer('y ~ f + (1|g)', d)\nm.fit(factors={'f': {'a': 1, 'b': -1}})", "y ~ f + (1 | g)");
    has(&notes, Code::FormulaTrap, "the contrasts are others");
    let notes = same("pymer4", "Lmer('y ~ x + (1|g)', d).fit(REML=False)", "y ~ x + (1 | g)");
    has(&notes, Code::Skipped, "`REML` is about the fitting");
}

#[test]
fn what_would_be_another_model_is_refused() {
    for (text, why) in [
        ("lmer('y ~ `my x` + (1|g)', d)", (Code::OutOfScope, "y ~ `my x` + (1|g)", "R reads `y~`myx`+(1|g)`")),
        ("lmer('y ~ I(x < -1) + (1|g)', d)", (Code::OutOfScope, "y ~ I(x < -1) + (1|g)", "every blank")),
        ("Lmer('y ~ x + (1|g)', d).fit(rank=True)", (Code::OutOfScope, "True", "`scale(x)`")),
        ("m = lmer('y ~ x + (1|g)', d)\nm.set_transforms({'x': 'rank'})", (Code::OutOfScope, "{'x': 'rank'}", "scale")),
        ("lmer('y ~ x + (1|g)', d, weights='w')", (Code::OutOfScope, "'w'", "weights")),
        ("Lmer('y ~ x + (1|g)', d, family='gamma')", (Code::OutOfScope, "'gamma'", "gaussian, binomial, poisson")),
        ("lmer(f'y ~ {x} + (1|g)', d)", (Code::NeedsInfo, "f'y ~ {x} + (1|g)'", "write the formula itself")),
        ("lmer('y ~ x + (1|g)', d, REML=False)", (Code::UnknownName, "False", "argument of `lmer()`")),
        ("lmer('y ~ x + (1|g', d)", (Code::Unbalanced, "(", "")),
    ] {
        refused("pymer4", text, why);
    }
    let refusal = |arguments: &[&str]| run(&[&["convert", "--to", "pymer4"], arguments].concat()).2;
    assert!(refusal(&["y ~ `my x` + (1 | g)"]).contains("every blank"));
    assert!(refusal(&["y ~ I(x < -1) + (1 | g)"]).contains("every blank"));
    assert!(refusal(&["--ml", "y ~ x + (1 | g)"]).contains("REML alone"));
    assert!(refusal(&["y ~ x"]).contains("nothing in it is random"));
}

#[test]
fn a_model_and_its_categories_are_written() {
    let text = run(&["convert", "--to", "pymer4", "--factor", "f=b,a", "--quiet", "y ~ f + offset(w) + (x | g)"]).1;
    let wanted = "from pymer4.models import lmer\n\
         model = lmer(\n    \"y ~ f + offset(w) + (x | g)\",\n    data=dat.drop_nulls([\"y\", \"f\", \"x\", \"w\", \"g\"]),\n)\n\
         model.set_factors({\"f\": [\"b\", \"a\"]})\nmodel.fit()\n";
    assert_eq!(text, wanted);
    let text = run(&["convert", "--to", "pymer4", "--quiet", "glmer(y ~ x + (1 | g), family = binomial)"]).1;
    assert!(text.contains("model = glmer(") && text.contains("family=\"binomial\",\n    link=\"logit\","), "{text}");
}

#[test]
fn broken_texts_are_refused_not_crashed_on() {
    mangle("pymer4", &["m = Lmer('y ~ f + (1|g)', data=d)\nprint(m.fit(factors={'f': ['b', 'a']}, REML=False).x)"]);
}
