//! Equations within a sentence of Chinese, Japanese or Korean, whose words touch the symbols: `… y_ij = a + u_j로 …`. A
//! word that no operator and no index makes a name parts statements, in as many bytes.

use crate::read::equations::has_relation;

/// What makes a word before or behind it a name.
const OPERATORS: [char; 11] = ['+', '-', '−', '*', '·', '×', '/', '=', '~', '∼', '^'];

/// The longest explanation of a word in brackets, in characters.
const MAX_REMARK: usize = 60;

/// The text with such words as stops; `None` when it has none.
pub(super) fn part(text: &str) -> Option<String> {
    if text.contains(['$', '\\']) || !text.contains(is_foreign) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match has_relation(line) {
            true => parted(&without_remarks(line), &mut out),
            false => out.push_str(line),
        }
    }
    (out != text).then_some(out)
}

/// A line without what wide brackets explain of a word: `群（介入/対照）`.
fn without_remarks(line: &str) -> String {
    let mut out = line.to_owned();
    for (at, open) in line.match_indices('（') {
        let inside = &line[at + open.len()..];
        let end = inside.char_indices().take(MAX_REMARK).find(|(_, c)| *c == '）').map(|(end, _)| end);
        let (Some(end), true) = (end, line[..at].ends_with(is_foreign)) else { continue };
        let said = &inside[..end];
        if !said.contains(OPERATORS.map(|c| if c == '/' { '+' } else { c })) && !said.contains(['_', '（']) {
            let whole = at..at + open.len() + end + '）'.len_utf8();
            let blanks = " ".repeat(whole.len());
            out.replace_range(whole, &blanks);
        }
    }
    out
}

fn parted(line: &str, out: &mut String) {
    let (mut rest, mut depth) = (line, 0_i64);
    let mut last = None;
    while let Some(at) = rest.find(is_foreign) {
        let (before, word) = rest.split_at(at);
        let (word, after) = word.split_at(word.find(|c| !is_foreign(c)).unwrap_or(word.len()));
        depth +=
            before.matches(['(', '[', '{', '（']).count() as i64 - before.matches([')', ']', '}', '）']).count() as i64;
        last = before.trim_end().chars().next_back().or(last);
        let next = after.trim_start().chars().next();
        let is_operator = |c: Option<char>| c.is_some_and(|c| OPERATORS.contains(&c));
        // `성적ij`: the word is a name whose indices touch it.
        let letters = after.len() - after.trim_start_matches(|c: char| c.is_ascii_lowercase()).len();
        let indexed = (1..=3).contains(&letters) && !after[letters..].starts_with(['_', '^', '[']);
        let marked = after.starts_with(|c| matches!(c, '_' | '[' | 'ⱼ' | '₀'..='ₜ' | 'ᵢ'..='ᵪ'));
        let named = indexed || marked || is_operator(last) || is_operator(next) || last == Some('_');
        out.push_str(before);
        if named || depth != 0 {
            out.push_str(word);
            last = word.chars().next_back();
        } else {
            out.push(';');
            out.extend(std::iter::repeat_n(' ', word.len() - 1));
            last = Some(';');
        }
        rest = after;
    }
    out.push_str(rest);
}

/// Whether a letter is one of Chinese, Japanese or Korean.
fn is_foreign(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn words_of_a_sentence_are_stops() {
        for (text, said) in [
            ("모형은 y_ij = a + u_j로 본다.", ";         y_ij = a + u_j;   ;     ."),
            ("成績_ij = a + b*群（介入/対照） + u_j", "成績_ij = a + b*群                    + u_j"),
            ("y模型 成绩ᵢⱼ = b₁ 性别ᵢⱼ + e，其中", "y;      成绩ᵢⱼ = b₁ 性别ᵢⱼ + e，;     "),
            ("成绩_ij = a + b*性别 + u_j，其中", "成绩_ij = a + b*性别 + u_j，;     "),
        ] {
            assert_eq!(part(text).as_deref(), Some(said));
            assert_eq!(said.len(), text.len());
        }
        for text in ["y_ij = a + u_j (学校 效果)", "学校 效果", "成绩 = a + 误差"] {
            assert_eq!(part(text), None, "{text}");
        }
    }
}
