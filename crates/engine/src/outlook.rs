//! What is known of a contact's answers beside the answers: what they rest on that has changed, when time turns each, and the
//! sums of the scores.
//!
//! Who is in which segment, which readings hold and where the contact stands are answers that the aggregate keeps. An answer
//! stays what it is until something that it rests on changes, or time turns it; so only those are asked again. All of this
//! follows from the aggregate: it is no part of its row, and absent after it was read from there. Then everything is asked
//! once, as a fold that knows nothing of it does for every row.

use crate::agenda::Agenda;
use crate::aggregate::{Line, SegmentStanding};
use crate::askers::{Asker, Moving};
use crate::decay::{Cell, Gathered};
use crate::places::Places;
use crate::rests::{Changes, Rests};
use crate::turns::Turn;
use crate::version::{NameKey, Version, VersionIx};
use playbook::model::{Millis, ScoreIx, SegmentIx};
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
    /// What has changed since it was last looked whether there is something to publish.
    unpublished: Rests,
    /// By asker: when its answer turns by time alone, or a moment before that.
    turns: Agenda,
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

impl Sum {
    fn new(of: NameKey, whole: Gathered) -> Self {
        Self { of, whole, read: std::cell::Cell::new(None) }
    }

    fn left(&self, now: Timestamp) -> i128 {
        if let Some((_, left)) = self.read.get().filter(|(at, _)| *at == now) {
            return left;
        }
        let left = self.whole.decayed(now);
        self.read.set(Some((now, left)));
        left
    }
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

    /// There is less of it than before.
    pub(crate) fn fell(&mut self, what: Rests) {
        self.note(Changes { down: what, ..Changes::NOTHING });
    }

    fn note(&mut self, what: Changes) {
        self.changed |= what;
        self.late |= what;
        self.untold |= what;
        self.unpublished |= what.all();
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

    /// Begins to look whether there is something to publish.
    pub(crate) fn begin_publishing(&mut self) {
        self.unpublished = Rests::NOTHING;
    }

    /// Has some of this changed since [`Outlook::begin_publishing`]?
    pub(crate) const fn is_unpublished(&self, what: Rests) -> bool {
        self.unpublished.meets(what)
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
            // All are asked, though nothing need have changed.
            let everything = Changes::of(Rests::EVERYTHING);
            (self.changed, self.late, self.untold) = (everything, everything, everything);
            // Everything has changed: all are asked.
            self.turns.begin(version.askers.len());
            self.standings.clear();
            self.standings.resize(version.model.segments.len(), SegmentStanding::Out);
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
        self.changed.touches(rests) || self.turns.at(version.askers.place(asker)).at <= at
    }

    /// May somebody be moved in a life cycle at `at`?
    pub(crate) fn is_life_cycle_open(&self, version: &Version, ix: usize, moving: Moving, at: Timestamp) -> bool {
        let turn = self.turns.at(version.askers.place(Asker::LifeCycle(ix)));
        self.is_new() || self.changed.meets(moving.moving) || turn.at <= at
    }

    /// What has changed takes somebody further from being moved, if it does anything: when time would is to be found anew.
    pub(crate) fn put_off(&mut self, version: &Version, ix: usize, moving: Moving) {
        if self.changed.touches(moving.rests) {
            let place = version.askers.place(Asker::LifeCycle(ix));
            self.turns.set(place, self.turns.at(place).put_off());
        }
    }

    pub(crate) fn set_turn(&mut self, version: &Version, asker: Asker, turns: Turn) {
        self.turns.set(version.askers.place(asker), turns);
    }

    /// The segments that rest on stages (`after_stages`), or the others, of those that may be open at `at`.
    pub(crate) fn open_segments(&self, version: &Version, at: Timestamp, after_stages: bool) -> Places {
        let is_due = self.turns.soonest().is_some_and(|(_, turn)| turn.at <= at);
        match self.is_new() || is_due {
            true => version.askers.segments_of(after_stages),
            false => version.askers.segments_resting_on(self.changed.all(), after_stages),
        }
    }

    /// May somebody enter or leave a segment at `at`? Where what has changed only puts that off, its moment is to be found
    /// anew.
    pub(crate) fn is_segment_open(&mut self, version: &Version, ix: SegmentIx, at: Timestamp) -> bool {
        let (place, is_new) = (usize::from(ix.0), self.is_new());
        let turn = self.turns.at(place);
        if self.changed.touches(version.askers.segment(ix)) {
            if is_new || self.changed.meets(version.askers.turning(ix, self.standings[place])) {
                return true;
            }
            self.turns.set(place, turn.put_off());
        }
        turn.at <= at
    }

    /// Notes where somebody stands, and when time turns that.
    pub(crate) fn set_segment(&mut self, ix: SegmentIx, standing: SegmentStanding, turns: Turn) {
        let place = usize::from(ix.0);
        self.standings[place] = standing;
        self.turns.set(place, turns);
    }

    /// The asker whose answer may turn first; of several in one moment one that is not exact.
    pub(crate) fn soonest(&self, version: &Version) -> Option<(Asker, Turn)> {
        let (place, turn) = self.turns.soonest()?;
        Some((version.askers.at(place), turn))
    }

    /// Puts a contribution into the score's sum. `of`: the score as the version that gave it has it.
    pub(crate) fn add(&mut self, of: (VersionIx, ScoreIx), score: NameKey, half_life: Millis, cell: Cell) {
        let (by, ix) = of;
        // Another version may have the score elsewhere.
        let what = if self.by == Some(by) { Rests::score(ix) } else { Rests::SCORES };
        if cell.is_gain() {
            self.rose(what)
        } else {
            self.fell(what)
        }
        let Some(scores) = &mut self.scores else { return };
        let at = scores.iter().position(|sum| sum.of == score).unwrap_or_else(|| {
            scores.push(Sum::new(score, Gathered::new()));
            scores.len() - 1
        });
        scores[at].whole.put(half_life, cell);
        scores[at].read.set(None);
    }

    /// The whole sum of a score; `None`: the lines tell.
    pub(crate) fn whole(&self, score: NameKey) -> Option<&Gathered> {
        self.sum(score).map(|sum| &sum.whole)
    }

    /// The same, and what is left of it at `now`.
    pub(crate) fn left(&self, score: NameKey, now: Timestamp) -> Option<(&Gathered, i128)> {
        self.sum(score).map(|sum| (&sum.whole, sum.left(now)))
    }

    fn sum(&self, score: NameKey) -> Option<&Sum> {
        self.scores.as_ref()?.iter().find(|sum| sum.of == score)
    }
}

fn gather(lines: &[Line]) -> Vec<Sum> {
    let of_score = |lines: &[Line]| {
        let mut whole = Gathered::new();
        lines.iter().for_each(|line| whole.merge(line.half_life, &line.sums));
        Sum::new(lines[0].score, whole)
    };
    lines.chunk_by(|a, b| a.score == b.score).map(of_score).collect()
}
