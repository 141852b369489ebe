//! HLM 7: the equations that its window shows, and the settings that stand in no equation (Raudenbush, Bryk, Cheong,
//! Congdon and du Toit, HLM 7: Hierarchical Linear and Nonlinear Modeling, 2011).

mod crossed;

use super::engine::{self, AS_IN_R, Language, Names, arithmetic, cannot, cells};
use super::program::{dummy, list, r_values};
use super::{Style, lmer};
use crate::algebra::{Form, Reading, Role, Summand, branches};
use crate::error::{Notes, Result};
use crate::model::{Covariance, Grouping, Model, RExpr, Term};

const HLM: Language = Language {
    engine: "HLM",
    power: "^",
    functions: AS_IN_R,
    reserved: &["intrcpt1", "intrcpt2"],
    longest: 8,
    folds_case: true,
};

/// The letters of the coefficients and of the random terms of each Level, by the number of Levels.
const LETTERS: [(&[&str], &[&str]); 3] =
    [(&["β", "γ"], &["r", "u"]), (&["π", "β", "γ"], &["e", "r", "u"]), (&["ψ", "π", "β", "γ"], &["ε", "e", "r", "u"])];
/// The index letters from the observations upwards.
const INDICES: [&str; 4] = ["i", "j", "k", "l"];

/// Writes equations and settings, then what makes the files.
pub(super) fn write(reading: &Reading, style: &Style, notes: &mut Notes) -> Result<String> {
    engine::known_categories(reading, "HLM")?;
    let (model, root) = branches(reading, Form::Hierarchical, notes)?;
    check(&model)?;
    let nested = engine::nesting(&model).map(|chain| chain.into_iter().map(|(g, _)| g.clone()).collect::<Vec<_>>());
    let (stages, module) = match nested {
        Some(chain) if (1..=3).contains(&chain.len()) => {
            let module = ["HLM2", "HLM3", "HLM4"][chain.len() - 1];
            (chain.into_iter().rev().collect(), module)
        }
        Some(chain) if chain.is_empty() => {
            return cannot("HLM", "it has no random effects", "`lmer` writes it as a call of lm or glm");
        }
        Some(chain) => {
            return cannot("HLM", format!("it has {} Levels", chain.len() + 1), "HLM fits four; `lmer` fits more");
        }
        None => (crossed::stages(&model)?, "HCM2"),
    };
    let gaussian = model.family() == "gaussian";
    if gaussian && module != "HLM2" && !style.ml {
        return cannot("HLM", format!("{module} has no REML"), "`--ml` writes the model with full maximum likelihood");
    }
    let mut writer = Writer::new(&model, stages);
    let response = writer.column(std::slice::from_ref(model.response()), None)?;
    let levels = match module {
        "HCM2" => crossed::levels(&mut writer, &root, &response)?,
        _ => {
            writer.level_equation(0, String::new(), &[], root.summands.iter().map(Item::from).collect(), &response)?;
            std::mem::take(&mut writer.levels)
        }
    };
    writer.names.note_with(notes, "the lines of R give the columns of the files these names");
    let mut lines = vec![];
    for (at, equations) in levels.iter().enumerate() {
        lines.push(format!("Level-{} Model", at + 1));
        lines.extend(equations.iter().map(|equation| format!("    {equation}")));
    }
    lines.push("Settings".into());
    lines.extend(writer.settings(module, &response, style.ml).into_iter().map(|line| format!("    {line}")));
    lines.extend(writer.files(style)?);
    Ok(lines.join("\n") + "\n")
}

/// Refuses families and covariances that HLM has no setting for.
fn check(model: &Model) -> Result<()> {
    match (model.family(), model.link()) {
        ("gaussian", "identity") | ("binomial", "logit") | ("poisson", "log") => {}
        (family, link) => {
            let why = format!("the family {family} with link {link}");
            return cannot("HLM", why, "gaussian, binomial (logit) and poisson (log) can be said");
        }
    }
    if let [offset, ..] = model.offsets() {
        let help = match model.family() {
            "gaussian" => format!("subtract the offset from the response first: it is a linear model in Y - {offset}"),
            _ => "`lmer`, `glmmtmb` and `brms` can say it".to_owned(),
        };
        return cannot("HLM", "it has an offset", help);
    }
    for (at, term) in model.random().iter().enumerate() {
        let again = model.random()[..at].iter().any(|other| other.group == term.group);
        if term.covariance != Covariance::Unstructured || again {
            let why = format!("all random effects of {} covary there, and those of this model do not", term.group);
            return cannot(
                "HLM",
                why,
                "the nearest that it can say has one term `(… | group)` for each grouping factor",
            );
        }
    }
    Ok(())
}

/// One summand of an equation still to be written.
#[derive(Clone)]
struct Item {
    times: Vec<(RExpr, Option<Grouping>)>,
    role: Role,
}

impl From<&Summand> for Item {
    fn from(summand: &Summand) -> Self {
        Self { times: summand.times.clone(), role: summand.role.clone() }
    }
}

/// A column of one of the files.
struct Column {
    name: String,
    factors: Vec<RExpr>,
    /// The place of its groups among the stages; `None` for the observations.
    stage: Option<usize>,
}

struct Writer<'a> {
    model: &'a Model,
    /// The grouping factors, the finest first.
    stages: Vec<Grouping>,
    ids: Vec<String>,
    names: Names<'static>,
    columns: Vec<Column>,
    /// The equations of each Level.
    levels: Vec<Vec<String>>,
    /// The random terms that are switched on, and off.
    switches: [Vec<String>; 2],
}

impl<'a> Writer<'a> {
    fn new(model: &'a Model, stages: Vec<Grouping>) -> Self {
        let mut names = Names::new(&HLM);
        let columns = model.covariates().into_iter().chain([model.response()]).flat_map(|expr| expr.names());
        columns.for_each(|name| drop(names.column(name)));
        let id = |stage: &Grouping| match stage.factors() {
            [only] => names.column(only),
            _ => names.own(&cells(stage)),
        };
        let ids = stages.iter().map(id).collect();
        let levels = vec![vec![]; stages.len() + 1];
        Self { model, stages, ids, names, columns: vec![], levels, switches: [vec![], vec![]] }
    }

    /// The column of a product of covariates in the file of a stage.
    ///
    /// # Errors
    /// Those of [`arithmetic`].
    fn column(&mut self, factors: &[RExpr], stage: Option<usize>) -> Result<String> {
        let same =
            |column: &Column| column.stage == stage && Term::new(column.factors.clone()) == Term::new(factors.to_vec());
        if let Some(known) = self.columns.iter().find(|column| same(column)) {
            return Ok(known.name.clone());
        }
        for factor in factors.iter().filter(|factor| dummy(factor).is_none()) {
            arithmetic(factor, &HLM, &mut |name| Ok(name.to_owned()))?;
        }
        let name = match factors {
            [RExpr::Name(name)] => self.names.column(name),
            factors => {
                let words: Vec<String> = factors
                    .iter()
                    .map(|factor| match dummy(factor) {
                        Some((factor, category)) => format!("{factor}_{category}"),
                        None => factor.to_string().trim_start_matches("I(").trim_end_matches(')').to_owned(),
                    })
                    .collect();
                self.names.own(&words.join("_"))
            }
        };
        self.columns.push(Column { name: name.clone(), factors: factors.to_vec(), stage });
        Ok(name)
    }

    /// `*(R_ij)`, or nothing.
    fn times(&mut self, times: &[(RExpr, Option<Grouping>)], stage: Option<usize>) -> Result<String> {
        if times.is_empty() {
            return Ok(String::new());
        }
        let factors: Vec<RExpr> = times.iter().map(|(factor, _)| factor.clone()).collect();
        let name = self.column(&factors, stage)?;
        Ok(format!("*({name}_{})", self.indices(stage.map_or(0, |stage| stage + 1))))
    }

    /// The indices of what varies at a Level, counted from 0.
    fn indices(&self, level: usize) -> String {
        INDICES[level..=self.stages.len()].concat()
    }

    /// The equation of `left` at a Level, counted from 0, and those of its coefficients: every coefficient has one at
    /// every Level above.
    fn level_equation(
        &mut self,
        level: usize,
        left: String,
        digits: &[usize],
        items: Vec<Item>,
        response: &str,
    ) -> Result<()> {
        let top = self.stages.len();
        let (coefficients, randoms) = LETTERS[top - 1];
        let here = level.checked_sub(1);
        let mut summands = vec![];
        let mut below = vec![];
        let mut random = None;
        let mut number = 0;
        for item in items {
            if let Role::Effect(..) = item.role {
                if let Some((covariate, _)) = item.times.first() {
                    let why = format!("the slope of {covariate} varies over the groups that it is constant within");
                    return cannot("HLM", why, "`lmer` can say it");
                }
                random = Some(());
                continue;
            }
            // The intercept of an equation has the number 0 whether it is there or not.
            let own = if item.times.is_empty() { 0 } else { number.max(1) };
            number = own + 1;
            let digits: Vec<usize> = digits.iter().copied().chain([own]).collect();
            let symbol = self.symbol(coefficients[level], &digits, level + 1);
            summands.push(format!("{symbol}{}", self.times(&item.times, here)?));
            if level < top {
                below.push((symbol, digits, item.role));
            }
        }
        if level == 0 {
            let indices = self.indices(0);
            let right = summands.join(" + ");
            self.levels[0].extend(match self.model.family() {
                "gaussian" => vec![format!("{response}_{indices} = {} + {}_{indices}", right, randoms[0])],
                "binomial" => vec![
                    format!("Prob({response}_{indices}=1|{}) = φ_{indices}", coefficients[0]),
                    format!("log[φ_{indices}/(1 - φ_{indices})] = η_{indices}"),
                    format!("η_{indices} = {right}"),
                ],
                _ => vec![
                    format!("E({response}_{indices}|{}) = λ_{indices}", coefficients[0]),
                    format!("log[λ_{indices}] = η_{indices}"),
                    format!("η_{indices} = {right}"),
                ],
            });
        } else {
            let name = self.symbol(randoms[level], digits, level);
            self.switches[usize::from(random.is_none())].push(name.clone());
            summands.extend(random.map(|()| name));
            self.levels[level].push(format!("{left} = {}", summands.join(" + ")));
        }
        for (symbol, digits, role) in below {
            let alone = |role: Role| vec![Item { times: vec![], role }];
            let items = match role {
                Role::Coefficient(branch) if branch.group.as_ref() == Some(&self.stages[level]) => {
                    branch.summands.iter().map(Item::from).collect()
                }
                // Nothing varies at the next Level: the coefficient is that of a Level above.
                role => alone(role),
            };
            self.level_equation(level + 1, symbol, &digits, items, response)?;
        }
        Ok(())
    }

    /// `β_1j`; at the last Level, where nothing varies any more, `γ_10`.
    fn symbol(&self, letter: &str, digits: &[usize], level: usize) -> String {
        let separator = if digits.iter().any(|&digit| digit > 9) { "," } else { "" };
        let digits: Vec<String> = digits.iter().map(usize::to_string).collect();
        let indices = if level > self.stages.len() { String::new() } else { self.indices(level) };
        format!("{letter}_{}{indices}", digits.join(separator))
    }

    /// What stands in no equation.
    fn settings(&self, module: &str, response: &str, ml: bool) -> Vec<String> {
        let law = match self.model.family() {
            "gaussian" => "Normal (Continuous)",
            "binomial" => "Bernoulli (0 or 1)",
            _ => "Poisson (constant exposure)",
        };
        let estimation = match (self.model.family(), module, ml) {
            ("gaussian", "HLM2", false) => "Restricted maximum likelihood",
            ("gaussian", ..) => "Full maximum likelihood",
            _ => "Full PQL, with the Laplace approximation on, as glmer",
        };
        let mut lines = vec![
            format!("Module: {module}"),
            format!("Outcome: {response}, distribution {law}"),
            "Predictors: all added uncentered".to_owned(),
        ];
        let ids = self.ids.iter().enumerate();
        lines.extend(ids.map(|(at, id)| match module {
            "HCM2" => format!("{} ID: {id}", ["Row", "Column"][at]),
            _ => format!("Level-{} ID: {id}", at + 2),
        }));
        // The terms of a Level stand together.
        let [on, off] = self.switches.clone().map(|mut names| {
            names.sort_by_key(|name| "eru".find(&name[..1]));
            names
        });
        if !on.is_empty() {
            lines.push(format!("Random terms on: {}", on.join(", ")));
        }
        if !off.is_empty() {
            lines.push(format!("Random terms off: {}", off.join(", ")));
        }
        lines.push("Covariances of the random terms of a Level: all free".to_owned());
        lines.push(format!("Estimation: {estimation}"));
        lines
    }

    /// The lines of R that make one file a Level, sorted as HLM wants them.
    fn files(&self, style: &Style) -> Result<Vec<String>> {
        let groups: Vec<&String> = self.stages.iter().rev().flat_map(Grouping::factors).collect();
        let columns = self.columns.iter().flat_map(|column| &column.factors).flat_map(RExpr::names);
        let mut used: Vec<String> = vec![];
        for name in columns.chain(groups.into_iter().map(String::as_str)) {
            let text = RExpr::Text(name.to_owned()).to_string();
            if !used.contains(&text) {
                used.push(text);
            }
        }
        let mut lines = vec!["Files, made in R".to_owned()];
        let data = lmer::column(&style.data_name)?;
        lines.extend(list(&format!("d <- na.omit({data}[c("), &used, ")])", style.width));
        let ids: Vec<String> = self
            .stages
            .iter()
            .zip(&self.ids)
            .map(|(stage, id)| {
                let factors: Vec<String> =
                    stage.factors().iter().map(|f| Ok(format!("d${}", lmer::column(f)?))).collect::<Result<_>>()?;
                Ok(match &factors[..] {
                    [only] => format!("{id} = as.integer(factor({only}))"),
                    several => format!("{id} = as.integer(interaction({}, drop = TRUE))", several.join(", ")),
                })
            })
            .collect::<Result<_>>()?;
        lines.extend(list("ids <- data.frame(", &ids, ")", style.width));
        // The groups of the coarsest Level stand together, within them those of the next.
        let order: Vec<String> = self.ids.iter().rev().map(|id| format!("ids${id}")).collect();
        lines.push(format!("sorted <- order({})", order.join(", ")));
        let crossed = self.stages.len() == 2 && !self.stages[0].is_within(&self.stages[1]);
        for place in 0..=self.stages.len() {
            let stage = place.checked_sub(1);
            let own: Vec<String> = self
                .columns
                .iter()
                .filter(|column| column.stage == stage)
                .map(|column| {
                    let values: Vec<String> = column.factors.iter().map(r_values).collect::<Result<_>>()?;
                    Ok(format!("{} = {}", column.name, values.join(" * ")))
                })
                .collect::<Result<_>>()?;
            let kept = match stage {
                None => "ids".to_owned(),
                Some(stage) => {
                    let last = if crossed { stage + 1 } else { self.ids.len() };
                    let ids: Vec<String> = self.ids[stage..last].iter().map(|id| format!("\"{id}\"")).collect();
                    format!("ids[c({})]", ids.join(", "))
                }
            };
            let members: Vec<String> = std::iter::once(kept).chain(own).collect();
            let file = match (crossed, place) {
                (true, 1) => "rows".to_owned(),
                (true, 2) => "columns".to_owned(),
                _ => format!("level{}", place + 1),
            };
            let (head, tail) = match stage {
                None => (format!("{file} <- data.frame("), ")[sorted, ]"),
                Some(_) => (format!("{file} <- unique(data.frame("), ")[sorted, , drop = FALSE])"),
            };
            lines.extend(list(&head, &members, tail, style.width));
            lines.push(format!("haven::write_sav({file}, \"{file}.sav\")"));
        }
        Ok(lines)
    }
}
