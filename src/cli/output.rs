//! Where answers and messages go: stdout or a file, stderr; and how they fail.

use super::context::ERROR;
use super::input::reason;
use mlnote::error::{Code, Diagnostic, Result};
use std::ffi::OsString;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;

/// Writes the answer to stdout, or to a file: whole or not at all, through a temporary file beside it. A closed pipe
/// is silent: who reads has seen enough.
///
/// # Errors
/// `UnreadableFile` when it cannot be written, for a full disk for example.
pub(crate) fn deliver(answer: &str, file: Option<&Path>) -> Result<()> {
    let (name, written) = match file {
        None => {
            let mut out = io::stdout().lock();
            ("stdout".into(), out.write_all(answer.as_bytes()).and_then(|()| out.flush()))
        }
        Some(path) => (format!("`{}`", path.display()), replace(path, answer)),
    };
    match written {
        Err(error) if !(file.is_none() && error.kind() == ErrorKind::BrokenPipe) => {
            Diagnostic::error(Code::UnreadableFile, format!("{name} cannot be written: {}", reason(&error))).into()
        }
        _ => Ok(()),
    }
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    // A device or a pipe cannot be replaced, only written to.
    if path.metadata().is_ok_and(|about| !about.is_file()) {
        return std::fs::OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes());
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What `open` would give a new file: the umask is taken off; an old file keeps what it has.
        let mode = path.metadata().map_or(0o666, |about| about.permissions().mode());
        builder.permissions(std::fs::Permissions::from_mode(mode));
    }
    let mut temporary = builder.tempfile_in(folder)?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_all()?;
    temporary.persist(path)?;
    Ok(())
}

/// Writes a message to stderr; a closed stderr is nobody's error.
pub(crate) fn say(text: &str) {
    let mut err = io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// Whether a stream may be coloured when nothing was said about it: see <https://no-color.org>.
pub(crate) fn color_by_itself(stream: &impl IsTerminal) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    stream.is_terminal() && !set("NO_COLOR") && !dumb
}

/// Whether errors are wanted as JSON, known before the arguments are understood.
pub(crate) fn wants_json(words: &[OsString]) -> bool {
    words.iter().take_while(|word| *word != "--").any(|word| word == "--json")
}

/// The colour of usage errors and help, known before the arguments are understood.
pub(crate) fn clap_color(words: &[OsString]) -> clap::ColorChoice {
    let texts: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let joined = texts.iter().find_map(|text| text.strip_prefix("--color="));
    let apart = texts.windows(2).find(|pair| pair[0] == "--color").map(|pair| &*pair[1]);
    match joined.or(apart) {
        Some("always") => clap::ColorChoice::Always,
        Some("never") => clap::ColorChoice::Never,
        _ => clap::ColorChoice::Auto,
    }
}

/// Makes a panic, which is a fault of mlnote, an error like others.
pub(crate) fn report_faults(json: bool) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(|l| format!("{}:{}", l.file(), l.line())).unwrap_or_default();
        let message = format!("a fault of mlnote, at {place}: {}", panic.payload_as_str().unwrap_or("no reason given"));
        let error = Diagnostic::error(Code::Fault, message).help("please report it with the input that led to it");
        super::render::Screen::new(super::flags::Color::Auto, json).show(&Box::new(error).into());
        std::process::exit(ERROR.into());
    }));
}
