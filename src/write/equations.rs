//! What the three equation notations share: the choices of a style as options of `raise`, and the facts that no equation
//! can say as comments before the equations.

use super::typeset::{self, Layout};
use super::{CovarianceStyle, Format, Indices, Residual, Style, explain, numbered};
use crate::algebra::{
    Covariances, Form, RaiseOptions, Reading, Symbols, as_shown, column_names, lower, raise, raise_changed,
};
use crate::error::{Code, Diagnostic, Notes, Result, hidden};
use crate::model::{Facts, escape};
use crate::syntax::{Accent, Expr, Face, Name, Statement, System, greek};

/// The notations of equations, by their form.
pub(super) const FORMS: &[(&str, Form)] =
    &[("hierarchical", Form::Hierarchical), ("bracket", Form::Bracket), ("reduced", Form::Reduced)];

/// A fact as a comment declares it: kind, name, value.
type Declared = (&'static str, String, String);

/// The equations of one form, and the facts that they cannot say.
///
/// # Errors
/// Those of [`raise`], and `BadArgument` for a symbol to rename that is not spelt as one.
pub(super) fn raised(
    reading: &Reading,
    form: Form,
    style: &Style,
    notes: &mut Notes,
) -> Result<(System, Vec<Declared>)> {
    let options = options(style)?;
    let system = match &style.numbers {
        Some(numbers) => {
            let fill = |system: &mut System, symbols: &Symbols| numbered::fill(system, symbols, numbers);
            raise_changed(reading, form, &options, notes, fill)?
        }
        None => raise(reading, form, &options, notes)?,
    };
    let indices = system.groups.iter().map(|group| ("index", group.letter.clone(), group.name.clone()));
    let factors = declared_factors(reading)?;
    // LaTeX has Greek letters by their names; where they are written as letters, so would be their columns.
    let is_other = |(name, column): &(Name, String)| style.format == Format::Unicode || name.column() != *column;
    let columns = column_names(reading)?.into_iter().filter(is_other);
    let columns = columns.map(|(name, column)| ("column", name.column(), column));
    let escaped = indices.chain(columns).map(|(kind, key, value)| (kind, escape(&key), escape(&value)));
    let facts = escaped.chain(factors).collect();
    Ok((system, facts))
}

/// Writes the equations of one form.
///
/// # Errors
/// Those of [`raised`].
pub(super) fn write(reading: &Reading, form: Form, style: &Style, notes: &mut Notes) -> Result<String> {
    let (system, mut facts) = raised(reading, form, style, notes)?;
    if style.numbers.is_some() {
        // Numbers are no model: there is nothing to be read back.
        facts.clear();
    }
    if style.numbers.is_none() {
        check_meaning(reading, &system, &facts)?;
    }
    let layout = layout(&system, form, style, notes);
    // A word in a range would be read as the name of the factor.
    for (letter, word) in layout.words.iter().filter(|_| layout.ranges && style.numbers.is_none()) {
        let own = |(kind, key, _): &Declared| *kind == "index" && key == letter;
        if reading.lexicon.observation.as_ref() != Some(letter) && word != letter && !facts.iter().any(own) {
            facts.insert(0, ("index", letter.clone(), letter.clone()));
        }
    }
    let text = typeset::system(&system, style.format, &layout)?;
    let comment = match style.format {
        Format::Tex | Format::Markdown => "%",
        Format::Unicode => "#",
        // No reader takes MathML: there is no one to tell.
        Format::Mathml => return Ok(text),
    };
    let facts: String =
        facts.iter().map(|(kind, key, value)| format!("{comment} mlnote: {kind} {key} = {value}\n")).collect();
    // Before the display, Markdown would take the comment for a title or for prose.
    match text.split_once('\n').filter(|_| style.format != Format::Unicode && !layout.standalone) {
        Some((open, rest)) => Ok(format!("{open}\n{facts}{rest}")),
        None => Ok(facts + &text),
    }
}

/// Refuses equations that mean another model than the one they were made from: a symbol may have the place and letters of
/// another kind of symbol.
///
/// # Errors
/// `CannotSay`.
fn check_meaning(reading: &Reading, system: &System, declared: &[Declared]) -> Result<()> {
    if reading.model.random().is_empty() {
        return Ok(());
    }
    let mut facts = Facts::default();
    for (kind, key, value) in declared {
        facts.add(kind, &format!("{key} = {value}"))?;
    }
    let message = match lower(system.clone(), &facts, vec![]) {
        Ok(back) if back.model == reading.model || back.model == as_shown(&reading.model) => return Ok(()),
        Ok(_) => "these equations would be read as another model".to_owned(),
        Err(error) => format!("these equations could not be read back: {}", error.message),
    };
    let help = "write the model in `lmer` or `json`, or rename: a name may be taken for a coefficient, a random effect or \
                an index; and a response is a column or a function of one";
    Diagnostic::error(Code::CannotSay, message).help(help).into()
}

/// The choices of the page, with a word for every index letter that has one.
pub(super) fn layout(system: &System, form: Form, style: &Style, notes: &mut Notes) -> Layout {
    let mut layout = Layout::from(style);
    if layout.level_labels && form == Form::Reduced {
        layout.level_labels = false;
        notes.push(Diagnostic::note(Code::Skipped, "the reduced form is one equation: there are no Levels to label"));
    }
    if layout.ranges {
        let word = |letter: &str| {
            let factor = system.groups.iter().find(|g| g.letter == letter).map_or(letter, |g| &g.name);
            let said = style.words.get(factor).or_else(|| style.words.get(letter)).cloned();
            // The name of a column is a word only as far as it is one.
            said.filter(|word| word != factor).or_else(|| explain::noun(factor)).filter(|word| spoken(word))
        };
        let known = system.statements.iter().filter_map(|statement| match statement {
            Statement::Distribution { left, .. } => Some(left),
            _ => None,
        });
        let indices = known.flatten().flat_map(Expr::symbols).flat_map(|symbol| &symbol.indices);
        layout.words = indices.filter_map(|index| Some((index.letter.clone(), word(&index.letter)?))).collect();
    }
    layout
}

/// Whether words can stand in a range and be told from mathematics.
fn spoken(words: &str) -> bool {
    words.split([' ', '-']).all(|part| part.chars().count() > 1 && part.chars().all(|c| c.is_ascii_alphabetic()))
}

/// The categories of the factors that stand as dummies, the reference first.
///
/// # Errors
/// `CannotSay` when a comment cannot list them, or two would have the same symbol.
fn declared_factors(reading: &Reading) -> Result<Vec<(&'static str, String, String)>> {
    let mut declared = vec![];
    for (factor, categories) in reading.lexicon.declared() {
        let all: Vec<&str> = categories.all().map(String::as_str).collect();
        let symbols: std::collections::BTreeSet<String> = all.iter().map(|c| c.replace([' ', '-'], "_")).collect();
        let shown =
            |text: &&str| !text.is_empty() && text.trim() == *text && !text.chars().any(|c| hidden(c).is_some());
        let why = if !all.iter().all(shown) {
            "one of them is empty, or has blanks at its ends or characters that cannot be seen"
        } else if symbols.len() < all.len() {
            "two of them would have one symbol"
        } else {
            let list: Vec<String> = all.into_iter().map(escape).collect();
            declared.push(("factor", escape(factor), list.join(", ")));
            continue;
        };
        return Diagnostic::error(Code::CannotSay, format!("equations cannot say the categories of {factor}: {why}"))
            .help("rename the categories, or write the model in `lmer`")
            .into();
    }
    Ok(declared)
}

fn options(style: &Style) -> Result<RaiseOptions> {
    let rename = style.rename.iter().map(|(from, to)| Ok((name(from)?, name(to)?)));
    Ok(RaiseOptions {
        covariance: match style.covariance {
            CovarianceStyle::Author => Covariances::Author,
            CovarianceStyle::Tau => Covariances::Tau,
            CovarianceStyle::Sigma => Covariances::Sigma,
        },
        composite: style.residual == Residual::Composite,
        all_indices: style.indices == Indices::All,
        treatment: style.treatment.clone(),
        rename: rename.collect::<Result<_>>()?,
    })
}

/// A symbol on the command line, in LaTeX or Unicode: `\gamma_{01}`, `gamma_01`, `γ₀₁`, `\text{SES}`, `\bar{X}`.
pub(super) fn name(text: &str) -> Result<Name> {
    let bad = || {
        let error = Diagnostic::error(Code::BadArgument, format!("`{text}` is not a symbol"));
        error.help(r"a symbol is written as `gamma_{01}`, `\gamma_{01}` or `γ_01`").into()
    };
    let mut plain = String::new();
    for c in text.trim().trim_matches('$').chars() {
        match typeset::plain(c) {
            Some((below, true)) => {
                if !plain.contains('_') {
                    plain.push('_');
                }
                plain.push(below);
            }
            _ => plain.push(c),
        }
    }
    let (base, tag) = plain.split_once('_').unwrap_or((&plain, ""));
    let tag = tag.trim();
    let tag = tag.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(tag);
    let tag: String = tag.split_whitespace().map(letter).collect();
    let mut base = base.trim();
    let mut name = Name::default();
    for (command, accent) in
        [(r"\bar", Accent::Bar), (r"\overline", Accent::Bar), (r"\tilde", Accent::Tilde), (r"\hat", Accent::Hat)]
    {
        if let Some(inner) = base.strip_prefix(command).and_then(braced) {
            name.accents.push(accent);
            base = inner;
        }
    }
    if let Some(word) = [r"\text", r"\mathrm"].iter().find_map(|c| base.strip_prefix(c).and_then(braced)) {
        name.face = Face::Upright;
        base = word;
    }
    name.base = letter(base);
    name.tag = tag;
    if name.base.is_empty()
        || name.base.contains(['\\', '{', '}', '^', '$'])
        || name.tag.contains(['\\', '{', '}', '^'])
    {
        return bad();
    }
    Ok(name)
}

/// The letter of a command, with or without its backslash; anything else as it is.
fn letter(word: &str) -> String {
    greek::letter(word.trim_start_matches('\\')).unwrap_or(word).to_owned()
}

fn braced(text: &str) -> Option<&str> {
    text.trim().strip_prefix('{').and_then(|t| t.strip_suffix('}'))
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn symbols_of_the_command_line() {
        for (text, base, tag) in [
            ("gamma_{01}", "γ", "01"),
            (r"\gamma_{01}", "γ", "01"),
            ("γ_01", "γ", "01"),
            ("γ₀₁", "γ", "01"),
            ("$tau$", "τ", ""),
            ("beta_{0j}", "β", "0j"),
            (r"\text{SES}", "SES", ""),
            (r"\bar{X}", "X", ""),
        ] {
            let name = name(text).unwrap();
            assert_eq!((name.base.as_str(), name.tag.as_str()), (base, tag), "{text}");
        }
        for text in ["", "_0", r"\frac{a}{b}", "a^2", "{"] {
            assert!(name(text).is_err(), "{text}");
        }
    }
}
