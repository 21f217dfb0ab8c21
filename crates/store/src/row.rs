//! What the domain says about its rows.

/// One row of a partition, cached decoded.
///
/// The bytes carry a format version of the domain's own (the store adds none), so that an older binary can say
/// [`RowError::Newer`] instead of misreading.
pub trait Row: Sized {
    /// Appends the row's bytes to `out`. The same row gives the same bytes.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads a row back. `key` tells the table (its first byte).
    ///
    /// # Errors
    /// [`RowError`] when the bytes are not such a row, or were written by a newer format.
    fn decode(key: &[u8], bytes: &[u8]) -> Result<Self, RowError>;

    /// When this row wants to be visited, in milliseconds of the domain's clock: it is then found by
    /// [`PartitionStore::due`](crate::PartitionStore::due) until it says otherwise.
    fn due(&self) -> Option<i64> {
        None
    }
}

/// Why bytes are not a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// Written by a newer binary.
    #[error("row format {found} is newer than this binary's {known}: run the newer binary, or go back with its help")]
    Newer {
        /// The version the bytes name.
        found: u32,
        /// The newest version this binary reads.
        known: u32,
    },
    /// Not such a row; says what was expected, without the row's content.
    #[error("malformed row: {0}")]
    Malformed(String),
}
