//! INPUT: a file, standard input, or the text itself.

use mlnote::error::{Code, Diagnostic, Result};
use std::io::{self, Read};
use std::path::Path;

/// A text and what to call it in messages.
pub(crate) struct Source {
    /// The path, `<stdin>` or `<input>`.
    pub(crate) name: String,
    /// The text, without its byte-order mark.
    pub(crate) text: String,
}

impl Source {
    /// Takes INPUT as a file, as `-` for standard input, or as the text itself when no such file exists and it contains `~`,
    /// `=`, `||` or `\sim`, or words that are a notation's.
    ///
    /// # Errors
    /// `UnreadableFile`; `TooLarge` for more than `limit` bytes; `ForbiddenCharacter` for invalid UTF-8.
    pub(crate) fn open(input: &str, limit: u64) -> Result<Self> {
        if input == "-" {
            return Self::decode("<stdin>", read(io::stdin().lock(), "<stdin>", limit)?);
        }
        let path = Path::new(input);
        match std::fs::metadata(path) {
            Ok(about) if about.is_dir() => unreadable(input, "it is a folder"),
            Ok(_) => match std::fs::File::open(path) {
                Ok(file) => Self::decode(input, read(file, input, limit)?),
                Err(error) => unreadable(input, &reason(&error)),
            },
            Err(_) if is_text(input) => Self::decode("<input>", within(input.into(), "<input>", limit)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound && input.contains([' ', '\n', '(']) => {
                let message = format!("`{}` is no file, and no model as a text", first_line(input));
                Diagnostic::error(Code::UnreadableFile, message)
                    .help("a text has a formula, an equation or a command that fits one; on standard input (`-`), `--from` says its notation")
                    .into()
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Diagnostic::error(Code::UnreadableFile, format!("there is no file `{input}`"))
                    .help("INPUT is a file, `-` for standard input, or a text that contains `~`, `=`, `||` or `\\sim`")
                    .into()
            }
            Err(error) => unreadable(input, &reason(&error)),
        }
    }

    fn decode(name: &str, bytes: Vec<u8>) -> Result<Self> {
        match String::from_utf8(bytes) {
            Ok(text) => {
                let text = text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text);
                Ok(Self { name: name.to_owned(), text })
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes()[at];
                Diagnostic::error(Code::ForbiddenCharacter, format!("`{name}` is not UTF-8: byte {at} is 0x{byte:02X}"))
                    .help("save the file as UTF-8")
                    .into()
            }
        }
    }
}

/// Whether what names no file is a text: by its signs, or by its words where it has several (`xtreg y x, re i(id)`).
fn is_text(input: &str) -> bool {
    input.contains(['~', '='])
        || ["||", r"\sim"].iter().any(|mark| input.contains(mark))
        || input.trim().contains(char::is_whitespace) && mlnote::read::detect(input).is_ok()
}

/// As much of a text as names it.
fn first_line(text: &str) -> String {
    let line: String = text.trim().lines().next().unwrap_or_default().chars().take(60).collect();
    if line.len() < text.trim().len() { line + "…" } else { line }
}

/// Reads all, but never much more than the limit.
fn read(stream: impl Read, name: &str, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = vec![];
    match stream.take(limit.saturating_add(1)).read_to_end(&mut bytes) {
        Ok(_) => within(bytes, name, limit),
        Err(error) => unreadable(name, &reason(&error)),
    }
}

fn within(bytes: Vec<u8>, name: &str, limit: u64) -> Result<Vec<u8>> {
    if bytes.len() as u64 > limit {
        return Diagnostic::error(Code::TooLarge, format!("`{name}` has more than {limit} bytes"))
            .help("raise the limit with `--max-bytes`")
            .into();
    }
    Ok(bytes)
}

fn unreadable<T>(name: &str, why: &str) -> Result<T> {
    Diagnostic::error(Code::UnreadableFile, format!("`{name}` cannot be read: {why}")).into()
}

/// What went wrong, without the number of the operating system's error.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
