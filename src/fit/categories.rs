//! The order of categories: as R sorts them, as they were declared, with another reference.

use super::data::{Categories, MISSING};
use super::evaluate::{HelpWith, Value, refuse};
use crate::error::{Code, Result};
use crate::model::Reference;

/// The places of categories in the order in which R sorts them: numbers by size.
pub(super) fn order(names: &[String]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    match names.iter().map(|name| name.parse::<f64>()).collect::<std::result::Result<Vec<_>, _>>() {
        Ok(numbers) => order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b])),
        Err(_) => order.sort_by(|a, b| names[*a].cmp(&names[*b])),
    }
    order
}

/// The categories in the order of `by`.
pub(super) fn sorted(text: &Categories, by: impl Fn(&str, &str) -> std::cmp::Ordering) -> Categories {
    let mut order: Vec<usize> = (0..text.names.len()).collect();
    order.sort_by(|a, b| by(&text.names[*a], &text.names[*b]));
    permuted(text, &order)
}

fn permuted(text: &Categories, order: &[usize]) -> Categories {
    let mut place = vec![MISSING; text.names.len()];
    for (new, old) in order.iter().enumerate() {
        place[*old] = new as u32;
    }
    Categories {
        codes: text.codes.iter().map(|c| if *c == MISSING { MISSING } else { place[*c as usize] }).collect(),
        names: order.iter().map(|o| text.names[*o].clone()).collect(),
    }
}

/// The categories as R sorts them: numbers by size.
pub(super) fn in_order(text: &Categories) -> Categories {
    permuted(text, &order(&text.names))
}

/// Puts the reference before the other categories.
pub(super) fn first(name: &str, of: &Categories, reference: &Reference) -> Result<Value> {
    let at = match reference {
        Reference::Unknown | Reference::First => 0,
        Reference::Last => of.names.len().saturating_sub(1),
        Reference::Category(category) => of.names.iter().position(|own| own == category).ok_or_else(|| {
            refuse(Code::BadData, format!("no row of `{name}` is \"{}\", the reference", category.escape_debug()))
                .help_with(&format!("the categories are {}", of.names.join(", ")))
        })?,
    };
    let rest = (0..of.names.len()).filter(|other| *other != at);
    let order: Vec<usize> = (!of.names.is_empty()).then_some(at).into_iter().chain(rest).collect();
    Ok(Value::Factor(permuted(of, &order)))
}

/// Puts declared categories in their order; a category of the data that is not declared is an error.
pub(super) fn ordered(name: &str, text: &Categories, order: &[String]) -> Result<Value> {
    if let Some((at, other)) = text.names.iter().enumerate().find(|(_, n)| !order.contains(n)) {
        let row = text.codes.iter().position(|c| *c as usize == at).map_or(0, |r| r + 1);
        let message = format!("`{}` in row {row} is not a category of `{name}`", other.escape_debug());
        return Err(refuse(Code::BadData, message).help_with(&format!("declared are {}", order.join(", "))));
    }
    let present: Vec<usize> = order.iter().filter_map(|o| text.names.iter().position(|n| n == o)).collect();
    Ok(Value::Factor(permuted(text, &present)))
}
