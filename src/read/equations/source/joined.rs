//! One equation over several displays, `$$y_{ij} = a +$$` and then `$$u_j + e_{ij}$$`, or over pieces of a line, as
//! coloured text has them, `$\mu_i$ = $\alpha$ + $\beta x_i$`: what stands between the parts is blanked but for an operator,
//! so that every place stays.

use super::document::{Kind, Region};
use crate::read::equations::has_relation;

/// What closes a region, and what opens the next one of its kind.
const DELIMITERS: [(&str, &str); 6] =
    [("$$", "$$"), ("\\]", "\\["), ("```", "```math"), ("$", "$"), ("\\)", "\\("), ("", "")];

/// What a part ends with, or begins with, that the next goes on from.
const OPERATORS: [&str; 9] = ["+", "-", "−", "=", "\\times", "\\cdot", "\\pm", "\\sim", "∼"];

/// What may stand between an operator and the end or start of a part.
const BLANKS: [&str; 9] = ["\\quad", "\\qquad", "\\\\", "\\ ", "\\,", "\\;", "\\!", "&", "~"];

/// The text in which the parts of one equation are one; `None` when none is in parts.
pub(in crate::read) fn join(text: &str, regions: &[Region]) -> Option<String> {
    let mut out: Option<Vec<u8>> = None;
    let mut relation = false;
    for (at, region) in regions.iter().enumerate() {
        let math = &text[region.span.start..region.span.end];
        let before = at.checked_sub(1).and_then(|before| regions.get(before));
        if let Some((sign, gap)) = before.and_then(|before| outside(text, before, region))
            && (relation || sign == "=")
        {
            relation = true;
            let bytes = out.get_or_insert_with(|| text.as_bytes().to_vec());
            bytes[gap].iter_mut().filter(|b| **b == b'$').for_each(|b| *b = b' ');
            continue;
        }
        let between = before.filter(|_| relation).and_then(|before| seam(text, before, region));
        match between {
            Some((start, end)) => {
                let bytes = out.get_or_insert_with(|| text.as_bytes().to_vec());
                bytes[start..end].iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
            }
            None => relation = has_relation(math),
        }
    }
    String::from_utf8(out?).ok()
}

/// The operator between two pieces of a line and where it stands with its dollars; the pieces have no relation themselves.
fn outside<'t>(text: &'t str, before: &Region, next: &Region) -> Option<(&'t str, std::ops::Range<usize>)> {
    const SIGNS: [&str; 7] = ["=", "+", "-", "−", "*", "·", "×"];
    let gap = before.span.end..next.span.start;
    let sign = text.get(gap.clone())?.strip_prefix('$')?.strip_suffix('$')?.trim_matches(' ');
    let inline = before.kind == Kind::Inline && next.kind == Kind::Inline;
    let plain = !has_relation(&text[next.span.start..next.span.end]);
    (inline && plain && SIGNS.contains(&sign)).then_some((sign, gap))
}

/// From the last operator or term of a part to the first of the next, when the next goes on with the equation.
fn seam(text: &str, before: &Region, next: &Region) -> Option<(usize, usize)> {
    if before.kind != next.kind || !matches!(next.kind, Kind::Display | Kind::Inline) {
        return None;
    }
    let gap = text.get(before.span.end..next.span.start)?;
    let (close, open) = DELIMITERS.into_iter().find(|(close, _)| gap.starts_with(close))?;
    let gap = gap[close.len()..].strip_suffix(open)?;
    let trivial = match next.kind {
        Kind::Display => is_label(gap),
        _ => !gap.contains('\n') && gap.trim().is_empty(),
    };
    let (head, ended) = unended(&text[before.span.start..before.span.end]);
    let (tail, begun) = unbegun(&text[next.span.start..next.span.end]);
    let goes_on = OPERATORS.iter().any(|sign| head.ends_with(sign))
        || OPERATORS.iter().any(|sign| *sign != "=" && tail.starts_with(sign));
    let same = ended.iter().rev().eq(begun.iter()) && !(close.is_empty() && ended.is_empty());
    (trivial && same && goes_on && !is_equation(tail))
        .then_some((before.span.start + head.len(), next.span.end - tail.len()))
}

/// Whether nothing but blanks and the label of an equation stands here.
fn is_label(gap: &str) -> bool {
    let gap = gap.trim();
    gap.is_empty() || (gap.starts_with("{#") || gap.starts_with("(\\#eq:")) && gap.len() < 100 && !gap.contains('\n')
}

/// A part without the blanks and the ends of environments at its end, and their names.
fn unended(math: &str) -> (&str, Vec<&str>) {
    let (mut rest, mut names) = (math, vec![]);
    loop {
        let trimmed = BLANKS.iter().fold(rest.trim_end(), |rest, blank| rest.trim_end_matches(blank).trim_end());
        // A label in braces is the author's, no environment.
        let name = trimmed.strip_suffix('}').and_then(|body| body.rsplit_once("\\end{"));
        match name.filter(|(_, name)| name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'*')) {
            Some((head, name)) => {
                names.push(name);
                rest = head;
            }
            None if trimmed.len() < rest.len() => rest = trimmed,
            None => return (trimmed, names),
        }
    }
}

/// A part without the blanks and the beginnings of environments at its start, and their names.
fn unbegun(math: &str) -> (&str, Vec<&str>) {
    let (mut rest, mut names) = (math, vec![]);
    loop {
        let trimmed = BLANKS.iter().fold(rest.trim_start(), |rest, blank| rest.trim_start_matches(blank).trim_start());
        match trimmed.strip_prefix("\\begin{").and_then(|rest| rest.split_once('}')) {
            Some((name, tail)) => {
                names.push(name);
                rest = tail;
            }
            None if trimmed.len() < rest.len() => rest = trimmed,
            None => return (trimmed, names),
        }
    }
}

/// Whether a part has a relation of its own before its first row or list ends.
fn is_equation(math: &str) -> bool {
    let mut depth = 0_i64;
    for (at, c) in math.char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth -= 1,
            '=' | '∼' if depth == 0 => return true,
            '\\' if math[at..].starts_with("\\sim") || math[at..].starts_with("\\stackrel") => return true,
            '\\' if math[at..].starts_with("\\\\") || math[at..].starts_with("\\quad") => return false,
            ',' if depth == 0 => return false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::document::find;
    use super::join;

    #[test]
    fn parts_of_one_equation_are_one() {
        for (text, said) in [
            ("$$y = a + $$ {#eq-x}\n\n$$b$$", "$$y = a + b$$"),
            ("\\[y = a\\]\n\\[+ b\\]", "\\[y = a + b\\]"),
            (
                "\\begin{equation}y =\\end{equation} \\begin{equation}b\\end{equation}",
                "\\begin{equation}y = b\\end{equation}",
            ),
            ("$y = a +$   $b$ and $c$", "$y = a + b$ and $c$"),
        ] {
            let joined = join(text, &find(text).regions).expect("in parts");
            let words: Vec<&str> = joined.split_whitespace().collect();
            assert_eq!((words.join(" ").as_str(), joined.len()), (said, text.len()), "{text}");
        }
    }

    #[test]
    fn other_parts_stay() {
        for text in [
            "$$y = a + $$ $$b = c$$",
            "$$y = a + $$ and $$b$$",
            "$$y = a$$ $$b$$",
            "$a +$ $b$",
            "$$y = a +$$ $b$",
            "\\[y = a +\\] $$b$$",
        ] {
            assert_eq!(join(text, &find(text).regions), None, "{text}");
        }
    }
}
