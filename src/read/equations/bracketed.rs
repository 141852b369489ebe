//! Indices in square brackets, `y[i, j]`, `\vec{u}[g_i]`, as programs write them, and what only looks like them; indices
//! behind a name in round ones.

use super::expressions::Builder;
use super::grammar::{Pair, Rule};
use super::indices::Piece;
use super::symbols::{self, Raw};
use crate::error::{Code, Diagnostic, Span};
use crate::syntax::{Expr, Index, Kind, Name, Symbol};

/// What programs call a standard normal symbol that a scale multiplies.
const STANDARD: [&str; 6] = ["raw", "std", "tilde", "offset", "norm", "unscaled"];

/// Whether the brackets behind a part of a subscript hold the index itself: behind a number, `u_0[j]`, and behind the word for
/// a standard normal symbol, `alpha_raw[j]`.
pub(super) fn holds_index(part: &[Piece]) -> bool {
    match part {
        [Piece::Digits(_)] => true,
        [Piece::Label(word)] => STANDARD.contains(&word.as_str()),
        _ => false,
    }
}

/// Signs of a product.
const TIMES: [char; 4] = ['*', '×', '·', '⋅'];

impl Builder<'_> {
    /// Indices behind a name in brackets, `(Time)ti` and `(Time²)ti`, or in brackets behind a symbol, `b_j(i)`: given to the
    /// last factor.
    pub(super) fn index_behind(&mut self, before: &Pair<'_>, word: &Pair<'_>, factors: &mut [Expr]) -> bool {
        if let Some(letters) = self.within(before, word)
            && let Some(Kind::Symbol(symbol)) = factors.last_mut().map(|last| &mut last.kind)
            && !symbol.indices.is_empty()
            && !symbol.indices.iter().any(|index| letters.contains(&index.letter))
        {
            symbol.indices.extend(letters.chars().map(Index::new));
            return true;
        }
        if let Some(symbol) = factors.last().and_then(Expr::symbol)
            && self.names_group(symbol, before, word)
        {
            let message = format!("{} behind {symbol} is read as the name of its groups", word.as_str().trim_end());
            self.notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(self.span(word), ""));
            return true;
        }
        if let Some(letter) = looked_up(before, word).filter(|letter| self.letters.observation.contains(*letter))
            && let Some(Kind::Symbol(symbol)) = factors.last_mut().map(|last| &mut last.kind)
            && symbol.indices.is_empty()
            && symbol.name.tag.len() > 2
            && symbol.name.tag != "time"
            && symbol.name.tag.bytes().all(|b| b.is_ascii_lowercase())
        {
            symbol.indices = vec![Index::of(std::mem::take(&mut symbol.name.tag), letter)];
            symbol.span.end += word.as_str().trim_end().len();
            return true;
        }
        let touches = before.as_str().ends_with([')', '）']) && before.as_span().end() == word.as_span().start();
        let mut known = self.letters.flat.iter().chain(&self.letters.fewer);
        let Some(indices) = known.find(|flat| touches && *flat == word.as_str().trim_end()) else { return false };
        let Some(last) = factors.last_mut() else { return false };
        let symbols = last.symbols();
        if symbols.iter().any(|s| !s.indices.is_empty()) {
            return false;
        }
        // (γδ)ij is one effect, (γ × δ)ij the product of two.
        if let Kind::Product(parts) = &last.kind
            && !before.as_str().contains(TIMES)
        {
            let bare = |part: &Expr| part.symbol().filter(|s| s.name.tag.is_empty()).map(|s| s.name.base.clone());
            let Some(names) = parts.iter().map(bare).collect::<Option<String>>() else { return false };
            last.kind = Kind::Symbol(Symbol { name: Name::new(names), indices: vec![], span: last.span });
        } else if !matches!(last.kind, Kind::Symbol(_) | Kind::Power(..) | Kind::Product(_)) {
            return false;
        }
        last.each_symbol(&mut |symbol| symbol.indices = indices.chars().map(Index::new).collect());
        if let Kind::Symbol(symbol) = &mut last.kind {
            symbol.span.end += indices.len();
        }
        true
    }

    /// `α_j[county]` in plain text: a word in the place of an index, behind a coefficient that has its index and no number.
    fn names_group(&self, symbol: &Symbol, before: &Pair<'_>, word: &Pair<'_>) -> bool {
        let touches = before.as_span().end() == word.as_span().start();
        let name = word.as_str().trim_end().strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let is_word = |name: &str| name.len() > 1 && name.chars().all(|c| c.is_ascii_lowercase());
        !self.letters.tex
            && touches
            && name.is_some_and(is_word)
            && symbol.indices.len() == 1
            && symbol.name.tag.is_empty()
    }

    /// The letters of `(i)` right behind a symbol, `b_j(i)`: class j of school i. A t is time, which slopes multiply.
    fn within<'t>(&self, before: &Pair<'t>, group: &Pair<'t>) -> Option<&'t str> {
        let touches = before.as_span().end() == group.as_span().start();
        let letters = group.as_str().trim_end().strip_prefix('(')?.strip_suffix(')').filter(|_| touches)?;
        let is_index = |c: char| {
            let flat = self.letters.flat.iter().any(|indices| indices.contains(c));
            c != 't' && (flat || self.letters.observation.contains(c.encode_utf8(&mut [0; 4])))
        };
        (!letters.is_empty() && letters.chars().all(is_index)).then_some(letters)
    }

    /// What stands in brackets behind a symbol and is no index: `\beta_1 [t]` is a product.
    pub(super) fn letters_in_brackets(&self, primary: &Pair<'_>, scripts: &mut Vec<Pair<'_>>) -> Vec<Expr> {
        let Some(last) = scripts.pop_if(|script| script.as_rule() == Rule::bracket_index) else { return vec![] };
        let before = scripts.last().unwrap_or(primary);
        let touches = before.as_span().end() == last.as_span().start();
        let named = symbols::base(primary).is_some() || primary.as_rule() == Rule::brace_group;
        let parts = symbols::parts(last.clone());
        match &parts[..] {
            [part] if !(touches && named && self.letters.is_indices(part)) => {
                let span = Span::new(last.as_span().start() + 1, last.as_span().end() - 1);
                let letter = match &part[..] {
                    [Piece::Letter(letter)] => letter,
                    [Piece::Digits(digits)] => return vec![Expr::new(Kind::Number(digits.clone()), span)],
                    _ => {
                        scripts.push(last);
                        return vec![];
                    }
                };
                vec![Raw { base: letter.clone(), span, ..Raw::default() }.symbol(self.letters, self.base).into()]
            }
            _ => {
                scripts.push(last);
                vec![]
            }
        }
    }
}

/// The word or the letter of `[group_i]`.
pub(super) fn owned(pair: Pair<'_>) -> Piece {
    match pair.as_rule() {
        Rule::owner => Piece::Label(pair.as_str().to_owned()),
        _ => Piece::Of(vec![pair.as_str().to_owned()]),
    }
}

/// Gives an index without a mark the observation in the brackets behind it, `αj[i]`, `αⱼ[i]`; whether it did.
pub(super) fn goes_on(symbol: &mut Raw, brackets: &Pair<'_>) -> bool {
    if let [part] = &symbols::parts(brackets.clone())[..]
        && let [Piece::Letter(of)] = &part[..]
        && let Some(last) = symbol.subscripts.last_mut()
        && matches!(last.last(), Some(Piece::Letter(group)) if group != of)
    {
        last.push(Piece::Of(vec![of.clone()]));
        symbol.loose = None;
        return true;
    }
    false
}

/// The letter of `β_month(t)`: the effect of the month of occasion t.
fn looked_up<'t>(before: &Pair<'_>, word: &Pair<'t>) -> Option<&'t str> {
    let touches = before.as_span().end() == word.as_span().start();
    let letter = word.as_str().trim_end().strip_prefix('(')?.strip_suffix(')')?;
    (touches && matches!(letter.as_bytes(), [b'a'..=b'z'])).then_some(letter)
}

/// `[s_i]` as the group s of observation i.
pub(super) fn group(index: &Pair<'_>) -> Option<[Piece; 2]> {
    let [group, of] = &symbols::of(index.clone())[..] else { return None };
    let body = index.as_str().strip_prefix('[')?.strip_suffix(']')?;
    let is_group =
        index.as_rule() == Rule::index_of && body.split_once('_').is_some_and(|(g, o)| g == group && o == of);
    is_group.then(|| [Piece::Letter(group.clone()), Piece::Of(vec![of.clone()])])
}
