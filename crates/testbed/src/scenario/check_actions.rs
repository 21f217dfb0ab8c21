//! What programmes did.

use super::check::Look;
use super::file::ExpectedAction;
use super::play::Stage;
use touchpoint::output::{Action, ActionStatus};

impl ExpectedAction {
    /// `planned welcome.hello`, and the programme.
    fn what(&self) -> Result<(String, &str), String> {
        let said = [
            (ActionStatus::Planned, &self.planned),
            (ActionStatus::HeldOut, &self.held_out),
            (ActionStatus::Withheld, &self.withheld),
            (ActionStatus::Cancelled, &self.cancelled),
        ];
        let mut said = said.iter().filter_map(|(status, step)| Some((status, step.as_deref()?)));
        let (Some((status, step)), None) = (said.next(), said.next()) else {
            return Err("an action is one of `planned`, `held_out`, `withheld` and `cancelled`".to_owned());
        };
        let (programme, _) = step.split_once('.').ok_or_else(|| format!("`{step}`: write `programme.step`"))?;
        Ok((format!("{} {step}", status.as_str()), programme))
    }
}

/// Compares with all that was told of the programmes that are named; of all where none is.
pub(super) fn compare_actions(
    stage: &Stage,
    look: &mut Look<'_>,
    expected: &[ExpectedAction],
    told: &[&Action],
) -> Result<(), String> {
    let wanted = expected.iter().map(ExpectedAction::what).collect::<Result<Vec<_>, _>>()?;
    for (_, programme) in &wanted {
        let mut all = stage.version.model.programmes.iter();
        if !all.any(|one| one.name == *programme) {
            return Err(format!("there is no programme `{programme}`"));
        }
    }
    let named =
        |action: &&&Action| wanted.is_empty() || wanted.iter().any(|(_, programme)| action.programme == *programme);
    let told: Vec<&Action> = told.iter().filter(named).copied().collect();
    let shown = |action: &&Action| format!("{} {}.{}", action.status.as_str(), action.programme, action.step);
    let there: Vec<String> = told.iter().map(shown).collect();
    let all: Vec<&str> = wanted.iter().map(|(what, _)| what.as_str()).collect();
    look.text("actions", Some(&all.join(", ")), Some(&there.join(", ")));
    for ((expected, told), (what, _)) in expected.iter().zip(told).zip(&wanted) {
        let text = |name: &str| format!("{name} of `{what}`");
        look.moment(stage, &text("moment"), expected.at.as_deref(), Some(told.not_before))?;
        look.moment(stage, &text("end"), expected.until.as_deref(), told.not_after)?;
        look.text(&text("channel"), expected.channel.as_deref(), Some(&told.channel));
        look.text(&text("content"), expected.content.as_deref(), told.content.as_deref());
        look.text(&text("executor"), expected.to.as_deref(), Some(&told.executor));
        look.text(&text("reason"), expected.reason.as_deref(), told.withheld_for.as_deref());
        if let Some(ask) = &expected.ask {
            let asked: Vec<&str> = told.ask.iter().map(|question| question.as_str()).collect();
            look.text(&text("questions"), Some(&ask.join(", ")), Some(&asked.join(", ")));
        }
        if let Some(part) = &expected.says {
            let sentence = told.envelope.sentence.as_ref();
            look.part(&text("sentence"), part, &sentence.map_or_else(String::new, |s| format!("{}\n{}", s.ja, s.en)));
        }
    }
    Ok(())
}
