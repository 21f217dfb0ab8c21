use super::letters::Letter;
use crate::cli::LetterArgs;
use crate::commands::moment::{ago, moment};
use crate::failure::Failure;
use touchpoint::{RejectionCode, Timestamp};

/// Which letters are meant.
#[derive(Clone, Debug, Default)]
pub(in crate::commands) struct Filter {
    /// As `DC-1003`.
    code: Option<String>,
    source: Option<String>,
    service: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Filter {
    /// # Errors
    /// When a time is none.
    pub(in crate::commands) fn of(args: &LetterArgs) -> Result<Self, Failure> {
        let time = |text: &Option<String>, flag: &str| {
            text.as_deref().map(|text| ago(text).map_or_else(|| moment(text, flag), Ok)).transpose()
        };
        Ok(Self {
            code: args.code.as_deref().map(code),
            source: args.source.clone(),
            service: args.service.clone(),
            since: time(&args.since, "--since")?,
            until: time(&args.until, "--until")?,
        })
    }

    pub(super) fn takes(&self, letter: &Letter) -> bool {
        let is = |wanted: &Option<String>, has: Option<&str>| wanted.is_none() || wanted.as_deref() == has;
        is(&self.code, Some(&letter.code))
            && is(&self.source, letter.source.as_deref())
            && is(&self.service, Some(&letter.service))
            && self.since.is_none_or(|since| letter.at >= since)
            && self.until.is_none_or(|until| letter.at < until)
    }

    /// Does it take any letter?
    pub(super) const fn is_empty(&self) -> bool {
        self.code.is_none()
            && self.source.is_none()
            && self.service.is_none()
            && self.since.is_none()
            && self.until.is_none()
    }
}

/// By its name, too: `invalid_field`.
fn code(text: &str) -> String {
    let named = RejectionCode::ALL.iter().find(|code| code.name() == text);
    named.map_or_else(|| text.to_ascii_uppercase(), |code| code.code().to_owned())
}
