//! What a name's owner does with a message: change the row, then tell everybody what is new to them.

use crate::erasure::{Because, Erased};
use crate::evidence::{Evidence, day};
use crate::heard::Heard;
use crate::keys;
use crate::message::{DayChange, Grant, Leg, Visit, Word};
use crate::name::{NameView, WAITING_BYTES_MAX, WAITING_MAX};
use crate::namesakes;
use crate::out::{Counter, Likeness};
use crate::router::{Misrouted, Turn};
use crate::row::{BoundPointer, Claim, Name, Row};
use crate::{KeyKind, codec};
use touchpoint::{IdentifierKey, IdentityWord, InputId, Replaced, Timestamp};

/// What one name remembers of having told about companies; beyond it something is told again.
const REPORTED_MAX: usize = 8;

impl Turn<'_> {
    pub(crate) fn visit_name(&mut self, row: &mut Option<Row>, visit: Visit) -> Result<bool, Misrouted> {
        let teaches = match visit.routing.leg {
            Leg::Arriving | Leg::Accepted => true,
            Leg::Returned | Leg::Checked => false,
            Leg::Checking { .. } => return Err(self.misrouted("question for an input")),
        };
        let person = KeyKind::of(&self.me).is_some_and(KeyKind::names_person);
        if person && teaches && visit.touchpoint.identity_word() == Some(IdentityWord::Erased) {
            return self.erasure_of_name(row, visit);
        }
        let heard = teaches.then(|| match person {
            true => Heard::of_person(&visit, self.settings),
            false => Heard::of_company(&visit, self.settings),
        });
        // One hop, no row: an address or a record that was only ever seen alone.
        let called = if teaches && person { namesakes::key_of(&visit.touchpoint, self.settings) } else { None };
        let plain = heard.as_ref().is_none_or(Heard::is_nothing) && visit.routing.replaces.is_none();
        if row.is_none() && plain && called.is_none() && visit.touchpoint.account.is_none() {
            if let Some(visit) = self.came_back(visit) {
                self.deliver(self.me, true, visit);
            }
            return Ok(false);
        }
        let mut name = self.take_name(row)?;
        if name.erased.is_some_and(|erased| visit.touchpoint.occurred_at <= erased.until) {
            let changed = self.of_an_erased_name(&mut name, visit, teaches);
            put_back(row, name);
            return Ok(changed);
        }
        let mut changed = false;
        if let Some(heard) = &heard {
            changed |= self.learn(&mut name, heard, &visit);
            if let Some(called) = called.filter(|called| namesakes::is_new_to(&name.called, called)) {
                changed |= self.change_name(&mut name, |name| name.called.push(called));
            }
            changed |= person && self.report_companies(&mut name, heard.evidence, &visit);
        }
        if let Some(visit) = self.came_back(visit) {
            let view = name.view(self.me);
            if name.undecided(self.me, &view) && has_room(&name.waiting, &visit) {
                self.count(Counter::Waited);
                name.waiting.push(visit);
                changed = true;
            } else {
                changed |= self.tell_refusals(&mut name.refusals, name.erased, (view.told.home, true));
                self.deliver(view.told.home, true, visit);
            }
        }
        put_back(row, name);
        Ok(changed)
    }

    pub(crate) fn notice_name(&mut self, row: &mut Option<Row>, word: Word) -> Result<bool, Misrouted> {
        let mut name = self.take_name(row)?;
        let changed = match word {
            Word::Withdraw { input, replaced } => {
                let mut changed = self.change_name(&mut name, |name| name.withdraw(input));
                changed |= self.no_longer_waits(&mut name, &replaced.input);
                let home = name.view(self.me).told.home;
                self.withdraw(home, replaced);
                changed
            }
            Word::Forget { input } => self.change_name(&mut name, |name| name.withdraw(input)),
            Word::Companies { at, input, claims } => self.change_name(&mut name, |name| {
                input.into_iter().for_each(|input| name.withdraw(input));
                claims.iter().for_each(|child| name.claim(*child, Evidence { at, input }));
            }),
            Word::Claim { from, at } => self.claimed(&mut name, from, at),
            Word::Answer { from, grant } => self.answered(&mut name, from, grant),
            Word::Follow { from, told } => {
                let me = self.me;
                self.change_name(&mut name, |name| {
                    // Whoever lost me meanwhile does not know it yet.
                    if name.leader(me).is_some_and(|leader| leader.key() == from) {
                        name.told = Some(told);
                    }
                })
            }
            Word::Pair { from, said } => self.change_name(&mut name, |name| name.pairs.hear(from, said)),
            Word::Erase { from, until, because, .. } => {
                let mine = match because {
                    Because::Named | Because::Joined => true,
                    Because::Seen => name.leader(self.me).is_none_or(|leader| leader.key() == from),
                };
                mine && self.erase_name(&mut name, until)
            }
            Word::Forgotten { from, until } => self.change_name(&mut name, |name| {
                let claimed = name.children.iter_mut().filter(|child| child.key == from);
                claimed.for_each(|child| child.evidence.forget(until));
            }),
            Word::Release => self.change_name(&mut name, |name| {
                if name.shared() {
                    name.children.clear();
                }
            }),
            Word::Join { from, joined } => self.change_name(&mut name, |name| name.joined(from, joined)),
            other => {
                put_back(row, name);
                return Err(self.misrouted(other.name()));
            }
        };
        put_back(row, name);
        Ok(changed)
    }

    pub(crate) fn take_name(&self, row: &mut Option<Row>) -> Result<Box<Name>, Misrouted> {
        match row.take() {
            None => Ok(Box::default()),
            Some(Row::Name(name)) => Ok(name),
            other => {
                *row = other;
                Err(self.misrouted("message for a name"))
            }
        }
    }

    /// Takes in what a touchpoint says of the other identifiers.
    fn learn(&mut self, name: &mut Name, heard: &Heard, visit: &Visit) -> bool {
        let replaces = visit.routing.replaces.as_ref();
        if replaces.is_none() && !heard.is_new_to(name) {
            return false;
        }
        let mut changed = self.change_name(name, |name| {
            if replaces.is_some() {
                heard.evidence.input.into_iter().for_each(|input| name.withdraw(input));
            }
            name.learn(heard);
        });
        if replaces.is_some() {
            changed |= self.no_longer_waits(name, &visit.touchpoint.input);
        }
        changed
    }

    /// Tells a company's owner what a touchpoint about a person says of the company, unless it was told that already.
    /// (For an input that can be revised its own owner does it.)
    fn report_companies(&mut self, name: &mut Name, evidence: Evidence, visit: &Visit) -> bool {
        if evidence.input.is_some() {
            return false;
        }
        let mut claims = keys::companies(&visit.touchpoint, self.settings);
        if claims.len() < 2 {
            return false;
        }
        let fingerprint = self.settings.hash_key.fingerprint(claims.iter().map(|key| &key.0[..]));
        let at = evidence.at;
        if name.reported.iter().any(|(have, since)| *have == fingerprint && *since <= at) {
            return false;
        }
        name.reported.retain(|(have, _)| *have != fingerprint);
        name.reported.truncate(REPORTED_MAX - 1);
        let place = name.reported.partition_point(|(have, _)| *have < fingerprint);
        name.reported.insert(place, (fingerprint, at));
        let company = claims.remove(0);
        self.tell(company, Word::Companies { at, input: None, claims });
        true
    }

    fn claimed(&mut self, name: &mut Name, from: IdentifierKey, mut at: Option<Timestamp>) -> bool {
        if let Some(Erased { until, .. }) = name.erased
            && at.take_if(|at| *at <= until && *at != Timestamp::MIN).is_some()
        {
            self.tell(from, Word::Forgotten { from: self.me, until });
        }
        let known = name.claims.iter().any(|claim| claim.parent == from);
        let changed = self.change_name(name, |name| {
            name.claims.retain(|claim| claim.parent != from);
            if let Some(at) = at {
                let claim = Claim { at, parent: from };
                name.claims.insert(name.claims.partition_point(|have| *have < claim), claim);
            }
        });
        // One that came too late to be kept must not wait for its answer.
        if at.is_some() && !known && name.claims.iter().all(|claim| claim.parent != from) {
            let home = name.view(self.me).told.home;
            self.tell(from, Word::Answer { from: self.me, grant: Grant::Lost { home } });
        }
        changed
    }

    fn answered(&mut self, name: &mut Name, from: IdentifierKey, grant: Grant) -> bool {
        if name.shared() {
            return false;
        }
        if let Some(child) = name.child(from) {
            match (child.grant, grant) {
                (Some(Grant::Lost { .. }), Grant::Lost { .. }) => {}
                (_, Grant::Lost { .. }) if name.pairs.apart(from) => {}
                (_, Grant::Lost { .. }) => self.count(Counter::Conflict),
                (None, Grant::Won { .. }) => self.count(Counter::Adopted),
                _ => {}
            }
        }
        self.change_name(name, |name| {
            if let Some(child) = name.children.iter_mut().find(|child| child.key == from) {
                child.grant = Some(grant);
            }
        })
    }

    /// Changes a name and tells everybody what is new to them.
    pub(crate) fn change_name(&mut self, name: &mut Name, change: impl FnOnce(&mut Name)) -> bool {
        let before = name.clone();
        change(name);
        name.trim();
        if name.leader(self.me) != before.leader(self.me) {
            name.told = None;
        }
        if *name == before {
            return false;
        }
        let [former, now] = [before.view(self.me), name.view(self.me)];
        let erased = name.erased.filter(|_| name.erased != before.erased);
        if let Some(Erased { until, .. }) = erased {
            self.tell_erasure(&before, former.told.home, until);
        }
        if former.told.home != now.told.home {
            self.recall(former.told.home, Timestamp::MIN, Timestamp::MAX);
        } else if let Some(Erased { until, .. }) = erased {
            self.recall(former.told.home, Timestamp::MIN, until.plus_millis(1));
        }
        if name.shared() != before.shared() {
            self.quarantine(name.shared());
        }
        self.review_pairs(&before.rivals(&former), &name.rivals(&now), Likeness::Identifier);
        self.tell_called((&before.called, former.told.home), (&name.called, now.told.home));
        self.tell_children(&before, &former, name, &now);
        self.tell_merges((&before, &former), (name, &now));
        for claim in &name.claims {
            let [said, says] =
                [before.answer(self.me, claim.parent, &former), name.answer(self.me, claim.parent, &now)];
            if let Some(grant) = says.filter(|_| says != said) {
                self.tell(claim.parent, Word::Answer { from: self.me, grant });
            }
        }
        self.tell_pointers(&before, &former, name, &now);
        if !name.waiting.is_empty() && !name.undecided(self.me, &now) {
            let waiting = std::mem::take(&mut name.waiting);
            if !waiting.is_empty() {
                self.tell_refusals(&mut name.refusals, name.erased, (now.told.home, true));
            }
            for visit in waiting {
                self.deliver(now.told.home, true, visit);
            }
        }
        true
    }

    fn tell_children(&mut self, before: &Name, former: &NameView, name: &Name, now: &NameView) {
        let from = self.me;
        for gone in before.children.iter().filter(|child| name.child(child.key).is_none()) {
            if before.claim_on(gone).is_some() {
                self.tell(gone.key, Word::Claim { from, at: None });
            }
        }
        for child in &name.children {
            let at = name.claim_on(child);
            if at != before.child(child.key).and_then(|child| before.claim_on(child)) {
                self.tell(child.key, Word::Claim { from, at });
            }
            let told = name.telling(child.key, now);
            if let Some(told) = told.filter(|_| told != before.telling(child.key, former)) {
                self.tell(child.key, Word::Follow { from, told: told.clone() });
            }
        }
    }

    fn tell_pointers(&mut self, before: &Name, former: &NameView, name: &Name, now: &NameView) {
        let of = |view: &NameView| (view.told.home, view.told.tracking);
        for gone in before.bound().filter(|gone| name.bound_by(gone.key).is_none()) {
            self.bind(now, gone.key, day_changes(Some(gone), None));
        }
        for pointer in name.bound() {
            let had = before.bound_by(pointer.key);
            if had.is_none() {
                self.count(Counter::Bound);
            }
            let days = day_changes(had, Some(pointer));
            if !days.is_empty() || of(former) != of(now) {
                self.bind(now, pointer.key, days);
            }
        }
    }

    fn bind(&mut self, view: &NameView, pointer: IdentifierKey, days: Vec<DayChange>) {
        let (home, tracking) = (view.told.home, view.told.tracking);
        self.tell(pointer, Word::Bind { from: self.me, home, tracking, days });
    }

    /// A version that waits is replaced or void: what itself was to replace at its home must still go.
    fn no_longer_waits(&mut self, name: &mut Name, input: &InputId) -> bool {
        let Some(at) = name.waiting.iter().position(|visit| visit.touchpoint.input == *input) else { return false };
        let replaces: Option<Replaced> = name.waiting.remove(at).routing.replaces;
        if let Some(replaced) = replaces {
            let home = name.view(self.me).told.home;
            self.withdraw(home, replaced);
        }
        true
    }
}

/// May one more wait?
fn has_room(waiting: &[Visit], visit: &Visit) -> bool {
    waiting.len() < WAITING_MAX && codec::bytes_of(waiting).saturating_add(codec::bytes_of(visit)) <= WAITING_BYTES_MAX
}

pub(crate) fn put_back(row: &mut Option<Row>, name: Box<Name>) {
    *row = (!name.is_empty()).then_some(Row::Name(name));
}

/// The days whose earliest evidence is another.
fn day_changes(before: Option<&BoundPointer>, after: Option<&BoundPointer>) -> Vec<DayChange> {
    if before.map(|before| &before.evidence) == after.map(|after| &after.evidence) {
        return Vec::new();
    }
    let days = |pointer: Option<&BoundPointer>| -> Vec<Timestamp> {
        pointer.map(|pointer| pointer.evidence.days().collect()).unwrap_or_default()
    };
    let [before, after] = [days(before), days(after)];
    let gone = before.iter().filter(|had| after.iter().all(|at| day(*at) != day(**had)));
    let gone = gone.map(|at| DayChange { day: day(*at), at: None });
    let new = after.iter().filter(|at| !before.contains(at)).map(|at| DayChange { day: day(*at), at: Some(*at) });
    gone.chain(new).collect()
}
