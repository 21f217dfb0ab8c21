//! What a pointer's owner does with a message.

use crate::erasure::Erased;
use crate::evidence::{Evidence, Span, Statement, day};
use crate::heard::Heard;
use crate::keys;
use crate::message::{DayChange, Leg, Linked, Visit, Word};
use crate::namesakes;
use crate::pointer::PointerView;
use crate::router::{Misrouted, Turn};
use crate::row::{NamedBy, Pointer, Row, Stronger, Weaker};
use touchpoint::{IdentifierKey, IdentityWord, Timestamp};

impl Turn<'_> {
    pub(crate) fn visit_pointer(&mut self, row: &mut Option<Row>, visit: Visit) -> Result<bool, Misrouted> {
        let teaches = matches!(visit.routing.leg, Leg::Arriving | Leg::Accepted);
        if teaches && visit.touchpoint.identity_word() == Some(IdentityWord::Erased) {
            return self.erasure_of_pointer(row, visit);
        }
        let heard = match visit.routing.leg {
            Leg::Arriving | Leg::Accepted => Some(Heard::of_person(&visit, self.settings)),
            Leg::Returned | Leg::Checked => None,
            Leg::Checking { .. } => return Err(self.misrouted("question for an input")),
        };
        if let Some(heard) = &heard {
            self.pointer_says_of_company(heard.evidence, &visit);
        }
        // One hop, no row: a visitor of whom nothing but the cookie is known.
        let called = if teaches { namesakes::key_of(&visit.touchpoint, self.settings) } else { None };
        let plain = heard.as_ref().is_none_or(Heard::is_nothing) && visit.routing.replaces.is_none();
        if row.is_none() && plain && called.is_none() {
            if let Some(visit) = self.came_back(visit) {
                self.deliver(self.me, false, visit);
            }
            return Ok(false);
        }
        let mut pointer = self.take_pointer(row)?;
        if pointer.gone.holds(visit.touchpoint.occurred_at) {
            let changed = self.of_an_erased_pointer(&mut pointer, visit, teaches);
            put_back(row, pointer);
            return Ok(changed);
        }
        let replaces = visit.routing.replaces.is_some();
        let mut changed = false;
        if let Some(heard) = heard.filter(|heard| replaces || heard.is_new_to_pointer(&pointer)) {
            changed = self.change_pointer(&mut pointer, |pointer| {
                if replaces {
                    heard.evidence.input.into_iter().for_each(|input| pointer.withdraw(input));
                }
                pointer.learn(&heard);
            });
        }
        if let Some(called) = called.filter(|called| namesakes::is_new_to(&pointer.called, called)) {
            changed |= self.change_pointer(&mut pointer, |pointer| pointer.called.push(called));
        }
        if let Some(visit) = self.came_back(visit) {
            changed |= self.deliver_by(&mut pointer, visit);
        }
        put_back(row, pointer);
        Ok(changed)
    }

    pub(crate) fn notice_pointer(&mut self, row: &mut Option<Row>, word: Word) -> Result<bool, Misrouted> {
        let mut pointer = self.take_pointer(row)?;
        let changed = match word {
            Word::Withdraw { input, replaced } => {
                let changed = self.change_pointer(&mut pointer, |pointer| pointer.withdraw(input));
                let view = pointer.view(self.me, self.settings);
                if let Some(step) = view.standing.steps.at(replaced.occurred_at) {
                    self.withdraw(step.home, replaced);
                }
                changed
            }
            Word::Bind { from, home, tracking, days } => {
                self.change_pointer(&mut pointer, |pointer| pointer.bind(from, home, tracking, &days))
            }
            Word::Link { from, link } => self.change_pointer(&mut pointer, |pointer| pointer.linked(from, link)),
            Word::Pointing { from, steps } => self.change_pointer(&mut pointer, |pointer| {
                if let Some(link) = pointer.weaker.iter_mut().find(|link| link.key == from) {
                    link.steps = steps;
                }
            }),
            Word::Release => self.change_pointer(&mut pointer, |pointer| {
                pointer.closed = false;
                (pointer.names, pointer.stronger, pointer.weaker) = Default::default();
            }),
            Word::Erase { until, home, because, .. } => self.erase_pointer(&mut pointer, until, home, because),
            other => {
                put_back(row, pointer);
                return Err(self.misrouted(other.name()));
            }
        };
        put_back(row, pointer);
        Ok(changed)
    }

    /// Tells a company's owner what a touchpoint says of the company. Pointers seldom come with that; what was told is not
    /// remembered.
    fn pointer_says_of_company(&mut self, evidence: Evidence, visit: &Visit) {
        if evidence.input.is_some() || visit.touchpoint.account.is_none() {
            return;
        }
        let mut claims = keys::companies(&visit.touchpoint, self.settings);
        if claims.len() > 1 {
            let company = claims.remove(0);
            self.tell(company, Word::Companies { at: evidence.at, input: None, claims });
        }
    }

    pub(crate) fn take_pointer(&self, row: &mut Option<Row>) -> Result<Box<Pointer>, Misrouted> {
        match row.take() {
            None => Ok(Box::default()),
            Some(Row::Pointer(pointer)) => Ok(pointer),
            other => {
                *row = other;
                Err(self.misrouted("message for a pointer"))
            }
        }
    }

    /// Sends a touchpoint where the pointer stood when it occurred; an earlier version that stands elsewhere is taken
    /// away there.
    fn deliver_by(&mut self, pointer: &mut Pointer, mut visit: Visit) -> bool {
        let view = pointer.view(self.me, self.settings);
        let own = pointer.own(self.me);
        let home = |at| view.standing.steps.at(at).map_or(own, |step| step.home);
        let to = home(visit.touchpoint.occurred_at);
        let elsewhere = visit.routing.replaces.take_if(|replaced| home(replaced.occurred_at) != to);
        if let Some(replaced) = elsewhere {
            let from = home(replaced.occurred_at);
            self.withdraw(from, replaced);
        }
        let erased = pointer.gone.last().map(|until| Erased { until, born: own });
        let told = self.tell_refusals(&mut pointer.refusals, erased, (to, view.standing.known));
        self.deliver(to, view.standing.known, visit);
        told
    }

    /// Changes a pointer and tells everybody what is new to them.
    pub(crate) fn change_pointer(&mut self, pointer: &mut Pointer, change: impl FnOnce(&mut Pointer)) -> bool {
        let before = pointer.clone();
        change(pointer);
        pointer.trim();
        if *pointer == before {
            return false;
        }
        let [former, now] = [before.view(self.me, self.settings), pointer.view(self.me, self.settings)];
        for (from, until, home) in former.standing.steps.moved(&now.standing.steps) {
            self.recall(home, from, until);
        }
        let [was_shared, is_shared] =
            [(&before, &former), (&*pointer, &now)].map(|(pointer, view)| view.shared || pointer.weaker_shared());
        if is_shared != was_shared {
            self.quarantine(is_shared);
        }
        let home = |view: &PointerView| view.standing.steps.at(Timestamp::MAX).map_or(self.me, |step| step.home);
        let homes = (home(&former), home(&now));
        self.tell_called((&before.called, homes.0), (&pointer.called, homes.1));
        let from = self.me;
        for link in &pointer.stronger {
            let new = before.stronger.iter().all(|had| had.key != link.key);
            if new || former.pointing != now.pointing {
                self.tell(link.key, Word::Pointing { from, steps: now.pointing.clone() });
            }
        }
        for gone in before.weaker.iter().filter(|link| pointer.weaker(link.key).is_none()) {
            if before.link(gone, &former).is_some() {
                self.tell(gone.key, Word::Link { from, link: None });
            }
        }
        for weaker in &pointer.weaker {
            let link = pointer.link(weaker, &now);
            if link != before.weaker(weaker.key).and_then(|weaker| before.link(weaker, &former)) {
                self.tell(weaker.key, Word::Link { from, link });
            }
        }
        true
    }
}

impl Heard {
    /// True when the pointer does not know all of it yet.
    fn is_new_to_pointer(&self, pointer: &Pointer) -> bool {
        let linked = |key: &IdentifierKey| {
            pointer.weaker(*key).is_some_and(|weaker| !weaker.evidence.lacks(self.evidence, Span::Ever))
        };
        let known = |statement: &Statement| pointer.statements.knows(statement, self.evidence.input.is_some());
        !(self.pairs_are_known(&pointer.pairs) && self.pointers.iter().all(linked) && self.statement.iter().all(known))
    }
}

impl Pointer {
    fn learn(&mut self, heard: &Heard) {
        for key in &heard.pointers {
            let at = match self.weaker.binary_search_by_key(key, |link| link.key) {
                Ok(at) => at,
                Err(at) => {
                    let new = Weaker { key: *key, evidence: Default::default(), steps: Default::default() };
                    self.weaker.insert(at, new);
                    at
                }
            };
            self.weaker[at].evidence.add(heard.evidence, Span::Ever);
        }
        heard.say_pairs(&mut self.pairs);
        if let Some(statement) = heard.statement {
            self.statements.add(statement, heard.evidence.input.is_some());
        }
    }

    fn bind(&mut self, from: IdentifierKey, home: IdentifierKey, tracking: Option<Statement>, changes: &[DayChange]) {
        let at = match self.names.binary_search_by_key(&from, |name| name.key) {
            Ok(at) => at,
            Err(at) => {
                self.names.insert(at, NamedBy { key: from, home, tracking, days: Vec::new() });
                at
            }
        };
        let name = &mut self.names[at];
        (name.home, name.tracking) = (home, tracking);
        for change in changes {
            name.days.retain(|have| day(*have) != change.day);
            name.days.extend(change.at);
        }
        name.days.sort_unstable();
        if name.days.is_empty() {
            self.names.remove(at);
        }
    }

    fn linked(&mut self, from: IdentifierKey, link: Option<Linked>) {
        let place = self.stronger.binary_search_by_key(&from, |have| have.key);
        let new = link.map(|Linked { at, standing, said }| Stronger { key: from, at, standing, said });
        match (place, new) {
            (Ok(at), Some(new)) => self.stronger[at] = new,
            (Err(at), Some(new)) => self.stronger.insert(at, new),
            (Ok(at), None) => _ = self.stronger.remove(at),
            (Err(_), None) => {}
        }
    }
}

pub(crate) fn put_back(row: &mut Option<Row>, pointer: Box<Pointer>) {
    *row = (!pointer.is_empty()).then_some(Row::Pointer(pointer));
}
