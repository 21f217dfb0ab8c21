//! Where the contact stands in each life cycle, and where the one move goes that a touchpoint or a moment makes.

use super::conditions::Asking;
use super::moves::{By, Outcome, carry_out, enter};
use super::{Row, Timeline};
use playbook::model::{Condition, ENDED, Entry, EntryBy, Exit, LifeCycle, Stage, StageIx};
use std::collections::BTreeMap;
use touchpoint::{Text, Timestamp, Touchpoint, Value};

/// Where the contact stands in one life cycle.
#[derive(Clone, Debug)]
pub(crate) struct Position {
    pub(crate) life_cycle: Text,
    pub(crate) stage: Text,
    pub(crate) since: Timestamp,
    /// What brought them there, if an entry did, and from where.
    pub(crate) came_by: Option<EntryBy>,
    pub(crate) came_from: Option<Text>,
    /// People set the stage, and no own touchpoint came since: nothing opens by score.
    pub(crate) awaits_own: bool,
    /// Nothing opens by score before this.
    pub(crate) no_score_until: Option<Timestamp>,
    pub(crate) hold_until: Option<Timestamp>,
    /// Why and since when it stands in the recycle box.
    pub(crate) recycled: Option<Recycled>,
    pub(crate) milestones: BTreeMap<Text, (Timestamp, u32)>,
    pub(crate) recycle_count: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Recycled {
    pub(crate) at: Timestamp,
    pub(crate) reason: Option<Text>,
    /// Earliest return by what was said then.
    pub(crate) wait: Option<Timestamp>,
}

impl Position {
    /// The stage as this version has it; one that it does not have is like the first.
    pub(crate) fn stage_in<'m>(&self, life_cycle: &'m LifeCycle) -> &'m Stage {
        life_cycle.stages.iter().find(|one| one.name == self.stage).unwrap_or(&life_cycle.stages[0])
    }
}

/// What may open a stage.
#[derive(Clone, Copy, Debug)]
enum Occasion<'t, 'a> {
    Touchpoint(&'t Row<'a>),
    /// A touchpoint that counts for nothing: no stage opens by it.
    Ignored,
    /// Stages open too where something occurred by time, or a reading began or ended; else only by what time alone
    /// brings about.
    Time {
        changed: bool,
    },
}

impl<'t, 'a> Occasion<'t, 'a> {
    /// The one at hand.
    fn touchpoint(self) -> Option<&'t Row<'a>> {
        match self {
            Occasion::Touchpoint(row) => Some(row),
            Occasion::Ignored | Occasion::Time { .. } => None,
        }
    }
}

/// A touchpoint happened.
pub(crate) fn touched(timeline: &mut Timeline<'_>, at: usize) {
    let row = timeline.rows[at];
    move_all(timeline, if row.ignored { Occasion::Ignored } else { Occasion::Touchpoint(&row) });
}

/// Time passed: true when somebody moved. Nothing is looked at when time has changed nothing: no stage rests on it
/// (`changed`), or nothing at all has (`due`). `came`: time has come to this moment only now.
pub(crate) fn passed(timeline: &mut Timeline<'_>, (changed, due): (bool, bool), came: bool) -> bool {
    let model = timeline.model();
    let before = Timeline { now: timeline.now.plus_millis(-1), ..timeline.clone() };
    // What another version means is nothing that time has brought about.
    let came = came && timeline.version_at(before.now) == timeline.version_at(timeline.now);
    let is_due = |position: &Position| {
        if position.stage == ENDED {
            return false;
        }
        let Some(life_cycle) = model.life_cycles.iter().find(|one| one.name == position.life_cycle) else {
            return false;
        };
        let asking = Asking::of_stage(timeline, None, position);
        let begins =
            |entry: &Entry| asking.holds(&entry.when) && !Asking::of_stage(&before, None, position).holds(&entry.when);
        exit(&asking, life_cycle, position).is_some() || came && timed_entry(&asking, life_cycle, position, &begins)
    };
    let turns = |life_cycle: &LifeCycle| {
        let mut positions = timeline.positions.iter();
        let is_in = positions.any(|one| one.life_cycle == life_cycle.name && one.stage != ENDED);
        life_cycle.lasts_while.is_some() && is_in != lasts(timeline, life_cycle)
    };
    let due = changed || due || timeline.positions.iter().any(is_due) || model.life_cycles.iter().any(turns);
    due && move_all(timeline, Occasion::Time { changed })
}

/// Does such an entry open a stage by time alone?
fn timed_entry(
    asking: &Asking<'_, '_>,
    life_cycle: &LifeCycle,
    position: &Position,
    such: &dyn Fn(&Entry) -> bool,
) -> bool {
    let current = position.stage_in(life_cycle);
    let others = life_cycle.stages.iter().filter(|stage| stage.name != current.name);
    !current.out
        && others.into_iter().any(|stage| {
            let mut timed = stage.entries.iter().filter(|entry| by_time(entry) && such(entry));
            timed.any(|entry| stage.out || may(asking, life_cycle, current, stage, entry))
        })
}

fn move_all(timeline: &mut Timeline<'_>, mut occasion: Occasion<'_, '_>) -> bool {
    let mut moved = false;
    for (at, life_cycle) in timeline.model().life_cycles.iter().enumerate() {
        let ix = timeline.positions.iter().position(|one| one.life_cycle == life_cycle.name);
        let is_in = ix.is_some_and(|ix| timeline.positions[ix].stage != ENDED);
        if !lasts(timeline, life_cycle) {
            if let Some(position) = ix.filter(|_| is_in).map(|ix| &mut timeline.positions[ix]) {
                position.came_from = Some(std::mem::replace(&mut position.stage, Text::const_new(ENDED)));
                (position.came_by, position.since) = (None, timeline.now);
                moved = true;
            }
            continue;
        }
        if !is_in {
            begin(timeline, ix, life_cycle);
            moved = true;
            // Whoever is new there is looked at like one with a touchpoint.
            if let Occasion::Time { changed } = &mut occasion {
                *changed = true;
            }
        }
        let Some(ix) = timeline.positions.iter().position(|one| one.life_cycle == life_cycle.name) else { continue };
        let outcome = outcome(timeline, life_cycle, at == 0, &timeline.positions[ix], occasion);
        if occasion.touchpoint().is_some_and(|row| row.own) {
            timeline.positions[ix].awaits_own = false;
        }
        if let Some(outcome) = outcome {
            let moves = carry_out(timeline, life_cycle, ix, outcome, occasion.touchpoint());
            moved |= moves;
            // What moves somebody in one life cycle is a change for those after it.
            if let Occasion::Time { changed } = &mut occasion {
                *changed |= moves;
            }
        }
    }
    moved
}

/// Whether somebody is in it, if it is not everybody's.
fn lasts(timeline: &Timeline<'_>, life_cycle: &LifeCycle) -> bool {
    life_cycle.lasts_while.as_ref().is_none_or(|lasts_while| Asking::anybody(timeline, None).holds(lasts_while))
}

/// At the first stage; who comes in again keeps the milestones.
fn begin(timeline: &mut Timeline<'_>, ix: Option<usize>, life_cycle: &LifeCycle) {
    let mut position = born(life_cycle, timeline.now);
    let Some(ix) = ix else {
        enter(&mut position, &life_cycle.stages[0], timeline.now, true);
        return timeline.positions.push(position);
    };
    let former = &mut timeline.positions[ix];
    position.milestones = std::mem::take(&mut former.milestones);
    position.recycle_count = former.recycle_count;
    enter(&mut position, &life_cycle.stages[0], timeline.now, true);
    *former = position;
}

fn born(life_cycle: &LifeCycle, at: Timestamp) -> Position {
    Position {
        life_cycle: life_cycle.name.clone(),
        stage: Text::default(),
        since: at,
        came_by: None,
        came_from: None,
        awaits_own: false,
        no_score_until: None,
        hold_until: None,
        recycled: None,
        milestones: BTreeMap::new(),
        recycle_count: 0,
    }
}

/// In this order: by hand, exclusion, the word of sales, the stage's own exits, the furthest entry that holds.
fn outcome<'m>(
    timeline: &Timeline<'_>,
    life_cycle: &'m LifeCycle,
    first: bool,
    position: &Position,
    occasion: Occasion<'_, '_>,
) -> Option<Outcome<'m>> {
    let current = position.stage_in(life_cycle);
    let row = occasion.touchpoint();
    let asking = Asking::of_stage(timeline, row, position);
    if let Some(outcome) = row.and_then(|row| set_by_hand(life_cycle, &row.ledger.touchpoint)) {
        return Some(outcome);
    }
    if !current.out {
        if let Some(to) = exclusion(&asking, life_cycle, current) {
            return Some(Outcome { to, by: By::Entry(EntryBy::Profile), reason: None });
        }
        if let Some(outcome) = row.and_then(|row| word(&asking, life_cycle, first, current, row)) {
            return Some(outcome);
        }
    }
    if let Some(exit) = exit(&asking, life_cycle, position) {
        let to = &life_cycle.stages[usize::from(exit.to.0)];
        return Some(Outcome { to, by: By::Itself, reason: exit.reason.clone() });
    }
    let timed_only = matches!(occasion, Occasion::Time { changed: false });
    let may_open = !matches!(occasion, Occasion::Ignored) && !current.out;
    if may_open { furthest_entry(&asking, life_cycle, current, timed_only) } else { None }
}

/// `stage_set` names any declared stage.
fn set_by_hand<'m>(life_cycle: &'m LifeCycle, touchpoint: &Touchpoint) -> Option<Outcome<'m>> {
    let property = |name| touchpoint.properties.get(name).and_then(Value::as_text);
    if touchpoint.channel != "crm" || touchpoint.kind != "stage_set" {
        return None;
    }
    if property("life_cycle").is_some_and(|name| life_cycle.name != name) {
        return None;
    }
    let name = property("stage")?;
    let to = life_cycle.stages.iter().find(|stage| stage.name == name)?;
    Some(Outcome { to, by: By::Manual, reason: touchpoint.reason.clone() })
}

/// The first way out that holds. None leads to where somebody stands.
fn exit<'m>(asking: &Asking<'_, '_>, life_cycle: &'m LifeCycle, position: &Position) -> Option<&'m Exit> {
    let leads_away = |exit: &&Exit| life_cycle.stages[usize::from(exit.to.0)].name != position.stage;
    let mut exits = position.stage_in(life_cycle).exits.iter().filter(leads_away);
    exits.find(|exit| asking.holds(&exit.when))
}

/// Out of every funnel: from anywhere, unless the entry says from where.
fn exclusion<'m>(asking: &Asking<'_, '_>, life_cycle: &'m LifeCycle, current: &Stage) -> Option<&'m Stage> {
    life_cycle.stages.iter().rev().filter(|stage| stage.out).find(|stage| {
        stage.entries.iter().any(|entry| {
            entry.by != EntryBy::Feedback
                && from_names(life_cycle, entry, current).unwrap_or(true)
                && asking.holds(&entry.when)
        })
    })
}

/// What sales or success said, if it opens a stage of this life cycle. Of those that it would send to the recycle box of
/// the first life cycle, a known reason says where they go, or that they stay.
fn word<'m>(
    asking: &Asking<'_, '_>,
    life_cycle: &'m LifeCycle,
    first: bool,
    current: &'m Stage,
    row: &Row<'_>,
) -> Option<Outcome<'m>> {
    let opens = |stage: &&Stage| {
        stage.entries.iter().any(|entry| {
            entry.by == EntryBy::Feedback
                && from_names(life_cycle, entry, current).unwrap_or(true)
                && asking.holds(&entry.when)
        })
    };
    let code = row.ledger.touchpoint.reason.clone();
    let opened = life_cycle.stages.iter().rev().find(opens)?;
    let reason = code.as_ref().and_then(|code| row.model.reason(code)).filter(|_| opened.recycle && first);
    let to = match reason {
        Some(reason) => reason.to.map_or(current, |to| &life_cycle.stages[usize::from(to.0)]),
        None => opened,
    };
    Some(Outcome { to, by: By::Feedback, reason: code })
}

/// Whether `from` names the stage; `None`: it is not said.
fn from_names(life_cycle: &LifeCycle, entry: &Entry, current: &Stage) -> Option<bool> {
    let is_current = |ix: &StageIx| life_cycle.stages[usize::from(ix.0)].name == current.name;
    entry.from.as_ref().map(|from| from.iter().any(is_current))
}

/// The furthest stage that something but the word of people opens. Without a change nothing but what time brings about.
fn furthest_entry<'m>(
    asking: &Asking<'_, '_>,
    life_cycle: &'m LifeCycle,
    current: &Stage,
    timed_only: bool,
) -> Option<Outcome<'m>> {
    for stage in life_cycle.stages.iter().rev().filter(|stage| !stage.out && stage.name != current.name) {
        let open = stage.entries.iter().find(|entry| {
            (by_time(entry) || !timed_only)
                && may(asking, life_cycle, current, stage, entry)
                && asking.holds(&entry.when)
        });
        if let Some(entry) = open {
            return Some(Outcome { to: stage, by: By::Entry(entry.by), reason: None });
        }
    }
    None
}

/// Whether the entry counts here and now, should its condition hold.
fn may(asking: &Asking<'_, '_>, life_cycle: &LifeCycle, current: &Stage, stage: &Stage, entry: &Entry) -> bool {
    let Some(position) = asking.position else { return false };
    let place = |stage: &Stage| life_cycle.stages.iter().position(|one| one.name == stage.name);
    let own = asking.at_hand.is_some_and(|row| row.own);
    let by = match entry.by {
        EntryBy::Score => {
            let peace = position.no_score_until.is_some_and(|until| until > asking.timeline.now);
            (own || !position.awaits_own) && !peace
        }
        EntryBy::Hand | EntryBy::Person | EntryBy::Profile | EntryBy::Association => true,
        EntryBy::Feedback => false,
    };
    // Whom people hold, and who is in the box, leaves by an entry that says so.
    let forward = !current.held && !current.recycle && place(current) < place(stage);
    by && from_names(life_cycle, entry, current).unwrap_or(forward)
}

/// Time alone can make it hold.
fn by_time(entry: &Entry) -> bool {
    entry.by != EntryBy::Feedback && !entry.when.needs_touchpoint() && entry.when.turns_by_time(true)
}

/// Every condition that a stage rests on.
pub(crate) fn conditions(stage: &Stage) -> impl Iterator<Item = &Condition> {
    let entries = stage.entries.iter().map(|entry| &entry.when);
    entries.chain(stage.exits.iter().map(|exit| &exit.when))
}
