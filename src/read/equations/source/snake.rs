//! Names with underscores in plain text, as data have them: `b1*PID5_NA`, `socio_economic_status_ij`. Plain text marks
//! subscripts by the same sign, so the letters that are indices tell them apart.

use crate::read::equations::commands;
use crate::read::equations::indices::{Letters, Piece};

/// Stands for an underscore that belongs to a name; a text that holds one itself has been refused.
pub(in crate::read) const JOINER: char = '\u{1}';

/// Brackets that are closed later than this hold no indices.
const MAX_INDICES: usize = 64;

/// The text with the underscores within names said by [`JOINER`]; `None` when it has no such names.
pub(in crate::read) fn join(text: &str, letters: &Letters) -> Option<String> {
    let mut joined = String::with_capacity(text.len());
    let (mut rest, mut braces) = (text, 0_i64);
    while let Some(at) = rest.find(is_start) {
        braces += rest[..at].matches('{').count() as i64 - rest[..at].matches('}').count() as i64;
        let whole = rest[at..].find(|c| !is_part(c)).map_or(rest.len(), |length| at + length);
        joined.push_str(&rest[..at]);
        let before = joined.chars().next_back();
        let (word, after) = (&rest[at..whole], &rest[whole..]);
        // In braces stands a subscript, which may hold others: y_{ij_1}.
        let told = if braces > 0 || before.is_some_and(is_part) { None } else { name(word, after, letters) };
        match told {
            Some(parts) => joined.push_str(&word.replacen('_', JOINER.encode_utf8(&mut [0; 4]), parts - 1)),
            None => joined.push_str(word),
        }
        rest = after;
    }
    joined.push_str(rest);
    (joined != text).then_some(joined)
}

/// How many parts of a word make its name, when more than one does.
fn name(word: &str, after: &str, letters: &Letters) -> Option<usize> {
    let mut parts: Vec<&str> = word.split('_').collect();
    // x_c_{ij}, x_c[i,j] and mean_income[i] have their indices behind; of a_county[i] it is the bracket that says so.
    let labelled = |after: &str| !lists_indices(after) && parts[0].chars().count() == 1;
    if after.starts_with('{') && parts.last() == Some(&"") {
        parts.pop();
    } else if after.starts_with('[') && labelled(after) || after.starts_with('(') && word == "inv_logit" {
        return None;
    }
    let is_greek = commands::spelled_before(parts[0], parts.get(1).unwrap_or(&"")).is_some();
    if is_greek || parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    let end = if is_index(parts[parts.len() - 1], letters) { parts.len() - 1 } else { parts.len() };
    let (base, more) = parts[..end].split_first()?;
    let single = base.chars().count() == 1;
    let told = match more {
        [] => false,
        // b_1, u_0j, x_W and u_school are a letter with its number or label; Z_SES and the x_c of x_c_ij are names.
        [part] if single => {
            let label = part.len() > 1 && part.contains(char::is_uppercase) || end < parts.len();
            label && !part.starts_with(|c: char| c.is_ascii_digit())
        }
        [part] => !is_numbered(part, letters),
        more => !(single && more[0].starts_with(|c: char| c.is_ascii_digit())),
    };
    (told && !more.iter().any(|part| is_index(part, letters))).then_some(end)
}

/// Whether the bracket at the start of a text holds several indices.
fn lists_indices(text: &str) -> bool {
    text.bytes().take(MAX_INDICES).take_while(|byte| *byte != b']').any(|byte| byte == b',')
}

/// Whether a part of a word says indices, each by its letter, and nothing else.
fn is_index(part: &str, letters: &Letters) -> bool {
    let all = part.chars().all(|c| c.is_ascii_lowercase() && letters.has(c.encode_utf8(&mut [0; 4])));
    all && letters.is_indices(&pieces(part))
}

/// A number and the indices of `slope_1j`.
fn is_numbered(part: &str, letters: &Letters) -> bool {
    let indices = part.trim_start_matches(|c: char| c.is_ascii_digit());
    indices.len() < part.len() && !indices.is_empty() && is_index(indices, letters)
}

fn pieces(letters: &str) -> Vec<Piece> {
    letters.chars().map(|c| Piece::Letter(c.to_string())).collect()
}

fn is_start(c: char) -> bool {
    c.is_alphabetic() && is_part(c)
}

/// Letters and digits that words are made of; Greek letters and marked indices are symbols by themselves.
fn is_part(c: char) -> bool {
    let symbol = matches!(c, 'α'..='ω' | 'Α'..='Ω' | 'ϐ'..='ϵ' | 'µ' | 'ℓ' | '₀'..='₉' | 'ₐ'..='ₜ' | 'ᵢ'..='ᵪ' | 'ⱼ');
    c == '_' || (c.is_alphanumeric() && !symbol && !"⁰¹²³⁴⁵⁶⁷⁸⁹".contains(c))
}
