//! Moves: one per input or due timer, in the order feedback, exclusion, timers and exits, then the furthest entry that
//! holds.

use crate::aggregate::{Aggregate, Move, MovedBy, Position, Reached};
use crate::condition::{Asked, AtHand, CRM, STAGE_SET};
use crate::dates::start_of;
use crate::outlook::Asker;
use crate::question::Question;
use crate::rests::Rests;
use crate::turns::Turn;
use crate::version::{Version, VersionIx, Versions};
use playbook::model::{AttributeOf, ENDED, Entry, EntryBy, Exit, LifeCycle, Stage};
use touchpoint::{Text, Timestamp, Value};

/// Where a move goes and what it rests on.
pub(crate) struct Decision {
    to: usize,
    pub(crate) by: MovedBy,
    reason: Option<Text>,
}

/// Why it is looked whether somebody moves.
#[derive(Clone, Copy)]
pub(crate) enum Occasion<'a> {
    Touchpoint(AtHand<'a>),
    /// A touchpoint that counts for nothing.
    Machine,
    /// Time has come. `changed`: a behaviour occurred by it, or a reading or segment began or ended, so that a stage may
    /// open too.
    Time {
        changed: bool,
    },
}

impl<'a> Occasion<'a> {
    pub(crate) fn of(at_hand: Option<AtHand<'a>>) -> Self {
        at_hand.map_or(Self::Machine, Self::Touchpoint)
    }

    /// Is every entry looked at?
    pub(crate) const fn looks_at_all(self) -> bool {
        matches!(self, Self::Touchpoint(_) | Self::Time { changed: true })
    }

    /// Something that stages rest on has changed by time, too.
    pub(crate) fn with_change(self, more: bool) -> Self {
        match self {
            Self::Time { changed } => Self::Time { changed: changed || more },
            other => other,
        }
    }
}

/// Which entries are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    All,
    /// Those that time alone opens.
    Timed,
    Nothing,
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
    let (at_hand, mut look) = match occasion {
        Occasion::Touchpoint(at_hand) => (Some(at_hand), Look::All),
        Occasion::Machine => (None, Look::Nothing),
        Occasion::Time { changed: true } => (None, Look::All),
        Occasion::Time { changed: false } => (None, Look::Timed),
    };
    for ix in 0..version.model.life_cycles.len() {
        let life_cycle = &version.model.life_cycles[ix];
        if life_cycle.of != AttributeOf::Contact || !is_open(aggregate, version, ix, now) {
            continue;
        }
        let Some((at, begun)) = take_part(aggregate, versions, in_force, life_cycle, now, occasion) else { continue };
        // What moves somebody in one life cycle is a change for those after it.
        if begun {
            aggregate.outlook.changed(Rests::STAGE);
            look = if look == Look::Timed { Look::All } else { look };
        }
        let position = &aggregate.positions[at];
        let asked = Asked { position: Some(position), at_hand, ..Asked::of(versions, in_force, aggregate) };
        let here = stage_of(life_cycle, position);
        let decision = decide(&asked, position, (ix, here), look, now);
        let position = &mut aggregate.positions[at];
        if at_hand.is_some_and(|at_hand| at_hand.own) && position.awaits_own_touchpoint {
            position.awaits_own_touchpoint = false;
            aggregate.outlook.changed(Rests::STAGE);
        }
        let Some(decision) = decision else { continue };
        let position = &mut aggregate.positions[at];
        let judged = matches!(decision.by, MovedBy::Hand | MovedBy::Person);
        if carry_out(position, version, life_cycle, here, decision, now, at_hand) && look == Look::Timed {
            look = Look::All;
        }
        // Also where they stay: the waits may be others.
        aggregate.outlook.changed(Rests::STAGE);
        if judged {
            aggregate.facts.last_mark_at = Some(now);
            aggregate.outlook.changed(Rests::MARK);
        }
    }
}

/// May somebody move? Who waits for a touchpoint of their own, or for the end of a wait, may whenever that comes.
fn is_open(aggregate: &Aggregate, version: &Version, ix: usize, now: Timestamp) -> bool {
    let life_cycle = &version.model.life_cycles[ix];
    let waits = aggregate.position(&life_cycle.name).is_some_and(Position::waits);
    waits
        || version.askers.asks_for_none(ix)
        || aggregate.outlook.is_open(version, Asker::LifeCycle(ix), rests(aggregate, version, ix), now)
}

/// What moves somebody from where they stand in a life cycle.
pub(crate) fn rests(aggregate: &Aggregate, version: &Version, ix: usize) -> Rests {
    let life_cycle = &version.model.life_cycles[ix];
    let standing = aggregate.position(&life_cycle.name).filter(|position| position.stage != ENDED);
    version.askers.life_cycle(ix, standing.map(|position| stage_of(life_cycle, position)))
}

/// Where somebody goes from here, if anywhere.
pub(crate) fn decide(
    asked: &impl Question,
    position: &Position,
    (ix, here): (usize, usize),
    look: Look,
    now: Timestamp,
) -> Option<Decision> {
    let life_cycle = &asked.version().model.life_cycles[ix];
    let by_word = asked.at_hand().and_then(|at_hand| word_of_people(asked, life_cycle, here, at_hand, now));
    // A record may say both that sales accepts and that it is a competitor: the latter counts. Only who sets a
    // stage by hand knows better.
    let (by_hand, by_word) = match by_word {
        Some(word) if word.by == MovedBy::Manual => (Some(word), None),
        word => (None, word),
    };
    by_hand
        .or_else(|| exclusion(asked, life_cycle, here, now))
        .or(by_word)
        .or_else(|| exit(asked, position, life_cycle, here, now))
        .or_else(|| furthest_entry(asked, position, (ix, here), look, now))
}

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
    let touchpoint = at_hand.map(|at_hand| at_hand.touchpoint);
    moved.at = now;
    moved.by = decision.by;
    moved.reason = decision.reason;
    moved.actor = touchpoint.and_then(|touchpoint| touchpoint.actor.as_deref().cloned());
    moved.campaign = touchpoint.and_then(|touchpoint| touchpoint.campaign.clone());
    reach_milestone(position, stage, now);
}

/// A reason that leaves the stage as it is (a duplicate, a deal that runs) leaves its dates as they are, too.
fn leaves_as_it_is(position: &Position, version: &Version, to: &Stage, decision: &Decision) -> bool {
    let reason = decision.reason.as_ref().and_then(|code| version.model.reason(code));
    decision.by == MovedBy::Feedback && reason.is_some_and(|reason| reason.to.is_none()) && to.name == position.stage
}

/// When time alone will move the contact next; `None`: never. Nobody is moved to where they stand.
pub(crate) fn next_timer(
    aggregate: &Aggregate,
    versions: &Versions,
    in_force: (VersionIx, &Version),
    from: Timestamp,
) -> Option<Timestamp> {
    let (_, version) = in_force;
    let mut due: Option<Timestamp> = None;
    let mut sooner = |moment: Option<Timestamp>| due = due.into_iter().chain(moment).min();
    let asked = Asked::of(versions, in_force, aggregate);
    (0..version.model.life_cycles.len()).for_each(|ix| sooner(turn(&asked, ix, from)));
    due
}

/// When time alone will move the contact in this life cycle.
pub(crate) fn turn(asked: &Asked<'_>, ix: usize, from: Timestamp) -> Option<Timestamp> {
    let life_cycle = &asked.version.model.life_cycles[ix];
    if life_cycle.of != AttributeOf::Contact {
        return None;
    }
    let standing = asked.aggregate.position(&life_cycle.name).filter(|position| position.stage != ENDED);
    let asked = Asked { position: standing, ..*asked };
    let lasts = life_cycle.lasts_while.as_ref().and_then(|lasts| asked.first(lasts, standing.is_none(), from));
    let moves = standing.and_then(|position| next_move(&asked, position, ix, from));
    lasts.into_iter().chain(moves).min()
}

/// The same, or a moment before it.
pub(crate) fn turns(asked: &Asked<'_>, ix: usize, now: Timestamp) -> Turn {
    let life_cycle = &asked.version.model.life_cycles[ix];
    if life_cycle.of != AttributeOf::Contact {
        return Turn::NEVER;
    }
    let standing = asked.aggregate.position(&life_cycle.name).filter(|position| position.stage != ENDED);
    let asked = Asked { position: standing, ..*asked };
    let lasts = life_cycle.lasts_while.iter().map(|lasts| asked.answer(lasts, now).comes(standing.is_none(), now));
    let mut turns = lasts.min().unwrap_or(Turn::NEVER);
    let Some(position) = standing else { return turns };
    let here = stage_of(life_cycle, position);
    let mut sooner = |turn: Turn| turns = turns.or(turn);
    let exits = life_cycle.stages[here].exits.iter().filter(|exit| leads_away(life_cycle, position, exit));
    exits.for_each(|exit| sooner(asked.answer(&exit.when, now).comes(true, now)));
    if !life_cycle.stages[here].out {
        for (to, entry) in asked.version.timed_entries(ix).iter().filter(|(to, _)| *to != here) {
            let (candidate, entry) = (&life_cycle.stages[*to], &life_cycle.stages[*to].entries[*entry]);
            // One that holds begins anew after it has ended.
            if candidate.out || counts_from(life_cycle, here, *to, entry) {
                sooner(Turn { is_exact: false, ..asked.answer(&entry.when, now).turns });
            }
        }
    }
    turns
}

/// When time alone will move somebody next from where they stand.
pub(crate) fn next_move(asked: &impl Question, position: &Position, ix: usize, from: Timestamp) -> Option<Timestamp> {
    let life_cycle = &asked.version().model.life_cycles[ix];
    let here = stage_of(life_cycle, position);
    let exits = life_cycle.stages[here].exits.iter().filter(|exit| leads_away(life_cycle, position, exit));
    let ends = exits.filter_map(|exit| asked.moment(&exit.when, from)).min();
    let timed = asked.version().timed_entries(ix).iter().filter(|(to, _)| *to != here);
    let opens = timed.filter_map(|(to, entry)| {
        let (candidate, entry) = (&life_cycle.stages[*to], &life_cycle.stages[*to].entries[*entry]);
        // One that holds already was looked at, and is not open for another reason: it begins anew, if it does.
        let ends = if asked.holds(&entry.when, from) { asked.first(&entry.when, false, from)? } else { from };
        let moment = asked.moment(&entry.when, ends)?;
        let may = candidate.out || may_try(asked, position, life_cycle, here, *to, entry, moment);
        (may && !life_cycle.stages[here].out).then_some(moment)
    });
    ends.into_iter().chain(opens).min()
}

/// The contact's place in a life cycle, which begins or ends for them now if it is not everybody's; and whether it has just
/// begun. `None`: they are not in it.
fn take_part(
    aggregate: &mut Aggregate,
    versions: &Versions,
    in_force: (VersionIx, &Version),
    life_cycle: &LifeCycle,
    now: Timestamp,
    occasion: Occasion<'_>,
) -> Option<(usize, bool)> {
    let at = aggregate.positions.iter().position(|have| have.life_cycle == life_cycle.name);
    let standing = at.filter(|at| aggregate.positions[*at].stage != ENDED);
    let asked =
        Asked { position: standing.map(|at| &aggregate.positions[at]), ..Asked::of(versions, in_force, aggregate) };
    let lasts = life_cycle.lasts_while.as_ref().is_none_or(|lasts_while| asked.holds(lasts_while, now));
    match (lasts, standing) {
        (true, Some(at)) => Some((at, false)),
        (true, None) => Some((begin(&mut aggregate.positions, at, life_cycle, now, occasion), true)),
        (false, Some(at)) => {
            end(&mut aggregate.positions[at], now, occasion);
            aggregate.outlook.changed(Rests::STAGE);
            None
        }
        (false, None) => None,
    }
}

/// Somebody is in a life cycle no more.
pub(crate) fn end(position: &mut Position, now: Timestamp, occasion: Occasion<'_>) {
    let by = if matches!(occasion, Occasion::Time { .. }) { MovedBy::Timer } else { MovedBy::Exit };
    let from = std::mem::replace(&mut position.stage, Text::const_new(ENDED));
    position.since = now;
    position.last_move = Some(Box::new(Move { from: Some(from), by, ..Move::birth(now) }));
}

/// Where the position stands in this version of the playbook; who stands at a stage that it does not have is where
/// everybody starts.
pub(crate) fn stage_of(life_cycle: &LifeCycle, position: &Position) -> usize {
    life_cycle.stages.iter().position(|stage| stage.name == position.stage).unwrap_or(0)
}

fn leads_away(life_cycle: &LifeCycle, position: &Position, exit: &Exit) -> bool {
    life_cycle.stages[usize::from(exit.to.0)].name != position.stage
}

/// The first stage of a life cycle; who comes back to it keeps the milestones.
pub(crate) fn begin(
    positions: &mut Vec<Position>,
    at: Option<usize>,
    life_cycle: &LifeCycle,
    now: Timestamp,
    occasion: Occasion<'_>,
) -> usize {
    let first = &life_cycle.stages[0];
    let at = at.unwrap_or_else(|| {
        positions.push(Position::first(life_cycle, now));
        positions.len() - 1
    });
    let position = &mut positions[at];
    let (by, campaign) = match occasion {
        Occasion::Time { .. } => (MovedBy::Timer, None),
        _ if life_cycle.lasts_while.is_some() => (MovedBy::Score, None),
        Occasion::Touchpoint(at_hand) => (MovedBy::Birth, at_hand.touchpoint.campaign.clone()),
        Occasion::Machine => (MovedBy::Birth, None),
    };
    *position = Position {
        milestones: std::mem::take(&mut position.milestones),
        recycle_count: position.recycle_count,
        ..Position::first(life_cycle, now)
    };
    position.last_move = Some(Box::new(Move { by, campaign, ..Move::birth(now) }));
    reach_milestone(position, first, now);
    at
}

impl Move {
    /// Into the first stage, by the first touchpoint.
    pub(crate) fn birth(at: Timestamp) -> Self {
        Self { at, from: None, by: MovedBy::Birth, skipped: Vec::new(), reason: None, actor: None, campaign: None }
    }
}

impl Position {
    /// Does something beside conditions keep entries shut?
    pub(crate) const fn waits(&self) -> bool {
        self.awaits_own_touchpoint || self.no_score_entry_until.is_some()
    }

    fn first(life_cycle: &LifeCycle, now: Timestamp) -> Self {
        Self {
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
        }
    }
}

/// What sales, success or a person by hand said: it sets the stage outright, from every stage but an excluded one (or
/// from those that the entry names).
fn word_of_people(
    asked: &impl Question,
    life_cycle: &LifeCycle,
    here: usize,
    at_hand: AtHand<'_>,
    now: Timestamp,
) -> Option<Decision> {
    let touchpoint = at_hand.touchpoint;
    if touchpoint.kind == STAGE_SET && touchpoint.channel == CRM {
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
    let says = |entry: &Entry| entry.by == EntryBy::Feedback && names(entry, here) && asked.holds(&entry.when, now);
    let to = life_cycle.stages.iter().rposition(|stage| stage.entries.iter().any(says))?;
    // Who rejects or loses with a reason goes where the reason says; the reason may also leave the stage as it is.
    // Reasons name stages of the first life cycle; in another one there is just its recycle box.
    let reasoned = life_cycle.stages[to].recycle
        && asked.version().model.life_cycles.first().is_some_and(|first| first.name == life_cycle.name);
    let to = match touchpoint.reason.as_ref().and_then(|code| asked.version().model.reason(code)).filter(|_| reasoned) {
        Some(reason) => reason.to.map_or(here, |to| usize::from(to.0)),
        None => to,
    };
    Some(Decision { to, by: MovedBy::Feedback, reason: touchpoint.reason.clone() })
}

/// The entry counts from this stage, as far as it says from where.
fn names(entry: &Entry, here: usize) -> bool {
    entry.from.as_ref().is_none_or(|from| from.iter().any(|from| usize::from(from.0) == here))
}

/// An out stage whose entry holds takes the contact from anywhere, unless the entry names from where.
fn exclusion(asked: &impl Question, life_cycle: &LifeCycle, here: usize, now: Timestamp) -> Option<Decision> {
    if life_cycle.stages[here].out {
        return None;
    }
    let opens = |entry: &Entry| entry.by != EntryBy::Feedback && names(entry, here) && asked.holds(&entry.when, now);
    let to = life_cycle.stages.iter().rposition(|stage| stage.out && stage.entries.iter().any(opens))?;
    Some(Decision { to, by: MovedBy::Profile, reason: None })
}

fn exit(
    asked: &impl Question,
    position: &Position,
    life_cycle: &LifeCycle,
    here: usize,
    now: Timestamp,
) -> Option<Decision> {
    let mut exits = life_cycle.stages[here].exits.iter().filter(|exit| leads_away(life_cycle, position, exit));
    let exit = exits.find(|exit| asked.holds(&exit.when, now))?;
    let by = if asked.at_hand().is_some() { MovedBy::Exit } else { MovedBy::Timer };
    Some(Decision { to: usize::from(exit.to.0), by, reason: exit.reason.clone() })
}

fn furthest_entry(
    asked: &impl Question,
    position: &Position,
    (ix, here): (usize, usize),
    look: Look,
    now: Timestamp,
) -> Option<Decision> {
    let life_cycle = &asked.version().model.life_cycles[ix];
    if life_cycle.stages[here].out || look == Look::Nothing {
        return None;
    }
    let timed = asked.version().timed_entries(ix);
    for to in (0..life_cycle.stages.len()).rev() {
        let candidate = &life_cycle.stages[to];
        if to == here || candidate.out {
            continue;
        }
        let open = |(at, entry): &(usize, &Entry)| {
            (look == Look::All || timed.contains(&(to, *at)))
                && may_try(asked, position, life_cycle, here, to, entry, now)
                && asked.holds(&entry.when, now)
        };
        if let Some((_, entry)) = candidate.entries.iter().enumerate().find(open) {
            let by = match entry.by {
                EntryBy::Score => MovedBy::Score,
                EntryBy::Hand => MovedBy::Hand,
                EntryBy::Person => MovedBy::Person,
                EntryBy::Profile => MovedBy::Profile,
                EntryBy::Association => MovedBy::Association,
                EntryBy::Feedback => MovedBy::Feedback,
            };
            return Some(Decision { to, by, reason: None });
        }
    }
    None
}

fn may_try(
    asked: &impl Question,
    position: &Position,
    life_cycle: &LifeCycle,
    here: usize,
    to: usize,
    entry: &Entry,
    now: Timestamp,
) -> bool {
    let own = asked.at_hand().is_some_and(|at_hand| at_hand.own);
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
        Some(_) => names(entry, here),
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
    let with_others = decision.by == MovedBy::Association;
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
    // Who falls back to a stage has not reached it once more; who comes back from the box has. What colleagues have reached
    // is theirs: one deal that was won is not won as often as the plant has people.
    if !with_others && (decision.to > here || life_cycle.stages[here].recycle) {
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
