//! What writers leave unsaid: one file a habit, each of which gives the system what a careful reader takes, with its note.

mod abridged;
pub(super) mod again;
mod bare;
pub(super) mod beside;
mod changes;
mod choices;
mod covarying;
mod crossed;
mod divided;
mod glued;
mod labelled;
mod lone_words;
mod looked_up;
mod marks;
pub(super) mod odds;
mod predictor;
mod priors;
mod said;
mod scaled;
mod spaced;
mod templates;
mod unindexed;
mod vectors;
mod within;
pub(super) mod worded;

use crate::error::{Notes, Result, Span};
use crate::read::equations::{flattened, matrices};
use crate::syntax::{Matrix, Symbol, System};

/// The text that a system is of.
#[derive(Clone, Copy)]
pub(super) struct Of<'t> {
    /// The whole text.
    pub(super) text: &'t str,
    /// Whether it is TeX.
    pub(super) tex: bool,
    /// Its math within the lines of its prose.
    pub(super) inline: &'t [Span],
}

/// Completes a system as written, one habit after the other: the later rest on what the earlier have said.
pub(super) fn complete(
    system: &mut System,
    matrices: &[(Symbol, Matrix)],
    of: Of<'_>,
    notes: &mut Notes,
) -> Result<()> {
    vectors::write_out(system, matrices);
    matrices::name(system, matrices);
    again::words(system);
    changes::name(system, notes);
    looked_up::index(system, notes);
    beside::pass_over_statistics(system, notes);
    beside::pass_over_variances_of_sums(system, notes);
    odds::laws(system);
    odds::overdispersed(system);
    beside::pass_over_expectations(system, notes);
    beside::order_trials(system, notes);
    beside::pass_over_matrix_forms(system, notes);
    divided::multiply(system);
    labelled::responses(system, notes);
    labelled::applied(system, of.text, notes);
    marks::drop_lone(system, notes);
    marks::number(system, notes);
    templates::write_out(system, of.text, notes);
    again::steps(system, of.inline, notes);
    scaled::undo(system);
    choices::slopes(system, notes)?;
    choices::fixed(system, notes);
    abridged::complete(system, notes)?;
    crossed::effects(system);
    crossed::covariates(system);
    again::means(system, notes);
    again::covariates(system, notes);
    again::covariates_of_forms(system, notes);
    match of.tex {
        true => glued::part(system, notes),
        false => flattened::mend(system, of.text),
    }
    spaced::names(system, of.text, notes);
    labelled::slopes(system, notes);
    labelled::scales(system);
    labelled::means(system);
    labelled::names(system, notes);
    unindexed::levels(system, notes);
    bare::occasions(system, notes);
    bare::index(system, notes);
    bare::residual(system, notes);
    worded::index(system, notes);
    predictor::link(system, of.text, notes);
    within::nest(system, of.text, notes);
    (system.fixed, system.random) = said::fixed_and_random(system, of.text);
    lone_words::give_coefficients(system, notes);
    lone_words::drop_names_of_groups(system, of.text, notes);
    system.covarying = covarying::said(system, of.text);
    if let Some(error) = covarying::serial(system, of.text) {
        return error.into();
    }
    priors::set_apart(system, notes);
    Ok(())
}
