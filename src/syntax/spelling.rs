//! One spelling of a name that reads back to an equal name: `γ_{01}`, `\bar{X}`, `\text{SES}`, `γ_{0}^{α}`. It is LaTeX
//! with Unicode letters; `\`, braces, `_` and `^` inside a part have a backslash before them.

use super::{Accent, Face, Name};

const ACCENTS: &[(Accent, &str)] = &[
    (Accent::Bar, "bar"),
    (Accent::Tilde, "tilde"),
    (Accent::Hat, "hat"),
    (Accent::Dot, "dot"),
    (Accent::Bold, "boldsymbol"),
    (Accent::Prime, "prime"),
];
const SPECIAL: [char; 5] = ['\\', '{', '}', '_', '^'];

impl Name {
    /// The spelling of the name.
    ///
    /// ```
    /// use mlnote::syntax::Name;
    /// let name = Name::tagged("γ", "01");
    /// assert_eq!(name.spell(), "γ_{01}");
    /// assert_eq!(Name::unspell("γ_{01}"), Some(name));
    /// ```
    pub fn spell(&self) -> String {
        let base = escape(&self.base);
        let base = if self.face == Face::Upright { format!("\\text{{{base}}}") } else { base };
        let mut text = self.accents.iter().fold(base, |inner, accent| {
            let command = ACCENTS.iter().find(|(a, _)| a == accent).map_or("", |(_, command)| command);
            format!("\\{command}{{{inner}}}")
        });
        for (sign, part) in [('_', &self.tag), ('^', &self.mark)] {
            if !part.is_empty() {
                text += &format!("{sign}{{{}}}", escape(part));
            }
        }
        text
    }

    /// The name of a spelling; `None` when it is none.
    pub fn unspell(text: &str) -> Option<Self> {
        let (mut name, mut rest) = head(text, 0)?;
        for (sign, part) in [("_{", &mut name.tag), ("^{", &mut name.mark)] {
            if let Some(inner) = rest.strip_prefix(sign) {
                (*part, rest) = plain(inner);
                rest = rest.strip_prefix('}').filter(|_| !part.is_empty())?;
            }
        }
        (rest.is_empty() && !name.base.is_empty()).then_some(name)
    }
}

/// The base with its accents, and what follows.
fn head(text: &str, depth: usize) -> Option<(Name, &str)> {
    if depth > 16 {
        return None;
    }
    for (accent, command) in ACCENTS {
        let inner = text.strip_prefix('\\').and_then(|t| t.strip_prefix(*command)).and_then(|t| t.strip_prefix('{'));
        if let Some(inner) = inner {
            let (mut name, rest) = head(inner, depth + 1)?;
            name.accents.push(*accent);
            return Some((name, rest.strip_prefix('}')?));
        }
    }
    if let Some(inner) = text.strip_prefix("\\text{") {
        let (base, rest) = plain(inner);
        return Some((Name { face: Face::Upright, ..Name::new(base) }, rest.strip_prefix('}')?));
    }
    let (base, rest) = plain(text);
    Some((Name::new(base), rest))
}

/// The text up to the next special character that has no backslash, and what follows.
fn plain(text: &str) -> (String, &str) {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\'
            && let Some(escaped) = text[at + 1..].chars().next()
            && SPECIAL.contains(&escaped)
        {
            out.push(escaped);
            chars.next();
        } else if SPECIAL.contains(&c) {
            return (out, &text[at..]);
        } else {
            out.push(c);
        }
    }
    (out, "")
}

fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        if SPECIAL.contains(&c) {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

#[cfg(test)]
mod tests {
    use super::{Accent, Name};

    #[test]
    fn names_read_back() {
        let plain = [Name::new("Y"), Name::tagged("γ", "01"), Name::tagged("View Partner", "a_b"), Name::new("\\{^")];
        for mut name in plain {
            for mark in ["", "α", "x}y"] {
                for accents in [vec![], vec![Accent::Bar], vec![Accent::Tilde, Accent::Bold]] {
                    (name.mark, name.accents) = (mark.into(), accents);
                    assert_eq!(Name::unspell(&name.spell()).as_ref(), Some(&name), "{}", name.spell());
                }
            }
        }
    }

    #[test]
    fn other_texts_are_no_names() {
        for text in ["", "_{0}", "γ_{01", "γ_01", "γ_{}", "\\bar{X", "\\gamma", "γ_{0}x", "\\"] {
            assert_eq!(Name::unspell(text), None, "{text}");
        }
    }
}
