//! stdout is data, stderr is talk.

use comfy_table::Table;
use std::fmt::Display;
use std::io::{IsTerminal, Write};

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
}

/// Writes data. A reader that has gone (`| head`) ends the process quietly, as it does every other tool.
pub fn out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    if stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).is_err() {
        std::process::exit(0);
    }
}

/// A table as it is printed: no line has blanks at its end.
pub fn printed(table: &Table) -> String {
    table.lines().map(|line| line.trim().to_owned() + "\n").collect()
}

/// Says something to whoever runs the command.
pub fn talk(line: &str) {
    // Nobody to talk to is no reason to fail.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Says why a command failed.
pub fn complain(failure: &dyn Display) {
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let (on, off) = if colour { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
    talk(&format!("{on}error:{off} {failure}"));
}
