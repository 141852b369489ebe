//! Data drawn from a model: a layout of groups, covariates that obey their levels, parameters set or drawn, one seed.

use super::data::{Categories, Column, Table};
use super::design::Design;
use super::evaluate::{is_constant, operands};
use super::tables::csv_text;
use super::truth::{Truth, truth};
use crate::algebra::Lexicon;
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Facts, Level, Model, RExpr};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use rand_distr::{Distribution as _, StandardNormal};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The most rows that are drawn.
const MAX_ROWS: usize = 20_000_000;

/// How many groups, and how many observations in each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Groups of each factor; of a nested one, in each group of the one above it. 30 where nothing is said.
    pub groups: BTreeMap<String, usize>,
    /// Fewest and most observations in a group of the innermost factor.
    pub per_group: (usize, usize),
}

impl Default for Sizes {
    fn default() -> Self {
        Self { groups: BTreeMap::new(), per_group: (20, 20) }
    }
}

/// Parameters and chance.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Values of parameters: a symbol (`gamma_{01}`), R's name of a fixed effect (`R:Z`), `sigma`; the rest is drawn.
    pub set: Vec<(String, f64)>,
    /// The seed: the same seed gives the same bytes on every machine.
    pub seed: u64,
    /// How many responses are drawn for the one design.
    pub replicates: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { set: vec![], seed: 1, replicates: 1 }
    }
}

/// Drawn data.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// Ids, covariates and the first response.
    pub table: Table,
    /// The columns of the CSV in order, the response last.
    pub columns: Vec<String>,
    /// The responses, one a replicate; NaN on rows with missing covariates.
    pub responses: Vec<Vec<f64>>,
    /// What they were drawn with.
    pub truth: Truth,
    /// What was assumed.
    pub notes: Notes,
}

/// One stream of random numbers, the same on every machine.
#[derive(Debug)]
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// A stream from a seed.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Uniform on [0, 1), 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// Uniform on 0..n.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.uniform() * n as f64) as usize).min(n.saturating_sub(1))
    }
}

/// Nine significant digits: what libraries of mathematical functions agree on.
pub(crate) fn rounded(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap_or(value)
}

/// Draws data. With `data`, groups and covariates come from that table; otherwise they are made by `sizes`.
///
/// # Errors
/// `UnknownName` for a size or setting of nothing in the model, `TooLarge`, `CannotSay` for a response that cannot be
/// turned back (`log(y)` and `sqrt(y)` can), and what a design refuses.
pub fn simulate(
    model: &Model,
    facts: &Facts,
    lexicon: &Lexicon,
    data: Option<&Table>,
    sizes: &Sizes,
    settings: &Settings,
) -> Result<Simulated> {
    let mut chance = Chance::new(settings.seed);
    let mut notes = vec![];
    let (response, back) = response(model.response(), facts)?;
    let (mut table, mut columns) = match data {
        Some(table) => (table.clone(), vec![]),
        None => lay_out(model, facts, sizes, &mut chance, &mut notes)?,
    };
    if data.is_some() {
        let kept = |name: &&String| table.has(name) && **name != response;
        columns = table.header().iter().filter(kept).cloned().collect();
    }
    let rows = table.rows();
    // A response that every transformation can take, until the real one is drawn.
    table.push(response.clone(), Column::Numeric((0..rows).map(|r| 1.0 + r as f64).collect()))?;
    let design = Design::new(model, &table, facts, &mut notes)?;
    let truth = truth(&design, lexicon, settings, &mut chance)?;
    let mut responses = vec![];
    for _ in 0..settings.replicates.max(1) {
        let y = draw(&design, &truth, &mut chance);
        let mut whole = vec![f64::NAN; rows];
        for (at, value) in y.into_iter().enumerate() {
            let row = design.kept.as_ref().map_or(at, |k| k[at] as usize);
            whole[row] = rounded(back(value));
        }
        responses.push(whole);
    }
    table.push(response.clone(), Column::Numeric(responses[0].clone()))?;
    columns.push(response);
    Ok(Simulated { table, columns, responses, truth, notes })
}

/// From what the model says of the response to its column.
type Back = Box<dyn Fn(f64) -> f64>;

/// The column of the response and the way back from what the model says of it.
fn response(expr: &RExpr, facts: &Facts) -> Result<(String, Back)> {
    let column = |name: &String| facts.column.get(name).unwrap_or(name).clone();
    if let Some((RExpr::Name(name), Some(RExpr::Number(base)))) = expr.as_logarithm()
        && let Some(base) = base.parse::<f64>().ok().filter(|b| *b > 0.0 && *b != 1.0)
    {
        return Ok((column(name), Box::new(move |v| base.powf(v))));
    }
    match expr {
        RExpr::Name(name) => return Ok((column(name), Box::new(|v| v))),
        RExpr::Call(head, arguments) => {
            if let [(None, RExpr::Name(name))] = &arguments[..] {
                let back: fn(f64) -> f64 = match head.as_str() {
                    "log" => f64::exp,
                    "log2" => f64::exp2,
                    "log10" => |v| 10f64.powf(v),
                    "sqrt" => |v| v * v,
                    "exp" => f64::ln,
                    "I" | "(" => |v| v,
                    _ => return Err(no_way_back(expr)),
                };
                return Ok((column(name), Box::new(back)));
            }
        }
        _ => {}
    }
    Err(no_way_back(expr))
}

fn no_way_back(expr: &RExpr) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Code::CannotSay, format!("the response `{expr}` cannot be turned back into a column")))
}

/// The random and fixed parts and the residual, on the rows of the design.
fn draw(design: &Design, truth: &Truth, chance: &mut Chance) -> Vec<f64> {
    let n = design.rows();
    let mut y = design.offset.clone().unwrap_or_else(|| vec![0.0; n]);
    for (column, effect) in design.x.iter().zip(&truth.fixed) {
        y.iter_mut().zip(column.values.iter()).for_each(|(y, x)| *y += effect.value * x);
    }
    for (block, random) in design.random.iter().zip(&truth.random) {
        let groups = &design.groups[block.groups];
        let k = block.columns.len();
        let effects: Vec<Vec<f64>> = (0..groups.labels.len())
            .map(|_| {
                let z: Vec<f64> = (0..k).map(|_| chance.normal()).collect();
                random.factor.iter().map(|row| row.iter().zip(&z).map(|(l, z)| l * z).sum()).collect()
            })
            .collect();
        for (row, y) in y.iter_mut().enumerate() {
            let b = &effects[groups.index[row] as usize];
            *y += block.columns.iter().zip(b).map(|(c, b)| c.values[row] * b).sum::<f64>();
        }
    }
    y.iter_mut().for_each(|y| *y += truth.sigma * chance.normal());
    y
}

/// The factors in the order of nesting: each with the factors it lies within.
fn factors(model: &Model) -> Vec<(String, Vec<String>)> {
    let mut lists: Vec<Vec<String>> = model.groupings().iter().map(|g| g.factors().to_vec()).collect();
    for level in model.levels().values() {
        if let Level::Group(group) = level {
            lists.push(group.factors().to_vec());
        }
    }
    let mut out: Vec<(String, Vec<String>)> = vec![];
    lists.sort_by_key(Vec::len);
    for list in &lists {
        for (at, name) in list.iter().enumerate() {
            if !out.iter().any(|(n, _)| n == name) {
                out.push((name.clone(), list[..at].to_vec()));
            }
        }
    }
    out
}

type Made = (Table, Vec<String>);

/// Rows, ids and covariates.
fn lay_out(model: &Model, facts: &Facts, sizes: &Sizes, chance: &mut Chance, notes: &mut Notes) -> Result<Made> {
    let factors = factors(model);
    for name in sizes.groups.keys() {
        if !factors.iter().any(|(f, _)| f == name) {
            let known: Vec<&str> = factors.iter().map(|(f, _)| f.as_str()).collect();
            return Err(Box::new(
                Diagnostic::error(Code::UnknownName, format!("the model has no grouping factor `{name}`"))
                    .help(format!("its grouping factors are {}", known.join(", "))),
            ));
        }
    }
    let count = |name: &String| sizes.groups.get(name).copied().unwrap_or(30).max(1);
    // The first factor and the longest chain within it carry the rows; the others are crossed with them.
    let deepest = factors.iter().max_by_key(|(_, above)| above.len());
    let mut chain: Vec<String> =
        deepest.map(|(f, above)| [above.clone(), vec![f.clone()]].concat()).unwrap_or_default();
    if chain.len() == 1 {
        chain = factors.first().map(|(f, _)| vec![f.clone()]).unwrap_or_default();
    }
    let crossed: Vec<&String> = factors.iter().map(|(f, _)| f).filter(|f| !chain.contains(f)).collect();
    let cells = chain.iter().map(count).try_fold(1usize, usize::checked_mul);
    let (few, many) = (sizes.per_group.0.max(1), sizes.per_group.1.max(sizes.per_group.0).max(1));
    let Some(cells) = cells.filter(|c| c.checked_mul(many).is_some_and(|r| r <= MAX_ROWS)) else {
        return Diagnostic::error(Code::TooLarge, format!("more than {MAX_ROWS} rows would be drawn")).into();
    };
    let mut ids: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut row = 0usize;
    for cell in 0..cells {
        let here = if many > few { few + chance.below(many - few + 1) } else { few };
        for _ in 0..here {
            let mut rest = cell;
            for factor in chain.iter().rev() {
                ids.entry(factor.clone()).or_default().push((rest % count(factor)) as u32);
                rest /= count(factor);
            }
            for (at, factor) in crossed.iter().enumerate() {
                let n = count(factor);
                let group = if at == 0 { row % n } else { chance.below(n) };
                ids.entry((*factor).clone()).or_default().push(group as u32);
            }
            row += 1;
        }
    }
    let mut table = Table::with_rows(row);
    let mut columns = vec![];
    for (name, _) in &factors {
        let codes = ids.remove(name).unwrap_or_default();
        let names = (1..=count(name)).map(|i| i.to_string()).collect();
        let column = facts.column.get(name).unwrap_or(name).clone();
        table.push(column.clone(), Column::Text(Categories { codes, names }))?;
        columns.push(column);
    }
    covariates(model, facts, &mut table, &mut columns, chance, notes)?;
    Ok((table, columns))
}

/// What a covariate must be for the model to be evaluated.
#[derive(Clone, Default)]
struct Need {
    positive: bool,
    categories: Vec<String>,
    integer: bool,
}

fn needs(expr: &RExpr, facts: &Facts, within: Need, found: &mut Vec<(String, Need)>, depth: usize) {
    match expr {
        RExpr::Name(name) if is_constant(name) => {}
        RExpr::Name(name) => {
            if let Some(text) = facts.define.get(name) {
                if let (Ok(inner), true) = (super::parse_expression(text), depth < 8) {
                    needs(&inner, facts, within, found, depth + 1);
                }
                return;
            }
            let at = found.iter().position(|(n, _)| n == name).unwrap_or_else(|| {
                found.push((name.clone(), Need::default()));
                found.len() - 1
            });
            let known = &mut found[at].1;
            known.positive |= within.positive;
            known.integer |= within.integer;
            known.categories.extend(within.categories);
        }
        RExpr::Call(head, arguments) => {
            let mut own = within;
            own.positive |= matches!(head.as_str(), "log" | "log2" | "log10" | "sqrt");
            own.integer |= matches!(head.as_str(), "factor" | "as.factor");
            for (_, argument) in arguments {
                if let ("==" | "!=", RExpr::Text(text)) = (head.as_str(), argument) {
                    own.categories.push(text.clone());
                }
            }
            let group_mean = head == "mean" && matches!(&arguments[..], [(_, RExpr::Call(bar, _))] if bar == "|");
            if let (true, [(_, RExpr::Call(_, sides))]) = (group_mean, &arguments[..]) {
                needs(&sides[0].1, facts, own, found, depth);
                return;
            }
            for argument in operands(head, arguments) {
                needs(argument, facts, own.clone(), found, depth);
            }
        }
        _ => {}
    }
}

/// Draws every covariate: one value a group of its Level, standard normal, or evenly among its categories.
fn covariates(
    model: &Model,
    facts: &Facts,
    table: &mut Table,
    columns: &mut Vec<String>,
    chance: &mut Chance,
    notes: &mut Notes,
) -> Result<()> {
    let mut found = vec![];
    for expr in model.covariates().into_iter().chain(model.offsets()) {
        needs(expr, facts, Need::default(), &mut found, 0);
    }
    for (name, need) in found {
        let column = facts.column.get(&name).unwrap_or(&name).clone();
        if table.has(&column) {
            continue;
        }
        let declared = facts.level.get(&name);
        let factors: Option<Vec<String>> = match (model.level(&RExpr::name(&name)), declared) {
            (Some(Level::Group(group)), _) => Some(group.factors().to_vec()),
            (Some(Level::Observation), _) => None,
            (None, Some(group)) if !group.is_empty() => Some(group.split(':').map(str::to_owned).collect()),
            (None, Some(_)) => None,
            (None, None) => {
                let message = format!("the Level of `{name}` is not known: it is drawn for every observation");
                notes.push(Diagnostic::note(Code::AssumedLevel, message).help("say it with `--level school=Z`"));
                None
            }
        };
        let mut key: Vec<Vec<u32>> = vec![vec![]; table.rows()];
        for factor in factors.iter().flatten() {
            let ids = table.id(facts.column.get(factor).unwrap_or(factor))?;
            key.iter_mut().zip(ids.codes).for_each(|(k, code)| k.push(code));
        }
        let mut categories = facts.factor.get(&name).cloned().unwrap_or_default();
        if categories.is_empty() && !need.categories.is_empty() {
            categories = need.categories.clone();
            categories.sort();
            categories.dedup();
            categories.push("other".into());
        }
        if categories.is_empty()
            && let Some(reference) = facts.categorical.get(&name)
        {
            // As many as it takes to be a factor; their names are not known but for the reference.
            categories = ["a", "b", "c"].map(str::to_owned).to_vec();
            if let Some(reference) = reference.category() {
                categories.retain(|category| category != reference);
                categories.insert(0, reference.to_owned());
            }
        }
        let mut drawn: BTreeMap<Vec<u32>, f64> = BTreeMap::new();
        let values: Vec<f64> = key
            .into_iter()
            .map(|key| {
                let mut new = || {
                    if !categories.is_empty() {
                        chance.below(categories.len()) as f64
                    } else if need.integer {
                        1.0 + chance.below(3) as f64
                    } else {
                        let z = chance.normal();
                        rounded(((if need.positive { (0.5 * z).exp() } else { z }) * 1e4).round() / 1e4)
                    }
                };
                if factors.is_none() { new() } else { *drawn.entry(key).or_insert_with(new) }
            })
            .collect();
        let made = if categories.is_empty() {
            Column::Numeric(values)
        } else {
            Column::Text(Categories { codes: values.iter().map(|v| *v as u32).collect(), names: categories })
        };
        table.push(column.clone(), made)?;
        columns.push(column);
    }
    Ok(())
}

impl Simulated {
    /// The data as CSV; with several replicates, a first column `replicate`.
    ///
    /// # Errors
    /// `MissingColumn` when a column was taken out of the table.
    pub fn csv(&self) -> Result<String> {
        let many = self.responses.len() > 1;
        let mut out = String::new();
        let head: Vec<String> = self.columns.iter().map(|c| csv_text(c)).collect();
        let _ = writeln!(out, "{}{}", if many { "replicate," } else { "" }, head.join(","));
        let last = self.columns.len() - 1;
        enum Cells {
            Number(Vec<f64>),
            Text(Categories),
        }
        let mut columns = vec![];
        for name in &self.columns[..last] {
            columns.push(match self.table.column(name) {
                Ok(Column::Numeric(values)) => Cells::Number(values.clone()),
                Ok(Column::Text(text)) => Cells::Text(text.clone()),
                Err(_) => Cells::Text(self.table.id(name)?),
            });
        }
        for (at, response) in self.responses.iter().enumerate() {
            for (row, y) in response.iter().enumerate() {
                if many {
                    let _ = write!(out, "{},", at + 1);
                }
                for column in &columns {
                    match column {
                        Cells::Number(values) if values[row].is_nan() => out.push_str("NA"),
                        Cells::Number(values) => {
                            let _ = write!(out, "{}", values[row]);
                        }
                        Cells::Text(text) => {
                            let name = text.names.get(text.codes[row] as usize);
                            out.push_str(&name.map_or("NA".into(), |n| csv_text(n)));
                        }
                    }
                    out.push(',');
                }
                if y.is_nan() {
                    out.push_str("NA")
                } else {
                    let _ = write!(out, "{y}");
                }
                out.push('\n');
            }
        }
        Ok(out)
    }
}
