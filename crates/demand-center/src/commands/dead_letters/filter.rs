use super::letters::Letter;
use crate::cli::LetterArgs;
use crate::commands::moment::{ago, moment};
use crate::failure::Failure;
use crate::runbooks::PAGES;
use crate::settings::{Settings, nearest};
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
        self.code.as_ref().is_none_or(|code| code.eq_ignore_ascii_case(&letter.code))
            && is(&self.source, letter.source.as_deref())
            && is(&self.service, Some(&letter.service))
            && self.since.is_none_or(|since| letter.at >= since)
            && self.until.is_none_or(|until| letter.at < until)
    }

    /// Holds that code and service are such that there may be a letter: a typing error would pass for a list without letters.
    ///
    /// # Errors
    /// When nobody writes letters so.
    pub(super) fn check<'a>(
        &self,
        settings: &Settings,
        letters: impl Iterator<Item = &'a Letter> + Clone,
    ) -> Result<(), Failure> {
        let codes: Vec<&str> = PAGES
            .iter()
            .flat_map(|page| [page.code, page.name].into_iter().chain(page.also.iter().copied()))
            .chain(letters.clone().map(|letter| letter.code.as_str()))
            .collect();
        let channels = settings.ingest.0.keys().map(|channel| format!("ingest-{channel}"));
        let services: Vec<String> = channels.chain(["resolve".to_owned(), "engine".to_owned()]).collect();
        let services: Vec<&str> =
            services.iter().map(String::as_str).chain(letters.map(|letter| letter.service.as_str())).collect();
        for (flag, said, known) in [("--code", &self.code, &codes), ("--service", &self.service, &services)] {
            if let Some(said) =
                said.as_deref().filter(|said| !known.iter().any(|known| known.eq_ignore_ascii_case(said)))
            {
                let starts = known.iter().copied().filter(|known| known.starts_with(said)).min();
                let meant = nearest(said, known.iter().copied()).or(starts);
                let meant = meant.map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
                let message = format!("no dead letter has `{said}` for its {}", &flag[2..]);
                return Err(Failure::usage(message)
                    .at(flag)
                    .next(format!("{meant}`dead-letters list --all` prints all")));
            }
        }
        Ok(())
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
    let named = RejectionCode::ALL.iter().find(|code| code.name() == text || code.code().eq_ignore_ascii_case(text));
    // Faults have names of their own, as `panic`.
    named.map_or_else(|| text.to_owned(), |code| code.code().to_owned())
}
