//! Raw record -> canonical touchpoints, named drops, rejections. Pure: no clock, no I/O, no floating point.
//!
//! [`Decoder`] takes the bytes of a raw record with what Kafka knows of it ([`RawMeta`]) and accounts for every element:
//! as a [`touchpoint::Outcome`] of its own, in order. [`sources`] is the dispatch table; each tool is one module that
//! reads its provider's documented payload, or a file (`sources/`, read by `mapping`). Reading order: `decoder`, `registry`,
//! then a source such as `sendgrid`, `mapping`.
//!
//! What all sources share:
//!
//! - The mapping is named by the header `source` or the topic's default, never guessed from the payload.
//! - An input's id is the provider's own, else a hash of the content; never its position in Kafka. Copies are equal.
//! - A source that revises its records gives each a version.
//! - Identifiers are trimmed and scoped here; their normal forms belong to crate `identity`.
//! - An event type that a source does not list is refused, so that it can be retried once it is listed.

mod amazon_connect;
mod canonical;
mod check;
mod decoder;
mod element;
mod envelope;
mod fields;
mod flatten;
mod ids;
mod machine;
mod mapping;
mod ours;
mod outcomes;
mod pieces;
mod registry;
mod report;
mod salesforce;
pub mod sample;
mod segment;
mod sendgrid;
mod settings;
mod suggest;
mod zoom_webinar;

pub use amazon_connect::AmazonConnectSettings;
pub use canonical::to_json;
pub use check::CLOCK_SKEW_MAX_MILLIS;
pub use decoder::{Decoder, RawMeta};
pub use element::{Element, ElementHash};
pub use mapping::{Mapping, json_schema as mapping_schema};
pub use outcomes::Outcomes;
pub use pieces::Piece;
pub use registry::{Becomes, EventInfo, SourceInfo, source, source_names, sources};
pub use report::outcome_to_json;
pub use salesforce::SalesforceSettings;
pub use segment::{EventRule, SegmentSettings};
pub use sendgrid::SendGridSettings;
pub use settings::{Keys, Settings, SettingsError};
pub use zoom_webinar::ZoomWebinarSettings;

/// An event type that the settings name under `ignored_events`.
pub(crate) const IGNORED_BY_SETTING: touchpoint::DropReason = touchpoint::DropReason("ignored_by_setting");
