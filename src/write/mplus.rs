//! Mplus: two and three Levels by ML, two crossed factors by Bayes (Mplus User's Guide, 8th ed., chapter 9).

use super::engine::{self, Language, Names, arithmetic, cannot, cells};
use super::program::{dummy, list, r_values};
use super::{Style, lmer};
use crate::algebra::{Branch, Form, Reading, branches};
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Covariance, Grouping, Model, RExpr, Term};

const MPLUS: Language = Language {
    engine: "Mplus",
    power: "**",
    functions: &[("log", "LOG"), ("log10", "LOG10"), ("exp", "EXP"), ("sqrt", "SQRT"), ("abs", "ABS")],
    reserved: &[
        "all", "and", "at", "by", "do", "else", "endif", "eq", "ge", "gt", "if", "le", "lt", "missing", "mod", "ne",
        "not", "on", "or", "pon", "pwith", "then", "with", "xwith",
    ],
    longest: 8,
    folds_case: true,
};

/// The longest line that Mplus reads is 90 characters.
const WIDTH: usize = 88;

/// Writes the input, then what makes its data.
pub(super) fn write(reading: &Reading, style: &Style, notes: &mut Notes) -> Result<String> {
    engine::known_categories(reading, "Mplus")?;
    let (model, root) = branches(reading, Form::Bracket, notes)?;
    let (stages, crossed) = stages(&model)?;
    check(&model, &stages)?;
    if crossed {
        let note = "Mplus fits crossed factors by Bayes alone: its default priors, not REML or ML";
        notes.push(
            Diagnostic::note(Code::FormulaTrap, note).help("`glmmtmb`, `julia` and `stata` fit them by REML and ML"),
        );
    }
    let mut input = Input::new(&model, &root, &stages, crossed)?;
    let sections = input.model()?;
    let reason = "the lines of R below the model give the columns these names";
    input.names.note_with(notes, reason);
    let mut lines = comment(reading, style);
    lines.extend(input.variables(&style.data_name));
    lines.extend(analysis(&model, &stages, crossed));
    lines.push("MODEL:".into());
    lines.extend(sections);
    lines.extend(input.data(style)?);
    // What `--ml` lifts is told last: with it, the model is written.
    if model.family() == "gaussian" && !crossed && !style.ml {
        return cannot("Mplus", "it has no REML", "`--ml` writes the model with ESTIMATOR = ML");
    }
    Ok(lines.join("\n") + "\n")
}

/// The formula.
fn comment(reading: &Reading, style: &Style) -> Vec<String> {
    let style = Style { width: WIDTH - 2, ml: false, ..style.clone() };
    let formula = lmer::write(reading, &style, &mut vec![]).unwrap_or_default();
    formula.lines().map(|line| format!("! {line}")).collect()
}

/// The grouping factors, the outermost first, and whether they are crossed.
fn stages(model: &Model) -> Result<(Vec<Grouping>, bool)> {
    match engine::nesting(model) {
        Some(chain) if chain.len() <= 2 => Ok((chain.into_iter().map(|(group, _)| group.clone()).collect(), false)),
        Some(chain) => cannot(
            "Mplus",
            format!("it has {} Levels", chain.len() + 1),
            "Mplus fits three; `lmer` and `stata` fit more",
        ),
        None => {
            let groups: Vec<Grouping> = model.groupings().into_iter().cloned().collect();
            match &groups[..] {
                [a, b] if !a.is_within(b) && !b.is_within(a) => Ok((groups, true)),
                _ => cannot("Mplus", "its factors are nested and crossed", "`lmer`, `julia` and `stata` can say it"),
            }
        }
    }
}

/// Refuses what no analysis of Mplus fits.
fn check(model: &Model, stages: &[Grouping]) -> Result<()> {
    let gaussian = match (model.family(), model.link()) {
        ("gaussian", "identity") => true,
        ("binomial", "logit" | "probit") | ("poisson", "log") => false,
        (family, link) => {
            let why = format!("the family {family} with link {link}");
            return cannot("Mplus", why, "gaussian, binomial (logit, probit) and poisson (log) can be said");
        }
    };
    if !gaussian && stages.len() > 1 {
        let why = format!("it fits the family {} with one grouping factor only", model.family());
        return cannot("Mplus", why, "`lmer`, `glmmtmb` and `stata` can say it");
    }
    if let Some(term) = model.random().iter().find(|term| term.covariance.is_structured()) {
        let why = format!("its random effects of {} are {}", term.group, term.covariance.word());
        return cannot("Mplus", why, "unstructured and uncorrelated effects can be said");
    }
    let mut seen: Vec<(&Grouping, &Term)> = vec![];
    for effect in model.random().iter().flat_map(|term| term.terms.iter().map(move |effect| (&term.group, effect))) {
        if seen.contains(&effect) {
            let why = format!("the random effect {} of {} stands in it twice", effect.1, effect.0);
            return cannot("Mplus", why, "drop one of the two");
        }
        seen.push(effect);
    }
    Ok(())
}

/// The analysis, its estimator named.
fn analysis(model: &Model, stages: &[Grouping], crossed: bool) -> Vec<String> {
    let slopes = model.random().iter().flat_map(|term| &term.terms).any(|term| !term.is_intercept());
    let kind = match stages.len() {
        0 => "GENERAL",
        1 => "TWOLEVEL",
        _ if crossed => "CROSSCLASSIFIED",
        _ => "THREELEVEL",
    };
    let random = if slopes { " RANDOM" } else { "" };
    let estimator = if crossed { "BAYES" } else { "ML" };
    let mut lines =
        vec!["ANALYSIS:".to_owned(), format!("  TYPE = {kind}{random};"), format!("  ESTIMATOR = {estimator};")];
    if model.family() == "binomial" {
        lines.push(format!("  LINK = {};", model.link().to_uppercase()));
    }
    if model.family() != "gaussian" && !stages.is_empty() {
        lines.push("  ALGORITHM = INTEGRATION;  ! adaptive quadrature, where glmer has Laplace".into());
    }
    lines
}

/// A variable of the analysis.
struct Variable {
    /// The covariates that it is the product of.
    factors: Vec<RExpr>,
    name: String,
    /// The groups within which it is constant, by their place among the stages.
    group: Option<usize>,
    /// How it is calculated; `None` for a column of the data.
    value: Option<String>,
}

/// A random slope.
struct Slope {
    term: Term,
    name: String,
    /// The groups within which its covariate is constant.
    group: Option<usize>,
}

struct Input<'a> {
    model: &'a Model,
    stages: &'a [Grouping],
    crossed: bool,
    reaches: Vec<(RExpr, Option<Grouping>)>,
    names: Names<'static>,
    /// The columns of the data.
    columns: Vec<(String, RExpr)>,
    clusters: Vec<String>,
    response: String,
    variables: Vec<Variable>,
    slopes: Vec<Slope>,
}

impl<'a> Input<'a> {
    fn new(model: &'a Model, root: &Branch, stages: &'a [Grouping], crossed: bool) -> Result<Self> {
        let reaches = root.covariates().into_iter().map(|(expr, group)| (expr.clone(), group.cloned())).collect();
        let names = Names::new(&MPLUS);
        let (columns, clusters, variables, slopes) = (vec![], vec![], vec![], vec![]);
        let response = String::new();
        let mut input = Self { model, stages, crossed, reaches, names, columns, clusters, response, variables, slopes };
        input.response = input.variable(std::slice::from_ref(model.response()))?;
        for factor in model.covariates() {
            if matches!(factor, RExpr::Name(_)) || dummy(factor).is_some() {
                input.operand(factor)?;
            }
        }
        for stage in stages {
            let name = match stage.factors() {
                [only] => input.names.column(only),
                _ => input.names.own(&cells(stage)),
            };
            input.clusters.push(name);
        }
        input.slopes()?;
        Ok(input)
    }

    /// The place of the groups within which a covariate is constant. Crossed factors have slopes at the observations only.
    fn group(&self, expr: &RExpr) -> Option<usize> {
        let (_, group) = self.reaches.iter().find(|(known, _)| known == expr)?;
        let group = group.as_ref()?;
        let has_slope =
            self.model.random().iter().flat_map(|term| &term.terms).any(|term| term.factors().contains(expr));
        let place = self.stages.iter().position(|stage| stage == group);
        place.filter(|_| !(self.crossed && has_slope))
    }

    /// The groups within which a product is constant: the finest of its covariates'.
    fn group_of(&self, factors: &[RExpr]) -> Option<usize> {
        let groups: Option<Vec<usize>> = factors.iter().map(|factor| self.group(factor)).collect();
        let groups = groups?;
        let (first, last) = (*groups.iter().min()?, *groups.iter().max()?);
        (first == last || !self.crossed).then_some(last)
    }

    /// A covariate as an operand: a column of the data, or arithmetic in brackets.
    fn operand(&mut self, expr: &RExpr) -> Result<String> {
        if let Some((name, _)) = self.columns.iter().find(|(_, known)| known == expr) {
            return Ok(name.clone());
        }
        let name = match (expr, dummy(expr)) {
            (RExpr::Name(name), _) => self.names.column(name),
            (_, Some((factor, category))) => self.names.own(&format!("{factor}_{category}")),
            _ => return Ok(format!("({})", self.value(expr)?)),
        };
        self.columns.push((name.clone(), expr.clone()));
        Ok(name)
    }

    fn value(&mut self, expr: &RExpr) -> Result<String> {
        arithmetic(expr, &MPLUS, &mut |name| self.operand(&RExpr::name(name)))
    }

    /// The variable of a product of covariates.
    fn variable(&mut self, factors: &[RExpr]) -> Result<String> {
        let same = |known: &Variable| Term::new(known.factors.clone()) == Term::new(factors.to_vec());
        if let Some(known) = self.variables.iter().find(|known| same(known)) {
            return Ok(known.name.clone());
        }
        let (name, value) = match factors {
            [only] if matches!(only, RExpr::Name(_)) || dummy(only).is_some() => (self.operand(only)?, None),
            [only] => {
                let value = self.value(only)?;
                let text = only.to_string();
                (self.names.own(text.trim_start_matches("I(").trim_end_matches(')')), Some(value))
            }
            several => {
                let operands = several.iter().map(|factor| self.operand(factor)).collect::<Result<Vec<_>>>()?;
                (self.names.own(&operands.join("_")), Some(operands.join(" * ")))
            }
        };
        let group = self.group_of(factors);
        self.variables.push(Variable { factors: factors.to_vec(), name: name.clone(), group, value });
        Ok(name)
    }

    /// Names the random slopes.
    fn slopes(&mut self) -> Result<()> {
        let mut terms: Vec<&Term> = vec![];
        for term in self.model.random().iter().flat_map(|term| &term.terms) {
            if !term.is_intercept() && !terms.contains(&term) {
                terms.push(term);
            }
        }
        let many = terms.len() > 1;
        for (at, term) in terms.into_iter().enumerate() {
            let group = self.group_of(term.factors());
            let over: Vec<bool> = (0..self.stages.len()).map(|stage| self.varies(term, stage)).collect();
            if self.crossed && over.contains(&false) {
                let why = format!("the slope of {term} varies over one of two crossed factors");
                return cannot("Mplus", why, "`lmer`, `julia` and `stata` can say it");
            }
            if let Some(place) = over.iter().rposition(|varies| *varies)
                && group.is_some_and(|group| group <= place)
            {
                let why = format!("{term} is constant within {}, over which its slope varies", self.stages[place]);
                return cannot("Mplus", why, "`lmer` can say it");
            }
            let name = self.names.own(&if many { format!("s{}", at + 1) } else { "s".to_owned() });
            self.slopes.push(Slope { term: term.clone(), name, group });
        }
        let intercepts = (0..self.stages.len()).filter(|&stage| self.varies(&Term::intercept(), stage)).count();
        let missing = self.slopes.iter().any(|slope| !self.model.fixed().contains(&slope.term));
        if self.crossed && (intercepts < 2 || missing || !self.model.has_intercept()) {
            let why = "of crossed factors it fits intercepts that vary over both, and effects with a mean";
            return cannot("Mplus", why, "`lmer`, `julia` and `stata` can say it");
        }
        Ok(())
    }

    /// Whether the model has the random effect of a term over the groups of a stage.
    fn varies(&self, term: &Term, stage: usize) -> bool {
        self.model.random().iter().any(|block| block.group == self.stages[stage] && block.terms.contains(term))
    }

    /// The sections of MODEL, the lowest Level first.
    fn model(&mut self) -> Result<Vec<String>> {
        let response = self.response.clone();
        let levels = self.stages.len();
        // Regressions of each section: what is regressed, on what.
        let mut within: Vec<(String, Vec<String>)> = vec![];
        let mut between: Vec<Vec<(String, Vec<String>)>> = vec![vec![]; levels];
        let mut regress = |place: Option<usize>, left: &str, on: String| {
            let section = match place {
                None => &mut within,
                Some(stage) => &mut between[stage],
            };
            match section.iter_mut().find(|(known, _)| known == left) {
                Some((_, all)) => all.push(on),
                None => section.push((left.to_owned(), vec![on])),
            }
        };
        for term in self.model.fixed().iter().filter(|term| !term.is_intercept()) {
            if self.slopes.iter().any(|slope| slope.term == *term) {
                continue;
            }
            let (upper, lower): (Vec<RExpr>, Vec<RExpr>) =
                term.factors().iter().cloned().partition(|factor| self.group(factor).is_some());
            let slope = self.slopes.iter().find(|slope| slope.term == Term::new(lower.clone())).map(|s| s.name.clone());
            let left = if lower.is_empty() { Some(response.clone()) } else { slope };
            match (left, self.group_of(&upper).filter(|_| !upper.is_empty())) {
                (Some(left), Some(stage)) => regress(Some(stage), &left, self.variable(&upper)?),
                _ => regress(None, &response, self.variable(term.factors())?),
            }
        }
        for offset in self.model.offsets() {
            let name = self.variable(std::slice::from_ref(offset))?;
            regress(self.group(offset), &response, format!("{name}@1"));
        }
        let mut named: Vec<(Option<usize>, String)> = vec![];
        for at in 0..self.slopes.len() {
            let term = self.slopes[at].term.clone();
            let on = self.variable(term.factors())?;
            named.push((self.slopes[at].group, format!("{} | {response} ON {on};", self.slopes[at].name)));
        }
        let mut lines = vec![];
        let section = |place: Option<usize>, regressions: &[(String, Vec<String>)], lines: &mut Vec<String>| {
            lines.extend(named.iter().filter(|(own, _)| *own == place).map(|(_, text)| format!("  {text}")));
            for (left, on) in regressions {
                lines.push(wrapped(&format!("  {left} ON"), on));
            }
        };
        if levels > 0 {
            lines.push("  %WITHIN%".into());
        }
        section(None, &within, &mut lines);
        if self.model.family() == "gaussian" {
            lines.push(format!("  {response};"));
        }
        if levels == 0 && !self.model.has_intercept() {
            lines.push(self.without_intercept());
        }
        for stage in (0..levels).rev() {
            let label = if levels == 1 { String::new() } else { format!(" {}", self.clusters[stage]) };
            lines.push(format!("  %BETWEEN{label}%"));
            section(Some(stage), &between[stage], &mut lines);
            lines.extend(self.covariances(stage));
            if stage == 0 && !self.crossed {
                if !self.model.has_intercept() {
                    lines.push(self.without_intercept());
                }
                let missing = self.slopes.iter().filter(|slope| !self.model.fixed().contains(&slope.term));
                lines.extend(missing.map(|slope| format!("  [{}@0];", slope.name)));
            }
        }
        Ok(lines)
    }

    fn without_intercept(&self) -> String {
        let threshold = if self.model.family() == "binomial" { "$1" } else { "" };
        format!("  [{}{threshold}@0];", self.response)
    }

    /// The variances and covariances of the random effects of a stage, every one of them said.
    fn covariances(&self, stage: usize) -> Vec<String> {
        let intercept = Term::intercept();
        // The slope of a covariate of these groups does not vary over them, nor over finer ones.
        let slopes = self.slopes.iter().filter(|slope| slope.group.is_none_or(|group| group > stage));
        let all: Vec<(&Term, &str)> = std::iter::once((&intercept, self.response.as_str()))
            .chain(slopes.map(|slope| (&slope.term, slope.name.as_str())))
            .collect();
        let mut lines: Vec<String> = vec![];
        for (term, name) in &all {
            lines.push(format!("  {name}{};", if self.varies(term, stage) { "" } else { "@0" }));
        }
        let covary = |a: &Term, b: &Term| {
            self.model.random().iter().any(|block| {
                block.group == self.stages[stage]
                    && block.covariance == Covariance::Unstructured
                    && block.terms.contains(a)
                    && block.terms.contains(b)
            })
        };
        for (at, (a, left)) in all.iter().enumerate() {
            for (b, right) in &all[at + 1..] {
                lines.push(format!("  {left} WITH {right}{};", if covary(a, b) { "" } else { "@0" }));
            }
        }
        lines
    }

    /// DATA, VARIABLE and DEFINE.
    fn variables(&mut self, data: &str) -> Vec<String> {
        let file = Names::new(&MPLUS).own(data).to_lowercase();
        let mut lines = vec!["DATA:".to_owned(), format!("  FILE = {file}.dat;"), "VARIABLE:".to_owned()];
        let columns = self.columns.iter().map(|(name, _)| name.clone()).chain(self.clusters.iter().cloned());
        lines.push(wrapped("  NAMES =", &columns.collect::<Vec<_>>()));
        // Mplus wants what it calculates last.
        let (made, found): (Vec<&Variable>, Vec<&Variable>) = self.variables.iter().partition(|v| v.value.is_some());
        let place = |variable: &&Variable| self.columns.iter().position(|(name, _)| *name == variable.name);
        let (mut found, mut used) = (found, vec![]);
        found.sort_by_key(place);
        used.extend(found.iter().chain(&made).map(|variable| variable.name.clone()));
        lines.push(wrapped("  USEVARIABLES =", &used));
        match self.model.family() {
            "binomial" => lines.push(format!("  CATEGORICAL = {0};  ! [{0}$1] is minus the intercept", self.response)),
            "poisson" => lines.push(format!("  COUNT = {};", self.response)),
            _ => {}
        }
        let at = |place: Option<usize>| -> Vec<String> {
            let own = found.iter().chain(&made).filter(|v| v.group == place && v.name != self.response);
            own.map(|variable| variable.name.clone()).collect()
        };
        if !self.stages.is_empty() {
            let mut clusters = self.clusters.clone();
            if self.crossed {
                // The factor that moves faster through the rows comes first.
                clusters.reverse();
            }
            lines.push(wrapped("  CLUSTER =", &clusters));
            if !at(None).is_empty() {
                lines.push(wrapped("  WITHIN =", &at(None)));
            }
            let mut words = vec![];
            for stage in (0..self.stages.len()).rev() {
                let own = at(Some(stage));
                if self.stages.len() > 1 && !own.is_empty() {
                    words.push(format!("({})", self.clusters[stage]));
                }
                words.extend(own);
            }
            if !words.is_empty() {
                lines.push(wrapped("  BETWEEN =", &words));
            }
        }
        if !made.is_empty() {
            lines.push("DEFINE:".into());
            let value = |v: &&Variable| v.value.as_ref().map(|value| format!("  {} = {value};", v.name));
            lines.extend(made.iter().filter_map(value));
        }
        lines
    }

    /// The lines of R that make the data, as a comment: Mplus reads numbers without names, and no text.
    fn data(&self, style: &Style) -> Result<Vec<String>> {
        let file = Names::new(&MPLUS).own(&style.data_name).to_lowercase();
        let mut used: Vec<&str> = vec![];
        let groups = self.stages.iter().flat_map(Grouping::factors).map(String::as_str);
        for name in self.columns.iter().flat_map(|(_, expr)| expr.names()).chain(groups) {
            if !used.contains(&name) {
                used.push(name);
            }
        }
        let used: Vec<String> = used.into_iter().map(|name| RExpr::Text(name.to_owned()).to_string()).collect();
        let mut lines = vec!["!* In R, to make the data:".to_owned()];
        let data = lmer::column(&style.data_name)?;
        lines.extend(list(&format!("d <- na.omit({data}[c("), &used, ")])", WIDTH));
        let mut members: Vec<String> = self
            .columns
            .iter()
            .map(|(name, expr)| Ok(format!("{name} = {}", r_values(expr)?)))
            .collect::<Result<_>>()?;
        for (stage, name) in self.stages.iter().zip(&self.clusters) {
            let factors: Vec<String> =
                stage.factors().iter().map(|f| Ok(format!("d${}", lmer::column(f)?))).collect::<Result<_>>()?;
            let made = match &factors[..] {
                [only] => format!("factor({only})"),
                several => format!("interaction({}, drop = TRUE)", several.join(", ")),
            };
            members.push(format!("{name} = as.integer({made})"));
        }
        lines.extend(list("numbers <- data.frame(", &members, ")", WIDTH));
        lines.push(format!("write.table(numbers, \"{file}.dat\", row.names = FALSE, col.names = FALSE)"));
        lines.iter_mut().for_each(|line| *line = line.replace("*!", "*\\u0021"));
        lines.push("*!".into());
        Ok(lines)
    }
}

/// A statement, broken where Mplus would not read on.
fn wrapped(head: &str, words: &[String]) -> String {
    let mut lines = vec![];
    let mut line = head.to_owned();
    for word in words {
        if line.len() + word.len() + 2 > WIDTH {
            lines.push(std::mem::replace(&mut line, "   ".to_owned()));
        }
        line += &format!(" {word}");
    }
    lines.push(line + ";");
    lines.join("\n")
}
