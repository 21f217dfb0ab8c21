//! Coming in, leaving, and going on from step to step.

use super::act::{Acted, Due, Withheld};
use super::{Enrolment, Enrolments, Inside, Progress, Standing, awaited};
use crate::agenda::Agenda;
use crate::aggregate::Aggregate;
use crate::condition::Asked;
use crate::hash::id_of;
use crate::places::Places;
use crate::question::Question;
use crate::rests::{Changes, Rests};
use crate::turns::{Answer, Turn};
use crate::version::{NameKey, Version, VersionIx, Versions};
use playbook::model::{Act, Goto, Programme, Step};
use smallvec::SmallVec;
use std::mem;
use touchpoint::{ContactId, EventId, Text, Timestamp};

/// What is to be told.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub(crate) programme: NameKey,
    pub(crate) name: Text,
    pub(crate) step: Text,
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    /// `held_out`: to nobody, since the contact is left out.
    Do {
        acted: Acted,
        held_out: bool,
    },
    Drop {
        channel: Text,
        executor: Text,
        why: Withheld,
    },
    /// An action that was told is not to be carried out any more.
    Cancel {
        action: EventId,
        channel: Text,
        executor: Text,
    },
}

/// What a look at the programmes brings about.
pub(crate) struct Looked {
    pub(crate) decided: SmallVec<[Decided; 2]>,
    /// The contact has come into a programme, or left one.
    pub(crate) moved: bool,
}

/// Looks at every programme as of `at`, which nothing that is known is later than; what follows is done. Notes when time
/// alone will change something next. `is_first`: the contact was here before there was a playbook.
pub(crate) fn look(
    enrolments: &mut Enrolments,
    versions: &Versions,
    in_force: (VersionIx, &Version),
    aggregate: &Aggregate,
    contact: ContactId,
    at: Timestamp,
    is_first: bool,
) -> Looked {
    let mut decided = SmallVec::new();
    let (ix, version) = in_force;
    let before = enrolments.looked_by.replace(ix);
    enrolments.due = None;
    if version.model.programmes.is_empty() && enrolments.of.is_empty() {
        enrolments.sent.clear();
        return Looked { decided, moved: false };
    }
    // Whom a new version would have come in already when it began stays outside until its condition holds anew.
    let is_new = is_first || before.is_some_and(|before| before != ix);
    let is_known = before == Some(ix) && !is_first && enrolments.turns.len() == version.model.programmes.len();
    let untold = aggregate.outlook.untold();
    let mut turns = mem::take(&mut *enrolments.turns);
    if !is_known {
        turns.begin(version.model.programmes.len());
    }
    let mut run =
        Run { versions, in_force, aggregate, contact, at, enrolments, decided: &mut decided, moved: false, turns };
    let open = if is_known { run.open(untold) } else { run.all() };
    if !open.is_empty() || !is_known {
        run.leave(&open);
        for place in open.iter().copied() {
            run.come_in(place, is_new);
        }
        for place in version.programmes.order.iter().filter(|place| open.contains(place)) {
            run.go_on(*place);
        }
    }
    run.forget();
    let due = run.next();
    let (turns, moved) = (run.turns, run.moved);
    enrolments.due = due;
    *enrolments.turns = turns;
    Looked { decided, moved }
}

/// The contact is no more: what may still be carried out is not to be.
pub(crate) fn cancel_all(enrolments: &mut Enrolments, at: Timestamp) -> Vec<(NameKey, What, Text)> {
    let inside = mem::take(enrolments).of.into_iter().filter_map(|enrolment| match enrolment.standing {
        Standing::In(inside) => Some((enrolment.of, inside)),
        Standing::Outside { .. } => None,
    });
    inside.filter_map(|(of, inside)| cancelled(*inside, at).map(|(what, step)| (of, what, step))).collect()
}

fn cancelled(inside: Inside, at: Timestamp) -> Option<(What, Text)> {
    let open = inside.open.filter(|open| open.not_after.is_none_or(|until| at < until))?;
    Some((What::Cancel { action: open.action, channel: open.channel, executor: open.executor }, open.step))
}

pub(super) struct Run<'a> {
    pub(super) versions: &'a Versions,
    pub(super) in_force: (VersionIx, &'a Version),
    pub(super) aggregate: &'a Aggregate,
    contact: ContactId,
    pub(super) at: Timestamp,
    pub(super) enrolments: &'a mut Enrolments,
    decided: &'a mut SmallVec<[Decided; 2]>,
    /// Somebody has come into a programme, or left one.
    moved: bool,
    /// By programme: when time alone will change something next, or a moment before that.
    turns: Agenda,
}

impl<'a> Run<'a> {
    pub(super) fn asked(&self) -> Asked<'a> {
        Asked::of(self.versions, self.in_force, self.aggregate)
    }

    /// What is asked "since" counts from then.
    fn asked_since(&self, since: Timestamp) -> Asked<'a> {
        Asked { since: Some(since), ..self.asked() }
    }

    fn programme(&self, place: usize) -> &'a Programme {
        &self.in_force.1.model.programmes[place]
    }

    fn key(&self, place: usize) -> NameKey {
        self.in_force.1.programmes.keys[place]
    }

    fn sooner(&mut self, place: usize, turn: Turn) {
        // What is due now has been looked at.
        let turn = Turn { at: turn.at.max(self.at.plus_millis(1)), ..turn };
        self.turns.set(place, self.turns.at(place).or(turn));
    }

    /// When time alone will change something next.
    fn next(&mut self) -> Option<Timestamp> {
        loop {
            let (place, turn) = self.turns.soonest()?;
            if turn.is_exact {
                return (turn != Turn::NEVER).then_some(turn.at);
            }
            // Only of who is outside it is not exact.
            let programme = self.programme(place);
            let answer = self.answer(programme);
            self.turns.set(place, Turn::NEVER);
            self.sooner(place, answer.turns);
            let roughly = self.turns.at(place);
            if !roughly.is_exact && roughly.at <= turn.at {
                let exact = self.asked_since(self.at).first_awaited(awaited(programme, answer.holds), self.at);
                self.turns.set(place, Turn::NEVER);
                self.sooner(place, Turn::exact(exact));
            }
        }
    }

    /// The programmes that are to be looked at: what they rest on has changed, their time has come, or something is to be
    /// done, which rests on much. When they are to be looked at next is found anew.
    fn open(&mut self, untold: Changes) -> SmallVec<[usize; 16]> {
        let keys = &self.in_force.1.programmes;
        let mut open = SmallVec::new();
        for place in self.candidates(untold.all()).iter() {
            let turn = self.turns.at(place);
            let is_touched = untold.touches(keys.rests[place]);
            let turning = |held: bool| untold.meets(keys.turning[place][usize::from(held)]);
            let is_open = match self.enrolments.place(keys.keys[place]).map(|have| &self.enrolments.of[have].standing) {
                _ if turn.at <= self.at => true,
                Some(Standing::In(inside)) => is_touched || inside.wants(),
                Some(Standing::Outside { held }) => turning(*held),
                None => turning(false),
            };
            if is_open {
                self.turns.set(place, Turn::NEVER);
                open.push(place);
            } else if is_touched {
                // What only puts it off is looked at when its moment would have come.
                self.turns.set(place, turn.put_off());
            }
        }
        open
    }

    fn all(&self) -> SmallVec<[usize; 16]> {
        (0..self.in_force.1.model.programmes.len()).collect()
    }

    fn candidates(&self, changed: Rests) -> Places {
        let keys = &self.in_force.1.programmes;
        let mut candidates = keys.resting.on(changed);
        if self.turns.soonest().is_some_and(|(_, turn)| turn.at <= self.at) {
            let due = (0..keys.keys.len()).filter(|place| self.turns.at(*place).at <= self.at);
            due.for_each(|place| candidates.insert(place));
        }
        let wanting = self.enrolments.of.iter().filter(|one| matches!(&one.standing, Standing::In(one) if one.wants()));
        let wanting = wanting.filter_map(|one| self.in_force.1.programme_of(one.of));
        wanting.for_each(|place| candidates.insert(place));
        candidates
    }

    /// Ends what this version does not have, and what somebody leaves.
    fn leave(&mut self, open: &[usize]) {
        let (_, version) = self.in_force;
        let mut all = mem::take(&mut self.enrolments.of);
        for enrolment in &mut all {
            let Standing::In(inside) = &enrolment.standing else { continue };
            let place = version.programme_of(enrolment.of);
            if place.is_some_and(|place| !open.contains(&place)) {
                continue;
            }
            let asked = self.asked_since(inside.entered_at);
            let stays = place.is_some_and(|place| {
                version.programmes.step_of(place, inside.step).is_some()
                    && !self.programme(place).leaves.as_ref().is_some_and(|leaves| asked.holds(leaves, self.at))
            });
            if !stays {
                let held = place.is_some_and(|place| self.answer(self.programme(place)).holds);
                self.end(enrolment, held);
            }
        }
        all.retain(|enrolment| version.programme_of(enrolment.of).is_some());
        self.enrolments.of = all;
    }

    fn end(&mut self, enrolment: &mut Enrolment, held: bool) {
        self.moved = true;
        let standing = mem::replace(&mut enrolment.standing, Standing::Outside { held });
        enrolment.ended_at = Some(self.at);
        let Standing::In(inside) = standing else { return };
        let name = self.in_force.1.programme_of(enrolment.of).map(|place| self.programme(place).name.clone());
        if let Some((what, step)) = cancelled(*inside, self.at) {
            let name = name.unwrap_or_default();
            self.decided.push(Decided { programme: enrolment.of, name, step, what });
        }
    }

    fn come_in(&mut self, place: usize, is_new: bool) {
        let (programme, key) = (self.programme(place), self.key(place));
        let found = self.enrolments.place(key);
        let (held, ended_at) = match found.map(|found| &self.enrolments.of[found]) {
            None => (false, None),
            Some(Enrolment { standing: Standing::Outside { held }, ended_at, .. }) => (*held, *ended_at),
            Some(Enrolment { standing: Standing::In(_), .. }) => return,
        };
        let answer = self.answer(programme);
        let holds = answer.holds;
        let again =
            ended_at.is_none_or(|ended| programme.again_after.is_some_and(|after| ended.plus_millis(after) <= self.at));
        let enters = holds && !held && !is_new && again;
        // (A programme without steps is no programme: the compiler refuses it.)
        let standing = match enters && !programme.steps.is_empty() {
            true => Standing::In(Box::new(Inside {
                entered_at: self.at,
                held_out: self.is_held_out(programme),
                step: self.in_force.1.programmes.step(place, 0),
                since: self.at,
                progress: Progress::Wanted { since: self.at, not_before: None },
                withheld: None,
                open: None,
            })),
            false => Standing::Outside { held: holds },
        };
        match standing {
            Standing::Outside { .. } => self.turns_outside(place, answer),
            // Who has come in is not looked at when what calls for them ends.
            Standing::In(_) => self.moved = true,
        }
        match found {
            Some(found) => self.enrolments.of[found].standing = standing,
            None if standing == Standing::Outside { held: false } => {}
            None => self.enrolments.of.push(Enrolment { of: key, standing, ended_at: None }),
        }
    }

    /// Is it for them?
    fn answer(&self, programme: &Programme) -> Answer {
        self.asked_since(self.at).answer_awaited(awaited(programme, false), self.at)
    }

    /// Notes when time calls for who is outside, or does no more.
    fn turns_outside(&mut self, place: usize, answer: Answer) {
        if self.in_force.1.programmes.timed[place] {
            self.sooner(place, answer.turns);
        }
    }

    /// By a hash of contact and programme: the same in every replay, and independent from programme to programme.
    fn is_held_out(&self, programme: &Programme) -> bool {
        if programme.hold_out == 0 {
            return false;
        }
        let [a, b, c, d, ..] = id_of(&[&self.contact.0, programme.name.as_bytes()]);
        u32::from_be_bytes([a, b, c, d]) % 100 < u32::from(programme.hold_out)
    }

    /// Goes on until something is to be waited for. Each step is gone through once at the most in a moment: a circle has a
    /// wait, which may be over at once.
    fn go_on(&mut self, place: usize) {
        let (programme, key) = (self.programme(place), self.key(place));
        let Some(found) = self.enrolments.place(key) else { return };
        let keys = &self.in_force.1.programmes;
        let mut all = mem::take(&mut self.enrolments.of);
        let enrolment = &mut all[found];
        for _ in 0..=programme.steps.len() {
            let Standing::In(inside) = &mut enrolment.standing else { break };
            let Some(at) = keys.step_of(place, inside.step) else { break };
            match self.go_through((place, at), inside) {
                Next::At(due) => {
                    self.sooner(place, Turn::exact(due));
                    if let Some(leaves) = &programme.leaves {
                        let due = self.asked_since(inside.entered_at).first(leaves, true, self.at);
                        self.sooner(place, Turn::exact(due));
                    }
                    break;
                }
                Next::Goto(Goto::Step(to)) => {
                    inside.step = keys.step(place, to);
                    inside.since = self.at;
                    inside.progress = Progress::Wanted { since: self.at, not_before: None };
                    inside.withheld = None;
                }
                Next::Goto(Goto::End) => {
                    // What was sent last is still to be carried out.
                    inside.open = None;
                    let answer = self.answer(programme);
                    self.end(enrolment, answer.holds);
                    self.turns_outside(place, answer);
                }
            }
        }
        self.enrolments.of = all;
    }

    fn go_through(&mut self, (place, at): (usize, usize), inside: &mut Inside) -> Next {
        let programme = self.programme(place);
        let step = &programme.steps[at];
        let asked = self.asked_since(inside.since);
        if let Progress::Wanted { since, not_before } = inside.progress {
            let next = Goto::after(at, programme.steps.len());
            // Its moment is to come, or was missed.
            if let Some(moment) = step.at {
                if self.at < moment {
                    inside.progress = Progress::Wanted { since: moment, not_before: None };
                    return Next::At(Some(moment));
                }
                if since < moment || not_before.is_none() && since > moment {
                    return Next::Goto(next);
                }
            }
            // Who it is not for goes on. Once its time is set it is for them.
            if not_before.is_none() && step.when.as_ref().is_some_and(|when| !asked.holds(when, self.at)) {
                return Next::Goto(next);
            }
            if let Some(act) = &step.act {
                match self.act(programme, step, act, (since, not_before)) {
                    Due::Later { since, not_before, due } => {
                        inside.progress = Progress::Wanted { since, not_before };
                        return Next::At(due);
                    }
                    Due::Had => return Next::Goto(step.then),
                    Due::Now(acted) => self.done(place, step, inside, acted),
                    Due::Withheld(why) => {
                        inside.withheld = Some(why);
                        let (channel, executor) = super::act::addressed(act);
                        self.tell(place, step, What::Drop { channel, executor, why });
                    }
                }
            }
            inside.progress = Progress::Waiting { since: self.at };
        }
        let Progress::Waiting { since } = inside.progress else { return Next::At(None) };
        if step.until.as_ref().is_some_and(|until| asked.holds(until, self.at)) {
            return Next::Goto(step.then);
        }
        let over = step.wait.map(|wait| self.in_force.1.model.after(since, wait));
        if over.is_some_and(|over| over <= self.at) {
            return Next::Goto(step.otherwise);
        }
        if step.wait.is_none() && step.until.is_none() {
            return Next::Goto(step.then);
        }
        let holds = step.until.as_ref().and_then(|until| asked.first(until, true, self.at));
        Next::At(over.into_iter().chain(holds).min())
    }

    fn done(&mut self, place: usize, step: &Step, inside: &Inside, acted: Acted) {
        let is_message = matches!(step.act, Some(Act::Send { .. }));
        let counts = is_message && !self.programme(place).is_transactional && !inside.held_out;
        if counts {
            self.enrolments.sent.push(super::Message { at: self.at, channel: NameKey::of(&acted.channel) });
        }
        self.tell(place, step, What::Do { acted, held_out: inside.held_out });
    }

    fn tell(&mut self, place: usize, step: &Step, what: What) {
        let (programme, name) = (self.key(place), self.programme(place).name.clone());
        self.decided.push(Decided { programme, name, step: step.name.clone(), what });
    }

    /// Forgets the messages that no limit counts any more.
    fn forget(&mut self) {
        let (sending, at) = (&self.in_force.1.model.sending, self.at);
        let longest = sending.longest_memory();
        self.enrolments.sent.retain(|message| message.at.plus_millis(longest) > at);
    }
}

enum Next {
    /// Nothing more until then, as far as time goes.
    At(Option<Timestamp>),
    Goto(Goto),
}
