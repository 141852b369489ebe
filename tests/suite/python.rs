//! statsmodels and bambi: spellings of their manuals and of forums, each beside the lmer formula of its model.

use super::cli::run;
use super::engines::{has, mangle, reading, refused, same};
use mlnote::error::Code;

/// The six reference models, statsmodels' manual and its notebooks, and what people paste.
#[test]
fn each_call_of_mixedlm_is_its_formula() {
    for (text, formula) in [
        ("smf.mixedlm(\"Y ~ R + Z + X + S\", d, groups=\"id\").fit(reml=True)", "Y ~ R + Z + X + S + (1 | id)"),
        (
            "smf.mixedlm(\"Y ~ R*Z + X + S\", d, groups=\"id\", re_formula=\"~R\").fit(reml=True)",
            "Y ~ R * Z + X + S + (R | id)",
        ),
        (
            "smf.mixedlm(\"Y ~ R*Z + X + S\", d, groups=\"id\", re_formula=\"1\", vc_formula={\"R\": \"0 + R\"}).fit()",
            "Y ~ R * Z + X + S + (R || id)",
        ),
        (
            "smf.mixedlm(\"Y ~ X\", d, groups=\"school\", re_formula=\"1\", vc_formula={\"class\": \"0 + C(Q('class'))\"})",
            "Y ~ X + (1 | school/class)",
        ),
        (
            "d[\"one\"] = 1\nsmf.mixedlm(\"Y ~ X\", d, groups=\"one\", vc_formula={\"student\": \"0 + C(student)\", \"item\": \"0 + C(item)\"}).fit()",
            "Y ~ X + (1 | student) + (1 | item)",
        ),
        (
            "smf.mixedlm(\"Y ~ R*Z + X + S\", d, groups=\"id\", re_formula=\"0 + R\").fit(reml=True, method=[\"bfgs\"])",
            "Y ~ R * Z + X + S + (0 + R | id)",
        ),
        (
            "import statsmodels.formula.api as smf\ndata = sm.datasets.get_rdataset(\"dietox\", \"geepack\").data\nmd = smf.mixedlm(\"Weight ~ Time\", data, groups=data[\"Pig\"])\nmdf = md.fit()\nprint(mdf.summary())",
            "Weight ~ Time + (1 | Pig)",
        ),
        (
            "md = smf.mixedlm(\"Weight ~ Time\", data, groups=data[\"Pig\"], re_formula=\"~Time\")\nfree = sm.regression.mixed_linear_model.MixedLMParams.from_components(np.ones(2), np.eye(2))\nmdf = md.fit(free=free)",
            "Weight ~ Time + (Time || Pig)",
        ),
        (
            "model = sm.MixedLM.from_formula(\n    'test_score ~ age',  # fixed\n    groups='school', re_formula='~age', data=df)",
            "test_score ~ age + (age | school)",
        ),
        (
            "vcf = {'classroom': '0 + C(classroom)'}\nmodel = MixedLM.from_formula('test_score ~ age', vc_formula=vcf, re_formula='1', groups='school', data=df)",
            "test_score ~ age + (1 | school) + (1 | school:classroom)",
        ),
        (
            "vc = {'classroom': '0 + C(classroom)', 'slope': '0 + C(classroom):age'}\nformula = 'test_score ~ age'\nmixedlm(formula, df, groups=df.school, vc_formula=vc)",
            "test_score ~ age + (age || school:classroom)",
        ),
        ("smf.mixedlm('y ~ x', df, None, {'i': '1', 'x': '0 + x'}, groups=df['g'])", "y ~ x + (x || g)"),
        (
            "smf.mixedlm('y ~ x', df, groups='g', vc_formula={'both': '0 + x + z'})",
            "y ~ x + diag(0 + x + z | g, hom = TRUE)",
        ),
        (
            "smf.mixedlm('np.log(y) ~ np.sqrt(x) + I(x**2) - 1', df, groups='g')",
            "log(y) ~ 0 + sqrt(x) + I(x^2) + (1 | g)",
        ),
        ("smf.mixedlm('y ~ (a + b)**2 + a/d', df, groups='g')", "y ~ (a + b)^2 + a:d + (1 | g)"),
        ("smf.mixedlm(\"y ~ C(f, Treatment(reference='low')) * x\", df, groups='g')", "y ~ f * x + (1 | g)"),
        ("smf.mixedlm('y ~ C(time)', df, groups='g', re_formula='~time')", "y ~ factor(time) + (time | g)"),
        (
            "smf.mixedlm(\"Q('reaction time') ~ center(x)\", df, groups='subject id')",
            "`reaction time` ~ I(x - mean(x)) + (1 | `subject id`)",
        ),
        ("smf.mixedlm('y ~ x + '\n            'z', df, groups='g')", "y ~ x + z + (1 | g)"),
        (
            "df['x_c'] = df['x'] - df['x'].mean()\nsmf.mixedlm('y ~ x_c', df, groups='g')",
            "y ~ I(x - mean(x)) + (1 | g)",
        ),
        ("df['x2'] = np.log(df.x)\nsmf.mixedlm('y ~ x2', df, groups='g')", "y ~ log(x) + (1 | g)"),
        (
            "df['c'] = df['a'].astype(str) + ':' + df['b'].astype(str)\nsmf.mixedlm('y ~ x', df, groups='c')",
            "y ~ x + (1 | a:b)",
        ),
        ("smf.mixedlm('y ~ x', df, groups=np.ones(len(df)), vc_formula={'a': '0 + C(a)'})", "y ~ x + (1 | a)"),
        (">>> md = smf.mixedlm('y ~ x', df,\n...                  groups='g')\n>>> md.fit()", "y ~ x + (1 | g)"),
    ] {
        same("statsmodels", text, formula);
    }
    let reading = reading("statsmodels", "smf.mixedlm('y ~ C(f, levels=[\"b\", \"a\"])', d, groups='g')").unwrap();
    assert_eq!(reading.lexicon.categories["f"].all().collect::<Vec<_>>(), ["b", "a"]);
}

#[test]
fn each_model_of_bambi_is_its_formula() {
    for (text, formula) in [
        ("bmb.Model(\"Y ~ R + Z + X + S + (1|id)\", d)", "Y ~ R + Z + X + S + (1 | id)"),
        ("bmb.Model(\"Y ~ R*Z + X + S + (R|id)\", d)", "Y ~ R * Z + X + S + (R || id)"),
        ("bmb.Model(\"Y ~ X + (1|school/class)\", d)", "Y ~ X + (1 | school/class)"),
        ("bmb.Model(\"Y ~ X + (1|student) + (1|item)\", d)", "Y ~ X + (1 | student) + (1 | item)"),
        ("bmb.Model(\"Y ~ R*Z + X + S + (0 + R|id)\", d)", "Y ~ R * Z + X + S + (0 + R | id)"),
        (
            "import bambi as bmb\nmodel = bmb.Model(\n    \"y ~ x + (x | g)\",\n    df,\n    family=\"bernoulli\",\n)\nresults = model.fit(draws=1000)",
            "glmer(y ~ x + (x || g), family = binomial)",
        ),
        (
            "bmb.Model('y[\"yes\"] ~ np.log(x) + (1|g)', df, 'bernoulli', link='probit')",
            "glmer(y ~ log(x) + (1 | g), family = binomial(\"probit\"))",
        ),
        (
            "bmb.Model('y ~ x + offset(w) + (1|g)', df, family='poisson', priors={'x': bmb.Prior('Normal', mu=0, sigma=1)})",
            "glmer(y ~ x + offset(w) + (1 | g), family = poisson)",
        ),
        ("bmb.Model(bmb.Formula('y ~ x + (1|g)'), df)", "y ~ x + (1 | g)"),
        (
            "bmb.Model('p(hits, at_bat) ~ x + (1|pitcher) + (1|batter)', df, family='binomial')",
            "glmer(cbind(hits, at_bat - hits) ~ x + (1 | pitcher) + (1 | batter), family = binomial)",
        ),
        (
            "bmb.Model('proportion(y, 62) ~ x + (1|g)', df, family='binomial', link='probit')",
            "glmer(cbind(y, 62 - y) ~ x + (1 | g), family = binomial(\"probit\"))",
        ),
        ("from bambi import Model\nModel('y ~ scale(x) + (1|`my g`)', df)", "y ~ scale(x) + (1 | `my g`)"),
    ] {
        same("bambi", text, formula);
    }
    let notes = same("bambi", "bmb.Model('y ~ x + (x|g)', df)", "y ~ x + (x || g)");
    has(&notes, Code::AssumedCovariance, "bambi takes the random effects of g as independent");
}

#[test]
fn what_is_assumed_is_noted() {
    let notes =
        same("statsmodels", "smf.mixedlm('y ~ C(f)', d, groups='g', vc_formula={'x': '0 + x'})", "y ~ f + (0 + x | g)");
    has(&notes, Code::Skipped, "`f` is categorical");
    has(&notes, Code::AmbiguousRole, "`x` is taken as a number");
    let notes = same("statsmodels", "m = smf.mixedlm('y ~ x', d, groups='g')\nm.fit(reml=False)", "y ~ x + (1 | g)");
    has(&notes, Code::Skipped, "`reml` is about the fitting");
    let notes = same("statsmodels", "smf.mixedlm('y ~ C(f, Sum) + x', d, groups='g')", "y ~ f + x + (1 | g)");
    has(&notes, Code::FormulaTrap, "contrasts");
}

#[test]
fn what_cannot_be_read_is_refused_at_its_place() {
    for (text, why) in [
        ("smf.mixedlm('y ~ x', d)", (Code::Syntax, "smf.mixedlm('y ~ x', d)", "groups=\"school\"")),
        ("smf.mixedlm('y ~ x^2', d, groups='g')", (Code::FormulaRefused, "^", "`**`")),
        ("smf.mixedlm('y ~ x + (1|g)', d, groups='g')", (Code::FormulaRefused, "x + (1|g)", "`re_formula=`")),
        ("smf.mixedlm('y ~ x +\u{a0}z', d, groups='g')", (Code::Syntax, "\u{a0}", "write ` `")),
        ("smf.mixedlm('y ~ x +' ' ü\u{a0}z', d, groups='g')", (Code::Syntax, "\u{a0}", "write ` `")),
        ("smf.mixedlm(f'y ~ {x}', d, groups='g')", (Code::NeedsInfo, "f'y ~ {x}'", "write the formula itself")),
        ("smf.mixedlm(formula, d, groups='g')", (Code::NeedsInfo, "formula", "not in the text")),
        ("smf.mixedlm('y ~ x', d, groups=g)", (Code::NeedsInfo, "g", "groups=\"school\"")),
        ("smf.mixedlm('y ~ x', d, groups='g').fit(free=free)", (Code::NeedsInfo, "free", "at 0")),
        ("smf.mixedlm('y ~ x', d, groups='g', vc_formula=vc)", (Code::NeedsInfo, "vc", "write it out")),
        ("smf.mixedlm('y ~ x', d, group='g')", (Code::UnknownName, "'g'", "did you mean `groups`?")),
        ("smf.mixedlm('y ~ x +', d, groups='g')", (Code::Syntax, "", "still to come")),
        ("smf.mixedlm('y ~ x', d, groups='g'", (Code::Unbalanced, "", "still to come")),
        ("sm.MixedLM(y, X, groups=g)", (Code::OutOfScope, "sm.MixedLM(y, X, groups=g)", "matrices")),
        (
            "sm.MixedLM(endog=y, exog=X, groups=g)",
            (Code::OutOfScope, "sm.MixedLM(endog=y, exog=X, groups=g)", "matrices"),
        ),
        ("smf.mixedlm('y ~ x', d, groups='g', vc_formula={'c': 'C(c)'})", (Code::OutOfScope, "'C(c)'", "`0 + C(f)`")),
        ("smf.mixedlm('y ~ x', d, groups=np.ones(9))", (Code::OutOfScope, "np.ones(9)", "one group holds all")),
        (
            "m1 = smf.mixedlm('y ~ x', d, groups='g')\nm2 = smf.mixedlm('y ~ 1', d, groups='g')",
            (Code::TwoResponses, "smf.mixedlm('y ~ 1', d, groups='g')", "--model 2"),
        ),
    ] {
        refused("statsmodels", text, why);
    }
    for (text, why) in [
        ("bmb.Model('y ~ x + (x||g)', d)", (Code::FormulaRefused, "x||g", "write `|`")),
        ("bmb.Model('p(y, n) ~ x + (1|g)', d)", (Code::FormulaRefused, "n", "only the binomial family")),
        ("bmb.Model('y ~ x + (1|g)', d, family='binomial')", (Code::FormulaRefused, "'binomial'", "bernoulli")),
        ("bmb.Model('c(a, b) ~ x + (1|g)', d)", (Code::OutOfScope, "c(a, b)", "not one column")),
        (
            "bmb.Model('y ~ x + (1|g)', d, family='t')",
            (Code::OutOfScope, "'t'", "gaussian, bernoulli, binomial and poisson"),
        ),
        ("bmb.Model(bmb.Formula('y ~ x', 'sigma ~ x'), d)", (Code::OutOfScope, "'sigma ~ x'", "equation of its own")),
        ("bmb.Model('y ~ x + (C(f)|g)', d)", (Code::OutOfScope, "C(f)|g", "0 and 1")),
    ] {
        refused("bambi", text, why);
    }
}

#[test]
fn the_same_formula_is_another_model_in_bambi() {
    let (status, told, notes) = run(&["check", "bmb.Model('y ~ x + (x|g)', d)", "lmer(y ~ x + (x | g))"]);
    assert_eq!(status, 1, "{told}{notes}");
    assert!(told.starts_with("different: B correlates the random effects of g, A does not"), "{told}");
    assert!(notes.contains("bambi takes the random effects of g as independent"), "{notes}");
    let (status, ..) = run(&["check", "smf.mixedlm('y ~ x', d, groups='g', re_formula='~x')", "lmer(y ~ x + (x | g))"]);
    assert_eq!(status, 0);
}

#[test]
fn no_text_makes_it_panic() {
    mangle(
        "statsmodels",
        &[
            "d[\"é\"] = 1\nvc = {'a': \"0 + C(Q('ü'))\"}\nm = smf.mixedlm(\"\"\"y ~ C(f, Treatment('b')) + \\\n x\"\"\", d, groups=d[\"g\"], vc_formula=vc).fit()",
        ],
    );
    mangle("bambi", &["m = bmb.Model('y[\"a\"] ~ C(f) + (1 + x|g)', d, family='bernoulli', link=\"logit\")"]);
    let deep = format!("smf.mixedlm({}'y ~ x'{}, d, groups='g')", "(".repeat(100_000), ")".repeat(100_000));
    refused("statsmodels", &deep, (Code::TooLarge, "(", "deeper"));
    let long = format!("smf.mixedlm('y ~ {}x', d, groups='g')", "x + ".repeat(100_000));
    assert_eq!(reading("statsmodels", &long).expect_err("long").code, Code::TooLarge);
}
