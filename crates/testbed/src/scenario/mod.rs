//! Scenarios: what a playbook should make of a history, as files that a marketer can read and write.
//!
//! A file says what happens (`when`: touchpoints in the canonical form, in the order in which they arrive) and what must
//! hold at which moment (`then`). [`run_dir`] plays every file of a folder through the engine itself: time passes
//! between the steps as it does in production, to the millisecond, so that timers fire at their own moment.

mod check;
mod file;
mod play;

use check::check;
use file::Scenario;
use play::Stage;
use std::fmt;
use std::path::{Path, PathBuf};

/// Why scenarios could not be played at all.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    #[error("{}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}: no *.yaml file is in this folder", .0.display())]
    Empty(PathBuf),
    #[error("the playbook has mistakes; `playbook validate` shows them:\n{0}")]
    Playbook(String),
}

/// What came of every scenario, in the order of the file names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub scenarios: Vec<Played>,
}

/// One scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    pub file: String,
    pub title: String,
    /// Expectations that were looked at.
    pub checked: usize,
    /// What was expected, and what was there instead; empty: passed.
    pub failures: Vec<String>,
}

impl Report {
    pub fn passed(&self) -> bool {
        self.scenarios.iter().all(|scenario| scenario.failures.is_empty())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Played { file, title, checked, failures } in &self.scenarios {
            let verdict = if failures.is_empty() { "passed" } else { "FAILED" };
            writeln!(f, "{verdict}  {file}: {title} ({checked} expectations)")?;
            for failure in failures {
                writeln!(f, "        {}", failure.replace('\n', "\n        "))?;
            }
        }
        let failed = self.scenarios.iter().filter(|scenario| !scenario.failures.is_empty()).count();
        writeln!(f, "{} scenarios, {failed} failed", self.scenarios.len())
    }
}

/// Plays every `*.yaml` of a folder against the playbook of another.
///
/// # Errors
/// When the folders cannot be read, hold no scenario, or the playbook has mistakes. A scenario with a mistake is a
/// failure in the report.
pub fn run_dir(scenarios: &Path, playbook: &Path) -> Result<Report, ScenarioError> {
    let playbook = yaml_files(playbook)?;
    let mut report = Report::default();
    for (file, text) in yaml_files(scenarios)? {
        report.scenarios.push(run(&file, &text, &playbook)?);
    }
    Ok(report)
}

/// Plays one scenario against the files (name and content) of a playbook.
///
/// # Errors
/// When the playbook has mistakes.
pub fn run(file: &str, text: &str, playbook: &[(String, String)]) -> Result<Played, ScenarioError> {
    let mut played = Played { file: file.to_owned(), title: String::new(), checked: 0, failures: Vec::new() };
    let scenario: Scenario = match serde_saphyr::from_str(text) {
        Ok(scenario) => scenario,
        Err(error) => {
            played.failures.push(error.to_string());
            return Ok(played);
        }
    };
    played.title.clone_from(&scenario.scenario);
    let mut files: Vec<(String, String)> = playbook.to_vec();
    files.retain(|(name, _)| !scenario.playbook.contains_key(name));
    files.extend(scenario.playbook.iter().map(|(name, content)| (name.clone(), content.clone())));
    let loaded = playbook::load(&files);
    let (model, _warnings) = loaded.map_err(|mistakes| ScenarioError::Playbook(playbook::render(&mistakes)))?;
    if let Err(mistake) = play(&scenario, model, &mut played) {
        played.failures.push(mistake);
    }
    Ok(played)
}

/// Steps and expectations in the order of time; at one moment what happens comes before what must hold.
fn play(scenario: &Scenario, model: playbook::model::Model, played: &mut Played) -> Result<(), String> {
    let mut stage = Stage::new(model)?;
    let mut then = Vec::new();
    for expected in &scenario.then {
        then.push((stage.time(&expected.at)?, expected));
    }
    then.sort_by_key(|(at, _)| *at);
    let mut then = then.into_iter().peekable();
    for step in stage.steps(&scenario.when)? {
        while let Some((at, expected)) = then.next_if(|(at, _)| *at < step.arrives) {
            stage.advance_to(at);
            check(&stage, expected, played)?;
        }
        stage.advance_to(step.arrives);
        stage.step(&step).map_err(|mistake| format!("step {}: {mistake}", step.id))?;
    }
    for (at, expected) in then {
        stage.advance_to(at);
        check(&stage, expected, played)?;
    }
    Ok(())
}

fn yaml_files(dir: &Path) -> Result<Vec<(String, String)>, ScenarioError> {
    let unreadable = |source| ScenarioError::Unreadable { path: dir.to_path_buf(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = std::fs::read_to_string(&path)
                .map_err(|source| ScenarioError::Unreadable { path: path.clone(), source })?;
            files.push((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), text));
        }
    }
    if files.is_empty() {
        return Err(ScenarioError::Empty(dir.to_path_buf()));
    }
    files.sort();
    Ok(files)
}
