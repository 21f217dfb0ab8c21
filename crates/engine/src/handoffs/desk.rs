//! The desk: the hand-offs of a company, or of a contact whose company is not known.
//!
//! A hand-off is about one or more contacts of a unit, who go to the same person. Each contact has promises of its own, and
//! what sales says of one is about that one. The hand-off is over when nobody is left in it.

use super::saying::Said;
use super::team::team_id;
use super::told::HandoffFact;
use super::watch::{Comes, Watch};
use super::{Given, Request, TeamWork, Waiting, Wanted, Word};
use crate::input::{Effect, Input};
use crate::rows::{self, Row, Rows};
use crate::teller::event_id_of;
use crate::version::{Version, Versions};
use playbook::model::{Breach, Handoff, Wait};
use serde::{Deserialize, Serialize};
use touchpoint::output::{HandedTo, HandoffStatus};
use touchpoint::{EventId, SubjectId, Text, Timestamp};

/// What a desk counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskRow {
    /// Events told: their sequence.
    pub events: u64,
    /// Hand-offs opened so far, and rows sent to contacts.
    pub opened: u64,
    pub told: u64,
    /// When it was last told: what it tells is in the order of time, whichever partition's time runs ahead.
    pub last_at: Option<Timestamp>,
}

/// One hand-off that is not over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoffRow {
    pub id: EventId,
    pub life_cycle: Text,
    pub unit: Option<Text>,
    pub offered_at: Timestamp,
    pub to: HandedTo,
    /// Assignments asked for so far.
    pub round: u32,
    /// Who had it, and did not attend to it or left it to others.
    pub without: Vec<Text>,
    /// Whom it is about, in the order in which they came; at most [`CONTACTS_MAX`].
    pub contacts: Vec<Joined>,
}

/// Contacts of one hand-off: what one person can work on, and one row holds. The next ones get another.
const CONTACTS_MAX: usize = 50;

/// How often a hand-off is given to somebody else by itself: then it stays, and the team's lead knows.
const ROUNDS_MAX: u32 = 5;

/// A contact of a hand-off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    pub sequence: u64,
    pub number: u64,
    pub contact: touchpoint::ContactId,
    pub wants: Box<Wanted>,
    pub word: Option<Word>,
    pub first_attempt: Watch,
    pub decision: Watch,
    /// When a promise was first broken since somebody last tried to reach the contact; others may have had it since.
    pub breached_at: Option<Timestamp>,
    /// When the lead is told.
    pub lead_at: Option<Timestamp>,
    /// When the date until which sales holds the contact is to be remembered.
    pub remind_at: Option<Timestamp>,
    /// Nothing is expected any more. It stays here until the contact stops asking, so that it is not offered again.
    pub is_over: bool,
}

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

    fn close(mut self) {
        self.count.last_at = Some(self.now);
        self.rows.put(rows::desk_key(self.desk), Row::Desk(self.count));
    }

    fn store(&mut self, row: HandoffRow) {
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
    pub(crate) fn hear(mut self, request: Request) -> Result<(), R::Error> {
        let mut found = None;
        let mut open = None;
        for (_, row) in self.rows.scan(&rows::handoff_prefix(self.desk))? {
            let Row::Handoff(row) = row else { continue };
            if row.life_cycle != request.life_cycle {
                continue;
            }
            match row.contacts.iter().position(|joined| joined.contact == request.contact) {
                Some(at) => found = Some((row, at)),
                None if open.is_none() && request.wants.as_ref().is_some_and(|wants| row.takes(wants)) => {
                    open = Some(row);
                }
                None => {}
            }
        }
        let Some((mut row, at)) = found else {
            if let Some(wants) = request.wants.clone() {
                self.begin(open, request, wants);
            }
            self.close();
            return Ok(());
        };
        let have = &row.contacts[at];
        if have.sequence >= request.sequence {
            return Ok(());
        }
        match request.wants.clone() {
            None => self.leave(&mut row, at, request),
            Some(wants) if have.is_over && (request.number > have.number || wants.raised > have.wants.raised) => {
                row.contacts.remove(at);
                self.begin(open, request, wants);
            }
            Some(wants) if have.is_over => {
                let have = &mut row.contacts[at];
                (have.sequence, have.wants) = (request.sequence, wants);
            }
            Some(wants) => self.update(&mut row, at, request, wants),
        }
        self.store(*row);
        self.close();
        Ok(())
    }

    /// A new hand-off, or a contact who joins one.
    fn begin(&mut self, open: Option<Box<HandoffRow>>, request: Request, wants: Box<Wanted>) {
        let Request { contact, sequence, number, word, life_cycle, .. } = request;
        let kind = self.kind(&wants.handoff);
        let model = &self.version.model;
        let watch = |promise: fn(&Handoff) -> playbook::model::Promise| match kind {
            Some(kind) => Watch::from(model, wants.asked_at, promise(kind), kind.warn_at),
            // Another partition knows of a version that is to come here: nothing is promised by it.
            None => Watch { due: Timestamp::MAX, warn_at: None, is_met: false, is_broken: false },
        };
        let joined = Joined {
            sequence,
            number,
            contact,
            first_attempt: watch(|kind| kind.first_attempt),
            decision: watch(|kind| kind.decision),
            word: None,
            breached_at: None,
            lead_at: None,
            remind_at: None,
            is_over: false,
            wants: wants.clone(),
        };
        let is_new = open.is_none();
        let mut row = open.unwrap_or_else(|| {
            self.count.opened += 1;
            Box::new(HandoffRow {
                id: event_id_of(&super::subject_id(self.desk), b"handed", self.count.opened),
                life_cycle,
                unit: wants.unit.clone(),
                offered_at: self.now,
                to: wants.to.clone(),
                round: 0,
                without: Vec::new(),
                contacts: Vec::new(),
            })
        });
        row.contacts.push(joined);
        let at = row.contacts.len() - 1;
        self.say(&row, at, Said::of(if is_new { HandoffStatus::Offered } else { HandoffStatus::Joined }));
        self.tell_contact(&row, at);
        if is_new {
            self.find_member(&mut row, at);
        }
        let sequence = row.contacts[at].sequence;
        let again = Request {
            contact,
            sequence,
            number,
            word,
            life_cycle: row.life_cycle.clone(),
            wants: None,
            told_at: self.now,
        };
        self.update(&mut row, at, again, wants);
        self.store(*row);
    }

    /// The contact asks no more.
    fn leave(&mut self, row: &mut HandoffRow, at: usize, request: Request) {
        let joined = &mut row.contacts[at];
        if joined.is_over {
            row.contacts.remove(at);
            return;
        }
        let was_decided = joined.word.is_some();
        joined.word = request.word.or_else(|| joined.word.take());
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
        self.say_of(row, &joined, Said::by_word(status, &joined));
        if row.contacts.iter().all(|joined| joined.is_over) {
            self.leave_team(row);
        }
    }

    /// Something has changed that the hand-off is about.
    fn update(&mut self, row: &mut HandoffRow, at: usize, request: Request, wants: Box<Wanted>) {
        let joined = &mut row.contacts[at];
        let former = std::mem::replace(&mut joined.wants, wants);
        joined.sequence = request.sequence;
        joined.number = request.number;
        let word_before = std::mem::replace(&mut joined.word, request.word);
        let was_breached = joined.breached_at.is_some();
        self.keep_promises(row, at, &former);
        let joined = &row.contacts[at];
        if joined.word != word_before {
            self.word(row, at, word_before.as_ref());
        }
        let joined = &row.contacts[at];
        let wants = joined.wants.clone();
        if wants.to != former.to && wants.to != row.to {
            self.leave_team(row);
            row.to = wants.to.clone();
            self.say(row, at, Said::of(HandoffStatus::Reassigned));
            self.find_member(row, at);
        }
        if wants.raised > former.raised {
            let reason = Said::advice("raised_again");
            self.say(row, at, reason);
        }
        if wants.taken_back > former.taken_back {
            self.say(row, at, Said::advice("points_taken_back"));
        }
        for new in wants.card.mind.iter().filter(|mind| !former.card.mind.contains(mind)) {
            self.say(row, at, Said::advice(new));
        }
        let attended = was_breached && row.contacts[at].breached_at.is_none();
        self.tell_contact_if(row, at, wants.raised > former.raised || attended);
    }

    /// What has been done meets the promises; another reason gives them anew.
    fn keep_promises(&mut self, row: &mut HandoffRow, at: usize, former: &Wanted) {
        let kind = self.kind(&row.contacts[at].wants.handoff);
        let joined = &mut row.contacts[at];
        let decided = joined.word.is_some();
        if let Some(kind) = kind.filter(|_| joined.wants.raised > former.raised) {
            let model = &self.version.model;
            let anew = Watch::from(model, self.now, kind.first_attempt, kind.warn_at);
            if joined.first_attempt.is_met || anew.due < joined.first_attempt.due {
                joined.first_attempt = anew;
            }
            let anew = Watch::from(model, self.now, kind.decision, kind.warn_at);
            if !decided && anew.due < joined.decision.due {
                joined.decision = anew;
            }
        } else {
            // A word is more than an attempt. What was taken back promises what it had promised.
            let was_met = joined.first_attempt.is_met;
            joined.first_attempt.is_met = decided || joined.wants.attempted_at.is_some();
            if joined.first_attempt.is_met && !was_met {
                (joined.breached_at, joined.lead_at) = (None, None);
            }
        }
        joined.decision.is_met = decided;
        let held = joined.word.as_ref().and_then(|word| word.held_until);
        // In the morning of that day.
        joined.remind_at = held.map(|until| self.version.model.after(until, Wait::Business { days: 0, millis: 0 }));
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
                let joined = &mut row.contacts[at];
                joined.decision.is_met = false;
                self.pass_on(row, at, None);
            }
            Some(word) if is_held(word) => self.say(row, at, Said::by_word(HandoffStatus::Held, joined)),
            Some(_) if before.is_some_and(|before| !before.rejects() && !is_held(before)) => {}
            Some(_) => self.say(row, at, Said::by_word(HandoffStatus::Accepted, joined)),
        }
    }

    /// Time has come to where a row said it would.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn due(mut self, id: EventId) -> Result<(), R::Error> {
        let Some(Row::Handoff(row)) = self.rows.get(&rows::handoff_key(self.desk, id))? else { return Ok(()) };
        let mut row = row.clone();
        for at in 0..row.contacts.len() {
            self.pass(&mut row, at);
        }
        self.store(*row);
        self.close();
        Ok(())
    }

    fn pass(&mut self, row: &mut HandoffRow, at: usize) {
        let now = self.now;
        let joined = &mut row.contacts[at];
        if joined.is_over {
            return;
        }
        let comes = [("first_attempt", joined.first_attempt.pass(now)), ("decision", joined.decision.pass(now))];
        let reminds = joined.remind_at.is_some_and(|remind_at| remind_at <= now);
        if reminds {
            joined.remind_at = None;
        }
        let tells_lead = joined.lead_at.is_some_and(|lead_at| lead_at <= now);
        if tells_lead {
            joined.lead_at = None;
        }
        let is_late = !joined.first_attempt.is_met || !joined.decision.is_met;
        for (what, comes) in comes {
            match comes.filter(|_| !row.contacts[at].is_over) {
                Some(Comes::Warning) => self.say(row, at, Said::because(HandoffStatus::Warned, what)),
                Some(Comes::Breach) => self.breach(row, at, what),
                None => {}
            }
        }
        if reminds && !row.contacts[at].is_over {
            self.say(row, at, Said::because(HandoffStatus::Warned, "hold_passed"));
        }
        if tells_lead && is_late && !row.contacts[at].is_over {
            let said = Said::because(HandoffStatus::Breached, "told_to_lead");
            self.say(row, at, Said { informed: self.lead(row), ..said });
        }
    }

    fn breach(&mut self, row: &mut HandoffRow, at: usize, what: &'static str) {
        let kind = self.kind(&row.contacts[at].wants.handoff);
        let joined = &mut row.contacts[at];
        let is_first = joined.breached_at.is_none();
        joined.breached_at.get_or_insert(self.now);
        let lead_after = kind.and_then(|kind| kind.lead_after);
        joined.lead_at = lead_after.map(|wait| self.version.model.after(self.now, wait));
        self.say(row, at, Said::because(HandoffStatus::Breached, what));
        self.tell_contact_if(row, at, is_first);
        match kind.map(|kind| &kind.breach) {
            Some(Breach::Next) => self.pass_on(row, at, None),
            Some(Breach::Team(team)) => self.pass_on(row, at, Some(*team)),
            Some(Breach::Close) => {
                row.contacts[at].is_over = true;
                self.say(row, at, Said::because(HandoffStatus::Closed, what));
                self.tell_contact(row, at);
                if row.contacts.iter().all(|joined| joined.is_over) {
                    self.leave_team(row);
                }
            }
            Some(Breach::Stay) | None => {}
        }
    }

    /// Somebody else takes it: of the same team, or of another one. Promises are given anew.
    fn pass_on(&mut self, row: &mut HandoffRow, at: usize, team: Option<usize>) {
        // Whom people named is not taken from by a clock; nor what goes round and round.
        let other = team.map(|team| super::route::of_team(&self.version.model.teams[team]));
        if row.round >= ROUNDS_MAX || (other.is_none() && row.to.team.is_none()) {
            return;
        }
        self.leave_team(row);
        row.without.extend(row.to.person.take());
        if let Some(other) = other.filter(|other| other.team != row.to.team) {
            row.to = other;
            self.say(row, at, Said::of(HandoffStatus::Reassigned));
        }
        let model = &self.version.model;
        if let Some(kind) = self.kind(&row.contacts[at].wants.handoff) {
            let joined = &mut row.contacts[at];
            joined.first_attempt = Watch::from(model, self.now, kind.first_attempt, kind.warn_at);
            joined.decision = Watch::from(model, self.now, kind.decision, kind.warn_at);
        }
        self.find_member(row, at);
    }

    /// Asks the team for a member.
    fn find_member(&mut self, row: &mut HandoffRow, at: usize) {
        let Some(team) = row.to.team.clone().filter(|_| row.to.person.is_none()) else { return };
        row.round += 1;
        let wants = &row.contacts[at].wants;
        let kind = self.kind(&wants.handoff);
        let waiting = Waiting {
            handoff: row.id,
            desk: self.desk,
            round: row.round,
            rank: wants.rank,
            asked_at: wants.asked_at,
            gathers_until: wants.asked_at.plus_millis(kind.map_or(0, |kind| kind.gather)),
            is_beyond_capacity: kind.is_some_and(|kind| kind.is_beyond_capacity),
            without: row.without.clone(),
            team: team.clone(),
        };
        let work = Input::Team(TeamWork::Find(Box::new(waiting)));
        self.out.push(Effect::Send(SubjectId::Team(team_id(&team)), Box::new(work)));
    }

    /// The team need not look for anybody any more.
    fn leave_team(&mut self, row: &HandoffRow) {
        let Some(team) = row.to.team.as_ref().filter(|_| row.to.person.is_none() && row.round > 0) else { return };
        let work = Input::Team(TeamWork::Leave { handoff: row.id, round: row.round });
        self.out.push(Effect::Send(SubjectId::Team(team_id(team)), Box::new(work)));
    }

    /// A team has answered.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn given(mut self, given: Given) -> Result<(), R::Error> {
        let Some(Row::Handoff(row)) = self.rows.get(&rows::handoff_key(self.desk, given.handoff))? else {
            return Ok(());
        };
        let mut row = row.clone();
        // It has gone elsewhere meanwhile.
        let Some(at) = row.contacts.iter().position(|joined| !joined.is_over) else { return Ok(()) };
        if row.round != given.round || row.to.person.is_some() {
            return Ok(());
        }
        let said = match given.member {
            Some(member) => {
                row.to.person = Some(member);
                Said::of(if row.without.is_empty() { HandoffStatus::Assigned } else { HandoffStatus::Reassigned })
            }
            None => {
                row.to.team = None;
                Said::because(HandoffStatus::Reassigned, "no_such_team")
            }
        };
        self.say(&row, at, said);
        for at in 0..row.contacts.len() {
            if !row.contacts[at].is_over {
                self.tell_contact(&row, at);
            }
        }
        self.store(*row);
        self.close();
        Ok(())
    }

    fn lead(&self, row: &HandoffRow) -> Option<Text> {
        let team = row.to.team.as_ref()?;
        self.version.model.teams.iter().find(|have| have.name == *team)?.lead.clone()
    }

    fn tell_contact_if(&mut self, row: &HandoffRow, at: usize, changed: bool) {
        if changed {
            self.tell_contact(row, at);
        }
    }

    /// Tells the contact how it stands.
    fn tell_contact(&mut self, row: &HandoffRow, at: usize) {
        let joined = &row.contacts[at];
        let fact = HandoffFact {
            life_cycle: row.life_cycle.clone(),
            handoff: row.id,
            number: joined.number,
            raised: joined.wants.raised,
            is_open: !joined.is_over,
            person: row.to.person.clone().or_else(|| row.to.partner.clone()),
            breached_at: joined.breached_at,
        };
        self.count.told += 1;
        let told = fact.deliver(self.desk, self.count.told, self.now);
        self.out.push(Effect::Signal(joined.contact, Box::new(told)));
    }
}

impl HandoffRow {
    /// A contact who wants this joins it.
    fn takes(&self, wants: &Wanted) -> bool {
        self.unit == wants.unit
            && self.contacts.len() < CONTACTS_MAX
            && self.contacts.iter().any(|joined| !joined.is_over)
    }

    /// When time alone brings something next.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        let open = self.contacts.iter().filter(|joined| !joined.is_over);
        let each = open.flat_map(|joined| {
            let promises = [joined.first_attempt.next(), joined.decision.next()];
            promises.into_iter().chain([joined.lead_at, joined.remind_at]).flatten()
        });
        each.min().filter(|due| *due != Timestamp::MAX)
    }
}
