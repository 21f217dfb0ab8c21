use super::folder::{bundle, folder, mistaken};
use super::junit;
use crate::failure::{Exit, Failure};
use crate::output::out;
use crate::settings::Settings;
use crate::written::yaml_files;
use std::path::{Path, PathBuf};
use testbed::scenario::{Report, ScenarioError, run};

/// Where a playbook's scenarios stand when no other place is named.
const BESIDE: &str = "scenarios";

/// Plays scenarios against a playbook, without Kafka: what happens, what must hold, in virtual time.
///
/// # Errors
/// When a folder or file cannot be read, or the playbook has mistakes. A scenario with a mistake has failed.
pub(in crate::commands) fn test(
    settings: &Settings,
    dir: Option<&Path>,
    scenarios: &[PathBuf],
    report_to: Option<&Path>,
) -> Result<Exit, Failure> {
    let dir = folder(settings, dir)?;
    let bundle = bundle(&dir)?;
    bundle.load().map_err(|mistakes| mistaken(Exit::Findings, &mistakes, &dir, "no scenario was played"))?;
    let beside = [dir.join(BESIDE)];
    let places = if scenarios.is_empty() { &beside[..] } else { scenarios };
    let mut report = Report::default();
    for place in places {
        for (file, text) in written(place)? {
            let played = run(&file, &text, &bundle).map_err(|error| unplayable(error, place))?;
            out(&format!("{played}\n"));
            report.scenarios.push(played);
        }
    }
    if let Some(path) = report_to {
        junit::write(&report, &dir, path)?;
    }
    out(&format!("{}\n", report.summary()));
    Ok(if report.passed() { Exit::Done } else { Exit::Findings })
}

/// The scenarios of a folder, or the one of a file.
fn written(place: &Path) -> Result<Vec<(String, String)>, Failure> {
    const NEXT: &str = "name a scenario's file or a folder of them by --scenarios, or put them into `scenarios` in the playbook's folder";
    if !place.is_file() {
        return yaml_files(place, NEXT);
    }
    let text = std::fs::read_to_string(place)
        .map_err(|why| Failure::usage(format!("cannot read {}: {why}", place.display())).next(NEXT))?;
    Ok(vec![(place.file_name().unwrap_or_default().to_string_lossy().into_owned(), text)])
}

/// The playbook itself is sound: the files that a scenario puts in the place of its own are not.
fn unplayable(error: ScenarioError, place: &Path) -> Failure {
    Failure::findings(error.to_string()).at(place.display()).next("mend the files under `playbook` of the scenario")
}
