//! Typesetting: what holds for every output.

use super::typeset::{
    FORMATS, bracket, e, equation, hostile, long_sum, matrix, normal, slopes_sigma, slopes_tau, sum, system,
    three_level, zoo,
};
use mlnote::error::Span;
use mlnote::model::Facts;
use mlnote::read::equations::read_system;
use mlnote::syntax::System;
use mlnote::write::Format;
use mlnote::write::typeset::{self, Layout};

/// The commands that may ever stand in LaTeX output, besides Greek letters.
const COMMANDS: &[&str] = &[
    "",
    "begin",
    "end",
    "text",
    "operatorname",
    "left",
    "right",
    "frac",
    "sqrt",
    "quad",
    "qquad",
    "sim",
    "cdot",
    "le",
    "ge",
    "ne",
    "mid",
    "ldots",
    "log",
    "exp",
    "bar",
    "overline",
    "hat",
    "widehat",
    "tilde",
    "widetilde",
    "dot",
    "mathbf",
    "boldsymbol",
    "overset",
    "underset",
    "label",
    "notag",
    "textbackslash",
    "textasciitilde",
    "textasciicircum",
    "textless",
    "textgreater",
    "textbar",
    "alpha",
    "beta",
    "gamma",
    "epsilon",
    "varepsilon",
    "sigma",
    "tau",
    "pi",
    "rho",
    "omega",
    "Sigma",
    "Gamma",
];

fn every_output(format: Format) -> Vec<String> {
    let layouts = [
        Layout::default(),
        Layout {
            width: 1,
            level_labels: true,
            ranges: true,
            iid: true,
            label_equations: Some(typeset::Labels::new("")),
            ..Layout::default()
        },
    ];
    let mut systems = vec![slopes_tau(), slopes_sigma(), three_level(), bracket(), hostile(), System::default()];
    systems.push(system(vec![equation(e("Y", "", "ij"), &zoo())]));
    systems.push(system(vec![normal(&[e("u", "", "j")], &[], matrix(&[])), normal(&[], &[], matrix(&[&[]]))]));
    let mut found = vec![];
    for system in &systems {
        for layout in &layouts {
            found.push(typeset::system(system, format, layout).unwrap());
        }
    }
    found
}

#[test]
fn latex_is_balanced_and_of_a_closed_list() {
    for text in every_output(Format::Tex) {
        let mut depth = 0i32;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => {
                    let mut name = String::new();
                    while let Some(letter) = chars.next_if(char::is_ascii_alphabetic) {
                        name.push(letter);
                    }
                    assert!(COMMANDS.contains(&name.as_str()), "\\{name} in {text}");
                    if name.is_empty() {
                        chars.next();
                    }
                }
                '{' => depth += 1,
                '}' => depth -= 1,
                '%' | '#' | '~' => panic!("{c} unescaped in {text}"),
                _ => {}
            }
            assert!(depth >= 0, "{text}");
        }
        assert_eq!(depth, 0, "{text}");
        assert_eq!(text.matches(r"\begin{").count(), text.matches(r"\end{").count());
        assert_eq!(text.matches(r"\left(").count(), text.matches(r"\right)").count());
    }
}

#[test]
fn mathml_is_well_formed_and_of_a_closed_list() {
    const ELEMENTS: &[&str] = &[
        "math", "mtable", "mtr", "mtd", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msub", "msup", "msubsup",
        "mover", "munder", "mfrac", "msqrt", "mstyle",
    ];
    const ATTRIBUTES: &[&str] = &[
        "xmlns",
        "display",
        "class",
        "displaystyle",
        "columnalign",
        "stretchy",
        "form",
        "accent",
        "width",
        "mathvariant",
    ];
    for text in every_output(Format::Mathml) {
        let mut open: Vec<String> = vec![];
        for part in text.split('<').skip(1) {
            let (tag, after) = part.split_once('>').unwrap_or_else(|| panic!("unclosed tag in {text}"));
            for entity in after.split('&').skip(1) {
                let name = entity.split(';').next().unwrap();
                assert!(["amp", "lt", "gt", "quot", "#39"].contains(&name), "&{name}");
            }
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(name), "{text}");
                continue;
            }
            let empty = tag.ends_with('/');
            let mut words = tag.trim_end_matches('/').split(' ');
            let name = words.next().unwrap();
            assert!(ELEMENTS.contains(&name), "<{name}>");
            for attribute in words {
                let (key, value) = attribute.split_once('=').unwrap();
                assert!(ATTRIBUTES.contains(&key), "{key}");
                assert!(value.len() >= 2 && value.starts_with('"') && value.ends_with('"'), "{attribute}");
            }
            if !empty {
                open.push(name.to_owned());
            }
        }
        assert!(open.is_empty(), "{text}");
    }
}

#[test]
fn lines_have_no_trailing_blanks_and_end() {
    for format in FORMATS {
        for text in every_output(format) {
            assert!(text.ends_with('\n') || text.is_empty(), "{text:?}");
            assert!(text.lines().all(|l| l == l.trim_end()), "{text:?}");
        }
    }
}

#[test]
fn what_is_written_reads_back_equal() {
    let y = e("Y", "", "ij");
    let mut systems = vec![slopes_tau(), slopes_sigma(), three_level(), bracket()];
    systems.push(system(vec![equation(y.clone(), &[long_sum()])]));
    systems.extend(zoo().into_iter().map(|expr| system(vec![equation(y.clone(), &[sum(&[expr, e("e", "", "ij")])])])));
    let mut broken = vec![];
    for (system, format) in systems.iter().flat_map(|s| [(s, Format::Tex), (s, Format::Unicode)]) {
        let told = Layout { level_labels: true, ranges: true, iid: true, ..Layout::default() };
        let document = Layout { standalone: format == Format::Tex, ..Layout::default() };
        for layout in [Layout { width: 40, ..Layout::default() }, Layout::default(), told, document] {
            let text = typeset::system(system, format, &layout).unwrap();
            let read = read_system(&text, &Facts::default(), &mut vec![]);
            // Labels of Levels gather the statements by Level.
            let sorted = |text: String| {
                let mut lines: Vec<&str> = text.lines().collect();
                lines.sort_unstable();
                lines.join("\n")
            };
            let (wanted, read) =
                (sorted(system.to_string()), read.map_or_else(|e| e.to_string(), |s| sorted(s.to_string())));
            if read != wanted {
                broken.push(format!("{text}wanted {wanted}read   {read}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}

#[test]
fn drawn_matrices_keep_their_places() {
    let text = typeset::system(&slopes_tau(), Format::Unicode, &Layout::default()).unwrap();
    let read = read_system(&text, &Facts::default(), &mut vec![]).unwrap();
    let drawing = text.find('⎛').unwrap()..text.trim_end().len();
    assert_eq!(read.statements[4].span(), Span::new(drawing.start, drawing.end));
    let bad = text.replace("τ₀₀", "τ))");
    let error = read_system(&bad, &Facts::default(), &mut vec![]).unwrap_err();
    assert!(error.labels.iter().all(|l| bad.get(l.span.start..l.span.end).is_some()), "{error:?}");
    for odd in ["⎛", "y = ⎛x\n⎝", "⎛⎛⎛⎛⎛⎛⎛⎛⎛⎛⎛⎛\n⎝⎝⎝⎝⎝⎝⎝⎝⎝⎝⎝⎝", "⎝ ~ N⎞\n⎛\u{304}⎞", "y = 1\n⎛日⎞ ~ N(0, 1)\n⎝本⎠"]
    {
        if let Err(error) = read_system(odd, &Facts::default(), &mut vec![]) {
            assert!(error.labels.iter().all(|l| odd.get(l.span.start..l.span.end).is_some()), "{odd} {error:?}");
        }
    }
}
