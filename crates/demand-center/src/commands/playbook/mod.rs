mod diff;
mod folder;
mod init;
mod junit;
mod list;
mod test;

use crate::commands::moment::moment;
use crate::failure::{Exit, Failure};
use crate::kafka::{Cluster, admin_config};
use crate::output::{out, talk};
use crate::service::{ActivateError, activate};
use crate::settings::Settings;
use crate::topics::names;
pub(super) use diff::diff;
use folder::{bundle, folder, mistaken};
pub(super) use init::init;
pub(super) use list::list;
use playbook::Level;
use std::path::Path;
pub(super) use test::test;

/// Checks a playbook without Kafka: all mistakes at once, with file, line and the word meant. Advice, as a gap of the content
/// map, is told and leaves the exit code alone.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn validate(settings: &Settings, dir: Option<&Path>) -> Result<Exit, Failure> {
    let dir = folder(settings, dir)?;
    let bundle = bundle(&dir)?;
    match bundle.load() {
        Ok((model, found)) => {
            ready_to_run(model.clone(), &dir)?;
            if !found.is_empty() {
                talk(&playbook::render(&found));
            }
            let rules = model.rules.len();
            let stages: usize = model.life_cycles.iter().map(|life_cycle| life_cycle.stages.len()).sum();
            out(&format!("{} {} {}: {rules} rules, {stages} stages\n", model.name, model.label, bundle.hash()));
            let sound = found.iter().all(|found| found.kind.level() == Level::Advice);
            Ok(if sound { Exit::Done } else { Exit::Findings })
        }
        Err(mistakes) => {
            talk(&playbook::render(&mistakes));
            Ok(Exit::Findings)
        }
    }
}

/// Brings a playbook into force from a moment on. One with a mistake never does.
///
/// # Errors
/// When it has mistakes, the moment is none, or the cluster does not take it.
pub(super) fn activate_from(
    settings: &Settings,
    dir: Option<&Path>,
    effective_at: &str,
    if_none: bool,
) -> Result<Exit, Failure> {
    let dir = folder(settings, dir)?;
    let bundle = bundle(&dir)?;
    let effective_at = moment(effective_at, "--effective-at")?;
    let loaded = bundle.load();
    let (model, mut warnings) =
        loaded.map_err(|mistakes| mistaken(Exit::Findings, &mistakes, &dir, "the version in force stays"))?;
    warnings.retain(|found| found.kind.level() > Level::Advice);
    if !warnings.is_empty() {
        talk(&playbook::render(&warnings));
    }
    let (name, label) = (model.name.clone(), model.label.clone());
    ready_to_run(model, &dir)?;
    let prefix = &settings.kafka.topic_prefix;
    let (inbox, playbooks) = (format!("{prefix}{}", names::INBOX), format!("{prefix}{}", names::PLAYBOOKS));
    // Tells within the request's time-out that nobody answers, and why.
    let cluster = Cluster::connect(&settings.kafka)?;
    if if_none && cluster.was_written(&playbooks)? {
        talk("a playbook was activated before: it stays as it is");
        return Ok(Exit::Done);
    }
    let client = admin_config(&settings.kafka)?;
    activate(&client, &inbox, &playbooks, &bundle, effective_at, settings.kafka.request_timeout.0).map_err(
        |error| match &error {
            ActivateError::Kafka(_) | ActivateError::InDoubt(_) => {
                Failure::unreachable(error.to_string()).at("kafka.bootstrap_servers")
            }
            ActivateError::NoTopic { topic } | ActivateError::Partitions { topic, .. } => {
                Failure::findings(error.to_string()).at(topic.clone())
            }
            ActivateError::Overtaken => Failure::findings(error.to_string()).at("the cluster"),
            ActivateError::Bundle(_) => Failure::findings(error.to_string()).at(dir.display().to_string()),
        },
    )?;
    out(&format!("{}\n", bundle.hash()));
    talk(&format!(
        "{name} ({label}) counts for what occurs from {effective_at} on, up to the moment from which another version counts"
    ));
    Ok(Exit::Done)
}

/// What the engine will make of it, tried here: it would stop on what it cannot run.
fn ready_to_run(model: playbook::model::Model, dir: &Path) -> Result<(), Failure> {
    engine::version::Version::new(model)
        .map(drop)
        .map_err(|error| Failure::findings(error.to_string()).at(dir.display().to_string()))
}
