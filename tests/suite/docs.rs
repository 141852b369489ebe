//! The documents say what is so: commands print what is shown, notations have their guides, links lead somewhere.

use super::cli::run;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> Vec<(PathBuf, String)> {
    let folders = [root().to_owned(), root().join("docs"), root().join("docs/notations")];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// The words of a command as a shell splits them; quotes are single or double, nothing is expanded.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut open) = (vec![], None);
    let mut inside = false;
    for c in command.chars() {
        match (open, c) {
            (Some(quote), c) if c == quote => open = None,
            (None, c) if c.is_whitespace() => inside = false,
            (_, c) => {
                if !std::mem::replace(&mut inside, true) {
                    words.push(String::new());
                }
                match (open, c) {
                    (None, '\'' | '"') => open = Some(c),
                    _ => words.last_mut().expect("pushed above").push(c),
                }
            }
        }
    }
    words
}

/// The sessions of a document: in ```console blocks, `$ command` and what it prints on stdout.
fn sessions(text: &str) -> Vec<(String, String)> {
    let blocks = text.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let mut sessions: Vec<(String, String)> = vec![];
    for line in blocks.flat_map(str::lines) {
        match (line.strip_prefix("$ "), sessions.last_mut()) {
            (Some(command), _) => sessions.push((command.into(), String::new())),
            (None, Some((_, printed))) => *printed += &format!("{line}\n"),
            (None, None) => panic!("a block begins without a command: {line}"),
        }
    }
    sessions
}

#[test]
fn commands_print_what_the_documents_show() {
    let mut count = 0;
    for (path, text) in documents() {
        for (command, shown) in sessions(&text) {
            let words = words(&command);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let arguments = match words.as_slice() {
                ["mlnote", rest @ ..] | ["cargo", "run", "--release", "--", rest @ ..] => rest,
                _ => panic!("{}: `{command}` is no command of mlnote", path.display()),
            };
            let (status, printed, stderr) = run(arguments);
            // A verdict other than same or equivalent is an answer too.
            let answered = status == 0 || (words.get(1) == Some(&"check") && [1, 3].contains(&status));
            assert!(answered, "{}: {command}\n{stderr}", path.display());
            assert_eq!(printed, shown, "{}: {command}\n{stderr}", path.display());
            count += 1;
        }
    }
    assert!(count > 0, "the README shows a conversion");
}

#[test]
fn links_lead_to_files() {
    for (path, text) in documents() {
        for target in text.split("](").skip(1).map(|rest| rest.split([')', '#']).next().unwrap()) {
            if !target.is_empty() && !target.contains("://") {
                let file = path.parent().unwrap().join(target);
                assert!(file.exists(), "{}: {target}", path.display());
            }
        }
    }
}

#[test]
fn every_notation_has_its_line_in_the_index() {
    let index = std::fs::read_to_string(root().join("docs/notations.md")).unwrap();
    let readers = mlnote::read::READERS.iter().map(|r| (r.name, r.aliases));
    for (name, aliases) in readers.chain(mlnote::write::WRITERS.iter().map(|w| (w.name, w.aliases))) {
        let cell = |line: &&str| line.trim_start_matches(['|', ' ', '[']).split([']', ' ']).next() == Some(name);
        let line = index.lines().filter(|line| line.starts_with('|')).find(cell);
        let line = line.unwrap_or_else(|| panic!("docs/notations.md has no line for {name}"));
        assert!(aliases.iter().all(|alias| line.contains(alias)), "{line}");
    }
}

/// The notation that docs/adding-a-notation.md adds.
const EXAMPLE: &str = "pymer4";

#[test]
fn the_code_of_the_worked_example_is_the_code() {
    let own = ["src/read", "src/write"].map(|folder| format!("{folder}/{EXAMPLE}.rs"));
    let shared = ["grammar/julia.pest", "src/read/mod.rs", "src/write/mod.rs"].map(str::to_owned);
    let code: String =
        own.iter().chain(&shared).map(|file| std::fs::read_to_string(root().join(file)).unwrap()).collect();
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    let page = std::fs::read_to_string(root().join("docs/adding-a-notation.md")).unwrap();
    let shown = page.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let shown: Vec<&str> = shown.flat_map(str::lines).map(str::trim).collect();
    assert!(shown.len() > 10);
    for line in shown {
        assert!(lines.contains(&line), "docs/adding-a-notation.md shows `{line}`");
    }
}

/// The files under a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

#[test]
fn the_files_of_the_worked_example_are_all_that_know_of_it() {
    let page = std::fs::read_to_string(root().join("docs/adding-a-notation.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")).map(|line| line.split('`').next().unwrap());
    let named: Vec<(&str, &str)> = rows.map(|row| row.split_once('*').unwrap_or((row, ""))).collect();
    let is_named = |path: &str| {
        named.iter().any(|(start, end)| {
            let whole = end.is_empty() && path == *start;
            whole || !end.is_empty() && path.starts_with(start) && path.ends_with(end)
        })
    };
    let mut knowing = vec![];
    for file in ["src", "grammar", "tests", "snapshots", "docs"].iter().flat_map(|folder| below(&root().join(folder))) {
        let path = file.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        if path.contains(EXAMPLE) || std::fs::read_to_string(&file).is_ok_and(|text| text.contains(EXAMPLE)) {
            assert!(is_named(&path), "{path} is not in the table");
            knowing.push(path);
        }
    }
    for (start, end) in named {
        assert!(
            knowing.iter().any(|path| path.starts_with(start) && path.ends_with(end)),
            "{start}{end} knows nothing"
        );
    }
}
