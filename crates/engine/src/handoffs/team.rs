//! A team's home: who of the team takes what. Urgent ones go first, then the best; each goes to the member who has been
//! given the fewest that day, of equals to the one whose turn is longest ago. Turns are recorded, never recomputed.

use super::{Rank, TeamWork};
use crate::hash::id_of;
use crate::input::{Effect, Input};
use crate::rows::{self, Row, Rows};
use crate::version::Versions;
use jiff::civil;
use playbook::model::Team;
use serde::{Deserialize, Serialize};
use touchpoint::{EventId, SubjectId, TeamId, Text, Timestamp};

/// One row a team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRow {
    pub name: Text,
    /// Hand-offs given so far.
    pub given: u64,
    pub turns: Vec<Turn>,
    /// When the next of those who wait can be given to somebody.
    pub due: Option<Timestamp>,
}

/// What a member was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    pub member: Text,
    /// The business day that `today` counts: days since 1970-01-01.
    pub day: i32,
    pub today: u32,
    /// The number of the last one, by [`TeamRow::given`].
    pub last: u64,
}

/// A hand-off that waits for a member of the team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub handoff: EventId,
    pub desk: SubjectId,
    /// Which assignment of the hand-off it is.
    pub round: u32,
    pub team: Text,
    pub rank: Rank,
    pub asked_at: Timestamp,
    /// Not before: more urgent ones may come.
    pub gathers_until: Timestamp,
    pub is_beyond_capacity: bool,
    /// Who is not to take it.
    pub without: Vec<Text>,
    /// The desk's time.
    pub told_at: Timestamp,
}

/// A team's answer to a desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    pub handoff: EventId,
    pub round: u32,
    /// `None`: there is no such team any more.
    pub member: Option<Text>,
    /// The team's time.
    pub told_at: Timestamp,
}

/// The home of a team: the same in every version that has a team of this name.
pub fn team_id(name: &str) -> TeamId {
    TeamId(id_of(&[b"team\0", name.as_bytes()]))
}

/// Takes a desk's wish in.
///
/// # Errors
/// When the store fails.
pub(crate) fn hear<R: Rows>(
    rows: &mut R,
    versions: &Versions,
    team: TeamId,
    work: TeamWork,
    now: Timestamp,
    out: &mut Vec<Effect>,
) -> Result<(), R::Error> {
    let mut now = now;
    match work {
        TeamWork::Find(waiting) => {
            // A team that the desk knows is one, whichever partition's time runs ahead.
            now = now.max(waiting.told_at);
            let mut row = load(rows, team)?;
            row.name.clone_from(&waiting.team);
            rows.put(rows::team_key(team), Row::Team(Box::new(row)));
            rows.put(rows::waiting_key(team, &waiting), Row::Waiting(waiting));
        }
        TeamWork::Leave { handoff, round } => {
            let left = rows.scan(&rows::waiting_prefix(team))?.into_iter().find(|(_, row)| match row {
                Row::Waiting(waiting) => waiting.handoff == handoff && waiting.round <= round,
                _ => false,
            });
            if let Some((key, _)) = left {
                rows.delete(&key);
            }
        }
    }
    give(rows, versions, team, now, out)
}

/// Gives what can be given, and notes when to go on.
///
/// # Errors
/// When the store fails.
pub(crate) fn give<R: Rows>(
    rows: &mut R,
    versions: &Versions,
    team: TeamId,
    now: Timestamp,
    out: &mut Vec<Effect>,
) -> Result<(), R::Error> {
    let mut row = load(rows, team)?;
    row.due = None;
    let version = versions.at(now).map(|(_, version)| version);
    let said = version.and_then(|version| version.model.teams.iter().find(|have| have.name == row.name));
    let today = version.map(|version| version.model.business_day(now));
    for (key, waiting) in rows.scan(&rows::waiting_prefix(team))? {
        let Row::Waiting(waiting) = waiting else { continue };
        let Some((day, next_day)) = today else {
            // As soon as there is a playbook.
            sooner(&mut row, Timestamp::MIN);
            continue;
        };
        let given = match said {
            None => None,
            Some(_) if now < waiting.gathers_until => {
                sooner(&mut row, waiting.gathers_until);
                continue;
            }
            Some(team) => match row.next(team, day, &waiting) {
                Some(member) => Some(member),
                None => {
                    sooner(&mut row, next_day);
                    continue;
                }
            },
        };
        rows.delete(&key);
        let answer = Given { handoff: waiting.handoff, round: waiting.round, member: given, told_at: now };
        out.push(Effect::Send(waiting.desk, Box::new(Input::Given(answer))));
    }
    rows.put(rows::team_key(team), Row::Team(Box::new(row)));
    Ok(())
}

fn sooner(row: &mut TeamRow, moment: Timestamp) {
    row.due = row.due.into_iter().chain([moment]).min();
}

impl TeamRow {
    /// The member whose turn it is; `None` where all have what they can take that day.
    fn next(&mut self, team: &Team, day: civil::Date, waiting: &Waiting) -> Option<Text> {
        let day = touchpoint::Date::from_civil(day).as_days();
        let today = |member: &Text| self.turn(member).filter(|turn| turn.day == day).map_or(0, |turn| turn.today);
        let is_left = |member: &&Text| !waiting.without.contains(member);
        // Where nobody else is there, those who had it earlier have it again.
        let others = team.members.iter().any(|member| is_left(&member));
        let last = waiting.without.last().filter(|_| team.members.len() > 1);
        let free = team.members.iter().filter(|member| if others { is_left(member) } else { Some(*member) != last });
        let has_room = |member: &&Text| {
            waiting.is_beyond_capacity || team.capacity.is_none_or(|capacity| today(member) < capacity)
        };
        let order = |member: &&Text| (today(member), self.turn(member).map_or(0, |turn| turn.last));
        let next = free.filter(has_room).min_by_key(order)?.clone();
        let count = today(&next) + 1;
        self.given += 1;
        self.turns.retain(|turn| turn.member != next && team.members.contains(&turn.member));
        self.turns.push(Turn { member: next.clone(), day, today: count, last: self.given });
        Some(next)
    }

    fn turn(&self, member: &Text) -> Option<&Turn> {
        self.turns.iter().find(|turn| turn.member == *member)
    }
}

fn load<R: Rows>(rows: &mut R, team: TeamId) -> Result<TeamRow, R::Error> {
    Ok(match rows.get(&rows::team_key(team))? {
        Some(Row::Team(row)) => row.as_ref().clone(),
        _ => TeamRow::default(),
    })
}
