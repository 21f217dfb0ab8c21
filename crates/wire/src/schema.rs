//! Our own schemas: the text that stands in `schemas/avro`, and every version ever published in `schemas/history`.

use crate::foreign::{ForeignSchema, SchemaInvalid};
use std::sync::OnceLock;

/// One of our schemas, in the current version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OurSchema {
    Touchpoint,
    StageTransition,
    ScoreChange,
    SegmentChange,
    Action,
    Handoff,
    Contact,
    Account,
    Review,
}

macro_rules! avsc {
    ($path:literal) => {
        include_str!(concat!("../../../schemas/", $path, ".avsc"))
    };
}

impl OurSchema {
    pub const ALL: [Self; 9] = [
        Self::Touchpoint,
        Self::StageTransition,
        Self::ScoreChange,
        Self::SegmentChange,
        Self::Action,
        Self::Handoff,
        Self::Contact,
        Self::Account,
        Self::Review,
    ];

    /// The name of its file, without extension.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Touchpoint => "touchpoint",
            Self::StageTransition => "stage_transition",
            Self::ScoreChange => "score_change",
            Self::SegmentChange => "segment_change",
            Self::Action => "action",
            Self::Handoff => "handoff",
            Self::Contact => "contact",
            Self::Account => "account",
            Self::Review => "review",
        }
    }

    /// The text of the `.avsc`.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Touchpoint => avsc!("avro/touchpoint"),
            Self::StageTransition => avsc!("avro/stage_transition"),
            Self::ScoreChange => avsc!("avro/score_change"),
            Self::SegmentChange => avsc!("avro/segment_change"),
            Self::Action => avsc!("avro/action"),
            Self::Handoff => avsc!("avro/handoff"),
            Self::Contact => avsc!("avro/contact"),
            Self::Account => avsc!("avro/account"),
            Self::Review => avsc!("avro/review"),
        }
    }

    /// Every published version, oldest first; the last one is the current.
    pub const fn history(self) -> &'static [&'static str] {
        match self {
            Self::Touchpoint => &[avsc!("history/touchpoint/1")],
            Self::StageTransition => &[avsc!("history/stage_transition/1"), avsc!("history/stage_transition/2")],
            Self::ScoreChange => &[avsc!("history/score_change/1")],
            Self::SegmentChange => &[avsc!("history/segment_change/1")],
            Self::Action => &[avsc!("history/action/1")],
            Self::Handoff => &[avsc!("history/handoff/1")],
            Self::Contact => &[avsc!("history/contact/1"), avsc!("history/contact/2"), avsc!("history/contact/3")],
            Self::Account => &[avsc!("history/account/1")],
            Self::Review => &[avsc!("history/review/1")],
        }
    }

    /// CRC-64-AVRO of the current version, worked out once per process.
    ///
    /// # Errors
    /// Never for the schemas as committed: a test parses each.
    pub fn fingerprint(self) -> Result<u64, SchemaInvalid> {
        static FINGERPRINTS: OnceLock<Result<[u64; OurSchema::ALL.len()], SchemaInvalid>> = OnceLock::new();
        FINGERPRINTS
            .get_or_init(|| {
                let mut all = [0; OurSchema::ALL.len()];
                for (schema, fingerprint) in Self::ALL.into_iter().zip(&mut all) {
                    *fingerprint = ForeignSchema::parse(schema.text(), &[])?.fingerprint();
                }
                Ok(all)
            })
            .clone()
            .map(|all| all[self as usize])
    }
}

/// The registry's subject for the values of a topic (Confluent's default naming).
pub fn value_subject(topic: &str) -> String {
    format!("{topic}-value")
}
