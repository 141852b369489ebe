//! A text with several equations for one response: a model level by level, then its combined forms, chains, the same in
//! other letters. Each is held against the model that the latest level-wise equations before it give.

use super::{Meaning, Reading, check_chain, compare, equations, lower, reduce};
use crate::error::{Code, Diagnostic, Result, Span};
use crate::model::Facts;
use crate::syntax::{Expr, Key, Kind, Role, Roles, Statement, Symbol, System};
use std::collections::{BTreeMap, BTreeSet};

/// One right side of a response and how it stands to its model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedForm {
    /// The right side.
    pub span: Span,
    /// The right side of the level-wise equation it is held against.
    pub model: Span,
    /// How it stands.
    pub finding: Finding,
}

/// How a right side stands to its model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It says the same, letter by letter.
    Follows,
    /// It says the same after what the words tell: other letters, one error for the random part.
    Accepted(String),
    /// It says another model; the places of the symbol concerned, here and in the model.
    Broken {
        /// What differs.
        words: String,
        /// In this line.
        here: Span,
        /// In the model.
        there: Span,
    },
    /// It has the slip of the line before it.
    Repeats,
    /// It cannot be read as a model by itself.
    Unread(Diagnostic),
}

impl Finding {
    /// Whether the line is another model.
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Broken { .. })
    }
}

/// The models of a text, each with its forms.
struct Chapter {
    response: Symbol,
    left: Expr,
    model: Expr,
    definitions: Vec<Statement>,
    laws: Vec<Statement>,
    forms: Vec<Expr>,
}

/// Holds every right side of a response against its model, in the order written; the models themselves are not listed.
/// Also how many models there are.
///
/// # Errors
/// What keeps a model from being read; `MissingResponse` when there is none.
pub fn check_forms(system: &System, facts: &Facts) -> Result<(usize, Vec<StatedForm>)> {
    let chapters = chapters(system);
    if chapters.is_empty() {
        return Diagnostic::error(Code::MissingResponse, "no equation has a response on its left").into();
    }
    let mut found = vec![];
    for chapter in &chapters {
        let alone = chapter.system(&[&chapter.model], system);
        let reading = lower(alone, facts, vec![])?;
        let mut broken: Option<&Expr> = None;
        for form in &chapter.forms {
            let mut finding = chapter.finding(form, &reading, system, facts);
            if finding.is_broken() {
                if broken.is_some_and(|before| {
                    chapter.pair(before, form, system, facts).is_ok_and(|f| f == Some(Finding::Follows))
                }) {
                    finding = Finding::Repeats;
                }
                broken = Some(form);
            }
            found.push(StatedForm { span: form.span, model: chapter.model.span, finding });
        }
    }
    Ok((chapters.len(), found))
}

fn left_symbol(left: &Expr) -> Option<&Symbol> {
    left.symbols().into_iter().next()
}

/// Splits a text into models: one begins at an equation of a response that uses coefficients defined before the next
/// equation of a response, or at the first equation of a response that has another name than the one before.
fn chapters(system: &System) -> Vec<Chapter> {
    let used: BTreeSet<Key> = system
        .statements
        .iter()
        .flat_map(|s| match s {
            Statement::Equation { rights, .. } => rights.iter().flat_map(Expr::symbols).map(Symbol::key).collect(),
            _ => vec![],
        })
        .collect();
    let is_response = |s: &Statement| match s {
        Statement::Equation { left, rights, .. } => {
            let plain = matches!(left.kind, Kind::Symbol(_) | Kind::Call(..));
            let indexed = rights.iter().flat_map(Expr::symbols).any(|s| !s.indices.is_empty());
            left_symbol(left).is_some_and(|s| !s.indices.is_empty() && !used.contains(&s.key())) && plain && indexed
        }
        _ => false,
    };
    let mut chapters: Vec<Chapter> = vec![];
    let mut early: Vec<Statement> = vec![];
    for (at, statement) in system.statements.iter().enumerate() {
        match statement {
            Statement::Equation { left, rights, .. } if is_response(statement) => {
                let Some(symbol) = left_symbol(left).cloned() else { continue };
                let next = system.statements[at + 1..].iter().take_while(|s| !is_response(s));
                let defined: BTreeSet<Key> = next
                    .filter_map(|s| match s {
                        Statement::Equation { left, .. } => left.symbol().map(Symbol::key),
                        _ => None,
                    })
                    .collect();
                let own = rights.iter().flat_map(Expr::symbols).any(|s| defined.contains(&s.key()));
                let known = chapters.last().is_some_and(|c| c.response.name.base == symbol.name.base);
                match chapters.last_mut() {
                    Some(chapter) if known && !own => chapter.forms.extend(rights.iter().cloned()),
                    _ => {
                        let level_wise =
                            rights.iter().position(|r| r.symbols().iter().any(|s| defined.contains(&s.key())));
                        let at = level_wise.unwrap_or(0);
                        let rest = rights.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, r)| r.clone());
                        chapters.push(Chapter {
                            response: symbol,
                            left: left.clone(),
                            model: rights[at].clone(),
                            definitions: std::mem::take(&mut early),
                            laws: vec![],
                            forms: rest.collect(),
                        });
                    }
                }
            }
            Statement::Equation { left, .. } => {
                let Some(key) = left.symbol().map(Symbol::key).filter(|k| used.contains(k)) else { continue };
                let list = chapters.last_mut().map_or(&mut early, |c| &mut c.definitions);
                let same = |s: &Statement| matches!(s, Statement::Equation { left, .. } if left.symbol().map(Symbol::key).as_ref() == Some(&key));
                if !list.iter().any(same) {
                    list.push(statement.clone());
                }
            }
            law => {
                if let Some(chapter) = chapters.last_mut() {
                    chapter.laws.push(law.clone());
                }
            }
        }
    }
    chapters
}

impl Chapter {
    /// The model's equations with these right sides of the response.
    fn system(&self, rights: &[&Expr], whole: &System) -> System {
        let span = rights.iter().fold(self.left.span, |span, right| span.join(right.span));
        let equation = Statement::Equation {
            left: self.left.clone(),
            rights: rights.iter().map(|r| (*r).clone()).collect(),
            span,
        };
        // A second statement of the same law adds nothing.
        let mut laws: Vec<Statement> = vec![];
        let stated = |s: &Statement| -> BTreeSet<Key> {
            match s {
                Statement::Distribution { left, .. } => left.iter().flat_map(Expr::symbols).map(Symbol::key).collect(),
                _ => BTreeSet::new(),
            }
        };
        for law in &self.laws {
            let keys = stated(law);
            if keys.is_empty() || !laws.iter().any(|l| !stated(l).is_disjoint(&keys)) {
                laws.push(law.clone());
            }
        }
        let statements = [equation].into_iter().chain(self.definitions.iter().cloned()).chain(laws).collect();
        whole.with_statements(statements)
    }

    /// Whether `second` says what `first` says, in the same letters; `None` when it has letters of its own.
    fn pair(&self, first: &Expr, second: &Expr, whole: &System, facts: &Facts) -> Result<Option<Finding>> {
        let (roles, translation) = equations(&self.system(&[first, second], whole), facts, &mut vec![])?;
        let lines = check_chain(&roles, &translation, facts)?;
        let Some(line) = lines.iter().find(|l| l.span == second.span) else { return Ok(None) };
        if !line.strangers.is_empty() || line.before.is_none() {
            return Ok(None);
        }
        let words: Vec<String> =
            line.changes.iter().map(|c| c.words.replace("in the line before", "in the model")).collect();
        Ok(Some(match line.changes.first() {
            None => Finding::Follows,
            Some(change) => {
                let there = if change.there == first.span { self.defined(change.here, second) } else { None };
                let there = there.unwrap_or(change.there);
                Finding::Broken { words: words.join("; "), here: change.here, there }
            }
        }))
    }

    /// Where the equations of the coefficients have the symbol that stands at a place of a line.
    fn defined(&self, at: Span, line: &Expr) -> Option<Span> {
        let key = line.symbols().into_iter().find(|s| s.span == at)?.key();
        let rights = self.definitions.iter().flat_map(|s| match s {
            Statement::Equation { rights, .. } => rights.as_slice(),
            _ => &[],
        });
        rights.flat_map(Expr::symbols).find(|s| s.is(&key)).map(|s| s.span)
    }

    fn finding(&self, form: &Expr, reading: &Reading, whole: &System, facts: &Facts) -> Finding {
        match self.pair(&self.model, form, whole, facts) {
            Ok(Some(finding)) => return finding,
            Ok(None) => {}
            Err(why) => return Finding::Unread(*why),
        }
        let (form, note) = self.relettered(form, whole, facts);
        if let Some(note) = note {
            match self.pair(&self.model, &form, whole, facts) {
                Ok(Some(Finding::Follows)) => return Finding::Accepted(note),
                Ok(Some(other)) => return other,
                _ => {}
            }
        }
        self.in_other_letters(&form, reading, whole, facts)
    }

    /// A coefficient that the model does not define stands for the one with its indices that the line lacks.
    fn relettered(&self, form: &Expr, whole: &System, facts: &Facts) -> (Expr, Option<String>) {
        let Ok((roles, _)) = equations(&self.system(&[&self.model], whole), facts, &mut vec![]) else {
            return (form.clone(), None);
        };
        let here: Vec<Symbol> = form.symbols().into_iter().cloned().collect();
        let strangers: Vec<&Symbol> = here.iter().filter(|s| roles.role(s).is_none()).collect();
        let absent: Vec<&Symbol> =
            roles.definitions.iter().map(|d| &d.symbol).filter(|d| !here.iter().any(|s| s.same(d))).collect();
        let ([stranger], [coefficient]) = (&strangers[..], &absent[..]) else { return (form.clone(), None) };
        if stranger.key().indices != coefficient.key().indices || roles.is_full(&stranger.key()) {
            return (form.clone(), None);
        }
        let note = format!("{stranger} is not defined; it stands where {coefficient} does in the model");
        (replaced(form, &stranger.key(), coefficient), Some(note))
    }

    /// Reads the line by itself and compares the models.
    fn in_other_letters(&self, form: &Expr, reading: &Reading, whole: &System, facts: &Facts) -> Finding {
        let alone = self.system(&[form], whole);
        let alone = self.without_definitions(alone, form);
        let mut notes = vec![];
        match lower(alone.clone(), facts, vec![]) {
            Ok(other) => {
                let comparison = compare(reading, &other, &facts.index, &BTreeSet::new());
                match comparison.differences.first() {
                    None => {
                        let told = comparison.letters.iter().filter(|p| p.is_renamed());
                        let told: Vec<String> = told
                            .filter_map(|p| match &p.names {
                                [Some(a), Some(b)] => Some(format!("{b} is {a}")),
                                _ => None,
                            })
                            .take(3)
                            .collect();
                        let words = match told.is_empty() {
                            true => "other indices, the same model".to_owned(),
                            false => format!("other letters, the same model: {}", told.join(", ")),
                        };
                        Finding::Accepted(words)
                    }
                    Some(first) => {
                        let words = first.message.replace(" is in A only", " is only in the model");
                        let words = words.replace("in A", "in the model").replace("in B", "in this line");
                        let words = words.replace("B has", "this line has").replace("A has", "the model has");
                        let words = words.replace("B does", "this line does").replace("A does", "the model does");
                        Finding::Broken { words, here: form.span, there: self.model.span }
                    }
                }
            }
            Err(why) if why.code == Code::CompositeError || why.code == Code::NoRandomPart => {
                let mean = |system: &System, notes: &mut Vec<Diagnostic>| {
                    equations(system, facts, notes).and_then(|(roles, t)| {
                        let poly = reduce(&t.equations)?.poly;
                        Ok(mean_terms(&poly, &t, &roles))
                    })
                };
                let model = mean(&self.system(&[&self.model], whole), &mut notes);
                let line = mean(&alone, &mut notes);
                match (model, line) {
                    (Ok(model), Ok(line)) if model != line => {
                        let missing: Vec<&String> = model.difference(&line).collect();
                        let extra: Vec<&String> = line.difference(&model).collect();
                        let words = match (missing.first(), extra.first()) {
                            (Some(term), _) => format!("{term} is missing"),
                            (_, Some(term)) => format!("{term} is not in the model"),
                            _ => "another mean".to_owned(),
                        };
                        Finding::Broken { words, here: form.span, there: self.model.span }
                    }
                    _ => Finding::Accepted(
                        "one error stands for the random effects and the residual of the model".into(),
                    ),
                }
            }
            Err(why) => Finding::Unread(*why),
        }
    }

    /// Drops definitions and laws of symbols that the line does not use.
    fn without_definitions(&self, system: System, form: &Expr) -> System {
        let mut needed: BTreeSet<Key> = form.symbols().into_iter().map(Symbol::key).collect();
        loop {
            let before = needed.len();
            for statement in &self.definitions {
                if let Statement::Equation { left, rights, .. } = statement
                    && left.symbol().is_some_and(|s| needed.contains(&s.key()))
                {
                    needed.extend(rights.iter().flat_map(Expr::symbols).map(Symbol::key));
                }
            }
            if needed.len() == before {
                break;
            }
        }
        let keep = |s: &Statement| match s {
            Statement::Equation { left, span, .. } => {
                span.start == system.statements[0].span().start
                    || left.symbol().is_some_and(|s| needed.contains(&s.key()))
            }
            Statement::Distribution { left, .. } => {
                left.iter().flat_map(Expr::symbols).all(|s| needed.contains(&s.key()))
            }
            Statement::Moment { symbols, .. } => symbols.iter().all(|s| needed.contains(&s.key())),
        };
        let statements = system.statements.iter().filter(|s| keep(s)).cloned().collect();
        system.with_statements(statements)
    }
}

/// The terms of the mean, each as its symbols in order without index letters.
fn mean_terms(poly: &super::Poly, translation: &super::Translated, roles: &Roles) -> BTreeSet<String> {
    let random = |key: &Key| matches!(roles.roles.get(key), Some(Role::Random | Role::Residual));
    let mut terms = BTreeSet::new();
    for (monomial, _) in poly.terms() {
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let mut is_random = false;
        for atom in monomial.atoms() {
            match translation.meanings.get(&atom) {
                Some(Meaning::Random(key) | Meaning::Residual(key)) => is_random |= random(key),
                Some(Meaning::Covariate { covariate, .. }) => *names.entry(covariate.to_string()).or_default() += 1,
                Some(Meaning::Fixed(key)) => *names.entry(key.name.to_string()).or_default() += 1,
                _ => {}
            }
        }
        if !is_random && !names.is_empty() {
            terms.insert(names.into_keys().collect::<Vec<_>>().join(" "));
        }
    }
    terms
}

/// The expression with one symbol for another; the places stay.
fn replaced(expr: &Expr, from: &Key, to: &Symbol) -> Expr {
    let all = |parts: &[Expr]| parts.iter().map(|p| replaced(p, from, to)).collect();
    let one = |part: &Expr| Box::new(replaced(part, from, to));
    let kind = match &expr.kind {
        Kind::Symbol(symbol) if symbol.is(from) => Kind::Symbol(Symbol { span: symbol.span, ..to.clone() }),
        Kind::Sum(parts) => Kind::Sum(all(parts)),
        Kind::Product(parts) => Kind::Product(all(parts)),
        Kind::Negative(inner) => Kind::Negative(one(inner)),
        Kind::Quotient(a, b) => Kind::Quotient(one(a), one(b)),
        Kind::Power(a, b) => Kind::Power(one(a), one(b)),
        Kind::Call(name, parts) => Kind::Call(name.clone(), all(parts)),
        other => other.clone(),
    };
    Expr::new(kind, expr.span)
}
