//! Finds the math in a text: delimited regions between prose, or, without any delimiter, the lines of the text.

use super::commented;
use super::evidence::says_equation;
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
    /// Code, and lines beside it: counts when it says an equation.
    Aside,
}

impl Kind {
    /// Whether what cannot be read is passed over, with a note.
    pub(super) fn may_be_prose(self) -> bool {
        matches!(self, Self::Inline | Self::Aside)
    }
}

/// A stretch of math.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    /// Where.
    pub(super) span: Span,
    /// How it stands in the text.
    pub(super) kind: Kind,
}

/// What a text is made of.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The math regions in order.
    pub(super) regions: Vec<Region>,
    /// What stands between them.
    pub(super) prose: Vec<Span>,
    /// Code that says an equation and is not taken for one, beside math that is marked.
    pub(super) passed: Vec<Span>,
}

/// What the grammar tells apart in a text.
#[derive(Default)]
struct Marked {
    regions: Vec<Region>,
    prose: Vec<Span>,
    fences: Vec<Fence>,
    code: Vec<Span>,
}

/// A fence of Markdown.
struct Fence {
    /// With its marks.
    whole: Span,
    /// What may be rows of a model: not in a fence of a language of programs.
    body: Option<Span>,
    /// LaTeX, whose rows a newline does not end.
    tex: bool,
}

/// The math regions in order, and the prose between them.
pub(super) fn find(text: &str) -> Found {
    // The `$` of `data$column` marks no math.
    if !text.contains("$$")
        && !text.contains("```")
        && let Some(comments) = commented::rows(text)
    {
        let mut prose = vec![];
        let rows = comments.into_iter().flat_map(|rows| lines(text, rows, Kind::Aside, &mut prose));
        return Found { regions: rows.collect(), prose, ..Found::default() };
    }
    let Marked { mut regions, mut prose, fences, code } = marked(text);
    let said = |span: &Span| &text[span.start..span.end];
    let math = regions.iter().any(|region| super::has_relation(said(&region.span)));
    let equations = |regions: &[Region]| regions.iter().any(|r| says_equation(said(&r.span)));
    if math {
        let fenced: Vec<Region> = fences.iter().flat_map(|fence| fence.regions(text)).collect();
        regions.extend(fenced.into_iter().filter(|region| says_equation(said(&region.span))));
        regions.sort_by_key(|region| region.span);
        let passed = code.into_iter().filter(|code| says_equation(said(code))).collect();
        return Found { regions, prose, passed };
    }
    prose.clear();
    // Names in the prose are marked as math: what says an equation beside them is not.
    let kind = if regions.is_empty() { Kind::Lines } else { Kind::Aside };
    let whole = Span::new(0, text.len());
    if fences.is_empty() {
        return Found { regions: lines(text, whole, kind, &mut prose), prose, ..Found::default() };
    }
    let mut found: Vec<Region> = vec![];
    let mut start = 0;
    for fence in &fences {
        found.extend(lines(text, Span::new(start, fence.whole.start), Kind::Aside, &mut prose));
        let mut rows = fence.regions(text);
        // The model stands here: what cannot be read is refused.
        if equations(&rows) {
            rows.iter_mut().filter(|row| row.kind == Kind::Aside).for_each(|row| row.kind = Kind::Lines);
        }
        found.extend(rows);
        start = fence.whole.end;
    }
    found.extend(lines(text, Span::new(start, text.len()), Kind::Aside, &mut prose));
    if !equations(&found) {
        prose.clear();
        found = lines(text, whole, kind, &mut prose);
    }
    Found { regions: found, prose, ..Found::default() }
}

impl Fence {
    /// Its math, or its rows.
    fn regions(&self, text: &str) -> Vec<Region> {
        let Some(body) = self.body else { return vec![] };
        let inside = marked(&text[body.start..body.end]).regions;
        if inside
            .iter()
            .any(|region| super::has_relation(&text[body.start..body.end][region.span.start..region.span.end]))
        {
            let moved = |span: Span| Span::new(span.start + body.start, span.end + body.start);
            return inside.into_iter().map(|region| Region { span: moved(region.span), ..region }).collect();
        }
        if self.tex {
            return vec![Region { span: body, kind: Kind::Aside }];
        }
        lines(text, body, Kind::Aside, &mut vec![])
    }
}

fn marked(text: &str) -> Marked {
    let mut found = Marked::default();
    let Ok(parsed) = Grammar::parse(Rule::document, text) else { return found };
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
                    found.prose.push(span);
                } else {
                    found.regions.push(Region { span, kind });
                }
                before = "";
            }
            Rule::environment => {
                before = "";
                span.end = closed(text, span);
                read = span.end;
                found.regions.push(Region { span, kind: Kind::Display });
            }
            Rule::EOI => {}
            rule => {
                before = &text[span.start..span.end];
                if !before.trim().is_empty() {
                    found.prose.push(span);
                }
                match rule {
                    Rule::fence => found.fences.push(Fence { whole: span, body: None, tex: false }),
                    Rule::plain_fence | Rule::tex_fence => {
                        let tex = rule == Rule::tex_fence;
                        found.fences.push(Fence { whole: span, body: Some(inner(pair)), tex });
                    }
                    Rule::code => found.code.push(inner(pair)),
                    _ => {}
                }
            }
        }
    }
    found
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

/// The rows of a part of the text without delimiters. A newline ends a row unless the row plainly goes on.
fn lines(text: &str, part: Span, kind: Kind, prose: &mut Vec<Span>) -> Vec<Region> {
    let mut regions: Vec<Region> = vec![];
    let source = &text[part.start..part.end];
    let rows = source.contains("\\\\") && !source.contains("\\begin");
    let mut depth = 0_i64;
    let mut open: Option<Span> = None;
    let mut start = part.start;
    for line in source.split_inclusive('\n') {
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
            regions.extend(open.take().into_iter().flat_map(|span| apart(text, span, kind)));
            depth = 0;
            let parts = ticked(text, body);
            if !parts.is_empty() {
                regions.extend(parts);
                continue;
            }
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
    regions.extend(open.into_iter().flat_map(|span| apart(text, span, kind)));
    regions
}

/// The parts of a line of prose whose inline code holds a relation: what stands in code, and between.
fn ticked(text: &str, line: Span) -> Vec<Region> {
    let source = &text[line.start..line.end];
    let pieces: Vec<&str> = source.split('`').collect();
    if pieces.len().is_multiple_of(2) || !pieces.iter().skip(1).step_by(2).any(|code| super::has_relation(code)) {
        return vec![];
    }
    let mut start = line.start;
    let regions = pieces.iter().map(|piece| {
        let span = Span::new(start, start + piece.len());
        start = span.end + 1;
        Region { span, kind: Kind::Aside }
    });
    let math = |said: &str| super::has_relation(said) && !said.contains('"');
    regions.filter(|region| math(&text[region.span.start..region.span.end])).collect()
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
    if let Some(colon) = shown(span)[..relation].find([':', '：'])
        && !shown(span)[colon..].starts_with(":=")
        && !shown(span)[..colon].contains(['\\', '_', '+'])
    {
        span.start += colon + shown(span)[colon..].chars().next().map_or(1, char::len_utf8);
        let trimmed = shown(span).trim_start();
        span.start = span.end - trimmed.len();
    }
    span.end = span.start + shown(span).trim_end().len();
    span.end = span.start + said(shown(span)).trim_end().len();
    span
}

/// The statements of a row that wide gaps part: `y_ij = β_0j + e_ij      e_ij ~ N(0, σ²)`.
fn apart(text: &str, row: Span, kind: Kind) -> Vec<Region> {
    let said = &text[row.start..row.end];
    let mut regions = vec![];
    let (mut start, mut depth, mut relation) = (0, 0_i64, false);
    let mut at = 0;
    // What stands between two gaps is looked at once.
    while let Some(length) = said[at..].find("   ") {
        let gap = at + length;
        let part = &said[at..gap];
        depth += part.matches(['(', '[', '{']).count() as i64 - part.matches([')', ']', '}']).count() as i64;
        relation |= part.contains(['=', '~', '∼']);
        at = said.len() - said[gap..].trim_start_matches(' ').len();
        let whole = relation && depth == 0 && !part.ends_with(UNFINISHED) && !part.contains('\\');
        if whole && begins_statement(&said[at..]) {
            regions.push(Region { span: Span::new(row.start + start, row.start + gap), kind });
            (start, relation) = (at, false);
        }
    }
    regions.push(Region { span: Span::new(row.start + start, row.end), kind });
    regions
}

/// Whether a text begins with a symbol and a relation.
fn begins_statement(text: &str) -> bool {
    let left = text.split([' ', '=', '~', '∼']).next().unwrap_or_default();
    let is_symbol = !left.is_empty() && !left.contains(['+', '*', '(', ')', '\\', '&', '/', '|']);
    is_symbol && text[left.len()..].trim_start_matches(' ').starts_with(['=', '~', '∼'])
}

/// Behind these a row goes on.
const UNFINISHED: [char; 13] = ['+', '-', '−', '=', '~', '∼', '*', '·', '×', '/', ',', '(', ':'];

/// A line without the remark at its end: `u_j ~ N(0, τ)   (level-2 residual)`, `β_0j = γ_00 + u_0j     random intercept`.
fn said(line: &str) -> &str {
    let mathematical = |c: char| matches!(c, 'α'..='ω' | '₀'..='ₜ' | 'ᵢ'..='ᵪ' | 'ⱼ' | '−');
    if let Some(at) = line.strip_suffix([')', '）']).and_then(|s| s.rfind(['(', '（'])) {
        let (before, inner) = line.split_at(at);
        let apart = before.ends_with("  ") || before.ends_with('\t');
        let plain = !inner.contains(['=', '+', '\\', '_', '^', '0', '1']) && !inner.contains(mathematical);
        // The arguments of a law stand right after its name.
        let foreign = !inner.is_ascii() && before.ends_with(' ');
        if plain && (apart || foreign) || apart && is_phrase(inner.trim_matches(['(', ')'])) {
            return before;
        }
    }
    match line.rsplit_once("   ") {
        Some((before, remark)) if is_phrase(remark) && before.contains(['=', '~', '∼']) => {
            if before.trim_end().ends_with(UNFINISHED) { line } else { before }
        }
        _ => line,
    }
}

/// Two words or more, each with hyphens and numbers at most, and none a symbol: `level-1 residual`.
fn is_phrase(remark: &str) -> bool {
    let words: Vec<&str> = remark.split([' ', '-']).filter(|word| !word.is_empty()).collect();
    let is_word = |word: &&str| word.len() > 2 && word.chars().all(|c| c.is_ascii_alphabetic());
    words.len() > 1
        && words.iter().any(is_word)
        && words.iter().all(|word| word.chars().all(|c| c.is_ascii_alphabetic()) || word.parse::<u8>().is_ok())
}
