//! Finds the math in a text: delimited regions between prose, or, without any delimiter, the lines of the text.

use super::commented;
use super::evidence::says_equation;
use super::lines::{UNFINISHED, is_sentence, lines};
use crate::error::Span;
use crate::read::equations::grammar::{Grammar, Rule};
use crate::read::equations::has_relation;
use pest::Parser;

/// Where a region stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::read) enum Kind {
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
    pub(in crate::read) fn may_be_prose(self) -> bool {
        matches!(self, Self::Inline | Self::Aside)
    }
}

/// A stretch of math.
#[derive(Clone, Copy, Debug)]
pub(in crate::read) struct Region {
    /// Where.
    pub(in crate::read) span: Span,
    /// How it stands in the text.
    pub(in crate::read) kind: Kind,
}

/// What a text is made of.
#[derive(Debug, Default)]
pub(in crate::read) struct Found {
    /// The math regions in order.
    pub(in crate::read) regions: Vec<Region>,
    /// What stands between them.
    pub(in crate::read) prose: Vec<Span>,
    /// Code that says an equation and is not taken for one, beside math that is marked.
    pub(in crate::read) passed: Vec<Span>,
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
pub(in crate::read) fn find(text: &str) -> Found {
    // The `$` of `data$column` marks no math.
    if !text.contains("$$")
        && !text.contains("```")
        && let Some(comments) = commented::rows(text)
    {
        let mut prose = vec![];
        let rows = comments.into_iter().flat_map(|rows| lines(text, rows, Kind::Aside, &mut prose));
        return Found { regions: rows.collect(), prose, ..Found::default() };
    }
    let Marked { regions, mut prose, fences, code } = marked(text);
    let mut regions: Vec<Region> = regions.into_iter().flat_map(|region| newlines(text, region)).collect();
    let said = |span: &Span| &text[span.start..span.end];
    let math = regions.iter().any(|region| has_relation(said(&region.span)));
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
            let said = |row: &&mut Region| row.kind == Kind::Aside && !is_sentence(&text[row.span.start..row.span.end]);
            rows.iter_mut().filter(said).for_each(|row| row.kind = Kind::Lines);
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
        if inside.iter().any(|region| has_relation(&text[body.start..body.end][region.span.start..region.span.end])) {
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
                // `$` around rows is a display too.
                let rows = || ["\\\\\n", "\\\\\r\n"].iter().any(|end| pair.as_str().contains(end));
                let is_display = pair.as_rule() == Rule::display || rows();
                let kind = if is_display { Kind::Display } else { Kind::Inline };
                let mut span = inner(pair);
                // A copied derivation puts the `=` before the delimiter.
                if before.trim() == "=" && (kind == Kind::Display || before.contains('\n')) {
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

/// The rows of a display that has them on lines of their own and no `\\\\`: a line with a left side and a relation behind a
/// whole equation starts one.
fn newlines(text: &str, display: Region) -> Vec<Region> {
    let math = &text[display.span.start..display.span.end];
    if display.kind != Kind::Display
        || !math.trim().contains('\n')
        || ["\\\\", "\\begin"].iter().any(|part| math.contains(part))
    {
        return vec![display];
    }
    let mut rows: Vec<Region> = vec![];
    let (mut start, mut at, mut depth, mut whole) = (display.span.start, display.span.start, 0_i64, false);
    for line in math.split_inclusive('\n') {
        let sound = || super::scan::region(line, 0, &mut vec![]).is_ok();
        if whole && depth == 0 && sound() && Grammar::parse(Rule::begins_row, line).is_ok() {
            rows.push(Region { span: Span::new(start, at), ..display });
            (start, whole) = (at, false);
        }
        depth += line.matches(['(', '[', '{']).count() as i64 - line.matches([')', ']', '}']).count() as i64;
        if !line.trim().is_empty() {
            whole = (whole || has_relation(line)) && !line.trim_end().ends_with(UNFINISHED);
        }
        at += line.len();
    }
    rows.push(Region { span: Span::new(start, display.span.end), ..display });
    rows
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
