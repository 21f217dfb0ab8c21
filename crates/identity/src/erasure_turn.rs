//! What owners do with an erasure, and with what comes of somebody who was erased.

use crate::erasure::{Because, Erased, Refusals};
use crate::evidence::Evidence;
use crate::keys::Keys;
use crate::merge::Leader;
use crate::message::{Grant, Routing, Visit, Word};
use crate::out::Counter;
use crate::router::{Misrouted, Turn};
use crate::row::{Child, Name, Pointer, Row};
use crate::{name_turn, pointer_turn};
use touchpoint::{IdentifierKey, Timestamp};

impl Turn<'_> {
    /// The word that erases whom I name.
    pub(crate) fn erasure_of_name(&mut self, row: &mut Option<Row>, visit: Visit) -> Result<bool, Misrouted> {
        let mut name = self.take_name(row)?;
        let home = name.view(self.me).told.home;
        let changed = self.erase_name(&mut name, visit.touchpoint.occurred_at);
        self.tell_named(&visit, visit.touchpoint.occurred_at, home, Because::Named);
        self.let_go(home, visit);
        name_turn::put_back(row, name);
        Ok(changed)
    }

    /// The word that erases whom I point at, where no name says whom.
    pub(crate) fn erasure_of_pointer(&mut self, row: &mut Option<Row>, visit: Visit) -> Result<bool, Misrouted> {
        let mut pointer = self.take_pointer(row)?;
        let until = visit.touchpoint.occurred_at;
        let view = pointer.view(self.me, self.settings);
        let home = view.standing.steps.at(until).map_or(self.me, |step| step.home);
        let changed = self.erase_pointer(&mut pointer, until, home, Because::Named);
        self.tell_named(&visit, until, home, Because::Named);
        self.let_go(home, visit);
        pointer_turn::put_back(row, pointer);
        Ok(changed)
    }

    /// What occurred before the erasure goes no further, and whoever else it names was the same person's.
    pub(crate) fn of_an_erased_name(&mut self, name: &mut Name, visit: Visit, teaches: bool) -> bool {
        let home = name.view(self.me).told.home;
        if let Some(erased) = name.erased.filter(|_| teaches) {
            self.tell_named(&visit, erased.until, home, Because::Seen);
        }
        let changed = name.refusals.keep(&visit.touchpoint);
        self.let_go(home, visit);
        changed
    }

    pub(crate) fn of_an_erased_pointer(&mut self, pointer: &mut Pointer, visit: Visit, teaches: bool) -> bool {
        let view = pointer.view(self.me, self.settings);
        let home = view.standing.steps.at(visit.touchpoint.occurred_at).map_or(self.me, |step| step.home);
        if let Some(erased) = pointer.erased.filter(|_| teaches) {
            self.tell_named(&visit, erased.until, home, Because::Seen);
        }
        let changed = pointer.refusals.keep(&visit.touchpoint);
        self.let_go(home, visit);
        changed
    }

    /// Erases a name; true when it was not erased so late already.
    pub(crate) fn erase_name(&mut self, name: &mut Name, until: Timestamp) -> bool {
        if name.erased.is_some_and(|erased| until <= erased.until) {
            return false;
        }
        let home = name.view(self.me).told.home;
        let (gone, waiting) = std::mem::take(&mut name.waiting)
            .into_iter()
            .partition::<Vec<_>, _>(|visit| visit.touchpoint.occurred_at <= until);
        name.waiting = waiting;
        for visit in gone {
            name.refusals.keep(&visit.touchpoint);
            self.let_go(home, visit);
        }
        let born = self.settings.hash_key.born_again(self.me, until);
        let claimers: Vec<_> = name.claims.iter().filter(|claim| claim.at <= until).map(|claim| claim.parent).collect();
        let changed = self.change_name(name, |name| name.erase(Erased { until, born }));
        for to in claimers {
            self.tell(to, Word::Forgotten { from: self.me, until });
        }
        changed
    }

    /// Before anything else that a name has to tell: its home, and those who are known to be one with it.
    pub(crate) fn tell_erasure(&mut self, before: &Name, home: IdentifierKey, until: Timestamp) {
        self.erase(home);
        let from = self.me;
        let pointers = before.bound().map(|pointer| pointer.key);
        for to in before.one_with(from, until).into_iter().chain(pointers) {
            self.tell(to, Word::Erase { from, until, home, because: Because::Joined });
        }
    }

    /// Erases the times in which a pointer stood at `home`; all of the time if it stands at nobody known and was named.
    pub(crate) fn erase_pointer(
        &mut self,
        pointer: &mut Pointer,
        until: Timestamp,
        home: IdentifierKey,
        because: Because,
    ) -> bool {
        let view = pointer.view(self.me, self.settings);
        let whole = because != Because::Joined && !view.standing.known;
        let after = until.plus_millis(1);
        let spans = view.standing.steps.spans().filter(|(from, _, at)| *from < after && (whole || *at == home));
        let spans: Vec<_> = spans.map(|(from, next, at)| (from, next.min(after), at)).collect();
        let mut gone = pointer.gone.clone();
        spans.iter().for_each(|(from, next, _)| gone.add(*from, *next));
        if gone == pointer.gone {
            return false;
        }
        for (from, next, at) in spans {
            self.erase(at);
            self.recall(at, from, next);
        }
        let from = self.me;
        let linked = pointer.stronger.iter().map(|link| link.key).chain(pointer.weaker.iter().map(|link| link.key));
        for to in linked.collect::<Vec<_>>() {
            self.tell(to, Word::Erase { from, until, home, because: Because::Joined });
        }
        let born = self.settings.hash_key.born_again(self.me, until);
        self.change_pointer(pointer, |pointer| {
            pointer.weaker.iter_mut().for_each(|link| link.evidence.forget_in(&gone));
            if whole {
                pointer.erased = Some(Erased { until, born });
            }
            pointer.gone = gone;
            pointer.called.clear();
            pointer.refusals.forget_told();
        })
    }

    /// Delivers what an erased person refused ahead of what comes first after it; true when it did.
    pub(crate) fn tell_refusals(
        &mut self,
        refusals: &mut Refusals,
        erased: Option<Erased>,
        (home, known): (IdentifierKey, bool),
    ) -> bool {
        let Some(Erased { until, .. }) = erased else { return false };
        let Some(touchpoint) = refusals.tell(self.me, until) else { return false };
        let routing = Routing::arriving(touchpoint.occurred_at);
        self.deliver(home, known, Visit { touchpoint, routing });
        true
    }

    fn tell_named(&mut self, visit: &Visit, until: Timestamp, home: IdentifierKey, because: Because) {
        let from = self.me;
        let Keys { names, pointers } = Keys::of(&visit.touchpoint.identifiers, self.settings);
        for to in names.into_iter().chain(pointers).filter(|key| *key != from) {
            self.tell(to, Word::Erase { from, until, home, because });
        }
    }

    /// It goes no further; the version that it takes the place of goes as well.
    fn let_go(&mut self, home: IdentifierKey, visit: Visit) {
        self.count(Counter::Erased);
        if let Some(replaced) = visit.routing.replaces {
            self.withdraw(home, replaced);
        }
    }
}

impl Name {
    fn erase(&mut self, erased: Erased) {
        let until = erased.until;
        self.children.iter_mut().for_each(|child| child.evidence.forget(until));
        self.pointers.iter_mut().for_each(|pointer| pointer.evidence.forget(until));
        self.pairs.forget(until);
        self.claims.retain(|claim| claim.at > until);
        self.called.clear();
        self.refusals.forget_told();
        self.erased = Some(erased);
        // Who hands the new id back means me.
        self.claim(erased.born, Evidence { at: Timestamp::MIN, input: None });
    }

    /// The names next to me that were known by then to be the same person's. I ask myself: they may have heard already from
    /// elsewhere that what joined us is gone.
    fn one_with(&self, me: IdentifierKey, by: Timestamp) -> Vec<IdentifierKey> {
        let is_old = |since: &Timestamp| *since <= by;
        let leader = match self.leader(me) {
            Some(Leader::Claimer(key)) => {
                self.claims.iter().find(|claim| claim.parent == key).map(|claim| (key, claim.at))
            }
            Some(Leader::Taker(key)) => self.taken_in(me).map(|merge| (key, merge.said.at)),
            None => None,
        };
        let won = |child: &&Child| matches!(child.grant, Some(Grant::Won { .. }));
        let children = self.children.iter().filter(won);
        let children = children.filter_map(|child| Some((child.key, child.evidence.earliest()?)));
        let followers = self.followers.iter().map(|follower| (follower.key, follower.joined.since));
        let near = leader.into_iter().chain(children).chain(followers);
        near.filter(|(_, since)| is_old(since)).map(|(key, _)| key).collect()
    }
}
