//! The columns of equations as written, with the groups of each random effect and the blocks in which they covary, to
//! stand beside a design. The columns are made in `written`, without algebra.

use super::data::{Categories, Table};
use super::evaluate::Source;
use super::written::design_as_written;
use crate::error::Result;
use crate::model::Facts;
use crate::syntax::{Key, Roles, System};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A random effect as written.
#[derive(Clone, Debug)]
pub struct WrittenEffect {
    /// The symbol.
    pub key: Key,
    /// The factors whose cells are its groups.
    pub factors: BTreeSet<String>,
    /// The group of each row, numbered by appearance.
    pub index: Vec<u32>,
    /// What it is multiplied by on each row.
    pub values: Vec<f64>,
    /// Effects with the same number (and the same factors) covary.
    pub block: usize,
}

/// The columns of a system on a table.
#[derive(Clone, Debug)]
pub struct WrittenDesign {
    /// What is left when every unknown is zero.
    pub offset: Vec<f64>,
    /// The fixed effects that the equations hold, and their columns of X.
    pub fixed: Vec<(Key, Vec<f64>)>,
    /// The random effects.
    pub random: Vec<WrittenEffect>,
}

/// Evaluates the equations on every row of a table.
///
/// # Errors
/// Those of [`design_as_written`]; `MissingColumn` for a grouping factor.
pub fn evaluate(system: &System, roles: &Roles, table: &Table, facts: &Facts) -> Result<WrittenDesign> {
    let written = design_as_written(roles, &Source { table, facts })?;
    let mut names: BTreeMap<String, String> =
        system.groups.iter().filter(|g| !g.name.is_empty()).map(|g| (g.letter.clone(), g.name.clone())).collect();
    names.extend(facts.index.clone());
    let blocks = blocks(written.effects.len(), &written.covary);
    let mut random = vec![];
    for ((key, values), block) in written.effects.into_iter().zip(blocks) {
        let cells = roles.closure.cells(&key.indices);
        let factors: BTreeSet<String> = cells
            .iter()
            .flat_map(|l| names.get(l).unwrap_or(l).split(':').map(str::to_owned).collect::<Vec<_>>())
            .collect();
        let index = groups(&factors, table, facts)?;
        random.push(WrittenEffect { key, factors, index, values, block });
    }
    // A symbol that stands only in a mean, or is switched off everywhere, is no column.
    let fixed = written.fixed.into_iter().filter(|(_, values)| values.iter().any(|v| *v != 0.0)).collect();
    Ok(WrittenDesign { offset: written.offset, fixed, random })
}

fn groups(factors: &BTreeSet<String>, table: &Table, facts: &Facts) -> Result<Vec<u32>> {
    let ids: Vec<Categories> =
        factors.iter().map(|f| table.id(facts.column.get(f).unwrap_or(f))).collect::<Result<_>>()?;
    let mut seen: HashMap<Vec<u32>, u32> = HashMap::new();
    Ok((0..table.rows())
        .map(|row| {
            let next = seen.len() as u32;
            *seen.entry(ids.iter().map(|i| i.codes[row]).collect()).or_insert(next)
        })
        .collect())
}

/// A number for each effect; those that covary, directly or through others, share it.
fn blocks(effects: usize, covary: &[(usize, usize)]) -> Vec<usize> {
    let mut block: Vec<usize> = (0..effects).collect();
    for (a, b) in covary {
        let (from, to) = (block[*a].max(block[*b]), block[*a].min(block[*b]));
        block.iter_mut().filter(|x| **x == from).for_each(|x| *x = to);
    }
    block
}
