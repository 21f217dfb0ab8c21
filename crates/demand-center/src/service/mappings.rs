//! A company's own sources while the services run: the folder of mapping files is followed, and what it says comes into
//! force for the next record. Files with a mistake are told and change nothing.

use crate::failure::Failure;
use crate::settings::Settings;
use crate::written::{self, DecoderError};
use arc_swap::ArcSwap;
use ingest::Decoder;
use observe::{ServiceMetrics, Shutdown};
use std::sync::Arc;
use std::time::Duration;

/// How often the folder is read. Folders mounted into a container tell nobody of a change.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// The decoder in force.
pub(super) type InForce = Arc<ArcSwap<Decoder>>;

/// Reads the folder and goes on following it.
///
/// # Errors
/// When it cannot be read or a file has mistakes: a service does not begin without the sources that it is meant to know.
pub(super) fn follow(settings: &Settings, metrics: &ServiceMetrics, shutdown: Shutdown) -> Result<InForce, Failure> {
    let files = written::mapping_files(settings)?;
    if let Some(dir) = settings.sources.mappings_dir.as_ref().filter(|_| files.is_empty()) {
        return Err(Failure::usage(format!("{} holds no .yaml file", dir.display()))
            .at("sources.mappings_dir")
            .next("put the mapping files there, or leave the setting out"));
    }
    let decoder = written::decoder(settings, &files).map_err(|error| error.shown(settings, "nothing was started"))?;
    warn_of_aliases(&decoder);
    let in_force = Arc::new(ArcSwap::from_pointee(decoder));
    if settings.sources.mappings_dir.is_some() {
        let folder = Folder {
            settings: settings.clone(),
            looks: Looks { seen: Ok(files), changed: None },
            in_force: Arc::clone(&in_force),
            metrics: metrics.clone(),
        };
        std::thread::Builder::new()
            .name("mappings".to_owned())
            .spawn(move || folder.run(&shutdown))
            .map_err(|error| Failure::findings(format!("cannot start a thread: {error}")))?;
    }
    Ok(in_force)
}

fn warn_of_aliases(decoder: &Decoder) {
    for (alias, own) in decoder.taken_by_aliases() {
        tracing::warn!(source = own, alias, "an alias takes the place of a built-in source");
    }
}

/// Name and text of each file, or why they could not be read.
type Held = Result<Vec<(String, String)>, String>;

struct Folder {
    settings: Settings,
    looks: Looks,
    in_force: InForce,
    metrics: ServiceMetrics,
}

impl Folder {
    fn run(mut self, shutdown: &Shutdown) {
        while !shutdown.wait_timeout(LOOK_INTERVAL) {
            self.look();
        }
    }

    fn look(&mut self) {
        let found = written::mapping_files(&self.settings).map_err(|failure| failure.message);
        let Some(found) = self.looks.settled(found).cloned() else { return };
        let files = match &found {
            Ok(files) => files,
            Err(why) => return tracing::error!(code = self.refused(), "{why}; the former mapping files stay"),
        };
        match written::decoder(&self.settings, files) {
            Ok(decoder) => {
                warn_of_aliases(&decoder);
                self.in_force.store(Arc::new(decoder));
                tracing::info!(files = files.len(), "mapping files read; in force from the next record");
            }
            Err(DecoderError::Mistakes(mistakes)) => {
                for mistake in &mistakes {
                    let code = self.refused();
                    let help = mistake.help.as_deref().unwrap_or_default();
                    let (file, line) = (&*mistake.file, mistake.line);
                    let other = mistake.other.as_ref().map(|place| format!("{}, line {}", place.file, place.line));
                    let other = other.unwrap_or_default();
                    tracing::error!(
                        code,
                        file,
                        line,
                        help,
                        other,
                        "{}; the former mapping files stay",
                        mistake.message
                    );
                }
            }
            Err(DecoderError::Settings(failure)) => {
                tracing::error!(code = self.refused(), "{}; the former mapping files stay", failure.message);
            }
        }
    }

    fn refused(&self) -> &'static str {
        let code = "DC-2202";
        self.metrics.faults(code).inc();
        code
    }
}

/// What the folder held, look by look.
struct Looks {
    /// What was read last.
    seen: Held,
    /// Another content, found once.
    changed: Option<Held>,
}

impl Looks {
    /// What is found twice in a row and is new: half a file may be a mapping, too.
    fn settled(&mut self, found: Held) -> Option<&Held> {
        if found == self.seen {
            self.changed = None;
            return None;
        }
        if self.changed.as_ref() != Some(&found) {
            self.changed = Some(found);
            return None;
        }
        self.changed = None;
        self.seen = found;
        Some(&self.seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_once_does_not_count_yet() {
        let held = |text: &str| Ok(vec![("tool.yaml".to_owned(), text.to_owned())]);
        let mut looks = Looks { seen: held("first"), changed: None };
        let mut settled = |text: &str| looks.settled(held(text)).is_some();
        assert!(!settled("half"), "it may be written on");
        assert!(!settled("whole") && settled("whole"));
        assert!(
            !settled("whole") && !settled("other") && !settled("whole") && !settled("other"),
            "it went back between"
        );
        assert!(settled("other"));
    }
}
