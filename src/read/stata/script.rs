//! A do-file or log as its commands: comments and continuations become blanks byte for byte, prefixes are taken off.

use crate::error::Span;
use std::ops::Range;

/// A do-file without comments, and the places of its commands.
pub(super) struct Script {
    /// The text, as long as its source.
    pub(super) text: String,
    /// Each command that is not empty.
    pub(super) commands: Vec<Command>,
}

/// One command.
#[derive(Clone, Debug)]
pub(super) struct Command {
    /// The prefixes before it, in small letters.
    pub(super) prefixes: Vec<String>,
    /// Its first word, in small letters.
    pub(super) verb: String,
    /// From its first word to its end.
    pub(super) place: Range<usize>,
}

impl Command {
    /// The place in the source.
    pub(super) fn span(&self) -> Span {
        Span::new(self.place.start, self.place.end)
    }

    /// What follows its first word.
    pub(super) fn rest<'a>(&self, text: &'a str) -> &'a str {
        &text[self.place.start + self.verb.len()..self.place.end]
    }
}

/// Prefixes that only say what is printed.
const QUIET: &[(&str, usize)] = &[("quietly", 3), ("noisily", 1), ("capture", 3)];
/// Prefixes that end with a colon.
const COLON: &[&str] = &[
    "bayes",
    "bootstrap",
    "by",
    "bysort",
    "bys",
    "collect",
    "eststo",
    "fp",
    "jackknife",
    "mfp",
    "mi",
    "nestreg",
    "permute",
    "rolling",
    "simulate",
    "statsby",
    "stepwise",
    "svy",
    "version",
    "xi",
];

/// Parts a text into its commands.
pub(super) fn script(source: &str) -> Script {
    let (text, ends) = Cleaner::new(source).run();
    let mut commands = vec![];
    let mut start = 0;
    for end in ends {
        commands.extend(command(&text, start..end));
        start = end;
    }
    Script { text, commands }
}

struct Cleaner<'a> {
    source: &'a str,
    at: usize,
    out: String,
    ends: Vec<usize>,
    /// Whether `;` ends commands, not the line.
    semicolon: bool,
    /// Whether a command may begin here.
    fresh: bool,
}

impl<'a> Cleaner<'a> {
    fn new(source: &'a str) -> Self {
        Self { source, at: 0, out: String::with_capacity(source.len()), ends: vec![], semicolon: false, fresh: true }
    }

    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    /// Blanks for the next bytes.
    fn blank(&mut self, bytes: usize) {
        self.out.extend(std::iter::repeat_n(' ', bytes));
        self.at += bytes;
    }

    fn keep(&mut self, bytes: usize) {
        self.out.push_str(&self.source[self.at..self.at + bytes]);
        self.at += bytes;
    }

    fn end(&mut self) {
        self.ends.push(self.out.len());
        self.fresh = true;
    }

    fn run(mut self) -> (String, Vec<usize>) {
        self.prompt();
        while let Some(c) = self.rest().chars().next() {
            let rest = self.rest();
            let line = || rest.find('\n').unwrap_or(rest.len());
            let after_blank = self.out.chars().next_back().is_none_or(char::is_whitespace);
            if rest.starts_with("/*") {
                self.blank(block(rest));
            } else if after_blank && rest.starts_with("///") {
                self.blank((line() + 1).min(rest.len()));
                self.prompt();
            } else if after_blank && rest.starts_with("//") {
                self.blank(line());
            } else if self.fresh && c == '*' {
                let end = if self.semicolon { rest.find(';').unwrap_or(rest.len()) } else { line() };
                self.blank(end);
            } else if self.fresh && rest.starts_with('#') {
                let words: Vec<&str> = rest[..line()].split_whitespace().collect();
                if let ["#delimit" | "#d" | "#delim", mark, ..] = &words[..] {
                    self.semicolon = mark.starts_with(';');
                }
                self.blank(line());
                self.end();
            } else if c == '"' {
                let line = line();
                let close = rest[1..line].find('"').map_or(line, |at| at + 2);
                self.keep(close);
                self.fresh = false;
            } else if c == '\n' {
                let continued = rest[1..].starts_with("> ");
                self.blank(1);
                self.prompt();
                if !self.semicolon && !continued {
                    self.end();
                }
            } else if c == ';' && self.semicolon {
                self.blank(1);
                self.end();
            } else {
                self.fresh &= c.is_whitespace();
                self.keep(c.len_utf8());
            }
        }
        self.end();
        (self.out, self.ends)
    }

    /// The marks that a log has before each line.
    fn prompt(&mut self) {
        if self.rest().starts_with(". ") || self.rest().starts_with("> ") {
            self.blank(2);
        }
    }
}

/// The bytes of a comment in `/* */`, which may hold others.
fn block(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => {
                depth += 1;
                at += 2;
            }
            Some(b"*/") => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The command in this place without its prefixes.
fn command(text: &str, mut place: Range<usize>) -> Option<Command> {
    let mut prefixes = vec![];
    loop {
        let line = &text[place.clone()];
        place.start += line.len() - line.trim_start().len();
        let line = text[place.clone()].trim_end();
        place.end = place.start + line.len();
        let length = line.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(line.len());
        let verb = line[..length].to_lowercase();
        if line.is_empty() {
            return None;
        }
        let colon = line.split("||").next().and_then(|before| before.find(':'));
        if QUIET.iter().any(|(word, least)| verb.len() >= *least && word.starts_with(&verb)) {
            let marked = line[length..].trim_start().starts_with(':');
            place.start += if marked { colon.unwrap_or(length) + 1 } else { length };
            prefixes.push(verb);
        } else if let (true, Some(colon)) = (COLON.contains(&verb.as_str()), colon) {
            place.start += colon + 1;
            prefixes.push(if verb == "mi" { "mi".into() } else { verb });
        } else {
            return Some(Command { prefixes, verb, place });
        }
        if prefixes.len() > 16 {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn comments_and_continuations_are_blanks_of_their_length() {
        let source =
            "* one\n/* two\n /* three */ */ gen x = 1 // four\nquietly mixed y ///\n  x || g:\n\n. xi: mixed a\n> b\n";
        let script = script(source);
        assert_eq!(script.text.len(), source.len());
        let verbs: Vec<&str> = script.commands.iter().map(|c| c.verb.as_str()).collect();
        assert_eq!(verbs, ["gen", "mixed", "mixed"]);
        let told: Vec<String> = script
            .commands
            .iter()
            .map(|c| script.text[c.place.clone()].split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(told, ["gen x = 1", "mixed y x || g:", "mixed a b"]);
        assert_eq!(script.commands[2].prefixes, ["xi"]);
    }

    #[test]
    fn a_semicolon_ends_commands_when_told() {
        let script = script("#delimit ;\nmixed y\n x || g: ;\n* no\n; gen z = 1;\n#delimit cr\ngen a = 2\n");
        let verbs: Vec<&str> = script.commands.iter().map(|c| c.verb.as_str()).collect();
        assert_eq!(verbs, ["mixed", "gen", "gen"]);
    }
}
