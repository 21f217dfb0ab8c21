//! A limit on everything that comes from outside, each with its why. Beyond one the element is rejected
//! ([`crate::RejectionCode::TooLarge`]), never cut.

/// A raw record. Kafka's own default for a message is 1 MiB; batches of webhooks stay below it.
pub const RAW_RECORD_BYTES_MAX: usize = 1 << 20;
/// Elements in one raw record: SendGrid posts up to about 1,000 events.
pub const RAW_ELEMENTS_MAX: usize = 10_000;
/// Nesting of a payload; real ones stay below 12. Bounds the decoder's stack.
pub const DEPTH_MAX: usize = 64;
/// `source`, `channel`, `kind`, property names: names that people type.
pub const NAME_BYTES_MAX: usize = 128;
/// An input's id; e-mail providers' are below 200.
pub const INPUT_ID_BYTES_MAX: usize = 512;
/// One identifier; an e-mail address ends at 254 bytes (RFC 5321).
pub const IDENTIFIER_BYTES_MAX: usize = 320;
/// Identifiers of one person in one touchpoint.
pub const IDENTIFIERS_MAX: usize = 32;
/// One text value: a URL with its query, a note.
pub const TEXT_BYTES_MAX: usize = 4096;
/// Entries of `properties`, `answers`, `attributes`, lists.
pub const ENTRIES_MAX: usize = 256;
/// A whole canonical touchpoint, encoded.
pub const TOUCHPOINT_BYTES_MAX: usize = 128 << 10;
/// The earliest credible time: 1990-01-01T00:00:00Z. Older ones are unset clocks.
pub const EARLIEST: crate::Timestamp = crate::Timestamp::from_millis(631_152_000_000);

/// Sources whose names begin so are our own: no record from outside may name one.
pub const RESERVED_SOURCE_PREFIX: char = '~';
/// What we tell ourselves, as an account its contacts. It sorts after what others say at the same moment.
pub const OWN_SOURCE: &str = "~demand-center";
