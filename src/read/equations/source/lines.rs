//! The rows of a text that marks no math: what a line has around its equation, and where an equation goes on.

use super::document::{Kind, Region};
use super::glossed::{is_glossary, is_heading, is_value_in_brackets, law_in_brackets};
use crate::error::Span;
use crate::read::equations::{commands, has_relation};

/// The rows of a part of the text without delimiters. A newline ends a row unless the row plainly goes on.
pub(in crate::read) fn lines(text: &str, part: Span, kind: Kind, prose: &mut Vec<Span>) -> Vec<Region> {
    let mut regions: Vec<Region> = vec![];
    let source = &text[part.start..part.end];
    let rows = source.contains("\\\\") && !source.contains("\\begin");
    let mut depth = 0_i64;
    let mut open: Option<Span> = None;
    let mut columns = Columns::default();
    let mut start = part.start;
    let mut rest = source.split_inclusive('\n').peekable();
    while let Some(line) = rest.next() {
        let span = Span::new(start, start + line.len());
        start = span.end;
        let body = strip(text, span);
        let content = &text[body.start..body.end];
        let column = body.start - span.start;
        let goes_on = open.is_some_and(|before| {
            let before = &text[before.start..before.end];
            let last = before.rfind('\n').map_or(0, |at| at + 1);
            // `y_ij = b0 +  # the fixed part`
            let remark = before[last..].find(" #").map_or(before.len(), |at| last + at);
            let before = before[..remark].trim_end();
            let paragraph = content.is_empty();
            !paragraph
                && (depth > 0
                    || rows
                    || before.ends_with(['+', '=', '×', '·', '~', '−', '∼', '&'])
                    || before.ends_with(" *")
                    || before.ends_with("\\sim")
                    || before.ends_with("\\cdot")
                    || before.ends_with("\\times")
                    || content.starts_with(['+', '=', '&', '~', '∼', '×', '·'])
                    || content.starts_with("\\sim")
                    || content.starts_with("\\end")
                    || (content.starts_with(['-', '−'])
                        && !before.ends_with(['.', ':', ';'])
                        && (!content.starts_with("- ")
                            || is_term(content)
                                && (columns.go_on(column, content) || rest.peek().is_some_and(|next| is_added(next))))))
        });
        if !goes_on {
            regions.extend(open.take().into_iter().flat_map(|span| apart(text, span, kind)));
            depth = 0;
            if let Some((start, end)) = law_in_brackets(content) {
                prose.push(Span::new(body.start, body.start + start));
                regions.push(Region { span: Span::new(body.start + start, body.start + end), kind });
                continue;
            }
            // A law without its symbol belongs to a gloss before.
            if is_glossary(content) || is_value_in_brackets(content) || is_heading(content) || content.starts_with('~')
            {
                prose.push(body);
                continue;
            }
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
        if open.is_none() {
            columns = Columns { first: column, operator: None };
        } else {
            columns.operator = content.starts_with(OPERATORS).then_some(column);
        }
        open = Some(open.map_or(body, |before| before.join(body)));
    }
    regions.extend(open.into_iter().flat_map(|span| apart(text, span, kind)));
    // Where every statement has words before it, they are no sentences of their own: `draw a_j ~ N(0, s)`. Beside others
    // one word may be a slip, and more are not.
    let said = |region: &Region| text.get(region.span.start..region.span.end).unwrap_or_default();
    let all = !regions.iter().any(|region| begins_statement(said(region)));
    for region in &mut regions {
        let lead = led_by(said(region)).unwrap_or_default();
        let (words, rest) = said(region).split_at(lead);
        if all || words.split_whitespace().count() > 1 && (region.kind == Kind::Lines || !is_sentence(rest)) {
            *region = Region { span: Span::new(region.span.start + lead, region.span.end), kind };
        }
    }
    regions
}

/// Words that lead to an equation.
const LEADING: [&str; 8] = ["is", "are", "as", "by", "that", "model", "equation", "form"];

/// How long the words are that lead a row to the symbol it says something of, `according to the model y_ij = b0 + …`.
fn led_by(row: &str) -> Option<usize> {
    /// Words before a symbol do not go on for longer, in bytes.
    const MAX_WORDS: usize = 100;
    let (left, right) = row.split_at(row.find(['=', '~', '∼'])?);
    // … on the second level. The model is y_ij = …
    let sentence = left.rfind(". ").map_or(0, |at| at + 2);
    let (before, left) = left.split_at(sentence);
    if left.len() >= MAX_WORDS || begins_statement(before) {
        return None;
    }
    let symbol = left.trim_end().rsplit(' ').next()?;
    let words = left.trim_end().strip_suffix(symbol)?;
    let is_acronym = |word: &str| word.len() == 2 && word.bytes().all(|b| b.is_ascii_uppercase());
    let is_plain = |word: &str| {
        !FUNCTIONS.contains(&word) && (is_word(word) || is_acronym(word) || matches!(word, "a" | "A" | "Y" | "y"))
    };
    let marked = |c: char| matches!(c, '_' | '[' | '<') || c.is_ascii_digit() || !c.is_ascii();
    let flat =
        ["ij", "ijk", "ti", "it"].iter().any(|indices| symbol.len() > indices.len() && symbol.ends_with(indices));
    let linked = ["logit(", "log(", "probit("].iter().any(|link| symbol.starts_with(link));
    // `Initial Firing Rateij` is a name.
    let flat = flat && words.split_whitespace().last().is_some_and(|word| LEADING.contains(&word));
    let is_symbol = linked || !symbol.contains('(') && !symbol.starts_with('<') && (flat || symbol.contains(marked));
    let lower = right.to_lowercase();
    let is_law = ["normal(", "poisson(", "bernoulli(", "binomial("].iter().any(|law| lower.contains(law));
    let calculates = right.contains('+') || right.contains("N(") || is_law;
    (is_symbol && calculates && !words.is_empty() && words.split_whitespace().all(is_plain))
        .then_some(before.len() + words.len())
}

/// The parts of a line of prose whose inline code, or quotes `«…»`, hold a relation: what stands in them, and between.
fn ticked(text: &str, line: Span) -> Vec<Region> {
    let source = &text[line.start..line.end];
    // All marks of one line are as long.
    let (pieces, mark): (Vec<&str>, usize) = match (source.contains('«'), source.contains("``")) {
        (true, _) => (source.split(['«', '»']).collect(), '«'.len_utf8()),
        (_, true) => (source.split("``").collect(), 2),
        _ => (source.split('`').collect(), 1),
    };
    if pieces.len().is_multiple_of(2) || !pieces.iter().skip(1).step_by(2).any(|code| has_relation(code)) {
        return vec![];
    }
    let mut start = line.start;
    let regions = pieces.iter().map(|piece| {
        let span = Span::new(start, start + piece.len());
        start = span.end + mark;
        Region { span, kind: Kind::Aside }
    });
    // `u_i ~ N(0, s)` = the effect of firms
    let gloss =
        |said: &str| said.trim_start().strip_prefix('=').is_some_and(|said| is_phrase(said.trim_end_matches('.')));
    let math = |said: &str| has_relation(said) && !said.contains('"') && !gloss(said);
    regions.filter(|region| math(&text[region.span.start..region.span.end])).collect()
}

/// What a line starts with that goes on with a sum.
const OPERATORS: [char; 3] = ['+', '-', '−'];

/// Where the lines of an open row start.
#[derive(Default)]
struct Columns {
    first: usize,
    /// The last line, when it started with an operator.
    operator: Option<usize>,
}

impl Columns {
    /// Whether a term behind `- ` is one of the row and no item of a list: it stands under another one, or is a product
    /// that is set in.
    fn go_on(&self, column: usize, term: &str) -> bool {
        self.operator.is_some_and(|operator| column >= operator)
            || column > self.first && term.contains(['*', '·', '×'])
    }
}

/// Whether a line behind `- ` may be a term: no words in a row, as an item of a list has them.
fn is_term(line: &str) -> bool {
    let is_operator = |word: &str| word.ends_with(UNFINISHED);
    let words: Vec<&str> = line.split_whitespace().collect();
    let in_a_row = |pair: &[&str]| {
        !is_operator(pair[0]) && pair[1].chars().count() > 1 && pair[1].chars().all(char::is_alphabetic)
    };
    let is_compound = |word: &&str| word.contains('-') && word.split('-').all(|part| part.len() > 2 && is_word(part));
    !has_relation(line)
        && !line.contains([':', ';'])
        && !words.windows(2).any(in_a_row)
        && !words.iter().any(is_compound)
}

/// Whether a line starts with a term that is added to those before.
fn is_added(line: &str) -> bool {
    let body = strip(line, Span::new(0, line.len()));
    line[body.start..body.end].starts_with("+ ")
}

/// Whether a word, with hyphens or not, is none of the names of Greek letters.
pub(in crate::read) fn is_word(word: &str) -> bool {
    let is_plain = |word: &str| word.len() > 1 && word.chars().skip(1).all(|c| c.is_ascii_lowercase());
    word.is_ascii() && word.split(['-', '/']).all(is_plain) && commands::spelled(&word.to_lowercase()).is_none()
}

/// A line without what is not math: comment marks, quotes, bullets, headings, a label before a colon, a remark at its end.
pub(in crate::read) fn strip(text: &str, line: Span) -> Span {
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
        let marks = ["///", "//!", "//", "#'", "#", ">", "•", "-- ", "<=>", "⇔", "⇒", "→", "\"\"\"", "'''"]
            .iter()
            .find(|mark| trimmed.starts_with(**mark));
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
    // A box: `| y_ij = … |`.
    if let Some(inside) = shown(span).trim_end().strip_prefix("| ").and_then(|row| row.strip_suffix(" |"))
        && !inside.contains('|')
    {
        span = Span::new(span.start + 2, span.start + 2 + inside.len());
    }
    let relation = shown(span).find(['=', '~', '∼']).unwrap_or(span.end - span.start);
    // Level 2: Level 2: β_0j = …
    if let Some((label, rest)) = shown(span)[..relation].split_once(": ")
        && rest.trim_start().starts_with(label)
        && !label.is_empty()
    {
        span.start += label.len() + 2;
    }
    let relation = shown(span).find(['=', '~', '∼']).unwrap_or(span.end - span.start);
    if is_hypothesis(&shown(span)[..relation]) {
        return Span::new(line.end, line.end);
    }
    if let Some(colon) = shown(span)[..relation].find([':', '：'])
        && !shown(span)[colon..].starts_with(":=")
        && !shown(span)[..colon].contains(['\\', '_', '+'])
    {
        span.start += colon + shown(span)[colon..].chars().next().map_or(1, char::len_utf8);
        let trimmed = shown(span).trim_start();
        span.start = span.end - trimmed.len();
    }
    span.start += led_by_number(shown(span));
    span.start += led_by_range(shown(span));
    span.start += led_by_adverb(shown(span));
    span.end = span.start + shown(span).trim_end().len();
    span.end = span.start + said(shown(span)).trim_end().len();
    span
}

/// How long the number of an equation is that leads its row: `(1) Y_ij = …`, `[2.3] …`, `3. …`, `4) …`.
fn led_by_number(row: &str) -> usize {
    let Some(end) = row.find([' ', '\t']).filter(|end| *end < 8) else { return 0 };
    let (number, rest) = (&row[..end], row[end..].trim_start());
    let digits = number.trim_start_matches(['(', '[']).trim_end_matches([')', ']', '.', 'a', 'b', 'c', 'd']);
    let is_number =
        digits.starts_with(|c: char| c.is_ascii_digit()) && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    let says = rest.starts_with(char::is_alphabetic) && rest.contains(['=', '~', '∼']);
    if is_number && says && number.ends_with([')', ']', '.']) { row.len() - rest.len() } else { 0 }
}

/// How long the words are that lead a row and say for what it holds, `For each group j = 1..J:  θ_j ~ N(μ, τ)`.
fn led_by_range(row: &str) -> usize {
    /// Longer ones are sentences, in bytes.
    const MAX_RANGE: usize = 60;
    let lead = ["For ", "for "].iter().any(|word| row.starts_with(word));
    let colon = row.find(": ").filter(|at| lead && *at < MAX_RANGE);
    let rest = colon.map(|at| row[at + 1..].trim_start());
    rest.filter(|rest| begins_statement(rest)).map_or(0, |rest| row.len() - rest.len())
}

/// How long the adverb is that leads a row, `Equivalently, Y_ij ~ N(μ_i, σ²)`; a name before a comma may be a symbol.
fn led_by_adverb(row: &str) -> usize {
    const ADVERBS: [&str; 10] =
        ["Equivalently", "Then", "Hence", "Thus", "Therefore", "So", "Here", "Now", "Alternatively", "Finally"];
    let adverb = ADVERBS.iter().find_map(|adverb| row.strip_prefix(adverb)?.strip_prefix(", "));
    adverb.filter(|rest| begins_statement(rest)).map_or(0, |rest| row.len() - rest.len())
}

/// The statements of a row that wide gaps part: `y_ij = β_0j + e_ij      e_ij ~ N(0, σ²)`.
fn apart(text: &str, row: Span, kind: Kind) -> Vec<Region> {
    let said = &text[row.start..row.end];
    let kind = if is_sentence(said) { Kind::Aside } else { kind };
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

/// Words that belong to what stands behind them.
const FUNCTIONS: [&str; 8] = ["log", "ln", "exp", "logit", "probit", "cloglog", "sqrt", "where"];

/// Whether a row is a sentence: most of it words, or a word before the symbol on its left, `is v_i = 2 over all maps`.
pub(in crate::read) fn is_sentence(row: &str) -> bool {
    let is_plain = |word: &str| {
        let bare = word.trim_matches(|c: char| c.is_ascii_punctuation());
        let is_letter = |c: char| c.is_alphabetic() && !matches!(c, 'ₐ'..='ₜ' | 'ᵢ'..='ᵪ' | 'ⱼ');
        bare.split('-').all(|part| part.chars().count() > 1 && part.chars().all(is_letter))
    };
    let words: Vec<&str> = row.split_whitespace().collect();
    let plain = words.iter().filter(|word| is_plain(word)).count();
    let mut left = row.split(['=', '~', '∼']).next().unwrap_or_default().split_whitespace();
    let small = left.next().filter(|word| word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase()));
    let mut before_symbol = || left.next().is_some_and(|next| next.starts_with(char::is_alphabetic));
    plain > 5 && 2 * plain > words.len() || small.is_some_and(|word| !FUNCTIONS.contains(&word)) && before_symbol()
}

/// Behind these a row goes on.
pub(in crate::read) const UNFINISHED: [char; 13] = ['+', '-', '−', '=', '~', '∼', '*', '·', '×', '/', ',', '(', ':'];

/// Whether what stands before a relation has the label of a hypothesis, `H_0: \mu`, which no model says.
pub(in crate::read) fn is_hypothesis(left: &str) -> bool {
    let Some((label, _)) = left.rsplit_once([':', '：']) else { return false };
    let last = label.trim_end().rsplit([' ', '(', '*', ':', '{', '$', '&']).next().unwrap_or_default();
    let braced = label.trim_end().ends_with('}').then(|| label.rsplit("H_{").next().unwrap_or_default());
    let number = last.strip_prefix('H').map(|number| number.trim_start_matches('_')).or(braced);
    number.is_some_and(|n| {
        matches!(n.trim_end_matches(['*', '}', ')', ' ']), "0" | "1" | "2" | "a" | "A" | "₀" | "₁" | "₂")
    })
}

/// A line without the remark at its end: `u_j ~ N(0, τ)   (level-2 residual)`, `β_0j = γ_00 + u_0j     random intercept`.
fn said(line: &str) -> &str {
    let line = line.strip_suffix(").").map_or(line, |_| &line[..line.len() - 1]);
    let line = before_number(line).unwrap_or(line);
    let line = before_reference(line).or_else(|| before_verb(line)).or_else(|| before_clause(line)).unwrap_or(line);
    let mathematical = |c: char| matches!(c, 'α'..='ω' | '₀'..='ₜ' | 'ᵢ'..='ᵪ' | 'ⱼ' | '−');
    if let Some(at) = line.strip_suffix([')', '）']).and_then(|s| s.rfind(['(', '（'])) {
        let (before, inner) = line.split_at(at);
        let apart = before.ends_with("  ") || before.ends_with('\t');
        let plain = !inner.contains(['=', '+', '\\', '_', '^', '0', '1']) && !inner.contains(mathematical);
        // The arguments of a law stand right after its name.
        let foreign = !inner.is_ascii() && (before.ends_with(' ') || inner.starts_with('（'));
        let of_law = before.trim_end().ends_with(')') && before.ends_with(' ') && before.contains(['~', '∼']);
        let inside = inner.trim_matches(['(', ')']).replace(',', "");
        if plain && (apart || foreign) || (apart || of_law) && is_phrase(&inside) {
            return before;
        }
    }
    // `u_k ~ N(0, τ²) - effects of the rounds`
    let dash = [" - ", " – ", " — "].iter().find_map(|dash| line.split_once(dash));
    if let Some((law, remark)) = dash
        && law.ends_with(')')
        && law.contains(['~', '∼'])
        && is_phrase(remark)
    {
        return law;
    }
    // `e_ij ~ N(0, σ²)  i.i.d.`
    let line =
        ["i.i.d.", "iid", "i.i.d"].iter().find_map(|word| line.strip_suffix(word)?.strip_suffix(' ')).unwrap_or(line);
    match line.rsplit_once("   ") {
        // `e_ij ~ N(0, σ²)    residual`
        Some((before, remark))
            if is_word(remark) && before.trim_end().ends_with(')') && before.contains(['~', '∼']) =>
        {
            before
        }
        _ => before_words(line).unwrap_or(line),
    }
}

/// What stands before the number of an equation in square brackets, `… + r_ij [1.0]`, and a remark behind it.
fn before_number(line: &str) -> Option<&str> {
    let (before, behind) = line.rsplit_once(" [")?;
    let (number, remark) = behind.split_once(']')?;
    let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let ends = remark.trim().is_empty() || remark.trim_start().starts_with('#');
    (is_number && ends && before.contains(['=', '~', '∼'])).then_some(before)
}

/// The law of a sentence that goes on to say what it is, `a_j ~ Normal(mu, tau) is centred, and …`.
fn before_clause(line: &str) -> Option<&str> {
    let at = line.find(") is ").or_else(|| line.find(") are "))?;
    let law = line[..=at].find(['~', '∼']).filter(|_| !line[..at].contains(['=', '+']))?;
    (line[law..at].matches('(').count() == line[law..=at].matches(')').count()).then_some(&line[..=at])
}

/// What stands before a reference in brackets, `b_i ~ N(0, s2) (eq. 1.5).`
fn before_reference(line: &str) -> Option<&str> {
    const REFERENCES: [&str; 6] = ["eq", "equation", "see", "section", "sec", "cf"];
    let (before, reference) = line.trim_end_matches('.').strip_suffix(')')?.rsplit_once(" (")?;
    let word = reference.split([' ', '.']).next().unwrap_or_default().to_lowercase();
    (reference.len() > word.len() && REFERENCES.contains(&word.as_str())).then_some(before)
}

/// The equation of a sentence that goes on, here or on the next line: `y_ij = μ + r_i + e_ij has E[MSR] = …`, or says how
/// it is fitted, `… + e_ij via REML`.
fn before_verb(line: &str) -> Option<&str> {
    const VERBS: [&str; 4] = [" has", " gives", " implies", " yields"];
    let ends = |rest: &str| rest.is_empty() || rest.starts_with(' ') && rest.contains('=');
    let fitted = [" via ", " using "].iter().filter_map(|word| line.find(word)).min();
    let line = fitted.map_or(line, |at| &line[..at]);
    let places = VERBS.iter().flat_map(|verb| line.match_indices(*verb));
    let at = places.filter(|(at, verb)| ends(&line[at + verb.len()..])).map(|(at, _)| at).min();
    let equation = &line[..at.or(fitted)?];
    (equation.contains('=') && equation.contains('+')).then_some(equation)
}

/// What stands before a wide gap with words behind it, `b_1i = g_10 + u_1i    w/ S has: variances on its diagonal`.
fn before_words(line: &str) -> Option<&str> {
    /// More gaps than this are those of a table.
    const MAX_GAPS: usize = 16;
    let (mut depth, mut at) = (0_i64, 0);
    for _ in 0..MAX_GAPS {
        let gap = at + line[at..].find("   ")?;
        let part = &line[at..gap];
        depth += part.matches(['(', '[', '{']).count() as i64 - part.matches([')', ']', '}']).count() as i64;
        let remark = line[gap..].trim_start_matches(' ');
        at = line.len() - remark.len();
        let before = &line[..gap];
        let says = before.contains(['=', '~', '∼']) || before.starts_with(OPERATORS);
        let told = !remark.contains(['=', '~', '∼', '\\', '$']) && begins_with_words(remark);
        if says && depth == 0 && !before.ends_with(UNFINISHED) && (is_phrase(remark) || told) {
            return Some(before);
        }
    }
    None
}

/// Whether the first two words of a text are plain ones, or an abbreviation of `with` and one.
fn begins_with_words(text: &str) -> bool {
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let mut plain = || {
        words.next().is_some_and(|word| matches!(word, "a" | "x") || is_word(word.trim_end_matches([',', ':', ';'])))
    };
    if text.starts_with("w/ ") { text.split(' ').count() > 2 } else { plain() && plain() }
}

/// Two words or more, each with hyphens and numbers at most, and none a symbol: `level-1 residual`.
fn is_phrase(remark: &str) -> bool {
    let words: Vec<&str> = remark.split([' ', '-']).filter(|word| !word.is_empty()).collect();
    let is_word = |word: &&str| word.len() > 2 && word.chars().all(|c| c.is_ascii_alphabetic());
    words.len() > 1
        && words.iter().any(is_word)
        && words.iter().all(|word| word.chars().all(|c| c.is_ascii_alphabetic()) || word.parse::<u8>().is_ok())
}
