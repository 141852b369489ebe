//! Symbols: a name (letter or word, accent, number, label) with the indices it carries.

use crate::error::Span;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

/// A mark above a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Accent {
    /// `\bar`, `\overline`: a mean over a group.
    Bar,
    /// `\tilde`.
    Tilde,
    /// `\hat`: a fitted value.
    Hat,
    /// `\dot`.
    Dot,
    /// `\vec`, `\mathbf`, `\boldsymbol`: a vector or matrix.
    Bold,
    /// `'`, `\prime`.
    Prime,
}

impl Accent {
    /// The word that stands for the accent in an R name: `X_bar`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bar => "bar",
            Self::Tilde => "tilde",
            Self::Hat => "hat",
            Self::Dot => "dot",
            Self::Bold => "bold",
            Self::Prime => "prime",
        }
    }
}

/// How the letters were set; never part of a symbol's identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Face {
    /// A bare letter or word: `Y`, `SES`.
    #[default]
    Italic,
    /// `\text{}`, `\mathrm{}`, `\operatorname{}` and their kin.
    Upright,
}

/// A symbol without its indices: `γ_{01}` is base `γ`, tag `01`; `\bar{X}` is base `X` with a bar; `τ_R` has tag `R`;
/// `\gamma_0^{\alpha}` has tag `0` and mark `α`. Greek letters are held as Unicode (`\epsilon` is `ϵ`, `\varepsilon`
/// is `ε`: the econometric convention tells them apart).
#[derive(Clone, Debug, Default)]
pub struct Name {
    /// A letter, or a word without blanks at its ends.
    pub base: String,
    /// Marks above it, innermost first.
    pub accents: Vec<Accent>,
    /// The number or label in the subscript, before the indices: `0`, `01`, `1`, `R`, `alpha`; empty when there is none.
    pub tag: String,
    /// A label in the superscript that is neither a power nor a group; empty when there is none.
    pub mark: String,
    /// How the base was set.
    pub face: Face,
}

impl Name {
    /// A name of a bare base.
    pub fn new(base: impl Into<String>) -> Self {
        Self { base: base.into(), ..Self::default() }
    }

    /// A name with a number or label in its subscript.
    pub fn tagged(base: impl Into<String>, tag: impl Into<String>) -> Self {
        Self { tag: tag.into(), ..Self::new(base) }
    }

    /// Whether it is marked as transposed, `β^T`, `X^\top`.
    pub fn is_transposed(&self) -> bool {
        matches!(self.mark.as_str(), "T" | "⊤")
    }

    /// Whether its subscript has a number, as `β_0j`.
    pub fn is_numbered(&self) -> bool {
        !self.tag.is_empty() && self.tag.chars().all(|c| c.is_ascii_digit())
    }

    /// The name of the Greek letter that its base is.
    pub fn greek(&self) -> Option<&'static str> {
        let mut letters = self.base.chars();
        letters.next().filter(|_| letters.next().is_none()).and_then(super::greek::name)
    }

    /// What tells two names apart.
    fn identity(&self) -> (&str, &[Accent], &str, &str) {
        (&self.base, &self.accents, &self.tag, &self.mark)
    }

    /// The name of the data column that this symbol stands for: `\bar{X}` is `X_bar`, `t_{1ij}` is `t_1`, `ρ` is `rho`,
    /// blanks and hyphens in a word are `_`.
    ///
    /// ```
    /// use mlnote::syntax::{Accent, Name};
    /// let mut mean = Name::tagged("View Partner", "1");
    /// mean.accents.push(Accent::Bar);
    /// assert_eq!(mean.column(), "View_Partner_bar_1");
    /// ```
    pub fn column(&self) -> String {
        let mut column = self.greek().map_or_else(|| self.base.replace([' ', '-'], "_"), str::to_owned);
        for accent in &self.accents {
            column.push('_');
            column.push_str(accent.word());
        }
        for part in [&self.tag, &self.mark] {
            if !part.is_empty() {
                column.push('_');
                column.push_str(&part.replace([' ', '-'], "_").replace(['(', ')'], "").replace('*', "star"));
            }
        }
        column
    }
}

impl std::fmt::Display for Name {
    /// The plain text used in messages: `β_0`, `X_bar_1`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.base)?;
        for accent in &self.accents {
            write!(f, "_{}", accent.word())?;
        }
        if !self.tag.is_empty() {
            write!(f, "_{}", self.tag)?;
        }
        if !self.mark.is_empty() {
            write!(f, "^{}", self.mark)?;
        }
        Ok(())
    }
}

/// Name and indices as messages show them: `β_0j`, `u_jk`.
fn labelled(f: &mut std::fmt::Formatter<'_>, name: &Name, indices: &str) -> std::fmt::Result {
    match (indices.is_empty(), name.tag.is_empty() && name.accents.is_empty() && name.mark.is_empty()) {
        (true, _) => write!(f, "{name}"),
        (false, true) => write!(f, "{name}_{indices}"),
        (false, false) => {
            write!(f, "{name}{}{indices}", if name.mark.is_empty() && !name.tag.is_empty() { "" } else { "_" })
        }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        labelled(f, &self.name, &self.indices.iter().map(String::as_str).collect::<String>())
    }
}

impl std::fmt::Display for Symbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bracketed = |index: &Index| match index.of.is_empty() {
            true => index.letter.clone(),
            false => format!("{}[{}]", index.letter, index.of.concat()),
        };
        labelled(f, &self.name, &self.indices.iter().map(bracketed).collect::<String>())
    }
}

impl From<Key> for Symbol {
    /// The symbol with plain indices.
    fn from(key: Key) -> Self {
        Self::new(key.name, key.indices.into_iter().map(Index::new).collect())
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}
impl Eq for Name {}
impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Name {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.identity().cmp(&other.identity())
    }
}
impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

/// One index of a symbol: `j`; `j[i]` (group j of observation i); `(k)` in the superscript.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Index {
    /// The letter, or the word of a named group (`TANK[i]`).
    pub letter: String,
    /// What stands in the brackets after it: `j[i]` has `["i"]`; empty when there are none.
    pub of: Vec<String>,
    /// Written as a superscript group, `\beta^{(k)}`.
    pub superscript: bool,
}

impl Index {
    /// A plain index.
    pub fn new(letter: impl Into<String>) -> Self {
        Self { letter: letter.into(), of: vec![], superscript: false }
    }

    /// `letter[of]`.
    pub fn of(letter: impl Into<String>, of: impl Into<String>) -> Self {
        Self { letter: letter.into(), of: vec![of.into()], superscript: false }
    }
}

/// What makes two occurrences the same symbol: name and index set, whatever the brackets and the order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The name.
    pub name: Name,
    /// The letters of its indices.
    pub indices: BTreeSet<String>,
}

/// A symbol as written.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// Letter, accent, number, label.
    pub name: Name,
    /// Its indices in the order written.
    pub indices: Vec<Index>,
    /// Where.
    pub span: Span,
}

impl Symbol {
    /// A symbol that was made, not read.
    pub fn new(name: Name, indices: Vec<Index>) -> Self {
        Self { name, indices, span: Span::default() }
    }

    /// Name and index set.
    pub fn key(&self) -> Key {
        Key { name: self.name.clone(), indices: self.indices.iter().map(|i| i.letter.clone()).collect() }
    }

    /// Whether `key` is its key; nothing is built to tell.
    pub fn is(&self, key: &Key) -> bool {
        self.name == key.name
            && self.indices.iter().all(|index| key.indices.contains(&index.letter))
            && key.indices.iter().all(|letter| self.indices.iter().any(|index| index.letter == *letter))
    }

    /// Whether both have one key.
    pub fn same(&self, other: &Self) -> bool {
        let within = |a: &Self, b: &Self| a.indices.iter().all(|i| b.indices.iter().any(|j| i.letter == j.letter));
        self.name == other.name && within(self, other) && within(other, self)
    }
}

impl PartialEq for Symbol {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.indices) == (&other.name, &other.indices)
    }
}
impl Eq for Symbol {}
