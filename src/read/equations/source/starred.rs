//! Words that Markdown sets in italics or bold beside subscripts of HTML, `*v<sub>j</sub>*` and `*mean*<sub>*A*</sub>`.

/// The most marks around a word.
const MOST: usize = 3;

/// The text without such marks, in as many bytes: their blanks stand before the word, whose subscript follows it. A star
/// between blanks or between letters is a product.
pub(super) fn plain(text: &str) -> Option<String> {
    if text.contains('$') || !text.contains("<sub>") || !text.contains('*') {
        return None;
    }
    let out: String = text.split_inclusive('\n').map(line).collect();
    (out != text).then_some(out)
}

fn line(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    let mut opened = false;
    while let Some(at) = rest.find('*') {
        let (before, behind) = rest.split_at(at);
        out.push_str(before);
        let marks = if opened { 1 } else { run(behind) };
        let last = out.chars().next_back();
        let opens = opened || last.is_none_or(|c| c.is_whitespace() || c.is_ascii_digit() || "(>+-=,∼~".contains(c));
        let body = &behind[marks..];
        let end = body.find('*').filter(|end| opens && marks <= MOST && is_word(&body[..*end]));
        // `*i**j*`: two letters side by side, each by itself.
        let again =
            |end: usize| marks == 1 && run(&body[end..]) == 2 && body[end + 2..].starts_with(char::is_alphanumeric);
        let closes = |end: usize| {
            let next = body[end..].trim_start_matches('*').chars().next();
            run(&body[end..]) == marks && next.is_none_or(|c| c.is_whitespace() || "<),.;+-=(|".contains(c))
        };
        opened = end.is_some_and(again);
        match end.filter(|end| again(*end) || closes(*end)) {
            Some(end) => {
                let start = start_of_word(&out);
                out.insert_str(start, &" ".repeat(2 * marks));
                out.push_str(&body[..end]);
                rest = &body[end + marks..];
            }
            None => {
                out.push_str(&behind[..marks]);
                rest = body;
            }
        }
    }
    out + rest
}

/// How many marks a text starts with.
fn run(text: &str) -> usize {
    text.bytes().take_while(|byte| *byte == b'*').count()
}

/// Whether something stands between two marks that touches both.
fn is_word(body: &str) -> bool {
    body.starts_with(char::is_alphanumeric) && body.ends_with(|c: char| c.is_alphanumeric() || c == '>')
}

/// Where the letters and numbers start that a text ends with.
fn start_of_word(text: &str) -> usize {
    text.trim_end_matches(char::is_alphanumeric).len()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn marks_are_told_from_products() {
        let said = plain("*Y*<sub>*ij*</sub> = b * **x<sub>ij</sub>** + c*z<sub>j</sub>");
        assert_eq!(said.as_deref(), Some("  Y<sub>  ij</sub> = b *     x<sub>ij</sub> + c*z<sub>j</sub>"));
        assert_eq!(plain("y<sub>i</sub> = a*x*z"), None);
        let said = plain("*Y*<sub>*i**j*</sub> = *β*<sub>0*j*</sub>*X*<sub>*j*</sub> + (*s**r*)<sub>*i*</sub>");
        let plain = "  Y<sub>    ij</sub> =   β<sub>  0j</sub>  X<sub>  j</sub> + (    sr)<sub>  i</sub>";
        assert_eq!(said.as_deref(), Some(plain));
    }
}
