//! What everything means, on the page: sentences that light with what they are about, and the parameter table.

use super::page::expression;
use super::{Item, Sheet, Terms};
use crate::write::Format;
use crate::write::estimates::Estimate;
use crate::write::explain::{self, Entry, Formula, Part, Prose, Section};
use crate::write::typeset::{self, Marks};
use maud::{Markup, PreEscaped, html};

/// The symbol of a thing; its term where it has none.
pub(super) fn symbol(item: &Item) -> Markup {
    match &item.symbol {
        Some(symbol) => PreEscaped(typeset::expr(symbol, Format::Mathml)),
        None => html! { code { (item.term()) } },
    }
}

fn prose(prose: &Prose, marks: &Marks) -> Markup {
    html! {
        @for (at, part) in prose.0.iter().enumerate() {
            @match part {
                Part::Words(words) => (typeset::visible(opening(words, prose.0.get(at + 1)).0)),
                Part::Math(expr) => {
                    @let before = at.checked_sub(1).and_then(|at| prose.0.get(at));
                    @let bracket = match before { Some(Part::Words(words)) => opening(words, Some(part)).1, _ => "" };
                    span.whole { (bracket) (expression(expr, marks)) }
                }
                Part::Code(code) => { code { (typeset::visible(code)) } }
            }
        }
    }
}

/// Words without the bracket that opens before mathematics, and that bracket: no line breaks between the two.
fn opening<'a>(words: &'a str, next: Option<&Part>) -> (&'a str, &'a str) {
    match words.strip_suffix('(') {
        Some(rest) if matches!(next, Some(Part::Math(_))) => words.split_at(rest.len()),
        _ => (words, ""),
    }
}

fn number(value: f64) -> Markup {
    let number = explain::number(value);
    match typeset::is_digits(&number) {
        true => html! { (typeset::expr(&number, Format::Unicode)) },
        false => expression(&number, &Marks::new()),
    }
}

fn estimate(estimate: Estimate) -> Markup {
    html! {
        "Estimate " span.number { (number(estimate.value)) }
        @if let Some(se) = estimate.se { " (standard error " (number(se)) ")" }
        "."
    }
}

fn formulas(all: &[Formula], marks: &Marks) -> Markup {
    html! {
        @if !all.is_empty() {
            ul.formulas {
                @for one in all {
                    li {
                        (prose(&one.name.clone().capital(), marks)) ": " (expression(&one.formula, marks))
                        @if let Some(value) = &one.value { " = " (expression(value, &Marks::new())) }
                    }
                }
            }
        }
    }
}

/// A thing that can be pointed at: its symbol is a button, and what it is to others stands in `data-kin`.
fn row(terms: &Terms, number: Option<u16>, head: Markup, r: &str, body: Markup) -> Markup {
    let item = number.and_then(|number| terms.item(number));
    let kin =
        item.map(|item| item.kin.iter().map(|(kin, other)| format!("{other}:{}", kin.words())).collect::<Vec<_>>());
    html! {
        div.entry data-t=[number] data-kin=[kin.map(|kin| kin.join("|"))] {
            div.name {
                @match number {
                    Some(_) => { button.term type="button" aria-pressed="false" { (head) } }
                    None => { span.term { (head) } }
                }
                @if !r.is_empty() { code.r { (typeset::visible(r)) } }
            }
            div.body { (body) }
        }
    }
}

fn explained(sheet: &Sheet, entry: &Entry, marks: &Marks) -> Markup {
    let number = sheet.number(&entry.symbol);
    let head = PreEscaped(typeset::expr(&entry.symbol, Format::Mathml));
    let body = html! {
        p.meaning { (prose(&entry.meaning.sentence(), marks)) }
        @if let Some(known) = entry.estimate { p.estimate { (estimate(known)) } }
        @if !entry.sentences.is_empty() {
            p.more { @for (at, one) in entry.sentences.iter().enumerate() {
                @if at > 0 { " " }
                (prose(&one.sentence(), marks))
            } }
        }
        (formulas(&entry.formulas, marks))
    };
    row(&sheet.terms, number, head, &entry.r, body)
}

/// A thing without an explanation.
fn told(sheet: &Sheet, number: u16, marks: &Marks) -> Markup {
    let Some(item) = sheet.terms.item(number) else { return html! {} };
    let body = html! { p.meaning { (prose(&item.words.sentence(), marks)) } };
    let term = if item.symbol.is_some() { item.term() } else { String::new() };
    row(&sheet.terms, Some(number), symbol(item), &term, body)
}

/// Every sentence, each beside the symbol it is about.
pub(super) fn explanation(sheet: &Sheet) -> Markup {
    let marks = &sheet.marks();
    let sections: &[Section] = sheet.explanation.as_ref().map_or(&[], |explanation| &explanation.sections);
    let rest = sheet.unexplained();
    let last = sections.iter().rposition(|section| section.id == "effects");
    html! {
        section.card.words aria-labelledby="words" {
            h2 #words { "In words" }
            @for (at, section) in sections.iter().enumerate() {
                div.part {
                    h3 { (section.title) }
                    @for one in &section.sentences { p { (prose(&one.sentence(), marks)) } }
                    @for entry in &section.entries { (explained(sheet, entry, marks)) }
                    @if last == Some(at) { @for number in &rest { (told(sheet, *number, marks)) } }
                    (formulas(&section.formulas, marks))
                }
            }
            @if last.is_none() && !rest.is_empty() {
                div.part { @for number in &rest { (told(sheet, *number, marks)) } }
            }
        }
    }
}

/// The parameter table of a methods section, with its sources to copy.
pub(super) fn parameters(sheet: &Sheet) -> Markup {
    let Some(table) = sheet.explanation.as_ref().map(|explanation| explanation.table()) else { return html! {} };
    let marks = &sheet.marks();
    let known = table.rows.iter().any(|row| row.estimate.is_some());
    let errors = table.rows.iter().any(|row| row.estimate.is_some_and(|e| e.se.is_some()));
    let sources = [("LaTeX", "source-table-tex", table.tex()), ("Markdown", "source-table-markdown", table.markdown())];
    html! {
        section.card.parameters aria-labelledby="parameters" {
            div.head {
                h2 #parameters { "The parameters" }
                div.copies {
                    @for (name, id, _) in &sources {
                        button.copy type="button" data-copy=(id) { "Copy as " (name) }
                    }
                }
            }
            div.scroll {
                table {
                    thead { tr {
                        th scope="col" { "Symbol" } th scope="col" { "In R" } th scope="col" { "Meaning" }
                        @if known { th.number scope="col" { "Estimate" } }
                        @if errors { th.number scope="col" { "SE" } }
                    } }
                    tbody {
                        @for one in &table.rows {
                            tr data-t=[sheet.number(&one.symbol)] {
                                th scope="row" { (expression(&one.symbol, marks)) }
                                td { code { (typeset::visible(&one.r)) } }
                                td { (prose(&one.meaning.clone().capital(), marks)) }
                                @if known { td.number { @if let Some(e) = one.estimate { (number(e.value)) } } }
                                @if errors { td.number { @if let Some(se) = one.estimate.and_then(|e| e.se) { (number(se)) } } }
                            }
                        }
                    }
                }
            }
            @for (_, id, source) in &sources { pre hidden id=(id) { (source) } }
        }
    }
}
