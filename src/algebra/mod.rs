//! From the equations as written to the model as meant and back; egg lives here, and only here.

mod lexicon;

pub use lexicon::{Lexicon, Reading};
