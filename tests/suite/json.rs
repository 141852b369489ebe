//! The notation json: written, read back, held to its schema; and what is refused.

use mlnote::algebra::{Lexicon, Reading};
use mlnote::error::Code;
use mlnote::model::{Covariance, Facts, Grouping, Level, Model, RExpr, RandomTerm, Term};
use mlnote::read::parse_expression;
use mlnote::syntax::{Accent, Expr, Face, Index, Kind, Name, Symbol};
use mlnote::write::Style;
use serde_json::Value;

fn write(reading: &Reading) -> String {
    let writer = mlnote::write::writer("json").unwrap();
    (writer.write)(reading, &Style::default(), &mut vec![]).unwrap()
}

fn read(text: &str) -> mlnote::error::Result<Reading> {
    mlnote::read::read(text, Some("json"), &Facts::default())
}

fn covariate(name: &str) -> Term {
    Term::covariate(name)
}

/// Three levels, odd names, every kind of entry in the lexicon.
fn rich() -> Reading {
    let (school, class) = (Grouping::new(["school"]), Grouping::new(["school", "my class"]));
    let squared = parse_expression("I(x^2)").unwrap();
    let model = Model::new(parse_expression("cbind(hits, n - hits)").unwrap())
        .with_family("binomial", "probit")
        .with_fixed([Term::intercept(), covariate("R"), covariate("Z"), covariate("R").times(&covariate("Z"))])
        .with_fixed([Term::new([squared.clone()]), covariate("a:b")])
        .with_offset(parse_expression("log(n)").unwrap())
        .with_random(RandomTerm::new(school.clone(), [Term::intercept(), covariate("R")], Covariance::Unstructured))
        .with_random(RandomTerm::new(class.clone(), [Term::intercept(), covariate("R")], Covariance::Diagonal))
        .with_level(RExpr::name("Z"), Level::Group(school.clone()))
        .with_level(RExpr::name("R"), Level::Observation)
        .with_level(squared, Level::Group(class.clone()));

    let mut mean = Name { face: Face::Upright, ..Name::new("View Partner") };
    mean.accents = vec![Accent::Bar, Accent::Tilde];
    let marked = Name { mark: "α".into(), ..Name::tagged("γ", "0") };
    let symbol = |name: Name, indices: &[&str]| -> Expr {
        Symbol::new(name, indices.iter().map(|i| Index::new(*i)).collect()).into()
    };
    let square = |of: Expr| Expr::from(Kind::Power(Box::new(of), Box::new(Expr::number(2))));
    let mut nested = Symbol::new(Name::new("τ"), vec![Index::of("j", "i")]);
    nested.indices.push(Index { superscript: true, ..Index::new("k") });

    let mut lexicon = Lexicon::default();
    lexicon.covariates.insert(RExpr::name("Z"), mean);
    lexicon.fixed.insert(Term::intercept(), marked);
    lexicon.fixed.insert(covariate("R").times(&covariate("Z")), Name::tagged("γ", "11"));
    lexicon.coefficients.insert((school.clone(), Term::intercept()), Name::tagged("β", "0"));
    lexicon.coefficients.insert((class.clone(), covariate("R")), Name::tagged("π", "1"));
    lexicon.effects.insert((school.clone(), covariate("R")), Name::tagged("u", "1"));
    let product = Expr::product(vec![symbol(Name::new("ρ"), &[]), symbol(Name::tagged("σ", "0"), &["j"])]);
    lexicon.covariances.insert((school.clone(), Term::intercept(), covariate("R")), product);
    let terms = (school, Term::intercept(), Term::intercept());
    lexicon.covariances.insert(terms, square(symbol(Name::tagged("σ", "0"), &[])));
    let sum = Expr::sum(vec![nested.into(), Kind::Negative(Box::new(Expr::number("0.50"))).into()]);
    let call = Expr::from(Kind::Call("exp".into(), vec![sum]));
    lexicon.covariances.insert((class, covariate("R"), covariate("R")), call);
    lexicon.residual = Some(Name::new("ε"));
    let quotient = Kind::Quotient(Box::new(symbol(Name::new("π"), &[])), Box::new(Expr::number(3)));
    lexicon.variance = Some(square(quotient.into()));
    lexicon.observation = Some("i".into());
    lexicon.letters = [("school".into(), "k".into()), ("my class".into(), "j".into())].into();
    lexicon.order = vec!["i".into(), "j".into(), "k".into()];
    Reading { model, lexicon, system: None, notes: vec![] }
}

fn plain() -> Reading {
    let model = Model::new(RExpr::name("Y")).with_fixed([Term::intercept()]);
    Reading { model, lexicon: Lexicon::default(), system: None, notes: vec![] }
}

#[test]
fn models_and_letters_read_back() {
    for reading in [plain(), rich()] {
        let text = write(&reading);
        let back = read(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(back.model, reading.model, "{text}");
        assert_eq!(back.model.levels(), reading.model.levels(), "{text}");
        assert_eq!(back.model.to_string(), reading.model.to_string(), "the order is kept");
        assert_eq!(back.lexicon, reading.lexicon, "{text}");
        assert_eq!(write(&back), text);
        assert_eq!(mlnote::read::detect(&text).unwrap().name, "json");
    }
}

#[test]
fn brackets_of_covariates_read_back() {
    let texts = [
        "y ~ a:(b %x% c) + (1 | g)",
        "y ~ a / b %x% c + (1 | g)",
        "y ~ f(a - -~b) + (1 | g)",
        "x ^ a@n::b ~ c + (1 | g)",
        r"Y_k = \gamma_0 + \beta_1 (X_{k} + jgamma_1 V_k) + u_{i[k]} + \epsilon_k",
        "Y_ij = a + b x_ij (0 + z | v/w) + u_j + e_ij",
    ];
    for text in texts {
        let reading = mlnote::read::read(text, None, &Facts::default()).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let written = write(&reading);
        assert_eq!(read(&written).unwrap().model, reading.model, "{text}\n{written}");
    }
    let label = |text: &str| read(&format!(r#"{{"response": "y", "fixed": ["{text}"]}}"#)).unwrap().model;
    assert_eq!(label("(a == b):c").fixed()[0].to_string(), "(a == b):c");
    assert_eq!(label("(a == b):c").fixed()[0].degree(), 2);
}

#[test]
fn the_text_is_made_for_people_too() {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/write/json"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("rich", write(&rich())) });
}

#[test]
fn the_example_of_the_guide_is_a_model() {
    let guide = include_str!("../../docs/notations/json.md");
    let example = guide.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let formula = mlnote::read::read("Y ~ R * Z + (R | id)", Some("lmer"), &Facts::default()).unwrap();
    assert_eq!(read(example).unwrap().model, formula.model);
}

#[test]
fn facts_from_flags_are_taken_over() {
    let mut facts = Facts::default();
    facts.add("level", "g = x").unwrap();
    facts.add("index", "k = g").unwrap();
    let text = r#"{"response": "y", "fixed": ["1", "x"], "random": [{"group": "g", "terms": ["1"]}]}"#;
    let reading = mlnote::read::read(text, None, &facts).unwrap();
    assert_eq!(reading.model.level(&RExpr::name("x")), Some(&Level::Group(Grouping::new(["g"]))));
    assert_eq!(reading.lexicon.letters["g"], "k");
}

#[test]
fn what_is_no_model_is_refused_where_it_goes_wrong() {
    // Text, the text from the place on, a part of the message.
    let cases = [
        (r#"{"response": "y", "fixed": ["1"]"#, "]", "EOF"),
        (r#"{"response": "y"}"#, "}", "missing field `fixed`"),
        (r#"{"response": "y", "fixed": ["1"], "randm": []}"#, "\": []}", "unknown field `randm`"),
        (r#"{"response": "y", "fixed": [1]}"#, "1]}", "expected a string"),
        (r#"{"response": "y", "fixed": ["1", "a +"]}"#, "]}", "`a +`"),
        (r#"{"response": "y", "family": "f); q(", "fixed": []}"#, "\", \"fixed\": []}", "no name of R's"),
        (
            r#"{"response": "y", "fixed": [], "random": [{"group": "a+b", "terms": ["1"]}]}"#,
            "\", \"terms\"",
            "grouping",
        ),
        (r#"{"response": "y", "fixed": [], "random": [{"group": "g", "terms": []}]}"#, "}]}", "one term at least"),
        (r#"{"response": "y", "fixed": [], "names": {"residual": "ε_0"}}"#, "}}", "`ε_0` is no symbol"),
        (r#"{"response": "y", "fixed": [], "names": {"variance": {"sum": 1}}}"#, "}}", "an expression is"),
        ("\u{7b}\"response\":\n\"é\", x", "x", "key must be a string"),
    ];
    for (text, place, message) in cases {
        let error = read(text).expect_err(text);
        assert_eq!(error.code, Code::BadJson, "{text}");
        assert!(error.message.contains(message), "{text}: {}", error.message);
        let found = &text[error.labels[0].span.start..];
        assert!(found.starts_with(place), "{text}: {found} ({})", error.message);
    }
}

#[test]
fn deep_nesting_is_refused() {
    let deep = format!("{}1{}", r#"{"negative": "#.repeat(5000), "}".repeat(5000));
    let text = format!(r#"{{"response": "y", "fixed": [], "names": {{"variance": {deep}}}}}"#);
    assert_eq!(read(&text).expect_err("deep").code, Code::BadJson);
}

#[test]
fn what_is_written_keeps_to_the_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../docs/mlnote.schema.json")).unwrap();
    for reading in [plain(), rich()] {
        let value: Value = serde_json::from_str(&write(&reading)).unwrap();
        assert_eq!(breach(&schema, &schema, &value), None);
    }
    for wrong in
        [r#"{"response": "y"}"#, r#"{"response": 1, "fixed": []}"#, r#"{"response": "y", "fixed": [], "x": 1}"#]
    {
        assert!(breach(&schema, &schema, &serde_json::from_str(wrong).unwrap()).is_some(), "{wrong}");
    }
}

/// The first breach of the part of JSON Schema that the schema uses.
fn breach(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str() {
        return breach(root, root.pointer(name.trim_start_matches('#')).expect(name), value);
    }
    if let Some(options) = schema["oneOf"].as_array() {
        let kept = options.iter().filter(|option| breach(root, option, value).is_none()).count();
        return (kept != 1).then(|| format!("{value} fits {kept} of {schema}"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = match &schema["type"] {
        Value::String(one) => one == kind,
        Value::Array(some) => some.iter().any(|one| one == kind),
        _ => true,
    };
    let listed = schema["enum"].as_array().is_none_or(|words| words.contains(value));
    if !allowed || !listed {
        return Some(format!("{value} is not {schema}"));
    }
    let count = value.as_array().map_or(0, Vec::len) as u64;
    if schema["minItems"].as_u64().is_some_and(|min| count < min)
        || schema["maxItems"].as_u64().is_some_and(|max| count > max)
    {
        return Some(format!("{value} has {count} items"));
    }
    let missing = |key: &&Value| value.get(key.as_str().unwrap()).is_none();
    if let Some(key) = schema["required"].as_array().and_then(|keys| keys.iter().find(missing)) {
        return Some(format!("{value} lacks {key}"));
    }
    let items = value.as_array().into_iter().flatten().map(|item| (Some(&schema["items"]), item));
    let members = value.as_object().into_iter().flatten().map(|(key, member)| {
        let known = schema["properties"].get(key).or(schema.get("additionalProperties"));
        (known.filter(|s| **s != Value::Bool(false)), member)
    });
    let closed = schema["additionalProperties"] == Value::Bool(false);
    items.chain(members).find_map(|(schema, part)| match schema {
        Some(schema) => breach(root, schema, part),
        None => closed.then(|| format!("{part} is not expected")),
    })
}

#[test]
fn escapes_cannot_hide_characters() {
    for (escape, said) in [(r"\b", "U+0008"), (r"\u202E", "U+202E"), (r"\\\u0000", "U+0000")] {
        let text = format!("{{\"response\": \"y{escape}\", \"fixed\": [\"1\"]}}");
        let error = read(&text).unwrap_err();
        assert_eq!(error.code, Code::ForbiddenCharacter);
        assert!(error.message.contains(said), "{error}");
        assert!(text[error.labels[0].span.start..].starts_with(escape.trim_start_matches(r"\\")), "{error}");
    }
    assert!(read(r#"{"response": "y\u00e9", "fixed": ["1"]}"#).is_ok());
}
