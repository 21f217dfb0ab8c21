//! What a move, or a word that confirms the stage, leaves behind: since when, until when, why.

use super::returns::{start_of_day, wait};
use super::stages::{Position, Recycled};
use super::{Row, Timeline};
use playbook::model::{EntryBy, LifeCycle, Stage};
use touchpoint::{Text, Timestamp};

/// Where somebody goes, or is confirmed, and why.
#[derive(Clone, Debug)]
pub(crate) struct Outcome<'m> {
    pub(crate) to: &'m Stage,
    pub(crate) by: By,
    pub(crate) reason: Option<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Set by hand.
    Manual,
    /// The word of sales or success.
    Feedback,
    /// An entry that rests on this.
    Entry(EntryBy),
    /// A way out of the stage.
    Itself,
}

impl By {
    /// The entry that brought somebody to a stage, if one did.
    fn entry(self) -> Option<EntryBy> {
        match self {
            By::Manual | By::Itself => None,
            By::Feedback => Some(EntryBy::Feedback),
            By::Entry(by) => Some(by),
        }
    }
}

/// True when it is a move.
pub(crate) fn carry_out(
    timeline: &mut Timeline<'_>,
    life_cycle: &LifeCycle,
    ix: usize,
    outcome: Outcome<'_>,
    at_hand: Option<&Row<'_>>,
) -> bool {
    let (model, now) = (timeline.model(), timeline.now);
    let Outcome { to, by, reason: code } = outcome;
    if matches!(by, By::Entry(EntryBy::Hand | EntryBy::Person)) {
        timeline.marks.push(now);
    }
    let position = &mut timeline.positions[ix];
    position.awaits_own |= matches!(by, By::Manual | By::Feedback);
    let said = at_hand.map(|row| &row.ledger.touchpoint).filter(|_| by == By::Feedback);
    let reason = code.as_ref().and_then(|code| model.reason(code));
    let peace = reason.and_then(|reason| reason.no_score_entry_for).map(|wait| now.plus_millis(wait));
    let moves = to.name != position.stage;
    if said.is_some() && !moves && reason.is_some_and(|reason| reason.to.is_none()) {
        // It leaves the stage as it is, and its dates.
        position.no_score_until = peace.or(position.no_score_until);
        return false;
    }
    if said.is_some() {
        position.no_score_until = peace;
    }
    position.hold_until = said.filter(|said| said.kind == "held").and_then(|said| {
        let named = said.until.map(|date| start_of_day(model, date.to_civil()));
        named.filter(|until| *until > now).or_else(|| to.hold.map(|hold| model.after(now, hold)))
    });
    let wait = wait(model, to, reason, said.and_then(|said| said.until), now);
    position.recycled = to.recycle.then(|| Recycled { at: now, wait, reason: code });
    let came_by = position.came_by;
    if moves {
        let place = |stage: &Stage| life_cycle.stages.iter().position(|one| one.name == stage.name);
        let current = position.stage_in(life_cycle);
        // Who falls back to a stage has not reached it once more; who comes back from the box has.
        let reached = place(to) > place(current) || current.recycle;
        position.came_from = Some(std::mem::take(&mut position.stage));
        position.came_by = by.entry();
        // What colleagues have reached is theirs.
        enter(position, to, now, reached && by != By::Entry(EntryBy::Association));
    } else if matches!(by, By::Manual | By::Feedback) && came_by == Some(EntryBy::Association) {
        position.came_by = by.entry();
        reach(position, to, now);
    }
    moves
}

pub(crate) fn enter(position: &mut Position, stage: &Stage, at: Timestamp, reached: bool) {
    position.stage = stage.name.clone();
    position.since = at;
    position.recycle_count += u32::from(stage.recycle);
    if reached {
        reach(position, stage, at);
    }
}

fn reach(position: &mut Position, stage: &Stage, at: Timestamp) {
    if let Some(milestone) = &stage.milestone {
        position.milestones.entry(milestone.clone()).or_insert((at, 0)).1 += 1;
    }
}
