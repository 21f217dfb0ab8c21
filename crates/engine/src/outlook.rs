//! What is known of a contact's answers beside the answers: what they rest on that has changed, when time turns each, and the
//! sums of the scores.
//!
//! Who is in which segment, which readings hold and where the contact stands are answers that the aggregate keeps. An answer
//! stays what it is until something that it rests on changes, or time turns it; so only those are asked again. All of this
//! follows from the aggregate: it is no part of its row, and absent after it was read from there. Then everything is asked
//! once, as a fold that knows nothing of it does for every row.

use crate::aggregate::{Line, SegmentStanding};
use crate::decay::{Cell, Gathered};
use crate::rests::{Changes, Rests};
use crate::stage::counts_from;
use crate::turns::Turn;
use crate::version::{NameKey, Version, VersionIx};
use playbook::model::{Condition, Entry, LifeCycle, Millis, Model, ReadingIx, ScoreIx, Segment, SegmentIx};
use std::ops::{Deref, DerefMut};
use touchpoint::Timestamp;

/// See the module. The fold that asks everything is the one whose outlook is forgotten before every row.
#[derive(Debug, Default)]
pub(crate) struct Outlook {
    /// Whose askers these are; `None`: nothing is known.
    by: Option<VersionIx>,
    /// What has changed since those that rest on it were asked; since it was begun to ask; and since it was last told.
    changed: Changes,
    late: Changes,
    untold: Changes,
    /// By asker: when its answer turns by time alone, or a moment before that.
    turns: Vec<Turn>,
    /// By segment, as the aggregate has it.
    standings: Vec<SegmentStanding>,
    scores: Option<Vec<Sum>>,
}

/// All of one score's lines.
#[derive(Debug)]
struct Sum {
    of: NameKey,
    whole: Gathered,
    /// The last moment at which it was read, and what was left then: many ask in one moment.
    read: std::cell::Cell<Option<(Timestamp, i128)>>,
}

/// Something of a version that is asked, by its place in the outlook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    Segment(SegmentIx),
    Reading(ReadingIx),
    LifeCycle(usize),
}

/// What each asker of a version rests on.
#[derive(Debug)]
pub(crate) struct Askers {
    segments: Vec<SegmentAsker>,
    readings: Vec<Rests>,
    /// By life cycle and the stage where the contact stands; the last is for those who are not in it.
    life_cycles: Vec<Vec<Rests>>,
    /// By life cycle: something in it asks that a touchpoint is not at hand. Then the answer may be another one every time.
    asks_for_none: Vec<bool>,
}

/// What a segment rests on, and of that what may turn it for who stands there: by [`SegmentStanding`].
#[derive(Debug)]
struct SegmentAsker {
    rests: Rests,
    turning: [Changes; 3],
}

impl SegmentAsker {
    fn of(model: &Model, segment: &Segment) -> Self {
        let of = |condition: &Condition, rising| Changes::turning(model, condition, rising);
        let until = |rising| segment.until.iter().fold(Changes::NOTHING, |all, until| all | of(until, rising));
        let ends = if segment.until.is_some() { until(true) } else { of(&segment.when, false) };
        let mut turning = [Changes::NOTHING; 3];
        turning[SegmentStanding::In as usize] = ends;
        turning[SegmentStanding::Left as usize] = of(&segment.when, false);
        turning[SegmentStanding::Out as usize] = of(&segment.when, true) | until(false);
        let both = std::iter::once(&segment.when).chain(&segment.until);
        Self { rests: both.fold(Rests::NOTHING, |rests, when| rests | Rests::of(model, when)), turning }
    }
}

impl Askers {
    pub(crate) fn of(model: &Model) -> Self {
        Self {
            segments: model.segments.iter().map(|segment| SegmentAsker::of(model, segment)).collect(),
            readings: model.readings.iter().map(|reading| Rests::of(model, &reading.when)).collect(),
            life_cycles: model.life_cycles.iter().map(|life_cycle| by_stage(model, life_cycle)).collect(),
            asks_for_none: model.life_cycles.iter().map(|life_cycle| asks_for_none(model, life_cycle)).collect(),
        }
    }

    pub(crate) fn segment(&self, ix: SegmentIx) -> Rests {
        self.segments[usize::from(ix.0)].rests
    }

    pub(crate) fn reading(&self, ix: ReadingIx) -> Rests {
        self.readings[usize::from(ix.0)]
    }

    /// `here`: the stage where the contact stands; `None`: not in the life cycle.
    pub(crate) fn life_cycle(&self, ix: usize, here: Option<usize>) -> Rests {
        let by_stage = &self.life_cycles[ix];
        by_stage[here.unwrap_or(by_stage.len() - 1)]
    }

    /// Is the life cycle to be asked every time?
    pub(crate) fn asks_for_none(&self, ix: usize) -> bool {
        self.asks_for_none[ix]
    }

    fn len(&self) -> usize {
        self.segments.len() + self.readings.len() + self.life_cycles.len()
    }

    fn place(&self, asker: Asker) -> usize {
        match asker {
            Asker::Segment(ix) => usize::from(ix.0),
            Asker::Reading(ix) => self.segments.len() + usize::from(ix.0),
            Asker::LifeCycle(ix) => self.segments.len() + self.readings.len() + ix,
        }
    }

    fn at(&self, place: usize) -> Asker {
        let (segments, readings) = (self.segments.len(), self.readings.len());
        match place {
            place if place < segments => Asker::Segment(SegmentIx(place as u16)),
            place if place < segments + readings => Asker::Reading(ReadingIx((place - segments) as u16)),
            place => Asker::LifeCycle(place - segments - readings),
        }
    }
}

fn asks_for_none(model: &Model, life_cycle: &LifeCycle) -> bool {
    let exits = life_cycle.stages.iter().flat_map(|stage| &stage.exits).map(|exit| &exit.when);
    let entries = life_cycle.stages.iter().flat_map(|stage| &stage.entries).map(|entry| &entry.when);
    let reasons = model.reasons.iter().filter_map(|reason| reason.returns_when.as_ref());
    exits.chain(entries).chain(reasons).any(|when| denies_touchpoint(when, true))
}

fn denies_touchpoint(condition: &Condition, wanted: bool) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| denies_touchpoint(part, wanted)),
        Condition::Not(part) => denies_touchpoint(part, !wanted),
        Condition::Touchpoint(_) | Condition::Feedback { .. } | Condition::OwnTouchpoint => !wanted,
        _ => false,
    }
}

fn by_stage(model: &Model, life_cycle: &LifeCycle) -> Vec<Rests> {
    let lasts = life_cycle.lasts_while.as_ref().map_or(Rests::NOTHING, |lasts| Rests::of(model, lasts));
    // After a move another stage may be open, too, which is the next one's to see. A stage may be set by hand.
    let always = lasts | Rests::STAGE | Rests::TOUCHPOINT;
    let here = |here: usize| {
        let stage = &life_cycle.stages[here];
        let exits = stage.exits.iter().map(|exit| &exit.when);
        let all = life_cycle.stages.iter().enumerate();
        let entries = all.flat_map(|(to, stage)| stage.entries.iter().map(move |entry| (to, entry)));
        let opens = |to: usize, entry: &Entry| life_cycle.stages[to].out || counts_from(life_cycle, here, to, entry);
        let entries = entries.filter(|(to, entry)| opens(*to, entry)).map(|(_, entry)| &entry.when);
        exits.chain(entries).fold(always, |rests, when| rests | Rests::of(model, when))
    };
    (0..life_cycle.stages.len()).map(here).chain([always]).collect()
}

impl Outlook {
    /// Takes in what has changed, in whatever direction.
    pub(crate) fn changed(&mut self, what: Rests) {
        self.note(Changes::of(what));
    }

    /// There is more of it than before.
    pub(crate) fn rose(&mut self, what: Rests) {
        self.note(Changes { up: what, ..Changes::NOTHING });
    }

    fn note(&mut self, what: Changes) {
        self.changed |= what;
        self.late |= what;
        self.untold |= what;
    }

    /// All that rest on what has changed are asked now.
    pub(crate) fn ask(&mut self) {
        self.late = Changes::NOTHING;
    }

    /// They were asked: only what changed meanwhile may be news to some.
    pub(crate) fn settle(&mut self) {
        self.changed = self.late;
    }

    /// What has changed since [`Outlook::told`]; everything, where nothing is known.
    pub(crate) fn untold(&self) -> Changes {
        if self.by.is_some() { self.untold } else { Changes::EVERYTHING }
    }

    /// Everything was told.
    pub(crate) fn told(&mut self) {
        self.untold = Changes::NOTHING;
    }

    /// Has one of these changed by asking?
    pub(crate) fn has_changed_meanwhile(&self, what: Rests) -> bool {
        self.late.touches(what)
    }

    /// Is nothing of it known yet: everything is asked?
    pub(crate) fn is_new(&self) -> bool {
        self.changed == Changes::EVERYTHING
    }

    /// What follows is asked by this version: of another one nothing is known yet.
    pub(crate) fn begin(&mut self, (ix, version): (VersionIx, &Version), lines: &[Line]) {
        if self.by != Some(ix) {
            self.by = Some(ix);
            self.changed(Rests::EVERYTHING);
            self.turns.clear();
            // Everything has changed: all are asked.
            self.turns.resize(version.askers.len(), Turn::NEVER);
            self.standings.clear();
            self.standings.resize(version.askers.segments.len(), SegmentStanding::Out);
        }
        if self.scores.is_none() {
            self.scores = Some(gather(lines));
        }
    }

    /// Were all askers of this version asked?
    pub(crate) fn is_known_by(&self, ix: VersionIx) -> bool {
        self.by == Some(ix) && !self.is_new()
    }

    /// May the answer be another one at `at`?
    pub(crate) fn is_open(&self, version: &Version, asker: Asker, rests: Rests, at: Timestamp) -> bool {
        self.changed.touches(rests) || self.turns.get(version.askers.place(asker)).is_none_or(|turn| turn.at <= at)
    }

    pub(crate) fn set_turn(&mut self, version: &Version, asker: Asker, turns: Turn) {
        if let Some(have) = self.turns.get_mut(version.askers.place(asker)) {
            *have = turns;
        }
    }

    /// May somebody enter or leave a segment at `at`? Where what has changed only puts that off, its moment is to be found
    /// anew.
    pub(crate) fn is_segment_open(&mut self, version: &Version, ix: SegmentIx, at: Timestamp) -> bool {
        let (place, is_new) = (usize::from(ix.0), self.is_new());
        let (asker, turn) = (&version.askers.segments[place], &mut self.turns[place]);
        if self.changed.touches(asker.rests) {
            if is_new || self.changed.meets(asker.turning[self.standings[place] as usize]) {
                return true;
            }
            turn.is_exact &= *turn == Turn::NEVER;
        }
        turn.at <= at
    }

    /// Notes where somebody stands, and when time turns that.
    pub(crate) fn set_segment(&mut self, ix: SegmentIx, standing: SegmentStanding, turns: Turn) {
        let place = usize::from(ix.0);
        (self.standings[place], self.turns[place]) = (standing, turns);
    }

    /// The asker whose answer may turn first; of several in one moment one that is not exact.
    pub(crate) fn soonest(&self, version: &Version) -> Option<(Asker, Turn)> {
        let (place, turn) = self.turns.iter().enumerate().min_by_key(|(_, turn)| **turn)?;
        Some((version.askers.at(place), *turn))
    }

    /// Puts a contribution into the score's sum. `of`: the score as the version that gave it has it.
    pub(crate) fn add(&mut self, of: (VersionIx, ScoreIx), score: NameKey, half_life: Millis, cell: Cell) {
        let (by, ix) = of;
        // Another version may have the score elsewhere.
        let what = if self.by == Some(by) { Rests::score(ix) } else { Rests::SCORES };
        let none = Changes::NOTHING;
        self.note(if cell.is_gain() { Changes { up: what, ..none } } else { Changes { down: what, ..none } });
        let Some(scores) = &mut self.scores else { return };
        let sum = match scores.iter_mut().position(|sum| sum.of == score) {
            Some(at) => &mut scores[at],
            None => {
                scores.push(Sum { of: score, whole: Gathered::new(), read: std::cell::Cell::new(None) });
                let last = scores.len() - 1;
                &mut scores[last]
            }
        };
        sum.whole.put(half_life, cell);
        sum.read.set(None);
    }

    /// The whole sum of a score; `None`: the lines tell.
    pub(crate) fn whole(&self, score: NameKey) -> Option<&Gathered> {
        Some(&self.scores.as_ref()?.iter().find(|sum| sum.of == score)?.whole)
    }

    /// The same, and what is left of it at `now`; `None`: the lines tell.
    pub(crate) fn sum(&self, score: NameKey, now: Timestamp) -> Option<(&Gathered, i128)> {
        let sum = self.scores.as_ref()?.iter().find(|sum| sum.of == score)?;
        let left = match sum.read.get() {
            Some((at, left)) if at == now => left,
            _ => {
                let left = sum.whole.decayed(now);
                sum.read.set(Some((now, left)));
                left
            }
        };
        Some((&sum.whole, left))
    }
}

fn gather(lines: &[Line]) -> Vec<Sum> {
    let of_score = |lines: &[Line]| {
        let mut whole = Gathered::new();
        lines.iter().for_each(|line| whole.merge(line.half_life, &line.sums));
        Sum { of: lines[0].score, whole, read: std::cell::Cell::new(None) }
    };
    lines.chunk_by(|a, b| a.score == b.score).map(of_score).collect()
}

/// What follows from the rest of a row: no part of it. A copy of the row begins without it.
#[derive(Debug, Default)]
pub(crate) struct Aside<T>(T);

impl<T> Deref for Aside<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Aside<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Default> Clone for Aside<T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<T> PartialEq for Aside<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Aside<T> {}
