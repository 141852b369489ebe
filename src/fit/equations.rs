//! The second way to a design: the equations as written are evaluated on every row, with one unknown switched on at a
//! time. No algebra is involved, so that this can bear witness for, or against, the model that was read from them.

use super::data::{Categories, Column, MISSING, Table};
use super::evaluate::Source;
use crate::error::{Code, Diagnostic, Result};
use crate::model::{Facts, RExpr};
use crate::syntax::{Expr, Key, Kind, Role, Roles, Symbol, System};
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
/// `MissingColumn` and `NotNumeric` as for a model; `OutOfScope` for a function that is not known; `Circular` when
/// equations define each other.
pub fn evaluate(system: &System, roles: &Roles, table: &Table, facts: &Facts) -> Result<WrittenDesign> {
    let mut rows = Rows { roles, source: Source { table, facts }, data: HashMap::new() };
    let offset = rows.value(&roles.equation, None, 0)?;
    let mut names: BTreeMap<String, String> =
        system.groups.iter().filter(|g| !g.name.is_empty()).map(|g| (g.letter.clone(), g.name.clone())).collect();
    names.extend(facts.index.clone());
    let blocks = blocks(roles);
    let (mut fixed, mut random) = (vec![], vec![]);
    for (key, role) in &roles.roles {
        if !matches!(role, Role::Fixed | Role::Random) {
            continue;
        }
        let mut values = rows.value(&roles.equation, Some(key), 0)?;
        values.iter_mut().zip(&offset).for_each(|(v, o)| *v -= o);
        if *role == Role::Fixed {
            // A symbol that stands only in a mean, or is switched off everywhere, is no column.
            if values.iter().any(|v| *v != 0.0) {
                fixed.push((key.clone(), values));
            }
            continue;
        }
        let cells = roles.closure.cells(&key.indices);
        let factors: BTreeSet<String> = cells
            .iter()
            .flat_map(|l| names.get(l).unwrap_or(l).split(':').map(str::to_owned).collect::<Vec<_>>())
            .collect();
        let index = groups(&factors, table, facts)?;
        let block = blocks.get(key).copied().unwrap_or(usize::MAX);
        random.push(WrittenEffect { key: key.clone(), factors, index, values, block });
    }
    Ok(WrittenDesign { offset, fixed, random })
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

/// Numbers for effects that covary: joined by a law with a covariance that is not zero, by a stated covariance, or by a
/// silence they share.
fn blocks(roles: &Roles) -> BTreeMap<Key, usize> {
    let keys: Vec<&Key> = roles.roles.iter().filter(|(_, r)| **r == Role::Random).map(|(k, _)| k).collect();
    let mut block: Vec<usize> = (0..keys.len()).collect();
    let group = |k: &Key| roles.closure.cells(&k.indices);
    let mut join = |a: &Key, b: &Key| {
        let at = |key: &Key| keys.iter().position(|k| *k == key);
        if let (Some(a), Some(b)) = (at(a), at(b))
            && group(keys[a]) == group(keys[b])
        {
            let (from, to) = (block[a].max(block[b]), block[a].min(block[b]));
            block.iter_mut().filter(|x| **x == from).for_each(|x| *x = to);
        }
    };
    for law in &roles.laws {
        let whole = law.covariance.rows.len() != law.keys.len();
        let cell = |i: usize, j: usize| law.covariance.rows.get(i).and_then(|r| r.get(j)).and_then(Option::as_ref);
        for i in 0..law.keys.len() {
            for j in 0..i {
                let written = [cell(i, j), cell(j, i)];
                if whole || written.iter().flatten().any(|e| !e.is_zero()) {
                    join(&law.keys[i], &law.keys[j]);
                }
            }
        }
    }
    let mut apart: Vec<BTreeSet<String>> = vec![];
    for (pair, value) in &roles.moments {
        if let [a, b] = &pair[..] {
            if value.is_zero() { apart.push(group(a)) } else { join(a, b) }
        }
    }
    let silent: Vec<&Key> = keys.iter().filter(|k| !roles.laws.iter().any(|l| l.keys.contains(k))).copied().collect();
    for (at, one) in silent.iter().enumerate() {
        for two in &silent[..at] {
            if !apart.contains(&group(one)) {
                join(one, two);
            }
        }
    }
    keys.into_iter().cloned().zip(block).collect()
}

/// The table, and the data symbols met so far.
struct Rows<'a> {
    roles: &'a Roles,
    source: Source<'a>,
    data: HashMap<Key, Vec<f64>>,
}

impl Rows<'_> {
    /// An expression on every row; unknowns are zero but for the one that is `on`, which is one.
    fn value(&mut self, expr: &Expr, on: Option<&Key>, depth: usize) -> Result<Vec<f64>> {
        if depth > 200 {
            return Diagnostic::error(Code::Circular, "the equations define each other in a circle")
                .at(expr.span, "")
                .into();
        }
        let n = self.source.table.rows();
        let depth = depth + 1;
        Ok(match &expr.kind {
            Kind::Number(text) => {
                let Ok(value) = text.parse::<f64>() else {
                    return Diagnostic::error(Code::NotNumeric, format!("`{text}` is no number"))
                        .at(expr.span, "")
                        .into();
                };
                vec![value; n]
            }
            Kind::Symbol(symbol) => self.symbol(symbol, on, depth)?,
            Kind::Negative(inner) => self.value(inner, on, depth)?.into_iter().map(|v| -v).collect(),
            Kind::Sum(parts) => self.fold(parts, 0.0, |a, b| a + b, on, depth)?,
            Kind::Product(parts) => self.fold(parts, 1.0, |a, b| a * b, on, depth)?,
            Kind::Quotient(a, b) => {
                let (a, b) = (self.value(a, on, depth)?, self.value(b, on, depth)?);
                a.into_iter().zip(b).map(|(a, b)| a / b).collect()
            }
            Kind::Power(a, b) => {
                let (a, b) = (self.value(a, on, depth)?, self.value(b, on, depth)?);
                a.into_iter().zip(b).map(|(a, b)| a.powf(b)).collect()
            }
            Kind::Call(name, arguments) => {
                let f: fn(f64) -> f64 = match name.trim_start_matches('\\') {
                    "log" | "ln" => f64::ln,
                    "exp" => f64::exp,
                    "sqrt" => f64::sqrt,
                    "abs" => f64::abs,
                    other => {
                        let message = format!("the function `{other}` is not known here");
                        return Diagnostic::error(Code::OutOfScope, message).at(expr.span, "").into();
                    }
                };
                let [only] = &arguments[..] else {
                    let message = format!("`{name}` takes one argument here");
                    return Diagnostic::error(Code::OutOfScope, message).at(expr.span, "").into();
                };
                self.value(only, on, depth)?.into_iter().map(f).collect()
            }
        })
    }

    fn fold(
        &mut self,
        parts: &[Expr],
        start: f64,
        f: fn(f64, f64) -> f64,
        on: Option<&Key>,
        depth: usize,
    ) -> Result<Vec<f64>> {
        let mut out = vec![start; self.source.table.rows()];
        for part in parts {
            let values = self.value(part, on, depth)?;
            out.iter_mut().zip(values).for_each(|(o, v)| *o = f(*o, v));
        }
        Ok(out)
    }

    fn symbol(&mut self, symbol: &Symbol, on: Option<&Key>, depth: usize) -> Result<Vec<f64>> {
        let key = symbol.key();
        let n = self.source.table.rows();
        match self.roles.role(symbol) {
            Some(Role::Fixed | Role::Random) => Ok(vec![f64::from(on == Some(&key)); n]),
            Some(Role::Residual) => Ok(vec![0.0; n]),
            Some(Role::Coefficient) => match self.roles.definition(&key) {
                Some(definition) => {
                    let right = definition.right.clone();
                    self.value(&right, on, depth)
                }
                None => {
                    let message = format!("`{}` has no equation", symbol.name.base);
                    Diagnostic::error(Code::UndefinedSymbol, message).at(symbol.span, "").into()
                }
            },
            Some(Role::Covariate) | None => {
                if !self.data.contains_key(&key) {
                    let values = self.column(symbol)?;
                    self.data.insert(key.clone(), values);
                }
                Ok(self.data[&key].clone())
            }
        }
    }

    /// The column of a data symbol; a word with a word in its subscript and no index is a category of a factor.
    fn column(&self, symbol: &Symbol) -> Result<Vec<f64>> {
        let (table, facts) = (self.source.table, self.source.facts);
        let named = |name: String| facts.column.get(&name).cloned().unwrap_or(name);
        let name = &symbol.name;
        let column = named(name.column());
        let dummy = symbol.indices.is_empty() && name.base.chars().count() > 1 && !name.tag.is_empty();
        if dummy && !table.has(&column) && !facts.define.contains_key(&column) {
            let mut whole = name.clone();
            whole.tag.clear();
            if let Ok(Column::Text(text)) = table.column(&named(whole.column())) {
                let code = text.names.iter().position(|n| *n == name.tag).map(|c| c as u32);
                let truth = |c: &u32| if *c == MISSING { f64::NAN } else { f64::from(Some(*c) == code) };
                return Ok(text.codes.iter().map(truth).collect());
            }
        }
        let expr = RExpr::name(column);
        let value = self.source.evaluate(&expr)?;
        self.source.as_numbers(value, &expr)
    }
}
