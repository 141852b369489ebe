//! Functions: their names, and letters and words that stand before a bracket as functions do.

use super::expressions::{Builder, misread, number};
use super::grammar::{Pair, Rule};
use super::symbols::{self, Base, Raw, Superscript};
use crate::error::{Code, Diagnostic, Result, Span};
use crate::syntax::{Expr, Face, Kind};

/// Functions of R that equations name as they are called.
const R_FUNCTIONS: [&str; 13] =
    ["scale", "mean", "log1p", "log2", "log10", "expm1", "factor", "sin", "cos", "tan", "abs", FIXED, INDICATOR];

/// `I(\text{same patient}_{ij})`: of what holds or does not the indicator is the column itself.
const INDICATOR: &str = "I";

/// `FE(year_j)`: fixed effects of each value, R's `factor`.
const FIXED: &str = "FE";

/// Letters by custom of functions, and a word for random effects of each value.
const UNGIVEN: [&str; 6] = ["f", "g", "h", "s", "z", "RE"];

/// Functions whose values have a mean with a bar above.
const TRANSFORMED: [&str; 3] = ["log", "exp", "sqrt"];

impl Builder<'_> {
    /// A function with its arguments, `\log(x)`, `\logit^{-1}(x)`.
    pub(super) fn function(&mut self, pair: &Pair<'_>) -> Result<Expr> {
        let span = self.span(pair);
        let mut inner = pair.clone().into_inner();
        let Some(name) = inner.next() else { return misread(span) };
        let mut name = match name.as_rule() {
            Rule::exponential => "exp".to_owned(),
            _ => function_name(name.as_str()),
        };
        let mut power = None;
        let mut arguments = vec![];
        for part in inner {
            match part.as_rule() {
                Rule::unicode_superscript if part.as_str() == "⁻¹" => name = inverse(&name),
                // \log_{10}
                Rule::subscript if name == "log" => {
                    let base = symbols::clean(part.as_str().trim_start_matches('_'));
                    if matches!(base.as_str(), "2" | "10") {
                        name += &base;
                    }
                }
                Rule::superscript => match symbols::superscript(part.as_str()) {
                    Superscript::Power(p) if p == "-1" => name = inverse(&name),
                    Superscript::Power(p) => power = Some(p),
                    _ => {}
                },
                Rule::brace_group => arguments = vec![self.inside(&part)?],
                Rule::factor => {
                    let group = symbols::only(part.clone()).filter(|p| p.as_rule() == Rule::group);
                    arguments = match group {
                        Some(group) => self.arguments(&group)?,
                        None => vec![Expr::product(self.factor(&part)?)],
                    };
                }
                _ => {}
            }
        }
        if name == "inv_g" {
            let Some(link) = self.link(span) else { return ungiven("g", span) };
            name = inverse(link);
        }
        let call = Expr::new(Kind::Call(name, arguments), span);
        Ok(match power {
            Some(power) => Expr::new(Kind::Power(Box::new(call), Box::new(number(&power, span))), span),
            None => call,
        })
    }

    /// `\mathrm{scale}(x_{ij})` is R's function; `f(x_{ij})` is one that the text does not give.
    pub(super) fn applied(&mut self, name: &Pair<'_>, symbol: Expr, group: &Pair<'_>) -> Result<Expr> {
        let span = self.span(name).join(self.span(group));
        let function = symbol.symbol().map(|s| s.name.base.clone()).unwrap_or_default();
        let named =
            if function == "ρ" { Some("Cor") } else { R_FUNCTIONS.into_iter().find(|known| *known == function) };
        let mut parts = group.clone().into_inner();
        if let (Some(named), Some(inside)) = (named, parts.next()) {
            if let (INDICATOR, [only]) = (named, &self.arguments(&inside)?[..]) {
                return Ok(only.clone());
            }
            let named = if named == FIXED { "factor" } else { named };
            let call = Expr::new(Kind::Call(named.to_owned(), self.arguments(&inside)?), span);
            return Ok(Expr::product(self.scripted(call, &parts.collect::<Vec<_>>(), group)?));
        }
        if let ("g", Some(inside)) = (function.as_str(), group.clone().into_inner().next())
            && let Some(link) = self.link(span)
        {
            let mut arguments = self.arguments(&inside)?;
            return Ok(match link {
                "identity" if arguments.len() == 1 => arguments.remove(0),
                link => Expr::new(Kind::Call(link.to_owned(), arguments), span),
            });
        }
        ungiven(&function, span)
    }

    /// The link that g is: the one that the text names, or the canonical one of the law that it names.
    fn link(&mut self, span: Span) -> Option<&'static str> {
        let link = self.letters.link?;
        if !link.named && !self.notes.iter().any(|note| note.message.starts_with(CANONICAL)) {
            let message = format!("{CANONICAL} of its law, {}", link.name);
            self.notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(span, "g"));
        }
        Some(link.name)
    }
}

/// What is said where a link is left open.
const CANONICAL: &str = "the text does not give the link g: taken as the canonical one";

/// A link that a text calls g.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) name: &'static str,
    /// Whether the text names it.
    named: bool,
}

fn ungiven(function: &str, span: Span) -> Result<Expr> {
    Diagnostic::error(Code::OutOfScope, format!("{function}( ) is a function that the text does not give"))
        .at(span, "a smooth curve, or a standardised variable?")
        .help("write the variable under a name of its own, or the function as a sum of terms; for `f` times a variable put a blank or `\\cdot` between them")
        .into()
}

/// Whether a letter by custom of functions, or the name of one, stands right before a bracket around data.
pub(super) fn is_applied(name: &Pair<'_>, group: &Pair<'_>) -> bool {
    let mut parts = group.clone().into_inner();
    let Some(inside) = parts.next().filter(|p| group.as_rule() == Rule::factor && p.as_rule() == Rule::group) else {
        return false;
    };
    let has_scripts = parts.next().is_some();
    // ρ(u_0j, u_1j) is a correlation.
    let pair = inside.clone().into_inner().filter(|p| p.as_rule() == Rule::argument).count() == 2;
    if pair && !has_scripts && ["\\rho", "ρ"].contains(&name.as_str().trim_end()) {
        return true;
    }
    let touching = name.as_str().trim_end().len() == inside.as_span().start() - name.as_span().start();
    // f_c(t) is no coefficient: f is the letter of functions alone.
    if touching && !has_scripts && name.as_str().starts_with("f_") && !inside.as_str().contains('+') {
        return true;
    }
    let Some(word) = bare(name, Rule::word).or_else(|| bare(name, Rule::text)) else { return false };
    let letters = symbols::clean(word.as_str().rsplit('{').next().unwrap_or_default());
    let indexed = |p: Pair<'_>| matches!(p.as_rule(), Rule::subscript | Rule::unicode_subscript | Rule::bracket_index);
    let of_data = inside.clone().into_inner().flatten().any(indexed);
    touching
        && (R_FUNCTIONS.contains(&letters.as_str()) || of_data && !has_scripts && UNGIVEN.contains(&letters.as_str()))
}

/// The primary of a factor without scripts, when it is of a rule.
fn bare<'a>(factor: &Pair<'a>, rule: Rule) -> Option<Pair<'a>> {
    symbols::only(factor.clone()).filter(|p| factor.as_rule() == Rule::factor && p.as_rule() == rule)
}

/// The one link that a text names in words, `where g is the logit link`, or as a function, `g(x) = logit(x)`; without one,
/// the canonical link of the one law of counts or events that it names.
pub(super) fn link(text: &str) -> Option<Link> {
    const LINKS: [(&str, &str); 9] = [
        ("logit link", "logit"),
        ("logistic link", "logit"),
        ("probit link", "probit"),
        ("log link", "log"),
        ("log-log link", "cloglog"),
        ("identity link", "identity"),
        ("g(x) = logit", "logit"),
        ("g(x) = log(", "log"),
        ("g(x) = probit", "probit"),
    ];
    const LAWS: [(&str, &str); 8] = [
        ("bernoulli", "logit"),
        ("binomial", "logit"),
        ("binary", "logit"),
        ("logistic", "logit"),
        ("log-odds", "logit"),
        ("log odds", "logit"),
        ("poisson", "log"),
        ("count data", "log"),
    ];
    let said = text.to_lowercase().replace("negative binomial", "");
    let only = |words: &[(&str, &'static str)]| {
        let mut found = words.iter().filter(|(words, _)| said.contains(words)).map(|(_, link)| *link);
        let first = found.next()?;
        Some(found.all(|link| link == first).then_some(first))
    };
    match only(&LINKS) {
        Some(link) => link.map(|name| Link { name, named: true }),
        None => only(&LAWS).flatten().map(|name| Link { name, named: false }),
    }
}

/// The column of a transformed variable, for the mean of it: `log_x` of `\log(x_{ij})`, with the indices of `x`.
pub(super) fn transformed(expression: &Pair<'_>) -> Option<Raw> {
    let factor = symbols::only(expression.clone()).and_then(symbols::only)?;
    let mut parts = bare(&factor, Rule::function)?.into_inner();
    let (Some(name), Some(of), None) = (parts.next(), parts.next(), parts.next()) else { return None };
    let name = function_name(name.as_str());
    let mut arguments = bare(&of, Rule::group)?.into_inner().filter(|p| p.as_rule() == Rule::argument);
    let (Some(argument), None) = (arguments.next(), arguments.next()) else { return None };
    match symbols::sole(&symbols::only(argument)?)? {
        Base::Symbol(raw) if TRANSFORMED.contains(&name.as_str()) && raw.power.is_none() => {
            Some(Raw { base: format!("{name}_{}", raw.base), face: Face::Upright, ..raw })
        }
        _ => None,
    }
}

/// The name of a function as R or the moments call it.
pub(super) fn function_name(text: &str) -> String {
    let letters: String =
        symbols::clean(&text.replace("\\log", "log")).chars().filter(char::is_ascii_alphabetic).collect();
    if letters.eq_ignore_ascii_case("logodds") {
        return "logit".to_owned();
    }
    let bare = text.rsplit('{').next().unwrap_or(text).trim_matches(['\\', '}', ' ']);
    match bare.to_ascii_lowercase().as_str() {
        "ln" => "log".to_owned(),
        link @ ("logit" | "probit") => link.to_owned(),
        "var" | "v" => "Var".to_owned(),
        "cov" => "Cov".to_owned(),
        "corr" | "cor" => "Cor".to_owned(),
        "pr" | "p" | "prob" => "P".to_owned(),
        "phi" | "φ" | "pnorm" => "inv_probit".to_owned(),
        "inv_logit" | "invlogit" | "ilogit" | "expit" | "plogis" | "logistic" | "sigmoid" => "inv_logit".to_owned(),
        _ => bare.to_owned(),
    }
}

/// The name of the inverse of a function.
pub(super) fn inverse(name: &str) -> String {
    match name {
        "inv_probit" => "probit".to_owned(),
        name => format!("inv_{name}"),
    }
}
