//! The system as plain lines, one a statement, for tests and for reading errors: `β_0[j] = γ_00 + u_0[j]`.

use super::{Expr, Index, Kind, Law, Matrix, Name, Statement, Symbol, System};
use std::fmt;

/// Base, accents, tag and mark apart from the indices, so that tests see what was taken for what.
fn symbol(symbol: &Symbol) -> String {
    let Name { base, accents, tag, mark, .. } = &symbol.name;
    let mut out = base.clone();
    for accent in accents {
        out.push('.');
        out.push_str(accent.word());
    }
    for (sign, part) in [('_', tag), ('^', mark)] {
        if !part.is_empty() {
            out.push(sign);
            out.push_str(part);
        }
    }
    if !symbol.indices.is_empty() {
        let indices: Vec<String> = symbol.indices.iter().map(index).collect();
        out.push_str(&format!("[{}]", indices.join(",")));
    }
    out
}

fn index(index: &Index) -> String {
    let of = if index.of.is_empty() { String::new() } else { format!("[{}]", index.of.join(",")) };
    if index.superscript { format!("({}{of})", index.letter) } else { format!("{}{of}", index.letter) }
}

/// Sums and products inside products and powers are put in brackets.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let atom = |e: &Self| match e.kind {
            Kind::Number(_) | Kind::Symbol(_) | Kind::Call(..) | Kind::Power(..) => e.to_string(),
            _ => format!("({e})"),
        };
        match &self.kind {
            Kind::Sum(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    match &part.kind {
                        Kind::Negative(inner) => write!(f, "{}{}", if at == 0 { "-" } else { " - " }, factor(inner))?,
                        Kind::Sum(_) => write!(f, "{}({part})", if at == 0 { "" } else { " + " })?,
                        _ => write!(f, "{}{part}", if at == 0 { "" } else { " + " })?,
                    }
                }
                Ok(())
            }
            Kind::Product(parts) => f.write_str(&parts.iter().map(factor).collect::<Vec<_>>().join(" ")),
            Kind::Negative(inner) => write!(f, "-{}", factor(inner)),
            Kind::Quotient(a, b) => write!(f, "{} / {}", atom(a), atom(b)),
            Kind::Power(a, b) => write!(f, "{}^{}", atom(a), atom(b)),
            Kind::Number(number) => f.write_str(number),
            Kind::Symbol(s) => f.write_str(&symbol(s)),
            Kind::Call(name, arguments) => write!(f, "{name}({})", join(arguments, ", ")),
        }
    }
}

fn factor(expr: &Expr) -> String {
    match expr.kind {
        Kind::Sum(_) | Kind::Negative(_) | Kind::Quotient(..) => format!("({expr})"),
        _ => expr.to_string(),
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cell = |c: &Option<Expr>| c.as_ref().map_or("_".to_owned(), Expr::to_string);
        let rows: Vec<String> =
            self.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(", ")).collect();
        if let ([row], [only]) = (self.rows.as_slice(), rows.as_slice())
            && row.len() == 1
        {
            return f.write_str(only);
        }
        write!(f, "[{}]", rows.join("; "))
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Normal { mean, covariance } => match mean.as_slice() {
                [only] => write!(f, "N({only}, {covariance})"),
                _ => write!(f, "N([{}], {covariance})", join(mean, "; ")),
            },
            Self::Other { name, arguments } => write!(f, "{name}({})", join(arguments, ", ")),
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equation { left, rights, .. } => write!(f, "{left} = {}", join(rights, " = ")),
            Self::Distribution { left, law, .. } => match left.as_slice() {
                [only] => write!(f, "{only} ~ {law}"),
                _ => write!(f, "[{}] ~ {law}", join(left, "; ")),
            },
            Self::Moment { of, symbols, value, .. } => {
                let symbols: Vec<String> = symbols.iter().map(symbol).collect();
                write!(f, "{of}({}) = {value}", symbols.join(", "))
            }
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for statement in &self.statements {
            writeln!(f, "{statement}")?;
        }
        for group in &self.groups {
            writeln!(f, "group {} {}", group.letter, group.name)?;
        }
        Ok(())
    }
}

fn join(parts: &[impl fmt::Display], between: &str) -> String {
    parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}
