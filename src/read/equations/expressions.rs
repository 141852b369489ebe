//! Expressions from the parse tree.

use super::functions::is_applied;
use super::grammar::{Pair, Rule};
use super::indicators::{is_condition, is_equality};
use super::indices::{Letters, Piece};
use super::symbols::{self, Base, Raw, Superscript};
use super::{ellipsis, flattened};
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::syntax::{Accent, Expr, Face, Index, Kind, Name, Symbol};

/// What building needs: the letters, where the region stands, and the notes.
pub(super) struct Builder<'n> {
    /// Which letters are indices.
    pub(super) letters: &'n Letters,
    /// Where the region stands in the text.
    pub(super) base: usize,
    /// Assumptions made on the way.
    pub(super) notes: &'n mut Notes,
}

/// The most factors of a product: each is weighed against all others.
const MAX_FACTORS: usize = 200;

impl Builder<'_> {
    /// The place of a pair in the text.
    pub(super) fn span(&self, pair: &Pair<'_>) -> Span {
        let text = pair.as_str();
        let start = pair.as_span().start() + self.base;
        Span::new(start, start + text.trim_end().len())
    }

    /// A sum, a single term, …
    ///
    /// # Errors
    /// `Syntax` for a matrix or a list where an expression must stand, `OutOfScope` for dots.
    pub(super) fn expression(&mut self, pair: &Pair<'_>) -> Result<Expr> {
        let span = self.span(pair);
        let mut parts: Vec<Expr> = vec![];
        let mut signs: Vec<Pair<'_>> = vec![];
        let mut dots: Option<Span> = None;
        for inner in pair.clone().into_inner() {
            match inner.as_rule() {
                Rule::plus | Rule::minus => signs.push(inner),
                Rule::sum_sign => {
                    signs.extend(inner.into_inner().filter(|p| matches!(p.as_rule(), Rule::plus | Rule::minus)));
                }
                _ => {
                    let negative = self.sign(&signs, parts.is_empty());
                    signs.clear();
                    if ellipsis::is_dots_term(&inner) && !negative && dots.is_none() && !parts.is_empty() {
                        dots = Some(self.span(&inner));
                        continue;
                    }
                    let term = self.term(&inner)?;
                    if let Some(dots) = dots.take() {
                        parts.extend(self.at_dots(&parts, Some((&term, negative)), dots)?);
                    }
                    match term.kind {
                        Kind::Sum(inside) if is_spliced(&inner) && !negative => parts.extend(inside),
                        _ if negative => {
                            let span = term.span;
                            parts.push(Expr::new(Kind::Negative(Box::new(term)), span));
                        }
                        _ => parts.push(term),
                    }
                }
            }
        }
        if let Some(dots) = dots {
            parts.extend(self.at_dots(&parts, None, dots)?);
        }
        Ok(Expr { span, ..Expr::sum(parts) })
    }

    /// Whether the signs before a term make it negative; a doubled one is noted.
    fn sign(&mut self, signs: &[Pair<'_>], first: bool) -> bool {
        if signs.len() > 1 && !first && signs.iter().all(|s| s.as_rule() == Rule::plus) {
            let span = self.span(&signs[0]).join(self.span(&signs[signs.len() - 1]));
            self.notes
                .push(Diagnostic::note(Code::Syntax, "two plus signs in a row were read as one").at(span, "here"));
        }
        signs.iter().filter(|s| s.as_rule() == Rule::minus).count() % 2 == 1
    }

    fn term(&mut self, pair: &Pair<'_>) -> Result<Expr> {
        let span = self.span(pair);
        let mut factors: Vec<Expr> = vec![];
        let mut divide = false;
        let mut before: Option<Pair<'_>> = None;
        for inner in pair.clone().into_inner() {
            let last = before.replace(inner.clone());
            if last.as_ref().is_some_and(|last| self.index_behind(last, &inner, &mut factors)) {
                continue;
            }
            if let Some(name) = last.filter(|name| is_applied(name, &inner))
                && let Some(of) = factors.pop_if(|f| f.symbol().is_some())
            {
                factors.push(self.applied(&name, of, &inner)?);
                continue;
            }
            match inner.as_rule() {
                Rule::times | Rule::row_end | Rule::amp => {}
                Rule::over => divide = true,
                _ => {
                    let mut next = self.factor(&inner)?;
                    if divide && !next.is_empty() {
                        let whole = Expr::product(std::mem::take(&mut factors));
                        let by = next.remove(0);
                        factors.push(Expr::new(Kind::Quotient(Box::new(whole), Box::new(by)), span));
                        divide = false;
                    }
                    factors.append(&mut next);
                }
            }
        }
        // `b_{0i} \cdot 1` shows what the intercept multiplies.
        if factors.len() == 2 && factors[0].symbol().is_some() {
            factors.pop_if(|last| matches!(&last.kind, Kind::Number(text) if text == "1"));
        }
        if let [only] = factors.as_slice() {
            return Ok(only.clone());
        }
        // A written `1 ·` is kept: it is a value that stands for a parameter.
        let mut flat = vec![];
        for factor in factors {
            match factor.kind {
                Kind::Product(inner) => flat.extend(inner),
                _ => flat.push(factor),
            }
        }
        if flat.len() > MAX_FACTORS {
            return Diagnostic::error(Code::TooLarge, format!("a product has more than {MAX_FACTORS} factors"))
                .at(span, "")
                .into();
        }
        Ok(Expr::new(Kind::Product(flat), span))
    }

    /// One factor as written; several when a run of letters says several.
    pub(super) fn factor(&mut self, pair: &Pair<'_>) -> Result<Vec<Expr>> {
        let mut inner = pair.clone().into_inner();
        let Some(primary) = inner.next() else { return Ok(vec![]) };
        let mut scripts: Vec<Pair<'_>> = inner.collect();
        let times = self.letters_in_brackets(&primary, &mut scripts);
        let mut made = self.scripts_of(&primary, &scripts, pair)?;
        made.extend(times);
        Ok(made)
    }

    /// The symbol that a factor is, when it is just one.
    pub(super) fn single(&mut self, factor: &Pair<'_>) -> Option<Symbol> {
        let made = self.factor(factor).ok()?;
        match made.as_slice() {
            [only] => only.symbol().cloned(),
            _ => None,
        }
    }

    /// A factor with its scripts.
    fn scripts_of(&mut self, primary: &Pair<'_>, scripts: &[Pair<'_>], pair: &Pair<'_>) -> Result<Vec<Expr>> {
        let named = match primary.as_rule() {
            Rule::brace_group => primary.clone().into_inner().next().and_then(|e| symbols::sole(&e)),
            _ => symbols::base(primary),
        };
        match named {
            Some(Base::Symbol(raw)) if self.letters.greek && primary.as_str() == "xi" && scripts.is_empty() => {
                let (name, indices) = (Name::new("x"), vec![Index::new("i")]);
                let span = Span::new(raw.span.start + self.base, raw.span.end + self.base);
                return Ok(vec![Symbol { name, indices, span }.into()]);
            }
            Some(Base::Symbol(mut raw)) => {
                scripts.iter().for_each(|script| symbols::add_script(&mut raw, script));
                if let Some(doubled) = scripts.iter().find(|s| s.as_str().starts_with("__")) {
                    let note = Diagnostic::note(Code::Syntax, "two marks of one subscript were read as one");
                    self.notes.push(note.at(self.span(doubled), "the second"));
                }
                let mut subscripts = scripts.iter().filter(|s| s.as_rule() == Rule::subscript);
                if self.letters.tex
                    && let (Some(_), Some(second)) = (subscripts.next(), subscripts.next())
                {
                    let note = Diagnostic::note(Code::Syntax, "two subscripts, which LaTeX refuses, were read as one");
                    self.notes.push(note.at(self.span(second), "the second"));
                }
                return self.finish(raw);
            }
            Some(Base::Number(number)) => {
                return self.scripted(Expr::new(Kind::Number(number), self.span(primary)), scripts, pair);
            }
            None => {}
        }
        let expr = self.primary(primary)?;
        self.scripted(expr, scripts, pair)
    }

    /// A symbol whose scripts are all there: splits off what belongs to no subscript, and raises to its power.
    fn finish(&mut self, mut raw: Raw) -> Result<Vec<Expr>> {
        let mut rest: Option<(String, Span)> = None;
        if let (Some(loose), Some(last)) = (raw.loose.take(), raw.subscripts.last_mut())
            && !self.letters.is_indices(last)
            && (self.letters.tex || loose.keep == 0 || matches!(last[0], Piece::Digits(_)))
        {
            // What can belong to the subscript stays: digits, then index letters as far as they go.
            let mut keep = loose.keep.min(last.len());
            if !self.letters.tex {
                while keep < last.len() && self.letters.is_indices(&last[..=keep]) {
                    keep += 1;
                }
            }
            let cut: String = last[keep..]
                .iter()
                .map(|piece| match piece {
                    Piece::Letter(text) | Piece::Digits(text) | Piece::Label(text) => text.as_str(),
                    Piece::Of(_) | Piece::Within(_) => "",
                })
                .collect();
            let spans = &loose.spans;
            let from = spans.get(keep).map_or(raw.span.end, |s| s.start);
            rest = Some((cut, Span::new(from, raw.span.end)));
            last.truncate(keep);
            raw.span.end = from;
            if last.is_empty() {
                raw.subscripts.pop();
            }
        }
        if let (Some((base, mut pieces)), Face::Italic) = (self.letters.family(&raw.base), raw.face) {
            match raw.subscripts.first_mut() {
                Some(first) => first.splice(0..0, pieces.drain(..)).for_each(drop),
                None => raw.subscripts.push(pieces),
            }
            raw.base = base;
        }
        // In plain text `trial_norm` is a column's name, not a label on `trial`.
        if !self.letters.tex
            && raw.base.len() > 1
            && raw.base.chars().all(|c| c.is_ascii_alphanumeric())
            && let [part] = raw.subscripts.as_slice()
            && !self.letters.is_indices(part)
        {
            let (label, _) = self.letters.resolve(&raw.base, &raw.subscripts);
            if label.len() > 1 && label.chars().all(|c| c.is_ascii_alphabetic()) {
                raw.base = format!("{}_{label}", raw.base);
                raw.subscripts.clear();
            }
        }
        let mut made = self.named(&raw);
        if let Some(power) = &raw.power
            && let Some(last) = made.pop()
        {
            let span = last.span;
            made.push(Expr::new(Kind::Power(Box::new(last), Box::new(number(power, span))), span));
        }
        if let Some((base, span)) = rest.filter(|(word, _)| !word.is_empty()) {
            made.extend(self.named(&Raw { base, span, ..Raw::default() }));
        }
        Ok(made)
    }

    /// The symbol, or the symbols that a word of plain text says.
    fn named(&self, raw: &Raw) -> Vec<Expr> {
        if let Some((first, second)) = self.letters.product(&raw.base)
            && !raw.subscripts.is_empty()
            && raw.face != Face::Upright
        {
            let Span { start, end } = raw.span;
            let coefficient = Raw { base: first.to_owned(), span: Span::new(start, start + 1), ..Raw::default() };
            let variable = Raw { base: second.to_owned(), span: Span::new(start + 1, end), ..raw.clone() };
            return [coefficient, variable].iter().map(|raw| raw.symbol(self.letters, self.base).into()).collect();
        }
        match flattened::symbols(raw, self.letters, self.base) {
            Some(symbols) => symbols.into_iter().map(Expr::from).collect(),
            None => vec![raw.symbol(self.letters, self.base).into()],
        }
    }

    fn primary(&mut self, pair: &Pair<'_>) -> Result<Expr> {
        let span = self.span(pair);
        match pair.as_rule() {
            Rule::number => Ok(Expr::new(Kind::Number(pair.as_str().to_owned()), span)),
            Rule::function => self.function(pair),
            Rule::indicator => self.indicator(pair),
            Rule::group => {
                let mut parts = self.arguments(pair)?;
                match parts.len() {
                    1 if is_condition(&parts[0]) => Diagnostic::error(Code::OutOfScope, "a condition is no expression")
                        .at(span, "this condition")
                        .help("an indicator is written `\\mathbb{1}[x_{ij} = 2]`")
                        .into(),
                    1 if is_equality(&parts[0]) => Ok(Expr::new(Kind::Call("I".to_owned(), parts), span)),
                    1 => Ok(Expr { span, ..parts.remove(0) }),
                    _ => Diagnostic::error(Code::Syntax, "a list stands where one expression is expected")
                        .at(span, "this list")
                        .into(),
                }
            }
            Rule::brace_group => self.inside(pair),
            Rule::fraction => {
                let is_part = |p: &Pair<'_>| matches!(p.as_rule(), Rule::brace_group | Rule::expression);
                let parts: Vec<_> = pair.clone().into_inner().filter(is_part).collect();
                let [above, below] = parts.as_slice() else { return misread(span) };
                let mut part = |p: &Pair<'_>| match p.as_rule() {
                    Rule::expression => self.expression(p),
                    _ => self.inside(p),
                };
                let (above, below) = (part(above)?, part(below)?);
                Ok(Expr::new(Kind::Quotient(Box::new(above), Box::new(below)), span))
            }
            Rule::root => {
                let Some(last) = pair.clone().into_inner().last() else { return misread(span) };
                let inside = if last.as_rule() == Rule::factor {
                    Expr::product(self.factor(&last)?)
                } else {
                    self.inside(&last)?
                };
                Ok(Expr::new(Kind::Call("sqrt".to_owned(), vec![inside]), span))
            }
            Rule::bracing | Rule::coloured => {
                let is_braces = |p: &Pair<'_>| matches!(p.as_rule(), Rule::brace_group | Rule::ended_group);
                let braces = pair.clone().into_inner().find(is_braces);
                braces.map_or_else(|| misread(span), |braces| self.inside(&braces))
            }
            // \mathbf{D R D}: what stands in the braces is bold, one by one.
            Rule::accent => {
                let braces = pair.clone().into_inner().find(|p| p.as_rule() == Rule::brace_group);
                let mut inside = braces.map_or_else(|| misread(span), |braces| self.inside(&braces))?;
                if !symbols::is_bold(pair) {
                    return misread(span);
                }
                inside.each_symbol(&mut |symbol| symbol.name.accents.push(Accent::Bold));
                Ok(inside)
            }
            Rule::dots => ellipsis::unknown_terms(span),
            Rule::matrix => Diagnostic::error(Code::OutOfScope, "a matrix stands where one expression is expected")
                .at(span, "this matrix")
                .help("write the model without matrices, one equation a row")
                .into(),
            _ => misread(span),
        }
    }

    /// The expression in braces.
    pub(super) fn inside(&mut self, braces: &Pair<'_>) -> Result<Expr> {
        let span = self.span(braces);
        match braces.clone().into_inner().find(|p| p.as_rule() == Rule::expression) {
            Some(inner) => self.expression(&inner),
            None => misread(span),
        }
    }

    /// The arguments in a bracket; a relation or condition among them is an opaque call.
    pub(super) fn arguments(&mut self, group: &Pair<'_>) -> Result<Vec<Expr>> {
        let mut made = vec![];
        for argument in group.clone().into_inner().filter(|p| p.as_rule() == Rule::argument) {
            let span = self.span(&argument);
            let (mut name, mut parts) = (String::new(), vec![]);
            for inner in argument.into_inner() {
                match inner.as_rule() {
                    Rule::expression => parts.push(self.expression(&inner)?),
                    _ if name.is_empty() => name = inner.as_str().trim().to_owned(),
                    _ => {}
                }
            }
            made.push(if parts.len() == 1 { parts.remove(0) } else { Expr::new(Kind::Call(name, parts), span) });
        }
        Ok(made)
    }

    /// Scripts on what is not a symbol: powers; a transposition mark says nothing here.
    pub(super) fn scripted(&mut self, expr: Expr, scripts: &[Pair<'_>], whole: &Pair<'_>) -> Result<Vec<Expr>> {
        let mut expr = expr;
        for script in scripts {
            let span = self.span(whole);
            match script.as_rule() {
                Rule::superscript => match symbols::superscript(script.as_str()) {
                    Superscript::Power(power) => {
                        expr = Expr::new(Kind::Power(Box::new(expr), Box::new(number(&power, span))), span);
                    }
                    Superscript::Prime => {}
                    Superscript::Mark(mark) if mark == "T" || mark == "⊤" => {}
                    Superscript::Mark(mark) => {
                        return Diagnostic::error(
                            Code::Syntax,
                            format!("`^{mark}` on a bracket or number has no meaning"),
                        )
                        .at(self.span(script), "here")
                        .into();
                    }
                },
                Rule::unicode_superscript => {
                    let mut raw = Raw::default();
                    symbols::add_script(&mut raw, script);
                    if let Some(power) = raw.power {
                        expr = Expr::new(Kind::Power(Box::new(expr), Box::new(number(&power, span))), span);
                    }
                }
                Rule::prime | Rule::transposed => {}
                _ => return self.effect(&expr, script, whole),
            }
        }
        Ok(vec![expr])
    }

    /// What a subscript behind a bracket says.
    fn outside(&self, script: &Pair<'_>) -> Symbol {
        let mut outside = Raw::default();
        symbols::add_script(&mut outside, script);
        outside.symbol(self.letters, self.base)
    }

    /// `(\alpha\beta)_{ij}`: the interaction effect of two classifications is one symbol; so is `(\text{time})_{ij}`.
    fn effect(&mut self, expr: &Expr, script: &Pair<'_>, whole: &Pair<'_>) -> Result<Vec<Expr>> {
        if let Some(level) = self.level(expr, script) {
            return Ok(vec![level.into()]);
        }
        if let Some(looked_up) = expr.symbol().and_then(|symbol| looked_up(symbol, &self.outside(script).indices)) {
            return Ok(vec![looked_up.into()]);
        }
        let bare = |e: &Expr| {
            e.symbol().filter(|s| s.indices.is_empty() && s.name.tag.is_empty()).map(|s| s.name.base.clone())
        };
        if let Some(symbol) = expr.symbol().filter(|s| s.indices.is_empty()) {
            let Name { base, accents, tag, mark, face } = symbol.name.clone();
            let subscripts = if tag.is_empty() { vec![] } else { vec![vec![Piece::Label(tag)]] };
            let span = Span::new(whole.as_span().start(), whole.as_span().end());
            let mut raw = Raw { base, accents, subscripts, mark, face, span, ..Raw::default() };
            symbols::add_script(&mut raw, script);
            return Ok(vec![raw.symbol(self.letters, self.base).into()]);
        }
        let plain = |e: &Expr| e.symbol().is_some_and(|s| s.indices.is_empty());
        if let Kind::Product(factors) = &expr.kind
            && factors.iter().all(plain)
            && ["*", "×", "·", "⋅", "\\times", "\\cdot"].iter().any(|sign| whole.as_str().contains(sign))
        {
            // (A \times B)_{ij}: the product of A_ij and B_ij.
            let mut made = vec![];
            for factor in factors {
                made.extend(self.effect(factor, script, whole)?);
            }
            return Ok(made);
        }
        if let Kind::Product(factors) = &expr.kind
            && let Some(names) = factors.iter().map(bare).collect::<Option<Vec<_>>>()
        {
            let span = whole.as_span();
            let gap = if names.iter().all(|name| name.chars().count() > 1) { " " } else { "" };
            let mut raw = Raw { base: names.join(gap), span: Span::new(span.start(), span.end()), ..Raw::default() };
            symbols::add_script(&mut raw, script);
            return Ok(vec![raw.symbol(self.letters, self.base).into()]);
        }
        // (mood * (x_{ti} - \bar{x}_i))_{ti}, log1p(x)_{ti}: what has no index inside has that of the bracket.
        let outside = self.outside(script);
        let indexed = expr.symbols().iter().any(|s| !s.indices.is_empty()) || matches!(expr.kind, Kind::Call(..));
        if indexed && outside.name.tag.is_empty() && !outside.indices.is_empty() {
            let mut inside = expr.clone();
            inside.each_symbol(&mut |symbol| {
                if symbol.indices.is_empty() {
                    symbol.indices.clone_from(&outside.indices);
                }
            });
            return Ok(vec![inside]);
        }
        Diagnostic::error(Code::Syntax, "a subscript on a bracket or number has no meaning")
            .at(self.span(script), "here")
            .help("put the subscript on the symbol")
            .into()
    }
}

/// `(b_s)_t`: the effect of the group s that t belongs to. A letter that is an index nowhere else has been taken for a label.
fn looked_up(symbol: &Symbol, outside: &[Index]) -> Option<Symbol> {
    let [of] = outside else { return None };
    let (letter, tag) = match (&symbol.indices[..], symbol.name.tag.as_str()) {
        ([group], tag) if group.of.is_empty() => (group.letter.clone(), tag),
        ([], tag @ ("g" | "i" | "j" | "k" | "l" | "s")) => (tag.to_owned(), ""),
        _ => return None,
    };
    let name = Name { tag: tag.to_owned(), ..symbol.name.clone() };
    let indices = vec![Index { letter: letter.clone(), of: vec![of.letter.clone()], superscript: false }];
    (letter != of.letter).then_some(Symbol { name, indices, ..symbol.clone() })
}

/// A number, or the negative of one.
pub(super) fn number(text: &str, span: Span) -> Expr {
    match text.strip_prefix('-') {
        Some(digits) => Expr::new(Kind::Negative(Box::new(Expr::new(Kind::Number(digits.to_owned()), span))), span),
        None => Expr::new(Kind::Number(text.to_owned()), span),
    }
}

pub(super) fn misread<T>(span: Span) -> Result<T> {
    Err(Box::new(Diagnostic::error(Code::Syntax, "this part of the equation could not be read").at(span, "here")))
}

/// A sum in braces, under an underbrace or in colour belongs to the sum around it.
fn is_spliced(term: &Pair<'_>) -> bool {
    symbols::only(term.clone())
        .and_then(symbols::only)
        .is_some_and(|primary| matches!(primary.as_rule(), Rule::brace_group | Rule::bracing | Rule::coloured))
}
