//! From model and table to a design: X, y, the columns and groups of every random-effects term, as lme4 builds them.

use super::data::Categories;
use super::doubts::{self, Responses};
use super::evaluate::Source;
use super::frame::{Frame, Named, Shared};
use super::rank;
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Covariance, Facts, Grouping, Model, RExpr, Term};
use std::collections::HashMap;

/// The groups of one grouping factor.
#[derive(Clone, Debug)]
pub struct Groups {
    /// lme4's name: `school`, `school:class`.
    pub name: String,
    /// The names of the groups, in order of appearance.
    pub labels: Vec<String>,
    /// The group of each row.
    pub index: Vec<u32>,
}

/// One random-effects term, `(expr | factor)`: Z has one column a group and column (Bates et al. 2015, equation 6).
#[derive(Clone, Debug)]
pub struct RandomBlock {
    /// Index of the grouping factor in [`Design::groups`].
    pub groups: usize,
    /// Columns in front of the bar; their covariance matrix is unstructured.
    pub columns: Vec<Named>,
}

/// The design of a linear mixed model (Bates et al. 2015, equations 2 and 3): y − offset = Xβ + Zb + ε. Each term's part
/// of Z is made of its columns and the groups of its factor (equation 6); side by side they are Z (equation 7).
#[derive(Clone, Debug)]
pub struct Design {
    /// The response less the offset.
    pub y: Shared,
    /// The offset, when there is one.
    pub offset: Option<Vec<f64>>,
    /// The columns of X, linearly independent.
    pub x: Vec<Named>,
    /// Columns that were dropped as linear combinations of others.
    pub aliased: Vec<String>,
    /// Grouping factors.
    pub groups: Vec<Groups>,
    /// Random-effects terms in lme4's order: by falling number of groups, then as in the model.
    pub random: Vec<RandomBlock>,
    /// The rows of the table in use; `None` when all.
    pub kept: Option<Vec<u32>>,
}

impl Design {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.y.len()
    }

    /// The number of relative covariance parameters θ.
    pub fn thetas(&self) -> usize {
        self.random.iter().map(|b| b.columns.len() * (b.columns.len() + 1) / 2).sum()
    }

    /// Builds the design of a model on a table.
    ///
    /// # Errors
    /// `MissingColumn`, `NotNumeric`, `BadData` of the table; `OutOfScope` for a model that is not linear and Gaussian;
    /// `NoRandomPart` without random-effects terms; `NotIdentified` for a constant response, one group, or at least as
    /// many random effects as observations.
    pub fn new(model: &Model, table: &super::Table, facts: &Facts, notes: &mut Notes) -> Result<Self> {
        in_scope(model)?;
        let source = Source { table, facts };
        let groupings = model.groupings();
        let mut ids: Vec<(String, Categories)> = vec![];
        for name in groupings.iter().flat_map(|g| g.factors()) {
            if !ids.iter().any(|(n, _)| n == name) {
                ids.push((name.clone(), table.id(facts.column.get(name).unwrap_or(name))?));
            }
        }
        let borrowed: Vec<(String, &Categories)> = ids.iter().map(|(n, c)| (n.clone(), c)).collect();
        let mut variables: Vec<&RExpr> = vec![model.response()];
        variables.extend(model.covariates());
        variables.extend(model.offsets());
        let (frame, kept) = Frame::new(&source, &variables, &borrowed, notes)?;
        let response = frame.numeric(model.response())?;
        let offset = offset(model, &frame)?;
        let y = match &offset {
            Some(offset) => response.iter().zip(offset).map(|(y, o)| y - o).collect::<Vec<_>>().into(),
            None => response,
        };
        let mut responses = Responses::new();
        responses.add(&y);
        responses.note(model.response(), notes);
        if !responses.vary {
            let message = format!("the response `{}` is constant: there is no variation to explain", model.response());
            return Diagnostic::error(Code::NotIdentified, message).into();
        }
        let groups: Vec<Groups> = groupings.iter().map(|g| cells(g, &ids, kept.as_deref(), frame.rows())).collect();
        let mut random = vec![];
        for (at, list) in lists(model)? {
            random.push(RandomBlock { groups: at, columns: frame.matrix(list)? });
        }
        random.sort_by_key(|b| std::cmp::Reverse(groups[b.groups].labels.len()));
        let mut design = Self { y, offset, x: frame.matrix(model.fixed())?, aliased: vec![], groups, random, kept };
        design.check_sizes(design.rows(), notes)?;
        let (x, aliased) = rank::independent(std::mem::take(&mut design.x));
        notes.extend(aliased.iter().map(|(name, of)| rank::told(name, of)));
        design.aliased = aliased.into_iter().map(|(name, _)| name).collect();
        design.x = x;
        design.check_width(design.rows())?;
        Ok(design)
    }

    pub(super) fn check_width(&self, rows: usize) -> Result<()> {
        if rows <= self.x.len() {
            let message = format!("{rows} rows cannot carry {} fixed effects", self.x.len());
            return Diagnostic::error(Code::NotIdentified, message).into();
        }
        Ok(())
    }

    /// Refuses what sizes alone forbid, for `n` rows.
    pub(super) fn check_sizes(&self, n: usize, notes: &mut Notes) -> Result<()> {
        self.groups.iter().for_each(|group| doubts::ids(group, notes));
        for group in &self.groups {
            let count = group.labels.len();
            let (message, help) = if count < 2 {
                let only = group.labels.first().map_or("", String::as_str);
                let message = format!("`{}` has one group only (`{}`)", group.name, only.escape_debug());
                (message, "a variance between groups needs at least two groups, in practice many more")
            } else if count == n {
                let message =
                    format!("every observation is a group of its own: `{}` has {count} groups in {n} rows", group.name);
                (message, "the variance between groups cannot be told from the residual variance")
            } else {
                if count + 1 == n || count * 10 > n * 9 {
                    let message =
                        format!("`{}` has {count} groups in {n} rows: most groups have one observation", group.name);
                    notes.push(Diagnostic::note(Code::NotIdentified, message));
                }
                continue;
            };
            return Err(Box::new(Diagnostic::error(Code::NotIdentified, message).help(help)));
        }
        for block in &self.random {
            let group = &self.groups[block.groups];
            let (k, count) = (block.columns.len(), group.labels.len());
            if k * count >= n {
                let names: Vec<&str> = block.columns.iter().map(|c| c.name.as_str()).collect();
                let message = format!(
                    "the term ({} | {}) has {k} × {count} = {} random effects for {n} observations",
                    names.join(" + "),
                    group.name,
                    k * count
                );
                return Err(Box::new(Diagnostic::error(Code::NotIdentified, message).help(
                    "the random effects' variances cannot be told from the residual variance; use fewer effects",
                )));
            }
        }
        Ok(())
    }
}

/// Refuses a model that is no linear mixed model.
pub(super) fn in_scope(model: &Model) -> Result<()> {
    if model.family() != "gaussian" || model.link() != "identity" {
        let family = format!("{} ({} link)", model.family(), model.link());
        return Err(Box::new(
            Diagnostic::error(Code::OutOfScope, format!("the family is {family}: only linear mixed models are fitted"))
                .help("use glmer of lme4 for this model; `mlnote convert --to lmer` writes the call"),
        ));
    }
    let is_ordered = |e: &&RExpr| matches!(e, RExpr::Call(head, _) if matches!(&head[..], "ordered" | "as.ordered"));
    if let Some(covariate) = model.covariates().into_iter().find(is_ordered) {
        let message = format!("`{covariate}`: R gives ordered factors polynomial contrasts, which are not made here");
        return Err(Box::new(
            Diagnostic::error(Code::OutOfScope, message)
                .help("`factor(f)` compares categories with the first one; `poly(x, 2)` of scores makes polynomials"),
        ));
    }
    if model.random().is_empty() {
        return Diagnostic::error(Code::NoRandomPart, "the model has no random effects: fit it by least squares")
            .into();
    }
    Ok(())
}

/// The terms in front of each bar, with the place of their grouping factor in [`Model::groupings`]; uncorrelated terms
/// one by one.
pub(super) fn lists(model: &Model) -> Result<Vec<(usize, &[Term])>> {
    let groupings = model.groupings();
    let mut out = vec![];
    for term in model.random() {
        let at = groupings.iter().position(|g| **g == term.group).unwrap_or_default();
        match term.covariance {
            Covariance::Unstructured => out.push((at, &term.terms[..])),
            Covariance::Diagonal => out.extend(term.terms.chunks(1).map(|list| (at, list))),
            other => {
                let message = format!("the {} covariance of `{}` cannot be fitted", other.word(), term.group);
                return Diagnostic::error(Code::OutOfScope, message)
                    .help("unstructured `(x | g)` and uncorrelated `(x || g)` can")
                    .into();
            }
        }
    }
    Ok(out)
}

pub(super) fn offset(model: &Model, frame: &Frame) -> Result<Option<Vec<f64>>> {
    let mut sum: Option<Vec<f64>> = None;
    for expr in model.offsets() {
        let values = frame.numeric(expr)?;
        sum = Some(match sum {
            None => values.to_vec(),
            Some(before) => before.iter().zip(values.iter()).map(|(a, b)| a + b).collect(),
        });
    }
    Ok(sum)
}

/// The groups of a grouping factor: its categories, or the cells of several that occur.
fn cells(grouping: &Grouping, ids: &[(String, Categories)], kept: Option<&[u32]>, rows: usize) -> Groups {
    let columns: Vec<&Categories> =
        grouping.factors().iter().filter_map(|f| ids.iter().find(|(n, _)| n == f).map(|(_, c)| c)).collect();
    let row = |at: usize| kept.map_or(at, |k| k[at] as usize);
    let mut labels = vec![];
    let mut index = Vec::with_capacity(rows);
    if let [only] = &columns[..] {
        let mut place = vec![u32::MAX; only.names.len()];
        for at in 0..rows {
            let code = only.codes[row(at)] as usize;
            if place[code] == u32::MAX {
                place[code] = labels.len() as u32;
                labels.push(only.names[code].clone());
            }
            index.push(place[code]);
        }
    } else {
        let mut seen: HashMap<Vec<u32>, u32> = HashMap::new();
        for at in 0..rows {
            let key: Vec<u32> = columns.iter().map(|c| c.codes[row(at)]).collect();
            let next = labels.len() as u32;
            let group = *seen.entry(key).or_insert_with_key(|key| {
                let names: Vec<&str> =
                    columns.iter().zip(key).map(|(c, code)| c.names[*code as usize].as_str()).collect();
                labels.push(names.join(":"));
                next
            });
            index.push(group);
        }
    }
    Groups { name: grouping.to_string(), labels, index }
}
