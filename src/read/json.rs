//! The model itself as JSON: docs/mlnote.schema.json. Terms are R's labels; names are as `write::json` spells them.

use super::lmer;
use crate::algebra::{Categories, Lexicon, Reading};
use crate::error::{Code, Diagnostic, Result, Span};
use crate::model::{Covariance, Facts, Grouping, Level, Model, RExpr, RandomTerm, Reference, Term};
use crate::read::Glance;
use crate::syntax::{Expr, Index, Kind, Name, Symbol};
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a text looks like a JSON object.
pub(super) fn detect(glance: &Glance<'_>) -> bool {
    let text = glance.text;
    let inside = text.trim_start().strip_prefix('{').map(str::trim_start);
    let object = inside.is_some_and(|rest| rest.starts_with(['"', '}']) && !rest.starts_with("\"\""));
    // A document with equations in its strings is no model.
    let own = ["\"response\"", "\"fixed\"", "\"random\""].iter().any(|field| text.contains(field));
    object && (own || !text.contains(['\\', '=', '~', '∼']))
}

/// Reads a model.
///
/// # Errors
/// `BadJson` at the line and column where it goes wrong; `ForbiddenCharacter` for a hidden one behind an escape.
pub(super) fn read(text: &str, facts: &Facts) -> Result<Reading> {
    check_escapes(text)?;
    let document: Document = serde_json::from_str(text).map_err(|error| refusal(text, &error))?;
    let model = document.model(facts);
    let mut lexicon = Lexicon { numeric: document.numeric, ..document.names.lexicon() };
    for (name, all) in document.factors {
        if all.len() > 1 {
            lexicon.categories.insert(name, categories(&all));
            continue;
        }
        let reference = match (all.into_iter().next().flatten(), document.references.get(&name)) {
            (Some(category), _) => Reference::Category(category),
            (None, Some(End::First)) => Reference::First,
            (None, Some(End::Last)) => Reference::Last,
            (None, None) => Reference::Unknown,
        };
        lexicon.categorical.insert(name, reference);
    }
    lexicon.declare_categories(&model, facts);
    for (letter, factor) in &facts.index {
        lexicon.letters.insert(factor.clone(), letter.clone());
    }
    Ok(Reading { model, lexicon, system: None, notes: vec![] })
}

/// Refuses escapes that stand for characters which no text may hold.
fn check_escapes(text: &str) -> Result<()> {
    let mut at = 0;
    while let Some(next) = text[at..].find('\\') {
        at += next;
        let escape = &text[at + 1..];
        let (said, length) = match escape.as_bytes().first() {
            Some(b'b') => (Some('\u{8}'), 2),
            Some(b'u') => {
                let code = escape.get(1..5).and_then(|hex| u32::from_str_radix(hex, 16).ok());
                (code.and_then(char::from_u32), if code.is_some() { 6 } else { 2 })
            }
            _ => (None, 1 + escape.chars().next().map_or(0, char::len_utf8)),
        };
        if let Some(Err(mut error)) = said.map(|c| super::check_text(c.encode_utf8(&mut [0; 4]))) {
            let span = Span::new(at, at + length);
            error.message =
                format!("an escape stands for {}", error.message.split(", at byte").next().unwrap_or_default());
            error.labels.iter_mut().for_each(|label| label.span = span);
            error.fix.iter_mut().for_each(|fix| fix.span = span);
            return Err(error);
        }
        at += length;
    }
    Ok(())
}

/// The reference first; `null` for a reference that is not known.
fn categories(all: &[Option<String>]) -> Categories {
    Categories { reference: all.first().cloned().flatten(), others: all.iter().skip(1).flatten().cloned().collect() }
}

fn refusal(text: &str, error: &serde_json::Error) -> Box<Diagnostic> {
    let line_start = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    // serde_json counts bytes, from 1, and stands behind what it has read.
    let at = text.floor_char_boundary((line_start + error.column().saturating_sub(1)).min(text.len()));
    let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
    let full = error.to_string();
    let message = full.rsplit_once(" at line ").map_or(full.as_str(), |(message, _)| message);
    let help = "docs/mlnote.schema.json tells what a model looks like as JSON";
    Box::new(Diagnostic::error(Code::BadJson, message).at(Span::new(at, end), "here or just before").help(help))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    response: Covariate,
    #[serde(default = "gaussian", deserialize_with = "word")]
    family: String,
    #[serde(default = "identity", deserialize_with = "word")]
    link: String,
    fixed: Vec<Label>,
    #[serde(default)]
    random: Vec<Random>,
    #[serde(default)]
    offsets: Vec<Covariate>,
    #[serde(default)]
    levels: BTreeMap<Covariate, Group>,
    #[serde(default)]
    observation: Vec<Covariate>,
    #[serde(default)]
    factors: BTreeMap<String, Vec<Option<String>>>,
    #[serde(default)]
    references: BTreeMap<String, End>,
    #[serde(default)]
    numeric: BTreeSet<String>,
    #[serde(default)]
    names: Names,
    #[serde(default, rename = "notes")]
    _notes: IgnoredAny,
}

/// Where the reference stands among categories that are not known.
#[derive(serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum End {
    First,
    Last,
}

fn gaussian() -> String {
    "gaussian".into()
}

fn identity() -> String {
    "identity".into()
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Random {
    group: Group,
    #[serde(deserialize_with = "some_labels")]
    terms: Vec<Label>,
    #[serde(default)]
    covariance: Structure,
}

/// A covariance structure by its word.
struct Structure(Covariance);

impl Default for Structure {
    fn default() -> Self {
        Self(Covariance::Unstructured)
    }
}

impl<'de> serde::Deserialize<'de> for Structure {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let found = Covariance::ALL.iter().find(|c| c.word() == word).copied().map(Self);
        let words: Vec<_> = Covariance::ALL.iter().map(|c| c.word()).collect();
        found
            .ok_or_else(|| serde::de::Error::custom(format!("covariance is one of {}, not `{word}`", words.join(", "))))
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Names {
    covariates: BTreeMap<Covariate, Spelled>,
    fixed: BTreeMap<Label, Spelled>,
    coefficients: BTreeMap<Group, BTreeMap<Label, Spelled>>,
    effects: BTreeMap<Group, BTreeMap<Label, Spelled>>,
    covariances: BTreeMap<Group, Vec<Entry>>,
    residual: Option<Spelled>,
    variance: Option<Tree>,
    observation: Option<String>,
    letters: BTreeMap<String, String>,
    order: Vec<String>,
}

/// A variance (one term) or covariance (two).
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(deserialize_with = "one_or_two")]
    terms: (Label, Label),
    value: Tree,
}

impl Document {
    fn model(&self, facts: &Facts) -> Model {
        let terms = |labels: &[Label]| labels.iter().map(|label| label.0.clone()).collect::<Vec<_>>();
        let mut model = Model::new(self.response.0.clone()).with_family(&self.family, &self.link);
        model = model.with_fixed(terms(&self.fixed));
        for offset in &self.offsets {
            model = model.with_offset(offset.0.clone());
        }
        for random in &self.random {
            let covariance = random.covariance.0;
            model = model.with_random(RandomTerm::new(random.group.0.clone(), terms(&random.terms), covariance));
        }
        for (covariate, of) in &self.levels {
            model = model.with_level(covariate.0.clone(), Level::Group(of.0.clone()));
        }
        for covariate in &self.observation {
            model = model.with_level(covariate.0.clone(), Level::Observation);
        }
        for (covariate, of) in &facts.level {
            if let Ok(covariate) = lmer::parse_expression(covariate) {
                let level = match of.as_str() {
                    "" => Level::Observation,
                    of => Level::Group(Grouping::new(of.split(':'))),
                };
                model = model.with_level(covariate, level);
            }
        }
        model
    }
}

impl Names {
    fn lexicon(self) -> Lexicon {
        let by_group = |map: BTreeMap<Group, BTreeMap<Label, Spelled>>| {
            let rows = map.into_iter().flat_map(|(of, names)| names.into_iter().map(move |row| (of.clone(), row)));
            rows.map(|(of, (label, name))| ((of.0, label.0), name.0)).collect()
        };
        let mut covariances = BTreeMap::new();
        for (of, entries) in self.covariances {
            for Entry { terms: (a, b), value } in entries {
                let (first, second) = if a <= b { (a.0, b.0) } else { (b.0, a.0) };
                covariances.insert((of.0.clone(), first, second), value.0);
            }
        }
        Lexicon {
            covariates: self.covariates.into_iter().map(|(covariate, name)| (covariate.0, name.0)).collect(),
            fixed: self.fixed.into_iter().map(|(label, name)| (label.0, name.0)).collect(),
            coefficients: by_group(self.coefficients),
            effects: by_group(self.effects),
            covariances,
            residual: self.residual.map(|name| name.0),
            variance: self.variance.map(|tree| tree.0),
            observation: self.observation,
            letters: self.letters,
            order: self.order,
            ..Lexicon::default()
        }
    }
}

/// An R expression.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Covariate(RExpr);
/// A term by R's label.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Label(Term);
/// `school` or `school:class`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Group(Grouping);
/// A name as `Name::spell` spells it.
struct Spelled(Name);
/// An expression: the name of a symbol, or an object of one operation.
struct Tree(Expr);

impl<'de> Deserialize<'de> for Covariate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        lmer::parse_expression(&text)
            .map(Self)
            .map_err(|error| D::Error::custom(format!("`{text}`: {}", error.message)))
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        match Covariate::deserialize(deserializer)?.0 {
            RExpr::Number(one) if one == "1" => Ok(Self(Term::intercept())),
            expression => Ok(Self(Term::new(parts(expression)))),
        }
    }
}

impl<'de> Deserialize<'de> for Group {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let factors = parts(Covariate::deserialize(deserializer)?.0).into_iter().map(|factor| match factor {
            RExpr::Name(name) => Ok(name),
            other => Err(D::Error::custom(format!("a grouping factor is a name, not `{other}`"))),
        });
        Ok(Self(Grouping::new(factors.collect::<std::result::Result<Vec<_>, _>>()?)))
    }
}

/// The factors of `a:(b == "c"):d`, in order; one at least.
fn parts(expression: RExpr) -> Vec<RExpr> {
    let bare = |factor: RExpr| match factor {
        RExpr::Call(head, mut inner) if head == "(" && inner.len() == 1 && inner[0].1.is_loose() => inner.remove(0).1,
        factor => factor,
    };
    let mut last_first = vec![];
    let mut rest = expression;
    loop {
        match rest {
            RExpr::Call(head, arguments) if head == ":" && arguments.len() == 2 => {
                let mut sides = arguments.into_iter().map(|(_, side)| side);
                let (Some(left), Some(right)) = (sides.next(), sides.next()) else { return last_first };
                last_first.push(bare(right));
                rest = left;
            }
            first => {
                last_first.push(bare(first));
                last_first.reverse();
                return last_first;
            }
        }
    }
}

impl<'de> Deserialize<'de> for Spelled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        spelled(&String::deserialize(deserializer)?).map(Self)
    }
}

fn spelled<E: serde::de::Error>(text: &str) -> std::result::Result<Name, E> {
    Name::unspell(text).ok_or_else(|| E::custom(format!("`{text}` is no symbol; one is written as `γ_{{01}}`")))
}

/// A name of R's: it is written into calls as it stands.
fn word<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if RExpr::is_syntactic(&text) { Ok(text) } else { Err(D::Error::custom(format!("`{text}` is no name of R's"))) }
}

fn some_labels<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<Label>, D::Error> {
    let labels = Vec::<Label>::deserialize(deserializer)?;
    if labels.is_empty() { Err(D::Error::custom("a random-effects term has one term at least")) } else { Ok(labels) }
}

fn one_or_two<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<(Label, Label), D::Error> {
    match <[Label; 1]>::try_from(Vec::<Label>::deserialize(deserializer)?) {
        Ok([only]) => Ok((only.clone(), only)),
        Err(labels) => match <[Label; 2]>::try_from(labels) {
            Ok([a, b]) => Ok((a, b)),
            Err(_) => Err(D::Error::custom("a variance has one term, a covariance two")),
        },
    }
}

#[derive(serde::Deserialize)]
#[serde(
    untagged,
    expecting = "an expression is the name of a symbol, or an object with `sum`, `product`, `negative`, `quotient`, \
                 `power`, `number`, `call` and `of`, or `symbol` and `indices`"
)]
enum Node {
    Name(String),
    Symbol { symbol: String, indices: Vec<Position> },
    Sum { sum: Vec<Tree> },
    Product { product: Vec<Tree> },
    Negative { negative: Box<Tree> },
    Quotient { quotient: [Box<Tree>; 2] },
    Power { power: [Box<Tree>; 2] },
    Number { number: String },
    Call { call: String, of: Vec<Tree> },
}

#[derive(serde::Deserialize)]
#[serde(untagged, expecting = "an index is a letter, or an object with `letter`, `of` and `superscript`")]
enum Position {
    Letter(String),
    Full { letter: String, of: Vec<String>, superscript: bool },
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let list = |parts: Vec<Self>| parts.into_iter().map(|part| part.0).collect();
        let kind = match Node::deserialize(deserializer)? {
            Node::Name(text) => Kind::Symbol(Symbol::new(spelled(&text)?, vec![])),
            Node::Symbol { symbol, indices } => {
                let indices = indices.into_iter().map(|position| match position {
                    Position::Letter(letter) => Index::new(letter),
                    Position::Full { letter, of, superscript } => Index { letter, of, superscript },
                });
                Kind::Symbol(Symbol::new(spelled(&symbol)?, indices.collect()))
            }
            Node::Sum { sum } => Kind::Sum(list(sum)),
            Node::Product { product } => Kind::Product(list(product)),
            Node::Negative { negative } => Kind::Negative(Box::new(negative.0)),
            Node::Quotient { quotient: [a, b] } => Kind::Quotient(Box::new(a.0), Box::new(b.0)),
            Node::Power { power: [a, b] } => Kind::Power(Box::new(a.0), Box::new(b.0)),
            Node::Number { number } => Kind::Number(number),
            Node::Call { call, of } => Kind::Call(call, list(of)),
        };
        Ok(Self(kind.into()))
    }
}
