//! The account: the contacts of one company together. Contacts send their whole part (a [`Summary`]) whenever it
//! changes; the account keeps the sum of the last ones, exact in any order, however many members there are.

use crate::account_facts::{AccountFacts, Told};
use crate::aggregate::Position;
use crate::decay::Mixed;
use crate::hash::content_hash;
use crate::head::Announced;
use crate::input::Effect;
use crate::rows::{self, Row, Rows};
use crate::signal;
use crate::teller::{milestones, playbook_version};
use crate::tier;
use crate::version::{NameKey, Version, Versions};
use playbook::model::{AccountScore, ENDED, Window};
use serde::{Deserialize, Serialize};
use touchpoint::output::{AccountState, RoleCoverage, ScoreStanding, StageStanding};
use touchpoint::{AccountId, ContactId, Text, Timestamp, Value};

/// A contact's part in an account, whole; replaces the contact's former one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub contact: ContactId,
    /// The contact's summaries to anybody, counted: an older one does nothing.
    pub sequence: u64,
    /// The contact belongs to the account now. Who has left still adds what was earned there.
    pub member: bool,
    pub known: bool,
    /// Contributions, cut by the member's cap.
    pub sums: Mixed,
    pub last_active_at: Option<Timestamp>,
    /// `authority` as answered: `decision_maker`, `champion`, ...
    pub role: Option<Text>,
    pub unit: Option<Text>,
    /// The segments it is in, of those that accounts count; sorted.
    pub segments: Vec<NameKey>,
    /// What it heard of the company, of the attributes that anything rests on: sorted by name.
    pub attributes: Vec<Heard>,
}

/// An attribute of a company as one of its contacts heard it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    pub name: Text,
    pub value: Value,
    pub since: Timestamp,
}

/// One row an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    /// States published so far.
    pub sequence: u64,
    /// Something changed before there was a playbook and a tick to publish it by.
    pub waiting: bool,
    pub members: u32,
    pub sums: Mixed,
    /// Members by the day of their last own scoring touchpoint, ascending.
    pub active_days: Vec<(i32, u32)>,
    /// Known members by role, sorted.
    pub roles: Vec<(Text, u32)>,
    /// Members by unit and segment, sorted; of the segments that anything counts.
    pub segments: Vec<((Option<Text>, NameKey), u32)>,
    /// The latest that a member heard of each attribute, and which one; sorted by name.
    pub heard: Vec<(Heard, ContactId)>,
    pub facts: AccountFacts,
    /// The touchpoints that the facts are read from.
    pub told: Told,
    /// Where it stands, per life cycle of accounts.
    pub positions: Vec<Position>,
    /// What was announced of that; events told so far.
    pub announced: Vec<Announced>,
    pub transitions: u64,
    /// When time alone will move it next.
    pub due: Option<Timestamp>,
    /// Signals sent so far; a hash of what was told last; the last contact that it has reached, while it is being sent.
    pub signals: u64,
    pub signalled: u64,
    pub signalling: Option<ContactId>,
    /// Members that have not been told anything yet, here or in their unit.
    pub newcomers: Vec<ContactId>,
}

/// The last summary of one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRow {
    pub summary: Summary,
    /// The day under which it is counted as active.
    pub active_day: Option<i32>,
    /// Hash of the signal that it was sent last.
    pub signalled: u64,
}

/// Days without an own scoring touchpoint after which a member is not active.
const ACTIVE_DAYS: i32 = 30;

/// Takes a member's summary in.
///
/// # Errors
/// When the store fails.
pub fn summarise<R: Rows>(
    rows: &mut R,
    versions: &Versions,
    account: AccountId,
    summary: Summary,
) -> Result<bool, R::Error> {
    let member_key = rows::member_key(account, summary.contact);
    let former = match rows.get(&member_key)? {
        Some(Row::Member(former)) => Some(former.clone()),
        _ => None,
    };
    if former.as_ref().is_some_and(|former| former.summary.sequence >= summary.sequence) {
        return Ok(false);
    }
    let day = |at: Timestamp| versions.at(at).map(|(_, version)| version.model.window_key(Window::Day, at));
    let active_day = summary.last_active_at.and_then(day);
    let mut row = load(rows, account)?;
    let moved = former.as_ref().is_some_and(|former| former.summary.unit != summary.unit);
    // Who comes back is told anew what it may have missed.
    let signalled = former.as_ref().filter(|former| former.summary.member).map_or(0, |former| former.signalled);
    if let Some(former) = former {
        row.members -= u32::from(former.summary.member);
        row.sums.unmerge(&former.summary.sums);
        count(&mut row.active_days, former.active_day.as_ref(), -1);
        count(&mut row.roles, former.summary.role.as_ref(), -1);
        row.count_segments(&former.summary, -1);
    }
    row.members += u32::from(summary.member);
    row.sums.merge(&summary.sums);
    count(&mut row.active_days, active_day.as_ref(), 1);
    count(&mut row.roles, summary.role.as_ref(), 1);
    row.count_segments(&summary, 1);
    let contact = summary.contact;
    let missing = row.hear(&summary);
    // Who moves to another unit has other colleagues, though nothing else has changed.
    if summary.member && (signalled == 0 || moved) && !row.newcomers.contains(&contact) {
        row.newcomers.push(contact);
    }
    // The row of one who left stays: its sequence keeps an older summary from coming back.
    rows.put(member_key, Row::Member(Box::new(MemberRow { summary, active_day, signalled })));
    if missing {
        // What it heard was the latest, and it says so no more.
        row.heard.retain(|(_, by)| *by != contact);
        for (_, member) in rows.scan(&rows::member_prefix(account))? {
            if let Row::Member(member) = member {
                row.hear(&member.summary);
            }
        }
    }
    rows.put(rows::account_key(account), Row::Account(Box::new(row)));
    Ok(true)
}

impl AccountRow {
    fn count_segments(&mut self, summary: &Summary, by: i32) {
        for segment in &summary.segments {
            count(&mut self.segments, Some(&(summary.unit.clone(), *segment)), by);
        }
    }

    /// Takes in what a member heard of the company; true when something that it was the last to hear is not said any
    /// more, so that the others have to be asked.
    fn hear(&mut self, summary: &Summary) -> bool {
        let mine = |(heard, by): &(Heard, ContactId)| *by == summary.contact && !summary.attributes.contains(heard);
        if self.heard.iter().any(mine) {
            return true;
        }
        for new in &summary.attributes {
            match self.heard.binary_search_by(|(have, _)| have.name.cmp(&new.name)) {
                Ok(at) => {
                    let (have, by) = &self.heard[at];
                    // Of equals the smaller contact: the same in any order.
                    if (have.since, std::cmp::Reverse(*by)) < (new.since, std::cmp::Reverse(summary.contact)) {
                        self.heard[at] = (new.clone(), summary.contact);
                    }
                }
                Err(at) => self.heard.insert(at, (new.clone(), summary.contact)),
            }
        }
        false
    }

    /// An attribute of the company: the latest of what was said of it, and of what its contacts heard.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Value> {
        let said = self.facts.attributes.binary_search_by(|(have, _)| have.as_str().cmp(name)).ok();
        let said = said.map(|at| &self.facts.attributes[at].1);
        let heard = self.heard.binary_search_by(|(have, _)| have.name.as_str().cmp(name)).ok();
        let heard = heard.map(|at| &self.heard[at].0);
        match (said, heard) {
            (Some(said), Some(heard)) if said.since < Some(heard.since) => Some(&heard.value),
            (Some(said), _) => Some(&said.value),
            (None, heard) => heard.map(|heard| &heard.value),
        }
    }

    /// The name of its tier.
    pub(crate) fn tier_name(&self, version: &Version) -> Option<Text> {
        let tier = tier::tier_of(version, &|name| self.attribute(name))?;
        Some(version.model.tiers[usize::from(tier.0)].name.clone())
    }

    /// Members of a unit in a segment.
    pub(crate) fn counted(&self, unit: Option<&Text>, segment: NameKey) -> u32 {
        let of = |(have, key): &(Option<Text>, NameKey)| *key == segment && have.as_ref() == unit;
        self.segments.iter().filter(|(have, _)| of(have)).map(|(_, count)| count).sum()
    }

    /// Members of all units in a segment.
    pub(crate) fn counted_in_all(&self, segment: NameKey) -> u32 {
        self.segments.iter().filter(|((_, key), _)| *key == segment).map(|(_, count)| count).sum()
    }
}

impl Summary {
    /// A hash of what it says, without its sequence: two alike need not both be sent.
    pub(crate) fn content_hash(&self) -> u64 {
        let figures = (self.member, self.known, &self.sums, self.last_active_at);
        content_hash(&(figures, &self.role, &self.unit, &self.segments, &self.attributes))
    }
}

/// The account's state for its topic; counts as published.
///
/// # Errors
/// When the store fails.
pub fn publish<R: Rows>(
    rows: &mut R,
    versions: &Versions,
    account: AccountId,
    now: Timestamp,
    out: &mut Vec<Effect>,
) -> Result<(), R::Error> {
    let Some((_, version)) = versions.at(now) else { return Ok(()) };
    let Some(Row::Account(row)) = rows.get_mut(&rows::account_key(account))? else { return Ok(()) };
    row.sequence += 1;
    row.waiting = false;
    out.push(Effect::Account(account, Box::new(state(version, account, row, now))));
    signal::send(rows, version, account, now, out)
}

/// Keeps the account due until there is a playbook and a tick to publish it by.
///
/// # Errors
/// When the store fails.
pub fn wait<R: Rows>(rows: &mut R, account: AccountId) -> Result<(), R::Error> {
    if let Some(Row::Account(row)) = rows.get_mut(&rows::account_key(account))? {
        row.waiting = true;
    }
    Ok(())
}

fn state(version: &Version, account: AccountId, row: &AccountRow, now: Timestamp) -> AccountState {
    let today = version.model.window_key(Window::Day, now);
    let scores = version.model.account_score.iter().map(|AccountScore { .. }| ScoreStanding {
        name: Text::const_new("account"),
        points_milli: row.sums.read(now).max(0),
    });
    AccountState {
        account_id: account,
        sequence: row.sequence,
        recorded_at: now,
        merged_into: None,
        name: row.facts.name.clone(),
        corporate_number: row.facts.corporate_number.clone(),
        domains: row.facts.domains.clone(),
        external_ids: row.facts.external_ids.clone(),
        units: row.facts.units.clone(),
        stages: standing(row).map(standing_at).collect(),
        scores: scores.collect(),
        fit: None,
        milestones: standing(row).flat_map(milestones).collect(),
        contact_count: row.members,
        active_contact_count: row.active_days.iter().filter(|(day, _)| today - day < ACTIVE_DAYS).map(|(_, n)| n).sum(),
        roles: row
            .roles
            .iter()
            .map(|(role, contacts)| RoleCoverage { role: role.clone(), contacts: *contacts })
            .collect(),
        tier: row.tier_name(version),
        owner: None,
        segments: None,
        attributes: row.facts.attributes.clone(),
        playbook: playbook_version(version),
    }
}

/// Where the account stands.
fn standing(row: &AccountRow) -> impl Iterator<Item = &Position> {
    row.positions.iter().filter(|position| position.stage != ENDED)
}

fn standing_at(position: &Position) -> StageStanding {
    StageStanding { life_cycle: position.life_cycle.clone(), stage: position.stage.clone(), since: position.since }
}

pub(crate) fn load<R: Rows>(rows: &mut R, account: AccountId) -> Result<AccountRow, R::Error> {
    Ok(match rows.get(&rows::account_key(account))? {
        Some(Row::Account(row)) => row.as_ref().clone(),
        _ => AccountRow::default(),
    })
}

/// Adds to or takes from a sorted count; what is at zero goes.
fn count<K: Clone + Ord>(counts: &mut Vec<(K, u32)>, key: Option<&K>, by: i32) {
    let Some(key) = key else { return };
    match counts.binary_search_by(|(have, _)| have.cmp(key)) {
        Ok(at) => {
            counts[at].1 = counts[at].1.saturating_add_signed(by);
            if counts[at].1 == 0 {
                counts.remove(at);
            }
        }
        Err(at) if by > 0 => counts.insert(at, (key.clone(), by.unsigned_abs())),
        Err(_) => {}
    }
}
