//! From a document to the math in it: what it is wrapped in, where its math is, and how that is said without what only
//! changes its looks, all in as many bytes.

pub(super) mod commented;
mod decimals;
pub(super) mod document;
pub(super) mod drawn;
mod evidence;
mod faces;
mod foreign;
mod fragments;
pub(super) mod glossed;
mod grouping;
mod images;
pub(super) mod joined;
pub(super) mod lines;
pub(super) mod markup;
mod pieces;
pub(super) mod places;
mod remarks;
pub(super) mod scan;
pub(super) mod snake;
mod starred;
mod strings;
mod styled;
pub(super) mod tildes;
mod timed;
pub(super) mod typed;

use crate::error::{Notes, Span};
use std::borrow::Cow;

/// The math of a region without what only says how it looks, its names whole, in as many bytes.
pub(super) fn plain<'t>(text: &'t str, region: Span, notes: &mut Notes) -> Cow<'t, str> {
    let math = &text[region.start..region.end];
    let plain = styled::plain(math, region.start, notes);
    let whole = pieces::whole(plain.as_deref().unwrap_or(math)).or(plain);
    let timed = timed::index(whole.as_deref().unwrap_or(math)).or(whole);
    let pointed = decimals::points(timed.as_deref().unwrap_or(math)).or(timed);
    let single = grouping::undouble(pointed.as_deref().unwrap_or(math)).or(pointed);
    let grouped = grouping::uncross(single.as_deref().unwrap_or(math)).or(single);
    let bare = remarks::part(grouped.as_deref().unwrap_or(math)).or(grouped);
    bare.map_or(Cow::Borrowed(math), Cow::Owned)
}
