//! What a piece of content is expected to bring about: one thing that can be measured, within a time.

use super::behaviours::{counted, days_fit};
use super::conditions::{Known, threshold};
use super::names::Table;
use crate::language::{ExpectsText, HypothesisText};
use crate::model::{Expects, Hypothesis, ScoreIx, StageIx};
use notation::mistake::{MistakeKind, Notes};

/// `None`: noted. `given_at`: the stages at which the content is given.
pub(crate) fn hypothesis(
    said: &HypothesisText,
    given_at: &[StageIx],
    stages: &Table<StageIx>,
    known: Known<'_>,
    notes: &mut Notes,
) -> Option<Hypothesis> {
    let expects = expects(&said.expects, given_at, stages, known, notes);
    let within = &said.expects.within;
    if within.value.0 <= 0 {
        notes
            .add(MistakeKind::NeverHolds, within.span, "nothing happens within no time")
            .help("say how long, as `within: 30d`");
    }
    Some(Hypothesis { label: said.label.0.clone(), expects: expects?, within: within.value.0 })
}

fn expects(
    text: &ExpectsText,
    given_at: &[StageIx],
    stages: &Table<StageIx>,
    known: Known<'_>,
    notes: &mut Notes,
) -> Option<Expects> {
    let head = head(text, notes)?;
    let names = known.names;
    Some(match head {
        "stage" => {
            let word = text.stage.as_ref()?;
            let stage = stages.find(word, notes)?;
            if given_at == [stage] {
                let message = format!("whoever is given this stands at `{}` already", word.value.0);
                notes.add(MistakeKind::NeverHolds, word.span, message).help("name the stage that follows");
            }
            Expects::Stage(stage)
        }
        "score" => at_least(text, vec![names.scores.find(text.score.as_ref()?, notes)?], known, notes)?,
        "any_score" => at_least(text, names.families.find(text.any_score.as_ref()?, notes)?, known, notes)?,
        "reading" => Expects::Reading(names.readings.find(text.reading.as_ref()?, notes)?),
        "answer" => {
            let question = text.answer.as_ref()?;
            names.questions.find(question, notes)?;
            Expects::Answer(question.value.0.clone())
        }
        "did" => {
            let behaviour = names.behaviours.find(text.did.as_ref()?, notes)?;
            let days = text.days.as_ref().map_or(Some(1), |days| counted(days, "days", notes))?;
            days_fit(days, text.within.value.0, text.span, notes);
            Expects::Did { behaviour, days }
        }
        _ => Expects::DidNot(names.behaviours.find(text.did_not.as_ref()?, notes)?),
    })
}

/// The one word that says what is measured, with its companions.
fn head(text: &ExpectsText, notes: &mut Notes) -> Option<&'static str> {
    let heads = [
        ("stage", text.stage.is_some()),
        ("score", text.score.is_some()),
        ("any_score", text.any_score.is_some()),
        ("reading", text.reading.is_some()),
        ("answer", text.answer.is_some()),
        ("did", text.did.is_some()),
        ("did_not", text.did_not.is_some()),
    ];
    let said: Vec<&'static str> = heads.iter().filter(|(_, said)| *said).map(|(word, _)| *word).collect();
    let [head] = said.as_slice() else {
        let message = format!("a hypothesis is measured by one thing, this one by {}", said.len());
        let help = format!("say one of: {}", heads.map(|(word, _)| word).join(", "));
        notes.add(MistakeKind::WrongForm, text.span, message).help(help);
        return None;
    };
    let is_score = matches!(*head, "score" | "any_score");
    if let Some(at_least) = text.at_least.as_ref().filter(|_| !is_score) {
        notes
            .add(MistakeKind::WrongForm, at_least.span, format!("`at_least` means nothing beside `{head}`"))
            .help("it goes with `score` and `any_score`");
    }
    if is_score && text.at_least.is_none() {
        notes
            .add(MistakeKind::Missing, text.span, format!("`at_least` is missing beside `{head}`"))
            .help("say from which value on it is reached, as `at_least: 10`");
        return None;
    }
    if let Some(days) = text.days.as_ref().filter(|_| *head != "did") {
        notes
            .add(MistakeKind::WrongForm, days.span, format!("`days` means nothing beside `{head}`"))
            .help("it goes with `did`");
    }
    Some(head)
}

fn at_least(text: &ExpectsText, scores: Vec<ScoreIx>, known: Known<'_>, notes: &mut Notes) -> Option<Expects> {
    let least = threshold(text.at_least.as_ref()?, &scores, true, known, notes)?;
    Some(Expects::Score(scores, least))
}
