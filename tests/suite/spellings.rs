//! One model in every spelling of plain text: how indices are marked, what the letters are, how products and laws are
//! written, where the text stands. Whatever they are, the model is one.

use mlnote::model::{Facts, Model};
use mlnote::read::read;

/// A symbol of a letter, a number and indices.
type Spell = fn(&str, &str, &str) -> String;

fn mark(c: char) -> char {
    "0123456789ijk".chars().zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖ".chars()).find(|(plain, _)| *plain == c).map_or(c, |(_, mark)| mark)
}

/// How the number and the indices of a symbol are marked.
const MARKS: [Spell; 7] = [
    |letter, number, of| format!("{letter}{number}{of}"),
    |letter, number, of| match (number, of) {
        ("", "") => letter.to_owned(),
        _ => format!("{letter}_{number}{of}"),
    },
    |letter, number, of| format!("{letter}{number}{}", if of.is_empty() { String::new() } else { format!("_{of}") }),
    |letter, number, of| match (number, of) {
        ("", "") => letter.to_owned(),
        _ => format!("{letter}_{{{number}{of}}}"),
    },
    |letter, number, of| {
        let list: Vec<String> = of.chars().map(String::from).collect();
        format!("{letter}{number}{}", if of.is_empty() { String::new() } else { format!("[{}]", list.join(",")) })
    },
    |letter, number, of| format!("{letter}{}", format!("{number}{of}").chars().map(mark).collect::<String>()),
    |letter, number, of| match (number, of) {
        ("", "") => letter.to_owned(),
        _ => format!("{letter}<sub>{number}{of}</sub>"),
    },
];

/// The letters of intercept and slope, with their numbers.
const COEFFICIENTS: [[(&str, &str); 2]; 9] = [
    [("b", "0"), ("b", "1")],
    [("β", "0"), ("β", "1")],
    [("beta", "0"), ("beta", "1")],
    [("Beta", "0"), ("Beta", "1")],
    [("γ", "00"), ("γ", "10")],
    [("gamma", "00"), ("gamma", "10")],
    [("a", ""), ("b", "")],
    [("μ", ""), ("β", "")],
    [("alpha", ""), ("beta", "")],
];
const COVARIATES: [(&str, &str); 6] =
    [("x", "ij"), ("SES", "ij"), ("time", ""), ("Treatment", ""), ("x1", ""), ("score", "ij")];
const EFFECTS: [(&str, &str); 5] = [("u", ""), ("u", "0"), ("v", ""), ("ζ", "0"), ("w", "")];
const RESIDUALS: [(&str, &str); 6] =
    [("e", "ij"), ("ε", "ij"), ("eps", "ij"), ("epsilon", "ij"), ("r", "ij"), ("ε", "")];
const RESPONSES: [&str; 4] = ["y", "Y", "math", "Weight"];
const PRODUCTS: [&str; 5] = ["*", " * ", "·", " × ", "()"];
const VARIANCES: [&str; 5] = ["σ²", "sigma^2", "tau^2", "σ²_u", "s2_u"];

/// Where the rows stand.
const PLACES: [fn(&[String]) -> String; 8] = [
    |rows| rows.join("\n"),
    |rows| rows.iter().map(|row| format!("# {row}\n")).collect::<String>() + "u <- rnorm(9)\n",
    |rows| format!("The model:\n\n```\n{}\n```\n", rows.join("\n")),
    |rows| rows.iter().map(|row| format!("- {row}\n")).collect(),
    |rows| format!("{}.", rows.join(",\n")),
    |rows| format!("We fitted a model:\n\n    {}\n\nThe results are below.", rows.join("\n    ")),
    |rows| rows.iter().map(|row| format!("#' {row}\n")).collect(),
    |rows| format!("The model is {}.\n{}", rows[0], rows[1..].join("\n")),
];

fn choice<'c, T>(from: &'c [T], number: &mut usize) -> &'c T {
    let chosen = &from[*number % from.len()];
    *number /= from.len();
    chosen
}

/// The text of a number, and the formula that it says.
fn text(number: usize) -> (String, String) {
    let mut number = number;
    let next = &mut number;
    let spell = choice(&MARKS, next);
    let [intercept, slope] = choice(&COEFFICIENTS, next);
    let (covariate, of) = *choice(&COVARIATES, next);
    let (effect, count) = *choice(&EFFECTS, next);
    let (residual, all) = *choice(&RESIDUALS, next);
    let response = *choice(&RESPONSES, next);
    let product = *choice(&PRODUCTS, next);
    let variance = *choice(&VARIANCES, next);
    let place = choice(&PLACES, next);
    let group = *choice(&["j", "j", "i"], next);
    let form = *choice(&["alone", "law", "mean"], next);
    let times = |a: String, b: String| match product {
        "()" => format!("{a}({b})"),
        sign => format!("{a}{sign}{b}"),
    };
    let effect = spell(effect, count, group);
    let fixed = times(spell(slope.0, slope.1, ""), spell(covariate, "", of));
    let sum = format!("{} + {fixed} + {effect}", spell(intercept.0, intercept.1, ""));
    let (y, e) = (spell(response, "", "ij"), spell(residual, "", all));
    let law = format!("{effect} ~ N(0, {variance})");
    let rows = match form {
        "alone" => vec![format!("{y} = {sum} + {e}")],
        "law" => vec![format!("{y} = {sum} + {e}"), law],
        _ => {
            let mean = spell("μ", "", "ij");
            vec![format!("{y} ~ N({mean}, {variance})"), format!("{mean} = {sum}"), law]
        }
    };
    (place(&rows), format!("{response} ~ {covariate} + (1 | {group})"))
}

fn model(text: &str) -> Result<Model, String> {
    read(text, None, &Facts::default()).map(|reading| reading.model).map_err(|error| error.to_string())
}

#[test]
fn every_spelling_of_a_model_says_it() {
    // A stride that shares no factor with the lengths of the lists meets each pair of choices.
    const STRIDE: usize = 67_957;
    const TEXTS: usize = 1_200;
    let mut wrong = vec![];
    for at in 0..TEXTS {
        let (text, formula) = text(at * STRIDE);
        let expected = model(&formula).expect("a formula");
        match model(&text) {
            Ok(said) if said == expected => {}
            other => wrong.push(format!("{text}\n  {formula}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {TEXTS}:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n\n"));
}
