//! Which letters are indices, and what a subscript says: a number or label (the tag) and indices.

use super::grammar::{Pair, Rule};
use super::symbols;
use super::{commands, flattened, functions, nested};
use crate::model::Facts;
use crate::syntax::Index;
use std::collections::{BTreeMap, BTreeSet};

/// A piece of a subscript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Digits.
    Digits(String),
    /// One letter: an index, or a label of one letter.
    Letter(String),
    /// `[i]` after a letter or word.
    Of(Vec<String>),
    /// `(i)` after a letter or word: within group i, or the group of observation i.
    Within(Vec<String>),
    /// A word, a Greek letter, a symbol: never an index, unless brackets follow.
    Label(String),
}

/// Subscripts as written: the parts between commas.
pub(super) type Parts = Vec<Vec<Piece>>;

/// Whether subscripts are those of TeX: a lone `\sim` stands in comments of plain text as well.
fn is_tex(text: &str) -> bool {
    text.contains('\\') && (text.contains('$') || text.split('\\').skip(1).any(|rest| !rest.starts_with("sim ")))
}

/// Letters that are indices in any model, whatever else the text says.
const USUAL: [&str; 3] = ["i", "j", "k"];

/// The letters that are indices.
#[derive(Clone, Debug)]
pub(super) struct Letters {
    known: BTreeSet<String>,
    /// Words that name groups in brackets somewhere, `pond[i]`: they do so without brackets as well.
    groups: BTreeSet<String>,
    /// Letters that stand as symbols with a subscript, and those without.
    subscripted: BTreeSet<String>,
    bare: BTreeSet<String>,
    /// The most letters that a symbol carries where no dot stands for one; `None` when nothing is known of a text.
    most: Option<BTreeMap<String, usize>>,
    /// The indices of an observation: the most that a left side carries.
    pub(super) observation: BTreeSet<String>,
    /// Whether the first left side is of individual i in group j by `Y_{i_j}`, not of the group of an observation.
    chained: bool,
    /// Index strings of plain text (`Yij`, `Y_ij`), longest first; empty in TeX source.
    pub(super) flat: Vec<String>,
    /// Some of the letters of each, in their order, longest first: an effect of a group has fewer indices than the
    /// response (`u0j`).
    pub(super) fewer: Vec<String>,
    /// No subscript is marked anywhere, so that words may end in indices.
    pub(super) words: bool,
    /// Letters of numbered families written without a subscript mark, `b0`, `b1`; one number is 0 or starts with it.
    pub(super) families: BTreeSet<char>,
    /// TeX source: an unbraced subscript is one character.
    pub(super) tex: bool,
    /// The link that the text names, for its own letter of it: `g(μ_ij)`.
    pub(super) link: Option<functions::Link>,
    /// Greek letters stand as such, so that the x of `yi = α + β xi` is none of them.
    pub(super) greek: bool,
}

impl Letters {
    /// The usual letters only.
    pub(super) fn usual() -> Self {
        Self {
            known: USUAL.iter().map(ToString::to_string).collect(),
            groups: BTreeSet::new(),
            subscripted: BTreeSet::new(),
            bare: BTreeSet::new(),
            most: None,
            observation: BTreeSet::new(),
            chained: false,
            flat: vec![],
            fewer: vec![],
            words: false,
            families: BTreeSet::new(),
            tex: true,
            greek: false,
            link: None,
        }
    }

    /// Collects the letters from the rows: subscripts of left sides, brackets, superscript groups, ranges, facts.
    pub(super) fn collect<'a>(entries: impl Iterator<Item = Pair<'a>> + Clone, text: &str, facts: &Facts) -> Self {
        let mut letters =
            Self { known: BTreeSet::new(), tex: is_tex(text), link: functions::link(text), ..Self::usual() };
        for (letter, has_script) in entries.clone().flat_map(variables) {
            let kind = if has_script { &mut letters.subscripted } else { &mut letters.bare };
            kind.insert(letter);
        }
        letters.most = Some(most_letters(entries.clone()));
        letters.known.extend(facts.index.keys().cloned());
        for script in entries.clone().flat_map(|e| e.into_inner().flatten()).filter(|p| is_marked(p.as_rule())) {
            for part in symbols::parts(script) {
                letters.groups.extend(part.windows(2).filter_map(|pair| match pair {
                    // age_c[i,t] in plain text has indices in its brackets.
                    [Piece::Label(word), Piece::Of(of)] if letters.tex || of.len() == 1 => Some(word.clone()),
                    _ => None,
                }));
            }
        }
        let lefts = entries.clone().filter(|entry| entry.as_rule() == Rule::statement);
        let lefts = lefts.filter_map(|entry| entry.into_inner().find(|p| p.as_rule() == Rule::sides));
        let mut scripts = lefts.flat_map(|sides| sides.into_inner().flatten()).filter(|p| is_marked(p.as_rule()));
        letters.chained = scripts.any(|script| symbols::parts(script).iter().any(|part| nested::is_chain(part)));
        let worded = if letters.tex { BTreeSet::new() } else { flattened::worded(entries.clone()) };
        for entry in entries.clone() {
            for word in entry.clone().into_inner().flatten().filter(|p| p.as_rule() == Rule::word) {
                letters.families.extend(numbered(word.as_str()).filter(|(_, n)| n.starts_with('0')).map(|(l, _)| l));
            }
            match entry.as_rule() {
                Rule::range => letters.add_all(&entry, &[Rule::index_letter]),
                Rule::statement => {
                    letters.add_brackets(&entry);
                    let sides = entry.clone().into_inner().find(|p| p.as_rule() == Rule::sides);
                    if let Some(sides) = sides.filter(|sides| !worded.contains(sides.as_str().trim())) {
                        letters.add_left(&sides, super::laws::is_defining(&entry));
                    }
                }
                Rule::words => {
                    letters.known.extend(super::laws::group(entry.as_str(), 0).map(|g| g.letter));
                }
                _ => letters.add_brackets(&entry),
            }
        }
        // `\beta_k k_{it}`: a letter that is a variable itself is an index only where the text says so.
        let usual = USUAL.iter().map(ToString::to_string).filter(|letter| !letters.subscripted.contains(letter));
        letters.known.extend(usual.collect::<Vec<_>>());
        if !letters.tex {
            letters.words = !letters.marks_indices(text);
            letters.learn(entries.clone());
            letters.collect_flat(entries);
            letters.greek = text.contains(|c| matches!(c, 'α'..='ω' | 'ϵ')) && letters.flat.iter().any(|s| s == "i");
        }
        letters
    }

    /// Whether an underscore of a plain text marks indices or numbers; those of `dummy_codeij` belong to names.
    fn marks_indices(&self, text: &str) -> bool {
        // Whose variance a scale is, `σ_u²`, is said by a mark in any text.
        let is_scale = |word: &&str| ["σ", "τ", "sigma", "tau"].iter().any(|scale| word.starts_with(scale));
        // `N(0, s2_u)`
        let is_last = |word: &&str| {
            let end = word.as_ptr() as usize - text.as_ptr() as usize + word.len();
            let after = text[end..].trim_start_matches(['²', '^', '2', ' ']);
            after.starts_with(')') && text[..end - word.len()].trim_end().ends_with(',')
        };
        let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| word.contains('_'));
        // mu_alpha is the mean of alpha.
        let of_greek = |word: &&str| {
            let last = word.rsplit('_').next().unwrap_or_default();
            commands::spelled(last).is_some() || last.starts_with(|c| matches!(c, 'α'..='ω'))
        };
        let words = words.filter(|word| !is_scale(word) && !is_last(word) && !of_greek(word));
        words.into_iter().any(|word| {
            let mut parts = word.split('_');
            let is_name = |part: &str| {
                let upper = part.starts_with(char::is_uppercase);
                part.starts_with(char::is_alphabetic)
                    && (upper || !part.chars().all(|c| self.has(c.encode_utf8(&mut [0; 4]))))
            };
            parts.next().is_some_and(|first| first.len() < 3) || !parts.all(is_name)
        })
    }

    /// A coefficient and its variable written as one word, `bx_{ij}` where `b` and `x_{ij}` stand elsewhere.
    pub(super) fn product<'a>(&self, word: &'a str) -> Option<(&'a str, &'a str)> {
        let (first, second) = word.split_at_checked(1).filter(|(_, second)| second.len() == 1)?;
        (self.tex && self.bare.contains(first) && self.subscripted.contains(second)).then_some((first, second))
    }

    /// Whether a symbol stands somewhere with more indices than these.
    pub(super) fn varies(&self, base: &str, indices: usize) -> bool {
        self.most.as_ref().is_none_or(|most| most.get(base).is_some_and(|most| *most > indices))
    }

    /// Letter and subscript of a word that belongs to a numbered family, `b1` where there is a `b0`, or of a Greek
    /// letter by name with its subscript, `beta0j`.
    pub(super) fn family(&self, word: &str) -> Option<(String, Vec<Piece>)> {
        if let Some((letter, number)) = numbered(word).filter(|(letter, _)| self.families.contains(letter)) {
            return Some((letter.to_string(), vec![Piece::Digits(number.to_owned())]));
        }
        let at = word.find(|c: char| c.is_ascii_digit())?;
        let base = commands::spelled_before(&word[..at], &word[at..])?;
        let letters = word[at..].trim_start_matches(|c: char| c.is_ascii_digit());
        let number = &word[at..word.len() - letters.len()];
        let mut pieces = vec![Piece::Digits(number.to_owned())];
        pieces.extend(letters.chars().map(|c| Piece::Letter(c.to_string())));
        self.is_indices(&pieces).then(|| (base.to_owned(), pieces))
    }

    /// Whether a letter is an index.
    pub(super) fn has(&self, letter: &str) -> bool {
        self.known.contains(letter) || letter.split_once('_').is_some_and(|(letter, _)| self.known.contains(letter))
    }

    fn add_all(&mut self, pair: &Pair<'_>, rules: &[Rule]) {
        for inner in pair.clone().into_inner() {
            if rules.contains(&inner.as_rule()) {
                self.add(inner.as_str());
            }
        }
    }

    /// Counts a letter among the indices.
    pub(super) fn add(&mut self, letter: &str) {
        if letter.len() == 1 && letter.chars().all(|c| c.is_ascii_lowercase()) {
            self.known.insert(letter.to_owned());
        }
    }

    /// Letters before and in brackets, and in superscript groups.
    fn add_brackets(&mut self, pair: &Pair<'_>) {
        for inner in pair.clone().into_inner().flatten() {
            match inner.as_rule() {
                Rule::group_letter => self.add(inner.as_str()),
                rule if is_marked(rule) => {
                    for part in symbols::parts(inner) {
                        for pair in part.windows(2) {
                            if let (Piece::Letter(letter), Piece::Of(of)) = (&pair[0], &pair[1]) {
                                if self.tex || of.len() == 1 {
                                    self.add(letter);
                                }
                                of.iter().for_each(|letter| self.add(letter));
                            }
                        }
                        // u[g_i]
                        if let ([Piece::Letter(group), _, Piece::Letter(of)], Rule::bracket_index) =
                            (part.as_slice(), rule)
                            && nested::is_chain(&part)
                        {
                            self.add(group);
                            self.add(of);
                        }
                        for piece in &part {
                            if let (Piece::Of(of), [Piece::Label(_), ..]) = (piece, part.as_slice()) {
                                of.iter().for_each(|letter| self.add(letter));
                            }
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Letters in the subscripts of a left side: indices if the statement says what the symbol is. The lone letter of
    /// `\tau_u` and `\Sigma_u` is the name of what varies where that is a variable.
    fn add_left(&mut self, sides: &Pair<'_>, defining: bool) {
        for inner in sides.clone().into_inner().flatten() {
            if matches!(inner.as_rule(), Rule::unicode_subscript | Rule::flat_index) || is_marked(inner.as_rule()) {
                let mut all = BTreeSet::new();
                let parts = symbols::parts(inner);
                let listed = parts.len() > 1;
                for part in parts {
                    // z_{a,j} of a_j: the letter of a symbol is no index.
                    if listed && matches!(&part[..], [Piece::Letter(letter)] if self.subscripted.contains(letter)) {
                        continue;
                    }
                    let part = if self.group(&part).is_some() { continue } else { spread(&part) };
                    let plain = |piece: &Piece| !matches!(piece, Piece::Label(_));
                    if part.iter().all(plain) && is_distinct(&part) {
                        all.extend(
                            part.into_iter().filter_map(|p| if let Piece::Letter(l) = p { Some(l) } else { None }),
                        );
                    }
                }
                let named = all.len() == 1 && all.is_subset(&self.subscripted);
                if defining && !named {
                    all.iter().for_each(|letter| self.add(letter));
                }
                if all.len() > self.observation.len() {
                    self.observation = all;
                }
            }
        }
    }

    /// The tag and the indices that a subscript says of a base.
    pub(super) fn resolve(&self, base: &str, parts: &Parts) -> (String, Vec<Index>) {
        let (mut tags, mut indices): (Vec<String>, Vec<Index>) = (vec![], vec![]);
        for part in parts {
            let part = &self.opened(part);
            // Y_{i,t-1}: the value of an earlier occasion is a covariate of this one.
            let part = match part.as_slice() {
                [now @ .., Piece::Label(minus), Piece::Digits(lag)]
                    if matches!(minus.as_str(), "-" | "−") && !now.is_empty() && self.is_indices(now) =>
                {
                    tags.push(format!("lag{lag}"));
                    now
                }
                whole => whole,
            };
            if self.is_indices(part) {
                let digits: String = part
                    .iter()
                    .filter_map(|piece| if let Piece::Digits(d) = piece { Some(d.as_str()) } else { None })
                    .collect();
                if !digits.is_empty() {
                    tags.push(digits);
                }
                for piece in part {
                    match piece {
                        Piece::Letter(letter) | Piece::Label(letter) => indices.push(Index::new(letter.clone())),
                        Piece::Of(of) => {
                            if let Some(last) = indices.last_mut() {
                                last.of.clone_from(of);
                            }
                        }
                        Piece::Digits(_) | Piece::Within(_) => {}
                    }
                }
            } else if let Some((label, rest)) = self.labelled(base, part) {
                tags.push(label);
                indices.extend(rest.iter().map(|piece| Index::new(text(piece))));
            } else if let Some((label, below)) = nested::below(base, part, |letter| self.has(letter)) {
                tags.push(label);
                indices.extend(below);
            } else {
                tags.push(part.iter().map(text).collect());
            }
        }
        (tags.join(","), indices)
    }

    /// A label that is no small letter, its number, and the indices behind it: `\eta_{\alpha j}` is that of α in group j,
    /// `A_{Vj}` the A_V of group j, `u_{ai}` beside `a_i` that of a.
    fn labelled<'p>(&self, base: &str, part: &'p [Piece]) -> Option<(String, &'p [Piece])> {
        let of_symbol = |label: &String| self.subscripted.contains(label) && !["σ", "τ", "ρ"].contains(&base);
        let (label, rest) = match part {
            [Piece::Label(label), Piece::Digits(number), rest @ ..] => (format!("{label}{number}"), rest),
            [Piece::Label(label), rest @ ..] => (label.clone(), rest),
            [Piece::Letter(label), rest @ ..]
                if (label.starts_with(char::is_uppercase) || of_symbol(label)) && !self.has(label) =>
            {
                (label.clone(), rest)
            }
            _ => return None,
        };
        let letters = rest.iter().all(|piece| matches!(piece, Piece::Letter(_)));
        (!rest.is_empty() && letters && self.is_indices(rest)).then_some((label, rest))
    }

    /// The part with round brackets told apart: `j(i)` is class j of school i where both are indices; the group of i where
    /// i is all that an observation has, or where what stands before is no index: `\sigma_{g(i)}`, `\alpha_{\text{school}(i)}`.
    fn opened(&self, part: &[Piece]) -> Vec<Piece> {
        if let Some(word) = self.group(part) {
            let number = part.iter().filter(|piece| matches!(piece, Piece::Digits(_))).cloned();
            return number.chain([Piece::Label(word), Piece::Of(vec![])]).collect();
        }
        let (before, of) = match part {
            [before @ .., Piece::Within(of)] if !before.is_empty() => (before, of),
            [Piece::Letter(group), _, Piece::Letter(of)] if nested::is_chain(part) && self.chained => {
                return vec![Piece::Letter(group.clone()), Piece::Letter(of.clone())];
            }
            // \alpha_{j_i}: the group j of observation i.
            [Piece::Letter(group), _, Piece::Letter(of)]
                if nested::is_chain(part) && self.has(group) && self.has(of) =>
            {
                return vec![part[0].clone(), Piece::Of(vec![of.clone()])];
            }
            // \alpha_{\text{cafe}_i}: the cafe of observation i.
            [Piece::Label(label)] => {
                let nested = label.rsplit_once('_').filter(|(word, of)| {
                    word.chars().count() > 1
                        && word.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_'))
                        && self.observation.contains(*of)
                });
                let Some((word, of)) = nested else { return spread(part) };
                return vec![Piece::Label(word.to_owned()), Piece::Of(vec![of.to_owned()])];
            }
            _ => return spread(part),
        };
        let all: BTreeSet<String> = of.iter().cloned().collect();
        if all.is_empty() || !all.iter().all(|letter| self.has(letter)) {
            return spread(part);
        }
        let indices = self.is_indices(before);
        let word = match before {
            [Piece::Label(word)] => word.clone(),
            letters => {
                letters.iter().filter_map(|p| if let Piece::Letter(l) = p { Some(l.as_str()) } else { None }).collect()
            }
        };
        // The d of u_{d(j)}, which the response does not carry, is looked up.
        let number = before.iter().filter(|piece| matches!(piece, Piece::Digits(_))).cloned().collect::<Vec<_>>();
        let is_class =
            indices && (before.len() - number.len() > 1 || all != self.observation && self.observation.contains(&word));
        if word.is_empty() || is_class {
            return spread(part);
        }
        let name = if word.chars().count() == 1 { Piece::Letter(word) } else { Piece::Label(word) };
        number.into_iter().chain([name, Piece::Of(of.clone())]).collect()
    }

    /// The word that a part without brackets is, behind a number or none, when it names a group elsewhere.
    fn group(&self, part: &[Piece]) -> Option<String> {
        let from = usize::from(matches!(part.first(), Some(Piece::Digits(_))));
        let word = part[from..].iter().map(|piece| match piece {
            Piece::Letter(text) | Piece::Label(text) => Some(text.as_str()),
            _ => None,
        });
        word.collect::<Option<String>>().filter(|word| self.groups.contains(word))
    }

    /// Whether a part says indices: digits, then letters that are indices, or words with brackets after them.
    pub(super) fn is_indices(&self, part: &[Piece]) -> bool {
        if part.iter().any(|piece| matches!(piece, Piece::Within(_))) || self.group(part).is_some() {
            return self.is_indices(&self.opened(part));
        }
        is_distinct(part)
            && part.iter().enumerate().all(|(at, piece)| {
                let bracketed = matches!(part.get(at + 1), Some(Piece::Of(_)));
                match piece {
                    Piece::Digits(_) => true,
                    Piece::Letter(letter) => bracketed || self.has(letter),
                    Piece::Of(_) => at > 0,
                    Piece::Label(_) => bracketed,
                    Piece::Within(_) => false,
                }
            })
    }
}

/// A subscript with its mark, or indices in brackets.
pub(super) fn is_marked(rule: Rule) -> bool {
    matches!(rule, Rule::subscript | Rule::bracket_index)
}

/// The letters that stand as symbols, and whether with a subscript; that of `t_{i,t}` is an index too.
fn variables(entry: Pair<'_>) -> Vec<(String, bool)> {
    let factors = entry.into_inner().flatten().filter(|p| p.as_rule() == Rule::factor);
    let letter = |factor: Pair<'_>| {
        let mut inner = factor.into_inner();
        let word = inner.next().filter(|p| p.as_rule() == Rule::word && p.as_str().len() == 1)?.as_str().to_owned();
        let script = inner.next().filter(|p| is_marked(p.as_rule()));
        let own = |piece: &Piece| matches!(piece, Piece::Letter(letter) if *letter == word);
        let is_index = script.clone().is_some_and(|script| symbols::parts(script).iter().flatten().any(own));
        (!is_index).then_some((word, script.is_some()))
    };
    factors.filter_map(letter).collect()
}

/// The most letters in a subscript without dots, by the symbol's base.
fn most_letters<'a>(entries: impl Iterator<Item = Pair<'a>>) -> BTreeMap<String, usize> {
    let mut most = BTreeMap::new();
    for factor in entries.flat_map(|entry| entry.into_inner().flatten()).filter(|p| p.as_rule() == Rule::factor) {
        let mut inner = factor.into_inner();
        let Some(symbols::Base::Symbol(mut raw)) = inner.next().and_then(|primary| symbols::base(&primary)) else {
            continue;
        };
        inner.for_each(|script| symbols::add_script(&mut raw, &script));
        if !raw.averaged {
            let letters = raw.subscripts.iter().flatten().filter(|piece| matches!(piece, Piece::Letter(_))).count();
            let known = most.entry(raw.base).or_insert(0);
            *known = letters.max(*known);
        }
    }
    most
}

/// One letter and digits.
fn numbered(word: &str) -> Option<(char, &str)> {
    let letter = word.chars().next().filter(char::is_ascii_alphabetic)?;
    let digits = &word[1..];
    (!digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())).then_some((letter, digits))
}

/// Indices are few and none stands twice; anything else is a label (`intercept`).
fn is_distinct(part: &[Piece]) -> bool {
    let letters: Vec<&String> =
        part.iter().filter_map(|piece| if let Piece::Letter(letter) = piece { Some(letter) } else { None }).collect();
    letters.len() <= 5 && letters.iter().collect::<BTreeSet<_>>().len() == letters.len()
}

/// The part with letters in round brackets as letters of their own: `y_{k(ij)}`.
fn spread(part: &[Piece]) -> Vec<Piece> {
    let letters = |piece: &Piece| match piece {
        Piece::Within(of) => of.iter().cloned().map(Piece::Letter).collect(),
        other => vec![other.clone()],
    };
    part.iter().flat_map(letters).collect()
}

/// A piece as the text of a label.
pub(super) fn text(piece: &Piece) -> String {
    match piece {
        Piece::Digits(text) | Piece::Letter(text) | Piece::Label(text) => text.clone(),
        Piece::Of(of) => format!("[{}]", of.concat()),
        Piece::Within(of) => format!("({})", of.concat()),
    }
}
