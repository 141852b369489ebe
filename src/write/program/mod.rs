//! What the Bayesian programs share: a model as data with index arrays and equations over them, in the style of Gelman
//! and Hill (Data Analysis Using Regression and Multilevel/Hierarchical Models, 2007).

mod data;

pub(super) use data::{DataLines, list, r_values};

use super::engine::{Language, Names, cannot, cells};
use crate::algebra::{Branch, Form, Reading, Role, branches};
use crate::error::{Notes, Result};
use crate::model::{Covariance, Grouping, Model, RExpr};
use crate::syntax::{Name, greek};

/// What a program says of its priors.
pub(super) const PRIORS: [&str; 3] = [
    "Priors, mlnote's own, weakly informative on the scale of the data: normal",
    "for fixed effects (the intercept's where every covariate is at its mean),",
    "half t for standard deviations, LKJ for correlations.",
];

/// A model as a program.
pub(super) struct Program {
    /// The model with every factor as its dummies.
    pub(super) model: Model,
    /// The name of the response.
    pub(super) response: String,
    /// The name of the number of observations.
    pub(super) count: String,
    /// The grouping factors, the coarsest first.
    pub(super) groups: Vec<Group>,
    /// The covariates.
    pub(super) columns: Vec<Column>,
    /// The offsets, by their columns.
    pub(super) offsets: Vec<usize>,
    /// The fixed effects.
    pub(super) fixed: Vec<Fixed>,
    /// The coefficients, each after those that stand in its equation.
    pub(super) coefficients: Vec<Coefficient>,
    /// The equation of the response.
    pub(super) root: Vec<Part>,
    /// The random effects, those that covary together.
    pub(super) blocks: Vec<Block>,
    /// The linear predictor.
    pub(super) predictor: String,
    /// The residual standard deviation.
    pub(super) sigma: String,
    /// The names that are taken.
    pub(super) names: Names<'static>,
}

/// A grouping factor.
pub(super) struct Group {
    /// In the model.
    pub(super) grouping: Grouping,
    /// The array with the group of each observation.
    pub(super) index: String,
    /// The number of groups.
    pub(super) count: String,
    /// The arrays with the coarser group of each group: the place of the coarser one among the groups, and the name.
    pub(super) lookups: Vec<(usize, String)>,
}

/// A covariate.
pub(super) struct Column {
    /// In the data.
    pub(super) expr: RExpr,
    /// Here.
    pub(super) name: String,
    /// The groups that it has one value for each of; `None` when it has one for each observation.
    pub(super) group: Option<usize>,
}

/// A fixed effect.
pub(super) struct Fixed {
    /// Here.
    pub(super) name: String,
    /// What it multiplies in the whole model.
    pub(super) columns: Vec<usize>,
}

/// A coefficient with an equation.
pub(super) struct Coefficient {
    /// Here.
    pub(super) name: String,
    /// The groups that it varies over.
    pub(super) group: usize,
    /// Its equation.
    pub(super) parts: Vec<Part>,
}

/// A summand: a symbol times columns.
pub(super) struct Part {
    /// The symbol.
    pub(super) what: What,
    /// The columns.
    pub(super) times: Vec<usize>,
}

/// A symbol, by its place in the lists of the program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A fixed effect.
    Fixed(usize),
    /// A coefficient.
    Coefficient(usize),
    /// A random effect: the block, and the place in it.
    Effect(usize, usize),
}

/// Random effects that covary, or one alone.
pub(super) struct Block {
    /// The groups that they vary over.
    pub(super) group: usize,
    /// Together.
    pub(super) name: String,
    /// Their standard deviations.
    pub(super) scale: String,
    /// What their correlations are made of.
    pub(super) factor: String,
    /// Their correlations.
    pub(super) correlation: String,
    /// Standard normal ones, of which they are multiples.
    pub(super) normal: String,
    /// Each.
    pub(super) effects: Vec<Effect>,
}

/// A random effect.
pub(super) struct Effect {
    /// Here.
    pub(super) name: String,
    /// What it multiplies in the whole model.
    pub(super) columns: Vec<usize>,
}

impl Program {
    /// The model as a program in a language; `engine` is its name in messages.
    ///
    /// # Errors
    /// `CannotSay` for structures of covariance that are not unstructured or diagonal.
    pub(super) fn new(reading: &Reading, language: &'static Language, notes: &mut Notes) -> Result<Self> {
        let (model, root) = branches(reading, Form::Bracket, notes)?;
        if let Some(term) = model.random().iter().find(|term| term.covariance.is_structured()) {
            let why = format!("its random effects of {} are {}", term.group, term.covariance.word());
            return cannot(language.engine, why, "unstructured and uncorrelated effects can be said");
        }
        let mut groupings: Vec<&Grouping> = model.groupings();
        groupings.sort_by_key(|group| group.factors().len());
        let groupings: Vec<Grouping> = groupings.into_iter().cloned().collect();
        let mut builder = Builder { names: Names::new(language), columns: vec![], groupings };
        let response = builder.named(model.response());
        let offsets = model.offsets().iter().map(|offset| builder.column(offset, None, None)).collect();
        builder.columns_of(&root, None);
        let names = &mut builder.names;
        let count = names.own("N");
        let groups = builder.groupings.iter().map(|grouping| {
            let index = names.own(&cells(grouping));
            Group { grouping: grouping.clone(), count: names.own(&format!("J_{index}")), index, lookups: vec![] }
        });
        let groups = groups.collect();
        let mut program = Self {
            blocks: blocks(&model, &builder.groupings),
            response,
            count,
            groups,
            columns: vec![],
            offsets,
            fixed: vec![],
            coefficients: vec![],
            root: vec![],
            predictor: String::new(),
            sigma: String::new(),
            names: Names::new(language),
            model,
        };
        program.root = program.equation(&root, &[], &mut builder);
        (program.names, program.columns) = (builder.names, builder.columns);
        program.name_blocks();
        program.predictor = program.names.own(if program.is_gaussian() { "mu" } else { "eta" });
        program.sigma = program.names.own("sigma");
        program.names.note_with(notes, "the lines that make the data give them these names");
        program.look_up();
        Ok(program)
    }

    /// Whether the response is normal around the linear predictor.
    pub(super) fn is_gaussian(&self) -> bool {
        self.model.family() == "gaussian"
    }

    /// The mean of the intercept's prior: what is left of `centre` when every covariate is at its mean, so that the
    /// prior is about a mean of the data wherever their origins are (Gelman and Hill 2007, section 4.2). The summands
    /// have minus signs between them.
    pub(super) fn intercept_mean(&self, centre: &str, product: impl Fn(&[usize]) -> String) -> Vec<String> {
        let slopes = self.fixed.iter().filter(|fixed| !fixed.columns.is_empty());
        let slopes = slopes.map(|fixed| format!("{} * mean({})", fixed.name, product(&fixed.columns)));
        let offsets = self.offsets.iter().map(|&at| format!("mean({})", product(&[at])));
        let mut rest: Vec<String> = slopes.chain(offsets).collect();
        match rest.first_mut() {
            Some(first) if centre == "0" => first.insert(0, '-'),
            _ => rest.insert(0, centre.to_owned()),
        }
        rest
    }

    /// Makes the summands of an equation, the coefficients in it first; `path` is what its left side multiplies.
    fn equation(&mut self, branch: &Branch, path: &[usize], builder: &mut Builder) -> Vec<Part> {
        let here = branch.group.as_ref().and_then(|group| builder.place(group));
        let mut parts = vec![];
        for summand in &branch.summands {
            let times: Vec<usize> =
                summand.times.iter().map(|(expr, group)| builder.column(expr, group.as_ref(), here)).collect();
            let columns: Vec<usize> = path.iter().chain(&times).copied().collect();
            let what = match &summand.role {
                Role::Fixed => {
                    self.fixed.push(Fixed { name: builder.names.own(&plain(&summand.name)), columns });
                    What::Fixed(self.fixed.len() - 1)
                }
                Role::Effect(term, place) => {
                    let (block, place) = self.effect(*term, *place);
                    let effect = &mut self.blocks[block].effects[place];
                    (effect.name, effect.columns) = (plain(&summand.name), columns);
                    What::Effect(block, place)
                }
                Role::Coefficient(below) => {
                    let inner = self.equation(below, &columns, builder);
                    match &inner[..] {
                        // A coefficient that nothing makes vary is its fixed effect.
                        [Part { what: What::Fixed(only), times }] if times.is_empty() => What::Fixed(*only),
                        _ => {
                            let group = below.group.as_ref().and_then(|group| builder.place(group)).unwrap_or(0);
                            let name = builder.names.own(&plain(&summand.name));
                            self.coefficients.push(Coefficient { name, group, parts: inner });
                            What::Coefficient(self.coefficients.len() - 1)
                        }
                    }
                }
            };
            parts.push(Part { what, times });
        }
        parts
    }

    /// The block of a random effect that stands at a place of a random-effects term, and its place there.
    fn effect(&self, term: usize, place: usize) -> (usize, usize) {
        let widths = self.model.random().iter().map(|term| (term.covariance, term.terms.len()));
        let before: usize = widths.take(term).map(|(covariance, n)| if together(covariance) { 1 } else { n }).sum();
        if together(self.model.random()[term].covariance) { (before, place) } else { (before + place, 0) }
    }

    /// One effect by its own name, several by their letter.
    fn name_blocks(&mut self) {
        let names = &mut self.names;
        for block in &mut self.blocks {
            let first = &block.effects[0].name;
            let letter = if block.effects.len() == 1 { first } else { first.split('_').next().unwrap_or(first) };
            block.name = names.own(letter);
            block.scale = names.own(&format!("sigma_{}", block.name));
            block.factor = names.own(&format!("L_{}", block.name));
            block.correlation = names.own(&format!("rho_{}", block.name));
            block.normal = names.own(&format!("z_{}", block.name));
            match &mut block.effects[..] {
                [only] => only.name.clone_from(&block.name),
                several => several.iter_mut().for_each(|effect| effect.name = names.own(&effect.name)),
            }
        }
    }

    /// Names the arrays that are needed to look up the coarser group of a group.
    fn look_up(&mut self) {
        let mut needed = vec![];
        for coefficient in &self.coefficients {
            for part in &coefficient.parts {
                let columns = part.times.iter().filter_map(|&column| self.columns[column].group);
                needed.extend(self.home(part.what).into_iter().chain(columns).map(|group| (coefficient.group, group)));
            }
        }
        for (from, to) in needed {
            if from != to && self.lookup(from, to).is_none() {
                let name = self.names.own(&format!("{}_of_{}", self.groups[to].index, self.groups[from].index));
                self.groups[from].lookups.push((to, name));
            }
        }
    }

    /// The array with the group `to` of each group of `from`.
    pub(super) fn lookup(&self, from: usize, to: usize) -> Option<&str> {
        self.groups[from].lookups.iter().find(|(coarser, _)| *coarser == to).map(|(_, name)| name.as_str())
    }

    /// The groups that a symbol varies over.
    pub(super) fn home(&self, what: What) -> Option<usize> {
        match what {
            What::Fixed(_) => None,
            What::Coefficient(at) => Some(self.coefficients[at].group),
            What::Effect(block, _) => Some(self.blocks[block].group),
        }
    }
}

/// Whether the random effects of a term covary.
fn together(covariance: Covariance) -> bool {
    covariance == Covariance::Unstructured
}

/// The blocks of a model, without names.
fn blocks(model: &Model, groupings: &[Grouping]) -> Vec<Block> {
    let mut blocks = vec![];
    for term in model.random() {
        let group = groupings.iter().position(|group| *group == term.group).unwrap_or(0);
        let nameless = || Effect { name: String::new(), columns: vec![] };
        let block = |n| Block {
            group,
            name: String::new(),
            scale: String::new(),
            factor: String::new(),
            correlation: String::new(),
            normal: String::new(),
            effects: std::iter::repeat_with(nameless).take(n).collect(),
        };
        match together(term.covariance) {
            true => blocks.push(block(term.terms.len())),
            false => blocks.extend(term.terms.iter().map(|_| block(1))),
        }
    }
    blocks
}

struct Builder {
    names: Names<'static>,
    columns: Vec<Column>,
    groupings: Vec<Grouping>,
}

impl Builder {
    fn place(&self, group: &Grouping) -> Option<usize> {
        self.groupings.iter().position(|own| own == group)
    }

    /// Names the columns before anything else, so that they keep their names.
    fn columns_of(&mut self, branch: &Branch, above: Option<usize>) {
        let here = branch.group.as_ref().and_then(|group| self.place(group)).or(above);
        for summand in &branch.summands {
            for (expr, group) in &summand.times {
                self.column(expr, group.as_ref(), here);
            }
            if let Role::Coefficient(below) = &summand.role {
                self.columns_of(below, here);
            }
        }
    }

    /// The column of a covariate that is constant within `group`, in an equation of the groups `here`.
    fn column(&mut self, expr: &RExpr, group: Option<&Grouping>, here: Option<usize>) -> usize {
        let group = group.and_then(|group| self.place(group).or(here));
        if let Some(known) = self.columns.iter().position(|column| column.expr == *expr && column.group == group) {
            return known;
        }
        let twice = self.columns.iter().any(|column| column.expr == *expr);
        let name = match (group, twice) {
            (Some(group), true) => self.names.own(&format!("{expr}_{}", cells(&self.groupings[group]))),
            _ => self.named(expr),
        };
        self.columns.push(Column { expr: expr.clone(), name, group });
        self.columns.len() - 1
    }

    fn named(&mut self, expr: &RExpr) -> String {
        match (expr, dummy(expr)) {
            (RExpr::Name(name), _) => self.names.column(name),
            (_, Some((factor, category))) => self.names.own(&format!("{factor}_{category}")),
            _ => self.names.own(expr.to_string().trim_start_matches("I(").trim_end_matches(')')),
        }
    }
}

/// The factor and category of a dummy, also in `I()`.
pub(super) fn dummy(expr: &RExpr) -> Option<(&str, &str)> {
    match expr {
        RExpr::Call(head, inner) if head == "I" && inner.len() == 1 => inner[0].1.as_dummy(),
        other => other.as_dummy(),
    }
}

/// A symbol in ASCII: `gamma_01`.
pub(super) fn plain(name: &Name) -> String {
    let word = |text: &str| -> String {
        let spelled = |c: char| greek::name(c).map_or_else(|| c.to_string(), str::to_owned);
        text.chars().map(spelled).collect()
    };
    word(&name.column())
}

/// The summands after a head, `sign` between them, on one line when they fit; else with as many a line as fit.
pub(super) fn sum(head: &str, summands: &[String], sign: char, tail: &str, width: usize) -> String {
    let length = |text: &str| text.chars().count();
    let indent = " ".repeat(head.chars().take_while(|c| *c == ' ').count() + 4);
    let (mut lines, mut line) = (vec![], head.to_owned());
    for (at, summand) in summands.iter().enumerate() {
        let last = if at + 1 == summands.len() { length(tail) } else { 0 };
        let sign = if at == 0 { String::new() } else { format!("{sign} ") };
        if at > 0 && length(&line) + length(&sign) + length(summand) + last + 1 > width {
            lines.push(std::mem::replace(&mut line, indent.clone()));
        } else if at > 0 {
            line.push(' ');
        }
        line += &format!("{sign}{summand}");
    }
    lines.push(line + tail);
    lines.join("\n")
}

/// Refuses a family that the programs do not have.
pub(super) fn family(model: &Model, engine: &str) -> Result<()> {
    match (model.family(), model.link()) {
        ("gaussian", "identity") | ("binomial", "logit" | "probit" | "cloglog") | ("poisson", "log") => Ok(()),
        (family, link) => {
            let help = "gaussian, binomial (logit, probit, cloglog) and poisson (log) can be said; `brms` has more";
            cannot(engine, format!("the family {family} with link {link}"), help)
        }
    }
}
