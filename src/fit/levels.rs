//! At which Level each covariate of a model varies, as data say it.

use super::data::{Column, Table, constant_within};
use super::evaluate::{Source, Value};
use crate::error::Result;
use crate::model::{Facts, Grouping, Level, Model, RExpr};

/// The Level of every covariate of the model: the coarsest grouping factor within whose groups it is constant, else the
/// observation. A covariate that the table does not have is left out.
///
/// # Errors
/// `MissingColumn` for a grouping factor that the table does not have; those of [`Source::evaluate`] but for a missing
/// column.
///
/// ```
/// use mlnote::fit::{Table, Wanted, levels};
/// use mlnote::model::{Covariance, Facts, Grouping, Level, Model, RExpr, RandomTerm, Term};
/// let g = Grouping::new(["g"]);
/// let model = Model::new(RExpr::name("y"))
///     .with_fixed([Term::covariate("x"), Term::covariate("z")])
///     .with_random(RandomTerm::new(g.clone(), [Term::intercept()], Covariance::Unstructured));
/// let all = Wanted { all: true, ..Wanted::default() };
/// let table = Table::read(&b"g,x,z\na,1,5\na,2,5\nb,1,7\n"[..], None, &all).unwrap();
/// let found = levels(&model, &table, &Facts::default()).unwrap();
/// assert_eq!(found, [(RExpr::name("x"), Level::Observation), (RExpr::name("z"), Level::Group(g))]);
/// ```
pub fn levels(model: &Model, table: &Table, facts: &Facts) -> Result<Vec<(RExpr, Level)>> {
    let column = |factor: &String| facts.column.get(factor).unwrap_or(factor).clone();
    let mut groups: Vec<(&Grouping, Vec<String>)> =
        model.groupings().into_iter().map(|g| (g, g.factors().iter().map(column).collect())).collect();
    for name in groups.iter().flat_map(|(_, names)| names) {
        table.id(name)?;
    }
    groups.sort_by_key(|(_, names)| count(table, names));
    let source = Source { table, facts };
    let mut found = vec![];
    // A name of its own for what is made of columns: no header has a line end.
    let made = "\n";
    for covariate in model.covariates() {
        let columns = match source.evaluate(covariate) {
            Ok(Value::Scalar(_) | Value::Text(_)) => vec![],
            Ok(Value::Number(v) | Value::Logical(v)) => vec![Column::Numeric(v)],
            Ok(Value::Matrix(parts)) => parts.into_iter().map(|(_, v)| Column::Numeric(v)).collect(),
            Ok(Value::Factor(categories)) => vec![Column::Text(categories)],
            Err(error) if error.code == crate::error::Code::MissingColumn => continue,
            Err(error) => return Err(error),
        };
        let mut tables = vec![];
        for column in columns {
            let mut with = table.clone();
            with.push(made, column)?;
            tables.push(with);
        }
        let constant = |names: &[String]| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            tables.iter().all(|table| constant_within(table, made, &names) == Some(true))
        };
        let level = groups.iter().find(|(_, names)| constant(names)).map(|(group, _)| Level::Group((*group).clone()));
        found.push((covariate.clone(), level.unwrap_or(Level::Observation)));
    }
    Ok(found)
}

/// The categories of every covariate that is categorical in the data and that no fact declares, the reference first, in
/// R's order: sorted. A covariate that the table does not have is left out.
///
/// # Errors
/// Those of [`Source::evaluate`] but for a missing column.
pub fn factors(model: &Model, table: &Table, facts: &Facts) -> Result<Vec<(String, Vec<String>)>> {
    let source = Source { table, facts };
    let mut found: Vec<(String, Vec<String>)> = vec![];
    for name in model.covariates().into_iter().flat_map(RExpr::names) {
        if facts.factor.contains_key(name) || found.iter().any(|(known, _)| known == name) {
            continue;
        }
        match source.evaluate(&RExpr::name(name)) {
            Ok(Value::Factor(categories)) => found.push((name.to_owned(), categories.names)),
            Err(error) if error.code != crate::error::Code::MissingColumn => return Err(error),
            _ => {}
        }
    }
    Ok(found)
}

/// The number of groups: the fewer, the coarser.
fn count(table: &Table, names: &[String]) -> usize {
    let ids: Vec<_> = names.iter().filter_map(|name| table.id(name).ok()).collect();
    let key = |row: usize| ids.iter().map(|id| id.codes[row]).collect::<Vec<_>>();
    (0..table.rows()).map(key).collect::<std::collections::HashSet<_>>().len()
}
