//! Names in pieces, `X\text{\_cmc}`, `X\_\text{cmc}` and the `A g e_{i j}` of scanned pages, and products as R writes them,
//! `Z_j:x_{ij}`: said as one name and with `*`, in as many bytes.

/// Commands that set a name.
const TEXT: [&str; 7] = ["\\text{", "\\mathrm{", "\\textrm{", "\\mathit{", "\\textit{", "\\operatorname{", "\\mbox{"];

/// Commands that name an equation.
const LABELS: [&str; 4] = ["\\label", "\\tag", "\\ref", "\\eqref"];

/// The longest name that is put together, in bytes.
const MAX_WORD: usize = 120;

/// The most characters between the end of a row and the sign by which it goes on.
const MAX_GAP: usize = 40;

/// The math with such names and products said so; `None` when it has none.
pub(super) fn whole(math: &str) -> Option<String> {
    let drawn = if math.contains(" \\_") || math.contains("\\_ ") { drawn_together(math) } else { None };
    let plain = drawn.as_deref().unwrap_or(math);
    let named = if plain.contains("\\_") { names(plain).or(drawn) } else { None };
    let named = spelled_out(named.as_deref().unwrap_or(math)).or(named);
    let named = scanned(named.as_deref().unwrap_or(math)).or(named);
    let named = braced(named.as_deref().unwrap_or(math)).or(named);
    let named = inline_values(named.as_deref().unwrap_or(math)).or(named);
    let named = owned(named.as_deref().unwrap_or(math)).or(named);
    let starred = products(named.as_deref().unwrap_or(math)).or(named);
    dotted(starred.as_deref().unwrap_or(math)).or(starred)
}

/// `γ11.Wj.X_ij` as `γ11.Wj*X_ij`: in plain text where a dot behind a Greek letter is a product, one behind an index is too.
fn dotted(math: &str) -> Option<String> {
    let greek = |c: char| matches!(c, 'α'..='ω');
    if math.contains('\\') || !math.contains(greek) {
        return None;
    }
    let dots = || math.match_indices('.').map(|(at, _)| at);
    let word = |at: usize| {
        let start = math[..at].trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len();
        &math[start..at]
    };
    let behind = |at: usize| math[at + 1..].starts_with(char::is_alphabetic);
    if !dots().any(|at| word(at).starts_with(greek) && behind(at)) {
        return None;
    }
    let mut out = math.to_owned();
    let is_indexed = |word: &str| word.len() > 1 && word.ends_with(['i', 'j', 'k']);
    dots().filter(|at| is_indexed(word(*at)) && behind(*at)).for_each(|at| out.replace_range(at..=at, "*"));
    (out != math).then_some(out)
}

/// `floor \_area` as ` floor\_area`, and `X\_ \text{cmc}` as ` X\_\text{cmc}`: TeX takes no notice of the blank, which an
/// escape of a string leaves.
fn drawn_together(math: &str) -> Option<String> {
    let mut out = math.to_owned();
    let marks = math.match_indices(" \\_").map(|(at, _)| at);
    let commands = math.match_indices("\\_ \\").map(|(at, mark)| at + mark.len() - 2);
    let mut blanks: Vec<usize> = marks.chain(commands.filter(|at| text_command(&math[at + 1..]).is_some())).collect();
    blanks.sort_unstable();
    for at in blanks {
        let word = out[..at].trim_end();
        let start = word.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '\\')).len();
        let name = word[start..].to_owned();
        if name.len() < MAX_WORD && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            out.replace_range(start..=at, &format!("{name:>width$}", width = at + 1 - start));
        }
    }
    (out != math).then_some(out)
}

/// `X\text{\_cmc}` and `X\_\text{cmc}` as `\text{X\_cmc}`.
fn names(math: &str) -> Option<String> {
    let mut out = String::with_capacity(math.len());
    let mut read = 0;
    let found = math.match_indices('\\').filter_map(|(at, _)| Some((at, text_command(&math[at..])?)));
    for (at, command) in found {
        out.push_str(&math[read..at]);
        read = at + command.len();
        let body = &math[read..];
        let letter = out.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '\\');
        let word = &out[letter.len()..];
        let word = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_name = word.starts_with(|c: char| c.is_ascii_alphabetic())
            && !letter.ends_with(['^', '&'])
            && !word.replace("\\_", "").contains(['_', '\\']);
        if is_name && (word.ends_with("\\_") || body.starts_with("\\_")) {
            let word = word.to_owned();
            out.truncate(out.len() - word.len());
            out.push_str(command);
            out.push_str(&word);
        } else {
            out.push_str(command);
        }
    }
    out.push_str(&math[read..]);
    (out != math).then_some(out)
}

/// `\alpha_{county_{[i]}}` as `\alpha_{county[i]}`, and the `~` of `\text{ ~ Normal}` before the text.
fn owned(math: &str) -> Option<String> {
    let mut out = math.to_owned();
    for (at, _) in math.match_indices("_{[") {
        let word = math[..at].ends_with(|c: char| c.is_ascii_alphabetic() || c == '}');
        if word
            && math[..at].rfind('{') > math[..at].rfind('}')
            && math.get(at + 4..).is_some_and(|rest| rest.starts_with("]}"))
        {
            out.replace_range(at..at + 6, &format!("{}   ", &math[at + 2..at + 5]));
        }
    }
    let out = out.replace("\\text{ ~ ", "∼\\text{").replace("\\text{ ∼ ", " ∼ \\text{");
    (out != math).then_some(out)
}

/// `TV{C_{1ti}}` as `TVC_{1ti}`: capitals of which an equation editor set the last in braces with its indices.
fn braced(math: &str) -> Option<String> {
    let mut out = math.to_owned();
    let capital = |c: char| c.is_ascii_uppercase();
    for (at, _) in math.match_indices('{') {
        let inside = &math[at + 1..];
        let word = math[..at].trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let is_name = word.len() < at && math[word.len()..at].chars().all(capital) && !word.ends_with('\\');
        if is_name
            && inside.starts_with(capital)
            && inside[1..].starts_with("_{")
            && let Some(end) = inside.find("}}").filter(|end| !inside[3..*end].contains(['{', '}']))
        {
            let said = &inside[..=end];
            out.replace_range(at..at + end + 3, &format!("{said}  "));
        }
    }
    (out != math).then_some(out)
}

/// The values that knitr puts into an equation: a row of them is of estimates, and in a law none is said.
fn inline_values(math: &str) -> Option<String> {
    if !math.contains("`r ") || !["\\\\", "\\sim"].iter().any(|part| math.contains(part)) {
        return None;
    }
    let row = |row: &str| {
        let starts = row.trim_start_matches(|c: char| c.is_whitespace() || c == '&').starts_with('=');
        if starts && row.contains("`r ") {
            return row.chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect::<String>();
        }
        let mut out = row.to_owned();
        while let Some(at) = out.find("`r ")
            && let Some(length) = out[at + 1..].find('`')
        {
            out.replace_range(at..at + length + 2, &format!("?{:1$}", "", length + 1));
        }
        out
    };
    let said: Vec<String> = math.split("\\\\").map(row).collect();
    Some(said.join("\\\\")).filter(|said| said.len() == math.len())
}

/// `\mathrm { t a s k }` as `\mathrm {  task }`: words whose letters a scanner set apart.
fn spelled_out(math: &str) -> Option<String> {
    let mut out = math.to_owned();
    for (at, _) in math.match_indices("{ ") {
        let before = math[..at].trim_end();
        let near = math[at + 1..].char_indices().take(MAX_WORD).find(|(_, c)| *c == '}');
        let Some((length, _)) = near else { continue };
        let inside = &math[at + 1..at + 1 + length];
        let letters = || inside.split(' ').filter(|part| !part.is_empty());
        let apart = letters().count() > 1
            && letters().all(|part| part.len() == 1 && part.as_bytes()[0].is_ascii_alphanumeric());
        if apart && TEXT.iter().any(|command| before.ends_with(command.trim_end_matches('{'))) {
            let word: String = letters().collect();
            out.replace_range(at + 1..at + 1 + inside.len(), &format!("{word:>width$}", width = inside.len()));
        }
    }
    (out != math).then_some(out)
}

/// The shortest name whose letters a scanner set apart.
const MIN_LETTERS: usize = 3;

/// `\beta_{1 j} A g e_{i j}` with `Age`: letters set apart behind a coefficient, where indices are set apart as well.
fn scanned(math: &str) -> Option<String> {
    let apart = |script: &str| {
        let script = script.split('}').next().unwrap_or_default().trim();
        script.len() > 2 && script.split(' ').all(|c| c.len() == 1)
    };
    if !math.split("_{").chain(math.split("_ {")).skip(1).any(apart) {
        return None;
    }
    let is_letter = |part: &&str| part.len() == 1 && part.starts_with(|c: char| c.is_ascii_alphabetic());
    let mut out = math.to_owned();
    for (at, _) in math.match_indices('_') {
        let before = math[..at].trim_end();
        let letters: Vec<&str> = before.rsplit(' ').take_while(is_letter).collect();
        let start = (before.len() + 1).saturating_sub(2 * letters.len());
        if letters.len() >= MIN_LETTERS && before[..start].trim_end().ends_with('}') {
            let name: String = letters.into_iter().rev().collect();
            out.replace_range(start..before.len(), &format!("{name:>width$}", width = before.len() - start));
        }
    }
    (out != math).then_some(out)
}

/// The command of text at the start, with its brace.
fn text_command(text: &str) -> Option<&'static str> {
    TEXT.into_iter().find(|command| text.starts_with(command))
}

/// `Z_j:x_{ij}` as `Z_j*x_{ij}`, behind a relation: a colon that touches both symbols is R's product.
fn products(math: &str) -> Option<String> {
    let mut out: Option<String> = None;
    // Braces that are open, and the first of them that holds indices or text.
    let (mut depth, mut opaque, mut relation) = (0_usize, None, false);
    for (at, c) in math.char_indices() {
        let before = &math[..at];
        match c {
            '{' if !before.ends_with('\\') => {
                depth += 1;
                let word = before.trim_end().trim_end_matches(|c: char| c.is_ascii_alphabetic());
                let command = word.strip_suffix('\\').map_or("", |head| &math[head.len()..]);
                let named = text_command(command).is_some() || LABELS.iter().any(|label| command.starts_with(label));
                let held = before.ends_with(['_', '^', '#']) || named;
                opaque = opaque.or(held.then_some(depth));
            }
            '}' if !before.ends_with('\\') => {
                opaque = opaque.filter(|held| *held != depth);
                depth = depth.saturating_sub(1);
            }
            '\\' if math[at..].starts_with("\\\\") => {
                let mut next = math[at + 2..].chars().take(MAX_GAP);
                let next = next.find(|c| !c.is_whitespace() && !matches!(c, '&' | '\\'));
                relation &= matches!(next, Some('+' | '-' | '−'));
            }
            '=' | '∼' if opaque.is_none() => relation = true,
            ':' if relation && opaque.is_none() && is_symbol(before) && starts_symbol(&math[at + 1..]) => {
                out.get_or_insert_with(|| math.to_owned()).replace_range(at..=at, "*");
            }
            _ => {}
        }
    }
    out
}

/// Whether a text ends with a symbol: an index in braces, or a word of letters with one or alone.
fn is_symbol(text: &str) -> bool {
    let start = text.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '.').len();
    let word = &text[start..];
    // (\#eq:name) is a label.
    text.ends_with('}')
        || !text[..start].ends_with('#') && word.chars().count() > 1 && word.starts_with(char::is_alphabetic)
}

fn starts_symbol(text: &str) -> bool {
    text.strip_prefix('\\').unwrap_or(text).starts_with(char::is_alphabetic) && !text.starts_with("\\quad")
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn pieces_are_one() {
        for (math, said) in [
            (r"b X\text{\_cmc}_{ij}", r"b \text{X\_cmc}_{ij}"),
            (r"\beta_{1}X\_\text{cmc}_{ij}", r"\beta_{1}\text{X\_cmc}_{ij}"),
            ("y = a_i:b_{ij} + c_{ij}:d", "y = a_i*b_{ij} + c_{ij}*d"),
            ("y = δ11.Wj.X_ij", "y = δ11.Wj*X_ij"),
        ] {
            assert_eq!(whole(math).as_deref(), Some(said), "{math}");
        }
    }

    #[test]
    fn others_stay() {
        for math in [
            r"\beta_X\text{\_cmc}",
            r"\beta\text{\_cmc}",
            r"X \text{\_cmc}",
            "i = 1:n",
            "Model:y_{ij} = a",
            "y_{a:b} = \\text{a:b} \\\\ where:y",
            "y = a_i: b_{ij}",
            "y_i := a_i",
            "y_i = a_i (\\#eq:first) \\label{eq:second}",
        ] {
            assert_eq!(whole(math), None, "{math}");
        }
    }
}
