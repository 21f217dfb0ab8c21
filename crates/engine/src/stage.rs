//! Moves: one per input or due timer, in the order feedback, exclusion, timers and exits, then the furthest entry that
//! holds.

use crate::aggregate::{Aggregate, Move, MovedBy, Position, Reached};
use crate::condition::{Asked, AtHand, CRM};
use crate::version::{Version, VersionIx, Versions};
use playbook::model::{Entry, EntryBy, Exit, LifeCycle, Stage};
use touchpoint::{Text, Timestamp, Value};

/// Where a move goes and what it rests on.
struct Decision {
    to: usize,
    by: MovedBy,
    reason: Option<Text>,
}

/// Why it is looked whether somebody moves.
#[derive(Clone, Copy)]
pub(crate) enum Occasion<'a> {
    Touchpoint(AtHand<'a>),
    /// A touchpoint that counts for nothing.
    Machine,
    /// Time has come. `changed`: a behaviour occurred by it, or a reading began or ended, so that a stage may open too.
    Time {
        changed: bool,
    },
}

impl<'a> Occasion<'a> {
    pub(crate) fn of(at_hand: Option<AtHand<'a>>) -> Self {
        at_hand.map_or(Self::Machine, Self::Touchpoint)
    }
}

/// Tries to move the contact in every life cycle.
pub(crate) fn try_move(
    aggregate: &mut Aggregate,
    versions: &Versions,
    in_force: (VersionIx, &Version),
    now: Timestamp,
    occasion: Occasion<'_>,
) {
    let (_, version) = in_force;
    let (at_hand, entries) = match occasion {
        Occasion::Touchpoint(at_hand) => (Some(at_hand), true),
        Occasion::Machine => (None, false),
        Occasion::Time { changed } => (None, changed),
    };
    for life_cycle in &version.model.life_cycles {
        let at = position_of(aggregate, life_cycle, now, at_hand);
        let position = &aggregate.positions[at];
        let asked = Asked { position: Some(position), at_hand, ..Asked::of(versions, in_force, aggregate) };
        let here = stage_of(life_cycle, position);
        let by_word = at_hand.and_then(|at_hand| word_of_people(&asked, life_cycle, here, at_hand, now));
        // A record may say both that sales accepts and that it is a competitor: the latter counts. Only who sets a
        // stage by hand knows better.
        let (by_hand, by_word) = match by_word {
            Some(word) if word.by == MovedBy::Manual => (Some(word), None),
            word => (None, word),
        };
        let decision = by_hand
            .or_else(|| exclusion(&asked, life_cycle, here, now))
            .or(by_word)
            .or_else(|| exit(&asked, position, life_cycle, here, now))
            .or_else(|| if entries { furthest_entry(&asked, position, life_cycle, here, now) } else { None });
        let position = &mut aggregate.positions[at];
        if at_hand.is_some_and(|at_hand| at_hand.own) {
            position.awaits_own_touchpoint = false;
        }
        let Some(decision) = decision else { continue };
        let to = &life_cycle.stages[decision.to];
        let by_people = matches!(decision.by, MovedBy::Feedback | MovedBy::Manual);
        let judged = matches!(decision.by, MovedBy::Hand | MovedBy::Person);
        note_waits(position, version, to, &decision, now, at_hand);
        if to.name != position.stage {
            enter(position, life_cycle, here, decision, now, at_hand);
        }
        position.awaits_own_touchpoint |= by_people;
        if judged {
            aggregate.facts.last_mark_at = Some(now);
        }
    }
}

/// When time alone will move the contact next; `None`: never. Nobody is moved to where they stand.
pub(crate) fn next_timer(
    aggregate: &Aggregate,
    versions: &Versions,
    in_force: (VersionIx, &Version),
    from: Timestamp,
) -> Option<Timestamp> {
    let due = in_force.1.model.life_cycles.iter().filter_map(|life_cycle| {
        let position = aggregate.positions.iter().find(|have| have.life_cycle == life_cycle.name)?;
        let stage = &life_cycle.stages[stage_of(life_cycle, position)];
        let asked = Asked { position: Some(position), ..Asked::of(versions, in_force, aggregate) };
        let exits = stage.exits.iter().filter(|exit| leads_away(life_cycle, position, exit));
        exits.filter_map(|exit| asked.moment(&exit.when, from)).min()
    });
    due.min()
}

/// Where the position stands in this version of the playbook; who stands at a stage that it does not have is where
/// everybody starts.
pub(crate) fn stage_of(life_cycle: &LifeCycle, position: &Position) -> usize {
    life_cycle.stages.iter().position(|stage| stage.name == position.stage).unwrap_or(0)
}

fn leads_away(life_cycle: &LifeCycle, position: &Position, exit: &Exit) -> bool {
    life_cycle.stages[usize::from(exit.to.0)].name != position.stage
}

fn position_of(
    aggregate: &mut Aggregate,
    life_cycle: &LifeCycle,
    now: Timestamp,
    at_hand: Option<AtHand<'_>>,
) -> usize {
    if let Some(at) = aggregate.positions.iter().position(|have| have.life_cycle == life_cycle.name) {
        return at;
    }
    let mut position = Position {
        life_cycle: life_cycle.name.clone(),
        stage: life_cycle.stages[0].name.clone(),
        since: now,
        awaits_own_touchpoint: false,
        no_score_entry_until: None,
        hold_until: None,
        return_at: None,
        recycled_at: None,
        recycled_for: None,
        milestones: Vec::new(),
        recycle_count: 0,
        last_move: None,
    };
    reach_milestone(&mut position, &life_cycle.stages[0], now);
    position.last_move = Some(Box::new(Move {
        at: now,
        from: None,
        by: MovedBy::Birth,
        skipped: Vec::new(),
        reason: None,
        actor: None,
        campaign: at_hand.and_then(|at_hand| at_hand.touchpoint.campaign.clone()),
    }));
    aggregate.positions.push(position);
    aggregate.positions.len() - 1
}

/// What sales, success or a person by hand said: it sets the stage outright, from every stage but an excluded one (or
/// from those that the entry names).
fn word_of_people(
    asked: &Asked<'_>,
    life_cycle: &LifeCycle,
    here: usize,
    at_hand: AtHand<'_>,
    now: Timestamp,
) -> Option<Decision> {
    let touchpoint = at_hand.touchpoint;
    if touchpoint.kind == "stage_set" && touchpoint.channel == CRM {
        let cycle = touchpoint.properties.get("life_cycle").and_then(Value::as_text).unwrap_or(&life_cycle.name);
        let stage = touchpoint.properties.get("stage").and_then(Value::as_text)?;
        let to = life_cycle.stages.iter().position(|have| have.name == stage)?;
        return (cycle == life_cycle.name).then(|| Decision {
            to,
            by: MovedBy::Manual,
            reason: touchpoint.reason.clone(),
        });
    }
    if life_cycle.stages[here].out {
        return None;
    }
    let says = |entry: &Entry| {
        let from_here = entry.from.as_ref().is_none_or(|from| from.iter().any(|from| usize::from(from.0) == here));
        entry.by == EntryBy::Feedback && from_here && asked.holds(&entry.when, now)
    };
    let to = life_cycle.stages.iter().rposition(|stage| stage.entries.iter().any(says))?;
    // Who rejects or loses with a reason goes where the reason says; the reason may also leave the stage as it is.
    // Reasons name stages of the first life cycle; in another one there is just its recycle box.
    let reasoned = life_cycle.stages[to].recycle
        && asked.version.model.life_cycles.first().is_some_and(|first| first.name == life_cycle.name);
    let to = match touchpoint.reason.as_ref().and_then(|code| asked.version.model.reason(code)).filter(|_| reasoned) {
        Some(reason) => reason.to.map_or(here, |to| usize::from(to.0)),
        None => to,
    };
    Some(Decision { to, by: MovedBy::Feedback, reason: touchpoint.reason.clone() })
}

/// An out stage whose entry holds takes the contact from anywhere.
fn exclusion(asked: &Asked<'_>, life_cycle: &LifeCycle, here: usize, now: Timestamp) -> Option<Decision> {
    if life_cycle.stages[here].out {
        return None;
    }
    let to = life_cycle.stages.iter().position(|stage| {
        stage.out && stage.entries.iter().any(|entry| entry.by != EntryBy::Feedback && asked.holds(&entry.when, now))
    })?;
    Some(Decision { to, by: MovedBy::Profile, reason: None })
}

fn exit(
    asked: &Asked<'_>,
    position: &Position,
    life_cycle: &LifeCycle,
    here: usize,
    now: Timestamp,
) -> Option<Decision> {
    let mut exits = life_cycle.stages[here].exits.iter().filter(|exit| leads_away(life_cycle, position, exit));
    let exit = exits.find(|exit| asked.holds(&exit.when, now))?;
    let by = if asked.at_hand.is_some() { MovedBy::Exit } else { MovedBy::Timer };
    Some(Decision { to: usize::from(exit.to.0), by, reason: exit.reason.clone() })
}

fn furthest_entry(
    asked: &Asked<'_>,
    position: &Position,
    life_cycle: &LifeCycle,
    here: usize,
    now: Timestamp,
) -> Option<Decision> {
    let stage = &life_cycle.stages[here];
    if stage.out {
        return None;
    }
    for to in (0..life_cycle.stages.len()).rev() {
        let candidate = &life_cycle.stages[to];
        if to == here || candidate.out {
            continue;
        }
        let open = |entry: &&Entry| {
            may_try(asked, position, life_cycle, here, to, entry, now) && asked.holds(&entry.when, now)
        };
        if let Some(entry) = candidate.entries.iter().find(open) {
            let by = match entry.by {
                EntryBy::Score => MovedBy::Score,
                EntryBy::Hand => MovedBy::Hand,
                EntryBy::Person => MovedBy::Person,
                EntryBy::Profile => MovedBy::Profile,
                EntryBy::Feedback => MovedBy::Feedback,
            };
            return Some(Decision { to, by, reason: None });
        }
    }
    None
}

fn may_try(
    asked: &Asked<'_>,
    position: &Position,
    life_cycle: &LifeCycle,
    here: usize,
    to: usize,
    entry: &Entry,
    now: Timestamp,
) -> bool {
    let own = asked.at_hand.is_some_and(|at_hand| at_hand.own);
    let waits = position.awaits_own_touchpoint && !own;
    let peace = position.no_score_entry_until.is_some_and(|until| until > now);
    counts_from(life_cycle, here, to, entry)
        && entry.by != EntryBy::Feedback
        && (entry.by != EntryBy::Score || !waits && !peace)
}

/// Does an entry of the stage `to` count for who stands `here`?
pub(crate) fn counts_from(life_cycle: &LifeCycle, here: usize, to: usize, entry: &Entry) -> bool {
    let stage = &life_cycle.stages[here];
    match &entry.from {
        Some(from) => from.iter().any(|from| usize::from(from.0) == here),
        // The word of people counts from everywhere.
        None if entry.by == EntryBy::Feedback => true,
        // Forward from an ordinary stage; a held one and the recycle box are left by those that name them.
        None => to > here && !stage.held && !stage.recycle,
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
    // A reason that leaves the stage as it is (a duplicate, a deal that runs) leaves its dates as they are, too.
    if decision.by == MovedBy::Feedback && reason.is_some_and(|reason| reason.to.is_none()) && to.name == position.stage
    {
        if let Some(wait) = reason.and_then(|reason| reason.no_score_entry_for) {
            position.no_score_entry_until = Some(now.plus_millis(wait));
        }
        return;
    }
    let held = said.is_some_and(|said| said.kind == "held");
    position.hold_until =
        if held { until.or_else(|| to.hold.map(|hold| version.model.after(now, hold))) } else { None };
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

/// Midnight of a day in the playbook's zone.
pub(crate) fn start_of(version: &Version, day: touchpoint::Date) -> Timestamp {
    let midnight = day.to_civil().to_zoned(version.model.zone.clone());
    midnight.map_or_else(
        |_| Timestamp::from_millis(i64::from(day.as_days()) * 86_400_000),
        |midnight| Timestamp::from_jiff(midnight.timestamp()),
    )
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
    position.last_move = Some(Box::new(Move {
        at: now,
        from: Some(position.stage.clone()),
        by: decision.by,
        skipped,
        reason: decision.reason,
        actor: at_hand.and_then(|at_hand| at_hand.touchpoint.actor.as_deref().cloned()),
        campaign: at_hand.and_then(|at_hand| at_hand.touchpoint.campaign.clone()),
    }));
    position.stage = to.name.clone();
    position.since = now;
    if to.recycle {
        position.recycle_count += 1;
    }
    // Who falls back to a stage has not reached it once more; who comes back from the box has.
    if decision.to > here || life_cycle.stages[here].recycle {
        reach_milestone(position, to, now);
    }
}

fn reach_milestone(position: &mut Position, stage: &Stage, now: Timestamp) {
    let Some(name) = &stage.milestone else { return };
    match position.milestones.iter_mut().find(|have| have.name == *name) {
        Some(reached) => reached.count += 1,
        None => position.milestones.push(Reached { name: name.clone(), first_at: now, count: 1 }),
    }
}
