//! Rows of plain text that say in words what symbols stand for, `b_0j = intercept of school j`, and a law behind the words,
//! `u_j = effect of the school ~ N(0, τ²)`.

use super::lines::is_word;
use crate::read::equations::has_relation;

/// The row without the words, in as many bytes; `None` when it has none.
pub(in crate::read) fn law(row: &str) -> Option<String> {
    let (left, right) = row.split_once('=')?;
    let sign = right.find(['~', '∼'])?;
    let (words, law) = right.split_at(sign);
    let is_word = |word: &str| word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '(' | ')' | ','));
    let is_said = words.split_whitespace().count() > 1 && words.split_whitespace().all(is_word);
    let is_symbol =
        !left.trim().contains(char::is_whitespace) && left.contains(|c: char| c == '_' || c.is_alphabetic());
    (is_said && is_symbol && !row.contains('\\') && !law.contains('='))
        .then(|| format!("{left}{}{law}", " ".repeat(1 + words.len())))
}

/// Whether a line says in words what names stand for, `b_0j, b_1j = intercept and slope`, or what values they have,
/// `x_ij in {0, 1}: …`.
pub(in crate::read) fn is_glossary(line: &str) -> bool {
    let is_set = |at: usize| line[at..].trim_start_matches(' ').starts_with(['{', '[']);
    let sets = [" in ", "∈"].iter().filter_map(|sign| line.find(sign).map(|at| (at, at + sign.len())));
    if let Some((at, _)) = sets.min().filter(|(_, end)| is_set(*end)) {
        return are_names(&line[..at]);
    }
    // `i` = patient, `j` = period
    let counts = |part: &str| {
        let letter = |name: &str| matches!(name.trim().trim_matches('`').as_bytes(), [b'a'..=b'z']);
        part.split_once('=').is_some_and(|(name, word)| letter(name) && word.split_whitespace().all(is_word))
    };
    if line.contains(',') && line.trim_end_matches(['.', ';']).split([',', ';']).all(counts) {
        return true;
    }
    if line.split([',', ';']).all(is_range) {
        return true;
    }
    let Some((left, right)) = line.split_once('=') else { return false };
    let left = ["with ", "where ", "and "].iter().find_map(|word| left.strip_prefix(word)).unwrap_or(left).trim();
    // **Fixed effects** `(β_0, β_1)` = …
    let left = left.strip_suffix('`').and_then(|name| name.rsplit_once('`')).map_or(left, |(_, name)| name);
    let words: Vec<&str> = right.split_whitespace().map(|word| word.trim_end_matches(['.', ',', ';', ':'])).collect();
    // `i = Person`: what an index counts.
    let counted = words
        .first()
        .is_some_and(|word| word.chars().count() > 3 && word.chars().all(|c| c.is_alphabetic() || c == '-'));
    // `X = [1, x, w]`: a list.
    let list = right.trim_start().strip_prefix('[').and_then(|rest| Some(rest.split_once(']')?.0));
    if list.is_some_and(|list| list.contains(',') && !list.contains('+')) && !left.contains(['_', '+', '(']) {
        return true;
    }
    // What stands in brackets behind words explains them, `contrast code (-0.5 before, +0.5 after)`.
    let said = right.split_once(" (").map_or(right, |(said, _)| said);
    let calculates = said.contains(['=', '~', '∼', '+', '*', '_', '^', '\\']);
    // `delta_LAeq for observation i in park j`: a name and a sentence.
    let is_sentence = [" for ", " of ", " in ", " per "].iter().any(|word| said.contains(word));
    let operates = said.contains(['=', '~', '∼', '+', '*', '·', '×', '^', '\\']);
    if is_sentence && !operates && are_names(left) && words.iter().filter(|word| is_word(word)).count() > 2 {
        return true;
    }
    if matches!(left.as_bytes(), [b'a'..=b'z']) && counted && !right.contains(['·', '×']) && !calculates {
        return true;
    }
    // `post = 1 if year > 3`
    let is_number = words.first().is_some_and(|word| word.parse::<f64>().is_ok());
    let values = |word: &&str| ["if", "when", "for"].contains(word) || word.starts_with('(') && !calculates;
    if is_number && are_names(left) && words.get(1).is_some_and(values) {
        return true;
    }
    // `Outcome (theta) for participant j`
    let outside: Vec<&str> =
        words.iter().filter(|word| !(word.starts_with('(') && word.ends_with(')'))).copied().collect();
    // 组别效应 (干预=1, 对照=0): words of a script without capitals.
    let foreign = |c: char| c.is_alphabetic() && !c.is_ascii() && !c.is_lowercase() && !c.is_uppercase();
    if are_names(left) && said.trim_start().starts_with(foreign) && !calculates {
        return true;
    }
    let plain = |at: usize| outside.get(at).is_some_and(|word| is_word(word));
    let left = left.strip_prefix('(').and_then(|names| names.strip_suffix(')')).unwrap_or(left);
    let listed = left.contains(',') && words.iter().any(|word| is_word(word));
    are_names(left) && (is_term_of_models(right) || listed || plain(0) && plain(1)) && !calculates
}

/// Whether a row of plain text that cannot be read says in words what something is: `b_0 = intercept (egg, the base)`.
pub(in crate::read) fn is_gloss(row: &str) -> bool {
    let is_word = |word: &str| word.len() > 2 && word.bytes().all(|b| b.is_ascii_lowercase());
    let said = |right: &str| {
        let words: Vec<&str> = right.split_whitespace().map(|w| w.trim_matches(['(', ')', ',', '.'])).collect();
        words.windows(2).any(|pair| pair.iter().all(|word| is_word(word)))
    };
    !row.contains(['~', '∼', '+', '*', '\\']) && row.split_once('=').is_some_and(|(_, right)| said(right))
}

/// What an index runs over, with words for what it counts: `i = 1..I (parts)`.
fn is_range(part: &str) -> bool {
    let part = part.trim().trim_end_matches('.');
    let range = part.split_once(" (").filter(|(_, words)| words.ends_with(')')).map_or(part, |(range, _)| range);
    let Some((index, values)) = range.split_once('=') else { return false };
    let values = values.trim().strip_prefix('{').and_then(|set| set.strip_suffix('}')).unwrap_or(values);
    let ends = values.trim().split_once("..").or_else(|| values.trim().split_once('…'));
    let is_end = |end: &str| {
        let end = end.trim_matches(['.', ' ']);
        !end.is_empty() && end.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    matches!(index.trim().as_bytes(), [b'a'..=b'z']) && ends.is_some_and(|(from, to)| is_end(from) && is_end(to))
}

/// Where a law stands in brackets behind words, `i = person (random intercept u_i ~ N(0, τ²))`.
pub(in crate::read) fn law_in_brackets(line: &str) -> Option<(usize, usize)> {
    let sign = line.find(['~', '∼'])?;
    let open = line[..sign].rfind('(').filter(|open| !line[..*open].contains(['+', '*', '~', '∼', '\\', '$']))?;
    let symbol = line[open + 1..sign].trim_end().rsplit(' ').next().filter(|symbol| symbol.contains('_'))?;
    let start = open + 1 + line[open + 1..sign].trim_end().len() - symbol.len();
    let mut depth = 0_i64;
    let close = line[sign..].char_indices().find(|(_, c)| {
        depth += i64::from(*c == '(') - i64::from(*c == ')');
        depth < 0
    });
    let before = line[..open].trim();
    let is_words = before.is_empty() || before.split_whitespace().any(|word| is_word(word.trim_matches([',', ':'])));
    close.filter(|_| is_words).map(|(at, _)| (start, sign + at))
}

/// `Z_j: treatment of the school (Z_j = 1 for treatment, 0 for control)`: the first relation stands in brackets behind
/// words, and says what a number stands for.
pub(in crate::read) fn is_value_in_brackets(line: &str) -> bool {
    let Some((before, behind)) = line.split_once('=') else { return false };
    let Some((words, name)) = before.rsplit_once('(').filter(|(_, name)| are_names(name)) else { return false };
    let value = behind.trim_start();
    let told = value.trim_start_matches(|c: char| c.is_ascii_digit());
    let mut next = told.split_whitespace();
    !name.contains(')')
        && !words.contains(['~', '∼', '+', '*', '\\', '$'])
        && words.split_whitespace().filter(|word| is_word(word)).count() > 1
        && told.len() < value.len()
        && next.next().is_some_and(|word| is_word(word.trim_end_matches([',', ')'])))
}

/// `1. Random intercept only (slope = FALSE):`: words with a colon behind them, and a relation in brackets alone.
pub(in crate::read) fn is_heading(line: &str) -> bool {
    let head = line.trim_end_matches(['*', ' ']).strip_suffix(':').and_then(|head| head.strip_suffix([')', ']']));
    let before = head.and_then(|head| head.split_once(['(', '['])).map(|(before, _)| before);
    before.is_some_and(|before| !has_relation(before) && before.split_whitespace().filter(|w| is_word(w)).count() > 1)
}

/// `random-intercept`, `error`
fn is_term_of_models(text: &str) -> bool {
    const TERMS: [&str; 7] = ["intercept", "slope", "effect", "error", "residual", "variance", "noise"];
    let text = text.trim().trim_end_matches(['.', ';', ',']);
    let last = text.rsplit('-').next().unwrap_or_default().trim_end_matches('s');
    is_word(text) && TERMS.contains(&last)
}

/// Names with commas between them.
fn are_names(text: &str) -> bool {
    let is_name = |name: &str| {
        let name = name.trim();
        // `b_j(i)`
        let name = name.strip_suffix(')').and_then(|name| name.rsplit_once('(')).map_or(name, |(name, _)| name);
        matches!(name, "..." | "…")
            || name.starts_with(char::is_alphabetic)
                && !name.contains([' ', '(', '[', '+', '*', '/', '=', '~', '∼', '&'])
    };
    text.split(',').all(is_name)
}

#[cfg(test)]
mod tests {
    use super::law;

    #[test]
    fn words_before_a_law_are_dropped() {
        let row = "w_ij = random whole-plot effect ~ N(0, σ²)";
        let said = law(row).expect("a law");
        assert_eq!(said.split_whitespace().collect::<Vec<_>>(), ["w_ij", "~", "N(0,", "σ²)"]);
        assert_eq!(said.find('~'), row.find('~'));
        for row in ["y_ij = b0 + u_j ~ N(0, s)", "u_j ~ N(0, s)", "y = a ~ N(0, 1)", r"u_j = the effect \sim N(0, s)"] {
            assert_eq!(law(row), None, "{row}");
        }
    }
}
