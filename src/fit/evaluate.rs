//! Expressions over a table: what R's model frame does with `log(x)`, `poly(x, 2)`, `factor(f)`, `I(x^2)`.

use super::categories::{first, in_order, ordered, sorted};
use super::data::{Categories, Column, MISSING, Table, Wanted};
use super::functions::{By, binary, polynomial, scaled, summarise, unary};
use super::parse::parse_expression;
use crate::error::{Code, Diagnostic, Result};
use crate::model::{Facts, Model, RExpr, Reference};
use std::collections::HashMap;

/// What an expression is over the rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A constant.
    Scalar(f64),
    /// A string.
    Text(String),
    /// A number a row; NaN is missing.
    Number(Vec<f64>),
    /// Truth a row: 0, 1 or NaN.
    Logical(Vec<f64>),
    /// Several numbers a row (`poly`), with what is added to the label for each.
    Matrix(Vec<(String, Vec<f64>)>),
    /// A category a row, the names in R's order, the reference first.
    Factor(Categories),
}

/// A table with what was declared about its columns.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The data.
    pub table: &'a Table,
    /// Columns, factors, definitions.
    pub facts: &'a Facts,
}

pub(crate) fn refuse(code: Code, message: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(code, message))
}

fn not_numeric(message: impl Into<String>) -> Box<Diagnostic> {
    refuse(Code::NotNumeric, message)
}

/// The columns that a model needs, through `--column`, `--define` and `--factor`.
///
/// # Errors
/// `BadArgument` when a definition cannot be read.
pub fn wanted(model: &Model, facts: &Facts) -> Result<Wanted> {
    let mut wanted = Wanted::default();
    for group in model.groupings() {
        for factor in group.factors() {
            wanted.ids.insert(facts.column.get(factor).unwrap_or(factor).clone());
        }
    }
    let exprs = std::iter::once(model.response()).chain(model.covariates()).chain(model.offsets());
    for expr in exprs {
        gather(expr, facts, &mut wanted, 0)?;
    }
    Ok(wanted)
}

/// Adds the columns that an expression needs to `wanted`.
pub(crate) fn gather(expr: &RExpr, facts: &Facts, wanted: &mut Wanted, depth: usize) -> Result<()> {
    if depth > 200 {
        return Err(refuse(Code::Circular, format!("the definition of `{expr}` goes in a circle or is too deep")));
    }
    match expr {
        RExpr::Name(name) if is_constant(name) => {}
        RExpr::Name(name) => {
            if let Some(text) = facts.define.get(name) {
                return gather(&parse_expression(text)?, facts, wanted, depth + 20);
            }
            let column = facts.column.get(name).unwrap_or(name).clone();
            if facts.is_categorical(name) {
                wanted.text.insert(column)
            } else {
                wanted.plain.insert(column)
            };
        }
        RExpr::Call(head, arguments) => {
            if let (true, [(None, RExpr::Call(bar, sides))]) = (is_group_function(head), &arguments[..])
                && bar == "|"
                && let [(_, of), (_, group)] = &sides[..]
            {
                wanted.ids.extend(group.names().iter().map(|g| {
                    let g = (*g).to_owned();
                    facts.column.get(&g).cloned().unwrap_or(g)
                }));
                return gather(of, facts, wanted, depth + 1);
            }
            for argument in operands(head, arguments) {
                gather(argument, facts, wanted, depth + 1)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// R's words for values; `T` and `F` are names that a column may have.
pub(crate) fn is_constant(name: &str) -> bool {
    matches!(name, "TRUE" | "FALSE" | "pi")
}

/// The arguments that hold data: switches of `scale` and `poly` (`raw = T`, `FALSE`) do not.
pub(crate) fn operands<'a>(
    head: &'a str,
    arguments: &'a [(Option<String>, RExpr)],
) -> impl Iterator<Item = &'a RExpr> + 'a {
    let switches = matches!(head, "scale" | "poly");
    let data = move |(at, (name, _)): &(usize, &(Option<String>, RExpr))| {
        *at == 0 || head == "log" || !switches && name.is_none()
    };
    arguments.iter().enumerate().filter(data).map(|(_, (_, argument))| argument)
}

/// `TRUE` or `FALSE`, as readers spell them, and R's short names for them.
fn switch(expr: &RExpr) -> Option<bool> {
    let (RExpr::Name(word) | RExpr::Number(word)) = expr else { return None };
    match word.as_str() {
        "TRUE" | "T" => Some(true),
        "FALSE" | "F" => Some(false),
        _ => None,
    }
}

/// Functions of all rows.
pub(crate) fn is_summary(head: &str) -> bool {
    matches!(head, "mean" | "sum" | "min" | "max" | "sd" | "median")
}

fn is_group_function(head: &str) -> bool {
    matches!(head, "mean" | "sum" | "min" | "max" | "length")
}

impl Source<'_> {
    /// The value of an expression.
    ///
    /// # Errors
    /// `MissingColumn`, `NotNumeric`, `Circular`; `OutOfScope` for a function that is not known.
    pub fn evaluate(&self, expr: &RExpr) -> Result<Value> {
        self.eval(expr, 0)
    }

    fn eval(&self, expr: &RExpr, depth: usize) -> Result<Value> {
        if depth > 200 {
            return Err(refuse(Code::Circular, format!("`{expr}` is defined in a circle or nested too deeply")));
        }
        match expr {
            RExpr::Name(name) => self.name(name, depth),
            RExpr::Number(text) => {
                if let Some(on) = switch(expr) {
                    return Ok(Value::Scalar(f64::from(on)));
                }
                let digits = text.trim_end_matches('L');
                let value = digits.parse().map_err(|_| not_numeric(format!("`{text}` is no number")))?;
                Ok(Value::Scalar(value))
            }
            RExpr::Text(text) => Ok(Value::Text(text.clone())),
            RExpr::Null => Err(refuse(Code::OutOfScope, "an empty argument has no value")),
            RExpr::Call(head, arguments) => self.call(expr, head, arguments, depth + 1),
        }
    }

    fn name(&self, name: &str, depth: usize) -> Result<Value> {
        match name {
            "TRUE" => return Ok(Value::Scalar(1.0)),
            "FALSE" => return Ok(Value::Scalar(0.0)),
            "pi" if !self.table.has(name) => return Ok(Value::Scalar(std::f64::consts::PI)),
            _ => {}
        }
        if let Some(text) = self.facts.define.get(name) {
            return self.eval(&parse_expression(text)?, depth + 20);
        }
        let column = self.facts.column.get(name).map_or(name, String::as_str);
        if let Some(order) = self.facts.factor.get(name) {
            return ordered(name, &self.table.id(column)?, order);
        }
        if let Some(reference) = self.facts.categorical.get(name) {
            return first(name, &in_order(&self.table.id(column)?), reference);
        }
        Ok(match self.table.column(column)? {
            Column::Numeric(values) => Value::Number(values.clone()),
            Column::Text(text) if text.names.iter().all(|n| matches!(n.as_str(), "TRUE" | "FALSE" | "T" | "F")) => {
                let truth = |c: &u32| text.names.get(*c as usize).map_or(f64::NAN, |n| f64::from(n.starts_with('T')));
                Value::Logical(text.codes.iter().map(truth).collect())
            }
            Column::Text(text) => Value::Factor(sorted(text, |a, b| a.cmp(b))),
        })
    }

    fn call(&self, expr: &RExpr, head: &str, arguments: &[(Option<String>, RExpr)], depth: usize) -> Result<Value> {
        if head == "log" {
            return self.logarithm(expr, depth);
        }
        let named = |key: &str| arguments.iter().find(|(n, _)| n.as_deref() == Some(key)).map(|(_, v)| v);
        let plain: Vec<&RExpr> = arguments.iter().filter(|(n, _)| n.is_none()).map(|(_, v)| v).collect();
        let known: &[&str] = match head {
            "poly" => &["degree", "raw"],
            "scale" => &["center", "scale"],
            "factor" => &["levels"],
            "relevel" => &["ref"],
            head if is_summary(head) => &["na.rm"],
            _ => &[],
        };
        if let Some(other) = arguments.iter().filter_map(|(n, _)| n.as_deref()).find(|n| !known.contains(n)) {
            return Err(refuse(Code::OutOfScope, format!("the argument `{other}` in `{expr}` is not known here")));
        }
        match (head, &plain[..]) {
            ("(" | "I" | "identity" | "c", [only]) => self.eval(only, depth),
            ("as.numeric" | "as.double", [only]) => self.unary(only, |v| v, depth),
            ("factor" | "as.factor" | "as.character" | "ordered", [only]) => self.factor(only, named("levels"), depth),
            ("relevel", [only, rest @ ..]) => {
                let reference = match named("ref").or(rest.first().copied()) {
                    Some(RExpr::Text(category)) => Reference::Category(category.clone()),
                    Some(RExpr::Call(head, _)) if head == "nlevels" => Reference::Last,
                    _ => return Err(refuse(Code::OutOfScope, format!("`{expr}` names no category in quotes"))),
                };
                match self.factor(only, None, depth)? {
                    Value::Factor(categories) => first(&only.to_string(), &categories, &reference),
                    other => Ok(other),
                }
            }
            (head, [RExpr::Call(bar, sides)]) if bar == "|" && is_group_function(head) => {
                let [(_, of), (_, group)] = &sides[..] else {
                    return Err(refuse(Code::OutOfScope, format!("`{expr}` is not of the form {head}(x | g)")));
                };
                Ok(Value::Number(self.by_group(head, of, group, depth)?))
            }
            (head, [only]) if is_summary(head) => {
                let values = self.numbers(only, depth)?;
                let missing = values.iter().filter(|v| v.is_nan()).count();
                let leave = named("na.rm").map_or(Some(false), switch);
                let Some(leave) = leave else {
                    return Err(refuse(Code::BadArgument, format!("`na.rm` in `{expr}` is not TRUE or FALSE")));
                };
                if missing > 0 && !leave {
                    let message = format!("`{expr}` is missing, since {missing} of {} rows are", values.len());
                    let help = format!(
                        "R gives NA for it, and no row would be left: take these rows out of the table, or write \
                         `{head}({only}, na.rm = TRUE)`"
                    );
                    return Err(refuse(Code::BadData, message).help_with(&help));
                }
                Ok(Value::Scalar(summarise(head, values.into_iter().filter(|v| !v.is_nan()))))
            }
            ("scale", [only, rest @ ..]) => {
                let x = self.numbers(only, depth)?;
                let mut rest = rest.iter().copied();
                let centre = self.by(named("center").or_else(|| rest.next()), expr, depth)?;
                let scale = self.by(named("scale").or_else(|| rest.next()), expr, depth)?;
                if rest.next().is_some() {
                    return Err(refuse(Code::BadArgument, format!("`{expr}` has more than x, center and scale")));
                }
                Ok(Value::Number(scaled(&x, centre, scale)))
            }
            ("poly", [only, rest @ ..]) => {
                if rest.len() > 1 {
                    let message = format!("`{expr}` has more than x and the degree without a name");
                    return Err(refuse(Code::OutOfScope, message).help_with("write poly(x, 2, raw = TRUE)"));
                }
                let raw = match named("raw").map(switch) {
                    None => false,
                    Some(Some(raw)) => raw,
                    Some(None) => {
                        let message = format!("`raw` in `{expr}` is neither TRUE nor FALSE");
                        return Err(refuse(Code::BadArgument, message));
                    }
                };
                let degree = rest.first().copied().or_else(|| named("degree"));
                let degree = match degree.map(|d| self.eval(d, depth)).transpose()? {
                    None => 1,
                    Some(Value::Scalar(d)) if (1.0..=20.0).contains(&d) && d.fract() == 0.0 => d as usize,
                    Some(_) => return Err(refuse(Code::OutOfScope, format!("the degree in `{expr}` is not 1 to 20"))),
                };
                polynomial(expr, &self.numbers(only, depth)?, degree, raw)
            }
            ("!", [only]) => Ok(Value::Logical(map(&self.numbers(only, depth)?, |v| f64::from(v == 0.0)))),
            ("-", [only]) => self.unary(only, |v| -v, depth),
            ("+", [only]) => self.eval(only, depth),
            ("ifelse", [test, yes, no]) => {
                let (test, yes, no) = (self.numbers(test, depth)?, self.numbers(yes, depth)?, self.numbers(no, depth)?);
                let pick = |i: usize| {
                    if test[i].is_nan() {
                        f64::NAN
                    } else if test[i] != 0.0 {
                        yes[i]
                    } else {
                        no[i]
                    }
                };
                Ok(Value::Number((0..test.len()).map(pick).collect()))
            }
            ("==" | "!=", [a, b]) => self.equal(head == "==", a, b, depth),
            (op, [a, b]) if binary(op).is_some() => {
                let f = binary(op).unwrap_or(|a, _| a);
                let (a, b) = (self.eval(a, depth)?, self.eval(b, depth)?);
                if let (Value::Scalar(a), Value::Scalar(b)) = (&a, &b) {
                    return Ok(Value::Scalar(f(*a, *b)));
                }
                let (a, b) = (self.as_numbers(a, expr)?, self.as_numbers(b, expr)?);
                let out = a.iter().zip(&b).map(|(a, b)| if a.is_nan() || b.is_nan() { f64::NAN } else { f(*a, *b) });
                let out = out.collect();
                let logical = matches!(op, "<" | ">" | "<=" | ">=" | "&" | "&&" | "|" | "||");
                Ok(if logical { Value::Logical(out) } else { Value::Number(out) })
            }
            (name, [only]) if unary(name).is_some() => self.unary(only, unary(name).unwrap_or(|v| v), depth),
            _ => Err(refuse(Code::OutOfScope, format!("the function `{head}` in `{expr}` is not known here"))
                .help_with("make the column in the data, or use arithmetic, log, exp, sqrt, poly, factor, scale")),
        }
    }

    /// What `scale` is told by one of its arguments: to use the data (as when it is silent), not to, or a number.
    fn by(&self, argument: Option<&RExpr>, expr: &RExpr, depth: usize) -> Result<By> {
        let Some(argument) = argument else { return Ok(By::Data) };
        match (switch(argument), argument) {
            (Some(true), _) => Ok(By::Data),
            (Some(false), _) => Ok(By::Nothing),
            (None, RExpr::Number(_) | RExpr::Call(..)) => match self.eval(argument, depth)? {
                Value::Scalar(value) => Ok(By::Number(value)),
                _ => Err(refuse(Code::BadArgument, format!("`{argument}` in `{expr}` is not one number"))),
            },
            _ => Err(refuse(Code::BadArgument, format!("`{argument}` in `{expr}` is not TRUE, FALSE or a number"))),
        }
    }

    /// `log(x, base)`, the base a number or a column.
    fn logarithm(&self, expr: &RExpr, depth: usize) -> Result<Value> {
        let Some((of, base)) = expr.as_logarithm() else {
            let message = format!("the arguments of `{expr}` are not those of `log(x, base)`");
            return Err(refuse(Code::BadArgument, message).help_with("write log(x), log(x, 2) or log(x, base = 2)"));
        };
        let logarithm = |v: f64, base: f64| match base {
            2.0 => v.log2(),
            10.0 => v.log10(),
            base => v.ln() / base.ln(),
        };
        match base.map(|base| self.eval(base, depth)).transpose()? {
            None => self.unary(of, f64::ln, depth),
            Some(Value::Scalar(base)) => self.unary(of, |v| logarithm(v, base), depth),
            Some(by_row) => {
                let (x, base) = (self.numbers(of, depth)?, self.as_numbers(by_row, expr)?);
                let missing = |v: f64, base: f64| v.is_nan() || base.is_nan();
                let row = |(v, base): (&f64, &f64)| if missing(*v, *base) { f64::NAN } else { logarithm(*v, *base) };
                Ok(Value::Number(x.iter().zip(&base).map(row).collect()))
            }
        }
    }

    fn unary(&self, of: &RExpr, f: impl Fn(f64) -> f64, depth: usize) -> Result<Value> {
        match self.eval(of, depth)? {
            Value::Scalar(v) => Ok(Value::Scalar(f(v))),
            other => Ok(Value::Number(map(&self.as_numbers(other, of)?, f))),
        }
    }

    fn numbers(&self, expr: &RExpr, depth: usize) -> Result<Vec<f64>> {
        let value = self.eval(expr, depth)?;
        self.as_numbers(value, expr)
    }

    /// A value as one number a row.
    ///
    /// # Errors
    /// `NotNumeric`, with row and value, for text.
    pub fn as_numbers(&self, value: Value, expr: &RExpr) -> Result<Vec<f64>> {
        match value {
            Value::Scalar(v) => Ok(vec![v; self.table.rows()]),
            Value::Number(v) | Value::Logical(v) => Ok(v),
            Value::Matrix(mut columns) if columns.len() == 1 => Ok(columns.remove(0).1),
            Value::Matrix(_) => Err(not_numeric(format!("`{expr}` has several columns; one number a row is needed"))),
            Value::Text(text) => Err(not_numeric(format!("`{}` is text, not a number", text.escape_debug()))),
            Value::Factor(f) => {
                let place = f.codes.iter().enumerate().find(|(_, c)| **c != MISSING);
                let told = place.map_or(String::new(), |(row, c)| {
                    format!(": `{}` in row {}", f.names[*c as usize].escape_debug(), row + 1)
                });
                Err(not_numeric(format!("`{expr}` must be numeric and holds text{told}")))
            }
        }
    }

    fn factor(&self, of: &RExpr, levels: Option<&RExpr>, depth: usize) -> Result<Value> {
        let given = match levels {
            Some(RExpr::Call(c, items)) if c == "c" => {
                Some(items.iter().map(|(_, i)| i.to_string().trim_matches('"').to_owned()).collect::<Vec<_>>())
            }
            _ => None,
        };
        let value = match self.eval(of, depth)? {
            Value::Factor(f) => f,
            Value::Logical(v) => {
                let text = map(&v, |b| b);
                let cells = text.iter().map(|b| (!b.is_nan()).then_some(if *b == 1.0 { "TRUE" } else { "FALSE" }));
                sorted(&Categories::intern(cells), |a, b| a.cmp(b))
            }
            other => {
                let text: Vec<String> = self.as_numbers(other, of)?.iter().map(f64::to_string).collect();
                let interned = Categories::intern(text.iter().map(|t| (t != "NaN").then_some(t.as_str())));
                let key = |t: &str| t.parse::<f64>().unwrap_or(f64::NAN);
                sorted(&interned, |a, b| key(a).total_cmp(&key(b)))
            }
        };
        match given {
            Some(order) => ordered(&of.to_string(), &value, &order),
            None => Ok(Value::Factor(value)),
        }
    }

    fn equal(&self, equal: bool, a: &RExpr, b: &RExpr, depth: usize) -> Result<Value> {
        let (a_value, b_value) = (self.eval(a, depth)?, self.eval(b, depth)?);
        let out = match (a_value, b_value) {
            (Value::Factor(f), Value::Text(t)) | (Value::Text(t), Value::Factor(f)) => {
                let code = f.names.iter().position(|n| *n == t).ok_or_else(|| {
                    refuse(Code::BadData, format!("no row of `{a}` is \"{}\"", t.escape_debug()))
                        .help_with(&format!("the categories are {}", f.names.join(", ")))
                })? as u32;
                let truth = |c: &u32| if *c == MISSING { f64::NAN } else { f64::from((*c == code) == equal) };
                f.codes.iter().map(truth).collect()
            }
            (x, y) => {
                let (x, y) = (self.as_numbers(x, a)?, self.as_numbers(y, b)?);
                let truth = |(x, y): (&f64, &f64)| {
                    if x.is_nan() || y.is_nan() { f64::NAN } else { f64::from((x == y) == equal) }
                };
                x.iter().zip(&y).map(truth).collect()
            }
        };
        Ok(Value::Logical(out))
    }

    fn by_group(&self, function: &str, of: &RExpr, group: &RExpr, depth: usize) -> Result<Vec<f64>> {
        let x = self.numbers(of, depth)?;
        let names = group.names();
        if names.is_empty() {
            return Err(refuse(Code::BadArgument, format!("`{group}` names no grouping factor")));
        }
        let mut ids = vec![];
        for name in names {
            ids.push(self.table.id(self.facts.column.get(name).map_or(name, String::as_str))?);
        }
        let key = |row: usize| ids.iter().map(|i| i.codes[row]).collect::<Vec<u32>>();
        let mut members: HashMap<Vec<u32>, Vec<f64>> = HashMap::new();
        for (row, value) in x.iter().enumerate() {
            if !value.is_nan() {
                members.entry(key(row)).or_default().push(*value);
            }
        }
        let made: HashMap<Vec<u32>, f64> =
            members.into_iter().map(|(k, v)| (k, summarise(function, v.into_iter()))).collect();
        Ok((0..x.len()).map(|row| made.get(&key(row)).copied().unwrap_or(f64::NAN)).collect())
    }
}

pub(crate) trait HelpWith {
    fn help_with(self, text: &str) -> Self;
}
impl HelpWith for Box<Diagnostic> {
    fn help_with(mut self, text: &str) -> Self {
        self.help = Some(text.to_owned());
        self
    }
}

pub(crate) fn map(values: &[f64], f: impl Fn(f64) -> f64) -> Vec<f64> {
    values.iter().map(|v| if v.is_nan() { *v } else { f(*v) }).collect()
}
