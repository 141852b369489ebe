//! Indicators, `\mathbb{1}[f_{ij} = b]`, `1_{x_{ij} > 3}`, `I(x = 2)`: one where it holds and zero elsewhere, a covariate.

use super::expressions::Builder;
use super::grammar::{Pair, Rule};
use super::indices::Piece;
use super::symbols;
use crate::error::{Code, Diagnostic, Result};
use crate::syntax::{Expr, Face, Index, Kind, Name, Symbol};

/// Relations and R's operators for them.
const RELATIONS: [(&str, &[&str]); 6] = [
    ("==", &["=", "==", "\\equiv"]),
    ("!=", &["!=", "≠", "\\neq", "\\ne"]),
    ("<=", &["<=", "≤", "\\leq", "\\le"]),
    (">=", &[">=", "≥", "\\geq", "\\ge"]),
    ("<", &["<", "\\lt"]),
    (">", &[">", "\\gt"]),
];

impl Builder<'_> {
    /// An indicator as R has it: `I(f == "b")`, the category a call of its name in quotes, without arguments.
    ///
    /// # Errors
    /// `OutOfScope` for a condition that no column says; those of its sides.
    pub(super) fn indicator(&mut self, pair: &Pair<'_>) -> Result<Expr> {
        let span = self.span(pair);
        let (mut sides, mut sign) = (vec![], String::new());
        for inner in pair.clone().into_inner() {
            match inner.as_rule() {
                Rule::expression => sides.push(self.expression(&inner)?),
                Rule::equals | Rule::other_relation | Rule::same => sign = inner.as_str().trim().to_owned(),
                _ => {}
            }
        }
        let operator = RELATIONS.into_iter().find(|(_, signs)| signs.contains(&sign.as_str())).map(|(own, _)| own);
        let (Some(operator), Some(right), Some(left)) = (operator, sides.pop(), sides.pop()) else {
            return refuse(format!("an indicator of `{sign}` is no column"), self, pair);
        };
        let word = right.symbol().filter(|symbol| symbol.indices.is_empty());
        let right = match word {
            Some(symbol) if !matches!(operator, "==" | "!=") || !symbol.name.base.is_ascii() => {
                return refuse(format!("an indicator beyond an unknown value, {symbol}, is no column"), self, pair);
            }
            Some(symbol) => {
                let category = if symbol.name.tag.is_empty() { symbol.name.base.clone() } else { symbol.name.column() };
                Expr::new(Kind::Call(format!("\"{category}\""), vec![]), right.span)
            }
            None => right,
        };
        if left.symbols().is_empty() {
            return refuse("an indicator of a number is no column".to_owned(), self, pair);
        }
        let holds = Expr::new(Kind::Call(operator.to_owned(), vec![left, right]), span);
        Ok(Expr::new(Kind::Call("I".to_owned(), vec![holds]), span))
    }

    /// `1_{[treated]i}`: that i is treated, a covariate of that name.
    pub(super) fn level(&self, expr: &Expr, script: &Pair<'_>) -> Option<Symbol> {
        let body = script.as_str().strip_prefix("_{")?.strip_suffix('}')?.trim();
        let (word, indices) = body.strip_prefix('[')?.split_once(']')?;
        let (word, indices) = (symbols::clean(word), indices.trim());
        let pieces: Vec<Piece> = indices.chars().map(|c| Piece::Letter(c.to_string())).collect();
        let is_name = (word.chars().count() > 1 || word.starts_with(char::is_uppercase))
            && word.starts_with(char::is_alphabetic)
            && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ' ' | '-'));
        let one = matches!(&expr.kind, Kind::Number(number) if number == "1");
        if !one || !is_name || pieces.is_empty() || !self.letters.is_indices(&pieces) {
            return None;
        }
        let indices = indices.chars().map(Index::new).collect();
        let name = Name { face: Face::Upright, ..Name::new(word) };
        Some(Symbol { name, indices, span: expr.span.join(self.span(script)) })
    }
}

/// `(gender == 2)`: the indicator that it is.
pub(super) fn is_equality(argument: &Expr) -> bool {
    match &argument.kind {
        Kind::Call(sign, sides) if sign == "==" => matches!(sides.last().map(|s| &s.kind), Some(Kind::Number(_))),
        _ => false,
    }
}

/// Whether an argument says that something is equal or of a set, as the `y = 1` of `P(y = 1)`; `(x > 3)` is a column.
pub(super) fn is_condition(argument: &Expr) -> bool {
    let signs = ["=", "\\equiv", "∈", "\\in", "≈", "\\approx", "→", "\\to", "\\rightarrow", "∝", "\\propto", "≠", "!="];
    matches!(&argument.kind, Kind::Call(sign, _) if signs.contains(&sign.as_str()))
}

fn refuse(message: String, build: &Builder<'_>, pair: &Pair<'_>) -> Result<Expr> {
    Diagnostic::error(Code::OutOfScope, message)
        .at(build.span(pair), "this indicator")
        .help("compare a variable with a number or a category, or give the column a name of its own")
        .into()
}
