//! The built binary: exit statuses, streams, messages.

use serde_json::Value;
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// The built binary, without the colours and widths of whoever runs the tests.
pub(crate) fn mlnote(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlnote"));
    command.args(arguments).env_remove("NO_COLOR").env("TERM", "dumb").env("COLUMNS", "100");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What a run printed, and its exit status.
pub(crate) fn run(arguments: &[&str]) -> (i32, String, String) {
    told(&mlnote(arguments).output().unwrap())
}

fn run_on(stdin: &[u8], arguments: &[&str]) -> (i32, String, String) {
    let mut child = mlnote(arguments).stdin(Stdio::piped()).spawn().unwrap();
    // The command may refuse its arguments before it reads.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    told(&child.wait_with_output().unwrap())
}

fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// Asserts an error: status 2, nothing on stdout, this on stderr.
#[track_caller]
fn refused((status, stdout, stderr): (i32, String, String), expected: &str) {
    assert_eq!((status, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.contains(expected), "{stderr}");
}

#[test]
fn help_and_version_are_answers() {
    for arguments in [&["--help"][..], &["-h"], &["convert", "--help"], &["help", "convert"], &["--version"]] {
        let (status, stdout, stderr) = run(arguments);
        assert_eq!((status, stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(stdout.contains("mlnote"), "{arguments:?}: {stdout}");
    }
}

#[test]
fn wrong_arguments_are_errors() {
    refused(run(&[]), "Usage: mlnote");
    refused(run(&["convrt"]), "'convert'");
    refused(run(&["convert", "y ~ x", "--to", "lmer", "--lmer-stile", "compact"]), "'--lmer-style'");
    refused(run(&["convert", "y ~ x"]), "tip: the notations are hierarchical, ");
    refused(run(&["convert", "y ~ x", "--json"]), "the notations are hierarchical, ");
    refused(run(&["convert", "y ~ x", "--to", "lmer", "--format", "word"]), "tex, markdown, unicode, mathml");
}

#[test]
fn an_unknown_notation_is_named_with_the_nearest() {
    refused(run(&["convert", "y ~ x", "--to", "Jsno"]), "no notation to write is called `Jsno`");
    refused(run(&["convert", "y ~ x", "--to", "Jsno"]), "help: did you mean `json`? known are: ");
    refused(run(&["convert", "y ~ x", "--from", "lme", "--to", "json"]), "did you mean `lme4`?");
    refused(run(&["convert", "==", "--to", "json"]), "the notation of this text is not recognised\nhelp: say which");
}

#[test]
fn flags_that_cannot_be_read_are_errors() {
    let convert = |flag, value| run(&["convert", "y ~ x", "--to", "json", flag, value]);
    refused(convert("--index", "j"), "--index j: ");
    refused(convert("--ids", "class=sometimes"), "reused");
    refused(convert("--rename", "tau"), "old=new");
    refused(convert("--width", "wide"), "--width");
}

#[test]
fn unreadable_inputs_are_errors() {
    let read = |input| run(&["convert", "--to", "json", input]);
    refused(read("no-such-file.tex"), "there is no file `no-such-file.tex`");
    refused(read("src"), "it is a folder");
    assert_eq!(read("xtreg y x, re i(id)").0, 0);
    refused(read("a text about nothing"), "`a text about nothing` is no file, and no model as a text");
    let bytes = |bytes: &[u8]| run_on(bytes, &["convert", "--to", "json", "-"]);
    refused(bytes(b"y ~ \xff"), "byte 4 is 0xFF");
    refused(bytes(b"y ~ x\0"), "NUL");
    refused(bytes("y ~ \u{202e}x".as_bytes()), "<stdin>:1:5");
    refused(bytes("\u{feff}\u{feff}y ~ x".as_bytes()), "zero-width");
    let limited = ["convert", "--to", "json", "--max-bytes", "4", "-"];
    refused(run_on(b"y ~ x", &limited), "more than 4 bytes");
}

#[test]
fn errors_can_be_json() {
    let (status, stdout, stderr) = run_on("y ~\n\u{200b}x".as_bytes(), &["convert", "--json", "--to", "json", "-"]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    let error: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!(error["error"], "forbidden-character");
    assert_eq!((&error["file"], &error["line"], &error["column"]), (&"<stdin>".into(), &2.into(), &1.into()));
    assert!(error["message"].is_string() && error["help"].is_string());

    let (status, stdout, stderr) = run(&["convert", "--json", "--too", "json", "-"]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    let error: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!((&error["error"], &error["line"]), (&"bad-argument".into(), &Value::Null));
}

#[test]
fn colours_are_used_when_asked_for_and_nothing_commands_the_terminal() {
    let (_, _, plain) = run(&["convert", "--to", "json", "\u{1b}[31mred"]);
    assert!(!plain.contains('\u{1b}') && plain.contains("red"), "{plain:?}");
    let (_, _, colored) = run(&["convert", "--to", "json", "--color", "always", "no-such-file"]);
    assert!(colored.contains('\u{1b}'), "{colored:?}");
}

#[test]
fn notations_lists_the_tables() {
    let (status, stdout, _) = run(&["notations"]);
    assert_eq!(status, 0);
    for reader in mlnote::read::READERS {
        assert!(stdout.lines().any(|line| line.starts_with(reader.name)), "{}: {stdout}", reader.name);
    }
    let (_, stdout, _) = run(&["notations", "--json"]);
    let list: Value = serde_json::from_str(&stdout).unwrap();
    assert!(list["notations"].as_array().unwrap().len() >= mlnote::write::WRITERS.len());
}

#[test]
fn completions_and_manual_cover_the_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (status, stdout, _) = run(&["completions", shell]);
        assert!(status == 0 && stdout.contains("lmer-style"), "{shell}");
    }
    let (status, stdout, _) = run(&["man"]);
    assert!(status == 0 && stdout.contains(".SH NAME") && stdout.contains("notations"), "{stdout}");
}

#[test]
fn answers_go_to_a_file_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answer.txt");
    let name = path.to_str().unwrap();
    let (status, stdout, _) = run(&["completions", "bash", "--output", name]);
    assert_eq!((status, stdout.as_str()), (0, ""));
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.contains("mlnote"));
    refused(run(&["convert", "y ~ x", "--to", "nothing", "--output", name]), "nothing");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), written);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file stays");
    refused(run(&["man", "--output", "no-such-folder/man.1"]), "cannot be written");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_a_closed_pipe_is_silent() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = mlnote(&["man"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no space left on device"));

    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = mlnote(&["man"]).stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

/// A random slope of a covariate that has no fixed effect: lmer reads it, with a note.
const NOTED: &str = "y ~ r + (1 + x | g)";

#[test]
fn notes_go_to_stderr_and_can_be_hidden_or_refused() {
    let (status, answer, stderr) = run(&["convert", NOTED, "--to", "json"]);
    assert_eq!(status, 0);
    assert!(answer.contains("\"response\"") && stderr.starts_with("note[effect-without-fixed]: "), "{stderr}");
    assert!(stderr.contains("<input>:1:") && stderr.contains('^'), "{stderr}");
    assert_eq!(run(&["convert", NOTED, "--to", "json", "--quiet"]), (0, answer, String::new()));
    refused(run(&["convert", NOTED, "--to", "json", "--strict"]), "error[effect-without-fixed]: ");
    refused(run(&["convert", NOTED, "--to", "json", "--strict", "--json"]), "{\"error\":\"effect-without-fixed\"");
}

#[test]
fn answers_can_be_json() {
    let (status, stdout, stderr) = run(&["convert", NOTED, "--to", "json", "--json"]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let answer: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(answer["notation"], "json");
    let model: Value = serde_json::from_str(answer["text"].as_str().unwrap()).unwrap();
    assert_eq!(model["random"][0]["terms"], serde_json::json!(["1", "x"]));
    assert_eq!((&answer["notes"][0]["note"], &answer["notes"][0]["line"]), (&"effect-without-fixed".into(), &1.into()));
}

#[test]
fn input_is_a_file_or_stdin_or_the_text() {
    let (_, expected, _) = run(&["convert", "y ~ x + (1 | g)", "--to", "json"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("y ~ x");
    std::fs::write(&path, "\u{feff}y ~ x + (1 | g)\r\n").unwrap();
    let file = path.to_str().unwrap();
    assert_eq!(run(&["convert", file, "--to", "json"]), (0, expected.clone(), String::new()));
    assert_eq!(run_on(b"y ~ x + (1 | g)\n", &["convert", "-", "--to", "json"]), (0, expected, String::new()));
}

#[test]
fn facts_about_what_the_model_lacks_are_errors() {
    let convert = |fact: &str| run(&["convert", "y ~ x + (1 | school)", "--to", "json", fact]);
    refused(convert("--level=skool=x"), "did you mean `school`?");
    refused(convert("--level=school=z"), "no covariate `z`");
    refused(convert("--index=j=id"), "no grouping factor `id`");
    refused(convert("--ids=class=unique"), "no grouping factor `class`");
    refused(convert("--factor=f=a,b"), "no covariate `f`");
    assert_eq!(convert("--level=school=x").0, 0);
}

#[test]
fn an_error_shows_its_place() {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/cli"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("hidden_character", run(&["convert", "y ~ x\u{202e} + (1 | g)", "--to", "json"]).2);
        insta::assert_snapshot!("no_file", run(&["convert", "model.tex", "--to", "json"]).2);
    });
}

#[test]
fn levels_come_from_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pupils.csv");
    std::fs::write(&path, "school,class,y,x,size,funds\n1,a,2,1,20,5\n1,b,3,2,30,5\n2,c,4,3,25,6\n2,c,5,3.5,25,6\n")
        .unwrap();
    let data = format!("--data={}", path.to_str().unwrap());
    let levels = |formula: &str| {
        let (status, stdout, stderr) = run(&["convert", formula, "--to", "json", &data]);
        assert_eq!(status, 0, "{stderr}");
        let model: Value = serde_json::from_str(&stdout).unwrap();
        (model["levels"].to_string(), model["observation"].to_string())
    };
    let two = levels("y ~ x * funds + size + (x | school)");
    assert_eq!(two, (r#"{"funds":"school"}"#.into(), r#"["size","x"]"#.into()));
    let three = levels("y ~ log(x) + funds + size + (1 | school/class)");
    assert_eq!(three, (r#"{"funds":"school","size":"school:class"}"#.into(), r#"["log(x)"]"#.into()));
    // What is said wins over what the data show.
    let (_, stdout, _) = run(&["convert", "y ~ funds + (1 | school)", "--to", "json", &data, "--level=1=funds"]);
    assert!(stdout.contains(r#""observation": ["funds"]"#), "{stdout}");

    let convert = |formula: &str, data: &str| run(&["convert", formula, "--to", "json", data]);
    assert_eq!(convert("not_there ~ x + (1 | school)", &data).0, 0, "the response has no Level");
    let stdin = run_on(&std::fs::read(&path).unwrap(), &["convert", "y ~ x + (1 | school)", "--to=json", "--data=-"]);
    assert!(stdin.1.contains(r#""observation": ["x"]"#), "{stdin:?}");
    let fit = run_on(&std::fs::read(&path).unwrap(), &["fit", "y ~ 1 + (1 | class)", "--data=-", "--quiet"]);
    assert_eq!(fit.0, 0, "the data are read once: {fit:?}");
    refused(convert("y ~ x + (1 | scool)", &data), "did you mean `school`?");
    refused(convert("y ~ x + (1 | school)", "--data=absent.csv"), "`absent.csv` cannot be read");
}

#[test]
fn notes_beyond_a_hundred_are_counted_and_not_shown() {
    let priors: String = (0..150).map(|n| format!("$$\\beta_{{{n}}} \\sim N(0, 1)$$\n")).collect();
    let text = format!("$$y_{{ij}} = \\alpha + u_j + e_{{ij}}, \\quad u_j \\sim N(0, \\tau)$$\n{priors}");
    let (code, out, errors) = run(&["convert", "--to", "lmer", &text]);
    assert_eq!((code, out.as_str()), (0, "y ~ 1 + (1 | j)\n"), "{errors}");
    assert_eq!(errors.matches("note[skipped]").count(), 100, "{errors}");
    assert!(errors.ends_with("note: more than 100 notes; `--json` has them all\n"), "{errors}");
}
