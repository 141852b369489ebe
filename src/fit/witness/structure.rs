//! Mean and covariance as spaces: the columns of X, and one matrix G for each free variance and covariance, since
//! V = Σ φ_k G_k + σ²I (Bates et al. 2015, equation 4, with the elements of Σ as parameters).

use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Result};
use crate::fit::data::Table;
use crate::fit::evaluate::Source;
use crate::fit::frame::Frame;
use crate::fit::written::{Written, design_as_written};
use crate::model::{Covariance, Facts, Grouping, Model, RExpr, Term};
use crate::syntax;
use std::collections::{BTreeMap, HashMap};

/// Random effects of one grouping factor that covary among each other.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// The group of each row.
    pub(super) groups: Vec<u32>,
    /// What each effect multiplies.
    pub(super) columns: Vec<Vec<f64>>,
    /// The pairs with a free covariance.
    pub(super) pairs: Vec<(usize, usize)>,
}

impl Block {
    /// Whether every pair covaries freely.
    pub(super) fn is_full(&self) -> bool {
        self.pairs.len() == self.columns.len() * (self.columns.len().saturating_sub(1)) / 2
    }
}

/// What a model is on data.
#[derive(Clone, Debug)]
pub(super) struct Structure {
    /// The columns of X.
    pub(super) fixed: Vec<Vec<f64>>,
    /// The known part of the mean.
    pub(super) offset: Vec<f64>,
    /// The random part.
    pub(super) blocks: Vec<Block>,
    /// Constraints that the spaces do not show, in words.
    pub(super) constraints: Vec<String>,
    /// What each letter of the equations multiplies: fixed effects without, random effects with their index letters.
    pub(super) letters: BTreeMap<String, Vec<f64>>,
}

/// The group of each row.
fn groups(grouping: &Grouping, table: &Table) -> Result<Vec<u32>> {
    let mut columns = vec![];
    for factor in grouping.factors() {
        columns.push(table.id(factor)?.codes);
    }
    let mut seen: HashMap<Vec<u32>, u32> = HashMap::new();
    let mut number = |row: usize| {
        let next = seen.len() as u32;
        *seen.entry(columns.iter().map(|c| c[row]).collect()).or_insert(next)
    };
    Ok((0..table.rows()).map(&mut number).collect())
}

impl Structure {
    /// Of a model, as R builds it.
    ///
    /// # Errors
    /// `OutOfScope` for a function without a value here, and what else evaluation says.
    pub(super) fn of_model(model: &Model, table: &Table, facts: &Facts) -> Result<Self> {
        let source = Source { table, facts };
        let mut variables: Vec<&RExpr> = model.covariates();
        variables.extend(model.offsets());
        let (frame, _) = Frame::new(&source, &variables, &[], &mut vec![])?;
        let matrix = |terms: &[Term]| -> Result<Vec<Vec<f64>>> {
            Ok(frame.matrix(terms)?.into_iter().map(|c| c.values.to_vec()).collect())
        };
        let mut offset = vec![0.0; table.rows()];
        for expr in model.offsets() {
            offset.iter_mut().zip(frame.numeric(expr)?.iter()).for_each(|(o, v)| *o += v);
        }
        let mut blocks = vec![];
        for term in model.random() {
            let groups = groups(&term.group, table)?;
            let lists: Vec<&[Term]> = match term.covariance {
                Covariance::Unstructured => vec![&term.terms],
                Covariance::Diagonal => term.terms.chunks(1).collect(),
                other => {
                    let message =
                        format!("the parameters of a covariance structure {} are not linear in V", other.word());
                    return Diagnostic::error(Code::OutOfScope, message).into();
                }
            };
            for list in lists {
                let columns = matrix(list)?;
                let pairs = (0..columns.len()).flat_map(|b| (0..b).map(move |a| (a, b))).collect();
                blocks.push(Block { groups: groups.clone(), columns, pairs });
            }
        }
        Ok(Self { fixed: matrix(model.fixed())?, offset, blocks, constraints: vec![], letters: BTreeMap::new() })
    }

    /// Of a reading: its equations as written where it has some, its model otherwise. `names` gives the common names of
    /// its grouping factors, `model` is its model under these.
    ///
    /// # Errors
    /// As [`Structure::of_model`] and [`design_as_written`].
    pub(super) fn of_reading(
        reading: &Reading,
        model: &Model,
        names: &BTreeMap<String, String>,
        table: &Table,
        facts: &Facts,
    ) -> Result<Self> {
        // A number in the place of a parameter is read as a parameter; evaluated, it would be an offset.
        let valued = reading.notes.iter().any(|n| n.code == Code::AssumedValue);
        let Some(system) = reading.system.as_ref().filter(|_| !valued && model.family() == "gaussian") else {
            return Self::of_model(model, table, facts);
        };
        let roles = syntax::roles(system, &mut vec![])?;
        let written = design_as_written(&roles, &Source { table, facts })?;
        let letters: BTreeMap<&String, &String> = reading.lexicon.letters.iter().map(|(f, l)| (l, f)).collect();
        let factor = |letter: &String| {
            let own = letters.get(letter).copied().unwrap_or(letter);
            names.get(own).unwrap_or(own).clone()
        };
        let mut by_effect = vec![];
        for (key, _) in &written.effects {
            by_effect.push(groups(&Grouping::new(roles.closure.cells(&key.indices).iter().map(factor)), table)?);
        }
        let blocks = blocks(&written, &by_effect);
        let fixed = written
            .fixed
            .iter()
            .filter(|(key, _)| key.indices.is_empty())
            .map(|(key, column)| (key.name.to_string(), column.clone()));
        let effects = written.effects.iter().map(|(key, column)| (key.to_string(), column.clone()));
        let letters = fixed.chain(effects).collect();
        Ok(Self {
            fixed: written.fixed.into_iter().map(|(_, column)| column).collect(),
            offset: written.offset,
            blocks,
            constraints: written.constraints,
            letters,
        })
    }
}

/// Effects that covary, directly or through others, in one block.
fn blocks(written: &Written, groups: &[Vec<u32>]) -> Vec<Block> {
    let mut label: Vec<usize> = (0..written.effects.len()).collect();
    for (a, b) in &written.covary {
        let (from, to) = (label[*a].max(label[*b]), label[*a].min(label[*b]));
        label.iter_mut().filter(|l| **l == from).for_each(|l| *l = to);
    }
    let mut blocks = vec![];
    for first in 0..label.len() {
        let members: Vec<usize> = (0..label.len()).filter(|at| label[*at] == first).collect();
        if members.is_empty() {
            continue;
        }
        let place = |at: &usize| members.iter().position(|m| m == at);
        let pairs = written.covary.iter().filter_map(|(a, b)| {
            let (a, b) = (place(a)?, place(b)?);
            Some((a.min(b), a.max(b)))
        });
        blocks.push(Block {
            groups: groups[members[0]].clone(),
            columns: members.iter().map(|m| written.effects[*m].1.clone()).collect(),
            pairs: pairs.collect(),
        });
    }
    blocks
}
