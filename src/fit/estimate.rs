//! The whole way from model and table to estimates, and what is to be told of them.

use super::criterion::{Criterion, Method, Profile};
use super::data::Table;
use super::design::{Design, RandomBlock};
use super::identify;
use super::optimise::{Minimum, minimise};
use super::prepare::Prepared;
use super::result::{Fit, FixedEffect, Modes, RandomEffects};
use super::small::norm;
use super::starts::starts;
use super::stream::fit_parts;
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::model::{Facts, Model};

/// Relative standard deviations, and shortfalls of correlations from ±1, below this are at the boundary (lme4's
/// tolerance of `isSingular`).
const SINGULAR: f64 = 1e-4;

/// Fits a model to a table: θ at the minimum of the profiled deviance (Bates et al. 2015, equation 35, by REML 42), there
/// σ² (equation 34, by REML 41), β (equation 52), its covariance (equation 55) and the modes of b (equations 11 and 53).
///
/// # Errors
/// What [`Design::new`] and [`identify::check`] refuse; `NotIdentified` when the residual variance is zero;
/// `NotConverged` when no start leads anywhere.
///
/// ```
/// use mlnote::fit::{fit, Method, Table, Wanted};
/// use mlnote::model::{Covariance, Facts, Grouping, Model, RExpr, RandomTerm, Term};
/// let text = b"g,y\na,1\na,3\nb,4\nb,6\nc,8\nc,8\n";
/// let table = Table::read(&text[..], None, &Wanted { all: true, ..Wanted::default() }).unwrap();
/// let model = Model::new(RExpr::name("y")).with_fixed([Term::intercept()]).with_random(RandomTerm::new(
///     Grouping::new(["g"]), [Term::intercept()], Covariance::Unstructured));
/// let fit = fit(&model, &table, &Facts::default(), Method::Reml).unwrap();
/// assert!((fit.loglik - -11.31246726721).abs() < 1e-9);
/// ```
pub fn fit(model: &Model, table: &Table, facts: &Facts, method: Method) -> Result<Fit> {
    fit_watched(model, table, facts, method, &mut |_, _| {})
}

/// Is told the number of evaluations so far and the deviance (of a turned problem) at each.
pub type Watch<'a> = &'a mut dyn FnMut(usize, f64);

/// From this many rows on, columns are made in parts.
const LARGE: usize = 1 << 15;

/// As [`fit`], telling of every evaluation of the criterion.
///
/// # Errors
/// As [`fit`].
pub fn fit_watched(model: &Model, table: &Table, facts: &Facts, method: Method, watch: Watch<'_>) -> Result<Fit> {
    if table.rows() >= LARGE
        && let Ok(Some(mut fit)) = fit_parts(model, table, facts, method, watch)
    {
        fit.sort_modes();
        return Ok(fit);
    }
    let mut notes = vec![];
    let design = Design::new(model, table, facts, &mut notes)?;
    let mut fit = fit_design(&design, method, notes)?;
    fit.title = model.response().to_string();
    Ok(fit)
}

/// Fits a design.
///
/// # Errors
/// As [`fit`], but for what the table says.
pub fn fit_design(design: &Design, method: Method, mut notes: Notes) -> Result<Fit> {
    let prepared = Prepared::new(design);
    identify::check(design, &prepared, &mut notes)?;
    let constant = |b: &RandomBlock| {
        let index = &design.groups[b.groups].index;
        b.columns.iter().map(|c| within(&mut vec![], index, &c.values)).collect()
    };
    notes.extend(constants(design, &design.random.iter().map(constant).collect::<Vec<_>>()));
    let mut fit = solve(design, &prepared, method, notes, &mut |_, _| {})?;
    fit.add_rows(design);
    fit.kept = design.kept.clone();
    fit.sort_modes();
    Ok(fit)
}

/// Fits what was summed; the design lends its names. The fit has no fitted values yet, the modes stand as groups
/// appeared.
pub(super) fn solve(
    design: &Design,
    prepared: &Prepared,
    method: Method,
    notes: Notes,
    watch: Watch<'_>,
) -> Result<Fit> {
    let mut criterion = Criterion::new(&prepared.sums, prepared.template.clone(), method)?;
    let cheap = criterion.cost() < 3e7;
    let dimension = criterion.parameters();
    let at_boundary = |m: &Minimum| boundary(prepared, &m.theta);
    let more = |best: &Minimum, used: usize| {
        let doubtful = !best.certificate.converged || at_boundary(best);
        if cheap { doubtful || dimension > 6 && used < 2 } else { doubtful && used < 2 }
    };
    let mut count = 0;
    let mut objective = |theta: &[f64]| {
        count += 1;
        let at = criterion.gradient(theta);
        watch(count, at.as_ref().map_or(f64::NAN, |(deviance, _)| *deviance));
        at
    };
    let starts = starts(prepared, &mut objective);
    let minimum = minimise(&mut objective, &starts, &more);
    let yy = prepared.sums.rows as f64;
    let Some(mut minimum) = minimum else { return Err(no_residual()) };
    minimum.certificate.evaluations = count;
    let profile = criterion.profile(&minimum.theta).ok_or_else(no_residual)?;
    let large = minimum.theta.iter().any(|t| t.abs() > 1e3);
    if profile.rss < 1e-6 * yy || large {
        // The residual variance is zero when the sum of squares falls as 1/t² with ever larger random effects.
        let at = |t: f64, c: &mut Criterion| {
            let theta: Vec<f64> = prepared.template.iter().map(|e| if e.row == e.col { t } else { 0.0 }).collect();
            c.profile(&theta).map(|p| p.rss)
        };
        match (at(1e4, &mut criterion), at(1e6, &mut criterion)) {
            (Some(near), Some(far)) if far > 1e-2 * near => {}
            _ => return Err(no_residual()),
        }
    }
    assemble(design, prepared, method, &minimum, &profile, notes)
}

fn no_residual() -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(
            Code::NotIdentified,
            "the residual variance is zero: the effects fit the response exactly and the likelihood has no bound",
        )
        .help("is the response constant within groups, or computed from the covariates?"),
    )
}

/// Whether a scaled Λ has a standard deviation near zero or columns that depend on each other.
fn boundary(prepared: &Prepared, theta: &[f64]) -> bool {
    prepared.template.iter().zip(theta).any(|(e, t)| e.row == e.col && t.abs() < SINGULAR)
}

/// Whether a column has one value in each group, given and keeping its first value in each.
pub(super) fn within(first: &mut Vec<f64>, index: &[u32], values: &[f64]) -> bool {
    index.iter().zip(values).all(|(g, v)| {
        let g = *g as usize;
        if first.len() <= g {
            first.resize(g + 1, f64::NAN);
        }
        if first[g].is_nan() {
            first[g] = *v;
        }
        first[g] == *v
    })
}

/// Notes random slopes of covariates that do not vary within groups: which do not, by block and column.
pub(super) fn constants(design: &Design, constant: &[Vec<bool>]) -> Notes {
    let mut notes = vec![];
    for (block, constant) in design.random.iter().zip(constant) {
        let columns = block.columns.iter().zip(constant).filter(|(c, _)| c.name != "(Intercept)");
        for (column, _) in columns.filter(|(_, constant)| block.columns.len() > 1 && **constant) {
            let message = format!(
                "`{}` is constant within each group of `{}`: its random slope makes the variance between groups depend on it",
                column.name, design.groups[block.groups].name
            );
            notes.push(Diagnostic::note(Code::SlopeOfGroupCovariate, message));
        }
    }
    notes
}

/// The lower-triangular factor of F F' with a diagonal that is not negative, without forming the product (rows are
/// orthogonalised in turn).
fn lower(f: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let k = f.len();
    let mut basis: Vec<Vec<f64>> = vec![];
    let mut out = vec![vec![0.0; k]; k];
    for (i, row) in f.iter().enumerate() {
        let size = norm(row.iter().copied());
        let mut v = row.clone();
        for _ in 0..2 {
            for (c, b) in basis.iter().enumerate() {
                let share: f64 = b.iter().zip(&v).map(|(b, v)| b * v).sum();
                v.iter_mut().zip(b).for_each(|(v, b)| *v -= share * b);
                out[i][c] += share;
            }
        }
        let left = norm(v.iter().copied());
        if left > 1e-14 * size && left > 0.0 {
            v.iter_mut().for_each(|v| *v /= left);
            out[i][i] = left;
            basis.push(v);
        } else {
            basis.push(vec![0.0; k]);
        }
    }
    out
}

fn assemble(
    design: &Design,
    prepared: &Prepared,
    method: Method,
    minimum: &Minimum,
    profile: &Profile,
    mut notes: Notes,
) -> Result<Fit> {
    let n = prepared.sums.rows as usize;
    let p = design.x.len();
    let residual = (profile.rss / profile.df).sqrt();
    let sigma = residual * prepared.unit();
    let beta = prepared.fixed(&profile.beta);
    // A root F of the covariance FF' of the fixed effects, by its columns: the squares of its entries may be out of reach
    // of numbers where those of the entries are not.
    let root: Vec<Vec<f64>> = profile
        .root
        .chunks_exact(p.max(1))
        .map(|row| prepared.linear(&row.iter().map(|v| v * residual).collect::<Vec<_>>()))
        .collect();
    let unit = prepared.unit();
    let spread: Vec<f64> = (0..p).map(|i| norm(root.iter().map(|column| column[i]))).collect();
    let product = |i: usize, j: usize, a: f64, b: f64| root.iter().map(|c| c[i] / a * (c[j] / b)).sum::<f64>();
    let vcov = (0..p).map(|i| (0..p).map(|j| product(i, j, 1.0 / unit, 1.0 / unit)).collect()).collect();
    let correlations = (0..p).map(|i| (0..p).map(|j| product(i, j, spread[i], spread[j])).collect()).collect();
    let fixed = design
        .x
        .iter()
        .zip(&beta)
        .enumerate()
        .map(|(i, (column, estimate))| {
            let se = spread[i] * unit;
            FixedEffect { term: column.name.clone(), estimate: *estimate, se, t: estimate / se }
        })
        .collect();
    let (mut random, mut theta, mut singular) = (vec![], vec![], false);
    let mut blocks: Vec<Vec<Vec<f64>>> = vec![];
    let mut entry = 0;
    for (at, block) in design.random.iter().enumerate() {
        let k = block.columns.len();
        let mut scaled = vec![vec![0.0; k]; k];
        for col in 0..k {
            for row in scaled.iter_mut().skip(col) {
                row[col] = minimum.theta[entry];
                entry += 1;
            }
        }
        let mut own = vec![vec![0.0; k]; k];
        for col in 0..k {
            let column: Vec<f64> = scaled.iter().map(|r| r[col]).collect();
            for (row, v) in prepared.random(at, &column).into_iter().enumerate() {
                own[row][col] = v;
            }
        }
        let relative = lower(&own);
        for col in 0..k {
            theta.extend(relative.iter().skip(col).map(|r| r[col]));
        }
        let group = &design.groups[block.groups].name;
        let names: Vec<String> = block.columns.iter().map(|c| c.name.clone()).collect();
        let told = boundary_notes(&lower(&prepared.judged(at, &own)), &relative, &names, group);
        singular |= !told.is_empty();
        notes.extend(told.into_iter().map(|m| Diagnostic::note(Code::Singular, m)));
        random.push(describe(&relative, sigma, names, group.clone()));
        blocks.push(scaled);
    }
    if !minimum.certificate.converged {
        let message = format!(
            "the optimum is not certified: the largest gradient is {:.1e}, a step would gain {:.1e}",
            minimum.certificate.gradient, minimum.certificate.decrement
        );
        notes.push(Diagnostic::note(Code::NotConverged, message));
    }
    if sigma < 100.0 * f64::MIN_POSITIVE {
        let message =
            format!("the response is too small for numbers of 64 bits: its residuals are of size {sigma:.0e}");
        let help = "give it in a smaller unit: multiply it by a power of ten";
        return Err(Box::new(Diagnostic::error(Code::BadData, message).help(help)));
    }
    let modes = modes(design, prepared, profile, &blocks);
    let deviance = profile.deviance + prepared.shift(method);
    Ok(Fit {
        method,
        loglik: -deviance / 2.0,
        deviance,
        fixed,
        random,
        sigma,
        theta,
        n,
        groups: groups(design),
        converged: minimum.certificate.converged,
        singular,
        notes,
        vcov,
        correlations,
        aliased: design.aliased.clone(),
        modes,
        fitted: vec![],
        residuals: vec![],
        kept: None,
        certificate: minimum.certificate.clone(),
        title: String::new(),
    })
}

fn groups(design: &Design) -> Vec<(String, usize)> {
    let mut out: Vec<(String, usize)> = vec![];
    for block in &design.random {
        let group = &design.groups[block.groups];
        if !out.iter().any(|(name, _)| *name == group.name) {
            out.push((group.name.clone(), group.labels.len()));
        }
    }
    out
}

/// The cosine of the angle between two rows.
fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let (size, other) = (norm(a.iter().copied()), norm(b.iter().copied()));
    a.iter().zip(b).map(|(a, b)| a / size * (b / other)).sum()
}

fn describe(relative: &[Vec<f64>], sigma: f64, terms: Vec<String>, group: String) -> RandomEffects {
    let k = terms.len();
    let sd: Vec<f64> = relative.iter().map(|row| norm(row.iter().copied()) * sigma).collect();
    let corr = (0..k)
        .map(|i| {
            let cell = |j: usize| if i == j { 1.0 } else { cosine(&relative[i], &relative[j]).clamp(-1.0, 1.0) };
            (0..k).map(cell).collect()
        })
        .collect();
    let dot = |i: usize, j: usize| relative[i].iter().zip(&relative[j]).map(|(a, b)| a * sigma * (b * sigma)).sum();
    let covariance = (0..k).map(|i| (0..k).map(|j| dot(i, j)).collect()).collect();
    RandomEffects { group, terms, sd, corr, covariance }
}

/// Which variances and correlations of a term are at their boundary, and what that means.
fn boundary_notes(scaled: &[Vec<f64>], relative: &[Vec<f64>], names: &[String], group: &str) -> Vec<String> {
    let k = names.len();
    let length = |row: &[f64]| norm(row.iter().copied());
    let mut out = vec![];
    let mut gone = vec![false; k];
    for i in 0..k {
        if length(&scaled[i]) < SINGULAR {
            gone[i] = true;
            out.push(format!(
                "the variance of {} by {group} is estimated at its boundary, zero: the data do not separate it from zero",
                names[i]
            ));
        }
    }
    let mut explained = gone.clone();
    for i in 0..k {
        for j in 0..i {
            let (r, scaled_r) = (cosine(&relative[i], &relative[j]), cosine(&scaled[i], &scaled[j]));
            if !gone[i] && !gone[j] && scaled_r.abs() > 1.0 - SINGULAR * SINGULAR.sqrt() {
                explained[i] = true;
                let sign = if r < 0.0 { "-1" } else { "1" };
                out.push(format!(
                    "the correlation of {} and {} by {group} is estimated at its boundary, {sign}: one is a multiple of the other in these data",
                    names[j], names[i]
                ));
            }
        }
    }
    for i in 0..k {
        if scaled[i][i].abs() < SINGULAR * length(&scaled[i]).max(1.0) && !explained[i] {
            out.push(format!(
                "the covariance matrix by {group} has no full rank: the effect of {} is a combination of those before it",
                names[i]
            ));
        }
    }
    out
}

/// Conditional modes b = Λu.
fn modes(design: &Design, prepared: &Prepared, profile: &Profile, blocks: &[Vec<Vec<f64>>]) -> Vec<Modes> {
    let mut modes: Vec<Modes> = vec![];
    for (at, block) in design.random.iter().enumerate() {
        let (factor, first) = prepared.place[at];
        let groups = &design.groups[factor];
        let wide = prepared.sums.sizes[factor];
        let k = block.columns.len();
        let mut values: Vec<Vec<f64>> = vec![];
        for g in 0..groups.labels.len() {
            let u = &profile.spherical[factor][g * wide + first..g * wide + first + k];
            let b: Vec<f64> = blocks[at]
                .iter()
                .map(|row| row.iter().zip(u).map(|(l, u)| l * u).sum::<f64>() * prepared.unit())
                .collect();
            values.push(prepared.random(at, &b));
        }
        let names = block.columns.iter().map(|c| c.name.clone());
        match modes.iter_mut().find(|m| m.group == groups.name) {
            Some(known) => {
                known.terms.extend(names);
                known.values.iter_mut().zip(values).for_each(|(row, more)| row.extend(more));
            }
            None => {
                modes.push(Modes {
                    group: groups.name.clone(),
                    terms: names.collect(),
                    labels: groups.labels.clone(),
                    values,
                });
            }
        }
    }
    modes
}
