//! Equations as images that a service renders from LaTeX, `![y\_{ij} = …](https://latex.codecogs.com/…)`: the text of the
//! image is math, once, in as many bytes as the image took.

/// What tells the address of such an image.
const RENDERERS: [&str; 4] = ["latex", "render/math", "cht=tx", "mathurl"];

/// The longest image that is looked at, in bytes.
const MAX_IMAGE: usize = 8000;

/// The most images that are looked at.
const MAX_IMAGES: usize = 1000;

/// The text with such images as math; `None` when it has none.
pub(super) fn unrender(text: &str) -> Option<String> {
    let mut out: Option<String> = None;
    let mut read = 0;
    for (start, _) in text.match_indices("![").take(MAX_IMAGES) {
        if start < read {
            continue;
        }
        let Some((said, end)) = image(text, start) else { continue };
        let line = text[..start].rsplit('\n').next().unwrap_or_default();
        let after = text[end..].split('\n').next().unwrap_or_default();
        let mark = if line.trim().is_empty() && after.trim().is_empty() { "$$" } else { "$" };
        // Characters of several bytes stay where they were, so that no place ends within one.
        let width = if said.is_ascii() { 1 } else { 2 };
        let math = format!("{mark:>width$}{said}{mark}");
        let blank = |c: char| std::iter::repeat_n(if c == '\n' { c } else { ' ' }, c.len_utf8());
        if let Some(rest) = text.get(start + math.len()..end) {
            let blanks: String = rest.chars().flat_map(blank).collect();
            out.get_or_insert_with(|| text.to_owned()).replace_range(start..end, &(math + &blanks));
            read = end;
        }
    }
    out
}

/// What an image says, and where it ends.
fn image(text: &str, start: usize) -> Option<(String, usize)> {
    let whole = (start + 2..=text.len().min(start + MAX_IMAGE)).rev().find_map(|end| text.get(start + 2..end))?;
    let (alt, rest) = whole.split_once("](")?;
    let address = &rest[..rest.find([' ', '\n', ')'])?];
    let title = rest[address.len()..].trim_start();
    let length = match title.strip_prefix('"') {
        Some(inside) => rest.len() - inside.len() + inside.find("\")")? + 2,
        None => address.len() + rest[address.len()..].find(')')? + 1,
    };
    let is_math = RENDERERS.iter().any(|part| address.contains(part)) && alt.contains(['\\', '=', '_']);
    is_math.then(|| (unescape(alt), start + alt.len() + 4 + length))
}

/// Without the backslashes by which Markdown escapes signs, when it does; they are blanked beside characters of several
/// bytes.
fn unescape(alt: &str) -> String {
    let letter = |at: usize| alt[at + 2..].starts_with(|c: char| c.is_ascii_alphabetic());
    if !alt.contains("\\_") && !alt.match_indices("\\\\").any(|(at, _)| letter(at)) {
        return alt.to_owned();
    }
    let mut out = String::with_capacity(alt.len());
    let mut escaped = false;
    for c in alt.chars() {
        if c == '\\' && !escaped {
            escaped = true;
            continue;
        }
        match escaped {
            true if !c.is_ascii_punctuation() => out.push('\\'),
            true if !alt.is_ascii() => out.push(' '),
            _ => {}
        }
        out.push(c);
        escaped = false;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::unrender;

    #[test]
    fn the_text_of_an_image_is_math() {
        for (text, said) in [
            ("![y\\_{ij} = \\\\beta](https://latex.codecogs.com/svg.latex?y_%7Bij%7D \"y (\")", "$$y_{ij} = \\beta$$"),
            ("as ![x = 2](https://a.b/render/math?math=x) says", "as $x = 2$ says"),
            ("![y\\_{ij} = ä](https://a.b/latex?y)", "$$y _{ij} = ä$$"),
            ("as ![ä\\_i = 2](https://a.b/latex?y) says", "as $ä _i = 2$ says"),
        ] {
            let plain = unrender(text).expect("an image");
            let words: Vec<&str> = plain.split_whitespace().collect();
            assert_eq!((words.join(" ").as_str(), plain.len()), (said, text.len()), "{text}");
            assert_eq!(plain.find('ä'), text.find('ä'), "{text}");
        }
    }

    #[test]
    fn other_images_stay() {
        for text in
            ["![a = b](plot.png)", "![plot](https://latex.codecogs.com/x)", "![y = x](https://latex.codecogs.com/"]
        {
            assert_eq!(unrender(text), None, "{text}");
        }
    }
}
