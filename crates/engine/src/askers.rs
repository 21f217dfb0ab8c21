//! What of a version is asked about every contact, and what it rests on: segments, readings, life cycles.

use crate::aggregate::SegmentStanding;
use crate::condition::{CRM, STAGE_SET};
use crate::places::{Places, Resting};
use crate::question::Awaited;
use crate::rests::{Changes, Rests};
use crate::segments::awaited;
use crate::stage::counts_from;
use playbook::matching::Resolved;
use playbook::model::{Condition, Entry, Index, LifeCycle, Model, Pattern, ReadingIx, Segment, SegmentIx};
use touchpoint::{Text, Touchpoint};

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
    segments_resting: Resting,
    /// The segments that rest on no stage, and those that do.
    segments_by_pass: [Places; 2],
    readings: Vec<Rests>,
    /// By life cycle and the stage where the contact stands, what may move them; the last is for those who are not in it.
    life_cycles: Vec<Vec<Moving>>,
    /// By life cycle: something in it asks that a touchpoint is not at hand. Then the answer may be another one every time.
    asks_for_none: Vec<bool>,
    /// The touchpoints that may move somebody by themselves.
    moving: Index<()>,
}

/// What a segment rests on, and of that what may turn it for who stands there: by [`SegmentStanding`], in its order.
#[derive(Debug)]
struct SegmentAsker {
    rests: Rests,
    turning: [Changes; 3],
}

impl SegmentAsker {
    fn of(model: &Model, segment: &Segment) -> Self {
        let of = |standing| Changes::bringing(model, awaited(segment, standing));
        let turning = [SegmentStanding::In, SegmentStanding::Left, SegmentStanding::Out].map(of);
        Self { rests: Rests::of_all(model, segment.conditions()), turning }
    }
}

impl Askers {
    pub(crate) fn of(model: &Model) -> Self {
        let segments: Vec<_> = model.segments.iter().map(|segment| SegmentAsker::of(model, segment)).collect();
        let segments_by_pass = [false, true].map(|after_stages| {
            let mut these = Places::none(segments.len());
            let all = model.segments.iter().enumerate().filter(|(_, segment)| segment.after_stages == after_stages);
            all.for_each(|(place, _)| these.insert(place));
            these
        });
        Self {
            segments_resting: Resting::of(segments.iter().map(|segment| segment.rests)),
            segments_by_pass,
            segments,
            readings: model.readings.iter().map(|reading| Rests::of(model, &reading.when)).collect(),
            life_cycles: model.life_cycles.iter().map(|life_cycle| by_stage(model, life_cycle)).collect(),
            asks_for_none: model.life_cycles.iter().map(|life_cycle| asks_for_none(model, life_cycle)).collect(),
            moving: Index::build([((), moving(model).as_slice())].into_iter()),
        }
    }

    pub(crate) fn segment(&self, ix: SegmentIx) -> Rests {
        self.segments[usize::from(ix.0)].rests
    }

    /// The segments that rest on stages (`after_stages`), or the others, of those that rest on any of this.
    pub(crate) fn segments_resting_on(&self, what: Rests, after_stages: bool) -> Places {
        self.segments_resting.on_of(what, &self.segments_by_pass[usize::from(after_stages)])
    }

    /// All of them.
    pub(crate) fn segments_of(&self, after_stages: bool) -> Places {
        self.segments_by_pass[usize::from(after_stages)].clone()
    }

    /// What may let somebody who stands there enter or leave the segment.
    pub(crate) fn turning(&self, ix: SegmentIx, standing: SegmentStanding) -> Changes {
        self.segments[usize::from(ix.0)].turning[standing as usize]
    }

    pub(crate) fn reading(&self, ix: ReadingIx) -> Rests {
        self.readings[usize::from(ix.0)]
    }

    /// `here`: the stage where the contact stands; `None`: not in the life cycle.
    pub(crate) fn life_cycle(&self, ix: usize, here: Option<usize>) -> Moving {
        let by_stage = &self.life_cycles[ix];
        by_stage[here.unwrap_or(by_stage.len() - 1)]
    }

    /// Is the life cycle to be asked every time?
    pub(crate) fn asks_for_none(&self, ix: usize) -> bool {
        self.asks_for_none[ix]
    }

    /// May a touchpoint move somebody by itself?
    pub(crate) fn is_moving(&self, touchpoint: &Touchpoint, resolved: &Resolved) -> bool {
        let mut is_moving = false;
        self.moving.for_each(touchpoint, resolved, |()| is_moving = true);
        is_moving
    }

    pub(crate) fn len(&self) -> usize {
        self.segments.len() + self.readings.len() + self.life_cycles.len()
    }

    pub(crate) fn place(&self, asker: Asker) -> usize {
        match asker {
            Asker::Segment(ix) => usize::from(ix.0),
            Asker::Reading(ix) => self.segments.len() + usize::from(ix.0),
            Asker::LifeCycle(ix) => self.segments.len() + self.readings.len() + ix,
        }
    }

    pub(crate) fn at(&self, place: usize) -> Asker {
        let (segments, readings) = (self.segments.len(), self.readings.len());
        match place {
            place if place < segments => Asker::Segment(SegmentIx(place as u16)),
            place if place < segments + readings => Asker::Reading(ReadingIx((place - segments) as u16)),
            place => Asker::LifeCycle(place - segments - readings),
        }
    }
}

/// The touchpoints that life cycles look at, feedback among them.
fn moving(model: &Model) -> Vec<Pattern> {
    let of_crm = |kinds| Pattern { channels: vec![Text::const_new(CRM)], kinds, ..Pattern::default() };
    let mut patterns = vec![of_crm(vec![Text::const_new(STAGE_SET)])];
    for when in model.life_cycles.iter().flat_map(LifeCycle::moves).chain(model.returns()) {
        when.for_each_leaf(&mut |leaf| match leaf {
            Condition::Touchpoint(these) => patterns.extend(these.iter().cloned()),
            Condition::Feedback { kinds, .. } => patterns.push(of_crm(kinds.clone())),
            _ => {}
        });
    }
    patterns
}

fn asks_for_none(model: &Model, life_cycle: &LifeCycle) -> bool {
    life_cycle.moves().chain(model.returns()).any(|when| denies_touchpoint(when, true))
}

fn denies_touchpoint(condition: &Condition, wanted: bool) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| denies_touchpoint(part, wanted)),
        Condition::Not(part) => denies_touchpoint(part, !wanted),
        Condition::Touchpoint(_) | Condition::Feedback { .. } | Condition::OwnTouchpoint => !wanted,
        _ => false,
    }
}

/// What a life cycle rests on for who stands at one of its stages, and of that what may move them. Who stands there has
/// been looked at: no way that is open to them holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moving {
    pub(crate) rests: Rests,
    pub(crate) moving: Changes,
}

fn by_stage(model: &Model, life_cycle: &LifeCycle) -> Vec<Moving> {
    let lasts = Rests::of_all(model, &life_cycle.lasts_while);
    // After a move another stage may be open, too, which is the next one's to see. A stage may be set by hand.
    let always = lasts | Rests::STAGE | Rests::TOUCHPOINT;
    let always = Moving { rests: always, moving: Changes::of(always) };
    let here = |here: usize| {
        let stage = &life_cycle.stages[here];
        let exits = stage.exits.iter().map(|exit| &exit.when);
        let all = life_cycle.stages.iter().enumerate();
        let entries = all.flat_map(|(to, stage)| stage.entries.iter().map(move |entry| (to, entry)));
        let opens = |to: usize, entry: &Entry| life_cycle.stages[to].out || counts_from(life_cycle, here, to, entry);
        let entries = entries.filter(|(to, entry)| opens(*to, entry)).map(|(_, entry)| &entry.when);
        exits.chain(entries).fold(always, |Moving { rests, moving }, when| Moving {
            rests: rests | Rests::of(model, when),
            moving: moving | Changes::bringing(model, Awaited { when, unless: None, wanted: true }),
        })
    };
    (0..life_cycle.stages.len()).map(here).chain([always]).collect()
}
