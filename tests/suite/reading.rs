//! docs/reading.md shows every note and error: each block gives the one that it is named after.

use mlnote::error::Code;
use mlnote::model::Facts;
use mlnote::read::read;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The blocks of the page: what stands behind the fence, and the text.
fn blocks() -> Vec<(String, String)> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reading.md")).unwrap();
    let fences: Vec<&str> = page.split("```").collect();
    fences.iter().skip(1).step_by(2).filter_map(|f| f.split_once('\n')).map(|(a, b)| (a.into(), b.into())).collect()
}

/// The codes that a block gives: a text is read, a command is run beside the tables of the page.
fn given(text: &str, folder: &Path) -> String {
    if let Some(command) = text.trim().strip_prefix("$ mlnote ") {
        let mut words: Vec<String> = vec![];
        for (at, part) in command.split('\'').enumerate() {
            if at % 2 == 1 { words.push(part.into()) } else { words.extend(part.split_whitespace().map(str::to_owned)) }
        }
        let run = Command::new(env!("CARGO_BIN_EXE_mlnote")).args(words).current_dir(folder).output().unwrap();
        return String::from_utf8(run.stderr).unwrap();
    }
    let text = text.replace("U+202E", "\u{202E}");
    let diagnostics = match read(&text, None, &Facts::default()) {
        Ok(reading) => reading.notes,
        Err(error) => vec![*error],
    };
    diagnostics.iter().map(|d| format!("[{}]", d.code.slug())).collect()
}

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("mlnote-reading-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, table) in blocks() {
        if let Some(name) = name.strip_prefix("csv ") {
            std::fs::write(folder.join(name), table).unwrap();
        }
    }
    folder
}

#[test]
fn each_note_and_error_has_an_example_that_gives_it() {
    let folder = folder();
    let mut shown = BTreeSet::new();
    for (name, text) in blocks() {
        let Some(code) = name.strip_prefix("mlnote ") else { continue };
        let given = given(&text, &folder);
        assert!(given.contains(&format!("[{code}]")), "{code} is not given by:\n{text}\n{given}");
        shown.insert(code.to_owned());
    }
    std::fs::remove_dir_all(folder).unwrap();
    // No text gives these at will: the page says when they come.
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reading.md")).unwrap();
    for code in [Code::NotConverged, Code::Fault] {
        assert!(page.contains(&format!("**{}**", code.slug())));
        shown.insert(code.slug().to_owned());
    }
    let known: BTreeSet<String> = Code::ALL.iter().map(|code| code.slug().to_owned()).collect();
    let without: Vec<&String> = known.difference(&shown).collect();
    assert!(without.is_empty(), "without an example: {without:?}");
    assert!(shown.is_subset(&known));
}
