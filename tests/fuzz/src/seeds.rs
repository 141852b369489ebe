//! The texts that fuzzing starts from, made of the cases and idioms of the tests.

use crate::GRAMMARS;
use mlnote::algebra::Reading;
use mlnote::model::Facts;
use mlnote::read::read;
use mlnote::write::{Style, writer};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = vec![];
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

/// The texts of a file of idioms: what stands between a title and the answer.
fn idioms(content: &str) -> Vec<String> {
    let cases = content.split("## ").skip(1).filter_map(|case| case.split_once('\n'));
    cases.filter_map(|(_, rest)| Some(rest.rsplit_once("\n=> ")?.0.to_owned())).collect()
}

/// Instead of fuzzing, writes a folder of texts for each target when `MLNOTE_SEEDS` names where.
pub fn seeds() {
    if let Some(out) = env::var_os("MLNOTE_SEEDS") {
        write(Path::new(&out)).expect("the seeds are written");
        std::process::exit(0);
    }
}

/// Texts whole and, so that executions are cheap, piece by piece.
fn pieces(texts: &[String]) -> Vec<String> {
    let parts = texts.iter().flat_map(|text| text.split("\n\n").chain(text.lines()));
    let all: BTreeSet<&str> = texts.iter().map(String::as_str).chain(parts).filter(|text| !text.is_empty()).collect();
    all.into_iter().map(str::to_owned).collect()
}

/// The models as the notations of a grammar write them.
fn written(readings: &[Reading], notations: &[&str]) -> Vec<String> {
    let writers = notations.iter().map(|notation| writer(notation).expect("what is read is written"));
    let texts = writers.flat_map(|w| readings.iter().map(|reading| (w.write)(reading, &Style::default(), &mut vec![])));
    texts.filter_map(Result::ok).collect()
}

fn write(out: &Path) -> io::Result<()> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut formulas, mut equations) = (vec![], vec![]);
    for path in files(&tests.join("cases"))? {
        let content = fs::read_to_string(&path)?;
        let list = if path.extension().is_some_and(|e| e == "R") { &mut formulas } else { &mut equations };
        list.push(content);
    }
    for path in files(&tests.join("idioms"))? {
        equations.extend(idioms(&fs::read_to_string(path)?));
    }
    let all: Vec<String> = formulas.iter().chain(&equations).cloned().collect();
    let readings: Vec<Reading> = all.iter().filter_map(|text| read(text, None, &Facts::default()).ok()).collect();
    let chosen = |texts: &[String], of: usize| -> Vec<String> {
        let first = |at: usize| (b'a' + (at % of) as u8) as char;
        texts.iter().enumerate().map(|(at, text)| format!("{}{text}", first(at))).collect()
    };
    let mut targets = vec![("document", all.clone()), ("write_after_read", chosen(&all, 26))];
    for (grammar, notations) in GRAMMARS {
        let texts = match grammar {
            "lmer" => [formulas.clone(), written(&readings, notations)].concat(),
            "equations" => equations.clone(),
            _ => written(&readings, notations),
        };
        let texts = if grammar == "json" { texts } else { pieces(&texts) };
        targets.push((grammar, if notations.len() > 1 { chosen(&texts, notations.len()) } else { texts }));
    }
    for (target, texts) in targets {
        let folder = out.join(target);
        fs::create_dir_all(&folder)?;
        for (at, text) in texts.iter().enumerate() {
            fs::write(folder.join(format!("seed-{at:04}")), text)?;
        }
    }
    Ok(())
}
