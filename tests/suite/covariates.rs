//! Covariates: categorical ones are written as dummies and read back; products and look-alikes are noted.

use mlnote::error::Code;
use mlnote::model::{Facts, RExpr, Term};
use mlnote::read::read;
use mlnote::write::{Style, writer};

fn facts(declared: &[&str]) -> Facts {
    let mut facts = Facts::default();
    declared.iter().for_each(|text| facts.add("factor", text).unwrap());
    facts
}

fn convert(text: &str, declared: &[&str], to: &str) -> String {
    let reading = read(text, None, &facts(declared)).unwrap();
    (writer(to).unwrap().write)(&reading, &Style::default(), &mut vec![]).unwrap()
}

/// R's coding: contrasts where the margin is in the model, every category where it is not
/// (`colnames(model.matrix(...))`).
#[test]
fn dummies_are_those_of_r() {
    for (fixed, columns) in [
        ("f", "f_b f_c"),
        ("0 + f", "f_a f_b f_c"),
        ("f + h", "f_b f_c h_y"),
        ("0 + f + h", "f_a f_b f_c h_y"),
        ("f*h", "f_b f_c h_y f_b:h_y f_c:h_y"),
        ("f:h", "f_a:h_x f_b:h_x f_c:h_x f_a:h_y f_b:h_y f_c:h_y"),
        ("f + f:h", "f_b f_c f_a:h_y f_b:h_y f_c:h_y"),
        ("x + f:x", "x f_b:x f_c:x"),
        ("f:x", "f_a:x f_b:x f_c:x"),
    ] {
        let formula = format!("Y ~ {fixed} + (1 | g)");
        let declared: Vec<&str> = ["f=a,b,c", "h=x,y"].into_iter().filter(|d| fixed.contains(&d[..1])).collect();
        let text = convert(&formula, &declared, "reduced");
        let back = read(&text, None, &Facts::default()).unwrap();
        assert_eq!(
            back.model.to_string().lines().nth(1),
            read(&formula, None, &facts(&declared)).unwrap().model.to_string().lines().nth(1),
            "{text}"
        );
        // Without what is declared, the dummies are columns like others.
        let plain: String =
            text.lines().filter(|line| !line.contains("factor")).map(|line| format!("{line}\n")).collect();
        let plain = read(&plain, None, &Facts::default()).unwrap().model;
        let terms: Vec<&Term> = plain.fixed().iter().filter(|term| !term.is_intercept()).collect();
        let columns: Vec<Term> = columns.split(' ').map(|c| Term::new(c.split(':').map(RExpr::name))).collect();
        assert_eq!(terms, columns.iter().collect::<Vec<_>>(), "{fixed}\n{text}");
    }
}

#[test]
fn dummies_that_are_no_coding_are_covariates() {
    let equations = |part: &str| format!("Y_ij = b_0 + {part} + u_j + e_ij");
    for (part, formula) in [
        ("b_1 f_{b,ij} + b_2 f_{c,ij}", "Y ~ f + (1 | j)\n"),
        ("b_1 f_{c,ij} + b_2 f_{b,ij}", "Y ~ f + (1 | j)\n"),
        ("b_1 f_{b,ij}", "Y ~ I(f == \"b\") + (1 | j)\n"),
        ("b_1 f_{a,ij} + b_2 f_{b,ij}", "Y ~ I(f == \"a\") + I(f == \"b\") + (1 | j)\n"),
        ("b_1 f_{b,ij} + b_2 f_{c,ij} + b_3 x_ij + b_4 f_{b,ij} x_ij", "Y ~ f + x + I(f == \"b\"):x + (1 | j)\n"),
    ] {
        assert_eq!(convert(&equations(part), &["f=a,b,c"], "lmer"), formula, "{part}");
    }
}

#[test]
fn the_letters_of_dummies_survive() {
    let text = "Y_ij = a + d_1 f_{b,ij} + d_2 f_{c,ij} + v_j + e_ij";
    let written = convert(text, &["f=a,b,c"], "reduced");
    assert!(written.contains(r"a + d_1 f_{b,ij} + d_2 f_{c,ij} + (v_j + e_{ij})"), "{written}");
}

#[test]
fn what_equatiomatic_prints_keeps_its_dummies() {
    let text = r"\text{score}_i = \alpha_{j[i]} + \beta_1(\operatorname{sector}_{\operatorname{private}}) +
        \beta_2(\operatorname{sector}_{\operatorname{church}}) + \epsilon_i \\ \alpha_j = \gamma + \eta_j";
    assert_eq!(convert(text, &[], "lmer"), "score ~ sector + (1 | j)\n");
    let written = convert(text, &[], "bracket");
    assert!(written.contains(r"\text{sector}_{\text{private}}"), "{written}");
    assert_eq!(
        read(&written, None, &Facts::default()).unwrap().model,
        read(text, None, &Facts::default()).unwrap().model
    );
}

#[test]
fn categories_of_any_spelling_are_declared_and_read_back() {
    let written = |second: &str| {
        let categories = vec!["a".to_owned(), second.to_owned()];
        let facts = Facts { factor: [("f".to_owned(), categories)].into(), ..Facts::default() };
        let reading = read("Y ~ f + (1 | g)", None, &facts).unwrap();
        (writer("reduced").unwrap().write)(&reading, &Style::default(), &mut vec![])
    };
    for category in ["b, c", "x = 1", "\"b\"", "$b$", r"\u{41}"] {
        let text = written(category).unwrap_or_else(|why| panic!("{category:?}: {why}"));
        let facts = mlnote::read::directives(&text).unwrap().facts;
        assert_eq!(facts.factor["f"][1], category, "{text}");
        let back = read(&text, None, &facts).unwrap_or_else(|why| panic!("{why}\n{text}"));
        assert_eq!(
            (writer("lmer").unwrap().write)(&back, &Style::default(), &mut vec![]).unwrap(),
            "Y ~ f + (1 | g)\n",
            "{text}"
        );
    }
    for category in ["", " b ", "b\u{200b}"] {
        assert_eq!(written(category).unwrap_err().code, Code::CannotSay);
    }
}

#[test]
fn a_product_is_noted_and_a_multiple_refused() {
    let write = |formula: &str| {
        let reading = read(formula, None, &Facts::default()).unwrap();
        let mut notes = vec![];
        (writer("reduced").unwrap().write)(&reading, &Style::default(), &mut notes).map(|_| notes)
    };
    let noted = |formula: &str| write(formula).unwrap().iter().any(|n| n.message.ends_with("which reads as a:b:c"));
    assert!(noted("Y ~ I(a * b * c) + (1 | g)"));
    assert!(!noted("Y ~ a:b:c + (1 | g)"));
    for formula in ["Y ~ I(2 * a) + (1 | g)", "Y ~ I(-a) + (1 | g)", "Y ~ I(a * b * 2) + (1 | g)"] {
        assert_eq!(write(formula).unwrap_err().code, Code::CannotSay, "{formula}");
    }
    assert!(write("Y ~ I(a / 10) + I(a + b) + (1 | g)").is_ok());
}

#[test]
fn letters_that_look_the_same_are_noted() {
    let noted = |text: &str| {
        let notes = read(text, None, &Facts::default()).unwrap().notes;
        notes.iter().find(|n| n.code == Code::LookAlike).map(|n| n.labels[0].span.start)
    };
    // U+0430 is Cyrillic.
    assert_eq!(noted("Y ~ a + \u{430} + (1 | g)"), Some(8));
    assert_eq!(noted("Y_ij = β_0 + β_1 a_ij + β_2 \u{430}_ij + u_j + e_ij"), Some(31));
    for text in ["Y ~ x1 + xl + (1 | g)", "Y_ij = ν_0 + ν_1 v_ij + u_j + e_ij", "Y ~ а + (1 | g)"] {
        assert_eq!(noted(text), None, "{text}");
    }
}
