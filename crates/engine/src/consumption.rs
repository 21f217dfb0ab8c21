//! Which content a contact has had: pieces that an own touchpoint was about, by name, so that every version of the playbook
//! knows them.

use crate::aggregate::Aggregate;
use crate::rests::Rests;
use crate::version::{NameKey, Version};
use playbook::model::AssetIx;
use serde::{Deserialize, Serialize};
use touchpoint::Timestamp;

/// A piece of content that the contact has had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumed {
    pub of: NameKey,
    pub last_at: Timestamp,
}

/// Pieces of content that a contact's state keeps: far more than anybody reads. Of more the one longest ago is forgotten,
/// and may be proposed again.
pub const CONSUMED_MAX: usize = 64;

/// Notes that an own touchpoint was about this content.
pub(crate) fn learn(aggregate: &mut Aggregate, version: &Version, asset: AssetIx, at: Timestamp) {
    let of = version.content.key(asset);
    let consumed = &mut aggregate.consumed;
    if let Ok(place) = consumed.binary_search_by_key(&of, |have| have.of) {
        consumed[place].last_at = at;
        return;
    }
    if consumed.len() >= CONSUMED_MAX {
        let oldest = consumed.iter().enumerate().min_by_key(|(_, have)| have.last_at);
        oldest.map(|(place, _)| place).map(|place| consumed.remove(place));
    }
    aggregate.outlook.changed(Rests::PROFILE);
    // A contact has few of them, and there are many contacts: room for more would cost memory.
    consumed.reserve_exact(1);
    let place = consumed.partition_point(|have| have.of < of);
    consumed.insert(place, Consumed { of, last_at: at });
}

/// Has the contact had this content?
pub(crate) fn has(aggregate: &Aggregate, of: NameKey) -> bool {
    aggregate.consumed.binary_search_by_key(&of, |have| have.of).is_ok()
}
