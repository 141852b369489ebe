//! Data on which two models can be told apart without any fit: unbalanced groups, crossed or nested as the grouping
//! factors are named, covariates that vary at their Levels and are otherwise in general position.

use crate::error::Result;
use crate::fit::data::{Categories, Column, Table, Wanted};
use crate::fit::evaluate::gather;
use crate::model::{Facts, Grouping, Level, Model, RExpr, Term};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is taken for true of the data.
#[derive(Clone, Debug, Default)]
pub(in crate::fit) struct Scenario {
    /// Columns, categories and definitions.
    pub(in crate::fit) facts: Facts,
    /// Covariates that are categorical though nothing declares their categories.
    pub(in crate::fit) categorical: BTreeSet<String>,
    /// Categories of these that are known by name.
    pub(in crate::fit) named: BTreeMap<String, Vec<String>>,
    /// Covariates of unknown Level that are constant within these groups.
    pub(in crate::fit) constant: BTreeMap<String, Grouping>,
    /// Covariates that are one number.
    pub(in crate::fit) everywhere: BTreeSet<String>,
    /// Nested factors whose ids are not reused.
    pub(in crate::fit) unique: BTreeSet<String>,
}

/// The categories of a covariate about which only this is known, that it is categorical.
const CATEGORIES: [&str; 3] = ["a", "b", "c"];
/// The values of a number that is made a factor somewhere: few enough that each stands in several groups.
const FEW: [f64; 5] = [0.6, 0.9, 1.3, 1.8, 2.4];
const SEED: u64 = 0x0000_6d6c_6e6f_7465;

/// A small generator (splitmix64): the same data on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// Positive, so that logarithms and roots have values.
    fn value(&mut self) -> f64 {
        0.5 + 2.0 * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Whether a function of R makes a factor of its argument.
pub(in crate::fit) fn is_coding(head: &str) -> bool {
    matches!(head, "factor" | "as.factor" | "ordered" | "as.ordered" | "relevel")
}

/// The names that an expression makes factors of.
fn coded<'a>(expr: &'a RExpr, found: &mut BTreeSet<&'a str>) {
    if let RExpr::Call(head, arguments) = expr {
        for (_, argument) in arguments {
            if is_coding(head) {
                found.extend(argument.names());
            }
            coded(argument, found);
        }
    }
}

impl Scenario {
    /// The categories of a covariate; `None` when it is a number.
    pub(in crate::fit) fn categories(&self, column: &str) -> Option<Vec<String>> {
        let declared = self
            .facts
            .factor
            .iter()
            .find(|(name, _)| *name == column || self.facts.column.get(*name).is_some_and(|c| c == column));
        match declared {
            Some((_, categories)) if categories.len() > 1 => Some(categories.clone()),
            Some(_) => Some(CATEGORIES.map(str::to_owned).to_vec()),
            None => self.categorical.contains(column).then(|| {
                let mut all = self.named.get(column).cloned().unwrap_or_default();
                for category in CATEGORIES {
                    if all.len() < CATEGORIES.len() && !all.iter().any(|known| known == category) {
                        all.push(category.to_owned());
                    }
                }
                all
            }),
        }
    }

    fn weight(&self, term: &Term) -> usize {
        let of = |factor: &RExpr| match factor {
            RExpr::Name(name) => self.categories(name).map_or(1, |c| c.len()),
            RExpr::Call(head, _) if is_coding(head) => FEW.len(),
            _ => 3,
        };
        term.factors().iter().map(of).product()
    }

    /// Sizes that leave room for every parameter: groups, and rows a group.
    fn sizes(&self, models: [&Model; 2]) -> (usize, usize) {
        let fixed = |m: &Model| m.fixed().iter().map(|t| self.weight(t)).sum::<usize>();
        let random = |m: &Model| {
            m.random().iter().map(|r| r.terms.iter().map(|t| self.weight(t)).sum::<usize>()).max().unwrap_or(1)
        };
        let (p, q) = models.iter().fold((1, 1), |(p, q), m| (p.max(fixed(m)), q.max(random(m))));
        ((p + 3).clamp(6, 48), (q + 2).min(12))
    }

    /// The data.
    ///
    /// # Errors
    /// What definitions that cannot be read say.
    pub(in crate::fit) fn table(&self, models: [&Model; 2]) -> Result<Table> {
        let levels = self.levels(models);
        let mut wanted = Wanted::default();
        for model in models {
            for factor in model.groupings().into_iter().flat_map(Grouping::factors) {
                wanted.ids.insert(factor.clone());
            }
            for expr in model.covariates().into_iter().chain(model.offsets()) {
                gather(expr, &self.facts, &mut wanted, 0)?;
            }
        }
        wanted.ids.extend(levels.values().flat_map(|g| g.factors().iter().cloned()));
        let (groups, per_group) = self.sizes(models);
        let above = above(models);
        let mut numbers = Numbers(SEED);
        // A factor that is a covariate as well has few groups; one that only groups has as many as there is room for.
        let few: BTreeMap<&String, usize> = wanted
            .ids
            .iter()
            .filter(|f| wanted.plain.contains(*f) || wanted.text.contains(*f))
            .filter_map(|f| Some((f, self.categories(f)?.len())))
            .collect();
        let ids = self.ids(&wanted.ids, &above, &few, (groups, per_group), &mut numbers);
        let rows = ids.values().next().map_or(groups * per_group, Vec::len);
        let mut table = Table::with_rows(rows);
        for (name, codes) in &ids {
            let names = self.categories(name).filter(|_| few.contains_key(name));
            let label = |code: &u32| match &names {
                Some(names) => names[*code as usize % names.len()].clone(),
                None => format!("{name}{code}"),
            };
            let labels: Vec<String> = codes.iter().map(label).collect();
            table.push(name.clone(), Column::Text(Categories::intern(labels.iter().map(|l| Some(l.as_str())))))?;
        }
        let mut few_values = BTreeSet::new();
        models.into_iter().flat_map(Model::covariates).for_each(|expr| coded(expr, &mut few_values));
        for name in wanted.plain.iter().chain(&wanted.text).filter(|n| !ids.contains_key(*n)) {
            let mut cells: HashMap<Vec<u32>, usize> = HashMap::new();
            let mut values: Vec<f64> = vec![];
            let mut place = vec![];
            for row in 0..rows {
                let cell = match levels.get(name) {
                    Some(group) => group.factors().iter().filter_map(|f| ids.get(f)).map(|c| c[row]).collect(),
                    None if self.everywhere.contains(name) => vec![],
                    None => vec![row as u32],
                };
                let next = cells.len();
                let at = *cells.entry(cell).or_insert_with(|| {
                    values.push(match few_values.contains(name.as_str()) {
                        true if next < FEW.len() => FEW[next],
                        true => FEW[numbers.below(FEW.len())],
                        false => numbers.value(),
                    });
                    next
                });
                place.push(at);
            }
            let column = match self.categories(name) {
                Some(names) => {
                    // The first cells take the categories in turn, so that none is missing; the others by chance.
                    let pick: Vec<usize> = (0..values.len())
                        .map(|at| if at < names.len() { at } else { numbers.below(names.len()) })
                        .collect();
                    Column::Text(Categories::intern(place.iter().map(|at| Some(names[pick[*at]].as_str()))))
                }
                None => Column::Numeric(place.iter().map(|at| values[*at]).collect()),
            };
            table.push(name.clone(), column)?;
        }
        Ok(table)
    }

    /// The groups within which covariates are constant. Where two models differ, as `Z_j` and `Z_ij` do, the stricter
    /// one is taken: that a covariate indexed by observations is the same for a whole group may be hidden in the data.
    fn levels(&self, models: [&Model; 2]) -> BTreeMap<String, Grouping> {
        let mut levels: BTreeMap<String, Grouping> = BTreeMap::new();
        for (covariate, level) in models.into_iter().flat_map(Model::levels) {
            let (RExpr::Name(name), Level::Group(group)) = (covariate, level) else { continue };
            match levels.get(name) {
                Some(known) if !known.is_within(group) => {}
                _ => drop(levels.insert(name.clone(), group.clone())),
            }
        }
        for (name, group) in &self.constant {
            levels.entry(name.clone()).or_insert_with(|| group.clone());
        }
        levels
    }

    /// The group of each row, by factor.
    fn ids(
        &self,
        factors: &BTreeSet<String>,
        above: &BTreeMap<String, BTreeSet<String>>,
        few: &BTreeMap<&String, usize>,
        (groups, per_group): (usize, usize),
        numbers: &mut Numbers,
    ) -> BTreeMap<String, Vec<u32>> {
        let none = BTreeSet::new();
        let over = |f: &String| above.get(f).unwrap_or(&none);
        let mut order: Vec<&String> = factors.iter().collect();
        // The first top factor is contiguous; one that is also a categorical covariate has few groups and comes later.
        order.sort_by_key(|f| (over(f).len(), few.contains_key(*f), (*f).clone()));
        let deepest = order.iter().map(|f| over(f).len()).max().unwrap_or(0);
        let per_group = (0..deepest).fold(per_group, |rows, depth| rows * if depth == 0 { 3 } else { 2 });
        let sizes: Vec<usize> = (0..groups).map(|g| per_group + g % 3).collect();
        let rows: usize = sizes.iter().sum();
        let mut ids: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (at, factor) in order.iter().enumerate() {
            let few = few.get(*factor).copied();
            let codes: Vec<u32> = if over(factor).is_empty() {
                if at == 0 && few.is_none() {
                    sizes.iter().enumerate().flat_map(|(g, n)| std::iter::repeat_n(g as u32, *n)).collect()
                } else {
                    (0..rows).map(|_| numbers.below(few.unwrap_or(groups)) as u32).collect()
                }
            } else {
                let count = few.unwrap_or(if over(factor).len() > 1 { 2 } else { 3 });
                let local: Vec<u32> = (0..rows).map(|_| numbers.below(count) as u32).collect();
                if self.unique.contains(*factor) {
                    let parents: Vec<&Vec<u32>> = over(factor).iter().filter_map(|f| ids.get(f)).collect();
                    let mut seen: HashMap<Vec<u32>, u32> = HashMap::new();
                    let mut number = |row: usize| {
                        let key: Vec<u32> = parents.iter().map(|p| p[row]).chain([local[row]]).collect();
                        let next = seen.len() as u32;
                        *seen.entry(key).or_insert(next)
                    };
                    (0..rows).map(&mut number).collect()
                } else {
                    local
                }
            };
            ids.insert((*factor).clone(), codes);
        }
        ids
    }
}

/// The factors above each, as groupings name them before it; two that stand before each other are crossed.
fn above(models: [&Model; 2]) -> BTreeMap<String, BTreeSet<String>> {
    let mut above: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for grouping in models.into_iter().flat_map(Model::groupings) {
        for (at, factor) in grouping.factors().iter().enumerate() {
            above.entry(factor.clone()).or_default().extend(grouping.factors()[..at].iter().cloned());
        }
    }
    let mutual = above.clone();
    for (factor, over) in &mut above {
        over.retain(|o| !mutual.get(o).is_some_and(|back| back.contains(factor)));
    }
    above
}
