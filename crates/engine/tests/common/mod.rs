//! A small playbook with tight caps, limits and exits, so that conflicts are common, and inputs for it.

#![allow(dead_code)] // each test file uses its part

pub(crate) mod bursts;
pub(crate) mod checks;
pub(crate) mod explained;
pub(crate) mod groups;
pub(crate) mod handed;
pub(crate) mod handoff_checks;
pub(crate) mod history;
pub(crate) mod ops;
pub(crate) mod sequences;
pub(crate) mod small;

use touchpoint::{AccountId, ContactId, IdentifierKey, Timestamp};

/// 2026-04-01 00:00 in Tokyo.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_774_969_200_000);
pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// So many half hours after the start: coarse, so that inputs and timers often meet in one millisecond.
pub(crate) fn at(half_hours: i64) -> Timestamp {
    START.plus_millis(half_hours * HOUR / 2)
}

pub(crate) fn contact(n: u8) -> ContactId {
    // The first bytes spread the contacts over the slices of the sweep.
    let mut id = [n.wrapping_mul(67); 16];
    id[15] = n;
    ContactId(id)
}

pub(crate) fn account(n: u8) -> AccountId {
    AccountId([0xa0 + n; 16])
}

pub(crate) fn via(n: u8) -> IdentifierKey {
    IdentifierKey([n; 16])
}
