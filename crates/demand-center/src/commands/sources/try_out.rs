use super::mapper::Mapper;
use super::{in_force, known, read};
use crate::failure::{Exit, Failure};
use crate::output::{out, talk};
use crate::settings::Settings;
use crate::written;
use ingest::{Mapping, RawMeta, outcome_to_json};
use std::path::{Path, PathBuf};
use touchpoint::{Outcome, Timestamp};

/// Maps raw records without Kafka: each file, or stdin, is the value of one record. One JSON line an element.
///
/// # Errors
/// When there is no such source, or a file cannot be read.
pub(in crate::commands) fn try_out(
    settings: &Settings,
    source: &str,
    channel: Option<&str>,
    mapping: Option<Mapping>,
    files: &[PathBuf],
) -> Result<Exit, Failure> {
    let decoder = match mapping {
        Some(mapping) if !mapping.info().is_called(source) => {
            let message = format!("the mapping file describes `{}`, not `{source}`", mapping.info().name);
            return Err(Failure::usage(message).next("name the source as the file does"));
        }
        Some(mapping) => written::with_mappings(settings, vec![mapping])?,
        None => in_force(settings)?,
    };
    known(&decoder, source)?;
    let mut mapper = Mapper::new(settings)?;
    let now = Timestamp::from_millis(observe::clock::now().as_millis());
    let meta = RawMeta { topic_channel: channel, source: Some(source), headers: &[], received_at: now };
    let stdin = [PathBuf::from("-")];
    let mut exit = Exit::Done;
    for path in if files.is_empty() { &stdin } else { files } {
        let outcomes = mapper.map(&decoder, &meta, &read(path)?)?;
        for outcome in outcomes.iter() {
            if let Outcome::Rejected(rejection) = outcome {
                exit = Exit::Findings;
                let code = rejection.code;
                talk(&format!("{}: {code} {}; demand-center explain {code}", path.display(), code.name()));
            }
            out(&format!("{}\n", outcome_to_json(outcome)));
        }
    }
    Ok(exit)
}

/// Reads and checks a mapping file; what is wrong with it is shown.
///
/// # Errors
/// When it cannot be read, or has mistakes.
pub(in crate::commands) fn mapping(path: &Path) -> Result<Mapping, Failure> {
    let bytes = read(path)?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::usage(format!("cannot read {}: it is no UTF-8", path.display())).next("save it as UTF-8")
    })?;
    Mapping::load(&path.display().to_string(), &text)
        .map_err(|mistakes| written::mistaken(Exit::Findings, &mistakes, "the mapping file", path, "nothing was tried"))
}
