//! How a command ends: an exit code, and for a failure one message that says what, where, and what to do next.

use crate::settings::SettingsError;
use std::fmt;
use std::process::ExitCode;

/// The exit codes of every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; nothing found.
    Done = 0,
    /// Done, and something was found that somebody should look at; or a service ended because of a fault.
    Findings = 1,
    /// The command line, the settings or a file cannot be used as they are.
    Usage = 2,
    /// Kafka or the registry did not answer in time.
    Unreachable = 3,
}

/// What went wrong. Holds no secret and nothing of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub exit: Exit,
    /// What.
    pub message: String,
    /// Where, as `demand.toml:12`.
    pub place: Option<String>,
    /// What to do about it.
    pub next: Option<String>,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Failure {
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), place: None, next: None }
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    pub fn findings(message: impl Into<String>) -> Self {
        Self::new(Exit::Findings, message)
    }

    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, message)
    }

    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(place.to_string());
        self
    }

    #[must_use]
    pub fn next(mut self, step: impl Into<String>) -> Self {
        self.next = Some(step.into());
        self
    }
}

impl fmt::Display for Failure {
    /// Up to three lines: what, where, what next.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for (label, text) in [("   at", &self.place), (" next", &self.next)] {
            if let Some(text) = text {
                write!(f, "\n{label}: {text}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        let next = match &error {
            SettingsError::Unreadable { .. } => "name an existing file with --config or DEMAND_CONFIG",
            SettingsError::Syntax { .. } | SettingsError::Unknown { .. } | SettingsError::Invalid { .. } => {
                "correct it there; `demand-center config show --docs` explains every setting"
            }
        };
        Self::usage(error.to_string()).next(next)
    }
}
