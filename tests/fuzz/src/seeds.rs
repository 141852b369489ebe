//! The texts that fuzzing starts from, made of the cases and idioms of the tests.

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
    let models = all.iter().filter_map(|text| {
        let reading = mlnote::read::read(text, None, &Default::default()).ok()?;
        let json = mlnote::write::writer("json").ok()?;
        (json.write)(&reading, &Default::default(), &mut vec![]).ok()
    });
    let models: Vec<String> = models.collect();
    let chosen = |texts: &[String], of: u8| -> Vec<String> {
        texts.iter().enumerate().map(|(at, text)| format!("{}{text}", (b'a' + at as u8 % of) as char)).collect()
    };
    for (target, texts) in [
        ("lmer", formulas),
        ("equations", chosen(&equations, 3)),
        ("json", models),
        ("write_after_read", chosen(&all, 26)),
        ("document", all),
    ] {
        let folder = out.join(target);
        fs::create_dir_all(&folder)?;
        for (at, text) in texts.iter().enumerate() {
            fs::write(folder.join(format!("seed-{at:03}")), text)?;
        }
    }
    Ok(())
}
