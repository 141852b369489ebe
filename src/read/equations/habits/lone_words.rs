//! Terms that are the names of covariates, `\log(\mu_{ij}) = Intercept + Sex + Food \times Sex + a_i`: the word for the
//! intercept says that the coefficients are left out, or the text calls a name a fixed effect; words that name the groups of
//! an intercept, `u_{0j}(\text{field})`, `a_i (field)`.

use crate::error::{Code, Diagnostic, Notes};
use crate::syntax::{Expr, Face, Key, Kind, Name, Statement, Symbol, System, names_residual};
use std::collections::{BTreeMap, BTreeSet};

/// Words for the intercept.
const INTERCEPTS: [&str; 4] = ["intercept", "const", "constant", "(intercept)"];

/// Words for terms that the equation does not write: what they start with, and what stands behind another word.
const COLLECTIVES: [&str; 8] = ["control", "covari", "kontrol", "kovari", "kovary", "confound", "predictor", "adjust"];
const BEHIND: [&str; 4] = ["stuff", "terms", "dummies", "effects"];

/// Gives such terms coefficients.
pub(super) fn give_coefficients(system: &mut System, notes: &mut Notes) {
    let fixed: BTreeSet<Key> = system.fixed.iter().map(Symbol::key).collect();
    // A word with a law is an effect.
    let lawful: BTreeSet<Key> =
        system.laws().flat_map(Statement::lefts).flat_map(Expr::symbols).map(Symbol::key).collect();
    let random: BTreeSet<Key> = system.random.iter().map(Symbol::key).collect();
    let is_effect = |s: &&Symbol| !s.indices.is_empty() && (lawful.contains(&s.key()) || random.contains(&s.key()));
    for statement in &mut system.statements {
        let Statement::Equation { left, rights, .. } = statement else { continue };
        let most = left.symbols().iter().map(|s| s.indices.len()).max().unwrap_or_default();
        for right in rights {
            let Some(terms) = terms(right) else { continue };
            let is_intercept = |term: &Expr| term.symbol().is_some_and(|s| INTERCEPTS.contains(&lower(s).as_str()));
            let listed = terms.iter().any(is_intercept);
            let is_fixed = |term: &Expr| term.symbol().is_some_and(|s| fixed.contains(&s.key()) && is_word(s));
            // μ + subject_i + diet_j, where the text has the law of a subject: the diet is a factor.
            let factors = terms.iter().filter_map(Expr::symbol).any(|s| s.indices.len() < most && is_effect(&s))
                && terms.iter().filter_map(Expr::symbol).any(|s| s.indices.is_empty() && !is_word(s));
            let alone: BTreeMap<String, Symbol> = (terms.iter().filter_map(Expr::symbol))
                .filter(|s| !is_effect(s) && s.indices.len() == 1 && is_word(s))
                .map(|s| (s.name.base.clone(), s.clone()))
                .collect();
            effects_of_names(terms, notes);
            for term in terms.iter_mut() {
                if let Some(word) = collective(term) {
                    let message = format!("{word} stands for terms that the text does not write");
                    let note = Diagnostic::note(Code::AmbiguousRole, message).at(term.span, "taken as one covariate");
                    notes.push(note.help("write every term"));
                    *term = with_coefficient(
                        &word,
                        Symbol { span: term.span, ..Symbol::new(upright(&word), vec![]) }.into(),
                    );
                    continue;
                }
                let named = if is_fixed(term) {
                    term.symbol().map(|s| s.name.base.clone())
                } else {
                    let is_effect = term.symbol().is_some_and(|s| is_effect(&s) || lawful.contains(&s.key()));
                    let told = listed && !is_intercept(term);
                    let product = term.symbol().filter(|_| factors).and_then(|s| product(s, &alone));
                    name(product.as_ref().unwrap_or(term), if told { most } else { 1 })
                        .filter(|_| (told || factors) && !is_effect)
                };
                if let Some(named) = named {
                    let message = format!("{named} is a covariate without a coefficient: given one");
                    notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(term.span, ""));
                    // `(\text{Diet} \times \text{Site})_{ij}` of two such words.
                    let product = term.symbol().and_then(|s| product(s, &alone));
                    *term = with_coefficient(&named, product.unwrap_or_else(|| term.clone()));
                }
            }
        }
    }
}

/// `\beta_0 + \beta_{group}`: what a word names and multiplies nothing beside an intercept is the effect of the column of that
/// name, a factor, or a number whose covariate was left out.
fn effects_of_names(terms: &mut [Expr], notes: &mut Notes) {
    let is_named = |s: &Symbol| {
        let is_word = s.name.tag.chars().count() > 3 && s.name.tag.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        s.indices.is_empty() && is_word && s.name.greek().is_some() && s.name.accents.is_empty()
    };
    let is_intercept = |s: &Symbol| s.indices.is_empty() && matches!(s.name.tag.as_str(), "" | "0" | "00" | "000");
    let whole: Vec<Symbol> = terms.iter().filter_map(Expr::symbol).cloned().collect();
    if !whole.iter().any(is_intercept) {
        return;
    }
    // α + α_{site}: the deviation of a group as likely.
    let plain: BTreeSet<&str> = whole.iter().filter(|s| s.name.tag.is_empty()).map(|s| s.name.base.as_str()).collect();
    let deviates = |s: &Symbol| plain.contains(s.name.base.as_str());
    let of_others: BTreeSet<String> =
        terms.iter().filter(|term| term.symbol().is_none()).flat_map(Expr::symbols).map(|s| s.name.column()).collect();
    for term in terms {
        if let Some(symbol) =
            term.symbol().filter(|s| is_named(s) && !deviates(s) && !of_others.contains(&s.name.tag)).cloned()
        {
            let message = format!("{symbol} multiplies nothing: read as the effect of {}", symbol.name.tag);
            let note = Diagnostic::note(Code::AmbiguousRole, message)
                .at(symbol.span, "of a factor, or its covariate is missing");
            notes.push(note.help(format!("write the covariate, `{symbol} {}`, if it is one", symbol.name.tag)));
            let column = Symbol { span: symbol.span, ..Symbol::new(upright(&symbol.name.tag), vec![]) };
            *term = Expr::new(Kind::Product(vec![symbol.into(), column.into()]), term.span);
        }
    }
}

/// The product of two factors that stand alone, which a symbol of both names with all their indices is.
fn product(symbol: &Symbol, alone: &BTreeMap<String, Symbol>) -> Option<Expr> {
    if symbol.indices.len() != 2 {
        return None;
    }
    let base = &symbol.name.base;
    let mut parts = base.char_indices().map(|(at, _)| base.split_at(at));
    let pair = parts.find_map(|(one, other)| Some([alone.get(one)?, alone.get(other)?]))?;
    let all = pair.iter().all(|s| symbol.indices.contains(&s.indices[0]));
    let factors = pair.map(|s| Symbol { span: symbol.span, ..s.clone() }.into()).to_vec();
    all.then(|| Expr::new(Kind::Product(factors), symbol.span))
}

/// The terms of a sum, alone or within a function, `exp(…)`.
fn terms(right: &mut Expr) -> Option<&mut Vec<Expr>> {
    match &mut right.kind {
        Kind::Sum(terms) => Some(terms),
        Kind::Call(_, arguments) => match &mut arguments[..] {
            [Expr { kind: Kind::Sum(terms), .. }] => Some(terms),
            _ => None,
        },
        _ => None,
    }
}

/// The product of a coefficient with a label and a term.
fn with_coefficient(label: &str, term: Expr) -> Expr {
    let span = term.span;
    let coefficient = Symbol { span, ..Symbol::new(Name::tagged("β", label), vec![]) };
    Expr::new(Kind::Product(vec![coefficient.into(), term]), span)
}

fn upright(word: &str) -> Name {
    Name { face: Face::Upright, ..Name::new(word) }
}

/// The words of a term that stands for others: `controls`, `year_dummies`, `fixed stuff`.
fn collective(term: &Expr) -> Option<String> {
    let factors: Vec<&Symbol> = term.factors().iter().map(Expr::symbol).collect::<Option<_>>()?;
    let bare = factors.iter().all(|s| s.indices.is_empty() && s.name.base.chars().count() > 2);
    let words: Vec<String> = factors.iter().map(|s| s.name.column()).collect();
    let parts: Vec<&str> = words.iter().flat_map(|word| word.split('_')).collect();
    let told = match &parts[..] {
        [word] => COLLECTIVES.iter().any(|start| word.to_lowercase().starts_with(start)),
        [.., last] => BEHIND.contains(last) || COLLECTIVES.iter().any(|start| last.starts_with(start)),
        [] => false,
    };
    (bare && told).then(|| words.join(" "))
}

/// Takes the word behind an intercept for the name of its groups, where it has no index and stands nowhere else.
pub(super) fn drop_names_of_groups(system: &mut System, text: &str, notes: &mut Notes) {
    let uses = system.uses(|symbol| symbol.name.clone());
    let legends = legends(system, text);
    let is_name = |effect: &Symbol, word: &Symbol| {
        let between = text.get(effect.span.end..word.span.start).unwrap_or_default();
        let told = match effect.name.tag.as_str() {
            "0" => word.name.face == Face::Upright || between.contains('('),
            tag => tag.is_empty() && (between == " (" || legends && between == "("),
        };
        told && word.indices.is_empty() && is_word(word) && uses.get(&word.name) == Some(&1)
    };
    let rights = system.statements.iter_mut().filter_map(|statement| match statement {
        Statement::Equation { rights, .. } => Some(rights),
        _ => None,
    });
    for right in rights.flatten() {
        let Kind::Sum(terms) = &mut right.kind else { continue };
        // Without another intercept the effect may be that of a slope.
        if !terms.iter().filter_map(Expr::symbol).any(|s| s.indices.is_empty()) {
            continue;
        }
        for term in terms {
            if let Kind::Product(factors) = &term.kind
                && let [effect, word] = &factors[..]
                && let (Some(effect), Some(word)) = (effect.symbol(), word.symbol())
                && !effect.indices.is_empty()
                && is_name(effect, word)
            {
                let message = format!("{} behind the intercept {effect} is read as the name of its groups", word.name);
                notes.push(Diagnostic::note(Code::AmbiguousRole, message).at(word.span, ""));
                *term = effect.clone().into();
            }
        }
    }
}

/// Whether effects of different groups have a word in brackets each, `α_i(model) + β_j(site)`: it says what the index counts.
/// Slopes of one group would have one index.
fn legends(system: &System, text: &str) -> bool {
    let rights = system.statements.iter().flat_map(Statement::rights).flat_map(Expr::summands);
    let index = |term: &Expr| {
        let factors = term.factors();
        let [effect, word] = [factors.first(), factors.last()].map(|factor| factor.and_then(|f| f.symbol()));
        let (effect, word) = effect.zip(word).filter(|_| factors.len() == 2)?;
        let between = text.get(effect.span.end..word.span.start)?;
        let told = effect.name.tag.is_empty() && word.indices.is_empty() && is_word(word) && between == "(";
        effect.indices.first().filter(|_| told && effect.indices.len() == 1).map(|index| index.letter.clone())
    };
    rights.filter_map(index).collect::<BTreeSet<String>>().len() > 1
}

/// A word, and not the one for the residual.
fn is_word(symbol: &Symbol) -> bool {
    symbol.name.base.chars().count() > 2 && !names_residual(&symbol.name)
}

fn lower(symbol: &Symbol) -> String {
    symbol.name.base.to_lowercase()
}

/// The name of a term that is made of covariates only: words of no group, `Sex`, `Sex \times Food`.
fn name(term: &Expr, most: usize) -> Option<String> {
    let is_covariate = |s: &&Symbol| is_word(s) && (s.indices.is_empty() || s.indices.len() == most);
    let factors: Vec<&Symbol> = term.factors().iter().map(Expr::symbol).collect::<Option<_>>()?;
    let words: Vec<String> = factors.iter().map(|s| s.name.base.clone()).collect();
    factors.iter().all(is_covariate).then(|| words.join(""))
}
