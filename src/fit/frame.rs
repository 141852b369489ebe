//! The model frame and R's `model.matrix`: which rows are complete, and which columns a list of terms stands for.

use super::data::{Categories, MISSING};
use super::evaluate::{Source, Value};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{RExpr, Term};
use std::collections::HashMap;
use std::sync::Arc;

/// A column of numbers, shared between the matrices that hold it.
pub type Shared = Arc<Vec<f64>>;

/// A named column of a design matrix.
#[derive(Clone, Debug)]
pub struct Named {
    /// R's name: `(Intercept)`, `fb`, `R:Z`.
    pub name: String,
    /// One number a row.
    pub values: Shared,
}

/// The variables of a model on the rows without missing values.
#[derive(Debug)]
pub struct Frame {
    rows: usize,
    variables: HashMap<RExpr, Variable>,
    ones: Shared,
}

#[derive(Debug)]
enum Variable {
    Columns(Vec<(String, Shared)>),
    Factor(Categories),
}

/// No row is without a missing value: which columns lack how many, those that lack most first.
fn none_complete(counts: &Missing, rows: usize) -> Box<Diagnostic> {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(_, missing)| std::cmp::Reverse(*missing));
    let told = |(name, missing): &&(String, usize)| match *missing == rows {
        true => format!("`{name}` in every row"),
        false => format!("`{name}` in {missing} of {rows}"),
    };
    let listed: Vec<String> = counts.iter().map(told).collect();
    let message = format!("no row is complete; missing are {}", listed.join(", "));
    let empty: Vec<&str> = counts.iter().filter(|(_, m)| *m == rows).map(|(name, _)| name.as_str()).collect();
    let help = match empty.is_empty() {
        true => {
            "each row misses something, though no column is empty: leave a covariate out, or fill in its values".into()
        }
        false => {
            format!("nothing is known of {}: is it the right column (`--column`), and is it numeric?", empty.join(", "))
        }
    };
    Box::new(Diagnostic::error(Code::BadData, message).help(help))
}

fn missing_in(value: &Value, row: usize) -> bool {
    match value {
        Value::Scalar(v) => v.is_nan(),
        Value::Text(_) => false,
        Value::Number(v) | Value::Logical(v) => v[row].is_nan(),
        Value::Matrix(columns) => columns.iter().any(|(_, c)| c[row].is_nan()),
        Value::Factor(f) => f.codes[row] == MISSING,
    }
}

impl Frame {
    /// Evaluates the variables on every row, as R's `model.frame`, then keeps the rows on which neither a variable nor
    /// an id is missing. `keep` is `None` when all are kept.
    ///
    /// # Errors
    /// What evaluation says; `BadData` for an infinite value or when no row is complete.
    pub fn new(
        source: &Source<'_>,
        variables: &[&RExpr],
        ids: &[(String, &Categories)],
        notes: &mut Notes,
    ) -> Result<(Self, Option<Vec<u32>>)> {
        let ids: Vec<(String, &[u32])> = ids.iter().map(|(name, id)| (name.clone(), &id.codes[..])).collect();
        let (frame, keep, counts) = Self::part(source, variables, &ids, Categorical::Present)?;
        notes.extend(dropped(&counts, source.table.rows(), frame.rows));
        if frame.rows == 0 {
            return Err(none_complete(&counts, source.table.rows()));
        }
        Ok((frame, keep))
    }

    /// As [`Frame::new`], of a part of a table; also how many rows miss what.
    pub(crate) fn part(
        source: &Source<'_>,
        variables: &[&RExpr],
        ids: &[(String, &[u32])],
        categorical: Categorical<'_>,
    ) -> Result<(Self, Option<Vec<u32>>, Missing)> {
        let n = source.table.rows();
        let mut values: Vec<(&RExpr, Value)> = vec![];
        for expr in variables {
            if values.iter().any(|(e, _)| e == expr) {
                continue;
            }
            let value = source.evaluate(expr)?;
            finite(expr, &value)?;
            values.push((expr, value));
        }
        let mut dropped = vec![false; n];
        let mut counts: Missing = vec![];
        let mut count = |name: String, any: bool, missing: &dyn Fn(usize) -> bool| {
            // Rows are looked at one by one only when something is missing at all.
            let mut here = 0;
            for (row, gone) in dropped.iter_mut().enumerate().filter(|_| any) {
                if missing(row) {
                    *gone = true;
                    here += 1;
                }
            }
            if here > 0 {
                counts.push((name, here));
            }
        };
        for (expr, value) in &values {
            let any = match value {
                Value::Number(v) | Value::Logical(v) => !all_finite(v),
                _ => true,
            };
            count(expr.to_string(), any, &|row| missing_in(value, row));
        }
        for (name, id) in ids {
            count(name.clone(), id.contains(&MISSING), &|row| id[row] == MISSING);
        }
        let keep: Option<Vec<u32>> = (!counts.is_empty())
            .then(|| dropped.iter().enumerate().filter(|(_, gone)| !**gone).map(|(row, _)| row as u32).collect());
        let rows = keep.as_ref().map_or(n, Vec::len);
        let mut held = HashMap::new();
        for (expr, value) in values {
            let present = matches!(categorical, Categorical::Present);
            let mut made = variable(expr, value, keep.as_deref(), rows, present)?;
            if let Categorical::Like(template) = categorical {
                let like = template.variables.get(expr);
                made = alike(made, like).ok_or_else(|| {
                    Box::new(Diagnostic::error(Code::BadData, format!("`{expr}` changes its kind between rows")))
                })?;
            }
            held.insert(expr.clone(), made);
        }
        Ok((Self { rows, variables: held, ones: Arc::new(vec![1.0; rows]) }, keep, counts))
    }

    /// The number of complete rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Marks the categories that a row has, by variable.
    pub(crate) fn see(&self, seen: &mut HashMap<RExpr, Vec<bool>>) {
        for (expr, variable) in &self.variables {
            if let Variable::Factor(factor) = variable {
                let seen = seen.entry(expr.clone()).or_insert_with(|| vec![false; factor.names.len()]);
                factor.codes.iter().for_each(|c| seen[*c as usize] = true);
            }
        }
    }

    /// A numeric variable.
    ///
    /// # Errors
    /// `NotNumeric` when it is categorical or has several columns.
    pub fn numeric(&self, expr: &RExpr) -> Result<Shared> {
        match self.variables.get(expr) {
            Some(Variable::Columns(columns)) if columns.len() == 1 => Ok(columns[0].1.clone()),
            Some(Variable::Factor(f)) => {
                if f.names.iter().all(|name| matches!(&name[..], "TRUE" | "FALSE")) {
                    let message = format!("`{expr}` must be numeric and is TRUE or FALSE");
                    let help = "a logistic model of it is read and written, not fitted; for a linear one write 0 and 1";
                    return Err(Box::new(Diagnostic::error(Code::NotNumeric, message).help(help)));
                }
                let told = f.codes.first().and_then(|c| f.names.get(*c as usize)).map_or("", String::as_str);
                let message = format!("`{expr}` must be numeric and holds text: `{}`", told.escape_debug());
                Diagnostic::error(Code::NotNumeric, message).into()
            }
            _ => Diagnostic::error(Code::NotNumeric, format!("`{expr}` is not one number a row")).into(),
        }
    }

    /// The columns of the terms, as R's `model.matrix`: the intercept when it is among them, then the terms by degree;
    /// a factor by treatment contrasts where its margin is in the model, by full dummies where it is not (`TermCode`
    /// in R's model.c; the first factor is full when there is no intercept).
    ///
    /// # Errors
    /// `BadData` for a factor of one category where contrasts are needed.
    pub fn matrix(&self, terms: &[Term]) -> Result<Vec<Named>> {
        let mut order: Vec<&Term> = terms.iter().collect();
        order.sort_by_key(|t| t.degree());
        let intercept = order.first().is_some_and(|t| t.is_intercept());
        let mut full: Vec<Vec<bool>> = order
            .iter()
            .enumerate()
            .map(|(at, term)| {
                let absent = |v: &RExpr| {
                    let rest: Vec<&RExpr> = term.factors().iter().filter(|f| *f != v).collect();
                    !rest.is_empty() && !order[..at].iter().any(|t| rest.iter().all(|r| t.factors().contains(r)))
                };
                term.factors().iter().map(absent).collect()
            })
            .collect();
        if !intercept {
            let factor = |e: &RExpr| matches!(self.variables.get(e), Some(Variable::Factor(_)));
            let first =
                order.iter().enumerate().find_map(|(t, term)| term.factors().iter().position(factor).map(|f| (t, f)));
            if let Some((t, f)) = first {
                full[t][f] = true;
            }
        }
        let mut out = vec![];
        for (term, full) in order.iter().zip(&full) {
            if term.is_intercept() {
                out.push(Named { name: "(Intercept)".into(), values: self.ones.clone() });
                continue;
            }
            let mut columns: Vec<Named> = vec![];
            for (expr, full) in term.factors().iter().zip(full) {
                let own = self.columns(expr, *full)?;
                columns = if columns.is_empty() { own } else { product(&columns, &own) };
            }
            out.extend(columns);
        }
        Ok(out)
    }

    fn columns(&self, expr: &RExpr, full: bool) -> Result<Vec<Named>> {
        let label = expr.to_string();
        match self.variables.get(expr) {
            Some(Variable::Columns(columns)) => Ok(columns
                .iter()
                .map(|(suffix, values)| Named { name: format!("{label}{suffix}"), values: values.clone() })
                .collect()),
            Some(Variable::Factor(factor)) => {
                if !full && factor.names.len() < 2 {
                    let name = if let RExpr::Name(name) = expr { name } else { &label };
                    let message = format!("`{name}` has only one category: its contrasts need two or more");
                    return Diagnostic::error(Code::BadData, message).into();
                }
                let from = usize::from(!full);
                Ok(factor.names[from..]
                    .iter()
                    .enumerate()
                    .map(|(at, name)| {
                        let code = (at + from) as u32;
                        let values = factor.codes.iter().map(|c| f64::from(*c == code)).collect();
                        Named { name: format!("{label}{name}"), values: Arc::new(values) }
                    })
                    .collect())
            }
            None => Diagnostic::error(Code::Fault, format!("`{label}` is not in the model frame")).into(),
        }
    }
}

/// Which categories the factors of a frame have.
#[derive(Clone, Copy)]
pub(crate) enum Categorical<'a> {
    /// Those that a row has.
    Present,
    /// All that the table knows.
    Known,
    /// Those of another frame.
    Like(&'a Frame),
}

/// How many rows miss a variable or an id, by name.
pub(crate) type Missing = Vec<(String, usize)>;

/// What is told of rows that are dropped for missing values.
pub(crate) fn dropped(counts: &Missing, all: usize, kept: usize) -> Option<Diagnostic> {
    let told: Vec<String> = counts.iter().map(|(name, c)| format!("{name}: {c}")).collect();
    let message = format!("{} of {all} rows dropped for missing values ({})", all - kept, told.join(", "));
    (!counts.is_empty()).then(|| Diagnostic::note(Code::DroppedRows, message))
}

/// The variable with the categories of another in their order; `None` when it has one that the other has not.
fn alike(variable: Variable, template: Option<&Variable>) -> Option<Variable> {
    match (variable, template) {
        (Variable::Factor(own), Some(Variable::Factor(of))) => {
            let place: Vec<u32> = own
                .names
                .iter()
                .map(|name| of.names.iter().position(|n| n == name).map(|at| at as u32))
                .collect::<Option<_>>()?;
            let codes = own.codes.iter().map(|c| place[*c as usize]).collect();
            Some(Variable::Factor(Categories { codes, names: of.names.clone() }))
        }
        (Variable::Columns(own), Some(Variable::Columns(of))) if own.len() == of.len() => Some(Variable::Columns(own)),
        _ => None,
    }
}

/// Whether no value is missing or infinite; without branches within a chunk, so that several are looked at at once.
fn all_finite(values: &[f64]) -> bool {
    values.chunks(64).all(|chunk| chunk.iter().fold(true, |all, v| all & v.is_finite()))
}

fn finite(expr: &RExpr, value: &Value) -> Result<()> {
    let columns: Vec<&Vec<f64>> = match value {
        Value::Number(v) => vec![v],
        Value::Matrix(columns) => columns.iter().map(|(_, c)| c).collect(),
        _ => vec![],
    };
    for column in columns.into_iter().filter(|c| !all_finite(c)) {
        if let Some(row) = column.iter().position(|v| v.is_infinite()) {
            let message = format!("`{expr}` is infinite in row {}", row + 1);
            return Diagnostic::error(Code::BadData, message).into();
        }
    }
    Ok(())
}

fn variable(expr: &RExpr, value: Value, keep: Option<&[u32]>, rows: usize, only: bool) -> Result<Variable> {
    let present = |codes: &[u32], names: &[String]| match only {
        true => present(codes, names),
        false => Categories { codes: codes.to_vec(), names: names.to_vec() },
    };
    let pick = |values: Vec<f64>| match keep {
        Some(keep) => Arc::new(keep.iter().map(|r| values[*r as usize]).collect()),
        None => Arc::new(values),
    };
    Ok(match value {
        Value::Scalar(v) => Variable::Columns(vec![(String::new(), Arc::new(vec![v; rows]))]),
        Value::Text(text) => {
            let message = format!("`{expr}` is the text `{}`, not a column", text.escape_debug());
            return Diagnostic::error(Code::NotNumeric, message).into();
        }
        Value::Number(v) => Variable::Columns(vec![(String::new(), pick(v))]),
        Value::Matrix(columns) => Variable::Columns(columns.into_iter().map(|(s, c)| (s, pick(c))).collect()),
        Value::Logical(v) => {
            let cell = |b: &f64| Some(if *b == 1.0 { "TRUE" } else { "FALSE" });
            let both = Categories::intern([Some("FALSE"), Some("TRUE")].into_iter().chain(pick(v).iter().map(cell)));
            Variable::Factor(present(&both.codes[2..], &both.names))
        }
        Value::Factor(f) => match keep {
            Some(keep) => {
                let codes: Vec<u32> = keep.iter().map(|r| f.codes[*r as usize]).collect();
                Variable::Factor(present(&codes, &f.names))
            }
            None => Variable::Factor(present(&f.codes, &f.names)),
        },
    })
}

/// The factor without categories that no row has.
fn present(codes: &[u32], names: &[String]) -> Categories {
    let mut place = vec![MISSING; names.len()];
    for code in codes {
        place[*code as usize] = 0;
    }
    let mut kept = vec![];
    for (old, place) in place.iter_mut().enumerate().filter(|(_, p)| **p == 0) {
        *place = kept.len() as u32;
        kept.push(names[old].clone());
    }
    Categories { codes: codes.iter().map(|c| place[*c as usize]).collect(), names: kept }
}

/// Products of columns, the first variable's varying fastest, as in R.
fn product(left: &[Named], right: &[Named]) -> Vec<Named> {
    let mut out = vec![];
    for r in right {
        for l in left {
            let values = l.values.iter().zip(r.values.iter()).map(|(a, b)| a * b).collect();
            out.push(Named { name: format!("{}:{}", l.name, r.name), values: Arc::new(values) });
        }
    }
    out
}
