//! Fits in parts: rows are summed as they come and let go, so that memory grows with groups, not with rows. Only for
//! models whose columns can be made row by row; means, orthogonal polynomials and the like need the whole table.

use super::criterion::Method;
use super::data::{Table, Wanted};
use super::design::{Design, Groups, RandomBlock, in_scope, lists, offset};
use super::doubts::Responses;
use super::estimate::{Watch, constants, fit_watched, solve, within};
use super::evaluate::{Source, is_constant, is_summary, wanted};
use super::frame::{Categorical, Frame, Missing, Named, dropped};
use super::functions::{binary, unary};
use super::parse::parse_expression;
use super::prepare::Prepared;
use super::result::Fit;
use super::rows::Rows;
use super::sums::Mixer;
use super::{identify, rank};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Facts, Model, RExpr, Term};
use std::collections::HashMap;

/// Tables up to this many rows are kept, so that residuals can be told of.
pub const KEPT: usize = 1 << 18;
/// Rows in one part.
const PART: usize = 4096;
/// Rows that the bases are made from.
const SAMPLE: usize = 8192;

/// Fits a model to rows as they are read, without keeping more than `kept` of them (usually [`KEPT`]); where there are
/// more, the fit has no fitted values and residuals. `None` when the model needs the whole table, or the first rows do not foretell the rest (a new
/// category, another kind of cell): read it again and use [`super::fit`].
///
/// # Errors
/// As [`super::fit`] and [`Table::read`].
pub fn fit_rows(
    model: &Model,
    mut rows: Rows<'_>,
    kept: usize,
    facts: &Facts,
    method: Method,
    watch: Watch<'_>,
) -> Result<Option<Fit>> {
    let Some(mut first) = rows.part(kept)? else { return Ok(None) };
    let Some(mut next) = rows.part(PART)? else {
        rows.name(&mut first);
        return fit_watched(model, &first, facts, method, watch).map(Some);
    };
    let wanted = wanted(model, facts)?;
    let Some(mut stream) = Stream::new(model, facts, &first, &wanted)? else { return Ok(None) };
    let mut start = 0;
    while start < first.rows() {
        let end = (start + PART).min(first.rows());
        let Some(part) = first.part(&wanted, start..end, 1) else { return Ok(None) };
        if stream.add(&part).is_err() {
            return Ok(None);
        }
        start = end;
    }
    drop(first);
    loop {
        if stream.add(&next).is_err() {
            return Ok(None);
        }
        match rows.part(PART)? {
            Some(part) => next = part,
            None => break,
        }
    }
    let names = |id: &str| rows.id_names(id).map(<[String]>::to_vec);
    let fit = stream.fit(&names, method, watch)?;
    Ok(fit.map(|mut fit| {
        fit.sort_modes();
        fit
    }))
}

/// Fits a model to a table in memory by parts, which stay in the processor's cache; `None` as [`fit_rows`].
pub(super) fn fit_parts(
    model: &Model,
    table: &Table,
    facts: &Facts,
    method: Method,
    watch: Watch<'_>,
) -> Result<Option<Fit>> {
    let wanted = wanted(model, facts)?;
    let Some(mut stream) = Stream::new(model, facts, table, &wanted)? else { return Ok(None) };
    let parts = || (0..table.rows()).step_by(PART).map(|start| start..(start + PART).min(table.rows()));
    for rows in parts() {
        let Some(part) = table.part(&wanted, rows, 1) else { return Ok(None) };
        if stream.add(&part).is_err() {
            return Ok(None);
        }
    }
    let names = |id: &str| table.id_names(id).map(<[String]>::to_vec);
    let Some(mut fit) = stream.fit(&names, method, watch)? else { return Ok(None) };
    let mut kept: Vec<u32> = vec![];
    for rows in parts() {
        let first = rows.start as u32;
        let Some(part) = table.part(&wanted, rows.clone(), 1) else { return Ok(None) };
        let (design, _) = stream.columns(&part)?;
        match &design.kept {
            Some(keep) => kept.extend(keep.iter().map(|row| first + row)),
            None => kept.extend(first..rows.end as u32),
        }
        fit.add_rows(&design);
    }
    fit.kept = (kept.len() < table.rows()).then_some(kept);
    Ok(Some(fit))
}

/// Whether an expression can be evaluated row by row.
fn by_row(expr: &RExpr, facts: &Facts, depth: usize) -> bool {
    match expr {
        RExpr::Name(name) if is_constant(name) => true,
        RExpr::Name(name) => match facts.define.get(name) {
            Some(text) => depth < 8 && parse_expression(text).is_ok_and(|e| by_row(&e, facts, depth + 1)),
            None => true,
        },
        RExpr::Number(_) | RExpr::Text(_) => true,
        RExpr::Null => false,
        RExpr::Call(head, arguments) => {
            let summary = is_summary(head) || head == "length";
            let known =
                matches!(head.as_str(), "(" | "I" | "identity" | "-" | "+" | "!" | "ifelse" | "log" | "==" | "!=")
                    || unary(head).is_some()
                    || binary(head).is_some();
            known
                && !summary
                && arguments.iter().all(|(name, a)| (name.is_none() || head == "log") && by_row(a, facts, depth))
        }
    }
}

/// The groups of a grouping factor, numbered as they appear.
#[derive(Default)]
struct Cells {
    /// Places in the list of ids.
    ids: Vec<usize>,
    /// The number of each code of a single factor.
    single: Vec<u32>,
    /// The numbers of pairs: of the first two factors' codes, of that number and the third's code, …
    pairs: Vec<HashMap<(u32, u32), u32, Mixer>>,
    /// The codes of each group, one after the other.
    codes: Vec<u32>,
}

impl Cells {
    fn numbers(&mut self, ids: &[Vec<u32>]) -> Vec<u32> {
        let [first, rest @ ..] = &self.ids[..] else { return vec![] };
        if rest.is_empty() {
            let number = |code: &u32| {
                if self.single.len() <= *code as usize {
                    self.single.resize(*code as usize + 1, u32::MAX);
                }
                let place = &mut self.single[*code as usize];
                if *place == u32::MAX {
                    *place = self.codes.len() as u32;
                    self.codes.push(*code);
                }
                *place
            };
            return ids[*first].iter().map(number).collect();
        }
        self.pairs.resize_with(rest.len(), HashMap::default);
        let mut out = ids[*first].clone();
        for (level, id) in rest.iter().enumerate() {
            let map = &mut self.pairs[level];
            let mut last = ((u32::MAX, u32::MAX), 0);
            for row in 0..out.len() {
                let key = (out[row], ids[*id][row]);
                if key != last.0 {
                    let next = map.len() as u32;
                    let number = *map.entry(key).or_insert(next);
                    if number == next && level + 1 == rest.len() {
                        self.codes.extend(self.ids.iter().map(|i| ids[*i][row]));
                    }
                    last = (key, number);
                }
                out[row] = last.1;
            }
        }
        out
    }
}

/// A model that is being summed.
struct Stream<'a> {
    model: &'a Model,
    facts: &'a Facts,
    variables: Vec<&'a RExpr>,
    lists: Vec<(usize, &'a [Term])>,
    /// The order of the blocks: the model's, and lme4's when all groups are known.
    order: Vec<usize>,
    /// Grouping factors' names and the columns of their ids.
    ids: Vec<(String, String)>,
    cells: Vec<Cells>,
    template: Frame,
    prepared: Prepared,
    x: Vec<String>,
    /// Blocks without rows.
    random: Vec<RandomBlock>,
    /// For each column of each block, its first value in each group, while it is constant within groups.
    slopes: Vec<Vec<Option<Vec<f64>>>>,
    seen: HashMap<RExpr, Vec<bool>>,
    missing: Missing,
    rows: usize,
    /// The first response, and whether another was different.
    responses: Responses,
}

fn bare(columns: &[Named]) -> Vec<Named> {
    columns.iter().map(|c| Named { name: c.name.clone(), values: vec![].into() }).collect()
}

impl<'a> Stream<'a> {
    /// Learns the columns from the first rows; `None` when they cannot be made in parts.
    fn new(model: &'a Model, facts: &'a Facts, first: &Table, wanted: &Wanted) -> Result<Option<Self>> {
        in_scope(model)?;
        let mut variables: Vec<&RExpr> = vec![model.response()];
        variables.extend(model.covariates());
        variables.extend(model.offsets());
        if !variables.iter().all(|v| by_row(v, facts, 0)) {
            return Ok(None);
        }
        let mut ids: Vec<(String, String)> = vec![];
        let mut cells = vec![];
        for grouping in model.groupings() {
            let mut places = vec![];
            for name in grouping.factors() {
                let at = ids.iter().position(|(n, _)| n == name).unwrap_or_else(|| {
                    ids.push((name.clone(), facts.column.get(name).unwrap_or(name).clone()));
                    ids.len() - 1
                });
                places.push(at);
            }
            cells.push(Cells { ids: places, ..Cells::default() });
        }
        let step = first.rows().div_ceil(SAMPLE).max(1) | 1;
        let Some(sample) = first.part(wanted, 0..first.rows(), step) else { return Ok(None) };
        let source = Source { table: &sample, facts };
        let Ok((template, _, _)) = Frame::part(&source, &variables, &[], Categorical::Known) else { return Ok(None) };
        if template.rows() == 0 {
            return Ok(None);
        }
        let lists = lists(model)?;
        let Ok((wide, blocks, _)) = matrices(model, &lists, &template) else { return Ok(None) };
        let intercept = wide.first().is_some_and(|c| c.name == "(Intercept)");
        let slices: Vec<&[f64]> = wide.iter().map(|c| &c.values[..]).collect();
        let prepared = Prepared::start(&slices, intercept, &blocks, cells.len());
        let random: Vec<RandomBlock> =
            blocks.iter().map(|b| RandomBlock { groups: b.groups, columns: bare(&b.columns) }).collect();
        let slopes = random
            .iter()
            .map(|b| {
                b.columns.iter().map(|c| (b.columns.len() > 1 && c.name != "(Intercept)").then(Vec::new)).collect()
            })
            .collect();
        let x = wide[..wide.len() - 1].iter().map(|c| c.name.clone()).collect();
        Ok(Some(Self {
            model,
            facts,
            variables,
            order: (0..lists.len()).collect(),
            lists,
            ids,
            cells,
            template,
            prepared,
            x,
            random,
            slopes,
            seen: HashMap::new(),
            missing: vec![],
            rows: 0,
            responses: Responses::new(),
        }))
    }

    /// The columns of a part, as a design without names of groups.
    fn columns(&mut self, part: &Table) -> Result<(Design, Frame)> {
        let source = Source { table: part, facts: self.facts };
        let fault = || Box::new(Diagnostic::error(Code::Fault, "an id has no codes"));
        let mut codes: Vec<(String, &[u32])> = vec![];
        for (name, column) in &self.ids {
            codes.push((name.clone(), part.id_codes(column).ok_or_else(fault)?));
        }
        let (frame, kept, missing) = Frame::part(&source, &self.variables, &codes, Categorical::Like(&self.template))?;
        for (name, count) in missing {
            match self.missing.iter_mut().find(|(n, _)| *n == name) {
                Some(known) => known.1 += count,
                None => self.missing.push((name, count)),
            }
        }
        let codes: Vec<Vec<u32>> = codes
            .iter()
            .map(|(_, c)| kept.as_ref().map_or_else(|| c.to_vec(), |k| k.iter().map(|r| c[*r as usize]).collect()))
            .collect();
        let numbered = self.model.groupings().into_iter().zip(&mut self.cells);
        let groups = numbered
            .map(|(grouping, cells)| Groups {
                name: grouping.to_string(),
                labels: vec![],
                index: cells.numbers(&codes),
            })
            .collect();
        let (mut x, blocks, offset) = matrices(self.model, &self.lists, &frame)?;
        let random = self.order.iter().map(|i| blocks[*i].clone()).collect();
        let y = x.pop().map(|y| y.values).unwrap_or_default();
        Ok((Design { y, offset, x, aliased: vec![], groups, random, kept }, frame))
    }

    fn add(&mut self, part: &Table) -> Result<()> {
        let (design, frame) = self.columns(part)?;
        self.rows += part.rows();
        if design.y.is_empty() {
            return Ok(());
        }
        frame.see(&mut self.seen);
        self.responses.add(&design.y);
        for (block, slopes) in design.random.iter().zip(&mut self.slopes) {
            let index = &design.groups[block.groups].index;
            for (column, slope) in block.columns.iter().zip(slopes) {
                if slope.as_mut().is_some_and(|first| !within(first, index, &column.values)) {
                    *slope = None;
                }
            }
        }
        let mut wide: Vec<&[f64]> = design.x.iter().map(|c| &c.values[..]).collect();
        wide.push(&design.y);
        let groups: Vec<&[u32]> = design.groups.iter().map(|g| &g.index[..]).collect();
        self.prepared.add(&wide, &design.random, &groups);
        Ok(())
    }

    /// Fits what was summed; `None` when the first rows did not foretell the rest.
    fn fit(
        &mut self,
        names: &dyn Fn(&str) -> Option<Vec<String>>,
        method: Method,
        watch: Watch<'_>,
    ) -> Result<Option<Fit>> {
        let n = self.prepared.sums.rows as usize;
        if n == 0 || self.seen.values().flatten().any(|seen| !seen) {
            return Ok(None);
        }
        let mut notes: Notes = dropped(&self.missing, self.rows, n).into_iter().collect();
        self.responses.note(self.model.response(), &mut notes);
        if !self.responses.vary {
            let response = self.model.response();
            let message = format!("the response `{response}` is constant: there is no variation to explain");
            return Diagnostic::error(Code::NotIdentified, message).into();
        }
        let mut groups = vec![];
        for (grouping, cells) in self.model.groupings().iter().zip(&self.cells) {
            let of: Option<Vec<Vec<String>>> = cells.ids.iter().map(|i| names(&self.ids[*i].1)).collect();
            let Some(of) = of else { return Ok(None) };
            let label = |codes: &[u32]| -> String {
                codes.iter().zip(&of).map(|(c, names)| &names[*c as usize][..]).collect::<Vec<_>>().join(":")
            };
            let labels = cells.codes.chunks_exact(cells.ids.len()).map(label).collect();
            groups.push(Groups { name: grouping.to_string(), labels, index: vec![] });
        }
        let mut order: Vec<usize> = (0..self.random.len()).collect();
        order.sort_by_key(|i| std::cmp::Reverse(groups[self.random[*i].groups].labels.len()));
        let mut prepared = self.prepared.clone();
        prepared.order(&order);
        self.order = order.clone();
        let random: Vec<RandomBlock> = order.iter().map(|i| self.random[*i].clone()).collect();
        let slopes: Vec<Vec<bool>> =
            order.iter().map(|i| self.slopes[*i].iter().map(Option::is_some).collect()).collect();
        let mut design =
            Design { y: vec![].into(), offset: None, x: vec![], aliased: vec![], groups, random, kept: None };
        design.check_sizes(n, &mut notes)?;
        let x: Vec<&str> = self.x.iter().map(String::as_str).collect();
        let Some(gone) = prepared.drop_dependent(&x) else { return Ok(None) };
        for (column, of) in &gone {
            let of: Vec<String> = of.iter().map(|i| self.x[*i].clone()).collect();
            notes.push(rank::told(&self.x[*column], &of));
            design.aliased.push(self.x[*column].clone());
        }
        let kept = self.x.iter().enumerate().filter(|(i, _)| !gone.iter().any(|(g, _)| g == i));
        design.x = kept.map(|(_, name)| Named { name: name.clone(), values: vec![].into() }).collect();
        design.check_width(n)?;
        identify::check(&design, &prepared, &mut notes)?;
        notes.extend(constants(&design, &slopes));
        let mut fit = solve(&design, &prepared, method, notes, watch)?;
        fit.title = self.model.response().to_string();
        Ok(Some(fit))
    }
}

type Matrices = (Vec<Named>, Vec<RandomBlock>, Option<Vec<f64>>);

/// The columns of X with the response, less the offset, as the last; the blocks; the offset.
fn matrices(model: &Model, lists: &[(usize, &[Term])], frame: &Frame) -> Result<Matrices> {
    let response = frame.numeric(model.response())?;
    let offset = offset(model, frame)?;
    let values = match &offset {
        Some(offset) => response.iter().zip(offset).map(|(y, o)| y - o).collect::<Vec<_>>().into(),
        None => response,
    };
    let mut wide = frame.matrix(model.fixed())?;
    wide.push(Named { name: String::new(), values });
    let mut random = vec![];
    for (groups, list) in lists {
        random.push(RandomBlock { groups: *groups, columns: frame.matrix(list)? });
    }
    Ok((wide, random, offset))
}
