use std::fmt;
use std::io::IsTerminal;
use std::str::FromStr;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person at a terminal.
    #[default]
    Human,
    /// One JSON object a line, for a collector.
    Json,
}

/// The logs could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    #[error(
        "log level `{level}` is none of error, warn, info, debug, trace, nor a filter such as `info,stream=debug`: {why}"
    )]
    Level { level: String, why: String },
    #[error("logs are already set up in this process")]
    Twice,
}

/// Sends the log to stderr from now on. One line per batch or change of state, never one per record, and never a
/// person's address, number or name.
///
/// Colour only for a person's terminal, and not where `NO_COLOR` is set (<https://no-color.org>).
///
/// # Errors
/// When `level` is no filter, or this is the second call.
pub fn init(format: LogFormat, level: &str) -> Result<(), LogsError> {
    let filter = parse(level)?;
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Human => builder.with_ansi(colour).with_target(false).finish().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).finish().try_init(),
    }
    .map_err(|_| LogsError::Twice)
}

/// Checks a level without setting anything up.
///
/// # Errors
/// When `level` is no filter.
pub fn check_level(level: &str) -> Result<(), LogsError> {
    parse(level).map(drop)
}

fn parse(level: &str) -> Result<EnvFilter, LogsError> {
    // The parser takes any word for the name of a crate; a lone word can only be meant as a level.
    let lone_word = level.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if level.is_empty() || lone_word && tracing_subscriber::filter::LevelFilter::from_str(level).is_err() {
        return Err(LogsError::Level { level: level.to_owned(), why: "no such level".to_owned() });
    }
    EnvFilter::builder().parse(level).map_err(|why| LogsError::Level { level: level.to_owned(), why: why.to_string() })
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            other => Err(format!("log format `{other}` is neither human nor json")),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Human => "human",
            Self::Json => "json",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_or_a_filter_is_taken_and_a_typo_is_not() {
        for level in ["error", "WARN", "info", "info,stream=debug", "stream=trace"] {
            check_level(level).unwrap_or_else(|why| panic!("{level}: {why}"));
        }
        for level in ["inof", "info,stream=loud", ""] {
            let why = check_level(level).expect_err(level).to_string();
            assert!(why.contains(&format!("`{level}`")), "{why}");
        }
    }
}
