//! The right side of `~`.

use super::expressions::Builder;
use super::grammar::{Pair, Rule};
use super::indices::is_marked;
use super::matrices;
use super::symbols;
use crate::error::{Code, Diagnostic, Result, Span};
use crate::syntax::{Expr, Group, Kind, Law, Matrix, Name, family_of};

/// Whether a name means the (multivariate) normal law.
pub(super) fn is_normal(name: &str) -> bool {
    // A macro of the text's own for it: `\norm(\mu, \sigma)`.
    let name = name.strip_prefix('\\').filter(|own| own.chars().all(|c| c.is_ascii_alphabetic())).unwrap_or(name);
    let name = symbols::clean(name.rsplit_once('{').map_or(name, |(_, body)| body));
    let name = name.trim_start_matches("\\mathcal").trim();
    matches!(
        name.to_ascii_lowercase().replace([' ', '-', '_'], "").as_str(),
        "n" | "no"
            | "normal"
            | "mvn"
            | "mvnormal"
            | "multivariatenormal"
            | "multinormal"
            | "bivariatenormal"
            | "bvn"
            | "nid"
            | "norm"
            | "dnorm"
            | "gaussian"
            | "mn"
            | "mnormal"
            | "normalmv"
            | "mvnorm"
            | "iid"
            | "i.i.d."
    )
}

/// A log-normal law of a response is a normal law of its logarithm; one of a symbol without index is a prior.
pub(super) fn of_logarithm(left: Vec<Expr>, law: Law) -> (Vec<Expr>, Law) {
    match (law, &left[..]) {
        (Law::Other { name, arguments }, [only])
            if is_log_normal(&name) && only.symbol().is_some_and(|s| !s.indices.is_empty()) && arguments.len() == 2 =>
        {
            let mut arguments = arguments.into_iter();
            let mean = arguments.next().into_iter().collect();
            let rows = vec![vec![arguments.next()]];
            let span = only.span;
            let logarithm = Expr::new(Kind::Call("log".to_owned(), vec![only.clone()]), span);
            (vec![logarithm], Law::Normal { mean, covariance: Matrix { rows, span } })
        }
        (law, _) => (left, law),
    }
}

fn is_log_normal(name: &str) -> bool {
    matches!(
        name.to_ascii_lowercase().replace([' ', '-', '_'], "").as_str(),
        "lognormal" | "lognorm" | "dlnorm" | "dlognorm"
    )
}

/// Whether a law is the normal one, and not its half above zero, `Normal_+(0, 1)`; so is one without a name, of which only
/// the mean and the variance are said.
pub(super) fn says_normal(law: &Pair<'_>) -> bool {
    let parts = || law.clone().into_inner();
    if matches!(parts().find(|p| p.as_rule() != Rule::independence), Some(first) if first.as_rule() == Rule::law_group)
    {
        return true;
    }
    let is_positive = |script: Pair<'_>| script.into_inner().any(|p| p.as_rule() == Rule::positive);
    parts().any(|p| p.as_rule() == Rule::law_name && is_normal(p.as_str()))
        && !parts().filter(|p| p.as_rule() == Rule::law_script).any(is_positive)
}

/// `for school j = 1`, `for $j \in 1 …$`, as the words beside a distribution say it.
pub(super) fn group(words: &str, base: usize) -> Option<Group> {
    let body = words.split_once('{').map_or(words, |(_, body)| body).replace("\\in ", "∈");
    let body = symbols::clean(&body);
    let rest = body.trim_start_matches([',', ' ']).strip_prefix("for ")?;
    let (head, _) = rest.split_once(['=', '∈'])?;
    let mut names: Vec<&str> = head.split_whitespace().filter(|w| *w != "each" && *w != "every").collect();
    let letter = names.pop().filter(|l| l.len() == 1 && l.chars().all(|c| c.is_ascii_lowercase()))?;
    Some(Group { letter: letter.to_owned(), name: names.join(" "), span: Span::new(base, base + words.len()) })
}

/// An argument of a law.
enum Argument {
    One(Expr),
    Many(Matrix),
    Unsaid,
}

impl Builder<'_> {
    /// A law with its arguments.
    ///
    /// # Errors
    /// `Syntax` when the arguments do not fit, and those of the arguments.
    pub(super) fn law(&mut self, law: &Pair<'_>) -> Result<Law> {
        let span = self.span(law);
        let mut name = String::new();
        let mut arguments: Vec<Argument> = vec![];
        let matrices = law.clone().into_inner().filter(|p| p.as_rule() == Rule::matrix).count();
        for inner in law.clone().into_inner() {
            match inner.as_rule() {
                Rule::number_law => {
                    let head = inner.as_str().rsplit_once('(').map_or("", |(head, _)| head);
                    name = symbols::clean(head.rsplit_once('{').map_or(head, |(_, body)| body));
                    return Ok(Law::Other { name, arguments: vec![] });
                }
                Rule::law_words => {
                    name = symbols::clean(inner.as_str().rsplit_once('{').map_or(inner.as_str(), |(_, body)| body));
                    return Ok(Law::Other { name, arguments: vec![] });
                }
                Rule::law_name => {
                    name = symbols::clean(inner.as_str().rsplit_once('{').map_or(inner.as_str(), |(_, body)| body));
                    if name.is_empty() {
                        name = inner.as_str().trim_start_matches("\\mathcal").trim().to_owned();
                    }
                }
                Rule::law_group => {
                    let is_argument =
                        |p: &Pair<'_>| matches!(p.as_rule(), Rule::argument | Rule::power_of_e | Rule::unsaid);
                    for argument in inner.into_inner().filter(is_argument) {
                        if argument.as_rule() == Rule::unsaid {
                            arguments.push(Argument::Unsaid);
                            continue;
                        }
                        if let Some(power) = argument.clone().into_inner().find(|p| p.as_rule() == Rule::brace_group) {
                            let exp = Kind::Call("exp".to_owned(), vec![self.inside(&power)?]);
                            arguments.push(Argument::One(Expr::new(exp, self.span(&argument))));
                            continue;
                        }
                        // Normal(0, 1; lower = 0)
                        if is_bound(&argument) {
                            continue;
                        }
                        let parts: Vec<Pair<'_>> = argument.clone().into_inner().collect();
                        match &parts[..] {
                            // N(\mu = 0, \sigma^2 = 4) names its arguments.
                            [value] | [_, _, value]
                                if parts
                                    .iter()
                                    .skip(1)
                                    .all(|p| matches!(p.as_rule(), Rule::equals | Rule::expression)) =>
                            {
                                arguments.push(self.argument(value)?);
                            }
                            _ => return unread(self.span(&argument)),
                        }
                    }
                }
                // `N \begin{bmatrix} mean, covariance \end{bmatrix}`: the matrix is the argument list.
                Rule::matrix if matrices == 1 && means_beside(&inner) => {
                    let rows = matrices::cells(&inner);
                    for part in [0..1, 1..rows.len() + 1] {
                        let part: Vec<_> = rows.iter().map(|row| row[part.clone()].to_vec()).collect();
                        arguments.push(Argument::Many(self.matrix(&part, &inner)?));
                    }
                }
                Rule::matrix if matrices == 1 => {
                    for cell in matrices::cells(&inner).into_iter().flatten().flatten() {
                        arguments.push(self.argument(&cell)?);
                    }
                }
                Rule::matrix => {
                    let rows = matrices::cells(&inner);
                    arguments.push(Argument::Many(self.matrix(&rows, &inner)?));
                }
                _ => {}
            }
        }
        let normal = says_normal(law) && !matches!(arguments.first(), Some(Argument::Unsaid));
        if !normal || !(1..=2).contains(&arguments.len()) {
            let arguments = arguments.into_iter().flat_map(|a| match a {
                Argument::One(expr) => vec![expr],
                Argument::Many(matrix) => matrix.rows.into_iter().flatten().flatten().collect(),
                Argument::Unsaid => vec![],
            });
            let binomial = family_of(&name).is_some_and(|(family, _)| family == "binomial");
            let mut arguments: Vec<Expr> = arguments.collect();
            arguments.iter_mut().filter(|_| binomial).for_each(sigmoid);
            return Ok(Law::Other { name, arguments });
        }
        let mut arguments = arguments.into_iter();
        let mean = match arguments.next() {
            Some(Argument::One(expr)) => vec![expr],
            Some(Argument::Many(matrix)) => {
                let zero = |cell: Option<Expr>| cell.unwrap_or_else(|| Expr::number(0));
                matrix.rows.into_iter().flatten().map(zero).collect()
            }
            Some(Argument::Unsaid) | None => return unread(span),
        };
        let covariance = match arguments.next() {
            Some(Argument::One(expr)) => Matrix { span: expr.span, rows: vec![vec![Some(expr)]] },
            Some(Argument::Many(matrix)) => matrix,
            Some(Argument::Unsaid) | None => Matrix { rows: vec![], span },
        };
        Ok(Law::Normal { mean, covariance })
    }

    fn argument(&mut self, expression: &Pair<'_>) -> Result<Argument> {
        if let Some(rows) = matrices::rows(expression) {
            return Ok(Argument::Many(self.matrix(&rows, expression)?));
        }
        if let Some(product) = self.product_of_matrices(expression)? {
            return Ok(Argument::Many(product));
        }
        Ok(Argument::One(self.expression(expression)?))
    }
}

/// The σ before brackets of `y \sim Bernoulli(\sigma(\eta))` is the inverse of the logit.
fn sigmoid(mean: &mut Expr) {
    if let Kind::Product(factors) = &mean.kind
        && let [name, inside] = &factors[..]
        && name.symbol().is_some_and(|s| s.name == Name::new("σ") && s.indices.is_empty())
    {
        mean.kind = Kind::Call("inv_logit".to_owned(), vec![inside.clone()]);
    }
}

/// Whether one matrix says the means in its first column and their covariances in the others.
fn means_beside(matrix: &Pair<'_>) -> bool {
    let rows = matrices::cells(matrix);
    rows.len() > 1 && rows.iter().all(|row| row.len() == rows.len() + 1)
}

fn unread<T>(span: Span) -> Result<T> {
    Err(Box::new(
        Diagnostic::error(Code::Syntax, "the arguments of this distribution could not be read")
            .at(span, "here")
            .help("write it as N(mean, variance)"),
    ))
}

/// A statement whose left side carries indices: an equation that is not a bare number, a normal law, or any law of a Latin
/// letter with an indexed parameter, `y_{ijkl} \sim Bernoulli(p_{ijk})`.
pub(super) fn is_defining(statement: &Pair<'_>) -> bool {
    statement.clone().into_inner().any(|part| match part.as_rule() {
        Rule::chain => part
            .into_inner()
            .filter(|p| p.as_rule() == Rule::expression)
            .any(|right| right.as_str().trim().parse::<f64>().is_err()),
        Rule::distribution => {
            part.into_inner().flatten().find(|p| p.as_rule() == Rule::law).is_some_and(|law| match says_normal(&law) {
                true => !is_prior(&law),
                false => {
                    let latin = statement.as_str().trim_start().starts_with(|c: char| c.is_ascii_alphabetic());
                    latin && law.into_inner().flatten().any(|p| is_marked(p.as_rule()))
                }
            })
        }
        _ => false,
    })
}

/// `N(90, 20)`: two numbers. What has such a law may be a parameter, `mu_b ~ N(0, 10)`; a group's letter stands elsewhere.
fn is_prior(law: &Pair<'_>) -> bool {
    let arguments = law.clone().into_inner().flatten().filter(|p| p.as_rule() == Rule::argument && !is_bound(p));
    let is_number = |text: &str| text.trim().parse::<f64>().is_ok();
    let base = |text: &str| text.split_once('^').is_some_and(|(base, _)| is_number(base));
    let said: Vec<&str> = arguments.map(|argument| argument.as_str()).collect();
    // The scale of an effect may be a power of a number as well: `u_g ~ N(0, 2^2)`.
    matches!(said[..], [mean, scale] if is_number(mean) && (is_number(scale) || mean.trim() != "0" && base(scale)))
}

/// `lower = 0`: where a prior is cut off.
fn is_bound(argument: &Pair<'_>) -> bool {
    let text = argument.as_str().trim_start();
    ["lower", "upper"].iter().any(|name| text.starts_with(name)) && text.contains('=')
}
