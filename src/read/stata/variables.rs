//! Factor variables: `c.x##i.f`, `ib2.f`, `c.(x z)#i.f`, as products of covariates.

use super::{Rule, place};
use crate::error::{Code, Diagnostic, Notes, Result, Span};
use crate::model::{Facts, RExpr, Reference, Term};
use crate::read::columns::{Columns, product};
use pest::iterators::Pair;
use std::collections::{BTreeMap, BTreeSet};

/// The most terms that a list may have.
const MAX_TERMS: usize = 10_000;
/// The most covariates in one product.
const MAX_DEGREE: usize = 8;

/// What a script says about a column that is none of its own.
pub(super) enum Coding {
    /// `egen cell = group(a b)`.
    Cells {
        /// The column.
        name: String,
        /// The factors whose cells it numbers.
        factors: Vec<String>,
    },
    /// `xtset id time`.
    Panel {
        /// The column of the groups.
        name: String,
    },
    /// `encode f, generate(code) label(words)`.
    Encoded {
        /// The column of numbers.
        name: String,
        /// The column of text.
        of: String,
        /// The list of its words.
        label: String,
    },
    /// `label define words 1 "low" 2 "high"`.
    Labels {
        /// The name of the list.
        label: String,
        /// Numbers and words.
        values: Vec<(String, String)>,
    },
}

/// What a variable is in the model.
type Factor = (RExpr, bool);

/// The variables of a command and what is known of them.
pub(super) struct Variables {
    columns: Columns,
    codes: Vec<Coding>,
    /// The categorical ones, with their base and their place.
    categorical: BTreeMap<String, (Reference, Span)>,
    /// Those that are numbers somewhere: as categories they are another covariate.
    numbers: BTreeSet<String>,
}

impl Variables {
    /// The variables of a script.
    pub(super) fn new(columns: Columns, codes: Vec<Coding>) -> Self {
        Self { columns, codes, categorical: BTreeMap::new(), numbers: BTreeSet::new() }
    }

    /// A column as one expression.
    pub(super) fn one(&mut self, name: &str, span: Span) -> RExpr {
        self.columns.one(name, span)
    }

    /// Notes the columns that were made before.
    pub(super) fn note(&self, notes: &mut Notes) {
        self.columns.note(notes);
    }

    /// The factors whose groups a column numbers.
    pub(super) fn cells(&self, name: &str) -> Vec<String> {
        let cells = self.codes.iter().find_map(|code| match code {
            Coding::Cells { name: own, factors } if own == name && !factors.is_empty() => Some(factors.clone()),
            Coding::Encoded { name: own, of, .. } if own == name => Some(vec![of.clone()]),
            _ => None,
        });
        cells.unwrap_or_else(|| vec![name.to_owned()])
    }

    /// The groups of the panel, as the script sets them last.
    pub(super) fn panel(&self) -> Option<&str> {
        self.codes
            .iter()
            .rev()
            .find_map(|code| if let Coding::Panel { name } = code { Some(name.as_str()) } else { None })
    }

    /// Whether a covariate is of categories.
    pub(super) fn is_categorical(&self, covariate: &RExpr) -> bool {
        match covariate {
            RExpr::Name(name) => self.categorical.contains_key(name) && !self.numbers.contains(name),
            RExpr::Call(head, _) => head == "factor",
            _ => false,
        }
    }

    /// Takes note of the variables that are numbers in a list.
    pub(super) fn see_numbers(&mut self, pair: Pair<'_, Rule>) {
        if pair.as_rule() != Rule::term {
            pair.into_inner()
                .filter(|p| matches!(p.as_rule(), Rule::term | Rule::part | Rule::list))
                .for_each(|p| self.see_numbers(p));
            return;
        }
        let factors: Vec<Pair<'_, Rule>> = pair.into_inner().filter(|p| p.as_rule() == Rule::factor).collect();
        let alone = factors.len() == 1;
        for factor in factors {
            let mut is_number = alone;
            for part in factor.into_inner() {
                match part.as_rule() {
                    Rule::operator => is_number = part.as_str() == "c.",
                    Rule::name if is_number => drop(self.numbers.insert(part.as_str().to_owned())),
                    Rule::list if is_number => self.see_numbers(part),
                    _ => {}
                }
            }
        }
    }

    /// The terms of a list of variables, each once, in order.
    ///
    /// # Errors
    /// `OutOfScope` for operators of time series, `NeedsInfo` for lists that only the data can tell, `TooLarge`.
    pub(super) fn terms<'a>(
        &mut self,
        list: impl Iterator<Item = Pair<'a, Rule>>,
        offset: usize,
        notes: &mut Notes,
    ) -> Result<Vec<Term>> {
        let mut terms: Vec<Term> = vec![];
        for pair in list {
            let span = place(&pair, offset);
            for factors in self.crossed(pair, offset, notes)? {
                let term = product(&factors);
                if term.degree() > MAX_DEGREE {
                    let message = format!("a product has more than {MAX_DEGREE} covariates");
                    return Diagnostic::error(Code::TooLarge, message).at(span, "here").into();
                }
                if !terms.contains(&term) {
                    terms.push(term);
                }
            }
        }
        Ok(terms)
    }

    /// One item of a list: `a##b#c` from the left.
    fn crossed(&mut self, term: Pair<'_, Rule>, offset: usize, notes: &mut Notes) -> Result<Vec<Vec<Factor>>> {
        let span = place(&term, offset);
        let parts: Vec<Pair<'_, Rule>> = term.into_inner().collect();
        // A variable without operator is a number to `xi:`, whose products have `*` and `|`.
        let is_product = parts.iter().any(|p| p.as_str().trim() == "#" || p.as_str().trim() == "##");
        let mut made: Vec<Vec<Factor>> = vec![];
        let mut sign = "";
        for part in parts {
            if part.as_rule() == Rule::cross {
                sign = part.as_str();
                continue;
            }
            let right = self.factor(part, None, is_product, offset, notes)?;
            if sign.is_empty() {
                made = right;
                continue;
            }
            if made.len().saturating_mul(right.len() + 1) > MAX_TERMS {
                let message = format!("the products have more than {MAX_TERMS} terms");
                return Diagnostic::error(Code::TooLarge, message).at(span, "here").into();
            }
            let products: Vec<Vec<Factor>> =
                made.iter().flat_map(|a| right.iter().map(|b| a.iter().chain(b).cloned().collect())).collect();
            made = match sign {
                "#" => products,
                // `xi: i.f|x` has no main effect of f.
                "|" => right.into_iter().chain(products).collect(),
                _ => made.into_iter().chain(right).chain(products).collect(),
            };
            if made.iter().any(|factors| factors.len() > 64) {
                return Diagnostic::error(Code::TooLarge, "a product has too many covariates").at(span, "here").into();
            }
        }
        Ok(made)
    }

    /// A variable with its operators; the products of a list in brackets, each with the operator before it.
    fn factor(
        &mut self,
        factor: Pair<'_, Rule>,
        outer: Option<(String, Span)>,
        is_product: bool,
        offset: usize,
        notes: &mut Notes,
    ) -> Result<Vec<Vec<Factor>>> {
        let mut operator = outer;
        for part in factor.into_inner() {
            let span = place(&part, offset);
            match part.as_rule() {
                Rule::operator => operator = Some((part.as_str().trim_end_matches('.').to_owned(), span)),
                Rule::several => {
                    let message = format!("`{}` is a list that only the data can tell", part.as_str());
                    let error = Diagnostic::error(Code::NeedsInfo, message);
                    return error.at(span, "which columns are these?").help("name each column").into();
                }
                Rule::list => {
                    let mut all = vec![];
                    for term in part.into_inner() {
                        let mut factors = term.clone().into_inner();
                        match (factors.next(), factors.next()) {
                            (Some(only), None) => {
                                all.extend(self.factor(only, operator.clone(), is_product, offset, notes)?);
                            }
                            _ => all.extend(self.crossed(term, offset, notes)?),
                        }
                    }
                    return Ok(all);
                }
                _ => return Ok(vec![self.variable(part.as_str(), span, operator, is_product, notes)?]),
            }
        }
        Ok(vec![])
    }

    fn variable(
        &mut self,
        name: &str,
        span: Span,
        operator: Option<(String, Span)>,
        is_product: bool,
        notes: &mut Notes,
    ) -> Result<Vec<Factor>> {
        let whole = operator.as_ref().map_or(span, |(_, place)| place.join(span));
        let numbers = |columns: &mut Columns| columns.factors(name, span).into_iter().map(|f| (f, false)).collect();
        let Some((operator, at)) = operator else {
            if !is_product {
                return Ok(numbers(&mut self.columns));
            }
            let message = format!("`{name}` in a product without `c.` is categorical to Stata");
            let note = Diagnostic::note(Code::FormulaTrap, message).at(span, "read as `i.`");
            notes.push(note.help(format!("write `c.{name}` if it is a number")));
            return Ok(vec![self.category(name, Reference::First, span)]);
        };
        let written = operator;
        let operator = written.to_lowercase().trim_start_matches('o').to_owned();
        let rest = operator.trim_start_matches('i').trim_start_matches('b').trim_matches(['(', ')']);
        let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        match operator.as_str() {
            "c" => Ok(numbers(&mut self.columns)),
            "i" => Ok(vec![self.category(name, Reference::First, whole)]),
            own if own.starts_with('b') || own.starts_with("ib") => match rest {
                "n" => Diagnostic::error(
                    Code::OutOfScope,
                    format!("`{own}.` gives every category of {name} a coefficient"),
                )
                .at(whole, "here")
                .help(format!("write `i.{name}`: the model is the same when it has an intercept"))
                .into(),
                "first" => Ok(vec![self.category(name, Reference::First, whole)]),
                "last" => Ok(vec![self.category(name, Reference::Last, whole)]),
                base if is_number(base) => Ok(vec![self.category(name, Reference::Category(base.to_owned()), whole)]),
                // The place in an order, or the most frequent: only the data can tell which category that is.
                _ => {
                    let note = Diagnostic::note(Code::Skipped, format!("the base category of {name} is in the data"));
                    notes.push(note.at(at, "not read").help(format!("say it with `--factor {name}=base,others`")));
                    Ok(vec![self.category(name, Reference::Unknown, whole)])
                }
            },
            own if is_number(own.trim_start_matches('i')) => {
                let of = match &self.columns.factors(name, span)[..] {
                    [RExpr::Name(of)] => of.clone(),
                    _ => name.to_owned(),
                };
                let category = self.word(name, rest).unwrap_or_else(|| rest.to_owned());
                Ok(vec![(RExpr::call("I", [RExpr::dummy(of, category)]), true)])
            }
            "l" | "f" | "d" | "s" => {
                Diagnostic::error(Code::OutOfScope, format!("`{written}.` takes the values of other times"))
                    .at(whole, "an operator of time series")
                    .help("make it a column of the data first, and name that")
                    .into()
            }
            _ => Diagnostic::error(Code::Syntax, format!("`{written}.` is no operator of factor variables"))
                .at(at, "here")
                .help("there are `c.` (a number), `i.` (categories), `ib2.` (categories with their base)")
                .into(),
        }
    }

    fn category(&mut self, name: &str, base: Reference, span: Span) -> Factor {
        let of = match &self.columns.factors(name, span)[..] {
            [RExpr::Name(of)] => of.clone(),
            _ => name.to_owned(),
        };
        let base = match base {
            Reference::Category(number) => Reference::Category(self.word(name, &number).unwrap_or(number)),
            other => other,
        };
        let known = self.categorical.entry(of.clone()).or_insert((Reference::First, span));
        // A base that is named once holds for the variable, whatever stands before it elsewhere.
        if known.0 == Reference::First {
            known.0 = base;
        }
        if self.numbers.contains(&of) {
            return (RExpr::call("factor", [RExpr::name(of)]), true);
        }
        (RExpr::name(of), true)
    }

    /// The words of an encoded column.
    fn words(&self, name: &str) -> Option<&[(String, String)]> {
        let list = self.codes.iter().find_map(|code| match code {
            Coding::Encoded { name: own, of, label } if own == name || of == name => Some(label),
            _ => None,
        })?;
        self.codes.iter().find_map(|code| match code {
            Coding::Labels { label, values } if label == list && !values.is_empty() => Some(&values[..]),
            _ => None,
        })
    }

    /// The word that a number stands for.
    fn word(&self, name: &str, number: &str) -> Option<String> {
        self.words(name)?.iter().find(|(own, _)| own == number).map(|(_, word)| word.clone())
    }

    /// Tells what the text says of categories, and notes what it does not say.
    pub(super) fn declare(&self, facts: &mut Facts, notes: &mut Notes) {
        for (name, (base, span)) in &self.categorical {
            if self.numbers.contains(name) || facts.factor.contains_key(name) || facts.numeric.contains(name) {
                continue;
            }
            if let Some(words) = self.words(name) {
                let mut all: Vec<String> = words.iter().map(|(_, word)| word.clone()).collect();
                let at = match base {
                    Reference::Category(base) => all.iter().position(|word| word == base).unwrap_or(0),
                    Reference::Last => all.len().saturating_sub(1),
                    Reference::First | Reference::Unknown => 0,
                };
                all[..=at].rotate_right(1);
                facts.factor.insert(name.clone(), all);
                continue;
            }
            facts.learn_categorical(name, base.clone());
            let shown = base.category().unwrap_or("base");
            let note =
                Diagnostic::note(Code::Skipped, format!("`{name}` is categorical; its categories are in the data"))
                    .at(*span, "said here");
            notes.push(
                note.help(format!("name them, the base first: `--factor {name}={shown},…`; in R, make it a factor")),
            );
        }
        self.numbers.iter().for_each(|name| facts.learn_numeric(name));
    }
}
