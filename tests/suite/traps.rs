//! Twelve traps between engines: the same-looking model is another one, or none. Each reader reads as its engine does, and
//! `check` against lmer tells the difference. The traps were found by running the engines (lme4 1.1-31, glmmTMB 1.1.5,
//! brms 2.18, formulae 0.6.2, bambi 0.17.2, statsmodels 0.15) or, of Stata, SAS, SPSS and MixedModels.jl, in their manuals.

use mlnote::fit::{Word, verdict};
use mlnote::model::Facts;
use mlnote::read::{read, read_both};
use mlnote::write::{Style, writer};

const DIFFERENT: Word = Word::Different;
const SAME: Word = Word::Same;

/// Trap, the text of an engine, what it means in lme4's words (or the refusal), the naive translation, the verdict, why.
type Row = (u8, &'static str, &'static str, &'static str, Word, &'static str);

const COVARY: &str = "B correlates the random effects of g, A does not";

#[rustfmt::skip]
const TRAPS: &[Row] = &[
    // 1. `(x | g)` is independent in four engines.
    (1, "bmb.Model('y ~ x + (x|g)', d)", "y ~ x + (1 | g) + (0 + x | g)", "y ~ x + (x | g)", DIFFERENT, COVARY),
    (1, "mixed y x || g: x", "y ~ x + (1 | g) + (0 + x | g)", "y ~ x + (x | g)", DIFFERENT, COVARY),
    (1, "proc mixed; class g; model y = x; random intercept x / subject=g; run;", "y ~ x + (1 | g) + (0 + x | g)", "y ~ x + (x | g)", DIFFERENT, COVARY),
    (1, "MIXED y WITH x /FIXED=x /RANDOM=INTERCEPT x | SUBJECT(g).", "y ~ x + (1 | g) + (0 + x | g)", "y ~ x + (x | g)", DIFFERENT, COVARY),
    (1, "@formula(y ~ 1 + x + (1 + x | g))", "y ~ x + (x | g)", "y ~ x + (x | g)", SAME, ""),
    (1, "brm(y ~ x + (x | g), d)", "y ~ x + (x | g)", "y ~ x + (x | g)", SAME, ""),
    (1, "glmmTMB(y ~ x + (x | g), d)", "y ~ x + (x | g)", "y ~ x + (x | g)", SAME, ""),
    // 2. `||` parts the categories of a factor in glmmTMB and brms, and not in lme4: what none of our models is, is refused.
    (2, "d$f <- factor(d$f, levels = c('a', 'b', 'c'))\nglmmTMB(y ~ x + (f || g), d)", "error: has a variance for each contrast", "y ~ x + (f || g)", DIFFERENT, ""),
    (2, "d$f <- factor(d$f, levels = c('a', 'b', 'c'))\nbrm(y ~ x + (f || g), d)", "error: has a variance for each contrast", "y ~ x + (f || g)", DIFFERENT, ""),
    (2, "d$f <- factor(d$f, levels = c('a', 'b', 'c'))\nlmer(y ~ x + (f || g), d)", "y ~ x + (1 | g) + (0 + f | g)", "y ~ x + (1 | g) + (0 + f | g)", Word::NeedsInfo, "it depends on whether f is categorical in B"),
    // 3. A second bar of one group has an intercept in lme4, none in MixedModels.jl; brms refuses it.
    (3, "@formula(y ~ 1 + x + (1 | g) + (x | g))", "y ~ x + (1 | g) + (0 + x | g)", "y ~ x + (1 | g) + (x | g)", DIFFERENT, "the random intercept of g is in B twice"),
    (3, "brm(y ~ x + (1 | g) + (x | g), d)", "error: which brms refuses", "y ~ x + (1 | g) + (x | g)", DIFFERENT, ""),
    (3, "glmmTMB(y ~ x + (1 | g) + (x | g), d)", "y ~ x + (1 | g) + (x | g)", "y ~ x + (1 | g) + (x | g)", SAME, ""),
    // 4. `- (1 | g)` takes the bar out in brms alone.
    (4, "brm(y ~ x - (1 | g), d)", "y ~ x", "y ~ x - (1 | g)", DIFFERENT, "B lets the intercept vary by g, A does not"),
    (4, "glmmTMB(y ~ x - (1 | g), d)", "y ~ x + (1 | g)", "y ~ x - (1 | g)", SAME, ""),
    // 5. brms merges equal bars, lme4 fits both.
    (5, "brm(y ~ x + (1 | g) + (1 | g), d)", "y ~ x + (1 | g)", "y ~ x + (1 | g) + (1 | g)", Word::Equivalent, "B has (1 | g) besides what A has"),
    // 6. `- 1` is R's; Julia calculates, and formulae has it in the fixed part only.
    (6, "@formula(y ~ x - 1 + (1 | g))", "error: Julia calculates", "y ~ x - 1 + (1 | g)", DIFFERENT, ""),
    (6, "bmb.Model('y ~ x - 1 + (1|g)', d)", "y ~ 0 + x + (1 | g)", "y ~ x - 1 + (1 | g)", SAME, ""),
    (6, "bmb.Model('y ~ x + (0 + I(x - 1)|g)', d)", "y ~ x + (0 + I(x - 1) | g)", "y ~ x + (0 + I(x - 1) | g)", SAME, ""),
    (6, "bmb.Model('y ~ x + (x - 1|g)', d)", "error: takes nothing out left of `|`", "y ~ x + (x - 1 | g)", DIFFERENT, ""),
    // 7. Signs of products and powers.
    (7, "@formula(y ~ 1 + a & b + (1 | g))", "y ~ a:b + (1 | g)", "y ~ a * b + (1 | g)", DIFFERENT, ""),
    (7, "smf.mixedlm('y ~ (a + b)**2', d, groups='g')", "y ~ a * b + (1 | g)", "y ~ (a + b)^2 + (1 | g)", SAME, ""),
    (7, "bmb.Model('y ~ (a + b)^2 + (1|g)', d)", "error: `^` is no power in Python", "y ~ (a + b)^2 + (1 | g)", DIFFERENT, ""),
    (7, "bmb.Model('y ~ a %in% b + (1|g)', d)", "error: formulae drops what stands right of `%in%`", "y ~ a %in% b + (1 | g)", DIFFERENT, ""),
    // 8. `.` is every other column, the grouping variable too: only the data tell.
    (8, "lmer(y ~ . + (1 | g), d)", "error: `.` stands for every other column", "y ~ x + (1 | g)", DIFFERENT, ""),
    (8, "brm(y ~ . + (1 | g), d)", "error: `.` stands for every other column", "y ~ x + (1 | g)", DIFFERENT, ""),
    (8, "bmb.Model('y ~ . + (1|g)', d)", "error: ", "y ~ x + (1 | g)", DIFFERENT, ""),
    // 10. What repeats the labels of classes is nested in some words and crossed in others.
    (10, "mixed y x || a: || b:", "y ~ x + (1 | a/b)", "y ~ x + (1 | a) + (1 | b)", Word::NeedsInfo, "it depends on whether the ids of b are unique"),
    (10, "mixed y x || _all: R.a || b:", "y ~ x + (1 | a) + (1 | b)", "y ~ x + (1 | a/b)", Word::NeedsInfo, "it depends on whether the ids of b are unique"),
    (10, "smf.mixedlm('y ~ x', d, groups='a', re_formula='1', vc_formula={'b': '0 + C(b)'})", "y ~ x + (1 | a/b)", "y ~ x + (1 | a) + (1 | b)", Word::NeedsInfo, "it depends"),
    (10, "smf.mixedlm('y ~ x', d, groups='a', vc_formula={'b': '0 + C(b)'})", "y ~ x + (1 | a:b)", "y ~ x + (1 | a/b)", DIFFERENT, "B lets the intercept vary by a, A does not"),
    (10, "proc mixed; class a b; model y = x; random intercept / subject=a; random intercept / subject=b(a); run;", "y ~ x + (1 | a/b)", "y ~ x + (1 | a) + (1 | b)", Word::NeedsInfo, "it depends"),
    (10, "MIXED y WITH x /FIXED=x /RANDOM=INTERCEPT | SUBJECT(a) /RANDOM=INTERCEPT | SUBJECT(a*b).", "y ~ x + (1 | a/b)", "y ~ x + (1 | a) + (1 | b)", Word::NeedsInfo, "it depends"),
    (10, "@formula(y ~ 1 + x + (1 | a / b))", "y ~ x + (1 | a/b)", "y ~ x + (1 | a) + (1 | b)", Word::NeedsInfo, "it depends"),
    // 11. Names that a language keeps for itself.
    (11, "smf.mixedlm('y ~ x', d, groups='a', vc_formula={'class': \"0 + C(Q('class'))\"})", "y ~ x + (1 | a:class)", "y ~ x + (1 | a:class)", SAME, ""),
    // 12. Groups are sets, however an engine orders their label.
    (12, "brm(y ~ x + (1 | a) + (1 | b:a), d)", "y ~ x + (1 | a/b)", "y ~ x + (1 | a/b)", SAME, ""),
];

fn in_lme4(text: &str) -> Result<String, String> {
    let reading = read(text, None, &Facts::default()).map_err(|e| e.to_string())?;
    let written = (writer("lmer").unwrap().write)(&reading, &Style::default(), &mut vec![]);
    written.map(|text| text.trim_end().to_owned()).map_err(|e| e.to_string())
}

#[test]
fn engines_are_read_by_their_own_rules() {
    for (trap, text, means, naive, word, why) in TRAPS {
        match (in_lme4(text), means.strip_prefix("error: ")) {
            (Err(error), Some(part)) => assert!(error.contains(part), "trap {trap}: {text}\n{error}"),
            (Ok(found), None) => {
                // The same model, however `a/b` is written.
                let same = |formula: &str| read(formula, Some("lmer"), &Facts::default()).unwrap().model;
                assert_eq!(same(&found), same(means), "trap {trap}: {text}\n{found}");
                let (readings, facts) = read_both([text, naive], [None, Some("lmer")], &Facts::default())
                    .or_else(|_| read_both([text, naive], [None, None], &Facts::default()))
                    .unwrap();
                let found = verdict([&readings[0], &readings[1]], [text, naive], &facts).unwrap();
                assert!(
                    found.word == *word && found.reason.contains(why),
                    "trap {trap}: {text}\n{:?} {}",
                    found.word,
                    found.reason
                );
            }
            (found, _) => panic!("trap {trap}: {text}\n{found:?}"),
        }
    }
    let covered: std::collections::BTreeSet<u8> = TRAPS.iter().map(|row| row.0).chain([9]).collect();
    assert_eq!(covered, (1..=12).collect());
}

/// Trap 9: four engines fit by ML unless told. A call that names no estimator is noted, and every written one names it.
#[test]
fn the_estimator_is_never_left_to_the_engine() {
    for text in ["mixed y x || g:", "glmmTMB(y ~ x + (1 | g), d)", "fit(MixedModel, @formula(y ~ 1 + x + (1 | g)), d)"]
    {
        let notes = read(text, None, &Facts::default()).unwrap().notes;
        assert!(notes.iter().any(|note| note.to_string().contains("by ML")), "{text}: {notes:?}");
    }
    let reading = read("y ~ x + (1 | g)", None, &Facts::default()).unwrap();
    for (to, reml) in [
        ("nlme", "method = \"REML\""),
        ("glmmtmb", "REML = TRUE"),
        ("julia", "REML = true"),
        ("statsmodels", "reml=True"),
        ("sas", "method=reml"),
        ("spss", "/METHOD=REML"),
        ("stata", ", reml"),
    ] {
        let text = (writer(to).unwrap().write)(&reading, &Style::default(), &mut vec![]).unwrap();
        assert!(text.contains(reml), "{text}");
    }
}
