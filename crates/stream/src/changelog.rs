//! The changelog's position marker: one record per partition and transaction, under one key, so that compaction keeps
//! the newest. It carries the input offset up to which the rows before it hold the truth: the position of record.

use store::META_TABLE;

/// Key of the marker. Rows have other first bytes.
pub(crate) const MARKER_KEY: [u8; 1] = [META_TABLE];

const VERSION: u8 = 1;

/// The marker's value.
pub(crate) fn encode_marker(input: i64) -> [u8; 9] {
    let mut value = [VERSION; 9];
    value[1..].copy_from_slice(&input.to_be_bytes());
    value
}

/// The input offset; the version where it is another; none where it is no marker.
pub(crate) fn decode_marker(value: &[u8]) -> Option<Result<i64, u8>> {
    let (version, input) = value.split_first()?;
    if *version != VERSION {
        return Some(Err(*version));
    }
    Some(Ok(i64::from_be_bytes(input.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_comes_back_and_a_foreign_one_is_told() {
        assert_eq!(decode_marker(&encode_marker(42)), Some(Ok(42)));
        assert_eq!(decode_marker(&[2, 0, 0]), Some(Err(2)));
        assert_eq!(decode_marker(&[1, 0]), None);
        assert_eq!(decode_marker(&[]), None);
    }
}
