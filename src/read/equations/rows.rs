//! From the rows of a math region to statements.

use super::ellipsis;
use super::expressions::Builder;
use super::grammar::{Grammar, Pair, Rule};
use super::habits::beside::Coding;
use super::habits::odds::{before_bar, cumulative, log_log, mean};
use super::laws;
use super::matrices;
use super::prose;
use super::source::document::Kind as Place;
use super::source::glossed;
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::read::stray;
use crate::syntax::{Expr, Group, Key, Kind, Law, Matrix, Statement, Symbol, System};
use pest::Parser;
use std::collections::BTreeSet;

/// The rows of one region.
pub(super) struct Block<'a> {
    /// Where it stands.
    pub(super) base: usize,
    /// How it stands in the document.
    pub(super) place: Place,
    /// Whether it stands in the running text, behind words.
    pub(super) apart: bool,
    /// Rows and what separates them.
    pub(super) entries: Vec<Pair<'a>>,
}

/// What is gathered from all blocks.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) system: System,
    /// Matrices given a name by an equation: `\Sigma = …`.
    pub(super) matrices: Vec<(Symbol, Matrix)>,
    /// Those of them that are products of matrices: covariances, or they say a model in matrices.
    pub(super) products: Vec<(Symbol, Span)>,
    /// The formulas in prose that could not be read, with the symbols on their left: errors when nothing else can be, or
    /// when the model uses what they define.
    pub(super) unread: Vec<(Vec<Symbol>, Box<Diagnostic>)>,
    /// Definitions by cases.
    pub(super) codings: Vec<Coding>,
}

impl Gathered {
    /// Passes over a formula in the prose that cannot be read; `defined` are the symbols on its left.
    pub(super) fn pass_over(&mut self, span: Span, defined: Vec<Symbol>, error: Box<Diagnostic>, notes: &mut Notes) {
        self.system.skipped.push(span);
        notes.push(unread_inline(span, &error.message));
        self.unread.push((defined, error));
    }

    /// Why a formula cannot be read that says what the model uses and nothing else defines; or, without a model, any.
    pub(super) fn wanted(&mut self) -> Option<Box<Diagnostic>> {
        if self.unread.is_empty() {
            return None;
        }
        let keys = |sides: fn(&Statement) -> &[Expr]| -> BTreeSet<Key> {
            self.system.statements.iter().flat_map(sides).flat_map(Expr::symbols).map(Symbol::key).collect()
        };
        let (defined, used) = (keys(Statement::lefts), keys(Statement::rights));
        // How a word for data is calculated says nothing of the model: it is a column.
        let is_data = |symbol: &Symbol| {
            let name = &symbol.name;
            let is_word = |part: &str| part.len() > 1 && part.chars().all(|c| c.is_ascii_alphabetic());
            symbol.indices.is_empty() && name.base.is_ascii() && (is_word(&name.base) || is_word(&name.tag))
        };
        let is_missing =
            |symbol: &Symbol| used.contains(&symbol.key()) && !defined.contains(&symbol.key()) && !is_data(symbol);
        let none = self.system.statements.is_empty();
        // Laws of effects alone: what could not be read is the response's equation.
        let laws = self.system.statements.iter().all(|statement| match statement {
            Statement::Distribution { law: Law::Normal { mean, .. }, .. } => mean.iter().all(Expr::is_zero),
            _ => false,
        });
        let is_response = |s: &Symbol| laws && !s.indices.is_empty() && !defined.contains(&s.key());
        let wanted = |symbol: &Symbol| is_missing(symbol) || is_response(symbol);
        let at = self.unread.iter().position(|(lefts, _)| none || lefts.iter().any(wanted))?;
        Some(self.unread.swap_remove(at).1)
    }
}

impl Block<'_> {
    /// Adds the statements of the block.
    ///
    /// # Errors
    /// `Syntax` where a row says an equation that cannot be read; those of its expressions.
    pub(super) fn gather(&self, build: &mut Builder<'_>, into: &mut Gathered) -> Result<()> {
        let mut words: Option<&Pair<'_>> = None;
        let relation = self.entries.iter().any(|e| is_relation(e));
        for (at, entry) in self.entries.iter().enumerate() {
            let span = build.span(entry);
            match entry.as_rule() {
                Rule::statement | Rule::remark if prose::is_beside_model(entry.as_str()) => {
                    into.system.skipped.push(span);
                }
                Rule::statement => {
                    let before = (into.system.statements.len(), into.system.skipped.len(), build.notes.len());
                    if let Err(error) = self.statement(entry, build, into, relation) {
                        let of_data = self.defines_data(entry.as_str(), build, into)
                            || self.place == Place::Lines && glossed::is_gloss(entry.as_str())
                            || prose::is_precision(entry.as_str());
                        if !self.place.may_be_prose() && !of_data {
                            return Err(error);
                        }
                        into.system.statements.truncate(before.0);
                        build.notes.truncate(before.2);
                        let defined = if of_data { vec![] } else { build.left_of(entry.as_str()) };
                        into.pass_over(span, defined, error, build.notes);
                    }
                }
                Rule::coding => {
                    let symbol = entry.clone().into_inner().next().and_then(|factor| build.single(&factor));
                    into.codings.push(Coding { symbol, span, prose: self.place.may_be_prose() });
                }
                // `ICC $= \sigma^2_u / …$`
                Rule::continuation if at == 0 && self.apart => {
                    into.system.skipped.push(span);
                    build.notes.push(unread_inline(span, "its left side is in words"));
                }
                Rule::continuation => self.continuation(entry, build, into)?,
                Rule::range => {
                    let name = words.map_or(String::new(), |w| group_name(w.as_str()));
                    if let (Some(letter), false) = (first_letter(entry), name.is_empty()) {
                        into.system.groups.push(Group { letter, name, span });
                    }
                    into.system.skipped.push(span);
                }
                Rule::words => {
                    into.system.groups.extend(laws::group(entry.as_str(), span.start));
                    into.system.skipped.push(span);
                }
                Rule::level_label | Rule::row_label => into.system.skipped.push(span),
                Rule::remark => {
                    let before = self.entries[..at].iter().rev().find(|entry| entry.as_rule() != Rule::amp);
                    self.remark(before.map_or("", |before| before.as_str()), entry, span, build, into)?;
                }
                _ => {}
            }
            words = Some(entry).filter(|e| e.as_rule() == Rule::words);
        }
        Ok(())
    }

    /// Text that is no statement: skipped when it says no relation, refused otherwise.
    /// What stands before it may be its left side.
    fn remark(
        &self,
        before: &str,
        entry: &Pair<'_>,
        span: Span,
        build: &mut Builder<'_>,
        into: &mut Gathered,
    ) -> Result<()> {
        let text = entry.as_str();
        // In LaTeX a `~` is a blank.
        let law = || matches!(self.place, Place::Lines | Place::Aside) && Grammar::parse(Rule::says_law, text).is_ok();
        let says = text.contains(['=', '∼']) || text.contains("\\sim") || law();
        if !says && (self.place != Place::Display || !text.contains('+')) {
            into.system.skipped.push(span);
            return Ok(());
        }
        let error = refuse(text, span);
        if self.defines_data(text, build, into) {
            into.pass_over(span, vec![], Box::new(error), build.notes);
            return Ok(());
        }
        if self.place.may_be_prose() || prose::is_law_of_scale(before, text) {
            into.pass_over(span, build.left_of(text), Box::new(error), build.notes);
            return Ok(());
        }
        Err(Box::new(error))
    }

    /// Whether a row of plain text behind an equation says in some way what the values of a word are: `post = 1 if year > 3`.
    fn defines_data(&self, row: &str, build: &mut Builder<'_>, into: &Gathered) -> bool {
        let is_word = |s: &Symbol| s.indices.is_empty() && s.name.base.len() > 2 && s.name.base.is_ascii();
        let is_name = |left: &str| !left.trim().contains(|c: char| c.is_whitespace() || c.is_ascii_punctuation());
        self.place == Place::Lines
            && row.split_once('=').is_some_and(|(left, _)| is_name(left))
            && build.left_of(row).first().is_some_and(is_word)
            && into.system.statements.iter().any(|s| matches!(s, Statement::Equation { .. }))
    }

    fn statement(&self, entry: &Pair<'_>, build: &mut Builder<'_>, into: &mut Gathered, relation: bool) -> Result<()> {
        let span = build.span(entry);
        let mut inner = entry.clone().into_inner();
        let (Some(sides), tail) = (inner.next(), inner.next()) else { return Ok(()) };
        let both = sides.clone().into_inner().find(|p| p.as_rule() == Rule::both);
        let sides: Vec<Pair<'_>> = sides.into_inner().filter(|p| p.as_rule() == Rule::expression).collect();
        match tail {
            Some(tail) if tail.as_rule() == Rule::chain => {
                if let Some(both) = both {
                    return Diagnostic::error(Code::Syntax, "an ampersand parts the left sides of a law only")
                        .at(build.span(&both), "here, before `=`")
                        .help("write an equation for each")
                        .into();
                }
                let (Some(left), lone) = (sides.last(), sides.len() == 1) else { return Ok(()) };
                if !lone {
                    into.system.skipped.extend(sides[..sides.len() - 1].iter().map(|s| build.span(s)));
                }
                let Some(law) = inner.next() else {
                    let span = build.span(left).join(build.span(&tail));
                    return self.equation(left, &tail, span, build, into);
                };
                let vector = tail.into_inner().filter(|p| p.as_rule() == Rule::expression).last();
                match vector.filter(|vector| matrices::rows(vector).is_some()) {
                    Some(vector) => distribution(&[vector], law, span, build, into),
                    None => Err(Box::new(refuse(entry.as_str(), span))),
                }
            }
            Some(tail) if tail.as_rule() == Rule::distribution => distribution(&sides, tail, span, build, into),
            Some(_) => {
                into.system.skipped.push(span);
                Ok(())
            }
            None => self.fragment(&sides, span, build, into, relation),
        }
    }

    /// A row without a relation: a name or label is skipped; a sum next to equations has lost its other half.
    fn fragment(
        &self,
        sides: &[Pair<'_>],
        span: Span,
        build: &mut Builder<'_>,
        into: &mut Gathered,
        relation: bool,
    ) -> Result<()> {
        let sum = |side: &Pair<'_>| side.clone().into_inner().any(|p| p.as_rule() == Rule::sum_sign);
        if self.place == Place::Display && relation && sides.iter().any(sum) {
            // The row must be readable for the advice to make sense.
            for side in sides {
                build.expression(side)?;
            }
            return Diagnostic::error(Code::Syntax, "this row has no `=` and no `~`")
                .at(span, "what does it belong to?")
                .help("end the row before it with `+` if the sum goes on here, or delete it")
                .into();
        }
        if sides.iter().any(matrices::has_values) {
            return Diagnostic::error(Code::Syntax, "a matrix of values is the covariance of nothing")
                .at(span, "")
                .into();
        }
        into.system.skipped.push(span);
        Ok(())
    }

    fn equation(
        &self,
        left: &Pair<'_>,
        chain: &Pair<'_>,
        span: Span,
        build: &mut Builder<'_>,
        into: &mut Gathered,
    ) -> Result<()> {
        let parts: Vec<Pair<'_>> = chain.clone().into_inner().filter(|p| p.as_rule() == Rule::expression).collect();
        if let ([right], Some(lefts)) = (parts.as_slice(), matrices::columns(left))
            && let Some(sums) = matrices::columns(right).filter(|sums| sums.len() == lefts.len())
        {
            return rows_of_vectors(&lefts, &sums, span, build, into);
        }
        // G = (Var(u), …) = (τ², …): the last says the values.
        if let Some(right) = parts.last().filter(|_| parts.iter().all(|part| matrices::rows(part).is_some()))
            && let Some(rows) = matrices::rows(right)
        {
            let matrix = build.matrix(&rows, right)?;
            if let Expr { kind: Kind::Symbol(symbol), .. } = build.expression(left)? {
                into.matrices.push((symbol, matrix));
                return Ok(());
            }
        }
        if let [others @ .., right] = parts.as_slice()
            && others.iter().all(|part| part.as_str().contains("\\begin"))
            && let Some(product) = build.product_of_matrices(right)?
            && let Some(symbol) = build.expression(left)?.symbol()
        {
            into.products.push((symbol.clone(), product.span));
            into.matrices.push((symbol.clone(), product));
            return Ok(());
        }
        let mut left = build.expression(left)?;
        if self.place == Place::Aside
            && let Some(symbols) = prose::behind_words(&left)
        {
            let error =
                Diagnostic::error(Code::Syntax, "words stand before the left side of this equation").at(span, "");
            into.pass_over(span, symbols, Box::new(error), build.notes);
            return Ok(());
        }
        if let Some(order) = cumulative(&left) {
            return Diagnostic::error(Code::OutOfScope, "a cumulative probability is that of an ordinal model")
                .at(order.span, "more than two ordered categories")
                .help("mlnote reads binomial and Poisson responses; ordinal models are beyond lme4 (see the R package ordinal)")
                .into();
        }
        if let Kind::Call(link, arguments) = &mut left.kind
            && !["Var", "Cov", "Cor", "sd", "SD", "E", "P"].contains(&link.as_str())
        {
            arguments.iter_mut().for_each(mean);
        }
        if let Some(inner) = log_log(&left) {
            left.kind = Kind::Call("cloglog".to_owned(), vec![inner]);
        }
        let mut rights = vec![];
        for part in &parts {
            let mut right = build.expression(part)?;
            // The same link of the same mean in other words: `logit(P(y = 1)) = log odds(P(y = 1)) = …`.
            if let (Kind::Call(_, arguments), Kind::Call(..)) = (&mut right.kind, &left.kind)
                && parts.len() > 1
            {
                arguments.iter_mut().for_each(mean);
                if right == left {
                    continue;
                }
            }
            rights.push(right);
        }
        if let Some(moment) = moment(&left, &rights, span) {
            into.system.statements.push(moment);
            return Ok(());
        }
        if prose::is_prose(self.place, &left, &rights) {
            into.system.skipped.push(span);
            if self.place == Place::Aside && left.symbols().iter().all(|s| s.indices.is_empty()) {
                build.notes.push(unread_inline(span, "its left side has no index"));
            }
            return Ok(());
        }
        into.system.statements.push(Statement::Equation { left, rights, span });
        Ok(())
    }

    /// A row that starts with `=`: another right side of the equation before.
    fn continuation(&self, entry: &Pair<'_>, build: &mut Builder<'_>, into: &mut Gathered) -> Result<()> {
        let span = build.span(entry);
        let coded = into.codings.last().map(|coding| coding.span.start);
        let Some(Statement::Equation { .. }) = into.system.statements.last().filter(|s| Some(s.span().start) > coded)
        else {
            return Diagnostic::error(Code::Syntax, "this row starts with `=`, and no equation stands before it")
                .at(span, "what is it equal to?")
                .into();
        };
        for chain in entry.clone().into_inner().filter(|p| p.as_rule() == Rule::chain) {
            for part in chain.into_inner().filter(|p| p.as_rule() == Rule::expression) {
                let right = match build.expression(&part) {
                    Err(error) if error.code == Code::OutOfScope && part.as_str().contains("matrix}") => {
                        into.system.skipped.push(span);
                        let message = "a line in matrix form was skipped, and not checked";
                        build.notes.push(Diagnostic::note(Code::Skipped, message).at(span, "skipped"));
                        continue;
                    }
                    right => right?,
                };
                if let Some(Statement::Equation { rights, span: whole, .. }) = into.system.statements.last_mut() {
                    rights.push(right);
                    *whole = whole.join(span);
                }
            }
        }
        Ok(())
    }
}

/// `(a, b) = (c, d) + (e, f)` is an equation each row.
fn rows_of_vectors(
    lefts: &[Vec<Pair<'_>>],
    sums: &[Vec<Pair<'_>>],
    span: Span,
    build: &mut Builder<'_>,
    into: &mut Gathered,
) -> Result<()> {
    for (left, sum) in lefts.iter().zip(sums) {
        let mut side = |cells: &[Pair<'_>]| -> Result<Expr> {
            Ok(Expr::sum(cells.iter().map(|cell| build.expression(cell)).collect::<Result<Vec<_>>>()?))
        };
        let (left, right) = (side(left)?, side(sum)?);
        into.system.statements.push(Statement::Equation { left, rights: vec![right], span });
    }
    Ok(())
}

/// `left ~ law`; a vector on the left is its cells.
fn distribution(
    sides: &[Pair<'_>],
    tail: Pair<'_>,
    span: Span,
    build: &mut Builder<'_>,
    into: &mut Gathered,
) -> Result<()> {
    if tail.clone().into_inner().flatten().any(|p| p.as_rule() == Rule::shift) {
        let note = "a distribution with a number added to it is of the design of a study: skipped";
        build.notes.push(Diagnostic::note(Code::Skipped, note).at(span, ""));
        into.system.skipped.push(span);
        return Ok(());
    }
    let (left, dotted) = build.before_law(sides)?;
    if let Some(sign) = tail.clone().into_inner().find(|p| p.as_rule() == Rule::equal_law) {
        let note = Diagnostic::note(Code::Syntax, "`=` before a distribution was read as `~`");
        build.notes.push(note.at(build.span(&sign), "here"));
    }
    let Some(law) = tail.into_inner().find(|p| p.as_rule() == Rule::law) else { return Ok(()) };
    let law = match build.law(&law) {
        Ok(Law::Normal { mean, covariance }) if dotted => {
            Law::Normal { mean, covariance: ellipsis::covariance(covariance, left.len()) }
        }
        Ok(Law::Normal { mean, covariance }) => {
            Law::Normal { mean, covariance: matrices::with_correlations(&left, covariance) }
        }
        Ok(law) => law,
        // A prior that leaves out its numbers: N(…, …).
        Err(error) if left.iter().flat_map(Expr::symbols).all(|s| s.indices.is_empty()) => {
            into.system.skipped.push(span);
            let message = format!("a prior was skipped: {}", error.message);
            build.notes.push(Diagnostic::note(Code::Skipped, message).at(span, ""));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let (left, law) = laws::of_logarithm(left, law);
    into.system.statements.push(Statement::Distribution { left, law, span });
    Ok(())
}

fn is_relation(entry: &Pair<'_>) -> bool {
    entry.as_rule() == Rule::continuation
        || (entry.as_rule() == Rule::statement
            && entry.clone().into_inner().any(|p| matches!(p.as_rule(), Rule::chain | Rule::distribution)))
}

/// The note on an inline formula that was passed over.
fn unread_inline(span: Span, why: &str) -> Diagnostic {
    Diagnostic::note(Code::Skipped, format!("a formula in the prose was skipped: {why}")).at(span, "skipped")
}

/// Why a row with a relation cannot be read.
fn refuse(text: &str, span: Span) -> Diagnostic {
    let at = match Grammar::parse(Rule::statement_only, text) {
        Ok(_) => span.start,
        Err(error) => span.start + stray::place(&error),
    };
    let at = at.min(span.end);
    let rest = text.get(at - span.start..).unwrap_or_default();
    let at = at + rest.len() - rest.trim_start().len();
    let next = text.get(at - span.start..).and_then(|rest| rest.chars().next());
    let before = text.get(..at - span.start).unwrap_or_default();
    let bare = before.trim_end().trim_end_matches("{}");
    if let Some(mark) = bare.chars().next_back().filter(|c| matches!(c, '_' | '^')) {
        let script = if mark == '_' { "subscript" } else { "superscript" };
        let start = span.start + bare.len() - 1;
        return Diagnostic::error(Code::Syntax, format!("an empty {script}: nothing stands after `{mark}`"))
            .at(Span::new(start, start + 1), "here")
            .at(span, "in this row")
            .help(format!("write what belongs there, such as an index, or delete the `{mark}`"));
    }
    let (message, width) = match next {
        Some(super::source::snake::JOINER) => ("`_` is not expected here".to_owned(), 1),
        Some(c) => (format!("`{c}` is not expected here"), c.len_utf8()),
        None => ("the equation stops too early".to_owned(), 0),
    };
    let help = match next {
        Some('_' | '^') => "a script needs something to stand on and something after it",
        Some('+' | '=') | None => "a term is missing",
        _ => "equations are written `left = sum of products`, distributions `symbol ~ N(mean, variance)`",
    };
    Diagnostic::error(Code::Syntax, message).at(Span::new(at, at + width), "here").at(span, "in this row").help(help)
}

/// The group's name in `\text{for school }`.
fn group_name(words: &str) -> String {
    let body = super::symbols::clean(words.split_once('{').map_or(words, |(_, body)| body));
    let body = body.trim_matches([',', ' ']);
    let name = ["for ", "and "].iter().find_map(|word| body.strip_prefix(word)).unwrap_or_default().trim();
    ["each ", "every "].iter().find_map(|word| name.strip_prefix(word)).unwrap_or(name).trim().to_owned()
}

fn first_letter(range: &Pair<'_>) -> Option<String> {
    range.clone().into_inner().find(|p| p.as_rule() == Rule::index_letter).map(|p| p.as_str().to_owned())
}

/// `Var(u) = …`, `Cov(u, v) = …`, `sd(u) = …`; of what they are conditional on nothing is asked.
fn moment(left: &Expr, rights: &[Expr], span: Span) -> Option<Statement> {
    let Kind::Call(of, arguments) = &left.kind else { return None };
    let deviation = matches!(of.as_str(), "sd" | "SD");
    if !(deviation || ["Var", "Cov", "Cor"].contains(&of.as_str())) || arguments.is_empty() || arguments.len() > 2 {
        return None;
    }
    let symbol = |argument: &Expr| before_bar(argument).or_else(|| argument.symbol()).cloned();
    let symbols: Vec<Symbol> = arguments.iter().map(symbol).collect::<Option<_>>()?;
    let value = rights.last()?.clone();
    if deviation {
        let square = Kind::Power(Box::new(value.clone()), Box::new(Expr::number(2)));
        return Some(Statement::Moment { of: "Var".into(), symbols, value: Expr::new(square, value.span), span });
    }
    Some(Statement::Moment { of: of.clone(), symbols, value, span })
}
