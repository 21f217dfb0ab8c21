//! What the market sends: one raw record as a tool's webhook or stream would put it on its topic.

use serde_json::Value as Json;
use touchpoint::{RejectionCode, Timestamp};

/// A raw record on its way to Kafka.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawEvent {
    /// The simulated time at which the record reaches its raw topic. What it tells of lies before, but for
    /// [`Break::FutureTime`].
    pub at: Timestamp,
    /// The channel of the raw topic: `web` for `demand.raw.web`.
    pub channel: &'static str,
    /// The header `source`: whose format it is.
    pub source: &'static str,
    /// The record's key, where the tool has an id to give; never an address.
    pub key: Option<String>,
    /// The header `content-type`.
    pub content_type: &'static str,
    pub value: Vec<u8>,
    /// How the record came about. Not sent: it is for comparing.
    pub nature: Nature,
    /// What sales or a customer did by it, where it is worth counting. Not sent, and not set on copies.
    pub happening: Option<Happening>,
}

impl RawEvent {
    pub(super) fn json(at: Timestamp, channel: &'static str, source: &'static str, value: &Json) -> Self {
        Self {
            at,
            channel,
            source,
            key: None,
            content_type: "application/json",
            value: value.to_string().into_bytes(),
            nature: Nature::Plain,
            happening: None,
        }
    }

    pub(super) fn with_key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    pub(super) fn telling(self, happening: Happening) -> Self {
        Self { happening: Some(happening), ..self }
    }

    pub(super) fn by_machine(self) -> Self {
        Self { nature: Nature::Machine, ..self }
    }

    /// The headers that the record is sent with.
    pub fn headers(&self) -> [(&'static str, &'static [u8]); 2] {
        [("source", self.source.as_bytes()), ("content-type", self.content_type.as_bytes())]
    }
}

/// How a record came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nature {
    /// Told once, soon after it happened.
    Plain,
    /// A crawler, a mail scanner, a privacy proxy: true, and nobody's interest.
    Machine,
    /// The same bytes again.
    Duplicate,
    /// Held up for hours or days on its way.
    Late,
    /// No tool should send it; ingest refuses it.
    Broken(Break),
}

/// Ways to be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Break {
    /// Cut off on the way.
    Truncated,
    /// A field that the format needs is absent.
    MissingField,
    /// An event type that nobody has listed, or a field with a slip of the pen.
    UnknownEvent,
    /// About nobody.
    Nobody,
    /// A sender whose clock is decades ahead.
    FutureTime,
    /// A sender whose clock was never set.
    UnsetClock,
    /// Sent to the topic of another channel.
    WrongChannel,
    /// A header that names no mapping.
    UnknownSource,
}

impl Break {
    pub const ALL: [Self; 8] = [
        Self::Truncated,
        Self::MissingField,
        Self::UnknownEvent,
        Self::Nobody,
        Self::FutureTime,
        Self::UnsetClock,
        Self::WrongChannel,
        Self::UnknownSource,
    ];

    /// The code under which such a record must be found in the dead letters.
    pub const fn code(self) -> RejectionCode {
        match self {
            Self::Truncated => RejectionCode::Malformed,
            Self::MissingField => RejectionCode::MissingField,
            Self::UnknownEvent => RejectionCode::InvalidField,
            Self::Nobody => RejectionCode::MissingIdentifier,
            Self::FutureTime => RejectionCode::TimeInFuture,
            Self::UnsetClock => RejectionCode::TimeAbsurd,
            Self::WrongChannel => RejectionCode::WrongChannel,
            Self::UnknownSource => RejectionCode::UnknownSource,
        }
    }
}

macro_rules! happenings {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal;)+) => {
        /// What is worth counting in a market: the funnel as customers and sales live it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Happening { $($(#[doc = $doc])* $variant,)+ }

        impl Happening {
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

happenings! {
    /// Material was downloaded against an address.
    Downloaded = "downloaded";
    /// 資料請求.
    DocumentRequested = "document_requested";
    /// An inquiry, a quote, a demo, or a call to us.
    HandRaised = "hand_raised";
    /// A seminar.
    Registered = "registered";
    /// A card or a talk at the exhibition.
    MetAtExhibition = "met_at_exhibition";
    /// Somebody of ours spoke with them.
    Spoken = "spoken";
    LeadCreated = "lead_created";
    Accepted = "accepted";
    Held = "held";
    Rejected = "rejected";
    Qualified = "qualified";
    Converted = "converted";
    OpportunityCreated = "opportunity_created";
    Won = "won";
    Lost = "lost";
    Unsubscribed = "unsubscribed";
    /// Known to be a competitor or a student.
    Excluded = "excluded";
}
