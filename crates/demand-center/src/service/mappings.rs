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
    let decoder = written::decoder(settings, &files).map_err(|error| error.shown(settings, "nothing was started"))?;
    let in_force = Arc::new(ArcSwap::from_pointee(decoder));
    if settings.sources.mappings_dir.is_some() {
        let folder = Folder {
            settings: settings.clone(),
            seen: Ok(files),
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

struct Folder {
    settings: Settings,
    /// What it held at the last look, or why it could not be read.
    seen: Result<Vec<(String, String)>, String>,
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
        if found == self.seen {
            return;
        }
        self.seen = found;
        let files = match &self.seen {
            Ok(files) => files,
            Err(why) => return tracing::error!(code = self.refused(), "{why}; the former mapping files stay"),
        };
        match written::decoder(&self.settings, files) {
            Ok(decoder) => {
                self.in_force.store(Arc::new(decoder));
                tracing::info!(files = files.len(), "mapping files read; in force from the next record");
            }
            Err(DecoderError::Mistakes(mistakes)) => {
                for mistake in &mistakes {
                    let code = self.refused();
                    let help = mistake.help.as_deref().unwrap_or_default();
                    let (file, line) = (&*mistake.file, mistake.line);
                    tracing::error!(code, file, line, help, "{}; the former mapping files stay", mistake.message);
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
