//! Equations as images that a service renders from LaTeX, `![y\_{ij} = …](https://latex.codecogs.com/…)` or `<img …>`: the
//! text of the image, its title or the LaTeX in its address is math, once, in as many bytes as the image took.

use percent_encoding::percent_decode_str;

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
    if !RENDERERS.iter().any(|part| text.contains(part)) {
        return None;
    }
    let mut starts: Vec<usize> =
        ["![", "<img"].iter().flat_map(|sign| text.match_indices(sign)).map(|(at, _)| at).collect();
    starts.sort_unstable();
    for start in starts.into_iter().take(MAX_IMAGES) {
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
    let whole = (start..=text.len().min(start + MAX_IMAGE)).rev().find_map(|end| text.get(start..end))?;
    let Parts { alt, title, address, length } = if whole.starts_with("<img") { tag(whole)? } else { marked(whole)? };
    let is_math = |said: &str| said.contains(['\\', '=', '_']);
    let said = match (is_math(alt), is_math(title)) {
        _ if !RENDERERS.iter().any(|part| address.contains(part)) => return None,
        (true, _) => unescape(alt),
        (false, true) => title.to_owned(),
        (false, false) => query(address)?,
    };
    Some((said, start + length))
}

/// What an image is made of.
struct Parts<'t> {
    alt: &'t str,
    title: &'t str,
    address: &'t str,
    /// Of the whole image.
    length: usize,
}

/// `![alt](address "title")`.
fn marked(whole: &str) -> Option<Parts<'_>> {
    let (alt, rest) = whole.strip_prefix("![")?.split_once("](")?;
    let address = &rest[..rest.find([' ', '\n', ')'])?];
    let behind = rest[address.len()..].trim_start();
    let (title, length) = match behind.strip_prefix('"') {
        Some(inside) => {
            let end = inside.find("\")")?;
            (&inside[..end], rest.len() - inside.len() + end + 2)
        }
        None => ("", address.len() + rest[address.len()..].find(')')? + 1),
    };
    Some(Parts { alt, title, address, length: alt.len() + 4 + length })
}

/// `<img src="address" alt="…" title="…">`.
fn tag(whole: &str) -> Option<Parts<'_>> {
    let length = whole.find('>')? + 1;
    let attribute = |name: &str| {
        let (_, rest) = whole[..length].split_once(&format!(" {name}=\""))?;
        rest.split_once('"').map(|(value, _)| value)
    };
    let address = attribute("src")?;
    Some(Parts {
        alt: attribute("alt").unwrap_or_default(),
        title: attribute("title").unwrap_or_default(),
        address,
        length,
    })
}

/// The LaTeX in the address of an image, without the switches of the service before it.
fn query(address: &str) -> Option<String> {
    let (_, encoded) = ["math=", "chl=", "?"].into_iter().find_map(|sign| address.split_once(sign))?;
    let plain = encoded.replace("&plus;", "+").replace("&space;", " ").replace("&amp;", "&");
    let decoded = percent_decode_str(&plain).decode_utf8().ok().filter(|said| said.is_ascii())?;
    let mut said = decoded.trim_start();
    while let Some(switch) =
        ["\\inline", "\\dpi", "\\bg_", "\\fn_", "\\huge", "\\large", "\\Large", "\\LARGE", "\\small"]
            .iter()
            .find_map(|switch| said.strip_prefix(switch))
    {
        let word = switch.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        said = word.strip_prefix('{').and_then(|rest| Some(rest.split_once('}')?.1)).unwrap_or(word).trim_start();
    }
    Some(said.to_owned()).filter(|said| said.contains(['=', '~', '\\']))
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
            (
                "![equation](https://a.b/gif.latex?%5Cinline&space;y_i%20%3D%20%5Cbeta%20&plus;%20u_j)",
                "$$y_i = \\beta + u_j$$",
            ),
            ("![](https://a.b/png.latex?y \"y_i = 3\")", "$$y_i = 3$$"),
            ("<img src=\"https://a.b/svg.latex?%5Cdpi%7B300%7D%20y_i%3Du_i\" width=\"5\"/>", "$$y_i=u_i$$"),
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
