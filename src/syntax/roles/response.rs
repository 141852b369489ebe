//! Finds the response, and splits the statements into its equation, the coefficients' equations and the laws.

use super::links::{
    Equated, family_of, inverse_link, is_own_odds, is_quantity, law_means, mean_of, measure, target, transformed,
};
use super::names::names_residual;
use super::outside::{foreign_law, no_left_side, outside, skipped, variance};
use super::{Closure, Definition, EffectLaw, Response};
use super::{meant, twice};
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::syntax::{Accent, Expr, Key, Kind, Law, Matrix, Name, Statement, Symbol, System};
use std::collections::BTreeSet;

/// A system whose statements are sorted, roles not yet found.
pub(super) struct Draft {
    pub(super) response: Response,
    pub(super) rights: Vec<Expr>,
    pub(super) definitions: Vec<Definition>,
    pub(super) laws: Vec<EffectLaw>,
    pub(super) moments: Vec<(Vec<Key>, Expr)>,
    pub(super) implied: BTreeSet<Key>,
    pub(super) closure: Closure,
    /// The symbols whose equations stand under a link.
    pub(super) linked: Vec<Symbol>,
    /// The symbols that the text calls fixed.
    pub(super) fixed: BTreeSet<Key>,
    /// The symbols that the text calls random.
    pub(super) random: BTreeSet<Key>,
    /// Whether the text has the law of an effect that names no groups: it may be of any.
    pub(super) strays: bool,
    pub(super) span: Span,
}

impl Draft {
    /// The symbols on right sides, those of the response's first.
    pub(super) fn used(&self) -> impl Iterator<Item = &Symbol> {
        self.rights.iter().chain(self.definitions.iter().map(|d| &d.right)).flat_map(Expr::symbols)
    }
}

/// A left side: the symbol in it and the link around it.
pub(super) struct Side {
    pub(super) symbol: Symbol,
    pub(super) left: Expr,
    link: Option<&'static str>,
    pub(super) rights: Vec<Expr>,
    span: Span,
    /// The variance of `~ N(mean, variance)`.
    pub(super) variance: Option<Matrix>,
    /// `Bernoulli`, `Poisson`, ….
    family: Option<(String, String)>,
}

/// Zero, or a vector of zeros: `0`, `\mathbf{0}`.
fn is_zero(expr: &Expr) -> bool {
    expr.is_zero() || expr.symbol().is_some_and(|symbol| symbol.name.base == "0")
}

/// The means as one expression a left side; `None` when they are all zero or not given.
fn means(mean: &[Expr], count: usize) -> Option<Vec<Expr>> {
    if mean.iter().all(is_zero) {
        return None;
    }
    (mean.len() == count).then(|| mean.to_vec())
}

/// Splits a system.
pub(super) fn split(system: &System, closure: Closure, notes: &mut Notes) -> Result<Draft> {
    let mut sides: Vec<Side> = vec![];
    let mut laws: Vec<EffectLaw> = vec![];
    let mut foreign: Vec<(Symbol, String, Span)> = vec![];
    let mut trials: Option<(Key, Expr)> = None;
    let mut moments = vec![];
    let (means, equated) = (law_means(system), Equated::new(system));
    variance(system)?;
    for statement in &system.statements {
        if let Statement::Equation { left, rights, .. } = statement
            && equated.says_link(left, rights)
        {
            continue;
        }
        match statement {
            Statement::Equation { left, rights, span } => {
                let told: Vec<Expr> = rights.iter().filter(|right| !is_own_odds(left, right)).cloned().collect();
                let turned = equated.turned(left, &told, &means);
                let (left, rights) = turned.as_ref().map_or((left, &told), |(left, rights)| (left, rights));
                let mut inverted: Option<(Expr, Vec<Expr>)> = None;
                if let Some(symbol) = left.symbol().cloned().or_else(|| mean_of(left)) {
                    let opened: Option<Vec<_>> =
                        rights.iter().map(|r| inverse_link(r, means.contains(&symbol.key()))).collect();
                    if let Some(opened) = opened.filter(|o| !o.is_empty()) {
                        let left = Expr::new(Kind::Call(opened[0].0.to_owned(), vec![symbol.into()]), left.span);
                        inverted = Some((left, opened.into_iter().map(|(_, inside)| inside).collect()));
                    }
                }
                let (left, rights) = inverted.as_ref().map_or((left, rights), |(left, rights)| (left, rights));
                let Some((symbol, link)) = measure(left) else {
                    if left.symbols().is_empty() || rights.iter().all(|r| r.symbols().is_empty()) {
                        notes.push(
                            Diagnostic::note(Code::Skipped, "an equation without a symbol on its left was skipped")
                                .at(*span, ""),
                        );
                        continue;
                    }
                    if let Some((symbol, law, span)) = foreign.first() {
                        return Err(Box::new(foreign_law(symbol, law, *span)));
                    }
                    if let Some(symbol) = mean_of(left) {
                        sides.push(expectation(symbol, left, rights, *span, notes));
                        continue;
                    }
                    if is_quantity(left) && system.lefts().any(|other| target(other).is_some()) {
                        let message = "what an equation says of a quantity by its name was skipped";
                        notes.push(Diagnostic::note(Code::Skipped, message).at(*span, ""));
                        continue;
                    }
                    return no_left_side(left);
                };
                let side = Side {
                    symbol,
                    left: left.clone(),
                    link,
                    rights: rights.clone(),
                    span: *span,
                    variance: None,
                    family: None,
                };
                sides.push(side);
            }
            Statement::Distribution { left, law: Law::Normal { mean, covariance }, span } => {
                normal(left, mean, covariance, *span, &mut sides, &mut laws, notes);
            }
            Statement::Distribution { left, law: Law::Other { name, arguments }, span } => {
                match (family_of(name), left.first().and_then(Expr::symbol), &left[..]) {
                    (Some((family, mut link)), Some(symbol), [only]) if !symbol.indices.is_empty() => {
                        let symbol = symbol.clone();
                        let mut mean: Vec<Expr> =
                            arguments.iter().rev().find(|a| !a.symbols().is_empty()).cloned().into_iter().collect();
                        if let Some((own, inside)) = mean.first().and_then(|m| inverse_link(m, true)) {
                            (link, mean) = (own, vec![inside]);
                        }
                        if let ("binomial", [size, _]) = (family, &arguments[..])
                            && size.kind != Kind::Number("1".into())
                        {
                            trials = Some((symbol.key(), size.clone()));
                        }
                        let family = Some((family.to_owned(), link.to_owned()));
                        sides.push(Side {
                            symbol,
                            left: only.clone(),
                            link: None,
                            rights: mean,
                            span: *span,
                            variance: None,
                            family,
                        });
                    }
                    _ => {
                        let law = left.first().and_then(Expr::symbol).filter(|s| !s.indices.is_empty());
                        if let Some(symbol) = law {
                            foreign.push((symbol.clone(), name.clone(), *span));
                        } else {
                            notes.push(skipped(left, *span));
                        }
                    }
                }
            }
            Statement::Moment { symbols, value, .. } => {
                moments.push((symbols.iter().map(Symbol::key).collect(), value.clone()))
            }
        }
    }
    let used: BTreeSet<Key> = sides.iter().flat_map(|s| &s.rights).flat_map(|r| r.symbols()).map(Symbol::key).collect();
    outside(system, &sides, &used, &foreign, notes)?;
    let response = choose(&sides, &used, &closure, notes)?;
    let mut draft = assemble(sides, response, used, laws, moments, closure, notes)?;
    draft.fixed = system.fixed.iter().map(Symbol::key).collect();
    draft.random = system.random.iter().map(Symbol::key).collect();
    draft.strays = system.statements.iter().any(is_stray);
    draft.response.trials = trials.filter(|(key, _)| *key == draft.response.symbol.key()).map(|(_, size)| size);
    Ok(draft)
}

/// `E[y_ij | u_j] = mean`, with no law of y beside it.
fn expectation(symbol: Symbol, left: &Expr, rights: &[Expr], span: Span, notes: &mut Notes) -> Side {
    notes.push(of_mean(&symbol, left.span));
    let variance = Some(Matrix { rows: vec![], span });
    Side { left: symbol.clone().into(), symbol, link: None, rights: rights.to_vec(), span, variance, family: None }
}

/// Where only a mean is said, the distribution is left to the reader, who takes the normal one.
fn of_mean(symbol: &Symbol, span: Span) -> Diagnostic {
    let message = format!("this says the mean of {symbol} only: taken as normal, with a residual of its own");
    let law = format!("`{symbol} ~ Bernoulli(p)` with `logit(p) = …`");
    Diagnostic::note(Code::MissingResidual, message)
        .at(span, "a mean")
        .help(format!("write the residual, `{symbol} = … + e`, or another law, {law}"))
}

/// Whether a symbol of every observation stands alone in a sum.
fn has_residual(rights: &[Expr], response: &Key, closure: &Closure) -> bool {
    let all = closure.of(&response.indices);
    let mut alone = rights.iter().flat_map(Expr::summands).filter_map(Expr::symbol);
    alone.any(|s| closure.of(&s.key().indices) == all)
}

/// `\beta ~ N(0, \sigma_b^2)`: a normal law around zero of what has no index, with a variance to be estimated.
fn is_stray(statement: &Statement) -> bool {
    let Statement::Distribution { left, law: Law::Normal { mean, covariance }, .. } = statement else { return false };
    let mut symbols = left.iter().flat_map(Expr::symbols);
    mean.iter().all(is_zero)
        && symbols.all(|s| s.indices.is_empty() && !names_residual(&s.name))
        && covariance.rows.iter().flatten().flatten().any(|cell| !cell.symbols().is_empty())
}

/// `left ~ N(mean, covariance)`: the law of random effects, or equations of coefficients or of the response.
fn normal(
    left: &[Expr],
    mean: &[Expr],
    covariance: &Matrix,
    span: Span,
    sides: &mut Vec<Side>,
    laws: &mut Vec<EffectLaw>,
    notes: &mut Notes,
) {
    let symbols: Vec<Symbol> = left.iter().filter_map(measure).map(|(symbol, _)| symbol).collect();
    if symbols.is_empty() || symbols.iter().all(|s| s.indices.is_empty()) {
        notes.push(skipped(left, span));
        return;
    }
    match means(mean, symbols.len()) {
        // u_0j, u_1j ~ N(0, \tau^2): a number for each, no matrix.
        None if symbols.len() > 1 && is_square(covariance) => laws.extend(symbols.iter().map(|symbol| EffectLaw {
            keys: vec![symbol.key()],
            covariance: covariance.clone(),
            span,
        })),
        None => laws.push(EffectLaw {
            keys: symbols.iter().map(Symbol::key).collect(),
            covariance: covariance.clone(),
            span,
        }),
        Some(means) => {
            for (at, (symbol, mean)) in symbols.iter().zip(means).enumerate() {
                let variance = if symbols.len() == 1 { Some(covariance.clone()) } else { None };
                let side = Side {
                    symbol: symbol.clone(),
                    left: left[at].clone(),
                    link: None,
                    rights: vec![mean],
                    span,
                    variance,
                    family: None,
                };
                sides.push(side);
            }
            if symbols.len() > 1 {
                let keys = symbols.iter().map(|s| deviation(s).key()).collect();
                laws.push(EffectLaw { keys, covariance: covariance.clone(), span });
            }
        }
    }
}

/// Whether a variance is one symbol squared.
fn is_square(covariance: &Matrix) -> bool {
    let mut cells = covariance.rows.iter().flatten().flatten();
    matches!((cells.next().map(|cell| &cell.kind), cells.next()), (Some(Kind::Power(base, _)), None) if base.symbol().is_some_and(|s| s.indices.is_empty()))
}

/// What marks the names of implied effects: the star of authors, `\varepsilon_{ij}^*`, is another one.
pub const IMPLIED: char = '∗';

/// The implied random effect of `α_j ~ N(mean, ·)`: a name that no author can write.
pub(super) fn deviation(symbol: &Symbol) -> Symbol {
    let mut name = symbol.name.clone();
    name.mark.push(IMPLIED);
    Symbol { name, indices: symbol.indices.clone(), span: symbol.span }
}

/// The side whose symbol is the response: used by no other, with the most indices.
fn choose(sides: &[Side], used: &BTreeSet<Key>, closure: &Closure, notes: &mut Notes) -> Result<Symbol> {
    let size = |s: &Side| closure.of(&s.symbol.key().indices).len();
    // `u0_sd = 1`: a value.
    let is_value = |s: &Side| !s.rights.is_empty() && s.rights.iter().all(|right| right.symbols().is_empty());
    let any = sides.iter().any(|s| !is_value(s));
    let free: Vec<&Side> = sides.iter().filter(|s| !used.contains(&s.symbol.key()) && (!any || !is_value(s))).collect();
    let most = free.iter().map(|s| size(s)).max().unwrap_or(0);
    let mut best: Vec<&&Side> = free.iter().filter(|s| size(s) == most && (most > 0 || free.len() == 1)).collect();
    if best.iter().any(|s| s.family.is_some()) {
        best.retain(|s| s.family.is_some());
    }
    // ε_ij = α_i + ε*_ij names a part of Y_ij = β_0 + α_i + ε*_ij.
    if best.len() <= twice::MOST {
        let all = best.clone();
        best.retain(|s| s.family.is_some() || !all.iter().any(|whole| twice::is_part(&s.rights, &whole.rights)));
    }
    let Some(first) = best.first() else {
        let at = sides.first().map(|s| s.left.span).unwrap_or_default();
        return Diagnostic::error(Code::MissingResponse, "no equation has a response on its left")
            .at(at, "every left side stands on another right side, or carries no index")
            .help("add the equation of the response, such as `Y_{ij} = \\beta_{0j} + \\epsilon_{ij}`")
            .into();
    };
    if let Some(other) = best.iter().find(|s| !s.symbol.same(&first.symbol)) {
        return Diagnostic::error(
            Code::TwoResponses,
            format!("{} and {} both look like the response", first.symbol, other.symbol),
        )
        .at(other.left.span, "a second response")
        .at(first.left.span, "the first")
        .help("give one model at a time; a coefficient must stand in the equation above it")
        .into();
    }
    if first.symbol.indices.is_empty() {
        return Diagnostic::error(Code::OutOfScope, format!("the response {} carries no index", first.symbol))
            .at(first.left.span, "matrix form, or indices left out")
            .help("write the indices: `Y_{ij} = \\beta_0 + \\beta_1 X_{ij} + u_j + \\epsilon_{ij}`")
            .into();
    }
    let own = || sides.iter().filter(|s| s.symbol.same(&first.symbol)).flat_map(|s| &s.rights);
    let mut said: Vec<&Expr> = own().flat_map(Expr::terms).collect();
    own().for_each(|right| parts_of_sums(right, &mut said));
    for side in free.iter().filter(|s| !s.symbol.same(&first.symbol)) {
        // Intercept: b_0i = β_0 + u_0i gives a name to terms that the equation of the response has.
        // β_0i = β_0 + u_0i, where the equation of the response has β_0 and u_0i.
        let of_same = |key: &Key| side.rights.iter().flat_map(Expr::symbols).any(|s| s.is(key));
        let is_name = used.iter().all(|key| key.name != side.symbol.name || of_same(key));
        if is_name && side.rights.iter().flat_map(Expr::summands).all(|part| said.contains(&part)) {
            let message = format!("{} is a name for terms of the equation of {}: skipped", side.symbol, first.symbol);
            notes.push(Diagnostic::note(Code::Skipped, message).at(side.span, ""));
            continue;
        }
        let is_equation = side.variance.is_none() && side.family.is_none() && side.link.is_none();
        if let [sum] = &side.rights[..]
            && is_name
            && is_equation
            && free.len() <= twice::MOST
            && own().any(|right| twice::says(right, sum))
        {
            let message = format!("the equation of {} has that of {} plugged in", first.symbol, side.symbol);
            notes.push(Diagnostic::note(Code::Skipped, message).at(side.span, "said twice: skipped"));
            continue;
        }
        unused(side, used, notes)?;
    }
    Ok(first.symbol.clone())
}

/// The parts of every sum within an expression.
fn parts_of_sums<'e>(expr: &'e Expr, found: &mut Vec<&'e Expr>) {
    if let Kind::Sum(parts) = &expr.kind {
        found.extend(parts);
    }
    expr.children().into_iter().for_each(|child| parts_of_sums(child, found));
}

/// An equation whose left side nothing uses.
fn unused(side: &Side, used: &BTreeSet<Key>, notes: &mut Notes) -> Result<()> {
    let key = side.symbol.key();
    if key.indices.is_empty() || side.rights.iter().all(|r| r.symbols().is_empty()) {
        notes.push(
            Diagnostic::note(Code::Skipped, format!("the equation of {key} is not part of the model and was skipped"))
                .at(side.span, ""),
        );
        return Ok(());
    }
    let mut estimated = key.name.clone();
    if estimated.accents.pop() == Some(Accent::Hat) && used.iter().any(|k| k.name == estimated) {
        let message = format!("{key} is an estimate of what the model has: its equation was skipped");
        notes.push(Diagnostic::note(Code::Skipped, message).at(side.span, ""));
        return Ok(());
    }
    if let Some(bare) = used.iter().find(|k| k.name == key.name) {
        let (code, message) = if bare.indices.is_empty() {
            (Code::IndexMissing, format!("{key} has an equation, but the level above uses {bare} without its index"))
        } else {
            (Code::IndexMismatch, format!("{key} has an equation, but {bare} is used"))
        };
        return Diagnostic::error(code, message)
            .at(side.left.span, "defined here")
            .help(format!(
                "write {key} in both places, or drop the equation if the coefficient is the same in all groups"
            ))
            .into();
    }
    Diagnostic::error(Code::UnusedEquation, format!("nothing uses {key}"))
        .at(side.left.span, "defined here")
        .help("put it into the equation it belongs to, or take its equation out")
        .into()
}

/// Builds the draft once the response is known.
fn assemble(
    sides: Vec<Side>,
    response: Symbol,
    used: BTreeSet<Key>,
    mut laws: Vec<EffectLaw>,
    moments: Vec<(Vec<Key>, Expr)>,
    closure: Closure,
    notes: &mut Notes,
) -> Result<Draft> {
    let key = response.key();
    let mut observed = response.clone();
    observed.name.accents.retain(|accent| *accent != Accent::Hat);
    let mut draft = Draft {
        response: Response {
            left: observed.clone().into(),
            symbol: observed,
            family: "gaussian".into(),
            link: "identity".into(),
            trials: None,
        },
        rights: vec![],
        definitions: vec![],
        laws: vec![],
        moments,
        implied: BTreeSet::new(),
        closure,
        linked: vec![],
        fixed: BTreeSet::new(),
        random: BTreeSet::new(),
        strays: false,
        span: Span::default(),
    };
    for side in sides {
        let mut rights = side.rights;
        let lawful = side.variance.is_some() || side.family.is_some() || side.link.is_some();
        if let Some((family, link)) = side.family {
            draft.response.family = family;
            // A link that an equation before the law has is no canonical one.
            if draft.linked.is_empty() {
                draft.response.link = link;
            }
        }
        let deviation = deviation(&side.symbol);
        let mut variance = side.variance;
        // \hat{y}_ij = …, and \mu_ij = … where no law says whose mean it is.
        let hatted = side.symbol != draft.response.symbol || side.symbol.name == Name::new("μ");
        if side.symbol.is(&key) && hatted && !lawful && !has_residual(&rights, &key, &draft.closure) {
            notes.push(of_mean(&draft.response.symbol, side.left.span));
            variance = Some(Matrix { rows: vec![], span: side.span });
        }
        let own_law = variance.map(|covariance| EffectLaw { keys: vec![deviation.key()], covariance, span: side.span });
        let joint = laws.iter().any(|l| l.keys.len() > 1 && l.keys.contains(&deviation.key()));
        if own_law.is_some() || joint {
            laws.extend(own_law);
            draft.implied.insert(deviation.key());
            rights = rights
                .into_iter()
                .map(|r| Expr::new(Kind::Sum(vec![r.clone(), deviation.clone().into()]), r.span))
                .collect();
        }
        if side.symbol.is(&key) {
            draft.span = draft.span.join(side.span);
            if side.link.is_some() || draft.response.left.symbol().is_some() {
                draft.response.left = side.left;
                draft.response.left.each_symbol(&mut |symbol| {
                    if symbol.is(&key) {
                        *symbol = draft.response.symbol.clone();
                    }
                });
            }
            draft.rights.extend(rights);
            continue;
        }
        if !used.contains(&side.symbol.key()) {
            continue;
        }
        if side.link.is_none() && transformed(&side.left).is_some() {
            return no_left_side(&side.left);
        }
        if let Some(link) = side.link {
            draft.response.link = link.to_owned();
            draft.linked.push(side.symbol.clone());
        }
        let Some(right) = rights.last().cloned() else { continue };
        if let Some(old) = draft.definitions.iter().find(|d| d.symbol.same(&side.symbol)) {
            if old.right == right {
                continue;
            }
            return Diagnostic::error(Code::DefinedTwice, format!("{} has two equations", side.symbol))
                .at(side.left.span, "again here")
                .at(old.span, "first here")
                .help("keep one of them, or give the second coefficient its own number")
                .into();
        }
        draft.definitions.push(Definition { symbol: side.symbol, right, rights, span: side.span });
    }
    draft.laws = laws;
    super::sound::independent_residuals(&draft)?;
    meant::laws(&mut draft, notes);
    super::sound::check(&draft)?;
    Ok(draft)
}
