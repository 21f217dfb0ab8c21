//! Hashes that rows and events keep: the same in every replay and on every machine.

use serde::Serialize;
use sha2::{Digest, Sha256};
use touchpoint::EventId;

/// Of what was said last, to tell whether it has changed: FNV-1a (Fowler, Noll, Vo), 64 bits, over the value's bytes in a row.
pub(crate) fn content_hash(said: &impl Serialize) -> u64 {
    // Writing to memory fails only for types that postcard cannot hold: none here.
    let bytes = postcard::to_stdvec(said).unwrap_or_default();
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The first 128 bits of SHA-256 over the parts, one after the other.
pub(crate) fn id_of(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    let digest = hash.finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    id
}

/// Of subject, topic and sequence: the same event has the same id in every replay.
pub(crate) fn event_id_of(subject: &[u8; 16], topic: &[u8], sequence: u64) -> EventId {
    EventId(id_of(&[subject, topic, &sequence.to_be_bytes()]))
}
