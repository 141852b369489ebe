//! The import order of docs/architecture.md, and the size of files, held by a test.
use std::{
    fs,
    path::{Path, PathBuf},
};
/// Lower layers never import higher ones; layers on one line never import each other.
const LAYERS: &[&[&str]] = &[&["error"], &["syntax", "model"], &["algebra"], &["read", "write", "fit"], &["cli"]];
const MAX_LINES: usize = 500;
fn sources(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .flat_map(|p| if p.is_dir() { sources(&p) } else { vec![p] })
        .collect()
}
fn rank(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|names| names.contains(&layer))
}
#[test]
fn imports_point_downwards_and_files_stay_small() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut broken = vec![];
    for path in sources(&src) {
        let text = fs::read_to_string(&path).unwrap();
        let file = path.strip_prefix(&src).unwrap();
        let own = file.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if text.lines().count() > MAX_LINES {
            broken.push(format!("{}: over {MAX_LINES} lines", file.display()));
        }
        let Some(own_rank) = rank(&own) else { continue };
        for used in text.split("crate::").skip(1).map(|t| t.split(|c: char| !c.is_alphanumeric()).next().unwrap()) {
            if used != own && rank(used).is_some_and(|r| r >= own_rank) {
                broken.push(format!("{}: imports {used}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
