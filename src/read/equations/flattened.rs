//! Words of plain text that say indices or several symbols at once, without subscript marks: `u0j`, `Weightij`,
//! `u1jXij`.

use super::commands;
use super::grammar::{Pair, Rule};
use super::indices::{Letters, Piece, is_marked};
use super::symbols::{self, Raw};
use crate::error::Span;
use crate::syntax::{Expr, Face, Index, Key, Name, Statement, Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// The indices of a residual, `eij`, `epsij`, `errorij`.
fn of_residual(word: &str) -> Option<&str> {
    const RESIDUALS: [&str; 7] = ["epsilon", "eps", "error", "err", "resid", "e", "r"];
    RESIDUALS.iter().find_map(|residual| word.strip_prefix(residual))
}

impl Letters {
    /// `Yti = … + εti`: what ends the response and is all that a residual has are indices, whatever their letters.
    pub(super) fn learn<'a>(&mut self, entries: impl Iterator<Item = Pair<'a>>) {
        for entry in entries.filter(|e| e.as_rule() == Rule::statement) {
            let mut words = entry.clone().into_inner().flatten().filter(|p| p.as_rule() == Rule::word);
            let Some(left) = words.next().map(|word| word.as_str()) else { continue };
            let flat = entry.into_inner().flatten().filter(|p| p.as_rule() == Rule::flat_index).map(|p| p.as_str());
            let latin = words.filter_map(|word| of_residual(word.as_str()));
            for indices in flat.chain(latin).filter(|indices| (2..=3).contains(&indices.len())) {
                let plain = indices.chars().all(|c| c.is_ascii_lowercase());
                if plain && left.len() > indices.len() && left.ends_with(indices) {
                    indices.chars().for_each(|c| self.add(c.encode_utf8(&mut [0; 4])));
                }
            }
        }
    }

    /// Index strings of plain text: those of Greek letters without a mark (`β0j`), and those of left sides.
    pub(super) fn collect_flat<'a>(&mut self, entries: impl Iterator<Item = Pair<'a>> + Clone) {
        let mut found: BTreeSet<String> = BTreeSet::new();
        for entry in entries.clone().filter(|e| e.as_rule() == Rule::statement) {
            // Pulse = … + rij: the residual has the indices that the response leaves out.
            for word in entry.clone().into_inner().flatten().filter(|p| p.as_rule() == Rule::word) {
                let letters = of_residual(word.as_str()).unwrap_or_default();
                if letters.len() > 1 && letters.chars().all(|c| self.has(c.encode_utf8(&mut [0; 4]))) {
                    found.insert(letters.to_owned());
                }
            }
            for inner in entry.clone().into_inner().flatten().filter(|p| p.as_rule() == Rule::flat_index) {
                let letters = inner.as_str().trim_start_matches(|c: char| c.is_ascii_digit());
                if !letters.is_empty() && letters.chars().all(|c| self.has(c.encode_utf8(&mut [0; 4]))) {
                    found.insert(letters.to_owned());
                }
            }
            let left = entry.into_inner().next().filter(|sides| sides.as_rule() == Rule::sides);
            for script in left.iter().flat_map(|sides| sides.clone().into_inner().flatten()) {
                if script.as_rule() == Rule::unicode_subscript || is_marked(script.as_rule()) {
                    found.extend(symbols::parts(script).iter().filter(|part| self.is_indices(part)).map(|part| {
                        part.iter()
                            .filter_map(|piece| if let Piece::Letter(l) = piece { Some(l.as_str()) } else { None })
                            .collect()
                    }));
                }
            }
            if let Some(word) = left.and_then(|sides| sides.into_inner().flatten().find(|p| p.as_rule() == Rule::word))
            {
                let word = word.as_str();
                let stem = word.trim_end_matches(|c: char| self.has(c.encode_utf8(&mut [0; 4])));
                let suffix = &word[stem.len().max(word.chars().next().map_or(0, char::len_utf8))..];
                if !suffix.is_empty() {
                    found.insert(suffix.to_owned());
                }
            }
        }
        found.remove("");
        if found.is_empty() {
            // logit(p) = b0 + b1*x + u0j: only an effect says its group.
            let words =
                entries.clone().flat_map(|entry| entry.into_inner().flatten()).filter(|p| p.as_rule() == Rule::word);
            found.extend(words.filter_map(|word| effect_of_group(word.as_str()).map(str::to_owned)));
        }
        // RTji beside Condij: other orders of letters that end no other words.
        let turned: Vec<String> = found.iter().flat_map(|whole| orders(whole)).collect();
        found.extend(turned);
        let fewer: BTreeSet<String> =
            found.iter().flat_map(|whole| subsets(whole)).filter(|s| !found.contains(s)).collect();
        let longest_first = |strings: BTreeSet<String>| {
            let mut strings: Vec<String> = strings.into_iter().collect();
            strings.sort_by_key(|s| std::cmp::Reverse(s.len()));
            strings
        };
        (self.flat, self.fewer) = (longest_first(found), longest_first(fewer));
        // Where one covariate shows all its indices, `Timeij`, others show theirs: `sectorj`.
        let words = entries.filter(|e| e.as_rule() == Rule::statement).flat_map(|e| e.into_inner().skip(1));
        let mut words = words.flat_map(|part| part.into_inner().flatten()).filter(|p| p.as_rule() == Rule::word);
        let whole: Vec<&String> = self.flat.iter().filter(|flat| flat.len() > 1).collect();
        let is_covariate = |stem: &str| stem.len() >= SHORTEST_WORD && stem.bytes().all(|b| b.is_ascii_alphabetic());
        if words
            .any(|word| whole.iter().any(|flat| word.as_str().strip_suffix(flat.as_str()).is_some_and(is_covariate)))
        {
            let of_groups = self.fewer.iter().filter(|letters| matches!(letters.as_str(), "i" | "j" | "k"));
            self.flat.extend(of_groups.cloned().collect::<Vec<_>>());
        }
    }
}

impl Letters {
    /// Whether a letter stands with the number 0.
    fn has_family(&self, letter: &str) -> bool {
        self.families.iter().any(|family| letter.starts_with(*family))
    }
}

/// Gives a word back the letter that it lost to the indices of the response: the `Treati` of an equation of `π_0i` is of
/// person i, beside a response that carries t and i.
pub(super) fn mend(system: &mut System, text: &str) {
    let mut meant: BTreeMap<Key, Symbol> = BTreeMap::new();
    for statement in &system.statements {
        let Statement::Equation { left, rights, .. } = statement else { continue };
        let Some(left) = left.symbol().filter(|s| !s.indices.is_empty()) else { continue };
        for symbol in rights.iter().flat_map(Expr::symbols).filter(|s| s.name.base.chars().count() > 2) {
            let glued = symbol.indices.len() == left.indices.len() + 1 && symbol.indices.ends_with(&left.indices);
            let whole = || symbol.indices.iter().fold(symbol.name.base.clone(), |word, index| word + &index.letter);
            if glued && text.get(symbol.span.start..symbol.span.end).is_some_and(|said| said == whole()) {
                let base = format!("{}{}", symbol.name.base, symbol.indices[0].letter);
                let name = Name { base, ..symbol.name.clone() };
                meant.insert(symbol.key(), Symbol { name, indices: left.indices.clone(), span: symbol.span });
            }
        }
    }
    system.each_symbol(&mut |symbol| {
        if let Some(Symbol { name, indices, .. }) = meant.get(&symbol.key()) {
            (symbol.name, symbol.indices) = (name.clone(), indices.clone());
        }
    });
}

/// The shortest word that is told from a run of indices.
const SHORTEST_WORD: usize = 3;

/// The effects with laws that a word names, `u_item ~ N(0, s^2)`, and the columns that are calculated, `time_after = …`: a
/// run of letters below a symbol of right sides, some of which no other left side has.
pub(super) fn worded<'a>(entries: impl Iterator<Item = Pair<'a>>) -> BTreeSet<&'a str> {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let mut laws: Vec<(&str, &str)> = vec![];
    let mut known: BTreeSet<char> = BTreeSet::new();
    for entry in entries.filter(|e| e.as_rule() == Rule::statement) {
        let mut inner = entry.into_inner();
        let Some(sides) = inner.next() else { continue };
        let is_law = inner.clone().any(|part| part.as_rule() == Rule::distribution);
        let rights = inner.flat_map(|part| part.into_inner().flatten());
        used.extend(rights.filter(|p| p.as_rule() == Rule::factor).map(|p| p.as_str().trim()));
        let named = |run: &&str| run.len() >= SHORTEST_WORD && (is_law || is_column(sides.as_str(), run));
        match only_run(&sides).filter(named) {
            Some(run) => laws.push((sides.as_str().trim(), run)),
            None => {
                let scripts = sides.into_inner().flatten().filter(|p| is_marked(p.as_rule()));
                known.extend(scripts.flat_map(|script| script.as_str().chars()));
            }
        }
    }
    let (effects, others): (Vec<_>, Vec<_>) = laws.into_iter().partition(|(symbol, _)| used.contains(symbol));
    known.extend(others.iter().flat_map(|(_, run)| run.chars()));
    let is_word = |run: &str| !run.chars().all(|letter| known.contains(&letter));
    effects.into_iter().filter(|(_, run)| is_word(run)).map(|(symbol, _)| symbol).collect()
}

/// Whether a word stands before the letters below a left side.
fn is_column(side: &str, run: &str) -> bool {
    let base = side.trim().strip_suffix(run).unwrap_or_default().trim_end_matches('_');
    base.len() >= SHORTEST_WORD && base.chars().all(|c| c.is_ascii_lowercase()) && commands::spelled(base).is_none()
}

/// The letters below the one symbol of a left side, when nothing marks where they end.
fn only_run<'a>(sides: &Pair<'a>) -> Option<&'a str> {
    let mut scripts = sides.clone().into_inner().flatten().filter(|p| is_marked(p.as_rule()));
    let (script, None) = (scripts.next()?, scripts.next()) else { return None };
    let run = script.as_str().strip_prefix('_')?;
    run.chars().all(|c| c.is_ascii_lowercase()).then_some(run)
}

/// The symbols that a word stands for; `None` for a word that is just a name. `base` is where the region stands.
pub(super) fn symbols(raw: &Raw, letters: &Letters, base: usize) -> Option<Vec<Symbol>> {
    if letters.flat.is_empty() || !raw.subscripts.is_empty() || raw.face == Face::Upright {
        return None;
    }
    let whole = chunks(&raw.base, letters);
    let glued = if whole.is_none() { glued(&raw.base, letters) } else { None };
    let is_glued = glued.is_some();
    let chunks = whole.or(glued).unwrap_or_else(|| vec![ending(&raw.base, letters)]);
    // Behind letters of another script those of an index stand out: `성적ij`.
    let is_foreign = |c: &Chunk<'_>| !c.letter.is_ascii();
    if chunks.iter().any(|c| is_foreign(c) && (c.indices.is_empty() || c.letter.ends_with(|c: char| c.is_ascii()))) {
        return None;
    }
    let told = |c: &Chunk<'_>| {
        // Where subscripts are marked, only `u0j`, `eij` and `Wj` are symbols with indices.
        let upper = c.letter.chars().all(char::is_uppercase);
        letters.words
            || is_foreign(c)
            || !c.indices.is_empty() && (!c.digits.is_empty() || c.letter.len() == 1 && (c.indices.len() > 1 || upper))
    };
    let named = chunks.iter().all(|c| c.digits.is_empty() && c.indices.is_empty());
    if named || !is_glued && !chunks.iter().all(told) {
        return None;
    }
    let mut at = base + raw.span.start;
    let symbol = |chunk: Chunk<'_>| {
        let end = at + chunk.letter.len() + chunk.digits.len() + chunk.indices.len();
        let span = Span::new(std::mem::replace(&mut at, end), end);
        let base = commands::spelled(chunk.letter).unwrap_or(chunk.letter);
        // x1 is a column as it stands, where b1 is a number of b.
        let is_column = chunk.indices.is_empty() && "xzwXZW".contains(chunk.letter) && chunk.letter.len() == 1;
        let name = match is_column && !chunk.digits.is_empty() && !letters.has_family(chunk.letter) {
            true => Name::new(format!("{base}{}", chunk.digits)),
            false => Name::tagged(base, chunk.digits),
        };
        Symbol { name, indices: chunk.indices.chars().map(Index::new).collect(), span }
    };
    Some(chunks.into_iter().map(symbol).collect())
}

/// A part of a word: letter or word, digits, index letters.
struct Chunk<'a> {
    letter: &'a str,
    digits: &'a str,
    indices: &'a str,
}

/// Letter, digits, indices, again and again: `WjXij`, `u1jXij`, `F01Wj`; every one must have digits or indices.
fn chunks<'a>(word: &'a str, letters: &Letters) -> Option<Vec<Chunk<'a>>> {
    if commands::spelled(word).is_some() {
        return None;
    }
    let (mut found, mut rest) = (vec![], word);
    while !rest.is_empty() {
        rest.chars().next().filter(char::is_ascii_alphabetic)?;
        let (letter, after) = rest.split_at(1);
        let (digits, after) =
            after.split_at(after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len());
        let fits = |l: &&String| {
            after.strip_prefix(l.as_str()).is_some_and(|r| !r.starts_with(|c: char| c.is_ascii_lowercase()))
        };
        let length = letters.flat.iter().chain(&letters.fewer).find(fits).map_or(0, String::len);
        let (indices, after) = after.split_at(length);
        if digits.is_empty() && indices.is_empty() {
            return None;
        }
        rest = after;
        found.push(Chunk { letter, digits, indices });
    }
    Some(found)
}

/// `B1Class` where there is a `B0`: a coefficient and its covariate.
fn glued<'a>(word: &'a str, letters: &Letters) -> Option<Vec<Chunk<'a>>> {
    let first = word.chars().next().filter(|letter| letters.families.contains(letter))?;
    let (letter, rest) = word.split_at(first.len_utf8());
    let (digits, name) = rest.split_at(rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len());
    let is_name = name.chars().count() >= SHORTEST_WORD && name.chars().all(char::is_alphabetic);
    (!digits.is_empty() && is_name).then(|| vec![Chunk { letter, digits, indices: "" }, ending(name, letters)])
}

/// A word with an index string at its end: `Weightij`, `boyschj`.
fn ending<'a>(word: &'a str, letters: &Letters) -> Chunk<'a> {
    let ends = |l: &&String| word.len() > l.len() + 1 && word.ends_with(l.as_str());
    // FEMALEi: a letter of a group behind capitals.
    let capitals = |l: &&String| word[..word.len() - l.len()].chars().all(|c| !c.is_ascii_lowercase());
    // schoolj: few words end in j, and these are short.
    let school = |l: &&String| *l == "j" && word.len() > 5 && word.bytes().all(|b| b.is_ascii_lowercase());
    // Agei, Groupj: hardly a name ends so.
    let named = |l: &&String| {
        let rest = word.strip_prefix(|c: char| c.is_ascii_uppercase()).filter(|rest| rest.len() > 2);
        matches!(l.as_str(), "i" | "j") && rest.is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_lowercase()))
    };
    let of_group = || letters.fewer.iter().filter(ends).find(|l| capitals(l) || school(l) || named(l));
    let length = letters.flat.iter().find(ends).or_else(of_group).map_or(0, String::len);
    let (letter, indices) = word.split_at(word.len() - length);
    Chunk { letter, digits: "", indices }
}

/// The j of `u0j`.
fn effect_of_group(word: &str) -> Option<&str> {
    let indices = word.strip_prefix(['u', 'v'])?.strip_prefix(['0', '1', '2'])?;
    matches!(indices, "i" | "j" | "k").then_some(indices)
}

/// The other orders of two or three of the usual letters.
fn orders(whole: &str) -> Vec<String> {
    let usual = whole.chars().all(|c| matches!(c, 'i' | 'j' | 'k'));
    match whole.split_at_checked(1).filter(|(_, rest)| usual && (1..3).contains(&rest.len())) {
        Some((first, rest)) => vec![format!("{rest}{first}"), whole.chars().rev().collect()],
        None => vec![],
    }
}

/// Some of the letters of an index string, in their order; no more than five letters are indices.
fn subsets(whole: &str) -> Vec<String> {
    let letters: Vec<char> = whole.chars().take(5).collect();
    let chosen =
        |bits: u32| letters.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|(_, c)| *c).collect();
    (1..1 << letters.len()).map(chosen).collect()
}
