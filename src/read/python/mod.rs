//! What the readers of Python's packages share: scripts, calls, and formulas as patsy and formulae read them.

mod formula;
mod parse;
mod script;

pub(super) use formula::Formulas;
pub(super) use parse::{Py, Value};

use super::chosen::chosen;
use super::columns::Columns;
use super::lmer::parts;
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Facts, Model};
use std::collections::BTreeMap;

/// Functions of one number, and R's names for them.
const FUNCTIONS: &[(&str, &str)] = &[
    ("log", "log"),
    ("log2", "log2"),
    ("log10", "log10"),
    ("log1p", "log1p"),
    ("exp", "exp"),
    ("sqrt", "sqrt"),
    ("abs", "abs"),
    ("mean", "mean"),
];

/// The values of a script's names, the columns it makes, and the calls that fit models.
pub(super) struct Program {
    names: BTreeMap<String, Py>,
    /// Columns that are made, as they are calculated.
    pub(super) columns: Columns,
    /// Columns of one value.
    constant: Vec<String>,
    /// Columns of the cells of others.
    cells: BTreeMap<String, Vec<String>>,
}

/// A call: its arguments, its place.
pub(super) struct Call {
    /// The last name of the function.
    pub(super) function: String,
    /// The name before it: a module or a class.
    pub(super) of: Option<String>,
    /// The arguments, with their names when they have one.
    pub(super) arguments: Vec<(Option<String>, Py)>,
    /// From the function to the last bracket.
    pub(super) span: Span,
    /// What is called on its value, in its own statement and after it.
    pub(super) methods: Vec<Method>,
    /// The name that its statement gives to the value.
    assigned: Option<String>,
}

/// A method that is called: `.fit(reml=False)`.
pub(super) struct Method {
    /// Its name.
    pub(super) name: String,
    /// The arguments, with their names when they have one.
    pub(super) arguments: Vec<(Option<String>, Py)>,
}

impl Call {
    /// The arguments by their names; those without one take the free `positions` in order, and none beyond them.
    pub(super) fn named(&self, positions: &[&str]) -> Vec<(String, &Py)> {
        let mut free = positions.iter().filter(|p| !self.arguments.iter().any(|(name, _)| name.as_deref() == Some(p)));
        let mut place = || free.next().map(|p| (*p).to_owned()).unwrap_or_default();
        self.arguments.iter().map(|(name, value)| (name.clone().unwrap_or_else(&mut place), value)).collect()
    }

    /// An argument that the call does not have.
    pub(super) fn unknown(&self, name: &str, value: &Py, known: &[&'static str]) -> Diagnostic {
        let kind = format!("argument of `{}()`", self.function);
        Diagnostic::unknown(Code::UnknownName, &kind, name, known.iter().copied()).at(value.span, "given here")
    }

    /// The argument that is the formula.
    ///
    /// # Errors
    /// `Syntax` when there is none.
    pub(super) fn formula<'a>(&self, given: Option<&'a Py>) -> Result<&'a Py> {
        let missing = || Diagnostic::error(Code::Syntax, format!("`{}()` without a formula", self.function));
        given.ok_or_else(|| Box::new(missing().at(self.span, "here")))
    }
}

/// What a package makes of its call.
type ModelOf = fn(&Call, &mut Formulas<'_>, &mut Facts, &mut Notes) -> Result<Model>;

/// Reads the one model of a script, as [`Program::new`] finds it.
pub(super) fn reading(
    text: &str,
    facts: &Facts,
    words: &[&str],
    is_model: fn(&Py) -> bool,
    model: ModelOf,
) -> Result<Reading> {
    parts::reading(text, facts, |all, notes| {
        let (mut program, call) = Program::new(text, words, &is_model, all)?;
        model(&call, &mut Formulas::new(&mut program), all, notes)
    })
}

impl Program {
    /// Reads a script up to the call that fits the model; `is_model` tells a call by the function called.
    ///
    /// # Errors
    /// `Syntax` when the call cannot be read, `TwoResponses` for several of them.
    pub(super) fn new(
        text: &str,
        words: &[&str],
        is_model: &dyn Fn(&Py) -> bool,
        facts: &Facts,
    ) -> Result<(Self, Call)> {
        let script = script::script(text)?;
        let mut program =
            Self { names: BTreeMap::new(), columns: Columns::new(false), constant: vec![], cells: BTreeMap::new() };
        let mut calls: Vec<Call> = vec![];
        for place in script.statements {
            let line = &script.text[place.clone()];
            let start = place.start + line.len() - line.trim_start().len();
            let line = line.trim();
            let fits = words.iter().any(|word| line.contains(word));
            let continues = calls.iter().filter_map(|call| call.assigned.as_ref()).any(|name| line.contains(name));
            if !fits && !continues && !line.contains('=') {
                continue;
            }
            let statement = match parse::statement(line, start) {
                Ok(statement) => statement,
                Err(error) if fits && calls.is_empty() => return Err(error),
                Err(_) => continue,
            };
            match find(&statement.value, is_model) {
                Some(call) => {
                    let assigned = statement.targets.first().and_then(Py::last_name).map(str::to_owned);
                    calls.push(Call { assigned, ..call });
                }
                None => {
                    if calls.is_empty() || facts.model.is_some() {
                        program.assign(&statement);
                    } else {
                        program.name_late(&statement);
                    }
                    if let Some((of, methods)) = called(&statement.value)
                        && let Some(call) = calls.iter_mut().rfind(|call| call.assigned.as_deref() == Some(of))
                    {
                        call.methods.extend(methods);
                    }
                }
            }
        }
        let call = chosen(calls, facts.model, |call| call.span)?.ok_or_else(|| {
            Diagnostic::error(Code::Syntax, format!("there is no call of `{}`", words[0]))
                .at(Span::new(0, text.len()), "")
        })?;
        Ok((program, call))
    }

    fn assign(&mut self, statement: &parse::Statement) {
        let [target] = &statement.targets[..] else { return };
        if let Value::Name(name) = &target.value {
            self.names.insert(name.clone(), statement.value.clone());
            return;
        }
        let Some(column) = target.column().map(str::to_owned) else { return };
        self.constant.retain(|other| *other != column);
        self.cells.remove(&column);
        if is_constant(&statement.value) {
            self.constant.push(column);
        } else if let Some(cells) = cells(&statement.value) {
            self.cells.insert(column, cells);
        } else {
            self.columns.define(&column, &r_text(&statement.value).unwrap_or_default(), FUNCTIONS);
        }
    }

    /// A name that is given after the model stands for what it does there unless it was given before.
    fn name_late(&mut self, statement: &parse::Statement) {
        if let [Py { value: Value::Name(name), .. }] = &statement.targets[..] {
            self.names.entry(name.clone()).or_insert_with(|| statement.value.clone());
        }
    }

    /// The value of an argument: that of its name, when the script gives it one.
    pub(super) fn value<'a>(&'a self, argument: &'a Py) -> &'a Py {
        match &argument.value {
            Value::Name(name) => self.names.get(name).unwrap_or(argument),
            _ => argument,
        }
    }

    /// The factors of a grouping argument; none for a column of one value.
    ///
    /// # Errors
    /// `NeedsInfo` for what is no column that the text tells.
    pub(super) fn grouping(&self, argument: &Py) -> Result<Vec<String>> {
        let value = self.value(argument);
        if is_constant(value) {
            return Ok(vec![]);
        }
        if let Some(cells) = cells(value) {
            return Ok(cells);
        }
        match value.column() {
            Some(column) if self.constant.iter().any(|other| other == column) => Ok(vec![]),
            Some(column) if !column.is_empty() => {
                Ok(self.cells.get(column).cloned().unwrap_or_else(|| vec![column.to_owned()]))
            }
            _ => Diagnostic::error(Code::NeedsInfo, "the grouping factor is not in the text")
                .at(argument.span, "which column is this?")
                .help("name it: `groups=\"school\"`")
                .into(),
        }
    }
}

/// The call of a model in an expression: `smf.mixedlm(…).fit()`.
fn find(py: &Py, is_model: &dyn Fn(&Py) -> bool) -> Option<Call> {
    match &py.value {
        Value::Call(function, arguments) if is_model(function) => {
            let of = if let Value::Member(of, _) = &function.value { of.last_name().map(str::to_owned) } else { None };
            let function = function.last_name().unwrap_or_default().to_owned();
            let arguments = arguments.clone();
            Some(Call { function, of, arguments, span: py.span, methods: vec![], assigned: None })
        }
        Value::Call(function, arguments) => match (find(function, is_model), &function.value) {
            (Some(mut call), Value::Member(_, name)) => {
                call.methods.push(Method { name: name.clone(), arguments: arguments.clone() });
                Some(call)
            }
            (found, _) => found.or_else(|| arguments.iter().find_map(|(_, a)| find(a, is_model))),
        },
        Value::Member(of, _) | Value::Index(of, _) => find(of, is_model),
        Value::List(items) => items.iter().find_map(|item| find(item, is_model)),
        _ => None,
    }
}

/// The name that methods are called on, and these: `print(model.fit().summary())`.
fn called(py: &Py) -> Option<(&str, Vec<Method>)> {
    match &py.value {
        Value::Name(name) => Some((name, vec![])),
        Value::Member(of, _) => called(of),
        Value::Call(function, arguments) => match &function.value {
            Value::Member(of, method) => {
                let (name, mut methods) = called(of)?;
                methods.push(Method { name: method.clone(), arguments: arguments.clone() });
                Some((name, methods))
            }
            _ => arguments.iter().find_map(|(_, argument)| called(argument)),
        },
        _ => None,
    }
}

/// `1`, `np.ones(n)`, `"all"` for every row.
fn is_constant(py: &Py) -> bool {
    match &py.value {
        Value::Number(_) => true,
        Value::Call(function, _) => matches!(function.last_name(), Some("ones" | "zeros" | "ones_like")),
        _ => false,
    }
}

/// The columns of `df["a"].astype(str) + ":" + df["b"].astype(str)`.
fn cells(py: &Py) -> Option<Vec<String>> {
    let Value::Operation(operands, signs) = &py.value else { return None };
    let mut columns = vec![];
    for operand in operands {
        match &operand.value {
            Value::Text(..) => {}
            Value::Call(function, _) => match &function.value {
                Value::Member(of, method) if method == "astype" || method == "map" => {
                    columns.push(of.column()?.to_owned());
                }
                _ => return None,
            },
            _ => return None,
        }
    }
    (signs.iter().all(|sign| sign == "+") && !columns.is_empty()).then_some(columns)
}

/// Arithmetic of columns in R's words.
fn r_text(py: &Py) -> Option<String> {
    let name = |name: &str| crate::model::RExpr::name(name).to_string();
    Some(match &py.value {
        Value::Number(text) => text.clone(),
        Value::Signed(sign, inner) if sign != "~" => format!("{sign}{}", r_text(inner)?),
        Value::Operation(operands, signs) => {
            let mut text = String::new();
            for (at, operand) in operands.iter().enumerate() {
                if at > 0 {
                    let sign = signs.get(at - 1)?;
                    if ["//", "%", "|", "&", "^", "@"].contains(&sign.as_str()) {
                        return None;
                    }
                    text += sign;
                }
                let inner = r_text(operand)?;
                text += &if matches!(operand.value, Value::Operation(..)) { format!("({inner})") } else { inner };
            }
            text
        }
        Value::Call(function, arguments) => match (&function.value, &arguments[..]) {
            (Value::Member(of, method), []) if method == "mean" => format!("mean({})", r_text(of)?),
            (_, [(None, only)]) => format!("{}({})", function.last_name()?, r_text(only)?),
            _ => return None,
        },
        Value::Text(..) => return None,
        _ => name(py.column()?),
    })
}
