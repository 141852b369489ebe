//! Hostile names, those of `tests/hostile/names.txt`, in everything that is written: a parser of HTML finds no element and no
//! attribute, one of Markdown no more formulas, a reader of LaTeX no command, that honest names do not bring. `tests/hostile/run` asks R, Python and LaTeX
//! themselves.

use super::show::cases;
use html5gum::{DefaultEmitter, Token, Tokenizer};
use mlnote::algebra::SHAPES;
use mlnote::read::{directives, read};
use mlnote::write::show::{drawing, handout, page};
use mlnote::write::{ExplainFormat, ExplainOptions, Format, Style, WRITERS, derivation, explain};
use pulldown_cmark::{Event, Options, Parser, Tag};
use std::collections::{BTreeMap, BTreeSet};

/// What an answer is embedded in.
#[derive(Clone, Copy, PartialEq)]
enum Host {
    Html,
    Tex,
    Markdown,
}

/// Every answer that is made for a web page, for LaTeX or for Markdown.
fn answers(text: &str, notation: Option<&str>, host: Host) -> Vec<String> {
    let facts = directives(text).unwrap().facts;
    let reading = read(text, notation, &facts).unwrap_or_else(|error| panic!("{text}: {error}"));
    let (known, notes) = (ExplainOptions::default(), &mut vec![]);
    let (format, said) = match host {
        Host::Html => (Format::Mathml, ExplainFormat::Html),
        Host::Tex => (Format::Tex, ExplainFormat::Tex),
        Host::Markdown => (Format::Markdown, ExplainFormat::Markdown),
    };
    let style = Style { format, ..Style::default() };
    let mut all = vec![];
    for writer in WRITERS.iter().filter(|writer| writer.is_equations()) {
        all.extend((writer.write)(&reading, &style, notes));
    }
    for shape in SHAPES {
        all.extend(derivation(&reading, shape, None, &facts, notes).and_then(|derived| derived.text(&style)));
    }
    let explanation = explain(&reading, &facts, &known, notes).unwrap();
    all.push(explanation.render(said));
    all.push(match host {
        Host::Html => explanation.table().html(),
        Host::Tex => explanation.table().tex(),
        Host::Markdown => explanation.table().markdown(),
    });
    match host {
        Host::Html => {
            all.push(page(&reading, &facts, &style, &known, notes).unwrap());
            all.push(drawing(&reading, &facts, &style, &known).unwrap());
        }
        Host::Tex => all.push(handout(&reading, &facts, &style, &known, notes).unwrap()),
        Host::Markdown => {}
    }
    all
}

/// Elements with their attributes; what the browser would show. Panics where HTML would be repaired.
fn elements(html: &str) -> (BTreeSet<String>, String) {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let (mut found, mut shown) = (BTreeSet::new(), String::new());
    for token in Tokenizer::new_with_emitter(html, emitter) {
        match token.unwrap() {
            Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                for (attribute, value) in &tag.attributes {
                    let (attribute, value) = (String::from_utf8_lossy(attribute), String::from_utf8_lossy(value));
                    let runs = attribute.starts_with("on") || value.trim_start().starts_with("javascript:");
                    assert!(!runs, "{name} {attribute}={value}");
                    found.insert(format!("{name} {attribute}"));
                }
                found.insert(name);
            }
            Token::String(text) => shown += &String::from_utf8_lossy(&text),
            Token::Comment(text) => panic!("a comment: {}", String::from_utf8_lossy(&text)),
            // A self-closing element of SVG or MathML is no fault, but a tokenizer alone cannot know.
            Token::Error(error) => {
                assert_eq!(error.to_string(), "non-void-html-element-start-tag-with-trailing-solidus")
            }
            Token::EndTag(_) | Token::Doctype(_) => {}
        }
    }
    (found, shown)
}

/// The commands of LaTeX outside comments, with the signs that have a meaning: their number is that of an honest text.
fn commands(tex: &str) -> (BTreeSet<String>, [usize; 4]) {
    let (mut found, mut signs) = (BTreeSet::new(), [0; 4]);
    // A tilde in typewriter letters.
    for line in tex.replace(r"$\sim$", "").lines() {
        let mut rest = line.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '%' => break,
                '\\' => {
                    let mut command = String::from(rest.next().unwrap_or(' '));
                    while command.ends_with(|c: char| c.is_ascii_alphabetic())
                        && let Some(letter) = rest.next_if(char::is_ascii_alphabetic)
                    {
                        command.push(letter);
                    }
                    found.insert(command);
                }
                '^' => assert_ne!(rest.peek(), Some(&'^'), "a character by its number: {line}"),
                _ => {}
            }
            if let Some(at) = "{}$#".find(c) {
                signs[at] += 1;
            }
        }
    }
    (found, signs)
}

fn names() -> impl Iterator<Item = &'static str> {
    include_str!("../hostile/names.txt").lines()
}

/// A name as response, covariate and group.
fn models(name: &str) -> [String; 3] {
    let name = format!("`{}`", name.replace('\\', r"\\").replace('`', r"\`"));
    [
        format!("{name} ~ x + (x | g)"),
        format!("y ~ {name} * z + ({name} | g)"),
        format!("y ~ x + (x | {name}) + (1 | h)"),
    ]
}

#[test]
fn no_name_brings_an_element_of_html() {
    let texts = cases().into_iter().map(|file| std::fs::read_to_string(file).unwrap());
    let honest: BTreeSet<String> =
        texts.flat_map(|text| answers(&text, None, Host::Html)).flat_map(|html| elements(&html).0).collect();
    for name in names() {
        for model in models(name) {
            let mut seen = false;
            for html in answers(&model, Some("lmer"), Host::Html) {
                let (found, shown) = elements(&html);
                assert!(found.is_subset(&honest), "{name}: {:?}", found.difference(&honest));
                seen |= shown.contains(name);
            }
            assert!(seen, "{name} is not shown as it is");
        }
    }
}

/// The mathematics of a Markdown text, and how many elements it has of each kind. Panics where HTML, links or pictures are
/// found.
fn mathematics(markdown: &str) -> (String, BTreeMap<&'static str, usize>) {
    let (mut tex, mut counts) = (String::new(), BTreeMap::new());
    for event in Parser::new_ext(markdown, Options::ENABLE_MATH | Options::ENABLE_TABLES) {
        let kind = match event {
            Event::InlineMath(text) => {
                tex += &format!("{text}\n");
                "formula"
            }
            Event::DisplayMath(text) => {
                tex += &format!("{text}\n");
                "display"
            }
            Event::Code(_) => "code",
            Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::List(_) | Tag::Item) => "block",
            Event::Start(Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell) => "table",
            Event::End(_) | Event::Text(_) | Event::SoftBreak => continue,
            other => panic!("{other:?} in\n{markdown}"),
        };
        *counts.entry(kind).or_default() += 1;
    }
    (tex, counts)
}

#[test]
fn no_name_brings_a_command_of_latex() {
    let texts: Vec<String> = cases().into_iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let mut honest: BTreeSet<String> =
        texts.iter().flat_map(|text| answers(text, None, Host::Tex)).flat_map(|tex| commands(&tex).0).collect();
    let escapes =
        "textbackslash textasciicircum textasciitilde textless textgreater textbar textquotedbl textquotesingle";
    honest.extend(escapes.split(' ').chain(["{", "}", "$", "&", "#", "%", "_"]).map(str::to_owned));
    let hold = |name: &str, tex: &str, plain: &str| {
        let ((found, signs), (_, expected)) = (commands(tex), commands(plain));
        assert!(found.is_subset(&honest), "{name}: {:?}\n{tex}", found.difference(&honest).collect::<Vec<_>>());
        assert_eq!(signs[0], signs[1], "{name}: braces\n{tex}");
        assert_eq!(signs[2..], expected[2..], "{name}: $ or #\n{tex}");
    };
    for name in names() {
        for (model, plain) in models(name).iter().zip(models("an honest name")) {
            let plain = |host| answers(&plain, Some("lmer"), host);
            for (tex, plain) in answers(model, Some("lmer"), Host::Tex).iter().zip(plain(Host::Tex)) {
                hold(name, tex, &plain);
            }
            for (markdown, plain) in answers(model, Some("lmer"), Host::Markdown).iter().zip(plain(Host::Markdown)) {
                let ((tex, counts), (plain, expected)) = (mathematics(markdown), mathematics(&plain));
                assert_eq!(counts, expected, "{name}: other elements\n{markdown}");
                hold(name, &tex, &plain);
            }
        }
    }
}
