//! Readers: text to model. One row a notation.

use crate::algebra::Reading;
use crate::error::Result;
use crate::model::Facts;

/// A notation that can be read.
pub struct Reader {
    /// Its name on the command line.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// One line about it.
    pub about: &'static str,
    /// Whether a text looks like this notation; the first row that says yes is taken.
    pub detect: fn(&str) -> bool,
    /// Reads a text; spans in errors and notes are bytes of that text.
    pub read: fn(&str, &Facts) -> Result<Reading>,
}

/// Every notation that can be read, in the order of detection.
#[rustfmt::skip]
pub const READERS: &[Reader] = &[
];
