//! The parser: one for the three notations, so that they share every rule but their start.

#![allow(missing_docs, unreachable_pub)]

#[derive(pest_derive::Parser)]
#[grammar = "grammar/hierarchical.pest"]
#[grammar = "grammar/bracket.pest"]
#[grammar = "grammar/reduced.pest"]
#[grammar = "grammar/document.pest"]
#[grammar = "grammar/symbols.pest"]
#[grammar = "grammar/tokens.pest"]
pub(super) struct Grammar;

pub(super) type Pair<'a> = pest::iterators::Pair<'a, Rule>;
