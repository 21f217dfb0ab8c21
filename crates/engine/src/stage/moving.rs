//! What a move does to where somebody stands: stage, dates, milestones.

use super::Decision;
use crate::aggregate::{Move, MovedBy, Position, Reached};
use crate::condition::AtHand;
use crate::dates::start_of;
use crate::version::Version;
use playbook::model::{LifeCycle, Stage};
use touchpoint::Timestamp;

/// Moves somebody, or confirms where they stand; true when they stand elsewhere then.
pub(crate) fn carry_out(
    position: &mut Position,
    version: &Version,
    life_cycle: &LifeCycle,
    here: usize,
    decision: Decision,
    now: Timestamp,
    at_hand: Option<AtHand<'_>>,
) -> bool {
    let to = &life_cycle.stages[decision.to];
    let by_people = matches!(decision.by, MovedBy::Feedback | MovedBy::Manual);
    note_waits(position, version, to, &decision, now, at_hand);
    let moves = to.name != position.stage;
    if moves {
        enter(position, life_cycle, here, decision, now, at_hand);
    } else if by_people && !leaves_as_it_is(position, version, to, &decision) {
        confirm(position, to, decision, now, at_hand);
    }
    position.awaits_own_touchpoint |= by_people;
    moves
}

/// A word that says of who came with colleagues what was said of these: from now on they are there by their own.
fn confirm(position: &mut Position, stage: &Stage, decision: Decision, now: Timestamp, at_hand: Option<AtHand<'_>>) {
    let Some(moved) = position.last_move.as_deref_mut().filter(|moved| moved.by == MovedBy::Association) else {
        return;
    };
    let (from, skipped) = (moved.from.take(), std::mem::take(&mut moved.skipped));
    *moved = Move { from, skipped, ..Move::decided(decision, now, at_hand) };
    reach_milestone(position, stage, now);
}

/// A reason that leaves the stage as it is (a duplicate, a deal that runs) leaves its dates as they are, too.
fn leaves_as_it_is(position: &Position, version: &Version, to: &Stage, decision: &Decision) -> bool {
    let reason = decision.reason.as_ref().and_then(|code| version.model.reason(code));
    decision.by == MovedBy::Feedback && reason.is_some_and(|reason| reason.to.is_none()) && to.name == position.stage
}

impl Move {
    /// Into the first stage, by the first touchpoint.
    pub(crate) fn birth(at: Timestamp) -> Self {
        Self { at, from: None, by: MovedBy::Birth, skipped: Vec::new(), reason: None, actor: None, campaign: None }
    }

    /// As decided now, by what is at hand.
    fn decided(decision: Decision, now: Timestamp, at_hand: Option<AtHand<'_>>) -> Self {
        let touchpoint = at_hand.map(|at_hand| at_hand.touchpoint);
        Self {
            by: decision.by,
            reason: decision.reason,
            actor: touchpoint.and_then(|touchpoint| touchpoint.actor.as_deref().cloned()),
            campaign: touchpoint.and_then(|touchpoint| touchpoint.campaign.clone()),
            ..Self::birth(now)
        }
    }
}

/// The dates that a decision carries: until when sales holds, when the recycle box may be left, how long nothing may
/// open by score. A decision replaces those of the one before; one that leaves the stage as it is may set new ones.
fn note_waits(
    position: &mut Position,
    version: &Version,
    to: &Stage,
    decision: &Decision,
    now: Timestamp,
    at_hand: Option<AtHand<'_>>,
) {
    let said = at_hand.map(|at_hand| at_hand.touchpoint).filter(|_| decision.by == MovedBy::Feedback);
    let until = said.and_then(|said| said.until).map(|day| start_of(version, day));
    let reason = decision.reason.as_ref().and_then(|code| version.model.reason(code));
    if leaves_as_it_is(position, version, to, decision) {
        if let Some(wait) = reason.and_then(|reason| reason.no_score_entry_for) {
            position.no_score_entry_until = Some(now.plus_millis(wait));
        }
        return;
    }
    let held = said.is_some_and(|said| said.kind == "held");
    position.hold_until =
        // A day that is past is a slip of the pen.
        if held { until.filter(|until| *until > now).or_else(|| to.hold.map(|hold| version.model.after(now, hold))) } else { None };
    if decision.by == MovedBy::Feedback {
        position.no_score_entry_until = reason.and_then(|r| r.no_score_entry_for).map(|wait| now.plus_millis(wait));
    }
    if to.recycle {
        let by_date = until.zip(reason.and_then(|r| r.returns_before_until)).map(|(u, before)| u.plus_millis(-before));
        let wait = reason.map_or(to.returns_after, |reason| reason.returns_after);
        let by_wait = || wait.map(|wait| now.plus_millis(wait));
        position.return_at = by_date.or_else(by_wait);
        position.recycled_at = Some(now);
        position.recycled_for.clone_from(&decision.reason);
    } else {
        (position.return_at, position.recycled_at) = (None, None);
        position.recycled_for = None;
    }
}

fn enter(
    position: &mut Position,
    life_cycle: &LifeCycle,
    here: usize,
    decision: Decision,
    now: Timestamp,
    at_hand: Option<AtHand<'_>>,
) {
    let to = &life_cycle.stages[decision.to];
    let forward = decision.to > here && !to.recycle && !to.out && !life_cycle.stages[here].recycle;
    let skipped = if forward {
        let between = life_cycle.stages[here + 1..decision.to].iter();
        between.filter(|stage| !stage.recycle && !stage.out).map(|stage| stage.name.clone()).collect()
    } else {
        Vec::new()
    };
    // Who falls back to a stage has not reached it once more; who comes back from the box has. What colleagues have reached
    // is theirs: one deal that was won is not won as often as the plant has people.
    let reaches = decision.by != MovedBy::Association && (decision.to > here || life_cycle.stages[here].recycle);
    let from = Some(std::mem::replace(&mut position.stage, to.name.clone()));
    position.last_move = Some(Box::new(Move { from, skipped, ..Move::decided(decision, now, at_hand) }));
    position.since = now;
    if to.recycle {
        position.recycle_count += 1;
    }
    if reaches {
        reach_milestone(position, to, now);
    }
}

pub(super) fn reach_milestone(position: &mut Position, stage: &Stage, now: Timestamp) {
    let Some(name) = &stage.milestone else { return };
    match position.milestones.iter_mut().find(|have| have.name == *name) {
        Some(reached) => reached.count += 1,
        None => position.milestones.push(Reached { name: name.clone(), first_at: now, count: 1 }),
    }
}
