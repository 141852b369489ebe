//! The name of every symbol: the author's, or by the scheme of Raudenbush and Bryk in letters that no author's symbol
//! uses in another role.

use super::tree::{Item, Node};
use super::{Covariances, Effect};
use crate::algebra::Lexicon;
use crate::model::{Grouping, Model, Term};
use crate::syntax::Name;
use std::collections::{BTreeMap, BTreeSet};

/// Letters of coefficients and fixed effects from the lowest Level to the highest, read from the end.
const COEFFICIENTS: [&str; 6] = ["κ", "λ", "α", "π", "β", "γ"];
/// Letters to go on with when one of these is taken.
const SPARE: [&str; 14] = ["α", "π", "λ", "κ", "θ", "η", "ζ", "ξ", "ψ", "b", "a", "c", "d", "g"];
/// Letters of random effects from the highest Level to the lowest.
const NESTED: [&str; 12] = ["u", "r", "v", "w", "s", "b", "ζ", "ξ", "ν", "δ", "a", "q"];
/// Letters of random effects of crossed groups.
const CROSSED: [&str; 12] = ["u", "v", "w", "r", "s", "b", "ζ", "ξ", "ν", "δ", "a", "q"];
const RESIDUAL: [&str; 5] = ["ϵ", "ε", "e", "η", "ξ"];
const COMPOSITE: [&str; 5] = ["ε", "η", "ξ", "ζ", "ν"];
const PROBABILITY: [&str; 4] = ["p", "π", "θ", "q"];
const MEAN: [&str; 4] = ["μ", "λ", "m", "η"];
const RATE: [&str; 4] = ["λ", "μ", "θ", "η"];
const TAU: [&str; 8] = ["τ", "ω", "φ", "ψ", "χ", "κ", "δ", "ς"];
const SIGMA: [&str; 4] = ["σ", "s", "ς", "ω"];
const RHO: [&str; 4] = ["ρ", "r", "κ", "c"];

/// Every name of one plan.
pub(super) struct Names {
    /// By term.
    pub(super) fixed: BTreeMap<Term, Name>,
    /// By groups and term.
    pub(super) coefficients: BTreeMap<(Grouping, Term), Name>,
    /// By the place of the effect.
    pub(super) effects: Vec<Name>,
    /// The number of each effect among those of its groups, for its variance.
    pub(super) ordinals: Vec<usize>,
    /// The residual.
    pub(super) residual: Name,
    /// The one error that stands for the whole random part.
    pub(super) composite: Name,
    /// The mean of a Bernoulli or Poisson response.
    pub(super) mean: Name,
    /// Letters of covariances, by groups.
    pub(super) tau: BTreeMap<Grouping, String>,
    /// The letter of standard deviations.
    pub(super) sigma: String,
    /// The letter of correlations.
    pub(super) rho: String,
}

/// What the walk over the tree finds: which numbers belong to what.
#[derive(Default)]
struct Numbers {
    fixed: BTreeMap<Term, Vec<usize>>,
    coefficients: Vec<((Grouping, Term), Vec<usize>)>,
    effects: BTreeMap<usize, Vec<usize>>,
}

impl Names {
    /// Names everything in the tree.
    pub(super) fn choose(
        model: &Model,
        lexicon: &Lexicon,
        effects: &[Effect],
        stages: Option<&[Grouping]>,
        root: &Node,
        covariance: Covariances,
    ) -> Self {
        let mut numbers = Numbers::default();
        numbers.walk(root, &[], lexicon, effects);
        numbers.complete(root, &[], effects);
        let mut letters = Taken::new(model, lexicon);
        let depth = stages.map_or(2, |stages| stages.len() + 1);
        let families = letters.families(depth, lexicon, &numbers);
        let mut used = letters.names.clone();
        let mut named = |author: Option<&Name>, family: &str, spare: &[&str], number: &[usize]| match author {
            Some(name) => name.clone(),
            None => fresh(&mut used, family, spare, number),
        };
        let coefficients = numbers
            .coefficients
            .iter()
            .map(|(key, number)| {
                let family = &families[(number.len() - 1).min(depth - 1)];
                (key.clone(), named(lexicon.coefficients.get(key), family, &SPARE, number))
            })
            .collect();
        let fixed = numbers
            .fixed
            .iter()
            .map(|(term, number)| {
                let family = &families[(number.len() - 1).min(depth - 1)];
                (term.clone(), named(lexicon.fixed.get(term), family, &SPARE, number))
            })
            .collect();
        let (random, list) = letters.random(model, lexicon, stages);
        let mut seen = BTreeSet::new();
        let mut named_effects = vec![];
        for (at, effect) in effects.iter().enumerate() {
            let key = (effect.group.clone(), effect.term.clone());
            // The same effect in a second random-effects term is another random variable.
            let author = if seen.insert(key.clone()) { lexicon.effects.get(&key) } else { None };
            let none = vec![];
            let number = numbers.effects.get(&at).unwrap_or(&none);
            named_effects.push(named(author, &random[effect.group], list, number));
        }
        let ordinals = ordinals(effects, &numbers);
        let residual = match &lexicon.residual {
            Some(name) => name.clone(),
            None => Name::new(letters.take(&RESIDUAL)),
        };
        let composite = Name::new(letters.take(&COMPOSITE));
        let mean = Name::new(letters.take(match model.family() {
            "poisson" => &RATE,
            "binomial" => &PROBABILITY,
            _ => &MEAN,
        }));
        let sigma = letters.take(&SIGMA);
        let rho = letters.take(&RHO);
        letters.avoid_covariances(lexicon, covariance);
        let groups: Vec<Grouping> = match stages {
            Some(stages) => stages.to_vec(),
            None => model.groupings().into_iter().cloned().collect(),
        };
        let tau = groups.into_iter().map(|g| (g, letters.take(&TAU))).collect();
        Self { fixed, coefficients, effects: named_effects, ordinals, residual, composite, mean, tau, sigma, rho }
    }
}

/// The number of a variance: that of its effect when one digit tells the effects of these groups apart, else its place.
fn ordinals(effects: &[Effect], numbers: &Numbers) -> Vec<usize> {
    let single = |group: &Grouping| {
        let own: Vec<usize> = (0..effects.len()).filter(|&at| effects[at].group == group).collect();
        let digits: BTreeSet<_> = own.iter().filter_map(|at| numbers.effects.get(at)).collect();
        (digits.len() == own.len() && digits.iter().all(|d| d.len() == 1), own)
    };
    (0..effects.len())
        .map(|at| match single(effects[at].group) {
            (true, _) => numbers.effects[&at][0],
            (false, own) => own.iter().position(|&other| other == at).unwrap_or(0),
        })
        .collect()
}

impl Numbers {
    /// Numbers the coefficients and fixed effects of an equation and of those below: the author's number where the
    /// tag shows one, the intercept 0, the others in order.
    fn walk(&mut self, node: &Node, path: &[usize], lexicon: &Lexicon, effects: &[Effect]) {
        let mut used: BTreeSet<usize> = BTreeSet::new();
        let mut chosen: Vec<Option<usize>> = vec![];
        for item in &node.items {
            let number = author(item, path, lexicon, effects).filter(|n| !used.contains(n));
            used.extend(number);
            chosen.push(number);
        }
        for (item, number) in node.items.iter().zip(chosen) {
            let (Item::Fixed { times, .. } | Item::Coefficient { times, .. }) = item else { continue };
            let first = usize::from(!times.is_empty());
            let number = number.or_else(|| (first..).find(|n| !used.contains(n))).unwrap_or(first);
            used.insert(number);
            let mut own = [path, &[number]].concat();
            match item {
                Item::Fixed { term, .. } => drop(self.fixed.insert(term.clone(), own)),
                Item::Coefficient { term, skipped, node, .. } => {
                    own.extend(std::iter::repeat_n(0, *skipped));
                    if let Some(group) = &node.group {
                        self.coefficients.push(((group.clone(), term.clone()), own.clone()));
                    }
                    self.walk(node, &own, lexicon, effects);
                }
                Item::Effect { .. } => {}
            }
        }
    }

    /// Numbers the random effects: as the coefficient whose equation they stand in; a random slope within such an
    /// equation, and any effect in the response's equation, by a number of its own.
    fn complete(&mut self, root: &Node, path: &[usize], effects: &[Effect]) {
        let mut used: BTreeSet<(Grouping, Vec<usize>)> = BTreeSet::new();
        let mut pending: Vec<(usize, Vec<usize>)> = vec![];
        self.own(root, path, effects, &mut used, &mut pending);
        for (effect, prefix) in pending {
            let group = effects[effect].group;
            let free = |n: &usize| !used.contains(&(group.clone(), [&prefix[..], &[*n]].concat()));
            let number = [&prefix[..], &[(0..).find(free).unwrap_or(0)]].concat();
            used.insert((group.clone(), number.clone()));
            self.effects.insert(effect, number);
        }
    }

    fn own(
        &mut self,
        node: &Node,
        path: &[usize],
        effects: &[Effect],
        used: &mut BTreeSet<(Grouping, Vec<usize>)>,
        pending: &mut Vec<(usize, Vec<usize>)>,
    ) {
        for item in &node.items {
            match item {
                Item::Fixed { .. } => {}
                Item::Coefficient { term, node, .. } => {
                    let key = node.group.as_ref().map(|group| (group.clone(), term.clone()));
                    let number =
                        self.coefficients.iter().find(|(k, _)| Some(k) == key.as_ref()).map(|(_, n)| n.clone());
                    self.own(node, &number.unwrap_or_default(), effects, used, pending);
                }
                Item::Effect { effect, times } => {
                    let number = match node.group {
                        Some(_) if times.is_empty() => Some(path.to_vec()),
                        Some(_) => None,
                        None => self.fixed.get(effects[*effect].term).cloned(),
                    };
                    match number {
                        Some(number) if used.insert((effects[*effect].group.clone(), number.clone())) => {
                            self.effects.insert(*effect, number);
                        }
                        Some(number) if !times.is_empty() || node.group.is_some() => {
                            // A second effect of the same term: the same number in another letter.
                            self.effects.insert(*effect, number);
                        }
                        _ => pending.push((*effect, path.split_last().map_or(vec![], |(_, prefix)| prefix.to_vec()))),
                    }
                }
            }
        }
    }
}

/// The number that the author's tags give to an item: the digit of its own tag, or of one within its equation, at the
/// place of this Level.
fn author(item: &Item, path: &[usize], lexicon: &Lexicon, effects: &[Effect]) -> Option<usize> {
    let at = |name: &Name, more: usize| {
        let digits = digits(&name.tag)?;
        (digits.len() == path.len() + 1 + more && digits.starts_with(path)).then(|| digits[path.len()])
    };
    match item {
        Item::Fixed { term, .. } => at(lexicon.fixed.get(term)?, 0),
        Item::Coefficient { term, skipped, node, .. } => {
            let own = node.group.as_ref().and_then(|g| lexicon.coefficients.get(&(g.clone(), term.clone())));
            let fixed = || {
                node.items.iter().find_map(|item| match item {
                    Item::Fixed { term, .. } => at(lexicon.fixed.get(term)?, skipped + 1),
                    _ => None,
                })
            };
            let effect = || {
                node.items.iter().find_map(|item| match item {
                    Item::Effect { effect, times } if times.is_empty() => {
                        let effect = &effects[*effect];
                        at(lexicon.effects.get(&(effect.group.clone(), effect.term.clone()))?, *skipped)
                    }
                    _ => None,
                })
            };
            own.and_then(|name| at(name, *skipped)).or_else(fixed).or_else(effect)
        }
        Item::Effect { .. } => None,
    }
}

/// The digits of a tag that is a number: `10` is 1, 0; `1,11` is 1, 11.
fn digits(tag: &str) -> Option<Vec<usize>> {
    let parts: Vec<&str> = match tag.contains(',') {
        true => tag.split(',').collect(),
        false => tag.split("").filter(|c| !c.is_empty()).collect(),
    };
    parts.into_iter().map(|part| part.trim().parse().ok()).collect()
}

/// The tag of the numbers: `10`, and `1,11` where the digits alone could mean something else.
fn tag(numbers: &[usize]) -> String {
    let separator = if numbers.iter().any(|&n| n > 9) { "," } else { "" };
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(separator)
}

/// A name of the family that is not used yet.
fn fresh(used: &mut BTreeSet<Name>, family: &str, spare: &[&str], numbers: &[usize]) -> Name {
    let tag = tag(numbers);
    let bases = std::iter::once(family).chain(spare.iter().copied());
    let name = bases.map(|base| Name::tagged(base, &tag)).find(|name| !used.contains(name));
    let name = name.unwrap_or_else(|| {
        let more = (1..).map(|n| Name::tagged(format!("{family}{n}"), &tag));
        more.into_iter().find(|name| !used.contains(name)).unwrap_or_default()
    });
    used.insert(name.clone());
    name
}

/// Letters and names already used in a role other than variance or covariance.
struct Taken {
    letters: BTreeSet<String>,
    names: BTreeSet<Name>,
}

impl Taken {
    fn new(model: &Model, lexicon: &Lexicon) -> Self {
        let columns = model.covariates().into_iter().chain([model.response()]).chain(model.offsets());
        let mut letters: BTreeSet<String> = columns.flat_map(|c| c.names()).map(str::to_owned).collect();
        let names: BTreeSet<Name> = (lexicon.covariates.values())
            .chain(lexicon.fixed.values())
            .chain(lexicon.coefficients.values())
            .chain(lexicon.effects.values())
            .chain(&lexicon.residual)
            .cloned()
            .collect();
        letters.extend(names.iter().map(|name| name.base.clone()));
        Self { letters, names }
    }

    /// Letters of the covariances that stay as the author wrote them.
    fn avoid_covariances(&mut self, lexicon: &Lexicon, covariance: Covariances) {
        let kept = lexicon.covariances.values().filter(|_| covariance == Covariances::Author);
        let symbols = kept.chain(&lexicon.variance).flat_map(|e| e.symbols());
        self.letters.extend(symbols.map(|symbol| symbol.name.base.clone()));
    }

    /// The letter of each Level's coefficients: the author's for this Level, else the first of the scheme that has no
    /// other role.
    fn families(&mut self, depth: usize, lexicon: &Lexicon, numbers: &Numbers) -> Vec<String> {
        let mut own: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); depth];
        let mut leading: Vec<Option<&str>> = vec![None; depth];
        for (key, number) in &numbers.coefficients {
            if let Some(name) = lexicon.coefficients.get(key) {
                let level = (number.len() - 1).min(depth - 1);
                own[level].insert(&name.base);
                leading[level].get_or_insert(&name.base);
            }
        }
        for (term, number) in &numbers.fixed {
            if let Some(name) = lexicon.fixed.get(term) {
                own[(number.len() - 1).min(depth - 1)].insert(&name.base);
            }
        }
        let mut families = vec![];
        for level in 0..depth {
            let elsewhere = |base: &str| own.iter().enumerate().any(|(l, bases)| l != level && bases.contains(base));
            let free = |base: &str| !self.letters.contains(base) || (own[level].contains(base) && !elsewhere(base));
            let scheme = match depth {
                1 => "β",
                _ => (COEFFICIENTS.len() + level).checked_sub(depth).map_or("θ", |at| COEFFICIENTS[at]),
            };
            let family = match leading[level] {
                Some(base) => base.to_owned(),
                None => std::iter::once(scheme)
                    .chain(SPARE)
                    .find(|base| free(base) && !families.iter().any(|f| f == base))
                    .unwrap_or(scheme)
                    .to_owned(),
            };
            families.push(family);
        }
        self.letters.extend(families.iter().cloned());
        families
    }

    /// The letter of the random effects of each grouping factor, and the letters to go on with.
    fn random(
        &mut self,
        model: &Model,
        lexicon: &Lexicon,
        stages: Option<&[Grouping]>,
    ) -> (BTreeMap<Grouping, String>, &'static [&'static str]) {
        let (groups, list): (Vec<Grouping>, &[&str]) = match stages {
            Some(stages) => (stages.iter().rev().cloned().collect(), &NESTED),
            None => (model.groupings().into_iter().cloned().collect(), &CROSSED),
        };
        let letters = groups
            .into_iter()
            .map(|group| {
                let author = lexicon.effects.iter().find(|((g, _), _)| *g == group).map(|(_, name)| name.base.clone());
                let letter = author.unwrap_or_else(|| self.take(list));
                (group, letter)
            })
            .collect();
        (letters, list)
    }

    /// The first letter without a role; it has one now.
    fn take(&mut self, letters: &[&str]) -> String {
        let free = letters.iter().map(|&letter| letter.to_owned()).find(|letter| !self.letters.contains(letter));
        let letter = free.unwrap_or_else(|| {
            let more = (1..).map(|n| format!("{}{n}", letters[0]));
            more.into_iter().find(|word| !self.letters.contains(word)).unwrap_or_default()
        });
        self.letters.insert(letter.clone());
        letter
    }
}
