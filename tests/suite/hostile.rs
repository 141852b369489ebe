//! Bad input, row by row: the exit status is 2, nothing is on stdout, one message names what is wrong; and the limits, on
//! both of their sides.

use super::cli::run;
use mlnote::error::Code;
use mlnote::model::Facts;
use mlnote::read::{READERS, read};
use mlnote::write::{Format, Style, writer};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Runs `convert` on a text from standard input.
fn convert(text: &[u8], flags: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlnote"));
    command.args(["convert", "-", "--to", "json"]).args(flags);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = text.to_owned();
    // A text over the limit is not read to its end.
    let writer = std::thread::spawn(move || drop(input.write_all(&text)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let said = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), said(output.stdout), said(output.stderr))
}

#[track_caller]
fn refused(text: &[u8], code: &str) -> String {
    let (status, out, err) = convert(text, &[]);
    let shown: String = String::from_utf8_lossy(text).chars().take(80).collect();
    assert_eq!((status, out.as_str()), (2, ""), "{shown}\n{err}");
    assert!(err.contains(&format!("error[{code}]")), "{code}: {shown}\n{err}");
    assert!(!err.contains("panicked"), "{err}");
    err
}

#[test]
fn each_bad_text_is_refused_by_its_reason() {
    let deep = |open: &str, close: &str, n: usize| format!("y ~ {}x{} + (1 | g)", open.repeat(n), close.repeat(n));
    let product = format!("y ~ {} + (1 | g)", (0..20).map(|i| format!("x{i}")).collect::<Vec<_>>().join("*"));
    let equation = |body: &str| format!("$$y_{{ij}} = \\beta_0 + {body} + u_j + e_{{ij}}$$");
    for (text, code) in [
        (deep("(", ")", 100_000), "too-large"),
        (equation(&format!("{}x_{{ij}}{}", "(".repeat(100_000), ")".repeat(100_000))), "too-large"),
        (equation(&format!("{}x_{{ij}}{}", "{".repeat(100_000), "}".repeat(100_000))), "too-large"),
        (product, "too-large"),
        // R's help pages: their braces say where an equation ends.
        (format!("\\deqn{{{}y_ij = a}}", "{".repeat(100_000)), "too-large"),
        // A function whose argument cannot be read is tried once, not twice at every bracket.
        (equation(&format!("{}?{}", "exp(".repeat(100), ")".repeat(100))), "syntax"),
        (equation(r"\def\x{1}"), "unknown-command"),
        (equation(r"\newcommand{\x}{1}"), "unknown-command"),
        (equation(r"\input{/etc/passwd}"), "unknown-command"),
        (equation(r"\include{a}"), "unknown-command"),
        (equation(r"\write18{ls}"), "unknown-command"),
        (equation(r"\csname x\endcsname"), "unknown-command"),
        (equation(r"\catcode`\@=11"), "unknown-command"),
        (equation(r"\unknownword x_{ij}"), "unknown-command"),
        (equation(r"\beta_1 \text{a^^5cwrite18}_{ij}"), "unknown-command"),
        (equation("^^5cinput{a} x_{ij}"), "unknown-command"),
        (equation(r"\beta_1 \text{a^^M}_{ij}"), "unknown-command"),
        (equation("\u{202E}x_{ij}"), "forbidden-character"),
        (equation("\u{2066}x_{ij}"), "forbidden-character"),
        (equation("\u{200F}x_{ij}"), "forbidden-character"),
        (equation("x\u{200B}_{ij}"), "forbidden-character"),
        (equation("x\0_{ij}"), "forbidden-character"),
        (equation("x\u{1b}[31m_{ij}"), "forbidden-character"),
        ("y ~ x\u{200D} + (1 | g)".into(), "forbidden-character"),
        ("y ~ x\0 + (1 | g)".into(), "forbidden-character"),
        ("y ~ x ~ z + (1 | g)".into(), "formula-refused"),
        ("y ~ (x + (1 | g)".into(), "unbalanced"),
        (equation("(x_{ij}"), "unbalanced"),
        (equation(r"\beta_1 x_{ij} \end{align}"), "unbalanced"),
        (String::new(), "unknown-notation"),
    ] {
        let err = refused(text.as_bytes(), code);
        assert!(!err.contains(['\u{202E}', '\u{2066}', '\u{200F}', '\u{200B}', '\u{1b}', '\0']), "{err:?}");
    }
    assert!(refused(b"y ~ x\xFF + (1 | g)", "forbidden-character").contains("byte 5"));
}

#[test]
fn a_byte_order_mark_is_taken_off_once() {
    assert_eq!(convert("\u{FEFF}y ~ x + (1 | g)".as_bytes(), &[]).0, 0);
    refused("\u{FEFF}\u{FEFF}y ~ x + (1 | g)".as_bytes(), "forbidden-character");
}

#[test]
fn brackets_up_to_their_limit() {
    // The `~` of a formula nests too.
    let formula = |n: usize| format!("y ~ {}x{} + (1 | g)", "(".repeat(n), ")".repeat(n));
    assert_eq!(convert(formula(127).as_bytes(), &[]).0, 0);
    refused(formula(128).as_bytes(), "too-large");
    let equation = |n: usize| format!("y_ij = a + b {}x_ij{} + u_j + e_ij", "(".repeat(n), ")".repeat(n));
    assert_eq!(convert(equation(128).as_bytes(), &[]).0, 0);
    refused(equation(129).as_bytes(), "too-large");
}

/// Of time that is quadratic in the blanks this test would need an hour.
#[test]
fn blanks_are_passed_over_once() {
    for (open, close) in [("", ""), ("$$", "$$")] {
        let text = format!("{open}y_ij = a +{}b x_ij + u_j + e_ij{close}", " ".repeat(400_000));
        let (status, out, err) = convert(text.as_bytes(), &[]);
        assert!(status == 0 && out.contains(r#""fixed": ["1", "x"]"#), "{out}{err}");
    }
}

#[test]
fn bytes_up_to_their_limit_in_every_notation() {
    for text in ["y ~ x + (1 | g)\n#", "y_ij = a + b x_ij + u_j + e_ij\n% "] {
        let padded = |n: usize| format!("{text}{}", "c".repeat(n - text.len()));
        assert_eq!(convert(padded(1 << 20).as_bytes(), &[]).0, 0, "{text}");
        let err = refused(padded((1 << 20) + 1).as_bytes(), "too-large");
        assert!(err.contains("--max-bytes"), "{err}");
        let (status, _, err) = convert(padded((1 << 20) + 1).as_bytes(), &["--max-bytes", "2000000"]);
        assert_eq!(status, 0, "{text}\n{err}");
    }
}

#[test]
fn covariates_in_a_product_up_to_their_limit() {
    let product = |n: usize| (0..n).map(|i| format!("x{i}")).collect::<Vec<_>>().join(":");
    assert_eq!(convert(format!("y ~ {} + (1 | g)", product(8)).as_bytes(), &[]).0, 0);
    refused(format!("y ~ {} + (1 | g)", product(9)).as_bytes(), "too-large");
}

#[test]
fn an_expansion_up_to_its_limit() {
    // A product of two sums of a hundred has 10,000 terms.
    let sum = |letter: &str, n: usize| (0..n).map(|i| format!("{letter}{i}")).collect::<Vec<_>>().join(" + ");
    refused(format!("y ~ ({}):({}) + (1 | g)", sum("a", 101), sum("b", 100)).as_bytes(), "too-large");
}

#[test]
fn what_is_not_there_is_said() {
    for arguments in [&["convert", "--to", "lmer", "missing.tex"][..], &["convert", "--to", "lmer", "/"]] {
        let (status, out, err) = run(arguments);
        assert_eq!((status, out.as_str()), (2, ""));
        assert!(err.contains("error[unreadable-file]"), "{err}");
    }
}

/// The formula that a text in a notation means.
fn formula(text: &str, notation: &str) -> String {
    let reading = read(text, Some(notation), &Facts::default()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    (writer("lmer").unwrap().write)(&reading, &Style::default(), &mut vec![]).unwrap()
}

#[test]
fn characters_that_latex_has_a_use_for_read_back() {
    let rows = "y_{i(j_1,j_2)} = b_0 + b_1 x_{i(j_1,j_2)} + u_{j_1} + u_{j_2} + e_{i(j_1,j_2)}";
    let names = [r"a\\b", "a~b", "a^b", r"\\", "^", "~", "a|b", "a<b", "%", "$$", r"a\tb", " a  b "];
    let formulas = names.iter().map(|n| ("lmer", format!("`{n}1` ~ 1 + `{n}2` + (1 | `{n}3`)")));
    // A label that could be an index.
    let label = r"y_{ij} = b_0 + \gamma_{\text{n},j} + e_{ij}";
    for (notation, text) in formulas.chain([("reduced", rows.to_owned()), ("reduced", label.to_owned())]) {
        let reading = read(&text, Some(notation), &Facts::default()).unwrap();
        let means = formula(&text, notation);
        for to in ["hierarchical", "bracket", "reduced"] {
            for format in [Format::Tex, Format::Unicode] {
                let style = Style { format, ..Style::default() };
                let written = (writer(to).unwrap().write)(&reading, &style, &mut vec![]).unwrap();
                assert_eq!(formula(&written, to), means, "{written}");
            }
        }
    }
}

#[test]
fn columns_that_would_have_one_symbol_have_no_equations() {
    let reading = read("y ~ `a b` + a_b + (1 | g)", Some("lmer"), &Facts::default()).unwrap();
    for to in ["hierarchical", "bracket", "reduced"] {
        let error = (writer(to).unwrap().write)(&reading, &Style::default(), &mut vec![]).unwrap_err();
        assert_eq!(error.code, Code::CannotSay);
        assert!(error.message.contains("`a b`") && error.message.contains("`a_b`"), "{error}");
    }
}

#[test]
fn names_that_would_read_as_several_symbols_read_back() {
    let crossed = "y ~ x + (1 | aa) + (1 | bb) + (1 | cc) + (1 | dd) + (1 | ff) + (1 | gg)";
    for text in ["y ~ e0 + e1 + (1 | g)", "x0 ~ k0 + (1 | g)", "y ~ aµk + µ + (1 | g)", "y ~ ٛe + (1 | g)", crossed]
    {
        let reading = read(text, Some("lmer"), &Facts::default()).unwrap();
        for to in ["hierarchical", "bracket", "reduced"] {
            for format in [Format::Tex, Format::Unicode] {
                let style = Style { format, ..Style::default() };
                let written = (writer(to).unwrap().write)(&reading, &style, &mut vec![]).unwrap();
                let back = read(&written, Some(to), &Facts::default()).unwrap_or_else(|e| panic!("{e}\n{written}"));
                assert_eq!(back.model, reading.model, "{written}");
            }
        }
    }
}

#[test]
fn operators_of_users_hold_anything() {
    for text in ["y ~ a %#(% b + c", "y ~ a:(b %'% c)", "y ~ (a %×[% b) * c"] {
        let text = format!("{text} + (1 | g)\n");
        assert_eq!(formula(&formula(&text, "lmer"), "lmer"), formula(&text, "lmer"), "{text}");
    }
}

#[test]
fn a_formula_of_more_operators_than_are_read_is_refused() {
    let covariates: Vec<String> = (0..5).map(|k| format!("x{k}")).collect();
    let written = |groups: usize| {
        let groups: Vec<String> = (0..groups).map(|k| format!("g{k}")).collect();
        let text = format!("y ~ 1 + ({} || {})", covariates.join("*"), groups.join("*"));
        let reading = read(&text, Some("lmer"), &Facts::default()).unwrap();
        (writer("lmer").unwrap().write)(&reading, &Style::default(), &mut vec![]).map_err(|error| error.code)
    };
    assert!(read(&written(3).unwrap(), Some("lmer"), &Facts::default()).is_ok());
    assert_eq!(written(6), Err(Code::TooLarge));
}

#[test]
fn equations_that_would_mean_another_model_are_refused() {
    let texts = [
        // An effect with the place of a covariate, a letter with two meanings, labels that are indices.
        "oY_ij = U_j*q_ij + B_1j + B1it_ij",
        "y_{ij} = -ggbe_{ij} + b_0 + b_1 x_{ij} + u_j + e_{ij}",
        "Y_{ij} = b_0 + b_1 X_{ij} r_{ij} + u_j + e_{ij}",
        "-y ~ x + (1 | g)",
        "a + b ~ x + (1 | g)",
    ];
    for text in texts {
        let Ok(reading) = read(text, None, &Facts::default()) else { continue };
        for to in ["hierarchical", "bracket", "reduced"] {
            match (writer(to).unwrap().write)(&reading, &Style::default(), &mut vec![]) {
                Ok(written) => {
                    let back = read(&written, Some(to), &Facts::default()).unwrap_or_else(|e| panic!("{e}\n{written}"));
                    assert_eq!(back.model, reading.model, "{written}");
                }
                Err(error) => assert_eq!(error.code, Code::CannotSay, "{error}"),
            }
        }
    }
    let reading = read("a + b ~ x + (1 | g)", None, &Facts::default()).unwrap();
    let error = (writer("reduced").unwrap().write)(&reading, &Style::default(), &mut vec![]).unwrap_err();
    assert!(error.message.contains("neither a symbol nor a known function"), "{error}");
}

#[test]
fn products_in_equations_up_to_their_limit() {
    let product = |factors: usize| format!("y_ij = b_0 + {} + u_j + e_ij", vec!["x_ij"; factors].join("*"));
    let error = read(&product(201), None, &Facts::default()).unwrap_err();
    assert_eq!(error.code, Code::TooLarge, "{error}");
    let error = read(&product(200), None, &Facts::default()).unwrap_err();
    assert_ne!(error.code, Code::TooLarge, "{error}");
}

#[test]
fn random_effects_in_equations_up_to_their_limit() {
    let written = |slopes: usize, bar: &str| {
        let slopes: Vec<String> = (0..slopes).map(|k| format!("x{k}")).collect();
        let model = read(&format!("y ~ 1 + ({} {bar} g)", slopes.join(" + ")), None, &Facts::default()).unwrap();
        (writer("hierarchical").unwrap().write)(&model, &Style::default(), &mut vec![]).map_err(|error| error.code)
    };
    for bar in ["|", "||"] {
        assert!(written(99, bar).is_ok());
        assert_eq!(written(100, bar), Err(Code::TooLarge));
    }
}

/// A covariate in a call of each notation.
fn around(notation: &str, covariate: &str) -> String {
    match notation {
        "hierarchical" | "reduced" => format!("$$y_{{ij}} = \\beta_0 + {covariate} + u_j + e_{{ij}}$$"),
        "bracket" => format!("$$y_i = \\alpha_{{j[i]}} + {covariate} + e_i$$"),
        "lmer" | "glmmtmb" => format!("lmer(y ~ {covariate} + (1 | g), data = d)"),
        "brms" => format!("brm(bf(y ~ {covariate} + (1 | g)), data = d)"),
        "nlme" => format!("lme(y ~ {covariate}, random = list(g = pdDiag(~ {covariate})), data = d)"),
        "julia" => format!("fit(MixedModel, @formula(y ~ {covariate} + (1 | g)), d)\nz = {covariate}"),
        "statsmodels" => format!("smf.mixedlm(\"y ~ {covariate}\", d, groups={covariate}).fit()"),
        "bambi" => format!("bmb.Model(\"y ~ {covariate} + (1|g)\", {covariate})"),
        "pymer4" => format!("Lmer(\"y ~ {covariate} + (1|g)\", {covariate}).fit(factors={covariate})"),
        "stata" => format!("mixed y {covariate} if {covariate} || g: {covariate}, cov({covariate})"),
        "sas" => format!("proc mixed; class g; model y = {covariate} / solution; random {covariate} / subject=g; run;"),
        "spss" => format!("MIXED y WITH x /FIXED={covariate} /RANDOM={covariate} | SUBJECT(g)."),
        "json" => format!(r#"{{"response": "y", "fixed": ["{covariate}"], "random": [], "notes": {covariate}}}"#),
        other => panic!("{other} has no call here"),
    }
}

/// An alternative that is tried again at every bracket would take twice as long for each: a hundred would never end.
#[test]
fn no_reader_tries_nested_brackets_again_and_again() {
    let openings = [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("f(", ")"),
        ("I(", ")"),
        ("x[", "]"),
        ("(x, ", ")"),
        ("f(a = ", ")"),
        ("-", ""),
        ("!", ""),
        ("c.", ""),
        ("i(", ")."),
        ("'", "'"),
        ("\"", "\""),
        ("x*(", ")"),
        ("(x + ", " + x)"),
        ("\\frac{", "}{2}"),
        ("\\text{", "}"),
        ("x_{", "}"),
        ("x^{", "}"),
        ("\\left(", "\\right)"),
        ("<sub>", "</sub>"),
        ("$", "$"),
        ("\\begin{aligned}", "\\end{aligned}"),
        ("{{", "}}"),
        ("(1 | ", ")"),
        ("\\bar{", "}"),
        ("\\sum_{", "}"),
    ];
    for reader in READERS {
        for (open, close) in openings {
            for closings in [0, 99, 100, 101] {
                let text = around(reader.name, &format!("{}x{}", open.repeat(100), close.repeat(closings)));
                // Read or refused: what matters is that it ends.
                let _ = (reader.read)(&text, &Facts::default());
            }
        }
    }
}
