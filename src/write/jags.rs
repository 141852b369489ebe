//! JAGS: a BUGS model with index arrays, in the style of Gelman and Hill (2007, chapters 16 and 17). Its normal
//! distributions have precisions.

use super::engine::{Language, known_categories};
use super::program::{Block, DataLines, PRIORS, Part, Program, What, family, list, sum};
use super::{Style, lmer};
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result};

const JAGS: Language = Language {
    engine: "JAGS",
    power: "^",
    functions: &[],
    reserved: &["data", "else", "for", "if", "in", "list", "model", "var"],
    longest: usize::MAX,
    folds_case: false,
};

/// Writes the model, then what makes its data and runs it.
pub(super) fn write(reading: &Reading, style: &Style, notes: &mut Notes) -> Result<String> {
    family(&reading.model, "JAGS")?;
    known_categories(reading, "JAGS")?;
    let mut program = Program::new(reading, &JAGS, notes)?;
    let note = "JAGS is Bayesian: the priors are weakly informative ones of mlnote's, not REML or ML";
    notes.push(Diagnostic::note(Code::FormulaTrap, note).help("the lines below `Priors` in the model are theirs"));
    let names = Own::new(&mut program);
    let text = Jags { program: &program, names, width: style.width };
    let mut lines = vec![];
    let formula = lmer::write(reading, &Style { ml: false, width: usize::MAX, ..style.clone() }, &mut vec![]);
    lines.extend(formula.map(|formula| format!("# {}", formula.trim_end())).ok());
    lines.extend(text.data());
    lines.extend(text.model());
    lines.extend(text.calls(&DataLines::new(&program, "JAGS", style))?);
    Ok(lines.join("\n") + "\n")
}

/// Names that only this language needs.
struct Own {
    observation: String,
    group: String,
    centre: String,
    scale: String,
    /// The probability or rate of a response that is not normal.
    mean: String,
    /// Of each block that covaries: its partial correlations, covariance and precision.
    matrices: Vec<[String; 3]>,
    /// Of each block whose effects are those of coefficients: the coefficients together, and their means.
    together: Vec<Option<Together>>,
    /// The products of columns whose mean and spread the priors need.
    products: Vec<(Vec<usize>, String)>,
}

/// The coefficients that the random effects of a block belong to.
struct Together {
    coefficients: Vec<usize>,
    name: String,
    mean: String,
}

impl Own {
    fn new(program: &mut Program) -> Self {
        let coefficients = owners(program);
        let products = products(program);
        let names = &mut program.names;
        let response = program.response.clone();
        let mut together = vec![];
        let mut matrices = vec![];
        for (block, coefficients) in program.blocks.iter().zip(coefficients) {
            // One effect alone needs no matrices.
            let many = block.effects.len() > 1;
            let mut own = |wanted: &str| if many { names.own(wanted) } else { String::new() };
            matrices.push(["p", "Sigma", "Tau"].map(|word| own(&format!("{word}_{}", block.name))));
            together.push(coefficients.map(|coefficients| {
                let name = own("B");
                Together { coefficients, mean: own(&format!("{name}_hat")), name }
            }));
        }
        let products = products.into_iter().map(|(columns, wanted)| (columns, names.own(&wanted))).collect();
        Self {
            observation: names.own("n"),
            group: names.own("j"),
            centre: names.own(&format!("centre_{response}")),
            scale: names.own(&format!("scale_{response}")),
            mean: names.own(if program.model.family() == "poisson" { "lambda" } else { "p" }),
            matrices,
            together,
            products,
        }
    }
}

/// The coefficients of each block that can be drawn around their equations: each random effect stands alone in the
/// equation of one coefficient of its groups, and no other block has that coefficient.
fn owners(program: &Program) -> Vec<Option<Vec<usize>>> {
    let mut taken = vec![];
    let mut all = vec![];
    for (at, block) in program.blocks.iter().enumerate() {
        let owner = |place: usize| {
            program.coefficients.iter().position(|coefficient| {
                let alone = |part: &Part| part.what == What::Effect(at, place) && part.times.is_empty();
                coefficient.group == block.group && coefficient.parts.iter().any(alone)
            })
        };
        let own: Option<Vec<usize>> = (0..block.effects.len()).map(owner).collect();
        let own = own.filter(|own| own.iter().all(|coefficient| !taken.contains(coefficient)));
        taken.extend(own.iter().flatten().copied());
        all.push(own);
    }
    all
}

/// The products of columns in fixed and random effects, each with a name to try.
fn products(program: &Program) -> Vec<(Vec<usize>, String)> {
    let effects = program.blocks.iter().flat_map(|block| &block.effects).map(|effect| &effect.columns);
    let mut products: Vec<(Vec<usize>, String)> = vec![];
    for columns in program.fixed.iter().map(|fixed| &fixed.columns).chain(effects) {
        if columns.len() > 1 && !products.iter().any(|(known, _)| known == columns) {
            let names: Vec<&str> = columns.iter().map(|&at| program.columns[at].name.as_str()).collect();
            products.push((columns.clone(), names.join("_")));
        }
    }
    products
}

struct Jags<'a> {
    program: &'a Program,
    names: Own,
    width: usize,
}

impl Jags<'_> {
    /// What the priors need to know of the data. In the model itself a response that its own priors look at would be
    /// a cycle.
    fn data(&self) -> Vec<String> {
        let (program, names) = (self.program, &self.names);
        let y = &program.response;
        let mut lines = vec![];
        match program.model.family() {
            "gaussian" => {
                lines.push(format!("  {} <- mean({y})", names.centre));
                lines.push(format!("  {} <- 2.5 * sd({y})", names.scale));
            }
            "poisson" => lines.push(format!("  {} <- log(mean({y}) + 0.5)", names.centre)),
            _ => {}
        }
        if !names.products.is_empty() {
            lines.push(format!("  for ({} in 1:{}) {{", names.observation, program.count));
            for (columns, name) in &names.products {
                let factors: Vec<String> = columns.iter().map(|&at| self.column(at, None)).collect();
                lines.push(format!("    {name}[{}] <- {}", names.observation, factors.join(" * ")));
            }
            lines.push("  }".into());
        }
        if !lines.is_empty() {
            lines.insert(0, "data {".into());
            lines.push("}".into());
        }
        lines
    }

    fn model(&self) -> Vec<String> {
        let (program, names) = (self.program, &self.names);
        let (y, n, mu) = (&program.response, &names.observation, &program.predictor);
        let mut lines = vec!["model {".to_owned(), format!("  for ({n} in 1:{}) {{", program.count)];
        let mean = &names.mean;
        let link = match (program.model.family(), program.model.link()) {
            ("binomial", link) => Some((link, format!("    {y}[{n}] ~ dbern({mean}[{n}])"))),
            ("poisson", link) => Some((link, format!("    {y}[{n}] ~ dpois({mean}[{n}])"))),
            _ => None,
        };
        let offsets = program.offsets.iter().map(|&at| self.column(at, None));
        let summands: Vec<String> = self.parts(&program.root, None).into_iter().chain(offsets).collect();
        let head = match link {
            Some((link, law)) => {
                lines.push(law);
                format!("    {link}({mean}[{n}]) <- ")
            }
            None => {
                lines.push(format!("    {y}[{n}] ~ dnorm({mu}[{n}], pow({}, -2))", program.sigma));
                format!("    {mu}[{n}] <- ")
            }
        };
        lines.push(self.sum(&head, &summands, ""));
        lines.push("  }".into());
        for group in (0..program.groups.len()).rev() {
            lines.extend(self.group(group));
        }
        lines.extend(PRIORS.map(|line| format!("  # {line}")));
        lines.extend(self.priors());
        lines.push("}".into());
        lines
    }

    /// The equations and the random effects of one grouping factor.
    fn group(&self, group: usize) -> Vec<String> {
        let (program, names) = (self.program, &self.names);
        let j = &names.group;
        let mut lines = vec![format!("  for ({j} in 1:{}) {{", program.groups[group].count)];
        for (at, block) in program.blocks.iter().enumerate().filter(|(_, block)| block.group == group) {
            let k = block.effects.len();
            let tau = &names.matrices[at][2];
            match (&names.together[at], k) {
                (Some(own), 1) => {
                    let coefficient = &program.coefficients[own.coefficients[0]];
                    let tail = format!(", pow({}, -2))", block.scale);
                    let mean = self.without(&coefficient.parts, at, group);
                    lines.push(self.sum(&format!("    {}[{j}] ~ dnorm(", coefficient.name), &mean, &tail));
                }
                (Some(own), _) => {
                    let (b, hat) = (&own.name, &own.mean);
                    lines.push(format!("    {b}[{j}, 1:{k}] ~ dmnorm({hat}[{j}, 1:{k}], {tau}[1:{k}, 1:{k}])"));
                    for (place, &coefficient) in own.coefficients.iter().enumerate() {
                        let mean = self.without(&program.coefficients[coefficient].parts, at, group);
                        lines.push(self.sum(&format!("    {hat}[{j}, {}] <- ", place + 1), &mean, ""));
                    }
                    for (place, &coefficient) in own.coefficients.iter().enumerate() {
                        let name = &program.coefficients[coefficient].name;
                        lines.push(format!("    {name}[{j}] <- {b}[{j}, {}]", place + 1));
                    }
                }
                (None, 1) => lines.push(format!("    {}[{j}] ~ dnorm(0, pow({}, -2))", block.name, block.scale)),
                (None, _) => {
                    let zeros = vec!["0"; k].join(", ");
                    lines.push(format!("    {}[{j}, 1:{k}] ~ dmnorm(c({zeros}), {tau}[1:{k}, 1:{k}])", block.name));
                }
            }
        }
        let owned: Vec<usize> =
            names.together.iter().flatten().flat_map(|own| own.coefficients.iter().copied()).collect();
        for (at, coefficient) in program.coefficients.iter().enumerate() {
            if coefficient.group == group && !owned.contains(&at) {
                let parts = self.parts(&coefficient.parts, Some(group));
                lines.push(self.sum(&format!("    {}[{j}] <- ", coefficient.name), &parts, ""));
            }
        }
        lines.push("  }".into());
        lines
    }

    /// The equation without the random effects of a block, which are drawn around it.
    fn without(&self, parts: &[Part], block: usize, group: usize) -> Vec<String> {
        let kept = parts.iter().filter(|part| !matches!(part.what, What::Effect(own, _) if own == block));
        let kept: Vec<String> = kept.map(|part| self.part(part, Some(group))).collect();
        if kept.is_empty() { vec!["0".into()] } else { kept }
    }

    fn priors(&self) -> Vec<String> {
        let (program, names) = (self.program, &self.names);
        let gaussian = program.is_gaussian();
        let scale = if gaussian { names.scale.as_str() } else { "2.5" };
        let of = |columns: &[usize]| match columns {
            [] => format!("pow({scale}, -2)"),
            columns => format!("pow({scale} / sd({}), -2)", self.product(columns)),
        };
        let mut lines = vec![];
        for fixed in &program.fixed {
            if !fixed.columns.is_empty() {
                lines.push(format!("  {} ~ dnorm(0, {})", fixed.name, of(&fixed.columns)));
                continue;
            }
            let centre = if program.model.family() == "binomial" { "0" } else { names.centre.as_str() };
            let summands = program.intercept_mean(centre, |columns| self.product(columns));
            let (head, tail) = (format!("  {} ~ dnorm(", fixed.name), format!(", {})", of(&[])));
            lines.push(sum(&head, &summands, '-', &tail, self.width));
        }
        for (at, block) in program.blocks.iter().enumerate() {
            let many = block.effects.len() > 1;
            for (place, effect) in block.effects.iter().enumerate() {
                let place = if many { format!("[{}]", place + 1) } else { String::new() };
                lines.push(format!("  {}{place} ~ dt(0, {}, 3) T(0, )", block.scale, of(&effect.columns)));
            }
            if many {
                lines.extend(self.correlations(block, &names.matrices[at]));
            }
        }
        if gaussian {
            lines.push(format!("  {} ~ dt(0, {}, 3) T(0, )", program.sigma, of(&[])));
        }
        lines
    }

    /// LKJ(2) by its partial correlations (Lewandowski, Kurowicka and Joe 2009, section 2.4), and the precision matrix.
    fn correlations(&self, block: &Block, [partial, covariance, precision]: &[String; 3]) -> Vec<String> {
        let k = block.effects.len();
        let (factor, rho, scale) = (&block.factor, &block.correlation, &block.scale);
        let mut lines = vec![
            "  # No Wishart: it would tie the correlations to the sizes of the variances".to_owned(),
            "  # (Gelman and Hill 2007, section 13.3).".to_owned(),
        ];
        for row in 1..=k {
            for column in 1..row {
                // LKJ's shape 2, and half a degree for each effect that is still to come.
                let shape = 2.0 + (k - 1 - column) as f64 / 2.0;
                lines.push(format!("  {partial}[{row}, {column}] ~ dbeta({shape}, {shape})"));
            }
        }
        for row in 1..=k {
            let rest = |column: usize| match column {
                1 => "1".to_owned(),
                column => {
                    let squares = (1..column).map(|c| format!("pow({factor}[{row}, {c}], 2)"));
                    format!("sqrt({})", ["1".to_owned()].into_iter().chain(squares).collect::<Vec<_>>().join(" - "))
                }
            };
            for column in 1..=k {
                let value = match column.cmp(&row) {
                    std::cmp::Ordering::Less if column == 1 => format!("2 * {partial}[{row}, 1] - 1"),
                    std::cmp::Ordering::Less => format!("(2 * {partial}[{row}, {column}] - 1) * {}", rest(column)),
                    std::cmp::Ordering::Equal => rest(column),
                    std::cmp::Ordering::Greater => "0".to_owned(),
                };
                lines.push(format!("  {factor}[{row}, {column}] <- {value}"));
            }
        }
        lines.push(format!("  {rho}[1:{k}, 1:{k}] <- {factor}[1:{k}, 1:{k}] %*% t({factor}[1:{k}, 1:{k}])"));
        for row in 1..=k {
            for column in 1..=k {
                let value = match row == column {
                    true => format!("pow({scale}[{row}], 2)"),
                    false => format!("{rho}[{row}, {column}] * {scale}[{row}] * {scale}[{column}]"),
                };
                lines.push(format!("  {covariance}[{row}, {column}] <- {value}"));
            }
        }
        lines.push(format!("  {precision}[1:{k}, 1:{k}] <- inverse({covariance}[1:{k}, 1:{k}])"));
        lines
    }

    /// The data and the run in R, as a comment.
    fn calls(&self, data: &DataLines) -> Result<Vec<String>> {
        let program = self.program;
        let mut lines = vec!["/* In R, with this model saved as model.jags:".to_owned()];
        lines.extend(data.r("jags_data")?);
        lines.push("library(rjags)".into());
        lines.push("load.module(\"glm\")".into());
        lines.push("model <- jags.model(\"model.jags\", data = jags_data, n.chains = 4)".into());
        lines.push("update(model, 2000)".into());
        let mut watched: Vec<&String> = program.fixed.iter().map(|fixed| &fixed.name).collect();
        for block in &program.blocks {
            watched.push(&block.scale);
            watched.extend((block.effects.len() > 1).then_some(&block.correlation));
        }
        watched.extend(program.is_gaussian().then_some(&program.sigma));
        let watched: Vec<String> = watched.into_iter().map(|name| format!("\"{name}\"")).collect();
        lines.extend(list("fit <- coda.samples(model, c(", &watched, "), n.iter = 10000)", self.width));
        lines.iter_mut().for_each(|line| *line = line.replace("*/", "*\\u002f"));
        lines.push("*/".into());
        Ok(lines)
    }

    fn sum(&self, head: &str, summands: &[String], tail: &str) -> String {
        match summands {
            [] => format!("{head}0{tail}"),
            summands => sum(head, summands, '+', tail, self.width),
        }
    }

    fn parts(&self, parts: &[Part], here: Option<usize>) -> Vec<String> {
        parts.iter().map(|part| self.part(part, here)).collect()
    }

    /// `beta_1[id[n]] * R[n]`.
    fn part(&self, part: &Part, here: Option<usize>) -> String {
        let program = self.program;
        let index = self.index(program.home(part.what), here);
        let mut text = match part.what {
            What::Fixed(at) => program.fixed[at].name.clone(),
            What::Coefficient(at) => format!("{}[{index}]", program.coefficients[at].name),
            What::Effect(at, place) => match &program.blocks[at] {
                block if block.effects.len() == 1 => format!("{}[{index}]", block.name),
                block => format!("{}[{index}, {}]", block.name, place + 1),
            },
        };
        for &column in &part.times {
            text += &format!(" * {}", self.column(column, here));
        }
        text
    }

    fn column(&self, at: usize, here: Option<usize>) -> String {
        let column = &self.program.columns[at];
        format!("{}[{}]", column.name, self.index(column.group, here))
    }

    /// A column, or the product of several, with all its values.
    fn product(&self, columns: &[usize]) -> String {
        let product = self.names.products.iter().find(|(known, _)| known == columns).map(|(_, name)| name);
        let name = product.or_else(|| columns.first().map(|&at| &self.program.columns[at].name));
        format!("{}[]", name.map_or("", String::as_str))
    }

    /// The place of what varies over `home` (`None`: over the observations) in a loop over `here`.
    fn index(&self, home: Option<usize>, here: Option<usize>) -> String {
        let (program, names) = (self.program, &self.names);
        match (home, here) {
            (None, _) => names.observation.clone(),
            (Some(home), None) => format!("{}[{}]", program.groups[home].index, names.observation),
            (Some(home), Some(here)) => match program.lookup(here, home) {
                Some(lookup) => format!("{lookup}[{}]", names.group),
                None => names.group.clone(),
            },
        }
    }
}
