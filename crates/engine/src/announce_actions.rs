//! Tells what programmes do: each action once, with its window; what is withheld, and why; what is not to be done any more.

use crate::head::Head;
use crate::input::Effect;
use crate::programmes::{self, Acted, Decided, Looked, Open, What};
use crate::rests::Rests;
use crate::teller::{EventOf, Teller};
use crate::version::NameKey;
use crate::wording::{Both, joined};
use crate::words;
use touchpoint::Text;
use touchpoint::output::{Action, ActionStatus, Cause};

impl Teller<'_> {
    /// Looks at the programmes as of the moment of telling, and tells what follows.
    pub(crate) fn programmes(&self, head: &mut Head, cause: Cause, out: &mut Vec<Effect>) {
        let Some(in_force) = self.versions.at(self.at) else { return };
        let (enrolments, aggregate) = (&mut head.programmes, &head.aggregate);
        // Who was here before the first playbook came into force is nobody to welcome.
        let is_first = cause == Cause::Activation && enrolments.looked_by.is_none();
        let Looked { decided, moved } =
            programmes::look(enrolments, self.versions, in_force, aggregate, self.contact, self.at, is_first);
        if moved {
            head.aggregate.outlook.changed(Rests::PROFILE);
        }
        for decided in decided {
            self.action(head, decided, cause, out);
        }
    }

    /// The contact is no more: nothing is to be carried out any more.
    pub(crate) fn cancel_actions(&self, head: &mut Head, out: &mut Vec<Effect>) {
        for (programme, what, step) in programmes::cancel_all(&mut head.programmes, self.at) {
            let place = self.version.programme_of(programme);
            let name = place.map(|place| self.version.model.programmes[place].name.clone()).unwrap_or_default();
            self.action(head, Decided { programme, name, step, what }, Cause::Correction, out);
        }
    }

    fn action(&self, head: &mut Head, decided: Decided, cause: Cause, out: &mut Vec<Effect>) {
        let Decided { programme, name, step, what } = decided;
        head.actions += 1;
        let envelope = self.envelope(head, EventOf::Action, head.actions, cause);
        let mut action = Action {
            envelope,
            programme: name,
            step,
            status: ActionStatus::Planned,
            channel: Text::default(),
            executor: Text::default(),
            content: None,
            ask: Vec::new(),
            not_before: self.at,
            not_after: None,
            withheld_for: None,
        };
        match what {
            What::Do { acted, held_out } => {
                let Acted { channel, executor, content, ask, not_after } = acted;
                let open = Open {
                    action: action.envelope.event_id,
                    step: action.step.clone(),
                    channel: channel.clone(),
                    executor: executor.clone(),
                    not_after,
                };
                if held_out {
                    action.status = ActionStatus::HeldOut;
                } else {
                    head.programmes.opened(programme, open);
                }
                action = Action { channel, executor, content, ask, not_after, ..action };
                action.envelope.sentence = Some(self.told(programme, &action).into());
            }
            What::Drop { channel, executor, why } => {
                let withheld_for = Some(Text::const_new(why.as_str()));
                action = Action { status: ActionStatus::Withheld, channel, executor, withheld_for, ..action };
            }
            What::Cancel { action: cancelled, channel, executor } => {
                action.envelope.corrects = Some(cancelled);
                action = Action { status: ActionStatus::Cancelled, channel, executor, ..action };
            }
        }
        out.push(Effect::Action(Box::new(action)));
    }

    /// `ウェルカム: 「はじめに」(email)`, `Welcome: "First steps" (email)`.
    fn told(&self, programme: NameKey, action: &Action) -> Both {
        let model = &self.version.model;
        let label = self.version.programme_of(programme).map(|place| &model.programmes[place].label);
        let asset = action.content.as_ref().and_then(|name| model.asset_by_name.get(name));
        let what = match asset.map(|ix| &model.assets[usize::from(ix.0)].label) {
            Some(label) => Both::new(format!("「{}」", label.ja), format!("\"{}\"", label.en)),
            None => Both::new(action.executor.as_str(), action.executor.as_str()),
        };
        let mut told = Both::named(label, &action.programme)
            .colon(&what.within(&Both::new(action.channel.as_str(), action.channel.as_str())));
        if !action.ask.is_empty() {
            let questions = joined(action.ask.iter().map(|question| words::question_in(model, question)), "、", ", ");
            told.push("。聞くこと: ", ". To ask: ").push(&questions.ja, &questions.en);
        }
        told
    }
}
