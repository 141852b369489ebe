//! A program of SAS as its statements: comments become blanks byte for byte.

use std::ops::Range;

/// A program without comments, and the places of its statements without their `;`.
pub(super) struct Script {
    /// The text, as long as its source.
    pub(super) text: String,
    /// Each statement that is not empty.
    pub(super) statements: Vec<Range<usize>>,
}

impl Script {
    /// The text of a statement.
    pub(super) fn of(&self, place: &Range<usize>) -> &str {
        &self.text[place.clone()]
    }

    /// Its first word, in small letters.
    pub(super) fn verb(&self, place: &Range<usize>) -> String {
        let text = self.of(place);
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '%').unwrap_or(text.len());
        text[..end].to_lowercase()
    }
}

/// Parts a text into statements.
pub(super) fn script(source: &str) -> Script {
    let mut text = String::with_capacity(source.len());
    let mut statements = vec![];
    let (mut at, mut start, mut fresh) = (0, 0, true);
    let blank = |text: &mut String, bytes: usize| text.extend(std::iter::repeat_n(' ', bytes));
    while let Some(c) = source[at..].chars().next() {
        let rest = &source[at..];
        let mut keep = c.len_utf8();
        if rest.starts_with("/*") {
            let end = rest.find("*/").map_or(rest.len(), |end| end + 2);
            blank(&mut text, end);
            at += end;
            continue;
        }
        if fresh && (c == '*' || rest.starts_with("%*")) {
            let end = rest.find(';').map_or(rest.len(), |end| end + 1);
            blank(&mut text, end);
            at += end;
            start = at;
            continue;
        }
        match c {
            '\'' | '"' => keep = rest[1..].find(c).map_or(1, |close| close + 2),
            ';' => {
                statements.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
        fresh = c == ';' || fresh && c.is_whitespace();
        text.push_str(&source[at..at + keep]);
        at += keep;
    }
    statements.push(start..at);
    let statements = statements.into_iter().filter_map(|place| {
        let statement = &text[place.clone()];
        let start = place.start + statement.len() - statement.trim_start().len();
        let statement = statement.trim();
        (!statement.is_empty()).then(|| start..start + statement.len())
    });
    Script { statements: statements.collect(), text }
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn comments_are_blanks_of_their_length() {
        let source = "* one; /* two; */ proc mixed;\n model y = x /* three */;\n title 'a; b'; run;";
        let script = script(source);
        assert_eq!(script.text.len(), source.len());
        let told: Vec<&str> = script.statements.iter().map(|place| script.of(place).trim()).collect();
        assert_eq!(told, ["proc mixed", "model y = x", "title 'a; b'", "run"]);
    }
}
