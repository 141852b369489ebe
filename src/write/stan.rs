//! Stan: a program with index arrays, in the style of Gelman and Hill, its random effects as multiples of standard normal
//! ones (Stan User's Guide, "Multivariate priors for hierarchical models").

use super::engine::{Language, known_categories};
use super::program::{Block, DataLines, PRIORS, Part, Program, What, family, sum};
use super::{Style, lmer};
use crate::algebra::Reading;
use crate::error::{Code, Diagnostic, Notes, Result};

const STAN: Language = Language {
    engine: "Stan",
    power: "^",
    functions: &[],
    #[rustfmt::skip]
    reserved: &[
        // Words of the language.
        "for", "in", "while", "repeat", "until", "if", "then", "else", "true", "false", "target", "int", "real",
        "complex", "vector", "simplex", "unit_vector", "sum_to_zero_vector", "sum_to_zero_matrix", "ordered",
        "positive_ordered", "row_vector", "matrix", "cholesky_factor_corr", "cholesky_factor_cov", "corr_matrix",
        "cov_matrix", "column_stochastic_matrix", "row_stochastic_matrix", "complex_vector", "complex_row_vector",
        "complex_matrix", "functions", "model", "data", "parameters", "quantities", "transformed", "generated", "void",
        "array", "tuple", "lower", "upper", "offset", "multiplier", "print", "reject", "fatal_error", "profile",
        "return", "break", "continue", "jacobian", "get_lp", "truncate", "static", "struct", "typedef", "export",
        "extern", "var", "stan_major", "stan_minor", "stan_math_major", "stan_math_minor",
        // Functions and constants that the programs use.
        "mean", "sd", "log", "e", "pi", "phi", "to_vector", "rep_vector", "diag_pre_multiply", "inv_cloglog", "normal",
        "student_t", "lkj_corr_cholesky", "std_normal", "poisson_log", "bernoulli", "bernoulli_logit",
        "multiply_lower_tri_self_transpose",
    ],
    longest: usize::MAX,
    folds_case: false,
};

/// Writes the program, then what makes its data and runs it.
pub(super) fn write(reading: &Reading, style: &Style, notes: &mut Notes) -> Result<String> {
    family(&reading.model, "Stan")?;
    known_categories(reading, "Stan")?;
    let program = Program::new(reading, &STAN, notes)?;
    let note = "Stan is Bayesian: the priors are weakly informative ones of mlnote's, not REML or ML";
    notes.push(Diagnostic::note(Code::FormulaTrap, note).help("the lines below `Priors` in the program are theirs"));
    let text = Stan { program: &program, width: style.width };
    let mut lines = vec![];
    let formula = lmer::write(reading, &Style { ml: false, width: usize::MAX, ..style.clone() }, &mut vec![]);
    lines.extend(formula.map(|formula| format!("// {}", formula.trim_end())).ok());
    lines.extend(text.data());
    lines.extend(text.parameters());
    lines.extend(text.transformed());
    lines.extend(text.model());
    lines.extend(text.generated());
    lines.extend(calls(&DataLines::new(&program, "Stan", style))?);
    Ok(lines.join("\n") + "\n")
}

/// The data and the run, in R and in Python, as comments.
fn calls(data: &DataLines) -> Result<Vec<String>> {
    let mut lines = vec!["/* In R, with this program saved as model.stan:".to_owned()];
    lines.extend(data.r("stan_data")?);
    lines.push("model <- cmdstanr::cmdstan_model(\"model.stan\")".into());
    lines.push("fit <- model$sample(data = stan_data)".into());
    lines.extend(["*/".into(), "/* In Python:".into()]);
    lines.extend(data.python("stan_data")?);
    lines.push("from cmdstanpy import CmdStanModel".into());
    lines.push("fit = CmdStanModel(stan_file=\"model.stan\").sample(data=stan_data)".into());
    // A name with `*/` in it stands within quotes, where both languages read the escape.
    let hidden = lines.iter_mut().filter(|line| line.as_str() != "*/");
    hidden.for_each(|line| *line = line.replace("*/", "*\\u002f"));
    lines.push("*/".into());
    Ok(lines)
}

struct Stan<'a> {
    program: &'a Program,
    width: usize,
}

impl Stan<'_> {
    fn data(&self) -> Vec<String> {
        let program = self.program;
        let n = &program.count;
        let mut lines = vec!["data {".to_owned(), format!("  int<lower=1> {n};  // observations")];
        for group in &program.groups {
            let (index, count) = (&group.index, &group.count);
            lines.push(format!("  int<lower=1> {count};  // groups of {}", group.grouping.to_string().escape_debug()));
            lines.push(format!("  array[{n}] int<lower=1, upper={count}> {index};  // the group of each observation"));
        }
        for group in &program.groups {
            for (to, name) in &group.lookups {
                let (of, upper) = (&group.count, &program.groups[*to].count);
                lines.push(format!("  array[{of}] int<lower=1, upper={upper}> {name};"));
            }
        }
        let response = &program.response;
        lines.push(match program.model.family() {
            "gaussian" => format!("  vector[{n}] {response};"),
            "binomial" => format!("  array[{n}] int<lower=0, upper=1> {response};"),
            _ => format!("  array[{n}] int<lower=0> {response};"),
        });
        for column in &program.columns {
            lines.push(match column.group {
                None => format!("  vector[{n}] {};", column.name),
                Some(group) => {
                    let group = &program.groups[group];
                    format!("  vector[{}] {};  // a value for each group of {}", group.count, column.name, group.index)
                }
            });
        }
        lines.push("}".into());
        lines
    }

    fn parameters(&self) -> Vec<String> {
        let mut lines = vec!["parameters {".to_owned()];
        lines.extend(self.program.fixed.iter().map(|fixed| format!("  real {};", fixed.name)));
        for block in &self.program.blocks {
            let count = &self.program.groups[block.group].count;
            match block.effects.len() {
                1 => {
                    lines.push(format!("  vector[{count}] {};", block.normal));
                    lines.push(format!("  real<lower=0> {};", block.scale));
                }
                k => {
                    lines.push(format!("  matrix[{k}, {count}] {};", block.normal));
                    lines.push(format!("  cholesky_factor_corr[{k}] {};", block.factor));
                    lines.push(format!("  vector<lower=0>[{k}] {};", block.scale));
                }
            }
        }
        if self.program.is_gaussian() {
            lines.push(format!("  real<lower=0> {};", self.program.sigma));
        }
        lines.push("}".into());
        lines
    }

    fn transformed(&self) -> Vec<String> {
        let program = self.program;
        let mut lines = vec![];
        for block in &program.blocks {
            let (name, count) = (&block.name, &program.groups[block.group].count);
            let (scale, normal) = (&block.scale, &block.normal);
            lines.push(match block.effects.len() {
                1 => format!("  vector[{count}] {name} = {scale} * {normal};"),
                k => {
                    let effects: Vec<&str> = block.effects.iter().map(|effect| effect.name.as_str()).collect();
                    let value = format!("(diag_pre_multiply({scale}, {}) * {normal})'", block.factor);
                    format!("  // {}\n  matrix[{count}, {k}] {name} = {value};", effects.join(", "))
                }
            });
        }
        for coefficient in &program.coefficients {
            let count = &program.groups[coefficient.group].count;
            let head = format!("  vector[{count}] {} = ", coefficient.name);
            lines.push(self.equation(&head, &coefficient.parts, Some(coefficient.group), &[], count));
        }
        if lines.is_empty() {
            return lines;
        }
        lines.insert(0, "transformed parameters {".into());
        lines.push("}".into());
        lines
    }

    fn model(&self) -> Vec<String> {
        let program = self.program;
        let (y, mu, n) = (&program.response, &program.predictor, &program.count);
        let head = format!("  vector[{n}] {mu} = ");
        let mut lines = vec![
            "model {".to_owned(),
            self.equation(&head, &program.root, None, &program.offsets, n),
            match (program.model.family(), program.model.link()) {
                ("binomial", "logit") => format!("  {y} ~ bernoulli_logit({mu});"),
                ("binomial", "probit") => format!("  {y} ~ bernoulli(Phi({mu}));"),
                ("binomial", _) => format!("  {y} ~ bernoulli(inv_cloglog({mu}));"),
                ("poisson", _) => format!("  {y} ~ poisson_log({mu});"),
                _ => format!("  {y} ~ normal({mu}, {});", program.sigma),
            },
        ];
        for block in &program.blocks {
            lines.push(match block.effects.len() {
                1 => format!("  {} ~ std_normal();  // {} ~ normal(0, {})", block.normal, block.name, block.scale),
                _ => format!("  to_vector({}) ~ std_normal();  // {} ~ multi_normal(0, …)", block.normal, block.name),
            });
        }
        lines.extend(PRIORS.map(|line| format!("  // {line}")));
        lines.extend(self.priors());
        lines.push("}".into());
        lines
    }

    fn priors(&self) -> Vec<String> {
        let program = self.program;
        let y = &program.response;
        let (centre, scale) = match program.model.family() {
            "gaussian" => (format!("mean({y})"), format!("2.5 * sd({y})")),
            "poisson" => (format!("log(mean(to_vector({y})) + 0.5)"), "2.5".to_owned()),
            _ => ("0".to_owned(), "2.5".to_owned()),
        };
        let of = |columns: &[usize]| match columns {
            [] => scale.clone(),
            columns => format!("{scale} / sd({})", self.product(columns)),
        };
        let mut lines = vec![];
        if let Some(intercept) = program.fixed.iter().find(|fixed| fixed.columns.is_empty()) {
            let summands = program.intercept_mean(&centre, |columns| self.product(columns));
            let head = format!("  {} ~ normal(", intercept.name);
            lines.push(sum(&head, &summands, '-', &format!(", {scale});"), self.width));
        }
        for fixed in program.fixed.iter().filter(|fixed| !fixed.columns.is_empty()) {
            lines.push(format!("  {} ~ normal(0, {});", fixed.name, of(&fixed.columns)));
        }
        for block in &program.blocks {
            let many = block.effects.len() > 1;
            if many {
                lines.push(format!("  {} ~ lkj_corr_cholesky(2);", block.factor));
            }
            for (at, effect) in block.effects.iter().enumerate() {
                let place = if many { format!("[{}]", at + 1) } else { String::new() };
                lines.push(format!("  {}{place} ~ student_t(3, 0, {});", block.scale, of(&effect.columns)));
            }
        }
        if program.is_gaussian() {
            lines.push(format!("  {} ~ student_t(3, 0, {scale});", program.sigma));
        }
        lines
    }

    fn generated(&self) -> Vec<String> {
        let many = |block: &&Block| block.effects.len() > 1;
        let correlation = |block: &Block| {
            let (k, name) = (block.effects.len(), &block.correlation);
            format!("  corr_matrix[{k}] {name} = multiply_lower_tri_self_transpose({});", block.factor)
        };
        let mut lines: Vec<String> = self.program.blocks.iter().filter(many).map(correlation).collect();
        if !lines.is_empty() {
            lines.insert(0, "generated quantities {".into());
            lines.push("}".into());
        }
        lines
    }

    /// An equation of the groups `here`, or of the observations.
    fn equation(&self, head: &str, parts: &[Part], here: Option<usize>, offsets: &[usize], count: &str) -> String {
        let mut is_vector = !offsets.is_empty();
        let mut summands = vec![];
        for part in parts {
            is_vector |= !part.times.is_empty() || self.program.home(part.what).is_some();
            summands.push(self.part(part, here));
        }
        summands.extend(offsets.iter().map(|&at| self.column(at, here)));
        match (is_vector, &summands[..]) {
            (true, _) => sum(head, &summands, '+', ";", self.width),
            (false, []) => format!("{head}rep_vector(0, {count});"),
            (false, _) => sum(&format!("{head}rep_vector("), &summands, '+', &format!(", {count});"), self.width),
        }
    }

    /// `beta_1[id] .* R`.
    fn part(&self, part: &Part, here: Option<usize>) -> String {
        let program = self.program;
        let home = program.home(part.what);
        let symbol = match part.what {
            What::Fixed(at) => program.fixed[at].name.clone(),
            What::Coefficient(at) => self.looked_up(&program.coefficients[at].name, home, here),
            What::Effect(block, place) => match &program.blocks[block] {
                block if block.effects.len() == 1 => self.looked_up(&block.name, home, here),
                block => {
                    let index = self.index(home, here).unwrap_or_default();
                    format!("{}[{index}, {}]", block.name, place + 1)
                }
            },
        };
        let mut text = symbol;
        let mut sign = if home.is_some() { " .* " } else { " * " };
        for &column in &part.times {
            text += &format!("{sign}{}", self.column(column, here));
            sign = " .* ";
        }
        text
    }

    fn column(&self, at: usize, here: Option<usize>) -> String {
        let column = &self.program.columns[at];
        self.looked_up(&column.name, column.group, here)
    }

    /// The product of columns as observations have them; a column of groups alone as groups have it.
    fn product(&self, columns: &[usize]) -> String {
        match columns {
            [only] => self.program.columns[*only].name.clone(),
            several => several.iter().map(|&at| self.column(at, None)).collect::<Vec<_>>().join(" .* "),
        }
    }

    fn looked_up(&self, name: &str, home: Option<usize>, here: Option<usize>) -> String {
        match self.index(home, here) {
            Some(index) => format!("{name}[{index}]"),
            None => name.to_owned(),
        }
    }

    /// The array that leads from the groups `here`, or from the observations, to the groups `home`; `None` when these are
    /// the same.
    fn index(&self, home: Option<usize>, here: Option<usize>) -> Option<&str> {
        match (home, here) {
            (Some(home), None) => Some(&self.program.groups[home].index),
            (Some(home), Some(here)) => self.program.lookup(here, home),
            (None, _) => None,
        }
    }
}
