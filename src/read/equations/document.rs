//! Finds the math in a text: delimited regions between prose, or, without any delimiter, the lines of the text.

use super::grammar::{Grammar, Rule};
use crate::error::Span;
use pest::Parser;

/// Where a region stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `$$…$$`, `\[…\]`, an environment: every row counts.
    Display,
    /// `$…$` in prose: counts when it says an equation.
    Inline,
    /// Lines of a text without delimiters.
    Lines,
}

/// A stretch of math.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    /// Where.
    pub(super) span: Span,
    /// How it stands in the text.
    pub(super) kind: Kind,
}

/// The math regions in order, and the prose between them.
pub(super) fn find(text: &str) -> (Vec<Region>, Vec<Span>) {
    let (mut regions, mut prose) = delimited(text);
    if regions.is_empty() {
        prose.clear();
        regions = lines(text, &mut prose);
    }
    (regions, prose)
}

fn delimited(text: &str) -> (Vec<Region>, Vec<Span>) {
    let (mut regions, mut prose) = (vec![], vec![]);
    let Ok(parsed) = Grammar::parse(Rule::document, text) else { return (regions, prose) };
    let mut before = "";
    let mut read = 0;
    for pair in parsed.flat_map(pest::iterators::Pair::into_inner) {
        let mut span = Span::new(pair.as_span().start(), pair.as_span().end());
        if span.start < read {
            continue;
        }
        let inner = |p: pest::iterators::Pair<'_, Rule>| {
            p.into_inner().next().map_or(span, |i| Span::new(i.as_span().start(), i.as_span().end()))
        };
        match pair.as_rule() {
            Rule::display | Rule::inline => {
                let kind = if pair.as_rule() == Rule::display { Kind::Display } else { Kind::Inline };
                let mut span = inner(pair);
                // A copied derivation puts the `=` before the delimiter.
                if before.trim() == "=" {
                    span.start -= before.len() - before.find('=').unwrap_or(0) + 1;
                }
                if is_call(before, &text[span.start..span.end]) {
                    prose.push(span);
                } else {
                    regions.push(Region { span, kind });
                }
                before = "";
            }
            Rule::environment => {
                before = "";
                span.end = closed(text, span);
                read = span.end;
                regions.push(Region { span, kind: Kind::Display });
            }
            Rule::EOI => {}
            _ => {
                before = &text[span.start..span.end];
                if !before.trim().is_empty() {
                    prose.push(span);
                }
            }
        }
    }
    (regions, prose)
}

/// Where an environment ends that holds others of its name, as `aligned` in `aligned` does in equatiomatic's LaTeX: the
/// grammar stops at the first `\end` of the name.
fn closed(text: &str, environment: Span) -> usize {
    let Some(name) = text[environment.start..].strip_prefix("\\begin").and_then(|rest| Some(&rest[..=rest.find('}')?]))
    else {
        return environment.end;
    };
    let mut end = environment.end;
    let mut inside = text[environment.start..end].matches(&format!("\\begin{name}")).count().saturating_sub(1);
    let close = format!("\\end{name}");
    while inside > 0
        && let Some(at) = text[end..].find(&close)
    {
        let more = text[end..end + at].matches(&format!("\\begin{name}")).count();
        end += at + close.len();
        inside = inside + more - 1;
    }
    end
}

/// Whether a region is a call in R, `lmer($Y \sim R + (1|id)$, data=dat)`.
fn is_call(before: &str, math: &str) -> bool {
    let call = |text: &str| {
        ["lmer", "glmer", "lm", "glm", "brm", "lme", "glmmTMB"]
            .iter()
            .any(|name| text.trim().trim_end_matches('(').trim_end().ends_with(name))
    };
    (before.trim_end().ends_with('(') && call(before)) || math.split_once('(').is_some_and(|(head, _)| call(head))
}

/// The rows of a text without delimiters. A newline ends a row unless the row plainly goes on.
fn lines(text: &str, prose: &mut Vec<Span>) -> Vec<Region> {
    let mut regions: Vec<Region> = vec![];
    let rows = text.contains("\\\\") && !text.contains("\\begin");
    let mut depth = 0_i64;
    let mut open: Option<Span> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = Span::new(start, start + line.len());
        start = span.end;
        let body = strip(text, span);
        let content = &text[body.start..body.end];
        let goes_on = open.is_some_and(|before| {
            let before = text[before.start..before.end].trim_end();
            let paragraph = content.is_empty();
            !paragraph
                && (depth > 0
                    || rows
                    || before.ends_with(['+', '=', '*', '×', '·', '~', '−', '∼', '&'])
                    || before.ends_with("\\sim")
                    || before.ends_with("\\cdot")
                    || before.ends_with("\\times")
                    || content.starts_with(['+', '=', '&', '~', '∼', ')', ']', '×', '·'])
                    || content.starts_with("\\sim")
                    || content.starts_with("\\end")
                    || (content.starts_with(['-', '−'])
                        && !before.ends_with(['.', ':', ';'])
                        && !is_bullet(text, span)))
        });
        if !goes_on {
            regions.extend(open.take().map(|span| Region { span, kind: Kind::Lines }));
            depth = 0;
        }
        if content.is_empty() {
            if !text[span.start..span.end].trim().is_empty() {
                prose.push(span);
            }
            continue;
        }
        for (at, c) in content.char_indices() {
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                '\\' if content[at..].starts_with("\\begin") => depth += 1,
                '\\' if content[at..].starts_with("\\end{") => depth -= 1,
                _ => {}
            }
        }
        open = Some(open.map_or(body, |before| before.join(body)));
    }
    regions.extend(open.map(|span| Region { span, kind: Kind::Lines }));
    regions
}

/// Whether a line starts with a list bullet.
fn is_bullet(text: &str, line: Span) -> bool {
    let line = text[line.start..line.end].trim_start();
    ["- ", "* ", "• "].iter().any(|bullet| line.starts_with(bullet))
}

/// A line without what is not math: comment marks, quotes, bullets, headings, a label before a colon, a remark at its end.
fn strip(text: &str, line: Span) -> Span {
    let mut span = line;
    let shown = |span: Span| &text[span.start..span.end];
    // A directive is a comment also where `#` starts one.
    if let Some(at) = shown(span).find("mlnote:")
        && let before = shown(span)[..at].trim_end()
        && before.ends_with(['%', '#'])
    {
        span.end = span.start + before.len() - 1;
    }
    loop {
        let trimmed = shown(span).trim_start();
        span.start = span.end - trimmed.len();
        let marks = ["///", "//", "#'", "#", ">", "•"].iter().find(|mark| trimmed.starts_with(**mark));
        let bullet = ["- ", "* ", "+ "]
            .iter()
            .find(|mark| trimmed.starts_with(**mark) && **mark != "+ " && trimmed.contains(['=', '~', '∼']));
        match marks.or(bullet) {
            Some(mark) => span.start += mark.len(),
            None => break,
        }
    }
    let trimmed = shown(span).trim();
    if trimmed.len() > 2 && trimmed.chars().all(|c| matches!(c, '=' | '-' | '~' | '*' | '_' | '+')) {
        return Span::new(line.end, line.end);
    }
    if shown(span).starts_with('%') || shown(span).starts_with("```") {
        return Span::new(line.end, line.end);
    }
    let relation = shown(span).find(['=', '~', '∼']).unwrap_or(span.end - span.start);
    if let Some(colon) = shown(span)[..relation].find(':')
        && !shown(span)[colon..].starts_with(":=")
        && !shown(span)[..colon].contains(['\\', '_', '+'])
    {
        span.start += colon + 1;
        let trimmed = shown(span).trim_start();
        span.start = span.end - trimmed.len();
    }
    span.end = span.start + shown(span).trim_end().len();
    if let Some(remark) = shown(span).strip_suffix([')', '）']).and_then(|s| s.rfind(['(', '（']))
        && let inner = &shown(span)[remark..]
        && !inner.contains(['=', '+', '\\', '_', '^', '0', '1'])
        && (shown(span)[..remark].ends_with("  ")
            || shown(span)[..remark].ends_with('\t')
            // The arguments of a law stand right after its name.
            || (!inner.is_ascii() && shown(span)[..remark].ends_with(' ')))
        && !inner.contains(|c: char| matches!(c, 'α'..='ω' | '₀'..='ₜ' | 'ᵢ'..='ᵪ' | 'ⱼ' | '−'))
    {
        span.end = span.start + shown(span)[..remark].trim_end().len();
    }
    span
}
