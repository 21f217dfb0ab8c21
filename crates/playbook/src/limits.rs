//! How large a playbook may be, each with its why. A mistake that names one of these says its number.

pub use notation::limits::{DEPTH_MAX, MISTAKES_MAX, NAME_BYTES_MAX, NODES_MAX};

/// Files of one playbook: a directory that people still overlook.
pub const FILES_MAX: usize = 64;
/// All files together, in bytes.
pub const TOTAL_BYTES_MAX: usize = 640 << 10;
/// A bundle: one Kafka message, whose default limit is 1 MiB; leaves room for the escapes of JSON and for headers.
pub const BUNDLE_BYTES_MAX: usize = 1_000_000;
/// Every rule that can match is asked for every touchpoint.
pub const RULES_MAX: usize = 1_000;
/// Every score is read whenever one changes.
pub const SCORES_MAX: usize = 200;
/// Stages of one life cycle: a path that people can follow.
pub const STAGES_MAX: usize = 100;
/// Patterns of one rule or condition, parts of one condition: a list that people still read.
pub const PARTS_MAX: usize = 100;
/// Behaviours: each that occurred is kept per contact.
pub const BEHAVIOURS_MAX: usize = 200;
/// Readings: each is asked after every touchpoint that a behaviour looks at.
pub const READINGS_MAX: usize = 50;
/// Segments: each is asked after every touchpoint.
pub const SEGMENTS_MAX: usize = 200;
/// Programmes: each is asked of every contact that does something.
pub const PROGRAMMES_MAX: usize = 200;
/// Hand-offs: each is asked of every contact that does something.
pub const HANDOFFS_MAX: usize = 50;
/// Members of one team: each is looked at for every hand-off that it takes.
pub const MEMBERS_MAX: usize = 500;
/// Messages in a time: each is kept per contact.
pub const SENT_MAX: u16 = 50;
/// A burst, and what stands before it: each such touchpoint has all that is so near looked at once more.
pub const BURST_MILLIS_MAX: i64 = 60 * 60_000;
/// Bursts: each is asked of every touchpoint.
pub const BURSTS_MAX: usize = 20;
/// Occurrences or days that a condition counts: each is kept per contact.
pub const TIMES_MAX: u16 = 50;
/// Behaviours in order.
pub const STEPS_MAX: usize = 10;
/// Holidays of one list: a century of them.
pub const HOLIDAYS_MAX: usize = 2_000;
/// Entries of any other section (pages, content, reasons, ...): an index is 16 bits wide.
pub const ENTRIES_MAX: usize = 20_000;
/// Points of one rule, thresholds, caps: beyond it a typing error. A score that is not bounded by its ceiling
/// saturates at some four million points.
pub const POINTS_MAX: i64 = 100_000;
/// Durations: ten years.
pub const DAYS_MAX: i64 = 3_650;
/// Gaps of the content map in one report, which are advice: the first ones are worked on first.
pub const GAPS_MAX: usize = 30;

/// Shortest half-life of a score: consideration does not fade in minutes, and epochs are numbered in 32 bits.
pub const HALF_LIFE_MIN_MILLIS: i64 = 3_600_000;
