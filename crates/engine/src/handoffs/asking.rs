//! Whether a contact asks to be handed over, and what its desk hears of that.
//!
//! A contact asks once in a life cycle at a time. It begins when a kind of hand-off begins to call for it, and ends when the
//! kind's `stands` does not hold any more, when sales rejects it, or when the desk says that it is over. A desk is kept for
//! as long as the contact asks: a company that is found out meanwhile is told with the next request and moves nothing.

use super::card;
use super::route::{self, Basis};
use super::{Request, Wanted, Word};
use crate::aggregate::Aggregate;
use crate::announce::Because;
use crate::behaviours;
use crate::condition::Asked;
use crate::fold::Trace;
use crate::hash::content_hash;
use crate::input::{Effect, Input};
use crate::question::Question;
use crate::signal;
use crate::version::{NameKey, Version, VersionIx, Versions};
use playbook::model::Handoff;
use serde::{Deserialize, Serialize};
use touchpoint::output::{HandedContact, HandedTo};
use touchpoint::{ContactId, SubjectId, Text, Timestamp};

/// What a contact's head knows of its hand-offs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handovers {
    /// The version by which it was last looked at; `None`: never.
    pub(crate) looked_by: Option<VersionIx>,
    /// The kinds that call for the contact, and when what calls was last done; sorted.
    calls: Vec<(NameKey, Option<Timestamp>)>,
    pub asking: Vec<Asking>,
    /// Askings so far, and requests.
    begun: u64,
    requests: u64,
    /// When time alone will change something next.
    pub(crate) due: Option<Timestamp>,
}

/// A contact asks in one life cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    pub life_cycle: Text,
    pub number: u64,
    pub(super) of: NameKey,
    /// The moment of the fold when it began: what sales says after that answers it.
    since: Timestamp,
    /// The stage then.
    stage: Option<Text>,
    /// When that was decided.
    pub(crate) asked_at: Timestamp,
    desk: SubjectId,
    /// `None`: the desk has not heard of it yet.
    pub(super) to: Option<HandedTo>,
    /// What the way to them rests on, and the owner that the CRM named then.
    basis: u64,
    owner: Option<Text>,
    /// When what calls for the hand-off was last done.
    done_at: Option<Timestamp>,
    raised: u32,
    taken_back: u32,
    /// A hash of what the desk was told last.
    told: u64,
}

/// The way is looked for when the company has told of itself, or has had that long for it.
const WAITS_FOR_ACCOUNT_MILLIS: i64 = 10_000;

impl Asking {
    /// The desk knows of it.
    pub const fn is_heard(&self) -> bool {
        self.to.is_some()
    }
}

impl Handovers {
    fn sooner(&mut self, moment: Option<Timestamp>, at: Timestamp) {
        // What is due now has been looked at.
        let moment = moment.map(|moment| moment.max(at.plus_millis(1)));
        self.due = self.due.into_iter().chain(moment).min();
    }

    /// The next request of the contact: that nothing is wanted.
    fn request(&mut self, contact: ContactId, asking: &Asking, told_at: Timestamp) -> Request {
        self.requests += 1;
        Request {
            contact,
            sequence: self.requests,
            life_cycle: asking.life_cycle.clone(),
            number: asking.number,
            wants: None,
            word: None,
            ended_for: None,
            told_at,
        }
    }
}

fn send(desk: SubjectId, request: Request) -> Effect {
    Effect::Send(desk, Box::new(Input::Request(Box::new(request))))
}

/// What the look at a contact rests on.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) versions: &'a Versions,
    pub(crate) in_force: (VersionIx, &'a Version),
    pub(crate) aggregate: &'a Aggregate,
    pub(crate) contact: ContactId,
    /// Partition time: promises run from then.
    pub(crate) now: Timestamp,
    /// Nothing that is known is later.
    pub(crate) at: Timestamp,
    pub(crate) because: &'a Because,
    pub(crate) trace: &'a Trace,
}

impl<'a> Look<'a> {
    pub(super) fn version(&self) -> &'a Version {
        self.in_force.1
    }

    pub(super) fn asked(&self) -> Asked<'a> {
        Asked::of(self.versions, self.in_force, self.aggregate)
    }

    /// Looks at every kind of hand-off, and what the desks are to hear. `card`: what is told of the contact.
    pub(crate) fn look(self, handovers: &mut Handovers, card: impl Fn(&Handoff) -> HandedContact) -> Vec<Effect> {
        let (ix, version) = self.in_force;
        // Who was here before the first playbook, or whom another version would have called for, is called for only when
        // it begins anew.
        let is_first = *self.because == Because::Fold && handovers.looked_by.is_none();
        let is_new = is_first || handovers.looked_by.is_some_and(|before| before != ix);
        // Who does not ask, and whom nothing calls for anew.
        let is_known = handovers.looked_by == Some(ix) && handovers.asking.is_empty();
        if is_known
            && !is_first
            && !self.aggregate.outlook.untold().touches(version.handoffs.rests)
            && handovers.due.is_none_or(|due| self.at < due)
        {
            return Vec::new();
        }
        handovers.looked_by = Some(ix);
        handovers.due = None;
        if version.model.handoffs.is_empty() && handovers.asking.is_empty() {
            handovers.calls.clear();
            return Vec::new();
        }
        let begun = self.calls(handovers, is_new);
        let mut requests = self.end(handovers, is_new);
        self.count_raised(handovers);
        begun.into_iter().for_each(|place| self.begin(handovers, place));
        self.count_taken(handovers);
        let mut all = std::mem::take(&mut handovers.asking);
        requests.extend(all.iter_mut().filter_map(|asking| self.tell(handovers, asking, &card)));
        handovers.asking = all;
        requests
    }

    /// The kinds that have begun to call for the contact.
    fn calls(&self, handovers: &mut Handovers, is_new: bool) -> Vec<usize> {
        let version = self.version();
        let asked = self.asked();
        let mut begun = Vec::new();
        let mut calls = Vec::new();
        for (place, kind) in version.model.handoffs.iter().enumerate() {
            let key = version.handoffs.keys[place];
            let holds = asked.holds(&kind.calls, self.at);
            if holds {
                let done_at = self.done_at(place);
                // One that holds already begins anew when what calls is done once more.
                let before = handovers.calls.iter().find(|(have, _)| *have == key).map(|(_, done_at)| *done_at);
                if !is_new && before.is_none_or(|before| done_at > before) {
                    begun.push(place);
                }
                calls.push((key, done_at));
            }
            if version.handoffs.timed[place] {
                handovers.sooner(asked.first(&kind.calls, !holds, self.at), self.at);
            }
        }
        calls.sort_unstable();
        handovers.calls = calls;
        begun
    }

    /// Ends what does not stand any more.
    fn end(&self, handovers: &mut Handovers, is_new: bool) -> Vec<Effect> {
        let mut over = Vec::new();
        let mut at = 0;
        while at < handovers.asking.len() {
            match self.standing(&handovers.asking[at]) {
                Some(place) => {
                    let (key, asking) = (self.version().handoffs.keys[place], &mut handovers.asking[at]);
                    if asking.of != key || is_new {
                        // Another kind, or version, looks at other things that were done.
                        (asking.of, asking.done_at) = (key, self.done_at(place));
                    }
                    at += 1;
                }
                None => over.push(handovers.asking.remove(at)),
            }
        }
        let heard = over.into_iter().filter(|asking| asking.is_heard());
        heard.map(|asking| self.request(handovers, &asking, None)).collect()
    }

    /// The kind by which the contact goes on asking. One that this version has given up is followed by the first that
    /// stands in its place.
    fn standing(&self, asking: &Asking) -> Option<usize> {
        let version = self.version();
        let told = self.aggregate.facts.handoff(&asking.life_cycle);
        if told.is_some_and(|told| told.number == asking.number && !told.is_open && told.raised >= asking.raised) {
            return None;
        }
        let passed_on = |word: &Word| {
            let reason = word.reason.as_ref().and_then(|code| version.model.reason(code));
            reason.is_some_and(|reason| reason.is_passed_on)
        };
        if self.word(asking).is_some_and(|word| word.rejects() && !passed_on(&word)) {
            return None;
        }
        let asked = self.asked();
        let stands = |place: &usize| asked.holds(&version.model.handoffs[*place].stands, self.at);
        let all = 0..version.model.handoffs.len();
        let mut all = all.filter(|place| version.model.handoffs[*place].life_cycle == asking.life_cycle);
        match version.handoffs.place(asking.of) {
            Some(place) if stands(&place) => Some(place),
            // Another one calls for them, too.
            Some(_) => all.find(|place| asked.holds(&version.model.handoffs[*place].calls, self.at)),
            None => all.find(stands),
        }
    }

    fn begin(&self, handovers: &mut Handovers, place: usize) {
        let version = self.version();
        let (kind, key) = (&version.model.handoffs[place], version.handoffs.keys[place]);
        let done_at = self.done_at(place);
        if let Some(asking) = handovers.asking.iter_mut().find(|asking| asking.life_cycle == kind.life_cycle) {
            // The same one was counted by what was done.
            if version.handoffs.place(asking.of).is_none_or(|of| place < of) {
                (asking.of, asking.done_at) = (key, done_at);
                asking.raised += u32::from(asking.is_heard());
            }
            return;
        }
        handovers.begun += 1;
        let facts = &self.aggregate.facts;
        handovers.asking.push(Asking {
            life_cycle: kind.life_cycle.clone(),
            number: handovers.begun,
            of: key,
            since: self.aggregate.at.map_or(self.at, |known| known.min(self.at)),
            stage: self.aggregate.position(&kind.life_cycle).map(|position| position.stage.clone()),
            asked_at: self.now,
            desk: facts.account.map_or(SubjectId::Contact(self.contact), SubjectId::Account),
            to: None,
            basis: 0,
            owner: None,
            done_at,
            raised: 0,
            taken_back: 0,
            told: 0,
        });
    }

    /// What called for the hand-off was done once more.
    fn count_raised(&self, handovers: &mut Handovers) {
        let version = self.version();
        for asking in &mut handovers.asking {
            let Some(place) = version.handoffs.place(asking.of) else { continue };
            let done_at = self.done_at(place);
            let again = done_at > asking.done_at;
            asking.raised += u32::from(again && asking.is_heard());
            asking.done_at = done_at;
        }
    }

    fn done_at(&self, place: usize) -> Option<Timestamp> {
        let version = self.version();
        let each = version.handoffs.behaviours[place].iter();
        each.filter_map(|ix| behaviours::latest(self.aggregate, version, *ix)).map(|(at, _)| at).max()
    }

    /// Points that were there when the contact began to ask were taken back.
    fn count_taken(&self, handovers: &mut Handovers) {
        if !self.because.corrects() {
            return;
        }
        for asking in handovers.asking.iter_mut().filter(|asking| asking.is_heard()) {
            let before = |taken: &crate::aggregate::Given| taken.points > 0 && taken.occurred_at <= asking.since;
            asking.taken_back += u32::from(self.trace.taken.iter().any(before));
        }
    }

    /// Finds the way where there is none yet, and tells the desk what has changed.
    fn tell(
        &self,
        handovers: &mut Handovers,
        asking: &mut Asking,
        card: &impl Fn(&Handoff) -> HandedContact,
    ) -> Option<Effect> {
        let version = self.version();
        let place = version.handoffs.place(asking.of)?;
        let kind = &version.model.handoffs[place];
        if version.handoffs.timed[place] {
            handovers.sooner(self.asked().first(&kind.stands, false, self.at), self.at);
        }
        let facts = &self.aggregate.facts;
        let heard = facts.account.is_none() || signal::current(facts).is_some();
        let latest = asking.asked_at.plus_millis(WAITS_FOR_ACCOUNT_MILLIS);
        if asking.to.is_none() && !heard && self.now < latest {
            handovers.sooner(Some(latest), self.at);
            return None;
        }
        let (word, attempted_at) = (self.word(asking), self.attempted_at(asking));
        let basis = Basis::of(self);
        let basis_hash = basis.hash();
        if asking.to.is_none() || basis_hash != asking.basis {
            let is_free = word.is_none() && attempted_at.is_none();
            // Who is at work goes on with it, unless the CRM names another owner.
            asking.to = Some(match asking.to.take() {
                Some(former) if !is_free && basis.owner() == asking.owner.as_ref() => former,
                Some(former) if !is_free => basis.owner_after(former),
                _ => route::find(self, kind),
            });
            asking.basis = basis_hash;
            asking.owner = basis.owner().cloned();
        }
        let to = asking.to.as_ref()?;
        let mind = card::mind(self.aggregate);
        let said = (&kind.name, to, asking.raised, attempted_at, asking.taken_back, mind, word);
        let told = content_hash(&said);
        if told == asking.told {
            return None;
        }
        asking.told = told;
        let wants = Wanted {
            handoff: kind.name.clone(),
            asked_at: asking.asked_at,
            unit: facts.account_unit.clone(),
            to: to.clone(),
            rank: self.rank(place),
            raised: asking.raised,
            attempted_at,
            taken_back: asking.taken_back,
            card: Box::new(card(kind)),
        };
        Some(self.request(handovers, asking, Some(Box::new(wants))))
    }

    fn request(&self, handovers: &mut Handovers, asking: &Asking, wants: Option<Box<Wanted>>) -> Effect {
        let (word, ended_for) = (self.word(asking), self.ended_for(asking));
        let request = handovers.request(self.contact, asking, self.now);
        send(asking.desk, Request { wants, word, ended_for, ..request })
    }

    fn ended_for(&self, asking: &Asking) -> Option<Text> {
        let position = self.aggregate.position(&asking.life_cycle)?;
        let moved = position.last_move.as_deref().filter(|moved| moved.at > asking.since);
        let by_stage = || (asking.stage.as_ref() != Some(&position.stage)).then(|| position.stage.clone());
        let reason = moved.and_then(|moved| moved.reason.clone());
        reason.or_else(by_stage).or(Some(Text::const_new("ruled_out")))
    }

    /// What sales has said since the contact asks.
    fn word(&self, asking: &Asking) -> Option<Word> {
        let word = self.aggregate.facts.last_word.as_deref().filter(|word| word.at > asking.since)?;
        let position = self.aggregate.position(&asking.life_cycle);
        let held_until = position.and_then(|position| position.hold_until).filter(|_| word.kind == "held");
        Some(Word { held_until, ..word.clone() })
    }

    fn attempted_at(&self, asking: &Asking) -> Option<Timestamp> {
        let attempt = self.version().model.handing_over.attempt?;
        let (at, _) = behaviours::latest(self.aggregate, self.version(), attempt)?;
        (at > asking.since).then_some(at)
    }

    fn rank(&self, place: usize) -> super::Rank {
        let version = self.version();
        let score = version.model.handing_over.best_first;
        super::Rank {
            urgency: (version.model.handoffs.len() - place) as u16,
            points: score.map_or(0, |score| crate::scoring::value(self.aggregate, version, score, self.at)),
            fit: crate::fit::fit(&version.model, &self.aggregate.facts).points,
        }
    }
}

/// The contact is no more: desks hear that nothing is wanted.
pub(crate) fn gone(handovers: &mut Handovers, contact: ContactId, at: Timestamp) -> Vec<Effect> {
    let all = std::mem::take(&mut handovers.asking);
    handovers.calls.clear();
    // Who comes back begins anew.
    handovers.looked_by = None;
    let heard = all.iter().filter(|asking| asking.is_heard());
    heard.map(|asking| send(asking.desk, handovers.request(contact, asking, at))).collect()
}
