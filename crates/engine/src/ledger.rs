//! The ledger's rows: whole touchpoints in the order of (occurred_at, source, id), because the next playbook will need
//! a property that today's ignores.

use serde::{Deserialize, Serialize};
use touchpoint::{AccountId, Delivered, IdentifierKey, InputId, Replaced, Timestamp, Touchpoint};

/// One touchpoint where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRow {
    pub touchpoint: Touchpoint,
    /// The identifier that brought it; recalled by it.
    pub via: IdentifierKey,
    pub known: bool,
    pub account: Option<AccountId>,
    /// When we got to know of it.
    pub arrived_at: Timestamp,
    /// A machine's, since it is one of a burst; a function of the rows around it ([`crate::bursts`]).
    pub in_burst: bool,
}

impl LedgerRow {
    pub fn place(&self) -> Place {
        Place::of(self.touchpoint.occurred_at, &self.touchpoint.input)
    }

    /// True when a withdrawal is about this row: a row that came by another identifier, or of a later version, is what
    /// the input has become since.
    pub(crate) fn is_taken_back_by(&self, via: IdentifierKey, replaced: &Replaced) -> bool {
        self.via == via && self.touchpoint.version.is_none_or(|version| version <= replaced.version)
    }

    /// True when the identifier that brought it recalls what it brought in this time; `until` the end of time is included.
    pub(crate) fn is_recalled_by(&self, via: IdentifierKey, from: Timestamp, until: Timestamp) -> bool {
        let at = self.touchpoint.occurred_at;
        self.via == via && from <= at && (at < until || until == Timestamp::MAX)
    }

    /// As it goes back to its owner.
    pub fn into_delivered(self) -> Delivered {
        let Self { touchpoint, via, known, account, arrived_at, in_burst: _ } = self;
        Delivered { touchpoint, via, known, account, arrived_at, replaces: None }
    }
}

impl From<Delivered> for LedgerRow {
    fn from(delivered: Delivered) -> Self {
        let Delivered { touchpoint, via, known, account, arrived_at, replaces: _ } = delivered;
        Self { touchpoint, via, known, account, arrived_at, in_burst: false }
    }
}

/// A row's place in its ledger, as bytes that sort like (occurred_at, source, id): 8 bytes of time with the sign bit
/// turned, the source, a zero byte, the id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Place(Box<[u8]>);

impl Place {
    pub fn of(occurred_at: Timestamp, input: &InputId) -> Self {
        let mut bytes = Vec::with_capacity(9 + input.source.len() + input.id.len());
        bytes.extend_from_slice(&sortable(occurred_at));
        bytes.extend_from_slice(input.source.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(input.id.as_bytes());
        Self(bytes.into())
    }

    /// The time that stands in it.
    pub fn occurred_at(&self) -> Timestamp {
        let time = self.0.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        Timestamp::from_millis((time ^ (1 << 63)) as i64)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Milliseconds whose bytes sort as the times do.
pub(crate) fn sortable(at: Timestamp) -> [u8; 8] {
    ((at.as_millis() as u64) ^ (1 << 63)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use touchpoint::Text;

    proptest! {
        #[test]
        fn places_sort_as_time_then_source_then_id(
            a in (any::<i64>(), "[a-c]{0,3}", "[a-c]{0,3}"), b in (any::<i64>(), "[a-c]{0,3}", "[a-c]{0,3}"), same_time: bool,
        ) {
            let b = if same_time { (a.0, b.1, b.2) } else { b };
            let place = |(t, s, i): &(i64, String, String)| {
                Place::of(Timestamp::from_millis(*t), &InputId { source: Text::new(s), id: Text::new(i) })
            };
            prop_assert_eq!(place(&a).cmp(&place(&b)), a.cmp(&b));
        }
    }
}
