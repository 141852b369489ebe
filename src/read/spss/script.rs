//! Syntax of SPSS as its commands: comments become blanks byte for byte.

use std::ops::Range;

/// A text without comments, and the places of its commands without their full stop.
pub(super) struct Script {
    /// The text, as long as its source.
    pub(super) text: String,
    /// Each command that is not empty.
    pub(super) commands: Vec<Range<usize>>,
}

impl Script {
    /// The first word of a command, in small letters.
    pub(super) fn verb(&self, place: &Range<usize>) -> String {
        let text = &self.text[place.clone()];
        let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
        text[..end].to_lowercase()
    }
}

/// Parts a text into commands: each ends with a full stop at the end of a line, or with an empty line.
pub(super) fn script(source: &str) -> Script {
    let mut text = String::with_capacity(source.len());
    let mut ends = vec![];
    let (mut at, mut fresh) = (0, true);
    let blank = |text: &mut String, bytes: usize| text.extend(std::iter::repeat_n(' ', bytes));
    while let Some(c) = source[at..].chars().next() {
        let rest = &source[at..];
        if rest.starts_with("/*") {
            let line = rest.find('\n').unwrap_or(rest.len());
            let end = rest[..line].find("*/").map_or(line, |end| end + 2);
            blank(&mut text, end);
            at += end;
            continue;
        }
        if fresh && c == '*' {
            let end = stop(rest);
            blank(&mut text, end);
            at += end;
            continue;
        }
        let mut keep = c.len_utf8();
        match c {
            '\'' | '"' => {
                let line = rest.find('\n').unwrap_or(rest.len());
                keep = rest[1..line].find(c).map_or(1, |close| close + 2);
            }
            '.' if ends_line(&rest[1..]) => {
                text.push(' ');
                at += 1;
                ends.push(at);
                fresh = true;
                continue;
            }
            '\n' if rest[1..].trim_start_matches([' ', '\t', '\r']).starts_with('\n') => {
                ends.push(at);
                fresh = true;
            }
            _ => {}
        }
        fresh &= c.is_whitespace();
        text.push_str(&source[at..at + keep]);
        at += keep;
    }
    ends.push(at);
    let mut commands = vec![];
    let mut start = 0;
    for end in ends {
        let command = &text[start..end];
        let first = start + command.len() - command.trim_start().len();
        let command = command.trim();
        if !command.is_empty() {
            commands.push(first..first + command.len());
        }
        start = end;
    }
    Script { text, commands }
}

fn ends_line(text: &str) -> bool {
    let rest = text.trim_start_matches([' ', '\t', '\r']);
    rest.is_empty() || rest.starts_with('\n')
}

/// The bytes of the command that begins here, its full stop among them.
fn stop(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if line.trim_end().ends_with('.') || line.trim().is_empty() {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn comments_are_blanks_of_their_length() {
        let source = "* one\n two.\nCOMPUTE x = 1.5 .\nMIXED y WITH a.b /* c */\n  /FIXED=a.b.\nx\n\ny";
        let script = script(source);
        assert_eq!(script.text.len(), source.len());
        let told: Vec<String> = script
            .commands
            .iter()
            .map(|place| script.text[place.clone()].split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(told, ["COMPUTE x = 1.5", "MIXED y WITH a.b /FIXED=a.b", "x", "y"]);
    }
}
