//! The desk: the hand-offs of a company, or of a contact whose company is not known.
//!
//! A hand-off is about one or more contacts of a unit, who go to the same person. Each contact has promises of its own, and
//! what sales says of one is about that one. The hand-off is over when nobody is left in it.

use super::row::{DeskRow, HandoffRow, Joined};
use super::saying::Said;
use super::told::HandoffFact;
use super::watch::Watch;
use super::{Request, Wanted, Word};
use crate::hash::event_id_of;
use crate::input::Effect;
use crate::rows::{self, Row, Rows};
use crate::version::{Version, Versions};
use playbook::model::{Handoff, Wait};
use touchpoint::output::{HandedTo, HandoffStatus};
use touchpoint::{SubjectId, Text, Timestamp};

/// One desk at one moment.
pub(crate) struct Desk<'a, R> {
    pub(crate) rows: &'a mut R,
    pub(crate) versions: &'a Versions,
    pub(crate) version: &'a Version,
    pub(crate) desk: SubjectId,
    pub(crate) now: Timestamp,
    pub(crate) count: DeskRow,
    pub(crate) out: &'a mut Vec<Effect>,
}

impl<'a, R: Rows> Desk<'a, R> {
    /// `None`: without a playbook there is nothing to decide by.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn open(
        rows: &'a mut R,
        versions: &'a Versions,
        desk: SubjectId,
        now: Timestamp,
        out: &'a mut Vec<Effect>,
    ) -> Result<Option<Self>, R::Error> {
        let Some((_, version)) = versions.at(now) else { return Ok(None) };
        let count = match rows.get(&rows::desk_key(desk))? {
            Some(Row::Desk(row)) => row.clone(),
            _ => DeskRow::default(),
        };
        let now = count.last_at.map_or(now, |last| last.max(now));
        Ok(Some(Self { rows, versions, version, desk, now, count, out }))
    }

    pub(super) fn close(mut self) {
        self.count.last_at = Some(self.now);
        self.rows.put(rows::desk_key(self.desk), Row::Desk(self.count));
    }

    pub(super) fn store(&mut self, row: HandoffRow) {
        let key = rows::handoff_key(self.desk, row.id);
        match row.contacts.is_empty() {
            true => self.rows.delete(&key),
            false => self.rows.put(key, Row::Handoff(Box::new(row))),
        }
    }

    pub(super) fn kind(&self, name: &str) -> Option<&'a Handoff> {
        self.versions.handoff(self.version, name)
    }

    /// Takes a contact's request in.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn hear(mut self, mut request: Request) -> Result<(), R::Error> {
        let wants = request.wants.take();
        let mut found = None;
        let mut open = None;
        for (_, row) in self.rows.scan(&rows::handoff_prefix(self.desk))? {
            let Row::Handoff(row) = row else { continue };
            if row.life_cycle != request.life_cycle {
                continue;
            }
            match row.contacts.iter().position(|joined| joined.contact == request.contact) {
                Some(at) => found = Some((row, at)),
                None if open.is_none() && wants.as_ref().is_some_and(|wants| row.takes(wants)) => open = Some(row),
                None => {}
            }
        }
        let Some((mut row, at)) = found else {
            if let Some(wants) = wants {
                self.begin(open, request, wants);
            }
            self.close();
            return Ok(());
        };
        let have = &mut row.contacts[at];
        if have.sequence >= request.sequence {
            return Ok(());
        }
        match wants {
            None => self.leave(&mut row, at, request),
            Some(wants) if have.is_over && (request.number > have.number || wants.raised > have.wants.raised) => {
                row.contacts.remove(at);
                // What was promised is over, too.
                let wants = Box::new(Wanted { asked_at: request.told_at, ..*wants });
                let open = if row.takes(&wants) {
                    Some(row)
                } else {
                    self.store(*row);
                    open
                };
                self.begin(open, request, wants);
                self.close();
                return Ok(());
            }
            Some(wants) if have.is_over => (have.sequence, have.wants) = (request.sequence, wants),
            Some(wants) => {
                (have.sequence, have.number) = (request.sequence, request.number);
                self.update(&mut row, at, request.word, wants);
            }
        }
        self.store(*row);
        self.close();
        Ok(())
    }

    /// A new hand-off, or a contact who joins one.
    fn begin(&mut self, open: Option<Box<HandoffRow>>, request: Request, wants: Box<Wanted>) {
        let kind = self.kind(&wants.handoff);
        let model = &self.version.model;
        let watch = |promise: fn(&Handoff) -> playbook::model::Promise| match kind {
            Some(kind) => Watch::from(model, wants.asked_at, promise(kind), kind.warn_at),
            // Another partition knows of a version that is to come here: nothing is promised by it.
            None => Watch { due: Timestamp::MAX, since: None, warn_at: None, is_met: false, is_broken: false },
        };
        let (first_attempt, decision) = (watch(|kind| kind.first_attempt), watch(|kind| kind.decision));
        let is_new = open.is_none();
        let mut row = open.unwrap_or_else(|| {
            self.count.opened += 1;
            Box::new(HandoffRow {
                id: event_id_of(&super::subject_id(self.desk), b"handed", self.count.opened),
                life_cycle: request.life_cycle,
                unit: wants.unit.clone(),
                offered_at: self.now,
                to: wants.to.clone(),
                round: 0,
                without: Vec::new(),
                passed_on_for: None,
                contacts: Vec::new(),
            })
        });
        let (raised, attempted_at, urgency) = (wants.raised, wants.attempted_at, wants.rank.urgency);
        let others = row.contacts.iter().map(|joined| joined.wants.rank.urgency).max();
        row.contacts.push(Joined {
            sequence: request.sequence,
            number: request.number,
            contact: request.contact,
            wants,
            word: None,
            first_attempt,
            decision,
            breached_at: None,
            lead_at: None,
            remind_at: None,
            is_over: false,
        });
        let at = row.contacts.len() - 1;
        self.say(&row, at, Said::of(if is_new { HandoffStatus::Offered } else { HandoffStatus::Joined }));
        self.tell_contact(&row, at);
        if is_new {
            self.find_member(&mut row, at);
        } else if others < Some(urgency) {
            self.hurry(&mut row, at);
        }
        self.attend(&mut row, at, request.word, (raised, attempted_at));
        self.store(*row);
    }

    /// The contact asks no more.
    fn leave(&mut self, row: &mut HandoffRow, at: usize, request: Request) {
        let joined = &mut row.contacts[at];
        if joined.is_over {
            row.contacts.remove(at);
            return;
        }
        let was_decided = joined.is_decided();
        // A rejection that was told has left it to others: they have not rejected.
        let is_told = |word: &Word| word.rejects() && joined.word.as_ref() == Some(word);
        let word = request.word.filter(|word| !is_told(word));
        joined.word = word.or_else(|| joined.word.take().filter(|word| !word.rejects()));
        let status = match &joined.word {
            Some(word) if word.rejects() => HandoffStatus::Rejected,
            Some(_) => HandoffStatus::Closed,
            None => HandoffStatus::Withdrawn,
        };
        // Who is accepted and won at once was accepted, too.
        if status == HandoffStatus::Closed && !was_decided {
            let said = Said::by_word(HandoffStatus::Accepted, &row.contacts[at]);
            self.say(row, at, said);
        }
        row.contacts[at].is_over = true;
        self.tell_contact(row, at);
        let joined = row.contacts.remove(at);
        let said = Said::by_word(status, &joined);
        let reason = if status == HandoffStatus::Rejected { said.reason.clone() } else { request.ended_for };
        self.say_of(row, &joined, Said { reason, ..said });
        if row.is_over() {
            self.leave_team(row);
        }
    }

    /// Something has changed that the hand-off is about.
    fn update(&mut self, row: &mut HandoffRow, at: usize, word: Option<Word>, wants: Box<Wanted>) {
        let joined = &mut row.contacts[at];
        let was_breached = joined.breached_at.is_some();
        let former = std::mem::replace(&mut joined.wants, wants);
        let wants = &joined.wants;
        let (raised, taken_back) = (wants.raised > former.raised, wants.taken_back > former.taken_back);
        let to = (wants.to != former.to).then(|| wants.to.clone());
        let known = &former.card.mind;
        let new_mind: Vec<Text> = wants.card.mind.iter().filter(|mind| !known.contains(mind)).cloned().collect();
        self.attend(row, at, word, (former.raised, former.attempted_at));
        if let Some(to) = to.filter(|to| *to != row.to) {
            self.leave_team(row);
            row.to = to;
            self.say(row, at, Said::of(HandoffStatus::Reassigned));
            self.find_member(row, at);
        }
        if raised {
            self.say(row, at, Said::advice("raised_again"));
            self.hurry(row, at);
        }
        if taken_back {
            self.say(row, at, Said::advice("points_taken_back"));
        }
        for mind in &new_mind {
            self.say(row, at, Said::advice(mind));
        }
        if raised || (was_breached && row.contacts[at].breached_at.is_none()) {
            self.tell_contact(row, at);
        }
    }

    /// Whom the team still has nobody for has become more urgent.
    fn hurry(&mut self, row: &mut HandoffRow, at: usize) {
        if row.to.team.is_some() && row.to.person.is_none() {
            self.leave_team(row);
            self.find_member(row, at);
        }
    }

    /// What sales has done and said meets the promises, and what it said is told. `before`: how often the contact had been
    /// raised, and when it was last tried to reach it.
    fn attend(&mut self, row: &mut HandoffRow, at: usize, word: Option<Word>, before: (u32, Option<Timestamp>)) {
        let word_before = std::mem::replace(&mut row.contacts[at].word, word);
        self.keep_promises(row, at, before, word_before.as_ref());
        if row.contacts[at].word != word_before {
            self.word(row, at, word_before.as_ref());
        }
    }

    /// What has been done meets the promises; another reason gives them anew.
    fn keep_promises(
        &mut self,
        row: &mut HandoffRow,
        at: usize,
        (raised_before, attempted_before): (u32, Option<Timestamp>),
        word_before: Option<&Word>,
    ) {
        let kind = self.kind(&row.contacts[at].wants.handoff);
        let model = &self.version.model;
        let joined = &mut row.contacts[at];
        let (decided, was_decided) = (joined.is_decided(), word_before.is_some_and(|word| !word.rejects()));
        // A word is more than an attempt. What was taken back promises what it had promised.
        let was_met = joined.first_attempt.is_met;
        let attempted_at = joined.wants.attempted_at;
        joined.first_attempt.is_met = decided || joined.first_attempt.takes(attempted_at);
        joined.decision.is_met = decided;
        let tried = attempted_at > attempted_before && attempted_at > joined.breached_at;
        if (joined.first_attempt.is_met && !was_met) || (decided && !was_decided) || tried {
            (joined.breached_at, joined.lead_at) = (None, None);
        }
        if let Some(kind) = kind.filter(|_| joined.wants.raised > raised_before) {
            let renew = |watch: &mut Watch, promise| {
                let anew = Watch::anew(model, self.now, promise, kind.warn_at);
                if watch.is_met || watch.is_broken || anew.due < watch.due {
                    *watch = anew;
                }
            };
            renew(&mut joined.first_attempt, kind.first_attempt);
            if !decided {
                renew(&mut joined.decision, kind.decision);
            }
        }
        if joined.word.as_ref() != word_before {
            let held = joined.word.as_ref().and_then(|word| word.held_until);
            // In the morning of that day.
            joined.remind_at = held.map(|until| model.after(until, Wait::Business { days: 0, millis: 0 }));
        }
    }

    /// Tells what sales said.
    fn word(&mut self, row: &mut HandoffRow, at: usize, before: Option<&Word>) {
        let joined = &row.contacts[at];
        let is_held = |word: &Word| word.kind == "held";
        match &joined.word {
            None => self.say(row, at, Said::advice("word_taken_back")),
            Some(word) if word.rejects() => {
                let said = Said::by_word(HandoffStatus::Rejected, joined);
                self.say(row, at, said);
                self.pass_on(row, at, None, "rejected");
            }
            Some(word) if is_held(word) => self.say(row, at, Said::by_word(HandoffStatus::Held, joined)),
            Some(_) if before.is_some_and(|before| !before.rejects() && !is_held(before)) => {}
            Some(word) => {
                // Who accepts it has it.
                let actor = word.actor.as_ref().and_then(|actor| actor.id.clone());
                let said = Said::by_word(HandoffStatus::Accepted, joined);
                if let Some(actor) =
                    actor.filter(|actor| row.to.partner.is_none() && row.to.person.as_ref() != Some(actor))
                {
                    self.leave_team(row);
                    let team = self.team_of(&actor).map(|team| team.name.clone());
                    row.to = HandedTo { team, person: Some(actor), ..row.to.clone() };
                }
                self.say(row, at, said);
            }
        }
    }

    /// Tells the contact how it stands.
    pub(super) fn tell_contact(&mut self, row: &HandoffRow, at: usize) {
        let joined = &row.contacts[at];
        let fact = HandoffFact {
            life_cycle: row.life_cycle.clone(),
            handoff: row.id,
            number: joined.number,
            raised: joined.wants.raised,
            is_open: !joined.is_over,
            person: row.to.holder().cloned(),
            breached_at: joined.breached_at,
        };
        self.count.told += 1;
        let told = fact.deliver(self.desk, self.count.told, self.now);
        self.out.push(Effect::Signal(joined.contact, Box::new(told)));
    }
}
