//! The lines of R and Python that make the data of a program from a table.

use super::{Program, dummy};
use crate::error::Result;
use crate::model::RExpr;
use crate::write::engine::{Language, arithmetic};
use crate::write::python::{NUMPY, is_identifier, quoted};
use crate::write::{Style, lmer};

/// What the data of a program are, in R and in Python.
pub(in crate::write) struct DataLines<'a> {
    program: &'a Program,
    data: &'a str,
    engine: &'static str,
    width: usize,
}

/// A member of the data: its name, and its value in the two languages.
struct Member {
    name: String,
    r: String,
    python: String,
}

impl<'a> DataLines<'a> {
    /// The data of a program for an engine.
    pub(in crate::write) fn new(program: &'a Program, engine: &'static str, style: &'a Style) -> Self {
        Self { program, data: &style.data_name, engine, width: style.width }
    }

    /// The lines of R; they make `name`, a list.
    ///
    /// # Errors
    /// `CannotSay` for a column that R cannot spell.
    pub(in crate::write) fn r(&self, name: &str) -> Result<Vec<String>> {
        let data = lmer::column(self.data)?;
        let mut lines = vec![];
        let used: Vec<String> = self.used().into_iter().map(|column| RExpr::Text(column).to_string()).collect();
        lines.extend(list(&format!("d <- na.omit({data}[c("), &used, ")])", self.width));
        let groups = self.program.groups.iter().map(|group| {
            let factors: Result<Vec<String>> =
                group.grouping.factors().iter().map(|f| Ok(format!("d${}", lmer::column(f)?))).collect();
            let factors = factors?;
            let made = match &factors[..] {
                [only] => format!("factor({only})"),
                several => format!("interaction({}, drop = TRUE)", several.join(", ")),
            };
            Ok(format!("{} = {made}", RExpr::name(&group.index)))
        });
        let groups: Vec<String> = groups.collect::<Result<_>>()?;
        if !groups.is_empty() {
            lines.extend(list("groups <- list(", &groups, ")", self.width));
            lines.push("first <- lapply(groups, function(group) match(levels(group), group))".into());
        }
        let members = self.members()?;
        let members: Vec<String> = members.iter().map(|m| format!("{} = {}", RExpr::name(&m.name), m.r)).collect();
        lines.extend(list(&format!("{name} <- list("), &members, ")", self.width));
        Ok(lines)
    }

    /// The lines of Python; they make `name`, a dictionary.
    ///
    /// # Errors
    /// `CannotSay` for what is not arithmetic.
    pub(in crate::write) fn python(&self, name: &str) -> Result<Vec<String>> {
        let used: Vec<String> = self.used().iter().map(|column| quoted(column)).collect();
        let mut lines = vec!["import numpy as np".to_owned()];
        lines.extend(list(&format!("d = {}.dropna(subset=[", self.frame()), &used, "])", self.width));
        let groups = self.program.groups.iter().map(|group| {
            let factors: Vec<String> = group.grouping.factors().iter().map(|factor| quoted(factor)).collect();
            let by = format!("d.groupby([{}], observed=True)", factors.join(", "));
            format!("{}: {by}.ngroup().to_numpy() + 1", quoted(&group.index))
        });
        let groups: Vec<String> = groups.collect();
        if !groups.is_empty() {
            lines.extend(list("groups = {", &groups, "}", self.width));
            lines.push(
                "first = {name: np.unique(group, return_index=True)[1] for name, group in groups.items()}".into(),
            );
        }
        let members = self.members()?;
        let members: Vec<String> = members.iter().map(|m| format!("{}: {}", quoted(&m.name), m.python)).collect();
        lines.extend(list(&format!("{name} = {{"), &members, "}", self.width));
        Ok(lines)
    }

    /// The data as Python names them.
    fn frame(&self) -> String {
        if is_identifier(self.data) { self.data.to_owned() } else { format!("globals()[{}]", quoted(self.data)) }
    }

    /// The columns of the table that the model uses, each once.
    fn used(&self) -> Vec<String> {
        let program = self.program;
        let mut used: Vec<String> = program.model.response().names().into_iter().map(str::to_owned).collect();
        used.extend(program.columns.iter().flat_map(|column| column.expr.names()).map(str::to_owned));
        used.extend(program.groups.iter().flat_map(|group| group.grouping.factors()).cloned());
        let mut seen: Vec<String> = vec![];
        for name in used {
            if !seen.contains(&name) {
                seen.push(name);
            }
        }
        seen
    }

    /// The members of the data, in the order of the program's declarations.
    fn members(&self) -> Result<Vec<Member>> {
        let program = self.program;
        let member = |name: &str, r: String, python: String| Member { name: name.to_owned(), r, python };
        let mut members = vec![member(&program.count, "nrow(d)".into(), "len(d)".into())];
        for group in &program.groups {
            let (r, python) = (RExpr::name(&group.index).to_string(), quoted(&group.index));
            members.push(member(&group.count, format!("nlevels(groups${r})"), format!("len(first[{python}])")));
            members.push(member(&group.index, format!("as.integer(groups${r})"), format!("groups[{python}]")));
        }
        for (at, group) in program.groups.iter().enumerate() {
            let own = (RExpr::name(&group.index).to_string(), quoted(&group.index));
            for (to, name) in &program.groups[at].lookups {
                let coarser = &program.groups[*to].index;
                let r = format!("as.integer(groups${})[first${}]", RExpr::name(coarser), own.0);
                members.push(member(name, r, format!("groups[{}][first[{}]]", quoted(coarser), own.1)));
            }
        }
        let response = program.model.response();
        let (r, python) = (r_values(response)?, self.python_values(response)?);
        let (r, python) = match program.is_gaussian() {
            true => (r, python),
            false => (format!("as.integer({r})"), format!("{python}.astype(int)")),
        };
        members.push(member(&program.response, r, python));
        for column in &program.columns {
            let (mut r, mut python) = (r_values(&column.expr)?, self.python_values(&column.expr)?);
            if let Some(group) = column.group {
                let index = &program.groups[group].index;
                r = format!("{r}[first${}]", RExpr::name(index));
                python = format!("{python}[first[{}]]", quoted(index));
            }
            members.push(member(&column.name, r, python));
        }
        Ok(members)
    }

    /// The values of a covariate in Python, one for each row.
    fn python_values(&self, expr: &RExpr) -> Result<String> {
        let column = |name: &str| format!("d[{}]", quoted(name));
        if let RExpr::Name(name) = expr {
            return Ok(format!("{}.to_numpy()", column(name)));
        }
        if let Some((factor, category)) = dummy(expr) {
            return Ok(format!("({} == {}).to_numpy().astype(int)", column(factor), quoted(category)));
        }
        let language = Language {
            engine: self.engine,
            power: "**",
            functions: NUMPY,
            reserved: &[],
            longest: usize::MAX,
            folds_case: false,
        };
        let python = arithmetic(expr, &language, &mut |name| Ok(column(name)))?;
        Ok(format!("({python}).to_numpy()"))
    }
}

/// The values of a covariate in R, one for each row of the table `d`.
///
/// # Errors
/// `CannotSay` for a column that R cannot spell.
pub(in crate::write) fn r_values(expr: &RExpr) -> Result<String> {
    if let RExpr::Name(name) = expr {
        return Ok(format!("d${}", lmer::column(name)?));
    }
    if let Some((factor, category)) = dummy(expr) {
        return Ok(format!("as.integer(with(d, {}))", RExpr::dummy(factor, category)));
    }
    let inner = match expr {
        RExpr::Call(head, inner) if head == "I" && inner.len() == 1 => &inner[0].1,
        other => other,
    };
    Ok(format!("with(d, {inner})"))
}

/// A list on one line when it fits; else with as many members a line as fit.
pub(in crate::write) fn list(head: &str, members: &[String], tail: &str, width: usize) -> Vec<String> {
    let line = format!("{head}{}{tail}", members.join(", "));
    if line.chars().count() <= width {
        return vec![line];
    }
    let mut lines = vec![head.to_owned()];
    let mut inner = String::new();
    for (at, member) in members.iter().enumerate() {
        let comma = if at + 1 < members.len() { "," } else { "" };
        if !inner.is_empty() && inner.chars().count() + member.chars().count() + 6 > width {
            lines.push(format!("   {inner}"));
            inner.clear();
        }
        inner += &format!(" {member}{comma}");
    }
    lines.extend([format!("   {inner}"), tail.to_owned()]);
    lines
}
