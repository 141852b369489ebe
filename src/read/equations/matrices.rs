//! Matrices, column vectors and lists.

use super::expressions::Builder;
use super::grammar::{Pair, Rule};
use super::symbols;
use crate::error::{Code, Diagnostic, Result, Span};
use crate::syntax::{Expr, Kind, Law, Matrix, Name, Statement, Symbol, System};

/// Rows of cells; a blank cell is `None`.
pub(super) type Rows<'a> = Vec<Vec<Option<Pair<'a>>>>;

/// The cells of an expression that is nothing but a matrix, a matrix in brackets, or a list in brackets (a column).
pub(super) fn rows<'a>(expression: &Pair<'a>) -> Option<Rows<'a>> {
    of_term(symbols::only(expression.clone())?)
}

/// A covariance whose cells say the effects as factors, `\rho\alpha_j\beta_{1j}` for `\rho_{\alpha_j\beta_{1j}}`, as a version
/// of equatiomatic writes them, with a name for each pair.
pub(super) fn with_correlations(left: &[Expr], covariance: Matrix) -> Matrix {
    let effects: Vec<Option<&Symbol>> = left.iter().map(Expr::symbol).collect();
    let Matrix { mut rows, span } = covariance;
    for (r, row) in rows.iter_mut().enumerate() {
        for (c, cell) in row.iter_mut().enumerate() {
            let Some(Kind::Product(parts)) = cell.as_ref().map(|cell| &cell.kind) else { continue };
            let pair = [r.min(c), r.max(c)].map(|at| effects.get(at).copied().flatten());
            let [Some(one), Some(other)] = pair else { continue };
            let symbols: Vec<&Symbol> = parts.iter().filter_map(Expr::symbol).collect();
            let says = |effect: &Symbol| symbols.iter().any(|s| s.same(effect));
            if let [correlation, _, _] = symbols[..]
                && r != c
                && parts.len() == 3
                && correlation.indices.is_empty()
                && says(one)
                && says(other)
            {
                let tag = format!("{}{}{}{}", one.name.base, one.name.tag, other.name.base, other.name.tag);
                let name = Name::tagged(correlation.name.base.clone(), tag);
                *cell = Some(Symbol { span: correlation.span, ..Symbol::new(name, vec![]) }.into());
            }
        }
    }
    Matrix { rows, span }
}

/// The cells of each row of a column, or of a sum of columns of one length, row by row: what stands in the first row of
/// each, in the second, ….
pub(super) fn columns<'a>(expression: &Pair<'a>) -> Option<Vec<Vec<Pair<'a>>>> {
    let mut sums: Vec<Vec<Pair<'a>>> = vec![];
    for (at, part) in expression.clone().into_inner().filter(|p| p.as_rule() != Rule::plus).enumerate() {
        match part.as_rule() {
            Rule::sum_sign if part.clone().into_inner().all(|sign| sign.as_rule() == Rule::plus) => {}
            Rule::term => {
                let cells: Vec<Pair<'a>> = of_term(part)?.into_iter().map(one).collect::<Option<_>>()?;
                if at == 0 {
                    sums = vec![vec![]; cells.len()];
                }
                if cells.len() < 2 || cells.len() != sums.len() {
                    return None;
                }
                sums.iter_mut().zip(cells).for_each(|(sum, cell)| sum.push(cell));
            }
            _ => return None,
        }
    }
    Some(sums).filter(|sums| !sums.is_empty())
}

/// The only cell of a row.
fn one(row: Vec<Option<Pair<'_>>>) -> Option<Pair<'_>> {
    let mut cells = row.into_iter();
    let first = cells.next()??;
    cells.next().is_none().then_some(first)
}

fn of_term<'a>(term: Pair<'a>) -> Option<Rows<'a>> {
    let factor = symbols::only(term)?;
    let mut inner = factor.into_inner();
    let primary = inner.next()?;
    let transposed = |script: Pair<'_>| match script.as_rule() {
        Rule::prime => true,
        Rule::superscript => {
            matches!(script.as_str().trim_matches(['^', '{', '}', ' ']), "T" | "\\top" | "\\prime" | "'" | "\\intercal")
                || script.as_str().contains("mathsf")
        }
        _ => false,
    };
    if !inner.all(transposed) {
        return None;
    }
    match primary.as_rule() {
        Rule::matrix => Some(cells(&primary)),
        Rule::brace_group => rows(&symbols::only(primary)?),
        Rule::group => {
            let arguments: Vec<Pair<'a>> =
                primary.into_inner().filter(|p| p.as_rule() == Rule::argument).filter_map(symbols::only).collect();
            match arguments.as_slice() {
                [] => None,
                [only] => rows(only),
                _ => Some(
                    bracketed(&arguments).unwrap_or_else(|| arguments.into_iter().map(|a| vec![Some(a)]).collect()),
                ),
            }
        }
        _ => None,
    }
}

/// `[[a, b], [c, d]]`: a list of rows.
fn bracketed<'a>(arguments: &[Pair<'a>]) -> Option<Rows<'a>> {
    arguments.iter().map(|row| Some(rows(row)?.into_iter().flatten().collect())).collect()
}

/// The factors of a term that multiplies a matrix by something.
fn factors<'a>(term: &Pair<'a>) -> Option<Vec<Pair<'a>>> {
    let factors: Vec<Pair<'_>> = term.clone().into_inner().filter(|p| p.as_rule() == Rule::factor).collect();
    (factors.len() > 1 && factors.iter().any(|f| written(f).is_some())).then_some(factors)
}

/// The matrix that a factor is, in brackets, `\left(\begin{array} … \end{array}\right)`, or not.
fn written<'a>(factor: &Pair<'a>) -> Option<Pair<'a>> {
    let primary = symbols::only(factor.clone())?;
    if primary.as_rule() == Rule::matrix {
        return Some(primary);
    }
    let mut arguments = Some(primary).filter(|p| p.as_rule() == Rule::group)?.into_inner();
    let argument = arguments.find(|p| p.as_rule() == Rule::argument)?;
    let inside = symbols::only(symbols::only(symbols::only(argument)?)?)?;
    symbols::only(inside).filter(|matrix| matrix.as_rule() == Rule::matrix)
}

/// The cells of a matrix environment, without rows and columns that are all blank.
pub(super) fn cells<'a>(matrix: &Pair<'a>) -> Rows<'a> {
    let aligned = ["aligned", "split", "gathered"].iter().any(|name| {
        matrix.as_str().trim_start_matches("\\begin").trim_start().trim_start_matches('{').starts_with(name)
    });
    let mut found: Rows<'a> = vec![];
    // `a \\\\ b`: a code string escapes the end of a row, and no row is without a diagonal.
    let is_said =
        |p: &Pair<'_>| p.as_rule() == Rule::matrix_row && !p.as_str().trim_matches(['&', ' ', '\n']).is_empty();
    for row in matrix.clone().into_inner().filter(is_said) {
        let mut cells = vec![];
        for cell in row.into_inner().filter(|p| p.as_rule() == Rule::cell) {
            let expressions = expressions(cell);
            match expressions.is_empty() {
                true => cells.push(None),
                false => cells.extend(expressions.into_iter().map(Some)),
            }
        }
        found.push(cells);
    }
    while found.last().is_some_and(|row| row.iter().all(Option::is_none)) {
        found.pop();
    }
    if aligned {
        found.iter_mut().for_each(|row| row.retain(Option::is_some));
    }
    // An array that holds one matrix is that matrix.
    if let [row] = found.as_slice()
        && let [Some(only)] = row.as_slice()
        && let Some(inner) = rows(only)
    {
        return inner;
    }
    found
}

/// The expressions of a cell. Of a symbol with its value the symbol counts, `\sigma_0^2 = 40`, unless that is zero.
fn expressions(cell: Pair<'_>) -> Vec<Pair<'_>> {
    let mut found = vec![];
    for part in cell.into_inner() {
        match part.as_rule() {
            Rule::expression => found.push(part),
            Rule::cell_value => {
                let value = part.into_inner().find(|p| p.as_rule() == Rule::expression);
                if let Some(zero) = value.filter(|value| value.as_str().trim().parse() == Ok(0.0)) {
                    found.pop();
                    found.push(zero);
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a matrix says values beside its symbols.
pub(super) fn has_values(pair: &Pair<'_>) -> bool {
    pair.clone().into_inner().flatten().any(|part| part.as_rule() == Rule::cell_value)
}

/// The refusal of a product of matrices that is the covariance of no law: it says a model in matrices.
pub(super) fn without_law(products: &[(Symbol, Span)], system: &System) -> Option<Diagnostic> {
    let covariances = system.statements.iter().filter_map(|statement| match statement {
        Statement::Distribution { law: Law::Normal { covariance, .. }, .. } => Some(covariance),
        _ => None,
    });
    let cells: Vec<&Expr> = covariances.flat_map(|covariance| covariance.rows.iter().flatten().flatten()).collect();
    let is_covariance = |name: &Symbol| cells.iter().flat_map(|cell| cell.symbols()).any(|s| s == name);
    let (name, span) = products.iter().find(|(name, _)| !is_covariance(name))?;
    let message = format!("{name} is a product of matrices, and the covariance of no distribution");
    let error = Diagnostic::error(Code::OutOfScope, message).at(*span, "this matrix");
    Some(error.help("write the model without matrices, one equation a row"))
}

impl Builder<'_> {
    /// What a product with written matrices says of a covariance, `D R D`: any, unless no factor lets anything covary.
    ///
    /// # Errors
    /// Those of the cells.
    pub(super) fn product_of_matrices(&mut self, expression: &Pair<'_>) -> Result<Option<Matrix>> {
        let Some(factors) = symbols::only(expression.clone()).and_then(|term| factors(&term)) else { return Ok(None) };
        let span = self.span(expression);
        let mut written: Vec<Matrix> = vec![];
        for matrix in factors.iter().filter_map(self::written) {
            written.push(self.matrix(&cells(&matrix), &matrix)?);
        }
        let square = written.iter().all(|matrix| matrix.is_diagonal() && matrix.rows.len() == written[0].rows.len());
        if written.len() == factors.len() && square {
            let size = written[0].rows.len();
            return Ok(Some(Matrix { rows: vec![vec![None; size]; size], span: written[0].span }));
        }
        self.notes.push(
            Diagnostic::note(Code::AssumedCovariance, "a product of matrices was taken as any covariance matrix")
                .at(span, "not multiplied out"),
        );
        Ok(Some(Matrix { rows: vec![], span: written.first().map_or(span, |matrix| matrix.span) }))
    }

    /// The cells as expressions.
    ///
    /// # Errors
    /// Those of its cells.
    pub(super) fn matrix(&mut self, rows: &Rows<'_>, whole: &Pair<'_>) -> Result<Matrix> {
        if has_values(whole) {
            let message = "the values in a matrix were skipped: each is of the symbol beside it";
            self.notes.push(Diagnostic::note(Code::Skipped, message).at(self.span(whole), ""));
        }
        let mut made = vec![];
        for row in rows {
            let mut cells = vec![];
            for cell in row {
                cells.push(match cell {
                    Some(cell) => Some(self.expression(cell)?),
                    None => None,
                });
            }
            made.push(cells);
        }
        Ok(Matrix { rows: made, span: self.span(whole) })
    }
}

/// Puts `\Sigma = \begin{pmatrix}…` where `N(0, \Sigma)` names it, and `u = (a, b)` where `u \sim N` does.
pub(super) fn name(system: &mut System, matrices: &[(Symbol, Matrix)]) {
    let named = |symbol: &Symbol| matrices.iter().find(|(name, _)| name == symbol).map(|(_, matrix)| matrix);
    for statement in &mut system.statements {
        if let Statement::Distribution { left, .. } = statement
            && let [only] = left.as_slice()
            && let Some(vector) = only.symbol().and_then(named)
        {
            *left = vector.rows.iter().flatten().flatten().cloned().collect();
        }
        if let Statement::Distribution { law: Law::Normal { mean, .. }, .. } = statement
            && let [only] = mean.as_slice()
            && let Some(vector) = only.symbol().and_then(named)
        {
            *mean = vector.rows.iter().flatten().flatten().cloned().collect();
        }
        if let Statement::Distribution { law: Law::Normal { covariance, .. }, .. } = statement
            && let [row] = covariance.rows.as_slice()
            && let [Some(only)] = row.as_slice()
            && let Some(symbol) = only.symbol()
            && let Some(matrix) = named(symbol)
        {
            *covariance = matrix.clone();
        }
    }
}
