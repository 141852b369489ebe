//! Products of vectors that the text writes out: `\mathbf{x}_i^T \boldsymbol\beta = \beta_0 + \beta_1 a_i`, or
//! `\mathbf{x}_i = (1, a_i)^T` and `\beta = (\beta_0, \beta_1)^T`.

use crate::syntax::{Accent, Expr, Key, Kind, Matrix, Statement, Symbol, System};

/// What a vector is, whatever marks it as one or transposes it.
fn plain(symbol: &Symbol) -> Key {
    let mut plain = symbol.clone();
    plain.name.mark.clear();
    plain.name.accents.retain(|accent| !matches!(accent, Accent::Bold | Accent::Prime));
    plain.key()
}

/// Puts such products out in full, and takes the equations that say them out of the system.
pub(super) fn write_out(system: &mut System, matrices: &[(Symbol, Matrix)]) {
    let mut products: Vec<([Key; 2], Expr)> = vec![];
    system.statements.retain(|statement| {
        if let Statement::Equation { left, rights, .. } = statement
            && let (Some(pair), Some(right)) = (pair(left), rights.last())
        {
            products.push((pair, right.clone()));
            return false;
        }
        true
    });
    let vectors: Vec<(Key, Vec<&Expr>)> =
        matrices.iter().filter_map(|(name, matrix)| Some((plain(name), entries(matrix)?))).collect();
    if products.is_empty() && vectors.is_empty() {
        return;
    }
    let full = |pair: &[Key; 2]| {
        let written = products.iter().find(|(own, _)| own == pair).map(|(_, right)| right.clone());
        let entries = |key: &Key| vectors.iter().find(|(own, _)| own == key).map(|(_, entries)| entries);
        written.or_else(|| {
            let (data, coefficients) = (entries(&pair[0])?, entries(&pair[1])?);
            let terms = coefficients.iter().zip(data).map(|(b, x)| Expr::product(vec![(*b).clone(), (*x).clone()]));
            (data.len() == coefficients.len()).then(|| Expr::sum(terms.collect()))
        })
    };
    for statement in &mut system.statements {
        statement.each_expr(&mut |expr| {
            if let Some(mut sum) = pair(expr).and_then(|pair| full(&pair)) {
                sum.span = expr.span;
                *expr = sum;
            }
        });
    }
}

/// The two vectors of a product, the data first.
fn pair(expr: &Expr) -> Option<[Key; 2]> {
    let Kind::Product(factors) = &expr.kind else { return None };
    let [one, other] = &factors[..] else { return None };
    let (one, other) = (one.symbol()?, other.symbol()?);
    let is_vector = |s: &Symbol| {
        let accented = s.name.accents.iter().any(|accent| matches!(accent, Accent::Bold | Accent::Prime));
        accented || s.name.is_transposed()
    };
    // x_i' β and β' x_i
    let (data, coefficients) = if one.indices.is_empty() { (other, one) } else { (one, other) };
    let told = is_vector(one) && !data.indices.is_empty() && coefficients.indices.is_empty();
    told.then(|| [plain(data), plain(coefficients)])
}

/// The entries of a row or column.
fn entries(matrix: &Matrix) -> Option<Vec<&Expr>> {
    let column = matrix.rows.iter().all(|row| row.len() == 1);
    let cells: Vec<&Expr> = matrix.rows.iter().flatten().map(Option::as_ref).collect::<Option<_>>()?;
    (cells.len() > 1 && (column || matrix.rows.len() == 1)).then_some(cells)
}
