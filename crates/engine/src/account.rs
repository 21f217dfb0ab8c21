//! The account: the contacts of one company together. Contacts send their whole part (a [`Summary`]) whenever it
//! changes; the account keeps the sum of the last ones, exact in any order, however many members there are.

use crate::account_facts::{AccountFacts, Told};
use crate::decay::Mixed;
use crate::input::Effect;
use crate::rows::{self, Row, Rows};
use crate::version::{Version, Versions};
use playbook::model::{AccountScore, Window};
use serde::{Deserialize, Serialize};
use touchpoint::output::{AccountState, PlaybookVersion, RoleCoverage, ScoreStanding};
use touchpoint::{AccountId, ContactId, Text, Timestamp};

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
    pub facts: AccountFacts,
    /// The touchpoints that the facts are read from.
    pub told: Told,
}

/// The last summary of one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRow {
    pub summary: Summary,
    /// The day under which it is counted as active.
    pub active_day: Option<i32>,
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
    if let Some(former) = former {
        row.members -= u32::from(former.summary.member);
        row.sums.unmerge(&former.summary.sums);
        count(&mut row.active_days, former.active_day.as_ref(), -1);
        count(&mut row.roles, former.summary.role.as_ref(), -1);
    }
    row.members += u32::from(summary.member);
    row.sums.merge(&summary.sums);
    count(&mut row.active_days, active_day.as_ref(), 1);
    count(&mut row.roles, summary.role.as_ref(), 1);
    // The row of one who left stays: its sequence keeps an older summary from coming back.
    rows.put(member_key, Row::Member(Box::new(MemberRow { summary, active_day })));
    rows.put(rows::account_key(account), Row::Account(Box::new(row)));
    Ok(true)
}

impl Summary {
    /// A hash of what it says, without its sequence: two alike need not both be sent. FNV-1a, 64 bits.
    pub(crate) fn content_hash(&self) -> u64 {
        let said = (self.member, self.known, &self.sums, self.last_active_at, &self.role);
        // Writing to memory fails only for types that postcard cannot hold: none here.
        let bytes = postcard::to_stdvec(&said).unwrap_or_default();
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
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
    Ok(())
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
        stages: Vec::new(),
        scores: scores.collect(),
        fit: None,
        milestones: Vec::new(),
        contact_count: row.members,
        active_contact_count: row.active_days.iter().filter(|(day, _)| today - day < ACTIVE_DAYS).map(|(_, n)| n).sum(),
        roles: row
            .roles
            .iter()
            .map(|(role, contacts)| RoleCoverage { role: role.clone(), contacts: *contacts })
            .collect(),
        tier: None,
        owner: None,
        segments: None,
        attributes: row.facts.attributes.clone(),
        playbook: PlaybookVersion {
            hash: version.model.hash.clone(),
            name: version.model.name.clone(),
            label: version.model.label.clone(),
        },
    }
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
