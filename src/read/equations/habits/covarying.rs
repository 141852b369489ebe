//! What the prose says of covariances: that of the random effects of one group, `random intercepts and slopes are taken as
//! independent`, `the variances of u_{0j} and u_{1j} as well as their covariance`, and that of residuals, `e_{ij} follows an
//! AR(1) process`.

use crate::error::{Code, Diagnostic, Span};
use crate::syntax::{Covarying, Expr, Law, Statement, System};
use std::collections::{BTreeMap, BTreeSet};

/// Words that say independence, and what may not follow the first of them: what is independent of something else.
const INDEPENDENT: [&str; 10] = [
    "independent",
    "uncorrelated",
    "not correlated",
    "no correlation",
    "no slope-intercept correlation",
    "no intercept-slope correlation",
    "without correlation",
    "no covariance",
    "do not covary",
    "独立",
];
const OF_OTHERS: [&str; 10] = [
    " of",
    " from",
    " across",
    " over",
    " variable",
    " predictor",
    " covariate",
    " observation",
    " error",
    " residual",
];

/// Words that say covariance.
const COVARYING: [&str; 6] =
    ["their covariance", "their correlation", "covary", "correlated", "covariance between", "(with correlation"];

/// Words of what is not said of the model itself.
const HEDGES: [&str; 19] = [
    "if",
    "could",
    "would",
    "can",
    "may",
    "might",
    "whether",
    "instead",
    "suppose",
    "unless",
    "alternatively",
    "rather",
    "should",
    "not",
    "no",
    "without",
    "zero",
    "other",
    "when",
];

/// The longest sentence that is looked at, in bytes.
const MAX_SENTENCE: usize = 600;

/// The first sentence of a text that says whether the effects of a group covary: intercepts and slopes, or two symbols of the
/// same indices, fewer than an observation has.
pub(super) fn said(system: &System, text: &str) -> Option<Covarying> {
    if let Some(span) = diagonal(system, text) {
        return Some(Covarying { independent: true, span });
    }
    if !["ndependent", "orrelat", "ovary", "covarian", "独立"].iter().any(|stem| text.contains(stem)) {
        return None;
    }
    let lefts = system.lefts().flat_map(Expr::symbols);
    let most = system.used().chain(lefts).map(|s| s.indices.len()).max()?;
    let mut effects: BTreeMap<BTreeSet<String>, BTreeSet<&str>> = BTreeMap::new();
    for symbol in system.used().filter(|s| !s.indices.is_empty() && s.indices.len() < most) {
        effects.entry(symbol.key().indices).or_default().extend(text.get(symbol.span.start..symbol.span.end));
    }
    sentences(text, &effects.into_values().collect::<Vec<_>>())
}

/// The sentence that says of the covariance matrix of some effects, by its name in their law, that it is diagonal.
fn diagonal(system: &System, text: &str) -> Option<Span> {
    if !text.contains("iagonal") {
        return None;
    }
    let named = system.laws().filter_map(|law| match law {
        Statement::Distribution { left, law: Law::Normal { covariance, .. }, .. } if left.len() > 1 => {
            let cells = covariance.rows.iter().flatten().flatten().flat_map(Expr::symbols);
            cells.last().and_then(|name| text.get(name.span.start..name.span.end))
        }
        _ => None,
    });
    let names: BTreeSet<&str> = named.collect();
    // What the clause says of the matrix stands behind its name.
    let behind = |sentence: &str, name: &str| {
        let marked = ["$", "`", "\\("].iter().filter_map(|mark| sentence.rfind(&format!("{mark}{name}"))).max();
        marked.map(|at| sentence[at..].to_lowercase())
    };
    let says = |sentence: &str| {
        names.iter().filter_map(|name| behind(sentence, name)).any(|clause| {
            let told =
                ["is diagonal", "diagonal matrix", "diagonal covariance"].iter().any(|words| clause.contains(words));
            told && !is_hedged(&clause, &[])
        })
    };
    split(text, &['.', ';', '。'])
        .find(|(sentence, _)| sentence.len() <= MAX_SENTENCE && says(sentence))
        .map(|(_, span)| span)
}

/// A sentence that says of the residual that it depends on the one before: no model of lme4.
pub(super) fn serial(system: &System, text: &str) -> Option<Diagnostic> {
    const PROCESSES: [&str; 7] = ["AR(1)", "AR1", "ARH(1)", "ARMA(", "utoregressive", "utocorrelated", "oeplitz"];
    if !PROCESSES.iter().any(|process| text.contains(process)) {
        return None;
    }
    let most = system.used().map(|s| s.indices.len()).max().filter(|most| *most > 0)?;
    let alone = system.statements.iter().flat_map(Statement::rights).flat_map(Expr::summands).filter_map(Expr::symbol);
    let residuals: BTreeSet<&str> =
        alone.filter(|s| s.indices.len() == most).filter_map(|s| text.get(s.span.start..s.span.end)).collect();
    for (sentence, span) in split(text, &['.', ';', '。']) {
        let behind =
            |word: &str| sentence.rsplit_once(word).map(|(_, behind)| behind.lines().take(2).collect::<String>());
        let said = residuals.iter().filter_map(|residual| behind(residual));
        let mut said = said.filter(|behind| PROCESSES.iter().any(|process| behind.contains(process)));
        if said.any(|behind| !is_hedged(&behind.to_lowercase(), &[])) {
            let message = "the text says that residuals depend on those before them: lme4 takes them as independent";
            let error = Diagnostic::error(Code::OutOfScope, message).at(span, "in these words");
            return Some(error.help("nlme::lme with corAR1 or glmmTMB with ar1 fits such a model"));
        }
    }
    None
}

fn is_hedged(lower: &str, but: &[&str]) -> bool {
    let mut words = lower.split(|c: char| !c.is_alphabetic());
    words.any(|word| HEDGES.contains(&word) && !but.contains(&word))
}

/// The sentences of a text, each with its place.
fn split<'a>(text: &'a str, ends: &'static [char]) -> impl Iterator<Item = (&'a str, Span)> {
    let mut start = 0;
    text.split_inclusive(ends).map(move |sentence| {
        let span = Span::new(start, start + sentence.trim_end().len());
        start += sentence.len();
        (sentence, span)
    })
}

fn sentences(text: &str, effects: &[BTreeSet<&str>]) -> Option<Covarying> {
    for (sentence, span) in split(text, &['.', ';', '。', '\n']) {
        let lower = sentence.to_lowercase();
        // In a list of what a model has: `- No correlations`.
        let item = lower.trim_matches(|c: char| c.is_whitespace() || "-*•+.".contains(c));
        let of_effects = ["no correlation", "no correlations", "no covariances"].contains(&item)
            || lower.contains("intercept") && lower.contains("slope")
            || lower.contains("random effects") && lower.contains("their ")
            || effects.iter().any(|own| own.iter().filter(|effect| sentence.contains(**effect)).count() > 1);
        if sentence.len() > MAX_SENTENCE || !of_effects {
            continue;
        }
        let hedged = |but: &[&str]| is_hedged(&lower, but);
        let independent = INDEPENDENT.iter().any(|word| {
            let behind = lower.split_once(word).map(|(_, behind)| behind);
            let of_others = |behind: &str| {
                OF_OTHERS.iter().any(|of| behind.starts_with(of))
                    && ![" of each other", " of one another", " from each other"]
                        .iter()
                        .any(|of| behind.starts_with(of))
            };
            behind.is_some_and(|behind| !of_others(behind) && !behind.starts_with("ly"))
        });
        // `u_0i, u_1i, i = 1, …, N are independent`: those of different groups.
        let of_groups = ["= 1,", "=1,", "= 1 \\", "=1\\"].iter().any(|range| lower.contains(range));
        let denied =
            ["not independent", "not assumed to be independent", "not assumed independent", "not uncorrelated"];
        if denied.iter().any(|words| lower.contains(words)) && !is_hedged(&lower, &["not", "other"]) {
            return Some(Covarying { independent: false, span });
        }
        let covarying = !lower.contains("uncorrelated") && COVARYING.iter().any(|word| lower.contains(word));
        if independent
            && !of_groups
            && !hedged(&["no", "not", "without", "other"])
            && !lower.contains("not independent")
        {
            return Some(Covarying { independent: true, span });
        }
        let allowed = ["may be correlated", "can be correlated", "may covary", "can covary", "may correlate"];
        let allowed = allowed.iter().any(|words| lower.contains(words)) && !hedged(&["may", "can"]);
        if allowed || covarying && !independent && !hedged(&[]) {
            return Some(Covarying { independent: false, span });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::sentences;

    #[test]
    fn the_prose_says_whether_effects_covary() {
        for (text, independent) in [
            ("Random intercepts and slopes are modelled as independent.", true),
            ("We assume no correlation between random intercept and slope.", true),
            ("where u_0j and u_1j are uncorrelated", true),
            ("u_0j和u_1j独立", true),
            ("- Random slopes: 5 terms\n- No correlations\n", true),
            ("Intercepts and slopes vary with no slope-intercept correlation.", true),
            ("The intercept and slope are allowed to covary.", false),
            ("(u_0j, u_1j) may be correlated (unstructured covariance matrix)", false),
            ("It has the variances of the random effects as well as their covariance.", false),
        ] {
            assert_eq!(
                sentences(text, &[["u_0j", "u_1j"].into(), ["w_k"].into()]).map(|c| c.independent),
                Some(independent),
                "{text}"
            );
        }
        for text in [
            "u_0j and u_1j are independent of the residuals.",
            "u_0j and w_k are independent.",
            "If intercept and slope were independent, another model would follow.",
            "The intercept and slope are drawn independently.",
            "The intercept is independent.",
            "The intercept and slope need not be correlated.",
            "where u_0j, u_1j, j = 1, 2, …, J are independent",
        ] {
            assert_eq!(sentences(text, &[["u_0j", "u_1j"].into(), ["w_k"].into()]), None, "{text}");
        }
    }
}
