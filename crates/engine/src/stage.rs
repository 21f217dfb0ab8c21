//! Moves: one per input or due timer, in the order feedback, exclusion, timers and exits, then the furthest entry that
//! holds.

mod moving;
mod timers;

pub(crate) use moving::carry_out;
pub(crate) use timers::{moving, next_move, next_timer, turn, turns};

use crate::aggregate::{Aggregate, Move, MovedBy, Position};
use crate::condition::{Asked, AtHand, CRM, STAGE_SET};
use crate::question::Question;
use crate::rests::Rests;
use crate::version::{Version, VersionIx, Versions};
use moving::reach_milestone;
use playbook::model::{AttributeOf, ENDED, Entry, EntryBy, Exit, LifeCycle};
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
        if life_cycle.of != AttributeOf::Contact || !timers::is_open(aggregate, version, ix, now) {
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
