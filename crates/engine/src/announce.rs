//! What to tell the world when a fold has changed: score changes, and a stage transition where the fold stands elsewhere
//! than what was last announced. Stages entered and left in the past are not announced.

use crate::aggregate::{Aggregate, Given, Move, MovedBy};
use crate::fold::Trace;
use crate::handoffs::asking::{self, Look};
use crate::head::{Announced, Head};
use crate::input::Effect;
use crate::missing::missing;
use crate::pieces::{self, CONTRIBUTIONS_MAX};
use crate::rests::Rests;
use crate::sentence::Decided;
use crate::teller::{EventOf, Reading, Teller, adjustments, milestones};
use crate::version::Versions;
use playbook::model::{ENDED, ERASED, LifeCycle, MERGED, ScoreIx, Stage, WITHDRAWN};
use smallvec::SmallVec;
use std::collections::BTreeMap;
use touchpoint::output::{Cause, MoveDirection, ReplacedContribution, ScoreChange, Sentence, StageTransition};
use touchpoint::{ContactId, Text, Timestamp};

/// Why the fold was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Because {
    /// A new input; its campaign.
    Input { campaign: Option<Text> },
    /// An input lost or changed its effect.
    Correction,
    /// Rows went back to their owner: they belong to another contact.
    Recall,
    /// Another playbook version came into force in the past.
    Activation,
    /// The oldest rows left the ledger.
    Horizon,
    /// Time alone: a timer or an event's end; the fold's own last move says why.
    Time,
    /// The first playbook at all: the fold's own last move says why.
    Fold,
}

impl Because {
    pub(crate) const fn corrects(&self) -> bool {
        matches!(self, Self::Correction | Self::Recall)
    }

    /// What brings about whatever has no reason of its own.
    pub(crate) const fn cause(&self) -> Cause {
        match self {
            Self::Input { .. } => Cause::Touchpoint,
            Self::Correction | Self::Recall => Cause::Correction,
            Self::Activation | Self::Fold => Cause::Activation,
            Self::Horizon | Self::Time => Cause::Timer,
        }
    }
}

/// The fold before.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Before<'a> {
    /// As it was.
    Fold(&'a Aggregate),
    /// The new one without what this gave and with what it took. Sums are exact, so this needs no copy of the former.
    Less(&'a Trace),
}

/// When the fold was looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Partition time; [`Timestamp::MIN`] before the first tick.
    pub(crate) now: Timestamp,
    /// The moment of the fold before.
    pub(crate) before: Option<Timestamp>,
}

/// Compares the head's new fold with the one before and with what was announced; emits what is to be told.
#[allow(clippy::too_many_arguments)] // one call site; each argument a different noun
pub(crate) fn announce(
    versions: &Versions,
    contact: ContactId,
    moment: Moment,
    head: &mut Head,
    before: Before<'_>,
    trace: &Trace,
    because: Because,
    out: &mut Vec<Effect>,
) {
    // The moment at which both folds are read: that of the latest thing known when a new input came, else now.
    let known = head.aggregate.at.max(moment.before);
    let at = match because {
        Because::Input { .. } => known.unwrap_or(moment.now),
        _ => known.map_or(moment.now, |known| known.max(moment.now)),
    };
    let Some((_, version)) = versions.at(at) else { return };
    // Before the first tick there is no partition time: the moment of the latest input stands in for it.
    let now = if moment.now == Timestamp::MIN { at } else { moment.now };
    let fits = trace.given.len() + trace.taken.len() <= CONTRIBUTIONS_MAX;
    let pieces = if fits { Vec::new() } else { pieces::cut(trace, CONTRIBUTIONS_MAX) };
    let teller = |before| Teller::new(versions, version, contact, (now, at), before);
    let whole_teller = teller(before);
    if fits && matches!(before, Before::Less(_)) && trace.moves_nothing() {
        // Mostly.
    } else if fits {
        version.scores().for_each(|score| whole_teller.score(head, score, trace, &because, out));
    } else {
        for (piece, fold) in pieces.iter().zip(pieces::folds_after(versions, &head.aggregate, &pieces)) {
            let whole = std::mem::replace(&mut head.aggregate, fold);
            let teller = teller(Before::Less(piece));
            version.scores().for_each(|score| teller.score(head, score, piece, &because, out));
            head.aggregate = whole;
        }
    }
    if head.rows == 0 {
        whole_teller.gone(head, &because, out);
        whole_teller.cancel_actions(head, out);
        out.extend(asking::gone(&mut head.handovers, contact, now));
        return;
    }
    let untold = head.aggregate.outlook.untold();
    if untold.touches(Rests::STAGE) {
        for position in 0..head.aggregate.positions.len() {
            whole_teller.stage(head, position, trace, &because, out);
        }
    }
    if untold.touches(Rests::SEGMENT) {
        whole_teller.segments(head, &because, out);
    }
    if moment.now != Timestamp::MIN {
        go_on(versions, contact, moment.now, head, &because, trace, out);
        head.aggregate.outlook.told();
    }
}

/// Goes on with hand-offs and programmes, by all that is known at partition time.
pub(crate) fn go_on(
    versions: &Versions,
    contact: ContactId,
    now: Timestamp,
    head: &mut Head,
    because: &Because,
    trace: &Trace,
    out: &mut Vec<Effect>,
) {
    let at = head.aggregate.at.map_or(now, |known| known.max(now));
    let Some(in_force) = versions.at(at) else { return };
    let nothing = Trace::default();
    let teller = Teller::new(versions, in_force.1, contact, (now, at), Before::Less(&nothing));
    let mut handovers = std::mem::take(&mut head.handovers);
    let look = Look { versions, in_force, aggregate: &head.aggregate, contact, now, at, because, trace };
    out.extend(look.look(&mut handovers, |kind| teller.handed(head, kind, trace)));
    head.handovers = handovers;
    teller.programmes(head, because.cause(), out);
    head.due = [head.due, head.programmes.due, head.handovers.due].into_iter().flatten().min();
}

/// What the rows of a refold gave before against what they give now: added and removed contributions.
pub(crate) fn difference(before: Trace, after: Trace) -> Trace {
    let mut net: BTreeMap<Given, i32> = BTreeMap::new();
    let mut add = |given: Vec<Given>, by: i32| given.into_iter().for_each(|given| *net.entry(given).or_default() += by);
    add(after.given, 1);
    add(after.taken, -1);
    add(before.given, -1);
    add(before.taken, 1);
    let mut difference = Trace::default();
    for (given, count) in net {
        match count {
            1.. => difference.given.push(given),
            0 => {}
            _ => difference.taken.push(given),
        }
    }
    difference
}

impl Teller<'_> {
    fn score(&self, head: &mut Head, score: ScoreIx, trace: &Trace, because: &Because, out: &mut Vec<Effect>) {
        let mine = |given: &&Given| given.points != 0 && self.counts(score, given).is_some();
        let mut added: SmallVec<[&Given; 4]> = trace.given.iter().filter(mine).collect();
        let mut removed: SmallVec<[&Given; 4]> = trace.taken.iter().filter(mine).collect();
        if added.is_empty() && removed.is_empty() && matches!(self.before, Before::Less(_)) {
            return;
        }
        let Reading { before, after, raw } = self.reading(&head.aggregate, score);
        if added.is_empty() && removed.is_empty() && before == after {
            return;
        }
        let mut replaced = Vec::new();
        let successor = |former: &Given, added: &[&Given]| {
            let of = |same_input: bool| {
                let fits = |new: &&Given| new.rule == former.rule && (!same_input || new.input == former.input);
                added.iter().position(fits)
            };
            of(true).or_else(|| of(false))
        };
        removed.retain(|former| match successor(former, &added) {
            Some(at) => {
                let new = added.remove(at);
                replaced.push(ReplacedContribution {
                    before: self.contribution(score, former),
                    after: self.contribution(score, new),
                });
                false
            }
            None => true,
        });
        let cause = because.cause();
        let lines = self.lines(&head.aggregate, score);
        let (listed, largest) = (lines.sum, lines.groups(false));
        head.score_changes += 1;
        let mut envelope = self.envelope(head, EventOf::Score, head.score_changes, cause);
        envelope.scores[usize::from(score.0)].largest = largest;
        if let Because::Input { campaign } = because {
            envelope.campaign.clone_from(campaign);
        }
        envelope.reason_code = added.first().or_else(|| removed.first()).and_then(|given| self.rule_id(given));
        out.push(Effect::ScoreChange(Box::new(ScoreChange {
            envelope,
            score: self.version.model.scores[usize::from(score.0)].name.clone(),
            before_milli: before,
            after_milli: after,
            added: added.into_iter().map(|given| self.contribution(score, given)).collect(),
            replaced,
            removed: removed.into_iter().map(|given| self.contribution(score, given)).collect(),
            adjustments: adjustments(listed, raw, after),
        })));
    }

    fn stage(&self, head: &mut Head, position: usize, trace: &Trace, because: &Because, out: &mut Vec<Effect>) {
        let position = &head.aggregate.positions[position];
        let announced = head.announced.iter().position(|have| have.life_cycle == position.life_cycle);
        if announced.is_some_and(|at| head.announced[at].stage == position.stage) {
            return;
        }
        // One that began and ended unannounced is none of anybody's business.
        if announced.is_none() && position.stage == ENDED {
            return;
        }
        let position = position.clone();
        let Some(life_cycle) = self.versions.life_cycle(self.version, &position.life_cycle) else { return };
        let last = announced.map(|at| head.announced[at].clone());
        let unmoved = Move::birth(position.since);
        let moved = position.last_move.as_deref().unwrap_or(&unmoved);
        let from = last.as_ref().map(|last| last.stage.clone());
        let (direction, skipped) = way(life_cycle, from.as_ref(), &position.stage);
        // A late input may undo what was announced: then the fold has not moved since, and stands further back.
        let undone = matches!(because, Because::Input { .. })
            && direction == MoveDirection::Back
            && !matches!(moved.by, MovedBy::Feedback | MovedBy::Manual)
            && last.as_ref().is_some_and(|last| moved.at < last.since);
        let cause = match because {
            because if (because.corrects() || undone) && last.is_some() => Cause::Correction,
            Because::Activation => Cause::Activation,
            _ => cause_of(moved.by),
        };
        head.transitions += 1;
        let mut envelope = self.envelope(head, EventOf::Stage, head.transitions, cause);
        envelope.life_cycle = Some(life_cycle.name.clone());
        envelope.stage = Some(position.stage.clone());
        // A correction takes effect when it is known; a move when it happened.
        envelope.occurred_at = if cause == Cause::Correction { self.now } else { moved.at };
        // Partition time may be behind the input that it has not passed yet.
        envelope.recorded_at = self.now.max(envelope.occurred_at);
        envelope.actor.clone_from(&moved.actor);
        envelope.campaign.clone_from(&moved.campaign);
        envelope.reason_code.clone_from(&moved.reason);
        if cause == Cause::Correction {
            envelope.corrects = last.as_ref().map(|last| last.event);
        }
        let decided =
            Decided { life_cycle, position: &position, moved, from: from.as_ref(), envelope: &envelope, trace };
        let told = self.sentence(head, decided);
        envelope.sentence_short = Some(told.shortened());
        envelope.sentence = Some(told);
        let missing = missing(self.versions, &head.aggregate, &position, self.at);
        let (event, since, recorded_at) = (envelope.event_id, envelope.occurred_at, envelope.recorded_at);
        out.push(Effect::StageTransition(Box::new(StageTransition {
            from,
            // What came late may have happened before the former stage was entered, as it was announced.
            from_since: last.map(|last| last.since.min(since)),
            to: position.stage.clone(),
            direction,
            skipped,
            milestones: milestones(&position),
            recycle_count: position.recycle_count,
            missing: missing.map(|missing| missing.told(&self.version.model.zone)),
            envelope,
        })));
        match announced.filter(|_| position.stage == ENDED) {
            // Who comes in again comes from nowhere.
            Some(at) => drop(head.announced.remove(at)),
            None => remember(
                head,
                announced,
                Announced { life_cycle: life_cycle.name.clone(), stage: position.stage, since, event, recorded_at },
            ),
        }
    }

    /// No row is left: they went to another contact, were taken back, or erased. The last event of every life cycle.
    fn gone(&self, head: &mut Head, because: &Because, out: &mut Vec<Effect>) {
        let (to, cause, told) = match because {
            _ if head.erased => {
                let ja = Text::const_new("本人の記録は消去されました。");
                (ERASED, Cause::Manual, Sentence { ja, en: Text::const_new("The person's record was erased.") })
            }
            Because::Recall => {
                let ja = Text::const_new("履歴は別の人物に統合されました。");
                (MERGED, Cause::Merge, Sentence { ja, en: Text::const_new("The history has joined another contact.") })
            }
            _ => {
                let ja = Text::const_new("記録がすべて取り消されました。");
                (WITHDRAWN, Cause::Correction, Sentence { ja, en: Text::const_new("Everything was taken back.") })
            }
        };
        self.leave_segments(head, because, out);
        for last in std::mem::take(&mut head.announced) {
            head.transitions += 1;
            let mut envelope = self.envelope(head, EventOf::Stage, head.transitions, cause);
            envelope.life_cycle = Some(last.life_cycle);
            envelope.stage = Some(Text::const_new(to));
            envelope.occurred_at = self.now;
            envelope.corrects = Some(last.event);
            envelope.sentence = Some(told.clone());
            envelope.sentence_short = Some(told.clone());
            out.push(Effect::StageTransition(Box::new(StageTransition {
                envelope,
                from: Some(last.stage),
                from_since: Some(last.since),
                to: Text::const_new(to),
                direction: MoveDirection::Out,
                skipped: Vec::new(),
                milestones: Vec::new(),
                recycle_count: 0,
                missing: None,
            })));
        }
    }
}

pub(crate) const fn cause_of(by: MovedBy) -> Cause {
    match by {
        MovedBy::Birth | MovedBy::Hand | MovedBy::Person => Cause::Touchpoint,
        MovedBy::Score | MovedBy::Exit => Cause::Rule,
        MovedBy::Profile => Cause::Profile,
        MovedBy::Association => Cause::Association,
        MovedBy::Feedback => Cause::Feedback,
        MovedBy::Manual => Cause::Manual,
        MovedBy::Timer => Cause::Timer,
    }
}

/// Direction, and the stages passed over on the way forward.
pub(crate) fn way(life_cycle: &LifeCycle, from: Option<&Text>, to: &Text) -> (MoveDirection, Vec<Text>) {
    if to == ENDED {
        return (MoveDirection::Out, Vec::new());
    }
    let find = |name: &Text| life_cycle.stages.iter().position(|stage| stage.name == *name);
    let Some(to) = find(to) else { return (MoveDirection::Sideways, Vec::new()) };
    let target = &life_cycle.stages[to];
    if target.out {
        return (MoveDirection::Out, Vec::new());
    }
    if target.recycle {
        return (MoveDirection::Recycle, Vec::new());
    }
    let Some(from) = from.and_then(find) else {
        // Born: everything before the stage was skipped.
        return (MoveDirection::Forward, names(&life_cycle.stages[..to]));
    };
    let former = &life_cycle.stages[from];
    if former.recycle || former.out {
        return (MoveDirection::Sideways, Vec::new());
    }
    if to > from {
        (MoveDirection::Forward, names(&life_cycle.stages[from + 1..to]))
    } else {
        (MoveDirection::Back, Vec::new())
    }
}

fn names(stages: &[Stage]) -> Vec<Text> {
    stages.iter().filter(|stage| !stage.recycle && !stage.out).map(|stage| stage.name.clone()).collect()
}

fn remember(head: &mut Head, announced: Option<usize>, new: Announced) {
    match announced {
        Some(at) => head.announced[at] = new,
        None => head.announced.push(new),
    }
}
