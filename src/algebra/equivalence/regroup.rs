//! Which grouping factor of one side is which of the other.

use super::difference::differences;
use crate::algebra::Reading;
use crate::model::{Grouping, Level, Model, RandomTerm};
use std::collections::{BTreeMap, BTreeSet};

type Names = [BTreeMap<String, String>; 2];

/// The most pairings that are tried; more than six factors a side are paired by name only.
const MOST: usize = 6;

/// The names of the factors in the random-effects terms, in order of appearance.
fn factors(model: &Model) -> Vec<String> {
    let mut seen: Vec<String> = vec![];
    for factor in model.groupings().into_iter().flat_map(Grouping::factors) {
        if !seen.contains(factor) {
            seen.push(factor.clone());
        }
    }
    seen
}

/// Whether a factor is called by an index letter, or by a word that the prose gives it, and so may stand for any.
fn is_placeholder(reading: &Reading, factor: &str, declared: &BTreeMap<String, String>) -> bool {
    let Some(system) = &reading.system else { return false };
    let letter = reading.lexicon.letters.get(factor).map_or(factor, String::as_str);
    !declared.values().any(|name| name == factor)
        && (letter == factor || system.groups.iter().any(|g| g.name == factor))
}

/// The common names under which the two models differ least, and whether these are the only ones to do so.
pub(super) fn match_names(
    a: &Reading,
    b: &Reading,
    declared: &BTreeMap<String, String>,
    unique: &BTreeSet<String>,
) -> (Names, bool) {
    let (left, right) = (factors(&a.model), factors(&b.model));
    let free = |reading, names: &[String]| -> Vec<bool> {
        names.iter().map(|f| is_placeholder(reading, f, declared)).collect()
    };
    let (free_left, free_right) = (free(a, &left), free(b, &right));
    let allowed = |x: usize, y: usize| left[x] == right[y] || free_left[x] || free_right[y];
    let mut pairings: Vec<Vec<Option<usize>>> = vec![];
    if left.len().max(right.len()) <= MOST {
        extend(&mut vec![], left.len(), right.len(), &allowed, &mut pairings);
    } else {
        pairings.push(left.iter().map(|name| right.iter().position(|other| other == name)).collect());
    }
    // Equal names first, so that nothing is renamed without need.
    let renamed = |p: &Vec<Option<usize>>| (0..p.len()).filter(|x| p[*x].is_some_and(|y| left[*x] != right[y])).count();
    pairings.sort_by_key(|p| (std::cmp::Reverse(p.iter().flatten().count()), renamed(p)));
    let mut best: Option<(usize, Names)> = None;
    let mut fits = 0;
    for pairing in &pairings {
        let names = names([&left, &right], pairing, &free_left);
        let models = common(&a.model, &b.model, &names, unique);
        let distance = differences(&models[0], &models[1]).len();
        fits += usize::from(distance == 0);
        if best.as_ref().is_none_or(|(least, _)| distance < *least) {
            best = Some((distance, names));
        }
    }
    (best.map(|(_, names)| names).unwrap_or_default(), fits < 2)
}

/// Every way to pair the factors of the left with different ones of the right; a factor stays alone only when it must.
fn extend(
    so_far: &mut Vec<Option<usize>>,
    left: usize,
    right: usize,
    allowed: &dyn Fn(usize, usize) -> bool,
    found: &mut Vec<Vec<Option<usize>>>,
) {
    let x = so_far.len();
    if x == left {
        found.push(so_far.clone());
        return;
    }
    let mut open = vec![];
    for y in (0..right).filter(|y| !so_far.contains(&Some(*y)) && allowed(x, *y)) {
        open.push(Some(y));
    }
    if left > right || open.is_empty() {
        open.push(None);
    }
    for choice in open {
        so_far.push(choice);
        extend(so_far, left, right, allowed, found);
        so_far.pop();
    }
}

/// Common names of a pairing: the right one's where the left is a placeholder. A factor without partner keeps its name,
/// unless a pair took it.
fn names(factors: [&[String]; 2], pairing: &[Option<usize>], free_left: &[bool]) -> Names {
    let mut out = Names::default();
    for (x, y) in pairing.iter().enumerate().filter_map(|(x, y)| Some((x, (*y)?))) {
        let (a, b) = (&factors[0][x], &factors[1][y]);
        let name = if free_left[x] { b } else { a };
        out[0].insert(a.clone(), name.clone());
        out[1].insert(b.clone(), name.clone());
    }
    let taken: BTreeSet<String> = out[0].values().cloned().collect();
    for (side, all) in factors.into_iter().enumerate() {
        for factor in all {
            let free = if taken.contains(factor) { format!("{factor}′") } else { factor.clone() };
            out[side].entry(factor.clone()).or_insert(free);
        }
    }
    out
}

/// Both models under common names; a factor with unique ids stands for the cells of it and all above it.
pub(super) fn common(a: &Model, b: &Model, names: &Names, unique: &BTreeSet<String>) -> [Model; 2] {
    let renamed = [rename(a, &names[0]), rename(b, &names[1])];
    if unique.is_empty() {
        return renamed;
    }
    let above = above(&renamed);
    renamed.map(|model| map_groups(&model, &|g| alone(g, unique, &above)))
}

/// The factors that some grouping names before a factor: those above it.
fn above(models: &[Model; 2]) -> BTreeMap<String, BTreeSet<String>> {
    let mut above: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for grouping in models.iter().flat_map(Model::groupings) {
        for (at, factor) in grouping.factors().iter().enumerate() {
            above.entry(factor.clone()).or_default().extend(grouping.factors()[..at].iter().cloned());
        }
    }
    above
}

fn alone(grouping: &Grouping, unique: &BTreeSet<String>, above: &BTreeMap<String, BTreeSet<String>>) -> Grouping {
    let implied = |factor: &String| {
        let below = grouping.factors().iter().filter(|f| *f != factor && unique.contains(*f));
        below.into_iter().any(|f| above.get(f).is_some_and(|a| a.contains(factor)))
    };
    let left: Vec<&String> = grouping.factors().iter().filter(|f| !implied(f)).collect();
    if left.is_empty() { grouping.clone() } else { Grouping::new(left.into_iter().cloned()) }
}

/// A grouping factor by other names.
pub(super) fn rename_group(grouping: &Grouping, names: &BTreeMap<String, String>) -> Grouping {
    Grouping::new(grouping.factors().iter().map(|f| names.get(f).unwrap_or(f).clone()))
}

fn rename(model: &Model, names: &BTreeMap<String, String>) -> Model {
    map_groups(model, &|g| rename_group(g, names))
}

/// The same model with other grouping factors.
fn map_groups(model: &Model, group: &dyn Fn(&Grouping) -> Grouping) -> Model {
    let mut out = Model::new(model.response().clone())
        .with_family(model.family(), model.link())
        .with_fixed(model.fixed().iter().cloned());
    for offset in model.offsets() {
        out = out.with_offset(offset.clone());
    }
    for term in model.random() {
        out = out.with_random(RandomTerm::new(group(&term.group), term.terms.iter().cloned(), term.covariance));
    }
    for (covariate, level) in model.levels() {
        let level = match level {
            Level::Observation => Level::Observation,
            Level::Group(g) => Level::Group(group(g)),
        };
        out = out.with_level(covariate.clone(), level);
    }
    out
}
