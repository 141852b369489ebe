//! The model itself as JSON, for programs: docs/mlnote.schema.json. `read::json` reads it back to an equal model with
//! equal letters.

use super::Style;
use crate::algebra::{Lexicon, Reading};
use crate::error::{Notes, Result};
use crate::model::{Grouping, Level, Model, RExpr, Reference, Term};
use crate::syntax::{Expr, Index, Kind, Symbol};
use serde_json::{Map, Value, json};

/// Writes the model, its letters and the notes of its reading.
pub(super) fn write(reading: &Reading, style: &Style, _: &mut Notes) -> Result<String> {
    let mut object = model(&reading.model);
    let categories = reading.lexicon.categories.iter();
    let factors = categories.map(|(name, c)| {
        let all: Vec<Option<&String>> =
            std::iter::once(c.reference.as_ref()).chain(c.others.iter().map(Some)).collect();
        (name.clone(), json!(all))
    });
    let (mut factors, mut references): (Map<String, Value>, Map<String, Value>) = (factors.collect(), Map::new());
    for (name, reference) in &reading.lexicon.categorical {
        factors.insert(name.clone(), json!([reference.category()]));
        match reference {
            Reference::First => drop(references.insert(name.clone(), "first".into())),
            Reference::Last => drop(references.insert(name.clone(), "last".into())),
            Reference::Category(_) | Reference::Unknown => {}
        }
    }
    object.insert("factors".into(), Value::Object(factors));
    if !references.is_empty() {
        object.insert("references".into(), Value::Object(references));
    }
    if !reading.lexicon.numeric.is_empty() {
        object.insert("numeric".into(), json!(reading.lexicon.numeric));
    }
    object.insert("names".into(), names(&reading.lexicon).into());
    let notes = reading.notes.iter().map(|note| json!({"note": note.code.slug(), "message": note.message}));
    object.insert("notes".into(), notes.collect());
    let mut text = String::new();
    pretty(&object.into(), (0, 0), style.width, &mut text);
    text.push('\n');
    Ok(text)
}

fn model(model: &Model) -> Map<String, Value> {
    let labels = |terms: &[Term]| terms.iter().map(Term::to_string).collect::<Vec<_>>();
    let random = model.random().iter().map(
        |term| json!({"group": group(&term.group), "terms": labels(&term.terms), "covariance": term.covariance.word()}),
    );
    let mut levels = Map::new();
    let mut observation = vec![];
    for (covariate, level) in model.levels() {
        match level {
            Level::Observation => observation.push(covariate.to_string()),
            Level::Group(of) => drop(levels.insert(covariate.to_string(), group(of).into())),
        }
    }
    let mut object = Map::new();
    object.insert("response".into(), model.response().to_string().into());
    object.insert("family".into(), model.family().into());
    object.insert("link".into(), model.link().into());
    object.insert("fixed".into(), labels(model.fixed()).into());
    object.insert("random".into(), random.collect());
    object.insert("offsets".into(), model.offsets().iter().map(RExpr::to_string).collect());
    object.insert("levels".into(), levels.into());
    object.insert("observation".into(), observation.into());
    object
}

/// `school:class`, each factor as R spells a name.
fn group(grouping: &Grouping) -> String {
    grouping.factors().iter().map(|f| RExpr::name(f).to_string()).collect::<Vec<_>>().join(":")
}

fn names(lexicon: &Lexicon) -> Map<String, Value> {
    let mut object = Map::new();
    let covariates = lexicon.covariates.iter().map(|(column, name)| (column.to_string(), name.spell().into()));
    object.insert("covariates".into(), Value::Object(covariates.collect()));
    let fixed = lexicon.fixed.iter().map(|(term, name)| (term.to_string(), name.spell().into()));
    object.insert("fixed".into(), Value::Object(fixed.collect()));
    for (key, map) in [("coefficients", &lexicon.coefficients), ("effects", &lexicon.effects)] {
        let rows = map.iter().map(|((g, term), name)| (g, (term.to_string(), name.spell().into())));
        object.insert(key.into(), by_group(rows, |rows| Value::Object(rows.into_iter().collect())));
    }
    let rows = lexicon.covariances.iter().map(|((g, a, b), value)| {
        let terms = if a == b { vec![a.to_string()] } else { vec![a.to_string(), b.to_string()] };
        (g, json!({"terms": terms, "value": expression(value)}))
    });
    object.insert("covariances".into(), by_group(rows, Value::Array));
    object.insert("residual".into(), lexicon.residual.as_ref().map(|name| name.spell()).into());
    object.insert("variance".into(), lexicon.variance.as_ref().map(expression).into());
    object.insert("observation".into(), lexicon.observation.clone().into());
    object.insert("letters".into(), json!(lexicon.letters));
    object.insert("order".into(), json!(lexicon.order));
    let empty = |value: &Value| match value {
        Value::Array(parts) => parts.is_empty(),
        Value::Object(members) => members.is_empty(),
        value => value.is_null(),
    };
    object.into_iter().filter(|(_, value)| !empty(value)).collect()
}

/// An object with one member a grouping factor, of the rows of that factor.
fn by_group<'a, T>(rows: impl Iterator<Item = (&'a Grouping, T)>, value: fn(Vec<T>) -> Value) -> Value {
    let mut groups: Vec<(&Grouping, Vec<T>)> = vec![];
    for (of, row) in rows {
        match groups.last_mut().filter(|(last, _)| *last == of) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((of, vec![row])),
        }
    }
    Value::Object(groups.into_iter().map(|(of, rows)| (group(of), value(rows))).collect())
}

/// An expression as a tree: a symbol without indices is its name, everything else an object of one operation.
fn expression(expr: &Expr) -> Value {
    let list = |parts: &[Expr]| parts.iter().map(expression).collect::<Value>();
    match &expr.kind {
        Kind::Sum(parts) => json!({"sum": list(parts)}),
        Kind::Product(parts) => json!({"product": list(parts)}),
        Kind::Negative(part) => json!({"negative": expression(part)}),
        Kind::Quotient(a, b) => json!({"quotient": [expression(a), expression(b)]}),
        Kind::Power(a, b) => json!({"power": [expression(a), expression(b)]}),
        Kind::Number(text) => json!({"number": text}),
        Kind::Symbol(found) => symbol(found),
        Kind::Call(head, arguments) => json!({"call": head, "of": list(arguments)}),
    }
}

fn symbol(symbol: &Symbol) -> Value {
    if symbol.indices.is_empty() {
        return symbol.name.spell().into();
    }
    let index = |index: &Index| match index.of.is_empty() && !index.superscript {
        true => json!(index.letter),
        false => json!({"letter": index.letter, "of": index.of, "superscript": index.superscript}),
    };
    json!({"symbol": symbol.name.spell(), "indices": symbol.indices.iter().map(index).collect::<Value>()})
}

/// Writes a value on one line when it fits, else each member on a line of its own, `indent` deep. The `start` is the
/// column at which the value begins.
fn pretty(value: &Value, (indent, start): (usize, usize), width: usize, out: &mut String) {
    let line = spaced(value);
    let fits = start + line.chars().count() < width;
    let (open, close, parts): (_, _, Vec<(String, &Value)>) = match value {
        Value::Object(members) if !members.is_empty() && (indent == 0 || !fits) => {
            ('{', '}', members.iter().map(|(key, member)| (format!("{}: ", json!(key)), member)).collect())
        }
        Value::Array(parts) if !parts.is_empty() && !fits => {
            ('[', ']', parts.iter().map(|part| (String::new(), part)).collect())
        }
        _ => return out.push_str(&line),
    };
    out.push(open);
    for (position, (key, part)) in parts.into_iter().enumerate() {
        out.push_str(if position > 0 { ",\n" } else { "\n" });
        out.push_str(&" ".repeat(indent + 2));
        out.push_str(&key);
        pretty(part, (indent + 2, indent + 2 + key.chars().count()), width, out);
    }
    out.push('\n');
    out.push_str(&" ".repeat(indent));
    out.push(close);
}

/// On one line, with a blank after each `:` and `,`.
fn spaced(value: &Value) -> String {
    match value {
        Value::Array(parts) => format!("[{}]", parts.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = members.iter().map(|(key, member)| format!("{}: {}", json!(key), spaced(member)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
