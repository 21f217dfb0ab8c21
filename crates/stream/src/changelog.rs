//! The changelog's position marker: one record per partition and transaction, under one key, so that compaction keeps
//! the newest. It carries the place in the input up to which the rows before it hold the truth: the position of record.

use store::{InputPosition, META_TABLE, TopicId};

/// Key of the marker. Rows have other first bytes.
pub(crate) const MARKER_KEY: [u8; 1] = [META_TABLE];

const VERSION: u8 = 2;

/// The marker's value: version, the input topic's id, offset.
pub(crate) fn encode_marker(input: InputPosition) -> [u8; 25] {
    let mut value = [VERSION; 25];
    value[1..17].copy_from_slice(&input.topic.0.to_be_bytes());
    value[17..].copy_from_slice(&input.offset.to_be_bytes());
    value
}

/// The place in the input; the version where it is another; none where it is no marker.
pub(crate) fn decode_marker(value: &[u8]) -> Option<Result<InputPosition, u8>> {
    let (version, input) = value.split_first()?;
    if *version != VERSION {
        return Some(Err(*version));
    }
    let (topic, offset) = input.split_at_checked(16)?;
    let topic = TopicId(u128::from_be_bytes(topic.try_into().ok()?));
    Some(Ok(InputPosition { topic, offset: i64::from_be_bytes(offset.try_into().ok()?) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_comes_back_and_a_foreign_one_is_told() {
        let input = InputPosition { topic: TopicId(u128::MAX - 7), offset: 42 };
        assert_eq!(decode_marker(&encode_marker(input)), Some(Ok(input)));
        assert_eq!(decode_marker(&[3, 0, 0]), Some(Err(3)));
        assert_eq!(decode_marker(&[2, 0]), None);
        assert_eq!(decode_marker(&[]), None);
    }
}
