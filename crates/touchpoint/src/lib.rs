//! The nouns of the pipeline: what happened ([`Touchpoint`]), about whom ([`Identifier`], [`SubjectId`]), when
//! ([`Timestamp`]), and why something was refused ([`Rejection`]).
//!
//! Pure: no clock, no I/O, no floating point. Every later crate speaks these words and adds none of its own for them.

mod consent;
mod identifier;
mod inbox;
pub mod limits;
mod opportunity;
pub mod output;
mod rejection;
mod subject;
mod time;
#[allow(clippy::module_inception)]
mod touchpoint;
mod value;

pub use consent::{Consent, ConsentState};
pub use identifier::{Identifier, IdentifierKey, IdentifierKind};
pub use inbox::{Delivered, Delivery, Replaced};
pub use opportunity::{Opportunity, OpportunityContact};
pub use rejection::{DropReason, Outcome, Rejection, RejectionCode};
pub use subject::{AccountId, ContactId, EventId, ParseIdError, SubjectId, TeamId};
pub use time::{Date, Timestamp};
pub use touchpoint::{
    AccountRef, Actor, AttributeChanges, Direction, IdentityWord, InputId, Origin, Person, PersonPhone, Touchpoint,
};
pub use value::{Decimal, Properties, Value};

/// Short text without allocation up to 24 bytes: most of what a touchpoint holds.
pub type Text = compact_str::CompactString;
