//! Effects that each group has for each value of a variable: `\alpha_{\text{actor}[i], \text{treatment}[i]}` with a joint law
//! of `\alpha_{j,1}, …, \alpha_{j,4}` (McElreath's index variables). They are the random slopes of a factor. Fixed effects of
//! each value that no coefficient multiplies, `factor(year_j)`.

use super::beside::pass_over;
use crate::error::{Code, Diagnostic, Notes, Result};
use crate::syntax::{Accent, Expr, Index, Kind, Law, Matrix, Name, Statement, Symbol, System};
use std::collections::BTreeMap;

/// A letter that stands with a group and a variable, and where its numbers have a joint law.
struct Choice {
    at: usize,
    group: Index,
    variable: Index,
}

/// Writes such effects as slopes of the factor, and their law as that of the slopes.
///
/// # Errors
/// `OutOfScope` where the effects of one group are independent: no term says so of a factor.
pub(super) fn slopes(system: &mut System, notes: &mut Notes) -> Result<()> {
    decompositions(system, notes);
    let choices = choices(system);
    for (name, Choice { at, group, variable }) in &choices {
        let Statement::Distribution { left, law: Law::Normal { mean, covariance }, span } = &mut system.statements[*at]
        else {
            continue;
        };
        if covariance.rows.len() == left.len() && covariance.is_diagonal() {
            let message =
                format!("the effects of {} on {} are independent of each other", variable.letter, group.letter);
            return Diagnostic::error(Code::OutOfScope, message)
                .at(*span, "a diagonal covariance matrix")
                .help("write a slope for each value, with an indicator as its covariate")
                .into();
        }
        *left =
            vec![Symbol { span: *span, ..Symbol::new(name.clone(), vec![Index::new(group.letter.clone())]) }.into()];
        *mean = vec![Expr::number(0)];
        *covariance = Matrix { rows: vec![], span: *span };
        let message =
            format!("{name} is read as the slope of the factor {} for each {}", variable.letter, group.letter);
        notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(*span, ""));
    }
    if choices.is_empty() {
        return Ok(());
    }
    let slope = |symbol: &Symbol| {
        let Choice { group, variable, .. } = choices.get(&symbol.name)?;
        let Symbol { name, span, .. } = symbol.clone();
        let indices = variable.of.iter().map(Index::new).collect();
        let column = Symbol { name: Name::new(variable.letter.clone()), indices, span };
        let factor = Expr::new(Kind::Call("factor".to_owned(), vec![column.into()]), span);
        let effect = Symbol { name, indices: vec![group.clone()], span };
        Some(Expr::new(Kind::Product(vec![effect.into(), factor]), span))
    };
    for statement in &mut system.statements {
        if let Statement::Equation { rights, .. } = statement {
            rights.iter_mut().for_each(|right| *right = right.replace(&slope));
        }
    }
    Ok(())
}

/// The letters whose numbers from 1 have a joint law around zero, and that stand with a group and a variable alone.
fn choices(system: &System) -> BTreeMap<Name, Choice> {
    let laws: BTreeMap<Name, usize> =
        system.statements.iter().enumerate().filter_map(|(at, statement)| Some((numbered(statement)?, at))).collect();
    let mut found: BTreeMap<Name, Option<Choice>> = BTreeMap::new();
    if laws.is_empty() {
        return BTreeMap::new();
    }
    for symbol in system.used() {
        let name = Name { tag: String::new(), ..symbol.name.clone() };
        let Some(at) = laws.get(&name) else { continue };
        let choice = match &symbol.indices[..] {
            [group, variable] if !group.of.is_empty() && group.of == variable.of && symbol.name == name => {
                Some(Choice { at: *at, group: group.clone(), variable: variable.clone() })
            }
            _ => None,
        };
        found
            .entry(name)
            .and_modify(|known| {
                let same = |(a, b): (&Choice, &Choice)| a.group == b.group && a.variable == b.variable;
                if !known.as_ref().zip(choice.as_ref()).is_some_and(same) {
                    *known = None;
                }
            })
            .or_insert(choice);
    }
    found.into_iter().filter_map(|(name, choice)| Some((name, choice?))).collect()
}

/// The letter of a joint law around zero of its numbers from 1, each with one index.
fn numbered(statement: &Statement) -> Option<Name> {
    let Statement::Distribution { left, law: Law::Normal { mean, .. }, .. } = statement else { return None };
    let name = Name { tag: String::new(), ..left.first()?.symbol()?.name.clone() };
    let is_number = |(at, part): (usize, &Expr)| {
        let tag = (at + 1).to_string();
        part.symbol().is_some_and(|s| s.indices.len() == 1 && s.name == Name { tag, ..name.clone() })
    };
    let all = left.len() > 1 && left.iter().enumerate().all(is_number) && mean.iter().all(Expr::is_zero);
    all.then_some(name)
}

/// Gives a factor that is a term by itself the coefficients that it leaves out, by a name that no author can write.
pub(super) fn fixed(system: &mut System, notes: &mut Notes) {
    for statement in &mut system.statements {
        let Statement::Equation { rights, .. } = statement else { continue };
        for right in rights {
            let Kind::Sum(parts) = &mut right.kind else { continue };
            for part in parts {
                let Kind::Call(name, arguments) = &part.kind else { continue };
                let (true, Some(column)) = (name == "factor", arguments.first().and_then(Expr::symbol)) else {
                    continue;
                };
                let message = format!("{column} has a fixed effect for each of its values");
                notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(part.span, ""));
                let name = Name { mark: "*".to_owned(), ..Name::tagged("δ", column.name.column()) };
                let effect = Symbol { span: part.span, ..Symbol::new(name, vec![]) };
                *part = Expr::new(Kind::Product(vec![effect.into(), part.clone()]), part.span);
            }
        }
    }
}

/// Passes over `\Sigma_{\text{actor}} = S R S`, which says how a covariance matrix is made of deviations and correlations.
fn decompositions(system: &mut System, notes: &mut Notes) {
    let is_matrix = |symbol: &Symbol| {
        symbol.name.accents.contains(&Accent::Bold) || symbol.name.base.chars().all(char::is_uppercase)
    };
    let is_decomposition = |statement: &Statement| {
        let Statement::Equation { left, rights, .. } = statement else { return false };
        let ([right], Some(left)) = (&rights[..], left.symbol()) else { return false };
        let Kind::Product(factors) = &right.kind else { return false };
        let factors: Vec<&Symbol> = factors.iter().filter_map(Expr::symbol).filter(|s| is_matrix(s)).collect();
        let (Some(first), Some(last)) = (factors.first(), factors.last()) else { return false };
        is_matrix(left)
            && !left.indices.is_empty()
            && factors.len() == 3
            && right.symbols().len() == 3
            && first.same(last)
    };
    let why = "the parts of a covariance matrix were skipped: it is taken as unstructured";
    let whys = system.statements.iter().map(|statement| is_decomposition(statement).then_some(why)).collect();
    pass_over(system, whys, "", notes);
}
