//! What a desk tells the world: one event for each thing that happens to a hand-off.

use super::desk::Desk;
use super::row::{HandoffRow, Joined};
use crate::hash::event_id_of;
use crate::input::Effect;
use crate::rows::{self, Row, Rows};
use crate::teller::playbook_version;
use crate::wording::{Both, day, list, local};
use crate::words;
use touchpoint::output::{Cause, Envelope, HandedContact, Handoff, HandoffStatus, Sentence};
use touchpoint::{Actor, SubjectId, Text, Timestamp};

/// One thing that has happened.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) status: HandoffStatus,
    pub(super) reason: Option<Text>,
    pub(super) actor: Option<Actor>,
    pub(super) informed: Option<Text>,
}

impl Said {
    pub(super) const fn of(status: HandoffStatus) -> Self {
        Self { status, reason: None, actor: None, informed: None }
    }

    pub(super) fn because(status: HandoffStatus, reason: &str) -> Self {
        Self { reason: Some(Text::new(reason)), ..Self::of(status) }
    }

    pub(super) fn advice(reason: &str) -> Self {
        Self::because(HandoffStatus::Advised, reason)
    }

    /// What sales said of the contact.
    pub(super) fn by_word(status: HandoffStatus, joined: &Joined) -> Self {
        let word = joined.word.as_ref();
        Self {
            reason: word.and_then(|word| word.reason.clone()),
            actor: word.and_then(|word| word.actor.clone()),
            ..Self::of(status)
        }
    }

    fn cause(&self) -> Cause {
        match self.status {
            HandoffStatus::Accepted | HandoffStatus::Held | HandoffStatus::Rejected | HandoffStatus::Closed => {
                Cause::Feedback
            }
            HandoffStatus::Warned | HandoffStatus::Breached => Cause::Timer,
            HandoffStatus::Advised | HandoffStatus::Withdrawn => Cause::Correction,
            _ => Cause::Rule,
        }
    }
}

impl<R: Rows> Desk<'_, R> {
    /// Tells what has happened to a contact of a hand-off.
    pub(super) fn say(&mut self, row: &HandoffRow, at: usize, said: Said) {
        self.say_of(row, &row.contacts[at], said);
    }

    /// The same of one who is in it no more.
    pub(super) fn say_of(&mut self, row: &HandoffRow, joined: &Joined, said: Said) {
        self.count.events += 1;
        let in_it = row.open().map(|joined| joined.contact).collect();
        let wants = &joined.wants;
        let cause = said.cause();
        let sentence = self.sentence(row, joined, &said);
        let mut envelope = self.envelope(row, &wants.card, cause);
        envelope.owner = Some(Actor { id: row.to.holder().cloned(), role: row.to.department.clone() });
        envelope.sentence_short = Some(sentence.shortened());
        envelope.sentence = Some(sentence);
        envelope.reason_code = said.reason;
        envelope.actor = said.actor;
        self.out.push(Effect::Handoff(Box::new(Handoff {
            envelope,
            handoff_id: row.id,
            status: said.status,
            handoff: wants.handoff.clone(),
            to: row.to.clone(),
            informed: said.informed,
            contact: wants.card.as_ref().clone(),
            contacts: in_it,
            offered_at: row.offered_at,
            first_attempt_due: joined.first_attempt.open_until().filter(|_| !joined.is_over),
            decision_due: joined.decision.open_until().filter(|_| !joined.is_over),
            held_until: joined.word.as_ref().and_then(|word| word.held_until),
        })));
    }

    fn envelope(&mut self, row: &HandoffRow, card: &HandedContact, cause: Cause) -> Envelope {
        let account_id = match self.desk {
            SubjectId::Account(account) => Some(account),
            SubjectId::Contact(_) | SubjectId::Team(_) => None,
        };
        // The row was read in this transaction: nothing is lost where it cannot be.
        let account = account_id.and_then(|account| match self.rows.get(&rows::account_key(account)) {
            Ok(Some(Row::Account(row))) => Some(row),
            _ => None,
        });
        Envelope {
            event_id: event_id_of(&super::subject_id(self.desk), b"handoff", self.count.events),
            subject: self.desk,
            sequence: self.count.events,
            occurred_at: self.now,
            recorded_at: self.now,
            account_id,
            account_unit: row.unit.clone(),
            life_cycle: Some(row.life_cycle.clone()),
            stage: card.stage.clone(),
            cause,
            actor: None,
            reason_code: None,
            sentence: None,
            sentence_short: None,
            corrects: None,
            scores: Vec::new(),
            fit: card.fit.clone(),
            reading: card.reading.clone(),
            top_solution: card.top_solution.clone(),
            top_issue: card.top_issue.clone(),
            tier: account.and_then(|row| row.tier_name(self.version)),
            owner: None,
            first_source: None,
            campaign: None,
            external_ids: account.map(|row| row.facts.external_ids.clone()).unwrap_or_default(),
            known: None,
            reachable: None,
            account: None,
            segments: None,
            playbook: playbook_version(self.version),
        }
    }

    /// What a stage is called.
    fn stage(&self, life_cycle: &Text, name: &Text) -> Option<Both> {
        let life_cycle = self.versions.life_cycle(self.version, life_cycle)?;
        life_cycle.stage(name).map(|stage| Both::of(&stage.label))
    }

    /// `引き合い: MQL: 検討度61.8…。 6/26 10:00までに初回連絡。聞くこと: 導入時期。注意: メール希望。次の資料: 比較表。`
    fn sentence(&self, row: &HandoffRow, handed: &Joined, said: &Said) -> Sentence {
        let card = &handed.wants.card;
        let kind = self.kind(&handed.wants.handoff);
        let label = Both::named(kind.map(|kind| &kind.label), &handed.wants.handoff);
        let mut told = words::handoff_status(said.status.as_str());
        if let Some(reason) = &said.reason {
            let known = self.version.model.reason(reason).map(|reason| Both::of(&reason.label));
            let stage = || self.stage(&row.life_cycle, reason);
            told = told.within(&known.or_else(stage).unwrap_or_else(|| words::handoff_reason(reason)));
        }
        told = told.colon(&label);
        let is_short = matches!(
            said.status,
            HandoffStatus::Accepted | HandoffStatus::Held | HandoffStatus::Rejected | HandoffStatus::Closed
        );
        if is_short || said.status == HandoffStatus::Withdrawn {
            told.push("。", ".");
            if let Some(until) = handed.word.as_ref().and_then(|word| word.held_until) {
                let until = day(&self.version.model.zone, until);
                told.say(&Both::new(format!("{}まで保留", until.ja), format!("Held until {}", until.en)));
            }
            return told.into();
        }
        told.push("。", ". ").push(&card.why.ja, &card.why.en);
        let zone = &self.version.model.zone;
        let by = |at: Option<Timestamp>| at.filter(|at| *at != Timestamp::MAX).map(|at| local(zone, at));
        let of_decision = said.reason.as_deref() == Some("decision");
        if let Some(due) = by(handed.first_attempt.open_until()).filter(|_| !of_decision) {
            told.say(&Both::new(format!("{}までに初回連絡", due.ja), format!("First attempt by {}", due.en)));
        } else if let Some(due) = by(handed.decision.open_until()) {
            told.say(&Both::new(format!("{}までに判断", due.ja), format!("Decide by {}", due.en)));
        }
        let next = card.next_content.as_ref().and_then(|name| self.version.model.asset_by_name.get(name));
        let next = next.map(|ix| Both::of(&self.version.model.assets[usize::from(ix.0)].label));
        let refused = card
            .refused_for
            .iter()
            .map(|code| Both::named(self.version.model.reason(code).map(|reason| &reason.label), code));
        let lists = [
            list("聞くこと", "Ask", card.ask.iter().map(|question| words::question_in(&self.version.model, question))),
            list("注意", "Mind", card.mind.iter().map(|mind| words::handoff_reason(mind))),
            list("過去の見送り", "Refused before", refused),
            list("次の資料", "Next content", next.into_iter()),
        ];
        lists.iter().flatten().for_each(|list| told.say(list));
        let others = row.contacts.len().saturating_sub(1);
        if others > 0 {
            told.say(&Both::new(format!("同じ部署の他{others}名も"), format!("{others} more of the unit")));
        }
        told.into()
    }
}
