//! Facts that nobody gave and on which the answer hangs: each is tried both ways.

use super::bars::{map_lexicon, map_model};
use super::{Case, Judgement, covariates, first, values};
use crate::algebra::{Reading, Side};
use crate::error::Result;
use crate::fit::witness::{Relation, Scenario, is_coding};
use crate::fit::written::unstated;
use crate::model::{Covariance, Grouping, Model, RExpr, RandomTerm, Term};
use std::collections::BTreeSet;

/// A fact on which the answer hangs.
pub(crate) struct Question {
    /// Whether the answer cannot be given without it; otherwise the usual reading was taken.
    pub(super) needed: bool,
    /// The fact, and the answer under each reading.
    pub(super) reason: String,
    /// How to give it.
    pub(super) help: String,
}

/// The first fact on which the answer hangs.
pub(super) fn missing(case: &Case<'_>, scenario: &Scenario, base: &Judgement) -> Result<Option<Question>> {
    if base.relation == Relation::Equal {
        return match values::silent(case, scenario, base)? {
            None => independence(case, scenario, base),
            found => Ok(found),
        };
    }
    if let Some(question) = ids(case, scenario, base)? {
        return Ok(Some(question));
    }
    if let Some(question) = independence(case, scenario, base)? {
        return Ok(Some(question));
    }
    if let Some(question) = categorical(case, scenario, base)? {
        return Ok(Some(question));
    }
    if let Some(question) = constant(case, scenario, base)? {
        return Ok(Some(question));
    }
    columns(case, scenario)
}

fn is_equal(case: &Case<'_>, scenario: &Scenario) -> Result<bool> {
    Ok(case.judge(scenario)?.relation == Relation::Equal)
}

/// Is `class` one factor, or one in each school? Asked when it groups alone on one side and within another factor.
fn ids(case: &Case<'_>, scenario: &Scenario, base: &Judgement) -> Result<Option<Question>> {
    let groupings: Vec<&Grouping> = base.comparison.models.iter().flat_map(Model::groupings).collect();
    let alone = |f: &String| groupings.iter().any(|g| g.factors() == std::slice::from_ref(f));
    let below = groupings.iter().filter(|g| g.factors().len() > 1).flat_map(|g| g.factors().iter().skip(1));
    // A model that groups by class and by school:class takes them for two factors.
    let apart = |f: &String| {
        base.comparison.models.iter().any(|m| {
            let own = m.groupings();
            own.iter().any(|g| g.factors() == std::slice::from_ref(f))
                && own.iter().any(|g| g.factors().iter().skip(1).any(|other| other == f))
        })
    };
    let open = |f: &&String| alone(f) && !apart(f) && !case.facts.ids.contains_key(*f);
    let candidates: BTreeSet<&String> = below.filter(open).collect();
    for factor in candidates {
        let mut other = scenario.clone();
        other.unique.insert(factor.clone());
        if is_equal(case, &other)? {
            let reused = first(&base.comparison.differences);
            return Ok(Some(Question {
                needed: true,
                reason: format!(
                    "it depends on whether the ids of {factor} are unique: if every {factor} has an id of its own, A and B \
                     are equivalent; if ids are reused, {reused}"
                ),
                help: format!("say `--ids {factor}=unique` or `--ids {factor}=reused`"),
            }));
        }
    }
    Ok(None)
}

/// Do random effects covary of which it was not said? The usual reading stands unless the other one decides.
fn independence(case: &Case<'_>, scenario: &Scenario, base: &Judgement) -> Result<Option<Question>> {
    let stated: Vec<_> = case.readings.iter().map(unstated).collect();
    for side in Side::BOTH {
        let (own, other) = (&stated[side.at()], &stated[side.other().at()]);
        // What both leave open they leave open in the same way.
        if own.separate.len() == other.separate.len() && own.silent.len() == other.silent.len() {
            continue;
        }
        let equal = base.relation == Relation::Equal;
        let open = [(&own.separate, Covariance::Unstructured), (&own.silent, Covariance::Diagonal)];
        for (groups, covariance) in open {
            // Letters without any law have the usual covariances: that is how the paper's reduced forms are meant.
            if groups.is_empty() || (equal && covariance == Covariance::Diagonal) {
                continue;
            }
            let mut readings = case.readings.clone();
            let reading = &mut readings[side.at()];
            let (model, names) = with_covariance(reading, groups, covariance);
            reading.model = model;
            let mut as_written = case.as_written;
            as_written[side.at()] = false;
            let other = Case { readings, as_written, ..*case };
            let judged = other.judge(scenario)?;
            if (judged.relation == Relation::Equal) == equal {
                continue;
            }
            let difference = if equal { &judged } else { base };
            let free = covariance == Covariance::Unstructured;
            let (when_equal, when_not) =
                if free == equal { ("are independent", "covary") } else { ("covary", "are independent") };
            return Ok(Some(Question {
                needed: true,
                reason: format!(
                    "{side} does not say whether {names} are independent: if they {when_equal}, A and B are equivalent; if \
                     they {when_not}, {}",
                    first(&difference.comparison.differences)
                ),
                help: format!(
                    "state it in {side}: one joint distribution with a covariance, or one whose covariance is 0"
                ),
            }));
        }
    }
    Ok(None)
}

/// The model with the effects of some groups in one term of this covariance; and the names of the effects.
fn with_covariance(reading: &Reading, groups: &[BTreeSet<String>], covariance: Covariance) -> (Model, String) {
    let letters = |g: &Grouping| -> BTreeSet<String> {
        g.factors().iter().map(|f| reading.lexicon.letters.get(f).unwrap_or(f).clone()).collect()
    };
    let concerned = |g: &Grouping| groups.contains(&letters(g));
    let model = &reading.model;
    let mut out = Model::new(model.response().clone())
        .with_family(model.family(), model.link())
        .with_fixed(model.fixed().iter().cloned());
    for offset in model.offsets() {
        out = out.with_offset(offset.clone());
    }
    let mut names = vec![];
    for group in model.groupings() {
        let own: Vec<&RandomTerm> = model.random().iter().filter(|t| t.group == *group).collect();
        if concerned(group) {
            let all: Vec<Term> = own.iter().flat_map(|t| t.terms.iter().cloned()).collect();
            names.extend(all.iter().filter_map(|t| reading.lexicon.effects.get(&(group.clone(), t.clone()))).map(
                |name| {
                    let index: String = letters(group).into_iter().collect();
                    if name.tag.is_empty() { format!("{name}_{index}") } else { format!("{name}{index}") }
                },
            ));
            out = out.with_random(RandomTerm::new(group.clone(), all, covariance));
        } else {
            for term in own {
                out = out.with_random(term.clone());
            }
        }
    }
    for (covariate, level) in model.levels() {
        out = out.with_level(covariate.clone(), level.clone());
    }
    let named = if names.is_empty() { "the random effects".to_owned() } else { names.join(" and ") };
    (out, named)
}

/// Is a covariate of a formula categorical? R codes a factor in as many columns as the intercept leaves, so that
/// `0 + f` and `f` say the same of a factor and not of a number. R's documents call a factor f: of such a name it is
/// asked; of others it is only remarked, since covariates are numbers unless something says otherwise.
fn categorical(case: &Case<'_>, scenario: &Scenario, base: &Judgement) -> Result<Option<Question>> {
    let readings = case.both();
    let numeric = |name: &String| {
        case.facts.factor.contains_key(name)
            || case.facts.numeric.contains(name)
            || case.facts.define.contains_key(name)
            || scenario.categorical.contains(name)
            || readings.iter().any(|r| is_numeric_in(r, name))
    };
    // A coding changes what is said of the covariates that the differences are about, and of the intercept beside them.
    let told = base.comparison.differences.iter().flat_map(|d| d.terms.iter().flatten()).flat_map(Term::factors);
    let told: BTreeSet<&str> = told.flat_map(RExpr::names).collect();
    let intercept = base.comparison.differences.iter().any(|d| d.terms.iter().flatten().any(Term::is_intercept));
    if base.comparison.differences.len() > 4 {
        return Ok(None);
    }
    let open: Vec<String> = covariates(readings)
        .into_iter()
        .filter(|name| (intercept || told.contains(name.as_str())) && !numeric(name))
        .collect();
    let mut tried: Vec<Vec<String>> = open.iter().map(|name| vec![name.clone()]).collect();
    if open.len() > 1 {
        tried.push(open.clone());
    }
    for names in tried {
        let mut other = scenario.clone();
        other.categorical.extend(names.iter().cloned());
        if !is_equal(case, &other)? {
            continue;
        }
        let (are, each) = if names.len() > 1 { ("are factors", "they are") } else { ("is a factor", "it is") };
        let list = names.join(" and ");
        let flags: Vec<String> = names.iter().map(|n| format!("--factor {n}=a,b,c")).collect();
        let needed = names.iter().any(|n| is_called_a_factor(n));
        let difference = first(&base.comparison.differences);
        return Ok(Some(Question {
            needed,
            reason: if needed {
                format!(
                    "it depends on whether {list} {are}: if {each}, A and B are equivalent; if numeric, {difference}"
                )
            } else {
                format!("{list} is taken as numeric; if {each} a factor, A and B are equivalent")
                    .replace("they are a factor", "they are factors")
            },
            help: format!("say `{}` with its categories, or `--factor {}=numeric`", flags.join("` and `"), names[0]),
        }));
    }
    Ok(None)
}

/// A letter multiplied by one coefficient in an equation, and what stands inside arithmetic, is a number.
fn is_numeric_in(reading: &Reading, name: &str) -> bool {
    let arithmetic = |expr: &RExpr| matches!(expr, RExpr::Call(head, _) if !is_coding(head));
    let inside = |expr: &&RExpr| arithmetic(expr) && expr.names().contains(&name);
    let named = |expr: &&RExpr| matches!(expr, RExpr::Name(n) if n == name);
    let all = reading.model.covariates();
    all.iter().any(inside) || (reading.system.is_some() && all.iter().any(named))
}

/// `f`, `f2`, `fac`, `age_factor`, `dose.f`.
fn is_called_a_factor(name: &str) -> bool {
    let name = name.to_lowercase();
    let numbered = name.strip_prefix('f').is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()));
    numbered || name.starts_with("fac") || name.contains("factor") || name.ends_with("_f") || name.ends_with(".f")
}

/// Is a covariate constant within the groups of a factor? It matters where group means are taken.
fn constant(case: &Case<'_>, scenario: &Scenario, base: &Judgement) -> Result<Option<Question>> {
    let means = |expr: &RExpr| expr.to_string().contains('|');
    let in_models = case.readings.iter().any(|r| r.model.covariates().into_iter().any(means));
    let barred = case
        .readings
        .iter()
        .any(|r| r.lexicon.covariates.values().any(|n| n.accents.contains(&crate::syntax::Accent::Bar)));
    if !in_models && !barred && case.facts.define.is_empty() {
        return Ok(None);
    }
    let models = &base.comparison.models;
    let open = covariates(case.both()).into_iter().chain(case.facts.define.values().flat_map(|text| {
        let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'));
        words.filter(|w| w.starts_with(char::is_alphabetic)).map(str::to_owned).collect::<Vec<_>>()
    }));
    let open: BTreeSet<String> = open
        .filter(|name| models.iter().all(|m| m.level(&RExpr::name(name.clone())).is_none()))
        .filter(|name| !case.facts.level.contains_key(name) && !case.facts.define.contains_key(name))
        .collect();
    let groups: BTreeSet<&Grouping> = models.iter().flat_map(Model::groupings).collect();
    for name in &open {
        for group in &groups {
            if group.factors().contains(name) {
                continue;
            }
            let mut other = scenario.clone();
            other.constant.insert(name.clone(), (*group).clone());
            if is_equal(case, &other)? {
                return Ok(Some(Question {
                    needed: true,
                    reason: format!(
                        "it depends on whether {name} is constant within {group}: if it is, A and B are equivalent; if not, {}",
                        first(&base.comparison.differences)
                    ),
                    help: format!("say `--level {group}={name}` or `--level 1={name}`"),
                }));
            }
        }
    }
    Ok(None)
}

/// Is a symbol of an equation a column that the other side calls by another name?
fn columns(case: &Case<'_>, scenario: &Scenario) -> Result<Option<Question>> {
    let [a, b] = case.both();
    let names = |r: &Reading| -> BTreeSet<String> {
        let all = r.model.covariates().into_iter().chain([r.model.response()]).chain(r.model.offsets());
        all.flat_map(|e| e.names()).map(str::to_owned).collect()
    };
    let (of_a, of_b) = (names(a), names(b));
    let only = |these: &BTreeSet<String>, those: &BTreeSet<String>| -> Vec<String> {
        these.difference(those).cloned().collect()
    };
    let (only_a, only_b) = (only(&of_a, &of_b), only(&of_b, &of_a));
    if only_a.is_empty() || only_a.len() != only_b.len() || only_a.len() > 3 {
        return Ok(None);
    }
    let symbols = if a.system.is_some() { Side::A } else { Side::B };
    if case.readings[symbols.at()].system.is_none() {
        return Ok(None);
    }
    let (from, to) = if symbols == Side::A { (only_a, only_b) } else { (only_b, only_a) };
    for order in permutations(to.len()) {
        let pairs: Vec<(String, String)> = from.iter().cloned().zip(order.iter().map(|at| to[*at].clone())).collect();
        let map = |expr: &RExpr| {
            expr.map_names(&|n| pairs.iter().find(|(f, _)| f == n).map_or(n, |(_, t)| t.as_str()).to_owned())
        };
        let mut readings = case.readings.clone();
        let reading = &mut readings[symbols.at()];
        reading.model = map_model(&reading.model, &map);
        reading.lexicon = map_lexicon(&reading.lexicon, &map);
        let mut other_scenario = scenario.clone();
        other_scenario.facts.column.extend(pairs.iter().cloned());
        let other = Case { readings, ..*case };
        if other.judge(&other_scenario)?.relation == Relation::Equal {
            let list: Vec<String> = pairs.iter().map(|(f, t)| format!("{f} is the column {t}")).collect();
            let flags: Vec<String> = pairs.iter().map(|(f, t)| format!("--column {f}={t}")).collect();
            return Ok(Some(Question {
                needed: true,
                reason: format!("A and B are equivalent if {}, and different if not", list.join(" and ")),
                help: format!("say `{}`", flags.join(" ")),
            }));
        }
    }
    Ok(None)
}

fn permutations(n: usize) -> Vec<Vec<usize>> {
    (0..n).fold(vec![vec![]], |all, _| {
        all.iter()
            .flat_map(|p: &Vec<usize>| {
                (0..n).filter(|x| !p.contains(x)).map(|x| p.iter().copied().chain([x]).collect()).collect::<Vec<_>>()
            })
            .collect()
    })
}
