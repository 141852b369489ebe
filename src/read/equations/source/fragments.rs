//! Subscripts that word processors and Markdown mark by themselves in running text: `Achievement$_{ij}$`, pandoc's `Y~ij~`.

/// The text with such subscripts marked as elsewhere, each in as many bytes as it took; `None` when it has none.
pub(super) fn join(text: &str) -> Option<String> {
    let dollars = text.contains("$_").then(|| undollar(text)).flatten();
    let plain = dollars.as_deref().unwrap_or(text);
    // In LaTeX a `~` is a blank: `Level~2~Intercept`.
    let tildes = (plain.contains('~') && !plain.contains('\\')).then(|| untilde(plain)).flatten();
    tildes.or(dollars)
}

/// `Achievement$_{ij}$`: where a subscript is all that stands between dollars, the dollars around other fragments of the
/// line say nothing either.
fn undollar(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let pieces: Vec<&str> = line.split('$').collect();
        let lone = |piece: &&str| {
            let body = piece.strip_prefix("_{").and_then(|p| p.strip_suffix('}')).or(piece.strip_prefix('_'));
            body.is_some_and(|body| !body.is_empty() && body.chars().all(|c| c.is_ascii_alphanumeric() || c == ','))
        };
        let closed = pieces.len() % 2 == 1 && !line.contains("$$");
        if closed && pieces.iter().skip(1).step_by(2).any(lone) {
            let mut blanks = 0;
            for (at, piece) in pieces.iter().enumerate() {
                // The blank of an opening dollar waits until the fragment ends: it must not part a symbol from its subscript.
                out.push_str(piece);
                blanks += usize::from(at + 1 < pieces.len());
                if at % 2 == 1 {
                    out.extend(std::iter::repeat_n(' ', blanks));
                    blanks = 0;
                }
            }
            out.extend(std::iter::repeat_n(' ', blanks));
        } else {
            out.push_str(line);
        }
    }
    (out != text).then_some(out)
}

/// `Y~ij~` is Y with the subscript ij.
fn untilde(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('~') {
        let (before, inside) = (&rest[..at], &rest[at + 1..]);
        out.push_str(before);
        let length = inside.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let symbol = out.chars().next_back().is_some_and(char::is_alphanumeric);
        if symbol && (1..=5).contains(&length) && inside[length..].starts_with('~') {
            out.push('_');
            out.push_str(&inside[..length]);
            out.push(' ');
            rest = &inside[length + 1..];
        } else {
            out.push('~');
            rest = inside;
        }
    }
    out.push_str(rest);
    (out != text).then_some(out)
}
