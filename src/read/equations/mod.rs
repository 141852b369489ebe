//! Reads equations as people write them (LaTeX, Unicode or plain text, with or without prose around) into the system
//! as written. The grammar is in `grammar/`; nothing here decides what a symbol's role is.

mod bracketed;
mod commands;
mod ellipsis;
mod expressions;
mod flattened;
mod functions;
mod grammar;
mod habits;
mod indicators;
mod indices;
mod laws;
mod matrices;
mod nested;
mod prose;
mod rows;
mod several;
mod source;
mod symbols;
mod words;

use self::grammar::{Grammar, Rule};
use self::habits::{again, beside};
use self::source::document::Kind as Place;
use self::source::{commented, document, drawn, glossed, joined, markup, places, plain, scan, snake, tildes, typed};
use crate::algebra::{Reading, lower};
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::Facts;
use crate::read::{Glance, stray};
use crate::syntax::{Expr, Index, Key, Law, Statement, Symbol, System, name_groups};
use pest::Parser;
pub use several::Outline;
use std::borrow::Cow;

/// Reads a text into the system as written. Prose, headings, labels, ranges are skipped; `System::skipped` lists them.
///
/// # Errors
/// `TooLarge`, `ForbiddenCharacter`, `UnknownCommand`, `Unbalanced`, `Syntax`, `OutOfScope`, each with its place.
///
/// ```
/// use mlnote::{model::Facts, read::equations::read_system};
/// let system = read_system("y_ij = beta_0j + e_ij\nbeta_0j = gamma_00 + u_0j", &Facts::default(), &mut vec![]).unwrap();
/// assert_eq!(system.to_string(), "y[i,j] = β_0[j] + e[i,j]\nβ_0[j] = γ_00 + u_0[j]\n");
/// ```
pub fn read_system(text: &str, facts: &Facts, notes: &mut Notes) -> Result<System> {
    read_as(Rule::hierarchical, text, facts, notes)
}

/// The three notations that are equations: one grammar, a start rule each; every one reads what the others do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// An equation a Level.
    Hierarchical,
    /// `j[i]`.
    Bracket,
    /// Everything plugged in.
    Reduced,
}

impl Notation {
    /// The notation by its name on the command line.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Hierarchical, Self::Bracket, Self::Reduced].into_iter().find(|notation| notation.name() == name)
    }

    /// Its name on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hierarchical => "hierarchical",
            Self::Bracket => "bracket",
            Self::Reduced => "reduced",
        }
    }
}

/// Whether a text may hold equations, told from a glance.
pub(super) fn detect(glance: &Glance<'_>) -> bool {
    let text = glance.text;
    let related = has_relation(text) || text.contains("&#61;") || commented::equate(text).is_some();
    !super::json::detect(glance) && related && text.contains(char::is_alphabetic)
}

/// Whether a text is a program whose comments say equations.
pub(super) fn in_comments(text: &str) -> bool {
    has_relation(text) && commented::rows(text).is_some()
}

/// Reads equations and what they mean. Directives in the text count, `facts` win over them.
pub(super) fn read(text: &str, facts: &Facts, notation: Notation) -> Result<Reading> {
    let mut all = super::directives(text)?.facts;
    all.extend(facts.clone());
    let start = match notation {
        Notation::Hierarchical => Rule::hierarchical,
        Notation::Bracket => Rule::bracket,
        Notation::Reduced => Rule::reduced,
    };
    let mut notes = vec![];
    let mut system = read_as(start, text, &all, &mut notes)?;
    name_groups(&mut system);
    if let Some(number) = all.model {
        let system = several::choose(system, &all, number)?;
        return lower(system, &all, notes);
    }
    as_one(system, &all, notes).or_else(|error| {
        let mut notes = vec![];
        let mut system = read_as(start, text, &all, &mut notes)?;
        name_groups(&mut system);
        let Some(mut parts) = several::several(&system, &all) else { return Err(error) };
        match parts.systems.pop() {
            Some(only) if parts.systems.is_empty() => {
                let message = "the model is said again in another form, which agrees";
                notes.extend(parts.again.iter().map(|span| Diagnostic::note(Code::Skipped, message).at(*span, "")));
                lower(only, &all, notes)
            }
            last => {
                parts.systems.extend(last);
                several::refusal(&several::outlines(&parts.systems, text)).into()
            }
        }
    })
}

/// What a text means that says one model.
fn as_one(mut system: System, facts: &Facts, mut notes: Notes) -> Result<Reading> {
    again::laws_of_equations(&mut system, &mut notes);
    lower(system, facts, notes)
}

/// The models of a text of equations, in order; a text that is one model, in however many forms, holds one.
///
/// # Errors
/// Those of [`read_system`].
///
/// ```
/// let text = "y_ij = a + u_j + e_ij\nz_ij = b + v_j + r_ij";
/// let models = mlnote::read::models(text, &mlnote::model::Facts::default()).unwrap();
/// assert_eq!((models.len(), models[1].line, models[1].row.as_str()), (2, 2, "z_ij = b + v_j + r_ij"));
/// ```
pub fn models(text: &str, facts: &Facts) -> Result<Vec<Outline>> {
    let mut all = super::directives(text)?.facts;
    all.extend(facts.clone());
    let system = read_system(text, &all, &mut vec![])?;
    let one = as_one(system.clone(), &all, vec![]).is_ok();
    let parts = if one { None } else { several::several(&system, &all) };
    Ok(several::outlines(&parts.map_or_else(|| vec![system], |parts| parts.systems), text))
}

/// Which of the three a text is; `None` when it cannot be read.
pub(super) fn notation(text: &str) -> Option<Notation> {
    read_system(text, &Facts::default(), &mut vec![]).ok().map(|system| shape(&system))
}

/// An equation of a symbol that others use and that has fewer indices than the response is one of a higher Level; one with
/// all of them, as `ε_ij = u_0j + e_ij`, only names a part of the response's.
fn shape(system: &System) -> Notation {
    let mut bracketed = false;
    let (mut defined, mut used): (Vec<Symbol>, Vec<Key>) = (vec![], vec![]);
    let mut all: Vec<Index> = vec![];
    for statement in &system.statements {
        let (left, right): (Vec<&Expr>, Vec<&Expr>) = match statement {
            Statement::Equation { left, rights, .. } => (vec![left], rights.iter().collect()),
            Statement::Distribution { left, law: Law::Normal { mean, .. }, .. } => {
                (left.iter().collect(), mean.iter().collect())
            }
            Statement::Distribution { left, .. } => (left.iter().collect(), vec![]),
            Statement::Moment { .. } => continue,
        };
        let symbols = |exprs: &[&Expr]| exprs.iter().flat_map(|e| e.symbols()).cloned().collect::<Vec<Symbol>>();
        let (left, right) = (symbols(&left), symbols(&right));
        bracketed |= left.iter().chain(&right).flat_map(|s| &s.indices).any(|i| !i.of.is_empty());
        let most = left.iter().map(|s| &s.indices).max_by_key(|indices| indices.len());
        all = most.filter(|indices| indices.len() > all.len()).cloned().unwrap_or(all);
        // `α_j ~ N(γ_0 + γ_1 Z_j, τ²)` is an equation too.
        if matches!(statement, Statement::Equation { .. }) || !right.is_empty() {
            defined.extend(left);
        }
        used.extend(right.iter().map(Symbol::key));
    }
    let is_higher = |symbol: &Symbol| symbol.indices.len() < all.len() && used.contains(&symbol.key());
    if bracketed {
        Notation::Bracket
    } else if defined.iter().any(is_higher) {
        Notation::Hierarchical
    } else {
        Notation::Reduced
    }
}

/// What 128 brackets in each other need of the stack in a build without optimisation; a thread may have 2 MB.
const STACK: usize = 4 << 20;

fn read_as(start: Rule, text: &str, facts: &Facts, notes: &mut Notes) -> Result<System> {
    stacker::maybe_grow(STACK, 2 * STACK, || read_text(start, text, facts, notes))
}

fn read_text(start: Rule, text: &str, facts: &Facts, notes: &mut Notes) -> Result<System> {
    scan::text(text)?;
    let Some(unwrapped) = markup::unwrap(text) else { return read_undrawn(start, text, facts, notes) };
    let old = notes.len();
    let read = read_undrawn(start, &unwrapped, facts, notes);
    // What was said in other letters may end within one of the text.
    restored(
        read,
        &mut notes[old..],
        &|system| places::each(system, &mut |span| places::whole(text, span)),
        &|diagnostic| places::of_diagnostic(text, diagnostic),
    )
}

/// Reads a text that is not wrapped.
fn read_undrawn(start: Rule, text: &str, facts: &Facts, notes: &mut Notes) -> Result<System> {
    let Some(undrawn) = drawn::undraw(text) else { return read_lines(start, text, text, facts, notes) };
    let old = notes.len();
    let read = read_lines(start, &undrawn.text, text, facts, notes);
    restored(read, &mut notes[old..], &|system| undrawn.restore(system), &|diagnostic| {
        undrawn.restore_diagnostic(diagnostic);
    })
}

/// What was read of another form of a text, with its places in the text.
fn restored(
    read: Result<System>,
    notes: &mut [Diagnostic],
    system: &dyn Fn(&mut System),
    diagnostic: &dyn Fn(&mut Diagnostic),
) -> Result<System> {
    notes.iter_mut().for_each(diagnostic);
    match read {
        Ok(mut read) => {
            system(&mut read);
            Ok(read)
        }
        Err(mut error) => {
            diagnostic(&mut error);
            Err(error)
        }
    }
}

/// Reads a text without drawings; `original` is the text as it came.
fn read_lines(start: Rule, text: &str, original: &str, facts: &Facts, notes: &mut Notes) -> Result<System> {
    let before = notes.len();
    let document::Found { regions, prose, passed } = document::find(text);
    if let Some(joined) = joined::join(text, &regions) {
        return read_lines(start, &joined, original, facts, notes);
    }
    notes.extend(passed.into_iter().map(|code| {
        Diagnostic::note(Code::Skipped, "an equation in code was skipped beside those that are marked as math")
            .at(code, "skipped")
    }));
    let mut blocks = vec![];
    let mut unread = vec![];
    let mut gathered = rows::Gathered::default();
    gathered.system.skipped = prose;
    let inline: Vec<Span> = regions.iter().filter(|r| r.kind == Place::Inline).map(|r| r.span).collect();
    let mut said: Vec<Cow<'_, str>> = regions.iter().map(|region| plain(text, region.span, notes)).collect();
    for (region, math) in regions.iter().zip(&mut said) {
        if let Some(equation) = tildes::equals(math) {
            let message = "`~` before a sum with its residual was read as `=`";
            notes.push(Diagnostic::note(Code::Syntax, message).at(region.span, ""));
            *math = Cow::Owned(equation);
        }
        if region.kind != Place::Display
            && let Some(joined) = typed::signs(math).or_else(|| glossed::law(math))
        {
            *math = Cow::Owned(joined);
        }
    }
    let mut end = 0;
    for (region, math) in regions.into_iter().zip(&said) {
        let base = region.span.start;
        let between = text.get(end..base).unwrap_or_default();
        let apart = region.kind == Place::Inline && between.contains(char::is_alphabetic);
        end = region.span.end;
        if region.kind != Place::Display && !has_relation(math) || is_sign(math) {
            gathered.system.skipped.push(region.span);
            continue;
        }
        if let Some(message) = beside::passed_over(math, said.len() > 1) {
            gathered.system.skipped.push(region.span);
            notes.push(Diagnostic::note(Code::Skipped, message).at(region.span, "skipped"));
            continue;
        }
        if let Err(error) = scan::region(math, base, notes) {
            let is_prior = region.kind == Place::Lines && prose::is_law_of_scale("", math);
            if !(region.kind.may_be_prose() || is_prior) || error.code == Code::TooLarge {
                return Err(error);
            }
            unread.push((region.span, error));
            continue;
        }
        let entries = parse(start, math, base)?;
        blocks.push(rows::Block { base, place: region.kind, apart, entries });
    }
    let entries = blocks.iter().flat_map(|block| block.entries.iter().cloned());
    let letters = indices::Letters::collect(entries, original, facts);
    if !letters.tex
        && let Some(joined) = snake::join(text, &letters)
    {
        notes.truncate(before);
        return read_lines(start, &joined, original, facts, notes);
    }
    for block in &blocks {
        block.gather(&mut expressions::Builder { letters: &letters, base: block.base, notes }, &mut gathered)?;
    }
    for (span, error) in unread {
        let defined =
            expressions::Builder { letters: &letters, base: span.start, notes }.left_of(&text[span.start..span.end]);
        gathered.pass_over(span, defined, error, notes);
    }
    beside::pass_over_codings(&mut gathered, notes)?;
    if let Some(error) = gathered.wanted() {
        return Err(error);
    }
    if let Some(error) = matrices::without_law(&gathered.products, &gathered.system) {
        return error.into();
    }
    let rows::Gathered { mut system, matrices, .. } = gathered;
    habits::complete(&mut system, &matrices, habits::Of { text, tex: letters.tex, inline: &inline }, notes)?;
    system.skipped.sort();
    if system.statements.is_empty() {
        return Diagnostic::error(Code::MissingResponse, "the text holds no equation")
            .at(Span::new(0, original.len()), "nothing here reads as `left = right`")
            .help("write equations as `Y_{ij} = …`, or give `--from` if this is another notation")
            .into();
    }
    Ok(system)
}

/// Reads one symbol, as a flag gives it: `\gamma_{01}`, `gamma_{01}`, `γ_01`, `tau`.
///
/// # Errors
/// `BadArgument` when the text is not one symbol; those of [`read_system`].
pub fn read_symbol(text: &str) -> Result<Symbol> {
    scan::text(text)?;
    let mut notes = vec![];
    scan::region(text, 0, &mut notes)?;
    let letters = indices::Letters::usual();
    let mut build = expressions::Builder { letters: &letters, base: 0, notes: &mut notes };
    let expr = Grammar::parse(Rule::symbol_only, text)
        .ok()
        .and_then(|pairs| pairs.flat_map(pest::iterators::Pair::into_inner).next())
        .and_then(|factor| build.single(&factor));
    match expr {
        Some(symbol) => Ok(symbol),
        None => Err(Box::new(
            Diagnostic::error(Code::BadArgument, format!("`{text}` is not one symbol"))
                .at(Span::new(0, text.len()), "")
                .help("a symbol is written as in LaTeX: `gamma_{01}`, `\\tau`, `SES`"),
        )),
    }
}

fn has_relation(math: &str) -> bool {
    math.contains(['=', '~', '∼', '～']) || ["\\sim", "\\thicksim", "\\equiv"].iter().any(|sign| math.contains(sign))
}

/// Whether a text is one command or character: `$$\sim$$` in the middle of a sentence.
fn is_sign(math: &str) -> bool {
    let math = math.trim();
    let command = math.strip_prefix('\\').unwrap_or_default();
    math.chars().count() == 1 || !command.is_empty() && command.chars().all(|c| c.is_ascii_alphabetic())
}

/// The rows of a region.
fn parse(start: Rule, math: &str, base: usize) -> Result<Vec<grammar::Pair<'_>>> {
    match Grammar::parse(start, math) {
        Ok(pairs) => Ok(pairs.flat_map(pest::iterators::Pair::into_inner).collect()),
        Err(error) => {
            let at = base + stray::place(&error);
            Err(Box::new(Diagnostic::error(Code::Syntax, "this is not expected here").at(Span::new(at, at), "here")))
        }
    }
}
