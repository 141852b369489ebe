//! What telling notations apart finds out about a text, once for all who ask.

use super::lmer::script::{self, FirstCall};
use std::cell::OnceCell;

/// A text whose notation is to be told.
pub struct Glance<'t> {
    /// The text.
    pub text: &'t str,
    code: OnceCell<Code>,
}

/// The text as R would have it.
pub(super) struct Code {
    /// Without the LaTeX around it.
    pub(super) text: String,
    /// The first function that fits a formula.
    pub(super) call: FirstCall,
}

impl<'t> Glance<'t> {
    /// A glance at a text; nothing is looked for yet.
    pub fn new(text: &'t str) -> Self {
        Self { text, code: OnceCell::new() }
    }

    /// Whether displays of LaTeX stand in it, which no program holds: prose beside them may begin with any word.
    pub(super) fn has_displays(&self) -> bool {
        self.text.contains("$$") || self.text.contains("\\begin{")
    }

    /// Whether equations stand in it as links to their images, which no program holds: a call beside them is said in prose.
    pub(super) fn has_images(&self) -> bool {
        self.text.contains("latex.codecogs.com/")
    }

    /// The text as R would have it, for the packages of R.
    pub(super) fn code(&self) -> &Code {
        self.code.get_or_init(|| {
            let text = script::without_latex(self.text);
            Code { call: script::first_call(&text), text }
        })
    }
}
