//! Letters of the mathematical faces of Unicode, `𝑦𝑖𝑗 = 𝜇 + 𝑒𝑖𝑗`, as what is copied from a typeset page has them.

/// The letters of a face of Greek, from its capitals on.
const GREEK: &str = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΘΣΤΥΦΧΨΩ∇αβγδεζηθικλμνξοπρςστυφχψω∂ϵϑκϕϱϖ";

/// The text in plain letters, each word in as many bytes as it took; `None` when it has none of these.
pub(super) fn plain(text: &str) -> Option<String> {
    if !text.chars().any(|c| letter(c).is_some()) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    // What a word is shorter by waits until it ends: a blank must not part a symbol from its indices.
    let mut blanks = 0;
    for c in text.chars() {
        let said = letter(c).unwrap_or(c);
        if !(said.is_alphanumeric() || matches!(said, '_' | '[' | ']')) {
            out.extend(std::iter::repeat_n(' ', blanks));
            blanks = 0;
        }
        out.push(said);
        blanks += c.len_utf8() - said.len_utf8();
    }
    out.extend(std::iter::repeat_n(' ', blanks));
    Some(out)
}

/// The text with the line over a letter behind it, `x̄` for `͞x`, in as many bytes: U+035E stands before its letter.
pub(super) fn overlined(text: &str) -> Option<String> {
    const OVER: char = '\u{35E}';
    let mut parts = text.split(OVER);
    let mut out = parts.next().filter(|first| first.len() < text.len())?.to_owned();
    for part in parts {
        let letter = part.trim_start_matches(' ');
        let end = letter.chars().next().filter(|c| c.is_alphabetic()).map_or(0, char::len_utf8);
        let end = part.len() - letter.len() + end;
        out.push_str(&part[..end]);
        out.push(if end > part.len() - letter.len() { '\u{304}' } else { OVER });
        out.push_str(&part[end..]);
    }
    Some(out)
}

/// The plain letter or digit that a mathematical one stands for; bold says a vector, and what is bold and slanted is bold.
fn letter(c: char) -> Option<char> {
    let code = u32::from(c);
    let of = |start: u32, face: u32| ((code - start) / face, (code - start) % face);
    match code {
        0x210E => Some('h'),
        0x1D400..=0x1D6A3 => match of(0x1D400, 52) {
            (0, _) => None,
            (2, at) => char::from_u32(0x1D400 + at),
            (_, at @ 0..26) => char::from_u32(u32::from('A') + at),
            (_, at) => char::from_u32(u32::from('a') + at - 26),
        },
        0x1D6A4 => Some('i'),
        0x1D6A5 => Some('j'),
        0x1D6A8..=0x1D7C9 => match of(0x1D6A8, 58) {
            (0, _) => None,
            (2, at) => char::from_u32(0x1D6A8 + at),
            (_, at) => GREEK.chars().nth(at as usize),
        },
        0x1D7CE..=0x1D7FF => char::from_u32(u32::from('0') + (code - 0x1D7CE) % 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn words_keep_their_places() {
        for (text, said) in
            [("𝑦𝑖𝑗 = 𝛽0𝑗 + ℎ𝟏", "yij          = β0j      + h1     "), ("𝐲_{𝑖} ∼ 𝒩(𝝁, 𝜎²)", "𝐲_{i   } ∼ N   (𝛍, σ²  )")]
        {
            assert_eq!(plain(text).as_deref(), Some(said));
            assert_eq!(said.len(), text.len());
        }
        assert_eq!(plain("𝐲_ij = β₀ + ∑x"), None);
    }
}
