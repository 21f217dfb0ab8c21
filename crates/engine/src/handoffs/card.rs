//! What the person who takes a contact has to know.

use crate::aggregate::Aggregate;
use crate::fit::is_answered;
use crate::fold::Trace;
use crate::head::Head;
use crate::readings;
use crate::recommend;
use crate::scoring::value;
use crate::sentence::Decided;
use crate::teller::{EventOf, Teller, top_issue, top_solution};
use crate::wording::shown;
use crate::{announce, fit};
use playbook::model::{ENDED, Handoff};
use touchpoint::output::{FitReading, HandedContact, ScoreStanding, Sentence};
use touchpoint::{ConsentState, Text, Value};

impl Teller<'_> {
    /// The card of a contact who is handed over.
    pub(crate) fn handed(&self, head: &Head, kind: &Handoff, trace: &Trace) -> HandedContact {
        let aggregate = &head.aggregate;
        let facts = &aggregate.facts;
        let model = &self.version.model;
        let position = aggregate.position(&kind.life_cycle);
        let scores = self.version.scores().map(|score| ScoreStanding {
            name: model.scores[usize::from(score.0)].name.clone(),
            points_milli: value(aggregate, self.version, score, self.at),
        });
        let fitted = fit::fit(model, facts);
        let in_force = self.versions.at(self.at);
        let next = in_force.and_then(|in_force| recommend::next_content(self.versions, in_force, aggregate, self.at));
        let answers = aggregate.answers.iter();
        HandedContact {
            contact_id: self.contact,
            external_ids: facts.external_ids(),
            person: facts.person.as_deref().cloned(),
            identifiers: facts.identifiers.clone(),
            unit: facts.account_unit.clone(),
            stage: position.map(|position| position.stage.clone()),
            scores: scores.collect(),
            fit: Some(FitReading { points_milli: fitted.points, grade: fitted.grade }),
            reading: readings::named(aggregate, self.version),
            top_solution: top_solution(self.version, aggregate, self.at),
            top_issue: top_issue(aggregate),
            why: self.why_now(head, kind, trace),
            answers: answers.map(|answered| (answered.question.clone(), Text::new(shown(&answered.value)))).collect(),
            ask: kind.ask.iter().filter(|question| !is_answered(model, aggregate, question)).cloned().collect(),
            mind: mind(aggregate),
            refused_for: facts.refused_for.clone(),
            next_content: next.map(|next| model.assets[usize::from(next.asset.0)].name.clone()),
        }
    }

    /// The sentence of the stage that they stand at.
    fn why_now(&self, head: &Head, kind: &Handoff, trace: &Trace) -> Sentence {
        let position = head.aggregate.position(&kind.life_cycle);
        let life_cycle = self.versions.life_cycle(self.version, &kind.life_cycle);
        let moved = position
            .filter(|position| position.stage != ENDED)
            .and_then(|position| Some((life_cycle?, position, position.last_move.as_deref()?)));
        let Some((life_cycle, position, moved)) = moved else {
            return Sentence { ja: kind.label.ja.clone(), en: kind.label.en.clone() };
        };
        let envelope = self.envelope(head, EventOf::Stage, 0, announce::cause_of(moved.by));
        let (envelope, from) = (&envelope, moved.from.as_ref());
        self.sentence(head, Decided { life_cycle, position, moved, from, envelope, trace })
    }
}

/// What to mind when reaching them, as words of ours.
pub(super) fn mind(aggregate: &Aggregate) -> Vec<Text> {
    let facts = &aggregate.facts;
    let refused = |channel| facts.consented("marketing", Some(channel)) == Some(ConsentState::Denied);
    let refusals = [("call", "no_calls"), ("email", "no_mail")].into_iter().filter(|(channel, _)| refused(channel));
    let preferred = aggregate.answer("preferred_channel").and_then(|answered| match &answered.value {
        Value::Text(channel) => Some(Text::new(format!("prefers_{channel}"))),
        _ => None,
    });
    let left = facts.has_left.then_some(Text::const_new("left_company"));
    left.into_iter().chain(refusals.map(|(_, word)| Text::const_new(word))).chain(preferred).collect()
}
