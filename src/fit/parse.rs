//! Covariates defined in R's words (`xc = x - 2.5`, `big = f == "b"`, `m = mean(x | g)`): text to expression.

use crate::error::{Code, Diagnostic, Result};
use crate::model::RExpr;

const DEPTH: usize = 128;

/// Reads an R expression: names, numbers, strings, calls, brackets and operators with R's precedence.
///
/// # Errors
/// `BadArgument` when the text is no expression.
///
/// ```
/// let expr = mlnote::fit::parse_expression("(x - mean(x | g))^2 * 1.5").unwrap();
/// assert_eq!(expr.to_string(), "(x - mean(x | g))^2 * 1.5");
/// ```
pub fn parse_expression(text: &str) -> Result<RExpr> {
    let mut parser = Parser { rest: text, text, depth: 0 };
    let expr = parser.binary(0)?;
    if parser.rest.trim_start().is_empty() { Ok(expr) } else { Err(parser.error("this is left over")) }
}

/// Binary operators, loosest first; `-` as a sign binds between `*` and `^`, as in R.
const OPERATORS: &[&[&str]] = &[
    &["||", "|"],
    &["&&", "&"],
    &["==", "!=", "<=", ">=", "<", ">"],
    &["+", "-"],
    &["*", "/"],
    &["%%", "%/%"],
    &[":"],
];

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn error(&self, what: &str) -> Box<Diagnostic> {
        let at = self.text.len() - self.rest.len() + 1;
        Box::new(
            Diagnostic::error(
                Code::BadArgument,
                format!("cannot read `{}` as an expression: {what} at character {at}", self.text.escape_debug()),
            )
            .help(
                "use arithmetic, comparisons (`f == \"b\"`), functions (log, sqrt, …) and group means (`mean(x | g)`)",
            ),
        )
    }

    fn eat(&mut self, token: &str) -> bool {
        let trimmed = self.rest.trim_start();
        match trimmed.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn binary(&mut self, tier: usize) -> Result<RExpr> {
        let Some(operators) = OPERATORS.get(tier) else { return self.signed() };
        self.depth += 1;
        if self.depth > DEPTH * OPERATORS.len() {
            return Err(self.error("brackets are nested too deeply"));
        }
        let mut left = self.binary(tier + 1)?;
        while let Some(op) = operators.iter().find(|op| self.eat(op)) {
            let right = self.binary(tier + 1)?;
            left = RExpr::call(*op, [left, right]);
        }
        self.depth -= 1;
        Ok(left)
    }

    fn signed(&mut self) -> Result<RExpr> {
        self.depth += 1;
        if self.depth > DEPTH * OPERATORS.len() {
            return Err(self.error("signs are nested too deeply"));
        }
        let out = if self.eat("-") {
            Ok(RExpr::call("-", [self.signed()?]))
        } else if self.eat("!") {
            Ok(RExpr::call("!", [self.binary(2)?]))
        } else if self.eat("+") {
            self.signed()
        } else {
            let base = self.atom()?;
            if self.eat("^") || self.eat("**") { Ok(RExpr::call("^", [base, self.signed()?])) } else { Ok(base) }
        };
        self.depth -= 1;
        out
    }

    fn atom(&mut self) -> Result<RExpr> {
        self.rest = self.rest.trim_start();
        let Some(first) = self.rest.chars().next() else { return Err(self.error("something is missing")) };
        match first {
            '(' => {
                self.rest = &self.rest[1..];
                let inner = self.binary(0)?;
                if self.eat(")") { Ok(RExpr::call("(", [inner])) } else { Err(self.error("`)` is missing")) }
            }
            '"' | '\'' => Ok(RExpr::Text(self.quoted(first)?)),
            '`' => {
                let name = self.quoted('`')?;
                self.called(name)
            }
            c if c.is_ascii_digit() || c == '.' && self.rest[1..].starts_with(|d: char| d.is_ascii_digit()) => {
                self.number()
            }
            c if c.is_alphabetic() || c == '.' => {
                let word = self.word();
                self.called(word)
            }
            _ => Err(self.error("this is no name, number or bracket")),
        }
    }

    fn word(&mut self) -> String {
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '.' || c == '_')).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    fn number(&mut self) -> Result<RExpr> {
        let mut end = 0;
        let bytes = self.rest.as_bytes();
        while end < bytes.len()
            && (bytes[end].is_ascii_digit()
                || bytes[end] == b'.'
                || matches!(bytes[end], b'e' | b'E')
                || matches!(bytes[end], b'+' | b'-') && matches!(bytes[end - 1], b'e' | b'E'))
        {
            end += 1;
        }
        let (digits, rest) = self.rest.split_at(end);
        if digits.parse::<f64>().is_err() {
            return Err(self.error("this is no number"));
        }
        self.rest = rest.strip_prefix('L').unwrap_or(rest);
        Ok(RExpr::Number(digits.to_owned()))
    }

    fn quoted(&mut self, quote: char) -> Result<String> {
        let mut out = String::new();
        let mut chars = self.rest[1..].char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => out.extend(chars.next().map(|(_, c)| c)),
                c if c == quote => {
                    self.rest = &self.rest[1 + at + c.len_utf8()..];
                    return Ok(out);
                }
                c => out.push(c),
            }
        }
        Err(self.error("a quote is not closed"))
    }

    fn called(&mut self, name: String) -> Result<RExpr> {
        if !self.eat("(") {
            // As the readers of formulas spell R's constants.
            return Ok(if matches!(name.as_str(), "TRUE" | "FALSE") { RExpr::Number(name) } else { RExpr::Name(name) });
        }
        let mut arguments = vec![];
        if !self.eat(")") {
            loop {
                let value = self.binary(0)?;
                match (&value, self.eat("=")) {
                    (RExpr::Name(key), true) => arguments.push((Some(key.clone()), self.binary(0)?)),
                    (_, true) => return Err(self.error("only a name can stand before `=`")),
                    _ => arguments.push((None, value)),
                }
                if self.eat(")") {
                    break;
                }
                if !self.eat(",") {
                    return Err(self.error("`,` or `)` is missing"));
                }
            }
        }
        Ok(RExpr::Call(name, arguments))
    }
}
