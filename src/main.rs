//! The command line: arguments in, answers on stdout, notes and errors on stderr. A thin user of the library.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
