//! What touchpoints say of a company itself: name, numbers, attributes. The account keeps these touchpoints, as a contact
//! keeps its ledger, so that one may come late, be replaced, taken back or recalled; the facts are what they say together,
//! read in order.
//!
//! One in order costs one reading. A ledger that has grown too long forgets its older half: what that said stays, as the
//! ground that the rest is read on, and what is earlier comes too late.

use crate::account::{self, AccountRow};
use crate::aggregate::{FACTS_KEPT_MAX, is_kept};
use crate::input::{Counted, Effect};
use crate::ledger::{LedgerRow, Place};
use crate::rows::{self, Row, Rows};
use serde::{Deserialize, Serialize};
use touchpoint::output::AttributeState;
use touchpoint::{AccountId, Delivered, IdentifierKey, Replaced, Text, Timestamp};

/// Touchpoints of one account that are kept at most.
pub const TOLD_ROWS_MAX: u32 = 1_000;
/// Their bytes at most.
pub const TOLD_BYTES_MAX: u64 = 4 << 20;

/// What touchpoints said of the company; the latest counts. Of each kind at most [`FACTS_KEPT_MAX`] are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    pub name: Option<Text>,
    pub corporate_number: Option<Text>,
    pub domains: Vec<Text>,
    pub external_ids: Vec<Text>,
    pub units: Vec<Text>,
    pub attributes: Vec<(Text, AttributeState)>,
}

/// The touchpoints about one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub rows: u32,
    pub bytes: u64,
    /// The last one in order, or one after it that is gone.
    pub last: Option<Place>,
    pub forgotten: Option<Box<Forgotten>>,
}

/// What the forgotten ones said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// The last of them.
    pub until: Place,
    pub facts: AccountFacts,
}

/// Keeps a touchpoint about the account, in place of its former version, and reads what it says.
///
/// # Errors
/// When the store fails.
pub fn learn<R: Rows>(
    rows: &mut R,
    account: AccountId,
    delivered: Delivered,
    out: &mut Vec<Effect>,
) -> Result<bool, R::Error> {
    let former = delivered.replaces.as_ref().map(|replaced| Place::of(replaced.occurred_at, &replaced.input));
    let row = LedgerRow::from(delivered);
    let (place, rank) = (row.place(), row.touchpoint.rank());
    let key = rows::account_touchpoint_key(account, &place);
    let have = rank_at(rows, &key)?;
    if let Some(have) = have.filter(|have| *have >= rank) {
        out.push(Effect::Counted(if have == rank { Counted::Duplicate } else { Counted::Superseded }));
        return Ok(false);
    }
    let mut kept = account::load(rows, account)?;
    if kept.told.forgotten.as_ref().is_some_and(|forgotten| place <= forgotten.until) {
        out.push(Effect::Counted(Counted::BeyondHorizon));
        return Ok(false);
    }
    let mut in_order = have.is_none() && kept.told.last.as_ref().is_none_or(|last| *last < place);
    if let Some(former) = former.map(|former| rows::account_touchpoint_key(account, &former))
        && rank_at(rows, &former)?.is_some_and(|have| have < rank)
    {
        remove(rows, &mut kept.told, &former)?;
        in_order = false;
    }
    remove(rows, &mut kept.told, &key)?;
    kept.told.rows += 1;
    kept.told.bytes += rows::encoded_len(&row) as u64;
    kept.told.last = kept.told.last.take().max(Some(place));
    if in_order {
        kept.facts.learn(&row);
    }
    rows.put(key, Row::AccountTouchpoint(Box::new(row)));
    if kept.told.rows > TOLD_ROWS_MAX || kept.told.bytes > TOLD_BYTES_MAX {
        forget(rows, account, &mut kept)?;
    }
    match in_order {
        true => rows.put(rows::account_key(account), Row::Account(Box::new(kept))),
        false => read_again(rows, account, kept)?,
    }
    Ok(true)
}

/// The rank of the touchpoint under a key, if there is one.
fn rank_at<R: Rows>(rows: &mut R, key: &[u8]) -> Result<Option<(Option<i64>, u64)>, R::Error> {
    Ok(match rows.get(key)? {
        Some(Row::AccountTouchpoint(row)) => Some(row.touchpoint.rank()),
        _ => None,
    })
}

/// Removes the touchpoint under a key, if there is one.
fn remove<R: Rows>(rows: &mut R, told: &mut Told, key: &[u8]) -> Result<(), R::Error> {
    if let Some(Row::AccountTouchpoint(row)) = rows.get(key)? {
        told.rows -= 1;
        told.bytes -= rows::encoded_len(row) as u64;
        rows.delete(key);
    }
    Ok(())
}

/// Takes a touchpoint about the account back.
///
/// # Errors
/// When the store fails.
pub fn withdraw<R: Rows>(
    rows: &mut R,
    account: AccountId,
    via: IdentifierKey,
    replaced: &Replaced,
    out: &mut Vec<Effect>,
) -> Result<bool, R::Error> {
    let place = Place::of(replaced.occurred_at, &replaced.input);
    let key = rows::account_touchpoint_key(account, &place);
    let taken_back = match rows.get(&key)? {
        Some(Row::AccountTouchpoint(row)) => row.is_taken_back_by(via, replaced),
        _ => false,
    };
    if !taken_back {
        out.push(Effect::Counted(Counted::NothingToWithdraw));
        return Ok(false);
    }
    let mut kept = account::load(rows, account)?;
    remove(rows, &mut kept.told, &key)?;
    read_again(rows, account, kept)?;
    Ok(true)
}

/// Gives the touchpoints that came by an identifier back to its owner.
///
/// # Errors
/// When the store fails.
pub fn recall<R: Rows>(
    rows: &mut R,
    account: AccountId,
    via: IdentifierKey,
    from: Timestamp,
    until: Timestamp,
    out: &mut Vec<Effect>,
) -> Result<bool, R::Error> {
    let mut kept = account::load(rows, account)?;
    let before = kept.told.rows;
    for (key, row) in rows.scan(&rows::account_touchpoint_prefix(account))? {
        let Row::AccountTouchpoint(row) = row else { continue };
        if row.is_recalled_by(via, from, until) {
            remove(rows, &mut kept.told, &key)?;
            out.push(Effect::Return(Box::new(row.into_delivered())));
        }
    }
    let changed = kept.told.rows < before;
    if changed {
        read_again(rows, account, kept)?;
    }
    Ok(changed)
}

/// Reads the facts of all that is kept.
fn read_again<R: Rows>(rows: &mut R, account: AccountId, mut kept: AccountRow) -> Result<(), R::Error> {
    kept.facts = kept.told.forgotten.as_ref().map(|forgotten| forgotten.facts.clone()).unwrap_or_default();
    for (_, row) in rows.scan(&rows::account_touchpoint_prefix(account))? {
        if let Row::AccountTouchpoint(row) = row {
            kept.facts.learn(&row);
        }
    }
    rows.put(rows::account_key(account), Row::Account(Box::new(kept)));
    Ok(())
}

/// Forgets the older ones, until half of what may be kept is left.
fn forget<R: Rows>(rows: &mut R, account: AccountId, kept: &mut AccountRow) -> Result<(), R::Error> {
    let mut facts = kept.told.forgotten.take().map(|forgotten| forgotten.facts).unwrap_or_default();
    let mut until = None;
    for (key, row) in rows.scan(&rows::account_touchpoint_prefix(account))? {
        if kept.told.rows <= TOLD_ROWS_MAX / 2 && kept.told.bytes <= TOLD_BYTES_MAX / 2 {
            break;
        }
        if let Row::AccountTouchpoint(row) = row {
            facts.learn(&row);
            until = Some(row.place());
            remove(rows, &mut kept.told, &key)?;
        }
    }
    kept.told.forgotten = until.map(|until| Box::new(Forgotten { until, facts }));
    Ok(())
}

impl AccountFacts {
    fn learn(&mut self, row: &LedgerRow) {
        let touchpoint = &row.touchpoint;
        if let Some(told) = &touchpoint.account {
            add(&mut self.external_ids, told.ids.iter());
            add(&mut self.domains, told.domain.iter());
            add(&mut self.units, told.unit.iter());
            self.name = told.name.clone().or_else(|| self.name.take());
            self.corporate_number = told.corporate_number.clone().or_else(|| self.corporate_number.take());
        }
        let Some(changes) = &touchpoint.attributes else { return };
        for (name, value) in &changes.account {
            let place = self.attributes.binary_search_by(|(have, _)| have.cmp(name));
            if value.as_ref().is_some_and(|value| !is_kept(value, self.attributes.len(), place.is_err())) {
                continue;
            }
            let state = value.clone().map(|value| AttributeState {
                value,
                source: Some(touchpoint.input.source.clone()),
                since: Some(touchpoint.occurred_at),
            });
            match (place, state) {
                (Ok(at), Some(state)) => self.attributes[at].1 = state,
                (Ok(at), None) => drop(self.attributes.remove(at)),
                (Err(at), Some(state)) => self.attributes.insert(at, (name.clone(), state)),
                (Err(_), None) => {}
            }
        }
    }
}

fn add<'a>(to: &mut Vec<Text>, these: impl Iterator<Item = &'a Text>) {
    for text in these {
        if to.len() < FACTS_KEPT_MAX && !to.contains(text) {
            to.push(text.clone());
        }
    }
}
