//! Symbols: base, accents, subscripts, superscripts, from the parse tree.

use super::bracketed;
use super::commands;
use super::functions;
use super::grammar::{Pair, Rule};
use super::indices::{Letters, Parts, Piece};
use super::nested::is_chain;
use super::words;
use crate::error::Span;
use crate::syntax::{Accent, Face, IMPLIED, Index, Name, Symbol, greek};

/// A symbol before its letters are told apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Raw {
    pub(super) base: String,
    pub(super) face: Face,
    pub(super) accents: Vec<Accent>,
    pub(super) subscripts: Parts,
    pub(super) groups: Vec<String>,
    pub(super) mark: String,
    /// A power, as written.
    pub(super) power: Option<String>,
    pub(super) span: Span,
    /// Dots stand for some of the indices, `X_{.j}`.
    pub(super) averaged: bool,
    /// Letters written right after an unbraced subscript that may be a factor of their own.
    pub(super) loose: Option<Loose>,
}

/// A subscript of several characters without braces: `\beta_1x`, `β1x`.
#[derive(Clone, Debug)]
pub(super) struct Loose {
    /// How many pieces belong to the subscript whatever they are.
    pub(super) keep: usize,
    /// Place of each piece in the text of the region.
    pub(super) spans: Vec<Span>,
}

/// The number that a bold number stands for, or the symbol.
pub(super) enum Base {
    /// `\mathbf{0}`.
    Number(String),
    /// A symbol.
    Symbol(Raw),
}

/// Reads a base: Greek letter, word, text, accent over one of them. `None` for anything else.
pub(super) fn base(pair: &Pair<'_>) -> Option<Base> {
    let span = Span::new(pair.as_span().start(), pair.as_span().end());
    let raw = |base: String, face| Raw { base, face, span, ..Raw::default() };
    Some(Base::Symbol(match pair.as_rule() {
        Rule::greek_command => raw(greek::letter(&pair.as_str()[1..])?.to_owned(), Face::Italic),
        Rule::greek_letter => raw(words::unmicro(pair.as_str()), Face::Italic),
        Rule::greek_flat => {
            let mut inner = pair.clone().into_inner();
            let mut symbol = raw(words::unmicro(inner.next()?.as_str()), Face::Italic);
            if let Some(flat) = inner.next() {
                add_subscript(&mut symbol, &flat);
            }
            symbol
        }
        Rule::word => words::word(pair.as_str(), span),
        Rule::difference => raw(pair.as_str().to_owned(), Face::Upright),
        Rule::text => {
            let body =
                pair.clone().into_inner().find(|p| matches!(p.as_rule(), Rule::text_body | Rule::font_letter))?;
            let calligraphic = pair.as_str().starts_with("\\mathcal");
            let said = clean(body.as_str());
            let column = said.strip_prefix('(').and_then(|s| s.strip_suffix(')')).filter(|s| !s.contains(['(', ')']));
            raw(column.unwrap_or(&said).to_owned(), if calligraphic { Face::Italic } else { Face::Upright })
        }
        Rule::accent => {
            let mut inner = pair.clone().into_inner();
            let command = inner.next()?;
            let operand = inner.next()?;
            let mut base = match operand.as_rule() {
                Rule::number => return Some(Base::Number(operand.as_str().to_owned())),
                Rule::brace_group => return braced_accent(&operand, command.as_str(), span),
                _ => base(&operand)?,
            };
            if let Base::Symbol(symbol) = &mut base {
                add_accent(symbol, command.as_str());
                symbol.span = span;
            }
            return Some(base);
        }
        _ => return None,
    }))
}

/// An accent over braces: `\bar{X}`, `\mathbf{0}`, `\bar{X_{ij}}`, `\overline{\log(x_{ij})}`.
fn braced_accent(braces: &Pair<'_>, command: &str, span: Span) -> Option<Base> {
    let inside = braces.clone().into_inner().next()?;
    let mean = || functions::transformed(&inside).filter(|_| accent(command) == Accent::Bar).map(Base::Symbol);
    let mut base = sole(&inside).or_else(mean)?;
    if let Base::Symbol(symbol) = &mut base {
        add_accent(symbol, command);
        symbol.span = span;
    }
    Some(base)
}

/// The symbol (with its scripts) or number that an expression consists of, if it is only one.
pub(super) fn sole(expression: &Pair<'_>) -> Option<Base> {
    let term = only(expression.clone())?;
    let factor = only(term)?;
    let mut inner = factor.into_inner();
    let primary = inner.next()?;
    let mut base = match primary.as_rule() {
        Rule::number => Base::Number(primary.as_str().to_owned()),
        Rule::brace_group => sole(&primary.into_inner().next()?)?,
        _ => base(&primary)?,
    };
    for script in inner {
        match &mut base {
            Base::Symbol(symbol) => add_script(symbol, &script),
            Base::Number(_) => return None,
        }
    }
    Some(base)
}

/// The only child.
pub(super) fn only(pair: Pair<'_>) -> Option<Pair<'_>> {
    let mut inner = pair.into_inner();
    let first = inner.next();
    if inner.next().is_some() { None } else { first }
}

fn add_accent(symbol: &mut Raw, command: &str) {
    symbol.accents.push(accent(command));
}

fn accent(command: &str) -> Accent {
    match command.trim_start_matches('\\') {
        "bar" | "overline" => Accent::Bar,
        "tilde" | "widetilde" => Accent::Tilde,
        "hat" | "widehat" => Accent::Hat,
        "dot" => Accent::Dot,
        _ => Accent::Bold,
    }
}

/// Whether an accent sets its letters bold, or as vectors.
pub(super) fn is_bold(pair: &Pair<'_>) -> bool {
    pair.clone().into_inner().next().is_some_and(|command| accent(command.as_str()) == Accent::Bold)
}

/// Adds a subscript, superscript, prime or accent mark.
pub(super) fn add_script(symbol: &mut Raw, script: &Pair<'_>) {
    symbol.span = symbol.span.join(Span::new(script.as_span().start(), script.as_span().end()));
    match script.as_rule() {
        Rule::subscript | Rule::unicode_subscript => add_subscript(symbol, script),
        Rule::bracket_index => {
            // \vec{u}[j] is one of the numbers in \vec{u}.
            symbol.accents.retain(|accent| *accent != Accent::Bold);
            if !bracketed::goes_on(symbol, script) {
                add_subscript(symbol, script);
            }
        }
        Rule::group_superscript => {
            symbol.groups.extend(script.clone().into_inner().map(|l| l.as_str().to_owned()));
        }
        Rule::prime => symbol.accents.push(Accent::Prime),
        Rule::transposed => symbol.mark.push('⊤'),
        Rule::unicode_superscript => symbol.power = Some(script.as_str().chars().map(superscript_digit).collect()),
        Rule::superscript => match superscript(script.as_str()) {
            // Nobody writes the powers 0 and 1: these are numbers of coefficients.
            Superscript::Power(power) if matches!(power.as_str(), "0" | "1" | "00" | "01") => {
                symbol.mark.push_str(&power)
            }
            Superscript::Power(power) => symbol.power = Some(power),
            Superscript::Prime => symbol.accents.push(Accent::Prime),
            Superscript::Mark(mark) => symbol.mark.push_str(&mark),
        },
        Rule::mark => symbol.accents.push(match script.as_str() {
            "\u{302}" => Accent::Hat,
            "\u{303}" => Accent::Tilde,
            "\u{307}" => Accent::Dot,
            _ => Accent::Bar,
        }),
        _ => {}
    }
}

/// What a superscript says.
pub(super) enum Superscript {
    /// `^2`, `^{-1}`.
    Power(String),
    /// `^\prime`.
    Prime,
    /// Any other label.
    Mark(String),
}

/// Reads a superscript that is not a group.
pub(super) fn superscript(text: &str) -> Superscript {
    let body = text.trim_start_matches("<sup>").trim_end_matches("</sup>");
    let body = body.strip_prefix("**").unwrap_or(body.trim_start_matches('^')).trim();
    let body = body.strip_prefix('{').and_then(|b| b.strip_suffix('}')).unwrap_or(body).trim();
    let number = body.strip_prefix(['-', '−']).unwrap_or(body);
    if !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return Superscript::Power(body.replace('−', "-"));
    }
    match body {
        "'" | "\\prime" => Superscript::Prime,
        "\\top" | "\\mathsf{T}" | "\\mathrm{T}" | "\\intercal" | "\\mathsf T" => Superscript::Mark("⊤".to_owned()),
        _ => Superscript::Mark(clean(body)),
    }
}

fn superscript_digit(c: char) -> char {
    "⁻⁰¹²³⁴⁵⁶⁷⁸⁹".chars().zip("-0123456789".chars()).find(|(marked, _)| *marked == c).map_or(c, |(_, digit)| digit)
}

fn add_subscript(symbol: &mut Raw, script: &Pair<'_>) {
    symbol.averaged |= is_average(script);
    let mut parts = parts(script.clone());
    if let Some(spans) = loose(script)
        && let [part] = parts.as_slice()
        && part.len() > 1
        && part.len() == spans.len()
    {
        let keep = if matches!(part[0], Piece::Digits(_)) || script.as_rule() == Rule::subscript { 1 } else { 0 };
        let keep = if script.as_rule() == Rule::unicode_subscript {
            spans.iter().filter(|s| s.end - s.start > 1).count().max(1)
        } else {
            keep
        };
        symbol.loose = Some(Loose { keep, spans });
    } else if script.as_rule() == Rule::flat_index
        && let Some(spans) = loose(script)
        && matches!(parts.first().map(Vec::as_slice), Some([Piece::Letter(_)]))
    {
        symbol.loose = Some(Loose { keep: 0, spans });
    }
    symbol.subscripts.append(&mut parts);
}

/// Whether dots stand for the indices before or behind those that are written, `X_{.j}`, `X_{i.}`, or for all, `X_{..}`.
/// A dot between two is just a dot.
fn is_average(script: &Pair<'_>) -> bool {
    script.clone().into_inner().filter(|p| matches!(p.as_rule(), Rule::index_part | Rule::index_short)).any(|part| {
        let is_dot: Vec<bool> = part
            .into_inner()
            .filter(|p| matches!(p.as_rule(), Rule::average | Rule::index_letter | Rule::index_lower | Rule::label))
            .map(|p| p.as_rule() == Rule::average)
            .collect();
        is_dot.first() == Some(&true) || is_dot.last() == Some(&true)
    })
}

/// The places of the pieces when the subscript is a run of characters without braces.
fn loose(script: &Pair<'_>) -> Option<Vec<Span>> {
    let run = match script.as_rule() {
        Rule::flat_index | Rule::unicode_subscript => script.clone(),
        Rule::subscript => {
            let mut inner = script.clone().into_inner();
            let run = inner.next().filter(|p| p.as_rule() == Rule::index_short)?;
            if inner.next().is_some() {
                return None;
            }
            run
        }
        _ => return None,
    };
    Some(run.into_inner().map(|p| Span::new(p.as_span().start(), p.as_span().end())).collect())
}

/// The pieces of a subscript, part by part.
pub(super) fn parts(script: Pair<'_>) -> Parts {
    let mut parts: Parts = vec![];
    // \beta_{[s_i]}: the group s of observation i.
    let bracketed = script.as_rule() == Rule::subscript && script.as_str().starts_with("_{[");
    for inner in script.clone().into_inner() {
        match inner.as_rule() {
            Rule::index_part => parts.push(match pieces(inner) {
                part if bracketed && is_chain(&part) => match (&part[0], letter(&part[2])) {
                    (group, Some(of)) => vec![group.clone(), Piece::Of(vec![of.to_owned()])],
                    _ => part,
                },
                part => part,
            }),
            Rule::index_short => parts.push(pieces(inner)),
            Rule::index_of_short => match parts.last_mut() {
                Some(last) if bracketed::holds_index(last) => last.extend(of(inner).into_iter().map(Piece::Letter)),
                Some(last) => last.push(Piece::Of(of(inner))),
                None => {}
            },
            Rule::index_word => parts.push(vec![Piece::Label(inner.as_str().to_owned())]),
            _ => {
                if parts.is_empty() {
                    parts.push(vec![]);
                }
                if let Some(last) = parts.last_mut() {
                    last.extend(piece(inner));
                }
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn pieces(part: Pair<'_>) -> Vec<Piece> {
    let mut found: Vec<Piece> = vec![];
    let mut within = false;
    for inner in part.into_inner() {
        // \text{session}|\text{subject}: sessions within subjects.
        let bar = inner.as_rule() == Rule::index_gap && inner.as_str() != ":" && inner.as_str() != "+";
        let between = std::mem::replace(&mut within, bar);
        // \beta_{[s_i]0}, \beta_{0[s_i]}: the group s of observation i, beside a number.
        if !matches!(found.last(), Some(Piece::Letter(_) | Piece::Label(_)))
            && let Some(group) = bracketed::group(&inner)
        {
            found.extend(group);
            continue;
        }
        for piece in piece(inner) {
            match (&piece, found.last_mut()) {
                (Piece::Label(text), Some(Piece::Label(before))) => {
                    before.extend(between.then_some('|'));
                    before.push_str(text);
                }
                _ => found.push(piece),
            }
        }
    }
    // TANK[i], sp[i]: a word in front of a bracket names the group; two of the usual letters are two groups.
    let from = usize::from(matches!(found.first(), Some(Piece::Digits(_))));
    if let Some([letters @ .., Piece::Of(_)]) = found.get(from..)
        && letters.len() > 1
        && let Some(word) = letters.iter().map(letter).collect::<Option<String>>()
        && (letters.len() > 2 || word.contains(|c: char| !"ijklmnt".contains(c)))
    {
        let length = letters.len();
        found.splice(from..from + length, [Piece::Label(word)]);
    }
    found
}

/// A letter of a word; one that is none of ASCII is no index: the é of café.
fn letter(piece: &Piece) -> Option<&str> {
    let is_letter = |text: &str| !text.is_ascii() && text.chars().count() == 1 && text.chars().all(char::is_alphabetic);
    match piece {
        Piece::Letter(letter) => Some(letter),
        Piece::Label(text) if is_letter(text) && greek::name(text.chars().next()?).is_none() => Some(text),
        _ => None,
    }
}

fn piece(pair: Pair<'_>) -> Vec<Piece> {
    let text = pair.as_str();
    match pair.as_rule() {
        Rule::tag_number | Rule::tag_digit => vec![Piece::Digits(text.to_owned())],
        Rule::index_letter | Rule::index_lower => vec![Piece::Letter(text.to_owned())],
        Rule::label | Rule::greek_command | Rule::greek_letter if matches!(text.trim(), "\\ell" | "ℓ") => {
            vec![Piece::Letter("l".to_owned())]
        }
        Rule::label_name => vec![Piece::Label(text.to_owned())],
        Rule::rm_label => pair.into_inner().map(|word| Piece::Label(word.as_str().to_owned())).collect(),
        Rule::greek_name => vec![Piece::Label(greek::letter(text).unwrap_or(text).to_owned())],
        Rule::index_numbered => vec![Piece::Letter(text.replace(['{', '}'], ""))],
        Rule::index_of => vec![Piece::Of(of(pair))],
        Rule::index_owned => pair.into_inner().map(bracketed::owned).collect(),
        Rule::index_within => vec![Piece::Within(of(pair))],
        Rule::unicode_index | Rule::unicode_digit => match subscript_char(text) {
            c if c.is_ascii_digit() => vec![Piece::Digits(c.to_string())],
            c => vec![Piece::Letter(c.to_string())],
        },
        Rule::label | Rule::text if let Some((word, of)) = word_of(text) => {
            vec![Piece::Label(word), Piece::Of(vec![of])]
        }
        // \sigma_{\text{sex}_i}: the label says an index, which stays apart from the word.
        Rule::label if ["\\text", "\\math", "\\operatorname"].iter().any(|command| text.starts_with(command)) => {
            let (word, script) = text.rsplit_once('_').unwrap_or((text, ""));
            let letters = clean(script);
            match !letters.is_empty() && letters.chars().all(|c| c.is_ascii_lowercase()) && word.ends_with('}') {
                true => vec![Piece::Label(format!("{}_{letters}", clean(word)))],
                false => vec![Piece::Label(clean(text))],
            }
        }
        Rule::label
        | Rule::lag_minus
        | Rule::text
        | Rule::capital
        | Rule::camel
        | Rule::greek_command
        | Rule::greek_numbered
        | Rule::greek_letter => {
            vec![Piece::Label(clean(text))]
        }
        _ => vec![],
    }
}

/// The word and the letter of `\text{TANK[i]}`: the brackets name the observation within the text as they do behind it.
fn word_of(text: &str) -> Option<(String, String)> {
    let inside = text.strip_suffix('}').filter(|_| text.starts_with('\\'))?.strip_suffix(']')?;
    let (word, of) = inside.rsplit_once('[')?;
    let word = clean(&format!("{word}}}"));
    (matches!(of.as_bytes(), [b'a'..=b'z']) && word.chars().count() > 1).then(|| (word, of.to_owned()))
}

fn subscript_char(text: &str) -> char {
    let marked = text.chars().next().unwrap_or_default();
    "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"
        .chars()
        .zip("0123456789aehijklmnoprstuvx".chars())
        .find(|(m, _)| *m == marked)
        .map_or(marked, |(_, plain)| plain)
}

/// The letters in brackets; of `booth[k[i]]` the innermost, the observation.
pub(super) fn of(pair: Pair<'_>) -> Vec<String> {
    if let Some(inner) = pair.clone().into_inner().flatten().find(|p| p.as_rule() == Rule::index_of) {
        return of(inner);
    }
    let letters = pair.into_inner().flatten();
    let letters = letters.filter(|p| matches!(p.as_rule(), Rule::index_letter | Rule::index_numbered));
    letters.map(|p| p.as_str().replace(['{', '}'], "")).collect()
}

/// The text of a label or word: commands resolved, braces and script marks dropped.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    let mut accent: Option<char> = None;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match c {
            '\\' => {
                let name: String = rest[1..].chars().take_while(char::is_ascii_alphabetic).collect();
                length = 1 + name.len();
                if let Some(letter) = greek::letter(&name) {
                    out.push_str(letter);
                    out.extend(accent.take());
                } else if let Some(character) = commands::character(&name) {
                    out.push(character);
                } else if name.is_empty() {
                    let next = rest[1..].chars().next().unwrap_or(' ');
                    length += next.len_utf8().min(rest.len() - 1);
                    out.push(if matches!(next, ' ' | ',' | ';' | ':') { ' ' } else { next });
                } else {
                    accent = match name.as_str() {
                        "bar" | "overline" => Some('\u{304}'),
                        "tilde" | "widetilde" => Some('\u{303}'),
                        "hat" | "widehat" => Some('\u{302}'),
                        _ => accent,
                    };
                    if matches!(name.as_str(), "quad" | "space") {
                        out.push(' ');
                    }
                    // The blank after a command belongs to it.
                    length += rest[length..].len() - rest[length..].trim_start_matches(' ').len();
                }
            }
            '{' | '}' | '^' | '$' => {}
            // `\text{dept_id}` has it in its name.
            '_' if text.starts_with("\\text{")
                && out.ends_with(char::is_alphanumeric)
                && !text[..text.len() - rest.len()].contains('}')
                && rest[1..].starts_with(char::is_alphanumeric) =>
            {
                out.push('_');
            }
            '_' if rest[1..].starts_with('{') || text.contains('\\') => {}
            '~' => out.push(' '),
            _ => {
                out.push(c);
                out.extend(accent.take());
            }
        }
        rest = &rest[length..];
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Raw {
    /// The symbol: letters told apart. `base` is where the region stands.
    pub(super) fn symbol(&self, letters: &Letters, base: usize) -> Symbol {
        let (tag, mut indices) = letters.resolve(&self.base, &self.subscripts);
        indices.extend(self.groups.iter().map(|letter| Index { superscript: true, ..Index::new(letter.clone()) }));
        let mut accents = self.accents.clone();
        // `\bar{X}_{.j}` says it twice; `W_{.j}` of a W that has no values below it is W itself.
        if self.averaged
            && self.base.is_ascii()
            && !accents.contains(&Accent::Bar)
            && letters.varies(&self.base, indices.len())
        {
            accents.push(Accent::Bar);
        }
        let letter = greek::numbered(&self.base, &tag).unwrap_or(&self.base).to_owned();
        let name = Name { base: letter, accents, tag, mark: self.mark.replace(IMPLIED, "*"), face: self.face };
        Symbol { name, indices, span: Span::new(base + self.span.start, base + self.span.end) }
    }
}
