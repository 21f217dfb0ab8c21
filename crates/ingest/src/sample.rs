//! Samples: raw records of a source, with what becomes of each. Our own sources and a company's mapping files are tested by them.
//!
//! In a folder of the source's name stand `<case>.json` (or `.csv`, `.log`: the record as it comes), `<case>.expected.jsonl`
//! (the lines of `sources try`) and, where it matters, `<case>.meta.json` ([`SampleMeta`]).

use crate::registry::{Becomes, SourceInfo};
use crate::settings::Settings;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use touchpoint::{Outcome, Timestamp};

/// How the file of what is expected ends.
pub const EXPECTED: &str = ".expected.jsonl";
/// How the file of what Kafka and the settings say ends.
pub const META: &str = ".meta.json";

/// When a sample was received if nobody says it: later than anything that samples tell of.
const RECEIVED_AT: Timestamp = Timestamp::from_millis(4_102_444_800_000);

/// What Kafka and the settings say of a sample.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SampleMeta {
    /// The header `source`; else the folder's name.
    pub source: Option<String>,
    /// The channel of the raw topic; else the source's.
    pub channel: Option<String>,
    pub headers: BTreeMap<String, String>,
    /// RFC 3339; else 2100-01-01.
    #[serde(deserialize_with = "moment")]
    pub received_at: Option<Timestamp>,
    /// Instead of those in force.
    pub settings: Option<Settings>,
}

impl SampleMeta {
    pub fn received_at(&self) -> Timestamp {
        self.received_at.unwrap_or(RECEIVED_AT)
    }
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Timestamp::parse(&text)
        .map(Some)
        .map_err(|_| D::Error::custom("`received_at` is no time as `2026-10-14T10:04:00+09:00`"))
}

/// Something that a source's table promises and none of its samples shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unshown {
    Event(&'static str),
    Kind(&'static str),
    Drop(&'static str),
}

impl fmt::Display for Unshown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(name) => write!(f, "event `{name}`"),
            Self::Kind(name) => write!(f, "kind `{name}`"),
            Self::Drop(name) => write!(f, "drop `{name}`"),
        }
    }
}

/// What of a source its samples do not show: an event type whose name stands in no record, a kind or a drop that none becomes.
pub fn unshown(info: &SourceInfo, records: &[&[u8]], outcomes: &[Outcome]) -> Vec<Unshown> {
    let shown: BTreeSet<&str> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Touchpoint(touchpoint) => Some(touchpoint.kind.as_str()),
            Outcome::Dropped(reason) => Some(reason.0),
            Outcome::Rejected(_) => None,
        })
        .collect();
    let records: Vec<_> = records.iter().map(|record| String::from_utf8_lossy(record)).collect();
    let says = |word: &str| records.iter().any(|record| says(record, word));
    let mut unshown = Vec::new();
    for line in info.events {
        // `*` is every event of a source that has one sort of them, `ping` one without a name.
        let is_named = !matches!(line.event, "*" | "ping");
        if is_named && !says(line.event) && !line.event.split(' ').all(says) {
            unshown.push(Unshown::Event(line.event));
        }
        for becomes in line.becomes {
            let missing = match becomes {
                Becomes::Kind(kind) if !shown.contains(kind) => Unshown::Kind(kind),
                Becomes::Drop(reason) if !shown.contains(reason.0) => Unshown::Drop(reason.0),
                _ => continue,
            };
            if !unshown.contains(&missing) {
                unshown.push(missing);
            }
        }
    }
    unshown
}

/// Does the word stand there by itself? With a `*` at its end it may go on.
fn says(record: &str, word: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    let (start, is_wild) = word.strip_suffix('*').map_or((word, false), |start| (start, true));
    record.match_indices(start).any(|(at, _)| {
        let (before, after) = (&record[..at], &record[at + start.len()..]);
        !before.ends_with(is_letter) && (is_wild || !after.starts_with(is_letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_by_itself() {
        assert!(says(r#"{"type":"opened"}"#, "opened") && says("a,opened\n", "opened") && says("会社,入場,", "入場"));
        assert!(!says(r#"{"type":"opened_late"}"#, "opened") && !says("reopened", "opened"));
        assert!(says("phone.call_ended", "phone.*") && !says("microphone.x", "phone.*"));
    }
}
