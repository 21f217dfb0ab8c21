//! What an account tells its contacts of itself: attributes, stages, colleagues by segment. A signal is a touchpoint in the
//! contact's ledger, so that it is recorded when it was told and read by every fold alike.

use crate::account::{self, AccountRow, MemberRow};
use crate::aggregate::{Facts, Signal};
use crate::handoffs::told;
use crate::hash;
use crate::input::Effect;
use crate::ledger::LedgerRow;
use crate::rows::{self, Row, Rows};
use crate::version::{NameKey, Version};
use playbook::model::Milli;
use std::collections::BTreeSet;
use touchpoint::limits::OWN_SOURCE;
use touchpoint::{
    AccountId, AttributeChanges, ContactId, Delivered, IdentifierKey, Text, Timestamp, Touchpoint, Value,
};

const KIND: &str = "account_signal";
const CHANNEL: &str = "profile";

/// Is this row a signal?
pub(crate) fn is_one(row: &LedgerRow) -> bool {
    row.touchpoint.kind == KIND && row.touchpoint.input.source == OWN_SOURCE
}

/// Does this row come from us: a signal, or what a desk tells? Such rows make nobody exist, and nobody has them back.
pub(crate) fn is_ours(row: &LedgerRow) -> bool {
    is_one(row) || told::is_one(row)
}

/// What one contact of the account is told: the same for all of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    attributes: Vec<(Text, Value)>,
    stages: Vec<(Text, Text)>,
    colleagues: Vec<(NameKey, u32)>,
}

/// What the account has to tell the contacts of a unit.
pub(crate) fn told(version: &Version, row: &AccountRow, unit: Option<&Text>) -> Told {
    let attributes = version.account_attributes().iter();
    let attributes = attributes.filter_map(|name| Some((name.clone(), row.attribute(name)?.clone())));
    let stages = row.positions.iter().map(|position| (position.life_cycle.clone(), position.stage.clone()));
    // One more than is asked for: who asks may be one of them.
    let counts = version.signalled().iter().map(|(key, most)| (*key, row.counted(unit, *key).min(most + 1)));
    Told {
        attributes: attributes.collect(),
        stages: stages.collect(),
        colleagues: counts.filter(|(_, count)| *count > 0).collect(),
    }
}

impl Told {
    /// True when there is nothing to tell.
    pub(crate) fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.stages.is_empty() && self.colleagues.is_empty()
    }

    /// A hash of what is told.
    pub(crate) fn content_hash(&self) -> u64 {
        hash::content_hash(&(&self.attributes, &self.stages, &self.colleagues))
    }

    /// As it goes to a contact's home.
    pub(crate) fn deliver(
        self,
        account: AccountId,
        points: Option<Milli>,
        (sequence, number): (u64, u64),
        now: Timestamp,
    ) -> Delivered {
        // Of two that are told in one millisecond the later one counts: ids are read in the order of their letters.
        let id = format!("{account}:{number:020}");
        let mut touchpoint = Touchpoint::new(OWN_SOURCE, id, now, CHANNEL, KIND);
        let attributes = self.attributes.into_iter().map(|(name, value)| (name, Some(value)));
        touchpoint.attributes = Some(Box::new(AttributeChanges { contact: Vec::new(), account: attributes.collect() }));
        let properties = &mut touchpoint.properties;
        properties.set("account", Value::text(account.to_string()));
        properties.set("sequence", Value::text(sequence.to_string()));
        if let Some(points) = points {
            properties.set("points_milli", Value::text(points.to_string()));
        }
        let stages = self.stages.into_iter().map(|(life_cycle, stage)| Text::new(format!("{life_cycle}={stage}")));
        properties.set("stages", Value::List(stages.collect()));
        let colleagues = self.colleagues.into_iter().map(|(key, count)| Text::new(format!("{key}={count}")));
        properties.set("colleagues", Value::List(colleagues.collect()));
        let via = IdentifierKey(account.0);
        Delivered { touchpoint, via, known: false, account: None, arrived_at: now, replaces: None }
    }
}

/// Reads a signal back; `None` when it is none of ours.
pub(crate) fn read(touchpoint: &Touchpoint) -> Option<Box<Signal>> {
    let text = |name: &str| touchpoint.properties.get(name).and_then(Value::as_text);
    let list = |name: &str| match touchpoint.properties.get(name) {
        Some(Value::List(texts)) => texts.as_slice(),
        _ => &[],
    };
    let stages = list("stages").iter().filter_map(|text| text.split_once('='));
    let colleagues = list("colleagues").iter().filter_map(|text| text.split_once('='));
    Some(Box::new(Signal {
        account: text("account")?.parse().ok()?,
        sequence: text("sequence")?.parse().ok()?,
        points: text("points_milli").and_then(|points| points.parse().ok()),
        stages: stages.map(|(life_cycle, stage)| (Text::new(life_cycle), Text::new(stage))).collect(),
        colleagues: colleagues.filter_map(|(key, count)| Some((key.parse().ok()?, count.parse().ok()?))).collect(),
    }))
}

/// The signal of the account that the contact belongs to now.
pub(crate) fn current(facts: &Facts) -> Option<&Signal> {
    facts.signal.as_deref().filter(|signal| Some(signal.account) == facts.account)
}

/// Others of the contact's unit in a segment.
pub(crate) fn colleagues(facts: &Facts, segment: NameKey, is_in: bool) -> u32 {
    let counted = current(facts).and_then(|signal| signal.colleagues.iter().find(|(key, _)| *key == segment));
    counted.map_or(0, |(_, count)| count.saturating_sub(u32::from(is_in)))
}

/// The account's stage in a life cycle.
pub(crate) fn stage<'a>(facts: &'a Facts, life_cycle: &str) -> Option<&'a Text> {
    current(facts)?.stages.iter().find(|(have, _)| have == life_cycle).map(|(_, stage)| stage)
}

/// Members that hear of a change in one transaction; the others with the next ticks.
const SENT_AT_ONCE_MAX: usize = 500;

/// Tells the account's contacts what has changed, and its new ones everything.
///
/// # Errors
/// When the store fails.
pub(crate) fn send<R: Rows>(
    rows: &mut R,
    version: &Version,
    account: AccountId,
    now: Timestamp,
    out: &mut Vec<Effect>,
) -> Result<(), R::Error> {
    let mut row = account::load(rows, account)?;
    let content = content_hash(version, &row);
    if content != row.signalled {
        row.signalled = content;
        row.signalling = Some(ContactId([0; 16]));
    } else if row.signalling.is_none() && row.newcomers.is_empty() {
        return Ok(());
    }
    for contact in std::mem::take(&mut row.newcomers) {
        let key = rows::member_key(account, contact);
        if let Some(Row::Member(member)) = rows.get_mut(&key)? {
            tell(version, account, &mut row, member, now, out);
        }
    }
    if let Some(after) = row.signalling.take() {
        let mut sent = 0;
        for (key, member) in rows.scan(&rows::member_prefix(account))? {
            let Row::Member(mut member) = member else { continue };
            if member.summary.contact < after {
                continue;
            }
            if sent == SENT_AT_ONCE_MAX {
                row.signalling = Some(member.summary.contact);
                row.due = Some(now);
                break;
            }
            if tell(version, account, &mut row, &mut member, now, out) {
                sent += 1;
                rows.put(key, Row::Member(member));
            }
        }
    }
    rows.put(rows::account_key(account), Row::Account(Box::new(row)));
    Ok(())
}

/// Of what is told to anybody.
fn content_hash(version: &Version, row: &AccountRow) -> u64 {
    let units: BTreeSet<Option<&Text>> =
        row.segments.iter().map(|((unit, _), _)| unit.as_ref()).chain([None]).collect();
    units.into_iter().fold(0, |hash, unit| hash.rotate_left(5) ^ told(version, row, unit).content_hash())
}

/// True when the member had to be told something.
fn tell(
    version: &Version,
    account: AccountId,
    row: &mut AccountRow,
    member: &mut MemberRow,
    now: Timestamp,
    out: &mut Vec<Effect>,
) -> bool {
    let told = told(version, row, member.summary.unit.as_ref());
    let hash = told.content_hash();
    if !member.summary.member || member.signalled == hash || (member.signalled == 0 && told.is_empty()) {
        return false;
    }
    member.signalled = hash;
    row.signals += 1;
    let points = version.model.account_score.map(|_| row.sums.read(now).max(0));
    let delivered = told.deliver(account, points, (row.sequence, row.signals), now);
    out.push(Effect::Signal(member.summary.contact, Box::new(delivered)));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_in_one_millisecond_the_later_one_is_read_last() {
        let told = Told { attributes: Vec::new(), stages: Vec::new(), colleagues: Vec::new() };
        let place = |number| {
            let delivered = told.clone().deliver(AccountId([1; 16]), None, (1, number), Timestamp::from_millis(1));
            LedgerRow::from(delivered).place()
        };
        assert!(place(9) < place(10));
        assert!(place(99) < place(100));
    }
}
