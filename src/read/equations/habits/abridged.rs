//! Laws whose symbols are written with less than in the equations: without indices, `u_1 \sim N(0, \tau_1)` of
//! `u_{1,subj[n]}`; as a vector, `\mathbf{u}_j \sim N(0, \Sigma)` of `u_{0j}` and `u_{1j}`; or with neither.

use super::beside::pass_over;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::syntax::{
    Accent, EFFECT_LETTERS, Expr, Key, Kind, Law, Matrix, Name, RESIDUAL_LETTERS, Statement, Symbol, System, family_of,
    is_effects_notation,
};
use std::collections::BTreeSet;

/// Writes the left sides of laws as the equations write them.
///
/// # Errors
/// `IndexMismatch` for a joint law of effects of which the equations have only some; `Syntax` for a mean of another
/// length.
pub(super) fn complete(system: &mut System, notes: &mut Notes) -> Result<()> {
    designs(system, notes);
    predictor(system, notes);
    response(system, notes);
    let data = data(system);
    let mut used: Vec<Symbol> = used(system).into_iter().filter(|symbol| !data.contains(&symbol.key())).collect();
    let defined: BTreeSet<Key> = system.statements.iter().filter_map(equated).map(Symbol::key).collect();
    for statement in &mut system.statements {
        let Statement::Distribution { left, law: Law::Normal { mean, covariance }, span } = statement else { continue };
        left.iter_mut().for_each(|left| {
            left.each_symbol(&mut |symbol| {
                element(symbol, &used);
                interaction(symbol, &used);
            });
        });
        components(left, covariance, &used, &defined, *span, notes);
        indices(left, covariance, &used, *span, notes)?;
        means(left, mean)?;
        // The vector of a mean has a law of its own: `\vec{\gamma}_j \sim N(\vec{\beta}_{[s_j]}, ·)`, `\vec{\beta}_k \sim …`.
        if left.len() > 1 {
            used.extend(mean.iter().flat_map(Expr::symbols).filter(|s| !s.indices.is_empty()).cloned());
        }
    }
    Ok(())
}

/// `\vec{u_0} \sim N(0, \tau)` where the equation has `\vec{u_0}[j]`, `\mathbf{g} \sim N(0, \sigma^2 I)` where it has
/// `g_i`: the law is that of each of them.
fn element(symbol: &mut Symbol, used: &[Symbol]) {
    let mut plain = symbol.name.clone();
    plain.accents.retain(|accent| *accent != Accent::Bold);
    let is_element = symbol.indices.is_empty() && plain != symbol.name;
    if is_element && !used.iter().any(|u| u.name == symbol.name) && used.iter().any(|u| u.name == plain) {
        symbol.name = plain;
    }
}

/// `(\alpha\beta\tau)_{ijk}` in a law and `(\alpha\tau\beta)_{ijk}` in the equation: one interaction.
fn interaction(symbol: &mut Symbol, used: &[Symbol]) {
    let letters = |name: &Name| {
        let mut letters: Vec<char> = name.base.chars().collect();
        letters.sort_unstable();
        letters
    };
    if is_effects_notation(&symbol.name) && !used.iter().any(|u| u.same(symbol)) {
        let same = |u: &&Symbol| {
            is_effects_notation(&u.name)
                && letters(&u.name) == letters(&symbol.name)
                && u.key().indices == symbol.key().indices
        };
        if let Some(meant) = used.iter().find(same) {
            symbol.name = meant.name.clone();
        }
    }
}

/// Passes over the laws of covariates that are numbers or have no groups, `x_{ij} \sim N(0, 1)`: they say how data are made.
fn designs(system: &mut System, notes: &mut Notes) {
    let (used, data) = (used(system), data(system));
    let equations: Vec<&Symbol> = system.statements.iter().filter_map(equated).collect();
    let most = system.lefts().filter_map(Expr::symbol).map(|s| s.indices.len()).max().unwrap_or_default();
    // `2 u_j` is an effect all the same; `\sigma \epsilon_{ij}` with a standard normal law is a residual.
    let is_unknown = |s: &Symbol| {
        EFFECT_LETTERS.contains(&s.name.base.as_str())
            || RESIDUAL_LETTERS.contains(&s.name.base.as_str())
            || used.iter().any(|u| u.indices.is_empty() && matches!(u.name.base.as_str(), "σ" | "τ"))
    };
    let sums = system.statements.iter().flat_map(Statement::rights).flat_map(Expr::summands);
    let alone: BTreeSet<Key> = sums.filter_map(Expr::symbol).map(Symbol::key).collect();
    let is_design = |statement: &Statement| {
        let Statement::Distribution { left, law, .. } = statement else { return false };
        let [left] = left.as_slice() else { return false };
        let variances = match law {
            Law::Normal { covariance, .. } => covariance.rows.iter().flatten().flatten().collect(),
            Law::Other { .. } => vec![],
        };
        let said = statement.rights().iter().chain(variances).flat_map(Expr::symbols);
        let is_covariate = |s: &Symbol| {
            s.indices.len() == most && !is_unknown(s) && data.contains(&s.key()) && !equations.iter().any(|e| e.same(s))
        };
        // What no equation has, or has as a factor alone, and a response is not drawn from between two numbers:
        // `n_j \sim Unif(10, 50)`.
        let uniform = |s: &Symbol| {
            matches!(law, Law::Other { name, .. } if name.to_lowercase().starts_with("unif"))
                && (most > 0 && !used.iter().any(|u| u.same(s)) || s.indices.len() > 1 && !alone.contains(&s.key()))
                && !equations.iter().any(|e| e.same(s))
        };
        left.symbol().is_some_and(|s| is_covariate(s) || uniform(s)) && said.into_iter().all(|s| s.indices.is_empty())
    };
    let why = |design| is_design(design).then_some("the distribution of a covariate says how data are made: skipped");
    let whys = system.statements.iter().map(why).collect();
    pass_over(system, whys, "", notes);
}

/// The symbols of right sides, each once.
fn used(system: &System) -> Vec<Symbol> {
    let mut seen: BTreeSet<Key> = BTreeSet::new();
    system.used().filter(|symbol| seen.insert(symbol.key())).cloned().collect()
}

/// The indexed symbols that stand in a product with a number or a symbol without index: covariates beside their
/// coefficients.
fn data(system: &System) -> BTreeSet<Key> {
    // `x (b + u)`; what is taken away in `u (x - c)` is a centre.
    let constant = |factor: &Expr| {
        matches!(factor.kind, Kind::Number(_))
            || factor.terms().iter().filter_map(Expr::symbol).any(|s| s.indices.is_empty())
    };
    fn walk(expr: &Expr, constant: &dyn Fn(&Expr) -> bool, found: &mut BTreeSet<Key>) {
        if let Kind::Product(factors) = &expr.kind
            && factors.iter().any(constant)
        {
            found.extend(factors.iter().filter_map(Expr::symbol).filter(|s| !s.indices.is_empty()).map(Symbol::key));
        }
        expr.children().into_iter().for_each(|child| walk(child, constant, found));
    }
    let mut found = BTreeSet::new();
    let rights = system.statements.iter().flat_map(Statement::rights);
    rights.for_each(|right| walk(right, &constant, &mut found));
    found
}

/// The symbol that an equation is of.
fn equated(statement: &Statement) -> Option<&Symbol> {
    match statement {
        Statement::Equation { left, .. } => left.symbols().first().copied(),
        _ => None,
    }
}

/// `\mu = \eta` where a law has `\mu_{ij}` and an equation is of `\eta_{ij}`: it says so of every observation.
fn predictor(system: &mut System, notes: &mut Notes) {
    let used = used(system);
    let equations: Vec<&Symbol> = system.statements.iter().filter_map(equated).collect();
    let found = system.statements.iter().find_map(|statement| {
        let Statement::Equation { left, rights, .. } = statement else { return None };
        let [right] = &rights[..] else { return None };
        let (left, right) = (left.symbol()?, right.symbol()?);
        if !left.indices.is_empty() || !right.indices.is_empty() {
            return None;
        }
        let mean = used.iter().find(|s| s.name == left.name && !s.indices.is_empty())?;
        let defined = equations.iter().find(|s| s.name == right.name && !s.indices.is_empty())?;
        let own = equations.iter().any(|s| s.same(mean));
        (mean.key().indices == defined.key().indices && !own).then(|| (left.clone(), right.clone(), mean.clone()))
    });
    let Some((mean, predictor, indexed)) = found else { return };
    let message = format!("{mean} and {predictor} have no index: taken to have those of {indexed}");
    notes.push(Diagnostic::note(Code::AssumedIndex, message).at(mean.span.join(predictor.span), ""));
    system.each_symbol(&mut |symbol| {
        if symbol.same(&mean) || symbol.same(&predictor) {
            symbol.indices.clone_from(&indexed.indices);
        }
    });
}

/// `y \sim N(\mu, \sigma^2)` where `\mu_{ij} = …`: what has no index in a law has that of the equation, unless another
/// left side can be the response.
fn response(system: &mut System, notes: &mut Notes) {
    let used = used(system);
    let lefts: Vec<&Symbol> = system.lefts().flat_map(Expr::symbols).filter(|s| !s.indices.is_empty()).collect();
    let is_mean = |s: &Symbol| {
        !lefts.iter().any(|l| !l.same(s) && l.indices.len() >= s.indices.len() && !used.iter().any(|u| u.same(l)))
    };
    let is_free = |s: &Symbol| s.indices.is_empty() && !used.iter().any(|u| u.name == s.name);
    let found = system.statements.iter().find_map(|statement| {
        let Statement::Distribution { left, law, .. } = statement else { return None };
        if matches!(law, Law::Other { name, .. } if family_of(name).is_none()) {
            return None;
        }
        let [left] = left.as_slice() else { return None };
        let left = left.symbol().filter(|s| is_free(s))?;
        let mean = statement.rights().iter().find_map(Expr::symbol)?;
        let mut equations = system.statements.iter().filter_map(equated).filter(|s| s.name == mean.name);
        let (defined, None) = (equations.next()?, equations.next()) else { return None };
        let fits = mean.indices.is_empty() || mean.same(defined);
        (fits && !defined.indices.is_empty() && is_mean(defined)).then(|| (left.clone(), mean.clone(), defined.clone()))
    });
    let Some((response, mean, defined)) = found else { return };
    let message = match mean.indices.is_empty() {
        true => format!("{response} and {mean} have no index: taken to have those of {defined}"),
        false => format!("{response} has no index: taken to have those of {defined}"),
    };
    notes.push(Diagnostic::note(Code::AssumedIndex, message).at(response.span, ""));
    system.each_symbol(&mut |symbol| {
        if symbol.same(&response) || symbol.same(&mean) {
            symbol.indices.clone_from(&defined.indices);
        }
    });
}

/// A vector that stands in no equation is those of its letter that do: by the length of its covariance matrix, or because
/// it is set as a vector.
fn components(
    left: &mut Vec<Expr>,
    covariance: &Matrix,
    used: &[Symbol],
    defined: &BTreeSet<Key>,
    span: Span,
    notes: &mut Notes,
) {
    let [only] = left.as_slice() else { return };
    let Some(vector) = only.symbol().filter(|v| v.name.tag.is_empty() && v.name.mark.is_empty()) else { return };
    // \vec{u}_j \sim … of u_{0[s_i]}: the letter of the law stands for the group that brackets name.
    let is_named = |s: &Symbol| matches!((&vector.indices[..], &s.indices[..]), ([own], [index]) if own.of.is_empty() && !index.of.is_empty());
    let plain = |name: &Name| -> Vec<Accent> { name.accents.iter().filter(|a| **a != Accent::Bold).copied().collect() };
    let is_part = |s: &&Symbol| {
        s.name.base == vector.name.base
            && plain(&s.name) == plain(&vector.name)
            && s.name.mark.is_empty()
            && s.name.tag.parse::<u32>().is_ok()
            && !s.indices.is_empty()
            && (vector.indices.is_empty() || s.key().indices == vector.key().indices || is_named(s))
    };
    let mut parts: Vec<&Symbol> = used.iter().filter(is_part).collect();
    parts.sort_by_key(|part| part.name.tag.parse::<u32>().unwrap_or_default());
    let of_one_group = parts.iter().all(|part| part.key().indices == parts[0].key().indices);
    let is_own = used.iter().any(|u| u.same(vector)) || defined.contains(&vector.key());
    let is_square = covariance.rows.len() == parts.len();
    let is_vector = vector.name.accents.contains(&Accent::Bold) || is_matrix(covariance);
    if is_own || parts.len() < 2 || !of_one_group || !(is_square || covariance.rows.len() < 2 && is_vector) {
        return;
    }
    let names: Vec<String> = parts.iter().map(ToString::to_string).collect();
    let message = format!("{vector} in a distribution is read as the vector of {}", names.join(", "));
    notes.push(Diagnostic::note(Code::IndexDropped, message).at(span, ""));
    *left = parts.into_iter().map(|part| Symbol { span: vector.span, ..part.clone() }.into()).collect();
}

/// Whether a covariance is a matrix by its name: Σ, a capital or a bold letter, a product of those.
fn is_matrix(covariance: &Matrix) -> bool {
    let cells: Vec<&Expr> = covariance.rows.iter().flatten().flatten().collect();
    let symbols: Vec<&Symbol> = cells.iter().flat_map(|cell| cell.symbols()).collect();
    let named = |s: &&Symbol| {
        s.name.accents.contains(&Accent::Bold) || s.name.base.chars().next().is_some_and(char::is_uppercase)
    };
    cells.len() == 1 && !symbols.is_empty() && symbols.iter().all(named)
}

/// Gives symbols without indices, or whose label is the word of a group, the indices that they have in the equations.
fn indices(left: &mut [Expr], covariance: &Matrix, used: &[Symbol], span: Span, notes: &mut Notes) -> Result<()> {
    // A law of numbers only is a prior.
    let estimated = match left.len() {
        1 => covariance.rows.iter().flatten().flatten().any(|cell| !cell.symbols().is_empty()),
        _ => {
            !covariance.rows.iter().flatten().flatten().all(|cell| cell.symbols().is_empty())
                || covariance.rows.is_empty()
        }
    };
    let symbols: Vec<Symbol> = left.iter().filter_map(|l| l.symbol().cloned()).collect();
    if !estimated || symbols.len() != left.len() || symbols.iter().any(|s| !s.indices.is_empty()) {
        return Ok(());
    }
    let meant = |symbol: &Symbol| -> Vec<&Symbol> {
        match used.iter().any(|u| u.same(symbol)) {
            true => vec![],
            false => used.iter().filter(|u| !u.indices.is_empty() && is_without_indices(symbol, u)).collect(),
        }
    };
    let all: Vec<Vec<&Symbol>> = symbols.iter().map(meant).collect();
    if let (Some(found), Some(missing)) = (all.iter().position(|m| m.len() == 1), all.iter().position(Vec::is_empty)) {
        let (found, missing) = (all[found][0], &symbols[missing]);
        return Diagnostic::error(
            Code::IndexMismatch,
            format!("{missing} varies together with {found}, but no equation has an effect {missing} of groups"),
        )
        .at(missing.span, "not in the equations")
        .at(found.span, "this effect is")
        .help("write both as in the equations, with the index of one group")
        .into();
    }
    if all.iter().any(|m| m.len() != 1) {
        return Ok(());
    }
    for ((side, symbol), meant) in left.iter_mut().zip(&symbols).zip(&all) {
        let message = format!("(index) {symbol} in the distribution, {} in the equation", meant[0]);
        notes.push(Diagnostic::note(Code::IndexDropped, message).at(span, ""));
        *side = Symbol { span: symbol.span, ..meant[0].clone() }.into();
    }
    Ok(())
}

/// Whether a symbol is another without its indices, `u_1` of `u_{1j}`, or with its group as a label, `α_{cafe}` of
/// `α_{cafe[i]}`.
fn is_without_indices(symbol: &Symbol, whole: &Symbol) -> bool {
    if symbol.name == whole.name {
        return true;
    }
    let [index] = whole.indices.as_slice() else { return false };
    let (number, word) = symbol.name.tag.rsplit_once(',').unwrap_or(("", &symbol.name.tag));
    word.len() > 1 && word == index.letter && Name { tag: number.to_owned(), ..symbol.name.clone() } == whole.name
}

/// A vector of means by its letter, `N(\mu_\beta, \Sigma)`, or by bold ones, `N(\vec{b}_0 + \vec{b}_1 z_j, \Sigma)`: a mean
/// for each of the left sides, by its number or, without numbers, by its letter. The group of the left sides below the
/// vector, `\mathbf{\mu}_p`, is a label.
fn means(left: &[Expr], mean: &mut Vec<Expr>) -> Result<()> {
    let [only] = mean.as_slice() else { return Ok(()) };
    if left.len() < 2 || only.symbols().iter().all(|s| s.name.base == "0") {
        return Ok(());
    }
    let span = only.span;
    let is_bold = |s: &&Symbol| s.indices.is_empty() && s.name.accents.contains(&Accent::Bold);
    let of_vectors = only.summands().iter().all(|part| part.symbols().into_iter().filter(is_bold).count() == 1);
    let numbers: BTreeSet<&str> = left.iter().filter_map(Expr::symbol).map(|part| part.name.tag.as_str()).collect();
    let numbered = numbers.len() == left.len() && !numbers.contains("");
    let of = |side: &Expr| -> Option<Expr> {
        let part = side.symbol()?;
        // \vec{\beta}_{[s_j]}: the vector of the group that j is of.
        let vector = |m: &Symbol| m.indices.is_empty() || m.name.accents.contains(&Accent::Bold);
        let named = only.symbol().is_some_and(vector);
        let mut own = only.clone();
        own.each_symbol(&mut |symbol| {
            if named || is_bold(&&*symbol) {
                symbol.name.accents.retain(|a| *a != Accent::Bold);
                symbol.name.tag.push_str(if numbered { &part.name.tag } else { &part.name.base });
                if symbol.indices == part.indices {
                    symbol.indices.clear();
                }
            }
        });
        (named || of_vectors).then_some(own)
    };
    match left.iter().map(of).collect::<Option<Vec<Expr>>>() {
        Some(means) => {
            *mean = means;
            Ok(())
        }
        None => Diagnostic::error(Code::Syntax, format!("one mean stands for {} effects", left.len()))
            .at(span, "which is the mean of which?")
            .help("write a vector of means as long as the vector before the distribution, or `0`")
            .into(),
    }
}
