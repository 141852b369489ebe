//! HCM2: two crossed factors, the first as rows and the second as columns (Raudenbush and Bryk 2002, chapter 12).

use super::{Writer, cannot};
use crate::algebra::{Branch, Role, Summand};
use crate::error::Result;
use crate::model::{Grouping, Model};

/// The two factors, rows first.
///
/// # Errors
/// `CannotSay` for more than two.
pub(super) fn stages(model: &Model) -> Result<Vec<Grouping>> {
    let groups: Vec<Grouping> = model.groupings().into_iter().cloned().collect();
    match &groups[..] {
        [a, b] if !a.is_within(b) && !b.is_within(a) => Ok(groups),
        _ => cannot("HLM", "it has more crossed factors than two", "`lmer`, `julia` and `stata` can say it"),
    }
}

/// The equations of the two Levels: `π_0 = θ_0 + b_00 + c_00 + γ_01*(W) + β_01*(X)`.
///
/// # Errors
/// `CannotSay` for a product of covariates of rows and of columns.
pub(super) fn levels(writer: &mut Writer, root: &Branch, response: &str) -> Result<Vec<Vec<String>>> {
    let mut first = vec![];
    let mut second = vec![];
    let mut number = 0;
    for summand in &root.summands {
        let own = if summand.times.is_empty() { 0 } else { number.max(1) };
        number = own + 1;
        let left = format!("π_{own}jk");
        let times = match &summand.times[..] {
            [] => String::new(),
            times => {
                let factors: Vec<_> = times.iter().map(|(factor, _)| factor.clone()).collect();
                format!("*({}_ijk)", writer.column(&factors, None)?)
            }
        };
        first.push(format!("{left}{times}"));
        let inner: Vec<&Summand> = match &summand.role {
            Role::Coefficient(branch) => branch.summands.iter().collect(),
            _ => vec![],
        };
        second.push(format!("{left} = {}", coefficient(writer, summand, &inner, own)?.join(" + ")));
    }
    let right = first.join(" + ");
    let first = match writer.model.family() {
        "gaussian" => vec![format!("{response}_ijk = {right} + e_ijk")],
        "binomial" => vec![
            format!("Prob({response}_ijk=1|π) = φ_ijk"),
            "log[φ_ijk/(1 - φ_ijk)] = η_ijk".to_owned(),
            format!("η_ijk = {right}"),
        ],
        _ => vec![format!("E({response}_ijk|π) = λ_ijk"), "log[λ_ijk] = η_ijk".to_owned(), format!("η_ijk = {right}")],
    };
    Ok(vec![first, second])
}

/// The right side of the equation of one coefficient.
fn coefficient(writer: &mut Writer, outer: &Summand, inner: &[&Summand], own: usize) -> Result<Vec<String>> {
    if let Role::Fixed = outer.role {
        return Ok(vec![format!("θ_{own}")]);
    }
    let mut mean = vec![];
    let mut random = [None, None];
    let mut slopes: [Vec<String>; 2] = [vec![], vec![]];
    for summand in inner {
        let factors: Vec<_> = summand.times.iter().map(|(factor, _)| factor.clone()).collect();
        let place = |writer: &Writer| {
            let groups = summand.times.iter().map(|(_, group)| group.as_ref());
            let places: Option<Vec<usize>> =
                groups.map(|group| writer.stages.iter().position(|stage| Some(stage) == group)).collect();
            places.filter(|places| places.windows(2).all(|pair| pair[0] == pair[1])).and_then(|p| p.first().copied())
        };
        match &summand.role {
            Role::Effect(block, _) if factors.is_empty() => {
                let group = &writer.model.random()[*block].group;
                let at = usize::from(*group != writer.stages[0]);
                random[at] = Some([format!("b_{own}0j"), format!("c_{own}0k")][at].clone());
            }
            Role::Fixed if factors.is_empty() => mean.push(format!("θ_{own}")),
            Role::Fixed => {
                let Some(at) = place(writer) else {
                    let why = format!("{} is a product of covariates of rows and of columns", summand.term);
                    return cannot("HLM", why, "`lmer` can say it");
                };
                let number = slopes[at].len() + 1;
                let (letter, index) = [("γ", "j"), ("β", "k")][at];
                let name = writer.column(&factors, Some(at))?;
                slopes[at].push(format!("{letter}_{own}{number}*({name}_{index})"));
            }
            _ => {
                let why = format!("the slope of {} varies over crossed groups", summand.term);
                return cannot("HLM", why, "`lmer` can say it");
            }
        }
    }
    for (at, letter) in ["b", "c"].into_iter().enumerate() {
        let name = format!("{letter}_{own}0{}", ["j", "k"][at]);
        writer.switches[usize::from(random[at].is_none())].push(name);
    }
    Ok(mean.into_iter().chain(random.into_iter().flatten()).chain(slopes.into_iter().flatten()).collect())
}
