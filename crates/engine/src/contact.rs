//! A contact's home: what a delivery, a tick or a new playbook version does to one contact.

use crate::announce::{self, Because, Before, Moment};
use crate::bursts;
use crate::fold::{Trace, advance, fold_next};
use crate::head::Head;
use crate::history::{self, Change};
use crate::input::{Counted, Effect};
use crate::ledger::{LedgerRow, Place};
use crate::rows::{self, CHUNK_ROWS, Row, Rows};
use crate::signal;
use crate::version::Versions;
use touchpoint::{ContactId, Delivered, IdentifierKey, InputId, Replaced, Text, Timestamp};

/// How far back a ledger reaches. What leaves it leaves the scores; an older input is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    pub millis: i64,
    /// Rows of a ledger at the most; the oldest chunk leaves first.
    pub rows: u32,
}

impl Default for Horizon {
    /// 25 months, so that a comparison with the same month two years ago is whole; 10,000 rows.
    fn default() -> Self {
        Self { millis: 761 * 86_400_000, rows: 10_000 }
    }
}

/// Where one contact's input is applied: its partition's rows, playbook versions and time.
#[derive(Debug)]
pub(crate) struct Home<'a, R> {
    pub(crate) rows: &'a mut R,
    pub(crate) versions: &'a Versions,
    pub(crate) horizon: Horizon,
    /// Partition time; [`Timestamp::MIN`] before the first tick.
    pub(crate) now: Timestamp,
    pub(crate) contact: ContactId,
}

/// Each of these tells whether the contact's state is to be published.
impl<R: Rows> Home<'_, R> {
    /// Places a touchpoint.
    pub(crate) fn place(&mut self, delivered: Delivered, out: &mut Vec<Effect>) -> Result<bool, R::Error> {
        let replaces = delivered.replaces.clone();
        let row = LedgerRow::from(delivered);
        let place = row.place();
        // What a company tells of itself makes nobody exist, nor come back.
        if signal::is_ours(&row) && self.head()?.is_none_or(|head| head.rows == 0) {
            out.push(Effect::Counted(Counted::SignalToNobody));
            return Ok(false);
        }
        let mut remove = Vec::new();
        if let Some(replaced) = replaces {
            let former = Place::of(replaced.occurred_at, &replaced.input);
            let have = if former == place { None } else { self.find(&former)? };
            if have.is_some_and(|have| have.touchpoint.rank() < row.touchpoint.rank()) {
                remove.push(former);
            }
        }
        // The common case: later than everything, so that nothing needs to be looked for.
        let is_last = self.head()?.is_none_or(|head| head.last.as_ref().is_none_or(|last| place > *last));
        let have = if is_last { None } else { history::find(self.rows, self.contact, &place)? };
        let refused = match have {
            Some(have) => {
                let (have, new) = (have.touchpoint.rank(), row.touchpoint.rank());
                remove.push(place.clone());
                match have.cmp(&new) {
                    std::cmp::Ordering::Less => None,
                    std::cmp::Ordering::Equal => Some(Counted::Duplicate),
                    std::cmp::Ordering::Greater => Some(Counted::Superseded),
                }
            }
            None => self.is_beyond_horizon(&row, &place, is_last)?.then_some(Counted::BeyondHorizon),
        };
        if let Some(refused) = refused {
            out.push(Effect::Counted(refused));
            // A new version beyond the horizon still ends the former one.
            if refused != Counted::BeyondHorizon || remove.is_empty() {
                return Ok(false);
            }
        }
        let mut head = self.take()?;
        head.aggregate.outlook.begin_publishing();
        let mut publishes = self.catch_up(&mut head, out)?;
        let at = row.touchpoint.occurred_at;
        let in_order = remove.is_empty() && is_last && head.aggregate.at.is_none_or(|last| at >= last);
        // Most have nothing to do with any burst.
        if in_order && !bursts::concerns(self.versions, &row.touchpoint) {
            publishes |= self.append(&mut head, place, row, out)? || head.rows == 1 || self.has_news(&head);
        } else {
            let campaign = row.touchpoint.campaign.clone();
            let mut change = Change { remove, insert: if refused.is_none() { vec![row] } else { Vec::new() } };
            self.judge(&mut change)?;
            match change.insert.pop() {
                Some(row) if in_order && change.remove.is_empty() => {
                    publishes |= self.append(&mut head, place, row, out)? || head.rows == 1 || self.has_news(&head);
                }
                row => {
                    change.insert.extend(row);
                    let because = match change.remove.is_empty() {
                        true => Because::Input { campaign },
                        false => Because::Correction,
                    };
                    self.change(&mut head, change, because, out)?;
                    publishes = true;
                }
            }
        }
        self.store(head)?;
        Ok(publishes)
    }

    /// Does the contact's state say something else since [`crate::outlook::Outlook::begin_publishing`]? That scores have
    /// faded is none: it is told as of when they were read.
    fn has_news(&self, head: &Head) -> bool {
        let Some((ix, version)) = self.versions.at(self.now).filter(|_| self.now != Timestamp::MIN) else {
            return true;
        };
        let is_told_otherwise = head.told_by != ix && self.versions.is_told_otherwise(head.told_by, self.now);
        is_told_otherwise || head.aggregate.outlook.is_unpublished(version.published)
    }

    /// Takes back an input that came by an identifier.
    pub(crate) fn withdraw(
        &mut self,
        via: IdentifierKey,
        replaced: &Replaced,
        out: &mut Vec<Effect>,
    ) -> Result<bool, R::Error> {
        let place = Place::of(replaced.occurred_at, &replaced.input);
        let have = self.find(&place)?;
        if !have.is_some_and(|have| have.is_taken_back_by(via, replaced)) {
            out.push(Effect::Counted(Counted::NothingToWithdraw));
            return Ok(false);
        }
        let mut head = self.take()?;
        self.catch_up(&mut head, out)?;
        let mut change = Change { remove: vec![place], insert: Vec::new() };
        self.judge(&mut change)?;
        self.change(&mut head, change, Because::Correction, out)?;
        self.store(head)?;
        Ok(true)
    }

    /// Gives the rows that came by an identifier back to its owner.
    pub(crate) fn recall(
        &mut self,
        via: IdentifierKey,
        from: Timestamp,
        until: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<bool, R::Error> {
        let recalled = |row: &LedgerRow| row.is_recalled_by(via, from, until);
        let places = history::select(self.rows, self.contact, recalled)?;
        if places.is_empty() {
            return Ok(false);
        }
        let mut head = self.take()?;
        self.catch_up(&mut head, out)?;
        let mut change = Change { remove: places, insert: Vec::new() };
        self.judge(&mut change)?;
        let removed = self.change(&mut head, change, Because::Recall, out)?;
        // What the company told is nobody's to have back, and rows that are judged anew stay.
        let returned = removed.into_iter().filter(|row| recalled(row) && !signal::is_ours(row));
        out.extend(returned.map(|row| Effect::Return(Box::new(row.into_delivered()))));
        self.store(head)?;
        Ok(true)
    }

    /// The person whom an identifier names is to be forgotten. Its rows are recalled next; what they said before they left
    /// the horizon is in no row, so that refusals among it go back as a row of their own.
    pub(crate) fn erase(&mut self, via: IdentifierKey, out: &mut Vec<Effect>) -> Result<bool, R::Error> {
        if self.head()?.is_none_or(|head| head.rows == 0) {
            return Ok(false);
        }
        let mut head = self.take()?;
        if !head.erased {
            head.erased = true;
            out.extend(history::refused_before(self.rows, self.contact, via)?.map(|row| Effect::Return(Box::new(row))));
        }
        self.store(head)?;
        Ok(false)
    }

    /// Time has come to where the head said it would, or a playbook version is waiting: timers fire, and what was not
    /// told for want of a clock or a playbook is told.
    pub(crate) fn due(&mut self, out: &mut Vec<Effect>) -> Result<bool, R::Error> {
        let mut head = self.take()?;
        head.aggregate.outlook.begin_publishing();
        let waited = head.due == Some(Timestamp::MIN);
        let told = out.len();
        let (before, timers) = (head.aggregate.at, head.aggregate.timers);
        let refolded = self.catch_up(&mut head, out)?;
        let mut trace = Trace::default();
        self.pass_time(&mut head, &mut trace);
        // One may be due in the very moment of a row that was later than partition time.
        if (head.aggregate.at, head.aggregate.timers) != (before, timers) {
            out.push(Effect::Counted(Counted::TimerFired));
        }
        let because = if waited { Because::Fold } else { Because::Time };
        self.announce(&mut head, before, Before::Less(&trace), &trace, because, out);
        let has_news = head.rows > 0 && self.has_news(&head);
        self.store(head)?;
        Ok(waited || refolded || has_news || out.len() > told)
    }

    /// Folds again what was folded without a playbook version that is in force now. True when there was such.
    fn catch_up(&mut self, head: &mut Head, out: &mut Vec<Effect>) -> Result<bool, R::Error> {
        let known = self.versions.len();
        let first = head.folded_with == 0;
        let folded_until = head.aggregate.at.unwrap_or(Timestamp::MIN);
        let affected = first || self.versions.changed_since(usize::from(head.folded_with), folded_until);
        let behind = usize::from(head.folded_with) < known && head.rows > 0 && affected;
        if behind {
            let before = head.aggregate.clone();
            history::refold(self.rows, self.versions, self.contact, head)?;
            self.pass_time(head, &mut Trace::default());
            let because = if first { Because::Fold } else { Because::Activation };
            self.announce(head, before.at, Before::Fold(&before), &Trace::default(), because, out);
        }
        // Whom another version's programmes would have come in already when it began: seen before anything else happens.
        let in_force = self.versions.at(self.now).map(|(ix, _)| ix).filter(|_| self.now != Timestamp::MIN);
        if head.rows > 0 && head.programmes.looked_by.is_some_and(|by| in_force.is_some_and(|ix| ix != by)) {
            let nothing = Trace::default();
            announce::go_on(self.versions, self.contact, self.now, head, &Because::Activation, &nothing, out);
        }
        if usize::from(head.folded_with) < known {
            head.folded_with = known as u16;
            // Its timers may lie elsewhere now. They are fired by what comes next, which tells what they gave.
            head.due = Some(Timestamp::MIN);
        }
        Ok(behind)
    }

    /// Appends a row; true when others have left the ledger for it.
    fn append(
        &mut self,
        head: &mut Head,
        place: Place,
        row: LedgerRow,
        out: &mut Vec<Effect>,
    ) -> Result<bool, R::Error> {
        let before = head.aggregate.at;
        let mut trace = Trace::default();
        // The head knows when its next timer is due: mostly after this row.
        if head.due.is_some_and(|due| due <= row.touchpoint.occurred_at) {
            advance(self.versions, &mut head.aggregate, row.touchpoint.occurred_at, Some(&mut trace));
        }
        fold_next(self.versions, &mut head.aggregate, &row, Some(&mut trace));
        let campaign = row.touchpoint.campaign.clone();
        self.rows.put_new(rows::tail_key(self.contact, &place), Row::Tail(Box::new(row)));
        head.last = Some(place);
        head.rows += 1;
        head.tail_rows += 1;
        self.compact(head)?;
        self.pass_time(head, &mut trace);
        self.announce(head, before, Before::Less(&trace), &trace, Because::Input { campaign }, out);
        self.keep_horizon(head, out)
    }

    fn change(
        &mut self,
        head: &mut Head,
        mut change: Change,
        because: Because,
        out: &mut Vec<Effect>,
    ) -> Result<Vec<LedgerRow>, R::Error> {
        out.push(Effect::Counted(Counted::Refold));
        let facts = &head.aggregate.facts;
        if change.insert.is_empty() && (facts.signal.is_some() || !facts.handoffs.is_empty()) {
            self.take_signals_along(&mut change)?;
        }
        let before = head.aggregate.at;
        let mut refolded = history::rewrite(self.rows, self.versions, self.contact, head, change)?;
        if head.rows == 0 {
            // Nothing is left: who comes back later begins anew, but for what rows said that have left the horizon.
            history::clear(self.rows, self.contact, head)?;
        }
        self.compact(head)?;
        self.pass_time(head, &mut refolded.after);
        let trace = announce::difference(refolded.before, refolded.after);
        self.announce(head, before, Before::Less(&trace), &trace, because, out);
        self.keep_horizon(head, out)?;
        Ok(refolded.removed)
    }

    /// Judges what comes by what stands around it, and what stands around it anew: rows whose verdict turns are changed, too.
    fn judge(&mut self, change: &mut Change) -> Result<(), R::Error> {
        let Some(reach) = bursts::reach(self.versions) else { return Ok(()) };
        let coming = change.insert.iter().filter(|row| bursts::concerns(self.versions, &row.touchpoint));
        let times = coming.map(|row| row.touchpoint.occurred_at).chain(change.remove.iter().map(Place::occurred_at));
        let (Some(first), Some(last)) = (times.clone().min(), times.max()) else { return Ok(()) };
        let (first, last) = (first.plus_millis(-reach), last.plus_millis(reach));
        // Those that may turn are judged by all that they depend on.
        let mut around = history::between(self.rows, self.contact, first.plus_millis(-reach), last.plus_millis(reach))?;
        around.retain(|row| !change.remove.contains(&row.place()));
        around.extend(change.insert.iter().cloned());
        around.sort_by_cached_key(LedgerRow::place);
        for turned in bursts::turned(self.versions, &around) {
            let place = turned.place();
            if !(first..=last).contains(&turned.touchpoint.occurred_at) {
                continue;
            }
            match change.insert.iter_mut().find(|row| row.place() == place) {
                Some(coming) => coming.in_burst = turned.in_burst,
                None => {
                    change.remove.push(place);
                    change.insert.insert(0, turned);
                }
            }
        }
        Ok(())
    }

    /// Where nothing is left but what the company told, nobody is left.
    fn take_signals_along(&mut self, change: &mut Change) -> Result<(), R::Error> {
        let others = history::select(self.rows, self.contact, |row| !signal::is_ours(row))?;
        if others.iter().all(|place| change.remove.contains(place)) {
            change.remove.extend(history::select(self.rows, self.contact, signal::is_ours)?);
            change.remove.sort();
            change.remove.dedup();
        }
        Ok(())
    }

    /// Turns a tail that is long enough into a chunk. The head's fold must be that of the last row, before any timer
    /// after it.
    fn compact(&mut self, head: &mut Head) -> Result<(), R::Error> {
        if (head.tail_rows as usize) < CHUNK_ROWS {
            return Ok(());
        }
        history::compact(self.rows, self.versions, self.contact, head)
    }

    /// A ledger that is full or reaches too far back loses its oldest chunks. Looked at when a chunk was made. True when it
    /// did.
    fn keep_horizon(&mut self, head: &mut Head, out: &mut Vec<Effect>) -> Result<bool, R::Error> {
        // Late rows make chunks grow without a new one: then what is far too much is a reason to look, too.
        let far_too_many = head.rows > self.horizon.rows.saturating_add(2 * CHUNK_ROWS as u32);
        if (head.tail_rows > 0 && !far_too_many) || head.chunks < 2 {
            return Ok(false);
        }
        let (oldest, most) = (self.oldest(), self.horizon.rows);
        let leaving = history::leaving(self.rows, self.contact, head.rows, &oldest, most)?;
        if leaving > 0 {
            let before = head.aggregate.clone();
            history::forget(self.rows, self.versions, self.contact, head, leaving)?;
            self.pass_time(head, &mut Trace::default());
            self.announce(head, before.at, Before::Fold(&before), &Trace::default(), Because::Horizon, out);
        }
        Ok(leaving > 0)
    }

    /// The first place inside the horizon by age.
    fn oldest(&self) -> Place {
        let nothing = InputId { source: Text::const_new(""), id: Text::const_new("") };
        Place::of(self.now.plus_millis(-self.horizon.millis), &nothing)
    }

    /// True for what is too old, and for what is earlier than rows that have already left a full ledger.
    fn is_beyond_horizon(&mut self, row: &LedgerRow, place: &Place, is_last: bool) -> Result<bool, R::Error> {
        if row.touchpoint.occurred_at < self.now.plus_millis(-self.horizon.millis) {
            return Ok(true);
        }
        if is_last {
            return Ok(false);
        }
        Ok(history::forgotten_until(self.rows, self.contact)?.is_some_and(|until| *place <= until))
    }

    fn announce(
        &self,
        head: &mut Head,
        before_at: Option<Timestamp>,
        before: Before<'_>,
        trace: &Trace,
        because: Because,
        out: &mut Vec<Effect>,
    ) {
        let moment = Moment { now: self.now, before: before_at };
        announce::announce(self.versions, self.contact, moment, head, before, trace, because, out);
    }

    /// The row at a place.
    fn find(&mut self, place: &Place) -> Result<Option<LedgerRow>, R::Error> {
        // The common case: later than everything, so that nothing needs to be looked for.
        match self.head()? {
            Some(head) if head.last.as_ref().is_some_and(|last| place <= last) => {
                history::find(self.rows, self.contact, place)
            }
            _ => Ok(None),
        }
    }

    fn head(&mut self) -> Result<Option<&Head>, R::Error> {
        Ok(match self.rows.get(&rows::head_key(self.contact))? {
            Some(Row::Head(head)) => Some(head),
            _ => None,
        })
    }

    /// The head, taken out of its row; [`Home::store`] puts it back.
    fn take(&mut self) -> Result<Box<Head>, R::Error> {
        let row = self.rows.get_mut(&rows::head_key(self.contact))?;
        Ok(match row.map(|row| std::mem::replace(row, Row::Lent)) {
            Some(Row::Head(head)) => head,
            _ => Box::new(Head { folded_with: self.versions.len() as u16, ..Head::default() }),
        })
    }

    /// Fires what is due by now and notes when the next is.
    fn pass_time(&self, head: &mut Head, trace: &mut Trace) {
        let due = advance(self.versions, &mut head.aggregate, self.now, Some(trace));
        let undecided = self.versions.is_empty() || self.now == Timestamp::MIN;
        // Nothing could be decided, or nothing said: to be visited as soon as there is a playbook and a time.
        head.due = if undecided { Some(Timestamp::MIN) } else { due };
    }

    fn store(&mut self, head: Box<Head>) -> Result<(), R::Error> {
        let (key, head) = (rows::head_key(self.contact), Row::Head(head));
        match self.rows.get_mut(&key)? {
            Some(row) => *row = head,
            None => self.rows.put(key.to_vec(), head),
        }
        Ok(())
    }
}
