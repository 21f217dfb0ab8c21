//! Scenarios: what a playbook should make of a history, as files that a marketer can read and write.
//!
//! A file says what happens (`when`: touchpoints in the canonical form, in the order in which they arrive) and what must
//! hold at which moment (`then`). [`run`] plays it through the engine itself: time passes
//! between the steps as it does in production, to the millisecond, so that timers fire at their own moment.

mod check;
mod check_actions;
mod check_handoffs;
mod file;
mod play;
mod report;

use check::check;
use file::Scenario;
use play::Stage;
use playbook::Bundle;
pub use report::{Failure, Played, Report};

/// Why a scenario could not be played at all.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    #[error("the playbook has mistakes; `playbook validate` shows them:\n{0}")]
    Playbook(String),
}

/// Plays one scenario against a playbook.
///
/// # Errors
/// When the playbook has mistakes.
pub fn run(file: &str, text: &str, playbook: &Bundle) -> Result<Played, ScenarioError> {
    let mut played = Played { file: file.to_owned(), title: String::new(), checked: 0, failures: Vec::new() };
    let scenario: Scenario = match serde_saphyr::from_str(text) {
        Ok(scenario) => scenario,
        Err(error) => {
            let line = error.location().map(|place| place.line());
            // The place is told apart; the rest says what is meant.
            let message = error.without_snippet().to_string();
            played.failures.push(Failure::at(line, message));
            return Ok(played);
        }
    };
    played.title.clone_from(&scenario.scenario);
    let files = playbook.files().map(|(name, content)| (name.to_owned(), content.to_owned()));
    let files = Bundle::from_files(files.chain(scenario.playbook.clone()));
    let loaded = files.load().map_err(|mistakes| ScenarioError::Playbook(playbook::render(&mistakes)));
    let (model, _warnings) = loaded?;
    if let Err(mistake) = play(&scenario, model, &mut played) {
        played.failures.push(mistake);
    }
    Ok(played)
}

/// Steps and expectations in the order of time; at one moment what happens comes before what must hold.
fn play(scenario: &Scenario, model: playbook::model::Model, played: &mut Played) -> Result<(), Failure> {
    let mistake = |line: Option<u64>| move |message| Failure::at(line, message);
    let mut stage = Stage::new(model).map_err(mistake(None))?;
    let mut then = Vec::new();
    for expected in &scenario.then {
        let at = stage.time(&expected.value.at).map_err(mistake(line_of(expected)))?;
        then.push((at, line_of(expected), &expected.value));
    }
    then.sort_by_key(|(at, ..)| *at);
    let mut then = then.into_iter().peekable();
    for step in stage.steps(&scenario.when)? {
        while let Some((at, line, expected)) = then.next_if(|(at, ..)| *at < step.arrives) {
            stage.advance_to(at);
            check(&stage, expected, line, played).map_err(mistake(line))?;
        }
        stage.advance_to(step.arrives);
        stage.step(&step).map_err(|what| mistake(step.line)(format!("step {}: {what}", step.id)))?;
    }
    for (at, line, expected) in then {
        stage.advance_to(at);
        check(&stage, expected, line, played).map_err(mistake(line))?;
    }
    Ok(())
}

fn line_of<T>(written: &serde_saphyr::Spanned<T>) -> Option<u64> {
    Some(written.referenced.line()).filter(|line| *line > 0)
}
